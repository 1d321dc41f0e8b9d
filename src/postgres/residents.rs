//! Processes of an earlier server in our folder: left by a `kill -9`, or still on their way out.
//!
//! We hold the folder's lock, so whoever serves it now has no parent that needs it.

use super::error::LaunchError;
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(10);
const FAST_SECONDS_MAX: u64 = 20;
const IMMEDIATE_SECONDS_MAX: u64 = 10;

/// Ends what serves the folder, then removes a pid file that speaks of nobody.
///
/// Postgres checks its pid file itself, but takes any living process of that id and user for a server. Where there is
/// no `/proc` to look at, that check is all there is.
pub(crate) fn see_off(data: &Path) -> Result<(), LaunchError> {
    if !Path::new("/proc/self").exists() {
        return Ok(());
    }
    let pid_file = data.join("postmaster.pid");
    let server = fs::read_to_string(&pid_file).ok().as_deref().and_then(pid_of);
    let steps = [(Signal::INT, FAST_SECONDS_MAX), (Signal::QUIT, IMMEDIATE_SECONDS_MAX)];
    for (signal, seconds) in steps {
        let present = residents(data);
        if present.is_empty() {
            break;
        }
        match server.filter(|pid| present.contains(pid)) {
            Some(pid) => send(pid, signal),
            // Its children alone: they end by themselves once they notice, and sooner when told.
            None => present.iter().for_each(|&pid| send(pid, Signal::QUIT)),
        }
        let deadline = Instant::now() + Duration::from_secs(seconds);
        while !residents(data).is_empty() && Instant::now() < deadline {
            std::thread::sleep(POLL);
        }
    }
    let pids = residents(data);
    if !pids.is_empty() {
        return Err(LaunchError::StillRunning { data: data.to_owned(), pids });
    }
    match fs::remove_file(&pid_file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(LaunchError::io("remove the stale pid file", &pid_file)(error))
        }
        _ => Ok(()),
    }
}

/// The server's process id as its pid file says it.
pub(crate) fn pid_of(pid_file: &str) -> Option<i32> {
    pid_file.lines().next()?.trim().parse().ok().filter(|&pid| pid > 1)
}

/// Sends a signal; a process that is gone is no error.
pub(crate) fn send(pid: i32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(pid) {
        let _ = kill_process(pid, signal);
    }
}

/// The processes that have the cluster as their working folder: the server and all of its children do, and nobody
/// else does by accident. Zombies have none, and count as gone.
fn residents(data: &Path) -> Vec<i32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .filter(|pid| fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|folder| folder == data))
        .filter(|pid| {
            // A shell that somebody left standing in the folder is none of ours.
            fs::read_link(format!("/proc/{pid}/exe"))
                .is_ok_and(|exe| exe.to_string_lossy().trim_end_matches(" (deleted)").ends_with("/postgres"))
        })
        .collect()
}
