//! Which card formats a site knows: those that every site has and its own. Names are unique and found in any case, because
//! data sheets shout them.

use super::draft::FormatDraft;
use super::{CardFormat, FormatProblem, built_in};
use crate::site::draft::suggest::nearest;

/// The card formats of a site.
#[derive(Debug, Clone)]
pub struct FormatCatalogue {
    formats: Vec<(CardFormat, Defined)>,
}

/// Who defined a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defined {
    /// It is built in.
    BuiltIn,
    /// The site file.
    Site,
}

impl Default for FormatCatalogue {
    fn default() -> Self {
        Self::built_in()
    }
}

impl FormatCatalogue {
    /// The formats that every site has.
    pub fn built_in() -> Self {
        Self { formats: built_in::formats().into_iter().map(|format| (format, Defined::BuiltIn)).collect() }
    }

    /// The formats that every site has, and these.
    ///
    /// # Errors
    /// Everything that is wrong with them, each with the index of its draft, in order; never an empty list.
    pub fn with(drafts: &[FormatDraft]) -> Result<Self, Vec<(usize, FormatProblem)>> {
        let mut catalogue = Self::built_in();
        let mut found = Vec::new();
        for (index, draft) in drafts.iter().enumerate() {
            if let Some(message) = catalogue.taken(drafts.get(..index).unwrap_or_default(), &draft.name) {
                found.push((index, FormatProblem { member: "name", message, help: "choose another name" }));
            }
            match draft.check() {
                Ok(format) => catalogue.formats.push((format, Defined::Site)),
                Err(problems) => found.extend(problems.into_iter().map(|problem| (index, problem))),
            }
        }
        if found.is_empty() { Ok(catalogue) } else { Err(found) }
    }

    /// Who has a name already: the built-in formats, or an earlier draft, whole or not.
    fn taken(&self, earlier: &[FormatDraft], name: &str) -> Option<String> {
        if self.formats.iter().any(|(format, defined)| *defined == Defined::BuiltIn && format.name() == name) {
            return Some(format!("card format \"{name}\" is built in and means the same at every site"));
        }
        let first = earlier.iter().position(|draft| !name.is_empty() && draft.name == name)?;
        Some(format!("\"{name}\" is already taken by card format number {}", first + 1))
    }

    /// Every format, built-in ones first.
    pub fn iter(&self) -> impl Iterator<Item = (&CardFormat, Defined)> {
        self.formats.iter().map(|(format, defined)| (format, *defined))
    }

    /// The format called so, in any case.
    pub fn named(&self, name: &str) -> Option<&CardFormat> {
        self.iter().map(|(format, _)| format).find(|format| format.name().eq_ignore_ascii_case(name.trim()))
    }

    /// What somebody may have meant by a name that no format has: the formats with as many bits as the first number in it
    /// says (`37`, `wiegand-26`) and those it is a part of, otherwise the one whose name a slip of the finger turns into it.
    pub fn near(&self, mistaken: &str) -> Vec<&CardFormat> {
        let mistaken = mistaken.trim().to_ascii_lowercase();
        let bits = first_number(&mistaken);
        let is_meant = |format: &CardFormat| bits == Some(format.length_bits()) || is_part_of(&mistaken, format.name());
        let formats = || self.iter().map(|(format, _)| format);
        let meant: Vec<&CardFormat> = formats().filter(|format| is_meant(format)).collect();
        if !meant.is_empty() {
            return meant;
        }
        let name = nearest(&mistaken, formats().map(CardFormat::name));
        name.and_then(|name| self.named(name)).into_iter().collect()
    }
}

/// Whether a text of some length stands in a name.
fn is_part_of(text: &str, name: &str) -> bool {
    const TELLING_MIN_BYTES: usize = 3;
    text.len() >= TELLING_MIN_BYTES && name.contains(text)
}

/// The first run of digits in a text, as a number.
fn first_number(text: &str) -> Option<u16> {
    text.split(|c: char| !c.is_ascii_digit()).find(|digits| !digits.is_empty())?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistaken_name_finds_what_was_meant() {
        let catalogue = FormatCatalogue::built_in();
        let check = |mistaken: &str, expect: &[&str]| {
            let near: Vec<&str> = catalogue.near(mistaken).into_iter().map(CardFormat::name).collect();
            assert_eq!(near, expect, "{mistaken}");
        };
        check("26", &["h10301"]);
        check("wiegand-37", &["h10302", "h10304"]);
        check("C1000", &["c1000-35", "c1000-48"]);
        check("h10310", &["h10301"]);
        check("c1000-84", &["c1000-48"]);
        check("csn4", &["csn-4"]);
        check("felica", &[]);
        check(&"9".repeat(10_000), &[]);
    }
}
