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
        let since = at("/line/key_since_at");
        let key = match (at("/line/has_key") == "true", since.is_empty()) {
            (true, false) => format!("with a key of this site since {}", screen.calendar.show_text(&since)),
            (true, true) => "with a key of this site; since when is not known".to_owned(),
            (false, _) => "without a key".to_owned(),
        };
        lines.push(format!(
            "line      {} address {} at {} bit/s, {key}",
            at("/line/bus"),
            at("/line/address"),
            at("/line/baud")
        ));
    }
    lines.extend(inventory(document, screen));
    if document.pointer("/job").is_some_and(Value::is_object) {
        let job = format!("{} {} by {}", at("/job/id"), at("/job/task").replace('_', " "), at("/job/by"));
        lines.push(format!("job       {job}"));
    }
    lines.extend(next(document));
    lines.join("\n")
}

/// How far it is trusted, and what it has and says, as far as it is known.
fn inventory(document: &Value, screen: &Screen) -> Vec<String> {
    let word = |pointer: &str| document.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
    let moment = |pointer: &str| word(pointer).map(|text| safe(&screen.calendar.show_text(text)));
    let count = |pointer: &str| document.pointer(pointer).and_then(Value::as_i64);
    let mut lines = Vec::new();
    let mut put = |name: &str, text: Option<String>| lines.extend(text.map(|text| format!("{name:<9} {text}")));
    put("grade", word("/grade_words").map(safe));
    put("identity", word("/enrolment").map(|state| safe(&state.replace('_', " "))));
    let since = moment("/certificate/from_at").map(|since| format!(", its key is from {since}")).unwrap_or_default();
    put("certified", moment("/certificate/until_at").map(|until| format!("until {until}{since}")));
    put("code", moment("/enrolment_until_at").map(|until| format!("to enrol it is good until {until}")));
    let held = count("/rights/held/generation").zip(moment("/rights/held/until_at"));
    let rights = held.map(|(generation, until)| format!("of gen-{generation}, good until {until}"));
    // Without an acknowledgement nobody knows what it holds, only until when that can be good.
    let unsure =
        moment("/rights/honoured_until_at").map(|until| format!("none acknowledged; it may open until {until}"));
    let none = document.pointer("/rights").is_some_and(Value::is_object).then(|| "none held".to_owned());
    put("rights", rights.or(unsure).or(none));
    put("clock", count("/clock_offset_ms").map(clock));
    put("slide", slide(document));
    put("measures", measures(document));
    put("started", word("/description/boot").map(|cause| safe(&cause.replace('_', " "))));
    put(
        "self-test",
        count("/description/self_test").filter(|failed| *failed != 0).map(|failed| format!("failed, {failed:#x}")),
    );
    lines
}

/// How its clock stands to ours.
fn clock(ahead_ms: i64) -> String {
    match ahead_ms {
        0 => "as ours".to_owned(),
        1.. => format!("{ahead_ms} ms ahead of ours"),
        _ => format!("{} ms behind ours", ahead_ms.unsigned_abs()),
    }
}

/// What the slide did last.
fn slide(document: &Value) -> Option<String> {
    let slide = document.get("slide").filter(|slide| slide.is_object())?;
    let travel = slide.get("travel_ms").and_then(Value::as_u64).map(|travel| format!("travelled {travel} ms"));
    let stalled = slide.get("stalled").and_then(Value::as_bool).unwrap_or_default().then(|| "STALLED".to_owned());
    let cause = slide.get("unlocked_by").and_then(Value::as_str);
    let cause = cause.map(|cause| format!("unlocked by {}", safe(&cause.replace('_', " "))));
    let parts: Vec<String> = [travel, stalled, cause].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// What it measures.
fn measures(document: &Value) -> Option<String> {
    let count = |name: &str| document.pointer(&format!("/measurements/{name}")).and_then(Value::as_i64);
    let tenths =
        |tenths: i64| format!("{}{}.{}", if tenths < 0 { "-" } else { "" }, tenths.abs() / 10, tenths.abs() % 10);
    let parts = [
        count("supply_mv").map(|millivolts| format!("{millivolts} mV")),
        count("temperature_c10").map(|celsius| format!("{} C", tenths(celsius))),
        count("humidity_percent").map(|percent| format!("{percent} % humidity")),
        count("motor_ma").map(|current| format!("motor {current} mA")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
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
        (trust, None) => match (text(document, "enrolment"), trust) {
            ("not_enrolled" | "expired", _) => Some(format!("next: rackward device enrol {name} --reason \"...\"")),
            // Only a device that needs no certificate is on a bus.
            ("", "awaited") => Some(format!("next: rackward device commission {name} --reason \"...\"")),
            _ => None,
        },
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
