//! Waybill.
#[allow(dead_code, reason = "x")]
mod postgres;
fn main() {}
