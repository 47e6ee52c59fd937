//! What is typed at a keypad, key by key, becomes one entry of digits.
//!
//! Decides where an entry begins and ends: `#` ends it, `*` clears it, ten seconds without a key clear it. It does not
//! decide whether the digits are a PIN, nor whose.

use std::time::Duration;

use rackward_core::Monotonic;
use rackward_core::engine::input::Digits;
use zeroize::Zeroizing;

/// How long half an entry is kept. Longer would add one person's digits to the next one's; shorter would hurry the slow.
const IDLE_LIMIT_SECS: u64 = 10;

/// `#` as OSDP sends it (OSDP 2.2, 7.12).
const ENTER: u8 = 0x0D;
/// `*` as OSDP sends it.
const CLEAR: u8 = 0x7F;

/// The entry in the making at one keypad.
#[derive(Default)]
pub(super) struct Keypad {
    entry: Entry,
    last_key: Monotonic,
}

/// What has been typed so far; wiped when dropped.
enum Entry {
    Digits(Zeroizing<String>),
    /// More digits than any PIN has, or a key that is no digit: nothing can become of it until it is ended or cleared.
    Spoilt,
}

impl Default for Entry {
    fn default() -> Self {
        // Room for all there may be, so that no digit is left behind when a buffer grows.
        Self::Digits(Zeroizing::new(String::with_capacity(Digits::MAX_DIGITS)))
    }
}

impl Keypad {
    /// Takes keys pressed at `now`, in ASCII or in OSDP's codes; gives each entry that they ended.
    pub(super) fn press(&mut self, now: Monotonic, keys: &[u8]) -> Vec<Digits> {
        keys.iter().filter_map(|key| self.press_one(now, *key)).collect()
    }

    /// Forgets half an entry; the person has gone.
    pub(super) fn clear(&mut self) {
        self.entry = Entry::default();
    }

    fn press_one(&mut self, now: Monotonic, key: u8) -> Option<Digits> {
        if now.since(self.last_key) > Duration::from_secs(IDLE_LIMIT_SECS) {
            self.clear();
        }
        self.last_key = now;
        match key {
            ENTER | b'#' => match std::mem::take(&mut self.entry) {
                Entry::Digits(typed) => Digits::parse(&typed),
                Entry::Spoilt => None,
            },
            CLEAR | b'*' => {
                self.clear();
                None
            }
            digit => {
                self.add(digit);
                None
            }
        }
    }

    fn add(&mut self, key: u8) {
        match &mut self.entry {
            Entry::Digits(typed) if key.is_ascii_digit() && typed.len() < Digits::MAX_DIGITS => {
                typed.push(char::from(key));
            }
            Entry::Digits(_) | Entry::Spoilt => self.entry = Entry::Spoilt,
        }
    }
}

impl std::fmt::Debug for Keypad {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keypad(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each row: seconds at which keys are pressed, the keys, and the entries that come of all of them.
    fn check(given: &[(u64, &[u8])], expect: &[&str]) {
        let mut keypad = Keypad::default();
        let entries: Vec<Digits> = given
            .iter()
            .flat_map(|(second, keys)| keypad.press(Monotonic::from_micros(second * 1_000_000), keys))
            .collect();
        let revealed: Vec<&str> = entries.iter().map(Digits::reveal).collect();
        assert_eq!(revealed, expect, "{given:?}");
    }

    #[test]
    fn an_entry_ends_with_enter() {
        check(&[(1, b"4711\r")], &["4711"]);
        check(&[(1, b"4711#")], &["4711"]);
        check(&[(1, b"4"), (2, b"7"), (3, b"11"), (4, b"\r")], &["4711"]);
        check(&[(1, b"4711\r0815\r")], &["4711", "0815"]);
        check(&[(1, b"4711")], &[]);
        check(&[(1, b"\r"), (2, b"##")], &[]);
    }

    #[test]
    fn an_entry_is_cleared_by_star_and_by_ten_idle_seconds() {
        check(&[(1, b"47\x7F4711\r")], &["4711"]);
        check(&[(1, b"47*4711#")], &["4711"]);
        check(&[(1, b"47"), (11, b"11\r")], &["4711"]);
        check(&[(1, b"47"), (12, b"11\r")], &["11"]);
    }

    #[test]
    fn what_is_no_entry_of_digits_is_dropped_whole() {
        check(&[(1, b"12345678901234567\r4711\r")], &["4711"]);
        check(&[(1, b"1234567890123456\r")], &["1234567890123456"]);
        check(&[(1, b"47A1\r"), (2, b"4711\r")], &["4711"]);
        check(&[(1, &[0xFF, 0x00, b'1', 0x0D])], &[]);
    }

    #[test]
    fn typed_digits_are_never_printed() {
        let mut keypad = Keypad::default();
        keypad.press(Monotonic::from_micros(1), b"4711");
        assert_eq!(format!("{keypad:?}"), "Keypad(..)");
    }
}
