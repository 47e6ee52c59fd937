//! Devices and jobs with them, as a few lines for people.

use serde_json::Value;

use super::{actor, text};
use crate::cli::output::{Screen, safe};

/// One device: whether it answers, who it is, where it hangs, what is done with it.
pub(in crate::cli::verbs) fn device(document: &Value, screen: &Screen) -> String {
    let at = |pointer: &str| match document.pointer(pointer) {
        Some(Value::String(text)) => safe(text),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    let mut lines = vec![
        format!("{} {}, {}", at("/name"), at("/id"), at("/role")),
        format!("state     {}", at("/state")),
        format!("answers   {}", whole(&[at("/model"), at("/serial"), at("/firmware")])),
    ];
    if document.pointer("/accepted").is_some_and(Value::is_object) {
        let known = whole(&[at("/accepted/model"), at("/accepted/serial"), at("/accepted/firmware")]);
        let by = actor(document.pointer("/accepted/by").unwrap_or(&Value::Null));
        lines.push(format!("known as  {known}"));
        lines.push(format!("since     {} by {by}", screen.calendar.show_text(&at("/accepted/accepted_at"))));
    }
    if document.pointer("/line").is_some_and(Value::is_object) {
        let key = if at("/line/has_key") == "true" { "with a key of this site" } else { "without a key" };
        lines.push(format!(
            "line      {} address {} at {} bit/s, {key}",
            at("/line/bus"),
            at("/line/address"),
            at("/line/baud")
        ));
    }
    if document.pointer("/job").is_some_and(Value::is_object) {
        let job = format!("{} {} by {}", at("/job/id"), at("/job/task").replace('_', " "), at("/job/by"));
        lines.push(format!("job       {job}"));
    }
    lines.extend(next(document));
    lines.join("\n")
}

/// Model, serial number and firmware, as far as they are known.
fn whole(parts: &[String; 3]) -> String {
    match parts {
        [model, _, _] if model.is_empty() => "nobody yet".to_owned(),
        [model, serial, firmware] => format!("{model}, serial number {serial}, firmware {firmware}"),
    }
}

/// What can be done about a device that is not as it should be.
fn next(document: &Value) -> Option<String> {
    let name = safe(text(document, "name"));
    match (text(document, "trust"), document.pointer("/job/id")) {
        ("replaced", _) => {
            Some(format!("next: rackward device accept {name} --reason \"...\", or put the old one back"))
        }
        (_, Some(_)) => Some(format!("next: rackward device stop {name} --reason \"...\"")),
        ("awaited", None) => Some(format!("next: rackward device commission {name} --reason \"...\"")),
        _ => None,
    }
}

/// A device was accepted.
pub(in crate::cli::verbs) fn device_accepted(document: &Value, _: &Screen) -> String {
    format!("{} is believed from now on", safe(text(document, "name")))
}

/// A job was begun and nobody waits for it.
pub(in crate::cli::verbs) fn job_begun(document: &Value, _: &Screen) -> String {
    let name = safe(text(document, "name"));
    format!("{} is under way\nnext: rackward device show {name}", safe(text(document, "id")))
}

/// A job is done.
pub(in crate::cli::verbs) fn job_done(document: &Value, _: &Screen) -> String {
    format!("{} with {} is done", safe(text(document, "id")), safe(text(document, "name")))
}

/// A job was told to stop.
pub(in crate::cli::verbs) fn job_stopped(document: &Value, _: &Screen) -> String {
    format!("{} with {} is told to stop", safe(text(document, "id")), safe(text(document, "name")))
}
