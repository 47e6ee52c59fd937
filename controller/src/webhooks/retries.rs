//! When a message that was not taken is sent again, and when it is given up. Pure: the moment and the luck are arguments.
//! What an attempt found is `post.rs`; what waits is kept by `queue.rs`.

use std::net::IpAddr;
use std::time::Duration;

/// How long is waited after the first, second ... failed attempt (Standard Webhooks 1.0, "Deliverability and reliability").
const WAITS_SECONDS: [u64; 9] = [5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600];

/// Up to so much of a wait is added to it, in percent, so that the messages of an outage do not all come back at once.
const JITTER_PERCENT: u64 = 20;

/// What one attempt came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The target took it.
    Delivered,
    /// The target wants nothing any more (410).
    Gone,
    /// The target does not want it any more: the site file asks for less than when it was taken from the journal.
    Unwanted,
    /// The target did not take it.
    Failed(Failure),
}

/// Why an attempt failed. Says nothing of the message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    /// It answered something else than 2xx.
    #[error("answered {0}")]
    Answered(u16),
    /// It wants the message elsewhere, which is never followed.
    #[error("answered {0}: redirects are not followed, correct the url")]
    Redirected(u16),
    /// Its name leads to an address that nobody allowed.
    #[error("{0} is an internal address; name it in webhooks.allow_internal if it is meant")]
    Internal(IpAddr),
    /// Its name leads nowhere.
    #[error("its name has no address")]
    Nameless,
    /// It does not accept connections.
    #[error("no connection")]
    Unreachable,
    /// Its certificate or its TLS was not accepted.
    #[error("no TLS connection, its certificate may not be trusted")]
    Tls,
    /// It did not answer in time.
    #[error("no answer in time")]
    TimedOut,
    /// It did not speak HTTP, or broke off.
    #[error("broke off before it answered")]
    Broken,
    /// Its entry cannot be read from the journal.
    #[error("the entry could not be read")]
    Unread,
}

impl Failure {
    /// Whether the target as a whole seems to be away, so that what waits is worth sending as soon as it is back. A message
    /// that a target understood and did not want is not.
    pub(super) fn is_outage(&self) -> bool {
        match self {
            Self::Answered(status) => *status >= 500 || *status == 429,
            Self::Nameless | Self::Unreachable | Self::Tls | Self::TimedOut | Self::Broken => true,
            Self::Redirected(_) | Self::Internal(_) | Self::Unread => false,
        }
    }
}

/// How long to wait after so many failed attempts; `None` when it is given up. `luck` is any number, drawn anew each time.
pub(super) fn wait_after(failed_attempts: u32, luck: u32) -> Option<Duration> {
    let place = usize::try_from(failed_attempts.checked_sub(1)?).ok()?;
    let wait = Duration::from_secs(*WAITS_SECONDS.get(place)?);
    let jitter = wait.as_millis() as u64 * JITTER_PERCENT / 100 * u64::from(luck) / u64::from(u32::MAX);
    Some(wait + Duration::from_millis(jitter))
}

/// The longest wait there is: a moment further away than this was written under another clock.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600 * (100 + JITTER_PERCENT) / 100);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_grow_from_seconds_to_a_day_and_end() {
        let hours = |count: u64| Duration::from_secs(count * 3600);
        let expect = [5, 300, 1800].map(Duration::from_secs).into_iter().chain([2, 5, 10, 14, 20, 24].map(hours));
        for (attempt, wait) in (1..).zip(expect) {
            assert_eq!(wait_after(attempt, 0), Some(wait), "{attempt}");
            let latest = wait_after(attempt, u32::MAX).unwrap();
            assert_eq!(latest, wait + wait / 5, "{attempt}");
            assert!(latest <= LONGEST_WAIT);
        }
        assert_eq!(wait_after(10, 0), None);
        assert_eq!(wait_after(0, 0), None, "nothing failed yet");
    }

    #[test]
    fn a_target_that_does_not_want_a_message_is_not_away() {
        assert!(Failure::Answered(503).is_outage() && Failure::TimedOut.is_outage());
        assert!(!Failure::Answered(400).is_outage() && !Failure::Redirected(302).is_outage());
    }
}
