//! The mode of a door: what is intended, not where the leaf is (ONVIF DoorMode, Door Control Service §5). An order moves the
//! mode or is refused by it; fire, lockdowns of areas and somebody passing are laid over what was ordered. Who may order is
//! `permission.rs`; what a mode means for somebody with a card is `decide/lockdown.rs`; the lock is told in
//! `engine/modes.rs`.
//!
//! ```text
//!  base:   Locked ⇄ Unlocked ⇄ Blocked ⇄ DoubleLocked      any order but lockdown and lock-open moves between them
//!  hold:   None ──lock down──▶ LockedDown ──lockdown release──▶ None
//!               ──lock open──▶ LockedOpen ──lock-open release──▶ None
//!          while held, only its own release is taken
//!  over all: fire (egress doors, never racks) ▶ area lockdown ▶ hold ▶ base; Accessed while somebody passes a locked door
//! ```
//! A schedule moves the base between Locked and Unlocked alone, also under a hold, so that a door whose hold is released
//! stands as its schedule says ([`opening`]).

pub mod opening;

use crate::door::{Cause, Passage};
use crate::records::FireState;
use crate::site::Egress;
use crate::time::Wall;

/// The mode of a door as everybody outside sees it (ONVIF DoorMode).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DoorMode {
    /// Nothing can be said: the record of it was damaged.
    Unknown,
    /// Locked; momentary access works.
    Locked,
    /// Unlocked for everybody.
    Unlocked,
    /// Released for a moment; returns to the mode before.
    Accessed,
    /// Locked and momentary access refused; other orders are taken.
    Blocked,
    /// Locked; only its release is taken.
    LockedDown,
    /// Unlocked; only its release is taken.
    LockedOpen,
    /// Locked with everything there is; momentary access refused until another order.
    DoubleLocked,
}

/// What was ordered for a door; durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ModeRecord {
    /// What it is in when nothing holds it.
    pub base: BaseMode,
    /// What holds it.
    pub hold: Hold,
    /// Who settled the base and when: a schedule takes over from an order at its next start or end.
    pub set_by: SetBy,
}

/// Who settled the base of a door's mode, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SetBy {
    /// Nobody ever.
    #[default]
    Nobody,
    /// An operator's order.
    Order(Wall),
    /// The door's schedule.
    Schedule(Wall),
}

/// The modes among which orders move freely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BaseMode {
    /// Locked.
    #[default]
    Locked,
    /// Unlocked.
    Unlocked,
    /// Blocked.
    Blocked,
    /// Double locked.
    DoubleLocked,
}

/// What holds a door in a mode until its own release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Hold {
    /// Nothing.
    #[default]
    None,
    /// Locked down.
    LockedDown,
    /// Locked open.
    LockedOpen,
}

/// An order to a door (ONVIF Door Control commands; AccessDoor is a release, not a mode).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModeOrder {
    /// LockDoor; also ends Blocked and DoubleLocked.
    Lock,
    /// UnlockDoor.
    Unlock,
    /// BlockDoor.
    Block,
    /// LockDownDoor.
    LockDown,
    /// LockDownReleaseDoor.
    LockDownRelease,
    /// LockOpenDoor.
    LockOpen,
    /// LockOpenReleaseDoor.
    LockOpenRelease,
    /// DoubleLockDoor.
    DoubleLock,
}

/// Why an order was not taken; the mode is as before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ModeRefusal {
    /// Held in lockdown.
    #[error("the door is locked down and takes nothing but its lockdown release")]
    LockedDown,
    /// Held open.
    #[error("the door is locked open and takes nothing but its lock-open release")]
    LockedOpen,
    /// There is nothing to release.
    #[error("the door is not locked down")]
    NotLockedDown,
    /// There is nothing to release.
    #[error("the door is not locked open")]
    NotLockedOpen,
}

impl ModeRecord {
    /// After an order given at `at`.
    ///
    /// # Errors
    /// The mode it is held in takes another order only.
    pub fn after(self, order: ModeOrder, at: Wall) -> Result<Self, ModeRefusal> {
        let base = |base| Ok(Self { base, hold: Hold::None, set_by: SetBy::Order(at) });
        let hold = |hold| Ok(Self { hold, ..self });
        match (self.hold, order) {
            (Hold::LockedDown, ModeOrder::LockDownRelease) | (Hold::LockedOpen, ModeOrder::LockOpenRelease) => {
                hold(Hold::None)
            }
            (Hold::LockedDown, _) => Err(ModeRefusal::LockedDown),
            (Hold::LockedOpen, _) => Err(ModeRefusal::LockedOpen),
            (Hold::None, ModeOrder::Lock) => base(BaseMode::Locked),
            (Hold::None, ModeOrder::Unlock) => base(BaseMode::Unlocked),
            (Hold::None, ModeOrder::Block) => base(BaseMode::Blocked),
            (Hold::None, ModeOrder::DoubleLock) => base(BaseMode::DoubleLocked),
            (Hold::None, ModeOrder::LockDown) => hold(Hold::LockedDown),
            (Hold::None, ModeOrder::LockOpen) => hold(Hold::LockedOpen),
            (Hold::None, ModeOrder::LockDownRelease) => Err(ModeRefusal::NotLockedDown),
            (Hold::None, ModeOrder::LockOpenRelease) => Err(ModeRefusal::NotLockedOpen),
        }
    }

    /// After the door's schedule, or the first person under it, moved the base at `at`. What holds the door goes on.
    #[must_use]
    pub const fn by_schedule(self, base: BaseMode, at: Wall) -> Self {
        Self { base, set_by: SetBy::Schedule(at), ..self }
    }

    /// The mode that is in force: what was ordered, under what is laid over it.
    pub const fn standing(self, egress: Egress, fire: FireState, area: AreaHold) -> DoorMode {
        match (fire, egress, area, self.hold, self.base) {
            (FireState::Released, Egress::Yes, _, _, _) => DoorMode::LockedOpen,
            (_, _, AreaHold::LockedDown, _, _) | (_, _, _, Hold::LockedDown, _) => DoorMode::LockedDown,
            (_, _, _, Hold::LockedOpen, _) => DoorMode::LockedOpen,
            (_, _, _, Hold::None, BaseMode::Locked) => DoorMode::Locked,
            (_, _, _, Hold::None, BaseMode::Unlocked) => DoorMode::Unlocked,
            (_, _, _, Hold::None, BaseMode::Blocked) => DoorMode::Blocked,
            (_, _, _, Hold::None, BaseMode::DoubleLocked) => DoorMode::DoubleLocked,
        }
    }
}

/// Whether an area that a door leads into is locked down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AreaHold {
    /// No.
    Free,
    /// It, or one around it, is.
    LockedDown,
}

impl DoorMode {
    /// As it is shown while somebody passes: a locked door that was released is Accessed.
    pub const fn with(self, passage: Passage) -> Self {
        match (self, passage) {
            (Self::Locked | Self::Blocked | Self::DoubleLocked | Self::LockedDown, Passage::Released { .. })
            | (Self::Locked | Self::Blocked | Self::DoubleLocked | Self::LockedDown, Passage::Open { .. }) => {
                Self::Accessed
            }
            (
                Self::Unknown
                | Self::Locked
                | Self::Unlocked
                | Self::Accessed
                | Self::Blocked
                | Self::LockedDown
                | Self::LockedOpen
                | Self::DoubleLocked,
                _,
            ) => self,
        }
    }

    /// Whether the lock is held unlocked.
    pub const fn is_unlocked(self) -> bool {
        match self {
            Self::Unlocked | Self::LockedOpen => true,
            Self::Unknown | Self::Locked | Self::Accessed | Self::Blocked | Self::LockedDown | Self::DoubleLocked => {
                false
            }
        }
    }

    /// Whether momentary access is refused to everybody.
    pub const fn is_closed_to_all(self) -> bool {
        match self {
            Self::Unknown | Self::Blocked | Self::LockedDown | Self::DoubleLocked => true,
            Self::Locked | Self::Unlocked | Self::Accessed | Self::LockedOpen => false,
        }
    }

    /// Whether a release that runs when the mode begins is taken back: one by a person or operator where nobody is let
    /// through any more. A way out stays one.
    pub const fn takes_back(self, cause: Cause) -> bool {
        match cause {
            Cause::Person(_) | Cause::Operator => self.is_closed_to_all(),
            Cause::Exit | Cause::Key | Cause::Mode => false,
        }
    }

    /// The word in the API and on screens.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Locked => "locked",
            Self::Unlocked => "unlocked",
            Self::Accessed => "accessed",
            Self::Blocked => "blocked",
            Self::LockedDown => "locked_down",
            Self::LockedOpen => "locked_open",
            Self::DoubleLocked => "double_locked",
        }
    }
}

impl ModeOrder {
    /// Every order.
    pub const ALL: [Self; 8] = [
        Self::Lock,
        Self::Unlock,
        Self::Block,
        Self::LockDown,
        Self::LockDownRelease,
        Self::LockOpen,
        Self::LockOpenRelease,
        Self::DoubleLock,
    ];

    /// The verb of the command line and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Lock => "lock",
            Self::Unlock => "unlock",
            Self::Block => "block",
            Self::LockDown => "lockdown",
            Self::LockDownRelease => "lockdown-release",
            Self::LockOpen => "lock-open",
            Self::LockOpenRelease => "lock-open-release",
            Self::DoubleLock => "double-lock",
        }
    }
}

impl ModeRefusal {
    /// The order that would be taken instead; `None` when there is nothing to release.
    pub const fn way_out(self) -> Option<ModeOrder> {
        match self {
            Self::LockedDown => Some(ModeOrder::LockDownRelease),
            Self::LockedOpen => Some(ModeOrder::LockOpenRelease),
            Self::NotLockedDown | Self::NotLockedOpen => None,
        }
    }
}

#[cfg(test)]
mod tests;
