//! What stands along a road.

use crate::names::{ApplicationName, SinkName};
use model::{ClusterName, TopicName};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A place that data passes. Its text form, as in `topic:ewr/flights.departed`, is its id in every API:
/// `application:NAME`, `topic:CLUSTER/TOPIC` or `sink:NAME`.
///
/// A program is one node whether it writes, reads or both, so that a walk passes through a program that does both.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Node {
    /// A program that writes or reads topics.
    Application(ApplicationName),
    /// One topic of one cluster; the same name on another cluster is another node.
    Topic {
        /// The cluster that holds it.
        cluster: ClusterName,
        /// Its name there.
        topic: TopicName,
    },
    /// A place where records leave the topics.
    Sink(SinkName),
}

impl Node {
    /// The topic `topic` on `cluster`.
    #[must_use]
    pub fn topic(cluster: ClusterName, topic: TopicName) -> Self {
        Self::Topic { cluster, topic }
    }

    /// `application`, `topic` or `sink`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Application(_) => "application",
            Self::Topic { .. } => "topic",
            Self::Sink(_) => "sink",
        }
    }

    /// What people call it: the name of the program, topic or sink.
    #[must_use]
    pub fn label(&self) -> &str {
        match self {
            Self::Application(name) => name.as_str(),
            Self::Topic { topic, .. } => topic.as_str(),
            Self::Sink(name) => name.as_str(),
        }
    }

    /// The cluster of a topic.
    #[must_use]
    pub fn cluster(&self) -> Option<&ClusterName> {
        match self {
            Self::Topic { cluster, .. } => Some(cluster),
            Self::Application(_) | Self::Sink(_) => None,
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Application(name) => write!(f, "application:{name}"),
            Self::Topic { cluster, topic } => write!(f, "topic:{cluster}/{topic}"),
            Self::Sink(name) => write!(f, "sink:{name}"),
        }
    }
}

/// Why a text is not the id of a node.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not the id of a node: write application:NAME, topic:CLUSTER/TOPIC or sink:NAME with valid names")]
pub struct InvalidNode {
    text: String,
}

impl FromStr for Node {
    type Err = InvalidNode;

    fn from_str(text: &str) -> Result<Self, InvalidNode> {
        let parse = || match text.split_once(':')? {
            ("application", name) => ApplicationName::new(name).ok().map(Self::Application),
            ("sink", name) => SinkName::new(name).ok().map(Self::Sink),
            ("topic", path) => {
                let (cluster, topic) = path.split_once('/')?;
                Some(Self::topic(ClusterName::new(cluster).ok()?, TopicName::new(topic).ok()?))
            }
            _ => None,
        };
        parse().ok_or_else(|| InvalidNode { text: text.chars().take(80).collect() })
    }
}

impl TryFrom<String> for Node {
    type Error = InvalidNode;
    fn try_from(text: String) -> Result<Self, InvalidNode> {
        text.parse()
    }
}

impl From<Node> for String {
    fn from(node: Node) -> Self {
        node.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nodes_text_is_its_id() {
        for text in ["application:com.example.Tower", "topic:ewr/flights.departed", "sink:archive"] {
            let node: Node = text.parse().unwrap();
            assert_eq!(node.to_string(), text);
            assert_eq!(text.split(':').next(), Some(node.kind()));
        }
        for text in ["", "topic:ewr", "topic:/x", "topic:EWR/x", "topic:ewr/a/b", "sink:", "lake:x", "application:a:b"]
        {
            assert!(text.parse::<Node>().is_err(), "{text}");
        }
    }
}
