//! What came of taking over what other registers say: people of a file, racks of an asset register.

use serde_json::Value;

use super::{items, number, text};
use crate::cli::output::{Screen, safe};

/// How many changes are told one by one.
const TOLD_MAX_LINES: usize = 40;

/// Why nothing was done. It may have been asked for beside --dry-run.
const NOT_DONE: &str = "  (nothing was done; add --apply, without --dry-run, to do it)";

/// Somebody is called otherwise.
pub(in crate::cli::verbs) fn renamed(document: &Value, _: &Screen) -> String {
    format!("{} is called so from now on", safe(text(document, "id")))
}

/// What a file with people comes to.
pub(in crate::cli::verbs) fn roster(document: &Value, _: &Screen) -> String {
    let changes = items(document, "changes");
    let mut lines: Vec<String> = changes.iter().take(TOLD_MAX_LINES).map(change_line).collect();
    if changes.len() > TOLD_MAX_LINES {
        lines.push(format!("  and {} more; all of them with -o json", changes.len() - TOLD_MAX_LINES));
    }
    let ignored: Vec<String> = items(document, "columns_ignored").iter().filter_map(Value::as_str).map(safe).collect();
    if !ignored.is_empty() {
        lines.push(format!("not looked at: {}", ignored.join(", ")));
    }
    match items(document, "unknown_lines").len() {
        0 => {}
        count => lines.push(format!("{count} of the file are not known here, and this mode creates nobody")),
    }
    let stay: Vec<String> = items(document, "stay_disabled").iter().filter_map(Value::as_str).map(safe).collect();
    if !stay.is_empty() {
        lines.push(format!("disabled here although in the file, and they stay so: {}", stay.join(", ")));
    }
    let applied = document.get("applied").and_then(Value::as_bool) == Some(true);
    let end = match (applied, changes.is_empty()) {
        (true, _) => format!("  (done, generation gen-{})", number(document, "/generation")),
        (false, true) => "  (nothing to do)".to_owned(),
        (false, false) => NOT_DONE.to_owned(),
    };
    lines.push(safe(text(document, "summary")) + &end);
    lines.join("\n")
}

fn change_line(change: &Value) -> String {
    let mark = match text(change, "action") {
        "create" => '+',
        "disable" => '-',
        _ => '~',
    };
    let place = match change.get("line").and_then(Value::as_u64) {
        Some(line) => format!("line {line}"),
        None => "not in the file".to_owned(),
    };
    let said = items(change, "changes").iter().map(|wish| {
        let members =
            wish.as_object().into_iter().flatten().filter(|(name, _)| !matches!(name.as_str(), "do" | "person"));
        let words = members
            .map(|(name, value)| format!("{name} {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
        words.collect::<Vec<_>>().join(", ")
    });
    let said = said.collect::<Vec<_>>().join(", ");
    format!(
        "{mark} {:<8} {}{place}",
        safe(text(change, "person")),
        if said.is_empty() { String::new() } else { safe(&said) + "  " }
    )
}

/// A rack with what the asset register says of it.
pub(in crate::cli::verbs) fn rack(document: &Value, screen: &Screen) -> String {
    let doors: Vec<String> = items(document, "doors").iter().filter_map(Value::as_str).map(safe).collect();
    let mut lines = vec![format!("Rack {}", safe(text(document, "path")))];
    let mut tell = |name: &str, value: String| {
        if !value.is_empty() {
            lines.push(format!("  {name}: {value}"));
        }
    };
    tell("owner", safe(text(document, "owner")));
    tell("doors", doors.join(", "));
    tell("secured", safe(text(document, "secured")));
    let Some(asset) = document.get("asset").filter(|asset| asset.is_object()) else {
        tell("asset register", "says nothing of it; rackward rack import netbox takes it over".to_owned());
        return lines.join("\n");
    };
    for name in ["id", "name", "facility_id", "site", "location", "role", "status", "tenant", "serial", "asset_tag"] {
        tell(name, safe(text(asset, name)));
    }
    match number(asset, "/u_height") {
        0 => {}
        units => tell("u_height", units.to_string()),
    }
    tell("taken over", safe(&screen.calendar.show_text(text(asset, "taken_at"))));
    if !text(asset, "gone_at").is_empty() {
        let since = screen.calendar.show_text(text(asset, "gone_at"));
        tell("GONE", format!("the asset register has it no more, since {}", safe(&since)));
    }
    lines.join("\n")
}

/// What the racks of an asset register come to.
pub(in crate::cli::verbs) fn racks_taken(document: &Value, _: &Screen) -> String {
    let mut lines = Vec::new();
    let unmatched = items(document, "not_at_this_site");
    for rack in unmatched.iter().take(TOLD_MAX_LINES) {
        lines.push(format!(
            "? {:<8} {}  is no rack of the site file",
            safe(text(rack, "id")),
            safe(text(rack, "name"))
        ));
    }
    if unmatched.len() > TOLD_MAX_LINES {
        lines.push(format!("  and {} more; all of them with -o json", unmatched.len() - TOLD_MAX_LINES));
    }
    if !unmatched.is_empty() && text(document, "lines_written_to").is_empty() {
        lines.push("the lines that the site file would need: add --site-lines FILE.toml; racks have doors, and doors are the site file's".to_owned());
    }
    let file = text(document, "lines_written_to");
    if !file.is_empty() {
        lines.push(format!(
            "lines for the site file are in {}; look at them, add them, and start the daemon anew",
            safe(file)
        ));
    }
    let count = |name: &str| number(document, &format!("/{name}"));
    let end = match document.get("applied").and_then(Value::as_bool) {
        Some(true) => "  (done; nobody's rights changed)",
        _ => NOT_DONE,
    };
    lines.push(format!(
        "{} racks: {} taken over, {} unchanged, {} gone from the register{end}",
        count("racks"),
        count("taken"),
        count("unchanged"),
        count("gone"),
    ));
    lines.join("\n")
}
