//! The `[[card_format]]` tables: layouts of cards that the built-in formats do not know. Here texts become positions and
//! numbers; whether a layout is whole, and whether its samples fit it, is the core's to say (`card/draft.rs` there).
//!
//! A sample is a card of somebody, so nothing said about one repeats it, nor the line on which it stands.

use data_encoding::HEXLOWER_PERMISSIVE;
use rackward_core::card::{
    BitRange, CardBits, FixedBits, FormatDraft, MAX_CARD_BITS, Parity, ParityKind, Positions, Printed, Sample,
};

use super::Origin;
use super::places::required_text;
use super::report::Problems;
use super::table::{Member, Root, Table, shown};

/// How a run of bits is written.
const RANGE_HELP: &str = "write the first and the last position as the data sheet prints them, from 1 to 256: \"2-9\"";

/// How a set of bits is written.
const POSITIONS_HELP: &str = "write positions and runs of them, from 1 to 256, between commas: \"3-4,6-7,9\"";

/// How one entry of each list of tables is written.
const FIXED_FORM: &str = "{ over = \"2-3\", is = 0 }";
const PARITY_FORM: &str = "{ at = 1, kind = \"even\", over = \"2-13\" }";
const SAMPLE_FORM: &str = "{ bits = \"...\", facility = ..., number = ... }";

/// The formats as far as they could be read, and where they stand.
#[derive(Default)]
pub(super) struct CardFormats {
    pub(super) drafts: Vec<FormatDraft>,
    pub(super) origins: Vec<Origin>,
    /// The indices of formats of which a member could not be read, so that bits may seem to belong to nobody.
    incomplete: Vec<usize>,
}

impl CardFormats {
    /// Reads every format.
    pub(super) fn read(root: &Root<'_>, problems: &mut Problems) -> Self {
        let mut formats = Self::default();
        for table in root.list("card_format") {
            formats.format(table, problems);
        }
        formats
    }

    /// Whether a member of a format could not be read.
    pub(super) fn is_incomplete(&self, index: usize) -> bool {
        self.incomplete.contains(&index)
    }

    fn format(&mut self, mut table: Table<'_>, problems: &mut Problems) {
        let name = required_text(&mut table, "name", problems);
        let length = table.required_integer("bits", problems);
        let length_bits = length.and_then(|length| length_bits(length, problems));
        let facility = table.text("facility", problems).map(|text| range(text, problems));
        let issue = table.text("issue", problems).map(|text| range(text, problems));
        let number = table.required("number", problems).and_then(|text| range(text, problems));
        let fixed = every(inner(&mut table, "fixed", FIXED_FORM, problems), |table| fixed_bits(table, problems));
        let parity = every(inner(&mut table, "parity", PARITY_FORM, problems), |table| parity_bit(table, problems));
        let samples = every(inner(&mut table, "sample", SAMPLE_FORM, problems), |table| {
            let (passage, mut found) = (table.header(), Problems::default());
            let sample = sample(table, length_bits, &mut found);
            problems.absorb(passage, found);
            sample
        });
        // A field is lost when it is written but could not be read; `text` has said so where it is no text at all.
        let lost = |key: &str, field: &Option<Option<BitRange>>| table.has(key) && field.flatten().is_none();
        let is_lost = lost("facility", &facility) || lost("issue", &issue);
        let is_whole = !is_lost && fixed.is_some() && parity.is_some() && samples.is_some();
        let origin = table.origin();
        table.finish(problems);
        // Without its length and number nothing more can be said about a format.
        let (Some(length_bits), Some(number)) = (length_bits, number) else { return };
        if !is_whole {
            self.incomplete.push(self.drafts.len());
        }
        self.origins.push(origin);
        self.drafts.push(FormatDraft {
            name,
            length_bits,
            facility: facility.flatten(),
            issue: issue.flatten(),
            number,
            fixed: fixed.unwrap_or_default(),
            parity: parity.unwrap_or_default(),
            samples: samples.unwrap_or_default(),
        });
    }
}

/// The tables in a member, which may be one alone; none when it is not written.
fn inner<'t>(table: &mut Table<'t>, key: &'static str, form: &str, problems: &mut Problems) -> Option<Vec<Table<'t>>> {
    if !table.has(key) {
        table.pass_over(&[key]);
        Some(Vec::new())
    } else if table.is_table(key) {
        table.table(key, form, problems).map(|inner| vec![inner])
    } else {
        table.tables(key, form, problems)
    }
}

/// What every table holds; `None` if one of them could not be read, after all of them were looked at.
fn every<'t, T>(tables: Option<Vec<Table<'t>>>, mut read: impl FnMut(Table<'t>) -> Option<T>) -> Option<Vec<T>> {
    let items: Vec<Option<T>> = tables?.into_iter().map(&mut read).collect();
    items.into_iter().collect()
}

fn length_bits(length: Member<i64>, problems: &mut Problems) -> Option<u16> {
    let bits = u16::try_from(length.value).ok().filter(|bits| (1..=MAX_CARD_BITS).contains(bits));
    if bits.is_none() {
        let message = format!("a card of {} bits is none", length.value);
        problems.add(length.span, message, "write how many bits a reader sends, 1 to 256");
    }
    bits
}

fn range(text: Member<&str>, problems: &mut Problems) -> Option<BitRange> {
    let range = BitRange::parse(text.value);
    if range.is_none() {
        problems.add(text.span, format!("\"{}\" is no run of bits", shown(text.value)), RANGE_HELP);
    }
    range
}

/// The positions in a member that must be there.
fn positions(table: &mut Table<'_>, problems: &mut Problems) -> Option<Positions> {
    let text = table.required("over", problems)?;
    let positions = Positions::parse(text.value);
    if positions.is_none() {
        problems.add(text.span, format!("\"{}\" is no set of bits", shown(text.value)), POSITIONS_HELP);
    }
    positions
}

/// `{ over = "1-3", is = 0 }`
fn fixed_bits(mut table: Table<'_>, problems: &mut Problems) -> Option<FixedBits> {
    let over = positions(&mut table, problems);
    let is = table.required_integer("is", problems);
    let one = is.and_then(|is| match is.value {
        0 => Some(false),
        1 => Some(true),
        other => {
            problems.add(is.span, format!("a bit is never {other}"), "write 0 or 1");
            None
        }
    });
    table.finish(problems);
    Some(FixedBits { over: over?, one: one? })
}

/// `{ at = 1, kind = "even", over = "2-13" }`
fn parity_bit(mut table: Table<'_>, problems: &mut Problems) -> Option<Parity> {
    let kinds = [("even", ParityKind::Even), ("odd", ParityKind::Odd)];
    let at = table.required_integer("at", problems);
    let kind = table.required_choice("kind", &kinds, problems);
    let over = positions(&mut table, problems);
    let at = at.and_then(|at| {
        let position = u16::try_from(at.value).ok().filter(|position| (1..=MAX_CARD_BITS).contains(position));
        if position.is_none() {
            problems.add(at.span, format!("{} is no position of a bit", at.value), "count positions from 1, up to 256");
        }
        position
    });
    table.finish(problems);
    Some(Parity { at: at?, kind: kind?.value, over: over? })
}

/// `{ bits = "864383c0", facility = 12, number = 34567 }`; the problems get a place that shows nothing of it.
fn sample(mut table: Table<'_>, length_bits: Option<u16>, problems: &mut Problems) -> Option<Sample> {
    let bits = table.required("bits", problems).and_then(|text| sample_bits(text, length_bits?, problems));
    let facility = sample_number(&mut table, "facility", problems);
    let issue = sample_number(&mut table, "issue", problems);
    if !table.has("number") {
        problems.add(table.header(), "the sample has no \"number\"", "add number = what is printed on the card");
    }
    let number = sample_number(&mut table, "number", problems);
    table.finish(problems);
    Some(Sample { bits: bits?, printed: Printed { facility: facility?, issue: issue?, number: number?? } })
}

fn sample_bits(text: Member<&str>, length_bits: u16, problems: &mut Problems) -> Option<CardBits> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.value.as_bytes()).ok();
    let bits = bytes.and_then(|bytes| CardBits::new(length_bits, &bytes).ok());
    if bits.is_none() {
        let message = format!("the bits of the sample are not {length_bits} in hexadecimal");
        let help =
            "write as many digits as fill whole bytes, the first bit highest, unused bits behind the last one zero";
        problems.add(text.span, message, help);
    }
    bits
}

/// A number of a sample, as digits or as a text with them: `None` if it could not be read, `Some(None)` if it is not there.
fn sample_number(table: &mut Table<'_>, key: &'static str, problems: &mut Problems) -> Option<Option<u128>> {
    if !table.has(key) {
        table.pass_over(&[key]);
        return Some(None);
    }
    let (number, span) = if table.is_text(key) {
        let text = table.text(key, problems)?;
        (Printed::digits(text.value), text.span)
    } else {
        let digits = table.integer(key, problems)?;
        (u128::try_from(digits.value).ok(), digits.span)
    };
    if number.is_none() {
        let help = "write the digits printed on the card; hexadecimal ones in quotes after 0x";
        problems.add(span, format!("the {key} of the sample is no number"), help);
    }
    number.map(Some)
}
