//! One classic group: who is in it, and which generation it is in.
//!
//! The states and answers are those of Kafka's `GroupCoordinator`. A group is a plain value: time comes in as an
//! argument, waiting clients are the other ends of channels.

use super::member::{JoinRefused, JoinReply, JoinRequest, Joined, JoinedMember, Member, SyncReply, Synced};
use bytes::Bytes;
use kafka_protocol::ResponseError;
use std::collections::BTreeMap;
use std::time::Instant;
use tokio::sync::oneshot;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Empty,
    /// Members are joining; the next generation begins when all have, or when time is up.
    PreparingRebalance,
    /// A generation began; its leader is making the assignment.
    CompletingRebalance,
    Stable,
}

impl State {
    /// The name that admin clients are told.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::PreparingRebalance => "PreparingRebalance",
            Self::CompletingRebalance => "CompletingRebalance",
            Self::Stable => "Stable",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Group {
    pub(super) state: State,
    pub(super) generation: i32,
    pub(super) protocol_type: Option<String>,
    pub(super) protocol: Option<String>,
    pub(super) leader: Option<String>,
    pub(super) members: BTreeMap<String, Member>,
    /// Member ids of static members, by instance id.
    pub(super) instances: BTreeMap<String, String>,
    /// Ids that were given out and not used yet, and until when they may be.
    pub(super) pending: BTreeMap<String, Instant>,
    /// When the present phase of a rebalance ends without those who are missing.
    pub(super) phase_ends: Option<Instant>,
}

impl Default for Group {
    fn default() -> Self {
        Self {
            state: State::Empty,
            generation: 0,
            protocol_type: None,
            protocol: None,
            leader: None,
            members: BTreeMap::new(),
            instances: BTreeMap::new(),
            pending: BTreeMap::new(),
            phase_ends: None,
        }
    }
}

impl Group {
    /// A member joins, for the first time or again. `fresh_id` is the id it gets if it has none.
    pub(crate) fn join(
        &mut self,
        now: Instant,
        request: &JoinRequest,
        fresh_id: String,
        most_members: usize,
    ) -> oneshot::Receiver<JoinReply> {
        let (sender, receiver) = oneshot::channel();
        match self.admit(now, request, fresh_id, most_members) {
            Ok(member_id) => self.rejoin(now, &member_id, request, sender),
            Err(refused) => {
                let _ = sender.send(Err(refused));
            }
        }
        receiver
    }

    /// Finds or makes the member that joins.
    fn admit(
        &mut self,
        now: Instant,
        request: &JoinRequest,
        fresh_id: String,
        most_members: usize,
    ) -> Result<String, JoinRefused> {
        let refused = |error, member_id: &str| Err(JoinRefused { error, member_id: member_id.to_owned() });
        if !self.supports(request) {
            return refused(ResponseError::InconsistentGroupProtocol, &request.member_id);
        }
        let known_instance = request.instance_id.as_ref().and_then(|instance| self.instances.get(instance)).cloned();
        let id = &request.member_id;
        if id.is_empty() {
            if let Some(old) = known_instance {
                return Ok(self.replace_static(&old, fresh_id));
            }
            if self.members.len() + self.pending.len() >= most_members {
                return refused(ResponseError::GroupMaxSizeReached, "");
            }
            if request.id_first && request.instance_id.is_none() {
                self.pending.insert(fresh_id.clone(), now + request.session_timeout);
                return refused(ResponseError::MemberIdRequired, &fresh_id);
            }
            self.add(now, fresh_id.clone(), request);
            return Ok(fresh_id);
        }
        if known_instance.is_some_and(|known| known != *id) {
            return refused(ResponseError::FencedInstanceId, id);
        }
        if self.pending.remove(id).is_some() {
            self.add(now, id.clone(), request);
        }
        match self.members.contains_key(id) {
            true => Ok(id.clone()),
            false => refused(ResponseError::UnknownMemberId, id),
        }
    }

    /// Whether the group can go on with this member's assignors.
    fn supports(&self, request: &JoinRequest) -> bool {
        if request.protocol_type.is_empty() || request.protocols.is_empty() {
            return false;
        }
        let others = || self.members.values().filter(|member| member.id != request.member_id);
        if self.members.is_empty() {
            return true;
        }
        self.protocol_type.as_deref() == Some(&request.protocol_type)
            && request
                .protocols
                .iter()
                .any(|(name, _)| others().all(|other| other.protocols.iter().any(|p| p.0 == *name)))
    }

    fn add(&mut self, now: Instant, id: String, request: &JoinRequest) {
        if self.members.is_empty() {
            self.protocol_type = Some(request.protocol_type.clone());
        }
        if let Some(instance) = &request.instance_id {
            self.instances.insert(instance.clone(), id.clone());
        }
        self.members.insert(id.clone(), Member::new(id, request, now));
    }

    /// A static member came back: it keeps its place under a new id, and whoever had the old one is fenced.
    fn replace_static(&mut self, old: &str, fresh_id: String) -> String {
        if let Some(mut member) = self.members.remove(old) {
            member.refuse(ResponseError::FencedInstanceId);
            member.id.clone_from(&fresh_id);
            if let Some(instance) = &member.instance_id {
                self.instances.insert(instance.clone(), fresh_id.clone());
            }
            self.members.insert(fresh_id.clone(), member);
        }
        // The old id stays the leader's for those who were told of it, until the next generation.
        fresh_id
    }

    fn rejoin(&mut self, now: Instant, id: &str, request: &JoinRequest, sender: oneshot::Sender<JoinReply>) {
        let was_static_return = request.member_id.is_empty() && request.instance_id.is_some();
        let is_leader = self.leader.as_deref() == Some(id);
        let Some(member) = self.members.get_mut(id) else { return };
        let same = member.protocols == request.protocols;
        member.update(request, now);
        match self.state {
            State::CompletingRebalance if same && !was_static_return => drop(sender.send(Ok(self.joined(id)))),
            State::Stable if was_static_return && self.vote() == self.protocol => {
                let joined = self.rejoined_static(id, request);
                let _ = sender.send(Ok(joined));
            }
            State::Stable if same && !is_leader && !was_static_return => drop(sender.send(Ok(self.joined(id)))),
            _ => {
                let Some(member) = self.members.get_mut(id) else { return };
                // Where the client had asked before, over a connection that it lost, nobody reads that answer.
                member.joining = Some(sender);
                self.rebalance(now);
            }
        }
    }

    /// A static member is back in a stable group whose protocol does not change: nobody else need know.
    fn rejoined_static(&mut self, id: &str, request: &JoinRequest) -> Joined {
        let led = self.leader.as_ref().is_some_and(|leader| !self.members.contains_key(leader));
        if led && request.may_skip_assignment {
            self.leader = Some(id.to_owned());
            return Joined { skip_assignment: true, ..self.joined(id) };
        }
        // Older clients are told the old leader's id, so that none takes itself for the leader and assigns anew.
        let joined = self.joined(id);
        if led {
            self.leader = Some(id.to_owned());
        }
        joined
    }

    /// The present generation, as a member is told of it.
    pub(super) fn joined(&self, id: &str) -> Joined {
        let is_leader = self.leader.as_deref() == Some(id);
        let protocol = self.protocol.clone().unwrap_or_default();
        let describe = |member: &Member| JoinedMember {
            member_id: member.id.clone(),
            instance_id: member.instance_id.clone(),
            metadata: member.metadata(&protocol),
        };
        Joined {
            generation: self.generation,
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            leader: self.leader.clone().unwrap_or_default(),
            member_id: id.to_owned(),
            skip_assignment: false,
            members: if is_leader { self.members.values().map(describe).collect() } else { Vec::new() },
        }
    }

    /// A member asks for its part; the leader brings everyone's.
    pub(crate) fn sync(
        &mut self,
        now: Instant,
        id: &str,
        instance_id: Option<&str>,
        generation: i32,
        assignments: Vec<(String, Bytes)>,
    ) -> oneshot::Receiver<SyncReply> {
        let (sender, receiver) = oneshot::channel();
        let checked = self.check(id, instance_id, generation);
        let Some(member) = self.members.get_mut(id).filter(|_| checked.is_ok()) else {
            let _ = sender.send(Err(checked.err().unwrap_or(ResponseError::UnknownMemberId)));
            return receiver;
        };
        member.heard(now);
        match self.state {
            State::Empty => drop(sender.send(Err(ResponseError::UnknownMemberId))),
            State::PreparingRebalance => drop(sender.send(Err(ResponseError::RebalanceInProgress))),
            State::Stable => drop(sender.send(Ok(self.synced(id)))),
            State::CompletingRebalance => {
                member.syncing = Some(sender);
                if self.leader.as_deref() == Some(id) {
                    self.assign(now, assignments);
                }
            }
        }
        receiver
    }

    fn synced(&self, id: &str) -> Synced {
        Synced {
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            assignment: self.members.get(id).map(|member| member.assignment.clone()).unwrap_or_default(),
        }
    }

    fn assign(&mut self, now: Instant, assignments: Vec<(String, Bytes)>) {
        for (id, assignment) in assignments {
            if let Some(member) = self.members.get_mut(&id) {
                member.assignment = assignment;
            }
        }
        self.state = State::Stable;
        self.phase_ends = None;
        let ids: Vec<String> = self.members.keys().cloned().collect();
        for id in ids {
            let synced = self.synced(&id);
            if let Some(member) = self.members.get_mut(&id)
                && let Some(syncing) = member.syncing.take()
            {
                member.heard(now);
                let _ = syncing.send(Ok(synced));
            }
        }
    }

    pub(crate) fn heartbeat(
        &mut self,
        now: Instant,
        id: &str,
        instance_id: Option<&str>,
        generation: i32,
    ) -> Result<(), ResponseError> {
        self.check(id, instance_id, generation)?;
        let member = self.members.get_mut(id).ok_or(ResponseError::UnknownMemberId)?;
        member.heard(now);
        match self.state {
            State::Empty => Err(ResponseError::UnknownMemberId),
            State::PreparingRebalance => Err(ResponseError::RebalanceInProgress),
            State::CompletingRebalance | State::Stable => Ok(()),
        }
    }

    /// A member leaves; a static one may be named by its instance id alone.
    pub(crate) fn leave(&mut self, now: Instant, id: &str, instance_id: Option<&str>) -> Result<(), ResponseError> {
        if self.pending.remove(id).is_some() {
            self.complete_if_all_joined(now);
            return Ok(());
        }
        let id = match instance_id {
            None => id.to_owned(),
            Some(instance) => match self.instances.get(instance) {
                None => return Err(ResponseError::UnknownMemberId),
                Some(known) if !id.is_empty() && known != id => return Err(ResponseError::FencedInstanceId),
                Some(known) => known.clone(),
            },
        };
        if !self.remove(&id, ResponseError::UnknownMemberId) {
            return Err(ResponseError::UnknownMemberId);
        }
        self.after_removal(now);
        Ok(())
    }

    /// Whether a member, or someone outside every generation, may commit offsets now.
    pub(crate) fn may_commit(
        &mut self,
        now: Instant,
        id: &str,
        instance_id: Option<&str>,
        generation: i32,
    ) -> Result<(), ResponseError> {
        if generation < 0 && id.is_empty() && instance_id.is_none() {
            return if self.state == State::Empty { Ok(()) } else { Err(ResponseError::UnknownMemberId) };
        }
        self.check(id, instance_id, generation)?;
        let member = self.members.get_mut(id).ok_or(ResponseError::UnknownMemberId)?;
        match self.state {
            State::Empty => Err(ResponseError::UnknownMemberId),
            State::CompletingRebalance => Err(ResponseError::RebalanceInProgress),
            State::PreparingRebalance | State::Stable => {
                member.heard(now);
                Ok(())
            }
        }
    }

    /// Whether this is a member of the present generation.
    fn check(&self, id: &str, instance_id: Option<&str>, generation: i32) -> Result<(), ResponseError> {
        if let Some(instance) = instance_id {
            match self.instances.get(instance) {
                None => return Err(ResponseError::UnknownMemberId),
                Some(known) if known != id => return Err(ResponseError::FencedInstanceId),
                Some(_) => {}
            }
        }
        if !self.members.contains_key(id) {
            return Err(ResponseError::UnknownMemberId);
        }
        if generation == self.generation { Ok(()) } else { Err(ResponseError::IllegalGeneration) }
    }

    /// What admin clients are told.
    pub(super) fn describe(&self) -> super::Description {
        let protocol = self.protocol.clone().unwrap_or_default();
        let describe = |member: &Member| super::MemberDescription {
            id: member.id.clone(),
            instance_id: member.instance_id.clone(),
            client_id: member.client_id.clone(),
            client_host: member.client_host.clone(),
            metadata: member.metadata(&protocol),
            assignment: member.assignment.clone(),
        };
        super::Description {
            state: self.state.name(),
            protocol_type: self.protocol_type.clone().unwrap_or_default(),
            members: self.members.values().map(describe).collect(),
            protocol,
        }
    }

    /// Nobody is in it and nobody is about to be.
    pub(crate) fn is_deserted(&self) -> bool {
        self.members.is_empty() && self.pending.is_empty()
    }
}
