//! What the road counts about itself; rendered by who composes the process.

use crate::requests::api::APIS;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of one cluster since the process started.
#[derive(Debug)]
pub struct Metrics {
    /// Connections accepted.
    connections_accepted: AtomicU64,
    /// Connections closed, of those accepted.
    connections_closed: AtomicU64,
    /// Connections refused because of the limit.
    connections_refused: AtomicU64,
    /// Connections closed because of what they sent.
    connections_hostile: AtomicU64,
    /// Bytes of request frames.
    bytes_in: AtomicU64,
    /// Bytes of response frames.
    bytes_out: AtomicU64,
    requests: Vec<AtomicU64>,
}

/// One number with its name and, for a count of requests, the request's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// As Prometheus wants it, without a prefix; a name in `_total` only rises.
    pub name: &'static str,
    /// One line for people.
    pub help: &'static str,
    /// The request's name where the number is one of several.
    pub api: Option<&'static str>,
    /// The number.
    pub value: u64,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            connections_accepted: AtomicU64::default(),
            connections_closed: AtomicU64::default(),
            connections_refused: AtomicU64::default(),
            connections_hostile: AtomicU64::default(),
            bytes_in: AtomicU64::default(),
            bytes_out: AtomicU64::default(),
            requests: APIS.iter().map(|_| AtomicU64::default()).collect(),
        }
    }
}

fn add(counter: &AtomicU64, value: usize) {
    counter.fetch_add(u64::try_from(value).unwrap_or(u64::MAX), Ordering::Relaxed);
}

impl Metrics {
    pub(crate) fn accepted(&self) {
        add(&self.connections_accepted, 1);
    }

    pub(crate) fn closed(&self) {
        add(&self.connections_closed, 1);
    }

    pub(crate) fn refused(&self) {
        add(&self.connections_refused, 1);
    }

    pub(crate) fn hostile(&self) {
        add(&self.connections_hostile, 1);
    }

    pub(crate) fn request(&self, key: i16, bytes: usize) {
        add(&self.bytes_in, bytes);
        if let Some(index) = APIS.iter().position(|api| api.key == key) {
            add(&self.requests[index], 1);
        }
    }

    pub(crate) fn response(&self, bytes: usize) {
        add(&self.bytes_out, bytes);
    }

    /// Connections that are open now.
    #[must_use]
    pub fn open_connections(&self) -> u64 {
        let accepted = self.connections_accepted.load(Ordering::Relaxed);
        accepted.saturating_sub(self.connections_closed.load(Ordering::Relaxed))
    }

    /// All numbers, as they are now.
    #[must_use]
    pub fn samples(&self) -> Vec<Sample> {
        let plain = |name, help, value| Sample { name, help, api: None, value };
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let mut samples = vec![
            plain("kafka_connections", "Open connections.", self.open_connections()),
            plain("kafka_connections_accepted_total", "Connections accepted.", load(&self.connections_accepted)),
            plain("kafka_connections_refused_total", "Connections beyond the limit.", load(&self.connections_refused)),
            plain(
                "kafka_connections_hostile_total",
                "Connections closed because of what they sent.",
                load(&self.connections_hostile),
            ),
            plain("kafka_request_bytes_total", "Bytes of request frames.", load(&self.bytes_in)),
            plain("kafka_response_bytes_total", "Bytes of response frames.", load(&self.bytes_out)),
        ];
        samples.extend(APIS.iter().zip(&self.requests).map(|(api, count)| Sample {
            name: "kafka_requests_total",
            help: "Requests read, by kind.",
            api: Some(api.name),
            value: load(count),
        }));
        samples
    }
}
