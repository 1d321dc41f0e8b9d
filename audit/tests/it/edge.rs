use crate::road::{Entry, Event, Life, Log, MINUTE, Noise, Stored, add, digester, keys, observe};
use audit::reconcile::{CountVerdict, EdgeWindow, Row, Side, counts_only, edge};
use audit::verdict::{Finding, Named, Reason};
use audit::{Account, Axis, Book, BookLimits, Era, Identity, Plan, Shape, State, Verdict, Window, invariants};
use model::{EventId, SessionId, Tenant, Timestamp};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// What may happen to a record on its way, each once in so many records; 0 for never.
#[derive(Clone, Copy, Debug, Default)]
struct Faults {
    drop: u64,
    double: u64,
    corrupt: u64,
    overwrite: u64,
}

/// Carries batches of random length from every source to one target, with faults.
fn carry(sources: &[Log], faults: Faults, noise: &mut Noise) -> Log {
    let mut target = Log::new("aggregate", 0);
    let mut next = vec![0_usize; sources.len()];
    let entries: Vec<Vec<&Entry>> = sources.iter().map(|source| source.entries().collect()).collect();
    while next.iter().zip(&entries).any(|(next, entries)| *next < entries.len()) {
        let which = usize::try_from(noise.below(i64::try_from(sources.len()).unwrap())).unwrap();
        let from = next[which];
        let to = entries[which].len().min(from + usize::try_from(noise.below(7)).unwrap());
        next[which] = to;
        let mut events = Vec::new();
        for entry in &entries[which][from..to] {
            let offset = Some(entry.offset);
            if noise.once_in(faults.drop) {
                continue;
            }
            if noise.once_in(faults.corrupt) {
                let value = [entry.event.value.as_slice(), b"!"].concat();
                events.push((Event { value, ..entry.event.clone() }, offset));
                continue;
            }
            if let (true, Some((other, _))) = (noise.once_in(faults.overwrite), events.last()) {
                let other: Event = Event::clone(other);
                events.push((other, offset));
                continue;
            }
            events.push((entry.event.clone(), offset));
            while noise.once_in(faults.double) {
                events.push((entry.event.clone(), offset));
            }
        }
        let carried = (sources[which].partition.clone(), i64::try_from(from).unwrap(), i64::try_from(to).unwrap());
        target.append(Some(carried), events);
    }
    target
}

fn source(noise: &mut Noise, partition: i32, records: i64) -> Log {
    let mut log = Log::new("ewr", partition);
    let mut left = records;
    while left > 0 {
        let length = noise.below(5).min(left);
        left -= length;
        let base = u64::try_from(log.end()).unwrap() + 1_000 * u64::try_from(partition).unwrap();
        log.produce((0..length).zip(base..).map(|(_, sequence)| Event::random(noise, sequence)).collect());
    }
    log
}

fn side(log: &Log, stored: &Stored, window: Window) -> Side {
    let rows = stored.rows.iter().filter(|(key, _)| key.account == Account::All && key.window.overlaps(&window));
    let rows = rows.map(|(key, (revision, tally))| Row {
        origin: key.origin.clone(),
        window: key.window,
        revision: *revision,
        tally: tally.clone(),
    });
    Side { log: log.partition.clone(), coverage: stored.coverage.clone(), rows: rows.collect() }
}

fn judge(window: Window, upstream: &[(&Log, &Stored)], downstream: &[(&Log, &Stored)]) -> Verdict {
    let sides = |ends: &[(&Log, &Stored)]| ends.iter().map(|(log, stored)| side(log, stored, window)).collect();
    let (upstream, downstream) = (sides(upstream), sides(downstream));
    let input = EdgeWindow { window, upstream, downstream, overdue_after: None, now: Timestamp(0) };
    let verdict = edge(&input, &digester());
    assert_eq!(invariants::verdict_is_sound(&verdict), Ok(()));
    assert!(!verdict.supersedes(&edge(&input, &digester())), "the same input twice is one revision");
    let json = serde_json::to_string(&verdict).unwrap();
    assert_eq!(serde_json::from_str::<Verdict>(&json).unwrap(), verdict);
    verdict
}

fn observed(log: &Log, life: Life, noise: &mut Noise) -> Stored {
    let mut stored = Stored::default();
    observe(log, log.batches.len(), life, &mut stored, noise);
    stored
}

/// Every window that a record of a source lies in, where it lies at the source.
fn window_of(entry: &Entry) -> Window {
    let plan = Plan::default();
    if entry.event.timestamp == -1 {
        plan.timeless_at(entry.origin_offset.unwrap_or(entry.offset))
    } else {
        plan.window_at(Timestamp(entry.event.timestamp))
    }
}

/// What happened between two logs in a window, record by record.
fn expected(window: Window, source: &Log, target: &Log) -> BTreeSet<Named> {
    let mut counts: BTreeMap<Identity, BTreeMap<&Event, i64>> = BTreeMap::new();
    let from_there =
        |batch: &&crate::road::Batch| batch.carried.as_ref().is_some_and(|(origin, ..)| *origin == source.partition);
    let arrived = target.batches.iter().filter(from_there).flat_map(|batch| &batch.entries);
    for (entry, sign) in source.entries().map(|entry| (entry, 1)).chain(arrived.map(|entry| (entry, -1))) {
        if window_of(entry) == window {
            *counts.entry(entry.event.identity()).or_default().entry(&entry.event).or_default() += sign;
        }
    }
    let mut named = BTreeSet::new();
    for (identity, payloads) in counts {
        let missing: i64 = payloads.values().filter(|copies| **copies > 0).sum();
        let extra: i64 = -payloads.values().filter(|copies| **copies < 0).sum::<i64>();
        let corrupted = missing.min(extra);
        for (finding, copies) in [
            (Finding::Missing, missing - corrupted),
            (Finding::Extra, extra - corrupted),
            (Finding::Corrupted, corrupted),
        ] {
            if copies > 0 {
                named.insert(Named { identity, finding, copies: copies.cast_unsigned() });
            }
        }
    }
    named
}

fn word(named: &BTreeSet<Named>) -> State {
    let sum = |finding| named.iter().filter(|each| each.finding == finding).map(|each| each.copies).sum();
    State::of(sum(Finding::Missing), sum(Finding::Extra), sum(Finding::Corrupted))
}

proptest! {
    /// Whatever is dropped, doubled, changed and overwritten: the right word, and exactly the right names.
    #[test]
    fn every_difference_is_named(
        seed in any::<u64>(),
        records in 1_i64..150,
        drop in prop::sample::select(vec![0_u64, 0, 4, 20]),
        double in prop::sample::select(vec![0_u64, 0, 4, 20]),
        corrupt in prop::sample::select(vec![0_u64, 0, 4, 20]),
        overwrite in prop::sample::select(vec![0_u64, 0, 4, 20]),
        limits in (0_u32..60, 0_u32..60),
    ) {
        let mut noise = Noise(seed);
        let sources = [source(&mut noise, 0, records), source(&mut noise, 1, records / 2)];
        let target = carry(&sources, Faults { drop, double, corrupt, overwrite }, &mut noise);
        let life = Life::hectic(Shape::new(limits.0, 4_096), 9, 0);
        let upstream: Vec<Stored> = sources.iter().map(|source| observed(source, life, &mut noise)).collect();
        let downstream = observed(&target, Life::calm(Shape::new(limits.1, 8_192)), &mut noise);
        let windows: BTreeSet<Window> = sources.iter().chain([&target]).flat_map(Log::entries).map(window_of).collect();
        let ends: Vec<(&Log, &Stored)> = sources.iter().zip(&upstream).collect();
        for window in windows {
            let verdict = judge(window, &ends, &[(&target, &downstream)]);
            let model: Vec<BTreeSet<Named>> = sources.iter().map(|source| expected(window, source, &target)).collect();
            for (part, named) in verdict.parts.iter().zip(&model) {
                prop_assert_eq!(part.state, word(named));
                prop_assert_eq!(&part.findings.named.iter().copied().collect::<BTreeSet<_>>(), named);
            }
            let all: BTreeSet<Named> = model.iter().flatten().copied().collect();
            if all.len() == model.iter().map(BTreeSet::len).sum::<usize>() {
                prop_assert_eq!(verdict.state, word(&all));
            }
        }
    }

    /// A clean road never raises a false alarm, wherever the two observers stand, however they live; and at its end all is exact.
    #[test]
    fn a_clean_road_is_pending_or_exact_at_any_cut(seed in any::<u64>(), records in 1_i64..120, hectic in any::<bool>()) {
        let mut noise = Noise(seed);
        let sources = [source(&mut noise, 0, records)];
        let target = carry(&sources, Faults::default(), &mut noise);
        let shape = Shape::new(16, 64);
        let life = if hectic { Life::hectic(shape, 3, 30) } else { Life::calm(shape) };
        let (mut upstream, mut downstream) = (Stored::default(), Stored::default());
        let windows: BTreeSet<Window> = sources[0].entries().map(window_of).collect();
        let mut last: BTreeMap<Window, Verdict> = BTreeMap::new();
        let (mut up, mut down) = (0, 0);
        while up < sources[0].batches.len() || down < target.batches.len() {
            up = sources[0].batches.len().min(up + usize::try_from(noise.below(4)).unwrap());
            down = target.batches.len().min(down + usize::try_from(noise.below(4)).unwrap());
            observe(&sources[0], up, life, &mut upstream, &mut noise);
            observe(&target, down, life, &mut downstream, &mut noise);
            for window in &windows {
                let verdict = judge(*window, &[(&sources[0], &upstream)], &[(&target, &downstream)]);
                prop_assert!(matches!(verdict.state, State::Pending | State::Exact), "{:?} at {} and {}", verdict, up, down);
                if let Some(stored) = last.get(window) {
                    prop_assert!(!stored.supersedes(&verdict), "an older verdict never takes the place of a later one");
                }
                last.insert(*window, verdict);
            }
        }
        prop_assert!(last.values().all(|verdict| verdict.state == State::Exact));
    }
}

/// Fifty events of minute 1 at the source.
fn fifty() -> Vec<Event> {
    (0..50)
        .map(|sequence| Event {
            timestamp: MINUTE + i64::try_from(sequence).unwrap(),
            key: vec![1],
            value: vec![2],
            event_id: Some(EventId { session: SessionId(1), sequence }),
        })
        .collect()
}

fn minute_1() -> Window {
    Plan::default().window_at(Timestamp(MINUTE))
}

/// A source with fifty events, and a target to which `pass` carried what it made of them.
fn road(pass: impl FnOnce(&mut Vec<(Event, Option<i64>)>)) -> (Log, Log) {
    let mut source = Log::new("ewr", 0);
    source.produce(fifty());
    let mut target = Log::new("aggregate", 0);
    let mut events: Vec<_> = source.entries().map(|entry| (entry.event.clone(), Some(entry.offset))).collect();
    pass(&mut events);
    target.append(Some((source.partition.clone(), 0, 50)), events);
    (source, target)
}

fn verdict_of(source: &Log, target: &Log, shape: Shape) -> Verdict {
    let mut noise = Noise(1);
    let (upstream, downstream) =
        (observed(source, Life::calm(shape), &mut noise), observed(target, Life::calm(shape), &mut noise));
    judge(minute_1(), &[(source, &upstream)], &[(target, &downstream)])
}

#[test]
fn a_loss_that_copies_hide_is_found_and_counting_misses_it() {
    let (source, target) = road(|events| (0..7).for_each(|at| events[at].0 = events[at + 20].0.clone()));
    for shape in [Shape::default(), Shape::new(0, 256)] {
        let verdict = verdict_of(&source, &target, shape);
        assert_eq!((verdict.state, verdict.missing, verdict.extra), (State::Both, 7, 7));
        assert_eq!(counts_only(verdict.upstream, verdict.downstream), CountVerdict::Equal);
        let named: Vec<String> =
            verdict.named().map(|(_, named)| format!("{:?} {}", named.finding, named.identity)).collect();
        assert_eq!(named.len(), 14);
        assert_eq!(named[0], "Missing event:0000000000000001-0");
        assert_eq!(named[7], "Extra event:0000000000000001-20");
    }
}

#[test]
fn counting_sees_only_the_net() {
    assert_eq!(counts_only(5, 5), CountVerdict::Equal);
    assert_eq!(counts_only(5, 3), CountVerdict::Fewer(2));
    assert_eq!(counts_only(3, 5), CountVerdict::More(2));
}

#[test]
fn corruption_is_a_word_of_its_own_only_where_identity_is_an_event_id() {
    let corrupt = |events: &mut Vec<(Event, Option<i64>)>| events[3].0.value = b"other".to_vec();
    let (source, target) = road(corrupt);
    let verdict = verdict_of(&source, &target, Shape::default());
    assert_eq!((verdict.state, verdict.corrupted), (State::Corruption, 1));
    let (mut source, mut target) = (source, target);
    for log in [&mut source, &mut target] {
        log.batches.iter_mut().flat_map(|batch| &mut batch.entries).for_each(|entry| entry.event.event_id = None);
    }
    let verdict = verdict_of(&source, &target, Shape::default());
    assert_eq!((verdict.state, verdict.missing, verdict.extra, verdict.corrupted), (State::Both, 1, 1, 0));
}

#[test]
fn findings_of_all_kinds_stand_side_by_side() {
    let (source, target) = road(|events| {
        events[3].0.value = b"other".to_vec();
        events[4] = events[5].clone();
    });
    let verdict = verdict_of(&source, &target, Shape::new(0, 256));
    assert_eq!((verdict.state, verdict.missing, verdict.extra, verdict.corrupted), (State::Both, 1, 1, 1));
}

#[test]
fn too_many_to_name_are_estimated_and_said_so() {
    let mut source = Log::new("ewr", 0);
    let events = (0..3_000).map(|sequence| {
        let event_id = Some(EventId { session: SessionId(1), sequence });
        Event { timestamp: MINUTE, key: vec![1], value: vec![2], event_id }
    });
    source.produce(events.collect());
    let all: Vec<_> = source.entries().map(|entry| (entry.event.clone(), Some(entry.offset))).collect();
    let check = |name: &str, carried: Vec<(Event, Option<i64>)>, state, about: (u64, u64, u64)| {
        let mut target = Log::new("aggregate", 0);
        target.append(Some((source.partition.clone(), 0, 3_000)), carried);
        let verdict = verdict_of(&source, &target, Shape::new(16, 64));
        assert_eq!(verdict.state, state, "{name}");
        assert!(verdict.estimate.is_some_and(|estimate| estimate.error > 0), "{name}");
        assert_eq!(verdict.named().count(), 0, "{name}");
        for (found, about) in [(verdict.missing, about.0), (verdict.extra, about.1), (verdict.corrupted, about.2)] {
            assert!(found.abs_diff(about) <= about / 2, "{name}: {found} is about {about}");
        }
    };
    check("loss", all[..2_000].to_vec(), State::Loss, (1_000, 0, 0));
    check("duplication", [&all[..], &all[..500]].concat(), State::Duplication, (0, 500, 0));
    let hidden: Vec<_> =
        (0..3_000).map(|at| (all[if at < 800 { at + 1_000 } else { at }].0.clone(), all[at].1)).collect();
    check("a hidden loss", hidden, State::Both, (800, 800, 0));
    let changed = all.iter().map(|(event, offset)| (Event { value: vec![3], ..event.clone() }, *offset));
    check("corruption", changed.collect(), State::Corruption, (0, 0, 3_000));
}

#[test]
fn a_window_is_pending_until_both_ends_have_covered_it_then_overdue() {
    let (source, target) = road(|_| {});
    let calm = Life::calm(Shape::default());
    let (full, arrived) = (observed(&source, calm, &mut Noise(1)), observed(&target, calm, &mut Noise(1)));
    let nothing = Stored::default();
    for (upstream, downstream, reason) in [
        (&full, &nothing, Some(Reason::DownstreamBehind)),
        (&nothing, &arrived, Some(Reason::UpstreamBehind)),
        (&full, &arrived, None),
        (&nothing, &nothing, None),
    ] {
        let verdict = judge(minute_1(), &[(&source, upstream)], &[(&target, downstream)]);
        assert_eq!(verdict.parts[0].reason, reason);
        assert_eq!(verdict.state, if reason.is_some() { State::Pending } else { State::Exact });
    }
    let late = |now: i64| {
        let upstream = vec![side(&source, &full, minute_1())];
        let downstream = vec![side(&target, &nothing, minute_1())];
        let overdue_after = Some(Timestamp(500));
        edge(&EdgeWindow { window: minute_1(), upstream, downstream, overdue_after, now: Timestamp(now) }, &digester())
    };
    assert_eq!((late(500).state, late(501).state), (State::Pending, State::Overdue));
    assert!(late(501).supersedes(&late(500)) && !late(500).supersedes(&late(501)));
}

#[test]
fn a_partition_without_rows_downstream_counts() {
    let (source, target) = road(|_| {});
    let mut silent = Log::new("ewr", 1);
    silent.produce(fifty().into_iter().take(5).collect());
    let calm = Life::calm(Shape::default());
    let stored: Vec<Stored> = [&source, &silent, &target].map(|log| observed(log, calm, &mut Noise(1))).into();
    let upstream = [(&source, &stored[0]), (&silent, &stored[1])];
    let verdict = judge(minute_1(), &upstream, &[(&target, &stored[2])]);
    assert_eq!((verdict.state, verdict.upstream, verdict.downstream), (State::Pending, 55, 50));
    // The carrier passed over all five and appended nothing: now they are lost.
    let mut target = target;
    target.append(Some((silent.partition.clone(), 0, 5)), Vec::new());
    let arrived = observed(&target, calm, &mut Noise(1));
    let verdict = judge(minute_1(), &upstream, &[(&target, &arrived)]);
    assert_eq!((verdict.state, verdict.missing), (State::Loss, 5));
}

#[test]
fn a_source_partition_may_move_to_another_target() {
    let (source, _) = road(|_| {});
    let entries: Vec<_> = source.entries().map(|entry| (entry.event.clone(), Some(entry.offset))).collect();
    let mut targets = [Log::new("aggregate", 0), Log::new("aggregate", 1)];
    targets[0].append(Some((source.partition.clone(), 0, 20)), entries[..20].to_vec());
    targets[1].append(Some((source.partition.clone(), 20, 50)), entries[20..].to_vec());
    let calm = Life::calm(Shape::default());
    let upstream = observed(&source, calm, &mut Noise(1));
    let downstream = targets.each_ref().map(|log| observed(log, calm, &mut Noise(1)));
    let ends: Vec<_> = targets.iter().zip(&downstream).collect();
    assert_eq!(judge(minute_1(), &[(&source, &upstream)], &ends).state, State::Exact);
    assert_eq!(judge(minute_1(), &[(&source, &upstream)], &ends[..1]).state, State::Pending);
}

#[test]
fn what_one_end_never_read_is_unknown() {
    let (source, target) = road(|_| {});
    let calm = Life::calm(Shape::default());
    let (upstream, downstream) = (observed(&source, calm, &mut Noise(1)), observed(&target, calm, &mut Noise(1)));
    let reason = |change: &dyn Fn(&mut Stored, &mut Stored)| {
        let (mut upstream, mut downstream) = (upstream.clone(), downstream.clone());
        change(&mut upstream, &mut downstream);
        let verdict = judge(minute_1(), &[(&source, &upstream)], &[(&target, &downstream)]);
        (verdict.state, verdict.parts[0].reason)
    };
    let gap = |from, to| audit::Gap { from, to };
    let began = |stored: &mut Stored| stored.coverage.as_mut().unwrap().own.began = 10;
    assert_eq!(reason(&|upstream, _| began(upstream)), (State::Unknown, Some(Reason::UpstreamGap(gap(0, 10)))));
    assert_eq!(
        reason(&|_, downstream| began(downstream)),
        (State::Exact, None),
        "where its own log begins is no matter"
    );
    let carried = |stored: &mut Stored| stored.coverage.as_mut().unwrap().origins[0].coverage.gaps.push(gap(30, 40));
    assert_eq!(
        reason(&|_, downstream| carried(downstream)),
        (State::Unknown, Some(Reason::DownstreamGap(gap(30, 40))))
    );
    let malformed = |stored: &mut Stored| stored.rows.values_mut().for_each(|(_, tally)| tally.malformed = 1);
    assert_eq!(reason(&|upstream, _| malformed(upstream)), (State::Unknown, Some(Reason::Malformed)));
    let replanned = |stored: &mut Stored| {
        let (key, row) = stored.rows.pop_first().unwrap();
        let window = Window { generation: 1, ..key.window };
        stored.rows.insert(audit::TallyKey { window, ..key }, row);
    };
    assert_eq!(reason(&|upstream, _| replanned(upstream)), (State::Unknown, Some(Reason::Replanned)));
}

#[test]
fn timeless_records_are_judged_by_the_offsets_of_their_source() {
    let mut source = Log::new("ewr", 0);
    source.produce(fifty().into_iter().map(|event| Event { timestamp: -1, ..event }).collect());
    let mut target = Log::new("aggregate", 0);
    target.produce(fifty());
    let carried: Vec<_> = source.entries().skip(1).map(|entry| (entry.event.clone(), Some(entry.offset))).collect();
    target.append(Some((source.partition.clone(), 0, 50)), carried);
    let calm = Life::calm(Shape::default());
    let (upstream, downstream) = (observed(&source, calm, &mut Noise(1)), observed(&target, calm, &mut Noise(1)));
    let window = Window { axis: Axis::Offsets, ..Plan::default().timeless_at(0) };
    let verdict = judge(window, &[(&source, &upstream)], &[(&target, &downstream)]);
    assert_eq!((verdict.state, verdict.upstream, verdict.downstream), (State::Loss, 50, 49));
}

#[test]
fn timeless_records_are_judged_on_each_of_two_hops() {
    let mut first = Log::new("ewr", 0);
    first.produce(fifty().into_iter().map(|event| Event { timestamp: -1, ..event }).collect());
    let mut middle = Log::new("aggregate", 0);
    // Offsets in the middle are others than at the first log, and lie in another account.
    middle.produce((0..70_000).map(|_| fifty().remove(0)).collect());
    let hop = |from: &Log, drop: i64| -> Vec<(Event, Option<i64>)> {
        let timeless = from.entries().filter(|entry| entry.event.timestamp == -1 && entry.offset != drop);
        timeless.map(|entry| (entry.event.clone(), Some(entry.offset))).collect()
    };
    let carried = hop(&first, 3);
    middle.append(Some((first.partition.clone(), 0, 50)), carried);
    let mut last = Log::new("lga", 0);
    let carried = hop(&middle, 70_007);
    last.append(Some((middle.partition.clone(), 0, middle.end())), carried);
    let calm = Life::calm(Shape::default());
    let stored = [&first, &middle, &last].map(|log| observed(log, calm, &mut Noise(1)));
    for (upstream, downstream, offset, counts) in [(0, 1, 0, (50, 49)), (1, 2, 70_000, (49, 48))] {
        let logs = [&first, &middle, &last];
        let window = Plan::default().timeless_at(offset);
        let verdict = judge(window, &[(logs[upstream], &stored[upstream])], &[(logs[downstream], &stored[downstream])]);
        assert_eq!((verdict.state, (verdict.upstream, verdict.downstream)), (State::Loss, counts));
    }
}

#[test]
fn a_window_touched_before_its_key_changed_is_unknown() {
    let (source, target) = road(|_| {});
    let calm = Life::calm(Shape::default());
    let downstream = observed(&target, calm, &mut Noise(1));
    let era = Era { from: Timestamp(MINUTE), width_ms: MINUTE, generation: 1 };
    let changed = Plan::default().change(era, Timestamp(0)).unwrap();
    let (tenant, log) = (Tenant::default(), source.partition.clone());
    let mut book = Book::new(tenant, log, Plan::default(), keys(), BookLimits::default(), 0);
    let mut upstream = Stored::default();
    for entry in source.entries() {
        if entry.offset == 20 {
            book.set_plan(changed.clone(), keys());
        }
        add(&mut book, &entry.event.record(entry.offset, None), &mut upstream);
    }
    upstream.save(book.take_changes().unwrap());
    for window in [minute_1(), changed.window_at(Timestamp(MINUTE))] {
        let sides = |log, stored| vec![side(log, stored, window)];
        let (upstream, downstream) = (sides(&source, &upstream), sides(&target, &downstream));
        let input = EdgeWindow { window, upstream, downstream, overdue_after: None, now: Timestamp(0) };
        let verdict = edge(&input, &keys().digester(window.generation).unwrap());
        assert_eq!((verdict.state, verdict.parts[0].reason), (State::Unknown, Some(Reason::Replanned)));
    }
}
