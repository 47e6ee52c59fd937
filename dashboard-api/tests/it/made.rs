//! What was made is to be found where its answer says, in the state that its answer names, for as long as nobody changes it.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::asking::{Desk, Who, form, json_request};
use crate::document::{document, operation_of, resolved};
use crate::routes::{address, every_route, prepared};
use crate::site_in_memory::signing_in::{CODE, PASSWORD};
use rackward_core::permission::OperatorRole;

const ROOT: Who = Who::Socket(0);

/// What is made and has no address of its own: a code, a link and an image are what their answers say and nothing else.
const NOWHERE: [&str; 3] = ["/devices/{device}/enrol", "/sessions/link", "/firmware"];

fn request(method: &str, path: &str, body: &Value) -> Request<Body> {
    match body {
        Value::String(text) => {
            let media = if text.starts_with("<svg") { "image/svg+xml" } else { "text/calendar" };
            let request = Request::builder().method(method).uri(path).header("content-type", media);
            request.header("if-none-match", "*").body(Body::from(text.clone())).unwrap()
        }
        body => json_request(method, path, body),
    }
}

#[tokio::test]
async fn what_is_made_is_found_where_it_is_said_to_be() {
    let mut found = Vec::new();
    for (method, path, body, _) in every_route().into_iter().filter(|(method, ..)| *method != "GET") {
        let desk = prepared().await;
        let document = document(&desk).await;
        // What iCalendar makes has a name that nothing has yet.
        let path = path.replace("Nights/ical", "Other/ical").replace("Holidays/ical", "Other/ical");
        let path = address(&path);
        let (pattern, operation) = operation_of(&document, method, &path);
        let pattern = pattern.trim_start_matches("/api/v1");
        if operation["responses"].get("201").is_none() || NOWHERE.contains(&pattern) {
            continue;
        }
        let made = desk.send(ROOT, request(method, &path, &body)).await;
        let place = made.header("location").to_owned();
        if made.status == StatusCode::ACCEPTED {
            assert!(place.starts_with("/api/v1/"), "{method} {pattern} leads to {place:?}");
            continue;
        }
        assert_eq!(made.status, StatusCode::CREATED, "{method} {pattern}: {}", made.text());
        let there = desk.get(&ROOT, &place).await;
        assert_eq!(there.status, StatusCode::OK, "{method} {pattern} leads to {place:?}: {}", there.text());
        let (told, shown) = (made.json(), there.json());
        assert_eq!(told["id"], shown["id"], "{method} {pattern}");
        assert!(place.ends_with(told["id"].as_str().unwrap()), "{place}");
        let tag = made.header("etag");
        assert!(
            !tag.is_empty() && tag == there.header("etag"),
            "{method} {pattern}: {tag} is {}",
            there.header("etag")
        );
        let headers = &operation["responses"]["201"]["headers"];
        for name in ["Location", "ETag"] {
            let header = resolved(&document, &headers[name]);
            assert!(header["description"].is_string(), "{method} {pattern} says nothing of {name}");
        }
        found.push(pattern.to_owned());
    }
    found.sort();
    found.dedup();
    let expect = [
        "/agreements",
        "/alerts",
        "/break-glass",
        "/calendars",
        "/calendars/{name}/ical",
        "/credentials",
        "/grants",
        "/musters",
        "/musters/{id}/visitors",
        "/operators",
        "/people",
        "/plans/{id}",
        "/profiles",
        "/reviews",
        "/schedules",
        "/schedules/{name}/ical",
        "/tokens",
        "/visitors",
    ];
    assert_eq!(found, expect);
}

#[tokio::test]
async fn what_is_only_tried_is_nowhere() {
    let desk = prepared().await;
    for (path, body) in [
        ("/people", json!({ "name": "New One" })),
        ("/schedules", json!({ "name": "New", "windows": ["Mon 08:00-09:00"] })),
    ] {
        let tried = desk.post(&ROOT, &format!("/api/v1{path}?dry_run=true"), body).await;
        assert_eq!(tried.status, StatusCode::CREATED, "{path}: {}", tried.text());
        assert_eq!((tried.header("location"), tried.header("etag")), ("", ""), "{path}");
    }
}

#[tokio::test]
async fn a_repetition_is_told_the_same_place() {
    let desk = prepared().await;
    let ask = async || {
        let mut request = json_request("POST", "/api/v1/people", &json!({ "name": "New One" }));
        request.headers_mut().insert("idempotency-key", "\"k1\"".parse().unwrap());
        desk.send(ROOT, request).await
    };
    let (first, again) = (ask().await, ask().await);
    assert_eq!(again.header("idempotency-replayed"), "true");
    for name in ["location", "etag"] {
        assert!(!first.header(name).is_empty());
        assert_eq!(first.header(name), again.header(name), "{name}");
    }
}

/// What rests on what was made needs no look at it first.
#[tokio::test]
async fn what_was_made_can_be_changed_at_once() {
    let desk = prepared().await;
    let made = desk.post(&ROOT, "/api/v1/people", json!({ "name": "New One", "pin": "271828" })).await;
    let change = async |tag: &str| {
        let place = format!("{}/details", made.header("location"));
        let request = Request::put(place).header("content-type", "application/json").header("if-match", tag);
        let body = json!({ "clearance": "high", "reason": "as agreed" });
        desk.send(ROOT, request.body(Body::from(body.to_string())).unwrap()).await.status
    };
    assert_eq!(change(made.header("etag")).await, StatusCode::OK);
    assert_eq!(change(made.header("etag")).await, StatusCode::PRECONDITION_FAILED, "it is another one by now");
}

#[tokio::test]
async fn a_session_that_was_opened_is_found() {
    let first = Desk::open();
    first.site.know_operators();
    first.site.set_up("ann", OperatorRole::Security);
    let desk = Desk::of(first.site);
    let body = json!({ "name": "ann", "password": PASSWORD, "code": CODE });
    let opened = desk.post(&Who::Nobody, "/api/v1/sessions", body).await;
    assert_eq!((opened.status, opened.header("location")), (StatusCode::CREATED, "/api/v1/sessions/current"));
    let cookie = opened.header("set-cookie").split(';').next().unwrap().split_once('=').unwrap().1.to_owned();
    let who = Who::Session(cookie);
    assert_eq!(desk.get(&who, opened.header("location")).await.json()["name"], "ann");
    desk.send(who, form("/logout", "")).await;
}
