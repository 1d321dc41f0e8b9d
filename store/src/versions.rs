//! The versions of subjects: which content a subject has had, in which order.

mod probe;
mod write;

pub use probe::{Found, Probe, probe};
pub use write::{NewVersion, hard_delete, insert, soft_delete};

use crate::error::During as _;
use crate::schemas::{SchemaRow, StoredSchema};
use crate::subjects::{Page, Show};
use crate::{PgConnection, StoreError};
use model::Tenant;
use schema::Reference;
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{query, query_as};
use uuid::Uuid;

/// One version of a subject with its content.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredVersion {
    /// The subject.
    pub subject: String,
    /// The version, from 1.
    pub version: i32,
    /// Whether it is soft-deleted.
    pub deleted: bool,
    /// The content.
    pub schema: StoredSchema,
}

struct VersionRow {
    subject: String,
    version: i32,
    deleted: bool,
    id: i32,
    guid: Uuid,
    schema_type: String,
    canonical: String,
    refs: Json<Vec<Reference>>,
    metadata: Option<Value>,
    rule_set: Option<Value>,
}

impl TryFrom<VersionRow> for StoredVersion {
    type Error = StoreError;

    fn try_from(row: VersionRow) -> Result<Self, StoreError> {
        let VersionRow { subject, version, deleted, id, guid, schema_type, canonical, refs, metadata, rule_set } = row;
        let schema = SchemaRow { id, guid, schema_type, canonical, refs, metadata, rule_set }.try_into()?;
        Ok(Self { subject, version, deleted, schema })
    }
}

/// A version by its number, or the newest that may be seen.
///
/// # Errors
/// When the database fails.
pub async fn get(
    c: &mut PgConnection,
    tenant: &Tenant,
    subject: &str,
    version: Option<i32>,
    deleted_too: bool,
) -> Result<Option<StoredVersion>, StoreError> {
    let row = query_as!(
        VersionRow,
        r#"
        select v.subject, v.version, v.deleted, s.id, s.guid, s.schema_type, s.canonical,
            s.refs as "refs: Json<Vec<Reference>>", s.metadata as "metadata: Value", s.rule_set as "rule_set: Value"
        from versions v
        join schemas s on s.tenant = v.tenant and s.id = v.schema_id
        where v.tenant = $1 and v.subject = $2 and ($3::integer is null or v.version = $3) and ($4 or not v.deleted)
        order by v.version desc
        limit 1
        "#,
        tenant.as_str(),
        subject,
        version,
        deleted_too,
    )
    .fetch_optional(c)
    .await
    .during("read a version")?;
    row.map(StoredVersion::try_from).transpose()
}

/// The newest version with the content `guid`, or else with one that means the same.
///
/// # Errors
/// When the database fails.
pub async fn find(
    c: &mut PgConnection,
    tenant: &Tenant,
    subject: &str,
    guid: Uuid,
    equivalent: Uuid,
    deleted_too: bool,
) -> Result<Option<StoredVersion>, StoreError> {
    let row = query_as!(
        VersionRow,
        r#"
        select v.subject, v.version, v.deleted, s.id, s.guid, s.schema_type, s.canonical,
            s.refs as "refs: Json<Vec<Reference>>", s.metadata as "metadata: Value", s.rule_set as "rule_set: Value"
        from schemas s
        join versions v on v.tenant = s.tenant and v.schema_id = s.id
        where s.tenant = $1 and (s.guid = $3 or s.equivalent = $4) and v.subject = $2 and ($5 or not v.deleted)
        order by s.guid = $3 desc, v.version desc
        limit 1
        "#,
        tenant.as_str(),
        subject,
        guid,
        equivalent,
        deleted_too,
    )
    .fetch_optional(c)
    .await
    .during("look a schema up")?;
    row.map(StoredVersion::try_from).transpose()
}

/// Every live version of a subject, newest first.
///
/// # Errors
/// When the database fails.
pub async fn live(c: &mut PgConnection, tenant: &Tenant, subject: &str) -> Result<Vec<StoredVersion>, StoreError> {
    let rows = query_as!(
        VersionRow,
        r#"
        select v.subject, v.version, v.deleted, s.id, s.guid, s.schema_type, s.canonical,
            s.refs as "refs: Json<Vec<Reference>>", s.metadata as "metadata: Value", s.rule_set as "rule_set: Value"
        from versions v
        join schemas s on s.tenant = v.tenant and s.id = v.schema_id
        where v.tenant = $1 and v.subject = $2 and not v.deleted
        order by v.version desc
        "#,
        tenant.as_str(),
        subject,
    )
    .fetch_all(c)
    .await
    .during("read the live versions of a subject")?;
    rows.into_iter().map(StoredVersion::try_from).collect()
}

/// Which versions of all subjects a list shows.
#[derive(Clone, Copy, Debug)]
pub struct Filter<'a> {
    /// What the subject begins with.
    pub prefix: &'a str,
    /// Whether soft-deleted versions are shown too.
    pub deleted_too: bool,
    /// Whether only the newest of each subject is shown.
    pub latest_only: bool,
}

/// Versions of all subjects, by subject and version.
///
/// # Errors
/// When the database fails.
pub async fn list(
    c: &mut PgConnection,
    tenant: &Tenant,
    filter: Filter<'_>,
    page: Page,
) -> Result<Vec<StoredVersion>, StoreError> {
    let rows = query_as!(
        VersionRow,
        r#"
        select v.subject, v.version, v.deleted, s.id, s.guid, s.schema_type, s.canonical,
            s.refs as "refs: Json<Vec<Reference>>", s.metadata as "metadata: Value", s.rule_set as "rule_set: Value"
        from versions v
        join schemas s on s.tenant = v.tenant and s.id = v.schema_id
        where v.tenant = $1 and starts_with(v.subject, $2) and ($3 or not v.deleted)
            and (not $4 or not exists (
                select from versions later
                where later.tenant = v.tenant and later.subject = v.subject and later.version > v.version
                    and ($3 or not later.deleted)
            ))
        order by v.subject, v.version
        offset $5 limit $6
        "#,
        tenant.as_str(),
        filter.prefix,
        filter.deleted_too,
        filter.latest_only,
        page.offset,
        page.limit,
    )
    .fetch_all(c)
    .await
    .during("list versions")?;
    rows.into_iter().map(StoredVersion::try_from).collect()
}

/// The number of a version and whether it is soft-deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    /// The version, from 1.
    pub version: i32,
    /// Whether it is soft-deleted.
    pub deleted: bool,
}

/// The versions of a subject, ascending.
///
/// # Errors
/// When the database fails.
pub async fn numbers(
    c: &mut PgConnection,
    tenant: &Tenant,
    subject: &str,
    show: Show,
) -> Result<Vec<Number>, StoreError> {
    let (live, deleted) = show.flags();
    query_as!(
        Number,
        r#"
        select version, deleted from versions
        where tenant = $1 and subject = $2 and (($3 and not deleted) or ($4 and deleted))
        order by version
        "#,
        tenant.as_str(),
        subject,
        live,
        deleted,
    )
    .fetch_all(c)
    .await
    .during("list the versions of a subject")
}

/// How many of these `(subject, version)` pairs exist and are live.
///
/// # Errors
/// When the database fails.
pub async fn count_live(
    c: &mut PgConnection,
    tenant: &Tenant,
    subjects: &[String],
    versions: &[i32],
) -> Result<i64, StoreError> {
    let row = query!(
        r#"
        select count(*) as "count!"
        from (select distinct * from unnest($2::text[], $3::integer[]) as pair (subject, version)) pair
        join versions v on v.tenant = $1 and v.subject = pair.subject and v.version = pair.version and not v.deleted
        "#,
        tenant.as_str(),
        subjects,
        versions,
    )
    .fetch_one(c)
    .await
    .during("look for the versions that a schema refers to")?;
    Ok(row.count)
}
