//! Many doors that operators unlock or open within a short time (`alarms.md` 25): a mistake with a list, or somebody who has
//! taken over a session. What schedules, first persons and the fire input unlock is none of it.

use core::time::Duration;
use std::collections::VecDeque;

use crate::alarm::{AlarmKind, AlarmSource};
use crate::engine::Engine;
use crate::entry::{Entry, ModeCause};
use crate::id::DoorId;
use crate::mode::AreaHold;
use crate::records::FireState;
use crate::site::Egress;
use crate::time::{Monotonic, Now};

/// So many different doors are many: whoever lets a visitor in opens two or three.
const MANY_DOORS: usize = 5;

/// Within this time.
const WITHIN: Duration = Duration::from_secs(5 * 60);

/// Which doors operators unlocked or opened of late, and when; at most [`MANY_DOORS`].
#[derive(Debug, Clone, Default)]
pub(in crate::engine) struct Unlocks(VecDeque<(DoorId, Monotonic)>);

/// The door that an operator unlocks or opens by what an entry says, if one does.
pub(in crate::engine) fn unlocked_by_order(entry: &Entry) -> Option<DoorId> {
    if let Entry::OperatorReleased { door, .. } = entry {
        return Some(*door);
    }
    let Entry::DoorModeChanged { door, mode, cause: ModeCause::Operator { .. } } = entry else { return None };
    let standing = mode.standing(Egress::No, FireState::Quiet, AreaHold::Free);
    standing.is_unlocked().then_some(*door)
}

impl Engine {
    /// An operator unlocked or opened a door.
    pub(in crate::engine) fn door_unlocked_by_order(&mut self, now: Now, door: DoorId) {
        let latest = &mut self.unlocks.0;
        latest.retain(|(other, at)| *other != door && now.monotonic.since(*at) <= WITHIN);
        latest.push_back((door, now.monotonic));
        if latest.len() == MANY_DOORS {
            // As many again are another alarm; each further one by itself is not.
            latest.clear();
            self.flash_alarm(now, AlarmKind::MassUnlock, AlarmSource::Site);
        }
    }
}
