//! Signing in at a command line by the console (RFC 8628): the command line asks for a code, an operator types it at the
//! console and lets it in (`let_in.rs`), and the command line fetches the token that came of it. Members and words are those
//! of the RFC, in JSON. What may be asked how often, and which code counts, is `sessions/devices.rs`'s.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{Extensions, Uri};
use rackward_core::engine::command::OperatorCommand;
use rackward_core::operator::TokenReturn;
use rackward_core::permission::Actor;

use super::{Asking, back, no_randomness, proofs, tell};
use crate::api::Api;
use crate::body::Read;
use crate::page::console::DEVICE_PAGE;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::serve::PeerAddress;
use crate::sessions::{Asks, CODE_LIFE, Fetched, Issued, NotBegun, POLL_EVERY, TOKEN_PREFIX};
use crate::wire::problem::{FieldProblem, Problem, ProblemKind};
use crate::wire::request::{BeginDevice, Done, FetchDevice};
use crate::wire::session::{DeviceCode, DeviceToken};

/// What RFC 8628, clause 3.4, calls the exchange of a device code.
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Where an operator goes who was shown a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// To the page, by whichever way of signing in.
    Console,
    /// To the outside provider first.
    Provider,
}

/// `POST /api/v1/sessions/device`
pub(crate) async fn begin(
    State(api): State<Api>,
    extensions: Extensions,
    Read(wanted): Read<BeginDevice>,
) -> Result<Json<DeviceCode>, Refusal> {
    let way = match wanted.way.as_deref() {
        None | Some("console") => Way::Console,
        Some("provider") => Way::Provider,
        Some(_) => return Err(FieldProblem::of("way", "way is console or provider").into()),
    };
    if way == Way::Provider && proofs(&api)?.ways().provider.is_none() {
        let detail = "nobody can sign in by an outside provider here; sign in at the console, or have an admin set a provider \
                      up in the site file, in [oidc]";
        return Err(Refusal::new(ProblemKind::NoProvider, detail));
    }
    let address = extensions.get::<PeerAddress>().map(|PeerAddress(address)| *address);
    let asks = Asks::of(wanted.client_name.as_deref().unwrap_or_default(), address);
    let begun = api.sessions.devices().begin(asks, api.backend.now().monotonic).map_err(not_begun)?;
    let console = api.sessions.console();
    let page = format!("{DEVICE_PAGE}?code={}", begun.user);
    let complete = match way {
        Way::Console => format!("{console}{page}"),
        Way::Provider => format!("{console}/login/provider?back={}", back::encoded(&page)),
    };
    Ok(Json(DeviceCode {
        device_code: begun.device.reveal().to_owned(),
        user_code: begun.user,
        verification_uri: format!("{console}{DEVICE_PAGE}"),
        verification_uri_complete: complete,
        expires_in: whole_seconds(CODE_LIFE),
        interval: whole_seconds(POLL_EVERY),
    }))
}

fn not_begun(why: NotBegun) -> Refusal {
    match why {
        NotBegun::Crowded => Refusal::new(ProblemKind::TooManyRequests, why.to_string()),
        NotBegun::NoRandomness(none) => no_randomness(none),
    }
}

/// `POST /api/v1/sessions/device/token`: asked every few seconds until somebody has decided.
pub(crate) async fn fetch(
    State(api): State<Api>,
    Read(wanted): Read<FetchDevice>,
) -> Result<Json<DeviceToken>, Refusal> {
    if wanted.grant_type.is_some_and(|named| named != GRANT_TYPE) {
        return Err(FieldProblem::of("grant_type", format!("grant_type is {GRANT_TYPE}, or left out")).into());
    }
    let refuse = |kind, detail: &str| Err(Refusal::new(kind, detail));
    match api.sessions.devices().fetch(&wanted.device_code, api.backend.now().monotonic) {
        Fetched::LetIn(issued) => Ok(Json(told(issued))),
        Fetched::Waits => {
            let every = whole_seconds(POLL_EVERY);
            refuse(ProblemKind::AuthorizationPending, &format!("ask again in {every} s"))
        }
        Fetched::TooSoon(every) => {
            let seconds = whole_seconds(every);
            let detail = format!("wait {seconds} s between two questions from now on");
            let problem = Problem::new(ProblemKind::SlowDown, detail);
            Err(Problem { retry_after_s: Some(seconds), ..problem }.into())
        }
        Fetched::Refused => refuse(ProblemKind::AccessDenied, "an operator refused it at the console"),
        Fetched::Lapsed => refuse(ProblemKind::ExpiredToken, "the code counted for ten minutes; begin again"),
        Fetched::Unknown => {
            let detail = "no request has this code: it is long over, or the daemon was started anew since; begin again";
            refuse(ProblemKind::InvalidGrant, detail)
        }
        Fetched::Twice(token) => {
            // Whoever came second may be its owner, whose code was stolen: nobody keeps what came of it.
            let why = TokenReturn::FetchedTwice;
            if tell(&api, OperatorCommand::ReturnToken { token, why }).await.is_ok() {
                tracing::warn!(%token, "a device code was shown twice; its token counts no more");
            }
            refuse(
                ProblemKind::InvalidGrant,
                "the code was used before, so what came of it counts no more; begin again",
            )
        }
    }
}

fn told(issued: Issued) -> DeviceToken {
    DeviceToken {
        access_token: format!("{TOKEN_PREFIX}{}", issued.secret.reveal()),
        token_type: "Bearer".to_owned(),
        expires_in: whole_seconds(issued.lasts),
        id: issued.id.to_string(),
    }
}

fn whole_seconds(span: Duration) -> u32 {
    u32::try_from(span.as_secs()).unwrap_or(u32::MAX)
}

/// `DELETE /api/v1/sessions/current`: gives back the token that came of signing in at a command line. One that was made for a
/// program is not its holder's to end, and a session ends where its cookie is taken back (`POST /logout`).
pub(crate) async fn leave(State(api): State<Api>, asking: Asking, uri: Uri) -> Result<Json<Done>, Refusal> {
    Params::of(&uri, &[])?;
    match asking.caller.actor {
        Actor::Token(token) => {
            tell(&api, OperatorCommand::ReturnToken { token, why: TokenReturn::SignedOut }).await?;
            Ok(Json(Done { id: token.to_string() }))
        }
        Actor::System | Actor::LocalUser(_) | Actor::Session(_) | Actor::Operator(_) => {
            let detail = "only a token that came of signing in is given back here; a session ends with POST /logout";
            Err(Refusal::new(ProblemKind::Conflict, detail))
        }
    }
}

/// Takes back the tokens of command lines that never fetched them.
pub(super) async fn take_back(api: &Api) {
    for (token, why) in api.sessions.devices().lapsed(api.backend.now().monotonic) {
        // It was revoked meanwhile, or cannot be recorded: nobody has its secret, and it ends by itself.
        if tell(api, OperatorCommand::ReturnToken { token, why }).await.is_err() {
            tracing::warn!(%token, "a token that nobody fetched was not taken back");
        }
    }
}
