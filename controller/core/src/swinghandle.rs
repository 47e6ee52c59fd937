//! What a rack handle adds to a door: a handle that can be up on a closed door or down on an open one, a latch that can be free
//! on a closed door or in on an open one, and a key cylinder that moves the latch without a command. Only conditions live
//! here; passage is `door.rs`.

use crate::door::Holds;
use crate::facts::{Contact, Facts, HandlePosition, Key, Latch};
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

/// The door is shut, and the handle is up or the latch free (`alarms.md`, row 3).
pub fn not_latched(facts: &Facts, times: &Timings) -> Holds {
    mismatch(facts, Contact::Closed, (HandlePosition::Open, Latch::Unlatched), times)
}

/// The door is open, and the handle is seated or the latch in: the latch was reset by hand or its sensor was fooled
/// (`alarms.md`, row 3).
pub fn latch_tamper(facts: &Facts, times: &Timings) -> Holds {
    mismatch(facts, Contact::Open, (HandlePosition::Closed, Latch::Latched), times)
}

/// Either of handle and latch is enough where the leaf contradicts it; what cannot be told of one is not made up for by the
/// other saying that all is well.
fn mismatch(facts: &Facts, contact: Contact, (handle, latch): (HandlePosition, Latch), times: &Timings) -> Holds {
    let of_handle = facts.handle.map(|actual| match actual {
        HandlePosition::Closed | HandlePosition::Open => Some(actual == handle),
        HandlePosition::Unknown | HandlePosition::Fault => None,
    });
    let of_latch = facts.latch.map(|actual| match actual {
        Latch::Latched | Latch::Unlatched => Some(actual == latch),
        Latch::Unknown | Latch::Fault => None,
    });
    let signs = || of_handle.into_iter().chain(of_latch);
    let contradicted = match signs().count() {
        0 => return Holds::No,
        _ if signs().any(|sign| sign == Some(true)) => Some(true),
        _ if signs().any(|sign| sign.is_none()) => None,
        _ => Some(false),
    };
    let known = !matches!(facts.contact, Contact::Unknown | Contact::Fault);
    let holds = contradicted.map(|contradicted| contradicted && facts.contact == contact);
    Holds::when(holds.filter(|_| known), times.latch_time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Lock;
    use crate::site::DoorKind;

    #[test]
    fn handle_and_latch_conditions_hold_as_the_table_says() {
        let times = Timings::default_for(DoorKind::RackDoor);
        let ten = Holds::For(Duration::from_secs(10));
        let check = |contact, handle, latch, up: Holds, reset: Holds| {
            let facts = Facts { contact, lock: Lock::Locked, handle, key: None, latch };
            assert_eq!((not_latched(&facts, &times), latch_tamper(&facts, &times)), (up, reset), "{facts:?}");
        };
        let (down, up, bad) = (HandlePosition::Closed, HandlePosition::Open, HandlePosition::Fault);
        check(Contact::Closed, Some(up), None, ten, Holds::No);
        check(Contact::Open, Some(down), None, Holds::No, ten);
        check(Contact::Closed, Some(down), None, Holds::No, Holds::No);
        check(Contact::Open, Some(up), None, Holds::No, Holds::No);
        check(Contact::Unknown, Some(up), None, Holds::CannotTell, Holds::CannotTell);
        check(Contact::Closed, Some(bad), None, Holds::CannotTell, Holds::CannotTell);
        check(Contact::Closed, None, None, Holds::No, Holds::No);
        check(Contact::Closed, Some(down), Some(Latch::Latched), Holds::No, Holds::No);
        check(Contact::Closed, Some(down), Some(Latch::Unlatched), ten, Holds::No);
        check(Contact::Open, Some(up), Some(Latch::Latched), Holds::No, ten);
        check(Contact::Open, Some(up), Some(Latch::Unlatched), Holds::No, Holds::No);
        check(Contact::Closed, Some(down), Some(Latch::Fault), Holds::CannotTell, Holds::No);
        check(Contact::Closed, Some(up), Some(Latch::Unknown), ten, Holds::CannotTell);
        check(Contact::Fault, Some(down), Some(Latch::Latched), Holds::CannotTell, Holds::CannotTell);
        check(Contact::Closed, None, Some(Latch::Unlatched), ten, Holds::No);
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
