//! From the walk to findings: values, pointers, details.

use super::walk::{Stop, Walk};
use super::{Raw, What};
use crate::avro::{Avro, Kind as Type, Logical, NodeId};
use crate::compatibility::{Direction, Finding, Kind};
use crate::{Limits, ParsedSchema};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};

/// What one question about one pair of schemas brought.
pub(in crate::compatibility) struct Outcome {
    /// Each finding once.
    pub(in crate::compatibility) findings: Vec<Finding>,
    /// Indexes of the findings in Java's order, which repeats some.
    pub(in crate::compatibility) sequence: Vec<usize>,
    pub(in crate::compatibility) warnings: Vec<Finding>,
    pub(in crate::compatibility) truncated: bool,
}

/// Compares two schemas in one direction.
pub(in crate::compatibility) fn compare(
    reader: &ParsedSchema,
    writer: &ParsedSchema,
    direction: Direction,
    version: i32,
    limits: &Limits,
) -> Outcome {
    let mut walk = Walk::new(reader.avro(), writer.avro(), limits);
    let stopped = walk.run();
    let scene = Scene { reader: reader.avro(), writer: writer.avro(), direction, version, limits };
    let mut outcome =
        Outcome { findings: Vec::new(), sequence: Vec::new(), warnings: Vec::new(), truncated: walk.truncated };
    match stopped {
        Ok(sequence) => {
            let mut places = HashMap::new();
            for raw in sequence.iter().map(|at| walk.raws[*at as usize]) {
                let place = *places.entry(raw).or_insert_with(|| {
                    outcome.findings.push(scene.finding(raw, walk.paths.render(raw.path)));
                    outcome.findings.len() - 1
                });
                outcome.sequence.push(place);
            }
        }
        Err(stop) => {
            let path = if let Stop::Ambiguous { path, .. } = stop { walk.paths.render(path) } else { "/".to_owned() };
            outcome.findings.push(scene.stopped(&stop, path));
            outcome.sequence.push(0);
        }
    }
    let mut seen = HashSet::new();
    for (reads, wrote, path) in &walk.warnings {
        if seen.insert((*reads, *wrote)) && outcome.warnings.len() < limits.max_findings {
            outcome.warnings.push(scene.warning(*reads, *wrote, walk.paths.render(*path)));
        }
    }
    outcome
}

struct Scene<'a> {
    reader: &'a Avro,
    writer: &'a Avro,
    direction: Direction,
    version: i32,
    limits: &'a Limits,
}

impl Scene<'_> {
    fn finding(&self, raw: Raw, path: String) -> Finding {
        let (reads, wrote) = (self.reader.kind(raw.reader), self.writer.kind(raw.writer));
        let (reader_at, writer_at) = (self.reader.pointer(raw.reader), self.writer.pointer(raw.writer));
        let (kind, suffixes, values, detail) = match raw.what {
            What::Name => {
                let (reads, wrote) = (full_name(reads), full_name(wrote));
                let detail = format!("expected: {wrote}");
                (Kind::NameMismatch, ["/name", "/name"].map(String::from), (json!(reads), json!(wrote)), detail)
            }
            What::Size => {
                let (reads, wrote) = (size(reads), size(wrote));
                let detail = format!("expected: {wrote}, found: {reads}");
                (Kind::FixedSizeMismatch, ["/size", "/size"].map(String::from), (json!(reads), json!(wrote)), detail)
            }
            What::Symbols => {
                let detail = missing_symbols(reads, wrote);
                let values = (symbols(reads), symbols(wrote));
                (Kind::MissingEnumSymbols, ["/symbols", "/symbols"].map(String::from), values, detail)
            }
            What::Default(at) => {
                let name = field_name(reads, at);
                let suffixes = [format!("/fields/{at}"), "/fields".to_owned()];
                (Kind::ReaderFieldMissingDefaultValue, suffixes, (json!(name), Value::Null), name)
            }
            What::Type => {
                let (reads, wrote) = (type_name(reads), type_name(wrote));
                let detail = format!("reader type: {reads} not compatible with writer type: {wrote}");
                (Kind::TypeMismatch, [String::new(), String::new()], (json!(reads), json!(wrote)), detail)
            }
            What::Branch(branch) => return self.missing_branch(raw, branch, path),
        };
        let [reader_end, writer_end] = suffixes;
        self.place(kind, path, reader_at + &reader_end, writer_at + &writer_end, values, detail)
    }

    fn missing_branch(&self, raw: Raw, branch: NodeId, path: String) -> Finding {
        let lacking = self.writer.kind(branch);
        let branches = match self.reader.kind(raw.reader) {
            Type::Union(branches) => branches.iter().map(|id| json!(label(self.reader.kind(*id)))).collect(),
            _ => Vec::new(),
        };
        let values = (Value::Array(branches), json!(label(lacking)));
        let detail = format!("reader union lacking writer type: {}", type_name(lacking));
        let (reader_at, writer_at) = (self.reader.pointer(raw.reader), self.writer.pointer(branch));
        self.place(Kind::MissingUnionBranch, path, reader_at, writer_at, values, detail)
    }

    fn stopped(&self, stop: &Stop, path: String) -> Finding {
        match *stop {
            Stop::TooComplex => {
                let max = self.limits.max_comparisons;
                let detail = format!("the schemas pass the limit max_comparisons of {max} types and fields compared");
                self.place(Kind::TooComplex, path, String::new(), String::new(), (Value::Null, Value::Null), detail)
            }
            Stop::Ambiguous { reader, writer, field, .. } => {
                let reads = self.reader.kind(reader);
                let Type::Record(record) = reads else {
                    return self.place(
                        Kind::AmbiguousFieldAlias,
                        path,
                        String::new(),
                        String::new(),
                        (Value::Null, Value::Null),
                        String::new(),
                    );
                };
                let known = &record.fields[field];
                let written = self.writer.text_of(writer, self.limits).unwrap_or_default();
                let detail = format!(
                    "Reader record field {} type:{} pos:{field} matches multiple fields in writer record schema {written}",
                    known.name,
                    type_name(self.reader.kind(known.schema)),
                );
                let reader_at = format!("{}/fields/{field}", self.reader.pointer(reader));
                let writer_at = format!("{}/fields", self.writer.pointer(writer));
                let names: Vec<&String> = std::iter::once(&known.name).chain(&known.aliases).collect();
                let values = (json!(names), Value::Null);
                self.place(Kind::AmbiguousFieldAlias, path, reader_at, writer_at, values, detail)
            }
        }
    }

    fn warning(&self, reads: NodeId, wrote: NodeId, path: String) -> Finding {
        let (reader, writer) = (&self.reader.node(reads).logical, &self.writer.node(wrote).logical);
        let (old, new) = (logical(writer.as_ref()), logical(reader.as_ref()));
        let kind = match (reader, writer) {
            (Some(Logical::Decimal { .. }), Some(Logical::Decimal { .. })) => Kind::DecimalChanged,
            _ => Kind::LogicalTypeChanged,
        };
        let detail = format!("written as {old}, read as {new}");
        let (reader_at, writer_at) = (self.reader.pointer(reads), self.writer.pointer(wrote));
        self.place(kind, path, reader_at, writer_at, (json!(new), json!(old)), detail)
    }

    fn place(
        &self,
        kind: Kind,
        path: String,
        reader_pointer: String,
        writer_pointer: String,
        (reads, wrote): (Value, Value),
        detail: String,
    ) -> Finding {
        let (direction, version) = (self.direction, self.version);
        let (old, new) = match direction {
            Direction::Backward => (wrote, reads),
            Direction::Forward => (reads, wrote),
        };
        Finding { kind, direction, version, reader_pointer, writer_pointer, path, old, new, detail }
    }
}

fn type_name(kind: &Type) -> String {
    kind.type_name().to_uppercase()
}

fn full_name(kind: &Type) -> &str {
    kind.named().map_or("", |named| named.name.full())
}

/// The name of a named type, or the type.
fn label(kind: &Type) -> &str {
    kind.named().map_or(kind.type_name(), |named| named.name.full())
}

fn size(kind: &Type) -> i32 {
    if let Type::Fixed(fixed) = kind { fixed.size } else { 0 }
}

fn symbols(kind: &Type) -> Value {
    if let Type::Enum(symbols) = kind { json!(symbols.symbols) } else { Value::Null }
}

/// The symbols that only the writer knows, as Java prints a sorted set.
fn missing_symbols(reads: &Type, wrote: &Type) -> String {
    let (Type::Enum(reads), Type::Enum(wrote)) = (reads, wrote) else { return String::new() };
    let mut missing: Vec<&str> =
        wrote.symbols.iter().filter(|symbol| !reads.known.contains(*symbol)).map(String::as_str).collect();
    missing.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
    format!("[{}]", missing.join(", "))
}

fn field_name(kind: &Type, at: usize) -> String {
    if let Type::Record(record) = kind { record.fields[at].name.clone() } else { String::new() }
}

fn logical(logical: Option<&Logical>) -> String {
    match logical {
        None => "a plain value".to_owned(),
        Some(Logical::Decimal { precision, scale }) => format!("decimal({precision}, {scale})"),
        Some(plain) => plain.name().to_owned(),
    }
}
