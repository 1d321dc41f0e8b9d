//! One connection: frames come in, and are answered in their order. Nothing here knows what a frame says, but for the
//! key that decides how long it may be.

use crate::cluster::{BUDGET_UNIT, Cluster};
use crate::frame::reader::Malformed;
use crate::frame::{FrameError, read_body, read_length};
use crate::requests::{self, Caller, Pending, Reply, api};
use bytes::{Buf, Bytes};
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// Bytes read from a socket at a time.
const READ_BUFFER: usize = 64 << 10;

/// Why a connection ended otherwise than by its client's wish.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error("a request of {0} bytes that is not a Produce")]
    TooLong(usize),
    #[error("nothing was heard for too long")]
    Idle,
    #[error("{0}")]
    Closed(&'static str),
    #[error("writing a response")]
    Write(#[source] std::io::Error),
}

/// A request that was taken in, with the room that it takes.
struct InFlight {
    pending: Pending,
    _place: OwnedSemaphorePermit,
    _memory: OwnedSemaphorePermit,
}

/// Serves one client until it leaves, misbehaves or `stop` comes; in the last case what is under way is answered.
pub(crate) async fn serve(stream: TcpStream, cluster: Arc<Cluster>, stop: &CancellationToken) {
    let (Ok(peer), Ok(local)) = (stream.peer_addr(), stream.local_addr()) else { return };
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%peer, %error, "a connection ended at once");
        return;
    }
    let gone = stop.child_token();
    let advertised = cluster.advertised.clone().unwrap_or_else(|| (local.ip().to_string(), local.port()));
    let caller = Arc::new(Caller { cluster: cluster.clone(), peer, advertised, gone: gone.clone() });
    let (read_half, write_half) = stream.into_split();
    let (queue, queued) = mpsc::channel(cluster.limits.in_flight_per_connection.max(1));
    let reader = async {
        let ended = read(&caller, read_half, queue).await;
        gone.cancel(); // so that no wait outlives the client
        ended
    };
    let writer = write(&caller, write_half, queued);
    tokio::pin!(reader, writer);
    let ended = tokio::select! {
        ended = &mut writer => ended,
        ended = &mut reader => {
            // What was read before is still carried out, and answered as far as the client listens.
            let limit = cluster.limits.drain;
            let written = timeout(limit, &mut writer).await.unwrap_or(Err(Ended::Closed("its answers took too long")));
            ended.and(written)
        }
    };
    if let Err(ended) = ended {
        let hostile =
            matches!(ended, Ended::Malformed(_) | Ended::TooLong(_) | Ended::Frame(FrameError::Length { .. }));
        if hostile {
            cluster.metrics().hostile();
            tracing::warn!(cluster = %cluster.name(), %peer, reason = %ended, "a connection was closed");
        } else {
            tracing::debug!(cluster = %cluster.name(), %peer, reason = %ended, "a connection ended");
        }
    }
}

async fn read(caller: &Arc<Caller>, stream: OwnedReadHalf, queue: mpsc::Sender<InFlight>) -> Result<(), Ended> {
    let limits = &caller.cluster.limits;
    let places = Arc::new(Semaphore::new(limits.in_flight_per_connection.max(1)));
    let mut stream = BufReader::with_capacity(READ_BUFFER, stream);
    loop {
        let place = places.clone().acquire_owned().await.map_err(|_| Ended::Closed("it is shut"))?;
        let more = tokio::select! {
            biased;
            () = caller.gone.cancelled() => return Ok(()),
            more = timeout(limits.idle, stream.fill_buf()) => more,
        };
        match more {
            // Whoever waits for an answer may keep silent.
            Err(_) if places.available_permits() + 1 < limits.in_flight_per_connection => continue,
            Err(_) => return Err(Ended::Idle),
            Ok(Err(error)) => return Err(FrameError::from(error).into()),
            Ok(Ok([])) => return Ok(()),
            Ok(Ok(_)) => {}
        }
        let frame = tokio::select! {
            () = caller.gone.cancelled() => return Ok(()),
            frame = timeout(limits.idle, read_frame(&caller.cluster, &mut stream)) => frame,
        };
        let frame = frame.map_err(|_| Ended::Idle)??;
        let Some((frame, memory)) = frame else { return Ok(()) };
        let pending = requests::start(caller, frame).await?;
        if queue.send(InFlight { pending, _place: place, _memory: memory }).await.is_err() {
            return Ok(());
        }
    }
}

/// Reads one frame, once there is room for it in memory.
async fn read_frame(
    cluster: &Cluster,
    stream: &mut BufReader<OwnedReadHalf>,
) -> Result<Option<(Bytes, OwnedSemaphorePermit)>, Ended> {
    let limits = &cluster.limits;
    let Some(length) = read_length(stream, limits.frame_bytes).await? else { return Ok(None) };
    let all = limits.in_flight_bytes / BUDGET_UNIT;
    let units = u32::try_from(length.div_ceil(BUDGET_UNIT).clamp(1, all.max(1))).unwrap_or(u32::MAX);
    if length > limits.control_frame_bytes {
        // The key is needed before the frame is: it is read with the first bytes.
        let mut key = [0; 2];
        tokio::io::AsyncReadExt::read_exact(stream, &mut key).await.map_err(FrameError::from)?;
        if i16::from_be_bytes(key) != api::PRODUCE {
            return Err(Ended::TooLong(length));
        }
        let memory = room(cluster, units).await?;
        return Ok(Some((read_body(stream, length, &key).await?, memory)));
    }
    let memory = room(cluster, units).await?;
    Ok(Some((read_body(stream, length, &[]).await?, memory)))
}

async fn room(cluster: &Cluster, units: u32) -> Result<OwnedSemaphorePermit, Ended> {
    cluster.budget.clone().acquire_many_owned(units).await.map_err(|_| Ended::Closed("it is shut"))
}

async fn write(caller: &Caller, mut stream: OwnedWriteHalf, mut queued: mpsc::Receiver<InFlight>) -> Result<(), Ended> {
    let cluster = &caller.cluster;
    while let Some(InFlight { pending, _place, _memory }) = queued.recv().await {
        match pending.await {
            Reply::Silence => {}
            Reply::Close(reason) => return Err(Ended::Closed(reason)),
            Reply::Frame(mut frame) => {
                cluster.metrics().response(frame.remaining());
                let written = timeout(cluster.limits.idle, stream.write_all_buf(&mut frame)).await;
                written.map_err(|_| Ended::Idle)?.map_err(Ended::Write)?;
            }
        }
    }
    Ok(())
}
