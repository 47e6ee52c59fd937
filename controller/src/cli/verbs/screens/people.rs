//! People as a screen tells them, and what became of one.

use serde_json::Value;

use super::{generation, text};
use crate::cli::output::{Screen, safe};

/// A new person.
pub(in crate::cli::verbs) fn person(document: &Value, _: &Screen) -> String {
    let pin = match document.get("pin_set").and_then(Value::as_bool) {
        Some(true) => ", PIN set",
        Some(false) | None => "",
    };
    format!("Person {}: {}{pin}", safe(text(document, "id")), safe(text(document, "name")))
}

/// A person with all that is known of them.
pub(in crate::cli::verbs) fn person_whole(document: &Value, screen: &Screen) -> String {
    let set = |name: &str| if document.get(name).and_then(Value::as_bool) == Some(true) { "set" } else { "not set" };
    let extended = document.get("extended_time").and_then(Value::as_bool) == Some(true);
    let place = match (text(document, "place"), text(document, "since_at")) {
        ("", _) => "not known".to_owned(),
        (place, since) => format!("{place}, since {}", screen.calendar.show_text(since)),
    };
    let facts = [
        ("name", text(document, "name").to_owned()),
        ("status", text(document, "status").to_owned()),
        ("organisation", text(document, "organisation").to_owned()),
        ("clearance", text(document, "clearance").to_owned()),
        ("times", if extended { "extended" } else { "usual" }.to_owned()),
        ("PIN", set("pin_set").to_owned()),
        ("place", place),
    ];
    let mut lines = vec![format!("Person {}", safe(text(document, "id")))];
    lines.extend(facts.iter().map(|(name, value)| format!("  {name:<12} {}", safe(value))));
    lines.join("\n")
}

/// A PIN was set.
pub(in crate::cli::verbs) fn pin_set(document: &Value, _: &Screen) -> String {
    format!("The PIN of {} is set", safe(text(document, "id")))
}

/// A duress PIN was set.
pub(in crate::cli::verbs) fn duress_pin_set(document: &Value, _: &Screen) -> String {
    format!(
        "The duress PIN of {} is set: it opens as the usual one does and silently calls for help",
        safe(text(document, "id"))
    )
}

/// A person's details changed.
pub(in crate::cli::verbs) fn person_changed(document: &Value, _: &Screen) -> String {
    format!("{} is changed{}", safe(text(document, "id")), generation(document))
}

/// A lock-out has ended.
pub(in crate::cli::verbs) fn lockout_ended(document: &Value, _: &Screen) -> String {
    format!("{} is no longer locked out{}", safe(text(document, "id")), generation(document))
}

/// A person or credential counts, or no longer does.
pub(in crate::cli::verbs) fn rights_changed(document: &Value, _: &Screen) -> String {
    let state = match text(document, "state") {
        "left" => "has left: every right has ended".to_owned(),
        state => format!("is {}", safe(state)),
    };
    format!("{} {state}{}", safe(text(document, "id")), generation(document))
}
