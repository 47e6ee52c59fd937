//! What is shown at readers and handles, and when: lasting states where they change, results as they come, refusals after a
//! constant time. What each looks like is `feedback.rs`'s, how much a refusal says `feedback/policy.rs`'s.
//!
//! Vocabulary: somebody *presents* a card, or a PIN that was asked for; the answer to that is a *result*.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use super::{Engine, TimerKey};
use crate::alarm::{AlarmKind, AlarmSource};
use crate::decide::Refusal;
use crate::engine::output::{Feedback, Output, PointState};
use crate::engine::query::JournalHealth;
use crate::entry::Denial;
use crate::feedback::policy::{self, Disclosure, ForcedLook, LightOwner, Refused};
use crate::feedback::{DenialNotice, DenialWords, Label, PermittedFrom, reference};
use crate::id::{DeviceId, DoorId, PointId};
use crate::mode::DoorMode;
use crate::site::{DoorKind, Role};
use crate::time::{Monotonic, Now};

/// From presenting something to a refusal that looks like every other (`feedback.md`, rule 6): whoever tries cards learns
/// nothing from the wait about which of them the site knows.
const REFUSAL_AFTER: Duration = Duration::from_millis(250);

/// T14 is told again as long as it holds; its light lasts as long.
const NOT_LATCHED_AGAIN: Duration = Duration::from_secs(10);

/// What is on its way to readers. One of each for a device at most.
#[derive(Debug, Clone, Default)]
pub(super) struct Notices {
    /// When something was last presented.
    pub(super) presented: BTreeMap<DeviceId, Monotonic>,
    /// Refusals that wait for their time.
    refusals: BTreeMap<DeviceId, Feedback>,
    /// Devices at which a pattern is tried.
    pub(super) trials: BTreeSet<DeviceId>,
}

impl Engine {
    /// Shows something at one device, unless its lights are not ours. What is tried there is over.
    pub(super) fn show_at(&mut self, device: DeviceId, feedback: Feedback) {
        self.end_trial(device);
        match self.site.shown_at(device).lights {
            LightOwner::Controller => self.outputs.push_back(Output::Feedback { device, feedback }),
            LightOwner::Native(_) | LightOwner::Dark => {}
        }
    }

    /// Answers whoever presented something with anything but a refusal; one that still waits was somebody else's.
    pub(super) fn answer_at(&mut self, device: DeviceId, feedback: Feedback) {
        self.forget_refusal(device);
        self.show_at(device, feedback);
    }

    /// Shows something at every reader of a door.
    pub(super) fn show(&mut self, door: DoorId, feedback: Feedback) {
        for device in self.readers(door) {
            self.show_at(device, feedback);
        }
    }

    /// T2 for a door that is released for so long.
    pub(super) fn granted(&self, door: DoorId, release_time: Duration) -> Feedback {
        let rack = self.site.door(door).filter(|door| door.kind == DoorKind::RackDoor);
        Feedback::Granted { release_time, place: rack.and_then(|rack| Label::of_rack(&rack.path)) }
    }

    /// T10 at every reader of a door: what was granted did not happen.
    pub(super) fn show_fault(&mut self, door: DoorId) {
        let (reason, call) = (Denial::NoDecision, self.site.feedback().call);
        for device in self.readers(door) {
            let words = match self.site.shown_at(device).disclosure {
                Disclosure::Minimal | Disclosure::Class => DenialWords::None,
                Disclosure::Code | Disclosure::Full => DenialWords::Code(reason, reference(self.records.head)),
            };
            self.show_at(device, Feedback::Denied(DenialNotice::Fault(words, call)));
        }
    }

    /// Somebody presents something: whoever was refused there before has gone.
    pub(super) fn present(&mut self, now: Now, device: DeviceId) {
        self.notices.presented.insert(device, now.monotonic);
        self.end_trial(device);
        self.forget_refusal(device);
    }

    /// Nobody is left to be shown a refusal.
    pub(super) fn forget_refusal(&mut self, device: DeviceId) {
        self.notices.refusals.remove(&device);
        self.timers.cancel(TimerKey::Refusal(device));
    }

    /// Shows a refusal that was just recorded: at once where it says that a time or place is wrong, after the constant time
    /// where it says no.
    pub(super) fn show_refusal(&mut self, now: Now, device: DeviceId, point: PointId, refusal: &Refusal) {
        let feedback = self.refusal(now, device, point, refusal);
        match feedback {
            Feedback::Denied(DenialNotice::NoAccess(_)) | Feedback::LockedOut { .. } => {
                let presented = self.notices.presented.get(&device).copied().unwrap_or(now.monotonic);
                self.notices.refusals.insert(device, feedback);
                self.timers.set(TimerKey::Refusal(device), presented.after(REFUSAL_AFTER));
            }
            feedback => self.show_at(device, feedback),
        }
    }

    fn refusal(&self, now: Now, device: DeviceId, point: PointId, refusal: &Refusal) -> Feedback {
        let disclosure = self.site.shown_at(device).disclosure;
        if let (Denial::CredentialLockedOut, Some(credential)) = (refusal.reason, refusal.credential)
            && let Some(until) = self.records.lockouts.get(&credential)
            && disclosure != Disclosure::Minimal
        {
            return Feedback::LockedOut { left: until.since(now.wall) };
        }
        let from = if disclosure == Disclosure::Full { self.permitted_from(now, point, refusal) } else { None };
        let refused = Refused { reason: refusal.reason, reference: reference(self.records.head), from };
        Feedback::Denied(policy::notice(disclosure, &refused, self.site.feedback().call))
    }

    fn permitted_from(&self, now: Now, point: PointId, refusal: &Refusal) -> Option<PermittedFrom> {
        let (Denial::NotPermittedAtThisTime, Some(person)) = (refusal.reason, refusal.person) else { return None };
        let door = self.site.point(point)?.door;
        let from = self.next_permitted(person, door, now.wall)?;
        let local = self.site.local_time();
        Some(PermittedFrom { asked: local.local_second(now.wall), from: local.local_second(from) })
    }

    /// The last of too many tries is answered by T11 instead of T6, at the same time.
    pub(super) fn show_lock_out(&mut self, device: DeviceId, left: Duration) {
        let says_so = self.site.shown_at(device).disclosure != Disclosure::Minimal;
        if let Some(waiting) = self.notices.refusals.get_mut(&device).filter(|_| says_so) {
            *waiting = Feedback::LockedOut { left };
        }
    }

    /// The time of a refusal has come.
    pub(super) fn refusal_due(&mut self, device: DeviceId) {
        if let Some(feedback) = self.notices.refusals.remove(&device) {
            self.show_at(device, feedback);
        }
    }

    /// Shows that a door is not fully closed, and goes on showing it.
    pub(super) fn show_not_latched(&mut self, now: Now, door: DoorId) {
        self.show(door, Feedback::NotLatched);
        self.timers.set(TimerKey::NotLatchedAgain(door), now.monotonic.after(NOT_LATCHED_AGAIN));
    }

    /// It is time to show it again, if it still is so.
    pub(super) fn not_latched_again(&mut self, now: Now, door: DoorId) {
        if self.is_active(AlarmKind::NotLatched, AlarmSource::Door(door)) {
            self.show_not_latched(now, door);
        }
    }

    /// The door is closed, or at least no longer half closed: nobody need be told to push it.
    pub(super) fn end_not_latched(&mut self, door: DoorId) {
        if self.timers.is_set(TimerKey::NotLatchedAgain(door)) {
            self.timers.cancel(TimerKey::NotLatchedAgain(door));
            self.show(door, Feedback::Cancel);
        }
    }

    /// Shows the door's lasting state where it changed.
    pub(super) fn show_state(&mut self, door: DoorId) {
        let state = self.point_state(door);
        if self.shown.insert(door, state) != Some(state) {
            self.show(door, Feedback::State(state));
        }
    }

    /// Shows the lasting state at one reader that just came back, first of all (`feedback.md`, rule 3).
    pub(super) fn show_state_at(&mut self, device: DeviceId) {
        let has_face = match self.site.device(device).map(|device| &device.role) {
            Some(Role::Reader { .. } | Role::Handle { .. }) => true,
            Some(Role::Lock { .. } | Role::Inputs { .. }) | None => false,
        };
        // Whatever was tried there went with the connection.
        self.forget_trial(device);
        if let Some(door) = self.door_at(device).filter(|_| has_face) {
            self.show_at(device, Feedback::State(self.point_state(door)));
        }
    }

    /// The door that a device stands at.
    pub(super) fn door_at(&self, device: DeviceId) -> Option<DoorId> {
        match &self.site.device(device)?.role {
            Role::Reader { point } => self.site.point(*point).map(|point| point.door),
            Role::Handle { door, .. } | Role::Lock { door } => Some(*door),
            Role::Inputs { .. } => None,
        }
    }

    fn point_state(&self, door: DoorId) -> PointState {
        let active = |kind| self.is_active(kind, AlarmSource::Door(door));
        if self.journal_health() == JournalHealth::Unwritable {
            PointState::OutOfService
        } else if self.shows_force(door) {
            PointState::Forced
        } else if active(AlarmKind::HeldOpen) {
            self.site.feedback().too_long.state()
        } else if active(AlarmKind::HeldPreAlarm) {
            PointState::PreAlarm
        } else {
            self.mode_state(door)
        }
    }

    fn mode_state(&self, door: DoorId) -> PointState {
        match self.standing_of(door) {
            DoorMode::Unlocked | DoorMode::LockedOpen if self.is_held(door) => PointState::Unlocked,
            // Not held although its mode wants it: whoever reads "open" there would pull at a locked door.
            DoorMode::Unlocked | DoorMode::LockedOpen | DoorMode::Locked | DoorMode::Accessed => {
                self.site.feedback().ready.state()
            }
            DoorMode::Blocked => PointState::Blocked,
            DoorMode::LockedDown => PointState::LockedDown,
            DoorMode::DoubleLocked => PointState::DoubleLocked,
            DoorMode::Unknown => PointState::OutOfService,
        }
    }

    /// Whether the door was forced or something at it tampered with, at a site that shows it (S8).
    fn shows_force(&self, door: DoorId) -> bool {
        let forced = || {
            let kinds = [AlarmKind::DoorForced, AlarmKind::HandleForced];
            kinds.into_iter().any(|kind| self.is_active(kind, AlarmSource::Door(door)))
        };
        let lock = self.site.door(door).map(|door| door.lock);
        let tampered = || {
            let devices = self.readers(door).into_iter().chain(lock);
            devices.into_iter().any(|device| self.is_active(AlarmKind::Tamper, AlarmSource::Device(device)))
        };
        match self.site.feedback().forced {
            ForcedLook::Silent => false,
            ForcedLook::Red => forced() || tampered(),
        }
    }

    fn readers(&self, door: DoorId) -> Vec<DeviceId> {
        self.readers.get(&door).cloned().unwrap_or_default()
    }
}
