//! One connection to one broker.

use super::{ClientError, ClientLimits};
use crate::frame::header::{self, RequestHeader};
use crate::frame::reader::{Malformed, Reader};
use crate::frame::{FrameError, read_body, read_length};
use crate::requests::api;
use bytes::{Buf, BufMut, Bytes, BytesMut};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

#[derive(Debug)]
pub(super) struct Connection {
    pub(super) broker: String,
    stream: BufReader<TcpStream>,
    client_id: String,
    correlation_id: i32,
    request_timeout: Duration,
    frame_bytes: usize,
    /// What the broker speaks: lowest and highest version by key.
    versions: BTreeMap<i16, (i16, i16)>,
}

impl Connection {
    /// Connects, and asks what is spoken there.
    pub(super) async fn open(broker: &str, limits: &ClientLimits) -> Result<Self, ClientError> {
        let away = |error: std::io::Error| ClientError::Away { broker: broker.to_owned(), reason: error.to_string() };
        let stream = timeout(limits.connect_timeout, TcpStream::connect(broker))
            .await
            .map_err(|_| ClientError::TimedOut { broker: broker.to_owned() })?
            .map_err(away)?;
        stream.set_nodelay(true).map_err(away)?;
        let mut connection = Self {
            broker: broker.to_owned(),
            stream: BufReader::new(stream),
            client_id: limits.client_id.clone(),
            correlation_id: 0,
            request_timeout: limits.request_timeout,
            frame_bytes: limits.frame_bytes,
            versions: BTreeMap::new(),
        };
        // Version 0 is spoken by every broker, and its answer has no field that could surprise.
        let body = connection.ask(api::API_VERSIONS, 0, Bytes::new(), Duration::ZERO).await?;
        connection.versions = versions(body).map_err(|source| connection.malformed(source))?;
        Ok(connection)
    }

    /// The highest version of a request that both ends speak.
    pub(super) fn version(&self, key: i16, request: &'static str, ours: (i16, i16)) -> Result<i16, ClientError> {
        let none = || ClientError::NoCommonVersion { broker: self.broker.clone(), request };
        let (lowest, highest) = self.versions.get(&key).ok_or_else(none)?;
        let version = ours.1.min(*highest);
        if version < ours.0.max(*lowest) { Err(none()) } else { Ok(version) }
    }

    /// Sends a request and waits for the body of its answer, `wait` longer than for any other. A connection on which
    /// this failed, or was given up, must not be used again.
    pub(super) async fn ask(
        &mut self,
        key: i16,
        version: i16,
        body: Bytes,
        wait: Duration,
    ) -> Result<Bytes, ClientError> {
        let limit = self.request_timeout.saturating_add(wait);
        let broker = self.broker.clone();
        let answer = timeout(limit, self.exchange(key, version, body)).await;
        answer.map_err(|_| ClientError::TimedOut { broker })?
    }

    async fn exchange(&mut self, key: i16, version: i16, body: Bytes) -> Result<Bytes, ClientError> {
        self.correlation_id = self.correlation_id.wrapping_add(1);
        let flexible = api::by_key(key).is_some_and(|api| api.is_flexible(version));
        let header = RequestHeader {
            api_key: key,
            api_version: version,
            correlation_id: self.correlation_id,
            client_id: self.client_id.clone(),
        };
        let header = header::write(&header, flexible);
        let mut frame = BytesMut::with_capacity(4 + header.len() + body.len());
        frame.put_i32(i32::try_from(header.len() + body.len()).unwrap_or(i32::MAX));
        frame.put_slice(&header);
        frame.put_slice(&body);
        self.stream.write_all(&frame).await.map_err(|error| self.away(&error))?;
        let length = read_length(&mut self.stream, self.frame_bytes).await.map_err(|error| self.frame(&error))?;
        let length = length.ok_or_else(|| self.away(&std::io::ErrorKind::UnexpectedEof.into()))?;
        let mut answer = read_body(&mut self.stream, length, &[]).await.map_err(|error| self.frame(&error))?;
        if answer.remaining() < 4 || answer.get_i32() != self.correlation_id {
            return Err(self.malformed(Malformed("it answers another request")));
        }
        let mut reader = Reader::new(answer);
        // The answer to ApiVersions keeps the oldest header in every version.
        let tagged = flexible && key != api::API_VERSIONS;
        reader.skip_tags(tagged).map_err(|source| self.malformed(source))?;
        Ok(reader.into_rest())
    }

    pub(super) fn malformed(&self, source: Malformed) -> ClientError {
        ClientError::Malformed { broker: self.broker.clone(), source }
    }

    fn away(&self, error: &std::io::Error) -> ClientError {
        ClientError::Away { broker: self.broker.clone(), reason: error.to_string() }
    }

    fn frame(&self, error: &FrameError) -> ClientError {
        ClientError::Away { broker: self.broker.clone(), reason: crate::error::chain(error) }
    }
}

/// Reads the answer to ApiVersions 0.
pub(super) fn versions(body: Bytes) -> Result<BTreeMap<i16, (i16, i16)>, Malformed> {
    let mut reader = Reader::new(body);
    if reader.i16()? != 0 {
        return Err(Malformed("the versions spoken are not told"));
    }
    let mut versions = BTreeMap::new();
    for _ in 0..reader.count(false, 6)? {
        versions.insert(reader.i16()?, (reader.i16()?, reader.i16()?));
    }
    Ok(versions)
}
