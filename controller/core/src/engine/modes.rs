//! The modes of doors while the daemon runs: which mode is in force at each door, and what follows when that changes. How
//! orders move a mode is `mode.rs`; what a mode means for somebody with a card is `decide/lockdown.rs`. Here, by file:
//! `orders.rs` takes what operators say, `inputs.rs` fire panels and lockdown buttons, `openings.rs` schedules, and
//! `holding.rs` keeps locks unlocked.
//!
//! A mode is settled by an entry, and the entry's change of the records moves the mode in force at once; locks and readers
//! are told when the input is through ([`Engine::carry_modes_out`]). Fire alone is also kept in memory, so that it releases
//! even when nothing can be recorded.

mod holding;
mod inputs;
mod openings;
mod orders;

use std::collections::{BTreeMap, BTreeSet};

use super::Engine;
use crate::door::Passage;
use crate::id::{AreaId, DeviceId, DoorId};
use crate::mode::{AreaHold, DoorMode};
use crate::people::ThreatLevel;
use crate::records::FireState;
use crate::site::{Door, DoorKind, Egress};
use crate::time::Now;
pub(super) use holding::HOLD_FOR;
use holding::Held;
use openings::Openings;

/// What the modes of doors need besides the records.
#[derive(Debug, Clone, Default)]
pub(super) struct Modes {
    /// Doors whose mode in force changed and whose lock was not told yet, with the mode before.
    moved: BTreeMap<DoorId, DoorMode>,
    /// Locks that are held unlocked, or were until now.
    held: BTreeMap<DoorId, Held>,
    /// Devices whose fire input is active.
    fire: BTreeSet<DeviceId>,
    /// The device whose fire input changed last.
    last_fire: Option<DeviceId>,
    /// Lockdown buttons that are pressed.
    pressed: BTreeSet<(DeviceId, AreaId)>,
    openings: Openings,
}

impl Modes {
    /// A schedule or calendar changed: doors that open by one are looked at again.
    pub(super) fn schedules_changed(&mut self) {
        self.openings.forget();
    }
}

impl Engine {
    /// The mode in force at a door.
    pub(super) fn standing_of(&self, door: DoorId) -> DoorMode {
        self.standing.get(door.get() as usize).copied().unwrap_or(DoorMode::Unknown)
    }

    /// The mode as the lock was told, which is what sensors are judged by: a lock that is not held although its mode wants it
    /// is a locked one, and one that was told to lock a moment ago may still be opened by right.
    pub(super) fn mode_at_lock(&self, door: DoorId) -> DoorMode {
        let standing = self.standing_of(door);
        match self.modes.held.get(&door) {
            Some(Held::Fresh | Held::Renewed) => standing,
            Some(Held::Ending) => DoorMode::Unlocked,
            Some(Held::Waiting | Held::Lent) | None if standing.is_unlocked() => DoorMode::Locked,
            Some(Held::Waiting | Held::Lent) | None => standing,
        }
    }

    /// Derives every door's mode in force anew.
    pub(super) fn recompute_modes(&mut self) {
        let size = self.site.doors().map(|door| door.id.get() as usize + 1).max().unwrap_or(0);
        self.standing.resize(size, DoorMode::Locked);
        for door in self.door_ids() {
            self.recompute_mode(door);
        }
    }

    /// Derives one door's mode in force anew.
    pub(super) fn recompute_mode(&mut self, door: DoorId) {
        let Some(mode) = self.site.door(door).map(|site_door| self.mode_in_force(site_door)) else { return };
        let Some(standing) = self.standing.get_mut(door.get() as usize) else { return };
        let before = core::mem::replace(standing, mode);
        if before != mode {
            self.modes.moved.entry(door).or_insert(before);
        }
    }

    pub(super) fn mode_in_force(&self, door: &Door) -> DoorMode {
        if self.is_released_by_fire(door) {
            return DoorMode::LockedOpen;
        }
        if self.damaged_doors.contains(&door.id) {
            return DoorMode::Unknown;
        }
        let record = self.records.modes.get(&door.id).copied().unwrap_or_default();
        let limit = self.site.area(door.area).map_or(ThreatLevel::Severe, |area| area.policy.threat_limit);
        match record.standing(Egress::No, FireState::Quiet, self.area_hold(door)) {
            // A threat that closes the area to people without clearance does not leave its door open to everybody.
            DoorMode::Unlocked if self.records.standing.threat > limit => DoorMode::Locked,
            mode => mode,
        }
    }

    /// Whether the fire input holds this door open: every way out, and never a rack, whatever its site file says.
    fn is_released_by_fire(&self, door: &Door) -> bool {
        !self.modes.fire.is_empty() && door.egress == Egress::Yes && door.kind != DoorKind::RackDoor
    }

    /// A lockdown closes every door on the area's border and inside it.
    fn area_hold(&self, door: &Door) -> AreaHold {
        let sides = [Some(door.area), door.from];
        let is_down = |side: AreaId| self.site.around(side).any(|area| self.records.lockdowns.contains(&area.id));
        let any = !self.records.lockdowns.is_empty() && sides.into_iter().flatten().any(is_down);
        if any { AreaHold::LockedDown } else { AreaHold::Free }
    }

    /// Tells locks and readers what changed since the last call.
    pub(super) fn carry_modes_out(&mut self, now: Now) {
        if self.modes.openings.is_stale() {
            self.review_openings(now);
        }
        for (door, before) in core::mem::take(&mut self.modes.moved) {
            let after = self.standing_of(door);
            if before != after {
                self.mode_moved(now, door, before, after);
            }
        }
    }

    fn mode_moved(&mut self, now: Now, door: DoorId, before: DoorMode, after: DoorMode) {
        match (before.is_unlocked(), after.is_unlocked(), self.door_record(door).passage) {
            (_, true, _) => self.hold(now, door),
            (true, false, _) => self.end_hold(now, door),
            // A release that nobody used yet is taken back from those whom the mode now keeps out.
            (false, false, Passage::Released { cause, .. }) if after.takes_back(cause) => self.send_relock(door),
            (
                false,
                false,
                Passage::Idle
                | Passage::Released { .. }
                | Passage::Open { .. }
                | Passage::Suspect { .. }
                | Passage::Forced { .. },
            ) => {}
        }
        self.review_conditions(now, door);
    }
}
