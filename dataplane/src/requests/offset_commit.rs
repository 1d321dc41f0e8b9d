//! OffsetCommit, answered when the offsets are durable.

use super::Call;
use crate::error::code;
use crate::groups::{Commit, Committed};
use kafka_protocol::ResponseError;
use kafka_protocol::messages::offset_commit_request::OffsetCommitRequestPartition;
use kafka_protocol::messages::offset_commit_response::{OffsetCommitResponsePartition, OffsetCommitResponseTopic};
use kafka_protocol::messages::{OffsetCommitRequest, OffsetCommitResponse};
use model::TopicName;

pub(super) async fn handle(call: Call, request: OffsetCommitRequest) -> OffsetCommitResponse {
    let groups = &call.cluster().groups;
    let group = request.group_id.as_str();
    let instance_id = request.group_instance_id.as_deref();
    let member = (request.member_id.as_str(), instance_id, request.generation_id_or_member_epoch);
    let allowed = groups.may_commit(group, member);
    let mut commits = Vec::new();
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in request.topics {
        let known = TopicName::new(topic.name.as_str()).ok().and_then(|name| call.cluster().catalog().by_name(&name));
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for asked in topic.partitions {
            let known = known.as_ref().filter(|known| (0..known.partition_count()).contains(&asked.partition_index));
            let checked = allowed.and_then(|()| {
                let topic = known.ok_or(ResponseError::UnknownTopicOrPartition)?;
                commit(&call, group, topic.id(), &asked)
            });
            partitions.push((asked.partition_index, checked.as_ref().err().copied()));
            commits.extend(checked);
        }
        topics.push((topic.name, partitions));
    }
    let failed = if commits.is_empty() { None } else { groups.offsets.commit(commits).await.err() };
    let topics = topics.into_iter().map(|(name, partitions)| {
        let partitions = partitions.into_iter().map(|(index, error)| {
            OffsetCommitResponsePartition::default().with_partition_index(index).with_error_code(code(error.or(failed)))
        });
        OffsetCommitResponseTopic::default().with_name(name).with_partitions(partitions.collect())
    });
    OffsetCommitResponse::default().with_topics(topics.collect())
}

fn commit(
    call: &Call,
    group: &str,
    topic: model::TopicId,
    asked: &OffsetCommitRequestPartition,
) -> Result<Commit, ResponseError> {
    let metadata = asked.committed_metadata.as_deref().unwrap_or_default();
    if metadata.len() > call.cluster().limits.offset_metadata_bytes {
        return Err(ResponseError::OffsetMetadataTooLarge);
    }
    if asked.committed_offset < 0 {
        return Err(ResponseError::InvalidCommitOffsetSize);
    }
    let committed = Committed {
        offset: asked.committed_offset,
        leader_epoch: if call.version() >= 6 { asked.committed_leader_epoch } else { -1 },
        metadata: metadata.to_owned(),
    };
    Ok(Commit { group: group.to_owned(), topic, partition: asked.partition_index, committed: Some(committed) })
}
