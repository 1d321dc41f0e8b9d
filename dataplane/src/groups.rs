//! Consumer groups: who reads what (membership, in memory) and how far (offsets, on disk).
//!
//! Membership does not outlive the process: members of a group that is gone are told so, and join again. What they
//! committed does: an offset is acknowledged only when it is durable.

mod group;
mod journal;
mod member;
mod offsets;
mod rebalance;

use crate::error::DataplaneError;
use crate::limits::Limits;
pub(crate) use group::Group;
use kafka_protocol::ResponseError;
pub(crate) use member::{JoinRefused, JoinReply, JoinRequest, SyncReply};
use model::TopicId;
use offsets::Offsets;
pub(crate) use offsets::{Commit, Committed};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// How often sessions and phases are looked at. Nothing that goes well waits for it.
const TICK: Duration = Duration::from_millis(100);

/// All groups of one cluster.
#[derive(Debug)]
pub(crate) struct Groups {
    groups: Mutex<BTreeMap<String, Group>>,
    pub(crate) offsets: Offsets,
    limits: Arc<Limits>,
}

/// What admin clients are told about a group.
#[derive(Debug)]
pub(crate) struct Description {
    pub(crate) state: &'static str,
    pub(crate) protocol_type: String,
    pub(crate) protocol: String,
    pub(crate) members: Vec<MemberDescription>,
}

#[derive(Debug)]
pub(crate) struct MemberDescription {
    pub(crate) id: String,
    pub(crate) instance_id: Option<String>,
    pub(crate) client_id: String,
    pub(crate) client_host: String,
    pub(crate) metadata: bytes::Bytes,
    pub(crate) assignment: bytes::Bytes,
}

impl Groups {
    /// Reads the offsets that were committed to topics that still exist. Blocks.
    pub(crate) fn open(
        folder: &Path,
        limits: Arc<Limits>,
        is_known: impl Fn(TopicId) -> bool,
    ) -> Result<Self, DataplaneError> {
        let offsets = Offsets::open(folder, limits.committed_offsets, is_known)?;
        Ok(Self { groups: Mutex::default(), offsets, limits })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Group>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins; the answer comes when the generation begins.
    pub(crate) fn join(&self, group: &str, request: &JoinRequest, fresh_id: String) -> Waiting<JoinReply> {
        let refused = |error| Err(JoinRefused { error, member_id: request.member_id.clone() });
        if group.is_empty() {
            return Waiting::ready(refused(ResponseError::InvalidGroupId));
        }
        let allowed = self.limits.min_session_timeout..=self.limits.max_session_timeout;
        if !allowed.contains(&request.session_timeout) {
            return Waiting::ready(refused(ResponseError::InvalidSessionTimeout));
        }
        let bytes: usize = request.protocols.iter().map(|(name, metadata)| name.len() + metadata.len()).sum();
        if bytes > self.limits.group_member_bytes {
            return Waiting::ready(refused(ResponseError::InvalidRequest));
        }
        let mut groups = self.lock();
        if !groups.contains_key(group) && groups.len() >= self.limits.groups {
            return Waiting::ready(refused(ResponseError::GroupMaxSizeReached));
        }
        let group = groups.entry(group.to_owned()).or_default();
        Waiting(group.join(Instant::now(), request, fresh_id, self.limits.group_members))
    }

    /// Asks for a member's assignment; the answer comes when the leader has made it.
    pub(crate) fn sync(
        &self,
        group: &str,
        member: (&str, Option<&str>, i32),
        assignments: Vec<(String, bytes::Bytes)>,
    ) -> Waiting<SyncReply> {
        let (id, instance_id, generation) = member;
        let limit = self.limits.group_member_bytes;
        if assignments.iter().any(|(_, assignment)| assignment.len() > limit) {
            return Waiting::ready(Err(ResponseError::InvalidRequest));
        }
        match self.lock().get_mut(group) {
            None => Waiting::ready(Err(ResponseError::UnknownMemberId)),
            Some(group) => Waiting(group.sync(Instant::now(), id, instance_id, generation, assignments)),
        }
    }

    pub(crate) fn heartbeat(&self, group: &str, member: (&str, Option<&str>, i32)) -> Result<(), ResponseError> {
        let (id, instance_id, generation) = member;
        let mut groups = self.lock();
        let group = groups.get_mut(group).ok_or(ResponseError::UnknownMemberId)?;
        group.heartbeat(Instant::now(), id, instance_id, generation)
    }

    pub(crate) fn leave(&self, group: &str, id: &str, instance_id: Option<&str>) -> Result<(), ResponseError> {
        let mut groups = self.lock();
        let group = groups.get_mut(group).ok_or(ResponseError::UnknownMemberId)?;
        group.leave(Instant::now(), id, instance_id)
    }

    /// Whether this member, or someone outside every generation, may commit offsets to the group now.
    pub(crate) fn may_commit(&self, group: &str, member: (&str, Option<&str>, i32)) -> Result<(), ResponseError> {
        let (id, instance_id, generation) = member;
        match self.lock().get_mut(group) {
            Some(group) => group.may_commit(Instant::now(), id, instance_id, generation),
            None if generation < 0 && !group.is_empty() => Ok(()),
            None if group.is_empty() => Err(ResponseError::InvalidGroupId),
            None => Err(ResponseError::IllegalGeneration),
        }
    }

    /// Name, protocol type and state of every group that has members or offsets.
    pub(crate) fn list(&self) -> Vec<(String, String, &'static str)> {
        let mut listed: BTreeMap<_, _> =
            self.offsets.groups().into_iter().map(|group| (group, (String::new(), "Empty"))).collect();
        for (name, group) in self.lock().iter().filter(|(_, group)| !group.is_deserted()) {
            listed.insert(name.clone(), (group.protocol_type.clone().unwrap_or_default(), group.state.name()));
        }
        listed.into_iter().map(|(name, (protocol_type, state))| (name, protocol_type, state)).collect()
    }

    /// A group that has members or offsets.
    pub(crate) fn describe(&self, name: &str) -> Option<Description> {
        let groups = self.lock();
        match groups.get(name).filter(|group| !group.is_deserted()) {
            Some(group) => Some(group.describe()),
            None => self.offsets.has_group(name).then(|| Description {
                state: "Empty",
                protocol_type: String::new(),
                protocol: String::new(),
                members: Vec::new(),
            }),
        }
    }

    /// Deletes a group that nobody is in, with its offsets.
    pub(crate) async fn delete(&self, name: &str) -> Result<(), ResponseError> {
        let known = {
            let mut groups = self.lock();
            if groups.get(name).is_some_and(|group| !group.members.is_empty()) {
                return Err(ResponseError::NonEmptyGroup);
            }
            groups.remove(name).is_some()
        };
        if !known && !self.offsets.has_group(name) {
            return Err(ResponseError::GroupIdNotFound);
        }
        self.offsets.forget_group(name).await
    }

    /// The topic is gone, and with it what was committed to it.
    pub(crate) fn forget_topic(&self, topic: TopicId) {
        self.offsets.forget_topic(topic);
    }

    /// Lets time pass for every group, until `stop`.
    pub(crate) async fn run(&self, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            let now = Instant::now();
            self.lock().retain(|_, group| {
                group.tick(now);
                !group.is_deserted()
            });
        }
    }

    /// Ends the journal once everything handed to it is on disk. Blocks.
    pub(crate) fn close(&self) {
        self.offsets.close();
    }
}

/// An answer that may take a while.
#[derive(Debug)]
pub(crate) struct Waiting<T>(tokio::sync::oneshot::Receiver<T>);

impl<T> Waiting<T> {
    fn ready(answer: T) -> Self {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let _ = sender.send(answer);
        Self(receiver)
    }

    /// The answer; `None` when `gone` came first.
    pub(crate) async fn answer(self, gone: &CancellationToken) -> Option<T> {
        tokio::select! {
            biased;
            answer = self.0 => answer.ok(),
            () = gone.cancelled() => None,
        }
    }
}

#[cfg(test)]
mod tests;
