//! Stands between a Kafka cluster and a client of it, and damages what the client fetches or produces; see `demo::fault`.

use anyhow::Context as _;
use clap::{Args, Parser};
use demo::fault::{Mode, Plan, Proxy, Side};
use std::fs::OpenOptions;
use std::path::PathBuf;
use tokio::io::{AsyncBufReadExt, BufReader};

/// A Kafka proxy that damages records on purpose and keeps a ledger of it.
///
/// Each line on standard input is a further plan as JSON, such as {"mode": "drop", "count": 5, "topic": "t"}. Lines on
/// standard output tell {"listening": "127.0.0.1:1234"}, {"armed": PLAN} and {"finished": 1}, which counts finished plans.
#[derive(Parser)]
struct Arguments {
    /// Where clients connect.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: String,
    /// The cluster's broker, host and port.
    #[arg(long)]
    upstream: String,
    /// Where each damaged record is noted, one JSON object a line.
    #[arg(long)]
    ledger: PathBuf,
    /// Whether records are damaged that clients fetch, or those that they produce.
    #[arg(long, value_enum, default_value_t)]
    side: Side,
    /// Ends when standard input ends, and so with whoever started it.
    #[arg(long)]
    until_stdin_closes: bool,
    /// How to damage from the start; without it everything passes until a plan comes.
    #[arg(long, value_enum)]
    mode: Option<Mode>,
    #[command(flatten)]
    places: Places,
}

/// The rest of the first plan.
#[derive(Args)]
struct Places {
    /// How many records; for break-crc and reorder batches, for delay and cut answers.
    #[arg(long, default_value_t = 31)]
    count: u64,
    /// Only this topic.
    #[arg(long)]
    topic: Option<String>,
    /// Only this partition.
    #[arg(long)]
    partition: Option<i32>,
    /// The window of event time, in milliseconds since 1970. Without it, the first that is seen, which may hold too few records.
    #[arg(long)]
    window_start: Option<i64>,
    /// Passes over windows that begin before this event time, in milliseconds since 1970.
    #[arg(long)]
    after: Option<i64>,
    /// The width of a window, in milliseconds.
    #[arg(long, default_value_t = 60_000)]
    window_ms: i64,
    /// How long delay holds an answer back, in milliseconds.
    #[arg(long, default_value_t = 1_000)]
    delay_ms: u64,
    /// Draws places and bytes where there is a choice.
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

impl Places {
    fn plan(self, mode: Mode) -> Plan {
        let Self { count, topic, partition, window_start, after, window_ms, delay_ms, seed } = self;
        Plan { mode, count, topic, partition, window_start, after, window_ms, delay_ms, seed }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let ledger = OpenOptions::new().create(true).append(true).open(&arguments.ledger);
    let ledger = ledger.with_context(|| format!("the ledger {} cannot be written", arguments.ledger.display()))?;
    let proxy = Proxy::start(&arguments.listen, &arguments.upstream, arguments.side, Box::new(ledger)).await;
    let proxy = proxy.with_context(|| format!("{} cannot be listened on", arguments.listen))?;
    println!("{}", serde_json::json!({ "listening": proxy.address().to_string() }));
    let arm = |plan: Plan| {
        println!("{}", serde_json::json!({ "armed": plan }));
        proxy.arm(plan);
    };
    if let Some(mode) = arguments.mode {
        arm(arguments.places.plan(mode));
    }
    let mut finished = proxy.finished();
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut reading = true;
    loop {
        tokio::select! {
            line = lines.next_line(), if reading => match line.context("standard input cannot be read")? {
                Some(line) if line.trim().is_empty() => {}
                Some(line) => match serde_json::from_str(&line) {
                    Ok(plan) => arm(plan),
                    Err(error) => println!("{}", serde_json::json!({ "refused": error.to_string() })),
                },
                None if arguments.until_stdin_closes => return Ok(()),
                None => reading = false,
            },
            Ok(()) = finished.changed() => println!("{}", serde_json::json!({ "finished": *finished.borrow() })),
        }
    }
}
