//! A producer that names each event, counts what became of it, and reports it.
//!
//! A producer writes to one topic of one cluster; its life is one session. Every event carries an id, session and number, in
//! a header. The session's report says which events the cluster acknowledged, which it surely does not have, and which may
//! be there or not: those in flight, and those that timed out. Reports are cumulative and numbered, so one that is lost is
//! made up for by the next; only [`Producer::close`] makes the final one.

mod delivery;
mod reporting;
mod settings;

pub use reporting::CloseError;
pub use settings::ProducerSettings;

use crate::client::{Client, ClientError};
use crate::sessions::AuditPlan;
use audit::session::LedgerError;
use audit::{ProducerReport, Record, SessionLedger};
use delivery::{Deliveries, Pending};
use model::{EVENT_ID_HEADER, EventId, SessionId, Timestamp};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer as _, PurgeConfig, ThreadedProducer};
use reporting::Reporter;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long to wait before a record is offered again to a library whose own queue is full.
const QUEUE_RETRY: Duration = Duration::from_millis(10);

/// One event to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// Events of one key stay in order, in one partition.
    pub key: Option<&'a [u8]>,
    /// The encoded value; see [`crate::AvroEncoder::encode`].
    pub value: Option<&'a [u8]>,
    /// When it happened.
    pub time: Timestamp,
}

impl<'a> Event<'a> {
    /// As it is counted; its offset and id are not known yet.
    fn record(&self) -> Record<'a> {
        let Self { key, value, time } = *self;
        Record { offset: 0, origin_offset: None, timestamp: time, key, value, event_id: None }
    }
}

/// Why an event was not taken, or a producer could not start.
#[derive(Debug, thiserror::Error)]
pub enum ProducerError {
    /// The server did not say how to count.
    #[error("the server did not say how events are counted")]
    Plan(#[source] ClientError),
    /// The machine gave no random session.
    #[error("no random number for the session could be drawn: {0}")]
    Random(getrandom::Error),
    /// librdkafka refused its settings.
    #[error("the producer for {place} could not be made")]
    Settings {
        /// Topic and cluster.
        place: String,
        /// Why not.
        source: KafkaError,
    },
    /// The event cannot be counted, and so is not sent.
    #[error("an event cannot be counted")]
    Uncounted(#[source] LedgerError),
    /// librdkafka did not take an event. It is booked as failed.
    #[error("event {id} for {topic} was not taken")]
    NotTaken {
        /// The event.
        id: EventId,
        /// Where it was to be written.
        topic: String,
        /// Why not.
        source: KafkaError,
    },
    /// The producer is being closed.
    #[error("the producer for {topic} is closed")]
    Closed {
        /// Where it wrote.
        topic: String,
    },
}

/// What became of a session's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The session.
    pub session: SessionId,
    /// Events that the cluster has.
    pub acknowledged: u64,
    /// Events that the cluster surely does not have.
    pub failed: u64,
    /// Events that timed out or are in flight.
    pub indeterminate: u64,
}

impl Summary {
    fn of(report: &ProducerReport) -> Self {
        let ProducerReport { session, acknowledged, failed, indeterminate, .. } = *report;
        Self { session, acknowledged, failed, indeterminate }
    }
}

/// Writes events to one topic. Shared by reference; `send` may be called by many tasks at once.
pub struct Producer {
    settings: ProducerSettings,
    session: SessionId,
    ledger: Arc<Mutex<SessionLedger>>,
    kafka: ThreadedProducer<Deliveries>,
    slots: Arc<Semaphore>,
    reporter: Reporter,
}

impl fmt::Debug for Producer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producer").field("session", &self.session).field("settings", &self.settings).finish()
    }
}

impl Producer {
    /// Asks the server how to count, draws a session and begins to report at intervals. The cluster itself is reached with
    /// the first event.
    ///
    /// # Errors
    /// When the server does not say how to count, or librdkafka does not take the settings.
    pub async fn start(settings: ProducerSettings, client: Client) -> Result<Self, ProducerError> {
        let plan = client.audit_plan().await.map_err(ProducerError::Plan)?;
        let session = SessionId(getrandom::u64().map_err(ProducerError::Random)?);
        Self::with_session(settings, client, plan, session)
    }

    /// As [`Producer::start`], with the session and the plan given. A session must never be used twice.
    ///
    /// # Errors
    /// When librdkafka does not take the settings.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn with_session(
        settings: ProducerSettings,
        client: Client,
        plan: AuditPlan,
        session: SessionId,
    ) -> Result<Self, ProducerError> {
        let AuditPlan { plan, keys } = plan;
        let (cluster, topic) = (settings.cluster.clone(), settings.topic.clone());
        let ledger = Arc::new(Mutex::new(SessionLedger::new(session, cluster, topic, plan, keys)));
        let deliveries = Deliveries { ledger: ledger.clone(), topic: settings.topic.clone() };
        let kafka = settings.librdkafka().create_with_context(deliveries).map_err(|source| {
            ProducerError::Settings { place: format!("{} on {}", settings.topic, settings.bootstrap), source }
        })?;
        let reporter = Reporter::start(client, settings.clone(), ledger.clone());
        let slots = Arc::new(Semaphore::new(settings.slots()));
        Ok(Self { settings, session, ledger, kafka, slots, reporter })
    }

    /// This run of this producer.
    #[must_use]
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// Hands an event to the library; waits while [`ProducerSettings::queue_max`] events await their fate. What becomes of
    /// it is booked and reported; [`Producer::flush`] waits for it.
    ///
    /// # Errors
    /// When the producer is closed, or the library refuses the event, as one that is too large.
    pub async fn send(&self, event: Event<'_>) -> Result<EventId, ProducerError> {
        let slot = self.slot().await?;
        let id = self.ledger().send(&event.record()).map_err(ProducerError::Uncounted)?;
        self.hand_over(id, event, false, slot).await
    }

    /// Sends an event again under the id that it had: after it failed, or when its fate stayed unknown, never one that was
    /// acknowledged. If the first copy arrived after all, the log then has two of one id, which is found and named. If this
    /// copy fails, the event is indeterminate, for the first may have arrived.
    ///
    /// # Errors
    /// As [`Producer::send`].
    pub async fn resend(&self, sequence: u64, event: Event<'_>) -> Result<EventId, ProducerError> {
        let slot = self.slot().await?;
        let id = self.ledger().send_as(sequence, &event.record()).map_err(ProducerError::Uncounted)?;
        self.hand_over(id, event, true, slot).await
    }

    /// Waits until the fate of all events sent so far is known or has been given up.
    pub async fn flush(&self) {
        // All slots are free when nothing is in flight; a closed semaphore means that close() waits already.
        let all = u32::try_from(self.settings.slots()).unwrap_or(u32::MAX);
        drop(self.slots.acquire_many(all).await);
    }

    /// Waits for all events, makes the final report and hands it in. Events that are in flight after
    /// [`ProducerSettings::close_timeout`] are given up: what never left the queue is failed, the rest indeterminate.
    ///
    /// # Errors
    /// When the final report could not be handed in within the same time again; the error holds it.
    pub async fn close(self) -> Result<Summary, CloseError> {
        if tokio::time::timeout(self.settings.close_timeout, self.flush()).await.is_err() {
            self.kafka.purge(PurgeConfig::default().queue().inflight());
            self.flush().await;
        }
        self.slots.close();
        self.reporter.finish().await
    }

    async fn slot(&self) -> Result<OwnedSemaphorePermit, ProducerError> {
        let closed = |_| ProducerError::Closed { topic: self.settings.topic.to_string() };
        self.slots.clone().acquire_owned().await.map_err(closed)
    }

    async fn hand_over(
        &self,
        id: EventId,
        event: Event<'_>,
        again: bool,
        slot: OwnedSemaphorePermit,
    ) -> Result<EventId, ProducerError> {
        let topic = self.settings.topic.as_str();
        let bytes = id.to_bytes();
        let headers = OwnedHeaders::new().insert(Header { key: EVENT_ID_HEADER, value: Some(&bytes) });
        let pending = Pending { id, again, slot };
        let mut record = BaseRecord::<[u8], [u8], _>::with_opaque_to(topic, Box::new(pending));
        record = record.timestamp(event.time.0).headers(headers);
        record.key = event.key;
        record.payload = event.value;
        loop {
            match self.kafka.send(record) {
                Ok(()) => return Ok(id),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), refused)) => {
                    record = refused;
                    tokio::time::sleep(QUEUE_RETRY).await;
                }
                Err((source, _)) => {
                    let mut ledger = self.ledger();
                    let booked = if again { ledger.timed_out(id.sequence) } else { ledger.failed(id.sequence) };
                    if let Err(error) = booked {
                        tracing::error!(%error, topic, "an event that was not taken could not be booked");
                    }
                    return Err(ProducerError::NotTaken { id, topic: topic.to_owned(), source });
                }
            }
        }
    }

    fn ledger(&self) -> std::sync::MutexGuard<'_, SessionLedger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
