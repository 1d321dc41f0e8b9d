//! From text to a tree of values, within limits that hold while reading: nothing is built first and measured then.

use super::{InvalidPipeline, Limits, Problem};
use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 8259.
    Json,
    /// YAML 1.2, one document; tags are refused.
    Yaml,
}

impl Format {
    /// JSON when the first visible character opens an object, else YAML.
    #[must_use]
    pub fn guess(text: &str) -> Self {
        if text.trim_start().starts_with('{') { Self::Json } else { Self::Yaml }
    }
}

/// The YAML scanner looks at every open bracket again for each new token, so 200 kB of them cost it half a minute.
/// Brackets are counted as they stand, in texts and comments too: whether one is open is for the scanner to know.
const MOST_BRACKETS: usize = 5_000;

pub(super) fn read(text: &str, format: Format, limits: &Limits) -> Result<Value, InvalidPipeline> {
    if text.len() > limits.document_bytes {
        let message = format!(
            "is {} bytes long, and {} are allowed (limit document_bytes): split the pipeline",
            text.len(),
            limits.document_bytes
        );
        return Err(alone(String::new(), message));
    }
    let brackets = text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count();
    if format == Format::Yaml && brackets > MOST_BRACKETS {
        let message =
            format!("holds {brackets} '[' and '{{', and {MOST_BRACKETS} are allowed in YAML: write JSON, or indent");
        return Err(alone(String::new(), message));
    }
    let mut meter = Meter { limits, depth: 0, values: 0, path: Vec::new(), twice: Vec::new() };
    let value = match format {
        Format::Json => {
            let mut deserializer = serde_json::Deserializer::from_str(text);
            Node(&mut meter)
                .deserialize(&mut deserializer)
                .and_then(|value| deserializer.end().map(|()| value))
                .map_err(|error| error.to_string())
        }
        Format::Yaml => {
            Node(&mut meter).deserialize(yaml_serde::Deserializer::from_str(text)).map_err(|error| error.to_string())
        }
    };
    let value = value.map_err(|message| alone(meter.pointer(), message))?;
    if meter.twice.is_empty() {
        Ok(value)
    } else {
        let more = meter.twice.len().saturating_sub(limits.problems);
        meter.twice.truncate(limits.problems);
        Err(InvalidPipeline { problems: meter.twice, more })
    }
}

fn alone(pointer: String, message: String) -> InvalidPipeline {
    InvalidPipeline { problems: vec![Problem { pointer, message }], more: 0 }
}

/// One reference token of a JSON Pointer, escaped.
pub(super) fn token(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

struct Meter<'l> {
    limits: &'l Limits,
    depth: usize,
    values: usize,
    path: Vec<String>,
    twice: Vec<Problem>,
}

impl Meter<'_> {
    fn pointer(&self) -> String {
        self.path.iter().fold(String::new(), |pointer, key| pointer + "/" + &token(key))
    }

    fn count<E: de::Error>(&mut self) -> Result<(), E> {
        self.values += 1;
        if self.values > self.limits.values {
            let allowed = self.limits.values;
            return Err(E::custom(format!("more than {allowed} values, aliases included (limit values)")));
        }
        Ok(())
    }

    fn enter<E: de::Error>(&mut self) -> Result<(), E> {
        self.depth += 1;
        if self.depth > self.limits.depth {
            return Err(E::custom(format!("more than {} levels within each other (limit depth)", self.limits.depth)));
        }
        Ok(())
    }
}

/// Reads one value and counts it before it is built.
struct Node<'m, 'l>(&'m mut Meter<'l>);

impl<'de> DeserializeSeed<'de> for Node<'_, '_> {
    type Value = Value;
    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.0.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object, a list, a text, a number, true, false or null, without a tag")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        serde_json::Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number must be finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        self.0.enter()?;
        let mut values = Vec::new();
        loop {
            self.0.path.push(values.len().to_string());
            let Some(value) = list.next_element_seed(Node(self.0))? else { break };
            self.0.path.pop();
            values.push(value);
        }
        self.0.path.pop();
        self.0.depth -= 1;
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        self.0.enter()?;
        let mut values = Map::new();
        while let Some(key) = object.next_key::<String>()? {
            self.0.count()?;
            self.0.path.push(key.clone());
            let value = object.next_value_seed(Node(self.0))?;
            if values.contains_key(&key) {
                let pointer = self.0.pointer();
                self.0.twice.push(Problem { pointer, message: "this key stands here twice: keep one".to_owned() });
            }
            self.0.path.pop();
            values.insert(key, value);
        }
        self.0.depth -= 1;
        Ok(Value::Object(values))
    }
}
