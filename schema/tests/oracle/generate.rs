//! Random pairs of schemas: one made up, the other mostly the same after a few changes.

use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// `SplitMix64`: the same pairs for the same seeds, everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5eed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("below a usize")
    }

    pub(crate) fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    pub(crate) fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

const PRIMITIVES: [&str; 8] = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"];
const NAMES: [&str; 7] = ["A", "B", "C", "D", "E", "F", "G"];
const SPACES: [&str; 4] = ["", "", "x", "x.y"];
const FIELDS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
const SYMBOLS: [&str; 5] = ["RED", "GREEN", "BLUE", "PINK", "GREY"];

/// Two schema texts.
pub(crate) fn pair(random: &mut Random) -> (String, String) {
    let a = Maker::new(random).schema(0, "");
    let mut b = a.clone();
    if random.percent(8) {
        b = Maker::new(random).schema(0, "");
    } else {
        for _ in 0..=random.below(3) {
            change(random, &mut b);
        }
    }
    (a.to_string(), b.to_string())
}

struct Maker<'a> {
    random: &'a mut Random,
    /// Full names, defined or about to be.
    used: BTreeSet<String>,
    referable: Vec<String>,
    size: usize,
}

impl<'a> Maker<'a> {
    fn new(random: &'a mut Random) -> Self {
        Self { random, used: BTreeSet::new(), referable: Vec::new(), size: 0 }
    }

    fn schema(&mut self, depth: usize, space: &str) -> Value {
        self.size += 1;
        let simple = depth > 4 || self.size > 40;
        match self.random.below(if simple { 30 } else { 100 }) {
            0..16 => self.primitive(),
            16..26 => self.reference(),
            26..30 => self.primitive(),
            30..40 => json!({"type": "array", "items": self.schema(depth + 1, space)}),
            40..48 => json!({"type": "map", "values": self.schema(depth + 1, space)}),
            48..66 => self.union(depth, space),
            66..74 => self.named(depth, space, "enum"),
            74..80 => self.named(depth, space, "fixed"),
            _ => self.named(depth, space, "record"),
        }
    }

    fn primitive(&mut self) -> Value {
        let name = *self.random.pick(&PRIMITIVES);
        if self.random.percent(75) {
            return json!(name);
        }
        match self.random.below(6) {
            0 => json!({"type": "long", "logicalType": *self.random.pick(&["timestamp-millis", "timestamp-micros"])}),
            1 => json!({"type": "bytes", "logicalType": "decimal", "precision": 4 + self.random.below(4), "scale": 2}),
            2 => json!({"type": "string", "logicalType": "uuid"}),
            3 => json!({"type": "int", "logicalType": *self.random.pick(&["date", "time-millis", "odd"])}),
            4 => json!({"type": name, "custom": {"k": [1, 1.5, "é\n\u{1}", null, true], "big": 12_345_678_901_u64}}),
            _ => json!({"type": name}),
        }
    }

    fn reference(&mut self) -> Value {
        if self.referable.is_empty() {
            // Now and then a name that comes later, or never.
            return if self.random.percent(3) { json!(*self.random.pick(&NAMES)) } else { json!("string") };
        }
        let full = self.random.pick(&self.referable).clone();
        json!(full)
    }

    fn union(&mut self, depth: usize, space: &str) -> Value {
        let mut branches = Vec::new();
        if self.random.percent(60) {
            branches.push(json!("null"));
        }
        let mut seen: BTreeSet<String> = branches.iter().map(label).collect();
        for _ in 0..=self.random.below(3) {
            let branch = self.schema(depth + 1, space);
            if !branch.is_array() && seen.insert(label(&branch)) {
                branches.push(branch);
            }
        }
        Value::Array(branches)
    }

    fn named(&mut self, depth: usize, around: &str, kind: &str) -> Value {
        let name = *self.random.pick(&NAMES);
        let inherit = self.random.percent(60);
        let space = if inherit { around.to_owned() } else { (*self.random.pick(&SPACES)).to_owned() };
        let full = if space.is_empty() { name.to_owned() } else { format!("{space}.{name}") };
        if !self.used.insert(full.clone()) {
            return self.reference();
        }
        let mut schema = json!({"type": kind, "name": name});
        if !inherit {
            if self.random.percent(50) || space.is_empty() {
                schema["namespace"] = json!(space);
            } else {
                schema["name"] = json!(full);
            }
        }
        if self.random.percent(15) {
            schema["doc"] = json!("what it is");
        }
        if self.random.percent(20) {
            schema["aliases"] = json!([*self.random.pick(&["A", "B", "Old", "x.A", "x.y.B", "other.C", ".D"])]);
        }
        match kind {
            "record" => {
                self.referable.push(full);
                schema["fields"] = self.fields(depth, &space);
                if self.random.percent(5) {
                    schema["type"] = json!("error");
                }
            }
            "enum" => {
                let count = 1 + self.random.below(SYMBOLS.len());
                schema["symbols"] = json!(SYMBOLS[..count]);
                if self.random.percent(35) {
                    schema["default"] = json!(SYMBOLS[0]);
                }
                self.referable.push(full);
            }
            _ => {
                schema["size"] = json!(*self.random.pick(&[1, 4, 12, 16]));
                self.referable.push(full);
                if self.random.percent(20) {
                    schema["logicalType"] = json!(*self.random.pick(&["duration", "decimal", "uuid"]));
                    schema["precision"] = json!(3);
                }
            }
        }
        schema
    }

    fn fields(&mut self, depth: usize, space: &str) -> Value {
        let mut fields = Vec::new();
        let first = self.random.below(2);
        for name in &FIELDS[first..first + 1 + self.random.below(4)] {
            let schema = self.schema(depth + 1, space);
            fields.push(field(self.random, name, schema));
        }
        Value::Array(fields)
    }
}

fn field(random: &mut Random, name: &str, schema: Value) -> Value {
    let mut field = json!({"name": name, "type": schema});
    if random.percent(45)
        && let Some(default) = default_of(random, &field["type"])
    {
        field["default"] = default;
    }
    if random.percent(8) {
        field["doc"] = json!("a \"field\"");
    }
    if random.percent(15) {
        field["aliases"] = json!([*random.pick(&FIELDS)]);
    }
    if random.percent(5) {
        field["order"] = json!(*random.pick(&["descending", "ignore", "ASCENDING"]));
    }
    if random.percent(5) {
        field["custom"] = json!(1.0e10);
    }
    field
}

/// A default that fits in most cases.
fn default_of(random: &mut Random, schema: &Value) -> Option<Value> {
    if random.percent(2) {
        return Some(json!({"odd": 1}));
    }
    let kind = schema.as_str().or_else(|| schema["type"].as_str());
    Some(match (kind, schema) {
        (_, Value::Array(branches)) => {
            let at = if random.percent(70) { 0 } else { random.below(branches.len().max(1)) };
            return default_of(random, branches.get(at)?);
        }
        (Some("null"), _) => Value::Null,
        (Some("boolean"), _) => json!(true),
        (Some("int" | "long"), _) => json!(*random.pick(&[0, -1, 7, i64::from(i32::MAX)])),
        (Some("float" | "double"), _) => random.pick(&[json!(0), json!(0.5), json!(1e12), json!(-2.25e-7)]).clone(),
        (Some("bytes" | "string"), _) => json!(*random.pick(&["", "x", "ÿ", "日本"])),
        (Some("array"), _) => json!([]),
        (Some("map"), _) => json!({}),
        (Some("enum"), _) => schema["symbols"][0].clone(),
        (Some("fixed"), _) => json!("\u{0}".repeat(usize::try_from(schema["size"].as_u64()?).ok()?)),
        (Some("record" | "error"), _) => {
            let mut value = Map::new();
            for field in schema["fields"].as_array()? {
                if field.get("default").is_none() || random.percent(30) {
                    value.insert(field["name"].as_str()?.to_owned(), default_of(random, &field["type"])?);
                }
            }
            Value::Object(value)
        }
        _ => return None,
    })
}

/// What a union tells its branches apart by, roughly.
fn label(schema: &Value) -> String {
    let name = schema.get("name").or_else(|| schema.get("type")).unwrap_or(schema);
    name.as_str().unwrap_or("?").to_owned()
}

/// One change somewhere in a schema.
fn change(random: &mut Random, schema: &mut Value) {
    if random.percent(10) {
        let (from, to) = (*random.pick(&NAMES), *random.pick(&["A", "B", "New"]));
        rename(schema, from, to);
        return;
    }
    let mut places = Vec::new();
    collect(schema, String::new(), &mut places);
    let place = random.pick(&places).clone();
    let target = schema.pointer_mut(&place).expect("a place that was just collected");
    let kind = target.as_str().or_else(|| target["type"].as_str()).unwrap_or("union").to_owned();
    match kind.as_str() {
        "record" | "error" => change_record(random, target),
        "enum" => change_enum(random, target),
        "fixed" => target["size"] = json!(*random.pick(&[1, 4, 12, 16])),
        "union" => change_union(random, target),
        "array" | "map" if random.percent(30) => {
            let child = target.get("items").or_else(|| target.get("values")).cloned().unwrap_or(json!("int"));
            *target = if kind == "map" { json!({"type": "array", "items": child}) } else { child };
        }
        _ => change_type(random, target, &kind),
    }
}

fn change_type(random: &mut Random, target: &mut Value, kind: &str) {
    let promoted = match kind {
        "int" => "long",
        "long" => "double",
        "float" => "double",
        "bytes" => "string",
        "string" => "bytes",
        _ => *random.pick(&PRIMITIVES),
    };
    *target = match random.below(5) {
        0 | 1 => json!(promoted),
        2 => json!(*random.pick(&PRIMITIVES)),
        3 => json!(["null", target.clone()]),
        _ => json!({"type": "long", "logicalType": "timestamp-micros"}),
    };
}

fn change_record(random: &mut Random, target: &mut Value) {
    if random.percent(15) {
        target["aliases"] = json!([*random.pick(&NAMES), "x.A", "x.y.B"]);
        return;
    }
    if random.percent(8) {
        target["namespace"] = json!(*random.pick(&SPACES));
        return;
    }
    let Some(fields) = target["fields"].as_array_mut() else { return };
    match random.below(6) {
        0 if !fields.is_empty() => {
            fields.remove(random.below(fields.len()));
        }
        1 => fields.reverse(),
        2 if !fields.is_empty() => {
            let at = random.below(fields.len());
            let old = fields[at]["name"].clone();
            fields[at]["name"] = json!(*random.pick(&["g", "h", "a"]));
            if random.percent(60) {
                fields[at]["aliases"] = json!([old]);
            }
        }
        3 if !fields.is_empty() => {
            let at = random.below(fields.len());
            if let Some(field) = fields[at].as_object_mut() {
                field.shift_remove("default");
            }
        }
        _ => {
            let schema = json!(*random.pick(&PRIMITIVES));
            let added = field(random, "z", schema);
            fields.push(added);
        }
    }
}

fn change_enum(random: &mut Random, target: &mut Value) {
    match random.below(4) {
        0 => target["default"] = target["symbols"][0].clone(),
        1 => {
            if let Some(object) = target.as_object_mut() {
                object.shift_remove("default");
            }
        }
        _ => target["symbols"] = json!(SYMBOLS[..=random.below(SYMBOLS.len() - 1)]),
    }
}

fn change_union(random: &mut Random, target: &mut Value) {
    let Some(branches) = target.as_array_mut() else { return };
    match random.below(4) {
        0 if !branches.is_empty() => {
            branches.remove(random.below(branches.len()));
        }
        1 => branches.reverse(),
        2 if !branches.is_empty() => *target = branches[random.below(branches.len())].clone(),
        _ => {
            let branch = json!(*random.pick(&PRIMITIVES));
            if !branches.contains(&branch) {
                branches.push(branch);
            }
        }
    }
}

/// Pointers to everything that is a schema.
fn collect(schema: &Value, at: String, places: &mut Vec<String>) {
    match schema {
        Value::Array(branches) => {
            for (index, branch) in branches.iter().enumerate() {
                collect(branch, format!("{at}/{index}"), places);
            }
        }
        Value::Object(object) => {
            for key in ["items", "values"] {
                if let Some(child) = object.get(key) {
                    collect(child, format!("{at}/{key}"), places);
                }
            }
            for (index, field) in object.get("fields").and_then(Value::as_array).into_iter().flatten().enumerate() {
                collect(&field["type"], format!("{at}/fields/{index}/type"), places);
            }
        }
        _ => {}
    }
    places.push(at);
}

/// Renames a type wherever it is named.
fn rename(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::String(text) => {
            if text == from {
                to.clone_into(text);
            } else if let Some(space) = text.strip_suffix(from).filter(|space| space.ends_with('.')) {
                *text = format!("{space}{to}");
            }
        }
        Value::Array(all) => all.iter_mut().for_each(|one| rename(one, from, to)),
        Value::Object(all) => all.values_mut().for_each(|one| rename(one, from, to)),
        _ => {}
    }
}
