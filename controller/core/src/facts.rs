//! What hardware reports about a door, fact by fact, in the vocabulary of ONVIF (`vocabulary.md` E.1). A sensor fact may be
//! `Unknown` or `Fault`, and neither is ever treated as closed or locked. What follows from the facts is decided in
//! `door.rs` and `swinghandle.rs`.

/// Where the leaf is (ONVIF DoorPhysicalState).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Contact {
    /// Not reported since the device came.
    #[default]
    Unknown,
    /// The contact says closed.
    Closed,
    /// The contact says open.
    Open,
    /// The sensor or its line is faulty.
    Fault,
}

/// Whether the lock holds (ONVIF LockPhysicalState); on a rack, the lock slide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lock {
    /// Not reported since the device came.
    #[default]
    Unknown,
    /// The monitor says locked.
    Locked,
    /// The monitor says unlocked.
    Unlocked,
    /// The sensor or its line is faulty.
    Fault,
}

/// Where the swinghandle is (our extension; ONVIF has none).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HandlePosition {
    /// Not reported since the device came.
    #[default]
    Unknown,
    /// Seated in its dish.
    Closed,
    /// Lifted.
    Open,
    /// The sensor or its line is faulty.
    Fault,
}

/// Whether the mechanical key cylinder overrides the electronic lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Key {
    /// Not reported since the device came.
    #[default]
    Unknown,
    /// The cylinder is at rest.
    Home,
    /// The cylinder is turned: the mechanism is unlocked without a command.
    Turned,
}

/// Whether the latch holds the leaf (our extension; ONVIF has none).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Latch {
    /// Not reported since the device came.
    #[default]
    Unknown,
    /// It holds.
    Latched,
    /// It does not.
    Unlatched,
    /// The sensor or its line is faulty.
    Fault,
}

/// All sensor facts of one door at one moment. A plain door has no handle and no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts {
    /// Where the leaf is.
    pub contact: Contact,
    /// Whether the lock holds.
    pub lock: Lock,
    /// Where the swinghandle is; `None` on a door that has none.
    pub handle: Option<HandlePosition>,
    /// The key cylinder; `None` where it is not monitored.
    pub key: Option<Key>,
    /// The latch; `None` where it is not monitored.
    pub latch: Option<Latch>,
}

impl Facts {
    /// What is known of a door whose device is away: nothing, in the same shape.
    pub fn forgotten(self) -> Self {
        Self {
            contact: Contact::Unknown,
            lock: Lock::Unknown,
            handle: self.handle.map(|_| HandlePosition::Unknown),
            key: self.key.map(|_| Key::Unknown),
            latch: self.latch.map(|_| Latch::Unknown),
        }
    }

    /// Whether the door is closed, locked and, on a rack, its handle seated, its latch in and its key at rest (BACnet DoorSecuredStatus).
    pub fn secured(self) -> Secured {
        let handle_closed = match self.handle {
            None | Some(HandlePosition::Closed) => Some(true),
            Some(HandlePosition::Open) => Some(false),
            Some(HandlePosition::Unknown | HandlePosition::Fault) => None,
        };
        let closed = match self.contact {
            Contact::Closed => Some(true),
            Contact::Open => Some(false),
            Contact::Unknown | Contact::Fault => None,
        };
        let locked = match self.lock {
            Lock::Locked => Some(true),
            Lock::Unlocked => Some(false),
            Lock::Unknown | Lock::Fault => None,
        };
        let key_home = match self.key {
            None | Some(Key::Home) => Some(true),
            Some(Key::Turned) => Some(false),
            Some(Key::Unknown) => None,
        };
        let latched = match self.latch {
            None | Some(Latch::Latched) => Some(true),
            Some(Latch::Unlatched) => Some(false),
            Some(Latch::Unknown | Latch::Fault) => None,
        };
        let facts = [closed, locked, handle_closed, key_home, latched];
        if facts.contains(&Some(false)) {
            Secured::Unsecured
        } else if facts.contains(&None) {
            Secured::Unknown
        } else {
            Secured::Secured
        }
    }
}

/// What the facts of a door add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secured {
    /// Closed, locked and seated.
    Secured,
    /// At least one fact says it is not.
    Unsecured,
    /// No fact says it is not, but not all are known.
    Unknown,
}

/// A text for each value, the same in the API, the journal's readers and on every screen.
pub trait Word {
    /// The value in snake case.
    fn word(self) -> &'static str;
}

impl Word for Contact {
    fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Closed => "closed",
            Self::Open => "open",
            Self::Fault => "fault",
        }
    }
}

impl Word for Lock {
    fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Locked => "locked",
            Self::Unlocked => "unlocked",
            Self::Fault => "fault",
        }
    }
}

impl Word for HandlePosition {
    fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Closed => "closed",
            Self::Open => "open",
            Self::Fault => "fault",
        }
    }
}

impl Word for Key {
    fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Home => "home",
            Self::Turned => "turned",
        }
    }
}

impl Word for Latch {
    fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Latched => "latched",
            Self::Unlatched => "unlatched",
            Self::Fault => "fault",
        }
    }
}

impl Word for Secured {
    fn word(self) -> &'static str {
        match self {
            Self::Secured => "secured",
            Self::Unsecured => "unsecured",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secured_needs_every_fact_and_one_fact_is_enough_against_it() {
        let rest = Facts {
            contact: Contact::Closed,
            lock: Lock::Locked,
            handle: Some(HandlePosition::Closed),
            key: Some(Key::Home),
            latch: Some(Latch::Latched),
        };
        let check = |facts: Facts, expect: Secured| assert_eq!(facts.secured(), expect, "{facts:?}");
        check(rest, Secured::Secured);
        check(Facts { handle: None, key: None, latch: None, ..rest }, Secured::Secured);
        check(Facts { latch: Some(Latch::Unlatched), ..rest }, Secured::Unsecured);
        check(Facts { latch: Some(Latch::Fault), ..rest }, Secured::Unknown);
        check(Facts { contact: Contact::Open, ..rest }, Secured::Unsecured);
        check(Facts { lock: Lock::Unlocked, ..rest }, Secured::Unsecured);
        check(Facts { handle: Some(HandlePosition::Open), ..rest }, Secured::Unsecured);
        check(Facts { key: Some(Key::Turned), ..rest }, Secured::Unsecured);
        check(Facts { contact: Contact::Fault, ..rest }, Secured::Unknown);
        check(Facts { lock: Lock::Unknown, ..rest }, Secured::Unknown);
        check(Facts { key: Some(Key::Unknown), ..rest }, Secured::Unknown);
        check(Facts { contact: Contact::Unknown, lock: Lock::Unlocked, ..rest }, Secured::Unsecured);
        check(rest.forgotten(), Secured::Unknown);
    }
}
