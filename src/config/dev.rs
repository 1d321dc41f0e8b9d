//! Everything in one process, for one person.

use super::http::{self, HttpLimits};
use super::reader::{Reader, between};
use super::setting::Setting;
use super::{database, road};
use model::ClusterName;
use std::path::PathBuf;

pub(crate) const DATA: Setting = Setting::new("dev.data", "FOLDER", ".waybill", "The folder that `dev` keeps everything in");
pub(crate) const HTTP_PORT: Setting =
    Setting::new("dev.http_port", "PORT", "8081", "The first port tried for HTTP; 0 takes any");
pub(crate) const KAFKA_PORT: Setting =
    Setting::new("dev.kafka_port", "PORT", "9092", "The first port tried for Kafka, a further one for each cluster; 0 takes any");
pub(crate) const CLUSTERS: Setting = Setting::new("dev.clusters", "NAME,...", "local", "The clusters that `dev` serves");
pub(crate) const POSTGRES_BIN: Setting = Setting::without_default(
    "dev.postgres_bin",
    "FOLDER",
    "The folder with `postgres` and `initdb`; the newest one installed, if not set",
);

/// What `dev` runs with.
#[derive(Debug, Clone)]
pub(crate) struct Dev {
    pub(crate) data: PathBuf,
    pub(crate) http_port: u16,
    pub(crate) kafka_port: u16,
    pub(crate) clusters: Vec<ClusterName>,
    pub(crate) postgres_bin: Option<PathBuf>,
    pub(crate) http: HttpLimits,
    pub(crate) connections_max: u32,
    pub(crate) partitions: i32,
}

pub(super) fn read(reader: &mut Reader<'_>) -> Option<Dev> {
    let data = reader.required(&DATA, |text| Ok(PathBuf::from(text)));
    let http_port = reader.required(&HTTP_PORT, between(0, 65_535, "a port"));
    let kafka_port = reader.required(&KAFKA_PORT, between(0, 65_535, "a port"));
    let clusters = reader.required(&CLUSTERS, road::names);
    let postgres_bin = reader.optional(&POSTGRES_BIN, |text| Ok(PathBuf::from(text)));
    let http = http::read_limits(reader);
    let connections_max = database::read_connections_max(reader);
    let partitions = road::read_partitions(reader);
    Some(Dev {
        data: data?,
        http_port: u16::try_from(http_port?).ok()?,
        kafka_port: u16::try_from(kafka_port?).ok()?,
        clusters: clusters?,
        postgres_bin,
        http: http?,
        connections_max: connections_max?,
        partitions: partitions?,
    })
}
