//! An edge between logs, or between a log and a sink.

use super::waiting;
use crate::coverage::{Coverage, LogCoverage};
use crate::place::LogPartition;
use crate::record::Digester;
use crate::sketch::Shape;
use crate::tally::Tally;
use crate::verdict::{Cut, Findings, Part, Party, Reason, State, Target, Verdict};
use crate::window::{Axis, Window};
use model::Timestamp;

/// A stored tally of the account of all records.
#[derive(Clone, Debug)]
pub struct Row {
    /// Where its records were carried from.
    pub origin: Option<LogPartition>,
    /// Its window: the one that is judged, or another that overlaps it.
    pub window: Window,
    /// The covered offset that it was saved with.
    pub revision: i64,
    /// The sums.
    pub tally: Tally,
}

/// One partition at one end of an edge.
#[derive(Clone, Debug)]
pub struct Side {
    /// The partition.
    pub log: LogPartition,
    /// How far it is observed; `None` where no observer has saved anything yet.
    pub coverage: Option<LogCoverage>,
    /// Every row of this log that overlaps the window, read in one transaction together with the coverage.
    pub rows: Vec<Row>,
}

/// All that a verdict over one edge and one window rests on.
#[derive(Clone, Debug)]
pub struct EdgeWindow {
    /// The window.
    pub window: Window,
    /// Every partition upstream, also those without rows.
    pub upstream: Vec<Side>,
    /// Every partition downstream, also those without rows.
    pub downstream: Vec<Side>,
    /// When pending turns to overdue.
    pub overdue_after: Option<Timestamp>,
    /// The time of judging.
    pub now: Timestamp,
}

/// Judges one edge and one window. `digester` is that of the window's key generation.
#[must_use]
pub fn edge(input: &EdgeWindow, digester: &Digester) -> Verdict {
    let parts = input.upstream.iter().map(|side| Judged::new(input, side).part(input, digester)).collect();
    let verdict = Verdict::of(input.window, parts, Vec::new());
    debug_assert_eq!(crate::invariants::verdict_is_sound(&verdict), Ok(()));
    verdict
}

/// One source partition, upstream and downstream.
struct Judged<'a> {
    source: &'a LogPartition,
    upstream: Vec<&'a Row>,
    downstream: Vec<(&'a LogPartition, &'a Row)>,
    /// Offsets of the source that upstream has read.
    read: Option<&'a Coverage>,
    /// Offsets of the source that arrived downstream, at all targets together.
    carried: Option<Coverage>,
}

impl<'a> Judged<'a> {
    fn new(input: &'a EdgeWindow, side: &'a Side) -> Self {
        // Records without a time count by offsets of the log itself where they leave, by those of the origin where they arrive.
        let leaves = |row: &&Row| {
            row.window.overlaps(&input.window) && (input.window.axis == Axis::Time || row.origin.is_none())
        };
        let arrives = |row: &&Row| row.window.overlaps(&input.window) && row.origin.as_ref() == Some(&side.log);
        let downstream = input.downstream.iter();
        let carried = downstream.clone().filter_map(|target| target.coverage.as_ref()?.origin(&side.log).cloned());
        Self {
            source: &side.log,
            upstream: side.rows.iter().filter(leaves).collect(),
            downstream: downstream
                .flat_map(|target| target.rows.iter().filter(arrives).map(|row| (&target.log, row)))
                .collect(),
            read: side.coverage.as_ref().map(|coverage| &coverage.own),
            carried: carried.reduce(|left, right| left.union(&right)),
        }
    }

    fn part(&self, input: &EdgeWindow, digester: &Digester) -> Part {
        let upstream = sum(self.upstream.iter().map(|row| &row.tally), digester);
        let downstream = sum(self.downstream.iter().map(|(_, row)| &row.tally), digester);
        let reason = self.replanned(input.window).or_else(|| self.hindrance(&upstream, &downstream));
        let mut findings = Findings::default();
        let state = match reason {
            Some(reason) if reason.is_pending() => waiting(input.overdue_after, input.now),
            Some(_) => State::Unknown,
            None if upstream.agrees_with(&downstream) => State::Exact,
            None => {
                findings = Findings::between(&upstream, &downstream, digester);
                State::of(findings.missing, findings.extra, findings.corrupted)
            }
        };
        Part {
            party: Party::Source(self.source.clone()),
            state,
            reason,
            upstream: upstream.count,
            downstream: downstream.count,
            findings,
            upstream_offsets: upstream.offsets,
            targets: self.targets(),
            cut: self.cut(),
        }
    }

    /// Whether rows of another width or key generation lie in the window.
    fn replanned(&self, window: Window) -> Option<Reason> {
        let downstream = self.downstream.iter().map(|(_, row)| *row);
        let mut rows = self.upstream.iter().copied().chain(downstream);
        rows.any(|row| row.window != window).then_some(Reason::Replanned)
    }

    /// Why the two ends cannot be compared.
    fn hindrance(&self, upstream: &Tally, downstream: &Tally) -> Option<Reason> {
        if let Some(span) = upstream.offsets {
            match &self.carried {
                Some(carried) if carried.covered > span.last => {
                    if let Some(gap) = carried.hole_in(span.first, span.last) {
                        return Some(Reason::DownstreamGap(gap));
                    }
                }
                _ => return Some(Reason::DownstreamBehind),
            }
        }
        if let Some(span) = downstream.origin_offsets {
            match self.read {
                Some(read) if read.covered > span.last => {
                    if let Some(gap) = read.hole_in(span.first, span.last) {
                        return Some(Reason::UpstreamGap(gap));
                    }
                }
                _ => return Some(Reason::UpstreamBehind),
            }
        }
        (upstream.malformed + downstream.malformed > 0).then_some(Reason::Malformed)
    }

    fn targets(&self) -> Vec<Target> {
        let mut targets: Vec<Target> = Vec::new();
        for (log, row) in &self.downstream {
            let Some(offsets) = row.tally.offsets else { continue };
            match targets.iter_mut().find(|target| target.log == **log) {
                Some(target) => target.offsets = target.offsets.union(offsets),
                None => targets.push(Target { log: (*log).clone(), offsets }),
            }
        }
        targets
    }

    fn cut(&self) -> Cut {
        let mut revisions: Vec<(&LogPartition, i64)> =
            self.downstream.iter().map(|(log, row)| (*log, row.revision)).collect();
        revisions.sort_unstable();
        let latest_of_each = revisions.chunk_by(|left, right| left.0 == right.0).filter_map(|same| same.last());
        Cut {
            upstream_revision: self.upstream.iter().map(|row| row.revision).max().unwrap_or(0),
            upstream_covered: self.read.map_or(0, |read| read.covered),
            downstream_revision: latest_of_each.map(|(_, revision)| *revision).fold(0, i64::saturating_add),
            downstream_covered: self.carried.as_ref().map_or(0, |carried| carried.covered),
        }
    }
}

/// One tally of all.
pub(super) fn sum<'a>(tallies: impl Iterator<Item = &'a Tally>, digester: &Digester) -> Tally {
    tallies
        .cloned()
        .reduce(|mut sum, tally| {
            sum.merge(&tally, digester);
            sum
        })
        .unwrap_or_else(|| Tally::new(Shape::default()))
}
