//! A client for raw batches: fetches them, as they are stored, from any Kafka cluster.
//!
//! It reads committed data only, decodes no record, keeps no session and never makes a topic. Connections are pooled;
//! each carries one request at a time, so that fetches of many partitions wait side by side.

mod connection;
mod metadata;
mod offsets;
mod pool;

use crate::frame::reader::Malformed;
use crate::requests::api;
use crate::requests::fetch::message::response::{FetchResponse, PartitionFetched};
use crate::requests::fetch::message::{BY_ID, FetchPartition, FetchRequest, FetchTopic, TopicRef};
use bytes::Bytes;
use kafka_protocol::ResponseError;
pub use metadata::TopicMetadata;
use model::{TopicId, TopicName};
use std::sync::Arc;
use std::time::Duration;

/// What a client puts up with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientLimits {
    /// How a connection introduces itself to the cluster.
    pub client_id: String,
    /// Longest that connecting may take.
    pub connect_timeout: Duration,
    /// Longest that an answer may take, beyond the time that a fetch was told to wait.
    pub request_timeout: Duration,
    /// Longest response frame, in bytes. A batch that is longer cannot be fetched.
    pub frame_bytes: usize,
    /// Connections to one broker that are kept open while nobody uses them.
    pub idle_connections: usize,
    /// The pause before a broker that failed is tried again; doubled with each failure.
    pub first_backoff: Duration,
    /// The longest such pause.
    pub longest_backoff: Duration,
    /// How long what is known of topics and their leaders is used before it is asked for anew.
    pub metadata_age: Duration,
}

impl Default for ClientLimits {
    fn default() -> Self {
        Self {
            client_id: "waybill".to_owned(),
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(15),
            frame_bytes: 128 << 20,
            idle_connections: 64,
            first_backoff: Duration::from_millis(50),
            longest_backoff: Duration::from_secs(2),
            metadata_age: Duration::from_secs(60),
        }
    }
}

/// Why a request was not answered as hoped.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The offset asked for is not in the log, or not any more.
    #[error("offset {offset} of {topic}-{partition} is out of range")]
    OutOfRange {
        /// The topic.
        topic: TopicName,
        /// The partition.
        partition: i32,
        /// The offset that was asked for.
        offset: i64,
    },
    /// The cluster has no such topic, or it has no such partition.
    #[error("{topic}-{partition} does not exist")]
    UnknownTopic {
        /// The topic.
        topic: TopicName,
        /// The partition.
        partition: i32,
    },
    /// No broker could be asked; the next call tries again, after a pause that the client keeps by itself.
    #[error("{broker} is away: {reason}")]
    Away {
        /// Host and port.
        broker: String,
        /// What went wrong.
        reason: String,
    },
    /// A broker did not answer in time.
    #[error("{broker} did not answer in time")]
    TimedOut {
        /// Host and port.
        broker: String,
    },
    /// A broker answered with an error.
    #[error("{doing}: {code}")]
    Refused {
        /// What was asked for.
        doing: &'static str,
        /// The answer.
        code: ResponseError,
    },
    /// A broker answered with something that is no answer.
    #[error("{broker} sent an answer that cannot be read")]
    Malformed {
        /// Host and port.
        broker: String,
        /// What is wrong with it.
        source: Malformed,
    },
    /// The cluster speaks no version of a request that this client speaks.
    #[error("{broker} speaks no known version of {request}")]
    NoCommonVersion {
        /// Host and port.
        broker: String,
        /// The request.
        request: &'static str,
    },
}

impl ClientError {
    /// Whether the same call may well succeed a little later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Away { .. } | Self::TimedOut { .. } => true,
            Self::Refused { code, .. } => code.is_retriable(),
            _ => false,
        }
    }
}

/// From where to fetch, and how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchFrom {
    /// The topic.
    pub topic: TopicName,
    /// The partition.
    pub partition: i32,
    /// The first offset wanted. The first batch may begin before it.
    pub offset: i64,
    /// About how many bytes to answer with; one batch may be longer.
    pub max_bytes: usize,
    /// How long the broker waits when there is nothing.
    pub max_wait: Duration,
}

/// What a fetch brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Whole batches, as they are stored. Batches of aborted transactions are among them.
    pub records: Bytes,
    /// The end of what is replicated.
    pub high_watermark: i64,
    /// The end of what no open transaction may still undo; nothing from here on is in `records`.
    pub last_stable_offset: i64,
    /// The first offset that is still there; -1 when the broker is too old to say.
    pub log_start_offset: i64,
    /// Aborted transactions that reach into `records`.
    pub aborted: Vec<Aborted>,
    /// The topic's id, where the cluster has ids.
    pub topic_id: Option<TopicId>,
}

/// An aborted transaction: what its producer wrote from `first_offset` up to the next control batch does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aborted {
    /// The producer.
    pub producer_id: i64,
    /// Where its transaction began.
    pub first_offset: i64,
}

/// A client of one cluster. Cheap to make and to clone; connects when it is first used, and again when it must.
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<pool::Pool>,
}

impl Client {
    /// A client of the cluster that has these brokers: `host:port`, several parted by commas.
    #[must_use]
    pub fn new(bootstrap: impl Into<String>, limits: ClientLimits) -> Self {
        Self { shared: Arc::new(pool::Pool::new(&bootstrap.into(), limits)) }
    }

    /// Fetches from one partition.
    ///
    /// # Errors
    /// When the partition or the offset is not there, or no answer could be had.
    pub async fn fetch(&self, from: &FetchFrom) -> Result<Fetched, ClientError> {
        let found = self.leader(&from.topic, from.partition).await?;
        let result = self.fetch_from(&found, from).await;
        if matches!(&result, Err(error) if !matches!(error, ClientError::OutOfRange { .. })) {
            self.shared.forget(&from.topic);
        }
        result
    }

    async fn fetch_from(&self, leader: &metadata::Leader, from: &FetchFrom) -> Result<Fetched, ClientError> {
        let mut connection = self.shared.connection(&leader.broker).await?;
        let by_id = leader.topic_id.is_some();
        let highest = if by_id { 18 } else { BY_ID - 1 };
        let version = connection.version(api::FETCH, "Fetch", (4, highest))?;
        let topic = match leader.topic_id {
            Some(id) if version >= BY_ID => TopicRef::Id(id.0),
            _ => TopicRef::Name(from.topic.to_string()),
        };
        let partition = FetchPartition {
            index: from.partition,
            current_leader_epoch: -1,
            offset: from.offset,
            max_bytes: i32::try_from(from.max_bytes).unwrap_or(i32::MAX),
        };
        let request = FetchRequest {
            max_wait_ms: i32::try_from(from.max_wait.as_millis()).unwrap_or(i32::MAX),
            min_bytes: 1,
            max_bytes: i32::try_from(from.max_bytes).unwrap_or(i32::MAX),
            isolation_level: 1,
            session_id: 0,
            topics: vec![FetchTopic { topic, partitions: vec![partition] }],
        };
        let body = connection.ask(api::FETCH, version, request.write(version), from.max_wait).await?;
        let response = FetchResponse::read(body, version);
        let response = response.map_err(|source| ClientError::Malformed { broker: leader.broker.clone(), source })?;
        self.shared.give_back(connection);
        refused("fetching", response.error_code)?;
        let missing = Malformed("it is about another partition");
        let answered = response.topics.into_iter().flat_map(|topic| topic.partitions);
        let fetched = answered
            .into_iter()
            .find(|partition| partition.index == from.partition)
            .ok_or_else(|| ClientError::Malformed { broker: leader.broker.clone(), source: missing })?;
        fetched_by(from, fetched, leader.topic_id)
    }
}

fn fetched_by(from: &FetchFrom, fetched: PartitionFetched, topic_id: Option<TopicId>) -> Result<Fetched, ClientError> {
    let (topic, partition) = (from.topic.clone(), from.partition);
    match ResponseError::try_from_code(fetched.error_code) {
        Some(ResponseError::OffsetOutOfRange) => {
            return Err(ClientError::OutOfRange { topic, partition, offset: from.offset });
        }
        Some(ResponseError::UnknownTopicOrPartition | ResponseError::UnknownTopicId) => {
            return Err(ClientError::UnknownTopic { topic, partition });
        }
        Some(code) => return Err(ClientError::Refused { doing: "fetching", code }),
        None => {}
    }
    let aborted = fetched.aborted.unwrap_or_default().into_iter();
    Ok(Fetched {
        records: whole_batches(fetched.records),
        high_watermark: fetched.high_watermark,
        last_stable_offset: fetched.last_stable_offset,
        log_start_offset: fetched.log_start_offset,
        aborted: aborted.map(|(producer_id, first_offset)| Aborted { producer_id, first_offset }).collect(),
        topic_id,
    })
}

/// Drops the tail that a broker cut off in the middle of a batch.
fn whole_batches(records: Bytes) -> Bytes {
    let mut end = 0;
    while let Some(length) = records.get(end + 8..end + 12) {
        let length = length.first_chunk::<4>().map(|length| u32::from_be_bytes(*length)).unwrap_or_default();
        let next = usize::try_from(length).ok().and_then(|length| (end + 12).checked_add(length));
        match next {
            Some(next) if next <= records.len() => end = next,
            _ => break,
        }
    }
    records.slice(..end)
}

fn refused(doing: &'static str, code: i16) -> Result<(), ClientError> {
    match ResponseError::try_from_code(code) {
        None => Ok(()),
        Some(code) => Err(ClientError::Refused { doing, code }),
    }
}

#[cfg(test)]
mod tests;
