//! Merge patches over the API: what is left out stays, null takes away, all of a patch is done or nothing, and none undoes
//! what somebody else changed meanwhile.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::asking::{Answered, Desk, Who};

const ROOT: Who = Who::Socket(0);
const ADA: &str = "/api/v1/people/p-1";
const NIGHTS: &str = "/api/v1/schedules/Nights";

async fn made(desk: &Desk, path: &str, body: Value) {
    let made = desk.post(&ROOT, path, body).await;
    assert!(made.status.is_success(), "{path}: {}", made.text());
}

/// A patch with these header fields beside its type.
async fn patch(desk: &Desk, path: &str, fields: &[(&str, &str)], body: &Value) -> Answered {
    let request = Request::patch(path).header("content-type", "application/merge-patch+json");
    let request = fields.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    desk.send(ROOT, request.body(Body::from(body.to_string())).unwrap()).await
}

async fn with_nights() -> Desk {
    let desk = Desk::open();
    made(&desk, "/api/v1/calendars", json!({ "name": "Holidays", "days": ["2026-12-25"] })).await;
    let special = json!([{ "calendar": "Holidays", "windows": ["10:00-12:00"] }]);
    let nights =
        json!({ "name": "Nights", "time_zone": "Europe/Paris", "windows": ["Mon 20:00-24:00"], "special": special });
    made(&desk, "/api/v1/schedules", nights).await;
    desk
}

#[tokio::test]
async fn of_a_schedule_only_what_is_said_changes() {
    let desk = with_nights().await;
    let before = desk.get(&ROOT, NIGHTS).await.json();
    let check = async |body: Value, member: &str, expect: Value| {
        let changed = desk.patch(&ROOT, NIGHTS, body.clone()).await;
        assert_eq!(changed.status, StatusCode::OK, "{body}: {}", changed.text());
        let now = desk.get(&ROOT, NIGHTS).await.json();
        assert_eq!(now[member], expect, "{body}");
        now
    };
    let now = check(json!({ "windows": ["Tue 08:00-09:00"] }), "windows", json!(["Tue 08:00-09:00"])).await;
    assert_eq!((&now["time_zone"], &now["special"]), (&before["time_zone"], &before["special"]));
    let now = check(json!({ "special": null }), "special", json!([])).await;
    assert_eq!(now["windows"], json!(["Tue 08:00-09:00"]));
    let new = desk.post(&ROOT, "/api/v1/schedules", json!({ "name": "Plain", "windows": ["Mon 08:00-09:00"] }));
    let new = new.await.json();
    check(json!({ "time_zone": null }), "time_zone", new["time_zone"].clone()).await;
    check(json!({}), "windows", json!(["Tue 08:00-09:00"])).await;
}

#[tokio::test]
async fn what_cannot_be_patched_is_said_by_its_place() {
    let desk = with_nights().await;
    let before = desk.get(&ROOT, NIGHTS).await.json();
    let check = async |body: Value, status: u16, places: &[&str]| {
        let refused = desk.patch(&ROOT, NIGHTS, body.clone()).await;
        assert_eq!(refused.status.as_u16(), status, "{body}: {}", refused.text());
        assert_eq!(refused.pointers(), places, "{body}");
    };
    check(json!({ "name": "Days", "managed": null, "windows": 3 }), 422, &["/managed", "/name", "/windows"]).await;
    check(json!({ "windows": ["Mon 25:00-26:00", "x"] }), 422, &["/windows/0", "/windows/1"]).await;
    check(json!([]), 400, &[]).await;
    check(Value::Null, 400, &[]).await;
    let days = desk.patch(&ROOT, "/api/v1/calendars/Holidays", json!({ "days": null })).await;
    assert_eq!((days.status.as_u16(), days.pointers()), (422, vec!["/days".to_owned()]));
    assert_eq!(desk.get(&ROOT, NIGHTS).await.json(), before);
}

#[tokio::test]
async fn a_patch_rests_on_what_its_sender_has_seen() {
    let desk = with_nights().await;
    let seen = desk.get(&ROOT, NIGHTS).await.header("etag").to_owned();
    let body = json!({ "windows": [] });
    assert_eq!(patch(&desk, NIGHTS, &[], &body).await.status.as_u16(), 428);
    let plain = Request::patch(NIGHTS).header("content-type", "application/json").header("if-match", "*");
    let plain = desk.send(ROOT, plain.body(Body::from(body.to_string())).unwrap()).await;
    assert_eq!(plain.status.as_u16(), 415, "{}", plain.text());
    let tried = patch(&desk, &format!("{NIGHTS}?dry_run=true"), &[("if-match", &seen)], &body).await;
    assert_eq!((tried.status.as_u16(), tried.header("rackward-dry-run")), (200, "true"), "{}", tried.text());
    assert_eq!(tried.json()["windows"], json!([]));
    assert_eq!(desk.get(&ROOT, NIGHTS).await.header("etag"), seen, "nothing was done");
    assert_eq!(patch(&desk, NIGHTS, &[("if-match", &seen)], &body).await.status.as_u16(), 200);
    let late = patch(&desk, NIGHTS, &[("if-match", &seen)], &json!({ "special": null })).await;
    assert_eq!(late.status.as_u16(), 412, "{}", late.text());
    let key = [("if-match", "*"), ("idempotency-key", "\"k1\"")];
    let zone = json!({ "time_zone": "Europe/Rome" });
    let first = patch(&desk, NIGHTS, &key, &zone).await;
    let again = patch(&desk, NIGHTS, &key, &zone).await;
    assert_eq!(first.status.as_u16(), 200, "{}", first.text());
    assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &first.body));
}

#[tokio::test]
async fn all_of_a_persons_patch_is_done_or_nothing() {
    let desk = Desk::open();
    made(&desk, "/api/v1/people", json!({ "name": "Ada Byrne", "external_id": "E1" })).await;
    made(&desk, "/api/v1/people", json!({ "name": "Ben Cole", "external_id": "E2" })).await;
    let body = json!({ "name": "Ada Cole", "external_id": "E17", "clearance": "severe", "reason": "married" });
    let tried = desk.patch(&ROOT, &format!("{ADA}?dry_run=true"), body.clone()).await.json();
    assert_eq!((&tried["name"], &tried["clearance"]), (&json!("Ada Cole"), &json!("severe")), "{tried}");
    assert_eq!(desk.get(&ROOT, ADA).await.json()["name"], "Ada Byrne");
    let seen = desk.get(&ROOT, ADA).await.header("etag").to_owned();
    let changed = patch(&desk, ADA, &[("if-match", &seen)], &body).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    let stale = patch(&desk, ADA, &[("if-match", &seen)], &body).await;
    assert_eq!(stale.status.as_u16(), 412, "{}", stale.text());
    let ada = desk.get(&ROOT, ADA).await.json();
    let told = |person: &Value| ["name", "external_id", "clearance"].map(|name| person[name].clone());
    assert_eq!(told(&ada), ["Ada Cole", "E17", "severe"].map(Value::from));

    // Another has that key: neither it nor the name is taken.
    let taken = desk.patch(&ROOT, ADA, json!({ "name": "Ada Byrne", "external_id": "E2", "reason": "x" })).await;
    assert!(taken.status.is_client_error(), "{}", taken.text());
    assert_eq!(told(&desk.get(&ROOT, ADA).await.json()), told(&ada));
    let wrong = json!({ "name": null, "clearance": "highest", "pin_set": false, "reason": "x" });
    let wrong = desk.patch(&ROOT, ADA, wrong).await;
    assert_eq!((wrong.status.as_u16(), wrong.pointers()), (422, vec!["/pin_set".to_owned()]), "{}", wrong.text());
    let wrong = desk.patch(&ROOT, ADA, json!({ "name": null, "clearance": "highest", "reason": "" })).await;
    assert_eq!(wrong.pointers(), ["/reason", "/name", "/clearance"], "{}", wrong.text());
    let gone = desk.patch(&ROOT, ADA, json!({ "external_id": null, "clearance": null, "reason": "x" })).await;
    assert_eq!(gone.status, StatusCode::OK, "{}", gone.text());
    assert_eq!(told(&desk.get(&ROOT, ADA).await.json()), [json!("Ada Cole"), Value::Null, json!("normal")]);
}

#[tokio::test]
async fn an_operators_reach_is_the_whole_site_again_by_null() {
    let desk = Desk::open();
    made(&desk, "/api/v1/operators", json!({ "name": "guard", "role": "security", "organisation": "st-marys" })).await;
    let path = "/api/v1/operators/guard";
    let check = async |body: Value, role: &str, organisation: Value| {
        let changed = desk.patch(&ROOT, path, body).await;
        assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
        let now = desk.get(&ROOT, path).await.json();
        assert_eq!((&now["role"], &now["organisation"]), (&json!(role), &organisation));
    };
    check(json!({ "role": "facilities", "reason": "x" }), "facilities", json!("st-marys")).await;
    check(json!({ "organisation": null, "reason": "x" }), "facilities", Value::Null).await;
    let refused = desk.patch(&ROOT, path, json!({ "role": null, "reason": "x" })).await;
    assert_eq!((refused.status.as_u16(), refused.pointers()), (422, vec!["/role".to_owned()]));
}

#[tokio::test]
async fn an_access_profile_keeps_its_doors_when_its_owner_changes() {
    let desk = Desk::open();
    let policies = json!([{ "door": "r02/c01/front" }]);
    made(&desk, "/api/v1/profiles", json!({ "name": "Own", "policies": policies, "reason": "x" })).await;
    let path = "/api/v1/profiles/Own";
    let before = desk.get(&ROOT, path).await.json();
    let changed = desk.patch(&ROOT, path, json!({ "organisation": "st-marys", "reason": "x" })).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    let now = desk.get(&ROOT, path).await.json();
    assert_eq!((&now["organisation"], &now["policies"]), (&json!("st-marys"), &before["policies"]));
    let changed = desk.patch(&ROOT, path, json!({ "policies": [{ "rack": "r02/c01" }], "reason": "x" })).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    assert!(changed.json()["policies"].as_array().unwrap().len() > 1, "{}", changed.text());
}
