//! Bearer tokens: who may write, and in whose name.

use crate::error::{During as _, constraint};
use crate::{PgConnection, StoreError};
use model::{Tenant, Timestamp};
use sha2::{Digest as _, Sha256};
use sqlx::{query, query_as};
use std::fmt;
use uuid::Uuid;

/// What every secret begins with, so that scanners for leaked secrets know one.
const PREFIX: &str = "wb_";

/// The text that a client presents; only its hash is stored.
pub struct Secret(String);

impl Secret {
    fn generate() -> Self {
        let mut random = [0; 32];
        getrandom::fill(&mut random).expect("the operating system gives randomness");
        Self(random.iter().fold(PREFIX.to_owned(), |text, byte| format!("{text}{byte:02x}")))
    }

    /// The text itself, to be shown once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A token that was just made.
#[derive(Debug)]
pub struct Created {
    /// Its id.
    pub id: Uuid,
    /// What the client presents.
    pub secret: Secret,
}

/// A token as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: Uuid,
    /// The principal it stands for.
    pub name: String,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether it no longer opens anything.
    pub revoked: bool,
}

/// Whom a token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Whose data it may touch.
    pub tenant: Tenant,
    /// The name that its writes are ascribed to.
    pub name: String,
}

/// What is stored of a secret.
#[must_use]
pub fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}

/// Makes a token of 256 random bits for the principal `name`.
///
/// # Errors
/// [`StoreError::TokenNameTaken`] when a live token has the name; else when the database fails.
pub async fn create(
    c: &mut PgConnection,
    tenant: &Tenant,
    name: &str,
    created_by: &str,
) -> Result<Created, StoreError> {
    let created = Created { id: Uuid::new_v4(), secret: Secret::generate() };
    query!(
        "insert into tokens (tenant, id, name, secret_hash, created_by) values ($1, $2, $3, $4, $5)",
        tenant.as_str(),
        created.id,
        name,
        hash(created.secret.reveal()).to_vec(),
        created_by,
    )
    .execute(c)
    .await
    .map_err(|error| match constraint(&error) {
        Some("tokens_name_key") => StoreError::TokenNameTaken { name: name.to_owned() },
        _ => StoreError::Database { operation: "create a token", source: error },
    })?;
    Ok(created)
}

struct TokenRow {
    id: Uuid,
    name: String,
    created_by: String,
    created_at_ms: i64,
    revoked: bool,
}

impl From<TokenRow> for Token {
    fn from(TokenRow { id, name, created_by, created_at_ms, revoked }: TokenRow) -> Self {
        Self { id, name, created_by, created_at: Timestamp(created_at_ms), revoked }
    }
}

/// All tokens of a tenant, by name, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(c: &mut PgConnection, tenant: &Tenant) -> Result<Vec<Token>, StoreError> {
    let rows = query_as!(
        TokenRow,
        r#"
        select id, name, created_by, (extract(epoch from created_at) * 1000)::bigint as "created_at_ms!",
            revoked_at is not null as "revoked!"
        from tokens where tenant = $1 order by name, created_at desc
        "#,
        tenant.as_str(),
    )
    .fetch_all(c)
    .await
    .during("list tokens")?;
    Ok(rows.into_iter().map(Token::from).collect())
}

/// Revokes the live token of this name; `false` when there is none. Replicas that have just verified it may honour
/// it for a few seconds more.
///
/// # Errors
/// When the database fails.
pub async fn revoke(c: &mut PgConnection, tenant: &Tenant, name: &str) -> Result<bool, StoreError> {
    let done = query!(
        "update tokens set revoked_at = now() where tenant = $1 and name = $2 and revoked_at is null",
        tenant.as_str(),
        name,
    )
    .execute(c)
    .await
    .during("revoke a token")?;
    Ok(done.rows_affected() > 0)
}

/// Whom a secret stands for; `None` when it is unknown or revoked.
///
/// # Errors
/// When the database fails, or the row's tenant is not a name.
pub async fn verify(c: &mut PgConnection, secret: &str) -> Result<Option<Principal>, StoreError> {
    let row =
        query!("select tenant, name from tokens where secret_hash = $1 and revoked_at is null", hash(secret).to_vec())
            .fetch_optional(c)
            .await
            .during("verify a token")?;
    row.map(|row| {
        let tenant = Tenant::new(row.tenant).map_err(|error| StoreError::Unreadable {
            object: format!("token '{}'", row.name),
            source: error.into(),
        })?;
        Ok(Principal { tenant, name: row.name })
    })
    .transpose()
}
