//! Who a record is.

use model::{EventId, SessionId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Who a record is, for its whole journey. As text, `event:<session>-<sequence>` or `content:<32 hex digits>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Identity {
    /// The event id header: session and number within it.
    Event(EventId),
    /// Keyed hash of key, value and event time.
    Content(u128),
}

impl Identity {
    /// Session and sequence, or the hash, as one number.
    #[must_use]
    pub fn bits(&self) -> u128 {
        match self {
            Self::Event(id) => u128::from_be_bytes(id.to_bytes()),
            Self::Content(hash) => *hash,
        }
    }

    pub(crate) fn event(bits: u128) -> Self {
        let bytes = bits.to_be_bytes();
        Self::Event(EventId::from_bytes(&bytes).expect("sixteen bytes are an event id"))
    }

    pub(crate) fn is_event(&self) -> bool {
        matches!(self, Self::Event(_))
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(id) => write!(f, "event:{id}"),
            Self::Content(hash) => write!(f, "content:{hash:032x}"),
        }
    }
}

impl From<Identity> for String {
    fn from(identity: Identity) -> Self {
        identity.to_string()
    }
}

/// A text is not an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "an identity is 'event:', a session of 16 hexadecimal digits, '-' and a number, or 'content:' and 32 hexadecimal digits"
)]
pub struct IdentityError;

impl FromStr for Identity {
    type Err = IdentityError;

    fn from_str(text: &str) -> Result<Self, IdentityError> {
        let hex = |digits: &str, length: usize| {
            let plain = digits.len() == length && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            plain.then(|| u128::from_str_radix(digits, 16).ok()).flatten()
        };
        let parsed = if let Some(hash) = text.strip_prefix("content:") {
            hex(hash, 32).map(Self::Content)
        } else {
            text.strip_prefix("event:").and_then(|id| id.split_once('-')).and_then(|(session, sequence)| {
                let session = SessionId(u64::try_from(hex(session, 16)?).ok()?);
                let sequence =
                    sequence.bytes().all(|digit| digit.is_ascii_digit()).then_some(sequence)?.parse().ok()?;
                Some(Self::Event(EventId { session, sequence }))
            })
        };
        parsed.ok_or(IdentityError)
    }
}

impl TryFrom<String> for Identity {
    type Error = IdentityError;

    fn try_from(text: String) -> Result<Self, IdentityError> {
        text.parse()
    }
}
