//! Sessions that are over are recorded, and what they started ends with them: by the clock, because their operator was
//! disabled, changed or reset, because they moved. Whether a session is over is decided in `sessions.rs`; here is the one task
//! that tells the journal, so that no end hangs on a request that somebody gives up. After a start it tells the engine which
//! ones outlived it, so that nobody who is gone is left with an alarm.

use std::sync::Arc;
use std::time::Duration;

use rackward_core::engine::command::OperatorCommand;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{device, tell};
use crate::api::Api;
use crate::backend::Backend;
use crate::router::Origin;
use crate::sessions::Sessions;

/// How often sessions are looked through for those that nobody uses any more, and how long an end waits that could not be
/// recorded.
const LOOK_AROUND: Duration = Duration::from_secs(20);

/// Records what has ended, and writes down what is left. An end is forgotten only when the journal has it; the others wait.
async fn record_ended(api: &Api) {
    if api.sessions.first_ended().is_none() {
        return;
    }
    // Before the journal: a daemon that is killed in between must not wake up with the session.
    api.sessions.keep().await;
    while let Some(over) = api.sessions.first_ended() {
        let command = OperatorCommand::NoteSessionEnd { session: over.id, operator: over.operator, cause: over.cause };
        if tell(api, command).await.is_err() {
            tracing::warn!(session = %over.id, "the end of a session could not be recorded yet");
            return;
        }
        api.sessions.end_is_recorded(over);
    }
    api.sessions.keep().await;
}

/// Ends sessions whose time is over or whose operator has changed, until `closing`; a change is acted on at once, and so is
/// an end.
pub async fn attend(backend: Arc<dyn Backend>, sessions: Arc<Sessions>, closing: CancellationToken) {
    let api = Api::new(backend, sessions, Origin::Browser);
    let mut changes = api.proofs.as_ref().map(|proofs| proofs.changes());
    let mut is_known_who_stayed = false;
    loop {
        if let Some(proofs) = &api.proofs {
            api.sessions.review(proofs.as_ref(), api.backend.now());
        }
        record_ended(&api).await;
        device::take_back(&api).await;
        if !is_known_who_stayed {
            let lasting = api.sessions.lasting();
            is_known_who_stayed = tell(&api, OperatorCommand::NoteSessions { lasting }).await.is_ok();
        }
        tokio::select! {
            () = closing.cancelled() => break,
            () = changed(&mut changes) => {}
            () = api.sessions.one_has_ended() => {}
            () = tokio::time::sleep(LOOK_AROUND) => {}
        }
    }
    record_ended(&api).await;
    // The last uses are kept as well, so that a restart takes nobody's quarter of an hour away.
    api.sessions.keep().await;
}

/// Waits for the next change of an operator or token; for ever where nobody could tell of one.
async fn changed(changes: &mut Option<watch::Receiver<u64>>) {
    if let Some(changes) = changes
        && changes.changed().await.is_ok()
    {
        return;
    }
    std::future::pending().await
}
