//! The packed file: one zstd frame over columns of 16-bit numbers and dictionaries of text.
//!
//! A number column is its length, then all low bytes, then all high bytes: alike bytes stand together, which is what
//! zstd profits from. A text column is a dictionary in order of first appearance and a number column of places in it.

use super::DataError;
use std::collections::HashMap;
use std::sync::Arc;

/// First bytes of the unpacked frame; the digit is the layout's version.
const MAGIC: &[u8; 8] = b"FLIGHTS1";

/// The most that a packed file may unpack to, in bytes.
const UNPACKED_MAX: usize = 64 << 20;

/// What a missing value (`NA` in the csv files) is stored as.
pub(super) const MISSING: i16 = i16::MIN;

/// Collects columns and packs them.
#[derive(Debug)]
pub(super) struct Packer(Vec<u8>);

impl Packer {
    pub(super) fn new() -> Self {
        Self(MAGIC.to_vec())
    }

    pub(super) fn numbers(&mut self, values: impl ExactSizeIterator<Item = i16> + Clone) {
        self.length(values.len());
        self.0.extend(values.clone().map(|value| value.to_le_bytes()[0]));
        self.0.extend(values.map(|value| value.to_le_bytes()[1]));
    }

    /// # Errors
    /// When there are more different texts than a 16-bit number can tell apart.
    pub(super) fn texts<'a>(&mut self, values: impl Iterator<Item = &'a str>) -> Result<(), DataError> {
        let mut places: HashMap<&str, i16> = HashMap::new();
        let (mut dictionary, mut column) = (Vec::new(), Vec::new());
        for value in values {
            let next = i16::try_from(dictionary.len()).map_err(|_| DataError::Layout("too many different texts"))?;
            column.push(*places.entry(value).or_insert_with(|| {
                dictionary.push(value);
                next
            }));
        }
        let dictionary = dictionary.join("\n");
        self.length(dictionary.len());
        self.0.extend_from_slice(dictionary.as_bytes());
        self.numbers(column.into_iter());
        Ok(())
    }

    fn length(&mut self, length: usize) {
        self.0.extend_from_slice(&u32::try_from(length).expect("a column is far below 4 GiB").to_le_bytes());
    }

    /// # Errors
    /// When zstd fails.
    pub(super) fn pack(self, level: i32) -> Result<Vec<u8>, DataError> {
        zstd::bulk::compress(&self.0, level).map_err(DataError::Compression)
    }
}

/// Hands the columns out again, in the order in which they were packed.
#[derive(Debug)]
pub(super) struct Unpacker {
    bytes: Vec<u8>,
    at: usize,
}

impl Unpacker {
    /// # Errors
    /// When the bytes are not a packed file.
    pub(super) fn new(packed: &[u8]) -> Result<Self, DataError> {
        let bytes = zstd::bulk::decompress(packed, UNPACKED_MAX).map_err(DataError::Compression)?;
        if !bytes.starts_with(MAGIC) {
            return Err(DataError::Layout("the first bytes are not those of a packed file"));
        }
        Ok(Self { bytes, at: MAGIC.len() })
    }

    fn take(&mut self, length: usize) -> Result<&[u8], DataError> {
        let end = self.at.checked_add(length).ok_or(DataError::Layout("a length is too large"))?;
        let taken = self.bytes.get(self.at..end).ok_or(DataError::Layout("the file ends within a column"))?;
        self.at = end;
        Ok(taken)
    }

    fn length(&mut self) -> Result<usize, DataError> {
        let bytes = self.take(4)?.try_into().expect("four bytes were taken");
        usize::try_from(u32::from_le_bytes(bytes)).map_err(|_| DataError::Layout("a length is too large"))
    }

    pub(super) fn numbers(&mut self) -> Result<Vec<i16>, DataError> {
        let length = self.length()?;
        let planes = self.take(length.checked_mul(2).ok_or(DataError::Layout("a length is too large"))?)?;
        let (low, high) = planes.split_at(length);
        Ok(low.iter().zip(high).map(|(low, high)| i16::from_le_bytes([*low, *high])).collect())
    }

    pub(super) fn texts(&mut self) -> Result<Vec<Arc<str>>, DataError> {
        let length = self.length()?;
        let dictionary = std::str::from_utf8(self.take(length)?).map_err(|_| DataError::Layout("text is not UTF-8"))?;
        let dictionary: Vec<Arc<str>> = dictionary.split('\n').map(Arc::from).collect();
        let place = |place: i16| usize::try_from(place).ok().and_then(|place| dictionary.get(place)).cloned();
        let texts: Option<Vec<_>> = self.numbers()?.into_iter().map(place).collect();
        texts.ok_or(DataError::Layout("a place lies outside its dictionary"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_survive_packing() {
        let mut packer = Packer::new();
        packer.numbers([0, -1, 300, i16::MAX, MISSING].into_iter());
        packer.texts(["b", "a", "b", ""].into_iter()).unwrap();
        let mut unpacker = Unpacker::new(&packer.pack(3).unwrap()).unwrap();
        assert_eq!(unpacker.numbers().unwrap(), [0, -1, 300, i16::MAX, MISSING]);
        let texts: Vec<_> = unpacker.texts().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["b", "a", "b", ""]);
        assert!(unpacker.numbers().is_err(), "nothing is left");
    }

    #[test]
    fn other_bytes_are_refused() {
        assert!(matches!(Unpacker::new(b"no zstd"), Err(DataError::Compression(_))));
        let other = zstd::bulk::compress(b"another file", 3).unwrap();
        assert!(matches!(Unpacker::new(&other), Err(DataError::Layout(_))));
    }
}
