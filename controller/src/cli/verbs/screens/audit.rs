//! Exports of the journal as people read them: the entries themselves, or where they are.

use serde_json::Value;

use super::{number, text};
use crate::cli::output::{Screen, safe};

/// What was exported.
pub(in crate::cli::verbs) fn exported(document: &Value, _: &Screen) -> String {
    let file = text(document, "file");
    if file.is_empty() {
        return text(document, "text").trim_end().to_owned();
    }
    let bytes = number(document, "/bytes");
    let signed = match document.get("signed").and_then(Value::as_bool) {
        Some(true) => "\nnext: unpack it, then rackward audit verify --evidence manifest.json --key KEY",
        Some(false) => "\nthe site could not sign it; the daemon's log says why",
        None => "",
    };
    format!("{bytes} bytes of {} written to {}{signed}", safe(text(document, "format")), safe(file))
}
