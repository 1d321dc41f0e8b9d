//! THE ROAD: a Kafka cluster on one machine, several of them in one process, and a client for the batches of others.
//!
//! This is the only crate that knows the Kafka wire. A connection takes in frames, a request is carried out against its
//! cluster, the log makes batches durable, groups keep who reads what and how far. It must never know a database, HTTP,
//! or what anybody concludes from the records that pass: it carries them as they came.

pub mod batch;
pub mod catalog;
pub mod client;
mod cluster;
mod connection;
mod dataplane;
mod error;
mod frame;
mod groups;
mod limits;
mod listener;
pub mod log;
mod metrics;
mod requests;

pub use cluster::{Cluster, ClusterConfig};
pub use dataplane::{Config, Dataplane};
pub use error::DataplaneError;
pub use limits::Limits;
pub use metrics::{Metrics, Sample};
