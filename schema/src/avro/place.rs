//! Where each type stands in the resolved text, as JSON pointers.

use super::{Avro, Kind, NodeId};
use std::collections::HashMap;

/// A step down from the type that holds another.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Root,
    Field(NodeId, usize),
    Items(NodeId),
    Values(NodeId),
    Branch(NodeId, usize),
}

impl Avro {
    /// Finds the place of every type in use: where it is first met in the order of the text. A second definition of
    /// a name is not written out, so it gets the place of the first.
    pub(super) fn place(&mut self) {
        let mut places: Vec<Option<Place>> = vec![None; self.nodes.len()];
        let mut defined: HashMap<&str, NodeId> = HashMap::new();
        let mut todo = vec![(self.root, Place::Root)];
        while let Some((id, place)) = todo.pop() {
            if places[id.index()].is_some() {
                continue;
            }
            let kind = self.kind(id);
            let first = kind.named().map(|named| *defined.entry(named.name.full()).or_insert(id));
            places[id.index()] = first.filter(|first| *first != id).map_or(Some(place), |first| places[first.index()]);
            match kind {
                Kind::Array(items) => todo.push((*items, Place::Items(id))),
                Kind::Map(values) => todo.push((*values, Place::Values(id))),
                Kind::Union(branches) => {
                    todo.extend(branches.iter().enumerate().rev().map(|(at, branch)| (*branch, Place::Branch(id, at))));
                }
                Kind::Record(record) => {
                    let fields = record.fields.iter().enumerate().rev();
                    todo.extend(fields.map(|(at, field)| (field.schema, Place::Field(id, at))));
                }
                Kind::Primitive(_) | Kind::Enum(_) | Kind::Fixed(_) | Kind::Unresolved(_) => {}
            }
        }
        self.places = places;
    }

    /// JSON pointer to a type in the resolved text.
    pub(crate) fn pointer(&self, id: NodeId) -> String {
        let mut parts = Vec::new();
        let mut at = id;
        while let Some(place) = self.places[at.index()] {
            let (parent, part) = match place {
                Place::Root => break,
                Place::Field(parent, field) => (parent, format!("/fields/{field}/type")),
                Place::Items(parent) => (parent, "/items".to_owned()),
                Place::Values(parent) => (parent, "/values".to_owned()),
                Place::Branch(parent, branch) => (parent, format!("/{branch}")),
            };
            parts.push(part);
            at = parent;
        }
        parts.reverse();
        parts.concat()
    }
}
