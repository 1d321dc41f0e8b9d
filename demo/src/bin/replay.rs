//! Replays the flights of 2013 onto the last 24 hours; see `demo::replay` and `demo::events`.

use anyhow::{Context as _, ensure};
use clap::Parser;
use demo::data::Dataset;
use demo::events::{Cluster, Timeline, Topic};
use demo::replay::{Addresses, Pace, Sent, Settings, replay};
use indicatif::{ProgressBar, ProgressStyle};
use model::{Clock as _, SystemClock, Timestamp};
use std::io::IsTerminal as _;
use std::ops::Range;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// How many events lie between two lines of progress where there is no terminal.
const LINE_EVERY: usize = 100_000;

/// Sends the events of the year, about a million, to the clusters ewr, jfk and lga.
///
/// Ends with 0 only when every event was acknowledged and every session reported.
#[derive(Parser)]
struct Arguments {
    /// The file that `waybill dev` writes.
    #[arg(long, required_unless_present = "densest_window")]
    addresses: Option<PathBuf>,
    /// Bearer token for the server.
    #[arg(long, env = "WAYBILL_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// The end of the replayed day, in milliseconds since 1970; the present by default. Give two parts of one replay the same.
    #[arg(long)]
    now: Option<i64>,
    /// Events a second, all in all.
    #[arg(long, conflicts_with = "speed")]
    rate: Option<f64>,
    /// How many times faster than the replayed day: 1440 takes a minute for all.
    #[arg(long)]
    speed: Option<f64>,
    /// Events to pass over at the beginning; negative counts from the end.
    #[arg(long, default_value_t = 0, allow_hyphen_values = true)]
    skip: i64,
    /// The most events to send.
    #[arg(long)]
    limit: Option<usize>,
    /// How often each session is reported, in milliseconds.
    #[arg(long, default_value_t = 5_000)]
    report_interval_ms: u64,
    /// Writes what each application sent, as JSON.
    #[arg(long)]
    summary: Option<PathBuf>,
    /// Sends nothing: prints the fullest window of a minute, as JSON, of CLUSTER/TOPIC within the stretch, such as ewr/flights.departed.
    #[arg(long)]
    densest_window: Option<String>,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let pace = match (arguments.rate, arguments.speed) {
        (Some(rate), _) => Pace::Rate(rate),
        (None, Some(speed)) => Pace::Speed(speed),
        (None, None) => Pace::Unlimited,
    };
    ensure!(
        matches!(pace, Pace::Unlimited)
            || matches!(pace, Pace::Rate(value) | Pace::Speed(value) if value.is_finite() && value > 0.0),
        "a rate or a speed is more than 0"
    );
    let data = Dataset::embedded()?;
    let timeline = Timeline::new(&data, arguments.now.map_or_else(|| SystemClock.now(), Timestamp));
    let stretch = stretch(&timeline, &arguments);
    if let Some(place) = &arguments.densest_window {
        println!("{}", densest_window(&timeline, place, stretch)?);
        return Ok(ExitCode::SUCCESS);
    }
    let settings = Settings {
        addresses: Addresses::read(&arguments.addresses.context("--addresses is missing")?)?,
        token: arguments.token,
        pace,
        report_interval: Duration::from_millis(arguments.report_interval_ms),
    };
    let progress = Progress::new(stretch.len());
    let sent = replay(&timeline, stretch, &settings, |sent| progress.at(sent)).await?;
    progress.done();
    if let Some(path) = &arguments.summary {
        let text = serde_json::to_vec_pretty(&sent)?;
        std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(tell(&sent))
}

fn stretch(timeline: &Timeline<'_>, arguments: &Arguments) -> Range<usize> {
    let skip = usize::try_from(arguments.skip.unsigned_abs()).unwrap_or(usize::MAX);
    let all = timeline.len();
    let start = if arguments.skip < 0 { all.saturating_sub(skip) } else { skip.min(all) };
    start..arguments.limit.map_or(all, |limit| start.saturating_add(limit).min(all))
}

fn densest_window(timeline: &Timeline<'_>, place: &str, stretch: Range<usize>) -> anyhow::Result<serde_json::Value> {
    let (cluster, topic) = place.split_once('/').context("a place is CLUSTER/TOPIC")?;
    let cluster = Cluster::of_name(cluster).with_context(|| format!("there is no cluster {cluster}"))?;
    let topic = Topic::of_name(topic).with_context(|| format!("there is no topic {topic}"))?;
    let windows = timeline.windows(cluster, topic, Duration::from_secs(60), stretch);
    let (start, records) = windows.into_iter().max_by_key(|(_, records)| *records).context("the stretch is empty")?;
    Ok(
        serde_json::json!({ "cluster": cluster.name(), "topic": topic.name(), "window_start": start, "records": records }),
    )
}

/// A bar in a terminal, a line now and then elsewhere.
struct Progress {
    bar: Option<ProgressBar>,
    total: usize,
    told: std::cell::Cell<usize>,
}

impl Progress {
    fn new(total: usize) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} events {per_sec} {eta}");
            let bar = ProgressBar::new(total as u64);
            if let Ok(style) = style { bar.with_style(style) } else { bar }
        });
        Self { bar, total, told: std::cell::Cell::new(0) }
    }

    fn at(&self, sent: usize) {
        if let Some(bar) = &self.bar {
            bar.set_position(sent as u64);
        } else if sent >= self.told.get() + LINE_EVERY {
            self.told.set(sent);
            eprintln!("{sent} of {} events", self.total);
        }
    }

    fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn tell(sent: &[Sent]) -> ExitCode {
    let (mut acknowledged, mut lost) = (0, 0);
    for Sent { cluster, topic, application, session, acknowledged: there, failed, indeterminate } in sent {
        println!(
            "{cluster} {topic} by {application} ({session}): {there} acknowledged, {failed} failed, {indeterminate} unknown"
        );
        acknowledged += there;
        lost += failed + indeterminate;
    }
    println!("{acknowledged} events acknowledged by {} sessions, {lost} not", sent.len());
    if lost == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
