//! The words of Confluent's registry.

use crate::{parsed, record};
use schema::compatibility::{Level, Previous, check as compare};

fn messages(level: Level, new: &str, old: &str) -> Vec<String> {
    let old = parsed(old);
    compare(level, &parsed(new), &[Previous { version: 3, schema: &old }]).confluent_messages().to_vec()
}

/// The messages before the closing three.
fn check(level: Level, new: &str, old: &str, expected: &[&str]) {
    let said = messages(level, new, old);
    let closing = [
        "{oldSchemaVersion: 3}".to_owned(),
        format!("{{oldSchema: '{}'}}", parsed(old).canonical()),
        format!("{{validateFields: 'false', compatibility: '{level}'}}"),
    ];
    let expected: Vec<String> = expected.iter().map(|text| (*text).to_owned()).chain(closing).collect();
    assert_eq!(said, expected, "new {new}\nold {old}");
}

#[test]
fn each_kind_has_its_words() {
    let fixed = |name: &str, size: u8| format!(r#"{{"type":"fixed","name":"{name}","size":{size}}}"#);
    let symbols = |all: &str| format!(r#"{{"type":"enum","name":"E","symbols":[{all}]}}"#);
    let rows: [(Level, String, String, &str); 7] = [
        (
            Level::Backward,
            fixed("A", 1),
            fixed("x.B", 1),
            "{errorType:'NAME_MISMATCH', description:'The name of the schema has changed (path '/name')', additionalInfo:'expected: x.B'}",
        ),
        (
            Level::Backward,
            fixed("A", 2),
            fixed("A", 1),
            "{errorType:'FIXED_SIZE_MISMATCH', description:'The size of FIXED type field at path '/size' in the new schema does not match with the old schema', additionalInfo:'expected: 1, found: 2'}",
        ),
        (
            Level::Backward,
            symbols(r#""A""#),
            symbols(r#""C","A","B""#),
            "{errorType:'MISSING_ENUM_SYMBOLS', description:'The new schema is missing enum symbols '[B, C]' at path '/symbols' in the old schema', additionalInfo:'[B, C]'}",
        ),
        (
            Level::Backward,
            record(r#"{"name":"a","type":"int"}"#),
            record(""),
            "{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field 'a' at path '/fields/0' in the new schema has no default value and is missing in the old schema', additionalInfo:'a'}",
        ),
        (
            Level::Forward,
            record(""),
            record(r#"{"name":"a","type":"int"}"#),
            "{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field 'a' at path '/fields/0' in the old schema has no default value and is missing in the new schema', additionalInfo:'a'}",
        ),
        (
            Level::Backward,
            r#""boolean""#.to_owned(),
            r#""int""#.to_owned(),
            "{errorType:'TYPE_MISMATCH', description:'The type (path '/') of a field in the new schema does not match with the old schema', additionalInfo:'reader type: BOOLEAN not compatible with writer type: INT'}",
        ),
        (
            Level::Backward,
            r#"["null"]"#.to_owned(),
            r#"["null","int"]"#.to_owned(),
            "{errorType:'MISSING_UNION_BRANCH', description:'The new schema is missing a type inside a union field at path '/1' in the old schema', additionalInfo:'reader union lacking writer type: INT'}",
        ),
    ];
    for (level, new, old, words) in rows {
        check(level, &new, &old, &[words]);
    }
}

#[test]
fn a_type_used_twice_is_reported_twice_as_java_does() {
    let twice = |size: u8| {
        record(&format!(
            r#"{{"name":"a","type":{{"type":"fixed","name":"F","size":{size}}}}},{{"name":"b","type":"F"}}"#
        ))
    };
    let words = "{errorType:'FIXED_SIZE_MISMATCH', description:'The size of FIXED type field at path '/fields/0/type/size' in the new schema does not match with the old schema', additionalInfo:'expected: 1, found: 2'}";
    check(Level::Backward, &twice(2), &twice(1), &[words, words]);
}

#[test]
fn full_asks_forward_first_and_names_the_old_schema_after_backward_only() {
    let said = messages(Level::Full, r#""int""#, r#""long""#);
    assert!(said[0].contains("in the new schema does not match with the old schema"), "{said:?}");
    assert_eq!(said.len(), 4, "{said:?}");
    let said = messages(Level::Full, r#""long""#, r#""int""#);
    assert!(said[0].contains("in the old schema does not match with the new schema"), "{said:?}");
    assert_eq!(said[1..], ["{validateFields: 'false', compatibility: 'FULL'}"]);
}

#[test]
fn a_long_schema_is_cut() {
    for (length, cut) in [(10 * 1024, false), (10 * 1024 + 1, true)] {
        let old = |doc: usize| format!(r#"{{"type":"fixed","name":"A","doc":"{}","size":1}}"#, "é".repeat(doc));
        let rest = old(0).chars().count();
        let said = messages(Level::Backward, r#""int""#, &old(length - rest));
        let shown = &said[2];
        assert_eq!(shown.starts_with("{oldSchema: <truncated> '"), cut, "{length}");
        assert_eq!(shown.ends_with("...'}"), cut, "{length}");
    }
}
