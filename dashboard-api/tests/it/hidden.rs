//! What is not told to whoever may not see persons: a screen on a wall, and programs whose tokens are for something else.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;

use rackward_core::engine::command::Scope;
use rackward_core::engine::input::{Digits, PinOutcome};
use rackward_core::entry::ReasonText;
use rackward_core::facts::Lock;
use rackward_core::id::GrantId;
use rackward_core::permission::{Actor, OperatorRole, Permission};
use rackward_core::{Caller, Command, DeviceReport};
use rackward_dashboard::wire::card::CardNumber;
use serde_json::{Value, json};

use crate::asking::{Desk, Who};
use crate::site_in_memory::open;
use crate::stream::Reader;

const ROOT: Who = Who::Socket(0);

const CARD: &str = "26:12:34567";

/// A site where somebody was stopped for a reason, and an alarm was seen with a note and given to an operator.
async fn desk() -> Desk {
    let first = Desk::open();
    first.site.know_operators();
    let desk = Desk::of(first.site);
    desk.site.all_quiet();
    desk.post(&ROOT, "/api/v1/people", json!({ "name": "Ada Byrne" })).await;
    desk.post(&ROOT, "/api/v1/people/p-1/disable", json!({ "reason": "Quarrelled with Bo" })).await;
    desk.site.operator("ann", OperatorRole::Security);
    desk.site.report("plant-room-lock", DeviceReport::Facts(open(None, Lock::Locked)));
    desk.site.pass(Duration::from_secs(2));
    let alarms = desk.get(&ROOT, "/api/v1/alarms").await.json();
    let id = alarms["items"][0]["id"].as_str().unwrap().to_owned();
    for (order, body) in [
        ("acknowledge", json!({ "note": "Sent Bo to look at it" })),
        ("assign", json!({ "to": "opr-1" })),
        ("shelve", json!({ "until_at": "2026-07-24T14:00:00Z", "reason": "Bo works there" })),
    ] {
        desk.post(&ROOT, &format!("/api/v1/alarms/{id}/{order}"), body).await;
    }
    desk
}

fn check_hidden(text: &str) {
    for secret in ["uid:", "Local user", "opr-1", "p-1", "Bo ", "Quarrelled"] {
        assert!(!text.contains(secret), "{secret:?} is told: {text}");
    }
}

#[tokio::test]
async fn the_page_of_a_wall_screen_names_nobody() {
    let desk = desk().await;
    let wall = Who::Session(desk.sign_in(OperatorRole::WallScreen).await);
    let page = desk.get(&wall, "/wall").await;
    assert_eq!(page.status.as_u16(), 200, "{}", page.text());
    check_hidden(&page.text());
}

/// Whatever a wall screen may read, none of it names anybody: every list and every view, not those that somebody thought of.
#[tokio::test]
async fn nothing_that_a_wall_screen_reads_names_anybody() {
    let desk = desk().await;
    let job = json!({ "task": "roll-key", "reason": "Bo asked for it" });
    desk.post(&ROOT, "/api/v1/devices/main-entrance-lock/job", job).await;
    let wall = Who::Session(desk.sign_in(OperatorRole::WallScreen).await);
    let document = desk.get(&ROOT, "/api/v1/openapi.json").await.json();
    let mut read = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        // The stream has a test of its own, and no end.
        if methods.get("get").is_none() || path.ends_with("/stream") {
            continue;
        }
        let path = path.replace("{device}", "main-entrance-lock").replace("{id}", "main-entrance");
        let answered = desk.get(&wall, &path.replace("{name}", "always").replace("{bus}", "lobby")).await;
        if answered.status.is_success() && !path.ends_with("/openapi.json") && !path.ends_with("/asyncapi.json") {
            check_hidden(&answered.text());
            read += 1;
        }
    }
    assert!(read > 10, "only {read} were read");
    for path in ["/api/v1/proposals", "/api/v1/proposals/prp-1"] {
        assert_eq!(desk.get(&wall, path).await.status.as_u16(), 403, "{path}");
    }
}

#[tokio::test]
async fn a_program_sees_no_page_that_its_token_is_not_for() {
    let desk = desk().await;
    let owner = desk.site.operator("ben", OperatorRole::Admin);
    let check = async |permissions: &[Permission], method: &str, path: &str, status: u16| {
        let program = Who::Program(desk.site.token(owner, permissions));
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let answered = desk.send(program, request).await;
        assert_eq!(answered.status.as_u16(), status, "{permissions:?} {path}: {}", answered.text());
    };
    use Permission::ViewMetrics;
    check(&[ViewMetrics], "GET", "/account/prove", 403).await;
    // What is one's own is no program's.
    check(&[ViewMetrics], "POST", "/account/factors", 403).await;
}

/// The alarms of a list, whatever keeps them aside.
async fn alarms(desk: &Desk, who: &Who) -> (Value, String) {
    let open = desk.get(who, "/api/v1/alarms").await;
    let shelved = desk.get(who, "/api/v1/alarms?view=shelved").await;
    let all = [open.json()["items"].as_array().unwrap().clone(), shelved.json()["items"].as_array().unwrap().clone()];
    // Signing in by a link of nobody's is an alarm as well.
    let forced = all.concat().into_iter().find(|alarm| alarm["kind"] == "door_forced_open").unwrap();
    let id = forced["id"].as_str().unwrap().to_owned();
    let one = desk.get(who, &format!("/api/v1/alarms/{id}")).await;
    (one.json(), format!("{}{}{}", open.text(), shelved.text(), one.text()))
}

#[tokio::test]
async fn an_alarm_was_seen_by_somebody() {
    let desk = desk().await;
    let wall = Who::Session(desk.sign_in(OperatorRole::WallScreen).await);
    let (alarm, told) = alarms(&desk, &wall).await;
    check_hidden(&told);
    assert_eq!((&alarm["acked"]["acked_by"], &alarm["assignee"]), (&json!("somebody"), &json!("somebody")), "{alarm}");
    assert_eq!((&alarm["source"], &alarm["active"]), (&json!("lon1/plant-room"), &json!(true)));
    for role in [OperatorRole::Facilities, OperatorRole::Auditor, OperatorRole::Security] {
        let who = Who::Session(desk.sign_in(role).await);
        let (alarm, _) = alarms(&desk, &who).await;
        assert_eq!(alarm["acked"]["note"], "Sent Bo to look at it", "{role:?} answers alarms, or reads the journal");
    }
}

#[tokio::test(start_paused = true)]
async fn the_stream_of_a_wall_screen_names_nobody() {
    let desk = desk().await;
    let wall = Who::Session(desk.sign_in(OperatorRole::WallScreen).await);
    for path in ["/api/v1/stream?after=0", "/api/v1/stream?after=999999"] {
        let response = desk.respond(wall.clone(), Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(response.status().as_u16(), 200);
        let mut reader = Reader::of(response.into_body());
        reader.read_all().await;
        check_hidden(&reader.heard);
        assert!(reader.heard.contains("lon1/plant-room"), "{}", reader.heard);
    }
}

/// Somebody was forced: whoever is at the place must not see that help was called.
#[tokio::test(start_paused = true)]
async fn a_wall_screen_shows_no_duress() {
    let desk = Desk::open();
    desk.site.all_quiet();
    desk.post(&ROOT, "/api/v1/people", json!({ "name": "ada", "pin": "47110" })).await;
    desk.post(&ROOT, "/api/v1/credentials", json!({ "person": "ada", "card": CARD })).await;
    let wish =
        json!({ "person": "ada", "doors": ["plant-room"], "to_at": "2026-07-24T17:00:00Z", "reason": "Filters" });
    desk.post(&ROOT, "/api/v1/grants", wish).await;
    let approve = Command::ApproveGrant { grant: GrantId::new(1), reason: ReasonText::parse("fine").unwrap() };
    desk.site.command(Caller::new(Actor::LocalUser(4711), OperatorRole::Admin, Scope::Site), approve).unwrap();
    desk.site.badge("plant-room-reader-in", &CardNumber::parse(CARD).unwrap().bits);
    desk.site.report("plant-room-reader-in", DeviceReport::Pin(Digits::parse("47111").unwrap()));
    desk.site.pin_checked("plant-room-reader-in", 1, PinOutcome::Duress);
    let alarms = desk.get(&ROOT, "/api/v1/alarms").await.json();
    let duress = alarms["items"].as_array().unwrap().iter().find(|alarm| alarm["kind"] == "duress").unwrap();
    let one = format!("/api/v1/alarms/{}", duress["id"].as_str().unwrap());

    let wall = Who::Session(desk.sign_in(OperatorRole::WallScreen).await);
    assert_eq!(desk.get(&wall, &one).await.status.as_u16(), 404);
    for path in ["/wall", "/api/v1/alarms", "/api/v1/alarms?view=closed_today"] {
        let told = desk.get(&wall, path).await.text();
        assert!(!told.contains("duress"), "{path}: {told}");
    }
    let counted = |status: &Value| status["alarms"]["p1"]["total"].as_u64().unwrap();
    let (all, shown) = (desk.get(&ROOT, "/api/v1/status").await, desk.get(&wall, "/api/v1/status").await);
    assert_eq!(counted(&all.json()), counted(&shown.json()) + 1);
    let request = Request::get("/api/v1/stream?after=0").body(Body::empty()).unwrap();
    let mut reader = Reader::of(desk.respond(wall, request).await.into_body());
    reader.read_all().await;
    assert!(reader.heard.contains("door.") && !reader.heard.contains("duress"), "{}", reader.heard);
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_has_the_lists_that_its_reader_could_ask_for() {
    let desk = desk().await;
    let owner = desk.site.operator("ben", OperatorRole::Admin);
    use Permission::{ViewAlarms, ViewHealth, ViewJournal, ViewSite};
    let check = async |permissions: &[Permission], topics: &[&str]| {
        let program = Who::Program(desk.site.token(owner, permissions));
        let request = Request::get("/api/v1/stream?after=999999").body(Body::empty()).unwrap();
        let mut reader = Reader::of(desk.respond(program, request).await.into_body());
        reader.read_all().await;
        let told = reader.other.iter().filter(|(name, _)| name == "snapshot");
        let told: Vec<&str> = told.map(|(_, data)| data["topic"].as_str().unwrap()).collect();
        assert_eq!(told, topics, "{permissions:?}");
    };
    check(&[ViewHealth, ViewAlarms], &["alarms"]).await;
    check(&[ViewHealth, ViewAlarms, ViewSite], &["alarms", "points"]).await;
    check(&[ViewHealth, ViewJournal], &[]).await;
    check(&[ViewHealth, ViewJournal, ViewSite], &["points"]).await;
}

/// The families of the events that come after the beginning of the journal.
async fn followed(desk: &Desk, who: &Who, query: &str) -> Result<BTreeSet<String>, u16> {
    let path = format!("/api/v1/stream?after=0{query}");
    let response = desk.respond(who.clone(), Request::get(path).body(Body::empty()).unwrap()).await;
    if response.status().as_u16() != 200 {
        return Err(response.status().as_u16());
    }
    let mut reader = Reader::of(response.into_body());
    reader.read_all().await;
    let names = reader.heard.lines().filter_map(|line| line.strip_prefix("event: ")?.split_once('.'));
    Ok(names.map(|(family, _)| family.to_owned()).collect())
}

#[tokio::test(start_paused = true)]
async fn a_program_follows_the_topics_that_its_token_is_for() {
    let desk = desk().await;
    let owner = desk.site.operator("ben", OperatorRole::Admin);
    use Permission::{ViewAlarms, ViewHealth, ViewJournal, ViewPeople, ViewSite};
    let everything = followed(&desk, &ROOT, "").await.unwrap();
    for family in ["alarm", "door", "device", "person", "operator"] {
        assert!(everything.contains(family), "nothing is tried of {family}: {everything:?}");
    }
    let check = async |permissions: &[Permission], query: &str, expect: Result<&[&str], u16>| {
        let program = Who::Program(desk.site.token(owner, permissions));
        let expect = expect.map(|families| families.iter().map(|family| (*family).to_owned()).collect());
        assert_eq!(followed(&desk, &program, query).await, expect, "{permissions:?} {query}");
    };
    check(&[ViewAlarms], "", Ok(&["alarm"])).await;
    check(&[ViewSite], "", Ok(&["door"])).await;
    check(&[ViewHealth], "", Ok(&["device"])).await;
    check(&[ViewAlarms, ViewSite], "&topics=events", Ok(&["alarm", "door"])).await;
    check(&[ViewAlarms, ViewSite], "&topics=points", Ok(&["door"])).await;
    check(&[ViewAlarms, ViewSite], "&topics=alarms,devices", Err(403)).await;
    check(&[ViewAlarms], "&topics=people", Err(403)).await;
    check(&[ViewPeople], "", Err(403)).await;
    check(&[ViewJournal], "&topics=alarms", Ok(&["alarm"])).await;
    check(&[ViewJournal], "&topics=people", Ok(&["person", "schedule"])).await;
    let program = Who::Program(desk.site.token(owner, &[ViewJournal]));
    let all = followed(&desk, &program, "").await.unwrap();
    assert!(all.is_superset(&everything), "{all:?}");
    let tenant = desk.sign_in_for("st-marys", "admin").await;
    assert_eq!(followed(&desk, &tenant, "").await, Err(403), "what happens is not one organisation's");
}
