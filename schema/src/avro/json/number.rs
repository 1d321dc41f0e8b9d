//! Numbers: which of Jackson's kinds a literal is, and how Java prints it.

/// A number, in the kind that Jackson would choose for its literal.
#[derive(Clone, Debug)]
pub(crate) enum Number {
    /// An integer of at most 64 bits.
    Integer(i64),
    /// A longer integer: its literal.
    Big(String),
    /// Anything with a fraction or an exponent.
    Double(f64),
    /// A default of a float field, once normalized.
    Float(f32),
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => a == b,
            (Self::Big(a), Self::Big(b)) => a == b,
            // Java's Double.equals: NaN equals itself, 0.0 and -0.0 differ.
            (Self::Double(a), Self::Double(b)) => a.to_bits() == b.to_bits(),
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            _ => false,
        }
    }
}

impl Number {
    /// Reads a literal that already follows the grammar of JSON.
    pub(super) fn from_literal(literal: &str) -> Self {
        if literal.contains(['.', 'e', 'E']) {
            return Self::Double(literal.parse().unwrap_or(f64::NAN));
        }
        literal.parse().map_or_else(|_| Self::Big(literal.to_owned()), Self::Integer)
    }

    pub(super) fn render(&self) -> String {
        match self {
            Self::Integer(value) => value.to_string(),
            Self::Big(literal) => literal.clone(),
            Self::Double(value) if value.is_finite() => java_f64(*value),
            Self::Float(value) if value.is_finite() => java_f32(*value),
            Self::Double(value) => format!("\"{}\"", non_finite(*value)),
            Self::Float(value) => format!("\"{}\"", non_finite(f64::from(*value))),
        }
    }
}

fn non_finite(value: f64) -> &'static str {
    if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}

/// `Double.toString` since Java 19: the shortest decimal that reads back, of at least two digits.
fn java_f64(value: f64) -> String {
    let shortest = format!("{value:e}");
    java_decimal(if shortest.contains('.') { shortest } else { format!("{value:.1e}") })
}

/// `Float.toString` since Java 19.
fn java_f32(value: f32) -> String {
    let shortest = format!("{value:e}");
    java_decimal(if shortest.contains('.') { shortest } else { format!("{value:.1e}") })
}

/// Turns `-1.25e-7` into Java's form: plain between 10^-3 and 10^7, else with `E`.
fn java_decimal(scientific: String) -> String {
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    if !(-3..7).contains(&exponent) {
        return format!("{sign}{mantissa}E{exponent}");
    }
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_end_matches('0');
    let point = usize::try_from(exponent + 1).unwrap_or(0);
    let (whole, fraction) = if exponent < 0 {
        let zeros = usize::try_from(-exponent - 1).unwrap_or(0);
        ("0".to_owned(), format!("{}{digits}", "0".repeat(zeros)))
    } else if digits.len() <= point {
        (format!("{digits:0<point$}"), String::new())
    } else {
        (digits[..point].to_owned(), digits[point..].to_owned())
    };
    let whole = if whole.is_empty() { "0" } else { &whole };
    format!("{sign}{whole}.{}", if fraction.is_empty() { "0" } else { &fraction })
}

/// `Double.parseDouble` without hexadecimal literals: decimal, NaN or Infinity, with surrounding white space and a
/// type suffix allowed.
pub(crate) fn parse_java_double(text: &str) -> Option<f64> {
    let text = text.trim_matches(|c| c <= ' ');
    let (sign, rest) = match text.as_bytes().first()? {
        b'-' => (-1.0, &text[1..]),
        b'+' => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    match rest {
        "NaN" => return Some(f64::NAN),
        "Infinity" => return Some(sign * f64::INFINITY),
        _ => {}
    }
    let literal = rest.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(rest);
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
    if !literal.starts_with(|c: char| c.is_ascii_digit() || c == '.') || !literal.chars().all(plain) {
        return None;
    }
    literal.parse::<f64>().ok().map(|value| sign * value)
}
