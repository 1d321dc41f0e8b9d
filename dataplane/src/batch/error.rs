//! What can be wrong with a batch.

/// Why bytes are not a batch that can be read or kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// The bytes end inside the batch.
    #[error("the bytes end inside a batch")]
    Truncated,
    /// Not message format 2.
    #[error("message format {0} is not supported, only 2 is")]
    Magic(i8),
    /// A length that no batch can have.
    #[error("{0} is no length of a batch")]
    Length(i32),
    /// The bytes are not those that were sent.
    #[error("the batch's CRC-32C is {computed:08x} but its header says {stored:08x}")]
    Crc {
        /// As the header says.
        stored: u32,
        /// As the bytes have it.
        computed: u32,
    },
    /// A codec number that Kafka has not given out.
    #[error("{0} is no compression codec")]
    UnknownCompression(i16),
    /// The codec refused the data.
    #[error("a {codec} batch cannot be decompressed: {reason}")]
    Decompress {
        /// The codec's name.
        codec: &'static str,
        /// What it said.
        reason: String,
    },
    /// The codec failed to compress.
    #[error("a {codec} batch cannot be compressed: {reason}")]
    Compress {
        /// The codec's name.
        codec: &'static str,
        /// What it said.
        reason: String,
    },
    /// Decompressed, the batch would be larger than allowed.
    #[error("the batch's records exceed the limit of {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The header's count of records is impossible or wrong.
    #[error("the header speaks of {claimed} records, which is not what the batch holds")]
    Count {
        /// The header's count.
        claimed: i32,
    },
    /// A record is not well-formed.
    #[error("record {index} of the batch has a bad {part}")]
    Record {
        /// The record's place in the batch, from 0.
        index: i32,
        /// The part of it that is wrong.
        part: &'static str,
    },
    /// A header of a record is not well-formed.
    #[error("a record's header has a bad {0}")]
    Header(&'static str),
    /// Control batches are not carried.
    #[error("a control batch is not carried")]
    Control,
    /// A field cannot hold the value.
    #[error("the batch cannot be built: {0}")]
    Unbuildable(&'static str),
}
