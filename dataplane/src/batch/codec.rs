//! The four codecs of Kafka, with a cap on what comes out.

use super::BatchError;
use std::io::{Read, Write};

/// How the records of a batch are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compression {
    /// Not at all.
    None,
    /// RFC 1952, one member or several.
    Gzip,
    /// Raw, or in the framing of xerial's snappy-java.
    Snappy,
    /// The LZ4 frame format.
    Lz4,
    /// RFC 8878.
    Zstd,
}

/// What xerial's framing begins with; a version and a compatible version of four bytes each follow.
const XERIAL_MAGIC: &[u8; 8] = b"\x82SNAPPY\x00";
const XERIAL_HEADER_BYTES: usize = 16;
/// The block size of snappy-java as Kafka sets it.
const XERIAL_BLOCK_BYTES: usize = 32 * 1024;

impl Compression {
    pub(super) fn from_attributes(number: i16) -> Result<Self, BatchError> {
        [Self::None, Self::Gzip, Self::Snappy, Self::Lz4, Self::Zstd]
            .into_iter()
            .find(|codec| codec.number() == number)
            .ok_or(BatchError::UnknownCompression(number))
    }

    /// The number in a batch's attributes.
    pub(super) fn number(self) -> i16 {
        match self {
            Self::None => 0,
            Self::Gzip => 1,
            Self::Snappy => 2,
            Self::Lz4 => 3,
            Self::Zstd => 4,
        }
    }

    /// The name in Kafka's configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Snappy => "snappy",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        }
    }
}

/// Decompresses `data` into `out`, which is cleared first. More than `limit` bytes are an error, found before
/// they are kept.
pub(super) fn decompress(codec: Compression, data: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<(), BatchError> {
    out.clear();
    let outcome = match codec {
        Compression::None => read_capped(data, limit, out),
        Compression::Gzip => read_capped(flate2::bufread::MultiGzDecoder::new(data), limit, out),
        Compression::Snappy => return unsnap(data, limit, out),
        Compression::Lz4 => read_capped(lz4_flex::frame::FrameDecoder::new(data), limit, out),
        Compression::Zstd => {
            zstd::stream::read::Decoder::with_buffer(data).and_then(|decoder| read_capped(decoder, limit, out))
        }
    };
    outcome.map_err(|error| refused(codec, error))?;
    if out.len() > limit { Err(BatchError::TooLarge { limit }) } else { Ok(()) }
}

fn read_capped(reader: impl Read, limit: usize, out: &mut Vec<u8>) -> std::io::Result<()> {
    reader.take(limit as u64 + 1).read_to_end(out).map(|_| ())
}

fn refused(codec: Compression, error: impl std::fmt::Display) -> BatchError {
    BatchError::Decompress { codec: codec.name(), reason: error.to_string() }
}

fn unsnap(data: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<(), BatchError> {
    let Some(mut rest) = data.strip_prefix(XERIAL_MAGIC) else {
        return unsnap_block(data, limit, out);
    };
    let cut = || refused(Compression::Snappy, "the framing is cut off");
    rest = rest.get(XERIAL_HEADER_BYTES - XERIAL_MAGIC.len()..).ok_or_else(cut)?;
    while !rest.is_empty() {
        let (length, tail) = rest.split_first_chunk::<4>().ok_or_else(cut)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| cut())?;
        let (block, tail) = tail.split_at_checked(length).ok_or_else(cut)?;
        unsnap_block(block, limit, out)?;
        rest = tail;
    }
    Ok(())
}

/// Appends one raw block. Its own claim of its size is checked before anything is allocated.
fn unsnap_block(block: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<(), BatchError> {
    let claimed = snap::raw::decompress_len(block).map_err(|error| refused(Compression::Snappy, error))?;
    let start = out.len();
    if claimed > limit.saturating_sub(start) {
        return Err(BatchError::TooLarge { limit });
    }
    out.resize(start + claimed, 0);
    let written = snap::raw::Decoder::new()
        .decompress(block, &mut out[start..])
        .map_err(|error| refused(Compression::Snappy, error))?;
    out.truncate(start + written);
    Ok(())
}

/// Appends `data`, compressed, to `out`. Snappy is framed as the Java client frames it.
pub(super) fn compress(codec: Compression, data: &[u8], out: &mut Vec<u8>) -> Result<(), BatchError> {
    let failed =
        |error: &dyn std::fmt::Display| BatchError::Compress { codec: codec.name(), reason: error.to_string() };
    match codec {
        Compression::None => out.extend_from_slice(data),
        Compression::Gzip => {
            let mut writer = flate2::write::GzEncoder::new(out, flate2::Compression::default());
            writer.write_all(data).and_then(|()| writer.finish().map(|_| ())).map_err(|error| failed(&error))?;
        }
        Compression::Snappy => {
            out.extend_from_slice(XERIAL_MAGIC);
            out.extend_from_slice(&[0, 0, 0, 1, 0, 0, 0, 1]);
            for block in data.chunks(XERIAL_BLOCK_BYTES) {
                let packed = snap::raw::Encoder::new().compress_vec(block).map_err(|error| failed(&error))?;
                let length = u32::try_from(packed.len()).expect("a block of 32 KiB stays small");
                out.extend_from_slice(&length.to_be_bytes());
                out.extend_from_slice(&packed);
            }
        }
        Compression::Lz4 => {
            let mut writer = lz4_flex::frame::FrameEncoder::new(out);
            writer.write_all(data).map_err(|error| failed(&error))?;
            writer.finish().map_err(|error| failed(&error))?;
        }
        Compression::Zstd => {
            zstd::stream::copy_encode(data, out, zstd::DEFAULT_COMPRESSION_LEVEL).map_err(|error| failed(&error))?;
        }
    }
    Ok(())
}
