//! The nouns that every room shares: names, ids, time, and the identity of an event.
//!
//! A type stands here only when at least two rooms speak of it. This crate must never know a protocol, a
//! database or a file, and it never asks the machine for the time or for randomness: both come in as values.
//! It depends on `std`, `serde` and `uuid` alone and stays below 1,000 lines.

mod event;
mod names;
mod time;

pub use event::{EVENT_ID_HEADER, EventId, SessionId};
pub use names::{ClusterName, NameError, Tenant, TopicId, TopicName};
pub use time::{Clock, ManualClock, SystemClock, Timestamp};
