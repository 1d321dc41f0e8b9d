//! From two tallies that do not agree to the records that differ.

use crate::record::Digester;
use crate::sketch::Copies;
use crate::tally::Tally;
use crate::verdict::{Finding, Findings, Named};

/// How many records one part names.
pub const NAMES_LIMIT: usize = 4_096;

/// An estimated share of the other kind counts only if it is this many standard deviations from nothing.
const SURE: u64 = 3;

impl Findings {
    /// What upstream has more or less of than downstream. Both are whole.
    pub(super) fn between(upstream: &Tally, downstream: &Tally, digester: &Digester) -> Self {
        match proven(upstream, downstream, digester) {
            Some(copies) => Self::named(&copies),
            None => Self::estimated(upstream, downstream, digester),
        }
    }

    /// Puts missing and extra payloads of one identity together: so many copies of it were corrupted.
    pub(super) fn named(copies: &[Copies]) -> Self {
        let mut findings = Self::default();
        for same in copies.chunk_by(|left, right| left.identity == right.identity) {
            let sum = |wanted: fn(i64) -> bool| {
                let copies = same.iter().map(|each| each.copies).filter(|copies| wanted(*copies));
                copies.map(i64::unsigned_abs).fold(0, u64::saturating_add)
            };
            let (missing, extra) = (sum(|copies| copies > 0), sum(|copies| copies < 0));
            let corrupted = missing.min(extra);
            findings.missing += missing - corrupted;
            findings.extra += extra - corrupted;
            findings.corrupted += corrupted;
            for (finding, copies) in [
                (Finding::Missing, missing - corrupted),
                (Finding::Extra, extra - corrupted),
                (Finding::Corrupted, corrupted),
            ] {
                if copies > 0 && findings.named.len() < NAMES_LIMIT {
                    findings.named.push(Named { identity: same[0].identity, finding, copies });
                } else if copies > 0 {
                    findings.unnamed += 1;
                }
            }
        }
        findings
    }

    /// Too many to name. Missing less extra is known exactly; their sum is what the counters of the sketch estimate.
    fn estimated(upstream: &Tally, downstream: &Tally, digester: &Digester) -> Self {
        let estimate = upstream.sketch().difference(downstream.sketch(), digester).estimate();
        let surplus = upstream.count.abs_diff(downstream.count);
        let mut findings = Self { estimate: Some(estimate), ..Self::default() };
        if surplus == 0 && upstream.identities == downstream.identities {
            findings.corrupted = (estimate.differences / 2).max(1);
            return findings;
        }
        let rest = estimate.differences.saturating_sub(surplus);
        let other = if surplus > 0 && rest <= SURE * estimate.error { 0 } else { (rest / 2).max(1) };
        (findings.missing, findings.extra) = if upstream.count >= downstream.count {
            (surplus.saturating_add(other), other)
        } else {
            (other, surplus.saturating_add(other))
        };
        findings
    }
}

/// The records that differ, if adding them up gives the difference of counts and identity fingerprints, and if they
/// explain the difference of payloads at all.
fn proven(upstream: &Tally, downstream: &Tally, digester: &Digester) -> Option<Vec<Copies>> {
    let copies = upstream.sketch().difference(downstream.sketch(), digester).decode(digester)?;
    let count = upstream.count.wrapping_sub(downstream.count);
    let identities = upstream.identities.wrapping_sub(downstream.identities);
    let mut sums = (0_u64, 0_u128);
    for each in &copies {
        sums.0 = sums.0.wrapping_add(each.copies.cast_unsigned());
        let share = digester.of_identity(&each.identity).wrapping_mul(i128::from(each.copies).cast_unsigned());
        sums.1 = sums.1.wrapping_add(share);
    }
    let explains = !copies.is_empty() || upstream.records == downstream.records;
    (sums == (count, identities) && explains).then_some(copies)
}
