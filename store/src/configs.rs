//! What a subject, or a whole tenant, asks of new schemas.

use crate::error::During as _;
use crate::{PgConnection, StoreError};
use model::Tenant;
use serde_json::{Map, Value};
use sqlx::types::Json;
use sqlx::{query, query_as};

/// The document that was put for a subject or for the tenant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// The compatibility level, in upper case, when one was set.
    pub compatibility: Option<String>,
    /// Every other field, as it was given.
    pub fields: Map<String, Value>,
}

/// All that bears on a write to one subject.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    /// The subject's own document.
    pub subject: Option<Config>,
    /// The tenant's document.
    pub global: Option<Config>,
    /// The subject's own mode.
    pub subject_mode: Option<String>,
    /// The tenant's mode.
    pub global_mode: Option<String>,
}

pub(crate) struct ScopeRow {
    pub(crate) subject_compatibility: Option<String>,
    pub(crate) subject_fields: Option<Json<Map<String, Value>>>,
    pub(crate) global_compatibility: Option<String>,
    pub(crate) global_fields: Option<Json<Map<String, Value>>>,
    pub(crate) subject_mode: Option<String>,
    pub(crate) global_mode: Option<String>,
}

impl From<ScopeRow> for Scope {
    fn from(row: ScopeRow) -> Self {
        let ScopeRow {
            subject_compatibility,
            subject_fields,
            global_compatibility,
            global_fields,
            subject_mode,
            global_mode,
        } = row;
        let config =
            |compatibility, fields: Option<Json<_>>| fields.map(|Json(fields)| Config { compatibility, fields });
        Self {
            subject: config(subject_compatibility, subject_fields),
            global: config(global_compatibility, global_fields),
            subject_mode,
            global_mode,
        }
    }
}

/// The documents and modes of a subject and of its tenant. With `None`, of the tenant alone.
///
/// # Errors
/// When the database fails.
pub async fn scope(c: &mut PgConnection, tenant: &Tenant, subject: Option<&str>) -> Result<Scope, StoreError> {
    let row = query_as!(
        ScopeRow,
        r#"
        select
            sc.compatibility as "subject_compatibility?", sc.fields as "subject_fields?: Json<Map<String, Value>>",
            gc.compatibility as "global_compatibility?", gc.fields as "global_fields?: Json<Map<String, Value>>",
            sm.mode as "subject_mode?", gm.mode as "global_mode?"
        from (select 1) one
        left join configs sc on sc.tenant = $1 and sc.subject = $2
        left join configs gc on gc.tenant = $1 and gc.subject is null
        left join modes sm on sm.tenant = $1 and sm.subject = $2
        left join modes gm on gm.tenant = $1 and gm.subject is null
        "#,
        tenant.as_str(),
        subject,
    )
    .fetch_one(c)
    .await
    .during("read what is configured for a subject")?;
    Ok(row.into())
}

/// Puts the whole document of a subject, or with `None` of the tenant.
///
/// # Errors
/// When the database fails.
pub async fn put(
    c: &mut PgConnection,
    tenant: &Tenant,
    subject: Option<&str>,
    config: &Config,
    updated_by: &str,
) -> Result<(), StoreError> {
    query!(
        r#"
        insert into configs (tenant, subject, compatibility, fields, updated_by) values ($1, $2, $3, $4, $5)
        on conflict on constraint configs_subject_key do update set
            compatibility = excluded.compatibility, fields = excluded.fields,
            updated_by = excluded.updated_by, updated_at = now()
        "#,
        tenant.as_str(),
        subject,
        config.compatibility,
        Json(&config.fields) as _,
        updated_by,
    )
    .execute(c)
    .await
    .during("put a config")?;
    Ok(())
}

/// Takes the document of a subject, or with `None` of the tenant, away; gives back what it was.
///
/// # Errors
/// When the database fails.
pub async fn delete(
    c: &mut PgConnection,
    tenant: &Tenant,
    subject: Option<&str>,
) -> Result<Option<Config>, StoreError> {
    let row = query!(
        r#"
        delete from configs where tenant = $1 and subject is not distinct from $2
        returning compatibility, fields as "fields: Json<Map<String, Value>>"
        "#,
        tenant.as_str(),
        subject,
    )
    .fetch_optional(c)
    .await
    .during("delete a config")?;
    Ok(row.map(|row| Config { compatibility: row.compatibility, fields: row.fields.0 }))
}
