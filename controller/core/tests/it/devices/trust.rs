//! Who answers: the accepted device, another one with the right key, the old one again; and its firmware.

use super::{LOCK, READER, believed, check_replay, commission, desk, end, named, online, restarted, start};
use crate::site::{Desk, MONDAY_NINE, card, closed, draft, open, reason};
use rackward_core::alarm::AlarmKind;
use rackward_core::device::Trust;
use rackward_core::engine::command::Scope;
use rackward_core::entry::DeviceEntry;
use rackward_core::facts::Contact;
use rackward_core::job::{Downgrade, FirmwareImage, JobOutcome, JobWish};
use rackward_core::permission::Actor;
use rackward_core::records::DamagedRow;
use rackward_core::{Answer, Command, DeviceReport, Engine, Entry, Query, Records};

fn accept(desk: &mut Desk, name: &str) -> Result<rackward_core::Reply, rackward_core::CommandError> {
    let device = desk.device(name);
    desk.command(Command::AcceptDevice { device, reason: reason("exchanged by us") })
}

/// The desk with somebody who may pass the street door.
fn staffed() -> Desk {
    let mut desk = desk();
    let person = desk.person(1);
    desk.grant(person, &["lon1/street"]);
    desk
}

#[test]
fn another_serial_number_with_the_right_key_is_not_believed() {
    let mut desk = staffed();
    let mark = desk.journal.len();
    online(&mut desk, READER, named("8", "1.2.0"));
    assert_eq!(desk.since(mark), ["device.replaced", "alarm.raised"]);
    assert!(desk.active(AlarmKind::DeviceReplaced));
    assert_eq!(believed(&desk, READER), Some(false));
    desk.badge(READER, card(1));
    assert_eq!(desk.releases(LOCK), 0, "no card of it counts");
    assert_eq!(desk.since(mark).len(), 2, "and none is journalled as somebody's");
}

#[test]
fn a_replaced_lock_is_neither_believed_nor_released() {
    let mut desk = staffed();
    online(&mut desk, LOCK, named("8", "1.2.0"));
    assert_eq!(desk.record("lon1/street").facts.contact, Contact::Unknown);
    desk.facts(LOCK, open(false));
    assert_eq!(desk.record("lon1/street").facts.contact, Contact::Unknown, "facts of it are not believed");
    desk.badge(READER, card(1));
    let door = desk.door("lon1/street");
    let not_after = desk.now.wall;
    desk.command(Command::OpenDoor { lasting: None, door, reason: reason("courier"), not_after }).unwrap_err();
    assert_eq!(desk.releases(LOCK), 0);
    let lock = desk.device(LOCK);
    desk.report(lock, DeviceReport::ExitRequested);
    assert_eq!(desk.life_safety_releases(), 1, "people get out all the same");
}

#[test]
fn what_a_replaced_device_said_counts_once_it_is_accepted() {
    let mut desk = staffed();
    online(&mut desk, LOCK, named("8", "1.2.0"));
    desk.facts(LOCK, open(false));
    desk.facts(LOCK, closed(false));
    accept(&mut desk, LOCK).unwrap();
    assert!(!desk.active(AlarmKind::DeviceReplaced));
    assert_eq!(desk.record("lon1/street").facts, closed(false), "the last it said");
    desk.badge(READER, card(1));
    assert_eq!(desk.releases(LOCK), 1);
    online(&mut desk, LOCK, named("7", "1.2.0"));
    assert!(desk.active(AlarmKind::DeviceReplaced), "now the old one is the wrong one");
    check_replay(&desk);
    let refused = accept(&mut desk, READER).unwrap_err().to_string();
    assert!(refused.contains("street-reader is the one it should be"), "{refused}");
}

#[test]
fn the_old_device_is_believed_again_and_a_cut_in_between_changes_nothing() {
    let mut desk = staffed();
    online(&mut desk, LOCK, named("8", "1.2.0"));
    desk.cut(LOCK);
    assert!(desk.active(AlarmKind::DeviceOffline) && desk.active(AlarmKind::DeviceReplaced));
    online(&mut desk, LOCK, named("8", "1.2.0"));
    assert!(!desk.active(AlarmKind::DeviceOffline), "one cause, one alarm");
    let mark = desk.journal.len();
    online(&mut desk, LOCK, named("8", "1.2.0"));
    assert!(desk.since(mark).is_empty(), "the same again is no news");
    online(&mut desk, LOCK, named("7", "1.2.0"));
    assert_eq!(desk.since(mark), ["device.online", "alarm.returned"]);
    assert_eq!(believed(&desk, LOCK), Some(true));
}

#[test]
fn distrust_survives_a_restart_and_acceptance_needs_nobody_to_answer() {
    let mut desk = staffed();
    online(&mut desk, LOCK, named("8", "1.2.0"));
    let mut again = restarted(&desk, 5);
    online(&mut again, LOCK, named("8", "1.2.0"));
    assert_eq!(believed(&again, LOCK), Some(false));
    let mut again = restarted(&desk, 5);
    accept(&mut again, LOCK).unwrap();
    assert_eq!(believed(&again, LOCK), None);
    online(&mut again, LOCK, named("8", "1.2.0"));
    assert_eq!(believed(&again, LOCK), Some(true));
    assert_eq!(again.raised(AlarmKind::DeviceReplaced), 0);
}

#[test]
fn a_journal_of_before_devices_had_records_gives_who_was_met_last() {
    let mut records = Records::default();
    let mut desk = Desk::open();
    online(&mut desk, LOCK, named("7", "1.2.0"));
    for stamped in &desk.journal {
        records.apply(stamped, &mut Vec::new());
    }
    let device = desk.device(LOCK);
    // Replacement was recorded as an ordinary contact then.
    let seq = records.head.next();
    let entry = Entry::DeviceOnline { device, identity: named("8", "1.3.0") };
    records.apply(&rackward_core::Stamped { seq, at: desk.now.wall, entry }, &mut Vec::new());
    let known = records.devices[&device].accepted().unwrap();
    assert_eq!((&known.identity, known.by), (&named("8", "1.3.0"), Actor::System));
}

#[test]
fn a_damaged_record_lets_nobody_step_into_its_place() {
    let desk = staffed();
    let mut records = desk.engine.records().clone();
    let device = desk.device(LOCK);
    records.devices.remove(&device);
    let damaged = [DamagedRow { table: "device".into(), key: device.get().into() }];
    let now = desk.now;
    let mut again = Desk::restart(Records::default(), now);
    again.engine = Engine::new(draft().build(&records.places).unwrap(), records, &damaged, "test", now);
    online(&mut again, LOCK, named("7", "1.2.0"));
    assert_eq!(believed(&again, LOCK), Some(false));
    let expected = again.journal.iter().find_map(|stamped| match &stamped.entry {
        Entry::Device(DeviceEntry::Replaced { expected, .. }) => Some(expected.clone()),
        _ => None,
    });
    assert_eq!(expected, Some(None));
    accept(&mut again, LOCK).unwrap();
    assert_eq!(believed(&again, LOCK), Some(true));
}

#[test]
fn firmware_that_changes_by_itself_is_alarmed_and_ours_is_not() {
    let mut desk = desk();
    let mark = desk.journal.len();
    online(&mut desk, READER, named("7", "1.2.1"));
    assert_eq!(
        desk.since(mark),
        ["device.firmware-changed", "alarm.raised", "alarm.returned", "device.online"],
        "open until somebody has seen it"
    );
    let image = FirmwareImage { digest: [1; 32], oui: [0xca, 0xfe, 0x01], model: 4, version: [1, 3, 0] };
    start(&mut desk, READER, JobWish::SendFirmware { image, downgrade: Downgrade::Refused }).unwrap();
    end(&mut desk, READER, JobOutcome::Done);
    desk.cut(READER);
    let mark = desk.journal.len();
    online(&mut desk, READER, named("7", "1.3.0"));
    assert_eq!(desk.since(mark), ["device.firmware-changed", "device.online", "alarm.returned"]);
    assert_eq!(desk.raised(AlarmKind::FirmwareChanged), 1);
    online(&mut desk, READER, named("7", "1.2.1"));
    assert_eq!(desk.raised(AlarmKind::FirmwareChanged), 2, "and back is nobody's doing");
    check_replay(&desk);
}

#[test]
fn commissioning_accepts_whoever_is_found_before_or_after_its_end() {
    let mut desk = desk();
    online(&mut desk, READER, named("8", "1.2.0"));
    start(&mut desk, READER, commission(60)).unwrap();
    online(&mut desk, READER, named("9", "1.2.0"));
    end(&mut desk, READER, JobOutcome::Done);
    assert!(!desk.active(AlarmKind::DeviceReplaced));
    assert_eq!(believed(&desk, READER), Some(true));
    desk.wait_secs(1);
    start(&mut desk, READER, commission(60)).unwrap();
    end(&mut desk, READER, JobOutcome::Done);
    online(&mut desk, READER, named("10", "1.2.0"));
    assert_eq!(believed(&desk, READER), Some(true));
    online(&mut desk, READER, named("11", "1.2.0"));
    assert_eq!(believed(&desk, READER), Some(false), "only once");
    check_replay(&desk);
}

#[test]
fn a_commissioning_that_failed_accepts_nobody() {
    let mut desk = desk();
    start(&mut desk, READER, commission(60)).unwrap();
    end(&mut desk, READER, JobOutcome::NotInInstallMode);
    online(&mut desk, READER, named("9", "1.2.0"));
    assert_eq!(believed(&desk, READER), Some(false));
    let device = desk.device(READER);
    assert!(matches!(desk.engine.records().devices[&device].trust, Trust::Replaced { .. }));
}

#[test]
fn who_accepted_a_device_is_told() {
    let desk = desk();
    let Answer::Devices(devices) = desk.engine.answer(desk.now, Scope::Site, &Query::Devices) else { panic!() };
    let row = devices.into_iter().find(|row| row.device == desk.device(READER)).unwrap();
    let known = row.record.accepted().unwrap();
    assert_eq!((known.by, known.at), (Actor::LocalUser(0), MONDAY_NINE));
}
