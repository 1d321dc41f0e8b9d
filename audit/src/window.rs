//! Tumbling windows of event time, and the plan that says their width and key generation.

use model::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use thiserror::Error;

/// The narrowest window, in milliseconds.
pub const MIN_WIDTH_MS: i64 = 1_000;

/// The widest window, in milliseconds: a day.
pub const MAX_WIDTH_MS: i64 = 86_400_000;

/// The width that a plan has unless it says otherwise, in milliseconds.
pub const DEFAULT_WIDTH_MS: i64 = 60_000;

/// How many source offsets share one timeless account.
pub const TIMELESS_WIDTH: i64 = 65_536;

/// A record further ahead of now than this still counts in its window, but moves no watermark.
pub const FUTURE_LIMIT: Duration = Duration::from_secs(3_600);

/// How many eras a plan may have.
pub const MAX_ERAS: usize = 1_024;

/// What a window's bounds are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    /// Milliseconds of event time.
    Time,
    /// Source offsets, for records without a time: the *timeless* account.
    Offsets,
}

/// One tumbling window, aligned to zero of its axis: `start` is in it, `start + width` is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Window {
    /// What the bounds are counted in.
    pub axis: Axis,
    /// The first point in the window.
    pub start: i64,
    /// How many points it spans; more than 0.
    pub width: i64,
    /// Which key its digests are made with.
    pub generation: u32,
}

impl Window {
    /// The first point behind the window.
    #[must_use]
    pub fn end(&self) -> i64 {
        self.start.saturating_add(self.width)
    }

    /// Whether both windows lie on one axis and share a point.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.axis == other.axis && self.start < other.end() && other.start < self.end()
    }

    fn aligned(axis: Axis, point: i64, width: i64, generation: u32) -> Self {
        Self { axis, start: point.saturating_sub(point.rem_euclid(width)), width, generation }
    }
}

/// A stretch of event time with one window width and one key generation; it lasts until the next era begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Era {
    /// The first instant of the era; a multiple of its width and of the width before it.
    pub from: Timestamp,
    /// Window width in milliseconds, from [`MIN_WIDTH_MS`] to [`MAX_WIDTH_MS`].
    pub width_ms: i64,
    /// Which key digests are made with; never falls.
    pub generation: u32,
}

/// Why a plan cannot be made or changed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "each message says it")]
pub enum PlanError {
    #[error("a window is {width_ms} ms wide: it must be {MIN_WIDTH_MS} to {MAX_WIDTH_MS} ms")]
    Width { width_ms: i64 },
    #[error("an era begins at {from}, which is not ahead of {now}: only windows that lie ahead may change")]
    NotAhead { from: Timestamp, now: Timestamp },
    #[error("an era begins at {from}, before or with the era at {previous}")]
    Order { from: Timestamp, previous: Timestamp },
    #[error("an era begins at {from}, which cuts a window of {width_ms} ms")]
    Cuts { from: Timestamp, width_ms: i64 },
    #[error("key generation {generation} comes after generation {previous}: it must not fall")]
    Generation { generation: u32, previous: u32 },
    #[error("a plan has {eras} eras: it must have 1 to {MAX_ERAS}")]
    Eras { eras: usize },
}

/// Says width and key generation of every window from event time alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Era>", into = "Vec<Era>")]
pub struct Plan {
    /// In order of time; the first has no beginning, whatever its `from` says.
    eras: Vec<Era>,
}

impl Plan {
    /// A plan of one era that spans all time.
    ///
    /// # Errors
    /// When the width is out of its bounds.
    pub fn new(width_ms: i64, generation: u32) -> Result<Self, PlanError> {
        Self::try_from(vec![Era { from: Timestamp(i64::MIN), width_ms, generation }])
    }

    /// This plan with another era at its end.
    ///
    /// # Errors
    /// When the era does not lie wholly ahead of `now` and of the eras there are, cuts a window, or lets the key generation fall.
    pub fn change(&self, era: Era, now: Timestamp) -> Result<Self, PlanError> {
        if era.from <= now {
            return Err(PlanError::NotAhead { from: era.from, now });
        }
        Self::try_from(self.eras.iter().copied().chain([era]).collect::<Vec<_>>())
    }

    /// The eras, in order of time.
    #[must_use]
    pub fn eras(&self) -> &[Era] {
        &self.eras
    }

    /// The window that an instant lies in.
    #[must_use]
    pub fn window_at(&self, instant: Timestamp) -> Window {
        let behind = self.eras.partition_point(|era| era.from <= instant);
        let era = self.eras[behind.saturating_sub(1)];
        Window::aligned(Axis::Time, instant.0, era.width_ms, era.generation)
    }

    /// The timeless account that a source offset lies in. Having no event time, it keeps the first era's key for ever.
    #[must_use]
    pub fn timeless_at(&self, source_offset: i64) -> Window {
        Window::aligned(Axis::Offsets, source_offset, TIMELESS_WIDTH, self.eras[0].generation)
    }
}

/// Windows of a minute under key generation 0.
impl Default for Plan {
    fn default() -> Self {
        Self { eras: vec![Era { from: Timestamp(i64::MIN), width_ms: DEFAULT_WIDTH_MS, generation: 0 }] }
    }
}

impl TryFrom<Vec<Era>> for Plan {
    type Error = PlanError;

    fn try_from(eras: Vec<Era>) -> Result<Self, PlanError> {
        if eras.is_empty() || eras.len() > MAX_ERAS {
            return Err(PlanError::Eras { eras: eras.len() });
        }
        for era in &eras {
            if !(MIN_WIDTH_MS..=MAX_WIDTH_MS).contains(&era.width_ms) {
                return Err(PlanError::Width { width_ms: era.width_ms });
            }
        }
        for pair in eras.windows(2) {
            let (previous, era) = (pair[0], pair[1]);
            if era.from <= previous.from {
                return Err(PlanError::Order { from: era.from, previous: previous.from });
            }
            for width_ms in [previous.width_ms, era.width_ms] {
                if era.from.0.rem_euclid(width_ms) != 0 {
                    return Err(PlanError::Cuts { from: era.from, width_ms });
                }
            }
            if era.generation < previous.generation {
                return Err(PlanError::Generation { generation: era.generation, previous: previous.generation });
            }
        }
        Ok(Self { eras })
    }
}

impl From<Plan> for Vec<Era> {
    fn from(plan: Plan) -> Self {
        plan.eras
    }
}

/// The latest event time seen, records from too far ahead left out. It depends on when it was asked and is no part
/// of any tally.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watermark(Option<Timestamp>);

impl Watermark {
    /// Takes in a record's time; `now` is the time of reading.
    pub fn observe(&mut self, time: Timestamp, now: Timestamp) {
        self.observe_up_to(time, now.after(FUTURE_LIMIT));
    }

    #[inline]
    pub(crate) fn observe_up_to(&mut self, time: Timestamp, latest: Timestamp) {
        if time <= latest && self.0.is_none_or(|seen| seen < time) {
            self.0 = Some(time);
        }
    }

    /// The latest time taken in.
    #[must_use]
    pub fn get(self) -> Option<Timestamp> {
        self.0
    }
}

#[cfg(test)]
mod tests;
