//! Which offsets of a log were read, and which of the logs that it was carried from.

use crate::place::LogPartition;
use serde::{Deserialize, Serialize};

/// How many gaps a coverage keeps apart; beyond it the two nearest become one.
pub const MAX_GAPS: usize = 64;

/// Offsets that were never read and never will be: `from` is one of them, `to` is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Gap {
    /// The first offset not read.
    pub from: i64,
    /// The first offset read again.
    pub to: i64,
}

/// Offsets read: all of `began..covered` that lie in no gap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// The first offset looked at.
    pub began: i64,
    /// The next offset to look at; only rises.
    pub covered: i64,
    /// What was passed over, in order of offsets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<Gap>,
}

impl Coverage {
    /// Nothing read yet, and reading begins at `began`.
    #[must_use]
    pub fn at(began: i64) -> Self {
        Self { began, covered: began, gaps: Vec::new() }
    }

    /// Takes in that `from..to` was read. What lies between here and `from` is a gap; what was read before changes nothing.
    pub fn extend(&mut self, from: i64, to: i64) {
        if to <= self.covered && from <= self.covered {
            return;
        }
        if from > self.covered {
            self.gaps.push(Gap { from: self.covered, to: from });
            bound(&mut self.gaps);
        }
        self.covered = self.covered.max(to).max(from);
    }

    /// Whether all of `first..=last` was read, or what is missing from it.
    #[must_use]
    pub fn hole_in(&self, first: i64, last: i64) -> Option<Gap> {
        if first < self.began {
            return Some(Gap { from: first, to: self.began });
        }
        self.gaps.iter().copied().find(|gap| gap.from <= last && first < gap.to)
    }

    /// What two readers of one log have read together.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut stretches: Vec<Gap> = self.stretches().chain(other.stretches()).collect();
        stretches.sort_unstable();
        let mut union = Self::at(self.began.min(other.began));
        for stretch in stretches {
            union.extend(stretch.from, stretch.to);
        }
        union
    }

    /// The stretches read, in order of offsets.
    fn stretches(&self) -> impl Iterator<Item = Gap> + '_ {
        let starts = std::iter::once(self.began).chain(self.gaps.iter().map(|gap| gap.to));
        let ends = self.gaps.iter().map(|gap| gap.from).chain([self.covered]);
        starts.zip(ends).map(|(from, to)| Gap { from, to })
    }
}

/// Joins the two gaps that are nearest to each other until the number of gaps is within its bound. What lies
/// between them is then not known to have been read: a coverage errs towards *unknown*.
fn bound(gaps: &mut Vec<Gap>) {
    while gaps.len() > MAX_GAPS {
        let nearest = (1..gaps.len()).min_by_key(|at| gaps[*at].from - gaps[*at - 1].to).unwrap_or(1);
        gaps[nearest - 1].to = gaps[nearest].to;
        gaps.remove(nearest);
    }
}

/// What was carried here from one other log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginCoverage {
    /// The log that records were carried from.
    pub log: LogPartition,
    /// Its offsets, as far as the covered prefix of this log tells.
    pub coverage: Coverage,
    /// The start of the latest window of time that a record from there opened.
    #[serde(default)]
    pub newest: Option<i64>,
}

/// All that the observer of one log knows of its own progress. It is saved together with the tallies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogCoverage {
    /// The log's own offsets.
    pub own: Coverage,
    /// What was carried here, from each other log.
    #[serde(default)]
    pub origins: Vec<OriginCoverage>,
    /// The start of the latest window of time that a record produced here opened: no later one was ever stored.
    #[serde(default)]
    pub newest: Option<i64>,
}

impl LogCoverage {
    /// Nothing read yet, and reading begins at `began`.
    #[must_use]
    pub fn at(began: i64) -> Self {
        Self { own: Coverage::at(began), origins: Vec::new(), newest: None }
    }

    /// What was carried here from `log`.
    #[must_use]
    pub fn origin(&self, log: &LogPartition) -> Option<&Coverage> {
        self.origins.iter().find(|origin| origin.log == *log).map(|origin| &origin.coverage)
    }
}

#[cfg(test)]
mod tests;
