//! Finds an installed Postgres, the newest first.

use super::error::LaunchError;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const MAJOR_MIN: u32 = 14;

/// Folders in which distributions put a version each; `*` stands for one file name or a part of it.
const PLACES: [&str; 10] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/lib/postgresql*/bin",
    "/usr/pgsql-*/bin",
    "/usr/libexec/postgresql*",
    "/usr/local/pgsql/bin",
    "/opt/local/lib/postgresql*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
];

/// One installed Postgres.
#[derive(Debug, Clone)]
pub(crate) struct Installation {
    /// The folder of its programs.
    pub(crate) bin: PathBuf,
    /// For example `15.18`.
    pub(crate) version: String,
    pub(crate) major: u32,
}

impl Installation {
    /// The newest installed Postgres that can serve the cluster in `data`, should there be one already.
    ///
    /// # Errors
    /// None is installed, or not the version that made the cluster.
    pub(crate) fn find(bin: Option<&Path>, data: &Path) -> Result<Self, LaunchError> {
        let looked_in = match bin {
            Some(bin) => vec![bin.to_owned()],
            None => candidates(),
        };
        let mut found: Vec<Self> = looked_in.iter().filter_map(|bin| Self::probe(bin)).collect();
        found.retain(|one| one.major >= MAJOR_MIN);
        found.sort_by_key(|one| std::cmp::Reverse(one.major));
        if found.is_empty() {
            let looked_in = match bin {
                Some(bin) => vec![bin.to_owned()],
                None => ["PATH"].iter().chain(&PLACES).map(PathBuf::from).collect(),
            };
            return Err(LaunchError::NotInstalled { looked_in, install: install_command() });
        }
        let Ok(made_by) = fs::read_to_string(data.join("PG_VERSION")) else { return Ok(found.swap_remove(0)) };
        let made_by = made_by.trim();
        match found.iter().position(|one| one.major.to_string() == made_by) {
            Some(index) => Ok(found.swap_remove(index)),
            None => Err(LaunchError::VersionMissing {
                data: data.to_owned(),
                made_by: made_by.to_owned(),
                installed: found.into_iter().map(|one| one.version).collect(),
            }),
        }
    }

    /// The path of one of its programs.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }

    fn probe(bin: &Path) -> Option<Self> {
        let output = Command::new(bin.join("postgres")).arg("-V").stdin(Stdio::null()).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        let version = text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?.to_owned();
        let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
        Some(Self { bin: bin.to_owned(), major: digits.parse().ok()?, version })
    }
}

/// Every folder with both programs, each real folder once.
fn candidates() -> Vec<PathBuf> {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&on_path).collect();
    for place in PLACES {
        folders.extend(expand(place));
    }
    let mut seen = BTreeSet::new();
    // A link on the PATH stands for the folder that its target lives in: there the other programs are, too.
    folders
        .into_iter()
        .filter(|folder| folder.join("initdb").exists())
        .filter_map(|folder| fs::canonicalize(folder.join("postgres")).ok()?.parent().map(Path::to_owned))
        .filter(|folder| folder.join("initdb").exists() && seen.insert(folder.clone()))
        .collect()
}

fn expand(pattern: &str) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::from("/")];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        let Some((before, after)) = part.split_once('*') else {
            found.iter_mut().for_each(|folder| folder.push(part));
            continue;
        };
        found = found
            .iter()
            .filter_map(|folder| fs::read_dir(folder).ok())
            .flatten()
            .flatten()
            .filter(|entry| entry.file_name().to_str().is_some_and(|n| n.starts_with(before) && n.ends_with(after)))
            .map(|entry| entry.path())
            .collect();
    }
    found
}

/// The one command that installs Postgres here.
pub(crate) fn install_command() -> String {
    let sudo = if rustix::process::geteuid().is_root() { "" } else { "sudo " };
    if cfg!(target_os = "macos") {
        return "brew install postgresql@17".to_owned();
    }
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let words: Vec<String> = release
        .lines()
        .filter_map(|line| line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")))
        .flat_map(|value| value.trim_matches('"').split(' ').map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let is = |names: &[&str]| words.iter().any(|word| names.contains(&word.as_str()));
    if is(&["alpine"]) {
        format!("{sudo}apk add postgresql")
    } else if is(&["fedora", "rhel", "centos", "amzn"]) {
        format!("{sudo}dnf install --assumeyes postgresql-server")
    } else if is(&["arch"]) {
        format!("{sudo}pacman --sync --noconfirm postgresql")
    } else if is(&["suse", "opensuse", "sles"]) {
        format!("{sudo}zypper --non-interactive install postgresql-server")
    } else {
        format!("{sudo}apt-get install --yes postgresql")
    }
}
