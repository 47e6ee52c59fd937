//! Content lines of RFC 5545, 3.1: a name, parameters and a value, folded over several lines of text. What the names mean
//! is `event.rs`.

use super::Problems;

/// One content line, unfolded.
#[derive(Debug)]
pub(super) struct ContentLine {
    /// Where it begins in the text, counted from 1.
    pub(super) line: usize,
    /// Its name in capitals.
    pub(super) name: String,
    /// Its parameters, names in capitals, values without quotes.
    pub(super) params: Vec<(String, String)>,
    /// Its value as written.
    pub(super) value: String,
}

/// Unfolds a text into lines, each with its number; empty lines are passed over, and lines may end with LF alone.
pub(super) fn unfold(text: &str) -> impl Iterator<Item = (usize, String)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rows = text.split('\n').map(|row| row.strip_suffix('\r').unwrap_or(row)).zip(1..).peekable();
    core::iter::from_fn(move || {
        let (row, number) = rows.by_ref().find(|(row, _)| !row.is_empty())?;
        let mut line = row.to_owned();
        while let Some((more, _)) = rows.next_if(|(row, _)| row.starts_with([' ', '\t'])) {
            line.extend(more.chars().skip(1));
        }
        Some((number, line))
    })
}

/// Takes an unfolded line apart; one that is none is told and passed over.
pub(super) fn parse(line: usize, text: &str, problems: &mut Problems) -> Option<ContentLine> {
    let parsed = parts(text);
    if parsed.is_none() {
        let message = format!("\"{}\" is not a line of iCalendar", excerpt(text));
        problems.add(line, message, "write NAME:value, or NAME;PARAMETER=value:value");
    }
    let (name, params, value) = parsed?;
    Some(ContentLine { line, name, params, value })
}

type Parts = (String, Vec<(String, String)>, String);

fn parts(text: &str) -> Option<Parts> {
    let (name, mut rest) = name_of(text)?;
    let mut params = Vec::new();
    while let Some(after) = rest.strip_prefix(';') {
        let (name, after) = name_of(after)?;
        let (value, after) = param_value(after.strip_prefix('=')?)?;
        params.push((name, value));
        rest = after;
    }
    Some((name, params, rest.strip_prefix(':')?.to_owned()))
}

/// A name of letters, digits and `-`, in capitals, and what follows it.
fn name_of(text: &str) -> Option<(String, &str)> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end)?;
    (!name.is_empty()).then(|| (name.to_ascii_uppercase(), rest))
}

/// A parameter's value, quoted or plain, and what follows it.
fn param_value(text: &str) -> Option<(String, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        let (value, rest) = quoted.split_once('"')?;
        return Some((value.to_owned(), rest));
    }
    let end = text.find([';', ':'])?;
    let (value, rest) = text.split_at_checked(end)?;
    (!value.contains('"')).then(|| (value.to_owned(), rest))
}

/// The beginning of a text from outside, fit for a message: short and without control characters.
pub(super) fn excerpt(text: &str) -> String {
    /// Enough to find the place by.
    const EXCERPT_CHARS: usize = 40;
    let cut: String = text.chars().take(EXCERPT_CHARS).collect();
    let more = if text.chars().nth(EXCERPT_CHARS).is_some() { "..." } else { "" };
    format!("{}{more}", cut.escape_debug())
}
