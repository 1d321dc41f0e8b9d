//! Waybill: what is in event streams, where it goes, and whether all of it arrived.
//!
//! This crate puts the rooms together and runs them. It must never know what a subject, a batch or a verdict is: what
//! it knows is configuration, the life of a process, and which implementation stands behind which trait.

mod cli;
mod config;
#[expect(dead_code, reason = "harnesses and chores take this file in, too, and use other parts of it")]
mod postgres;
mod supervise;
mod telemetry;

use std::process::ExitCode;

/// `EX_USAGE` of `sysexits.h`: the configuration is wrong.
const EXIT_CONFIGURATION: u8 = 64;

fn main() -> ExitCode {
    match cli::run(&cli::command().get_matches()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("waybill: {error:#}");
            let configuration = error.downcast_ref::<config::Invalid>().is_some();
            if configuration { ExitCode::from(EXIT_CONFIGURATION) } else { ExitCode::FAILURE }
        }
    }
}
