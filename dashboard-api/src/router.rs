//! Which route leads where, and what every request and response passes on its way: bounds, sign-in, cross-site refusal,
//! security headers, problem details for whatever goes wrong. Taking connections is `serve.rs`.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use rackward_core::permission::Permission;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

use crate::api::{self, Api};
use crate::backend::Backend;
use crate::body::MAX_BODY_BYTES;
use crate::limits::RateLimits;
use crate::openapi::operation::Access;
use crate::page::console;
use crate::refusal::Refusal;
use crate::sessions::Sessions;
use crate::wire::problem::ProblemKind;
use crate::{assets, body, hosts, limits, page, permit, preconditions, refusal, signin, trace};

/// How long a request may take before its answer begins; a stream begins at once.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// `console.md` B.0, "Air gap": no request leaves the origin.
const CONTENT_POLICY: &str = "default-src 'self'; img-src 'self' blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// Where requests come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A browser or program over TCP: a session cookie says who it is.
    Browser,
    /// A program on the machine over the Unix socket: the kernel says who it is (`LocalPeer`).
    LocalSocket,
}

/// All routes, for one kind of listener.
pub fn router(backend: Arc<dyn Backend>, sessions: Arc<Sessions>, origin: Origin) -> Router {
    router_within(Arc::default(), backend, sessions, origin)
}

/// The same with allowances that are not the usual ones.
pub fn router_within(
    limits: Arc<RateLimits>,
    backend: Arc<dyn Backend>,
    sessions: Arc<Sessions>,
    origin: Origin,
) -> Router {
    // Once over TLS, never again without for a year (RFC 6797); over plain HTTP it would mean nothing.
    let transport = sessions.is_over_tls().then(|| HeaderValue::from_static("max-age=31536000"));
    let api = Api { limits, ..Api::new(backend, sessions, origin) };
    let signed_in = api::table()
        .router(Access::SignedIn, &api)
        .route_layer(middleware::from_fn_with_state(api.clone(), limits::of_caller))
        .route_layer(middleware::from_fn_with_state(api.clone(), signin::required));
    let pages = console::ADDRESSES
        .iter()
        .fold(Router::new(), |pages, address| pages.route(address, get(console::show)))
        .route("/", get(console::first))
        .route("/account/factors", own(post(signin::own_setup)))
        .route(console::DEVICE_PAGE, own(get(signin::show_device).post(signin::decide_device)))
        .route("/account/prove", own(get(signin::show_prove).post(signin::prove_by_form)))
        .route("/account/prove/provider", own(get(signin::provider_again)))
        .route("/help/feedback", get(page::legend::show))
        .route("/help/feedback.css", get(page::legend::show_style))
        .route_layer(middleware::from_fn_with_state(api.clone(), signin::required_for_page));
    let open = api::table()
        .router(Access::Everybody, &api)
        .route("/login", get(signin::show_link).post(signin::use_link))
        .route("/login/certificate", post(signin::certificate_form))
        .route("/login/password", post(signin::password_form))
        .route("/login/passkey", post(signin::begin_passkey))
        .route("/login/passkey/finish", post(signin::finish_passkey))
        .route("/login/provider", get(signin::provider_leave))
        .route("/login/provider/back", get(signin::provider_back))
        .route("/login/provider/code", post(signin::provider_code))
        .route("/setup", post(signin::submit_setup))
        .route("/setup/passkey", post(signin::begin_setup_passkey))
        .route("/setup/passkey/finish", post(signin::finish_setup_passkey))
        .route("/logout", post(signin::leave))
        .route("/help/api", get(page::reference::show))
        .route("/help/problems", get(page::problems::list))
        .route("/help/problems/{slug}", get(page::problems::show))
        .route("/assets/{*path}", get(assets::show))
        .route("/muster/sw.js", get(assets::show_muster_worker));
    Router::new()
        .merge(signed_in)
        .merge(pages)
        .merge(open)
        .with_state(api.clone())
        .layer(middleware::from_fn(preconditions::plainly))
        .layer(middleware::from_fn(body::in_time))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, REQUEST_TIMEOUT))
        .layer(CatchPanicLayer::custom(refusal::panicked))
        .layer(CsrfLayer::new().with_rejection_response(from_elsewhere))
        .layer(middleware::from_fn_with_state(api.clone(), limits::of_address))
        .layer(middleware::from_fn_with_state(api.clone(), hosts::check))
        .layer(middleware::from_fn_with_state(api, refusal::describe))
        .layer(middleware::from_fn(trace::follow))
        .layer(header(CONTENT_SECURITY_POLICY, CONTENT_POLICY))
        .layer(header(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        // Not `no-referrer`: with it a form's Origin is `null`, and the cross-site check would have less to go by.
        .layer(header(REFERRER_POLICY, "same-origin"))
        .layer(header(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .layer(header(HeaderName::from_static("cross-origin-resource-policy"), "same-origin"))
        .layer(header(HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"))
        .layer(SetResponseHeaderLayer::overriding(STRICT_TRANSPORT_SECURITY, transport))
        .layer(SetResponseHeaderLayer::if_not_present(CACHE_CONTROL, HeaderValue::from_static("no-store")))
}

/// What is one's own takes what every route of it takes, so that no token for something else reaches it.
fn own(route: MethodRouter<Api>) -> MethodRouter<Api> {
    route.route_layer(middleware::from_fn(of_ones_own))
}

async fn of_ones_own(request: Request, next: Next) -> Response {
    permit::check(Permission::ManageSelf, request, next).await
}

fn header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}

fn from_elsewhere(_: ProtectionError) -> Response {
    Refusal::new(ProblemKind::CrossSite, "open the console itself and try again there").into_response()
}
