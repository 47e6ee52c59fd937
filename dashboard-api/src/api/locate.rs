//! Handles that show where they are, and the canary: a card that nobody has, tried on every device that can be asked. Which
//! handles a grant or ticket covers now, and who may let them blink, is the core's.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use rackward_core::engine::command::LocateWish;
use rackward_core::entry::ReasonText;
use rackward_core::id::DeviceId;
use rackward_core::{Caller, Command, Reply};

use super::lookup::{self, Sight};
use super::{Api, reason, wrong_shape};
use crate::body::Read;
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::problem::FieldProblem;
use crate::wire::request::{CanariesBegun, Locate, Located, Reason};

/// For how long handles blink when nobody says: enough to walk down a row.
const USUAL_LOCATE_S: u32 = 30;

/// `POST /api/v1/locate`
pub(super) async fn locate(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<Locate>,
) -> Result<Json<Located>, Refusal> {
    let caller = asking.caller;
    let why = reason("reason", &wanted.reason).map_err(Refusal::from);
    let wishes = wishes(&api, caller, &wanted).await;
    let (why, wishes) = match (why, wishes) {
        (Ok(why), Ok(wishes)) => (why, wishes),
        (why, wishes) => return Err(Refusal::all([wishes.err(), why.err()].into_iter().flatten())),
    };
    let duration = Duration::from_secs(wanted.for_s.unwrap_or(USUAL_LOCATE_S).into());
    let mut devices = Vec::new();
    for what in wishes {
        devices.extend(one(&api, caller, what, duration, &why).await?);
    }
    let site = api.backend.site();
    let name = |id: &DeviceId| site.device(*id).map_or_else(|| id.to_string(), |device| device.name.clone());
    Ok(Json(Located { devices: devices.iter().map(name).collect(), for_s: duration.as_secs() }))
}

async fn one(
    api: &Api,
    caller: Caller,
    what: LocateWish,
    duration: Duration,
    reason: &ReasonText,
) -> Result<Vec<DeviceId>, Refusal> {
    let command = Command::Locate { what, duration, reason: reason.clone() };
    match api.submit_as(caller, command, &[("for", "for_s"), ("duration", "for_s")]).await? {
        Reply::Located(devices) => Ok(devices),
        _ => Err(wrong_shape()),
    }
}

/// What shall blink. A rack that is no area of its own is its doors, one after the other.
async fn wishes(api: &Api, caller: Caller, wanted: &Locate) -> Result<Vec<LocateWish>, Refusal> {
    match (&wanted.rack, &wanted.door, &wanted.grant, &wanted.ticket) {
        (Some(rack), None, None, None) => {
            let sight = Sight::of(api, caller).await?;
            let doors = sight.rack("/rack", rack)?;
            match sight.area("/rack", rack) {
                Ok(area) => Ok(vec![LocateWish::Area(area)]),
                Err(_) => Ok(doors.into_iter().map(LocateWish::Door).collect()),
            }
        }
        (None, Some(door), None, None) => {
            Ok(vec![LocateWish::Door(Sight::of(api, caller).await?.door("/door", door)?)])
        }
        (None, None, Some(grant), None) => Ok(vec![LocateWish::Grant(lookup::id(grant)?)]),
        (None, None, None, Some(ticket)) => Ok(vec![LocateWish::Ticket(reason("ticket", ticket)?)]),
        _ => Err(FieldProblem::of("rack", "name one of rack, door, grant and ticket").into()),
    }
}

/// `POST /api/v1/canaries`: the canary is tried now; what came of it is told by events.
pub(super) async fn try_canaries(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<Reason>,
) -> Result<(StatusCode, Json<CanariesBegun>), Refusal> {
    let command = Command::TryCanaries { reason: reason("reason", &wanted.reason)? };
    api.submit(asking.caller, command).await?;
    Ok((StatusCode::ACCEPTED, Json(CanariesBegun {})))
}
