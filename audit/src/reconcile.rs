//! From the two ends of an edge to a verdict.
//!
//! The rule: upstream and downstream of one source partition and one window may be compared once downstream has
//! covered the last offset that upstream holds in the window, and upstream has covered the last source offset that
//! downstream holds in it. Then both hold the window whole, wherever either stands otherwise. Until then the window
//! is *pending*, never *lost*. Where one end began to read behind the other's first record, or passed some over, the
//! window is *unknown*.
//!
//! Fingerprints come first: equal ones are *exact*. Else the sketches are subtracted and decoded, what comes out is
//! proven by adding it up to the difference of the fingerprints, and every record is named; or, past what the sketch
//! can hold, their number is estimated.

mod baseline;
mod edge;
mod findings;
mod producers;

pub use baseline::{CountVerdict, counts_only};
pub use edge::{EdgeWindow, Row, Side, edge};
pub use findings::NAMES_LIMIT;
pub use producers::{Ending, LogRow, ProducerLog, ProducerWindow, SessionSide, producers};

use crate::verdict::State;
use model::Timestamp;

/// Whether what is pending is overdue.
fn waiting(overdue_after: Option<Timestamp>, now: Timestamp) -> State {
    if overdue_after.is_some_and(|limit| now > limit) { State::Overdue } else { State::Pending }
}
