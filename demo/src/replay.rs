//! Sends a stretch of the timeline to the regional clusters, as the applications of an airport would.
//!
//! Each application of each region is a producer with a session of its own, begun with its first event.

use crate::events::{Cluster, Event, Timeline, Topic};
use anyhow::{Context as _, bail, ensure};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use waybill_client::{AvroEncoder, Client, Producer, ProducerSettings, Schemas, Summary};

/// After how many events progress is told.
const TOLD_EVERY: usize = 64;

/// Where everything listens: what `waybill dev` writes to `addresses.json`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Addresses {
    /// The server's, as `http://127.0.0.1:8081`.
    pub http: String,
    /// Each cluster's, host and port.
    pub kafka: BTreeMap<String, String>,
}

impl Addresses {
    /// Reads the file.
    ///
    /// # Errors
    /// When it cannot be read, or lacks one of the regions.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
        let addresses: Self =
            serde_json::from_slice(&text).with_context(|| format!("{} does not hold addresses", path.display()))?;
        for cluster in Cluster::ALL {
            ensure!(addresses.kafka.contains_key(cluster.name()), "{} has no cluster {cluster}", path.display());
        }
        Ok(addresses)
    }
}

/// How fast events are sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// As fast as they are taken.
    Unlimited,
    /// So many events each second.
    Rate(f64),
    /// So many times faster than the replayed day: 1 takes 24 hours for all, 1,440 a minute.
    Speed(f64),
}

impl Pace {
    /// How long after the start an event is due.
    fn due(self, sent: usize, day_ms: i64) -> Option<Duration> {
        let seconds = match self {
            Self::Unlimited => return None,
            #[expect(clippy::cast_precision_loss, reason = "a pace need not be exact")]
            Self::Rate(rate) => sent as f64 / rate,
            #[expect(clippy::cast_precision_loss, reason = "a pace need not be exact")]
            Self::Speed(speed) => day_ms as f64 / 1000.0 / speed,
        };
        Duration::try_from_secs_f64(seconds).ok()
    }
}

/// How a replay goes.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to.
    pub addresses: Addresses,
    /// For the server, where it wants one.
    pub token: Option<String>,
    /// How fast.
    pub pace: Pace,
    /// How often each session is reported.
    pub report_interval: Duration,
}

/// What one application of one region sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sent {
    /// The region's cluster.
    pub cluster: String,
    /// The topic.
    pub topic: String,
    /// The application.
    pub application: String,
    /// Sixteen hexadecimal digits.
    pub session: String,
    /// Events that the cluster has.
    pub acknowledged: u64,
    /// Events that it surely has not.
    pub failed: u64,
    /// Events of which nothing is known.
    pub indeterminate: u64,
}

/// Sends a stretch of the timeline; `progress` is told how many events have been handed over.
///
/// # Errors
/// When a schema is refused, an event is not taken, or a session's final report cannot be handed in.
pub async fn replay(
    timeline: &Timeline<'_>,
    stretch: Range<usize>,
    settings: &Settings,
    mut progress: impl FnMut(usize),
) -> anyhow::Result<Vec<Sent>> {
    let client = Client::new(&settings.addresses.http, settings.token.as_deref())?;
    let mut airport = Airport { settings, schemas: Schemas::new(client.clone()), client, producers: BTreeMap::new() };
    let start = Instant::now();
    let mut began = None;
    for (sent, index) in stretch.enumerate() {
        let Some(event) = timeline.get(index) else { break };
        let day_ms = event.sent.millis_since(*began.get_or_insert(event.sent));
        if sent % TOLD_EVERY == 0 {
            progress(sent);
        }
        if let Some(due) = settings.pace.due(sent, day_ms).filter(|due| *due > start.elapsed()) {
            sleep_until(start + due).await;
        }
        airport.send(&event).await?;
    }
    airport.close().await
}

/// The applications that have sent something.
struct Airport<'a> {
    settings: &'a Settings,
    client: Client,
    schemas: Schemas,
    producers: BTreeMap<(Cluster, Topic), Application>,
}

struct Application {
    producer: Producer,
    /// One for each version that was used.
    encoders: Vec<(usize, AvroEncoder)>,
}

impl Airport<'_> {
    async fn send(&mut self, event: &Event<'_>) -> anyhow::Result<()> {
        let place = (event.cluster, event.topic);
        if !self.producers.contains_key(&place) {
            let application = self.open(event.cluster, event.topic).await?;
            self.producers.insert(place, application);
        }
        let Some(application) = self.producers.get_mut(&place) else {
            bail!("an application that was opened is there")
        };
        let version = event.schema();
        let encoder = match application.encoders.iter().find(|(known, _)| *known == version) {
            Some((_, encoder)) => encoder,
            None => {
                let text = event.topic.schemas().get(version).context("an event has a schema")?;
                let encoder = self.schemas.register(&event.topic.subject(), text).await?;
                &application.encoders.push_mut((version, encoder)).1
            }
        };
        let (key, value) = (event.key(), encoder.encode(&event.record())?);
        let event = waybill_client::Event { key: Some(key.as_bytes()), value: Some(&value), time: event.time };
        application.producer.send(event).await?;
        Ok(())
    }

    async fn open(&self, cluster: Cluster, topic: Topic) -> anyhow::Result<Application> {
        let bootstrap = self.settings.addresses.kafka.get(cluster.name());
        let bootstrap = bootstrap.with_context(|| format!("cluster {cluster} has no address"))?;
        let (name, application) = (topic.name().parse()?, topic.application());
        let mut settings = ProducerSettings::new(cluster.name().parse()?, bootstrap, name, application);
        settings.report_interval = self.settings.report_interval;
        let producer = Producer::start(settings, self.client.clone()).await;
        let producer = producer.with_context(|| format!("{application} at {cluster} cannot begin"))?;
        Ok(Application { producer, encoders: Vec::new() })
    }

    /// Closes all at once. A report that could not be handed in is an error, but only after all others have been.
    async fn close(self) -> anyhow::Result<Vec<Sent>> {
        let mut closing = JoinSet::new();
        for ((cluster, topic), application) in self.producers {
            closing.spawn(async move { (cluster, topic, application.producer.close().await) });
        }
        let (mut sent, mut unreported) = (Vec::new(), None);
        for (cluster, topic, closed) in closing.join_all().await {
            match closed {
                Ok(summary) => sent.push(summed(cluster, topic, summary)),
                Err(error) => unreported = Some(error),
            }
        }
        if let Some(error) = unreported {
            return Err(error.into());
        }
        sent.sort_by(|one, other| (&one.cluster, &one.topic).cmp(&(&other.cluster, &other.topic)));
        Ok(sent)
    }
}

fn summed(cluster: Cluster, topic: Topic, summary: Summary) -> Sent {
    Sent {
        cluster: cluster.to_string(),
        topic: topic.to_string(),
        application: topic.application().to_owned(),
        session: summary.session.to_string(),
        acknowledged: summary.acknowledged,
        failed: summary.failed,
        indeterminate: summary.indeterminate,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_says_when_an_event_is_due() {
        for (pace, expected) in [
            (Pace::Unlimited, None),
            (Pace::Rate(100.0), Some(Duration::from_secs(5))),
            (Pace::Speed(1440.0), Some(Duration::from_secs(1))),
        ] {
            assert_eq!(pace.due(500, 1_440_000), expected, "{pace:?}");
        }
    }
}
