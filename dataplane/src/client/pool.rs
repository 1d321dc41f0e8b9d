//! The connections of a client, what it knows of topics, and its patience with brokers that fail.

use super::connection::Connection;
use super::metadata::Known;
use super::{ClientError, ClientLimits};
use model::TopicName;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

#[derive(Debug)]
pub(super) struct Pool {
    pub(super) bootstrap: Vec<String>,
    pub(super) limits: ClientLimits,
    state: Mutex<PoolState>,
}

#[derive(Debug, Default)]
struct PoolState {
    idle: BTreeMap<String, Vec<Connection>>,
    failures: BTreeMap<String, Failure>,
    topics: BTreeMap<TopicName, Known>,
}

#[derive(Clone, Copy, Debug)]
struct Failure {
    pause: Duration,
    until: Instant,
}

impl Pool {
    pub(super) fn new(bootstrap: &str, limits: ClientLimits) -> Self {
        let brokers = bootstrap.split(',').map(str::trim).filter(|broker| !broker.is_empty());
        Self { bootstrap: brokers.map(str::to_owned).collect(), limits, state: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, PoolState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection that nobody else uses. It is given back after an answer, and dropped after a failure.
    pub(super) async fn connection(&self, broker: &str) -> Result<Connection, ClientError> {
        if let Some(idle) = self.lock().idle.get_mut(broker).and_then(Vec::pop) {
            return Ok(idle);
        }
        let failure = self.lock().failures.get(broker).copied();
        if let Some(failure) = failure {
            sleep_until(failure.until).await;
        }
        let opened = Connection::open(broker, &self.limits).await;
        let mut state = self.lock();
        match &opened {
            Ok(_) => {
                state.failures.remove(broker);
            }
            Err(_) => {
                let doubled = failure.map_or(self.limits.first_backoff, |failure| failure.pause * 2);
                let pause = doubled.min(self.limits.longest_backoff);
                state.failures.insert(broker.to_owned(), Failure { pause, until: Instant::now() + pause });
                // What else is open to a broker that cannot be reached is as good as closed.
                state.idle.remove(broker);
            }
        }
        opened
    }

    pub(super) fn give_back(&self, connection: Connection) {
        let mut state = self.lock();
        let idle = state.idle.entry(connection.broker.clone()).or_default();
        if idle.len() < self.limits.idle_connections {
            idle.push(connection);
        }
    }

    /// What is known of a topic, unless that was long ago.
    pub(super) fn known(&self, topic: &TopicName) -> Option<Known> {
        let known = self.lock().topics.get(topic).cloned()?;
        (known.since.elapsed() < self.limits.metadata_age).then_some(known)
    }

    pub(super) fn remember(&self, topic: &TopicName, known: Known) {
        self.lock().topics.insert(topic.clone(), known);
    }

    /// The next request asks anew what there is.
    pub(super) fn forget_topic(&self, topic: &TopicName) {
        self.lock().topics.remove(topic);
    }

    /// The next request asks anew who leads this topic, over a new connection.
    pub(super) fn forget(&self, topic: &TopicName) {
        let mut state = self.lock();
        state.topics.remove(topic);
        state.idle.clear();
    }
}
