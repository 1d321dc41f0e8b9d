//! Fetch: batches as they are stored, once there are enough of them or the client has waited long enough.

pub(crate) mod message;

use super::{Call, Pending, Reply, log_failure};
use crate::cluster::LEADER_EPOCH;
use crate::error::{code, read_code};
use crate::frame::reader::Malformed;
use crate::frame::segments::Segments;
use crate::log::{Partition, ReadError};
use bytes::Bytes;
use futures::future::select_all;
use kafka_protocol::ResponseError;
use message::response::{FetchResponse, PartitionFetched, TopicFetched};
use message::{FetchPartition, FetchRequest, FetchTopic, TopicRef};
use model::{TopicId, TopicName};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

pub(super) fn start(call: Call, body: Bytes) -> Result<Pending, Malformed> {
    let version = call.version();
    let request = FetchRequest::read(body, version)?;
    Ok(Box::pin(async move {
        let response = answer(&call, request).await;
        let flexible = version >= message::FLEXIBLE;
        Reply::Frame(Segments::frame(call.header.correlation_id, flexible, response.write(version)))
    }))
}

async fn answer(call: &Call, request: FetchRequest) -> FetchResponse {
    if request.session_id != 0 {
        // No session is ever given out, so this one is from elsewhere; the client then fetches without one.
        return FetchResponse { error_code: ResponseError::FetchSessionIdNotFound.code(), topics: Vec::new() };
    }
    let limits = &call.cluster().limits;
    let most = usize::try_from(request.max_bytes).unwrap_or(0).min(limits.fetch_bytes);
    let least = usize::try_from(request.min_bytes).unwrap_or(0).min(most);
    let wait = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or(0)).min(limits.fetch_wait);
    let deadline = Instant::now() + wait;
    loop {
        // Subscribed before reading, so that nothing that becomes durable meanwhile is slept through.
        let mut changes = Vec::new();
        let read = read_all(call, &request, most, &mut changes).await;
        let enough = read.bytes >= least || read.refused || changes.is_empty();
        if enough || call.caller.gone.is_cancelled() || Instant::now() >= deadline {
            return FetchResponse { error_code: 0, topics: read.topics };
        }
        let changed = select_all(changes.iter_mut().map(|change| Box::pin(change.changed())));
        tokio::select! {
            _ = timeout_at(deadline, changed) => {}
            () = call.caller.gone.cancelled() => {}
        }
    }
}

/// What one pass over the partitions found.
struct Read {
    topics: Vec<TopicFetched>,
    bytes: usize,
    /// Some partition has an error to tell at once.
    refused: bool,
}

async fn read_all(
    call: &Call,
    request: &FetchRequest,
    most: usize,
    changes: &mut Vec<tokio::sync::watch::Receiver<i64>>,
) -> Read {
    let mut read = Read { topics: Vec::with_capacity(request.topics.len()), bytes: 0, refused: false };
    for FetchTopic { topic, partitions } in &request.topics {
        let mut fetched = Vec::with_capacity(partitions.len());
        for asked in partitions {
            let result = match find(call, topic, asked) {
                Err(error) => Err(error),
                Ok(partition) => {
                    changes.push(partition.subscribe());
                    let room = most.saturating_sub(read.bytes);
                    Ok(read_one(&partition, asked, room, read.bytes == 0, request.isolation_level).await)
                }
            };
            let result = result.unwrap_or_else(|error| PartitionFetched::refused(asked.index, error.code()));
            read.bytes += result.records.len();
            read.refused |= result.error_code != 0;
            fetched.push(result);
        }
        read.topics.push(TopicFetched { topic: topic.clone(), partitions: fetched });
    }
    read
}

fn find(call: &Call, topic: &TopicRef, asked: &FetchPartition) -> Result<Arc<Partition>, ResponseError> {
    let catalog = call.cluster().catalog();
    let topic = match topic {
        TopicRef::Id(id) => catalog.by_id(TopicId(*id)).ok_or(ResponseError::UnknownTopicId)?,
        TopicRef::Name(name) => TopicName::new(name.as_str())
            .ok()
            .and_then(|name| catalog.by_name(&name))
            .ok_or(ResponseError::UnknownTopicOrPartition)?,
    };
    if asked.current_leader_epoch > LEADER_EPOCH {
        return Err(ResponseError::UnknownLeaderEpoch);
    }
    match topic.partition(asked.index) {
        Some(Ok(partition)) => Ok(partition),
        Some(Err(_)) => Err(ResponseError::KafkaStorageError),
        None => Err(ResponseError::UnknownTopicOrPartition),
    }
}

/// Reads one partition. Only the first one with data may exceed the room, by one batch: a consumer must always get on.
async fn read_one(
    partition: &Arc<Partition>,
    asked: &FetchPartition,
    room: usize,
    first: bool,
    isolation_level: i8,
) -> PartitionFetched {
    let most = usize::try_from(asked.max_bytes).unwrap_or(0).min(room);
    let (error, records) = if !first && room == 0 {
        (None, Bytes::new())
    } else {
        match partition.read(asked.offset, most).await {
            Ok(records) if !first && records.len() > room => (None, Bytes::new()),
            Ok(records) => (None, records),
            Err(error) => {
                if !matches!(error, ReadError::OutOfRange { .. }) {
                    log_failure("reading", &error);
                }
                (Some(read_code(&error)), Bytes::new())
            }
        }
    };
    let end = partition.durable_end();
    PartitionFetched {
        index: asked.index,
        error_code: code(error),
        high_watermark: end,
        last_stable_offset: end,
        log_start_offset: partition.log_start_offset(),
        aborted: (isolation_level == 1).then(Vec::new),
        records,
    }
}
