//! The database of governance.

use super::reader::{Reader, between};
use super::setting::Setting;

pub(crate) const URL: Setting = Setting {
    also_env: Some("DATABASE_URL"),
    secret: true,
    ..Setting::without_default("database.url", "URL", "The Postgres database, as postgres://user@host/name")
};
pub(crate) const CONNECTIONS_MAX: Setting =
    Setting::new("database.connections_max", "COUNT", "20", "The most connections that one process keeps");

/// How the database is reached.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    pub(crate) url: String,
    pub(crate) connections_max: u32,
}

pub(super) fn read(reader: &mut Reader<'_>) -> Option<Database> {
    let url = reader.required(&URL, |text| match text.split_once("://") {
        Some(("postgres" | "postgresql", _)) => Ok(text.to_owned()),
        _ => Err("expected an address that begins with postgres://".to_owned()),
    });
    let connections_max = read_connections_max(reader);
    Some(Database { url: url?, connections_max: connections_max? })
}

pub(super) fn read_connections_max(reader: &mut Reader<'_>) -> Option<u32> {
    u32::try_from(reader.required(&CONNECTIONS_MAX, between(2, 1_000, "connections"))?).ok()
}
