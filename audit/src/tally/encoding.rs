//! The binary form of a tally: equal tallies have equal bytes, whatever order their records came in.

use super::{Span, Tally};
use crate::encoding::{DecodeError, Reader, Writer};
use crate::sketch::Sketch;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The first byte of every encoded tally.
pub const VERSION: u8 = 1;

/// No encoded tally is longer: the greatest table with all its cells full.
pub const MAX_ENCODED_BYTES: usize = 4 << 20;

impl Tally {
    /// The tally as bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.byte(VERSION);
        for number in [self.count, self.bytes, self.timeless, self.unidentified, self.malformed, self.aborted] {
            writer.number(number);
        }
        writer.bytes(&self.records.to_le_bytes());
        writer.bytes(&self.identities.to_le_bytes());
        for span in [self.times, self.offsets, self.origin_offsets] {
            writer.byte(u8::from(span.is_some()));
            if let Some(span) = span {
                writer.signed(span.first);
                writer.number(span.last.abs_diff(span.first));
            }
        }
        self.sketch.write(&mut writer);
        writer.0
    }

    /// Reads what [`Tally::encode`] wrote.
    ///
    /// # Errors
    /// On any other bytes. What is allocated is bounded by the sizes of [`crate::sketch`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > MAX_ENCODED_BYTES {
            let (found, limit) = (bytes.len() as u64, MAX_ENCODED_BYTES as u64);
            return Err(DecodeError::Limit { what: "the length of a tally", found, limit });
        }
        let mut reader = Reader::new(bytes);
        match reader.byte()? {
            VERSION => {}
            other => return Err(DecodeError::Version(other)),
        }
        let mut numbers = [0; 6];
        for number in &mut numbers {
            *number = reader.number()?;
        }
        let [count, bytes, timeless, unidentified, malformed, aborted] = numbers;
        let (records, identities) = (u128::from_le_bytes(reader.array()?), u128::from_le_bytes(reader.array()?));
        let (times, offsets, origin_offsets) = (span(&mut reader)?, span(&mut reader)?, span(&mut reader)?);
        let sketch = Sketch::read(&mut reader)?;
        reader.end()?;
        let tally = Self {
            count,
            bytes,
            timeless,
            unidentified,
            malformed,
            aborted,
            records,
            identities,
            times,
            offsets,
            origin_offsets,
            sketch,
        };
        crate::invariants::tally_is_sound(&tally).map_err(|violation| DecodeError::Inconsistent(violation.rule))?;
        Ok(tally)
    }
}

fn span(reader: &mut Reader<'_>) -> Result<Option<Span>, DecodeError> {
    match reader.byte()? {
        0 => Ok(None),
        1 => {
            let first = reader.signed()?;
            let last = first.checked_add_unsigned(reader.number()?).ok_or(DecodeError::Number)?;
            Ok(Some(Span { first, last }))
        }
        _ => Err(DecodeError::Inconsistent("a span is neither there nor absent")),
    }
}

/// As hexadecimal digits of the binary form, for documents that are text.
impl Serialize for Tally {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digit = |four: u8| char::from(DIGITS[usize::from(four & 15)]);
        let text: String = self.encode().iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect();
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Tally {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.len() > 2 * MAX_ENCODED_BYTES || text.len() % 2 == 1 {
            return Err(de::Error::custom("a tally is an even number of hexadecimal digits within its limit"));
        }
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let pairs = text.as_bytes().chunks_exact(2);
        let bytes: Option<Vec<u8>> = pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect();
        let bytes = bytes.ok_or_else(|| de::Error::custom("a tally is hexadecimal digits"))?;
        Self::decode(&bytes).map_err(de::Error::custom)
    }
}
