use crate::road::{Event, Life, Log, MINUTE, Noise, Stored, digester, keys, observe};
use audit::reconcile::{Ending, LogRow, ProducerLog, ProducerWindow, SessionSide, producers};
use audit::verdict::{Finding, Party, Reason};
use audit::{BookLimits, Plan, SessionLedger, Shape, State, Verdict, Window};
use model::{ClusterName, EventId, SessionId, Timestamp, TopicName};

/// What becomes of a record that a producer sends.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Acknowledged,
    /// Acknowledged, and not in the log.
    Lost,
    /// Acknowledged, and in the log twice.
    Doubled,
    /// Acknowledged, and in the log with another value.
    Changed,
    Failed,
    /// Timed out, and not in the log.
    TimedOut,
    /// Timed out, and in the log all the same.
    TimedOutInLog,
    /// Timed out, and in the log twice.
    TimedOutTwice,
}

struct Sent {
    ledger: SessionLedger,
    log: Log,
}

fn minute_1() -> Window {
    Plan::default().window_at(Timestamp(MINUTE))
}

impl Sent {
    fn new(session: u64) -> Self {
        let (cluster, topic) = (ClusterName::new("ewr").unwrap(), TopicName::new("departed").unwrap());
        Self {
            ledger: SessionLedger::new(SessionId(session), cluster, topic, Plan::default(), keys()),
            log: Log::new("ewr", 0),
        }
    }

    fn send(mut self, fates: &[Fate]) -> Self {
        for fate in fates {
            let mut event = Event { timestamp: MINUTE + 5, key: vec![1], value: vec![2], event_id: None };
            let id = self.ledger.send(&event.record(-1, None)).unwrap();
            event.event_id = Some(id);
            let offset = self.log.end();
            let copies = match fate {
                Fate::Lost | Fate::Failed | Fate::TimedOut => 0,
                Fate::Doubled | Fate::TimedOutTwice => 2,
                _ => 1,
            };
            if *fate == Fate::Changed {
                event.value = b"changed".to_vec();
            }
            self.log.produce(vec![event; copies]);
            match fate {
                Fate::Acknowledged | Fate::Doubled | Fate::Changed => {
                    self.ledger.acknowledged(id.sequence, 0, offset).unwrap()
                }
                // Its offset is there, but holds a record of somebody else.
                Fate::Lost => {
                    let other = EventId { session: SessionId(99), sequence: id.sequence };
                    let stray = Event { timestamp: 9 * MINUTE, key: vec![], value: vec![], event_id: Some(other) };
                    self.log.produce(vec![stray]);
                    self.ledger.acknowledged(id.sequence, 0, offset).unwrap();
                }
                Fate::Failed => self.ledger.failed(id.sequence).unwrap(),
                Fate::TimedOut => self.ledger.timed_out(id.sequence).unwrap(),
                // Still in flight when the report is made.
                Fate::TimedOutInLog | Fate::TimedOutTwice => {}
            }
        }
        self
    }

    fn side(&mut self, ending: Ending) -> SessionSide {
        let report = self.ledger.report(ending == Ending::Final);
        SessionSide {
            session: report.session,
            ending,
            number: report.number,
            next_sequence: report.next_sequence,
            windows: report.windows,
        }
    }
}

fn stored(log: &Log, sessions: usize) -> Stored {
    let mut stored = Stored::default();
    let calm = Life::calm(Shape::default());
    let life = Life { limits: BookLimits { sessions, ..calm.limits }, ..calm };
    observe(log, log.batches.len(), life, &mut stored, &mut Noise(1));
    stored
}

fn judge(log: &Log, stored: &Stored, sessions: Vec<SessionSide>) -> Verdict {
    let rows = stored.rows.iter().filter(|(key, _)| key.origin.is_none() && key.window.overlaps(&minute_1()));
    let rows = rows.map(|(key, (revision, tally))| LogRow {
        account: key.account,
        window: key.window,
        revision: *revision,
        tally: tally.clone(),
    });
    let coverage = stored.coverage.as_ref().map(|coverage| coverage.own.clone());
    let logs = vec![ProducerLog { log: log.partition.clone(), coverage, rows: rows.collect() }];
    let input = ProducerWindow { window: minute_1(), sessions, logs, overdue_after: None, now: Timestamp(0) };
    let verdict = producers(&input, &digester());
    assert!(!verdict.supersedes(&producers(&input, &digester())), "the same input twice is one revision");
    verdict
}

fn judged(sent: &mut Sent, ending: Ending) -> Verdict {
    let side = sent.side(ending);
    judge(&sent.log, &stored(&sent.log, 16), vec![side])
}

#[test]
fn every_fate_has_its_word() {
    use Fate::{Acknowledged, Changed, Doubled, Failed, Lost, TimedOut, TimedOutInLog, TimedOutTwice};
    for (fates, state, numbers) in [
        (&[Acknowledged; 9][..], State::Exact, (0, 0, 0)),
        (&[Acknowledged, Failed, TimedOut, TimedOutInLog], State::Exact, (0, 0, 0)),
        (&[Failed, TimedOut], State::Exact, (0, 0, 0)),
        (&[TimedOutInLog], State::Exact, (0, 0, 0)),
        (&[Acknowledged, Lost, TimedOutInLog], State::Loss, (1, 0, 0)),
        (&[Acknowledged, Doubled, Doubled], State::Duplication, (0, 2, 0)),
        (&[Acknowledged, TimedOutTwice], State::Duplication, (0, 1, 0)),
        (&[Acknowledged, Lost, Doubled], State::Both, (1, 1, 0)),
        (&[Acknowledged, Changed], State::Corruption, (0, 0, 1)),
        (&[Changed, Lost], State::Loss, (1, 0, 1)),
    ] {
        let mut sent = Sent::new(7).send(fates);
        let verdict = judged(&mut sent, Ending::Final);
        assert_eq!((verdict.state, (verdict.missing, verdict.extra, verdict.corrupted)), (state, numbers));
    }
}

#[test]
fn what_is_lost_is_named_although_it_never_reached_a_log() {
    let mut sent = Sent::new(7).send(&[Fate::Acknowledged, Fate::Lost]);
    let verdict = judged(&mut sent, Ending::Final);
    let named: Vec<_> =
        verdict.named().map(|(part, named)| (part.party.clone(), named.finding, named.identity.to_string())).collect();
    assert_eq!(named, [(Party::Session(SessionId(7)), Finding::Missing, "event:0000000000000007-1".to_owned())]);
}

#[test]
fn records_sent_after_the_latest_report_are_pending() {
    let mut sent = Sent::new(7).send(&[Fate::Acknowledged; 3]);
    let early = sent.side(Ending::Open);
    let mut sent = sent.send(&[Fate::Acknowledged; 2]);
    let stored = stored(&sent.log, 16);
    let before = judge(&sent.log, &stored, vec![early]);
    assert_eq!((before.state, before.parts[0].reason), (State::Pending, Some(Reason::ReportBehind)));
    let after = judged(&mut sent, Ending::Open);
    assert_eq!(after.state, State::Exact);
    assert!(after.supersedes(&before) && !before.supersedes(&after));
    assert_eq!(judge(&sent.log, &stored, vec![]).parts[0].reason, Some(Reason::ReportBehind), "no report at all");
}

#[test]
fn a_log_that_is_not_covered_is_pending() {
    let mut sent = Sent::new(7).send(&[Fate::Acknowledged; 3]);
    let mut log = sent.log.clone();
    log.batches.truncate(2);
    let verdict = judge(&log, &stored(&log, 16), vec![sent.side(Ending::Final)]);
    assert_eq!((verdict.state, verdict.parts[0].reason), (State::Pending, Some(Reason::DownstreamBehind)));
}

#[test]
fn unknown_accounts_are_neither_loss_nor_duplication() {
    let mut sent = Sent::new(7).send(&[Fate::Acknowledged, Fate::Lost]);
    let abandoned = judged(&mut sent, Ending::Abandoned);
    assert_eq!((abandoned.state, abandoned.parts[0].reason), (State::Unknown, Some(Reason::SessionAbandoned)));

    let mut sent = Sent::new(7).send(&[Fate::Acknowledged]);
    sent.log.produce(vec![Event { timestamp: MINUTE, key: vec![], value: vec![], event_id: None }; 3]);
    let verdict = judged(&mut sent, Ending::Final);
    let accounts: Vec<_> = verdict.unknown.iter().map(|account| (account.reason, account.records)).collect();
    assert_eq!((verdict.state, accounts), (State::Unknown, vec![(Reason::NoEventId, 3)]));
    assert_eq!(verdict.parts[0].state, State::Exact);

    let mut sides = vec![];
    let mut log = Log::new("ewr", 0);
    for session in 0..3 {
        let mut sent = Sent { log, ..Sent::new(session) }.send(&[Fate::Acknowledged]);
        sides.push(sent.side(Ending::Final));
        log = sent.log;
    }
    let verdict = judge(&log, &stored(&log, 2), sides);
    let states: Vec<_> = verdict.parts.iter().map(|part| (part.state, part.reason)).collect();
    let past = (State::Unknown, Some(Reason::PastSessionCap));
    assert_eq!(states, [(State::Exact, None), (State::Exact, None), past]);
    assert_eq!(verdict.state, State::Unknown);
}

#[test]
fn a_session_that_cannot_list_its_doubts_is_unknown() {
    let mut sent = Sent::new(7).send(&[Fate::Acknowledged]);
    let mut side = sent.side(Ending::Final);
    side.windows[0].indeterminate_overflow = true;
    let verdict = judge(&sent.log, &stored(&sent.log, 16), vec![side]);
    assert_eq!((verdict.state, verdict.parts[0].reason), (State::Unknown, Some(Reason::TooManyIndeterminate)));
}
