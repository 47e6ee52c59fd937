//! Modes of doors, lockdowns and the threat level through the API, and how the page and the status tell of them.

use rackward_core::permission::OperatorRole;
use serde_json::{Value, json};

use crate::asking::{Answered, Desk, Who};

const ROOT: Who = Who::Socket(0);

fn check(answered: &Answered, status: u16) -> Value {
    assert_eq!(answered.status.as_u16(), status, "{}", answered.text());
    answered.json()
}

/// Until when an order of these stories counts.
const SOON: &str = "2026-07-24T13:10:00Z";

fn quiet() -> Desk {
    let desk = Desk::open();
    desk.site.all_quiet();
    desk
}

#[tokio::test]
async fn a_door_is_put_in_another_mode_and_shows_it() {
    let desk = quiet();
    let order = async |order: &str| {
        let body = json!({ "door": "main-entrance", "order": order, "reason": "Drill", "not_after_at": SOON });
        desk.post(&ROOT, "/api/v1/doors/mode", body).await
    };
    let blocked = check(&order("block").await, 200);
    let told = [&blocked["mode"], &blocked["glyph"], &blocked["words"]];
    assert_eq!(told, [&json!("blocked"), &json!("blocked"), &json!("closed, locked, blocked")]);
    check(&order("lockdown").await, 200);
    let held = check(&order("unlock").await, 423);
    assert!(held["detail"].as_str().unwrap().contains("lockdown release"), "{held}");
    check(&order("lockdown-release").await, 200);
    let listed = desk.get(&ROOT, "/api/v1/doors").await.json();
    let door = listed["items"].as_array().unwrap().iter().find(|door| door["path"] == "lon1/main-entrance").unwrap();
    assert_eq!(door["mode"], "blocked");
    let open = json!({ "door": "main-entrance", "reason": "Delivery", "not_after_at": "2026-07-24T13:03:40Z" });
    check(&desk.post(&ROOT, "/api/v1/doors/open", open).await, 409);
    let wrong = order("explode").await;
    assert_eq!((wrong.status.as_u16(), wrong.pointers()), (422, vec!["/order".to_owned()]));
    assert!(wrong.json()["detail"].as_str().unwrap().contains("lock-open-release or double-lock"), "{}", wrong.text());
    let nowhere = json!({ "door": "moon", "order": "lock", "reason": "Drill", "not_after_at": SOON });
    assert_eq!(desk.post(&ROOT, "/api/v1/doors/mode", nowhere).await.pointers(), ["/door"]);
}

#[tokio::test]
async fn a_lockdown_and_a_threat_stand_in_the_status() {
    let desk = quiet();
    let who = Who::Session(desk.sign_in(OperatorRole::Security).await);
    let order = |area: &str| json!({ "area": area, "reason": "Drill", "not_after_at": SOON });
    check(&desk.post(&who, "/api/v1/areas/lockdown", order("hall-a")).await, 200);
    check(&desk.post(&who, "/api/v1/areas/lockdown", order("hall-a")).await, 409);
    check(&desk.post(&who, "/api/v1/areas/lockdown", order("lon1/hall-a/r02/c01")).await, 200);
    let level = |level: &str| json!({ "level": level, "reason": "Warned" });
    check(&desk.post(&who, "/api/v1/threat-level", level("high")).await, 200);
    let wrong = desk.post(&who, "/api/v1/threat-level", json!({ "level": "green", "reason": "" })).await;
    assert_eq!(wrong.pointers(), ["/level", "/reason"]);

    let status = desk.get(&who, "/api/v1/status").await.json();
    let told = [&status["threat_level"], &status["locked_down"], &status["requests_waiting"]];
    assert_eq!(told, [&json!("high"), &json!(["lon1/hall-a"]), &json!(0)], "the outermost of what is locked down");
    let areas = desk.get(&who, "/api/v1/areas").await.json();
    let held: Vec<&Value> =
        areas["items"].as_array().unwrap().iter().filter(|area| area["locked_down"] == true).collect();
    assert_eq!(held.len(), 3, "the hall and the racks in it");
    check(&desk.post(&who, "/api/v1/areas/release", order("hall-a")).await, 200);
    check(&desk.post(&who, "/api/v1/areas/release", order("hall-a")).await, 409);
    let nowhere = desk.post(&who, "/api/v1/areas/release", order("moon")).await;
    assert_eq!((nowhere.status.as_u16(), nowhere.pointers()), (422, vec!["/area".to_owned()]));
}

#[tokio::test]
async fn an_area_shows_what_holds_in_it() {
    let desk = quiet();
    let areas = desk.get(&ROOT, "/api/v1/areas").await.json();
    let area =
        |path: &str| areas["items"].as_array().unwrap().iter().find(|area| area["path"] == path).unwrap().clone();
    let rack = area("lon1/hall-a/r02/c01");
    let told = [&rack["kind"], &rack["owner"], &rack["inside"], &rack["ticket_required"], &rack["approvals"]];
    assert_eq!(told, [&json!("rack"), &json!("st-marys"), &json!("lon1/hall-a"), &json!(true), &json!(0)], "{rack}");
    assert_eq!(area("lon1/plant")["approvals"], 1);
    assert_eq!(area("lon1/yard")["inside"], Value::Null);
}
