//! The figures of alarm management as a screen for people, and the columns of proposals.

use anstyle::AnsiColor;
use serde_json::Value;

use super::{items, number, section, text};
use crate::cli::output::column::{Column, Shape};
use crate::cli::output::{Screen, safe};

const fn column(head: &'static str, member: &'static str) -> Column {
    Column { head, member, shape: Shape::Text }
}

/// What rehearsing the past proposes.
pub(in crate::cli::verbs) const PROPOSALS: &[Column] =
    &[column("DOOR", "door"), column("WHAT", "kind"), column("ALARMS", "recorded"), column("PROPOSED", "sentence")];

const DOORS: &[Column] = &[
    column("DOOR", "door"),
    column("RAISED", "figures.raised"),
    column("ACTIVE", "figures.active"),
    column("AGAIN", "figures.again"),
    column("CHATTERED", "figures.chattering"),
    column("ACK 50% S", "figures.acknowledged_p50_s"),
    column("ACK 95% S", "figures.acknowledged_p95_s"),
];

const OPERATORS: &[Column] = &[
    column("OPERATOR", "operator"),
    column("ACKNOWLEDGED", "acknowledged"),
    column("50% WITHIN S", "p50_s"),
    column("95% WITHIN S", "p95_s"),
];

const SOURCES: &[Column] = &[
    column("WHAT", "kind"),
    column("WHERE", "source"),
    column("RAISED", "raised"),
    column("SHARE 0.1%", "share_permille"),
    column("CHATTERED", "chattering"),
];

const STALE: &[Column] = &[
    column("ALARM", "alarm"),
    column("WHAT", "kind"),
    column("WHERE", "source"),
    Column { head: "SINCE", member: "since_at", shape: Shape::Instant },
];

/// The figures of a period: how they stand against their targets, then who and what.
pub(in crate::cli::verbs) fn figures(document: &Value, screen: &Screen) -> String {
    let instant = |name: &str| safe(&screen.calendar.show_text(text(document, name)));
    let count = |name: &str| number(document, &format!("/whole/{name}"));
    let mut lines = vec![
        format!("from {} to {}", instant("from_at"), instant("to_at")),
        format!(
            "{} raised, {} of them again; {} active, {} not acknowledged",
            count("raised"),
            count("again"),
            count("active"),
            count("unacknowledged")
        ),
    ];
    lines.extend(labels(document));
    lines.push(String::new());
    lines.extend(items(document, "marks").iter().map(|mark| mark_line(mark, screen)));
    for (title, name, columns) in [
        ("doors with most alarms", "doors", DOORS),
        ("who answered", "operators", OPERATORS),
        ("what came most", "top", SOURCES),
        ("what chattered", "chattering", SOURCES),
        ("active for more than a day", "stale", STALE),
    ] {
        let all: Vec<usize> = (0..columns.len()).collect();
        lines.extend(section(title, items(document, name), &all, columns, screen));
    }
    lines.join("\n")
}

/// Why forced openings probably came, where there were any.
fn labels(document: &Value) -> Option<String> {
    let counts = document.pointer("/whole/by_label").and_then(Value::as_array)?;
    let words: Vec<String> = counts
        .iter()
        .filter(|count| number(count, "/count") > 0)
        .map(|count| format!("{} {}", number(count, "/count"), safe(text(count, "word")).replace('_', " ")))
        .collect();
    (!words.is_empty()).then(|| format!("forced openings by probable cause: {}", words.join(", ")))
}

fn mark_line(mark: &Value, screen: &Screen) -> String {
    let unit = text(mark, "unit");
    let measure = safe(text(mark, "measure")).replace('_', " ");
    let (found, limit) = (in_unit(number(mark, "/found"), unit), in_unit(number(mark, "/limit"), unit));
    let standing = match text(mark, "standing") {
        "short" => screen.paint.colour(AnsiColor::Red, "too much"),
        "too_few" => "too few alarms to say".to_owned(),
        other => safe(other),
    };
    format!("{measure:<20} {found:>16}   good up to {limit:<16} {standing}")
}

/// A figure as people say it.
fn in_unit(figure: u64, unit: &str) -> String {
    match unit {
        "milli_alarms_per_10_min" => format!("{}.{:02} in 10 min", figure / 1000, figure % 1000 / 10),
        "alarms_per_10_min" => format!("{figure} in 10 min"),
        "permille" => format!("{}.{} %", figure / 10, figure % 10),
        _ => figure.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_said_in_units_of_people() {
        let check = |figure: u64, unit: &str, expect: &str| assert_eq!(in_unit(figure, unit), expect);
        check(1_234, "milli_alarms_per_10_min", "1.23 in 10 min");
        check(40, "milli_alarms_per_10_min", "0.04 in 10 min");
        check(11, "alarms_per_10_min", "11 in 10 min");
        check(9, "permille", "0.9 %");
        check(1000, "permille", "100.0 %");
        check(5, "alarms", "5");
    }
}
