//! One step of the life of an edge's incidents.

use super::{
    Cause, Change, Effect, Event, EventKind, Incident, IncidentId, IncidentWindow, Kind, MAX_RECORDS, MAX_WINDOWS,
    Policy, Subject, Window, WindowRecord, digest,
};
use model::Timestamp;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What one step changed. Store both in one transaction, with the verdicts that caused it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advance {
    /// The incidents that are new or changed, each once and whole.
    pub incidents: Vec<Incident>,
    /// What to tell, in order.
    pub events: Vec<Event>,
}

/// Takes the open incidents of one edge and what became known since, and says what follows. Without changes it only
/// tells of updates that waited. The same changes a second time change nothing.
#[must_use]
pub fn advance(subject: &Subject, open: Vec<Incident>, changes: &[Change], now: Timestamp, policy: &Policy) -> Advance {
    let mut latest: BTreeMap<Window, &Change> = BTreeMap::new();
    for change in changes {
        let known = latest.entry(change.window).or_insert(change);
        if known.revision <= change.revision {
            *known = change;
        }
    }
    let mut out = Advance::default();
    for kind in [Kind::Mismatch, Kind::Overdue] {
        let mine = open.iter().filter(|incident| incident.kind == kind && incident.is_open()).cloned();
        let mut step = Step { subject, kind, now, live: mine.map(Live::known).collect(), ended: Vec::new() };
        for change in latest.values() {
            step.take(change);
        }
        step.finish(policy, &mut out);
    }
    out
}

struct Live {
    incident: Incident,
    touched: bool,
}

impl Live {
    fn known(incident: Incident) -> Self {
        Self { incident, touched: false }
    }

    fn has_room(&self) -> bool {
        self.incident.windows.len() < MAX_WINDOWS
    }
}

struct Step<'a> {
    subject: &'a Subject,
    kind: Kind,
    now: Timestamp,
    live: Vec<Live>,
    /// Those that were merged into another, with their last event unless nobody ever heard of them.
    ended: Vec<(Incident, Option<Event>)>,
}

impl Step<'_> {
    fn take(&mut self, change: &Change) {
        let effect = self.kind.effect(change.state);
        let holds = |live: &&mut Live| live.incident.windows.iter().any(|window| window.window == change.window);
        if let Some(live) = self.live.iter_mut().find(holds) {
            refresh(live, change, effect);
        } else if effect == Effect::Bad {
            let home = self.home_of(change);
            let live = &mut self.live[home];
            let at = live.incident.windows.partition_point(|window| window.window < change.window);
            live.incident.windows.insert(at, window_of(change, effect));
            keep_records(&mut live.incident, change);
            live.touched = true;
        }
    }

    /// The incident that a new bad window belongs to: one that it adjoins, both as one, or a new one.
    fn home_of(&mut self, change: &Change) -> usize {
        let window = &change.window;
        let ends_before = |live: &Live| live.incident.windows.last().is_some_and(|last| last.window.adjoins(window));
        let begins_after =
            |live: &Live| live.incident.windows.first().is_some_and(|first| window.adjoins(&first.window));
        let before = self.live.iter().position(|live| ends_before(live) && live.has_room());
        let after = self.live.iter().position(|live| begins_after(live) && live.has_room());
        match (before, after) {
            (Some(before), Some(after)) => self.merge(before, after),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => {
                self.live.push(Live { incident: self.open(window), touched: true });
                self.live.len() - 1
            }
        }
    }

    /// Joins two incidents that a window between them connects; the one that people heard of first goes on.
    fn merge(&mut self, one: usize, other: usize) -> usize {
        let together = self.live[one].incident.windows.len() + self.live[other].incident.windows.len();
        if together >= MAX_WINDOWS {
            return one;
        }
        let age = |live: &Live| (live.incident.sequence == 0, live.incident.opened_at, live.incident.start());
        let (stays, goes) = if age(&self.live[one]) <= age(&self.live[other]) { (one, other) } else { (other, one) };
        let mut gone = self.live[goes].incident.clone();
        let heir = &mut self.live[stays];
        heir.incident.windows.append(&mut gone.windows.clone());
        heir.incident.windows.sort_by_key(|window| window.window);
        heir.incident.records.extend(gone.records.iter().cloned());
        heir.incident.records.truncate(MAX_RECORDS);
        heir.touched = true;
        let into = heir.incident.id;
        let known = gone.sequence > 0;
        if known {
            let event = gone.end_by(Cause::Merged { into }, self.now);
            self.ended.push((gone, Some(event)));
        }
        self.live.remove(goes);
        if goes < stays { stays - 1 } else { stays }
    }

    fn open(&self, window: &Window) -> Incident {
        let (tenant, edge) = (self.subject.tenant.as_str(), self.subject.edge.to_string());
        let place = format!("{:?} {} {}", window.axis, window.start, window.width);
        let fingerprint = digest(&["waybill incident 1", tenant, &edge, self.kind.as_str(), &place]);
        let fingerprint = Uuid::from_bytes(fingerprint).simple().to_string();
        let id = digest(&[&fingerprint, &self.now.0.to_string()]);
        Incident {
            id: IncidentId(uuid::Builder::from_custom_bytes(id).into_uuid()),
            subject: self.subject.clone(),
            kind: self.kind,
            fingerprint,
            opened_at: self.now,
            updated_at: self.now,
            resolution: None,
            sequence: 0,
            told_at: self.now,
            untold: false,
            windows: Vec::new(),
            records: Vec::new(),
        }
    }

    fn finish(self, policy: &Policy, out: &mut Advance) {
        for (incident, event) in self.ended {
            out.events.extend(event);
            out.incidents.push(incident);
        }
        for Live { mut incident, touched } in self.live {
            let now = self.now;
            if touched {
                incident.updated_at = now;
                incident.untold = true;
            }
            let event = if touched && incident.sequence == 0 {
                incident.tell(EventKind::Opened, now)
            } else if touched && incident.windows.iter().all(|window| window.healed) {
                incident.end_by(Cause::Healed, now)
            } else if incident.untold && now.millis_since(incident.told_at) >= policy.update_every_ms {
                incident.tell(EventKind::Updated, now)
            } else {
                if touched {
                    out.incidents.push(incident);
                }
                continue;
            };
            out.events.push(event);
            out.incidents.push(incident);
        }
    }
}

fn window_of(change: &Change, effect: Effect) -> IncidentWindow {
    IncidentWindow {
        window: change.window,
        state: change.state,
        revision: change.revision,
        counts: change.counts,
        named: change.named,
        healed: effect == Effect::Healed,
    }
}

/// A window that the incident holds already: what is noted neither heals it nor makes it bad again.
fn refresh(live: &mut Live, change: &Change, effect: Effect) {
    let Some(window) = live.incident.windows.iter_mut().find(|window| window.window == change.window) else { return };
    if change.revision < window.revision {
        return;
    }
    let healed = if effect == Effect::Noted { window.healed } else { effect == Effect::Healed };
    let mut fresh = IncidentWindow { healed, ..window_of(change, effect) };
    if effect == Effect::Noted {
        // What was found stays on record until something else is found.
        (fresh.counts, fresh.named) = (window.counts, window.named);
    }
    let told = |window: &IncidentWindow| (window.state, window.counts, window.named, window.healed);
    let differs = told(&fresh) != told(window);
    let renamed = effect != Effect::Noted && differs;
    *window = fresh;
    if renamed {
        live.incident.records.retain(|record| record.window_start != change.window.start);
        if effect == Effect::Bad {
            keep_records(&mut live.incident, change);
        }
    }
    live.touched |= differs;
}

fn keep_records(incident: &mut Incident, change: &Change) {
    let room = MAX_RECORDS.saturating_sub(incident.records.len());
    let window_start = change.window.start;
    incident
        .records
        .extend(change.records.iter().take(room).map(|record| WindowRecord { window_start, record: record.clone() }));
}
