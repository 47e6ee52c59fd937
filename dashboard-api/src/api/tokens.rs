//! Tokens of programs. The secret is drawn here and told once; what is kept is its SHA-256. What a token may be for, and how
//! long, is the core's.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use data_encoding::BASE64URL_NOPAD;
use rackward_core::engine::command::OperatorCommand;
use rackward_core::engine::preconditions::Subject;
use rackward_core::id::{OperatorId, TokenId};
use rackward_core::people::Validity;
use rackward_core::permission::{Actor, Permission, PermissionSet, may};
use rackward_core::{Answer, Caller, Command, Query, Reply};
use sha2::{Digest, Sha256};

use super::{Api, Page, lookup, operators, reason, wrong_shape};
use crate::body::Read;
use crate::lists::{Asked, resources};
use crate::made::{Made, Place};
use crate::params::Params;
use crate::preconditions::{self, Terms};
use crate::refusal::Refusal;
use crate::sessions::TOKEN_PREFIX;
use crate::signin::Asking;
use crate::wire::at::At;
use crate::wire::operator::{Token, TokenMade};
use crate::wire::problem::{FieldProblem, ProblemKind};
use crate::wire::request::{CreateToken, Done, Reason};

/// `GET /api/v1/tokens`: one's own, or everybody's for those who may see operators.
pub(super) async fn list(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<Token> {
    let asked = Asked::of::<Token>(&api, &asking, &uri, &resources::TOKENS)?;
    Ok(asked.page(seen(&api, asking.caller).await?))
}

/// `GET /api/v1/tokens/{id}`: the same of one.
pub(super) async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Json<Token>, Refusal> {
    Params::of(&uri, &[])?;
    let id: TokenId = lookup::id(&id)?;
    preconditions::tag(&api, asking.caller, Subject::Token(id)).await?;
    let found = seen(&api, asking.caller).await?.into_iter().find(|token| token.id == id.to_string());
    found.map(Json).ok_or_else(|| lookup::missing("token"))
}

/// The tokens that somebody sees.
async fn seen(api: &Api, caller: Caller) -> Result<Vec<Token>, Refusal> {
    let Answer::Tokens(tokens) = api.ask(caller, Query::Tokens).await? else { return Err(wrong_shape()) };
    let owners = operators::current(api, caller).await?;
    let sees_all = may(&caller, Permission::ViewOperators).is_ok();
    let seen = tokens.iter().filter(|token| sees_all || caller.actor == Actor::Operator(token.owner));
    let at = api.backend.now().wall;
    let owner = |id: OperatorId| owners.iter().find(|owner| owner.id == id);
    Ok(seen.map(|token| Token::of(token, owner(token.owner), at)).collect())
}

/// `POST /api/v1/tokens`
pub(super) async fn create(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<CreateToken>,
) -> Result<Made<TokenMade>, Refusal> {
    let caller = asking.caller;
    let reason = reason("reason", &wanted.reason).map_err(Refusal::from);
    let limits = limits(&wanted.permissions).map_err(Refusal::from);
    let owner = owner(&api, caller, wanted.owner.as_deref()).await;
    let (Ok(reason), Ok(limits), Ok(owner)) = (&reason, &limits, &owner) else {
        return Err(Refusal::all([reason.err(), limits.err(), owner.err()].into_iter().flatten()));
    };
    let secret = draw()?;
    let validity =
        Validity { from: wanted.from_at.map_or_else(|| api.backend.now().wall, |at| at.0), to: wanted.to_at.0 };
    let command = OperatorCommand::IssueToken {
        owner: *owner,
        limits: *limits,
        validity,
        digest: Sha256::digest(secret.as_bytes()).into(),
        reason: reason.clone(),
    };
    let token = format!("{TOKEN_PREFIX}{secret}");
    let issued = api.submit(caller, Command::Operator(command)).await;
    Terms::wait_with_secret(&token);
    let Reply::Token(id) = issued? else { return Err(wrong_shape()) };
    preconditions::tag(&api, caller, Subject::Token(id)).await?;
    Ok(Made::new(Place::of("tokens", id), TokenMade { id: id.to_string(), token, to_at: At(validity.to) }))
}

/// `POST /api/v1/tokens/{id}/revoke`
pub(super) async fn revoke(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(why): Read<Reason>,
) -> Result<Json<Done>, Refusal> {
    let token: TokenId = lookup::id(&id)?;
    let reason = reason("reason", &why.reason)?;
    api.submit(asking.caller, Command::Operator(OperatorCommand::RevokeToken { token, reason })).await?;
    Ok(Json(Done { id: token.to_string() }))
}

async fn owner(api: &Api, caller: Caller, named: Option<&str>) -> Result<OperatorId, Refusal> {
    match (named, caller.actor) {
        (Some(text), _) => operators::named(api, caller, "owner", text).await,
        (None, Actor::Operator(own)) => Ok(own),
        (None, Actor::System | Actor::LocalUser(_) | Actor::Session(_) | Actor::Token(_)) => {
            Err(FieldProblem::of("owner", "say in whose name the token asks: you are not signed in as anybody").into())
        }
    }
}

fn limits(words: &[String]) -> Result<PermissionSet, FieldProblem> {
    words.iter().try_fold(PermissionSet::NONE, |set, word| match Permission::from_word(word) {
        Some(permission) => Ok(set.with(permission)),
        None => {
            let detail = "permissions has a word that is no permission; /api/v1/permissions lists them";
            Err(FieldProblem::of("permissions", detail))
        }
    })
}

fn draw() -> Result<String, Refusal> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|_| Refusal::new(ProblemKind::Unavailable, "the system gives no random numbers; check the machine"))?;
    Ok(BASE64URL_NOPAD.encode(&bytes))
}
