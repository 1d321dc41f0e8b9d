//! Walks and paths agree with a model that is too simple to be wrong, on graphs with circles, claims and budgets.

use lineage::{
    Assertion, Budget, Claim, Direction, Evidence, Filter, Graph, Hop, Node, PathBudget, Paths, Validity, Walk,
};
use model::Timestamp;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const NODES: usize = 7;

fn node(n: usize) -> Node {
    format!("topic:c/{n}").parse().expect("a valid id")
}

/// Edges as pairs, with a mark that decides the evidence.
fn edges() -> impl Strategy<Value = Vec<(usize, usize, bool)>> {
    prop::collection::vec((0..NODES, 0..NODES, any::<bool>()), 1..24)
}

fn graph(edges: &[(usize, usize, bool)]) -> Graph {
    Graph::build(edges.iter().map(|&(from, to, observed)| Assertion {
        from: node(from),
        to: node(to),
        claim: Claim {
            evidence: if observed { Evidence::Observed } else { Evidence::Inferred },
            validity: Validity::since(Timestamp(0)),
            edge_id: None,
        },
    }))
}

fn passable(edges: &[(usize, usize, bool)], observed_only: bool, direction: Direction) -> BTreeSet<(usize, usize)> {
    let turned = |&(from, to, _): &(usize, usize, bool)| match direction {
        Direction::Downstream => (from, to),
        Direction::Upstream => (to, from),
    };
    edges.iter().filter(|edge| edge.2 || !observed_only).map(turned).collect()
}

/// Distances by widening a set until nothing changes.
fn naive_depths(edges: &BTreeSet<(usize, usize)>, start: usize) -> BTreeMap<usize, u32> {
    let mut depths = BTreeMap::from([(start, 0)]);
    for depth in 1.. {
        let next: BTreeSet<usize> = edges
            .iter()
            .filter(|(from, to)| depths.contains_key(from) && !depths.contains_key(to))
            .map(|e| e.1)
            .collect();
        if next.is_empty() {
            break;
        }
        depths.extend(next.into_iter().map(|node| (node, depth)));
    }
    depths
}

fn naive_paths(edges: &BTreeSet<(usize, usize)>, path: &mut Vec<usize>, to: usize, found: &mut Vec<Vec<usize>>) {
    let last = *path.last().expect("a path has a start");
    if last == to {
        found.push(path.clone());
        return;
    }
    for next in 0..NODES {
        if edges.contains(&(last, next)) && !path.contains(&next) {
            path.push(next);
            naive_paths(edges, path, to, found);
            path.pop();
        }
    }
}

fn filter(observed_only: bool) -> Filter {
    Filter { at: None, evidence: if observed_only { vec![Evidence::Observed] } else { vec![] } }
}

fn depths_of(walk: &Walk) -> BTreeMap<String, u32> {
    walk.nodes.iter().map(|reached| (reached.node.label().to_owned(), reached.depth)).collect()
}

proptest! {
    #[test]
    fn a_walk_finds_what_the_model_finds(
        edges in edges(), observed_only: bool, down: bool, depth in 0u32..5,
    ) {
        let direction = if down { Direction::Downstream } else { Direction::Upstream };
        let graph = graph(&edges);
        let start = edges[0].0;
        let open = passable(&edges, observed_only, direction);
        let all = naive_depths(&open, start);
        let budget = Budget { depth, ..Budget::default() };
        let walk = graph.walk(&node(start), direction, &filter(observed_only), &budget).unwrap();

        let expected: BTreeMap<String, u32> =
            all.iter().filter(|entry| *entry.1 <= depth).map(|(node, depth)| (node.to_string(), *depth)).collect();
        prop_assert_eq!(depths_of(&walk), expected);
        prop_assert_eq!(walk.beyond, all.values().filter(|found| **found == depth + 1).count());
        prop_assert_eq!(walk.truncated, None);
        // All passable edges between reached nodes are there, those that leave the last level back inwards included.
        let within = |node: &usize| all.get(node).is_some_and(|found| *found <= depth);
        let mut hops: Vec<Hop> = open.iter().filter(|(from, to)| within(from) && within(to)).map(|&(from, to)| {
            if down { Hop { from: node(from), to: node(to) } } else { Hop { from: node(to), to: node(from) } }
        }).collect();
        hops.sort();
        prop_assert_eq!(walk.edges, hops);
    }

    #[test]
    fn a_budget_cuts_but_never_invents(edges in edges(), nodes in 0usize..8, looks in 0usize..24) {
        let graph = graph(&edges);
        let start = node(edges[0].0);
        let whole = graph.downstream(&start, &Filter::default(), &Budget::default()).unwrap();
        let budget = Budget { nodes, edges: looks, ..Budget::default() };
        let cut = graph.downstream(&start, &Filter::default(), &budget).unwrap();
        prop_assert!(cut.nodes.len() <= nodes);
        prop_assert!(cut.nodes.iter().all(|reached| whole.nodes.contains(reached)));
        prop_assert!(cut.edges.iter().all(|hop| whole.edges.contains(hop)));
        if cut.truncated.is_none() {
            prop_assert_eq!(cut, whole);
        } else {
            prop_assert!(cut.nodes.len() == nodes || looks < graph.edge_count());
        }
    }

    #[test]
    fn paths_are_those_of_the_model(edges in edges(), to in 0..NODES, observed_only: bool) {
        let graph = graph(&edges);
        let from = edges[0].0;
        prop_assume!(graph.contains(&node(to)));
        let mut expected = Vec::new();
        naive_paths(&passable(&edges, observed_only, Direction::Downstream), &mut vec![from], to, &mut expected);
        expected.sort_by_key(|path| (path.len(), path.clone()));
        let expected: Vec<Vec<Node>> = expected.into_iter().map(|path| path.into_iter().map(node).collect()).collect();

        let found = graph.paths(&node(from), &node(to), &filter(observed_only), &PathBudget::default()).unwrap();
        prop_assert_eq!(found.truncated, None);
        prop_assert!(found.paths.is_sorted_by_key(Vec::len));
        let mut sorted = found.paths.clone();
        sorted.sort_by_key(|path| (path.len(), path.clone()));
        prop_assert_eq!(&sorted, &expected);

        // A smaller budget gives the beginning of the same answer.
        let budget = PathBudget { paths: 2, ..PathBudget::default() };
        let few: Paths = graph.paths(&node(from), &node(to), &filter(observed_only), &budget).unwrap();
        prop_assert_eq!(&few.paths[..], &found.paths[..found.paths.len().min(2)]);
        prop_assert_eq!(few.truncated.is_some(), found.paths.len() > 2);
    }
}
