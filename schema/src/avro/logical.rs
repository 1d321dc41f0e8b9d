//! Logical types: what the bytes mean. They never change the verdict, only warnings and the normalized text.

use super::{Json, Kind, Primitive};

/// A logical type that is valid where it stands; an invalid one is a custom property and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Logical {
    Decimal {
        precision: i32,
        scale: i32,
    },
    /// Any other that Java Avro knows, by its name.
    Plain(&'static str),
}

impl Logical {
    /// The logical type that a node's properties give it.
    pub(super) fn of(kind: &Kind, props: &[(String, Json)]) -> Option<Self> {
        let prop = |name: &str| props.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        let written = prop("logicalType")?.as_text()?;
        if written == "decimal" {
            return decimal(kind, prop("precision"), prop("scale"));
        }
        let name = PLAIN.into_iter().find(|name| *name == written)?;
        let fits = match (name, kind) {
            ("date" | "time-millis", Kind::Primitive(Primitive::Int))
            | ("uuid", Kind::Primitive(Primitive::String))
            | ("big-decimal", Kind::Primitive(Primitive::Bytes)) => true,
            ("uuid", Kind::Fixed(fixed)) => fixed.size == 16,
            ("duration", Kind::Fixed(fixed)) => fixed.size == 12,
            ("date" | "time-millis" | "uuid" | "big-decimal" | "duration", _) => false,
            (_, Kind::Primitive(Primitive::Long)) => true,
            _ => false,
        };
        fits.then_some(Self::Plain(name))
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Decimal { .. } => "decimal",
            Self::Plain(name) => name,
        }
    }
}

const PLAIN: [&str; 12] = [
    "big-decimal",
    "date",
    "duration",
    "local-timestamp-micros",
    "local-timestamp-millis",
    "local-timestamp-nanos",
    "time-micros",
    "time-millis",
    "timestamp-micros",
    "timestamp-millis",
    "timestamp-nanos",
    "uuid",
];

fn decimal(kind: &Kind, precision: Option<&Json>, scale: Option<&Json>) -> Option<Logical> {
    let precision = precision?.as_i32()?;
    let scale = scale.map_or(Some(0), Json::as_i32)?;
    let max = match kind {
        Kind::Primitive(Primitive::Bytes) => i64::MAX,
        Kind::Fixed(fixed) => max_precision(fixed.size),
        _ => return None,
    };
    let fits = precision > 0 && i64::from(precision) <= max && (0..=precision).contains(&scale);
    fits.then_some(Logical::Decimal { precision, scale })
}

/// Decimal digits that always fit a two's complement number of so many bytes.
fn max_precision(bytes: i32) -> i64 {
    let digits = ((f64::from(bytes) * 8.0 - 1.0) * std::f64::consts::LOG10_2).floor();
    #[expect(clippy::cast_possible_truncation, reason = "the largest fixed type has fewer than 2^33 digits")]
    let digits = digits as i64;
    digits.max(0)
}
