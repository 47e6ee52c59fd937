//! Signing in and out, and what ends with a session.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use rackward_core::Entry;
use rackward_core::permission::{OperatorRole, Permission};
use serde_json::{Value, json};

use crate::asking::{Desk, Who, form, json_request, new_key};
use crate::site_in_memory::{SiteInMemory, Telling};

#[tokio::test]
async fn a_link_works_once() {
    let desk = Desk::open();
    let token = desk.link(OperatorRole::Admin);
    let shown = desk.get(&Who::Nobody, &format!("/login?token={token}")).await;
    assert_eq!(shown.status, StatusCode::OK, "looking at it does not use it up");
    let first = desk.send(Who::Nobody, form("/login", &format!("token={token}"))).await;
    assert_eq!((first.status, first.header("location")), (StatusCode::SEE_OTHER, "/"));
    let cookie = first.header("set-cookie");
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] {
        assert!(cookie.contains(attribute), "{attribute}");
    }
    let second = desk.send(Who::Nobody, form("/login", &format!("token={token}"))).await;
    assert_eq!((second.status, second.header("set-cookie")), (StatusCode::FORBIDDEN, ""));
    assert!(second.text().contains("no longer works"));
}

#[tokio::test]
async fn a_link_dies_of_age() {
    let desk = Desk::open();
    let token = desk.link(OperatorRole::Admin);
    desk.site.pass(Duration::from_secs(15 * 60));
    let late = desk.send(Who::Nobody, form("/login", &format!("token={token}"))).await;
    assert_eq!(late.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn signing_out_ends_the_session_at_once() {
    let desk = Desk::open();
    let who = Who::Session(desk.sign_in(OperatorRole::Admin).await);
    assert_eq!(desk.get(&who, "/api/v1/status").await.status, StatusCode::OK);
    let left = desk.send(who.clone(), form("/logout", "")).await;
    assert!(left.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(desk.get(&who, "/api/v1/status").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(desk.get(&who, "/").await.header("location"), "/login");
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_with_its_session() {
    let desk = Desk::open();
    let who = Who::Session(desk.sign_in(OperatorRole::Admin).await);
    let open = || Request::get("/api/v1/stream").body(Body::empty()).unwrap();
    let mut signed_out = desk.respond(who.clone(), open()).await.into_body();
    signed_out.frame().await.unwrap().unwrap();
    desk.send(who, form("/logout", "")).await;
    assert!(signed_out.frame().await.is_none(), "signing out ends it without waiting for the next heartbeat");

    let who = Who::Session(desk.sign_in(OperatorRole::Admin).await);
    let began = tokio::time::Instant::now();
    let mut over = desk.respond(who, open()).await.into_body();
    while over.frame().await.is_some() {}
    assert_eq!(began.elapsed(), Duration::from_secs(12 * 3600), "no stream outlives the session's twelve hours");
}

/// What a stream still tells, up to its end.
async fn rest_of(mut stream: Body) -> String {
    let mut heard = String::new();
    let reading = async {
        while let Some(frame) = stream.frame().await {
            heard.push_str(std::str::from_utf8(frame.unwrap().data_ref().unwrap()).unwrap());
        }
    };
    let ended = tokio::time::timeout(Duration::from_secs(60), reading).await;
    assert!(ended.is_ok(), "it goes on: {heard}");
    heard
}

#[tokio::test(start_paused = true)]
async fn a_stream_tells_nothing_of_what_comes_after_its_reader_lost_the_right_to_it() {
    let check = async |by_token: bool, method: &str, path: &str, body: Value| {
        let site = SiteInMemory::start();
        site.know_operators();
        let admin = site.set_up("m.rossi", OperatorRole::Admin);
        let guard = site.set_up("guard", OperatorRole::Security);
        let desk = Desk::of(site);
        let chief = desk.sign_in_as(admin).await;
        let reader = if by_token {
            Who::Program(desk.site.token(guard, &[Permission::ViewJournal]))
        } else {
            desk.sign_in_as(guard).await
        };
        let open = |query: &str| Request::get(format!("/api/v1/stream{query}")).body(Body::empty()).unwrap();
        let mut follows = desk.respond(reader.clone(), open("")).await.into_body();
        // It has read nothing yet, so that what comes is behind it in the journal.
        let is_behind = desk.respond(reader.clone(), open("?after=1")).await.into_body();
        follows.frame().await.unwrap().unwrap();
        // Nobody looks through sessions here: what ends the streams is what they are told of.
        let done = desk.send(chief, json_request(method, path, &body)).await;
        assert!(done.status.is_success(), "{path}: {}", done.text());
        desk.site.append(Entry::Stopped, Telling::HeadThenLive);
        for stream in [follows, is_behind] {
            let heard = rest_of(stream).await;
            assert!(!heard.contains("site.stopped"), "{path}, by a token: {by_token}: {heard}");
        }
    };
    let why = json!({ "reason": "lost laptop" });
    let demoted = json!({ "role": "facilities", "reason": "new duties" });
    check(true, "POST", "/api/v1/tokens/tok-1/revoke", why.clone()).await;
    for by_token in [true, false] {
        check(by_token, "POST", "/api/v1/operators/guard/disable", why.clone()).await;
        check(by_token, "PUT", "/api/v1/operators/guard", demoted.clone()).await;
    }
    check(false, "POST", "/api/v1/operators/guard/reset", why.clone()).await;
}

#[tokio::test]
async fn requests_started_by_another_site_are_refused() {
    let desk = Desk::open();
    let cookie = desk.sign_in(OperatorRole::Admin).await;
    let check = async |headers: &[(&str, &str)], expect: u16| {
        let mut request = Request::post("/api/v1/people").header("content-type", "application/json");
        request = request.header("idempotency-key", new_key());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(json!({ "name": "Ada" }).to_string())).unwrap();
        let answered = desk.send(Who::Session(cookie.clone()), request).await;
        assert_eq!(answered.status.as_u16(), expect, "{headers:?}: {}", answered.text());
        if expect == 403 {
            assert_eq!(answered.json()["code"], "RW-A005");
        }
    };
    check(&[("sec-fetch-site", "cross-site")], 403).await;
    check(&[("sec-fetch-site", "same-site")], 403).await;
    check(&[("host", "127.0.0.1:8080"), ("origin", "http://evil.example")], 403).await;
    check(&[("host", "127.0.0.1:8080"), ("origin", "null")], 403).await;
    check(&[("host", "127.0.0.1:8080"), ("origin", "http://127.0.0.1:8080")], 201).await;
    check(&[("sec-fetch-site", "same-origin")], 201).await;
}

#[tokio::test]
async fn only_the_machine_itself_makes_links() {
    let desk = Desk::open();
    let socket = Who::Socket(0);
    let made = desk.post(&socket, "/api/v1/sessions/link", json!({ "role": "security" })).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let link = made.json()["login"].as_str().unwrap().to_owned();
    assert!(link.starts_with("http://127.0.0.1:8080/login?token="), "{link}");
    let bare = desk.send(socket.clone(), Request::post("/api/v1/sessions/link").body(Body::empty()).unwrap()).await;
    assert_eq!(bare.status, StatusCode::CREATED, "no body at all means an admin's link");
    let wrong = desk.post(&socket, "/api/v1/sessions/link", json!({ "role": "king" })).await;
    assert_eq!((wrong.status.as_u16(), wrong.pointers()), (422, vec!["/role".to_owned()]));
    let nobody = desk.post(&socket, "/api/v1/sessions/link", json!({ "organisation": "nobody" })).await;
    assert_eq!((nobody.status.as_u16(), nobody.pointers()), (422, vec!["/organisation".to_owned()]));
    let operator = desk.post(&socket, "/api/v1/sessions/link", json!({ "organisation": "lon1" })).await;
    assert_eq!(operator.status, StatusCode::CREATED, "the operator of the site is all of it: {}", operator.text());
}
