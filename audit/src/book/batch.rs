//! What is being counted.

use super::slots::OWN;
use crate::place::LogPartition;
use crate::tally::Span;
use crate::window::FUTURE_LIMIT;
use model::Timestamp;

/// Where the records of a batch were carried from.
#[derive(Clone, Copy, Debug)]
pub struct Carried<'a> {
    /// The log they were read from.
    pub origin: &'a LogPartition,
    /// How far the carrier had come before this batch. What lies between an earlier `next` and this is a gap.
    pub from: i64,
    /// How far it has come once this batch is counted: never beyond a record that is yet to be counted.
    pub next: i64,
}

/// Records that could not be read, such as a batch that does not decode.
#[derive(Clone, Copy, Debug)]
pub struct Malformed {
    /// How many, as far as is known.
    pub records: u64,
    /// The time that the batch claims, or [`crate::record::NO_TIME`].
    pub timestamp: Timestamp,
    /// Their offsets.
    pub offsets: Span,
    /// Their offsets in the log that they were carried from.
    pub origin_offsets: Option<Span>,
}

/// The batch that is being counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Batch {
    /// [`OWN`], or 1 + the index of the origin in the coverage.
    pub(super) origin: usize,
    pub(super) from: i64,
    /// Behind the last origin offset counted.
    pub(super) there: i64,
    pub(super) next: i64,
    /// Records of a later time move no watermark.
    pub(super) latest: Timestamp,
}

impl Batch {
    pub(super) fn produced_here(now: Timestamp) -> Self {
        Self { origin: OWN, from: 0, there: 0, next: 0, latest: now.after(FUTURE_LIMIT) }
    }
}
