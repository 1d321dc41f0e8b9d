//! Accepts the connections of one cluster.

use crate::cluster::Cluster;
use crate::connection;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long nothing is accepted after the operating system refused to (it is out of file descriptors).
const PAUSE: Duration = Duration::from_millis(100);

/// Accepts until `stop`, then waits for the connections to end.
pub(crate) async fn serve(listener: TcpListener, cluster: Arc<Cluster>, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(cluster.limits.connections.min(Semaphore::MAX_PERMITS)));
    let connections = TaskTracker::new();
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(cluster = %cluster.name(), %error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let Ok(place) = places.clone().try_acquire_owned() else {
            cluster.metrics().refused();
            tracing::warn!(cluster = %cluster.name(), limit = cluster.limits.connections, "too many connections");
            continue;
        };
        cluster.metrics().accepted();
        let (cluster, stop) = (cluster.clone(), stop.clone());
        connections.spawn(async move {
            let _closed = Closed(&cluster);
            connection::serve(stream, cluster.clone(), &stop).await;
            drop(place);
        });
    }
    connections.close();
    connections.wait().await;
}

/// Counts the end of a connection, by whatever way it came.
struct Closed<'a>(&'a Cluster);

impl Drop for Closed<'_> {
    fn drop(&mut self) {
        self.0.metrics().closed();
    }
}
