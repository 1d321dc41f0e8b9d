//! The account book of one partition: records go in, changed tallies and the covered offset come out.
//!
//! What comes out is a pure function of the log's prefix up to the covered offset. A book may be dropped at any time
//! and resumed from what was saved last; reading some records again changes nothing. The number of windows that are
//! open at once is bounded: the coldest leaves, is saved whole, and is asked for again before it may grow.

mod batch;
mod slots;
mod step;

pub use batch::{Carried, Malformed};
pub use step::{BookError, Changes, Step, WindowRef};

use crate::coverage::{LogCoverage, OriginCoverage};
use crate::invariants;
use crate::place::{LogPartition, TallyKey};
use crate::record::{Keys, NO_TIME, Record};
use crate::sketch::Shape;
use crate::tally::Tally;
use crate::window::{Axis, FUTURE_LIMIT, Plan, Watermark, Window};
use batch::Batch;
use model::{Tenant, Timestamp};
use slots::{OWN, Place, Slots};

/// Windows of one partition that are open at once, unless the limits say otherwise.
pub const DEFAULT_OPEN_WINDOWS: usize = 128;

/// Windows that have left but are not yet saved, unless the limits say otherwise.
pub const DEFAULT_LEAVING_WINDOWS: usize = 128;

/// Producers' sessions with a tally of their own in each window, unless the limits say otherwise.
pub const DEFAULT_SESSIONS: usize = 16;

/// How large a book may grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookLimits {
    /// Windows open at once, at least 2.
    pub open_windows: usize,
    /// Changed windows that have left and wait to be saved.
    pub leaving_windows: usize,
    /// Sessions told apart in a window, in the order in which the log shows them first.
    pub sessions: usize,
    /// How large the sketch of a window may grow.
    pub shape: Shape,
}

impl Default for BookLimits {
    fn default() -> Self {
        Self {
            open_windows: DEFAULT_OPEN_WINDOWS,
            leaving_windows: DEFAULT_LEAVING_WINDOWS,
            sessions: DEFAULT_SESSIONS,
            shape: Shape::default(),
        }
    }
}

/// The book of one partition.
#[derive(Debug)]
pub struct Book {
    tenant: Tenant,
    log: LogPartition,
    plan: Plan,
    keys: Keys,
    coverage: LogCoverage,
    slots: Slots,
    batch: Batch,
    watermark: Watermark,
    /// The next offset that is not counted yet; runs ahead of `coverage` inside a batch.
    next: i64,
    moved: bool,
}

impl Book {
    /// The book of a log that nothing is stored of; reading begins at `began`.
    #[must_use]
    pub fn new(tenant: Tenant, log: LogPartition, plan: Plan, keys: Keys, limits: BookLimits, began: i64) -> Self {
        Self::resume(tenant, log, plan, keys, limits, LogCoverage::at(began))
    }

    /// The book of a log as it was saved last: go on reading at `coverage.own.covered`.
    #[must_use]
    pub fn resume(
        tenant: Tenant,
        log: LogPartition,
        plan: Plan,
        keys: Keys,
        limits: BookLimits,
        coverage: LogCoverage,
    ) -> Self {
        Self {
            tenant,
            log,
            plan,
            keys,
            next: coverage.own.covered,
            coverage,
            slots: Slots::new(limits),
            batch: Batch::produced_here(Timestamp(i64::MIN)),
            watermark: Watermark::default(),
            moved: false,
        }
    }

    /// Another plan from here on. Windows that it changes and that were touched before get rows of two kinds, and so
    /// are judged unknown.
    pub fn set_plan(&mut self, plan: Plan, keys: Keys) {
        self.plan = plan;
        self.keys = keys;
        self.slots.forget_recent();
    }

    /// The records that follow are of one batch: carried, or produced here. `now` is the time of reading.
    ///
    /// A batch without records tells how far a carrier came without appending.
    pub fn begin_batch(&mut self, carried: Option<Carried<'_>>, now: Timestamp) {
        self.batch = match carried {
            None => Batch::produced_here(now),
            Some(Carried { origin, from, next }) => {
                Batch { origin: self.origin(origin, from), from, there: from, next, latest: now.after(FUTURE_LIMIT) }
            }
        };
    }

    /// Counts one record of the batch. Records come in the order of their offsets.
    ///
    /// # Errors
    /// When the secret of its window is not held, or a carried record does not say where it comes from.
    #[inline]
    pub fn add(&mut self, record: &Record<'_>) -> Result<Step, BookError> {
        if record.offset < self.next {
            return Ok(Step::Seen);
        }
        if self.batch.origin != OWN && record.origin_offset.is_none() {
            return Err(BookError::NoOriginOffset { offset: record.offset });
        }
        if record.timestamp == NO_TIME {
            return self.add_timeless(record);
        }
        let slot = match self.slots.recent(self.batch.origin, record.timestamp) {
            Some(slot) => slot,
            None => match self.open(self.batch.origin, self.plan.window_at(record.timestamp))? {
                Ok(slot) => slot,
                Err(step) => return Ok(step),
            },
        };
        self.slots.at(slot).add(record, self.batch.origin == OWN);
        self.watermark.observe_up_to(record.timestamp, self.batch.latest);
        self.counted(record.offset, record.origin_offset);
        Ok(Step::Added)
    }

    /// Counts records of the batch that could not be read.
    ///
    /// # Errors
    /// As [`Book::add`].
    pub fn add_malformed(&mut self, malformed: &Malformed) -> Result<Step, BookError> {
        if malformed.offsets.first < self.next {
            return Ok(Step::Seen);
        }
        let origin = malformed.origin_offsets.map(|span| span.first);
        let slots = match self.open_all(malformed.offsets.first, origin, malformed.timestamp)? {
            Ok(slots) => slots,
            Err(step) => return Ok(step),
        };
        for slot in slots.into_iter().flatten() {
            self.slots.at(slot).add_malformed(malformed);
        }
        self.counted(malformed.offsets.last, malformed.origin_offsets.map(|span| span.last));
        Ok(Step::Added)
    }

    /// Counts a record of an aborted transaction.
    ///
    /// # Errors
    /// As [`Book::add`].
    pub fn add_aborted(&mut self, record: &Record<'_>) -> Result<Step, BookError> {
        if record.offset < self.next {
            return Ok(Step::Seen);
        }
        let slots = match self.open_all(record.offset, record.origin_offset, record.timestamp)? {
            Ok(slots) => slots,
            Err(step) => return Ok(step),
        };
        for slot in slots.into_iter().flatten() {
            self.slots.at(slot).add_aborted();
        }
        self.counted(record.offset, record.origin_offset);
        Ok(Step::Added)
    }

    /// The batch is counted, and everything before `next_offset` is covered, records or none.
    pub fn cover(&mut self, next_offset: i64) {
        self.settle(next_offset, self.batch.next);
    }

    /// The log begins at `offset` now, and what lay before it was never read: it becomes a gap.
    pub fn skip_to(&mut self, offset: i64) {
        if offset > self.next {
            self.coverage.own.extend(offset, offset);
            self.next = offset;
            self.moved = true;
        }
    }

    /// Takes in what is stored of a window that was asked for.
    ///
    /// # Errors
    /// When a row is not of that window, or the window's secret is not held.
    pub fn restore(&mut self, wanted: &WindowRef, rows: Vec<(TallyKey, Tally)>) -> Result<(), BookError> {
        let of_it = |key: &TallyKey| {
            key.tenant == self.tenant
                && key.log == self.log
                && key.origin == wanted.origin
                && key.window == wanted.window
        };
        if !rows.iter().all(|(key, _)| of_it(key)) {
            return Err(BookError::ForeignRow);
        }
        let origin = match &wanted.origin {
            None => OWN,
            Some(log) => 1 + self.known(log).ok_or(BookError::ForeignRow)?,
        };
        let place = Place { origin, window: wanted.window };
        let digester = self.digester(wanted.window)?;
        self.slots.insert(place, digester, rows.into_iter().map(|(key, tally)| (key.account, tally)));
        Ok(())
    }

    /// What changed since the last time, to be saved in one transaction before anything more is added; `None` when
    /// nothing did. Saving the same changes twice does no harm. If they cannot be saved, drop the book and resume.
    pub fn take_changes(&mut self) -> Option<Changes> {
        if self.next > self.coverage.own.covered {
            self.settle(self.next, self.batch.there);
        }
        if !std::mem::take(&mut self.moved) {
            return None;
        }
        let mut rows = Vec::new();
        for (place, account, tally) in self.slots.take_changed() {
            let origin = self.log_of(place.origin);
            let (tenant, log) = (self.tenant.clone(), self.log.clone());
            rows.push((TallyKey { tenant, log, origin, window: place.window, account }, tally));
        }
        rows.sort_by(|(left, _), (right, _)| left.cmp(right));
        debug_assert_eq!(invariants::coverage_is_sound(&self.coverage.own), Ok(()));
        debug_assert!(rows.iter().all(|(_, tally)| invariants::tally_is_sound(tally).is_ok()));
        Some(Changes { coverage: self.coverage.clone(), rows })
    }

    /// How far the log is read.
    #[must_use]
    pub fn coverage(&self) -> &LogCoverage {
        &self.coverage
    }

    /// The latest event time read, records from too far ahead left out.
    #[must_use]
    pub fn watermark(&self) -> Watermark {
        self.watermark
    }

    /// Windows in memory: open, or left and not saved yet.
    #[must_use]
    pub fn windows_held(&self) -> usize {
        self.slots.held()
    }

    fn add_timeless(&mut self, record: &Record<'_>) -> Result<Step, BookError> {
        let slots = match self.open_all(record.offset, record.origin_offset, NO_TIME)? {
            Ok(slots) => slots,
            Err(step) => return Ok(step),
        };
        let produced_here = self.batch.origin == OWN;
        for slot in slots.into_iter().flatten() {
            self.slots.at(slot).add(record, produced_here);
        }
        self.counted(record.offset, record.origin_offset);
        Ok(Step::Added)
    }

    /// Every window that something with this time and these offsets counts in. All are open before any is touched.
    fn open_all(
        &mut self,
        offset: i64,
        origin_offset: Option<i64>,
        timestamp: Timestamp,
    ) -> Result<Result<[Option<usize>; 2], Step>, BookError> {
        let origin = self.batch.origin;
        let mut places = [Some((origin, self.plan.window_at(timestamp))), None];
        if timestamp == NO_TIME {
            places[0] = Some((OWN, self.plan.timeless_at(offset)));
            if origin != OWN {
                let there = origin_offset.ok_or(BookError::NoOriginOffset { offset })?;
                places[1] = Some((origin, self.plan.timeless_at(there)));
            }
        }
        let mut slots = [None; 2];
        // The second never makes the first leave: the first is not the coldest, and two are always held.
        for (slot, place) in slots.iter_mut().zip(places) {
            let Some((origin, window)) = place else { continue };
            match self.open(origin, window)? {
                Ok(found) => *slot = Some(found),
                Err(step) => return Ok(Err(step)),
            }
        }
        Ok(Ok(slots))
    }

    /// The slot of a window, or what must be done before there can be one.
    fn open(&mut self, origin: usize, window: Window) -> Result<Result<usize, Step>, BookError> {
        let place = Place { origin, window };
        if let Some(slot) = self.slots.find(&place) {
            return Ok(Ok(slot));
        }
        if let Some(slot) = self.slots.call_back(&place) {
            return Ok(Ok(slot));
        }
        if !self.slots.has_room() {
            return Ok(Err(Step::Full));
        }
        let digester = self.digester(window)?;
        let newest = match origin.checked_sub(1) {
            None => &mut self.coverage.newest,
            Some(index) => &mut self.coverage.origins[index].newest,
        };
        if window.axis == Axis::Offsets || newest.is_some_and(|newest| window.start <= newest) {
            return Ok(Err(Step::Needs(WindowRef { origin: self.log_of(origin), window })));
        }
        *newest = Some(window.start);
        Ok(Ok(self.slots.insert(place, digester, std::iter::empty())))
    }

    fn digester(&self, window: Window) -> Result<std::sync::Arc<crate::record::Digester>, BookError> {
        let Window { start, generation, .. } = window;
        self.keys.digester(generation).ok_or(BookError::NoKey { start, generation })
    }

    #[inline]
    fn counted(&mut self, last: i64, last_there: Option<i64>) {
        self.next = last.saturating_add(1);
        self.batch.there = last_there.map_or(self.batch.there, |last| last.saturating_add(1));
    }

    /// Moves the coverage up to what is counted; inside a batch, `there` is behind the batch's own end.
    fn settle(&mut self, next_offset: i64, there: i64) {
        if let Some(index) = self.batch.origin.checked_sub(1) {
            let coverage = &mut self.coverage.origins[index].coverage;
            let before = coverage.covered;
            coverage.extend(self.batch.from, there.max(self.batch.from));
            self.moved |= coverage.covered != before;
        }
        if next_offset > self.coverage.own.covered {
            let covered = self.coverage.own.covered;
            self.coverage.own.extend(covered, next_offset);
            self.moved = true;
        }
        self.next = self.next.max(next_offset);
    }

    fn origin(&mut self, log: &LogPartition, from: i64) -> usize {
        if let Some(index) = self.known(log) {
            return 1 + index;
        }
        let coverage = crate::coverage::Coverage::at(from);
        self.coverage.origins.push(OriginCoverage { log: log.clone(), coverage, newest: None });
        self.coverage.origins.len()
    }

    fn known(&self, log: &LogPartition) -> Option<usize> {
        self.coverage.origins.iter().position(|origin| origin.log == *log)
    }

    fn log_of(&self, origin: usize) -> Option<LogPartition> {
        origin.checked_sub(1).map(|index| self.coverage.origins[index].log.clone())
    }
}
