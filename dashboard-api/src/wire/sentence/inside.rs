//! The words of sentences about musters, visitors and hand-overs.

use rackward_core::entry::LongText;
use rackward_core::id::MusterId;
use rackward_core::muster::{Listed, Mark, MusterCounts, MusterKind, Somebody};

use super::{counted, why_words};

/// So many are named in a sentence; of more it says how many.
const NAMED_MAX: usize = 5;

/// So much of a longer text stands in a sentence, in characters.
const LINE_MAX_CHARS: usize = 120;

pub(in crate::wire) const fn muster_kind_words(kind: MusterKind) -> &'static str {
    match kind {
        MusterKind::Drill => "drill",
        MusterKind::Real => "real muster",
    }
}

pub(in crate::wire) fn people_words(count: usize) -> String {
    match count {
        0 => "nobody".to_owned(),
        1 => "1 person".to_owned(),
        count => format!("{count} people"),
    }
}

/// Who came on a list.
pub(in crate::wire) fn listed_words(roll: &[Listed]) -> String {
    some(roll.iter().map(|listed| listed.who), roll.len())
}

/// Who is still missing.
pub(in crate::wire) fn missing_words(missing: &[Somebody]) -> String {
    match missing {
        [] => "nobody missing".to_owned(),
        missing => format!("missing {}", some(missing.iter().copied(), missing.len())),
    }
}

fn some(who: impl Iterator<Item = Somebody>, count: usize) -> String {
    if count > NAMED_MAX {
        return people_words(count);
    }
    who.map(|who| who.to_string()).collect::<Vec<_>>().join(", ")
}

/// What was said of people: of one whom, of more how many are what.
pub(in crate::wire) fn marks_words(marks: &[Mark]) -> String {
    if let [mark] = marks {
        let place = mark.place.as_ref().map(|place| format!(", {}", place.as_str())).unwrap_or_default();
        let note = why_words(mark.note.as_ref());
        return format!("{} is {}{place}{note}", mark.who, mark.status.word().replace('_', " "));
    }
    let mut counts = MusterCounts::default();
    marks.iter().for_each(|mark| counts.add(mark.status));
    let told = [
        (counts.safe, "safe"),
        (counts.missing, "missing"),
        (counts.unsure, "unsure"),
        (counts.not_on_site, "not on site"),
    ];
    let told = told.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
    format!("{}: {}", counted(marks.len(), "mark"), told.collect::<Vec<_>>().join(", "))
}

pub(in crate::wire) fn found_words(muster: Option<MusterId>) -> String {
    muster.map(|muster| format!(", found by {muster}")).unwrap_or_default()
}

/// The first line of a text, and that there is more.
pub(in crate::wire) fn first_line(text: &LongText) -> String {
    let line = text.as_str().lines().next().unwrap_or_default();
    let cut: String = line.chars().take(LINE_MAX_CHARS).collect();
    if cut.len() == text.as_str().len() { cut } else { format!("{} …", cut.trim_end()) }
}
