//! The facts about webhooks: what was ordered of them, by whom, and whether what is sent to them arrives. They change no
//! record; what was sent itself is not in the journal, which is what it was about.

use crate::engine::input::SinkHealth;
use crate::entry::event_name::event_names;
use crate::id::Seq;
use crate::permission::Actor;

/// One fact about a webhook. Webhooks are known by their names in the site file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookEntry {
    /// Messages that were given up were to be sent again.
    Replayed {
        /// To which webhook.
        webhook: String,
        /// About entries from this one on.
        from: Seq,
        /// To this one; to the last if `None`.
        to: Option<Seq>,
        /// By whom.
        by: Actor,
    },
    /// A message that says nothing was to be sent once.
    Tested {
        /// To which webhook.
        webhook: String,
        /// By whom.
        by: Actor,
    },
    /// It is sent messages again.
    Enabled {
        /// Which.
        webhook: String,
        /// By whom.
        by: Actor,
    },
    /// It is sent no more.
    Disabled {
        /// Which.
        webhook: String,
        /// By whom: the daemon itself where the target answered that it wants no more.
        by: Actor,
    },
    /// What is sent to it arrives, or does not.
    HealthChanged {
        /// Which.
        webhook: String,
        /// What now.
        health: SinkHealth,
    },
}

impl WebhookEntry {
    event_names! {
        Self::Replayed { .. } => "webhook.replayed",
        Self::Tested { .. } => "webhook.tested",
        Self::Enabled { .. } => "webhook.enabled",
        Self::Disabled { .. } => "webhook.disabled",
        Self::HealthChanged { .. } => "webhook.health-changed",
    }
}

impl From<WebhookEntry> for crate::Entry {
    fn from(entry: WebhookEntry) -> Self {
        Self::Webhook(entry)
    }
}
