//! Where a partition begins and ends.

use super::{Client, ClientError, refused};
use crate::frame::reader::{Malformed, Reader};
use crate::frame::writer;
use crate::requests::api;
use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::ResponseError;
use model::{Timestamp, TopicName};
use std::time::Duration;

/// The first version that is flexible.
const FLEXIBLE: i16 = 6;

impl Client {
    /// The first offset that is still there.
    ///
    /// # Errors
    /// When the partition is not there, or no answer could be had.
    pub async fn earliest(&self, topic: &TopicName, partition: i32) -> Result<i64, ClientError> {
        self.offset(topic, partition, -2).await
    }

    /// The last stable offset: the end of what this client fetches.
    ///
    /// # Errors
    /// When the partition is not there, or no answer could be had.
    pub async fn latest(&self, topic: &TopicName, partition: i32) -> Result<i64, ClientError> {
        self.offset(topic, partition, -1).await
    }

    /// The first offset whose record has this time or a later one; `None` when there is none.
    ///
    /// # Errors
    /// When the partition is not there, or no answer could be had.
    pub async fn offset_at(
        &self,
        topic: &TopicName,
        partition: i32,
        at: Timestamp,
    ) -> Result<Option<i64>, ClientError> {
        Ok(Some(self.offset(topic, partition, at.0.max(0)).await?).filter(|offset| *offset >= 0))
    }

    async fn offset(&self, topic: &TopicName, partition: i32, timestamp: i64) -> Result<i64, ClientError> {
        let leader = self.leader(topic, partition).await?;
        let result = self.offset_from(&leader.broker, topic, partition, timestamp).await;
        if result.is_err() {
            self.shared.forget(topic);
        }
        result
    }

    async fn offset_from(
        &self,
        broker: &str,
        topic: &TopicName,
        partition: i32,
        timestamp: i64,
    ) -> Result<i64, ClientError> {
        let mut connection = self.shared.connection(broker).await?;
        let version = connection.version(api::LIST_OFFSETS, "ListOffsets", (2, 7))?;
        let body = request(topic, partition, timestamp, version);
        let body = connection.ask(api::LIST_OFFSETS, version, body, Duration::ZERO).await?;
        let (error_code, offset) = read(body, version, partition).map_err(|source| connection.malformed(source))?;
        self.shared.give_back(connection);
        match ResponseError::try_from_code(error_code) {
            Some(ResponseError::UnknownTopicOrPartition) => {
                Err(ClientError::UnknownTopic { topic: topic.clone(), partition })
            }
            _ => refused("looking for an offset", error_code).map(|()| offset),
        }
    }
}

fn request(topic: &TopicName, partition: i32, timestamp: i64, version: i16) -> Bytes {
    let flexible = version >= FLEXIBLE;
    let mut out = BytesMut::new();
    out.put_i32(-1);
    out.put_i8(1); // committed data only
    writer::count(&mut out, flexible, 1);
    writer::text(&mut out, flexible, Some(topic.as_str()));
    writer::count(&mut out, flexible, 1);
    out.put_i32(partition);
    if version >= 4 {
        out.put_i32(-1); // the leader's epoch is not known
    }
    out.put_i64(timestamp);
    for _ in 0..3 {
        writer::no_tags(&mut out, flexible);
    }
    out.freeze()
}

/// The error code and the offset of a partition.
pub(super) fn read(body: Bytes, version: i16, partition: i32) -> Result<(i16, i64), Malformed> {
    let flexible = version >= FLEXIBLE;
    let mut reader = Reader::new(body);
    reader.i32()?; // throttle time
    let mut found = None;
    for _ in 0..reader.count(flexible, 6)? {
        reader.text(flexible)?;
        for _ in 0..reader.count(flexible, 22)? {
            let (index, error_code) = (reader.i32()?, reader.i16()?);
            let (_timestamp, offset) = (reader.i64()?, reader.i64()?);
            if version >= 4 {
                reader.i32()?; // leader epoch
            }
            reader.skip_tags(flexible)?;
            if index == partition {
                found = Some((error_code, offset));
            }
        }
        reader.skip_tags(flexible)?;
    }
    found.ok_or(Malformed("it is about another partition"))
}
