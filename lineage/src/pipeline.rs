//! A pipeline as people declare it: one document from producers through topics to sinks, and the edges that follow.

mod check;
mod document;
mod edges;
mod fields;
#[cfg(test)]
mod tests;

use crate::edge::{Contract, ContractKind};
use crate::names::{ApplicationName, PipelineName, ReceiverName, SinkName, StageName};
use model::{ClusterName, TopicName};
use serde::{Deserialize, Serialize};
use std::fmt;

pub use document::Format;
pub use edges::PipelineEdge;

/// The window widths that a pipeline may choose, in seconds. Each divides a day, so that windows stay aligned with days.
pub const WINDOW_WIDTHS: [u32; 11] = [1, 5, 10, 15, 30, 60, 300, 600, 900, 1_800, 3_600];

const DEFAULT_WINDOW_SECONDS: u32 = 60;
const DEFAULT_OVERDUE_AFTER_SECONDS: u32 = 300;

/// One declared road. Every value of this type is valid; serializing it gives a document that parses to an equal value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pipeline {
    /// The version of the document's form; 1.
    pub version: u32,
    /// Its name, unique within a tenant.
    pub name: PipelineName,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who answers for it.
    pub owner: Owner,
    /// How much depends on it: 0 is the most critical, 5 the least.
    pub tier: u8,
    /// Width of every window of event time along the pipeline, one of [`WINDOW_WIDTHS`].
    pub window_seconds: u32,
    /// What every edge owes unless its stage says otherwise.
    #[serde(skip_serializing_if = "Expectation::is_empty")]
    pub expectation: Expectation,
    /// The topics that it carries.
    pub topics: Vec<TopicName>,
    /// What the topics pass, in order.
    pub stages: Vec<Stage>,
    /// Who is told when something is wrong.
    #[serde(skip_serializing_if = "Alerts::is_empty")]
    pub alerts: Alerts,
}

/// Who answers for a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The team's name.
    pub team: String,
    /// Where to reach it: an address, a channel, a link.
    pub contact: String,
}

/// What an edge owes. A field left out is taken from the stage, then from the pipeline, then from the defaults:
/// kind `copy`, overdue after 300 seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expectation {
    /// How the downstream follows from the upstream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<ContractKind>,
    /// A window that is still pending this long after its end is overdue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overdue_after_seconds: Option<u32>,
}

impl Expectation {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn or(self, wider: Self) -> Self {
        Self {
            kind: self.kind.or(wider.kind),
            overdue_after_seconds: self.overdue_after_seconds.or(wider.overdue_after_seconds),
        }
    }

    fn contract(self, window_seconds: u32) -> Contract {
        Contract {
            kind: self.kind.unwrap_or_default(),
            window_seconds,
            overdue_after_seconds: self.overdue_after_seconds.unwrap_or(DEFAULT_OVERDUE_AFTER_SECONDS),
        }
    }
}

/// One stage: places side by side, each fed by the places of the stages before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stage {
    /// Its name, unique within the pipeline.
    pub name: StageName,
    /// The stages that feed it. Empty for producers and for a first stage.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<StageName>,
    /// The places.
    #[serde(flatten)]
    pub members: Members,
    /// The topics that it takes; `None` for all that the stages before it carry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topics: Option<Vec<TopicName>>,
    /// What the edges into this stage owe.
    #[serde(skip_serializing_if = "Expectation::is_empty")]
    pub expectation: Expectation,
    /// Edges into this stage that owe something else; the first that matches decides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<Exception>,
}

/// What stands side by side in a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Members {
    /// Programs that write the topics of the stages that they feed.
    Producers(Vec<Producer>),
    /// Clusters that hold the topics.
    Clusters(Vec<ClusterName>),
    /// Places where records leave the topics.
    Sinks(Vec<Sink>),
}

impl Members {
    fn len(&self) -> usize {
        match self {
            Self::Producers(list) => list.len(),
            Self::Clusters(list) => list.len(),
            Self::Sinks(list) => list.len(),
        }
    }
}

/// A program that writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Producer {
    /// As it calls itself in its session reports.
    pub application: ApplicationName,
    /// The clusters that it writes to; `None` for all of the stages that its stage feeds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clusters: Option<Vec<ClusterName>>,
    /// The topics that it writes; `None` for all of its stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topics: Option<Vec<TopicName>>,
}

/// A place where records leave the topics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sink {
    /// Its name.
    pub name: SinkName,
    /// What it writes.
    pub format: SinkFormat,
    /// The topics that it takes; `None` for all of its stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topics: Option<Vec<TopicName>>,
}

/// What a sink writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SinkFormat {
    /// Parquet files and their manifests.
    Parquet,
}

/// Edges into a stage that owe something else than the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exception {
    /// Only edges of these topics; `None` for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topics: Option<Vec<TopicName>>,
    /// Only edges from these applications or clusters; `None` for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upstream: Option<Vec<String>>,
    /// What they owe.
    pub expectation: Expectation,
}

/// Who is told when something is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Alerts {
    /// Names of webhooks.
    pub receivers: Vec<ReceiverName>,
}

impl Alerts {
    fn is_empty(&self) -> bool {
        self.receivers.is_empty()
    }
}

/// What a document may measure. A document past a limit is refused, and told which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Length of the text, in bytes. Default 262,144.
    pub document_bytes: usize,
    /// Objects and lists within each other. Default 16.
    pub depth: usize,
    /// Scalars, lists, objects and keys in all, with what YAML aliases repeat counted each time. Default 20,000.
    pub values: usize,
    /// Length of one text such as a description, in characters. Default 2,000.
    pub text_chars: usize,
    /// Topics of one pipeline. Default 500.
    pub topics: usize,
    /// Stages of one pipeline. Default 32.
    pub stages: usize,
    /// Producers, clusters or sinks of one stage, stages in one `from`, exceptions of a stage, receivers. Default 64.
    pub members: usize,
    /// Edges that follow. Default 10,000.
    pub edges: usize,
    /// Problems that one answer lists; the rest are counted. Default 100.
    pub problems: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes: 256 * 1024,
            depth: 16,
            values: 20_000,
            text_chars: 2_000,
            topics: 500,
            stages: 32,
            members: 64,
            edges: 10_000,
            problems: 100,
        }
    }
}

/// One thing to change in a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Where, as a JSON Pointer (RFC 6901); empty for the document as a whole.
    pub pointer: String,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.pointer.is_empty() { "document" } else { &self.pointer };
        write!(f, "{place}: {}", self.message)
    }
}

/// Everything that keeps a document from being a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidPipeline {
    /// In the order of the document as far as possible; never empty.
    pub problems: Vec<Problem>,
    /// How many more there are than [`Limits::problems`] lets in.
    pub more: usize,
}

impl fmt::Display for InvalidPipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the document is not a pipeline")?;
        for problem in &self.problems {
            write!(f, "\n  {problem}")?;
        }
        if self.more > 0 {
            write!(f, "\n  and {} more", self.more)?;
        }
        Ok(())
    }
}

impl std::error::Error for InvalidPipeline {}

impl Pipeline {
    /// Reads a document, and reports all that is wrong with it at once.
    ///
    /// # Errors
    /// When the text is not JSON or YAML, passes a limit, or does not describe a pipeline.
    pub fn parse(text: &str, format: Format, limits: &Limits) -> Result<Self, InvalidPipeline> {
        let value = document::read(text, format, limits)?;
        check::pipeline(&value, limits)
    }

    /// All topics of all clusters that the pipeline names, sorted.
    #[must_use]
    pub fn cluster_topics(&self) -> Vec<(ClusterName, TopicName)> {
        edges::cluster_topics(self)
    }

    /// The edges that follow, stage by stage; each pair of nodes once.
    #[must_use]
    pub fn edges(&self) -> Vec<PipelineEdge> {
        edges::of(self, usize::MAX)
    }
}

/// The JSON Schema (draft 2020-12) of the document. It describes the form; that names refer to each other is checked by
/// [`Pipeline::parse`] alone.
#[must_use]
pub fn pipeline_schema() -> serde_json::Value {
    serde_json::from_str(include_str!("../pipeline.schema.json"))
        .expect("the published schema is JSON; a test reads it")
}
