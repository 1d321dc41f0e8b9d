//! What a producer may be told, and what librdkafka makes of it.

use model::{ClusterName, TopicName};
use rdkafka::ClientConfig;
use std::time::Duration;

/// Where a producer writes, and its limits.
#[derive(Clone, Debug)]
pub struct ProducerSettings {
    /// The cluster, as Waybill calls it.
    pub cluster: ClusterName,
    /// The cluster's addresses, comma-separated.
    pub bootstrap: String,
    /// The one topic that it writes to.
    pub topic: TopicName,
    /// Who writes, as `departures-desk`.
    pub application: String,
    /// How many events may await their fate; `send` waits beyond it. 10,000 by default.
    pub queue_max: usize,
    /// How often the session is reported. 5 s by default.
    pub report_interval: Duration,
    /// After which an event without acknowledgement is indeterminate. 2 minutes by default, as librdkafka's.
    pub delivery_timeout: Duration,
    /// How long `close` waits for events, and then for the final report. 30 s by default.
    pub close_timeout: Duration,
    /// Further settings of librdkafka, set after all others, as `("compression.type", "zstd")`.
    pub extra: Vec<(String, String)>,
}

impl ProducerSettings {
    /// Settings with every default.
    #[must_use]
    pub fn new(
        cluster: ClusterName,
        bootstrap: impl Into<String>,
        topic: TopicName,
        application: impl Into<String>,
    ) -> Self {
        Self {
            cluster,
            bootstrap: bootstrap.into(),
            topic,
            application: application.into(),
            queue_max: 10_000,
            report_interval: Duration::from_secs(5),
            delivery_timeout: Duration::from_secs(120),
            close_timeout: Duration::from_secs(30),
            extra: Vec::new(),
        }
    }

    /// The queue's limit as the semaphore takes it.
    pub(super) fn slots(&self) -> usize {
        self.queue_max.clamp(1, 1 << 24)
    }

    /// Idempotence makes librdkafka's own retries harmless: the broker drops what it has already, and order is kept.
    pub(super) fn librdkafka(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.bootstrap)
            .set("client.id", &self.application)
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("compression.type", "lz4")
            .set("linger.ms", "20")
            .set("message.timeout.ms", self.delivery_timeout.as_millis().max(1).to_string())
            .set("queue.buffering.max.messages", self.slots().saturating_mul(2).to_string());
        for (name, value) in &self.extra {
            config.set(name, value);
        }
        config
    }
}
