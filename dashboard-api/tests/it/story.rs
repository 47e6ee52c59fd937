//! A day at the desk, through the API alone: a person, a card, a grant, a badge, a refusal, an alarm.

use std::time::Duration;

use rackward_core::DeviceReport;
use rackward_core::alarm::AlarmKind;
use rackward_core::engine::input::OfflineCause;
use rackward_core::facts::Lock;
use rackward_dashboard::wire::card::CardNumber;
use serde_json::{Value, json};

use crate::asking::{Desk, Who};
use crate::site_in_memory::open;

const ROOT: Who = Who::Socket(0);
const NAME: &str = "Zebediah Quux";
const CARD: &str = "26:12:34567";

async fn events(desk: &Desk) -> Vec<Value> {
    let page = desk.get(&ROOT, "/api/v1/events?limit=1000").await;
    assert_eq!(page.json()["next_cursor"], Value::Null);
    page.json()["items"].as_array().unwrap().clone()
}

/// A person with a card and a grant for a rack and the main entrance; the grant's id.
async fn newcomer(desk: &Desk) -> String {
    let person = desk.post(&ROOT, "/api/v1/people", json!({ "name": NAME, "pin": "271828" })).await;
    assert_eq!((person.status.as_u16(), &person.json()["pin_set"]), (201, &json!(true)), "{}", person.text());
    let credential = desk.post(&ROOT, "/api/v1/credentials", json!({ "person": "zebediah", "card": CARD })).await;
    assert_eq!(credential.json()["card"], "**567", "{}", credential.text());
    let grant = json!({
        "person": "p-1", "rack": "r01/c03", "doors": ["main-entrance"], "to_at": "2026-07-24T17:00:00Z",
        "days": "Fri", "between": "08:00-18:00", "reason": "Swap power supply", "ticket": "CHG-48213",
    });
    let grant = desk.post(&ROOT, "/api/v1/grants", grant).await.json();
    let stretch = json!([{ "from": "Fri 08:00", "to": "Fri 18:00" }]);
    assert_eq!((&grant["weekly"], &grant["to_at"]), (&stretch, &json!("2026-07-24T17:00:00.000Z")), "{grant}");
    let doors = json!(["lon1/hall-a/r01/c03/front", "lon1/hall-a/r01/c03/rear", "lon1/main-entrance"]);
    let named: Vec<&Value> =
        doors.as_array().unwrap().iter().filter(|door| grant["doors"].as_array().unwrap().contains(door)).collect();
    assert_eq!(named.len(), 3, "{grant}");
    grant["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_grant_is_made_used_and_taken_back() {
    let desk = Desk::open();
    desk.site.all_quiet();
    let grant = newcomer(&desk).await;
    let explain = "/api/v1/explain?person=p-1&point=main-entrance";
    let before = desk.get(&ROOT, explain).await.json();
    assert_eq!((&before["outcome"], &before["grant"]), (&json!("granted"), &json!(grant)), "{before}");

    let card = CardNumber::parse(CARD).unwrap().bits;
    desk.site.badge("main-entrance-reader-in", &card);
    let all = events(&desk).await;
    let granted = all.iter().find(|event| event["type"] == "rackward.access.granted.v1").unwrap();
    assert_eq!(granted["subject"], "lon1/main-entrance/in");
    assert_eq!(granted["data"]["sentence"], format!("Access granted: p-1 at lon1/main-entrance/in by {grant}"));

    let revoked =
        desk.post(&ROOT, &format!("/api/v1/grants/{grant}/revoke"), json!({ "reason": "Work is done" })).await.json();
    assert_eq!((&revoked["state"], revoked["generation"].is_u64()), (&json!("revoked"), true), "{revoked}");
    desk.site.badge("main-entrance-reader-in", &card);
    let all = events(&desk).await;
    let denied = all.iter().find(|event| event["type"] == "rackward.access.denied.v1").unwrap();
    assert_eq!(denied["data"]["person_id"], "p-1");
    let after = desk.get(&ROOT, explain).await.json();
    assert_eq!((&after["outcome"], &after["reason"]), (&json!("denied"), &denied["data"]["reason"]), "{after}");
}

#[tokio::test]
async fn names_card_numbers_and_pins_stay_out_of_the_journal() {
    let desk = Desk::open();
    desk.site.all_quiet();
    newcomer(&desk).await;
    desk.site.badge("main-entrance-reader-in", &CardNumber::parse(CARD).unwrap().bits);
    let everything = format!("{}{:?}", desk.site.journal_text(), events(&desk).await);
    for secret in ["Zebediah", "Quux", "34567", "271828", "argon2"] {
        assert!(!everything.contains(secret), "{secret} is in the journal or the events");
    }
    assert!(everything.contains("CHG-48213"), "what is to be there is there");
}

#[tokio::test]
async fn an_alarm_is_seen_and_acknowledged() {
    let desk = Desk::open();
    desk.site.all_quiet();
    desk.site.report("plant-room-lock", DeviceReport::Facts(open(None, Lock::Locked)));
    desk.site.pass(Duration::from_secs(2));
    let alarm = desk.get(&ROOT, "/api/v1/alarms").await.json()["items"][0].clone();
    let told = [&alarm["kind"], &alarm["priority"], &alarm["source"], &alarm["active"], &alarm["acked"]];
    assert_eq!(told, [&json!("door_forced_open"), &json!(1), &json!("lon1/plant-room"), &json!(true), &Value::Null]);
    let path = format!("/api/v1/alarms/{}/acknowledge", alarm["id"].as_str().unwrap());
    let short = desk.post(&ROOT, &path, json!({ "note": "ok" })).await;
    assert_eq!((short.status.as_u16(), short.pointers()), (422, vec!["/note".to_owned()]));
    let seen = desk.post(&ROOT, &path, json!({ "note": "Guard sent to look" })).await;
    assert_eq!(seen.status.as_u16(), 200, "{}", seen.text());
    let alarm = desk.get(&ROOT, "/api/v1/alarms").await.json()["items"][0].clone();
    assert_eq!((&alarm["acked"]["acked_by"], &alarm["active"]), (&json!("uid:0"), &json!(true)), "{alarm}");
    let again = desk.post(&ROOT, &path, json!({ "note": "Guard sent to look" })).await;
    assert_eq!((again.status.as_u16(), &again.json()["code"]), (409, &json!("RW-C001")));
    assert_eq!(
        desk.get(&ROOT, "/api/v1/status").await.json()["alarms"]["p1"],
        json!({ "unacknowledged": 0, "total": 1 })
    );
}

#[tokio::test]
async fn an_alarm_goes_through_the_views_of_the_desk() {
    let desk = Desk::open();
    desk.site.all_quiet();
    desk.site.report("plant-room-lock", DeviceReport::PowerFault(true));
    let alarm = desk.get(&ROOT, "/api/v1/alarms?prio=3").await.json()["items"][0].clone();
    let told = [&alarm["kind"], &alarm["isa_state"], &alarm["assignee"], &alarm["level"], &alarm["shelf_limit_s"]];
    assert_eq!(told, [&json!("power_fault"), &json!("B"), &json!("desk"), &json!("desk"), &json!(28_800)]);
    let path = format!("/api/v1/alarms/{}", alarm["id"].as_str().unwrap());
    let views = async || {
        let counts = desk.get(&ROOT, "/api/v1/alarms/counts").await.json();
        let names = ["open", "active", "shelved", "out_of_service", "closed_today"];
        let listed = async |view: &str| {
            let list = desk.get(&ROOT, &format!("/api/v1/alarms?view={view}")).await.json();
            list["items"].as_array().unwrap().len()
        };
        let mut shown = Vec::new();
        for name in names {
            assert_eq!(counts[name], json!(listed(name).await), "{name}");
            shown.push(listed(name).await);
        }
        shown
    };
    let order = async |order: &str, body: serde_json::Value| {
        let answer = desk.post(&ROOT, &format!("{path}/{order}"), body).await;
        assert!(answer.status.is_success(), "{order}: {}", answer.text());
        answer.json()
    };
    assert_eq!(views().await, [1, 1, 0, 0, 0]);
    order("steps", json!({ "step": 1 })).await;
    order("shelve", json!({ "until_at": "2026-07-24T15:00:00Z", "reason": "battery on order" })).await;
    assert_eq!(views().await, [0, 0, 1, 0, 0]);
    let shelved = desk.get(&ROOT, &path).await.json();
    assert_eq!((&shelved["suppression"]["kind"], &shelved["state"]), (&json!("shelved"), &json!("shelved")));
    assert_eq!((&shelved["steps"][0]["done"], &shelved["children"]), (&json!(true), &json!([])));
    order("unshelve", json!({ "reason": "battery came" })).await;
    order("out-of-service", json!({ "until_at": "2026-07-25T15:00:00Z", "work_order": "WO-17" })).await;
    assert_eq!(views().await, [0, 0, 0, 1, 0]);
    order("return-to-service", json!({})).await;
    order("note", json!({ "note": "changed the battery" })).await;
    order("escalate", json!({ "reason": "the fuse is gone as well" })).await;
    let early = desk.post(&ROOT, &format!("{path}/close"), json!({ "verdict": "benign" })).await;
    assert_eq!((early.status.as_u16(), &early.json()["code"]), (409, &json!("RW-C001")));
    desk.site.report("plant-room-lock", DeviceReport::PowerFault(false));
    let closed = order("close", json!({ "verdict": "benign" })).await;
    assert_eq!((&closed["active"], &closed["proposal"]), (&json!(false), &serde_json::Value::Null));
    assert_eq!(views().await, [0, 0, 0, 0, 1]);
    assert_eq!(desk.get(&ROOT, &path).await.json()["judgement"]["verdict_id"], json!(5));
    for (query, parameter) in [("view=all", "?view"), ("prio=5", "?prio"), ("prio=", "?prio")] {
        let answer = desk.get(&ROOT, &format!("/api/v1/alarms?{query}")).await;
        assert_eq!((answer.status.as_u16(), answer.pointers()), (400, vec![parameter.to_owned()]), "{query}");
    }
}

#[tokio::test]
async fn doors_and_devices_are_shown_as_they_report() {
    let desk = Desk::open();
    desk.site.all_quiet();
    desk.site.report("r02-c05-rear", DeviceReport::Offline(OfflineCause::ConnectionLost));
    let doors = desk.get(&ROOT, "/api/v1/doors").await.json();
    let door =
        |path: &str| doors["items"].as_array().unwrap().iter().find(|door| door["path"] == path).unwrap().clone();
    let quiet = door("lon1/hall-a/r02/c05/front");
    assert_eq!(
        (&quiet["secured"], &quiet["glyph"], &quiet["handle"]),
        (&json!("secured"), &json!("locked"), &json!("closed"))
    );
    let away = door("lon1/hall-a/r02/c05/rear");
    assert_eq!(
        (&away["secured"], &away["glyph"], &away["contact"]),
        (&json!("unknown"), &json!("unknown"), &json!("unknown"))
    );
    assert_eq!(door("lon1/main-entrance")["handle"], Value::Null);
    let devices = desk.get(&ROOT, "/api/v1/devices").await.json();
    let device = devices["items"].as_array().unwrap().iter().find(|device| device["name"] == "r02-c05-rear").unwrap();
    assert_eq!((&device["state"], &device["role"]), (&json!("offline"), &json!("handle")));
    let points = desk.get(&ROOT, "/api/v1/points").await.json();
    assert_eq!(points["items"].as_array().unwrap().len(), 6 + 24);
}

#[tokio::test]
async fn a_release_after_its_time_does_nothing() {
    let desk = Desk::open();
    desk.site.all_quiet();
    let open = |at: &str| json!({ "door": "main-entrance", "reason": "Delivery", "not_after_at": at });
    let late = desk.post(&ROOT, "/api/v1/doors/open", open("2026-07-24T13:03:00Z")).await;
    assert_eq!((late.status.as_u16(), &late.json()["code"]), (409, &json!("RW-C002")), "{}", late.text());
    let timely = desk.post(&ROOT, "/api/v1/doors/open", open("2026-07-24T13:03:40Z")).await;
    assert_eq!(timely.status.as_u16(), 200, "{}", timely.text());
}

#[test]
fn the_manual_answers_every_alarm_with_its_priority() {
    let manual = include_str!("../../../docs/answer-an-alarm.md");
    let rows = || manual.lines().filter(|line| line.starts_with("| `"));
    for kind in AlarmKind::ALL {
        let word = format!("`{}`", kind.word());
        let row = rows().find(|row| row.split('|').nth(1).is_some_and(|cell| cell.contains(&word)));
        let priority = row.and_then(|row| row.split('|').nth(2)).map(str::trim);
        assert_eq!(priority, Some(kind.priority().number().to_string().as_str()), "{word}");
    }
}
