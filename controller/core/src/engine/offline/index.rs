//! Which grants and profiles name the door of each handle, so that a change looks at the doors it touches and no others. It
//! follows the records; nothing is decided here.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{DeviceId, DoorId, GrantId, PersonId, ProfileId};
use crate::people::{Grant, GrantRight, GrantState, Profile};
use crate::records::Records;
use crate::site::{Role, Site};
use crate::time::Wall;

/// A grant that names more doors is kept once and looked at for every door: a right to a whole site must not be written ten
/// thousand times.
const BROAD_GRANT_DOORS: usize = 64;

/// See the file's head.
#[derive(Debug, Clone, Default)]
pub(super) struct DoorRights {
    doors: BTreeMap<DoorId, DoorRow>,
    broad: BTreeSet<GrantId>,
    members: BTreeMap<ProfileId, BTreeSet<GrantId>>,
    profiles: BTreeMap<ProfileId, Box<[DoorId]>>,
}

/// A door that a handle holds.
#[derive(Debug, Clone)]
struct DoorRow {
    device: DeviceId,
    grants: BTreeSet<GrantId>,
    profiles: BTreeSet<ProfileId>,
}

impl DoorRights {
    /// Gathers what names the doors of handles.
    pub(super) fn compile(site: &Site, records: &Records) -> Self {
        let mut index = Self::default();
        for device in site.devices() {
            match device.role {
                Role::Handle { door, .. } => {
                    let row = DoorRow { device: device.id, grants: BTreeSet::new(), profiles: BTreeSet::new() };
                    index.doors.insert(door, row);
                }
                Role::Reader { .. } | Role::Lock { .. } | Role::Inputs { .. } => {}
            }
        }
        records.profiles.values().for_each(|profile| index.put_profile(profile.id, Some(profile)));
        records.grants.values().for_each(|grant| index.put_grant(grant));
        index
    }

    /// Follows a grant that is new or changed.
    pub(super) fn put_grant(&mut self, grant: &Grant) {
        let counts = match grant.state {
            GrantState::Active => true,
            GrantState::Revoked | GrantState::Requested | GrantState::Denied | GrantState::Ended(_) => false,
        };
        match &grant.right {
            GrantRight::Doors { doors, .. } if doors.len() > BROAD_GRANT_DOORS => {
                put(&mut self.broad, grant.id, counts);
            }
            GrantRight::Doors { doors, .. } => {
                for door in doors {
                    if let Some(row) = self.doors.get_mut(door) {
                        put(&mut row.grants, grant.id, counts);
                    }
                }
            }
            GrantRight::Member(profile) => put(self.members.entry(*profile).or_default(), grant.id, counts),
        }
    }

    /// Follows a profile that is new, changed or gone.
    pub(super) fn put_profile(&mut self, id: ProfileId, profile: Option<&Profile>) {
        for door in self.profiles.remove(&id).unwrap_or_default() {
            if let Some(row) = self.doors.get_mut(&door) {
                row.profiles.remove(&id);
            }
        }
        let doors: Box<[DoorId]> =
            profile.into_iter().flat_map(|profile| &profile.policies).map(|row| row.door).collect();
        for door in &doors {
            if let Some(row) = self.doors.get_mut(door) {
                row.profiles.insert(id);
            }
        }
        if !doors.is_empty() {
            self.profiles.insert(id, doors);
        }
    }

    /// The handles of the doors that a right names, as far as the profiles are known here.
    pub(super) fn devices_of<'a>(&'a self, right: &'a GrantRight) -> impl Iterator<Item = DeviceId> + 'a {
        let doors: &[DoorId] = match right {
            GrantRight::Doors { doors, .. } => doors,
            GrantRight::Member(profile) => self.doors_of(*profile),
        };
        doors.iter().filter_map(|door| self.device_at(*door))
    }

    /// The doors of a profile.
    pub(super) fn doors_of(&self, profile: ProfileId) -> &[DoorId] {
        self.profiles.get(&profile).map_or(&[], |doors| doors)
    }

    /// The handle of a door.
    pub(super) fn device_at(&self, door: DoorId) -> Option<DeviceId> {
        self.doors.get(&door).map(|row| row.device)
    }

    /// Forgets the grants at a door that are over, and never again begin.
    pub(super) fn forget_over(&mut self, door: DoorId, records: &Records, at: Wall) {
        let lasts = |id: &GrantId| records.grants.get(id).is_some_and(|grant| at < grant.validity.to);
        self.broad.retain(lasts);
        let Some(row) = self.doors.get_mut(&door) else { return };
        row.grants.retain(lasts);
        for profile in &row.profiles {
            if let Some(members) = self.members.get_mut(profile) {
                members.retain(lasts);
            }
        }
    }

    /// Everybody who has a right to a door at some time, as far as grants say.
    pub(super) fn persons_at(&self, door: DoorId, records: &Records) -> BTreeSet<PersonId> {
        let Some(row) = self.doors.get(&door) else { return BTreeSet::new() };
        let members = row.profiles.iter().filter_map(|profile| self.members.get(profile)).flatten();
        let names_door = |id: &&GrantId| match records.grants.get(id).map(|grant| &grant.right) {
            Some(GrantRight::Doors { doors, .. }) => doors.binary_search(&door).is_ok(),
            Some(GrantRight::Member(_)) | None => false,
        };
        let broad = self.broad.iter().filter(names_door);
        let grants = row.grants.iter().chain(members).chain(broad);
        grants.filter_map(|id| records.grants.get(id)).map(|grant| grant.person).collect()
    }
}

fn put(set: &mut BTreeSet<GrantId>, grant: GrantId, belongs: bool) {
    if belongs {
        set.insert(grant);
    } else {
        set.remove(&grant);
    }
}
