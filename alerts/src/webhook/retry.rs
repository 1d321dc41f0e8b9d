//! When to try again, and when to give up.

use serde::{Deserialize, Serialize};
use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// How long to wait after each failed attempt, about 75 hours in all: the example schedule of Standard Webhooks.
pub const SCHEDULE: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_secs(5 * MINUTE),
    Duration::from_secs(30 * MINUTE),
    Duration::from_secs(2 * HOUR),
    Duration::from_secs(5 * HOUR),
    Duration::from_secs(10 * HOUR),
    Duration::from_secs(14 * HOUR),
    Duration::from_secs(20 * HOUR),
    Duration::from_secs(24 * HOUR),
];

/// A message is given up after this many attempts; one more than there are waits.
pub const MAX_ATTEMPTS: u32 = 10;

/// A receiver that asks us to slow down is left alone for this long at least.
const THROTTLED_WAIT: Duration = Duration::from_secs(MINUTE);
/// However long a receiver asks us to wait, it is not longer.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * HOUR);

/// What an attempt came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResponseClass {
    /// 2xx: it arrived.
    Delivered,
    /// 410: the receiver wants nothing any more.
    Gone,
    /// 429, 502, 503 or 504: later, and less.
    Throttled,
    /// Any other status, redirects among them: they are never followed.
    Rejected,
    /// There was no answer in time; it may have arrived.
    TimedOut,
    /// There was no connection, or it broke.
    Unreachable,
    /// We did not connect: the address is not allowed.
    Forbidden,
}

impl ResponseClass {
    /// The class of an HTTP status.
    #[must_use]
    pub fn of_status(status: u16) -> Self {
        match status {
            200..=299 => Self::Delivered,
            410 => Self::Gone,
            429 | 502..=504 => Self::Throttled,
            _ => Self::Rejected,
        }
    }
}

/// What to do next with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing: it arrived.
    Done,
    /// Try again after so long.
    Retry {
        /// Counted from the end of the attempt.
        after: Duration,
    },
    /// Give it up, keep it among the dead letters, and tell the owner by another way.
    DeadLetter,
    /// Give it up, and send nothing to this endpoint until a person enables it again.
    Disable,
}

/// Decides after attempt number `attempt`, counted from 1. `retry_after` is what the receiver asked for; `jitter` in
/// 0..1 spreads the waits by up to a fifth, so that many messages do not return at once.
#[must_use]
pub fn next(attempt: u32, class: ResponseClass, retry_after: Option<Duration>, jitter: f64) -> Step {
    match class {
        ResponseClass::Delivered => return Step::Done,
        ResponseClass::Gone => return Step::Disable,
        _ => {}
    }
    let place = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
    let Some(wait) = SCHEDULE.get(place) else { return Step::DeadLetter };
    let floor = if class == ResponseClass::Throttled { THROTTLED_WAIT } else { Duration::ZERO };
    let asked = retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER);
    let jitter = if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 0.0 };
    Step::Retry { after: (*wait).max(floor).max(asked).mul_f64(1.0 + jitter / 5.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(attempt: u32, class: ResponseClass, retry_after: Option<u64>, jitter: f64) -> Option<u64> {
        match next(attempt, class, retry_after.map(Duration::from_secs), jitter) {
            Step::Retry { after } => Some(after.as_secs()),
            Step::Done | Step::DeadLetter | Step::Disable => None,
        }
    }

    #[test]
    fn the_schedule_ends_after_ten_attempts_and_about_75_hours() {
        let waits: Vec<Option<u64>> =
            (1..=MAX_ATTEMPTS).map(|attempt| seconds(attempt, ResponseClass::Rejected, None, 0.0)).collect();
        assert_eq!(waits[..3], [Some(5), Some(300), Some(1_800)]);
        assert_eq!(waits.last(), Some(&None));
        assert_eq!(waits.iter().flatten().sum::<u64>() / 3_600, 75);
        assert_eq!(next(MAX_ATTEMPTS, ResponseClass::Rejected, None, 0.0), Step::DeadLetter);
        assert_eq!(next(u32::MAX, ResponseClass::Throttled, Some(Duration::MAX), 0.0), Step::DeadLetter);
    }

    #[test]
    fn each_class_has_its_way() {
        use ResponseClass as C;
        for (attempt, class, retry_after, jitter, expected) in [
            (1, C::Rejected, None, 0.0, 5),
            (1, C::TimedOut, None, 1.0, 6),
            (1, C::Unreachable, None, 7.0, 6),
            (1, C::Forbidden, None, f64::NAN, 5),
            (1, C::Throttled, None, 0.0, 60),
            (1, C::Throttled, Some(600), 0.0, 600),
            (1, C::Rejected, Some(1), 0.0, 5),
            (2, C::Throttled, Some(1), 0.0, 300),
            (1, C::Throttled, Some(u64::MAX), 0.0, 86_400),
        ] {
            assert_eq!(seconds(attempt, class, retry_after, jitter), Some(expected), "{attempt} {class:?}");
        }
        assert_eq!(next(1, C::Delivered, None, 0.0), Step::Done);
        assert_eq!(next(1, C::Gone, None, 0.0), Step::Disable);
    }

    #[test]
    fn statuses_have_classes() {
        use ResponseClass as C;
        for (status, class) in [
            (200, C::Delivered),
            (299, C::Delivered),
            (302, C::Rejected),
            (404, C::Rejected),
            (410, C::Gone),
            (429, C::Throttled),
            (500, C::Rejected),
            (502, C::Throttled),
            (503, C::Throttled),
            (504, C::Throttled),
        ] {
            assert_eq!(ResponseClass::of_status(status), class, "{status}");
        }
    }
}
