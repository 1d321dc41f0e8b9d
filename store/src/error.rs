//! What can go wrong with the database.

use std::borrow::Cow;

/// Postgres' codes for "try the transaction again":
/// <https://www.postgresql.org/docs/15/errcodes-appendix.html>, serialization failure and deadlock detected.
const TRY_AGAIN: [&str; 2] = ["40001", "40P01"];

/// Codes by which a server says that it goes away or is not there yet: admin shutdown, crash shutdown, cannot
/// connect now, too many connections.
const GOING_AWAY: [&str; 4] = ["57P01", "57P02", "57P03", "53300"];

/// The constraint that a registration breaks when its content is hard-deleted between look and write.
const CONTENT_GONE: &str = "versions_schema_fkey";

/// Why an operation on the store did not happen.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The configured text is no URL for Postgres.
    #[error("the database URL is not one for Postgres")]
    Url(#[source] sqlx::Error),
    /// No connection could be had.
    #[error("the database cannot be reached")]
    Unavailable(#[source] sqlx::Error),
    /// The database was migrated by a later release.
    #[error(
        "the database is newer than this binary: it has migration {found}, and this binary knows those up to {known}; \
         start the release that migrated it, or a later one"
    )]
    Newer {
        /// A migration that the database has.
        found: i64,
        /// The last migration that this binary has.
        known: i64,
    },
    /// A migration failed, or its text was changed after it had been applied.
    #[error("the database could not be migrated")]
    Migration(#[source] sqlx::migrate::MigrateError),
    /// There is a live token of this name.
    #[error("there is already a token named '{name}'")]
    TokenNameTaken {
        /// The name.
        name: String,
    },
    /// A row holds what this binary cannot read.
    #[error("{object} is stored in a form that this binary cannot read")]
    Unreadable {
        /// Which row.
        object: String,
        /// What is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A row was written by another transaction between look and write, and trying again did not help.
    #[error("could not {operation}: others wrote the same at the same time")]
    Contended {
        /// What was to be done.
        operation: &'static str,
    },
    /// A statement failed.
    #[error("could not {operation}")]
    Database {
        /// What was to be done.
        operation: &'static str,
        /// What Postgres or the connection said.
        source: sqlx::Error,
    },
}

impl StoreError {
    /// Whether waiting for the database could help.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Unavailable(_) => true,
            Self::Database { source, .. } => is_unavailable(source),
            Self::Url(_)
            | Self::Newer { .. }
            | Self::Migration(_)
            | Self::TokenNameTaken { .. }
            | Self::Unreadable { .. }
            | Self::Contended { .. } => false,
        }
    }

    /// Whether the same transaction may succeed when it runs again: it was rolled back because of others.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Contended { .. } => true,
            Self::Database { source, .. } => {
                code(source).is_some_and(|code| TRY_AGAIN.contains(&code.as_ref()))
                    || constraint(source) == Some(CONTENT_GONE)
            }
            _ => false,
        }
    }
}

fn code(error: &sqlx::Error) -> Option<Cow<'_, str>> {
    error.as_database_error()?.code()
}

pub(crate) fn constraint(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error()?.constraint()
}

pub(crate) fn is_unavailable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => true,
        other => code(other).is_some_and(|code| GOING_AWAY.contains(&code.as_ref())),
    }
}

/// Says what was being done when a statement failed.
pub(crate) trait During<T> {
    fn during(self, operation: &'static str) -> Result<T, StoreError>;
}

impl<T> During<T> for Result<T, sqlx::Error> {
    fn during(self, operation: &'static str) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::Database { operation, source })
    }
}
