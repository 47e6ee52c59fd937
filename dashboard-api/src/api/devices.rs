//! Devices: how they stand, jobs with them, accepting one that answers in another's place, and the firmware for jobs.
//! Which job may begin is the core's to say; here a body becomes a wish, with all that is wrong with it at once.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use rackward_core::engine::preconditions::Subject;
use rackward_core::id::DeviceId;
use rackward_core::job::{Downgrade, FirmwareImage, FirstKey, JobWish, LINE_SPEEDS, MAX_ADDRESS};
use rackward_core::permission::{Permission, may, may_send_firmware};
use rackward_core::{Answer, Caller, Command, Query, Reply};

use super::{Api, Page, chosen, lookup, reason, wrong_shape};
use crate::body::{FirmwareBytes, Read};
use crate::lists::{Asked, resources};
use crate::params::Params;
use crate::preconditions;
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::bus::Firmware;
use crate::wire::device::Device;
use crate::wire::problem::{FieldProblem, ProblemKind};
use crate::wire::request::{Done, JobStarted, Reason, StartJob};

/// How long a device is commissioned when nobody says.
const USUAL_COMMISSION_S: u32 = 60;

/// `GET /api/v1/devices`
pub(super) async fn list(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<Device> {
    let asked = Asked::of::<Device>(&api, &asking, &uri, &resources::DEVICES)?;
    Ok(asked.page(current(&api, asking.caller).await?))
}

/// `GET /api/v1/devices/{device}`: by id or name.
pub(super) async fn show(
    State(api): State<Api>,
    Path(device): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Json<Device>, Refusal> {
    Params::of(&uri, &[])?;
    let id = lookup::device(&api, &device)?;
    preconditions::tag(&api, asking.caller, Subject::Device(id)).await?;
    let mut devices = told(&api, asking.caller, Query::Device(id)).await?;
    devices.pop().map(Json).ok_or_else(|| lookup::missing("device"))
}

/// Every device as it stands.
pub(super) async fn current(api: &Api, caller: Caller) -> Result<Vec<Device>, Refusal> {
    told(api, caller, Query::Devices).await
}

/// The devices that are asked for, as they stand.
async fn told(api: &Api, caller: Caller, query: Query) -> Result<Vec<Device>, Refusal> {
    let Answer::Devices(devices) = api.ask(caller, query).await? else { return Err(wrong_shape()) };
    let (site, buses, now) = (api.backend.site(), api.backend.buses(), api.backend.now().wall);
    let sees_people = [Permission::ViewJournal, Permission::AnswerAlarms].iter().any(|one| may(&caller, *one).is_ok());
    let told = devices.iter().filter_map(|status| Device::of(status, &site, &buses, now));
    Ok(told.map(|device| if sees_people { device } else { device.without_persons() }).collect())
}

/// `POST /api/v1/devices/{device}/accept`
pub(super) async fn accept(
    State(api): State<Api>,
    asking: Asking,
    Path(device): Path<String>,
    Read(wanted): Read<Reason>,
) -> Result<Json<Done>, Refusal> {
    let device = lookup::device(&api, &device)?;
    let reason = reason("reason", &wanted.reason)?;
    api.submit(asking.caller, Command::AcceptDevice { device, reason }).await?;
    Ok(Json(Done { id: device.to_string() }))
}

/// `POST /api/v1/devices/{device}/job`
pub(super) async fn start_job(
    State(api): State<Api>,
    asking: Asking,
    Path(device): Path<String>,
    Read(wanted): Read<StartJob>,
) -> Result<(StatusCode, Json<JobStarted>), Refusal> {
    let device = lookup::device(&api, &device)?;
    let job = wish(&api, &wanted).await;
    let (job, reason) = match (job, reason("reason", &wanted.reason)) {
        (Ok(job), Ok(reason)) => (job, reason),
        (job, why) => {
            let mut errors = job.err().unwrap_or_default();
            errors.extend(why.err());
            return Err(Refusal::invalid(errors));
        }
    };
    // Whoever may begin no job is refused by the core, and learns nothing of the line here.
    if may_send_firmware(asking.caller) {
        fits_its_line(&api, device, &job)?;
    }
    let head = api.backend.head().borrow().to_string();
    let command = Command::StartJob { device, job, reason };
    let Reply::Job(id) = api.submit_as(asking.caller, command, &[("for", "for_s")]).await? else {
        return Err(wrong_shape());
    };
    let name = api.backend.site().device(device).map_or_else(|| device.to_string(), |device| device.name.clone());
    let started = JobStarted { id: id.to_string(), device: device.to_string(), name, head };
    Ok((StatusCode::ACCEPTED, Json(started)))
}

/// `DELETE /api/v1/devices/{device}/job`
pub(super) async fn stop_job(
    State(api): State<Api>,
    asking: Asking,
    Path(device): Path<String>,
    Read(wanted): Read<Reason>,
) -> Result<(StatusCode, Json<Done>), Refusal> {
    let device: DeviceId = lookup::device(&api, &device)?;
    let reason = reason("reason", &wanted.reason)?;
    let Reply::Job(id) = api.submit(asking.caller, Command::StopJob { device, reason }).await? else {
        return Err(wrong_shape());
    };
    Ok((StatusCode::ACCEPTED, Json(Done { id: id.to_string() })))
}

/// `PUT /api/v1/firmware`: a signed image, as bytes. Keeping one changes no device; the job that sends it is recorded.
pub(super) async fn keep_firmware(
    State(api): State<Api>,
    asking: Asking,
    FirmwareBytes(image): FirmwareBytes,
) -> Result<(StatusCode, Json<Firmware>), Refusal> {
    if !may_send_firmware(asking.caller) {
        return Err(rackward_core::CommandError::Forbidden.into());
    }
    let kept = api.backend.keep_firmware(image).await?;
    Ok((StatusCode::CREATED, Json(Firmware::of(&kept))))
}

/// Whether a job can be meant for where the device hangs. The line itself decides last, when it has its turn; what is known
/// before is said here, with words.
fn fits_its_line(api: &Api, device: DeviceId, job: &JobWish) -> Result<(), Refusal> {
    let site = api.backend.site();
    let name = |device: DeviceId| site.device(device).map_or_else(|| device.to_string(), |device| device.name.clone());
    let buses = api.backend.buses();
    let Some(bus) = buses.iter().find(|bus| bus.devices.iter().any(|seat| seat.device == device)) else {
        let detail = format!("{} hangs on no serial bus, and only there is such work done", name(device));
        return Err(Refusal::new(ProblemKind::Conflict, detail));
    };
    let JobWish::SetLine { address, .. } = *job else { return Ok(()) };
    match bus.devices.iter().find(|seat| seat.address == address && seat.device != device) {
        None => Ok(()),
        Some(seat) => {
            let detail =
                format!("address {address} on bus {} is that of {}; take a free one", bus.name, name(seat.device));
            Err(Refusal::invalid(vec![FieldProblem::of("address", detail)]))
        }
    }
}

/// What a body wishes, or everything wrong with it.
async fn wish(api: &Api, wanted: &StartJob) -> Result<JobWish, Vec<FieldProblem>> {
    const TASKS: [Task; 4] = [Task::Commission, Task::RollKey, Task::Line, Task::Firmware];
    let task = chosen("task", &wanted.task, TASKS, Task::word).map_err(|wrong| vec![wrong])?;
    let mut errors = task.strangers(wanted);
    let job = match task {
        Task::Commission => commission(wanted),
        Task::RollKey => Ok(JobWish::RollKey),
        Task::Line => line(wanted),
        Task::Firmware => firmware(api, wanted).await,
    };
    match job {
        Ok(job) if errors.is_empty() => Ok(job),
        Ok(_) => Err(errors),
        Err(wrong) => {
            errors.extend(wrong);
            Err(errors)
        }
    }
}

/// What can be done with a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    Commission,
    RollKey,
    Line,
    Firmware,
}

impl Task {
    const fn word(self) -> &'static str {
        match self {
            Self::Commission => "commission",
            Self::RollKey => "roll-key",
            Self::Line => "line",
            Self::Firmware => "firmware",
        }
    }

    /// Members that belong to another task: whoever gave them meant something else.
    fn strangers(self, wanted: &StartJob) -> Vec<FieldProblem> {
        let members = [
            ("first_key", wanted.first_key.is_some(), Self::Commission),
            ("for_s", wanted.for_s.is_some(), Self::Commission),
            ("address", wanted.address.is_some(), Self::Line),
            ("baud", wanted.baud.is_some(), Self::Line),
            ("image", wanted.image.is_some(), Self::Firmware),
            ("allow_downgrade", wanted.allow_downgrade.is_some(), Self::Firmware),
        ];
        let strange = members.into_iter().filter(|(_, given, of)| *given && *of != self);
        strange.map(|(name, _, of)| FieldProblem::of(name, format!("{name} belongs to {}", of.word()))).collect()
    }
}

fn commission(wanted: &StartJob) -> Result<JobWish, Vec<FieldProblem>> {
    let limit = Duration::from_secs(wanted.for_s.unwrap_or(USUAL_COMMISSION_S).into());
    let word = |first: FirstKey| match first {
        FirstKey::Published => "published",
        FirstKey::FromFile => "from_file",
    };
    let first = match &wanted.first_key {
        None => Ok(FirstKey::Published),
        Some(text) => chosen("first_key", text, [FirstKey::Published, FirstKey::FromFile], word),
    };
    first.map(|first| JobWish::Commission { first, limit }).map_err(|wrong| vec![wrong])
}

fn line(wanted: &StartJob) -> Result<JobWish, Vec<FieldProblem>> {
    let address = wanted.address.and_then(|address| u8::try_from(address).ok()).filter(|at| *at <= MAX_ADDRESS);
    let baud = wanted.baud.filter(|baud| LINE_SPEEDS.contains(baud));
    match (address, baud) {
        (Some(address), Some(baud)) => Ok(JobWish::SetLine { address, baud }),
        (address, baud) => {
            let far = address.is_none().then(|| FieldProblem::of("address", "address must be 0 to 126"));
            let odd = baud.is_none().then(|| FieldProblem::of("baud", speeds_to_choose("baud")));
            Err([far, odd].into_iter().flatten().collect())
        }
    }
}

/// What a speed may be.
pub(super) fn speeds_to_choose(member: &str) -> String {
    let speeds = LINE_SPEEDS.map(|speed| speed.to_string());
    let (last, others) = speeds.split_last().map_or(("", &[][..]), |(last, others)| (last.as_str(), others));
    format!("{member} must be {} or {last}", others.join(", "))
}

async fn firmware(api: &Api, wanted: &StartJob) -> Result<JobWish, Vec<FieldProblem>> {
    let downgrade = if wanted.allow_downgrade == Some(true) { Downgrade::Allowed } else { Downgrade::Refused };
    let image = kept(api, wanted.image.as_deref()).await.map_err(|wrong| vec![wrong])?;
    Ok(JobWish::SendFirmware { image, downgrade })
}

async fn kept(api: &Api, image: Option<&str>) -> Result<FirmwareImage, FieldProblem> {
    let Some(image) = image else { return Err(FieldProblem::of("image", "image is missing")) };
    let digest = data_encoding::HEXLOWER_PERMISSIVE.decode(image.as_bytes()).ok().and_then(|it| it.try_into().ok());
    let Some(digest) = digest else {
        return Err(FieldProblem::of("image", "image must be 64 hexadecimal digits, as sending the firmware answers"));
    };
    let unknown = || FieldProblem::of("image", "no such image is kept; send it with PUT /api/v1/firmware first");
    api.backend.firmware(digest).await.ok_or_else(unknown)
}

impl From<crate::bus::FirmwareRefused> for Refusal {
    fn from(refused: crate::bus::FirmwareRefused) -> Self {
        match refused {
            crate::bus::FirmwareRefused::Malformed(_) | crate::bus::FirmwareRefused::NotTrusted => {
                Self::new(ProblemKind::Invalid, refused.to_string())
            }
            crate::bus::FirmwareRefused::NotKept(_) => Self::new(ProblemKind::Unavailable, refused.to_string()),
        }
    }
}
