//! Why a text is not a schema.

/// Why a text was refused. The message is for the author of the schema: it says where and what.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// The text is not JSON (with `/* */` and `//` comments, as Java Avro reads it).
    #[error("not JSON at byte {offset}: {reason}")]
    Json {
        /// Where reading stopped, in bytes from the start of the text.
        offset: usize,
        /// What is wrong there.
        reason: String,
    },
    /// The text is JSON, and no schema.
    #[error("invalid schema at '{pointer}': {reason}")]
    Invalid {
        /// JSON pointer into the text.
        pointer: String,
        /// What is wrong there.
        reason: String,
    },
    /// One of the referenced schemas could not be read; the main text was not looked at.
    #[error("reference '{name}' cannot be read")]
    Reference {
        /// Name of the reference.
        name: String,
        /// What is wrong with its text.
        source: Box<SchemaError>,
    },
    /// A bound of [`Limits`](crate::Limits) was passed.
    #[error("schema passes the limit {limit} of {max} {unit}")]
    Limit {
        /// Field of [`Limits`](crate::Limits).
        limit: &'static str,
        /// Value of that field.
        max: usize,
        /// What is counted.
        unit: &'static str,
    },
}

/// A schema type that this crate does not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("schema type '{0}' is not known; known is AVRO")]
pub struct UnknownSchemaType(pub String);
