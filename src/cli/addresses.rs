//! Where `dev` can be found: ports that were free, and the file that says which.

use anyhow::Context;
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

/// How many ports from the first on are tried.
const TRIES: u16 = 200;
const FILE: &str = "addresses.json";

/// A listener on loopback: the first free port from `first` on. The second value is `first` if that one was taken.
pub(super) fn listen(first: u16) -> anyhow::Result<(TcpListener, Option<u16>)> {
    let last = if first == 0 { 0 } else { first.saturating_add(TRIES - 1) };
    for port in first..=last {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(listener) => {
                listener.set_nonblocking(true).context("cannot prepare a listener")?;
                return Ok((listener, (port != first).then_some(first)));
            }
            Err(error) if matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::PermissionDenied) => {}
            Err(error) => return Err(error).with_context(|| format!("cannot listen on 127.0.0.1:{port}")),
        }
    }
    anyhow::bail!("no free port from {first} to {last} on 127.0.0.1")
}

/// `addresses.json` in the data folder, there as long as this lives: whoever reads it finds the addresses served.
#[derive(Debug)]
pub(super) struct AddressFile(PathBuf);

impl AddressFile {
    /// Removes what an earlier run may have left. The folder must be locked.
    pub(super) fn claim(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(FILE);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove {}", path.display()))
            }
            _ => Ok(Self(path)),
        }
    }

    /// Writes it in one step: a reader sees all of it or none.
    pub(super) fn write(&self, http: SocketAddr, kafka: &BTreeMap<String, SocketAddr>) -> anyhow::Result<()> {
        let kafka: serde_json::Map<_, _> = kafka.iter().map(|(n, a)| (n.clone(), a.to_string().into())).collect();
        let text = serde_json::json!({ "http": format!("http://{http}"), "kafka": kafka }).to_string();
        let beside = self.0.with_extension("json.new");
        fs::write(&beside, text + "\n")
            .and_then(|()| fs::rename(&beside, &self.0))
            .with_context(|| format!("cannot write {}", self.0.display()))
    }
}

impl Drop for AddressFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
