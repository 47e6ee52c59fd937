//! Grants that end because their need did: the holder left or moved, the ticket was closed, the agreement or the profile is
//! gone. What ended first is recorded by the command; here follow the grants.

use crate::engine::Engine;
use crate::entry::Entry;
use crate::id::{GrantId, PersonId};
use crate::people::{EndCause, Grant};
use crate::time::Now;

impl Engine {
    /// Ends every live grant of a person.
    pub(super) fn end_grants_of(&mut self, now: Now, person: PersonId, cause: EndCause) {
        let ids = self.grants_of.get(&person).map_or(&[][..], Vec::as_slice);
        let live = |id: &GrantId| self.records.grants.get(id).is_some_and(|grant| grant.is_live(now.wall));
        let ending: Vec<GrantId> = ids.iter().copied().filter(live).collect();
        self.end_grants(now, ending, cause);
    }

    /// Every live grant that `meant` picks. Looks at all of them: for the few commands that end rights of many at once.
    pub(super) fn live_grants(&self, now: Now, meant: impl Fn(&Grant) -> bool) -> Vec<GrantId> {
        let grants = self.records.grants.values();
        grants.filter(|grant| grant.is_live(now.wall) && meant(grant)).map(|grant| grant.id).collect()
    }

    pub(super) fn end_grants(&mut self, now: Now, grants: Vec<GrantId>, cause: EndCause) {
        for grant in grants {
            let generation = self.next_generation();
            self.record(now, Entry::GrantEnded { grant, cause, generation });
        }
    }
}
