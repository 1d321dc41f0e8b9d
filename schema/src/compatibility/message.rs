//! Findings in the words of Confluent's registry, which clients show and some parse.

use super::{Direction, Finding, Kind, Level, Previous};

/// Longest schema text in a message, in UTF-16 code units; beyond it the text is cut.
const MAX_SCHEMA: usize = 10 * 1024;

/// One finding.
pub(super) fn render(finding: &Finding) -> String {
    let (reader, writer) = match finding.direction {
        Direction::Backward => ("new", "old"),
        Direction::Forward => ("old", "new"),
    };
    let (path, detail) = (&finding.path, &finding.detail);
    let description = match finding.kind {
        Kind::FixedSizeMismatch => format!(
            "The size of FIXED type field at path '{path}' in the {reader} schema does not match with the {writer} schema"
        ),
        Kind::TypeMismatch => format!(
            "The type (path '{path}') of a field in the {reader} schema does not match with the {writer} schema"
        ),
        Kind::NameMismatch => format!("The name of the schema has changed (path '{path}')"),
        Kind::MissingEnumSymbols => {
            format!("The {reader} schema is missing enum symbols '{detail}' at path '{path}' in the {writer} schema")
        }
        Kind::MissingUnionBranch => format!(
            "The {reader} schema is missing a type inside a union field at path '{path}' in the {writer} schema"
        ),
        Kind::ReaderFieldMissingDefaultValue => format!(
            "The field '{detail}' at path '{path}' in the {reader} schema has no default value and is missing in the \
             {writer} schema"
        ),
        Kind::AmbiguousFieldAlias | Kind::TooComplex => {
            return format!("Unexpected exception during compatibility check: {detail}");
        }
        Kind::LogicalTypeChanged => format!("The logical type at path '{path}' has changed"),
        Kind::DecimalChanged => format!("Precision or scale of the decimal at path '{path}' has changed"),
    };
    format!("{{errorType:'{}', description:'{description}', additionalInfo:'{detail}'}}", kind_name(finding.kind))
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::NameMismatch => "NAME_MISMATCH",
        Kind::FixedSizeMismatch => "FIXED_SIZE_MISMATCH",
        Kind::MissingEnumSymbols => "MISSING_ENUM_SYMBOLS",
        Kind::ReaderFieldMissingDefaultValue => "READER_FIELD_MISSING_DEFAULT_VALUE",
        Kind::TypeMismatch => "TYPE_MISMATCH",
        Kind::MissingUnionBranch => "MISSING_UNION_BRANCH",
        Kind::AmbiguousFieldAlias => "AMBIGUOUS_FIELD_ALIAS",
        Kind::TooComplex => "TOO_COMPLEX",
        Kind::LogicalTypeChanged => "LOGICAL_TYPE_CHANGED",
        Kind::DecimalChanged => "DECIMAL_CHANGED",
    }
}

/// The earlier schema: its version and its text, cut if it is long.
pub(super) fn earlier(previous: Previous<'_>) -> [String; 2] {
    let text = previous.schema.canonical();
    let version = format!("{{oldSchemaVersion: {}}}", previous.version);
    let mut units = 0;
    let cut = text.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > MAX_SCHEMA
    });
    match cut {
        None => [version, format!("{{oldSchema: '{text}'}}")],
        Some((end, _)) => [version, format!("{{oldSchema: <truncated> '{}...'}}", &text[..end])],
    }
}

/// The settings under which the check ran.
pub(super) fn closing(level: Level) -> String {
    format!("{{validateFields: 'false', compatibility: '{level}'}}")
}
