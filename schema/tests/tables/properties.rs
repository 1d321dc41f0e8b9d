//! What holds for every schema.

use crate::pairs::{Random, pair};
use crate::parse;
use proptest::prelude::*;
use schema::compatibility::{Level, Previous, check as compare};
use schema::{Limits, SchemaType, Strictness};

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// Reading the canonical text changes nothing, and neither does normalizing twice.
    #[test]
    fn canonical_text_is_a_fixed_point(seed: u64) {
        let (a, b) = pair(&mut Random::new(seed));
        for text in [a, b] {
            let Ok(schema) = parse(&text) else { continue };
            let again = parse(schema.canonical()).expect("canonical text is a schema");
            prop_assert_eq!(again.canonical(), schema.canonical());
            prop_assert!(schema.equivalent(&again));
            let normalized = schema.normalized();
            if let Ok(normal) = parse(&normalized) {
                prop_assert_eq!(normal.normalized(), normalized);
            }
        }
    }

    /// A schema reads its own data, both ways, without a warning.
    #[test]
    fn compatibility_is_reflexive(seed: u64) {
        let (a, _) = pair(&mut Random::new(seed));
        let Ok(schema) = parse(&a) else { return Ok(()) };
        let report = compare(Level::Full, &schema, &[Previous { version: 1, schema: &schema }]);
        // A field whose alias is the name of another field matches both, for Java too.
        let ambiguous = report.confluent_messages().iter().any(|message| message.contains("matches multiple fields"));
        prop_assert!(report.compatible || ambiguous, "{} {:?}", schema.canonical(), report);
        prop_assert!(report.warnings.is_empty());
    }

    /// Every pointer of a finding leads somewhere in the resolved text.
    #[test]
    fn pointers_lead_somewhere(seed: u64) {
        let (a, b) = pair(&mut Random::new(seed));
        let (Ok(new), Ok(old)) = (parse(&a), parse(&b)) else { return Ok(()) };
        let report = compare(Level::Backward, &new, &[Previous { version: 1, schema: &old }]);
        let text = |schema: &schema::ParsedSchema| serde_json::from_str::<serde_json::Value>(&schema.resolved());
        let (reader, writer) = (text(&new).expect("JSON"), text(&old).expect("JSON"));
        for finding in report.findings.iter().chain(&report.warnings) {
            prop_assert!(reader.pointer(&finding.reader_pointer).is_some(), "{:?} in {}", finding, reader);
            prop_assert!(writer.pointer(&finding.writer_pointer).is_some(), "{:?} in {}", finding, writer);
        }
    }

    /// No text makes the reader panic.
    #[test]
    fn any_text_is_answered(text in r#"([\[\]{}",:a-z0-9\\. ]|"type"|"record"|"fields"|"name"|"items"|é){0,60}"#) {
        for strictness in [Strictness::Strict, Strictness::Lenient] {
            if let Ok(schema) = schema::parse(SchemaType::Avro, &text, &[], strictness, &Limits::default()) {
                prop_assert!(!schema.normalized().is_empty());
            }
        }
    }
}
