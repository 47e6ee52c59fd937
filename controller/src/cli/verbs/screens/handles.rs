//! Handles with rights and an identity of their own, as a few lines for people.

use serde_json::Value;

use super::{items, number, text};
use crate::cli::output::column::EXPOSED;
use crate::cli::output::{Screen, rows, safe};

/// A code for an enrolment, and what is done with it. It is shown this once.
pub(in crate::cli::verbs) fn enrolment(document: &Value, screen: &Screen) -> String {
    let of = |name: &str| safe(text(document, name));
    let (name, site, code, address) = (of("name"), of("site"), of("code"), of("address"));
    let until = safe(&screen.calendar.show_text(text(document, "until_at")));
    let (host, port) = address.rsplit_once(':').unwrap_or((&address, ""));
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let mut lines = vec![
        format!("{name} can be enrolled once with"),
        String::new(),
        format!("    {code}"),
        String::new(),
        format!("at {address}, until {until}. The code is shown this once; a newer one makes it void."),
    ];
    lines.extend(broker_words(text(document, "broker"), &name));
    lines.extend([
        "on the handle, or where a simulated one runs:".to_owned(),
        format!(
            "    firmware-sim enrol --code {code} --host {host} --port {port} --site {site} --device {name} --to DIR"
        ),
        "then look here whether it has come:".to_owned(),
        format!("    rackward device show {name}"),
    ]);
    lines.join("\n")
}

/// What to tell a broker that is not the daemon's own before a device enrols.
fn broker_words(duty: &str, name: &str) -> Vec<String> {
    let rules = "    rackward mqtt acl".to_owned();
    match duty {
        "rules" => vec![
            "first give the broker its rules anew, or it throws away what the handle says first:".to_owned(),
            rules,
        ],
        "restart" => vec![
            format!(
                "{name} was enrolled before: whoever is connected with its old certificate would be heard as {name} again."
            ),
            "first give the broker these anew, and restart it, or end that connection:".to_owned(),
            "    rackward mqtt crl".to_owned(),
            rules,
        ],
        _ => Vec::new(),
    }
}

/// The certificates of a device were revoked.
pub(in crate::cli::verbs) fn certificates_revoked(document: &Value, _: &Screen) -> String {
    let name = safe(text(document, "name"));
    format!(
        "No certificate and no code of {name} counts any more; its connection is cut\n\
         next: rackward device enrol {name} --reason \"...\""
    )
}

/// For whom a device opens by itself.
pub(in crate::cli::verbs) fn exposure(document: &Value, screen: &Screen) -> String {
    let (device, place) = (safe(text(document, "device")), safe(text(document, "place")));
    let mut lines = vec![format!("{device} at {place}"), safe(text(document, "sentence"))];
    let cards = items(document, "cards");
    if !cards.is_empty() {
        lines.extend(rows(cards, EXPOSED, screen).lines().map(|line| format!("  {line}")));
    }
    lines.join("\n")
}

/// Handles show where they are.
pub(in crate::cli::verbs) fn located(document: &Value, _: &Screen) -> String {
    let devices: Vec<String> = items(document, "devices").iter().filter_map(Value::as_str).map(safe).collect();
    let seconds = number(document, "/for_s");
    match devices.as_slice() {
        [] => "No handle can blink there".to_owned(),
        [one] => format!("{one} blinks for {seconds} s"),
        several => format!("{} handles blink for {seconds} s: {}", several.len(), several.join(" ")),
    }
}

/// A pattern is shown.
pub(in crate::cli::verbs) fn pattern_shown(document: &Value, _: &Screen) -> String {
    let word = |name: &str| safe(text(document, name));
    let (tenths, looks) = (number(document, "/for_ms") / 100, word("looks"));
    let span = format!("{}.{} s", tenths / 10, tenths % 10);
    format!(
        "{} shows {} for {span}: {looks}\nsomebody who presents a card there ends it",
        word("device"),
        word("pattern")
    )
}

/// The canary is being tried.
pub(in crate::cli::verbs) fn canaries_tried(_: &Value, _: &Screen) -> String {
    "The canary is being tried on every device that can be asked\nnext: rackward event list; an alarm names a device that \
     does not refuse it"
        .to_owned()
}

/// A file for a broker, as it is.
pub(in crate::cli::verbs) fn file(document: &Value, _: &Screen) -> String {
    text(document, "text").lines().map(safe).collect::<Vec<_>>().join("\n")
}
