//! What the reader of batches takes, what it refuses, and that nothing makes it allocate or panic.

use super::*;

const CODECS: [Compression; 5] =
    [Compression::None, Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd];
const LIMIT: usize = 1 << 20;

type Owned = (i64, i64, Option<Vec<u8>>, Option<Vec<u8>>, Vec<(Vec<u8>, Option<Vec<u8>>)>);

fn sample(compression: Compression) -> BatchBuilder {
    let mut builder = BatchBuilder::new().with_compression(compression).with_base_offset(100);
    builder.push(1_000, Some(b"key"), Some(b"value"), &[(b"h", Some(b"1")), (b"h", None), (b"h", Some(b""))]);
    builder.push(-1, None, None, &[]);
    builder.push(999, Some(b""), Some(&[7; 300]), &[]);
    builder
}

fn walk(batch: &BatchView<'_>, limit: usize) -> Result<Vec<Owned>, BatchError> {
    let mut scratch = Vec::new();
    let own = |bytes: Option<&[u8]>| bytes.map(<[u8]>::to_vec);
    let owned = |record: Result<RecordView<'_>, BatchError>| {
        let record = record?;
        let headers = record.headers.map(|header| header.map(|header| (header.key.to_vec(), own(header.value))));
        let headers = headers.collect::<Result<_, _>>()?;
        Ok((record.offset, record.timestamp, own(record.key), own(record.value), headers))
    };
    batch.records(limit, &mut scratch)?.map(owned).collect()
}

fn resealed(mut bytes: Vec<u8>, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    change(&mut bytes);
    carry::seal(&mut bytes);
    bytes
}

#[test]
fn records_survive_every_codec() {
    let header = |value: Option<&[u8]>| (b"h".to_vec(), value.map(<[u8]>::to_vec));
    let expected: Vec<Owned> = vec![
        (
            100,
            1_000,
            Some(b"key".to_vec()),
            Some(b"value".to_vec()),
            vec![header(Some(b"1")), header(None), header(Some(b""))],
        ),
        (101, -1, None, None, vec![]),
        (102, 999, Some(vec![]), Some(vec![7; 300]), vec![]),
    ];
    for codec in CODECS {
        let bytes = sample(codec).build().unwrap();
        let batch = BatchView::parse(&bytes).unwrap();
        assert_eq!(batch.verify_crc(), Ok(()), "{}", codec.name());
        assert_eq!(batch.compression(), Ok(codec));
        assert_eq!((batch.count(), batch.last_offset(), batch.next_offset()), (3, 102, 103));
        assert_eq!((batch.base_timestamp(), batch.max_timestamp()), (1_000, 1_000));
        assert_eq!(walk(&batch, LIMIT), Ok(expected.clone()), "{}", codec.name());
    }
}

#[test]
fn snappy_is_read_raw_and_framed() {
    let plain = sample(Compression::None).build().unwrap();
    let payload = BatchView::parse(&plain).unwrap().payload();
    let raw = snap::raw::Encoder::new().compress_vec(payload).unwrap();
    let mut bytes = plain[..HEADER_BYTES].to_vec();
    bytes.extend_from_slice(&raw);
    bytes[22] = 2;
    let length = i32::try_from(bytes.len() - PREFIX_BYTES).unwrap();
    bytes[8..12].copy_from_slice(&length.to_be_bytes());
    let raw = BatchView::parse(&bytes).unwrap();
    let framed = sample(Compression::Snappy).build().unwrap();
    let framed = BatchView::parse(&framed).unwrap();
    assert!(framed.payload().starts_with(b"\x82SNAPPY\x00"));
    assert_eq!(walk(&raw, LIMIT), walk(&framed, LIMIT));
}

#[test]
fn a_bomb_stops_at_the_limit_in_every_codec() {
    for codec in CODECS.into_iter().skip(1) {
        let mut builder = BatchBuilder::new().with_compression(codec);
        builder.push(0, None, Some(&vec![0; 3 << 20]), &[]);
        let bytes = builder.build().unwrap();
        assert!(bytes.len() < 1 << 18, "{} made {} bytes", codec.name(), bytes.len());
        let batch = BatchView::parse(&bytes).unwrap();
        assert_eq!(walk(&batch, LIMIT), Err(BatchError::TooLarge { limit: LIMIT }), "{}", codec.name());
        assert!(walk(&batch, 4 << 20).is_ok(), "{}", codec.name());
    }
}

#[test]
fn the_limit_itself_is_allowed() {
    for codec in CODECS.into_iter().skip(1) {
        let builder = sample(codec);
        let exactly = builder.byte_len() - HEADER_BYTES;
        let bytes = builder.build().unwrap();
        let batch = BatchView::parse(&bytes).unwrap();
        assert!(walk(&batch, exactly).is_ok(), "{}", codec.name());
        assert_eq!(walk(&batch, exactly - 1), Err(BatchError::TooLarge { limit: exactly - 1 }), "{}", codec.name());
    }
}

#[test]
fn impossible_headers_are_refused() {
    let good = sample(Compression::None).build().unwrap();
    let changed = |at: usize, bytes: &[u8]| {
        let mut batch = good.clone();
        batch[at..at + bytes.len()].copy_from_slice(bytes);
        batch
    };
    let parse = |bytes: &[u8]| BatchView::parse(bytes).map(|_| ()).unwrap_err();
    assert_eq!(parse(&changed(16, &[1])), BatchError::Magic(1));
    assert_eq!(parse(&changed(8, &(-1_i32).to_be_bytes())), BatchError::Length(-1));
    assert_eq!(parse(&changed(8, &48_i32.to_be_bytes())), BatchError::Length(48));
    assert_eq!(parse(&changed(8, &i32::MAX.to_be_bytes())), BatchError::Truncated);
    for cut in 0..good.len() {
        assert_eq!(parse(&good[..cut]), BatchError::Truncated, "cut at {cut}");
    }
    let torn = changed(HEADER_BYTES + 3, &[0xee]);
    assert!(matches!(BatchView::parse(&torn).unwrap().verify_crc(), Err(BatchError::Crc { .. })));
    let codec = resealed(good.clone(), |bytes| bytes[22] = 5);
    assert_eq!(walk(&BatchView::parse(&codec).unwrap(), LIMIT), Err(BatchError::UnknownCompression(5)));
}

#[test]
fn a_count_that_lies_is_found_and_never_allocated() {
    let good = sample(Compression::None).build().unwrap();
    for claimed in [-1, 0, 2, 4, 1_000_000, i32::MAX] {
        let bytes = resealed(good.clone(), |bytes| bytes[57..61].copy_from_slice(&i32::to_be_bytes(claimed)));
        let error = walk(&BatchView::parse(&bytes).unwrap(), LIMIT).unwrap_err();
        let expected = matches!(error, BatchError::Count { claimed: found } if found == claimed)
            || matches!(error, BatchError::Record { index: 3, part: "length" });
        assert!(expected, "{claimed}: {error}");
    }
}

#[test]
fn no_change_of_a_single_byte_panics_and_the_crc_finds_each() {
    for codec in CODECS {
        let good = sample(codec).build().unwrap();
        for at in 0..good.len() {
            for bit in [0x01, 0x80, 0xff] {
                let mut bytes = good.clone();
                bytes[at] ^= bit;
                let Ok(batch) = BatchView::parse(&bytes) else { continue };
                let covered = (17..good.len()).contains(&at) && batch.bytes().len() == good.len();
                assert!(!covered || batch.verify_crc().is_err(), "byte {at} of {}", codec.name());
                let _ = walk(&batch, LIMIT);
            }
        }
    }
}

#[test]
fn a_run_is_split_and_a_cut_tail_is_said_once() {
    let one = sample(Compression::None).build().unwrap();
    let mut run = one.repeat(3);
    assert_eq!(batches(&run).map(|batch| batch.unwrap().bytes().len()).collect::<Vec<_>>(), vec![one.len(); 3]);
    run.truncate(run.len() - 1);
    let found: Vec<_> = batches(&run).map(|batch| batch.map(|_| ())).collect();
    assert_eq!(found, [Ok(()), Ok(()), Err(BatchError::Truncated)]);
    assert_eq!(batches(&[]).count(), 0);
}

#[test]
fn a_carried_batch_has_no_producer_and_a_sound_crc() {
    let bytes = sample(Compression::Zstd).with_producer(9, 2, 40).with_attributes(TRANSACTIONAL_BIT).build().unwrap();
    let batch = BatchView::parse(&bytes).unwrap();
    let mut out = vec![0xaa];
    carried(&batch, &mut out).unwrap();
    let rewritten = BatchView::parse(&out[1..]).unwrap();
    assert_eq!(rewritten.verify_crc(), Ok(()));
    assert_eq!((rewritten.producer_id(), rewritten.producer_epoch(), rewritten.base_sequence()), (-1, -1, -1));
    assert!(!rewritten.is_transactional());
    assert_eq!((rewritten.base_offset(), rewritten.max_timestamp()), (100, batch.max_timestamp()));
    assert_eq!(walk(&rewritten, LIMIT), walk(&batch, LIMIT));
}

#[test]
fn broken_and_control_batches_are_not_carried() {
    let mut bytes = sample(Compression::None).build().unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    let mut out = Vec::new();
    let broken = carried(&BatchView::parse(&bytes).unwrap(), &mut out);
    assert!(matches!(broken, Err(BatchError::Crc { .. })));
    let control = sample(Compression::None).with_attributes(CONTROL_BIT).build().unwrap();
    assert_eq!(carried(&BatchView::parse(&control).unwrap(), &mut out), Err(BatchError::Control));
    assert!(out.is_empty());
}

#[test]
fn offsets_and_epochs_change_without_the_crc_and_append_time_with_it() {
    let mut bytes = sample(Compression::Gzip).build().unwrap();
    set_base_offset(&mut bytes, 7);
    set_leader_epoch(&mut bytes, 3);
    let batch = BatchView::parse(&bytes).unwrap();
    assert_eq!((batch.base_offset(), batch.leader_epoch(), batch.verify_crc()), (7, 3, Ok(())));
    stamp_append_time(&mut bytes, 5_000);
    let batch = BatchView::parse(&bytes).unwrap();
    assert_eq!((batch.timestamp_type(), batch.verify_crc()), (TimestampType::LogAppendTime, Ok(())));
    assert!(walk(&batch, LIMIT).unwrap().iter().all(|record| record.1 == 5_000));
}

#[test]
fn sequences_wrap_to_zero() {
    for (base, last) in [(0, 2), (i32::MAX - 2, i32::MAX), (i32::MAX - 1, 0), (i32::MAX, 1), (-1, -1)] {
        let bytes = sample(Compression::None).with_producer(1, 0, base).build().unwrap();
        assert_eq!(BatchView::parse(&bytes).unwrap().last_sequence(), last, "from {base}");
    }
}
