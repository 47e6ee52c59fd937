//! Probes, for whoever watches over the daemon: whether it lives, whether it can do its work. Both answer without asking the
//! engine, so that they answer when it is stuck, and without a sign-in, so they say nothing that not everybody may know.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use rackward_core::engine::query::JournalHealth;

use super::Api;
use crate::backend::Vitals;
use crate::wire::health::{Health, PartHealth, Readiness};
use crate::wire::status::journal_word;

/// After how long without a turn the loop is taken to be stuck. It turns every second; a disk that takes its time may hold it
/// for some of them.
const STUCK_AFTER: Duration = Duration::from_secs(10);

/// `GET /healthz`: whether a restart would help.
pub(super) async fn alive(State(api): State<Api>) -> (StatusCode, Json<Health>) {
    let journal = journal_word(*api.backend.journal_health().borrow()).to_owned();
    let (code, status) = if is_stuck(&api.backend.vitals()) {
        (StatusCode::SERVICE_UNAVAILABLE, "stuck")
    } else {
        (StatusCode::OK, "ok")
    };
    (code, Json(Health { status: status.to_owned(), journal }))
}

/// `GET /livez`: the same, under the name by which orchestrators ask.
pub(super) async fn live(state: State<Api>) -> (StatusCode, Json<Health>) {
    alive(state).await
}

/// `GET /readyz`: whether doors are decided and decisions recorded. What does not keep them from it is told and no more.
pub(super) async fn ready(State(api): State<Api>) -> (StatusCode, Json<Readiness>) {
    let journal = *api.backend.journal_health().borrow();
    let vitals = api.backend.vitals();
    let is_stuck = is_stuck(&vitals);
    let is_ready = journal == JournalHealth::Writable && !is_stuck;
    let (code, status) =
        if is_ready { (StatusCode::OK, "ready") } else { (StatusCode::SERVICE_UNAVAILABLE, "not_ready") };
    let readiness = Readiness {
        status: status.to_owned(),
        journal: journal_word(journal).to_owned(),
        decisions: if is_stuck { "stuck" } else { "turning" }.to_owned(),
        parts: vitals.parts.iter().map(PartHealth::of).collect(),
        away: vitals.away,
    };
    (code, Json(readiness))
}

fn is_stuck(vitals: &Vitals) -> bool {
    vitals.since_turn > STUCK_AFTER
}
