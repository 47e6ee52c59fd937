//! The tables that say when something holds: calendars of special days and schedules. Texts become dates and windows here;
//! whether a schedule opens at all and knows its calendars is the core's to say. A part that cannot be read gets a stand-in
//! that the core finds nothing wrong with, so that it is told once.

use std::io::Read as _;
use std::path::Path;

use rackward_core::site::draft::{CalendarDraft, ScheduleDraft};
use rackward_core::site::schedule::icalendar::{ICAL_BYTES, IcalProblem, calendar_from_ical, from_ical};
use rackward_core::site::schedule::{Date, Day, DayWindows, Weekly};

use super::places::required_text;
use super::report::Problems;
use super::table::{Member, Table, shown};

/// The day of a calendar whose own could not be read.
const STAND_IN_DAYS_SINCE_1970: i32 = 10_957;

/// `[[calendar]]`: a name and its dates, written here or in a file of iCalendar.
pub(super) fn read_calendar(table: &mut Table<'_>, base: &Path, problems: &mut Problems) -> CalendarDraft {
    let name = required_text(table, "name", problems);
    let days = match one_of(table, "days", "ical", problems) {
        Some("days") => table.texts_or_none("days", problems).and_then(|days| {
            let dates: Vec<Option<Date>> = days.iter().map(|day| read_date(day, problems)).collect();
            // A date that could not be read is told; without it the others may look like none.
            let lost = dates.iter().any(Option::is_none);
            let dates: Vec<Date> = dates.into_iter().flatten().collect();
            (!lost || !dates.is_empty()).then_some(dates)
        }),
        Some(_) => read_ical(table, base, calendar_from_ical, problems),
        None => None,
    };
    let stand_in = || Date::from_days(STAND_IN_DAYS_SINCE_1970).into_iter().collect();
    CalendarDraft { name, days: days.unwrap_or_else(stand_in) }
}

/// `[[schedule]]`: a name, a zone, weekly windows written here or in a file of iCalendar, and special days.
pub(super) fn read_schedule(table: &mut Table<'_>, base: &Path, problems: &mut Problems) -> ScheduleDraft {
    let name = required_text(table, "name", problems);
    let mut time_zone = table.text("time_zone", problems).map(|zone| zone.value.to_owned());
    let written = table.has("windows") || table.has("ical");
    let weekly = if !written && table.has("special") {
        table.pass_over(&["windows", "ical"]);
        None
    } else {
        let weekly = match one_of(table, "windows", "ical", problems) {
            Some("windows") => read_windows(table, problems),
            Some(_) => read_weekly_ical(table, base, &mut time_zone, problems),
            None => None,
        };
        Some(weekly.unwrap_or_else(Weekly::always))
    };
    let form = "{ calendar = \"...\", windows = [] }";
    let has_special = table.has("special");
    let tables = table.tables("special", form, problems);
    let mut lost = has_special && tables.is_none();
    let mut special = Vec::new();
    for inner in tables.into_iter().flatten() {
        let read = read_special(inner, problems);
        lost |= read.is_none();
        special.extend(read);
    }
    let weekly = weekly.or_else(|| lost.then(Weekly::always));
    ScheduleDraft { name, time_zone, weekly, special }
}

/// Which of two members is written; one must be, and not both.
fn one_of(
    table: &mut Table<'_>,
    here: &'static str,
    elsewhere: &'static str,
    problems: &mut Problems,
) -> Option<&'static str> {
    let (message, help) = match (table.has(here), table.has(elsewhere)) {
        (true, false) => {
            table.pass_over(&[elsewhere]);
            return Some(here);
        }
        (false, true) => {
            table.pass_over(&[here]);
            return Some(elsewhere);
        }
        (true, true) => (format!("{here} and {elsewhere} are both written"), "keep one of them"),
        (false, false) => {
            (format!("neither {here} nor {elsewhere} is written"), "add one of them; docs/site-file.md shows how")
        }
    };
    table.pass_over(&[here, elsewhere]);
    problems.add(table.span_of(elsewhere), message, help);
    None
}

fn read_date(day: &Member<&str>, problems: &mut Problems) -> Option<Date> {
    let date = day.value.parse().ok();
    if date.is_none() {
        let message = format!("\"{}\" is not a date of the years 2000 to 2100", shown(day.value));
        problems.add(day.span.clone(), message, "write a date that exists, as year-month-day: \"2026-12-25\"");
    }
    date
}

/// The windows of a week; none if one of them cannot be read.
fn read_windows(table: &mut Table<'_>, problems: &mut Problems) -> Option<Weekly> {
    let texts = table.texts("windows", problems)?;
    let mut stretches = Vec::new();
    let mut lost = false;
    for text in texts {
        match parse_weekly_window(text.value) {
            Ok(weekly) => stretches.extend_from_slice(weekly.stretches()),
            Err((message, help)) => {
                lost = true;
                problems.add(text.span, message, help);
            }
        }
    }
    if lost { None } else { Weekly::from_stretches(stretches).ok() }
}

/// What is wrong, and what to do.
type Refusal = (String, &'static str);

/// Days and a window, such as `Mon-Fri 08:00-18:00`. A window that ends before it begins runs over midnight.
fn parse_weekly_window(text: &str) -> Result<Weekly, Refusal> {
    const HELP: &str = "write days and times: \"Mon-Fri 08:00-18:00\" or \"Sat,Sun 22:00-06:00\"";
    let refusal = || (format!("\"{}\" is not a window of the week", shown(text)), HELP);
    let (days, window) = text.trim().split_once(' ').ok_or_else(refusal)?;
    let days = Day::parse_list(days).ok_or_else(refusal)?;
    let (from, to) = parse_times(window).ok_or_else(refusal)?;
    if from == to {
        let message = format!("the window \"{}\" begins and ends at the same time", shown(text));
        return Err((message, "write 00:00-24:00 for the whole day, or another end"));
    }
    Weekly::on_days(&days, from, to).map_err(|_| refusal())
}

/// `08:00-18:00`, in minutes of the day.
fn parse_times(text: &str) -> Option<(u16, u16)> {
    let (from, to) = text.trim().split_once('-')?;
    Some((parse_clock(from)?, parse_clock(to)?))
}

/// `08:00`, in minutes of the day; `24:00` is its end.
fn parse_clock(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let number = |digits: &str| {
        let two_digits = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        two_digits.then(|| digits.parse::<u16>().ok())?
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= 24 * 60).then_some(minute)
}

/// One of the special days of a schedule; nothing if it cannot be read.
fn read_special(mut table: Table<'_>, problems: &mut Problems) -> Option<(String, DayWindows)> {
    let calendar = table.required("calendar", problems);
    if !table.has("windows") {
        let help = "add windows = [\"10:00-14:00\"], or windows = [] for closed";
        problems.add(table.header(), "the special days have no windows", help);
    }
    let texts = table.texts_or_none("windows", problems);
    table.finish(problems);
    let mut windows = Vec::new();
    let mut lost = false;
    for text in texts? {
        let refused = match parse_times(text.value) {
            Some(window) => DayWindows::new([window]).err().map(|error| error.to_string()),
            None => {
                Some(format!("\"{}\" is not a window of a day; write its times: \"10:00-14:00\"", shown(text.value)))
            }
        };
        match refused {
            None => windows.extend(parse_times(text.value)),
            Some(refused) => {
                lost = true;
                let (message, help) = refused.split_once("; ").unwrap_or((&refused, "correct its times"));
                problems.add(text.span, message, help);
            }
        }
    }
    let windows = DayWindows::new(windows).ok().filter(|_| !lost)?;
    Some((calendar?.value.to_owned(), windows))
}

/// The week of a file of iCalendar. Its zone counts unless the schedule names the same one.
fn read_weekly_ical(
    table: &mut Table<'_>,
    base: &Path,
    time_zone: &mut Option<String>,
    problems: &mut Problems,
) -> Option<Weekly> {
    let (weekly, zone) = read_ical(table, base, from_ical, problems)?;
    match (&time_zone, zone) {
        (Some(written), Some(zone)) if *written != zone => {
            let message = format!("the file is in zone \"{}\", and time_zone is another", shown(&zone));
            problems.add(table.span_of("time_zone"), message, "remove time_zone, or write the file's");
        }
        (None, Some(zone)) => *time_zone = Some(zone),
        (Some(_), Some(_)) | (_, None) => {}
    }
    Some(weekly)
}

/// Reads the file that `ical` names. Each problem of the file is one of the site file, with its line there.
fn read_ical<T>(
    table: &mut Table<'_>,
    base: &Path,
    parse: impl Fn(&str) -> Result<T, Vec<IcalProblem>>,
    problems: &mut Problems,
) -> Option<T> {
    let file = table.text("ical", problems)?;
    let path = base.join(file.value);
    let mut text = String::new();
    let limit = ICAL_BYTES as u64 + 1;
    let read = std::fs::File::open(&path).and_then(|opened| opened.take(limit).read_to_string(&mut text));
    if let Err(error) = read {
        let message = format!("cannot read {}: {error}", path.display());
        problems.add(file.span, message, "name a text file of iCalendar (RFC 5545), from this file's directory");
        return None;
    }
    let refused = match parse(&text) {
        Ok(parsed) => return Some(parsed),
        Err(refused) => refused,
    };
    for problem in refused {
        let message = format!("{}, line {}: {}", shown(file.value), problem.line, problem.message);
        problems.add(file.span.clone(), message, problem.help);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_days_and_times() {
        let check = |text: &str, expect: Result<&[(u16, u16)], &str>| {
            let got = parse_weekly_window(text);
            match (&got, expect) {
                (Ok(weekly), Ok(stretches)) => assert_eq!(weekly.stretches(), stretches, "{text}"),
                (Err((message, _)), Err(part)) => assert!(message.contains(part), "{text}: {message}"),
                (Ok(_) | Err(_), Ok(_) | Err(_)) => panic!("{text}: {got:?}"),
            }
        };
        check("Mon 08:00-18:00", Ok(&[(480, 1080)]));
        check("Mon,Tue 08:00-18:00", Ok(&[(480, 1080), (1920, 2520)]));
        check("Sun 22:00-06:00", Ok(&[(0, 360), (9960, 10080)]));
        check("mon-sun  00:00-24:00", Ok(&[(0, 10080)]));
        check("Mon 08:00-08:00", Err("same time"));
        for wrong in [
            "",
            "Mon",
            "08:00-18:00",
            "Mon 8:00-18:00",
            "Mon 08:00",
            "Mon 08:60-09:00",
            "Mon 24:00-25:00",
            "Mo 08:00-09:00",
        ] {
            check(wrong, Err("not a window of the week"));
        }
    }
}
