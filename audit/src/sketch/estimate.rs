//! How many records differ when they are too many to name.

use super::table::Table;
use super::{Copies, SUB_TABLES};
use serde::{Deserialize, Serialize};

/// A number of differing records. A record with a changed payload counts twice, copies count as their square.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    /// The likeliest number.
    pub differences: u64,
    /// One standard deviation of it.
    pub error: u64,
}

impl Estimate {
    /// The counters of a difference are a sketch of its second moment: the variance of the counters of each
    /// sub-table, put together, is unbiased, with a relative error that depends on the size of the table alone.
    pub(super) fn of(table: &Table) -> Self {
        let (cells, sub_tables) = (real(table.cells().len()), real(SUB_TABLES));
        let spread: f64 =
            table.sub_tables().map(|cells| spread(cells.iter().map(|cell| cell.count.cast_signed()))).sum();
        let differences = spread / (sub_tables * (1.0 - sub_tables / cells));
        let relative = (2.0 / (cells - sub_tables)).sqrt();
        Self { differences: whole(differences), error: whole(differences * relative) }
    }

    /// The second moment of what is known one by one.
    pub(super) fn exact(copies: &[Copies]) -> Self {
        let squares = copies.iter().map(|each| each.copies.unsigned_abs().saturating_pow(2));
        Self { differences: squares.fold(0, u64::saturating_add), error: 0 }
    }

    /// Both numbers of differences together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let error = (square(self.error) + square(other.error)).sqrt();
        Self { differences: self.differences.saturating_add(other.differences), error: whole(error) }
    }
}

/// Sum of the squared distances from the mean.
fn spread(counts: impl Iterator<Item = i32> + Clone) -> f64 {
    let counts = counts.map(f64::from);
    let number = counts.clone().fold(0.0, |number, _| number + 1.0);
    let mean = counts.clone().sum::<f64>() / number;
    counts.map(|count| (count - mean).powi(2)).sum()
}

fn square(number: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "an estimate needs no more than the leading digits")]
    let number = number as f64;
    number * number
}

fn real(size: usize) -> f64 {
    f64::from(u32::try_from(size).unwrap_or(u32::MAX))
}

/// The nearest whole number; casts saturate.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float cast saturates and takes no sign")]
fn whole(number: f64) -> u64 {
    number.round() as u64
}
