//! Sessions as their holders and admins see them, and ending them.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use rackward_core::Command;
use rackward_core::engine::command::{OperatorCommand, Scope};
use rackward_core::id::{OperatorId, SessionId};
use rackward_core::permission::{Actor, Assurance, Denied, Permission, may};

use super::{Asking, SignedIn};
use crate::api::{Api, reason};
use crate::body::Read;
use crate::lists::{Asked, resources};
use crate::paging::Paged;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::sessions::{Holder, Seen};
use crate::wire::at::At;
use crate::wire::problem::ProblemKind;
use crate::wire::request::{Done, Reason};
use crate::wire::session::{AskingToken, Session, WhoAmI, token_method};
use crate::wire::{List, Places, actor_words};

/// `GET /api/v1/sessions`: one's own; everybody's for those who may see operators.
pub(crate) async fn list(State(api): State<Api>, asking: Asking, uri: Uri) -> Result<Paged<List<Session>>, Refusal> {
    let asked = Asked::of::<Session>(&api, &asking, &uri, &resources::SESSIONS)?;
    let all = may(&asking.caller, Permission::ViewOperators).is_ok();
    let sessions = api.sessions.list(api.backend.now().monotonic);
    let shown = sessions.into_iter().filter(|seen| all || is_own(&asking, seen));
    Ok(asked.page(shown.map(|seen| written(&api, &asking, &seen)).collect()))
}

/// `GET /api/v1/sessions/current`: who is asking, and what they may do.
pub(crate) async fn current(State(api): State<Api>, asking: Asking, uri: Uri) -> Result<Json<WhoAmI>, Refusal> {
    Params::of(&uri, &[])?;
    let caller = asking.caller;
    let (operator, token) = match caller.actor {
        Actor::Operator(operator) => (Some(operator), None),
        Actor::Token(token) => {
            let token = api.proofs.as_ref().and_then(|proofs| proofs.issued_token(token));
            (token.as_ref().map(|token| token.owner), token)
        }
        Actor::System | Actor::LocalUser(_) | Actor::Session(_) => (None, None),
    };
    let seen = asking.session.and_then(|id| {
        let lasting = api.sessions.list(api.backend.now().monotonic);
        lasting.into_iter().find(|seen| seen.id == id)
    });
    let method = match (&token, &seen) {
        (Some(token), _) => Some(token_method(token.sign_in)),
        (None, Some(seen)) => Some(crate::wire::session::method_word(seen.method)),
        (None, None) => None,
    };
    let ends = asking.lease.remaining().map(|left| At(api.backend.now().wall.after(left)));
    let rights = Permission::ALL
        .iter()
        .filter(|permission| matches!(may(&caller, **permission), Ok(()) | Err(Denied::StepUp(_))));
    let token_end = token.as_ref().map(|token| At(token.validity.to));
    Ok(Json(WhoAmI {
        actor: actor_words(caller.actor),
        operator: operator.map(|operator| operator.to_string()),
        name: operator.and_then(|operator| api.proofs.as_ref()?.name_of(operator)),
        role: caller.role.word().to_owned(),
        organisation: organisation(&api, caller.scope),
        session: asking.session.map(|session| session.to_string()),
        token: token.map(|token| AskingToken {
            id: token.id.to_string(),
            made_by: actor_words(token.maker),
            to_at: At(token.validity.to),
        }),
        method: method.map(str::to_owned),
        to_at: token_end.or(ends),
        fresh: caller.assurance == Assurance::Fresh,
        rights: rights.map(|permission| permission.word().to_owned()).collect(),
    }))
}

/// `POST /api/v1/sessions/{id}/revoke`: one's own, or anybody's for those who may change operators.
pub(crate) async fn revoke(
    State(api): State<Api>,
    asking: Asking,
    Path(id): Path<String>,
    Read(why): Read<Reason>,
) -> Result<Json<Done>, Refusal> {
    let none = || Refusal::new(ProblemKind::NotFound, "no session has this id, or it is over already");
    let id: SessionId = id.parse().map_err(|_| none())?;
    let sessions = api.sessions.list(api.backend.now().monotonic);
    let seen = sessions.into_iter().find(|seen| seen.id == id);
    let reason = reason("reason", &why.reason)?;
    let Some(seen) = seen else {
        // Whose it was is nobody's business but of those who may end anybody's.
        may(&asking.caller, Permission::ManageOperators).map_err(rackward_core::CommandError::Denied)?;
        return Err(none());
    };
    // The reason is in the journal before the session is over, and who may end it is the engine's to say.
    let operator = holder(&seen);
    let command = OperatorCommand::RevokeSession { session: id, operator, reason };
    api.submit(asking.caller, Command::Operator(command)).await?;
    api.sessions.revoke(id);
    api.sessions.keep().await;
    Ok(Json(Done { id: id.to_string() }))
}

const fn holder(seen: &Seen) -> Option<OperatorId> {
    match seen.holder {
        Holder::Operator(operator) => Some(operator),
        Holder::Machine => None,
    }
}

fn is_own(asking: &SignedIn, seen: &Seen) -> bool {
    match (asking.caller.actor, seen.holder) {
        (Actor::Operator(asker), Holder::Operator(holder)) => asker == holder,
        _ => asking.session == Some(seen.id),
    }
}

fn organisation(api: &Api, scope: Scope) -> Option<String> {
    match scope {
        Scope::Site => None,
        Scope::Organisation(organisation) => Some(Places(&api.backend.site()).organisation(organisation)),
    }
}

fn written(api: &Api, asking: &SignedIn, seen: &Seen) -> Session {
    let operator = holder(seen);
    Session {
        id: seen.id.to_string(),
        operator: operator.map(|operator| operator.to_string()),
        name: operator.and_then(|operator| api.proofs.as_ref()?.name_of(operator)),
        role: seen.role.word().to_owned(),
        organisation: organisation(api, seen.scope),
        method: crate::wire::session::method_word(seen.method).to_owned(),
        network: seen.client.network.clone(),
        agent: seen.client.agent.clone(),
        began_at: At(seen.began),
        used_at: At(seen.used),
        current: asking.session == Some(seen.id),
    }
}
