//! How long a cursor waits after its consumer failed: twice as long each time, up to a bound, and never exactly as long as
//! another cursor that failed at the same moment. Pure; the waiting itself is `follow.rs`.

use std::time::Duration;

/// The wait after the first failure. Shorter waits would wake a struggling disk or target too often.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// The longest wait. Longer ones would leave a consumer behind after its trouble has passed.
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// By how much a wait is shortened at most, in per mille: enough to keep cursors apart, little enough to spare the target.
const JITTER_PER_MILLE: u32 = 250;

/// Counts failures in a row.
#[derive(Debug)]
pub(super) struct Backoff {
    failures: u32,
    dice: u64,
}

impl Backoff {
    /// No failure so far; `seed` tells the waits of cursors apart.
    pub(super) const fn new(seed: u64) -> Self {
        // The generator below would stay at zero for ever.
        Self { failures: 0, dice: seed | 1 }
    }

    /// How often in a row something failed.
    pub(super) const fn failures(&self) -> u32 {
        self.failures
    }

    /// Something went well.
    pub(super) const fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// Something failed: how long to wait, where `wanted` says what the consumer asked for.
    pub(super) fn failed(&mut self, wanted: Option<Duration>) -> Duration {
        let doublings = self.failures.min(u32::BITS - 1);
        self.failures = self.failures.saturating_add(1);
        let whole = wanted.unwrap_or_else(|| FIRST_WAIT.saturating_mul(1 << doublings).min(LONGEST_WAIT));
        let per_mille = 1000 - self.throw() % (JITTER_PER_MILLE + 1);
        whole.saturating_mul(per_mille) / 1000
    }

    /// The next of a row of numbers that need not be secret (xorshift64, Marsaglia 2003).
    const fn throw(&mut self) -> u32 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        (self.dice >> 32) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_begin_again_after_a_success() {
        let mut backoff = Backoff::new(7);
        let within = |wait: Duration, whole: u64| {
            let whole = Duration::from_secs(whole);
            assert!(wait <= whole && wait >= whole * 3 / 4, "{wait:?} of {whole:?}");
        };
        for whole in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            within(backoff.failed(None), whole);
        }
        assert_eq!(backoff.failures(), 11);
        (0..100).for_each(|_| within(backoff.failed(None), 300));
        within(backoff.failed(Some(Duration::from_secs(7200))), 7200);
        backoff.succeeded();
        within(backoff.failed(None), 1);
    }

    #[test]
    fn two_cursors_do_not_wait_alike() {
        let waits = |seed| {
            let mut backoff = Backoff::new(seed);
            [(); 8].map(|()| backoff.failed(None))
        };
        assert_ne!(waits(1 << 40), waits(2 << 40));
    }
}
