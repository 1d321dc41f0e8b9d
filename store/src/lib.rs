//! What Waybill keeps in Postgres. The only crate that knows sqlx.
//!
//! One file per noun, and in it functions that take a `&mut PgConnection`: who calls decides what belongs to one
//! transaction, through [`Store::tx`]. Every query is checked against the schema when the crate is compiled
//! (`.sqlx/` stands in for the database). This crate holds no rules of its own beyond what the tables enforce, and
//! must never know HTTP, Kafka, or the time: the rules of the registry live in `api`.

pub mod configs;
pub mod deletions;
mod error;
pub mod modes;
pub mod schemas;
pub mod subjects;
pub mod tokens;
mod tx;
pub mod versions;

pub use error::StoreError;
pub use sqlx::PgConnection;
pub use tx::{TxCount, TxError, TxStats};

use error::During as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, PgPool, Postgres, pool::PoolConnection};
use std::sync::Arc;
use std::time::Duration;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations");

/// An idle connection is tried before use once it has rested for this long; a younger one is taken as it is.
const TRUSTED_IDLE: Duration = Duration::from_secs(2);

/// How a process uses the database.
#[derive(Clone, Debug)]
pub struct Options {
    /// Connections at most, 20 unless set. One more is held to listen for deletions.
    pub max_connections: u32,
    /// How long a request waits for a connection, 5 s unless set.
    pub acquire_timeout: Duration,
    /// After this long Postgres cancels a statement, 15 s unless set.
    pub statement_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_connections: 20,
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(15),
        }
    }
}

/// How busy the connections are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolUse {
    /// Connections that are open.
    pub open: u32,
    /// Open connections that nobody uses.
    pub idle: u32,
    /// Connections that may be open.
    pub max: u32,
}

/// One database; cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pool: PgPool,
    stats: Arc<TxStats>,
}

impl Store {
    /// A store on the database at `url`. Nothing is opened yet: the first use does.
    ///
    /// # Errors
    /// [`StoreError::Url`] when the text is not a URL for Postgres.
    pub fn connect(url: &str, options: &Options) -> Result<Self, StoreError> {
        let statement_timeout = format!("{}ms", options.statement_timeout.as_millis());
        let connect = url
            .parse::<PgConnectOptions>()
            .map_err(StoreError::Url)?
            .application_name("waybill")
            .options([("statement_timeout", statement_timeout.as_str())]);
        let pool = PgPoolOptions::new()
            .max_connections(options.max_connections)
            .acquire_timeout(options.acquire_timeout)
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for > TRUSTED_IDLE {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(connect);
        Ok(Self { pool, stats: Arc::default() })
    }

    /// Brings the database to the newest migration, under an advisory lock that lets one replica in at a time.
    ///
    /// # Errors
    /// [`StoreError::Newer`] when the database knows a migration that this binary does not;
    /// [`StoreError::Migration`] when one fails or was changed after it had been applied; else as any operation.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let mut connection = self.read().await?;
        let outcome = MIGRATIONS.run(&mut *connection).await;
        let known = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default();
        outcome.map_err(|error| match error {
            sqlx::migrate::MigrateError::VersionMissing(found) => StoreError::Newer { found, known },
            sqlx::migrate::MigrateError::Execute(source) if error::is_unavailable(&source) => {
                StoreError::Unavailable(source)
            }
            other => StoreError::Migration(other),
        })
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// When there is none.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.read().await?.ping().await.during("ping the database")
    }

    /// A connection for reading, or for a write that is one statement.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when none is free in time or the database cannot be reached.
    pub async fn read(&self) -> Result<PoolConnection<Postgres>, StoreError> {
        self.pool.acquire().await.map_err(StoreError::Unavailable)
    }

    /// How busy the connections are.
    #[must_use]
    pub fn pool_use(&self) -> PoolUse {
        PoolUse {
            open: self.pool.size(),
            idle: u32::try_from(self.pool.num_idle()).unwrap_or(u32::MAX),
            max: self.pool.options().get_max_connections(),
        }
    }

    /// Counts of transactions by name.
    #[must_use]
    pub fn tx_stats(&self) -> &TxStats {
        &self.stats
    }

    /// Closes every connection, after those in use came back.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
