//! Record batches, Kafka's message format 2, read where they lie.
//!
//! A [`BatchView`] borrows the bytes of one batch and answers from its header; [`BatchView::records`] walks what
//! is inside. Nothing is allocated by a count or a length that came over the wire. The layout is the one of
//! Kafka's `DefaultRecordBatch`; formats 0 and 1 are gone since Kafka 4.0 and are refused.

mod build;
mod carry;
mod codec;
mod error;
mod records;
#[cfg(test)]
mod tests;
mod varint;

pub use build::BatchBuilder;
pub use carry::{carried, set_base_offset, set_leader_epoch};
pub use codec::Compression;
pub use error::BatchError;
pub use records::{HeaderView, Headers, RecordView, Records};

pub(crate) use carry::stamp_append_time;

/// Bytes of a batch before its records.
pub const HEADER_BYTES: usize = 61;
/// Bytes of a batch that its length field does not count: base offset and the length itself.
pub(crate) const PREFIX_BYTES: usize = 12;
/// Where the magic byte stands.
pub(crate) const MAGIC_AT: usize = 16;
/// Where the CRC stands.
const CRC_AT: usize = 17;
/// The CRC covers everything from here on, so base offset and leader epoch may change without it.
const CRC_FROM: usize = 21;

/// Attribute bits, as Kafka numbers them.
const COMPRESSION_MASK: i16 = 0x07;
const APPEND_TIME_BIT: i16 = 0x08;
const TRANSACTIONAL_BIT: i16 = 0x10;
const CONTROL_BIT: i16 = 0x20;

/// What the timestamps of a batch mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampType {
    /// The producer's time of each record.
    CreateTime,
    /// The time the batch was appended, one for all its records.
    LogAppendTime,
}

/// One whole batch, borrowed. Its header has been bounds-checked; its CRC has not, see [`BatchView::verify_crc`].
#[derive(Clone, Copy, Debug)]
pub struct BatchView<'a> {
    bytes: &'a [u8],
}

impl<'a> BatchView<'a> {
    /// Looks at the first batch of `bytes`; what follows it is ignored.
    ///
    /// # Errors
    /// When the bytes end early, the length is impossible or the format is not 2.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, BatchError> {
        let prefix = bytes.get(..=MAGIC_AT).ok_or(BatchError::Truncated)?;
        let length = i32::from_be_bytes(four(prefix, 8));
        let magic = i8::from_be_bytes([prefix[MAGIC_AT]]);
        if magic != 2 {
            return Err(BatchError::Magic(magic));
        }
        let size = usize::try_from(length).map_err(|_| BatchError::Length(length))?.saturating_add(PREFIX_BYTES);
        if size < HEADER_BYTES {
            return Err(BatchError::Length(length));
        }
        let bytes = bytes.get(..size).ok_or(BatchError::Truncated)?;
        Ok(Self { bytes })
    }

    /// Sees to it that the CRC-32C in the header is that of the bytes.
    ///
    /// # Errors
    /// When it is not.
    pub fn verify_crc(&self) -> Result<(), BatchError> {
        let (stored, computed) = (self.crc(), crc32c::crc32c(&self.bytes[CRC_FROM..]));
        if stored == computed { Ok(()) } else { Err(BatchError::Crc { stored, computed }) }
    }

    /// The records. A compressed batch is decompressed into `scratch` (cleared first), to at most `limit` bytes.
    ///
    /// # Errors
    /// When the codec is unknown, the data will not decompress or would exceed `limit`, or the count is impossible.
    pub fn records<'s>(&self, limit: usize, scratch: &'s mut Vec<u8>) -> Result<Records<'s>, BatchError>
    where
        'a: 's,
    {
        let data = match self.compression()? {
            Compression::None => self.payload(),
            codec => {
                codec::decompress(codec, self.payload(), limit, scratch)?;
                &scratch[..]
            }
        };
        Records::new(self, data)
    }

    /// The whole batch.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The records as they lie, compressed or not.
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        &self.bytes[HEADER_BYTES..]
    }

    /// Offset of the first record.
    #[must_use]
    pub fn base_offset(&self) -> i64 {
        self.long(0)
    }

    /// Offset of the last record, or of the last there was before compaction.
    #[must_use]
    pub fn last_offset(&self) -> i64 {
        self.base_offset().saturating_add(i64::from(self.last_offset_delta()))
    }

    /// The offset after this batch.
    #[must_use]
    pub fn next_offset(&self) -> i64 {
        self.last_offset().saturating_add(1)
    }

    /// Epoch of the leader that appended the batch.
    #[must_use]
    pub fn leader_epoch(&self) -> i32 {
        self.int(12)
    }

    /// The stored CRC-32C.
    #[must_use]
    pub fn crc(&self) -> u32 {
        u32::from_be_bytes(four(self.bytes, CRC_AT))
    }

    /// Codec, timestamp type and the transactional and control bits, undecoded.
    #[must_use]
    pub fn attributes(&self) -> i16 {
        i16::from_be_bytes([self.bytes[21], self.bytes[22]])
    }

    /// How the records are compressed.
    ///
    /// # Errors
    /// When the codec is none that Kafka knows.
    pub fn compression(&self) -> Result<Compression, BatchError> {
        Compression::from_attributes(self.attributes() & COMPRESSION_MASK)
    }

    /// Whether the times are the producer's or the log's.
    #[must_use]
    pub fn timestamp_type(&self) -> TimestampType {
        if self.attributes() & APPEND_TIME_BIT == 0 { TimestampType::CreateTime } else { TimestampType::LogAppendTime }
    }

    /// Whether the batch belongs to a transaction.
    #[must_use]
    pub fn is_transactional(&self) -> bool {
        self.attributes() & TRANSACTIONAL_BIT != 0
    }

    /// Whether the batch holds a transaction's marker instead of a user's records.
    #[must_use]
    pub fn is_control(&self) -> bool {
        self.attributes() & CONTROL_BIT != 0
    }

    /// Offset of the last record minus that of the first.
    #[must_use]
    pub fn last_offset_delta(&self) -> i32 {
        self.int(23)
    }

    /// What the records' timestamps are relative to, in ms.
    #[must_use]
    pub fn base_timestamp(&self) -> i64 {
        self.long(27)
    }

    /// The greatest timestamp in the batch as its producer claims, in ms; -1 for none.
    #[must_use]
    pub fn max_timestamp(&self) -> i64 {
        self.long(35)
    }

    /// The idempotent producer's id, or -1.
    #[must_use]
    pub fn producer_id(&self) -> i64 {
        self.long(43)
    }

    /// The idempotent producer's epoch, or -1.
    #[must_use]
    pub fn producer_epoch(&self) -> i16 {
        i16::from_be_bytes([self.bytes[51], self.bytes[52]])
    }

    /// The first record's number among the producer's, or -1.
    #[must_use]
    pub fn base_sequence(&self) -> i32 {
        self.int(53)
    }

    /// The last record's number among the producer's; numbers wrap from `i32::MAX` to 0. -1 without a producer.
    #[must_use]
    pub fn last_sequence(&self) -> i32 {
        if self.base_sequence() < 0 {
            return -1;
        }
        // Both terms are below 2^31, and the mask keeps 31 bits.
        self.base_sequence().wrapping_add(self.last_offset_delta()) & i32::MAX
    }

    /// Number of records as the header claims.
    #[must_use]
    pub fn count(&self) -> i32 {
        self.int(57)
    }

    fn long(&self, at: usize) -> i64 {
        let mut eight = [0; 8];
        eight.copy_from_slice(&self.bytes[at..at + 8]);
        i64::from_be_bytes(eight)
    }

    fn int(&self, at: usize) -> i32 {
        i32::from_be_bytes(four(self.bytes, at))
    }
}

fn four(bytes: &[u8], at: usize) -> [u8; 4] {
    [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]
}

/// Splits a run of batches, as Produce and Fetch carry them. A tail that is cut off is one [`BatchError::Truncated`]
/// at the end: Fetch answers may end so, anything else must not.
#[must_use]
pub fn batches(run: &[u8]) -> Batches<'_> {
    Batches { rest: run }
}

/// The batches of a run; ends after the first error.
#[derive(Clone, Debug)]
pub struct Batches<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Batches<'a> {
    type Item = Result<BatchView<'a>, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let parsed = BatchView::parse(self.rest);
        self.rest = parsed.as_ref().map_or(&[], |batch| &self.rest[batch.bytes.len()..]);
        Some(parsed)
    }
}
