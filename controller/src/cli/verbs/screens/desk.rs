//! Musters, visitors and the hand-over as a few lines for people.

use anstyle::AnsiColor;
use serde_json::Value;

use super::{items, number, text};
use crate::cli::output::column::{ALARMS, MUSTER_PEOPLE, SHIFT_DOORS, VISITORS};
use crate::cli::output::{Screen, rows, safe};

/// The order in which people on a list are shown: those first who are looked for.
const STATUSES: [&str; 4] = ["missing", "unsure", "safe", "not_on_site"];

/// One muster: how it stands, area by area, and everybody on its list.
pub(in crate::cli::verbs) fn muster(document: &Value, screen: &Screen) -> String {
    let said = |name: &str| safe(text(document, name));
    let when = |name: &str| screen.calendar.show_text(text(document, name));
    let mut lines = vec![
        format!("{}  {} in {}, {}: {}", said("id"), said("kind"), said("area"), said("state"), said("reason")),
        format!("started   {} by {}", when("started_at"), said("started_by")),
        counts(document, screen),
    ];
    if text(document, "state") == "ended" {
        lines.push(format!("ended     {} by {}", when("ended_at"), said("ended_by")));
        lines.extend(text(document, "report").lines().map(|line| format!("report    {}", safe(line))));
    }
    for area in items(document, "areas") {
        lines.extend(doubt(area, screen));
    }
    for reader in items(document, "readers").iter().filter(|reader| text(reader, "state") != "online") {
        let said = |name: &str| safe(text(reader, name));
        lines.push(format!("reader    {} at {} is {}", said("device"), said("place"), said("state")));
    }
    for status in STATUSES {
        let people: Vec<Value> =
            items(document, "persons").iter().filter(|row| text(row, "status") == status).cloned().collect();
        if !people.is_empty() {
            lines.push(format!("\n{} {}", people.len(), spaced(status)));
            lines.push(rows(&people, MUSTER_PEOPLE, screen).trim_end().to_owned());
        }
    }
    lines.join("\n")
}

fn counts(document: &Value, screen: &Screen) -> String {
    let count = |name: &str| number(document, &format!("/counts/{name}"));
    let (missing, unsure) = (count("missing"), count("unsure"));
    let line = format!(
        "people    {missing} missing, {unsure} unsure, {} safe, {} not on site",
        count("safe"),
        count("not_on_site")
    );
    if missing + unsure > 0 { screen.paint.colour(AnsiColor::Red, &line) } else { line }
}

fn doubt(area: &Value, screen: &Screen) -> Option<String> {
    let words = area.get("wrong_words")?.as_str()?;
    let since = screen.calendar.show_text(text(area, "wrong_since_at"));
    Some(format!("doubt     {} may be wrong since {since}: {}", safe(text(area, "area")), safe(words)))
}

/// A muster was started.
pub(in crate::cli::verbs) fn muster_started(document: &Value, screen: &Screen) -> String {
    let id = safe(text(document, "id"));
    format!(
        "{id} runs in {}\n{}\nnext: rackward muster show {id}",
        safe(text(document, "area")),
        counts(document, screen)
    )
}

/// A muster was ended.
pub(in crate::cli::verbs) fn muster_ended(document: &Value, screen: &Screen) -> String {
    format!("{} has ended\n{}", safe(text(document, "id")), counts(document, screen))
}

/// People were marked.
pub(in crate::cli::verbs) fn muster_marked(document: &Value, screen: &Screen) -> String {
    let who: Vec<String> = items(document, "marked").iter().filter_map(Value::as_str).map(safe).collect();
    let verb = if who.len() == 1 { "is" } else { "are" };
    format!("{} {verb} {}\n{}", who.join(", "), spaced(text(document, "marked_as")), counts(document, screen))
}

/// A visitor was entered.
pub(in crate::cli::verbs) fn visitor(document: &Value, screen: &Screen) -> String {
    let until = document.get("until_at").and_then(Value::as_str);
    let until = until.map(|until| format!(" until {}", screen.calendar.show_end(until))).unwrap_or_default();
    format!("{} is entered in {}{until}", safe(text(document, "id")), safe(text(document, "area")))
}

/// A visitor has left.
pub(in crate::cli::verbs) fn visitor_left(document: &Value, _: &Screen) -> String {
    format!("{} has left", safe(text(document, "id")))
}

/// What there is to take over.
pub(in crate::cli::verbs) fn shift(document: &Value, screen: &Screen) -> String {
    let mut lines = vec![shift_changed(document, screen)];
    let mut part = |what: &str, name: &str, columns| {
        let items = items(document, name);
        if !items.is_empty() {
            lines.push(format!("\n{} {what}", items.len()));
            lines.push(rows(items, columns, screen).trim_end().to_owned());
        }
    };
    part("open alarms", "alarms", ALARMS);
    part("put aside", "shelved", ALARMS);
    part("doors in another mode", "doors", SHIFT_DOORS);
    part("visitors inside", "visitors", VISITORS);
    lines.join("\n")
}

/// How the desk was handed over last.
pub(in crate::cli::verbs) fn shift_changed(document: &Value, screen: &Screen) -> String {
    let at = |part: &Value| screen.calendar.show_text(text(part, "at"));
    let mut lines = Vec::new();
    match document.get("note").filter(|note| note.is_object()) {
        Some(note) => {
            lines.push(format!("note      by {}, {}", safe(text(note, "by")), at(note)));
            lines.extend(text(note, "text").lines().map(|line| format!("          {}", safe(line))));
        }
        None => lines.push("note      nothing carried over".to_owned()),
    }
    if let Some(taken) = document.get("taken").filter(|taken| taken.is_object()) {
        let by = safe(text(taken, "by"));
        lines.push(match taken.get("note").and_then(Value::as_str) {
            None => format!("taken     by {by}, {}", at(taken)),
            Some(why) => format!("rejected  by {by}, {}: {}", at(taken), safe(why)),
        });
    }
    lines.join("\n")
}

/// A word of the API as people read it.
fn spaced(word: &str) -> String {
    safe(word).replace('_', " ")
}
