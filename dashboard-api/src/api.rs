//! The handlers of `/api/v1`: they read a request, give the engine a command or ask it a question, and write the answer
//! down. No rule about who may pass, or which operator may do what, is here; both are the core's.

mod alarms;
mod credentials;
mod doors;
mod events;
mod explain;
mod grants;
mod lookup;
mod people;
mod status;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use rackward_core::entry::ReasonText;
use rackward_core::{Answer, Caller, Command, Query, Reply};

use crate::backend::Backend;
use crate::refusal::Refusal;
use crate::router::Origin;
use crate::sessions::Sessions;
use crate::wire::problem::{FieldProblem, ProblemKind};

/// What every handler needs.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) origin: Origin,
}

/// The routes that need a caller who is signed in.
pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/api/v1/status", get(status::show))
        .route("/api/v1/doors", get(doors::list))
        .route("/api/v1/doors/open", post(doors::open))
        .route("/api/v1/devices", get(doors::devices))
        .route("/api/v1/points", get(doors::points))
        .route("/api/v1/alarms", get(alarms::list))
        .route("/api/v1/alarms/{id}/acknowledge", post(alarms::acknowledge))
        .route("/api/v1/people", get(people::list).post(people::create))
        .route("/api/v1/people/{id}/pin", put(people::set_pin))
        .route("/api/v1/people/{id}/disable", post(people::disable))
        .route("/api/v1/people/{id}/enable", post(people::enable))
        .route("/api/v1/people/{id}/credentials", get(credentials::list))
        .route("/api/v1/credentials", post(credentials::assign))
        .route("/api/v1/credentials/{id}/state", post(credentials::set_state))
        .route("/api/v1/grants", get(grants::list).post(grants::create))
        .route("/api/v1/grants/{id}/revoke", post(grants::revoke))
        .route("/api/v1/explain", get(explain::show))
        .route("/api/v1/events", get(events::list))
        .route("/api/v1/stream", get(crate::stream::follow))
        .route("/api/v1/sessions/link", post(status::new_link))
}

pub(crate) use alarms::current as current_alarms;
pub(crate) use doors::current as current_doors;
pub(crate) use status::{current as current_status, health};

impl Api {
    /// Gives a command as `caller`.
    pub(crate) async fn submit(&self, caller: Caller, command: Command) -> Result<Reply, Refusal> {
        self.backend.submit(caller, command).await.map_err(Refusal::from)
    }

    /// Asks a question.
    pub(crate) async fn ask(&self, query: Query) -> Result<Answer, Refusal> {
        self.backend.ask(query).await.map_err(Refusal::from)
    }
}

/// The engine answered in another shape than it was asked in: a defect, not the caller's.
fn wrong_shape() -> Refusal {
    Refusal::new(ProblemKind::Internal, "the engine answered another question; please report it")
}

/// What an answer to a creation starts with.
const CREATED: StatusCode = StatusCode::CREATED;

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
