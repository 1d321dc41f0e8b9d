//! Reads the primitive types of Kafka's protocol from bytes that nobody has checked.

use bytes::Bytes;
use std::fmt;
use uuid::Uuid;

/// What is wrong with a message: always reason enough to close the connection it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed(pub(crate) &'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed message: {}", self.0)
    }
}

impl std::error::Error for Malformed {}

/// A cursor over one message. Texts and bytes are handed out as slices of it, never copied.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    rest: Bytes,
}

impl Reader {
    pub(crate) fn new(message: Bytes) -> Self {
        Self { rest: message }
    }

    pub(crate) fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// The bytes not read yet.
    pub(crate) fn into_rest(self) -> Bytes {
        self.rest
    }

    /// The next `length` bytes.
    pub(crate) fn take(&mut self, length: usize) -> Result<Bytes, Malformed> {
        if length > self.rest.len() {
            return Err(Malformed("it ends too early"));
        }
        Ok(self.rest.split_to(length))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let value = *self.rest.first_chunk::<N>().ok_or(Malformed("it ends too early"))?;
        bytes::Buf::advance(&mut self.rest, N);
        Ok(value)
    }

    pub(crate) fn i8(&mut self) -> Result<i8, Malformed> {
        self.array().map(i8::from_be_bytes)
    }

    pub(crate) fn i16(&mut self) -> Result<i16, Malformed> {
        self.array().map(i16::from_be_bytes)
    }

    pub(crate) fn i32(&mut self) -> Result<i32, Malformed> {
        self.array().map(i32::from_be_bytes)
    }

    pub(crate) fn i64(&mut self) -> Result<i64, Malformed> {
        self.array().map(i64::from_be_bytes)
    }

    pub(crate) fn uuid(&mut self) -> Result<Uuid, Malformed> {
        self.array().map(Uuid::from_bytes)
    }

    /// An unsigned number in groups of seven bits, the lowest first.
    pub(crate) fn varint(&mut self) -> Result<u32, Malformed> {
        let mut value = 0_u32;
        for shift in [0, 7, 14, 21, 28] {
            let [byte] = self.array()?;
            let bits = u32::from(byte & 0x7f);
            if shift == 28 && bits > 0x0f {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Malformed("a number of more than 32 bits"))
    }

    /// A length that may be absent: of 16 or 32 bits, or one more than it as a varint in a flexible version.
    fn length(&mut self, flexible: bool, wide: bool) -> Result<Option<usize>, Malformed> {
        if flexible {
            let plus_one = self.varint()?;
            return Ok(usize::try_from(plus_one).ok().and_then(|value| value.checked_sub(1)));
        }
        let length = if wide { self.i32()? } else { i32::from(self.i16()?) };
        match length {
            -1 => Ok(None),
            length => usize::try_from(length).map(Some).map_err(|_| Malformed("a negative length")),
        }
    }

    /// A text that may be absent.
    pub(crate) fn nullable_text(&mut self, flexible: bool) -> Result<Option<Bytes>, Malformed> {
        match self.length(flexible, false)? {
            None => Ok(None),
            Some(length) => {
                let text = self.take(length)?;
                std::str::from_utf8(&text).map_err(|_| Malformed("a text that is not UTF-8"))?;
                Ok(Some(text))
            }
        }
    }

    /// A text.
    pub(crate) fn text(&mut self, flexible: bool) -> Result<String, Malformed> {
        let text = self.nullable_text(flexible)?.ok_or(Malformed("a text is missing"))?;
        String::from_utf8(text.to_vec()).map_err(|_| Malformed("a text that is not UTF-8"))
    }

    /// Bytes that may be absent.
    pub(crate) fn nullable_bytes(&mut self, flexible: bool) -> Result<Option<Bytes>, Malformed> {
        match self.length(flexible, true)? {
            None => Ok(None),
            Some(length) => self.take(length).map(Some),
        }
    }

    /// How many elements follow, at most as many as can follow when each takes `smallest` bytes or more.
    pub(crate) fn nullable_count(&mut self, flexible: bool, smallest: usize) -> Result<Option<usize>, Malformed> {
        match self.length(flexible, true)? {
            Some(count) if count > self.remaining() / smallest.max(1) => {
                Err(Malformed("it announces more elements than it has room for"))
            }
            count => Ok(count),
        }
    }

    /// As [`Self::nullable_count`]; an absent array counts as empty.
    pub(crate) fn count(&mut self, flexible: bool, smallest: usize) -> Result<usize, Malformed> {
        Ok(self.nullable_count(flexible, smallest)?.unwrap_or(0))
    }

    /// Steps over the tagged fields that end every structure of a flexible version.
    pub(crate) fn skip_tags(&mut self, flexible: bool) -> Result<(), Malformed> {
        self.tags(flexible, |_, _| Ok(()))
    }

    /// Hands the tagged fields that end every structure of a flexible version to `visit`.
    pub(crate) fn tags(
        &mut self,
        flexible: bool,
        mut visit: impl FnMut(u32, Bytes) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        if flexible {
            for _ in 0..self.varint()? {
                let tag = self.varint()?;
                let length = usize::try_from(self.varint()?).map_err(|_| Malformed("a tagged field is too long"))?;
                let value = self.take(length)?;
                visit(tag, value)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(bytes: &'static [u8]) -> Reader {
        Reader::new(Bytes::from_static(bytes))
    }

    #[test]
    fn varints_have_at_most_32_bits() {
        assert_eq!(reader(&[0]).varint(), Ok(0));
        assert_eq!(reader(&[0xac, 0x02]).varint(), Ok(300));
        assert_eq!(reader(&[0xff, 0xff, 0xff, 0xff, 0x0f]).varint(), Ok(u32::MAX));
        assert!(reader(&[0xff, 0xff, 0xff, 0xff, 0x1f]).varint().is_err());
        assert!(reader(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x01]).varint().is_err());
        assert!(reader(&[0x80]).varint().is_err());
    }

    #[test]
    fn a_count_may_fill_the_rest_and_no_more() {
        assert_eq!(reader(&[0, 0, 0, 2, 9, 9, 9, 9]).count(false, 2), Ok(2));
        assert!(reader(&[0, 0, 0, 3, 9, 9, 9, 9]).count(false, 2).is_err());
        assert!(reader(&[0x7f, 0xff, 0xff, 0xff]).count(false, 0).is_err());
        assert_eq!(reader(&[0xff, 0xff, 0xff, 0xff]).nullable_count(false, 1), Ok(None));
        assert_eq!(reader(&[0]).nullable_count(true, 1), Ok(None));
    }

    #[test]
    fn texts_are_utf_8_and_lengths_are_not_negative() {
        assert_eq!(reader(&[0, 2, b'a', b'b']).text(false), Ok("ab".to_owned()));
        assert!(reader(&[0, 1, 0xff]).text(false).is_err());
        assert!(reader(&[0xff, 0xfe]).text(false).is_err());
        assert!(reader(&[0xff, 0xff]).text(false).is_err());
        assert_eq!(reader(&[3, b'a', b'b']).nullable_text(true), Ok(Some(Bytes::from_static(b"ab"))));
    }

    #[test]
    fn tagged_fields_are_stepped_over() {
        let mut tagged = reader(&[2, 0, 1, 7, 5, 0, 42]);
        tagged.skip_tags(true).unwrap();
        assert_eq!(tagged.i8(), Ok(42));
        assert!(reader(&[1, 0, 9, 7]).skip_tags(true).is_err());
    }
}
