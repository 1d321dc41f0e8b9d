//! Opening a log: what was made durable is found again, and what was being written is cut off.

use super::files::Files;
use super::index::Index;
use super::segment::{Scan, Segment, State, replay};
use super::snapshot::{Found, Snapshot, load_index};
use super::{LogLimits, OpenError};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// A log as it was found, all of it durable.
#[derive(Debug)]
pub(super) struct Recovered {
    /// Oldest first, at least one.
    pub(super) segments: Vec<Arc<Segment>>,
    pub(super) state: State,
    pub(super) log_start: i64,
    /// Bytes that were read again because no snapshot spoke of them.
    pub(super) replayed_bytes: u64,
}

/// Where recovery stands between two segments.
struct Walk<'a> {
    files: &'a dyn Files,
    folder: &'a Path,
    limits: &'a LogLimits,
    name: &'a str,
    now: i64,
    segments: Vec<Arc<Segment>>,
    replayed_bytes: u64,
}

/// Opens the log in `folder`, which must exist.
pub(super) fn recover(
    files: &dyn Files,
    folder: &Path,
    limits: &LogLimits,
    name: &str,
    now: i64,
) -> Result<Recovered, OpenError> {
    let bases = segment_bases(files, folder)?;
    let snapshot = match Snapshot::load(files, folder, limits)? {
        Found::Whole(snapshot) => Some(*snapshot),
        Found::Nothing => None,
        Found::Damaged => {
            tracing::warn!(partition = name, "the snapshot is damaged, the log is read again from its start");
            None
        }
    };
    // Without its snapshot, a log whose oldest segments are gone has lost what was carried up to where.
    if snapshot.is_none() && bases.first().is_some_and(|&first| first != 0) {
        return Err(OpenError::corrupt(folder, "the log does not begin at offset 0 and has no sound snapshot"));
    }
    let log_start = snapshot.as_ref().map_or(0, |snapshot| snapshot.log_start);
    let mut walk = Walk { files, folder, limits, name, now, segments: Vec::new(), replayed_bytes: 0 };
    let state = walk.segments(&bases, snapshot)?;
    let Walk { mut segments, replayed_bytes, .. } = walk;
    if segments.is_empty() {
        segments.push(create_segment(files, folder, state.end, limits)?);
    }
    // What a killed process had written is in memory only: it becomes durable before anyone may read it. It is written
    // once more first, because after a failed flush the kernel may take it for clean and would not write it.
    let last = segments.last().expect("one was just made sure of");
    let group = u64::try_from(limits.group_bytes).unwrap_or(u64::MAX).min(replayed_bytes);
    rewrite_tail(last, group).map_err(OpenError::io("write again", Segment::path(folder, last.base, "log")))?;
    last.file.sync().map_err(OpenError::io("flush", Segment::path(folder, last.base, "log")))?;
    files.sync_folder(folder).map_err(OpenError::io("flush the folder", folder))?;
    Ok(Recovered { segments, state, log_start, replayed_bytes })
}

/// Makes an empty segment that survives a crash.
pub(super) fn create_segment(
    files: &dyn Files,
    folder: &Path,
    base: i64,
    limits: &LogLimits,
) -> Result<Arc<Segment>, OpenError> {
    let path = Segment::path(folder, base, "log");
    let file = files.create(&path).map_err(OpenError::io("create", &path))?;
    file.sync().map_err(OpenError::io("flush", &path))?;
    files.sync_folder(folder).map_err(OpenError::io("flush the folder", folder))?;
    Ok(Segment::new(base, file, 0, Index::new(limits.index_interval_bytes)))
}

/// Writes the last bytes of a segment over themselves: at most one group can have been under way.
fn rewrite_tail(segment: &Segment, bytes: u64) -> io::Result<()> {
    let length = segment.durable_bytes();
    let from = length.saturating_sub(bytes);
    let mut tail = vec![0; usize::try_from(length - from).map_err(|_| io::ErrorKind::FileTooLarge)?];
    segment.file.read_at(&mut tail, from)?;
    segment.file.write_at(&tail, from)
}

fn segment_bases(files: &dyn Files, folder: &Path) -> Result<Vec<i64>, OpenError> {
    let names = files.list(folder).map_err(OpenError::io("list", folder))?;
    let mut bases: Vec<i64> =
        names.iter().filter_map(|name| name.strip_suffix(".log")?.parse().ok()).filter(|base| *base >= 0).collect();
    bases.sort_unstable();
    Ok(bases)
}

impl Walk<'_> {
    fn segments(&mut self, bases: &[i64], snapshot: Option<Snapshot>) -> Result<State, OpenError> {
        let Some(snapshot) = snapshot else {
            return self.replay_all(bases, State::default(), 0, Index::new(self.limits.index_interval_bytes));
        };
        let Some(at) = bases.iter().position(|&base| base == snapshot.segment) else {
            return Err(OpenError::corrupt(self.folder, format!("segment {} is missing", snapshot.segment)));
        };
        for (index, &base) in bases[..at].iter().enumerate() {
            self.open_sealed(base, bases[index + 1])?;
        }
        self.replay_all(&bases[at..], snapshot.state, snapshot.position, snapshot.index)
    }

    /// Opens a segment that ends at offset `end` and was durable before the snapshot was written.
    fn open_sealed(&mut self, base: i64, end: i64) -> Result<(), OpenError> {
        let path = Segment::path(self.folder, base, "log");
        let file = self.files.open(&path).map_err(OpenError::io("open", &path))?;
        let length = file.len().map_err(OpenError::io("measure", &path))?;
        let kept = load_index(self.files, self.folder, base, length, self.limits).filter(|(_, last)| *last == end);
        let index = if let Some((index, _)) = kept {
            index
        } else {
            let mut index = Index::new(self.limits.index_interval_bytes);
            let mut state = State { end: base, ..State::default() };
            let mut scan = Scan::new(&*file, length);
            let sound = replay(&mut scan, 0, &mut index, &mut state, self.now, self.limits);
            let sound = sound.map_err(OpenError::io("read", &path))?;
            if sound != length || state.end != end {
                return Err(OpenError::corrupt(path, format!("it is sound up to byte {sound} of {length} only")));
            }
            self.replayed_bytes += length;
            index
        };
        self.segments.push(Segment::new(base, file, length, index));
        Ok(())
    }

    /// Opens the segments from the snapshot's on. Only the last of them may end in something unsound.
    fn replay_all(
        &mut self,
        bases: &[i64],
        mut state: State,
        mut from: u64,
        mut index: Index,
    ) -> Result<State, OpenError> {
        for (place, &base) in bases.iter().enumerate() {
            let path = Segment::path(self.folder, base, "log");
            if place > 0 && base != state.end {
                return Err(OpenError::corrupt(path, format!("the segment before it ends at offset {}", state.end)));
            }
            let file = self.files.open(&path).map_err(OpenError::io("open", &path))?;
            let length = file.len().map_err(OpenError::io("measure", &path))?;
            if from > length {
                return Err(OpenError::corrupt(path, format!("{from} bytes of it were durable, {length} are there")));
            }
            let mut scan = Scan::new(&*file, length);
            let sound = replay(&mut scan, from, &mut index, &mut state, self.now, self.limits);
            let sound = sound.map_err(OpenError::io("read", &path))?;
            self.replayed_bytes += sound - from;
            if sound < length {
                if place + 1 < bases.len() {
                    return Err(OpenError::corrupt(path, format!("it is sound up to byte {sound} of {length} only")));
                }
                let cut = length - sound;
                tracing::warn!(
                    partition = self.name,
                    segment = base,
                    end = state.end,
                    cut,
                    "cut off an unfinished write"
                );
                file.set_len(sound).map_err(OpenError::io("cut off", &path))?;
            }
            let fresh = Index::new(self.limits.index_interval_bytes);
            self.segments.push(Segment::new(base, file, sound, std::mem::replace(&mut index, fresh)));
            from = 0;
        }
        Ok(state)
    }
}
