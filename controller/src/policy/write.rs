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
        let mut text = format!("# What {site}{}\n", heading_of(kind));
        for object in of_kind {
            let one = toml::to_string(&serde_json::json!({ "objects": [object] }))?;
            let _ = write!(text, "\n{one}");
        }
        files.push(FileText { name: file_name(kind), text });
    }
    Ok(files)
}

/// The end of the first line of a file that is written here, after the name of the site.
fn heading_of(kind: &str) -> String {
    format!(" says of its kind {kind}: rackward plan -f DIR shows what differs.")
}

/// The names of all files that are written here.
pub fn file_names() -> impl Iterator<Item = &'static str> {
    KINDS.into_iter().map(file_name)
}

/// Whether a file of this name and text was written here, of whichever site: by its first line.
pub fn is_ours(name: &str, text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    let wrote = |kind: &str| file_name(kind) == name && first.ends_with(&heading_of(kind));
    first.starts_with("# What ") && KINDS.into_iter().any(wrote)
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
