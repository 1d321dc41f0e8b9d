//! Texts made to hurt: each is answered quickly, on the small stack of a test thread.

use crate::{parse, parsed, record};
use schema::SchemaError;
use schema::compatibility::{Kind, Level, Previous, check as compare};
use std::fmt::Write as _;

/// Numbered pieces, separated by commas.
fn list(count: usize, piece: impl Fn(usize) -> String) -> String {
    (0..count).map(piece).collect::<Vec<_>>().join(",")
}

fn limit_of(text: &str) -> &'static str {
    match parse(text) {
        Err(SchemaError::Limit { limit, .. }) => limit,
        other => panic!("no limit was passed: {:?}", other.map(|schema| schema.canonical().len())),
    }
}

#[test]
fn nesting() {
    for open in ["[", "{\"a\":", "{\"type\":\"array\",\"items\":", "[[[{\"type\":"] {
        assert_eq!(limit_of(&open.repeat(100_000 / open.len())), "max_depth");
    }
    let nested =
        |levels: usize| format!("{}\"int\"{}", "{\"type\":\"array\",\"items\":".repeat(levels), "}".repeat(levels));
    assert!(parse(&nested(256)).is_ok());
    assert_eq!(limit_of(&nested(257)), "max_depth");
    let records = (0..85).fold("\"int\"".to_owned(), |inner, at| {
        format!(r#"{{"type":"record","name":"R{at}","fields":[{{"name":"a","type":{inner}}}]}}"#)
    });
    let records = parsed(&records);
    assert!(compare(Level::Full, &records, &[Previous { version: 1, schema: &records }]).compatible);
    assert_eq!(records.normalized(), records.canonical());
}

#[test]
fn a_flat_text_that_unfolds_into_a_deep_one() {
    // Each record is used before it is defined, so that its definition moves into the one before.
    let chain = list(5_000, |at| {
        let next = at + 1;
        format!(
            r#"{{"name":"f{at}","type":{{"type":"record","name":"R{at}","fields":[{{"name":"n","type":"R{next}"}}]}}}}"#
        )
    });
    let last = r#"{"name":"last","type":{"type":"fixed","name":"R5000","size":1}}"#;
    let text = record(&format!(r#"{{"name":"first","type":"R0"}},{chain},{last}"#));
    assert_eq!(limit_of(&text), "max_depth");
}

#[test]
fn a_long_chain_of_types_is_compared_without_a_deep_stack() {
    // The chain itself stands in a field that only one side has, so that it is entered at its far end.
    let chain = |field: &str, leaf: &str| {
        let mut fields = format!(
            r#"{{"name":"f0","type":{{"type":"record","name":"R0","fields":[{{"name":"n","type":"{leaf}"}}]}}}}"#
        );
        for at in 1..5_000 {
            let before = at - 1;
            write!(
                fields,
                r#",{{"name":"f{at}","type":{{"type":"record","name":"R{at}","fields":[{{"name":"n","type":"R{before}"}}]}}}}"#
            )
            .expect("a String takes every text");
        }
        let chain = record(&fields);
        format!(
            r#"{{"type":"record","name":"Top","fields":[{{"name":"{field}","type":["null",{chain}],"default":null}},{{"name":"y","type":"R4999"}}]}}"#
        )
    };
    let (int, long) = (parsed(&chain("v", "int")), parsed(&chain("w", "long")));
    assert!(compare(Level::Backward, &long, &[Previous { version: 1, schema: &int }]).compatible);
    let report = compare(Level::Backward, &int, &[Previous { version: 1, schema: &long }]);
    assert_eq!(report.findings.len(), 1);
    assert_eq!(report.findings[0].path, format!("/fields/1/type{}", "/fields/0/type".repeat(5_000)));
}

#[test]
fn wide_unions() {
    let union = |prefix: &str, count| {
        format!("[{}]", list(count, |at| format!(r#"{{"type":"fixed","name":"{prefix}{at}","size":1}}"#)))
    };
    let (a, b) = (parsed(&union("A", 15_000)), parsed(&union("B", 15_000)));
    let report = compare(Level::Backward, &a, &[Previous { version: 1, schema: &b }]);
    assert_eq!(report.findings[0].kind, Kind::TooComplex);
    assert!(!report.compatible);
    let text = format!("[{}]", list(120_000, |_| "\"int\"".to_owned()));
    assert_eq!(limit_of(&text), "max_nodes");
    let huge = format!("[{}]", list(300_000, |_| "\"int\"".to_owned()));
    assert_eq!(limit_of(&huge), "max_bytes");
}

#[test]
fn wide_records_and_enums() {
    let wide = |of: &str| record(&list(20_000, |at| format!(r#"{{"name":"f{at}","type":"{of}"}}"#)));
    let (int, long) = (parsed(&wide("int")), parsed(&wide("long")));
    assert!(compare(Level::Backward, &long, &[Previous { version: 1, schema: &int }]).compatible);
    let report = compare(Level::Backward, &int, &[Previous { version: 1, schema: &long }]);
    assert!(report.truncated && report.findings.len() == 1_000);
    let symbols = format!(r#"{{"type":"enum","name":"E","symbols":[{}]}}"#, list(50_000, |at| format!("\"S{at}\"")));
    let symbols = parsed(&symbols);
    assert!(compare(Level::Full, &symbols, &[Previous { version: 1, schema: &symbols }]).compatible);
}

#[test]
fn findings_that_double_at_each_level() {
    let doubling = |leaf: &str| {
        let mut schema = format!(r#"{{"type":"record","name":"L0","fields":[{{"name":"a","type":"{leaf}"}}]}}"#);
        for at in 1..60 {
            let below = at - 1;
            schema = format!(
                r#"{{"type":"record","name":"L{at}","fields":[{{"name":"a","type":{schema}}},{{"name":"b","type":"L{below}"}}]}}"#
            );
        }
        schema
    };
    let (int, long) = (parsed(&doubling("int")), parsed(&doubling("long")));
    let report = compare(Level::Backward, &int, &[Previous { version: 1, schema: &long }]);
    assert!(report.truncated && report.findings.len() == 1);
}

#[test]
fn defaults_that_double_at_each_level() {
    let mut schema = r#"{"type":"record","name":"L0","fields":[]}"#.to_owned();
    for at in 1..60 {
        let below = at - 1;
        schema = format!(
            r#"{{"type":"record","name":"L{at}","fields":[{{"name":"a","type":{schema},"default":{{}}}},{{"name":"b","type":"L{below}","default":{{}}}}]}}"#
        );
    }
    assert_eq!(limit_of(&schema), "max_steps");
}

#[test]
fn recursive_unions() {
    // Every record holds a union of all records: each pair of types is met from everywhere.
    let all = |prefix: &str, count: usize| {
        let names = list(count, |at| format!("\"R{at}\""));
        let fields = list(count, |at| {
            format!(
                r#"{{"name":"f{at}","type":{{"type":"record","name":"R{at}","fields":[{{"name":"{prefix}","type":["null",{names}],"default":null}}]}}}}"#
            )
        });
        record(&fields)
    };
    for other in ["u", "v"] {
        let (a, b) = (parsed(&all("u", 60)), parsed(&all(other, 60)));
        assert!(compare(Level::Full, &a, &[Previous { version: 1, schema: &b }]).compatible);
    }
}
