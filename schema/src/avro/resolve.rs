//! Names that were used before their definition, once a text is read to its end.

use super::parse::Parser;
use super::{Kind, NodeId};
use crate::SchemaError;
use std::collections::{HashMap, HashSet};

impl Parser<'_> {
    /// Replaces every unresolved name in the nodes from `first` on, and checks what could not be checked before:
    /// branches of unions, defaults that went through such a name, properties that Java cannot carry over.
    pub(super) fn resolve(&mut self, first: usize, root: NodeId) -> Result<NodeId, SchemaError> {
        self.path.clear();
        let mut late = HashMap::new();
        for at in first..self.nodes.len() {
            if let Kind::Unresolved(full) = &self.nodes[at].kind {
                let Some(target) = self.names.get(full) else { return self.fail(format!("'{full}' is not defined")) };
                late.insert(at, *target);
            }
        }
        if !late.is_empty() {
            self.check_late_defaults(first, root)?;
        }
        let patch = |id: &mut NodeId| {
            if let Some(target) = late.get(&id.index()) {
                *id = *target;
            }
        };
        for at in first..self.nodes.len() {
            match &mut self.nodes[at].kind {
                Kind::Array(items) | Kind::Map(items) => patch(items),
                Kind::Union(branches) => branches.iter_mut().for_each(patch),
                Kind::Record(record) => record.fields.iter_mut().for_each(|field| patch(&mut field.schema)),
                Kind::Primitive(_) | Kind::Enum(_) | Kind::Fixed(_) | Kind::Unresolved(_) => {}
            }
        }
        for at in first..self.nodes.len() {
            self.check_union(at)?;
            self.check_props(at)?;
        }
        // A named root is what its name stands for, which may be the equal definition of a referenced schema.
        let root = late.get(&root.index()).copied().unwrap_or(root);
        let named = self.nodes[root.index()].kind.named().and_then(|named| self.names.get(named.name.full()));
        Ok(named.copied().unwrap_or(root))
    }

    /// No union in a union, no two branches of one name.
    fn check_union(&self, at: usize) -> Result<(), SchemaError> {
        let Kind::Union(branches) = &self.nodes[at].kind else { return Ok(()) };
        let mut seen = HashSet::with_capacity(branches.len());
        for branch in branches {
            let kind = &self.nodes[branch.index()].kind;
            if matches!(kind, Kind::Union(_)) {
                return self.fail("a union stands directly in a union");
            }
            if !seen.insert(kind.full_name()) {
                return self.fail(format!("'{}' stands twice in one union", kind.full_name()));
            }
        }
        Ok(())
    }

    /// Java copies the properties of these types when it resolves names, and fails on integers beyond 64 bits.
    fn check_props(&self, at: usize) -> Result<(), SchemaError> {
        let node = &self.nodes[at];
        let copied = matches!(node.kind, Kind::Record(_) | Kind::Array(_) | Kind::Map(_));
        match node.props.iter().find(|(_, value)| copied && value.holds_big_integer()) {
            Some((key, _)) => self.fail(format!("the property '{key}' holds an integer beyond 64 bits")),
            None => Ok(()),
        }
    }
}
