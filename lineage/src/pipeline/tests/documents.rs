//! What is refused, where, and with which advice.

use super::*;

fn problems(document: &Value) -> Vec<String> {
    let Err(invalid) = parse(document) else { panic!("accepted: {document}") };
    invalid.problems.iter().map(ToString::to_string).collect()
}

fn bent(pointer: &str, value: Value) -> Value {
    let mut document = small();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match document.pointer_mut(parent).unwrap() {
        Value::Object(map) => {
            map.insert(key.to_owned(), value);
        }
        Value::Array(list) => list[key.parse::<usize>().unwrap()] = value,
        other => panic!("{other} holds nothing"),
    }
    document
}

/// Mistakes of form: our reader and the published schema refuse the same.
#[test]
fn mistakes_of_form() {
    let long = "x".repeat(2_001);
    for (pointer, value, expected) in [
        ("/version", json!(2), "/version: must be a whole number from 1 to 1, and is 2"),
        ("/name", json!("Small"), "/name: 'Small' is not a name of a pipeline: it must be 1 to 63 lower-case"),
        ("/name", json!(7), "/name: must be a text, and is 7"),
        ("/owner", json!("me"), "/owner: must be an object, and is 'me'"),
        ("/owner", json!({"team": "t"}), "/owner: lacks 'contact': add it"),
        ("/owner/team", json!("  "), "/owner/team: is empty: write something"),
        ("/description", json!(long), "/description: is 2001 characters long, and 2000 are allowed (limit text_chars)"),
        ("/tier", json!(6), "/tier: must be a whole number from 0 to 5, and is 6"),
        ("/tier", json!(1.5), "/tier: must be a whole number from 0 to 5, and is 1.5"),
        ("/tier", json!(-1), "/tier: must be a whole number from 0 to 5, and is -1"),
        (
            "/window_seconds",
            json!(7),
            "/window_seconds: must be one of 1, 5, 10, 15, 30, 60, 300, 600, 900, 1800, 3600, and is 7",
        ),
        ("/expectation", json!({"kind": "filter"}), "/expectation/kind: must be 'copy', and is 'filter'"),
        (
            "/expectation",
            json!({"overdue_after_seconds": 0}),
            "/expectation/overdue_after_seconds: must be a whole number from 1 to 604800, and is 0",
        ),
        ("/topics", json!([]), "/topics: is empty: name at least one, or leave the field out"),
        ("/topics", json!("a"), "/topics: must be a list, and is 'a'"),
        ("/topics/0", json!(".."), "/topics/0: '..' is not a topic"),
        ("/topics/1", json!("a"), "/topics/1: 'a' stands here twice: keep one"),
        (
            "/colour",
            json!("red"),
            "/colour: no field is called 'colour' here: the fields are version, name, description",
        ),
        ("/a~b", json!(1), "/a~0b: no field is called 'a~b' here"),
        ("/stages/0", json!({"name": "x"}), "/stages/0: has no members: add 'producers', 'clusters' or 'sinks'"),
        ("/stages/1/sinks", json!([{"name": "s", "format": "parquet"}]), "/stages/1: has members of several kinds"),
        ("/stages/2/sinks/0/format", json!("orc"), "/stages/2/sinks/0/format: must be 'parquet', and is 'orc'"),
        (
            "/stages/0/producers/0/application",
            json!("a b"),
            "/stages/0/producers/0/application: 'a b' is not a name of an application",
        ),
        ("/alerts", json!({}), "/alerts: lacks 'receivers': add it"),
        ("/stages/1/exceptions", json!([{}]), "/stages/1/exceptions/0: lacks 'expectation': add it"),
    ] {
        let document = bent(pointer, value);
        let found = problems(&document);
        assert!(found.len() == 1 && found[0].starts_with(expected), "{pointer}: {found:#?}");
        assert!(!valid_by_schema(&document), "the schema accepts {pointer}");
    }
}

/// Mistakes of meaning, which no schema sees.
#[test]
fn mistakes_of_reference() {
    for (pointer, value, expected) in [
        ("/stages/1/topics", json!(["c"]), "/stages/1/topics/0: the pipeline has no topic 'c'"),
        ("/stages/1/name", json!("write"), "/stages/1/name: the stage 'write' stands at /stages/0/name already"),
        ("/stages/1/from", json!(["keep"]), "/stages/1/from/0: no stage 'keep' stands before this one"),
        ("/stages/1/from", json!(["hold"]), "/stages/1/from/0: no stage 'hold' stands before this one"),
        ("/stages/0/from", json!(["hold"]), "/stages/0/from: producers begin a pipeline: leave 'from' out"),
        (
            "/stages/2/from",
            json!(["write"]),
            "/stages/2/from/0: the stage 'write' holds producers, and sinks take from clusters",
        ),
        (
            "/stages/0/producers/0/clusters",
            json!(["three"]),
            "/stages/0/producers/0/clusters/0: 'three' is no cluster of a stage",
        ),
        ("/stages/0/producers/0/topics", json!(["c"]), "/stages/0/producers/0/topics/0: this stage does not carry 'c'"),
        ("/stages/2/sinks/0/topics", json!(["c"]), "/stages/2/sinks/0/topics/0: this stage does not carry 'c'"),
        (
            "/stages/2/exceptions",
            json!([{"upstream": ["app"], "expectation": {}}]),
            "/stages/2/exceptions/0/upstream/0: 'app' feeds nothing here",
        ),
        (
            "/stages/2/exceptions",
            json!([{"topics": ["c"], "expectation": {}}]),
            "/stages/2/exceptions/0/topics/0: this stage does not carry 'c'",
        ),
        ("/stages/0/exceptions", json!([{"expectation": {}}]), "/stages/0/exceptions/0: no edge leads into this stage"),
    ] {
        let document = bent(pointer, value);
        let found = problems(&document);
        assert!(found.iter().any(|problem| problem.starts_with(expected)), "{pointer}: {found:#?}");
        assert!(valid_by_schema(&document), "the schema refuses {pointer}");
    }
}

#[test]
fn stages_that_do_not_fit_together() {
    for (stages, expected) in [
        (json!([{"name": "write", "producers": [{"application": "app"}]}]), "/stages/0: feeds no stage"),
        (json!([{"name": "hold", "clusters": ["one"]}]), "/stages: no edge follows"),
        (
            json!([{"name": "keep", "sinks": [{"name": "lake", "format": "parquet"}]}]),
            "/stages/0: sinks take from clusters",
        ),
        (
            json!([
                {"name": "hold", "clusters": ["one"]},
                {"name": "keep", "sinks": [{"name": "lake", "format": "parquet"}]},
                {"name": "more", "clusters": ["two"]}
            ]),
            "/stages/2: the stage 'keep' holds sinks, and nothing follows a sink",
        ),
        (
            json!([{"name": "hold", "clusters": ["one"]}, {"name": "again", "clusters": ["one"]}]),
            "/stages/1/clusters/0: the cluster 'one' stands at /stages/0/clusters/0 already",
        ),
        (
            json!([{"name": "hold", "clusters": ["one"], "topics": ["a"]}, {"name": "copy", "clusters": ["two"], "topics": ["b"]}]),
            "/stages/1/topics/0: no stage of hold carries 'b'",
        ),
    ] {
        let found = problems(&bent("/stages", stages));
        assert!(found.iter().any(|problem| problem.starts_with(expected)), "{expected}: {found:#?}");
    }
}

#[test]
fn all_problems_come_at_once() {
    let mut document = small();
    document["tier"] = json!(9);
    document["colour"] = json!("red");
    document["owner"] = json!({});
    document["stages"][0]["producers"][0]["application"] = json!("");
    document["stages"][2]["sinks"][0]["format"] = json!("orc");
    let pointers: Vec<String> = parse(&document).unwrap_err().problems.into_iter().map(|p| p.pointer).collect();
    assert_eq!(
        pointers,
        ["/owner", "/owner", "/tier", "/stages/0/producers/0/application", "/stages/2/sinks/0/format", "/colour"]
    );
}

#[test]
fn problems_past_the_limit_are_counted() {
    let mut document = small();
    for n in 0..150 {
        document[format!("field-{n}")] = json!(n);
    }
    let invalid = parse(&document).unwrap_err();
    assert_eq!((invalid.problems.len(), invalid.more), (100, 50));
    assert!(invalid.to_string().ends_with("and 50 more"));
}

/// Every limit on both sides.
#[test]
fn limits() {
    let text = small().to_string();
    let edges = parse(&small()).unwrap().edges().len();
    let default = Limits::default();
    for (enough, short, name) in [
        (
            Limits { document_bytes: text.len(), ..default },
            Limits { document_bytes: text.len() - 1, ..default },
            "document_bytes",
        ),
        (Limits { depth: 5, ..default }, Limits { depth: 4, ..default }, "depth"),
        (Limits { topics: 2, ..default }, Limits { topics: 1, ..default }, "topics"),
        (Limits { stages: 3, ..default }, Limits { stages: 2, ..default }, "stages"),
        (Limits { members: 2, ..default }, Limits { members: 1, ..default }, "members"),
        (Limits { text_chars: 13, ..default }, Limits { text_chars: 12, ..default }, "text_chars"),
        (Limits { edges, ..default }, Limits { edges: edges - 1, ..default }, "edges"),
        (Limits { values: 44, ..default }, Limits { values: 43, ..default }, "values"),
    ] {
        let accepted = Pipeline::parse(&text, Format::Json, &enough);
        assert!(accepted.is_ok(), "{name}: {:#?}", accepted.err());
        let refused = Pipeline::parse(&text, Format::Json, &short).unwrap_err();
        assert!(refused.to_string().contains(&format!("limit {name})")), "{name}: {refused}");
    }
}

/// The published schema states the default limits.
#[test]
fn the_schema_states_the_limits() {
    let schema = pipeline_schema();
    let limits = Limits::default();
    for (pointer, limit) in [
        ("/$defs/text/maxLength", limits.text_chars),
        ("/$defs/topics/maxItems", limits.topics),
        ("/properties/stages/maxItems", limits.stages),
        ("/$defs/clusters/maxItems", limits.members),
        ("/$defs/stage/properties/sinks/maxItems", limits.members),
        ("/$defs/expectation/properties/overdue_after_seconds/default", DEFAULT_OVERDUE_AFTER_SECONDS as usize),
        ("/properties/window_seconds/default", DEFAULT_WINDOW_SECONDS as usize),
    ] {
        assert_eq!(schema.pointer(pointer), Some(&json!(limit)), "{pointer}");
    }
    assert_eq!(schema.pointer("/properties/window_seconds/enum"), Some(&json!(WINDOW_WIDTHS)));
}

#[test]
fn a_yaml_bomb_is_refused_while_it_is_read() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for n in 1..9 {
        let before = vec![format!("*a{}", n - 1); 10].join(", ");
        bomb.push_str(&format!("a{n}: &a{n} [{before}]\n"));
    }
    let refused = Pipeline::parse(&bomb, Format::Yaml, &Limits::default()).unwrap_err();
    assert_eq!(refused.problems.len(), 1, "{refused}");
}

#[test]
fn brackets_in_yaml_stand_on_both_sides_of_their_limit() {
    for (brackets, named) in [(5_000, false), (5_001, true)] {
        let text = "[]\n".repeat(brackets);
        let refused = Pipeline::parse(&text, Format::Yaml, &Limits::default()).unwrap_err().to_string();
        assert_eq!(refused.contains("5000 are allowed"), named, "{brackets}: {refused}");
    }
}

/// Text that is no document: each answers with one problem, soon.
#[test]
fn hostile_text() {
    let deep_list = "[".repeat(200_000);
    let deep_map = "a: {".repeat(60_000);
    let deep_dashes = "- ".repeat(120_000);
    let deep_keys = "? ".repeat(120_000);
    let closed = "[] ".repeat(80_000);
    let hidden = "\"]\": [".repeat(30_000);
    let endless = "&a [*a]".to_owned();
    let tagged = "name: !secret x".to_owned();
    let anchors = "- &a x\n".repeat(20_000);
    for text in [
        String::new(),
        deep_list,
        deep_map,
        deep_dashes,
        deep_keys,
        closed,
        hidden,
        endless,
        tagged,
        anchors,
        "\u{0}".into(),
        "a: b: c".into(),
        "--- 1\n--- 2".into(),
    ] {
        for format in [Format::Yaml, Format::Json] {
            let refused = Pipeline::parse(&text, format, &Limits::default()).unwrap_err();
            assert!(!refused.problems.is_empty());
        }
    }
}

#[test]
fn a_key_that_stands_twice_is_named() {
    for (text, format) in [
        (FLIGHTS.replace("tier: 1", "tier: 1\ntier: 2"), Format::Yaml),
        (small().to_string().replacen("\"tier\":3", "\"tier\":3,\"tier\":4", 1), Format::Json),
    ] {
        let refused = Pipeline::parse(&text, format, &Limits::default()).unwrap_err();
        assert_eq!(refused.problems[0].to_string(), "/tier: this key stands here twice: keep one");
    }
}

#[test]
fn the_format_is_guessed_from_the_first_character() {
    assert_eq!(Format::guess("\n  {\"version\": 1}"), Format::Json);
    assert_eq!(Format::guess("version: 1"), Format::Yaml);
    assert_eq!(Format::guess(FLIGHTS), Format::Yaml);
}

#[test]
fn aliases_within_the_limits_are_fine() {
    let text = FLIGHTS
        .replace("expectation: { overdue_after_seconds: 600 }", "expectation: &slow { overdue_after_seconds: 600 }")
        .replace(
            "expectation: { overdue_after_seconds: 240 }",
            "expectation: { overdue_after_seconds: 240 }\n    expectation: &fast { overdue_after_seconds: 30 }",
        );
    assert!(Pipeline::parse(&text, Format::Yaml, &Limits::default()).is_ok());
}
