//! Sessions over their whole life: how long a cookie is kept, what counts as use, who ends one and what the journal says of it,
//! and what becomes of links and pages. Time is turned by hand; operators prove themselves by what `site_in_memory` takes.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use rackward_core::id::OperatorId;
use rackward_core::operator::OperatorState;
use rackward_core::permission::OperatorRole;
use rackward_dashboard::{Backend, LinkFor, PeerAddress, attend};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::asking::{Answered, Desk, Who, form};
use crate::site_in_memory::SiteInMemory;
use crate::site_in_memory::signing_in::{CODE, PASSWORD};

/// Between two failures nobody can be locked out of waiting for the next try.
const A_SECOND: Duration = Duration::from_secs(1);

/// A site where operators sign in, with the first admin.
fn desk() -> (Desk, OperatorId) {
    let site = SiteInMemory::start();
    site.know_operators();
    let admin = site.set_up("m.rossi", OperatorRole::Admin);
    (Desk::of(site), admin)
}

/// The task that the daemon has for sessions that end.
fn attended(desk: &Desk) {
    let backend: Arc<dyn Backend> = Arc::clone(&desk.site) as Arc<dyn Backend>;
    tokio::spawn(attend(backend, Arc::clone(&desk.sessions), CancellationToken::new()));
}

async fn status(desk: &Desk, who: &Who) -> u16 {
    desk.get(who, "/api/v1/status").await.status.as_u16()
}

async fn by_password(desk: &Desk, name: &str, password: &str, code: &str) -> StatusCode {
    desk.send(Who::Nobody, form("/login/password", &format!("name={name}&password={password}&code={code}")))
        .await
        .status
}

/// The secret of a link for somebody.
fn link(desk: &Desk, whom: LinkFor) -> String {
    let link = desk.sessions.new_link_for(whom, desk.site.now().monotonic).unwrap();
    link.split_once("token=").unwrap().1.to_owned()
}

async fn use_link(desk: &Desk, token: &str) -> Answered {
    desk.send(Who::Nobody, form("/login", &format!("token={token}"))).await
}

/// What the page of a link wants back, filled in.
fn filled(page: &Answered, more: &str) -> Request<Body> {
    let text = page.text();
    let ticket = text.split_once("name=\"ticket\" value=\"").unwrap_or_else(|| panic!("{text}")).1;
    let ticket = ticket.split_once('"').unwrap().0;
    form("/setup", &format!("ticket={ticket}&password={PASSWORD}&again={PASSWORD}&code={CODE}{more}"))
}

#[tokio::test]
async fn nobody_takes_their_own_name_for_a_password() {
    let (desk, _) = desk();
    let newcomer = desk.site.operator("a.rather.long.name", OperatorRole::Security);
    let page = use_link(&desk, &link(&desk, LinkFor::Invitation(newcomer))).await;
    let named = |text: &str| text.replace("correct horse battery", "A.Rather.Long.Name");
    let (parts, body) = filled(&page, "").into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let text = named(std::str::from_utf8(&body).unwrap());
    let answered = desk.send(Who::Nobody, Request::from_parts(parts, Body::from(text))).await;
    assert_eq!(answered.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answered.text());
    assert!(answered.text().contains("or the name itself"), "{}", answered.text());
}

#[tokio::test]
async fn a_cookie_is_kept_for_as_long_as_its_session_lasts() {
    let desk = Desk::open();
    let check = async |role: OperatorRole, seconds: u64| {
        let signed_in = use_link(&desk, &desk.link(role)).await;
        let cookie = signed_in.header("set-cookie");
        assert!(cookie.ends_with(&format!("Max-Age={seconds}")), "{role:?}: {cookie}");
    };
    check(OperatorRole::Admin, 12 * 3_600).await;
    check(OperatorRole::Auditor, 12 * 3_600).await;
    check(OperatorRole::WallScreen, 90 * 86_400).await;
}

#[tokio::test]
async fn the_cookie_after_a_step_up_lasts_no_longer_than_the_session() {
    let (desk, admin) = desk();
    let who = desk.sign_in_as(admin).await;
    desk.site.pass(Duration::from_secs(600));
    let proven = desk.post(&who, "/api/v1/sessions/step-up", json!({ "code": CODE })).await;
    assert_eq!(proven.status, StatusCode::OK, "{}", proven.text());
    assert!(proven.header("set-cookie").ends_with(&format!("Max-Age={}", 12 * 3_600 - 600)));
}

#[tokio::test(start_paused = true)]
async fn whoever_follows_the_stream_does_not_idle_and_whoever_stopped_reading_does() {
    let quarter = Duration::from_secs(14 * 60);
    let check = async |reads: bool, expect: u16| {
        let desk = Desk::open();
        let who = Who::Session(desk.sign_in(OperatorRole::Security).await);
        let follow = Request::get("/api/v1/stream").body(Body::empty()).unwrap();
        let mut stream = desk.respond(who.clone(), follow).await.into_body();
        stream.frame().await.unwrap().unwrap();
        desk.site.pass(quarter);
        if reads {
            // A quiet night: nothing comes but the sign that the line is alive.
            for _ in 0..3 {
                stream.frame().await.unwrap().unwrap();
            }
        }
        desk.site.pass(quarter);
        assert_eq!(status(&desk, &who).await, expect, "reads: {reads}");
    };
    check(true, 200).await;
    check(false, 401).await;
}

#[tokio::test]
async fn what_an_admin_takes_away_ends_the_sessions_that_rested_on_it() {
    let (desk, admin) = desk();
    let guard = desk.site.set_up("guard", OperatorRole::Security);
    let newcomer = desk.site.operator("newcomer", OperatorRole::Security);
    let (chief, thief) = (desk.sign_in_as(admin).await, desk.sign_in_as(guard).await);
    let unready = desk.sign_in_as(newcomer).await;
    for who in [&thief, &unready] {
        assert_eq!(status(&desk, who).await, 200);
    }
    for operator in [guard, newcomer] {
        let path = format!("/api/v1/operators/{operator}/reset");
        let reset = desk.post(&chief, &path, json!({ "reason": "lost laptop" })).await;
        assert_eq!(reset.status, StatusCode::OK, "{}", reset.text());
    }
    for who in [&thief, &unready] {
        assert_eq!(status(&desk, who).await, 401, "whoever has the laptop is out");
    }
    assert_eq!(status(&desk, &chief).await, 200);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_revoked_says_who_did_it_and_why_before_it_ends() {
    let (desk, admin) = desk();
    attended(&desk);
    let guard = desk.site.set_up("guard", OperatorRole::Security);
    let (chief, own) = (desk.sign_in_as(admin).await, desk.sign_in_as(guard).await);
    let other = desk.sign_in_as(guard).await;
    let id_of = async |who: &Who| {
        desk.get(who, "/api/v1/sessions/current").await.json()["session"].as_str().unwrap().to_owned()
    };
    let path = async |who: &Who| format!("/api/v1/sessions/{}/revoke", id_of(who).await);
    let (chiefs, owns, others) = (path(&chief).await, path(&own).await, path(&other).await);

    let empty = desk.post(&chief, &others, json!({ "reason": "" })).await;
    assert_eq!((empty.status.as_u16(), empty.pointers()), (422, vec!["/reason".to_owned()]));
    assert_eq!(desk.post(&own, &chiefs, json!({ "reason": "why not" })).await.status, StatusCode::FORBIDDEN);
    assert_eq!(status(&desk, &other).await, 200);

    let mut mark = desk.site.mark();
    for (who, path, gone) in [(&own, &others, &other), (&chief, &owns, &own)] {
        let revoked = desk.post(who, path, json!({ "reason": "lost laptop" })).await;
        assert_eq!(revoked.status, StatusCode::OK, "{}", revoked.text());
        assert_eq!(status(&desk, gone).await, 401);
        tokio::time::sleep(A_SECOND).await;
        assert_eq!(desk.site.told_since(mark), ["operator.session-revoked", "operator.session-ended"]);
        mark = desk.site.mark();
    }
    assert!(desk.site.journal_text().contains("lost laptop"));
    assert_eq!(desk.post(&chief, &owns, json!({ "reason": "again" })).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn no_end_of_a_session_is_lost_while_the_journal_cannot_be_written() {
    let desk = Desk::open();
    attended(&desk);
    let cookies = [desk.sign_in(OperatorRole::Admin).await, desk.sign_in(OperatorRole::Admin).await];
    desk.site.lose_journal();
    let mark = desk.site.mark();
    for cookie in cookies {
        desk.send(Who::Session(cookie), form("/logout", "")).await;
    }
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert!(!desk.site.told_since(mark).contains(&"operator.session-ended"));
    desk.site.regain_journal();
    tokio::time::sleep(Duration::from_secs(30)).await;
    let told = desk.site.told_since(mark);
    assert_eq!(told.iter().filter(|name| **name == "operator.session-ended").count(), 2, "{told:?}");
}

#[tokio::test]
async fn a_setup_that_is_finished_takes_every_other_way_to_the_account_away() {
    let (desk, _) = desk();
    let guard = desk.site.operator("guard", OperatorRole::Security);
    let first = link(&desk, LinkFor::Invitation(guard));
    let forgotten = use_link(&desk, &first).await;
    let second = link(&desk, LinkFor::Invitation(guard));
    let stale = desk.send(Who::Nobody, filled(&forgotten, "")).await;
    assert_eq!(stale.status, StatusCode::FORBIDDEN, "the page of a link that was replaced is as good as the link");
    let page = use_link(&desk, &second).await;
    let done = desk.send(Who::Nobody, filled(&page, "")).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    assert_eq!(desk.send(Who::Nobody, filled(&page, "")).await.status, StatusCode::FORBIDDEN);

    // One page is open and one link is on its way when the account is finished by another page of its holder's.
    let again = link(&desk, LinkFor::Invitation(guard));
    let open = use_link(&desk, &again).await;
    let mine = desk.send(desk.sign_in_as(guard).await, form("/account/factors", "")).await;
    assert_eq!(mine.status, StatusCode::OK, "{}", mine.text());
    assert_eq!(desk.send(Who::Nobody, filled(&open, "")).await.status, StatusCode::FORBIDDEN, "a new link closed it");
    let mine_too = link(&desk, LinkFor::Operator(guard));
    assert_eq!(desk.send(Who::Nobody, filled(&mine, "")).await.status, StatusCode::FORBIDDEN, "so it did here");
    assert_eq!(use_link(&desk, &mine_too).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(start_paused = true)]
async fn an_old_invitation_does_not_come_back_with_its_operator() {
    let (desk, _) = desk();
    attended(&desk);
    let guard = desk.site.operator("guard", OperatorRole::Security);
    let (token, keeps) = (link(&desk, LinkFor::Invitation(guard)), desk.link(OperatorRole::Auditor));
    for state in [OperatorState::Disabled, OperatorState::Enabled] {
        desk.site.set_state(guard, state);
        tokio::time::sleep(Duration::from_secs(30)).await;
    }
    assert_eq!(use_link(&desk, &token).await.status, StatusCode::FORBIDDEN);
    assert_eq!(use_link(&desk, &keeps).await.status, StatusCode::SEE_OTHER, "others are not concerned");
}

#[tokio::test]
async fn a_first_admin_who_goes_away_half_way_is_there_whole() {
    let site = SiteInMemory::start();
    site.know_operators();
    let desk = Desk::of(site);
    let page = use_link(&desk, &link(&desk, LinkFor::FirstAdmin)).await;
    let mut head = desk.site.head();
    let before = *head.borrow_and_update();
    let held = desk.site.hold_answers();
    let router = desk.router(rackward_dashboard::Origin::Browser);
    let sending = tokio::spawn(tower::ServiceExt::oneshot(router, filled(&page, "&name=m.rossi")));
    head.wait_for(|head| *head > before).await.unwrap();
    sending.abort();
    assert!(sending.await.unwrap_err().is_cancelled());
    drop(held);
    head.wait_for(|_| desk.site.told_since(0).contains(&"operator.signed-in")).await.unwrap();
    let admins = desk.site.proofs().unwrap().operators();
    assert_eq!(admins.len(), 1);
    assert!(admins[0].factors.can_sign_in(), "an account that nobody can sign in to would close the site");
    assert_eq!(by_password(&desk, "m.rossi", PASSWORD, CODE).await, StatusCode::SEE_OTHER);
    let second = use_link(&desk, &link(&desk, LinkFor::FirstAdmin)).await;
    assert_eq!(second.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_page_that_could_not_be_kept_can_be_sent_again() {
    let site = SiteInMemory::start();
    site.know_operators();
    let desk = Desk::of(site);
    let page = use_link(&desk, &link(&desk, LinkFor::FirstAdmin)).await;
    desk.site.lose_journal();
    let refused = desk.send(Who::Nobody, filled(&page, "&name=m.rossi")).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{}", refused.text());
    desk.site.regain_journal();
    let done = desk.send(Who::Nobody, filled(&page, "&name=m.rossi")).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
}

#[tokio::test]
async fn after_a_failure_the_next_try_waits() {
    let (desk, _) = desk();
    let check = async |password: &str, expect: StatusCode| {
        assert_eq!(by_password(&desk, "m.rossi", password, CODE).await, expect, "{password}");
    };
    let (refused, let_in) = (StatusCode::FORBIDDEN, StatusCode::SEE_OTHER);
    check("wrong", refused).await;
    check(PASSWORD, refused).await;
    desk.site.pass(Duration::from_millis(999));
    check(PASSWORD, refused).await;
    desk.site.pass(Duration::from_millis(1));
    check(PASSWORD, let_in).await;

    // What comes too early is not compared, so it is no guess and counts for nothing.
    for wait in [1, 2, 4, 8] {
        check("wrong", refused).await;
        for _ in 0..20 {
            check("wrong", refused).await;
        }
        desk.site.pass(Duration::from_secs(wait));
    }
    check(PASSWORD, let_in).await;
    for wait in [1, 2, 4, 8, 0] {
        check("wrong", refused).await;
        desk.site.pass(Duration::from_secs(wait));
    }
    check(PASSWORD, refused).await;
    desk.site.pass(Duration::from_secs(299));
    check(PASSWORD, refused).await;
    desk.site.pass(A_SECOND);
    check(PASSWORD, let_in).await;
}

#[tokio::test]
async fn a_step_up_waits_after_a_failure_as_well() {
    let (desk, admin) = desk();
    let who = desk.sign_in_as(admin).await;
    let prove =
        async |code: &str| desk.post(&who, "/api/v1/sessions/step-up", json!({ "code": code })).await.status.as_u16();
    assert_eq!(prove("000000").await, 403);
    assert_eq!(prove(CODE).await, 403, "it came too early");
    desk.site.pass(A_SECOND);
    assert_eq!(prove(CODE).await, 200);
}

#[tokio::test]
async fn the_way_to_the_provider_and_back_counts_as_a_try() {
    let check = async |path: &str, expect: usize| {
        let desk = Desk::open();
        let mut refused = 0;
        for _ in 0..30 {
            let mut request = Request::get(path).header("host", "localhost").body(Body::empty()).unwrap();
            request.extensions_mut().insert(PeerAddress([192, 0, 2, 7].into()));
            let answered = desk.send(Who::Nobody, request).await;
            refused += usize::from(answered.status == StatusCode::TOO_MANY_REQUESTS);
        }
        assert_eq!(refused, expect, "{path}");
    };
    check("/login/provider", 10).await;
    check("/login/provider/back?code=x&state=y", 10).await;
    check("/login", 0).await;
}
