//! Sheets of paper as PDF (ISO 32000-1): black on white, A4 on its side, with a head and a foot on every page, paragraphs and one
//! long table whose column heads stand on each page. The same input gives the same bytes: nothing here reads a clock or draws
//! lots. What is said on a sheet is its callers'.
//!
//! Vocabulary: a *sign* is what is drawn of a letter; a *line* is signs beside each other; a *cell* is paragraphs in a column.

mod arabic;
mod face;
mod text;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use miniz_oxide::deflate::compress_to_vec_zlib;
use pdf_writer::types::TextRenderingMode;
use pdf_writer::{Content, Date, Filter, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr};
use rackward_core::Wall;
use sha2::{Digest as _, Sha256};

use self::face::Face;
use self::text::Line;
use crate::wire::export::VERSION;

/// How hard it is tried to make streams small: what most programs do.
const COMPRESSION: u8 = 6;

/// A4 on its side, in points of 1/72 inch (ISO 216), and what stays white around.
const PAGE: (f32, f32) = (841.89, 595.28);
const MARGIN: f32 = 34.0;
const WIDTH: f32 = PAGE.0 - 2.0 * MARGIN;

/// Sizes of text.
const HEAD_SIZE: f32 = 8.0;
const TABLE_SIZE: f32 = 7.0;
/// From one line to the next, as part of the size.
const LEADING: f32 = 1.25;
/// Between a cell's text and what is beside, above and below it.
const PAD: f32 = 2.0;
/// Where the values beside labels begin.
const LABEL_WIDTH: f32 = 120.0;
/// So many lines a head has at most; a longer one is on the first page in full.
const HEAD_MAX_LINES: usize = 3;
/// A row begins at the bottom of a page where so many lines of it have room.
const ROW_MIN_LINES: usize = 3;

const FONT: Name<'static> = Name(b"F");
/// Rules between rows, and below heads.
const THIN: f32 = 0.3;
const THICK: f32 = 0.9;

/// The numbers of what there is once; pages come behind the font.
const CATALOG: Ref = Ref::new(1);
const TREE: Ref = Ref::new(2);
const INFO: Ref = Ref::new(3);
const FIRST_OF_FONT: Ref = Ref::new(4);

/// The sheet cannot be drawn: its font does not hold. A defect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sheet cannot be drawn")]
pub(crate) struct Undrawn;

/// What stands on every page.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    /// What it is, which is the document's title as well.
    pub(crate) title: String,
    /// What is printed, in words.
    pub(crate) filter: String,
    /// By whom and when.
    pub(crate) printed: String,
    /// What proves it.
    pub(crate) foot: String,
    /// When it was made, for what shows files.
    pub(crate) made_at: Wall,
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    /// What stands above it, on each page.
    pub(crate) head: &'static str,
    /// In points, with what stays white in it.
    pub(crate) width: f32,
}

/// A sheet while it is written, from the top of the first page on.
pub(crate) struct Sheet {
    face: Face,
    running: Running,
    /// What stands at the top of each page but for its number.
    head: Vec<(Line, Weight)>,
    foot: Vec<Line>,
    /// What is on the pages that are full.
    pages: Vec<Vec<u8>>,
    body: Content,
    /// How far down the page is written.
    y: f32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weight {
    Plain,
    Bold,
}

impl Sheet {
    pub(crate) fn begin(running: Running) -> Result<Self, Undrawn> {
        let mut face = Face::open()?;
        // The page's number stands beside the title.
        let title = face.lines(&running.title, HEAD_SIZE, WIDTH - LABEL_WIDTH);
        let mut filter = face.lines(&running.filter, HEAD_SIZE, WIDTH);
        if filter.len() > HEAD_MAX_LINES {
            filter.truncate(HEAD_MAX_LINES - 1);
            filter.push(face.line("... and more, which is on page 1 in full"));
        }
        let printed = face.lines(&running.printed, HEAD_SIZE, WIDTH);
        let bold = title.into_iter().map(|line| (line, Weight::Bold));
        let head = bold.chain(filter.into_iter().chain(printed).map(|line| (line, Weight::Plain))).collect();
        let foot = face.lines(&running.foot, HEAD_SIZE, WIDTH);
        let mut sheet = Self { face, running, head, foot, pages: Vec::new(), body: Content::new(), y: 0.0 };
        sheet.y = sheet.top();
        Ok(sheet)
    }

    /// A paragraph over the whole width.
    pub(crate) fn paragraph(&mut self, text: &str, size: f32) {
        self.block(text, size, Weight::Plain);
    }

    pub(crate) fn heading(&mut self, text: &str, size: f32) {
        self.room(4.0 * size * LEADING);
        self.block(text, size, Weight::Bold);
    }

    fn block(&mut self, text: &str, size: f32, weight: Weight) {
        for line in self.face.lines(text, size, WIDTH) {
            self.room(size * LEADING);
            put(&mut self.body, &line, MARGIN, self.y + size, size, weight);
            self.y += size * LEADING;
        }
    }

    /// A label, and beside it what it stands for.
    pub(crate) fn entry(&mut self, label: &str, text: &str, size: f32) {
        let labels = self.face.lines(label, size, LABEL_WIDTH - 4.0 * PAD);
        let texts = self.face.lines(text, size, WIDTH - LABEL_WIDTH);
        for place in 0..labels.len().max(texts.len()) {
            self.room(size * LEADING);
            if let Some(line) = labels.get(place) {
                put(&mut self.body, line, MARGIN, self.y + size, size, Weight::Bold);
            }
            if let Some(line) = texts.get(place) {
                put(&mut self.body, line, MARGIN + LABEL_WIDTH, self.y + size, size, Weight::Plain);
            }
            self.y += size * LEADING;
        }
    }

    pub(crate) fn gap(&mut self, height: f32) {
        self.y += height;
    }

    /// Goes on on a new page where this one has less room.
    pub(crate) fn room(&mut self, height: f32) {
        if self.y + height > self.bottom() {
            self.turn();
        }
    }

    /// Lines to write on, with what is to be written there below.
    pub(crate) fn blanks(&mut self, labels: &[&str]) {
        let size = HEAD_SIZE;
        self.room(30.0 + size * LEADING);
        self.y += 28.0;
        let width = WIDTH / labels.len().max(1) as f32;
        for (label, x) in labels.iter().zip((0_u16..).map(|place| MARGIN + width * f32::from(place))) {
            rule(&mut self.body, x, x + width - 12.0, self.y, THIN);
            let line = self.face.line(label);
            put(&mut self.body, &line, x, self.y + size + PAD, size, Weight::Plain);
        }
        self.y += size * LEADING + PAD;
    }

    /// A table. A cell is paragraphs; a row that is higher than what is left of a page goes on on the next, under its first cell.
    pub(crate) fn table(&mut self, columns: &[Column], rows: impl IntoIterator<Item = Vec<Vec<String>>>) {
        self.room(6.0 * TABLE_SIZE * LEADING);
        self.column_heads(columns);
        for row in rows {
            let cells = columns.iter().zip(&row).map(|(column, cell)| {
                let width = column.width - 2.0 * PAD;
                cell.iter().flat_map(|text| self.face.lines(text, TABLE_SIZE, width)).collect()
            });
            let cells: Vec<Vec<Line>> = cells.collect();
            self.row(columns, &cells);
        }
    }

    fn column_heads(&mut self, columns: &[Column]) {
        let lines = columns.iter().map(|column| self.face.lines(column.head, TABLE_SIZE, column.width - 2.0 * PAD));
        let lines: Vec<Vec<Line>> = lines.collect();
        let height = lines.iter().map(Vec::len).max().unwrap_or_default();
        self.slice(columns, &lines, 0, height, Weight::Bold);
        rule(&mut self.body, MARGIN, MARGIN + WIDTH, self.y, THICK);
    }

    fn row(&mut self, columns: &[Column], cells: &[Vec<Line>]) {
        let height = cells.iter().map(Vec::len).max().unwrap_or_default();
        let (mut done, mut is_fresh) = (0, false);
        loop {
            let (rest, room) = (height - done, self.lines_left());
            let fits = rest <= room;
            if fits || is_fresh || (room >= ROW_MIN_LINES && rest > self.lines_of_page()) {
                let part = rest.min(room.max(1));
                self.slice(columns, cells, done, part, Weight::Plain);
                rule(&mut self.body, MARGIN, MARGIN + WIDTH, self.y, THIN);
                done += part;
            }
            if done >= height {
                return;
            }
            self.turn();
            self.column_heads(columns);
            is_fresh = true;
        }
    }

    /// So many lines of cells, from one on; the first cell is repeated where they are not its beginning.
    fn slice(&mut self, columns: &[Column], cells: &[Vec<Line>], from: usize, count: usize, weight: Weight) {
        let mut x = MARGIN;
        for (place, (column, lines)) in columns.iter().zip(cells).enumerate() {
            let from = if place == 0 { 0 } else { from };
            let mut y = self.y + PAD + TABLE_SIZE;
            for line in lines.iter().skip(from).take(count) {
                put(&mut self.body, line, x + PAD, y, TABLE_SIZE, weight);
                y += TABLE_SIZE * LEADING;
            }
            x += column.width;
        }
        self.y += TABLE_SIZE * LEADING * count as f32 + 2.0 * PAD;
    }

    fn lines_left(&self) -> usize {
        lines_in(self.bottom() - self.y)
    }

    /// So many lines a row has at least room for on a page of its own, below column heads of two lines.
    fn lines_of_page(&self) -> usize {
        lines_in(self.bottom() - self.top()).saturating_sub(3)
    }

    fn top(&self) -> f32 {
        MARGIN + self.head.len() as f32 * HEAD_SIZE * LEADING + 10.0
    }

    fn bottom(&self) -> f32 {
        PAGE.1 - MARGIN - self.foot.len() as f32 * HEAD_SIZE * LEADING - 6.0
    }

    /// Goes on on a new page.
    pub(crate) fn turn(&mut self) {
        let body = std::mem::replace(&mut self.body, Content::new()).finish();
        self.pages.push(compress_to_vec_zlib(body.as_slice(), COMPRESSION));
        self.y = self.top();
    }

    /// The file, and how many pages it has.
    pub(crate) fn finish(mut self) -> Result<(Vec<u8>, usize), Undrawn> {
        self.turn();
        let count = self.pages.len();
        let frames: Vec<Vec<u8>> = (1..=count).map(|number| self.frame(number, count)).collect();
        let mut pdf = Pdf::new();
        let mut next = self.face.put(&mut pdf, FIRST_OF_FONT)?;
        let mut kids = Vec::with_capacity(count);
        for (body, frame) in self.pages.iter().zip(&frames) {
            let (page, written, around) = (next.bump(), next.bump(), next.bump());
            let mut sheet = pdf.page(page);
            sheet.media_box(Rect::new(0.0, 0.0, PAGE.0, PAGE.1)).parent(TREE).contents_array([around, written]);
            sheet.resources().fonts().pair(FONT, FIRST_OF_FONT);
            sheet.finish();
            pdf.stream(written, body).filter(Filter::FlateDecode);
            pdf.stream(around, frame).filter(Filter::FlateDecode);
            kids.push(page);
        }
        pdf.pages(TREE).count(i32::try_from(count).map_err(|_| Undrawn)?).kids(kids);
        let mut catalog = pdf.catalog(CATALOG);
        catalog.pages(TREE).lang(TextStr("en-GB"));
        catalog.viewer_preferences().display_doc_title(true);
        catalog.finish();
        let producer = format!("rackward {VERSION}");
        let mut info = pdf.document_info(INFO);
        info.title(TextStr(&self.running.title)).producer(TextStr(&producer)).creation_date(date(self.running.made_at));
        info.finish();
        let id = self.pages.iter().chain(&frames).fold(Sha256::new(), |hash, page| hash.chain_update(page)).finalize();
        let id = id.get(..16).unwrap_or_default().to_vec();
        pdf.set_file_id((id.clone(), id));
        Ok((pdf.finish(), count))
    }

    /// Head and foot of a page.
    fn frame(&mut self, number: usize, count: usize) -> Vec<u8> {
        let (mut frame, mut y) = (Content::new(), MARGIN);
        let page = self.face.line(&format!("page {number} of {count}"));
        let x = MARGIN + WIDTH - page.width * HEAD_SIZE / 1000.0;
        put(&mut frame, &page, x, y + HEAD_SIZE, HEAD_SIZE, Weight::Plain);
        for (line, weight) in &self.head {
            put(&mut frame, line, MARGIN, y + HEAD_SIZE, HEAD_SIZE, *weight);
            y += HEAD_SIZE * LEADING;
        }
        rule(&mut frame, MARGIN, MARGIN + WIDTH, y + 3.0, THICK);
        y = self.bottom() + 6.0;
        rule(&mut frame, MARGIN, MARGIN + WIDTH, y - 2.0, THIN);
        for line in &self.foot {
            put(&mut frame, line, MARGIN, y + HEAD_SIZE, HEAD_SIZE, Weight::Plain);
            y += HEAD_SIZE * LEADING;
        }
        compress_to_vec_zlib(frame.finish().as_slice(), COMPRESSION)
    }
}

fn lines_in(height: f32) -> usize {
    // What is negative or beyond is cut to what there is.
    ((height - 2.0 * PAD) / (TABLE_SIZE * LEADING)) as usize
}

/// Draws a line whose base is so far down the page. There is one weight of the font: bold is the same with an edge.
fn put(body: &mut Content, line: &Line, x: f32, y: f32, size: f32, weight: Weight) {
    if line.codes.is_empty() {
        return;
    }
    body.begin_text().set_font(FONT, size);
    if weight == Weight::Bold {
        body.set_text_rendering_mode(TextRenderingMode::FillStroke).set_line_width(size * 0.035);
    } else {
        body.set_text_rendering_mode(TextRenderingMode::Fill);
    }
    body.next_line(x, PAGE.1 - y).show(Str(&line.codes)).end_text();
}

fn rule(body: &mut Content, from: f32, to: f32, y: f32, width: f32) {
    body.set_line_width(width).move_to(from, PAGE.1 - y).line_to(to, PAGE.1 - y).stroke();
}

fn date(at: Wall) -> Date {
    let at = Timestamp::from_microsecond(at.as_micros()).unwrap_or_default().to_zoned(TimeZone::UTC);
    let part = |number: i8| u8::try_from(number).unwrap_or_default();
    Date::new(u16::try_from(at.year()).unwrap_or_default())
        .month(part(at.month()))
        .day(part(at.day()))
        .hour(part(at.hour()))
        .minute(part(at.minute()))
        .second(part(at.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}

#[cfg(test)]
pub(crate) mod reading;
#[cfg(test)]
mod tests;
