//! The bits a reader sends for a card. They are the card, so nothing here prints them.

use core::fmt;

use super::{BitRange, Positions};

/// The longest card in bits: what the common formats need, and a bound on what a request can make us hash.
pub const MAX_CARD_BITS: u16 = 256;

/// The bits a reader sends for a card; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct CardBits {
    bit_count: u16,
    data: Box<[u8]>,
}

/// Why bytes are not the bits of a card. It does not repeat them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BitsError {
    /// The count of bits is out of range.
    #[error("a card has 1 to {MAX_CARD_BITS} bits")]
    BitCount,
    /// The bytes do not hold exactly that many bits.
    #[error("a card needs exactly as many bytes as hold its bits, left-aligned, unused bits zero")]
    Data,
}

impl CardBits {
    /// Bits as a reader sends them: `data` holds `bit_count` bits, most significant first, the rest of its last byte zero
    /// (the raw card data reply of OSDP 2.2, clause 7.10, carries them so).
    ///
    /// # Errors
    /// The count is not 1 to [`MAX_CARD_BITS`], or count and bytes do not fit each other.
    pub fn new(bit_count: u16, data: &[u8]) -> Result<Self, BitsError> {
        if bit_count == 0 || bit_count > MAX_CARD_BITS {
            return Err(BitsError::BitCount);
        }
        let unused = (8 - bit_count % 8) % 8;
        let padded = data.last().is_some_and(|last| last.trailing_zeros() >= u32::from(unused));
        let filled = data.len() == usize::from(bit_count).div_ceil(8);
        if filled && padded { Ok(Self { bit_count, data: data.into() }) } else { Err(BitsError::Data) }
    }

    /// How many bits, 1 to [`MAX_CARD_BITS`].
    pub const fn bit_count(&self) -> u16 {
        self.bit_count
    }

    /// The bits, most significant first, left-aligned.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// The last byte in hexadecimal, all that is shown of bits that mean nothing; of a card too short to hide anything,
    /// nothing is shown.
    pub fn masked(&self) -> String {
        match self.data.last() {
            Some(last) if self.data.len() >= 4 => format!("**{last:02x}"),
            Some(_) | None => "**".to_owned(),
        }
    }

    /// All bits zero; `bit_count` is a format's length, which is within bounds.
    pub(super) fn zero(bit_count: u16) -> Self {
        Self { bit_count, data: vec![0; usize::from(bit_count).div_ceil(8)].into() }
    }

    pub(super) fn is_one(&self, at: u16) -> bool {
        let (byte, mask) = place(at);
        self.data.get(byte).is_some_and(|byte| byte & mask != 0)
    }

    pub(super) fn set_one(&mut self, at: u16) {
        let (byte, mask) = place(at);
        if let Some(byte) = self.data.get_mut(byte) {
            *byte |= mask;
        }
    }

    pub(super) fn field(&self, range: BitRange) -> u128 {
        range.positions().fold(0, |value, at| value << 1 | u128::from(self.is_one(at)))
    }

    pub(super) fn set_field(&mut self, range: BitRange, value: u128) {
        for (weight, at) in range.positions().rev().enumerate() {
            if value >> weight & 1 == 1 {
                self.set_one(at);
            }
        }
    }

    /// How many of these positions hold a one.
    pub(super) fn ones(&self, positions: &Positions) -> usize {
        positions.iter().filter(|at| self.is_one(*at)).count()
    }
}

/// The byte and the bit in it of a position from 1.
fn place(at: u16) -> (usize, u8) {
    let index = at.saturating_sub(1);
    (usize::from(index / 8), 0x80 >> (index % 8))
}

impl fmt::Debug for CardBits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CardBits({} bits)", self.bit_count)
    }
}
