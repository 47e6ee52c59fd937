//! Cameras and stills as people read them.

use serde_json::Value;

use super::{items, text};
use crate::cli::output::{Screen, safe};

/// One camera.
pub(in crate::cli::verbs) fn camera(document: &Value, screen: &Screen) -> String {
    let evidence = if document["evidence"] == Value::Bool(true) { ", evidence" } else { "" };
    let trouble = document["trouble_words"].as_str().map_or_else(String::new, |why| format!(": {}", safe(why)));
    let last = document["last_picture_at"].as_str().map(|at| screen.calendar.show_text(at));
    let covers: Vec<String> = items(document, "covers").iter().filter_map(Value::as_str).map(safe).collect();
    [
        format!("{} {}{evidence}", safe(text(document, "name")), safe(text(document, "id"))),
        format!("answers   {}{trouble}", safe(text(document, "health"))),
        format!("picture   {}", last.unwrap_or_else(|| "none since the daemon's start".to_owned())),
        format!("past      {}", safe(text(document, "past"))),
        format!("covers    {}", covers.join(", ")),
        format!("doors     {}", items(document, "doors").len()),
    ]
    .join("\n")
}

/// What became of each still.
pub(in crate::cli::verbs) fn stills(document: &Value, screen: &Screen) -> String {
    let stills = items(document, "stills");
    if stills.is_empty() {
        return "no stills".to_owned();
    }
    let line = |still: &Value| {
        let camera = safe(text(still, "camera_name"));
        let at = |member: &str| screen.calendar.show_text(text(still, member));
        match text(still, "state") {
            "kept" => format!("{camera}  {}  {}", at("shows_at"), safe(text(still, "file"))),
            "erased" => format!(
                "{camera}  {}  erased, its time is over; SHA-256 {}",
                at("shows_at"),
                safe(text(still, "sha256"))
            ),
            "pending" => format!("{camera}  {}  being fetched", at("wanted_at")),
            _ => format!("{camera}  {}  not available: {}", at("wanted_at"), safe(text(still, "cause_words"))),
        }
    };
    stills.iter().map(line).collect::<Vec<_>>().join("\n")
}
