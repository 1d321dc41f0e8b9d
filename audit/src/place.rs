//! Where records lie, and what a tally is a tally of.

use crate::window::Window;
use model::{ClusterName, SessionId, Tenant, TopicId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One partition of a log; a sink that is no log gives itself ids of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LogPartition {
    /// The cluster that keeps it.
    pub cluster: ClusterName,
    /// The topic, by id: a topic made anew is another topic.
    pub topic: TopicId,
    /// The partition's number.
    pub partition: i32,
}

/// `cluster/topic-id/partition`.
impl fmt::Display for LogPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.cluster, self.topic, self.partition)
    }
}

/// Which records of a log, an origin and a window a tally counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// Every record; the account that edges between logs are judged by.
    All,
    /// Those of one producer's session, on the log that they were first written to.
    Session(SessionId),
    /// Those of sessions beyond the cap on sessions in a window: they are known by number only.
    OtherSessions,
}

/// What a tally is a tally of. The revision of the row is the covered offset it was saved with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TallyKey {
    /// Whose data it is.
    pub tenant: Tenant,
    /// The log that was read.
    pub log: LogPartition,
    /// Where the records were carried from; `None` for records that were produced to this log.
    ///
    /// A timeless record that was carried counts under `None` by its own offset, for the edge that leaves, and
    /// under its origin by the origin's offset, for the edge that arrives.
    pub origin: Option<LogPartition>,
    /// Window and key generation.
    pub window: Window,
    /// Which of the records.
    pub account: Account,
}
