//! Publications as CloudEvents 1.0 in JSON: how a door stands, and what happened at it.
//!
//! Decides what of an event may be told to everybody who may read publications: a list of kinds, and of each kind the members
//! that name neither a person nor a card nor hold what somebody wrote. What is not on the list stays inside.

use rackward_core::alarm::{Alarm, AlarmKind, AlarmSource, Condition};
use rackward_core::engine::query::DoorStatus;
use rackward_core::facts::{Contact, HandlePosition, Lock};
use rackward_core::id::DoorId;
use rackward_core::site::Role;
use rackward_core::{Site, Wall};
use rackward_dashboard::wire::at::At;
use rackward_dashboard::wire::event::CloudEvent;
use rackward_dashboard::wire::place::Door;
use serde_json::{Map, Value};

/// The kinds of events that are told, and the members of each.
const TOLD: [(&str, &[&str]); 11] = [
    ("access.granted", &[]),
    ("access.denied", &["reason"]),
    ("access.taken", &[]),
    ("access.not-taken", &[]),
    ("access.offline", &[]),
    ("door.exit-released", &[]),
    ("door.operator-released", &[]),
    ("door.release-withheld", &[]),
    ("door.mode-changed", &["mode"]),
    ("alarm.raised", &["kind", "priority"]),
    ("alarm.returned", &["kind"]),
];

/// The types under which events are published.
pub(super) fn event_types() -> impl Iterator<Item = String> {
    TOLD.iter().map(|(name, _)| type_of(name))
}

fn type_of(name: &str) -> String {
    format!("rackward.{name}.v1")
}

/// Whether anything may be told of events with this name.
pub(super) fn is_told(name: &str) -> bool {
    TOLD.iter().any(|(told, _)| *told == name)
}

/// The path of the door that an event is about: its subject, or where the point is that its subject names.
pub(super) fn door_of<'a>(subject: &str, site: &'a Site) -> Option<&'a str> {
    if let Some(door) = site.doors().find(|door| door.path == subject) {
        return Some(&door.path);
    }
    let point = site.points().find(|point| point.path == subject)?;
    site.door(point.door).map(|door| door.path.as_str())
}

/// How a door stands, for everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) status: DoorStatus,
    /// Whether a cover at it is open.
    pub(super) tamper: bool,
}

/// Whether an alarm says that a cover of something at a door is open, and which door.
pub(super) fn tampered_door(alarm: &Alarm, site: &Site) -> Option<DoorId> {
    let is_tamper = matches!(alarm.kind, AlarmKind::Tamper | AlarmKind::LatchTamper);
    if !is_tamper || alarm.condition != Condition::Active {
        return None;
    }
    match alarm.source {
        AlarmSource::Door(door) => Some(door),
        AlarmSource::Device(device) => match site.device(device)?.role {
            Role::Reader { point } => Some(site.point(point)?.door),
            Role::Lock { door } | Role::Handle { door, .. } => Some(door),
            Role::Inputs { .. } => None,
        },
        AlarmSource::Site
        | AlarmSource::Zone(_)
        | AlarmSource::Area(_)
        | AlarmSource::Grant(_)
        | AlarmSource::Credential(_)
        | AlarmSource::Line(_)
        | AlarmSource::Point(_)
        | AlarmSource::Operator(_)
        | AlarmSource::Alert { .. }
        | AlarmSource::Camera(_) => None,
    }
}

/// The state of a door; `None` when the site no longer has it.
pub(super) fn state(standing: &Standing, site: &Site, now: Wall) -> Option<Vec<u8>> {
    let door = Door::of(&standing.status, site)?;
    let facts = standing.status.facts;
    let is_faulty =
        facts.contact == Contact::Fault || facts.lock == Lock::Fault || facts.handle == Some(HandlePosition::Fault);
    let mut data = Map::new();
    let mut say = |member: &str, value: Value| data.insert(member.to_owned(), value);
    say("contact", door.contact.into());
    say("lock", door.lock.into());
    say("handle", door.handle.into());
    say("key", door.key.into());
    say("mode", door.mode.into());
    say("secured", door.secured.into());
    say("alarm", door.alarm.clone().into());
    say("tamper", standing.tamper.into());
    say("problem", (is_faulty || door.alarm != "normal").into());
    let micros = now.as_micros();
    let event = CloudEvent {
        specversion: "1.0".to_owned(),
        id: format!("{}-{micros}", door.id),
        source: format!("urn:rackward:{}", site.name()),
        kind: type_of("door.state"),
        subject: door.path,
        time: At(now),
        datacontenttype: "application/json".to_owned(),
        sequence: format!("{micros:020}"),
        data,
    };
    serde_json::to_vec(&event).ok()
}

/// What may be told of an event, by the name of its kind and the whole of it; `None` where nothing may.
pub(super) fn event(name: &str, whole: CloudEvent, door: &str) -> Option<Vec<u8>> {
    let (_, members) = TOLD.iter().find(|(told, _)| *told == name)?;
    // Whoever forces a person can look at a screen.
    if whole.data.get("kind").and_then(Value::as_str) == Some(AlarmKind::Duress.word()) {
        return None;
    }
    let kept = |member: &&str| {
        let value = whole.data.get(*member).filter(|value| value.is_string() || value.is_number())?;
        Some(((*member).to_owned(), value.clone()))
    };
    let data = members.iter().filter_map(kept).collect();
    serde_json::to_vec(&CloudEvent { subject: door.to_owned(), data, ..whole }).ok()
}

/// The event inside a frame of the live stream.
pub(super) fn of_frame(frame: &[u8]) -> Option<CloudEvent> {
    let text = std::str::from_utf8(frame).ok()?;
    let data = text.lines().find_map(|line| line.strip_prefix("data: "))?;
    serde_json::from_str(data).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn whole(name: &str, data: Value) -> CloudEvent {
        let Value::Object(data) = data else { panic!("no object") };
        CloudEvent {
            specversion: "1.0".to_owned(),
            id: "7".to_owned(),
            source: "urn:rackward:lon1".to_owned(),
            kind: type_of(name),
            subject: "lon1/hall-a/in".to_owned(),
            time: At(Wall::from_seconds(1_700_000_000)),
            datacontenttype: "application/json".to_owned(),
            sequence: "7".to_owned(),
            data,
        }
    }

    fn told(name: &str, data: Value) -> Option<(String, Value)> {
        let payload = event(name, whole(name, data), "lon1/hall-a")?;
        let event: CloudEvent = serde_json::from_slice(&payload).unwrap();
        Some((event.subject, Value::Object(event.data)))
    }

    #[test]
    fn of_an_event_only_what_names_nobody_is_told() {
        let check = |name: &str, data, expect: Option<Value>| {
            let expect = expect.map(|data| ("lon1/hall-a".to_owned(), data));
            assert_eq!(told(name, data), expect, "{name}");
        };
        let granted =
            json!({"person": "p-7", "grant": "g-8", "sentence": "Access granted: p-7", "credential": "cred-1"});
        check("access.granted", granted, Some(json!({})));
        let denied = json!({"person": "p-7", "reason": "not_granted", "sentence": "p-7"});
        check("access.denied", denied, Some(json!({"reason": "not_granted"})));
        // What an operator wrote may name anybody.
        check("door.operator-released", json!({"reason": "Ada forgot her card"}), Some(json!({})));
        check("access.denied", json!({"reason": {"person": "p-7"}}), Some(json!({})));
        check(
            "alarm.raised",
            json!({"kind": "tamper", "priority": 1, "source": "door-3"}),
            Some(json!({"kind": "tamper", "priority": 1})),
        );
    }

    #[test]
    fn nobody_at_the_door_learns_of_duress_and_nobody_outside_of_people() {
        for (name, data) in [
            ("alarm.raised", json!({"kind": "duress", "priority": 1})),
            ("alarm.returned", json!({"kind": "duress"})),
            ("access.duress", json!({})),
            ("person.created", json!({"person": "p-7"})),
            ("credential.assigned", json!({})),
            ("grant.created", json!({})),
        ] {
            assert_eq!(told(name, data), None, "{name}");
        }
    }

    #[test]
    fn an_event_is_found_in_its_frame() {
        let json = serde_json::to_string(&whole("access.taken", json!({}))).unwrap();
        let frame = format!("id: 7\nevent: access.taken\ndata: {json}\n\n");
        assert_eq!(of_frame(frame.as_bytes()), Some(whole("access.taken", json!({}))));
        assert_eq!(of_frame(b"id: 7\n\n"), None);
        assert_eq!(of_frame(&[0xFF]), None);
    }
}
