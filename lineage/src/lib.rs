//! WHERE the data goes: nodes and edges, the claims that an edge exists, walks along them, and the pipeline document
//! by which people declare a road.
//!
//! Everything here is a pure function of its arguments. This crate must never know a database, a socket, a file, a
//! clock or the Kafka wire, and no type of the graph library that it rests on appears in its public API: the
//! representation may change without a caller noticing. Whether data arrived is the business of `audit`.

mod edge;
mod graph;
mod names;
mod node;
mod pipeline;

pub use edge::{Assertion, Claim, Contract, ContractKind, EdgeId, Evidence, Validity};
pub use graph::{
    Budget, DEFAULT_WALK_EDGES, DEFAULT_WALK_NODES, Direction, Edge, Filter, Graph, Hop, MAX_PATH_HOPS, PathBudget,
    Paths, Reached, Reason, UnknownNode, Walk,
};
pub use names::{ApplicationName, InvalidName, PipelineName, ReceiverName, SinkName, StageName};
pub use node::{InvalidNode, Node};
pub use pipeline::{
    Alerts, Exception, Expectation, Format, InvalidPipeline, Limits, Members, Owner, Pipeline, PipelineEdge, Problem,
    Producer, Sink, SinkFormat, Stage, WINDOW_WIDTHS, pipeline_schema,
};
