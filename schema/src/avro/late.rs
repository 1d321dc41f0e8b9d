//! Defaults that lead through names which were used before their definition.
//!
//! Java checks them a second time while it copies all types to resolve such names, and fails if a default leads
//! through a record whose copy has no fields yet. Which copies have fields depends on its order, so this module goes
//! through the types in Java's order, one visit inside the other.

use super::parse::Parser;
use super::{Kind, NodeId};
use crate::SchemaError;
use std::collections::HashSet;

/// How far the copying has come.
#[derive(Default)]
pub(super) struct Late {
    /// Types before this one stem from texts that are complete.
    first: usize,
    /// Records whose copy was begun, and names that were followed.
    begun: HashSet<NodeId>,
    /// Records whose copy has its fields.
    filled: HashSet<NodeId>,
}

impl Late {
    pub(super) fn has_fields(&self, record: NodeId) -> bool {
        record.index() < self.first || self.filled.contains(&record)
    }
}

/// One visit: it looks at each type once.
struct Visit {
    todo: Vec<Task>,
    seen: HashSet<NodeId>,
    /// The name that the visit was begun for.
    name: Option<NodeId>,
}

enum Task {
    Enter(NodeId),
    Leave(NodeId),
}

impl Visit {
    fn new(start: NodeId, name: Option<NodeId>) -> Self {
        Self { todo: vec![Task::Enter(start)], seen: HashSet::new(), name }
    }
}

impl Parser<'_> {
    /// Checks the defaults of the types from `first` on, with names followed.
    pub(super) fn check_late_defaults(&mut self, first: usize, root: NodeId) -> Result<(), SchemaError> {
        self.late = Some(Late { first, ..Late::default() });
        let fresh = self.defined.iter().copied().filter(|id| id.index() >= first);
        let starts: Vec<NodeId> = fresh.chain([root]).collect();
        for start in starts {
            self.visit(start)?;
        }
        self.late = None;
        Ok(())
    }

    fn visit(&mut self, start: NodeId) -> Result<(), SchemaError> {
        let mut visits = vec![Visit::new(start, None)];
        while let Some(visit) = visits.last_mut() {
            match visit.todo.pop() {
                None => {
                    let name = visit.name;
                    visits.pop();
                    if let (Some(name), Some(late)) = (name, &mut self.late) {
                        late.begun.insert(name);
                    }
                }
                Some(Task::Leave(record)) => self.fill(record)?,
                Some(Task::Enter(id)) => {
                    self.step(1)?;
                    if visit.seen.insert(id) {
                        let inner = self.enter(id, visit);
                        visits.extend(inner);
                    }
                }
            }
        }
        Ok(())
    }

    /// Enters a type; answers the visit that must come before anything else.
    fn enter(&mut self, id: NodeId, visit: &mut Visit) -> Option<Visit> {
        let late = self.late.as_mut()?;
        match &self.nodes[id.index()].kind {
            Kind::Array(child) | Kind::Map(child) => visit.todo.push(Task::Enter(*child)),
            Kind::Union(branches) => visit.todo.extend(branches.iter().map(|branch| Task::Enter(*branch))),
            Kind::Record(record) => {
                late.begun.insert(id);
                visit.todo.push(Task::Leave(id));
                visit.todo.extend(record.fields.iter().rev().map(|field| Task::Enter(field.schema)));
            }
            Kind::Unresolved(full) if !late.begun.contains(&id) => {
                let target = *self.names.get(full)?;
                let record = matches!(self.nodes[target.index()].kind, Kind::Record(_));
                if record && target.index() >= late.first && !late.begun.contains(&target) {
                    return Some(Visit::new(target, Some(id)));
                }
                late.begun.insert(id);
            }
            Kind::Unresolved(_) | Kind::Primitive(_) | Kind::Enum(_) | Kind::Fixed(_) => {}
        }
        None
    }

    /// Gives the copy of a record its fields.
    fn fill(&mut self, id: NodeId) -> Result<(), SchemaError> {
        let Kind::Record(record) = &self.nodes[id.index()].kind else { return Ok(()) };
        if self.late.as_ref().is_none_or(|late| late.has_fields(id)) {
            return Ok(());
        }
        let fields = record.fields.iter();
        let defaults = fields.filter_map(|field| Some((field.name.clone(), field.schema, field.default.clone()?)));
        for (name, schema, default) in defaults.collect::<Vec<_>>() {
            if !self.fits(schema, &default)? {
                return self.fail(format!("the default of field '{name}' does not fit its type"));
            }
        }
        if let Some(late) = &mut self.late {
            late.filled.insert(id);
        }
        Ok(())
    }
}
