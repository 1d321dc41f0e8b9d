//! `waybill dataplane`: the clusters of one folder, to Kafka clients.

use super::runtime;
use crate::config::DataplaneConfig;
use crate::supervise::Supervisor;
use crate::telemetry;
use anyhow::Context;
use dataplane::{ClusterConfig, Config, Dataplane};
use model::{ClusterName, SystemClock};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Runs until a signal or a failure.
pub(super) fn run(config: &DataplaneConfig) -> anyhow::Result<()> {
    telemetry::install(&config.runtime, "info");
    let road = &config.road;
    let mut clusters = Vec::new();
    for (name, address) in &road.clusters {
        let listener = TcpListener::bind(address).with_context(|| {
            format!("cannot listen on {address} for cluster {name}: choose another address with --clusters")
        })?;
        listener.set_nonblocking(true).context("cannot prepare a listener")?;
        tracing::info!(cluster = %name, kafka = %listener.local_addr()?, "listening");
        clusters.push((name.clone(), listener));
    }
    let road =
        Road { data: road.data.clone(), clusters, create_topics: road.create_topics, partitions: road.partitions };
    runtime()?.block_on(async {
        let mut supervisor = Supervisor::new()?;
        let Some(opened) = supervisor.unless_stopped(road.open()).await else { return Ok(()) };
        let (opened, stop) = (opened?, supervisor.stop());
        supervisor.spawn("dataplane", async move { opened.run(stop).await });
        supervisor.run(config.runtime.grace).await
    })
}

/// Clusters with the listeners that they will have.
#[derive(Debug)]
pub(super) struct Road {
    pub(super) data: PathBuf,
    pub(super) clusters: Vec<(ClusterName, TcpListener)>,
    pub(super) create_topics: bool,
    pub(super) partitions: i32,
}

impl Road {
    /// Locks the folder and recovers the logs.
    pub(super) async fn open(self) -> anyhow::Result<OpenRoad> {
        let clusters = self.clusters.into_iter().map(|(name, listener)| ClusterConfig {
            auto_create_topics: self.create_topics,
            default_partitions: self.partitions,
            ..ClusterConfig::new(name, listener)
        });
        let config = Config::new(self.data.clone(), clusters.collect());
        let dataplane = Dataplane::open(config, Arc::new(SystemClock))
            .await
            .with_context(|| format!("cannot open the logs in {}", self.data.display()))?;
        Ok(OpenRoad(dataplane))
    }
}

/// Recovered logs, ready to be served.
#[derive(Debug)]
pub(super) struct OpenRoad(Arc<Dataplane>);

impl OpenRoad {
    /// Serves until told to stop, then finishes what has begun.
    pub(super) async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        self.0.run(stop).await.context("the dataplane failed")
    }
}
