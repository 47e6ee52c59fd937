//! Devices and jobs with them. A job is begun, told, and awaited (`job.rs`) unless nobody wants to wait.

use std::path::Path;

use hyper::Method;
use rackward_dashboard::wire::request;
use serde_json::{Value, json};

use super::{Session, handles, job, list, pages, screens, single, with};
use crate::cli::arguments::{BusVerb, DeviceChange, DeviceCommission, DeviceJob, DeviceVerb};
use crate::cli::client::Target;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::column::{BUS_DEVICES, BUSES, DEVICES};
use crate::cli::output::{Report, safe};
use crate::cli::prompt;

/// The largest image taken: what the daemon takes.
const MAX_IMAGE_BYTES: u64 = 16 << 20;

/// Devices.
///
/// # Errors
/// The daemon does not answer or says no, the job fails, or nobody confirmed it.
pub(super) async fn device(session: &Session, verb: &DeviceVerb) -> Result<Report, Failure> {
    match verb {
        DeviceVerb::List(part) => {
            list(session, Target::new(&["devices"]), part, "DeviceList", DEVICES, "no devices").await
        }
        DeviceVerb::Show { device } => Ok(single("Device", one(session, device).await?, screens::device)),
        DeviceVerb::Commission(args) => commission(session, args).await,
        DeviceVerb::RollKey(args) => begin(session, args, wish("roll-key", args)).await,
        DeviceVerb::Line { job, address, baud } => {
            let body = request::StartJob { address: Some((*address).into()), baud: Some(*baud), ..wish("line", job) };
            let report = begin(session, job, body).await?;
            session.tell(&format!(
                "before the daemon starts again, write address = {address} for {} into the site file, or it is looked for at its old address",
                safe(&job.change.device)
            ));
            Ok(report)
        }
        DeviceVerb::Update { job, image, allow_downgrade } => update(session, job, image, *allow_downgrade).await,
        DeviceVerb::Enrol(args) => handles::enrol(session, args).await,
        DeviceVerb::RevokeCertificate(args) => handles::revoke_certificate(session, args).await,
        DeviceVerb::Exposure { device } => handles::exposure(session, device).await,
        DeviceVerb::Accept(args) => {
            let document = session.post(&["devices", &args.device, "accept"], &reason(args)).await;
            let document = document.map_err(|failure| unknown(failure).advise_on(Exit::Conflict, SEE_DEVICES))?;
            Ok(single("DeviceAccepted", with(document, "name", json!(args.device)), screens::device_accepted))
        }
        DeviceVerb::Stop(args) => {
            let target = ["devices", args.device.as_str(), "job"];
            let document = session.change(Method::DELETE, &target, &reason(args)).await.map_err(unknown)?;
            Ok(single("DeviceJobStop", with(document, "name", json!(args.device)), screens::job_stopped))
        }
    }
}

const SEE_DEVICES: &str = "see who answers with: rackward device show NAME";

pub(super) fn reason(args: &DeviceChange) -> request::Reason {
    request::Reason { reason: args.reason.clone() }
}

pub(super) fn unknown(failure: Failure) -> Failure {
    failure.advise_on(Exit::NotFound, "see what there is with: rackward device list")
}

fn wish(task: &str, job: &DeviceJob) -> request::StartJob {
    request::StartJob { task: task.to_owned(), reason: job.change.reason.clone(), ..request::StartJob::default() }
}

/// The device of this name or id.
async fn one(session: &Session, device: &str) -> Result<Value, Failure> {
    let mut document = pages(session, Target::new(&["devices"])).await?;
    let items = document.get_mut("items").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
    let is = |item: &Value, member: &str| item.get(member).and_then(Value::as_str) == Some(device);
    items.into_iter().find(|item| is(item, "name") || is(item, "id")).ok_or_else(|| {
        let detail = format!("no device is called {device}");
        Failure::new(
            Exit::NotFound,
            "not-found",
            "No such thing",
            detail,
            "see what there is with: rackward device list",
        )
    })
}

async fn commission(session: &Session, args: &DeviceCommission) -> Result<Report, Failure> {
    let device = one(session, &args.job.change.device).await?;
    let name = device.get("name").and_then(Value::as_str).unwrap_or_default();
    confirm(session, name, args.confirm.as_deref()).await?;
    let seconds = u32::try_from(args.lasting.as_secs()).unwrap_or(u32::MAX);
    let body = request::StartJob {
        first_key: args.from_file.then(|| "from_file".to_owned()),
        for_s: Some(seconds),
        ..wish("commission", &args.job)
    };
    let started = start(session, &args.job, body).await?;
    let what = if args.from_file { "see that the reader is powered" } else { "put the reader into install mode" };
    session.tell(&format!("{what} now; {seconds} s"));
    job::awaited(session, &started, args.job.no_wait).await
}

/// Whoever commissions names the device twice: the wrong one in install mode can be taken over by anybody at its cable.
async fn confirm(session: &Session, name: &str, given: Option<&str>) -> Result<(), Failure> {
    let help = format!("add --confirm {name}");
    let typed = match given {
        Some(given) => given.to_owned(),
        None if session.prompting.reaches_somebody() => {
            let question = format!("{} will accept a first key. Type its name to go on: ", safe(name));
            prompt::line(&question).await?.trim().to_owned()
        }
        None => {
            let detail = "a commissioning is confirmed by the device's name, and nobody can be asked here";
            return Err(Failure::new(Exit::Usage, "no-input", "the confirmation is missing", detail, help));
        }
    };
    if typed == name {
        return Ok(());
    }
    let detail = format!("the device is {name}, and that is not what was typed");
    Err(Failure::new(Exit::Cancelled, "not-confirmed", "nothing was done", detail, help))
}

async fn update(session: &Session, job: &DeviceJob, image: &Path, allow: bool) -> Result<Report, Failure> {
    let bytes = read_file(image, "--image", MAX_IMAGE_BYTES)?;
    let kept = session.client.put_bytes(&Target::new(&["firmware"]), "application/octet-stream", bytes.into()).await?;
    let digest = kept.get("image").and_then(Value::as_str).unwrap_or_default().to_owned();
    let body =
        request::StartJob { image: Some(digest), allow_downgrade: allow.then_some(true), ..wish("firmware", job) };
    begin(session, job, body).await.map_err(|failure| failure.advise("allow_downgrade", "add --allow-downgrade"))
}

/// A file of bounded size.
///
/// # Errors
/// It cannot be read, or is larger.
pub(crate) fn read_file(path: &Path, flag: &str, most_bytes: u64) -> Result<Vec<u8>, Failure> {
    let failed = |detail: String| Failure::new(Exit::Invalid, "file", &format!("{flag} cannot be read"), detail, "");
    let file = std::fs::File::open(path).map_err(|error| failed(format!("{}: {error}", path.display())))?;
    let mut bytes = Vec::new();
    let read = std::io::Read::read_to_end(&mut std::io::Read::take(file, most_bytes + 1), &mut bytes);
    read.map_err(|error| failed(format!("{}: {error}", path.display())))?;
    if bytes.len() as u64 > most_bytes {
        return Err(failed(format!("{} has more than {most_bytes} bytes", path.display())));
    }
    Ok(bytes)
}

async fn begin(session: &Session, args: &DeviceJob, body: request::StartJob) -> Result<Report, Failure> {
    let started = start(session, args, body).await?;
    job::awaited(session, &started, args.no_wait).await
}

async fn start(session: &Session, args: &DeviceJob, body: request::StartJob) -> Result<Value, Failure> {
    let started = session.post(&["devices", &args.change.device, "job"], &body).await;
    started.map_err(|failure| unknown(failure).advise_on(Exit::Conflict, SEE_DEVICES))
}

/// Buses, but for the trace, which is no answer but a stream (`job.rs`).
///
/// # Errors
/// The daemon does not answer or says no, or a search was cut off.
pub(super) async fn bus(session: &Session, verb: &BusVerb) -> Option<Result<Report, Failure>> {
    Some(match verb {
        BusVerb::List(part) => list(session, Target::new(&["buses"]), part, "BusList", BUSES, "no buses").await,
        BusVerb::Show { bus } => show_bus(session, bus).await,
        BusVerb::Scan { bus, speeds, reason } => {
            let speeds = (!speeds.is_empty()).then(|| speeds.clone());
            let body = request::ScanBus { speeds, reason: reason.clone() };
            job::scan(session, bus, &body).await
        }
        BusVerb::Trace { .. } => return None,
    })
}

async fn show_bus(session: &Session, bus: &str) -> Result<Report, Failure> {
    let mut document = pages(session, Target::new(&["buses"])).await?;
    let buses = document.get_mut("items").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
    let found = buses.into_iter().find(|item| item.get("name").and_then(Value::as_str) == Some(bus));
    let Some(mut found) = found else {
        let detail = format!("no bus is called {bus}");
        let help = "see what there is with: rackward bus list";
        return Err(Failure::new(Exit::NotFound, "not-found", "No such thing", detail, help));
    };
    let devices = found.get_mut("devices").map(Value::take).unwrap_or_default();
    let document = json!({ "items": devices, "next_cursor": null });
    Ok(Report::List { kind: "BusDeviceList", document, columns: BUS_DEVICES, empty: "no devices" })
}
