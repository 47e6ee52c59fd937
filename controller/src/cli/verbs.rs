//! What each verb asks of the daemon, and what it makes of the answer. No rule is here: names, times and cards go to the
//! daemon as typed, but for times, which are read here because the site's zone and the moment of typing settle them.

mod alarms;
mod alerts;
mod audit;
mod cameras;
mod desk;
mod devices;
mod differences;
mod events;
mod figures;
mod files;
mod handles;
mod honoured;
mod job;
mod moments;
mod operators;
mod people;
mod places;
mod racks;
mod receipts;
mod requests;
mod reviews;
mod rights;
mod roster;
mod rules;
mod screens;
mod webhooks;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use hyper::Method;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rackward_core::Wall;
use rackward_dashboard::wire::at::{At, span_text};
use rackward_dashboard::wire::request;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::arguments::{ConsoleVerb, Form, ListArgs, Noun, SessionVerb};
use super::client::{Client, Target};
use super::failure::{Exit, Failure};
use super::output::column::{Column, SESSIONS};
use super::output::{Report, Screen};
use super::prompt::Prompting;
use super::when;

pub(crate) use devices::read_file;
pub(crate) use job::trace;
pub(crate) use webhooks::{keygen, keygen_tried};

/// What people see of one thing.
type Text = fn(&Value, &Screen) -> String;

/// The daemon, the moment of typing, and what the person said about forms.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) now: Timestamp,
    pub(crate) prompting: Prompting,
    /// Whether it is said on the error stream how far something is.
    pub(crate) progress: Progress,
    /// The members of lists that are wanted, if only some are.
    pub(crate) fields: Option<String>,
    /// Whether questions that are asked before something is done are answered already.
    pub(crate) consent: Consent,
    /// For how long it is waited for receipts of a change, if at all.
    pub(crate) patience: Option<std::time::Duration>,
    /// The line as it was typed, as it could be typed again.
    typed: String,
    zone: OnceCell<TimeZone>,
    /// Ends that were typed as spans: the moments they come to, and how long they are.
    spans: Mutex<BTreeMap<String, String>>,
}

/// Whether it is said on the error stream how far something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// It is.
    Told,
    /// It is not: `--quiet`.
    Silent,
}

/// Whether a question that is asked before something is done is answered already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consent {
    /// It is asked, where somebody can be.
    Asked,
    /// It was answered with yes: `--yes`.
    Given,
}

impl Session {
    /// A conversation with the daemon, about what `line` wants.
    pub(crate) fn new(client: Client, now: Timestamp, prompting: Prompting, line: &[String]) -> Self {
        let typed = line.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" ");
        Self {
            client,
            now,
            prompting,
            progress: Progress::Silent,
            fields: None,
            consent: Consent::Asked,
            patience: None,
            typed,
            zone: OnceCell::new(),
            spans: Mutex::default(),
        }
    }

    /// Says on the error stream how far something is.
    fn tell(&self, note: &str) {
        if self.progress == Progress::Told {
            eprintln!("{note}");
        }
    }

    /// The line as it was typed with more words at its end, so that it can be tried again.
    fn again(&self, more: &[&str]) -> String {
        format!("{} {}", self.typed, more.join(" "))
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

    /// The end of something that lasts for `span` from the moment of typing. It is sent as a span, so that the same line under
    /// the same key is the same request.
    fn lasting(&self, flag: &str, span: std::time::Duration) -> Result<At, Failure> {
        let end = self.after(flag, span)?;
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        spans.insert(end.to_string(), span_text(span));
        Ok(end)
    }

    /// The moment `span` after the moment of typing.
    fn after(&self, flag: &str, span: std::time::Duration) -> Result<At, Failure> {
        let end = when::later(self.now, span);
        end.map(at).ok_or_else(|| Failure::usage(flag, &"it ends after the last year of the calendar"))
    }

    /// The end of a stretch of time: `lasting` after its start, which is the moment of typing if left out, or `to`.
    async fn end(
        &self,
        from_at: Option<At>,
        lasting: Option<std::time::Duration>,
        to: Option<&str>,
    ) -> Result<At, Failure> {
        match (lasting, from_at) {
            (Some(span), None) => self.lasting("--for", span),
            (Some(span), Some(from)) => Ok(At(from.0.after(span))),
            (None, _) => self.instant("--to", to.unwrap_or_default()).await,
        }
    }

    async fn get(&self, target: Target) -> Result<Value, Failure> {
        self.client.get(&target).await
    }

    async fn post(&self, segments: &[&str], body: &impl serde::Serialize) -> Result<Value, Failure> {
        self.change(Method::POST, segments, body).await
    }

    async fn change(&self, method: Method, segments: &[&str], body: &impl serde::Serialize) -> Result<Value, Failure> {
        let body = serde_json::to_value(body).map_err(|error| Failure::usage("the input", &error))?;
        self.client.change(method, &Target::new(segments), &self.with_spans(body)).await
    }

    /// A body in which ends that were typed as spans are spans again.
    fn with_spans(&self, mut body: Value) -> Value {
        let spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        let members = body.as_object_mut().into_iter().flatten();
        for (_, value) in
            members.filter(|(name, _)| name.ends_with("to_at") || *name == "until_at" || *name == "due_at")
        {
            if let Some(span) = value.as_str().and_then(|end| spans.get(end)) {
                *value = json!(span);
            }
        }
        body
    }
}

/// What a change would come to, as the daemon told it.
pub(crate) fn rehearsed(document: Value) -> Report {
    Report::Single { kind: "Rehearsal", document, text: screens::rehearsed, exit: Exit::Done }
}

/// What waits for a second operator, as the daemon told it.
pub(crate) fn waiting(document: Value) -> Report {
    Report::Single { kind: "Waits", document, text: screens::waiting, exit: Exit::Waiting }
}

/// A word of a command line as a POSIX shell takes it back as it is: in single quotes unless it is plain.
fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:+,=@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

fn at(instant: Timestamp) -> At {
    At(Wall::from_micros(instant.as_microsecond()))
}

/// Asks the daemon for what `noun` wants, and waits for the receipts of what it changed if that is wanted; `None` for the
/// nouns that the daemon does not answer.
///
/// # Errors
/// The daemon does not answer or says no, or an input cannot be read.
pub(crate) async fn ask(session: &Session, noun: &Noun, form: Form) -> Option<Result<Report, Failure>> {
    let answered = answered(session, noun, form).await?;
    Some(match (answered, session.patience) {
        (Ok(report), Some(limit)) => receipts::awaited(session, report, limit).await,
        (answered, _) => answered,
    })
}

async fn answered(session: &Session, noun: &Noun, form: Form) -> Option<Result<Report, Failure>> {
    Some(match noun {
        Noun::Status => status(session, form).await,
        Noun::Audit(verb) => return audit::audit(session, verb).await,
        Noun::Camera(verb) => cameras::camera(session, verb).await,
        Noun::Event(verb) => return events::event(session, verb).await,
        Noun::Alarm(verb) => return alarms::alarm(session, verb).await,
        Noun::Door(verb) => places::door(session, verb).await,
        Noun::Area(verb) => places::area(session, verb).await,
        Noun::Rack(verb) => places::rack(session, verb).await,
        Noun::Point(verb) => places::point(session, verb).await,
        Noun::Site(verb) => places::site(session, verb).await,
        Noun::Presence(verb) => places::presence(session, verb).await,
        Noun::Inside(args) => desk::inside(session, args).await,
        Noun::Visitor(verb) => desk::visitor(session, verb).await,
        Noun::Muster(verb) => desk::muster(session, verb).await,
        Noun::Shift(verb) => desk::shift(session, verb).await,
        Noun::Device(verb) => devices::device(session, verb).await,
        Noun::Reader(verb) => handles::reader(session, verb).await,
        Noun::Locate(args) => handles::locate(session, args).await,
        Noun::Canary(verb) => handles::canary(session, verb).await,
        Noun::Mqtt(verb) => handles::mqtt(session, verb).await,
        Noun::Receipt(verb) => receipts::receipt(session, verb).await,
        Noun::Bus(verb) => return devices::bus(session, verb).await,
        Noun::Webhook(verb) => return webhooks::webhook(session, verb).await,
        Noun::Person(verb) => people::person(session, verb).await,
        Noun::Credential(verb) => people::credential(session, verb).await,
        Noun::Grant(verb) => rights::grant(session, verb).await,
        Noun::Request(verb) => requests::request(session, verb).await,
        Noun::Ticket(verb) => rights::ticket(session, verb).await,
        Noun::BreakGlass(verb) => rights::break_glass(session, verb).await,
        Noun::Schedule(verb) => rules::schedule(session, verb).await,
        Noun::Calendar(verb) => rules::calendar(session, verb).await,
        Noun::Profile(verb) => rules::profile(session, verb).await,
        Noun::Organisation(verb) => rules::organisation(session, verb).await,
        Noun::Agreement(verb) => rules::agreement(session, verb).await,
        Noun::Operator(verb) => operators::operator(session, verb).await,
        Noun::Token(verb) => operators::token(session, verb).await,
        Noun::Proposal(verb) => operators::proposal(session, verb).await,
        Noun::Permission(verb) => operators::permission(session, verb).await,
        Noun::Explain(args) => moments::explain(session, args).await,
        Noun::WhoCan(args) => moments::who_can(session, args).await,
        Noun::WhatCan(args) => moments::what_can(session, args).await,
        Noun::Alert(verb) => alerts::alert(session, verb).await,
        Noun::Review(verb) => reviews::review(session, verb).await,
        Noun::Simulate(args) => moments::simulate(session, args).await,
        Noun::Plan(args) => files::plan(session, args).await,
        Noun::Apply(args) => files::apply(session, args, form).await,
        Noun::Undo(args) => files::undo(session, args).await,
        Noun::Test(args) => files::test(session, args).await,
        Noun::Drift(args) => files::drift(session, args).await,
        Noun::Export(verb) => files::export(session, verb).await,
        Noun::Schema => Ok(files::schema()),
        Noun::Console(verb) => console(session, verb).await,
        Noun::Session(verb) => sessions(session, verb).await,
        Noun::Whoami { rights } => whoami(session, *rights).await,
        Noun::Doctor(_)
        | Noun::Firmware(_)
        | Noun::Sim(_)
        | Noun::Run(_)
        | Noun::Demo(_)
        | Noun::Login(_)
        | Noun::Logout
        | Noun::Context(_)
        | Noun::Completion { .. }
        | Noun::Complete { .. }
        | Noun::Man(_)
        | Noun::Version
        | Noun::ExitCodes => return None,
    })
}

/// How many items a page has that goes on with a list: the most that the daemon gives.
const PAGE_ITEMS: u32 = 1_000;

/// The part of a list that is wanted, however many pages the daemon gives it in.
async fn list(
    session: &Session,
    target: Target,
    part: &ListArgs,
    kind: &'static str,
    columns: &'static [Column],
    empty: &'static str,
) -> Result<Report, Failure> {
    let target = target.maybe("filter", part.filter.as_deref()).maybe("sort", part.sort.as_deref());
    // The daemon's own check says which members there are, though the list be empty.
    let target = target.maybe("fields", session.fields.as_deref());
    let document = first_of(session, target, part.limit).await?;
    Ok(Report::List { kind, document, columns, empty })
}

/// The whole list behind `target`.
async fn pages(session: &Session, target: Target) -> Result<Value, Failure> {
    first_of(session, target, None).await
}

/// The first items of the list behind `target`, at most so many.
async fn first_of(session: &Session, target: Target, most: Option<u32>) -> Result<Value, Failure> {
    let page = async |limit: Option<u32>, cursor: Option<&str>| {
        let limit = limit.map(|limit| limit.min(PAGE_ITEMS).to_string());
        session.get(target.clone().maybe("limit", limit.as_deref()).maybe("cursor", cursor)).await
    };
    let mut document = page(most, None).await?;
    while let Some(cursor) = next_of(&document) {
        let left = most.map(|most| most.saturating_sub(u32::try_from(count_of(&document)).unwrap_or(u32::MAX)));
        if left == Some(0) {
            break;
        }
        let next = page(left.or(Some(PAGE_ITEMS)), Some(&cursor)).await?;
        document = joined(session, document, next, &cursor)?;
    }
    Ok(document)
}

/// The first page, with the items of all the others; `next` gives the page at a cursor.
async fn whole(
    session: &Session,
    mut document: Value,
    next: impl AsyncFn(&str) -> Result<Value, Failure>,
) -> Result<Value, Failure> {
    while let Some(cursor) = next_of(&document) {
        document = joined(session, document, next(&cursor).await?, &cursor)?;
    }
    Ok(document)
}

/// A list so far with the page at `cursor`.
fn joined(session: &Session, mut document: Value, mut page: Value, cursor: &str) -> Result<Value, Failure> {
    let after = page.get_mut("next_cursor").map(Value::take).unwrap_or_default();
    if after.as_str() == Some(cursor) {
        return Err(session.client.unreachable("it gives the same page of a list again and again"));
    }
    let more = page.get_mut("items").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
    if let Some(items) = document.get_mut("items").and_then(Value::as_array_mut) {
        items.extend(more);
    }
    Ok(with(document, "next_cursor", after))
}

fn next_of(document: &Value) -> Option<String> {
    document.get("next_cursor").and_then(Value::as_str).map(str::to_owned)
}

fn count_of(document: &Value) -> usize {
    document.get("items").and_then(Value::as_array).map_or(0, Vec::len)
}

fn single(kind: &'static str, document: Value, text: Text) -> Report {
    Report::Single { kind, document, text, exit: Exit::Done }
}

/// The daemon's status and, beside it, what is not as it should be; three more members in JSON.
async fn status(session: &Session, form: Form) -> Result<Report, Failure> {
    let document = session.get(Target::new(&["status"])).await?;
    if form == Form::Name {
        return Ok(single("Status", document, screens::status));
    }
    let items = async |name: &str| -> Result<Vec<Value>, Failure> {
        let mut answer = pages(session, Target::new(&[name])).await?;
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

async fn console(session: &Session, verb: &ConsoleVerb) -> Result<Report, Failure> {
    let body = match verb {
        ConsoleVerb::Login { operator } => {
            request::NewLink { operator: operator.clone(), ..request::NewLink::default() }
        }
        ConsoleVerb::Link { role, organisation } => {
            let role = role.map(|role| role.word().to_owned());
            request::NewLink { role, organisation: organisation.clone(), operator: None }
        }
    };
    let document = session.post(&["sessions", "link"], &body).await?;
    Ok(single("SignInLink", document, screens::sign_in_link))
}

async fn sessions(session: &Session, verb: &SessionVerb) -> Result<Report, Failure> {
    match verb {
        SessionVerb::List(part) => {
            list(session, Target::new(&["sessions"]), part, "SessionList", SESSIONS, "nobody is signed in").await
        }
        SessionVerb::Revoke { session: id, reason } => {
            let body = request::Reason { reason: reason.clone() };
            let document = session.post(&["sessions", id, "revoke"], &body).await?;
            Ok(single("SessionRevoked", named(document, id), screens::session_revoked))
        }
    }
}

async fn whoami(session: &Session, rights: bool) -> Result<Report, Failure> {
    let document = session.get(Target::new(&["sessions", "current"])).await?;
    let document = with(document, "daemon", json!(session.client.place()));
    Ok(single("WhoAmI", document, if rights { screens::whoami_with_rights } else { screens::whoami }))
}

/// The answer, with the id of what was named where the daemon does not repeat it.
fn named(document: Value, id: &str) -> Value {
    if document.get("id").is_some() { document } else { with(document, "id", json!(id)) }
}

fn number(document: &Value, pointer: &str) -> u64 {
    document.pointer(pointer).and_then(Value::as_u64).unwrap_or_default()
}

/// The answer with one more member; an answer that is no object has no members.
fn with(mut document: Value, name: &str, value: Value) -> Value {
    if let Some(members) = document.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_can_be_typed_again() {
        let check = |word: &str, expect: &str| assert_eq!(shell_word(word), expect);
        check("--for", "--for");
        check("lon1/hall-a/r07/c03", "lon1/hall-a/r07/c03");
        check("Swap PSU 2", "'Swap PSU 2'");
        check("it's", r"'it'\''s'");
        check("$(x)", "'$(x)'");
        check("", "''");
    }
}
