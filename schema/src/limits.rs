//! Bounds on untrusted schemas.

use crate::SchemaError;

/// Bounds on one schema together with everything that it refers to. A text inside the bounds is read in
/// bounded time, memory and stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Size of one schema text, in bytes of UTF-8. Default 1 MiB.
    pub max_bytes: usize,
    /// Nesting of arrays and objects in a text, in the text that is rendered from it, and of values in a default, in
    /// levels. Default 256.
    pub max_depth: usize,
    /// Types in a schema and its references, each use of a primitive counted, in types. Default 100,000.
    pub max_nodes: usize,
    /// Record fields in a schema and its references, in fields. Default 50,000.
    pub max_fields: usize,
    /// Enum symbols in a schema and its references, in symbols. Default 50,000.
    pub max_symbols: usize,
    /// Named types and their aliases in a schema and its references, in names. Default 20,000.
    pub max_names: usize,
    /// Schemas that a schema refers to, directly or not, in references. Default 500.
    pub max_references: usize,
    /// Work spent on checking the defaults of one schema and comparing types defined twice, in values looked at.
    /// Default 2,000,000.
    pub max_steps: usize,
    /// Work spent on comparing one pair of schemas in one direction, in types and fields compared.
    /// Default 2,000,000.
    pub max_comparisons: usize,
    /// Findings kept for one pair of schemas in one direction, in findings. The verdict never depends on it.
    /// Default 1,000.
    pub max_findings: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: 1 << 20,
            max_depth: 256,
            max_nodes: 100_000,
            max_fields: 50_000,
            max_symbols: 50_000,
            max_names: 20_000,
            max_references: 500,
            max_steps: 2_000_000,
            max_comparisons: 2_000_000,
            max_findings: 1_000,
        }
    }
}

/// `Ok` while `count` does not pass `max`.
pub(crate) fn bounded(limit: &'static str, count: usize, max: usize, unit: &'static str) -> Result<(), SchemaError> {
    if count > max { Err(SchemaError::Limit { limit, max, unit }) } else { Ok(()) }
}
