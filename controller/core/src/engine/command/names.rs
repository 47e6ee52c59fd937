//! Names and PIN hashes as commands bring them. They are personal: `Debug` never prints one, the journal never holds one.

use crate::people::PersonKeyHash;

/// A person's name: 1 to 64 characters, all of them seen; never printed by `Debug`, never in the journal.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonName(String);

impl PersonName {
    /// The longest name (ONVIF: names up to 64 characters).
    pub const MAX_CHARS: usize = 64;

    /// Takes a name; leading and trailing white space is dropped. It has a letter or digit, and nothing that disguises one
    /// name as another ([`disguises`]).
    pub fn parse(text: &str) -> Option<Self> {
        Self::kept(text).filter(|name| name.0.chars().any(char::is_alphanumeric) && !disguises(&name.0))
    }

    /// A name that an earlier version may have taken, which knew fewer characters that disguise.
    pub fn kept(text: &str) -> Option<Self> {
        let name = text.trim();
        let fits = !name.is_empty() && name.chars().count() <= Self::MAX_CHARS;
        (fits && !name.chars().any(steers_text)).then(|| Self(name.to_owned()))
    }

    /// The name, for those with the right to see it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// What another register knows a person by, such as a personnel number: 1 to 64 characters, all of them seen, and what it hashes
/// to. It is personal: `Debug` never prints it, the journal has the hash alone.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonKey {
    text: String,
    hash: PersonKeyHash,
}

impl PersonKey {
    /// The longest key.
    pub const MAX_CHARS: usize = 64;

    /// Takes a key; leading and trailing white space is dropped. `hash` is the shell's, which holds the site's key.
    pub fn parse(text: &str, hash: impl FnOnce(&str) -> PersonKeyHash) -> Option<Self> {
        let text = text.trim();
        let fits = text.chars().count() <= Self::MAX_CHARS && text.chars().any(char::is_alphanumeric);
        (fits && !disguises(text)).then(|| Self { text: text.to_owned(), hash: hash(text) })
    }

    /// The key, for those with the right to see it.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// What it hashes to.
    pub const fn hash(&self) -> PersonKeyHash {
        self.hash
    }
}

impl core::fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("PersonKey(..)")
    }
}

/// Whether a text looks like another one, or like none: it has control characters, such as reorder text, or such as nobody
/// sees. A joiner stands between two letters of a script that joins, where it changes what is seen (RFC 5892 appendix A).
pub(crate) fn disguises(text: &str) -> bool {
    let before = core::iter::once(None).chain(text.chars().map(Some));
    let after = text.chars().skip(1).map(Some).chain(core::iter::once(None));
    text.chars().zip(before).zip(after).any(|((c, before), after)| match c {
        '\u{200c}' | '\u{200d}' => ![before, after].into_iter().all(|beside| beside.is_some_and(joins)),
        _ => is_unseen(c),
    })
}

/// Whether a character is of a script whose letters join: from Arabic to Mongolian, with the scripts of India among them.
fn joins(c: char) -> bool {
    ('\u{600}'..'\u{10a0}').contains(&c) || ('\u{1780}'..'\u{18b0}').contains(&c)
}

/// Whether a character steers what shows it, or reorders text.
const fn steers_text(c: char) -> bool {
    c.is_ascii_control() || matches!(c, '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a character steers what shows it, reorders text or is not seen at all: of the Unicode Character Database those of
/// the categories Cc, Cf, Zl and Zp, those that `Default_Ignorable_Code_Point` names, and the blank of Braille. The joiners
/// U+200C and U+200D are such too, and have their place in some scripts.
pub fn is_unseen(c: char) -> bool {
    let place = UNSEEN.partition_point(|(_, last)| *last < c);
    c.is_control() || UNSEEN.get(place).is_some_and(|(first, _)| *first <= c)
}

/// From, to, in order.
const UNSEEN: &[(char, char)] = &[
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

impl core::fmt::Debug for PersonName {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("PersonName(..)")
    }
}

/// An argon2id hash in its standard text form; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct PinHash(String);

impl PinHash {
    /// Wraps a hash made by the shell.
    pub fn from_phc(text: String) -> Self {
        Self(text)
    }

    /// The hash, for the store.
    pub fn as_phc(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Debug for PinHash {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("PinHash(..)")
    }
}

/// The name of a bus in the site file: 1 to 64 characters, none that disguises. Which buses there are, the drivers know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusName(String);

impl BusName {
    /// The longest name.
    pub const MAX_CHARS: usize = 64;

    /// Takes a name as it is.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = !text.is_empty() && text.chars().count() <= Self::MAX_CHARS;
        (fits && !disguises(text)).then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_seen_as_it_is() {
        assert!(UNSEEN.windows(2).all(|pair| pair[0].1 < pair[1].0) && UNSEEN.iter().all(|(from, to)| from <= to));
        let check = |name: &str, fits: bool| assert_eq!(PersonName::parse(name).is_some(), fits, "{name:?}");
        for name in
            ["Ann", "  Ann ", "Zoë O’Neill-Łuk", "أحمد", "علی\u{200c}رضا", "क्\u{200d}ष", "王小明", "7", "김철수"]
        {
            check(name, true);
        }
        for name in ["", " ", "—", "\u{301}", "\u{2003}", "An\nn", "A\u{202e}nn", "A\u{2066}nn"] {
            check(name, false);
        }
        for unseen in [
            '\u{ad}',
            '\u{61c}',
            '\u{115f}',
            '\u{1160}',
            '\u{180e}',
            '\u{200b}',
            '\u{200e}',
            '\u{2028}',
            '\u{2029}',
            '\u{2060}',
            '\u{2800}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{ffa0}',
            '\u{e0041}',
            '\u{e0100}',
        ] {
            check(&unseen.to_string(), false);
            check(&format!("A{unseen}nn"), false);
        }
        for joined in ["A\u{200d}nn", "\u{200c}علی", "علی\u{200c}", "علی\u{200c}\u{200c}رضا"] {
            check(joined, false);
        }
    }

    #[test]
    fn a_name_of_before_is_read_again() {
        assert_eq!(PersonName::kept("A\u{200b}nn").map(|name| name.0), Some("A\u{200b}nn".to_owned()));
        for never in ["", " ", "A\u{202e}nn", "A\u{9b}nn", "An\nn", &"n".repeat(65)] {
            assert!(PersonName::kept(never).is_none(), "{never:?}");
        }
    }
}
