//! Configuration: flag > `WAYBILL_*` > `waybill.toml` > default, read once, all mistakes told at once.
//!
//! One file per concern declares its settings and reads them into a plain struct. Nothing here opens anything but
//! the file itself, and the environment comes in as a value.

pub(crate) mod database;
pub(crate) mod dev;
pub(crate) mod explain;
pub(crate) mod http;
mod reader;
pub(crate) mod road;
pub(crate) mod runtime;
mod setting;

pub(crate) use reader::Layers;
pub(crate) use setting::Setting;

use reader::Reader;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// What the file itself is called, and the variable that names another.
pub(crate) const FILE_NAME: &str = "waybill.toml";
/// Names a configuration file elsewhere.
pub(crate) const FILE_ENV: &str = "WAYBILL_CONFIG";

const EVERYWHERE: [&Setting; 3] = [&runtime::LOG_FORMAT, &runtime::LOG_LEVEL, &runtime::GRACE_SECONDS];
const HTTP_LIMITS: [&Setting; 3] = [&http::BODY_BYTES_MAX, &http::REQUEST_SECONDS_MAX, &http::INCOMPATIBLE_CODE];
const DATABASE: [&Setting; 2] = [&database::URL, &database::CONNECTIONS_MAX];
const ROAD: [&Setting; 4] = [&road::DATA, &road::CLUSTERS, &road::CREATE_TOPICS, &road::PARTITIONS];
const DEV: [&Setting; 5] =
    [&dev::DATA, &dev::HTTP_PORT, &dev::KAFKA_PORT, &dev::CLUSTERS, &dev::POSTGRES_BIN];

/// A role of the binary, as far as configuration tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Serve,
    Dataplane,
    Dev,
    Token,
}

impl Role {
    /// The settings that this role reads.
    pub(crate) fn settings(self) -> Vec<&'static Setting> {
        match self {
            Self::Serve => [&[&http::LISTEN], &HTTP_LIMITS[..], &DATABASE, &EVERYWHERE].concat(),
            Self::Dataplane => [&ROAD[..], &EVERYWHERE].concat(),
            Self::Dev => {
                [&DEV[..], &HTTP_LIMITS, &[&database::CONNECTIONS_MAX, &road::PARTITIONS], &EVERYWHERE].concat()
            }
            Self::Token => DATABASE.to_vec(),
        }
    }
}

/// Every setting there is, in the order of the manual.
pub(crate) fn all() -> Vec<&'static Setting> {
    [&[&http::LISTEN], &HTTP_LIMITS[..], &DATABASE, &ROAD, &DEV, &EVERYWHERE].concat()
}

/// `waybill serve`.
#[derive(Debug)]
pub(crate) struct ServeConfig {
    pub(crate) http: http::Http,
    pub(crate) database: database::Database,
    pub(crate) runtime: runtime::Runtime,
}

/// `waybill dataplane`.
#[derive(Debug)]
pub(crate) struct DataplaneConfig {
    pub(crate) road: road::Road,
    pub(crate) runtime: runtime::Runtime,
}

/// `waybill dev`.
#[derive(Debug)]
pub(crate) struct DevConfig {
    pub(crate) dev: dev::Dev,
    pub(crate) runtime: runtime::Runtime,
}

/// Everything that is wrong with the configuration.
#[derive(Debug)]
pub(crate) struct Invalid(pub(crate) Vec<String>);

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        writeln!(f, "{count} {} wrong in the configuration:", if count == 1 { "thing is" } else { "things are" })?;
        self.0.iter().try_for_each(|error| writeln!(f, "  - {error}"))?;
        f.write_str("`waybill config explain` shows where each value comes from")
    }
}

impl std::error::Error for Invalid {}

/// Reads what `waybill serve` needs.
pub(crate) fn serve(layers: &Layers) -> Result<ServeConfig, Invalid> {
    complete(layers, |reader| {
        let (http, database, runtime) = (http::read(reader), database::read(reader), runtime::read(reader));
        Some(ServeConfig { http: http?, database: database?, runtime: runtime? })
    })
}

/// Reads what `waybill dataplane` needs.
pub(crate) fn dataplane(layers: &Layers) -> Result<DataplaneConfig, Invalid> {
    complete(layers, |reader| {
        let (road, runtime) = (road::read(reader), runtime::read(reader));
        Some(DataplaneConfig { road: road?, runtime: runtime? })
    })
}

/// Reads what `waybill dev` needs.
pub(crate) fn dev(layers: &Layers) -> Result<DevConfig, Invalid> {
    complete(layers, |reader| {
        let (dev, runtime) = (dev::read(reader), runtime::read(reader));
        Some(DevConfig { dev: dev?, runtime: runtime? })
    })
}

/// Reads what `waybill token` needs.
pub(crate) fn token(layers: &Layers) -> Result<database::Database, Invalid> {
    complete(layers, database::read)
}

fn complete<T>(layers: &Layers, read: impl FnOnce(&mut Reader<'_>) -> Option<T>) -> Result<T, Invalid> {
    let mut reader = Reader::new(layers, &all());
    let config = read(&mut reader);
    match (config, reader.into_errors()) {
        (Some(config), errors) if errors.is_empty() => Ok(config),
        (_, errors) => Err(Invalid(errors)),
    }
}

impl Layers {
    /// Reads the environment, and the file: the one named, else the nearest `waybill.toml` from here upwards.
    pub(crate) fn gather(flags: BTreeMap<String, String>, file: Option<&Path>) -> Result<Self, Invalid> {
        let env: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let named = file.map(Path::to_owned).or_else(|| {
            env.get(FILE_ENV).filter(|path| !path.is_empty()).map(PathBuf::from)
        });
        let path = named.or_else(|| {
            let here = std::env::current_dir().ok()?;
            here.ancestors().map(|folder| folder.join(FILE_NAME)).find(|path| path.is_file())
        });
        let file = match path {
            None => None,
            Some(path) => {
                let wrong = |why: String| Invalid(vec![format!("{}: {why}", path.display())]);
                let text = std::fs::read_to_string(&path).map_err(|error| wrong(error.to_string()))?;
                let table = text.parse::<toml::Table>().map_err(|error| wrong(error.to_string().trim().to_owned()))?;
                Some((path, table))
            }
        };
        Ok(Self { flags, env, file })
    }
}
