//! One cluster: its topics, its groups, and what it tells clients about itself.

use crate::catalog::{Catalog, CatalogError, Topic};
use crate::error::DataplaneError;
use crate::groups::Groups;
use crate::limits::Limits;
use crate::log::Partition;
use crate::metrics::Metrics;
use base64::Engine;
use model::{ClusterName, TopicId, TopicName};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Semaphore;
use uuid::Uuid;

/// The only broker of every cluster. Some clients take it for granted that a cluster of one calls it 0.
pub(crate) const BROKER_ID: i32 = 0;

/// The only leader epoch of every partition: nobody else ever leads, and nothing acknowledged is ever truncated.
pub(crate) const LEADER_EPOCH: i32 = 0;

/// What the owner of a cluster decides.
#[derive(Debug)]
pub struct ClusterConfig {
    /// Its name, which is also its folder.
    pub name: ClusterName,
    /// Where its clients connect; bound by the caller, who chooses the port.
    pub listener: TcpListener,
    /// Host and port that clients are sent to; without it, the address they came to.
    pub advertised: Option<(String, u16)>,
    /// Whether a topic is made when a client first asks for it (`auto.create.topics.enable`).
    pub auto_create_topics: bool,
    /// Partitions of a topic whose maker did not say how many (`num.partitions`).
    pub default_partitions: i32,
}

impl ClusterConfig {
    /// A cluster with the defaults: topics are made on first use, with four partitions.
    #[must_use]
    pub fn new(name: ClusterName, listener: TcpListener) -> Self {
        Self { name, listener, advertised: None, auto_create_topics: true, default_partitions: 4 }
    }
}

/// A cluster that is open.
pub struct Cluster {
    name: ClusterName,
    id: String,
    address: SocketAddr,
    pub(crate) advertised: Option<(String, u16)>,
    pub(crate) auto_create_topics: bool,
    pub(crate) default_partitions: i32,
    pub(crate) limits: Arc<Limits>,
    catalog: Arc<Catalog>,
    pub(crate) groups: Groups,
    metrics: Metrics,
    /// Room for requests in memory, in units of [`BUDGET_UNIT`] bytes.
    pub(crate) budget: Arc<Semaphore>,
}

/// The grain in which memory for requests is handed out, in bytes.
pub(crate) const BUDGET_UNIT: usize = 1024;

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster").field("name", &self.name).field("id", &self.id).finish_non_exhaustive()
    }
}

impl Cluster {
    /// Reads or makes what a cluster keeps beside its topics. Blocks.
    pub(crate) fn open(
        config: &ClusterConfig,
        folder: &Path,
        catalog: Arc<Catalog>,
        limits: Arc<Limits>,
    ) -> Result<Self, DataplaneError> {
        let listen = |source| DataplaneError::Listen { cluster: config.name.clone(), source };
        let address = config.listener.local_addr().map_err(listen)?;
        let id = cluster_id(&folder.join("cluster-id"))?;
        let known = |topic| catalog.by_id(topic).is_some();
        let groups = Groups::open(&folder.join("groups"), limits.clone(), known)?;
        let units = (limits.in_flight_bytes / BUDGET_UNIT).clamp(1, Semaphore::MAX_PERMITS);
        Ok(Self {
            name: config.name.clone(),
            id,
            address,
            advertised: config.advertised.clone(),
            auto_create_topics: config.auto_create_topics,
            default_partitions: config.default_partitions,
            budget: Arc::new(Semaphore::new(units)),
            limits,
            catalog,
            groups,
            metrics: Metrics::default(),
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &ClusterName {
        &self.name
    }

    /// The id that Kafka clients are told; drawn at random when the cluster is made, and kept.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its topics.
    #[must_use]
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// What it counts about itself.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// A partition by topic id and index; `None` when there is none or it would not open.
    #[must_use]
    pub fn partition(&self, topic: TopicId, index: i32) -> Option<Arc<Partition>> {
        self.catalog.by_id(topic)?.partition(index)?.ok()
    }

    /// Makes a topic within the limits of this cluster.
    ///
    /// # Errors
    /// When the name is taken, a limit or a setting is broken, or the disk fails.
    pub async fn create_topic(
        self: &Arc<Self>,
        name: TopicName,
        partitions: i32,
        configs: BTreeMap<String, String>,
    ) -> Result<Arc<Topic>, CatalogError> {
        self.check_partitions(partitions)?;
        let catalog = self.catalog.clone();
        blocking(move || catalog.create(&name, partitions, &configs)).await
    }

    pub(crate) fn check_partitions(&self, partitions: i32) -> Result<(), CatalogError> {
        let limit = self.limits.partitions_per_topic;
        if (1..=limit).contains(&partitions) {
            let have: i64 = self.catalog.topics().iter().map(|topic| i64::from(topic.partition_count())).sum();
            if have + i64::from(partitions) <= i64::from(self.limits.partitions) {
                return Ok(());
            }
        }
        Err(CatalogError::InvalidPartitions { count: partitions, limit })
    }

    /// Deletes a topic and the offsets that groups committed to it.
    ///
    /// # Errors
    /// When there is no such topic, or the disk fails.
    pub async fn delete_topic(self: &Arc<Self>, id: TopicId) -> Result<(), CatalogError> {
        let catalog = self.catalog.clone();
        blocking(move || catalog.delete(id)).await?;
        self.groups.forget_topic(id);
        Ok(())
    }

    /// The topic of this name; made now if that is the setting and the caller agrees.
    pub(crate) async fn topic_or_create(
        self: &Arc<Self>,
        name: &TopicName,
        may_create: bool,
    ) -> Result<Arc<Topic>, CatalogError> {
        if let Some(topic) = self.catalog.by_name(name) {
            return Ok(topic);
        }
        if !(may_create && self.auto_create_topics) {
            return Err(CatalogError::Unknown);
        }
        match self.create_topic(name.clone(), self.default_partitions, BTreeMap::new()).await {
            Err(CatalogError::Exists { .. }) => self.catalog.by_name(name).ok_or(CatalogError::Unknown),
            made => made,
        }
    }
}

/// Runs blocking work on the threads that are there for it.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// Kafka's cluster id: 16 random bytes in base64 without padding.
fn cluster_id(path: &Path) -> Result<String, DataplaneError> {
    let failed = |doing, source| DataplaneError::Io { doing, path: path.to_owned(), source };
    match fs::read_to_string(path) {
        Ok(id) if !id.trim().is_empty() => return Ok(id.trim().to_owned()),
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed("reading", error)),
    }
    let id = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Uuid::new_v4().as_bytes());
    write_whole(path, id.as_bytes()).map_err(|source| failed("writing", source))?;
    Ok(id)
}

/// Writes a file so that it is either there as a whole or not at all, whatever happens.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().map_or_else(|| PathBuf::from("."), Path::to_owned);
    fs::create_dir_all(&folder)?;
    let draft = path.with_extension("new");
    let mut file = File::create(&draft)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    File::open(folder)?.sync_all()
}
