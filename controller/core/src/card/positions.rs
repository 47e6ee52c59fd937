//! Positions of bits as data sheets print them: counted from 1, the bit that is sent first is the first. `2-9` is a run of
//! bits, `3-4,6-7` a set of them.

use core::fmt;
use std::collections::BTreeSet;

use super::MAX_CARD_BITS;

/// A run of bits, highest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BitRange {
    first: u16,
    last: u16,
}

impl BitRange {
    /// The bits from `first` to `last`, both counted from 1 and both included; `None` when that is no run of bits of any
    /// card.
    pub fn new(first: u16, last: u16) -> Option<Self> {
        (1 <= first && first <= last && last <= MAX_CARD_BITS).then_some(Self { first, last })
    }

    /// Reads `2-9`, or `5` for a single bit.
    pub fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        Self::new(position(first)?, position(last)?)
    }

    /// How many bits it has.
    pub const fn width_bits(self) -> u16 {
        self.last - self.first + 1
    }

    /// The last position, from 1.
    pub const fn last(self) -> u16 {
        self.last
    }

    /// Every position, in order.
    pub fn positions(self) -> impl DoubleEndedIterator<Item = u16> {
        self.first..=self.last
    }

    /// The largest number it holds; that of 128 bits for a wider run, which no field may have.
    pub(super) fn largest(self) -> u128 {
        u128::MAX.checked_shr(128_u32.saturating_sub(u32::from(self.width_bits()))).unwrap_or(0)
    }
}

impl fmt::Display for BitRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.first == self.last {
            true => write!(f, "{}", self.first),
            false => write!(f, "{}-{}", self.first, self.last),
        }
    }
}

/// Digits alone: the standard library would take a sign as well.
fn position(text: &str) -> Option<u16> {
    let text = text.trim();
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// A set of positions, each 1 to [`MAX_CARD_BITS`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Positions(BTreeSet<u16>);

impl Positions {
    /// Reads runs between commas, such as `3-4,6-7,9`; `None` when one of them is none.
    pub fn parse(text: &str) -> Option<Self> {
        let runs: Option<Vec<BitRange>> = text.split(',').map(BitRange::parse).collect();
        Some(runs?.into_iter().flat_map(BitRange::positions).collect())
    }

    /// Every position, in order.
    pub fn iter(&self) -> impl Iterator<Item = u16> {
        self.0.iter().copied()
    }

    /// Whether a position is one of them.
    pub fn contains(&self, at: u16) -> bool {
        self.0.contains(&at)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<u16> for Positions {
    fn from_iter<I: IntoIterator<Item = u16>>(positions: I) -> Self {
        Self(positions.into_iter().filter(|at| (1..=MAX_CARD_BITS).contains(at)).collect())
    }
}

impl fmt::Display for Positions {
    /// As [`Self::parse`] reads them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut runs: Vec<BitRange> = Vec::new();
        for at in self.iter() {
            match runs.last_mut() {
                Some(run) if run.last + 1 == at => run.last = at,
                Some(_) | None => runs.push(BitRange { first: at, last: at }),
            }
        }
        let runs: Vec<String> = runs.iter().map(ToString::to_string).collect();
        f.write_str(&runs.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_read_as_they_are_written() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(Positions::parse(text).map(|positions| positions.to_string()).as_deref(), expect, "{text}");
        };
        check("5", Some("5"));
        check("2-9", Some("2-9"));
        check("3-4,6-7, 9", Some("3-4,6-7,9"));
        check("9,8,7-8", Some("7-9"));
        check("256", Some("256"));
        for wrong in ["", "0", "257", "9-2", "2-", "-2", "+2", "2--3", "2-3-4", "a", "2,,3", "2,", "99999999"] {
            check(wrong, None);
        }
    }

    #[test]
    fn the_largest_number_fills_the_run() {
        let check = |text: &str, expect: u128| assert_eq!(BitRange::parse(text).unwrap().largest(), expect, "{text}");
        check("7", 1);
        check("2-9", 255);
        check("1-64", u128::from(u64::MAX));
        check("1-80", (1 << 80) - 1);
        check("1-128", u128::MAX);
        check("1-256", u128::MAX);
    }
}
