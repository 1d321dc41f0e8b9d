//! One segment file: batches and origin frames one behind the other, and how to walk them.

use super::files::File;
use super::frame::{ENTRY_PREFIX_BYTES, FRAME_MAGIC, Frame};
use super::index::Index;
use super::producers::Producers;
use super::{LogLimits, Source};
use crate::batch::{BatchView, MAGIC_AT, PREFIX_BYTES, batches};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// How much of a segment a scan reads at once.
const SCAN_BYTES: usize = 1 << 20;

/// A segment that is open. All but the last of a log are sealed.
#[derive(Debug)]
pub(super) struct Segment {
    /// The offset that its first record has or would have.
    pub(super) base: i64,
    pub(super) file: Arc<dyn File>,
    durable_bytes: AtomicU64,
    index: RwLock<Index>,
}

/// What the prefix of a log has come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    /// The offset after the last record.
    pub(super) end: i64,
    pub(super) producers: Producers,
    /// Per source, the source offset to go on from.
    pub(super) positions: BTreeMap<Source, i64>,
}

/// What stands at a place of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EntryHead {
    pub(super) is_frame: bool,
    pub(super) base_offset: i64,
    pub(super) size: usize,
}

impl Segment {
    pub(super) fn new(base: i64, file: Arc<dyn File>, durable_bytes: u64, index: Index) -> Arc<Self> {
        Arc::new(Self { base, file, durable_bytes: AtomicU64::new(durable_bytes), index: RwLock::new(index) })
    }

    /// The file name of the segment, or of its index.
    pub(super) fn path(folder: &Path, base: i64, extension: &str) -> PathBuf {
        folder.join(format!("{base:020}.{extension}"))
    }

    /// How far readers may look.
    pub(super) fn durable_bytes(&self) -> u64 {
        self.durable_bytes.load(Ordering::Acquire)
    }

    /// Lets readers look further.
    pub(super) fn publish(&self, durable_bytes: u64) {
        self.durable_bytes.store(durable_bytes, Ordering::Release);
    }

    pub(super) fn with_index<T>(&self, ask: impl FnOnce(&Index) -> T) -> T {
        ask(&self.index.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn change_index(&self, change: impl FnOnce(&mut Index)) {
        change(&mut self.index.write().unwrap_or_else(PoisonError::into_inner));
    }
}

impl EntryHead {
    /// Reads the prefix of an entry; `None` when no entry can begin so.
    pub(super) fn parse(prefix: &[u8]) -> Option<Self> {
        let prefix = prefix.get(..ENTRY_PREFIX_BYTES)?;
        let base_offset = i64::from_be_bytes(prefix[..8].try_into().ok()?);
        let length = i32::from_be_bytes(prefix[8..12].try_into().ok()?);
        let size = usize::try_from(length).ok()?.checked_add(PREFIX_BYTES)?;
        let is_frame = match prefix[MAGIC_AT] {
            FRAME_MAGIC => true,
            2 => false,
            _ => return None,
        };
        (size > ENTRY_PREFIX_BYTES).then_some(Self { is_frame, base_offset, size })
    }
}

/// Reads a segment from front to back in large pieces.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    file: &'a dyn File,
    /// Bytes of the file, or of the part to look at.
    pub(super) length: u64,
    buffer: Vec<u8>,
    start: u64,
}

impl<'a> Scan<'a> {
    pub(super) fn new(file: &'a dyn File, length: u64) -> Self {
        Self { file, length, buffer: Vec::new(), start: 0 }
    }

    /// `size` bytes from `at` on; `None` when the segment ends before.
    pub(super) fn bytes(&mut self, at: u64, size: usize) -> io::Result<Option<&[u8]>> {
        let left = usize::try_from(self.length.saturating_sub(at)).unwrap_or(usize::MAX);
        if size > left {
            return Ok(None);
        }
        let held = at.checked_sub(self.start).and_then(|skip| usize::try_from(skip).ok());
        let mut skip = held.unwrap_or(usize::MAX);
        if skip.checked_add(size).is_none_or(|end| end > self.buffer.len()) {
            self.buffer.resize(size.max(SCAN_BYTES).min(left), 0);
            self.file.read_at(&mut self.buffer, at)?;
            (self.start, skip) = (at, 0);
        }
        Ok(Some(&self.buffer[skip..skip + size]))
    }
}

/// Reads the segment from byte `from` on, adds what is sound to `state` and `index`, and says where the sound part
/// ends. A group that is not whole and sound counts for nothing.
pub(super) fn replay(
    scan: &mut Scan<'_>,
    from: u64,
    index: &mut Index,
    state: &mut State,
    now: i64,
    limits: &LogLimits,
) -> io::Result<u64> {
    let mut at = from;
    while let Some(size) = replay_entry(scan, at, index, state, now)? {
        at += size;
        if state.producers.len() > limits.producers.saturating_mul(2) {
            state.producers.forget(i64::MIN, limits.producers);
        }
    }
    Ok(at)
}

/// Adds one batch or one group and says how many bytes it has; `None` when none that is sound begins here.
fn replay_entry(
    scan: &mut Scan<'_>,
    at: u64,
    index: &mut Index,
    state: &mut State,
    now: i64,
) -> io::Result<Option<u64>> {
    let head = scan.bytes(at, ENTRY_PREFIX_BYTES)?.and_then(EntryHead::parse);
    let Some(head) = head.filter(|head| head.base_offset == state.end) else { return Ok(None) };
    let Some(bytes) = scan.bytes(at, head.size)? else { return Ok(None) };
    if head.is_frame {
        let Some(frame) = Frame::decode(bytes) else { return Ok(None) };
        return replay_group(scan, at, head, &frame, index, state);
    }
    let Ok(batch) = BatchView::parse(bytes) else { return Ok(None) };
    if batch.verify_crc().is_err() || batch.last_offset_delta() < 0 {
        return Ok(None);
    }
    index.note_entry(state.end, at);
    index.note_batch(state.end, batch.max_timestamp());
    if batch.producer_id() >= 0 {
        state.producers.take(&batch, state.end, now);
    }
    state.end = batch.next_offset();
    Ok(Some(head.size as u64))
}

fn replay_group(
    scan: &mut Scan<'_>,
    at: u64,
    head: EntryHead,
    frame: &Frame,
    index: &mut Index,
    state: &mut State,
) -> io::Result<Option<u64>> {
    let covered_bytes = usize::try_from(frame.covered_bytes).unwrap_or(usize::MAX);
    let Some(covered) = scan.bytes(at + head.size as u64, covered_bytes)? else { return Ok(None) };
    if crc32c::crc32c(covered) != frame.covered_crc {
        return Ok(None);
    }
    let Ok(group) = batches(covered).collect::<Result<Vec<_>, _>>() else { return Ok(None) };
    let mut end = state.end;
    for batch in &group {
        if batch.base_offset() != end || batch.last_offset_delta() < 0 {
            return Ok(None);
        }
        end = batch.next_offset();
    }
    index.note_entry(state.end, at);
    group.iter().for_each(|batch| index.note_batch(batch.base_offset(), batch.max_timestamp()));
    state.positions.insert((*frame.source).clone(), frame.next);
    state.end = end;
    Ok(Some((head.size + covered_bytes) as u64))
}
