//! The threads that write and flush.

use super::partition::Partition;
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Threads that commit partitions side by side, each partition at one thread at a time. Dropped, it first commits
/// what still waits.
#[derive(Debug)]
pub(crate) struct Committer {
    line: Arc<Line>,
    threads: Vec<JoinHandle<()>>,
}

/// The partitions that have something to commit.
#[derive(Debug, Default)]
pub(crate) struct Line {
    waiting: Mutex<Waiting>,
    bell: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    partitions: VecDeque<Arc<Partition>>,
    ended: bool,
}

impl Committer {
    /// Starts `threads` threads.
    pub(crate) fn start(threads: usize) -> io::Result<Self> {
        let line = Arc::new(Line::default());
        let spawn = |number| {
            let line = Arc::clone(&line);
            std::thread::Builder::new().name(format!("commit-{number}")).spawn(move || line.work())
        };
        let threads = (0..threads).map(spawn).collect::<io::Result<_>>()?;
        Ok(Self { line, threads })
    }

    /// Where partitions ask to be committed.
    pub(crate) fn line(&self) -> Arc<Line> {
        Arc::clone(&self.line)
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.line.lock().ended = true;
        self.line.bell.notify_all();
        for thread in self.threads.drain(..) {
            // A thread that panicked has nothing left to tell; its partition is latched.
            let _ = thread.join();
        }
    }
}

impl Line {
    /// Has the partition committed soon; not when the threads have ended.
    pub(super) fn join(&self, partition: Arc<Partition>) -> bool {
        let mut waiting = self.lock();
        if !waiting.ended {
            waiting.partitions.push_back(partition);
            self.bell.notify_one();
        }
        !waiting.ended
    }

    /// Commits the partition that waits longest; whether there was one.
    #[cfg(test)]
    pub(super) fn work_one(&self) -> bool {
        let first = self.lock().partitions.pop_front();
        first.map(|partition| self.commit(partition)).is_some()
    }

    fn work(&self) {
        loop {
            let mut waiting = self.lock();
            let partition = loop {
                if let Some(partition) = waiting.partitions.pop_front() {
                    break partition;
                }
                if waiting.ended {
                    return;
                }
                waiting = self.bell.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            };
            drop(waiting);
            self.commit(partition);
        }
    }

    fn commit(&self, partition: Arc<Partition>) {
        let commit = std::panic::AssertUnwindSafe(|| partition.commit());
        let more = std::panic::catch_unwind(commit).unwrap_or_else(|_| {
            partition.latch("a commit that panicked".to_owned());
            partition.settle()
        });
        if more {
            // Not `join`: what was taken before the end is committed too.
            self.lock().partitions.push_back(partition);
            self.bell.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
