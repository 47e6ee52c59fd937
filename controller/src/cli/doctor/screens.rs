//! What people see of the findings, and of a bundle before it is written.

use std::path::Path;

use serde_json::Value;

use crate::cli::output::{Screen, safe};

fn text<'d>(document: &'d Value, name: &str) -> &'d str {
    document.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn items<'d>(document: &'d Value, name: &str) -> impl Iterator<Item = &'d Value> {
    document.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// One line a check, what to do below it, and what was written.
pub(super) fn findings(document: &Value, _: &Screen) -> String {
    let line = |check: &Value| {
        let told =
            format!("{:<8} {:<13} {}", text(check, "state"), safe(text(check, "name")), safe(text(check, "words")));
        match text(check, "help") {
            "" => told,
            help => format!("{told}\n{:<22} help: {}", "", safe(help)),
        }
    };
    let mut lines: Vec<String> = items(document, "checks").map(line).collect();
    let bundle = &document["bundle"];
    if bundle.is_object() {
        let of = if text(bundle, "of") == "daemon" { "" } else { ", without the daemon's part: it does not answer" };
        lines.push(format!("written  {}, {} bytes{of}", safe(text(bundle, "file")), bundle["bytes"]));
    }
    lines.join("\n")
}

/// What a bundle would hold.
pub(super) fn contents(listed: &Value, file: &Path) -> String {
    let row = |row: &Value| {
        let words = |name: &str| items(row, name).filter_map(Value::as_str).map(safe).collect::<Vec<_>>().join(", ");
        let bytes = row["bytes"].as_u64().unwrap_or_default();
        let mut told = format!("  {:<20} {bytes:>9} bytes  {}", safe(text(row, "name")), safe(text(row, "what")));
        if let Some(redacted) = row["redacted"].as_u64().filter(|count| *count > 0) {
            told.push_str(&format!("\n{:<40}{redacted} redacted", ""));
        }
        match (text(row, "untold"), words("left_out").as_str()) {
            ("", "") => told,
            ("", left_out) => format!("{told}\n{:<40}left out: {left_out}", ""),
            (untold, _) => format!("{told}\n{:<40}not told: {}", "", safe(untold)),
        }
    };
    let rows: Vec<String> = items(listed, "files").map(row).collect();
    let never: Vec<String> =
        items(listed, "never").filter_map(Value::as_str).map(|what| format!("  {}", safe(what))).collect();
    let file = file.display().to_string();
    format!("{} would hold:\n{}\nand never:\n{}", safe(&file), rows.join("\n"), never.join("\n"))
}
