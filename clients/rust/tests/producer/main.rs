//! The producer against a Kafka cluster inside librdkafka and a small HTTP server that remembers what it was told.
#![cfg(feature = "kafka")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod server;

use audit::{Digester, Keys, Plan, ProducerReport, Seed, Tally};
use model::{EVENT_ID_HEADER, EventId, SessionId, Timestamp};
use server::Server;
use std::collections::BTreeMap;
use std::time::Duration;
use waybill_client::rdkafka::consumer::{BaseConsumer, Consumer as _};
use waybill_client::rdkafka::message::{Headers as _, Message as _};
use waybill_client::rdkafka::mocking::MockCluster;
use waybill_client::rdkafka::{ClientConfig, Offset, TopicPartitionList};
use waybill_client::{Client, CloseError, Event, Producer, ProducerSettings, Schemas};

const TIME: Timestamp = Timestamp(1_800_000_000_000);
const SCHEMA: &str = r#"{"type": "record", "name": "F", "fields": [{"name": "number", "type": "int"}]}"#;

#[derive(serde::Serialize)]
struct Flight {
    number: i32,
}

fn settings(bootstrap: &str) -> ProducerSettings {
    let mut settings = ProducerSettings::new("ewr".parse().unwrap(), bootstrap, "departed".parse().unwrap(), "desk");
    settings.report_interval = Duration::from_secs(3600);
    settings
}

/// Reads the topic from its beginning.
fn reader(bootstrap: &str, partitions: i32) -> BaseConsumer {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("group.id", "reader")
        .set("enable.auto.commit", "false")
        .create()
        .unwrap();
    let mut places = TopicPartitionList::new();
    for partition in 0..partitions {
        places.add_partition_offset("departed", partition, Offset::Beginning).unwrap();
    }
    consumer.assign(&places).unwrap();
    consumer
}

/// All records of the topic: partition, offset, event id, value.
fn consume(bootstrap: &str, partitions: i32, count: usize) -> Vec<(i32, i64, EventId, Vec<u8>)> {
    let consumer = reader(bootstrap, partitions);
    let mut records = Vec::new();
    while records.len() < count {
        let message = consumer.poll(Duration::from_secs(30)).expect("a record within the time").unwrap();
        let headers = message.headers().unwrap();
        assert_eq!(headers.count(), 1);
        assert_eq!(headers.get(0).key, EVENT_ID_HEADER);
        let id = EventId::from_bytes(headers.get(0).value.unwrap()).unwrap();
        assert!(message.timestamp().to_millis().unwrap() >= TIME.0, "the record has its event time");
        records.push((message.partition(), message.offset(), id, message.payload().unwrap().to_vec()));
    }
    records
}

fn digester() -> std::sync::Arc<Digester> {
    Keys::new([(0, Seed([7; 16]))]).digester(0).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_is_named_counted_and_reported() {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic("departed", 3, 1).unwrap();
    let server = Server::start().await;
    let client = Client::new(&server.address(), None).unwrap();
    let schemas = Schemas::new(client.clone());
    let flights = schemas.register("departed-value", SCHEMA).await.unwrap();
    schemas.register("departed-value", SCHEMA).await.unwrap();
    assert_eq!(server.registrations(), 1, "the second time it is known");

    let bootstrap = cluster.bootstrap_servers();
    let producer = Producer::start(settings(&bootstrap), client).await.unwrap();
    let session = producer.session();
    for number in 0..1000 {
        let (key, value) = (number.to_string(), flights.encode(&Flight { number }).unwrap());
        let event =
            Event { key: Some(key.as_bytes()), value: Some(&value), time: Timestamp(TIME.0 + i64::from(number)) };
        let id = producer.send(event).await.unwrap();
        assert_eq!(id, EventId { session, sequence: number.try_into().unwrap() });
    }
    let summary = producer.close().await.unwrap();
    assert_eq!((summary.acknowledged, summary.failed, summary.indeterminate), (1000, 0, 0));

    let records = consume(&bootstrap, 3, 1000);
    let mut highest: BTreeMap<i32, i64> = BTreeMap::new();
    for (partition, offset, id, value) in &records {
        assert_eq!(value, &flights.encode(&Flight { number: id.sequence.try_into().unwrap() }).unwrap());
        assert_eq!(value[..5], [0, 0, 0, 0, 42], "the frame holds the id that the registry gave");
        let last = highest.entry(*partition).or_default();
        *last = (*last).max(*offset);
    }
    let report = server.reports().pop().unwrap();
    assert_eq!((report.session, report.is_final, report.next_sequence), (session, true, 1000));
    let reported: BTreeMap<_, _> =
        report.windows.iter().flat_map(|window| &window.offsets).map(|span| (span.partition, span.last)).collect();
    assert_eq!(reported, highest);
    assert_eq!(report.windows.len(), 1);
    let mut read = Tally::new(audit::Shape::default());
    for (_, offset, id, value) in &records {
        let key = id.sequence.to_string();
        let time = Timestamp(TIME.0 + i64::try_from(id.sequence).unwrap());
        let (key, value) = (Some(key.as_bytes()), Some(value.as_slice()));
        let record =
            audit::Record { offset: *offset, origin_offset: None, timestamp: time, key, value, event_id: Some(*id) };
        read.add(&record, &digester().digest(&record), &digester());
    }
    assert!(read.agrees_with(&report.windows[0].acknowledged), "who reads the log counts the same");
    assert_eq!(server.applications(), ["desk"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_and_missing_keys_and_values_are_counted_as_they_are_read() {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic("departed", 1, 1).unwrap();
    let server = Server::start().await;
    let bootstrap = cluster.bootstrap_servers();
    let producer = Producer::start(settings(&bootstrap), Client::new(&server.address(), None).unwrap()).await.unwrap();
    let keys: [Option<&[u8]>; 4] = [None, Some(b""), Some(b"k"), Some(b"k")];
    let values: [Option<&[u8]>; 4] = [Some(b"v"), Some(b"v"), None, Some(b"")];
    for (key, value) in keys.into_iter().zip(values) {
        producer.send(Event { key, value, time: TIME }).await.unwrap();
    }
    producer.close().await.unwrap();

    let reader = reader(&bootstrap, 1);
    let mut read = Tally::new(audit::Shape::default());
    for index in 0..4 {
        let message = reader.poll(Duration::from_secs(30)).expect("a record within the time").unwrap();
        assert_eq!((message.key(), message.payload()), (keys[index], values[index]), "the log keeps the difference");
        let event_id = message.headers().unwrap().get(0).value.and_then(EventId::from_bytes);
        let (key, value, offset) = (message.key(), message.payload(), message.offset());
        let record = audit::Record { offset, origin_offset: None, timestamp: TIME, key, value, event_id };
        read.add(&record, &digester().digest(&record), &digester());
    }
    assert!(read.agrees_with(&server.reports()[0].windows[0].acknowledged));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_without_an_answer_are_indeterminate_and_those_too_large_failed() {
    let server = Server::start().await;
    // Nobody listens on the discard port of the loopback.
    let mut settings = settings("127.0.0.1:9");
    settings.close_timeout = Duration::from_millis(200);
    settings.extra = vec![("message.max.bytes".to_owned(), "1000".to_owned())];
    let producer = Producer::start(settings, Client::new(&server.address(), None).unwrap()).await.unwrap();
    let large = vec![0; 2000];
    let error = producer.send(Event { key: None, value: Some(&large), time: TIME }).await.unwrap_err();
    assert!(error.to_string().starts_with("event "), "{error}");
    producer.send(Event { key: None, value: Some(b"small"), time: TIME }).await.unwrap();
    let summary = producer.close().await.unwrap();
    // What never left the queue surely is not there.
    assert_eq!((summary.acknowledged, summary.failed, summary.indeterminate), (0, 2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_times_out_is_listed_as_indeterminate() {
    let server = Server::start().await;
    let mut settings = settings("127.0.0.1:9");
    settings.delivery_timeout = Duration::from_millis(300);
    let producer = Producer::start(settings, Client::new(&server.address(), None).unwrap()).await.unwrap();
    producer.send(Event { key: None, value: Some(b"v"), time: TIME }).await.unwrap();
    let summary = producer.close().await.unwrap();
    assert_eq!((summary.acknowledged, summary.failed, summary.indeterminate), (0, 0, 1));
    assert_eq!(server.reports()[0].windows[0].indeterminate, [0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_sent_again_keeps_its_id() {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic("departed", 1, 1).unwrap();
    let server = Server::start().await;
    let bootstrap = cluster.bootstrap_servers();
    let mut settings = settings(&bootstrap);
    settings.extra = vec![("message.max.bytes".to_owned(), "1000".to_owned())];
    let producer = Producer::start(settings, Client::new(&server.address(), None).unwrap()).await.unwrap();
    let (event, large) = (Event { key: None, value: Some(b"v"), time: TIME }, vec![0; 2000]);
    let too_large = Event { value: Some(&large), ..event };
    assert!(producer.send(too_large).await.is_err());
    let session = producer.session();
    assert_eq!(producer.resend(0, event).await.unwrap(), EventId { session, sequence: 0 });
    producer.flush().await;
    assert_eq!(producer.send(event).await.unwrap().sequence, 1, "later events are numbered on");
    assert!(producer.send(too_large).await.is_err());
    assert!(producer.resend(2, too_large).await.is_err());
    let summary = producer.close().await.unwrap();
    // The second copy of the last one failed for sure; of the first one nobody looks again.
    assert_eq!((summary.acknowledged, summary.indeterminate), (2, 1));
    let ids: Vec<_> = consume(&bootstrap, 1, 2).into_iter().map(|(_, _, id, _)| id.sequence).collect();
    assert_eq!(ids, [0, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_that_are_lost_are_made_up_for() {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic("departed", 1, 1).unwrap();
    let server = Server::start().await;
    server.refuse_reports(3);
    let mut settings = settings(&cluster.bootstrap_servers());
    settings.report_interval = Duration::from_millis(20);
    let producer = Producer::start(settings, Client::new(&server.address(), None).unwrap()).await.unwrap();
    for batch in 0..2 {
        for _ in 0..100 {
            producer
                .send(Event { key: None, value: Some(b"v"), time: Timestamp(TIME.0 + batch * 60_000) })
                .await
                .unwrap();
        }
        producer.flush().await;
        server.until_refused(if batch == 0 { 1 } else { 3 }).await;
    }
    producer.close().await.unwrap();
    let mut windows: BTreeMap<_, (u64, u64)> = BTreeMap::new();
    let reports = server.reports();
    for ProducerReport { number, windows: reported, .. } in &reports {
        for window in reported {
            let stored = windows.entry(window.window).or_default();
            if *number > stored.0 {
                *stored = (*number, window.acknowledged.count);
            }
        }
    }
    assert_eq!(windows.values().map(|(_, count)| *count).collect::<Vec<_>>(), [100, 100]);
    assert!(reports.last().unwrap().is_final);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_final_report_that_is_refused_is_handed_back() {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic("departed", 1, 1).unwrap();
    let server = Server::start().await;
    server.refuse_reports(usize::MAX);
    let mut settings = settings(&cluster.bootstrap_servers());
    settings.close_timeout = Duration::from_millis(500);
    let client = Client::new(&server.address(), None).unwrap();
    let plan = client.audit_plan().await.unwrap();
    let producer = Producer::with_session(settings, client, plan, SessionId(5)).unwrap();
    producer.send(Event { key: None, value: Some(b"v"), time: TIME }).await.unwrap();
    producer.flush().await;
    let CloseError { summary, report, source } = producer.close().await.unwrap_err();
    assert_eq!((summary.session, summary.acknowledged), (SessionId(5), 1));
    assert!(report.is_final && report.windows[0].acknowledged.count == 1);
    assert!(source.is_passing(), "{source}");
}

#[tokio::test]
async fn a_refusal_of_the_registry_reaches_the_caller() {
    let server = Server::start().await;
    let client = Client::new(&server.address(), None).unwrap();
    let error = client.schema_by_id(7).await.unwrap_err();
    assert!(error.is_not_found() && !error.is_passing());
    assert!(error.to_string().ends_with("/schemas/ids/7 was refused: not here (40403, status 404)"), "{error}");
    let plan = client.audit_plan().await.unwrap();
    assert_eq!(plan.plan, Plan::new(60_000, 0).unwrap());
}
