//! A pattern that is shown because an operator wants to see it: which there are, and what one looks like then.
//!
//! Decides that a trial is never lasting, whatever is tried: an S row lies over what lasts for a few seconds like a result, its
//! sound ends, and a display says TEST and no more. So steady green is shown for good by an unlocked mode alone, and nothing that is tried
//! has to be put back by anybody: the device's own timer does. Whether a device may be tried now is `engine/trials.rs`'s.

use core::time::Duration;

use super::policy::FeedbackPolicy;
use super::table::rows_shown;
use super::{Lasts, ROWS, Row, Sound, TICK};

/// How long a row is tried that has no length of its own.
const LASTING_TICKS: u16 = 50;
/// How long any row is tried at most: long enough to be looked at, too short to be taken for what holds.
const MOST_TICKS: u16 = 100;

/// What T12 looks like. Whoever watches a trial of it learns nothing of what a duress PIN looks like but that it is this.
const AS_GRANTED: &str = "T2";

/// A pattern by its id. The journal keeps its place in this list, which only grows at its end.
const IDS: [&str; 24] = [
    "S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9", "T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10",
    "T11", "T12", "T13", "T14", "T15",
];

/// A pattern of the table that can be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PatternId(u8);

impl PatternId {
    /// Every one, in the order of the specification.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..IDS.len()).filter_map(|place| u8::try_from(place).ok()).map(Self)
    }

    /// The one whose id this is, in either case.
    pub fn named(text: &str) -> Option<Self> {
        Self::all().find(|pattern| pattern.id().eq_ignore_ascii_case(text))
    }

    /// The one at this place of the list, as the journal has it.
    pub fn numbered(number: u8) -> Option<Self> {
        Self::all().find(|pattern| pattern.0 == number)
    }

    /// Its place in the list.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Its id, such as `T6`.
    pub fn id(self) -> &'static str {
        IDS.get(usize::from(self.0)).copied().unwrap_or_default()
    }

    /// The row that readers of a site with this policy show for it. S8 is tried also where a forced door stays silent: that a
    /// lamp can say it, and that it does, are two things.
    pub fn row(self, policy: &FeedbackPolicy) -> Option<&'static Row> {
        /// In one place, so that what is shown can name a row for good.
        const TABLE: &[Row] = &ROWS;
        let id = if self.id() == "T12" { AS_GRANTED } else { self.id() };
        let wanted = rows_shown(policy).chain(ROWS).find(|row| row.id == id)?;
        TABLE.iter().find(|row| **row == wanted)
    }
}

impl Row {
    /// How long it is tried, in ticks, 1 to 100.
    pub const fn trial_ticks(&self) -> u16 {
        match self.lasts {
            Lasts::Lasting | Lasts::ReleaseLess(_) => LASTING_TICKS,
            Lasts::Ticks(ticks) if ticks < MOST_TICKS => ticks,
            Lasts::Ticks(_) => MOST_TICKS,
        }
    }

    /// The same as a span.
    pub fn trial_time(&self) -> Duration {
        TICK * u32::from(self.trial_ticks())
    }

    /// Its sound as it is tried: one that would go on until it is stopped ends with the light.
    pub(super) fn trial_sound(&self) -> Option<Sound> {
        let sound = self.sound?;
        let once = (u16::from(sound.on_ticks) + u16::from(sound.off_ticks)).max(1);
        let fits = u8::try_from(self.trial_ticks() / once).unwrap_or(u8::MAX).max(1);
        let count = if sound.is_lasting() { fits } else { sound.count };
        Some(Sound { count, ..sound })
    }
}
