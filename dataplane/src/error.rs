//! What can go wrong, and how each error is told to a Kafka client.

use crate::batch::BatchError;
use crate::catalog::CatalogError;
use crate::log::{AppendError, ReadError};
use kafka_protocol::ResponseError;
use model::ClusterName;
use std::path::PathBuf;

/// Why a dataplane could not be opened, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum DataplaneError {
    /// The data folder, or what is in it.
    #[error("opening the data folder")]
    Catalog(#[from] CatalogError),
    /// A file beside the log.
    #[error("{doing} {}", path.display())]
    Io {
        /// What was being done, as `reading`.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A listener that the caller bound could not be used.
    #[error("listening for cluster {cluster}")]
    Listen {
        /// The cluster behind the listener.
        cluster: ClusterName,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// Two clusters of one name.
    #[error("cluster {0} is declared twice")]
    DeclaredTwice(ClusterName),
    /// A task of the dataplane ended by a panic.
    #[error("a task of the dataplane ended early: {0}")]
    Task(String),
}

/// What a producer is told.
pub(crate) fn append_code(error: &AppendError) -> ResponseError {
    match error {
        AppendError::Batch(BatchError::Crc { .. } | BatchError::Truncated) => ResponseError::CorruptMessage,
        AppendError::Batch(_) | AppendError::InvalidRecord(_) => ResponseError::InvalidRecord,
        AppendError::TooLarge { .. } => ResponseError::MessageTooLarge,
        AppendError::OutOfOrderSequence { .. } => ResponseError::OutOfOrderSequenceNumber,
        AppendError::InvalidProducerEpoch { .. } => ResponseError::InvalidProducerEpoch,
        AppendError::Transactional => ResponseError::InvalidTxnState,
        AppendError::OriginOverlap { .. } => ResponseError::UnknownServerError,
        AppendError::ReadOnly { .. } => ResponseError::KafkaStorageError,
        AppendError::Closed => ResponseError::NotLeaderOrFollower,
    }
}

/// What a consumer is told.
pub(crate) fn read_code(error: &ReadError) -> ResponseError {
    match error {
        ReadError::OutOfRange { .. } => ResponseError::OffsetOutOfRange,
        _ => ResponseError::KafkaStorageError,
    }
}

/// What someone is told who makes or deletes a topic.
pub(crate) fn catalog_code(error: &CatalogError) -> ResponseError {
    match error {
        CatalogError::Exists { .. } => ResponseError::TopicAlreadyExists,
        CatalogError::Unknown => ResponseError::UnknownTopicOrPartition,
        CatalogError::InvalidPartitions { .. } => ResponseError::InvalidPartitions,
        CatalogError::InvalidConfig { .. } => ResponseError::InvalidConfig,
        _ => ResponseError::KafkaStorageError,
    }
}

/// The code on the wire: 0 when nothing went wrong.
pub(crate) fn code(error: Option<ResponseError>) -> i16 {
    error.map_or(0, |error| error.code())
}

/// An error with all its causes, on one line.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
