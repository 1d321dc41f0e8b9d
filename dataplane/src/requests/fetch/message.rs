//! Fetch on the wire, versions 4 to 18, from both ends: read and written by hand, so that record batches stay slices of
//! the log on one side and of the frame on the other.
//!
//! Schemas: `FetchRequest.json` and `FetchResponse.json` of Apache Kafka.

pub(crate) mod response;

use crate::frame::reader::{Malformed, Reader};
use crate::frame::writer;
pub(crate) use crate::requests::produce::message::TopicRef;
use bytes::{BufMut, Bytes, BytesMut};

/// The first version that is flexible.
pub(crate) const FLEXIBLE: i16 = 12;
/// The first version that names topics by id.
pub(crate) const BY_ID: i16 = 13;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FetchRequest {
    pub(crate) max_wait_ms: i32,
    pub(crate) min_bytes: i32,
    pub(crate) max_bytes: i32,
    /// 0 reads uncommitted records too, 1 only committed ones.
    pub(crate) isolation_level: i8,
    pub(crate) session_id: i32,
    pub(crate) topics: Vec<FetchTopic>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FetchTopic {
    pub(crate) topic: TopicRef,
    pub(crate) partitions: Vec<FetchPartition>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FetchPartition {
    pub(crate) index: i32,
    /// -1 when the client does not know.
    pub(crate) current_leader_epoch: i32,
    pub(crate) offset: i64,
    pub(crate) max_bytes: i32,
}

impl FetchRequest {
    pub(crate) fn read(body: Bytes, version: i16) -> Result<Self, Malformed> {
        let flexible = version >= FLEXIBLE;
        let mut reader = Reader::new(body);
        if version <= 14 {
            reader.i32()?; // replica id
        }
        let (max_wait_ms, min_bytes) = (reader.i32()?, reader.i32()?);
        let (max_bytes, isolation_level) = (reader.i32()?, reader.i8()?);
        let session_id = if version >= 7 { reader.i32()? } else { 0 };
        if version >= 7 {
            reader.i32()?; // session epoch
        }
        let count = reader.count(flexible, 3)?;
        let mut topics = Vec::with_capacity(count);
        for _ in 0..count {
            topics.push(FetchTopic::read(&mut reader, version, flexible)?);
        }
        if version >= 7 {
            skip_forgotten(&mut reader, version, flexible)?;
        }
        if version >= 11 {
            reader.nullable_text(flexible)?; // rack
        }
        reader.skip_tags(flexible)?;
        Ok(Self { max_wait_ms, min_bytes, max_bytes, isolation_level, session_id, topics })
    }

    /// Writes the request as a consumer that keeps no session.
    pub(crate) fn write(&self, version: i16) -> Bytes {
        let flexible = version >= FLEXIBLE;
        let mut out = BytesMut::with_capacity(256);
        if version <= 14 {
            out.put_i32(-1);
        }
        out.put_i32(self.max_wait_ms);
        out.put_i32(self.min_bytes);
        out.put_i32(self.max_bytes);
        out.put_i8(self.isolation_level);
        if version >= 7 {
            out.put_i32(self.session_id);
            out.put_i32(-1);
        }
        writer::count(&mut out, flexible, self.topics.len());
        for topic in &self.topics {
            topic.write(&mut out, version, flexible);
        }
        if version >= 7 {
            writer::count(&mut out, flexible, 0);
        }
        if version >= 11 {
            writer::text(&mut out, flexible, Some(""));
        }
        writer::no_tags(&mut out, flexible);
        out.freeze()
    }
}

/// Steps over the topics that a session is to forget; nobody keeps a session here.
fn skip_forgotten(reader: &mut Reader, version: i16, flexible: bool) -> Result<(), Malformed> {
    for _ in 0..reader.count(flexible, 3)? {
        TopicRef::read(reader, version >= BY_ID, flexible)?;
        let partitions = reader.count(flexible, 4)?;
        reader.take(partitions * 4)?;
        reader.skip_tags(flexible)?;
    }
    Ok(())
}

impl FetchTopic {
    fn read(reader: &mut Reader, version: i16, flexible: bool) -> Result<Self, Malformed> {
        let topic = TopicRef::read(reader, version >= BY_ID, flexible)?;
        let count = reader.count(flexible, 16)?;
        let mut partitions = Vec::with_capacity(count);
        for _ in 0..count {
            partitions.push(FetchPartition::read(reader, version, flexible)?);
        }
        reader.skip_tags(flexible)?;
        Ok(Self { topic, partitions })
    }

    fn write(&self, out: &mut BytesMut, version: i16, flexible: bool) {
        self.topic.write(out, flexible);
        writer::count(out, flexible, self.partitions.len());
        for partition in &self.partitions {
            partition.write(out, version, flexible);
        }
        writer::no_tags(out, flexible);
    }
}

impl FetchPartition {
    fn read(reader: &mut Reader, version: i16, flexible: bool) -> Result<Self, Malformed> {
        let index = reader.i32()?;
        let current_leader_epoch = if version >= 9 { reader.i32()? } else { -1 };
        let offset = reader.i64()?;
        if version >= 12 {
            reader.i32()?; // epoch of the last record fetched
        }
        if version >= 5 {
            reader.i64()?; // log start offset, of followers
        }
        let max_bytes = reader.i32()?;
        reader.skip_tags(flexible)?;
        Ok(Self { index, current_leader_epoch, offset, max_bytes })
    }

    fn write(&self, out: &mut BytesMut, version: i16, flexible: bool) {
        out.put_i32(self.index);
        if version >= 9 {
            out.put_i32(self.current_leader_epoch);
        }
        out.put_i64(self.offset);
        if version >= 12 {
            out.put_i32(-1);
        }
        if version >= 5 {
            out.put_i64(-1);
        }
        out.put_i32(self.max_bytes);
        writer::no_tags(out, flexible);
    }
}

#[cfg(test)]
mod tests;
