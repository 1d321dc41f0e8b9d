//! Hands in the session's reports. What could not be handed in goes along with the next report.

use super::{ProducerSettings, Summary};
use crate::client::{Client, ClientError};
use audit::{ProducerReport, SessionLedger};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep};

/// The first wait before the final report is tried again; each further one is twice as long.
const RETRY_FIRST: Duration = Duration::from_millis(100);

/// The longest such wait.
const RETRY_LONGEST: Duration = Duration::from_secs(5);

/// The final report was not handed in. Until it is, the server takes the session for unfinished and its events for unknown.
#[derive(Debug, thiserror::Error)]
#[error("the final report of session {} could not be handed in", summary.session)]
pub struct CloseError {
    /// What became of the events.
    pub summary: Summary,
    /// The report, to be handed in by [`Client::report_session`].
    pub report: Box<ProducerReport>,
    /// Why it was not.
    pub source: ClientError,
}

/// Reports at intervals until it is finished or dropped.
pub(super) struct Reporter {
    inner: Arc<Inner>,
    task: JoinHandle<()>,
}

struct Inner {
    client: Client,
    settings: ProducerSettings,
    ledger: Arc<Mutex<SessionLedger>>,
}

impl Reporter {
    pub(super) fn start(client: Client, settings: ProducerSettings, ledger: Arc<Mutex<SessionLedger>>) -> Self {
        let inner = Arc::new(Inner { client, settings, ledger });
        let task = tokio::spawn(inner.clone().run());
        Self { inner, task }
    }

    /// Stops the reports at intervals and hands in the final one, again and again within the time to close.
    pub(super) async fn finish(mut self) -> Result<Summary, CloseError> {
        self.task.abort();
        // It ended by the abort; a report that it was handing in is taken again with the final one.
        drop((&mut self.task).await);
        let Inner { client, settings, ledger } = &*self.inner;
        let deadline = Instant::now() + settings.close_timeout;
        let report = ledger.lock().unwrap_or_else(PoisonError::into_inner).report(true);
        let summary = Summary::of(&report);
        let mut wait = RETRY_FIRST;
        loop {
            match client.report_session(&settings.application, &report).await {
                Ok(()) => return Ok(summary),
                Err(error) if error.is_passing() && Instant::now() + wait < deadline => {
                    tracing::warn!(%error, topic = %settings.topic, "the final report is tried again");
                    sleep(wait).await;
                    wait = (wait * 2).min(RETRY_LONGEST);
                }
                Err(source) => return Err(CloseError { summary, report: Box::new(report), source }),
            }
        }
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Inner {
    async fn run(self: Arc<Self>) {
        let period = self.settings.report_interval.max(Duration::from_millis(1));
        let mut ticks = interval_at(Instant::now() + period, period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let report = self.ledger.lock().unwrap_or_else(PoisonError::into_inner).report(false);
            if report.windows.is_empty() {
                continue;
            }
            match self.client.report_session(&self.settings.application, &report).await {
                Ok(()) => self.ledger.lock().unwrap_or_else(PoisonError::into_inner).confirm(&report),
                Err(error) => {
                    tracing::warn!(%error, topic = %self.settings.topic, "a report goes along with the next one");
                }
            }
        }
    }
}
