//! Signing in by a passkey. The browser is not told whose passkeys are wanted: whoever holds one of this site chooses it, so
//! that nobody learns which names exist.

use axum::Json;
use axum::extract::State;
use axum::http::{Extensions, HeaderMap};
use rackward_core::operator::SignInFailure;

use super::{WithCookie, admit, barred, client, note_failure, proofs, tell};
use crate::api::Api;
use crate::body::Read;
use crate::proofs::{FactorRefused, Tried};
use crate::refusal::Refusal;
use crate::wire::problem::ProblemKind;
use crate::wire::request::{Nothing, PasskeyAnswer};
use crate::wire::session::{Ceremony, SignedInNow};

/// `POST /login/passkey`
pub(crate) async fn begin(State(api): State<Api>, Read(_): Read<Nothing>) -> Result<Json<Ceremony>, Refusal> {
    let begun = proofs(&api)?.begin_sign_in().map_err(factor_refused)?;
    Ok(Json(Ceremony { handle: begun.handle, options: begun.out }))
}

/// `POST /login/passkey/finish`
pub(crate) async fn finish(
    State(api): State<Api>,
    headers: HeaderMap,
    extensions: Extensions,
    Read(given): Read<PasskeyAnswer>,
) -> Result<WithCookie<Json<SignedInNow>>, Refusal> {
    let (operator, tried) = proofs(&api)?.finish_sign_in(&given.handle, &given.answer);
    let bar = operator.and_then(|operator| barred(&api, operator));
    let failure = match (operator, bar, tried) {
        (Some(operator), None, Tried::Right { method, first }) => {
            if let Some(first) = first {
                tell(&api, first).await?;
            }
            let cookie = admit(&api, operator, method, client(&headers, &extensions)).await?;
            return Ok(WithCookie(cookie, Json(SignedInNow::default())));
        }
        (_, Some(bar), _) => bar,
        (None, None, Tried::Right { .. }) => SignInFailure::Wrong,
        (_, None, Tried::Failed(cause)) => cause,
    };
    note_failure(&api, operator, failure).await;
    let detail = "the passkey is not one of this site, or its operator cannot sign in now";
    Err(Refusal::new(ProblemKind::SignInFailed, detail))
}

pub(super) fn factor_refused(refused: FactorRefused) -> Refusal {
    let kind = match refused {
        FactorRefused::Unavailable(_) => ProblemKind::Unavailable,
        FactorRefused::Ceremony => ProblemKind::Malformed,
        FactorRefused::NoPasskeys | FactorRefused::TooMany => ProblemKind::Conflict,
    };
    Refusal::new(kind, refused.to_string())
}
