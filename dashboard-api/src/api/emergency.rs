//! Emergency rights: taking one past the approval policy, and reviewing it. How long one lasts at most, and by when it is
//! reviewed, is the core's.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use rackward_core::engine::preconditions::Subject;
use rackward_core::id::GrantId;
use rackward_core::{Command, Reply};

use super::lookup::Sight;
use super::receipts::{self, Stored};
use super::{Api, CREATED, grants, lookup, reason, wrong_shape};
use crate::body::Read;
use crate::made::Place;
use crate::preconditions;
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::grant::GrantChanged;
use crate::wire::problem::FieldProblem;
use crate::wire::request::{BreakGlass, Review};

/// How long an emergency right lasts when nobody says: enough to reach a rack and see.
const DEFAULT_LENGTH: Duration = Duration::from_secs(3600);

/// `POST /api/v1/break-glass`
pub(super) async fn break_glass(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<BreakGlass>,
) -> Result<Stored<GrantChanged>, Refusal> {
    let caller = asking.caller;
    let why = reason("reason", &wanted.reason)?;
    let person = lookup::person(&api, caller, "/person", &wanted.person).await?;
    let doors = Sight::of(&api, caller).await?.doors(wanted.rack.as_deref(), wanted.doors.as_deref())?;
    if doors.is_empty() {
        return Err(FieldProblem::of("doors", "name a rack, or at least one door in doors").into());
    }
    let to = wanted.to_at.map_or_else(|| api.backend.now().wall.after(DEFAULT_LENGTH), |at| at.0);
    let command = Command::BreakGlass { person, doors, to, reason: why };
    let Reply::Grant(id, generation) = api.submit(caller, command).await? else { return Err(wrong_shape()) };
    preconditions::tag(&api, caller, Subject::Grant(id)).await?;
    let made = grants::changed(&api, caller, id, Some(generation)).await?;
    Ok(receipts::stored(&api, &asking, CREATED, made, Some(generation)).await?.made(Place::of("grants", id)))
}

/// `POST /api/v1/grants/{id}/review`
pub(super) async fn review(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<Review>,
) -> Result<Json<GrantChanged>, Refusal> {
    let grant: GrantId = lookup::id(&id)?;
    let command = Command::ReviewBreakGlass { grant, note: reason("note", &wanted.note)? };
    api.submit(asking.caller, command).await?;
    Ok(Json(grants::changed(&api, asking.caller, grant, None).await?))
}
