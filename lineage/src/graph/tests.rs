use super::*;
use crate::edge::Validity;

fn node(text: &str) -> Node {
    text.parse().unwrap()
}

fn topic(name: &str) -> Node {
    node(&format!("topic:c/{name}"))
}

fn claim(evidence: Evidence, from: i64, until: Option<i64>) -> Claim {
    Claim { evidence, validity: Validity { from: Timestamp(from), until: until.map(Timestamp) }, edge_id: None }
}

/// A graph from text as `ab bc`, every edge declared for all time.
fn graph(edges: &str) -> Graph {
    Graph::build(edges.split_whitespace().map(|pair| Assertion {
        from: topic(&pair[..1]),
        to: topic(&pair[1..]),
        claim: claim(Evidence::Declared, 0, None),
    }))
}

fn show(walk: &Walk) -> String {
    let nodes: Vec<String> =
        walk.nodes.iter().map(|reached| format!("{}{}", reached.node.label(), reached.depth)).collect();
    let edges: Vec<String> = walk.edges.iter().map(|hop| format!("{}{}", hop.from.label(), hop.to.label())).collect();
    format!("{} | {}", nodes.join(" "), edges.join(" "))
}

#[test]
fn walks_by_depth() {
    let diamond = "ab ac bd cd de";
    for (edges, start, direction, depth, expected, beyond) in [
        (diamond, "a", Direction::Downstream, u32::MAX, "a0 b1 c1 d2 e3 | ab ac bd cd de", 0),
        (diamond, "a", Direction::Downstream, 1, "a0 b1 c1 | ab ac", 1),
        (diamond, "a", Direction::Downstream, 0, "a0 | ", 2),
        (diamond, "e", Direction::Upstream, u32::MAX, "e0 d1 b2 c2 a3 | ab ac bd cd de", 0),
        (diamond, "d", Direction::Upstream, 1, "d0 b1 c1 | bd cd", 1),
        (diamond, "a", Direction::Upstream, u32::MAX, "a0 | ", 0),
        // A circle ends where it began, and a node may feed itself.
        ("ab bc ca", "a", Direction::Downstream, u32::MAX, "a0 b1 c2 | ab bc ca", 0),
        ("aa ab", "a", Direction::Downstream, u32::MAX, "a0 b1 | aa ab", 0),
        ("ab ba", "a", Direction::Upstream, 1, "a0 b1 | ab ba", 0),
    ] {
        let budget = Budget { depth, ..Budget::default() };
        let walk = graph(edges).walk(&topic(start), direction, &Filter::default(), &budget).unwrap();
        assert_eq!((show(&walk).as_str(), walk.beyond, walk.truncated), (expected, beyond, None), "{edges} {start}");
    }
}

/// Each budget on both sides: enough says nothing, one less says what was met.
#[test]
fn a_walk_that_is_cut_says_so() {
    let graph = graph("ab ac bd cd de");
    for (nodes, edges, truncated) in [
        (5, 5, None),
        (4, 5, Some(Reason::Nodes(4))),
        (5, 4, Some(Reason::Edges(4))),
        (0, 5, Some(Reason::Nodes(0))),
        (5, 0, Some(Reason::Edges(0))),
    ] {
        let budget = Budget { nodes, edges, ..Budget::default() };
        let walk = graph.downstream(&topic("a"), &Filter::default(), &budget).unwrap();
        assert_eq!(walk.truncated, truncated, "{nodes} nodes, {edges} edges");
        assert!(walk.nodes.len() <= nodes && walk.edges.len() <= edges);
        let known = |node: &Node| walk.nodes.iter().any(|reached| reached.node == *node);
        assert!(walk.edges.iter().all(|hop| known(&hop.from) && known(&hop.to)), "an edge leads nowhere");
    }
    let reason = serde_json::to_value(Reason::Nodes(4)).unwrap();
    assert_eq!(reason, serde_json::json!({"reason": "nodes", "limit": 4}));
}

#[test]
fn paths_come_shortest_first() {
    let show = |paths: &Paths| -> Vec<String> {
        paths.paths.iter().map(|path| path.iter().map(Node::label).collect()).collect()
    };
    for (edges, from, to, expected) in [
        ("ab ac bd cd ad", "a", "d", vec!["ad", "abd", "acd"]),
        ("ab bc ca cd", "a", "d", vec!["abcd"]),
        ("ab bc", "c", "a", vec![]),
        ("ab", "a", "a", vec!["a"]),
        ("ab ba bc cb ac", "a", "c", vec!["ac", "abc"]),
        // Beside the way there is a circle that leads back to it only over nodes already passed.
        ("ab bc cb bd", "a", "d", vec!["abd"]),
    ] {
        let paths = graph(edges).paths(&topic(from), &topic(to), &Filter::default(), &PathBudget::default()).unwrap();
        assert_eq!(
            (show(&paths), paths.truncated),
            (expected.into_iter().map(str::to_owned).collect(), None),
            "{edges}"
        );
    }
}

#[test]
fn paths_that_are_cut_say_so() {
    let graph = graph("ab ac bd cd ad de");
    let default = PathBudget::default();
    for (budget, found, truncated) in [
        (PathBudget { paths: 3, ..default }, 3, None),
        (PathBudget { paths: 2, ..default }, 2, Some(Reason::Paths(2))),
        (PathBudget { hops: 3, ..default }, 3, None),
        (PathBudget { hops: 2, ..default }, 1, Some(Reason::Hops(2))),
        (PathBudget { hops: 1, ..default }, 0, Some(Reason::Hops(1))),
        (PathBudget { edges: 4, ..default }, 0, Some(Reason::Edges(4))),
    ] {
        let paths = graph.paths(&topic("a"), &topic("e"), &Filter::default(), &budget).unwrap();
        assert_eq!((paths.paths.len(), paths.truncated), (found, truncated), "{budget:?}");
    }
}

#[test]
fn claims_decide_what_is_passable() {
    let (a, b, c) = (topic("a"), topic("b"), topic("c"));
    let graph = Graph::build([
        Assertion { from: a.clone(), to: b.clone(), claim: claim(Evidence::Declared, 10, Some(20)) },
        Assertion { from: a.clone(), to: b.clone(), claim: claim(Evidence::Observed, 15, None) },
        Assertion { from: a.clone(), to: b.clone(), claim: claim(Evidence::Observed, 15, None) },
        Assertion { from: b.clone(), to: c.clone(), claim: claim(Evidence::Inferred, 0, None) },
    ]);
    assert_eq!((graph.node_count(), graph.edge_count()), (3, 2));
    assert_eq!(graph.claims(&a, &b).map(<[Claim]>::len), Some(2), "a repeated claim counts once");
    assert_eq!(graph.claims(&b, &a), None);
    for (at, evidence, reached) in [
        (None, vec![], 3),
        (Some(5), vec![], 1),
        (Some(10), vec![], 3),
        (Some(10), vec![Evidence::Observed], 1),
        (Some(20), vec![Evidence::Declared], 1),
        (Some(20), vec![Evidence::Observed], 2),
        (Some(20), vec![Evidence::Declared, Evidence::Observed, Evidence::Inferred], 3),
    ] {
        let filter = Filter { at: at.map(Timestamp), evidence };
        let walk = graph.downstream(&a, &filter, &Budget::default()).unwrap();
        assert_eq!(walk.nodes.len(), reached, "{filter:?}");
    }
}

#[test]
fn an_unknown_node_is_named() {
    let error = graph("ab").upstream(&topic("z"), &Filter::default(), &Budget::default()).unwrap_err();
    assert_eq!(error.to_string(), "no edge is known at 'topic:c/z'");
}

#[test]
fn cycles_are_found() {
    let found: Vec<String> =
        graph("ab bc ca cd dd ef").cycles().iter().map(|group| group.iter().map(Node::label).collect()).collect();
    assert_eq!(found, ["abc", "d"]);
}
