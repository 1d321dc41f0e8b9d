use super::*;
use dataplane::batch::BatchBuilder;
use model::{EVENT_ID_HEADER, EventId, SessionId};

const WINDOW: i64 = 1_800_000_000_000 / 60_000 * 60_000;

/// Ten batches of ten records of one partition, two of each three in the window.
fn run(partition: i32) -> Vec<u8> {
    let mut run = Vec::new();
    for batch in 0..10 {
        let mut builder = BatchBuilder::new().with_base_offset(batch * 10);
        for offset in batch * 10..batch * 10 + 10 {
            let id =
                EventId { session: SessionId(partition.try_into().unwrap()), sequence: offset.try_into().unwrap() };
            let time = WINDOW + if offset % 3 == 0 { -1 } else { offset };
            let value = offset.to_be_bytes();
            builder.push(time, Some(b"key"), Some(&value), &[(EVENT_ID_HEADER.as_bytes(), Some(&id.to_bytes()))]);
        }
        run.extend(builder.build().unwrap());
    }
    run
}

fn plan(mode: Mode, count: u64) -> Plan {
    let window_start = Some(WINDOW);
    Plan {
        mode,
        count,
        topic: None,
        partition: None,
        window_start,
        after: None,
        window_ms: 60_000,
        delay_ms: 5,
        seed: 3,
    }
}

fn unpack(run: &[u8]) -> Vec<Record> {
    dataplane::batch::batches(run)
        .flat_map(|batch| {
            let batch = batch.unwrap();
            batch.verify_crc().unwrap();
            // The road carries it on without a word: only counting can find it.
            dataplane::batch::carried(&batch, &mut Vec::new()).unwrap();
            batch::records(&batch).unwrap()
        })
        .collect()
}

/// The records after a plan, and the ledger; a second fetch gives the same.
fn damaged(mode: Mode, count: u64) -> (Vec<Record>, Vec<Entry>) {
    let mut decisions = Decisions::default();
    decisions.arm(plan(mode, count));
    let altered = decisions.alter("t", 0, &run(0), &mut Handling::default()).unwrap();
    let ledger = decisions.take_ledger();
    assert!(decisions.finished().is_some());
    assert_eq!(decisions.alter("t", 0, &run(0), &mut Handling::default()).unwrap(), altered, "{mode:?} fetched again");
    assert!(decisions.take_ledger().is_empty());
    assert!(
        ledger.iter().all(|entry| entry.window_start == WINDOW && entry.offset % 3 != 0
            || !mode.lasts()
            || mode == Mode::Reorder)
    );
    (unpack(&altered), ledger)
}

fn times_seen(records: &[Record], id: &Option<String>) -> usize {
    records.iter().filter(|record| id_text(record) == *id).count()
}

#[test]
fn overwriting_keeps_every_count_and_the_ledger_names_both_sides() {
    let (records, ledger) = damaged(Mode::Overwrite, 31);
    assert_eq!(ledger.len(), 31);
    assert_eq!(records.len(), 100);
    assert!(records.iter().zip(0..).all(|(record, offset)| record.offset == offset));
    for entry in &ledger {
        assert_eq!(times_seen(&records, &entry.event_id), 0);
        assert_eq!(times_seen(&records, &entry.copy_of.as_ref().unwrap().event_id), 2);
    }
    let in_window = records.iter().filter(|record| record.timestamp >= WINDOW).count();
    assert_eq!(in_window, 66, "the window's count agrees");
}

#[test]
fn dropping_and_duplicating_change_the_counts() {
    let (records, ledger) = damaged(Mode::Drop, 7);
    assert_eq!((records.len(), ledger.len()), (93, 7));
    assert!(ledger.iter().all(|entry| times_seen(&records, &entry.event_id) == 0));
    let (records, ledger) = damaged(Mode::Duplicate, 7);
    assert_eq!((records.len(), ledger.len()), (107, 7));
    assert!(ledger.iter().all(|entry| times_seen(&records, &entry.event_id) == 2));
    let (records, ledger) = damaged(Mode::Both, 6);
    assert_eq!((records.len(), ledger.len()), (97, 9));
    for entry in &ledger {
        assert_eq!(times_seen(&records, &entry.event_id), if entry.change == Change::Dropped { 0 } else { 2 });
    }
}

#[test]
fn corrupting_changes_the_value_alone() {
    let (records, ledger) = damaged(Mode::Corrupt, 5);
    for entry in &ledger {
        let record = records.iter().find(|record| record.offset == entry.offset).unwrap();
        assert_eq!(id_text(record), entry.event_id);
        assert_ne!(record.value.as_deref(), Some(&entry.offset.to_be_bytes()[..]));
    }
    let whole =
        records.iter().filter(|record| record.value.as_deref() == Some(&record.offset.to_be_bytes()[..])).count();
    assert_eq!(whole, 95);
}

#[test]
fn reordering_keeps_the_records() {
    let (mut records, ledger) = damaged(Mode::Reorder, 2);
    assert_eq!(ledger.iter().map(|entry| entry.offset).collect::<Vec<_>>(), [0, 10]);
    assert!(records.iter().zip(0..).all(|(record, offset)| record.offset == offset));
    let ids = |records: &[Record]| records.iter().map(|record| record.event_id().unwrap().sequence).collect::<Vec<_>>();
    assert_ne!(ids(&records), (0..100).collect::<Vec<_>>());
    records.sort_by_key(Record::event_id);
    assert_eq!(ids(&records), (0..100).collect::<Vec<_>>());
}

#[test]
fn a_broken_crc_is_whole_the_next_time() {
    let mut decisions = Decisions::default();
    decisions.arm(plan(Mode::BreakCrc, 1));
    let altered = decisions.alter("t", 0, &run(0), &mut Handling::default()).unwrap();
    let broken: Vec<_> =
        dataplane::batch::batches(&altered).map(|batch| batch.unwrap().verify_crc().is_err()).collect();
    assert_eq!(broken.iter().filter(|broken| **broken).count(), 1);
    assert_eq!(decisions.alter("t", 0, &run(0), &mut Handling::default()), None);
}

#[test]
fn delays_and_cuts_leave_the_bytes_alone() {
    for (mode, expected) in
        [(Mode::Delay, Handling { delay_ms: 5, cut: false }), (Mode::Cut, Handling { delay_ms: 0, cut: true })]
    {
        let mut decisions = Decisions::default();
        decisions.arm(plan(mode, 1));
        let mut handling = Handling::default();
        assert_eq!(decisions.alter("t", 0, &run(0), &mut handling), None);
        assert_eq!(handling, expected);
        let mut again = Handling::default();
        decisions.alter("t", 0, &run(0), &mut again);
        assert_eq!(again, Handling::default(), "{mode:?} happens once");
    }
}

#[test]
fn a_plan_is_kept_to_its_topic_partition_and_window() {
    let mut decisions = Decisions::default();
    decisions.arm(Plan { topic: Some("t".to_owned()), partition: Some(1), ..plan(Mode::Drop, 3) });
    assert_eq!(decisions.alter("other", 1, &run(1), &mut Handling::default()), None);
    assert_eq!(decisions.alter("t", 0, &run(0), &mut Handling::default()), None);
    assert!(decisions.alter("t", 1, &run(1), &mut Handling::default()).is_some());
    decisions.arm(Plan { window_start: None, after: Some(WINDOW + 1), ..plan(Mode::Drop, 3) });
    assert_eq!(decisions.alter("late", 0, &run(0), &mut Handling::default()), None, "the window began before");
    assert!(decisions.alter("t", 1, &run(1), &mut Handling::default()).is_some(), "old damage stays");
}
