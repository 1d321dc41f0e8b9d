//! The clusters of a dataplane: their names, where each listens, and the folder that holds them.

use super::reader::{Reader, between, parsed};
use super::setting::Setting;
use model::ClusterName;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;

pub(crate) const DATA: Setting =
    Setting::without_default("dataplane.data", "FOLDER", "The folder that holds the logs; one process has it at a time");
pub(crate) const CLUSTERS: Setting = Setting::new(
    "dataplane.clusters",
    "NAME=ADDRESS,...",
    "local=127.0.0.1:9092",
    "The clusters served, each with the address of its Kafka listener",
);
pub(crate) const CREATE_TOPICS: Setting =
    Setting::new("dataplane.create_topics", "BOOL", "false", "Whether a topic is created on first use");
pub(crate) const PARTITIONS: Setting =
    Setting::new("dataplane.partitions", "COUNT", "1", "The partitions of a topic created without a number");

/// A dataplane.
#[derive(Debug, Clone)]
pub(crate) struct Road {
    pub(crate) data: PathBuf,
    pub(crate) clusters: Vec<(ClusterName, SocketAddr)>,
    pub(crate) create_topics: bool,
    pub(crate) partitions: i32,
}

pub(super) fn read(reader: &mut Reader<'_>) -> Option<Road> {
    let data = reader.required(&DATA, |text| Ok(PathBuf::from(text)));
    let clusters = reader.required(&CLUSTERS, clusters);
    let create_topics = reader.required(&CREATE_TOPICS, parsed("true or false"));
    let partitions = read_partitions(reader);
    Some(Road { data: data?, clusters: clusters?, create_topics: create_topics?, partitions: partitions? })
}

pub(super) fn read_partitions(reader: &mut Reader<'_>) -> Option<i32> {
    i32::try_from(reader.required(&PARTITIONS, between(1, 1_000, "partitions"))?).ok()
}

fn clusters(text: &str) -> Result<Vec<(ClusterName, SocketAddr)>, String> {
    let mut found = Vec::new();
    for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        let (name, address) = item.split_once('=').ok_or_else(|| format!("expected NAME=ADDRESS, found {item:?}"))?;
        let address = address.parse().map_err(|_| format!("expected an address such as 127.0.0.1:9092 in {item:?}"))?;
        found.push((cluster(name)?, address));
    }
    distinct(found.iter().map(|(name, _)| name))?;
    if found.is_empty() { Err("expected at least one cluster".to_owned()) } else { Ok(found) }
}

/// Names alone, as `dev` takes them: it finds the addresses itself.
pub(super) fn names(text: &str) -> Result<Vec<ClusterName>, String> {
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    let found = items.map(cluster).collect::<Result<Vec<_>, _>>()?;
    distinct(found.iter())?;
    if found.is_empty() { Err("expected at least one cluster".to_owned()) } else { Ok(found) }
}

fn cluster(name: &str) -> Result<ClusterName, String> {
    ClusterName::new(name.trim()).map_err(|error| error.to_string())
}

fn distinct<'n>(names: impl Iterator<Item = &'n ClusterName>) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name.as_str()) {
            return Err(format!("cluster {name} is named twice"));
        }
    }
    Ok(())
}
