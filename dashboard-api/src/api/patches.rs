//! Changes of a part of a thing, as merge patches (RFC 7396): what comes of the thing by the patch is carried out as if it had
//! been said whole. A patch rests on the revision that it was merged onto, so nothing that somebody else changed meanwhile is
//! undone by it. What may be patched is what the thing's own body has; how things are made and removed is their own module's.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use rackward_core::engine::command::{ChangeSet, OperatorCommand, RegisterCommand, SetMode};
use rackward_core::engine::preconditions::Subject;
use rackward_core::operator::OperatorRole;
use rackward_core::people::PersonDetails;
use rackward_core::site::draft::{CalendarDraft, ScheduleDraft};
use rackward_core::{Command, Reply};

use super::receipts::{self, Stored};
use super::{Api, calendars, chosen, lookup, operators, people, profiles, reason, schedules, singles, wrong_shape};
use crate::body::Patch;
use crate::preconditions::{self, Terms};
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::operator::Operator;
use crate::wire::organisation::Profile;
use crate::wire::person::Person;
use crate::wire::problem::FieldProblem;
use crate::wire::request::{ChangeCalendar, ChangeOperator, ChangeProfile, ChangeSchedule, PatchPerson};
use crate::wire::schedule::{Calendar, Changed, Schedule};

/// `PATCH /api/v1/people/{id}`: all that it says is done or nothing.
pub(super) async fn person(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    patch: Patch<PatchPerson>,
) -> Result<Stored<Changed<Person>>, Refusal> {
    let caller = asking.caller;
    let person = lookup::person(&api, caller, "{id}", &id).await?;
    preconditions::hold(&api, caller, Subject::Person(person)).await?;
    let renames = patch.names("name");
    let sets_key = patch.names("external_id");
    let before = people::one(&api, caller, person).await?;
    let wanted = patch.onto(&before)?;
    let why = reason("reason", &wanted.reason);
    let name = match wanted.name.as_deref().filter(|_| renames) {
        Some(text) => people::name_of(text).map(Some),
        None if renames => Err(FieldProblem::of("name", "name cannot be taken away here; say what they are called")),
        None => Ok(None),
    };
    let key = people::key_of(&api, wanted.external_id.as_deref().filter(|_| sets_key));
    let clearance = people::clearance_named(wanted.clearance.as_deref().unwrap_or("normal"));
    let organisation = match wanted.organisation.as_deref() {
        Some(text) => lookup::organisation(&api, caller, "/organisation", text).await?,
        None => lookup::own_organisation(caller),
    };
    let (why, name, key, clearance) = match (why, name, key, clearance) {
        (Ok(why), Ok(name), Ok(key), Ok(clearance)) => (why, name, key, clearance),
        (why, name, key, clearance) => {
            let errors = [why.err(), name.err(), key.err(), clearance.err()];
            return Err(Refusal::invalid(errors.into_iter().flatten().collect()));
        }
    };
    let extended_time = people::extended(wanted.extended_time.unwrap_or(false));
    let details = PersonDetails { organisation, clearance, extended_time };
    let mut changes = Vec::new();
    changes.extend(name.map(|name| Command::Register(RegisterCommand::Rename { person, name })));
    changes.extend(sets_key.then_some(Command::Register(RegisterCommand::SetKey { person, key })));
    if changes.is_empty() || details != lookup::known(&api, caller, person).await?.details {
        changes.push(Command::ChangePersonDetails { person, details, reason: why.clone() });
    }
    let set = ChangeSet { base: None, reason: why, changes: changes.into(), tests: Box::default(), files: None };
    let Reply::Set(done) = api.submit(caller, set.into()).await? else { return Err(wrong_shape()) };
    let mut now = people::one(&api, caller, person).await?;
    if Terms::is_tried() {
        // What is only tried stands in no table of names.
        now = Person { name: wanted.name, external_id: wanted.external_id, ..now };
    }
    receipts::set(&api, &asking, StatusCode::OK, Changed { now, generation: done.generation.get() }).await
}

/// `PATCH /api/v1/profiles/{name}`
pub(super) async fn profile(
    State(api): State<Api>,
    Path(name): Path<String>,
    asking: Asking,
    patch: Patch<ChangeProfile>,
) -> Result<Stored<Changed<Profile>>, Refusal> {
    let caller = asking.caller;
    let id = profiles::find(&api, caller, &name).await?.id;
    preconditions::hold(&api, caller, Subject::Profile(id)).await?;
    let before = singles::shown_profile(&api, caller, id).await?;
    let wanted = patch.onto(&before)?;
    let owner = match wanted.organisation.as_deref() {
        Some(text) => lookup::organisation(&api, caller, "/organisation", text).await?,
        None => lookup::own_organisation(caller),
    };
    let draft = profiles::Draft { name: before.name, owner, policies: wanted.policies, reason: wanted.reason };
    receipts::set(&api, &asking, StatusCode::OK, profiles::set(&api, caller, draft, SetMode::Edit).await?).await
}

/// `PATCH /api/v1/schedules/{name}`
pub(super) async fn schedule(
    State(api): State<Api>,
    Path(name): Path<String>,
    asking: Asking,
    patch: Patch<ChangeSchedule>,
) -> Result<Stored<Changed<Schedule>>, Refusal> {
    let caller = asking.caller;
    let id = schedules::known(&api, caller, &name).await?.id;
    preconditions::hold(&api, caller, Subject::Schedule(id)).await?;
    let before = schedules::shown(&api, caller, id).await?;
    let wanted = patch.onto(&before)?;
    let (windows, special) = (wanted.windows.unwrap_or_default(), wanted.special.unwrap_or_default());
    let (weekly, special) = schedules::read(&windows, &special).map_err(Refusal::invalid)?;
    let draft = ScheduleDraft { name: before.name, time_zone: wanted.time_zone, weekly, special };
    receipts::set(&api, &asking, StatusCode::OK, schedules::set(&api, caller, draft, SetMode::Edit).await?).await
}

/// `PATCH /api/v1/calendars/{name}`
pub(super) async fn calendar(
    State(api): State<Api>,
    Path(name): Path<String>,
    asking: Asking,
    patch: Patch<ChangeCalendar>,
) -> Result<Stored<Changed<Calendar>>, Refusal> {
    let caller = asking.caller;
    let id = calendars::known(&api, caller, &name).await?.id;
    preconditions::hold(&api, caller, Subject::Calendar(id)).await?;
    let before = calendars::shown(&api, caller, id).await?;
    let days = calendars::days(&patch.onto(&before)?.days).map_err(Refusal::invalid)?;
    let now = calendars::set(&api, caller, CalendarDraft { name: before.name, days }, SetMode::Edit).await?;
    receipts::set(&api, &asking, StatusCode::OK, now).await
}

/// `PATCH /api/v1/operators/{id}`
pub(super) async fn operator(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    patch: Patch<ChangeOperator>,
) -> Result<Json<Operator>, Refusal> {
    let caller = asking.caller;
    let operator = operators::called(&api, &id)?;
    preconditions::hold(&api, caller, Subject::Operator(operator)).await?;
    let wanted = patch.onto(&operators::shown(&api, &operators::by_id(&api, caller, operator).await?))?;
    let role = match wanted.role.as_deref() {
        Some(word) => chosen("role", word, OperatorRole::ALL, OperatorRole::word),
        None => Err(FieldProblem::of("role", "role cannot be taken away; disable the operator instead")),
    };
    let (role, reason) = match (role, reason("reason", &wanted.reason)) {
        (Ok(role), Ok(reason)) => (role, reason),
        (role, reason) => {
            return Err(Refusal::invalid([role.err(), reason.err()].into_iter().flatten().collect()));
        }
    };
    let scope = operators::scope(&api, caller, wanted.organisation.as_deref()).await?;
    operators::done(&api, caller, operator, OperatorCommand::Change { operator, role, scope, reason }).await
}
