//! What librdkafka says of each record: acknowledged, surely not there, or nothing certain.

use audit::SessionLedger;
use model::{EventId, TopicName};
use rdkafka::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message as _;
use rdkafka::producer::{DeliveryResult, ProducerContext};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OwnedSemaphorePermit;

/// An event on its way.
pub(super) struct Pending {
    pub(super) id: EventId,
    /// It was sent before, and that copy may be in the log.
    pub(super) again: bool,
    /// Held until the event's fate is known: that is the limit of the queue.
    #[expect(dead_code, reason = "it is held, not read")]
    pub(super) slot: OwnedSemaphorePermit,
}

/// Books each delivery in the session's ledger.
pub(super) struct Deliveries {
    pub(super) ledger: Arc<Mutex<SessionLedger>>,
    pub(super) topic: TopicName,
}

impl ClientContext for Deliveries {
    fn error(&self, error: KafkaError, reason: &str) {
        tracing::warn!(%error, reason, topic = %self.topic, "the cluster cannot be reached as it should");
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = Box<Pending>;

    fn delivery(&self, result: &DeliveryResult<'_>, pending: Box<Pending>) {
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let booked = match result {
            Ok(message) => ledger.acknowledged(pending.id.sequence, message.partition(), message.offset()),
            Err((error, _)) if surely_absent(error) && !pending.again => ledger.failed(pending.id.sequence),
            Err(_) => ledger.timed_out(pending.id.sequence),
        };
        drop(ledger);
        if let Err((error, _)) = result {
            tracing::warn!(%error, id = %pending.id, topic = %self.topic, "an event was not acknowledged");
        }
        if let Err(error) = booked {
            tracing::warn!(%error, topic = %self.topic, "an event's fate could not be booked");
        }
    }
}

/// Whether an error says that the record is not in the log. All others, time-outs above all, leave it open.
fn surely_absent(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        error.rdkafka_error_code(),
        Some(
            Code::PurgeQueue
                | Code::MessageSizeTooLarge
                | Code::MessageBatchTooLarge
                | Code::InvalidMessage
                | Code::InvalidRecord
                | Code::InvalidTopic
                | Code::InvalidRequiredAcks
                | Code::InvalidTimestamp
                | Code::PolicyViolation
                | Code::TopicAuthorizationFailed
                | Code::ClusterAuthorizationFailed
                | Code::UnknownTopic
                | Code::UnknownPartition
                | Code::UnknownTopicOrPartition
        )
    )
}
