//! Data contracts: what travels with a schema besides its text. Stored and returned whole, run by clients only.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Longest name of a rule, in UTF-16 code units.
pub const MAX_RULE_NAME: usize = 256;

/// Tags, properties and the names of sensitive properties. Fields that this version does not know are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Path into the schema → tags on it.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, BTreeSet<String>>,
    /// Free properties.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, String>,
    /// Names of the properties whose values are secret.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "BTreeSet::is_empty")]
    pub sensitive: BTreeSet<String>,
    /// Fields that this version does not know; no part of the identity.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// Rules on a schema, in three lists. Fields that this version does not know are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleSet {
    /// Rules between versions.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    pub migration_rules: Vec<Rule>,
    /// Rules on values.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    pub domain_rules: Vec<Rule>,
    /// Rules on encoded bytes.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    pub encoding_rules: Vec<Rule>,
    /// Where the rules run: ALL, CLIENT, GATEWAY, SERVER or NONE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enable_at: Option<String>,
    /// Fields that this version does not know; no part of the identity.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// One rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// Name, unique in the rule set.
    #[serde(default)]
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    /// Whether it checks or changes.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub kind: RuleKind,
    /// When it runs.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub mode: RuleMode,
    /// What runs it, such as CEL or ENCRYPT; an open set.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub rule_type: Option<String>,
    /// Tags that it applies to.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<String>,
    /// Its parameters.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
    /// Its expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expr: Option<String>,
    /// Action when it holds; two, comma-separated, under WRITEREAD and UPDOWN only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_success: Option<String>,
    /// Action when it fails; two, comma-separated, under WRITEREAD and UPDOWN only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_failure: Option<String>,
    /// Kept, and not run.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub disabled: bool,
    /// Fields that this version does not know; no part of the identity.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// Whether a rule changes a value or judges it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RuleKind {
    /// It changes the value.
    #[default]
    Transform,
    /// It judges the value.
    Condition,
}

impl RuleKind {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Transform => "TRANSFORM",
            Self::Condition => "CONDITION",
        }
    }
}

/// When a rule runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RuleMode {
    /// From an older version to a newer one.
    Upgrade,
    /// From a newer version to an older one.
    Downgrade,
    /// Between versions, both ways.
    Updown,
    /// When a record is written.
    Write,
    /// When a record is read.
    Read,
    /// When a record is written and when it is read.
    #[default]
    Writeread,
}

impl RuleMode {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Upgrade => "UPGRADE",
            Self::Downgrade => "DOWNGRADE",
            Self::Updown => "UPDOWN",
            Self::Write => "WRITE",
            Self::Read => "READ",
            Self::Writeread => "WRITEREAD",
        }
    }

    fn is_migration(self) -> bool {
        matches!(self, Self::Upgrade | Self::Downgrade | Self::Updown)
    }
}

/// Why a rule set is refused (Confluent's code 42210).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RuleError(String);

impl RuleSet {
    /// Checks names, modes, types and actions of all rules.
    ///
    /// # Errors
    /// The first rule that breaks a rule of rules, and which.
    pub fn validate(&self) -> Result<(), RuleError> {
        let mut names = HashSet::new();
        for rule in &self.migration_rules {
            rule.validate(&mut names)?;
            if !rule.mode.is_migration() {
                return Err(RuleError("Migration rules can only be UPGRADE, DOWNGRADE, UPDOWN".to_owned()));
            }
        }
        for (rules, noun) in [(&self.domain_rules, "Domain"), (&self.encoding_rules, "Encoding")] {
            for rule in rules {
                rule.validate(&mut names)?;
                if rule.mode.is_migration() {
                    return Err(RuleError(format!("{noun} rules can only be WRITE, READ, WRITEREAD")));
                }
            }
        }
        Ok(())
    }
}

impl Rule {
    fn validate<'a>(&'a self, names: &mut HashSet<&'a str>) -> Result<(), RuleError> {
        let name = self.name.as_str();
        let Some(first) = name.chars().next() else { return Err(RuleError("Missing rule name".to_owned())) };
        if !names.insert(name) {
            return Err(RuleError(format!("Found rule with duplicate name '{name}'")));
        }
        if name.encode_utf16().count() > MAX_RULE_NAME {
            return Err(RuleError("Rule name too long".to_owned()));
        }
        if !(first.is_alphabetic() || first == '_') {
            return Err(RuleError(format!("Illegal initial character in rule name: {name}")));
        }
        if name.chars().any(|c| !(c.is_alphanumeric() || c == '_' || c == '-')) {
            return Err(RuleError(format!("Illegal character in rule name: {name}")));
        }
        if self.rule_type.is_none() {
            return Err(RuleError("Missing rule type".to_owned()));
        }
        let single = !matches!(self.mode, RuleMode::Writeread | RuleMode::Updown);
        if single && [&self.on_success, &self.on_failure].into_iter().flatten().any(|action| action.contains(',')) {
            return Err(RuleError("Multiple actions only valid with WRITEREAD and UPDOWN".to_owned()));
        }
        Ok(())
    }
}

/// JSON null means the same as an absent field.
fn null_is_empty<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}
