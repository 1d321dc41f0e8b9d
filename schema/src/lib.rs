//! WHAT is in the data: schema texts, their canonical form and identity, and what one schema can read of another.
//!
//! Everything here is a pure function of its arguments. This crate must never know a socket, a file, a clock, a
//! database, randomness or an async runtime, and it never fetches anything: references between schemas arrive
//! resolved. Schema texts are untrusted; every bound on them stands in [`Limits`], and no text makes this crate
//! panic, recurse without bound or run for long.
//!
//! The reference for all rules is Java Avro 1.12, because that is what registries in the field run; `oracle/`
//! compares this crate with it, and `oracle/DIFFERENCES.md` lists where the two part.

mod avro;
pub mod compatibility;
pub mod contract;
mod error;
pub mod identity;
mod limits;
mod parsed;
mod reference;

pub use contract::{Metadata, Rule, RuleKind, RuleMode, RuleSet};
pub use error::{SchemaError, UnknownSchemaType};
pub use limits::Limits;
pub use parsed::{ParsedSchema, SchemaType, Strictness, parse};
pub use reference::{Reference, ResolvedReference, normalized_references};
