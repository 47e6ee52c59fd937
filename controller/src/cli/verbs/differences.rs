//! How grants differ between two moments. What they were and are is the daemon's to say; here its two lists are laid beside one
//! another.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Session, at, moments, pages, screens, with};
use crate::cli::arguments::GrantDiff;
use crate::cli::client::Target;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Report;

/// What is compared of a grant, and what is said of it. A grant's doors, reason and ticket never change.
const COMPARED: [(&str, &str); 6] = [
    ("/standing", "stands"),
    ("/from_at", "begins"),
    ("/to_at", "ends"),
    ("/uses_left", "uses left"),
    ("/approved_by", "approved by"),
    ("/review/state", "review"),
];

/// How grants differ between two moments.
///
/// # Errors
/// The daemon does not answer or says no, or a time cannot be read.
pub(super) async fn grants(session: &Session, args: &GrantDiff) -> Result<Report, Failure> {
    let from = session.instant("--from", &args.from).await?;
    let to = session.maybe_instant("--to", args.to.as_deref()).await?;
    if to.unwrap_or_else(|| at(session.now)).0 < from.0 {
        return Err(Failure::usage("--from", &"it lies behind the later moment"));
    }
    let list = async |then: Option<String>| {
        let target = Target::new(&["grants"]).maybe("person", args.person.as_deref()).maybe("at", then.as_deref());
        moments::told_then(session, then.as_deref(), pages(session, target)).await
    };
    let (before, after) = (list(Some(from.to_string())).await?, list(to.map(|to| to.to_string())).await?);
    let items = differences(items(&before), items(&after));
    let exit = if args.detailed_exitcode && !items.is_empty() { Exit::Differs } else { Exit::Done };
    let document = json!({
        "from_at": from.to_string(),
        "to_at": to.map(|to| to.to_string()),
        "items": items,
    });
    Ok(Report::Single { kind: "GrantDiff", document, text: screens::grant_differences, exit })
}

fn items(document: &Value) -> &[Value] {
    document.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The grants that differ, as they are at the later moment: `+` was given, `-` no longer counts, `~` is otherwise.
fn differences(before: &[Value], after: &[Value]) -> Vec<Value> {
    let known: BTreeMap<&str, &Value> = before.iter().map(|grant| (text(grant, "/id"), grant)).collect();
    let differs = |grant: &Value| {
        let (mark, what) = match known.get(text(grant, "/id")) {
            None if counts(grant) => ("+", "given".to_owned()),
            None => ("-", format!("given, and by then {}", text(grant, "/standing"))),
            Some(was) => {
                let mark = if counts(was) && !counts(grant) { "-" } else { "~" };
                (mark, changes(was, grant)?)
            }
        };
        Some(with(with(grant.clone(), "mark", json!(mark)), "what", json!(what)))
    };
    after.iter().filter_map(differs).collect()
}

/// Whether somebody passes by a grant, or will by time or approval alone.
fn counts(grant: &Value) -> bool {
    ["active", "not_begun", "requested"].contains(&text(grant, "/standing"))
}

/// What changed of a grant, in words; `None` where nothing did.
fn changes(was: &Value, is: &Value) -> Option<String> {
    let words = |value: Option<&Value>| match value {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        Some(other) => other.to_string(),
    };
    let changed = COMPARED.iter().filter(|(pointer, _)| was.pointer(pointer) != is.pointer(pointer));
    let said: Vec<String> = changed
        .map(|(pointer, word)| format!("{word}: {} -> {}", words(was.pointer(pointer)), words(is.pointer(pointer))))
        .collect();
    (!said.is_empty()).then(|| said.join("; "))
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(id: &str, standing: &str, to_at: &str) -> Value {
        json!({ "id": id, "standing": standing, "to_at": to_at, "approved_by": [], "review": null })
    }

    #[test]
    fn grants_are_told_by_what_became_of_them() {
        let before = [
            grant("g-1", "active", "T1"),
            grant("g-2", "active", "T1"),
            grant("g-3", "requested", "T1"),
            grant("g-4", "active", "T1"),
            grant("g-5", "revoked", "T1"),
        ];
        let mut approved = grant("g-3", "active", "T1");
        approved["approved_by"] = json!(["m.rossi", "uid:0"]);
        let after = [
            grant("g-1", "active", "T1"),
            grant("g-2", "revoked", "T1"),
            approved,
            grant("g-4", "active", "T2"),
            grant("g-5", "revoked", "T1"),
            grant("g-6", "active", "T3"),
            grant("g-7", "over", "T0"),
        ];
        let told: Vec<String> = differences(&before, &after)
            .iter()
            .map(|one| format!("{} {} {}", text(one, "/mark"), text(one, "/id"), text(one, "/what")))
            .collect();
        let expect = [
            "- g-2 stands: active -> revoked",
            "~ g-3 stands: requested -> active; approved by:  -> m.rossi, uid:0",
            "~ g-4 ends: T1 -> T2",
            "+ g-6 given",
            "- g-7 given, and by then over",
        ];
        assert_eq!(told, expect);
        assert!(differences(&before, &before).is_empty());
    }
}
