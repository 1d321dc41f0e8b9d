//! Who feeds a node, and whom it feeds: breadth first, so that every node comes with its distance.

use super::{Direction, Filter, Graph, Hop, Reason, UnknownNode};
use crate::node::Node;
use petgraph::graph::NodeIndex;
use serde::Serialize;

/// How many nodes a walk reaches unless asked otherwise.
pub const DEFAULT_WALK_NODES: usize = 10_000;
/// How many edges a walk looks at unless asked otherwise.
pub const DEFAULT_WALK_EDGES: usize = 100_000;

/// How far a walk may go. `depth` is part of the question; the other two protect the process, and meeting one of
/// them is said in the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Follow edges at most this many steps away from the start.
    pub depth: u32,
    /// Reach at most this many nodes, the start included.
    pub nodes: usize,
    /// Look at this many edges at most.
    pub edges: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { depth: u32::MAX, nodes: DEFAULT_WALK_NODES, edges: DEFAULT_WALK_EDGES }
    }
}

/// A node that a walk reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reached {
    /// The node.
    pub node: Node,
    /// Edges on a shortest way from the start; 0 is the start itself.
    pub depth: u32,
}

/// What a walk found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Walk {
    /// The nodes by depth, then by node; the start comes first.
    pub nodes: Vec<Reached>,
    /// The edges that were passed, sorted, each written in the direction of the data. Both ends are in `nodes`.
    pub edges: Vec<Hop>,
    /// How many nodes lie one step further than `depth` allowed. They are not in `nodes`.
    pub beyond: usize,
    /// Why nodes or edges within `depth` may be missing; `None` when none are.
    pub truncated: Option<Reason>,
}

impl Graph {
    /// Everything that leads to `start`, by depth.
    ///
    /// # Errors
    /// When no assertion names `start`.
    pub fn upstream(&self, start: &Node, filter: &Filter, budget: &Budget) -> Result<Walk, UnknownNode> {
        self.walk(start, Direction::Upstream, filter, budget)
    }

    /// Everything that `start` leads to, by depth.
    ///
    /// # Errors
    /// When no assertion names `start`.
    pub fn downstream(&self, start: &Node, filter: &Filter, budget: &Budget) -> Result<Walk, UnknownNode> {
        self.walk(start, Direction::Downstream, filter, budget)
    }

    /// Everything that can be reached from `start` in one direction, by depth. Time and memory are linear in the
    /// budget, and in the number of nodes of the graph for one byte each.
    ///
    /// # Errors
    /// When no assertion names `start`.
    pub fn walk(
        &self,
        start: &Node,
        direction: Direction,
        filter: &Filter,
        budget: &Budget,
    ) -> Result<Walk, UnknownNode> {
        let mut search = Search {
            graph: self,
            direction,
            filter,
            budget,
            place: vec![Place::Unseen; self.nodes.node_count()],
            reached: Vec::new(),
            passed: Vec::new(),
            looked_at: 0,
            beyond: 0,
        };
        let truncated = search.run(self.find(start)?).err();
        Ok(search.into_walk(truncated))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Unseen,
    Reached,
    Beyond,
}

struct Search<'a> {
    graph: &'a Graph,
    direction: Direction,
    filter: &'a Filter,
    budget: &'a Budget,
    place: Vec<Place>,
    reached: Vec<(NodeIndex, u32)>,
    passed: Vec<(NodeIndex, NodeIndex)>,
    looked_at: usize,
    beyond: usize,
}

impl Search<'_> {
    fn run(&mut self, start: NodeIndex) -> Result<(), Reason> {
        self.reach(start, 0)?;
        let mut next = 0;
        while let Some(&(node, depth)) = self.reached.get(next) {
            next += 1;
            self.leave(node, depth)?;
        }
        Ok(())
    }

    fn leave(&mut self, node: NodeIndex, depth: u32) -> Result<(), Reason> {
        let graph = self.graph;
        for (neighbour, claims) in graph.neighbours(node, self.direction) {
            if self.looked_at == self.budget.edges {
                return Err(Reason::Edges(self.budget.edges));
            }
            self.looked_at += 1;
            if !self.filter.admits(claims) {
                continue;
            }
            match self.place[neighbour.index()] {
                Place::Reached => self.passed.push((node, neighbour)),
                Place::Unseen if depth < self.budget.depth => {
                    self.reach(neighbour, depth + 1)?;
                    self.passed.push((node, neighbour));
                }
                Place::Unseen => {
                    self.place[neighbour.index()] = Place::Beyond;
                    self.beyond += 1;
                }
                Place::Beyond => {}
            }
        }
        Ok(())
    }

    fn reach(&mut self, node: NodeIndex, depth: u32) -> Result<(), Reason> {
        if self.reached.len() == self.budget.nodes {
            return Err(Reason::Nodes(self.budget.nodes));
        }
        self.place[node.index()] = Place::Reached;
        self.reached.push((node, depth));
        Ok(())
    }

    fn into_walk(self, truncated: Option<Reason>) -> Walk {
        let name = |index: NodeIndex| self.graph.nodes[index].clone();
        let mut nodes: Vec<Reached> =
            self.reached.iter().map(|&(node, depth)| Reached { node: name(node), depth }).collect();
        nodes.sort_by(|a, b| (a.depth, &a.node).cmp(&(b.depth, &b.node)));
        let mut edges: Vec<Hop> = self
            .passed
            .iter()
            .map(|&(left, entered)| match self.direction {
                Direction::Downstream => Hop { from: name(left), to: name(entered) },
                Direction::Upstream => Hop { from: name(entered), to: name(left) },
            })
            .collect();
        edges.sort();
        Walk { nodes, edges, beyond: self.beyond, truncated }
    }
}
