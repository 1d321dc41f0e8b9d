//! A partition as its users see it.

use super::append::{Request, Work, Writer, check_carried, check_produced};
use super::committer::Line;
use super::files::Files;
use super::recovery::recover;
use super::segment::Segment;
use super::{AppendError, Appended, LogLimits, OpenError, Origin, Source};
use bytes::Bytes;
use model::Clock;
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use tokio::sync::{oneshot, watch};

/// One partition's log. All methods may be called from any task at any time.
#[derive(Debug)]
pub struct Partition {
    pub(super) name: String,
    pub(super) folder: PathBuf,
    pub(super) files: Arc<dyn Files>,
    pub(super) limits: Arc<LogLimits>,
    pub(super) settings: PartitionSettings,
    pub(super) clock: Arc<dyn Clock>,
    line: Arc<Line>,
    queue: Mutex<Queue>,
    /// Rung when nothing is left to commit.
    idle: Condvar,
    pub(super) writer: Mutex<Writer>,
    pub(super) shared: RwLock<Shared>,
    end: watch::Sender<i64>,
}

/// What a topic's configuration says to the logs of its partitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PartitionSettings {
    /// Bytes that a produced batch may have.
    pub(crate) max_message_bytes: usize,
    /// Bytes after which a new segment is begun.
    pub(crate) segment_bytes: u64,
    /// Whether produced batches are stamped with the time of their append.
    pub(crate) append_time: bool,
}

/// What a partition is made of.
#[derive(Debug)]
pub(crate) struct PartitionSetup {
    /// What it is called in messages, as `ewr/flight.departed-3`.
    pub(crate) name: String,
    /// Its folder, which exists.
    pub(crate) folder: PathBuf,
    pub(crate) files: Arc<dyn Files>,
    pub(crate) limits: Arc<LogLimits>,
    pub(crate) settings: PartitionSettings,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) line: Arc<Line>,
}

/// Why a partition takes no more appends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The process ends: what was taken is committed and a snapshot written.
    ShutDown,
    /// The topic was deleted: nothing of it is kept.
    Deleted,
}

#[derive(Debug, Default)]
struct Queue {
    requests: VecDeque<Request>,
    /// Whether the partition stands in the committers' line or is being committed.
    in_line: bool,
    ending: Option<Ending>,
}

/// What readers see: durable all of it.
#[derive(Debug)]
pub(super) struct Shared {
    /// Oldest first, at least one.
    pub(super) segments: Vec<Arc<Segment>>,
    pub(super) log_start: i64,
    pub(super) positions: BTreeMap<Source, i64>,
    pub(super) read_only: Option<String>,
}

impl Partition {
    /// Opens the log in the folder and recovers it. Blocks.
    pub(crate) fn open(setup: PartitionSetup) -> Result<Arc<Self>, OpenError> {
        let PartitionSetup { name, folder, files, limits, settings, clock, line } = setup;
        let recovered = recover(&*files, &folder, &limits, &name, clock.now().0)?;
        let end = recovered.state.end;
        tracing::debug!(partition = name, end, replayed_bytes = recovered.replayed_bytes, "opened");
        let active = Arc::clone(recovered.segments.last().expect("a recovered log has a segment"));
        let shared = Shared {
            segments: recovered.segments,
            log_start: recovered.log_start,
            positions: recovered.state.positions.clone(),
            read_only: None,
        };
        Ok(Arc::new(Self {
            writer: Mutex::new(Writer::new(active, recovered.state, recovered.replayed_bytes)),
            shared: RwLock::new(shared),
            end: watch::Sender::new(end),
            queue: Mutex::default(),
            idle: Condvar::new(),
            name,
            folder,
            files,
            limits,
            settings,
            clock,
            line,
        }))
    }

    /// Appends a run of batches as a producer sent them: one, or several without a producer id. Returns when they are
    /// durable. The first poll takes its place in the order of appends; to stop waiting does not take the append back.
    ///
    /// # Errors
    /// When a batch is unsound, too large, out of its producer's order, or the partition takes no appends.
    pub async fn append(self: &Arc<Self>, batches: Bytes) -> Result<Appended, AppendError> {
        check_produced(&batches, self.settings.max_message_bytes.min(self.limits.group_bytes))?;
        self.submit(batches.len(), Work::Produced(batches)).await
    }

    /// Appends a run of carried batches, with the source's offsets still in their headers, and the source position to
    /// go on from, in one durable write. The run may be empty: then only the position moves. To stop waiting does not
    /// take the append back.
    ///
    /// # Errors
    /// When a batch is unsound or was not prepared by [`crate::batch::carried`], when the run or the position goes
    /// back behind the carried position, or the partition takes no appends.
    pub async fn append_carried(self: &Arc<Self>, batches: Bytes, origin: Origin) -> Result<Appended, AppendError> {
        check_carried(&batches, &origin, self.limits.group_bytes)?;
        self.submit(batches.len(), Work::Carried(batches, origin)).await
    }

    /// The oldest offset that can be read.
    #[must_use]
    pub fn log_start_offset(&self) -> i64 {
        self.shared().log_start
    }

    /// The offset after the newest durable record: the high watermark.
    #[must_use]
    pub fn durable_end(&self) -> i64 {
        *self.end.borrow()
    }

    /// Follows [`Partition::durable_end`].
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<i64> {
        self.end.subscribe()
    }

    /// The source offset to go on from, durable; `None` when nothing was carried from there.
    #[must_use]
    pub fn carried_position(&self, source: &Source) -> Option<i64> {
        self.shared().positions.get(source).copied()
    }

    /// All carried positions.
    #[must_use]
    pub fn carried_positions(&self) -> BTreeMap<Source, i64> {
        self.shared().positions.clone()
    }

    /// What failed, when a failed write or flush has latched the partition read-only.
    #[must_use]
    pub fn read_only_reason(&self) -> Option<String> {
        self.shared().read_only.clone()
    }

    async fn submit(self: &Arc<Self>, bytes: usize, work: Work) -> Result<Appended, AppendError> {
        let (reply, answer) = oneshot::channel();
        let first = {
            let mut queue = self.queue();
            if queue.ending.is_some() {
                return Err(AppendError::Closed);
            }
            queue.requests.push_back(Request { bytes, work, reply });
            !std::mem::replace(&mut queue.in_line, true)
        };
        if first && !self.line.join(Arc::clone(self)) {
            self.queue().requests.clear();
            self.settle();
        }
        answer.await.unwrap_or(Err(AppendError::Closed))
    }

    /// Takes the next group from the queue.
    pub(super) fn next_group(&self) -> Vec<Request> {
        let mut queue = self.queue();
        let mut bytes = 0;
        let mut group = Vec::new();
        while let Some(request) = queue.requests.front() {
            bytes += request.bytes;
            if bytes > self.limits.group_bytes && !group.is_empty() {
                break;
            }
            group.extend(queue.requests.pop_front());
        }
        group
    }

    /// After a group: whether more is waiting. If not, the partition leaves the line.
    pub(super) fn settle(&self) -> bool {
        let mut queue = self.queue();
        queue.in_line = !queue.requests.is_empty();
        if !queue.in_line {
            self.idle.notify_all();
        }
        queue.in_line
    }

    /// Takes no more appends, waits for those that were taken and, unless all is deleted, writes a snapshot. Blocks.
    pub(crate) fn close(&self, ending: Ending) {
        let mut queue = self.queue();
        queue.ending = Some(ending);
        while queue.in_line {
            queue = self.idle.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        drop(queue);
        if ending == Ending::ShutDown && self.read_only_reason().is_none() {
            self.snapshot(&mut self.writer());
        }
    }

    /// Takes no appends from now on.
    pub(super) fn latch(&self, reason: String) {
        tracing::error!(partition = self.name, reason, "the partition is read-only from now on");
        self.shared.write().unwrap_or_else(PoisonError::into_inner).read_only.get_or_insert(reason);
    }

    /// Shows readers what has become durable.
    pub(super) fn show(&self, end: i64, positions: Vec<(Source, i64)>) {
        if !positions.is_empty() {
            self.shared.write().unwrap_or_else(PoisonError::into_inner).positions.extend(positions);
        }
        self.end.send_if_modified(|shown| std::mem::replace(shown, end) != end);
    }

    pub(super) fn shared(&self) -> std::sync::RwLockReadGuard<'_, Shared> {
        self.shared.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
