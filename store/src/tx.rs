//! The one way to write in several statements.

use crate::error::During as _;
use crate::{PgConnection, Store, StoreError};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

/// How often a transaction is tried before its error is handed on.
const ATTEMPTS: u32 = 5;

/// The wait before the second attempt; later ones wait as many times longer.
const PAUSE: Duration = Duration::from_millis(3);

/// An error that work inside a transaction may end with. It says which part of it came from the store, so that a
/// transaction which lost against others is tried again.
pub trait TxError: From<StoreError> {
    /// The store's error in this one, if it is one.
    fn store_error(&self) -> Option<&StoreError>;
}

impl TxError for StoreError {
    fn store_error(&self) -> Option<&StoreError> {
        Some(self)
    }
}

/// How transactions of one name ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TxCount {
    /// Committed.
    pub committed: u64,
    /// Rolled back because of others, and tried again.
    pub retried: u64,
    /// Rolled back for good: the work was refused or the database failed.
    pub failed: u64,
}

/// Counts of transactions by name.
#[derive(Debug, Default)]
pub struct TxStats(Mutex<BTreeMap<&'static str, TxCount>>);

impl TxStats {
    fn count(&self, name: &'static str, change: impl FnOnce(&mut TxCount)) {
        change(self.0.lock().expect("no holder of this lock panics").entry(name).or_default());
    }

    /// Every name so far with its counts.
    #[must_use]
    pub fn snapshot(&self) -> Vec<(&'static str, TxCount)> {
        self.0.lock().expect("no holder of this lock panics").iter().map(|(name, count)| (*name, *count)).collect()
    }
}

impl Store {
    /// Runs `work` in one transaction and commits when it ends well. When it ends in an error, is dropped or panics,
    /// nothing stays. A transaction that lost against others (serialization failure, deadlock, content deleted
    /// between look and write) runs again from the start, so `work` must not touch anything but its connection.
    ///
    /// Isolation is read committed: what must not change between look and write is locked first, as by
    /// [`crate::subjects::lock`].
    ///
    /// # Errors
    /// What `work` ended with, or that the database failed. A connection lost during the commit leaves open whether
    /// it happened; callers' writes are idempotent for that reason.
    pub async fn tx<T, E, W>(&self, name: &'static str, mut work: W) -> Result<T, E>
    where
        E: TxError,
        W: AsyncFnMut(&mut PgConnection) -> Result<T, E>,
    {
        for attempt in 1.. {
            match self.attempt(&mut work).await {
                Ok(value) => {
                    self.stats.count(name, |count| count.committed += 1);
                    return Ok(value);
                }
                Err(error) if attempt < ATTEMPTS && error.store_error().is_some_and(StoreError::is_retryable) => {
                    self.stats.count(name, |count| count.retried += 1);
                    tracing::debug!(transaction = name, attempt, "transaction lost against others, trying again");
                    tokio::time::sleep(PAUSE * attempt).await;
                }
                Err(error) => {
                    self.stats.count(name, |count| count.failed += 1);
                    return Err(error);
                }
            }
        }
        unreachable!("the last attempt returns")
    }

    #[expect(clippy::disallowed_methods, reason = "this is the helper that others go through")]
    async fn attempt<T, E, W>(&self, work: &mut W) -> Result<T, E>
    where
        E: TxError,
        W: AsyncFnMut(&mut PgConnection) -> Result<T, E>,
    {
        let mut transaction = self.pool.begin().await.map_err(StoreError::Unavailable)?;
        let value = work(&mut transaction).await?;
        transaction.commit().await.during("commit a transaction")?;
        Ok(value)
    }
}
