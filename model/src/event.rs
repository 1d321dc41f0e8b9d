//! Who an event is: the producer's session and the event's number in it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The record header that carries an [`EventId`], 16 bytes: session and sequence, both big-endian.
pub const EVENT_ID_HEADER: &str = "waybill-event-id";

/// One run of one producer: 64 random bits, drawn when the producer starts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(pub u64);

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({self})")
    }
}

/// Sixteen lower-case hexadecimal digits.
impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Names one event for its whole journey. A producer that sends an event again keeps its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EventId {
    /// The producer's run that made the event.
    pub session: SessionId,
    /// Counts the events of that run from 0.
    pub sequence: u64,
}

impl EventId {
    /// The header's value: session, then sequence, big-endian.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        ((u128::from(self.session.0) << 64) | u128::from(self.sequence)).to_be_bytes()
    }

    /// Reads a header's value; `None` unless it is exactly 16 bytes long.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (session, sequence) = bytes.split_first_chunk::<8>()?;
        let sequence: [u8; 8] = sequence.try_into().ok()?;
        Some(Self { session: SessionId(u64::from_be_bytes(*session)), sequence: u64::from_be_bytes(sequence) })
    }
}

/// `session-sequence`: sixteen hexadecimal digits, a dash, a decimal number.
impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.session, self.sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_id_survives_its_header() {
        let id = EventId { session: SessionId(0x0123_4567_89ab_cdef), sequence: 42 };
        assert_eq!(EventId::from_bytes(&id.to_bytes()), Some(id));
        assert_eq!(id.to_string(), "0123456789abcdef-42");
    }

    #[test]
    fn a_header_of_another_length_is_no_event_id() {
        for length in [0, 8, 15, 17, 32] {
            assert_eq!(EventId::from_bytes(&vec![7; length]), None, "{length} bytes");
        }
    }
}
