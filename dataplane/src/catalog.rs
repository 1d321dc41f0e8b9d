//! The topics of one cluster: their ids, partitions and configurations, kept durably.
//!
//! A topic *is* its id, drawn at random when it is made; its name may be given to another after a deletion. The
//! catalog is one small document per cluster, replaced whole: a topic exists once the document that names it is
//! durable, and a folder that no document names is what a crash left of a creation or a deletion, and is removed.

mod configs;
mod document;
mod error;
mod folder;
mod producer_ids;
#[cfg(test)]
mod tests;

pub use configs::{ConfigEntry, ConfigKind, TopicConfigs};
pub use error::CatalogError;
pub use folder::DataFolder;

use crate::log::files::Files;
use crate::log::{Ending, LogLimits, OpenError, Partition, PartitionSetup};
use document::{Document, TopicRow};
use model::{Clock, ClusterName, TopicId, TopicName};
use producer_ids::ProducerIds;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use uuid::Uuid;

/// Partitions that a topic may have.
pub const PARTITIONS_PER_TOPIC: i32 = 1024;
/// Topics that a cluster may have.
pub const TOPICS_PER_CLUSTER: usize = 10_000;
/// Threads that recover partitions when a cluster is opened.
const OPENING_THREADS: usize = 4;

/// The topics of one cluster. Look-ups are plain memory; what changes something waits for the disk and says so.
#[derive(Debug)]
pub struct Catalog {
    cluster: ClusterName,
    folder: PathBuf,
    files: Arc<dyn Files>,
    limits: Arc<LogLimits>,
    clock: Arc<dyn Clock>,
    topics: RwLock<Topics>,
    /// Held while the document changes.
    changing: Mutex<()>,
    producer_ids: Mutex<ProducerIds>,
    /// Keeps the committer threads and the lock.
    data: Arc<DataFolder>,
}

#[derive(Debug, Default)]
struct Topics {
    by_id: HashMap<TopicId, Arc<Topic>>,
    by_name: BTreeMap<TopicName, TopicId>,
}

/// One topic.
#[derive(Debug)]
pub struct Topic {
    id: TopicId,
    name: TopicName,
    configs: TopicConfigs,
    partitions: Vec<Result<Arc<Partition>, String>>,
}

impl Topic {
    /// What the topic is.
    #[must_use]
    pub fn id(&self) -> TopicId {
        self.id
    }

    /// What clients call it.
    #[must_use]
    pub fn name(&self) -> &TopicName {
        &self.name
    }

    /// Its configuration.
    #[must_use]
    pub fn configs(&self) -> &TopicConfigs {
        &self.configs
    }

    /// How many partitions it has.
    #[must_use]
    pub fn partition_count(&self) -> i32 {
        i32::try_from(self.partitions.len()).expect("the number of partitions is limited")
    }

    /// A partition: `None` when the topic has none of that number, an error text when its log would not open.
    #[must_use]
    pub fn partition(&self, index: i32) -> Option<Result<Arc<Partition>, String>> {
        self.partitions.get(usize::try_from(index).ok()?).cloned()
    }

    fn row(&self) -> TopicRow {
        TopicRow {
            id: self.id,
            name: self.name.clone(),
            partitions: self.partition_count(),
            configs: self.configs.overrides().clone(),
        }
    }
}

impl Catalog {
    /// Opens and recovers all topics of a cluster. Blocks.
    fn open(data: &Arc<DataFolder>, cluster: &ClusterName) -> Result<Self, CatalogError> {
        let (files, folder) = (data.files(), data.path().join(cluster.as_str()));
        let topics_folder = folder.join("topics");
        files.create_folder(&topics_folder).map_err(OpenError::io("create", &topics_folder))?;
        for made in [data.path(), &folder] {
            files.sync_folder(made).map_err(OpenError::io("flush the folder", made))?;
        }
        let document = Document::load(&*files, &folder)?;
        let producer_ids = ProducerIds::load(&*files, &folder)?;
        let catalog = Self {
            cluster: cluster.clone(),
            folder,
            files,
            limits: data.limits(),
            clock: data.clock(),
            topics: RwLock::default(),
            changing: Mutex::default(),
            producer_ids: Mutex::new(producer_ids),
            data: Arc::clone(data),
        };
        catalog.remove_orphans(&document)?;
        for row in document.topics {
            let configs = TopicConfigs::new(&row.configs)?;
            let topic = catalog.open_topic(row.id, row.name, row.partitions, configs);
            catalog.topics_mut().insert(topic);
        }
        Ok(catalog)
    }

    /// The cluster that this is the catalog of.
    #[must_use]
    pub fn cluster(&self) -> &ClusterName {
        &self.cluster
    }

    /// All topics, by name.
    #[must_use]
    pub fn topics(&self) -> Vec<Arc<Topic>> {
        let topics = self.topics_ref();
        topics.by_name.values().map(|id| Arc::clone(&topics.by_id[id])).collect()
    }

    /// The topic of that name.
    #[must_use]
    pub fn by_name(&self, name: &TopicName) -> Option<Arc<Topic>> {
        let topics = self.topics_ref();
        topics.by_name.get(name).map(|id| Arc::clone(&topics.by_id[id]))
    }

    /// The topic of that id.
    #[must_use]
    pub fn by_id(&self, id: TopicId) -> Option<Arc<Topic>> {
        self.topics_ref().by_id.get(&id).cloned()
    }

    /// Whether [`Catalog::create`] would accept this.
    ///
    /// # Errors
    /// When it would not.
    pub fn check(
        &self,
        name: &TopicName,
        partitions: i32,
        configs: &BTreeMap<String, String>,
    ) -> Result<(), CatalogError> {
        let topics = self.topics_ref();
        if topics.by_name.contains_key(name) {
            return Err(CatalogError::Exists { name: name.clone() });
        }
        if !(1..=PARTITIONS_PER_TOPIC).contains(&partitions) {
            return Err(CatalogError::InvalidPartitions { count: partitions, limit: PARTITIONS_PER_TOPIC });
        }
        if topics.by_id.len() >= TOPICS_PER_CLUSTER {
            return Err(CatalogError::TooManyTopics { limit: TOPICS_PER_CLUSTER });
        }
        TopicConfigs::new(configs).map(|_| ())
    }

    /// Makes a topic; it is durable on return. Blocks.
    ///
    /// # Errors
    /// When the name is taken, the number of partitions or a configuration is not acceptable, or the disk refuses.
    pub fn create(
        &self,
        name: &TopicName,
        partitions: i32,
        configs: &BTreeMap<String, String>,
    ) -> Result<Arc<Topic>, CatalogError> {
        let _changing = self.change();
        self.check(name, partitions, configs)?;
        let (id, configs) = (TopicId(Uuid::new_v4()), TopicConfigs::new(configs)?);
        self.make_folders(id, partitions)?;
        let topic = self.open_topic(id, name.clone(), partitions, configs);
        if let Some(reason) = topic.partitions.iter().find_map(|partition| partition.as_ref().err()) {
            return Err(CatalogError::Unopened { name: name.clone(), reason: reason.clone() });
        }
        let mut document = self.document();
        document.topics.push(topic.row());
        document.save(&*self.files, &self.folder)?;
        Ok(self.topics_mut().insert(topic))
    }

    /// Deletes a topic; that it is gone is durable on return. Blocks.
    ///
    /// # Errors
    /// When there is no such topic, or the disk refuses.
    pub fn delete(&self, id: TopicId) -> Result<(), CatalogError> {
        let _changing = self.change();
        let topic = self.by_id(id).ok_or(CatalogError::Unknown)?;
        let mut document = self.document();
        document.topics.retain(|row| row.id != id);
        document.save(&*self.files, &self.folder)?;
        self.topics_mut().remove(&topic);
        topic.partitions.iter().flatten().for_each(|partition| partition.close(Ending::Deleted));
        let folder = self.topic_folder(id);
        if let Err(error) = self.files.remove_folder(&folder) {
            tracing::warn!(folder = %folder.display(), %error, "a deleted topic's folder stays until the next start");
        }
        Ok(())
    }

    /// An id that no producer was given before, over all restarts. Blocks now and then.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn allocate_producer_id(&self) -> Result<i64, CatalogError> {
        let mut ids = self.producer_ids.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(ids.allocate(&*self.files, &self.folder)?)
    }

    /// Ends all appends, commits those that were taken and writes snapshots, so that the next start is fast. Blocks.
    pub fn close(&self) {
        let _changing = self.change();
        for topic in self.topics() {
            topic.partitions.iter().flatten().for_each(|partition| partition.close(Ending::ShutDown));
        }
    }

    fn topic_folder(&self, id: TopicId) -> PathBuf {
        self.folder.join("topics").join(id.to_string())
    }

    fn make_folders(&self, id: TopicId, partitions: i32) -> Result<(), OpenError> {
        let folder = self.topic_folder(id);
        for index in 0..partitions {
            let partition = folder.join(index.to_string());
            self.files.create_folder(&partition).map_err(OpenError::io("create", &partition))?;
        }
        for made in [&folder, &self.folder.join("topics")] {
            self.files.sync_folder(made).map_err(OpenError::io("flush the folder", made))?;
        }
        Ok(())
    }

    /// Opens all partitions of a topic, some at a time. One that will not open does not keep the others back.
    fn open_topic(&self, id: TopicId, name: TopicName, partitions: i32, configs: TopicConfigs) -> Topic {
        let folder = self.topic_folder(id);
        let open = |index: i32| {
            let setup = PartitionSetup {
                name: format!("{}/{name}-{index}", self.cluster),
                folder: folder.join(index.to_string()),
                files: Arc::clone(&self.files),
                limits: Arc::clone(&self.limits),
                settings: configs.settings(),
                clock: Arc::clone(&self.clock),
                line: self.data.line(),
            };
            Partition::open(setup).map_err(|error| {
                tracing::error!(partition = format!("{}/{name}-{index}", self.cluster), %error, "a log will not open");
                error.to_string()
            })
        };
        let numbers: Vec<i32> = (0..partitions).collect();
        let share = numbers.len().div_ceil(OPENING_THREADS).max(1);
        let partitions = std::thread::scope(|scope| {
            let open = &open;
            let threads: Vec<_> = numbers
                .chunks(share)
                .map(|share| scope.spawn(move || share.iter().map(|&index| open(index)).collect::<Vec<_>>()))
                .collect();
            let joined = threads.into_iter().flat_map(|thread| thread.join().expect("opening a log does not panic"));
            joined.collect()
        });
        Topic { id, name, configs, partitions }
    }

    fn remove_orphans(&self, document: &Document) -> Result<(), OpenError> {
        let folder = self.folder.join("topics");
        for name in self.files.list(&folder).map_err(OpenError::io("list", &folder))? {
            let Ok(id) = name.parse::<Uuid>() else { continue };
            if !document.topics.iter().any(|row| row.id == TopicId(id)) {
                let orphan = folder.join(name);
                tracing::info!(folder = %orphan.display(), "removing what is left of a topic that does not exist");
                self.files.remove_folder(&orphan).map_err(OpenError::io("remove", &orphan))?;
            }
        }
        Ok(())
    }

    fn document(&self) -> Document {
        Document { topics: self.topics().iter().map(|topic| topic.row()).collect() }
    }

    fn change(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn topics_ref(&self) -> RwLockReadGuard<'_, Topics> {
        self.topics.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn topics_mut(&self) -> std::sync::RwLockWriteGuard<'_, Topics> {
        self.topics.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Topics {
    fn insert(&mut self, topic: Topic) -> Arc<Topic> {
        let topic = Arc::new(topic);
        self.by_name.insert(topic.name.clone(), topic.id);
        self.by_id.insert(topic.id, Arc::clone(&topic));
        topic
    }

    fn remove(&mut self, topic: &Topic) {
        self.by_name.remove(&topic.name);
        self.by_id.remove(&topic.id);
    }
}
