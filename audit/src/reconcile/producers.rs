//! The edge from producers to the first log, judged session by session.

use super::edge::sum;
use super::waiting;
use crate::coverage::Coverage;
use crate::place::{Account, LogPartition};
use crate::record::{Digester, Identity};
use crate::session::ReportedWindow;
use crate::tally::Tally;
use crate::verdict::{Cut, Finding, Findings, Part, Party, Reason, State, Target, UnknownAccount, Verdict};
use crate::window::Window;
use model::{SessionId, Timestamp};
use std::collections::BTreeSet;

/// How a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// More reports may come.
    Open,
    /// Its final report is here.
    Final,
    /// It stopped reporting without a final report, and is given up.
    Abandoned,
}

/// What a session says of the window.
#[derive(Clone, Debug)]
pub struct SessionSide {
    /// The session.
    pub session: SessionId,
    /// How it stands.
    pub ending: Ending,
    /// The number of its latest report.
    pub number: u64,
    /// The sequence number that follows its latest report.
    pub next_sequence: u64,
    /// What it reported of this window last, and of others that overlap it; none if it sent nothing into it.
    pub windows: Vec<ReportedWindow>,
}

/// A stored tally of records that were produced to a log.
#[derive(Clone, Debug)]
pub struct LogRow {
    /// Which of the records.
    pub account: Account,
    /// Its window: the one that is judged, or another that overlaps it.
    pub window: Window,
    /// The covered offset that it was saved with.
    pub revision: i64,
    /// The sums.
    pub tally: Tally,
}

/// One partition of the first log.
#[derive(Clone, Debug)]
pub struct ProducerLog {
    /// The partition.
    pub log: LogPartition,
    /// How far it is observed.
    pub coverage: Option<Coverage>,
    /// Every row of this log without an origin that overlaps the window, of every account.
    pub rows: Vec<LogRow>,
}

/// All that a verdict over producers and one window rests on.
#[derive(Clone, Debug)]
pub struct ProducerWindow {
    /// The window.
    pub window: Window,
    /// Every session that reported on the topic.
    pub sessions: Vec<SessionSide>,
    /// Every partition of the topic.
    pub logs: Vec<ProducerLog>,
    /// When pending turns to overdue.
    pub overdue_after: Option<Timestamp>,
    /// The time of judging.
    pub now: Timestamp,
}

/// Judges producers against the log that they write to, for one window. `digester` is that of its key generation.
///
/// Records without an event id and those of sessions past the cap are accounts of their own: neither loss nor
/// duplication.
#[must_use]
pub fn producers(input: &ProducerWindow, digester: &Digester) -> Verdict {
    let reported = input.sessions.iter().filter(|side| !side.windows.is_empty()).map(|side| side.session);
    let logged = input.logs.iter().flat_map(|log| &log.rows).filter_map(|row| match row.account {
        Account::Session(session) => Some(session),
        Account::All | Account::OtherSessions => None,
    });
    let sessions: BTreeSet<SessionId> = reported.chain(logged).collect();
    let parts = sessions.into_iter().map(|session| Judged::new(input, session).part(input, digester)).collect();
    let verdict = Verdict::of(input.window, parts, accounts(input));
    debug_assert_eq!(crate::invariants::verdict_is_sound(&verdict), Ok(()));
    verdict
}

/// What no session answers for.
fn accounts(input: &ProducerWindow) -> Vec<UnknownAccount> {
    let rows = input.logs.iter().flat_map(|log| &log.rows);
    let sum = |account: Account, number: fn(&Tally) -> u64| {
        rows.clone().filter(|row| row.account == account).map(|row| number(&row.tally)).fold(0, u64::saturating_add)
    };
    let accounts = [
        (Reason::NoEventId, sum(Account::All, |tally| tally.unidentified)),
        (Reason::PastSessionCap, sum(Account::OtherSessions, |tally| tally.count)),
        (Reason::Malformed, sum(Account::All, |tally| tally.malformed)),
    ];
    let some = accounts.into_iter().filter(|(_, records)| *records > 0);
    some.map(|(reason, records)| UnknownAccount { reason, records }).collect()
}

struct Judged<'a> {
    session: SessionId,
    side: Option<&'a SessionSide>,
    reported: Option<&'a ReportedWindow>,
    rows: Vec<(&'a LogPartition, &'a LogRow)>,
}

impl<'a> Judged<'a> {
    fn new(input: &'a ProducerWindow, session: SessionId) -> Self {
        let side = input.sessions.iter().find(|side| side.session == session);
        let of_it = |row: &&LogRow| row.account == Account::Session(session);
        let rows = input.logs.iter().flat_map(|log| log.rows.iter().filter(of_it).map(|row| (&log.log, row)));
        let reported = side.and_then(|side| side.windows.iter().find(|reported| reported.window == input.window));
        Self { session, side, reported, rows: rows.collect() }
    }

    fn part(&self, input: &ProducerWindow, digester: &Digester) -> Part {
        let acknowledged = sum(self.reported.iter().map(|reported| &reported.acknowledged), digester);
        let logged = sum(self.rows.iter().map(|(_, row)| &row.tally), digester);
        let mut reason = self.hindrance(input);
        let mut findings = Findings::default();
        if reason.is_none() && !acknowledged.agrees_with(&logged) {
            findings = Findings::between(&acknowledged, &logged, digester);
            reason = self.excuse(input, &mut findings);
        }
        let state = match reason {
            Some(reason) if reason.is_pending() => waiting(input.overdue_after, input.now),
            Some(_) => State::Unknown,
            None => State::of(findings.missing, findings.extra, findings.corrupted),
        };
        if reason.is_some() {
            findings = Findings::default();
        }
        let targets =
            self.rows.iter().filter_map(|(log, row)| Some(Target { log: (*log).clone(), offsets: row.tally.offsets? }));
        Part {
            party: Party::Session(self.session),
            state,
            reason,
            upstream: acknowledged.count,
            downstream: logged.count,
            findings,
            upstream_offsets: None,
            targets: targets.collect(),
            cut: self.cut(input),
        }
    }

    /// Why the session's word and the log cannot be compared.
    fn hindrance(&self, input: &ProducerWindow) -> Option<Reason> {
        let Some(side) = self.side else { return Some(Reason::ReportBehind) };
        if side.ending == Ending::Abandoned {
            return Some(Reason::SessionAbandoned);
        }
        let other = |window: Window| window != input.window;
        if side.windows.iter().any(|reported| other(reported.window))
            || self.rows.iter().any(|(_, row)| other(row.window))
        {
            return Some(Reason::Replanned);
        }
        let reported = self.reported?;
        for offsets in &reported.offsets {
            let log = input.logs.iter().find(|log| log.log.partition == offsets.partition);
            match log.and_then(|log| log.coverage.as_ref()) {
                Some(coverage) if coverage.covered > offsets.last => {
                    if let Some(gap) = coverage.hole_in(offsets.first, offsets.last) {
                        return Some(Reason::DownstreamGap(gap));
                    }
                }
                _ => return Some(Reason::DownstreamBehind),
            }
        }
        reported.indeterminate_overflow.then_some(Reason::TooManyIndeterminate)
    }

    /// Takes out of the findings what is no fault: records that were listed as indeterminate may be in the log once,
    /// and records sent after the latest report are yet to be reported. Says why no word can be said, if so.
    fn excuse(&self, input: &ProducerWindow, findings: &mut Findings) -> Option<Reason> {
        let capped = |log: &ProducerLog| {
            log.rows.iter().any(|row| row.account == Account::OtherSessions)
                && !log.rows.iter().any(|row| row.account == Account::Session(self.session))
        };
        if findings.missing > 0 && input.logs.iter().any(capped) {
            return Some(Reason::PastSessionCap);
        }
        let open = self.side.filter(|side| side.ending == Ending::Open);
        if findings.estimate.is_some() {
            return (open.is_some() && findings.extra > 0).then_some(Reason::ReportBehind);
        }
        let indeterminate = self.reported.map_or(&[][..], |reported| &reported.indeterminate);
        let mut unreported = false;
        for named in &mut findings.named {
            let Identity::Event(id) = named.identity else { continue };
            if named.finding != Finding::Extra {
                continue;
            }
            if indeterminate.binary_search(&id.sequence).is_ok() {
                named.copies -= 1;
                findings.extra -= 1;
            } else if open.is_some_and(|side| id.sequence >= side.next_sequence) {
                unreported = true;
            }
        }
        findings.named.retain(|named| named.copies > 0);
        unreported.then_some(Reason::ReportBehind)
    }

    fn cut(&self, input: &ProducerWindow) -> Cut {
        let number = self.side.map_or(0, |side| i64::try_from(side.number).unwrap_or(i64::MAX));
        let coverage = input.logs.iter().filter_map(|log| log.coverage.as_ref());
        Cut {
            // A report that says nothing new of the window is not another revision of what it says.
            upstream_revision: 0,
            upstream_covered: number,
            downstream_revision: self.rows.iter().map(|(_, row)| row.revision).fold(0, i64::saturating_add),
            downstream_covered: coverage.map(|coverage| coverage.covered).fold(0, i64::saturating_add),
        }
    }
}
