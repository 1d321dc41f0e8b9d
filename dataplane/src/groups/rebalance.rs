//! How a group passes from one generation to the next.

use super::group::{Group, State};
use bytes::Bytes;
use kafka_protocol::ResponseError;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

impl Group {
    /// Begins a rebalance unless one is under way, and ends it at once when everyone is there. There is no initial delay
    /// (`group.initial.rebalance.delay.ms` = 0): the first member of a group on one machine should not wait for others.
    pub(super) fn rebalance(&mut self, now: Instant) {
        if self.state != State::PreparingRebalance {
            for member in self.members.values_mut() {
                if let Some(syncing) = member.syncing.take() {
                    let _ = syncing.send(Err(ResponseError::RebalanceInProgress));
                }
                if self.state == State::CompletingRebalance {
                    member.assignment = Bytes::new();
                }
            }
            self.state = State::PreparingRebalance;
            self.phase_ends = Some(now + self.longest_rebalance());
        }
        self.complete_if_all_joined(now);
    }

    fn longest_rebalance(&self) -> Duration {
        self.members.values().map(|member| member.rebalance_timeout).max().unwrap_or_default()
    }

    pub(super) fn complete_if_all_joined(&mut self, now: Instant) {
        let all = self.pending.is_empty() && self.members.values().all(|member| member.joining.is_some());
        if self.state == State::PreparingRebalance && all {
            self.begin_generation(now);
        }
    }

    /// Begins the next generation with those who joined. Static members that did not stay in until their session ends.
    fn begin_generation(&mut self, now: Instant) {
        let missing: Vec<String> = self
            .members
            .values()
            .filter(|member| member.joining.is_none() && member.instance_id.is_none())
            .map(|member| member.id.clone())
            .collect();
        for id in missing {
            self.remove(&id, ResponseError::UnknownMemberId);
        }
        let joined: Vec<String> =
            self.members.values().filter(|member| member.joining.is_some()).map(|member| member.id.clone()).collect();
        if joined.is_empty() && !self.members.is_empty() {
            self.phase_ends = Some(now + self.longest_rebalance().max(Duration::from_millis(1)));
            return;
        }
        self.generation = self.generation.checked_add(1).unwrap_or(1);
        if joined.is_empty() {
            self.empty();
            return;
        }
        if !self.leader.as_ref().is_some_and(|leader| joined.contains(leader)) {
            self.leader = joined.first().cloned();
        }
        self.protocol = self.vote();
        self.state = State::CompletingRebalance;
        self.phase_ends = Some(now + self.longest_rebalance());
        for id in joined {
            let reply = self.joined(&id);
            if let Some(member) = self.members.get_mut(&id)
                && let Some(joining) = member.joining.take()
            {
                member.heard(now);
                let _ = joining.send(Ok(reply));
            }
        }
    }

    fn empty(&mut self) {
        self.state = State::Empty;
        self.protocol = None;
        self.protocol_type = None;
        self.leader = None;
        self.phase_ends = None;
    }

    /// The assignor that most members like best, of those that all know; the first in the alphabet where votes are even.
    pub(super) fn vote(&self) -> Option<String> {
        let mut votes = BTreeMap::<&str, usize>::new();
        for member in self.members.values() {
            let known_to_all =
                |name: &str| self.members.values().all(|other| other.protocols.iter().any(|(known, _)| known == name));
            if let Some((name, _)) = member.protocols.iter().find(|(name, _)| known_to_all(name)) {
                *votes.entry(name).or_default() += 1;
            }
        }
        let most = votes.values().max().copied();
        votes.into_iter().find(|(_, count)| Some(*count) == most).map(|(name, _)| name.to_owned())
    }

    /// Takes a member out; whatever it waits for ends with `error`.
    pub(super) fn remove(&mut self, id: &str, error: ResponseError) -> bool {
        let Some(mut member) = self.members.remove(id) else { return false };
        member.refuse(error);
        if let Some(instance) = &member.instance_id {
            self.instances.remove(instance);
        }
        if self.leader.as_deref() == Some(id) {
            let next = self.members.values().find(|member| member.joining.is_some()).or(self.members.values().next());
            self.leader = next.map(|member| member.id.clone());
        }
        true
    }

    /// The others must share the work anew.
    pub(super) fn after_removal(&mut self, now: Instant) {
        match self.state {
            State::Empty => {}
            State::PreparingRebalance => self.complete_if_all_joined(now),
            State::CompletingRebalance | State::Stable => self.rebalance(now),
        }
    }

    /// Lets time pass: sessions end, ids that nobody used are forgotten, phases of a rebalance run out.
    pub(crate) fn tick(&mut self, now: Instant) {
        self.pending.retain(|_, until| *until > now);
        self.members.values_mut().for_each(super::member::Member::forget_hung_up);
        let dead: Vec<String> =
            self.members.values().filter(|member| member.is_dead(now)).map(|member| member.id.clone()).collect();
        for id in &dead {
            tracing::debug!(member = id, "a group member's session ended");
            self.remove(id, ResponseError::UnknownMemberId);
        }
        if !dead.is_empty() {
            self.after_removal(now);
        }
        self.complete_if_all_joined(now);
        if self.phase_ends.is_some_and(|ends| ends <= now) {
            match self.state {
                State::PreparingRebalance => self.begin_generation(now),
                State::CompletingRebalance => self.give_up_on_silent(now),
                State::Empty | State::Stable => self.phase_ends = None,
            }
        }
    }

    /// The assignment took too long: whoever did not ask for it is out, and the rest try again.
    fn give_up_on_silent(&mut self, now: Instant) {
        let silent: Vec<String> =
            self.members.values().filter(|member| member.syncing.is_none()).map(|member| member.id.clone()).collect();
        for id in silent {
            self.remove(&id, ResponseError::UnknownMemberId);
        }
        self.phase_ends = None;
        self.rebalance(now);
    }
}
