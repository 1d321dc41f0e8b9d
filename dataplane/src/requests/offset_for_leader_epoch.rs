//! OffsetForLeaderEpoch: where an epoch ended. There is one epoch, and it lasts.

use super::Call;
use super::list_offsets::partition;
use crate::cluster::LEADER_EPOCH;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::offset_for_leader_epoch_request::OffsetForLeaderPartition;
use kafka_protocol::messages::offset_for_leader_epoch_response::{EpochEndOffset, OffsetForLeaderTopicResult};
use kafka_protocol::messages::{OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse};

pub(super) async fn handle(call: Call, request: OffsetForLeaderEpochRequest) -> OffsetForLeaderEpochResponse {
    let topics = request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|asked| end_of_epoch(&call, &topic.topic, asked)).collect();
        OffsetForLeaderTopicResult::default().with_topic(topic.topic).with_partitions(partitions)
    });
    OffsetForLeaderEpochResponse::default().with_topics(topics.collect())
}

fn end_of_epoch(call: &Call, topic: &str, asked: &OffsetForLeaderPartition) -> EpochEndOffset {
    let answer = EpochEndOffset::default().with_partition(asked.partition).with_leader_epoch(-1).with_end_offset(-1);
    let refused = |error: ResponseError| answer.clone().with_error_code(error.code());
    match partition(call, topic, asked.partition) {
        Err(error) => refused(error),
        Ok(_) if asked.current_leader_epoch > LEADER_EPOCH => refused(ResponseError::UnknownLeaderEpoch),
        Ok(partition) if asked.leader_epoch == LEADER_EPOCH => {
            answer.with_leader_epoch(LEADER_EPOCH).with_end_offset(partition.durable_end())
        }
        Ok(_) => answer,
    }
}
