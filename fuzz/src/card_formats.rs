//! Card formats: whatever somebody writes down, and whatever bits a reader sends. What is found whole gives back what it
//! was given; nothing is a card that encodes to other bits; text from requests and files is read or refused.

use std::sync::LazyLock;

use rackward_core::card::{
    BitRange, CardBits, CardField, CardFormat, FixedBits, FormatCatalogue, FormatDraft, Parity, ParityKind, Positions,
    Printed, Sample,
};

use crate::draw::Draw;

/// The formats that every site has.
static BUILT_IN: LazyLock<FormatCatalogue> = LazyLock::new(FormatCatalogue::built_in);

/// One run.
pub fn run(data: &[u8]) {
    let mut draw = Draw::new(data);
    match draw.below(8) {
        0..=3 => drawn_format(&mut draw),
        4 | 5 => whole_format(&mut draw),
        6 => built_in(&mut draw),
        _ => text(&mut draw),
    }
}

fn range(draw: &mut Draw<'_>, length: u16) -> Option<BitRange> {
    let first = u16::from(draw.byte()) % (length + 2);
    BitRange::new(first, first.saturating_add(u16::from(draw.byte())) % (length + 2))
}

fn positions(draw: &mut Draw<'_>) -> Positions {
    draw.bytes(12).iter().map(|at| u16::from(*at)).collect()
}

fn kind(draw: &mut Draw<'_>) -> ParityKind {
    if draw.coin() { ParityKind::Odd } else { ParityKind::Even }
}

/// A format in which nothing need fit.
fn drawn_format(draw: &mut Draw<'_>) {
    let length_bits = draw.short() % 300;
    let Some(number) = range(draw, length_bits) else { return };
    let draft = FormatDraft {
        name: String::from_utf8_lossy(draw.bytes(6)).into_owned(),
        length_bits,
        facility: if draw.coin() { range(draw, length_bits) } else { None },
        issue: if draw.coin() { range(draw, length_bits) } else { None },
        number,
        fixed: (0..draw.below(3)).map(|_| FixedBits { over: positions(draw), one: draw.coin() }).collect(),
        parity: (0..draw.below(4))
            .map(|_| Parity { at: u16::from(draw.byte()), kind: kind(draw), over: positions(draw) })
            .collect(),
        samples: (0..draw.below(2))
            .filter_map(|_| Some(Sample { bits: bits(draw)?, printed: printed(draw) }))
            .collect(),
    };
    try_draft(draw, &draft);
}

/// A format in which every bit has its place: number, facility, fixed bits and parities in some order.
fn whole_format(draw: &mut Draw<'_>) {
    let mut at = 1;
    let mut next = |width: u16| {
        let range = BitRange::new(at, at + width - 1);
        at += width;
        range
    };
    let leading = draw.below(3);
    let parity_first: Vec<BitRange> = (0..leading).filter_map(|_| next(1)).collect();
    let facility = if draw.coin() { next(1 + u16::from(draw.below(64))) } else { None };
    let issue = if draw.coin() { next(1 + u16::from(draw.below(16))) } else { None };
    let Some(number) = next(1 + u16::from(draw.below(80))) else { return };
    let fixed = if draw.coin() { next(1 + u16::from(draw.below(8))) } else { None };
    let parity_last: Vec<BitRange> = (0..draw.below(3)).filter_map(|_| next(1)).collect();
    let length_bits = at - 1;
    let mut parity: Vec<Parity> = Vec::new();
    for place in parity_first.into_iter().chain(parity_last) {
        // Covers what stands between, and perhaps the parities settled before it.
        let mask = draw.byte();
        let mut over: Vec<u16> = number.positions().filter(|at| mask >> (at % 8) & 1 == 1).collect();
        over.push(number.last());
        if let Some(earlier) = parity.last().filter(|_| draw.coin()) {
            over.push(earlier.at);
        }
        parity.push(Parity { at: place.last(), kind: kind(draw), over: over.into_iter().collect() });
    }
    let fixed = fixed.map(|range| FixedBits { over: range.positions().collect(), one: draw.coin() });
    let draft = FormatDraft {
        name: "drawn-1".into(),
        length_bits,
        facility,
        issue,
        number,
        fixed: fixed.into_iter().collect(),
        parity,
        samples: Vec::new(),
    };
    assert!(length_bits > 256 || draft.check().is_ok(), "a whole format was refused: {:?}", draft.check());
    try_draft(draw, &draft);
}

/// A site's catalogue takes a format exactly when it is whole; asked now and then, because the catalogue is built anew.
fn try_draft(draw: &mut Draw<'_>, draft: &FormatDraft) {
    let is_asked = draw.below(16) == 0;
    match draft.check() {
        Ok(format) => {
            try_format(draw, &format);
            if is_asked && let Ok(catalogue) = FormatCatalogue::with(std::slice::from_ref(draft)) {
                assert_eq!(catalogue.named(&draft.name), Some(&format));
            }
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            assert!(!is_asked || FormatCatalogue::with(std::slice::from_ref(draft)).is_err());
        }
    }
}

fn built_in(draw: &mut Draw<'_>) {
    let count = BUILT_IN.iter().count();
    let at = usize::from(draw.byte()) % count;
    if let Some((format, _)) = BUILT_IN.iter().nth(at) {
        try_format(draw, format);
    }
}

fn printed(draw: &mut Draw<'_>) -> Printed {
    let mut value = |limit: u8| draw.bytes(limit).iter().fold(0_u128, |value, byte| value << 8 | u128::from(*byte));
    let number = value(12);
    let (facility, issue) = (value(9), value(9));
    Printed { number, facility: (facility != 0).then_some(facility), issue: (issue != 0).then_some(issue) }
}

fn bits(draw: &mut Draw<'_>) -> Option<CardBits> {
    let count = draw.short() % 260;
    let mut data = draw.bytes(33).to_vec();
    if draw.coin() {
        data.resize(usize::from(count).div_ceil(8), 0);
        if let Some(last) = data.last_mut() {
            *last &= 0xFF << ((8 - count % 8) % 8);
        }
    }
    CardBits::new(count, &data).ok()
}

/// Numbers to bits and back, and bits to numbers and back.
fn try_format(draw: &mut Draw<'_>, format: &CardFormat) {
    let mut printed = printed(draw);
    if draw.coin() {
        let fit = |field, value: u128| format.largest(field).map(|largest| value & largest);
        printed.facility = fit(CardField::Facility, printed.facility.unwrap_or_default());
        printed.issue = fit(CardField::Issue, printed.issue.unwrap_or_default());
        printed.number = fit(CardField::Number, printed.number).unwrap_or_default();
        assert!(format.encode(&printed).is_ok(), "every number in range is a card");
    }
    if let Ok(bits) = format.encode(&printed) {
        assert_eq!(bits.bit_count(), format.length_bits());
        assert_eq!(CardBits::new(bits.bit_count(), bits.data()).as_ref(), Ok(&bits));
        assert_eq!(format.decode(&bits), Ok(printed), "numbers come back");
        let _ = format.masked(&printed);
        flip(draw, format, &bits, &printed);
    }
    if let Some(bits) = bits(draw)
        && let Ok(printed) = format.decode(&bits)
    {
        assert_eq!(format.encode(&printed).as_ref(), Ok(&bits), "bits come back");
    }
}

/// One flipped bit never reads as the same card.
fn flip(draw: &mut Draw<'_>, format: &CardFormat, bits: &CardBits, printed: &Printed) {
    let at = draw.short() % bits.bit_count();
    let mut data = bits.data().to_vec();
    data[usize::from(at / 8)] ^= 0x80 >> (at % 8);
    if let Ok(flipped) = CardBits::new(bits.bit_count(), &data) {
        assert_ne!(format.decode(&flipped).as_ref(), Ok(printed), "a flipped bit changes nothing");
    }
}

fn text(draw: &mut Draw<'_>) {
    let text = String::from_utf8_lossy(draw.bytes(200)).into_owned();
    if let Some(range) = BitRange::parse(&text) {
        assert_eq!(BitRange::parse(&range.to_string()), Some(range));
    }
    if let Some(positions) = Positions::parse(&text) {
        assert_eq!(Positions::parse(&positions.to_string()), Some(positions));
    }
    if let Some(number) = Printed::digits(&text) {
        assert_eq!(Printed::digits(&number.to_string()), Some(number));
        assert_eq!(Printed::digits(&format!("0x{number:x}")), Some(number));
    }
    for format in BUILT_IN.near(&text) {
        assert_eq!(BUILT_IN.named(format.name()), Some(format));
    }
}
