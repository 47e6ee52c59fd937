//! Signing in by a certificate that the client has shown in the TLS handshake: a program is given a token that lasts an hour,
//! a browser a session. Whether a certificate is sound, and whose it is, `proofs.rs` says; that it alone is good for nothing
//! that asks for a fresh proof, and no longer than it is bound, the core.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use rackward_core::Reply;
use rackward_core::engine::command::OperatorCommand;
use rackward_core::id::OperatorId;
use rackward_core::operator::{CertificateFault, SignInFailure, SignInMethod, TokenSignIn};
use rackward_core::people::Validity;
use rackward_core::permission::{Assurance, CERTIFICATE_SIGN_IN_LONGEST, PermissionSet};

use super::pages::{Note, SignInPage};
use super::{WithCookie, admit_as, barred, client, no_randomness, note_failure, proofs, tell};
use crate::api::Api;
use crate::body::Read;
use crate::refusal::Refusal;
use crate::serve::PeerCertificates;
use crate::sessions::{TOKEN_PREFIX, Token, digest};
use crate::wire::desk::certificate_words;
use crate::wire::problem::ProblemKind;
use crate::wire::request::Nothing;
use crate::wire::session::DeviceToken;

/// `POST /api/v1/sessions/certificate`
pub(crate) async fn by_json(
    State(api): State<Api>,
    extensions: Extensions,
    Read(Nothing {}): Read<Nothing>,
) -> Result<Json<DeviceToken>, Refusal> {
    let (operator, number) = holder(&api, &extensions).await?;
    let unknown = || Refusal::new(ProblemKind::CertificateRefused, "its operator cannot sign in now");
    let caller =
        proofs(&api)?.operator(operator).and_then(|row| row.caller(Assurance::Standing)).ok_or_else(unknown)?;
    let secret = Token::draw().map_err(no_randomness)?;
    let from = api.backend.now().wall;
    let command = OperatorCommand::SignInByToken {
        owner: operator,
        limits: PermissionSet::for_token_of(&caller).standing(),
        validity: Validity { from, to: from.after(CERTIFICATE_SIGN_IN_LONGEST) },
        digest: digest(secret.reveal()),
        by: TokenSignIn::Certificate(number),
    };
    let Reply::Token(id) = tell(&api, command).await? else {
        return Err(Refusal::new(ProblemKind::Internal, "the engine gave the token no number"));
    };
    // No longer than the certificate is bound.
    let lasts = proofs(&api)?.issued_token(id).map_or(Duration::ZERO, |token| token.validity.to.since(from));
    Ok(Json(DeviceToken {
        access_token: format!("{TOKEN_PREFIX}{}", secret.reveal()),
        token_type: "Bearer".to_owned(),
        expires_in: u32::try_from(lasts.as_secs()).unwrap_or(u32::MAX),
        id: id.to_string(),
    }))
}

/// `POST /login/certificate`
pub(crate) async fn by_form(
    State(api): State<Api>,
    headers: HeaderMap,
    extensions: Extensions,
) -> Result<Response, Refusal> {
    match holder(&api, &extensions).await {
        Ok((operator, _)) => {
            let from = client(&headers, &extensions);
            let cookie = admit_as(&api, operator, SignInMethod::Certificate, Assurance::Standing, from).await?;
            Ok(WithCookie(cookie, Redirect::to("/")).into_response())
        }
        Err(refused) if refused.is(ProblemKind::CertificateRefused) => {
            SignInPage::ways(&api, Some(Note::Certificate)).show(StatusCode::FORBIDDEN, &api)
        }
        Err(other) => Err(other),
    }
}

/// Whose certificate came with the connection, and which of theirs. Each that signs in nobody is recorded with its cause; that
/// none came at all is no try.
async fn holder(api: &Api, extensions: &Extensions) -> Result<(OperatorId, u8), Refusal> {
    let refuse = |detail: &str| Refusal::new(ProblemKind::CertificateRefused, detail);
    if !proofs(api)?.ways().certificates {
        let detail = "this site takes no certificates of clients; an admin names who signs them in the site file, in [console] \
                      client_authority";
        return Err(refuse(detail));
    }
    let Some(PeerCertificates(shown)) = extensions.get::<PeerCertificates>() else {
        let detail = "no certificate came with the connection; show one that an authority of this site has signed";
        return Err(refuse(detail));
    };
    let found = proofs(api)?.certificate(shown);
    let operator = found.holder.map(|(operator, _)| operator);
    let cause = match (found.holder, found.fault) {
        (_, Some(fault)) => Some(SignInFailure::Certificate(fault)),
        (Some((operator, _)), None) => barred(api, operator),
        (None, None) => Some(SignInFailure::Certificate(CertificateFault::Unbound)),
    };
    match (found.holder, cause) {
        (Some(holder), None) => Ok(holder),
        (_, cause) => {
            let cause = cause.unwrap_or(SignInFailure::Certificate(CertificateFault::Unbound));
            note_failure(api, operator, cause).await;
            Err(match cause {
                SignInFailure::Certificate(fault) => refuse(certificate_words(fault)),
                _ => refuse("its operator cannot sign in now"),
            })
        }
    }
}
