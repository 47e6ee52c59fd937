//! A site where nobody gives an order alone that can take two operators: every route that gives one is answered with the
//! proposal, and does nothing until somebody else has confirmed it.

use axum::body::Body;
use axum::http::Request;
use rackward_core::permission::{OperatorRole, Permission, PermissionSet};
use serde_json::{Value, json};

use crate::asking::{Answered, Desk, Who, json_request};
use crate::document::{document, operation_of};
use crate::routes::{address, every_route, prepared};

/// Routes that take such a permission and give no order: a signed image is kept, only the machine itself makes links, and a
/// plan is a question.
const GIVE_NO_ORDER: [&str; 3] = ["/firmware", "/sessions/link", "/site-files/plan"];

/// A site on which every route has something to do, and two admins who have just proven who they are.
async fn desk() -> (Desk, Who, Who) {
    let all = Permission::CAN_TAKE_TWO.into_iter().fold(PermissionSet::NONE, PermissionSet::with);
    let site = prepared().await.site.where_two_confirm(all);
    site.all_quiet();
    let (ann, ben) = (site.operator("ann", OperatorRole::Admin), site.operator("ben", OperatorRole::Admin));
    let desk = Desk::of(site);
    let (ann, ben) = (desk.sign_in_as(ann).await, desk.sign_in_as(ben).await);
    (desk, ann, ben)
}

fn request(method: &str, path: &str, body: &Value) -> Request<Body> {
    let of_type = |kind: &str, text: &str| {
        let request = Request::builder().method(method).uri(path).header("content-type", kind);
        request.header("if-match", "*").body(Body::from(text.to_owned())).unwrap()
    };
    match body {
        Value::String(text) if path.ends_with("/firmware") => of_type("application/octet-stream", text),
        Value::String(text) => of_type("text/calendar", text),
        body => json_request(method, path, body),
    }
}

async fn post(desk: &Desk, who: &Who, path: &str, body: Value) -> Answered {
    desk.post(who, &format!("/api/v1{path}"), body).await
}

#[tokio::test]
async fn every_order_waits_and_nothing_is_done() {
    let mut waited = 0;
    for (method, path, body, _) in every_route().into_iter().filter(|(method, ..)| *method != "GET") {
        let (desk, ann, _) = desk().await;
        let document = document(&desk).await;
        let (_, operation) = operation_of(&document, method, &address(path));
        // What begins or ends a session takes no permission, and waits for nobody.
        let Some(permission) = operation["x-rackward-permission"].as_str().and_then(Permission::from_word) else {
            assert!(path.starts_with("/sessions"), "{method} {path} takes nothing");
            continue;
        };
        if !Permission::CAN_TAKE_TWO.contains(&permission) || GIVE_NO_ORDER.contains(&path) {
            continue;
        }
        let (before, mark) = (desk.site.records_text(), desk.site.mark());
        let answered = desk.send(ann.clone(), request(method, &address(path), &body)).await;
        let refused = answered.status.is_client_error();
        let told: &[&str] = if refused { &[] } else { &["proposal.made"] };
        assert_eq!(desk.site.told_since(mark), told, "{method} {path}: {}", answered.text());
        assert!(before == desk.site.records_text() && desk.site.inspections().is_empty(), "{method} {path} did it");
        if refused {
            continue;
        }
        let place = answered.header("location").to_owned();
        assert_eq!(answered.status.as_u16(), 202, "{method} {path}: {}", answered.text());
        let proposal = answered.json()["proposal"].as_str().unwrap_or_default().to_owned();
        assert_eq!(place, format!("/api/v1/proposals/{proposal}"), "{method} {path}: {}", answered.text());
        assert!(operation["responses"]["202"].is_object(), "{method} {path} is documented as done at once");
        let waits = desk.get(&ann, &place).await.json();
        assert_eq!((&waits["id"], waits["words"].is_string()), (&json!(proposal), true), "{method} {path}: {waits}");
        waited += 1;
    }
    assert!(waited > 40, "only {waited}");
}

#[tokio::test]
async fn what_waits_is_the_same_however_often_it_is_asked_for() {
    let (desk, ann, ben) = desk().await;
    let level = json!({ "level": "high", "reason": "x" });
    let ask = async || {
        let request = Request::post("/api/v1/threat-level").header("content-type", "application/json");
        let request = request.header("idempotency-key", "\"k1\"").body(Body::from(level.to_string())).unwrap();
        desk.send(ann.clone(), request).await
    };
    let (first, again) = (ask().await, ask().await);
    assert_eq!((first.status, again.status), (202.try_into().unwrap(), 202.try_into().unwrap()), "{}", again.text());
    assert_eq!((&first.body, first.header("location")), (&again.body, again.header("location")));
    assert_eq!(again.header("idempotency-replayed"), "true");
    let in_time = json!({ "not_after_at": "2026-07-24T13:10:00Z" });
    let confirmed = post(&desk, &ben, "/proposals/prp-1/confirm", in_time).await;
    assert_eq!(confirmed.status.as_u16(), 200, "{}", confirmed.text());
    assert_eq!(desk.get(&ann, "/api/v1/status").await.json()["threat_level"], "high");
    assert_eq!(desk.get(&ann, "/api/v1/proposals/prp-1").await.status.as_u16(), 404, "it waits no more");
}

#[tokio::test]
async fn a_token_that_waits_counts_when_it_was_confirmed() {
    let (desk, ann, ben) = desk().await;
    let wanted =
        json!({ "owner": "opr-1", "permissions": ["view_site"], "to_at": "2026-07-24T16:00:00Z", "reason": "x" });
    let waits = post(&desk, &ann, "/tokens", wanted).await;
    assert_eq!(waits.status.as_u16(), 202, "{}", waits.text());
    let program = Who::Program(format!("Bearer {}", waits.json()["secret"].as_str().unwrap()));
    assert_eq!(desk.get(&program, "/api/v1/doors").await.status.as_u16(), 401);
    let confirmed = post(&desk, &ben, "/proposals/prp-1/confirm", json!({})).await;
    assert_eq!(confirmed.status.as_u16(), 200, "{}", confirmed.text());
    assert_eq!(desk.get(&program, "/api/v1/doors").await.status.as_u16(), 200);
}

#[tokio::test]
async fn ones_own_token_waits_for_nobody() {
    let (desk, ann, _) = desk().await;
    let wanted = json!({ "permissions": ["view_site"], "to_at": "2026-07-24T16:00:00Z", "reason": "x" });
    assert_eq!(post(&desk, &ann, "/tokens", wanted).await.status.as_u16(), 201);
}

#[tokio::test]
async fn a_code_that_waits_is_shown_once() {
    let (desk, ann, _) = desk().await;
    let path = "/api/v1/devices/r02-c01-front/enrol";
    let ask = async || {
        let request = Request::post(path).header("content-type", "application/json");
        let request = request.header("idempotency-key", "\"k1\"").body(Body::from(r#"{"reason":"x"}"#)).unwrap();
        desk.send(ann.clone(), request).await
    };
    let first = ask().await;
    assert_eq!((first.status.as_u16(), first.text().contains("AAAA-")), (202, true), "{}", first.text());
    let again = ask().await;
    assert_eq!((again.status.as_u16(), &again.json()["code"]), (409, &json!("RW-I005")), "{}", again.text());
}

#[tokio::test]
async fn a_new_operator_begins_with_a_link_that_both_agreed_to() {
    let (desk, ann, ben) = desk().await;
    let waits = post(&desk, &ann, "/operators", json!({ "name": "eve", "role": "security" })).await;
    assert_eq!((waits.status.as_u16(), waits.json()["login"].is_null()), (202, true), "{}", waits.text());
    let confirmed = post(&desk, &ben, "/proposals/prp-1/confirm", json!({})).await;
    assert_eq!(confirmed.status.as_u16(), 200, "{}", confirmed.text());
    let link = confirmed.json()["login"].as_str().unwrap_or_default().to_owned();
    assert!(link.contains("/login?token="), "{}", confirmed.text());
    assert_eq!(desk.get(&ann, "/api/v1/operators/eve").await.status.as_u16(), 200);
}

#[tokio::test]
async fn what_is_hidden_is_shown_to_whoever_asked_when_it_was_confirmed() {
    let (desk, ann, ben) = desk().await;
    let (path, why) = ("/people/p-1/reveal", json!({ "reason": "incident 7" }));
    let waits = post(&desk, &ann, path, why.clone()).await;
    assert_eq!((waits.status.as_u16(), waits.text().contains("duress")), (202, false), "{}", waits.text());
    let mark = desk.site.mark();
    let confirmed = post(&desk, &ben, "/proposals/prp-1/confirm", json!({})).await;
    assert_eq!((confirmed.status.as_u16(), &confirmed.json()["to_be_taken_up"]), (200, &json!(true)));
    assert_eq!(desk.site.told_since(mark), ["proposal.confirmed"], "nobody was shown anything yet");
    let other = post(&desk, &ben, path, why.clone()).await;
    assert_eq!(other.status.as_u16(), 409, "it was not asked for by whoever confirmed it: {}", other.text());
    let shown = post(&desk, &ann, path, why.clone()).await;
    assert_eq!((shown.status.as_u16(), shown.json()["duress_pin_set"].is_boolean()), (200, true), "{}", shown.text());
    assert_eq!(post(&desk, &ann, path, why).await.status.as_u16(), 202, "once confirmed is once shown");
}
