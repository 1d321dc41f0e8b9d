//! SyncGroup.

use super::{Call, text};
use kafka_protocol::ResponseError;
use kafka_protocol::messages::{SyncGroupRequest, SyncGroupResponse};

pub(super) async fn handle(call: Call, request: SyncGroupRequest) -> SyncGroupResponse {
    let assignments =
        request.assignments.into_iter().map(|assigned| (assigned.member_id.to_string(), assigned.assignment)).collect();
    let instance_id = request.group_instance_id.as_deref();
    let member = (request.member_id.as_str(), instance_id, request.generation_id);
    let waiting = call.cluster().groups.sync(&request.group_id, member, assignments);
    let reply = waiting.answer(&call.caller.gone).await.unwrap_or(Err(ResponseError::CoordinatorNotAvailable));
    let differs = |asked: &Option<_>, have: &Option<String>| {
        asked.as_ref().is_some_and(|asked: &kafka_protocol::protocol::StrBytes| Some(asked.as_str()) != have.as_deref())
    };
    match reply {
        Err(error) => SyncGroupResponse::default().with_error_code(error.code()),
        Ok(synced)
            if differs(&request.protocol_type, &synced.protocol_type)
                || differs(&request.protocol_name, &synced.protocol) =>
        {
            SyncGroupResponse::default().with_error_code(ResponseError::InconsistentGroupProtocol.code())
        }
        Ok(synced) => {
            let response = SyncGroupResponse::default().with_assignment(synced.assignment);
            if call.version() < 5 {
                return response;
            }
            response.with_protocol_type(synced.protocol_type.map(text)).with_protocol_name(synced.protocol.map(text))
        }
    }
}
