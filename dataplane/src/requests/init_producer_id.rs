//! InitProducerId, for idempotent producers.

use super::{Call, log_failure};
use crate::cluster::blocking;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::{InitProducerIdRequest, InitProducerIdResponse, ProducerId};

pub(super) async fn handle(call: Call, request: InitProducerIdRequest) -> InitProducerIdResponse {
    let refused = |error: ResponseError| {
        InitProducerIdResponse::default()
            .with_error_code(error.code())
            .with_producer_id(ProducerId(-1))
            .with_producer_epoch(-1)
    };
    if request.transactional_id.is_some() {
        return refused(ResponseError::InvalidRequest);
    }
    // A producer that lost track of its sequence (KIP-360) gets a new id like any other, as from Kafka.
    let catalog = call.cluster().catalog().clone();
    match blocking(move || catalog.allocate_producer_id()).await {
        Ok(id) => InitProducerIdResponse::default().with_producer_id(ProducerId(id)).with_producer_epoch(0),
        Err(error) => {
            log_failure("allocating a producer id", &error);
            refused(ResponseError::CoordinatorNotAvailable)
        }
    }
}
