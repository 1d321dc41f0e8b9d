//! The windows that a book holds in memory.

use super::{BookLimits, Malformed};
use crate::place::Account;
use crate::record::{Digester, Record};
use crate::tally::Tally;
use crate::window::{Axis, Window};
use model::{SessionId, Timestamp};
use std::collections::HashMap;
use std::sync::Arc;

/// The origin of records that were produced here.
pub(super) const OWN: usize = 0;

/// Windows that are found without a look at the map.
const RECENT: usize = 4;

/// Origin, as the book numbers them, and window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) origin: usize,
    pub(super) window: Window,
}

/// All accounts of one window of one origin.
#[derive(Debug)]
pub(super) struct Slot {
    place: Place,
    digester: Arc<Digester>,
    limits: BookLimits,
    all: Tally,
    sessions: Vec<(SessionId, Tally)>,
    others: Option<Tally>,
    /// Which of the sessions the last record was of.
    last_session: usize,
    changed: bool,
    touched: u64,
}

impl Slot {
    #[inline]
    pub(super) fn add(&mut self, record: &Record<'_>, produced_here: bool) {
        let digest = self.digester.digest(record);
        self.all.add(record, &digest, &self.digester);
        if let (true, Some(id)) = (produced_here, record.event_id) {
            let digester = Arc::clone(&self.digester);
            self.session(id.session).add(record, &digest, &digester);
        }
        self.changed = true;
    }

    pub(super) fn add_malformed(&mut self, malformed: &Malformed) {
        self.all.add_malformed(malformed.records, malformed.offsets, malformed.origin_offsets);
        self.changed = true;
    }

    pub(super) fn add_aborted(&mut self) {
        self.all.add_aborted();
        self.changed = true;
    }

    /// The tally of a session: its own for as many as the cap allows, in the order of their first records.
    #[inline]
    fn session(&mut self, session: SessionId) -> &mut Tally {
        if self.sessions.get(self.last_session).is_none_or(|(last, _)| *last != session) {
            self.last_session = match self.sessions.iter().position(|(known, _)| *known == session) {
                Some(index) => index,
                None if self.sessions.len() < self.limits.sessions => {
                    self.sessions.push((session, Tally::new(self.limits.shape)));
                    self.sessions.len() - 1
                }
                None => return self.others.get_or_insert_with(|| Tally::new(self.limits.shape)),
            };
        }
        &mut self.sessions[self.last_session].1
    }

    fn put(&mut self, account: Account, tally: Tally) {
        match account {
            Account::All => self.all = tally,
            Account::Session(session) => self.sessions.push((session, tally)),
            Account::OtherSessions => self.others = Some(tally),
        }
    }

    /// Whole sums of every account, in order.
    fn rows(&self) -> impl Iterator<Item = (Place, Account, Tally)> + '_ {
        let sessions = self.sessions.iter().map(|(session, tally)| (Account::Session(*session), tally));
        let others = self.others.iter().map(|tally| (Account::OtherSessions, tally));
        let rows = std::iter::once((Account::All, &self.all)).chain(sessions).chain(others);
        rows.map(|(account, tally)| (self.place, account, tally.clone()))
    }
}

/// A window that was asked for lately.
#[derive(Clone, Copy, Debug)]
struct Recent {
    origin: usize,
    start: i64,
    end: i64,
    slot: usize,
}

#[derive(Debug)]
pub(super) struct Slots {
    limits: BookLimits,
    /// Indices are stable while a slot is open.
    slots: Vec<Option<Slot>>,
    free: Vec<usize>,
    open: HashMap<Place, usize>,
    /// Changed, no longer open, not yet saved.
    leaving: HashMap<Place, Slot>,
    recent: [Option<Recent>; RECENT],
    /// Counts openings and findings: what was touched longest ago is coldest.
    clock: u64,
}

impl Slots {
    pub(super) fn new(limits: BookLimits) -> Self {
        let limits = BookLimits { open_windows: limits.open_windows.max(2), ..limits };
        Self {
            limits,
            slots: Vec::new(),
            free: Vec::new(),
            open: HashMap::new(),
            leaving: HashMap::new(),
            recent: [None; RECENT],
            clock: 0,
        }
    }

    pub(super) fn held(&self) -> usize {
        self.open.len() + self.leaving.len()
    }

    /// The slot of a window of time that was found lately.
    #[inline]
    pub(super) fn recent(&mut self, origin: usize, timestamp: Timestamp) -> Option<usize> {
        let time = timestamp.0;
        let hit = |recent: &Option<Recent>| {
            recent.is_some_and(|recent| recent.origin == origin && recent.start <= time && time < recent.end)
        };
        let place = self.recent.iter().position(hit)?;
        self.recent[..=place].rotate_right(1);
        self.recent[0].map(|recent| recent.slot)
    }

    pub(super) fn forget_recent(&mut self) {
        self.recent = [None; RECENT];
    }

    #[inline]
    pub(super) fn at(&mut self, slot: usize) -> &mut Slot {
        self.slots[slot].as_mut().expect("the index of a slot is only given out while it is open")
    }

    pub(super) fn find(&mut self, place: &Place) -> Option<usize> {
        let slot = *self.open.get(place)?;
        self.touch(slot);
        Some(slot)
    }

    /// Whether another window can be opened before anything is saved.
    pub(super) fn has_room(&self) -> bool {
        self.open.len() < self.limits.open_windows
            || self.leaving.len() < self.limits.leaving_windows
            || self.coldest().is_some_and(|(_, changed)| !changed)
    }

    /// Opens a window again that has left and is not saved yet.
    pub(super) fn call_back(&mut self, place: &Place) -> Option<usize> {
        let slot = self.leaving.remove(place)?;
        Some(self.place(slot))
    }

    /// Opens a window with what is stored of it.
    pub(super) fn insert(
        &mut self,
        place: Place,
        digester: Arc<Digester>,
        stored: impl Iterator<Item = (Account, Tally)>,
    ) -> usize {
        let mut slot = Slot {
            place,
            digester,
            limits: self.limits,
            all: Tally::new(self.limits.shape),
            sessions: Vec::new(),
            others: None,
            last_session: 0,
            changed: false,
            touched: 0,
        };
        stored.for_each(|(account, tally)| slot.put(account, tally));
        self.place(slot)
    }

    /// Whole sums of all that changed since the last time. What has left is gone after this.
    pub(super) fn take_changed(&mut self) -> Vec<(Place, Account, Tally)> {
        let mut rows = Vec::new();
        for (_, slot) in self.leaving.drain() {
            rows.extend(slot.rows());
        }
        for slot in self.slots.iter_mut().flatten() {
            if std::mem::take(&mut slot.changed) {
                rows.extend(slot.rows());
            }
        }
        rows
    }

    fn place(&mut self, slot: Slot) -> usize {
        if self.open.len() >= self.limits.open_windows {
            self.let_coldest_leave();
        }
        let place = slot.place;
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        self.slots[index] = Some(slot);
        self.open.insert(place, index);
        self.touch(index);
        index
    }

    fn let_coldest_leave(&mut self) {
        let Some((index, _)) = self.coldest() else { return };
        if let Some(slot) = self.slots[index].take() {
            self.open.remove(&slot.place);
            self.free.push(index);
            self.forget_recent();
            if slot.changed {
                self.leaving.insert(slot.place, slot);
            }
        }
    }

    /// The slot that was touched longest ago, and whether it changed since it was saved.
    fn coldest(&self) -> Option<(usize, bool)> {
        let open = self.slots.iter().enumerate().filter_map(|(index, slot)| Some((index, slot.as_ref()?)));
        open.min_by_key(|(_, slot)| slot.touched).map(|(index, slot)| (index, slot.changed))
    }

    /// Marks a slot as the warmest, and the first to look at.
    fn touch(&mut self, index: usize) {
        self.clock += 1;
        let clock = self.clock;
        let slot = self.at(index);
        slot.touched = clock;
        let Place { origin, window } = slot.place;
        if window.axis == Axis::Time {
            self.recent.rotate_right(1);
            self.recent[0] = Some(Recent { origin, start: window.start, end: window.end(), slot: index });
        }
    }
}
