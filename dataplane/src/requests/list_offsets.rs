//! ListOffsets: the first, the last, the newest and the first at or after a time.

use super::{Call, log_failure};
use crate::cluster::LEADER_EPOCH;
use crate::error::read_code;
use crate::log::Partition;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::list_offsets_request::ListOffsetsPartition;
use kafka_protocol::messages::list_offsets_response::{ListOffsetsPartitionResponse, ListOffsetsTopicResponse};
use kafka_protocol::messages::{ListOffsetsRequest, ListOffsetsResponse};
use model::{Timestamp, TopicName};
use std::sync::Arc;

/// The end of what may be read.
const LATEST: i64 = -1;
/// The first offset that is still there.
const EARLIEST: i64 = -2;
/// The record with the highest time (KIP-734).
const NEWEST: i64 = -3;
/// The first offset on this machine's disk (KIP-405): there is no other place.
const EARLIEST_LOCAL: i64 = -4;
/// The last offset in remote storage (KIP-1005): there is none.
const LATEST_TIERED: i64 = -5;

pub(super) async fn handle(call: Call, request: ListOffsetsRequest) -> ListOffsetsResponse {
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in request.topics {
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for asked in topic.partitions {
            let found = match partition(&call, &topic.name, asked.partition_index) {
                Err(error) => Err(error),
                Ok(_) if asked.current_leader_epoch > LEADER_EPOCH => Err(ResponseError::UnknownLeaderEpoch),
                Ok(partition) => find(&partition, asked.timestamp).await,
            };
            partitions.push(answer(&asked, found, call.version()));
        }
        topics.push(ListOffsetsTopicResponse::default().with_name(topic.name).with_partitions(partitions));
    }
    ListOffsetsResponse::default().with_topics(topics)
}

/// The partition that a client names.
pub(super) fn partition(call: &Call, topic: &str, index: i32) -> Result<Arc<Partition>, ResponseError> {
    let topic = TopicName::new(topic).ok().and_then(|name| call.cluster().catalog().by_name(&name));
    match topic.and_then(|topic| topic.partition(index)) {
        Some(Ok(partition)) => Ok(partition),
        Some(Err(_)) => Err(ResponseError::KafkaStorageError),
        None => Err(ResponseError::UnknownTopicOrPartition),
    }
}

/// An offset and the time of its record, -1 where it has none.
async fn find(partition: &Arc<Partition>, timestamp: i64) -> Result<(i64, i64), ResponseError> {
    let found = match timestamp {
        LATEST => return Ok((partition.durable_end(), -1)),
        EARLIEST | EARLIEST_LOCAL => return Ok((partition.log_start_offset(), -1)),
        LATEST_TIERED => return Ok((-1, -1)),
        NEWEST => partition.latest_timestamp().await,
        at if at >= 0 => partition.offset_for_timestamp(Timestamp(at)).await,
        _ => return Err(ResponseError::InvalidRequest),
    };
    match found {
        Ok(found) => Ok(found.map_or((-1, -1), |(offset, at)| (offset, at.0))),
        Err(error) => {
            log_failure("looking for an offset", &error);
            Err(read_code(&error))
        }
    }
}

fn answer(
    asked: &ListOffsetsPartition,
    found: Result<(i64, i64), ResponseError>,
    version: i16,
) -> ListOffsetsPartitionResponse {
    let answer = ListOffsetsPartitionResponse::default().with_partition_index(asked.partition_index);
    match found {
        Err(error) => answer.with_error_code(error.code()).with_offset(-1).with_timestamp(-1),
        Ok((offset, timestamp)) => {
            let answer = answer.with_offset(offset).with_timestamp(timestamp);
            if version >= 4 && offset >= 0 { answer.with_leader_epoch(LEADER_EPOCH) } else { answer }
        }
    }
}
