//! Events in the Open Cybersecurity Schema Framework (formats.md F.3). There is no class for doors: a decision at a reader is
//! an authentication, an alarm a finding, a change of rights entity management. What has no class of its own is a base event
//! with everything under `unmapped`.

use serde_json::{Map, Value, json};

use super::{PRODUCT, VENDOR, VERSION, name_of, priority, text};
use crate::wire::event::CloudEvent;

/// The release of the schema whose numbers these are.
const SCHEMA: &str = "1.8.0";

/// A class, the category it is in, and what was done of what it knows.
struct Class {
    uid: u32,
    category: u32,
    activity: u32,
}

/// What was done that the class has no number for.
const OTHER: u32 = 99;

/// An event by the schema.
pub(super) fn event(event: &CloudEvent) -> Value {
    let name = name_of(event);
    let Class { uid, category, activity } = class_of(name);
    let mut members = json!({
        "category_uid": category,
        "class_uid": uid,
        "activity_id": activity,
        "type_uid": uid * 100 + activity,
        "severity_id": severity(name, priority(event)),
        "time": event.time.0.as_micros() / 1_000,
        "message": event.sentence(),
        "metadata": {
            "version": SCHEMA,
            "product": { "name": PRODUCT, "vendor_name": VENDOR, "version": VERSION },
            "uid": event.id,
            "event_code": name,
            "log_name": name.split('.').next().unwrap_or(name),
            "sequence": event.seq().unwrap_or_default(),
            "original_time": event.time.to_string(),
        },
        "unmapped": event.data,
    });
    if let Some(members) = members.as_object_mut() {
        if activity == OTHER {
            members.insert("activity_name".to_owned(), name.into());
        }
        match uid {
            3002 => authentication(event, name, members),
            2004 => finding(event, name, members),
            3004 | 3007 => change(event, members),
            _ => {}
        }
    }
    members
}

fn class_of(name: &str) -> Class {
    let class = |uid, category, activity| Class { uid, category, activity };
    match name {
        "access.granted" | "access.denied" => class(3002, 3, 1),
        "alarm.raised" => class(2004, 2, 1),
        "alarm.closed" => class(2004, 2, 3),
        "grant.created" | "grant.requested" | "agreement.made" => class(3004, 3, 1),
        "grant.revoked" | "grant.denied" | "grant.ended" => class(3004, 3, 4),
        "profile.removed" | "schedule.removed" | "calendar.removed" | "agreement.ended" => class(3004, 3, 4),
        _ => match name.split('.').next().unwrap_or_default() {
            "alarm" => class(2004, 2, 2),
            "grant" | "profile" | "schedule" | "calendar" | "agreement" => class(3004, 3, 3),
            "person" | "credential" => class(3007, 3, OTHER),
            _ => class(0, 0, OTHER),
        },
    }
}

/// 1 informational, 2 low, 3 medium, 4 high, 5 critical.
fn severity(name: &str, priority: Option<u64>) -> u64 {
    match priority {
        Some(priority @ 1..=4) => 6 - priority,
        Some(_) | None if name == "access.denied" => 2,
        Some(_) | None => 1,
    }
}

/// A decision at a reader: who, with what, where, and what came of it.
fn authentication(event: &CloudEvent, name: &str, members: &mut Map<String, Value>) {
    let granted = name == "access.granted";
    let disposition = match text(event, "code").and_then(|code| code.chars().next()) {
        _ if granted => (1, "Allowed"),
        // Who they are or when they came: they had no right to it.
        Some('N' | 'W') => (26, "Unauthorized"),
        _ => (2, "Blocked"),
    };
    let mut user = Map::new();
    user.insert("type_id".to_owned(), 1.into());
    for (member, field) in [("uid", "person_id"), ("credential_uid", "credential_id")] {
        user.extend(text(event, field).map(|id| (member.to_owned(), id.into())));
    }
    let place = &event.subject;
    let zone = place.rsplit_once('/').map_or(place.as_str(), |(zone, _)| zone);
    let more = json!({
        "status_id": if granted { 1 } else { 2 },
        "status_code": text(event, "reason").unwrap_or("granted").replace('_', "-"),
        "user": user,
        "auth_factors": [{ "factor_type_id": 6, "factor_type": "Hardware Token" }],
        "logon_type_id": 99,
        "logon_type": "Physical access",
        "dst_endpoint": { "uid": place, "name": place, "type_id": 7, "zone": zone },
        "action_id": if granted { 1 } else { 2 },
        "action": if granted { "Allowed" } else { "Denied" },
        "disposition_id": disposition.0,
        "disposition": disposition.1,
    });
    add(members, more);
    if let Some(metadata) = members.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("profiles".to_owned(), json!(["security_control"]));
    }
}

/// An alarm: which, of what kind, and how it stands.
fn finding(event: &CloudEvent, name: &str, members: &mut Map<String, Value>) {
    let status = match name {
        "alarm.raised" => 1,
        "alarm.shelved" => 3,
        "alarm.closed" => 4,
        _ => 2,
    };
    let title = text(event, "kind").unwrap_or(name).replace('_', " ");
    let uid = text(event, "alarm_id").unwrap_or(&event.id);
    let more = json!({
        "is_alert": true,
        "status_id": status,
        "finding_info": { "uid": uid, "title": title },
        "resources": [{ "uid": event.subject }],
    });
    add(members, more);
    if let Some(verdict) = event.data.get("verdict_id") {
        members.insert("verdict_id".to_owned(), verdict.clone());
    }
}

/// A change of rights or of a person: by whom, of what, and why.
fn change(event: &CloudEvent, members: &mut Map<String, Value>) {
    let subject = &event.subject;
    let entity = if members.get("class_uid") == Some(&json!(3007)) { "user" } else { "entity" };
    members.insert(entity.to_owned(), json!({ "uid": subject }));
    members.extend(text(event, "by").map(|by| ("actor".to_owned(), json!({ "user": { "uid": by } }))));
    members.extend(text(event, "reason").map(|reason| ("comment".to_owned(), reason.into())));
}

fn add(members: &mut Map<String, Value>, more: Value) {
    if let Value::Object(more) = more {
        members.extend(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::event::every_cloud_event;

    #[test]
    fn every_event_has_what_the_schema_asks_for() {
        for one in every_cloud_event() {
            let told = event(&one);
            let number = |name: &str| told[name].as_u64().unwrap_or_else(|| panic!("{name} of {told}"));
            assert_eq!(number("type_uid"), number("class_uid") * 100 + number("activity_id"));
            assert!(number("class_uid") == 0 || number("class_uid") / 1_000 == number("category_uid"), "{told}");
            assert!((1..=5).contains(&number("severity_id")));
            assert!(told["metadata"]["version"].is_string() && told["metadata"]["product"]["name"] == PRODUCT);
            assert!(told["time"].is_i64() || told["time"].is_u64());
            let is_other = number("activity_id") == u64::from(OTHER);
            assert_eq!(told["activity_name"].is_string(), is_other, "{told}");
        }
    }

    #[test]
    fn a_refusal_is_a_failed_authentication() {
        let mut denied = every_cloud_event().into_iter().find(|one| name_of(one) == "access.denied").unwrap();
        denied.subject = "lon1/hall-a/r07/c03/front".to_owned();
        let told = event(&denied);
        assert_eq!(
            (&told["type_uid"], &told["status_id"], &told["action"]),
            (&json!(300_201), &json!(2), &json!("Denied"))
        );
        assert_eq!(told["dst_endpoint"]["zone"], "lon1/hall-a/r07/c03");
        assert_eq!(told["severity_id"], 2);
    }

    #[test]
    fn an_alarm_is_a_finding_until_it_is_closed() {
        let check = |name: &str, expect: u64| assert_eq!(u64::from(class_of(name).activity), expect, "{name}");
        check("alarm.raised", 1);
        check("alarm.acknowledged", 2);
        check("alarm.closed", 3);
        assert_eq!(
            [Some(1), Some(2), Some(3), Some(4), None].map(|one| severity("alarm.raised", one)),
            [5, 4, 3, 2, 1]
        );
    }
}
