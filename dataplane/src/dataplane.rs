//! The dataplane of one process: its clusters, their listeners, and one data folder.

use crate::catalog::DataFolder;
use crate::cluster::{Cluster, ClusterConfig, blocking};
use crate::error::DataplaneError;
use crate::limits::Limits;
use crate::listener;
use crate::log::LogLimits;
use model::{Clock, ClusterName};
use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// What a dataplane is made of.
#[derive(Debug)]
pub struct Config {
    /// The data folder; each cluster has a folder of its name in it.
    pub data: PathBuf,
    /// The clusters.
    pub clusters: Vec<ClusterConfig>,
    /// Limits of the wire, for each cluster.
    pub limits: Limits,
    /// Limits of the log, for all of them together.
    pub log: LogLimits,
}

impl Config {
    /// The defaults, for these clusters in this folder.
    #[must_use]
    pub fn new(data: PathBuf, clusters: Vec<ClusterConfig>) -> Self {
        Self { data, clusters, limits: Limits::default(), log: LogLimits::default() }
    }
}

/// A dataplane that is open: its logs are recovered, and [`Dataplane::run`] serves them.
#[derive(Debug)]
pub struct Dataplane {
    clusters: Vec<Arc<Cluster>>,
    listeners: Mutex<Vec<TcpListener>>,
    /// Holds the lock on the data folder.
    _folder: Arc<DataFolder>,
}

impl Dataplane {
    /// Locks the data folder and recovers what is in it. Clients that connect meanwhile wait.
    ///
    /// # Errors
    /// When another process uses the folder, or what is in it cannot be read.
    pub async fn open(config: Config, clock: Arc<dyn Clock>) -> Result<Arc<Self>, DataplaneError> {
        blocking(move || Self::open_blocking(config, &clock)).await.map(Arc::new)
    }

    fn open_blocking(config: Config, clock: &Arc<dyn Clock>) -> Result<Self, DataplaneError> {
        let mut names = BTreeSet::new();
        if let Some(twice) = config.clusters.iter().find(|cluster| !names.insert(cluster.name.clone())) {
            return Err(DataplaneError::DeclaredTwice(twice.name.clone()));
        }
        let folder = DataFolder::open(&config.data, clock.clone(), config.log)?;
        let limits = Arc::new(config.limits);
        let mut clusters = Vec::with_capacity(config.clusters.len());
        let mut listeners = Vec::with_capacity(config.clusters.len());
        for declared in config.clusters {
            let catalog = folder.catalog(&declared.name)?;
            let path = folder.path().join(declared.name.as_str());
            clusters.push(Arc::new(Cluster::open(&declared, &path, catalog, limits.clone())?));
            listeners.push(declared.listener);
        }
        Ok(Self { clusters, listeners: Mutex::new(listeners), _folder: folder })
    }

    /// A cluster by name.
    #[must_use]
    pub fn cluster(&self, name: &ClusterName) -> Option<Arc<Cluster>> {
        self.clusters.iter().find(|cluster| cluster.name() == name).cloned()
    }

    /// All clusters, in the order in which they were declared.
    #[must_use]
    pub fn clusters(&self) -> Vec<Arc<Cluster>> {
        self.clusters.clone()
    }

    /// Serves clients until `stop`; then lets open requests end, and closes the logs. Serves once: a second call returns
    /// at the end of nothing.
    ///
    /// # Errors
    /// When a listener cannot be used, or a task ended by a panic.
    pub async fn run(self: &Arc<Self>, stop: CancellationToken) -> Result<(), DataplaneError> {
        let listeners = std::mem::take(&mut *self.listeners.lock().unwrap_or_else(PoisonError::into_inner));
        let mut tasks = JoinSet::new();
        for (listener, cluster) in listeners.into_iter().zip(self.clusters()) {
            let failed = |source| DataplaneError::Listen { cluster: cluster.name().clone(), source };
            listener.set_nonblocking(true).map_err(failed)?;
            let listener = tokio::net::TcpListener::from_std(listener).map_err(failed)?;
            tracing::info!(cluster = %cluster.name(), id = cluster.id(), address = %cluster.address(), "serving");
            tasks.spawn(listener::serve(listener, cluster.clone(), stop.clone()));
            let stop = stop.clone();
            tasks.spawn(async move { cluster.groups.run(stop).await });
        }
        let mut ended = Ok(());
        while let Some(task) = tasks.join_next().await {
            if let Err(error) = task {
                ended = Err(DataplaneError::Task(error.to_string()));
                stop.cancel();
            }
        }
        let clusters = self.clusters();
        blocking(move || {
            for cluster in clusters {
                cluster.groups.close();
                cluster.catalog().close();
            }
        })
        .await;
        ended
    }
}
