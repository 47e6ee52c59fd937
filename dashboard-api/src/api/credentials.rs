//! Credentials: giving a card to a person, and what becomes of it. The card's number goes from the body to the keyed hash
//! and nowhere else.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use rackward_core::id::{CredentialId, PersonId};
use rackward_core::people::{Credential as CoreCredential, CredentialState, Validity};
use rackward_core::{Answer, Command, Query, Reply};

use super::{Api, CREATED, lookup, reason, wrong_shape};
use crate::body::Read;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::at::At;
use crate::wire::card::CardNumber;
use crate::wire::person::{Credential, RightsChanged};
use crate::wire::problem::FieldProblem;
use crate::wire::request::{AssignCredential, SetCredentialState};
use crate::wire::{List, credential_state_word};

/// How long a card counts when nobody says: two years. Long enough not to surprise, short enough that a forgotten card
/// dies by itself.
const DEFAULT_VALIDITY: Duration = Duration::from_secs(2 * 365 * 24 * 3600);

/// `GET /api/v1/people/{id}/credentials`
pub(super) async fn list(
    State(api): State<Api>,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Json<List<Credential>>, Refusal> {
    Params::of(&uri, &[])?;
    let person = lookup::person(&api, "/id", &id)?;
    let credentials = current(&api, person).await?;
    Ok(Json(List::whole(credentials.iter().map(Credential::of).collect())))
}

async fn current(api: &Api, person: PersonId) -> Result<Vec<CoreCredential>, Refusal> {
    match api.ask(Query::Credentials(person)).await? {
        Answer::Credentials(credentials) => Ok(credentials),
        _ => Err(wrong_shape()),
    }
}

/// `POST /api/v1/credentials`
pub(super) async fn assign(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<AssignCredential>,
) -> Result<(StatusCode, Json<Credential>), Refusal> {
    let person = lookup::person(&api, "/person", &wanted.person)?;
    let card = CardNumber::parse(&wanted.card).map_err(|error| FieldProblem::of("card", error.to_string()))?;
    let from = wanted.valid_from_at.unwrap_or_else(|| At(api.backend.now().wall)).0;
    let to = wanted.valid_to_at.map_or_else(|| from.after(DEFAULT_VALIDITY), |at| at.0);
    let key = api.backend.card_key(&card.bits);
    let validity = Validity { from, to };
    let command = Command::AssignCredential { person, key, validity };
    let Reply::Credential(id) = api.submit(asking.caller, command).await? else {
        return Err(wrong_shape());
    };
    let credentials = current(&api, person).await?;
    let credential = credentials.iter().find(|credential| credential.id == id).ok_or_else(wrong_shape)?;
    Ok((CREATED, Json(Credential { card: Some(card.masked), ..Credential::of(credential) })))
}

/// `POST /api/v1/credentials/{id}/state`
pub(super) async fn set_state(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<SetCredentialState>,
) -> Result<Json<RightsChanged>, Refusal> {
    let credential: CredentialId = lookup::id(&id)?;
    let state = state_named(&wanted.state).ok_or_else(|| {
        FieldProblem::of("state", "state must be lost, stolen, damaged, returned, disabled or enabled")
    })?;
    let command = Command::SetCredentialState { credential, state, reason: reason("reason", &wanted.reason)? };
    let Reply::Rights(generation) = api.submit(asking.caller, command).await? else {
        return Err(wrong_shape());
    };
    let state = credential_state_word(state).to_owned();
    Ok(Json(RightsChanged { id: credential.to_string(), state, generation: generation.get() }))
}

fn state_named(word: &str) -> Option<CredentialState> {
    const ALL: [CredentialState; 6] = [
        CredentialState::Enabled,
        CredentialState::Disabled,
        CredentialState::Lost,
        CredentialState::Stolen,
        CredentialState::Damaged,
        CredentialState::Returned,
    ];
    ALL.into_iter().find(|state| credential_state_word(*state) == word)
}
