//! Avro values in Confluent's framing: a zero byte, the schema's id in four bytes, the value.

use crate::client::{Client, ClientError};
use apache_avro::Schema;
use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// First byte of a framed value.
const MAGIC: u8 = 0;

/// Schemas that this process encodes with, each asked for once.
#[derive(Clone, Debug)]
pub struct Schemas {
    client: Client,
    known: Arc<Mutex<HashMap<(String, String), AvroEncoder>>>,
}

/// Why a value could not be encoded.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// The registry did not give the schema's id.
    #[error("the schema of {subject} has no id")]
    Registry {
        /// Under which it was to be registered.
        subject: String,
        /// What the registry said.
        source: ClientError,
    },
    /// The text is not an Avro schema.
    #[error("the schema of {subject} cannot be read")]
    Schema {
        /// Under which it was to be registered.
        subject: String,
        /// What is wrong with it.
        source: Box<apache_avro::Error>,
    },
    /// The value does not fit the schema.
    #[error("a value does not fit the schema {id}")]
    Value {
        /// The schema's id.
        id: u32,
        /// What does not fit.
        source: Box<apache_avro::Error>,
    },
}

impl Schemas {
    /// Asks the registry of this client.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client, known: Arc::default() }
    }

    /// Registers the schema, unless it was before, and remembers its id.
    ///
    /// # Errors
    /// When the text is no Avro schema, or the registry refuses it or does not answer.
    pub async fn register(&self, subject: &str, schema: &str) -> Result<AvroEncoder, EncodeError> {
        self.encoder(subject, schema, async { Ok(self.client.register(subject, schema, &[]).await?.id) }).await
    }

    /// Fetches the id of a schema that somebody else has registered, and remembers it.
    ///
    /// # Errors
    /// When the text is no Avro schema, or the registry does not have it or does not answer.
    pub async fn fetch(&self, subject: &str, schema: &str) -> Result<AvroEncoder, EncodeError> {
        self.encoder(subject, schema, async { Ok(self.client.look_up(subject, schema, &[]).await?.id) }).await
    }

    async fn encoder(
        &self,
        subject: &str,
        text: &str,
        id: impl Future<Output = Result<u32, ClientError>>,
    ) -> Result<AvroEncoder, EncodeError> {
        let name = (subject.to_owned(), text.to_owned());
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&name) {
            return Ok(known.clone());
        }
        let schema = Schema::parse_str(text)
            .map_err(|source| EncodeError::Schema { subject: subject.to_owned(), source: Box::new(source) })?;
        let id = id.await.map_err(|source| EncodeError::Registry { subject: subject.to_owned(), source })?;
        let encoder = AvroEncoder { id, schema: Arc::new(schema) };
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(name, encoder.clone());
        Ok(encoder)
    }
}

/// Encodes values of one registered schema. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AvroEncoder {
    id: u32,
    schema: Arc<Schema>,
}

impl AvroEncoder {
    /// The schema's id in the registry.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Encodes and frames a value; a struct's fields stand in the order of the schema's.
    ///
    /// # Errors
    /// When the value does not fit the schema.
    pub fn encode(&self, value: &impl Serialize) -> Result<Vec<u8>, EncodeError> {
        let mut framed = self.frame();
        self.writer().and_then(|writer| writer.write_ser(&mut framed, value)).map_err(|source| self.unfit(source))?;
        Ok(framed)
    }

    /// Encodes and frames a value that was built by hand.
    ///
    /// # Errors
    /// When the value does not fit the schema.
    pub fn encode_value(&self, value: &Value) -> Result<Vec<u8>, EncodeError> {
        let mut framed = self.frame();
        self.writer()
            .and_then(|writer| writer.write_value_ref(&mut framed, value))
            .map_err(|source| self.unfit(source))?;
        Ok(framed)
    }

    fn writer(&self) -> Result<GenericDatumWriter<'_>, apache_avro::Error> {
        GenericDatumWriter::builder(&self.schema).build()
    }

    fn frame(&self) -> Vec<u8> {
        let mut framed = Vec::with_capacity(128);
        framed.push(MAGIC);
        framed.extend_from_slice(&self.id.to_be_bytes());
        framed
    }

    fn unfit(&self, source: apache_avro::Error) -> EncodeError {
        EncodeError::Value { id: self.id, source: Box::new(source) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Flight<'a> {
        number: i32,
        tail: Option<&'a str>,
    }

    fn encoder() -> AvroEncoder {
        let schema = r#"{"type": "record", "name": "F", "fields": [
            {"name": "number", "type": "int"}, {"name": "tail", "type": ["null", "string"]}]}"#;
        AvroEncoder { id: 258, schema: Arc::new(Schema::parse_str(schema).unwrap()) }
    }

    #[test]
    fn a_value_is_framed_with_its_schema() {
        let encoded = encoder().encode(&Flight { number: 1, tail: Some("N") }).unwrap();
        assert_eq!(encoded, [0, 0, 0, 1, 2, 2, 2, 2, b'N']);
        let by_hand = Value::Record(vec![
            ("number".to_owned(), Value::Int(1)),
            ("tail".to_owned(), Value::Union(1, Box::new(Value::String("N".to_owned())))),
        ]);
        assert_eq!(encoder().encode_value(&by_hand).unwrap(), encoded);
    }

    #[test]
    fn a_value_that_does_not_fit_is_an_error() {
        let error = encoder().encode(&"text").unwrap_err();
        assert_eq!(error.to_string(), "a value does not fit the schema 258");
        assert!(encoder().encode_value(&Value::Null).is_err());
    }
}
