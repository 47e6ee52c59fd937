//! Who is inside, visitors, musters and the hand-over through the API: what is shown to whom, what is refused with which
//! pointers, and that names are kept where they can be erased.

use rackward_core::DeviceReport;
use rackward_core::facts::Lock;
use rackward_core::permission::OperatorRole;
use rackward_dashboard::wire::card::CardNumber;
use serde_json::{Value, json};

use crate::asking::{Answered, Desk, Who, new_key};
use crate::site_in_memory::{closed, open};

const ROOT: Who = Who::Socket(0);
const CARD: &str = "26:12:34567";

fn check(answered: &Answered, status: u16) -> Value {
    assert_eq!(answered.status.as_u16(), status, "{}", answered.text());
    answered.json()
}

/// Ada Byrne, with a card, in the lobby.
async fn with_ada_inside() -> Desk {
    let desk = Desk::open();
    desk.site.all_quiet();
    check(&desk.post(&ROOT, "/api/v1/people", json!({ "name": "Ada Byrne" })).await, 201);
    check(&desk.post(&ROOT, "/api/v1/credentials", json!({ "person": "ada", "card": CARD })).await, 201);
    let grant = json!({ "person": "ada", "doors": ["main-entrance"], "to_at": "PT8H", "reason": "Fans" });
    check(&desk.post(&ROOT, "/api/v1/grants", grant).await, 201);
    desk.site.badge("main-entrance-reader-in", &CardNumber::parse(CARD).unwrap().bits);
    desk.site.report("main-entrance-lock", DeviceReport::Facts(open(None, Lock::Unlocked)));
    desk.site.report("main-entrance-lock", DeviceReport::Facts(closed(None)));
    desk
}

async fn enter(desk: &Desk, who: &Who) -> Answered {
    let body = json!({
        "name": "Vera Berg", "company": "Fans Ltd", "host": "ada", "area": "hall-a", "reason": "New fans",
        "until_at": "PT2H",
    });
    desk.post(who, "/api/v1/visitors", body).await
}

async fn start(desk: &Desk, kind: &str, area: &str) -> Answered {
    desk.post(&ROOT, "/api/v1/musters", json!({ "kind": kind, "area": area, "reason": "Smoke" })).await
}

#[tokio::test]
async fn who_is_inside_is_listed_with_how_sure_that_is() {
    let desk = with_ada_inside().await;
    check(&enter(&desk, &ROOT).await, 201);
    let inside = check(&desk.get(&ROOT, "/api/v1/inside").await, 200);
    let rows = inside["items"].as_array().unwrap();
    assert_eq!((rows.len(), &inside["total_estimate"]), (2, &json!(2)));
    let (vera, ada) = (&rows[0], &rows[1]);
    assert_eq!([&ada["id"], &ada["name"], &ada["kind"]], [&json!("p-1"), &json!("Ada Byrne"), &json!("person")]);
    assert_eq!([&ada["area"], &ada["entered_by"]], [&json!("lon1/lobby"), &json!("card")]);
    assert_eq!(ada["area_words"], "lobby (hall)");
    assert_eq!(ada["confidence"], "b", "nothing reads who leaves the lobby");
    assert_eq!(ada["last_seen"]["place"], "lon1/main-entrance/in");
    assert_eq!(
        [&vera["id"], &vera["name"], &vera["company"]],
        [&json!("vis-1"), &json!("Vera Berg"), &json!("Fans Ltd")]
    );
    assert_eq!(vera["escort"], json!({ "id": "p-1", "name": "Ada Byrne" }));
    assert_eq!([&vera["confidence"], &vera["entered_by"]], [&json!("c"), &json!("escort")]);
    let hall = check(&desk.get(&ROOT, "/api/v1/inside?area=hall-a").await, 200);
    assert_eq!(hall["items"].as_array().unwrap().len(), 1);
    let nowhere = desk.get(&ROOT, "/api/v1/inside?area=moon").await;
    assert_eq!((nowhere.status.as_u16(), nowhere.pointers()), (422, vec!["?area".to_owned()]), "{}", nowhere.text());
    let visitors = check(&desk.get(&ROOT, "/api/v1/inside?filter=kind:visitor").await, 200);
    assert_eq!(visitors["items"][0]["id"], "vis-1");
}

#[tokio::test]
async fn a_wall_sees_how_many_and_nobody() {
    let desk = with_ada_inside().await;
    let wall = Who::Session(desk.sign_in(OperatorRole::WallScreen).await);
    let counts = desk.get(&wall, "/api/v1/inside/areas").await;
    let listed = check(&counts, 200);
    let lobby = listed["items"].as_array().unwrap().iter().find(|row| row["area"] == "lon1/lobby").unwrap().clone();
    assert_eq!([&lobby["count"], &lobby["name"], &lobby["parent"]], [&json!(1), &json!("lobby"), &Value::Null]);
    assert!(!counts.text().contains("Ada") && !counts.text().contains("p-1"), "{}", counts.text());
    assert!(!listed["items"].as_array().unwrap().iter().any(|row| row["area"] == "lon1/hall-a/r02/c01"), "no racks");
    assert_eq!(desk.get(&wall, "/api/v1/inside").await.status.as_u16(), 403);
    assert_eq!(desk.get(&wall, "/api/v1/musters").await.status.as_u16(), 403);
    check(&desk.post(&ROOT, "/api/v1/shift/note", json!({ "note": "Gate 3 sticks" })).await, 200);
    check(&enter(&desk, &ROOT).await, 201);
    let shift = desk.get(&wall, "/api/v1/shift").await;
    let told = check(&shift, 200);
    assert_eq!([&told["note"], &told["visitors"]], [&Value::Null, &json!([])], "{}", shift.text());
}

#[tokio::test]
async fn a_muster_from_its_start_to_its_report() {
    let desk = with_ada_inside().await;
    let started = start(&desk, "real", "lobby").await;
    let summary = check(&started, 201);
    assert_eq!(started.header("location"), "/api/v1/musters/mus-1");
    assert_eq!([&summary["state"], &summary["counts"]["missing"]], [&json!("running"), &json!(1)]);
    let alarms = check(&desk.get(&ROOT, "/api/v1/alarms").await, 200);
    let alarm = alarms["items"].as_array().unwrap().iter().find(|row| row["kind"] == "muster").unwrap().clone();
    assert_eq!([&alarm["priority"], &alarm["shelf_limit_s"]], [&json!(1), &Value::Null]);
    let found = json!({ "name": "Vera Berg", "area": "lobby" });
    check(&desk.post(&ROOT, "/api/v1/musters/mus-1/visitors", found).await, 201);
    let marks = json!({ "marks": [
        { "person": "p-1", "status": "safe", "where": "car park", "note": "cold" },
        { "person": "vis-1", "status": "unsure" },
    ]});
    let marked = check(&desk.post(&ROOT, "/api/v1/musters/mus-1/marks", marks).await, 200);
    assert_eq!(marked["counts"], json!({ "missing": 0, "safe": 1, "unsure": 1, "not_on_site": 0 }));
    let ada = &marked["persons"][0];
    assert_eq!(
        [&ada["name"], &ada["status"], &ada["said"]["where"]],
        [&json!("Ada Byrne"), &json!("safe"), &json!("car park")]
    );
    assert_eq!(ada["said"]["by"], "uid:0");
    assert_eq!(marked["readers"].as_array().unwrap().len(), 3, "the readers of the lobby's doors");
    let shown = desk.get(&ROOT, "/api/v1/musters/mus-1").await;
    assert_eq!(check(&shown, 200), marked);
    assert_eq!(shown.header("etag"), format!("\"{}\"", marked["revision"]));
    let ended = desk.post(&ROOT, "/api/v1/musters/mus-1/end", json!({ "report": "All out.\nOne cold." })).await;
    let ended = check(&ended, 200);
    assert_eq!([&ended["state"], &ended["missing_at_end"]], [&json!("ended"), &json!(["vis-1"])]);
    let again = desk.post(&ROOT, "/api/v1/musters/mus-1/end", json!({ "report": "x" })).await;
    assert_eq!(again.status.as_u16(), 409, "{}", again.text());
    let listed = check(&desk.get(&ROOT, "/api/v1/musters?filter=state:ended").await, 200);
    assert_eq!(listed["items"][0]["report"], "All out.\nOne cold.");
    assert!(!desk.site.journal_text().contains("Vera") && !desk.site.journal_text().contains("Ada"), "ids alone");
}

#[tokio::test]
async fn everything_wrong_with_marks_is_told_with_its_place() {
    let desk = with_ada_inside().await;
    check(&start(&desk, "drill", "lobby").await, 201);
    let marks = json!({ "marks": [
        { "person": "ada", "status": "safe" },
        { "person": "p-1", "status": "fine", "note": "a\u{202e}b" },
    ]});
    let wrong = desk.post(&ROOT, "/api/v1/musters/mus-1/marks", marks).await;
    assert_eq!(wrong.status.as_u16(), 422);
    assert_eq!(wrong.pointers(), ["/marks/0/person", "/marks/1/status", "/marks/1/note"]);
    let unknown = json!({ "marks": [{ "person": "p-9", "status": "safe" }] });
    let unknown = desk.post(&ROOT, "/api/v1/musters/mus-1/marks", unknown).await;
    assert_eq!((unknown.status.as_u16(), unknown.pointers()), (422, vec!["/marks".to_owned()]), "{}", unknown.text());
    let missing = json!({ "marks": [{ "status": "safe" }] });
    let missing = desk.post(&ROOT, "/api/v1/musters/mus-1/marks", missing).await;
    assert_eq!(missing.pointers(), ["/marks/0/person"], "{}", missing.text());
    let started = desk.post(&ROOT, "/api/v1/musters", json!({ "kind": "x", "area": "lobby", "reason": "" })).await;
    assert_eq!((started.status.as_u16(), started.pointers()), (422, vec!["/kind".to_owned(), "/reason".to_owned()]));
    assert_eq!(start(&desk, "drill", "moon").await.pointers(), ["/area"]);
    assert_eq!(start(&desk, "drill", "lobby").await.status.as_u16(), 409);
    assert_eq!(desk.get(&ROOT, "/api/v1/musters/mus-9").await.status.as_u16(), 404);
    assert_eq!(desk.get(&ROOT, "/api/v1/musters/x").await.status.as_u16(), 404);
}

#[tokio::test]
async fn marks_need_no_key_and_are_the_same_however_often_they_come() {
    let desk = with_ada_inside().await;
    check(&start(&desk, "drill", "lobby").await, 201);
    let body = json!({ "marks": [{ "person": "p-1", "status": "safe", "at": "2026-07-24T13:03:30Z" }] });
    let send = async || {
        let request =
            axum::http::Request::post("/api/v1/musters/mus-1/marks").header("content-type", "application/json");
        desk.send(ROOT, request.body(axum::body::Body::from(body.to_string())).unwrap()).await
    };
    let first = check(&send().await, 200);
    let head = desk.site.head_now();
    assert_eq!(check(&send().await, 200), first);
    assert_eq!(desk.site.head_now(), head, "nothing new was recorded");
}

#[tokio::test]
async fn a_visitor_comes_and_goes_and_a_repetition_is_answered_with_the_name() {
    let desk = with_ada_inside().await;
    let key = new_key();
    let body = json!({
        "name": "Vera Berg", "company": "Fans Ltd", "host": "p-1", "area": "hall-a", "reason": "New fans", "until_at": "PT2H",
    });
    let send = async || {
        let request = axum::http::Request::post("/api/v1/visitors").header("content-type", "application/json");
        let request = request.header("idempotency-key", &key).body(axum::body::Body::from(body.to_string())).unwrap();
        desk.send(ROOT, request).await
    };
    let first = check(&send().await, 201);
    let again = send().await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(check(&again, 201), first);
    assert_eq!(first["host"]["name"], "Ada Byrne");
    check(&desk.post(&ROOT, "/api/v1/visitors/vis-1/leave", json!({})).await, 200);
    assert_eq!(desk.post(&ROOT, "/api/v1/visitors/vis-1/leave", json!({})).await.status.as_u16(), 409);
    let left = check(&desk.get(&ROOT, "/api/v1/visitors/vis-1").await, 200);
    assert_eq!([&left["inside"], &left["left_by"]], [&json!(false), &json!("uid:0")]);
    let wrong = json!({ "name": "", "host": "ada", "area": "hall-a", "reason": "", "until_at": "PT2H" });
    assert_eq!(desk.post(&ROOT, "/api/v1/visitors", wrong).await.pointers(), ["/name", "/reason"]);
    let nobody = json!({ "name": "V", "host": "xyz", "area": "hall-a", "reason": "x", "until_at": "PT2H" });
    assert_eq!(desk.post(&ROOT, "/api/v1/visitors", nobody).await.pointers(), ["/host"]);
    let long = json!({ "name": "V", "host": "p-1", "area": "hall-a", "reason": "x", "until_at": "P30D" });
    assert_eq!(desk.post(&ROOT, "/api/v1/visitors", long).await.pointers(), ["/until_at"]);
}

#[tokio::test]
async fn the_desk_is_handed_over() {
    let desk = with_ada_inside().await;
    let empty = check(&desk.get(&ROOT, "/api/v1/shift").await, 200);
    assert_eq!([&empty["note"], &empty["taken"], &empty["revision"]], [&Value::Null, &Value::Null, &json!(0)]);
    check(&enter(&desk, &ROOT).await, 201);
    let note = json!({ "note": "Gate 3 sticks.\nCall the smith." });
    let noted = check(&desk.post(&ROOT, "/api/v1/shift/note", note).await, 200);
    assert_eq!([&noted["note"]["text"], &noted["revision"]], [&json!("Gate 3 sticks.\nCall the smith."), &json!(1)]);
    let security = Who::Session(desk.sign_in(OperatorRole::Security).await);
    let rejected = check(&desk.post(&security, "/api/v1/shift/reject", json!({ "note": "which smith" })).await, 200);
    assert_eq!([&rejected["taken"]["accepted"], &rejected["taken"]["note"]], [&json!(false), &json!("which smith")]);
    check(&desk.post(&security, "/api/v1/shift/accept", json!({})).await, 200);
    assert_eq!(desk.post(&security, "/api/v1/shift/accept", json!({})).await.status.as_u16(), 409);
    let shift = check(&desk.get(&security, "/api/v1/shift").await, 200);
    assert_eq!(shift["taken"]["accepted"], true);
    assert_eq!(shift["visitors"][0]["name"], "Vera Berg");
    let facilities = Who::Session(desk.sign_in(OperatorRole::Facilities).await);
    let seen = check(&desk.get(&facilities, "/api/v1/shift").await, 200);
    assert_eq!(seen["note"]["text"], "Gate 3 sticks.\nCall the smith.");
    assert_eq!(seen["visitors"], json!([]), "who may not see people");
    let wrong = desk.post(&ROOT, "/api/v1/shift/note", json!({ "note": " " })).await;
    assert_eq!((wrong.status.as_u16(), wrong.pointers()), (422, vec!["/note".to_owned()]));
}

#[tokio::test]
async fn a_tenant_sees_its_own_people_on_a_list_and_runs_none() {
    let desk = with_ada_inside().await;
    check(&start(&desk, "drill", "lobby").await, 201);
    let tenant = desk.sign_in_for("st-marys", "admin").await;
    let listed = check(&desk.get(&tenant, "/api/v1/musters").await, 200);
    assert_eq!(listed["items"], json!([]), "nobody of theirs is on it");
    assert_eq!(desk.get(&tenant, "/api/v1/musters/mus-1").await.status.as_u16(), 404);
    assert_eq!(check(&desk.get(&tenant, "/api/v1/inside").await, 200)["items"], json!([]));
    let begin = json!({ "kind": "drill", "area": "lon1/hall-a/r02/c01", "reason": "x" });
    assert_eq!(desk.post(&tenant, "/api/v1/musters", begin).await.status.as_u16(), 403);
    let moved = json!({ "organisation": "st-marys", "reason": "Moved" });
    check(&desk.put(&ROOT, "/api/v1/people/p-1/details", moved).await, 200);
    let seen = check(&desk.get(&tenant, "/api/v1/musters/mus-1").await, 200);
    assert_eq!(seen["persons"].as_array().unwrap().len(), 1);
}
