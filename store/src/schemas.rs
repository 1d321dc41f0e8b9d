//! Contents: one row for each distinct schema of a tenant, however many subjects have it.

use crate::error::During as _;
use crate::{PgConnection, StoreError};
use model::Tenant;
use schema::{Reference, SchemaType};
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{query_as, query_scalar};
use uuid::Uuid;

/// A content as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredSchema {
    /// The number that clients write in front of each record.
    pub id: i32,
    /// The content key, as a UUID.
    pub guid: Uuid,
    /// The language it is written in.
    pub schema_type: SchemaType,
    /// The canonical text.
    pub canonical: String,
    /// The schemas it refers to, in the order they were given.
    pub references: Vec<Reference>,
    /// Metadata, as it was given.
    pub metadata: Option<Value>,
    /// The rule set, as it was given.
    pub rule_set: Option<Value>,
}

/// The columns of a content, wherever a query has them.
pub(crate) struct SchemaRow {
    pub(crate) id: i32,
    pub(crate) guid: Uuid,
    pub(crate) schema_type: String,
    pub(crate) canonical: String,
    pub(crate) refs: Json<Vec<Reference>>,
    pub(crate) metadata: Option<Value>,
    pub(crate) rule_set: Option<Value>,
}

impl TryFrom<SchemaRow> for StoredSchema {
    type Error = StoreError;

    fn try_from(row: SchemaRow) -> Result<Self, StoreError> {
        let SchemaRow { id, guid, schema_type, canonical, refs: Json(references), metadata, rule_set } = row;
        let schema_type = schema_type
            .parse()
            .map_err(|error| StoreError::Unreadable { object: format!("schema {id}"), source: Box::new(error) })?;
        Ok(Self { id, guid, schema_type, canonical, references, metadata, rule_set })
    }
}

/// A subject and one of its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectVersion {
    /// The subject.
    pub subject: String,
    /// The version, from 1.
    pub version: i32,
    /// Whether the version is soft-deleted.
    pub deleted: bool,
}

/// The content with this id.
///
/// # Errors
/// When the database fails.
pub async fn by_id(c: &mut PgConnection, tenant: &Tenant, id: i32) -> Result<Option<StoredSchema>, StoreError> {
    let row = query_as!(
        SchemaRow,
        r#"
        select id, guid, schema_type, canonical, refs as "refs: Json<Vec<Reference>>",
            metadata as "metadata: Value", rule_set as "rule_set: Value"
        from schemas where tenant = $1 and id = $2
        "#,
        tenant.as_str(),
        id,
    )
    .fetch_optional(c)
    .await
    .during("read a schema by id")?;
    row.map(StoredSchema::try_from).transpose()
}

/// The content with this key.
///
/// # Errors
/// When the database fails.
pub async fn by_guid(c: &mut PgConnection, tenant: &Tenant, guid: Uuid) -> Result<Option<StoredSchema>, StoreError> {
    let row = query_as!(
        SchemaRow,
        r#"
        select id, guid, schema_type, canonical, refs as "refs: Json<Vec<Reference>>",
            metadata as "metadata: Value", rule_set as "rule_set: Value"
        from schemas where tenant = $1 and guid = $2
        "#,
        tenant.as_str(),
        guid,
    )
    .fetch_optional(c)
    .await
    .during("read a schema by guid")?;
    row.map(StoredSchema::try_from).transpose()
}

/// The subjects and versions that have this content, in order.
///
/// # Errors
/// When the database fails.
pub async fn versions_of(c: &mut PgConnection, tenant: &Tenant, id: i32) -> Result<Vec<SubjectVersion>, StoreError> {
    query_as!(
        SubjectVersion,
        "select subject, version, deleted from versions where tenant = $1 and schema_id = $2 order by subject, version",
        tenant.as_str(),
        id,
    )
    .fetch_all(c)
    .await
    .during("list the versions of a schema")
}

/// A version whose content refers to a version of another subject, or of the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referrer {
    /// The version that is referred to.
    pub target: i32,
    /// The content that refers to it.
    pub schema_id: i32,
    /// A subject that has this content.
    pub subject: String,
    /// Whether it is soft-deleted there.
    pub deleted: bool,
}

/// Everything that refers to any version of `subject`.
///
/// # Errors
/// When the database fails.
pub async fn referrers(c: &mut PgConnection, tenant: &Tenant, subject: &str) -> Result<Vec<Referrer>, StoreError> {
    query_as!(
        Referrer,
        r#"
        select (r.value ->> 'version')::integer as "target!", s.id as schema_id, v.subject, v.deleted
        from schemas s
        cross join lateral jsonb_array_elements(s.refs) r
        join versions v on v.tenant = s.tenant and v.schema_id = s.id
        where s.tenant = $1
            and s.refs <> '[]'::jsonb
            and s.refs @> jsonb_build_array(jsonb_build_object('subject', $2::text))
            and r.value ->> 'subject' = $2
        order by s.id, v.subject, v.version
        "#,
        tenant.as_str(),
        subject,
    )
    .fetch_all(c)
    .await
    .during("list what refers to a subject")
}

/// Removes those of these contents that no version has any more; gives their ids back.
pub(crate) async fn remove_unused(c: &mut PgConnection, tenant: &Tenant, ids: &[i32]) -> Result<Vec<i32>, StoreError> {
    query_scalar!(
        r#"
        delete from schemas s
        where s.tenant = $1 and s.id = any($2)
            and not exists (select from versions v where v.tenant = s.tenant and v.schema_id = s.id)
        returning s.id
        "#,
        tenant.as_str(),
        ids,
    )
    .fetch_all(c)
    .await
    .during("remove schemas that no version has")
}
