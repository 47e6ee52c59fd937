//! How one cell of a list reads: the member it shows and its shape. Which columns a list has is in `column/lists.rs`.

mod lists;

use serde_json::Value;

use super::safe;
use crate::cli::when::Calendar;

pub(crate) use lists::{
    AGREEMENTS, ALARMS, ALERTS, AREA_COUNTS, AREAS, BEHIND, BUS_DEVICES, BUSES, CALENDARS, CAMERAS, CARD_FORMATS,
    CONTEXTS, CREDENTIALS, DEVICES, DOORS, EVENTS, EXPOSED, GIVEN_UP, GRANTS, INSIDERS, MAY_OPEN, MAY_OPEN_OF_RACK,
    MAY_PASS, MUSTER_PEOPLE, MUSTERS, OCCUPANCY, OPERATORS, ORGANISATIONS, PEOPLE, PERMISSIONS, POINTS, PREVIEW,
    PROFILES, PROPOSALS, RACK_ASSETS, RACKS, REQUESTS, REVIEW_LINES, REVIEWS, SCAN, SCHEDULES, SESSIONS, SHIFT_DOORS,
    SIMULATED, SIMULATED_PEOPLE, TOKENS, UNREVIEWED, VISITORS, WEBHOOKS,
};

/// One column of a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    /// Its heading.
    pub(crate) head: &'static str,
    /// The member it shows; a dot leads into a member of a member.
    pub(crate) member: &'static str,
    /// How the member is shown.
    pub(crate) shape: Shape,
}

/// How a member is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// As it is.
    Text,
    /// As an instant.
    Instant,
    /// A number from 1 to 4 as `P1` to `P4`.
    Priority,
    /// The number of a generation as it is typed: `gen-12`.
    Generation,
    /// Several texts: front and rear of one rack are drawn together.
    Paths,
    /// Something that is there or not.
    Presence(&'static str, &'static str),
    /// The first text if the member is true, the second if it is false, nothing while nobody knows.
    Known(&'static str, &'static str),
    /// How many there are.
    Count,
    /// Several texts, with commas between them.
    Texts,
    /// When a grant or policy holds: its schedule, its stretches of the week, or `always`.
    When,
    /// What holds on special days, calendar by calendar.
    SpecialDays,
    /// The doors of a profile, as in [`Shape::Paths`].
    PolicyDoors,
    /// The schedules of a profile, each once.
    PolicySchedules,
    /// A local time with its offset, as RFC 3339 has it.
    Local,
    /// What a grant allows: its profile, or its doors as in [`Shape::Paths`].
    Right,
    /// Stretches of time, each from and to an instant.
    Windows,
    /// A CloudEvent's type without its vendor and version: `access.denied`.
    EventName,
}

impl Column {
    /// Columns for these members, joined by commas: those of `usual` where one shows the member, else the member as it is.
    pub(crate) fn of_members(members: &str, usual: &'static [Self]) -> &'static [Self] {
        let column = |member: &str| {
            let known = usual.iter().find(|column| column.member == member).copied();
            known.unwrap_or_else(|| {
                // As many as were typed, once for each run of the program: they live as long as it.
                let (head, member) = (member.to_uppercase().leak(), member.to_owned().leak());
                Self { head, member, shape: Shape::Text }
            })
        };
        members.split(',').map(|member| column(member.trim())).collect::<Vec<_>>().leak()
    }

    /// The member this column shows of `item`; null when it has none.
    pub(crate) fn value<'a>(&self, item: &'a Value) -> &'a Value {
        const NULL: &Value = &Value::Null;
        self.member.split('.').try_fold(item, |at, name| at.get(name)).unwrap_or(NULL)
    }

    /// The cell of `item`: one line, safe to print, `-` where there is nothing.
    pub(crate) fn text(&self, item: &Value, calendar: &Calendar) -> String {
        let text = self.words(item, calendar);
        if text.is_empty() { "-".to_owned() } else { safe(&text) }
    }

    /// What the cell of `item` says, as it came: not safe to print.
    pub(crate) fn words(&self, item: &Value, calendar: &Calendar) -> String {
        let value = self.value(item);
        match (self.shape, value) {
            (Shape::Presence(yes, no) | Shape::Known(yes, no), Value::Bool(there)) => {
                if *there { yes } else { no }.to_owned()
            }
            (Shape::Presence(_, no), Value::Null) => no.to_owned(),
            (Shape::When, _) => when_words(item),
            (Shape::Right, _) => right_words(item),
            (Shape::SpecialDays, _) => special_words(item).join(", "),
            (Shape::PolicyDoors, _) => paths_together(&policy_doors(item).map(Value::from).collect::<Vec<_>>()),
            (Shape::PolicySchedules, _) => policy_schedules(item).join(", "),
            (Shape::Local, Value::String(text)) => local_words(text).unwrap_or_else(|| text.clone()),
            (Shape::Count, Value::Array(items)) => items.len().to_string(),
            (Shape::Texts, Value::Array(texts)) => texts_together(texts),
            (Shape::Paths, Value::Array(paths)) => paths_together(paths),
            (Shape::Instant, Value::String(text)) => calendar.show_text(text),
            (Shape::Windows, Value::Array(windows)) => windows_together(windows, calendar),
            (Shape::Priority, Value::Number(number)) => format!("P{number}"),
            (Shape::Generation, Value::Number(number)) => format!("gen-{number}"),
            (Shape::EventName, Value::String(text)) => event_name(text).to_owned(),
            (_, Value::String(text)) => text.clone(),
            (_, Value::Null) => String::new(),
            (_, other) => other.to_string(),
        }
    }
}

/// `in 2 h to in 4 h, ...`; several with commas between them.
fn windows_together(windows: &[Value], calendar: &Calendar) -> String {
    let moment =
        |window: &Value, name: &str| calendar.show_text(window.get(name).and_then(Value::as_str).unwrap_or_default());
    let words = windows.iter().map(|window| format!("{} to {}", moment(window, "from_at"), moment(window, "to_at")));
    words.collect::<Vec<_>>().join(", ")
}

fn texts_together(texts: &[Value]) -> String {
    texts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
}

/// When a grant or policy holds, in words. A profile has its own times at each door.
pub(crate) fn when_words(item: &Value) -> String {
    let text = |name: &str| item.get(name).and_then(Value::as_str);
    match (text("profile"), text("schedule"), item.get("weekly").and_then(Value::as_array)) {
        (Some(_), _, _) => "as the profile says".to_owned(),
        (None, Some(schedule), _) => schedule.to_owned(),
        (None, None, Some(stretches)) => week(stretches),
        (None, None, None) => "always".to_owned(),
    }
}

/// What a grant allows, in words.
pub(crate) fn right_words(item: &Value) -> String {
    match item.get("profile").and_then(Value::as_str) {
        Some(profile) => format!("profile {profile}"),
        None => paths_together(item.get("doors").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()),
    }
}

/// What holds on the days of each calendar, in words.
pub(crate) fn special_words(schedule: &Value) -> Vec<String> {
    let word = |special: &Value| {
        let calendar = special.get("calendar").and_then(Value::as_str).unwrap_or_default();
        let windows = special.get("windows").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let windows: Vec<&str> = windows.iter().filter_map(Value::as_str).collect();
        let windows = if windows.is_empty() { "closed".to_owned() } else { windows.join(" ") };
        format!("{calendar} {windows}")
    };
    schedule.get("special").and_then(Value::as_array).into_iter().flatten().map(word).collect()
}

fn policies<'a>(profile: &'a Value, member: &'static str) -> impl Iterator<Item = Option<&'a str>> {
    let policies = profile.get("policies").and_then(Value::as_array).into_iter().flatten();
    policies.map(move |policy| policy.get(member).and_then(Value::as_str))
}

/// The doors of a profile.
pub(crate) fn policy_doors(profile: &Value) -> impl Iterator<Item = &str> {
    policies(profile, "door").flatten()
}

/// The schedules of a profile, each once; a policy without one always holds.
pub(crate) fn policy_schedules(profile: &Value) -> Vec<&str> {
    let schedules: std::collections::BTreeSet<&str> =
        policies(profile, "schedule").map(|schedule| schedule.unwrap_or("always")).collect();
    schedules.into_iter().collect()
}

/// `Sun 2026-10-25 01:30 +01:00` of `2026-10-25T01:30:00+01:00`: the offset tells the two half past ones of a doubled hour
/// apart.
fn local_words(text: &str) -> Option<String> {
    const CIVIL_CHARS: usize = "2026-10-25T01:30:00".len();
    let (civil, offset) = text.split_at_checked(CIVIL_CHARS)?;
    let civil: jiff::civil::DateTime = civil.parse().ok()?;
    Some(format!("{} {offset}", civil.strftime("%a %Y-%m-%d %H:%M")))
}

/// `access.denied` of `rackward.access.denied.v1`.
fn event_name(kind: &str) -> &str {
    let name = kind.strip_prefix("rackward.").unwrap_or(kind);
    name.rsplit_once(".v").map_or(name, |(name, _)| name)
}

/// `lon1/r01/c01/front` and `lon1/r01/c01/rear` as `lon1/r01/c01/front+rear`; other paths side by side.
pub(crate) fn paths_together(paths: &[Value]) -> String {
    let mut grouped: Vec<(&str, Vec<&str>)> = Vec::new();
    for path in paths.iter().filter_map(Value::as_str) {
        let (place, last) = path.rsplit_once('/').unwrap_or(("", path));
        let face = matches!(last, "front" | "rear");
        match grouped.last_mut() {
            Some((same, faces)) if face && *same == place => faces.push(last),
            _ if face => grouped.push((place, vec![last])),
            _ => grouped.push((path, Vec::new())),
        }
    }
    let texts = grouped.iter().map(|(place, faces)| match faces.as_slice() {
        [] => (*place).to_owned(),
        faces => format!("{place}/{}", faces.join("+")),
    });
    texts.collect::<Vec<_>>().join(" ")
}

/// The weekly schedule in words. Days in a row with the same hours are drawn together: `Mon-Fri 08:00-18:00`.
pub(crate) fn week(stretches: &[Value]) -> String {
    let part = |stretch: &Value, name: &str| stretch.get(name).and_then(Value::as_str).unwrap_or("?").to_owned();
    let mut runs: Vec<(String, String, String)> = Vec::new();
    for stretch in stretches {
        let (from, to) = (part(stretch, "from"), part(stretch, "to"));
        let (first, start) = from.split_once(' ').unwrap_or(("", &from));
        let (last, end) = to.split_once(' ').unwrap_or(("", &to));
        let hours = if first == last { format!("{start}-{end}") } else { format!("{start}-{last} {end}") };
        match runs.last_mut() {
            Some((_, until, same)) if *same == hours && first == last && follows(until, first) => {
                first.clone_into(until)
            }
            _ => runs.push((first.to_owned(), first.to_owned(), hours)),
        }
    }
    if runs.is_empty() {
        return "always".to_owned();
    }
    let texts = runs.iter().map(|(first, last, hours)| match first == last {
        true => format!("{first} {hours}"),
        false => format!("{first}-{last} {hours}"),
    });
    texts.collect::<Vec<_>>().join(", ")
}

fn follows(day: &str, next: &str) -> bool {
    use rackward_core::site::schedule::Day;
    let number = |day: &str| Day::parse(day).map(|day| day as usize);
    matches!((number(day), number(next)), (Some(day), Some(next)) if day + 1 == next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn front_and_rear_are_drawn_together() {
        let check = |paths: &[&str], expect: &str| {
            let paths: Vec<Value> = paths.iter().map(|path| json!(path)).collect();
            assert_eq!(paths_together(&paths), expect);
        };
        check(&[], "");
        check(&["l/a"], "l/a");
        check(&["l/a", "l/r01/c01/front", "l/r01/c01/rear"], "l/a l/r01/c01/front+rear");
        check(&["l/r01/c01/rear", "l/r01/c02/rear"], "l/r01/c01/rear l/r01/c02/rear");
        check(&["front"], "/front");
    }

    #[test]
    fn the_two_half_past_ones_of_a_doubled_hour_differ() {
        let check = |text: &str, expect: Option<&str>| assert_eq!(local_words(text).as_deref(), expect, "{text}");
        check("2026-10-25T01:30:00+01:00", Some("Sun 2026-10-25 01:30 +01:00"));
        check("2026-10-25T01:30:00+00:00", Some("Sun 2026-10-25 01:30 +00:00"));
        check("2026-13-25T01:30:00+00:00", None);
        check("soon", None);
        check("", None);
    }

    #[test]
    fn rights_read_as_what_they_rest_on() {
        let check = |item: Value, when: &str, right: &str| {
            assert_eq!((when_words(&item).as_str(), right_words(&item).as_str()), (when, right), "{item}");
        };
        check(json!({"doors": ["l/a"], "weekly": [], "profile": null, "schedule": null}), "always", "l/a");
        check(json!({"doors": ["l/a"], "weekly": [], "profile": null, "schedule": "nights"}), "nights", "l/a");
        check(json!({"doors": [], "weekly": [], "profile": "power"}), "as the profile says", "profile power");
        check(json!({}), "always", "");
    }

    #[test]
    fn a_week_reads_as_people_say_it() {
        let check = |stretches: &[(&str, &str)], expect: &str| {
            let stretches: Vec<Value> = stretches.iter().map(|(from, to)| json!({"from": from, "to": to})).collect();
            assert_eq!(week(&stretches), expect);
        };
        check(&[], "always");
        check(&[("Mon 08:00", "Mon 18:00")], "Mon 08:00-18:00");
        check(
            &[("Mon 08:00", "Mon 18:00"), ("Tue 08:00", "Tue 18:00"), ("Wed 08:00", "Wed 18:00")],
            "Mon-Wed 08:00-18:00",
        );
        check(&[("Mon 08:00", "Mon 18:00"), ("Wed 08:00", "Wed 18:00")], "Mon 08:00-18:00, Wed 08:00-18:00");
        check(&[("Fri 22:00", "Sat 06:00")], "Fri 22:00-Sat 06:00");
    }
}
