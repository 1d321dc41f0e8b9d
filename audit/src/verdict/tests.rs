use super::*;
use crate::place::LogPartition;
use crate::window::Axis;
use model::{ClusterName, TopicId};

fn part(partition: i32, state: State, findings: (u64, u64, u64), cut: [i64; 4]) -> Part {
    let cluster = ClusterName::new("ewr").unwrap();
    let [upstream_revision, upstream_covered, downstream_revision, downstream_covered] = cut;
    let (missing, extra, corrupted) = findings;
    Part {
        party: Party::Source(LogPartition { cluster, topic: TopicId(uuid::Uuid::from_u128(1)), partition }),
        state,
        reason: None,
        upstream: 10,
        downstream: 10,
        findings: Findings { missing, extra, corrupted, ..Findings::default() },
        upstream_offsets: None,
        targets: Vec::new(),
        cut: Cut { upstream_revision, upstream_covered, downstream_revision, downstream_covered },
    }
}

fn verdict(parts: Vec<Part>) -> Verdict {
    Verdict::of(Window { axis: Axis::Time, start: 0, width: 60_000, generation: 0 }, parts, Vec::new())
}

#[test]
fn parts_combine_into_one_word() {
    use State::{Both, Corruption, Duplication, Exact, Loss, Overdue, Pending, Unknown};
    let (none, lost, doubled, changed) = ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1));
    for (parts, state) in [
        (vec![], Exact),
        (vec![(Exact, none), (Exact, none)], Exact),
        (vec![(Exact, none), (Unknown, none)], Unknown),
        (vec![(Unknown, none), (Pending, none)], Pending),
        (vec![(Pending, none), (Overdue, none)], Overdue),
        (vec![(Overdue, none), (Loss, lost)], Loss),
        (vec![(Loss, lost), (Duplication, doubled)], Both),
        (vec![(Loss, lost), (Corruption, changed)], Loss),
        (vec![(Duplication, doubled), (Corruption, changed)], Duplication),
        (vec![(Unknown, none), (Corruption, changed)], Corruption),
        (vec![(Both, (1, 1, 1))], Both),
    ] {
        let made = parts.iter().zip(0..).map(|((state, findings), at)| part(at, *state, *findings, [0; 4]));
        assert_eq!(verdict(made.collect()).state, state, "{parts:?}");
    }
}

#[test]
fn an_unknown_account_keeps_exact_from_being_said() {
    let account = UnknownAccount { reason: Reason::NoEventId, records: 3 };
    let window = verdict(Vec::new()).window;
    let exact = part(0, State::Exact, (0, 0, 0), [0; 4]);
    assert_eq!(Verdict::of(window, vec![exact], vec![account]).state, State::Unknown);
    let loss = part(0, State::Loss, (1, 0, 0), [0; 4]);
    assert_eq!(Verdict::of(window, vec![loss], vec![account]).state, State::Loss);
}

#[test]
fn only_a_later_cut_that_says_more_supersedes() {
    let exact = |cut| verdict(vec![part(0, State::Exact, (0, 0, 0), cut)]);
    let loss = |cut| verdict(vec![part(0, State::Loss, (1, 0, 0), cut)]);
    let with = |mut verdict: Verdict, state| {
        verdict.state = state;
        verdict.parts[0].state = state;
        verdict
    };
    let (pending, overdue) = (|cut| with(exact(cut), State::Pending), |cut| with(exact(cut), State::Overdue));
    for (new, stored, supersedes, why) in [
        (exact([5, 9, 5, 9]), exact([5, 9, 5, 9]), false, "the same input twice"),
        (exact([5, 19, 5, 19]), exact([5, 9, 5, 9]), false, "read on without a record of the window"),
        (exact([6, 9, 6, 9]), exact([5, 9, 5, 9]), true, "late records"),
        (loss([5, 9, 5, 9]), pending([5, 9, 5, 8]), true, "downstream caught up"),
        (pending([5, 9, 5, 8]), loss([5, 9, 5, 9]), false, "a stale reader"),
        (exact([6, 10, 5, 9]), loss([5, 9, 6, 9]), false, "older in one place"),
        (overdue([5, 9, 5, 8]), pending([5, 9, 5, 8]), true, "the limit passed"),
        (pending([5, 9, 5, 8]), overdue([5, 9, 5, 8]), false, "another clock is behind"),
        (pending([6, 9, 5, 8]), overdue([5, 9, 5, 8]), true, "pending on later records"),
    ] {
        assert_eq!(new.supersedes(&stored), supersedes, "{why}");
    }
    let two = verdict(vec![part(0, State::Exact, (0, 0, 0), [5, 9, 5, 9]), part(1, State::Exact, (0, 0, 0), [0; 4])]);
    assert!(two.supersedes(&exact([5, 9, 5, 9])), "another partition appeared");
    assert!(!exact([5, 9, 5, 9]).supersedes(&two), "a partition does not go away");
}
