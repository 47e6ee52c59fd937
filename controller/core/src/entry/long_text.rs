//! Notes and reports in an operator's words, which may have several lines. What characters they may not hold is settled with
//! names, in `engine/command.rs`.

use crate::engine::command::disguises;

/// A note or report: 1 to 4,000 characters in as many lines as it needs, none of them one that nobody sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LongText(String);

impl LongText {
    /// The longest text.
    pub const MAX_CHARS: usize = 4_000;

    /// Takes a text; leading and trailing white space is dropped, line ends become line feeds, tabs become spaces, and the same
    /// characters are refused as in reasons.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.replace("\r\n", "\n").replace('\t', " ");
        Self::kept(&text).filter(|text| !text.0.lines().any(disguises))
    }

    /// A text that stands in the journal: when it was taken, fewer characters may have been known to disguise.
    pub(crate) fn kept(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = !text.is_empty() && text.chars().count() <= Self::MAX_CHARS;
        (fits && !text.chars().any(|c| c.is_control() && c != '\n')).then(|| Self(text.to_owned()))
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_lines_and_nothing_hidden() {
        let kept = |text: &str| LongText::parse(text).map(|text| text.0);
        assert_eq!(kept(" gate 3 sticks\r\n\r\n\tcall Ann \n").as_deref(), Some("gate 3 sticks\n\n call Ann"));
        for wrong in ["", " \n ", "a\u{202e}b", "a\u{200b}b", "a\rb", "a\u{7}b", &"n".repeat(LongText::MAX_CHARS + 1)] {
            assert_eq!(kept(wrong), None, "{wrong:?}");
        }
    }
}
