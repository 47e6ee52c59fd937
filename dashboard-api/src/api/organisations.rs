//! Organisations, and the agreements by which they share areas.

use axum::extract::{Path, State};
use axum::http::Uri;
use rackward_core::engine::preconditions::Subject;
use rackward_core::id::AgreementId;
use rackward_core::people::Validity;
use rackward_core::{Answer, Caller, Command, Query, Reply};

use super::lookup::Sight;
use super::receipts::{self, Stored};
use super::{Api, CREATED, Page, lookup, reason, wrong_shape};
use crate::body::Read;
use crate::lists::{Asked, resources};
use crate::made::Place;
use crate::past::Moment;
use crate::preconditions;
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::organisation::{Agreement, Organisation};
use crate::wire::person::RightsChanged;
use crate::wire::request::{MakeAgreement, Reason};
use crate::wire::schedule::Changed;

/// `GET /api/v1/organisations`
pub(super) async fn list(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<Organisation> {
    let asked = Asked::of::<Organisation>(&api, &asking, &uri, &resources::ORGANISATIONS)?;
    let Answer::Organisations(rows) = api.ask(asking.caller, Query::Organisations).await? else {
        return Err(wrong_shape());
    };
    Ok(asked.page(rows.iter().map(Organisation::of).collect()))
}

/// `GET /api/v1/agreements`: those that are not over.
pub(super) async fn agreements(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<Agreement> {
    let asked = Asked::of::<Agreement>(&api, &asking, &uri, &resources::AGREEMENTS)?;
    let moment = Moment::over(&api, &asked.params)?;
    Ok(asked.page(at(&api, asking.caller, moment).await?))
}

pub(super) async fn current(api: &Api, caller: Caller) -> Result<Vec<Agreement>, Refusal> {
    at(api, caller, Moment::Now).await
}

async fn at(api: &Api, caller: Caller, moment: Moment) -> Result<Vec<Agreement>, Refusal> {
    let Answer::Agreements(rows) = api.ask_at(caller, moment, Query::Agreements).await? else {
        return Err(wrong_shape());
    };
    let site = api.backend.site();
    Ok(rows.iter().map(|row| Agreement::of(row, &site)).collect())
}

/// `POST /api/v1/agreements`
pub(super) async fn agree(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<MakeAgreement>,
) -> Result<Stored<Changed<Agreement>>, Refusal> {
    let caller = asking.caller;
    let why = reason("reason", &wanted.reason)?;
    let owner = lookup::organisation(&api, caller, "/owner", &wanted.owner).await?;
    // With whom an organisation may agree is not bound to whom it knows already.
    let guest = lookup::any_organisation(&api, "/guest", &wanted.guest)?;
    let sight = Sight::of(&api, caller).await?;
    let find = |(place, text): (usize, &String)| sight.area(&format!("/areas/{place}"), text);
    let areas = wanted.areas.iter().enumerate().map(find).collect::<Result<Vec<_>, Refusal>>()?;
    let from = wanted.from_at.map_or_else(|| api.backend.now().wall, |at| at.0);
    let validity = Validity { from, to: wanted.to_at.0 };
    let command = Command::MakeAgreement { owner, guest, areas, validity, reason: why };
    let Reply::Agreement(id, generation) = api.submit_as(caller, command, &[("valid_to_at", "to_at")]).await? else {
        return Err(wrong_shape());
    };
    preconditions::tag(&api, caller, Subject::Agreement(id)).await?;
    let made = current(&api, caller).await?.into_iter().find(|row| row.id == id.to_string()).ok_or_else(wrong_shape)?;
    let stored = receipts::set(&api, &asking, CREATED, Changed { now: made, generation: generation.get() }).await?;
    Ok(stored.made(Place::of("agreements", id)))
}

/// `POST /api/v1/agreements/{id}/end`
pub(super) async fn end_agreement(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<Reason>,
) -> Result<Stored<RightsChanged>, Refusal> {
    let agreement: AgreementId = lookup::id(&id)?;
    let command = Command::EndAgreement { agreement, reason: reason("reason", &wanted.reason)? };
    let Reply::Rights(generation) = api.submit(asking.caller, command).await? else { return Err(wrong_shape()) };
    let told = RightsChanged { id: agreement.to_string(), state: "ended".to_owned(), generation: generation.get() };
    receipts::changed(&api, &asking, told, generation).await
}
