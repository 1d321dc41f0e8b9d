//! WHETHER all of it arrived: windows of event time, tallies of what a log holds, and verdicts over two of them.
//!
//! A [`Book`] turns the records of one partition into [`Tally`] rows, each a pure function of the log's prefix up to
//! a covered offset. [`reconcile`] compares the rows of the two ends of an edge and, where they differ, subtracts
//! their sketches and names the records. Everything here is a value or a state machine: the same input gives the
//! same bytes on every machine.
//!
//! This crate must never know a file, a socket, a database, a protocol, the time of day or randomness. It does not
//! know schemas or lineage either: an edge comes in as two sides, a secret as a value.

pub mod book;
pub mod coverage;
mod encoding;
pub mod invariants;
pub mod place;
pub mod reconcile;
pub mod record;
pub mod session;
pub mod sketch;
pub mod tally;
pub mod verdict;
pub mod window;

pub use book::{Book, BookError, BookLimits, Carried, Changes, Malformed, Step, WindowRef};
pub use coverage::{Coverage, Gap, LogCoverage, OriginCoverage};
pub use place::{Account, LogPartition, TallyKey};
pub use record::{Digest, Digester, Identity, Keys, Record, Seed};
pub use session::{ProducerReport, ReportedWindow, SessionLedger};
pub use sketch::{Copies, Difference, Estimate, Shape, Sketch};
pub use tally::{DecodeError, Span, Tally};
pub use verdict::{State, Verdict};
pub use window::{Axis, Era, Plan, PlanError, Watermark, Window};
