//! `--fields`: an answer with some of its members alone. Lists of the daemon are narrowed by the daemon already, which knows
//! every member there is; everything else is narrowed here.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::column::Column;
use super::{Report, Screen, csv, safe};
use crate::cli::failure::{Exit, Failure};

impl Report {
    /// The same with these members alone, which are joined by commas.
    ///
    /// # Errors
    /// Nothing in it is called so.
    pub(crate) fn only(self, members: &str) -> Result<Self, Failure> {
        let wanted: Vec<&str> = members.split(',').map(str::trim).collect();
        let known: BTreeSet<String> =
            self.items().iter().filter_map(Value::as_object).flat_map(Map::keys).cloned().collect();
        let unknown = wanted.iter().find(|name| !known.contains(top(name)));
        if let (Some(name), false) = (unknown, self.items().is_empty()) {
            let there = known.into_iter().collect::<Vec<_>>().join(", ");
            let title = "--fields names what the answer does not have";
            return Err(Failure::new(Exit::Usage, "usage", title, format!("\"{name}\""), format!("there is {there}")));
        }
        let tops: BTreeSet<&str> = wanted.iter().copied().map(top).collect();
        Ok(match self {
            Self::List { kind, mut document, columns, empty } => {
                for item in document.get_mut("items").and_then(Value::as_array_mut).into_iter().flatten() {
                    keep(item, &tops);
                }
                Self::List { kind, document, columns: Column::of_members(members, columns), empty }
            }
            Self::Single { kind, mut document, exit, .. } => {
                keep(&mut document, &tops);
                Self::Single { kind, document, text: by_member, exit }
            }
        })
    }
}

/// The member that a path begins with.
fn top(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

fn keep(item: &mut Value, wanted: &BTreeSet<&str>) {
    if let Some(members) = item.as_object_mut() {
        members.retain(|name, _| wanted.contains(name.as_str()));
    }
}

/// One line for each member.
fn by_member(document: &Value, _: &Screen) -> String {
    let members = document.as_object().into_iter().flatten();
    let lines = members.map(|(name, value)| format!("{}: {}", safe(name), safe(&csv::value(value))));
    lines.collect::<Vec<_>>().join("\n")
}
