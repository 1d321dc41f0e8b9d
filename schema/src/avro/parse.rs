//! From JSON to types, by the rules of Java's `Schema.Parser`.

use super::json::{self, Json, Object, parse_java_double};
use super::late::Late;
use super::names::{self, Name};
use super::{Avro, Enum, Field, Fixed, Kind, Logical, Named, Node, NodeId, Number, Order, Primitive, Props, Record};
use crate::limits::bounded;
use crate::{Limits, ResolvedReference, SchemaError, Strictness};
use std::collections::{HashMap, HashSet};

/// Properties that mean something in a schema; an enum adds "default". All others are kept as custom ones.
const SCHEMA_RESERVED: [&str; 10] =
    ["doc", "fields", "items", "name", "namespace", "size", "symbols", "values", "type", "aliases"];
const FIELD_RESERVED: [&str; 6] = ["default", "doc", "name", "order", "type", "aliases"];
/// Largest fixed type in Java, in bytes: the longest array of its machine.
const MAX_FIXED: i32 = i32::MAX - 8;

/// Reads a schema and everything that it refers to.
pub(crate) fn parse(
    text: &str,
    references: &[ResolvedReference],
    strictness: Strictness,
    limits: &Limits,
) -> Result<Avro, SchemaError> {
    bounded("max_references", references.len(), limits.max_references, "references")?;
    let mut parser = Parser::new(strictness, limits);
    let mut referenced = HashSet::new();
    for resolved in references {
        let root = parser.text(&resolved.text).map_err(|source| SchemaError::Reference {
            name: resolved.reference.name.clone(),
            source: Box::new(source),
        })?;
        referenced.insert(parser.nodes[root.index()].kind.full_name().to_owned());
    }
    let root = parser.text(text)?;
    let mut avro = Avro { nodes: parser.nodes, root, referenced, places: Vec::new() };
    avro.place();
    Ok(avro)
}

pub(super) struct Parser<'a> {
    pub(super) limits: &'a Limits,
    pub(super) strictness: Strictness,
    pub(super) nodes: Vec<Node>,
    /// First definition of each full name.
    pub(super) names: HashMap<String, NodeId>,
    /// The same, in the order in which they were completed.
    pub(super) defined: Vec<NodeId>,
    /// Present once a text is read to its end, while defaults are checked again.
    pub(super) late: Option<Late>,
    /// JSON pointer to what is being read.
    pub(super) path: Vec<String>,
    /// Values looked at by checks of defaults and comparisons of definitions.
    pub(super) steps: usize,
    fields: usize,
    symbols: usize,
    names_count: usize,
}

impl<'a> Parser<'a> {
    fn new(strictness: Strictness, limits: &'a Limits) -> Self {
        Self {
            limits,
            strictness,
            nodes: Vec::new(),
            names: HashMap::new(),
            defined: Vec::new(),
            late: None,
            path: Vec::new(),
            steps: 0,
            fields: 0,
            symbols: 0,
            names_count: 0,
        }
    }

    /// Reads one text into the table; names of earlier texts are known to it.
    fn text(&mut self, text: &str) -> Result<NodeId, SchemaError> {
        let json = json::read(text, self.limits)?;
        self.path.clear();
        let first = self.nodes.len();
        let root = self.schema(&json, None)?;
        self.resolve(first, root)
    }

    pub(super) fn fail<T>(&self, reason: impl Into<String>) -> Result<T, SchemaError> {
        let pointer = self.path.iter().map(|part| format!("/{}", part.replace('~', "~0").replace('/', "~1"))).collect();
        Err(SchemaError::Invalid { pointer, reason: reason.into() })
    }

    /// Counts work towards the limit on it.
    pub(super) fn step(&mut self, count: usize) -> Result<(), SchemaError> {
        self.steps = self.steps.saturating_add(count);
        bounded("max_steps", self.steps, self.limits.max_steps, "values")
    }

    fn add(&mut self, kind: Kind, props: Props) -> Result<NodeId, SchemaError> {
        bounded("max_nodes", self.nodes.len() + 1, self.limits.max_nodes, "types")?;
        let id = NodeId(u32::try_from(self.nodes.len()).expect("max_nodes keeps the table far smaller"));
        let logical = Logical::of(&kind, &props);
        self.nodes.push(Node { kind, props, logical });
        Ok(id)
    }

    fn under<T>(
        &mut self,
        part: impl ToString,
        read: impl FnOnce(&mut Self) -> Result<T, SchemaError>,
    ) -> Result<T, SchemaError> {
        self.path.push(part.to_string());
        let value = read(self)?;
        self.path.pop();
        Ok(value)
    }

    fn schema(&mut self, json: &Json, space: Option<&str>) -> Result<NodeId, SchemaError> {
        match json {
            Json::Text(name) => self.find(name, space),
            Json::Array(branches) => self.union(branches, space),
            Json::Object(object) => {
                let Some(written) = object.get("type").and_then(Json::as_text) else {
                    return self.fail("a schema needs a type, given as a name");
                };
                match written {
                    "record" => self.record(object, space, false),
                    "error" => self.record(object, space, true),
                    "enum" => self.enumeration(object, space),
                    "fixed" => self.fixed(object, space),
                    "array" => {
                        let Some(items) = object.get("items") else { return self.fail("an array needs items") };
                        let items = self.under("items", |parser| parser.schema(items, space))?;
                        self.add(Kind::Array(items), props(object, &SCHEMA_RESERVED))
                    }
                    "map" => {
                        let Some(values) = object.get("values") else { return self.fail("a map needs values") };
                        let values = self.under("values", |parser| parser.schema(values, space))?;
                        self.add(Kind::Map(values), props(object, &SCHEMA_RESERVED))
                    }
                    name => match Primitive::from_name(name) {
                        Some(primitive) => self.add(Kind::Primitive(primitive), props(object, &SCHEMA_RESERVED)),
                        None => self.find(name, space),
                    },
                }
            }
            _ => self.fail("a schema is a name, an object or an array"),
        }
    }

    /// What a name stands for: a primitive, a type of the enclosing namespace, one without a namespace, or one that
    /// is defined later.
    fn find(&mut self, name: &str, space: Option<&str>) -> Result<NodeId, SchemaError> {
        if let Some(primitive) = Primitive::from_name(name) {
            return self.add(Kind::Primitive(primitive), Props::new());
        }
        let full = match space {
            Some(space) if !name.contains('.') => format!("{space}.{name}"),
            _ => name.to_owned(),
        };
        match self.names.get(&full).or_else(|| self.names.get(name)) {
            Some(id) => Ok(*id),
            None => self.add(Kind::Unresolved(full), Props::new()),
        }
    }

    fn union(&mut self, branches: &[Json], space: Option<&str>) -> Result<NodeId, SchemaError> {
        let mut ids = Vec::with_capacity(branches.len().min(self.limits.max_nodes));
        for (at, branch) in branches.iter().enumerate() {
            ids.push(self.under(at, |parser| parser.schema(branch, space))?);
        }
        self.add(Kind::Union(ids), Props::new())
    }

    fn record(&mut self, object: &Object, space: Option<&str>, is_error: bool) -> Result<NodeId, SchemaError> {
        let named = self.named(object, space)?;
        let Some(written) = object.get("fields").and_then(Json::as_array) else {
            return self.fail("a record needs a list of fields");
        };
        let mut fields = Vec::new();
        let mut index = HashMap::new();
        for (at, field) in written.iter().enumerate() {
            self.path.push("fields".to_owned());
            let field = self.under(at, |parser| parser.field(field, named.name.space()))?;
            self.path.pop();
            if index.insert(field.name.clone(), at).is_some() {
                return self.fail(format!("the field '{}' stands twice", field.name));
            }
            fields.push(field);
        }
        self.define(Kind::Record(Record { named, is_error, fields, index }), props(object, &SCHEMA_RESERVED))
    }

    fn field(&mut self, json: &Json, space: Option<&str>) -> Result<Field, SchemaError> {
        self.fields += 1;
        bounded("max_fields", self.fields, self.limits.max_fields, "fields")?;
        let Some(object) = json.as_object() else { return self.fail("a field is an object") };
        let Some(name) = object.get("name").and_then(Json::as_text) else {
            return self.fail("a field needs a name");
        };
        self.valid(names::validate(name, self.strictness))?;
        let Some(schema) = object.get("type") else { return self.fail("a field needs a type") };
        let schema = self.under("type", |parser| parser.schema(schema, space))?;
        let order = match object.get("order").map(|order| order.as_text().map(str::to_uppercase)) {
            None => Order::Ascending,
            Some(Some(order)) if order == "ASCENDING" => Order::Ascending,
            Some(Some(order)) if order == "DESCENDING" => Order::Descending,
            Some(Some(order)) if order == "IGNORE" => Order::Ignore,
            Some(_) => return self.fail("order is ascending, descending or ignore"),
        };
        let default = self.default_value(object.get("default"), schema)?;
        if let Some(default) = &default {
            let fits = self.fits(schema, default)?;
            if !fits {
                return self.fail(format!("the default of field '{name}' does not fit its type"));
            }
        }
        let aliases = self.aliases(object)?;
        let doc = text_of(object, "doc");
        let props = props(object, &FIELD_RESERVED);
        Ok(Field { name: name.to_owned(), schema, doc, default, order, aliases, props })
    }

    /// A float or double may write its default as text, such as "NaN".
    fn default_value(&self, written: Option<&Json>, schema: NodeId) -> Result<Option<Json>, SchemaError> {
        let floating = matches!(self.nodes[schema.index()].kind, Kind::Primitive(Primitive::Float | Primitive::Double));
        match written {
            Some(Json::Text(text)) if floating => match parse_java_double(text) {
                Some(value) => Ok(Some(Json::Number(Number::Double(value)))),
                None => self.fail("the default is no number"),
            },
            other => Ok(other.cloned()),
        }
    }

    fn enumeration(&mut self, object: &Object, space: Option<&str>) -> Result<NodeId, SchemaError> {
        let named = self.named(object, space)?;
        let Some(written) = object.get("symbols").and_then(Json::as_array) else {
            return self.fail("an enum needs a list of symbols");
        };
        self.symbols += written.len();
        bounded("max_symbols", self.symbols, self.limits.max_symbols, "symbols")?;
        let mut symbols = Vec::with_capacity(written.len());
        let mut known = HashSet::with_capacity(written.len());
        for symbol in written {
            let Some(symbol) = symbol.as_text() else { return self.fail("a symbol is a text") };
            self.valid(names::validate(symbol, self.strictness))?;
            if !known.insert(symbol.to_owned()) {
                return self.fail(format!("the symbol '{symbol}' stands twice"));
            }
            symbols.push(symbol.to_owned());
        }
        let default = text_of(object, "default");
        if let Some(default) = default.as_ref().filter(|default| !known.contains(*default)) {
            return self.fail(format!("the default '{default}' is no symbol of the enum"));
        }
        let mut props = props(object, &SCHEMA_RESERVED);
        props.retain(|(key, _)| key != "default");
        self.define(Kind::Enum(Enum { named, symbols, known, default }), props)
    }

    fn fixed(&mut self, object: &Object, space: Option<&str>) -> Result<NodeId, SchemaError> {
        let named = self.named(object, space)?;
        let size = object.get("size").and_then(Json::as_i32).filter(|size| (0..=MAX_FIXED).contains(size));
        let Some(size) = size else { return self.fail("a fixed needs a size in bytes, from 0 to 2147483639") };
        self.define(Kind::Fixed(Fixed { named, size }), props(object, &SCHEMA_RESERVED))
    }

    fn named(&mut self, object: &Object, space: Option<&str>) -> Result<Named, SchemaError> {
        let Some(written) = object.get("name").and_then(Json::as_text) else {
            return self.fail("a record, enum or fixed needs a name");
        };
        let space = object.get("namespace").and_then(Json::as_text).or(space);
        let name = Name::new(written, space);
        self.valid(names::validate(name.simple(), self.strictness))?;
        if Primitive::from_name(name.full()).is_some() {
            return self.fail(format!("'{}' is the name of a primitive type", name.full()));
        }
        let mut aliases: Vec<Name> = Vec::new();
        let mut seen = HashSet::new();
        for alias in self.aliases(object)? {
            let alias = Name::new(&alias, name.space());
            self.valid(names::validate(alias.simple(), self.strictness))?;
            if seen.insert(alias.full().to_owned()) {
                aliases.push(alias);
            }
        }
        self.names_count += 1 + aliases.len();
        bounded("max_names", self.names_count, self.limits.max_names, "names")?;
        Ok(Named { name, aliases, doc: text_of(object, "doc") })
    }

    fn aliases(&self, object: &Object) -> Result<Vec<String>, SchemaError> {
        let Some(written) = object.get("aliases") else { return Ok(Vec::new()) };
        let Some(written) = written.as_array() else { return self.fail("aliases are a list") };
        bounded("max_names", written.len(), self.limits.max_names, "names")?;
        let mut seen = HashSet::new();
        let mut aliases = Vec::new();
        for alias in written {
            let Some(alias) = alias.as_text() else { return self.fail("an alias is a text") };
            if seen.insert(alias) {
                aliases.push(alias.to_owned());
            }
        }
        Ok(aliases)
    }

    /// Enters a named type. A second definition of a name must equal the first; it stays a node of its own.
    fn define(&mut self, kind: Kind, props: Props) -> Result<NodeId, SchemaError> {
        let full = kind.full_name().to_owned();
        self.valid(names::validate_full(&full, self.strictness))?;
        let id = self.add(kind, props)?;
        match self.names.get(&full).copied() {
            None => {
                self.names.insert(full, id);
                self.defined.push(id);
            }
            Some(first) => {
                if !self.equal(first, id)? {
                    return self.fail(format!("'{full}' is defined twice, and differently"));
                }
            }
        }
        Ok(id)
    }

    fn valid(&self, checked: Result<(), String>) -> Result<(), SchemaError> {
        checked.or_else(|reason| self.fail(reason))
    }
}

fn text_of(object: &Object, key: &str) -> Option<String> {
    object.get(key).and_then(Json::as_text).map(str::to_owned)
}

fn props(object: &Object, reserved: &[&str]) -> Props {
    let custom = object.iter().filter(|(key, _)| !reserved.contains(key));
    custom.map(|(key, value)| (key.to_owned(), value.clone())).collect()
}
