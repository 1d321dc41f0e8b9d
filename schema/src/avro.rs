//! Apache Avro: a schema as a table of types in which every name is resolved.

mod canonical;
mod json;
mod late;
mod logical;
mod names;
mod normalize;
mod parse;
mod place;
mod resolve;
mod validate;

pub(crate) use json::Json;
use json::Number;
pub(crate) use logical::Logical;
pub(crate) use names::Name;
pub(crate) use parse::parse;

use place::Place;
use std::collections::{HashMap, HashSet};

/// Index of a type in [`Avro`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct NodeId(u32);

impl NodeId {
    fn index(self) -> usize {
        self.0 as usize
    }
}

/// A schema. Each use of an unnamed type is a node of its own; uses of a named type share the node of its definition.
#[derive(Debug)]
pub(crate) struct Avro {
    nodes: Vec<Node>,
    root: NodeId,
    /// Full names of the referenced schemas: the canonical text leaves them as names.
    referenced: HashSet<String>,
    /// Where each node stands in the resolved text; nothing for types that the schema does not use.
    places: Vec<Option<Place>>,
}

/// One type.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// Custom properties, in order.
    props: Props,
    pub(crate) logical: Option<Logical>,
}

type Props = Vec<(String, Json)>;

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Primitive(Primitive),
    Array(NodeId),
    Map(NodeId),
    Union(Vec<NodeId>),
    Record(Record),
    Enum(Enum),
    Fixed(Fixed),
    /// A name that was used before its definition; none is left in a parsed schema.
    Unresolved(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Primitive {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
}

/// What named types have in common.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) name: Name,
    pub(crate) aliases: Vec<Name>,
    doc: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) named: Named,
    is_error: bool,
    pub(crate) fields: Vec<Field>,
    /// Position of each field by name.
    pub(crate) index: HashMap<String, usize>,
}

#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) schema: NodeId,
    doc: Option<String>,
    pub(crate) default: Option<Json>,
    order: Order,
    pub(crate) aliases: Vec<String>,
    props: Props,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Ascending,
    Descending,
    Ignore,
}

#[derive(Clone, Debug)]
pub(crate) struct Enum {
    pub(crate) named: Named,
    pub(crate) symbols: Vec<String>,
    /// The symbols again, for look-up.
    pub(crate) known: HashSet<String>,
    pub(crate) default: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Fixed {
    pub(crate) named: Named,
    /// Bytes.
    pub(crate) size: i32,
}

impl Primitive {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "null" => Self::Null,
            "boolean" => Self::Boolean,
            "int" => Self::Int,
            "long" => Self::Long,
            "float" => Self::Float,
            "double" => Self::Double,
            "bytes" => Self::Bytes,
            "string" => Self::String,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Int => "int",
            Self::Long => "long",
            Self::Float => "float",
            Self::Double => "double",
            Self::Bytes => "bytes",
            Self::String => "string",
        }
    }
}

impl Kind {
    /// The type's name in schema texts.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Primitive(primitive) => primitive.name(),
            Self::Array(_) => "array",
            Self::Map(_) => "map",
            Self::Union(_) => "union",
            Self::Record(_) | Self::Unresolved(_) => "record",
            Self::Enum(_) => "enum",
            Self::Fixed(_) => "fixed",
        }
    }

    pub(crate) fn named(&self) -> Option<&Named> {
        match self {
            Self::Record(record) => Some(&record.named),
            Self::Enum(symbols) => Some(&symbols.named),
            Self::Fixed(fixed) => Some(&fixed.named),
            _ => None,
        }
    }

    /// What tells branches of a union apart: the full name, or the name of the unnamed type.
    fn full_name(&self) -> &str {
        self.named().map_or_else(|| self.type_name(), |named| named.name.full())
    }
}

impl Avro {
    pub(crate) fn root(&self) -> NodeId {
        self.root
    }

    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    pub(crate) fn kind(&self, id: NodeId) -> &Kind {
        &self.node(id).kind
    }

    pub(crate) fn record_name(&self) -> Option<&str> {
        if let Kind::Record(record) = self.kind(self.root) { Some(record.named.name.full()) } else { None }
    }
}
