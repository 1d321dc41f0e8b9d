//! Whom the server runs as. Postgres refuses to run as root, so root becomes somebody else for it.

use super::error::LaunchError;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Bits of `CapEff` in `/proc/self/status`, with the names that `setpriv` knows them by.
const REACHING: [(u32, &str); 2] = [(2, "dac_read_search"), (1, "dac_override")];

/// The user of the server.
#[derive(Debug, Clone)]
pub(crate) enum Identity {
    /// The user that we are.
    Own,
    /// Another one, because we are root.
    Other { name: String, uid: u32, gid: u32, reach: Reach },
}

/// How the other user gets to a folder below ours.
#[derive(Debug, Clone)]
pub(crate) enum Reach {
    /// Every folder above lets it through.
    Open,
    /// One does not (`/root`, a folder made by `mktemp -d`). It gets this one capability, rather than our changing the
    /// modes of folders that are not ours.
    Capability(&'static str),
}

impl Identity {
    /// Chooses: ourselves, unless we are root; then the owner of the cluster if there is one, `postgres`, `nobody`.
    pub(crate) fn choose(folder: &Path, data: &Path) -> Result<Self, LaunchError> {
        let own = rustix::process::geteuid().as_raw();
        let owner = fs::metadata(data).ok().map(|meta| (meta.uid(), meta.gid()));
        if own != 0 {
            return match owner {
                Some((owner, _)) if owner != own => Err(LaunchError::NotOurs { data: data.to_owned(), owner }),
                _ => Ok(Self::Own),
            };
        }
        let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let (name, uid, gid) = match owner {
            Some((uid, gid)) if uid != 0 => (format!("id {uid}"), uid, gid),
            _ => ["postgres", "nobody"].into_iter().find_map(|name| user(&passwd, name)).unwrap_or((
                "nobody".to_owned(),
                65_534,
                65_534,
            )),
        };
        let reach = match first_closed(folder, uid, gid) {
            None => Reach::Open,
            Some(closed) => match available_capability().filter(|_| setpriv().is_some()) {
                Some(capability) => Reach::Capability(capability),
                None => return Err(LaunchError::OutOfReach { folder: folder.to_owned(), closed, user: name }),
            },
        };
        Ok(Self::Other { name, uid, gid, reach })
    }

    /// The user changed to, if any.
    pub(crate) fn dropped_to(&self) -> Option<&str> {
        match self {
            Self::Own => None,
            Self::Other { name, .. } => Some(name),
        }
    }

    /// Makes a folder theirs.
    pub(crate) fn give(&self, path: &Path) -> io::Result<()> {
        match self {
            Self::Own => Ok(()),
            Self::Other { uid, gid, .. } => chown(path, Some(*uid), Some(*gid)),
        }
    }

    /// A command that will run as this user, in `/`, without the settings that libpq takes from the environment.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = match self {
            Self::Own => Command::new(program),
            Self::Other { uid, gid, reach: Reach::Open, .. } => {
                let mut command = Command::new(program);
                command.uid(*uid).gid(*gid);
                command
            }
            Self::Other { uid, gid, reach: Reach::Capability(name), .. } => {
                let mut command = Command::new(setpriv().unwrap_or_else(|| PathBuf::from("setpriv")));
                command.arg(format!("--reuid={uid}")).arg(format!("--regid={gid}")).arg("--clear-groups");
                command.arg(format!("--inh-caps=-all,+{name}")).arg(format!("--ambient-caps=-all,+{name}"));
                command.arg("--no-new-privs").arg("--").arg(program);
                command
            }
        };
        command.current_dir("/").env("LC_ALL", "C");
        for (name, _) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"PG") {
                command.env_remove(name);
            }
        }
        command
    }
}

fn user(passwd: &str, name: &str) -> Option<(String, u32, u32)> {
    let fields: Vec<&str> = passwd
        .lines()
        .map(|line| line.split(':'))
        .find_map(|mut fields| (fields.next() == Some(name)).then(|| fields.collect()))?;
    Some((name.to_owned(), fields.get(1)?.parse().ok()?, fields.get(2)?.parse().ok()?))
}

/// The first folder from the root down to the one above ours that the user may not pass. Access lists are not read:
/// what they allow in addition is then merely not made use of.
fn first_closed(folder: &Path, uid: u32, gid: u32) -> Option<PathBuf> {
    let mut above: Vec<&Path> = folder.ancestors().skip(1).collect();
    above.reverse();
    above.into_iter().find(|path| !passable(path, uid, gid)).map(Path::to_owned)
}

fn passable(path: &Path, uid: u32, gid: u32) -> bool {
    let Ok(meta) = fs::metadata(path) else { return false };
    let bit = if meta.uid() == uid {
        0o100
    } else if meta.gid() == gid {
        0o010
    } else {
        0o001
    };
    meta.mode() & bit != 0
}

fn available_capability() -> Option<&'static str> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let mask = status.lines().find_map(|line| line.strip_prefix("CapEff:"))?;
    let mask = u64::from_str_radix(mask.trim(), 16).ok()?;
    REACHING.iter().find(|(bit, _)| mask & (1 << bit) != 0).map(|(_, name)| *name)
}

fn setpriv() -> Option<PathBuf> {
    ["/usr/bin/setpriv", "/bin/setpriv"].iter().map(PathBuf::from).find(|path| path.exists())
}
