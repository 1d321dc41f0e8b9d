//! What leads from one node to the next, and who says so.

use crate::names::PipelineName;
use crate::node::Node;
use model::{Timestamp, TopicName};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// Names one declared edge of one pipeline. It follows from the names of the pipeline, the two nodes and the topic alone, so it
/// survives every edit of a document that keeps them, and verdicts stay with their edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EdgeId(pub Uuid);

impl EdgeId {
    /// The id of the edge by which `topic` passes `from` → `to` in `pipeline`: the first 16 bytes of a SHA-256 over the
    /// four names, marked as a version 8 UUID (RFC 9562, 5.8).
    #[must_use]
    pub fn derive(pipeline: &PipelineName, from: &Node, to: &Node, topic: &TopicName) -> Self {
        let mut hash = Sha256::new();
        for part in ["waybill edge 1", pipeline.as_str(), &from.to_string(), &to.to_string(), topic.as_str()] {
            // No name holds a line feed, so the parts cannot run into each other.
            hash.update(part.as_bytes());
            hash.update(b"\n");
        }
        let digest: [u8; 32] = hash.finalize().into();
        let (first, _) = digest.split_first_chunk::<16>().expect("a SHA-256 has 32 bytes");
        Self(uuid::Builder::from_custom_bytes(*first).into_uuid())
    }
}

impl fmt::Display for EdgeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for EdgeId {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

/// What the two ends of an edge owe each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Contract {
    /// How the downstream follows from the upstream.
    pub kind: ContractKind,
    /// Width of a window of event time, in seconds; windows are aligned to 1970-01-01 UTC.
    pub window_seconds: u32,
    /// A window that is still pending this long after its end is overdue.
    pub overdue_after_seconds: u32,
}

/// How the downstream follows from the upstream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContractKind {
    /// Every record arrives once and unchanged.
    #[default]
    Copy,
}

/// How it is known that an edge exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// A person wrote it into a pipeline document.
    Declared,
    /// Waybill saw the data pass: a carried origin, a producer's session, a manifest.
    Observed,
    /// A program said so about itself.
    Reported,
    /// It was concluded from something else, and may be wrong.
    Inferred,
}

/// When a claim holds: from an instant, until another (exclusive) or until now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Validity {
    /// The first instant.
    pub from: Timestamp,
    /// The instant at which it ceased, if it has.
    pub until: Option<Timestamp>,
}

impl Validity {
    /// From `from` on, with no end yet.
    #[must_use]
    pub fn since(from: Timestamp) -> Self {
        Self { from, until: None }
    }

    /// Whether the claim holds at `instant`.
    #[must_use]
    pub fn holds_at(&self, instant: Timestamp) -> bool {
        self.from <= instant && self.until.is_none_or(|until| instant < until)
    }
}

/// One statement that an edge exists. The graph is a function of these alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Assertion {
    /// Where the data comes from.
    pub from: Node,
    /// Where it goes.
    pub to: Node,
    /// What the statement says of the edge.
    #[serde(flatten)]
    pub claim: Claim,
}

/// What one statement says of its edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Claim {
    /// How it is known.
    pub evidence: Evidence,
    /// When it holds.
    pub validity: Validity,
    /// The declared edge whose contract is judged here; `None` when no pipeline declares it.
    pub edge_id: Option<EdgeId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(text: &str) -> Node {
        text.parse().unwrap()
    }

    #[test]
    fn an_edges_id_follows_from_the_names_and_never_changes() {
        let flights = PipelineName::new("flights").unwrap();
        let (ewr, aggregate) = (node("topic:ewr/flights.departed"), node("topic:aggregate/flights.departed"));
        let topic = TopicName::new("flights.departed").unwrap();
        let id = EdgeId::derive(&flights, &ewr, &aggregate, &topic);
        // Stored verdicts hang on this very value.
        assert_eq!(id.to_string(), "60533912-6059-80aa-8339-d0fee106c0b4");
        assert_ne!(id, EdgeId::derive(&flights, &aggregate, &ewr, &topic));
        assert_ne!(id, EdgeId::derive(&PipelineName::new("other").unwrap(), &ewr, &aggregate, &topic));
        assert_eq!(id.to_string().parse::<EdgeId>().unwrap(), id);
    }

    #[test]
    fn a_validity_holds_from_its_first_instant_and_not_at_its_end() {
        let ended = Validity { from: Timestamp(10), until: Some(Timestamp(20)) };
        for (instant, holds) in [(9, false), (10, true), (19, true), (20, false)] {
            assert_eq!(ended.holds_at(Timestamp(instant)), holds, "at {instant}");
        }
        assert!(Validity::since(Timestamp(10)).holds_at(Timestamp(i64::MAX)));
    }
}
