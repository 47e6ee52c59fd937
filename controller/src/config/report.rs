//! Problems of a site file and how they are shown: what, where, the line itself, what to do. The form is the compiler's,
//! which editors and people can follow to the place.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;

use super::table::Span;

/// Everything found wrong so far.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<Problem>);

#[derive(Debug, PartialEq, Eq)]
struct Problem {
    span: Span,
    message: String,
    help: String,
}

impl Problems {
    /// Notes one problem.
    pub(crate) fn add(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        let problem = Problem { span, message: message.into(), help: help.into() };
        if !self.0.contains(&problem) {
            self.0.push(problem);
        }
    }

    /// Takes over what was found in a passage that is not to be shown, all of it where the passage begins.
    pub(crate) fn absorb(&mut self, passage: Span, found: Problems) {
        for Problem { message, help, .. } in found.0 {
            self.add(passage.clone(), message, help);
        }
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many things are wrong.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Where problems were found.
    pub(crate) fn spans(&self) -> HashSet<Span> {
        self.0.iter().map(|problem| problem.span.clone()).collect()
    }

    /// Line, column, message and help of each problem, in order of the file.
    pub(crate) fn found(mut self, text: &str) -> Vec<(usize, usize, String, String)> {
        self.0.sort_by_key(|problem| problem.span.start);
        let lines = Lines::of(text);
        let placed = |problem: Problem| {
            let place = Place::of(&lines, &problem.span);
            (place.line, place.column, problem.message, problem.help)
        };
        self.0.into_iter().map(placed).collect()
    }

    /// The problems as they are shown, in order of the file.
    pub(crate) fn report(mut self, path: &Path, text: &str) -> Report {
        self.0.sort_by_key(|problem| problem.span.start);
        let file = path.display().to_string();
        let mut shown = String::new();
        let lines = Lines::of(text);
        for problem in &self.0 {
            shown.push_str(&problem.show(&file, &lines));
            shown.push('\n');
        }
        let name = path.file_name().map_or(file.clone(), |name| name.to_string_lossy().into_owned());
        let count = self.0.len();
        let noun = if count == 1 { "problem" } else { "problems" };
        shown.push_str(&format!("{count} {noun} in {name}; nothing was started"));
        Report { shown, count }
    }
}

/// Everything that is wrong with a site file, ready to be printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    shown: String,
    count: usize,
}

impl Report {
    /// How many problems there are; never none.
    pub fn count(&self) -> usize {
        self.count
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl Problem {
    fn show(&self, file: &str, lines: &Lines<'_>) -> String {
        let place = Place::of(lines, &self.span);
        let gutter = " ".repeat(place.line.to_string().len());
        let (line, column) = (place.line, place.column);
        let (quoted, marks) = place.quote();
        format!(
            "error: {}\n{gutter}--> {file}:{line}:{column}\n{gutter} |\n{line} | {quoted}\n{gutter} | {marks}\nhelp: {}\n",
            self.message, self.help
        )
    }
}

/// A text and where its lines begin, looked for once: a file of a megabyte may have thousands of problems.
pub(crate) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(crate) fn of(text: &'t str) -> Self {
        let after = text.match_indices('\n').map(|(newline, _)| newline + 1);
        Self { text, starts: std::iter::once(0).chain(after).collect() }
    }

    /// The number of the line with this byte, from 1, and where it begins.
    pub(crate) fn at(&self, byte: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= byte);
        (line, self.starts.get(line.saturating_sub(1)).copied().unwrap_or(0))
    }
}

/// Line and column of a span, both from 1, in characters.
pub(crate) struct Place<'t> {
    pub(crate) line: usize,
    pub(crate) column: usize,
    source: &'t str,
    width: usize,
}

impl<'t> Place<'t> {
    pub(crate) fn of(lines: &Lines<'t>, span: &Span) -> Self {
        let text = lines.text;
        let start = text.floor_char_boundary(span.start.min(text.len()));
        let end = text.floor_char_boundary(span.end.clamp(start, text.len()));
        let (line, line_start) = lines.at(start);
        let line_end =
            text.get(start..).and_then(|after| after.find('\n')).map_or(text.len(), |newline| start + newline);
        let source = text.get(line_start..line_end).unwrap_or_default().trim_end_matches('\r');
        let marked = text.get(start..end.min(line_end)).unwrap_or_default();
        Self {
            line,
            column: text.get(line_start..start).unwrap_or_default().chars().count() + 1,
            source,
            width: marked.chars().count().max(1),
        }
    }

    /// The line and the marks under it. Control characters are shown as a replacement, lest a file write to the terminal;
    /// what might be a secret in the wrong place is not shown at all.
    fn quote(&self) -> (String, String) {
        let shown: String = match secret_value(self.source) {
            Some(before) => format!("{before}= ..."),
            None => self.source.to_owned(),
        };
        let printable = |c: char| {
            if c == '\t' {
                ' '
            } else if c.is_control() {
                '\u{fffd}'
            } else {
                c
            }
        };
        let shown: String = shown.chars().map(printable).collect();
        let room = (shown.chars().count() + 1).saturating_sub(self.column).max(1);
        let column = self.column.min(shown.chars().count() + 1);
        (shown, format!("{}{}", " ".repeat(column - 1), "^".repeat(self.width.min(room))))
    }
}

/// What stands before the `=` of a line whose value may be a secret, which belongs into a file of its own.
fn secret_value(line: &str) -> Option<&str> {
    const SUSPECT: [&str; 6] = ["password", "secret", "key", "pin", "token", "sample"];
    /// How a sample card begins that stands on a line of its own.
    const CARD: [&str; 4] = ["bits", "facility", "issue", "number"];
    let (before, _) = line.split_once('=')?;
    let name = before.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
    let suspect = SUSPECT.iter().any(|word| name.contains(word)) && !name.ends_with("_file");
    let is_card = name.strip_prefix('{').is_some_and(|first| CARD.contains(&first.trim()));
    (suspect || is_card).then_some(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_lines_and_columns_in_characters() {
        let text = "a = 1\n\tå = \"ä\" # x\r\nlast";
        let check = |span: Span, line: usize, column: usize, quoted: &str, marks: &str| {
            let place = Place::of(&Lines::of(text), &span);
            assert_eq!(
                (place.line, place.column, place.quote()),
                (line, column, (quoted.to_owned(), marks.to_owned()))
            );
        };
        check(0..1, 1, 1, "a = 1", "^");
        check(4..5, 1, 5, "a = 1", "    ^");
        check(12..16, 2, 6, " å = \"ä\" # x", "     ^^^");
        check(22..26, 3, 1, "last", "^^^^");
        check(26..26, 3, 5, "last", "    ^");
        check(900..999, 3, 5, "last", "    ^");
        check(0..26, 1, 1, "a = 1", "^^^^^");
    }

    #[test]
    fn nothing_that_may_be_a_secret_is_shown() {
        let check = |line: &str, expect: &str| assert_eq!(Place::of(&Lines::of(line), &(0..3)).quote().0, expect);
        check("password = \"hunter2\"", "password = ...");
        check("  \"Key\" = 'x'", "  \"Key\" = ...");
        check("key_file = \"keys/a.key\"", "key_file = \"keys/a.key\"");
        check("port = \"/dev/x\"", "port = \"/dev/x\"");
        check("a = \"\u{1b}[31m\"", "a = \"\u{fffd}[31m\"");
    }
}
