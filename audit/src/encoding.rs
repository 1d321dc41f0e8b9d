//! Reading and writing of the compact binary form: little-endian integers and minimal varints, bounds-checked.

use thiserror::Error;

/// Why bytes are not what they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// The bytes end before the value does.
    #[error("the tally ends early")]
    Truncated,
    /// Bytes follow the value.
    #[error("{0} bytes follow the tally")]
    Trailing(usize),
    /// Made by a version of this crate that is not known here.
    #[error("tally version {0} is not known")]
    Version(u8),
    /// A number is not written in its one shortest form, or is too great for its field.
    #[error("a number in the tally is malformed")]
    Number,
    /// A size is past its limit.
    #[error("{what} is {found} and must be at most {limit}")]
    Limit {
        /// Which size.
        what: &'static str,
        /// The size that was found.
        found: u64,
        /// The greatest that is taken.
        limit: u64,
    },
    /// Each field is well formed, but they contradict each other.
    #[error("the tally contradicts itself: {0}")]
    Inconsistent(&'static str),
}

#[derive(Debug, Default)]
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    pub(crate) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// LEB128, up to 19 bytes.
    #[expect(clippy::cast_possible_truncation, reason = "seven bits are cut out on purpose")]
    pub(crate) fn wide(&mut self, mut number: u128) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    pub(crate) fn number(&mut self, number: u64) {
        self.wide(u128::from(number));
    }

    /// Zigzag, so that small numbers of either sign are short.
    pub(crate) fn signed(&mut self, number: i64) {
        self.number(((number << 1) ^ (number >> 63)).cast_unsigned());
    }
}

#[derive(Debug)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (head, tail) = self.0.split_first_chunk::<N>().ok_or(DecodeError::Truncated)?;
        self.0 = tail;
        Ok(*head)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, DecodeError> {
        Ok(self.array::<1>()?[0])
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (head, tail) = self.0.split_at_checked(length).ok_or(DecodeError::Truncated)?;
        self.0 = tail;
        Ok(head)
    }

    pub(crate) fn wide(&mut self) -> Result<u128, DecodeError> {
        let mut number = 0_u128;
        for shift in (0..128).step_by(7) {
            let byte = self.byte()?;
            let bits = u128::from(byte & 0x7f);
            if (bits << shift) >> shift != bits || (byte == 0 && shift > 0) {
                return Err(DecodeError::Number);
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(DecodeError::Number)
    }

    pub(crate) fn number(&mut self) -> Result<u64, DecodeError> {
        u64::try_from(self.wide()?).map_err(|_| DecodeError::Number)
    }

    pub(crate) fn signed(&mut self) -> Result<i64, DecodeError> {
        let folded = self.number()?;
        Ok((folded >> 1).cast_signed() ^ -(folded & 1).cast_signed())
    }

    /// A size that must not pass `limit`, checked before anything is allocated for it.
    pub(crate) fn size(&mut self, what: &'static str, limit: usize) -> Result<usize, DecodeError> {
        let found = self.number()?;
        match usize::try_from(found) {
            Ok(size) if size <= limit => Ok(size),
            _ => Err(DecodeError::Limit { what, found, limit: limit as u64 }),
        }
    }

    pub(crate) fn end(self) -> Result<(), DecodeError> {
        if self.0.is_empty() { Ok(()) } else { Err(DecodeError::Trailing(self.0.len())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_survive_and_have_one_form() {
        for number in [0, 1, 127, 128, 300, u128::from(u64::MAX), 1 << 120, u128::MAX] {
            let mut writer = Writer::default();
            writer.wide(number);
            let mut reader = Reader::new(&writer.0);
            assert_eq!(reader.wide(), Ok(number));
            assert_eq!(reader.end(), Ok(()));
        }
        for number in [0, 1, -1, 64, -65, i64::MAX, i64::MIN] {
            let mut writer = Writer::default();
            writer.signed(number);
            assert_eq!(Reader::new(&writer.0).signed(), Ok(number));
        }
        let too_wide = [[0xff; 18].as_slice(), &[0x04]].concat();
        for (bytes, error) in [
            ([0x80, 0x00].as_slice(), DecodeError::Number),
            (&[0x80], DecodeError::Truncated),
            (&too_wide, DecodeError::Number),
            (&[0xff; 30], DecodeError::Number),
        ] {
            assert_eq!(Reader::new(bytes).wide(), Err(error), "{bytes:x?}");
        }
    }
}
