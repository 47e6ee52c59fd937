//! A card number as an operator writes it, turned into the bits a reader sends. The number lives only as long as it takes
//! to hash it; what remains is the masked text that is shown once. Hashing is the daemon's (`Backend::card_key`).
//!
//! Two forms: `26:FACILITY:NUMBER` is the 26-bit format H10301 with its parity computed here, `raw:BITS:HEX` is any format,
//! left-aligned as OSDP's raw card data reply carries it (most significant bit first, unused bits of the last byte zero).

use data_encoding::HEXLOWER_PERMISSIVE;

/// The longest card in bits: what the common formats need, and a bound on what a request can make us hash.
pub const MAX_CARD_BITS: u16 = 256;

/// The bits a reader sends for a card; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct CardBits {
    bit_count: u16,
    data: Box<[u8]>,
}

/// Why a text is not a card number. It does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// Neither of the two forms.
    #[error("write the card as 26:FACILITY:NUMBER or raw:BITS:HEX")]
    Form,
    /// A facility code past 255 or a number past 65535.
    #[error("a 26-bit card has a facility code from 0 to 255 and a number from 0 to 65535")]
    Range,
    /// The count of bits is out of range.
    #[error("a raw card has 1 to {MAX_CARD_BITS} bits")]
    BitCount,
    /// The digits do not fill the bits exactly.
    #[error("a raw card needs exactly as many hexadecimal digits as fill its bits, left-aligned, unused bits zero")]
    Data,
}

/// A card number as it was written: its bits, and what may be shown of it.
#[derive(Clone)]
pub struct CardNumber {
    /// What a reader sends.
    pub bits: CardBits,
    /// The last digits, such as `**567`.
    pub masked: String,
}

impl CardBits {
    /// Bits as a reader sends them: `data` holds `bit_count` bits, most significant first, the rest of its last byte zero.
    ///
    /// # Errors
    /// [`CardError::BitCount`] or [`CardError::Data`] when they do not fit each other.
    pub fn new(bit_count: u16, data: &[u8]) -> Result<Self, CardError> {
        if bit_count == 0 || bit_count > MAX_CARD_BITS {
            return Err(CardError::BitCount);
        }
        let unused = (8 - bit_count % 8) % 8;
        let padded = data.last().is_some_and(|last| last.trailing_zeros() >= u32::from(unused));
        let filled = data.len() == usize::from(bit_count).div_ceil(8);
        if filled && padded { Ok(Self { bit_count, data: data.into() }) } else { Err(CardError::Data) }
    }

    /// How many bits, 1 to [`MAX_CARD_BITS`].
    pub const fn bit_count(&self) -> u16 {
        self.bit_count
    }

    /// The bits, most significant first, left-aligned.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// H10301: even parity over the first twelve data bits, facility, number, odd parity over the last twelve.
    fn h10301(facility: u8, number: u16) -> Self {
        let data = (u32::from(facility) << 16) | u32::from(number);
        let leading = (data >> 12).count_ones() & 1;
        let trailing = (data & 0xfff).count_ones() & 1 ^ 1;
        let frame = ((leading << 25) | (data << 1) | trailing) << 6;
        Self { bit_count: 26, data: Box::new(frame.to_be_bytes()) }
    }
}

impl core::fmt::Debug for CardBits {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "CardBits({} bits)", self.bit_count)
    }
}

impl core::fmt::Debug for CardNumber {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "CardNumber({} bits)", self.bits.bit_count)
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

    fn parse_h10301(facility: &str, number: &str) -> Result<Self, CardError> {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(facility) || !digits(number) {
            return Err(CardError::Form);
        }
        let facility = facility.parse().map_err(|_| CardError::Range)?;
        let number: u16 = number.parse().map_err(|_| CardError::Range)?;
        // Always three digits, so that the mask does not tell how long the number is.
        Ok(Self { bits: CardBits::h10301(facility, number), masked: format!("**{:03}", number % 1000) })
    }

    fn parse_raw(bits: &str, hex: &str) -> Result<Self, CardError> {
        let bit_count = bits.parse().map_err(|_| CardError::BitCount)?;
        let data = HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).map_err(|_| CardError::Data)?;
        let bits = CardBits::new(bit_count, &data)?;
        // Of a card too short to hide anything, nothing is shown.
        let masked = match data.last() {
            Some(last) if data.len() >= 4 => format!("**{last:02x}"),
            Some(_) | None => "**".to_owned(),
        };
        Ok(Self { bits, masked })
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
        check("26:1:5", 26, &CardNumber::parse("26:01:00005").unwrap().bits.data, "**005");
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
        check("raw:0:", CardError::BitCount);
        check("raw:257:00", CardError::BitCount);
        check("raw:32:dead", CardError::Data);
        check("raw:4:a1", CardError::Data);
        check("raw:8:zz", CardError::Data);
    }

    #[test]
    fn a_card_never_prints_its_number() {
        let card = CardNumber::parse("raw:32:DEADBEEF").unwrap();
        assert_eq!(format!("{card:?} {:?}", card.bits), "CardNumber(32 bits) CardBits(32 bits)");
    }
}
