//! What people see of each kind of thing, column by column. The order of columns in `plain` output is a promise to
//! scripts: new ones come last.

use serde_json::Value;

use super::safe;
use crate::cli::when::Calendar;

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
    /// Several texts: front and rear of one rack are drawn together.
    Paths,
    /// Something that is there or not.
    Presence(&'static str, &'static str),
    /// Stretches of the week, or `always`.
    Week,
    /// A CloudEvent's type without its vendor and version: `access.denied`.
    EventName,
}

const fn column(head: &'static str, member: &'static str, shape: Shape) -> Column {
    Column { head, member, shape }
}

/// Alarms.
pub(crate) const ALARMS: &[Column] = &[
    column("ID", "id", Shape::Text),
    column("PRIO", "priority", Shape::Priority),
    column("SINCE", "raised_at", Shape::Instant),
    column("WHAT", "kind", Shape::Text),
    column("WHERE", "source", Shape::Text),
    column("CONDITION", "active", Shape::Presence("active", "returned")),
    column("ACKNOWLEDGED BY", "acked.acked_by", Shape::Text),
];

/// Doors.
pub(crate) const DOORS: &[Column] = &[
    column("DOOR", "path", Shape::Text),
    column("KIND", "kind", Shape::Text),
    column("SECURED", "secured", Shape::Text),
    column("MODE", "mode", Shape::Text),
    column("CONTACT", "contact", Shape::Text),
    column("LOCK", "lock", Shape::Text),
    column("HANDLE", "handle", Shape::Text),
    column("ALARM", "alarm", Shape::Text),
];

/// Devices.
pub(crate) const DEVICES: &[Column] = &[
    column("DEVICE", "name", Shape::Text),
    column("ROLE", "role", Shape::Text),
    column("STATE", "state", Shape::Text),
    column("COVER", "tamper", Shape::Presence("open", "closed")),
    column("WHERE", "places", Shape::Paths),
    column("MODEL", "model", Shape::Text),
    column("SERIAL", "serial", Shape::Text),
    column("FIRMWARE", "firmware", Shape::Text),
];

/// Entries of the journal, as CloudEvents.
pub(crate) const EVENTS: &[Column] = &[
    column("SEQ", "id", Shape::Text),
    column("TIME", "time", Shape::Instant),
    column("EVENT", "type", Shape::EventName),
    column("WHERE", "subject", Shape::Text),
    column("WHAT", "data.sentence", Shape::Text),
];

/// People.
pub(crate) const PEOPLE: &[Column] = &[
    column("ID", "id", Shape::Text),
    column("NAME", "name", Shape::Text),
    column("STATUS", "status", Shape::Text),
    column("PIN", "pin_set", Shape::Presence("set", "not set")),
];

/// Credentials.
pub(crate) const CREDENTIALS: &[Column] = &[
    column("ID", "id", Shape::Text),
    column("PERSON", "person", Shape::Text),
    column("STATE", "state", Shape::Text),
    column("FROM", "valid_from_at", Shape::Instant),
    column("TO", "valid_to_at", Shape::Instant),
];

/// Grants.
pub(crate) const GRANTS: &[Column] = &[
    column("ID", "id", Shape::Text),
    column("PERSON", "person", Shape::Text),
    column("STATE", "state", Shape::Text),
    column("FROM", "from_at", Shape::Instant),
    column("TO", "to_at", Shape::Instant),
    column("WEEK", "weekly", Shape::Week),
    column("TICKET", "ticket", Shape::Text),
    column("DOORS", "doors", Shape::Paths),
    column("REASON", "reason", Shape::Text),
];

/// The people of the simulated world.
pub(crate) const SIMULATED_PEOPLE: &[Column] = &[
    column("ID", "id", Shape::Text),
    column("NAME", "name", Shape::Text),
    column("ROLE", "role", Shape::Text),
    column("CARD", "card", Shape::Text),
    column("MAY", "may", Shape::Text),
];

impl Column {
    /// The member this column shows of `item`; null when it has none.
    pub(crate) fn value<'a>(&self, item: &'a Value) -> &'a Value {
        const NULL: &Value = &Value::Null;
        self.member.split('.').try_fold(item, |at, name| at.get(name)).unwrap_or(NULL)
    }

    /// The cell of `item`: one line, safe to print, `-` where there is nothing.
    pub(crate) fn text(&self, item: &Value, calendar: &Calendar) -> String {
        let value = self.value(item);
        let text = match (self.shape, value) {
            (Shape::Presence(yes, no), Value::Bool(there)) => if *there { yes } else { no }.to_owned(),
            (Shape::Presence(_, no), Value::Null) => no.to_owned(),
            (Shape::Week, Value::Array(stretches)) => week(stretches),
            (Shape::Paths, Value::Array(paths)) => paths_together(paths),
            (Shape::Instant, Value::String(text)) => calendar.show_text(text),
            (Shape::Priority, Value::Number(number)) => format!("P{number}"),
            (Shape::EventName, Value::String(text)) => event_name(text).to_owned(),
            (_, Value::String(text)) => text.clone(),
            (_, Value::Null) => String::new(),
            (_, other) => other.to_string(),
        };
        if text.is_empty() { "-".to_owned() } else { safe(&text) }
    }
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
