//! How long things took, as counts by length: percentiles without keeping every value. Lengths are told apart to one part in
//! sixteen, so a percentile is exact to about 6 %, and a spread never has more than a thousand counts.

use core::time::Duration;
use std::collections::BTreeMap;

/// Each doubling of milliseconds is split into this many steps.
const STEPS: u64 = 16;

/// Counts by length.
#[derive(Debug, Clone, Default)]
pub(super) struct Spread {
    counts: BTreeMap<u64, u64>,
    total: u64,
}

impl Spread {
    pub(super) fn add(&mut self, span: Duration) {
        let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        *self.counts.entry(step_of(millis)).or_default() += 1;
        self.total += 1;
    }

    /// The length that `percent` of all do not exceed; `None` without any.
    pub(super) fn percentile(&self, percent: u64) -> Option<Duration> {
        let wanted = (self.total * percent).div_ceil(100).max(1);
        let mut seen = 0;
        self.counts.iter().find_map(|(step, count)| {
            seen += count;
            (seen >= wanted).then(|| Duration::from_millis(longest_of(*step)))
        })
    }
}

/// The step that a length falls in: itself below [`STEPS`], then [`STEPS`] for each doubling.
const fn step_of(millis: u64) -> u64 {
    if millis < STEPS {
        return millis;
    }
    let doublings = (millis.ilog2() - STEPS.ilog2()) as u64;
    doublings * STEPS + (millis >> doublings)
}

/// The longest length of a step.
const fn longest_of(step: u64) -> u64 {
    if step < STEPS {
        return step;
    }
    let doublings = step / STEPS - 1;
    let first = STEPS + step % STEPS;
    ((first + 1) << doublings).wrapping_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_falls_in_a_step_that_reaches_it_and_hardly_further() {
        for millis in (0..5000).chain([1 << 20, (1 << 40) + 12_345, u64::MAX]) {
            let longest = longest_of(step_of(millis));
            assert!(longest >= millis && longest - millis <= millis / STEPS, "{millis} {longest}");
        }
    }

    #[test]
    fn percentiles_of_one_to_a_hundred_seconds() {
        let mut spread = Spread::default();
        assert_eq!(spread.percentile(50), None);
        (1..=100).for_each(|second| spread.add(Duration::from_secs(second)));
        let check = |percent, least, most| {
            let found = spread.percentile(percent).unwrap().as_secs_f64();
            assert!((least..=most).contains(&found), "{percent}: {found}");
        };
        check(50, 50.0, 53.2);
        check(95, 95.0, 101.0);
        check(100, 100.0, 106.3);
    }
}
