//! The console's page: where it stands, what its frame tells of whoever asks, and how signing in leads back to an address.
//! What the modules are made of is looked at in `assets`; what they do, in a real browser (`tests`).

mod assets;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use rackward_core::permission::OperatorRole;
use rackward_dashboard::Backend as _;

use crate::asking::{Answered, Desk, Who, form};
use crate::site_in_memory::SiteInMemory;
use crate::site_in_memory::signing_in::{CODE, PASSWORD};

const POLICY: &str = "default-src 'self'; img-src 'self' blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// One address of each kind.
const ADDRESSES: [&str; 22] = [
    "/alarms?view=active&prio=1,2&area=lon1/hall-a",
    "/alarms/alm-7",
    "/wall",
    "/wall/hall-a",
    "/shift",
    "/map",
    "/map/lon1.hall-a?layers=doors,rows&z=2",
    "/rows",
    "/rows/lon1/hall-a/r07",
    "/racks/lon1/hall-a/r07/c03?face=rear",
    "/events?from=-24h&q=point%3Alon1%2F*",
    "/people",
    "/people/p-7",
    "/credentials/c-7",
    "/requests?state=pending",
    "/explain?person=p-1&point=lon1/main-entrance/in",
    "/inside?area=lon1",
    "/muster",
    "/muster/mst-1",
    "/health",
    "/shelved",
    "/audit",
];

fn check_page(answered: &Answered, address: &str) {
    assert_eq!(answered.status, StatusCode::OK, "{address}: {}", answered.text());
    assert_eq!(answered.header("content-type"), "text/html; charset=utf-8", "{address}");
    assert_eq!(answered.header("content-security-policy"), POLICY, "{address}");
    assert_eq!(answered.header("cache-control"), "no-store", "{address}: who may do what is not kept");
    let page = answered.text();
    assert_eq!(page.matches("<script").count(), 1, "{address}");
    for inline in [" style=", " onclick=", " onload=", "<style", "http://", "https://"] {
        assert!(!page.contains(inline), "{address}: {inline}");
    }
    for part in ["<header id=\"bar\"", "<nav id=\"nav\"", "<main id=\"pane\"", "<aside id=\"detail\"", "<noscript>"] {
        assert!(page.contains(part), "{address}: {part} is missing");
    }
}

/// What the page tells its modules under one name.
fn told(page: &Answered, name: &str) -> String {
    let text = page.text();
    let (_, rest) = text.split_once(&format!(" data-{name}=\"")).unwrap_or_else(|| panic!("no {name}: {text}"));
    rest.split_once('"').unwrap().0.to_owned()
}

#[tokio::test]
async fn every_address_is_the_page_for_everybody_who_is_signed_in() {
    let desk = Desk::open();
    let mut everybody = vec![("st-marys", "admin", desk.sign_in_for("st-marys", "admin").await)];
    for role in OperatorRole::ALL {
        everybody.push(("site", role.word(), Who::Session(desk.sign_in(role).await)));
    }
    for (scope, role, who) in &everybody {
        for address in ADDRESSES {
            let page = desk.get(who, address).await;
            check_page(&page, address);
            assert_eq!((told(&page, "role"), told(&page, "scope")), ((*role).to_owned(), (*scope).to_owned()));
            assert_eq!(told(&page, "site"), "lon1");
            assert_eq!(told(&page, "time-zone"), "Europe/London");
        }
    }
    let who = &everybody[0].2;
    for elsewhere in ["/alarm", "/alarms/alm-7/more", "/racks", "/racks/", "/rows/", "/people/", "/console"] {
        assert_eq!(desk.get(who, elsewhere).await.status, StatusCode::NOT_FOUND, "{elsewhere}");
    }
}

#[tokio::test]
async fn the_page_tells_what_its_reader_may_do_and_no_more() {
    let site = SiteInMemory::start();
    site.know_operators();
    let operator = site.set_up("m.rossi", OperatorRole::Security);
    let desk = Desk::of(site);
    let page = desk.get(&desk.sign_in_as(operator).await, "/alarms").await;
    assert_eq!((told(&page, "operator"), told(&page, "operator-id")), ("m.rossi".to_owned(), "opr-1".to_owned()));
    let rights = told(&page, "permissions");
    let rights: Vec<&str> = rights.split(' ').collect();
    assert!(rights.contains(&"open_doors"), "what takes a step-up is offered as well: {rights:?}");
    assert!(!rights.contains(&"give_rights") && !rights.contains(&"view_figures"), "{rights:?}");
    let head = desk.site.head().borrow().get();
    assert_eq!(told(&page, "head"), head.to_string());

    let wall = desk.get(&Who::Session(desk.sign_in(OperatorRole::WallScreen).await), "/wall").await;
    assert_eq!(told(&wall, "permissions"), "view_site view_alarms manage_self view_health");
    let tenant = desk.get(&desk.sign_in_for("st-marys", "security").await, "/people").await;
    assert_eq!(told(&tenant, "head"), "0", "how much happens at the site is not theirs to know");
    assert!(!told(&tenant, "permissions").contains("view_journal"));
}

#[tokio::test]
async fn whatever_somebody_is_called_stays_a_name() {
    let site = SiteInMemory::start();
    site.know_operators();
    let operator = site.operator("m.rossi", OperatorRole::Security);
    site.rename(operator, "\"><img src=x onerror=alert(1)>'&\u{202e}");
    let desk = Desk::of(site);
    let page = desk.get(&desk.sign_in_as(operator).await, "/alarms").await;
    assert!(!page.text().contains("<img"), "{}", page.text());
    assert!(told(&page, "operator").starts_with("&#34;&#62;&#60;img src=x onerror=alert(1)&#62;&#39;&#38;"));
    check_page(&page, "/alarms");
    let token = desk.get(&Who::Nobody, "/login?token=%22%3E%3Cscript%3E").await.text();
    assert!(!token.contains("<script>"), "{token}");
}

#[tokio::test]
async fn the_beginning_is_what_a_role_looks_at_first() {
    let desk = Desk::open();
    for role in OperatorRole::ALL {
        let who = Who::Session(desk.sign_in(role).await);
        let first = desk.get(&who, "/").await;
        let expect = match role {
            OperatorRole::WallScreen => "/wall",
            OperatorRole::Auditor => "/alarms",
            OperatorRole::Facilities
            | OperatorRole::Security
            | OperatorRole::SecuritySupervisor
            | OperatorRole::Admin => "/shift",
        };
        assert_eq!((first.status, first.header("location")), (StatusCode::SEE_OTHER, expect), "{}", role.word());
    }
    let nobody = desk.get(&Who::Nobody, "/").await;
    assert_eq!((nobody.status, nobody.header("location")), (StatusCode::SEE_OTHER, "/login"));
}

#[tokio::test]
async fn the_start_of_the_shift_comes_first_once_in_a_session() {
    let desk = with_operator();
    let mut browser = Jar::default();
    browser.get(&desk, "/login").await;
    browser.send(&desk, password_form()).await;
    let page = browser.get(&desk, "/shift").await;
    let session = told(&page, "session");
    assert!(session.starts_with("ses-"), "{session}");
    assert_eq!(browser.led(&desk, "/").await, "/shift", "until the page has said that it was seen");
    browser.0.push(("rackward_shift".to_owned(), "ses-99".to_owned()));
    assert_eq!(browser.led(&desk, "/").await, "/shift", "another session's is another shift's");
    browser.0.last_mut().unwrap().1 = session;
    assert_eq!(browser.led(&desk, "/").await, "/alarms");
}

/// A browser that keeps its cookies.
#[derive(Default)]
struct Jar(Vec<(String, String)>);

impl Jar {
    async fn send(&mut self, desk: &Desk, mut request: Request<Body>) -> Answered {
        let cookies: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request.headers_mut().insert("cookie", cookies.join("; ").parse().unwrap());
        let answered = desk.send(Who::Nobody, request).await;
        for line in answered.headers.get_all("set-cookie") {
            let line = line.to_str().unwrap();
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            self.0.retain(|(known, _)| known != name);
            if !line.contains("Max-Age=0") {
                self.0.push((name.to_owned(), value.to_owned()));
            }
        }
        answered
    }

    async fn get(&mut self, desk: &Desk, path: &str) -> Answered {
        self.send(desk, Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Where a path leads.
    async fn led(&mut self, desk: &Desk, path: &str) -> String {
        self.get(desk, path).await.header("location").to_owned()
    }
}

/// A desk with an operator who signs in by a password.
fn with_operator() -> Desk {
    let site = SiteInMemory::start();
    site.know_operators();
    site.set_up("m.rossi", OperatorRole::Security);
    Desk::of(site)
}

fn password_form() -> Request<Body> {
    form("/login/password", &format!("name=m.rossi&password={}&code={CODE}", PASSWORD.replace(' ', "+")))
}

#[tokio::test]
async fn signing_in_leads_back_to_the_address_with_its_query() {
    let desk = with_operator();
    for address in ADDRESSES {
        let mut browser = Jar::default();
        let login = browser.led(&desk, address).await;
        assert!(login.starts_with("/login?back=%2F") || login.starts_with("/login?back=/"), "{address}: {login}");
        assert_eq!(browser.get(&desk, &login).await.status, StatusCode::OK);
        // A wrong password in between loses nothing.
        let wrong = browser.send(&desk, form("/login/password", "name=m.rossi&password=x&code=1")).await;
        assert_eq!(wrong.status, StatusCode::FORBIDDEN);
        desk.site.pass(std::time::Duration::from_secs(3_600));
        let signed_in = browser.send(&desk, password_form()).await;
        assert_eq!((signed_in.status, signed_in.header("location")), (StatusCode::SEE_OTHER, "/"));
        assert_eq!(browser.led(&desk, "/").await, address);
        check_page(&browser.get(&desk, address).await, address);
        assert_eq!(browser.led(&desk, "/").await, "/shift", "once");
    }
}

#[tokio::test]
async fn a_link_leads_back_too_and_a_second_window_needs_no_second_sign_in() {
    let desk = with_operator();
    let mut browser = Jar::default();
    let login = browser.led(&desk, "/people/p-7?tab=rights").await;
    let other = browser.led(&desk, "/map/lon1?z=2").await;
    browser.get(&desk, &other).await;
    browser.get(&desk, &login).await;
    let token = desk.link(OperatorRole::Security);
    browser.get(&desk, &format!("/login?token={token}")).await;
    browser.send(&desk, form("/login", &format!("token={token}"))).await;
    assert_eq!(browser.led(&desk, "/").await, "/people/p-7?tab=rights", "the page of signing in that was seen last");
    assert_eq!(browser.led(&desk, &other).await, "/map/lon1?z=2");
}

#[tokio::test]
async fn signing_out_keeps_the_address_for_whoever_signs_in_next() {
    let desk = with_operator();
    let mut browser = Jar::default();
    browser.get(&desk, "/login").await;
    browser.send(&desk, password_form()).await;
    let out = browser.send(&desk, form("/logout", "back=%2Fevents%3Fq%3Dtype%253Aaccess.denied%26from%3D-2h")).await;
    assert_eq!(out.header("location"), "/login?back=/events%3Fq%3Dtype%253Aaccess.denied%26from%3D-2h");
    browser.get(&desk, out.header("location")).await;
    desk.site.pass(std::time::Duration::from_secs(60));
    browser.send(&desk, password_form()).await;
    assert_eq!(browser.led(&desk, "/").await, "/events?q=type%3Aaccess.denied&from=-2h");

    let out = browser.send(&desk, form("/logout", "")).await;
    assert_eq!(out.header("location"), "/login");
    let bare = Request::post("/logout").body(Body::empty()).unwrap();
    assert_eq!(browser.send(&desk, bare).await.header("location"), "/login");
}

#[tokio::test]
async fn nobody_is_led_anywhere_but_to_the_console() {
    let desk = with_operator();
    for elsewhere in [
        "https://evil.example/alarms",
        "//evil.example/alarms",
        "/\\evil.example/alarms",
        "javascript:alert(1)",
        "/logout",
        "/api/v1/status",
        "/racks/../logout",
        "/racks/%2e%2e/logout",
        "/alarms\r\nset-cookie: a=b",
        "alarms",
        "",
    ] {
        let mut browser = Jar::default();
        let mut quoted = String::new();
        for byte in elsewhere.bytes() {
            quoted.push_str(&format!("%{byte:02X}"));
        }
        browser.get(&desk, &format!("/login?back={quoted}")).await;
        browser.send(&desk, password_form()).await;
        assert_eq!(browser.led(&desk, "/").await, "/shift", "{elsewhere:?}");
        // Nor by a cookie that somebody else has put there.
        let planted = data_encoding::BASE64URL_NOPAD.encode(elsewhere.as_bytes());
        browser.0.push(("rackward_back".to_owned(), planted));
        assert_eq!(browser.led(&desk, "/").await, "/shift", "{elsewhere:?}");
        let out = browser.send(&desk, form("/logout", &format!("back={quoted}"))).await;
        assert_eq!(out.header("location"), "/login", "{elsewhere:?}");
        desk.site.pass(std::time::Duration::from_secs(60));
    }
    let strange = desk.get(&Who::Nobody, "/login?back=/alarms&next=/people").await;
    assert_eq!(strange.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_page_that_is_left_for_a_plain_sign_in_is_forgotten() {
    let desk = with_operator();
    let mut browser = Jar::default();
    let login = browser.led(&desk, "/people/p-7").await;
    browser.get(&desk, &login).await;
    browser.get(&desk, "/login").await;
    browser.send(&desk, password_form()).await;
    assert_eq!(browser.led(&desk, "/").await, "/shift");
}

#[tokio::test]
async fn a_link_on_another_site_leads_to_the_page_by_a_page_of_ours() {
    let desk = with_operator();
    let from_elsewhere =
        |address: &str| Request::get(address).header("sec-fetch-site", "cross-site").body(Body::empty()).unwrap();
    // The browser sends no cookie along, so the daemon cannot know yet that somebody is signed in.
    let between = desk.send(Who::Nobody, from_elsewhere("/alarms/alm-7?tab=facts")).await;
    assert_eq!(between.status, StatusCode::OK);
    assert!(between.text().contains("content=\"0; url=/alarms/alm-7?tab=facts\""), "{}", between.text());
    let nowhere = desk.send(Who::Nobody, from_elsewhere("/account/prove")).await;
    assert_eq!((nowhere.status, nowhere.header("location")), (StatusCode::SEE_OTHER, "/login"));
    let nobody = desk.get(&Who::Nobody, "/alarms/alm-7?tab=facts").await;
    assert_eq!(nobody.header("location"), "/login?back=/alarms/alm-7%3Ftab%3Dfacts");
}

#[tokio::test]
async fn proving_oneself_again_leads_back_as_well() {
    let desk = with_operator();
    let mut browser = Jar::default();
    browser.get(&desk, "/login").await;
    browser.send(&desk, password_form()).await;
    browser.get(&desk, "/account/prove?back=/racks/lon1/hall-a/r07/c03%3Fface%3Drear").await;
    let proven = browser.send(&desk, form("/account/prove", &format!("code={CODE}"))).await;
    assert_eq!((proven.status, proven.header("location")), (StatusCode::SEE_OTHER, "/"));
    assert_eq!(browser.led(&desk, "/").await, "/racks/lon1/hall-a/r07/c03?face=rear");
}

#[tokio::test]
async fn the_content_policy_is_the_one_that_was_promised() {
    let desk = Desk::open();
    let answered = desk.get(&Who::Nobody, "/login").await;
    assert_eq!(answered.header("content-security-policy"), POLICY);
    assert_eq!(answered.header("cross-origin-opener-policy"), "same-origin");
    assert_eq!(answered.header("referrer-policy"), "same-origin");
}
