//! Every kind of entry as an event: its subject, its sentence and its data.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use rackward_core::alarm::{AlarmKind, AlarmSource};
use rackward_core::engine::input::{FailureCause, Identity, LinkTrouble, OfflineCause, SecurityTrouble};
use rackward_core::entry::{Denial, PlaceKind, ReasonText, WithheldCause, ZoneState};
use rackward_core::facts::{Contact, Facts, HandlePosition, Lock};
use rackward_core::id::{
    AlarmId, AreaId, CommandId, CredentialId, DeviceId, DoorId, Generation, GrantId, PersonId, PointId, Seq, ZoneId,
};
use rackward_core::journal::canonical::decode;
use rackward_core::people::{
    Approval, BreakGlassReview, CredentialKey, CredentialState, EscortNeed, Grant, GrantKind, GrantRight, GrantState,
    PersonStatus, Place, Uses, Validity, When,
};
use rackward_core::permission::Actor;
use rackward_core::site::draft::{AreaDraft, DeviceDraft, DoorDraft, InputDraft, RoleDraft, Side, SiteDraft};
use rackward_core::site::schedule::Weekly;
use rackward_core::site::{AreaKind, DoorKind, Level};
use rackward_core::{Entry, Site, Stamped, Wall};

use crate::wire::event::CloudEvent;
use crate::wire::sentence::denial_words;

fn site() -> Site {
    let door = "lon1/lobby-door".to_owned();
    let zone = InputDraft::Zone("lon1/north".to_owned());
    let reader = RoleDraft::Reader { door: door.clone(), side: Side::In, level: Level::Card.into() };
    let draft = SiteDraft {
        name: "lon1".to_owned(),
        time_zone: "UTC".to_owned(),
        organisations: vec!["st-marys".to_owned()],
        areas: vec![AreaDraft::new("lon1/lobby", AreaKind::Hall)],
        doors: vec![DoorDraft::new(door.clone(), DoorKind::Door, "lon1/lobby")],
        devices: vec![
            DeviceDraft { name: "lobby-reader".to_owned(), role: reader },
            DeviceDraft { name: "lobby-lock".to_owned(), role: RoleDraft::Lock { door } },
            DeviceDraft { name: "fence".to_owned(), role: RoleDraft::Inputs { uses: vec![zone] } },
        ],
        ..SiteDraft::default()
    };
    draft.build(&BTreeMap::new()).unwrap()
}

const PERSON: PersonId = PersonId::new(1);
const DOOR: DoorId = DoorId::new(1);
const POINT: PointId = PointId::new(1);
const READER: DeviceId = DeviceId::new(1);
const ALARM: AlarmId = AlarmId::new(7);
const GENERATION: Generation = Generation::new(5);
const RELEASE: Duration = Duration::from_millis(2500);

fn why() -> ReasonText {
    ReasonText::parse("Work").unwrap()
}

fn made(kind: GrantKind) -> Grant {
    Grant {
        id: GrantId::new(8),
        person: PERSON,
        right: GrantRight::Doors { doors: Box::new([DOOR]), when: When::Weekly(Weekly::always()) },
        validity: Validity { from: Wall::from_seconds(0), to: Wall::from_seconds(60) },
        reason: "Swap PSU".to_owned(),
        ticket: Some("CHG-1".to_owned()),
        uses: Uses::Unlimited,
        escort: EscortNeed::No,
        kind,
        state: GrantState::Active,
        requested_by: Actor::LocalUser(0),
        approval: Approval::None,
        approved_by: Vec::new(),
    }
}

/// The event of `entry`, whose sentence and subject are as expected.
fn check(entry: Entry, subject: &str, expect: &str) {
    let event = CloudEvent::of(&Stamped { seq: Seq::new(9), at: Wall::from_seconds(0), entry }, &site());
    assert_eq!((event.sentence(), event.subject.as_str()), (expect, subject));
}

#[test]
fn changes_of_rights_say_who_did_what_to_whom() {
    let by = Actor::LocalUser(0);
    let validity = Validity { from: Wall::from_seconds(0), to: Wall::from_seconds(60) };
    let key = CredentialKey::from_keyed_hash([7; 16]);
    let (credential, grant) = (CredentialId::new(3), GrantId::new(8));
    check(Entry::PersonCreated { person: PERSON, by }, "p-1", "Local user 0 added p-1");
    check(Entry::PinChanged { person: PERSON, by: Actor::System }, "p-1", "Rackward set the PIN of p-1");
    let status = PersonStatus::Suspended;
    check(
        Entry::PersonStatusChanged { person: PERSON, status, reason: why(), by, generation: GENERATION },
        "p-1",
        "p-1 is now suspended by Local user 0: Work",
    );
    check(
        Entry::CredentialAssigned { credential, person: PERSON, key, validity, by, generation: GENERATION },
        "cred-3",
        "Local user 0 gave cred-3 to p-1",
    );
    let state = CredentialState::Stolen;
    check(
        Entry::CredentialStateChanged {
            credential,
            state,
            reason: why(),
            by: Actor::Session(2),
            generation: GENERATION,
        },
        "cred-3",
        "cred-3 is now stolen by Session 2: Work",
    );
    check(
        Entry::GrantCreated { grant: made(GrantKind::Ordinary), by, generation: GENERATION },
        "g-8",
        "Local user 0 granted p-1 lon1/lobby-door by g-8, CHG-1: Swap PSU",
    );
    check(
        Entry::GrantRequested { grant: made(GrantKind::Ordinary), by, generation: GENERATION },
        "g-8",
        "Local user 0 asked for lon1/lobby-door for p-1 by g-8, CHG-1: Swap PSU",
    );
    let emergency = GrantKind::BreakGlass(BreakGlassReview::DueAt(Wall::from_seconds(60)));
    check(
        Entry::GrantCreated { grant: made(emergency), by, generation: GENERATION },
        "g-8",
        "Local user 0 broke glass for p-1: lon1/lobby-door by g-8: Swap PSU",
    );
    let revoked = Entry::GrantRevoked { grant, reason: why(), by, generation: GENERATION };
    check(revoked, "g-8", "Local user 0 revoked g-8: Work");
}

#[test]
fn passages_say_who_where_and_why() {
    let command = CommandId::new(4);
    let granted = Entry::AccessGranted {
        point: POINT,
        door: DOOR,
        person: PERSON,
        credential: CredentialId::new(3),
        grant: GrantId::new(8),
        release_time: RELEASE,
        command,
    };
    check(granted, "lon1/lobby-door/in", "Access granted: p-1 at lon1/lobby-door/in by g-8");
    let denied = |person, reason| Entry::AccessDenied { point: POINT, person, credential: None, reason };
    check(
        denied(None, Denial::CredentialUnknown),
        "lon1/lobby-door/in",
        "Access denied: unknown card at lon1/lobby-door/in, nobody holds it (N01)",
    );
    check(
        denied(Some(PERSON), Denial::NotPermittedAtThisTime),
        "lon1/lobby-door/in",
        "Access denied: p-1 at lon1/lobby-door/in, not at this time (W12)",
    );
    let awaited = Entry::FactorAwaited { point: POINT, person: PERSON };
    check(awaited, "lon1/lobby-door/in", "PIN asked of p-1 at lon1/lobby-door/in");
    check(Entry::AccessTaken { door: DOOR, person: Some(PERSON) }, "lon1/lobby-door", "lon1/lobby-door opened by p-1");
    check(
        Entry::AccessNotTaken { door: DOOR, person: None },
        "lon1/lobby-door",
        "lon1/lobby-door was released but not opened",
    );
    check(
        Entry::ExitReleased { door: DOOR, command, release_time: RELEASE },
        "lon1/lobby-door",
        "Exit button: lon1/lobby-door released for 2500 ms",
    );
    let by = Actor::Session(2);
    check(
        Entry::OperatorReleased { door: DOOR, by, reason: why(), release_time: Duration::from_secs(5), command },
        "lon1/lobby-door",
        "Session 2 released lon1/lobby-door for 5 s: Work",
    );
    check(
        Entry::ReleaseWithheld { door: DOOR, cause: WithheldCause::NotDurable },
        "lon1/lobby-door",
        "lon1/lobby-door stayed locked: it could not be recorded in time",
    );
    let facts = Facts {
        contact: Contact::Closed,
        lock: Lock::Unknown,
        handle: Some(HandlePosition::Open),
        key: None,
        latch: None,
    };
    check(
        Entry::DoorChanged { door: DOOR, facts },
        "lon1/lobby-door",
        "lon1/lobby-door is closed, lock unknown, handle lifted",
    );
}

#[test]
fn hardware_says_which_device_and_what() {
    let command = CommandId::new(4);
    let at = "lon1/lobby-door/in";
    check(Entry::CommandDone { device: READER, command }, at, "lobby-reader carried out cmd-4");
    let failed = Entry::CommandFailed { device: READER, command, cause: FailureCause::Refused };
    check(failed, at, "lobby-reader did not carry out cmd-4: it refused");
    let identity = Identity { model: "R-20".to_owned(), serial: "1".to_owned(), firmware: "1.4".to_owned() };
    check(Entry::DeviceOnline { device: READER, identity }, at, "lobby-reader answers: R-20 1.4");
    let offline = Entry::DeviceOffline { device: READER, cause: OfflineCause::Silent };
    check(offline, at, "lobby-reader is offline: no answer");
    let security = Entry::SecurityTroubleSeen { device: READER, trouble: SecurityTrouble::Replay };
    check(security, at, "lobby-reader sent old messages again");
    let link = |trouble| Entry::LinkTroubleSeen { device: READER, trouble };
    check(link(LinkTrouble::Lost(1)), at, "lobby-reader: a message was lost");
    check(link(LinkTrouble::Lost(3)), at, "lobby-reader: 3 messages were lost");
    let crossed = Entry::ZoneChanged { zone: ZoneId::new(1), state: ZoneState::Crossed };
    check(crossed, "lon1/north", "lon1/north was crossed");
}

#[test]
fn alarms_and_the_daemon_itself_say_what_happened() {
    let raised = |kind, source| Entry::AlarmRaised { alarm: ALARM, kind, source };
    check(
        raised(AlarmKind::DoorForced, AlarmSource::Door(DOOR)),
        "lon1/lobby-door",
        "P1 alarm: door forced open at lon1/lobby-door",
    );
    check(
        raised(AlarmKind::DeviceOffline, AlarmSource::Device(READER)),
        "lobby-reader",
        "P2 alarm: device does not answer at lobby-reader",
    );
    let (kind, source) = (AlarmKind::DoorForced, AlarmSource::Door(DOOR));
    check(
        Entry::AlarmReturned { alarm: ALARM, kind, source },
        "lon1/lobby-door",
        "alm-7 is over: door forced open at lon1/lobby-door",
    );
    let acknowledged = |note: &str| {
        let (by, note) = (Actor::Session(1), note.to_owned());
        Entry::AlarmAcknowledged { alarm: ALARM, kind, source, by, note }
    };
    let seen = "Session 1 acknowledged alm-7, door forced open at lon1/lobby-door";
    check(acknowledged(""), "lon1/lobby-door", seen);
    check(acknowledged("Guard sent"), "lon1/lobby-door", &format!("{seen}: Guard sent"));
    let recovered = |dropped| Entry::JournalRecovered { unwritable_since: Wall::from_seconds(0), dropped };
    check(recovered(0), "lon1", "The journal can be written again, nothing was lost");
    check(recovered(3), "lon1", "The journal can be written again, 3 entries had to be dropped");
    check(Entry::Started { version: "0.1.0".to_owned() }, "lon1", "Rackward 0.1.0 started");
    check(Entry::Stopped, "lon1", "Rackward stopped in good order");
    let named = Entry::PlaceNamed { kind: PlaceKind::Door, number: 3, path: "lon1/x".to_owned() };
    check(named, "lon1/x", "New door: lon1/x, number 3");
}

#[test]
fn where_people_went_reads_like_a_place() {
    let went = |place| Entry::PresenceChanged { person: PERSON, place };
    check(went(Place::Inside(AreaId::new(1))), "p-1", "p-1 is now in lon1/lobby");
    check(went(Place::Outside), "p-1", "p-1 is now outside");
    let by = Actor::Session(2);
    let forgiven = |person, area| Entry::PresenceForgiven { person, area, reason: why(), by };
    check(forgiven(None, None), "lon1", "Session 2 forgot where everybody is: Work");
    check(forgiven(None, Some(AreaId::new(1))), "lon1", "Session 2 forgot where everybody inside lon1/lobby is: Work");
}

#[test]
fn every_reason_and_condition_has_words_of_its_own() {
    let denials: BTreeSet<&str> = Denial::ALL.into_iter().map(denial_words).collect();
    assert_eq!(denials.len(), Denial::ALL.len());
    let alarms: BTreeSet<&str> = AlarmKind::ALL.into_iter().map(AlarmKind::words).collect();
    assert_eq!(alarms.len(), AlarmKind::ALL.len());
}

#[test]
fn a_place_that_is_gone_keeps_its_number() {
    let gone = Entry::AccessTaken { door: DoorId::new(99), person: None };
    check(gone, "door-99", "door-99 opened");
}

/// One of each kind, as the journal keeps them.
fn every_kind() -> Vec<Stamped> {
    let vectors = include_str!("../../../../controller/core/tests/it/golden.txt");
    let hex = |line: &str| data_encoding::HEXLOWER.decode(line.split_once(' ').unwrap().1.as_bytes()).unwrap();
    vectors.lines().map(|line| decode(&hex(line)).unwrap()).collect()
}

/// What the events of these say, by their names.
pub(crate) fn every_event() -> Vec<(&'static str, serde_json::Map<String, serde_json::Value>)> {
    every_kind().iter().map(|stamped| (stamped.entry.event_name(), CloudEvent::of(stamped, &site()).data)).collect()
}

/// The same as they are given out.
pub(crate) fn every_cloud_event() -> Vec<CloudEvent> {
    every_kind().iter().map(|stamped| CloudEvent::of(stamped, &site())).collect()
}

#[test]
fn every_kind_of_entry_is_told() {
    let told: Vec<String> = every_kind()
        .iter()
        .map(|stamped| {
            let event = CloudEvent::of(stamped, &site());
            format!("{} | {} | {}", stamped.entry.event_name(), event.subject, event.sentence())
        })
        .collect();
    let told = told.join("\n");
    println!("{told}");
    assert_eq!(told, include_str!("told.txt").trim_end());
}

#[test]
fn every_member_of_every_kind_is_written() {
    for stamped in every_kind() {
        let event = CloudEvent::of(&stamped, &site());
        let members: Vec<&str> = event.data.keys().map(String::as_str).collect();
        println!("{} {}", stamped.entry.event_name(), members.join(" "));
        let (debug, json) = (format!("{:?}", stamped.entry), serde_json::to_string(&event).unwrap());
        // Whoever did it, and why, is said wherever the entry has it.
        for (field, member) in [(" by: ", "by"), ("reason: ReasonText", "reason"), ("generation: ", "generation")] {
            assert!(!debug.contains(field) || json.contains(&format!("\"{member}\":")), "{member} is missing: {json}");
        }
        assert_eq!(serde_json::from_str::<CloudEvent>(&json).unwrap().data, event.data);
        assert!(!json.contains("abababab"), "a keyed hash got out: {json}");
    }
}

/// What a reader is told who may not see persons, of every kind of entry that it is told of at all.
#[test]
fn no_kind_of_entry_names_a_person_to_whoever_may_not_see_persons() {
    use crate::stream::{Topic, Topics, without_persons};
    use crate::wire::names::names_a_person;

    let about = |source| {
        let raised = Entry::AlarmRaised { alarm: ALARM, kind: AlarmKind::DoorForced, source };
        Stamped { seq: Seq::new(9), at: Wall::from_seconds(0), entry: raised }
    };
    let sources = [
        AlarmSource::Credential(CredentialId::new(3)),
        AlarmSource::Grant(GrantId::new(3)),
        AlarmSource::Operator(rackward_core::id::OperatorId::new(3)),
    ];
    let told = |stamped: &Stamped| Topics::WITHOUT_PERSONS.has(Topic::of(stamped.entry.event_name()));
    let mut named = 0;
    for stamped in every_kind().into_iter().chain(sources.map(about)).filter(told) {
        let whole = serde_json::to_value(CloudEvent::of(&stamped, &site())).unwrap();
        let mut event = whole.clone();
        without_persons(&mut event);
        let texts = |event: &serde_json::Value| -> Vec<String> {
            let parts = event.to_string().replace(['"', ',', '{', '}', '[', ']', ' '], "\n");
            parts.lines().filter(|part| names_a_person(part)).map(str::to_owned).collect()
        };
        named += usize::from(!texts(&whole).is_empty());
        assert_eq!(texts(&event), [] as [String; 0], "{event}");
        for member in ["sentence", "reason", "note", "by"] {
            assert!(event["data"].get(member).is_none(), "{member}: {event}");
        }
    }
    assert!(named > 10, "only {named} had anybody to name");
}

/// What somebody wrote would make every wording another one, and the index as long as the journal.
#[test]
fn no_kind_of_entry_has_its_reason_or_a_name_in_its_wording() {
    use crate::query::{Field, Value};

    let site = site();
    let mut worded = 0;
    for stamped in every_kind() {
        let marks = CloudEvent::marks(&stamped, &site);
        let words = |field: Field| {
            let of_field = marks.iter().filter(move |mark| mark.field == field);
            of_field.filter_map(|mark| match &mark.value {
                Value::Word(word) => Some(word.clone()),
                Value::Id(_) => None,
            })
        };
        let Some(wording) = words(Field::Wording).next() else { continue };
        worded += 1;
        let name = stamped.entry.event_name();
        println!("{name}: {wording}");
        assert!(wording.chars().all(|c| c.is_lowercase() || " '".contains(c)), "{name}: {wording}");
        let debug = format!("{:?}", stamped.entry);
        for said in debug.split("ReasonText(\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            let said = said.to_lowercase();
            let alone = |part: &str| !part.chars().next().is_some_and(char::is_alphabetic);
            let ends = wording.split(&said).skip(1).any(alone);
            // A reason of one word may be a word of the sentence, too.
            assert!(!ends || said.chars().count() < 3, "{name}: {wording:?} has {said:?}");
        }
    }
    assert!(worded > 100, "only {worded}");
}
