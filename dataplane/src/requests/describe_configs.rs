//! DescribeConfigs, of topics and of the one broker.

use super::{Call, text};
use crate::cluster::BROKER_ID;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::describe_configs_response::{DescribeConfigsResourceResult, DescribeConfigsResult};
use kafka_protocol::messages::{DescribeConfigsRequest, DescribeConfigsResponse};
use model::TopicName;
use std::collections::BTreeSet;

const TOPIC: i8 = 2;
const BROKER: i8 = 4;

/// Where a value comes from: Kafka's DYNAMIC_TOPIC_CONFIG or DEFAULT_CONFIG.
pub(super) fn source(overridden: bool) -> i8 {
    if overridden { 1 } else { 5 }
}

/// A setting with all that a client may ask about it.
struct Setting {
    name: &'static str,
    value: String,
    overridden: bool,
    /// Kafka's number of the type.
    kind: i8,
    documentation: &'static str,
}

pub(super) async fn handle(call: Call, request: DescribeConfigsRequest) -> DescribeConfigsResponse {
    let mut answered = BTreeSet::new();
    let mut results = Vec::new();
    for resource in request.resources {
        // Once each: a small request that repeats itself must not be answered by a large one.
        if answered.insert((resource.resource_type, resource.resource_name.clone())) {
            results.push(describe(&call, resource, request.include_documentation));
        }
    }
    DescribeConfigsResponse::default().with_results(results)
}

fn describe(call: &Call, resource: DescribeConfigsResource, documented: bool) -> DescribeConfigsResult {
    let result = DescribeConfigsResult::default().with_resource_type(resource.resource_type);
    let settings = match resource.resource_type {
        TOPIC => topic(call, &resource.resource_name),
        BROKER if resource.resource_name.as_str() == BROKER_ID.to_string() => Ok(broker(call)),
        BROKER => Err((ResponseError::InvalidRequest, "the only broker is 0")),
        _ => Err((ResponseError::InvalidRequest, "only topics and brokers are configured")),
    };
    let result = match settings {
        Err((error, message)) => result.with_error_code(error.code()).with_error_message(Some(text(message))),
        Ok(settings) => {
            let wanted = |setting: &Setting| match &resource.configuration_keys {
                None => true,
                Some(keys) => keys.is_empty() || keys.iter().any(|key| key.as_str() == setting.name),
            };
            let settings = settings.into_iter().filter(wanted);
            result.with_configs(settings.map(|setting| setting.describe(call.version(), documented)).collect())
        }
    };
    result.with_resource_name(resource.resource_name)
}

fn topic(call: &Call, name: &str) -> Result<Vec<Setting>, (ResponseError, &'static str)> {
    let unknown = (ResponseError::UnknownTopicOrPartition, "there is no such topic");
    let name =
        TopicName::new(name).map_err(|_| (ResponseError::InvalidTopicException, "no topic can have this name"))?;
    let topic = call.cluster().catalog().by_name(&name).ok_or(unknown)?;
    let setting = |entry: crate::catalog::ConfigEntry| Setting {
        name: entry.name,
        value: entry.value,
        overridden: entry.overridden,
        kind: entry.kind.code(),
        documentation: entry.doc,
    };
    Ok(topic.configs().entries().into_iter().map(setting).collect())
}

fn broker(call: &Call) -> Vec<Setting> {
    const BOOLEAN: i8 = 1;
    const INT: i8 = 3;
    let (cluster, limits) = (call.cluster(), &call.cluster().limits);
    let setting =
        |name, value: String, kind, documentation| Setting { name, value, overridden: false, kind, documentation };
    vec![
        setting("auto.create.topics.enable", cluster.auto_create_topics.to_string(), BOOLEAN, "Topics on first use."),
        setting("default.replication.factor", "1".to_owned(), INT, "There is one broker."),
        setting("group.max.size", limits.group_members.to_string(), INT, "Members of one group."),
        setting(
            "group.max.session.timeout.ms",
            limits.max_session_timeout.as_millis().to_string(),
            INT,
            "Longest session time-out.",
        ),
        setting(
            "group.min.session.timeout.ms",
            limits.min_session_timeout.as_millis().to_string(),
            INT,
            "Shortest session time-out.",
        ),
        setting("num.partitions", cluster.default_partitions.to_string(), INT, "Partitions unless the maker says."),
    ]
}

impl Setting {
    fn describe(self, version: i16, documented: bool) -> DescribeConfigsResourceResult {
        let result = DescribeConfigsResourceResult::default()
            .with_name(text(self.name))
            .with_value(Some(text(self.value)))
            .with_config_source(source(self.overridden));
        if version < 3 {
            return result;
        }
        let documentation = documented.then(|| text(self.documentation));
        result.with_config_type(self.kind).with_documentation(documentation)
    }
}
