//! Rewriting batches: in place where the CRC does not look, and for the road where it does.

use super::{APPEND_TIME_BIT, BatchError, BatchView, CRC_AT, CRC_FROM, TRANSACTIONAL_BIT};

/// Appends `batch` to `out` as it goes on to another log: its CRC is checked, producer id, epoch and sequence
/// become -1, the transactional bit is cleared and the CRC made anew. The base offset stays the source's.
///
/// # Errors
/// When the CRC is wrong, or the batch is a control batch, which is never carried.
pub fn carried(batch: &BatchView<'_>, out: &mut Vec<u8>) -> Result<(), BatchError> {
    if batch.is_control() {
        return Err(BatchError::Control);
    }
    batch.verify_crc()?;
    let start = out.len();
    out.extend_from_slice(batch.bytes());
    let copy = &mut out[start..];
    let attributes = batch.attributes() & !TRANSACTIONAL_BIT;
    copy[21..23].copy_from_slice(&attributes.to_be_bytes());
    copy[43..57].fill(0xff);
    seal(copy);
    Ok(())
}

/// Says where the batch stands in its log. The CRC does not cover it.
///
/// # Panics
/// When `batch` is shorter than a batch's header.
pub fn set_base_offset(batch: &mut [u8], offset: i64) {
    batch[..8].copy_from_slice(&offset.to_be_bytes());
}

/// Says under which leader the batch was appended. The CRC does not cover it.
///
/// # Panics
/// When `batch` is shorter than a batch's header.
pub fn set_leader_epoch(batch: &mut [u8], epoch: i32) {
    batch[12..16].copy_from_slice(&epoch.to_be_bytes());
}

/// Stamps the batch with the time of its append, for all its records, and makes the CRC anew.
pub(crate) fn stamp_append_time(batch: &mut [u8], now: i64) {
    let attributes = i16::from_be_bytes([batch[21], batch[22]]) | APPEND_TIME_BIT;
    batch[21..23].copy_from_slice(&attributes.to_be_bytes());
    batch[35..43].copy_from_slice(&now.to_be_bytes());
    seal(batch);
}

/// Makes the CRC that of the bytes.
pub(super) fn seal(batch: &mut [u8]) {
    let crc = crc32c::crc32c(&batch[CRC_FROM..]);
    batch[CRC_AT..CRC_FROM].copy_from_slice(&crc.to_be_bytes());
}
