//! Card formats: cards whose bits and numbers are known from elsewhere, formats with everything wrong, and properties over
//! formats that nobody has made yet.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rackward_core::card::{
    BitRange, BitsError, CardBits, CardField, CardFormat, CardProblem, Defined, FixedBits, FormatCatalogue,
    FormatDraft, MAX_CARD_BITS, Parity, ParityKind, Positions, Printed, Sample,
};

fn range(text: &str) -> BitRange {
    BitRange::parse(text).unwrap()
}

fn parity(at: u16, kind: ParityKind, over: &str) -> Parity {
    Parity { at, kind, over: Positions::parse(over).unwrap() }
}

fn printed(facility: Option<u128>, number: u128) -> Printed {
    Printed { facility, issue: None, number }
}

/// Bits written as zeros and ones.
fn bits(text: &str) -> CardBits {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b' ').collect();
    let byte = |part: &[u8]| (0..8).fold(0, |byte, place| byte << 1 | u8::from(part.get(place) == Some(&b'1')));
    CardBits::new(digits.len() as u16, &digits.chunks(8).map(byte).collect::<Vec<_>>()).unwrap()
}

/// The last `count` bits of a number, as card readers' manuals print them.
fn last_bits(count: u16, value: u128) -> CardBits {
    bits(&(0..count).rev().map(|place| if value >> place & 1 == 1 { '1' } else { '0' }).collect::<String>())
}

/// The same card with one bit turned.
fn turned(card: &CardBits, at: u16) -> CardBits {
    let mut data = card.data().to_vec();
    data[usize::from((at - 1) / 8)] ^= 0x80 >> ((at - 1) % 8);
    CardBits::new(card.bit_count(), &data).unwrap()
}

fn shown(card: &CardBits) -> String {
    format!("{}:{:02x?}", card.bit_count(), card.data())
}

/// A format of 12 bits in which every kind of member stands once: a fixed one, a facility code of three bits, an issue of
/// two, a number of four, a parity and one over that.
fn every_member() -> FormatDraft {
    FormatDraft {
        name: "acme-12".into(),
        length_bits: 12,
        facility: Some(range("3-5")),
        issue: Some(range("6-7")),
        number: range("8-11"),
        fixed: vec![FixedBits { over: Positions::parse("2").unwrap(), one: true }],
        parity: vec![parity(1, ParityKind::Odd, "2-12"), parity(12, ParityKind::Even, "8-11")],
        samples: Vec::new(),
    }
}

#[test]
fn known_cards_have_the_bits_they_have() {
    let catalogue = FormatCatalogue::built_in();
    let check = |name: &str, facility: Option<u128>, number: u128, expect: CardBits, masked: &str| {
        let format = catalogue.named(name).unwrap_or_else(|| panic!("no {name}"));
        let card = printed(facility, number);
        let encoded = format.encode(&card).unwrap();
        assert_eq!(shown(&encoded), shown(&expect), "{name} {facility:?} {number}");
        assert_eq!(format.decode(&expect), Ok(card), "{name} {facility:?} {number}");
        assert_eq!(format.masked(&card), masked);
    };
    // Both halves empty, both full, and by hand: facility 00001100, number 1000011100000111, first twelve 000011001000
    // with three ones, last twelve 011100000111 with six.
    check("h10301", Some(0), 0, bits("0 00000000 0000000000000000 1"), "**000");
    check("h10301", Some(255), 65535, bits("0 11111111 1111111111111111 1"), "**535");
    check("h10301", Some(12), 34567, bits("1 00001100 1000011100000111 1"), "**567");
    // Cards written and read with field tools, from their makers' reports.
    check("h10301", Some(118), 2348, last_bits(26, 0x20_06ec_1258), "**348");
    check("h10301", Some(123), 4567, last_bits(26, 0x20_06f6_23ae), "**567");
    // The examples of two readers' manuals.
    check("h10301", Some(0xd4), 0x1b81, bits("1 11010100 0001101110000001 0"), "**041");
    check("34-bit", Some(0x89d4), 0x1b81, bits("1 1000100111010100 0001101110000001 1"), "**041");
    // One card that both 37-bit formats read, each in its way.
    check("h10302", None, 11_850_046_624, last_bits(37, 0x5_84a2_b940), "**624");
    check("h10304", Some(22602), 89248, last_bits(37, 0x5_84a2_b940), "**248");
    // Cards that were bought, not computed.
    check("c1000-35", Some(4090), 7473, bits("01111111111010000000011101001100011"), "**473");
    check("c1000-35", Some(1439), 183_464, bits("00010110011111001011001100101010001"), "**464");
    check("c1000-35", Some(1337), 2137, last_bits(35, 0x4_a720_10b3), "**137");
    check("c1000-48", Some(12345), 12345, last_bits(48, 0x8030_3900_6072), "**345");
    // Serial numbers: the first byte in anticollision first.
    check("csn-4", None, 0xdead_beef, CardBits::new(32, &[0xde, 0xad, 0xbe, 0xef]).unwrap(), "**ef");
    let seven = [0x04, 0xa2, 0x24, 0x5a, 0x91, 0x3c, 0x80];
    check("csn-7", None, 0x04_a224_5a91_3c80, CardBits::new(56, &seven).unwrap(), "**80");
    check("csn-8", None, u128::from(u64::MAX), CardBits::new(64, &[0xff; 8]).unwrap(), "**ff");
    let ten = [0x04, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    check("csn-10", None, 0x0401_0203_0405_0607_0809, CardBits::new(80, &ten).unwrap(), "**09");
}

#[test]
fn fields_hold_what_they_have_bits_for() {
    let check = |name: &str, facility: Option<u128>, number: u128| {
        let catalogue = FormatCatalogue::built_in();
        let format = catalogue.named(name).unwrap();
        assert_eq!(format.largest(CardField::Facility), facility, "{name}");
        assert_eq!(format.largest(CardField::Number), Some(number), "{name}");
        assert_eq!(format.largest(CardField::Issue), None, "{name}");
    };
    check("h10301", Some(255), 65_535);
    check("34-bit", Some(65_535), 65_535);
    check("h10302", None, 34_359_738_367);
    check("h10304", Some(65_535), 524_287);
    check("c1000-35", Some(4_095), 1_048_575);
    check("c1000-48", Some(4_194_303), 8_388_607);
    check("csn-10", None, (1 << 80) - 1);
}

#[test]
fn numbers_that_do_not_fit_are_refused_all_at_once() {
    let site = every_member().check().unwrap();
    let catalogue = FormatCatalogue::built_in();
    let check = |format: &CardFormat, facility, issue, number, expect: &[CardProblem]| {
        let refused = format.encode(&Printed { facility, issue, number }).unwrap_err();
        assert_eq!(refused, expect, "{} {facility:?} {issue:?} {number}", format.name());
    };
    let large = |field, largest| CardProblem::TooLarge { field, largest };
    let missing = |field, largest| CardProblem::Missing { field, largest };
    let (facility, issue, number) = (CardField::Facility, CardField::Issue, CardField::Number);
    let h10301 = catalogue.named("H10301").unwrap();
    check(h10301, Some(256), None, 65_536, &[large(facility, 255), large(number, 65_535)]);
    check(h10301, None, Some(0), 5, &[missing(facility, 255), CardProblem::NotInFormat { field: issue }]);
    let h10302 = catalogue.named("h10302").unwrap();
    check(h10302, Some(1), None, 5, &[CardProblem::NotInFormat { field: facility }]);
    check(catalogue.named("csn-10").unwrap(), None, None, 1 << 80, &[large(number, (1 << 80) - 1)]);
    check(&site, None, None, 16, &[missing(facility, 7), missing(issue, 3), large(number, 15)]);
    check(&site, Some(8), Some(4), 15, &[large(facility, 7), large(issue, 3)]);
    let said = missing(issue, 3).to_string();
    assert_eq!(said, "cards of this format have an issue from 0 to 3; give it");
}

#[test]
fn bits_that_are_no_card_of_a_format_say_which_bit() {
    let format = every_member().check().unwrap();
    let card = format.encode(&Printed { facility: Some(5), issue: Some(1), number: 9 }).unwrap();
    // Number 1001 has two ones, so the last is 0; then 1 101 01 1001 0 has six, so the first is 1.
    assert_eq!(shown(&card), shown(&bits("1 1 101 01 1001 0")));
    let (first, last) =
        (CardProblem::Parity { at: 1, kind: ParityKind::Odd }, CardProblem::Parity { at: 12, kind: ParityKind::Even });
    let check =
        |at: u16, expect: &[CardProblem]| assert_eq!(format.decode(&turned(&card, at)).unwrap_err(), expect, "{at}");
    check(1, &[first]);
    check(2, &[CardProblem::Fixed { at: 2 }, first]);
    check(3, &[first]);
    check(8, &[last, first]);
    check(12, &[last, first]);
    let wrong = format.decode(&bits("1")).unwrap_err();
    assert_eq!(wrong, [CardProblem::WrongLength { expected_bits: 12, found_bits: 1 }]);
}

#[test]
fn bits_and_their_count_must_fit() {
    let check = |count: u16, data: &[u8], expect: Result<(), BitsError>| {
        assert_eq!(CardBits::new(count, data).map(drop), expect, "{count} {data:?}");
    };
    check(1, &[0x80], Ok(()));
    check(256, &[0xff; 32], Ok(()));
    check(0, &[], Err(BitsError::BitCount));
    check(257, &[0; 33], Err(BitsError::BitCount));
    check(4, &[0xa1], Err(BitsError::Data));
    check(9, &[0xff], Err(BitsError::Data));
    check(8, &[0xff, 0], Err(BitsError::Data));
}

#[test]
fn everything_wrong_with_a_format_is_said_at_once() {
    let check = |change: &dyn Fn(&mut FormatDraft), expect: &[(&str, &str)]| {
        let mut draft = every_member();
        change(&mut draft);
        let found = draft.check().err().unwrap_or_default();
        let found: Vec<(&str, &str)> = found.iter().map(|problem| (problem.member, problem.message.as_str())).collect();
        assert_eq!(found, expect);
    };
    check(&|_| {}, &[]);
    check(&|draft| draft.name = "Acme 12".into(), &[("name", "the name is not one of a card format")]);
    check(&|draft| draft.name = "a".repeat(33), &[("name", "the name is not one of a card format")]);
    check(&|draft| draft.length_bits = 13, &[("bits", "no field, fixed bit or parity speaks for bit 13")]);
    check(
        &|draft| draft.length_bits = 11,
        &[("parity", "a card of 11 bits has no bit 12"), ("parity", "a card of 11 bits has no bit 12")],
    );
    check(&|draft| draft.facility = None, &[("bits", "no field, fixed bit or parity speaks for bits 3-5")]);
    check(&|draft| draft.issue = Some(range("5-7")), &[("issue", "facility and issue both claim bit 5")]);
    check(&|draft| draft.number = range("8-12"), &[("parity", "number and parity both claim bit 12")]);
    let fixed = |over: &str| FixedBits { over: Positions::parse(over).unwrap(), one: false };
    check(&|draft| draft.fixed.push(fixed("2")), &[("fixed", "fixed names bit 2 twice")]);
    check(&|draft| draft.fixed.push(fixed("3")), &[("fixed", "facility and fixed both claim bit 3")]);
    check(&|draft| draft.fixed.push(fixed("13")), &[("fixed", "a card of 12 bits has no bit 13")]);
    let another =
        |at, over: &'static str| move |draft: &mut FormatDraft| draft.parity.push(parity(at, ParityKind::Even, over));
    check(&another(1, "3-5"), &[("parity", "two parity bits stand at bit 1")]);
    check(&another(0, "3-5"), &[("parity", "a card of 12 bits has no bit 0")]);
    let over = |at: usize, over: &'static str| {
        move |draft: &mut FormatDraft| draft.parity[at].over = Positions::parse(over).unwrap_or_default()
    };
    check(&over(1, ""), &[("parity", "the parity at 12 covers no bit")]);
    check(&over(1, "8-12"), &[("parity", "the parity at 12 covers itself")]);
    check(
        &over(1, "8-14"),
        &[("parity", "a card of 12 bits has no bits 13-14"), ("parity", "the parity at 12 covers itself")],
    );
    check(
        &over(1, "1,8-11"),
        &[("parity", "the parities at bits 1,12 cover each other, so that none can be computed first")],
    );
    check(
        &|draft| {
            draft.name.clear();
            draft.length_bits = 200;
            draft.facility = Some(range("13-90"));
            draft.number = range("91-200");
        },
        &[
            ("name", "the name is not one of a card format"),
            ("facility", "a facility code of 78 bits is wider than 64"),
            ("number", "a number of 110 bits is wider than 80"),
            ("bits", "no field, fixed bit or parity speaks for bits 3-5,8-11"),
        ],
    );
}

#[test]
fn a_sample_that_does_not_fit_its_format_is_told_by_its_parity() {
    let good = bits("1 1 101 01 1001 0");
    let right = Printed { facility: Some(5), issue: Some(1), number: 9 };
    let check = |bits: CardBits, printed: Printed, expect: &[&str]| {
        let draft = FormatDraft { samples: vec![Sample { bits, printed }], ..every_member() };
        let found: Vec<String> =
            draft.check().err().unwrap_or_default().into_iter().map(|problem| problem.message).collect();
        assert_eq!(found, expect);
    };
    check(good.clone(), right, &[]);
    check(turned(&good, 1), right, &["sample 1: the odd parity bit at 1 does not hold"]);
    check(
        turned(&good, 12),
        right,
        &["sample 1: the even parity bit at 12 does not hold", "sample 1: the odd parity bit at 1 does not hold"],
    );
    check(bits("1"), right, &["sample 1: cards of this format have 12 bits, this one has 1"]);
    check(
        good.clone(),
        Printed { facility: None, issue: Some(1), number: 3 },
        &[
            "sample 1: its bits hold another facility code than is written beside them",
            "sample 1: its bits hold another number than is written beside them",
        ],
    );
}

#[test]
fn numbers_are_read_as_people_write_them() {
    let check = |text: &str, expect: Option<u128>| assert_eq!(Printed::digits(text), expect, "{text}");
    check("0", Some(0));
    check(" 00345 ", Some(345));
    check("0x04A2245a", Some(0x04a2_245a));
    check("0XFF", Some(255));
    for wrong in ["", "0x", "-1", "+1", "1.5", "1_000", "ff", "0x+1", "12 34", &"9".repeat(40), &"f".repeat(99)] {
        check(wrong, None);
    }
}

#[test]
fn a_catalogue_has_each_name_once() {
    let named = |name: &str| FormatDraft { name: name.into(), ..every_member() };
    let known = FormatCatalogue::with(&[named("acme-12"), named("acme-13")]).unwrap();
    let own: Vec<&str> = known.iter().filter(|(_, by)| *by == Defined::Site).map(|(format, _)| format.name()).collect();
    assert_eq!(own, ["acme-12", "acme-13"]);
    assert_eq!(known.named(" ACME-13 ").map(CardFormat::name), Some("acme-13"));
    assert!(known.named("acme-14").is_none());
    let wrong = [named("h10301"), FormatDraft { length_bits: 13, ..named("x") }, named("x")];
    let found = FormatCatalogue::with(&wrong).unwrap_err();
    let found: Vec<(usize, &str)> = found.iter().map(|(index, problem)| (*index, problem.message.as_str())).collect();
    assert_eq!(
        found,
        [
            (0, "card format \"h10301\" is built in and means the same at every site"),
            (1, "no field, fixed bit or parity speaks for bit 13"),
            (2, "\"x\" is already taken by card format number 2"),
        ]
    );
}

#[test]
fn no_card_prints_its_number() {
    let card = Sample { bits: bits("1 1 101 01 1001 0"), printed: printed(Some(271_828), 314_159) };
    assert_eq!(format!("{card:?}"), "Sample { bits: CardBits(12 bits), printed: Printed(..) }");
    let small = every_member().check().unwrap();
    assert_eq!(small.masked(&printed(Some(5), 9)), "**", "three digits would be all of it");
}

/// What a bit of a format that is drawn shall be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    Facility,
    Issue,
    Number,
    Zero,
    One,
    Parity(ParityKind),
}

fn cuts() -> impl Strategy<Value = Cut> {
    prop_oneof![
        Just(Cut::Zero),
        Just(Cut::One),
        Just(Cut::Parity(ParityKind::Even)),
        Just(Cut::Parity(ParityKind::Odd)),
    ]
}

/// A whole format: runs of bits for the fields between single bits of other kinds, and parities that cover any bits that
/// are no later parity.
fn whole_formats() -> impl Strategy<Value = FormatDraft> {
    let between = || prop::collection::vec(cuts(), 0..4);
    let widths = (0_usize..=20, 0_usize..=4, 1_usize..=64);
    let order = Just([Cut::Facility, Cut::Issue, Cut::Number]).prop_shuffle();
    (between(), between(), between(), between(), widths, order, prop::collection::vec(any::<u64>(), 16)).prop_map(
        |(first, second, third, fourth, (facility, issue, number), order, masks)| {
            let width = |cut| match cut {
                Cut::Facility => facility,
                Cut::Issue => issue,
                _ => number,
            };
            let field = |place: usize| vec![order[place]; width(order[place])];
            drawn(&[first, field(0), second, field(1), third, field(2), fourth].concat(), &masks)
        },
    )
}

fn drawn(cut: &[Cut], masks: &[u64]) -> FormatDraft {
    let at = |wanted: Cut| (1_u16..).zip(cut).filter(move |(_, cut)| **cut == wanted).map(|(at, _)| at);
    let field = |wanted| BitRange::new(at(wanted).next()?, at(wanted).last()?);
    let fixed = |wanted, one| FixedBits { over: at(wanted).collect(), one };
    let places: Vec<(u16, ParityKind)> = (1..)
        .zip(cut)
        .filter_map(|(at, cut)| match cut {
            Cut::Parity(kind) => Some((at, *kind)),
            Cut::Facility | Cut::Issue | Cut::Number | Cut::Zero | Cut::One => None,
        })
        .collect();
    let cover = |index: usize, own: u16| -> Positions {
        let later: BTreeSet<u16> = places.iter().skip(index).map(|(at, _)| *at).collect();
        let mask = masks[index % masks.len()] | 1;
        let free = (1..=cut.len() as u16).filter(|at| *at != own && !later.contains(at));
        let some: Positions = free.clone().filter(|at| mask >> (at % 64) & 1 == 1).collect();
        if some.is_empty() { free.collect() } else { some }
    };
    // The list is turned around, so that parities that cover others stand before them.
    let parity =
        places.iter().enumerate().map(|(index, (at, kind))| Parity { at: *at, kind: *kind, over: cover(index, *at) });
    FormatDraft {
        name: "drawn".into(),
        length_bits: cut.len() as u16,
        facility: field(Cut::Facility),
        issue: field(Cut::Issue),
        number: field(Cut::Number).unwrap(),
        fixed: vec![fixed(Cut::Zero, false), fixed(Cut::One, true)],
        parity: parity.rev().collect(),
        samples: Vec::new(),
    }
}

/// A card of the format, its fields cut out of these numbers.
fn card_of(format: &CardFormat, facility: u128, issue: u128, number: u128) -> Printed {
    let fit = |field, value: u128| format.largest(field).map(|largest| value & largest);
    Printed {
        facility: fit(CardField::Facility, facility),
        issue: fit(CardField::Issue, issue),
        number: fit(CardField::Number, number).unwrap(),
    }
}

/// Runs of positions, some of them nonsense together.
fn any_range() -> impl Strategy<Value = BitRange> {
    (1..=MAX_CARD_BITS, 0..100_u16)
        .prop_map(|(first, more)| BitRange::new(first, (first + more).min(MAX_CARD_BITS)).unwrap())
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(draft in whole_formats(), facility: u128, issue: u128, number: u128) {
        let format = draft.check().unwrap_or_else(|problems| panic!("{problems:?}"));
        let card = card_of(&format, facility, issue, number);
        let encoded = format.encode(&card).unwrap();
        prop_assert_eq!(format.decode(&encoded), Ok(card));
    }

    #[test]
    fn built_in_formats_notice_every_single_turned_bit(facility: u128, number: u128) {
        for (format, _) in FormatCatalogue::built_in().iter() {
            let card = card_of(format, facility, 0, number);
            let encoded = format.encode(&card).unwrap();
            prop_assert_eq!(format.decode(&encoded), Ok(card));
            for at in 1..=format.length_bits() {
                let read = format.decode(&turned(&encoded, at));
                // Serial numbers have no parity: every serial number is one.
                prop_assert_eq!(read.is_err(), !format.name().starts_with("csn-"), "{} bit {}", format.name(), at);
            }
        }
    }

    #[test]
    fn a_turned_bit_that_a_parity_covers_is_noticed(draft in whole_formats(), number: u128, at: u16) {
        let covered: Vec<u16> = draft.parity.iter().flat_map(|parity| parity.over.iter().chain([parity.at])).collect();
        prop_assume!(!covered.is_empty());
        let format = draft.check().unwrap();
        let encoded = format.encode(&card_of(&format, number, 0, number)).unwrap();
        let at = covered[usize::from(at) % covered.len()];
        prop_assert!(format.decode(&turned(&encoded, at)).is_err());
    }

    /// Whatever is written, checking ends in a list or in a format that works.
    #[test]
    fn hostile_formats_end_in_a_list(
        length_bits: u16,
        facility in prop::option::of(any_range()),
        number in any_range(),
        ats in prop::collection::vec((0..300_u16, any_range()), 0..6),
        fixed in prop::collection::vec(any_range(), 0..4),
        card: u128,
    ) {
        let parity = |(at, over): (u16, BitRange)| Parity { at, kind: ParityKind::Odd, over: over.positions().collect() };
        let draft = FormatDraft {
            name: "hostile".into(),
            length_bits: length_bits % 300,
            facility,
            issue: None,
            number,
            fixed: fixed.into_iter().map(|over| FixedBits { over: over.positions().collect(), one: true }).collect(),
            parity: ats.into_iter().map(parity).collect(),
            samples: Vec::new(),
        };
        match draft.check() {
            Ok(format) => prop_assert!(format.encode(&card_of(&format, card, 0, card)).is_ok()),
            Err(problems) => prop_assert!(!problems.is_empty()),
        }
    }
}
