//! Sessions that are over are recorded, and what they started ends with them: by the clock, because their operator was
//! disabled, changed or reset, because they moved. Whether a session is over is decided in `sessions.rs`. After a start the
//! engine is told which ones outlived it, so that nobody who is gone is left with an alarm.

use std::sync::Arc;
use std::time::Duration;

use rackward_core::engine::command::OperatorCommand;
use tokio_util::sync::CancellationToken;

use super::tell;
use crate::api::Api;
use crate::backend::Backend;
use crate::router::Origin;
use crate::sessions::Sessions;

/// How often sessions are looked through for those that nobody uses any more.
const LOOK_AROUND: Duration = Duration::from_secs(20);

/// Records what has ended, and writes down what is left.
pub(crate) async fn record_ended(api: &Api) {
    let ended = api.sessions.take_ended();
    if ended.is_empty() {
        return;
    }
    for over in ended {
        let command = OperatorCommand::NoteSessionEnd { session: over.id, operator: over.operator, cause: over.cause };
        if tell(api, command).await.is_err() {
            tracing::warn!(session = %over.id, "the end of a session was not recorded");
        }
    }
    api.sessions.keep().await;
}

/// Ends sessions whose time is over or whose operator has changed, until `closing`; a change is acted on at once.
pub async fn attend(backend: Arc<dyn Backend>, sessions: Arc<Sessions>, closing: CancellationToken) {
    let api = Api::new(backend, sessions, Origin::Browser);
    record_ended(&api).await;
    if tell(&api, OperatorCommand::NoteSessions { lasting: api.sessions.lasting() }).await.is_err() {
        tracing::warn!("the engine was not told who is still signed in");
    }
    let Some(proofs) = api.proofs.clone() else { return };
    let mut changes = proofs.changes();
    loop {
        tokio::select! {
            () = closing.cancelled() => break,
            changed = changes.changed() => if changed.is_err() { break },
            () = tokio::time::sleep(LOOK_AROUND) => {}
        }
        api.sessions.review(proofs.as_ref(), api.backend.now());
        record_ended(&api).await;
    }
    // The last uses are kept as well, so that a restart takes nobody's quarter of an hour away.
    api.sessions.keep().await;
}
