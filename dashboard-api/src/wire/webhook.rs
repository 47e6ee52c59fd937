//! Webhooks as the API writes them down.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::at::At;
use crate::webhook::{WebhookFailure, WebhookState, WebhookStatus};

/// One target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Webhook {
    /// Its name in the site file.
    pub name: String,
    /// Where it is: scheme, host and port.
    pub origin: String,
    /// Which events it wants, such as `alarm.*`.
    pub events: Vec<String>,
    /// Of which places; null for all.
    pub area: Option<String>,
    /// `thin` or `full`.
    pub content: String,
    /// The public keys (`whpk_`) that its messages may be checked with.
    pub public_keys: Vec<String>,
    /// `open`, `away` while it does not answer, `disabled` after it answered 410.
    pub state: String,
    /// Since when it is disabled.
    pub disabled_at: Option<At>,
    /// Messages that wait to be sent or sent again.
    pub waiting: u64,
    /// Entries of the journal that were not looked at yet.
    pub behind_entries: u64,
    /// Messages that were given up.
    pub failures: u64,
    /// Messages taken since the daemon's start.
    pub delivered: u64,
    /// Attempts that failed since the daemon's start.
    pub failed_attempts: u64,
    /// When it last took a message since the daemon's start.
    pub last_delivery_at: Option<At>,
    /// When an attempt last failed since the daemon's start.
    pub last_failure_at: Option<At>,
    /// Why.
    pub last_failure: Option<String>,
}

impl Webhook {
    /// A target as it stands.
    pub fn of(status: &WebhookStatus) -> Self {
        let (state, disabled_at) = match status.state {
            WebhookState::Open => ("open", None),
            WebhookState::Away { attempts: _ } => ("away", None),
            WebhookState::Disabled { since } => ("disabled", Some(At(since))),
        };
        Self {
            name: status.name.clone(),
            origin: status.origin.clone(),
            events: status.events.clone(),
            area: status.area.clone(),
            content: if status.is_full { "full" } else { "thin" }.to_owned(),
            public_keys: status.public_keys.clone(),
            state: state.to_owned(),
            disabled_at,
            waiting: status.waiting,
            behind_entries: status.behind_entries,
            failures: status.failures,
            delivered: status.delivered,
            failed_attempts: status.failed_attempts,
            last_delivery_at: status.last_delivery.map(At),
            last_failure_at: status.last_failure.as_ref().map(|(at, _)| At(*at)),
            last_failure: status.last_failure.as_ref().map(|(_, cause)| cause.clone()),
        }
    }
}

/// A message that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GivenUp {
    /// The entry it was about, by its place in the journal.
    pub seq: u64,
    /// When it was given up.
    pub given_up_at: At,
    /// After how many attempts.
    pub attempts: u32,
    /// Why the last one failed.
    pub cause: String,
}

impl GivenUp {
    /// A message.
    pub fn of(failure: &WebhookFailure) -> Self {
        let WebhookFailure { seq, given_up, attempts, cause } = failure;
        Self { seq: seq.get(), given_up_at: At(*given_up), attempts: *attempts, cause: cause.clone() }
    }
}

/// `POST /api/v1/webhooks/{name}/replay`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReplayWebhook {
    /// About entries from this one on; from the first if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u32>,
    /// To this one; to the last if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u32>,
}

/// How many messages are sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Replayed {
    /// How many.
    pub replayed: u64,
    /// How many in the same stretch are not, because only so many wait at once; replay again for them.
    pub left: u64,
}

/// What became of a message that was sent to see whether messages arrive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tested {
    /// Whether it was taken.
    pub taken: bool,
    /// Why not.
    pub cause: Option<String>,
}
