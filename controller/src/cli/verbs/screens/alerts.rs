//! What people see of alerts.

use serde_json::Value;

use super::{number, text};
use crate::cli::output::{Screen, safe};

/// One alert; with its forecast where it was made just now.
pub(in crate::cli::verbs) fn alert(document: &Value, screen: &Screen) -> String {
    let said = |name: &str| safe(text(document, name));
    let when = |name: &str| screen.calendar.show_text(text(document, name));
    let count = |pointer: &str| number(document, pointer);
    let organisation = match text(document, "organisation") {
        "" => String::new(),
        name => format!(", of {}", safe(name)),
    };
    let mut lines = vec![
        format!("{}  {}, P{}, {}{organisation}", said("id"), said("name"), count("/priority"), said("state")),
        format!("query     {}", said("query")),
        format!("response  {}", said("response").replace('\n', "\n          ")),
        format!("reason    {}", said("reason")),
        format!("owner     {}; made {} by {}", said("owner"), when("created_at"), said("created_by")),
        format!("until     {}", when("until_at")),
        format!("matched   {} times, {} of them only counted", count("/matches"), count("/withheld")),
    ];
    if !text(document, "ended_at").is_empty() {
        let why = match text(document, "end_reason") {
            "" => "its time was over".to_owned(),
            why => safe(why),
        };
        lines.push(format!("ended     {} by {}: {why}", when("ended_at"), said("ended_by")));
    }
    if let Some(forecast) = document.get("forecast") {
        let all = if forecast["counted_all"] == false { "at least " } else { "" };
        let flood = if forecast["flood"] == true { ": a flood, so what is over its rate is only counted" } else { "" };
        lines.push(format!(
            "forecast  {all}{} matches in the last {} days, {} within ten minutes at most{flood}",
            count("/forecast/matches"),
            count("/forecast/days"),
            count("/forecast/most_in_10_min")
        ));
    }
    lines.join("\n")
}
