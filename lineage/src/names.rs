//! The names that a pipeline document gives; clusters and topics have theirs in `model`.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a text is not a name; the message says what a name may be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not a name of {noun}: it must be {rule}")]
pub struct InvalidName {
    noun: &'static str,
    text: String,
    rule: &'static str,
}

impl InvalidName {
    pub(crate) fn new(noun: &'static str, text: &str, rule: &'static str) -> Self {
        Self { noun, text: text.chars().take(80).collect(), rule }
    }
}

const LABEL: &str = "1 to 63 lower-case letters, digits or dashes, with no dash at an end";
const APPLICATION: &str = "1 to 127 letters, digits, dots, underscores or dashes";

fn is_label(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=63).contains(&text.len()) && text.chars().all(plain) && !text.starts_with('-') && !text.ends_with('-')
}

fn is_application(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=127).contains(&text.len()) && text.chars().all(plain)
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $noun:literal, $rule:expr, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(String);

        impl $type {
            /// Checks a text against the rule for this name.
            ///
            /// # Errors
            /// When the text breaks the rule; the error quotes it.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidName> {
                let text = text.into();
                let valid: fn(&str) -> bool = $valid;
                if valid(&text) { Ok(Self(text)) } else { Err(InvalidName::new($noun, &text, $rule)) }
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $type {
            type Error = InvalidName;
            fn try_from(text: String) -> Result<Self, InvalidName> {
                Self::new(text)
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> Self {
                name.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// A declared road, unique within a tenant.
    PipelineName, "a pipeline", LABEL, is_label
}

name! {
    /// A stage of one pipeline.
    StageName, "a stage", LABEL, is_label
}

name! {
    /// A program that writes or reads topics, as it calls itself.
    ApplicationName, "an application", APPLICATION, is_application
}

name! {
    /// A place where records leave the topics, such as an archive.
    SinkName, "a sink", LABEL, is_label
}

name! {
    /// Who is told of an alert: a webhook's name.
    ReceiverName, "a receiver", LABEL, is_label
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_on_both_sides_of_their_rules() {
        for good in ["a", "flights", "a-1", &"x".repeat(63)] {
            assert!(PipelineName::new(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "Flights", "a_b", "a/b", &"x".repeat(64)] {
            assert!(PipelineName::new(bad).is_err(), "{bad}");
        }
        for good in ["com.example.Tower", "a_b", &"x".repeat(127)] {
            assert!(ApplicationName::new(good).is_ok(), "{good}");
        }
        for bad in ["", "a b", "a/b", "a:b", &"x".repeat(128)] {
            assert!(ApplicationName::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_error_says_what_a_name_may_be() {
        assert_eq!(
            StageName::new("Regions").unwrap_err().to_string(),
            "'Regions' is not a name of a stage: it must be 1 to 63 lower-case letters, digits or dashes, with no dash at an end"
        );
    }
}
