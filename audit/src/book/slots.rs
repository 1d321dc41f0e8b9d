//! The windows that a book holds in memory.

use super::{BookLimits, Malformed};
use crate::place::Account;
use crate::record::{Digester, Record};
use crate::sketch::Shape;
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

/// All accounts of one window of one origin. A record is summed up once, where it belongs; the account of all
/// records is put together when it is saved.
#[derive(Debug)]
pub(super) struct Slot {
    place: Place,
    digester: Arc<Digester>,
    limits: BookLimits,
    /// Records that are in no session below, and all that was stored of the window before it was opened.
    rest: Tally,
    sessions: Vec<Session>,
    others: Session,
    /// Which of the sessions the last record was of.
    last_session: usize,
    changed: bool,
    touched: u64,
}

/// One session in one window.
#[derive(Debug)]
struct Session {
    account: Account,
    /// What was stored of it before the window was opened; the account of all records holds that already.
    stored: Option<Tally>,
    /// What came since.
    new: Tally,
}

impl Session {
    fn new(account: Account, shape: Shape) -> Self {
        Self { account, stored: None, new: Tally::new(shape) }
    }

    fn whole(&self, digester: &Digester) -> Tally {
        let Some(stored) = &self.stored else { return self.new.clone() };
        let mut whole = stored.clone();
        whole.merge(&self.new, digester);
        whole
    }

    fn is_empty(&self) -> bool {
        self.stored.is_none() && self.new.count == 0
    }
}

impl Slot {
    #[inline]
    pub(super) fn add(&mut self, record: &Record<'_>, produced_here: bool) {
        self.changed = true;
        let digest = self.digester.digest(record);
        let tally = match record.event_id {
            Some(id) if produced_here => {
                let known = self.sessions.get(self.last_session);
                if known.is_none_or(|known| known.account != Account::Session(id.session)) {
                    self.last_session = self.session(id.session);
                }
                let others = &mut self.others;
                &mut self.sessions.get_mut(self.last_session).unwrap_or(others).new
            }
            _ => &mut self.rest,
        };
        tally.add(record, &digest, &self.digester);
    }

    pub(super) fn add_malformed(&mut self, malformed: &Malformed) {
        self.rest.add_malformed(malformed.records, malformed.offsets, malformed.origin_offsets);
        self.changed = true;
    }

    pub(super) fn add_aborted(&mut self) {
        self.rest.add_aborted();
        self.changed = true;
    }

    /// The index of a session. As many as the cap allows have a tally of their own, in the order of their first
    /// records; an index behind the last stands for all others.
    fn session(&mut self, session: SessionId) -> usize {
        let account = Account::Session(session);
        match self.sessions.iter().position(|known| known.account == account) {
            Some(index) => index,
            None if self.sessions.len() < self.limits.sessions => {
                self.sessions.push(Session::new(account, self.limits.shape));
                self.sessions.len() - 1
            }
            None => usize::MAX,
        }
    }

    fn put(&mut self, account: Account, tally: Tally) {
        match account {
            Account::All => self.rest = tally,
            Account::OtherSessions => self.others.stored = Some(tally),
            Account::Session(_) => {
                let new = Tally::new(self.limits.shape);
                self.sessions.push(Session { account, stored: Some(tally), new });
            }
        }
    }

    /// Whole sums of every account.
    fn rows(&self) -> impl Iterator<Item = (Place, Account, Tally)> + '_ {
        let accounts = || self.sessions.iter().chain([&self.others]);
        let mut all = self.rest.clone();
        accounts().for_each(|session| all.merge(&session.new, &self.digester));
        let sessions = accounts().filter(|session| !session.is_empty());
        let sessions = sessions.map(|session| (self.place, session.account, session.whole(&self.digester)));
        std::iter::once((self.place, Account::All, all)).chain(sessions)
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
    /// Which of the recent ones goes next.
    oldest: usize,
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
            oldest: 0,
            clock: 0,
        }
    }

    pub(super) fn held(&self) -> usize {
        self.open.len() + self.leaving.len()
    }

    /// The slot of a window of time that was found lately.
    #[inline]
    pub(super) fn recent(&self, origin: usize, timestamp: Timestamp) -> Option<usize> {
        let time = timestamp.0;
        let hit = |recent: &&Recent| recent.origin == origin && recent.start <= time && time < recent.end;
        self.recent.iter().flatten().find(hit).map(|recent| recent.slot)
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
            rest: Tally::new(self.limits.shape),
            sessions: Vec::new(),
            others: Session::new(Account::OtherSessions, self.limits.shape),
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
            self.oldest = (self.oldest + 1) % RECENT;
            self.recent[self.oldest] = Some(Recent { origin, start: window.start, end: window.end(), slot: index });
        }
    }
}
