//! Writes the primitive types of Kafka's protocol, for the two messages that are written by hand.

use bytes::{BufMut, BytesMut};

/// A length on the wire; what is longer than Kafka can say was refused long before.
fn wire_length(length: usize) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}

/// Writes an unsigned number in groups of seven bits, the lowest first.
pub(crate) fn varint(out: &mut BytesMut, mut value: u32) {
    while value >= 0x80 {
        out.put_u8(u8::try_from(value & 0x7f).unwrap_or(0) | 0x80);
        value >>= 7;
    }
    out.put_u8(u8::try_from(value).unwrap_or(0));
}

/// Writes how many elements or bytes follow.
pub(crate) fn count(out: &mut BytesMut, flexible: bool, count: usize) {
    if flexible {
        varint(out, u32::try_from(count).unwrap_or(u32::MAX - 1).saturating_add(1));
    } else {
        out.put_i32(wire_length(count));
    }
}

/// Writes that an array, or bytes with a length of 32 bits, are absent.
pub(crate) fn absent(out: &mut BytesMut, flexible: bool) {
    if flexible { out.put_u8(0) } else { out.put_i32(-1) }
}

/// Writes a text, absent or not.
pub(crate) fn text(out: &mut BytesMut, flexible: bool, text: Option<&str>) {
    match (text, flexible) {
        (None, true) => out.put_u8(0),
        (None, false) => out.put_i16(-1),
        (Some(text), true) => {
            count(out, true, text.len());
            out.put_slice(text.as_bytes());
        }
        (Some(text), false) => {
            let mut end = text.len().min(usize::from(i16::MAX.unsigned_abs()));
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            out.put_i16(i16::try_from(end).unwrap_or(i16::MAX));
            out.put_slice(&text.as_bytes()[..end]);
        }
    }
}

/// Ends a structure: a flexible version says here that no tagged field follows.
pub(crate) fn no_tags(out: &mut BytesMut, flexible: bool) {
    if flexible {
        out.put_u8(0);
    }
}

#[cfg(test)]
mod tests {
    use super::super::reader::Reader;
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for flexible in [false, true] {
            let mut out = BytesMut::new();
            text(&mut out, flexible, Some("über"));
            text(&mut out, flexible, None);
            count(&mut out, flexible, 3);
            out.put_slice(&[0, 0, 0]);
            absent(&mut out, flexible);
            no_tags(&mut out, flexible);
            let mut reader = Reader::new(out.freeze());
            assert_eq!(reader.text(flexible).unwrap(), "über");
            assert_eq!(reader.nullable_text(flexible).unwrap(), None);
            assert_eq!(reader.count(flexible, 1).unwrap(), 3);
            reader.take(3).unwrap();
            assert_eq!(reader.nullable_count(flexible, 1).unwrap(), None);
            reader.skip_tags(flexible).unwrap();
            assert_eq!(reader.remaining(), 0);
        }
    }

    #[test]
    fn varints_of_every_length_are_read_back() {
        for value in [0, 1, 127, 128, 16_383, 16_384, u32::MAX] {
            let mut out = BytesMut::new();
            varint(&mut out, value);
            assert_eq!(Reader::new(out.freeze()).varint(), Ok(value));
        }
    }
}
