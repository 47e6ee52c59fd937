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
mod engine_desk;
mod ledger;
mod message;
mod post;
mod queue;
mod retries;
mod signing;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rackward_core::engine::command::WebhookName;
use rackward_core::engine::input::SinkHealth;
use rackward_core::{Now, Site};
use rackward_dashboard::PlacePattern;
use rackward_dashboard::webhook::{
    WebhookAnswer, WebhookFailure, WebhookRefused, WebhookState, WebhookStatus, WebhookWish,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use address::{Guard, Network, NoNetwork};
pub use message::{Content, EventPattern};
pub(crate) use post::shake_hands;
pub use post::{Endpoint, NoEndpoint};
pub(crate) use retries::Failure;
pub use signing::{SecretKind, SecretRefused, Signer, draw};

use courier::{Courier, Desk, GONE, Intake, NoReplay, State};
use engine_desk::EngineDesk;
use ledger::Ledger;
use message::Message;
use post::Post;
use queue::Standing;
use retries::Outcome;

use crate::cursor::{CursorName, CursorStatus, Cursors, SideFileError, Source};
use crate::pki::Trust;
use crate::run::Wanted;

/// How the cursors of targets are called: this, and the target's name.
const CURSOR_PREFIX: &str = "webhook:";

/// How long is waited before what is gone is removed again, where it could not be.
const TIDY_AGAIN: Duration = Duration::from_secs(60);

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
    /// Who may have signed its certificate.
    pub trust: Trust,
}

impl TargetSettings {
    /// The name of its cursor; `None` where it is no name of a target.
    fn cursor(&self) -> Option<CursorName> {
        cursor_of(&self.name)
    }
}

fn cursor_of(target: &str) -> Option<CursorName> {
    CursorName::parse(&format!("{CURSOR_PREFIX}{target}"))
}

/// Whether a target can be called so: 1 to 56 lower-case letters, digits, `-`, `.` and `:`.
pub fn is_target_name(name: &str) -> bool {
    WebhookName::parse(name).is_some() && cursor_of(name).is_some()
}

/// All targets of a running daemon.
#[derive(Debug, Clone)]
pub struct Webhooks {
    desks: Arc<[Arc<Desk>]>,
    cursors: Cursors,
    ledger: Ledger,
    engine: EngineDesk,
}

/// How far one target is, for metrics and probes.
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
    /// The targets with what is kept of them in a storage directory. Nothing is opened or sent yet.
    pub fn new(
        dir: &Path,
        settings: WebhookSettings,
        site: Arc<Site>,
        cursors: Cursors,
        engine: mpsc::Sender<Wanted>,
        clock: fn() -> Now,
    ) -> Self {
        let WebhookSettings { guard, targets } = settings;
        let ledger = Ledger::in_dir(dir, targets.iter().map(|target| target.name.clone()).collect());
        let desk = |target: TargetSettings| {
            let (endpoint, signer) = (target.endpoint.clone(), Arc::clone(&target.signer));
            let post = Post { endpoint, guard: Arc::clone(&guard), tls: target.trust.client(), signer };
            Arc::new(Desk::new(target, ledger.clone(), post, Arc::clone(&site), clock))
        };
        let desks = targets.into_iter().map(desk).collect();
        Self { desks, cursors, ledger, engine: EngineDesk(engine) }
    }

    /// Begins to send, until `closing`. What is kept of targets is opened by their cursors, again and again where that fails.
    pub fn start<S: Source + Clone>(&self, source: &S, tasks: &TaskTracker, closing: &CancellationToken) {
        tasks.spawn(closing.clone().run_until_cancelled_owned(self.clone().tidy()));
        for desk in self.desks.iter() {
            // The site file's names were found to fit.
            let Some(name) = desk.settings.cursor() else { continue };
            let intake = Intake(Arc::clone(desk));
            tasks.spawn(self.cursors.follow(name.clone(), source.clone(), intake, closing.clone()));
            let (desk, engine) = (Arc::clone(desk), self.engine.clone());
            if let Some(status) = self.cursors.watch(&name) {
                tasks.spawn(engine.clone().report(Arc::clone(&desk), status, closing.clone()));
            }
            let courier = Courier { desk, source: Arc::new(source.clone()), engine };
            tasks.spawn(courier.run(closing.clone()));
        }
    }

    /// Forgets what is kept of targets that there are no more, so that one that comes back is told nothing of the past.
    async fn tidy(self) {
        loop {
            let tidied = match self.ledger.tidy().await {
                Ok(()) => self.cursors.positions().forget_all(CURSOR_PREFIX).await,
                Err(error) => Err(error),
            };
            match tidied {
                Ok(()) => return,
                Err(error) => tracing::warn!(%error, "what is kept of webhooks that are gone could not be removed yet"),
            }
            tokio::time::sleep(TIDY_AGAIN).await;
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
                let replayed = self.desk(&name)?.replay((from, to)).await.map_err(not_replayed)?;
                Ok(WebhookAnswer::Replayed { replayed: replayed.seqs.len() as u64, left: replayed.left })
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
                waiting: desk.state().waiting as u64,
                delivered: tally.delivered,
                failed_attempts: tally.failed_attempts,
            }
        };
        self.desks.iter().map(lag).collect()
    }

    /// The target whose cursor is called so, and whether what is sent to it arrives; `None` for the cursor of anything else.
    pub(crate) fn health_by_cursor(&self, cursor: &str) -> Option<(String, SinkHealth)> {
        let name = cursor.strip_prefix(CURSOR_PREFIX)?;
        let desk = self.desk(name).ok()?;
        Some((name.to_owned(), desk.health()))
    }

    fn desk(&self, name: &str) -> Result<&Arc<Desk>, WebhookRefused> {
        self.desks.iter().find(|desk| desk.settings.name == name).ok_or(WebhookRefused::Unknown)
    }

    async fn list(&self) -> Result<WebhookAnswer, SideFileError> {
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
    match desk.post.try_out(&Message::test(&desk.site, now), now).await {
        Outcome::Delivered => Ok(()),
        Outcome::Gone => Err(GONE.to_owned()),
        // A message of no entry is always wanted.
        Outcome::Unwanted => Ok(()),
        Outcome::Failed(failure) => Err(failure.to_string()),
    }
}

fn lag_of(desk: &Desk, statuses: &[CursorStatus]) -> u64 {
    let name = desk.settings.cursor();
    statuses.iter().find(|status| Some(&status.name) == name.as_ref()).map_or(0, CursorStatus::lag_entries)
}

fn status_of(desk: &Desk, failures: u64, statuses: &[CursorStatus]) -> WebhookStatus {
    let State { waiting, room, standing, outage_attempts } = desk.state();
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
        room: room as u64,
        behind_entries: lag_of(desk, statuses),
        failures,
        delivered: tally.delivered,
        failed_attempts: tally.failed_attempts,
        last_delivery: tally.last_delivery,
        last_failure: tally.last_failure,
    }
}

fn not_replayed(error: NoReplay) -> WebhookRefused {
    match error {
        NoReplay::Disabled => WebhookRefused::Disabled,
        NoReplay::Full => WebhookRefused::Full,
        NoReplay::Ledger(error) => unkept(error),
    }
}

fn unkept(error: SideFileError) -> WebhookRefused {
    tracing::error!(%error, "what is kept of webhooks could not be used");
    WebhookRefused::Unavailable
}

#[cfg(test)]
mod tests;
