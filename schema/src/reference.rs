//! One schema naming another.

use serde::{Deserialize, Serialize};

/// A named pointer from one schema to a version of another subject.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reference {
    /// The name under which the text uses it; for Avro, the full name of the type.
    pub name: String,
    /// Subject of the referenced schema.
    pub subject: String,
    /// Version in that subject; −1 until it is resolved to a real one.
    pub version: i32,
}

/// A reference and the text it stands for.
///
/// A list of these holds the references of references too, each before whoever needs it (depth first), and each
/// name once: where two references bear one name, the first wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedReference {
    /// The reference.
    pub reference: Reference,
    /// Canonical text of the referenced schema.
    pub text: String,
}

/// References as they are stored with a normalized schema: sorted by subject and version, without repetition.
#[must_use]
pub fn normalized_references(references: &[Reference]) -> Vec<Reference> {
    let mut sorted = references.to_vec();
    sorted.sort_by(|a, b| a.subject.encode_utf16().cmp(b.subject.encode_utf16()).then(a.version.cmp(&b.version)));
    let mut seen = std::collections::HashSet::new();
    sorted.retain(|reference| seen.insert(reference.clone()));
    sorted
}
