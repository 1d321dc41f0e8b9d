//! What an audit that only counts would say.

use serde::{Deserialize, Serialize};

/// The verdict of counts alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountVerdict {
    /// As many downstream as upstream: a loss that as many duplicates hide is not seen.
    Equal,
    /// So many fewer downstream.
    Fewer(u64),
    /// So many more downstream.
    More(u64),
}

/// Compares two ends by their counts and nothing else: the baseline that Waybill is measured against.
#[must_use]
pub fn counts_only(upstream: u64, downstream: u64) -> CountVerdict {
    match upstream.cmp(&downstream) {
        std::cmp::Ordering::Equal => CountVerdict::Equal,
        std::cmp::Ordering::Greater => CountVerdict::Fewer(upstream - downstream),
        std::cmp::Ordering::Less => CountVerdict::More(downstream - upstream),
    }
}
