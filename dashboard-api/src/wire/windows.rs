//! Windows of the week and of a day as people write them, `Mon-Fri 08:00-18:00` and `09:00-12:00`, read and written. What
//! is read is written back so that it reads the same. What a window means, and when it holds, is the core's
//! (`site/schedule.rs`).

use std::collections::BTreeMap;

use rackward_core::site::schedule::{Day, DayWindows, WEEK_MINUTES, Weekly};

/// Minutes of a day.
const DAY_MINUTES: u16 = 24 * 60;

/// Why a text is not a window. What to do is part of each sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// The days are no days.
    #[error("days must be names of three letters, such as Mon-Fri or Sat,Sun")]
    Days,
    /// The times are no times.
    #[error("times must be two times of day, such as 08:00-18:00")]
    Times,
    /// It begins and ends at once: read as a whole day it would be the widest window there is, written by mistake as an
    /// empty one.
    #[error("it begins and ends at the same time; write 00:00-24:00 for the whole day")]
    Empty,
    /// It begins at 24:00.
    #[error("a window cannot begin at 24:00; write 00:00 and the day after")]
    StartsAtEnd,
    /// A window of one day runs over midnight.
    #[error("it ends before it begins; end it at 24:00 at the latest")]
    OverMidnight,
}

/// A window of the week: its days, and its minutes of the day. It runs over midnight when it ends before it begins.
pub(crate) fn week_window(text: &str) -> Result<(Vec<Day>, u16, u16), WindowError> {
    let times = text.find(|c: char| c.is_ascii_digit()).ok_or(WindowError::Times)?;
    let (days, times) = text.split_at(times);
    let days = Day::parse_list(days.trim()).ok_or(WindowError::Days)?;
    let (from, to) = times_of_day(times)?;
    Ok((days, from, to))
}

/// A window of one day.
pub(crate) fn day_window(text: &str) -> Result<(u16, u16), WindowError> {
    let (from, to) = times_of_day(text)?;
    if to < from { Err(WindowError::OverMidnight) } else { Ok((from, to)) }
}

/// `08:00-18:00` as minutes of the day; `24:00` may end it.
pub(crate) fn times_of_day(text: &str) -> Result<(u16, u16), WindowError> {
    let (from, to) = text.split_once('-').ok_or(WindowError::Times)?;
    let (Some(from), Some(to)) = (minute(from.trim()), minute(to.trim())) else { return Err(WindowError::Times) };
    if from == to {
        Err(WindowError::Empty)
    } else if from == DAY_MINUTES {
        Err(WindowError::StartsAtEnd)
    } else {
        Ok((from, to))
    }
}

fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !two_digits(hours) || !two_digits(minutes) {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= DAY_MINUTES).then_some(minute)
}

/// The windows of a week, each as `Mon-Fri 08:00-18:00`.
pub(crate) fn week_texts(weekly: &Weekly) -> Vec<String> {
    let mut windows: BTreeMap<(u16, u16), Vec<Day>> = BTreeMap::new();
    for (mut from, to) in unwrapped(weekly) {
        while from < to {
            let end = if fits_one_day(from, to) { to } else { (from / DAY_MINUTES + 1) * DAY_MINUTES };
            let day = Day::ALL.get(usize::from(from / DAY_MINUTES) % 7).copied().unwrap_or(Day::Mon);
            windows.entry((from % DAY_MINUTES, end - from)).or_default().push(day);
            from = end;
        }
    }
    let mut windows: Vec<_> = windows.into_iter().map(|((from, length), days)| (sorted(days), from, length)).collect();
    windows.sort();
    let text = |(days, from, length): &(Vec<Day>, u16, u16)| format!("{} {}", day_words(days), clock(*from, *length));
    windows.iter().map(text).collect()
}

/// The windows of a day, each as `09:00-12:00`; none means closed.
pub(crate) fn day_texts(windows: &DayWindows) -> Vec<String> {
    windows.stretches().iter().map(|(from, to)| clock(*from, to - from)).collect()
}

/// The stretches of a week, of which the last may run on into the next week.
fn unwrapped(weekly: &Weekly) -> Vec<(u16, u16)> {
    let mut stretches = weekly.stretches().to_vec();
    if let [(0, head), .., (_, WEEK_MINUTES)] = stretches[..] {
        stretches.remove(0);
        if let Some((_, to)) = stretches.last_mut() {
            *to += head;
        }
    }
    stretches
}

/// Whether a stretch can be written as one window: shorter than a day, or one whole day.
const fn fits_one_day(from: u16, to: u16) -> bool {
    to - from < DAY_MINUTES || (to - from == DAY_MINUTES && from.is_multiple_of(DAY_MINUTES))
}

fn sorted(mut days: Vec<Day>) -> Vec<Day> {
    days.sort_unstable();
    days
}

fn clock(from: u16, length: u16) -> String {
    let end = from + length;
    let to = if end > DAY_MINUTES { end - DAY_MINUTES } else { end };
    format!("{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
}

/// Sorted days with runs joined: `Mon-Fri,Sun`.
fn day_words(days: &[Day]) -> String {
    let follows = |one: &Day, next: &Day| *next as usize == *one as usize + 1;
    let words = days.chunk_by(follows).map(|run| match run {
        [first, .., last] => format!("{}-{}", first.word(), last.word()),
        [only] => only.word().to_owned(),
        [] => String::new(),
    });
    words.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_of_day_are_read_strictly() {
        let check = |text: &str, expect: Result<(u16, u16), WindowError>| {
            assert_eq!(times_of_day(text), expect, "{text}");
        };
        check("08:00-18:00", Ok((480, 1080)));
        check("22:00 - 06:00", Ok((1320, 360)));
        check("00:00-24:00", Ok((0, 1440)));
        check("08:00-08:00", Err(WindowError::Empty));
        check("24:00-06:00", Err(WindowError::StartsAtEnd));
        for wrong in ["8:00-18:00", "08:60-18:00", "08:00-24:01", "+8:00-18:00", "08:00", "", "é"] {
            check(wrong, Err(WindowError::Times));
        }
        assert_eq!(day_window("22:00-06:00"), Err(WindowError::OverMidnight));
        assert_eq!(day_window("22:00-24:00"), Ok((1320, 1440)));
    }

    #[test]
    fn windows_of_the_week_are_read_and_written_the_same() {
        let check = |texts: &[&str], expect: &[&str]| {
            let mut stretches = Vec::new();
            for text in texts {
                let (days, from, to) = week_window(text).unwrap();
                stretches.extend(Weekly::on_days(&days, from, to).unwrap().stretches().to_vec());
            }
            assert_eq!(week_texts(&Weekly::from_stretches(stretches).unwrap()), expect);
        };
        check(&["Mon-Fri 08:00-18:00"], &["Mon-Fri 08:00-18:00"]);
        check(&["sat, Sun  09:00 - 12:00", "Mon,Wed 08:00-09:00"], &["Mon,Wed 08:00-09:00", "Sat-Sun 09:00-12:00"]);
        check(&["Sun 22:00-06:00"], &["Sun 22:00-06:00"]);
        check(&["Mon-Sun 00:00-24:00"], &["Mon-Sun 00:00-24:00"]);
        check(
            &["Fri 20:00-24:00", "Sat-Sun 00:00-24:00", "Mon 00:00-06:00"],
            &["Mon 00:00-06:00", "Fri 20:00-24:00", "Sat-Sun 00:00-24:00"],
        );
        assert_eq!(week_window("Monday 08:00-09:00"), Err(WindowError::Days));
        assert_eq!(week_window("08:00-09:00"), Err(WindowError::Days));
        assert_eq!(week_window("Mon-Fri"), Err(WindowError::Times));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_week_survives_being_written(
            stretches in proptest::collection::vec((0..WEEK_MINUTES, 1..=WEEK_MINUTES), 1..12),
        ) {
            let weekly = Weekly::from_stretches(stretches.into_iter().map(|(from, length)| (from, from + length))).unwrap();
            let mut read = Vec::new();
            for text in week_texts(&weekly) {
                let (days, from, to) = week_window(&text).unwrap();
                read.extend(Weekly::on_days(&days, from, to).unwrap().stretches().to_vec());
            }
            prop_assert_eq!(Weekly::from_stretches(read).unwrap(), weekly);
        }
    }
}
