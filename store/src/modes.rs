//! Whether a subject, or a whole tenant, may be written.

use crate::error::During as _;
use crate::{PgConnection, StoreError};
use model::Tenant;
use sqlx::{query, query_scalar};

/// Sets the mode of a subject, or with `None` of the tenant.
///
/// # Errors
/// When the database fails.
pub async fn put(
    c: &mut PgConnection,
    tenant: &Tenant,
    subject: Option<&str>,
    mode: &str,
    updated_by: &str,
) -> Result<(), StoreError> {
    query!(
        r#"
        insert into modes (tenant, subject, mode, updated_by) values ($1, $2, $3, $4)
        on conflict on constraint modes_subject_key
        do update set mode = excluded.mode, updated_by = excluded.updated_by, updated_at = now()
        "#,
        tenant.as_str(),
        subject,
        mode,
        updated_by,
    )
    .execute(c)
    .await
    .during("set a mode")?;
    Ok(())
}

/// Takes the mode of a subject, or with `None` of the tenant, away; gives back what it was.
///
/// # Errors
/// When the database fails.
pub async fn delete(
    c: &mut PgConnection,
    tenant: &Tenant,
    subject: Option<&str>,
) -> Result<Option<String>, StoreError> {
    query_scalar!(
        "delete from modes where tenant = $1 and subject is not distinct from $2 returning mode",
        tenant.as_str(),
        subject,
    )
    .fetch_optional(c)
    .await
    .during("delete a mode")
}
