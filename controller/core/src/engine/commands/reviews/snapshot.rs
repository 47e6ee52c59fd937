//! The list of a review as it is frozen: every right that counts at doors in its scope, ordered by person, each with what is known
//! of its use and with how it differs from what the last review showed of it.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use crate::engine::Engine;
use crate::id::{AreaId, DoorId, GrantId, ProfileId, ReviewId};
use crate::journal::canonical::record_bytes;
use crate::people::{Grant, GrantRight, GrantState};
use crate::review::{FrozenRight, GivenBy, LastUses, SinceLast, is_unused};
use crate::site_files::FileRecord;
use crate::time::Wall;

/// How far a right reaches: at how many doors of the scope, and what tells it from another one.
type Extent = (u32, [u8; 8]);

impl Engine {
    pub(super) fn review_snapshot(
        &self,
        scope: &[AreaId],
        unused_days: Option<u16>,
        uses: &LastUses,
        at: Wall,
    ) -> Vec<FrozenRight> {
        let within = |area: AreaId| scope.iter().any(|outer| self.site.lies_in(area, *outer));
        let doors: BTreeSet<DoorId> = self.site.doors().filter(|door| within(door.area)).map(|door| door.id).collect();
        let before = self.shown_before();
        let mut profiles = BTreeMap::new();
        let mut lines = Vec::new();
        let counting = |grant: &&Grant| grant.state == GrantState::Active && grant.is_live(at);
        for grant in self.records.grants.values().filter(counting) {
            let (count, extent) = self.extent(&grant.right, &doors, &mut profiles);
            if count == 0 {
                continue;
            }
            let used = uses.of(grant.id, grant.person, self.doors_of(&grant.right));
            if unused_days.is_some_and(|days| !is_unused(grant.validity.from, used, days, at)) {
                continue;
            }
            let claimed = self.records.files.claims.contains_key(&FileRecord::Grant(grant.id));
            lines.push(FrozenRight {
                grant: grant.id,
                person: grant.person,
                to: grant.validity.to,
                doors: count,
                extent,
                used,
                given_by: if claimed { GivenBy::Files } else { GivenBy::Hand },
                since_last: since_last(before.get(&grant.id).copied(), grant.validity.to, extent),
            });
        }
        lines.sort_by_key(|line| (line.person, line.grant));
        lines
    }

    /// What reviews that are over showed last of each right.
    fn shown_before(&self) -> BTreeMap<GrantId, (ReviewId, &FrozenRight)> {
        let over = self.records.reviews.values().filter(|row| !row.is_running());
        let lines = over.flat_map(|row| self.records.lines_of(row.id).map(|(_, line)| (row.id, &line.frozen)));
        lines.map(|(review, frozen)| (frozen.grant, (review, frozen))).collect()
    }

    fn extent(
        &self,
        right: &GrantRight,
        doors: &BTreeSet<DoorId>,
        profiles: &mut BTreeMap<ProfileId, Extent>,
    ) -> Extent {
        let count = || {
            let count = self.doors_of(right).filter(|door| doors.contains(door)).count();
            u32::try_from(count).unwrap_or(u32::MAX)
        };
        match right {
            GrantRight::Doors { .. } => (count(), digest(&record_bytes(right))),
            GrantRight::Member(profile) => *profiles.entry(*profile).or_insert_with(|| {
                let row = self.records.profiles.get(profile);
                (count(), digest(&row.map(|row| record_bytes(&row.policies)).unwrap_or_default()))
            }),
        }
    }
}

fn since_last(before: Option<(ReviewId, &FrozenRight)>, to: Wall, extent: [u8; 8]) -> SinceLast {
    let Some((review, before)) = before else { return SinceLast::New };
    match (before.to == to, before.extent == extent) {
        (true, true) => SinceLast::Same(review),
        (false, true) => SinceLast::End(review),
        (true, false) => SinceLast::Doors(review),
        (false, false) => SinceLast::EndAndDoors(review),
    }
}

fn digest(bytes: &[u8]) -> [u8; 8] {
    let whole: [u8; 32] = Sha256::digest(bytes).into();
    let mut first = [0; 8];
    first.copy_from_slice(&whole[..8]);
    first
}
