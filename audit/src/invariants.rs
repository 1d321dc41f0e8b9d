//! What always holds, in one place: debug assertions, property tests and the fault harness all ask here.

use crate::coverage::Coverage;
use crate::tally::{Span, Tally};
use crate::verdict::{Finding, Part, Verdict};
use thiserror::Error;

/// A rule that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{rule}")]
pub struct Violation {
    /// The rule, as a sentence that should be true.
    pub rule: &'static str,
}

fn ensure(holds: bool, rule: &'static str) -> Result<(), Violation> {
    if holds { Ok(()) } else { Err(Violation { rule }) }
}

/// The fields of a tally do not contradict each other.
///
/// # Errors
/// The first rule that is broken.
pub fn tally_is_sound(tally: &Tally) -> Result<(), Violation> {
    let ordered = |span: Option<Span>| span.is_none_or(|span| span.first <= span.last);
    ensure(tally.sketch().copies() == tally.count, "the sketch holds as many records as are counted")?;
    ensure(tally.timeless <= tally.count, "no more records are timeless than are counted")?;
    ensure(tally.unidentified <= tally.count, "no more records lack an event id than are counted")?;
    ensure(tally.times.is_some() == (tally.timeless < tally.count), "there are times if a record has one")?;
    ensure(
        tally.offsets.is_some() == (tally.count > 0 || tally.malformed > 0),
        "there are offsets if there is a record",
    )?;
    ensure(tally.origin_offsets.is_none() || tally.offsets.is_some(), "origin offsets come with offsets")?;
    ensure([tally.times, tally.offsets, tally.origin_offsets].into_iter().all(ordered), "spans are in order")?;
    let nothing = tally.count == 0;
    ensure(!nothing || (tally.records, tally.identities, tally.bytes) == (0, 0, 0), "nothing sums up to nothing")
}

/// A merged tally is the sum of its parts.
///
/// # Errors
/// The first rule that is broken.
pub fn sums_add(parts: &[&Tally], whole: &Tally) -> Result<(), Violation> {
    let sum = |number: fn(&Tally) -> u64| parts.iter().map(|part| number(part)).fold(0, u64::wrapping_add);
    let wide = |number: fn(&Tally) -> u128| parts.iter().map(|part| number(part)).fold(0, u128::wrapping_add);
    ensure(sum(|tally| tally.count) == whole.count, "counts add up")?;
    ensure(sum(|tally| tally.bytes) == whole.bytes, "bytes add up")?;
    ensure(sum(|tally| tally.malformed) == whole.malformed, "malformed records add up")?;
    ensure(sum(|tally| tally.aborted) == whole.aborted, "aborted records add up")?;
    ensure(wide(|tally| tally.records) == whole.records, "record fingerprints add up")?;
    ensure(wide(|tally| tally.identities) == whole.identities, "identity fingerprints add up")
}

/// Gaps lie apart, in order, and within what is covered.
///
/// # Errors
/// The first rule that is broken.
pub fn coverage_is_sound(coverage: &Coverage) -> Result<(), Violation> {
    ensure(coverage.began <= coverage.covered, "what is covered does not end before it began")?;
    let mut behind = coverage.began;
    for gap in &coverage.gaps {
        ensure(behind <= gap.from && gap.from < gap.to, "gaps lie apart and in order")?;
        behind = gap.to;
    }
    ensure(behind <= coverage.covered, "no gap reaches past what is covered")
}

/// A later coverage of the same log covers no less and has forgotten no gap.
///
/// # Errors
/// The first rule that is broken.
pub fn coverage_rises(before: &Coverage, after: &Coverage) -> Result<(), Violation> {
    ensure(after.began == before.began, "a coverage keeps where it began")?;
    ensure(after.covered >= before.covered, "what is covered only rises")?;
    let kept = |gap: &crate::coverage::Gap| after.gaps.iter().any(|later| later.from <= gap.from && gap.to <= later.to);
    ensure(before.gaps.iter().all(kept), "a gap stays a gap")
}

/// The words of a verdict follow from its numbers.
///
/// # Errors
/// The first rule that is broken.
pub fn verdict_is_sound(verdict: &Verdict) -> Result<(), Violation> {
    verdict.parts.iter().try_for_each(part_is_sound)?;
    let again = Verdict::of(verdict.window, verdict.parts.clone(), verdict.unknown.clone());
    ensure(again == *verdict, "a verdict is the sum of its parts")
}

fn part_is_sound(part: &Part) -> Result<(), Violation> {
    use crate::verdict::State;
    let findings = &part.findings;
    let faults = State::of(findings.missing, findings.extra, findings.corrupted);
    let undecided = part.reason.is_some();
    ensure(
        undecided == matches!(part.state, State::Pending | State::Overdue | State::Unknown),
        "no word is kept back without a reason",
    )?;
    ensure(undecided || part.state == faults, "the word follows from what was found")?;
    ensure(!undecided || faults == State::Exact, "nothing is found where nothing is said")?;
    if findings.estimate.is_none() && findings.unnamed == 0 {
        let named = |finding| {
            findings.named.iter().filter(|named| named.finding == finding).map(|named| named.copies).sum::<u64>()
        };
        ensure(named(Finding::Missing) == findings.missing, "every missing record is named")?;
        ensure(named(Finding::Extra) == findings.extra, "every extra record is named")?;
        ensure(named(Finding::Corrupted) == findings.corrupted, "every corrupted record is named")?;
    }
    Ok(())
}

/// Two tallies that a part calls exact hold the same records by every sum.
///
/// # Errors
/// The first rule that is broken.
pub fn exact_means_equal(upstream: &Tally, downstream: &Tally) -> Result<(), Violation> {
    ensure(upstream.count == downstream.count, "exact means equal counts")?;
    ensure(upstream.bytes == downstream.bytes, "exact means equal bytes")?;
    ensure(upstream.identities == downstream.identities, "exact means equal identity fingerprints")?;
    ensure(upstream.records == downstream.records, "exact means equal record fingerprints")
}
