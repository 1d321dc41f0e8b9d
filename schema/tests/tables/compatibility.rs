//! Verdicts, kinds, places and values, for each kind a compatible and an incompatible pair.

use crate::{parsed, record};
use schema::compatibility::{Direction, Finding, Level, Previous, Report, check as compare};
use serde_json::{Value, json};

fn report(level: Level, new: &str, old: &[&str]) -> Report {
    let old: Vec<_> = old.iter().map(|text| parsed(text)).collect();
    let previous: Vec<Previous<'_>> = (1..).zip(&old).map(|(version, schema)| Previous { version, schema }).collect();
    compare(level, &parsed(new), &previous)
}

/// New reads old: the findings are these, as kind, reader pointer, writer pointer, old value, new value.
fn check(new: &str, old: &str, expected: &[(&str, &str, &str, Value, Value)]) {
    let report = report(Level::Backward, new, &[old]);
    let found: Vec<_> = report.findings.iter().map(row).collect();
    let expected: Vec<_> = expected.iter().map(|(k, r, w, o, n)| json!([k, r, w, o, n])).collect();
    assert_eq!(found, expected, "new {new}\nold {old}");
    assert_eq!(report.compatible, expected.is_empty());
}

fn row(finding: &Finding) -> Value {
    json!([finding.kind, finding.reader_pointer, finding.writer_pointer, finding.old, finding.new])
}

const FIXED: &str = r#"{"type":"fixed","name":"x.F","size":4}"#;
const ENUM: &str = r#"{"type":"enum","name":"E","symbols":["A","B"]}"#;

#[test]
fn names() {
    for name in ["A", "B"] {
        let named = |name: &str, more: &str| format!(r#"{{"type":"fixed","name":"{name}","size":1{more}}}"#);
        check(&named(name, ""), &named(name, ""), &[]);
        check(&named(&format!("x.{name}"), ""), &named(&format!("y.{name}"), ""), &[]);
        check(&named("New", &format!(r#","aliases":["{name}"]"#)), &named(name, ""), &[]);
        check(
            &named("x.New", r#","aliases":["A"]"#),
            &named(name, ""),
            &[("NAME_MISMATCH", "/name", "/name", json!(name), json!("x.New"))],
        );
        check(&named("New", ""), &named(name, ""), &[("NAME_MISMATCH", "/name", "/name", json!(name), json!("New"))]);
    }
    let renamed = r#"{"type":"record","name":"New","aliases":["R"],"fields":[]}"#;
    check(renamed, &record(""), &[]);
    check(&record(""), renamed, &[("NAME_MISMATCH", "/name", "/name", json!("New"), json!("R"))]);
    let symbols = r#"{"type":"enum","name":"N","aliases":["E"],"symbols":["A","B"]}"#;
    check(symbols, ENUM, &[]);
    check(ENUM, symbols, &[("NAME_MISMATCH", "/name", "/name", json!("N"), json!("E"))]);
}

#[test]
fn sizes() {
    check(FIXED, FIXED, &[]);
    let larger = r#"{"type":"fixed","name":"F","size":8}"#;
    check(larger, FIXED, &[("FIXED_SIZE_MISMATCH", "/size", "/size", json!(4), json!(8))]);
}

#[test]
fn symbols() {
    let more = r#"{"type":"enum","name":"E","symbols":["B","A","D","C"]}"#;
    let with_default = r#"{"type":"enum","name":"E","symbols":["A"],"default":"A"}"#;
    check(more, ENUM, &[]);
    check(with_default, more, &[]);
    check(
        ENUM,
        more,
        &[("MISSING_ENUM_SYMBOLS", "/symbols", "/symbols", json!(["B", "A", "D", "C"]), json!(["A", "B"]))],
    );
}

#[test]
fn fields() {
    let a = r#"{"name":"a","type":"int"}"#;
    let both = record(&format!(r#"{a},{{"name":"b","type":"int"}}"#));
    check(&record(a), &both, &[]);
    check(&record(&format!(r#"{a},{{"name":"b","type":"int","default":1}}"#)), &record(a), &[]);
    check(&record(r#"{"name":"c","aliases":["a"],"type":"long"}"#), &record(a), &[]);
    check(
        &both,
        &record(a),
        &[("READER_FIELD_MISSING_DEFAULT_VALUE", "/fields/1", "/fields", Value::Null, json!("b"))],
    );
    // Java compares an enum with a default of its own against the record that lacks the field.
    let with_enum = record(r#"{"name":"e","type":{"type":"enum","name":"E","symbols":["A"],"default":"A"}}"#);
    check(&with_enum, &record(""), &[("TYPE_MISMATCH", "/fields/0/type", "", json!("RECORD"), json!("ENUM"))]);
    let ambiguous = record(r#"{"name":"a","aliases":["b"],"type":"int"}"#);
    check(&ambiguous, &both, &[("AMBIGUOUS_FIELD_ALIAS", "/fields/0", "/fields", Value::Null, json!(["a", "b"]))]);
}

#[test]
fn promotions() {
    let all = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"];
    let promoted = [
        ("int", "long"),
        ("int", "float"),
        ("int", "double"),
        ("long", "float"),
        ("long", "double"),
        ("float", "double"),
        ("string", "bytes"),
        ("bytes", "string"),
    ];
    for writer in all {
        for reader in all {
            let readable = writer == reader || promoted.contains(&(writer, reader));
            let (upper_w, upper_r) = (json!(writer.to_uppercase()), json!(reader.to_uppercase()));
            let mismatch = [("TYPE_MISMATCH", "/items", "/items", upper_w, upper_r)];
            let array = |items: &str| format!(r#"{{"type":"array","items":"{items}"}}"#);
            check(&array(reader), &array(writer), if readable { &[] } else { &mismatch });
        }
    }
    let map = r#"{"type":"map","values":"int"}"#;
    check(map, map, &[]);
    check(map, r#"{"type":"array","items":"int"}"#, &[("TYPE_MISMATCH", "", "", json!("ARRAY"), json!("MAP"))]);
}

#[test]
fn unions() {
    check(r#"["null","long"]"#, r#""int""#, &[]);
    check(r#"["null","long","string"]"#, r#"["int","null"]"#, &[]);
    check(r#""long""#, r#"["int"]"#, &[]);
    check(r#""long""#, r#"["int","string"]"#, &[("TYPE_MISMATCH", "", "/1", json!("STRING"), json!("LONG"))]);
    check(
        r#"["null","long"]"#,
        r#"["int","string","boolean"]"#,
        &[
            ("MISSING_UNION_BRANCH", "", "/1", json!("string"), json!(["null", "long"])),
            ("MISSING_UNION_BRANCH", "", "/2", json!("boolean"), json!(["null", "long"])),
        ],
    );
    check(r#"["null"]"#, FIXED, &[("MISSING_UNION_BRANCH", "", "", json!("x.F"), json!(["null"]))]);
}

#[test]
fn recursion_and_references() {
    let list = |item: &str| record(&format!(r#"{{"name":"v","type":"{item}"}},{{"name":"n","type":["null","R"]}}"#));
    check(&list("long"), &list("int"), &[]);
    check(
        &list("int"),
        &list("long"),
        &[("TYPE_MISMATCH", "/fields/0/type", "/fields/0/type", json!("LONG"), json!("INT"))],
    );
    // A type that is used by name on both sides is compared all the same, and definition and use may swap places.
    let define = |size: u8| format!(r#"{{"name":"a","type":{{"type":"fixed","name":"F","size":{size}}}}}"#);
    let named = r#"{"name":"b","type":"F"}"#;
    let swapped = r#"{"name":"b","type":{"type":"fixed","name":"F","size":4}},{"name":"a","type":"F"}"#;
    check(&record(swapped), &record(&format!("{},{named}", define(4))), &[]);
    check(
        &record(&format!("{},{named}", define(5))),
        &record(&format!("{},{named}", define(4))),
        &[("FIXED_SIZE_MISMATCH", "/fields/0/type/size", "/fields/0/type/size", json!(4), json!(5))],
    );
}

#[test]
fn all_findings_at_once() {
    let old =
        record(r#"{"name":"a","type":"long"},{"name":"b","type":{"type":"enum","name":"E","symbols":["A","B"]}}"#);
    let new = record(
        r#"{"name":"a","type":"int"},{"name":"b","type":{"type":"enum","name":"E","symbols":["A"]}},{"name":"c","type":"int"}"#,
    );
    check(
        &new,
        &old,
        &[
            ("TYPE_MISMATCH", "/fields/0/type", "/fields/0/type", json!("LONG"), json!("INT")),
            (
                "MISSING_ENUM_SYMBOLS",
                "/fields/1/type/symbols",
                "/fields/1/type/symbols",
                json!(["A", "B"]),
                json!(["A"]),
            ),
            ("READER_FIELD_MISSING_DEFAULT_VALUE", "/fields/2", "/fields", Value::Null, json!("c")),
        ],
    );
}

#[test]
fn levels() {
    let (int, long, double) = (r#""int""#, r#""long""#, r#""double""#);
    let rows: [(Level, &str, &[&str], bool); 14] = [
        (Level::None, int, &[long], true),
        (Level::Backward, long, &[int], true),
        (Level::Backward, int, &[long], false),
        (Level::Backward, int, &[double, int], true),
        (Level::BackwardTransitive, int, &[double, int], false),
        (Level::BackwardTransitive, double, &[int, long], true),
        (Level::Forward, int, &[long], true),
        (Level::Forward, long, &[int], false),
        (Level::Forward, long, &[int, double], true),
        (Level::ForwardTransitive, long, &[int, double], false),
        (Level::Full, int, &[int], true),
        (Level::Full, int, &[long], false),
        (Level::FullTransitive, int, &[int, int], true),
        (Level::FullTransitive, int, &[long, int], false),
    ];
    for (level, new, old, compatible) in rows {
        assert_eq!(report(level, new, old).compatible, compatible, "{level} {new} after {old:?}");
    }
    assert!(Level::ALL.iter().all(|level| report(*level, int, &[]).compatible));
}

#[test]
fn transitive_levels_stop_at_the_newest_version_that_fails() {
    let report = report(Level::BackwardTransitive, r#""int""#, &[r#""double""#, r#""long""#, r#""int""#]);
    assert_eq!(report.findings.iter().map(|finding| finding.version).collect::<Vec<_>>(), [2]);
}

#[test]
fn forward_findings_name_old_and_new_by_time() {
    let report = report(Level::Forward, r#""string""#, &[r#""int""#]);
    let [finding] = report.findings.as_slice() else { panic!("{report:?}") };
    assert_eq!((finding.direction, &finding.old, &finding.new), (Direction::Forward, &json!("INT"), &json!("STRING")));
}

#[test]
fn logical_types_warn_and_leave_the_verdict() {
    let long = |logical: &str| record(&format!(r#"{{"name":"t","type":{{"type":"long","logicalType":"{logical}"}}}}"#));
    let decimal = |precision: u8, scale: u8| {
        format!(r#"{{"type":"bytes","logicalType":"decimal","precision":{precision},"scale":{scale}}}"#)
    };
    let (millis, micros) = (long("timestamp-millis"), long("timestamp-micros"));
    let plain = record(r#"{"name":"t","type":"long"}"#);
    let (small, large) = (decimal(8, 2), decimal(9, 3));
    let optional = |of: &str| format!(r#"["null",{of}]"#);
    let changed = ["LOGICAL_TYPE_CHANGED"].as_slice();
    let rows: [(&str, &str, &[&str]); 9] = [
        (&millis, &millis, &[]),
        (&micros, &millis, changed),
        (&plain, &millis, changed),
        (&long("nothing-known"), &plain, &[]),
        (&small, &small, &[]),
        (&large, &small, &["DECIMAL_CHANGED"]),
        (&optional(&large), &optional(&small), &["DECIMAL_CHANGED"]),
        (r#"[{"type":"int","logicalType":"date"},"long"]"#, r#"["long"]"#, &[]),
        // An int is read by the branch of ints, although the one before takes it, too.
        (r#"[{"type":"long","logicalType":"timestamp-millis"},"int"]"#, r#"["int"]"#, &[]),
    ];
    for (new, old, expected) in rows {
        let report = report(Level::Backward, new, &[old]);
        let warned: Vec<Value> = report.warnings.iter().map(|warning| json!(warning.kind)).collect();
        assert_eq!(json!(warned), json!(expected), "new {new}\nold {old}");
        assert!(report.compatible && report.findings.is_empty() && report.confluent_messages().is_empty());
    }
    let report = report(Level::Backward, &micros, &[&millis]);
    let warning = &report.warnings[0];
    assert_eq!((warning.old.as_str(), warning.new.as_str()), (Some("timestamp-millis"), Some("timestamp-micros")));
    assert_eq!(warning.reader_pointer, "/fields/0/type");
}
