//! Persons: listing, creating, PINs, and whether one may pass at all. A PIN goes from the body to the hash and nowhere
//! else.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use rackward_core::engine::command::PersonName;
use rackward_core::engine::input::Digits;
use rackward_core::id::PersonId;
use rackward_core::people::{Person as CorePerson, PersonStatus};
use rackward_core::{Answer, Command, Query, Reply};

use super::{Api, CREATED, lookup, reason, wrong_shape};
use crate::body::Read;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::person::{Person, RightsChanged};
use crate::wire::problem::FieldProblem;
use crate::wire::request::{CreatePerson, Done, Reason, SetPin};
use crate::wire::{List, person_status_word};

/// `GET /api/v1/people?name=`
pub(super) async fn list(State(api): State<Api>, uri: Uri) -> Result<Json<List<Person>>, Refusal> {
    let params = Params::of(&uri, &["name"])?;
    let Answer::People(people) = api.ask(Query::People).await? else {
        return Err(wrong_shape());
    };
    let items = match params.text("name") {
        None => people.iter().map(|person| Person::of(person, api.backend.person_name(person.id))).collect(),
        Some(part) => named(&api, part, &people),
    };
    Ok(Json(List::whole(items)))
}

fn named(api: &Api, part: &str, people: &[CorePerson]) -> Vec<Person> {
    let found = api.backend.people_named(part).into_iter();
    let known =
        found.filter_map(|(id, name)| people.iter().find(|person| person.id == id).map(|person| (person, name)));
    known.map(|(person, name)| Person::of(person, Some(name))).collect()
}

/// `POST /api/v1/people`
pub(super) async fn create(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<CreatePerson>,
) -> Result<(StatusCode, Json<Person>), Refusal> {
    let name = PersonName::parse(&wanted.name).ok_or_else(|| {
        let longest = PersonName::MAX_CHARS;
        FieldProblem::of("name", format!("name must have 1 to {longest} characters, without control characters"))
    })?;
    // The PIN is read and hashed first, so that a wrong one leaves no half-made person behind.
    let hash = match &wanted.pin {
        Some(pin) => Some(api.backend.hash_pin(digits(pin)?).await?),
        None => None,
    };
    let shown = name.reveal().to_owned();
    let Reply::Person(person) = api.submit(asking.caller, Command::CreatePerson { name }).await? else {
        return Err(wrong_shape());
    };
    let pin_set = hash.is_some();
    if let Some(hash) = hash {
        api.submit(asking.caller, Command::SetPin { person, hash }).await?;
    }
    let status = person_status_word(PersonStatus::Enabled).to_owned();
    Ok((CREATED, Json(Person { id: person.to_string(), name: Some(shown), status, pin_set })))
}

/// `PUT /api/v1/people/{id}/pin`
pub(super) async fn set_pin(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<SetPin>,
) -> Result<Json<Done>, Refusal> {
    let person = lookup::person(&api, "/id", &id)?;
    let hash = api.backend.hash_pin(digits(&wanted.pin)?).await?;
    api.submit(asking.caller, Command::SetPin { person, hash }).await?;
    Ok(Json(Done { id: person.to_string() }))
}

/// `POST /api/v1/people/{id}/disable`
pub(super) async fn disable(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<Reason>,
) -> Result<Json<RightsChanged>, Refusal> {
    set_status(&api, &id, asking, &wanted, PersonStatus::Disabled).await
}

/// `POST /api/v1/people/{id}/enable`
pub(super) async fn enable(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<Reason>,
) -> Result<Json<RightsChanged>, Refusal> {
    set_status(&api, &id, asking, &wanted, PersonStatus::Enabled).await
}

async fn set_status(
    api: &Api,
    id: &str,
    asking: Asking,
    wanted: &Reason,
    status: PersonStatus,
) -> Result<Json<RightsChanged>, Refusal> {
    let person: PersonId = lookup::person(api, "/id", id)?;
    let command = Command::SetPersonStatus { person, status, reason: reason("reason", &wanted.reason)? };
    let Reply::Rights(generation) = api.submit(asking.caller, command).await? else {
        return Err(wrong_shape());
    };
    let state = person_status_word(status).to_owned();
    Ok(Json(RightsChanged { id: person.to_string(), state, generation: generation.get() }))
}

fn digits(pin: &str) -> Result<Digits, FieldProblem> {
    Digits::parse(pin).filter(Digits::can_be_pin).ok_or_else(|| {
        let (shortest, longest) = (Digits::PIN_DIGITS.start(), Digits::PIN_DIGITS.end());
        FieldProblem::of("pin", format!("pin must have {shortest} to {longest} digits and nothing else"))
    })
}
