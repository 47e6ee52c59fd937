//! Recurrence rules (RFC 5545, 3.3.10), the two kinds that repeat for ever within a week: daily, and weekly on given days.

use super::super::Problems;
use super::super::content::{ContentLine, excerpt};
use super::EventRule;
use crate::site::schedule::Day;

/// Reads the value of RRULE; what is outside the subset is told.
pub(super) fn parse(line: &ContentLine, problems: &mut Problems) -> Option<EventRule> {
    let before = problems.found.len();
    let (mut frequency, mut by_day, mut seen) = (None, None, Vec::new());
    let value = line.value.trim().to_ascii_uppercase();
    for part in value.split(';') {
        let (name, text) = part.split_once('=').unwrap_or((part, ""));
        if seen.contains(&name) {
            problems.add(line.line, format!("the rule has {} twice", excerpt(name)), "write it once");
            continue;
        }
        match (name, text) {
            ("FREQ", "DAILY") => frequency = Some(Day::ALL.to_vec()),
            ("FREQ", "WEEKLY") => frequency = Some(Vec::new()),
            ("BYDAY", days) => by_day = days_of_week(line.line, days, problems),
            // Repeating each time is the default, and where a week starts matters only when some are left out.
            ("INTERVAL", "1") | ("WKST", "MO" | "TU" | "WE" | "TH" | "FR" | "SA" | "SU") => {}
            (name, _) => refuse(line.line, name, part, problems),
        }
        // At most the handful of names above are kept: any other has just been told.
        if ["FREQ", "BYDAY", "INTERVAL", "WKST"].contains(&name) {
            seen.push(name);
        }
    }
    if frequency.is_none() && problems.found.len() == before {
        problems.add(line.line, "the rule has no FREQ", "write RRULE:FREQ=WEEKLY;BYDAY=MO,TU");
    }
    if problems.found.len() > before {
        return None;
    }
    let days = by_day.or(frequency)?;
    let line = line.line;
    Some(if days.is_empty() { EventRule::OnDayOfStart { line } } else { EventRule::OnDays { days, line } })
}

/// Says why a part of a rule is not taken.
fn refuse(line: usize, name: &str, part: &str, problems: &mut Problems) {
    let (why, help) = match name {
        "UNTIL" | "COUNT" => ("a schedule has no end", "remove it; the end of a right is said by its grant"),
        "INTERVAL" => ("a schedule is the same every week", "remove it, or make the dates special days"),
        "FREQ" => {
            ("a schedule repeats daily or weekly", "use FREQ=DAILY or FREQ=WEEKLY, or make the dates special days")
        }
        _ => ("it is not part of the subset", "use FREQ=DAILY, or FREQ=WEEKLY with BYDAY"),
    };
    problems.add(line, format!("the rule has {}: {why}", excerpt(part)), help);
}

/// Reads `MO,WE`; a number before a day belongs to rules by month or year.
fn days_of_week(line: usize, text: &str, problems: &mut Problems) -> Option<Vec<Day>> {
    const CODES: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
    let day = |code: &str| CODES.iter().position(|known| *known == code).map(|index| Day::ALL[index]);
    let days: Option<Vec<Day>> = text.split(',').map(|code| day(code.trim())).collect();
    if days.is_none() {
        let message = format!("\"{}\" is not a list of days of the week", excerpt(text));
        problems.add(line, message, "use MO, TU, WE, TH, FR, SA, SU with commas and without numbers");
    }
    days
}
