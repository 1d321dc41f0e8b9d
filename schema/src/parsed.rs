//! A schema that was read and understood.

use crate::avro::{self, Avro};
use crate::{Limits, ResolvedReference, SchemaError, UnknownSchemaType};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The language of a schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum SchemaType {
    /// Apache Avro.
    #[default]
    Avro,
}

impl SchemaType {
    /// All types, in the order in which they are listed.
    pub const ALL: [Self; 1] = [Self::Avro];

    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Avro => "AVRO",
        }
    }
}

impl fmt::Display for SchemaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SchemaType {
    type Err = UnknownSchemaType;

    fn from_str(text: &str) -> Result<Self, UnknownSchemaType> {
        Self::ALL.into_iter().find(|known| known.as_str() == text).ok_or_else(|| UnknownSchemaType(text.to_owned()))
    }
}

/// How exactly a text must follow the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// For a schema that is about to be registered: names are ASCII letters, digits and `_`, and every default fits
    /// its field.
    Strict,
    /// For a schema that is only looked up, or was registered before: any name, any default.
    Lenient,
}

/// A schema that was read and understood. Cheap to clone.
#[derive(Clone)]
pub struct ParsedSchema {
    inner: Arc<Inner>,
}

struct Inner {
    avro: Avro,
    canonical: String,
    /// Absent where it equals the canonical text.
    resolved: Option<String>,
    references: Vec<ResolvedReference>,
    limits: Limits,
}

/// Reads a schema.
///
/// `references` holds all schemas that the text refers to, directly or not; see [`ResolvedReference`] for the order.
///
/// # Errors
/// When the text, or one of the referenced texts, is no schema of this type or passes one of the limits.
pub fn parse(
    schema_type: SchemaType,
    text: &str,
    references: &[ResolvedReference],
    strictness: Strictness,
    limits: &Limits,
) -> Result<ParsedSchema, SchemaError> {
    let SchemaType::Avro = schema_type;
    let avro = avro::parse(text, references, strictness, limits)?;
    let canonical = avro.canonical(limits)?;
    let resolved = if references.is_empty() { None } else { Some(avro.resolved(limits)?) };
    let inner = Inner { avro, canonical, resolved, references: references.to_vec(), limits: *limits };
    Ok(ParsedSchema { inner: Arc::new(inner) })
}

impl ParsedSchema {
    /// The language of the schema.
    #[must_use]
    pub fn schema_type(&self) -> SchemaType {
        SchemaType::Avro
    }

    /// The text that is stored, returned and hashed: for Avro, Java's `Schema.toString` with referenced types left
    /// as names.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.inner.canonical
    }

    /// The canonical text with names made full, properties sorted and defaults in the form of their type, as
    /// Confluent's `normalize=true`. Where that form cannot be read back (a type without a namespace inside one that
    /// has a namespace can clash once names are full), it is the canonical text.
    #[must_use]
    pub fn normalized(&self) -> String {
        let text = self.inner.avro.normalized();
        let reread = avro::parse(&text, &self.inner.references, Strictness::Lenient, &self.inner.limits);
        reread.and_then(|avro| avro.canonical(&self.inner.limits)).unwrap_or_else(|_| self.inner.canonical.clone())
    }

    /// The text with every referenced type written out where it is first used. JSON pointers of findings point into
    /// this text; without references it is the canonical text.
    #[must_use]
    pub fn resolved(&self) -> String {
        self.inner.resolved.clone().unwrap_or_else(|| self.inner.canonical.clone())
    }

    /// Full name of the record that the schema is; nothing for any other type.
    #[must_use]
    pub fn record_name(&self) -> Option<&str> {
        self.inner.avro.record_name()
    }

    /// Whether a look-up of the one finds the other: equal once references are written out, whatever the order of
    /// custom properties.
    #[must_use]
    pub fn equivalent(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
            || self.inner.avro.equivalence_text() == other.inner.avro.equivalence_text()
    }

    /// A text that is equal for two schemas exactly if they are [`equivalent`](Self::equivalent); to be hashed and
    /// stored, never shown.
    #[must_use]
    pub fn equivalence_text(&self) -> String {
        self.inner.avro.equivalence_text()
    }

    pub(crate) fn avro(&self) -> &Avro {
        &self.inner.avro
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.inner.limits
    }
}

impl fmt::Debug for ParsedSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ParsedSchema").field(&self.inner.canonical).finish()
    }
}
