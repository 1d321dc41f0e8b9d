//! What is written about an event: one JSON object, as Standard Webhooks suggests (`type`, `timestamp`, `data`), always
//! under [`MAX_PAYLOAD_BYTES`]. What is left out is said as "more".

use crate::incident::{
    Axis, Cause, Counts, Event, EventKind, Incident, IncidentWindow, Kind, WindowRecord, WindowState,
};
use model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// No payload is longer.
pub const MAX_PAYLOAD_BYTES: usize = 20_000;

const MOST_WINDOWS: usize = 50;
const LONGEST_TEXT_CHARS: usize = 200;
const LONGEST_NODE_CHARS: usize = 330;

/// What a reader needs besides the incident itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The pipeline that declares the edge.
    pub pipeline: String,
    /// Its tier.
    pub tier: u8,
    /// The team that answers for it.
    pub team: String,
    /// Where to reach the team.
    pub contact: String,
    /// The upstream node's id.
    pub from: String,
    /// The downstream node's id.
    pub to: String,
    /// The topic whose records pass.
    pub topic: String,
    /// Where to look.
    pub url: String,
}

/// The body of the message: JSON, the same bytes for the same event and context.
#[must_use]
pub fn render(event: &Event, context: &Context) -> String {
    let (mut windows, mut records) = (MOST_WINDOWS, event.incident.records.len());
    loop {
        let body = with(event, context, windows, records).to_string();
        if body.len() <= MAX_PAYLOAD_BYTES || (windows == 0 && records == 0) {
            return body;
        }
        // Names are worth more than windows.
        if windows > 4 {
            windows /= 2
        } else if records > 0 {
            records /= 2
        } else {
            windows = 0
        }
    }
}

fn with(event: &Event, context: &Context, windows: usize, records: usize) -> Value {
    let incident = &event.incident;
    let shown = windows_of(incident, windows);
    let named = records_of(incident, records);
    let named_total = incident.named().max(u64::try_from(incident.records.len()).unwrap_or(u64::MAX));
    let mut data = json!({
        "incident": incident.id,
        "sequence": event.sequence,
        "fingerprint": incident.fingerprint,
        "kind": incident.kind,
        "status": if incident.is_open() { "open" } else { "resolved" },
        "summary": summary(event, context),
        "tenant": incident.subject.tenant,
        "pipeline": short(&context.pipeline, LONGEST_TEXT_CHARS),
        "tier": context.tier,
        "owner": {"team": short(&context.team, LONGEST_TEXT_CHARS), "contact": short(&context.contact, LONGEST_TEXT_CHARS)},
        "edge": {
            "id": incident.subject.edge,
            "from": short(&context.from, LONGEST_NODE_CHARS),
            "to": short(&context.to, LONGEST_NODE_CHARS),
            "topic": short(&context.topic, LONGEST_NODE_CHARS),
        },
        "windows": {
            "total": incident.windows.len(),
            "healed": incident.windows.iter().filter(|window| window.healed).count(),
            "more": incident.windows.len() - shown.len(),
            "shown": shown,
        },
        "records": {"named": named_total, "more": named_total.saturating_sub(u64::try_from(named.len()).unwrap_or(0)), "shown": named},
        "opened_at": incident.opened_at.to_string(),
        "url": short(&context.url, 1_000),
    });
    data["counts"] = json!({});
    counts_into(&mut data["counts"], incident.counts());
    if let Some(resolution) = &incident.resolution {
        data["resolved_at"] = json!(resolution.at.to_string());
        data["resolution"] = match &resolution.cause {
            Cause::Healed => json!({"cause": "healed"}),
            Cause::Merged { into } => json!({"cause": "merged", "into": into}),
            Cause::Closed { reason } => json!({"cause": "closed", "reason": short(reason, LONGEST_TEXT_CHARS)}),
        };
    }
    let name = match event.kind {
        EventKind::Opened => "incident.opened",
        EventKind::Updated => "incident.updated",
        EventKind::Resolved => "incident.resolved",
    };
    json!({"type": name, "timestamp": event.at.to_string(), "data": data})
}

/// What keeps an open incident open; all windows of an ended one.
fn windows_of(incident: &Incident, most: usize) -> Vec<Value> {
    let told = incident.windows.iter().filter(|window| !window.healed || !incident.is_open());
    let write = |window: &IncidentWindow| {
        let mut value = json!({"state": window.state, "start": window.window.start, "width": window.window.width});
        if window.window.axis == Axis::Time {
            value["from"] = json!(Timestamp(window.window.start).to_string());
        }
        counts_into(&mut value, window.counts);
        value
    };
    told.take(most).map(write).collect()
}

fn records_of(incident: &Incident, most: usize) -> Vec<Value> {
    let write = |record: &WindowRecord| {
        let mut record = record.record.clone();
        record.identity = short(&record.identity, LONGEST_TEXT_CHARS);
        record.key = record.key.map(|key| short(&key, LONGEST_TEXT_CHARS));
        record.producer = record.producer.map(|producer| short(&producer, LONGEST_TEXT_CHARS));
        json!(record)
    };
    incident.records.iter().take(most).map(write).collect()
}

fn counts_into(value: &mut Value, counts: Counts) {
    value["missing"] = json!(counts.missing);
    value["extra"] = json!(counts.extra);
    value["corrupted"] = json!(counts.corrupted);
    if counts.estimated {
        value["estimated"] = json!(true);
    }
}

/// One sentence, for places that show no more.
fn summary(event: &Event, context: &Context) -> String {
    let incident = &event.incident;
    let place = format!(
        "{} to {} ({})",
        short(&context.from, LONGEST_NODE_CHARS),
        short(&context.to, LONGEST_NODE_CHARS),
        short(&context.pipeline, LONGEST_TEXT_CHARS)
    );
    match incident.resolution.as_ref().map(|resolution| &resolution.cause) {
        Some(Cause::Healed) => format!("Healed: {place}, {}", span(incident)),
        Some(Cause::Merged { into }) => format!("Goes on as {into}: {place}, {}", span(incident)),
        Some(Cause::Closed { .. }) => format!("Closed: {place}, {}", span(incident)),
        None => format!("{}: {place}, {}", trouble(incident), span(incident)),
    }
}

fn trouble(incident: &Incident) -> String {
    if incident.kind == Kind::Overdue {
        return "Overdue".to_owned();
    }
    let counts = incident.counts();
    let about = if counts.estimated { "about " } else { "" };
    let found: Vec<String> = [(counts.missing, "missing"), (counts.extra, "extra"), (counts.corrupted, "corrupted")]
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{about}{count} {word}"))
        .collect();
    let unknown = incident.windows.iter().filter(|window| window.state == WindowState::Unknown).count();
    match (found.is_empty(), unknown) {
        (true, _) => "Not as it should be".to_owned(),
        (false, 0) => found.join(", "),
        (false, unknown) => format!("{} ({unknown} windows cannot be judged any more)", found.join(", ")),
    }
}

fn span(incident: &Incident) -> String {
    let windows = incident.windows.len();
    let plural = if windows == 1 { "window" } else { "windows" };
    match incident.windows.first().map(|first| first.window.axis) {
        Some(Axis::Offsets) => format!("{windows} {plural} of source offsets from {}", incident.start()),
        _ => format!("{windows} {plural} from {}", Timestamp(incident.start())),
    }
}

/// A text cut to a length; control characters, which JSON writes as six, become spaces.
fn short(text: &str, longest: usize) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    if text.chars().count() <= longest {
        return text.chars().map(plain).collect();
    }
    text.chars().map(plain).take(longest - 1).chain(['…']).collect()
}
