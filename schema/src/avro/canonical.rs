//! From types to text, as Java's `Schema.toString` prints them.

use super::json::{self, Json, quote};
use super::{Avro, Field, Kind, Name, Named, NodeId, Order, Props, Record};
use crate::limits::bounded;
use crate::{Limits, SchemaError};
use std::collections::HashSet;

impl Avro {
    /// The text with referenced schemas left as names.
    pub(crate) fn canonical(&self, limits: &Limits) -> Result<String, SchemaError> {
        self.text(self.root, self.referenced.clone(), limits.max_depth)
    }

    /// The text with everything written out at its first use.
    pub(crate) fn resolved(&self, limits: &Limits) -> Result<String, SchemaError> {
        self.text(self.root, HashSet::new(), limits.max_depth)
    }

    /// One type on its own, with everything in it written out.
    pub(crate) fn text_of(&self, id: NodeId, limits: &Limits) -> Result<String, SchemaError> {
        self.text(id, HashSet::new(), limits.max_depth)
    }

    /// Resolved text with custom properties sorted: equal texts are schemas that a look-up takes for each other.
    pub(crate) fn equivalence_text(&self) -> String {
        let mut writer = Writer::new(self, HashSet::new(), usize::MAX);
        writer.sorted = true;
        writer.schema(self.root, None, 0).expect("there is no bound on depth, and none was passed when it was parsed");
        writer.out
    }

    fn text(&self, id: NodeId, known: HashSet<String>, max_depth: usize) -> Result<String, SchemaError> {
        let mut writer = Writer::new(self, known, max_depth);
        writer.schema(id, None, 0)?;
        Ok(writer.out)
    }
}

struct Writer<'a> {
    avro: &'a Avro,
    /// Full names that are written out already.
    known: HashSet<String>,
    max_depth: usize,
    sorted: bool,
    out: String,
}

impl<'a> Writer<'a> {
    fn new(avro: &'a Avro, known: HashSet<String>, max_depth: usize) -> Self {
        Self { avro, known, max_depth, sorted: false, out: String::new() }
    }

    /// Writes a type that stands in a namespace, `depth` levels deep.
    fn schema(&mut self, id: NodeId, space: Option<&str>, depth: usize) -> Result<(), SchemaError> {
        let node = self.avro.node(id);
        if let Some(named) = node.kind.named()
            && !self.known.insert(named.name.full().to_owned())
        {
            quote(named.name.qualified(space), &mut self.out);
            return Ok(());
        }
        if matches!(node.kind, Kind::Primitive(_)) && node.props.is_empty() {
            quote(node.kind.type_name(), &mut self.out);
            return Ok(());
        }
        bounded("max_depth", depth + 1, self.max_depth, "levels")?;
        if let Kind::Union(branches) = &node.kind {
            return self.union(branches, space, depth + 1);
        }
        self.out.push_str("{\"type\":");
        match &node.kind {
            Kind::Record(record) if record.is_error => quote("error", &mut self.out),
            kind => quote(kind.type_name(), &mut self.out),
        }
        match &node.kind {
            Kind::Array(child) | Kind::Map(child) => {
                self.key(if matches!(node.kind, Kind::Array(_)) { "items" } else { "values" });
                self.schema(*child, space, depth + 1)?;
            }
            Kind::Record(record) => {
                self.head(&record.named, space);
                self.fields(record, depth + 1)?;
            }
            Kind::Enum(symbols) => {
                self.head(&symbols.named, space);
                self.texts("symbols", symbols.symbols.iter().map(String::as_str));
                if let Some(default) = &symbols.default {
                    self.text("default", default);
                }
            }
            Kind::Fixed(fixed) => {
                self.head(&fixed.named, space);
                self.key("size");
                self.out.push_str(&fixed.size.to_string());
            }
            Kind::Primitive(_) | Kind::Union(_) | Kind::Unresolved(_) => {}
        }
        self.props(&node.props, depth + 1)?;
        if let Some(named) = node.kind.named().filter(|named| !named.aliases.is_empty()) {
            self.texts("aliases", named.aliases.iter().map(|alias| alias.qualified(named.name.space())));
        }
        self.out.push('}');
        Ok(())
    }

    fn union(&mut self, branches: &[NodeId], space: Option<&str>, depth: usize) -> Result<(), SchemaError> {
        self.out.push('[');
        for (at, branch) in branches.iter().enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            self.schema(*branch, space, depth)?;
        }
        self.out.push(']');
        Ok(())
    }

    /// Name, namespace and doc.
    fn head(&mut self, named: &Named, space: Option<&str>) {
        let name: &Name = &named.name;
        self.text("name", name.simple());
        match (name.space(), space) {
            (Some(own), around) if around != Some(own) => self.text("namespace", own),
            (None, Some(_)) => self.text("namespace", ""),
            _ => {}
        }
        if let Some(doc) = &named.doc {
            self.text("doc", doc);
        }
    }

    fn fields(&mut self, record: &Record, depth: usize) -> Result<(), SchemaError> {
        bounded("max_depth", depth + 2, self.max_depth, "levels")?;
        self.key("fields");
        self.out.push('[');
        for (at, field) in record.fields.iter().enumerate() {
            self.out.push_str(if at > 0 { ",{" } else { "{" });
            self.field(field, record.named.name.space(), depth + 2)?;
            self.out.push('}');
        }
        self.out.push(']');
        Ok(())
    }

    fn field(&mut self, field: &Field, space: Option<&str>, depth: usize) -> Result<(), SchemaError> {
        self.out.push_str("\"name\":");
        quote(&field.name, &mut self.out);
        self.key("type");
        self.schema(field.schema, space, depth)?;
        if let Some(doc) = &field.doc {
            self.text("doc", doc);
        }
        if let Some(default) = &field.default {
            self.json("default", default, depth)?;
        }
        match field.order {
            Order::Ascending => {}
            Order::Descending => self.text("order", "descending"),
            Order::Ignore => self.text("order", "ignore"),
        }
        if !field.aliases.is_empty() {
            self.texts("aliases", field.aliases.iter().map(String::as_str));
        }
        self.props(&field.props, depth)
    }

    fn props(&mut self, props: &Props, depth: usize) -> Result<(), SchemaError> {
        if !self.sorted {
            return props.iter().try_for_each(|(key, value)| self.json(key, value, depth));
        }
        let mut sorted: Vec<&(String, Json)> = props.iter().collect();
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        sorted.into_iter().try_for_each(|(key, value)| self.json(key, &value.sorted(), depth))
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

    fn texts<'t>(&mut self, key: &str, values: impl Iterator<Item = &'t str>) {
        self.key(key);
        self.out.push('[');
        for (at, value) in values.enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            quote(value, &mut self.out);
        }
        self.out.push(']');
    }

    fn json(&mut self, key: &str, value: &Json, depth: usize) -> Result<(), SchemaError> {
        self.key(key);
        json::write(value, depth, self.max_depth, &mut self.out)
    }
}
