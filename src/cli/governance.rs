//! What `serve` and `dev` have in common: the database, the API on it, and the tasks beside the API.

use crate::config::http::HttpLimits;
use crate::supervise::Supervisor;
use anyhow::Context;
use std::time::Duration;
use store::Store;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// Between two attempts to reach a database that is not there yet.
const RETRY: Duration = Duration::from_millis(250);
const MIGRATIONS: &str = "migrations";

/// The API's settings as the configuration says them.
pub(super) fn settings(limits: &HttpLimits, access: api::Access) -> api::Settings {
    api::Settings {
        access,
        body_limit_bytes: limits.body_bytes_max,
        request_timeout: limits.request_timeout,
        incompatible_code: limits.incompatible_code,
        ..api::Settings::default()
    }
}

/// A store that is not connected yet: connections are made when they are needed.
pub(super) fn store(url: &str, connections_max: u32) -> anyhow::Result<Store> {
    let options = store::Options { max_connections: connections_max, ..store::Options::default() };
    Store::connect(url, &options).context("cannot use the database address")
}

/// Applies the migrations, however long the database takes to be there.
///
/// # Errors
/// When it is there and will not have them: it is newer than this program, or a statement fails.
async fn migrate(store: &Store) -> anyhow::Result<()> {
    let mut said = false;
    loop {
        match store.migrate().await {
            Ok(()) => return Ok(()),
            Err(error) if error.is_unavailable() => {
                if !said {
                    let error = format!("{:#}", anyhow::Error::from(error));
                    tracing::warn!(error, "the database cannot be reached yet");
                    said = true;
                }
                tokio::time::sleep(RETRY).await;
            }
            Err(error) => return Err(error).context("cannot prepare the database"),
        }
    }
}

/// Adds the HTTP door and what stands beside it. `/livez` answers at once, `/readyz` once the migrations are done; then
/// the receiver hears of it, too.
pub(super) fn spawn(
    supervisor: &mut Supervisor,
    listener: TcpListener,
    store: &Store,
    settings: api::Settings,
) -> oneshot::Receiver<()> {
    let state = api::State::new(store.clone(), settings);
    state.readiness().wait_for(MIGRATIONS);
    let (stop, serving) = (supervisor.stop(), state.clone());
    supervisor.spawn("http", async move {
        let shutdown = {
            let state = serving.clone();
            async move {
                stop.cancelled().await;
                state.readiness().wait_for("shutdown");
            }
        };
        api::serve(listener, api::router(serving), shutdown).await.context("HTTP failed")
    });
    supervisor.spawn_until_stop("deletions", {
        let state = state.clone();
        async move { state.follow_deletions().await }
    });
    let (ready, when_ready) = oneshot::channel();
    let store = store.clone();
    supervisor.spawn_once(MIGRATIONS, async move {
        migrate(&store).await?;
        state.readiness().reached(MIGRATIONS);
        // Nobody has to be waiting.
        let _ = ready.send(());
        Ok(())
    });
    when_ready
}
