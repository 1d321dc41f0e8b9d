//! Metadata, rule sets and the identity of content.

use schema::identity::{content_md5, guid};
use schema::{Metadata, Reference, RuleSet};
use serde_json::{Value, json};

fn metadata(value: Value) -> Metadata {
    serde_json::from_value(value).expect("metadata")
}

fn rules(value: Value) -> RuleSet {
    serde_json::from_value(value).expect("a rule set")
}

/// MD5 of bytes, to spell out what the identity covers.
fn md5(bytes: &[u8]) -> [u8; 16] {
    use md5::Digest as _;
    md5::Md5::digest(bytes).into()
}

/// What is identified, and the bytes that its identity covers.
type Row<'a> = (&'a [Reference], Option<&'a Metadata>, Option<&'a RuleSet>, Vec<u8>);

#[test]
fn identity_covers_these_bytes_in_this_order() {
    let text = r#""string""#;
    let references = [
        Reference { name: "n".into(), subject: "s".into(), version: 258 },
        Reference { name: "m".into(), subject: "t".into(), version: -1 },
    ];
    let meta = metadata(json!({
        "tags": {"b": ["y", "x"], "a": ["z"]}, "properties": {"q": "2", "p": "1"}, "sensitive": ["k", "j"], "new": 1,
    }));
    let set = rules(json!({
        "migrationRules": [{"name": "m", "type": "T", "mode": "UPGRADE", "doc": "d", "expr": "e", "onSuccess": "s",
            "onFailure": "f", "tags": ["2", "1"], "params": {"l": "v", "k": "u"}, "disabled": true}],
        "domainRules": [{"name": "r", "kind": "CONDITION", "type": "CEL"}], "enableAt": "SERVER", "later": [],
    }));
    let refs = b"ns\0\0\x01\x02mt\xff\xff\xff\xff".as_slice();
    let meta_bytes = b"\x01azbxyp1q2jk".as_slice();
    let rule_bytes = b"\x01mdTRANSFORMUPGRADET12kulvesf\x01rCONDITIONWRITEREADCELSERVER".as_slice();
    let body = text.as_bytes();
    let rows: [Row<'_>; 6] = [
        (&[], None, None, body.to_vec()),
        (&references, None, None, [body, refs].concat()),
        (&[], Some(&meta), None, [body, meta_bytes].concat()),
        (&[], None, Some(&set), [body, rule_bytes].concat()),
        (&references, Some(&meta), Some(&set), [body, refs, meta_bytes, rule_bytes].concat()),
        (&[], Some(&Metadata::default()), None, [body, b"\x01"].concat()),
    ];
    for (references, metadata, rule_set, bytes) in rows {
        assert_eq!(content_md5(text, references, metadata, rule_set), md5(&bytes));
    }
}

#[test]
fn the_guid_is_the_md5_as_a_uuid() {
    // MD5 of the eight characters "string" with its quotes.
    let printed = guid(content_md5(r#""string""#, &[], None, None)).to_string();
    assert_eq!(printed.replace('-', "").len(), 32);
    assert_eq!(printed, guid(md5(br#""string""#)).to_string());
}

#[test]
fn texts_are_sorted_by_utf16_as_in_java() {
    // Beyond the basic plane, UTF-16 sorts before U+FF00; UTF-8 after it.
    let meta = metadata(json!({"sensitive": ["\u{ff00}", "\u{10000}"]}));
    let expected = md5("x\u{1}\u{10000}\u{ff00}".as_bytes());
    assert_eq!(content_md5("x", &[], Some(&meta), None), expected);
}

#[test]
fn contracts_come_back_whole() {
    let given = json!({"properties": {"owner": "ops"}, "future": {"a": [1, 2.5, null]}});
    assert_eq!(json!(metadata(given.clone())), given);
    let given = json!({
        "domainRules": [{"name": "r", "kind": "TRANSFORM", "mode": "READ", "type": "CEL", "disabled": false, "future": 1}],
        "enableAt": "CLIENT", "other": {"x": []},
    });
    assert_eq!(json!(rules(given.clone())), given);
    assert_eq!(metadata(json!({"tags": null, "properties": null, "sensitive": null})), Metadata::default());
    let sparse = rules(
        json!({"domainRules": [{"name": "r", "type": "CEL", "kind": null, "mode": null}], "migrationRules": null}),
    );
    let filled = json!({"name": "r", "kind": "TRANSFORM", "mode": "WRITEREAD", "type": "CEL", "disabled": false});
    assert_eq!(json!(sparse), json!({"domainRules": [filled]}));
}

#[test]
fn rules_follow_rules() {
    let long = "n".repeat(257);
    let rows = [
        (json!({"domainRules": [{"name": "r-1", "type": "CEL"}]}), None),
        (json!({"migrationRules": [{"name": "r", "type": "CEL", "mode": "UPDOWN", "onFailure": "a,b"}]}), None),
        (json!({"domainRules": [{"type": "CEL"}]}), Some("Missing rule name")),
        (json!({"domainRules": [{"name": "r"}]}), Some("Missing rule type")),
        (json!({"domainRules": [{"name": "1r", "type": "T"}]}), Some("Illegal initial character in rule name: 1r")),
        (json!({"domainRules": [{"name": "r.s", "type": "T"}]}), Some("Illegal character in rule name: r.s")),
        (json!({"domainRules": [{"name": long, "type": "T"}]}), Some("Rule name too long")),
        (
            json!({"domainRules": [{"name": "r", "type": "T"}], "encodingRules": [{"name": "r", "type": "T"}]}),
            Some("Found rule with duplicate name 'r'"),
        ),
        (
            json!({"migrationRules": [{"name": "r", "type": "T", "mode": "READ"}]}),
            Some("Migration rules can only be UPGRADE, DOWNGRADE, UPDOWN"),
        ),
        (
            json!({"encodingRules": [{"name": "r", "type": "T", "mode": "UPGRADE"}]}),
            Some("Encoding rules can only be WRITE, READ, WRITEREAD"),
        ),
        (
            json!({"domainRules": [{"name": "r", "type": "T", "mode": "READ", "onSuccess": "a,b"}]}),
            Some("Multiple actions only valid with WRITEREAD and UPDOWN"),
        ),
    ];
    for (set, refused) in rows {
        assert_eq!(rules(set.clone()).validate().err().map(|error| error.to_string()).as_deref(), refused, "{set}");
    }
}
