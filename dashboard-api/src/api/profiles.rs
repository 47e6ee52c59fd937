//! Access profiles: listing, making, changing, removing. A policy names a door, a rack or an area; what that comes to is
//! found here, door by door, and what a profile may hold is checked by the engine.

use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use rackward_core::engine::command::SetMode;
use rackward_core::engine::preconditions::Subject;
use rackward_core::id::{DoorId, OrganisationId};
use rackward_core::people::{Policy, Profile as CoreProfile};
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
use crate::signin::{Asking, SignedIn};
use crate::wire::Names;
use crate::wire::organisation::Profile;
use crate::wire::person::RightsChanged;
use crate::wire::problem::FieldProblem;
use crate::wire::request::{ChangeProfile, CreateProfile, ProfilePolicy, Reason};
use crate::wire::schedule::Changed;

/// `GET /api/v1/profiles`
pub(super) async fn list(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<Profile> {
    let asked = Asked::of::<Profile>(&api, &asking, &uri, &resources::PROFILES)?;
    let moment = Moment::over(&api, &asked.params)?;
    let rows = at(&api, asking.caller, moment).await?;
    let (site, names) = (api.backend.site(), lookup::names_at(&api, asking.caller, moment).await?);
    Ok(asked.page(rows.iter().map(|row| Profile::of(row, &site, &names)).collect()))
}

async fn at(api: &Api, caller: Caller, moment: Moment) -> Result<Vec<CoreProfile>, Refusal> {
    match api.ask_at(caller, moment, Query::Profiles).await? {
        Answer::Profiles(rows) => Ok(rows),
        _ => Err(wrong_shape()),
    }
}

pub(super) async fn find(api: &Api, caller: Caller, name: &str) -> Result<CoreProfile, Refusal> {
    let rows = at(api, caller, Moment::Now).await?;
    let id = lookup::named(rows.iter().map(|row| (row.id, row.name.as_str())), name);
    rows.into_iter().find(|row| Some(row.id) == id).ok_or_else(|| lookup::missing("profile"))
}

/// `POST /api/v1/profiles`
pub(super) async fn create(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<CreateProfile>,
) -> Result<Stored<Changed<Profile>>, Refusal> {
    let caller = asking.caller;
    let owner = match wanted.organisation.as_deref() {
        Some(text) => lookup::organisation(&api, caller, "/organisation", text).await?,
        None => lookup::own_organisation(caller),
    };
    let draft = Draft { name: wanted.name, owner, policies: wanted.policies, reason: wanted.reason };
    made(&api, &asking, set(&api, caller, draft, SetMode::Create).await?).await
}

async fn made(api: &Api, asking: &SignedIn, made: Changed<Profile>) -> Result<Stored<Changed<Profile>>, Refusal> {
    let place = Place::of("profiles", &made.now.id);
    Ok(receipts::set(api, asking, CREATED, made).await?.made(place))
}

/// `PUT /api/v1/profiles/{name}`
pub(super) async fn change(
    State(api): State<Api>,
    Path(name): Path<String>,
    asking: Asking,
    Read(wanted): Read<ChangeProfile>,
) -> Result<Stored<Changed<Profile>>, Refusal> {
    let caller = asking.caller;
    let before = find(&api, caller, &name).await?;
    let owner = match wanted.organisation.as_deref() {
        Some(text) => lookup::organisation(&api, caller, "/organisation", text).await?,
        None => before.owner,
    };
    let draft = Draft { name: before.name, owner, policies: wanted.policies, reason: wanted.reason };
    receipts::set(&api, &asking, StatusCode::OK, set(&api, caller, draft, SetMode::Edit).await?).await
}

/// `DELETE /api/v1/profiles/{name}`
pub(super) async fn remove(
    State(api): State<Api>,
    Path(name): Path<String>,
    asking: Asking,
    Read(wanted): Read<Reason>,
) -> Result<Stored<RightsChanged>, Refusal> {
    let why = reason("reason", &wanted.reason)?;
    let profile = find(&api, asking.caller, &name).await?.id;
    let command = Command::RemoveProfile { profile, reason: why };
    let Reply::Rights(generation) = api.submit(asking.caller, command).await? else { return Err(wrong_shape()) };
    let told = RightsChanged { id: profile.to_string(), state: "removed".to_owned(), generation: generation.get() };
    receipts::changed(&api, &asking, told, generation).await
}

/// A profile as it is to be, in words.
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) owner: OrganisationId,
    pub(super) policies: Vec<ProfilePolicy>,
    pub(super) reason: String,
}

pub(super) async fn set(api: &Api, caller: Caller, draft: Draft, mode: SetMode) -> Result<Changed<Profile>, Refusal> {
    let why = reason("reason", &draft.reason)?;
    let (sight, names) = (Sight::of(api, caller).await?, lookup::names(api, caller).await?);
    let policies = policies(&draft.policies, &sight, &names)?;
    let command = Command::SetProfile { name: draft.name, owner: draft.owner, policies, reason: why, mode };
    let Reply::Profile(id, generation) = api.submit_as(caller, command, &[("owner", "organisation")]).await? else {
        return Err(wrong_shape());
    };
    if mode == SetMode::Create {
        preconditions::tag(api, caller, Subject::Profile(id)).await?;
    }
    let rows = at(api, caller, Moment::Now).await?;
    let row = rows.iter().find(|row| row.id == id).ok_or_else(wrong_shape)?;
    Ok(Changed { now: Profile::of(row, sight.site(), &names), generation: generation.get() })
}

/// One policy for each door that is named.
pub(super) fn policies(wanted: &[ProfilePolicy], sight: &Sight, names: &Names) -> Result<Vec<Policy>, Refusal> {
    let mut policies = Vec::new();
    for (place, policy) in wanted.iter().enumerate() {
        let at = format!("/policies/{place}");
        let schedule = match &policy.schedule {
            Some(text) => Some(names.schedule_named(&format!("{at}/schedule"), text)?),
            None => None,
        };
        let doors = doors(policy, &at, sight)?;
        policies.extend(doors.into_iter().map(|door| Policy { door, schedule }));
    }
    Ok(policies)
}

fn doors(policy: &ProfilePolicy, at: &str, sight: &Sight) -> Result<Vec<DoorId>, Refusal> {
    match (&policy.door, &policy.rack, &policy.area) {
        (Some(door), None, None) => Ok(vec![sight.door(&format!("{at}/door"), door)?]),
        (None, Some(rack), None) => sight.rack(&format!("{at}/rack"), rack),
        (None, None, Some(area)) => sight.doors_of_area(&format!("{at}/area"), area),
        (None, None, None) | (Some(_), Some(_), _) | (Some(_), None, Some(_)) | (None, Some(_), Some(_)) => {
            let detail = "a policy names one door, one rack or one area".to_owned();
            Err(FieldProblem { pointer: at.to_owned(), detail }.into())
        }
    }
}
