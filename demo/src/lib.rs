//! The flights out of New York in 2013 as a stream of real events, and the means to disturb it.
//!
//! It holds the data, the order in which its events happen, and a proxy that damages a Kafka connection on purpose.
//! The product never links this crate, and this crate knows nothing of what the product stores or decides.

pub mod data;
pub mod events;
pub mod fault;
pub mod replay;

/// `SplitMix64`'s finaliser: spreads a counter over 64 bits.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
