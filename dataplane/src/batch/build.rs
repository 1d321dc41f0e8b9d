//! Making batches: for tests, for the group offsets that the log keeps, and for the demonstration.

use super::carry::seal;
use super::{BatchError, Compression, HEADER_BYTES, PREFIX_BYTES, codec, varint};

/// Collects records and makes a batch of them.
#[derive(Clone, Debug)]
pub struct BatchBuilder {
    compression: Compression,
    attributes: i16,
    base_offset: i64,
    producer: (i64, i16, i32),
    base_timestamp: i64,
    max_timestamp: i64,
    count: i32,
    records: Vec<u8>,
    scratch: Vec<u8>,
}

impl Default for BatchBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl BatchBuilder {
    /// No records, no compression, no producer, base offset 0.
    #[must_use]
    pub fn new() -> Self {
        Self {
            compression: Compression::None,
            attributes: 0,
            base_offset: 0,
            producer: (-1, -1, -1),
            base_timestamp: -1,
            max_timestamp: -1,
            count: 0,
            records: Vec::new(),
            scratch: Vec::new(),
        }
    }

    /// Compresses the records.
    #[must_use]
    pub fn with_compression(self, compression: Compression) -> Self {
        Self { compression, ..self }
    }

    /// Names the idempotent producer, its epoch and the first record's sequence.
    #[must_use]
    pub fn with_producer(self, id: i64, epoch: i16, base_sequence: i32) -> Self {
        Self { producer: (id, epoch, base_sequence), ..self }
    }

    /// Sets the first record's offset.
    #[must_use]
    pub fn with_base_offset(self, base_offset: i64) -> Self {
        Self { base_offset, ..self }
    }

    /// Sets attribute bits besides the codec: 0x08 append time, 0x10 transactional, 0x20 control.
    #[must_use]
    pub fn with_attributes(self, attributes: i16) -> Self {
        Self { attributes, ..self }
    }

    /// Adds a record with the next offset. Times are ms, -1 for none.
    ///
    /// # Panics
    /// When a key, value or header is 2 GiB or more: no batch could hold it.
    pub fn push(
        &mut self,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[(&[u8], Option<&[u8]>)],
    ) {
        if self.count == 0 {
            self.base_timestamp = timestamp;
        }
        self.max_timestamp = self.max_timestamp.max(timestamp);
        let body = &mut self.scratch;
        body.clear();
        body.push(0);
        varint::put(body, timestamp.wrapping_sub(self.base_timestamp));
        varint::put(body, i64::from(self.count));
        put_bytes(body, key);
        put_bytes(body, value);
        varint::put(body, length(headers.len()));
        for (key, value) in headers {
            put_bytes(body, Some(key));
            put_bytes(body, *value);
        }
        varint::put(&mut self.records, length(body.len()));
        self.records.extend_from_slice(body);
        self.count += 1;
    }

    /// Number of records so far.
    #[must_use]
    pub fn len(&self) -> usize {
        usize::try_from(self.count).unwrap_or(0)
    }

    /// Whether there is no record yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Bytes of the batch before compression.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        HEADER_BYTES + self.records.len()
    }

    /// The batch.
    ///
    /// # Errors
    /// When there is no record, the codec fails or the batch would reach 2 GiB.
    pub fn build(&self) -> Result<Vec<u8>, BatchError> {
        if self.count == 0 {
            return Err(BatchError::Unbuildable("it has no record"));
        }
        let mut out = Vec::with_capacity(self.byte_len());
        out.extend_from_slice(&self.base_offset.to_be_bytes());
        out.extend_from_slice(&[0; 4]); // length, below
        out.extend_from_slice(&0_i32.to_be_bytes()); // leader epoch
        out.push(2);
        out.extend_from_slice(&[0; 4]); // CRC, below
        out.extend_from_slice(&(self.attributes | self.compression.number()).to_be_bytes());
        out.extend_from_slice(&(self.count - 1).to_be_bytes());
        out.extend_from_slice(&self.base_timestamp.to_be_bytes());
        out.extend_from_slice(&self.max_timestamp.to_be_bytes());
        out.extend_from_slice(&self.producer.0.to_be_bytes());
        out.extend_from_slice(&self.producer.1.to_be_bytes());
        out.extend_from_slice(&self.producer.2.to_be_bytes());
        out.extend_from_slice(&self.count.to_be_bytes());
        codec::compress(self.compression, &self.records, &mut out)?;
        let length = i32::try_from(out.len() - PREFIX_BYTES);
        let length = length.map_err(|_| BatchError::Unbuildable("it reaches 2 GiB"))?;
        out[8..12].copy_from_slice(&length.to_be_bytes());
        seal(&mut out);
        Ok(out)
    }
}

fn put_bytes(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        None => varint::put(out, -1),
        Some(bytes) => {
            varint::put(out, length(bytes.len()));
            out.extend_from_slice(bytes);
        }
    }
}

fn length(bytes: usize) -> i64 {
    i64::from(i32::try_from(bytes).expect("parts of a record stay below 2 GiB"))
}
