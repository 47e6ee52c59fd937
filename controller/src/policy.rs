//! Site files: directories of TOML that say who may pass where and when. They are read here, with everything that is wrong with
//! their form told at once, by file, line and column; what they mean beside what there is, the daemon says (`site-files` of its
//! API), and its answers are told by file and line again.

mod form;
mod write;

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use rackward_dashboard::wire::request::Unread;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use toml::de::DeTable;

use crate::config::report::{Lines, Place, Problems};
use crate::config::table::Span;

pub use write::{FileText, file_names, files_of, is_ours};

/// The largest file that is read.
const FILE_MAX_BYTES: u64 = 16 << 20;

/// The most that all files together may have: what the daemon takes in one request.
const FILES_MAX_BYTES: usize = 24 << 20;

/// How much of a file of another form is looked at.
const YAML_LOOK_BYTES: u64 = 4 << 10;

/// How many files are read.
const FILES_MAX_COUNT: usize = 10_000;

/// How deep directories are followed.
const DEPTH_MAX: usize = 8;

/// Everything that files say.
#[derive(Debug, Default)]
pub struct SiteFiles {
    /// The objects, as the daemon's API takes them.
    pub objects: Vec<Value>,
    places: Vec<Places>,
}

/// Files with something wrong with their form, and what they say beside that.
#[derive(Debug, Default)]
pub struct Faulty {
    /// Everything that is wrong.
    pub problems: Vec<FileProblem>,
    /// The objects that have their form.
    pub rest: SiteFiles,
    /// Those that have not.
    pub unread: Vec<Unread>,
}

/// Where the parts of one object stand, by pointers into it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Places {
    file: String,
    by_pointer: BTreeMap<String, (usize, usize)>,
}

/// Something that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileProblem {
    /// `file:line:column`, or the file alone.
    pub place: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.place, self.message, self.help)
    }
}

impl SiteFiles {
    /// Reads a directory, or one file; `-` is standard input.
    ///
    /// # Errors
    /// Everything that is wrong with the form of the files.
    pub fn read(path: &Path) -> Result<Self, Faulty> {
        let mut read = Reading::default();
        if path == Path::new("-") {
            read.take("-", std::io::stdin().lock());
        } else if path.is_dir() {
            let mut found = Vec::new();
            read.collect(path, 0, &mut found);
            found.sort();
            if found.is_empty() && read.problems.is_empty() {
                read.note(path, "there is no file of TOML in it", "name a directory with files that end in .toml");
            }
            for file in found {
                read.open(&file);
            }
        } else {
            read.open(path);
        }
        read.end()
    }

    /// Reads one text, under the name that problems are told by.
    ///
    /// # Errors
    /// Everything that is wrong with its form.
    pub fn of_text(name: &str, text: &str) -> Result<Self, Faulty> {
        let mut read = Reading::default();
        read.text(name, text);
        read.end()
    }

    /// Objects that were kept, with the places that were kept of them.
    pub(crate) fn kept(objects: Vec<Value>, places: Vec<Places>) -> Self {
        Self { objects, places }
    }

    /// Where the parts of each object stand.
    pub(crate) fn places(&self) -> &[Places] {
        &self.places
    }

    /// Where in the files a pointer of the daemon's leads, such as `#/objects/3/spec/points/0`; as far as it is known.
    pub fn place_of(&self, pointer: &str) -> Option<String> {
        let rest = pointer.trim_start_matches('#').strip_prefix("/objects/")?;
        let (number, inside) = rest.split_once('/').unwrap_or((rest, ""));
        let places = self.places.get(number.parse::<usize>().ok()?)?;
        let mut inside = format!("/{inside}");
        loop {
            if let Some((line, column)) = places.by_pointer.get(inside.trim_end_matches('/')) {
                return Some(format!("{}:{line}:{column}", places.file));
            }
            inside.truncate(inside.rfind('/')?);
        }
    }
}

/// What was read so far.
#[derive(Debug, Default)]
struct Reading {
    files: SiteFiles,
    problems: Vec<FileProblem>,
    unread: Vec<Unread>,
    bytes: usize,
}

impl Reading {
    fn end(self) -> Result<SiteFiles, Faulty> {
        let Self { files, problems, unread, bytes: _ } = self;
        if problems.is_empty() { Ok(files) } else { Err(Faulty { problems, rest: files, unread }) }
    }

    /// Notes what keeps a file from being read, whatever objects it has.
    fn note(&mut self, path: &Path, message: impl Into<String>, help: impl Into<String>) {
        self.unread.push(Unread::default());
        let place = path.display().to_string();
        self.problems.push(FileProblem { place, message: message.into(), help: help.into() });
    }

    fn collect(&mut self, dir: &Path, depth: usize, found: &mut Vec<PathBuf>) {
        let entries = match std::fs::read_dir(dir) {
            Ok(entries) => entries,
            Err(error) => return self.note(dir, format!("it cannot be read: {error}"), "look at its permissions"),
        };
        if depth > DEPTH_MAX {
            return self.note(dir, "it lies too deep", format!("use at most {DEPTH_MAX} directories in one another"));
        }
        for entry in entries.flatten() {
            let path = entry.path();
            let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && !is_hidden => self.collect(&path, depth + 1, found),
                Ok(_) if !is_hidden && path.extension().is_some_and(|end| end == "toml") => found.push(path),
                // What says itself that it is ours is not passed over without a word: a plan would end what it gives.
                Ok(_) if !is_hidden && is_ours_in_yaml(&path) => {
                    self.note(
                        &path,
                        "it is YAML, and site files are TOML",
                        "write it as TOML; rackward schema tells its form",
                    );
                }
                Ok(_) | Err(_) => {}
            }
            if found.len() > FILES_MAX_COUNT {
                return self.note(dir, format!("there are more than {FILES_MAX_COUNT} files"), "put objects together");
            }
        }
    }

    fn open(&mut self, path: &Path) {
        match std::fs::File::open(path) {
            Ok(file) => self.take(&path.display().to_string(), file),
            Err(error) => self.note(path, format!("it cannot be read: {error}"), "name a directory or file that can"),
        }
    }

    fn take(&mut self, name: &str, from: impl std::io::Read) {
        let path = Path::new(name);
        let mut bytes = Vec::new();
        if let Err(error) = from.take(FILE_MAX_BYTES + 1).read_to_end(&mut bytes) {
            return self.note(path, format!("it cannot be read: {error}"), "name a file that can");
        }
        self.bytes = self.bytes.saturating_add(bytes.len());
        if bytes.len() as u64 > FILE_MAX_BYTES {
            return self.note(path, format!("it has more than {FILE_MAX_BYTES} bytes"), "make several files of it");
        }
        if self.bytes > FILES_MAX_BYTES {
            return self.note(
                path,
                format!("with it the files have more than {FILES_MAX_BYTES} bytes"),
                "apply them in parts",
            );
        }
        match String::from_utf8(bytes) {
            Ok(text) => self.text(name, &text),
            Err(error) => {
                let line = error
                    .as_bytes()
                    .iter()
                    .take(error.utf8_error().valid_up_to())
                    .filter(|byte| **byte == b'\n')
                    .count()
                    + 1;
                let place = PathBuf::from(format!("{name}:{line}"));
                self.note(&place, "it is not text in UTF-8", "save it as UTF-8");
            }
        }
    }

    fn text(&mut self, name: &str, text: &str) {
        let mut problems = Problems::default();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (document, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let span = error.span().unwrap_or(0..0);
            problems.add(span, error.message(), "this is not TOML; https://toml.io shows how it is written");
        }
        let read = if errors.is_empty() {
            form::objects(document.get_ref(), &mut problems)
        } else {
            form::Read { unread: vec![Unread::default()], ..form::Read::default() }
        };
        self.unread.extend(read.unread);
        let found = problems.found(text);
        for (line, column, message, help) in found {
            self.problems.push(FileProblem { place: format!("{name}:{line}:{column}"), message, help });
        }
        let lines = Lines::of(text);
        for (object, spans) in read.objects {
            self.files.objects.push(object);
            self.files.places.push(places(name, &lines, spans));
        }
    }
}

/// Whether a file of YAML says that it is a site file, as far as its beginning tells.
fn is_ours_in_yaml(path: &Path) -> bool {
    let is_yaml = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
    let Some(file) = is_yaml.then(|| std::fs::File::open(path).ok()).flatten() else { return false };
    let mut begin = Vec::new();
    file.take(YAML_LOOK_BYTES).read_to_end(&mut begin).is_ok() && String::from_utf8_lossy(&begin).contains("rackward/v")
}

fn places(file: &str, lines: &Lines<'_>, spans: Vec<(String, Span)>) -> Places {
    let place = |(pointer, span): (String, Span)| {
        let place = Place::of(lines, &span);
        (pointer, (place.line, place.column))
    };
    Places { file: file.to_owned(), by_pointer: spans.into_iter().map(place).collect() }
}

#[cfg(test)]
mod tests;
