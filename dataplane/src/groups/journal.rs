//! The journal of committed offsets: changes one after the other, each with its length and its CRC-32C, rewritten as a
//! whole once most of it is stale.

use super::offsets::{Commit, Committed, Map, apply};
use crate::cluster::write_whole;
use crate::error::DataplaneError;
use crate::frame::reader::{Malformed, Reader};
use bytes::{BufMut, Bytes, BytesMut};
use model::TopicId;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Opens every journal; the digit is the version of the format.
const MAGIC: &[u8; 8] = b"WBOFFS\x00\x01";

/// A journal below this many bytes is never rewritten.
const SHORT: u64 = 4 << 20;

#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    length: u64,
    /// Its length when it was last rewritten.
    compact_length: u64,
    /// A write failed: what is on disk is not known any more, so nothing is taken until the process starts anew.
    failed: bool,
}

impl Journal {
    /// Reads the journal back, and cuts off a change that was not written to its end.
    pub(super) fn open(folder: &Path) -> Result<(Self, Map), DataplaneError> {
        let path = folder.join("offsets");
        let failed = |doing, source| DataplaneError::Io { doing, path: path.clone(), source };
        if !path.exists() {
            write_whole(&path, MAGIC).map_err(|error| failed("making", error))?;
        }
        let content = Bytes::from(std::fs::read(&path).map_err(|error| failed("reading", error))?);
        if !content.starts_with(MAGIC) {
            let error = io::Error::new(io::ErrorKind::InvalidData, "it is not a journal of group offsets");
            return Err(failed("reading", error));
        }
        let (map, valid) = replay(&content);
        if valid < content.len() {
            tracing::warn!(path = %path.display(), bytes = content.len() - valid, "a torn end of the journal was cut off");
        }
        let file = OpenOptions::new().append(true).open(&path).map_err(|error| failed("opening", error))?;
        let length = u64::try_from(valid).unwrap_or(u64::MAX);
        file.set_len(length).and_then(|()| file.sync_all()).map_err(|error| failed("cutting off", error))?;
        Ok((Self { path, file, length, compact_length: length, failed: false }, map))
    }

    /// Appends changes and makes them durable.
    pub(super) fn append<'a>(&mut self, commits: impl Iterator<Item = &'a Commit>) -> io::Result<()> {
        if self.failed {
            return Err(io::Error::other("an earlier write failed"));
        }
        let mut out = BytesMut::new();
        commits.for_each(|commit| encode(&mut out, commit));
        let written = self.file.write_all(&out).and_then(|()| self.file.sync_data());
        self.failed = written.is_err();
        self.length += u64::try_from(out.len()).unwrap_or(u64::MAX);
        written
    }

    /// Replaces the journal by one that holds only what still counts, when that has become worth it.
    pub(super) fn compact_if_long(&mut self, map: &Map) -> io::Result<()> {
        if self.failed || self.length < SHORT.max(self.compact_length.saturating_mul(2)) {
            return Ok(());
        }
        let mut out = BytesMut::from(&MAGIC[..]);
        for (group, offsets) in map {
            for ((topic, partition), committed) in offsets {
                let (topic, partition) = (*topic, *partition);
                let committed = Some(committed.clone());
                encode(&mut out, &Commit { group: group.clone(), topic, partition, committed });
            }
        }
        self.failed = true; // until the new file is open: an append to the old one would be lost
        write_whole(&self.path, &out)?;
        self.file = OpenOptions::new().append(true).open(&self.path)?;
        self.length = u64::try_from(out.len()).unwrap_or(u64::MAX);
        self.compact_length = self.length;
        self.failed = false;
        Ok(())
    }
}

fn encode(out: &mut BytesMut, commit: &Commit) {
    let start = out.len();
    out.put_u64(0); // length and CRC, below
    put_text(out, &commit.group);
    out.put_slice(commit.topic.0.as_bytes());
    out.put_i32(commit.partition);
    match &commit.committed {
        None => out.put_i8(0),
        Some(committed) => {
            out.put_i8(1);
            out.put_i64(committed.offset);
            out.put_i32(committed.leader_epoch);
            put_text(out, &committed.metadata);
        }
    }
    let payload = start + 8;
    let length = u32::try_from(out.len() - payload).unwrap_or(u32::MAX);
    let crc = crc32c::crc32c(&out[payload..]);
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    out[start + 4..payload].copy_from_slice(&crc.to_be_bytes());
}

fn put_text(out: &mut BytesMut, text: &str) {
    crate::frame::writer::text(out, true, Some(text));
}

/// The map after all changes, and how many bytes of the journal are valid.
fn replay(content: &Bytes) -> (Map, usize) {
    let mut map = Map::new();
    let mut valid = MAGIC.len();
    while let Some(payload) = next(&content[valid..]) {
        let end = valid + 8 + payload;
        let Ok(commit) = decode(content.slice(valid + 8..end)) else { break };
        apply(&mut map, commit);
        valid = end;
    }
    (map, valid)
}

/// The length of the next change, when it is there as a whole.
fn next(rest: &[u8]) -> Option<usize> {
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (crc, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let payload = rest.get(..length)?;
    (crc32c::crc32c(payload) == u32::from_be_bytes(*crc)).then_some(length)
}

fn decode(payload: Bytes) -> Result<Commit, Malformed> {
    let mut reader = Reader::new(payload);
    let group = reader.text(true)?;
    let topic = TopicId(reader.uuid()?);
    let partition = reader.i32()?;
    let committed = match reader.i8()? {
        0 => None,
        _ => Some(Committed { offset: reader.i64()?, leader_epoch: reader.i32()?, metadata: reader.text(true)? }),
    };
    Ok(Commit { group, topic, partition, committed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn commit(partition: i32, offset: Option<i64>) -> Commit {
        let committed = offset.map(|offset| Committed { offset, leader_epoch: 0, metadata: "m".to_owned() });
        Commit { group: "g".to_owned(), topic: TopicId(Uuid::from_u128(7)), partition, committed }
    }

    fn folder(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("waybill-journal-{name}-{}", Uuid::new_v4()))
    }

    #[test]
    fn changes_are_read_back_and_a_torn_end_is_cut_off() {
        let folder = folder("torn");
        let (mut journal, map) = Journal::open(&folder).unwrap();
        assert!(map.is_empty());
        journal.append([commit(0, Some(5)), commit(1, Some(6)), commit(0, None)].iter()).unwrap();
        let path = folder.join("offsets");
        let whole = std::fs::read(&path).unwrap();
        let (_, expected) = Journal::open(&folder).unwrap();
        assert_eq!(expected["g"].len(), 1);
        journal.append([commit(2, Some(9))].iter()).unwrap();
        let longer = std::fs::read(&path).unwrap();
        for length in whole.len()..longer.len() {
            std::fs::write(&path, &longer[..length]).unwrap();
            let (mut journal, map) = Journal::open(&folder).unwrap();
            assert_eq!(map, expected, "cut at {length}");
            journal.append([commit(3, Some(1))].iter()).unwrap();
            assert_eq!(Journal::open(&folder).unwrap().1["g"].len(), 2);
        }
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_long_journal_is_rewritten_and_goes_on() {
        let folder = folder("long");
        let (mut journal, mut map) = Journal::open(&folder).unwrap();
        let many: Vec<Commit> = (0..90_000).map(|offset| commit(0, Some(offset))).collect();
        journal.append(many.iter()).unwrap();
        many.into_iter().for_each(|commit| apply(&mut map, commit));
        assert!(journal.length > SHORT);
        journal.compact_if_long(&map).unwrap();
        assert!(journal.length < 200);
        journal.append([commit(1, Some(1))].iter()).unwrap();
        let (_, read) = Journal::open(&folder).unwrap();
        let offsets: Vec<i64> = read["g"].values().map(|committed| committed.offset).collect();
        assert_eq!(offsets, [89_999, 1]);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
