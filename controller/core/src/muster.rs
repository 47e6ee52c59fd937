//! Musters: counting at a safe place whoever was inside. The list is frozen when a muster starts and only grows; what is said of
//! somebody is a mark with the moment at which it was true, so that marks of several people with several clocks come together
//! in any order to the same. What a muster changes is this record and nothing else: no right, no door. Orders are
//! `engine/commands/musters.rs`, how sure a list is `headcount.rs`.

mod somebody;

use core::cmp::Ordering;
use core::time::Duration;
use std::collections::BTreeMap;

use crate::entry::{LongText, ReasonText};
use crate::id::{AreaId, MusterId};
use crate::journal::canonical::record_bytes;
use crate::permission::Actor;
use crate::time::Wall;
pub use somebody::{ParseSomebodyError, Somebody};

/// The most people on one list: what one record can say. A site with more inside than that is no data centre.
pub const ROLL_MAX_PEOPLE: usize = 60_000;

/// How long after its end a muster still takes marks that were made before it: a tablet that was away brings them late.
pub const LATE_MARKS_FOR: Duration = Duration::from_secs(24 * 3_600);

/// Whether people are in danger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MusterKind {
    /// Nobody is: it is practised.
    Drill,
    /// It is one.
    Real,
}

/// What is known of somebody on the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MusterStatus {
    /// Seen and well.
    Safe,
    /// Not on the site at all, as somebody says.
    NotOnSite,
    /// Somebody says something that is not enough.
    Unsure,
    /// Nobody has seen them.
    Missing,
}

impl MusterStatus {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Safe, Self::NotOnSite, Self::Unsure, Self::Missing];

    /// The word in the API and on screens.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::NotOnSite => "not_on_site",
            Self::Unsure => "unsure",
            Self::Missing => "missing",
        }
    }

    /// The one whose word this is.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }
}

impl MusterKind {
    /// The word in the API and on screens.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Drill => "drill",
            Self::Real => "real",
        }
    }
}

/// Somebody who belongs on a list, as they were known to be inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// Who.
    pub who: Somebody,
    /// Where.
    pub area: AreaId,
    /// Since when.
    pub since: Wall,
}

/// What one person says of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Of whom.
    pub who: Somebody,
    /// What.
    pub status: MusterStatus,
    /// Where they were seen.
    pub place: Option<ReasonText>,
    /// What else there is to say.
    pub note: Option<ReasonText>,
    /// When it was true.
    pub at: Wall,
}

/// The mark that counts for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The mark.
    pub mark: Mark,
    /// Who made it.
    pub by: Actor,
}

/// Somebody on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnRoll {
    /// Where they were.
    pub area: AreaId,
    /// Since when.
    pub since: Wall,
    /// When they came on the list, if after its start.
    pub joined: Option<Wall>,
    /// What counts of what was said of them.
    pub said: Option<Said>,
}

/// How a muster ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MusterEnd {
    /// When.
    pub at: Wall,
    /// Who ended it.
    pub by: Actor,
    /// What they have to report.
    pub report: LongText,
    /// Who was missing or unsure then.
    pub missing: Box<[Somebody]>,
}

/// One muster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Muster {
    /// Which.
    pub id: MusterId,
    /// Whether people are in danger.
    pub kind: MusterKind,
    /// Where.
    pub area: AreaId,
    /// Why.
    pub reason: ReasonText,
    /// When it started.
    pub started: Wall,
    /// Who started it.
    pub by: Actor,
    /// Counts what was recorded of it.
    pub revision: u32,
    /// Everybody on the list.
    pub roll: BTreeMap<Somebody, OnRoll>,
    /// How it ended; `None` while it runs.
    pub end: Option<MusterEnd>,
}

/// How many of the people on a list are what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MusterCounts {
    /// Nobody has seen them.
    pub missing: u32,
    /// Seen and well.
    pub safe: u32,
    /// Something was said that is not enough.
    pub unsure: u32,
    /// Not on the site.
    pub not_on_site: u32,
}

impl MusterCounts {
    /// Counts one more.
    pub const fn add(&mut self, status: MusterStatus) {
        let count = match status {
            MusterStatus::Safe => &mut self.safe,
            MusterStatus::NotOnSite => &mut self.not_on_site,
            MusterStatus::Unsure => &mut self.unsure,
            MusterStatus::Missing => &mut self.missing,
        };
        *count = count.saturating_add(1);
    }
}

impl OnRoll {
    /// What is known of them.
    pub fn status(&self) -> MusterStatus {
        self.said.as_ref().map_or(MusterStatus::Missing, |said| said.mark.status)
    }
}

impl Said {
    /// Which of two counts: the later one; of two at the same moment the one that worries more, and then whichever, but always
    /// the same, so that the order in which they arrive says nothing.
    fn weigh(&self, other: &Self) -> Ordering {
        let key = |said: &Self| (said.mark.at, said.mark.status);
        key(self).cmp(&key(other)).then_with(|| record_bytes(self).cmp(&record_bytes(other)))
    }
}

impl Muster {
    /// Whether it runs.
    pub const fn is_running(&self) -> bool {
        self.end.is_none()
    }

    /// Whether it takes marks at `at`.
    pub fn takes_marks(&self, at: Wall) -> bool {
        self.end.as_ref().is_none_or(|end| at.since(end.at) < LATE_MARKS_FOR)
    }

    /// The moment a mark counts as: clocks of tablets are off, and nothing said of a muster was true before it began or after it
    /// was over.
    pub fn fitted(&self, at: Wall, now: Wall) -> Wall {
        let last = self.end.as_ref().map_or(now, |end| end.at.min(now));
        at.min(last).max(self.started)
    }

    /// Puts somebody on the list who is not on it yet.
    pub fn join(&mut self, listed: Listed, at: Wall) {
        if self.roll.len() < ROLL_MAX_PEOPLE {
            let Listed { who, area, since } = listed;
            self.roll.entry(who).or_insert(OnRoll { area, since, joined: Some(at), said: None });
        }
    }

    /// Takes what was said of somebody on the list.
    pub fn take(&mut self, mark: &Mark, by: Actor) {
        let Some(row) = self.roll.get_mut(&mark.who) else { return };
        let said = Said { mark: mark.clone(), by };
        if row.said.as_ref().is_none_or(|before| before.weigh(&said) == Ordering::Less) {
            row.said = Some(said);
        }
    }

    /// Whether this very mark is the one that counts already.
    pub fn knows(&self, mark: &Mark, by: Actor) -> bool {
        let said = self.roll.get(&mark.who).and_then(|row| row.said.as_ref());
        said.is_some_and(|said| said.mark == *mark && said.by == by)
    }

    /// Who is missing or unsure.
    pub fn unaccounted(&self) -> Box<[Somebody]> {
        let open = |row: &OnRoll| matches!(row.status(), MusterStatus::Missing | MusterStatus::Unsure);
        self.roll.iter().filter(|(_, row)| open(row)).map(|(who, _)| *who).collect()
    }

    /// How many are what.
    pub fn counts(&self) -> MusterCounts {
        let mut counts = MusterCounts::default();
        self.roll.values().for_each(|row| counts.add(row.status()));
        counts
    }
}
