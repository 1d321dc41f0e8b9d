//! A stretch of the year reaches the three regions, each event under its session and in its schema's frame.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use demo::data::Dataset;
use demo::events::{Cluster, Timeline, Topic};
use demo::replay::{Addresses, Pace, Settings, replay};
use model::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use waybill_client::rdkafka::mocking::MockCluster;

type Told = Arc<Mutex<Vec<(String, Value)>>>;

/// A server that gives each registration the next id, and remembers all that it is told.
async fn server() -> (String, Told) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let told = Told::default();
    let shared = told.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, shared.clone()));
        }
    });
    (address, told)
}

async fn serve(stream: TcpStream, told: Told) {
    let mut stream = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    let mut line = String::new();
    while stream.read_line(&mut line).await.unwrap_or(0) > 0 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            let mut body = vec![0; length];
            stream.read_exact(&mut body).await.unwrap();
            let path = head.split(' ').nth(1).unwrap().to_owned();
            let answer = answer(&path, serde_json::from_slice(&body).unwrap_or_default(), &told).to_string();
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{answer}", answer.len());
            stream.write_all(answer.as_bytes()).await.unwrap();
            (head, length) = (String::new(), 0);
        } else {
            head += &line;
        }
        line.clear();
    }
}

fn answer(path: &str, body: Value, told: &Told) -> Value {
    if path == "/api/v1/audit/plan" {
        let plan = json!([{ "from": i64::MIN, "width_ms": 60_000, "generation": 0 }]);
        return json!({ "plan": plan, "keys": { "0": "07070707070707070707070707070707" } });
    }
    let mut told = told.lock().unwrap();
    told.push((path.to_owned(), body));
    json!({ "id": told.len() })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stretch_reaches_all_regions_and_every_session_is_reported() {
    let clusters = [(); 3].map(|()| MockCluster::new(1).unwrap());
    let kafka =
        Cluster::ALL.iter().zip(&clusters).map(|(name, cluster)| (name.to_string(), cluster.bootstrap_servers()));
    let (http, told) = server().await;
    let addresses = Addresses { http, kafka: kafka.collect() };
    let settings =
        Settings { addresses, token: None, pace: Pace::Rate(3000.0), report_interval: Duration::from_millis(200) };
    let data = Dataset::embedded().unwrap();
    let timeline = Timeline::new(&data, Timestamp(1_800_000_000_000));
    let evolved = timeline.iter().position(|event| event.schema() == 1).unwrap();
    let stretch = evolved - 1500..evolved + 1500;
    let mut expected: BTreeMap<(String, String), u64> = BTreeMap::new();
    for event in stretch.clone().map(|index| timeline.get(index).unwrap()) {
        *expected.entry((event.cluster.to_string(), event.topic.to_string())).or_default() += 1;
    }

    let mut furthest = 0;
    let sent = replay(&timeline, stretch, &settings, |sent| furthest = sent).await.unwrap();
    assert!(furthest > 2_900, "progress is told");
    let acknowledged = sent.iter().map(|sent| ((sent.cluster.clone(), sent.topic.clone()), sent.acknowledged));
    assert_eq!(acknowledged.collect::<BTreeMap<_, _>>(), expected);
    assert!(sent.iter().all(|sent| sent.failed == 0 && sent.indeterminate == 0));

    let told = told.lock().unwrap();
    let last = |session: &str| {
        let path = format!("/api/v1/sessions/{session}/reports");
        told.iter().rfind(|(told, _)| *told == path).map(|(_, report)| report.clone()).unwrap()
    };
    for sent in &sent {
        let report = last(&sent.session);
        assert_eq!(report["is_final"], true);
        assert_eq!(report["acknowledged"], sent.acknowledged);
        assert_eq!((&report["application"], &report["cluster"]), (&json!(sent.application), &json!(sent.cluster)));
    }
    let registered: Vec<_> = told.iter().filter(|(path, _)| path.starts_with("/subjects/")).collect();
    let versions = registered.iter().filter(|(path, _)| path.contains(&Topic::Departed.subject())).count();
    assert_eq!(versions, 2, "departed is evolved within the stretch");
}
