//! What a device is for, and how the answers of its sensors become facts.
//!
//! Decides what an answer means: "closed" asked of a sensor that is at fault is a fault, never a no. Which input a sensor
//! is on is `wiring.rs`'s, for devices on a bus; MQTT messages name their sensors. What follows from the facts is the core's
//! to say.

use rackward_core::facts::{Contact, HandlePosition, Key, Latch, Lock};
use rackward_core::site::Role;

use super::wiring::Part;

/// What a device is for, as far as its driver must know.
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
    /// What a wiring for it must be made for.
    pub(crate) fn part(self) -> Part {
        match self {
            Self::Reader => Part::Reader,
            Self::Lock => Part::Lock,
            Self::Handle => Part::Handle,
            Self::Inputs { .. } => Part::Inputs,
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

/// "Does the latch hold the leaf?"
pub(super) fn latch(latched: Condition) -> Latch {
    match latched {
        Condition::Unknown => Latch::Unknown,
        Condition::Fails => Latch::Unlatched,
        Condition::Holds => Latch::Latched,
        Condition::Fault => Latch::Fault,
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
    /// Takes what the button says now; true when it was pressed since it last said something.
    pub(super) fn is_pressed(&mut self, now: Condition) -> bool {
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
    fn a_sensor_at_fault_is_never_a_no() {
        let check = |condition, expect| {
            let found = (contact(condition), lock(condition), handle(condition), key(condition), latch(condition));
            assert_eq!(found, expect);
        };
        let unknown = (Contact::Unknown, Lock::Unknown, HandlePosition::Unknown, Key::Unknown, Latch::Unknown);
        check(Condition::Unknown, unknown);
        check(Condition::Holds, (Contact::Closed, Lock::Locked, HandlePosition::Closed, Key::Turned, Latch::Latched));
        check(Condition::Fails, (Contact::Open, Lock::Unlocked, HandlePosition::Open, Key::Home, Latch::Unlatched));
        check(Condition::Fault, (Contact::Fault, Lock::Fault, HandlePosition::Fault, Key::Unknown, Latch::Fault));
    }

    #[test]
    fn only_a_press_that_was_seen_to_begin_counts() {
        let mut button = ExitButton::default();
        let mut check = |says: Option<Condition>, expect| match says {
            Some(says) => assert_eq!(button.is_pressed(says), expect, "{says:?}"),
            None => button.forget(),
        };
        check(Some(Condition::Holds), false);
        check(Some(Condition::Fails), false);
        check(Some(Condition::Holds), true);
        check(Some(Condition::Holds), false);
        check(Some(Condition::Fault), false);
        check(Some(Condition::Holds), false);
        check(Some(Condition::Fails), false);
        check(None, false);
        check(Some(Condition::Holds), false);
        check(Some(Condition::Unknown), false);
        check(Some(Condition::Holds), false);
    }
}
