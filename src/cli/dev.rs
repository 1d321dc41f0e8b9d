//! `waybill dev`: governance, a road and a private Postgres in one process and one folder.

use super::addresses::{self, AddressFile};
use super::dataplane::Road;
use super::{governance, print, runtime};
use crate::config::DevConfig;
use crate::postgres::{FolderLock, Options, Postgres};
use crate::supervise::Supervisor;
use crate::telemetry;
use anyhow::{Context, anyhow};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// How often the database is looked at.
const WATCH: Duration = Duration::from_millis(250);

/// Runs until a signal or a failure.
pub(super) fn run(config: &DevConfig) -> anyhow::Result<()> {
    let begun = Instant::now();
    telemetry::install(&config.runtime, "warn,waybill=info");
    let dev = &config.dev;
    std::fs::create_dir_all(&dev.data).with_context(|| format!("cannot make the folder {}", dev.data.display()))?;
    let data = dev.data.canonicalize().with_context(|| format!("cannot resolve {}", dev.data.display()))?;
    let _lock = FolderLock::take(&data)?;
    let address_file = AddressFile::claim(&data)?;
    runtime()?.block_on(async {
        let mut supervisor = Supervisor::new()?;
        let mut notes = Vec::new();
        let (http, taken) = addresses::listen(dev.http_port)?;
        notes.extend(taken.map(|port| format!("port {port} is taken: HTTP is at another one")));
        let mut kafka = Vec::new();
        let mut port = dev.kafka_port;
        for name in &dev.clusters {
            let (listener, taken) = addresses::listen(port)?;
            notes.extend(taken.map(|port| format!("port {port} is taken: Kafka cluster {name} is at another one")));
            if port != 0 {
                port = listener.local_addr()?.port().saturating_add(1);
            }
            kafka.push((name.clone(), listener));
        }
        let banner = Banner {
            begun,
            data: data.clone(),
            http: http.local_addr()?,
            kafka: kafka
                .iter()
                .map(|(name, listener)| Ok((name.to_string(), listener.local_addr()?)))
                .collect::<std::io::Result<_>>()?,
            notes,
        };
        let road = Road { data: data.join("road"), clusters: kafka, create_topics: true, partitions: dev.partitions };
        let starting = async { tokio::join!(start_postgres(&data, dev.postgres_bin.clone()), road.open()) };
        let Some((postgres, road)) = supervisor.unless_stopped(starting).await else { return Ok(()) };
        let postgres = postgres?;
        let store = governance::store(&postgres.url(), dev.connections_max)?;
        let server = Server {
            url: postgres.url(),
            version: postgres.version().to_owned(),
            user: postgres.dropped_to().map(str::to_owned),
        };
        let postgres = Arc::new(Mutex::new(postgres));
        supervisor.spawn_until_stop("postgres", watch(Arc::clone(&postgres)));
        let stop = supervisor.stop();
        let road = road?;
        supervisor.spawn("dataplane", async move { road.run(stop).await });
        let settings = governance::settings(&dev.http, api::Access::Open);
        let http = TcpListener::from_std(http).context("cannot use the HTTP listener")?;
        let when_ready = governance::spawn(&mut supervisor, http, &store, settings);
        let file = Arc::new(address_file);
        supervisor.spawn_once("announce", {
            let file = Arc::clone(&file);
            async move {
                if when_ready.await.is_ok() {
                    file.write(banner.http, &banner.kafka)?;
                    print(&banner.text(&server))?;
                }
                Ok(())
            }
        });
        let result = supervisor.run(config.runtime.grace).await;
        store.close().await;
        // The last to go, as everything else may need it to end well. It blocks until the server has ended.
        tokio::task::spawn_blocking(move || drop(postgres)).await.context("cannot stop Postgres")?;
        drop(file);
        result
    })
}

async fn start_postgres(data: &Path, bin: Option<PathBuf>) -> anyhow::Result<Postgres> {
    let folder = data.join("postgres");
    let options = Options { bin, throwaway: false };
    tokio::task::spawn_blocking(move || Postgres::start(&folder, &options))
        .await
        .context("the start of Postgres was cut short")?
        .context("cannot start the private Postgres")
}

/// Ends, which ends the process, when the server does.
async fn watch(postgres: Arc<Mutex<Postgres>>) {
    let mut tick = tokio::time::interval(WATCH);
    loop {
        tick.tick().await;
        if postgres.lock().unwrap_or_else(PoisonError::into_inner).has_ended() {
            let error = anyhow!("the private Postgres ended by itself; its log is in the data folder");
            tracing::error!(error = %error, "no database");
            return;
        }
    }
}

/// What is told once everything is up.
#[derive(Debug)]
struct Banner {
    begun: Instant,
    data: PathBuf,
    http: SocketAddr,
    kafka: BTreeMap<String, SocketAddr>,
    notes: Vec<String>,
}

/// The private database, as far as it is of interest.
#[derive(Debug)]
struct Server {
    url: String,
    version: String,
    /// Whom it runs as, when that is somebody else.
    user: Option<String>,
}

impl Banner {
    fn text(&self, server: &Server) -> String {
        let mut text = String::new();
        let seconds = self.begun.elapsed().as_secs_f64();
        let _ = writeln!(text, "waybill dev is ready after {seconds:.1} s; everything is in {}", self.data.display());
        for note in &self.notes {
            let _ = writeln!(text, "  note: {note}");
        }
        let _ = writeln!(text, "\n  registry and API    http://{}", self.http);
        for (name, address) in &self.kafka {
            let _ = writeln!(text, "  {:<18}  {address}", format!("Kafka {name}"));
        }
        let _ = write!(text, "  Postgres {:<11}{}", server.version, server.url);
        let _ = writeln!(text, "{}", server.user.as_ref().map(|u| format!("   (as user {u}, not root)")).unwrap_or_default());
        let _ = writeln!(text, "\nWrites need no token here: all of it listens on loopback alone.\n\nTry:");
        let http = self.http;
        let schema = r#"{"schema": "{\"type\": \"record\", \"name\": \"Order\", \"fields\": [{\"name\": \"id\", \"type\": \"long\"}]}"}"#;
        let _ = writeln!(text, "  curl http://{http}/subjects/orders-value/versions --json '{schema}'");
        let _ = writeln!(text, "  curl http://{http}/subjects/orders-value/versions/latest");
        if let Some(kafka) = self.kafka.values().next() {
            let _ = writeln!(text, "  echo hello | kcat -b {kafka} -t greetings -P");
        }
        let _ = writeln!(text, "\nCtrl-C ends it.");
        text
    }
}
