//! Every long task has a name and stands in one set. One that ends early ends the process; a signal does so in order.

use anyhow::{Context, anyhow};
use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

/// The code of a process that a second signal ended.
const INTERRUPTED: i32 = 130;

/// How a task may end before it is asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It may not.
    Endless,
    /// With success, once its work is done.
    Once,
}

/// The tasks of this process.
#[derive(Debug)]
pub(crate) struct Supervisor {
    tasks: JoinSet<anyhow::Result<()>>,
    names: HashMap<Id, (&'static str, Kind)>,
    stop: CancellationToken,
    signals: Signals,
}

impl Supervisor {
    /// Takes the signals over at once, so that none that comes while tasks are built is lost on the way.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let signals = Signals::listen().context("cannot listen for signals")?;
        Ok(Self { tasks: JoinSet::new(), names: HashMap::new(), stop: CancellationToken::new(), signals })
    }

    /// Is cancelled when the process is to end. Whoever has it finishes what has begun and returns.
    pub(crate) fn stop(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// A task that ends when told, and not before.
    pub(crate) fn spawn(
        &mut self,
        name: &'static str,
        task: impl Future<Output = anyhow::Result<()>> + Send + 'static,
    ) {
        let id = self.tasks.spawn(task).id();
        self.names.insert(id, (name, Kind::Endless));
    }

    /// A task that never ends by itself, and may be dropped at any point.
    pub(crate) fn spawn_until_stop(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop();
        self.spawn(name, async move {
            tokio::select! {
                () = stop.cancelled() => Ok(()),
                () = task => Err(anyhow!("ended by itself")),
            }
        });
    }

    /// A task that is done at some time; only its failure ends the process.
    pub(crate) fn spawn_once(
        &mut self,
        name: &'static str,
        task: impl Future<Output = anyhow::Result<()>> + Send + 'static,
    ) {
        let stop = self.stop();
        let id = self.tasks.spawn(async move { stop.run_until_cancelled(task).await.unwrap_or(Ok(())) }).id();
        self.names.insert(id, (name, Kind::Once));
    }

    /// Builds something while listening to signals: `None` when one came first.
    pub(crate) async fn unless_stopped<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = work => Some(done),
            name = self.signals.next() => {
                tracing::info!(signal = name, "stopping before everything was up");
                None
            }
        }
    }

    /// Waits for a signal or the first task that ends early, then for all others, no longer than the grace period.
    /// A second signal ends the process at once.
    pub(crate) async fn run(mut self, grace: Duration) -> anyhow::Result<()> {
        let early = self.until_stop().await;
        self.stop.cancel();
        let drained = tokio::select! {
            drained = tokio::time::timeout(grace, drain(&mut self.tasks, &mut self.names)) => drained.ok(),
            name = self.signals.next() => {
                tracing::warn!(signal = name, "a second signal: ending at once");
                std::process::exit(INTERRUPTED);
            }
        };
        match (early, drained) {
            (Err(error), _) => Err(error),
            (Ok(()), Some(result)) => result,
            (Ok(()), None) => {
                let mut left: Vec<_> = self.names.values().map(|(name, _)| *name).collect();
                left.sort_unstable();
                Err(anyhow!("did not end within {} s: {}", grace.as_secs(), left.join(", ")))
            }
        }
    }

    async fn until_stop(&mut self) -> anyhow::Result<()> {
        loop {
            let joined = tokio::select! {
                name = self.signals.next() => {
                    tracing::info!(signal = name, "stopping");
                    return Ok(());
                }
                joined = self.tasks.join_next_with_id() => joined,
            };
            let Some(joined) = joined else { return Err(anyhow!("there is no task left")) };
            let (name, kind, result) = outcome(&mut self.names, joined);
            match (kind, result) {
                (Kind::Once, Ok(())) => {}
                (Kind::Endless, Ok(())) => return Err(anyhow!("the task {name} ended early")),
                (_, Err(error)) => return Err(error.context(format!("the task {name} failed"))),
            }
        }
    }
}

/// Waits for all; the first failure is the one told.
async fn drain(
    tasks: &mut JoinSet<anyhow::Result<()>>,
    names: &mut HashMap<Id, (&'static str, Kind)>,
) -> anyhow::Result<()> {
    let mut first = Ok(());
    while let Some(joined) = tasks.join_next_with_id().await {
        let (name, _, result) = outcome(names, joined);
        if let Err(error) = result {
            let error = error.context(format!("the task {name} failed while stopping"));
            tracing::error!(error = format!("{error:#}"), "a task failed while stopping");
            first = first.and(Err(error));
        }
    }
    first
}

fn outcome(
    names: &mut HashMap<Id, (&'static str, Kind)>,
    joined: Result<(Id, anyhow::Result<()>), JoinError>,
) -> (&'static str, Kind, anyhow::Result<()>) {
    let (id, result) = match joined {
        Ok(ended) => ended,
        Err(error) => (error.id(), Err(anyhow!(error))),
    };
    let (name, kind) = names.remove(&id).unwrap_or(("unnamed", Kind::Endless));
    (name, kind, result)
}

/// The signals that ask for an end. A closed terminal is one.
#[derive(Debug)]
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.hang_up.recv() => "SIGHUP",
        }
    }
}
