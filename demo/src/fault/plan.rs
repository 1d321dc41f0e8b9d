//! What is to be damaged, and the ledger of what was.

use model::Timestamp;
use serde::{Deserialize, Serialize};

/// How a stream is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Records become copies of others of the same window and partition: every count still agrees.
    Overwrite,
    /// Records are left out; the batch's count says so.
    Drop,
    /// Records come twice, at the same offset.
    Duplicate,
    /// Records are left out, and half as many others come twice.
    Both,
    /// A byte of the value changes.
    Corrupt,
    /// A byte changes and the CRC does not. Each batch is broken once: asked for again, it is whole.
    BreakCrc,
    /// Answers that hold records of the window are held back.
    Delay,
    /// The records of a batch change places.
    Reorder,
    /// The connection ends in the middle of an answer.
    Cut,
}

impl Mode {
    /// Whether what was damaged must stay so whenever it is fetched again.
    pub(super) fn lasts(self) -> bool {
        !matches!(self, Self::BreakCrc | Self::Delay | Self::Cut)
    }
}

/// One order to the proxy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// How to damage.
    pub mode: Mode,
    /// How many records; for break-crc and reorder batches, for delay and cut answers.
    #[serde(default = "thirty_one")]
    pub count: u64,
    /// Only this topic.
    #[serde(default)]
    pub topic: Option<String>,
    /// Only this partition.
    #[serde(default)]
    pub partition: Option<i32>,
    /// The window of event time, in milliseconds since 1970. Without it, the first window that is seen.
    #[serde(default)]
    pub window_start: Option<i64>,
    /// Passes over windows that begin before this event time, in milliseconds since 1970.
    #[serde(default)]
    pub after: Option<i64>,
    /// The width of a window, in milliseconds.
    #[serde(default = "a_minute")]
    pub window_ms: i64,
    /// How long `delay` holds an answer back, in milliseconds.
    #[serde(default = "a_second")]
    pub delay_ms: u64,
    /// Draws places and bytes where there is a choice.
    #[serde(default)]
    pub seed: u64,
}

fn thirty_one() -> u64 {
    31
}

fn a_minute() -> i64 {
    60_000
}

fn a_second() -> u64 {
    1_000
}

impl Plan {
    pub(super) fn concerns(&self, topic: &str, partition: i32) -> bool {
        self.topic.as_deref().is_none_or(|wanted| wanted == topic)
            && self.partition.is_none_or(|wanted| wanted == partition)
    }

    pub(super) fn window_of(&self, timestamp: i64) -> i64 {
        let width = self.window_ms.max(1);
        timestamp.div_euclid(width) * width
    }

    pub(super) fn may_begin(&self, window: i64) -> bool {
        match self.window_start {
            Some(start) => self.window_of(start) == window,
            None => self.after.is_none_or(|after| window >= after),
        }
    }
}

/// What became of a record or batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Is gone; `copy_of` stands in its place.
    Overwritten,
    /// Is gone.
    Dropped,
    /// Comes twice.
    Duplicated,
    /// Has another value.
    Corrupted,
    /// Was sent with a wrong CRC, once.
    CrcBroken,
    /// Was held back.
    Delayed,
    /// Came with its records in another order.
    Reordered,
    /// Was in an answer that was cut off.
    Cut,
}

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What was done.
    pub change: Change,
    /// Where.
    pub topic: String,
    /// Where.
    pub partition: i32,
    /// Of the record, or of the batch's first.
    pub offset: i64,
    /// The window of event time, in milliseconds since 1970.
    pub window_start: i64,
    /// The record's time.
    pub time: Timestamp,
    /// The record's event, as `session-sequence`.
    #[serde(default)]
    pub event_id: Option<String>,
    /// The record's key, where it is text.
    #[serde(default)]
    pub key: Option<String>,
    /// For an overwritten record: the one that stands twice.
    #[serde(default)]
    pub copy_of: Option<Copied>,
}

/// The record that took another's place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// In the same partition.
    pub offset: i64,
    /// As `session-sequence`.
    #[serde(default)]
    pub event_id: Option<String>,
    /// Where it is text.
    #[serde(default)]
    pub key: Option<String>,
}
