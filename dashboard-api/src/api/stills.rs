//! Cameras and their stills: which there are, how each is, what they kept of an alarm or an event, the pictures themselves, and
//! what a camera shows now. Whoever looks through a camera is recorded before they see anything. Which still is wanted when is
//! the core's, how it is fetched the daemon's.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use rackward_core::engine::command::StillCommand;
use rackward_core::id::{AlarmId, CameraId, Seq};
use rackward_core::permission::{Permission, may, may_know_of};
use rackward_core::{Answer, Caller, Command, Query, Site};

use super::{Api, Page, lookup, wrong_shape};
use crate::body::Read;
use crate::lists::{Asked, resources};
use crate::params::{Holds, Parameter, Params};
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::still::{
    CameraState, LiveRefused, Picture, STILLS_MAX_COUNT, Still as KeptStill, StillState, Stills, StillsOf,
};
use crate::wire::problem::ProblemKind;
use crate::wire::request::{Done, Nothing};
use crate::wire::still::{AlarmStills, Camera, CameraName, Still, StillList, Uncovered};

/// How many alarms or events may be asked for at once: what a screen shows.
const ASKED_MAX_COUNT: usize = 50;

/// How many doors without a camera are named.
const DOORS_NAMED: usize = 100;

/// What `GET /api/v1/stills` takes: one of the two.
pub(super) const OF: &[Parameter] = &[
    Parameter::optional("alarms", Holds::Text, "Stills of these alarms, by id, such as alm-7,alm-9; at most 50"),
    Parameter::optional("events", Holds::Text, "Stills of these events, by number, such as 120,134; at most 50"),
];

/// `GET /api/v1/cameras`
pub(super) async fn cameras(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<Camera> {
    let asked = Asked::of::<Camera>(&api, &asking, &uri, &resources::CAMERAS)?;
    let (site, states) = (api.backend.site(), states(&api));
    let told = site.cameras().map(|camera| Camera::of(camera, states.get(&camera.id), &site));
    Ok(asked.page(told.collect()))
}

/// `GET /api/v1/cameras/{id}`
pub(super) async fn camera(
    State(api): State<Api>,
    Path(id): Path<String>,
    _asking: Asking,
    uri: Uri,
) -> Result<Json<Camera>, Refusal> {
    Params::of(&uri, &[])?;
    let site = api.backend.site();
    let id = camera_named(&site, &id)?;
    let camera = site.camera(id).ok_or_else(|| lookup::absent(id))?;
    Ok(Json(Camera::of(camera, states(&api).get(&id), &site)))
}

/// `GET /api/v1/cameras/uncovered`
pub(super) async fn uncovered(State(api): State<Api>, _asking: Asking, uri: Uri) -> Result<Json<Uncovered>, Refusal> {
    Params::of(&uri, &[])?;
    let site = api.backend.site();
    let first = site.doors_without_camera().take(DOORS_NAMED).map(|door| door.path.clone()).collect();
    let count = |doors: usize| u32::try_from(doors).unwrap_or(u32::MAX);
    let (doors, of_doors) = (count(site.doors_without_camera().count()), count(site.doors().count()));
    Ok(Json(Uncovered { doors, of_doors, first }))
}

/// `GET /api/v1/cameras/{id}/live`
pub(super) async fn live(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Response, Refusal> {
    Params::of(&uri, &[])?;
    let camera = camera_named(&api.backend.site(), &id)?;
    let stills = stills(&api)?;
    look(&api, asking.caller, camera, None).await?;
    match stills.live(camera).await {
        Ok(picture) => Ok(shown(picture)),
        Err(LiveRefused::Unknown) => Err(lookup::absent(&id)),
        Err(LiveRefused::Missing(cause)) => {
            let detail = format!("the camera shows nothing now: {}; try again", cause.words());
            Err(Refusal::new(ProblemKind::Unavailable, detail))
        }
    }
}

/// `GET /api/v1/stills`
pub(super) async fn list(State(api): State<Api>, asking: Asking, uri: Uri) -> Result<Json<StillList>, Refusal> {
    let params = Params::declared(&uri, OF)?;
    let which = match (params.text("alarms"), params.text("events")) {
        (Some(alarms), None) => StillsOf::Alarms(ids(&params, "alarms", alarms)?),
        (None, Some(events)) => {
            let numbers: Vec<u64> = ids(&params, "events", events)?;
            StillsOf::Entries(numbers.into_iter().map(Seq::new).collect())
        }
        _ => return Err(params.refused("alarms", "ask for alarms or for events, one of the two".to_owned())),
    };
    let found = known(&api, asking.caller, kept(&api, which).await?).await?;
    let complete = found.len() < STILLS_MAX_COUNT;
    let site = api.backend.site();
    Ok(Json(StillList { stills: found.iter().map(|still| Still::of(still, &site)).collect(), complete }))
}

/// `GET /api/v1/alarms/{id}/stills`
pub(super) async fn of_alarm(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Json<AlarmStills>, Refusal> {
    Params::of(&uri, &[])?;
    let alarm: AlarmId = lookup::id(&id)?;
    let Answer::Alarm(status) = api.ask(asking.caller, Query::Alarm(alarm)).await? else { return Err(wrong_shape()) };
    let status = status.filter(|status| may_know_of(&asking.caller, status.alarm.kind));
    let found = known(&api, asking.caller, kept(&api, StillsOf::Alarms(vec![alarm])).await?).await?;
    if status.is_none() && found.is_empty() {
        return Err(lookup::absent(alarm));
    }
    let site = api.backend.site();
    let mut cameras: BTreeMap<CameraId, String> = BTreeMap::new();
    if let Some(status) = status {
        cameras.extend(site.cameras_at(status.alarm.source).into_iter().map(|camera| (camera.id, camera.name.clone())));
    }
    let stills: Vec<Still> = found.iter().map(|still| Still::of(still, &site)).collect();
    for (kept, told) in found.iter().zip(&stills) {
        cameras.entry(kept.camera).or_insert_with(|| told.camera_name.clone());
    }
    let cameras = cameras.into_iter().map(|(id, name)| CameraName { id: id.to_string(), name }).collect();
    Ok(Json(AlarmStills { alarm: alarm.to_string(), cameras, stills }))
}

/// `POST /api/v1/alarms/{id}/stills`
pub(super) async fn ask_again(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(Nothing {}): Read<Nothing>,
) -> Result<Json<Done>, Refusal> {
    let alarm: AlarmId = lookup::id(&id)?;
    api.submit(asking.caller, Command::Still(StillCommand::AskAgain { alarm })).await?;
    Ok(Json(Done { id: alarm.to_string() }))
}

/// `GET /api/v1/stills/{id}/picture`
pub(super) async fn picture(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Response, Refusal> {
    Params::of(&uri, &[])?;
    let number: u64 = id.parse().map_err(|_| lookup::absent(&id))?;
    let stills = stills(&api)?;
    let found = known(&api, asking.caller, stills.still(number).await?.into_iter().collect()).await?;
    let still = found.first().ok_or_else(|| lookup::absent(&id))?;
    if let StillState::Erased(facts) = still.state {
        let detail = format!("the picture was erased, its time is over; its SHA-256 was {}", facts.digest);
        return Err(Refusal::new(ProblemKind::NotFound, detail));
    }
    look(&api, asking.caller, still.camera, Some(still.belongs.entry)).await?;
    let picture = stills.picture(number).await?;
    picture.map(shown).ok_or_else(|| Refusal::new(ProblemKind::NotFound, "there is no picture of this still"))
}

/// Stills as they are kept.
pub(super) async fn kept(api: &Api, which: StillsOf) -> Result<Vec<KeptStill>, Refusal> {
    match api.backend.stills() {
        Some(stills) => Ok(stills.of(which).await?),
        None => Ok(Vec::new()),
    }
}

/// Records that whoever asks looks through a camera.
pub(super) async fn look(api: &Api, caller: Caller, camera: CameraId, entry: Option<Seq>) -> Result<(), Refusal> {
    api.submit(caller, Command::Still(StillCommand::Look { camera, entry })).await.map(drop)
}

/// Those that a caller may know of: a still of an alarm that nobody may see would tell of it.
async fn known(api: &Api, caller: Caller, stills: Vec<KeptStill>) -> Result<Vec<KeptStill>, Refusal> {
    let knows_all = [Permission::AnswerAlarms, Permission::ViewJournal];
    if knows_all.into_iter().any(|permission| may(&caller, permission).is_ok()) {
        return Ok(stills);
    }
    let (mut known, mut asked) = (Vec::with_capacity(stills.len()), BTreeMap::new());
    for still in stills {
        let is_known = match still.belongs.alarm {
            None => true,
            Some(alarm) => match asked.get(&alarm) {
                Some(is_known) => *is_known,
                None => {
                    let Answer::Alarm(status) = api.ask(caller, Query::Alarm(alarm)).await? else {
                        return Err(wrong_shape());
                    };
                    let is_known = status.is_some_and(|status| may_know_of(&caller, status.alarm.kind));
                    asked.insert(alarm, is_known);
                    is_known
                }
            },
        };
        known.extend(is_known.then_some(still));
    }
    Ok(known)
}

fn shown(picture: Picture) -> Response {
    let headers = [(CONTENT_TYPE, picture.form.media_type()), (CACHE_CONTROL, "no-store")];
    (headers, picture.bytes).into_response()
}

fn stills(api: &Api) -> Result<Arc<dyn Stills>, Refusal> {
    api.backend.stills().ok_or_else(|| Refusal::new(ProblemKind::NotFound, "this site has no camera"))
}

fn states(api: &Api) -> BTreeMap<CameraId, CameraState> {
    let states = api.backend.stills().map(|stills| stills.cameras()).unwrap_or_default();
    states.into_iter().map(|state| (state.camera, state)).collect()
}

/// A camera by id or by name.
fn camera_named(site: &Site, text: &str) -> Result<CameraId, Refusal> {
    let by_id = text.parse::<CameraId>().ok().filter(|id| site.camera(*id).is_some());
    let named = || site.camera_named(text).map(|camera| camera.id);
    by_id.or_else(named).ok_or_else(|| lookup::absent(text))
}

fn ids<T: FromStr>(params: &Params, name: &str, written: &str) -> Result<Vec<T>, Refusal> {
    let parts: Vec<&str> = written.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    if parts.len() > ASKED_MAX_COUNT {
        return Err(params.refused(name, format!("ask for at most {ASKED_MAX_COUNT} at once")));
    }
    let read = |part: &&str| {
        part.parse().map_err(|_| params.refused(name, format!("\"{}\" is none of them", part.escape_debug())))
    };
    parts.iter().map(read).collect()
}
