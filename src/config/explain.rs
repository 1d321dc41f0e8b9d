//! `waybill config explain`: each value and where it came from, and the same table as the manual has it.

use super::{FILE_ENV, Layers, Setting, all};
use std::fmt::Write;

/// One line per setting: key, value, source.
pub(crate) fn explain(layers: &Layers) -> String {
    let rows: Vec<[String; 3]> = all()
        .into_iter()
        .map(|setting| {
            let (value, source) = match layers.find(setting) {
                Ok((value, source)) => (value.map(|text| shown(setting, text)), source.to_string()),
                Err(error) => (None, error),
            };
            [setting.key.to_owned(), value.unwrap_or_else(|| "-".to_owned()), source]
        })
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (keys, values) = (width(0), width(1));
    let mut text = String::new();
    for [key, value, source] in &rows {
        let _ = writeln!(text, "{key:keys$}  {value:values$}  {source}");
    }
    let known = all();
    for name in layers.unknown_env(&known).filter(|name| *name != FILE_ENV) {
        let _ = writeln!(text, "{name} is set and is no setting");
    }
    text
}

/// The table of `docs/OPERATIONS.md`.
pub(crate) fn manual() -> String {
    let mut text = "| setting | variable | default | |\n|---|---|---|---|\n".to_owned();
    for setting in all() {
        let env = match setting.also_env {
            Some(also) => format!("`{}`, `{also}`", setting.env()),
            None => format!("`{}`", setting.env()),
        };
        let default = setting.default.map(|text| format!("`{text}`")).unwrap_or_default();
        let _ = writeln!(text, "| `{}` | {env} | {default} | {} |", setting.key, setting.help);
    }
    text
}

/// A secret keeps its scheme and host, so that one can still tell which database is meant.
fn shown(setting: &Setting, text: String) -> String {
    if !setting.secret {
        return text;
    }
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{}", without_query(host)),
        (Some((scheme, rest)), None) => format!("{scheme}://{}", without_query(rest)),
        _ => "(not shown)".to_owned(),
    }
}

/// A query string may hold a password, too.
fn without_query(text: &str) -> &str {
    text.split_once('?').map_or(text, |(before, _)| before)
}
