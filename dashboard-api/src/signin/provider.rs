//! Signing in by an outside provider (OpenID Connect Core 1.0, clause 3.1, with PKCE, RFC 7636). The browser that comes back
//! must be the one that left: a cookie of its own says so. While the provider is away, the other ways in work on.

use std::collections::HashMap;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use rackward_core::operator::{SignInFailure, SignInMethod};
use subtle::ConstantTimeEq as _;

use super::pages::{Note, SignInPage};
use super::{WithCookie, admit, barred, client, cookie_named, note_failure, proofs, sensitive};
use crate::api::Api;
use crate::proofs::{Typed, Vouched};
use crate::refusal::Refusal;

/// The cookie of a browser that is at the provider.
const JOURNEY_COOKIE: &str = "rackward_journey";

/// How long somebody may take there.
const JOURNEY_LIFE: Duration = Duration::from_secs(10 * 60);

/// `GET /login/provider`
pub(crate) async fn leave(State(api): State<Api>) -> Result<Response, Refusal> {
    let Some(begun) = proofs(&api)?.begin_journey().await else {
        note_failure(&api, None, SignInFailure::Provider).await;
        return SignInPage::ways(&api, Some(Note::ProviderAway)).show(StatusCode::SERVICE_UNAVAILABLE, &api);
    };
    let cookie = journey_cookie(&api, &begun.handle, JOURNEY_LIFE)?;
    Ok(WithCookie(cookie, Redirect::to(&begun.out)).into_response())
}

/// `GET /login/provider/back`
pub(crate) async fn back(
    State(api): State<Api>,
    headers: HeaderMap,
    extensions: Extensions,
    // What else a provider adds is its own business.
    Query(brought): Query<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    let vouched = match journey(&headers, &brought) {
        Some((handle, code)) => proofs(&api)?.finish_journey(handle, code).await,
        None => Vouched::ForNobody,
    };
    let (operator, note) = match vouched {
        Vouched::For(operator) => match barred(&api, operator) {
            None => {
                let cookie = admit(&api, operator, SignInMethod::Provider, client(&headers, &extensions)).await?;
                let page = SignInPage::Continue.show(StatusCode::OK, &api)?;
                let journey_over = journey_cookie(&api, "", Duration::ZERO)?;
                return Ok(WithCookie(cookie, WithCookie(journey_over, page)).into_response());
            }
            Some(_) => (Some(operator), Note::NotVouched),
        },
        Vouched::ForNobody => (None, Note::NotVouched),
        Vouched::Away => (None, Note::ProviderAway),
    };
    let cause = operator.and_then(|operator| barred(&api, operator)).unwrap_or(SignInFailure::Provider);
    note_failure(&api, operator, cause).await;
    SignInPage::ways(&api, Some(note)).show(StatusCode::FORBIDDEN, &api)
}

/// The journey this browser is on and the code it brings, if what it brings is of that journey.
fn journey(headers: &HeaderMap, brought: &HashMap<String, String>) -> Option<(String, Typed)> {
    let (left, state) = (cookie_named(JOURNEY_COOKIE, headers)?, brought.get("state")?);
    let same = bool::from(left.as_bytes().ct_eq(state.as_bytes()));
    let code = brought.get("code")?;
    same.then(|| (state.clone(), Typed::new(code.clone())))
}

/// `Lax`, because the provider sends the browser back from another site; it opens nothing by itself.
fn journey_cookie(api: &Api, handle: &str, life: Duration) -> Result<HeaderValue, Refusal> {
    let secure = if api.sessions.is_over_tls() { "; Secure" } else { "" };
    let age = life.as_secs();
    sensitive(&format!("{JOURNEY_COOKIE}={handle}; Path=/login; HttpOnly; SameSite=Lax{secure}; Max-Age={age}"))
}
