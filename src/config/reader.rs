//! Layers of configuration, and a reader that notes every mistake instead of stopping at the first.

use super::setting::Setting;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Flag(String),
    Env(String),
    File(PathBuf),
    Default,
    Unset,
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "flag --{name}"),
            Self::Env(name) => write!(f, "environment {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Default => f.write_str("default"),
            Self::Unset => f.write_str("not set"),
        }
    }
}

/// What was given, from the strongest layer to the weakest. Environment and file come in as values.
#[derive(Debug, Default)]
pub(crate) struct Layers {
    /// By setting key.
    pub(crate) flags: BTreeMap<String, String>,
    /// By variable name.
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) file: Option<(PathBuf, toml::Table)>,
}

impl Layers {
    /// The text of a setting and where it stands. A value of the wrong shape in the file is an error.
    pub(crate) fn find(&self, setting: &Setting) -> Result<(Option<String>, Source), String> {
        if let Some(text) = self.flags.get(setting.key) {
            return Ok((Some(text.clone()), Source::Flag(setting.flag())));
        }
        for name in [Some(setting.env()), setting.also_env.map(str::to_owned)].into_iter().flatten() {
            // A variable set to nothing is one that a shell script meant to leave out.
            if let Some(text) = self.env.get(&name).filter(|text| !text.is_empty()) {
                return Ok((Some(text.clone()), Source::Env(name)));
            }
        }
        if let Some((path, table)) = &self.file
            && let Some(value) = in_table(table, setting.key)
        {
            let text = text_of(value).ok_or_else(|| {
                format!("{} in {}: expected a text, a number, true, false, or a list of these", setting.key, path.display())
            })?;
            return Ok((Some(text), Source::File(path.clone())));
        }
        Ok(match setting.default {
            Some(text) => (Some(text.to_owned()), Source::Default),
            None => (None, Source::Unset),
        })
    }

    /// Variables that begin like ours and are none: most often a typing error, said but not fatal, as programs
    /// beside us may have variables of this prefix.
    pub(crate) fn unknown_env<'a>(&'a self, known: &'a [&Setting]) -> impl Iterator<Item = &'a str> {
        self.env
            .keys()
            .filter(|name| name.starts_with("WAYBILL_"))
            .filter(|name| !known.iter().any(|setting| setting.env() == **name))
            .map(String::as_str)
    }
}

/// Reads settings and collects what is wrong with them.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    layers: &'a Layers,
    errors: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(layers: &'a Layers, known: &[&Setting]) -> Self {
        let mut errors = Vec::new();
        if let Some((path, table)) = &layers.file {
            for key in keys_of(table) {
                if !known.iter().any(|setting| setting.key == key) {
                    errors.push(format!("{key} in {}: no such setting{}", path.display(), nearest(&key, known)));
                }
            }
        }
        Self { layers, errors }
    }

    /// A value that has to be there. After an error the caller gets `None` and goes on reading the others.
    pub(crate) fn required<T>(&mut self, setting: &Setting, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let found = self.optional(setting, parse);
        if found.is_none() && matches!(self.layers.find(setting), Ok((None, _))) {
            let also = setting.also_env.map(|name| format!(" or {name}")).unwrap_or_default();
            self.errors.push(format!(
                "{} is not set: give --{}, {}{also}, or {} in waybill.toml",
                setting.key,
                setting.flag(),
                setting.env(),
                setting.key
            ));
        }
        found
    }

    /// A value that may be missing.
    pub(crate) fn optional<T>(&mut self, setting: &Setting, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        match self.layers.find(setting) {
            Ok((None, _)) => None,
            Ok((Some(text), source)) => match parse(text.trim()) {
                Ok(value) => Some(value),
                Err(why) => {
                    let shown = if setting.secret { "(not shown)" } else { &text };
                    self.errors.push(format!("{} = {shown:?} ({source}): {why}", setting.key));
                    None
                }
            },
            Err(error) => {
                self.errors.push(error);
                None
            }
        }
    }

    /// The errors so far.
    pub(crate) fn into_errors(self) -> Vec<String> {
        self.errors
    }
}

/// Parses by `FromStr`, and says what was expected.
pub(crate) fn parsed<T: FromStr>(expected: &'static str) -> impl Fn(&str) -> Result<T, String> {
    move |text| text.parse().map_err(|_| format!("expected {expected}"))
}

/// A number within bounds.
pub(crate) fn between(low: u64, high: u64, unit: &'static str) -> impl Fn(&str) -> Result<u64, String> {
    move |text| {
        let number = text.replace('_', "").parse::<u64>().ok();
        number
            .filter(|number| (low..=high).contains(number))
            .ok_or_else(|| format!("expected a whole number of {unit} from {low} to {high}"))
    }
}

fn in_table<'t>(table: &'t toml::Table, key: &str) -> Option<&'t toml::Value> {
    let (section, name) = key.split_once('.')?;
    table.get(section)?.as_table()?.get(name)
}

fn text_of(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Float(number) => Some(number.to_string()),
        toml::Value::Boolean(truth) => Some(truth.to_string()),
        toml::Value::Array(items) => items.iter().map(text_of).collect::<Option<Vec<_>>>().map(|items| items.join(",")),
        toml::Value::Datetime(_) | toml::Value::Table(_) => None,
    }
}

fn keys_of(table: &toml::Table) -> Vec<String> {
    let mut keys = Vec::new();
    for (section, value) in table {
        match value.as_table() {
            Some(inner) => keys.extend(inner.keys().map(|name| format!("{section}.{name}"))),
            None => keys.push(section.clone()),
        }
    }
    keys
}

/// The known key that differs least, when it differs little.
fn nearest(key: &str, known: &[&Setting]) -> String {
    let scored = known.iter().map(|setting| (distance(key, setting.key), setting.key));
    match scored.min() {
        Some((cost, best)) if cost <= 4 => format!(", did you mean {best}?"),
        _ => "; `waybill config explain` lists them".to_owned(),
    }
}

/// Levenshtein's distance, one row at a time.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, from) in left.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, to) in right.iter().enumerate() {
            let cost = if from == *to { diagonal } else { 1 + diagonal.min(row[j]).min(row[j + 1]) };
            diagonal = std::mem::replace(&mut row[j + 1], cost);
        }
    }
    row[right.len()]
}
