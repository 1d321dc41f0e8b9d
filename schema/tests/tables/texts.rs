//! Canonical, normalized and resolved texts, and where errors point.

use crate::{parse, parsed, record, resolved};
use schema::{Limits, Reference, SchemaError, SchemaType, Strictness, normalized_references};

#[test]
fn canonical_text_is_that_of_java() {
    let rows = [
        (r#" { "type" : "string" } "#, r#""string""#),
        (
            r#"{"doc":"d","size":1,"name":"x.F","type":"fixed","p":1e3}"#,
            r#"{"type":"fixed","name":"F","namespace":"x","doc":"d","size":1,"p":1000.0}"#,
        ),
        (r#"{"a":1,"type":"int","b":2,"a":3}"#, r#"{"type":"int","a":3,"b":2}"#),
        (
            r#"{"type":"record","aliases":["B"],"name":"x.A","fields":[{"default":0,"order":"IGNORE","aliases":["z"],"name":"f","k":[],"type":"int","doc":"é\u0001"}]}"#,
            "{\"type\":\"record\",\"name\":\"A\",\"namespace\":\"x\",\"fields\":[{\"name\":\"f\",\"type\":\"int\",\"doc\":\"é\\u0001\",\"default\":0,\"order\":\"ignore\",\"aliases\":[\"z\"],\"k\":[]}],\"aliases\":[\"B\"]}",
        ),
        // The definition moves to the first use.
        (
            r#"{"type":"record","name":"R","fields":[{"name":"a","type":"F"},{"name":"b","type":{"type":"fixed","name":"F","size":1}}]}"#,
            r#"{"type":"record","name":"R","fields":[{"name":"a","type":{"type":"fixed","name":"F","size":1}},{"name":"b","type":"F"}]}"#,
        ),
    ];
    for (text, canonical) in rows {
        assert_eq!(parsed(text).canonical(), canonical, "{text}");
    }
}

#[test]
fn normalized_text_has_full_names_sorted_properties_and_typed_defaults() {
    let rows = [
        (r#"{"type":"string","b":1,"a":{"d":1,"c":2}}"#, r#"{"type":"string","a":{"c":2,"d":1},"b":1}"#),
        (
            r#"{"type":"bytes","scale":2,"precision":4,"logicalType":"decimal","a":1}"#,
            r#"{"type":"bytes","logicalType":"decimal","precision":4,"scale":2,"a":1}"#,
        ),
        (
            r#"{"type":"error","name":"A","doc":"","aliases":["C","B"],"fields":[]}"#,
            r#"{"type":"record","name":"A","fields":[],"aliases":["B","C"]}"#,
        ),
        (
            &record(r#"{"name":"a","type":"double","default":0}"#),
            &record(r#"{"name":"a","type":"double","default":0.0}"#),
        ),
        (
            &record(r#"{"name":"a","type":"float","default":0.1}"#),
            &record(r#"{"name":"a","type":"float","default":0.1}"#),
        ),
        (
            &record(r#"{"name":"a","type":["null","string"],"default":"x"}"#),
            &record(r#"{"name":"a","type":["null","string"]}"#),
        ),
        (
            &record(r#"{"name":"a","type":["null","string"],"default":null}"#),
            &record(r#"{"name":"a","type":["null","string"],"default":null}"#),
        ),
        (
            r#"{"type":"enum","name":"E","namespace":"x","symbols":["B","A"],"default":"A"}"#,
            r#"{"type":"enum","name":"E","namespace":"x","symbols":["B","A"],"default":"A"}"#,
        ),
    ];
    for (text, normalized) in rows {
        assert_eq!(parsed(text).normalized(), normalized, "{text}");
        assert_eq!(parsed(normalized).normalized(), normalized, "normalizing twice: {text}");
    }
}

#[test]
fn references_stay_names_and_can_be_written_out() {
    let references = [
        resolved("x.In", r#"{"type":"fixed","name":"In","namespace":"x","size":2}"#),
        resolved("x.Out", r#"{"type":"record","name":"x.Out","fields":[{"name":"i","type":"x.In"}]}"#),
    ];
    let text = r#"{"type":"record","name":"x.R","fields":[{"name":"o","type":"Out"},{"name":"i","type":"In"}]}"#;
    let schema =
        schema::parse(SchemaType::Avro, text, &references, Strictness::Strict, &Limits::default()).expect("readable");
    let start = r#"{"type":"record","name":"R","namespace":"x","fields":[{"name":"o","type":"#;
    assert_eq!(schema.canonical(), format!(r#"{start}"Out"}},{{"name":"i","type":"In"}}]}}"#));
    let inlined =
        r#"{"type":"record","name":"Out","fields":[{"name":"i","type":{"type":"fixed","name":"In","size":2}}]}"#;
    assert_eq!(schema.resolved(), format!(r#"{start}{inlined}}},{{"name":"i","type":"In"}}]}}"#));
    assert_eq!(schema.normalized(), schema.canonical());
    assert_eq!(schema.record_name(), Some("x.R"));
    assert!(schema.equivalent(&parsed(&schema.resolved())), "a look-up finds one by the other");
    let broken = [resolved("x.In", "{")];
    let failed = schema::parse(SchemaType::Avro, text, &broken, Strictness::Strict, &Limits::default());
    assert!(matches!(failed, Err(SchemaError::Reference { name, .. }) if name == "x.In"));
}

#[test]
fn look_up_equality_counts_docs_and_defaults_and_not_the_order_of_properties() {
    let rows = [
        (r#"{"type":"int","a":1,"b":2}"#, r#"{"b":2,"a":1,"type":"int"}"#, true),
        (r#"{"type":"int","a":1}"#, r#"{"type":"int","a":1.0}"#, false),
        (r#"{"type":"fixed","name":"A","size":1,"doc":"x"}"#, r#"{"type":"fixed","name":"A","size":1}"#, false),
        (r#"{"type":"fixed","name":"x.A","size":1}"#, r#"{"type":"fixed","name":"A","namespace":"x","size":1}"#, true),
    ];
    for (a, b, equal) in rows {
        assert_eq!(parsed(a).equivalent(&parsed(b)), equal, "{a} and {b}");
        assert_eq!(parsed(a).equivalence_text() == parsed(b).equivalence_text(), equal, "{a} and {b}");
    }
}

#[test]
fn errors_say_where_and_what() {
    let rows = [
        (
            record(r#"{"name":"a","type":["null",{"type":"array"}]}"#),
            "invalid schema at '/fields/0/type/1': an array needs items",
        ),
        (
            record(r#"{"name":"a","type":"int","default":"x"}"#),
            "invalid schema at '/fields/0': the default of field 'a' does not fit its type",
        ),
        (
            record(r#"{"name":"a-b","type":"int"}"#),
            "invalid schema at '/fields/0': 'a-b' may hold ASCII letters, digits and '_' only",
        ),
        (r#"{"type":"nope"}"#.to_owned(), "invalid schema at '': 'nope' is not defined"),
        ("{\"type\":".to_owned(), "not JSON at byte 8: the text ends where a value should stand"),
    ];
    for (text, message) in rows {
        assert_eq!(parse(&text).expect_err(&text).to_string(), message);
    }
}

#[test]
fn a_lenient_reader_takes_any_name_and_any_default() {
    for text in [record(r#"{"name":"a-b","type":"int"}"#), record(r#"{"name":"a","type":"int","default":"x"}"#)] {
        assert!(parse(&text).is_err(), "{text}");
        let lenient = schema::parse(SchemaType::Avro, &text, &[], Strictness::Lenient, &Limits::default());
        assert_eq!(lenient.expect("lenient").canonical(), text);
    }
}

#[test]
fn normalized_references_are_sorted_and_unique() {
    let reference =
        |name: &str, subject: &str, version| Reference { name: name.into(), subject: subject.into(), version };
    let given = [reference("b", "s2", 1), reference("a", "s1", 2), reference("c", "s1", 1), reference("b", "s2", 1)];
    let expected = [reference("c", "s1", 1), reference("a", "s1", 2), reference("b", "s2", 1)];
    assert_eq!(normalized_references(&given), expected);
}
