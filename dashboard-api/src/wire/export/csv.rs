//! Events as a table for spreadsheets: RFC 4180, in UTF-8. A cell that a spreadsheet would take for a formula is made a text
//! by an apostrophe before it: what a person or device is called must not be carried out by whoever opens a file.

use serde_json::Value;

use super::{name_of, text};
use crate::wire::event::CloudEvent;

/// The columns: what every event has, then members of the data that many have, then all of the data.
const COLUMNS: [&str; 14] = [
    "sequence",
    "time",
    "type",
    "subject",
    "sentence",
    "person_id",
    "credential_id",
    "grant_id",
    "door",
    "device",
    "alarm_id",
    "reason",
    "by",
    "data",
];

/// What a spreadsheet begins a formula with.
const FORMULA: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];

pub(super) fn head() -> String {
    COLUMNS.join(",") + "\n"
}

pub(super) fn row(event: &CloudEvent) -> String {
    let data = Value::Object(event.data.clone()).to_string();
    let cell = |column: &&str| match *column {
        "sequence" => event.id.clone(),
        "time" => event.time.to_string(),
        "type" => name_of(event).to_owned(),
        "subject" => event.subject.clone(),
        "data" => data.clone(),
        member => text(event, member).unwrap_or_default().to_owned(),
    };
    let cells: Vec<String> = COLUMNS.iter().map(|column| safe(&cell(column))).collect();
    cells.join(",") + "\n"
}

/// A cell as a text, in quotation marks where it has to be. What would break a line stands as a space, so that every event is
/// one line; the data has it as JSON writes it.
fn safe(text: &str) -> String {
    let mark = if text.starts_with(FORMULA) { "'" } else { "" };
    let text = text.replace(['\n', '\r', '\t'], " ");
    match text.contains([',', '"', '\'']) || !mark.is_empty() {
        true => format!("\"{mark}{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        let check = |text: &str, expect: &str| assert_eq!(safe(text), expect, "{text:?}");
        check("opened", "opened");
        check("", "");
        check("a,b", "\"a,b\"");
        check("say \"x\"", "\"say \"\"x\"\"\"");
        check("=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\"");
        check("+1", "\"'+1\"");
        check("-1+2", "\"'-1+2\"");
        check("@SUM(A1)", "\"'@SUM(A1)\"");
        check("\t=1", "\"' =1\"");
        check("\r=1", "\"' =1\"");
        check("two\nlines", "two lines");
        check("a=1", "a=1");
    }
}
