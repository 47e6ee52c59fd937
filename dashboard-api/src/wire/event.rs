//! One entry as a CloudEvent 1.0 (structured JSON), which is what the stream, the event list and webhooks carry. `data`
//! says everything the entry says, under the member names of `formats.md` F.5, and adds the sentence.

use rackward_core::alarm::{AlarmKind, AlarmSource};
use rackward_core::engine::input::{FailureCause, LinkTrouble, OfflineCause, SecurityTrouble};
use rackward_core::entry::{WithheldCause, ZoneState};
use rackward_core::facts::{Facts, Word};
use rackward_core::id::AlarmId;
use rackward_core::{Entry, Site, Stamped};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::at::At;
use super::grant::Grant;
use super::names::{Places, actor_words, credential_state_word, person_status_word, place_kind_word, source_word};
use super::sentence::sentence;

/// One entry as a CloudEvent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CloudEvent {
    /// `1.0`.
    pub specversion: String,
    /// The entry's sequence number; with `source` it names the event for ever.
    pub id: String,
    /// The site, such as `urn:rackward:lon1`.
    pub source: String,
    /// The event's name with its version, such as `rackward.access.denied.v1`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Path of the place it is about, or the id of the thing where it has no place.
    pub subject: String,
    /// When the engine settled it.
    pub time: At,
    /// `application/json`.
    pub datacontenttype: String,
    /// The sequence number as twenty digits, which sort as text.
    pub sequence: String,
    /// What the entry says.
    pub data: Map<String, Value>,
}

impl CloudEvent {
    /// An entry of the journal.
    pub fn of(stamped: &Stamped, site: &Site) -> Self {
        let (subject, data) = content(&stamped.entry, site);
        let mut members = match data {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        members.insert("sentence".to_owned(), sentence(&stamped.entry, site).into());
        Self {
            specversion: "1.0".to_owned(),
            id: stamped.seq.to_string(),
            source: format!("urn:rackward:{}", site.name()),
            kind: format!("rackward.{}.v1", stamped.entry.event_name()),
            subject,
            time: At(stamped.at),
            datacontenttype: "application/json".to_owned(),
            sequence: format!("{:020}", stamped.seq.get()),
            data: members,
        }
    }

    /// The sequence number; `None` when the id is not one.
    pub fn seq(&self) -> Option<u64> {
        self.id.parse().ok()
    }

    /// The sentence in its data; empty when it has none.
    pub fn sentence(&self) -> &str {
        self.data.get("sentence").and_then(Value::as_str).unwrap_or_default()
    }
}

/// Subject and data of an entry.
fn content(entry: &Entry, site: &Site) -> (String, Value) {
    let places = Places(site);
    match entry {
        Entry::Started { version } => (site.name().to_owned(), json!({ "version": version })),
        Entry::Stopped => (site.name().to_owned(), json!({})),
        Entry::PlaceNamed { kind, number, path } => {
            (path.clone(), json!({ "kind": place_kind_word(*kind), "number": number, "path": path }))
        }
        Entry::PersonCreated { .. }
        | Entry::PersonStatusChanged { .. }
        | Entry::PinChanged { .. }
        | Entry::CredentialAssigned { .. }
        | Entry::CredentialStateChanged { .. }
        | Entry::GrantCreated { .. }
        | Entry::GrantRevoked { .. } => of_rights(entry, site),
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
        | Entry::JournalRecovered { .. } => of_alarms(entry, site),
    }
}

fn of_rights(entry: &Entry, site: &Site) -> (String, Value) {
    match entry {
        Entry::PersonCreated { person, by } | Entry::PinChanged { person, by } => {
            (person.to_string(), json!({ "person_id": person.to_string(), "by": actor_words(*by) }))
        }
        Entry::PersonStatusChanged { person, status, reason, by, generation } => (
            person.to_string(),
            json!({
                "person_id": person.to_string(), "status": person_status_word(*status),
                "reason": reason.as_str(), "by": actor_words(*by), "generation": generation.get(),
            }),
        ),
        // The key is left out: a keyed hash is nobody's business but the store's.
        Entry::CredentialAssigned { credential, person, key: _, validity, by, generation } => (
            credential.to_string(),
            json!({
                "credential_id": credential.to_string(), "person_id": person.to_string(),
                "valid_from_at": At(validity.from), "valid_to_at": At(validity.to),
                "by": actor_words(*by), "generation": generation.get(),
            }),
        ),
        Entry::CredentialStateChanged { credential, state, reason, by, generation } => (
            credential.to_string(),
            json!({
                "credential_id": credential.to_string(), "state": credential_state_word(*state),
                "reason": reason.as_str(), "by": actor_words(*by), "generation": generation.get(),
            }),
        ),
        Entry::GrantCreated { grant, by, generation } => (
            grant.id.to_string(),
            json!({
                "grant_id": grant.id.to_string(), "person_id": grant.person.to_string(), "grant": Grant::of(grant, site),
                "by": actor_words(*by), "generation": generation.get(),
            }),
        ),
        Entry::GrantRevoked { grant, reason, by, generation } => (
            grant.to_string(),
            json!({
                "grant_id": grant.to_string(), "reason": reason.as_str(),
                "by": actor_words(*by), "generation": generation.get(),
            }),
        ),
        other => (other.event_name().to_owned(), json!({})),
    }
}

fn of_passage(entry: &Entry, places: Places<'_>) -> (String, Value) {
    match entry {
        Entry::AccessGranted { point, door, person, credential, grant, release_time, command } => (
            places.point(*point),
            json!({
                "point": places.point(*point), "door": places.door(*door), "person_id": person.to_string(),
                "credential_id": credential.to_string(), "grant_id": grant.to_string(),
                "release_time_ms": millis(*release_time), "command_id": command.to_string(),
            }),
        ),
        Entry::AccessDenied { point, person, credential, reason } => (
            places.point(*point),
            json!({
                "point": places.point(*point), "person_id": person.map(|id| id.to_string()),
                "credential_id": credential.map(|id| id.to_string()), "reason": reason.word(), "code": reason.code(),
            }),
        ),
        Entry::FactorAwaited { point, person } => {
            (places.point(*point), json!({ "point": places.point(*point), "person_id": person.to_string() }))
        }
        Entry::AccessTaken { door, person } | Entry::AccessNotTaken { door, person } => {
            let door = places.door(*door);
            (door.clone(), json!({ "door": door, "person_id": person.map(|id| id.to_string()) }))
        }
        Entry::ExitReleased { door, command, release_time } => {
            let door = places.door(*door);
            let data = json!({
                "door": door, "release_time_ms": millis(*release_time), "command_id": command.to_string(),
            });
            (door, data)
        }
        Entry::OperatorReleased { door, by, reason, release_time, command } => {
            let door = places.door(*door);
            let data = json!({
                "door": door, "by": actor_words(*by), "reason": reason.as_str(),
                "release_time_ms": millis(*release_time), "command_id": command.to_string(),
            });
            (door, data)
        }
        Entry::ReleaseWithheld { door, cause } => {
            let cause = match cause {
                WithheldCause::NotDurable => "not_durable",
                WithheldCause::Interlock => "interlock",
                WithheldCause::DeviceFailed => "device_failed",
            };
            (places.door(*door), json!({ "door": places.door(*door), "cause": cause }))
        }
        Entry::DoorChanged { door, facts } => (places.door(*door), of_facts(&places.door(*door), *facts)),
        other => (other.event_name().to_owned(), json!({})),
    }
}

fn of_facts(door: &str, facts: Facts) -> Value {
    json!({
        "door": door, "contact": facts.contact.word(), "lock": facts.lock.word(),
        "handle": facts.handle.map(Word::word), "key": facts.key.map(Word::word), "secured": facts.secured().word(),
    })
}

fn of_hardware(entry: &Entry, places: Places<'_>) -> (String, Value) {
    match entry {
        Entry::CommandDone { device, command } => (
            places.device_place(*device),
            json!({ "device": places.device(*device), "command_id": command.to_string() }),
        ),
        Entry::CommandFailed { device, command, cause } => {
            let cause = match cause {
                FailureCause::Offline => "offline",
                FailureCause::Expired => "expired",
                FailureCause::Refused => "refused",
                FailureCause::Overload => "overload",
            };
            let data = json!({ "device": places.device(*device), "command_id": command.to_string(), "cause": cause });
            (places.device_place(*device), data)
        }
        Entry::DeviceOnline { device, identity } => (
            places.device_place(*device),
            json!({
                "device": places.device(*device), "model": identity.model, "serial": identity.serial,
                "firmware": identity.firmware,
            }),
        ),
        Entry::DeviceOffline { device, cause } => {
            let cause = match cause {
                OfflineCause::Silent => "silent",
                OfflineCause::ConnectionLost => "connection_lost",
                OfflineCause::LinkDown => "link_down",
                OfflineCause::NotTrusted => "not_trusted",
            };
            (places.device_place(*device), json!({ "device": places.device(*device), "cause": cause }))
        }
        Entry::SecurityTroubleSeen { device, trouble } => {
            let trouble = match trouble {
                SecurityTrouble::WrongKey => "wrong_key",
                SecurityTrouble::BadAuthentication => "bad_authentication",
                SecurityTrouble::Plaintext => "plaintext",
                SecurityTrouble::Replaced => "replaced",
                SecurityTrouble::Replay => "replay",
            };
            (places.device_place(*device), json!({ "device": places.device(*device), "trouble": trouble }))
        }
        Entry::LinkTroubleSeen { device, trouble } => {
            let (trouble, count) = match trouble {
                LinkTrouble::Lost(count) => ("lost", *count),
                LinkTrouble::Duplicate => ("duplicate", 1),
                LinkTrouble::Malformed => ("malformed", 1),
            };
            let data = json!({ "device": places.device(*device), "trouble": trouble, "count": count });
            (places.device_place(*device), data)
        }
        Entry::ZoneChanged { zone, state } => {
            let state = match state {
                ZoneState::Quiet => "quiet",
                ZoneState::Crossed => "crossed",
            };
            (places.zone(*zone), json!({ "zone": places.zone(*zone), "state": state }))
        }
        other => (other.event_name().to_owned(), json!({})),
    }
}

fn of_alarms(entry: &Entry, site: &Site) -> (String, Value) {
    match entry {
        Entry::AlarmRaised { alarm, kind, source } | Entry::AlarmReturned { alarm, kind, source } => {
            (Places(site).source(*source), of_alarm(*alarm, *kind, *source, site))
        }
        Entry::AlarmAcknowledged { alarm, kind, source, by, note } => {
            let mut data = of_alarm(*alarm, *kind, *source, site);
            data["by"] = actor_words(*by).into();
            data["note"] = note.as_str().into();
            (Places(site).source(*source), data)
        }
        Entry::JournalRecovered { unwritable_since, dropped } => {
            (site.name().to_owned(), json!({ "unwritable_since_at": At(*unwritable_since), "dropped": dropped }))
        }
        other => (other.event_name().to_owned(), json!({})),
    }
}

fn of_alarm(alarm: AlarmId, kind: AlarmKind, source: AlarmSource, site: &Site) -> Value {
    json!({
        "alarm_id": alarm.to_string(), "kind": kind.word(), "priority": kind.priority().number(),
        "source_kind": source_word(source), "source": Places(site).source(source), "response": kind.response(),
    })
}

/// Releases last seconds; a span past what a JSON number holds exactly does not occur, and would print as the largest.
fn millis(span: core::time::Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
