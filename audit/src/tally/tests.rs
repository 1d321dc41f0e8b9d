use super::*;
use crate::invariants::{sums_add, tally_is_sound};
use crate::record::{Digester, Seed};
use model::{EventId, SessionId, Timestamp};
use proptest::prelude::*;

fn digester() -> Digester {
    Digester::new(0, &Seed([7; 16]))
}

/// A record of few possible ones, so that copies are common.
fn add(tally: &mut Tally, seed: u16, offset: i64) {
    let value = [u8::try_from(seed % 7).unwrap(); 9];
    let record = Record {
        offset,
        origin_offset: seed.is_multiple_of(3).then_some(offset * 2),
        timestamp: if seed.is_multiple_of(11) { NO_TIME } else { Timestamp(i64::from(seed)) },
        key: Some(b"key"),
        value: Some(&value),
        event_id: seed.is_multiple_of(2).then_some(EventId { session: SessionId(1), sequence: u64::from(seed / 4) }),
    };
    tally.add(&record, &digester().digest(&record), &digester());
}

fn tally(shape: Shape, seeds: &[u16]) -> Tally {
    let mut tally = Tally::new(shape);
    for (seed, offset) in seeds.iter().zip(0..) {
        add(&mut tally, *seed, offset);
    }
    tally
}

proptest! {
    #[test]
    fn equal_content_has_equal_bytes_whatever_the_order(mut seeds in prop::collection::vec(any::<u16>(), 0..80), limit in 0_u32..60) {
        let shape = Shape::new(limit, 64);
        let span = |tally: &mut Tally| { tally.offsets = Some(Span { first: 0, last: 0 }); tally.origin_offsets = None; };
        let (mut one, mut other) = (tally(shape, &seeds), { seeds.reverse(); tally(shape, &seeds) });
        if !seeds.is_empty() {
            // Offsets tell the orders apart; all else does not.
            span(&mut one);
            span(&mut other);
        }
        prop_assert_eq!(&one, &other);
        prop_assert_eq!(one.encode(), other.encode());
    }

    #[test]
    fn a_tally_reads_its_own_bytes(seeds in prop::collection::vec(any::<u16>(), 0..80), limit in 0_u32..60, malformed in 0_u64..3) {
        let mut tally = tally(Shape::new(limit, 64), &seeds);
        if malformed > 0 {
            tally.add_malformed(malformed, Span { first: -3, last: 900 }, Some(Span { first: 5, last: 6 }));
        }
        tally.add_aborted();
        prop_assert_eq!(tally_is_sound(&tally), Ok(()));
        let bytes = tally.encode();
        let decoded = Tally::decode(&bytes);
        prop_assert_eq!(decoded.as_ref(), Ok(&tally));
        prop_assert_eq!(decoded.unwrap().encode(), bytes.clone());
        let json = serde_json::to_string(&tally).unwrap();
        prop_assert_eq!(serde_json::from_str::<Tally>(&json).unwrap(), tally);
        for cut in 0..bytes.len() {
            prop_assert!(Tally::decode(&bytes[..cut]).is_err(), "cut at {}", cut);
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        prop_assert_eq!(Tally::decode(&longer), Err(DecodeError::Trailing(1)));
    }

    #[test]
    fn arbitrary_bytes_are_refused_or_sound(mut bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for version in [None, Some(VERSION)] {
            if let (Some(first), Some(version)) = (bytes.first_mut(), version) {
                *first = version;
            }
            if let Ok(tally) = Tally::decode(&bytes) {
                prop_assert_eq!(tally_is_sound(&tally), Ok(()));
                prop_assert_eq!(tally.encode(), bytes.clone(), "there is one form only");
            }
        }
    }

    #[test]
    fn a_flipped_bit_is_refused_or_sound(seeds in prop::collection::vec(any::<u16>(), 0..40), limit in 0_u32..40, at in any::<prop::sample::Index>(), bit in 0..8) {
        let mut bytes = tally(Shape::new(limit, 16), &seeds).encode();
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        if let Ok(tally) = Tally::decode(&bytes) {
            prop_assert_eq!(tally_is_sound(&tally), Ok(()));
            prop_assert_eq!(tally.encode(), bytes);
        }
    }

    #[test]
    fn merging_is_adding_in_any_order_and_grouping(parts in prop::collection::vec((prop::collection::vec(any::<u16>(), 0..40), 0_u32..80, prop::sample::select(vec![16_u32, 64, 256])), 3)) {
        let digester = digester();
        let tallies: Vec<Tally> = parts.iter().map(|(seeds, limit, cells)| tally(Shape::new(*limit, *cells), seeds)).collect();
        let merge = |left: &Tally, right: &Tally| { let mut sum = left.clone(); sum.merge(right, &digester); sum };
        let [a, b, c] = &tallies[..] else { unreachable!("three parts") };
        let whole = merge(&merge(a, b), c);
        for other in [merge(a, &merge(b, c)), merge(&merge(c, a), b), merge(&merge(b, c), a)] {
            prop_assert_eq!(&other, &whole);
            prop_assert_eq!(other.encode(), whole.encode());
        }
        prop_assert_eq!(sums_add(&[a, b, c], &whole), Ok(()));
        prop_assert_eq!(tally_is_sound(&whole), Ok(()));
    }
}

#[test]
fn a_tally_of_another_version_is_refused() {
    let mut bytes = Tally::new(Shape::default()).encode();
    bytes[0] = 2;
    assert_eq!(Tally::decode(&bytes), Err(DecodeError::Version(2)));
}

#[test]
fn an_encoded_tally_is_bounded() {
    let error = Tally::decode(&vec![VERSION; MAX_ENCODED_BYTES + 1]).unwrap_err();
    assert!(matches!(error, DecodeError::Limit { limit, .. } if limit == MAX_ENCODED_BYTES as u64), "{error}");
    assert!(
        !matches!(Tally::decode(&vec![VERSION; MAX_ENCODED_BYTES]).unwrap_err(), DecodeError::Limit { limit, .. } if limit == MAX_ENCODED_BYTES as u64)
    );
}

#[test]
fn a_window_with_event_ids_of_one_session_takes_few_bytes() {
    let mut tally = Tally::new(Shape::default());
    for sequence in 0..200 {
        let event_id = Some(EventId { session: SessionId(0x1234_5678_9abc_def0), sequence });
        let (key, value) = (Some(&b"key"[..]), Some(&b"value"[..]));
        let timestamp = Timestamp(1_000);
        let record = Record { offset: 5, origin_offset: None, timestamp, key, value, event_id };
        tally.add(&record, &digester().digest(&record), &digester());
    }
    let bytes = tally.encode().len();
    assert!(bytes < 200 * 7, "{bytes} bytes for 200 records");
}
