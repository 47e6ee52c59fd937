//! One entry as one sentence for a person who watches. Ids, never names; paths as they are written on the doors. The same
//! sentence stands in the stream, the console's feed and the command line.

use core::time::Duration;

use rackward_core::alarm::AlarmKind;
use rackward_core::engine::input::{FailureCause, LinkTrouble, OfflineCause, SecurityTrouble};
use rackward_core::entry::{Denial, WithheldCause, ZoneState};
use rackward_core::facts::{Facts, HandlePosition, Key, Word};
use rackward_core::id::PersonId;
use rackward_core::permission::Actor;
use rackward_core::{Entry, Site};

use super::names::{Places, credential_state_word, person_status_word, place_kind_word};

/// The entry as one sentence, without a full stop.
pub fn sentence(entry: &Entry, site: &Site) -> String {
    let places = Places(site);
    match entry {
        Entry::Started { version } => format!("Rackward {version} started"),
        Entry::Stopped => "Rackward stopped in good order".to_owned(),
        Entry::PlaceNamed { kind, number, path } => {
            format!("New {}: {path}, number {number}", place_kind_word(*kind))
        }
        Entry::PersonCreated { .. }
        | Entry::PersonStatusChanged { .. }
        | Entry::PinChanged { .. }
        | Entry::CredentialAssigned { .. }
        | Entry::CredentialStateChanged { .. }
        | Entry::GrantCreated { .. }
        | Entry::GrantRevoked { .. } => of_rights(entry, places),
        Entry::AccessGranted { .. }
        | Entry::AccessDenied { .. }
        | Entry::FactorAwaited { .. }
        | Entry::AccessTaken { .. }
        | Entry::AccessNotTaken { .. }
        | Entry::ExitReleased { .. }
        | Entry::OperatorReleased { .. }
        | Entry::ReleaseWithheld { .. }
        | Entry::DoorChanged { .. } => of_passage(entry, places),
        Entry::CommandDone { .. }
        | Entry::CommandFailed { .. }
        | Entry::DeviceOnline { .. }
        | Entry::DeviceOffline { .. }
        | Entry::SecurityTroubleSeen { .. }
        | Entry::LinkTroubleSeen { .. }
        | Entry::ZoneChanged { .. } => of_hardware(entry, places),
        Entry::AlarmRaised { .. }
        | Entry::AlarmReturned { .. }
        | Entry::AlarmAcknowledged { .. }
        | Entry::JournalRecovered { .. } => of_alarms(entry, places),
    }
}

fn of_rights(entry: &Entry, places: Places<'_>) -> String {
    match entry {
        Entry::PersonCreated { person, by } => format!("{} added {person}", who(*by)),
        Entry::PersonStatusChanged { person, status, reason, by, .. } => {
            format!("{person} is now {} by {}: {}", person_status_word(*status), who(*by), reason.as_str())
        }
        Entry::PinChanged { person, by } => format!("{} set the PIN of {person}", who(*by)),
        Entry::CredentialAssigned { credential, person, by, .. } => {
            format!("{} gave {credential} to {person}", who(*by))
        }
        Entry::CredentialStateChanged { credential, state, reason, by, .. } => {
            format!("{credential} is now {} by {}: {}", credential_state_word(*state), who(*by), reason.as_str())
        }
        Entry::GrantCreated { grant, by, .. } => {
            let ticket = grant.ticket.as_ref().map(|ticket| format!(", {ticket}")).unwrap_or_default();
            let doors = match &*grant.doors {
                [door] => places.door(*door),
                doors => format!("{} doors", doors.len()),
            };
            format!("{} granted {} {doors} by {}{ticket}: {}", who(*by), grant.person, grant.id, grant.reason)
        }
        Entry::GrantRevoked { grant, reason, by, .. } => format!("{} revoked {grant}: {}", who(*by), reason.as_str()),
        other => other.event_name().to_owned(),
    }
}

fn of_passage(entry: &Entry, places: Places<'_>) -> String {
    match entry {
        Entry::AccessGranted { point, person, grant, .. } => {
            format!("Access granted: {person} at {} by {grant}", places.point(*point))
        }
        Entry::AccessDenied { point, person, reason, .. } => {
            let person = person.map_or_else(|| "unknown card".to_owned(), |person| person.to_string());
            format!(
                "Access denied: {person} at {}, {} ({})",
                places.point(*point),
                denial_words(*reason),
                reason.code()
            )
        }
        Entry::FactorAwaited { point, person } => {
            format!("PIN asked of {person} at {}", places.point(*point))
        }
        Entry::AccessTaken { door, person } => {
            format!("{} opened{}", places.door(*door), by_person(*person))
        }
        Entry::AccessNotTaken { door, person } => {
            format!("{} was released but not opened{}", places.door(*door), by_person(*person))
        }
        Entry::ExitReleased { door, release_time, .. } => {
            format!("Exit button: {} released for {}", places.door(*door), seconds(*release_time))
        }
        Entry::OperatorReleased { door, by, reason, release_time, .. } => {
            let (door, time) = (places.door(*door), seconds(*release_time));
            format!("{} released {door} for {time}: {}", who(*by), reason.as_str())
        }
        Entry::ReleaseWithheld { door, cause } => {
            let cause = match cause {
                WithheldCause::NotDurable => "it could not be recorded in time",
                WithheldCause::Interlock => "another door of the interlock is open",
                WithheldCause::DeviceFailed => "its lock did not take the command",
            };
            format!("{} stayed locked: {cause}", places.door(*door))
        }
        Entry::DoorChanged { door, facts } => {
            format!("{} is {}", places.door(*door), facts_words(*facts))
        }
        other => other.event_name().to_owned(),
    }
}

fn of_hardware(entry: &Entry, places: Places<'_>) -> String {
    match entry {
        Entry::CommandDone { device, command } => {
            format!("{} carried out {command}", places.device(*device))
        }
        Entry::CommandFailed { device, command, cause } => {
            let cause = match cause {
                FailureCause::Offline => "it is away",
                FailureCause::Expired => "its time was over",
                FailureCause::Refused => "it refused",
                FailureCause::Overload => "too many commands were waiting",
            };
            format!("{} did not carry out {command}: {cause}", places.device(*device))
        }
        Entry::DeviceOnline { device, identity } => {
            format!("{} answers: {} {}", places.device(*device), identity.model, identity.firmware)
        }
        Entry::DeviceOffline { device, cause } => {
            let cause = match cause {
                OfflineCause::Silent => "no answer",
                OfflineCause::ConnectionLost => "its connection broke",
                OfflineCause::LinkDown => "bus or broker is away",
                OfflineCause::NotTrusted => "it could not prove its key",
            };
            format!("{} is offline: {cause}", places.device(*device))
        }
        Entry::SecurityTroubleSeen { device, trouble } => {
            let trouble = match trouble {
                SecurityTrouble::WrongKey => "does not know its key",
                SecurityTrouble::BadAuthentication => "sent a wrong authentication code",
                SecurityTrouble::Plaintext => "spoke without encryption",
                SecurityTrouble::Replaced => "was answered for by another device",
                SecurityTrouble::Replay => "sent old messages again",
            };
            format!("{} {trouble}", places.device(*device))
        }
        Entry::LinkTroubleSeen { device, trouble } => {
            let trouble = match trouble {
                LinkTrouble::Lost(1) => "a message was lost".to_owned(),
                LinkTrouble::Lost(count) => format!("{count} messages were lost"),
                LinkTrouble::Duplicate => "a message came twice".to_owned(),
                LinkTrouble::Malformed => "a message could not be read".to_owned(),
            };
            format!("{}: {trouble}", places.device(*device))
        }
        Entry::ZoneChanged { zone, state } => match state {
            ZoneState::Quiet => format!("{} is quiet", places.zone(*zone)),
            ZoneState::Crossed => format!("{} was crossed", places.zone(*zone)),
        },
        other => other.event_name().to_owned(),
    }
}

fn of_alarms(entry: &Entry, places: Places<'_>) -> String {
    match entry {
        Entry::AlarmRaised { kind, source, .. } => {
            format!("P{} alarm: {} at {}", kind.priority().number(), alarm_words(*kind), places.source(*source))
        }
        Entry::AlarmReturned { alarm, kind, source } => {
            format!("{alarm} is over: {} at {}", alarm_words(*kind), places.source(*source))
        }
        Entry::AlarmAcknowledged { alarm, kind, source, by, note } => {
            let what = format!("{} at {}", alarm_words(*kind), places.source(*source));
            let note = if note.is_empty() { String::new() } else { format!(": {note}") };
            format!("{} acknowledged {alarm}, {what}{note}", who(*by))
        }
        Entry::JournalRecovered { dropped: 0, .. } => "The journal can be written again, nothing was lost".to_owned(),
        Entry::JournalRecovered { dropped, .. } => {
            format!("The journal can be written again, {dropped} entries had to be dropped")
        }
        other => other.event_name().to_owned(),
    }
}

/// The condition of an alarm in words.
pub const fn alarm_words(kind: AlarmKind) -> &'static str {
    match kind {
        AlarmKind::DoorForced => "door forced open",
        AlarmKind::HandleForced => "rack handle forced",
        AlarmKind::HeldPreAlarm => "door must close soon",
        AlarmKind::HeldOpen => "door open too long",
        AlarmKind::KeyOverride => "mechanical key used",
        AlarmKind::NotLatched => "closed but not latched",
        AlarmKind::LatchTamper => "handle seated on an open door",
        AlarmKind::FailedToLock => "lock did not lock",
        AlarmKind::FailedToUnlock => "lock did not release",
        AlarmKind::Tamper => "device opened",
        AlarmKind::DeviceOffline => "device does not answer",
        AlarmKind::PowerFault => "supply out of range",
        AlarmKind::DeviceSecurity => "device broke a security rule",
        AlarmKind::Intrusion => "perimeter crossed",
        AlarmKind::StolenCredential => "stolen credential presented",
        AlarmKind::JournalUnwritable => "journal cannot be written",
    }
}

/// A reason for refusal in words.
pub const fn denial_words(denial: Denial) -> &'static str {
    match denial {
        Denial::CredentialUnknown => "nobody holds it",
        Denial::CredentialDisabled => "credential is switched off",
        Denial::CredentialLost => "credential was reported lost",
        Denial::CredentialStolen => "credential was reported stolen",
        Denial::CredentialDamaged => "credential was reported damaged",
        Denial::CredentialUnassigned => "credential was handed back",
        Denial::PersonDisabled => "person is disabled",
        Denial::PinWrong => "wrong PIN",
        Denial::FactorTimeout => "no PIN in time",
        Denial::NotAuthorisedPoint => "no grant for this door",
        Denial::CredentialNotYetValid => "credential does not count yet",
        Denial::CredentialExpired => "credential or grant is over",
        Denial::NotPermittedAtThisTime => "not at this time",
        Denial::Interlock => "another door of the interlock is open",
        Denial::NoDecision => "no decision is possible",
    }
}

/// The facts of a door in words, such as `closed, locked, handle closed`.
pub fn facts_words(facts: Facts) -> String {
    let mut words =
        format!("{}, {}", sensor_words("contact", facts.contact.word()), sensor_words("lock", facts.lock.word()));
    match facts.handle {
        None => {}
        Some(HandlePosition::Open) => words.push_str(", handle lifted"),
        Some(HandlePosition::Closed) => words.push_str(", handle seated"),
        Some(handle @ (HandlePosition::Unknown | HandlePosition::Fault)) => {
            words.push_str(", ");
            words.push_str(&sensor_words("handle", handle.word()));
        }
    }
    if facts.key == Some(Key::Turned) {
        words.push_str(", key turned");
    }
    words
}

/// `closed` speaks for itself; `unknown` and `fault` need to say of what.
fn sensor_words(sensor: &str, word: &str) -> String {
    match word {
        "unknown" | "fault" => format!("{sensor} {word}"),
        plain => plain.to_owned(),
    }
}

fn by_person(person: Option<PersonId>) -> String {
    person.map(|person| format!(" by {person}")).unwrap_or_default()
}

fn who(actor: Actor) -> String {
    match actor {
        Actor::System => "Rackward".to_owned(),
        Actor::LocalUser(uid) => format!("Local user {uid}"),
        Actor::Session(number) => format!("Session {number}"),
    }
}

fn seconds(span: Duration) -> String {
    let millis = span.as_millis();
    if millis.is_multiple_of(1000) { format!("{} s", millis / 1000) } else { format!("{millis} ms") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    use rackward_core::alarm::AlarmSource;
    use rackward_core::engine::input::Identity;
    use rackward_core::entry::{PlaceKind, ReasonText};
    use rackward_core::facts::{Contact, Lock};
    use rackward_core::id::{
        AlarmId, CommandId, CredentialId, DeviceId, DoorId, Generation, GrantId, PointId, Seq, ZoneId,
    };
    use rackward_core::people::{CredentialKey, CredentialState, Grant, GrantState, PersonStatus, Validity};
    use rackward_core::site::draft::{AreaDraft, DeviceDraft, DoorDraft, RoleDraft, Side, SiteDraft};
    use rackward_core::site::schedule::Weekly;
    use rackward_core::site::{DoorKind, Level, TicketPolicy, Timings};
    use rackward_core::{Stamped, Wall};

    use crate::wire::event::CloudEvent;

    fn site() -> Site {
        let door = "lon1/lobby-door".to_owned();
        let kind = DoorKind::Door;
        let draft = SiteDraft {
            name: "lon1".to_owned(),
            time_zone: "UTC".to_owned(),
            areas: vec![AreaDraft { path: "lon1/lobby".to_owned(), ticket: TicketPolicy::Optional }],
            doors: vec![DoorDraft {
                path: door.clone(),
                kind,
                area: "lon1/lobby".to_owned(),
                interlock: None,
                timings: Timings::default_for(kind),
            }],
            devices: vec![
                DeviceDraft {
                    name: "lobby-reader".to_owned(),
                    role: RoleDraft::Reader { door: door.clone(), side: Side::In, level: Level::Card },
                },
                DeviceDraft { name: "lobby-lock".to_owned(), role: RoleDraft::Lock { door } },
                DeviceDraft {
                    name: "fence".to_owned(),
                    role: RoleDraft::Inputs { zones: vec!["lon1/north".to_owned()] },
                },
            ],
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
        let status = PersonStatus::Disabled;
        check(
            Entry::PersonStatusChanged { person: PERSON, status, reason: why(), by, generation: GENERATION },
            "p-1",
            "p-1 is now disabled by Local user 0: Work",
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
        let made = Grant {
            id: grant,
            person: PERSON,
            doors: Box::new([DOOR]),
            weekly: Weekly::always(),
            validity,
            reason: "Swap PSU".to_owned(),
            ticket: Some("CHG-1".to_owned()),
            state: GrantState::Active,
        };
        check(
            Entry::GrantCreated { grant: made, by, generation: GENERATION },
            "g-8",
            "Local user 0 granted p-1 lon1/lobby-door by g-8, CHG-1: Swap PSU",
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
        check(
            Entry::AccessTaken { door: DOOR, person: Some(PERSON) },
            "lon1/lobby-door",
            "lon1/lobby-door opened by p-1",
        );
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
        let facts =
            Facts { contact: Contact::Closed, lock: Lock::Unknown, handle: Some(HandlePosition::Open), key: None };
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
    fn a_place_that_is_gone_keeps_its_number() {
        let gone = Entry::AccessTaken { door: DoorId::new(99), person: None };
        check(gone, "door-99", "door-99 opened");
    }
}
