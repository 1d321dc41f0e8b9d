//! The log of one partition: segments of record batches as they came, an acknowledgement that means *durable*, and
//! recovery that keeps whole what was acknowledged.
//!
//! - **Group commit.** Appends queue at their partition. A committer thread takes all that wait, gives out offsets,
//!   writes them in one piece, makes them durable and answers them; what comes meanwhile is the next group. Partitions
//!   are committed side by side, because a file system merges flushes that run together (`docs/adr/0001`).
//! - **Durable or invisible.** Readers never see past the durable offset. A failed write or flush latches the
//!   partition read-only; a flush is never tried again, since the kernel may have dropped the pages.
//! - **Origin.** What is carried from another log is one group behind an origin frame, which names the source and the
//!   next source position. Frame and batches are one write: recovery keeps the group whole or cuts it off whole.
//! - **Snapshots** hold what must outlive or speed up a replay: idempotent producers, carried positions, the index.

mod append;
mod committer;
mod error;
pub(crate) mod files;
mod frame;
mod index;
mod partition;
mod producers;
mod read;
mod recovery;
mod segment;
mod snapshot;
#[cfg(test)]
mod tests;

pub use error::{AppendError, OpenError, ReadError};
pub use partition::Partition;

pub(crate) use committer::{Committer, Line};
pub(crate) use partition::{Ending, PartitionSettings, PartitionSetup};

use bytes::Bytes;
use model::{ClusterName, TopicId};
use std::sync::Arc;
use std::time::Duration;

/// Where carried records come from: one partition of one topic of one cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source {
    /// The cluster.
    pub cluster: ClusterName,
    /// The topic; a topic made anew under the same name is another source.
    pub topic_id: TopicId,
    /// The partition of that topic.
    pub partition: i32,
}

/// What an append of carried batches says of its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Where the batches come from.
    pub source: Source,
    /// The source offset to go on from after this append.
    pub next: i64,
}

/// Where one carried batch came from. A record's source offset is `base_offset` plus its distance from the first
/// record of its batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchOrigin {
    /// The partition it was carried from.
    pub source: Arc<Source>,
    /// The source offset of its first record.
    pub base_offset: i64,
}

/// One batch of the log with where it came from, if it was carried.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The batch, with offsets of this log.
    pub batch: Bytes,
    /// Its origin; `None` for a batch that a producer sent here.
    pub origin: Option<BatchOrigin>,
}

/// An append that is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Offset of the first record; of a duplicate, the one it was given the first time.
    pub base_offset: i64,
    /// Offset of the last record; `base_offset - 1` when there was none.
    pub last_offset: i64,
    /// The time the log stamped on the batch in ms, or -1 when the producer's times stand.
    pub append_time: i64,
    /// The oldest offset that can be read.
    pub log_start_offset: i64,
    /// Whether the batch was there already.
    pub duplicate: bool,
}

/// The limits of a log. One set holds for a data folder.
#[derive(Clone, Debug)]
pub struct LogLimits {
    /// Threads that write and flush; partitions beyond this number wait for one another.
    pub committer_threads: usize,
    /// Bytes written and flushed as one group; one larger append is a group of its own.
    pub group_bytes: usize,
    /// Bytes appended between two snapshots, and so about what a recovery reads again.
    pub snapshot_bytes: u64,
    /// Bytes of a segment between two entries of its index.
    pub index_interval_bytes: u64,
    /// Idempotent producers remembered per partition; beyond it those silent longest are forgotten.
    pub producers: usize,
    /// How long a silent producer is remembered.
    pub producer_expiry: Duration,
    /// Bytes that one batch may decompress to when the log itself looks into it.
    pub decompressed_bytes: usize,
    /// Bytes that one read returns at most, unless a single batch is larger.
    pub read_bytes: usize,
}

impl Default for LogLimits {
    fn default() -> Self {
        Self {
            committer_threads: 16,
            group_bytes: 16 << 20,
            snapshot_bytes: 64 << 20,
            index_interval_bytes: 16 << 10,
            producers: 10_000,
            producer_expiry: Duration::from_secs(24 * 60 * 60),
            decompressed_bytes: 128 << 20,
            read_bytes: 64 << 20,
        }
    }
}
