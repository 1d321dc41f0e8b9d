//! Texts by hand and texts spoilt at random: accepted, refused and printed as Java does.

use crate::generate::{Random, pair};
use crate::java::Java;
use schema::{Limits, Reference, ResolvedReference, SchemaType, Strictness};
use serde_json::{Value, json};

const SPOILT: u64 = 4_000;

/// Texts that this crate refuses and Java accepts, and why. `oracle/DIFFERENCES.md` argues each.
pub(crate) const REFUSED: [(&str, &str); 4] = [
    (r#"{"type":"string","doc2":"\ud800"}"#, "half of a surrogate pair"),
    (
        r#"{"type":"record","name":"A","fields":[{"name":"a","type":"double","default":"0x1p3"}]}"#,
        "a hexadecimal default of a double",
    ),
    (r#"{"type":"enum","name":"A","symbols":[null]}"#, "null as a symbol"),
    (r#"{"type":"enum","name":"A","symbols":[1]}"#, "null as a symbol"),
];

#[test]
fn texts_by_hand_are_taken_and_printed_as_by_java() {
    let mut cases: Vec<(String, Vec<String>)> = TEXTS.iter().map(|text| ((*text).to_owned(), Vec::new())).collect();
    for (text, references) in WITH_REFERENCES {
        cases.push(((*text).to_owned(), references.iter().map(|text| (*text).to_owned()).collect()));
    }
    check(&cases, &[true, false]);
}

#[test]
fn spoilt_texts_are_taken_and_printed_as_by_java() {
    let spoilt = (0..SPOILT).map(|seed| {
        let mut random = Random::new(seed);
        let (mut text, _) = pair(&mut random);
        for _ in 0..=random.below(2) {
            spoil(&mut random, &mut text);
        }
        (text, Vec::new())
    });
    check(&spoilt.collect::<Vec<_>>(), &[true, false]);
}

#[test]
fn known_differences_are_still_there() {
    let mut java = Java::start();
    for (text, why) in REFUSED {
        let questions = vec![question(text, &[], false)];
        let answer = java.ask(questions).remove(0);
        assert!(answer.get("error").is_none(), "Java refuses {text}, too: no longer a difference ({why}): {answer}");
        assert!(parse(text, &[], false).is_err(), "we accept {text}, too: no longer a difference ({why})");
    }
}

fn check(cases: &[(String, Vec<String>)], strictness: &[bool]) {
    let mut java = Java::start();
    let mut wrong = Vec::new();
    for strict in strictness {
        let questions = cases.iter().map(|(text, references)| question(text, references, *strict)).collect();
        for ((text, references), answer) in cases.iter().zip(java.ask(questions)) {
            let ours = parse(text, references, *strict);
            let said = ours.as_ref().ok().map(|(canonical, resolved)| (canonical.as_str(), resolved.as_str()));
            let theirs = answer["canonical"].as_str().zip(answer["resolved"].as_str());
            let known = REFUSED.iter().any(|(known, _)| text == known);
            if said != theirs && !known {
                wrong
                    .push(format!("strict {strict}: {text} {references:?}\n  is for us {ours:?}\n  for Java {answer}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} texts differ:\n{}",
        wrong.len(),
        cases.len(),
        wrong[..wrong.len().min(12)].join("\n")
    );
}

fn question(text: &str, references: &[String], strict: bool) -> Value {
    json!({"mode": "parse", "text": text, "references": references, "strict": strict})
}

fn parse(text: &str, references: &[String], strict: bool) -> Result<(String, String), String> {
    let references: Vec<ResolvedReference> = references
        .iter()
        .enumerate()
        .map(|(at, text)| ResolvedReference {
            reference: Reference { name: format!("r{at}"), subject: format!("r{at}"), version: 1 },
            text: text.clone(),
        })
        .collect();
    let strictness = if strict { Strictness::Strict } else { Strictness::Lenient };
    let parsed = schema::parse(SchemaType::Avro, text, &references, strictness, &Limits::default());
    let parsed = parsed.map_err(|error| format!("{error:?}"))?;
    Ok((parsed.canonical().to_owned(), parsed.resolved()))
}

/// One small damage: a character lost, doubled or replaced, or a word replaced.
fn spoil(random: &mut Random, text: &mut String) {
    const CHARACTERS: [char; 14] = ['"', '{', '}', '[', ']', ',', ':', '0', '.', '-', 'e', '\\', ' ', 'A'];
    const WORDS: [&str; 12] = [
        "null",
        "\"int\"",
        "1.0",
        "-0",
        "true",
        "[]",
        "{}",
        "\"record\"",
        "\"a.B\"",
        "\"\"",
        "\"A\"",
        "99999999999999999999",
    ];
    let characters: Vec<(usize, char)> = text.char_indices().collect();
    let (at, c) = *random.pick(&characters);
    match random.below(5) {
        0 => drop(text.remove(at)),
        1 => text.insert(at, c),
        2 => text.replace_range(at..at + c.len_utf8(), &random.pick(&CHARACTERS).to_string()),
        _ => {
            let from = text[..at].rfind(':').map_or(0, |colon| colon + 1);
            let to = text[from..].find([',', '}', ']']).map_or(text.len(), |length| from + length);
            text.replace_range(from..to, random.pick::<&str>(&WORDS));
        }
    }
}

const WITH_REFERENCES: &[(&str, &[&str])] = &[
    (
        r#"{"type":"record","name":"R","fields":[{"name":"a","type":"x.A"}]}"#,
        &[r#"{"type":"fixed","name":"x.A","size":3}"#],
    ),
    (r#""x.A""#, &[r#"{"type":"fixed","name":"x.A","size":3}"#]),
    (r#"["null","x.A"]"#, &[r#"{"type":"fixed","name":"x.A","size":3}"#]),
    // A type inside a referenced one is written out: only the referenced names themselves are known.
    (
        r#"{"type":"record","name":"x.R","fields":[{"name":"a","type":"In"},{"name":"b","type":"Out"},{"name":"c","type":"In"}]}"#,
        &[
            r#"{"type":"record","name":"x.Out","fields":[{"name":"i","type":{"type":"enum","name":"In","symbols":["A"]}}]}"#,
        ],
    ),
    // Redefined equally, and differently.
    (
        r#"{"type":"array","items":{"type":"fixed","name":"x.A","size":3,"doc":"new"}}"#,
        &[r#"{"type":"fixed","name":"x.A","size":3}"#],
    ),
    (r#"{"type":"fixed","name":"x.A","size":3,"doc":"new"}"#, &[r#"{"type":"fixed","name":"x.A","size":3}"#]),
    (r#"{"type":"fixed","name":"x.A","size":4}"#, &[r#"{"type":"fixed","name":"x.A","size":3}"#]),
    (
        r#"["a.B","a.C"]"#,
        &[
            r#"{"type":"fixed","name":"a.B","size":1}"#,
            r#"{"type":"array","items":"a.B"}"#,
            r#"{"type":"record","name":"a.C","fields":[{"name":"b","type":"B"}]}"#,
        ],
    ),
    (
        r#"{"type":"array","items":"a.B"}"#,
        &[r#"{"type":"array","items":"int"}"#, r#"{"type":"fixed","name":"a.B","size":1}"#],
    ),
    (r#""a.B""#, &["not json"]),
];

const TEXTS: &[&str] = &[
    "",
    " ",
    "null",
    "1",
    "true",
    r#""int""#,
    r#""nope""#,
    r#" "string" "#,
    "\"int\"\u{1}",
    "\u{feff}\"int\"",
    r#""int" x"#,
    r#""int" // c"#,
    "// c\n\"int\"",
    r#"/* c */ "int""#,
    "[]",
    r#"["int"]"#,
    r#"["int","int"]"#,
    r#"["null",["int"]]"#,
    r#"["int",{"type":"int","x":1}]"#,
    r#"{"type":"int"}"#,
    r#"{"type":{"type":"int"}}"#,
    r#"{"type":["int"]}"#,
    "{}",
    r#"{"type":"union"}"#,
    r#"{"type":"array"}"#,
    r#"{"type":"array","items":"int","default":[]}"#,
    r#"{"type":"map","values":["null","int"],"name":"x","java-class":"y"}"#,
    r#"{"type":"array","items":{"type":"array","items":{"type":"string","avro.java.string":"String"}}}"#,
    r#"{"type":"string","a":1,"b":2,"a":3}"#,
    r#"{"type":"string","a":1.0,"b":1e3,"c":-0,"d":-0.0,"e":1E-5,"f":1e400}"#,
    r#"{"type":"string","a":123456789012345678901234567890,"b":9223372036854775807,"c":-9223372036854775809}"#,
    r#"{"type":"array","items":"int","a":123456789012345678901234567890}"#,
    r#"{"type":"array","items":"int","a":[1,{"b":123456789012345678901234567890}]}"#,
    r#"{"type":"string","a":"\u0001\u001f\u007f\u00e9\u2028\ud83d\ude00/\/\b\f\n\r\t\"\\"}"#,
    r#"{"type":"string","a":[[],{},null,true,false,"",[1,[2]],{"k":{"l":0.1}}]}"#,
    r#"{"type":"string","a":0.001,"b":0.00099,"c":1234567.0,"d":12345678.0,"e":100.0,"f":1e7,"g":9999999.0,"h":1e-3,"i":123e-2}"#,
    r#"{"type":"string","a":01}"#,
    r#"{"type":"string","a":1.}"#,
    r#"{"type":"string","a":.5}"#,
    r#"{"type":"string","a":+1}"#,
    r#"{"type":"string","a":NaN}"#,
    r#"{"type":"string",}"#,
    r#"{'type':'string'}"#,
    "{\"type\":\"string\",\"a\":\"\t\"}",
    r#"{"type":"fixed","name":"A","size":0}"#,
    r#"{"type":"fixed","name":"A","size":-1}"#,
    r#"{"type":"fixed","name":"A","size":1.0}"#,
    r#"{"type":"fixed","name":"A","size":2147483639}"#,
    r#"{"type":"fixed","name":"A","size":2147483640}"#,
    r#"{"type":"fixed","name":"A","size":9999999999}"#,
    r#"{"type":"fixed","name":"A"}"#,
    r#"{"type":"fixed","size":1}"#,
    r#"{"type":"fixed","name":"int","size":1}"#,
    r#"{"type":"fixed","name":"int","namespace":"x","size":1}"#,
    r#"{"type":"fixed","name":"record","size":1}"#,
    r#"{"type":"fixed","name":"a-b","size":1}"#,
    r#"{"type":"fixed","name":"é","size":1}"#,
    r#"{"type":"fixed","name":"1a","size":1}"#,
    r#"{"type":"fixed","name":"","size":1}"#,
    r#"{"type":"fixed","name":".A","size":1}"#,
    r#"{"type":"fixed","name":"A.","size":1}"#,
    r#"{"type":"fixed","name":"a..B","size":1}"#,
    r#"{"type":"fixed","name":"A","namespace":"a-b","size":1}"#,
    r#"{"type":"fixed","name":"x.A","namespace":"y","size":1}"#,
    r#"{"type":"fixed","name":"A","namespace":"","size":1}"#,
    r#"{"type":"fixed","name":"A","namespace":7,"size":1}"#,
    r#"{"type":"fixed","name":"x.A","size":1,"aliases":["B","y.C",".D","B","x.B"]}"#,
    r#"{"type":"fixed","name":"A","size":1,"aliases":["a-b"]}"#,
    r#"{"type":"fixed","name":"A","size":1,"aliases":"B"}"#,
    r#"{"type":"fixed","name":"A","size":1,"aliases":[1]}"#,
    r#"{"type":"fixed","name":"A","size":1,"aliases":[],"doc":7}"#,
    r#"{"type":"fixed","name":"x.A","size":1,"aliases":["int","record"],"doc":""}"#,
    r#"{"type":"enum","name":"A","symbols":[]}"#,
    r#"{"type":"enum","name":"A","symbols":["B","B"]}"#,
    r#"{"type":"enum","name":"A","symbols":["b-c"]}"#,
    r#"{"type":"enum","name":"A","symbols":[1]}"#,
    r#"{"type":"enum","name":"A"}"#,
    r#"{"type":"enum","name":"A","symbols":["B"],"default":"C"}"#,
    r#"{"type":"enum","name":"A","symbols":["B"],"default":1,"x":{"default":2}}"#,
    r#"{"type":"enum","name":"A","symbols":["B"],"default":"B","items":1}"#,
    r#"{"type":"record","name":"A"}"#,
    r#"{"type":"record","name":"A","fields":{}}"#,
    r#"{"type":"record","name":"A","fields":[]}"#,
    r#"{"type":"error","name":"A","fields":[]}"#,
    r#"{"type":"record","name":"A","fields":[1]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a"}]}"#,
    r#"{"type":"record","name":"A","fields":[{"type":"int"}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a-b","type":"int"}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":"int","order":"Descending"},{"name":"b","type":"int","order":"ignore"}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":"int","order":"up"}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":"int","order":null}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":"int","default":null}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":"int","default":1.0}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":"int","default":2147483648}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":"long","default":9223372036854775808}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":"double","default":" NaN "},{"name":"b","type":"float","default":"-Infinity"},{"name":"c","type":"double","default":"1e3d"}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":"double","default":"x"}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":"float","default":99999999999999999999}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":["null","string"],"default":"x"},{"name":"b","type":["string","null"],"default":null}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":["null","string"],"default":1}]}"#,
    r#"{"type":"record","name":"A","namespace":"x","doc":"d","aliases":["B"],"p":1,"fields":[{"name":"a","type":"int","doc":"e","q":2,"aliases":["b","b"],"default":3,"namespace":"keep","order":"ascending"}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":["null","A"],"default":null}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":"A","default":{}}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":["A","null"],"default":{}}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":["A","null"],"default":null}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":"B"},{"name":"b","type":{"type":"fixed","name":"B","size":1}}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":"B","default":{}},{"name":"b","type":{"type":"record","name":"B","fields":[]}}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":"B","default":{}},{"name":"b","type":{"type":"record","name":"B","fields":[{"name":"c","type":"int"}]}}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":"B","default":{}},{"name":"b","type":{"type":"record","name":"B","fields":[{"name":"c","type":["null","A"],"default":null}]}}]}"#,
    r#"{"type":"record","name":"P","fields":[{"name":"a","type":{"type":"record","name":"A","fields":[{"name":"b","type":"B","default":{}}]}},{"name":"b","type":{"type":"record","name":"B","fields":[{"name":"a","type":["null","A"],"default":null}]}}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":"B","default":"x"},{"name":"b","type":{"type":"fixed","name":"B","size":1}}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":["B","C"]},{"name":"b","type":{"type":"fixed","name":"B","size":1}}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":["B","B"]},{"name":"b","type":{"type":"fixed","name":"B","size":1}}]}"#,
    r#"{"type":"record","name":"x.A","fields":[{"name":"a","type":{"type":"fixed","name":"B","namespace":"","size":1}},{"name":"b","type":"B"}]}"#,
    r#"{"type":"record","name":"x.A","fields":[{"name":"a","type":{"type":"fixed","name":"y.B","size":1}},{"name":"b","type":"y.B"},{"name":"c","type":{"type":"fixed","name":"B","size":2}},{"name":"d","type":"B"}]}"#,
    r#"{"type":"record","name":"x.A","fields":[{"name":"a","type":{"type":"fixed","name":"string","size":1}},{"name":"b","type":"x.string"},{"name":"c","type":"string"}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":{"type":"fixed","name":"B","size":1}},{"name":"b","type":{"type":"fixed","name":"B","size":1,"doc":"again"}}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":{"type":"fixed","name":"B","size":1}},{"name":"b","type":{"type":"fixed","name":"B","size":2}}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":{"type":"record","name":"B","fields":[{"name":"n","type":["null","B"]}]}},{"name":"b","type":{"type":"record","name":"B","fields":[{"name":"n","type":["null","B"]}]}}]}"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":{"type":"record","name":"B","p":1,"q":{"a":1,"b":2},"fields":[{"name":"n","type":"int","default":1}]}},{"name":"b","type":{"type":"record","name":"B","q":{"b":2,"a":1},"p":1,"aliases":["Z"],"fields":[{"name":"n","type":"int","default":1,"aliases":["m"]}]}}]}"#,
    r#"["array",{"type":"array","items":"int"}]"#,
    r#"[{"type":"fixed","name":"array","size":1},{"type":"array","items":"int"}]"#,
    r#"[{"type":"array","items":"int"},{"type":"array","items":"long"}]"#,
    r#"{"type":"record","name":"A","fields":[{"name":"a","type":{"type":"A","x":1}}]}"#,
    r#"{"type":"bytes","scale":2,"precision":4,"logicalType":"decimal"}"#,
    r#"{"type":"array","items":"int","logicalType":"decimal","precision":4}"#,
];
