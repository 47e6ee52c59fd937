//! The form of a file with people: its characters, what divides its cells, and where its lines are. Everything is bounded: a line
//! of ten megabytes is named and passed over.

use csv::{ByteRecord, ReaderBuilder};

use super::Mistake;

/// The longest file that is read: some hundreds of thousands of people.
pub(crate) const MAX_FILE_BYTES: u64 = 64 << 20;

/// The longest line: far above whatever is said of a person.
const MAX_LINE_BYTES: usize = 64 << 10;

/// How many columns there are at most.
const MAX_COLUMNS: usize = 200;

/// How many lines with wrong characters are named.
const MAX_UNREADABLE: usize = 10_000;

/// The file as text, or which of its lines are none.
pub(super) fn text_of(bytes: &[u8]) -> Result<String, Vec<Mistake>> {
    let whole = |what: &str| Err(vec![Mistake::of_line(1, what)]);
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return whole("the file is UTF-16; save it as UTF-8 (in a spreadsheet: CSV UTF-8)");
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return whole("this is a spreadsheet's own file; export it as CSV UTF-8");
    }
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return whole("the file is empty");
    }
    if let Ok(text) = core::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    let lines = bytes.split(|byte| *byte == b'\n').enumerate();
    let wrong = lines.filter_map(|(at, line)| {
        let error = core::str::from_utf8(line).err()?;
        let good = core::str::from_utf8(&line[..error.valid_up_to()]).unwrap_or_default();
        let what = format!(
            "character {} is not UTF-8; save the file as UTF-8 (it looks like Windows-1252 or Latin-1)",
            good.chars().count() + 1
        );
        Some(Mistake::of_line(at as u64 + 1, what))
    });
    Err(wrong.take(MAX_UNREADABLE).collect())
}

/// A line, cell by cell.
#[derive(Debug)]
pub(super) struct Row {
    /// On which line of the file it begins.
    pub(super) line: u64,
    /// Its cells.
    pub(super) cells: Vec<String>,
}

/// The lines of a file, one after the other.
pub(super) struct Rows<'t> {
    reader: csv::Reader<&'t [u8]>,
    text: &'t [u8],
    delimiter: u8,
    record: ByteRecord,
    /// How many cells the heading has.
    width: usize,
    is_over: bool,
}

impl<'t> Rows<'t> {
    /// Of a file's text.
    pub(super) fn of(text: &'t str) -> Self {
        let delimiter = delimiter_of(text);
        let reader =
            ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(text.as_bytes());
        Self { reader, text: text.as_bytes(), delimiter, record: ByteRecord::new(), width: 0, is_over: false }
    }

    /// Whether the file ends within a cell in quotation marks: the line that was read begins there and has no end.
    fn ends_open(&self) -> bool {
        let begin = self.record.position().map_or(0, csv::Position::byte);
        let is_last = self.reader.position().byte() >= self.text.len() as u64;
        is_last
            && usize::try_from(begin)
                .is_ok_and(|begin| is_open(self.text.get(begin..).unwrap_or_default(), self.delimiter))
    }

    /// The first line.
    pub(super) fn heading(&mut self, mistakes: &mut Vec<Mistake>) -> Option<Vec<String>> {
        match self.next()? {
            Ok(row) if row.cells.len() > MAX_COLUMNS => {
                mistakes.push(Mistake::of_line(1, format!("the heading has more than {MAX_COLUMNS} columns")));
                None
            }
            Ok(row) => {
                self.width = row.cells.len();
                Some(row.cells)
            }
            Err(mistake) => {
                mistakes.push(mistake);
                None
            }
        }
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, Mistake>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.is_over {
                return None;
            }
            let line = self.reader.position().line();
            match self.reader.read_byte_record(&mut self.record) {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => {
                    self.is_over = true;
                    return Some(Err(Mistake::of_line(line, format!("cannot be read: {error}"))));
                }
            }
            // Blank lines before this one are passed over by the reader.
            let line = self.record.position().map_or(line, csv::Position::line);
            if self.record.as_slice().len() > MAX_LINE_BYTES {
                let what = format!("is longer than {} kB; is a quotation mark missing?", MAX_LINE_BYTES >> 10);
                return Some(Err(Mistake::of_line(line, what)));
            }
            if self.ends_open() {
                let what = "a quotation mark is opened here and never closed; was the file cut off?";
                return Some(Err(Mistake::of_line(line, what)));
            }
            let cells: Vec<String> =
                self.record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
            if cells.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            if self.width != 0 && cells.len() != self.width {
                let noun = if cells.len() == 1 { "cell" } else { "cells" };
                let what = format!("has {} {noun} where the heading has {}", cells.len(), self.width);
                return Some(Err(Mistake::of_line(line, what)));
            }
            return Some(Ok(Row { line, cells }));
        }
    }
}

/// Whether text that begins with a line ends within quotation marks. Only such at the beginning of a cell count (RFC 4180 section 2).
fn is_open(text: &[u8], delimiter: u8) -> bool {
    let (mut quoted, mut begins) = (false, true);
    let mut bytes = text.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match (quoted, byte) {
            (true, b'"') if bytes.peek() == Some(&b'"') => drop(bytes.next()),
            (true, b'"') => quoted = false,
            (true, _) => {}
            (false, b'"') if begins => quoted = true,
            (false, byte) => begins = [delimiter, b'\n', b'\r'].contains(&byte),
        }
    }
    quoted
}

/// What divides the cells of the first line, outside of quotation marks: the most frequent of three.
fn delimiter_of(text: &str) -> u8 {
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    let mut is_quoted = false;
    for byte in text.bytes().take(MAX_LINE_BYTES).take_while(|byte| *byte != b'\n') {
        is_quoted ^= byte == b'"';
        if let Some((_, count)) = counts.iter_mut().find(|(known, _)| *known == byte && !is_quoted) {
            *count += 1;
        }
    }
    // The first of equals wins.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(byte, _)| *byte)
}
