//! Writing, compact, as Jackson does.

use super::Json;
use crate::SchemaError;
use crate::limits::bounded;
use std::fmt::Write as _;

/// Appends a value that stands `depth` levels deep.
///
/// # Errors
/// When the value nests deeper than `max_depth` there.
pub(crate) fn write(value: &Json, depth: usize, max_depth: usize, out: &mut String) -> Result<(), SchemaError> {
    match value {
        Json::Null => out.push_str("null"),
        Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Json::Number(number) => out.push_str(&number.render()),
        Json::Text(text) => quote(text, out),
        Json::Array(items) => {
            bounded("max_depth", depth + 1, max_depth, "levels")?;
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(item, depth + 1, max_depth, out)?;
            }
            out.push(']');
        }
        Json::Object(object) => {
            bounded("max_depth", depth + 1, max_depth, "levels")?;
            out.push('{');
            for (at, (key, value)) in object.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                quote(key, out);
                out.push(':');
                write(value, depth + 1, max_depth, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

/// Appends a text in quotes; only what JSON demands is escaped.
pub(crate) fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => write!(out, "\\u{:04X}", u32::from(c)).expect("a String takes every text"),
            c => out.push(c),
        }
    }
    out.push('"');
}
