//! JSON as Jackson reads and writes it for Java Avro.
//!
//! Hand-written because the canonical text depends on what `serde_json` does not keep: integers of any length, which
//! numbers were written with a fraction, comments, and Java's rendering of doubles. Of two equal keys the last value
//! wins, at the place of the first.

mod number;
mod read;
mod write;

pub(crate) use number::{Number, parse_java_double};
pub(crate) use read::read;
pub(crate) use write::{quote, write};

use std::collections::HashMap;

/// A JSON value.
#[derive(Clone, Debug)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    Array(Vec<Json>),
    Object(Object),
}

/// Keys and values in the order of first appearance; keys are unique.
#[derive(Clone, Debug, Default)]
pub(crate) struct Object {
    entries: Vec<(String, Json)>,
    /// Built once there are enough entries for a scan to hurt.
    index: HashMap<String, usize>,
}

const SCANNED_ENTRIES: usize = 16;

impl Object {
    pub(crate) fn get(&self, key: &str) -> Option<&Json> {
        self.position(key).map(|at| &self.entries[at].1)
    }

    /// Sets a key; a key that is there keeps its place.
    pub(crate) fn insert(&mut self, key: String, value: Json) {
        if let Some(at) = self.position(&key) {
            self.entries[at].1 = value;
            return;
        }
        self.entries.push((key, value));
        if self.entries.len() > SCANNED_ENTRIES {
            for (at, (key, _)) in self.entries.iter().enumerate().skip(self.index.len()) {
                self.index.insert(key.clone(), at);
            }
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.entries.iter().map(|(key, value)| (key.as_str(), value))
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    fn position(&self, key: &str) -> Option<usize> {
        if self.entries.len() > SCANNED_ENTRIES {
            self.index.get(key).copied()
        } else {
            self.entries.iter().position(|(known, _)| known == key)
        }
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(key, value)| other.get(key) == Some(value))
    }
}

impl PartialEq for Json {
    /// Equality of Jackson's nodes: 1 and 1.0 differ, the order of keys does not matter.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a == b,
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Array(a), Self::Array(b)) => a == b,
            (Self::Object(a), Self::Object(b)) => a == b,
            _ => false,
        }
    }
}

impl Json {
    pub(crate) fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(crate) fn as_object(&self) -> Option<&Object> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    pub(crate) fn as_array(&self) -> Option<&[Json]> {
        if let Self::Array(array) = self { Some(array) } else { None }
    }

    /// The value as a 32-bit integer; 1.0 is none.
    pub(crate) fn as_i32(&self) -> Option<i32> {
        if let Self::Number(Number::Integer(value)) = self { i32::try_from(*value).ok() } else { None }
    }

    /// Whether an integer beyond 64 bits stands anywhere in the value.
    pub(crate) fn holds_big_integer(&self) -> bool {
        match self {
            Self::Number(Number::Big(_)) => true,
            Self::Array(items) => items.iter().any(Self::holds_big_integer),
            Self::Object(object) => object.iter().any(|(_, value)| value.holds_big_integer()),
            _ => false,
        }
    }
}
