//! DeleteGroups.

use super::Call;
use crate::error::code;
use kafka_protocol::messages::delete_groups_response::DeletableGroupResult;
use kafka_protocol::messages::{DeleteGroupsRequest, DeleteGroupsResponse};

pub(super) async fn handle(call: Call, request: DeleteGroupsRequest) -> DeleteGroupsResponse {
    let mut results = Vec::with_capacity(request.groups_names.len());
    for name in request.groups_names {
        let deleted = call.cluster().groups.delete(&name).await;
        results.push(DeletableGroupResult::default().with_group_id(name).with_error_code(code(deleted.err())));
    }
    DeleteGroupsResponse::default().with_results(results)
}
