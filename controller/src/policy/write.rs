//! Objects as files: one file for each kind, in the order in which they are made.

use std::fmt::Write as _;

use rackward_dashboard::wire::site_file::KINDS;
use serde_json::Value;

/// A file and what stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileText {
    /// Its name.
    pub name: &'static str,
    /// Its text.
    pub text: String,
}

/// The files that say these objects.
///
/// # Errors
/// An object holds what TOML cannot say.
pub fn files_of(objects: &[Value], site: &str) -> Result<Vec<FileText>, toml::ser::Error> {
    let mut files = Vec::new();
    for kind in KINDS {
        let of_kind: Vec<&Value> = objects.iter().filter(|object| object["kind"] == kind).collect();
        if of_kind.is_empty() {
            continue;
        }
        let mut text = format!("# What {site} says of its kind {kind}: rackward plan -f DIR shows what differs.\n");
        for object in of_kind {
            let one = toml::to_string(&serde_json::json!({ "objects": [object] }))?;
            let _ = write!(text, "\n{one}");
        }
        files.push(FileText { name: file_name(kind), text });
    }
    Ok(files)
}

fn file_name(kind: &str) -> &'static str {
    match kind {
        "Calendar" => "calendars.toml",
        "Schedule" => "schedules.toml",
        "Agreement" => "agreements.toml",
        "AccessProfile" => "profiles.toml",
        "Membership" => "memberships.toml",
        _ => "grants.toml",
    }
}
