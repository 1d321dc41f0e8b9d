//! `waybill serve`: the API on a database that others run.

use super::{governance, runtime};
use crate::config::ServeConfig;
use crate::supervise::Supervisor;
use crate::telemetry;
use anyhow::Context;
use tokio::net::TcpListener;

/// Runs until a signal or a failure.
pub(super) fn run(config: &ServeConfig) -> anyhow::Result<()> {
    telemetry::install(&config.runtime, "info");
    runtime()?.block_on(async {
        let mut supervisor = Supervisor::new()?;
        let store = governance::store(&config.database.url, config.database.connections_max)?;
        let listener = TcpListener::bind(config.http.listen).await.with_context(|| {
            format!("cannot listen on {}: choose another address with --http-listen", config.http.listen)
        })?;
        let address = listener.local_addr()?;
        let settings = governance::settings(&config.http.limits, api::Access::Token);
        let when_ready = governance::spawn(&mut supervisor, listener, &store, settings);
        supervisor.spawn_once("announce", async move {
            if when_ready.await.is_ok() {
                tracing::info!(http = %address, "ready");
            }
            Ok(())
        });
        tracing::info!(http = %address, "listening");
        let result = supervisor.run(config.runtime.grace).await;
        store.close().await;
        result
    })
}
