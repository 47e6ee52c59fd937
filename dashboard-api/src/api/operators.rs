//! Operators: who runs the site, with which role. How they sign in is `signin.rs`; that an admin always remains, and whose
//! word each change takes, is the core's.

mod certificates;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use rackward_core::engine::command::{OperatorCommand, OperatorName, Scope};
use rackward_core::engine::preconditions::Subject;
use rackward_core::id::OperatorId;
use rackward_core::operator::{Factor, Operator as CoreOperator, OperatorRole, OperatorState};
use rackward_core::permission::Permission;
use rackward_core::site::OPERATOR;
use rackward_core::{Answer, Caller, Command, Query, Reply};

use super::{Api, Page, chosen, lookup, reason, wrong_shape};
use crate::body::Read;
use crate::lists::{Asked, resources};
use crate::made::{Made, Place};
use crate::params::Params;
use crate::preconditions;
use crate::proofs::BindRefused;
use crate::refusal::Refusal;
use crate::sessions::LinkFor;
use crate::signin::{self, Asking};
use crate::wire::operator::{Operator, OperatorInvited, OperatorNames, PermissionRow};
use crate::wire::problem::{FieldProblem, Problem, ProblemKind};
use crate::wire::request::{BindProvider, ChangeOperator, CreateOperator, LinkPerson, Nothing, Reason};

pub(super) use certificates::{bind as bind_certificate, unbind as unbind_certificate};

/// `GET /api/v1/operators`
pub(super) async fn list(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<Operator> {
    let asked = Asked::of::<Operator>(&api, &asking, &uri, &resources::OPERATORS)?;
    let rows = current(&api, asking.caller).await?;
    Ok(asked.page(rows.iter().map(|row| shown(&api, row)).collect()))
}

/// `GET /api/v1/operators/{id}`
pub(super) async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Json<Operator>, Refusal> {
    Params::of(&uri, &[])?;
    let id = called(&api, &id)?;
    preconditions::tag(&api, asking.caller, Subject::Operator(id)).await?;
    Ok(Json(shown(&api, &by_id(&api, asking.caller, id).await?)))
}

/// `POST /api/v1/operators`
pub(super) async fn create(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<CreateOperator>,
) -> Result<Made<OperatorInvited>, Refusal> {
    let caller = asking.caller;
    let name = OperatorName::parse(&wanted.name).ok_or_else(|| {
        let detail = "name must have 1 to 64 lower-case letters, digits and . - _ @, at least one letter or digit, and be no id and no word that stands for somebody, such as me or desk";
        Refusal::from(FieldProblem::of("name", detail))
    });
    let role = chosen("role", &wanted.role, OperatorRole::ALL, OperatorRole::word).map_err(Refusal::from);
    let scope = scope(&api, caller, wanted.organisation.as_deref()).await;
    let (Ok(name), Ok(role), Ok(scope)) = (&name, &role, &scope) else {
        return Err(Refusal::all([name.err(), role.err(), scope.err()].into_iter().flatten()));
    };
    let command = OperatorCommand::Create { name: name.clone(), role: *role, scope: *scope };
    let Reply::Operator(operator) = api.submit(caller, Command::Operator(command)).await? else {
        return Err(wrong_shape());
    };
    preconditions::tag(&api, caller, Subject::Operator(operator)).await?;
    Ok(Made::new(Place::of("operators", operator), invited(&api, caller, operator).await?))
}

/// `PUT /api/v1/operators/{id}`
pub(super) async fn change(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<ChangeOperator>,
) -> Result<Json<Operator>, Refusal> {
    let caller = asking.caller;
    let reason = reason("reason", &wanted.reason)?;
    let before = one(&api, caller, &id).await?;
    let role = match wanted.role.as_deref() {
        Some(word) => chosen("role", word, OperatorRole::ALL, OperatorRole::word)?,
        None => before.role,
    };
    let scope = match wanted.organisation.as_deref() {
        Some(name) => scope(&api, caller, Some(name)).await?,
        None => before.scope,
    };
    let operator = before.id;
    done(&api, caller, operator, OperatorCommand::Change { operator, role, scope, reason }).await
}

/// `PUT /api/v1/operators/{id}/person`
pub(super) async fn link_person(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<LinkPerson>,
) -> Result<Json<Operator>, Refusal> {
    let (caller, reason) = (asking.caller, reason("reason", &wanted.reason)?);
    let operator = one(&api, caller, &id).await?.id;
    let person = match wanted.person.as_deref() {
        Some(text) => Some(lookup::person(&api, caller, "/person", text).await?),
        None => None,
    };
    done(&api, caller, operator, OperatorCommand::LinkPerson { operator, person, reason }).await
}

/// `POST /api/v1/operators/{id}/disable`
pub(super) async fn disable(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(why): Read<Reason>,
) -> Result<Json<Operator>, Refusal> {
    set_state(&api, asking.caller, &id, OperatorState::Disabled, &why).await
}

/// `POST /api/v1/operators/{id}/enable`
pub(super) async fn enable(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(why): Read<Reason>,
) -> Result<Json<Operator>, Refusal> {
    set_state(&api, asking.caller, &id, OperatorState::Enabled, &why).await
}

async fn set_state(
    api: &Api,
    caller: Caller,
    id: &str,
    state: OperatorState,
    why: &Reason,
) -> Result<Json<Operator>, Refusal> {
    let reason = reason("reason", &why.reason)?;
    let operator = one(api, caller, id).await?.id;
    done(api, caller, operator, OperatorCommand::SetState { operator, state, reason }).await
}

/// `POST /api/v1/operators/{id}/reset`: takes everything away that they prove themselves with, and ends their sessions and
/// tokens, so that they begin anew by a link.
pub(super) async fn reset(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(why): Read<Reason>,
) -> Result<Json<OperatorInvited>, Refusal> {
    let reason = reason("reason", &why.reason)?;
    let operator = one(&api, asking.caller, &id).await?.id;
    api.submit(asking.caller, Command::Operator(OperatorCommand::Reset { operator, reason })).await?;
    Ok(Json(invited(&api, asking.caller, operator).await?))
}

/// `POST /api/v1/operators/{id}/bind`
pub(super) async fn bind(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<BindProvider>,
) -> Result<Json<Operator>, Refusal> {
    let reason = reason("reason", &wanted.reason)?;
    let operator = one(&api, asking.caller, &id).await?.id;
    let account = match &api.proofs {
        Some(proofs) => proofs.provider_account(operator, &wanted.subject),
        None => Err(BindRefused::NoProvider),
    };
    let account = account.map_err(certificates::not_bound)?;
    done(&api, asking.caller, operator, OperatorCommand::BindProvider { operator, account, reason }).await
}

/// `POST /api/v1/operators/{id}/unbind`
pub(super) async fn unbind(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(why): Read<Reason>,
) -> Result<Json<Operator>, Refusal> {
    let reason = reason("reason", &why.reason)?;
    let operator = one(&api, asking.caller, &id).await?.id;
    let factor = Factor::Provider;
    done(&api, asking.caller, operator, OperatorCommand::RemoveFactor { operator, factor, reason }).await
}

/// `POST /api/v1/operators/{id}/end-lockout`
pub(super) async fn end_lockout(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(Nothing {}): Read<Nothing>,
) -> Result<Json<Operator>, Refusal> {
    let operator = one(&api, asking.caller, &id).await?.id;
    done(&api, asking.caller, operator, OperatorCommand::EndLockout { operator }).await
}

async fn invited(api: &Api, caller: Caller, operator: OperatorId) -> Result<OperatorInvited, Refusal> {
    let login = invitation(api, caller, operator).await?;
    Ok(OperatorInvited::of(shown(api, &by_id(api, caller, operator).await?), login))
}

/// A link with which an operator makes what they will sign in with, for whoever has just added or reset them; none where
/// nobody signs in.
pub(super) async fn invitation(api: &Api, caller: Caller, operator: OperatorId) -> Result<Option<String>, Refusal> {
    if api.proofs.is_none() {
        return Ok(None);
    }
    // Where adding takes two operators, both have agreed to that, and the link is a part of it.
    let both_agreed = api.backend.site().two_operators().has(Permission::ManageOperators);
    let by = if both_agreed { signin::daemon() } else { caller };
    let made = OperatorCommand::NoteLink { operator: Some(operator) };
    api.submit(by, Command::Operator(made)).await?;
    let link = api.sessions.new_link_for(LinkFor::Invitation(operator), api.backend.now().monotonic);
    link.map(Some).map_err(|error| Refusal::new(ProblemKind::Unavailable, error.to_string()))
}

/// `GET /api/v1/permissions`
pub(super) async fn permissions(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<PermissionRow> {
    let asked = Asked::of::<PermissionRow>(&api, &asking, &uri, &resources::PERMISSIONS)?;
    let site = api.backend.site();
    let rows = Permission::ALL.iter().map(|permission| PermissionRow::of(*permission, &site));
    Ok(asked.page(rows.collect()))
}

/// Every operator.
pub(super) async fn current(api: &Api, caller: Caller) -> Result<Vec<CoreOperator>, Refusal> {
    let Answer::Operators(rows) = api.ask(caller, Query::Operators).await? else { return Err(wrong_shape()) };
    Ok(rows)
}

/// The one operator of this id or name.
pub(super) async fn one(api: &Api, caller: Caller, text: &str) -> Result<CoreOperator, Refusal> {
    by_id(api, caller, called(api, text)?).await
}

/// Who has this id or name; whether the caller may see them is not asked yet.
pub(super) fn called(api: &Api, text: &str) -> Result<OperatorId, Refusal> {
    text.parse().ok().or_else(|| api.backend.operator_named(text)).ok_or_else(unknown)
}

pub(super) async fn by_id(api: &Api, caller: Caller, id: OperatorId) -> Result<CoreOperator, Refusal> {
    current(api, caller).await?.into_iter().find(|row| row.id == id).ok_or_else(unknown)
}

fn unknown() -> Refusal {
    Refusal::new(ProblemKind::NotFound, "no operator is called so; list them to see their names")
}

/// The operator whom a member of the body names.
pub(super) async fn named(api: &Api, caller: Caller, field: &str, text: &str) -> Result<OperatorId, Refusal> {
    let found = one(api, caller, text).await.map(|row| row.id);
    found.map_err(|_| Problem::unknown_name(&format!("/{field}"), "operator", Vec::new()).into())
}

/// Over what, by the name of an organisation; whoever runs the site has all of it.
pub(super) async fn scope(api: &Api, caller: Caller, organisation: Option<&str>) -> Result<Scope, Refusal> {
    let Some(name) = organisation else { return Ok(Scope::Site) };
    match lookup::organisation(api, caller, "/organisation", name).await? {
        OPERATOR => Ok(Scope::Site),
        organisation => Ok(Scope::Organisation(organisation)),
    }
}

pub(super) async fn done(
    api: &Api,
    caller: Caller,
    operator: OperatorId,
    command: OperatorCommand,
) -> Result<Json<Operator>, Refusal> {
    api.submit(caller, Command::Operator(command)).await?;
    Ok(Json(shown(api, &by_id(api, caller, operator).await?)))
}

pub(super) fn shown(api: &Api, row: &CoreOperator) -> Operator {
    let names = OperatorNames {
        name: api.backend.operator_name(row.id),
        subject: api.proofs.as_ref().and_then(|proofs| proofs.provider_subject(row.id)),
        certificates: certificates::of(api, row),
    };
    Operator::of(row, names, &api.backend.site(), api.backend.now().wall)
}
