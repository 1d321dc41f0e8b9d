//! A subject is the set of its versions; it exists as long as it has one.

use crate::error::During as _;
use crate::{PgConnection, StoreError};
use model::Tenant;
use sqlx::{query, query_scalar};

/// Which subjects, or which versions of one, a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Show {
    /// Those that are not soft-deleted.
    #[default]
    Live,
    /// All.
    All,
    /// Only those that are soft-deleted.
    Deleted,
}

impl Show {
    /// As two flags for SQL: whether live ones are shown, whether deleted ones are.
    pub(crate) fn flags(self) -> (bool, bool) {
        match self {
            Self::Live => (true, false),
            Self::All => (true, true),
            Self::Deleted => (false, true),
        }
    }
}

/// A part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// How many entries are left out at the start.
    pub offset: i64,
    /// How many are shown at most; `None` for all.
    pub limit: Option<i64>,
}

/// Subjects that begin with `prefix`, in byte order. A subject counts as deleted when all its versions are.
///
/// # Errors
/// When the database fails.
pub async fn list(
    c: &mut PgConnection,
    tenant: &Tenant,
    prefix: &str,
    show: Show,
    page: Page,
) -> Result<Vec<String>, StoreError> {
    let (live, deleted) = show.flags();
    query_scalar!(
        r#"
        select subject
        from versions
        where tenant = $1 and starts_with(subject, $2)
        group by subject
        having ($3 and not bool_and(deleted)) or ($4 and bool_and(deleted))
        order by subject
        offset $5 limit $6
        "#,
        tenant.as_str(),
        prefix,
        live,
        deleted,
        page.offset,
        page.limit,
    )
    .fetch_all(c)
    .await
    .during("list subjects")
}

/// Keeps every other writer of the subject out until the transaction ends. The lock is on the name, so that it also
/// holds for a subject which has no version yet, and no row is shared between subjects.
///
/// # Errors
/// When the database fails.
pub async fn lock(c: &mut PgConnection, tenant: &Tenant, subject: &str) -> Result<(), StoreError> {
    query!("select pg_advisory_xact_lock(hashtextextended($1 || '/' || $2, 1))", tenant.as_str(), subject)
        .execute(c)
        .await
        .during("lock a subject")?;
    Ok(())
}

/// Keeps deleters of these subjects out until the transaction ends, as a schema that refers to them needs while it
/// is registered. Take it after [`lock`]; two that wait for each other are a deadlock that one of them retries.
///
/// # Errors
/// When the database fails.
pub async fn lock_shared(c: &mut PgConnection, tenant: &Tenant, subjects: &[String]) -> Result<(), StoreError> {
    query!(
        "select pg_advisory_xact_lock_shared(hashtextextended($1 || '/' || subject, 1)) from unnest($2::text[]) subject",
        tenant.as_str(),
        subjects,
    )
    .execute(c)
    .await
    .during("lock the subjects that a schema refers to")?;
    Ok(())
}
