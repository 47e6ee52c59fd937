//! Command lines that are let in at the console (RFC 8628), as stories over the real routes: who may, what comes of it, what
//! ends it, and everybody who tries something else. The table of codes itself is tried in `sessions/devices/tests.rs`.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use rackward_core::id::OperatorId;
use rackward_core::operator::{OperatorRole, OperatorState};
use rackward_core::permission::{Permission, STEP_UP_GOOD_FOR};
use rackward_dashboard::{Backend, attend};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::asking::{Answered, Desk, Who, form};
use crate::site_in_memory::signing_in::CODE;

const PAGE: &str = "/account/device";

/// A site with a guard and an admin who sign in, and a command line that waits.
struct Story {
    desk: Desk,
    ann: OperatorId,
    guard: Who,
    admin: Who,
    device_code: String,
    user_code: String,
}

impl Story {
    async fn begin() -> Self {
        let first = Desk::open();
        first.site.know_operators();
        let desk = Desk::of(first.site);
        let ann = desk.site.set_up("ann", OperatorRole::Security);
        let ben = desk.site.set_up("ben", OperatorRole::Admin);
        let (guard, admin) = (desk.sign_in_as(ann).await, desk.sign_in_as(ben).await);
        let begun = begin(&desk, json!({ "client_name": "rackward on build7" })).await.json();
        let text = |name: &str| begun[name].as_str().unwrap().to_owned();
        let (device_code, user_code) = (text("device_code"), text("user_code"));
        Self { desk, ann, guard, admin, device_code, user_code }
    }

    fn pass(&self, seconds: u64) {
        self.desk.site.pass(Duration::from_secs(seconds));
    }

    async fn asks(&self) -> Answered {
        self.desk.post(&Who::Nobody, "/api/v1/sessions/device/token", json!({ "device_code": self.device_code })).await
    }

    /// The word and the status with which the command line is told to wait or to give up.
    async fn told(&self) -> (u16, Value) {
        let answered = self.asks().await;
        (answered.status.as_u16(), answered.json()["error"].clone())
    }

    async fn shows(&self, who: &Who) -> Answered {
        self.desk.get(who, &format!("{PAGE}?code={}", self.user_code)).await
    }

    async fn decides(&self, who: &Who, rest: &str) -> Answered {
        self.desk.send(who.clone(), form(PAGE, &format!("code={}&{rest}", self.user_code))).await
    }

    async fn proves(&mut self) {
        let proven = self.desk.send(self.guard.clone(), form("/account/prove", &format!("code={CODE}"))).await;
        let cookie = proven.headers.get_all("set-cookie").iter().find_map(|cookie| {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            pair.strip_prefix("rackward_session=").map(str::to_owned)
        });
        self.guard = Who::Session(cookie.expect("a new cookie"));
    }

    /// The command line with its token.
    async fn program(&self) -> Who {
        let told = self.asks().await;
        assert_eq!(told.status, StatusCode::OK, "{}", told.text());
        Who::Program(format!("Bearer {}", told.json()["access_token"].as_str().unwrap()))
    }
}

async fn begin(desk: &Desk, body: Value) -> Answered {
    desk.post(&Who::Nobody, "/api/v1/sessions/device", body).await
}

const LET_IN: &str = "act=let_in&hours=12&may_view_site=on&may_open_doors=on";

#[tokio::test]
async fn an_operator_lets_a_command_line_in_and_it_does_what_was_chosen_until_its_end() {
    let story = Story::begin().await;
    let desk = &story.desk;
    assert_eq!(story.told().await, (400, json!("authorization_pending")));
    let page = story.shows(&story.guard).await.text();
    for word in ["rackward on build7", "this machine", "ann, security", "may_open_doors", "12 hours", "Let it in"] {
        assert!(page.contains(word), "{word}: {page}");
    }
    let is_ticked = |right: &str| page.contains(&format!("name=\"may_{right}\" value=\"on\" checked"));
    assert!(is_ticked("view_people") && !is_ticked("open_doors"), "what is dangerous is chosen by hand");
    assert!(!page.contains("may_give_rights") && !page.contains("may_manage_self"), "no more than the role has");
    let mark = desk.site.mark();
    let done = story.decides(&story.guard, LET_IN).await;
    assert!(done.status == StatusCode::OK && done.text().contains("is let in"), "{}", done.text());
    assert_eq!(desk.site.told_since(mark), ["token.signed-in"]);
    story.pass(5);
    let program = story.program().await;
    let me = desk.get(&program, "/api/v1/sessions/current").await.json();
    assert_eq!(
        (&me["name"], &me["method"], &me["rights"]),
        (&json!("ann"), &json!("device"), &json!(["view_site", "open_doors"]))
    );
    assert_eq!(desk.get(&program, "/api/v1/doors").await.status, StatusCode::OK);
    assert_eq!(desk.get(&program, "/api/v1/people").await.status, StatusCode::FORBIDDEN, "it was not chosen");
    let told = desk.get(&story.admin, "/api/v1/events?sort=-at&limit=5").await;
    assert!(told.text().contains("opr-1 let it in"), "{}", told.text());
    story.pass(12 * 3600 - 6);
    assert_eq!(desk.get(&program, "/api/v1/doors").await.status, StatusCode::OK);
    story.pass(1);
    assert_eq!(desk.get(&program, "/api/v1/doors").await.status, StatusCode::UNAUTHORIZED, "a shift is over");
}

#[tokio::test]
async fn what_is_typed_is_forgiven_and_what_is_wrong_is_recorded() {
    let story = Story::begin().await;
    let small = story.user_code.to_lowercase().replace('-', "%20");
    let found = story.desk.get(&story.guard, &format!("{PAGE}?code={small}")).await;
    assert!(found.text().contains("rackward on build7"), "{}", found.text());
    let mark = story.desk.site.mark();
    let wrong = story.desk.get(&story.guard, &format!("{PAGE}?code=ZZZZ-ZZZZ")).await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    assert_eq!(story.desk.site.told_since(mark), ["operator.sign-in-failed"]);
    assert!(story.desk.site.journal_text().contains("DeviceCode"));
    assert!(!story.desk.get(&story.guard, PAGE).await.text().contains("build7"), "without a code nothing is shown");
}

#[tokio::test]
async fn whoever_says_no_ends_it() {
    let story = Story::begin().await;
    let mark = story.desk.site.mark();
    let page = story.decides(&story.guard, "act=refuse").await;
    assert!(page.text().contains("It is refused"), "{}", page.text());
    assert_eq!(story.told().await, (400, json!("access_denied")));
    let late = story.decides(&story.guard, LET_IN).await;
    assert_eq!(late.status, StatusCode::FORBIDDEN, "a no stays a no: {}", late.text());
    assert!(!story.desk.site.told_since(mark).contains(&"token.signed-in"));
}

#[tokio::test]
async fn nobody_lets_it_in_after_ten_minutes() {
    let story = Story::begin().await;
    story.pass(600);
    assert_eq!(story.shows(&story.admin).await.status, StatusCode::FORBIDDEN);
    assert_eq!(story.told().await, (400, json!("expired_token")));
}

#[tokio::test]
async fn whoever_asks_too_often_is_told_to_slow_down() {
    let story = Story::begin().await;
    assert_eq!(story.told().await.1, json!("authorization_pending"));
    story.pass(1);
    let soon = story.asks().await;
    assert_eq!((soon.json()["error"].clone(), soon.header("retry-after")), (json!("slow_down"), "10"));
    story.pass(10);
    assert_eq!(story.told().await.1, json!("authorization_pending"));
}

#[tokio::test]
async fn a_code_that_is_shown_twice_ends_what_came_of_it() {
    let story = Story::begin().await;
    story.decides(&story.guard, LET_IN).await;
    let program = story.program().await;
    let mark = story.desk.site.mark();
    assert_eq!(story.told().await, (400, json!("invalid_grant")));
    assert_eq!(story.desk.site.told_since(mark), ["token.revoked"]);
    assert_eq!(story.desk.get(&program, "/api/v1/doors").await.status, StatusCode::UNAUTHORIZED);
    let made_up = story.desk.post(&Who::Nobody, "/api/v1/sessions/device/token", json!({ "device_code": "x" })).await;
    assert_eq!(made_up.json()["error"], json!("invalid_grant"));
}

#[tokio::test]
async fn it_is_whose_word_let_it_in_and_one_decides() {
    let story = Story::begin().await;
    assert!(story.shows(&story.guard).await.text().contains("ann, security"));
    // Another operator was shown the code as well, and is faster.
    story.decides(&story.admin, "act=let_in&hours=1&may_view_site=on").await;
    let late = story.decides(&story.guard, LET_IN).await;
    assert_eq!(late.status, StatusCode::FORBIDDEN, "{}", late.text());
    let program = story.program().await;
    let me = story.desk.get(&program, "/api/v1/sessions/current").await.json();
    assert_eq!((&me["name"], &me["token"]["made_by"]), (&json!("ben"), &json!("opr-2")));
}

#[tokio::test]
async fn without_a_fresh_proof_nothing_is_given_away() {
    let mut story = Story::begin().await;
    story.pass(STEP_UP_GOOD_FOR.as_secs());
    let mark = story.desk.site.mark();
    let page = story.shows(&story.guard).await.text();
    let way = format!("/account/prove?back=/account/device%3Fcode%3D{}", story.user_code);
    assert!(page.contains(&way) && !page.contains("value=\"let_in\""), "{page}");
    let tried = story.decides(&story.guard, LET_IN).await;
    assert!(tried.text().contains(&way), "{}", tried.text());
    assert_eq!(story.desk.site.told_since(mark), [] as [&str; 0]);
    assert_eq!(story.told().await.1, json!("authorization_pending"));
    story.proves().await;
    assert!(story.decides(&story.guard, LET_IN).await.text().contains("is let in"));
}

#[tokio::test]
async fn only_an_operator_in_person_lets_anything_in() {
    let story = Story::begin().await;
    let by_link = Who::Session(story.desk.sign_in(OperatorRole::Admin).await);
    assert_eq!(story.decides(&by_link, LET_IN).await.status, StatusCode::CONFLICT);
    // Whoever looks is told so by a page, with a way to become one and to come back.
    let shown = story.shows(&by_link).await;
    let (status, page) = (shown.status, shown.text());
    let back = format!("name=\"back\" value=\"{PAGE}?code={}\"", story.user_code);
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(page.contains("no operator's") && page.contains("action=\"/logout\"") && page.contains(&back), "{page}");
    let prove = story.desk.get(&by_link, "/account/prove").await;
    assert!(prove.header("content-type").starts_with("text/html") && prove.text().contains("no operator's"));
    let token = Who::Program(story.desk.site.token(story.ann, &[Permission::ViewSite]));
    assert_eq!(story.decides(&token, LET_IN).await.status, StatusCode::FORBIDDEN);
    assert_eq!(story.decides(&Who::Nobody, LET_IN).await.header("location"), "/login");
    let led = story.shows(&Who::Nobody).await;
    assert_eq!(led.header("location"), format!("/login?back=/account/device%3Fcode%3D{}", story.user_code));
    assert_eq!(story.told().await.1, json!("authorization_pending"));
}

#[tokio::test]
async fn what_is_not_the_operators_own_is_given_to_nobody() {
    let story = Story::begin().await;
    let check = async |rest: &str, words: &str| {
        let tried = story.decides(&story.guard, rest).await;
        assert_eq!(tried.status, StatusCode::UNPROCESSABLE_ENTITY, "{rest}");
        assert!(tried.text().contains(words), "{rest}: {}", tried.text());
    };
    check("act=let_in&hours=12", "at least one").await;
    check("act=let_in&hours=12&may_give_rights=on&may_manage_self=on&may_nothing=on", "at least one").await;
    check("act=let_in&may_view_site=on", "for how long").await;
    check("act=let_in&hours=13&may_view_site=on", "for how long").await;
    assert_eq!(story.told().await.1, json!("authorization_pending"));
}

#[tokio::test]
async fn guessing_codes_is_stopped_and_recorded() {
    let story = Story::begin().await;
    let guess = async || story.desk.get(&story.guard, &format!("{PAGE}?code=ZZZZ-ZZZZ")).await;
    for _ in 0..5 {
        assert_eq!(guess().await.status, StatusCode::FORBIDDEN);
    }
    let paused = guess().await;
    assert_eq!(paused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(paused.text().contains("in 5 min"), "{}", paused.text());
    assert_eq!(story.shows(&story.guard).await.status, StatusCode::TOO_MANY_REQUESTS, "the right one as well");
    assert_eq!(story.decides(&story.guard, LET_IN).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(story.shows(&story.admin).await.status, StatusCode::OK, "nobody else is kept out");
    story.pass(299);
    assert_eq!(story.shows(&story.guard).await.status, StatusCode::TOO_MANY_REQUESTS);
    story.pass(1);
    assert_eq!(story.shows(&story.guard).await.status, StatusCode::OK);
}

#[tokio::test]
async fn signing_out_takes_the_token_back_and_no_other() {
    let story = Story::begin().await;
    story.decides(&story.guard, LET_IN).await;
    let program = story.program().await;
    let mark = story.desk.site.mark();
    let left = story.desk.delete(&program, "/api/v1/sessions/current", json!({})).await;
    assert_eq!((left.status, left.json()["id"].clone()), (StatusCode::OK, json!("tok-1")), "{}", left.text());
    assert_eq!(story.desk.site.told_since(mark), ["token.revoked"]);
    assert_eq!(story.desk.get(&program, "/api/v1/doors").await.status, StatusCode::UNAUTHORIZED);
    let made = Who::Program(story.desk.site.token(story.ann, &[Permission::ViewSite]));
    let kept = story.desk.delete(&made, "/api/v1/sessions/current", json!({})).await;
    assert_eq!(kept.status, StatusCode::CONFLICT, "what was made for a program is not its holder's to end");
    let kept = story.desk.delete(&story.guard, "/api/v1/sessions/current", json!({})).await;
    assert_eq!(kept.status, StatusCode::CONFLICT, "a session ends where its cookie is taken back");
}

#[tokio::test]
async fn what_happens_to_the_operator_happens_to_the_command_line() {
    let story = Story::begin().await;
    story.decides(&story.guard, LET_IN).await;
    let program = story.program().await;
    story.desk.site.set_state(story.ann, OperatorState::Disabled);
    assert_eq!(story.desk.get(&program, "/api/v1/doors").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_token_that_nobody_fetches_ends_with_the_code() {
    let story = Story::begin().await;
    story.decides(&story.guard, LET_IN).await;
    story.pass(600);
    let mark = story.desk.site.mark();
    let closing = CancellationToken::new();
    closing.cancel();
    let backend: Arc<dyn Backend> = Arc::clone(&story.desk.site) as Arc<dyn Backend>;
    attend(backend, Arc::clone(&story.desk.sessions), closing).await;
    assert!(story.desk.site.told_since(mark).contains(&"token.revoked"));
    assert_eq!(story.told().await.1, json!("invalid_grant"));
}

#[tokio::test]
async fn the_provider_is_named_only_where_there_is_one() {
    let story = Story::begin().await;
    let refused = begin(&story.desk, json!({ "way": "provider" })).await;
    assert_eq!((refused.status, refused.json()["code"].clone()), (StatusCode::CONFLICT, json!("RW-A018")));
    assert!(refused.json()["detail"].as_str().unwrap().contains("[oidc]"), "{}", refused.text());
    let odd = begin(&story.desk, json!({ "way": "carrier pigeon" })).await;
    assert_eq!(odd.pointers(), ["/way"]);
}

#[tokio::test]
async fn a_machine_that_nobody_named_and_a_flood_are_told_apart() {
    let story = Story::begin().await;
    let unnamed = begin(&story.desk, json!({ "client_name": "\u{202e}\n" })).await.json();
    let page = story.desk.get(&story.guard, &format!("{PAGE}?code={}", unnamed["user_code"].as_str().unwrap())).await;
    assert!(page.text().contains("A program that gives no name"), "{}", page.text());
    let named = begin(&story.desk, json!({ "client_name": "<script>alert(1)</script>" })).await.json();
    let page = story.desk.get(&story.guard, &format!("{PAGE}?code={}", named["user_code"].as_str().unwrap())).await;
    assert!(!page.text().contains("<script>") && page.text().contains("alert(1)"), "{}", page.text());
    for _ in 0..5 {
        assert_eq!(begin(&story.desk, json!({})).await.status, StatusCode::OK);
    }
    assert_eq!(begin(&story.desk, json!({})).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn no_code_and_no_token_is_kept_or_told_twice() {
    let story = Story::begin().await;
    story.decides(&story.guard, LET_IN).await;
    let program = story.program().await;
    let Who::Program(bearer) = &program else { panic!() };
    let secret = bearer.trim_start_matches("Bearer rwt_");
    let kept = story.desk.site.journal_text() + &story.desk.site.records_text() + &story.desk.site.kept_answers();
    for hidden in [secret, &story.device_code, &story.user_code, &story.user_code.replace('-', "")] {
        assert!(!kept.contains(hidden), "{hidden}");
    }
    let request = Request::get(PAGE).header("accept", "text/html").body(Body::empty()).unwrap();
    let page = story.desk.send(story.guard.clone(), request).await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains("form-action 'self'") && policy.contains("frame-ancestors 'none'"), "{policy}");
}
