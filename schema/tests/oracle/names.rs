//! The names in a pair of schemas, to tell known weaknesses of Java's decoder.

use serde_json::Value;
use std::collections::BTreeSet;

#[derive(Default)]
pub(crate) struct Names {
    /// Full names of types.
    types: BTreeSet<String>,
    /// Full name of a type, and one of its aliases as written.
    aliases: BTreeSet<(String, String)>,
    /// Some record has a field whose alias is the name of another of its fields.
    pub(crate) field_alias_of_another: bool,
}

impl Names {
    pub(crate) fn of(canonical: [&str; 2]) -> Self {
        let mut names = Self::default();
        for text in canonical {
            names.collect(&serde_json::from_str(text).expect("canonical text is JSON"), "");
        }
        names
    }

    /// Namespaces aside, an alias of one type is the name of another.
    pub(crate) fn alias_of_another(&self) -> bool {
        let taken = |alias: &str, own: &str| {
            self.types.iter().any(|other| simple(other) == simple(alias) && simple(other) != simple(own))
        };
        self.aliases.iter().any(|(own, alias)| taken(alias, own))
    }

    pub(crate) fn under_two_namespaces(&self) -> bool {
        let simple_names: BTreeSet<&str> = self.types.iter().map(|full| simple(full)).collect();
        simple_names.len() < self.types.len()
    }

    fn collect(&mut self, schema: &Value, space: &str) {
        match schema {
            Value::Array(branches) => branches.iter().for_each(|branch| self.collect(branch, space)),
            Value::Object(object) => {
                let space = object.get("namespace").and_then(Value::as_str).unwrap_or(space);
                if let Some(name) = object.get("name").and_then(Value::as_str) {
                    let full = if space.is_empty() { name.to_owned() } else { format!("{space}.{name}") };
                    for alias in texts(object.get("aliases")) {
                        self.aliases.insert((full.clone(), alias.to_owned()));
                    }
                    self.types.insert(full);
                }
                let fields = object.get("fields").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                for field in fields {
                    let others = fields.iter().filter(|other| other["name"] != field["name"]);
                    let others: Vec<&str> = others.filter_map(|other| other["name"].as_str()).collect();
                    self.field_alias_of_another |= texts(field.get("aliases")).any(|alias| others.contains(&alias));
                    self.collect(&field["type"], space);
                }
                for child in ["items", "values"].iter().filter_map(|key| object.get(*key)) {
                    self.collect(child, space);
                }
            }
            _ => {}
        }
    }
}

fn simple(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn texts(list: Option<&Value>) -> impl Iterator<Item = &str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}
