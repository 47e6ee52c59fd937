//! Lists that are too long to be held at once: read part by part in the order of what items are known by, until the page is
//! full. A part costs the engine's thread a little, so a request looks at a bounded number of items; where few of them are
//! meant, a page has less than it may, and its cursor goes on.

use super::{Asked, Key, Listed};
use crate::paging::{MAX_PAGE_ITEMS, Paged};
use crate::wire::List;

/// How many items a request looks at, at most. It trades how full a page is for how long it takes.
const LOOKED_AT_MAX_ITEMS: usize = 20_000;

/// A part that is wanted next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    /// Items behind this number; from the first on where there is none.
    pub(crate) after: Option<u64>,
    /// How many, at most.
    pub(crate) limit: u16,
}

/// What was looked at for a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Looked {
    /// How many items, those out of the caller's sight among them.
    pub(crate) count: usize,
    /// The last of them.
    pub(crate) last: Option<Key>,
}

impl Looked {
    /// At these and no others.
    pub(crate) fn at<T: Listed>(items: &[T]) -> Self {
        Self { count: items.len(), last: items.last().map(Listed::key) }
    }
}

/// A list as it is read part by part.
pub(crate) struct Walk<T> {
    asked: Asked,
    found: Vec<(Key, T)>,
    /// The last item that was looked at.
    last: Option<Key>,
    looked_at: usize,
    meant: usize,
    end: End,
}

/// How far a walk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// There may be more.
    Open,
    /// There is no more.
    Reached,
}

impl<T: Listed> Walk<T> {
    /// A walk through the list of which this is asked.
    pub(crate) fn new(asked: Asked) -> Self {
        Self { asked, found: Vec::new(), last: None, looked_at: 0, meant: 0, end: End::Open }
    }

    /// What is asked.
    pub(crate) fn asked(&self) -> &Asked {
        &self.asked
    }

    /// Which part is wanted; none where the page is full, or enough was looked at.
    pub(crate) fn next(&self) -> Option<Part> {
        let goes_on = self.end == End::Open && !self.is_full() && self.looked_at < LOOKED_AT_MAX_ITEMS;
        let before = || self.asked.place.as_ref().and_then(|place| place.behind.last());
        let after = match self.last.as_ref().or_else(before) {
            Some(Key::Number(number)) => Some(*number),
            Some(Key::None | Key::Text(_)) | None => None,
        };
        // One more than is shown, to know whether there is more.
        let whole = u16::try_from(self.asked.limit + 1).unwrap_or(MAX_PAGE_ITEMS + 1);
        let limit = if self.asked.filter.is_empty() { whole } else { whole.max(MAX_PAGE_ITEMS) };
        goes_on.then_some(Part { after, limit })
    }

    fn is_full(&self) -> bool {
        self.found.len() > self.asked.limit
    }

    /// Takes the part that was wanted, in order. Where fewer were looked at than were wanted, they were the last.
    pub(crate) fn take(&mut self, part: Part, items: Vec<T>, looked: Looked) {
        if looked.count < usize::from(part.limit) {
            self.end = End::Reached;
        }
        self.looked_at += looked.count;
        self.last = looked.last.or_else(|| self.last.take());
        for item in items {
            if let Some(keys) = self.asked.meant(&item) {
                self.meant += 1;
                if !self.is_full() {
                    self.found.extend(keys.last().cloned().map(|key| (key, item)));
                }
            }
        }
    }

    /// The page, of a list in which about `total` items could be looked at, where that is known.
    pub(crate) fn page(mut self, total: Option<u64>) -> Paged<List<T>> {
        let is_full = self.is_full();
        self.found.truncate(self.asked.limit);
        let behind = match (is_full, self.end) {
            (true, _) => self.found.last().map(|(key, _)| key.clone()),
            (false, End::Open) => self.last.clone(),
            (false, End::Reached) => None,
        };
        let total = match (&self.asked.place, self.end) {
            // On later pages nobody knows what was before them.
            (Some(_), _) => None,
            (None, End::Reached) => u64::try_from(self.meant).ok(),
            (None, End::Open) => total.map(|total| estimate(self.meant, self.looked_at, total)),
        };
        let items = self.found.into_iter().map(|(_, item)| item).collect();
        self.asked.answer(items, behind.map(|key| vec![key]), total)
    }
}

/// How many there are of `total` if the others are like those that were looked at.
fn estimate(meant: usize, looked_at: usize, total: u64) -> u64 {
    let (meant, looked_at) = (meant as u128, (looked_at as u128).max(1));
    u64::try_from(u128::from(total) * meant / looked_at).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_looked_at_is_taken_to_be_like_the_rest() {
        let check = |meant, looked_at, total, expect| assert_eq!(estimate(meant, looked_at, total), expect);
        check(101, 101, 41_000, 41_000);
        check(5, 1_000, 41_000, 205);
        check(0, 20_000, 1_000_000, 0);
        check(0, 0, 0, 0);
        check(usize::MAX, 1, u64::MAX, u64::MAX);
    }
}
