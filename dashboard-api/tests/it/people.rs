//! The life cycle of people and cards through the API: joining, moving, leaving, PINs, lock-outs, whereabouts.

use rackward_core::engine::command::Scope;
use rackward_core::engine::input::{Digits, PinOutcome};
use rackward_core::entry::ReasonText;
use rackward_core::facts::Lock;
use rackward_core::id::GrantId;
use rackward_core::permission::{Actor, OperatorRole};
use rackward_core::{Caller, Command, DeviceReport};
use rackward_dashboard::wire::card::CardNumber;
use serde_json::{Value, json};

use crate::asking::{Answered, Desk, Who};
use crate::site_in_memory::{closed, open};

const ROOT: Who = Who::Socket(0);
const CARD: &str = "26:12:34567";

async fn with_ada() -> Desk {
    let desk = Desk::open();
    desk.site.all_quiet();
    desk.post(&ROOT, "/api/v1/people", json!({ "name": "Ada Byrne" })).await;
    desk
}

async fn ada(desk: &Desk) -> Value {
    desk.get(&ROOT, "/api/v1/people/ada").await.json()
}

fn check(answered: &Answered, status: u16) {
    assert_eq!(answered.status.as_u16(), status, "{}", answered.text());
}

#[tokio::test]
async fn somebody_expected_joins_moves_and_leaves() {
    let desk = Desk::open();
    let wanted = json!({
        "name": "Ada Byrne", "status": "expected", "organisation": "st-marys", "clearance": "high", "extended_time": true,
    });
    let made = desk.post(&ROOT, "/api/v1/people", wanted).await;
    check(&made, 201);
    let expect = json!({
        "id": "p-1", "name": "Ada Byrne", "status": "expected", "organisation": "st-marys", "clearance": "high",
        "extended_time": true, "pin_set": false, "place": null, "since_at": null, "external_id": null,
    });
    assert_eq!(made.json(), expect);
    let status = async |word: &str, expect: u16| {
        let answered =
            desk.post(&ROOT, "/api/v1/people/ada/status", json!({ "status": word, "reason": "HR says so" })).await;
        check(&answered, expect);
    };
    status("suspended", 409).await;
    status("enabled", 200).await;
    status("suspended", 200).await;
    check(&desk.post(&ROOT, "/api/v1/people/ada/enable", json!({ "reason": "Back" })).await, 200);
    let moved = json!({ "organisation": "the-royal", "reason": "Moved" });
    let moved = desk.put(&ROOT, "/api/v1/people/ada/details", moved).await.json();
    let told = [&moved["organisation"], &moved["clearance"], &moved["extended_time"]];
    assert_eq!(told, [&json!("the-royal"), &json!("high"), &json!(true)], "what is left out stays");
    let nowhere = json!({ "organisation": "nobody", "reason": "Moved" });
    assert_eq!(desk.put(&ROOT, "/api/v1/people/ada/details", nowhere).await.pointers(), ["/organisation"]);
    let wrong = json!({ "clearance": "top", "reason": "" });
    assert_eq!(desk.put(&ROOT, "/api/v1/people/ada/details", wrong).await.pointers(), ["/clearance", "/reason"]);
    status("left", 200).await;
    status("enabled", 409).await;
    status("expected", 200).await;
    assert_eq!(ada(&desk).await["status"], "expected");
}

#[tokio::test]
async fn pins_are_set_where_they_may_be() {
    let desk = with_ada().await;
    let pin = async |path: &str, pin: &str| {
        desk.put(&ROOT, &format!("/api/v1/people/ada/{path}"), json!({ "pin": pin })).await
    };
    let early = pin("duress-pin", "271828").await;
    assert_eq!((early.status.as_u16(), early.pointers()), (422, vec!["/pin".to_owned()]), "{}", early.text());
    assert_eq!(pin("pin", "12").await.pointers(), ["/pin"]);
    check(&pin("pin", "314159").await, 200);
    check(&pin("duress-pin", "271828").await, 200);
    let ada = ada(&desk).await;
    assert_eq!((&ada["pin_set"], &ada["duress_pin_set"]), (&json!(true), &json!(null)));
    let shown = desk.post(&ROOT, "/api/v1/people/p-1/reveal", json!({ "reason": "Drill" })).await;
    check(&shown, 200);
    assert_eq!(shown.json(), json!({ "id": "p-1", "name": "Ada Byrne", "duress_pin_set": true }));
    assert!(desk.site.journal_text().contains("Revealed"));
    assert!(!desk.site.journal_text().contains("271828"));
}

#[tokio::test]
async fn a_pin_too_short_for_how_many_there_are_leaves_nobody_behind() {
    let desk = Desk::open();
    for number in 0..10 {
        let wanted = json!({ "name": format!("Person {number}"), "pin": "4711" });
        check(&desk.post(&ROOT, "/api/v1/people", wanted).await, 201);
    }
    let head = desk.site.head_now();
    let wanted = |pin: &str| json!({ "name": "", "pin": pin });
    let short = desk.post(&ROOT, "/api/v1/people", wanted("4711")).await;
    assert_eq!((short.status.as_u16(), short.pointers()), (422, vec!["/name".to_owned(), "/pin".to_owned()]));
    assert!(short.json()["detail"].as_str().unwrap().contains("at least 5 digits"), "{}", short.text());
    assert_eq!(desk.site.head_now(), head);
    check(&desk.post(&ROOT, "/api/v1/people", json!({ "name": "Ada", "pin": "47110" })).await, 201);
}

#[tokio::test]
async fn a_card_is_destroyed_and_a_lock_out_is_seen_and_ended() {
    let desk = with_ada().await;
    desk.put(&ROOT, "/api/v1/people/ada/pin", json!({ "pin": "314159" })).await;
    check(&desk.post(&ROOT, "/api/v1/credentials", json!({ "person": "ada", "card": CARD })).await, 201);
    let wish =
        json!({ "person": "ada", "doors": ["plant-room"], "to_at": "2026-07-24T17:00:00Z", "reason": "Filters" });
    check(&desk.post(&ROOT, "/api/v1/grants", wish).await, 202);
    let approve = Command::ApproveGrant { grant: GrantId::new(1), reason: ReasonText::parse("fine").unwrap() };
    desk.site.command(Caller::new(Actor::LocalUser(4711), OperatorRole::Admin, Scope::Site), approve).unwrap();
    let early = desk.post(&ROOT, "/api/v1/credentials/cred-1/end-lockout", json!({})).await;
    check(&early, 409);
    let card = CardNumber::parse(CARD).unwrap().bits;
    for _ in 0..5 {
        desk.site.badge("plant-room-reader-in", &card);
        desk.site.report("plant-room-reader-in", DeviceReport::Pin(Digits::parse("0000").unwrap()));
        desk.site.pin_checked("plant-room-reader-in", 1, PinOutcome::Wrong);
    }
    let list = desk.get(&ROOT, "/api/v1/people/ada/credentials").await.json();
    assert!(list["items"][0]["locked_out_until_at"].is_string(), "{list}");
    let alarms = desk.get(&ROOT, "/api/v1/alarms").await.json();
    let alarm = alarms["items"].as_array().unwrap().iter().find(|alarm| alarm["source_kind"] == "credential").unwrap();
    assert_eq!((&alarm["source"], &alarm["door"]), (&json!("cred-1"), &Value::Null));
    check(&desk.post(&ROOT, "/api/v1/credentials/cred-1/end-lockout", json!({})).await, 200);
    let list = desk.get(&ROOT, "/api/v1/people/ada/credentials").await.json();
    assert_eq!(list["items"][0]["locked_out_until_at"], Value::Null);

    let state = async |word: &str| {
        let body = json!({ "state": word, "reason": "Shredded" });
        desk.post(&ROOT, "/api/v1/credentials/cred-1/state", body).await
    };
    check(&state("destroyed").await, 200);
    check(&state("enabled").await, 409);
    assert_eq!(state("eaten").await.pointers(), ["/state"]);
}

#[tokio::test]
async fn where_somebody_is_is_shown_and_forgotten_on_request() {
    let desk = with_ada().await;
    desk.post(&ROOT, "/api/v1/credentials", json!({ "person": "ada", "card": CARD })).await;
    let wish =
        json!({ "person": "ada", "doors": ["main-entrance"], "to_at": "2026-07-24T17:00:00Z", "reason": "Visit" });
    check(&desk.post(&ROOT, "/api/v1/grants", wish).await, 201);
    desk.site.badge("main-entrance-reader-in", &CardNumber::parse(CARD).unwrap().bits);
    desk.site.report("main-entrance-lock", DeviceReport::Facts(open(None, Lock::Unlocked)));
    desk.site.report("main-entrance-lock", DeviceReport::Facts(closed(None)));
    let seen = ada(&desk).await;
    assert_eq!((&seen["place"], seen["since_at"].is_string()), (&json!("lon1/lobby"), true), "{seen}");
    let inside = desk.get(&ROOT, "/api/v1/areas/occupancy?area=lobby").await.json();
    assert_eq!((&inside["items"][0]["person"], &inside["items"][0]["name"]), (&json!("p-1"), &json!("Ada Byrne")));
    let areas = desk.get(&ROOT, "/api/v1/areas").await.json();
    let lobby = areas["items"].as_array().unwrap().iter().find(|area| area["path"] == "lon1/lobby").unwrap();
    assert_eq!(lobby["occupancy"], 1);

    let nobody = desk.post(&ROOT, "/api/v1/presence/forgive", json!({ "person": "bob", "reason": "x" })).await;
    assert_eq!((nobody.status.as_u16(), nobody.pointers()), (422, vec!["/person".to_owned()]));
    check(
        &desk.post(&ROOT, "/api/v1/presence/forgive", json!({ "area": "lobby", "reason": "Reader broke" })).await,
        200,
    );
    assert_eq!(ada(&desk).await["place"], Value::Null);
    check(&desk.get(&ROOT, "/api/v1/areas/occupancy").await, 400);
    check(&desk.get(&ROOT, "/api/v1/areas/occupancy?area=moon").await, 422);
}
