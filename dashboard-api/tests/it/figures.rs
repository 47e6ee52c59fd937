//! Figures and proposals through the API: a door that people hold too long, for some days.

use std::time::Duration;

use rackward_core::DeviceReport;
use rackward_core::facts::Lock;
use rackward_core::permission::OperatorRole;
use rackward_dashboard::wire::card::CardNumber;
use serde_json::{Value, json};

use crate::asking::{Desk, Who};
use crate::site_in_memory::{closed, open};

const ROOT: Who = Who::Socket(0);
const CARD: &str = "26:12:34567";
const TIMES: u64 = 12;

/// A site whose main entrance was held open for 32 s twelve times in four days; the first of these alarms was acknowledged
/// after seven seconds.
async fn held_for_days() -> Desk {
    let desk = Desk::open();
    desk.site.all_quiet();
    for (path, body) in [
        ("people", json!({ "name": "Ada Byrne" })),
        ("credentials", json!({ "person": "p-1", "card": CARD })),
        (
            "grants",
            json!({ "person": "p-1", "doors": ["main-entrance"], "to_at": "2026-08-20T16:00:00Z", "reason": "x" }),
        ),
    ] {
        let answered = desk.post(&ROOT, &format!("/api/v1/{path}"), body).await;
        assert!(answered.status.is_success(), "{path}: {}", answered.text());
    }
    desk.site.report("main-entrance-lock", DeviceReport::Facts(open(None, Lock::Unlocked)));
    desk.site.report("main-entrance-lock", DeviceReport::Facts(closed(None)));
    for time in 0..TIMES {
        desk.site.pass(Duration::from_secs(8 * 3600));
        desk.site.badge("main-entrance-reader-in", &CardNumber::parse(CARD).unwrap().bits);
        desk.site.report("main-entrance-lock", DeviceReport::Facts(open(None, Lock::Unlocked)));
        // To each deadline on its own, as the daemon wakes at each.
        for seconds in [20, 10, 2] {
            desk.site.pass(Duration::from_secs(seconds));
        }
        desk.site.report("main-entrance-lock", DeviceReport::Facts(closed(None)));
        if time == 0 {
            desk.site.pass(Duration::from_secs(5));
            acknowledge(&desk, "door_held_open").await;
        }
    }
    desk
}

async fn acknowledge(desk: &Desk, kind: &str) {
    let alarms = desk.get(&ROOT, "/api/v1/alarms").await.json();
    let alarm = alarms["items"].as_array().unwrap().iter().find(|alarm| alarm["kind"] == kind).unwrap();
    let path = format!("/api/v1/alarms/{}/acknowledge", alarm["id"].as_str().unwrap());
    let note = json!({ "note": "asked them to close it" });
    let request = crate::asking::json_request("POST", &path, &note);
    let answered = desk.send(ROOT, request).await;
    assert!(answered.status.is_success(), "{}", answered.text());
}

async fn figures(desk: &Desk, query: &str) -> Value {
    let answered = desk.get(&ROOT, &format!("/api/v1/alarms/figures{query}")).await;
    assert_eq!(answered.status.as_u16(), 200, "{query}: {}", answered.text());
    answered.json()
}

#[tokio::test]
async fn alarms_are_counted_for_the_site_its_doors_and_who_answers() {
    let desk = held_for_days().await;
    let all = figures(&desk, "").await;
    assert_eq!(all["whole"]["raised"], 2 * TIMES, "a warning and an alarm each time: {all}");
    let priority = |number: usize| &all["whole"]["by_priority"][number - 1]["count"];
    assert_eq!([1, 2, 3, 4].map(priority), [&json!(0), &json!(TIMES), &json!(0), &json!(TIMES)]);
    assert_eq!((&all["doors"][0]["door"], &all["doors"][1]), (&json!("lon1/main-entrance"), &Value::Null));
    let me = &all["operators"][0];
    assert_eq!((&me["operator"], &me["acknowledged"], &me["p50_s"]), (&json!("uid:0"), &json!(1), &json!(8)), "to 6 %");
    assert_eq!(all["top"][0]["share_permille"], 500);
    let standing = |measure: &str| {
        let mark = all["marks"].as_array().unwrap().iter().find(|mark| mark["measure"] == measure).unwrap();
        mark["standing"].as_str().unwrap().to_owned()
    };
    assert_eq!((standing("average_rate"), standing("worst_source_share")), ("ok".to_owned(), "short".to_owned()));
    for (query, raised, operators) in [
        ("?door=main-entrance", 2 * TIMES, 1),
        ("?area=lobby", 2 * TIMES, 1),
        ("?door=plant-room", 0, 0),
        ("?operator=uid:0", 2 * TIMES, 1),
        ("?operator=uid:5", 2 * TIMES, 0),
    ] {
        let some = figures(&desk, query).await;
        let found = (&some["whole"]["raised"], some["operators"].as_array().unwrap().len());
        assert_eq!(found, (&json!(raised), operators), "{query}");
    }
}

#[tokio::test]
async fn a_period_is_from_its_first_instant_to_the_first_after_it() {
    let desk = held_for_days().await;
    // The first entry is of 13:03:22; the door is opened every eight hours and 32 seconds from 21:03:22 on, five seconds later
    // after the first time.
    for (query, raised) in [
        ("from=2026-07-24T00:00:00Z&to=2026-07-24T21:03:42Z", 0),
        ("from=2026-07-24T00:00:00Z&to=2026-07-24T21:03:42.000001Z", 1),
        ("from=2026-07-24T21:03:42Z&to=2026-07-24T21:03:52Z", 1),
        ("from=2026-07-24T21:03:42Z&to=2026-07-24T21:03:53Z", 2),
        ("from=2026-07-24T21:03:53Z&to=2026-07-25T21:00:00Z", 4),
        ("from=2020-07-24T21:03:53Z&to=2020-07-25T21:00:00Z", 0),
        ("from=2026-07-24T21:03:53Z&to=2026-09-25T21:00:00Z", 2 * TIMES - 2),
    ] {
        assert_eq!(figures(&desk, &format!("?{query}")).await["whole"]["raised"], raised, "{query}");
    }
    for (query, status, pointer) in [
        ("from=2026-07-25T00:00:00Z&to=2026-07-24T00:00:00Z", 422, "?from"),
        ("from=2036-07-25T00:00:00Z", 422, "?from"),
        ("from=2026-01-01T00:00:00Z", 422, "?from"),
        ("from=yesterday", 400, "?from"),
        ("form=2026-07-25T00:00:00Z", 400, "?form"),
        ("door=nowhere", 422, "?door"),
        ("area=nowhere", 422, "?area"),
        ("operator=nobody", 422, "?operator"),
        ("operator=uid:", 422, "?operator"),
    ] {
        let answered = desk.get(&ROOT, &format!("/api/v1/alarms/figures?{query}")).await;
        let found = (answered.status.as_u16(), answered.pointers());
        assert_eq!(found, (status, vec![pointer.to_owned()]), "{query}: {}", answered.text());
    }
}

#[tokio::test]
async fn proposals_say_why_there_is_none() {
    let desk = held_for_days().await;
    let answered = desk.get(&ROOT, "/api/v1/alarms/proposals").await.json();
    let items = answered["items"].as_array().unwrap();
    let held = items.iter().find(|item| item["kind"] == "door_held_open").unwrap();
    assert_eq!(
        (&held["door"], &held["recorded"], &held["different"]),
        (&json!("lon1/main-entrance"), &json!(12), &json!(0))
    );
    // Nobody judged them, so nobody knows that they were nothing.
    assert_eq!((&held["reason"], &held["change"]), (&json!("too_few_judged"), &Value::Null));
    let first = &held["tried"][0];
    assert_eq!((&first["change"]["to_ms"], &first["spared"]), (&json!(40_000), &json!(12)), "{held}");
    assert_eq!(held["sentence"], "door open too long, 12 times: only 0 judged; close alarms with a verdict");
}

#[tokio::test]
async fn who_answers_alarms_does_not_see_how_others_do() {
    let desk = held_for_days().await;
    for path in ["/api/v1/alarms/figures", "/api/v1/alarms/proposals"] {
        for (role, expect) in [(OperatorRole::Admin, 200), (OperatorRole::Auditor, 200), (OperatorRole::Security, 403)]
        {
            let who = Who::Session(desk.sign_in(role).await);
            assert_eq!(desk.get(&who, path).await.status.as_u16(), expect, "{path} {role:?}");
        }
        let tenant = desk.sign_in_for("st-marys", "admin").await;
        assert_eq!(desk.get(&tenant, path).await.status.as_u16(), 403, "{path}");
    }
}
