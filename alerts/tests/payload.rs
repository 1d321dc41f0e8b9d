//! What receivers read, and that it stays small whatever stands in it.

use alerts::incident::{
    Axis, Change, Counts, Event, Finding, NamedRecord, Policy, Subject, Window, WindowState, advance,
};
use alerts::payload::{Context, MAX_PAYLOAD_BYTES, render};
use model::{Tenant, Timestamp};
use serde_json::{Value, json};

fn context() -> Context {
    Context {
        pipeline: "flights".into(),
        tier: 1,
        team: "flight-operations".into(),
        contact: "ops@example.com".into(),
        from: "topic:ewr/flights.departed".into(),
        to: "topic:aggregate/flights.departed".into(),
        topic: "flights.departed".into(),
        url: "https://waybill.example/ui/#edge=7".into(),
    }
}

fn change(n: i64, records: usize, text: &str) -> Change {
    let record = |offset: usize| NamedRecord {
        finding: Finding::Missing,
        identity: format!("event:{text}{offset}"),
        topic: "flights.departed".into(),
        partition: 0,
        offset: i64::try_from(offset).ok(),
        key: Some(format!("key-{text}")),
        producer: Some(text.to_owned()),
        time: Some(Timestamp(1_357_035_300_123)),
    };
    Change {
        window: Window { axis: Axis::Time, start: 1_357_035_300_000 + n * 60_000, width: 60_000 },
        state: WindowState::Both,
        revision: 1,
        counts: Counts { missing: 31, extra: 31, ..Counts::default() },
        records: (0..records).map(record).collect(),
        named: 62,
    }
}

fn opened(changes: &[Change]) -> Event {
    let subject = Subject { tenant: Tenant::default(), edge: uuid::Uuid::from_u128(7) };
    advance(&subject, vec![], changes, Timestamp(1_357_035_400_000), &Policy::default()).events.remove(0)
}

fn parsed(event: &Event, context: &Context) -> Value {
    serde_json::from_str(&render(event, context)).expect("a payload is JSON")
}

#[test]
fn an_opened_incident_says_what_where_and_whose() {
    let event = opened(&[change(0, 20, "a")]);
    let body = parsed(&event, &context());
    assert_eq!(body["type"], "incident.opened");
    assert_eq!(body["timestamp"], "2013-01-01T10:16:40.000Z");
    let data = &body["data"];
    assert_eq!(
        data["summary"],
        "31 missing, 31 extra: topic:ewr/flights.departed to topic:aggregate/flights.departed (flights), 1 window from 2013-01-01T10:15:00.000Z"
    );
    assert_eq!(data["owner"], json!({"team": "flight-operations", "contact": "ops@example.com"}));
    assert_eq!(data["counts"], json!({"missing": 31, "extra": 31, "corrupted": 0}));
    assert_eq!(data["windows"]["shown"][0]["from"], "2013-01-01T10:15:00.000Z");
    assert_eq!(data["records"]["shown"].as_array().map(Vec::len), Some(20));
    assert_eq!(
        (&data["records"]["named"], &data["records"]["more"]),
        (&json!(62), &json!(42)),
        "what is left out is said"
    );
    assert_eq!(data["records"]["shown"][3]["offset"], 3);
    assert_eq!(data["url"], "https://waybill.example/ui/#edge=7");
    assert_eq!(render(&event, &context()), render(&event, &context()), "the same bytes each time");
}

#[test]
fn an_end_says_how() {
    let event = opened(&[change(0, 1, "a")]);
    let closed = event.incident.close("the pipeline was deleted", Timestamp(1_357_035_500_000)).expect("it is open");
    let data = parsed(&closed, &context())["data"].clone();
    assert_eq!(data["status"], "resolved");
    assert_eq!(data["resolution"], json!({"cause": "closed", "reason": "the pipeline was deleted"}));
    assert!(data["summary"].as_str().is_some_and(|text| text.starts_with("Closed: ")));
}

/// Long names, many windows, awkward characters: never past the limit, and the rest is counted.
#[test]
fn a_payload_never_passes_its_limit() {
    for text in ["a", &"x".repeat(5_000), &"\u{1}".repeat(5_000), &"\"\\".repeat(3_000), &"🛫".repeat(3_000)] {
        for windows in [1, 60, 900] {
            let changes: Vec<Change> = (0..windows).map(|n| change(n, 25, text)).collect();
            let context = Context {
                pipeline: text.into(),
                team: text.into(),
                contact: text.into(),
                from: text.into(),
                to: text.into(),
                topic: text.into(),
                ..context()
            };
            let event = opened(&changes);
            let length = render(&event, &context).len();
            assert!(length <= MAX_PAYLOAD_BYTES, "{length} bytes");
            let data = parsed(&event, &context)["data"].clone();
            let shown = data["windows"]["shown"].as_array().map_or(0, Vec::len);
            assert_eq!(data["windows"]["more"], json!(usize::try_from(windows).expect("few") - shown));
            let records = data["records"]["shown"].as_array().map_or(0, Vec::len);
            assert!(records > 0, "names are kept longest");
            assert_eq!(data["records"]["more"], json!(62 * windows - i64::try_from(records).expect("few")));
        }
    }
}
