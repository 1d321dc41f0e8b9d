//! Requests: one file per API key. A request is parsed, carried out against its cluster, and answered.

pub(crate) mod api;
mod api_versions;
mod create_topics;
mod delete_groups;
mod delete_topics;
mod describe_configs;
mod describe_groups;
pub(crate) mod fetch;
mod find_coordinator;
mod heartbeat;
mod init_producer_id;
mod join_group;
mod leave_group;
mod list_groups;
mod list_offsets;
mod metadata;
mod offset_commit;
mod offset_fetch;
mod offset_for_leader_epoch;
pub(crate) mod produce;
mod sync_group;

use crate::cluster::Cluster;
use crate::error::chain;
use crate::frame::header::{self, RequestHeader};
use crate::frame::reader::{Malformed, Reader};
use crate::frame::segments::Segments;
use crate::frame::shape;
use api::Api;
use bytes::{Bytes, BytesMut};
use futures::future::BoxFuture;
use kafka_protocol::protocol::{Decodable, Encodable, Request, StrBytes};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Who is at the other end of a connection.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) peer: SocketAddr,
    /// Host and port that this client should connect to.
    pub(crate) advertised: (String, u16),
    /// Ends every wait: the client is gone, or the dataplane stops.
    pub(crate) gone: CancellationToken,
}

/// One request on its way.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) caller: Arc<Caller>,
    pub(crate) header: RequestHeader,
}

/// What becomes of a request.
#[derive(Debug)]
pub(crate) enum Reply {
    Frame(Segments),
    /// Nothing is sent: the client asked for no answer.
    Silence,
    /// The connection is closed, as Kafka does where no answer can say what is wrong.
    Close(&'static str),
}

/// A request that was taken in, in its order, and is not carried out yet or not durable yet.
pub(crate) type Pending = BoxFuture<'static, Reply>;

impl Call {
    pub(crate) fn cluster(&self) -> &Arc<Cluster> {
        &self.caller.cluster
    }

    pub(crate) fn version(&self) -> i16 {
        self.header.api_version
    }
}

/// Takes a request in. Produce requests are handed to the log before this returns, so that what comes in over one
/// connection is appended in its order; everything else happens when the reply is awaited.
pub(crate) async fn start(caller: &Arc<Caller>, frame: Bytes) -> Result<Pending, Malformed> {
    let mut reader = Reader::new(frame.clone());
    let mut header = header::read_start(&mut reader)?;
    let api = api::by_key(header.api_key).ok_or(Malformed("a request that is not spoken here"))?;
    caller.cluster.metrics().request(api.key, frame.len() + 4);
    if !(api.min..=api.max).contains(&header.api_version) {
        if api.key == api::API_VERSIONS {
            let frame = api_versions::unsupported(header.correlation_id);
            return Ok(Box::pin(async { Reply::Frame(frame) }));
        }
        return Err(Malformed("a version that is not spoken here"));
    }
    let flexible = api.is_flexible(header.api_version);
    header::read_rest(&mut header, &mut reader, flexible)?;
    dispatch(api, Call { caller: caller.clone(), header }, reader.into_rest()).await
}

async fn dispatch(api: &'static Api, call: Call, body: Bytes) -> Result<Pending, Malformed> {
    match api.key {
        api::PRODUCE => produce::start(call, body).await,
        api::FETCH => fetch::start(call, body),
        api::LIST_OFFSETS => run(api, call, body, list_offsets::handle),
        api::METADATA => run(api, call, body, metadata::handle),
        api::OFFSET_COMMIT => run(api, call, body, offset_commit::handle),
        api::OFFSET_FETCH => run(api, call, body, offset_fetch::handle),
        api::FIND_COORDINATOR => run(api, call, body, find_coordinator::handle),
        api::JOIN_GROUP => run(api, call, body, join_group::handle),
        api::HEARTBEAT => run(api, call, body, heartbeat::handle),
        api::LEAVE_GROUP => run(api, call, body, leave_group::handle),
        api::SYNC_GROUP => run(api, call, body, sync_group::handle),
        api::DESCRIBE_GROUPS => run(api, call, body, describe_groups::handle),
        api::LIST_GROUPS => run(api, call, body, list_groups::handle),
        api::API_VERSIONS => run(api, call, body, api_versions::handle),
        api::CREATE_TOPICS => run(api, call, body, create_topics::handle),
        api::DELETE_TOPICS => run(api, call, body, delete_topics::handle),
        api::INIT_PRODUCER_ID => run(api, call, body, init_producer_id::handle),
        api::OFFSET_FOR_LEADER_EPOCH => run(api, call, body, offset_for_leader_epoch::handle),
        api::DESCRIBE_CONFIGS => run(api, call, body, describe_configs::handle),
        api::DELETE_GROUPS => run(api, call, body, delete_groups::handle),
        _ => Err(Malformed("a request that is not spoken here")),
    }
}

/// Carries out a request of the generated code.
fn run<Q, F>(
    api: &'static Api,
    call: Call,
    body: Bytes,
    handler: impl FnOnce(Call, Q) -> F,
) -> Result<Pending, Malformed>
where
    Q: Request,
    F: Future<Output = Q::Response> + Send + 'static,
{
    let version = call.version();
    let correlation_id = call.header.correlation_id;
    let request = decode(api, version, body)?;
    let answer = handler(call, request);
    Ok(Box::pin(async move { encode(api, version, correlation_id, &answer.await) }))
}

/// Decodes a request, its shape checked first.
pub(crate) fn decode<Q: Decodable>(api: &Api, version: i16, mut body: Bytes) -> Result<Q, Malformed> {
    shape::check(&body, api.shape, version, api.is_flexible(version))?;
    Q::decode(&mut body, version).map_err(|_| Malformed("it does not follow its schema"))
}

fn encode<R: Encodable>(api: &Api, version: i16, correlation_id: i32, response: &R) -> Reply {
    let mut body = BytesMut::new();
    if let Err(error) = response.encode(&mut body, version) {
        tracing::error!(api = api.name, version, error = %error, "a response could not be encoded");
        return Reply::Close("a response could not be encoded");
    }
    // A client that asks for versions does not know yet what this broker speaks: that answer keeps the oldest header.
    let flexible = api.is_flexible(version) && api.key != api::API_VERSIONS;
    Reply::Frame(Segments::frame(correlation_id, flexible, [body.freeze()]))
}

/// A text for the generated code.
pub(crate) fn text(text: impl AsRef<str>) -> StrBytes {
    StrBytes::from_string(text.as_ref().to_owned())
}

/// Logs what only the owner of this broker can mend.
pub(crate) fn log_failure(doing: &'static str, error: &(dyn std::error::Error + 'static)) {
    tracing::error!(doing, error = %chain(error), "a request failed");
}

#[cfg(test)]
mod tests;
