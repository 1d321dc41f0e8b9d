//! DescribeGroups.

use super::{Call, text};
use kafka_protocol::ResponseError;
use kafka_protocol::messages::describe_groups_response::{DescribedGroup, DescribedGroupMember};
use kafka_protocol::messages::{DescribeGroupsRequest, DescribeGroupsResponse, GroupId};
use std::collections::BTreeSet;

pub(super) async fn handle(call: Call, request: DescribeGroupsRequest) -> DescribeGroupsResponse {
    let names: BTreeSet<GroupId> = request.groups.into_iter().collect();
    DescribeGroupsResponse::default().with_groups(names.into_iter().map(|name| describe(&call, name)).collect())
}

fn describe(call: &Call, name: GroupId) -> DescribedGroup {
    let version = call.version();
    let described = DescribedGroup::default();
    let Some(group) = call.cluster().groups.describe(&name) else {
        // Before version 6 there was no word for a group that is not there but "dead".
        let described = described.with_group_state(text("Dead")).with_group_id(name);
        return if version < 6 {
            described
        } else {
            described
                .with_error_code(ResponseError::GroupIdNotFound.code())
                .with_error_message(Some(text("there is no such group")))
        };
    };
    let members = group.members.into_iter().map(|member| {
        DescribedGroupMember::default()
            .with_member_id(text(member.id))
            .with_group_instance_id(member.instance_id.filter(|_| version >= 4).map(text))
            .with_client_id(text(member.client_id))
            .with_client_host(text(member.client_host))
            .with_member_metadata(member.metadata)
            .with_member_assignment(member.assignment)
    });
    described
        .with_group_id(name)
        .with_group_state(text(group.state))
        .with_protocol_type(text(group.protocol_type))
        .with_protocol_data(text(group.protocol))
        .with_members(members.collect())
}
