use super::*;

const MINUTE: i64 = 60_000;

fn subject() -> Subject {
    Subject { tenant: Tenant::default(), edge: Uuid::from_u128(7) }
}

/// A change of the window that begins at minute `minute`; every fault misses one record, which is named.
fn change(minute: i64, state: WindowState, revision: i64) -> Change {
    let bad = Kind::Mismatch.effect(state) == Effect::Bad;
    let record = NamedRecord {
        finding: Finding::Missing,
        identity: format!("event:{minute}"),
        topic: "t".to_owned(),
        partition: 0,
        offset: Some(minute),
        key: None,
        producer: None,
        time: Some(Timestamp(minute * MINUTE)),
    };
    Change {
        window: Window { axis: Axis::Time, start: minute * MINUTE, width: MINUTE },
        state,
        revision,
        counts: Counts { missing: u64::from(bad), ..Counts::default() },
        records: if bad { vec![record] } else { vec![] },
        named: u64::from(bad),
    }
}

/// One edge and a clock that moves a second with every step.
struct Edge {
    incidents: Vec<Incident>,
    now: Timestamp,
    policy: Policy,
    revision: i64,
}

impl Edge {
    fn new() -> Self {
        Self { incidents: Vec::new(), now: Timestamp(1_000_000), policy: Policy { update_every_ms: 0 }, revision: 0 }
    }

    /// Applies changes such as `1L 2X`: the minute and the first letter of the state, X for exact. Returns the events
    /// as `opened 1-2`.
    fn step(&mut self, text: &str) -> String {
        self.revision += 1;
        let changes: Vec<Change> = text
            .split_whitespace()
            .map(|word| {
                let (minute, letter) = word.split_at(word.len() - 1);
                let state = match letter {
                    "L" => WindowState::Loss,
                    "D" => WindowState::Duplication,
                    "C" => WindowState::Corruption,
                    "X" => WindowState::Exact,
                    "P" => WindowState::Pending,
                    "O" => WindowState::Overdue,
                    _ => WindowState::Unknown,
                };
                change(minute.parse().unwrap(), state, self.revision)
            })
            .collect();
        self.apply(&changes)
    }

    fn apply(&mut self, changes: &[Change]) -> String {
        self.now = Timestamp(self.now.0 + 1_000);
        let open: Vec<Incident> = self.incidents.iter().filter(|incident| incident.is_open()).cloned().collect();
        let advance = advance(&subject(), open, changes, self.now, &self.policy);
        for incident in advance.incidents {
            match self.incidents.iter_mut().find(|known| known.id == incident.id) {
                Some(known) => *known = incident,
                None => self.incidents.push(incident),
            }
        }
        let show = |event: &Event| {
            let (from, to) = (event.incident.start() / MINUTE, event.incident.end() / MINUTE - 1);
            let kind = format!("{:?}", event.kind).to_lowercase();
            let overdue = if event.incident.kind == Kind::Overdue { " overdue" } else { "" };
            format!("{kind}{overdue} {from}-{to}")
        };
        advance.events.iter().map(show).collect::<Vec<_>>().join(", ")
    }
}

/// Each row is one life: what became known, and what is told.
#[test]
fn lives() {
    for (steps, told) in [
        // One window, healed.
        (&["1L", "1X"][..], &["opened 1-1", "resolved 1-1"][..]),
        // It grows on both sides, and ends only when all have healed.
        (
            &["5L", "6C", "4D", "5X 6X", "4X"],
            &["opened 5-5", "updated 5-6", "updated 4-6", "updated 4-6", "resolved 4-6"],
        ),
        // Windows that do not adjoin are two incidents.
        (&["1L 3L", "1X"], &["opened 1-1, opened 3-3", "resolved 1-1"]),
        // The window between makes one of them; the other says where it goes on.
        (&["1L", "3L", "2L", "1X 2X 3X"], &["opened 1-1", "opened 3-3", "resolved 3-3, updated 1-3", "resolved 1-3"]),
        // Both in one step: nobody heard of a second one.
        (&["1L 3L 2L"], &["opened 1-3"]),
        // What cannot be judged heals nothing.
        (
            &["1L", "1U", "1P", "1O", "1X"],
            &[
                "opened 1-1",
                "updated 1-1",
                "updated 1-1",
                "updated 1-1, opened overdue 1-1",
                "resolved 1-1, resolved overdue 1-1",
            ],
        ),
        // A window that was healed and is bad again keeps the incident open.
        (
            &["1L 2L", "1X", "1D", "2X", "1X"],
            &["opened 1-2", "updated 1-2", "updated 1-2", "updated 1-2", "resolved 1-2"],
        ),
        // After the end, a new incident.
        (&["1L", "1X", "1L"], &["opened 1-1", "resolved 1-1", "opened 1-1"]),
        // Good, late and unknown windows open nothing.
        (&["1X 2P 3U"], &[""]),
        // Overdue is a kind of its own: a judgement ends it, unknown does not.
        (&["1O", "1U", "1X"], &["opened overdue 1-1", "updated overdue 1-1", "resolved overdue 1-1"]),
        (&["1O 2O", "1L 2X"], &["opened overdue 1-2", "opened 1-1, resolved overdue 1-2"]),
    ] {
        let mut edge = Edge::new();
        let heard: Vec<String> = steps.iter().map(|step| edge.step(step)).collect();
        assert_eq!(heard, told, "{steps:?}");
    }
}

#[test]
fn the_same_changes_twice_tell_nothing_new() {
    let mut edge = Edge::new();
    let changes = [change(1, WindowState::Loss, 5), change(2, WindowState::Corruption, 5)];
    assert_eq!(edge.apply(&changes), "opened 1-2");
    assert_eq!(edge.apply(&changes), "");
    assert_eq!(edge.incidents.len(), 1);
}

#[test]
fn an_older_revision_changes_nothing() {
    let mut edge = Edge::new();
    edge.apply(&[change(1, WindowState::Loss, 5)]);
    assert_eq!(edge.apply(&[change(1, WindowState::Exact, 4)]), "");
    assert_eq!(edge.apply(&[change(1, WindowState::Exact, 6), change(1, WindowState::Loss, 5)]), "resolved 1-1");
}

#[test]
fn updates_wait_and_are_told_later() {
    let mut edge = Edge::new();
    edge.policy.update_every_ms = 10_000;
    assert_eq!(edge.step("1L"), "opened 1-1");
    assert_eq!(edge.step("2L"), "");
    assert_eq!(edge.incidents[0].windows.len(), 2, "stored though not told");
    edge.now = Timestamp(edge.now.0 + 9_000);
    assert_eq!(edge.step(""), "updated 1-2");
    assert_eq!(edge.step("1X 2X"), "resolved 1-2", "an end never waits");
}

#[test]
fn events_are_numbered_and_their_ids_differ() {
    let mut edge = Edge::new();
    edge.step("1L");
    let first = edge.incidents[0].clone();
    edge.step("2L");
    let second = edge.incidents[0].clone();
    assert_eq!((first.sequence, second.sequence, first.id), (1, 2, second.id));
    let closed = second.clone().close("the pipeline was deleted", edge.now).unwrap();
    assert_eq!(closed.message_id(), format!("msg_{}_3", second.id.0.simple()));
    assert!(!closed.message_id().contains('.'));
    assert!(closed.incident.close("again", edge.now).is_none());
}

#[test]
fn a_full_incident_is_followed_by_another() {
    let mut edge = Edge::new();
    let most = i64::try_from(MAX_WINDOWS).unwrap();
    let run: Vec<Change> = (0..most).map(|minute| change(minute, WindowState::Loss, 1)).collect();
    assert_eq!(edge.apply(&run), format!("opened 0-{}", most - 1));
    assert_eq!(edge.apply(&[change(most, WindowState::Loss, 1)]), format!("opened {most}-{most}"));
}

#[test]
fn records_are_kept_up_to_the_limit_and_replaced_with_their_window() {
    let mut edge = Edge::new();
    let most = i64::try_from(MAX_RECORDS).unwrap();
    let run: Vec<Change> = (0..=most).map(|minute| change(minute, WindowState::Loss, 1)).collect();
    edge.apply(&run);
    let incident = &edge.incidents[0];
    assert_eq!((incident.records.len(), incident.named()), (MAX_RECORDS, 21));
    edge.revision = 1;
    edge.step("0X");
    let incident = &edge.incidents[0];
    assert!(incident.records.iter().all(|record| record.window_start != 0), "a healed window names nothing");
    assert_eq!(incident.counts().missing, 20);
}

#[test]
fn an_incident_survives_its_storage() {
    let mut edge = Edge::new();
    edge.step("1L 2C");
    edge.step("3L");
    let stored = serde_json::to_string(&edge.incidents[0]).unwrap();
    assert_eq!(serde_json::from_str::<Incident>(&stored).unwrap(), edge.incidents[0]);
    let closed = edge.incidents[0].clone().close("by hand", edge.now).unwrap();
    let stored = serde_json::to_string(&closed).unwrap();
    assert_eq!(serde_json::from_str::<Event>(&stored).unwrap(), closed);
}

#[test]
fn edges_and_tenants_have_fingerprints_of_their_own() {
    let open = |subject: Subject| {
        let advance = advance(&subject, vec![], &[change(1, WindowState::Loss, 1)], Timestamp(1), &Policy::default());
        advance.incidents[0].fingerprint.clone()
    };
    let one = open(subject());
    assert_eq!(one, open(subject()));
    assert_eq!(one.len(), 32);
    assert_ne!(one, open(Subject { edge: Uuid::from_u128(8), ..subject() }));
    assert_ne!(one, open(Subject { tenant: Tenant::new("other").unwrap(), ..subject() }));
}
