//! What people see of access reviews.

use serde_json::Value;

use super::{items, number, text};
use crate::cli::output::column::REVIEW_LINES;
use crate::cli::output::{Screen, rows, safe};

/// One review, with its lines where they were asked for.
pub(in crate::cli::verbs) fn review(document: &Value, screen: &Screen) -> String {
    let said = |name: &str| safe(text(document, name));
    let when = |name: &str| screen.calendar.show_text(text(document, name));
    let count = |name: &str| number(document, &format!("/counts/{name}"));
    let scope: Vec<String> = items(document, "scope").iter().filter_map(Value::as_str).map(safe).collect();
    let unused = document.get("unused_days").and_then(Value::as_u64);
    let unused = unused.map_or_else(String::new, |days| format!(", unused for {days} days"));
    let mut lines = vec![
        format!("{}  {}{unused}, {}: {}", said("id"), scope.join(", "), said("state"), said("reason")),
        format!("opened    {} by {}", when("opened_at"), said("opened_by")),
        format!("due       {}; what is undecided then: {}", when("due_at"), said("undecided")),
        format!(
            "lines     {}: {} undecided, {} kept, {} revoked, {} shortened, {} lapsed, {} over before",
            count("lines"),
            count("undecided"),
            count("kept"),
            count("revoked"),
            count("shortened"),
            count("lapsed"),
            count("over")
        ),
    ];
    if !text(document, "closed_at").is_empty() {
        lines.push(format!("closed    {} by {}: {}", when("closed_at"), said("closed_by"), said("closed_as")));
    }
    let rights = items(document, "lines");
    if !rights.is_empty() {
        lines.push(String::new());
        lines.push(rows(rights, REVIEW_LINES, screen).trim_end().to_owned());
    }
    lines.join("\n")
}

/// The records themselves, or where the archive was written.
pub(in crate::cli::verbs) fn review_evidence(document: &Value, _screen: &Screen) -> String {
    let file = text(document, "file");
    if file.is_empty() {
        return text(document, "text").trim_end().to_owned();
    }
    let (records, pages) = (number(document, "/records"), number(document, "/pages"));
    let signed = match (document["signed"] == true, text(document, "signed_by")) {
        (true, key) => format!("signed by {}", safe(key)),
        (false, _) => "the site could not sign it; the daemon's log says why".to_owned(),
    };
    let noun = if pages == 1 { "page" } else { "pages" };
    let (review, file) = (safe(text(document, "review")), safe(file));
    format!("{review} written to {file}: {records} records and a sheet of {pages} {noun}\n{signed}")
}
