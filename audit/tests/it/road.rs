//! Logs, observers that crash, and a model that knows every record.

use audit::book::Carried;
use audit::{
    Book, BookLimits, Changes, Digester, Identity, Keys, LogCoverage, LogPartition, Plan, Record, Seed, Shape, Step,
    Tally, TallyKey, WindowRef, invariants,
};
use model::{ClusterName, EventId, SessionId, Tenant, Timestamp, TopicId};
use std::collections::BTreeMap;

pub(crate) const MINUTE: i64 = 60_000;

/// A fixed sequence of numbers that look random.
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    pub(crate) fn below(&mut self, bound: i64) -> i64 {
        (self.next() % bound.cast_unsigned()).cast_signed()
    }

    /// True once in `every` times, on average; never for 0.
    pub(crate) fn once_in(&mut self, every: u64) -> bool {
        every > 0 && self.next().is_multiple_of(every)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Event {
    pub(crate) timestamp: i64,
    pub(crate) key: Vec<u8>,
    pub(crate) value: Vec<u8>,
    pub(crate) event_id: Option<EventId>,
}

impl Event {
    /// Times lie in a few minutes, some late, some missing; a third have no event id, and some of those are equal.
    pub(crate) fn random(noise: &mut Noise, sequence: u64) -> Self {
        let with_id = !noise.once_in(3);
        let timestamp = if noise.once_in(12) { -1 } else { noise.below(6 * MINUTE) };
        Self {
            timestamp: if with_id { timestamp } else { timestamp - timestamp.rem_euclid(20_000) },
            key: vec![7; usize::try_from(noise.below(3)).unwrap()],
            value: noise.below(4).to_le_bytes()[..1].to_vec(),
            event_id: with_id.then_some(EventId { session: SessionId(noise.next() % 4), sequence }),
        }
    }

    pub(crate) fn record(&self, offset: i64, origin_offset: Option<i64>) -> Record<'_> {
        Record {
            offset,
            origin_offset,
            timestamp: Timestamp(self.timestamp),
            key: Some(&self.key),
            value: Some(&self.value),
            event_id: self.event_id,
        }
    }

    pub(crate) fn identity(&self) -> Identity {
        digester().identity(&self.record(0, None))
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) offset: i64,
    pub(crate) origin_offset: Option<i64>,
    pub(crate) event: Event,
}

/// Some records that were appended together.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub(crate) carried: Option<(LogPartition, i64, i64)>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) next_offset: i64,
}

#[derive(Clone, Debug)]
pub(crate) struct Log {
    pub(crate) partition: LogPartition,
    pub(crate) batches: Vec<Batch>,
}

impl Log {
    pub(crate) fn new(cluster: &str, partition: i32) -> Self {
        let cluster = ClusterName::new(cluster).unwrap();
        let topic = TopicId(uuid::Uuid::from_u128(1));
        Self { partition: LogPartition { cluster, topic, partition }, batches: Vec::new() }
    }

    pub(crate) fn end(&self) -> i64 {
        self.batches.last().map_or(0, |batch| batch.next_offset)
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.batches.iter().flat_map(|batch| &batch.entries)
    }

    /// Appends events, each with its offset at the origin; `carried` says what the carrier reports.
    pub(crate) fn append(&mut self, carried: Option<(LogPartition, i64, i64)>, events: Vec<(Event, Option<i64>)>) {
        let entries: Vec<Entry> = (self.end()..)
            .zip(events)
            .map(|(offset, (event, origin_offset))| Entry { offset, origin_offset, event })
            .collect();
        let next_offset = entries.last().map_or(self.end(), |entry| entry.offset + 1);
        self.batches.push(Batch { carried, entries, next_offset });
    }

    pub(crate) fn produce(&mut self, events: Vec<Event>) {
        self.append(None, events.into_iter().map(|event| (event, None)).collect());
    }
}

/// What an observer has saved.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stored {
    pub(crate) coverage: Option<LogCoverage>,
    pub(crate) rows: BTreeMap<TallyKey, (i64, Tally)>,
}

impl Stored {
    /// As a store saves: whole rows, the greater revision wins, through the binary form.
    pub(crate) fn save(&mut self, changes: Changes) {
        let revision = changes.coverage.own.covered;
        if let Some(before) = &self.coverage {
            invariants::coverage_rises(&before.own, &changes.coverage.own).unwrap();
        }
        for (key, tally) in changes.rows {
            invariants::tally_is_sound(&tally).unwrap();
            let before = self.rows.get(&key).map_or(-1, |(revision, _)| *revision);
            assert!(revision >= before, "revisions only rise");
            self.rows.insert(key, (revision, Tally::decode(&tally.encode()).unwrap()));
        }
        self.coverage = Some(changes.coverage);
    }

    fn load(&self, wanted: &WindowRef) -> Vec<(TallyKey, Tally)> {
        let of_it = |key: &&TallyKey| key.origin == wanted.origin && key.window == wanted.window;
        self.rows.keys().filter(of_it).map(|key| (key.clone(), self.rows[key].1.clone())).collect()
    }

    pub(crate) fn tallies(&self) -> BTreeMap<&TallyKey, Vec<u8>> {
        self.rows.iter().map(|(key, (_, tally))| (key, tally.encode())).collect()
    }
}

pub(crate) fn keys() -> Keys {
    Keys::new([(0, Seed([7; 16])), (1, Seed([8; 16]))])
}

pub(crate) fn digester() -> Digester {
    Digester::new(0, &Seed([7; 16]))
}

/// How an observer lives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Life {
    pub(crate) limits: BookLimits,
    /// Saves once in so many records, in the middle of a batch; 0 for never.
    pub(crate) saves: u64,
    /// Dies once in so many records, and is started again; 0 for never.
    pub(crate) dies: u64,
}

impl Life {
    /// Nothing ever leaves, and all is saved at the end.
    pub(crate) fn calm(shape: Shape) -> Self {
        let limits = BookLimits { open_windows: 10_000, leaving_windows: 10_000, sessions: 3, shape };
        Self { limits, saves: 0, dies: 0 }
    }

    pub(crate) fn hectic(shape: Shape, saves: u64, dies: u64) -> Self {
        let limits = BookLimits { open_windows: 2, leaving_windows: 1, sessions: 3, shape };
        Self { limits, saves, dies }
    }
}

/// Observes the first `batches` batches of a log, going on from what is stored.
pub(crate) fn observe(log: &Log, batches: usize, life: Life, stored: &mut Stored, noise: &mut Noise) {
    while live(log, batches, life, stored, noise).is_none() {}
}

fn live(log: &Log, batches: usize, life: Life, stored: &mut Stored, noise: &mut Noise) -> Option<()> {
    let coverage = stored.coverage.clone().unwrap_or_else(|| LogCoverage::at(0));
    let covered = coverage.own.covered;
    let mut book =
        Book::resume(Tenant::default(), log.partition.clone(), Plan::default(), keys(), life.limits, coverage);
    for batch in log.batches[..batches].iter().filter(|batch| batch.next_offset >= covered) {
        let carried = batch.carried.as_ref();
        book.begin_batch(
            carried.map(|(origin, from, next)| Carried { origin, from: *from, next: *next }),
            Timestamp(0),
        );
        for entry in &batch.entries {
            if noise.once_in(life.saves) {
                book.take_changes().into_iter().for_each(|changes| stored.save(changes));
            }
            if noise.once_in(life.dies) {
                return None;
            }
            add(&mut book, &entry.event.record(entry.offset, entry.origin_offset), stored);
            let bound = life.limits.open_windows + life.limits.leaving_windows + 1;
            assert!(book.windows_held() <= bound, "windows are bounded");
        }
        book.cover(batch.next_offset);
    }
    book.take_changes().into_iter().for_each(|changes| stored.save(changes));
    assert_eq!(book.take_changes(), None, "nothing changed since");
    Some(())
}

pub(crate) fn add(book: &mut Book, record: &Record<'_>, stored: &mut Stored) {
    loop {
        match book.add(record).unwrap() {
            Step::Added | Step::Seen => return,
            Step::Needs(wanted) => book.restore(&wanted, stored.load(&wanted)).unwrap(),
            Step::Full => stored.save(book.take_changes().expect("what is full has changed")),
        }
    }
}
