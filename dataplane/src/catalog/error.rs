//! What can go wrong at a catalog.

use crate::log::OpenError;
use model::TopicName;
use std::path::PathBuf;

/// Why a catalog cannot be opened or changed.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// Another process has the data folder.
    #[error("the data folder {} is in use by another process", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// There is a topic of that name.
    #[error("topic '{name}' exists")]
    Exists {
        /// The name.
        name: TopicName,
    },
    /// There is no such topic.
    #[error("there is no such topic")]
    Unknown,
    /// A topic cannot have that many partitions.
    #[error("{count} partitions are not from 1 to {limit}")]
    InvalidPartitions {
        /// How many were asked for.
        count: i32,
        /// How many there may be.
        limit: i32,
    },
    /// The cluster is full.
    #[error("the cluster has {limit} topics, which is the limit")]
    TooManyTopics {
        /// How many there may be.
        limit: usize,
    },
    /// A configuration that does not exist or a value that it cannot have.
    #[error("configuration '{name}': {reason}")]
    InvalidConfig {
        /// The configuration.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// The logs of a new topic would not open.
    #[error("topic '{name}' cannot be made: {reason}")]
    Unopened {
        /// The topic.
        name: TopicName,
        /// Why the first of them would not.
        reason: String,
    },
    /// A file or folder could not be read or written, or is damaged.
    #[error(transparent)]
    Storage(#[from] OpenError),
}
