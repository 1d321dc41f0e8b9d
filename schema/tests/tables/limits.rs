//! Every limit, on both sides.

use crate::{record, resolved};
use schema::compatibility::{Kind, Level, Previous, check as compare};
use schema::{Limits, SchemaError, SchemaType, Strictness};

/// The text is read under the limits, and refused by the named one under the tighter ones.
fn check(limit: &str, text: &str, enough: Limits, tight: Limits) {
    let references = [resolved("F", r#"{"type":"fixed","name":"Ref","size":1}"#)];
    let read = |limits| schema::parse(SchemaType::Avro, text, &references, Strictness::Strict, &limits);
    assert!(read(enough).is_ok(), "{limit}: {:?}", read(enough));
    match read(tight) {
        Err(SchemaError::Limit { limit: passed, .. }) => assert_eq!(passed, limit),
        Err(SchemaError::Reference { source, .. }) => {
            assert!(
                matches!(*source, SchemaError::Limit { limit: passed, .. } if passed == limit),
                "{limit}: {source:?}"
            );
        }
        other => panic!("{limit}: {other:?}"),
    }
}

#[test]
fn reading_is_bounded() {
    let all = Limits::default();
    let deep = r#"{"type":"array","items":{"type":"array","items":"int"}}"#;
    check("max_depth", deep, Limits { max_depth: 2, ..all }, Limits { max_depth: 1, ..all });
    let text = r#"{"type":"string","doc":"123456789012345678901234567890"}"#;
    let bytes = text.len();
    check("max_bytes", text, Limits { max_bytes: bytes, ..all }, Limits { max_bytes: bytes - 1, ..all });
    let union = r#"["null","int","long"]"#;
    check("max_nodes", union, Limits { max_nodes: 5, ..all }, Limits { max_nodes: 4, ..all });
    let fields = record(r#"{"name":"a","type":"int"},{"name":"b","type":"int"}"#);
    check("max_fields", &fields, Limits { max_fields: 2, ..all }, Limits { max_fields: 1, ..all });
    let symbols = r#"{"type":"enum","name":"E","symbols":["A","B","C"]}"#;
    check("max_symbols", symbols, Limits { max_symbols: 3, ..all }, Limits { max_symbols: 2, ..all });
    let names = r#"{"type":"fixed","name":"A","aliases":["B","C"],"size":1}"#;
    check("max_names", names, Limits { max_names: 4, ..all }, Limits { max_names: 3, ..all });
    check("max_references", union, Limits { max_references: 1, ..all }, Limits { max_references: 0, ..all });
    let default = record(r#"{"name":"a","type":{"type":"array","items":"int"},"default":[1,2,3]}"#);
    check("max_steps", &default, Limits { max_steps: 4, ..all }, Limits { max_steps: 3, ..all });
}

#[test]
fn comparing_is_bounded() {
    let wide = record(r#"{"name":"a","type":"long"},{"name":"b","type":"long"},{"name":"c","type":"long"}"#);
    let narrow = wide.replace("long", "int");
    let under = |new: &str, old: &str, limits: Limits| {
        let read =
            |text: &str| schema::parse(SchemaType::Avro, text, &[], Strictness::Strict, &limits).expect("a schema");
        let old = read(old);
        compare(Level::Backward, &read(new), &[Previous { version: 1, schema: &old }])
    };
    let all = Limits::default();
    // Three fields and three pairs of their types.
    assert!(under(&wide, &narrow, Limits { max_comparisons: 6, ..all }).compatible);
    let stopped = under(&wide, &narrow, Limits { max_comparisons: 5, ..all });
    assert!(!stopped.compatible, "what cannot be checked is not let through");
    assert_eq!(stopped.findings.iter().map(|finding| finding.kind).collect::<Vec<_>>(), [Kind::TooComplex]);
    for (max_findings, kept, truncated) in [(3, 3, false), (2, 2, true), (0, 1, true)] {
        let report = under(&narrow, &wide, Limits { max_findings, ..all });
        assert_eq!((report.compatible, report.findings.len(), report.truncated), (false, kept, truncated));
    }
}
