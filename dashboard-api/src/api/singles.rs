//! One thing at a time: an agreement, an access profile, each with the revision that a change of it rests on. What a list
//! shows of it, this shows of it alone.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use rackward_core::Caller;
use rackward_core::engine::preconditions::Subject;
use rackward_core::id::{AgreementId, ProfileId};

use super::{Api, lookup, organisations, profiles};
use crate::params::Params;
use crate::preconditions;
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::organisation::{Agreement, Profile};

/// `GET /api/v1/agreements/{id}`: one that is not over.
pub(super) async fn agreement(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Json<Agreement>, Refusal> {
    Params::of(&uri, &[])?;
    let id: AgreementId = lookup::id(&id)?;
    preconditions::tag(&api, asking.caller, Subject::Agreement(id)).await?;
    let rows = organisations::current(&api, asking.caller).await?;
    rows.into_iter().find(|row| row.id == id.to_string()).map(Json).ok_or_else(|| lookup::missing("agreement"))
}

/// `GET /api/v1/profiles/{name}`
pub(super) async fn profile(
    State(api): State<Api>,
    Path(name): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Json<Profile>, Refusal> {
    Params::of(&uri, &[])?;
    let id = profiles::find(&api, asking.caller, &name).await?.id;
    preconditions::tag(&api, asking.caller, Subject::Profile(id)).await?;
    // Read again after its tag: a change in between then costs another look and nobody's change.
    shown_profile(&api, asking.caller, id).await.map(Json)
}

pub(super) async fn shown_profile(api: &Api, caller: Caller, id: ProfileId) -> Result<Profile, Refusal> {
    let row = profiles::find(api, caller, &id.to_string()).await?;
    let (site, names) = (api.backend.site(), lookup::names(api, caller).await?);
    Ok(Profile::of(&row, &site, &names))
}
