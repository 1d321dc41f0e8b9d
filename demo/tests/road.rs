//! The road's own client of raw batches, through the proxy, from the road's own log.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use dataplane::batch::batches;
use dataplane::client::{Client, ClientLimits, FetchFrom};
use dataplane::{ClusterConfig, Config, Dataplane};
use demo::fault::{Mode, Plan, Proxy, Side};
use model::SystemClock;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use waybill_client::rdkafka::ClientConfig;
use waybill_client::rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

#[tokio::test(flavor = "multi_thread")]
async fn the_roads_client_reads_damaged_batches_without_a_word() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("road-{}", std::process::id()));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let upstream = listener.local_addr().unwrap().to_string();
    let config = Config::new(folder.clone(), vec![ClusterConfig::new("ewr".parse().unwrap(), listener)]);
    let road = Dataplane::open(config, Arc::new(SystemClock)).await.unwrap();
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let (road, stop) = (road.clone(), stop.clone());
        async move { road.run(stop).await }
    });
    let producer: BaseProducer = ClientConfig::new().set("bootstrap.servers", &upstream).create().unwrap();
    for sequence in 0..100 {
        let value = format!("value {sequence}");
        let record = BaseRecord::<[u8], _>::to("flights").payload(&value).timestamp(1_800_000_000_000).partition(0);
        producer.send(record).unwrap();
    }
    tokio::task::block_in_place(|| producer.flush(Duration::from_secs(30))).unwrap();

    let proxy = Proxy::start("127.0.0.1:0", &upstream, Side::Fetch, Box::new(std::io::sink())).await.unwrap();
    let client = Client::new(proxy.address().to_string(), ClientLimits::default());
    let topic = "flights".parse().unwrap();
    let direct = Client::new(upstream, ClientLimits::default()).topic(&topic).await.unwrap().unwrap();
    let through = client.topic(&topic).await.unwrap().unwrap();
    assert_eq!(through.id, direct.id, "a topic keeps its id on the way");
    let (mode, count, window_ms, delay_ms, seed) = (Mode::Duplicate, 7, 60_000, 0, 0);
    let (topic, partition, window_start, after) = (None, None, None, None);
    proxy.arm(Plan { mode, count, topic, partition, window_start, after, window_ms, delay_ms, seed });
    let mut offset = 0;
    let mut records = 0;
    while offset < 100 {
        let from = FetchFrom {
            topic: "flights".parse().unwrap(),
            partition: 0,
            offset,
            max_bytes: 1 << 20,
            max_wait: Duration::from_secs(1),
        };
        for batch in batches(&client.fetch(&from).await.unwrap().records) {
            let batch = batch.unwrap();
            dataplane::batch::carried(&batch, &mut Vec::new()).unwrap();
            records += batch.count();
            offset = batch.next_offset();
        }
    }
    assert_eq!(records, 107);
    stop.cancel();
    running.await.unwrap().unwrap();
    std::fs::remove_dir_all(folder).unwrap();
}
