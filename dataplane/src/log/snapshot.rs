//! What is kept beside the segments: the snapshot of a log's state, and the index of a sealed segment.

use super::files::{Files, read_whole, replace};
use super::frame::{put_source, take_source};
use super::index::Index;
use super::producers::Producers;
use super::segment::{Segment, State};
use super::{LogLimits, OpenError};
use bytes::{Buf, BufMut};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

const SNAPSHOT_NAME: &str = "snapshot";
const SNAPSHOT_MAGIC: u32 = 0x5762_5331; // "WbS1"
const INDEX_MAGIC: u32 = 0x5762_4931; // "WbI1"

/// The state of a log at one place, all of it durable before the snapshot was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Snapshot {
    /// The oldest offset that can be read.
    pub(super) log_start: i64,
    /// First offset of the segment in which the place is.
    pub(super) segment: i64,
    /// The place: everything before this byte is in `state`.
    pub(super) position: u64,
    pub(super) state: State,
    /// The index of that segment up to the place.
    pub(super) index: Index,
}

/// A snapshot as it was found.
#[derive(Debug)]
pub(super) enum Found {
    Nothing,
    Damaged,
    Whole(Box<Snapshot>),
}

impl Snapshot {
    /// Puts the snapshot in place of the one before, durably.
    pub(super) fn save(&self, files: &dyn Files, folder: &Path) -> io::Result<()> {
        let mut body = Vec::new();
        body.put_i64(self.log_start);
        body.put_i64(self.segment);
        body.put_u64(self.position);
        body.put_i64(self.state.end);
        self.state.producers.encode(&mut body);
        body.put_u32(u32::try_from(self.state.positions.len()).expect("there are fewer sources than partitions"));
        for (source, next) in &self.state.positions {
            put_source(source, &mut body);
            body.put_i64(*next);
        }
        self.index.encode(&mut body);
        replace(files, folder, SNAPSHOT_NAME, &sealed(SNAPSHOT_MAGIC, &body))
    }

    pub(super) fn load(files: &dyn Files, folder: &Path, limits: &LogLimits) -> Result<Found, OpenError> {
        let path = folder.join(SNAPSHOT_NAME);
        let bytes = read_whole(files, &path).map_err(OpenError::io("read", &path))?;
        let Some(bytes) = bytes else { return Ok(Found::Nothing) };
        let snapshot = unsealed(SNAPSHOT_MAGIC, &bytes).and_then(|body| Self::decode(body, limits));
        Ok(snapshot.map_or(Found::Damaged, |snapshot| Found::Whole(Box::new(snapshot))))
    }

    fn decode(mut body: &[u8], limits: &LogLimits) -> Option<Self> {
        let rest = &mut body;
        let log_start = rest.try_get_i64().ok()?;
        let segment = rest.try_get_i64().ok()?;
        let position = rest.try_get_u64().ok()?;
        let end = rest.try_get_i64().ok()?;
        let producers = Producers::decode(rest)?;
        let mut positions = BTreeMap::new();
        for _ in 0..rest.try_get_u32().ok()? {
            let source = take_source(rest)?;
            positions.insert(source, rest.try_get_i64().ok()?);
        }
        let index = Index::decode(rest, limits.index_interval_bytes)?;
        rest.is_empty().then_some(Self {
            log_start,
            segment,
            position,
            state: State { end, producers, positions },
            index,
        })
    }
}

/// Keeps the index of a segment that is sealed. Not made durable: without it, it is made anew from the segment.
pub(super) fn save_index(files: &dyn Files, folder: &Path, segment: &Segment, end: i64) -> io::Result<()> {
    let mut body = Vec::new();
    body.put_u64(segment.durable_bytes());
    body.put_i64(end);
    segment.with_index(|index| index.encode(&mut body));
    files.create(&Segment::path(folder, segment.base, "index"))?.write_at(&sealed(INDEX_MAGIC, &body), 0)
}

/// The index of a sealed segment of `length` bytes and the offset after it; `None` when there is none that fits.
pub(super) fn load_index(
    files: &dyn Files,
    folder: &Path,
    base: i64,
    length: u64,
    limits: &LogLimits,
) -> Option<(Index, i64)> {
    let bytes = read_whole(files, &Segment::path(folder, base, "index")).ok()??;
    let mut rest = unsealed(INDEX_MAGIC, &bytes)?;
    if rest.try_get_u64().ok()? != length {
        return None;
    }
    let end = rest.try_get_i64().ok()?;
    let index = Index::decode(&mut rest, limits.index_interval_bytes)?;
    rest.is_empty().then_some((index, end))
}

fn sealed(magic: u32, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 8);
    out.put_u32(magic);
    out.put_u32(crc32c::crc32c(body));
    out.put_slice(body);
    out
}

fn unsealed(magic: u32, mut bytes: &[u8]) -> Option<&[u8]> {
    let found = bytes.try_get_u32().ok()?;
    let crc = bytes.try_get_u32().ok()?;
    (found == magic && crc == crc32c::crc32c(bytes)).then_some(bytes)
}
