//! Where somebody is led after they have signed in, or have proven themselves again: to the address of the console that they
//! asked for. The page on which they do so is given the address and leaves it in a cookie; every way of signing in then ends
//! at `/`, which leads on. What counts as an address is the console's to say (`page/console.rs`), each time one is read.

use std::time::Duration;

use axum::http::header::{HeaderName, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;

use super::{cookie_named, sensitive};
use crate::api::Api;
use crate::page::console::is_address;
use crate::refusal::Refusal;

/// The cookie that holds the address.
const BACK_COOKIE: &str = "rackward_back";

/// How long a page of signing in may stand open: as long as a shift.
const BACK_LIFE: Duration = Duration::from_secs(12 * 3600);

/// What browsers say of where a request was begun (Fetch Metadata Request Headers, clause 2.4).
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The way to sign in, and back to an address.
pub(super) fn login(address: Option<&str>) -> String {
    match address.filter(|address| is_address(address)) {
        Some(address) => format!("/login?back={}", encoded(address)),
        None => "/login".to_owned(),
    }
}

/// Whether a link on another site led here. No browser adds the session's cookie then, so that who is asking is known only
/// once a page of ours has led on.
pub(super) fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    headers.get(FETCH_SITE).is_some_and(|site| site == "cross-site")
}

/// The address that a sign-in leads back to, if one is kept.
pub(crate) fn kept(headers: &HeaderMap) -> Option<String> {
    let kept = BASE64URL_NOPAD.decode(cookie_named(BACK_COOKIE, headers)?.as_bytes()).ok()?;
    String::from_utf8(kept).ok().filter(|address| is_address(address))
}

/// Keeps where a page of signing in leads back to; one that names nothing leads to the beginning.
pub(super) fn keep(
    api: &Api,
    headers: &HeaderMap,
    address: Option<&str>,
    response: Response,
) -> Result<Response, Refusal> {
    match address.filter(|address| is_address(address)) {
        Some(address) => with_cookie(api, &BASE64URL_NOPAD.encode(address.as_bytes()), BACK_LIFE, response),
        None => forget(api, headers, response),
    }
}

/// Forgets the address, where one is kept.
pub(crate) fn forget(api: &Api, headers: &HeaderMap, response: Response) -> Result<Response, Refusal> {
    match cookie_named(BACK_COOKIE, headers) {
        Some(_) => with_cookie(api, "", Duration::ZERO, response),
        None => Ok(response),
    }
}

fn with_cookie(api: &Api, value: &str, life: Duration, mut response: Response) -> Result<Response, Refusal> {
    let secure = if api.sessions.is_over_tls() { "; Secure" } else { "" };
    let age = life.as_secs();
    let cookie: HeaderValue =
        sensitive(&format!("{BACK_COOKIE}={value}; Path=/; HttpOnly; SameSite=Strict{secure}; Max-Age={age}"))?;
    response.headers_mut().append(SET_COOKIE, cookie);
    Ok(response)
}

/// Written so that it is one value of a query (RFC 3986, clause 3.4).
pub(super) fn encoded(address: &str) -> String {
    let mut written = String::with_capacity(address.len());
    for byte in address.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            written.push(char::from(byte));
        } else {
            written.push_str(&format!("%{byte:02X}"));
        }
    }
    written
}
