//! Operators over the API: changed by whoever has looked, named wherever somebody is meant; notes of alarms as they come back.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use rackward_core::permission::OperatorRole;
use serde_json::{Value, json};

use crate::asking::{Answered, Desk, Who};

const ROOT: Who = Who::Socket(0);
const GUARD: &str = "/api/v1/operators/guard";

async fn with_a_guard() -> Desk {
    let desk = Desk::open();
    let made = desk.post(&ROOT, "/api/v1/operators", json!({ "name": "guard", "role": "security" })).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    desk
}

async fn change(desk: &Desk, tag: &str, role: &str) -> Answered {
    let body = json!({ "role": role, "reason": "moved" });
    let request = Request::put(GUARD).header("content-type", "application/json").header("if-match", tag);
    desk.send(ROOT, request.body(Body::from(body.to_string())).unwrap()).await
}

#[tokio::test]
async fn whoever_has_seen_an_operator_may_change_them() {
    let desk = with_a_guard().await;
    let tag = desk.get(&ROOT, GUARD).await.header("etag").to_owned();
    assert_eq!(desk.get(&ROOT, "/api/v1/operators/opr-1").await.header("etag"), tag, "by id as by name");
    let changed = change(&desk, &tag, "facilities").await;
    assert_eq!((changed.status, &changed.json()["role"]), (StatusCode::OK, &json!("facilities")), "{}", changed.text());
    let late = change(&desk, &tag, "auditor").await;
    assert_eq!((late.status.as_u16(), &late.json()["code"]), (412, &json!("RW-C012")));
    let seen = desk.get(&ROOT, GUARD).await.header("etag").to_owned();
    assert_eq!(change(&desk, &seen, "auditor").await.status, StatusCode::OK);
}

#[tokio::test]
async fn names_that_mean_somebody_else_are_no_operators() {
    let desk = Desk::open();
    for name in ["opr-3", "me", "desk", "..", "-"] {
        let made = desk.post(&ROOT, "/api/v1/operators", json!({ "name": name, "role": "security" })).await;
        assert_eq!((made.status.as_u16(), made.pointers()), (422, vec!["/name".to_owned()]), "{name}");
    }
}

/// The first alarm on the list.
async fn alarm(desk: &Desk) -> String {
    desk.site.pass(Duration::from_secs(60));
    let list = desk.get(&ROOT, "/api/v1/alarms").await.json();
    format!("/api/v1/alarms/{}", list["items"][0]["id"].as_str().unwrap())
}

#[tokio::test]
async fn an_alarm_is_given_to_somebody_by_name() {
    let desk = with_a_guard().await;
    let path = alarm(&desk).await;
    for (to, problem) in [("nobody", "unknown-name"), ("opr-99", "unknown-name")] {
        let refused = desk.post(&ROOT, &format!("{path}/assign"), json!({ "to": to })).await;
        let kind = refused.json()["type"].as_str().unwrap().to_owned();
        assert!(kind.ends_with(problem) && refused.pointers() == ["/to"], "{to}: {}", refused.text());
    }
    let given = desk.post(&ROOT, &format!("{path}/assign"), json!({ "to": "guard" })).await;
    assert_eq!(given.status, StatusCode::OK, "{}", given.text());
    assert_eq!(desk.get(&ROOT, &path).await.json()["assignee"], "opr-1");
}

#[tokio::test]
async fn what_was_noted_of_an_alarm_is_shown_to_those_who_answer_it() {
    let desk = Desk::open();
    let path = alarm(&desk).await;
    for note in ["guard is on the way", "door was propped"] {
        let noted = desk.post(&ROOT, &format!("{path}/note"), json!({ "note": note })).await;
        assert_eq!(noted.status, StatusCode::OK, "{}", noted.text());
    }
    let notes = async |who: &Who| desk.get(who, &path).await.json()["notes"].clone();
    let shown = notes(&ROOT).await;
    let texts: Vec<&str> = shown.as_array().unwrap().iter().map(|note| note["note"].as_str().unwrap()).collect();
    assert_eq!(texts, ["guard is on the way", "door was propped"]);
    assert_eq!(shown[0]["by"], "uid:0");
    let screen = Who::Session(desk.sign_in(OperatorRole::WallScreen).await);
    assert_eq!(notes(&screen).await, Value::Null);
}

#[tokio::test]
async fn what_lasts_for_a_while_is_the_same_request_each_time() {
    let desk = Desk::open();
    desk.post(&ROOT, "/api/v1/people", json!({ "name": "Ada Byrne" })).await;
    let grant = async || {
        let body = json!({ "person": "p-1", "doors": ["main-entrance"], "to_at": "PT4H", "reason": "x" });
        let request = Request::post("/api/v1/grants").header("content-type", "application/json");
        let request = request.header("idempotency-key", "\"k1\"").body(Body::from(body.to_string())).unwrap();
        desk.send(ROOT, request).await
    };
    let first = grant().await;
    assert_eq!(first.json()["to_at"], "2026-07-24T17:03:22.000Z", "{}", first.text());
    desk.site.pass(Duration::from_secs(300));
    let again = grant().await;
    assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &first.body));
}

#[tokio::test]
async fn an_order_for_a_lock_cannot_lie_for_hours() {
    let desk = Desk::open();
    desk.site.all_quiet();
    let open = |at: &str| json!({ "door": "main-entrance", "reason": "x", "not_after_at": at });
    for (at, status) in [("2076-07-24T13:03:40Z", 422), ("2026-07-24T13:13:23Z", 422), ("2026-07-24T13:13:22Z", 200)] {
        let answered = desk.post(&ROOT, "/api/v1/doors/open", open(at)).await;
        assert_eq!(answered.status.as_u16(), status, "{at}: {}", answered.text());
    }
    assert_eq!(desk.post(&ROOT, "/api/v1/doors/open", open("PT1H")).await.pointers(), ["/not_after_at"]);
}
