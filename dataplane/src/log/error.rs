//! What can go wrong at a log.

use crate::batch::BatchError;
use std::path::PathBuf;

/// Why an append was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The bytes are not whole, sound batches.
    #[error("the append is not made of sound batches")]
    Batch(#[from] BatchError),
    /// The batch is well-formed and still one that a log must not take.
    #[error("the batch is not acceptable: {0}")]
    InvalidRecord(&'static str),
    /// Larger than the topic's `max.message.bytes`, or than a group may be.
    #[error("{bytes} bytes are more than the limit of {limit}")]
    TooLarge {
        /// The size that was refused.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// A sequence that does not follow the producer's last one.
    #[error("producer {producer_id} sent sequence {sequence} where {expected} was due")]
    OutOfOrderSequence {
        /// The producer.
        producer_id: i64,
        /// The batch's first sequence.
        sequence: i32,
        /// The sequence that would have been accepted.
        expected: i32,
    },
    /// An epoch older than the producer's newest.
    #[error("producer {producer_id} sent epoch {epoch}, but {newest} is known")]
    InvalidProducerEpoch {
        /// The producer.
        producer_id: i64,
        /// The batch's epoch.
        epoch: i16,
        /// The newest epoch seen.
        newest: i16,
    },
    /// A transactional batch outside of any transaction.
    #[error("the batch is transactional, and no transaction is under way")]
    Transactional,
    /// Carried batches that were carried already, or a position that would go back.
    #[error("the source was carried up to offset {position} already")]
    OriginOverlap {
        /// The carried position.
        position: i64,
    },
    /// A write or a flush failed earlier: the partition only serves reads.
    #[error("the partition is read-only since {reason}")]
    ReadOnly {
        /// What failed.
        reason: String,
    },
    /// The partition was deleted or is being shut down.
    #[error("the partition is closed")]
    Closed,
}

/// Why a read failed.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The offset is not within the log.
    #[error("offset {offset} is outside of {start} to {end}")]
    OutOfRange {
        /// The offset that was asked for.
        offset: i64,
        /// The oldest offset.
        start: i64,
        /// The offset after the newest durable one.
        end: i64,
    },
    /// The operating system refused.
    #[error("a segment of {partition} cannot be read")]
    Io {
        /// The partition.
        partition: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The segment does not hold what it held when it was written.
    #[error("{partition} is damaged at byte {position} of the segment from offset {segment}")]
    Corrupt {
        /// The partition.
        partition: String,
        /// First offset of the segment.
        segment: i64,
        /// Where in the segment.
        position: u64,
    },
}

/// Why a partition's log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The operating system refused.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something acknowledged is damaged or missing. Nothing is cut off then: that is for a person to decide.
    #[error("{} is damaged: {reason}", path.display())]
    Corrupt {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

impl OpenError {
    /// Names the operation and its object; for `map_err`.
    pub(crate) fn io(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { doing, path, source }
    }

    pub(crate) fn corrupt(path: impl Into<PathBuf>, reason: impl Into<String>) -> Self {
        Self::Corrupt { path: path.into(), reason: reason.into() }
    }
}
