//! One record as it is counted, who it is, and its digests.
//!
//! **Identity** is the event id where the record carries one, else the keyed hash of key, value and time: then two
//! equal records are two copies of one, and a corrupted record reads as one missing and one extra.
//!
//! **What is digested.** Key, value and event time, never a header: hops add headers, and the one that matters, the
//! event id, *is* the identity. Lengths go in before the contents and −1 stands for null, so `("ab", "c")`,
//! `("a", "bc")`, an empty value and a null value are four different records:
//!
//! | bytes | content (integers little-endian) |
//! |---|---|
//! | 4 | length of the key, −1 for null |
//! | 4 | length of the value, −1 for null |
//! | 8 | event time in milliseconds, −1 for none |
//! | 16 | hash of the key, 0 for null |
//! | 16 | hash of the value, 0 for null |
//! | 16 | event id; absent in the identity of a record without one |
//!
//! The hash is xxh3-128 with a seed, for each use another that is derived from the generation's secret. It guards
//! against accident, not against forgery.

mod identity;
mod keys;

pub use identity::{Identity, IdentityError};
pub use keys::{Keys, Seed, SeedError};

use keys::Hasher;
use model::{EventId, Timestamp};

/// The timestamp of a record without a time.
pub const NO_TIME: Timestamp = Timestamp(-1);

/// One record, borrowed from the batch it was read from.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Its offset in the log that is read.
    pub offset: i64,
    /// Its offset in the log it was carried from.
    pub origin_offset: Option<i64>,
    /// Its `CreateTime`, or [`NO_TIME`].
    pub timestamp: Timestamp,
    /// Null and empty differ.
    pub key: Option<&'a [u8]>,
    /// Null and empty differ.
    pub value: Option<&'a [u8]>,
    /// The event id header, where there is one of the right length.
    pub event_id: Option<EventId>,
}

impl Record<'_> {
    /// Length of key and value.
    #[must_use]
    #[inline]
    pub fn bytes(&self) -> u64 {
        (self.key.map_or(0, <[u8]>::len) + self.value.map_or(0, <[u8]>::len)) as u64
    }
}

/// What counting a record needs of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    /// Who the record is.
    pub identity: Identity,
    /// Keyed hash of the identity; sums to the identity fingerprint.
    pub of_identity: u128,
    /// Keyed hash of identity and payload; sums to the record fingerprint.
    pub of_record: u128,
    /// 32 bits of `of_record` that tell payloads of one identity apart in a sketch; 0 without an event id.
    pub mark: u32,
    /// Length of key and value.
    pub bytes: u64,
    pub(crate) element: ElementHash,
}

/// Where an element of a sketch lies and what proves it: functions of identity and mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ElementHash {
    /// Sixteen bits for each of the four sub-tables.
    pub(crate) positions: u64,
    pub(crate) check: u64,
}

/// Makes the digests of one key generation.
#[derive(Clone, Debug)]
pub struct Digester {
    generation: u32,
    key: Hasher,
    value: Hasher,
    record: Hasher,
    event: Hasher,
    content: Hasher,
    positions: u64,
    check: u64,
}

impl Digester {
    /// The digests of a generation follow from its number and its secret.
    #[must_use]
    pub fn new(generation: u32, seed: &Seed) -> Self {
        let derive = |label: &str| seed.derive(generation, label);
        Self {
            generation,
            key: Hasher::new(derive("key")),
            value: Hasher::new(derive("value")),
            record: Hasher::new(derive("record")),
            event: Hasher::new(derive("event")),
            content: Hasher::new(derive("content")),
            positions: derive("positions"),
            check: derive("check"),
        }
    }

    /// Which generation it makes digests of.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// The digests of one record.
    #[must_use]
    #[inline]
    pub fn digest(&self, record: &Record<'_>) -> Digest {
        let mut block = self.payload(record);
        let bytes = record.bytes();
        match record.event_id {
            Some(id) => {
                block[48..].copy_from_slice(&id.to_bytes());
                let identity = Identity::Event(id);
                let of_identity = self.of_identity(&identity);
                let of_record = self.record.hash(&block);
                let mark = low_32(of_record);
                Digest { identity, of_identity, of_record, mark, bytes, element: self.mix(of_identity, mark) }
            }
            None => {
                let identity = Identity::Content(self.record.hash(&block[..48]));
                let of_identity = self.of_identity(&identity);
                Digest {
                    identity,
                    of_identity,
                    of_record: of_identity,
                    mark: 0,
                    bytes,
                    element: self.mix(of_identity, 0),
                }
            }
        }
    }

    /// Who a record is, as [`Digester::digest`] says it: to find a named record again in its log.
    #[must_use]
    pub fn identity(&self, record: &Record<'_>) -> Identity {
        match record.event_id {
            Some(id) => Identity::Event(id),
            None => Identity::Content(self.record.hash(&self.payload(record)[..48])),
        }
    }

    /// The 32 bits that tell payloads of one identity apart, as [`Digester::digest`] says them.
    #[must_use]
    pub fn mark(&self, record: &Record<'_>) -> u32 {
        self.digest(record).mark
    }

    /// Keyed hash of an identity; identities of different kinds never share one.
    #[inline]
    pub(crate) fn of_identity(&self, identity: &Identity) -> u128 {
        match identity {
            Identity::Event(id) => self.event.hash(&id.to_bytes()),
            Identity::Content(hash) => self.content.hash(&hash.to_le_bytes()),
        }
    }

    pub(crate) fn element(&self, identity: &Identity, mark: u32) -> ElementHash {
        self.mix(self.of_identity(identity), mark)
    }

    #[inline]
    fn payload(&self, record: &Record<'_>) -> [u8; 64] {
        let mut block = [0; 64];
        block[0..4].copy_from_slice(&length(record.key).to_le_bytes());
        block[4..8].copy_from_slice(&length(record.value).to_le_bytes());
        block[8..16].copy_from_slice(&record.timestamp.0.to_le_bytes());
        block[16..32].copy_from_slice(&record.key.map_or(0, |key| self.key.hash(key)).to_le_bytes());
        block[32..48].copy_from_slice(&record.value.map_or(0, |value| self.value.hash(value)).to_le_bytes());
        block
    }

    /// Folded 64 × 64 bit products, so that a sum of two checks is not the check of anything that lies between.
    #[inline]
    fn mix(&self, of_identity: u128, mark: u32) -> ElementHash {
        const MARK_SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
        let spread = u64::from(mark).wrapping_mul(MARK_SPREAD);
        let (low, high) = (low_64(of_identity), low_64(of_identity >> 64));
        ElementHash {
            positions: fold(low ^ spread, high ^ self.positions),
            check: fold(high ^ spread, low ^ self.check),
        }
    }
}

#[inline]
fn length(bytes: Option<&[u8]>) -> i32 {
    bytes.map_or(-1, |bytes| i32::try_from(bytes.len()).unwrap_or(i32::MAX))
}

#[inline]
fn fold(left: u64, right: u64) -> u64 {
    let product = u128::from(left) * u128::from(right);
    low_64(product) ^ low_64(product >> 64)
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the low half is what is asked for")]
fn low_64(wide: u128) -> u64 {
    wide as u64
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the low quarter is what is asked for")]
fn low_32(wide: u128) -> u32 {
    wide as u32
}

#[cfg(test)]
mod tests;
