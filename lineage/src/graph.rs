//! The graph: made once from assertions, then never changed. Whoever holds it swaps the whole.

mod paths;
#[cfg(test)]
mod tests;
mod walk;

use crate::edge::{Assertion, Claim, Evidence};
use crate::node::Node;
use model::Timestamp;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

pub use paths::{MAX_PATH_HOPS, PathBudget, Paths};
pub use walk::{Budget, DEFAULT_WALK_EDGES, DEFAULT_WALK_NODES, Reached, Walk};

/// Nodes and edges, immutable. Cycles are allowed: a program may well read what it wrote.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    nodes: DiGraph<Node, Vec<Claim>>,
    index: HashMap<Node, NodeIndex>,
}

/// One edge and all that is claimed of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge<'g> {
    /// Where the data comes from.
    pub from: &'g Node,
    /// Where it goes.
    pub to: &'g Node,
    /// Never empty; in the order of the assertions.
    pub claims: &'g [Claim],
}

/// One edge as a walk passed it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Hop {
    /// Where the data comes from.
    pub from: Node,
    /// Where it goes.
    pub to: Node,
}

/// Which way to walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Towards the producers.
    Upstream,
    /// Towards the sinks.
    Downstream,
}

impl Direction {
    fn of_petgraph(self) -> petgraph::Direction {
        match self {
            Self::Upstream => petgraph::Direction::Incoming,
            Self::Downstream => petgraph::Direction::Outgoing,
        }
    }
}

/// Which claims count. An edge is passable when one of its claims satisfies both fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only claims that hold at this instant; any when `None`.
    pub at: Option<Timestamp>,
    /// Only these kinds of evidence; any when empty.
    pub evidence: Vec<Evidence>,
}

impl Filter {
    /// Whether one of `claims` counts.
    #[must_use]
    pub fn admits(&self, claims: &[Claim]) -> bool {
        claims.iter().any(|claim| {
            self.at.is_none_or(|instant| claim.validity.holds_at(instant))
                && (self.evidence.is_empty() || self.evidence.contains(&claim.evidence))
        })
    }
}

/// Why an answer is not the whole answer. The limit that was met is given, so that a caller may ask for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "reason", content = "limit", rename_all = "lowercase")]
pub enum Reason {
    /// So many nodes were reached.
    Nodes(usize),
    /// So many edges were looked at.
    Edges(usize),
    /// So many paths were found.
    Paths(usize),
    /// Paths of so many edges were followed, and longer ones exist or may exist.
    Hops(usize),
}

/// A question about a node that no assertion names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no edge is known at '{0}'")]
pub struct UnknownNode(pub Node);

impl Graph {
    /// The graph of these assertions. Their order decides nothing but the order of the claims on one edge.
    #[must_use]
    pub fn build(assertions: impl IntoIterator<Item = Assertion>) -> Self {
        // Sorted first, so that equal assertions make equal graphs and every walk answers in the same order.
        let mut edges: BTreeMap<(Node, Node), Vec<Claim>> = BTreeMap::new();
        for Assertion { from, to, claim } in assertions {
            let claims = edges.entry((from, to)).or_default();
            if !claims.contains(&claim) {
                claims.push(claim);
            }
        }
        let mut graph = Self::default();
        // Neighbours come out last in, first out.
        for ((from, to), claims) in edges.into_iter().rev() {
            let (from, to) = (graph.intern(from), graph.intern(to));
            graph.nodes.add_edge(from, to, claims);
        }
        graph
    }

    /// How many nodes there are.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.nodes.node_count()
    }

    /// How many edges there are; several claims on one edge count once.
    #[must_use]
    pub fn edge_count(&self) -> usize {
        self.nodes.edge_count()
    }

    /// Whether some assertion names `node`.
    #[must_use]
    pub fn contains(&self, node: &Node) -> bool {
        self.index.contains_key(node)
    }

    /// All nodes, in no particular order.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.node_weights()
    }

    /// All edges, ordered by their ends.
    pub fn edges(&self) -> impl Iterator<Item = Edge<'_>> {
        self.nodes.edge_references().rev().map(|edge| Edge {
            from: &self.nodes[edge.source()],
            to: &self.nodes[edge.target()],
            claims: edge.weight(),
        })
    }

    /// What is claimed of the edge `from` → `to`; `None` when nothing is.
    #[must_use]
    pub fn claims(&self, from: &Node, to: &Node) -> Option<&[Claim]> {
        let edge = self.nodes.find_edge(*self.index.get(from)?, *self.index.get(to)?)?;
        self.nodes.edge_weight(edge).map(Vec::as_slice)
    }

    /// Groups of nodes that reach each other, each sorted; a node alone counts only when it leads to itself.
    #[must_use]
    pub fn cycles(&self) -> Vec<Vec<Node>> {
        let mut cycles: Vec<Vec<Node>> = petgraph::algo::tarjan_scc(&self.nodes)
            .into_iter()
            .filter(|group| group.len() > 1 || self.nodes.contains_edge(group[0], group[0]))
            .map(|group| {
                let mut group: Vec<Node> = group.into_iter().map(|node| self.nodes[node].clone()).collect();
                group.sort();
                group
            })
            .collect();
        cycles.sort();
        cycles
    }

    fn intern(&mut self, node: Node) -> NodeIndex {
        if let Some(known) = self.index.get(&node) {
            return *known;
        }
        let index = self.nodes.add_node(node.clone());
        self.index.insert(node, index);
        index
    }

    fn find(&self, node: &Node) -> Result<NodeIndex, UnknownNode> {
        self.index.get(node).copied().ok_or_else(|| UnknownNode(node.clone()))
    }

    /// The neighbours of `node` in one direction over passable and impassable edges alike, with the edge's claims.
    fn neighbours(&self, node: NodeIndex, direction: Direction) -> impl Iterator<Item = (NodeIndex, &[Claim])> {
        self.nodes.edges_directed(node, direction.of_petgraph()).map(move |edge| {
            let other = if direction == Direction::Upstream { edge.source() } else { edge.target() };
            (other, edge.weight().as_slice())
        })
    }
}
