//! WHO IS TOLD: the life of an incident, what is written about it, and the channels that carry it.
//!
//! `incident` and `payload` are pure functions; `webhook` makes one HTTP attempt and never decides when. This crate
//! must never know a database: who calls it stores incidents and queued messages in one transaction, and delivers
//! afterwards. It does not judge data either; that a window is bad comes in as a fact.

pub mod incident;
pub mod payload;
pub mod webhook;
