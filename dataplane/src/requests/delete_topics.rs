//! DeleteTopics, by name or by id.

use super::{Call, log_failure, text};
use crate::error::{catalog_code, chain};
use kafka_protocol::ResponseError;
use kafka_protocol::messages::delete_topics_response::DeletableTopicResult;
use kafka_protocol::messages::{DeleteTopicsRequest, DeleteTopicsResponse};
use model::{TopicId, TopicName};

pub(super) async fn handle(call: Call, request: DeleteTopicsRequest) -> DeleteTopicsResponse {
    let by_name = request.topic_names.into_iter().map(|name| (Some(name), TopicId(uuid::Uuid::nil())));
    let asked = request.topics.into_iter().map(|topic| (topic.name, TopicId(topic.topic_id))).chain(by_name);
    let mut responses = Vec::new();
    for (name, id) in asked {
        let catalog = call.cluster().catalog();
        let found = match &name {
            Some(name) => TopicName::new(name.as_str()).ok().and_then(|name| catalog.by_name(&name)),
            None => catalog.by_id(id),
        };
        let result = match found {
            Some(topic) => delete(&call, topic.id()).await.with_name(Some(text(topic.name().as_str()).into())),
            None => {
                let error = match name {
                    Some(_) => ResponseError::UnknownTopicOrPartition,
                    None => ResponseError::UnknownTopicId,
                };
                DeletableTopicResult::default().with_error_code(error.code()).with_topic_id(id.0).with_name(name)
            }
        };
        responses.push(result);
    }
    DeleteTopicsResponse::default().with_responses(responses)
}

async fn delete(call: &Call, id: TopicId) -> DeletableTopicResult {
    let result = DeletableTopicResult::default();
    let result = if call.version() >= 6 { result.with_topic_id(id.0) } else { result };
    match call.cluster().delete_topic(id).await {
        Ok(()) => {
            tracing::info!(cluster = %call.cluster().name(), %id, "topic deleted");
            result
        }
        Err(error) => {
            log_failure("deleting a topic", &error);
            result.with_error_code(catalog_code(&error).code()).with_error_message(Some(text(chain(&error))))
        }
    }
}
