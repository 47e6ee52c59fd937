//! Operators, tokens and proposals as a few lines for people.

use serde_json::Value;

use super::text;
use crate::cli::output::{Screen, safe};

/// An operator with what they sign in with.
pub(in crate::cli::verbs) fn operator(document: &Value, screen: &Screen) -> String {
    let organisation = match text(document, "organisation") {
        "" => "the whole site".to_owned(),
        name => safe(name),
    };
    let has = |name: &str| document.pointer(&format!("/factors/{name}")).and_then(Value::as_bool) == Some(true);
    let count = |name: &str| document.pointer(&format!("/factors/{name}")).and_then(Value::as_u64).unwrap_or_default();
    let mut factors = Vec::new();
    for (name, words) in [("password", "password"), ("totp", "authenticator app"), ("provider", "outside provider")] {
        factors.extend(has(name).then(|| words.to_owned()));
    }
    for (name, one, more) in
        [("passkeys", "passkey", "passkeys"), ("recovery_codes", "recovery code", "recovery codes")]
    {
        match count(name) {
            0 => {}
            1 => factors.push(format!("1 {one}")),
            count => factors.push(format!("{count} {more}")),
        }
    }
    let factors = if factors.is_empty() { "nothing yet".to_owned() } else { factors.join(", ") };
    let mut facts = vec![
        ("name", safe(text(document, "name"))),
        ("role", safe(text(document, "role"))),
        ("reach", organisation),
        ("state", safe(text(document, "state"))),
        ("signs in by", factors),
    ];
    let subject = text(document, "provider_subject");
    if !subject.is_empty() {
        facts.push(("account", safe(subject)));
    }
    for bound in document["certificates"].as_array().into_iter().flatten() {
        let known_by = match text(bound, "subject") {
            "" => text(bound, "fingerprint"),
            subject => subject,
        };
        let (number, until) = (bound["number"].as_u64().unwrap_or_default(), text(bound, "to_at"));
        let until = screen.calendar.show_end(until);
        facts.push(("certificate", format!("{number}: {}, until {until}", safe(known_by))));
    }
    let locked = text(document, "locked_out_until_at");
    if !locked.is_empty() {
        facts.push(("locked out", format!("until {}", screen.calendar.show_end(locked))));
    }
    let mut lines = vec![format!("Operator {}", safe(text(document, "id")))];
    lines.extend(facts.iter().map(|(name, value)| format!("  {name:<12} {value}")));
    lines.join("\n")
}

/// An operator who is to make what they sign in with.
pub(in crate::cli::verbs) fn operator_invited(document: &Value, _: &Screen) -> String {
    let (id, name) = (safe(text(document, "id")), safe(text(document, "name")));
    let head = format!("Operator {id}, {name}: {}", safe(text(document, "role")));
    match text(document, "login") {
        "" => head,
        login => format!("{head}\n  they begin here, once and within a day: {}", safe(login)),
    }
}

/// A token was issued: its secret, this once.
pub(in crate::cli::verbs) fn token_made(document: &Value, screen: &Screen) -> String {
    let until = screen.calendar.show_end(text(document, "to_at"));
    let id = safe(text(document, "id"));
    format!("Token {id}, until {until}; shown this once:\n{}", safe(text(document, "token")))
}

/// A token was revoked.
pub(in crate::cli::verbs) fn token_revoked(document: &Value, _: &Screen) -> String {
    format!("{} counts no more", safe(text(document, "id")))
}

/// What waits for a second operator.
pub(in crate::cli::verbs) fn proposal(document: &Value, screen: &Screen) -> String {
    let facts = [
        ("would", safe(text(document, "words"))),
        ("why", safe(text(document, "reason"))),
        ("asked by", safe(text(document, "by"))),
        ("waits until", screen.calendar.show_text(text(document, "until_at"))),
        ("takes", safe(text(document, "permission"))),
    ];
    let mut lines = vec![format!("Proposal {}", safe(text(document, "id")))];
    lines.extend(facts.iter().map(|(name, value)| format!("  {name:<12} {value}")));
    lines.join("\n")
}

/// A proposal was confirmed.
pub(in crate::cli::verbs) fn proposal_confirmed(document: &Value, _: &Screen) -> String {
    let id = safe(text(document, "id"));
    if document.get("to_be_taken_up").and_then(Value::as_bool) == Some(true) {
        return format!("{id} is confirmed; whoever proposed it gives the same order once more, and is shown it");
    }
    let made = match text(document, "made") {
        "" => String::new(),
        made => format!(" and made {}", safe(made)),
    };
    match text(document, "login") {
        "" => format!("{id} is carried out{made}"),
        link => format!("{id} is carried out{made}\nThey begin with this link, once: {}", safe(link)),
    }
}

/// A proposal was dropped.
pub(in crate::cli::verbs) fn proposal_dropped(document: &Value, _: &Screen) -> String {
    format!("{} is dropped; nothing was done", safe(text(document, "id")))
}
