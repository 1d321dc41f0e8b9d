//! Java Avro as the judge: over generated pairs of schemas, this crate accepts, prints and judges as Java does, and
//! what it calls compatible, Java reads.

mod generate;
mod java;
mod names;
mod texts;

use generate::{Random, pair};
use java::Java;
use names::Names;
use schema::compatibility::{Level, Previous, Report, check};
use schema::{Limits, ParsedSchema, SchemaType, Strictness};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Pairs in an ordinary run; `WAYBILL_ORACLE_PAIRS` asks for more.
const PAIRS: u64 = 5_000;
const BATCH: u64 = 500;
const VALUES_PER_PAIR: u64 = 10;

/// Whether a failure of the decoder is of one kind.
type Known = fn(&Names, &str) -> bool;

/// Where Java's decoder fails on data that Java's own checker calls readable. `oracle/DIFFERENCES.md` argues each.
const DATA_DIFFERENCES: [(&str, Known); 4] = [
    ("an alias is the name of another type in use", |names, _| names.alias_of_another()),
    ("one name under two namespaces", |names, failure| {
        names.under_two_namespaces() && failure.contains("AvroTypeException: ")
    }),
    ("a field's alias is the name of another field", |names, failure| {
        names.field_alias_of_another && failure.contains("missing required field")
    }),
    ("a default of a recursive union", |_, failure| {
        failure.contains("StackOverflowError") || failure.contains("AvroRuntimeException: Not an array")
    }),
];

#[derive(Default, Debug)]
struct Tally {
    pairs: u64,
    accepted: u64,
    verdicts: u64,
    compatible: u64,
    findings: u64,
    read: u64,
    endless: u64,
    known: BTreeMap<&'static str, u64>,
}

#[test]
fn generated_pairs_get_the_verdicts_of_java() {
    #[expect(clippy::disallowed_methods, reason = "the size of a test run is no configuration of the product")]
    let pairs = std::env::var("WAYBILL_ORACLE_PAIRS").map_or(PAIRS, |text| text.parse().expect("a number of pairs"));
    let mut java = Java::start();
    let mut tally = Tally::default();
    let mut wrong = Vec::new();
    for first in (0..pairs).step_by(usize::try_from(BATCH).unwrap()) {
        let batch: Vec<Case> = (first..pairs.min(first + BATCH)).map(Case::new).collect();
        let questions = batch.iter().map(Case::question).collect();
        for (case, answer) in batch.iter().zip(java.ask(questions)) {
            case.judge(&answer, &mut tally, &mut wrong);
        }
    }
    let shown = wrong[..wrong.len().min(20)].join("\n");
    assert!(wrong.is_empty(), "{} differences in {} pairs, among them:\n{shown}", wrong.len(), tally.pairs);
    println!("{tally:?}");
    assert_eq!(tally.pairs, pairs);
    assert!(tally.accepted * 2 > pairs, "too few of the generated schemas are schemas: {tally:?}");
    assert!(tally.compatible * 10 > tally.verdicts, "too few of the pairs are compatible: {tally:?}");
    assert!(tally.compatible * 10 < tally.verdicts * 9, "too few of the pairs are incompatible: {tally:?}");
}

/// A pair of texts, and what this crate makes of them.
struct Case {
    seed: u64,
    a: String,
    b: String,
    parsed: Option<(ParsedSchema, ParsedSchema)>,
    reports: Option<(Report, Report)>,
}

impl Case {
    fn new(seed: u64) -> Self {
        let (a, b) = pair(&mut Random::new(seed));
        let parsed = parse(&a).ok().zip(parse(&b).ok());
        let reads = |reader: &ParsedSchema, writer: &ParsedSchema| {
            check(Level::Backward, reader, &[Previous { version: 1, schema: writer }])
        };
        let reports = parsed.as_ref().map(|(a, b)| (reads(a, b), reads(b, a)));
        Self { seed, a, b, parsed, reports }
    }

    fn question(&self) -> Value {
        let (ab, ba) = self.reports.as_ref().map_or((false, false), |(ab, ba)| (ab.compatible, ba.compatible));
        json!({
            "mode": "pair", "a": self.a, "b": self.b, "data_a_reads_b": ab, "data_b_reads_a": ba,
            "seed": self.seed, "records": VALUES_PER_PAIR,
        })
    }

    fn known_failure(&self, failure: &str) -> Option<&'static str> {
        let (a, b) = self.parsed.as_ref()?;
        let names = Names::of([a.canonical(), b.canonical()]);
        DATA_DIFFERENCES.iter().find(|(_, known)| known(&names, failure)).map(|(name, _)| *name)
    }

    fn judge(&self, answer: &Value, tally: &mut Tally, wrong: &mut Vec<String>) {
        tally.pairs += 1;
        let mut say = |what: String| wrong.push(format!("seed {}: {what}\na: {}\nb: {}", self.seed, self.a, self.b));
        for (name, text) in [("a", &self.a), ("b", &self.b)] {
            let ours = parse(text);
            let theirs = answer[name].as_str();
            if ours.as_ref().ok().map(ParsedSchema::canonical) != theirs {
                say(format!("{name} is for us {ours:?}, for Java {theirs:?} {}", answer[format!("{name}_error")]));
            }
        }
        let (Some((ab, ba)), Some(_)) = (&self.reports, &self.parsed) else { return };
        tally.accepted += 1;
        for (report, name) in [(ab, "a_reads_b"), (ba, "b_reads_a")] {
            let theirs = &answer[name];
            tally.verdicts += 1;
            tally.compatible += u64::from(report.compatible);
            tally.findings += report.findings.len() as u64;
            if json!(report.compatible) != theirs["compatible"] || findings(report) != java_findings(theirs) {
                say(format!("{name} is for us {:?}, for Java {theirs}", findings(report)));
            }
            if let Some(odd) = message_out_of_order(report, theirs) {
                say(format!("{name}: {odd}"));
            }
            let data = answer[format!("data_{name}")].as_str().unwrap_or("not asked");
            match data {
                "not asked" => {}
                "read" => tally.read += VALUES_PER_PAIR,
                "endless" => tally.endless += 1,
                failed => match self.known_failure(failed) {
                    Some(known) => *tally.known.entry(known).or_default() += 1,
                    None => say(format!("{name} is compatible, and Java fails to read: {failed}")),
                },
            }
        }
    }
}

fn parse(text: &str) -> Result<ParsedSchema, schema::SchemaError> {
    schema::parse(SchemaType::Avro, text, &[], Strictness::Strict, &Limits::default())
}

/// Findings in the words of Java, each once.
fn findings(report: &Report) -> Vec<String> {
    let said = report.findings.iter().map(|f| match json!(f.kind).as_str().unwrap_or_default() {
        "AMBIGUOUS_FIELD_ALIAS" => f.detail.clone(),
        kind => format!("{kind} {} {}", f.path, f.detail),
    });
    sorted(said.collect())
}

fn java_findings(answer: &Value) -> Vec<String> {
    if let Some(exception) = answer["exception"].as_str() {
        return vec![exception.to_owned()];
    }
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    let all = answer["findings"].as_array().cloned().unwrap_or_default();
    sorted(all.iter().map(|f| format!("{} {} {}", text(f, "type"), text(f, "path"), text(f, "detail"))).collect())
}

/// Confluent words Java's findings one by one, in their order and with their repetitions.
fn message_out_of_order(report: &Report, answer: &Value) -> Option<String> {
    let theirs = answer["findings"].as_array()?;
    let messages = report.confluent_messages();
    let count = if report.compatible { 0 } else { theirs.len() + 3 };
    if messages.len() != count {
        return Some(format!("{} messages instead of {count}: {messages:?}", messages.len()));
    }
    let odd = messages.iter().zip(theirs).find(|(message, finding)| {
        let text = |key: &str| finding[key].as_str().unwrap_or_default();
        !message.starts_with(&format!("{{errorType:'{}', description:'", text("type")))
            || !message.contains(&format!("path '{}'", text("path")))
            || !message.ends_with(&format!("additionalInfo:'{}'}}", text("detail")))
    });
    odd.map(|(message, finding)| format!("{message} for {finding}"))
}

#[test]
fn every_known_difference_is_argued() {
    let argued = include_str!("../../oracle/DIFFERENCES.md");
    let texts = texts::REFUSED.iter().map(|(_, why)| *why);
    for difference in DATA_DIFFERENCES.iter().map(|(name, _)| *name).chain(texts) {
        assert!(argued.contains(difference), "oracle/DIFFERENCES.md does not argue: {difference}");
    }
}

fn sorted(mut all: Vec<String>) -> Vec<String> {
    all.sort();
    all.dedup();
    all
}
