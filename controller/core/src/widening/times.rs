//! Whether one way of saying when lies within another. What cannot be compared does not.

use crate::id::ScheduleId;
use crate::site::schedule::{Schedule, WEEK_MINUTES, Weekly};

/// At which times something holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Times<'a> {
    /// At all.
    Always,
    /// In these minutes of the site's week.
    Weekly(&'a Weekly),
    /// As a schedule says.
    Named(&'a Schedule),
}

impl<'a> Times<'a> {
    /// Minutes of the week, which may be all of them.
    pub(super) fn weekly(weekly: &'a Weekly) -> Self {
        if weekly.stretches() == [(0, WEEK_MINUTES)] { Self::Always } else { Self::Weekly(weekly) }
    }

    pub(super) fn is_always(self) -> bool {
        match self {
            Self::Always => true,
            Self::Weekly(_) => false,
            Self::Named(schedule) => {
                schedule.special.is_empty()
                    && schedule.weekly.as_ref().is_some_and(|weekly| Self::weekly(weekly).is_always())
            }
        }
    }

    /// The schedule, if it is one.
    pub(super) fn name(self) -> Option<ScheduleId> {
        if let Self::Named(schedule) = self { Some(schedule.id) } else { None }
    }

    /// Whether it never holds when `other` does not.
    pub(super) fn within(self, other: Self) -> bool {
        if other.is_always() {
            return true;
        }
        match (self, other) {
            (Self::Weekly(one), Self::Weekly(other)) => is_within(one, other),
            (Self::Named(one), Self::Named(other)) => {
                let same_week = match (&one.weekly, &other.weekly) {
                    (Some(one), Some(other)) => is_within(one, other),
                    (None, _) => true,
                    (Some(_), None) => false,
                };
                one.zone == other.zone && one.special == other.special && same_week
            }
            (Self::Always, _)
            | (_, Self::Always)
            | (Self::Weekly(_), Self::Named(_))
            | (Self::Named(_), Self::Weekly(_)) => false,
        }
    }
}

/// Both are sorted, and no stretch touches the next.
fn is_within(one: &Weekly, other: &Weekly) -> bool {
    let around = |(from, to): &(u16, u16)| other.stretches().iter().any(|(begin, end)| begin <= from && to <= end);
    one.stretches().iter().all(around)
}
