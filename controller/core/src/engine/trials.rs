//! Patterns that an operator has shown at one reader or handle, to see whether its lamps work and what they look like.
//!
//! Decides when that may be: at a device that has lamps of ours, answers and is believed, and at which nobody is. What else is to
//! be shown there ends a trial at once, whatever it is: nobody is to take a trial for an answer. That a trial ends by itself and
//! is never lasting is the pattern's (`feedback/trial.rs`).

use core::time::Duration;

use super::commands::{Order, Outcome, conflict, not_found};
use super::devices::Presence;
use super::{Engine, TimerKey};
use crate::door::Passage;
use crate::engine::command::Reply;
use crate::engine::output::{Feedback, Output};
use crate::entry::DeviceEntry;
use crate::feedback::PatternId;
use crate::feedback::policy::LightOwner;
use crate::id::{DeviceId, DoorId};
use crate::mode::DoorMode;
use crate::site::Role;
use crate::time::Now;

/// For so long after presenting something whoever did may still stand there and look.
const STILL_THERE: Duration = Duration::from_secs(10);

impl Engine {
    /// An operator wants to see a pattern.
    pub(super) fn try_pattern(&mut self, order: Order, device: DeviceId, pattern: PatternId) -> Outcome {
        let name = self.site.device(device).ok_or_else(|| not_found(device))?.name.clone();
        let unfit = |why: &str| conflict(format!("{name} {why}"));
        let door = self.lit_at(device).map_err(unfit)?;
        self.free_for_trial(order.now, device, door).map_err(unfit)?;
        let row = pattern.row(self.site.feedback()).ok_or_else(|| conflict(format!("{} has no look", pattern.id())))?;
        self.record(order.now, DeviceEntry::PatternTried { device, pattern, by: order.by });
        self.end_trial(device);
        self.notices.trials.insert(device);
        self.timers.set(TimerKey::Trial(device), order.now.monotonic.after(row.trial_time()));
        self.outputs.push_back(Output::Feedback { device, feedback: Feedback::Trial(row) });
        Ok(Reply::Shown(row.trial_time()))
    }

    /// The door of a device that has lamps which are ours to light, or why it has none.
    fn lit_at(&self, device: DeviceId) -> Result<DoorId, &'static str> {
        match self.site.device(device).map(|device| &device.role) {
            Some(Role::Reader { .. } | Role::Handle { .. }) => {}
            Some(Role::Lock { .. } | Role::Inputs { .. }) | None => {
                return Err("has no lamps: patterns are shown at readers and handles");
            }
        }
        match self.site.shown_at(device).lights {
            LightOwner::Controller => {}
            LightOwner::Native(_) => return Err("lights its lamps by its maker's legend; we send it no pattern"),
            LightOwner::Dark => return Err("has no lamps, or they are to stay dark, as the site file says"),
        }
        match self.presence_of(device) {
            Presence::Online => {}
            Presence::Offline | Presence::Unknown => return Err("does not answer, so it would show nothing"),
            Presence::Distrusted => {
                return Err(
                    "is not believed: another device answers in its place; accept it or put the old one back first",
                );
            }
        }
        self.door_at(device).ok_or("stands at no door")
    }

    /// Whether nobody is at a device, as far as can be told, and nothing is shown there that somebody needs.
    fn free_for_trial(&self, now: Now, device: DeviceId, door: DoorId) -> Result<(), &'static str> {
        let presented = self.notices.presented.get(&device).is_some_and(|at| now.monotonic.since(*at) < STILL_THERE);
        let waits = self.awaiting.contains_key(&device) || self.timers.is_set(TimerKey::Refusal(device));
        let point = self.point_of(device);
        if presented || waits || point.is_some_and(|point| self.first_comers.contains_key(&point)) {
            return Err("has somebody in front of it; try again when they have gone");
        }
        match self.door_record(door).passage {
            Passage::Idle => {}
            Passage::Released { .. } | Passage::Open { .. } | Passage::Suspect { .. } | Passage::Forced { .. } => {
                return Err("stands at a door that is released or open; try again when it is closed");
            }
        }
        if self.timers.is_set(TimerKey::NotLatchedAgain(door)) {
            return Err("tells people to close the door; try again when it is closed");
        }
        if self.timers.is_set(TimerKey::Locate(device)) {
            return Err("shows somebody where it is; try again when that is over");
        }
        match self.standing_of(door) {
            DoorMode::LockedDown => Err("stands at a door that is locked down, and says so"),
            DoorMode::Unlocked
            | DoorMode::LockedOpen
            | DoorMode::Locked
            | DoorMode::Accessed
            | DoorMode::Blocked
            | DoorMode::DoubleLocked
            | DoorMode::Unknown => Ok(()),
        }
    }

    /// Something else is to be shown at a device, or somebody has come: a trial there is over.
    pub(super) fn end_trial(&mut self, device: DeviceId) {
        if self.forget_trial(device) {
            self.outputs.push_back(Output::Feedback { device, feedback: Feedback::Cancel });
        }
    }

    /// A trial ended by itself, or with its device; whether there was one.
    pub(super) fn forget_trial(&mut self, device: DeviceId) -> bool {
        self.timers.cancel(TimerKey::Trial(device));
        self.notices.trials.remove(&device)
    }
}
