//! Whether readers and writers of two versions understand each other: all findings, with places and values.

mod avro;
mod level;
mod message;

pub use level::{Level, UnknownLevel};

use crate::ParsedSchema;
use serde::Serialize;
use serde_json::Value;

/// An earlier version of the same subject.
#[derive(Clone, Copy, Debug)]
pub struct Previous<'a> {
    /// Its version number.
    pub version: i32,
    /// Its schema.
    pub schema: &'a ParsedSchema,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Whether the new schema may follow the earlier ones.
    pub compatible: bool,
    /// Everything that speaks against it, each thing once. Under a transitive level, of the newest version that
    /// fails; versions before that one are not looked at.
    pub findings: Vec<Finding>,
    /// What leaves the verdict alone and changes what the data means.
    pub warnings: Vec<Finding>,
    /// Whether there are more findings than a report holds.
    pub truncated: bool,
    #[serde(skip)]
    messages: Vec<String>,
}

/// One difference between two schemas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// Who reads whom.
    pub direction: Direction,
    /// The earlier version that was compared.
    pub version: i32,
    /// JSON pointer into the resolved text of the schema that reads.
    pub reader_pointer: String,
    /// JSON pointer into the resolved text of the schema that wrote.
    pub writer_pointer: String,
    /// The path in Confluent's message: the way through the reading schema as if all names were written out. Inside
    /// a branch of a union it starts at the branch, as Java's does.
    pub path: String,
    /// What stands in the earlier schema; null if nothing does.
    pub old: Value,
    /// What stands in the new schema; null if nothing does.
    pub new: Value,
    /// The additional information of Confluent's message.
    pub detail: String,
}

/// Kinds of differences. The first six are Java Avro's, with its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// Records, enums or fixed types of different names, and no alias says that they are one.
    NameMismatch,
    /// Fixed types of different sizes.
    FixedSizeMismatch,
    /// The reader does not know all symbols of the writer, and has no default.
    MissingEnumSymbols,
    /// The writer does not write a field, and the reader has no default for it.
    ReaderFieldMissingDefaultValue,
    /// Types that cannot be promoted into each other.
    TypeMismatch,
    /// No branch of the reader's union takes what the writer may write.
    MissingUnionBranch,
    /// A field of the reader matches several fields of the writer by its name and aliases.
    AmbiguousFieldAlias,
    /// The pair passes [`Limits::max_comparisons`](crate::Limits::max_comparisons), and counts as incompatible.
    TooComplex,
    /// Warning: the logical type changed, so that the same number means something else.
    LogicalTypeChanged,
    /// Warning: precision or scale of a decimal changed.
    DecimalChanged,
}

/// Who reads whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The new schema reads data of the old one.
    Backward,
    /// The old schema reads data of the new one.
    Forward,
}

/// Checks a new schema against earlier versions, given in any order.
///
/// [`Level::None`] looks at nothing, the plain levels at the highest version, the transitive ones at all, newest
/// first, up to the first that fails. To test one version whatever the level, pass that one alone.
#[must_use]
pub fn check(level: Level, new: &ParsedSchema, previous: &[Previous<'_>]) -> Report {
    let mut newest_first = previous.to_vec();
    newest_first.sort_by_key(|previous| std::cmp::Reverse(previous.version));
    if !level.is_transitive() {
        newest_first.truncate(1);
    }
    let mut report =
        Report { compatible: true, findings: Vec::new(), warnings: Vec::new(), truncated: false, messages: Vec::new() };
    for previous in newest_first {
        report.compare(level, new, previous);
        if !report.compatible {
            break;
        }
    }
    report
}

impl Report {
    /// The findings as Confluent's registry words them, with its closing items; empty if compatible.
    #[must_use]
    pub fn confluent_messages(&self) -> &[String] {
        &self.messages
    }

    fn compare(&mut self, level: Level, new: &ParsedSchema, previous: Previous<'_>) {
        // Confluent asks forward first, and names the earlier schema only after findings of the last question.
        let mut named = false;
        for direction in level.directions() {
            let (reader, writer) = match direction {
                Direction::Backward => (new, previous.schema),
                Direction::Forward => (previous.schema, new),
            };
            let outcome = avro::compare(reader, writer, *direction, previous.version, new.limits());
            self.warnings.extend(outcome.warnings);
            self.truncated |= outcome.truncated;
            named = !outcome.findings.is_empty();
            let words = outcome.sequence.iter().map(|at| message::render(&outcome.findings[*at]));
            self.messages.extend(words);
            self.findings.extend(outcome.findings);
        }
        self.compatible = self.findings.is_empty();
        if named {
            self.messages.extend(message::earlier(previous));
        }
        if !self.compatible {
            self.messages.push(message::closing(level));
        }
    }
}
