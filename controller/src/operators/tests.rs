//! A daemon with its console over TLS, and people who sign in: by link, password and code, passkey, outside provider. What
//! nobody may do is tried as well. The clock is the machine's, so codes are drawn for the step that is wanted.

mod browser;
mod two;

use std::sync::Arc;
use std::time::Duration;

use rackward_core::engine::command::OperatorCommand;
use rackward_core::operator::{OperatorRole, OperatorState};
use rackward_core::people::Validity;
use rackward_core::permission::{Permission, PermissionSet};
use rackward_dashboard::{LinkFor, SessionKeeper as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use self::browser::{Browser, Site};
use super::{Operators, Proofs, Typed};
use crate::clock;

const PASSWORD: &str = "correct horse battery";

/// A code of an app's secret, so many steps of thirty seconds from now. What sets up takes this one and what comes after
/// the next: a step that ends in between changes nothing then.
fn code(secret: &str, steps_ahead: i64) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).with_account_name("x").build().unwrap();
    let seconds = clock::now().wall.as_seconds() + 30 * steps_ahead;
    totp.generate(u64::try_from(seconds).unwrap()).to_string()
}

/// Makes an operator by the page that a link leads to; gives the app's secret and the recovery codes.
async fn set_up(browser: &mut Browser, link: &str, name: Option<&str>) -> (String, Vec<String>) {
    let token = link.split_once("token=").unwrap().1;
    let page = browser.post_form("/login", &[("token", token)]).await;
    assert_eq!(page.status, 200, "{}", page.text);
    let (ticket, secret) = (page.between("name=\"ticket\" value=\"", "\""), page.between("<code>", "</code>"));
    let (secret, code) = (secret.replace(' ', ""), code(&secret.replace(' ', ""), 0));
    let mut filled = vec![("ticket", ticket.as_str()), ("password", PASSWORD), ("again", PASSWORD), ("code", &code)];
    filled.extend(name.map(|name| ("name", name)));
    let done = browser.post_form("/setup", &filled).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let codes: Vec<String> = done.text.split("<li><code>").skip(1).map(|rest| rest[..19].to_owned()).collect();
    assert_eq!(codes.len(), 10);
    (secret, codes)
}

async fn password(browser: &mut Browser, name: &str, password: &str, code: &str) -> u16 {
    browser.post_form("/login/password", &[("name", name), ("password", password), ("code", code)]).await.status
}

/// Signs in by a link: whoever does has no failure to wait after.
async fn forgive(site: &Site, name: &str) {
    let operator = site.daemon.backend.published.operators.named(name).unwrap();
    let link = site.link(LinkFor::Operator(operator));
    let token = link.split_once("token=").unwrap().1;
    assert_eq!(site.browser().post_form("/login", &[("token", token)]).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_admin_makes_an_account_signs_in_again_and_a_code_works_once() {
    let site = Site::start().await;
    assert!(site.daemon.has_no_operators());
    let link = site.link(LinkFor::FirstAdmin);
    assert!(link.starts_with("https://localhost:"), "{link}");
    let mut desk = site.browser();
    let (secret, recovery) = set_up(&mut desk, &link, Some("m.rossi")).await;
    let me = desk.get("/api/v1/sessions/current").await;
    assert_eq!((me.status, &me.json()["name"], &me.json()["role"]), (200, &json!("m.rossi"), &json!("admin")));
    assert!(desk.cookie_line().starts_with("__Host-rackward_session="), "over TLS the cookie is this host's alone");
    assert!(desk.cookie_line().contains("; Secure"));
    assert_eq!(desk.get("/login").await.header("strict-transport-security"), "max-age=31536000");

    // The link is used, and nobody becomes the first admin a second time.
    assert_eq!(
        site.browser().post_form("/login", &[("token", link.split_once("token=").unwrap().1)]).await.status,
        403
    );
    let second = site.link(LinkFor::FirstAdmin);
    assert_eq!(
        site.browser().post_form("/login", &[("token", second.split_once("token=").unwrap().1)]).await.status,
        403
    );

    let now = code(&secret, 1);
    assert_eq!(password(&mut site.browser(), "m.rossi", PASSWORD, &now).await, 303);
    assert_eq!(password(&mut site.browser(), "m.rossi", PASSWORD, &now).await, 403, "a code works once");
    forgive(&site, "m.rossi").await;
    assert_eq!(password(&mut site.browser(), "m.rossi", PASSWORD, &code(&secret, 0)).await, 403, "nor one before it");

    forgive(&site, "m.rossi").await;
    assert_eq!(password(&mut site.browser(), "m.rossi", PASSWORD, &recovery[3]).await, 303);
    assert_eq!(password(&mut site.browser(), "m.rossi", PASSWORD, &recovery[3]).await, 403, "a recovery code, too");
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_learns_nothing_and_is_locked_out() {
    let site = Site::start().await;
    let mut desk = site.browser();
    let (secret, recovery) = set_up(&mut desk, &site.link(LinkFor::FirstAdmin), Some("m.rossi")).await;
    let mut stranger = site.browser();
    let nobody =
        stranger.post_form("/login/password", &[("name", "nobody"), ("password", "x"), ("code", "000000")]).await;
    let wrong =
        stranger.post_form("/login/password", &[("name", "m.rossi"), ("password", "x"), ("code", "000000")]).await;
    assert_eq!((nobody.status, &nobody.text), (wrong.status, &wrong.text), "a name that exists is answered the same");
    // The tries of a stranger who does not wait are not even compared; one who does fails four times more.
    let operator = site.daemon.backend.published.operators.named("m.rossi").unwrap();
    for _ in 0..4 {
        let cause = rackward_core::operator::SignInFailure::Wrong;
        let failed = OperatorCommand::NoteSignInFailure { operator: Some(operator), cause };
        site.daemon.tell(failed).await.unwrap();
    }
    assert_eq!(
        password(&mut stranger, "m.rossi", PASSWORD, &code(&secret, 1)).await,
        403,
        "the right ones come too late"
    );
    assert_eq!(password(&mut stranger, "m.rossi", PASSWORD, &recovery[0]).await, 403);
    assert_eq!(desk.get("/api/v1/status").await.status, 200, "whoever is signed in stays");
    assert!(site.daemon.backend.published.operators.operator(operator).unwrap().locked_until.is_some());
    site.stop().await;
}

/// However many guess at once, each counts before the next one is compared, and what is right among them is told as what
/// is wrong once the operator is locked out.
#[tokio::test(flavor = "multi_thread")]
async fn guesses_that_come_at_once_are_compared_one_by_one() {
    let site = Site::start().await;
    let mut desk = site.browser();
    let (secret, _) = set_up(&mut desk, &site.link(LinkFor::FirstAdmin), Some("m.rossi")).await;
    let mut crowd = tokio::task::JoinSet::new();
    for number in 0..20 {
        let (mut browser, right) = (site.browser(), code(&secret, 1));
        let typed = if number == 10 { PASSWORD } else { "wrong" };
        crowd.spawn(async move { password(&mut browser, "m.rossi", typed, &right).await });
    }
    let mut answers = crowd.join_all().await;
    // Whether the right one came before the lock-out is nobody's to say; it is told as such once at most.
    let right = answers.iter().position(|status| *status == 303).map(|place| answers.remove(place));
    // Some are told to come again, whatever they brought.
    assert!(answers.iter().all(|status| [403, 429, 503].contains(status)), "{answers:?}");
    let operator = site.daemon.backend.published.operators.named("m.rossi").unwrap();
    let until = site.daemon.backend.published.operators.operator(operator).unwrap().locked_until;
    let left = until.map(|until| until.since(clock::now().wall)).unwrap_or_default();
    assert!(left <= Duration::from_secs(300), "the crowd made the lock-out no longer: {left:?}, {right:?}");
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_signs_in_and_steps_up() {
    let site = Site::start().await;
    let mut key = browser::SecurityKey::new();
    let mut desk = site.browser();
    let link = site.link(LinkFor::FirstAdmin);
    let page = desk.post_form("/login", &[("token", link.split_once("token=").unwrap().1)]).await;
    let who = json!({ "ticket": page.between("name=\"ticket\" value=\"", "\""), "name": "m.rossi" });
    let begun = desk.post("/setup/passkey", &who).await;
    assert_eq!(begun.status, 200, "{}", begun.text);
    let selection = &begun.json()["options"]["publicKey"]["authenticatorSelection"];
    assert_eq!(selection["userVerification"], "required");
    assert_eq!(selection["residentKey"], "required");
    let answer = key.make(&site.origin(), &begun.json()["options"]).await;
    let mut done = who.clone();
    (done["handle"], done["answer"]) = (begun.json()["handle"].clone(), json!(answer.clone()));
    let made = desk.post("/setup/passkey/finish", &done).await;
    assert_eq!(made.status, 200, "{}", made.text);
    assert_eq!(made.json()["codes"].as_array().unwrap().len(), 10);

    let mut other = site.browser();
    let begun = other.post("/login/passkey", &json!({})).await.json();
    let answer = key.answer(&site.origin(), &begun["options"]).await;
    let given = json!({ "handle": begun["handle"], "answer": answer });
    assert_eq!(other.post("/login/passkey/finish", &given).await.status, 200);
    assert_eq!(other.get("/api/v1/sessions/current").await.json()["name"], "m.rossi");
    assert_eq!(site.browser().post("/login/passkey/finish", &given).await.status, 403, "an answer works once");

    let begun = other.post("/api/v1/sessions/step-up/passkey", &json!({})).await.json();
    let answer = key.answer(&site.origin(), &begun["options"]).await;
    let before = other.cookie_line();
    let proven = other.post("/api/v1/sessions/step-up", &json!({ "handle": begun["handle"], "answer": answer })).await;
    assert_eq!((proven.status, &proven.json()["good_for_s"]), (200, &json!(300)), "{}", proven.text);
    assert_ne!(other.cookie_line(), before, "the cookie is another one now");
    assert_eq!(other.get("/api/v1/status").await.status, 200);

    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_cookie_ends_the_session_and_a_restart_does_not() {
    let mut site = Site::start().await;
    let mut desk = site.browser();
    set_up(&mut desk, &site.link(LinkFor::FirstAdmin), Some("m.rossi")).await;
    let operator = site.daemon.backend.published.operators.named("m.rossi").unwrap();
    let mut second = site.browser();
    let link = site.link(LinkFor::Operator(operator));
    assert_eq!(second.post_form("/login", &[("token", link.split_once("token=").unwrap().1)]).await.status, 303);

    let mut thief = site.browser_called("another");
    thief.steal(&second);
    assert_eq!(thief.get("/api/v1/status").await.status, 401);
    assert_eq!(second.get("/api/v1/status").await.status, 401, "the session is over for its owner as well");
    desk.stream("/api/v1/stream?after=0").await.tells("operator.session-ended").await;

    site = site.restart().await;
    desk.moved_to(&site);
    let me = desk.get("/api/v1/sessions/current").await;
    assert_eq!((me.status, &me.json()["fresh"]), (200, &json!(false)), "signed in, and to be asked again: {}", me.text);

    let mut others = desk.get("/api/v1/sessions").await.json()["items"].as_array().unwrap().clone();
    assert_eq!(others.len(), 1);
    let id = others.remove(0)["id"].as_str().unwrap().to_owned();
    let revoked = desk.post(&format!("/api/v1/sessions/{id}/revoke"), &json!({ "reason": "lost laptop" })).await;
    assert_eq!(revoked.status, 200, "{}", revoked.text);
    assert_eq!(desk.get("/api/v1/status").await.status, 401);
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_operator_is_out_at_once_with_every_stream() {
    let site = Site::start().await;
    let mut admin = site.browser();
    set_up(&mut admin, &site.link(LinkFor::FirstAdmin), Some("m.rossi")).await;
    let name = rackward_core::engine::command::OperatorName::parse("guard").unwrap();
    let (role, scope) = (OperatorRole::Security, rackward_core::engine::command::Scope::Site);
    let made = site.daemon.tell(OperatorCommand::Create { name, role, scope }).await.unwrap();
    let rackward_core::Reply::Operator(operator) = made else { panic!("{made:?}") };
    let mut guard = site.browser();
    set_up(&mut guard, &site.link(LinkFor::Invitation(operator)), None).await;
    let stream = guard.stream("/api/v1/stream").await;
    let reason = rackward_core::entry::ReasonText::parse("left").unwrap();
    let state = OperatorState::Disabled;
    site.daemon.tell(OperatorCommand::SetState { operator, state, reason }).await.unwrap();
    stream.ended().await;
    assert_eq!(guard.get("/api/v1/status").await.status, 401);
    let link = site.link(LinkFor::Operator(operator));
    assert_eq!(guard.post_form("/login", &[("token", link.split_once("token=").unwrap().1)]).await.status, 403);
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_what_is_kept_of_sessions() {
    let site = Site::start().await;
    let mut desk = site.browser();
    let (secret, recovery) = set_up(&mut desk, &site.link(LinkFor::FirstAdmin), Some("m.rossi")).await;
    let dir = site.dir.path().to_owned();
    let cookie = desk.cookie_line().split(['=', ';']).nth(1).unwrap().to_owned();
    site.daemon.stop().await.unwrap();
    let mut looked = 0;
    for file in std::fs::read_dir(dir.join("state")).unwrap() {
        let Ok(bytes) = std::fs::read(file.unwrap().path()) else { continue };
        looked += 1;
        for secret in [cookie.as_str(), PASSWORD, &secret, &recovery[0], &recovery[0].replace('-', "")] {
            assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()));
        }
    }
    assert!(looked > 4, "there were files to look at");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_does_what_it_was_made_for_until_it_is_revoked() {
    let site = Site::start().await;
    let mut desk = site.browser();
    set_up(&mut desk, &site.link(LinkFor::FirstAdmin), Some("m.rossi")).await;
    let owner = site.daemon.backend.published.operators.named("m.rossi").unwrap();
    let secret = "Q".repeat(43);
    let now = clock::now().wall;
    let reason = || rackward_core::entry::ReasonText::parse("dashboard").unwrap();
    let issue = OperatorCommand::IssueToken {
        owner,
        limits: PermissionSet::NONE.with(Permission::ViewSite),
        validity: Validity { from: now, to: now.after(Duration::from_secs(3600)) },
        digest: Sha256::digest(secret.as_bytes()).into(),
        reason: reason(),
    };
    let rackward_core::Reply::Token(token) = site.daemon.tell(issue).await.unwrap() else { panic!("no token") };
    let program = site.browser();
    let check = async |token: &str, path: &str, expect: u16| {
        assert_eq!(program.get_with_token(path, token).await, expect, "{path}");
    };
    let shown = format!("rwt_{secret}");
    check(&shown, "/api/v1/doors", 200).await;
    check(&shown, "/api/v1/people", 403).await;
    check(&secret, "/api/v1/doors", 401).await;
    check("rwt_", "/api/v1/doors", 401).await;
    let who = program.page_with_token("/api/v1/sessions/current", &shown).await;
    assert_eq!(who.status, 200, "a program may ask what it is: {}", who.text);
    let who = who.json();
    assert_eq!((&who["name"], &who["rights"]), (&json!("m.rossi"), &json!(["view_site"])));
    assert_eq!((&who["token"]["id"], &who["token"]["made_by"]), (&json!(token.to_string()), &json!("system")));
    assert!(who["token"]["to_at"].is_string(), "{who}");
    site.daemon.tell(OperatorCommand::RevokeToken { token, reason: reason() }).await.unwrap();
    check(&shown, "/api/v1/doors", 401).await;
    site.stop().await;
}

#[tokio::test]
async fn without_their_key_codes_do_not_work_and_nothing_else_suffers() {
    let nobody = Operators::default();
    assert!(nobody.draw_recovery_codes().is_err());
    let secret = nobody.draw_app_secret().unwrap();
    assert!(nobody.accept_app(&secret, &Typed::new(code(&secret, 0))).is_none());
    let tried = nobody.try_password(None, Typed::new("x".into()), Typed::new("000000".into())).await.unwrap();
    assert_eq!(tried, super::Tried::Failed(rackward_core::operator::SignInFailure::Wrong));
}

#[tokio::test]
async fn sessions_are_kept_in_a_private_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let file = Arc::new(super::SessionFile::new(dir.path()));
    assert!(file.read().is_empty());
    file.keep(b"one".to_vec()).await;
    file.keep(b"two".to_vec()).await;
    assert_eq!(file.read(), b"two");
    let mode = std::fs::metadata(dir.path().join(super::SESSIONS_FILE)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| panic!("not JSON: {text}"))
}
