//! How far each group has read: a map in memory, and a journal that it is read back from.

use super::journal::Journal;
use crate::error::DataplaneError;
use kafka_protocol::ResponseError;
use model::TopicId;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock, mpsc};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// What a group committed for one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Committed {
    pub(crate) offset: i64,
    pub(crate) leader_epoch: i32,
    pub(crate) metadata: String,
}

/// One change of the map. A topic is its id: what was committed to a deleted topic says nothing about its successor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Commit {
    pub(crate) group: String,
    pub(crate) topic: TopicId,
    pub(crate) partition: i32,
    /// `None` takes the offset back.
    pub(crate) committed: Option<Committed>,
}

pub(super) type Map = BTreeMap<String, BTreeMap<(TopicId, i32), Committed>>;

type Job = (Vec<Commit>, oneshot::Sender<Result<(), ResponseError>>);

/// The offsets of all groups of a cluster.
#[derive(Debug)]
pub(crate) struct Offsets {
    map: Arc<RwLock<Map>>,
    jobs: std::sync::Mutex<Option<mpsc::Sender<Job>>>,
    writer: std::sync::Mutex<Option<JoinHandle<()>>>,
    limit: usize,
}

/// Applies one change.
pub(super) fn apply(map: &mut Map, commit: Commit) {
    match commit.committed {
        Some(committed) => {
            map.entry(commit.group).or_default().insert((commit.topic, commit.partition), committed);
        }
        None => {
            if let Some(group) = map.get_mut(&commit.group) {
                group.remove(&(commit.topic, commit.partition));
                if group.is_empty() {
                    map.remove(&commit.group);
                }
            }
        }
    }
}

impl Offsets {
    pub(super) fn open(
        folder: &Path,
        limit: usize,
        is_known: impl Fn(TopicId) -> bool,
    ) -> Result<Self, DataplaneError> {
        let (journal, mut map) = Journal::open(folder)?;
        for group in map.values_mut() {
            group.retain(|(topic, _), _| is_known(*topic));
        }
        map.retain(|_, group| !group.is_empty());
        let map = Arc::new(RwLock::new(map));
        let (jobs, waiting) = mpsc::channel();
        let writer = {
            let map = map.clone();
            std::thread::Builder::new().name("group offsets".to_owned()).spawn(move || write(journal, &map, &waiting))
        };
        let failed = |source| DataplaneError::Io { doing: "starting the writer of", path: folder.to_owned(), source };
        let writer = writer.map_err(failed)?;
        Ok(Self { map, jobs: Some(jobs).into(), writer: Some(writer).into(), limit })
    }

    fn read<T>(&self, look: impl FnOnce(&Map) -> T) -> T {
        look(&self.map.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn get(&self, group: &str, topic: TopicId, partition: i32) -> Option<Committed> {
        self.read(|map| map.get(group)?.get(&(topic, partition)).cloned())
    }

    /// Everything that a group committed.
    pub(crate) fn of_group(&self, group: &str) -> BTreeMap<(TopicId, i32), Committed> {
        self.read(|map| map.get(group).cloned().unwrap_or_default())
    }

    pub(super) fn groups(&self) -> Vec<String> {
        self.read(|map| map.keys().cloned().collect())
    }

    pub(super) fn has_group(&self, group: &str) -> bool {
        self.read(|map| map.contains_key(group))
    }

    /// Commits; done when it is durable.
    pub(crate) async fn commit(&self, commits: Vec<Commit>) -> Result<(), ResponseError> {
        let have: usize = self.read(|map| map.values().map(BTreeMap::len).sum());
        let is_new = |commit: &&Commit| self.get(&commit.group, commit.topic, commit.partition).is_none();
        if have + commits.iter().filter(is_new).count() > self.limit {
            return Err(ResponseError::PolicyViolation);
        }
        self.submit(commits).await.unwrap_or(Err(ResponseError::CoordinatorNotAvailable))
    }

    fn submit(&self, commits: Vec<Commit>) -> oneshot::Receiver<Result<(), ResponseError>> {
        let (sender, receiver) = oneshot::channel();
        if let Some(jobs) = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            // Where the writer is gone, the receiver learns it from the sender being dropped.
            let _ = jobs.send((commits, sender));
        }
        receiver
    }

    fn take_back(&self, matches: impl Fn(&str, TopicId) -> bool) -> Vec<Commit> {
        self.read(|map| {
            let mut commits = Vec::new();
            for (group, offsets) in map {
                for (topic, partition) in offsets.keys().filter(|(topic, _)| matches(group, *topic)) {
                    let (topic, partition) = (*topic, *partition);
                    commits.push(Commit { group: group.clone(), topic, partition, committed: None });
                }
            }
            commits
        })
    }

    /// Forgets what was committed to a topic. Nobody waits for it: a topic that is gone is also left out at the next start.
    pub(super) fn forget_topic(&self, topic: TopicId) {
        drop(self.submit(self.take_back(|_, other| other == topic)));
    }

    pub(super) async fn forget_group(&self, group: &str) -> Result<(), ResponseError> {
        let commits = self.take_back(|other, _| other == group);
        self.submit(commits).await.unwrap_or(Err(ResponseError::CoordinatorNotAvailable))
    }

    pub(super) fn close(&self) {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = writer.join();
        }
    }
}

/// Writes what came in since the last time, makes it durable at one stroke, shows it, and answers.
fn write(mut journal: Journal, map: &RwLock<Map>, waiting: &mpsc::Receiver<Job>) {
    while let Ok(first) = waiting.recv() {
        let jobs: Vec<Job> = std::iter::once(first).chain(waiting.try_iter()).collect();
        let written = journal.append(jobs.iter().flat_map(|(commits, _)| commits));
        if let Err(error) = &written {
            tracing::error!(error = %error, "group offsets could not be written; no more are taken");
        }
        let mut map = map.write().unwrap_or_else(PoisonError::into_inner);
        for (commits, answer) in jobs {
            if written.is_ok() {
                commits.into_iter().for_each(|commit| apply(&mut map, commit));
            }
            let _ = answer.send(if written.is_ok() { Ok(()) } else { Err(ResponseError::KafkaStorageError) });
        }
        if let Err(error) = journal.compact_if_long(&map) {
            tracing::error!(error = %error, "the journal of group offsets could not be rewritten");
        }
    }
}
