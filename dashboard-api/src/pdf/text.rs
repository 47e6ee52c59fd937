//! A text as lines of signs: where it is broken, in which order its letters stand (Unicode Standard Annex 9), and what is drawn
//! for each. Nothing of a text is left out: what nobody could see, what reorders text and what the font does not have is a box.
//! What is drawn where is `pdf.rs`'s.

use core::ops::Range;

use rackward_core::engine::command::is_unseen;
use unicode_bidi::{Level, ParagraphBidiInfo};

use super::arabic::{Formed, formed, only_steers};
use super::face::{BOX, Face, Sign, UNTOLD};

/// Below this no script goes from right to left (Unicode 16: the first is Hebrew).
const FIRST_RIGHT_TO_LEFT: char = '\u{590}';

/// Behind these a word can go on in the next line: paths are made of them. Behind a colon none does, or times of day would.
const BREAKS: &str = "/-,;_@";

/// What stands the other way round in text that goes from right to left (Unicode 16, BidiMirroring).
const MIRRORED: [(char, char); 6] = [('(', ')'), ('[', ']'), ('{', '}'), ('<', '>'), ('«', '»'), ('‹', '›')];

/// One line: the codes of its signs from left to right, two bytes each, and how wide it is in thousandths of the font's size.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Line {
    pub(super) codes: Vec<u8>,
    pub(super) width: f32,
}

/// One letter of a text, in the order in which it is read.
#[derive(Debug, Clone, Copy)]
struct Letter {
    sign: Sign,
    advance: f32,
    /// Its place among the characters, and the bytes of it in the text.
    place: usize,
    begin: usize,
    end: usize,
}

impl Letter {
    const fn is_space(&self) -> bool {
        self.sign.text == ' '
    }

    /// As it stands in text that goes from right to left.
    fn mirrored(self, face: &Face) -> Self {
        let text = self.sign.text;
        let other = MIRRORED.iter().find_map(|(one, other)| match text {
            c if c == *one => Some(*other),
            c if c == *other => Some(*one),
            _ => None,
        });
        let glyph = other.and_then(|other| face.glyph(other)).unwrap_or(self.sign.glyph);
        Self { sign: Sign { glyph, ..self.sign }, ..self }
    }
}

impl Face {
    /// A text in lines that are at most `width` points wide at a size; one sign at least stands in each.
    pub(super) fn lines(&mut self, text: &str, size: f32, width: f32) -> Vec<Line> {
        let text = Text::of(self, text);
        let room = width * 1000.0 / size;
        let mut lines: Vec<Line> = Vec::new();
        let mut start = 0;
        while start < text.letters.len() {
            let end = text.line_end(start, room);
            lines.push(text.line(self, text.without_spaces(start..end)));
            start = end;
        }
        if lines.is_empty() { vec![Line::default()] } else { lines }
    }

    /// A text in one line, however wide.
    pub(super) fn line(&mut self, text: &str) -> Line {
        let text = Text::of(self, text);
        text.line(self, 0..text.letters.len())
    }
}

/// A text that is about to be drawn.
struct Text {
    letters: Vec<Letter>,
    /// What it is, with a sign for what nobody sees; only of a text that has letters which go from right to left.
    mixed: Option<String>,
}

impl Text {
    fn of(face: &Face, text: &str) -> Self {
        let read: Vec<char> = text.chars().collect();
        let hidden = |place: usize, c: char| is_unseen(c) && !only_steers(&read, place);
        let chars: Vec<char> =
            read.iter().enumerate().map(|(place, c)| if hidden(place, *c) { UNTOLD } else { *c }).collect();
        let (mut letters, mut place, mut begin) = (Vec::with_capacity(chars.len()), 0, 0);
        while let Some(c) = chars.get(place) {
            let (sign, takes) = sign_of(face, &chars, place, *c);
            let bytes: usize = chars.iter().skip(place).take(takes).map(|c| c.len_utf8()).sum();
            let end = begin + bytes;
            if !only_steers(&chars, place) {
                letters.push(Letter { sign, advance: face.advance(sign.glyph), place, begin, end });
            }
            (place, begin) = (place + takes, end);
        }
        let is_mixed = chars.iter().any(|c| *c >= FIRST_RIGHT_TO_LEFT);
        Self { letters, mixed: is_mixed.then(|| chars.into_iter().collect()) }
    }

    /// Where the line that begins at a letter ends: behind the last place to break at that has room, or in the middle of a word
    /// that has none.
    fn line_end(&self, start: usize, room: f32) -> usize {
        let (mut width, mut last) = (0.0, None);
        for (place, letter) in self.letters.iter().enumerate().skip(start) {
            width += letter.advance;
            if letter.is_space() {
                // Spaces hang over the edge.
                last = Some(place + 1);
                continue;
            }
            if width > room && place > start {
                return last.unwrap_or(place);
            }
            if BREAKS.contains(letter.sign.text) {
                last = Some(place + 1);
            }
        }
        self.letters.len()
    }

    fn without_spaces(&self, line: Range<usize>) -> Range<usize> {
        let letters = self.letters.get(line.clone()).unwrap_or_default();
        let spaces = letters.iter().rev().take_while(|letter| letter.is_space()).count();
        line.start..line.end - spaces
    }

    fn line(&self, face: &mut Face, line: Range<usize>) -> Line {
        let letters = self.letters.get(line).unwrap_or_default();
        let ordered = self.mixed.as_ref().map(|text| in_order(face, text, letters));
        let letters = ordered.as_deref().unwrap_or(letters);
        let mut drawn = Line::default();
        for letter in letters {
            drawn.codes.extend_from_slice(&face.code(letter.sign).to_be_bytes());
            drawn.width += letter.advance;
        }
        drawn
    }
}

/// What is drawn for the character at a place, and how many characters that takes.
fn sign_of(face: &Face, chars: &[char], place: usize, c: char) -> (Sign, usize) {
    if let Some(Formed { form, takes }) = formed(chars, place)
        && let Some(glyph) = face.glyph(form)
    {
        let second = chars.get(place + 1).copied().filter(|_| takes == 2);
        return (Sign { glyph, text: c, second }, takes);
    }
    let glyph = if c == UNTOLD { BOX } else { face.glyph(c).unwrap_or(BOX) };
    (Sign { glyph, text: c, second: None }, 1)
}

/// The letters of a line as they stand from left to right.
fn in_order(face: &Face, text: &str, letters: &[Letter]) -> Vec<Letter> {
    let line = letters.first().zip(letters.last()).map_or(0..0, |(first, last)| first.begin..last.end);
    let paragraph = ParagraphBidiInfo::new(text, None);
    let of_chars = paragraph.reordered_levels_per_char(line);
    let level_of = |letter: &Letter| of_chars.get(letter.place).copied().unwrap_or(Level::ltr());
    let levels: Vec<Level> = letters.iter().map(level_of).collect();
    let places = ParagraphBidiInfo::reorder_visual(&levels);
    let mut shown: Vec<(Letter, bool)> = Vec::with_capacity(letters.len());
    for (letter, level) in places.iter().filter_map(|place| letters.get(*place).zip(levels.get(*place))) {
        let letter = if level.is_rtl() { letter.mirrored(face) } else { *letter };
        // A mark is drawn over the letter that it follows in the text, whichever way that goes.
        let marks = shown.iter().rev().take_while(|(mark, is_back)| *is_back && is_mark(mark)).count();
        let place = if level.is_rtl() && !is_mark(&letter) { shown.len() - marks } else { shown.len() };
        shown.insert(place, (letter, level.is_rtl()));
    }
    shown.into_iter().map(|(letter, _)| letter).collect()
}

fn is_mark(letter: &Letter) -> bool {
    letter.advance == 0.0
}
