//! A file with people, read with suspicion: how it is written (UTF-8, commas or semicolons or tabs), which column is which, and
//! everything that is wrong with it, line by line, at once. What the lines mean for those on record is the core's
//! (`people/roster.rs`); what is asked of the daemon is `verbs/roster.rs`.

mod columns;
mod map;
mod table;

use std::collections::BTreeMap;
use std::path::Path;

use rackward_core::engine::command::{PersonKey, PersonName};
use rackward_core::people::roster::RosterLine;
use rackward_core::people::{ExtendedTime, PersonKeyHash, PersonStatus, ThreatLevel};
use rackward_dashboard::wire::person_status_word;

use super::failure::{Exit, Failure};
use columns::{Columns, Field};
pub(crate) use map::Map;
pub(crate) use table::MAX_FILE_BYTES;

/// How many mistakes are listed; beyond them it is only said how many more there are.
const LISTED_MAX_COUNT: usize = 10_000;

/// What a spreadsheet begins a formula with.
const FORMULA: [char; 4] = ['=', '+', '-', '@'];

/// Something that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// On which line; from 1.
    pub(crate) line: u64,
    /// In which cell of it, from 1; in none where it is the line as a whole.
    pub(crate) column: Option<usize>,
    /// What is wrong, and what to do.
    pub(crate) what: String,
}

impl Mistake {
    /// Of a line as a whole.
    pub(crate) fn of_line(line: u64, what: impl Into<String>) -> Self {
        Self { line, column: None, what: what.into() }
    }

    fn of_cell(line: u64, column: usize, what: impl Into<String>) -> Self {
        Self { line, column: Some(column + 1), what: what.into() }
    }

    /// Where it is, such as `line 17 col 4`.
    pub(crate) fn place(&self) -> String {
        match self.column {
            Some(column) => format!("line {} col {column}", self.line),
            None => format!("line {}", self.line),
        }
    }
}

/// What a file says.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    /// Its lines, as far as they can be used.
    pub(crate) lines: Vec<RosterLine>,
    /// Everything that is wrong with it.
    pub(crate) mistakes: Vec<Mistake>,
    /// The columns that nobody looks at.
    pub(crate) ignored: Vec<String>,
}

impl Roster {
    /// Reads a file's bytes. `organisation` is that of lines which name none.
    pub(crate) fn read(bytes: &[u8], map: &Map, organisation: &str) -> Self {
        let mut roster = Self::default();
        let text = match table::text_of(bytes) {
            Ok(text) => text,
            Err(mistakes) => return Self { mistakes, ..roster },
        };
        let mut rows = table::Rows::of(&text);
        let Some(heading) = rows.heading(&mut roster.mistakes) else {
            if roster.mistakes.is_empty() {
                roster.mistakes.push(Mistake::of_line(1, "the file is empty"));
            }
            return roster;
        };
        let columns = Columns::find(&heading, map, &mut roster.mistakes);
        roster.ignored.clone_from(&columns.ignored);
        if !roster.mistakes.is_empty() {
            return roster;
        }
        let mut keys: BTreeMap<(String, String), u64> = BTreeMap::new();
        for row in rows {
            let row = match row {
                Ok(row) => row,
                Err(mistake) => {
                    roster.mistakes.push(mistake);
                    continue;
                }
            };
            let before = roster.mistakes.len();
            let line = line_of(&row, &columns, map, organisation, &mut roster.mistakes);
            if let Some(first) = keys.insert((line.organisation.clone(), line.key.clone()), line.line)
                && roster.mistakes.len() == before
            {
                let what = format!("the key of line {first} once more; a key is one person's");
                roster.mistakes.push(Mistake::of_cell(line.line, columns.place(Field::ExternalId), what));
            }
            if roster.mistakes.len() == before {
                roster.lines.push(line);
            }
        }
        if roster.lines.is_empty() && roster.mistakes.is_empty() {
            roster.mistakes.push(Mistake::of_line(1, "there is nobody below the heading; a list of nobody is no list"));
        }
        roster
    }

    /// Everything that is wrong, as a refusal; `counted` is what the rest of the file comes to.
    pub(crate) fn refusal(file: &Path, mistakes: &[Mistake], counted: &str) -> Failure {
        let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
        let place = |mistake: &Mistake| match mistake.column {
            Some(column) => format!("{name}:{}:{column}", mistake.line),
            None => format!("{name}:{}", mistake.line),
        };
        let error = |mistake: &Mistake| serde_json::json!({"pointer": place(mistake), "detail": mistake.what});
        let listed: Vec<serde_json::Value> = mistakes.iter().take(LISTED_MAX_COUNT).map(error).collect();
        let more = mistakes.len() - listed.len();
        let first = mistakes.first().map(Mistake::place).unwrap_or_default();
        let count = mistakes.len();
        let errors = if count == 1 { "error" } else { "errors" };
        let others = if count > 1 { " ..." } else { "" };
        let detail = format!("{counted}{count} {errors} ({first}{others})");
        let title = format!("{name} cannot be taken: {detail}");
        let help = match more {
            0 => "correct the file and try again; nothing was changed".to_owned(),
            more => format!("{more} more are not listed; correct the file and try again; nothing was changed"),
        };
        Failure::new(Exit::Invalid, "roster", &title, detail, help).with("errors", serde_json::Value::Array(listed))
    }
}

/// One line of the file; what is wrong with it is noted beside.
fn line_of(
    row: &table::Row,
    columns: &Columns,
    map: &Map,
    organisation: &str,
    mistakes: &mut Vec<Mistake>,
) -> RosterLine {
    let mut cell = |field: Field| -> Option<String> {
        let place = columns.find_place(field)?;
        match text_of(row.cells.get(place).map(String::as_str).unwrap_or_default()) {
            Ok(text) => Some(text.to_owned()),
            Err(what) => {
                mistakes.push(Mistake::of_cell(row.line, place, what));
                None
            }
        }
    };
    let key = cell(Field::ExternalId).unwrap_or_default();
    let name = match cell(Field::Name) {
        Some(name) => name,
        None => {
            let (given, family) =
                (cell(Field::GivenName).unwrap_or_default(), cell(Field::FamilyName).unwrap_or_default());
            format!("{given} {family}").trim().to_owned()
        }
    };
    let of = cell(Field::Organisation).filter(|text| !text.is_empty()).unwrap_or_else(|| organisation.to_owned());
    let words = [Field::Status, Field::Clearance, Field::ExtendedTime].map(|field| (field, cell(field)));
    let mut wrong = |field: Field, what: String| {
        let mistake = Mistake::of_cell(row.line, columns.place(field), what);
        // What is wrong with a cell at all is said once.
        if !mistakes.iter().rev().take(Field::ALL.len()).any(|known| known.place() == mistake.place()) {
            mistakes.push(mistake);
        }
    };
    if PersonKey::parse(&key, |_| PersonKeyHash::from_keyed_hash([0; 16])).is_none() {
        wrong(Field::ExternalId, key_wrong(&key));
    }
    if PersonName::parse(&name).is_none() {
        wrong(columns.name_field(), name_wrong(&name));
    }
    let mut line =
        RosterLine { line: row.line, key, name, organisation: of, status: None, clearance: None, extended_time: None };
    for (field, text) in words {
        let text = text.unwrap_or_default();
        if !text.is_empty() && !take(&mut line, field, map.value(field, &text)) {
            wrong(field, format!("\"{text}\" is no {}; there is {}", field.word(), field.words()));
        }
    }
    line
}

/// Takes a word; whether it is one.
fn take(line: &mut RosterLine, field: Field, word: &str) -> bool {
    let word = word.to_lowercase();
    match field {
        Field::Status => {
            let all = [PersonStatus::Enabled, PersonStatus::Suspended, PersonStatus::Expected, PersonStatus::Left];
            line.status = all.into_iter().find(|status| person_status_word(*status) == word);
            line.status.is_some()
        }
        Field::Clearance => {
            let all = [ThreatLevel::Normal, ThreatLevel::Guarded, ThreatLevel::High, ThreatLevel::Severe];
            line.clearance = all.into_iter().find(|level| level.word() == word);
            line.clearance.is_some()
        }
        Field::ExtendedTime => {
            line.extended_time = match word.as_str() {
                "yes" | "true" | "1" => Some(ExtendedTime::Yes),
                "no" | "false" | "0" => Some(ExtendedTime::No),
                _ => None,
            };
            line.extended_time.is_some()
        }
        Field::ExternalId | Field::Name | Field::GivenName | Field::FamilyName | Field::Organisation => true,
    }
}

/// What a cell says: no formula, and nothing that nobody sees. An apostrophe that an export has put before one is taken off.
fn text_of(cell: &str) -> Result<&str, String> {
    let text = cell.trim();
    if text.starts_with(FORMULA) {
        return Err("begins like a formula of a spreadsheet; write it as text".to_owned());
    }
    if text.contains('\0') {
        return Err("holds a NUL byte; export the file anew as text".to_owned());
    }
    Ok(text.strip_prefix('\'').filter(|rest| rest.starts_with(FORMULA)).unwrap_or(text))
}

fn key_wrong(key: &str) -> String {
    match key {
        "" => "the key is missing; every person needs one".to_owned(),
        _ => format!(
            "a key has 1 to {} characters, a letter or digit among them, none that nobody sees",
            PersonKey::MAX_CHARS
        ),
    }
}

fn name_wrong(name: &str) -> String {
    match name {
        "" => "the name is missing".to_owned(),
        _ => format!(
            "a name has 1 to {} characters, a letter or digit among them, none that nobody sees",
            PersonName::MAX_CHARS
        ),
    }
}

#[cfg(test)]
mod tests;
