use super::*;
use crate::record::Seed;

fn ledger() -> SessionLedger {
    let (cluster, topic) = (ClusterName::new("ewr").unwrap(), TopicName::new("departed").unwrap());
    SessionLedger::new(SessionId(9), cluster, topic, Plan::default(), Keys::new([(0, Seed([7; 16]))]))
}

fn record(minute: i64) -> Record<'static> {
    let timestamp = Timestamp(minute * 60_000);
    Record { offset: -1, origin_offset: None, timestamp, key: Some(b"k"), value: Some(b"v"), event_id: None }
}

#[test]
fn every_record_is_acknowledged_failed_or_listed() {
    let mut ledger = ledger();
    let ids: Vec<u64> = (0..5).map(|_| ledger.send(&record(1)).unwrap().sequence).collect();
    assert_eq!(ids, [0, 1, 2, 3, 4]);
    ledger.acknowledged(0, 2, 70).unwrap();
    ledger.acknowledged(3, 2, 60).unwrap();
    ledger.acknowledged(1, 0, 5).unwrap();
    ledger.failed(4).unwrap();
    let report = ledger.report(false);
    assert_eq!((report.number, report.next_sequence), (1, 5));
    assert_eq!((report.acknowledged, report.failed, report.indeterminate), (3, 1, 1));
    let [window] = &report.windows[..] else { panic!("one window") };
    assert_eq!((window.acknowledged.count, window.failed, &window.indeterminate[..]), (3, 1, &[2][..]));
    let spans: Vec<_> = window.offsets.iter().map(|each| (each.partition, each.first, each.last)).collect();
    assert_eq!(spans, [(0, 5, 5), (2, 60, 70)]);
    assert_eq!(serde_json::from_str::<ProducerReport>(&serde_json::to_string(&report).unwrap()).unwrap(), report);
}

#[test]
fn a_fate_is_booked_once() {
    let mut ledger = ledger();
    let sequence = ledger.send(&record(1)).unwrap().sequence;
    ledger.acknowledged(sequence, 0, 0).unwrap();
    let error = ledger.failed(sequence).unwrap_err();
    assert_eq!(error.to_string(), "record 0 of session 0000000000000009 was not sent, or its fate is known already");
    assert!(ledger.acknowledged(77, 0, 0).is_err());
}

#[test]
fn a_report_carries_whole_sums_of_what_is_not_confirmed() {
    let mut ledger = ledger();
    let minutes = |report: &ProducerReport| -> Vec<(i64, u64)> {
        report.windows.iter().map(|each| (each.window.start / 60_000, each.acknowledged.count)).collect()
    };
    for minute in [1, 2] {
        let sequence = ledger.send(&record(minute)).unwrap().sequence;
        ledger.acknowledged(sequence, 0, minute).unwrap();
    }
    let first = ledger.report(false);
    assert_eq!(minutes(&first), [(1, 1), (2, 1)]);
    let sequence = ledger.send(&record(2)).unwrap().sequence;
    assert_eq!(minutes(&ledger.report(false)), [(1, 1), (2, 1)], "nothing was confirmed");
    ledger.confirm(&first);
    assert_eq!(minutes(&ledger.report(false)), [(2, 1)], "changed after the first report was made");
    ledger.acknowledged(sequence, 0, 9).unwrap();
    let last = ledger.report(true);
    assert_eq!(minutes(&last), [(2, 2)]);
    ledger.confirm(&last);
    assert_eq!(minutes(&ledger.report(true)), []);
}

#[test]
fn records_of_unknown_fate_are_listed_up_to_a_bound() {
    let mut ledger = ledger();
    for _ in 0..MAX_INDETERMINATE {
        let _ = ledger.send(&record(1)).unwrap();
    }
    assert!(!ledger.report(false).windows[0].indeterminate_overflow);
    let _ = ledger.send(&record(1)).unwrap();
    let report = ledger.report(true);
    assert_eq!(report.windows[0].indeterminate.len(), MAX_INDETERMINATE);
    assert!(report.windows[0].indeterminate_overflow);
    assert_eq!(report.indeterminate, MAX_INDETERMINATE as u64 + 1);
}

#[test]
fn what_timed_out_stays_listed_up_to_the_same_bound() {
    let mut ledger = ledger();
    let listed = u64::try_from(MAX_INDETERMINATE).unwrap();
    for sequence in 0..=listed {
        let _ = ledger.send(&record(1)).unwrap();
        ledger.timed_out(sequence).unwrap();
        let window = &ledger.windows.values().next().unwrap();
        assert_eq!(window.overflow, sequence == listed);
    }
    assert!(ledger.acknowledged(0, 0, 0).is_err(), "its fate stays unknown");
    let report = ledger.report(true);
    assert_eq!((ledger.in_flight(), report.indeterminate), (0, listed + 1));
    assert_eq!(report.windows[0].indeterminate.len(), MAX_INDETERMINATE);
    assert!(report.windows[0].indeterminate_overflow);
}

#[test]
fn a_window_without_a_key_is_refused() {
    let (cluster, topic) = (ClusterName::new("ewr").unwrap(), TopicName::new("departed").unwrap());
    let mut ledger = SessionLedger::new(SessionId(9), cluster, topic, Plan::new(60_000, 4).unwrap(), Keys::default());
    assert_eq!(ledger.send(&record(1)), Err(LedgerError::NoKey { start: 60_000, generation: 4 }));
}
