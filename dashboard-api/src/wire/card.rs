//! A card as an operator writes it, turned into the bits a reader sends, and the card formats as the API lists them. The
//! number lives only as long as it takes to hash it; what remains is the masked text that is shown once. Hashing is the
//! daemon's (`Backend::card_key`), how numbers become bits the core's (`rackward_core::card`).
//!
//! Two texts stand for a whole card: `26:FACILITY:NUMBER` is the 26-bit format H10301 with its parity computed, and
//! `raw:BITS:HEX` is any format, left-aligned as OSDP's raw card data reply carries it (most significant bit first, unused
//! bits of the last byte zero).

use data_encoding::HEXLOWER_PERMISSIVE;
use rackward_core::card::{self, BitsError, CardField, CardProblem, Defined, FormatCatalogue, Printed};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use rackward_core::card::CardBits;

/// Why a text is not a card number. It does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// Neither of the two forms.
    #[error("write the card as 26:FACILITY:NUMBER or raw:BITS:HEX")]
    Form,
    /// A facility code past 255 or a number past 65535.
    #[error("a 26-bit card has a facility code from 0 to 255 and a number from 0 to 65535")]
    Range,
    /// The bits and their count are not those of a card.
    #[error(transparent)]
    Bits(#[from] BitsError),
}

/// A card number as it was written: its bits, and what may be shown of it.
#[derive(Clone)]
pub struct CardNumber {
    /// What a reader sends.
    pub bits: CardBits,
    /// The last digits, such as `**567`.
    pub masked: String,
}

impl core::fmt::Debug for CardNumber {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "CardNumber({} bits)", self.bits.bit_count())
    }
}

impl CardNumber {
    /// Reads a card number in either form.
    ///
    /// # Errors
    /// What is wrong with it, without repeating it.
    pub fn parse(text: &str) -> Result<Self, CardError> {
        let mut parts = text.trim().split(':');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("26"), Some(facility), Some(number), None) => Self::parse_h10301(facility, number),
            (Some("raw"), Some(bits), Some(hex), None) => Self::parse_raw(bits, hex),
            _ => Err(CardError::Form),
        }
    }

    /// The card of a format on which this is printed.
    ///
    /// # Errors
    /// Every field that is missing, too much or out of range.
    pub fn of(format: &card::CardFormat, printed: &Printed) -> Result<Self, Vec<CardProblem>> {
        Ok(Self { bits: format.encode(printed)?, masked: format.masked(printed) })
    }

    /// The same card, once its bits were found to be of a format.
    ///
    /// # Errors
    /// Every bit that does not hold.
    pub fn checked(self, format: &card::CardFormat) -> Result<Self, Vec<CardProblem>> {
        let printed = format.decode(&self.bits)?;
        Ok(Self { bits: self.bits, masked: format.masked(&printed) })
    }

    fn parse_h10301(facility: &str, number: &str) -> Result<Self, CardError> {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(facility) || !digits(number) {
            return Err(CardError::Form);
        }
        let facility = facility.parse().map_err(|_| CardError::Range)?;
        let number = number.parse().map_err(|_| CardError::Range)?;
        let formats = FormatCatalogue::built_in();
        let h10301 = formats.named("h10301").ok_or(CardError::Form)?;
        Self::of(h10301, &Printed { facility: Some(facility), issue: None, number }).map_err(|_| CardError::Range)
    }

    fn parse_raw(bits: &str, hex: &str) -> Result<Self, CardError> {
        let bit_count = bits.parse().map_err(|_| BitsError::BitCount)?;
        let data = HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).map_err(|_| BitsError::Data)?;
        let bits = CardBits::new(bit_count, &data)?;
        Ok(Self { masked: bits.masked(), bits })
    }
}

/// A card format that an operator may name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CardFormat {
    /// Its name, such as `h10301`.
    pub name: String,
    /// How many bits a reader sends for a card of it.
    pub bits: u16,
    /// Which facility codes it holds, such as `0-255`; null if it has none. A text, because numbers grow past what JSON's
    /// readers keep exactly.
    pub facility: Option<String>,
    /// Which issues it holds; null if it has none.
    pub issue: Option<String>,
    /// Which numbers it holds.
    pub number: String,
    /// Who defined it: `built_in` or `site`.
    pub defined: String,
}

impl CardFormat {
    /// A format of the core.
    pub fn of(format: &card::CardFormat, defined: Defined) -> Self {
        let holds = |field| format.largest(field).map(|largest| format!("0-{largest}"));
        let defined = match defined {
            Defined::BuiltIn => "built_in",
            Defined::Site => "site",
        };
        Self {
            name: format.name().to_owned(),
            bits: format.length_bits(),
            facility: holds(CardField::Facility),
            issue: holds(CardField::Issue),
            number: holds(CardField::Number).unwrap_or_default(),
            defined: defined.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_numbers_become_the_bits_a_reader_sends() {
        let check = |text: &str, bit_count: u16, data: &[u8], masked: &str| {
            let card = CardNumber::parse(text).unwrap();
            assert_eq!(
                (card.bits.bit_count(), card.bits.data(), card.masked.as_str()),
                (bit_count, data, masked),
                "{text}"
            );
        };
        // Facility 0, number 0: leading parity even over zeros is 0, trailing odd over zeros is 1.
        check("26:0:0", 26, &[0x00, 0x00, 0x00, 0x40], "**000");
        // Facility 255, number 65535: twelve ones on either side.
        check("26:255:65535", 26, &[0x7f, 0xff, 0xff, 0xc0], "**535");
        // Facility 12 (00001100), number 34567 (1000 0111 0000 0111):
        // first twelve 000011001000 hold three ones, last twelve 011100000111 hold six.
        check("26:12:34567", 26, &[0x86, 0x43, 0x83, 0xc0], "**567");
        check("26:1:5", 26, CardNumber::parse("26:01:00005").unwrap().bits.data(), "**005");
        check("raw:32:DEADBEEF", 32, &[0xde, 0xad, 0xbe, 0xef], "**ef");
        check("raw:4:a0", 4, &[0xa0], "**");
    }

    #[test]
    fn texts_that_are_no_card_are_refused() {
        let check = |text: &str, expect: CardError| assert_eq!(CardNumber::parse(text).unwrap_err(), expect, "{text}");
        check("", CardError::Form);
        check("34567", CardError::Form);
        check("26:12", CardError::Form);
        check("26:12:34567:1", CardError::Form);
        check("26:+12:5", CardError::Form);
        check("26:256:1", CardError::Range);
        check("26:1:65536", CardError::Range);
        check("26:1:99999999999999999999999999999999999999999", CardError::Range);
        check("raw:0:", CardError::Bits(BitsError::BitCount));
        check("raw:257:00", CardError::Bits(BitsError::BitCount));
        check("raw:32:dead", CardError::Bits(BitsError::Data));
        check("raw:4:a1", CardError::Bits(BitsError::Data));
        check("raw:8:zz", CardError::Bits(BitsError::Data));
    }

    #[test]
    fn a_card_never_prints_its_number() {
        let card = CardNumber::parse("raw:32:DEADBEEF").unwrap();
        assert_eq!(format!("{card:?} {:?}", card.bits), "CardNumber(32 bits) CardBits(32 bits)");
    }

    #[test]
    fn bits_are_of_a_format_or_are_not() {
        let formats = FormatCatalogue::built_in();
        let check = |text: &str, name: &str, expect: Result<&str, &[CardProblem]>| {
            let card = CardNumber::parse(text).unwrap().checked(formats.named(name).unwrap());
            assert_eq!(card.as_ref().map(|card| card.masked.as_str()).map_err(Vec::as_slice), expect, "{text}");
        };
        let odd = CardProblem::Parity { at: 26, kind: card::ParityKind::Odd };
        check("raw:26:864383c0", "h10301", Ok("**567"));
        check("raw:26:86438380", "h10301", Err(&[odd]));
        check("raw:32:deadbeef", "csn-4", Ok("**ef"));
        check("raw:32:deadbeef", "h10301", Err(&[CardProblem::WrongLength { expected_bits: 26, found_bits: 32 }]));
    }

    #[test]
    fn a_format_is_listed_with_what_its_fields_hold() {
        let formats = FormatCatalogue::built_in();
        let check = |name: &str, expect: &str| {
            let listed = CardFormat::of(formats.named(name).unwrap(), Defined::BuiltIn);
            assert_eq!(serde_json::to_string(&listed).unwrap(), expect);
        };
        check(
            "h10301",
            r#"{"name":"h10301","bits":26,"facility":"0-255","issue":null,"number":"0-65535","defined":"built_in"}"#,
        );
        check(
            "csn-10",
            r#"{"name":"csn-10","bits":80,"facility":null,"issue":null,"number":"0-1208925819614629174706175","defined":"built_in"}"#,
        );
    }
}
