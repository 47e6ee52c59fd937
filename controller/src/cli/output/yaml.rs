//! A JSON document as YAML 1.2 in block style. A text stands in double quotes as JSON writes it (YAML reads that alike) unless
//! it can be nothing else than a text; nothing is written that steers a terminal.

use std::fmt::Write as _;

use rackward_core::engine::command::is_unseen;
use serde_json::Value;

/// The document, with a line feed at its end.
pub(super) fn text(document: &Value) -> String {
    let mut out = String::new();
    match document {
        Value::Object(_) | Value::Array(_) if !is_empty(document) => block(document, 0, &mut out),
        _ => out = scalar(document) + "\n",
    }
    out
}

/// Members or items that are there, each on lines of its own.
fn block(value: &Value, indent: usize, out: &mut String) {
    let lead = " ".repeat(indent);
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                out.push_str(&lead);
                member(name, value, indent, out);
            }
        }
        Value::Array(items) => {
            for item in items {
                out.push_str(&lead);
                self::item(item, indent, out);
            }
        }
        _ => {}
    }
}

fn member(name: &str, value: &Value, indent: usize, out: &mut String) {
    out.push_str(&quoted(name));
    out.push(':');
    match value {
        Value::Object(_) if !is_empty(value) => {
            out.push('\n');
            block(value, indent + 2, out);
        }
        Value::Array(_) if !is_empty(value) => {
            out.push('\n');
            block(value, indent, out);
        }
        _ => {
            // Writing to a text does not fail.
            let _ = writeln!(out, " {}", scalar(value));
        }
    }
}

/// An item behind its dash; the first member of an object stands on the same line.
fn item(value: &Value, indent: usize, out: &mut String) {
    out.push_str("- ");
    match value {
        Value::Object(members) if !members.is_empty() => {
            let lead = " ".repeat(indent + 2);
            for (place, (name, value)) in members.iter().enumerate() {
                out.push_str(if place == 0 { "" } else { &lead });
                member(name, value, indent + 2, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            block(value, indent + 2, out);
        }
        _ => {
            // Writing to a text does not fail.
            let _ = writeln!(out, "{}", scalar(value));
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => true,
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Object(_) => "{}".to_owned(),
        Value::Array(_) => "[]".to_owned(),
        other => other.to_string(),
    }
}

/// Words that YAML 1.1 or 1.2 takes for something else than a text.
const WORDS: [&str; 10] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan"];

/// A text as it is where nobody could misread it, else in double quotes.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '.');
    let begins = text.chars().next().is_some_and(|c| c.is_ascii_alphabetic());
    if begins && text.chars().all(plain) && !WORDS.contains(&text.to_ascii_lowercase().as_str()) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if is_unseen(c) => out.push_str(&format!("\\U{:08X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn documents_read_as_blocks() {
        let check = |document: Value, expect: &str| assert_eq!(text(&document), expect, "{document}");
        check(json!({}), "{}\n");
        check(json!([]), "[]\n");
        check(json!("a b"), "\"a b\"\n");
        check(
            json!({"kind": "GrantList", "items": [{"id": "g-1", "doors": ["l/a", "l/b"], "to": null}, {}], "n": 2.5}),
            "kind: GrantList\nitems:\n- id: g-1\n  doors:\n  - l/a\n  - l/b\n  to: null\n- {}\n\"n\": 2.5\n",
        );
        check(json!({"a": {"b": {"c": []}}}), "a:\n  b:\n    c: []\n");
        check(json!([[1, 2], []]), "- \n  - 1\n  - 2\n- []\n");
    }

    #[test]
    fn a_text_stays_a_text() {
        let check = |given: &str, expect: &str| assert_eq!(quoted(given), expect, "{given:?}");
        check("lon1/hall-a", "lon1/hall-a");
        check("", "\"\"");
        for word in ["true", "No", "NULL", "12", "1e3", "-", "~", "2026-07-24", ".inf", "a: b", "#x", "- a", "*x"] {
            assert!(quoted(word).starts_with('"'), "{word}");
        }
        check("say \"x\"\\", "\"say \\\"x\\\"\\\\\"");
        check("a\u{1b}\u{9b}\u{202e}\nb", "\"a\\U0000001B\\U0000009B\\U0000202E\\nb\"");
        check("Åsa 王", "\"Åsa 王\"");
    }
}
