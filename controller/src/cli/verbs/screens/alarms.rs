//! Alarms as a few lines for people.

use serde_json::Value;

use super::{items, number, text};
use crate::cli::output::column::ALARMS;
use crate::cli::output::{Screen, rows, safe};

/// How many alarms that another one explains are shown before the rest is only counted.
const MAX_CHILDREN_LINES: usize = 20;

/// One alarm: what it is, how it stands, what to do, and what it explains.
pub(in crate::cli::verbs) fn alarm(document: &Value, screen: &Screen) -> String {
    let said = |name: &str| safe(text(document, name));
    let raised = screen.calendar.show_text(text(document, "raised_at"));
    let mut lines = vec![
        format!("{}  P{}  {} at {}", said("id"), number(document, "/priority"), said("words"), said("source")),
        format!("state     {} ({}), revision {}", said("state"), said("isa_state"), number(document, "/revision")),
        format!("raised    {raised}{}", times(number(document, "/raised_times"))),
        format!("with      {}, called so far: {}", said("assignee"), spaced(text(document, "level"))),
    ];
    lines.extend(standing(document, screen));
    for noted in items(document, "notes") {
        let said = |name: &str| safe(text(noted, name));
        let at = screen.calendar.show_text(text(noted, "at"));
        lines.push(format!("noted     {at} by {}: {}", said("by"), said("note")));
    }
    for step in items(document, "steps") {
        let mark = if step.get("done").and_then(Value::as_bool).unwrap_or(false) { "x" } else { " " };
        lines.push(format!("[{mark}] {}. {}", number(step, "/step"), safe(text(step, "words"))));
    }
    lines.extend(children(document, screen));
    lines.join("\n")
}

/// One alarm in a line, for who is about to answer it.
pub(in crate::cli::verbs) fn alarm_line(document: &Value) -> String {
    let said = |name: &str| safe(text(document, name));
    format!(
        "{}  P{}  {} at {}, {}, raised {}, revision {}",
        said("id"),
        number(document, "/priority"),
        said("words"),
        said("source"),
        said("state"),
        said("raised_at"),
        number(document, "/revision")
    )
}

/// What there may be to say of an alarm: who is called next, why it is aside, who has seen it, what it was.
fn standing(document: &Value, screen: &Screen) -> Vec<String> {
    let part = |pointer: &str| document.pointer(pointer).and_then(Value::as_str).map(safe);
    let when = |pointer: &str| part(pointer).map(|at| screen.calendar.show_text(&at));
    let mut lines = Vec::new();
    if let Some(at) = text_at(document, "returned_at") {
        lines.push(format!("over      {}", screen.calendar.show_text(at)));
    }
    if let (Some(at), Some(level)) = (part("/next_escalation/at"), part("/next_escalation/level")) {
        lines.push(format!("next      {} is called {}", spaced(&level), screen.calendar.show_end(&at)));
    }
    if let (Some(kind), Some(reason)) = (part("/suppression/kind"), part("/suppression/reason")) {
        let until = part("/suppression/until_at");
        let until = until.map(|until| format!(" until {}", screen.calendar.show_end(&until))).unwrap_or_default();
        let by = [part("/suppression/by"), part("/suppression/second")].into_iter().flatten().collect::<Vec<_>>();
        let by = if by.is_empty() { String::new() } else { format!(" by {}", by.join(" and ")) };
        lines.push(format!("aside     {}{until}{by}: {reason}", spaced(&kind)));
    }
    if let Some(by) = part("/acked/acked_by") {
        let note = part("/acked/note").filter(|note| !note.is_empty());
        let note = note.map(|note| format!(": {note}")).unwrap_or_default();
        lines.push(format!("seen      by {by}, {}{note}", when("/acked/acked_at").unwrap_or_default()));
    }
    if let Some(label) = part("/label") {
        lines.push(format!("probably  {}", spaced(&label)));
    }
    if let (Some(verdict), Some(by)) = (part("/judgement/verdict"), part("/judgement/by")) {
        lines.push(format!("verdict   {}, by {by}", spaced(&verdict)));
    }
    if let Some(at) = text_at(document, "closed_at") {
        lines.push(format!("put away  {}", screen.calendar.show_text(at)));
    }
    lines
}

fn text_at<'a>(document: &'a Value, name: &str) -> Option<&'a str> {
    document.get(name).and_then(Value::as_str)
}

/// A word of the API as people read it.
fn spaced(word: &str) -> String {
    safe(word).replace('_', " ")
}

/// How often an alarm has come, where that is more than once.
fn times(count: u64) -> String {
    if count > 1 { format!(", {count} times since it came first") } else { String::new() }
}

fn children(document: &Value, screen: &Screen) -> Vec<String> {
    let children = items(document, "children");
    if children.is_empty() {
        return Vec::new();
    }
    let shown = children.get(..MAX_CHILDREN_LINES).unwrap_or(children);
    let mut lines = vec![format!("\n{} behind it", children.len())];
    lines.push(rows(shown, ALARMS, screen));
    if shown.len() < children.len() {
        lines.push(format!("and {} more", children.len() - shown.len()));
    }
    lines
}

/// An order that was carried out, or waits for a second operator.
pub(in crate::cli::verbs) fn alarm_ordered(document: &Value, screen: &Screen) -> String {
    let id = safe(text(document, "id"));
    match document.get("proposal").and_then(Value::as_str) {
        Some(proposal) => {
            format!("{id} waits for a second operator; they confirm with: rackward proposal confirm {}", safe(proposal))
        }
        None => format!("{id} {}{}", done(document, screen), condition(document)),
    }
}

/// What was done with an alarm.
fn done(document: &Value, screen: &Screen) -> String {
    let asked = |name: &str| document.pointer(&format!("/ordered/{name}")).and_then(Value::as_str).unwrap_or_default();
    let until = || screen.calendar.show_end(asked("until_at"));
    match asked("order") {
        "acknowledge" => "is acknowledged".to_owned(),
        "note" => "has the note".to_owned(),
        "assign" => format!("is given to {}", safe(asked("to"))),
        "escalate" => match asked("to") {
            "" => "is carried up to the next level".to_owned(),
            level => format!("is carried up to the {}", spaced(level)),
        },
        "shelve" => format!("is shelved until {}: {}", until(), safe(asked("reason"))),
        "unshelve" => "is back from the shelf".to_owned(),
        "out-of-service" => {
            format!("is out of service, and what it is about, until {}: {}", until(), safe(asked("work_order")))
        }
        "return-to-service" => "is in service again, and what it is about".to_owned(),
        "steps" => format!("has step {} done", number(document, "/ordered/step")),
        "close" => format!("is put away: {}", spaced(asked("verdict"))),
        _ => "was acted on".to_owned(),
    }
}

fn condition(document: &Value) -> &'static str {
    match document.get("active").and_then(Value::as_bool) {
        Some(true) => "; its condition still holds and ends by itself",
        Some(false) => "; its condition is over",
        None => "",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn who_answers_an_alarm_sees_which() {
        let document = json!({
            "id": "alm-7", "priority": 1, "words": "door forced open", "source": "lon1/main-entrance",
            "state": "unacknowledged", "raised_at": "2026-07-24T11:58:00.000Z", "revision": 5,
        });
        let expect = "alm-7  P1  door forced open at lon1/main-entrance, unacknowledged, raised 2026-07-24T11:58:00.000Z, \
                      revision 5";
        assert_eq!(alarm_line(&document), expect);
    }
}
