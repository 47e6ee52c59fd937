//! Webhooks (Standard Webhooks 1.0): tells other programs over HTTP what the journal says, signed, each message until it is
//! taken or given up. Every target is a cursor over the journal (`cursor.rs`), so nothing is lost while it is away and nothing
//! waits for it. Which entries exist is the engine's, how they read `rackward-dashboard`'s; who may see or replay what is
//! asked before this file is reached.
//!
//! Messages come at least once, begun in the journal's order, a few at a time: their id tells a repetition, the `id` in their
//! data the order.
//!
//! Vocabulary: a *target* is one `[[webhook]]` of the site file; a message is *given up* after its last attempt and listed
//! until it is *replayed*.

mod address;
mod courier;
mod ledger;
mod message;
mod post;
mod queue;
mod retries;
mod signing;
mod trust;

use std::path::Path;
use std::sync::Arc;

use rackward_core::{Now, Site};
use rackward_dashboard::PlacePattern;
use rackward_dashboard::webhook::{
    WebhookAnswer, WebhookFailure, WebhookRefused, WebhookState, WebhookStatus, WebhookWish,
};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use address::{Guard, Network, NoNetwork};
pub use ledger::LedgerError;
pub use message::{Content, EventPattern};
pub use post::{Endpoint, NoEndpoint};
pub use signing::{SecretKind, SecretRefused, Signer, draw};
pub use trust::TrustRefused;

use courier::{Courier, Desk, GONE, Intake};
use ledger::Ledger;
use message::Message;
use post::Post;
use queue::Standing;
use retries::Outcome;

use crate::cursor::{CursorName, CursorStatus, Cursors, Source};

/// What the site file says of webhooks.
#[derive(Debug, Clone, Default)]
pub struct WebhookSettings {
    /// Which internal addresses messages may go to.
    pub guard: Arc<Guard>,
    /// The targets, in the file's order.
    pub targets: Vec<TargetSettings>,
}

/// One target of the site file.
#[derive(Debug, Clone)]
pub struct TargetSettings {
    /// Its name, alone among targets.
    pub name: String,
    /// Where it is.
    pub endpoint: Endpoint,
    /// What signs its messages.
    pub signer: Arc<Signer>,
    /// Which events it wants.
    pub events: Vec<EventPattern>,
    /// Of which places; all where it says nothing.
    pub area: Option<PlacePattern>,
    /// How much it is told.
    pub content: Content,
    /// Who signs its certificate, DER; the public authorities where it says nothing.
    pub authorities: Option<Vec<Vec<u8>>>,
}

impl TargetSettings {
    /// The name of its cursor; `None` where it is no name of a target.
    fn cursor(&self) -> Option<CursorName> {
        cursor_of(&self.name)
    }
}

fn cursor_of(target: &str) -> Option<CursorName> {
    CursorName::parse(&format!("webhook:{target}"))
}

/// Whether a target can be called so: 1 to 56 lower-case letters, digits, `-`, `.` and `:`.
pub fn is_target_name(name: &str) -> bool {
    !name.is_empty() && cursor_of(name).is_some()
}

/// Why webhooks could not be started.
#[derive(Debug, thiserror::Error)]
pub enum WebhooksError {
    /// What is to be kept cannot be.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A target's certificates cannot be checked.
    #[error("webhook {name}: {cause}")]
    Trust {
        /// Which target.
        name: String,
        /// Why.
        #[source]
        cause: TrustRefused,
    },
}

/// All targets of a running daemon.
#[derive(Debug, Clone)]
pub struct Webhooks {
    desks: Arc<[Arc<Desk>]>,
    cursors: Cursors,
}

/// How far one target is, for metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetLag {
    /// Its name.
    pub name: String,
    /// Messages that wait to be sent or sent again.
    pub waiting: u64,
    /// Messages taken since the daemon's start.
    pub delivered: u64,
    /// Attempts that failed since the daemon's start.
    pub failed_attempts: u64,
}

impl Webhooks {
    /// Opens what was kept in a storage directory for these targets; nothing is sent yet.
    ///
    /// # Errors
    /// It cannot be opened, or a target's certificates cannot be checked.
    pub async fn open(
        dir: &Path,
        settings: WebhookSettings,
        site: Arc<Site>,
        cursors: Cursors,
        clock: fn() -> Now,
    ) -> Result<Self, WebhooksError> {
        let WebhookSettings { guard, targets } = settings;
        let names: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
        let ledger = Ledger::open(dir, &names).await?;
        let mut desks = Vec::with_capacity(targets.len());
        for target in targets {
            let tls = trust::client(target.authorities.as_deref());
            let tls = tls.map_err(|cause| WebhooksError::Trust { name: target.name.clone(), cause })?;
            let (endpoint, signer) = (target.endpoint.clone(), Arc::clone(&target.signer));
            let post = Post { endpoint, guard: Arc::clone(&guard), tls, signer };
            desks.push(Arc::new(Desk::open(target, ledger.clone(), post, Arc::clone(&site), clock).await?));
        }
        Ok(Self { desks: desks.into(), cursors })
    }

    /// Begins to send, until `closing`.
    pub fn start<S: Source + Clone>(&self, source: &S, tasks: &TaskTracker, closing: &CancellationToken) {
        for desk in self.desks.iter() {
            // The site file's names were found to fit.
            let Some(name) = desk.settings.cursor() else { continue };
            let intake = Intake(Arc::clone(desk));
            tasks.spawn(self.cursors.follow(name, source.clone(), intake, closing.clone()));
            let courier = Courier { desk: Arc::clone(desk), source: Arc::new(source.clone()) };
            tasks.spawn(courier.run(closing.clone()));
        }
    }

    /// Answers what operators want of webhooks.
    ///
    /// # Errors
    /// There is no such target, or what is kept cannot be read or written.
    pub async fn answer(&self, wish: WebhookWish) -> Result<WebhookAnswer, WebhookRefused> {
        match wish {
            WebhookWish::List => self.list().await.map_err(unkept),
            WebhookWish::Failures { name, after, limit } => {
                let found = self.desk(&name)?.ledger.failures(&name, after, limit).await.map_err(unkept)?;
                let told = found.into_iter().map(|one| WebhookFailure {
                    seq: one.seq,
                    given_up: one.at,
                    attempts: one.attempts,
                    cause: one.cause,
                });
                Ok(WebhookAnswer::Failures(told.collect()))
            }
            WebhookWish::Replay { name, from, to } => {
                let replayed = self.desk(&name)?.replay(from, to).await.map_err(unkept)?;
                Ok(WebhookAnswer::Replayed { count: replayed as u64 })
            }
            WebhookWish::Test { name } => Ok(WebhookAnswer::Tested(test(self.desk(&name)?).await)),
            WebhookWish::Enable { name } => {
                self.desk(&name)?.enable().await.map_err(unkept)?;
                Ok(WebhookAnswer::Enabled)
            }
        }
    }

    /// How far each target is, in the site file's order, without asking the disk.
    pub fn lags(&self) -> Vec<TargetLag> {
        let lag = |desk: &Arc<Desk>| {
            let tally = desk.tally();
            TargetLag {
                name: desk.settings.name.clone(),
                waiting: desk.state().0 as u64,
                delivered: tally.delivered,
                failed_attempts: tally.failed_attempts,
            }
        };
        self.desks.iter().map(lag).collect()
    }

    fn desk(&self, name: &str) -> Result<&Arc<Desk>, WebhookRefused> {
        self.desks.iter().find(|desk| desk.settings.name == name).ok_or(WebhookRefused::Unknown)
    }

    async fn list(&self) -> Result<WebhookAnswer, LedgerError> {
        let statuses = self.cursors.statuses();
        let mut told = Vec::with_capacity(self.desks.len());
        for desk in self.desks.iter() {
            let failures = desk.ledger.failures_count(&desk.settings.name).await?;
            told.push(status_of(desk, failures, &statuses));
        }
        Ok(WebhookAnswer::Targets(told))
    }
}

/// Sends a message that says nothing.
async fn test(desk: &Desk) -> Result<(), String> {
    let now = (desk.clock)().wall;
    match desk.post.send(&Message::test(&desk.site, now), now).await {
        Outcome::Delivered => Ok(()),
        Outcome::Gone => Err(GONE.to_owned()),
        Outcome::Failed(failure) => Err(failure.to_string()),
    }
}

fn lag_of(desk: &Desk, statuses: &[CursorStatus]) -> u64 {
    let name = desk.settings.cursor();
    statuses.iter().find(|status| Some(&status.name) == name.as_ref()).map_or(0, CursorStatus::lag_entries)
}

fn status_of(desk: &Desk, failures: u64, statuses: &[CursorStatus]) -> WebhookStatus {
    let (waiting, standing, outage_attempts) = desk.state();
    let tally = desk.tally();
    let state = match (standing, outage_attempts) {
        (Standing::Disabled { since }, _) => WebhookState::Disabled { since },
        (Standing::Open, 0) => WebhookState::Open,
        (Standing::Open, attempts) => WebhookState::Away { attempts },
    };
    WebhookStatus {
        name: desk.settings.name.clone(),
        origin: desk.settings.endpoint.origin(),
        events: desk.settings.events.iter().map(|pattern| pattern.as_str().to_owned()).collect(),
        area: desk.settings.area.as_ref().map(|area| area.as_str().to_owned()),
        is_full: desk.settings.content == Content::Full,
        public_keys: desk.settings.signer.public_keys(),
        state,
        waiting: waiting as u64,
        behind_entries: lag_of(desk, statuses),
        failures,
        delivered: tally.delivered,
        failed_attempts: tally.failed_attempts,
        last_delivery: tally.last_delivery,
        last_failure: tally.last_failure,
    }
}

fn unkept(error: LedgerError) -> WebhookRefused {
    tracing::error!(%error, "what is kept of webhooks could not be used");
    WebhookRefused::Unavailable
}

#[cfg(test)]
mod tests;
