//! JoinGroup.

use super::{Call, text};
use crate::error::code;
use crate::groups::{JoinRefused, JoinRequest};
use kafka_protocol::ResponseError;
use kafka_protocol::messages::join_group_response::JoinGroupResponseMember;
use kafka_protocol::messages::{JoinGroupRequest, JoinGroupResponse};
use std::time::Duration;
use uuid::Uuid;

pub(super) async fn handle(call: Call, request: JoinGroupRequest) -> JoinGroupResponse {
    let version = call.version();
    let millis = |millis: i32| Duration::from_millis(u64::try_from(millis).unwrap_or(0));
    // Version 0 has no time-out of its own for a rebalance: the session's counts (KIP-62).
    let rebalance_timeout = if version >= 1 { request.rebalance_timeout_ms } else { request.session_timeout_ms };
    let prefix = match (&request.group_instance_id, call.header.client_id.as_str()) {
        (Some(instance), _) => instance.to_string(),
        (None, "") => "member".to_owned(),
        (None, client) => client.to_owned(),
    };
    let join = JoinRequest {
        member_id: request.member_id.to_string(),
        instance_id: request.group_instance_id.map(|instance| instance.to_string()),
        client_id: call.header.client_id.clone(),
        client_host: format!("/{}", call.caller.peer.ip()),
        session_timeout: millis(request.session_timeout_ms),
        rebalance_timeout: millis(rebalance_timeout).min(call.cluster().limits.max_session_timeout),
        protocol_type: request.protocol_type.to_string(),
        protocols: request
            .protocols
            .into_iter()
            .map(|protocol| (protocol.name.to_string(), protocol.metadata))
            .collect(),
        id_first: version >= 4,
        may_skip_assignment: version >= 9,
    };
    let fresh_id = format!("{prefix}-{}", Uuid::new_v4());
    let waiting = call.cluster().groups.join(&request.group_id, &join, fresh_id);
    let reply = waiting
        .answer(&call.caller.gone)
        .await
        .unwrap_or(Err(JoinRefused { error: ResponseError::CoordinatorNotAvailable, member_id: join.member_id }));
    match reply {
        Err(JoinRefused { error, member_id }) => JoinGroupResponse::default()
            .with_error_code(code(Some(error)))
            .with_generation_id(-1)
            .with_protocol_name(if version >= 7 { None } else { Some(text("")) })
            .with_member_id(text(member_id)),
        Ok(joined) => {
            let members = joined.members.into_iter().map(|member| {
                JoinGroupResponseMember::default()
                    .with_member_id(text(member.member_id))
                    .with_group_instance_id(member.instance_id.filter(|_| version >= 5).map(text))
                    .with_metadata(member.metadata)
            });
            let response = JoinGroupResponse::default()
                .with_generation_id(joined.generation)
                .with_protocol_name(Some(text(joined.protocol.unwrap_or_default())))
                .with_leader(text(joined.leader))
                .with_member_id(text(joined.member_id))
                .with_skip_assignment(joined.skip_assignment)
                .with_members(members.collect());
            if version >= 7 { response.with_protocol_type(joined.protocol_type.map(text)) } else { response }
        }
    }
}
