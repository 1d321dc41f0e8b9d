//! Books and verdicts against models that count one by one.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod book;
mod edge;
mod producers;
mod road;
