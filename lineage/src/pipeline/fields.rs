//! Reading typed fields out of a tree of values, collecting every problem with its place.

use super::document::token;
use super::{InvalidPipeline, Limits, Problem};
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::fmt::Display;
use std::hash::Hash;
use std::ops::RangeInclusive;

/// What was found wrong so far.
#[derive(Debug)]
pub(super) struct Problems {
    pub(super) limits: Limits,
    list: Vec<Problem>,
    more: usize,
}

impl Problems {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, list: Vec::new(), more: 0 }
    }

    pub(super) fn add(&mut self, pointer: &str, message: impl Into<String>) {
        if self.list.len() < self.limits.problems {
            self.list.push(Problem { pointer: pointer.to_owned(), message: message.into() });
        } else {
            self.more += 1;
        }
    }

    pub(super) fn into_result<T>(self, value: Option<T>) -> Result<T, InvalidPipeline> {
        match value {
            Some(value) if self.list.is_empty() => Ok(value),
            _ => Err(InvalidPipeline { problems: self.list, more: self.more }),
        }
    }
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct At<'v> {
    pub(super) pointer: String,
    value: &'v Value,
}

impl<'v> At<'v> {
    pub(super) fn root(value: &'v Value) -> Self {
        Self { pointer: String::new(), value }
    }

    fn wrong<T>(&self, problems: &mut Problems, must: &str) -> Option<T> {
        let found = match self.value {
            Value::Null => "null".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Number(value) => value.to_string(),
            Value::String(text) => format!("'{}'", text.chars().take(80).collect::<String>()),
            Value::Array(_) => "a list".to_owned(),
            Value::Object(_) => "an object".to_owned(),
        };
        problems.add(&self.pointer, format!("must be {must}, and is {found}"));
        None
    }

    pub(super) fn object(&self, problems: &mut Problems) -> Option<Object<'v>> {
        match self.value {
            Value::Object(map) => Some(Object { pointer: self.pointer.clone(), map, known: Vec::new() }),
            _ => self.wrong(problems, "an object"),
        }
    }

    /// A list of `1..=longest` values; `limit` names the upper bound.
    pub(super) fn list(&self, longest: usize, limit: &str, problems: &mut Problems) -> Option<Vec<At<'v>>> {
        let Value::Array(values) = self.value else { return self.wrong(problems, "a list") };
        if values.is_empty() {
            problems.add(&self.pointer, "is empty: name at least one, or leave the field out");
            return None;
        }
        if values.len() > longest {
            problems
                .add(&self.pointer, format!("has {} entries, and {longest} are allowed (limit {limit})", values.len()));
            return None;
        }
        let at = |(index, value)| At { pointer: format!("{}/{index}", self.pointer), value };
        Some(values.iter().enumerate().map(at).collect())
    }

    /// A list of names, none twice. All entries are looked at, also after a bad one.
    pub(super) fn names<N>(&self, longest: usize, limit: &str, problems: &mut Problems) -> Option<Vec<N>>
    where
        N: TryFrom<String> + Eq + Hash + Clone + Display,
        N::Error: Display,
    {
        let entries = self.list(longest, limit, problems)?;
        let mut seen = HashSet::new();
        let mut names = Vec::with_capacity(entries.len());
        for entry in &entries {
            let Some(name) = entry.name::<N>(problems) else { continue };
            if seen.insert(name.clone()) {
                names.push(name);
            } else {
                problems.add(&entry.pointer, format!("'{name}' stands here twice: keep one"));
            }
        }
        (names.len() == entries.len()).then_some(names)
    }

    pub(super) fn name<N>(&self, problems: &mut Problems) -> Option<N>
    where
        N: TryFrom<String>,
        N::Error: Display,
    {
        let Value::String(text) = self.value else { return self.wrong(problems, "a text") };
        N::try_from(text.clone()).map_err(|error| problems.add(&self.pointer, error.to_string())).ok()
    }

    /// A text that people read: not empty, no control characters but line feeds, bounded.
    pub(super) fn text(&self, problems: &mut Problems) -> Option<String> {
        let longest = problems.limits.text_chars;
        let Value::String(text) = self.value else { return self.wrong(problems, "a text") };
        let length = text.chars().count();
        if text.trim().is_empty() {
            problems.add(&self.pointer, "is empty: write something");
        } else if length > longest {
            problems.add(
                &self.pointer,
                format!("is {length} characters long, and {longest} are allowed (limit text_chars)"),
            );
        } else if text.chars().any(|c| c.is_control() && c != '\n') {
            problems.add(&self.pointer, "holds a control character: leave it out");
        } else {
            return Some(text.clone());
        }
        None
    }

    pub(super) fn integer(&self, range: RangeInclusive<u32>, problems: &mut Problems) -> Option<u32> {
        let number = self.value.as_u64().and_then(|number| u32::try_from(number).ok());
        match number.filter(|number| range.contains(number)) {
            Some(number) => Some(number),
            None => self.wrong(problems, &format!("a whole number from {} to {}", range.start(), range.end())),
        }
    }

    pub(super) fn one_of_numbers(&self, choices: &[u32], problems: &mut Problems) -> Option<u32> {
        let number = self.value.as_u64().and_then(|number| u32::try_from(number).ok());
        match number.filter(|number| choices.contains(number)) {
            Some(number) => Some(number),
            None => {
                let choices: Vec<String> = choices.iter().map(ToString::to_string).collect();
                self.wrong(problems, &format!("one of {}", choices.join(", ")))
            }
        }
    }

    pub(super) fn one_of<T: Copy>(&self, choices: &[(&str, T)], problems: &mut Problems) -> Option<T> {
        let found = self.value.as_str().and_then(|text| choices.iter().find(|(name, _)| *name == text));
        match found {
            Some((_, value)) => Some(*value),
            None => {
                let names: Vec<String> = choices.iter().map(|(name, _)| format!("'{name}'")).collect();
                self.wrong(problems, &names.join(" or "))
            }
        }
    }
}

/// An object whose fields are asked for one by one; what nobody asked for is a problem at the end.
#[derive(Debug)]
pub(super) struct Object<'v> {
    pub(super) pointer: String,
    map: &'v Map<String, Value>,
    known: Vec<&'static str>,
}

impl<'v> Object<'v> {
    pub(super) fn optional(&mut self, key: &'static str) -> Option<At<'v>> {
        self.known.push(key);
        let value = self.map.get(key)?;
        Some(At { pointer: format!("{}/{}", self.pointer, token(key)), value })
    }

    pub(super) fn required(&mut self, key: &'static str, problems: &mut Problems) -> Option<At<'v>> {
        let found = self.optional(key);
        if found.is_none() {
            problems.add(&self.pointer, format!("lacks '{key}': add it"));
        }
        found
    }

    pub(super) fn finish(self, problems: &mut Problems) {
        for key in self.map.keys().filter(|key| !self.known.contains(&key.as_str())) {
            let shown: String = key.chars().take(80).collect();
            problems.add(
                &format!("{}/{}", self.pointer, token(key)),
                format!("no field is called '{shown}' here: the fields are {}", self.known.join(", ")),
            );
        }
    }
}
