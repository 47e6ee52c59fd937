//! What the engine is told of webhooks: that what is sent to a target does not arrive or arrives again, which it records and
//! alarms, and that a target wants no more. When that is so is decided in `queue.rs`; what it means is the engine's.

use std::sync::Arc;

use rackward_core::engine::command::{Scope, WebhookCommand, WebhookName, WebhookOrder};
use rackward_core::engine::input::SinkHealth;
use rackward_core::engine::preconditions::Preconditions;
use rackward_core::permission::{Actor, OperatorRole};
use rackward_core::{Caller, Command};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::courier::Desk;
use crate::cursor::{CursorState, CursorStatus};
use crate::run::Wanted;

/// After so many failures in a row of what feeds a target the desk is told: some seconds, which a full disk outlasts and a
/// backup that holds a file does not.
const FAILING_AFTER_FAILURES: u32 = 3;

/// The way to the engine.
#[derive(Debug, Clone)]
pub(super) struct EngineDesk(pub(super) mpsc::Sender<Wanted>);

impl EngineDesk {
    /// A target answered that it wants no more.
    pub(super) fn disabled(&self, target: &str) {
        let Some(webhook) = WebhookName::parse(target) else { return };
        let command = Command::Webhook(WebhookCommand { webhook, order: WebhookOrder::Disable });
        let caller = Caller::new(Actor::System, OperatorRole::Admin, Scope::Site);
        // Nobody waits for the reply: it is so, whether it could be recorded or not.
        let (reply, _) = oneshot::channel();
        let wanted = Wanted::Command { caller, command, preconditions: Preconditions::default(), reply };
        if self.0.try_send(wanted).is_err() {
            tracing::warn!(webhook = target, "that a webhook wants no more could not be recorded");
        }
    }

    /// Tells how a target does, until `closing`.
    pub(super) async fn report(
        self,
        desk: Arc<Desk>,
        mut cursor: watch::Receiver<CursorStatus>,
        closing: CancellationToken,
    ) {
        let mut told = SinkHealth::Delivering;
        loop {
            let health = health_of(&desk, &cursor.borrow_and_update().state);
            let news = async {
                if health != told {
                    let wanted = Wanted::Sink { name: desk.settings.name.clone(), health };
                    // It ends with the daemon.
                    drop(self.0.send(wanted).await);
                }
            };
            tokio::select! {
                biased;
                () = closing.cancelled() => return,
                () = news => told = health,
            }
            tokio::select! {
                biased;
                () = closing.cancelled() => return,
                () = desk.health_looked() => {}
                changed = cursor.changed() => if changed.is_err() { return },
            }
        }
    }
}

fn health_of(desk: &Desk, cursor: &CursorState) -> SinkHealth {
    match cursor {
        CursorState::Failing { failures, .. } if *failures >= FAILING_AFTER_FAILURES => SinkHealth::Failing,
        CursorState::Failing { .. } | CursorState::Starting | CursorState::Following => desk.health(),
    }
}
