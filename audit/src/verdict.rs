//! What is said of one edge and one window, and which of two sayings stands.
//!
//! A verdict is made of parts, one per source partition (or producer's session), for each can be judged by itself.
//! **How they combine:** a part with a difference decides, for a difference is a fact at its cut whatever the others
//! may bring; then a part that is still pending, then one that is unknown; exact is what is left.
//! **How findings combine:** missing and extra records together are [`State::Both`]; corrupted ones beside them are
//! counted and named but do not change the word; corrupted ones alone are [`State::Corruption`].

mod part;

pub use part::{Cut, Finding, Findings, Named, Part, Party, Reason, Target};

use crate::sketch::Estimate;
use crate::window::Window;
use serde::{Deserialize, Serialize};

/// How an edge stands in one window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// One end has not read what the other has: not comparable yet.
    Pending,
    /// Pending past the edge's limit.
    Overdue,
    /// Both ends hold the same records with the same payloads.
    Exact,
    /// Records are missing downstream.
    Loss,
    /// Downstream has records more often than upstream.
    Duplication,
    /// Some are missing and some are there too often. Records without an event id that changed read so too.
    Both,
    /// Every record is there, and some have another payload.
    Corruption,
    /// It cannot be said, now or ever, and the reasons are given.
    Unknown,
}

impl State {
    /// Whether the ends are known to differ.
    #[must_use]
    pub fn is_fault(self) -> bool {
        matches!(self, Self::Loss | Self::Duplication | Self::Both | Self::Corruption)
    }

    /// The word for a number of missing, extra and corrupted records.
    #[must_use]
    pub fn of(missing: u64, extra: u64, corrupted: u64) -> Self {
        match (missing > 0, extra > 0, corrupted > 0) {
            (true, true, _) => Self::Both,
            (true, false, _) => Self::Loss,
            (false, true, _) => Self::Duplication,
            (false, false, true) => Self::Corruption,
            (false, false, false) => Self::Exact,
        }
    }

    /// The word as it is stored and sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Overdue => "overdue",
            Self::Exact => "exact",
            Self::Loss => "loss",
            Self::Duplication => "duplication",
            Self::Both => "both",
            Self::Corruption => "corruption",
            Self::Unknown => "unknown",
        }
    }
}

/// Records that are neither lost nor doubled, but not known to be whole either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownAccount {
    /// Why.
    pub reason: Reason,
    /// How many records, where that is known.
    pub records: u64,
}

/// A verdict over one edge and one window, true at the cut that its parts name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The window.
    pub window: Window,
    /// All parts in one word.
    pub state: State,
    /// Records upstream.
    pub upstream: u64,
    /// Records downstream.
    pub downstream: u64,
    /// Records missing downstream; an estimate where `estimate` is set.
    pub missing: u64,
    /// Records that downstream has too often; an estimate where `estimate` is set.
    pub extra: u64,
    /// Records with another payload downstream; an estimate where `estimate` is set.
    pub corrupted: u64,
    /// How many differences there are in the parts that have too many to name.
    pub estimate: Option<Estimate>,
    /// What no word is said about.
    pub unknown: Vec<UnknownAccount>,
    /// What it is made of.
    pub parts: Vec<Part>,
}

impl Verdict {
    pub(crate) fn of(window: Window, parts: Vec<Part>, unknown: Vec<UnknownAccount>) -> Self {
        let sum = |number: fn(&Part) -> u64| parts.iter().map(number).fold(0, u64::saturating_add);
        let faults = parts.iter().filter(|part| part.state.is_fault());
        let estimate = faults.clone().filter_map(|part| part.findings.estimate).reduce(Estimate::plus);
        let any = |state| parts.iter().any(|part| part.state == state);
        let (missing, extra, corrupted) =
            (sum(|part| part.findings.missing), sum(|part| part.findings.extra), sum(|part| part.findings.corrupted));
        let state = if faults.count() > 0 {
            State::of(missing, extra, corrupted)
        } else if any(State::Overdue) {
            State::Overdue
        } else if any(State::Pending) {
            State::Pending
        } else if any(State::Unknown) || !unknown.is_empty() {
            State::Unknown
        } else {
            State::Exact
        };
        let (upstream, downstream) = (sum(|part| part.upstream), sum(|part| part.downstream));
        Self { window, state, upstream, downstream, missing, extra, corrupted, estimate, unknown, parts }
    }

    /// Every record that is named, with the part that it belongs to.
    pub fn named(&self) -> impl Iterator<Item = (&Part, &Named)> {
        self.parts.iter().flat_map(|part| part.findings.named.iter().map(move |named| (part, named)))
    }

    /// Whether this verdict takes the place of one that was stored before: it rests on no older cut anywhere, and
    /// says something else or rests on other tallies. The same input twice does not.
    #[must_use]
    pub fn supersedes(&self, stored: &Self) -> bool {
        let not_older = stored.parts.iter().all(|old| {
            let new = self.parts.iter().find(|part| part.party == old.party);
            new.is_some_and(|new| old.cut.is_at_most(&new.cut))
        });
        let only_the_clock = stored.state == State::Overdue && self.state == State::Pending;
        not_older && !self.says_the_same(stored) && !(only_the_clock && self.rests_on_the_same(stored))
    }

    /// Equal but for how far the ends have read on without a record of this window.
    fn says_the_same(&self, other: &Self) -> bool {
        let bare = |verdict: &Self| {
            let mut bare = verdict.clone();
            bare.parts.iter_mut().for_each(|part| part.cut = part.cut.without_coverage());
            bare
        };
        bare(self) == bare(other)
    }

    fn rests_on_the_same(&self, other: &Self) -> bool {
        self.parts.len() == other.parts.len()
            && self.parts.iter().zip(&other.parts).all(|(mine, theirs)| {
                mine.party == theirs.party && mine.cut.without_coverage() == theirs.cut.without_coverage()
            })
    }
}

#[cfg(test)]
mod tests;
