//! Peeling: from the difference of two tables back to the elements in it.

use super::table::{Cell, Table};
use super::{Copies, combine};
use crate::record::{Digester, Identity};

/// A multiplicity may have this many factors of two: each leaves one bit of identity and mark to be guessed.
const MAX_TWOS: u32 = 6;

/// Looks at a cell that peeling may take, per cell of the table. Peeling what was put in needs fewer than six;
/// the bound is for cells that were not made by adding.
const LOOKS_PER_CELL: usize = 16;

/// Takes element after element out of a difference, as long as some cell holds only one. `None` unless nothing is left.
pub(super) fn peel(mut table: Table, digester: &Digester) -> Option<Vec<Copies>> {
    let mut looks = LOOKS_PER_CELL * table.cells().len();
    let mut queue: Vec<usize> = (0..table.cells().len()).filter(|place| !table.cells()[*place].is_zero()).collect();
    let mut found = Vec::new();
    while let Some(place) = queue.pop() {
        looks = looks.checked_sub(1)?;
        if let Some(element) = alone(&table, place, digester) {
            table.add(Copies { copies: element.copies.wrapping_neg(), ..element }, digester);
            queue.extend(table.places(&digester.element(&element.identity, element.mark)));
            found.push(element);
        }
    }
    table.cells().iter().all(Cell::is_zero).then(|| combine(found))
}

/// The one element that a cell holds copies of, if it does.
fn alone(table: &Table, place: usize, digester: &Digester) -> Option<Copies> {
    let cell = table.cells()[place];
    let copies = i64::from(cell.count.cast_signed());
    let positive = if copies < 0 { cell.negated() } else { cell };
    if copies == 0 {
        return None;
    }
    for mark in quotients(u128::from(positive.marks), 32, copies.unsigned_abs())? {
        let mark = u32::try_from(mark).ok()?;
        for bits in quotients(positive.key(), 128, copies.unsigned_abs())? {
            let contents = (mark == 0).then_some(Identity::Content(bits));
            for identity in contents.into_iter().chain([Identity::event(bits)]) {
                let hash = digester.element(&identity, mark);
                if Cell::of(bits, mark, hash.check, copies) == cell && table.places(&hash).contains(&place) {
                    return Some(Copies { identity, mark, copies });
                }
            }
        }
    }
    None
}

/// Every `x` of so many bits with `x · copies = sum` modulo 2^bits: 2^t of them where `copies` has `t` factors of two.
fn quotients(sum: u128, bits: u32, copies: u64) -> Option<impl Iterator<Item = u128>> {
    let twos = copies.trailing_zeros();
    if twos > MAX_TWOS || sum.trailing_zeros() < twos {
        return None;
    }
    let odd = u128::from(copies >> twos);
    let base = (sum >> twos).wrapping_mul(inverse(odd)) & (u128::MAX >> (128 - bits + twos));
    Some((0..1_u128 << twos).map(move |guess| base | guess.checked_shl(bits - twos).unwrap_or(0)))
}

/// The inverse of an odd number modulo 2¹²⁸, by Newton's iteration: every step doubles the bits that are right.
fn inverse(odd: u128) -> u128 {
    let mut inverse = odd;
    for _ in 0..6 {
        inverse = inverse.wrapping_mul(2_u128.wrapping_sub(odd.wrapping_mul(inverse)));
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotients_are_all_that_multiply_back() {
        for bits in [32, 128] {
            for (x, copies) in
                [(7_u128, 1_u64), (u128::MAX, 3), (1 << 127, 2), (u128::MAX / 3, 12), (12345, 64), (9, 40)]
            {
                let all = u128::MAX >> (128 - bits);
                let sum = x.wrapping_mul(u128::from(copies)) & all;
                let found: Vec<u128> = quotients(sum, bits, copies).expect("the sum is a multiple").collect();
                assert!(found.contains(&(x & all)), "{x} times {copies}");
                assert_eq!(found.len(), 1 << copies.trailing_zeros());
                let back = |each: &u128| *each <= all && each.wrapping_mul(u128::from(copies)) & all == sum;
                assert!(found.iter().all(back), "{x} times {copies}");
            }
        }
        assert!(quotients(1, 128, 2).is_none(), "an odd sum is no double");
        assert!(quotients(0, 128, 128).is_none(), "too many factors of two to guess");
    }
}
