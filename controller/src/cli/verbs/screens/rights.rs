//! Grants, requests and emergency rights as a few lines for people.

use serde_json::Value;

use super::{actor, credential, generation, items, number, sheet, text};
use crate::cli::output::column::{CREDENTIALS, right_words, when_words};
use crate::cli::output::{Screen, safe};

/// A grant that counts, after a change.
pub(in crate::cli::verbs) fn grant(document: &Value, screen: &Screen) -> String {
    let (id, person) = (safe(text(document, "id")), safe(text(document, "person")));
    let mut lines = vec![
        format!("Grant {id}: {person} may pass {}{}", safe(&right_words(document)), generation(document)),
        format!("  {}", term(document, screen)),
    ];
    let ticket = text(document, "ticket");
    let ticket = if ticket.is_empty() { String::new() } else { format!("ticket {}, ", safe(ticket)) };
    lines.push(format!("  {ticket}reason: {}", safe(text(document, "reason"))));
    lines.extend(limits(document).map(|limits| format!("  {limits}")));
    lines.join("\n")
}

/// From when to when, at which times.
fn term(document: &Value, screen: &Screen) -> String {
    let moment = |name: &str| safe(&screen.calendar.show_text(text(document, name)));
    format!("from {}, until {}, {}", moment("from_at"), moment("to_at"), safe(&when_words(document)))
}

/// How often it may be used and whether somebody must come along, where it says so.
fn limits(document: &Value) -> Option<String> {
    let uses = document.get("uses_left").and_then(Value::as_u64).map(|left| match left {
        1 => "1 use left".to_owned(),
        left => format!("{left} uses left"),
    });
    let escort = document.get("escort").and_then(Value::as_bool).unwrap_or_default();
    let escort = escort.then(|| "needs an escort".to_owned());
    let limits: Vec<String> = uses.into_iter().chain(escort).collect();
    (!limits.is_empty()).then(|| limits.join(", "))
}

/// A grant that was asked for and waits.
pub(in crate::cli::verbs) fn grant_requested(document: &Value, screen: &Screen) -> String {
    let (id, person) = (safe(text(document, "id")), safe(text(document, "person")));
    let ticket = text(document, "ticket");
    let ticket = if ticket.is_empty() { String::new() } else { format!(", {}", safe(ticket)) };
    let wanted = match number(document, "/approvals_wanted") {
        1 => "1 approval by somebody else".to_owned(),
        wanted => format!("{wanted} approvals by others"),
    };
    let right = safe(&right_words(document));
    format!(
        "Request {id} sent: {person}, {right}, {}{ticket}\nNeeds {wanted}; nobody passes on it before.\nnext: rackward request watch {id}",
        term(document, screen)
    )
}

/// A grant after it was approved, denied or taken back.
pub(in crate::cli::verbs) fn grant_changed(document: &Value, screen: &Screen) -> String {
    let (id, person) = (safe(text(document, "id")), safe(text(document, "person")));
    let right = safe(&right_words(document));
    match text(document, "state") {
        "revoked" => {
            format!("Grant {id} is revoked: {person} no longer passes {right} by it{}", generation(document))
        }
        "denied" => format!("Grant {id} is denied: {person} will not pass {right} by it"),
        "requested" => {
            let (given, wanted) = (items(document, "approved_by").len(), number(document, "/approvals_wanted"));
            format!("Grant {id} has {given} of {wanted} approvals: {person} does not pass {right} by it yet")
        }
        _ => grant(document, screen),
    }
}

/// A grant with all that is known of it.
pub(in crate::cli::verbs) fn grant_whole(document: &Value, screen: &Screen) -> String {
    let approvals = items(document, "approved_by").iter().map(actor).collect::<Vec<_>>().join(", ");
    let wanted = number(document, "/approvals_wanted");
    let approved = match (approvals.is_empty(), wanted) {
        (true, 0) => "not asked for".to_owned(),
        (true, wanted) => format!("by nobody yet, {wanted} wanted"),
        (false, wanted) => format!("by {approvals}, {wanted} wanted"),
    };
    let moment = |name: &str| screen.calendar.show_text(text(document, name));
    let standing = match text(document, "standing") {
        "" => text(document, "state"),
        standing => standing,
    };
    let or_none = |text: &str| if text.is_empty() { "none".to_owned() } else { text.to_owned() };
    let facts = [
        ("person", text(document, "person").to_owned()),
        ("may pass", right_words(document)),
        ("state", standing.replace('_', " ")),
        ("from", moment("from_at")),
        ("until", moment("to_at")),
        ("times", when_words(document)),
        ("limits", limits(document).unwrap_or_else(|| "none".to_owned())),
        ("ticket", or_none(text(document, "ticket"))),
        ("reason", text(document, "reason").to_owned()),
        ("asked by", document.get("requested_by").map(actor).unwrap_or_default()),
        ("approved", approved),
    ];
    let mut lines = vec![format!("Grant {}", safe(text(document, "id")))];
    lines.extend(facts.iter().map(|(name, value)| format!("  {name:<9} {}", safe(value))));
    lines.extend(review(document, screen).map(|review| format!("  {:<9} {review}", "emergency")));
    lines.join("\n")
}

/// Whether an emergency right was reviewed; nothing for the others.
fn review(document: &Value, screen: &Screen) -> Option<String> {
    let review = document.get("review").filter(|review| !review.is_null())?;
    let due = text(review, "due_at");
    Some(match due {
        "" => format!("reviewed by {}", review.get("by").map(actor).unwrap_or_default()),
        due => format!("review due {}", safe(&screen.calendar.show_text(due))),
    })
}

/// The grants that ended with a ticket.
pub(in crate::cli::verbs) fn ticket_closed(document: &Value, _: &Screen) -> String {
    let ended: Vec<String> = items(document, "ended").iter().filter_map(Value::as_str).map(safe).collect();
    let ticket = safe(text(document, "ticket"));
    match ended.as_slice() {
        [] => format!("{ticket} is closed; no grant named it"),
        [one] => format!("{ticket} is closed; grant {one} has ended"),
        several => format!("{ticket} is closed; {} grants have ended: {}", several.len(), several.join(" ")),
    }
}

/// An emergency right was taken.
pub(in crate::cli::verbs) fn break_glass(document: &Value, screen: &Screen) -> String {
    let id = safe(text(document, "id"));
    let due = review(document, screen).map(|review| format!(", {review}")).unwrap_or_default();
    format!(
        "EMERGENCY {}\n  an alarm was raised{due}\nnext: rackward breakglass review {id} --note \"...\"",
        grant(document, screen).trim_start()
    )
}

/// An emergency right was reviewed.
pub(in crate::cli::verbs) fn reviewed(document: &Value, _: &Screen) -> String {
    format!("Grant {} is reviewed", safe(text(document, "id")))
}

/// A credential as it stands.
pub(in crate::cli::verbs) fn credential_whole(document: &Value, screen: &Screen) -> String {
    sheet("Credential", document, CREDENTIALS, screen)
}

/// A card took the place of another.
pub(in crate::cli::verbs) fn credential_replaced(document: &Value, screen: &Screen) -> String {
    let old = document.get("replaces").unwrap_or(&Value::Null);
    format!(
        "{}\nIt replaces {}, which is {}",
        credential(document, screen),
        safe(text(old, "id")),
        safe(text(old, "state"))
    )
}

/// How grants differ between two moments.
pub(in crate::cli::verbs) fn grant_differences(document: &Value, screen: &Screen) -> String {
    let differing = items(document, "items");
    let line = |grant: &Value| {
        let part = |name: &str| safe(text(grant, name));
        format!("{} {}  {}  {}  {}", part("mark"), part("id"), part("person"), part("what"), safe(&right_words(grant)))
    };
    let mut lines: Vec<String> = differing.iter().map(line).collect();
    let moment = |name: &str| match text(document, name) {
        "" => "now".to_owned(),
        at => safe(&screen.calendar.show_text(at)),
    };
    let count = |mark: &str| differing.iter().filter(|grant| text(grant, "mark") == mark).count();
    let between = format!("between {} and {}", moment("from_at"), moment("to_at"));
    lines.push(match differing.is_empty() {
        true => format!("no grant differs {between}"),
        false => {
            format!("+ {} given  - {} no longer count  ~ {} otherwise, {between}", count("+"), count("-"), count("~"))
        }
    });
    lines.join("\n")
}
