//! The edges that follow from a pipeline.

use super::{Expectation, Members, Pipeline, Producer, Sink, Stage};
use crate::edge::{Assertion, Claim, Contract, EdgeId, Evidence, Validity};
use crate::names::{PipelineName, StageName};
use crate::node::Node;
use model::{ClusterName, Timestamp, TopicName};
use serde::Serialize;
use std::collections::{BTreeSet, HashSet};

/// One edge of a pipeline: one topic from one place to the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PipelineEdge {
    /// Its id, which survives every edit that keeps the names.
    pub id: EdgeId,
    /// The pipeline that declares it.
    pub pipeline: PipelineName,
    /// The stage that it leads into.
    pub stage: StageName,
    /// The topic whose records pass.
    pub topic: TopicName,
    /// An application, or the topic on one cluster.
    pub from: Node,
    /// The topic on one cluster, or a sink.
    pub to: Node,
    /// What the two owe each other.
    pub contract: Contract,
}

impl PipelineEdge {
    /// What this edge says to the graph: it is declared, from `since` on.
    #[must_use]
    pub fn assertion(&self, since: Timestamp) -> Assertion {
        let claim = Claim { evidence: Evidence::Declared, validity: Validity::since(since), edge_id: Some(self.id) };
        Assertion { from: self.from.clone(), to: self.to.clone(), claim }
    }
}

/// The edges, or so many of them that `enough` is reached.
pub(super) fn of(pipeline: &Pipeline, enough: usize) -> Vec<PipelineEdge> {
    let carried = carried(pipeline);
    let mut edges = Vec::new();
    for (stage, taken) in pipeline.stages.iter().zip(&carried) {
        for (feeder, given) in
            pipeline.stages.iter().zip(&carried).filter(|(other, _)| stage.from.contains(&other.name))
        {
            let shared: Vec<&TopicName> = given.iter().filter(|topic| taken.contains(*topic)).copied().collect();
            for upstream in ends_of(feeder) {
                for downstream in ends_of(stage).into_iter().filter(|end| upstream.feeds(end)) {
                    if edges.len() >= enough {
                        return edges;
                    }
                    let passing = shared.iter().filter(|topic| upstream.handles(topic) && downstream.handles(topic));
                    edges.extend(passing.map(|topic| edge(pipeline, stage, &upstream, &downstream, topic)));
                }
            }
        }
    }
    edges
}

/// The topics that each stage carries, in the order of the pipeline's own list.
pub(super) fn carried(pipeline: &Pipeline) -> Vec<Vec<&TopicName>> {
    let mut carried: Vec<Vec<&TopicName>> = Vec::new();
    for stage in &pipeline.stages {
        let feeders: Vec<&Vec<&TopicName>> = pipeline
            .stages
            .iter()
            .zip(&carried)
            .filter(|(other, _)| stage.from.contains(&other.name))
            .map(|(_, topics)| topics)
            .collect();
        let offered = |topic: &TopicName| feeders.is_empty() || feeders.iter().any(|topics| topics.contains(&topic));
        let wanted = |topic: &TopicName| stage.topics.as_ref().is_none_or(|topics| topics.contains(topic));
        carried.push(pipeline.topics.iter().filter(|topic| offered(topic) && wanted(topic)).collect());
    }
    carried
}

pub(super) fn cluster_topics(pipeline: &Pipeline) -> Vec<(ClusterName, TopicName)> {
    let mut found = BTreeSet::new();
    for (stage, topics) in pipeline.stages.iter().zip(carried(pipeline)) {
        if let Members::Clusters(clusters) = &stage.members {
            for cluster in clusters {
                found.extend(topics.iter().map(|topic| (cluster.clone(), (*topic).clone())));
            }
        }
    }
    found.into_iter().collect()
}

/// One member of a stage as an end of edges.
enum End<'p> {
    Producer(&'p Producer),
    Cluster(&'p ClusterName),
    Sink(&'p Sink),
}

fn ends_of(stage: &Stage) -> Vec<End<'_>> {
    match &stage.members {
        Members::Producers(list) => list.iter().map(End::Producer).collect(),
        Members::Clusters(list) => list.iter().map(End::Cluster).collect(),
        Members::Sinks(list) => list.iter().map(End::Sink).collect(),
    }
}

impl End<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Producer(producer) => producer.application.as_str(),
            Self::Cluster(cluster) => cluster.as_str(),
            Self::Sink(sink) => sink.name.as_str(),
        }
    }

    fn node(&self, topic: &TopicName) -> Node {
        match self {
            Self::Producer(producer) => Node::Application(producer.application.clone()),
            Self::Cluster(cluster) => Node::topic((*cluster).clone(), topic.clone()),
            Self::Sink(sink) => Node::Sink(sink.name.clone()),
        }
    }

    fn feeds(&self, downstream: &End<'_>) -> bool {
        match (self, downstream) {
            (Self::Producer(producer), End::Cluster(cluster)) => {
                producer.clusters.as_ref().is_none_or(|clusters| clusters.contains(cluster))
            }
            (Self::Cluster(_), End::Cluster(_) | End::Sink(_)) => true,
            _ => false,
        }
    }

    fn handles(&self, topic: &TopicName) -> bool {
        let topics = match self {
            Self::Producer(producer) => producer.topics.as_ref(),
            Self::Sink(sink) => sink.topics.as_ref(),
            Self::Cluster(_) => None,
        };
        topics.is_none_or(|topics| topics.contains(topic))
    }
}

fn edge(
    pipeline: &Pipeline,
    stage: &Stage,
    upstream: &End<'_>,
    downstream: &End<'_>,
    topic: &TopicName,
) -> PipelineEdge {
    let (from, to) = (upstream.node(topic), downstream.node(topic));
    PipelineEdge {
        id: EdgeId::derive(&pipeline.name, &from, &to, topic),
        pipeline: pipeline.name.clone(),
        stage: stage.name.clone(),
        topic: topic.clone(),
        from,
        to,
        contract: expectation(pipeline, stage, upstream.name(), topic).contract(pipeline.window_seconds),
    }
}

fn expectation(pipeline: &Pipeline, stage: &Stage, upstream: &str, topic: &TopicName) -> Expectation {
    let exception = stage.exceptions.iter().find(|exception| {
        exception.topics.as_ref().is_none_or(|topics| topics.contains(topic))
            && exception.upstream.as_ref().is_none_or(|names| names.iter().any(|name| name == upstream))
    });
    let narrowest = exception.map_or_else(Expectation::default, |exception| exception.expectation);
    narrowest.or(stage.expectation).or(pipeline.expectation)
}

/// The names that may stand in an exception's `upstream`: the members of the stages that feed `stage`.
pub(super) fn upstream_names<'p>(pipeline: &'p Pipeline, stage: &Stage) -> HashSet<&'p str> {
    let feeders = pipeline.stages.iter().filter(|other| stage.from.contains(&other.name));
    feeders
        .flat_map(|feeder| match &feeder.members {
            Members::Producers(list) => list.iter().map(|producer| producer.application.as_str()).collect::<Vec<_>>(),
            Members::Clusters(list) => list.iter().map(ClusterName::as_str).collect(),
            Members::Sinks(list) => list.iter().map(|sink| sink.name.as_str()).collect(),
        })
        .collect()
}
