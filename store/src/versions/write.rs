//! Adding and deleting versions. Callers hold [`crate::subjects::lock`].

use crate::error::During as _;
use crate::{PgConnection, StoreError, deletions, schemas};
use model::Tenant;
use schema::{Reference, SchemaType};
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{query, query_scalar};
use uuid::Uuid;

/// How often an insertion looks again for content that another transaction has just committed.
const LOOKS: u32 = 3;

/// A version to be added.
#[derive(Clone, Copy, Debug)]
pub struct NewVersion<'a> {
    /// The subject.
    pub subject: &'a str,
    /// One more than the highest there is.
    pub version: i32,
    /// The content key.
    pub guid: Uuid,
    /// The key of what the content means.
    pub equivalent: Uuid,
    /// The language.
    pub schema_type: SchemaType,
    /// The canonical text.
    pub canonical: &'a str,
    /// What it refers to.
    pub references: &'a [Reference],
    /// Metadata, if any.
    pub metadata: Option<&'a Value>,
    /// The rule set, if any.
    pub rule_set: Option<&'a Value>,
    /// Who registers it.
    pub created_by: &'a str,
}

/// Adds a version, and its content unless the tenant has it already; gives the content's id back. Soft-deleted
/// versions of the subject with the same content go, unless something refers to them.
///
/// # Errors
/// When the database fails.
pub async fn insert(c: &mut PgConnection, tenant: &Tenant, new: NewVersion<'_>) -> Result<i32, StoreError> {
    for _ in 0..LOOKS {
        // None means: another transaction held the same content, we waited for its commit, but our snapshot is older.
        if let Some(id) = insert_once(c, tenant, new).await? {
            return Ok(id);
        }
    }
    Err(StoreError::Contended { operation: "add a version" })
}

async fn insert_once(c: &mut PgConnection, tenant: &Tenant, new: NewVersion<'_>) -> Result<Option<i32>, StoreError> {
    query_scalar!(
        r#"
        with known as (
            select id from schemas where tenant = $1 and guid = $4
        ),
        fresh as (
            insert into schemas
                (tenant, id, guid, equivalent, schema_type, canonical, refs, metadata, rule_set, created_by)
            select $1, nextval('schema_ids')::integer, $4, $5, $6, $7, $8, $9, $10, $11
            where not exists (select from known)
            on conflict on constraint schemas_guid_key do nothing
            returning id
        ),
        content as (
            select id from known union all select id from fresh
        ),
        replaced as (
            delete from versions v using content
            where v.tenant = $1 and v.subject = $2 and v.schema_id = content.id and v.deleted
                and not exists (
                    select from schemas s
                    where s.tenant = $1 and s.refs <> '[]'::jsonb
                        and s.refs @> jsonb_build_array(jsonb_build_object('subject', $2::text, 'version', v.version))
                )
        )
        insert into versions (tenant, subject, version, schema_id, created_by)
        select $1, $2, $3, id, $11 from content
        returning schema_id
        "#,
        tenant.as_str(),
        new.subject,
        new.version,
        new.guid,
        new.equivalent,
        new.schema_type.as_str(),
        new.canonical,
        Json(new.references) as _,
        new.metadata,
        new.rule_set,
        new.created_by,
    )
    .fetch_optional(c)
    .await
    .during("add a version")
}

/// Hides these versions of a subject.
///
/// # Errors
/// When the database fails.
pub async fn soft_delete(
    c: &mut PgConnection,
    tenant: &Tenant,
    subject: &str,
    versions: &[i32],
) -> Result<(), StoreError> {
    query!(
        "update versions set deleted = true where tenant = $1 and subject = $2 and version = any($3) and not deleted",
        tenant.as_str(),
        subject,
        versions,
    )
    .execute(c)
    .await
    .during("soft-delete versions")?;
    Ok(())
}

/// Removes these versions of a subject; contents that no version has any more go with them, and so do config and
/// mode of a subject that has no version left. When content went, the deletion epoch rises.
///
/// # Errors
/// When the database fails.
pub async fn hard_delete(
    c: &mut PgConnection,
    tenant: &Tenant,
    subject: &str,
    versions: &[i32],
) -> Result<(), StoreError> {
    let ids = query_scalar!(
        "delete from versions where tenant = $1 and subject = $2 and version = any($3) returning schema_id",
        tenant.as_str(),
        subject,
        versions,
    )
    .fetch_all(&mut *c)
    .await
    .during("hard-delete versions")?;
    if !schemas::remove_unused(c, tenant, &ids).await?.is_empty() {
        deletions::announce(c, tenant).await?;
    }
    forget_empty_subject(c, tenant, subject).await
}

async fn forget_empty_subject(c: &mut PgConnection, tenant: &Tenant, subject: &str) -> Result<(), StoreError> {
    query!(
        r#"
        with left_over as (
            select 1 from versions where tenant = $1 and subject = $2 limit 1
        ),
        gone as (
            delete from configs where tenant = $1 and subject = $2 and not exists (select from left_over)
        )
        delete from modes where tenant = $1 and subject = $2 and not exists (select from left_over)
        "#,
        tenant.as_str(),
        subject,
    )
    .execute(c)
    .await
    .during("forget the settings of a deleted subject")?;
    Ok(())
}
