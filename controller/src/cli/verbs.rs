//! What each verb asks of the daemon, and what it makes of the answer. No rule is here: names, times and cards go to the
//! daemon as typed, but for times, which are read here because the site's zone and the moment of typing settle them.

mod rights;
mod screens;

use hyper::Method;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rackward_core::Wall;
use rackward_dashboard::wire::at::At;
use rackward_dashboard::wire::request;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::arguments::{AlarmVerb, DoorVerb, EventVerb, ExplainArgs, Form, Noun};
use super::client::{Client, Target};
use super::failure::Failure;
use super::output::Report;
use super::output::column::{ALARMS, DEVICES, DOORS, EVENTS};
use super::when;

/// How long an operator's command to a door stays good: long enough for a slow disk, short enough that a command that hung
/// somewhere opens nothing after everybody has left.
const DOOR_COMMAND_S: u64 = 10;

/// The daemon, the moment of typing, and what the person said about forms.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) now: Timestamp,
    pub(crate) prompting: Prompting,
    zone: OnceCell<TimeZone>,
}

/// Whether a missing input may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prompting {
    /// There is a person at a terminal.
    Allowed,
    /// There is not, or they said `--no-input`.
    Forbidden,
}

impl Session {
    pub(crate) fn new(client: Client, now: Timestamp, prompting: Prompting) -> Self {
        Self { client, now, prompting, zone: OnceCell::new() }
    }

    /// The site's time zone, asked for once.
    ///
    /// # Errors
    /// The daemon does not answer, or names a zone that is unknown here.
    pub(crate) async fn zone(&self) -> Result<TimeZone, Failure> {
        let zone = self.zone.get_or_try_init(|| async {
            let status = self.client.get(&Target::new(&["status"])).await?;
            let name = status.get("time_zone").and_then(Value::as_str).unwrap_or_default();
            TimeZone::get(name).map_err(|error| self.client.unreachable(error))
        });
        zone.await.cloned()
    }

    /// A time as typed after `flag`.
    async fn instant(&self, flag: &str, text: &str) -> Result<At, Failure> {
        let zone = if when::needs_zone(text) { self.zone().await? } else { TimeZone::UTC };
        let instant = when::parse_instant(text, self.now, &zone).map_err(|error| Failure::usage(flag, &error))?;
        Ok(at(instant))
    }

    /// A time that may be left out.
    async fn maybe_instant(&self, flag: &str, text: Option<&str>) -> Result<Option<At>, Failure> {
        match text {
            Some(text) => self.instant(flag, text).await.map(Some),
            None => Ok(None),
        }
    }

    /// The moment `span` after the moment of typing.
    fn after(&self, flag: &str, span: std::time::Duration) -> Result<At, Failure> {
        let end = when::later(self.now, span);
        end.map(at).ok_or_else(|| Failure::usage(flag, &"it ends after the last year of the calendar"))
    }

    async fn get(&self, target: Target) -> Result<Value, Failure> {
        self.client.get(&target).await
    }

    async fn post(&self, segments: &[&str], body: &impl serde::Serialize) -> Result<Value, Failure> {
        self.client.change(Method::POST, &Target::new(segments), body).await
    }
}

fn at(instant: Timestamp) -> At {
    At(Wall::from_micros(instant.as_microsecond()))
}

/// Asks the daemon for what `noun` wants; `None` for the nouns that the daemon does not answer.
///
/// # Errors
/// The daemon does not answer or says no, or an input cannot be read.
pub(crate) async fn ask(session: &Session, noun: &Noun, form: Form) -> Option<Result<Report, Failure>> {
    Some(match noun {
        Noun::Status => status(session, form).await,
        Noun::Event(EventVerb::List { after, limit }) => events(session, *after, *limit).await,
        Noun::Alarm(verb) => alarm(session, verb).await,
        Noun::Door(verb) => door(session, verb).await,
        Noun::Device(_) => list(session, Target::new(&["devices"]), "DeviceList", DEVICES, "no devices").await,
        Noun::Person(verb) => rights::person(session, verb).await,
        Noun::Credential(verb) => rights::credential(session, verb).await,
        Noun::Grant(verb) => rights::grant(session, verb).await,
        Noun::Explain(args) => explain(session, args).await,
        Noun::Console(_) => console_login(session).await,
        Noun::Event(EventVerb::Watch { .. })
        | Noun::Audit(_)
        | Noun::Sim(_)
        | Noun::Run(_)
        | Noun::Demo(_)
        | Noun::Version
        | Noun::ExitCodes => return None,
    })
}

async fn list(
    session: &Session,
    target: Target,
    kind: &'static str,
    columns: &'static [super::output::column::Column],
    empty: &'static str,
) -> Result<Report, Failure> {
    let document = session.get(target).await?;
    Ok(Report::List { kind, document, columns, empty })
}

fn single(kind: &'static str, document: Value, text: fn(&Value, &super::output::Screen) -> String) -> Report {
    Report::Single { kind, document, text }
}

/// The daemon's status and, beside it, what is not as it should be; three more members in JSON.
async fn status(session: &Session, form: Form) -> Result<Report, Failure> {
    let document = session.get(Target::new(&["status"])).await?;
    if form == Form::Name {
        return Ok(single("Status", document, screens::status));
    }
    let items = async |name: &str| -> Result<Vec<Value>, Failure> {
        let mut answer = session.get(Target::new(&[name])).await?;
        Ok(match answer.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        })
    };
    let is = |item: &Value, name: &str, word: &str| item.get(name).and_then(Value::as_str) == Some(word);
    let alarms = items("alarms").await?;
    let doors = items("doors").await?.into_iter().filter(|door| !is(door, "secured", "secured"));
    let devices = items("devices").await?.into_iter().filter(|device| !is(device, "state", "online"));
    let document = with(document, "open_alarms", json!(alarms));
    let document = with(document, "doors_not_secured", json!(doors.collect::<Vec<_>>()));
    let document = with(document, "devices_not_online", json!(devices.collect::<Vec<_>>()));
    Ok(single("Status", document, screens::status))
}

/// The newest entries: without `after`, from so many before the newest that `limit` of them come.
async fn events(session: &Session, after: Option<u64>, limit: u32) -> Result<Report, Failure> {
    let after = match after {
        Some(after) => after,
        None => {
            let status = session.get(Target::new(&["status"])).await?;
            status.get("head").and_then(Value::as_u64).unwrap_or_default().saturating_sub(u64::from(limit))
        }
    };
    let target = Target::new(&["events"]).query("after", &after.to_string()).query("limit", &limit.to_string());
    list(session, target, "EventList", EVENTS, "no entries").await
}

async fn alarm(session: &Session, verb: &AlarmVerb) -> Result<Report, Failure> {
    match verb {
        AlarmVerb::List => list(session, Target::new(&["alarms"]), "AlarmList", ALARMS, "no open alarms").await,
        AlarmVerb::Ack { alarm, note } => {
            let body = request::Acknowledge { note: note.clone().unwrap_or_default() };
            let document = session.post(&["alarms", alarm, "acknowledge"], &body).await?;
            Ok(single("Alarm", named(document, alarm), screens::acknowledged))
        }
    }
}

async fn door(session: &Session, verb: &DoorVerb) -> Result<Report, Failure> {
    match verb {
        DoorVerb::List => list(session, Target::new(&["doors"]), "DoorList", DOORS, "no doors").await,
        DoorVerb::Open { door, reason } => {
            let not_after_at = session.after("the command", std::time::Duration::from_secs(DOOR_COMMAND_S))?;
            let body = request::OpenDoor { door: door.clone(), reason: reason.clone(), not_after_at };
            let document = session.post(&["doors", "open"], &body).await?;
            Ok(single("DoorRelease", with(document, "door", json!(door)), screens::released))
        }
    }
}

async fn explain(session: &Session, args: &ExplainArgs) -> Result<Report, Failure> {
    let at = session.maybe_instant("--at", args.at.as_deref()).await?.map(|at| at.to_string());
    let target = Target::new(&["explain"]).query("person", &args.person).query("point", &args.point);
    let document = session.get(target.maybe("at", at.as_deref())).await?;
    Ok(single("Explanation", document, screens::explanation))
}

async fn console_login(session: &Session) -> Result<Report, Failure> {
    let document = session.post(&["sessions", "link"], &request::NewLink::default()).await?;
    Ok(single("SignInLink", document, screens::sign_in_link))
}

/// The answer, with the id of what was named where the daemon does not repeat it.
fn named(document: Value, id: &str) -> Value {
    if document.get("id").is_some() { document } else { with(document, "id", json!(id)) }
}

/// The answer with one more member; an answer that is no object has no members.
fn with(mut document: Value, name: &str, value: Value) -> Value {
    if let Some(members) = document.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
    document
}
