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
    let mut lines = vec![
        format!("{}  P{}  {} at {}", said("id"), number(document, "/priority"), said("words"), said("source")),
        format!(
            "state     {} ({}), raised {}, {} times, revision {}",
            said("state"),
            said("isa_state"),
            said("raised_at"),
            number(document, "/raised_times"),
            number(document, "/revision")
        ),
        format!("with      {}, level {}", said("assignee"), said("level")),
    ];
    let part = |pointer: &str| document.pointer(pointer).and_then(Value::as_str).map(safe);
    if let (Some(at), Some(level)) = (part("/next_escalation/at"), part("/next_escalation/level")) {
        lines.push(format!("next      {level} is called at {at}"));
    }
    if let (Some(kind), Some(reason)) = (part("/suppression/kind"), part("/suppression/reason")) {
        let until = part("/suppression/until_at").map(|until| format!(" until {until}")).unwrap_or_default();
        lines.push(format!("aside     {kind}{until}: {reason}"));
    }
    if let (Some(by), Some(note)) = (part("/acked/acked_by"), part("/acked/note")) {
        lines.push(format!("seen      by {by}: {note}"));
    }
    if let Some(label) = part("/label") {
        lines.push(format!("probably  {label}"));
    }
    if let (Some(verdict), Some(by)) = (part("/judgement/verdict"), part("/judgement/by")) {
        lines.push(format!("verdict   {verdict}, by {by}"));
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
pub(in crate::cli::verbs) fn alarm_ordered(document: &Value, _: &Screen) -> String {
    let id = safe(text(document, "id"));
    match document.get("proposal").and_then(Value::as_str) {
        Some(proposal) => {
            format!("{id} waits for a second operator; they confirm with: rackward proposal confirm {}", safe(proposal))
        }
        None => format!("{id}: done{}", condition(document)),
    }
}

/// An alarm that somebody has seen.
pub(in crate::cli::verbs) fn acknowledged(document: &Value, _: &Screen) -> String {
    format!("{} is acknowledged{}", safe(text(document, "id")), condition(document))
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
