//! Floor plans as the records have them: what a drawing is called, which area it is of, which of its elements stand for which
//! places. The drawing itself is the shell's, by its digest; what may be in one is not decided here.

use crate::id::{AreaId, PlanId};
use crate::time::Wall;

/// The name of a plan in addresses: 1 to 64 lower-case letters, digits and `-`, beginning with a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlanSlug(String);

impl PlanSlug {
    /// The longest name.
    pub const MAX_BYTES: usize = 64;

    /// Takes a name as it is; `None` where no plan can be called so.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let fits = (1..=Self::MAX_BYTES).contains(&text.len()) && text.bytes().all(plain);
        (fits && !text.starts_with('-')).then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Display for PlanSlug {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A floor plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its number.
    pub id: PlanId,
    /// By what it is known.
    pub slug: PlanSlug,
    /// What people call it.
    pub name: String,
    /// What it shows.
    pub area: AreaId,
    /// On which floor; 0 is the ground.
    pub floor: i16,
    /// SHA-256 of the drawing.
    pub digest: [u8; 32],
    /// How large the drawing is.
    pub bytes: u32,
    /// When it was uploaded last.
    pub uploaded: Wall,
    /// Which elements stand for which places; sorted by element, each once.
    pub bindings: Box<[Binding]>,
}

/// An element of a drawing that stands for a place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Binding {
    /// The element's id in the drawing.
    pub element: String,
    /// The path of the place.
    pub place: String,
}

/// What a plan is called and where it belongs, as somebody wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanDraft {
    /// By what it is known.
    pub slug: PlanSlug,
    /// What people call it.
    pub name: String,
    /// What it shows.
    pub area: AreaId,
    /// On which floor.
    pub floor: i16,
    /// SHA-256 of the drawing.
    pub digest: [u8; 32],
    /// How large the drawing is.
    pub bytes: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_one_word_of_an_address() {
        for good in ["a", "7", "hall-a-ground", &"a".repeat(64)] {
            assert!(PlanSlug::parse(good).is_some(), "{good}");
        }
        for wrong in ["", "-a", "A", "a b", "lon1.hall-a", "a/b", "é", &"a".repeat(65)] {
            assert!(PlanSlug::parse(wrong).is_none(), "{wrong}");
        }
    }
}
