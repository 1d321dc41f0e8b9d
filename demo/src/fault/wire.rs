//! Just enough of the Kafka protocol to stand in the middle: who is asked, and where an answer holds what must change.
//!
//! Written apart from the product's own reader on purpose: a mistake shared by both would hide itself.

use std::ops::Range;

/// An answer or request that this proxy cannot follow; the connection is closed.
#[derive(Debug, thiserror::Error)]
#[error("a {what} of version {version} cannot be followed")]
pub struct WireError {
    /// Which message.
    pub what: &'static str,
    /// As asked for.
    pub version: i16,
}

mod produce;

pub(super) use produce::produced;

/// The number of a request's kind in the protocol.
pub(super) const PRODUCE: i16 = 0;
pub(super) const FETCH: i16 = 1;
pub(super) const METADATA: i16 = 3;
pub(super) const FIND_COORDINATOR: i16 = 10;
pub(super) const API_VERSIONS: i16 = 18;

/// The newest versions that are let through; all that is newer is hidden from clients. From 13 on, Produce and Fetch name
/// topics by id only.
const NEWEST: [(i16, i16); 3] = [(PRODUCE, 12), (FETCH, 12), (FIND_COORDINATOR, 2)];

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) kind: i16,
    pub(super) version: i16,
    pub(super) correlation: i32,
}

impl Asked {
    pub(super) fn read(request: &[u8]) -> Option<Self> {
        let mut reader = Reader { bytes: request, at: 0, flexible: false };
        Some(Self { kind: reader.i16()?, version: reader.i16()?, correlation: reader.i32()? })
    }

    fn cannot(self, what: &'static str) -> WireError {
        WireError { what, version: self.version }
    }
}

/// The correlation id at the head of an answer.
pub(super) fn correlation(answer: &[u8]) -> Option<i32> {
    answer.first_chunk().map(|bytes| i32::from_be_bytes(*bytes))
}

/// Hides the versions that this proxy does not follow.
pub(super) fn pin_versions(asked: Asked, answer: &mut [u8]) -> Result<(), WireError> {
    // Whatever its version, this answer has the old header. After an error the client asks again in an older version.
    let mut places = Vec::new();
    let mut walk = || {
        let mut reader = Reader { bytes: answer, at: 4, flexible: asked.version >= 3 };
        if reader.i16()? != 0 {
            return Some(());
        }
        for _ in 0..reader.array()? {
            let kind = reader.i16()?;
            reader.i16()?;
            places.push((kind, reader.at));
            reader.i16()?;
            reader.tags()?;
        }
        Some(())
    };
    walk().ok_or_else(|| asked.cannot("answer with API versions"))?;
    for (kind, at) in places {
        let Some((_, newest)) = NEWEST.iter().find(|(pinned, _)| *pinned == kind) else { continue };
        let told = i16::from_be_bytes([answer[at], answer[at + 1]]);
        answer[at..at + 2].copy_from_slice(&told.min(*newest).to_be_bytes());
    }
    Ok(())
}

/// Puts the proxy's address in place of the brokers' in an answer to Metadata or `FindCoordinator`.
pub(super) fn readdress(asked: Asked, answer: &[u8], host: &str, port: u16) -> Result<Vec<u8>, WireError> {
    let mut places: Vec<Range<usize>> = Vec::new();
    let flexible = asked.kind == METADATA && asked.version >= 9;
    let mut walk = || {
        let mut reader = Reader { bytes: answer, at: 4, flexible };
        reader.tags()?;
        if asked.kind == METADATA {
            reader.skip(if asked.version >= 3 { 4 } else { 0 })?;
            for _ in 0..reader.array()? {
                reader.i32()?;
                places.push(reader.address()?);
                if asked.version >= 1 {
                    reader.string()?;
                }
                reader.tags()?;
            }
        } else {
            reader.skip(if asked.version >= 1 { 4 } else { 0 })?;
            reader.i16()?;
            if asked.version >= 1 {
                reader.string()?;
            }
            reader.i32()?;
            places.push(reader.address()?);
        }
        Some(())
    };
    let followed = asked.kind == METADATA || asked.version <= 2;
    walk().filter(|()| followed).ok_or_else(|| asked.cannot("answer with addresses"))?;
    let mut changed = Vec::with_capacity(answer.len() + 64);
    let mut from = 0;
    for place in places {
        changed.extend_from_slice(&answer[from..place.start]);
        let length = u16::try_from(host.len()).map_err(|_| asked.cannot("long host name"))?;
        if flexible {
            put_varint(&mut changed, u32::from(length) + 1);
        } else {
            changed.extend_from_slice(&length.to_be_bytes());
        }
        changed.extend_from_slice(host.as_bytes());
        changed.extend_from_slice(&i32::from(port).to_be_bytes());
        from = place.end;
    }
    changed.extend_from_slice(&answer[from..]);
    Ok(changed)
}

/// Where a message holds the records of one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) topic: String,
    pub(super) partition: i32,
    /// The length field and the records.
    whole: Range<usize>,
    /// The records alone.
    pub(super) records: Range<usize>,
    flexible: bool,
}

impl Place {
    fn read(reader: &mut Reader<'_>, topic: &str, partition: i32) -> Option<Self> {
        let (start, flexible) = (reader.at, reader.flexible);
        let records = reader.bytes()?;
        Some(Self { topic: topic.to_owned(), partition, whole: start..reader.at, records, flexible })
    }
}

/// Finds the records in an answer to Fetch.
pub(super) fn fetched(asked: Asked, answer: &[u8]) -> Result<Vec<Place>, WireError> {
    let version = asked.version;
    let mut found = Vec::new();
    let mut walk = || {
        let mut reader = Reader { bytes: answer, at: 4, flexible: version >= 12 };
        reader.tags()?;
        reader.skip(if version >= 7 { 4 + 2 + 4 } else { 4 })?;
        for _ in 0..reader.array()? {
            let topic = reader.string()?;
            let topic = std::str::from_utf8(&answer[topic]).ok()?.to_owned();
            for _ in 0..reader.array()? {
                let partition = reader.i32()?;
                reader.skip(2 + 8 + 8 + if version >= 5 { 8 } else { 0 })?;
                for _ in 0..reader.array()? {
                    reader.skip(16)?;
                    reader.tags()?;
                }
                reader.skip(if version >= 11 { 4 } else { 0 })?;
                found.push(Place::read(&mut reader, &topic, partition)?);
                reader.tags()?;
            }
            reader.tags()?;
        }
        Some(())
    };
    let followed = (4..=12).contains(&version);
    if followed && walk().is_some() { Ok(found) } else { Err(asked.cannot("answer to Fetch")) }
}

/// The message with other records in some of its places, which come in order.
pub(super) fn with_records(asked: Asked, message: &[u8], changes: &[(Place, Vec<u8>)]) -> Result<Vec<u8>, WireError> {
    let mut changed = Vec::with_capacity(message.len());
    let mut from = 0;
    for (place, records) in changes {
        changed.extend_from_slice(&message[from..place.whole.start]);
        let length = i32::try_from(records.len()).map_err(|_| asked.cannot("long message"))?;
        if place.flexible {
            put_varint(&mut changed, length.unsigned_abs() + 1);
        } else {
            changed.extend_from_slice(&length.to_be_bytes());
        }
        changed.extend_from_slice(records);
        from = place.whole.end;
    }
    changed.extend_from_slice(&message[from..]);
    Ok(changed)
}

fn put_varint(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

/// Reads fields one after the other; `None` at the end of the bytes. `flexible` is the protocol's word for the newer
/// encoding: varint lengths (one more than the length, zero for null) and tagged fields.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    flexible: bool,
}

impl Reader<'_> {
    fn skip(&mut self, length: usize) -> Option<Range<usize>> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.bytes.len())?;
        let range = self.at..end;
        self.at = end;
        Some(range)
    }

    fn fixed<const N: usize>(&mut self) -> Option<[u8; N]> {
        let range = self.skip(N)?;
        self.bytes[range].try_into().ok()
    }

    fn i16(&mut self) -> Option<i16> {
        self.fixed().map(i16::from_be_bytes)
    }

    fn i32(&mut self) -> Option<i32> {
        self.fixed().map(i32::from_be_bytes)
    }

    fn varint(&mut self) -> Option<usize> {
        let mut value = 0_u64;
        for shift in (0..35).step_by(7) {
            let [byte] = self.fixed()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return usize::try_from(value).ok();
            }
        }
        None
    }

    /// How many elements follow; null counts as none.
    fn array(&mut self) -> Option<usize> {
        if self.flexible {
            return self.varint().map(|length| length.saturating_sub(1));
        }
        self.i32().map(|length| usize::try_from(length).unwrap_or(0))
    }

    fn string(&mut self) -> Option<Range<usize>> {
        let length =
            if self.flexible { self.varint()?.saturating_sub(1) } else { usize::try_from(self.i16()?).unwrap_or(0) };
        self.skip(length)
    }

    fn bytes(&mut self) -> Option<Range<usize>> {
        let length = self.array()?;
        self.skip(length)
    }

    /// A host and a port.
    fn address(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        self.string()?;
        self.i32()?;
        Some(start..self.at)
    }

    fn tags(&mut self) -> Option<()> {
        if self.flexible {
            for _ in 0..self.varint()? {
                self.varint()?;
                let length = self.varint()?;
                self.skip(length)?;
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests;
