//! Signing in by name, password and a code of the authenticator app, or a recovery code in its place. Whatever is wrong, the
//! answer is the same and takes as long; the journal alone says what it was.

use axum::extract::{Form, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use rackward_core::engine::command::OperatorName;
use rackward_core::operator::SignInFailure;
use serde::Deserialize;

use super::pages::{Note, SignInPage};
use super::{WithCookie, admit, barred_from_guessing, client, note_failure, proofs, tell};
use crate::api::Api;
use crate::body::Read;
use crate::made::{Made, Place};
use crate::proofs::{Tried, Typed};
use crate::refusal::Refusal;
use crate::sessions::Client;
use crate::wire::problem::ProblemKind;
use crate::wire::request::SignIn;
use crate::wire::session::SignedInNow;

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Filled {
    name: String,
    password: String,
    code: String,
}

/// `POST /login/password`
pub(crate) async fn by_form(
    State(api): State<Api>,
    headers: HeaderMap,
    extensions: Extensions,
    Form(filled): Form<Filled>,
) -> Result<Response, Refusal> {
    let (password, code) = (Typed::new(filled.password), Typed::new(filled.code));
    let Some(cookie) = check(&api, &filled.name, password, code, client(&headers, &extensions)).await? else {
        return SignInPage::ways(&api, Some(Note::Wrong)).show(StatusCode::FORBIDDEN, &api);
    };
    Ok(WithCookie(cookie, Redirect::to("/")).into_response())
}

/// `POST /api/v1/sessions`: the same for programs; the cookie that comes back is the session.
pub(crate) async fn by_json(
    State(api): State<Api>,
    headers: HeaderMap,
    extensions: Extensions,
    Read(given): Read<SignIn>,
) -> Result<WithCookie<Made<SignedInNow>>, Refusal> {
    let (password, code) = (Typed::new(given.password), Typed::new(given.code));
    let Some(cookie) = check(&api, &given.name, password, code, client(&headers, &extensions)).await? else {
        let detail = "the name, password or code is wrong, or this operator cannot sign in now";
        return Err(Refusal::new(ProblemKind::SignInFailed, detail));
    };
    Ok(WithCookie(cookie, Made::new(Place::of("sessions", "current"), SignedInNow::default())))
}

/// The cookie of a new session, if everything is right.
async fn check(
    api: &Api,
    name: &str,
    password: Typed,
    code: Typed,
    client: Client,
) -> Result<Option<HeaderValue>, Refusal> {
    let proofs = proofs(api)?;
    let name = OperatorName::kept(&name.trim().to_lowercase());
    let _turn = api.turns.wait(name.as_ref().map_or("", OperatorName::reveal)).await?;
    let operator = name.and_then(|name| proofs.named(name.reveal()));
    let bar = barred_from_guessing(api, operator).await?;
    // Of somebody who is barred nothing is compared and no code is used up, but as much is worked out.
    let checked = operator.filter(|_| bar.is_none());
    let tried = proofs.try_password(checked, password, code).await?;
    let failure = match (checked, bar, tried) {
        (Some(operator), None, Tried::Right { method, first }) => {
            if let Some(first) = first {
                tell(api, first).await?;
            }
            match admit(api, operator, method, client).await {
                // What has changed meanwhile is told like any other failure: that it was right is nobody's to learn.
                Err(refused) if refused.is(ProblemKind::Conflict) => SignInFailure::LockedOut,
                admitted => return admitted.map(Some),
            }
        }
        (_, Some(bar), _) => bar,
        (None, None, Tried::Right { .. }) => SignInFailure::Wrong,
        (_, None, Tried::Failed(cause)) => cause,
    };
    note_failure(api, operator, failure).await;
    Ok(None)
}
