//! FindCoordinator: every group's coordinator is the one broker.

use super::{Call, text};
use crate::cluster::BROKER_ID;
use crate::error::code;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::find_coordinator_response::Coordinator;
use kafka_protocol::messages::{BrokerId, FindCoordinatorRequest, FindCoordinatorResponse};

const GROUP: i8 = 0;

pub(super) async fn handle(call: Call, request: FindCoordinatorRequest) -> FindCoordinatorResponse {
    // Transactional producers ask here first, and show their user this sentence.
    let refusal = (request.key_type != GROUP)
        .then_some((ResponseError::InvalidRequest, "this cluster coordinates consumer groups, not transactions"));
    let error_code = code(refusal.map(|(error, _)| error));
    let message = refusal.map(|(_, message)| text(message));
    let (host, port) = match refusal {
        None => (text(&call.caller.advertised.0), i32::from(call.caller.advertised.1)),
        Some(_) => (text(""), -1),
    };
    let node = BrokerId(if refusal.is_none() { BROKER_ID } else { -1 });
    if call.version() < 4 {
        return FindCoordinatorResponse::default()
            .with_error_code(error_code)
            .with_error_message(message)
            .with_node_id(node)
            .with_host(host)
            .with_port(port);
    }
    let coordinators = request.coordinator_keys.into_iter().map(|key| {
        Coordinator::default()
            .with_key(key)
            .with_error_code(error_code)
            .with_error_message(message.clone())
            .with_node_id(node)
            .with_host(host.clone())
            .with_port(port)
    });
    FindCoordinatorResponse::default().with_coordinators(coordinators.collect())
}
