//! Whether a default fits its type, by Java's rules, and whether two definitions of one name are equal.

use super::json::{Json, Number};
use super::parse::Parser;
use super::{Kind, NodeId, Primitive, Props};
use crate::limits::bounded;
use crate::{SchemaError, Strictness};
use std::collections::HashSet;

impl Parser<'_> {
    /// Whether a default fits. While a text is being read, a name that is not defined yet takes every object; at its
    /// end, such names are followed, see [`Parser::check_late_defaults`].
    pub(super) fn fits(&mut self, schema: NodeId, value: &Json) -> Result<bool, SchemaError> {
        if self.strictness == Strictness::Lenient {
            return Ok(true);
        }
        self.value_fits(schema, value, 1)
    }

    fn value_fits(&mut self, schema: NodeId, value: &Json, depth: usize) -> Result<bool, SchemaError> {
        self.step(1)?;
        bounded("max_depth", depth, self.limits.max_depth, "levels")?;
        Ok(match &self.nodes[schema.index()].kind {
            Kind::Primitive(primitive) => primitive_fits(*primitive, value),
            Kind::Enum(_) | Kind::Fixed(_) => matches!(value, Json::Text(_)),
            Kind::Unresolved(full) => match self.names.get(full).copied().filter(|_| self.late.is_some()) {
                Some(target) => self.value_fits(target, value, depth)?,
                None => matches!(value, Json::Object(_)),
            },
            Kind::Array(items) => {
                let (items, Json::Array(values)) = (*items, value) else { return Ok(false) };
                for value in values {
                    if !self.value_fits(items, value, depth + 1)? {
                        return Ok(false);
                    }
                }
                true
            }
            Kind::Map(items) => {
                let (items, Json::Object(values)) = (*items, value) else { return Ok(false) };
                for (_, value) in values.iter() {
                    if !self.value_fits(items, value, depth + 1)? {
                        return Ok(false);
                    }
                }
                true
            }
            Kind::Union(branches) => {
                for branch in branches.clone() {
                    if self.value_fits(branch, value, depth + 1)? {
                        return Ok(true);
                    }
                }
                false
            }
            Kind::Record(_) => self.record_fits(schema, value, depth)?,
        })
    }

    fn record_fits(&mut self, schema: NodeId, value: &Json, depth: usize) -> Result<bool, SchemaError> {
        let Json::Object(object) = value else { return Ok(false) };
        if self.late.as_ref().is_some_and(|late| !late.has_fields(schema)) {
            return self.fail("a default goes through a record that holds the field with the default");
        }
        let Kind::Record(record) = &self.nodes[schema.index()].kind else { return Ok(false) };
        let count = record.fields.len();
        for at in 0..count {
            let Kind::Record(record) = &self.nodes[schema.index()].kind else { return Ok(false) };
            let field = &record.fields[at];
            let field_schema = field.schema;
            let fits = match (object.get(&field.name), field.default.clone()) {
                (Some(value), _) => self.value_fits(field_schema, value, depth + 1)?,
                (None, Some(default)) => self.value_fits(field_schema, &default, depth + 1)?,
                (None, None) => false,
            };
            if !fits {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether two definitions are equal for Java: names, structure, defaults, orders and custom properties count;
    /// docs, aliases and defaults of enums do not. A name that is not resolved yet equals nothing else.
    pub(super) fn equal(&mut self, a: NodeId, b: NodeId) -> Result<bool, SchemaError> {
        self.types_equal(a, b, &mut HashSet::new(), 1)
    }

    fn types_equal(
        &mut self,
        a: NodeId,
        b: NodeId,
        seen: &mut HashSet<(NodeId, NodeId)>,
        depth: usize,
    ) -> Result<bool, SchemaError> {
        self.step(1)?;
        bounded("max_depth", depth, self.limits.max_depth, "levels")?;
        if a == b || seen.contains(&(a, b)) {
            return Ok(true);
        }
        self.step(self.nodes[a.index()].props.len().saturating_mul(self.nodes[b.index()].props.len()))?;
        let (left, right) = (&self.nodes[a.index()], &self.nodes[b.index()]);
        if !props_equal(&left.props, &right.props) {
            return Ok(false);
        }
        let children: Vec<(NodeId, NodeId)> = match (&left.kind, &right.kind) {
            (Kind::Primitive(left), Kind::Primitive(right)) => return Ok(left == right),
            (Kind::Enum(left), Kind::Enum(right)) => {
                return Ok(left.named.name == right.named.name && left.symbols == right.symbols);
            }
            (Kind::Fixed(left), Kind::Fixed(right)) => {
                return Ok(left.named.name == right.named.name && left.size == right.size);
            }
            (Kind::Array(left), Kind::Array(right)) | (Kind::Map(left), Kind::Map(right)) => vec![(*left, *right)],
            (Kind::Union(left), Kind::Union(right)) if left.len() == right.len() => {
                left.iter().copied().zip(right.iter().copied()).collect()
            }
            (Kind::Record(left), Kind::Record(right))
                if left.named.name == right.named.name && left.fields.len() == right.fields.len() =>
            {
                let mut pairs = left.fields.iter().zip(&right.fields);
                let alike = pairs.all(|(l, r)| {
                    l.name == r.name && l.default == r.default && l.order == r.order && props_equal(&l.props, &r.props)
                });
                if !alike {
                    return Ok(false);
                }
                seen.insert((a, b));
                left.fields.iter().zip(&right.fields).map(|(l, r)| (l.schema, r.schema)).collect()
            }
            _ => return Ok(false),
        };
        for (left, right) in children {
            if !self.types_equal(left, right, seen, depth + 1)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn primitive_fits(primitive: Primitive, value: &Json) -> bool {
    match primitive {
        Primitive::Null => matches!(value, Json::Null),
        Primitive::Boolean => matches!(value, Json::Bool(_)),
        Primitive::Int => value.as_i32().is_some(),
        Primitive::Long => matches!(value, Json::Number(Number::Integer(_))),
        Primitive::Float | Primitive::Double => matches!(value, Json::Number(_)),
        Primitive::Bytes | Primitive::String => matches!(value, Json::Text(_)),
    }
}

fn props_equal(a: &Props, b: &Props) -> bool {
    a.len() == b.len() && a.iter().all(|(key, value)| b.iter().any(|(other, found)| key == other && value == found))
}
