//! What a book answers.

use crate::coverage::LogCoverage;
use crate::place::{LogPartition, TallyKey};
use crate::tally::Tally;
use crate::window::Window;
use thiserror::Error;

/// All that is stored about one window of one origin: which rows to load.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WindowRef {
    /// The origin; `None` for records that were produced here.
    pub origin: Option<LogPartition>,
    /// The window.
    pub window: Window,
}

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Step {
    /// It is counted.
    Added,
    /// It lies in the covered prefix and was counted before.
    Seen,
    /// It is not counted yet: load what is stored of this window, perhaps nothing, hand it to [`super::Book::restore`],
    /// then offer the record again.
    Needs(WindowRef),
    /// It is not counted yet: save [`super::Book::take_changes`], then offer the record again.
    Full,
}

/// What is to be saved in one transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Changes {
    /// How far the log is read. The revision of every row is `coverage.own.covered`.
    pub coverage: LogCoverage,
    /// Whole sums, and only of windows that changed.
    pub rows: Vec<(TallyKey, Tally)>,
}

/// Why a record cannot be counted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "each message says it")]
pub enum BookError {
    #[error("the window at {start} needs the secret of key generation {generation}, which is not held")]
    NoKey { start: i64, generation: u32 },
    #[error("the record at offset {offset} was carried here and does not say its offset there")]
    NoOriginOffset { offset: i64 },
    #[error("a stored tally is not one of the window that was asked for")]
    ForeignRow,
}
