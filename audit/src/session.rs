//! A producer's session: what it sent, what came of it, and the reports that say so.
//!
//! Reports are cumulative and numbered: every window in a report is its whole sum, a later report of a window takes
//! the place of an earlier one, and a report carries every window that changed since the last report that was
//! confirmed to be stored. Lost, repeated and reordered reports therefore do no harm.
//!
//! A record is *acknowledged* (in the log, at a known offset), *failed* (refused, surely not in the log) or
//! *indeterminate*: timed out or still in flight, in the log or not. Indeterminate records are listed.

mod ledger;

pub use ledger::{LedgerError, SessionLedger};

use crate::tally::Tally;
use crate::window::Window;
use model::{ClusterName, SessionId, TopicName};
use serde::{Deserialize, Serialize};

/// How many indeterminate records a window lists; one with more is unknown.
pub const MAX_INDETERMINATE: usize = 10_000;

/// How many windows one report carries; the rest go with the next.
pub const MAX_REPORTED_WINDOWS: usize = 10_000;

/// Offsets acknowledged in one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcknowledgedOffsets {
    /// The partition.
    pub partition: i32,
    /// The lowest.
    pub first: i64,
    /// The highest.
    pub last: i64,
}

/// What a session knows of the records that it sent into one window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedWindow {
    /// The window.
    pub window: Window,
    /// Sums over the acknowledged records. Its offsets are those of all partitions thrown together.
    pub acknowledged: Tally,
    /// Where they are.
    pub offsets: Vec<AcknowledgedOffsets>,
    /// Records refused.
    pub failed: u64,
    /// Sequence numbers of the records whose fate is not known, in order.
    pub indeterminate: Vec<u64>,
    /// Whether there are more of them than can be listed.
    pub indeterminate_overflow: bool,
}

/// What one session says of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProducerReport {
    /// The session.
    pub session: SessionId,
    /// Counts the reports of a session and topic from 1; of two, the greater stands.
    pub number: u64,
    /// Where it writes.
    pub cluster: ClusterName,
    /// What it writes to.
    pub topic: TopicName,
    /// Nothing comes after this report.
    pub is_final: bool,
    /// The sequence number that the next record will have: records with it or a greater one are not in this report.
    pub next_sequence: u64,
    /// Records acknowledged so far, in all windows.
    pub acknowledged: u64,
    /// Records refused so far.
    pub failed: u64,
    /// Records whose fate is not known.
    pub indeterminate: u64,
    /// Windows that changed since the last confirmed report.
    pub windows: Vec<ReportedWindow>,
}
