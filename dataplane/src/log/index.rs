//! The sparse index of one segment, by offset and by time.

use bytes::{Buf, BufMut};

/// One place in a segment where an entry begins, outside of any group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    /// No record behind the place has a lower offset.
    offset: i64,
    /// The byte in the segment.
    position: u64,
    /// The greatest timestamp before the place, in ms.
    timestamp_before: i64,
}

/// What is known of a segment without reading it. It can be made anew from the segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Index {
    interval_bytes: u64,
    places: Vec<Place>,
    /// The greatest timestamp of a batch, as its header claims, and that batch's base offset.
    latest: Option<(i64, i64)>,
}

impl Index {
    /// Of an empty segment.
    pub(super) fn new(interval_bytes: u64) -> Self {
        Self { interval_bytes, places: Vec::new(), latest: None }
    }

    /// An entry that stands outside of any group begins at `position`.
    pub(super) fn note_entry(&mut self, offset: i64, position: u64) {
        let due = self.places.last().is_none_or(|last| position - last.position >= self.interval_bytes);
        if due {
            let timestamp_before = self.latest.map_or(i64::MIN, |(timestamp, _)| timestamp);
            self.places.push(Place { offset, position, timestamp_before });
        }
    }

    /// A batch was added.
    pub(super) fn note_batch(&mut self, base_offset: i64, max_timestamp: i64) {
        if self.latest.is_none_or(|(timestamp, _)| timestamp < max_timestamp) {
            self.latest = Some((max_timestamp, base_offset));
        }
    }

    /// Where to begin looking for the batch with `offset`.
    pub(super) fn position_of_offset(&self, offset: i64) -> u64 {
        let after = self.places.partition_point(|place| place.offset <= offset);
        self.places[..after].last().map_or(0, |place| place.position)
    }

    /// Where to begin looking for the first record at `timestamp` or later.
    pub(super) fn position_of_timestamp(&self, timestamp: i64) -> u64 {
        let after = self.places.partition_point(|place| place.timestamp_before < timestamp);
        self.places[..after].last().map_or(0, |place| place.position)
    }

    /// The greatest timestamp of a batch, as its header claims, and that batch's base offset.
    pub(super) fn latest(&self) -> Option<(i64, i64)> {
        self.latest
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let (timestamp, offset) = self.latest.unwrap_or((i64::MIN, -1));
        out.put_i64(timestamp);
        out.put_i64(offset);
        out.put_u32(u32::try_from(self.places.len()).expect("a segment has fewer places than bytes"));
        for place in &self.places {
            out.put_i64(place.offset);
            out.put_u64(place.position);
            out.put_i64(place.timestamp_before);
        }
    }

    pub(super) fn decode(rest: &mut &[u8], interval_bytes: u64) -> Option<Self> {
        let timestamp = rest.try_get_i64().ok()?;
        let offset = rest.try_get_i64().ok()?;
        let count = usize::try_from(rest.try_get_u32().ok()?).ok()?;
        if rest.len() < count.checked_mul(24)? {
            return None;
        }
        let place = |_| Place { offset: rest.get_i64(), position: rest.get_u64(), timestamp_before: rest.get_i64() };
        let places = (0..count).map(place).collect();
        Some(Self { interval_bytes, places, latest: (offset >= 0).then_some((timestamp, offset)) })
    }
}
