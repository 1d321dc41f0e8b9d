//! Heartbeat.

use super::Call;
use crate::error::code;
use kafka_protocol::messages::{HeartbeatRequest, HeartbeatResponse};

pub(super) async fn handle(call: Call, request: HeartbeatRequest) -> HeartbeatResponse {
    let member = (request.member_id.as_str(), request.group_instance_id.as_deref(), request.generation_id);
    let beaten = call.cluster().groups.heartbeat(&request.group_id, member);
    HeartbeatResponse::default().with_error_code(code(beaten.err()))
}
