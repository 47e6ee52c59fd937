//! Cards as readers send them and as people read them off: bits on one side, facility code and number on the other, a card
//! format between the two. A format is data, so that a site can add its own without a change here.
//!
//! Decides which bits a printed number becomes, and whether bits are a card of a format. It does not decide who may pass:
//! a card is known by the keyed hash of its bits, whatever format they have (`secrets.rs` of the daemon). What can be wrong
//! with a format is in `card/draft.rs`, which formats there are in `card/catalogue.rs`.
//!
//! Vocabulary: a *position* counts bits from 1, first sent first, as data sheets print them; a *field* is a run of bits
//! that holds one number, highest bit first; the *facility* code names the site a card was made for, the *issue* how often
//! it was made anew; a *parity bit* makes the count of ones among itself and the bits it covers even or odd.

mod bits;
mod built_in;
mod catalogue;
mod draft;
mod positions;

use core::fmt;

pub use bits::{BitsError, CardBits, MAX_CARD_BITS};
pub use catalogue::{Defined, FormatCatalogue};
pub use draft::{FixedBits, FormatDraft, FormatProblem, Parity, ParityKind, Sample};
pub use positions::{BitRange, Positions};

/// Below this many bits of number three digits would tell most of it, so nothing of it is shown.
const MASKED_MIN_BITS: u16 = 14;

/// What is printed on a card, or on the list that came with it; never shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Printed {
    /// The facility code, for formats that have one.
    pub facility: Option<u128>,
    /// The issue, for formats that have one.
    pub issue: Option<u128>,
    /// The number.
    pub number: u128,
}

impl fmt::Debug for Printed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Printed(..)")
    }
}

/// A field of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CardField {
    /// The facility code.
    Facility,
    /// The issue.
    Issue,
    /// The number.
    Number,
}

impl CardField {
    /// Every field.
    pub const ALL: [Self; 3] = [Self::Facility, Self::Issue, Self::Number];

    /// Its name in site files and requests.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Facility => "facility",
            Self::Issue => "issue",
            Self::Number => "number",
        }
    }

    /// The widest it may be, in bits. 64 bits hold any facility code; 80 bits are the longest serial number of a card, the
    /// triple size of ISO/IEC 14443-3, clause 6.5.4.
    pub const fn max_bits(self) -> u16 {
        match self {
            Self::Facility | Self::Issue => 64,
            Self::Number => 80,
        }
    }
}

impl fmt::Display for CardField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Facility => "facility code",
            Self::Issue => "issue",
            Self::Number => "number",
        })
    }
}

/// Why something is not a card of a format. It does not repeat a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CardProblem {
    /// The format has this field, and nothing was given for it.
    #[error("cards of this format have {article} {field} from 0 to {largest}; give it", article = article(.field))]
    Missing {
        /// Which field.
        field: CardField,
        /// The largest value it holds.
        largest: u128,
    },
    /// Something was given for a field that the format does not have.
    #[error("cards of this format have no {field}; leave it out")]
    NotInFormat {
        /// Which field.
        field: CardField,
    },
    /// The value does not fit the field.
    #[error("the {field} of this format goes from 0 to {largest}; read the card again or choose another format")]
    TooLarge {
        /// Which field.
        field: CardField,
        /// The largest value it holds.
        largest: u128,
    },
    /// The bits are too few or too many.
    #[error("cards of this format have {expected_bits} bits, this one has {found_bits}; choose another format")]
    WrongLength {
        /// How many the format has.
        expected_bits: u16,
        /// How many there are.
        found_bits: u16,
    },
    /// A bit is not what it is on every card of the format.
    #[error("bit {at} is not what it is on every card of this format; choose another format")]
    Fixed {
        /// Its position, from 1.
        at: u16,
    },
    /// A parity bit does not hold.
    #[error("the {kind} parity bit at {at} does not hold; read the card again or choose another format")]
    Parity {
        /// Its position, from 1.
        at: u16,
        /// What it makes the count of ones.
        kind: ParityKind,
    },
}

/// `an` before a vowel.
fn article(field: &CardField) -> &'static str {
    match field {
        CardField::Issue => "an",
        CardField::Facility | CardField::Number => "a",
    }
}

/// A layout of bits that was found whole; made by [`FormatDraft::check`] alone, so that whoever holds one need not check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardFormat {
    /// Its parity bits stand in an order in which each covers only bits that are settled before it.
    layout: FormatDraft,
}

impl CardFormat {
    /// Its name: small letters, digits and dashes.
    pub fn name(&self) -> &str {
        &self.layout.name
    }

    /// How many bits its cards have.
    pub const fn length_bits(&self) -> u16 {
        self.layout.length_bits
    }

    /// The largest value of a field; `None` when the format does not have it.
    pub fn largest(&self, field: CardField) -> Option<u128> {
        self.range(field).map(BitRange::largest)
    }

    fn range(&self, field: CardField) -> Option<BitRange> {
        self.layout.range(field)
    }

    /// The bits a reader sends for a card.
    ///
    /// # Errors
    /// Every field that is missing, too much or out of range; never an empty list.
    pub fn encode(&self, printed: &Printed) -> Result<CardBits, Vec<CardProblem>> {
        let problems: Vec<CardProblem> =
            CardField::ALL.into_iter().filter_map(|field| self.misfit(field, printed)).collect();
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut bits = CardBits::zero(self.length_bits());
        for field in CardField::ALL {
            if let (Some(range), Some(value)) = (self.range(field), printed.value(field)) {
                bits.set_field(range, value);
            }
        }
        for at in self.layout.fixed.iter().filter(|fixed| fixed.one).flat_map(|fixed| fixed.over.iter()) {
            bits.set_one(at);
        }
        for parity in &self.layout.parity {
            if !parity.holds(&bits) {
                bits.set_one(parity.at);
            }
        }
        Ok(bits)
    }

    /// What is printed on the card that sends these bits.
    ///
    /// # Errors
    /// The length alone, or every fixed bit and parity bit that does not hold; never an empty list.
    pub fn decode(&self, bits: &CardBits) -> Result<Printed, Vec<CardProblem>> {
        let (expected_bits, found_bits) = (self.length_bits(), bits.bit_count());
        if expected_bits != found_bits {
            return Err(vec![CardProblem::WrongLength { expected_bits, found_bits }]);
        }
        let wrong_fixed = |fixed: &FixedBits| {
            let one = fixed.one;
            fixed
                .over
                .iter()
                .filter(|at| bits.is_one(*at) != one)
                .map(|at| CardProblem::Fixed { at })
                .collect::<Vec<_>>()
        };
        let mut problems: Vec<CardProblem> = self.layout.fixed.iter().flat_map(wrong_fixed).collect();
        let wrong = self.layout.parity.iter().filter(|parity| !parity.holds(bits));
        problems.extend(wrong.map(|parity| CardProblem::Parity { at: parity.at, kind: parity.kind }));
        if !problems.is_empty() {
            return Err(problems);
        }
        let value = |field| self.range(field).map(|range| bits.field(range));
        let (facility, issue) = (value(CardField::Facility), value(CardField::Issue));
        Ok(Printed { facility, issue, number: bits.field(self.layout.number) })
    }

    /// What may be shown of a card, once: the last three digits of its number, always three, so that the mask does not
    /// tell how long the number is. A serial number, which people write in hexadecimal, shows its last byte.
    pub fn masked(&self, printed: &Printed) -> String {
        let range = self.layout.number;
        if range.width_bits() == self.length_bits() && range.width_bits() >= 32 {
            return format!("**{:02x}", printed.number & 0xff);
        }
        match range.width_bits() {
            0..MASKED_MIN_BITS => "**".to_owned(),
            MASKED_MIN_BITS.. => format!("**{:03}", printed.number % 1000),
        }
    }

    fn misfit(&self, field: CardField, printed: &Printed) -> Option<CardProblem> {
        match (self.largest(field), printed.value(field)) {
            (Some(largest), None) => Some(CardProblem::Missing { field, largest }),
            (None, Some(_)) => Some(CardProblem::NotInFormat { field }),
            (Some(largest), Some(value)) if value > largest => Some(CardProblem::TooLarge { field, largest }),
            (Some(_), Some(_)) | (None, None) => None,
        }
    }
}

impl Printed {
    /// Reads a number as people write it off a card: decimal digits, or hexadecimal ones after `0x`.
    pub fn digits(text: &str) -> Option<u128> {
        let text = text.trim();
        let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(digits) => (digits, 16),
            None => (text, 10),
        };
        // The standard library would take a sign as well.
        let fits = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
        if fits { u128::from_str_radix(digits, radix).ok() } else { None }
    }

    fn value(&self, field: CardField) -> Option<u128> {
        match field {
            CardField::Facility => self.facility,
            CardField::Issue => self.issue,
            CardField::Number => Some(self.number),
        }
    }
}

impl Parity {
    /// Whether the count of ones among the bits it covers and itself is what it should be.
    fn holds(&self, bits: &CardBits) -> bool {
        let ones = bits.ones(&self.over) + usize::from(bits.is_one(self.at));
        ones.is_multiple_of(2) == (self.kind == ParityKind::Even)
    }
}
