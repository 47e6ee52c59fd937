//! What the desk does at once: opening a door. Modes and lockdowns are `engine/modes.rs`, alarms `engine/commands/alarms.rs`.

use std::time::Duration;

use super::{Order, Outcome, conflict, invalid, not_found, problem};
use crate::decide::interlock;
use crate::engine::Engine;
use crate::engine::command::{CommandError, Problem, Reply};
use crate::entry::{Entry, ReasonText};
use crate::id::DoorId;
use crate::mode::{DoorMode, Hold};
use crate::site::Door;
use crate::site::draft::check::doors::RELEASE_SECONDS;

impl Engine {
    pub(super) fn open_door(
        &mut self,
        order: Order,
        door: DoorId,
        lasting: Option<Duration>,
        reason: ReasonText,
    ) -> Outcome {
        let Order { now, by, .. } = order;
        let site_door = self.site.door(door).ok_or_else(|| not_found(door))?;
        invalid(lasting.and_then(|lasting| span_problem(site_door, lasting)).into_iter().collect())?;
        if self.standing_of(door) == DoorMode::LockedDown {
            return Err(CommandError::LockedDown(self.lockdown_refusal(site_door)));
        }
        if let Some(message) = self.mode_refusal(site_door) {
            return Err(conflict(message));
        }
        if let Some(other) = interlock::blocking(site_door, &self.records.doors, |other| self.standing_of(other)) {
            let other = self.site.door(other).map_or_else(|| other.to_string(), |door| door.path.clone());
            return Err(conflict(format!("interlock: {other} is not closed and locked; close it first")));
        }
        if !self.online.get(site_door.lock.get() as usize).copied().unwrap_or(false) {
            return Err(conflict(format!("the lock of {} does not answer", site_door.path)));
        }
        let release_time = lasting.unwrap_or(site_door.timings.release_time);
        let entry = |command| Entry::OperatorReleased { door, by, reason, release_time, command };
        self.operator_release(now, entry, door, release_time);
        Ok(Reply::Done)
    }

    /// Why a door takes no momentary release in its mode, and which order would change that (ONVIF Door Control, DoorMode).
    fn mode_refusal(&self, door: &Door) -> Option<String> {
        let path = &door.path;
        match self.standing_of(door.id) {
            DoorMode::Locked | DoorMode::Accessed => None,
            DoorMode::Unlocked | DoorMode::LockedOpen => Some(format!("{path} stands unlocked already")),
            DoorMode::Blocked => Some(format!("{path} is blocked; lock or unlock it first")),
            DoorMode::DoubleLocked => Some(format!("{path} is double locked; lock or unlock it first")),
            DoorMode::Unknown => Some(format!("the record of {path}'s mode is damaged; give the door a mode first")),
            DoorMode::LockedDown => Some(self.lockdown_refusal(door)),
        }
    }

    fn lockdown_refusal(&self, door: &Door) -> String {
        let areas = self.site.around(door.area).chain(door.from.into_iter().flat_map(|from| self.site.around(from)));
        let held = areas.into_iter().find(|area| self.records.lockdowns.contains(&area.id));
        let own = self.records.modes.get(&door.id).is_some_and(|mode| mode.hold == Hold::LockedDown);
        match held {
            Some(area) if !own => format!("{} is locked down with {}; release that area first", door.path, area.path),
            Some(_) | None => format!("{} is locked down; give its lockdown release first", door.path),
        }
    }
}

/// Whether a door may be released for a span by an operator's word: never for longer than whoever needs longest has it released,
/// because that is as long as its lock was found to be driven for.
fn span_problem(door: &Door, lasting: Duration) -> Option<Problem> {
    let (least, most) = (Duration::from_secs(RELEASE_SECONDS.0), door.timings.extended_release_time);
    (lasting < least || lasting > most).then(|| {
        let message = format!(
            "{} is released for {} to {} s at once; name a time within that, or unlock it with: door unlock",
            door.path,
            least.as_secs(),
            most.as_secs()
        );
        problem("for_s", message)
    })
}
