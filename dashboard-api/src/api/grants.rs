//! Grants: listing, asking for one, approving, denying, ending. What a grant needs (an end, a ticket, others who approve) is
//! checked by the engine; what it is for is read in `rights.rs`; emergency rights are `emergency.rs`.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use rackward_core::engine::command::GrantWish;
use rackward_core::engine::preconditions::Subject;
use rackward_core::engine::query::{GrantFilter, Page as EnginePage};
use rackward_core::id::{Generation, GrantId};
use rackward_core::people::{Grant as CoreGrant, Validity};
use rackward_core::site::schedule::Weekly;
use rackward_core::{Answer, Caller, Command, Query, Reply};

use super::lookup::Sight;
use super::receipts::{self, Stored};
use super::{Api, CREATED, Page, lookup, reason, rights, wrong_shape};
use crate::body::Read;
use crate::lists::{Asked, Looked, Walk, resources};
use crate::made::Place;
use crate::params::{Holds, Parameter, Params};
use crate::past::{AT, Moment};
use crate::preconditions;
use crate::refusal::Refusal;
use crate::signin::{Asking, SignedIn};
use crate::wire::grant::{Ended, Grant, GrantChanged};
use crate::wire::request::{ChangeGrantEnd, CloseTicket, CreateGrant, Reason};

/// What `GET /api/v1/grants` takes beside what every list does.
pub(crate) const OWN: &[Parameter] = &[
    Parameter::optional("person", Holds::Text, "Only this person's: an id, or a part of the name"),
    Parameter::optional("state", Holds::OneOf(&["requested", "unreviewed"]), "Only those that wait for somebody"),
    AT,
];

/// `GET /api/v1/grants`
pub(super) async fn list(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<Grant> {
    let caller = asking.caller;
    let mut walk = Walk::new(Asked::of::<Grant>(&api, &asking, &uri, &resources::GRANTS)?);
    let params = &walk.asked().params;
    let only = match params.text("state") {
        None => GrantFilter::All,
        Some("requested") => GrantFilter::Requested,
        Some("unreviewed") => GrantFilter::Unreviewed,
        Some(_) => {
            let detail = "can only be requested or unreviewed; leave it out for all grants";
            return Err(params.refused("state", detail.to_owned()));
        }
    };
    let person = match params.text("person") {
        Some(text) => Some(lookup::person(&api, caller, "?person", text).await?),
        None => None,
    };
    let moment = Moment::over(&api, params)?;
    let names = lookup::names_at(&api, caller, moment).await?;
    let (site, now) = (api.backend.site(), moment.wall(&api));
    while let Some(part) = walk.next() {
        let after = part.after.and_then(|after| u32::try_from(after).ok()).map(GrantId::new);
        let page = EnginePage { after, limit: part.limit };
        let query = Query::Grants { person, only, page };
        let Answer::Grants(grants) = api.ask_at(caller, moment, query).await? else {
            return Err(wrong_shape());
        };
        let grants: Vec<Grant> = grants.iter().map(|grant| Grant::of(grant, &site, &names, now)).collect();
        let looked = Looked::at(&grants);
        walk.take(part, grants, looked);
    }
    let Answer::Count(total) = api.ask_at(caller, moment, Query::GrantCount { person, only }).await? else {
        return Err(wrong_shape());
    };
    Ok(walk.page(Some(total)))
}

/// `GET /api/v1/grants/{id}`
pub(super) async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Json<Grant>, Refusal> {
    let moment = Moment::over(&api, &Params::of(&uri, &["at"])?)?;
    let id = lookup::id(&id)?;
    if moment == Moment::Now {
        preconditions::tag(&api, asking.caller, Subject::Grant(id)).await?;
    }
    Ok(Json(at(&api, asking.caller, moment, id).await?))
}

async fn one(api: &Api, caller: Caller, id: GrantId) -> Result<Grant, Refusal> {
    at(api, caller, Moment::Now, id).await
}

/// A grant as it was, or is.
async fn at(api: &Api, caller: Caller, moment: Moment, id: GrantId) -> Result<Grant, Refusal> {
    let Answer::Grant(grant) = api.ask_at(caller, moment, Query::Grant(id)).await? else { return Err(wrong_shape()) };
    let grant: CoreGrant = grant.ok_or_else(|| lookup::absent_at(id, moment))?;
    let names = lookup::names_at(api, caller, moment).await?;
    Ok(Grant::of(&grant, &api.backend.site(), &names, moment.wall(api)))
}

/// A grant as the engine keeps it after a change.
pub(super) async fn changed(
    api: &Api,
    caller: Caller,
    id: GrantId,
    generation: Option<Generation>,
) -> Result<GrantChanged, Refusal> {
    let grant = one(api, caller, id).await?;
    Ok(GrantChanged { grant, generation: generation.map(Generation::get) })
}

/// `POST /api/v1/grants`: 201 for a grant that counts, 202 for one that waits for approval.
pub(super) async fn create(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<CreateGrant>,
) -> Result<Stored<GrantChanged>, Refusal> {
    let caller = asking.caller;
    let terms = rights::terms(&wanted).map_err(Refusal::invalid);
    let person = lookup::person(&api, caller, "/person", &wanted.person).await;
    let (sight, names) = (Sight::of(&api, caller).await?, lookup::names(&api, caller).await?);
    // What is wrong with the doors does not depend on the times.
    let weekly = terms.as_ref().map_or_else(|_| Weekly::always(), |terms| terms.weekly.clone());
    let right = rights::right(&wanted, weekly, &sight, &names);
    let (terms, person, right) = match (terms, person, right) {
        (Ok(terms), Ok(person), Ok(right)) => (terms, person, right),
        (terms, person, right) => {
            return Err(Refusal::all([terms.err(), person.err(), right.err()].into_iter().flatten()));
        }
    };
    let from = wanted.from_at.map_or_else(|| api.backend.now().wall, |at| at.0);
    let validity = Validity { from, to: wanted.to_at.0 };
    let (reason, ticket, uses, escort) = (terms.reason, terms.ticket, terms.uses, terms.escort);
    let wish = GrantWish { person, right, validity, reason, ticket, uses, escort };
    let (status, id, generation) = match api.submit(caller, Command::CreateGrant(wish)).await? {
        Reply::Grant(id, generation) => (CREATED, id, Some(generation)),
        Reply::Requested(id, _) => (StatusCode::ACCEPTED, id, None),
        _ => return Err(wrong_shape()),
    };
    preconditions::tag(&api, caller, Subject::Grant(id)).await?;
    let made = changed(&api, caller, id, generation).await?;
    Ok(receipts::stored(&api, &asking, status, made, generation).await?.made(Place::of("grants", id)))
}

/// `POST /api/v1/grants/{id}/approve`
pub(super) async fn approve(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<Reason>,
) -> Result<Stored<GrantChanged>, Refusal> {
    let (grant, reason) = (lookup::id(&id)?, reason("reason", &wanted.reason)?);
    settle(&api, &asking, grant, Command::ApproveGrant { grant, reason }).await
}

/// `POST /api/v1/grants/{id}/deny`
pub(super) async fn deny(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<Reason>,
) -> Result<Stored<GrantChanged>, Refusal> {
    let (grant, reason) = (lookup::id(&id)?, reason("reason", &wanted.reason)?);
    settle(&api, &asking, grant, Command::DenyGrant { grant, reason }).await
}

/// `POST /api/v1/grants/{id}/revoke`
pub(super) async fn revoke(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<Reason>,
) -> Result<Stored<GrantChanged>, Refusal> {
    let (grant, reason) = (lookup::id(&id)?, reason("reason", &wanted.reason)?);
    settle(&api, &asking, grant, Command::RevokeGrant { grant, reason }).await
}

/// `POST /api/v1/grants/{id}/end`
pub(super) async fn change_end(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<ChangeGrantEnd>,
) -> Result<Stored<GrantChanged>, Refusal> {
    let (grant, reason) = (lookup::id(&id)?, reason("reason", &wanted.reason)?);
    settle(&api, &asking, grant, Command::ChangeGrantEnd { grant, to: wanted.to_at.0, reason }).await
}

/// Gives a command about one grant and shows the grant after it.
async fn settle(api: &Api, asking: &SignedIn, id: GrantId, command: Command) -> Result<Stored<GrantChanged>, Refusal> {
    let caller = asking.caller;
    let generation = match api.submit(caller, command).await? {
        Reply::Rights(generation) | Reply::Grant(_, generation) => Some(generation),
        // One approval of two: nobody may pass by it yet.
        Reply::Requested(..) => None,
        _ => return Err(wrong_shape()),
    };
    let now = changed(api, caller, id, generation).await?;
    receipts::stored(api, asking, StatusCode::OK, now, generation).await
}

/// `POST /api/v1/tickets/close`
pub(super) async fn close_ticket(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<CloseTicket>,
) -> Result<Stored<Ended>, Refusal> {
    let command = match (reason("ticket", &wanted.ticket), reason("reason", &wanted.reason)) {
        (Ok(ticket), Ok(reason)) => Command::CloseTicket { ticket, reason },
        (ticket, why) => return Err(Refusal::invalid([ticket.err(), why.err()].into_iter().flatten().collect())),
    };
    let Reply::Ended(grants, generation) = api.submit(asking.caller, command).await? else {
        return Err(wrong_shape());
    };
    let told = Ended { ended: grants.iter().map(ToString::to_string).collect(), generation: generation.get() };
    receipts::changed(&api, &asking, told, generation).await
}
