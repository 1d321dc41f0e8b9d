//! The answer to a Fetch.

use super::{BY_ID, FLEXIBLE, TopicRef};
use crate::frame::reader::{Malformed, Reader};
use crate::frame::writer;
use bytes::{BufMut, Bytes, BytesMut};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FetchResponse {
    pub(crate) error_code: i16,
    pub(crate) topics: Vec<TopicFetched>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TopicFetched {
    pub(crate) topic: TopicRef,
    pub(crate) partitions: Vec<PartitionFetched>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PartitionFetched {
    pub(crate) index: i32,
    pub(crate) error_code: i16,
    pub(crate) high_watermark: i64,
    pub(crate) last_stable_offset: i64,
    pub(crate) log_start_offset: i64,
    /// Producer ids and the first offsets of their aborted transactions; absent for readers of uncommitted records.
    pub(crate) aborted: Option<Vec<(i64, i64)>>,
    pub(crate) records: Bytes,
}

impl FetchResponse {
    /// The pieces of the body. Records are handed on as they are.
    pub(crate) fn write(self, version: i16) -> Vec<Bytes> {
        let flexible = version >= FLEXIBLE;
        let mut pieces = Vec::new();
        let mut out = BytesMut::with_capacity(256);
        out.put_i32(0); // throttle time
        if version >= 7 {
            out.put_i16(self.error_code);
            out.put_i32(0); // no session
        }
        writer::count(&mut out, flexible, self.topics.len());
        for topic in self.topics {
            topic.topic.write(&mut out, flexible);
            writer::count(&mut out, flexible, topic.partitions.len());
            for partition in topic.partitions {
                partition.write_head(&mut out, version, flexible);
                pieces.push(out.split().freeze());
                pieces.push(partition.records);
                writer::no_tags(&mut out, flexible);
            }
            writer::no_tags(&mut out, flexible);
        }
        writer::no_tags(&mut out, flexible);
        pieces.push(out.freeze());
        pieces
    }

    /// Reads the body of a response, as a client.
    pub(crate) fn read(body: Bytes, version: i16) -> Result<Self, Malformed> {
        let flexible = version >= FLEXIBLE;
        let mut reader = Reader::new(body);
        reader.i32()?; // throttle time
        let error_code = if version >= 7 { reader.i16()? } else { 0 };
        if version >= 7 {
            reader.i32()?; // session
        }
        let count = reader.count(flexible, 3)?;
        let mut topics = Vec::with_capacity(count);
        for _ in 0..count {
            topics.push(TopicFetched::read(&mut reader, version, flexible)?);
        }
        reader.skip_tags(flexible)?;
        Ok(Self { error_code, topics })
    }
}

impl TopicFetched {
    fn read(reader: &mut Reader, version: i16, flexible: bool) -> Result<Self, Malformed> {
        let topic = TopicRef::read(reader, version >= BY_ID, flexible)?;
        let count = reader.count(flexible, 24)?;
        let mut partitions = Vec::with_capacity(count);
        for _ in 0..count {
            partitions.push(PartitionFetched::read(reader, version, flexible)?);
        }
        reader.skip_tags(flexible)?;
        Ok(Self { topic, partitions })
    }
}

impl PartitionFetched {
    /// An answer that carries an error and no records.
    pub(crate) fn refused(index: i32, error_code: i16) -> Self {
        Self {
            index,
            error_code,
            high_watermark: -1,
            last_stable_offset: -1,
            log_start_offset: -1,
            aborted: None,
            records: Bytes::new(),
        }
    }

    fn write_head(&self, out: &mut BytesMut, version: i16, flexible: bool) {
        out.put_i32(self.index);
        out.put_i16(self.error_code);
        out.put_i64(self.high_watermark);
        out.put_i64(self.last_stable_offset);
        if version >= 5 {
            out.put_i64(self.log_start_offset);
        }
        match &self.aborted {
            None => writer::absent(out, flexible),
            Some(aborted) => {
                writer::count(out, flexible, aborted.len());
                for (producer_id, first_offset) in aborted {
                    out.put_i64(*producer_id);
                    out.put_i64(*first_offset);
                    writer::no_tags(out, flexible);
                }
            }
        }
        if version >= 11 {
            out.put_i32(-1); // no other replica is preferred
        }
        writer::count(out, flexible, self.records.len());
    }

    fn read(reader: &mut Reader, version: i16, flexible: bool) -> Result<Self, Malformed> {
        let (index, error_code) = (reader.i32()?, reader.i16()?);
        let (high_watermark, last_stable_offset) = (reader.i64()?, reader.i64()?);
        let log_start_offset = if version >= 5 { reader.i64()? } else { -1 };
        let aborted = match reader.nullable_count(flexible, 16)? {
            None => None,
            Some(count) => {
                let mut aborted = Vec::with_capacity(count);
                for _ in 0..count {
                    aborted.push((reader.i64()?, reader.i64()?));
                    reader.skip_tags(flexible)?;
                }
                Some(aborted)
            }
        };
        if version >= 11 {
            reader.i32()?; // preferred replica
        }
        let records = reader.nullable_bytes(flexible)?.unwrap_or_default();
        reader.skip_tags(flexible)?;
        Ok(Self { index, error_code, high_watermark, last_stable_offset, log_start_offset, aborted, records })
    }
}
