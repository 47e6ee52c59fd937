//! What rights rest on: schedules, calendars, access profiles, organisations and their agreements.

use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use hyper::Method;
use rackward_dashboard::wire::at::At;
use rackward_dashboard::wire::request;
use serde_json::{Value, json};

use super::moments::{list_then, moment, told_then};
use super::{Session, list, named, pages, screens, single, whole, with};
use crate::cli::arguments::{
    AgreementCreate, AgreementVerb, CalendarVerb, Import, Named, NamedThen, OrganisationVerb, ProfileShape,
    ProfileVerb, ScheduleShape, ScheduleVerb,
};
use crate::cli::client::Target;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Report;
use crate::cli::output::column::{AGREEMENTS, CALENDARS, ORGANISATIONS, PREVIEW, PROFILES, SCHEDULES};
use crate::cli::prompt;

/// The media type of iCalendar (RFC 5545 section 8.1).
const ICALENDAR: &str = "text/calendar; charset=utf-8";
/// The longest calendar file taken: thousands of events. A wrong file fed in does not fill memory.
const MAX_ICALENDAR_BYTES: u64 = 1 << 20;
/// How far a preview looks when nobody says: two weeks show every window of the week and the next one.
const PREVIEW_S: u64 = 14 * 86_400;

/// Schedules.
///
/// # Errors
/// The daemon does not answer or says no, or a time or file cannot be read.
pub(super) async fn schedule(session: &Session, verb: &ScheduleVerb) -> Result<Report, Failure> {
    match verb {
        ScheduleVerb::List(part) => {
            list_then(session, Target::new(&["schedules"]), part, "ScheduleList", SCHEDULES, "no schedules").await
        }
        ScheduleVerb::Show(args) => {
            let found = one(session, "schedules", args, "schedule list").await?;
            Ok(single("Schedule", found, screens::schedule))
        }
        ScheduleVerb::Create(args) => create_schedule(session, args).await,
        ScheduleVerb::Edit(args) => edit_schedule(session, args).await,
        ScheduleVerb::Delete(args) => {
            let document = session.change(Method::DELETE, &["schedules", &args.name], &request::Nothing {}).await;
            let document = document.map_err(|failure| unknown(failure, "schedule list"))?;
            Ok(single("RightsChange", called(document, &args.name), screens::removed))
        }
        ScheduleVerb::Preview { name, from, to } => preview(session, name, from.as_deref(), to.as_deref()).await,
        ScheduleVerb::Import(args) => import(session, "schedules", args).await,
        ScheduleVerb::Export(args) => export(session, "schedules", args, "schedule list").await,
    }
}

/// The special days as typed; `None` when nothing was said of them.
fn special(args: &ScheduleShape) -> Option<Vec<request::SpecialDays>> {
    let special = |(calendar, windows): &(String, Vec<String>)| request::SpecialDays {
        calendar: calendar.clone(),
        windows: windows.clone(),
    };
    (!args.special.is_empty()).then(|| args.special.iter().map(special).collect())
}

fn windows(args: &ScheduleShape) -> Option<Vec<String>> {
    (!args.window.is_empty()).then(|| args.window.clone())
}

async fn create_schedule(session: &Session, args: &ScheduleShape) -> Result<Report, Failure> {
    let body = request::CreateSchedule {
        name: args.name.clone(),
        time_zone: args.time_zone.clone(),
        windows: windows(args),
        special: special(args),
    };
    let document = session.post(&["schedules"], &body).await?;
    Ok(single("Schedule", called(document, &args.name), screens::made))
}

async fn edit_schedule(session: &Session, args: &ScheduleShape) -> Result<Report, Failure> {
    let body =
        request::ChangeSchedule { time_zone: args.time_zone.clone(), windows: windows(args), special: special(args) };
    let document = session.change(Method::PUT, &["schedules", &args.name], &body).await;
    let document = document.map_err(|failure| unknown(failure, "schedule list"))?;
    Ok(single("Schedule", called(document, &args.name), screens::made))
}

/// The openings and closings of a schedule, each in its own local time with the offset of that moment. A long preview
/// comes in parts; where the next one begins, each part says.
async fn preview(session: &Session, name: &str, from: Option<&str>, to: Option<&str>) -> Result<Report, Failure> {
    let from_at = session.instant("--from", from.unwrap_or("now")).await?;
    let to_at = match to {
        Some(to) => session.instant("--to", to).await?,
        None => At(from_at.0.after(Duration::from_secs(PREVIEW_S))),
    };
    let part = async |from_at: &str| {
        let target = Target::new(&["schedules", name, "preview"]).query("from_at", from_at);
        let document = session.get(target.query("to_at", &to_at.to_string())).await;
        document.map_err(|failure| unknown(failure, "schedule list"))
    };
    let first = part(&from_at.to_string()).await?;
    let document = whole(session, first, part).await?;
    Ok(Report::List { kind: "SchedulePreview", document, columns: PREVIEW, empty: "nothing opens or closes then" })
}

/// Calendars of special days.
///
/// # Errors
/// The daemon does not answer or says no, or a file cannot be read.
pub(super) async fn calendar(session: &Session, verb: &CalendarVerb) -> Result<Report, Failure> {
    match verb {
        CalendarVerb::List(part) => {
            list_then(session, Target::new(&["calendars"]), part, "CalendarList", CALENDARS, "no calendars").await
        }
        CalendarVerb::Show(args) => {
            let found = one(session, "calendars", args, "calendar list").await?;
            Ok(single("Calendar", found, screens::calendar))
        }
        CalendarVerb::Create(args) => {
            let body = request::CreateCalendar { name: args.name.clone(), days: args.day.clone() };
            let document = session.post(&["calendars"], &body).await?;
            Ok(single("Calendar", called(document, &args.name), screens::made))
        }
        CalendarVerb::Edit(args) => {
            let body = request::ChangeCalendar { days: args.day.clone() };
            let document = session.change(Method::PUT, &["calendars", &args.name], &body).await;
            let document = document.map_err(|failure| unknown(failure, "calendar list"))?;
            Ok(single("Calendar", called(document, &args.name), screens::made))
        }
        CalendarVerb::Delete(args) => {
            let document = session.change(Method::DELETE, &["calendars", &args.name], &request::Nothing {}).await;
            let document = document.map_err(|failure| unknown(failure, "calendar list"))?;
            Ok(single("RightsChange", called(document, &args.name), screens::removed))
        }
        CalendarVerb::Import(args) => import(session, "calendars", args).await,
        CalendarVerb::Export(args) => export(session, "calendars", args, "calendar list").await,
    }
}

async fn import(session: &Session, noun: &str, args: &Import) -> Result<Report, Failure> {
    let name = match (&args.name, args.file.file_stem()) {
        (Some(name), _) => name.clone(),
        (None, Some(stem)) if args.file != Path::new("-") => stem.to_string_lossy().into_owned(),
        (None, _) => return Err(Failure::usage("--name", &"standard input has no name; give one with --name")),
    };
    let text = read_file(&args.file).await?;
    let target = Target::new(&[noun, &name, "ical"]);
    let document = session.client.put_text(&target, ICALENDAR, text).await?;
    Ok(single("RightsChange", called(document, &name), screens::made))
}

/// A calendar file, or standard input.
async fn read_file(file: &Path) -> Result<String, Failure> {
    let unreadable = |error: std::io::Error| {
        let exit = match error.kind() {
            std::io::ErrorKind::NotFound => Exit::NotFound,
            _ => Exit::Invalid,
        };
        let detail = format!("{}: {error}", file.display());
        Failure::new(exit, "unreadable-file", "the calendar file cannot be read", detail, "name an iCalendar file")
    };
    let path = file.to_owned();
    // A pipe may be as slow to read as a person.
    let read = prompt::apart(move || {
        let mut text = String::new();
        match path == Path::new("-") {
            true => std::io::stdin().lock().take(MAX_ICALENDAR_BYTES + 1).read_to_string(&mut text),
            false => std::fs::File::open(path)?.take(MAX_ICALENDAR_BYTES + 1).read_to_string(&mut text),
        }
        .map(|_| text)
    });
    let text = read.await.map_err(unreadable)?;
    if text.len() as u64 > MAX_ICALENDAR_BYTES {
        let detail = format!("{}: longer than {MAX_ICALENDAR_BYTES} bytes", file.display());
        return Err(Failure::new(Exit::Invalid, "long-file", "the calendar file is too long", detail, ""));
    }
    Ok(text)
}

async fn export(session: &Session, noun: &str, args: &Named, listing: &str) -> Result<Report, Failure> {
    let text = session.client.get_text(&Target::new(&[noun, &args.name, "ical"])).await;
    let text = text.map_err(|failure| unknown(failure, listing))?;
    Ok(single("ICalendar", json!({ "name": args.name, "text": text }), screens::icalendar))
}

/// Access profiles.
///
/// # Errors
/// The daemon does not answer or says no.
pub(super) async fn profile(session: &Session, verb: &ProfileVerb) -> Result<Report, Failure> {
    match verb {
        ProfileVerb::List(part) => {
            list_then(session, Target::new(&["profiles"]), part, "ProfileList", PROFILES, "no profiles").await
        }
        ProfileVerb::Show(args) => {
            let found = one(session, "profiles", args, "profile list").await?;
            Ok(single("Profile", found, screens::profile))
        }
        ProfileVerb::Create(args) => {
            let body = request::CreateProfile {
                name: args.name.clone(),
                organisation: args.organisation.clone(),
                policies: policies(args),
                reason: args.reason.clone(),
            };
            let document = session.post(&["profiles"], &body).await?;
            Ok(single("Profile", called(document, &args.name), screens::made))
        }
        ProfileVerb::Edit(args) => {
            let body = request::ChangeProfile {
                organisation: args.organisation.clone(),
                policies: policies(args),
                reason: args.reason.clone(),
            };
            let document = session.change(Method::PUT, &["profiles", &args.name], &body).await;
            let document = document.map_err(|failure| unknown(failure, "profile list"))?;
            Ok(single("Profile", called(document, &args.name), screens::made))
        }
        ProfileVerb::Delete { name, reason } => {
            let body = request::Reason { reason: reason.clone() };
            let document = session.change(Method::DELETE, &["profiles", name], &body).await;
            let document = document.map_err(|failure| unknown(failure, "profile list"))?;
            Ok(single("RightsChange", called(document, name), screens::removed))
        }
    }
}

/// The policies as typed: `PLACE` or `PLACE=SCHEDULE`.
fn policies(args: &ProfileShape) -> Vec<request::ProfilePolicy> {
    let parts = |text: &String| match text.split_once('=') {
        Some((place, schedule)) => (Some(place.to_owned()), Some(schedule.to_owned())),
        None => (Some(text.clone()), args.schedule.clone()),
    };
    let none = request::ProfilePolicy::default;
    let doors = args.door.iter().map(parts).map(|(door, schedule)| request::ProfilePolicy { door, schedule, ..none() });
    let racks = args.rack.iter().map(parts).map(|(rack, schedule)| request::ProfilePolicy { rack, schedule, ..none() });
    let areas = args.area.iter().map(parts).map(|(area, schedule)| request::ProfilePolicy { area, schedule, ..none() });
    doors.chain(racks).chain(areas).collect()
}

/// Organisations.
///
/// # Errors
/// The daemon does not answer or says no.
pub(super) async fn organisation(session: &Session, verb: &OrganisationVerb) -> Result<Report, Failure> {
    let OrganisationVerb::List(part) = verb;
    let target = Target::new(&["organisations"]);
    list(session, target, part, "OrganisationList", ORGANISATIONS, "no organisations").await
}

/// Agreements.
///
/// # Errors
/// The daemon does not answer or says no, or a time cannot be read.
pub(super) async fn agreement(session: &Session, verb: &AgreementVerb) -> Result<Report, Failure> {
    match verb {
        AgreementVerb::List(part) => {
            let target = Target::new(&["agreements"]);
            list_then(session, target, part, "AgreementList", AGREEMENTS, "no agreements").await
        }
        AgreementVerb::Create(args) => {
            let body = new_agreement(session, args).await?;
            Ok(single("Agreement", session.post(&["agreements"], &body).await?, screens::agreement))
        }
        AgreementVerb::End { agreement, reason } => {
            let body = request::Reason { reason: reason.clone() };
            let document = session.post(&["agreements", agreement, "end"], &body).await;
            let document = document.map_err(|failure| unknown(failure, "agreement list"))?;
            Ok(single("Agreement", named(document, agreement), screens::agreement_ended))
        }
    }
}

async fn new_agreement(session: &Session, args: &AgreementCreate) -> Result<request::MakeAgreement, Failure> {
    let from_at = session.maybe_instant("--from", args.from.as_deref()).await?;
    let to_at = session.end(from_at, args.lasting, args.to.as_deref()).await?;
    Ok(request::MakeAgreement {
        owner: args.owner.clone(),
        guest: args.guest.clone(),
        areas: args.area.clone(),
        from_at,
        to_at,
        reason: args.reason.clone(),
    })
}

/// The thing of this name among all of its kind.
async fn one(session: &Session, noun: &str, args: &NamedThen, listing: &str) -> Result<Value, Failure> {
    let at = moment(session, args.past.at.as_deref()).await?;
    let document =
        told_then(session, at.as_deref(), pages(session, Target::new(&[noun]).maybe("at", at.as_deref()))).await?;
    let items = document.get("items").and_then(Value::as_array);
    let called = |item: &&Value| item.get("name").and_then(Value::as_str) == Some(args.name.as_str());
    items.into_iter().flatten().find(called).cloned().ok_or_else(|| {
        let detail = format!("nothing is called {} among the {noun}", args.name);
        Failure::new(
            Exit::NotFound,
            "not-found",
            "No such thing",
            detail,
            format!("list them with: rackward {listing}"),
        )
    })
}

fn unknown(failure: Failure, listing: &str) -> Failure {
    failure.advise_on(Exit::NotFound, &format!("list them with: rackward {listing}"))
}

/// The answer, with the name of what was named where the daemon does not repeat it.
fn called(document: Value, name: &str) -> Value {
    if document.get("name").is_some() { document } else { with(document, "name", json!(name)) }
}
