//! What this crate answers, case by case.

mod compatibility;
mod contract;
mod hostile;
mod limits;
mod messages;
#[path = "../oracle/generate.rs"]
mod pairs;
mod properties;
mod texts;

use schema::{Limits, ParsedSchema, Reference, ResolvedReference, SchemaError, SchemaType, Strictness};

fn parse(text: &str) -> Result<ParsedSchema, SchemaError> {
    schema::parse(SchemaType::Avro, text, &[], Strictness::Strict, &Limits::default())
}

fn parsed(text: &str) -> ParsedSchema {
    parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn resolved(name: &str, text: &str) -> ResolvedReference {
    let reference = Reference { name: name.to_owned(), subject: format!("{name}-value"), version: 1 };
    ResolvedReference { reference, text: text.to_owned() }
}

fn record(fields: &str) -> String {
    format!(r#"{{"type":"record","name":"R","fields":[{fields}]}}"#)
}
