//! Which area lies in which, as far as a draft that may be wrong says it: areas around that do not exist are left out and
//! cycles are cut, so that every walk outwards ends. Whether the nesting is right is `areas.rs`.

use super::Names;
use crate::site::draft::SiteDraft;

/// The area around each area, by place in the draft.
pub(super) struct Nesting {
    around: Vec<Option<usize>>,
    /// Each cycle once: the areas of it, in order outwards, beginning with the first in the draft.
    pub(super) cycles: Vec<Vec<usize>>,
}

/// How far the walk outwards from an area has been followed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    /// On the walk that is being followed.
    On,
    Done,
}

impl Nesting {
    /// The nesting of a draft.
    pub(super) fn of(draft: &SiteDraft, names: &Names<'_>) -> Self {
        let around = |inside: &Option<String>| names.areas.get(inside.as_deref()?).copied();
        let around = draft.areas.iter().map(|area| around(&area.inside)).collect();
        let mut nesting = Self { around, cycles: Vec::new() };
        let mut marks = vec![Mark::New; draft.areas.len()];
        for start in 0..draft.areas.len() {
            nesting.follow(start, &mut marks);
        }
        nesting
    }

    /// Walks outwards until known ground, and cuts the cycle that it closes, if any.
    fn follow(&mut self, start: usize, marks: &mut [Mark]) {
        let mut walk = Vec::new();
        let mut at = Some(start);
        while let Some(area) = at {
            match marks[area] {
                Mark::New => {
                    marks[area] = Mark::On;
                    walk.push(area);
                    at = self.around[area];
                }
                Mark::On => {
                    let cycle: Vec<usize> = walk.iter().copied().skip_while(|step| *step != area).collect();
                    self.cut(cycle);
                    break;
                }
                Mark::Done => break,
            }
        }
        for area in walk {
            marks[area] = Mark::Done;
        }
    }

    fn cut(&mut self, mut cycle: Vec<usize>) {
        for area in &cycle {
            self.around[*area] = None;
        }
        let first = cycle.iter().enumerate().min_by_key(|(_, area)| **area).map_or(0, |(place, _)| place);
        cycle.rotate_left(first);
        self.cycles.push(cycle);
    }

    /// The area around an area.
    pub(super) fn around(&self, area: usize) -> Option<usize> {
        self.around.get(area).copied().flatten()
    }

    /// An area and all around it, innermost first.
    pub(super) fn outwards(&self, area: usize) -> impl Iterator<Item = usize> {
        core::iter::successors(Some(area), |area| self.around(*area))
    }

    /// Whether `inner` is `outer` or lies in it.
    pub(super) fn lies_in(&self, inner: usize, outer: usize) -> bool {
        self.outwards(inner).any(|area| area == outer)
    }
}
