//! A process on the wire between a Kafka cluster and a client of it that damages what the client fetches or produces.
//!
//! Clients connect to the [`Proxy`] as if it were the cluster, whose only broker stands behind it. Everything passes, with
//! three exceptions: the answer to `ApiVersions` hides what the proxy does not follow, addresses in the answers to Metadata
//! and `FindCoordinator` become the proxy's own, and on one [`Side`] records are damaged as the [`Plan`] says. Each damage is
//! written to a ledger before anybody sees it, and the same offset fetched again is damaged in the same way.

mod batch;
mod decide;
mod plan;
mod wire;

pub use plan::{Change, Copied, Entry, Mode, Plan};
pub use wire::WireError;

use decide::{Decisions, Handling};
use std::collections::HashMap;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use wire::Asked;

/// The longest request or answer that is passed on, in bytes.
const FRAME_MAX: usize = 256 << 20;

/// The most requests of one connection that may await their answers.
const PENDING_MAX: usize = 10_000;

/// Which records are damaged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Side {
    /// Those that a client fetches; the log behind stays whole.
    #[default]
    Fetch,
    /// Those that a client produces; offsets in the ledger are then counted here, not the log's. Idempotence is lost on the way.
    Produce,
}

/// A running proxy; it ends when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    upstream: String,
    address: SocketAddr,
    side: Side,
    state: Mutex<State>,
    finished: tokio::sync::watch::Sender<u64>,
}

#[derive(Debug)]
struct State {
    decisions: Decisions,
    ledger: Ledger,
    announced: bool,
    plans: u64,
}

/// Takes the ledger's lines.
struct Ledger(Box<dyn Write + Send>);

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ledger")
    }
}

impl Proxy {
    /// Listens on `listen` and passes everything on to the broker at `upstream`, host and port.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn start(listen: &str, upstream: &str, side: Side, ledger: Box<dyn Write + Send>) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let decisions = Decisions::default();
        let state = State { decisions, ledger: Ledger(ledger), announced: true, plans: 0 };
        let (finished, _) = tokio::sync::watch::channel(0);
        let shared =
            Arc::new(Shared { upstream: upstream.to_owned(), address, side, state: Mutex::new(state), finished });
        let task = tokio::spawn(accept(listener, shared.clone()));
        Ok(Self { address, shared, task })
    }

    /// Where clients connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes a plan in place of the one before it, of which only the damage done remains.
    pub fn arm(&self, plan: Plan) {
        let mut state = self.shared.state();
        state.decisions.arm(plan);
        state.announced = false;
    }

    /// Counts the plans that have been carried out in full.
    #[must_use]
    pub fn finished(&self) -> tokio::sync::watch::Receiver<u64> {
        self.shared.finished.subscribe()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Damages the records of a message as the plan says. The ledger is written first.
    fn damage(&self, asked: Asked, message: Vec<u8>) -> io::Result<(Vec<u8>, Handling)> {
        let mut handling = Handling::default();
        let places = match self.side {
            Side::Fetch => wire::fetched(asked, &message),
            Side::Produce => wire::produced(asked, &message),
        };
        let mut state = self.state();
        let mut changes = Vec::new();
        for place in places.map_err(io::Error::other)? {
            let records = &message[place.records.clone()];
            let (decisions, topic, partition) = (&mut state.decisions, &place.topic, place.partition);
            let altered = match self.side {
                Side::Fetch => decisions.alter(topic, partition, records, &mut handling),
                Side::Produce => Some(decisions.alter_produced(topic, partition, records, &mut handling)),
            };
            changes.extend(altered.map(|altered| (place, altered)));
        }
        for entry in state.decisions.take_ledger() {
            serde_json::to_writer(&mut state.ledger.0, &entry)?;
            state.ledger.0.write_all(b"\n")?;
        }
        state.ledger.0.flush()?;
        if !state.announced && state.decisions.finished().is_some() {
            state.announced = true;
            state.plans += 1;
            self.finished.send_replace(state.plans);
        }
        drop(state);
        let message = match changes.as_slice() {
            [] => message,
            changes => wire::with_records(asked, &message, changes).map_err(io::Error::other)?,
        };
        Ok((message, handling))
    }

    fn change(&self, asked: Asked, mut answer: Vec<u8>) -> io::Result<(Vec<u8>, Handling)> {
        match asked.kind {
            wire::API_VERSIONS => wire::pin_versions(asked, &mut answer).map_err(io::Error::other)?,
            wire::METADATA | wire::FIND_COORDINATOR => {
                let (host, port) = (self.address.ip().to_string(), self.address.port());
                answer = wire::readdress(asked, &answer, &host, port).map_err(io::Error::other)?;
            }
            wire::FETCH if self.side == Side::Fetch => return self.damage(asked, answer),
            _ => {}
        }
        Ok((answer, Handling::default()))
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // Dropping the set, with this task, ends all connections.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((client, _)) = accepted else { continue };
                let shared = shared.clone();
                connections.spawn(async move {
                    if let Err(error) = serve(client, &shared).await {
                        eprintln!("a connection ended: {error}");
                    }
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

type Pending = Mutex<HashMap<i32, Asked>>;

/// Passes on one connection until either side ends it.
async fn serve(client: TcpStream, shared: &Shared) -> io::Result<()> {
    let broker = TcpStream::connect(&shared.upstream).await?;
    client.set_nodelay(true)?;
    broker.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_broker, to_broker) = broker.into_split();
    let pending = Pending::default();
    tokio::select! {
        ended = requests(from_client, to_broker, &pending, shared) => ended,
        ended = answers(from_broker, to_client, &pending, shared) => ended,
    }
}

async fn requests(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    pending: &Pending,
    shared: &Shared,
) -> io::Result<()> {
    while let Some(frame) = read_frame(&mut from).await? {
        let asked = Asked::read(&frame).ok_or_else(|| io::Error::other("a request is too short"))?;
        {
            let mut pending = pending.lock().unwrap_or_else(PoisonError::into_inner);
            // Produce without acknowledgement has no answer: what is too old is one of those.
            if pending.len() >= PENDING_MAX {
                pending.clear();
            }
            pending.insert(asked.correlation, asked);
        }
        let (frame, handling) = match asked.kind {
            wire::PRODUCE if shared.side == Side::Produce => shared.damage(asked, frame)?,
            _ => (frame, Handling::default()),
        };
        if !pass_on(&mut to, &frame, handling).await? {
            return Ok(());
        }
    }
    Ok(())
}

async fn answers(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    pending: &Pending,
    shared: &Shared,
) -> io::Result<()> {
    while let Some(frame) = read_frame(&mut from).await? {
        let asked = wire::correlation(&frame)
            .and_then(|correlation| pending.lock().unwrap_or_else(PoisonError::into_inner).remove(&correlation));
        let (frame, handling) = match asked {
            Some(asked) => shared.change(asked, frame)?,
            None => return Err(io::Error::other("an answer to no request")),
        };
        if !pass_on(&mut to, &frame, handling).await? {
            return Ok(());
        }
    }
    Ok(())
}

async fn read_frame(from: &mut OwnedReadHalf) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    if let Err(error) = from.read_exact(&mut length).await {
        return if error.kind() == io::ErrorKind::UnexpectedEof { Ok(None) } else { Err(error) };
    }
    let length = usize::try_from(i32::from_be_bytes(length)).map_err(io::Error::other)?;
    if length > FRAME_MAX {
        return Err(io::Error::other(format!("a frame of {length} bytes is longer than {FRAME_MAX}")));
    }
    let mut frame = Vec::new();
    let read = from.take(length as u64).read_to_end(&mut frame).await?;
    if read == length { Ok(Some(frame)) } else { Ok(None) }
}

/// Sends a message, late or only half of it where that is wanted; false when the connection is to end.
async fn pass_on(to: &mut OwnedWriteHalf, frame: &[u8], handling: Handling) -> io::Result<bool> {
    if handling.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(handling.delay_ms)).await;
    }
    let length = u32::try_from(frame.len()).map_err(io::Error::other)?;
    to.write_all(&length.to_be_bytes()).await?;
    let sent = if handling.cut { &frame[..frame.len() / 2] } else { frame };
    to.write_all(sent).await?;
    Ok(!handling.cut)
}
