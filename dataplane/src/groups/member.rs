//! A member of a group.

use bytes::Bytes;
use kafka_protocol::ResponseError;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// What a client says when it joins.
#[derive(Clone, Debug)]
pub(crate) struct JoinRequest {
    /// Empty for a member that has no id yet.
    pub(crate) member_id: String,
    /// The name of a static member, kept over restarts of its process.
    pub(crate) instance_id: Option<String>,
    pub(crate) client_id: String,
    pub(crate) client_host: String,
    pub(crate) session_timeout: Duration,
    pub(crate) rebalance_timeout: Duration,
    pub(crate) protocol_type: String,
    /// Name and metadata of each assignor, the best liked first.
    pub(crate) protocols: Vec<(String, Bytes)>,
    /// A member without an id is given one first, and only joins when it comes back with it (JoinGroup 4 and later).
    pub(crate) id_first: bool,
    /// A leader may be told to skip the assignment (JoinGroup 9).
    pub(crate) may_skip_assignment: bool,
}

/// The generation that a member now belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Joined {
    pub(crate) generation: i32,
    pub(crate) protocol_type: Option<String>,
    pub(crate) protocol: Option<String>,
    pub(crate) leader: String,
    pub(crate) member_id: String,
    pub(crate) skip_assignment: bool,
    /// All members, for the leader; none for others.
    pub(crate) members: Vec<JoinedMember>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JoinedMember {
    pub(crate) member_id: String,
    pub(crate) instance_id: Option<String>,
    pub(crate) metadata: Bytes,
}

/// Why a member did not join, and the id it was given if it is to come back with one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JoinRefused {
    pub(crate) error: ResponseError,
    pub(crate) member_id: String,
}

/// A member's part of the work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Synced {
    pub(crate) protocol_type: Option<String>,
    pub(crate) protocol: Option<String>,
    pub(crate) assignment: Bytes,
}

pub(crate) type JoinReply = Result<Joined, JoinRefused>;
pub(crate) type SyncReply = Result<Synced, ResponseError>;

#[derive(Debug)]
pub(super) struct Member {
    pub(super) id: String,
    pub(super) instance_id: Option<String>,
    pub(super) client_id: String,
    pub(super) client_host: String,
    pub(super) session_timeout: Duration,
    pub(super) rebalance_timeout: Duration,
    pub(super) protocols: Vec<(String, Bytes)>,
    pub(super) assignment: Bytes,
    /// When it counts as dead unless it is heard of, or waits for an answer.
    pub(super) deadline: Instant,
    /// Waits for all others to join.
    pub(super) joining: Option<oneshot::Sender<JoinReply>>,
    /// Waits for the leader's assignment.
    pub(super) syncing: Option<oneshot::Sender<SyncReply>>,
}

impl Member {
    pub(super) fn new(id: String, request: &JoinRequest, now: Instant) -> Self {
        Self {
            id,
            instance_id: request.instance_id.clone(),
            client_id: request.client_id.clone(),
            client_host: request.client_host.clone(),
            session_timeout: request.session_timeout,
            rebalance_timeout: request.rebalance_timeout,
            protocols: request.protocols.clone(),
            assignment: Bytes::new(),
            deadline: now + request.session_timeout,
            joining: None,
            syncing: None,
        }
    }

    /// Takes over what a member said when it joined again.
    pub(super) fn update(&mut self, request: &JoinRequest, now: Instant) {
        self.protocols.clone_from(&request.protocols);
        self.session_timeout = request.session_timeout;
        self.rebalance_timeout = request.rebalance_timeout;
        self.client_id.clone_from(&request.client_id);
        self.client_host.clone_from(&request.client_host);
        self.heard(now);
    }

    pub(super) fn heard(&mut self, now: Instant) {
        self.deadline = now + self.session_timeout;
    }

    /// Its metadata for an assignor; empty when it does not know it.
    pub(super) fn metadata(&self, protocol: &str) -> Bytes {
        let found = self.protocols.iter().find(|(name, _)| name == protocol);
        found.map(|(_, metadata)| metadata.clone()).unwrap_or_default()
    }

    /// Answers a waiting join or sync with an error.
    pub(super) fn refuse(&mut self, error: ResponseError) {
        if let Some(joining) = self.joining.take() {
            let _ = joining.send(Err(JoinRefused { error, member_id: self.id.clone() }));
        }
        if let Some(syncing) = self.syncing.take() {
            let _ = syncing.send(Err(error));
        }
    }

    /// Forgets waits whose client hung up, so that they keep nobody alive.
    pub(super) fn forget_hung_up(&mut self) {
        self.joining = self.joining.take().filter(|joining| !joining.is_closed());
        self.syncing = self.syncing.take().filter(|syncing| !syncing.is_closed());
    }

    pub(super) fn is_dead(&self, now: Instant) -> bool {
        self.joining.is_none() && self.syncing.is_none() && self.deadline <= now
    }
}
