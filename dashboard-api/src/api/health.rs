//! Probes, for whoever watches over the daemon: whether it lives, whether it can do its work. Both answer without asking the
//! engine, so that they answer when it is stuck, and without a sign-in, so they say nothing that not everybody may know.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use rackward_core::engine::query::JournalHealth;

use super::Api;
use crate::wire::health::{Health, Readiness};
use crate::wire::status::journal_word;

/// After how long without a turn the loop is taken to be stuck. It turns every second; a disk that takes its time may hold it
/// for some of them.
const STUCK_AFTER: Duration = Duration::from_secs(10);

/// `GET /healthz`: whether a restart would help.
pub(super) async fn alive(State(api): State<Api>) -> (StatusCode, Json<Health>) {
    let journal = journal_word(*api.backend.journal_health().borrow()).to_owned();
    let (code, status) =
        if is_stuck(&api) { (StatusCode::SERVICE_UNAVAILABLE, "stuck") } else { (StatusCode::OK, "ok") };
    (code, Json(Health { status: status.to_owned(), journal }))
}

/// `GET /readyz`: whether doors are decided and decisions recorded.
pub(super) async fn ready(State(api): State<Api>) -> (StatusCode, Json<Readiness>) {
    let journal = *api.backend.journal_health().borrow();
    let is_ready = journal == JournalHealth::Writable && !is_stuck(&api);
    let (code, status) =
        if is_ready { (StatusCode::OK, "ready") } else { (StatusCode::SERVICE_UNAVAILABLE, "not_ready") };
    let readiness = Readiness {
        status: status.to_owned(),
        journal: journal_word(journal).to_owned(),
        decisions: if is_stuck(&api) { "stuck" } else { "turning" }.to_owned(),
        away: api.backend.vitals().away,
    };
    (code, Json(readiness))
}

fn is_stuck(api: &Api) -> bool {
    api.backend.vitals().since_turn > STUCK_AFTER
}
