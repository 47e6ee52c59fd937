//! The state machine of anything that restricts passage. What the lock was told and what the sensors say give the
//! *passage*; passage and facts give the *conditions* that become alarms. Both are derived here and nowhere else; timers run
//! in the engine, and what a rack's handle adds is in `swinghandle.rs`.
//!
//! ```text
//!            released                opened
//!   Idle ───────────────▶ Released ─────────▶ Open ──┐
//!    │ ▲                    │ not taken,       ▲     │ closed
//!    │ │◀───────────────────┘ withheld         │     │
//!    │ │◀──────────────────────────────────────┼─────┘
//!    │ │ closed             released (late)    │
//!    │ └─────── Suspect ───────────────────────┘
//!    │ opened     ▲ │ debounce over
//!    └────────────┘ └────▶ Forced ── closed ──▶ Idle
//! ```
//! Opened with the mechanical key turned, a door goes from Idle to Open: that is the key's alarm, not a forced one. While its
//! mode holds it unlocked, however it was opened is by right: from Suspect and Forced it goes to Open.

use crate::alarm::AlarmKind;
use crate::facts::{Contact, Facts, HandlePosition, Key, Lock};
use crate::id::PersonId;
use crate::mode::DoorMode;
use crate::site::{Door, DoorKind, Timings};
use crate::swinghandle;
use crate::time::Wall;
use core::time::Duration;

/// What is durable about a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DoorRecord {
    /// What its sensors last said.
    pub facts: Facts,
    /// Whether somebody is passing, and by what right.
    pub passage: Passage,
}

/// Whether somebody is passing, and by what right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Passage {
    /// Closed, nobody expected.
    #[default]
    Idle,
    /// The lock was released; nobody has opened yet.
    Released {
        /// Who or what released it.
        cause: Cause,
        /// When the lock closes again.
        until: Wall,
    },
    /// Opened by right.
    Open {
        /// Who or what released it.
        cause: Cause,
        /// Since when.
        since: Wall,
    },
    /// Opened without right a moment ago; may be a bouncing contact or a late exit request.
    Suspect {
        /// Since when.
        since: Wall,
    },
    /// Opened without right.
    Forced {
        /// Since when.
        since: Wall,
    },
}

/// Who or what released a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A person with a grant.
    Person(PersonId),
    /// The exit button.
    Exit,
    /// An operator.
    Operator,
    /// The mechanical key.
    Key,
    /// Its mode, which held it unlocked.
    Mode,
}

impl Cause {
    /// The person, when it was one.
    pub const fn person(self) -> Option<PersonId> {
        match self {
            Self::Person(person) => Some(person),
            Self::Exit | Self::Operator | Self::Key | Self::Mode => None,
        }
    }
}

impl Passage {
    /// After the lock was released. A forced door stays forced: a valid card does not explain how it was opened.
    #[must_use]
    pub const fn after_release(self, cause: Cause, until: Wall, now: Wall) -> Self {
        match self {
            Self::Idle | Self::Released { .. } => Self::Released { cause, until },
            Self::Open { .. } => Self::Open { cause, since: now },
            Self::Suspect { since } => Self::Open { cause, since },
            Self::Forced { since } => Self::Forced { since },
        }
    }

    /// After the release ran out unused or was never sent.
    #[must_use]
    pub const fn after_release_over(self) -> Self {
        match self {
            Self::Released { .. } => Self::Idle,
            Self::Idle | Self::Open { .. } | Self::Suspect { .. } | Self::Forced { .. } => self,
        }
    }

    /// After the sensors said `facts`. Facts that cannot be known change nothing.
    #[must_use]
    pub fn after_facts(self, facts: &Facts, now: Wall) -> Self {
        match (is_opened(facts), self) {
            (None, _) => self,
            (Some(true), Self::Idle) if facts.key == Some(Key::Turned) => Self::Open { cause: Cause::Key, since: now },
            (Some(true), Self::Idle) => Self::Suspect { since: now },
            (Some(true), Self::Released { cause, .. }) => Self::Open { cause, since: now },
            (Some(true), Self::Open { .. } | Self::Suspect { .. } | Self::Forced { .. }) => self,
            (Some(false), Self::Open { .. } | Self::Suspect { .. } | Self::Forced { .. }) => Self::Idle,
            (Some(false), Self::Idle | Self::Released { .. }) => self,
        }
    }

    /// After the forced alarm was raised.
    #[must_use]
    pub const fn after_forced(self) -> Self {
        match self {
            Self::Suspect { since } => Self::Forced { since },
            Self::Idle | Self::Released { .. } | Self::Open { .. } | Self::Forced { .. } => self,
        }
    }

    /// After it was settled that the door stands open because its mode holds, or held, it unlocked: how long it may stay
    /// open counts from `now`.
    #[must_use]
    pub const fn after_unlocked(self, now: Wall) -> Self {
        match self {
            Self::Open { .. } | Self::Suspect { .. } | Self::Forced { .. } => {
                Self::Open { cause: Cause::Mode, since: now }
            }
            Self::Idle | Self::Released { .. } => self,
        }
    }

    /// When it began, where that counts for a timer.
    pub const fn since(self) -> Option<Wall> {
        match self {
            Self::Open { since, .. } | Self::Suspect { since } | Self::Forced { since } => Some(since),
            Self::Idle | Self::Released { .. } => None,
        }
    }
}

/// Whether a door has left its closed position: its leaf is open or its handle is up. `None` when the sensors cannot say.
pub fn is_opened(facts: &Facts) -> Option<bool> {
    let handle = facts.handle.unwrap_or(HandlePosition::Closed);
    match (facts.contact, handle) {
        (Contact::Open, _) | (_, HandlePosition::Open) => Some(true),
        (Contact::Closed, HandlePosition::Closed) => Some(false),
        (Contact::Unknown | Contact::Fault, _) | (_, HandlePosition::Unknown | HandlePosition::Fault) => None,
    }
}

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// It does not.
    No,
    /// It does; it is an alarm once it has lasted this long.
    For(Duration),
    /// The sensors cannot say: what was an alarm stays one.
    CannotTell,
}

impl Holds {
    pub(crate) const fn when(condition: Option<bool>, delay: Duration) -> Self {
        match condition {
            Some(true) => Self::For(delay),
            Some(false) => Self::No,
            None => Self::CannotTell,
        }
    }
}

/// The conditions of a door that follow from its facts, passage and mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DoorCondition {
    DoorForced,
    HandleForced,
    HeldPreAlarm,
    HeldOpen,
    KeyOverride,
    NotLatched,
    LatchTamper,
    FailedToLock,
    FailedToUnlock,
}

impl DoorCondition {
    /// Every condition a door can have.
    pub(crate) const ALL: [Self; 9] = [
        Self::DoorForced,
        Self::HandleForced,
        Self::HeldPreAlarm,
        Self::HeldOpen,
        Self::KeyOverride,
        Self::NotLatched,
        Self::LatchTamper,
        Self::FailedToLock,
        Self::FailedToUnlock,
    ];

    /// The alarm that stands for it.
    pub(crate) const fn kind(self) -> AlarmKind {
        match self {
            Self::DoorForced => AlarmKind::DoorForced,
            Self::HandleForced => AlarmKind::HandleForced,
            Self::HeldPreAlarm => AlarmKind::HeldPreAlarm,
            Self::HeldOpen => AlarmKind::HeldOpen,
            Self::KeyOverride => AlarmKind::KeyOverride,
            Self::NotLatched => AlarmKind::NotLatched,
            Self::LatchTamper => AlarmKind::LatchTamper,
            Self::FailedToLock => AlarmKind::FailedToLock,
            Self::FailedToUnlock => AlarmKind::FailedToUnlock,
        }
    }

    /// The condition that an alarm stands for; none for alarms that have other causes.
    pub(crate) fn of(kind: AlarmKind) -> Option<Self> {
        Self::ALL.into_iter().find(|condition| condition.kind() == kind)
    }
}

/// Whether `kind` holds at a door that stands as `record` says, in `mode`, with `times` for whoever passes it; `held` is whether its held alarm is active, which
/// ends the warning before it; `now` is the instant of the question. A door that is held unlocked is neither forced nor
/// open too long nor failing to lock (ONVIF Door Control Service, DoorMode Unlocked).
pub fn holds(
    kind: AlarmKind,
    door: &Door,
    times: &Timings,
    record: &DoorRecord,
    mode: DoorMode,
    held: bool,
    now: Wall,
) -> Holds {
    let passage = record.passage;
    let locked = !mode.is_unlocked();
    let open = locked && matches!(passage, Passage::Open { .. });
    let Some(condition) = DoorCondition::of(kind) else { return Holds::No };
    match condition {
        DoorCondition::DoorForced => forced(passage, locked && door.kind != DoorKind::RackDoor, times.forced_debounce),
        DoorCondition::HandleForced => {
            forced(passage, locked && door.kind == DoorKind::RackDoor, times.forced_debounce)
        }
        DoorCondition::HeldPreAlarm => {
            Holds::when(Some(open && !held), times.open_time.saturating_sub(times.pre_alarm_time))
        }
        DoorCondition::HeldOpen => Holds::when(Some(open), times.open_time),
        DoorCondition::KeyOverride => swinghandle::key_override(&record.facts),
        DoorCondition::NotLatched => swinghandle::not_latched(&record.facts, times),
        DoorCondition::LatchTamper => swinghandle::latch_tamper(&record.facts, times),
        DoorCondition::FailedToLock if locked => failed_to_lock(record, times.travel_time),
        DoorCondition::FailedToUnlock if locked => failed_to_unlock(record, mode, times.travel_time, now),
        DoorCondition::FailedToLock => Holds::No,
        DoorCondition::FailedToUnlock => failed_to_stay_unlocked(record, times.travel_time),
    }
}

fn forced(passage: Passage, applies: bool, debounce: Duration) -> Holds {
    match passage {
        Passage::Suspect { .. } | Passage::Forced { .. } if applies => Holds::For(debounce),
        Passage::Idle
        | Passage::Released { .. }
        | Passage::Open { .. }
        | Passage::Suspect { .. }
        | Passage::Forced { .. } => Holds::No,
    }
}

/// Closed and idle, yet the lock does not hold. With the key turned that is the key's doing.
fn failed_to_lock(record: &DoorRecord, travel: Duration) -> Holds {
    if record.passage != Passage::Idle || record.facts.key == Some(Key::Turned) {
        return Holds::No;
    }
    Holds::when(unlocked(record.facts.lock), travel)
}

/// Released, yet the lock still holds. Once the release is over a lock that holds is right again, though the passage may
/// wait longer for a late report; so is one that a closing mode took the release back from, which it does from all but an
/// exit.
fn failed_to_unlock(record: &DoorRecord, mode: DoorMode, travel: Duration, now: Wall) -> Holds {
    match record.passage {
        Passage::Released { until, .. } if now >= until => Holds::No,
        Passage::Released { cause, .. } if mode.takes_back(cause) => Holds::No,
        Passage::Released { .. } => Holds::when(unlocked(record.facts.lock).map(|unlocked| !unlocked), travel),
        Passage::Idle | Passage::Open { .. } | Passage::Suspect { .. } | Passage::Forced { .. } => Holds::No,
    }
}

/// Held unlocked and closed, yet the lock holds.
fn failed_to_stay_unlocked(record: &DoorRecord, travel: Duration) -> Holds {
    match record.passage {
        Passage::Idle | Passage::Released { .. } => {
            Holds::when(unlocked(record.facts.lock).map(|unlocked| !unlocked), travel)
        }
        Passage::Open { .. } | Passage::Suspect { .. } | Passage::Forced { .. } => Holds::No,
    }
}

const fn unlocked(lock: Lock) -> Option<bool> {
    match lock {
        Lock::Unlocked => Some(true),
        Lock::Locked => Some(false),
        Lock::Unknown | Lock::Fault => None,
    }
}

#[cfg(test)]
#[path = "door/tests.rs"]
mod tests;
