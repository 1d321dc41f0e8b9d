//! From the queue to the disk: checks, offsets, the write, the flush, the answers.

use super::frame::Frame;
use super::partition::Partition;
use super::recovery::create_segment;
use super::segment::{Segment, State};
use super::snapshot::{Snapshot, save_index};
use super::{AppendError, Appended, Origin, Source};
use crate::batch::{self, BatchView, batches};
use bytes::Bytes;
use std::sync::Arc;
use tokio::sync::oneshot;

/// An append that waits for its group.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) bytes: usize,
    pub(super) work: Work,
    pub(super) reply: oneshot::Sender<Result<Appended, AppendError>>,
}

/// What is to be appended; the batches have been checked.
#[derive(Debug)]
pub(super) enum Work {
    Produced(Bytes),
    Carried(Bytes, Origin),
}

/// The end of the log, where one committer at a time writes.
#[derive(Debug)]
pub(super) struct Writer {
    active: Arc<Segment>,
    active_bytes: u64,
    /// What the log has come to, with the group under way.
    state: State,
    bytes_since_snapshot: u64,
}

/// The bytes of a group and what is to be told once they are durable.
#[derive(Debug, Default)]
struct Group {
    bytes: Vec<u8>,
    notes: Vec<Note>,
    positions: Vec<(Source, i64)>,
}

/// For the index.
#[derive(Clone, Copy, Debug)]
enum Note {
    Entry { offset: i64, position: u64 },
    Batch { base_offset: i64, max_timestamp: i64 },
}

/// Sees to it that a run is what a producer may append: sound batches of records, in count as they say.
pub(super) fn check_produced(run: &[u8], limit: usize) -> Result<(), AppendError> {
    let (mut several, mut idempotent) = (0, false);
    for batch in batches(run) {
        let batch = batch?;
        if batch.bytes().len() > limit {
            return Err(AppendError::TooLarge { bytes: batch.bytes().len(), limit });
        }
        batch.verify_crc()?;
        batch.compression()?;
        if batch.is_control() {
            return Err(AppendError::InvalidRecord("a client may not write control batches"));
        }
        if batch.count() <= 0 || i64::from(batch.last_offset_delta()) + 1 != i64::from(batch.count()) {
            return Err(AppendError::InvalidRecord("the count of records does not fit the last offset delta"));
        }
        if batch.producer_id() >= 0 && (batch.base_sequence() < 0 || batch.producer_epoch() < 0) {
            return Err(AppendError::InvalidRecord("a producer id without epoch or sequence"));
        }
        if batch.is_transactional() {
            return Err(AppendError::Transactional);
        }
        idempotent |= batch.producer_id() >= 0;
        several += 1;
    }
    match several {
        0 => Err(AppendError::InvalidRecord("there is no batch")),
        1 => Ok(()),
        _ if idempotent => Err(AppendError::InvalidRecord("more than one batch with a producer id")),
        _ if run.len() > limit => Err(AppendError::TooLarge { bytes: run.len(), limit }),
        _ => Ok(()),
    }
}

/// Sees to it that a run is made of carried batches in the order of their source offsets, all before `origin.next`.
pub(super) fn check_carried(run: &[u8], origin: &Origin, limit: usize) -> Result<(), AppendError> {
    if run.len() > limit {
        return Err(AppendError::TooLarge { bytes: run.len(), limit });
    }
    let mut next = 0;
    for batch in batches(run) {
        let batch = batch?;
        batch.verify_crc()?;
        if batch.producer_id() != -1 || batch.is_transactional() || batch.is_control() {
            return Err(AppendError::InvalidRecord("a carried batch still has its producer or its transaction"));
        }
        if batch.base_offset() < next || batch.last_offset_delta() < 0 {
            return Err(AppendError::InvalidRecord("carried batches are not in the order of their offsets"));
        }
        next = batch.next_offset();
    }
    if origin.next < next {
        return Err(AppendError::InvalidRecord("the position to go on from is before the end of what is carried"));
    }
    Ok(())
}

impl Writer {
    pub(super) fn new(active: Arc<Segment>, state: State, bytes_since_snapshot: u64) -> Self {
        let active_bytes = active.durable_bytes();
        Self { active, active_bytes, state, bytes_since_snapshot }
    }
}

impl Partition {
    /// Commits one group; whether more is waiting.
    pub(super) fn commit(&self) -> bool {
        let requests = self.next_group();
        let mut writer = self.writer();
        if writer.active_bytes >= self.settings.segment_bytes
            && writer.state.end > writer.active.base
            && self.read_only_reason().is_none()
            && let Err(reason) = self.roll(&mut writer)
        {
            self.latch(reason);
        }
        let mut group = Group::default();
        let mut answers = Vec::with_capacity(requests.len());
        for request in requests {
            let answer = match self.read_only_reason() {
                Some(reason) => Err(AppendError::ReadOnly { reason }),
                None => self.add(&mut writer, &mut group, &request.work),
            };
            answers.push((request, answer));
        }
        let failed = self.write(&mut writer, &mut group).err();
        if let Some(reason) = &failed {
            self.latch(reason.clone());
        } else {
            self.publish(&writer, group);
        }
        for (request, answer) in answers {
            let answer = match &failed {
                Some(reason) => answer.and(Err(AppendError::ReadOnly { reason: reason.clone() })),
                None => answer,
            };
            // Who no longer waits does not want to know.
            let _ = request.reply.send(answer);
        }
        if failed.is_none() && writer.bytes_since_snapshot >= self.limits.snapshot_bytes {
            self.snapshot(&mut writer);
        }
        drop(writer);
        self.settle()
    }

    fn add(&self, writer: &mut Writer, group: &mut Group, work: &Work) -> Result<Appended, AppendError> {
        match work {
            Work::Produced(run) => self.add_produced(writer, group, run),
            Work::Carried(run, origin) => self.add_carried(writer, group, run, origin),
        }
    }

    fn add_produced(&self, writer: &mut Writer, group: &mut Group, run: &[u8]) -> Result<Appended, AppendError> {
        let now = self.clock.now().0;
        let append_time = if self.settings.append_time { now } else { -1 };
        let log_start_offset = self.log_start_offset();
        let base_offset = writer.state.end;
        for batch in batches(run) {
            let batch = batch?;
            if batch.producer_id() >= 0 {
                if let Some(taken) = writer.state.producers.check(&batch)? {
                    let (base_offset, last_offset) = (taken.base_offset, taken.last_offset);
                    return Ok(Appended { base_offset, last_offset, append_time, log_start_offset, duplicate: true });
                }
                writer.state.producers.take(&batch, writer.state.end, now);
                if writer.state.producers.len() > self.limits.producers {
                    // A tenth more than needed, so that this is not done for every newcomer.
                    writer.state.producers.forget(self.producer_horizon(now), self.limits.producers * 9 / 10);
                }
            }
            let position = writer.active_bytes + group.bytes.len() as u64;
            group.notes.push(Note::Entry { offset: writer.state.end, position });
            let max_timestamp = if self.settings.append_time { now } else { batch.max_timestamp() };
            let stamp = self.settings.append_time.then_some(now);
            append_batch(&mut group.bytes, &batch, writer.state.end, stamp);
            group.notes.push(Note::Batch { base_offset: writer.state.end, max_timestamp });
            writer.state.end += i64::from(batch.last_offset_delta()) + 1;
        }
        let last_offset = writer.state.end - 1;
        Ok(Appended { base_offset, last_offset, append_time, log_start_offset, duplicate: false })
    }

    fn add_carried(
        &self,
        writer: &mut Writer,
        group: &mut Group,
        run: &[u8],
        origin: &Origin,
    ) -> Result<Appended, AppendError> {
        let known = writer.state.positions.get(&origin.source).copied();
        let first = batches(run).next().transpose()?.map_or(origin.next, |batch| batch.base_offset());
        if let Some(position) = known.filter(|&position| first < position) {
            return Err(AppendError::OriginOverlap { position });
        }
        let base_offset = writer.state.end;
        let unmoved = run.is_empty() && known == Some(origin.next);
        if !unmoved {
            let position = writer.active_bytes + group.bytes.len() as u64;
            group.notes.push(Note::Entry { offset: base_offset, position });
            let mut covered = Vec::with_capacity(run.len());
            let mut base_offsets = Vec::new();
            for batch in batches(run) {
                let batch = batch?;
                base_offsets.push(batch.base_offset());
                append_batch(&mut covered, &batch, writer.state.end, None);
                let max_timestamp = batch.max_timestamp();
                group.notes.push(Note::Batch { base_offset: writer.state.end, max_timestamp });
                writer.state.end += i64::from(batch.last_offset_delta()) + 1;
            }
            Frame::encode(origin, base_offset, &base_offsets, &covered, &mut group.bytes);
            group.bytes.extend_from_slice(&covered);
            writer.state.positions.insert(origin.source.clone(), origin.next);
            group.positions.push((origin.source.clone(), origin.next));
        }
        let last_offset = writer.state.end - 1;
        let log_start_offset = self.log_start_offset();
        Ok(Appended { base_offset, last_offset, append_time: -1, log_start_offset, duplicate: false })
    }

    /// Writes the group and makes it durable; why that failed.
    fn write(&self, writer: &mut Writer, group: &mut Group) -> Result<(), String> {
        if group.bytes.is_empty() {
            return Ok(());
        }
        let failed = |what| move |error: std::io::Error| format!("{what} failed: {error}");
        writer.active.file.write_at(&group.bytes, writer.active_bytes).map_err(failed("a write"))?;
        writer.active.file.sync().map_err(failed("a flush"))?;
        writer.active_bytes += group.bytes.len() as u64;
        writer.bytes_since_snapshot += group.bytes.len() as u64;
        Ok(())
    }

    fn publish(&self, writer: &Writer, group: Group) {
        writer.active.change_index(|index| {
            for note in group.notes {
                match note {
                    Note::Entry { offset, position } => index.note_entry(offset, position),
                    Note::Batch { base_offset, max_timestamp } => index.note_batch(base_offset, max_timestamp),
                }
            }
        });
        writer.active.publish(writer.active_bytes);
        self.show(writer.state.end, group.positions);
    }

    /// Begins a new segment behind the active one.
    fn roll(&self, writer: &mut Writer) -> Result<(), String> {
        if let Err(error) = save_index(&*self.files, &self.folder, &writer.active, writer.state.end) {
            tracing::warn!(partition = self.name, %error, "an index was not kept and will be made anew");
        }
        let segment = create_segment(&*self.files, &self.folder, writer.state.end, &self.limits);
        let segment = segment.map_err(|error| format!("a new segment could not be made: {error}"))?;
        let mut shared = self.shared.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        shared.segments.push(Arc::clone(&segment));
        drop(shared);
        (writer.active, writer.active_bytes) = (segment, 0);
        self.snapshot(writer);
        Ok(())
    }

    /// Keeps the state, so that a recovery need not read everything again. The log does without when it fails.
    pub(super) fn snapshot(&self, writer: &mut Writer) {
        writer.bytes_since_snapshot = 0;
        let horizon = self.producer_horizon(self.clock.now().0);
        writer.state.producers.forget(horizon, self.limits.producers);
        let snapshot = Snapshot {
            log_start: self.log_start_offset(),
            segment: writer.active.base,
            position: writer.active_bytes,
            state: writer.state.clone(),
            index: writer.active.with_index(Clone::clone),
        };
        if let Err(error) = snapshot.save(&*self.files, &self.folder) {
            tracing::warn!(partition = self.name, %error, "a snapshot could not be written");
        }
    }

    fn producer_horizon(&self, now: i64) -> i64 {
        now.saturating_sub(i64::try_from(self.limits.producer_expiry.as_millis()).unwrap_or(i64::MAX))
    }
}

/// Appends a batch as it is kept: with its offset in this log, leader epoch 0, and perhaps the time of its append.
fn append_batch(out: &mut Vec<u8>, batch: &BatchView<'_>, base_offset: i64, append_time: Option<i64>) {
    let start = out.len();
    out.extend_from_slice(batch.bytes());
    batch::set_base_offset(&mut out[start..], base_offset);
    batch::set_leader_epoch(&mut out[start..], 0);
    if let Some(now) = append_time {
        batch::stamp_append_time(&mut out[start..], now);
    }
}
