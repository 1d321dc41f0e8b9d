//! The identity of a schema's content: the MD5 that Confluent's registry keys schemas by, and the guid made of it.

use crate::{Metadata, Reference, Rule, RuleSet};
use md5::{Digest, Md5};
use uuid::Uuid;

/// Key of the content: the same in every context and cluster, and on Confluent's registry.
///
/// It covers, in this order and without separators: the canonical text; name, subject and version (4 bytes, big
/// endian) of each reference; if there is metadata, a byte 1, tags, properties and sensitive names, sorted; if there
/// is a rule set, a byte 1, the migration, domain and encoding rules in order, and where they run. The schema type is
/// no part of it, and neither are fields that this version does not know.
#[must_use]
pub fn content_md5(
    canonical: &str,
    references: &[Reference],
    metadata: Option<&Metadata>,
    rule_set: Option<&RuleSet>,
) -> [u8; 16] {
    let mut md5 = Md5::new();
    md5.update(canonical);
    for reference in references {
        md5.update(&reference.name);
        md5.update(&reference.subject);
        md5.update(reference.version.to_be_bytes());
    }
    if let Some(metadata) = metadata {
        md5.update([1]);
        for (path, tags) in sorted(metadata.tags.iter(), |entry| entry.0) {
            md5.update(path);
            update_all(&mut md5, tags);
        }
        update_map(&mut md5, &metadata.properties);
        update_all(&mut md5, &metadata.sensitive);
    }
    if let Some(rules) = rule_set {
        md5.update([1]);
        for rule in rules.migration_rules.iter().chain(&rules.domain_rules).chain(&rules.encoding_rules) {
            update_rule(&mut md5, rule);
        }
        md5.update(rules.enable_at.as_deref().unwrap_or_default());
    }
    md5.finalize().into()
}

/// The guid under which content is found in every context: its MD5, printed as a UUID.
#[must_use]
pub fn guid(content_md5: [u8; 16]) -> Uuid {
    Uuid::from_bytes(content_md5)
}

fn update_rule(md5: &mut Md5, rule: &Rule) {
    md5.update(&rule.name);
    md5.update(rule.doc.as_deref().unwrap_or_default());
    md5.update(rule.kind.as_str());
    md5.update(rule.mode.as_str());
    md5.update(rule.rule_type.as_deref().unwrap_or_default());
    update_all(md5, &rule.tags);
    update_map(md5, &rule.params);
    for text in [&rule.expr, &rule.on_success, &rule.on_failure].into_iter().flatten() {
        md5.update(text);
    }
    if rule.disabled {
        md5.update([1]);
    }
}

fn update_map(md5: &mut Md5, map: &std::collections::BTreeMap<String, String>) {
    for (key, value) in sorted(map.iter(), |entry| entry.0) {
        md5.update(key);
        md5.update(value);
    }
}

fn update_all(md5: &mut Md5, texts: &std::collections::BTreeSet<String>) {
    for text in sorted(texts.iter(), |text| text) {
        md5.update(text);
    }
}

/// Java sorts texts by UTF-16 code unit, which differs from Rust's order beyond the basic plane.
fn sorted<'a, T>(entries: impl Iterator<Item = T>, key: impl Fn(&T) -> &'a String) -> Vec<T> {
    let mut sorted: Vec<T> = entries.collect();
    sorted.sort_by(|a, b| key(a).encode_utf16().cmp(key(b).encode_utf16()));
    sorted
}
