//! Rights that have no room in a row: those of people with more than five grants.

use crate::people::index::row::{Detail, SpillNumber, Target};

/// The rights of one person that have no room in a row. Targets lie together, so that a search for a door reads few lines.
#[derive(Debug, Default)]
pub(super) struct Spill {
    targets: Box<[Target]>,
    details: Box<[Detail]>,
}

impl Spill {
    #[inline]
    fn iter(&self) -> impl Iterator<Item = (Target, Detail)> {
        self.targets.iter().copied().zip(self.details.iter().copied())
    }
}

/// All spills.
#[derive(Debug, Default)]
pub(super) struct Spills {
    spills: Vec<Spill>,
    free: Vec<SpillNumber>,
}

impl Spills {
    /// Replaces the spill `old`, if any, by one with these rights, if any.
    pub(super) fn put(&mut self, old: Option<SpillNumber>, rights: &[(Target, Detail)]) -> Option<SpillNumber> {
        if rights.is_empty() {
            if let Some(old) = old {
                self.write(old, Spill::default());
                self.free.push(old);
            }
            return None;
        }
        let spill = Spill {
            targets: rights.iter().map(|(target, _)| *target).collect(),
            details: rights.iter().map(|(_, detail)| *detail).collect(),
        };
        let number = old.or_else(|| self.free.pop()).unwrap_or(SpillNumber(self.spills.len() as u32));
        self.write(number, spill);
        Some(number)
    }

    /// The rights of a spill; none without one.
    #[inline]
    pub(super) fn of(&self, number: Option<SpillNumber>) -> impl Iterator<Item = (Target, Detail)> {
        let spill = number.and_then(|number| self.spills.get(number.0 as usize));
        spill.into_iter().flat_map(Spill::iter)
    }

    fn write(&mut self, number: SpillNumber, spill: Spill) {
        match self.spills.get_mut(number.0 as usize) {
            Some(place) => *place = spill,
            None => self.spills.push(spill),
        }
    }
}
