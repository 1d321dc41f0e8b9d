//! Metadata: brokers, and topics with their partitions. Topics are made here on first use, where that is the setting.

use super::{Call, text};
use crate::catalog::Topic;
use crate::cluster::{BROKER_ID, LEADER_EPOCH};
use crate::error::{catalog_code, code};
use crate::log::Partition;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{BrokerId, MetadataRequest, MetadataResponse};
use model::{TopicId, TopicName};
use std::collections::BTreeSet;
use std::sync::Arc;

pub(super) async fn handle(call: Call, request: MetadataRequest) -> MetadataResponse {
    let version = call.version();
    let may_create = version < 4 || request.allow_auto_topic_creation;
    let asked = request.topics.filter(|topics| version > 0 || !topics.is_empty());
    let topics = match asked {
        None => call.cluster().catalog().topics().iter().map(|topic| known(topic, version)).collect(),
        Some(asked) => {
            let mut answered = BTreeSet::new();
            let mut topics = Vec::new();
            for topic in asked {
                if answered.insert((topic.topic_id, topic.name.clone())) {
                    topics.push(describe(&call, topic, may_create).await);
                }
            }
            topics
        }
    };
    let (host, port) = &call.caller.advertised;
    let broker = MetadataResponseBroker::default()
        .with_node_id(BrokerId(BROKER_ID))
        .with_host(text(host))
        .with_port(i32::from(*port));
    MetadataResponse::default()
        .with_brokers(vec![broker])
        .with_cluster_id(Some(text(call.cluster().id())))
        .with_controller_id(BrokerId(BROKER_ID))
        .with_topics(topics)
}

async fn describe(call: &Call, asked: MetadataRequestTopic, may_create: bool) -> MetadataResponseTopic {
    let version = call.version();
    let Some(name) = asked.name else {
        return match call.cluster().catalog().by_id(TopicId(asked.topic_id)) {
            Some(topic) => known(&topic, version),
            None => unknown(ResponseError::UnknownTopicId).with_topic_id(asked.topic_id).with_name(None),
        };
    };
    let found = match TopicName::new(name.as_str()) {
        Ok(name) => {
            let found = call.cluster().topic_or_create(&name, may_create).await;
            found.map_err(|error| catalog_code(&error))
        }
        Err(_) => Err(ResponseError::InvalidTopicException),
    };
    match found {
        Ok(topic) => known(&topic, version),
        Err(error) => unknown(error).with_name(Some(name)),
    }
}

fn unknown(error: ResponseError) -> MetadataResponseTopic {
    MetadataResponseTopic::default().with_error_code(error.code())
}

fn known(topic: &Arc<Topic>, version: i16) -> MetadataResponseTopic {
    let partitions = (0..topic.partition_count()).map(|index| partition(topic.partition(index), index, version));
    let described = MetadataResponseTopic::default()
        .with_name(Some(text(topic.name().as_str()).into()))
        .with_partitions(partitions.collect());
    if version >= 10 { described.with_topic_id(topic.id().0) } else { described }
}

/// A partition that would not open has no leader, as in Kafka.
fn partition(partition: Option<Result<Arc<Partition>, String>>, index: i32, version: i16) -> MetadataResponsePartition {
    let is_open = matches!(partition, Some(Ok(_)));
    let replicas = vec![BrokerId(BROKER_ID)];
    let described = MetadataResponsePartition::default()
        .with_error_code(code((!is_open).then_some(ResponseError::LeaderNotAvailable)))
        .with_partition_index(index)
        .with_leader_id(BrokerId(if is_open { BROKER_ID } else { -1 }))
        .with_replica_nodes(replicas.clone())
        .with_isr_nodes(if is_open { replicas.clone() } else { Vec::new() })
        .with_offline_replicas(if is_open || version < 5 { Vec::new() } else { replicas });
    if version >= 7 { described.with_leader_epoch(LEADER_EPOCH) } else { described }
}
