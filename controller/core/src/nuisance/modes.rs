//! The mode of each door as the journal tells it: what is ordered, with fire, lockdowns and threat laid over it. The engine
//! does the same in `engine/modes.rs`; what only it knows, whether a lock is held yet, is close enough to the mode for a
//! rehearsal, which measures itself against the alarms that were recorded.

use std::collections::{BTreeMap, BTreeSet};

use crate::entry::Entry;
use crate::id::{AreaId, DoorId};
use crate::mode::{AreaHold, DoorMode, ModeRecord};
use crate::people::ThreatLevel;
use crate::records::FireState;
use crate::site::{Door, DoorKind, Egress, Site};

/// What orders, fire, lockdowns and threat say so far. A door of which nothing was said is locked.
#[derive(Debug, Clone)]
pub(super) struct Modes {
    ordered: BTreeMap<DoorId, ModeRecord>,
    lockdowns: BTreeSet<AreaId>,
    fire: FireState,
    threat: ThreatLevel,
}

/// Which doors an entry may have moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moved {
    None,
    One(DoorId),
    All,
}

impl Modes {
    pub(super) const fn new() -> Self {
        Self {
            ordered: BTreeMap::new(),
            lockdowns: BTreeSet::new(),
            fire: FireState::Quiet,
            threat: ThreatLevel::Normal,
        }
    }

    pub(super) fn take(&mut self, entry: &Entry) -> Moved {
        match entry {
            Entry::DoorModeChanged { door, mode, .. } => {
                self.ordered.insert(*door, *mode);
                return Moved::One(*door);
            }
            Entry::AreaLockedDown { area, .. } => {
                self.lockdowns.insert(*area);
            }
            Entry::AreaReleased { area, .. } => {
                self.lockdowns.remove(area);
            }
            Entry::FireChanged { state, .. } => self.fire = *state,
            Entry::ThreatLevelChanged { level, .. } => self.threat = *level,
            _ => return Moved::None,
        }
        Moved::All
    }

    /// The mode in force at a door.
    pub(super) fn of(&self, site: &Site, door: &Door) -> DoorMode {
        let is_rack = door.kind == DoorKind::RackDoor;
        let egress = if is_rack { Egress::No } else { door.egress };
        let record = self.ordered.get(&door.id).copied().unwrap_or_default();
        let limit = site.area(door.area).map_or(ThreatLevel::Severe, |area| area.policy.threat_limit);
        match record.standing(egress, self.fire, self.area_hold(site, door)) {
            DoorMode::Unlocked if self.threat > limit => DoorMode::Locked,
            mode => mode,
        }
    }

    fn area_hold(&self, site: &Site, door: &Door) -> AreaHold {
        let mut sides = [Some(door.area), door.from].into_iter().flatten();
        let is_down = |side: AreaId| site.around(side).any(|area| self.lockdowns.contains(&area.id));
        let any = !self.lockdowns.is_empty() && sides.any(is_down);
        if any { AreaHold::LockedDown } else { AreaHold::Free }
    }
}
