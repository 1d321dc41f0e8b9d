//! Which topics there are, and who leads their partitions.

use super::{Client, ClientError, refused};
use crate::frame::reader::{Malformed, Reader};
use crate::frame::writer;
use crate::requests::api;
use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::ResponseError;
use model::{TopicId, TopicName};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// The first version that is flexible.
const FLEXIBLE: i16 = 9;

/// A topic of another cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicMetadata {
    /// Its id; nil in a cluster that is too old to have any.
    pub id: TopicId,
    /// How many partitions it has.
    pub partitions: i32,
}

/// What is known of one topic.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) since: Instant,
    topic: Found,
}

/// Who answers for a partition.
#[derive(Clone, Debug)]
pub(super) struct Leader {
    pub(super) broker: String,
    pub(super) topic_id: Option<TopicId>,
}

/// The answer to a Metadata request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    cluster_id: Option<String>,
    topics: Vec<Found>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    error_code: i16,
    name: Option<String>,
    id: Uuid,
    /// Host and port of each partition's leader, where it has one.
    leaders: BTreeMap<i32, Option<String>>,
}

impl Client {
    /// A topic; `None` when the cluster has none of this name. It is never made by asking.
    ///
    /// # Errors
    /// When no broker could be asked.
    pub async fn topic(&self, topic: &TopicName) -> Result<Option<TopicMetadata>, ClientError> {
        self.shared.forget_topic(topic);
        let Some(found) = self.find(topic).await? else { return Ok(None) };
        let partitions = i32::try_from(found.leaders.len()).unwrap_or(i32::MAX);
        Ok(Some(TopicMetadata { id: TopicId(found.id), partitions }))
    }

    /// The cluster's id, where it has one.
    ///
    /// # Errors
    /// When no broker could be asked.
    pub async fn cluster_id(&self) -> Result<Option<String>, ClientError> {
        Ok(self.metadata(None).await?.cluster_id)
    }

    pub(super) async fn leader(&self, topic: &TopicName, partition: i32) -> Result<Leader, ClientError> {
        let unknown = || ClientError::UnknownTopic { topic: topic.clone(), partition };
        let found = self.find(topic).await?.ok_or_else(unknown)?;
        match found.leaders.get(&partition) {
            None => Err(unknown()),
            Some(None) => {
                self.shared.forget_topic(topic);
                Err(ClientError::Refused { doing: "finding a leader", code: ResponseError::LeaderNotAvailable })
            }
            Some(Some(broker)) => {
                let topic_id = (!found.id.is_nil()).then_some(TopicId(found.id));
                Ok(Leader { broker: broker.clone(), topic_id })
            }
        }
    }

    async fn find(&self, topic: &TopicName) -> Result<Option<Found>, ClientError> {
        if let Some(known) = self.shared.known(topic) {
            return Ok(Some(known.topic));
        }
        let answer = self.metadata(Some(topic)).await?;
        let found = answer.topics.into_iter().find(|found| found.name.as_deref() == Some(topic.as_str()));
        let Some(found) = found else { return Ok(None) };
        match ResponseError::try_from_code(found.error_code) {
            Some(ResponseError::UnknownTopicOrPartition) => return Ok(None),
            Some(ResponseError::LeaderNotAvailable) | None => {}
            Some(_) => refused("describing a topic", found.error_code)?,
        }
        if found.leaders.values().all(Option::is_some) {
            self.shared.remember(topic, Known { since: Instant::now(), topic: found.clone() });
        }
        Ok(Some(found))
    }

    /// Asks the first broker that answers; of no topic when none is named.
    async fn metadata(&self, topic: Option<&TopicName>) -> Result<Answer, ClientError> {
        let mut last = ClientError::Away { broker: String::new(), reason: "no broker is named".to_owned() };
        for broker in &self.shared.bootstrap {
            match self.metadata_from(broker, topic).await {
                Ok(answer) => return Ok(answer),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn metadata_from(&self, broker: &str, topic: Option<&TopicName>) -> Result<Answer, ClientError> {
        let mut connection = self.shared.connection(broker).await?;
        let version = connection.version(api::METADATA, "Metadata", (4, 12))?;
        let body = connection.ask(api::METADATA, version, request(topic, version), Duration::ZERO).await?;
        let answer = read(body, version).map_err(|source| connection.malformed(source))?;
        self.shared.give_back(connection);
        Ok(answer)
    }
}

fn request(topic: Option<&TopicName>, version: i16) -> Bytes {
    let flexible = version >= FLEXIBLE;
    let mut out = BytesMut::new();
    writer::count(&mut out, flexible, usize::from(topic.is_some()));
    if let Some(topic) = topic {
        if version >= 10 {
            out.put_slice(Uuid::nil().as_bytes());
        }
        writer::text(&mut out, flexible, Some(topic.as_str()));
        writer::no_tags(&mut out, flexible);
    }
    out.put_u8(0); // no topic is made
    if version >= 8 {
        out.put_u8(0); // nor is it asked what we may do
    }
    if (8..=10).contains(&version) {
        out.put_u8(0);
    }
    writer::no_tags(&mut out, flexible);
    out.freeze()
}

pub(super) fn read(body: Bytes, version: i16) -> Result<Answer, Malformed> {
    let flexible = version >= FLEXIBLE;
    let mut reader = Reader::new(body);
    reader.i32()?; // throttle time
    let mut brokers = BTreeMap::new();
    for _ in 0..reader.count(flexible, 10)? {
        let (id, host, port) = (reader.i32()?, reader.text(flexible)?, reader.i32()?);
        reader.nullable_text(flexible)?; // rack
        reader.skip_tags(flexible)?;
        brokers.insert(id, if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") });
    }
    let cluster_id = reader.nullable_text(flexible)?.map(|id| String::from_utf8_lossy(&id).into_owned());
    reader.i32()?; // controller
    let count = reader.count(flexible, 6)?;
    let mut topics = Vec::with_capacity(count);
    for _ in 0..count {
        topics.push(read_topic(&mut reader, version, &brokers)?);
    }
    if (8..=10).contains(&version) {
        reader.i32()?; // what we may do
    }
    reader.skip_tags(flexible)?;
    Ok(Answer { cluster_id, topics })
}

fn read_topic(reader: &mut Reader, version: i16, brokers: &BTreeMap<i32, String>) -> Result<Found, Malformed> {
    let flexible = version >= FLEXIBLE;
    let error_code = reader.i16()?;
    let name = reader.nullable_text(flexible)?.map(|name| String::from_utf8_lossy(&name).into_owned());
    let id = if version >= 10 { reader.uuid()? } else { Uuid::nil() };
    reader.i8()?; // internal
    let mut leaders = BTreeMap::new();
    for _ in 0..reader.count(flexible, 10)? {
        reader.i16()?; // a partition without a leader says so by the leader's id
        let (index, leader) = (reader.i32()?, reader.i32()?);
        if version >= 7 {
            reader.i32()?; // leader epoch
        }
        let lists = if version >= 5 { 3 } else { 2 }; // replicas, those in sync, those offline
        for _ in 0..lists {
            let brokers = reader.count(flexible, 4)?;
            reader.take(brokers * 4)?;
        }
        reader.skip_tags(flexible)?;
        leaders.insert(index, brokers.get(&leader).cloned());
    }
    if version >= 8 {
        reader.i32()?; // what we may do
    }
    reader.skip_tags(flexible)?;
    Ok(Found { error_code, name, id, leaders })
}
