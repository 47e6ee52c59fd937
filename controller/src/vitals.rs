//! How the parts of the daemon are that keep no door from being decided, for probes and the status: the connection to the
//! MQTT broker, and whoever reads the journal behind it. It asks nobody who could be stuck.

use rackward_core::engine::input::SinkHealth;
use rackward_dashboard::backend::{Part, PartState, PartVitals};

use crate::cursor::{CursorState, CursorStatus};
use crate::drivers::BrokerLink;
use crate::search;
use crate::webhooks::Webhooks;

/// A lag beyond which a reader is told to catch up, in entries: more than a busy second brings.
const CATCHING_UP_ENTRIES: u64 = 1_000;

/// Every part as it is now.
pub(crate) fn parts(broker: Option<&BrokerLink>, readers: &[CursorStatus], webhooks: &Webhooks) -> Vec<PartVitals> {
    let broker = broker.map(|link| PartVitals {
        part: link.part.clone(),
        state: if link.is_up() { PartState::Working } else { PartState::Failing },
        behind_entries: None,
    });
    broker.into_iter().chain(readers.iter().map(|status| reader(status, webhooks))).collect()
}

fn reader(status: &CursorStatus, webhooks: &Webhooks) -> PartVitals {
    let name = status.name.as_str();
    let webhook = webhooks.health_by_cursor(name);
    let part = match &webhook {
        Some((target, _)) => Part::Webhook(target.clone()),
        None if name == search::CURSOR => Part::SearchIndex,
        None => Part::Reader(name.to_owned()),
    };
    let behind = status.lag_entries();
    let state = match (&status.state, webhook) {
        (CursorState::Failing { .. }, _) | (_, Some((_, SinkHealth::Failing))) => PartState::Failing,
        (CursorState::Starting, _) => PartState::CatchingUp,
        (CursorState::Following, _) if behind > CATCHING_UP_ENTRIES => PartState::CatchingUp,
        (CursorState::Following, _) => PartState::Working,
    };
    PartVitals { part, state, behind_entries: Some(behind) }
}
