//! Log lines go to stderr: JSON, or for a person on a terminal, words.

use crate::config::runtime::{LogFormat, Runtime};
use std::io::IsTerminal;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// Installs the log for this process. The level was checked when it was read.
pub(crate) fn install(config: &Runtime, level_if_unset: &str) {
    let level = config.log_level.as_deref().unwrap_or(level_if_unset);
    let targets: Targets = level.parse().unwrap_or_default();
    let human = match config.log_format {
        LogFormat::Auto => std::io::stderr().is_terminal(),
        LogFormat::Json => false,
        LogFormat::Human => true,
    };
    let lines = fmt::layer().with_writer(std::io::stderr);
    let layer = if human {
        let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        lines.compact().with_ansi(colour).boxed()
    } else {
        // Flat fields, and no span list: an event is complete in itself.
        lines.json().flatten_event(true).with_current_span(false).with_span_list(false).boxed()
    };
    tracing_subscriber::registry().with(layer.with_filter(targets)).init();
}
