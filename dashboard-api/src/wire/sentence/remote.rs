//! The words of sentences about devices that hold rights of their own: lists, receipts, what they did while nobody could be
//! asked. Ids and paths as everywhere in `sentence.rs`.

use core::time::Duration;

use rackward_core::Wall;
use rackward_core::id::{CredentialId, DeviceId, Generation, PersonId};
use rackward_core::rights_list::{HeldList, Logged};

use super::{at, by_person, counted};
use crate::wire::names::Places;
use crate::wire::receipt::span_words;

/// A number of devices.
pub(in crate::wire) fn counted_devices(count: u32) -> String {
    counted(usize::try_from(count).unwrap_or(usize::MAX), "device")
}

/// A change of what devices should hold.
pub(in crate::wire) fn rights_changed_words(generation: Generation, narrowed: usize, widened: usize) -> String {
    let of = |count: usize, what: &str| format!("{what} {}", counted(count, "device"));
    let changes = match (narrowed, widened) {
        (narrowed, 0) => of(narrowed, "takes something from"),
        (0, widened) => of(widened, "gives something to"),
        (narrowed, widened) => {
            format!("{} and {}", of(narrowed, "takes something from"), of(widened, "gives something to"))
        }
    };
    format!("{generation} {changes}")
}

/// Which list, and how long it is good.
pub(in crate::wire) fn list_words(list: &HeldList) -> String {
    format!("list {}, good until {}", list.number.0, at(list.expires))
}

/// The list a device says it holds.
pub(in crate::wire) fn held_words(held: Option<&HeldList>) -> String {
    held.map_or_else(|| "none".to_owned(), list_words)
}

/// By how much a clock is off.
pub(in crate::wire) fn offset_words(offset_ms: i64) -> String {
    let off = offset_ms.unsigned_abs();
    let amount = if off < 10_000 { format!("{off} ms") } else { span_words(Duration::from_millis(off)) };
    match offset_ms {
        0 => "right again".to_owned(),
        1.. => format!("{amount} ahead of ours"),
        ..0 => format!("{amount} behind ours"),
    }
}

/// What failed when a device tested itself, for the end of a sentence.
pub(in crate::wire) fn self_test_words(failed: u32) -> String {
    if failed == 0 { String::new() } else { format!("; its own test failed ({failed:#x})") }
}

/// Which handles blink: one by name, more by number.
pub(in crate::wire) fn handles_words(devices: &[DeviceId], places: Places<'_>) -> String {
    match devices {
        [device] => places.device(*device),
        devices => counted(devices.len(), "handle"),
    }
}

/// What happened while a device was on its own.
pub(in crate::wire) fn logged_words(
    what: Logged,
    person: Option<PersonId>,
    credential: Option<CredentialId>,
    door: &str,
    happened: Wall,
) -> String {
    let whose = match (person, credential) {
        (Some(person), Some(credential)) => format!("{person} with {credential}"),
        (Some(person), None) => person.to_string(),
        (None, Some(credential)) => credential.to_string(),
        (None, None) => "an unknown card".to_owned(),
    };
    let when = at(happened);
    match what {
        Logged::Admitted { list, .. } => {
            format!("While out of reach at {when}, {door} admitted {whose} by list {}", list.0)
        }
        Logged::Refused { .. } => format!("While out of reach at {when}, {door} refused {whose}"),
        Logged::Opened => format!("While out of reach at {when}, {door} was opened{}", by_person(person)),
        Logged::Closed => format!("While out of reach at {when}, {door} was closed and secured"),
        Logged::KeyTurned => format!("While out of reach at {when}, the mechanical key was turned at {door}"),
        Logged::Tampered => format!("While out of reach at {when}, cover or mounting was opened at {door}"),
        Logged::Overflowed { lost } => {
            let lost = counted(usize::try_from(lost).unwrap_or(usize::MAX), "record");
            format!("While out of reach, the log at {door} was full: {lost} found no room")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rackward_core::people::CredentialKey;
    use rackward_core::rights_list::ListNumber;

    #[test]
    fn a_clock_is_ahead_behind_or_right() {
        let check = |offset_ms: i64, expect: &str| assert_eq!(offset_words(offset_ms), expect);
        check(0, "right again");
        check(5_400, "5400 ms ahead of ours");
        check(-5_400, "5400 ms behind ours");
        check(-7_500_000, "2 h 5 min behind ours");
        check(i64::MIN, "106751991167 d 7 h behind ours");
    }

    #[test]
    fn a_change_says_from_whom_it_takes_and_to_whom_it_gives() {
        let check = |narrowed: usize, widened: usize, expect: &str| {
            assert_eq!(rights_changed_words(Generation::new(7), narrowed, widened), expect);
        };
        check(1, 0, "gen-7 takes something from 1 device");
        check(0, 214, "gen-7 gives something to 214 devices");
        check(2, 1, "gen-7 takes something from 2 devices and gives something to 1 device");
    }

    #[test]
    fn what_happened_out_of_reach_says_who_where_and_when() {
        let card = CredentialKey::from_keyed_hash([7; 16]);
        let check = |what: Logged, known: bool, expect: &str| {
            let (person, credential) = (known.then(|| PersonId::new(1)), known.then(|| CredentialId::new(3)));
            let told = logged_words(what, person, credential, "r01/front", Wall::from_seconds(0));
            assert_eq!(told, format!("While out of reach{expect}"));
        };
        let at = " at 1970-01-01T00:00:00.000Z";
        let list = ListNumber(41);
        check(Logged::Admitted { card, list }, true, &format!("{at}, r01/front admitted p-1 with cred-3 by list 41"));
        check(Logged::Refused { card }, false, &format!("{at}, r01/front refused an unknown card"));
        check(Logged::Opened, true, &format!("{at}, r01/front was opened by p-1"));
        check(Logged::KeyTurned, false, &format!("{at}, the mechanical key was turned at r01/front"));
        check(Logged::Overflowed { lost: 1 }, false, ", the log at r01/front was full: 1 record found no room");
    }
}
