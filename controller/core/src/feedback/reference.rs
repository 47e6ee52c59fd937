//! The four characters that a reader shows of a journal entry, so that whoever stands there can name it on the telephone.
//!
//! Decides how an entry's number becomes four characters and which entries four characters can mean. Who may look an entry
//! up is `permission.rs`'s.

use core::fmt;

use crate::id::Seq;

/// Digits and letters that nobody mistakes for one another: without I, L, O and U (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Bits that four characters hold: a reference comes again after about a million entries.
const BITS: u32 = 20;

const MASK: u64 = (1 << BITS) - 1;

/// Odd, so that multiplying by it can be undone; large, so that neighbours look different and a reference does not tell how
/// busy the site is.
const SPREAD: u64 = 0x9_E377;

/// The other way: `SPREAD * GATHER` is 1 modulo 2^20.
const GATHER: u64 = inverse(SPREAD);

/// The inverse of an odd number modulo 2^20, by Newton's iteration: each step doubles the bits that are right.
const fn inverse(odd: u64) -> u64 {
    let mut guess = odd;
    let mut step = 0;
    while step < 5 {
        guess = guess.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(guess))) & MASK;
        step += 1;
    }
    guess
}

/// Four characters that stand for an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference([u8; 4]);

/// The reference of the entry with this number.
pub const fn reference(seq: Seq) -> Reference {
    let mut bits = seq.get().wrapping_mul(SPREAD) & MASK;
    let mut text = [0; 4];
    let mut place = 4;
    while place > 0 {
        place -= 1;
        text[place] = ALPHABET[(bits & 31) as usize];
        bits >>= 5;
    }
    Reference(text)
}

impl Reference {
    /// Takes four characters as people write them: in any case, with I and L for 1 and O for 0.
    pub fn parse(text: &str) -> Option<Self> {
        let mut taken = [0; 4];
        let mut written = text.trim().bytes();
        for slot in &mut taken {
            let meant = match written.next()?.to_ascii_uppercase() {
                b'I' | b'L' => b'1',
                b'O' => b'0',
                other => other,
            };
            *slot = *ALPHABET.iter().find(|known| **known == meant)?;
        }
        written.next().is_none().then_some(Self(taken))
    }

    /// The four characters.
    pub const fn bytes(self) -> [u8; 4] {
        self.0
    }

    /// Every number up to `newest` that has this reference, newest first: about one in a million entries.
    pub fn entries(self, newest: Seq) -> impl Iterator<Item = Seq> {
        let low = self.bits().wrapping_mul(GATHER) & MASK;
        let behind = newest.get().wrapping_sub(low) & MASK;
        let first = newest.get().checked_sub(behind);
        core::iter::successors(first, |seq| seq.checked_sub(1 << BITS)).filter(|seq| *seq > 0).map(Seq::new)
    }

    fn bits(self) -> u64 {
        let value = |byte: &u8| ALPHABET.iter().position(|known| known == byte).unwrap_or(0) as u64;
        self.0.iter().fold(0, |bits, byte| bits << 5 | value(byte))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{}", char::from(*byte)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_entry_is_found_by_its_reference(seq in 1_u64..1 << 40, later in 0_u64..1 << 22) {
            let newest = Seq::new(seq + later);
            let shown = reference(Seq::new(seq)).to_string();
            prop_assert_eq!(shown.len(), 4);
            let found: Vec<Seq> = Reference::parse(&shown.to_lowercase()).unwrap().entries(newest).take(6).collect();
            prop_assert!(found.contains(&Seq::new(seq)), "{shown}");
            prop_assert!(found.iter().all(|found| reference(*found) == reference(Seq::new(seq)) && *found <= newest));
        }
    }

    #[test]
    fn neighbours_look_different() {
        let shown: Vec<String> = (1..=4).map(|seq| reference(Seq::new(seq)).to_string()).collect();
        let alike = |(one, other): (&String, &String)| one.bytes().zip(other.bytes()).filter(|(a, b)| a == b).count();
        assert!(shown.iter().zip(shown.iter().skip(1)).all(|pair| alike(pair) <= 2), "{shown:?}");
    }

    #[test]
    fn what_people_write_is_understood() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(Reference::parse(text).map(|found| found.to_string()).as_deref(), expect, "{text}");
        };
        check("7F3K", Some("7F3K"));
        check(" 7f3k ", Some("7F3K"));
        check("iOl0", Some("1010"));
        check("7F3", None);
        check("7F3KX", None);
        check("7F-K", None);
        check("UUUU", None);
        assert_eq!(Reference::parse("0000").unwrap().entries(Seq::new(3)).count(), 0, "nothing has the number 0");
    }
}
