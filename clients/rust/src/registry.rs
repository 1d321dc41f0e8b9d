//! The schema registry on the paths that Confluent's clients use.

use crate::client::{Client, ClientError};
use serde::{Deserialize, Serialize};

/// Another subject's schema that a schema refers to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SchemaReference {
    /// As the schema calls it.
    pub name: String,
    /// Where it is registered.
    pub subject: String,
    /// Which version of it.
    pub version: i32,
}

/// What registration gives.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Registered {
    /// Stands in front of each encoded value.
    pub id: u32,
    /// The same content's name everywhere.
    #[serde(default)]
    pub guid: Option<String>,
    /// The version under the subject.
    #[serde(default)]
    pub version: Option<i32>,
}

/// A schema as a subject has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Found {
    /// The subject.
    pub subject: String,
    /// The version under it.
    pub version: i32,
    /// Stands in front of each encoded value.
    pub id: u32,
    /// The same content's name everywhere.
    #[serde(default)]
    pub guid: Option<String>,
    /// The schema's text.
    pub schema: String,
}

/// A schema as an id or guid gives it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Resolved {
    /// The schema's text.
    pub schema: String,
    /// AVRO when it is not said.
    #[serde(default, rename = "schemaType")]
    pub schema_type: Option<String>,
    /// What it refers to.
    #[serde(default)]
    pub references: Vec<SchemaReference>,
    /// The same content's name everywhere.
    #[serde(default)]
    pub guid: Option<String>,
}

#[derive(Serialize)]
struct Schema<'a> {
    schema: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    references: &'a [SchemaReference],
}

impl Client {
    /// Registers an Avro schema under a subject; what is registered already keeps its id.
    ///
    /// # Errors
    /// When the server does not answer, or refuses: 409 for an incompatible schema, 422 for an invalid one.
    pub async fn register(
        &self,
        subject: &str,
        schema: &str,
        references: &[SchemaReference],
    ) -> Result<Registered, ClientError> {
        self.post(&["subjects", subject, "versions"], &Schema { schema, references }).await
    }

    /// Finds the version of a subject that has this very schema.
    ///
    /// # Errors
    /// When the server does not answer, or has no such subject or schema: [`ClientError::is_not_found`].
    pub async fn look_up(
        &self,
        subject: &str,
        schema: &str,
        references: &[SchemaReference],
    ) -> Result<Found, ClientError> {
        self.post(&["subjects", subject], &Schema { schema, references }).await
    }

    /// The newest version of a subject.
    ///
    /// # Errors
    /// When the server does not answer, or has no such subject.
    pub async fn latest(&self, subject: &str) -> Result<Found, ClientError> {
        self.get(&["subjects", subject, "versions", "latest"]).await
    }

    /// The schema of an id.
    ///
    /// # Errors
    /// When the server does not answer, or has no such id.
    pub async fn schema_by_id(&self, id: u32) -> Result<Resolved, ClientError> {
        self.get(&["schemas", "ids", &id.to_string()]).await
    }

    /// The schema of a guid.
    ///
    /// # Errors
    /// When the server does not answer, or has no such guid.
    pub async fn schema_by_guid(&self, guid: &str) -> Result<Resolved, ClientError> {
        self.get(&["schemas", "guids", guid]).await
    }
}
