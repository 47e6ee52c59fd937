//! Orders about webhooks: recorded with who gave them; the shell carries them out after that.

use super::{Order, Outcome};
use crate::engine::Engine;
use crate::engine::command::{Reply, WebhookCommand, WebhookOrder};
use crate::entry::WebhookEntry;

impl Engine {
    pub(super) fn order_webhook(&mut self, order: Order, command: &WebhookCommand) -> Outcome {
        let (webhook, by) = (command.webhook.as_str().to_owned(), order.by);
        let entry = match command.order {
            WebhookOrder::Replay { from, to } => WebhookEntry::Replayed { webhook, from, to, by },
            WebhookOrder::Test => WebhookEntry::Tested { webhook, by },
            WebhookOrder::Enable => WebhookEntry::Enabled { webhook, by },
            WebhookOrder::Disable => WebhookEntry::Disabled { webhook, by },
        };
        self.record(order.now, entry);
        Ok(Reply::Done)
    }
}
