//! The configuration of a topic: what Kafka's clients ask for and set, with Kafka's names.

use super::CatalogError;
use crate::log::PartitionSettings;
use std::collections::BTreeMap;

/// The type of a configuration's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigKind {
    /// `true` or `false`.
    Boolean,
    /// Text.
    String,
    /// 32 bits.
    Int,
    /// 64 bits.
    Long,
    /// A fraction.
    Double,
    /// Words, separated by commas.
    List,
}

impl ConfigKind {
    /// Kafka's number for it in `DescribeConfigs`.
    #[must_use]
    pub fn code(self) -> i8 {
        match self {
            Self::Boolean => 1,
            Self::String => 2,
            Self::Int => 3,
            Self::Long => 5,
            Self::Double => 6,
            Self::List => 7,
        }
    }
}

/// One configuration of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigEntry {
    /// Its name.
    pub name: &'static str,
    /// Its value, the default where none was set.
    pub value: String,
    /// Whether it was set for this topic.
    pub overridden: bool,
    /// The type of the value.
    pub kind: ConfigKind,
    /// What it does here.
    pub doc: &'static str,
}

/// The configuration of one topic: what was set for it, over the defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicConfigs {
    overrides: BTreeMap<String, String>,
}

/// What a value may be.
#[derive(Clone, Copy, Debug)]
enum Rule {
    Range(i64, i64),
    Words(&'static [&'static str]),
    Fraction,
}

struct Known {
    name: &'static str,
    default: &'static str,
    kind: ConfigKind,
    rule: Rule,
    doc: &'static str,
}

const fn known(name: &'static str, default: &'static str, kind: ConfigKind, rule: Rule, doc: &'static str) -> Known {
    Known { name, default, kind, rule, doc }
}

const LARGEST_INT: i64 = i32::MAX as i64;
const SMALLEST_SEGMENT: i64 = 1 << 20;
const KEPT_ONLY: &str = "Kept and told, without effect on this log.";

/// The configurations of a topic in Apache Kafka, in the order of their names.
const KNOWN: &[Known] = &[
    known(
        "cleanup.policy",
        "delete",
        ConfigKind::List,
        Rule::Words(&["delete", "compact"]),
        "Whether old segments are deleted or compacted. This log keeps all data until retention is asked to act.",
    ),
    known(
        "compression.type",
        "producer",
        ConfigKind::String,
        Rule::Words(&["producer"]),
        "Batches are kept as the producer compressed them; nothing else can be chosen.",
    ),
    known("delete.retention.ms", "86400000", ConfigKind::Long, Rule::Range(0, i64::MAX), KEPT_ONLY),
    known("file.delete.delay.ms", "60000", ConfigKind::Long, Rule::Range(0, i64::MAX), KEPT_ONLY),
    known(
        "flush.messages",
        "1",
        ConfigKind::Long,
        Rule::Range(1, i64::MAX),
        "Every append is durable before it is acknowledged, whatever is set here.",
    ),
    known(
        "flush.ms",
        "0",
        ConfigKind::Long,
        Rule::Range(0, i64::MAX),
        "Every append is durable before it is acknowledged, whatever is set here.",
    ),
    known("index.interval.bytes", "16384", ConfigKind::Int, Rule::Range(0, LARGEST_INT), KEPT_ONLY),
    known("max.compaction.lag.ms", "9223372036854775807", ConfigKind::Long, Rule::Range(1, i64::MAX), KEPT_ONLY),
    known(
        "max.message.bytes",
        "1048588",
        ConfigKind::Int,
        Rule::Range(0, LARGEST_INT),
        "Bytes that a batch may have as it is sent.",
    ),
    known(
        "message.timestamp.after.max.ms",
        "9223372036854775807",
        ConfigKind::Long,
        Rule::Range(0, i64::MAX),
        KEPT_ONLY,
    ),
    known(
        "message.timestamp.before.max.ms",
        "9223372036854775807",
        ConfigKind::Long,
        Rule::Range(0, i64::MAX),
        KEPT_ONLY,
    ),
    known(
        "message.timestamp.type",
        "CreateTime",
        ConfigKind::String,
        Rule::Words(&["CreateTime", "LogAppendTime"]),
        "Whether records keep the producer's time. A topic stamped by LogAppendTime cannot be audited by event time.",
    ),
    known("min.cleanable.dirty.ratio", "0.5", ConfigKind::Double, Rule::Fraction, KEPT_ONLY),
    known("min.compaction.lag.ms", "0", ConfigKind::Long, Rule::Range(0, i64::MAX), KEPT_ONLY),
    known(
        "min.insync.replicas",
        "1",
        ConfigKind::Int,
        Rule::Range(1, 1),
        "There is one replica, this log; an acknowledgement means that it is durable.",
    ),
    known("preallocate", "false", ConfigKind::Boolean, Rule::Words(&["true", "false"]), KEPT_ONLY),
    known(
        "retention.bytes",
        "-1",
        ConfigKind::Long,
        Rule::Range(-1, i64::MAX),
        "Bytes of a partition that are kept, -1 for all. This log keeps all data until retention is asked to act.",
    ),
    known(
        "retention.ms",
        "604800000",
        ConfigKind::Long,
        Rule::Range(-1, i64::MAX),
        "How long data is kept, -1 for ever. This log keeps all data until retention is asked to act.",
    ),
    known(
        "segment.bytes",
        "268435456",
        ConfigKind::Int,
        Rule::Range(SMALLEST_SEGMENT, LARGEST_INT),
        "Bytes after which a new segment file is begun.",
    ),
    known("segment.index.bytes", "10485760", ConfigKind::Int, Rule::Range(4, LARGEST_INT), KEPT_ONLY),
    known("segment.jitter.ms", "0", ConfigKind::Long, Rule::Range(0, i64::MAX), KEPT_ONLY),
    known("segment.ms", "604800000", ConfigKind::Long, Rule::Range(1, i64::MAX), KEPT_ONLY),
    known("unclean.leader.election.enable", "false", ConfigKind::Boolean, Rule::Words(&["true", "false"]), KEPT_ONLY),
];

impl Known {
    fn check(&self, value: &str) -> Result<(), String> {
        match self.rule {
            Rule::Range(least, most) => match value.parse::<i64>() {
                Ok(number) if (least..=most).contains(&number) => Ok(()),
                _ => Err(format!("'{value}' is not a whole number from {least} to {most}")),
            },
            Rule::Words(words) => {
                let list = self.kind == ConfigKind::List;
                let mut given = value.split(|c| list && c == ',').map(str::trim);
                if given.all(|word| words.contains(&word)) {
                    Ok(())
                } else {
                    Err(format!("'{value}' is none of {}", words.join(", ")))
                }
            }
            Rule::Fraction => match value.parse::<f64>() {
                Ok(number) if (0.0..=1.0).contains(&number) => Ok(()),
                _ => Err(format!("'{value}' is not a number from 0 to 1")),
            },
        }
    }
}

impl TopicConfigs {
    /// Checks what is to be set for a topic.
    ///
    /// # Errors
    /// When a name is not known or a value is none that it can have.
    pub fn new(overrides: &BTreeMap<String, String>) -> Result<Self, CatalogError> {
        for (name, value) in overrides {
            let known = KNOWN.iter().find(|known| known.name == name);
            let known = known.ok_or_else(|| "there is no such configuration".to_owned());
            known
                .and_then(|known| known.check(value))
                .map_err(|reason| CatalogError::InvalidConfig { name: name.clone(), reason })?;
        }
        Ok(Self { overrides: overrides.clone() })
    }

    /// All configurations in the order of their names.
    #[must_use]
    pub fn entries(&self) -> Vec<ConfigEntry> {
        let entry = |known: &Known| ConfigEntry {
            name: known.name,
            value: self.value(known.name).to_owned(),
            overridden: self.overrides.contains_key(known.name),
            kind: known.kind,
            doc: known.doc,
        };
        KNOWN.iter().map(entry).collect()
    }

    /// What was set for the topic.
    #[must_use]
    pub fn overrides(&self) -> &BTreeMap<String, String> {
        &self.overrides
    }

    /// Bytes that a batch may have as it is sent.
    #[must_use]
    pub fn max_message_bytes(&self) -> usize {
        usize::try_from(self.number("max.message.bytes")).expect("the range is checked")
    }

    /// Whether the log stamps records with the time of their append.
    #[must_use]
    pub fn append_time(&self) -> bool {
        self.value("message.timestamp.type") == "LogAppendTime"
    }

    pub(super) fn settings(&self) -> PartitionSettings {
        PartitionSettings {
            max_message_bytes: self.max_message_bytes(),
            segment_bytes: u64::try_from(self.number("segment.bytes")).expect("the range is checked"),
            append_time: self.append_time(),
        }
    }

    fn value(&self, name: &str) -> &str {
        let default = || KNOWN.iter().find(|known| known.name == name).map_or("", |known| known.default);
        self.overrides.get(name).map_or_else(default, String::as_str)
    }

    fn number(&self, name: &str) -> i64 {
        self.value(name).parse().expect("values and defaults are checked")
    }
}
