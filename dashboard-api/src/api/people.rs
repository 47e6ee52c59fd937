//! Persons: listing, creating, PINs, where they are in the life cycle and what is settled about them. A PIN goes from the
//! body to the hash and nowhere else.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use rackward_core::engine::command::{PersonKey, PersonName, PinPurpose, RegisterCommand, Scope};
use rackward_core::engine::input::Digits;
use rackward_core::engine::preconditions::Subject;
use rackward_core::engine::query::Page as EnginePage;
use rackward_core::id::PersonId;
use rackward_core::people::{
    ExtendedTime, Person as CorePerson, PersonDetails, PersonStatus, ThreatLevel, Whereabouts,
};
use rackward_core::{Answer, Caller, Command, Query, Reply};

use super::receipts::{self, Stored};
use super::{Api, Page, chosen, lookup, reason, views, wrong_shape};
use crate::body::Read;
use crate::lists::{Asked, Key, Looked, Walk, resources};
use crate::made::{Made, Place};
use crate::params::{Holds, Parameter, Params};
use crate::past::{AT, Moment};
use crate::preconditions::{self, Terms};
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::person::{Person, RightsChanged};
use crate::wire::problem::{FieldProblem, Problem};
use crate::wire::request::{
    ChangePersonDetails, CreatePerson, Done, Reason, RenamePerson, SetExternalId, SetPersonStatus, SetPin,
};
use crate::wire::schedule::Changed;
use crate::wire::{PERSON_STATUSES, THREAT_LEVELS, person_status_word};

/// What `GET /api/v1/people` takes beside what every list does.
pub(crate) const OWN: &[Parameter] =
    &[Parameter::optional("name", Holds::Text, "Only those with this in their name"), AT];

/// `GET /api/v1/people`
pub(super) async fn list(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<Person> {
    let caller = asking.caller;
    let mut walk = Walk::new(Asked::of::<Person>(&api, &asking, &uri, &resources::PEOPLE)?);
    let named = named(&api, walk.asked());
    let moment = Moment::over(&api, &walk.asked().params)?;
    while let Some(part) = walk.next() {
        let after = part.after.and_then(|after| u32::try_from(after).ok()).map(PersonId::new);
        let (query, looked) = match &named {
            None => (Query::People(EnginePage { after, limit: part.limit }), None),
            // Nobody beyond those who are called so needs to be looked at, and of those some may be out of sight.
            Some(ids) => {
                let rest = ids.iter().filter(|id| Some(**id) > after).copied();
                let some: Vec<PersonId> = rest.take(part.limit.into()).collect();
                let looked = Looked { count: some.len(), last: some.last().map(|id| Key::Number(id.get().into())) };
                (Query::PeopleOf(some), Some(looked))
            }
        };
        let Answer::People(people) = api.ask_at(caller, moment, query).await? else { return Err(wrong_shape()) };
        let people = shown(&api, caller, moment, people).await?;
        let looked = looked.unwrap_or_else(|| Looked::at(&people));
        walk.take(part, people, looked);
    }
    let total = match (&named, caller.scope) {
        (Some(ids), Scope::Site) => u64::try_from(ids.len()).ok(),
        // How many others are called so is nobody's business who does not see them.
        (Some(_), Scope::Organisation(_)) => None,
        (None, _) => match api.ask_at(caller, moment, Query::PeopleCount).await? {
            Answer::Count(count) => Some(count),
            _ => return Err(wrong_shape()),
        },
    };
    Ok(walk.page(total))
}

/// Those who are called as is asked, in order of id, where that is asked at all.
fn named(api: &Api, asked: &Asked) -> Option<Vec<PersonId>> {
    let parts = match asked.params.text("name") {
        Some(part) => vec![part],
        None => asked.texts_of("name")?,
    };
    let found: BTreeSet<PersonId> =
        parts.into_iter().flat_map(|part| api.people_named(part)).map(|(id, _)| id).collect();
    Some(found.into_iter().collect())
}

/// Persons with the names that they have now, and where they are as far as is known.
async fn shown(api: &Api, caller: Caller, moment: Moment, people: Vec<CorePerson>) -> Result<Vec<Person>, Refusal> {
    let ids = people.iter().map(|person| person.id).collect();
    let Answer::Occupancy(known) = api.ask_at(caller, moment, Query::Whereabouts(ids)).await? else {
        return Err(wrong_shape());
    };
    let known: BTreeMap<PersonId, Whereabouts> = known.into_iter().collect();
    let site = api.backend.site();
    let show = |person: &CorePerson| Person::of(person, called(api, person.id), known.get(&person.id).copied(), &site);
    Ok(people.iter().map(show).collect())
}

fn called(api: &Api, person: PersonId) -> (Option<String>, Option<String>) {
    (api.person_name(person), api.person_key(person))
}

/// One person, as after a change.
pub(super) async fn one(api: &Api, caller: Caller, id: PersonId) -> Result<Person, Refusal> {
    at(api, caller, Moment::Now, id).await
}

async fn at(api: &Api, caller: Caller, moment: Moment, id: PersonId) -> Result<Person, Refusal> {
    let person = lookup::known_at(api, caller, moment, id).await?;
    shown(api, caller, moment, vec![person]).await?.pop().ok_or_else(wrong_shape)
}

/// `GET /api/v1/people/{id}`
pub(super) async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Json<Person>, Refusal> {
    let moment = Moment::over(&api, &Params::of(&uri, &["at"])?)?;
    let id = lookup::person(&api, asking.caller, "{id}", &id).await?;
    views::looked(&api, &asking, id).await?;
    if moment == Moment::Now {
        preconditions::tag(&api, asking.caller, Subject::Person(id)).await?;
    }
    Ok(Json(at(&api, asking.caller, moment, id).await?))
}

/// `POST /api/v1/people`
pub(super) async fn create(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<CreatePerson>,
) -> Result<Made<Person>, Refusal> {
    let caller = asking.caller;
    let read = newcomer(&api, caller, &wanted).await?;
    let organisation = match wanted.organisation.as_deref() {
        Some(text) => lookup::organisation(&api, caller, "/organisation", text).await?,
        None => lookup::own_organisation(caller),
    };
    // The PIN is read and hashed first, so that a wrong one leaves no half-made person behind.
    let pin = match read.pin {
        Some(digits) => {
            let count = digit_count(&digits);
            Some((api.backend.hash_pin(None, PinPurpose::Usual, digits).await?, count))
        }
        None => None,
    };
    let details = PersonDetails { organisation, clearance: read.clearance, extended_time: read.extended_time };
    let name = read.name.reveal().to_owned();
    let external_id = read.key.as_ref().map(|key| key.reveal().to_owned());
    let command = Command::CreatePerson { name: read.name, status: read.status, details, key: read.key };
    let Reply::Person(person) = api.submit(caller, command).await? else { return Err(wrong_shape()) };
    if Terms::is_tried() {
        // The person is not there to be given a PIN, and their name stands nowhere.
        let made = one(&api, caller, person).await?;
        let would_be = Person { name: Some(name), external_id, pin_set: pin.is_some(), ..made };
        return Ok(Made::new(Place::of("people", person), would_be));
    }
    if let Some((hash, digits)) = pin {
        let set = Command::SetPin { person, purpose: PinPurpose::Usual, hash, digits };
        api.submit(caller, set).await.map_err(|refusal| without_pin(person, refusal))?;
    }
    preconditions::tag(&api, caller, Subject::Person(person)).await?;
    Ok(Made::new(Place::of("people", person), one(&api, caller, person).await?))
}

/// A person to be made, as read.
struct Newcomer {
    name: PersonName,
    key: Option<PersonKey>,
    status: PersonStatus,
    clearance: ThreatLevel,
    extended_time: ExtendedTime,
    pin: Option<Digits>,
}

/// Reads what a new person is to be, or all that is wrong with it.
async fn newcomer(api: &Api, caller: Caller, wanted: &CreatePerson) -> Result<Newcomer, Refusal> {
    let (name, key) = (name_of(&wanted.name), key_of(api, wanted.external_id.as_deref()));
    let status = status_named(wanted.status.as_deref().unwrap_or("enabled"));
    let clearance = clearance_named(wanted.clearance.as_deref().unwrap_or("normal"));
    let pin = match &wanted.pin {
        Some(pin) => digits(pin).map(Some),
        None => Ok(None),
    };
    let pin = match pin {
        Ok(Some(digits)) => long_enough(api, caller, digits).await?.map(Some),
        other => other,
    };
    match (name, key, status, clearance, pin) {
        (Ok(name), Ok(key), Ok(status), Ok(clearance), Ok(pin)) => {
            let extended_time = extended(wanted.extended_time.unwrap_or(false));
            Ok(Newcomer { name, key, status, clearance, extended_time, pin })
        }
        (name, key, status, clearance, pin) => {
            let errors = [name.err(), key.err(), status.err(), clearance.err(), pin.err()];
            Err(Refusal::invalid(errors.into_iter().flatten().collect()))
        }
    }
}

/// A person's name, or what one is.
pub(super) fn name_of(text: &str) -> Result<PersonName, FieldProblem> {
    PersonName::parse(text).ok_or_else(no_name)
}

/// What another register knows a person by, or what such a key is; nothing where nothing was said.
pub(super) fn key_of(api: &Api, text: Option<&str>) -> Result<Option<PersonKey>, FieldProblem> {
    let Some(text) = text else { return Ok(None) };
    let key = PersonKey::parse(text, |text| api.backend.person_key_hash(text));
    let longest = PersonKey::MAX_CHARS;
    let wrong = || {
        FieldProblem::of(
            "external_id",
            format!(
                "external_id must have 1 to {longest} characters, a letter or digit among them and none that nobody sees"
            ),
        )
    };
    key.map(Some).ok_or_else(wrong)
}

/// Digits, or why they are too few for how many PINs are issued. The engine says so again when the PIN is set.
async fn long_enough(api: &Api, caller: Caller, digits: Digits) -> Result<Result<Digits, FieldProblem>, Refusal> {
    let Answer::LeastPinDigits(least) = api.ask(caller, Query::LeastPinDigits).await? else {
        return Err(wrong_shape());
    };
    let short = format!("with the PINs issued so far a PIN needs at least {least} digits; choose a longer one");
    Ok(if digit_count(&digits) < least { Err(FieldProblem::of("pin", short)) } else { Ok(digits) })
}

/// The person is there, and somebody has to set the PIN: both are said.
fn without_pin(person: PersonId, refusal: Refusal) -> Refusal {
    let problem = refusal.into_problem();
    let detail = format!("{person} was created, but without a PIN: {}", problem.detail);
    Problem { detail, ..problem }.into()
}

/// `POST /api/v1/people/{id}/status`
pub(super) async fn set_status(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<SetPersonStatus>,
) -> Result<Stored<RightsChanged>, Refusal> {
    let (status, why) = (status_named(&wanted.status), reason("reason", &wanted.reason));
    match (status, why) {
        (Ok(status), Ok(_)) => change_status(&api, &id, asking, &wanted.reason, status).await,
        (status, why) => Err(Refusal::invalid([status.err(), why.err()].into_iter().flatten().collect())),
    }
}

/// `POST /api/v1/people/{id}/disable`
pub(super) async fn disable(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<Reason>,
) -> Result<Stored<RightsChanged>, Refusal> {
    change_status(&api, &id, asking, &wanted.reason, PersonStatus::Suspended).await
}

/// `POST /api/v1/people/{id}/enable`
pub(super) async fn enable(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<Reason>,
) -> Result<Stored<RightsChanged>, Refusal> {
    change_status(&api, &id, asking, &wanted.reason, PersonStatus::Enabled).await
}

async fn change_status(
    api: &Api,
    id: &str,
    asking: Asking,
    why: &str,
    status: PersonStatus,
) -> Result<Stored<RightsChanged>, Refusal> {
    let why = reason("reason", why)?;
    let person = lookup::person(api, asking.caller, "{id}", id).await?;
    let command = Command::SetPersonStatus { person, status, reason: why };
    let Reply::Rights(generation) = api.submit(asking.caller, command).await? else {
        return Err(wrong_shape());
    };
    let state = person_status_word(status).to_owned();
    let told = RightsChanged { id: person.to_string(), state, generation: generation.get() };
    receipts::changed(api, &asking, told, generation).await
}

/// `PUT /api/v1/people/{id}/details`
pub(super) async fn change_details(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<ChangePersonDetails>,
) -> Result<Stored<Changed<Person>>, Refusal> {
    let caller = asking.caller;
    let clearance = wanted.clearance.as_deref().map(clearance_named).transpose();
    let (clearance, why) = match (clearance, reason("reason", &wanted.reason)) {
        (Ok(clearance), Ok(why)) => (clearance, why),
        (clearance, why) => {
            return Err(Refusal::invalid([clearance.err(), why.err()].into_iter().flatten().collect()));
        }
    };
    let person = lookup::person(&api, caller, "{id}", &id).await?;
    let before = lookup::known(&api, caller, person).await?.details;
    let organisation = match wanted.organisation.as_deref() {
        Some(text) => lookup::organisation(&api, caller, "/organisation", text).await?,
        None => before.organisation,
    };
    let details = PersonDetails {
        organisation,
        clearance: clearance.unwrap_or(before.clearance),
        extended_time: wanted.extended_time.map_or(before.extended_time, extended),
    };
    let command = Command::ChangePersonDetails { person, details, reason: why };
    let Reply::Rights(generation) = api.submit(caller, command).await? else { return Err(wrong_shape()) };
    let now = one(&api, caller, person).await?;
    receipts::set(&api, &asking, StatusCode::OK, Changed { now, generation: generation.get() }).await
}

/// `PUT /api/v1/people/{id}/name`
pub(super) async fn rename(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<RenamePerson>,
) -> Result<Json<Done>, Refusal> {
    let name = name_of(&wanted.name)?;
    let person = lookup::person(&api, asking.caller, "{id}", &id).await?;
    api.submit(asking.caller, Command::Register(RegisterCommand::Rename { person, name })).await?;
    Ok(Json(Done { id: person.to_string() }))
}

/// `PUT /api/v1/people/{id}/external-id`
pub(super) async fn set_key(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<SetExternalId>,
) -> Result<Json<Done>, Refusal> {
    let key = key_of(&api, wanted.external_id.as_deref())?;
    let person = lookup::person(&api, asking.caller, "{id}", &id).await?;
    api.submit(asking.caller, Command::Register(RegisterCommand::SetKey { person, key })).await?;
    Ok(Json(Done { id: person.to_string() }))
}

/// `PUT /api/v1/people/{id}/pin`
pub(super) async fn set_pin(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<SetPin>,
) -> Result<Json<Done>, Refusal> {
    change_pin(&api, &id, asking, &wanted.pin, PinPurpose::Usual).await
}

/// `PUT /api/v1/people/{id}/duress-pin`
pub(super) async fn set_duress_pin(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<SetPin>,
) -> Result<Json<Done>, Refusal> {
    change_pin(&api, &id, asking, &wanted.pin, PinPurpose::Duress).await
}

async fn change_pin(
    api: &Api,
    id: &str,
    asking: Asking,
    pin: &str,
    purpose: PinPurpose,
) -> Result<Json<Done>, Refusal> {
    let digits = digits(pin)?;
    let person = lookup::person(api, asking.caller, "{id}", id).await?;
    // Asked before hashing: whether a PIN is somebody's other one is not to be told of people out of sight.
    lookup::known(api, asking.caller, person).await?;
    let count = digit_count(&digits);
    let hash = api.backend.hash_pin(Some(person), purpose, digits).await?;
    let command = Command::SetPin { person, purpose, hash, digits: count };
    // Which of the two PINs is said by the route, not by a member.
    api.submit_as(asking.caller, command, &[("purpose", "pin")]).await?;
    Ok(Json(Done { id: person.to_string() }))
}

/// What is wrong with a name that is none.
pub(super) fn no_name() -> FieldProblem {
    let longest = PersonName::MAX_CHARS;
    let detail =
        format!("name must have 1 to {longest} characters, a letter or digit among them and none that nobody sees");
    FieldProblem::of("name", detail)
}

pub(super) fn status_named(word: &str) -> Result<PersonStatus, FieldProblem> {
    chosen("status", word, PERSON_STATUSES, person_status_word)
}

pub(super) fn clearance_named(word: &str) -> Result<ThreatLevel, FieldProblem> {
    chosen("clearance", word, THREAT_LEVELS, ThreatLevel::word)
}

pub(super) const fn extended(extended: bool) -> ExtendedTime {
    if extended { ExtendedTime::Yes } else { ExtendedTime::No }
}

fn digits(pin: &str) -> Result<Digits, FieldProblem> {
    Digits::parse(pin).filter(Digits::can_be_pin).ok_or_else(|| {
        let (shortest, longest) = (Digits::PIN_DIGITS.start(), Digits::PIN_DIGITS.end());
        FieldProblem::of("pin", format!("pin must have {shortest} to {longest} digits and nothing else"))
    })
}

fn digit_count(digits: &Digits) -> u8 {
    u8::try_from(digits.reveal().len()).unwrap_or(u8::MAX)
}
