//! The parts of a verdict.

use super::State;
use crate::coverage::Gap;
use crate::place::LogPartition;
use crate::record::Identity;
use crate::sketch::Estimate;
use crate::tally::Span;
use model::SessionId;
use serde::{Deserialize, Serialize};

/// Whose records a part is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// One partition upstream.
    Source(LogPartition),
    /// One session of a producer.
    Session(SessionId),
}

/// Why a part is pending or unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Reason {
    /// Pending: downstream has not covered the last record upstream.
    DownstreamBehind,
    /// Pending: upstream has not covered where the last record downstream came from.
    UpstreamBehind,
    /// Pending: the log holds records that the session has not reported on yet.
    ReportBehind,
    /// Upstream never read offsets that downstream has records of.
    UpstreamGap(Gap),
    /// Downstream never read the part of its log that holds what came from these offsets.
    DownstreamGap(Gap),
    /// Width or key generation changed after records of the window had been counted.
    Replanned,
    /// Records could not be read.
    Malformed,
    /// The session ended without a final report.
    SessionAbandoned,
    /// The session could not list all records whose fate it does not know.
    TooManyIndeterminate,
    /// More sessions wrote into the window than have a tally of their own.
    PastSessionCap,
    /// Records carry no event id, so no session answers for them.
    NoEventId,
}

impl Reason {
    /// Whether reading on may settle it.
    #[must_use]
    pub fn is_pending(self) -> bool {
        matches!(self, Self::DownstreamBehind | Self::UpstreamBehind | Self::ReportBehind)
    }
}

/// What happened to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// It is upstream and not downstream.
    Missing,
    /// It is downstream more often than upstream.
    Extra,
    /// It is downstream with another payload.
    Corrupted,
}

/// A record that differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Named {
    /// Who it is.
    pub identity: Identity,
    /// What happened to it.
    pub finding: Finding,
    /// How many copies are concerned.
    pub copies: u64,
}

/// How the two ends differ.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// Copies missing downstream.
    pub missing: u64,
    /// Copies too many downstream.
    pub extra: u64,
    /// Copies with another payload downstream.
    pub corrupted: u64,
    /// Set when the differences are too many to be named: then the three numbers follow from it.
    pub estimate: Option<Estimate>,
    /// The records, in order.
    pub named: Vec<Named>,
    /// How many more there are than the limit on names lets through.
    pub unnamed: u64,
}

/// What a part was judged from. Every number only rises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// Revision of the upstream tallies, or the number of the session's report.
    pub upstream_revision: i64,
    /// How far upstream is read.
    pub upstream_covered: i64,
    /// Revisions of the downstream tallies, summed over targets.
    pub downstream_revision: i64,
    /// How far downstream is read: offsets of the source, or the sum over the partitions of the first log.
    pub downstream_covered: i64,
}

impl Cut {
    pub(crate) fn is_at_most(&self, other: &Self) -> bool {
        self.upstream_revision <= other.upstream_revision
            && self.upstream_covered <= other.upstream_covered
            && self.downstream_revision <= other.downstream_revision
            && self.downstream_covered <= other.downstream_covered
    }

    pub(crate) fn without_coverage(self) -> Self {
        Self { upstream_covered: 0, downstream_covered: 0, ..self }
    }
}

/// A log downstream with records of a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The log.
    pub log: LogPartition,
    /// The offsets between which it holds them: where to look extra records up.
    pub offsets: Span,
}

/// The part of a verdict that one source partition or session answers for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Whose records these are.
    pub party: Party,
    /// How the part stands.
    pub state: State,
    /// Why it is pending or unknown.
    pub reason: Option<Reason>,
    /// Records upstream.
    pub upstream: u64,
    /// Records downstream.
    pub downstream: u64,
    /// How they differ.
    pub findings: Findings,
    /// The offsets between which upstream holds the window: where to look missing records up.
    pub upstream_offsets: Option<Span>,
    /// Where the records are downstream.
    pub targets: Vec<Target>,
    /// What it was judged from.
    pub cut: Cut,
}
