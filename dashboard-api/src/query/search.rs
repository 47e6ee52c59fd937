//! A search as it is carried out: clauses over marks and times. [`Search::matches`] is what a search means; an index answers
//! the same, only faster.

use rackward_core::id::Seq;
use rackward_core::site::local_time::LocalTime;
use rackward_core::{Stamped, Wall};

use super::{Field, Mark, Marks, Pattern, Sense, Value};
use crate::backend::Unavailable;

/// What is wanted of the journal.
#[derive(Debug, Clone)]
pub struct Search {
    /// What must hold, all of it.
    pub clauses: Vec<Clause>,
    /// At or after this moment.
    pub from: Option<Wall>,
    /// Before this moment.
    pub to: Option<Wall>,
    /// At these times of the local day or week, or not at them; all of it.
    pub during: Vec<(Sense, Band)>,
    /// The site's local time.
    pub local: LocalTime,
    /// Only entries after this one.
    pub after: Seq,
    /// In which order; a page ends where the order goes on.
    pub order: Order,
    /// Where the page begins: behind this entry in the order.
    pub past: Option<Seq>,
    /// How many entries at most.
    pub limit: u16,
}

/// One thing that must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Whether it must hold or must not.
    pub sense: Sense,
    /// It holds if one of these does.
    pub any: Vec<Test>,
}

/// What is looked for among an entry's marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// One of these ids.
    Ids(Field, Vec<u32>),
    /// A word like this.
    Word(Field, Pattern),
    /// A reason, ticket, note or wording that contains this text, which is in lower case.
    Contains(String),
}

/// In which order entries come. The journal's own order is that of time, but where the clock was set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The newest first.
    NewestFirst,
    /// The oldest first.
    OldestFirst,
}

/// A stretch of the local day or week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Band {
    /// From one minute of the day on until before another; over midnight where the second is not later.
    Minutes {
        /// First minute, 0 to 1439.
        from: u16,
        /// The first minute after it, 0 to 1440.
        to: u16,
    },
    /// Some days of the week, one bit each, Monday the lowest.
    Days(u8),
}

impl Band {
    /// What `night` means: the hours in which nobody comes to work.
    const NIGHT: Self = Self::Minutes { from: 22 * 60, to: 6 * 60 };
    /// All of the day that is not night.
    const DAY: Self = Self::Minutes { from: 6 * 60, to: 22 * 60 };
    const DAYS: [&'static str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

    /// The band with this name: `night` (22:00 to 06:00), `day`, `weekday`, `weekend`, a day, or `22:00-06:00`.
    pub fn named(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        match text.as_str() {
            "night" => Some(Self::NIGHT),
            "day" => Some(Self::DAY),
            "weekday" => Some(Self::Days(0b001_1111)),
            "weekend" => Some(Self::Days(0b110_0000)),
            _ => Self::DAYS.iter().position(|day| *day == text).map(|day| Self::Days(1 << day)).or_else(|| {
                let (from, to) = text.split_once('-')?;
                let (from, to) = (minute(from)?, minute(to)?);
                (from < 1_440 && from != to).then_some(Self::Minutes { from, to })
            }),
        }
    }

    /// The band with this name, or which names there are.
    pub(crate) fn meant(text: &str) -> Result<Self, String> {
        let forms = "write night, day, weekday, weekend, a day such as monday, or 22:00-06:00";
        Self::named(text).ok_or_else(|| format!("\"{text}\" is no time of the day or week; {forms}"))
    }

    /// Whether a moment lies in it.
    pub fn holds(self, at: Wall, local: &LocalTime) -> bool {
        let second = local.local_second(at);
        match self {
            Self::Minutes { from, to } if from < to => (from..to).contains(&second.day_minute()),
            Self::Minutes { from, to } => second.day_minute() >= from || second.day_minute() < to,
            // 1970-01-01 was a Thursday, the fourth day of the week.
            Self::Days(days) => days & (1 << (second.day() + 3).rem_euclid(7)) != 0,
        }
    }
}

/// The minute of the day of a time such as `22:00`; `24:00` is the end of the day.
fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let number = |text: &str| (text.len() == 2).then(|| text.parse::<u16>().ok()).flatten();
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= 1_440).then_some(minute)
}

impl Test {
    fn holds(&self, marks: &Marks) -> bool {
        marks.iter().any(|mark| self.fits(mark))
    }

    fn fits(&self, mark: &Mark) -> bool {
        match (self, &mark.value) {
            (Self::Ids(field, ids), Value::Id(id)) => *field == mark.field && ids.contains(id),
            (Self::Word(field, pattern), Value::Word(word)) => *field == mark.field && pattern.matches(word),
            (Self::Contains(text), Value::Word(word)) => {
                Field::TEXTS.contains(&mark.field) && word.contains(text.as_str())
            }
            (Self::Ids(..), Value::Word(_)) | (Self::Word(..) | Self::Contains(_), Value::Id(_)) => false,
        }
    }
}

impl Search {
    /// Whether an entry is one that was meant, wherever the page begins.
    pub fn matches(&self, seq: Seq, at: Wall, marks: &Marks) -> bool {
        let clause = |clause: &Clause| clause.any.iter().any(|test| test.holds(marks)) == (clause.sense == Sense::With);
        seq > self.after && self.is_in_time(at) && self.clauses.iter().all(clause)
    }

    /// Whether a moment is one that was meant.
    pub fn is_in_time(&self, at: Wall) -> bool {
        let in_band = |(sense, band): &(Sense, Band)| band.holds(at, &self.local) == (*sense == Sense::With);
        self.from.is_none_or(|from| at >= from) && self.to.is_none_or(|to| at < to) && self.during.iter().all(in_band)
    }

    /// Whether every entry is meant, so that nothing needs to be searched.
    pub fn wants_everything(&self) -> bool {
        self.clauses.is_empty() && self.from.is_none() && self.to.is_none() && self.during.is_empty()
    }
}

/// A page of what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The entries, in the order asked for.
    pub entries: Vec<Stamped>,
    /// Where the next page begins, if there is one.
    pub next: Option<Seq>,
    /// How many there are from the beginning of this page on.
    pub total: Total,
}

/// How many entries there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    /// As many as this.
    Counted(u64),
    /// So many were counted; judging by them there are about as many as that.
    About {
        /// So many were counted.
        counted: u64,
        /// So many there may be.
        estimate: u64,
    },
}

/// Why a search was not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SearchRefused {
    /// The index or the journal cannot be read now.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The index is not yet where the journal is.
    #[error("the search index is being built: {} %, entry {reached} of {head}; try again when it is there",
        percent(*reached, *head))]
    Building {
        /// The newest entry in it.
        reached: Seq,
        /// The newest entry of the journal.
        head: Seq,
    },
    /// Too many different values are meant.
    #[error("the wildcards of this query stand for more than {most} values; write more of what is wanted")]
    TooWide {
        /// The most values that a query may stand for.
        most: usize,
    },
}

/// How much of the whole a part is; all of it only when it is.
fn percent(part: Seq, whole: Seq) -> u64 {
    let percent = u128::from(part.get()) * 100 / u128::from(whole.get().max(1));
    u64::try_from(percent).unwrap_or(100).min(100)
}
