//! All that a registration needs to know of its subject, in one round trip.

use super::StoredVersion;
use crate::configs::{Scope, ScopeRow};
use crate::error::During as _;
use crate::schemas::SchemaRow;
use crate::{PgConnection, StoreError};
use model::Tenant;
use schema::Reference;
use serde_json::{Map, Value};
use sqlx::query_as;
use sqlx::types::Json;
use uuid::Uuid;

/// A version that has the content which was asked for, or an equivalent one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its version, from 1.
    pub version: i32,
    /// The id of its content.
    pub id: i32,
    /// The key of its content.
    pub guid: Uuid,
}

/// What stands in a subject and what is asked of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// What is configured.
    pub scope: Scope,
    /// The highest version there is, soft-deleted ones counted; 0 when there is none.
    pub last_version: i32,
    /// The newest live version with the content asked for; without one, the newest with an equivalent content.
    pub found: Option<Found>,
    /// The newest live version.
    pub latest: Option<StoredVersion>,
}

struct ProbeRow {
    subject_compatibility: Option<String>,
    subject_fields: Option<Json<Map<String, Value>>>,
    global_compatibility: Option<String>,
    global_fields: Option<Json<Map<String, Value>>>,
    subject_mode: Option<String>,
    global_mode: Option<String>,
    last_version: i32,
    found_version: Option<i32>,
    found_id: Option<i32>,
    found_guid: Option<Uuid>,
    latest_version: Option<i32>,
    latest_id: Option<i32>,
    latest_guid: Option<Uuid>,
    latest_type: Option<String>,
    latest_canonical: Option<String>,
    latest_refs: Option<Json<Vec<Reference>>>,
    latest_metadata: Option<Value>,
    latest_rule_set: Option<Value>,
}

/// Looks at `subject` for a content with the key `guid`, or else for one that means the same.
///
/// # Errors
/// When the database fails.
pub async fn probe(
    c: &mut PgConnection,
    tenant: &Tenant,
    subject: &str,
    guid: Uuid,
    equivalent: Uuid,
) -> Result<Probe, StoreError> {
    let row = query_as!(
        ProbeRow,
        r#"
        select
            sc.compatibility as "subject_compatibility?", sc.fields as "subject_fields?: Json<Map<String, Value>>",
            gc.compatibility as "global_compatibility?", gc.fields as "global_fields?: Json<Map<String, Value>>",
            sm.mode as "subject_mode?", gm.mode as "global_mode?",
            coalesce((select max(version) from versions where tenant = $1 and subject = $2), 0) as "last_version!",
            f.version as "found_version?", f.id as "found_id?", f.guid as "found_guid?",
            l.version as "latest_version?", l.id as "latest_id?", l.guid as "latest_guid?",
            l.schema_type as "latest_type?", l.canonical as "latest_canonical?",
            l.refs as "latest_refs?: Json<Vec<Reference>>",
            l.metadata as "latest_metadata?: Value", l.rule_set as "latest_rule_set?: Value"
        from (select 1) one
        left join configs sc on sc.tenant = $1 and sc.subject = $2
        left join configs gc on gc.tenant = $1 and gc.subject is null
        left join modes sm on sm.tenant = $1 and sm.subject = $2
        left join modes gm on gm.tenant = $1 and gm.subject is null
        left join lateral (
            select v.version, s.id, s.guid
            from schemas s
            join versions v on v.tenant = s.tenant and v.schema_id = s.id
            where s.tenant = $1 and (s.guid = $3 or s.equivalent = $4) and v.subject = $2 and not v.deleted
            order by s.guid = $3 desc, v.version desc
            limit 1
        ) f on true
        left join lateral (
            select v.version, s.*
            from versions v
            join schemas s on s.tenant = v.tenant and s.id = v.schema_id
            where v.tenant = $1 and v.subject = $2 and not v.deleted
            order by v.version desc
            limit 1
        ) l on true
        "#,
        tenant.as_str(),
        subject,
        guid,
        equivalent,
    )
    .fetch_one(c)
    .await
    .during("look at a subject")?;
    row.into_probe(subject)
}

impl ProbeRow {
    fn into_probe(self, subject: &str) -> Result<Probe, StoreError> {
        let found = match (self.found_version, self.found_id, self.found_guid) {
            (Some(version), Some(id), Some(guid)) => Some(Found { version, id, guid }),
            _ => None,
        };
        let content =
            match (self.latest_id, self.latest_guid, self.latest_type, self.latest_canonical, self.latest_refs) {
                (Some(id), Some(guid), Some(schema_type), Some(canonical), Some(refs)) => Some(SchemaRow {
                    id,
                    guid,
                    schema_type,
                    canonical,
                    refs,
                    metadata: self.latest_metadata,
                    rule_set: self.latest_rule_set,
                }),
                _ => None,
            };
        let latest = match (self.latest_version, content) {
            (Some(version), Some(row)) => {
                Some(StoredVersion { subject: subject.to_owned(), version, deleted: false, schema: row.try_into()? })
            }
            _ => None,
        };
        let scope = ScopeRow {
            subject_compatibility: self.subject_compatibility,
            subject_fields: self.subject_fields,
            global_compatibility: self.global_compatibility,
            global_fields: self.global_fields,
            subject_mode: self.subject_mode,
            global_mode: self.global_mode,
        };
        Ok(Probe { scope: scope.into(), last_version: self.last_version, found, latest })
    }
}
