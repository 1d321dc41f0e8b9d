//! How replicas learn that an id was hard-deleted: an epoch that each asks for, and a notification that saves the
//! wait when it arrives.

use crate::error::During as _;
use crate::{PgConnection, Store, StoreError};
use model::Tenant;
use sqlx::postgres::PgListener;
use sqlx::{query, query_scalar};

const CHANNEL: &str = "waybill_schema_deletions";

/// A number that rises with every transaction that hard-deleted content.
///
/// # Errors
/// When the database fails.
pub async fn epoch(c: &mut PgConnection) -> Result<i64, StoreError> {
    query_scalar!(r#"select coalesce(sum(epoch), 0)::bigint as "epoch!" from deletion_epochs"#)
        .fetch_one(c)
        .await
        .during("read the deletion epoch")
}

/// Raises the epoch, and wakes who listens once the transaction commits.
pub(crate) async fn announce(c: &mut PgConnection, tenant: &Tenant) -> Result<(), StoreError> {
    query!(
        r#"
        insert into deletion_epochs (tenant, epoch) values ($1, 1)
        on conflict on constraint deletion_epochs_pkey do update set epoch = deletion_epochs.epoch + 1
        "#,
        tenant.as_str(),
    )
    .execute(&mut *c)
    .await
    .during("raise the deletion epoch")?;
    query!("select pg_notify($1, '')", CHANNEL).execute(c).await.during("announce a deletion")?;
    Ok(())
}

/// Hears of deletions. It may miss some while it reconnects: ask for the [`epoch`] at intervals all the same.
#[derive(Debug)]
pub struct Listener(PgListener);

impl Listener {
    /// Waits for the next deletion.
    ///
    /// # Errors
    /// When the connection is lost and cannot be made again.
    pub async fn next(&mut self) -> Result<(), StoreError> {
        self.0.recv().await.map(drop).during("wait for a deletion")
    }
}

impl Store {
    /// Listens for deletions on a connection of its own.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn listen_for_deletions(&self) -> Result<Listener, StoreError> {
        let mut listener = PgListener::connect_with(&self.pool).await.map_err(StoreError::Unavailable)?;
        listener.listen(CHANNEL).await.during("listen for deletions")?;
        Ok(Listener(listener))
    }
}
