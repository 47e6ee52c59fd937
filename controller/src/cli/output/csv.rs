//! Answers as a table for spreadsheets (RFC 4180, UTF-8, lines that end in a line feed). A cell that a spreadsheet would take
//! for a formula is made a text by an apostrophe before it: what somebody is called must not be carried out by whoever opens
//! the file.

use serde_json::Value;

use super::{Headings, safe};

/// What a spreadsheet begins a formula with.
const FORMULA: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];

/// A table of these rows.
pub(super) fn text(heads: &[&str], rows: impl Iterator<Item = Vec<String>>, headings: Headings) -> String {
    let head = (headings == Headings::Shown).then(|| line(heads.iter().map(|head| cell(head))));
    head.into_iter().chain(rows.map(|row| line(row.iter().map(|text| cell(text))))).collect()
}

/// What a cell of a single answer says: a text as it is, everything else as JSON writes it.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn line(cells: impl Iterator<Item = String>) -> String {
    cells.collect::<Vec<_>>().join(",") + "\n"
}

/// A cell as a text, in quotation marks where it has to be. What would break a line stands as a space.
fn cell(text: &str) -> String {
    let mark = if text.starts_with(FORMULA) { "'" } else { "" };
    let text = safe(&text.replace(['\n', '\r', '\t'], " "));
    match text.contains([',', '"', '\'', ';']) || !mark.is_empty() || text.trim() != text {
        true => format!("\"{mark}{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        let check = |text: &str, expect: &str| assert_eq!(cell(text), expect, "{text:?}");
        check("opened", "opened");
        check("", "");
        check("a,b", "\"a,b\"");
        check("a;b", "\"a;b\"");
        check("say \"x\"", "\"say \"\"x\"\"\"");
        check("=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\"");
        check("+1", "\"'+1\"");
        check("-1+2", "\"'-1+2\"");
        check("@SUM(A1)", "\"'@SUM(A1)\"");
        check("\t=1", "\"' =1\"");
        check("\r=1", "\"' =1\"");
        check(" =1", "\" =1\"");
        check("two\nlines", "two lines");
        check("a\u{1b}[2J", "a\\u{1b}[2J");
        check("a=1", "a=1");
    }
}
