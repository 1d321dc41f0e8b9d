//! What the requests look like that are decoded by the generated code of `kafka-protocol`.
//!
//! That code makes room for as many elements as a message announces before it reads the first one, so that eight
//! hostile bytes abort the process. Every such message therefore walks through its shape first: each announced count
//! and length is compared with the bytes that follow, and each element really read. What passes holds no more elements
//! than it has bytes for.

use super::reader::{Malformed, Reader};
use bytes::Bytes;

/// The form of one field.
#[derive(Debug)]
pub(crate) enum Kind {
    /// As many bytes.
    Fixed(usize),
    /// A text, absent or not.
    Text,
    /// Bytes with a length of 32 bits, absent or not.
    Blob,
    /// An array of values that are no structures.
    Values(&'static Kind),
    /// An array of structures.
    Structures(&'static [Field]),
}

/// A field and the versions that have it.
#[derive(Debug)]
pub(crate) struct Field {
    kind: Kind,
    first: i16,
    last: i16,
}

/// A field of every version.
pub(crate) const fn always(kind: Kind) -> Field {
    Field { kind, first: 0, last: i16::MAX }
}

/// A field of every version from `first` on.
pub(crate) const fn since(first: i16, kind: Kind) -> Field {
    Field { kind, first, last: i16::MAX }
}

/// A field of the versions from `first` to `last`.
pub(crate) const fn within(first: i16, last: i16, kind: Kind) -> Field {
    Field { kind, first, last }
}

/// Checks that `message` has this shape; bytes behind it are no concern here.
pub(crate) fn check(message: &Bytes, shape: &[Field], version: i16, flexible: bool) -> Result<usize, Malformed> {
    let mut reader = Reader::new(message.clone());
    walk(&mut reader, shape, version, flexible)?;
    Ok(message.len() - reader.remaining())
}

fn walk(reader: &mut Reader, shape: &[Field], version: i16, flexible: bool) -> Result<(), Malformed> {
    for field in shape.iter().filter(|field| field.first <= version && version <= field.last) {
        step(reader, &field.kind, version, flexible)?;
    }
    reader.skip_tags(flexible)
}

fn step(reader: &mut Reader, kind: &Kind, version: i16, flexible: bool) -> Result<(), Malformed> {
    match kind {
        Kind::Fixed(bytes) => reader.take(*bytes).map(drop),
        Kind::Text => reader.nullable_text(flexible).map(drop),
        Kind::Blob => reader.nullable_bytes(flexible).map(drop),
        Kind::Values(kind) => {
            for _ in 0..reader.count(flexible, 1)? {
                step(reader, kind, version, flexible)?;
            }
            Ok(())
        }
        Kind::Structures(shape) => {
            for _ in 0..reader.count(flexible, 1)? {
                walk(reader, shape, version, flexible)?;
            }
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: &[Field] = &[
        always(Kind::Text),
        since(1, Kind::Structures(&[always(Kind::Fixed(4)), always(Kind::Values(&Kind::Fixed(2)))])),
        within(0, 0, Kind::Fixed(1)),
    ];

    fn check_bytes(bytes: &'static [u8], version: i16, flexible: bool) -> Result<usize, Malformed> {
        check(&Bytes::from_static(bytes), SHAPE, version, flexible)
    }

    #[test]
    fn fields_are_those_of_the_version() {
        assert_eq!(check_bytes(&[0, 1, b'x', 7], 0, false), Ok(4));
        assert_eq!(check_bytes(&[0, 0, 0, 0, 0, 1, 9, 9, 9, 9, 0, 0, 0, 1, 5, 5, 77], 1, false), Ok(16));
        assert_eq!(check_bytes(&[1, 2, 9, 9, 9, 9, 2, 5, 5, 0, 0], 1, true), Ok(11));
    }

    #[test]
    fn counts_beyond_the_message_are_refused() {
        assert!(check_bytes(&[0, 0, 0x7f, 0xff, 0xff, 0xff], 1, false).is_err());
        assert!(check_bytes(&[1, 0xff, 0xff, 0xff, 0xff, 0x0f], 1, true).is_err());
        assert!(check_bytes(&[0, 0, 0, 0, 0, 2, 9, 9, 9, 9, 0, 0, 0, 0], 1, false).is_err());
    }
}
