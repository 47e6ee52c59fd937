//! The journal as a whole, as the API sees it: how much happened when, what binds an entry to all before it, and the site's
//! signature under what is said of that. Pages of entries are the [`crate::Backend`]'s; what a search means is
//! `query/search.rs`. Nothing is decided here.
//!
//! Vocabulary: a *bar* is what one stretch of time holds; a *link* is an entry between the two hashes of its chain.

use core::time::Duration;

use rackward_core::Wall;
use rackward_core::id::Seq;
use rackward_core::journal::Link;

use crate::backend::{Pending, Unavailable};
use crate::query::{Search, SearchRefused};

/// An alarm that is raised, which a histogram tells apart.
pub const RAISED: &str = "alarm.raised";
/// A refusal at an access point, which it tells apart as well.
pub const DENIED: &str = "access.denied";

/// The most bars: more than a screen has pixels for.
pub const BARS_MAX: u16 = 1_000;

/// Stretches of time of the same length, one beside the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    from: Wall,
    width_micros: u64,
    bars: u16,
}

impl Scale {
    /// At most `bars` stretches of whole seconds from `from` to `to`, the last of which may end behind it.
    pub fn between(from: Wall, to: Wall, bars: u16) -> Self {
        const SECOND: u64 = 1_000_000;
        let whole = if from < to { to.as_micros().abs_diff(from.as_micros()) } else { 1 };
        let bars = u64::from(bars.clamp(1, BARS_MAX));
        let width_micros = whole.div_ceil(bars).div_ceil(SECOND).saturating_mul(SECOND);
        let needed = whole.div_ceil(width_micros).min(bars);
        Self { from, width_micros, bars: u16::try_from(needed).unwrap_or(BARS_MAX) }
    }

    /// How many there are.
    pub const fn bars(&self) -> usize {
        self.bars as usize
    }

    /// How long each is.
    pub const fn width(&self) -> Duration {
        Duration::from_micros(self.width_micros)
    }

    /// When one begins.
    pub fn begin_of(&self, bar: usize) -> Wall {
        let bar = u64::try_from(bar).unwrap_or(u64::MAX);
        Wall::from_micros(self.from.as_micros().saturating_add_unsigned(self.width_micros.saturating_mul(bar)))
    }

    /// In which a moment lies.
    pub fn bar_of(&self, at: Wall) -> Option<usize> {
        let since = (self.from <= at).then(|| at.as_micros().abs_diff(self.from.as_micros()))?;
        usize::try_from(since / self.width_micros).ok().filter(|bar| *bar < self.bars())
    }
}

/// How much happened in a stretch of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bar {
    /// Entries.
    pub count: u64,
    /// Alarms that were raised among them.
    pub alarms: u64,
    /// Refusals among them.
    pub denied: u64,
}

/// How much happened when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bars {
    /// One for each stretch of the scale.
    pub bars: Vec<Bar>,
    /// Whether every entry was counted. Otherwise the newest were.
    pub complete: bool,
}

impl Bars {
    /// Nothing yet.
    pub fn none(scale: &Scale) -> Self {
        Self { bars: vec![Bar::default(); scale.bars()], complete: true }
    }

    /// Counts entries in one bar.
    pub fn add(&mut self, bar: usize, count: u64, alarms: u64, denied: u64) {
        if let Some(bar) = self.bars.get_mut(bar) {
            bar.count += count;
            bar.alarms += alarms;
            bar.denied += denied;
        }
    }
}

/// The hash that stands for everything up to an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainHead {
    /// The entry.
    pub seq: Seq,
    /// The hash after it.
    pub hash: [u8; 32],
}

/// One check of the whole journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// When it began.
    pub begun: Wall,
    /// When it was over, and what came of it; `None` while it runs.
    pub over: Option<(Wall, Outcome)>,
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Every entry up to this one is as it was written, and the tables are what replaying them gives.
    Whole(ChainHead),
    /// Something is not; in words, which name no person.
    Damaged(String),
    /// The journal could not be read.
    Failed,
}

/// The journal as a whole.
pub trait Archive: Send + Sync + 'static {
    /// How many of the entries that a search means lie in each stretch; its order, limit and place do not matter.
    fn bars(&self, search: Search, scale: Scale) -> Pending<Result<Bars, SearchRefused>>;

    /// The hash after the newest durable entry.
    fn chain_head(&self) -> Pending<Result<ChainHead, Unavailable>>;

    /// These entries as they are bound into the journal, oldest first; those that cannot be read are left out.
    fn links(&self, of: Vec<Seq>) -> Pending<Result<Vec<Link>, Unavailable>>;

    /// The newest check of all of it, after another one was begun where the newest began before `since`; one runs at a time.
    fn check(&self, since: Option<Wall>) -> Option<Check>;

    /// A text, which ends with a line's end, with the site's signature below it (C2SP signed-note); `None` where the site's key
    /// for evidence cannot be used.
    fn sign(&self, text: &str) -> Option<String>;

    /// The key by which anybody can check such a signature.
    fn verifier_key(&self) -> Option<String>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_moment_of_a_stretch_has_one_bar() {
        let second = Wall::from_seconds;
        let check = |from, to, bars, expect: (usize, u64)| {
            let scale = Scale::between(second(from), second(to), bars);
            assert_eq!((scale.bars(), scale.width().as_secs()), expect, "{from} {to} {bars}");
            for bar in 0..scale.bars() {
                assert_eq!(scale.bar_of(scale.begin_of(bar)), Some(bar));
            }
            assert_eq!(scale.bar_of(Wall::from_micros(second(from).as_micros() - 1)), None);
            assert!(scale.bar_of(Wall::from_micros(second(to).as_micros() - 1)).is_some() || to <= from);
        };
        check(0, 3_600, 60, (60, 60));
        check(0, 3_601, 60, (60, 61));
        check(100, 107, 120, (7, 1));
        check(0, 1, 0, (1, 1));
        check(9, 9, 120, (1, 1));
        check(9, 3, 120, (1, 1));
        check(-100, 100, 2, (2, 100));
        let ages = Scale::between(Wall::from_micros(i64::MIN), Wall::from_micros(i64::MAX), 1_000);
        assert!(ages.bars() > 0 && ages.bar_of(second(0)).is_some());
    }
}
