//! Whatever becomes known, and in whatever order: every bad window is in exactly one open incident, windows of an
//! incident adjoin, an incident ends only when all has healed, and its events are numbered without a gap.

use alerts::incident::{
    Advance, Axis, Cause, Change, Counts, Event, EventKind, Incident, IncidentId, Kind, Policy, Subject, Window,
    WindowState, advance,
};
use model::{Tenant, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeMap;

const STATES: [WindowState; 8] = [
    WindowState::Pending,
    WindowState::Overdue,
    WindowState::Exact,
    WindowState::Loss,
    WindowState::Duplication,
    WindowState::Both,
    WindowState::Corruption,
    WindowState::Unknown,
];

fn window(n: i64) -> Window {
    Window { axis: Axis::Time, start: n * 10, width: 10 }
}

/// Steps of changes: window and state.
fn steps() -> impl Strategy<Value = Vec<Vec<(i64, usize)>>> {
    prop::collection::vec(prop::collection::vec((0i64..8, 0usize..STATES.len()), 0..4), 1..12)
}

fn is_fault(state: WindowState) -> bool {
    matches!(state, WindowState::Loss | WindowState::Duplication | WindowState::Both | WindowState::Corruption)
}

/// Whether a window is bad for a kind, told from its whole history.
fn stays_bad(kind: Kind, history: &[WindowState]) -> bool {
    let mut bad = false;
    for state in history {
        bad = match kind {
            Kind::Mismatch if is_fault(*state) => true,
            Kind::Mismatch => bad && *state != WindowState::Exact,
            Kind::Overdue if *state == WindowState::Overdue => true,
            Kind::Overdue => bad && *state == WindowState::Unknown,
        };
    }
    bad
}

fn check(
    incidents: &BTreeMap<IncidentId, Incident>,
    histories: &BTreeMap<i64, Vec<WindowState>>,
) -> Result<(), TestCaseError> {
    for incident in incidents.values() {
        prop_assert!(!incident.windows.is_empty());
        prop_assert!(incident.windows.windows(2).all(|pair| pair[0].window.end() == pair[1].window.start));
        match incident.resolution.as_ref().map(|resolution| &resolution.cause) {
            None => prop_assert!(incident.windows.iter().any(|window| !window.healed), "open with nothing wrong"),
            Some(Cause::Healed) => prop_assert!(incident.windows.iter().all(|window| window.healed)),
            Some(Cause::Merged { into }) => prop_assert!(incidents.contains_key(into)),
            Some(Cause::Closed { .. }) => prop_assert!(false, "nobody closed it"),
        }
    }
    for kind in [Kind::Mismatch, Kind::Overdue] {
        for (n, history) in histories {
            let holding = incidents.values().filter(|incident| {
                incident.kind == kind
                    && incident.is_open()
                    && incident.windows.iter().any(|w| w.window == window(*n) && !w.healed)
            });
            prop_assert_eq!(
                holding.count(),
                usize::from(stays_bad(kind, history)),
                "{:?} window {}: {:?}",
                kind,
                n,
                history
            );
        }
    }
    Ok(())
}

fn heard(events: &[Event], log: &mut BTreeMap<IncidentId, Vec<EventKind>>) -> Result<(), TestCaseError> {
    for event in events {
        let heard = log.entry(event.incident.id).or_default();
        heard.push(event.kind);
        prop_assert_eq!(usize::try_from(event.sequence).ok(), Some(heard.len()));
        prop_assert_eq!(event.kind == EventKind::Opened, heard.len() == 1);
        prop_assert!(!heard[..heard.len() - 1].contains(&EventKind::Resolved), "told after its end");
    }
    Ok(())
}

proptest! {
    #[test]
    fn incidents_follow_from_what_is_known(steps in steps(), update_every_ms in 0i64..3) {
        let subject = Subject { tenant: Tenant::default(), edge: uuid::Uuid::nil() };
        let policy = Policy { update_every_ms };
        let mut incidents: BTreeMap<IncidentId, Incident> = BTreeMap::new();
        let mut histories: BTreeMap<i64, Vec<WindowState>> = BTreeMap::new();
        let mut log = BTreeMap::new();
        let mut revision = 0;
        for (at, step) in (0i64..).zip(&steps) {
            let mut known: BTreeMap<i64, WindowState> = BTreeMap::new();
            let changes: Vec<Change> = step.iter().map(|&(n, state)| {
                revision += 1;
                known.insert(n, STATES[state]);
                let counts = Counts { missing: u64::from(is_fault(STATES[state])), ..Counts::default() };
                Change { window: window(n), state: STATES[state], revision, counts, records: vec![], named: 0 }
            }).collect();
            for (n, state) in known {
                histories.entry(n).or_default().push(state);
            }
            let open = |incidents: &BTreeMap<IncidentId, Incident>| -> Vec<Incident> {
                incidents.values().filter(|incident| incident.is_open()).cloned().collect()
            };
            let Advance { incidents: changed, events } = advance(&subject, open(&incidents), &changes, Timestamp(at), &policy);
            incidents.extend(changed.into_iter().map(|incident| (incident.id, incident)));
            heard(&events, &mut log)?;
            check(&incidents, &histories)?;

            // A step that is carried out twice, as after a crash, says nothing new of what it changed.
            let again = advance(&subject, open(&incidents), &changes, Timestamp(at), &Policy { update_every_ms: i64::MAX });
            prop_assert!(again.events.is_empty(), "{:?}", again.events);
        }
    }
}
