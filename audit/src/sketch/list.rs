//! The records of a small window, one by one.

use super::{Copies, combine};
use crate::record::Identity;

/// Records in the order they came; their order counts for nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct List(Vec<(Identity, u32)>);

impl List {
    #[inline]
    pub(super) fn push(&mut self, identity: Identity, mark: u32) {
        self.0.push((identity, mark));
    }

    pub(super) fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// Every record as one copy.
    pub(super) fn elements(&self) -> impl Iterator<Item = Copies> + '_ {
        self.0.iter().map(|&(identity, mark)| Copies { identity, mark, copies: 1 })
    }

    /// In order, copies counted.
    pub(super) fn ordered(&self) -> Vec<Copies> {
        combine(self.elements().collect())
    }

    pub(super) fn minus(&self, other: &Self) -> Vec<Copies> {
        let theirs = other.elements().map(|element| Copies { copies: -1, ..element });
        combine(self.elements().chain(theirs).collect())
    }
}

impl PartialEq for List {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.ordered() == other.ordered()
    }
}

impl Eq for List {}
