//! As much of Waybill's HTTP as a producer needs; it remembers what it was told.

use audit::{Keys, Plan, ProducerReport, Seed};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Default)]
struct Told {
    reports: Vec<ProducerReport>,
    applications: Vec<String>,
    registrations: usize,
    refuse: usize,
}

pub(crate) struct Server {
    address: SocketAddr,
    told: Arc<Mutex<Told>>,
    refused: watch::Receiver<usize>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let told = Arc::<Mutex<Told>>::default();
        let (refusals, refused) = watch::channel(0);
        let (shared, refusals) = (told.clone(), Arc::new(refusals));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, shared.clone(), refusals.clone()));
            }
        });
        Self { address, told, refused, task }
    }

    pub(crate) fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn reports(&self) -> Vec<ProducerReport> {
        self.told.lock().unwrap().reports.clone()
    }

    pub(crate) fn applications(&self) -> Vec<String> {
        self.told.lock().unwrap().applications.clone()
    }

    pub(crate) fn registrations(&self) -> usize {
        self.told.lock().unwrap().registrations
    }

    pub(crate) fn refuse_reports(&self, count: usize) {
        self.told.lock().unwrap().refuse = count;
    }

    pub(crate) async fn until_refused(&self, count: usize) {
        self.refused.clone().wait_for(|refused| *refused >= count).await.unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(stream: TcpStream, told: Arc<Mutex<Told>>, refusals: Arc<watch::Sender<usize>>) {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
            head += &line;
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.unwrap();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        let path = head.split(' ').nth(1).unwrap().to_owned();
        let (status, answer) = answer(&path, body, &told, &refusals);
        let answer = answer.to_string();
        let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n", answer.len());
        stream.write_all((head + &answer).as_bytes()).await.unwrap();
    }
}

fn answer(path: &str, body: Value, told: &Mutex<Told>, refusals: &watch::Sender<usize>) -> (u16, Value) {
    let mut told = told.lock().unwrap();
    if path.starts_with("/subjects/") {
        told.registrations += 1;
        return (200, json!({ "id": 42 }));
    }
    if path == "/api/v1/audit/plan" {
        let keys = Keys::new([(0, Seed([7; 16]))]);
        return (200, json!({ "plan": Plan::new(60_000, 0).unwrap(), "keys": keys }));
    }
    if path.starts_with("/api/v1/sessions/") {
        if told.refuse > 0 {
            told.refuse -= 1;
            refusals.send_modify(|refused| *refused += 1);
            return (503, json!({ "message": "not now" }));
        }
        told.applications.push(body["application"].as_str().unwrap().to_owned());
        told.reports.push(serde_json::from_value(body).unwrap());
        return (200, json!({}));
    }
    (404, json!({ "error_code": 40403, "message": "not here" }))
}
