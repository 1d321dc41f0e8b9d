//! Avro: what a reading schema makes of a writing one, by the rules of Java's `SchemaCompatibility`.
//!
//! The walk is Java's step by step, with its memo of pairs, because verdicts on recursive unions and the paths in
//! messages depend on its order. It differs in keeping its own stack, in counting its work, and in sharing results.

mod outcome;
mod walk;

pub(super) use outcome::compare;

use crate::avro::NodeId;

/// A finding before it is put into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Raw {
    what: What,
    reader: NodeId,
    writer: NodeId,
    path: PathId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum What {
    Name,
    Size,
    Symbols,
    /// Position of the field in the reader.
    Default(usize),
    Type,
    /// The writer's type that no branch takes.
    Branch(NodeId),
}

/// Index of a path; see [`walk::Paths`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct PathId(u32);
