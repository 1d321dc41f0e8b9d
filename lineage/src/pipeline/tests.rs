mod documents;

use super::*;
use crate::node::Node;
use serde_json::{Value, json};

const FLIGHTS: &str = include_str!("tests/flights.yaml");

fn flights() -> Pipeline {
    Pipeline::parse(FLIGHTS, Format::Yaml, &Limits::default()).unwrap()
}

/// The smallest pipeline, as a document that tests bend.
fn small() -> Value {
    json!({
        "version": 1,
        "name": "small",
        "owner": {"team": "t", "contact": "t@example.com"},
        "tier": 3,
        "topics": ["a", "b"],
        "stages": [
            {"name": "write", "producers": [{"application": "app"}]},
            {"name": "hold", "clusters": ["one", "two"]},
            {"name": "keep", "sinks": [{"name": "lake", "format": "parquet"}]}
        ]
    })
}

fn parse(document: &Value) -> Result<Pipeline, InvalidPipeline> {
    Pipeline::parse(&document.to_string(), Format::Json, &Limits::default())
}

fn ends(pipeline: &Pipeline) -> Vec<String> {
    pipeline.edges().iter().map(|edge| format!("{} > {}", edge.from, edge.to)).collect()
}

/// One document without repetition makes the 35 edges of the flights.
#[test]
fn the_flights_make_their_edges() {
    let edges = flights().edges();
    let into = |stage: &str| edges.iter().filter(|edge| edge.stage.as_str() == stage).count();
    assert_eq!((into("towers"), into("airports"), into("aggregate"), into("archive")), (0, 15, 15, 5));

    let edge = |from: &str, to: &str, topic: &str| {
        let found =
            edges.iter().find(|e| e.from.to_string() == from && e.to.to_string() == to && e.topic.as_str() == topic);
        found.unwrap_or_else(|| panic!("no edge {from} > {to} of {topic}")).contract.overdue_after_seconds
    };
    let departed = "flights.departed";
    assert_eq!(edge("application:ewr-tower", "topic:ewr/flights.departed", departed), 120, "the pipeline's");
    assert_eq!(edge("topic:ewr/flights.departed", "topic:aggregate/flights.departed", departed), 120);
    assert_eq!(edge("topic:lga/flights.departed", "topic:aggregate/flights.departed", departed), 240, "an exception");
    assert_eq!(
        edge("topic:lga/weather.observed", "topic:aggregate/weather.observed", "weather.observed"),
        900,
        "the first"
    );
    assert_eq!(edge("topic:aggregate/flights.departed", "sink:archive", departed), 600, "the stage's");
    assert!(edges.iter().all(|edge| edge.contract.window_seconds == 60));
}

#[test]
fn every_edge_has_an_id_of_its_own_that_survives_other_edits() {
    let before = flights();
    let ids: std::collections::HashSet<_> = before.edges().iter().map(|edge| edge.id).collect();
    assert_eq!(ids.len(), before.edges().len());

    let edited = FLIGHTS
        .replace("tier: 1", "tier: 4")
        .replace("name: airports", "name: regions")
        .replace("ewr, jfk, lga]", "lga, ewr, jfk]");
    let after = Pipeline::parse(&edited, Format::Yaml, &Limits::default()).unwrap();
    assert_eq!(after.edges().iter().map(|edge| edge.id).collect::<std::collections::HashSet<_>>(), ids);
}

#[test]
fn a_pipeline_names_the_topics_of_its_clusters() {
    let topics = flights().cluster_topics();
    assert_eq!(topics.len(), 20);
    assert_eq!(topics[0].0.as_str(), "aggregate");
    assert!(topics.is_sorted());
}

#[test]
fn a_pipeline_written_out_reads_back_equal() {
    let pipeline = flights();
    let written = serde_json::to_value(&pipeline).unwrap();
    assert_eq!(parse(&written).unwrap(), pipeline);
    assert!(valid_by_schema(&written));
}

#[test]
fn topics_and_clusters_narrow_the_edges() {
    let mut document = small();
    document["stages"][0]["producers"] = json!([{"application": "app", "clusters": ["two"], "topics": ["b"]}]);
    document["stages"][2]["topics"] = json!(["a"]);
    assert_eq!(
        ends(&parse(&document).unwrap()),
        ["application:app > topic:two/b", "topic:one/a > sink:lake", "topic:two/a > sink:lake"]
    );
}

#[test]
fn a_stage_may_name_what_feeds_it() {
    let mut document = small();
    document["topics"] = json!(["a"]);
    document["stages"] = json!([
        {"name": "hold", "clusters": ["one"]},
        {"name": "lake", "sinks": [{"name": "lake", "format": "parquet"}]},
        {"name": "copy", "from": ["hold"], "clusters": ["two"]},
        {"name": "both", "from": ["hold", "copy"], "sinks": [{"name": "all", "format": "parquet"}]}
    ]);
    assert_eq!(
        ends(&parse(&document).unwrap()),
        ["topic:one/a > sink:lake", "topic:one/a > topic:two/a", "topic:one/a > sink:all", "topic:two/a > sink:all"]
    );
}

#[test]
fn edges_build_a_graph_that_leads_from_tower_to_archive() {
    let edges = flights().edges();
    let graph = crate::Graph::build(edges.iter().map(|edge| edge.assertion(model::Timestamp(0))));
    let (tower, archive): (Node, Node) = ("application:ewr-tower".parse().unwrap(), "sink:archive".parse().unwrap());
    let paths = graph.paths(&tower, &archive, &crate::Filter::default(), &crate::PathBudget::default()).unwrap();
    assert_eq!((paths.paths.len(), paths.truncated), (5, None));
    let walk = graph.upstream(&archive, &crate::Filter::default(), &crate::Budget::default()).unwrap();
    assert_eq!(walk.nodes.iter().filter(|reached| reached.depth == 3).count(), 3);
}

fn validator() -> jsonschema::Validator {
    jsonschema::validator_for(&pipeline_schema()).unwrap()
}

fn valid_by_schema(document: &Value) -> bool {
    validator().is_valid(document)
}
