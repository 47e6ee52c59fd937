//! Golden vectors of the journal's bytes, one line of `golden.txt` for every kind of entry. If a test here fails, do not
//! change the vectors: journals written years ago must read the same.

use std::time::Duration;

use rackward_core::alarm::{AlarmKind, AlarmSource};
use rackward_core::engine::input::{FailureCause, Identity, LinkTrouble, OfflineCause, SecurityTrouble};
use rackward_core::entry::{Denial, PlaceKind, WithheldCause, ZoneState};
use rackward_core::facts::{Contact, Facts, HandlePosition, Key, Lock};
use rackward_core::id::{
    AlarmId, CommandId, CredentialId, DeviceId, DoorId, Generation, GrantId, PersonId, PointId, Seq, ZoneId,
};
use rackward_core::journal::canonical::{DecodeError, decode, encode};
use rackward_core::people::{CredentialKey, CredentialState, Grant, GrantState, PersonStatus, Validity};
use rackward_core::permission::Actor;
use rackward_core::site::schedule::{Day, Weekly};
use rackward_core::{Entry, Stamped, Wall};

use crate::site::reason;

const VECTORS: &str = include_str!("golden.txt");

fn rights() -> Vec<Entry> {
    let (person, credential, by) = (PersonId::new(1042), CredentialId::new(5531), Actor::LocalUser(1000));
    let generation = Generation::new(7);
    let validity = Validity { from: Wall::from_seconds(1_784_901_600), to: Wall::from_seconds(1_784_916_000) };
    let grant = Grant {
        id: GrantId::new(88),
        person,
        doors: Box::new([DoorId::new(3), DoorId::new(4)]),
        weekly: Weekly::on_days(&[Day::Mon, Day::Sun], 22 * 60, 6 * 60).unwrap(),
        validity,
        reason: "Swap PSU 2".into(),
        ticket: Some("CHG-48213".into()),
        state: GrantState::Active,
    };
    let key = CredentialKey::from_keyed_hash([0xab; 16]);
    vec![
        Entry::Started { version: "0.1.0".into() },
        Entry::Stopped,
        Entry::PlaceNamed { kind: PlaceKind::Door, number: 3, path: "lon1/hall-a/r07/c03/front".into() },
        Entry::PersonCreated { person, by },
        Entry::PersonStatusChanged { person, status: PersonStatus::Disabled, reason: reason("left"), by, generation },
        Entry::PinChanged { person, by: Actor::Session(2) },
        Entry::CredentialAssigned { credential, person, key, validity, by, generation },
        Entry::CredentialStateChanged {
            credential,
            state: CredentialState::Stolen,
            reason: reason("é"),
            by,
            generation,
        },
        Entry::GrantCreated { grant, by: Actor::System, generation },
        Entry::GrantRevoked { grant: GrantId::new(88), reason: reason("done"), by, generation },
    ]
}

fn passages() -> Vec<Entry> {
    let (point, door, device, command) = (PointId::new(5), DoorId::new(3), DeviceId::new(9), CommandId::new(1 << 40));
    let (person, credential, grant) = (PersonId::new(1042), CredentialId::new(5531), GrantId::new(88));
    let release_time = Duration::from_secs(10);
    let facts = Facts {
        contact: Contact::Open,
        lock: Lock::Unlocked,
        handle: Some(HandlePosition::Open),
        key: Some(Key::Home),
    };
    vec![
        Entry::AccessGranted { point, door, person, credential, grant, release_time, command },
        Entry::AccessDenied { point, person: Some(person), credential: None, reason: Denial::NotPermittedAtThisTime },
        Entry::FactorAwaited { point, person },
        Entry::AccessTaken { door, person: Some(person) },
        Entry::AccessNotTaken { door, person: None },
        Entry::ExitReleased { door, command, release_time },
        Entry::OperatorReleased { door, by: Actor::Session(2), reason: reason("fire drill"), release_time, command },
        Entry::ReleaseWithheld { door, cause: WithheldCause::NotDurable },
        Entry::DoorChanged { door, facts },
        Entry::CommandDone { device, command },
        Entry::CommandFailed { device, command, cause: FailureCause::Expired },
    ]
}

fn devices_and_alarms() -> Vec<Entry> {
    let (device, alarm) = (DeviceId::new(9), AlarmId::new(17));
    let (kind, source) = (AlarmKind::HandleForced, AlarmSource::Door(DoorId::new(3)));
    let identity = Identity { model: "KX".into(), serial: "00000007".into(), firmware: "1.2.3".into() };
    vec![
        Entry::DeviceOnline { device, identity },
        Entry::DeviceOffline { device, cause: OfflineCause::ConnectionLost },
        Entry::SecurityTroubleSeen { device, trouble: SecurityTrouble::Replay },
        Entry::LinkTroubleSeen { device, trouble: LinkTrouble::Lost(3) },
        Entry::ZoneChanged { zone: ZoneId::new(2), state: ZoneState::Crossed },
        Entry::AlarmRaised { alarm, kind, source },
        Entry::AlarmReturned { alarm, kind, source },
        Entry::AlarmAcknowledged { alarm, kind, source, by: Actor::Session(2), note: "guard is there".into() },
        Entry::JournalRecovered { unwritable_since: Wall::from_seconds(1_784_901_600), dropped: 12 },
    ]
}

fn samples() -> Vec<Stamped> {
    let entries = rights().into_iter().chain(passages()).chain(devices_and_alarms());
    let at = Wall::from_micros(1_784_901_802_417_362);
    entries.enumerate().map(|(i, entry)| Stamped { seq: Seq::new(48_211 + i as u64), at, entry }).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn every_kind_of_entry_has_its_bytes() {
    let lines: Vec<String> =
        samples().iter().map(|stamped| format!("{} {}", stamped.entry.event_name(), hex(&encode(stamped)))).collect();
    assert_eq!(lines, VECTORS.lines().collect::<Vec<_>>());
}

#[test]
fn bytes_read_back_and_nothing_else_reads() {
    for stamped in samples() {
        let bytes = encode(&stamped);
        assert_eq!(decode(&bytes), Ok(stamped));
        for cut in 0..bytes.len() {
            assert!(decode(&bytes[..cut]).is_err(), "cut at {cut}");
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert_eq!(decode(&longer), Err(DecodeError::TrailingBytes));
    }
    assert_eq!(decode(&[9]), Err(DecodeError::UnknownVersion(9)));
}
