//! OffsetFetch: how far groups have read.

use super::{Call, text};
use crate::groups::Committed;
use kafka_protocol::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions, OffsetFetchResponseTopic,
    OffsetFetchResponseTopics,
};
use kafka_protocol::messages::{OffsetFetchRequest, OffsetFetchResponse};
use kafka_protocol::protocol::StrBytes;
use model::TopicName;
use std::collections::{BTreeMap, BTreeSet};

/// Topics and partitions, each with what was committed for it.
type Found = Vec<(StrBytes, Vec<(i32, Option<Committed>)>)>;

pub(super) async fn handle(call: Call, request: OffsetFetchRequest) -> OffsetFetchResponse {
    if call.version() < 8 {
        let asked = request.topics.map(|topics| {
            topics.into_iter().map(|topic| (StrBytes::from(topic.name), topic.partition_indexes)).collect()
        });
        let topics = find(&call, &request.group_id, asked).into_iter().map(|(name, partitions)| {
            let partitions = partitions.into_iter().map(|(index, found)| old(index, found, call.version()));
            OffsetFetchResponseTopic::default().with_name(name.into()).with_partitions(partitions.collect())
        });
        return OffsetFetchResponse::default().with_topics(topics.collect());
    }
    let mut answered = BTreeSet::new();
    let mut groups = Vec::new();
    for group in request.groups {
        if !answered.insert(group.group_id.clone()) {
            continue;
        }
        let asked = group.topics.map(|topics| {
            topics.into_iter().map(|topic| (StrBytes::from(topic.name), topic.partition_indexes)).collect()
        });
        let topics = find(&call, &group.group_id, asked).into_iter().map(|(name, partitions)| {
            let partitions = partitions.into_iter().map(|(index, found)| new(index, found));
            OffsetFetchResponseTopics::default().with_name(name.into()).with_partitions(partitions.collect())
        });
        groups.push(
            OffsetFetchResponseGroup::default().with_group_id(group.group_id.clone()).with_topics(topics.collect()),
        );
    }
    OffsetFetchResponse::default().with_groups(groups)
}

/// What was committed for the partitions asked for, or for all that the group committed.
fn find(call: &Call, group: &str, asked: Option<Vec<(StrBytes, Vec<i32>)>>) -> Found {
    let catalog = call.cluster().catalog();
    let offsets = &call.cluster().groups.offsets;
    let Some(asked) = asked else {
        let mut found = BTreeMap::<_, Vec<_>>::new();
        for ((topic, partition), committed) in offsets.of_group(group) {
            if let Some(topic) = catalog.by_id(topic) {
                found.entry(topic.name().clone()).or_default().push((partition, Some(committed)));
            }
        }
        return found.into_iter().map(|(name, partitions)| (text(name.as_str()), partitions)).collect();
    };
    let find_topic = |(name, partitions): (StrBytes, Vec<i32>)| {
        let topic = TopicName::new(name.as_str()).ok().and_then(|name| catalog.by_name(&name));
        let committed = |index| topic.as_ref().and_then(|topic| offsets.get(group, topic.id(), index));
        let partitions = partitions.into_iter().map(|index| (index, committed(index))).collect();
        (name, partitions)
    };
    asked.into_iter().map(find_topic).collect()
}

/// A partition without an offset is no error: the client starts where it was told to.
fn or_none(found: Option<Committed>) -> Committed {
    found.unwrap_or_else(|| Committed { offset: -1, leader_epoch: -1, metadata: String::new() })
}

fn old(index: i32, found: Option<Committed>, version: i16) -> OffsetFetchResponsePartition {
    let committed = or_none(found);
    let answer = OffsetFetchResponsePartition::default()
        .with_partition_index(index)
        .with_committed_offset(committed.offset)
        .with_metadata(Some(text(committed.metadata)));
    if version >= 5 { answer.with_committed_leader_epoch(committed.leader_epoch) } else { answer }
}

fn new(index: i32, found: Option<Committed>) -> OffsetFetchResponsePartitions {
    let committed = or_none(found);
    OffsetFetchResponsePartitions::default()
        .with_partition_index(index)
        .with_committed_offset(committed.offset)
        .with_committed_leader_epoch(committed.leader_epoch)
        .with_metadata(Some(text(committed.metadata)))
}
