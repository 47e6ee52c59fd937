//! The words that go with a pattern, as far as they are not the same for everybody: the place, whom to call, the code of a
//! refusal and from when it is permitted. A display has two lines of sixteen characters, and nothing here is longer.
//!
//! Decides spelling and length. How much is said is `policy.rs`'s.

use core::fmt;

use super::Reference;
use crate::entry::Denial;
use crate::site::local_time::LocalSecond;
use crate::site::schedule::calendar::Date;

/// Characters of one line.
pub(super) const LINE_CHARS: usize = 16;

/// The longest label: with it, `CALL ....... F07` still fits a line.
const LABEL_MAX_CHARS: usize = 7;

/// A short word on a display, such as `R07-03` or `4400`: 1 to 7 capital letters, digits and dashes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Label {
    text: [u8; LABEL_MAX_CHARS],
    length: u8,
}

impl Label {
    /// Takes 1 to 7 letters, digits and dashes; small letters become capitals. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=LABEL_MAX_CHARS).contains(&text.len());
        let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !fits || !is_plain {
            return None;
        }
        let mut label = Self { text: [b' '; LABEL_MAX_CHARS], length: 0 };
        for (slot, byte) in label.text.iter_mut().zip(text.bytes()) {
            *slot = byte.to_ascii_uppercase();
            label.length += 1;
        }
        Some(label)
    }

    /// What stands on the door of a rack whose path ends with `row/cabinet/face`, such as `R07-03` for `r07/c03/front`;
    /// `None` where the path is built otherwise.
    pub fn of_rack(path: &str) -> Option<Self> {
        let mut parts = path.rsplit('/').skip(1);
        let (cabinet, row) = (parts.next()?, parts.next()?);
        let number = cabinet.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        Self::parse(&format!("{row}-{number}"))
    }

    fn bytes(&self) -> impl Iterator<Item = &u8> {
        self.text.iter().take(usize::from(self.length))
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes().try_for_each(|byte| write!(f, "{}", char::from(*byte)))
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Label({self})")
    }
}

/// What a refusal looks like, and what is said with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DenialNotice {
    /// T6: no.
    NoAccess(DenialWords),
    /// T7: not at this time.
    NotNow(DenialWords),
    /// T8: closed to everyone.
    Closed(DenialWords),
    /// T10: a fault of ours; whom to call.
    Fault(DenialWords, Option<Label>),
}

impl DenialNotice {
    /// What is said with it.
    pub const fn words(self) -> DenialWords {
        match self {
            Self::NoAccess(words) | Self::NotNow(words) | Self::Closed(words) | Self::Fault(words, _) => words,
        }
    }
}

/// What is said with a refusal, on devices with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DenialWords {
    /// Nothing but the row's own words.
    None,
    /// The reference of the journal's entry.
    Reference(Reference),
    /// The code and the reference.
    Code(Denial, Reference),
    /// From when it is permitted, the code and the reference.
    From(PermittedFrom, Denial, Reference),
    /// That an approval is missing, the code and the reference.
    NotApproved(Denial, Reference),
}

impl DenialWords {
    /// The code, where it is said.
    pub(super) const fn code(self) -> Option<&'static str> {
        match self {
            Self::None | Self::Reference(_) => None,
            Self::Code(reason, _) | Self::From(_, reason, _) | Self::NotApproved(reason, _) => Some(reason.code()),
        }
    }

    /// The first line, where it is another one than the row's.
    pub(super) fn first_line(self) -> Option<String> {
        match self {
            Self::None | Self::Reference(_) | Self::Code(..) => None,
            Self::From(from, reason, _) => Some(match from.day() {
                PermittedDay::OtherWeekday => from.to_string(),
                PermittedDay::Same | PermittedDay::Later => format!("{from} {}", reason.code()),
            }),
            Self::NotApproved(reason, _) => Some(format!("NOT APPROVED {}", reason.code())),
        }
    }

    /// The second line; empty when there is none.
    pub(super) fn second_line(self) -> String {
        match self {
            Self::None => String::new(),
            Self::From(from, reason, reference) if from.day() == PermittedDay::OtherWeekday => {
                format!("{} REF {reference}", reason.code())
            }
            Self::Reference(reference)
            | Self::Code(_, reference)
            | Self::From(_, _, reference)
            | Self::NotApproved(_, reference) => format!("REF {reference}"),
        }
    }
}

/// From when something is permitted, as local time seen from another local time: `FROM 18:00` on the same day, `FROM TUE
/// 08:00` within the week, `FROM 24 DEC` after that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PermittedFrom {
    /// When it is asked.
    pub asked: LocalSecond,
    /// From when it is permitted.
    pub from: LocalSecond,
}

/// How far off the day is from which something is permitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PermittedDay {
    Same,
    /// Within a week, so that the name of the day says which.
    OtherWeekday,
    Later,
}

/// Days after which the name of a weekday would mean the one before it.
const WEEK_DAYS: i64 = 7;

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

impl PermittedFrom {
    const fn day(self) -> PermittedDay {
        match self.from.day() - self.asked.day() {
            0 => PermittedDay::Same,
            1..WEEK_DAYS => PermittedDay::OtherWeekday,
            _ => PermittedDay::Later,
        }
    }
}

impl fmt::Display for PermittedFrom {
    /// At most twelve characters, so that the code fits behind it, or fourteen with the name of a day.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute) = (self.from.day_minute() / 60, self.from.day_minute() % 60);
        let date = i32::try_from(self.from.day()).ok().and_then(Date::from_days);
        match (self.day(), date) {
            (PermittedDay::Same, _) | (_, None) => write!(f, "FROM {hour:02}:{minute:02}"),
            (PermittedDay::OtherWeekday, Some(date)) => {
                write!(f, "FROM {} {hour:02}:{minute:02}", date.weekday().word().to_ascii_uppercase())
            }
            (PermittedDay::Later, Some(date)) => {
                let (_, month, day) = date.civil();
                let month = month.checked_sub(1).and_then(|index| MONTHS.get(index as usize)).unwrap_or(&"");
                write!(f, "FROM {day} {month}")
            }
        }
    }
}
