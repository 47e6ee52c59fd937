//! Credentials: giving a card to a person, and what becomes of it. The card's number goes from the body to the keyed hash
//! and nowhere else; what is wrong with one is said without repeating it.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use rackward_core::card::{CardFormat, CardProblem, FormatCatalogue, Printed};
use rackward_core::engine::command::Scope;
use rackward_core::engine::preconditions::Subject;
use rackward_core::id::{CredentialId, PersonId};
use rackward_core::people::Validity;
use rackward_core::{Answer, Caller, Command, Query, Reply};

use super::receipts::{self, Stored};
use super::{Api, CREATED, Page, chosen, lookup, reason, views, wrong_shape};
use crate::body::Read;
use crate::lists::{Asked, resources};
use crate::made::Place;
use crate::params::Params;
use crate::past::Moment;
use crate::preconditions;
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::at::At;
use crate::wire::card::{self, CardNumber};
use crate::wire::person::{Credential, RightsChanged};
use crate::wire::problem::FieldProblem;
use crate::wire::request::{AssignCredential, Done, Nothing, SetCredentialState};
use crate::wire::schedule::Changed;
use crate::wire::{CREDENTIAL_STATES, credential_state_word};

/// How many formats an answer names to somebody who named none of them; a site has a handful.
const MAX_NAMED_FORMATS: usize = 20;

/// How long a card counts when nobody says: two years. Long enough not to surprise, short enough that a forgotten card
/// dies by itself.
const DEFAULT_VALIDITY: Duration = Duration::from_secs(2 * 365 * 24 * 3600);

/// `GET /api/v1/people/{id}/credentials`
pub(super) async fn list(State(api): State<Api>, Path(id): Path<String>, asking: Asking, uri: Uri) -> Page<Credential> {
    let asked = Asked::of::<Credential>(&api, &asking, &uri, &resources::CREDENTIALS)?;
    let person = lookup::person(&api, asking.caller, "{id}", &id).await?;
    let moment = Moment::over(&api, &asked.params)?;
    lookup::known_at(&api, asking.caller, moment, person).await?;
    views::looked(&api, &asking, person).await?;
    Ok(asked.page(at(&api, asking.caller, moment, person).await?))
}

/// `GET /api/v1/credentials/{id}`
pub(super) async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Json<Credential>, Refusal> {
    Params::of(&uri, &[])?;
    let (id, caller): (CredentialId, Caller) = (lookup::id(&id)?, asking.caller);
    preconditions::tag(&api, caller, Subject::Credential(id)).await?;
    let Answer::Credentials(found) = api.ask(caller, Query::Credential(id)).await? else { return Err(wrong_shape()) };
    let row = found.first().ok_or_else(|| lookup::missing("credential"))?;
    let of_it = current(&api, caller, row.person).await?.into_iter().find(|shown| shown.id == id.to_string());
    of_it.map(Json).ok_or_else(|| lookup::missing("credential"))
}

async fn current(api: &Api, caller: Caller, person: PersonId) -> Result<Vec<Credential>, Refusal> {
    at(api, caller, Moment::Now, person).await
}

async fn at(api: &Api, caller: Caller, moment: Moment, person: PersonId) -> Result<Vec<Credential>, Refusal> {
    let Answer::Credentials(rows) = api.ask_at(caller, moment, Query::Credentials(person)).await? else {
        return Err(wrong_shape());
    };
    let Answer::Lockouts(lockouts) = api.ask_at(caller, moment, Query::Lockouts(person)).await? else {
        return Err(wrong_shape());
    };
    let until = |id| lockouts.iter().find(|(locked, _)| *locked == id).map(|(_, until)| *until);
    Ok(rows.iter().map(|row| Credential::of(row, until(row.id))).collect())
}

/// `POST /api/v1/credentials`
pub(super) async fn assign(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<AssignCredential>,
) -> Result<Stored<Changed<Credential>>, Refusal> {
    let caller = asking.caller;
    let person = lookup::person(&api, caller, "/person", &wanted.person).await?;
    let card = read_card(&wanted, api.backend.site().card_formats()).map_err(Refusal::invalid)?;
    let from = wanted.valid_from_at.unwrap_or_else(|| At(api.backend.now().wall)).0;
    let to = wanted.valid_to_at.map_or_else(|| from.after(DEFAULT_VALIDITY), |at| at.0);
    let key = api.backend.card_key(&card.bits);
    let validity = Validity { from, to };
    let command = Command::AssignCredential { person, key, validity };
    let Reply::Credential(id) = api.submit(caller, command).await? else {
        return Err(wrong_shape());
    };
    preconditions::tag(&api, caller, Subject::Credential(id)).await?;
    let assigned = current(&api, caller, person).await?.into_iter().find(|row| row.id == id.to_string());
    let now = Credential { card: Some(card.masked), ..assigned.ok_or_else(wrong_shape)? };
    // The reply names no generation; the one in force after it is no older than what the card changed.
    let of_the_site = Caller { scope: Scope::Site, ..caller };
    let Answer::Status(status) = api.ask(of_the_site, Query::Status).await? else { return Err(wrong_shape()) };
    let stored = receipts::set(&api, &asking, CREATED, Changed { now, generation: status.generation.get() }).await?;
    Ok(stored.made(Place::of("credentials", id)))
}

/// The card in a request: whole in `card`, by its numbers with `format`, or whole and checked against a format.
fn read_card(wanted: &AssignCredential, formats: &FormatCatalogue) -> Result<CardNumber, Vec<FieldProblem>> {
    let format = match &wanted.format {
        Some(name) => Some(formats.named(name).ok_or_else(|| vec![unknown_format(name, formats)])?),
        None => None,
    };
    match (&wanted.card, format) {
        (Some(card), format) => whole_card(wanted, card, format),
        (None, Some(format)) => numbered_card(wanted, format),
        (None, None) if wanted.has_numbers() => {
            let detail = format!("say which format the card has; known are {}", known(formats));
            Err(vec![FieldProblem::of("format", detail)])
        }
        (None, None) => {
            Err(vec![FieldProblem::of("card", "card is missing; give it, or format and number of the card")])
        }
    }
}

impl AssignCredential {
    fn has_numbers(&self) -> bool {
        [&self.facility, &self.issue, &self.number].into_iter().any(Option::is_some)
    }
}

fn whole_card(
    wanted: &AssignCredential,
    card: &str,
    format: Option<&CardFormat>,
) -> Result<CardNumber, Vec<FieldProblem>> {
    let numbers = [("facility", &wanted.facility), ("issue", &wanted.issue), ("number", &wanted.number)];
    let given = numbers.into_iter().filter(|(_, value)| value.is_some());
    let mut errors: Vec<FieldProblem> = given
        .map(|(name, _)| FieldProblem::of(name, format!("card says the {name} already; leave one of them out")))
        .collect();
    let parsed = CardNumber::parse(card).map_err(|error| vec![FieldProblem::of("card", error.to_string())]);
    let checked = parsed.and_then(|card| match format {
        Some(format) => card.checked(format).map_err(|problems| card_problems(format, problems)),
        None => Ok(card),
    });
    match checked {
        Ok(card) if errors.is_empty() => Ok(card),
        Ok(_) => Err(errors),
        Err(more) => {
            errors.extend(more);
            Err(errors)
        }
    }
}

fn numbered_card(wanted: &AssignCredential, format: &CardFormat) -> Result<CardNumber, Vec<FieldProblem>> {
    let mut errors = Vec::new();
    let mut digits = |name: &str, text: Option<&String>| {
        let number = text.and_then(|text| Printed::digits(text));
        if text.is_some() && number.is_none() {
            errors.push(FieldProblem::of(name, format!("{name} must be decimal digits, or hexadecimal ones after 0x")));
        }
        number
    };
    let facility = digits("facility", wanted.facility.as_ref());
    let issue = digits("issue", wanted.issue.as_ref());
    let number = digits("number", wanted.number.as_ref());
    if wanted.number.is_none() {
        errors.push(FieldProblem::of("number", "number is missing; give what is printed on the card"));
    }
    let unread: Vec<String> = errors.iter().map(|error| error.pointer.clone()).collect();
    let card = CardNumber::of(format, &Printed { facility, issue, number: number.unwrap_or(0) });
    let wrong = card.as_ref().err().map(|problems| card_problems(format, problems.clone())).unwrap_or_default();
    // A field that could not be read is not missing as well.
    errors.extend(wrong.into_iter().filter(|error| !unread.contains(&error.pointer)));
    card.ok().filter(|_| errors.is_empty()).ok_or(errors)
}

/// Each problem at the member it is about.
fn card_problems(format: &CardFormat, problems: Vec<CardProblem>) -> Vec<FieldProblem> {
    let member = |problem: &CardProblem| match problem {
        CardProblem::Missing { field, .. }
        | CardProblem::NotInFormat { field }
        | CardProblem::TooLarge { field, .. } => field.word(),
        CardProblem::WrongLength { .. } | CardProblem::Fixed { .. } | CardProblem::Parity { .. } => "card",
    };
    let told = |problem: &CardProblem| FieldProblem::of(member(problem), format!("{}: {problem}", format.name()));
    problems.iter().map(told).collect()
}

fn unknown_format(name: &str, formats: &FormatCatalogue) -> FieldProblem {
    let near: Vec<&str> = formats.near(name).into_iter().take(MAX_NAMED_FORMATS).map(CardFormat::name).collect();
    let detail = match near.is_empty() {
        true => format!("no card format is called so; known are {}", known(formats)),
        false => {
            format!("no card format is called so; did you mean {}? Known are {}", near.join(" or "), known(formats))
        }
    };
    FieldProblem::of("format", detail)
}

fn known(formats: &FormatCatalogue) -> String {
    let names: Vec<&str> = formats.iter().take(MAX_NAMED_FORMATS).map(|(format, _)| format.name()).collect();
    names.join(", ")
}

/// `GET /api/v1/card-formats`
pub(super) async fn formats(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<card::CardFormat> {
    let asked = Asked::of::<card::CardFormat>(&api, &asking, &uri, &resources::CARD_FORMATS)?;
    let site = api.backend.site();
    let formats = site.card_formats().iter().map(|(format, defined)| card::CardFormat::of(format, defined));
    Ok(asked.page(formats.collect()))
}

/// `POST /api/v1/credentials/{id}/state`
pub(super) async fn set_state(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<SetCredentialState>,
) -> Result<Stored<RightsChanged>, Refusal> {
    let credential: CredentialId = lookup::id(&id)?;
    let state = chosen("state", &wanted.state, CREDENTIAL_STATES, credential_state_word);
    let (state, reason) = match (state, reason("reason", &wanted.reason)) {
        (Ok(state), Ok(reason)) => (state, reason),
        (state, why) => return Err(Refusal::invalid([state.err(), why.err()].into_iter().flatten().collect())),
    };
    let command = Command::SetCredentialState { credential, state, reason };
    let Reply::Rights(generation) = api.submit(asking.caller, command).await? else {
        return Err(wrong_shape());
    };
    let state = credential_state_word(state).to_owned();
    let told = RightsChanged { id: credential.to_string(), state, generation: generation.get() };
    receipts::changed(&api, &asking, told, generation).await
}

/// `POST /api/v1/credentials/{id}/end-lockout`
pub(super) async fn end_lockout(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(Nothing {}): Read<Nothing>,
) -> Result<Json<Done>, Refusal> {
    let credential: CredentialId = lookup::id(&id)?;
    api.submit(asking.caller, Command::EndLockout { credential }).await?;
    Ok(Json(Done { id: credential.to_string() }))
}
