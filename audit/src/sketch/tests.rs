use super::*;
use crate::record::{Record, Seed};
use model::{EventId, SessionId, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn digester() -> Digester {
    Digester::new(0, &Seed([7; 16]))
}

/// Event `sequence` with one of some payloads, or the same without an event id.
fn digest(digester: &Digester, sequence: u64, payload: u8, with_id: bool) -> Digest {
    let (key, value) = (sequence.to_le_bytes(), [payload; 5]);
    let event_id = with_id.then_some(EventId { session: SessionId(3), sequence });
    let timestamp = Timestamp(1_000);
    digester.digest(&Record {
        offset: 0,
        origin_offset: None,
        timestamp,
        key: Some(&key),
        value: Some(&value),
        event_id,
    })
}

fn sketch(shape: Shape, digests: &[Digest]) -> Sketch {
    let digester = digester();
    let mut sketch = Sketch::new(shape);
    digests.iter().for_each(|digest| sketch.add(digest, &digester));
    sketch
}

/// What the difference of two multisets is, by counting.
fn counted(left: &[Digest], right: &[Digest]) -> Vec<Copies> {
    let mut counts: BTreeMap<(Identity, u32), i64> = BTreeMap::new();
    for (digests, sign) in [(left, 1), (right, -1)] {
        for digest in digests {
            *counts.entry((digest.identity, digest.mark)).or_default() += sign;
        }
    }
    let some = counts.into_iter().filter(|(_, copies)| *copies != 0);
    some.map(|((identity, mark), copies)| Copies { identity, mark, copies }).collect()
}

/// A fixed sequence of numbers that look random.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }
}

proptest! {
    #[test]
    fn a_difference_names_what_counting_names(
        common in prop::collection::vec((0_u64..400, 0_u8..2, any::<bool>()), 0..300),
        left in prop::collection::vec((0_u64..400, 0_u8..3, any::<bool>(), 1_usize..5), 0..12),
        right in prop::collection::vec((0_u64..400, 0_u8..3, any::<bool>(), 1_usize..5), 0..12),
        limits in (0_u32..600, 0_u32..600),
        cells in (prop::sample::select(vec![1024_u32, 2048, 4096]), prop::sample::select(vec![1024_u32, 2048, 4096])),
    ) {
        let digester = digester();
        let of = |own: &[(u64, u8, bool, usize)]| -> Vec<Digest> {
            let common = common.iter().map(|each| digest(&digester, each.0, each.1, each.2));
            let own = own.iter().flat_map(|each| vec![digest(&digester, each.0, each.1, each.2); each.3]);
            common.chain(own).collect()
        };
        let (left, right) = (of(&left), of(&right));
        let (one, other) = (sketch(Shape::new(limits.0, cells.0), &left), sketch(Shape::new(limits.1, cells.1), &right));
        prop_assert_eq!(one.is_list(), left.len() <= limits.0 as usize);
        prop_assert_eq!(one.copies(), left.len() as u64);
        prop_assert_eq!(one.difference(&other, &digester).decode(&digester), Some(counted(&left, &right)));
    }

    #[test]
    fn folding_is_building_smaller(seeds in prop::collection::vec((any::<u64>(), any::<u8>()), 1..200), bits in 4_u32..9) {
        let digester = digester();
        let digests: Vec<Digest> = seeds.iter().map(|(sequence, payload)| digest(&digester, *sequence, *payload, true)).collect();
        let small = Shape::new(0, 1 << bits);
        prop_assert_eq!(sketch(Shape::new(0, 1024), &digests).folded(small, &digester), sketch(small, &digests));
    }
}

#[test]
fn every_multiplicity_up_to_its_bound_is_named() {
    let digester = digester();
    let noise: Vec<Digest> = (1_000..1_400).map(|at| digest(&digester, at, 0, true)).collect();
    for copies in [1_usize, 2, 3, 4, 6, 8, 12, 16, 32, 48, 64, 65, 100, 1_000] {
        for with_id in [true, false] {
            let mut more = noise.clone();
            more.extend(vec![digest(&digester, 5, 1, with_id); copies]);
            let (one, other) = (sketch(Shape::new(0, 256), &more), sketch(Shape::new(0, 256), &noise));
            assert_eq!(
                one.difference(&other, &digester).decode(&digester),
                Some(counted(&more, &noise)),
                "{copies} copies"
            );
            assert_eq!(
                other.difference(&one, &digester).decode(&digester),
                Some(counted(&noise, &more)),
                "−{copies} copies"
            );
        }
    }
}

/// More factors of two than are guessed: no wrong name comes out, but an estimate.
#[test]
fn past_the_bound_on_multiplicity_nothing_is_named() {
    let digester = digester();
    let other = sketch(Shape::new(0, 256), &[]);
    let one = sketch(Shape::new(0, 256), &vec![digest(&digester, 5, 1, true); 128]);
    let difference = one.difference(&other, &digester);
    assert_eq!(difference.decode(&digester), None);
    assert!(difference.estimate().differences > 1_000, "copies count as their square");
}

/// How often random differences of mixed multiplicities decode: simulation gives 99.9 % at these numbers.
#[test]
fn tables_name_as_many_differences_as_they_are_sized_for() {
    let digester = digester();
    let mut noise = Noise(1);
    for (cells, differences, trials) in
        [(64, 12, 400), (128, 47, 300), (256, 164, 200), (512, 360, 100), (1_024, 736, 60)]
    {
        let mut named = 0;
        for _ in 0..trials {
            let (mut left, mut right) = (Vec::new(), Vec::new());
            for _ in 0..differences {
                let one = digest(&digester, noise.next(), 0, true);
                let copies = [1, 1, 1, 1, 1, 1, 1, 1, 2, 3][usize::try_from(noise.next() % 10).unwrap()];
                if noise.next().is_multiple_of(2) { &mut left } else { &mut right }.extend(vec![one; copies]);
            }
            let shape = Shape::new(0, cells);
            let difference = sketch(shape, &left).difference(&sketch(shape, &right), &digester);
            if let Some(copies) = difference.decode(&digester) {
                assert_eq!(copies, counted(&left, &right), "what is named is right");
                named += 1;
            }
        }
        assert!(named * 100 >= trials * 99, "{cells} cells, {differences} differences: {named} of {trials}");
    }
}

#[test]
fn past_its_capacity_a_table_estimates_within_its_error() {
    let digester = digester();
    let mut noise = Noise(2);
    for (cells, differences) in [(256, 2_000), (1_024, 2_000), (1_024, 20_000)] {
        let mut off = 0.0;
        for _ in 0..20 {
            let digests: Vec<Digest> = (0..differences).map(|_| digest(&digester, noise.next(), 0, true)).collect();
            let shape = Shape::new(0, cells);
            let (left, right) = digests.split_at(digests.len() / 3);
            let difference = sketch(shape, left).difference(&sketch(shape, right), &digester);
            assert_eq!(difference.decode(&digester), None);
            let Estimate { differences: found, error } = difference.estimate();
            let sigmas = (f64::from(u32::try_from(found).unwrap()) - f64::from(differences))
                / f64::from(u32::try_from(error).unwrap());
            assert!(sigmas.abs() < 5.0, "{found} ± {error} for {differences}");
            off += sigmas;
        }
        assert!((off / 20.0).abs() < 1.0, "the estimate leans by {off} / 20 standard deviations");
    }
}

#[test]
fn shapes_are_brought_within_their_limits() {
    for (list_limit, cells, expected) in [
        (0, 0, (0, 16)),
        (9_999, 17, (4_096, 32)),
        (1, 65_536, (1, 65_536)),
        (1, u32::MAX, (1, 65_536)),
        (1, 1_024, (1, 1_024)),
    ] {
        let shape = Shape::new(list_limit, cells);
        assert_eq!((shape.list_limit(), shape.cells()), expected);
    }
}

/// Cells that no adding ever made: peeling ends, and names nothing that does not add up.
#[test]
fn peeling_of_nonsense_ends() {
    let digester = digester();
    let mut noise = Noise(3);
    for bits in [2, 5, 8] {
        let mut wide = || u128::from(noise.next()) << 64 | u128::from(noise.next());
        let cells = (0..SUB_TABLES << bits).map(|at| {
            let count = u32::try_from(at % 3).unwrap().wrapping_sub(1);
            let check = u64::try_from(wide() >> 64).unwrap();
            table::Cell::new(count, count.wrapping_mul(7), check, wide())
        });
        let table = Table::from_cells(cells.collect(), 0, bits);
        assert_eq!(decode::peel(table, &digester), None);
    }
}
