//! Cards: how the number printed on one becomes the bits a reader sends.
//!
//! Decided here: the 26-bit Wiegand layout and raw bits as hex. Whose card it is and where it opens is not known here.
//!
//! Vocabulary: a *facility* code names the site a card was made for, a *number* the card within it.

use rackward_protocol::mqtt::{CardRead, MessageError};

/// Bits of the open 26-bit layout (H10301).
pub const WIEGAND_26_BITS: u16 = 26;

/// The bits of a 26-bit card: even parity over the first half, facility, number, odd parity over the second half.
pub fn wiegand_26(facility: u8, number: u16) -> Result<CardRead, MessageError> {
    let body = (u32::from(facility) << 16) | u32::from(number);
    let even = (body >> 12).count_ones() & 1;
    let odd = (body & 0xFFF).count_ones() & 1 ^ 1;
    let bits = (even << 25) | (body << 1) | odd;
    CardRead::new(WIEGAND_26_BITS, &(bits << 6).to_be_bytes())
}

/// A card from `bit_count` and its bits as hex digits, most significant first, left aligned.
pub fn raw(bit_count: u16, hex: &str) -> Result<CardRead, MessageError> {
    let bytes = bytes_from_hex(hex).ok_or(MessageError::OutOfRange { field: "card" })?;
    CardRead::new(bit_count, &bytes)
}

/// Bytes from an even number of hex digits, or `None` for anything else.
pub fn bytes_from_hex(hex: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = hex.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_26_bit_layout_has_both_parities() {
        // Facility 12, number 34567 is 0x0C8707: three ones in the first half, six in the second.
        let rows = [
            (0, 0, 0b00_0000_0000_0000_0000_0000_0001_u32),
            (255, 65535, 0b01_1111_1111_1111_1111_1111_1111),
            (12, 34567, 0b10_0001_1001_0000_1110_0000_1111),
            (1, 1, 0b10_0000_0010_0000_0000_0000_0010),
        ];
        for (facility, number, expect) in rows {
            let card = wiegand_26(facility, number).unwrap();
            assert_eq!(card.data(), (expect << 6u32).to_be_bytes(), "{facility} {number}");
        }
    }

    #[test]
    fn raw_bits_are_hex_of_the_right_length() {
        for (bits, hex, expect) in
            [(8, "a5", true), (16, "a5", false), (8, "a", false), (8, "zz", false), (4, "a0", true)]
        {
            assert_eq!(raw(bits, hex).is_ok(), expect, "{hex}");
        }
    }
}
