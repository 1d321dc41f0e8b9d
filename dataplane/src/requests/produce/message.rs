//! Produce on the wire, versions 3 to 13: read and written by hand, so that record batches stay slices of the frame.
//!
//! Schemas: `ProduceRequest.json` and `ProduceResponse.json` of Apache Kafka.

use crate::frame::reader::{Malformed, Reader};
use crate::frame::writer;
use bytes::{BufMut, Bytes, BytesMut};
use uuid::Uuid;

/// The first version that is flexible.
pub(crate) const FLEXIBLE: i16 = 9;
/// The first version that names topics by id.
pub(crate) const BY_ID: i16 = 13;

/// A topic as a request names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TopicRef {
    Name(String),
    Id(Uuid),
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ProduceRequest {
    pub(crate) transactional_id: Option<Bytes>,
    pub(crate) acks: i16,
    pub(crate) topics: Vec<ProduceTopic>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ProduceTopic {
    pub(crate) topic: TopicRef,
    pub(crate) partitions: Vec<(i32, Option<Bytes>)>,
}

#[derive(Debug)]
pub(crate) struct TopicProduced {
    pub(crate) topic: TopicRef,
    pub(crate) partitions: Vec<PartitionProduced>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PartitionProduced {
    pub(crate) index: i32,
    pub(crate) error_code: i16,
    pub(crate) error_message: Option<String>,
    pub(crate) base_offset: i64,
    pub(crate) log_append_time: i64,
    pub(crate) log_start_offset: i64,
}

impl TopicRef {
    pub(crate) fn read(reader: &mut Reader, by_id: bool, flexible: bool) -> Result<Self, Malformed> {
        if by_id { reader.uuid().map(Self::Id) } else { reader.text(flexible).map(Self::Name) }
    }

    pub(crate) fn write(&self, out: &mut BytesMut, flexible: bool) {
        match self {
            Self::Name(name) => writer::text(out, flexible, Some(name)),
            Self::Id(id) => out.put_slice(id.as_bytes()),
        }
    }
}

impl ProduceRequest {
    pub(crate) fn read(body: Bytes, version: i16) -> Result<Self, Malformed> {
        let flexible = version >= FLEXIBLE;
        let mut reader = Reader::new(body);
        let transactional_id = reader.nullable_text(flexible)?;
        let acks = reader.i16()?;
        reader.i32()?; // the time-out: an append is durable or fails on its own
        let count = reader.count(flexible, 3)?;
        let mut topics = Vec::with_capacity(count);
        for _ in 0..count {
            topics.push(ProduceTopic::read(&mut reader, version, flexible)?);
        }
        reader.skip_tags(flexible)?;
        Ok(Self { transactional_id, acks, topics })
    }
}

impl ProduceTopic {
    fn read(reader: &mut Reader, version: i16, flexible: bool) -> Result<Self, Malformed> {
        let topic = TopicRef::read(reader, version >= BY_ID, flexible)?;
        let count = reader.count(flexible, 5)?;
        let mut partitions = Vec::with_capacity(count);
        for _ in 0..count {
            partitions.push((reader.i32()?, reader.nullable_bytes(flexible)?));
            reader.skip_tags(flexible)?;
        }
        reader.skip_tags(flexible)?;
        Ok(Self { topic, partitions })
    }
}

/// Writes the body of a response.
pub(crate) fn write_response(topics: &[TopicProduced], version: i16) -> Bytes {
    let flexible = version >= FLEXIBLE;
    let mut out = BytesMut::with_capacity(256);
    writer::count(&mut out, flexible, topics.len());
    for topic in topics {
        topic.topic.write(&mut out, flexible);
        writer::count(&mut out, flexible, topic.partitions.len());
        for partition in &topic.partitions {
            partition.write(&mut out, version, flexible);
        }
        writer::no_tags(&mut out, flexible);
    }
    out.put_i32(0); // throttle time
    writer::no_tags(&mut out, flexible);
    out.freeze()
}

impl PartitionProduced {
    fn write(&self, out: &mut BytesMut, version: i16, flexible: bool) {
        out.put_i32(self.index);
        out.put_i16(self.error_code);
        out.put_i64(self.base_offset);
        out.put_i64(self.log_append_time);
        if version >= 5 {
            out.put_i64(self.log_start_offset);
        }
        if version >= 8 {
            writer::count(out, flexible, 0); // errors of single records
            writer::text(out, flexible, self.error_message.as_deref());
        }
        writer::no_tags(out, flexible);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
    use kafka_protocol::messages::{ProduceRequest as Generated, ProduceResponse};
    use kafka_protocol::protocol::{Decodable, Encodable, StrBytes};

    fn id() -> Uuid {
        Uuid::from_u128(0x1234_5678_9abc_def0_1234_5678_9abc_def0)
    }

    fn generated(version: i16) -> Generated {
        let records = PartitionProduceData::default().with_index(7).with_records(Some(Bytes::from_static(b"batch")));
        let none = PartitionProduceData::default().with_index(8).with_records(None);
        let topic = TopicProduceData::default().with_partition_data(vec![records, none]);
        let topic = match version >= BY_ID {
            true => topic.with_topic_id(id()),
            false => topic.with_name(StrBytes::from_static_str("flights").into()),
        };
        Generated::default().with_acks(-1).with_timeout_ms(1000).with_topic_data(vec![topic])
    }

    #[test]
    fn every_version_reads_what_the_generated_code_writes() {
        for version in 3..=13 {
            let mut body = BytesMut::new();
            generated(version).encode(&mut body, version).unwrap();
            let read = ProduceRequest::read(body.freeze(), version).unwrap();
            let topic = if version >= BY_ID { TopicRef::Id(id()) } else { TopicRef::Name("flights".to_owned()) };
            let partitions = vec![(7, Some(Bytes::from_static(b"batch"))), (8, None)];
            let topics = vec![ProduceTopic { topic, partitions }];
            assert_eq!(read, ProduceRequest { transactional_id: None, acks: -1, topics }, "version {version}");
        }
    }

    #[test]
    fn every_version_writes_what_the_generated_code_reads() {
        for version in 3..=13 {
            let topic = if version >= BY_ID { TopicRef::Id(id()) } else { TopicRef::Name("flights".to_owned()) };
            let partition = PartitionProduced {
                index: 3,
                error_code: 45,
                error_message: Some("out of order".to_owned()),
                base_offset: -1,
                log_append_time: -1,
                log_start_offset: 4,
            };
            let mut body = write_response(&[TopicProduced { topic, partitions: vec![partition] }], version);
            let response = ProduceResponse::decode(&mut body, version).unwrap();
            assert!(body.is_empty(), "version {version}");
            let read = &response.responses[0].partition_responses[0];
            assert_eq!((read.index, read.error_code, read.base_offset), (3, 45, -1), "version {version}");
            assert_eq!(read.error_message.is_some(), version >= 8, "version {version}");
        }
    }

    #[test]
    fn no_prefix_of_a_request_is_a_request() {
        for version in 3..=13 {
            let mut body = BytesMut::new();
            generated(version).encode(&mut body, version).unwrap();
            let body = body.freeze();
            for length in 0..body.len() {
                assert!(
                    ProduceRequest::read(body.slice(..length), version).is_err(),
                    "version {version}, {length} bytes"
                );
            }
        }
    }
}
