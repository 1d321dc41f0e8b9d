//! Both ends of Fetch against the generated code of `kafka-protocol`, in every version.

use super::response::{FetchResponse, PartitionFetched, TopicFetched};
use super::*;
use kafka_protocol::messages::fetch_request as generated;
use kafka_protocol::messages::fetch_response::{AbortedTransaction, FetchableTopicResponse, PartitionData};
use kafka_protocol::messages::{FetchRequest as GeneratedRequest, FetchResponse as GeneratedResponse};
use kafka_protocol::protocol::{Decodable, Encodable, StrBytes};
use uuid::Uuid;

const ID: Uuid = Uuid::from_u128(0x1234_5678_9abc_def0_1234_5678_9abc_def0);

fn topic(version: i16) -> TopicRef {
    if version >= BY_ID { TopicRef::Id(ID) } else { TopicRef::Name("flights".to_owned()) }
}

fn request(version: i16) -> FetchRequest {
    let partition = FetchPartition {
        index: 7,
        current_leader_epoch: if version >= 9 { 3 } else { -1 },
        offset: 1 << 40,
        max_bytes: 1 << 20,
    };
    FetchRequest {
        max_wait_ms: 500,
        min_bytes: 1,
        max_bytes: 50 << 20,
        isolation_level: 1,
        session_id: 0,
        topics: vec![FetchTopic { topic: topic(version), partitions: vec![partition.clone(), partition] }],
    }
}

#[test]
fn requests_are_read_as_the_generated_code_writes_them() {
    for version in 4..=18 {
        let mut partition = generated::FetchPartition::default()
            .with_partition(7)
            .with_fetch_offset(1 << 40)
            .with_partition_max_bytes(1 << 20);
        if version >= 9 {
            partition = partition.with_current_leader_epoch(3);
        }
        let mut topic = generated::FetchTopic::default().with_partitions(vec![partition.clone(), partition]);
        let mut forgotten = generated::ForgottenTopic::default().with_partitions(vec![1, 2, 3]);
        if version >= BY_ID {
            topic = topic.with_topic_id(ID);
            forgotten = forgotten.with_topic_id(ID);
        } else {
            topic = topic.with_topic(StrBytes::from_static_str("flights").into());
            forgotten = forgotten.with_topic(StrBytes::from_static_str("flights").into());
        }
        let mut written = GeneratedRequest::default()
            .with_max_wait_ms(500)
            .with_min_bytes(1)
            .with_max_bytes(50 << 20)
            .with_isolation_level(1)
            .with_topics(vec![topic]);
        if version >= 7 {
            written = written.with_session_epoch(-1).with_forgotten_topics_data(vec![forgotten]);
        }
        let mut body = BytesMut::new();
        written.encode(&mut body, version).unwrap();
        let body = body.freeze();
        assert_eq!(FetchRequest::read(body.clone(), version).unwrap(), request(version), "version {version}");
        for length in 0..body.len() {
            assert!(FetchRequest::read(body.slice(..length), version).is_err(), "version {version}, {length} bytes");
        }
    }
}

#[test]
fn requests_are_written_as_the_generated_code_reads_them() {
    for version in 4..=18 {
        let mut body = request(version).write(version);
        assert_eq!(FetchRequest::read(body.clone(), version).unwrap(), request(version), "version {version}");
        let read = GeneratedRequest::decode(&mut body, version).unwrap();
        assert!(body.is_empty(), "version {version}");
        assert_eq!((read.max_wait_ms, read.min_bytes, read.max_bytes), (500, 1, 50 << 20));
        assert_eq!(read.topics[0].partitions[1].fetch_offset, 1 << 40);
    }
}

fn response(version: i16) -> FetchResponse {
    let partition = PartitionFetched {
        index: 7,
        error_code: 0,
        high_watermark: 99,
        last_stable_offset: 98,
        log_start_offset: if version >= 5 { 5 } else { -1 },
        aborted: Some(vec![(4000, 12), (4001, 13)]),
        records: Bytes::from_static(b"batches"),
    };
    let refused = PartitionFetched::refused(8, 3);
    let topics = vec![TopicFetched { topic: topic(version), partitions: vec![partition, refused] }];
    FetchResponse { error_code: 0, topics }
}

#[test]
fn responses_are_written_as_the_generated_code_reads_them() {
    for version in 4..=18 {
        let mut body = Bytes::from(response(version).write(version).concat());
        assert_eq!(FetchResponse::read(body.clone(), version).unwrap(), response(version), "version {version}");
        let read = GeneratedResponse::decode(&mut body, version).unwrap();
        assert!(body.is_empty(), "version {version}");
        let partition = &read.responses[0].partitions[0];
        assert_eq!(partition.records.as_deref(), Some(&b"batches"[..]), "version {version}");
        assert_eq!(partition.aborted_transactions.as_ref().unwrap()[1].first_offset, 13);
        assert_eq!(read.responses[0].partitions[1].error_code, 3);
    }
}

#[test]
fn responses_are_read_as_the_generated_code_writes_them() {
    for version in 4..=18 {
        let aborted =
            |id, offset| AbortedTransaction::default().with_producer_id(i64::into(id)).with_first_offset(offset);
        let mut partition = PartitionData::default()
            .with_partition_index(7)
            .with_high_watermark(99)
            .with_last_stable_offset(98)
            .with_aborted_transactions(Some(vec![aborted(4000, 12), aborted(4001, 13)]))
            .with_records(Some(Bytes::from_static(b"batches")));
        if version >= 5 {
            partition = partition.with_log_start_offset(5);
        }
        let mut topic = FetchableTopicResponse::default().with_partitions(vec![partition]);
        topic = match version >= BY_ID {
            true => topic.with_topic_id(ID),
            false => topic.with_topic(StrBytes::from_static_str("flights").into()),
        };
        let mut body = BytesMut::new();
        GeneratedResponse::default().with_responses(vec![topic]).encode(&mut body, version).unwrap();
        let body = body.freeze();
        let read = FetchResponse::read(body.clone(), version).unwrap();
        assert_eq!(read.topics[0].partitions[0], response(version).topics[0].partitions[0], "version {version}");
        for length in 0..body.len() {
            assert!(FetchResponse::read(body.slice(..length), version).is_err(), "version {version}, {length} bytes");
        }
    }
}
