//! Signing in, and proving oneself again, by an outside provider (OpenID Connect Core 1.0, clause 3.1, with PKCE, RFC 7636).
//! The browser that comes back must be the one that left: a cookie of its own says so. Whether what it brings counts is
//! `proofs.rs`'s; here it is turned into a session, a page that asks for a code beside it, or a refusal that the journal
//! knows the cause of. While the provider is away, the other ways in work on.

use std::collections::HashMap;
use std::time::Duration;

use axum::extract::{Form, Query, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use rackward_core::id::{OperatorId, SessionId};
use rackward_core::operator::{ProviderFault, SignInFailure, SignInMethod};
use rackward_core::permission::Assurance;
use serde::Deserialize;

use super::again::{renewed, somebody};
use super::pages::{Note, SignInPage};
use super::{
    Asking, WithCookie, admit, admit_as, back as kept_address, barred, barred_from_guessing, client, cookie_named,
    note_failure, proofs, sensitive, tell,
};
use crate::api::Api;
use crate::params::Params;
use crate::proofs::{Brought, Errand, NoJourney, Tried, Typed, Vouched};
use crate::refusal::Refusal;
use crate::sessions::{Client, Holder};
use crate::wire::problem::ProblemKind;

/// The cookie of a browser that is at the provider, or half-way.
const JOURNEY_COOKIE: &str = "rackward_journey";

/// How long somebody may take there.
const JOURNEY_LIFE: Duration = Duration::from_secs(10 * 60);

/// `GET /login/provider`: back to where somebody was sent to sign in from, if anywhere.
pub(crate) async fn leave(State(api): State<Api>, headers: HeaderMap, uri: Uri) -> Result<Response, Refusal> {
    let params = Params::of(&uri, &["back"])?;
    let departs = depart(&api, Errand::SignIn).await?;
    match params.text("back") {
        // From the page of the ways in, which has kept an address already.
        None => Ok(departs),
        address => kept_address::keep(&api, &headers, address, departs),
    }
}

/// `GET /account/prove/provider`: a page's link and no form, because a form may lead nowhere but here.
pub(crate) async fn leave_again(State(api): State<Api>, asking: Asking) -> Result<Response, Refusal> {
    let (operator, session) = somebody(&asking)?;
    depart(&api, Errand::StepUp { operator, session }).await
}

async fn depart(api: &Api, errand: Errand) -> Result<Response, Refusal> {
    match proofs(api)?.begin_journey(errand).await {
        Ok(begun) => {
            let cookie = journey_cookie(api, &begun.handle, JOURNEY_LIFE)?;
            Ok(WithCookie(cookie, Redirect::to(&begun.out)).into_response())
        }
        Err(NoJourney::NoProvider) => {
            Err(Refusal::new(ProblemKind::NotFound, "this site has no outside provider; sign in another way"))
        }
        Err(NoJourney::InVain(fault)) => {
            note_failure(api, None, SignInFailure::ProviderFault(fault)).await;
            SignInPage::ways(api, Some(Note::ProviderAway)).show(StatusCode::SERVICE_UNAVAILABLE, api)
        }
        Err(NoJourney::NotAskedAgain) => {
            SignInPage::ways(api, Some(Note::ProviderAway)).show(StatusCode::SERVICE_UNAVAILABLE, api)
        }
    }
}

/// `GET /login/provider/back`
pub(crate) async fn back(
    State(api): State<Api>,
    headers: HeaderMap,
    extensions: Extensions,
    // What else a provider adds is its own business.
    Query(mut params): Query<HashMap<String, String>>,
) -> Result<Response, Refusal> {
    let brought = Brought {
        left: cookie_named(JOURNEY_COOKIE, &headers).map(str::to_owned),
        state: params.remove("state"),
        code: params.remove("code").map(Typed::new),
        error: params.remove("error"),
        issuer: params.remove("iss"),
    };
    let client = client(&headers, &extensions);
    match proofs(&api)?.finish_journey(brought).await {
        Vouched::For { operator, errand, assurance } => arrive(&api, operator, errand, assurance, client).await,
        Vouched::HalfWay(begun) => match barred_from_guessing(&api, Some(begun.out)).await? {
            None => {
                let cookie = journey_cookie(&api, &begun.handle, JOURNEY_LIFE)?;
                let page = SignInPage::Code { wrong: false }.show(StatusCode::OK, &api)?;
                Ok(WithCookie(cookie, page).into_response())
            }
            Some(cause) => refuse(&api, Some(begun.out), cause).await,
        },
        Vouched::Refused { operator, cause } => refuse(&api, operator, cause).await,
        Vouched::Stray => SignInPage::ways(&api, Some(Note::NotVouched)).show(StatusCode::FORBIDDEN, &api),
    }
}

/// What somebody gets for whom the provider vouches.
async fn arrive(
    api: &Api,
    operator: OperatorId,
    errand: Errand,
    assurance: Assurance,
    client: Client,
) -> Result<Response, Refusal> {
    if let Some(cause) = barred(api, operator) {
        return refuse(api, Some(operator), cause).await;
    }
    let method = SignInMethod::Provider;
    let cookie = match errand {
        Errand::SignIn => admit_as(api, operator, method, assurance, client).await?,
        Errand::StepUp { session, .. } => {
            // The session's own cookie does not come along from another site; that it is this browser's, the journey's says.
            if !is_session_of(api, session, operator, &client) {
                return refuse(api, Some(operator), SignInFailure::ProviderFault(ProviderFault::Journey)).await;
            }
            renewed(api, session, operator, method).await?
        }
    };
    // A page of our own leads on: to a redirect from another site no browser would add the new cookie.
    let page = SignInPage::Continue { to: "/".to_owned() }.show(StatusCode::OK, api)?;
    Ok(WithCookie(cookie, WithCookie(journey_cookie(api, "", Duration::ZERO)?, page)).into_response())
}

fn is_session_of(api: &Api, session: SessionId, operator: OperatorId, client: &Client) -> bool {
    let lasting = api.sessions.list(api.backend.now().monotonic);
    let found = lasting.iter().find(|seen| seen.id == session);
    found.is_some_and(|seen| seen.holder == Holder::Operator(operator) && seen.client.is_same(client))
}

async fn refuse(api: &Api, operator: Option<OperatorId>, cause: SignInFailure) -> Result<Response, Refusal> {
    note_failure(api, operator, cause).await;
    let (note, status) = match cause {
        SignInFailure::ProviderFault(ProviderFault::Away) => (Note::ProviderAway, StatusCode::SERVICE_UNAVAILABLE),
        SignInFailure::ProviderFault(ProviderFault::SecondFactor) => (Note::NoSecondFactor, StatusCode::FORBIDDEN),
        SignInFailure::ProviderFault(ProviderFault::Stale) => (Note::NotAgain, StatusCode::FORBIDDEN),
        SignInFailure::Wrong
        | SignInFailure::Disabled
        | SignInFailure::LockedOut
        | SignInFailure::Replayed
        | SignInFailure::Link
        | SignInFailure::Provider
        | SignInFailure::ProviderFault(_)
        | SignInFailure::DeviceCode
        | SignInFailure::Certificate(_) => (Note::NotVouched, StatusCode::FORBIDDEN),
    };
    let page = SignInPage::ways(api, Some(note)).show(status, api)?;
    Ok(WithCookie(journey_cookie(api, "", Duration::ZERO)?, page).into_response())
}

/// What the form asks for beside the provider's word.
#[derive(Deserialize)]
pub(crate) struct Filled {
    code: String,
}

/// `POST /login/provider/code`
pub(crate) async fn code(
    State(api): State<Api>,
    headers: HeaderMap,
    extensions: Extensions,
    Form(filled): Form<Filled>,
) -> Result<Response, Refusal> {
    let handle = cookie_named(JOURNEY_COOKIE, &headers).unwrap_or_default();
    let Some(operator) = proofs(&api)?.half_way(handle) else {
        return SignInPage::ways(&api, Some(Note::NotVouched)).show(StatusCode::FORBIDDEN, &api);
    };
    let tried = match barred_from_guessing(&api, Some(operator)).await? {
        Some(cause) => Tried::Failed(cause),
        None => proofs(&api)?.finish_half_way(handle, operator, &Typed::new(filled.code)),
    };
    match tried {
        Tried::Right { method, first } => {
            if let Some(first) = first {
                tell(&api, first).await?;
            }
            let cookie = admit(&api, operator, method, client(&headers, &extensions)).await?;
            let over = journey_cookie(&api, "", Duration::ZERO)?;
            Ok(WithCookie(cookie, WithCookie(over, Redirect::to("/"))).into_response())
        }
        Tried::Failed(cause) => {
            note_failure(&api, Some(operator), cause).await;
            SignInPage::Code { wrong: true }.show(StatusCode::FORBIDDEN, &api)
        }
    }
}

/// `Lax`, because the provider sends the browser back from another site; it opens nothing by itself.
fn journey_cookie(api: &Api, handle: &str, life: Duration) -> Result<HeaderValue, Refusal> {
    let secure = if api.sessions.is_over_tls() { "; Secure" } else { "" };
    let age = life.as_secs();
    sensitive(&format!("{JOURNEY_COOKIE}={handle}; Path=/login; HttpOnly; SameSite=Lax{secure}; Max-Age={age}"))
}
