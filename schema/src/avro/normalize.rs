//! The text that Confluent's `normalize=true` stands on, before it is read back into canonical form.
//!
//! Full names everywhere; custom properties and aliases sorted; defaults in the form of the field's type. Properties
//! of a logical type are written first and again among the sorted ones: read back, they keep the first place.

use super::json::{self, Json, Number, Object, quote};
use super::{Avro, Field, Kind, Logical, Named, NodeId, Order, Primitive, Props};
use std::collections::HashSet;

impl Avro {
    /// Text to be read back; see the module.
    pub(crate) fn normalized(&self) -> String {
        let mut writer = Writer { avro: self, known: self.referenced.clone(), out: String::new() };
        writer.schema(self.root);
        writer.out
    }

    /// A default as Java holds it for a type: the first branch of a union decides, and what has no form there is
    /// dropped.
    fn normal_default(&self, value: &Json, schema: NodeId) -> Option<Json> {
        let kind = self.kind(schema);
        let primitive = if let Kind::Primitive(primitive) = kind { Some(*primitive) } else { None };
        Some(match (value, kind) {
            (_, Kind::Union(branches)) => return self.normal_default(value, *branches.first()?),
            (Json::Null | Json::Bool(_), _) => value.clone(),
            (Json::Number(number), _) => Json::Number(normal_number(number, primitive?)?),
            (Json::Text(_), Kind::Enum(_) | Kind::Primitive(Primitive::String)) => value.clone(),
            (Json::Text(text), Kind::Fixed(_) | Kind::Primitive(Primitive::Bytes)) => {
                Json::Text(text.chars().map(|c| if c > '\u{ff}' { '?' } else { c }).collect())
            }
            (Json::Text(_), _) => return None,
            (Json::Array(items), Kind::Array(schema)) => {
                Json::Array(items.iter().map(|item| self.normal_default(item, *schema).unwrap_or(Json::Null)).collect())
            }
            (Json::Object(object), _) => {
                let mut normal = Object::default();
                for (key, value) in object.iter() {
                    let schema = match kind {
                        Kind::Map(values) => Some(*values),
                        Kind::Record(record) => record.index.get(key).map(|at| record.fields[*at].schema),
                        _ => None,
                    };
                    let value = schema.map_or_else(|| Some(value.clone()), |schema| self.normal_default(value, schema));
                    normal.insert(key.to_owned(), value.unwrap_or(Json::Null));
                }
                Json::Object(normal)
            }
            (Json::Array(_), _) => value.clone(),
        })
    }
}

fn normal_number(number: &Number, primitive: Primitive) -> Option<Number> {
    #[expect(clippy::cast_precision_loss, reason = "Java rounds to the type of the field here, too")]
    let double = match number {
        Number::Integer(value) => *value as f64,
        Number::Double(value) => *value,
        Number::Float(value) => f64::from(*value),
        Number::Big(_) => return None,
    };
    #[expect(clippy::cast_possible_truncation, reason = "Java rounds to the type of the field here, too")]
    let float = double as f32;
    match (number, primitive) {
        (Number::Integer(_), Primitive::Int | Primitive::Long) => Some(number.clone()),
        (_, Primitive::Float) => Some(Number::Float(float)),
        (_, Primitive::Double) => Some(Number::Double(double)),
        _ => None,
    }
}

impl Json {
    /// The value with the keys of all objects sorted by UTF-16 code unit, as Java's tree maps hold them.
    pub(super) fn sorted(&self) -> Self {
        match self {
            Self::Array(items) => Self::Array(items.iter().map(Self::sorted).collect()),
            Self::Object(object) => {
                let mut entries: Vec<(&str, &Self)> = object.iter().collect();
                entries.sort_by(|a, b| a.0.encode_utf16().cmp(b.0.encode_utf16()));
                let mut sorted = Object::default();
                entries.into_iter().for_each(|(key, value)| sorted.insert(key.to_owned(), value.sorted()));
                Self::Object(sorted)
            }
            other => other.clone(),
        }
    }
}

struct Writer<'a> {
    avro: &'a Avro,
    known: HashSet<String>,
    out: String,
}

impl Writer<'_> {
    fn schema(&mut self, id: NodeId) {
        let node = self.avro.node(id);
        if let Kind::Union(branches) = &node.kind {
            self.out.push('[');
            for (at, branch) in branches.iter().enumerate() {
                if at > 0 {
                    self.out.push(',');
                }
                self.schema(*branch);
            }
            self.out.push(']');
            return;
        }
        if let Some(named) = node.kind.named()
            && !self.known.insert(named.name.full().to_owned())
        {
            quote(named.name.full(), &mut self.out);
            return;
        }
        if matches!(node.kind, Kind::Primitive(_)) && node.props.is_empty() {
            quote(node.kind.type_name(), &mut self.out);
            return;
        }
        self.out.push_str("{\"type\":");
        quote(node.kind.type_name(), &mut self.out);
        if let Some(named) = node.kind.named() {
            self.text("name", named.name.full());
        }
        self.inside(&node.kind);
        if let Some(logical) = &node.logical {
            self.logical(logical);
        }
        if let Some(named) = node.kind.named() {
            self.doc_and_aliases(named);
        }
        if let Kind::Enum(symbols) = &node.kind
            && let Some(default) = &symbols.default
        {
            self.text("default", default);
        }
        self.props(&node.props);
        self.out.push('}');
    }

    fn inside(&mut self, kind: &Kind) {
        match kind {
            Kind::Array(items) => {
                self.key("items");
                self.schema(*items);
            }
            Kind::Map(values) => {
                self.key("values");
                self.schema(*values);
            }
            Kind::Enum(symbols) => self.texts("symbols", &symbols.symbols),
            Kind::Fixed(fixed) => {
                self.key("size");
                self.out.push_str(&fixed.size.to_string());
            }
            Kind::Record(record) => {
                self.key("fields");
                self.out.push('[');
                for (at, field) in record.fields.iter().enumerate() {
                    self.out.push_str(if at > 0 { ",{" } else { "{" });
                    self.field(field);
                    self.out.push('}');
                }
                self.out.push(']');
            }
            Kind::Primitive(_) | Kind::Union(_) | Kind::Unresolved(_) => {}
        }
    }

    fn field(&mut self, field: &Field) {
        self.out.push_str("\"name\":");
        quote(&field.name, &mut self.out);
        self.key("type");
        self.schema(field.schema);
        match field.order {
            Order::Ascending => {}
            Order::Descending => self.text("order", "descending"),
            Order::Ignore => self.text("order", "ignore"),
        }
        if let Some(doc) = &field.doc {
            self.text("doc", doc);
        }
        if !field.aliases.is_empty() {
            self.sorted_texts("aliases", field.aliases.clone());
        }
        if let Some(default) = field.default.as_ref().and_then(|value| self.avro.normal_default(value, field.schema)) {
            self.key("default");
            self.json(&default.sorted());
        }
        self.props(&field.props);
    }

    fn logical(&mut self, logical: &Logical) {
        self.text("logicalType", logical.name());
        if let Logical::Decimal { precision, scale } = logical {
            self.key("precision");
            self.out.push_str(&precision.to_string());
            if *scale != 0 {
                self.key("scale");
                self.out.push_str(&scale.to_string());
            }
        }
    }

    fn doc_and_aliases(&mut self, named: &Named) {
        if let Some(doc) = named.doc.as_ref().filter(|doc| !doc.is_empty()) {
            self.text("doc", doc);
        }
        if !named.aliases.is_empty() {
            let own_space = named.name.space().is_some();
            let full = named.aliases.iter().map(|alias| match alias.space() {
                None if own_space => format!(".{}", alias.simple()),
                _ => alias.full().to_owned(),
            });
            self.sorted_texts("aliases", full.collect());
        }
    }

    fn props(&mut self, props: &Props) {
        let mut sorted: Vec<&(String, Json)> = props.iter().collect();
        sorted.sort_by(|a, b| a.0.encode_utf16().cmp(b.0.encode_utf16()));
        for (key, value) in sorted {
            self.key(key);
            self.json(&value.sorted());
        }
    }

    fn key(&mut self, key: &str) {
        self.out.push(',');
        quote(key, &mut self.out);
        self.out.push(':');
    }

    fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        quote(value, &mut self.out);
    }

    fn sorted_texts(&mut self, key: &str, mut values: Vec<String>) {
        values.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
        self.texts(key, &values);
    }

    fn texts(&mut self, key: &str, values: &[String]) {
        self.key(key);
        self.out.push('[');
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            quote(value, &mut self.out);
        }
        self.out.push(']');
    }

    fn json(&mut self, value: &Json) {
        json::write(value, 0, usize::MAX, &mut self.out).expect("there is no bound on depth");
    }
}
