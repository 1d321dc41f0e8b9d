//! All ways from one node to another, shortest first.

use super::{Direction, Filter, Graph, Reason, UnknownNode};
use crate::node::Node;
use petgraph::graph::NodeIndex;
use serde::Serialize;
use std::collections::VecDeque;

/// No path longer than this is ever followed, whatever a budget says.
pub const MAX_PATH_HOPS: usize = 256;

/// How much may be looked for; meeting a limit is said in the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathBudget {
    /// Find this many paths at most.
    pub paths: usize,
    /// Follow paths of at most this many edges, and never more than [`MAX_PATH_HOPS`].
    pub hops: usize,
    /// Look at this many edges at most; an edge counts each time that it is looked at.
    pub edges: usize,
}

impl Default for PathBudget {
    fn default() -> Self {
        Self { paths: 1_000, hops: 64, edges: 1_000_000 }
    }
}

/// The ways from one node to another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Paths {
    /// Each from start to end, both included, with no node twice; shorter ones first.
    pub paths: Vec<Vec<Node>>,
    /// Why paths may be missing; `None` when none are.
    pub truncated: Option<Reason>,
}

impl Graph {
    /// All simple paths `from` → `to` over passable edges. From a node to itself there is one path, of no edge.
    ///
    /// # Errors
    /// When no assertion names one of the two.
    pub fn paths(&self, from: &Node, to: &Node, filter: &Filter, budget: &PathBudget) -> Result<Paths, UnknownNode> {
        let (start, goal) = (self.find(from)?, self.find(to)?);
        let mut search = Search {
            graph: self,
            filter,
            budget,
            goal,
            distance: Vec::new(),
            on_path: vec![false; self.nodes.node_count()],
            path: vec![start],
            looked_at: 0,
            cut: false,
            found: Vec::new(),
        };
        search.on_path[start.index()] = true;
        let truncated = search.run().err();
        let named = |path: &Vec<NodeIndex>| path.iter().map(|&node| self.nodes[node].clone()).collect();
        Ok(Paths { paths: search.found.iter().map(named).collect(), truncated })
    }
}

struct Search<'a> {
    graph: &'a Graph,
    filter: &'a Filter,
    budget: &'a PathBudget,
    goal: NodeIndex,
    /// Edges from each node to the goal; `None` for nodes that do not reach it, where no search need go.
    distance: Vec<Option<usize>>,
    on_path: Vec<bool>,
    path: Vec<NodeIndex>,
    looked_at: usize,
    /// Whether a longer path than the present round allows may exist.
    cut: bool,
    found: Vec<Vec<NodeIndex>>,
}

impl Search<'_> {
    /// Rounds of growing length, so that whatever a budget cuts off is never shorter than what was found.
    fn run(&mut self) -> Result<(), Reason> {
        self.measure()?;
        let start = self.path[0];
        let Some(shortest) = self.distance[start.index()] else { return Ok(()) };
        // A path with no node twice has fewer edges than there are nodes.
        let possible = self.graph.nodes.node_count() - 1;
        let longest = self.budget.hops.min(MAX_PATH_HOPS).min(possible);
        for hops in shortest..=longest {
            self.cut = false;
            self.extend(start, hops)?;
            if !self.cut {
                return Ok(());
            }
        }
        if longest == possible { Ok(()) } else { Err(Reason::Hops(longest)) }
    }

    fn measure(&mut self) -> Result<(), Reason> {
        let graph = self.graph;
        self.distance = vec![None; graph.nodes.node_count()];
        self.distance[self.goal.index()] = Some(0);
        let mut queue = VecDeque::from([(self.goal, 0)]);
        while let Some((node, distance)) = queue.pop_front() {
            for (neighbour, claims) in graph.neighbours(node, Direction::Upstream) {
                self.look()?;
                if self.distance[neighbour.index()].is_none() && self.filter.admits(claims) {
                    self.distance[neighbour.index()] = Some(distance + 1);
                    queue.push_back((neighbour, distance + 1));
                }
            }
        }
        Ok(())
    }

    /// Finds the paths that reach the goal after exactly `hops` more edges.
    fn extend(&mut self, node: NodeIndex, hops: usize) -> Result<(), Reason> {
        if node == self.goal {
            if hops == 0 {
                if self.found.len() == self.budget.paths {
                    return Err(Reason::Paths(self.budget.paths));
                }
                self.found.push(self.path.clone());
            }
            return Ok(());
        }
        let graph = self.graph;
        for (neighbour, claims) in graph.neighbours(node, Direction::Downstream) {
            self.look()?;
            let Some(distance) = self.distance[neighbour.index()] else { continue };
            if self.on_path[neighbour.index()] || !self.filter.admits(claims) {
                continue;
            }
            if distance + 1 > hops {
                self.cut = true;
                continue;
            }
            self.on_path[neighbour.index()] = true;
            self.path.push(neighbour);
            let outcome = self.extend(neighbour, hops - 1);
            self.path.pop();
            self.on_path[neighbour.index()] = false;
            outcome?;
        }
        Ok(())
    }

    fn look(&mut self) -> Result<(), Reason> {
        if self.looked_at == self.budget.edges {
            return Err(Reason::Edges(self.budget.edges));
        }
        self.looked_at += 1;
        Ok(())
    }
}
