//! How many alarms came within ten minutes, wherever those ten minutes begin, and for how long there were too many to look at
//! each (EEMUA 191: a flood is more than ten within ten minutes). A flood lasts as long as the ten minutes before hold more
//! than ten.

use core::time::Duration;
use std::collections::VecDeque;

use crate::nuisance::Period;
use crate::time::Wall;

/// The stretch of time over which alarms are counted.
pub(super) const TEN_MINUTES: Duration = Duration::from_secs(600);

/// More than this within [`TEN_MINUTES`] are a flood.
pub(super) const FLOOD_ALARMS: usize = 10;

/// How many raises of the last ten minutes are remembered: the largest rate that is told apart. 32 kB for each door that
/// floods, and nobody reads four thousand alarms in ten minutes.
const RAISES_MAX: usize = 4096;

/// The rate of alarms over a period.
#[derive(Debug, Clone, Default)]
pub(super) struct Rate {
    recent: VecDeque<Wall>,
    most: usize,
    in_flood: Duration,
    flood_until: Option<Wall>,
}

impl Rate {
    /// An alarm was raised; before the period it only counts towards what follows.
    pub(super) fn raised(&mut self, at: Wall, period: Period) {
        while self.recent.front().is_some_and(|first| at.since(*first) >= TEN_MINUTES) {
            self.recent.pop_front();
        }
        if self.recent.len() == RAISES_MAX {
            self.recent.pop_front();
        }
        self.recent.push_back(at);
        if period.contains(at) {
            let before = self.recent.partition_point(|raised| *raised < period.from);
            self.most = self.most.max(self.recent.len() - before);
        }
        self.flooded(at, period);
    }

    /// The ten minutes before hold more than ten until the eleventh newest is ten minutes old.
    fn flooded(&mut self, at: Wall, period: Period) {
        let Some(eleventh) = self.recent.len().checked_sub(FLOOD_ALARMS + 1).and_then(|place| self.recent.get(place))
        else {
            return;
        };
        let until = eleventh.after(TEN_MINUTES).min(period.to);
        let begins = self.flood_until.map_or(at, |before| before.max(at)).max(period.from);
        self.in_flood += until.since(begins);
        self.flood_until = Some(until);
    }

    /// The most alarms within any ten minutes of the period.
    pub(super) const fn most(&self) -> usize {
        self.most
    }

    /// For how much of the period there were more than ten within ten minutes.
    pub(super) const fn in_flood(&self) -> Duration {
        self.in_flood
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Period = Period { from: Wall::from_seconds(100_000), to: Wall::from_seconds(186_400) };

    fn rate(seconds: impl IntoIterator<Item = i64>) -> Rate {
        let mut rate = Rate::default();
        seconds.into_iter().for_each(|second| rate.raised(Wall::from_seconds(100_000 + second), DAY));
        rate
    }

    #[test]
    fn ten_in_ten_minutes_are_no_flood_and_eleven_are() {
        let check = |seconds: Vec<i64>, most: usize, in_flood: u64| {
            let rate = rate(seconds.clone());
            assert_eq!((rate.most(), rate.in_flood()), (most, Duration::from_secs(in_flood)), "{seconds:?}");
        };
        check(vec![], 0, 0);
        check((0..10).map(|n| n * 60).collect(), 10, 0);
        // The eleventh comes at 590 s; the first is ten minutes old at 600 s.
        check((0..11).map(|n| n * 59).collect(), 11, 10);
        check((0..11).collect(), 11, 590);
        // A flood that goes on is one: it ends when the eleventh newest, of second 4, is ten minutes old.
        check((0..15).collect(), 15, 594);
        // What came before the period makes none of its own, but the first alarm in it goes on with it.
        check((-11..0).chain([0]).collect(), 1, 590);
    }

    #[test]
    fn the_time_in_flood_is_what_counting_every_second_gives() {
        let raises: Vec<i64> = (0..400_i64)
            .map(|n| (n * n * 7919) % 20_000)
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect();
        let within = |second: i64| raises.iter().filter(|raise| **raise <= second && second < **raise + 600).count();
        let seconds = (0..20_700).filter(|second| within(*second) > FLOOD_ALARMS).count();
        let most = (0..20_700).map(within).max().unwrap();
        let rate = rate(raises.iter().copied());
        assert_eq!((rate.most(), rate.in_flood().as_secs()), (most, seconds as u64));
        assert!(seconds > 0, "the history has a flood");
    }
}
