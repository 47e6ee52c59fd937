//! The console's one page. The server draws its frame, with who is asking and what they may do, at every address of the
//! console; what stands in it is fetched by the page's modules (`assets/console/`) over the API, which decides what anybody
//! may see. Here it is decided which addresses are the console's. Who is let in is `signin.rs`'s.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use rackward_core::Caller;
use rackward_core::engine::command::Scope;
use rackward_core::permission::{Actor, Denied, OperatorRole, Permission, may};

use super::draw;
use crate::api::Api;
use crate::assets;
use crate::refusal::Refusal;
use crate::signin::{Asking, back, cookie_named};
use crate::wire::at::At;
use crate::wire::{Places, actor_words};

/// Every address of the console. `{id}` is one segment, `{*path}` all that follow, since places are named by paths.
pub(crate) const ADDRESSES: [&str; 22] = [
    "/alarms",
    "/alarms/{id}",
    "/wall",
    "/wall/{view}",
    "/shift",
    "/map",
    "/map/{*plan}",
    "/rows",
    "/rows/{*row}",
    "/racks/{*rack}",
    "/events",
    "/people",
    "/people/{id}",
    "/credentials/{id}",
    "/requests",
    "/explain",
    "/inside",
    "/muster",
    "/muster/{id}",
    "/health",
    "/shelved",
    "/audit",
];

/// Where a command line is let in.
pub(crate) const DEVICE_PAGE: &str = "/account/device";

/// The cookie in which a browser keeps the id of the last session whose start of shift was seen there (`screens/shift.js`). It
/// is a convenience and opens nothing.
const SHIFT_COOKIE: &str = "rackward_shift";

/// Longer addresses are not kept over a sign-in: a cookie holds 4 KiB, and a third of it is how it is written.
const KEPT_MAX_BYTES: usize = 2048;

/// The frame.
#[derive(Template)]
#[template(path = "console.html")]
struct ConsolePage {
    assets: String,
    icon: String,
    site: String,
    time_zone: String,
    server_at: String,
    /// The operator's name, or the words for a session that is nobody's in particular.
    operator: String,
    operator_id: String,
    role: &'static str,
    /// What they may do, some of it after proving themselves again.
    permissions: String,
    /// `site`, or the organisation that they reach.
    scope: String,
    /// The session's id, such as `ses-7`; empty where nobody has one.
    session: String,
    version: &'static str,
    /// The newest entry of the journal, for whoever may know.
    head: u64,
}

/// `GET /`: leads to where somebody was before they signed in, or to what they look at first.
pub(crate) async fn first(State(api): State<Api>, asking: Asking, headers: HeaderMap) -> Result<Response, Refusal> {
    let kept = back::kept(&headers);
    let leads = Redirect::to(kept.as_deref().unwrap_or_else(|| beginning(&asking, &headers))).into_response();
    back::forget(&api, &headers, leads)
}

/// What somebody looks at first: at the desk, the start of their shift, until they have seen it in this session.
fn beginning(asking: &Asking, headers: &HeaderMap) -> &'static str {
    let is_at_desk = is_offered(&asking.caller, Permission::AnswerAlarms);
    let session = asking.session.map(|session| session.to_string());
    match asking.caller.role {
        OperatorRole::WallScreen => "/wall",
        OperatorRole::Auditor
        | OperatorRole::Facilities
        | OperatorRole::Security
        | OperatorRole::SecuritySupervisor
        | OperatorRole::Admin => match (is_at_desk, session, cookie_named(SHIFT_COOKIE, headers)) {
            (true, Some(session), begun) if begun != Some(session.as_str()) => "/shift",
            (_, _, _) => "/alarms",
        },
    }
}

/// Whether somebody may do this, if need be after proving themselves again.
fn is_offered(caller: &Caller, permission: Permission) -> bool {
    matches!(may(caller, permission), Ok(()) | Err(Denied::StepUp(_)))
}

/// `GET` of any of [`ADDRESSES`]
pub(crate) async fn show(State(api): State<Api>, asking: Asking) -> Result<Response, Refusal> {
    let caller = asking.caller;
    let site = api.backend.site();
    let name = match caller.actor {
        Actor::Operator(operator) => api.proofs.as_ref().and_then(|proofs| proofs.name_of(operator)),
        Actor::System | Actor::LocalUser(_) | Actor::Session(_) | Actor::Token(_) => None,
    };
    let may_do = Permission::ALL.iter().filter(|permission| is_offered(&caller, **permission));
    let page = ConsolePage {
        assets: assets::base(),
        icon: assets::address("icon.svg"),
        site: site.name().to_owned(),
        time_zone: site.local_time().name().to_owned(),
        server_at: At(api.backend.now().wall).to_string(),
        operator: name.unwrap_or_else(|| actor_words(caller.actor)),
        operator_id: actor_words(caller.actor),
        role: caller.role.word(),
        permissions: may_do.map(|permission| permission.word()).collect::<Vec<_>>().join(" "),
        scope: match caller.scope {
            Scope::Site => "site".to_owned(),
            Scope::Organisation(organisation) => Places(&site).organisation(organisation),
        },
        session: asking.session.map(|session| session.to_string()).unwrap_or_default(),
        version: env!("CARGO_PKG_VERSION"),
        head: if may(&caller, Permission::ViewHealth).is_ok() { api.backend.head().borrow().get() } else { 0 },
    };
    draw(&page, StatusCode::OK)
}

/// Whether an address, with its query, is one of this console's pages behind the sign-in. What could lead a browser anywhere
/// else is none: another origin, a backslash, a way up.
pub(crate) fn is_address(address: &str) -> bool {
    let Ok(uri) = address.parse::<Uri>() else { return false };
    let is_plain = address.starts_with('/') && address.len() <= KEPT_MAX_BYTES && !address.contains(['\\', '#']);
    let path = uri.path();
    let is_straight = !path.contains("//") && !path.contains("/.") && !path.to_ascii_lowercase().contains("%2e");
    let is_known =
        ["/help/feedback", DEVICE_PAGE].contains(&path) || ADDRESSES.iter().any(|pattern| fits(pattern, path));
    is_plain && is_straight && is_known && uri.authority().is_none()
}

fn fits(pattern: &str, path: &str) -> bool {
    match pattern.split_once('{') {
        None => pattern == path,
        Some((before, part)) => path.strip_prefix(before).is_some_and(|rest| {
            let is_path = part.starts_with('*');
            !rest.is_empty() && (is_path || !rest.contains('/'))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_console_are_addresses() {
        let check = |address: &str, expect: bool| assert_eq!(is_address(address), expect, "{address}");
        check("/alarms", true);
        check("/alarms?view=active&prio=1,2&sel=alm-7", true);
        check("/racks/lon1/hall-a/r07/c03?face=rear", true);
        check("/events?q=point%3Alon1%2F*&from=-24h", true);
        check("/help/feedback", true);
        check("/account/device?code=BCDF-GHJK", true);
        check("/account/device/more", false);
        check("/account/prove", false);
        check("/", false);
        check("/racks/", false);
        check("/alarms/alm-1/more", false);
        check("/login", false);
        check("/logout", false);
        check("/api/v1/status", false);
        check("alarms", false);
        check("//evil.example/alarms", false);
        check("/\\evil.example", false);
        check("http://evil.example/alarms", false);
        check("javascript:alert(1)", false);
        check("/racks/../logout", false);
        check("/racks/%2e%2e/%2E%2e/logout", false);
        check("/racks/a//b", false);
        check("/alarms\r\nset-cookie: a=b", false);
        check(&format!("/alarms?q={}", "x".repeat(KEPT_MAX_BYTES)), false);
    }
}
