//! The figures of alarm management over a period, and what they are measured against: EEMUA 191 for rates and floods,
//! ISA-18.2 for the rest, with the numbers of `console.md` B.2. They are shown, and nothing follows from them by itself.

use core::time::Duration;

use super::Period;
use super::rate::FLOOD_ALARMS;
use crate::alarm::life::{CauseLabel, Verdict};
use crate::alarm::{AlarmKind, AlarmSource, Priority};
use crate::id::{AlarmId, DoorId};
use crate::permission::Actor;
use crate::time::Wall;

/// Fewer alarms than this say nothing about how they are shared out.
const SHARES_FROM_ALARMS: u64 = 20;

/// The figures of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Of which time.
    pub period: Period,
    /// Everything that was asked for, together.
    pub whole: Summary,
    /// Every door that had alarms, the one with most first.
    pub doors: Vec<DoorFigures>,
    /// Everybody who answered alarms, who answered most first.
    pub operators: Vec<OperatorFigures>,
    /// The ten conditions at one place that were raised most often, most first.
    pub top: Vec<SourceFigures>,
    /// Conditions at one place that chattered, who did it most first; a hundred at most.
    pub chattering: Vec<SourceFigures>,
    /// Alarms that stand at the end of the period and have been active for more than a day, oldest first; a hundred at most.
    pub stale: Vec<StaleAlarm>,
    /// How the whole stands against its targets.
    pub marks: Vec<Mark>,
}

/// What is counted of a site or a door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// How often an alarm was raised.
    pub raised: u64,
    /// How many were active when the period ended.
    pub active: u64,
    /// How many nobody had acknowledged when it ended.
    pub unacknowledged: u64,
    /// Raises in ten minutes on average, in thousandths.
    pub average_milli: u64,
    /// The most raises within any ten minutes; 4096 stands for more as well.
    pub most_in_ten_minutes: u64,
    /// For how long there were more than ten within the ten minutes before.
    pub in_flood: Duration,
    /// Raises by priority, P1 first.
    pub by_priority: [(Priority, u64); 4],
    /// Alarms by probable cause.
    pub by_label: [(CauseLabel, u64); 5],
    /// How many of the raises were an alarm that came again before it was done with.
    pub again: u64,
    /// How often the same alarm came again at most.
    pub again_most: u32,
    /// How often a condition at one place began to chatter: three raises within a minute.
    pub chattering: u64,
    /// Alarms that were active for more than a day.
    pub stale: u64,
    /// The longest that an alarm was active, as far as the lead-in shows when it began.
    pub longest_active: Duration,
    /// The longest that nobody had acknowledged one, as far as the lead-in shows when it was raised.
    pub longest_unacknowledged: Duration,
    /// Half of those that were acknowledged were so within this time, to 6 %; `None` where none was.
    pub acknowledged_half_within: Option<Duration>,
    /// Of twenty that were acknowledged, nineteen were so within this time, to 6 %; `None` where none was.
    pub acknowledged_most_within: Option<Duration>,
}

/// The figures of one door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoorFigures {
    /// Which.
    pub door: DoorId,
    /// What is counted there.
    pub summary: Summary,
}

/// What one operator did about alarms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorFigures {
    /// Who.
    pub operator: Actor,
    /// How many they acknowledged.
    pub acknowledged: u64,
    /// Half of them within this time, to 6 %; `None` where nobody knows when they were raised.
    pub half_within: Option<Duration>,
    /// Nineteen of twenty within this time, to 6 %.
    pub most_within: Option<Duration>,
    /// How many they judged, by verdict.
    pub judged: [(Verdict, u64); 10],
}

/// One condition at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceFigures {
    /// Where.
    pub source: AlarmSource,
    /// What.
    pub kind: AlarmKind,
    /// How often it was raised.
    pub raised: u64,
    /// Its share of all raises, in thousandths.
    pub share_permille: u64,
    /// How often it began to chatter.
    pub chattering: u64,
}

/// An alarm that has been active for more than a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StaleAlarm {
    /// Which.
    pub alarm: AlarmId,
    /// What.
    pub kind: AlarmKind,
    /// Where.
    pub source: AlarmSource,
    /// Since when; `None` where it began before the lead-in.
    pub since: Option<Wall>,
}

/// One figure against its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Which figure.
    pub measure: Measure,
    /// What was found, in the measure's own unit.
    pub found: u64,
    /// The most that is good, in the same unit.
    pub limit: u64,
    /// Whether that is good.
    pub standing: Standing,
}

/// Whether a figure meets its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Ok,
    /// It falls short of it.
    Short,
    /// There are too few alarms to say.
    TooFew,
}

/// A figure that has a target. The site counts as one desk: who shares the work among more is better off than this says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Thousandths of an alarm in ten minutes, on average (EEMUA 191: one).
    AverageRate,
    /// Alarms in the worst ten minutes (EEMUA 191: ten).
    WorstRate,
    /// Thousandths of the time spent in flood (EEMUA 191: under one in a hundred).
    FloodShare,
    /// Thousandths that were critical (ISA-18.2: about 5 in a hundred).
    CriticalShare,
    /// Thousandths that were high (ISA-18.2: about 15 in a hundred).
    HighShare,
    /// Alarms that stand for more than a day (ISA-18.2: five or fewer).
    Stale,
    /// Conditions that chattered (ISA-18.2: none).
    Chattering,
    /// Thousandths of all raises that came from the one condition at one place that came most (console.md: under 5 in a
    /// hundred).
    WorstSourceShare,
}

impl Measure {
    /// Every measure, in the order of screens.
    pub const ALL: [Self; 8] = [
        Self::AverageRate,
        Self::WorstRate,
        Self::FloodShare,
        Self::CriticalShare,
        Self::HighShare,
        Self::Stale,
        Self::Chattering,
        Self::WorstSourceShare,
    ];

    /// The word for it in the API and on screens.
    pub const fn word(self) -> &'static str {
        match self {
            Self::AverageRate => "average_rate",
            Self::WorstRate => "worst_rate",
            Self::FloodShare => "flood_share",
            Self::CriticalShare => "critical_share",
            Self::HighShare => "high_share",
            Self::Stale => "stale",
            Self::Chattering => "chattering",
            Self::WorstSourceShare => "worst_source_share",
        }
    }

    /// What the figure is counted in: `milli_alarms_per_10_min`, `alarms_per_10_min`, `permille`, `alarms` or `conditions`.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::AverageRate => "milli_alarms_per_10_min",
            Self::WorstRate => "alarms_per_10_min",
            Self::FloodShare | Self::CriticalShare | Self::HighShare | Self::WorstSourceShare => "permille",
            Self::Stale => "alarms",
            Self::Chattering => "conditions",
        }
    }

    /// The most that is good.
    pub const fn limit(self) -> u64 {
        match self {
            Self::AverageRate => 1000,
            Self::WorstRate => FLOOD_ALARMS as u64,
            // Under one in a hundred and under five in a hundred: the limit itself is one too many.
            Self::FloodShare => 9,
            Self::WorstSourceShare => 49,
            Self::CriticalShare => 50,
            Self::HighShare => 150,
            Self::Stale => 5,
            Self::Chattering => 0,
        }
    }

    /// Whether it is a share of the alarms, which a few of them say nothing about.
    const fn is_share_of_alarms(self) -> bool {
        match self {
            Self::CriticalShare | Self::HighShare | Self::WorstSourceShare => true,
            Self::AverageRate | Self::WorstRate | Self::FloodShare | Self::Stale | Self::Chattering => false,
        }
    }

    /// How `found` stands where `raised` alarms were raised.
    pub(super) const fn mark(self, found: u64, raised: u64) -> Mark {
        let limit = self.limit();
        let standing = if self.is_share_of_alarms() && raised < SHARES_FROM_ALARMS {
            Standing::TooFew
        } else if found <= limit {
            Standing::Ok
        } else {
            Standing::Short
        };
        Mark { measure: self, found, limit, standing }
    }
}

impl Standing {
    /// The word for it in the API and on screens.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Short => "short",
            Self::TooFew => "too_few",
        }
    }
}

/// `part` of `whole` in thousandths; nothing of nothing.
pub(super) const fn permille(part: u64, whole: u64) -> u64 {
    match part.saturating_mul(1000).checked_div(whole) {
        Some(share) => share,
        None => 0,
    }
}

impl Summary {
    /// How this stands against its targets; `stale`, `chattering` and `worst_source` are counted elsewhere.
    pub(super) fn marks(&self, period: Period, stale: u64, chattering: u64, worst_source: u64) -> Vec<Mark> {
        let length = u64::try_from(period.length().as_millis()).unwrap_or(u64::MAX);
        let in_flood = u64::try_from(self.in_flood.as_millis()).unwrap_or(u64::MAX);
        let of = |priority: Priority| {
            self.by_priority.iter().filter(|(each, _)| *each == priority).map(|(_, count)| *count).sum()
        };
        let found = |measure: Measure| match measure {
            Measure::AverageRate => self.average_milli,
            Measure::WorstRate => self.most_in_ten_minutes,
            Measure::FloodShare => permille(in_flood, length),
            Measure::CriticalShare => permille(of(Priority::P1), self.raised),
            Measure::HighShare => permille(of(Priority::P2), self.raised),
            Measure::Stale => stale,
            Measure::Chattering => chattering,
            Measure::WorstSourceShare => worst_source,
        };
        Measure::ALL.iter().map(|measure| measure.mark(found(*measure), self.raised)).collect()
    }
}
