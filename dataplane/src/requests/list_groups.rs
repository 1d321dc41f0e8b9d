//! ListGroups.

use super::{Call, text};
use kafka_protocol::messages::list_groups_response::ListedGroup;
use kafka_protocol::messages::{ListGroupsRequest, ListGroupsResponse};
use kafka_protocol::protocol::StrBytes;

pub(super) async fn handle(call: Call, request: ListGroupsRequest) -> ListGroupsResponse {
    let version = call.version();
    let wanted = |filter: &[StrBytes], have: &str| {
        filter.is_empty() || filter.iter().any(|wanted| wanted.eq_ignore_ascii_case(have))
    };
    if !wanted(&request.types_filter, "classic") {
        return ListGroupsResponse::default();
    }
    let groups = call.cluster().groups.list();
    let groups = groups.into_iter().filter(|(_, _, state)| wanted(&request.states_filter, state));
    let groups = groups.map(|(name, protocol_type, state)| {
        let group = ListedGroup::default().with_group_id(text(name).into()).with_protocol_type(text(protocol_type));
        let group = if version >= 4 { group.with_group_state(text(state)) } else { group };
        if version >= 5 { group.with_group_type(text("classic")) } else { group }
    });
    ListGroupsResponse::default().with_groups(groups.collect())
}
