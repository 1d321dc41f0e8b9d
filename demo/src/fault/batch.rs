//! Record batches taken apart and put together again.

use dataplane::batch::{BatchError, BatchView, RecordView};
use model::{EVENT_ID_HEADER, EventId};

/// The most that one batch may unpack to, in bytes.
const UNPACKED_MAX: usize = 64 << 20;

/// Where the fields of a batch's header stand.
const LENGTH: usize = 8;
const CRC: usize = 17;
const ATTRIBUTES: usize = 21;
const LAST_OFFSET_DELTA: usize = 23;
const PRODUCER: usize = 43;
const COUNT: usize = 57;
pub(super) const HEADER: usize = 61;

/// One record, apart from its batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) offset: i64,
    pub(super) timestamp: i64,
    pub(super) key: Option<Vec<u8>>,
    pub(super) value: Option<Vec<u8>>,
    pub(super) headers: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl Record {
    fn of(view: &RecordView<'_>) -> Result<Self, BatchError> {
        let headers = view.headers.clone();
        let headers =
            headers.map(|header| header.map(|header| (header.key.to_vec(), header.value.map(<[u8]>::to_vec))));
        Ok(Self {
            offset: view.offset,
            timestamp: view.timestamp,
            key: view.key.map(<[u8]>::to_vec),
            value: view.value.map(<[u8]>::to_vec),
            headers: headers.collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn event_id(&self) -> Option<EventId> {
        let mut ids = self.headers.iter().filter(|(name, _)| name == EVENT_ID_HEADER.as_bytes());
        ids.find_map(|(_, value)| EventId::from_bytes(value.as_deref()?))
    }
}

/// All records of a batch.
pub(super) fn records(batch: &BatchView<'_>) -> Result<Vec<Record>, BatchError> {
    let mut scratch = Vec::new();
    batch.records(UNPACKED_MAX, &mut scratch)?.map(|record| Record::of(&record?)).collect()
}

/// The batch with other records, uncompressed, its count, length and CRC made right. The offsets it covers stay as they were.
pub(super) fn rebuilt(batch: &BatchView<'_>, records: &[Record]) -> Vec<u8> {
    assembled(batch, batch.bytes()[..HEADER].to_vec(), records)
}

/// The batch as a producer without idempotence sends it: offsets from 0 without a gap. `None` when its CRC is broken or it
/// belongs to a transaction.
pub(super) fn as_produced(batch: &BatchView<'_>) -> Option<Vec<u8>> {
    if batch.is_transactional() || batch.verify_crc().is_err() {
        return None;
    }
    let mut records = records(batch).ok()?;
    for (record, place) in records.iter_mut().zip(0..) {
        record.offset = batch.base_offset() + place;
    }
    let last = u32::try_from(records.len()).ok()?.checked_sub(1)?;
    let mut header = batch.bytes()[..HEADER].to_vec();
    header[LAST_OFFSET_DELTA..LAST_OFFSET_DELTA + 4].copy_from_slice(&last.to_be_bytes());
    // Producer id, epoch and sequence: -1 each.
    header[PRODUCER..COUNT].fill(0xff);
    let mut bytes = assembled(batch, header, &records);
    // The CRC does not cover the base offset.
    bytes[..LENGTH].fill(0);
    Some(bytes)
}

fn assembled(batch: &BatchView<'_>, mut bytes: Vec<u8>, records: &[Record]) -> Vec<u8> {
    for record in records {
        put_record(&mut bytes, record, batch.base_offset(), batch.base_timestamp());
    }
    let attributes = batch.attributes() & !0b111;
    bytes[ATTRIBUTES..ATTRIBUTES + 2].copy_from_slice(&attributes.to_be_bytes());
    let count = u32::try_from(records.len()).expect("a batch came with fewer than 2^31 records");
    bytes[COUNT..COUNT + 4].copy_from_slice(&count.to_be_bytes());
    let length = u32::try_from(bytes.len() - LENGTH - 4).expect("a batch stays below 4 GiB");
    bytes[LENGTH..LENGTH + 4].copy_from_slice(&length.to_be_bytes());
    let crc = crc32c::crc32c(&bytes[ATTRIBUTES..]);
    bytes[CRC..CRC + 4].copy_from_slice(&crc.to_be_bytes());
    bytes
}

fn put_record(out: &mut Vec<u8>, record: &Record, base_offset: i64, base_timestamp: i64) {
    let mut body = vec![0];
    put_varint(&mut body, record.timestamp - base_timestamp);
    put_varint(&mut body, record.offset - base_offset);
    put_bytes(&mut body, record.key.as_deref());
    put_bytes(&mut body, record.value.as_deref());
    put_length(&mut body, record.headers.len());
    for (name, value) in &record.headers {
        put_bytes(&mut body, Some(name));
        put_bytes(&mut body, value.as_deref());
    }
    put_length(out, body.len());
    out.extend_from_slice(&body);
}

fn put_bytes(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        None => put_varint(out, -1),
        Some(bytes) => {
            put_length(out, bytes.len());
            out.extend_from_slice(bytes);
        }
    }
}

fn put_length(out: &mut Vec<u8>, length: usize) {
    put_varint(out, i64::try_from(length).expect("no slice is longer than 2^63"));
}

/// Zig-zag, seven bits a byte.
fn put_varint(out: &mut Vec<u8>, value: i64) {
    let mut value = (value << 1 ^ value >> 63).cast_unsigned();
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use dataplane::batch::{BatchBuilder, Compression};

    fn built(compression: Compression) -> Vec<u8> {
        let mut builder = BatchBuilder::new().with_compression(compression).with_base_offset(1000);
        builder.push(5_000, Some(b"k"), Some(&[7; 300]), &[(b"h", Some(b"v")), (b"n", None)]);
        builder.push(4_000, None, None, &[]);
        builder.push(70_000, Some(b""), Some(b"x"), &[]);
        builder.build().unwrap()
    }

    #[test]
    fn a_batch_survives_being_taken_apart() {
        for compression in [Compression::None, Compression::Lz4, Compression::Gzip] {
            let bytes = built(compression);
            let view = BatchView::parse(&bytes).unwrap();
            let taken = records(&view).unwrap();
            let again = rebuilt(&view, &taken);
            let again = BatchView::parse(&again).unwrap();
            again.verify_crc().unwrap();
            assert_eq!(records(&again).unwrap(), taken);
            assert_eq!((again.base_offset(), again.last_offset(), again.count()), (1000, 1002, 3));
        }
    }

    #[test]
    fn fewer_and_more_records_leave_the_covered_offsets() {
        let bytes = built(Compression::None);
        let view = BatchView::parse(&bytes).unwrap();
        let taken = records(&view).unwrap();
        for kept in
            [&taken[..1], &taken[2..], &[taken[0].clone(), taken[0].clone(), taken[1].clone(), taken[2].clone()][..]]
        {
            let changed = rebuilt(&view, kept);
            let changed = BatchView::parse(&changed).unwrap();
            changed.verify_crc().unwrap();
            assert_eq!(records(&changed).unwrap(), kept);
            assert_eq!((changed.base_offset(), changed.last_offset()), (1000, 1002));
        }
    }
}
