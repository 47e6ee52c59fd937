//! What a rack handle adds to a door: a handle that can be up on a closed door or down on an open one, and a key cylinder
//! that moves the latch without a command. Only conditions live here; passage is `door.rs`.

use crate::door::Holds;
use crate::facts::{Contact, Facts, HandlePosition, Key};
use crate::site::Timings;
use core::time::Duration;

/// The mechanical key is turned: an alarm at once (`alarms.md`, row 6).
pub fn key_override(facts: &Facts) -> Holds {
    match facts.key {
        None | Some(Key::Home) => Holds::No,
        Some(Key::Turned) => Holds::For(Duration::ZERO),
        Some(Key::Unknown) => Holds::CannotTell,
    }
}

/// The door is shut and the handle is up (`alarms.md`, row 3).
pub fn not_latched(facts: &Facts, times: &Timings) -> Holds {
    mismatch(facts, Contact::Closed, HandlePosition::Open, times)
}

/// The handle is seated and the door is open: the latch was reset by hand or its sensor was fooled (`alarms.md`, row 3).
pub fn latch_tamper(facts: &Facts, times: &Timings) -> Holds {
    mismatch(facts, Contact::Open, HandlePosition::Closed, times)
}

fn mismatch(facts: &Facts, contact: Contact, handle: HandlePosition, times: &Timings) -> Holds {
    let Some(actual) = facts.handle else { return Holds::No };
    let known = !matches!(facts.contact, Contact::Unknown | Contact::Fault)
        && !matches!(actual, HandlePosition::Unknown | HandlePosition::Fault);
    Holds::when(known.then_some(facts.contact == contact && actual == handle), times.latch_time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Lock;
    use crate::site::DoorKind;

    #[test]
    fn handle_conditions_hold_as_the_table_says() {
        let times = Timings::default_for(DoorKind::RackDoor);
        let ten = Holds::For(Duration::from_secs(10));
        let check = |contact, handle, up: Holds, reset: Holds| {
            let facts = Facts { contact, lock: Lock::Locked, handle, key: None };
            assert_eq!((not_latched(&facts, &times), latch_tamper(&facts, &times)), (up, reset), "{facts:?}");
        };
        check(Contact::Closed, Some(HandlePosition::Open), ten, Holds::No);
        check(Contact::Open, Some(HandlePosition::Closed), Holds::No, ten);
        check(Contact::Closed, Some(HandlePosition::Closed), Holds::No, Holds::No);
        check(Contact::Open, Some(HandlePosition::Open), Holds::No, Holds::No);
        check(Contact::Unknown, Some(HandlePosition::Open), Holds::CannotTell, Holds::CannotTell);
        check(Contact::Closed, Some(HandlePosition::Fault), Holds::CannotTell, Holds::CannotTell);
        check(Contact::Closed, None, Holds::No, Holds::No);
    }

    #[test]
    fn a_turned_key_is_an_alarm_at_once() {
        let with = |key| key_override(&Facts { key, ..Facts::default() });
        assert_eq!(with(Some(Key::Turned)), Holds::For(Duration::ZERO));
        assert_eq!(with(Some(Key::Home)), Holds::No);
        assert_eq!(with(None), Holds::No);
        assert_eq!(with(Some(Key::Unknown)), Holds::CannotTell);
    }
}
