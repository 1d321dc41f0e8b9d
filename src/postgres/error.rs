//! What can keep a private Postgres from starting, each with what to do about it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why the server is not running.
#[derive(Debug)]
pub(crate) enum LaunchError {
    /// No usable Postgres was found.
    NotInstalled { looked_in: Vec<PathBuf>, install: String },
    /// The cluster in the folder was made by a version that is not installed.
    VersionMissing { data: PathBuf, made_by: String, installed: Vec<String> },
    /// Another process holds the folder.
    InUse { folder: PathBuf, holder: Option<String> },
    /// The folder belongs to a user whom we cannot become.
    NotOurs { data: PathBuf, owner: u32 },
    /// There is something in the place of the cluster, and it is none.
    NotACluster { data: PathBuf },
    /// No user that the server may run as can reach the folder.
    OutOfReach { folder: PathBuf, closed: PathBuf, user: String },
    /// `initdb` failed.
    Initdb { folder: PathBuf, said: String },
    /// A server of an earlier run does not go away.
    StillRunning { data: PathBuf, pids: Vec<i32> },
    /// The server ended, or did not become ready in time.
    DidNotStart { log: PathBuf, last_lines: String },
    /// A statement to the running server failed.
    Database { database: String, source: io::Error },
    /// The operating system said no.
    Io { doing: &'static str, path: PathBuf, source: io::Error },
}

impl LaunchError {
    /// For `map_err`: what was being done, and to what.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }
}

impl fmt::Display for LaunchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInstalled { looked_in, install } => {
                let places: Vec<_> = looked_in.iter().map(|place| place.display().to_string()).collect();
                write!(f, "no Postgres (14 or newer) is installed; install it with: {install}")?;
                write!(f, " (looked in {})", places.join(", "))
            }
            Self::VersionMissing { data, made_by, installed } => write!(
                f,
                "the database in {} was made by Postgres {made_by}, and only {} is installed: install version {made_by}, \
                 or choose another folder",
                data.display(),
                installed.join(", "),
            ),
            Self::InUse { folder, holder: Some(pid) } => write!(
                f,
                "the folder {} is in use by process {pid}: stop that one first, or choose another folder",
                folder.display()
            ),
            Self::InUse { folder, holder: None } => write!(
                f,
                "the folder {} is in use by another process: stop that one first, or choose another folder",
                folder.display()
            ),
            Self::NotOurs { data, owner } => write!(
                f,
                "the database in {} belongs to user id {owner}: run as that user or as root, or choose another folder",
                data.display()
            ),
            Self::NotACluster { data } => write!(
                f,
                "{} exists and is no Postgres database: move it away, or choose another folder",
                data.display()
            ),
            Self::OutOfReach { folder, closed, user } => write!(
                f,
                "Postgres does not run as root, and user {user} cannot enter {} to reach {}: choose a folder that it \
                 can reach (/var/lib/waybill), or allow it with: chmod o+x {}",
                closed.display(),
                folder.display(),
                closed.display()
            ),
            Self::Initdb { folder, said } => write!(f, "initdb failed in {}: {said}", folder.display()),
            Self::StillRunning { data, pids } => {
                write!(f, "a Postgres of an earlier run does not end in {}: processes {pids:?}", data.display())
            }
            Self::DidNotStart { log, last_lines } => {
                write!(f, "Postgres did not start; the last lines of {}:\n{last_lines}", log.display())
            }
            Self::Database { database, .. } => write!(f, "cannot make the database {database}"),
            Self::Io { doing, path, .. } => write!(f, "cannot {doing} {}", path.display()),
        }
    }
}

impl std::error::Error for LaunchError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Database { source, .. } | Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
