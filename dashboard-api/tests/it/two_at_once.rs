//! Two operators at one alarm: both have seen it as it was, one is first, and the other is told who that was, with what and
//! when, instead of doing it over.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use rackward_core::DeviceReport;
use rackward_core::facts::Lock;
use rackward_core::permission::{OperatorRole, Permission};
use serde_json::{Value, json};

use crate::asking::{Answered, Desk, Who, new_key};
use crate::site_in_memory::open;

/// A site with an alarm, and the two who sit at its desk.
async fn desk() -> (Desk, Who, Who, String) {
    let first = Desk::open();
    first.site.know_operators();
    let desk = Desk::of(first.site);
    desk.site.all_quiet();
    let ann = desk.site.set_up("ann", OperatorRole::Security);
    let ben = desk.site.set_up("ben", OperatorRole::Security);
    let (ann, ben) = (desk.sign_in_as(ann).await, desk.sign_in_as(ben).await);
    desk.site.report("plant-room-lock", DeviceReport::Facts(open(None, Lock::Locked)));
    desk.site.pass(Duration::from_secs(2));
    let alarms = desk.get(&ann, "/api/v1/alarms").await.json();
    let path = format!("/api/v1/alarms/{}", alarms["items"][0]["id"].as_str().unwrap());
    (desk, ann, ben, path)
}

async fn tag(desk: &Desk, who: &Who, path: &str) -> String {
    desk.get(who, path).await.header("etag").to_owned()
}

async fn order(desk: &Desk, who: &Who, path: &str, seen: &str, body: Value) -> Answered {
    let request = Request::post(path).header("content-type", "application/json");
    let request = request.header("idempotency-key", new_key()).header("if-match", seen);
    desk.send(who.clone(), request.body(Body::from(body.to_string())).unwrap()).await
}

#[tokio::test]
async fn of_two_who_acknowledge_the_second_is_told_who_was_first_and_what_they_did() {
    let (desk, ann, ben, path) = desk().await;
    let (seen_by_ann, seen_by_ben) = (tag(&desk, &ann, &path).await, tag(&desk, &ben, &path).await);
    assert_eq!(seen_by_ann, seen_by_ben, "both have seen the same");
    let acknowledge = format!("{path}/acknowledge");
    let first = order(&desk, &ann, &acknowledge, &seen_by_ann, json!({ "note": "I am on my way" })).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.text());
    let when = desk.get(&ann, &path).await.json()["acked"]["acked_at"].clone();
    desk.site.pass(Duration::from_secs(3));

    let mark = desk.site.mark();
    let second = order(&desk, &ben, &acknowledge, &seen_by_ben, json!({ "note": "Guard sent to look" })).await;
    let problem = second.json();
    assert_eq!((second.status.as_u16(), &problem["code"]), (412, &json!("RW-C012")), "{}", second.text());
    let told = &problem["meanwhile"];
    assert_eq!([&told["by"], &told["name"], &told["at"]], [&json!("opr-1"), &json!("ann"), &when], "{problem}");
    let done = told["done"].as_str().unwrap();
    assert!(done.starts_with("opr-1 acknowledged alm-1") && done.contains("I am on my way"), "{done}");
    let entry = desk.get(&ben, &format!("/api/v1/events/{}", told["entry"])).await.json();
    assert_eq!(entry["type"], "rackward.alarm.acknowledged.v1", "{entry}");
    let detail = problem["detail"].as_str().unwrap();
    let words = format!("at {}: ann (opr-1) acknowledged alm-1", when.as_str().unwrap());
    assert!(detail.contains(&words), "{detail}");
    assert_eq!(desk.site.mark(), mark, "the second one changed nothing");
    assert_eq!(desk.get(&ben, &path).await.json()["acked"]["acked_by"], "opr-1");
}

#[tokio::test]
async fn what_was_done_last_is_what_is_told() {
    let (desk, ann, ben, path) = desk().await;
    let seen = tag(&desk, &ben, &path).await;
    let check = async |verb: &str, body: Value, expect: &str| {
        let now = tag(&desk, &ann, &path).await;
        let done = order(&desk, &ann, &format!("{path}/{verb}"), &now, body).await;
        assert_eq!(done.status, StatusCode::OK, "{verb}: {}", done.text());
        let late = order(&desk, &ben, &format!("{path}/note"), &seen, json!({ "note": "late" })).await;
        let told = late.json()["meanwhile"]["entry"].clone();
        let entry = desk.get(&ben, &format!("/api/v1/events/{told}")).await.json();
        assert_eq!((late.status.as_u16(), entry["type"].as_str()), (412, Some(expect)), "{verb}: {}", late.text());
    };
    check("note", json!({ "note": "the cleaner, probably" }), "rackward.alarm.noted.v1").await;
    check("assign", json!({ "to": "me" }), "rackward.alarm.assigned.v1").await;
    check("steps", json!({ "step": 1 }), "rackward.alarm.step-done.v1").await;
    check("escalate", json!({ "reason": "nobody there" }), "rackward.alarm.escalated.v1").await;
    check("acknowledge", json!({ "note": "Seen on the camera" }), "rackward.alarm.acknowledged.v1").await;
}

#[tokio::test]
async fn a_program_is_called_as_its_owner_and_whoever_may_not_see_persons_is_told_no_name() {
    let (desk, ann, ben, path) = desk().await;
    let owner = desk.site.operator("cleo", OperatorRole::Admin);
    let program = Who::Program(desk.site.token(owner, &[Permission::AnswerAlarms, Permission::ViewAlarms]));
    let shelver = Who::Program(desk.site.token(owner, &[Permission::ShelveAlarms, Permission::ViewAlarms]));
    let seen = tag(&desk, &ann, &path).await;
    let noted = order(&desk, &program, &format!("{path}/note"), &seen, json!({ "note": "camera 4 is black" })).await;
    assert_eq!(noted.status, StatusCode::OK, "{}", noted.text());
    let late = order(&desk, &ben, &format!("{path}/note"), &seen, json!({ "note": "late" })).await.json();
    assert_eq!([&late["meanwhile"]["by"], &late["meanwhile"]["name"]], ["tok-1", "cleo"], "{late}");
    let shelve = json!({ "until_at": "2026-07-24T13:30:00Z", "reason": "late" });
    let other = order(&desk, &shelver, &format!("{path}/shelve"), &seen, shelve).await;
    let problem = other.json();
    assert_eq!((other.status.as_u16(), &problem["meanwhile"]["by"]), (412, &json!("tok-1")), "{problem}");
    assert!(!other.text().contains("cleo"), "{problem}");
}
