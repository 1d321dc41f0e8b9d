//! LeaveGroup.

use super::Call;
use crate::error::code;
use kafka_protocol::messages::leave_group_response::MemberResponse;
use kafka_protocol::messages::{LeaveGroupRequest, LeaveGroupResponse};

pub(super) async fn handle(call: Call, request: LeaveGroupRequest) -> LeaveGroupResponse {
    let groups = &call.cluster().groups;
    if call.version() < 3 {
        let left = groups.leave(&request.group_id, &request.member_id, None);
        return LeaveGroupResponse::default().with_error_code(code(left.err()));
    }
    let members = request.members.into_iter().map(|member| {
        let left = groups.leave(&request.group_id, &member.member_id, member.group_instance_id.as_deref());
        MemberResponse::default()
            .with_member_id(member.member_id)
            .with_group_instance_id(member.group_instance_id)
            .with_error_code(code(left.err()))
    });
    LeaveGroupResponse::default().with_members(members.collect())
}
