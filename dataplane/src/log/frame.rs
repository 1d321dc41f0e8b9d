//! The origin frame: what stands in a segment ahead of batches that were carried.
//!
//! It begins like a batch (base offset, length, four bytes, magic, CRC), so one walk reads both, but with a magic of
//! its own. It takes no offsets: its base offset is that of the first record behind it.

use super::{Origin, Source};
use crate::batch::{MAGIC_AT, PREFIX_BYTES};
use bytes::{Buf, BufMut};
use model::{ClusterName, TopicId};
use std::sync::Arc;
use uuid::Uuid;

/// The magic byte of an origin frame: no batch format of Kafka will have it.
pub(super) const FRAME_MAGIC: u8 = b'w';
/// Bytes that every entry of a segment has: those up to and with the magic.
pub(super) const ENTRY_PREFIX_BYTES: usize = MAGIC_AT + 1;

const CRC_AT: usize = 17;
const BODY_AT: usize = 21;
const VERSION: u8 = 1;

/// An origin frame, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// The source of the batches behind the frame.
    pub(super) source: Arc<Source>,
    /// The source offset to go on from.
    pub(super) next: i64,
    /// The source offset of the first record of each batch behind the frame.
    pub(super) base_offsets: Vec<i64>,
    /// Bytes of the batches behind the frame.
    pub(super) covered_bytes: u32,
    /// CRC-32C of those bytes.
    pub(super) covered_crc: u32,
}

impl Frame {
    /// Appends the frame to `out`.
    pub(super) fn encode(origin: &Origin, base_offset: i64, base_offsets: &[i64], covered: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        out.put_i64(base_offset);
        out.put_bytes(0, 8); // length, below, and four bytes that a batch has for its leader's epoch
        out.put_u8(FRAME_MAGIC);
        out.put_u32(0); // CRC, below
        out.put_u8(VERSION);
        out.put_u32(u32::try_from(covered.len()).expect("a group is bounded far below 4 GiB"));
        out.put_u32(crc32c::crc32c(covered));
        put_source(&origin.source, out);
        out.put_i64(origin.next);
        out.put_u32(u32::try_from(base_offsets.len()).expect("each takes bytes of a bounded group"));
        base_offsets.iter().for_each(|&offset| out.put_i64(offset));
        let length = u32::try_from(out.len() - start - PREFIX_BYTES).expect("smaller than its group");
        out[start + 8..start + 12].copy_from_slice(&length.to_be_bytes());
        let crc = crc32c::crc32c(&out[start + BODY_AT..]);
        out[start + CRC_AT..start + BODY_AT].copy_from_slice(&crc.to_be_bytes());
    }

    /// Decodes exactly the bytes of one frame; `None` when they are anything else.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut body = bytes.get(BODY_AT..)?;
        let stored = (&bytes[CRC_AT..BODY_AT]).get_u32();
        if bytes[MAGIC_AT] != FRAME_MAGIC || stored != crc32c::crc32c(body) || body.try_get_u8().ok()? != VERSION {
            return None;
        }
        let covered_bytes = body.try_get_u32().ok()?;
        let covered_crc = body.try_get_u32().ok()?;
        let source = Arc::new(take_source(&mut body)?);
        let next = body.try_get_i64().ok()?;
        let count = usize::try_from(body.try_get_u32().ok()?).ok()?;
        if body.len() != count.checked_mul(8)? {
            return None;
        }
        let base_offsets = (0..count).map(|_| body.get_i64()).collect();
        Some(Self { source, next, base_offsets, covered_bytes, covered_crc })
    }
}

/// Appends a source.
pub(super) fn put_source(source: &Source, out: &mut Vec<u8>) {
    let cluster = source.cluster.as_str().as_bytes();
    out.put_u8(u8::try_from(cluster.len()).expect("a cluster's name has at most 63 letters"));
    out.put_slice(cluster);
    out.put_slice(source.topic_id.0.as_bytes());
    out.put_i32(source.partition);
}

/// Takes a source from the front of `rest`.
pub(super) fn take_source(rest: &mut &[u8]) -> Option<Source> {
    let length = usize::from(rest.try_get_u8().ok()?);
    let (cluster, tail) = rest.split_at_checked(length)?;
    let cluster = ClusterName::new(std::str::from_utf8(cluster).ok()?).ok()?;
    let (id, tail) = tail.split_first_chunk::<16>()?;
    *rest = tail;
    let partition = rest.try_get_i32().ok()?;
    Some(Source { cluster, topic_id: TopicId(Uuid::from_bytes(*id)), partition })
}
