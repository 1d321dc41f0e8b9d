//! Stands between a Kafka cluster and a client of it, and damages what the client fetches or produces; see `demo::fault`.

use anyhow::Context as _;
use clap::Parser;
use demo::fault::{Plan, Proxy, Side};
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
    /// The first plan; without a mode everything passes until a plan comes.
    #[command(flatten)]
    plan: Option<Plan>,
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
    if let Some(plan) = arguments.plan {
        arm(plan);
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
