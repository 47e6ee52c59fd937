//! Who is asking. In a browser it is the session whose cookie came along; on the local socket it is the user at the other
//! end, whom the kernel names. What they may do is `permission.rs` of the core. The pages of signing in are here too:
//! a link shows a button, and only the button uses the link up, so that a mail scanner or a preview cannot.

use std::time::Duration;

use axum::Extension;
use axum::extract::{Form, Request, State};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use rackward_core::Caller;
use rackward_core::engine::command::Scope;
use rackward_core::permission::{Actor, OperatorRole};
use serde::Deserialize;

use crate::api::Api;
use crate::page::SignInPage;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::router::Origin;
use crate::sessions::Lease;
use crate::wire::problem::ProblemKind;

/// The cookie's name. No `__Host-` prefix: that needs TLS, and plain HTTP is served on loopback addresses.
pub(crate) const COOKIE_NAME: &str = "rackward_session";

/// The longest wait for receipts: a request has 15 seconds for its answer, and its command may take some of them.
const MAX_PATIENCE: Duration = Duration::from_secs(10);

/// The user at the other end of the local socket, as the kernel names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalPeer {
    /// The Unix user id.
    pub uid: u32,
}

/// A caller who may ask.
#[derive(Debug, Clone)]
pub(crate) struct SignedIn {
    /// Who, with which role.
    pub(crate) caller: Caller,
    /// How long what it starts may go on.
    pub(crate) lease: Lease,
    /// How long the caller wants to wait for receipts, if at all.
    pub(crate) patience: Option<Duration>,
}

/// Lets a request for data pass only from a caller who is signed in.
pub(crate) async fn required(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    match identify(&api, &request) {
        Some(signed_in) => {
            request.extensions_mut().insert(signed_in);
            next.run(request).await
        }
        None => Refusal::new(ProblemKind::SignInRequired, refused_words(api.origin)).into_response(),
    }
}

/// Lets a request for a page pass only from a caller who is signed in, and shows others the way.
pub(crate) async fn required_for_page(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    match identify(&api, &request) {
        Some(signed_in) => {
            request.extensions_mut().insert(signed_in);
            next.run(request).await
        }
        None => Redirect::to("/login").into_response(),
    }
}

const fn refused_words(origin: Origin) -> &'static str {
    match origin {
        Origin::Browser => "open a sign-in link first; `rackward console login` on the machine makes one",
        Origin::LocalSocket => "only root and the daemon's own user may use the local socket",
    }
}

fn identify(api: &Api, request: &Request) -> Option<SignedIn> {
    match api.origin {
        Origin::Browser => {
            let found = api.sessions.find(cookie(request.headers())?, api.backend.now().monotonic)?;
            Some(SignedIn { caller: found.caller, lease: found.lease, patience: patience(request.headers()) })
        }
        Origin::LocalSocket => {
            let peer = request.extensions().get::<LocalPeer>()?;
            let trusted = peer.uid == 0 || peer.uid == rustix::process::geteuid().as_raw();
            let caller = Caller::new(Actor::LocalUser(peer.uid), OperatorRole::Admin, Scope::Site);
            let patience = patience(request.headers());
            trusted.then(|| SignedIn { caller, lease: Lease::unlimited(), patience })
        }
    }
}

/// What `Prefer: wait=10` asks for (RFC 7240, clause 4.3); what cannot be read is ignored, as that clause asks.
fn patience(headers: &HeaderMap) -> Option<Duration> {
    let preferences = headers.get_all("prefer").iter().filter_map(|header| header.to_str().ok());
    let mut pairs = preferences.flat_map(|header| header.split([',', ';'])).filter_map(|pair| pair.split_once('='));
    let (_, seconds) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("wait"))?;
    let seconds = seconds.trim().trim_matches('"').parse().ok()?;
    Some(Duration::from_secs(seconds).min(MAX_PATIENCE))
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE_NAME)
        .map(|(_, value)| value)
}

/// `GET /login?token=`
pub(crate) async fn show_link(State(api): State<Api>, uri: Uri) -> Result<Response, Refusal> {
    let params = Params::of(&uri, &["token"])?;
    let page = match params.text("token") {
        Some(token) => SignInPage::Ready { token: token.to_owned() },
        None => SignInPage::NoLink,
    };
    page.show(StatusCode::OK, api.backend.site().name())
}

/// What the button sends.
#[derive(Deserialize)]
pub(crate) struct UsedLink {
    token: String,
}

/// `POST /login`
pub(crate) async fn use_link(State(api): State<Api>, Form(link): Form<UsedLink>) -> Result<Response, Refusal> {
    let no_token = |error: crate::sessions::NoRandomness| Refusal::new(ProblemKind::Unavailable, error.to_string());
    let opened = api.sessions.open(&link.token, api.backend.now().monotonic).map_err(no_token)?;
    let Some(token) = opened else {
        tracing::warn!("a sign-in link was used that opens nothing");
        return SignInPage::Spent.show(StatusCode::FORBIDDEN, api.backend.site().name());
    };
    let mut response = Redirect::to("/").into_response();
    response.headers_mut().insert(SET_COOKIE, set_cookie(token.reveal(), 12 * 3600)?);
    Ok(response)
}

/// `POST /logout`
pub(crate) async fn leave(State(api): State<Api>, headers: HeaderMap) -> Result<Response, Refusal> {
    if let Some(cookie) = cookie(&headers) {
        api.sessions.close(cookie);
    }
    let mut response = Redirect::to("/login").into_response();
    response.headers_mut().insert(SET_COOKIE, set_cookie("", 0)?);
    Ok(response)
}

fn set_cookie(value: &str, max_age_seconds: u32) -> Result<HeaderValue, Refusal> {
    let cookie = format!("{COOKIE_NAME}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={max_age_seconds}");
    let mut header =
        HeaderValue::try_from(cookie).map_err(|_| Refusal::new(ProblemKind::Internal, "no cookie could be made"))?;
    header.set_sensitive(true);
    Ok(header)
}

/// Refuses callers who did not come over the local socket.
pub(crate) fn local_only(api: &Api) -> Result<(), Refusal> {
    match api.origin {
        Origin::LocalSocket => Ok(()),
        Origin::Browser => {
            let detail = "run `rackward console login` on the machine that runs the daemon";
            Err(Refusal::new(ProblemKind::LocalOnly, detail))
        }
    }
}

/// What a handler takes to know its caller.
pub(crate) type Asking = Extension<SignedIn>;

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderName;

    #[test]
    fn a_wait_is_read_as_it_is_written() {
        let check = |prefer: &str, expect: Option<u64>| {
            let headers = HeaderMap::from_iter([(HeaderName::from_static("prefer"), prefer.parse().unwrap())]);
            assert_eq!(patience(&headers), expect.map(Duration::from_secs), "{prefer}");
        };
        check("wait=3", Some(3));
        check("respond-async, wait=3", Some(3));
        check("Wait = \"3\"", Some(3));
        check("wait=0", Some(0));
        check("wait=3600", Some(10));
        check("wait=-1", None);
        check("wait=soon", None);
        check("wait", None);
        check("waiting=3", None);
    }
}
