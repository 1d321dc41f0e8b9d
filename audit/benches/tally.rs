//! What a full tally costs per record, above reading the record.
//!
//! Records lie one after the other in 32 MiB, more than the caches hold. The baseline touches every cache line of
//! each; the others count it as the observer does: digests, fingerprints, bounds, sketch, a choice of three windows.
#![allow(missing_docs, reason = "criterion's macros make public items without documentation")]

use audit::{Book, BookLimits, Keys, LogPartition, Plan, Record, Seed, Step};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use model::{ClusterName, EventId, SessionId, Tenant, Timestamp, TopicId};
use std::hint::black_box;
use std::time::{Duration, Instant};

const BUFFER: usize = 32 << 20;
const KEY: usize = 16;
const MINUTE: i64 = 60_000;

/// Who the records say they are.
#[derive(Clone, Copy)]
enum Ids {
    /// An event id in each; the log is the first, so every record is counted for its session too.
    Sessions,
    /// An event id in each; the records were carried here.
    Carried,
    /// No event id.
    None,
}

struct Stream {
    buffer: Vec<u8>,
    size: usize,
    ids: Ids,
}

impl Stream {
    fn new(size: usize, ids: Ids) -> Self {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut noise = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        };
        Self { buffer: (0..BUFFER / 8).flat_map(|_| noise()).collect(), size, ids }
    }

    fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.buffer.chunks_exact(self.size).zip(0_i64..).map(|(bytes, offset)| Record {
            offset,
            origin_offset: matches!(self.ids, Ids::Carried).then_some(offset),
            timestamp: Timestamp(offset.rem_euclid(3) * MINUTE + offset.rem_euclid(MINUTE)),
            key: Some(&bytes[..KEY]),
            value: Some(&bytes[KEY..]),
            event_id: match self.ids {
                Ids::None => None,
                _ => Some(EventId { session: SessionId(7), sequence: offset.cast_unsigned() }),
            },
        })
    }

    fn touch(&self) -> u64 {
        let mut sum = 0_u64;
        for record in self.records() {
            let value = record.value.unwrap_or_default();
            sum += value.iter().step_by(64).map(|byte| u64::from(*byte)).sum::<u64>();
            sum ^= record.bytes() ^ record.timestamp.0.cast_unsigned();
        }
        sum
    }

    fn tally(&self) -> u64 {
        let log = |cluster: &str| LogPartition {
            cluster: ClusterName::new(cluster).expect("a name"),
            topic: TopicId(uuid::Uuid::from_u128(1)),
            partition: 0,
        };
        let keys = Keys::new([(0, Seed([7; 16]))]);
        let limits = BookLimits::default();
        let mut book = Book::new(Tenant::default(), log("aggregate"), Plan::default(), keys, limits, 0);
        let origin = log("ewr");
        let carried = audit::Carried { origin: &origin, from: 0, next: 0 };
        book.begin_batch(matches!(self.ids, Ids::Carried).then_some(carried), Timestamp(0));
        for record in self.records() {
            let mut step = book.add(&record).expect("the key is held");
            while let Step::Needs(window) = step {
                book.restore(&window, Vec::new()).expect("nothing is stored");
                step = book.add(&record).expect("the key is held");
            }
        }
        book.take_changes().map_or(0, |changes| changes.rows.len() as u64)
    }
}

/// Nanoseconds per record, the best of several runs, and how far the worst lies above it.
fn ns_per_record(records: u32, mut run: impl FnMut() -> u64) -> (f64, f64) {
    let mut times: Vec<Duration> = (0..9)
        .map(|_| {
            let start = Instant::now();
            black_box(run());
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    let ns = |time: Duration| time.as_secs_f64() * 1e9 / f64::from(records);
    (ns(times[0]), ns(times[times.len() - 1]) - ns(times[0]))
}

fn tally(criterion: &mut Criterion) {
    for size in [128, 256, 1024] {
        let records = u32::try_from(BUFFER / size).expect("few records");
        for (name, ids) in [("carried", Ids::Carried), ("produced", Ids::Sessions), ("without-id", Ids::None)] {
            let stream = Stream::new(size, ids);
            let (touch, _) = ns_per_record(records, || stream.touch());
            let (tally, spread) = ns_per_record(records, || stream.tally());
            println!(
                "tally/{name}/{size}: {:.1} ns per record above touching it ({touch:.1}), spread {spread:.1}",
                tally - touch
            );
            let mut group = criterion.benchmark_group(format!("tally/{name}/{size}"));
            group.throughput(Throughput::Elements(u64::from(records))).sample_size(10);
            group.bench_function("touch", |bencher| bencher.iter(|| stream.touch()));
            group.bench_function("tally", |bencher| bencher.iter(|| stream.tally()));
            group.finish();
        }
    }
}

criterion_group!(benches, tally);
criterion_main!(benches);
