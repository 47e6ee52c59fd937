//! Holds every new entry of the journal against the alerts that were left standing, and hands what matches to the engine. It is a
//! cursor over the journal (`cursor.rs`), so nothing is missed while the daemon is down; an entry that is given again after a
//! crash is matched again, and the engine, which counts up to which entry each alert has been heard, lets it go.
//!
//! It decides nothing: what a query means is `rackward_dashboard::query`, as for the list of events; what becomes of a match the
//! engine's (`engine/alerts.rs`). It keeps no alerts of its own: it asks for them at the start, and after every entry that says
//! that one was made or has ended.

use std::fmt;
use std::sync::Arc;

use rackward_core::alert::AlertMatch;
use rackward_core::engine::command::{AlertCommand, Scope};
use rackward_core::engine::preconditions::Preconditions;
use rackward_core::entry::AlertEntry;
use rackward_core::id::{AlertId, Seq};
use rackward_core::permission::{Actor, OperatorRole};
use rackward_core::{Answer, Caller, Command, Entry, Query, Records, Site, Stamped};
use rackward_dashboard::query::{Search, matched, standing};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::backend::DaemonBackend;
use crate::cursor::{Consumer, CursorName, Failure};
use crate::run::Wanted;

/// The name of its cursor.
pub const CURSOR: &str = "alerts";

/// The entry from which on alerts are to be matched where nobody knows how far that was: behind the last that every alert in force
/// has been heard of; the newest where there is none.
pub fn unheard(records: &Records) -> Seq {
    let in_force = records.alerts.values().filter(|row| row.is_in_force());
    in_force.map(|row| row.upto).min().unwrap_or(records.head)
}

/// Holds entries against alerts: the consumer of a cursor.
pub struct Lookout {
    site: Arc<Site>,
    engine: mpsc::Sender<Wanted>,
    /// Where it begins if nobody knows where it was.
    unheard: Seq,
    /// The alerts in force; `None` where they are to be asked for.
    alerts: Option<Vec<(AlertId, Search)>>,
    /// Those whose query means nothing here, as the engine was told last.
    void: Option<Box<[AlertId]>>,
}

impl fmt::Debug for Lookout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookout").field("unheard", &self.unheard).finish_non_exhaustive()
    }
}

impl Lookout {
    /// One for `site`, that tells `engine`; where its place is not known, it begins behind `unheard`.
    pub const fn new(site: Arc<Site>, engine: mpsc::Sender<Wanted>, unheard: Seq) -> Self {
        Self { site, engine, unheard, alerts: None, void: None }
    }

    /// Starts the cursor, behind `unheard` where its place is not known. Whatever is wrong with it keeps no door waiting.
    pub(crate) fn start(unheard: Seq, backend: &DaemonBackend, shutdown: &CancellationToken, tasks: &TaskTracker) {
        let Some(name) = CursorName::parse(CURSOR) else { return };
        let lookout = Self::new(Arc::clone(&backend.site), backend.wanted.clone(), unheard);
        tasks.spawn(backend.cursors.follow(name, backend.reader.clone(), lookout, shutdown.clone()));
    }

    async fn hold(&mut self, entries: &[Stamped]) -> Result<(), Failure> {
        if entries.iter().any(|stamped| changes_alerts(&stamped.entry)) {
            self.alerts = None;
        }
        let alerts = match self.alerts.take() {
            Some(alerts) => alerts,
            None => self.ask().await?,
        };
        let found = self.matches(&alerts, entries);
        self.alerts = Some(alerts);
        if found.is_empty() { Ok(()) } else { self.give(AlertCommand::Matched(found)).await }
    }

    fn matches(&self, alerts: &[(AlertId, Search)], entries: &[Stamped]) -> Box<[AlertMatch]> {
        if alerts.is_empty() {
            return Box::default();
        }
        let mut found = Vec::new();
        for stamped in entries {
            let searches = alerts.iter().map(|(alert, search)| (*alert, search));
            let meant = matched(searches, stamped, &self.site);
            if !meant.is_empty() {
                let entry = Arc::new(stamped.clone());
                let of = |(alert, place)| AlertMatch { alert, entry: Arc::clone(&entry), place };
                found.extend(meant.into_iter().map(of));
            }
        }
        found.into()
    }

    /// The alerts in force, with what they mean here. Those that mean nothing are told.
    async fn ask(&mut self) -> Result<Vec<(AlertId, Search)>, Failure> {
        let (reply, answer) = oneshot::channel();
        self.send(Wanted::Ask { scope: Scope::Site, query: Query::Alerts, reply })?;
        let Ok(Answer::Alerts(rows)) = answer.await else { return Err(unanswered()) };
        let (mut alerts, mut void) = (Vec::new(), Vec::new());
        for row in rows.into_iter().map(|row| row.alert).filter(|row| row.is_in_force()) {
            match standing(&row.terms.query, &self.site) {
                Ok(search) => alerts.push((row.id, search)),
                Err(mistakes) => {
                    let first = mistakes.first().map(ToString::to_string).unwrap_or_default();
                    tracing::warn!(alert = %row.id, mistake = %first, "the query of an alert means nothing here");
                    void.push(row.id);
                }
            }
        }
        let void = void.into_boxed_slice();
        if self.void.as_ref() != Some(&void) {
            self.give(AlertCommand::Read { void: void.clone() }).await?;
            self.void = Some(void);
        }
        Ok(alerts)
    }

    /// Gives a command and waits until it is durable.
    async fn give(&self, command: AlertCommand) -> Result<(), Failure> {
        let caller = Caller::new(Actor::System, OperatorRole::Admin, Scope::Site);
        let (reply, answer) = oneshot::channel();
        let (command, preconditions) = (Command::Alert(command), Preconditions::default());
        self.send(Wanted::Command { caller, command, preconditions, reply })?;
        match answer.await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(Failure::because(format!("what alerts matched was not taken: {error}"))),
            Err(_) => Err(unanswered()),
        }
    }

    fn send(&self, wanted: Wanted) -> Result<(), Failure> {
        let full = |_| Failure::because("the engine has more to do than it can take; alerts are matched later");
        self.engine.try_send(wanted).map_err(full)
    }
}

fn unanswered() -> Failure {
    Failure::because("the engine did not answer; alerts are matched once it does")
}

/// Whether it is said that an alert was made or has ended.
const fn changes_alerts(entry: &Entry) -> bool {
    matches!(entry, Entry::Alert(AlertEntry::Created { .. } | AlertEntry::Ended { .. }))
}

impl Consumer for Lookout {
    fn first(&self, _head: Seq) -> Seq {
        self.unheard
    }

    async fn take(&mut self, entries: &[Stamped]) -> Result<Seq, Failure> {
        let Some(last) = entries.last() else { return Err(Failure::because("no entries were given")) };
        self.hold(entries).await?;
        Ok(last.seq)
    }
}

#[cfg(test)]
mod tests;
