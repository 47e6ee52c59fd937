//! Names and PIN hashes as commands bring them. They are personal: `Debug` never prints one, the journal never holds one.

/// A person's name: 1 to 64 characters, no control characters; never printed by `Debug`, never in the journal.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonName(String);

impl PersonName {
    /// The longest name (ONVIF: names up to 64 characters).
    pub const MAX_CHARS: usize = 64;

    /// Takes a name; leading and trailing white space is dropped. Control characters and the invisible characters that
    /// reorder text (U+202A to U+202E, U+2066 to U+2069) are refused, because they disguise one name as another.
    pub fn parse(text: &str) -> Option<Self> {
        let name = text.trim();
        let fits = !name.is_empty() && name.chars().count() <= Self::MAX_CHARS;
        (fits && !name.chars().any(disguises)).then(|| Self(name.to_owned()))
    }

    /// The name, for those with the right to see it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// Whether a character can make a text look like another one.
pub(crate) fn disguises(c: char) -> bool {
    c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c)
}

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
