//! The handlers of `/api/v1`: they read a request, give the engine a command or ask it a question, and write the answer
//! down. No rule about who may pass, or which operator may do or see what, is here; all of them are the core's. A session
//! for one organisation asks with its scope, and what shows the whole site is not for it ([`whole_site`]).

mod alarms;
mod areas;
mod buses;
mod calendars;
mod credentials;
mod devices;
mod doors;
mod emergency;
mod enrolment;
mod events;
mod explain;
mod grants;
mod locate;
mod lookup;
mod organisations;
mod people;
mod profiles;
pub(crate) mod receipts;
mod rights;
mod schedules;
mod status;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use rackward_core::engine::command::Scope;
use rackward_core::entry::ReasonText;
use rackward_core::{Answer, Caller, Command, CommandError, Query, Reply};

use crate::backend::Backend;
use crate::body::MAX_FIRMWARE_BYTES;
use crate::params::Params;
use crate::receipt_board::ReceiptBoard;
use crate::refusal::Refusal;
use crate::router::Origin;
use crate::sessions::Sessions;
use crate::wire::problem::{FieldProblem, ProblemKind};

/// What every handler needs.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) board: Arc<ReceiptBoard>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) origin: Origin,
}

/// The routes that need a caller who is signed in.
pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .merge(of_places())
        .merge(of_devices())
        .merge(of_people())
        .merge(of_rights())
        .merge(of_schedules())
        .merge(of_the_site())
}

fn of_the_site() -> Router<Api> {
    Router::new()
        .route("/api/v1/status", get(status::show))
        .route("/api/v1/receipts", get(receipts::show))
        .route("/api/v1/threat-level", post(areas::set_threat_level))
        .route("/api/v1/alarms", get(alarms::list))
        .route("/api/v1/alarms/{id}/acknowledge", post(alarms::acknowledge))
        .route("/api/v1/explain", get(explain::show))
        .route("/api/v1/events", get(events::list))
        .route("/api/v1/stream", get(crate::stream::follow))
        .route("/api/v1/sessions/link", post(status::new_link))
}

fn of_places() -> Router<Api> {
    Router::new()
        .route("/api/v1/doors", get(doors::list))
        .route("/api/v1/doors/open", post(doors::open))
        .route("/api/v1/doors/mode", post(doors::order_mode))
        .route("/api/v1/points", get(doors::points))
        .route("/api/v1/areas", get(areas::list))
        .route("/api/v1/areas/occupancy", get(areas::occupancy))
        .route("/api/v1/areas/lockdown", post(areas::lock_down))
        .route("/api/v1/areas/release", post(areas::release))
        .route("/api/v1/presence/forgive", post(areas::forgive))
}

fn of_devices() -> Router<Api> {
    // An image is larger than any other body, so its route has a bound of its own.
    let firmware = put(devices::keep_firmware).layer(DefaultBodyLimit::max(MAX_FIRMWARE_BYTES));
    Router::new()
        .route("/api/v1/devices", get(devices::list))
        .route("/api/v1/devices/{device}/job", post(devices::start_job).delete(devices::stop_job))
        .route("/api/v1/devices/{device}/accept", post(devices::accept))
        .route("/api/v1/devices/{device}/enrol", post(enrolment::enrol))
        .route("/api/v1/devices/{device}/certificates/revoke", post(enrolment::revoke))
        .route("/api/v1/devices/{device}/exposure", get(receipts::exposure))
        .route("/api/v1/locate", post(locate::locate))
        .route("/api/v1/canaries", post(locate::try_canaries))
        .route("/api/v1/mqtt/acl", get(enrolment::acl))
        .route("/api/v1/mqtt/authority", get(enrolment::authority))
        .route("/api/v1/mqtt/crl", get(enrolment::crl))
        .route("/api/v1/firmware", firmware)
        .route("/api/v1/buses", get(buses::list))
        .route("/api/v1/buses/{bus}/scan", post(buses::scan))
        .route("/api/v1/buses/{bus}/trace", post(buses::trace))
}

fn of_people() -> Router<Api> {
    Router::new()
        .route("/api/v1/people", get(people::list).post(people::create))
        .route("/api/v1/people/{id}", get(people::show))
        .route("/api/v1/people/{id}/pin", put(people::set_pin))
        .route("/api/v1/people/{id}/duress-pin", put(people::set_duress_pin))
        .route("/api/v1/people/{id}/status", post(people::set_status))
        .route("/api/v1/people/{id}/disable", post(people::disable))
        .route("/api/v1/people/{id}/enable", post(people::enable))
        .route("/api/v1/people/{id}/details", put(people::change_details))
        .route("/api/v1/people/{id}/credentials", get(credentials::list))
        .route("/api/v1/credentials", post(credentials::assign))
        .route("/api/v1/credentials/{id}/state", post(credentials::set_state))
        .route("/api/v1/credentials/{id}/end-lockout", post(credentials::end_lockout))
        .route("/api/v1/card-formats", get(credentials::formats))
        .route("/api/v1/organisations", get(organisations::list))
        .route("/api/v1/agreements", get(organisations::agreements).post(organisations::agree))
        .route("/api/v1/agreements/{id}/end", post(organisations::end_agreement))
}

fn of_rights() -> Router<Api> {
    Router::new()
        .route("/api/v1/grants", get(grants::list).post(grants::create))
        .route("/api/v1/grants/{id}", get(grants::show))
        .route("/api/v1/grants/{id}/approve", post(grants::approve))
        .route("/api/v1/grants/{id}/deny", post(grants::deny))
        .route("/api/v1/grants/{id}/revoke", post(grants::revoke))
        .route("/api/v1/grants/{id}/end", post(grants::change_end))
        .route("/api/v1/grants/{id}/review", post(emergency::review))
        .route("/api/v1/tickets/close", post(grants::close_ticket))
        .route("/api/v1/break-glass", post(emergency::break_glass))
        .route("/api/v1/profiles", get(profiles::list).post(profiles::create))
        .route("/api/v1/profiles/{name}", put(profiles::change).delete(profiles::remove))
}

fn of_schedules() -> Router<Api> {
    Router::new()
        .route("/api/v1/schedules", get(schedules::list).post(schedules::create))
        .route("/api/v1/schedules/{name}", put(schedules::change).delete(schedules::remove))
        .route("/api/v1/schedules/{name}/preview", get(schedules::preview))
        .route("/api/v1/schedules/{name}/ical", get(schedules::to_ical).put(schedules::from_ical))
        .route("/api/v1/calendars", get(calendars::list).post(calendars::create))
        .route("/api/v1/calendars/{name}", put(calendars::change).delete(calendars::remove))
        .route("/api/v1/calendars/{name}/ical", get(calendars::to_ical).put(calendars::from_ical))
}

pub(crate) use alarms::current as current_alarms;
pub(crate) use devices::current as current_devices;
pub(crate) use doors::current as current_doors;
pub(crate) use status::{current as current_status, health};

impl Api {
    /// Gives a command as `caller`.
    pub(crate) async fn submit(&self, caller: Caller, command: Command) -> Result<Reply, Refusal> {
        self.backend.submit(caller, command).await.map_err(Refusal::from)
    }

    /// Gives a command whose parts are called otherwise in the body: from the engine's name to the member's.
    pub(crate) async fn submit_as(
        &self,
        caller: Caller,
        command: Command,
        members: &[(&str, &'static str)],
    ) -> Result<Reply, Refusal> {
        self.backend.submit(caller, command).await.map_err(|error| match error {
            CommandError::Invalid(mut problems) => {
                for problem in &mut problems {
                    let member = members.iter().find(|(name, _)| *name == problem.field);
                    problem.field = member.map_or(problem.field, |(_, member)| member);
                }
                CommandError::Invalid(problems).into()
            }
            other => other.into(),
        })
    }

    /// Asks a question, of which the answer holds what `caller` may see.
    pub(crate) async fn ask(&self, caller: Caller, query: Query) -> Result<Answer, Refusal> {
        self.backend.ask(caller.scope, query).await.map_err(Refusal::from)
    }
}

/// Refuses what shows the whole site to a caller whose session is for one organisation.
pub(crate) fn whole_site(caller: Caller) -> Result<(), Refusal> {
    match caller.scope {
        Scope::Site => Ok(()),
        Scope::Organisation(_) => {
            let detail = "this shows the whole site; your session may ask for people, credentials, grants, profiles, \
                          agreements, schedules, doors, points, areas, alarms and explanations of its organisation";
            Err(Refusal::new(ProblemKind::WholeSiteOnly, detail))
        }
    }
}

/// The engine answered in another shape than it was asked in: a defect, not the caller's.
fn wrong_shape() -> Refusal {
    Refusal::new(ProblemKind::Internal, "the engine answered another question; please report it")
}

/// What an answer to a creation starts with.
const CREATED: StatusCode = StatusCode::CREATED;

/// How many things a page of a long list has when nobody says.
const DEFAULT_PAGE: u16 = 100;

/// The largest page of a long list.
const MAX_PAGE: u16 = 1000;

/// How much of a long list is wanted. One more is asked for than is shown, to know whether there is more.
#[derive(Debug, Clone, Copy)]
struct Paging {
    limit: u16,
}

impl Paging {
    fn of(params: &Params) -> Result<Self, Refusal> {
        let limit = params.count("limit", u32::from(MAX_PAGE))?;
        Ok(Self { limit: limit.and_then(|limit| u16::try_from(limit).ok()).unwrap_or(DEFAULT_PAGE) })
    }

    const fn asked(self) -> u16 {
        self.limit + 1
    }

    fn limit(self) -> usize {
        usize::from(self.limit)
    }

    /// What to give as `after` for the next page; `None` when these are the last.
    fn next<T>(self, found: &[T], id: impl Fn(&T) -> String) -> Option<String> {
        let last = found.get(self.limit().checked_sub(1)?)?;
        (found.len() > self.limit()).then(|| id(last))
    }
}

/// A reason or ticket, or what is wrong with it.
fn reason(field: &'static str, text: &str) -> Result<ReasonText, FieldProblem> {
    ReasonText::parse(text).ok_or_else(|| {
        let longest = ReasonText::MAX_CHARS;
        FieldProblem::of(
            field,
            format!("{field} must have 1 to {longest} characters on one line, without control characters"),
        )
    })
}

/// The one of `all` whose word this is, or what there is to choose from.
fn chosen<T: Copy, const N: usize>(
    field: &str,
    word: &str,
    all: [T; N],
    word_of: impl Fn(T) -> &'static str,
) -> Result<T, FieldProblem> {
    all.into_iter().find(|one| word_of(*one) == word).ok_or_else(|| {
        let words = all.map(&word_of);
        let (last, others) = words.split_last().map_or(("", &[][..]), |(last, others)| (*last, others));
        FieldProblem::of(field, format!("{field} must be {} or {last}", others.join(", ")))
    })
}
