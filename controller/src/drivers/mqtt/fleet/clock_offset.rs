//! How far the clock of one device is ahead of ours, as well as its messages let that be known. Pure.
//!
//! Decides what counts as its offset and when that is news. What follows from a clock that is off is the core's.
//!
//! A message that was long on its way makes the clock look slow, so the middle one of the recent messages counts. The answer
//! to a question of ours is better: the clock was read between asking and hearing, so it alone settles the matter.

use std::time::Duration;

use rackward_core::{Monotonic, Now, Wall};

/// Messages of which the middle one counts: two late ones do no harm.
const SAMPLES: usize = 5;
/// So many make the first estimate.
const ENOUGH_SAMPLES: usize = 3;
/// The engine is told again when the offset has moved by more than this.
const NEWS_MILLIS: u64 = 500;
/// An answer that took longer says too little of the clock; half of this is the error of one that did not.
const ROUND_TRIP_LIMIT_MILLIS: u64 = 1_000;

/// What is known of one clock.
#[derive(Debug, Default)]
pub(super) struct ClockOffset {
    /// The newest first.
    recent: [i64; SAMPLES],
    count: usize,
    told: Option<i64>,
}

impl ClockOffset {
    /// Takes what the device's clock said when a message was sent that came at `now`.
    pub(super) fn hear(&mut self, now: Wall, said_millis: u64) {
        self.recent.rotate_right(1);
        self.recent[0] = ahead(now, said_millis);
        self.count = (self.count + 1).min(SAMPLES);
    }

    /// Takes what it said between our question and the answer to it.
    pub(super) fn answer(&mut self, asked: Monotonic, now: Now, said_millis: u64) {
        let trip = now.monotonic.since(asked);
        if trip > Duration::from_millis(ROUND_TRIP_LIMIT_MILLIS) {
            return;
        }
        // Half the way back from now, so that a step of our own clock in between does no harm.
        let half = i64::try_from(trip.as_micros() / 2).unwrap_or(0);
        let middle = Wall::from_micros(now.wall.as_micros().saturating_sub(half));
        self.recent = [ahead(middle, said_millis); SAMPLES];
        self.count = SAMPLES;
    }

    /// How far it is ahead in milliseconds; behind is negative.
    pub(super) fn millis(&self) -> Option<i64> {
        self.estimate().filter(|_| self.count >= ENOUGH_SAMPLES)
    }

    /// The same from fewer messages, for want of anything better.
    pub(super) fn estimate(&self) -> Option<i64> {
        let mut sorted = self.recent;
        let counted = sorted.get_mut(..self.count)?;
        counted.sort_unstable();
        counted.get(counted.len() / 2).copied()
    }

    /// The offset, when the engine does not know it yet.
    pub(super) fn news(&mut self) -> Option<i64> {
        let millis = self.millis()?;
        if self.told.is_some_and(|told| told.abs_diff(millis) <= NEWS_MILLIS) {
            return None;
        }
        self.told = Some(millis);
        Some(millis)
    }
}

fn ahead(now: Wall, said_millis: u64) -> i64 {
    i64::try_from(said_millis).unwrap_or(i64::MAX).saturating_sub(now.as_micros().div_euclid(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_700_000_000_000;

    fn now(millis: i64) -> Now {
        Now {
            monotonic: Monotonic::from_micros(5_000_000 + millis as u64 * 1_000),
            wall: Wall::from_micros((START + millis) * 1_000),
        }
    }

    /// What is known after messages whose clocks were so far ahead.
    fn after(offsets: &[i64]) -> Option<i64> {
        let mut clock = ClockOffset::default();
        for (number, offset) in offsets.iter().enumerate() {
            let at = number as i64 * 10_000;
            clock.hear(now(at).wall, (START + at + offset) as u64);
        }
        clock.millis()
    }

    #[test]
    fn the_middle_of_the_recent_messages_counts() {
        assert_eq!(after(&[]), None);
        assert_eq!(after(&[-20, -20]), None);
        assert_eq!(after(&[-20, -30, -10]), Some(-20));
        // Two that were held up do no harm; a clock that was set is believed after the third.
        assert_eq!(after(&[-20, -20, -20, -60_000, -90_000]), Some(-20));
        assert_eq!(after(&[-20, -20, -20, 7_000, 7_010, 7_020]), Some(7_000));
    }

    #[test]
    fn an_answer_that_came_fast_settles_it() {
        let mut clock = ClockOffset::default();
        clock.answer(now(0).monotonic, now(200), START as u64 + 3_100);
        assert_eq!(clock.millis(), Some(3_000));
        clock.answer(now(300).monotonic, now(1_301), START as u64);
        assert_eq!(clock.millis(), Some(3_000));
    }

    #[test]
    fn one_message_is_better_than_none_for_a_record_of_the_log() {
        let mut clock = ClockOffset::default();
        assert_eq!(clock.estimate(), None);
        clock.hear(now(0).wall, START as u64 + 90_000);
        assert_eq!((clock.estimate(), clock.news()), (Some(90_000), None));
    }

    #[test]
    fn it_is_news_when_first_known_and_when_it_moves() {
        let mut clock = ClockOffset::default();
        let mut check = |ahead: i64, expect| {
            clock.answer(now(0).monotonic, now(0), (START + ahead) as u64);
            assert_eq!(clock.news(), expect, "{ahead}");
        };
        check(100, Some(100));
        check(600, None);
        check(601, Some(601));
        check(101, None);
        check(100, Some(100));
    }

    #[test]
    fn a_clock_that_lies_wildly_is_told_as_it_says() {
        let mut clock = ClockOffset::default();
        clock.answer(now(0).monotonic, now(0), 253_402_300_799_999);
        assert_eq!(clock.news(), Some(253_402_300_799_999 - START));
        clock.answer(now(0).monotonic, now(0), 0);
        assert_eq!(clock.news(), Some(-START));
    }
}
