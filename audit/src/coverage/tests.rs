use super::*;
use crate::invariants::{coverage_is_sound, coverage_rises};
use proptest::prelude::*;

fn gap(from: i64, to: i64) -> Gap {
    Gap { from, to }
}

#[test]
fn what_is_passed_over_is_a_gap() {
    let mut coverage = Coverage::at(10);
    for (from, to, covered, gaps) in [
        (10, 20, 20, vec![]),
        (15, 20, 20, vec![]),
        (25, 30, 30, vec![gap(20, 25)]),
        (30, 30, 30, vec![gap(20, 25)]),
        (40, 40, 40, vec![gap(20, 25), gap(30, 40)]),
    ] {
        coverage.extend(from, to);
        assert_eq!((coverage.covered, &coverage.gaps), (covered, &gaps), "after {from}..{to}");
    }
    for (first, last, hole) in [
        (9, 9, Some(gap(9, 10))),
        (10, 19, None),
        (19, 20, Some(gap(20, 25))),
        (25, 29, None),
        (24, 26, Some(gap(20, 25))),
        (28, 45, Some(gap(30, 40))),
    ] {
        assert_eq!(coverage.hole_in(first, last), hole, "{first}..={last}");
    }
}

#[test]
fn gaps_are_bounded_and_err_towards_unknown() {
    let mut coverage = Coverage::at(0);
    for at in 0..200 {
        coverage.extend(at * 10 + 5, at * 10 + 10);
        assert_eq!(coverage_is_sound(&coverage), Ok(()));
    }
    assert_eq!(coverage.gaps.len(), MAX_GAPS);
    assert!((0..200).all(|at| coverage.hole_in(at * 10, at * 10).is_some()), "no gap is forgotten");
}

proptest! {
    #[test]
    fn coverage_equals_a_set_of_offsets(reads in prop::collection::vec((0_i64..60, 0_i64..12), 1..12), split in 0_usize..12) {
        let mut coverage = Coverage::at(reads[0].0);
        let (mut left, mut right) = (Coverage::at(reads[0].0), Coverage::at(reads[0].0));
        let mut covered = reads[0].0;
        let mut read = std::collections::BTreeSet::new();
        for (index, (from, length)) in reads.iter().enumerate() {
            let before = coverage.clone();
            coverage.extend(*from, from + length);
            prop_assert_eq!(coverage_rises(&before, &coverage), Ok(()));
            prop_assert_eq!(coverage_is_sound(&coverage), Ok(()));
            // Reading on counts; reading again what was passed over does not heal a gap.
            read.extend((*from.max(&covered))..(from + length));
            covered = covered.max(from + length);
            if index < split { left.extend(*from, from + length) } else { right.extend(*from, from + length) }
        }
        for at in coverage.began..coverage.covered {
            prop_assert_eq!(coverage.hole_in(at, at).is_none(), read.contains(&at), "offset {}", at);
        }
        let union = left.union(&right);
        prop_assert_eq!(&union, &right.union(&left));
        prop_assert_eq!(coverage_is_sound(&union), Ok(()));
        for at in union.began..union.covered {
            let either = [&left, &right].iter().any(|side| at < side.covered && side.hole_in(at, at).is_none());
            prop_assert_eq!(union.hole_in(at, at).is_none(), either, "offset {}", at);
        }
    }
}
