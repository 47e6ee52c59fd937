//! What one signs in with, changed by oneself over the API: as on the page, with the same rules, and by nobody else. Whether a
//! password is right and what a passkey says is tried on the real daemon.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use rackward_core::Command;
use rackward_core::engine::command::{OperatorCommand, SealedSecret};
use rackward_core::id::OperatorId;
use rackward_core::operator::Factor;
use rackward_core::permission::{OperatorRole, Permission, STEP_UP_GOOD_FOR};
use rackward_dashboard::{Backend as _, LinkFor};
use serde_json::{Value, json};

use crate::asking::{Answered, Desk, Who, form};
use crate::site_in_memory::signing_in::CODE;

const FACTORS: &str = "/api/v1/account/factors";
const NEW: &str = "another horse battery";

/// A site with two who sign in by password and app; the first of them asks.
async fn desk() -> (Desk, Who, OperatorId, OperatorId) {
    let first = Desk::open();
    first.site.know_operators();
    let desk = Desk::of(first.site);
    let ann = desk.site.set_up("ann", OperatorRole::Security);
    let ben = desk.site.set_up("ben", OperatorRole::Admin);
    let who = desk.sign_in_as(ann).await;
    (desk, who, ann, ben)
}

async fn send(desk: &Desk, who: &Who, method: &str, path: &str, body: Value) -> Answered {
    let tag = desk.get(who, FACTORS).await.header("etag").to_owned();
    let request = Request::builder().method(method).uri(format!("{FACTORS}{path}"));
    let request = request.header("content-type", "application/json").header("if-match", tag);
    desk.send(who.clone(), request.body(Body::from(body.to_string())).unwrap()).await
}

fn code(answered: &Answered) -> (u16, String) {
    (answered.status.as_u16(), answered.json()["code"].as_str().unwrap_or_default().to_owned())
}

fn why() -> Value {
    json!({ "reason": "lost it" })
}

fn give(desk: &Desk, operator: OperatorId, factor: Factor) {
    let secret = SealedSecret::new(vec![1]);
    let set = Command::Operator(OperatorCommand::SetFactor { operator, factor, secret });
    desk.site.command_of_the_daemon(set);
}

#[tokio::test]
async fn one_sees_what_one_signs_in_with_and_in_which_state() {
    let (desk, ann, id, _) = desk().await;
    give(&desk, id, Factor::Passkey(2));
    let seen = desk.get(&ann, FACTORS).await;
    let expect = json!({
        "id": "opr-1", "name": "ann", "password": true, "app": true, "passkeys": [2], "recovery_codes": 0,
        "provider": false, "complete": true,
    });
    assert_eq!((seen.status, seen.json()), (StatusCode::OK, expect));
    let tag = seen.header("etag").to_owned();
    give(&desk, id, Factor::Passkey(3));
    assert_ne!(desk.get(&ann, FACTORS).await.header("etag"), tag, "a change is seen by it");
}

#[tokio::test]
async fn a_password_is_changed_by_its_owner() {
    let (desk, ann, _, _) = desk().await;
    let mark = desk.site.mark();
    let done = send(&desk, &ann, "PUT", "/password", json!({ "password": NEW })).await;
    assert_eq!((done.status, &done.json()["id"]), (StatusCode::OK, &json!("opr-1")), "{}", done.text());
    assert_eq!(desk.site.told_since(mark), ["operator.factor-set"]);
    assert!(!desk.site.journal_text().contains(NEW), "what was typed is nowhere");
}

#[tokio::test]
async fn a_password_is_as_good_as_on_the_page() {
    let (desk, ann, _, _) = desk().await;
    let ben = desk.sign_in_as(desk.site.set_up("a.very.long.name", OperatorRole::Admin)).await;
    let mark = desk.site.mark();
    let check = async |who: &Who, password: &str| {
        let refused = send(&desk, who, "PUT", "/password", json!({ "password": password })).await;
        assert_eq!((code(&refused).0, refused.pointers()), (422, vec!["/password".to_owned()]), "{password}");
        assert!(!refused.text().contains(password) || password.is_empty(), "{}", refused.text());
    };
    check(&ann, "").await;
    check(&ann, "elevenchars").await;
    check(&ann, &"x".repeat(1_025)).await;
    check(&ben, "A.Very.Long.Name").await;
    assert_eq!(desk.site.mark(), mark);
}

#[tokio::test]
async fn whoever_proved_themselves_a_while_ago_looks_and_changes_nothing() {
    let (desk, ann, _, _) = desk().await;
    desk.site.pass(STEP_UP_GOOD_FOR);
    assert_eq!(desk.get(&ann, FACTORS).await.status, StatusCode::OK);
    let mark = desk.site.mark();
    for (method, path, body) in [
        ("PUT", "/password", json!({ "password": NEW })),
        ("DELETE", "/password", why()),
        ("POST", "/app", json!({})),
        ("POST", "/app/confirm", json!({ "code": CODE })),
        ("DELETE", "/app", why()),
        ("POST", "/passkeys", json!({})),
        ("POST", "/passkeys/finish", json!({ "handle": "h", "answer": "a" })),
        ("DELETE", "/passkeys/0", why()),
        ("POST", "/recovery-codes", json!({})),
        ("DELETE", "/recovery-codes", why()),
    ] {
        let refused = send(&desk, &ann, method, path, body).await;
        assert_eq!(code(&refused), (403, "RW-A010".into()), "{method} {path}");
    }
    assert_eq!(desk.site.mark(), mark);
    let proven = desk.post(&ann, "/api/v1/sessions/step-up", json!({ "code": CODE })).await;
    let cookie = proven.header("set-cookie").split(';').next().unwrap().split_once('=').unwrap().1.to_owned();
    let again = send(&desk, &Who::Session(cookie), "PUT", "/password", json!({ "password": NEW })).await;
    assert_eq!(again.status, StatusCode::OK, "{}", again.text());
}

#[tokio::test]
async fn nobody_but_an_operator_who_signed_in_has_any() {
    let (desk, _, _, ben) = desk().await;
    let link = Who::Session(desk.sign_in(OperatorRole::Admin).await);
    for who in [Who::Socket(0), link] {
        assert_eq!(code(&desk.get(&who, FACTORS).await), (409, "RW-C001".into()), "{who:?}");
    }
    let token = Who::Program(desk.site.token(ben, &[Permission::ViewSite, Permission::ViewOperators]));
    assert_eq!(code(&desk.get(&token, FACTORS).await), (403, "RW-A003".into()), "no token is for that");
}

#[tokio::test]
async fn an_app_counts_when_it_has_shown_a_code() {
    let (desk, _, _, _) = desk().await;
    let eve = desk.site.operator("eve", OperatorRole::Auditor);
    give(&desk, eve, Factor::Password);
    let eve = desk.sign_in_as(eve).await;
    let early = send(&desk, &eve, "POST", "/app/confirm", json!({ "code": CODE })).await;
    assert_eq!(code(&early), (409, "RW-C001".into()), "none was begun");
    let offered = send(&desk, &eve, "POST", "/app", json!({})).await.json();
    let uri = offered["uri"].as_str().unwrap();
    assert!(uri.starts_with("otpauth://totp/Rackward%20") && uri.contains(":eve?"), "{uri}");
    assert!(uri.contains(offered["secret"].as_str().unwrap()), "{uri}");
    let wrong = send(&desk, &eve, "POST", "/app/confirm", json!({ "code": "000000" })).await;
    assert_eq!((code(&wrong).0, wrong.pointers()), (422, vec!["/code".to_owned()]));
    assert_eq!(desk.get(&eve, FACTORS).await.json()["app"], false);
    let done = send(&desk, &eve, "POST", "/app/confirm", json!({ "code": CODE })).await;
    assert_eq!((done.status, &done.json()["complete"]), (StatusCode::OK, &json!(true)), "{}", done.text());
    let again = send(&desk, &eve, "POST", "/app/confirm", json!({ "code": CODE })).await;
    assert_eq!(code(&again).0, 409, "it was confirmed already");
}

#[tokio::test]
async fn what_is_tried_uses_nothing_up() {
    let (desk, ann, _, _) = desk().await;
    let (before, mark) = (desk.site.records_text(), desk.site.mark());
    send(&desk, &ann, "POST", "/app", json!({})).await;
    for (method, path, body) in [
        ("PUT", "/password?dry_run=true", json!({ "password": NEW })),
        ("POST", "/app/confirm?dry_run=true", json!({ "code": CODE })),
        ("POST", "/recovery-codes?dry_run=true", json!({})),
    ] {
        let tried = send(&desk, &ann, method, path, body).await;
        assert_eq!((tried.status, tried.header("rackward-dry-run")), (StatusCode::OK, "true"), "{}", tried.text());
        assert!(tried.json()["codes"].is_null(), "{}", tried.text());
        assert_eq!(tried.json()["would"][0]["type"], "rackward.operator.factor-set.v1", "{}", tried.text());
    }
    assert!(desk.site.records_text() == before && desk.site.mark() == mark);
    let done = send(&desk, &ann, "POST", "/app/confirm", json!({ "code": CODE })).await;
    assert_eq!(done.status, StatusCode::OK, "the app still waits: {}", done.text());
}

#[tokio::test]
async fn recovery_codes_are_shown_once() {
    let (desk, ann, _, _) = desk().await;
    let ask = async || {
        let request = Request::post(format!("{FACTORS}/recovery-codes")).header("content-type", "application/json");
        let request = request.header("idempotency-key", "\"k1\"").body(Body::from("{}")).unwrap();
        desk.send(ann.clone(), request).await
    };
    let drawn = ask().await;
    assert_eq!((drawn.status, drawn.json()["codes"].as_array().map(Vec::len)), (StatusCode::OK, Some(10)));
    assert_eq!(desk.get(&ann, FACTORS).await.json()["recovery_codes"], 10);
    let again = ask().await;
    assert_eq!(code(&again), (409, "RW-I005".into()));
    let gone = send(&desk, &ann, "DELETE", "/recovery-codes", why()).await;
    assert_eq!((gone.status, &gone.json()["recovery_codes"]), (StatusCode::OK, &json!(0)), "{}", gone.text());
}

#[tokio::test]
async fn a_lost_passkey_is_taken_away_and_the_last_way_in_stays() {
    let (desk, ann, id, _) = desk().await;
    give(&desk, id, Factor::Passkey(0));
    give(&desk, id, Factor::Passkey(5));
    let gone = send(&desk, &ann, "DELETE", "/passkeys/5", why()).await;
    assert_eq!((gone.status, &gone.json()["passkeys"]), (StatusCode::OK, &json!([0])), "{}", gone.text());
    for (path, status) in [("/passkeys/5", 409), ("/passkeys/8", 404), ("/passkeys/x", 404), ("/passkeys/-1", 404)] {
        assert_eq!(code(&send(&desk, &ann, "DELETE", path, why()).await).0, status, "{path}");
    }
    for path in ["/password", "/app"] {
        assert_eq!(send(&desk, &ann, "DELETE", path, why()).await.status, StatusCode::OK, "{path}");
    }
    let last = send(&desk, &ann, "DELETE", "/passkeys/0", why()).await;
    assert_eq!(code(&last), (409, "RW-C001".into()), "nobody locks themselves out: {}", last.text());
    assert_eq!(desk.get(&ann, FACTORS).await.json()["passkeys"], json!([0]));
}

#[tokio::test]
async fn a_change_rests_on_what_was_seen() {
    let (desk, ann, id, _) = desk().await;
    let body = || Body::from(json!({ "password": NEW }).to_string());
    let put = || Request::put(format!("{FACTORS}/password")).header("content-type", "application/json");
    let unsaid = desk.send(ann.clone(), put().body(body()).unwrap()).await;
    assert_eq!(code(&unsaid), (428, "RW-C003".into()));
    let tag = desk.get(&ann, FACTORS).await.header("etag").to_owned();
    give(&desk, id, Factor::Passkey(0));
    let stale = desk.send(ann.clone(), put().header("if-match", tag).body(body()).unwrap()).await;
    assert_eq!(code(&stale), (412, "RW-C012".into()));
}

/// Whoever has changed what they sign in with has it from then on alone: what was given out before leads nowhere.
#[tokio::test]
async fn links_and_pages_of_before_lead_nowhere_after_a_change() {
    let (desk, ann, id, ben) = desk().await;
    let link = |whom| {
        let link = desk.sessions.new_link_for(LinkFor::Operator(whom), desk.site.now().monotonic).unwrap();
        link.split_once("token=").unwrap().1.to_owned()
    };
    let (own, others) = (link(id), link(ben));
    let done = send(&desk, &ann, "PUT", "/password", json!({ "password": NEW })).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    let used = async |token: &str| desk.send(Who::Nobody, form("/login", &format!("token={token}"))).await.status;
    assert_eq!(used(&own).await, StatusCode::FORBIDDEN);
    assert_eq!(used(&others).await, StatusCode::SEE_OTHER, "another's link is theirs");
    desk.site.pass(Duration::from_secs(1));
}

#[tokio::test]
async fn without_a_host_name_no_passkey_is_made() {
    let (desk, ann, _, _) = desk().await;
    let begun = send(&desk, &ann, "POST", "/passkeys", json!({})).await;
    assert_eq!(code(&begun), (409, "RW-C001".into()), "{}", begun.text());
    assert!(begun.json()["detail"].as_str().unwrap().contains("host name"), "{}", begun.text());
}
