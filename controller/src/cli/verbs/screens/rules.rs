//! Schedules, calendars, profiles and agreements as a few lines for people.

use serde_json::Value;

use super::{generation, items, text};
use crate::cli::output::column::special_words;
use crate::cli::output::{Screen, safe};

/// A schedule.
pub(in crate::cli::verbs) fn schedule(document: &Value, _: &Screen) -> String {
    let zone = match text(document, "time_zone") {
        "" => "the site's",
        zone => zone,
    };
    let mut lines = vec![format!("Schedule {}", safe(text(document, "name"))), format!("  zone      {}", safe(zone))];
    let windows = words(document, "windows");
    let windows = if windows.is_empty() { vec!["on special days only".to_owned()] } else { windows };
    lines.extend(windows.iter().map(|window| format!("  window    {}", safe(window))));
    lines.extend(special_words(document).iter().map(|special| format!("  special   {}", safe(special))));
    lines.extend(managed(document));
    lines.join("\n")
}

fn words(document: &Value, name: &str) -> Vec<String> {
    items(document, name).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Who looks after it, where that is not an operator.
fn managed(document: &Value) -> Option<String> {
    (text(document, "managed") == "file").then(|| "  managed   by the site file; change it there".to_owned())
}

/// A calendar with its days.
pub(in crate::cli::verbs) fn calendar(document: &Value, _: &Screen) -> String {
    let mut lines = vec![format!("Calendar {}", safe(text(document, "name")))];
    lines.extend(words(document, "days").iter().map(|day| format!("  {}", safe(day))));
    lines.extend(managed(document));
    lines.join("\n")
}

/// A profile with its policies.
pub(in crate::cli::verbs) fn profile(document: &Value, _: &Screen) -> String {
    let owner = safe(text(document, "organisation"));
    let mut lines = vec![format!("Profile {} of {owner}", safe(text(document, "name")))];
    let policy = |policy: &Value| {
        let schedule = match text(policy, "schedule") {
            "" => "always",
            schedule => schedule,
        };
        format!("  {}  {}", safe(text(policy, "door")), safe(schedule))
    };
    lines.extend(items(document, "policies").iter().map(policy));
    lines.join("\n")
}

/// Something with a name was made or changed.
pub(in crate::cli::verbs) fn made(document: &Value, _: &Screen) -> String {
    format!("{} is in force{}", safe(text(document, "name")), generation(document))
}

/// Something with a name was removed.
pub(in crate::cli::verbs) fn removed(document: &Value, _: &Screen) -> String {
    format!("{} is gone{}", safe(text(document, "name")), generation(document))
}

/// A calendar file as it is, with the line ends that RFC 5545 asks for.
pub(in crate::cli::verbs) fn icalendar(document: &Value, _: &Screen) -> String {
    text(document, "text").lines().map(|line| safe(line) + "\r\n").collect::<String>().trim_end_matches('\n').to_owned()
}

/// A new agreement.
pub(in crate::cli::verbs) fn agreement(document: &Value, screen: &Screen) -> String {
    let (owner, guest) = (safe(text(document, "owner")), safe(text(document, "guest")));
    let until = safe(&screen.calendar.show_text(text(document, "to_at")));
    let areas = safe(&words(document, "areas").join(", "));
    let id = safe(text(document, "id"));
    format!("Agreement {id}: {owner} shares {areas} with {guest}, until {until}{}", generation(document))
}

/// An agreement has ended.
pub(in crate::cli::verbs) fn agreement_ended(document: &Value, _: &Screen) -> String {
    let id = safe(text(document, "id"));
    format!("Agreement {id} has ended, and the grants that rested on it{}", generation(document))
}
