use crate::road::{Event, Life, Log, MINUTE, Noise, Stored, add, keys, observe};
use audit::book::{Carried, Malformed};
use audit::{Account, Axis, Book, BookError, BookLimits, LogCoverage, Plan, Shape, Span, Step};
use model::{Tenant, Timestamp};
use proptest::prelude::*;

/// Two origins and records of its own, in batches of random length.
fn log(noise: &mut Noise, batches: i64) -> Log {
    let mut log = Log::new("aggregate", 0);
    let origins = [Log::new("ewr", 0).partition, Log::new("jfk", 0).partition];
    let mut next = [0_i64; 2];
    let mut sequence = 0;
    for _ in 0..batches {
        let events: Vec<Event> = (0..noise.below(6))
            .map(|_| {
                sequence += 1;
                Event::random(noise, sequence)
            })
            .collect();
        let which = usize::try_from(noise.below(3)).unwrap();
        match origins.get(which) {
            None => log.produce(events),
            Some(origin) => {
                // Every other offset at the origin holds no record.
                let from = next[which];
                let carried: Vec<_> =
                    events.into_iter().zip((from..).step_by(2)).map(|(event, offset)| (event, Some(offset))).collect();
                next[which] = from + 2 * i64::try_from(carried.len()).unwrap() + noise.below(2);
                log.append(Some((origin.clone(), from, next[which])), carried);
            }
        }
    }
    log
}

proptest! {
    /// However often an observer saves, spills, dies and resumes: what is stored is that of one pass, byte for byte.
    #[test]
    fn any_life_stores_what_one_pass_stores(seed in any::<u64>(), batches in 1_i64..40, saves in 0_u64..20, dies in 0_u64..40, stop in 0_usize..40, limit in 0_u32..30) {
        let mut noise = Noise(seed);
        let log = log(&mut noise, batches);
        let shape = Shape::new(limit, 64);
        let all = log.batches.len();
        let (mut once, mut often) = (Stored::default(), Stored::default());
        observe(&log, all, Life::calm(shape), &mut once, &mut noise);
        // An observer that dies before it can ever save makes no progress: one that dies also saves.
        let saves = if dies > 0 { saves.clamp(1, 8) } else { saves };
        let dies = if dies > 0 { dies + 20 } else { 0 };
        observe(&log, stop.min(all), Life::hectic(shape, saves, dies), &mut often, &mut noise);
        observe(&log, all, Life::hectic(shape, saves, dies), &mut often, &mut noise);
        prop_assert_eq!(once.tallies(), often.tallies());
        prop_assert_eq!(once.coverage, often.coverage);
    }

    /// The account of all records is the sum of what it is made of, and every record is in one account.
    #[test]
    fn every_record_is_counted_where_it_belongs(seed in any::<u64>(), batches in 1_i64..40) {
        let mut noise = Noise(seed);
        let log = log(&mut noise, batches);
        let mut stored = Stored::default();
        observe(&log, log.batches.len(), Life::hectic(Shape::new(4, 64), 5, 0), &mut stored, &mut noise);
        let count = |pick: &dyn Fn(&audit::TallyKey) -> bool| -> u64 {
            stored.rows.iter().filter(|(key, _)| pick(key)).map(|(_, (_, tally))| tally.count).sum()
        };
        let records = |pick: &dyn Fn(&crate::road::Entry) -> bool| log.entries().filter(|entry| pick(entry)).count() as u64;
        let timed = |key: &audit::TallyKey| key.window.axis == Axis::Time && key.account == Account::All;
        prop_assert_eq!(count(&timed), records(&|entry| entry.event.timestamp != -1));
        let own_timeless = |key: &audit::TallyKey| key.window.axis == Axis::Offsets && key.account == Account::All && key.origin.is_none();
        prop_assert_eq!(count(&own_timeless), records(&|entry| entry.event.timestamp == -1));
        let from_there = |key: &audit::TallyKey| key.window.axis == Axis::Offsets && key.origin.is_some();
        prop_assert_eq!(count(&from_there), records(&|entry| entry.event.timestamp == -1 && entry.origin_offset.is_some()));
        let sessions = |key: &audit::TallyKey| key.account != Account::All;
        prop_assert_eq!(count(&sessions), records(&|entry| entry.origin_offset.is_none() && entry.event.event_id.is_some()));
        let crowded = stored.rows.keys().filter(|key| matches!(key.account, Account::Session(_))).fold(
            std::collections::BTreeMap::<_, u32>::new(),
            |mut sessions, key| { *sessions.entry(key.window).or_default() += 1; sessions },
        );
        prop_assert!(crowded.values().all(|sessions| *sessions <= 3), "the cap on sessions holds");
    }
}

fn book() -> Book {
    let limits = BookLimits { open_windows: 2, leaving_windows: 1, ..BookLimits::default() };
    let log = Log::new("aggregate", 0).partition;
    Book::new(Tenant::default(), log, Plan::default(), keys(), limits, 0)
}

fn event(minute: i64) -> Event {
    Event { timestamp: minute * MINUTE, key: vec![], value: vec![1], event_id: None }
}

#[test]
fn a_window_that_left_is_asked_for_before_it_grows() {
    let mut book = book();
    let mut stored = Stored::default();
    book.begin_batch(None, Timestamp(0));
    for (minute, offset) in [(1, 0), (2, 1), (3, 2)] {
        assert_eq!(book.add(&event(minute).record(offset, None)), Ok(Step::Added));
    }
    assert_eq!(book.add(&event(4).record(3, None)), Ok(Step::Full), "two are open, one has left and is not saved");
    stored.save(book.take_changes().unwrap());
    let covered = stored.coverage.as_ref().unwrap().own.covered;
    assert_eq!(covered, 3, "what was counted of the batch is covered");
    assert_eq!(book.add(&event(4).record(3, None)), Ok(Step::Added));
    let Ok(Step::Needs(wanted)) = book.add(&event(1).record(4, None)) else { panic!("minute 1 has left") };
    assert_eq!(wanted.window.start, MINUTE);
    add(&mut book, &event(1).record(4, None), &mut stored);
    book.cover(5);
    stored.save(book.take_changes().unwrap());
    let minute_1 = stored.rows.iter().find(|(key, _)| key.window.start == MINUTE).unwrap();
    assert_eq!(minute_1.1.1.count, 2);
}

#[test]
fn a_window_that_left_unsaved_comes_back_from_memory() {
    let mut book = book();
    for (minute, offset) in [(1, 0), (2, 1), (3, 2), (1, 3)] {
        assert_eq!(book.add(&event(minute).record(offset, None)), Ok(Step::Added), "minute {minute}");
    }
}

#[test]
fn what_was_counted_is_not_counted_again() {
    let mut book = book();
    assert_eq!(book.add(&event(1).record(5, None)), Ok(Step::Added));
    assert_eq!(book.add(&event(1).record(5, None)), Ok(Step::Seen));
    assert_eq!(book.add(&event(1).record(4, None)), Ok(Step::Seen));
    book.cover(9);
    assert_eq!(book.add(&event(1).record(8, None)), Ok(Step::Seen));
}

#[test]
fn a_carrier_that_appends_nothing_still_moves_on() {
    let mut book = book();
    let origin = Log::new("ewr", 0).partition;
    for (from, next) in [(0, 10), (10, 40)] {
        book.begin_batch(Some(Carried { origin: &origin, from, next }), Timestamp(0));
        book.cover(0);
    }
    let changes = book.take_changes().unwrap();
    assert_eq!(changes.coverage.origin(&origin).map(|coverage| (coverage.began, coverage.covered)), Some((0, 40)));
    assert!(changes.rows.is_empty());
    assert_eq!(book.take_changes(), None);
}

#[test]
fn inside_a_batch_only_what_was_counted_is_covered() {
    let mut book = book();
    let origin = Log::new("ewr", 0).partition;
    book.begin_batch(Some(Carried { origin: &origin, from: 100, next: 130 }), Timestamp(0));
    let _ = book.add(&event(1).record(0, Some(104))).unwrap();
    let inside = book.take_changes().unwrap().coverage;
    assert_eq!((inside.own.covered, inside.origin(&origin).unwrap().covered), (1, 105));
    book.cover(5);
    let behind = book.take_changes().unwrap().coverage;
    assert_eq!((behind.own.covered, behind.origin(&origin).unwrap().covered), (5, 130));
}

#[test]
fn what_is_skipped_is_a_gap() {
    let mut book = book();
    book.cover(3);
    book.skip_to(10);
    book.cover(12);
    let coverage: LogCoverage = book.take_changes().unwrap().coverage;
    assert_eq!(coverage.own.hole_in(0, 11), Some(audit::Gap { from: 3, to: 10 }));
    assert_eq!(coverage.own.covered, 12);
}

#[test]
fn malformed_and_aborted_records_are_accounts_of_their_own() {
    let mut book = book();
    let offsets = Span { first: 0, last: 4 };
    let malformed = Malformed { records: 5, timestamp: Timestamp(MINUTE), offsets, origin_offsets: None };
    assert_eq!(book.add_malformed(&malformed), Ok(Step::Added));
    assert_eq!(book.add_malformed(&malformed), Ok(Step::Seen));
    assert_eq!(book.add_aborted(&event(1).record(5, None)), Ok(Step::Added));
    assert_eq!(book.add(&event(1).record(6, None)), Ok(Step::Added));
    let changes = book.take_changes().unwrap();
    let [(_, tally)] = &changes.rows[..] else { panic!("one row") };
    assert_eq!((tally.count, tally.malformed, tally.aborted), (1, 5, 1));
    assert_eq!(tally.offsets, Some(Span { first: 0, last: 6 }));
}

#[test]
fn what_cannot_be_counted_says_why() {
    let mut book = book();
    book.set_plan(Plan::new(MINUTE, 9).unwrap(), keys());
    assert_eq!(book.add(&event(1).record(0, None)), Err(BookError::NoKey { start: MINUTE, generation: 9 }));
    let origin = Log::new("ewr", 0).partition;
    book.begin_batch(Some(Carried { origin: &origin, from: 0, next: 1 }), Timestamp(0));
    assert_eq!(book.add(&event(1).record(0, None)), Err(BookError::NoOriginOffset { offset: 0 }));
}

#[test]
fn a_record_from_far_ahead_counts_and_moves_no_watermark() {
    let mut book = book();
    book.begin_batch(None, Timestamp(10 * MINUTE));
    let _ = book.add(&event(9).record(0, None)).unwrap();
    let _ = book.add(&event(71).record(1, None)).unwrap();
    assert_eq!(book.watermark().get(), Some(Timestamp(9 * MINUTE)));
    assert_eq!(book.take_changes().unwrap().rows.len(), 2);
}
