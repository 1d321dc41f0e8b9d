//! CreateTopics.

use super::{Call, text};
use crate::catalog::{CatalogError, Topic};
use crate::error::{catalog_code, chain};
use crate::requests::describe_configs::source;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::create_topics_request::CreatableTopic;
use kafka_protocol::messages::create_topics_response::{CreatableTopicConfigs, CreatableTopicResult};
use kafka_protocol::messages::{CreateTopicsRequest, CreateTopicsResponse};
use model::TopicName;
use std::collections::BTreeMap;
use std::sync::Arc;

/// An error code and the sentence that goes with it.
type Refusal = (ResponseError, String);

pub(super) async fn handle(call: Call, request: CreateTopicsRequest) -> CreateTopicsResponse {
    let mut times = BTreeMap::<_, u32>::new();
    for topic in &request.topics {
        *times.entry(topic.name.clone()).or_default() += 1;
    }
    let mut results = BTreeMap::new();
    for topic in request.topics {
        let name = topic.name.clone();
        if results.contains_key(&name) {
            continue;
        }
        let result = if times.get(&name).is_some_and(|times| *times > 1) {
            Err((ResponseError::InvalidRequest, "the request names this topic twice".to_owned()))
        } else {
            create(&call, topic, request.validate_only).await
        };
        let result = result.unwrap_or_else(|(error, message)| {
            CreatableTopicResult::default()
                .with_error_code(error.code())
                .with_error_message(Some(text(message)))
                .with_num_partitions(-1)
                .with_replication_factor(-1)
        });
        results.insert(name.clone(), result.with_name(name));
    }
    CreateTopicsResponse::default().with_topics(results.into_values().collect())
}

async fn create(call: &Call, topic: CreatableTopic, validate_only: bool) -> Result<CreatableTopicResult, Refusal> {
    let cluster = call.cluster();
    let name = TopicName::new(topic.name.as_str())
        .map_err(|error| (ResponseError::InvalidTopicException, error.to_string()))?;
    let partitions = partitions(&topic, cluster.default_partitions)?;
    let mut configs = BTreeMap::new();
    for config in topic.configs {
        let Some(value) = config.value else {
            return Err((ResponseError::InvalidConfig, format!("{} has no value", config.name)));
        };
        configs.insert(config.name.to_string(), value.to_string());
    }
    let refused = |error: CatalogError| (catalog_code(&error), chain(&error));
    if validate_only {
        cluster.check_partitions(partitions).map_err(refused)?;
        cluster.catalog().check(&name, partitions, &configs).map_err(refused)?;
        return Ok(CreatableTopicResult::default().with_num_partitions(partitions).with_replication_factor(1));
    }
    let made = cluster.create_topic(name, partitions, configs).await.map_err(refused)?;
    tracing::info!(cluster = %cluster.name(), topic = %made.name(), id = %made.id(), partitions, "topic created");
    Ok(described(&made, call.version()))
}

/// How many partitions are asked for: by number, or by an assignment to brokers, which here can only be to the one.
fn partitions(topic: &CreatableTopic, default: i32) -> Result<i32, Refusal> {
    if !topic.assignments.is_empty() {
        if topic.num_partitions != -1 || topic.replication_factor != -1 {
            let message = "either a number of partitions or an assignment, not both";
            return Err((ResponseError::InvalidRequest, message.to_owned()));
        }
        let mut indexes: Vec<i32> = topic.assignments.iter().map(|assigned| assigned.partition_index).collect();
        indexes.sort_unstable();
        let consecutive = indexes.iter().zip(0..).all(|(index, expected)| *index == expected);
        let to_us = topic.assignments.iter().all(|assigned| assigned.broker_ids == [crate::cluster::BROKER_ID]);
        if !(consecutive && to_us) {
            let message = "partitions count from 0, and each can only be assigned to broker 0";
            return Err((ResponseError::InvalidReplicaAssignment, message.to_owned()));
        }
        return i32::try_from(indexes.len())
            .map_err(|_| (ResponseError::InvalidPartitions, "too many partitions".to_owned()));
    }
    if !matches!(topic.replication_factor, -1 | 1) {
        let message = format!("a replication factor of {}, where there is one broker", topic.replication_factor);
        return Err((ResponseError::InvalidReplicationFactor, message));
    }
    Ok(if topic.num_partitions == -1 { default } else { topic.num_partitions })
}

fn described(topic: &Arc<Topic>, version: i16) -> CreatableTopicResult {
    let configs = topic.configs().entries().into_iter().map(|entry| {
        CreatableTopicConfigs::default()
            .with_name(text(entry.name))
            .with_config_source(source(entry.overridden))
            .with_value(Some(text(entry.value)))
    });
    let result = CreatableTopicResult::default()
        .with_num_partitions(topic.partition_count())
        .with_replication_factor(1)
        .with_configs(Some(configs.collect()));
    if version >= 7 { result.with_topic_id(topic.id().0) } else { result }
}
