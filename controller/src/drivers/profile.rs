//! The device profile: what each numbered input of a device stands for.
//!
//! Decides how raw input bytes become facts. OSDP has no locks, only numbered inputs and outputs, so the numbering is ours:
//!
//! | device | output 0 | input 0 | input 1 | input 2 | input 3 |
//! |---|---|---|---|---|---|
//! | lock | strike | door closed | bolt locked | exit button | - |
//! | handle | motor | door closed | slide locked | handle home | key turned |
//! | inputs | - | input 0 active | input 1 active | ... | ... |
//!
//! A byte of 1 says that the condition holds, 0 that it does not; anything else is a supervision fault of the maker's own
//! numbering, and an input the device does not have is unknown. What follows from the facts is the core's to say.

use rackward_core::facts::{Contact, Facts, HandlePosition, Key, Lock};
use rackward_core::site::Role;
use rackward_protocol::osdp::DeviceRole;

/// The output that drives the lock or the handle's motor.
pub(super) const LOCK_OUTPUT: u8 = 0;

/// What a device is wired to, as far as its driver must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Card reader with lights and sound.
    Reader,
    /// Lock of a plain door, with its contacts and exit button.
    Lock,
    /// Swinghandle with its own reader.
    Handle,
    /// Inputs of zones, fire panels and lockdown buttons.
    Inputs {
        /// How many of the inputs are wired.
        zones: usize,
    },
}

impl From<&Role> for Profile {
    fn from(role: &Role) -> Self {
        match role {
            Role::Reader { .. } => Self::Reader,
            Role::Lock { .. } => Self::Lock,
            Role::Handle { .. } => Self::Handle,
            Role::Inputs { uses } => Self::Inputs { zones: uses.len() },
        }
    }
}

impl Profile {
    /// How the bus treats the device. Zone inputs are polled like locks: a fence must be noticed as quickly as a door.
    pub(super) fn bus_role(self) -> DeviceRole {
        match self {
            Self::Reader => DeviceRole::Reader,
            Self::Lock | Self::Inputs { .. } => DeviceRole::Lock,
            Self::Handle => DeviceRole::Handle,
        }
    }

    /// Whether there is somebody in front of it to show something to.
    pub(super) fn has_face(self) -> bool {
        match self {
            Self::Reader | Self::Handle => true,
            Self::Lock | Self::Inputs { .. } => false,
        }
    }

    /// Whether it drives a lock.
    pub(super) fn has_lock(self) -> bool {
        match self {
            Self::Lock | Self::Handle => true,
            Self::Reader | Self::Inputs { .. } => false,
        }
    }

    /// The door's facts in the device's inputs; `None` when it watches no door.
    pub(super) fn facts(self, inputs: &[u8]) -> Option<Facts> {
        let (handle, key) = match self {
            Self::Reader | Self::Inputs { .. } => return None,
            Self::Lock => (None, None),
            Self::Handle => (Some(handle(condition(inputs, 2))), Some(key(condition(inputs, 3)))),
        };
        Some(Facts { contact: contact(condition(inputs, 0)), lock: lock(condition(inputs, 1)), handle, key })
    }

    /// Which inputs are active; `None` when it has none. A fault counts as active: a cut fence wire is a breach, and a fire
    /// line that is cut must not keep people in.
    pub(super) fn zones(self, inputs: &[u8]) -> Option<Vec<bool>> {
        match self {
            Self::Inputs { zones } => Some(inputs.iter().take(zones).map(|byte| *byte != 0).collect()),
            Self::Reader | Self::Lock | Self::Handle => None,
        }
    }

    fn exit_button(self, inputs: &[u8]) -> Option<Condition> {
        match self {
            Self::Lock => Some(condition(inputs, 2)),
            Self::Reader | Self::Handle | Self::Inputs { .. } => None,
        }
    }
}

/// What one sensor says to its question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Condition {
    #[default]
    Unknown,
    Fails,
    Holds,
    Fault,
}

fn condition(inputs: &[u8], index: usize) -> Condition {
    match inputs.get(index) {
        None => Condition::Unknown,
        Some(0) => Condition::Fails,
        Some(1) => Condition::Holds,
        Some(_) => Condition::Fault,
    }
}

/// "Is the leaf closed?"
pub(super) fn contact(closed: Condition) -> Contact {
    match closed {
        Condition::Unknown => Contact::Unknown,
        Condition::Fails => Contact::Open,
        Condition::Holds => Contact::Closed,
        Condition::Fault => Contact::Fault,
    }
}

/// "Does the lock hold?"
pub(super) fn lock(locked: Condition) -> Lock {
    match locked {
        Condition::Unknown => Lock::Unknown,
        Condition::Fails => Lock::Unlocked,
        Condition::Holds => Lock::Locked,
        Condition::Fault => Lock::Fault,
    }
}

/// "Is the handle seated?"
pub(super) fn handle(home: Condition) -> HandlePosition {
    match home {
        Condition::Unknown => HandlePosition::Unknown,
        Condition::Fails => HandlePosition::Open,
        Condition::Holds => HandlePosition::Closed,
        Condition::Fault => HandlePosition::Fault,
    }
}

/// "Has the key released the handle?" A faulty sensor knows as little as a silent one.
pub(super) fn key(turned: Condition) -> Key {
    match turned {
        Condition::Unknown | Condition::Fault => Key::Unknown,
        Condition::Fails => Key::Home,
        Condition::Holds => Key::Turned,
    }
}

/// The exit button of one lock. Only a press that was seen to begin counts: a button found pressed when the link comes back
/// may be stuck, and the return of a link must never release a lock.
#[derive(Debug, Default)]
pub(super) struct ExitButton {
    last: Condition,
}

impl ExitButton {
    /// Takes the device's inputs; true when the button was pressed since the last ones.
    pub(super) fn is_pressed(&mut self, profile: Profile, inputs: &[u8]) -> bool {
        let Some(now) = profile.exit_button(inputs) else { return false };
        let before = std::mem::replace(&mut self.last, now);
        (before, now) == (Condition::Fails, Condition::Holds)
    }

    /// The link was lost; what the button did meanwhile is unknown.
    pub(super) fn forget(&mut self) {
        self.last = Condition::Unknown;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_of_a_lock_become_facts() {
        let check = |inputs: &[u8], contact, lock| {
            let expect = Facts { contact, lock, handle: None, key: None };
            assert_eq!(Profile::Lock.facts(inputs), Some(expect), "{inputs:?}");
        };
        check(&[1, 1, 0], Contact::Closed, Lock::Locked);
        check(&[0, 0, 1], Contact::Open, Lock::Unlocked);
        check(&[2, 0x80, 0], Contact::Fault, Lock::Fault);
        check(&[1], Contact::Closed, Lock::Unknown);
        check(&[], Contact::Unknown, Lock::Unknown);
        check(&[1, 1, 0, 7, 7, 7], Contact::Closed, Lock::Locked);
    }

    #[test]
    fn inputs_of_a_handle_become_facts() {
        let check = |inputs: &[u8], handle, key| {
            let facts = Profile::Handle.facts(inputs).unwrap();
            assert_eq!((facts.handle, facts.key), (Some(handle), Some(key)), "{inputs:?}");
        };
        check(&[1, 1, 1, 0], HandlePosition::Closed, Key::Home);
        check(&[1, 0, 0, 1], HandlePosition::Open, Key::Turned);
        check(&[1, 1, 3, 3], HandlePosition::Fault, Key::Unknown);
        check(&[1, 1], HandlePosition::Unknown, Key::Unknown);
    }

    #[test]
    fn other_devices_have_no_facts() {
        assert_eq!(Profile::Reader.facts(&[1, 1, 1, 1]), None);
        assert_eq!(Profile::Inputs { zones: 2 }.facts(&[1, 1]), None);
        assert_eq!(Profile::Handle.zones(&[1, 1]), None);
    }

    #[test]
    fn a_faulty_zone_counts_as_crossed() {
        let check = |inputs: &[u8], expect: &[bool]| {
            assert_eq!(Profile::Inputs { zones: 3 }.zones(inputs).as_deref(), Some(expect), "{inputs:?}");
        };
        check(&[0, 1, 0], &[false, true, false]);
        check(&[0, 9, 0xFF], &[false, true, true]);
        check(&[0, 0, 0, 1], &[false, false, false]);
        check(&[1], &[true]);
    }

    #[test]
    fn only_a_press_that_was_seen_to_begin_counts() {
        let mut button = ExitButton::default();
        let mut check = |byte: Option<u8>, expect| match byte {
            Some(byte) => assert_eq!(button.is_pressed(Profile::Lock, &[1, 1, byte]), expect, "{byte}"),
            None => button.forget(),
        };
        check(Some(1), false);
        check(Some(0), false);
        check(Some(1), true);
        check(Some(1), false);
        check(Some(2), false);
        check(Some(1), false);
        check(Some(0), false);
        check(None, false);
        check(Some(1), false);
    }
}
