//! What one window of one log holds: counts, fingerprints, bounds, and the sketch that names records.

mod encoding;

pub use crate::encoding::DecodeError;
pub use encoding::{MAX_ENCODED_BYTES, VERSION};

use crate::record::{Digest, Digester, NO_TIME, Record};
use crate::sketch::{Shape, Sketch};
use model::Timestamp;
use serde::{Deserialize, Serialize};

/// The least and the greatest of some numbers, both seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    /// The least.
    pub first: i64,
    /// The greatest.
    pub last: i64,
}

impl Span {
    /// The span of one number.
    #[must_use]
    pub fn at(point: i64) -> Self {
        Self { first: point, last: point }
    }

    /// The span of both.
    #[must_use]
    #[inline]
    pub fn union(self, other: Self) -> Self {
        Self { first: self.first.min(other.first), last: self.last.max(other.last) }
    }

    #[inline]
    fn widen(span: &mut Option<Self>, other: Self) {
        match span {
            Some(span) => *span = span.union(other),
            None => *span = Some(other),
        }
    }
}

/// Sums over the records of a window. Every field merges, the sums by addition and the spans by union; fields are
/// for reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Records, copies counted. Malformed and aborted ones are not among them.
    pub count: u64,
    /// Bytes of their keys and values.
    pub bytes: u64,
    /// How many of them carry no time.
    pub timeless: u64,
    /// How many of them carry no event id.
    pub unidentified: u64,
    /// Records that could not be read.
    pub malformed: u64,
    /// Records of aborted transactions.
    pub aborted: u64,
    /// Sum of the keyed 128-bit hashes of identity and payload, modulo 2¹²⁸.
    pub records: u128,
    /// Sum of the keyed 128-bit hashes of the identities, modulo 2¹²⁸.
    pub identities: u128,
    /// Event times, in milliseconds; `None` without a record that has one.
    pub times: Option<Span>,
    /// Offsets in the log that was read.
    pub offsets: Option<Span>,
    /// Offsets in the log that the records were carried from.
    pub origin_offsets: Option<Span>,
    pub(crate) sketch: Sketch,
}

impl Tally {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(shape: Shape) -> Self {
        Self {
            count: 0,
            bytes: 0,
            timeless: 0,
            unidentified: 0,
            malformed: 0,
            aborted: 0,
            records: 0,
            identities: 0,
            times: None,
            offsets: None,
            origin_offsets: None,
            sketch: Sketch::new(shape),
        }
    }

    /// The multiset of its records.
    #[must_use]
    pub fn sketch(&self) -> &Sketch {
        &self.sketch
    }

    /// Counts one record; `digest` is its digest by `digester`.
    #[inline]
    pub fn add(&mut self, record: &Record<'_>, digest: &Digest, digester: &Digester) {
        self.add_digest(record.offset, record.origin_offset, record.timestamp, digest, digester);
    }

    /// Counts a record that is known by its digest.
    #[inline]
    pub fn add_digest(
        &mut self,
        offset: i64,
        origin_offset: Option<i64>,
        timestamp: Timestamp,
        digest: &Digest,
        digester: &Digester,
    ) {
        self.count += 1;
        self.bytes += digest.bytes;
        self.unidentified += u64::from(!digest.identity.is_event());
        if timestamp == NO_TIME {
            self.timeless += 1;
        } else {
            Span::widen(&mut self.times, Span::at(timestamp.0));
        }
        self.records = self.records.wrapping_add(digest.of_record);
        self.identities = self.identities.wrapping_add(digest.of_identity);
        self.widen(Span::at(offset), origin_offset.map(Span::at));
        self.sketch.add(digest, digester);
    }

    /// Counts records of a batch that could not be read.
    pub fn add_malformed(&mut self, records: u64, offsets: Span, origin_offsets: Option<Span>) {
        self.malformed += records;
        self.widen(offsets, origin_offsets);
    }

    /// Counts a record of an aborted transaction, which nobody reads on: it belongs to no sum.
    pub fn add_aborted(&mut self) {
        self.aborted += 1;
    }

    /// Takes in all that another tally counted.
    pub fn merge(&mut self, other: &Self, digester: &Digester) {
        self.count = self.count.wrapping_add(other.count);
        self.bytes = self.bytes.wrapping_add(other.bytes);
        self.timeless = self.timeless.wrapping_add(other.timeless);
        self.unidentified = self.unidentified.wrapping_add(other.unidentified);
        self.malformed = self.malformed.wrapping_add(other.malformed);
        self.aborted = self.aborted.wrapping_add(other.aborted);
        self.records = self.records.wrapping_add(other.records);
        self.identities = self.identities.wrapping_add(other.identities);
        for (mine, theirs) in [
            (&mut self.times, other.times),
            (&mut self.offsets, other.offsets),
            (&mut self.origin_offsets, other.origin_offsets),
        ] {
            theirs.into_iter().for_each(|span| Span::widen(mine, span));
        }
        self.sketch.merge(&other.sketch, digester);
    }

    /// Whether both hold the same records with the same payloads, by count and both fingerprints.
    #[must_use]
    pub fn agrees_with(&self, other: &Self) -> bool {
        self.count == other.count && self.records == other.records && self.identities == other.identities
    }

    #[inline]
    fn widen(&mut self, offsets: Span, origin_offsets: Option<Span>) {
        Span::widen(&mut self.offsets, offsets);
        if let Some(origin_offsets) = origin_offsets {
            Span::widen(&mut self.origin_offsets, origin_offsets);
        }
    }
}

#[cfg(test)]
mod tests;
