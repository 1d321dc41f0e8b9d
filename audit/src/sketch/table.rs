//! The invertible table: cells that are sums.

use super::{Copies, SUB_TABLES};
use crate::record::{Digest, Digester, ElementHash};

/// Sums over the elements that lie in the cell, each times its copies, all modulo a power of two. Half a cache line,
/// and never across two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(align(32))]
pub(super) struct Cell {
    /// Identities, as two halves.
    key: [u64; 2],
    /// Checks.
    pub(super) check: u64,
    /// Copies, modulo 2³².
    pub(super) count: u32,
    /// Marks, modulo 2³².
    pub(super) marks: u32,
}

impl Cell {
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the two halves of the number")]
    pub(super) fn new(count: u32, marks: u32, check: u64, key: u128) -> Self {
        Self { key: [key as u64, (key >> 64) as u64], check, count, marks }
    }

    #[inline]
    pub(super) fn key(&self) -> u128 {
        u128::from(self.key[0]) | (u128::from(self.key[1]) << 64)
    }

    pub(super) fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    /// `copies` times an element.
    #[expect(clippy::cast_possible_truncation, reason = "copies count modulo 2³² in a cell")]
    pub(super) fn of(identity: u128, mark: u32, check: u64, copies: i64) -> Self {
        let narrow = copies.cast_unsigned() as u32;
        Self::new(
            narrow,
            mark.wrapping_mul(narrow),
            check.wrapping_mul(copies.cast_unsigned()),
            identity.wrapping_mul(i128::from(copies).cast_unsigned()),
        )
    }

    #[inline]
    fn add(&mut self, other: &Self) {
        let key = self.key().wrapping_add(other.key());
        *self = Self::new(
            self.count.wrapping_add(other.count),
            self.marks.wrapping_add(other.marks),
            self.check.wrapping_add(other.check),
            key,
        );
    }

    pub(super) fn negated(&self) -> Self {
        Self::new(
            self.count.wrapping_neg(),
            self.marks.wrapping_neg(),
            self.check.wrapping_neg(),
            self.key().wrapping_neg(),
        )
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    /// One sub-table after the other.
    cells: Vec<Cell>,
    /// All copies in it.
    copies: i64,
    /// Binary logarithm of the cells of one sub-table, at most 14.
    bits: u8,
}

impl Table {
    pub(super) fn new(bits: u8) -> Self {
        Self { cells: vec![Cell::default(); SUB_TABLES << bits], copies: 0, bits }
    }

    /// A table of the cells given; their number must be that of `bits`.
    pub(super) fn from_cells(cells: Vec<Cell>, copies: i64, bits: u8) -> Self {
        debug_assert_eq!(cells.len(), SUB_TABLES << bits);
        Self { cells, copies, bits }
    }

    pub(super) fn cells(&self) -> &[Cell] {
        &self.cells
    }

    pub(super) fn sub_tables(&self) -> impl Iterator<Item = &[Cell]> {
        self.cells.chunks_exact(1 << self.bits)
    }

    /// All copies in it: every sub-table holds each element once.
    pub(super) fn copies(&self) -> i64 {
        self.copies
    }

    /// The cell of an element in each sub-table.
    #[inline]
    pub(super) fn places(&self, hash: &ElementHash) -> [usize; SUB_TABLES] {
        let mask = (1_usize << self.bits) - 1;
        #[expect(clippy::cast_possible_truncation, reason = "sixteen bits are cut out on purpose")]
        let place = |table: usize| (table << self.bits) | ((hash.positions >> (16 * table)) as usize & mask);
        [place(0), place(1), place(2), place(3)]
    }

    #[inline]
    pub(super) fn add_one(&mut self, digest: &Digest) {
        self.copies += 1;
        let cell = Cell::new(1, digest.mark, digest.element.check, digest.identity.bits());
        for place in self.places(&digest.element) {
            self.cells[place].add(&cell);
        }
    }

    pub(super) fn add(&mut self, element: Copies, digester: &Digester) {
        self.copies = self.copies.wrapping_add(element.copies);
        let hash = digester.element(&element.identity, element.mark);
        let cell = Cell::of(element.identity.bits(), element.mark, hash.check, element.copies);
        for place in self.places(&hash) {
            self.cells[place].add(&cell);
        }
    }

    /// Adds a table of the same size.
    pub(super) fn add_table(&mut self, other: &Self) {
        debug_assert_eq!(self.bits, other.bits);
        self.copies = self.copies.wrapping_add(other.copies);
        self.cells.iter_mut().zip(&other.cells).for_each(|(mine, theirs)| mine.add(theirs));
    }

    /// Subtracts a table of the same size.
    pub(super) fn subtract_table(&mut self, other: &Self) {
        debug_assert_eq!(self.bits, other.bits);
        self.copies = self.copies.wrapping_sub(other.copies);
        self.cells.iter_mut().zip(&other.cells).for_each(|(mine, theirs)| mine.add(&theirs.negated()));
    }

    /// The same table with smaller sub-tables: a cell's place is the low bits of a hash, so halves add up.
    pub(super) fn folded(&self, bits: u8) -> Self {
        let mut folded = self.clone();
        while folded.bits > bits {
            let half = 1_usize << (folded.bits - 1);
            let mut cells = Vec::with_capacity(SUB_TABLES * half);
            for sub_table in folded.cells.chunks_exact(2 * half) {
                let (low, high) = sub_table.split_at(half);
                cells.extend(low.iter().zip(high).map(|(low, high)| {
                    let mut sum = *low;
                    sum.add(high);
                    sum
                }));
            }
            folded = Self { cells, copies: folded.copies, bits: folded.bits - 1 };
        }
        folded
    }
}
