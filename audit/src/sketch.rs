//! The signed multiset sketch: which records a window holds, small enough to keep for every window.
//!
//! While a window holds few records the sketch is the list of them, and a difference of two lists is always exact.
//! Beyond the limit it is an invertible Bloom lookup table of *sums* (so copies count, and nothing cancels): four
//! sub-tables, each record in one cell of each. Merging adds cells, a difference subtracts them, and what is left of
//! two nearly equal tables can be peeled into the records that differ, with their multiplicities. Sizes are powers of
//! two: adding the halves of a sub-table gives exactly the table of half the size.
//!
//! An *element* is an identity and the 32-bit mark of its payload: a record whose payload changed on the way is one
//! missing and one extra element of one identity, and so it is named too.
//!
//! After Eppstein, Goodrich, Uyeda and Varghese, "What's the difference?", SIGCOMM 2011, with signed sums in place
//! of exclusive-or.

mod decode;
mod encoding;
mod estimate;
mod list;
mod table;

pub use estimate::Estimate;

use crate::record::{Digest, Digester, Identity};
use list::List;
use serde::{Deserialize, Serialize};
use table::Table;

/// How many records a window's list holds before it becomes a table.
pub const DEFAULT_LIST_LIMIT: u32 = 256;

/// The longest list that a shape may ask for.
pub const MAX_LIST_LIMIT: u32 = 4_096;

/// Cells of a table unless a shape says otherwise: some 730 differences can be named.
pub const DEFAULT_CELLS: u32 = 1_024;

/// The smallest table.
pub const MIN_CELLS: u32 = 16;

/// The greatest table: 65,536 cells, 2.6 MB.
pub const MAX_CELLS: u32 = 65_536;

/// Sub-tables, and so cells that one record touches.
pub const SUB_TABLES: usize = 4;

/// How large a sketch may grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    list_limit: u32,
    /// Binary logarithm of the cells of one sub-table.
    bits: u8,
}

impl Shape {
    /// A list of up to `list_limit` records, then a table of `cells` cells. Both are brought within their limits;
    /// cells are rounded up to a power of two.
    #[must_use]
    pub fn new(list_limit: u32, cells: u32) -> Self {
        let cells = cells.clamp(MIN_CELLS, MAX_CELLS).next_power_of_two();
        let bits = u8::try_from((cells / 4).trailing_zeros()).expect("a power of two has fewer than 256 bits");
        Self { list_limit: list_limit.min(MAX_LIST_LIMIT), bits }
    }

    /// Cells of the table.
    #[must_use]
    pub fn cells(self) -> usize {
        SUB_TABLES << self.bits
    }

    /// The most records that a list holds.
    #[must_use]
    pub fn list_limit(self) -> u32 {
        self.list_limit
    }

    fn smaller(self, other: Self) -> Self {
        Self { list_limit: self.list_limit.min(other.list_limit), bits: self.bits.min(other.bits) }
    }
}

impl Default for Shape {
    fn default() -> Self {
        Self::new(DEFAULT_LIST_LIMIT, DEFAULT_CELLS)
    }
}

/// Some copies of one identity with one payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Copies {
    /// Who the record is.
    pub identity: Identity,
    /// Tells payloads of one identity apart; 0 without an event id.
    pub mark: u32,
    /// How many; in a difference, below 0 where the right side has more.
    pub copies: i64,
}

/// The records of one window as a multiset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sketch {
    shape: Shape,
    content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    List(List),
    Table(Table),
}

impl Sketch {
    /// An empty sketch.
    #[must_use]
    pub fn new(shape: Shape) -> Self {
        Self { shape, content: Content::List(List::default()) }
    }

    /// How large it may grow.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Whether it is still the list of its records.
    #[must_use]
    pub fn is_list(&self) -> bool {
        matches!(self.content, Content::List(_))
    }

    /// The records one by one, while it is a list: in order, copies counted.
    #[must_use]
    pub fn list(&self) -> Option<Vec<Copies>> {
        match &self.content {
            Content::List(list) => Some(list.ordered()),
            Content::Table(_) => None,
        }
    }

    /// Records in it, copies counted.
    #[must_use]
    pub fn copies(&self) -> u64 {
        match &self.content {
            Content::List(list) => list.len(),
            Content::Table(table) => table.copies().cast_unsigned(),
        }
    }

    /// Takes in one record. `digester` is the one that made the digest.
    #[inline]
    pub fn add(&mut self, digest: &Digest, digester: &Digester) {
        match &mut self.content {
            Content::Table(table) => table.add_one(digest),
            Content::List(list) => {
                list.push(digest.identity, digest.mark);
                if list.len() > u64::from(self.shape.list_limit) {
                    self.grow(digester);
                }
            }
        }
    }

    /// Takes in all records of another sketch; the result has the smaller of the two shapes.
    pub fn merge(&mut self, other: &Self, digester: &Digester) {
        self.reshape(self.shape.smaller(other.shape), digester);
        match &other.content {
            Content::List(theirs) => {
                for element in theirs.elements() {
                    match &mut self.content {
                        Content::List(list) => list.push(element.identity, element.mark),
                        Content::Table(table) => table.add(element, digester),
                    }
                }
                self.reshape(self.shape, digester);
            }
            Content::Table(theirs) => {
                self.grow(digester);
                if let Content::Table(table) = &mut self.content {
                    table.add_table(&theirs.folded(self.shape.bits));
                }
            }
        }
    }

    /// This sketch in a shape that is nowhere greater than its own.
    #[must_use]
    pub fn folded(&self, shape: Shape, digester: &Digester) -> Self {
        let mut folded = self.clone();
        folded.reshape(self.shape.smaller(shape), digester);
        folded
    }

    /// What this sketch has more of than `other`, and less of below 0.
    #[must_use]
    pub fn difference(&self, other: &Self, digester: &Digester) -> Difference {
        if let (Content::List(left), Content::List(right)) = (&self.content, &other.content) {
            return Difference(Signed::List(left.minus(right)));
        }
        let bits = self.shape.bits.min(other.shape.bits);
        let mut table = self.table(bits, digester);
        table.subtract_table(&other.table(bits, digester));
        Difference(Signed::Table(table))
    }

    fn table(&self, bits: u8, digester: &Digester) -> Table {
        match &self.content {
            Content::Table(table) => table.folded(bits),
            Content::List(list) => {
                let mut table = Table::new(bits);
                list.elements().for_each(|element| table.add(element, digester));
                table
            }
        }
    }

    fn reshape(&mut self, shape: Shape, digester: &Digester) {
        if let Content::Table(table) = &mut self.content
            && shape.bits < self.shape.bits
        {
            *table = table.folded(shape.bits);
        }
        self.shape = shape;
        if self.is_list() && self.copies() > u64::from(shape.list_limit) {
            self.grow(digester);
        }
    }

    /// Turns the list into a table.
    #[cold]
    fn grow(&mut self, digester: &Digester) {
        if self.is_list() {
            self.content = Content::Table(self.table(self.shape.bits, digester));
        }
    }
}

/// What one sketch has more or less of than another.
#[derive(Clone, Debug)]
pub struct Difference(Signed);

#[derive(Clone, Debug)]
enum Signed {
    List(Vec<Copies>),
    Table(Table),
}

impl Difference {
    /// The records that differ, in order, each with its multiplicity; `None` when there are more than the table can
    /// tell apart. The caller proves them by adding them up again: see [`crate::reconcile`].
    #[must_use]
    pub fn decode(&self, digester: &Digester) -> Option<Vec<Copies>> {
        match &self.0 {
            Signed::List(copies) => Some(copies.clone()),
            Signed::Table(table) => decode::peel(table.clone(), digester),
        }
    }

    /// How many records differ, more or less: for when they cannot be named.
    #[must_use]
    pub fn estimate(&self) -> Estimate {
        match &self.0 {
            Signed::List(copies) => Estimate::exact(copies),
            Signed::Table(table) => Estimate::of(table),
        }
    }
}

/// Adds up equal elements of a list and drops those that cancel.
fn combine(mut elements: Vec<Copies>) -> Vec<Copies> {
    elements.sort_unstable();
    let mut combined: Vec<Copies> = Vec::with_capacity(elements.len());
    for element in elements {
        match combined.last_mut() {
            Some(last) if (last.identity, last.mark) == (element.identity, element.mark) => {
                last.copies = last.copies.wrapping_add(element.copies);
            }
            _ => combined.push(element),
        }
    }
    combined.retain(|element| element.copies != 0);
    combined
}

#[cfg(test)]
mod tests;
