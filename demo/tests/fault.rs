//! The fault proxy between a Kafka cluster and ordinary clients: what they see, and what the ledger says of it.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use demo::fault::{Change, Entry, Mode, Plan, Proxy, Side};
use model::{EVENT_ID_HEADER, EventId, SessionId};
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use waybill_client::rdkafka::consumer::{BaseConsumer, Consumer as _};
use waybill_client::rdkafka::message::{Header, Headers as _, Message as _, OwnedHeaders};
use waybill_client::rdkafka::mocking::MockCluster;
use waybill_client::rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer as _};
use waybill_client::rdkafka::{ClientConfig, Offset, TopicPartitionList};

const WINDOW: i64 = 1_800_000_000_000 / 60_000 * 60_000;
const PARTITIONS: i32 = 2;

/// Records in the window; as many lie before it.
const IN_WINDOW: u64 = 200;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn entries(&self) -> Vec<Entry> {
        let text = self.0.lock().unwrap().clone();
        text.split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    partition: i32,
    offset: i64,
    time: i64,
    id: String,
    value: Vec<u8>,
}

/// A cluster with one topic and records in and before the window, a proxy in front of it, and a plan.
struct Fixture {
    cluster: MockCluster<'static, DefaultProducerContext>,
    proxy: Proxy,
    ledger: Lines,
}

impl Fixture {
    async fn new(compression: &str) -> Self {
        let cluster = MockCluster::new(1).unwrap();
        cluster.create_topic("flights", PARTITIONS, 1).unwrap();
        let ledger = Lines::default();
        let upstream = cluster.bootstrap_servers();
        let proxy = Proxy::start("127.0.0.1:0", &upstream, Side::Fetch, Box::new(ledger.clone())).await.unwrap();
        let fixture = Self { cluster, proxy, ledger };
        fixture.produce(&upstream, compression);
        fixture
    }

    /// A proxy that damages what is produced through it; nothing is produced yet.
    async fn inbound() -> Self {
        let cluster = MockCluster::new(1).unwrap();
        cluster.create_topic("flights", PARTITIONS, 1).unwrap();
        let (ledger, upstream) = (Lines::default(), cluster.bootstrap_servers());
        let proxy = Proxy::start("127.0.0.1:0", &upstream, Side::Produce, Box::new(ledger.clone())).await.unwrap();
        Self { cluster, proxy, ledger }
    }

    fn produce(&self, address: &str, compression: &str) {
        let producer: BaseProducer = ClientConfig::new()
            .set("bootstrap.servers", address)
            .set("compression.type", compression)
            .set("batch.num.messages", "20")
            .set("enable.idempotence", "true")
            .create()
            .unwrap();
        for sequence in 0..2 * IN_WINDOW {
            let id = EventId { session: SessionId(1), sequence }.to_bytes();
            let header = Header { key: EVENT_ID_HEADER, value: Some(&id) };
            let time = WINDOW - 60_000 + i64::try_from(sequence * 60_000 / IN_WINDOW).unwrap();
            let value = format!("value {sequence}");
            let record = BaseRecord::<[u8], _>::to("flights").payload(&value).timestamp(time);
            let partition = i32::try_from(sequence % 2).unwrap();
            producer.send(record.partition(partition).headers(OwnedHeaders::new().insert(header))).unwrap();
        }
        producer.flush(Duration::from_secs(30)).unwrap();
    }

    /// Everything that a consumer reads at an address; it ends at the end of all partitions.
    async fn read(&self, address: String) -> Vec<Seen> {
        tokio::task::spawn_blocking(move || read(&address)).await.unwrap()
    }

    async fn damaged(&self, mode: Mode, count: u64) -> (Vec<Seen>, Vec<Entry>) {
        self.proxy.arm(plan(mode, count));
        let mut finished = self.proxy.finished();
        let address = self.proxy.address().to_string();
        let seen = self.read(address.clone()).await;
        finished.wait_for(|finished| *finished > 0).await.unwrap();
        let again = self.read(address).await;
        assert_eq!(again, seen, "{mode:?}: who reads later sees the same");
        let entries = self.ledger.entries();
        assert!(entries.iter().all(|entry| entry.window_start == WINDOW && entry.topic == "flights"));
        (seen, entries)
    }

    async fn untouched(&self) -> Vec<Seen> {
        self.read(self.cluster.bootstrap_servers()).await
    }
}

fn plan(mode: Mode, count: u64) -> Plan {
    let (topic, partition, window_start, after) = (Some("flights".to_owned()), None, Some(WINDOW), None);
    Plan { mode, count, topic, partition, window_start, after, window_ms: 60_000, delay_ms: 300, seed: 1 }
}

fn read(address: &str) -> Vec<Seen> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", address)
        .set("group.id", "reader")
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        .set("check.crcs", "true")
        .set("fetch.error.backoff.ms", "10")
        .set("reconnect.backoff.ms", "10")
        .create()
        .unwrap();
    let mut places = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        places.add_partition_offset("flights", partition, Offset::Beginning).unwrap();
    }
    consumer.assign(&places).unwrap();
    let (mut seen, mut ended) = (Vec::new(), 0);
    let deadline = Instant::now() + Duration::from_secs(60);
    while ended < PARTITIONS {
        assert!(Instant::now() < deadline, "{} records and {ended} ends within the time", seen.len());
        match consumer.poll(Duration::from_millis(500)) {
            Some(Ok(message)) => {
                let id = message.headers().unwrap().get(0).value.and_then(EventId::from_bytes).unwrap().to_string();
                let (partition, offset) = (message.partition(), message.offset());
                let (time, value) = (message.timestamp().to_millis().unwrap(), message.payload().unwrap().to_vec());
                seen.push(Seen { partition, offset, time, id, value });
            }
            Some(Err(waybill_client::rdkafka::error::KafkaError::PartitionEOF(_))) => ended += 1,
            // A broken CRC and a connection cut off are tried again by the library.
            Some(Err(_)) | None => {}
        }
    }
    seen.sort();
    seen
}

fn copies(seen: &[Seen], id: &str) -> usize {
    seen.iter().filter(|seen| seen.id == id).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_plan_everything_passes() {
    let fixture = Fixture::new("lz4").await;
    let through = fixture.read(fixture.proxy.address().to_string()).await;
    assert_eq!(through, fixture.untouched().await);
    assert_eq!(through.len(), 400);
    assert!(fixture.ledger.entries().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_one_records_become_copies_and_every_count_agrees() {
    for compression in ["none", "lz4", "gzip"] {
        let fixture = Fixture::new(compression).await;
        let (seen, entries) = fixture.damaged(Mode::Overwrite, 31).await;
        let untouched = fixture.untouched().await;
        assert_eq!(entries.len(), 31);
        assert_eq!(seen.len(), untouched.len());
        let in_window = |seen: &[Seen]| seen.iter().filter(|seen| seen.time >= WINDOW).count();
        assert_eq!(in_window(&seen), in_window(&untouched));
        for entry in &entries {
            assert_eq!(entry.change, Change::Overwritten);
            assert_eq!(copies(&seen, entry.event_id.as_ref().unwrap()), 0);
            assert_eq!(copies(&seen, entry.copy_of.as_ref().unwrap().event_id.as_ref().unwrap()), 2);
        }
        let unchanged = seen.iter().filter(|seen| untouched.contains(seen)).count();
        assert_eq!(unchanged, 400 - 31, "nothing else changed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_dropped_doubled_and_corrupted_as_the_ledger_says() {
    for (mode, count, entries_expected, records_expected) in
        [(Mode::Drop, 7, 7, 393), (Mode::Duplicate, 7, 7, 407), (Mode::Both, 6, 9, 397), (Mode::Corrupt, 5, 5, 400)]
    {
        let fixture = Fixture::new("lz4").await;
        let (seen, entries) = fixture.damaged(mode, count).await;
        let untouched = fixture.untouched().await;
        assert_eq!((seen.len(), entries.len()), (records_expected, entries_expected), "{mode:?}");
        for Entry { change, event_id, .. } in &entries {
            let id = event_id.as_ref().unwrap();
            let expected = match change {
                Change::Dropped => 0,
                Change::Duplicated => 2,
                _ => 1,
            };
            assert_eq!(copies(&seen, id), expected, "{mode:?} {id}");
        }
        let changed: Vec<_> =
            seen.iter().filter(|seen| !untouched.contains(seen)).map(|seen| seen.id.clone()).collect();
        assert_eq!(changed.len(), if mode == Mode::Corrupt { 5 } else { 0 }, "{mode:?}");
        assert!(changed.iter().all(|id| entries.iter().any(|entry| entry.event_id.as_ref() == Some(id))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_heals_by_itself_leaves_every_record() {
    for (mode, count) in [(Mode::BreakCrc, 2), (Mode::Delay, 1), (Mode::Cut, 2)] {
        let fixture = Fixture::new("lz4").await;
        let (seen, entries) = fixture.damaged(mode, count).await;
        assert_eq!(seen, fixture.untouched().await, "{mode:?}");
        assert_eq!(entries.len() as u64, count, "{mode:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reordering_moves_records_and_loses_none() {
    let fixture = Fixture::new("lz4").await;
    let (seen, entries) = fixture.damaged(Mode::Reorder, 3).await;
    let untouched = fixture.untouched().await;
    assert_eq!(entries.len(), 3);
    let moved = seen.iter().filter(|seen| !untouched.contains(seen)).count();
    assert!(moved > 20, "{moved} records have another offset");
    let contents = |seen: Vec<Seen>| {
        let mut contents: Vec<_> =
            seen.into_iter().map(|seen| (seen.partition, seen.id, seen.time, seen.value)).collect();
        contents.sort();
        contents
    };
    assert_eq!(contents(seen), contents(untouched));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_produced_is_damaged_as_the_ledger_says() {
    for (mode, count, records_expected) in [
        (Mode::Overwrite, 31, 400),
        (Mode::Drop, 7, 393),
        (Mode::Duplicate, 7, 407),
        (Mode::Corrupt, 5, 400),
        (Mode::Delay, 2, 400),
    ] {
        let fixture = Fixture::inbound().await;
        fixture.proxy.arm(plan(mode, count));
        let address = fixture.proxy.address().to_string();
        tokio::task::block_in_place(|| fixture.produce(&address, "lz4"));
        let (seen, entries) = (fixture.untouched().await, fixture.ledger.entries());
        assert_eq!((seen.len(), entries.len() as u64), (records_expected, count), "{mode:?}");
        for Entry { change, event_id, copy_of, .. } in &entries {
            let found = copies(&seen, event_id.as_ref().unwrap());
            match change {
                Change::Overwritten => {
                    assert_eq!(found, 0);
                    assert_eq!(copies(&seen, copy_of.as_ref().unwrap().event_id.as_ref().unwrap()), 2);
                }
                Change::Dropped => assert_eq!(found, 0),
                Change::Duplicated => assert_eq!(found, 2),
                _ => assert_eq!(found, 1),
            }
        }
    }
}
