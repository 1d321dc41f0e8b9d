//! Names and ids, each a type of its own so that one is never taken for another.

use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// Why a text is not a name; the message says what a name may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameError {
    noun: &'static str,
    text: String,
    rule: &'static str,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: String = self.text.chars().take(80).collect();
        write!(f, "'{shown}' is not a {}: it must be {}", self.noun, self.rule)
    }
}

impl std::error::Error for NameError {}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $noun:literal, $rule:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(String);

        impl $type {
            /// Checks a text against the rule for this name.
            ///
            /// # Errors
            /// When the text breaks the rule; the error quotes it.
            pub fn new(text: impl Into<String>) -> Result<Self, NameError> {
                let text = text.into();
                let valid: fn(&str) -> bool = $valid;
                if valid(&text) { Ok(Self(text)) } else { Err(NameError { noun: $noun, text, rule: $rule }) }
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $type {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> Self {
                name.0
            }
        }

        impl std::str::FromStr for $type {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

fn is_label(text: &str, longest: usize) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=longest).contains(&text.len()) && text.chars().all(plain) && !text.starts_with('-') && !text.ends_with('-')
}

/// Kafka's rule, from its `Topic` class: letters, digits, `.`, `_` and `-`, 1 to 249 of them, not `.` or `..`.
fn is_topic(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=249).contains(&text.len()) && text.chars().all(plain) && text != "." && text != ".."
}

name! {
    /// Whose data it is. Every stored row and every event carries one.
    Tenant, "tenant", "1 to 63 lower-case letters, digits or dashes, with no dash at an end", |text| is_label(text, 63)
}

name! {
    /// One log cluster along a road, as `ewr` or `aggregate`.
    ClusterName, "cluster", "1 to 63 lower-case letters, digits or dashes, with no dash at an end", |text| is_label(text, 63)
}

name! {
    /// A topic as clients call it. It may be given to a new topic after a deletion: a topic *is* its [`TopicId`].
    TopicName, "topic", "1 to 249 letters, digits, dots, underscores or dashes, and neither '.' nor '..'", is_topic
}

/// The tenant of a deployment that has only one.
impl Default for Tenant {
    fn default() -> Self {
        Self("default".to_owned())
    }
}

/// What a topic is. Drawn at random when the topic is made, and never given to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TopicId(pub Uuid);

impl fmt::Display for TopicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_follow_kafkas_rule() {
        for good in ["a", "flight.departed", "__consumer_offsets", "A-1_b.c", &"x".repeat(249)] {
            assert!(TopicName::new(good).is_ok(), "{good}");
        }
        for bad in ["", ".", "..", "a b", "a/b", "é", &"x".repeat(250)] {
            assert!(TopicName::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn labels_are_lower_case_and_short() {
        for good in ["ewr", "a-1", &"x".repeat(63)] {
            assert!(ClusterName::new(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "EWR", "a_b", &"x".repeat(64)] {
            assert!(ClusterName::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_error_says_what_a_name_may_be() {
        let error = TopicName::new("a b").unwrap_err();
        assert_eq!(
            error.to_string(),
            "'a b' is not a topic: it must be 1 to 249 letters, digits, dots, underscores or dashes, and neither '.' nor '..'"
        );
    }
}
