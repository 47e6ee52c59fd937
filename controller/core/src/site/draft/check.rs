//! What can be wrong with a draft, all of it, each with what to do. Nothing here changes a draft. Each table of a draft has a
//! file of its own; what holds between areas and the doors and readers around them is `exits.rs`.

mod areas;
mod cameras;
mod devices;
pub(crate) mod doors;
mod exits;
mod feedback;
mod nesting;
mod remote;
mod schedules;

use std::collections::BTreeMap;

use super::suggest::nearest;
use super::{DraftProblem, SiteDraft};
use crate::card::{FormatCatalogue, FormatProblem};

/// How many unknown names are looked at for the one that was meant. A site written against the wrong list has thousands of
/// them; for the rest it is enough to be told that they are unknown.
const SUGGESTIONS_NAMES: usize = 32;

/// The tables, in the order in which problems are told.
const TABLES: [&str; 11] = [
    "site",
    "organisation",
    "calendar",
    "schedule",
    "area",
    "door",
    "device",
    "camera",
    "card_format",
    "offline",
    "firmware_floor",
];

/// Everything wrong with `draft` but its time zone, in order of table and index.
pub(super) fn problems(draft: &SiteDraft) -> Vec<DraftProblem> {
    let names = Names::of(draft);
    let mut found = Findings::default();
    if !is_word(&draft.name) {
        let message = format!("\"{}\" is not a site name", draft.name);
        found.add("site", 0, "name", message, "use small letters, digits and dashes, up to 32");
    }
    organisations(draft, &mut found);
    schedules::check(draft, &names, &mut found);
    areas::check(draft, &names, &mut found);
    doors::check(draft, &names, &mut found);
    devices::check(draft, &names, &mut found);
    exits::check(draft, &names, &mut found);
    feedback::check(draft, &names, &mut found);
    cameras::check(draft, &names, &mut found);
    card_formats(draft, &mut found);
    remote::check(draft, &names, &mut found);
    found.in_order()
}

/// Everything that is named, by name; where a name stands twice, the first counts.
struct Names<'d> {
    organisations: BTreeMap<&'d str, usize>,
    calendars: BTreeMap<&'d str, usize>,
    schedules: BTreeMap<&'d str, usize>,
    areas: BTreeMap<&'d str, usize>,
    doors: BTreeMap<&'d str, usize>,
}

impl<'d> Names<'d> {
    fn of(draft: &'d SiteDraft) -> Self {
        fn index<'d>(
            names: impl DoubleEndedIterator<Item = &'d String> + ExactSizeIterator,
        ) -> BTreeMap<&'d str, usize> {
            names.map(String::as_str).enumerate().rev().map(|(index, name)| (name, index)).collect()
        }
        Self {
            organisations: index(draft.organisations.iter()),
            calendars: index(draft.schedules.calendars.iter().map(|calendar| &calendar.name)),
            schedules: index(draft.schedules.schedules.iter().map(|schedule| &schedule.name)),
            areas: index(draft.areas.iter().map(|area| &area.path)),
            doors: index(draft.doors.iter().map(|door| &door.path)),
        }
    }
}

/// What was found wrong so far.
#[derive(Default)]
struct Findings {
    list: Vec<DraftProblem>,
    suggestions: usize,
}

impl Findings {
    fn add(
        &mut self,
        table: &'static str,
        index: usize,
        field: &'static str,
        message: String,
        help: impl Into<String>,
    ) {
        self.list.push(DraftProblem { table, index, field, message, help: help.into() });
    }

    /// Something is named that does not exist: says the name that was meant, if one is near.
    fn unknown<'k>(
        &mut self,
        (table, index, field): (&'static str, usize, &'static str),
        (kind, name): (&str, &str),
        known: impl Iterator<Item = &'k &'k str>,
        otherwise: &str,
    ) {
        let mut meant = None;
        if self.suggestions < SUGGESTIONS_NAMES {
            self.suggestions += 1;
            meant = nearest(name, known.copied());
        }
        let help = meant.map_or_else(|| otherwise.to_owned(), |meant| format!("did you mean \"{meant}\"?"));
        self.add(table, index, field, format!("{kind} \"{name}\" does not exist"), help);
    }

    fn in_order(mut self) -> Vec<DraftProblem> {
        let rank = |problem: &DraftProblem| TABLES.iter().position(|table| *table == problem.table);
        self.list.sort_by_key(|problem| (rank(problem), problem.index));
        self.list
    }
}

fn organisations(draft: &SiteDraft, found: &mut Findings) {
    let mut seen = BTreeMap::new();
    for (index, name) in draft.organisations.iter().enumerate() {
        if !is_word(name) {
            let message = format!("\"{name}\" is not a name of an organisation");
            found.add("organisation", index, "name", message, "use small letters, digits and dashes, up to 32");
        }
        if *name == draft.name {
            let message = format!("\"{name}\" is the site's own name, by which its operator goes");
            found.add("organisation", index, "name", message, "the operator needs no entry; remove it or rename it");
        }
        repeated(("organisation", index, "name"), name, &mut seen, found);
    }
}

fn card_formats(draft: &SiteDraft, found: &mut Findings) {
    let problems = FormatCatalogue::with(&draft.card_formats).err().unwrap_or_default();
    for (index, FormatProblem { member, message, help }) in problems {
        found.add("card_format", index, member, message, help);
    }
}

fn path((table, index, field): (&'static str, usize, &'static str), site: &str, path: &str, found: &mut Findings) {
    let mut parts = path.split('/');
    let rooted = parts.next() == Some(site);
    if !rooted || path.split('/').count() < 2 || !parts.all(is_word) {
        let message = format!("\"{path}\" is not a path of this site");
        let help = format!("write it as \"{site}/...\" with small letters, digits and dashes between the slashes");
        found.add(table, index, field, message, help);
    }
}

fn repeated<'v>(
    (table, index, field): (&'static str, usize, &'static str),
    value: &'v str,
    seen: &mut BTreeMap<&'v str, usize>,
    found: &mut Findings,
) {
    if let Some(first) = seen.insert(value, index) {
        let message = format!("\"{value}\" is already taken by {table} number {}", first + 1);
        found.add(table, index, field, message, "each may stand only once; rename or remove one");
    }
}

/// A name safe in paths, topics and file names: 1 to 32 of `a-z`, `0-9` and `-`.
fn is_word(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
