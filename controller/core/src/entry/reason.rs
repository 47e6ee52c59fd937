//! Reasons and tickets in an operator's words. What characters a name or reason may not hold is settled with names, in
//! `engine/command.rs`.

use crate::engine::command::disguises;

/// A reason or ticket in an operator's words: 1 to 256 characters, none that nobody sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonText(String);

impl ReasonText {
    /// The longest reason.
    pub const MAX_CHARS: usize = 256;

    /// Takes a reason; leading and trailing white space is dropped, the same characters are refused as in names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::kept(text).filter(|reason| !disguises(&reason.0))
    }

    /// A reason that stands in the journal: when it was taken, fewer characters may have been known to disguise.
    pub(crate) fn kept(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = !text.is_empty() && text.chars().count() <= Self::MAX_CHARS;
        (fits && !text.chars().any(char::is_control)).then(|| Self(text.to_owned()))
    }

    /// A reason in our own words, for what follows from something else.
    pub(crate) fn ours(words: &'static str) -> Self {
        Self(words.to_owned())
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
