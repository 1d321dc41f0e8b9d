//! The life of an incident: opened by a bad window, grown by its neighbours, resolved when every window has healed.
//!
//! There is one incident for each edge, kind and run of adjoining windows. What cannot be judged heals nothing: a bad
//! window that becomes unknown or pending again keeps its incident open.

mod advance;
#[cfg(test)]
mod tests;

use model::{Tenant, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use uuid::Uuid;

pub use advance::{Advance, advance};

/// How many windows one incident holds; the next window past it opens another.
pub const MAX_WINDOWS: usize = 1_000;
/// How many records an incident names.
pub const MAX_RECORDS: usize = 20;

/// Whose edge an incident is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Subject {
    /// Whose data it is.
    pub tenant: Tenant,
    /// The edge of a pipeline.
    pub edge: Uuid,
}

/// What windows are cut from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Axis {
    /// Event time; starts and widths are milliseconds.
    Time,
    /// Source offsets, for records without a time.
    Offsets,
}

/// One window of an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Window {
    /// What it is cut from.
    pub axis: Axis,
    /// Its first millisecond or offset.
    pub start: i64,
    /// Its width in milliseconds or offsets.
    pub width: i64,
}

impl Window {
    /// The first millisecond or offset after it.
    #[must_use]
    pub fn end(&self) -> i64 {
        self.start.saturating_add(self.width)
    }

    fn adjoins(&self, next: &Self) -> bool {
        self.axis == next.axis && self.end() == next.start
    }
}

/// What a window was found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WindowState {
    /// Not comparable yet.
    Pending,
    /// Not comparable yet, and past the limit of the edge.
    Overdue,
    /// All arrived, once and unchanged.
    Exact,
    /// Records are missing.
    Loss,
    /// Records are there too often.
    Duplication,
    /// Records are missing and others too many.
    Both,
    /// Records arrived changed.
    Corruption,
    /// It cannot be judged.
    Unknown,
}

impl WindowState {
    /// The state as it is written, such as `loss`.
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

/// What an incident is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Both ends were compared and differ.
    Mismatch,
    /// One end is late, so that nothing could be compared.
    Overdue,
}

impl Kind {
    /// The kind as it is written, such as `mismatch`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mismatch => "mismatch",
            Self::Overdue => "overdue",
        }
    }

    fn effect(self, state: WindowState) -> Effect {
        use WindowState as W;
        match (self, state) {
            (Self::Mismatch, W::Loss | W::Duplication | W::Both | W::Corruption) | (Self::Overdue, W::Overdue) => {
                Effect::Bad
            }
            // A judged window is no longer overdue, even when the judgement is bad: that is the other kind's business.
            (Self::Mismatch, W::Exact)
            | (Self::Overdue, W::Exact | W::Loss | W::Duplication | W::Both | W::Corruption | W::Pending) => {
                Effect::Healed
            }
            (Self::Mismatch, W::Pending | W::Overdue | W::Unknown) | (Self::Overdue, W::Unknown) => Effect::Noted,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Bad,
    Healed,
    Noted,
}

/// Records that are not as they should be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Counts {
    /// Upstream, and not downstream.
    pub missing: u64,
    /// Downstream, and not upstream or more often than there.
    pub extra: u64,
    /// On both ends, and different.
    pub corrupted: u64,
    /// Whether the numbers are estimates.
    pub estimated: bool,
}

impl Counts {
    fn plus(self, other: Self) -> Self {
        Self {
            missing: self.missing.saturating_add(other.missing),
            extra: self.extra.saturating_add(other.extra),
            corrupted: self.corrupted.saturating_add(other.corrupted),
            estimated: self.estimated || other.estimated,
        }
    }
}

/// What is wrong with a named record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Finding {
    /// It did not arrive.
    Missing,
    /// It arrived too often.
    Extra,
    /// It arrived changed.
    Corrupted,
}

/// One record by name. What is not known is left out.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NamedRecord {
    /// What is wrong with it.
    pub finding: Finding,
    /// Its identity as the audit writes it.
    pub identity: String,
    /// The topic.
    pub topic: String,
    /// The partition, on the end where the record stands.
    pub partition: i32,
    /// The offset there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<i64>,
    /// The key as text; bytes that are no text are written as their base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The producer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub producer: Option<String>,
    /// The event time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
}

/// A new verdict on a window. Only changes of verdicts are given to [`advance`]: an incident that a person closed
/// would else be opened again by what is already known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The window.
    pub window: Window,
    /// What it was found to be.
    pub state: WindowState,
    /// The verdict's revision; older revisions than the one that is known change nothing.
    pub revision: i64,
    /// How many records are not as they should be.
    pub counts: Counts,
    /// Some of them by name; the first [`MAX_RECORDS`] are kept.
    pub records: Vec<NamedRecord>,
    /// How many are named by the verdict, `records` included.
    pub named: u64,
}

/// Names one incident, for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IncidentId(pub Uuid);

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One incident, whole: it is stored as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its name.
    pub id: IncidentId,
    /// The edge.
    pub subject: Subject,
    /// What it is about.
    pub kind: Kind,
    /// 32 hexadecimal digits over tenant, edge, kind and the window that opened it; unique among open incidents.
    pub fingerprint: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When something about it last changed.
    pub updated_at: Timestamp,
    /// How it ended; `None` while it is open.
    pub resolution: Option<Resolution>,
    /// How many events it has had; the number of the latest one.
    pub sequence: u32,
    /// When the latest event was.
    pub told_at: Timestamp,
    /// Whether something changed since the latest event.
    pub untold: bool,
    /// Its windows in order, each adjoining the next; never empty.
    pub windows: Vec<IncidentWindow>,
    /// Some of the records by name.
    pub records: Vec<WindowRecord>,
}

/// One window of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentWindow {
    /// The window.
    #[serde(flatten)]
    pub window: Window,
    /// What it was last found to be.
    pub state: WindowState,
    /// The revision of that verdict.
    pub revision: i64,
    /// How many records are not as they should be.
    #[serde(flatten)]
    pub counts: Counts,
    /// How many records the verdict names.
    pub named: u64,
    /// Whether the window no longer keeps the incident open.
    pub healed: bool,
}

/// A named record of one of the windows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowRecord {
    /// Start of its window.
    pub window_start: i64,
    /// The record.
    #[serde(flatten)]
    pub record: NamedRecord,
}

/// How an incident ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// When.
    pub at: Timestamp,
    /// Why.
    #[serde(flatten)]
    pub cause: Cause,
}

/// Why an incident ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "lowercase")]
pub enum Cause {
    /// Every window healed.
    Healed,
    /// The window between it and an older incident became bad, too.
    Merged {
        /// The older one, which goes on.
        into: IncidentId,
    },
    /// A person closed it, or what it was about is gone.
    Closed {
        /// Who or what, and why.
        reason: String,
    },
}

/// What happened to an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventKind {
    /// It began.
    Opened,
    /// It grew, shrank or changed.
    Updated,
    /// It ended.
    Resolved,
}

/// One message to be sent, with the incident as it stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// Counts the events of the incident from 1. A receiver must get them in this order.
    pub sequence: u32,
    /// When.
    pub at: Timestamp,
    /// The incident after it.
    pub incident: Incident,
}

impl Event {
    /// The id of the message, the same over all attempts and restarts: an idempotency key.
    #[must_use]
    pub fn message_id(&self) -> String {
        format!("msg_{}_{}", self.incident.id.0.simple(), self.sequence)
    }
}

/// When people are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Updates of one incident are this far apart at least, in milliseconds. Openings and resolutions never wait.
    pub update_every_ms: i64,
}

impl Default for Policy {
    fn default() -> Self {
        Self { update_every_ms: 60_000 }
    }
}

impl Incident {
    /// Whether it has not ended.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.resolution.is_none()
    }

    /// Start of its first window.
    #[must_use]
    pub fn start(&self) -> i64 {
        self.windows.first().map_or(0, |window| window.window.start)
    }

    /// End of its last window, exclusive.
    #[must_use]
    pub fn end(&self) -> i64 {
        self.windows.last().map_or(0, |window| window.window.end())
    }

    /// The counts of the windows that have not healed.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let open = self.windows.iter().filter(|window| !window.healed);
        open.fold(Counts::default(), |sum, window| sum.plus(window.counts))
    }

    /// How many records the verdicts of the windows that have not healed name.
    #[must_use]
    pub fn named(&self) -> u64 {
        self.windows.iter().filter(|window| !window.healed).map(|window| window.named).sum()
    }

    /// Ends it by hand, or because its edge is gone. `None` when it has ended already.
    #[must_use]
    pub fn close(mut self, reason: impl Into<String>, now: Timestamp) -> Option<Event> {
        self.is_open().then(|| self.end_by(Cause::Closed { reason: reason.into() }, now))
    }

    fn end_by(&mut self, cause: Cause, now: Timestamp) -> Event {
        self.resolution = Some(Resolution { at: now, cause });
        self.updated_at = now;
        self.tell(EventKind::Resolved, now)
    }

    fn tell(&mut self, kind: EventKind, now: Timestamp) -> Event {
        self.sequence += 1;
        self.told_at = now;
        self.untold = false;
        Event { kind, sequence: self.sequence, at: now, incident: self.clone() }
    }
}

/// The first 16 bytes of a SHA-256 over `parts`, which hold no line feed.
fn digest(parts: &[&str]) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update(b"\n");
    }
    let digest: [u8; 32] = hash.finalize().into();
    *digest.first_chunk().expect("a SHA-256 has 32 bytes")
}
