//! What a producer keeps of its own session, to report on it.

use super::{AcknowledgedOffsets, MAX_INDETERMINATE, MAX_REPORTED_WINDOWS, ProducerReport, ReportedWindow};
use crate::record::{Digest, Digester, Keys, Record};
use crate::sketch::Shape;
use crate::tally::Tally;
use crate::window::{Plan, Window};
use model::{ClusterName, EventId, SessionId, Timestamp, TopicName};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use thiserror::Error;

/// Why a session's record cannot be booked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "each message says it")]
pub enum LedgerError {
    #[error("the window at {start} needs the secret of key generation {generation}, which is not held")]
    NoKey { start: i64, generation: u32 },
    #[error("record {sequence} of session {session} was not sent, or its fate is known already")]
    NotInFlight { session: SessionId, sequence: u64 },
}

/// A record whose fate is not known.
#[derive(Debug)]
struct InFlight {
    window: Window,
    timestamp: Timestamp,
    digest: Digest,
}

/// What came of the records of one window.
#[derive(Debug)]
struct Sums {
    acknowledged: Tally,
    offsets: BTreeMap<i32, (i64, i64)>,
    failed: u64,
    indeterminate: BTreeSet<u64>,
    /// Some that timed out are not listed any more.
    overflow: bool,
    /// The first report that carries the latest change; 0 once that is confirmed.
    carried_by: u64,
}

impl Sums {
    fn new() -> Self {
        let acknowledged = Tally::new(Shape::default());
        Self {
            acknowledged,
            offsets: BTreeMap::new(),
            failed: 0,
            indeterminate: BTreeSet::new(),
            overflow: false,
            carried_by: 0,
        }
    }
}

/// The account of one session with one topic: records go in as they are sent and as their fate becomes known,
/// reports come out.
#[derive(Debug)]
pub struct SessionLedger {
    session: SessionId,
    cluster: ClusterName,
    topic: TopicName,
    plan: Plan,
    keys: Keys,
    next_sequence: u64,
    in_flight: BTreeMap<u64, InFlight>,
    windows: BTreeMap<Window, Sums>,
    acknowledged: u64,
    failed: u64,
    timed_out: u64,
    /// The number of the last report made.
    number: u64,
}

impl SessionLedger {
    /// An empty account. `session` is drawn at random by the caller, when the producer starts.
    #[must_use]
    pub fn new(session: SessionId, cluster: ClusterName, topic: TopicName, plan: Plan, keys: Keys) -> Self {
        Self {
            session,
            cluster,
            topic,
            plan,
            keys,
            next_sequence: 0,
            in_flight: BTreeMap::new(),
            windows: BTreeMap::new(),
            acknowledged: 0,
            failed: 0,
            timed_out: 0,
            number: 0,
        }
    }

    /// Books a record that is about to be sent and gives it its id, which goes into its header. The record has the
    /// time that it is sent with, for a producer stamps every record; its offset and id count for nothing yet.
    ///
    /// # Errors
    /// When the secret of its window is not held.
    pub fn send(&mut self, record: &Record<'_>) -> Result<EventId, LedgerError> {
        self.send_as(self.next_sequence, record)
    }

    /// As [`SessionLedger::send`], for a session that numbers the records of several topics together. Numbers rise.
    ///
    /// # Errors
    /// When the secret of its window is not held.
    pub fn send_as(&mut self, sequence: u64, record: &Record<'_>) -> Result<EventId, LedgerError> {
        let window = self.plan.window_at(record.timestamp);
        let digester = self.digester(window)?;
        let id = EventId { session: self.session, sequence };
        let digest = digester.digest(&Record { event_id: Some(id), ..*record });
        self.next_sequence = self.next_sequence.max(sequence.saturating_add(1));
        self.in_flight.insert(sequence, InFlight { window, timestamp: record.timestamp, digest });
        self.sums(window).indeterminate.insert(sequence);
        Ok(id)
    }

    /// The record is in the log, at `offset` in `partition`.
    ///
    /// # Errors
    /// When its fate was known already.
    pub fn acknowledged(&mut self, sequence: u64, partition: i32, offset: i64) -> Result<(), LedgerError> {
        let InFlight { window, timestamp, digest } = self.settled(sequence)?;
        let digester = self.digester(window)?;
        let sums = self.sums(window);
        sums.acknowledged.add_digest(offset, None, timestamp, &digest, &digester);
        let span = sums.offsets.entry(partition).or_insert((offset, offset));
        *span = (span.0.min(offset), span.1.max(offset));
        self.acknowledged += 1;
        Ok(())
    }

    /// The record was refused: it is surely not in the log. One that timed out is not refused.
    ///
    /// # Errors
    /// When its fate was known already.
    pub fn failed(&mut self, sequence: u64) -> Result<(), LedgerError> {
        let window = self.settled(sequence)?.window;
        self.sums(window).failed += 1;
        self.failed += 1;
        Ok(())
    }

    /// The record timed out: it may be in the log or not, and no more will be known. It stays listed as
    /// indeterminate, up to the bound on what a window lists.
    ///
    /// # Errors
    /// When its fate was known already.
    pub fn timed_out(&mut self, sequence: u64) -> Result<(), LedgerError> {
        let window = self.settled(sequence)?.window;
        self.timed_out += 1;
        let sums = self.sums(window);
        if sums.indeterminate.len() < MAX_INDETERMINATE {
            sums.indeterminate.insert(sequence);
        } else {
            sums.overflow = true;
        }
        Ok(())
    }

    /// The next report. Records in flight and timed out are in it as indeterminate. A final report has every window
    /// that is not confirmed, however many; nothing is to be sent after it.
    pub fn report(&mut self, is_final: bool) -> ProducerReport {
        self.number += 1;
        let changed = self.windows.iter().filter(|(_, sums)| sums.carried_by > 0);
        let most = if is_final { usize::MAX } else { MAX_REPORTED_WINDOWS };
        let windows: Vec<ReportedWindow> = changed.take(most).map(|(window, sums)| reported(*window, sums)).collect();
        ProducerReport {
            session: self.session,
            number: self.number,
            cluster: self.cluster.clone(),
            topic: self.topic.clone(),
            is_final,
            next_sequence: self.next_sequence,
            acknowledged: self.acknowledged,
            failed: self.failed,
            indeterminate: self.in_flight.len() as u64 + self.timed_out,
            windows,
        }
    }

    /// The report is stored: what has not changed since need not be reported again.
    pub fn confirm(&mut self, report: &ProducerReport) {
        for reported in &report.windows {
            if let Some(sums) = self.windows.get_mut(&reported.window)
                && sums.carried_by <= report.number
            {
                sums.carried_by = 0;
            }
        }
    }

    /// How many records were sent and have no fate yet.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    fn settled(&mut self, sequence: u64) -> Result<InFlight, LedgerError> {
        let unknown = LedgerError::NotInFlight { session: self.session, sequence };
        let record = self.in_flight.remove(&sequence).ok_or(unknown)?;
        self.sums(record.window).indeterminate.remove(&sequence);
        Ok(record)
    }

    fn digester(&self, window: Window) -> Result<Arc<Digester>, LedgerError> {
        let Window { start, generation, .. } = window;
        self.keys.digester(generation).ok_or(LedgerError::NoKey { start, generation })
    }

    /// The sums of a window that is about to change.
    fn sums(&mut self, window: Window) -> &mut Sums {
        let sums = self.windows.entry(window).or_insert_with(Sums::new);
        sums.carried_by = self.number + 1;
        sums
    }
}

fn reported(window: Window, sums: &Sums) -> ReportedWindow {
    let offsets = sums.offsets.iter();
    ReportedWindow {
        window,
        acknowledged: sums.acknowledged.clone(),
        offsets: offsets.map(|(&partition, &(first, last))| AcknowledgedOffsets { partition, first, last }).collect(),
        failed: sums.failed,
        indeterminate: sums.indeterminate.iter().copied().take(MAX_INDETERMINATE).collect(),
        indeterminate_overflow: sums.overflow || sums.indeterminate.len() > MAX_INDETERMINATE,
    }
}

#[cfg(test)]
mod tests;
