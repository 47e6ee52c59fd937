//! Proving oneself again, shortly before something that cannot be taken back (`permission::Proof::StepUp` of the core). One
//! factor is enough, because the session stands for the others; the session gets another cookie by it.

use axum::Json;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use rackward_core::engine::command::OperatorCommand;
use rackward_core::id::{OperatorId, SessionId};
use rackward_core::operator::{SignInFailure, SignInMethod};
use rackward_core::permission::{Actor, STEP_UP_GOOD_FOR};
use serde::Deserialize;

use super::pages::{SignInPage, show_again};
use super::passkey::factor_refused;
use super::{
    Asking, SignedIn, WithCookie, back, barred, barred_from_guessing, no_randomness, note_failure, proofs, set_cookie,
    tell,
};
use crate::api::Api;
use crate::body::Read;
use crate::params::Params;
use crate::proofs::{Tried, Typed};
use crate::refusal::Refusal;
use crate::wire::problem::{FieldProblem, ProblemKind};
use crate::wire::request::{Nothing, StepUp};
use crate::wire::session::{Ceremony, SteppedUp};

/// `POST /api/v1/sessions/step-up/passkey`: a challenge, whose answer goes to `/api/v1/sessions/step-up`.
pub(crate) async fn ask_passkey(
    State(api): State<Api>,
    asking: Asking,
    Read(_): Read<Nothing>,
) -> Result<Json<Ceremony>, Refusal> {
    somebody(&asking)?;
    let begun = proofs(&api)?.begin_sign_in().map_err(factor_refused)?;
    Ok(Json(Ceremony { handle: begun.handle, options: begun.out }))
}

/// `POST /api/v1/sessions/step-up`
pub(crate) async fn prove(
    State(api): State<Api>,
    asking: Asking,
    Read(given): Read<StepUp>,
) -> Result<WithCookie<Json<SteppedUp>>, Refusal> {
    let Some(cookie) = attempt(&api, &asking, given).await? else {
        return Err(Refusal::new(ProblemKind::SignInFailed, "that was not right, or you cannot sign in now"));
    };
    let good_for_s = u32::try_from(STEP_UP_GOOD_FOR.as_secs()).unwrap_or(u32::MAX);
    Ok(WithCookie(cookie, Json(SteppedUp { good_for_s })))
}

/// `GET /account/prove`: the same as a page, with every way there is.
pub(crate) async fn show_prove(
    State(api): State<Api>,
    asking: Asking,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Refusal> {
    let params = Params::of(&uri, &["back"])?;
    if somebody(&asking).is_err() {
        return operators_alone(&api, params.text("back").unwrap_or("/"));
    }
    let page = show_again(&api, false, StatusCode::OK)?;
    back::keep(&api, &headers, params.text("back"), page)
}

/// What the page's form sends.
#[derive(Deserialize)]
pub(crate) struct Filled {
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
}

/// `POST /account/prove`
pub(crate) async fn prove_by_form(
    State(api): State<Api>,
    asking: Asking,
    Form(filled): Form<Filled>,
) -> Result<Response, Refusal> {
    let given = |text: String| Some(text).filter(|text| !text.is_empty());
    let (password, code) = (given(filled.password), given(filled.code));
    if password.is_none() && code.is_none() {
        return show_again(&api, true, StatusCode::UNPROCESSABLE_ENTITY);
    }
    match attempt(&api, &asking, StepUp { password, code, handle: None, answer: None }).await? {
        Some(cookie) => Ok(WithCookie(cookie, Redirect::to("/")).into_response()),
        None => show_again(&api, true, StatusCode::FORBIDDEN),
    }
}

/// The session's new cookie, if what was given is right.
async fn attempt(api: &Api, asking: &SignedIn, given: StepUp) -> Result<Option<HeaderValue>, Refusal> {
    let (operator, session) = somebody(asking)?;
    let name = proofs(api)?.name_of(operator).unwrap_or_default();
    let _turn = api.turns.wait(&name).await?;
    // An answer of a passkey cannot be guessed.
    let bar = match given.answer {
        Some(_) => barred(api, operator),
        None => barred_from_guessing(api, Some(operator)).await?,
    };
    let tried = match bar {
        Some(cause) => Tried::Failed(cause),
        None => check(api, operator, given).await?,
    };
    match tried {
        Tried::Right { method, first } => {
            if let Some(first) = first {
                tell(api, first).await?;
            }
            match renewed(api, session, operator, method).await {
                // What has changed meanwhile is told like any other failure.
                Err(refused) if refused.is(ProblemKind::Conflict) => Ok(None),
                told => told.map(Some),
            }
        }
        Tried::Failed(cause) => {
            note_failure(api, Some(operator), cause).await;
            Ok(None)
        }
    }
}

/// Records that somebody has proven themselves again; gives their session's new cookie.
pub(super) async fn renewed(
    api: &Api,
    session: SessionId,
    operator: OperatorId,
    method: SignInMethod,
) -> Result<HeaderValue, Refusal> {
    tell(api, OperatorCommand::NoteStepUp { session, operator, method }).await?;
    let over = || Refusal::new(ProblemKind::SignInRequired, "the session is over; sign in again");
    let proven = api.sessions.prove_again(session, api.backend.now()).map_err(no_randomness)?;
    let (token, lasts) = proven.ok_or_else(over)?;
    api.sessions.keep().await;
    set_cookie(api, token.reveal(), lasts)
}

/// What a page says that is for operators, to somebody who is none; `back` is where they come to once they are one.
pub(super) fn operators_alone(api: &Api, back: &str) -> Result<Response, Refusal> {
    SignInPage::OperatorsAlone { back: back.to_owned() }.show(StatusCode::CONFLICT, api)
}

/// The operator and the session that ask.
pub(super) fn somebody(asking: &SignedIn) -> Result<(OperatorId, SessionId), Refusal> {
    match (asking.caller.actor, asking.session) {
        (Actor::Operator(operator), Some(session)) => Ok((operator, session)),
        _ => {
            let detail = "only an operator who signed in can prove themselves again; a link's session is good for what \
                          it was made for, and the machine makes another link";
            Err(Refusal::new(ProblemKind::Conflict, detail))
        }
    }
}

async fn check(api: &Api, operator: OperatorId, given: StepUp) -> Result<Tried, Refusal> {
    let proofs = proofs(api)?;
    match (given.handle, given.answer, given.password, given.code) {
        (Some(handle), Some(answer), None, None) => Ok(match proofs.finish_sign_in(&handle, &answer) {
            (Some(holder), tried) if holder == operator => tried,
            (Some(_) | None, _) => Tried::Failed(SignInFailure::Wrong),
        }),
        (None, None, password, code) if password.is_some() || code.is_some() => {
            Ok(proofs.try_again(operator, password.map(Typed::new), code.map(Typed::new)).await?)
        }
        _ => {
            let detail = "give code, or password, or handle and answer of a passkey";
            Err(FieldProblem::of("code", detail).into())
        }
    }
}
