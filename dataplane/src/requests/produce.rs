//! Produce: batches to partitions, all at once, answered when all are durable.

pub(crate) mod message;

use super::{Call, Pending, Reply, log_failure};
use crate::catalog::Topic;
use crate::error::{append_code, chain};
use crate::frame::reader::Malformed;
use crate::frame::segments::Segments;
use crate::log::{AppendError, Appended};
use crate::requests::api;
use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt, join_all};
use kafka_protocol::ResponseError;
use message::{PartitionProduced, ProduceRequest, ProduceTopic, TopicProduced, TopicRef};
use model::{TopicId, TopicName};
use std::sync::Arc;
use std::task::Poll;

/// Hands the batches to the log, in their order; the reply waits until they are durable.
pub(super) async fn start(call: Call, body: Bytes) -> Result<Pending, Malformed> {
    let version = call.version();
    if version < api::FIRST_PRODUCE {
        return Err(Malformed("a version of Produce that nobody has parsed since Kafka 4"));
    }
    let request = ProduceRequest::read(body, version)?;
    let refusal = refusal(&request);
    let mut topics = Vec::with_capacity(request.topics.len());
    let mut appends = Vec::with_capacity(request.topics.len());
    for ProduceTopic { topic, partitions } in request.topics {
        let found = match refusal {
            Some(error) => Err(error),
            None => find(&call, &topic).await,
        };
        for (index, records) in partitions {
            appends.push(append(found.clone(), topics.len(), index, records.unwrap_or_default()));
        }
        topics.push(TopicProduced { topic, partitions: Vec::new() });
    }
    let appended = submit(appends).await;
    let acks = request.acks;
    Ok(Box::pin(async move {
        let mut failed = false;
        for (topic, partition) in appended.await {
            failed |= partition.error_code != 0;
            topics[topic].partitions.push(partition);
        }
        if acks != 0 {
            let body = message::write_response(&topics, version);
            return Reply::Frame(Segments::frame(call.header.correlation_id, version >= message::FLEXIBLE, [body]));
        }
        // A producer that wants no answer can only be told by the end of its connection, as Kafka does.
        if failed { Reply::Close("a produce without acknowledgement failed") } else { Reply::Silence }
    }))
}

/// What is wrong with a request as a whole.
fn refusal(request: &ProduceRequest) -> Option<ResponseError> {
    if request.transactional_id.is_some() {
        return Some(ResponseError::InvalidTxnState);
    }
    (!matches!(request.acks, -1..=1)).then_some(ResponseError::InvalidRequiredAcks)
}

/// Starts all appends, in order, and hands back what waits for them.
async fn submit<T: Send + 'static>(appends: Vec<BoxFuture<'static, T>>) -> BoxFuture<'static, Vec<T>> {
    let mut all = join_all(appends).boxed();
    // An append takes its place in its partition's queue when it is first polled. Tokio would make a task that is long
    // at work wait before it does; unconstrained, the place is taken now.
    let first = std::future::poll_fn(|context| Poll::Ready(all.poll_unpin(context)));
    match tokio::task::unconstrained(first).await {
        Poll::Ready(done) => Box::pin(std::future::ready(done)),
        Poll::Pending => all,
    }
}

async fn find(call: &Call, topic: &TopicRef) -> Result<Arc<Topic>, ResponseError> {
    let cluster = call.cluster();
    match topic {
        TopicRef::Id(id) => cluster.catalog().by_id(TopicId(*id)).ok_or(ResponseError::UnknownTopicId),
        TopicRef::Name(name) => {
            let name = TopicName::new(name.as_str()).map_err(|_| ResponseError::InvalidTopicException)?;
            cluster.catalog().by_name(&name).ok_or(ResponseError::UnknownTopicOrPartition)
        }
    }
}

/// Appends to one partition; returns the place of its topic in the answer along with what came of it.
fn append(
    topic: Result<Arc<Topic>, ResponseError>,
    place: usize,
    index: i32,
    records: Bytes,
) -> BoxFuture<'static, (usize, PartitionProduced)> {
    Box::pin(async move {
        let partition = match topic.map(|topic| topic.partition(index)) {
            Err(error) => return (place, refused(index, error, None)),
            Ok(None) => return (place, refused(index, ResponseError::UnknownTopicOrPartition, None)),
            Ok(Some(Err(why))) => return (place, refused(index, ResponseError::KafkaStorageError, Some(why))),
            Ok(Some(Ok(partition))) => partition,
        };
        let produced = match partition.append(records).await {
            Ok(appended) => accepted(index, &appended),
            Err(error) => {
                if matches!(error, AppendError::ReadOnly { .. }) {
                    log_failure("appending", &error);
                }
                refused(index, append_code(&error), Some(chain(&error)))
            }
        };
        (place, produced)
    })
}

fn accepted(index: i32, appended: &Appended) -> PartitionProduced {
    PartitionProduced {
        index,
        error_code: 0,
        error_message: None,
        base_offset: appended.base_offset,
        log_append_time: appended.append_time,
        log_start_offset: appended.log_start_offset,
    }
}

fn refused(index: i32, error: ResponseError, error_message: Option<String>) -> PartitionProduced {
    PartitionProduced {
        index,
        error_code: error.code(),
        error_message,
        base_offset: -1,
        log_append_time: -1,
        log_start_offset: -1,
    }
}
