//! Names of types: simple, namespace, full, and what a name may be.

use super::Primitive;
use crate::Strictness;

/// Name of a record, enum or fixed, or one of its aliases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    simple: String,
    space: Option<String>,
    full: String,
}

impl Name {
    /// A name as written, in a namespace: a dotted name brings its own namespace, an empty one is none.
    pub(super) fn new(written: &str, space: Option<&str>) -> Self {
        let (space, simple) = match written.rsplit_once('.') {
            Some((space, simple)) => (Some(space), simple),
            None => (space, written),
        };
        let space = space.filter(|space| !space.is_empty()).map(str::to_owned);
        let full = space.as_ref().map_or_else(|| simple.to_owned(), |space| format!("{space}.{simple}"));
        Self { simple: simple.to_owned(), space, full }
    }

    /// The last part.
    pub(crate) fn simple(&self) -> &str {
        &self.simple
    }

    pub(super) fn space(&self) -> Option<&str> {
        self.space.as_deref()
    }

    pub(crate) fn full(&self) -> &str {
        &self.full
    }

    /// How the type is referred to from inside a namespace.
    pub(super) fn qualified(&self, inside: Option<&str>) -> &str {
        let same_space = self.space.is_some() && self.space.as_deref() == inside;
        if same_space && !is_type_name(&self.simple) { &self.simple } else { &self.full }
    }
}

/// Whether a word means a type of its own, so that it cannot stand for a named type.
fn is_type_name(word: &str) -> bool {
    Primitive::from_name(word).is_some() || matches!(word, "record" | "enum" | "array" | "map" | "union" | "fixed")
}

/// Checks one part of a name, a field's name or an enum symbol.
pub(super) fn validate(part: &str, strictness: Strictness) -> Result<(), String> {
    if strictness == Strictness::Lenient {
        return Ok(());
    }
    let Some(first) = part.chars().next() else { return Err("a name is empty".to_owned()) };
    if !(first.is_ascii_alphabetic() || first == '_') {
        return Err(format!("'{part}' must begin with an ASCII letter or '_'"));
    }
    if part.chars().any(|c| !(c.is_ascii_alphanumeric() || c == '_')) {
        return Err(format!("'{part}' may hold ASCII letters, digits and '_' only"));
    }
    Ok(())
}

/// Checks the namespace of a definition part by part; trailing dots are overlooked, as Java's split does.
pub(super) fn validate_full(full: &str, strictness: Strictness) -> Result<(), String> {
    full.trim_end_matches('.').split('.').try_for_each(|part| validate(part, strictness))
}
