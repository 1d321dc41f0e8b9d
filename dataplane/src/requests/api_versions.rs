//! ApiVersions: what is spoken here.

use super::Call;
use super::api::APIS;
use crate::frame::segments::Segments;
use bytes::BytesMut;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::api_versions_response::ApiVersion;
use kafka_protocol::messages::{ApiVersionsRequest, ApiVersionsResponse};
use kafka_protocol::protocol::Encodable;

pub(super) async fn handle(_call: Call, _request: ApiVersionsRequest) -> ApiVersionsResponse {
    spoken()
}

fn spoken() -> ApiVersionsResponse {
    let versions = APIS
        .iter()
        .map(|api| ApiVersion::default().with_api_key(api.key).with_min_version(api.min).with_max_version(api.max))
        .collect();
    ApiVersionsResponse::default().with_api_keys(versions)
}

/// The answer to a version from the future: in the oldest form, which every client reads, with the error and with what
/// is spoken, so that the client can ask again.
pub(super) fn unsupported(correlation_id: i32) -> Segments {
    let mut body = BytesMut::new();
    let response = spoken().with_error_code(ResponseError::UnsupportedVersion.code());
    response.encode(&mut body, 0).expect("version 0 holds nothing that could not be encoded");
    Segments::frame(correlation_id, false, [body.freeze()])
}
