//! What a journal says about the alarms in it: stories for each label, figures by hand, and rehearsals held against the engine
//! itself, run again with other timings.

mod brute_force;
mod figures;
mod labels;
mod proposals;

use std::time::Duration;

use crate::site::{Desk, FRONT, card, draft};
use rackward_core::alarm::{AlarmKind, AlarmSource};
use rackward_core::facts::{Contact, Facts, HandlePosition, Key, Lock};
use rackward_core::people::{ExtendedTime, PersonDetails, PersonStatus};
use rackward_core::site::Timings;
use rackward_core::{Command, Entry, Reply, Stamped, Wall};

pub(crate) const STREET: &str = "lon1/street";

/// A desk where the street door and the rack have these timings, with p-1, and p-2 who needs longer; both may pass for an hour.
pub(crate) fn desk_with(change: impl Fn(Timings) -> Timings) -> Desk {
    let mut draft = draft();
    for door in &mut draft.doors {
        door.timings = change(door.timings);
    }
    let mut desk = Desk::of(&draft);
    let person = desk.person(1);
    let slow = slow_person(&mut desk);
    desk.grant(person, &[STREET, FRONT]);
    desk.grant(slow, &[STREET, FRONT]);
    desk
}

fn slow_person(desk: &mut Desk) -> rackward_core::id::PersonId {
    let name = rackward_core::engine::command::PersonName::parse("Somebody Slow").unwrap();
    let details = PersonDetails { extended_time: ExtendedTime::Yes, ..crate::site::usual_details() };
    let create = Command::CreatePerson { name, status: PersonStatus::Enabled, details, key: None };
    let Ok(Reply::Person(person)) = desk.command(create) else { panic!() };
    let from = desk.now.wall;
    let validity = rackward_core::people::Validity { from, to: from.after(Duration::from_secs(86_400)) };
    desk.command(Command::AssignCredential { person, key: card(2), validity }).unwrap();
    person
}

/// Facts of a door with a contact and a lock.
pub(crate) fn facts(contact: Contact, lock: Lock) -> Facts {
    Facts { contact, lock, handle: None, key: None, latch: None }
}

/// Facts of a rack with its key at rest.
pub(crate) fn rack_facts(contact: Contact, lock: Lock, handle: HandlePosition) -> Facts {
    Facts { handle: Some(handle), key: Some(Key::Home), ..facts(contact, lock) }
}

/// Alarms of a kind that were raised at a door.
pub(crate) fn raises(journal: &[Stamped], path: &str, desk: &Desk, kinds: &[AlarmKind]) -> Vec<(AlarmKind, Wall)> {
    let door = desk.door(path);
    let raised = |stamped: &Stamped| match &stamped.entry {
        Entry::AlarmRaised { kind, source: AlarmSource::Door(at), .. } if *at == door && kinds.contains(kind) => {
            Some((*kind, stamped.at))
        }
        _ => None,
    };
    journal.iter().filter_map(raised).collect()
}
