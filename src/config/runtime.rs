//! How a process speaks and how it ends.

use super::reader::{Reader, between};
use super::setting::Setting;
use std::time::Duration;

pub(crate) const LOG_FORMAT: Setting =
    Setting::new("log.format", "FORMAT", "auto", "json, human, or auto: human on a terminal, else json");
pub(crate) const LOG_LEVEL: Setting = Setting::without_default(
    "log.level",
    "LEVEL",
    "error, warn, info, debug or trace, also per area as in `info,api=debug`; info, and for `dev` warn, if not set",
);
pub(crate) const GRACE_SECONDS: Setting =
    Setting::new("shutdown.grace_seconds", "SECONDS", "20", "How long a shutdown waits for work that has begun");

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Auto,
    Json,
    Human,
}

/// What every role has.
#[derive(Debug, Clone)]
pub(crate) struct Runtime {
    pub(crate) log_format: LogFormat,
    pub(crate) log_level: Option<String>,
    pub(crate) grace: Duration,
}

pub(super) fn read(reader: &mut Reader<'_>) -> Option<Runtime> {
    let log_format = reader.required(&LOG_FORMAT, |text| match text {
        "auto" => Ok(LogFormat::Auto),
        "json" => Ok(LogFormat::Json),
        "human" => Ok(LogFormat::Human),
        _ => Err("expected json, human or auto".to_owned()),
    });
    let log_level = reader.optional(&LOG_LEVEL, |text| {
        text.parse::<tracing_subscriber::filter::Targets>()
            .map(|_| text.to_owned())
            .map_err(|_| "expected a level such as info, or areas with levels such as info,api=debug".to_owned())
    });
    let grace = reader.required(&GRACE_SECONDS, between(0, 3_600, "seconds"));
    Some(Runtime { log_format: log_format?, log_level, grace: Duration::from_secs(grace?) })
}
