//! Who is asking. In a browser it is the session whose cookie came along, of a program the token it shows; on the local
//! socket it is the user at the other end, whom the kernel names. What they may do is `permission.rs` of the core; whether
//! what somebody typed is right is `proofs.rs`'s. The ways in are the modules below, one each.

mod again;
pub(crate) mod back;
mod certificate;
mod device;
mod ends;
mod let_in;
mod link;
mod own;
mod pages;
mod passkey;
mod password;
mod provider;
mod qr;
mod session_list;
mod setup;
mod turns;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE, SET_COOKIE, USER_AGENT};
use axum::http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use rackward_core::engine::command::{OperatorCommand, Scope};
use rackward_core::id::{OperatorId, SessionId};
use rackward_core::operator::{OperatorState, SignInFailure, SignInMethod};
use rackward_core::permission::{Actor, Assurance, OperatorRole};
use rackward_core::{Answer as CoreAnswer, Caller, Command, Query, Reply};
use serde::Deserialize;
use tracing::Instrument as _;

use crate::api::Api;
use crate::openapi::operation::{Answer, Operation, Part};
use crate::page::console::is_address;
use crate::proofs::Proofs;
use crate::refusal::Refusal;
use crate::router::Origin;
use crate::serve::PeerAddress;
use crate::sessions::{Client, Holder, Lease, NoRandomness, Opening, Token};
use crate::wire::problem::ProblemKind;

pub(crate) use again::{ask_passkey, prove, prove_by_form, show_prove};
pub(crate) use certificate::{by_form as certificate_form, by_json as certificate_json};
pub(crate) use device::{begin as begin_device, fetch as fetch_device, leave as leave_session};
pub use ends::attend;
pub(crate) use let_in::{decide as decide_device, show as show_device};
pub(crate) use link::{show_link, use_link};
pub(crate) use own::{
    Apps, begin_app, begin_passkey as begin_own_passkey, confirm_app, finish_passkey as finish_own_passkey,
    new_recovery_codes, remove_app, remove_passkey, remove_password, remove_recovery_codes, set_password,
    show as show_own_factors,
};
pub(crate) use pages::SignInPage;
pub(crate) use passkey::{begin as begin_passkey, finish as finish_passkey};
pub(crate) use password::{by_form as password_form, by_json as password_json};
pub(crate) use provider::{
    back as provider_back, code as provider_code, leave as provider_leave, leave_again as provider_again,
};
pub(crate) use session_list::{current as current_session, list as list_sessions, revoke as revoke_session};
pub(crate) use setup::{
    Setups, begin_passkey as begin_setup_passkey, finish_passkey as finish_setup_passkey, own as own_setup,
    submit as submit_setup,
};
pub(crate) use turns::Turns;

/// The cookie's name over plain HTTP, which is served on loopback addresses alone.
pub(crate) const COOKIE_NAME: &str = "rackward_session";

/// Its name over TLS: the prefix has browsers refuse it from anybody but this very host (RFC 6265bis, clause 4.1.3.2).
pub(crate) const SECURE_COOKIE_NAME: &str = "__Host-rackward_session";

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
    /// The session, where it is one.
    pub(crate) session: Option<SessionId>,
}

/// Lets a request for data pass only from a caller who is signed in.
pub(crate) async fn required(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    match identify(&api, request.headers(), request.extensions()) {
        Some(signed_in) => {
            request.extensions_mut().insert(signed_in);
            next.run(request).await
        }
        None => Refusal::new(ProblemKind::SignInRequired, refused_words(api.origin)).into_response(),
    }
}

/// Lets a request for a page pass only from a caller who is signed in, and shows others the way.
pub(crate) async fn required_for_page(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    match identify(&api, request.headers(), request.extensions()) {
        Some(signed_in) => {
            request.extensions_mut().insert(signed_in);
            next.run(request).await
        }
        None => lead_to_sign_in(&api, &request),
    }
}

/// The way to sign in, and back to the page that was asked for.
fn lead_to_sign_in(api: &Api, request: &Request) -> Response {
    if request.method() != Method::GET {
        return Redirect::to("/login").into_response();
    }
    let address = request.uri().path_and_query().map(|asked| asked.as_str()).filter(|asked| is_address(asked));
    match address {
        Some(address) if back::is_from_elsewhere(request.headers()) => {
            SignInPage::Continue { to: address.to_owned() }.show(StatusCode::OK, api).into_response()
        }
        _ => Redirect::to(&back::login(address)).into_response(),
    }
}

const fn refused_words(origin: Origin) -> &'static str {
    match origin {
        Origin::Browser => "sign in at /login, or show a token that counts with Authorization: Bearer",
        Origin::LocalSocket => "only root and the daemon's own user may use the local socket",
    }
}

fn identify(api: &Api, headers: &HeaderMap, extensions: &Extensions) -> Option<SignedIn> {
    let patience = patience(headers);
    match api.origin {
        Origin::Browser => {
            let now = api.backend.now();
            // Whoever shows a token means it: a cookie beside it does not count, even where the token does not.
            let found = match bearer(headers) {
                Some(secret) => api.sessions.find_token(secret?, api.proofs.as_deref()?, now)?,
                None => {
                    let client = client(headers, extensions);
                    api.sessions.find(cookie(api, headers)?, &client, api.proofs.as_deref(), now)?
                }
            };
            Some(SignedIn { caller: found.caller, lease: found.lease, patience, session: found.session })
        }
        Origin::LocalSocket => {
            let peer = extensions.get::<LocalPeer>()?;
            let trusted = peer.uid == 0 || peer.uid == rustix::process::geteuid().as_raw();
            let caller = Caller::new(Actor::LocalUser(peer.uid), OperatorRole::Admin, Scope::Site);
            trusted.then(|| SignedIn { caller, lease: Lease::unlimited(), patience, session: None })
        }
    }
}

/// The secret after `Bearer` (RFC 6750, clause 2.1); `Some(None)` where credentials of another scheme are shown.
fn bearer(headers: &HeaderMap) -> Option<Option<&str>> {
    let shown = headers.get(AUTHORIZATION)?;
    let parts = shown.to_str().ok().and_then(|text| text.split_once(' '));
    Some(parts.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, secret)| secret.trim()))
}

/// From where a request comes.
fn client(headers: &HeaderMap, extensions: &Extensions) -> Client {
    let agent = headers.get(USER_AGENT).map(|agent| String::from_utf8_lossy(agent.as_bytes())).unwrap_or_default();
    let address: Option<IpAddr> = extensions.get::<PeerAddress>().map(|PeerAddress(address)| *address);
    Client::of(address, &agent)
}

/// What `Prefer: wait=10` asks for (RFC 7240, clause 4.3); what cannot be read is ignored, as that clause asks.
fn patience(headers: &HeaderMap) -> Option<Duration> {
    let preferences = headers.get_all("prefer").iter().filter_map(|header| header.to_str().ok());
    let mut pairs = preferences.flat_map(|header| header.split([',', ';'])).filter_map(|pair| pair.split_once('='));
    let (_, seconds) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("wait"))?;
    let seconds = seconds.trim().trim_matches('"').parse().ok()?;
    Some(Duration::from_secs(seconds).min(MAX_PATIENCE))
}

fn cookie<'h>(api: &Api, headers: &'h HeaderMap) -> Option<&'h str> {
    cookie_named(cookie_name(api), headers)
}

fn cookie_name(api: &Api) -> &'static str {
    if api.sessions.is_over_tls() { SECURE_COOKIE_NAME } else { COOKIE_NAME }
}

pub(crate) fn cookie_named<'h>(wanted: &str, headers: &'h HeaderMap) -> Option<&'h str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| value)
}

/// What the button to sign out sends.
#[derive(Deserialize)]
pub(crate) struct Left {
    /// The address that its page was at.
    back: Option<String>,
}

/// `POST /logout`: whoever signs in next begins where this one left.
pub(crate) async fn leave(
    State(api): State<Api>,
    headers: HeaderMap,
    extensions: Extensions,
    left: Result<Form<Left>, FormRejection>,
) -> Result<Response, Refusal> {
    if let Some(cookie) = cookie(&api, &headers) {
        api.sessions.close(cookie, &client(&headers, &extensions));
        api.sessions.keep().await;
    }
    let address = left.ok().and_then(|Form(left)| left.back);
    let mut response = Redirect::to(&back::login(address.as_deref())).into_response();
    response.headers_mut().append(SET_COOKIE, set_cookie(&api, "", Duration::ZERO)?);
    Ok(response)
}

fn set_cookie(api: &Api, value: &str, life: Duration) -> Result<HeaderValue, Refusal> {
    let (name, secure) = (cookie_name(api), if api.sessions.is_over_tls() { "; Secure" } else { "" });
    let age = life.as_secs();
    sensitive(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}; Max-Age={age}"))
}

/// A header's value that is never shown in a log.
fn sensitive(text: &str) -> Result<HeaderValue, Refusal> {
    let mut header =
        HeaderValue::try_from(text).map_err(|_| Refusal::new(ProblemKind::Internal, "no cookie could be made"))?;
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

/// The daemon telling the core what it has seen of somebody who signs in.
pub(crate) const fn daemon() -> Caller {
    Caller::new(Actor::System, OperatorRole::Admin, Scope::Site)
}

async fn tell(api: &Api, command: OperatorCommand) -> Result<Reply, Refusal> {
    api.submit(daemon(), Command::Operator(command)).await
}

/// Who checks proofs; a site that has nobody for it knows no operators.
fn proofs(api: &Api) -> Result<&Arc<dyn Proofs>, Refusal> {
    api.proofs.as_ref().ok_or_else(|| Refusal::new(ProblemKind::Unavailable, "this daemon has no operators"))
}

/// What keeps an operator from signing in, whatever they show.
fn barred(api: &Api, operator: OperatorId) -> Option<SignInFailure> {
    let known = api.proofs.as_ref().and_then(|proofs| proofs.operator(operator));
    match known.map(|known| known.state) {
        None => Some(SignInFailure::Wrong),
        Some(OperatorState::Disabled) => Some(SignInFailure::Disabled),
        Some(OperatorState::Enabled) => None,
    }
}

/// What keeps them from signing in with what can be guessed: that, a lock-out, or the wait after a failure. Of somebody who
/// does not exist it is asked as well, so that it takes as long.
async fn barred_from_guessing(api: &Api, operator: Option<OperatorId>) -> Result<Option<SignInFailure>, Refusal> {
    let asked = Query::SignInBar(operator.unwrap_or(NOBODY));
    let CoreAnswer::SignInBar(until) = api.ask(daemon(), asked).await? else {
        return Err(Refusal::new(ProblemKind::Internal, "the engine answered another question; please report it"));
    };
    let is_early = until.is_some_and(|until| api.backend.now().wall < until);
    let bar = operator.and_then(|operator| barred(api, operator));
    Ok(bar.or((operator.is_some() && is_early).then_some(SignInFailure::LockedOut)))
}

/// Operators are numbered from 1.
const NOBODY: OperatorId = OperatorId::new(0);

/// Records that somebody failed. That it cannot be recorded does not make it succeed.
async fn note_failure(api: &Api, operator: Option<OperatorId>, cause: SignInFailure) {
    if tell(api, OperatorCommand::NoteSignInFailure { operator, cause }).await.is_err() {
        tracing::warn!("a failed sign-in was not recorded");
    }
}

/// Opens a session for an operator who has just proven who they are; gives the cookie to set.
async fn admit(api: &Api, operator: OperatorId, method: SignInMethod, client: Client) -> Result<HeaderValue, Refusal> {
    admit_as(api, operator, method, Assurance::Fresh, client).await
}

/// The same for one who may have proven it some time ago.
async fn admit_as(
    api: &Api,
    operator: OperatorId,
    method: SignInMethod,
    assurance: Assurance,
    client: Client,
) -> Result<HeaderValue, Refusal> {
    let known = proofs(api)?.operator(operator);
    let known = known.ok_or_else(|| Refusal::new(ProblemKind::Unavailable, "try again in a moment"))?;
    open(api, Holder::Operator(operator), (known.role, known.scope), (method, assurance), client).await
}

/// Records that somebody signed in, and then opens their session: both, even where whoever asked goes away in between, since
/// a session that only the journal has would never end there.
async fn open(
    api: &Api,
    holder: Holder,
    (role, scope): (OperatorRole, Scope),
    (method, assurance): (SignInMethod, Assurance),
    client: Client,
) -> Result<HeaderValue, Refusal> {
    let api = api.clone();
    to_its_end(async move {
        let operator = match holder {
            Holder::Operator(operator) => Some(operator),
            Holder::Machine => None,
        };
        // What can fail comes first.
        let cookie = Token::draw().map_err(no_randomness)?;
        let Reply::Session(id) = tell(&api, OperatorCommand::NoteSignIn { operator, method }).await? else {
            return Err(Refusal::new(ProblemKind::Internal, "the engine gave the session no number"));
        };
        let opening = Opening { id, holder, role, scope, method, client, assurance };
        let lasts = api.sessions.open(&cookie, opening, api.backend.now());
        api.sessions.keep().await;
        set_cookie(&api, cookie.reveal(), lasts)
    })
    .await
}

/// Does what must not stop half-way, even where whoever asked goes away.
async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, Refusal>> + Send + 'static,
) -> Result<T, Refusal> {
    tokio::spawn(work.in_current_span()).await.unwrap_or_else(|ended| {
        tracing::error!(%ended, "a request's work did not come to its end");
        Err(Refusal::new(ProblemKind::Internal, "the daemon made a mistake; please report it"))
    })
}

fn no_randomness(none: NoRandomness) -> Refusal {
    Refusal::new(ProblemKind::Unavailable, none.to_string())
}

/// An answer with a cookie beside it.
pub(crate) struct WithCookie<T>(HeaderValue, T);

impl<T: IntoResponse> IntoResponse for WithCookie<T> {
    fn into_response(self) -> Response {
        let Self(cookie, answer) = self;
        let mut response = answer.into_response();
        response.headers_mut().append(SET_COOKIE, cookie);
        response
    }
}

impl<T: Answer> Answer for WithCookie<T> {
    fn describe(operation: &mut Operation) {
        operation.has_cookie = true;
        T::describe(operation);
    }
}

impl Part for Extensions {}

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
