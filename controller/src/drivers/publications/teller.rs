//! The teller: follows the live stream and says how doors stand now and what happened at them.
//!
//! Decides when the engine is asked: after something happened, twice a second at most, and what has not changed is not said
//! again. A teller that falls behind the stream misses events, which are in the journal, and no state.

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use rackward_core::engine::command::Scope;
use rackward_core::engine::query::DoorStatus;
use rackward_core::id::DoorId;
use rackward_core::{Answer, Query};
use rackward_dashboard::{Backend, StreamEvent};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::words::{self, Standing};
use super::{Outlet, Publication, home_assistant, topics};

/// The engine is asked no more often than this.
const LOOK_GAP: Duration = Duration::from_millis(500);

/// A door that the site had and has no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gone {
    /// Its number.
    pub(crate) number: u32,
    /// Its path.
    pub(crate) path: String,
}

/// Tells others of the doors of a site.
pub(crate) struct Teller<B> {
    outlet: Outlet,
    backend: Arc<B>,
    says_to_home_assistant: bool,
    gone: Vec<Gone>,
    /// What was said last of each door.
    said: BTreeMap<DoorId, Standing>,
    /// When the engine is asked next.
    look_at: Option<Instant>,
}

/// Nobody takes publications any more.
struct Untaken;

/// What woke the teller.
enum Woken {
    Live(Result<Arc<StreamEvent>, RecvError>),
    Again,
    Look,
    Over,
}

impl<B: Backend> Teller<B> {
    /// A teller for all doors of the site of `backend`; what was kept of `gone` doors is removed.
    pub(crate) fn new(outlet: Outlet, backend: Arc<B>, says_to_home_assistant: bool, gone: Vec<Gone>) -> Self {
        Self { outlet, backend, says_to_home_assistant, gone, said: BTreeMap::new(), look_at: None }
    }

    /// Tells until `shutdown`, or until nobody takes it.
    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        let mut live = self.backend.live();
        loop {
            let woken = tokio::select! {
                () = shutdown.cancelled() => Woken::Over,
                event = live.recv() => Woken::Live(event),
                again = self.outlet.occasions.changed() => again.map_or(Woken::Over, |()| Woken::Again),
                () = until(self.look_at) => Woken::Look,
            };
            let told = tokio::select! {
                () = shutdown.cancelled() => return,
                told = self.tell(woken, &mut live) => told,
            };
            if told.is_err() {
                return;
            }
        }
    }

    async fn tell(&mut self, woken: Woken, live: &mut broadcast::Receiver<Arc<StreamEvent>>) -> Result<(), Untaken> {
        match woken {
            Woken::Live(Ok(event)) => {
                self.look_soon();
                self.happened(&event).await
            }
            Woken::Live(Err(RecvError::Lagged(missed))) => {
                tracing::warn!(missed, "publications fell behind; what is published now is the newest state");
                *live = self.backend.live();
                self.look_soon();
                Ok(())
            }
            Woken::Live(Err(RecvError::Closed)) | Woken::Over => Err(Untaken),
            Woken::Again => {
                self.said.clear();
                self.look_soon();
                self.introduce().await
            }
            Woken::Look => self.look().await,
        }
    }

    fn look_soon(&mut self) {
        self.look_at.get_or_insert_with(|| Instant::now() + LOOK_GAP);
    }

    /// What does not change while the daemon runs: which doors there are, and which are gone.
    async fn introduce(&mut self) -> Result<(), Untaken> {
        let site = self.backend.site();
        for Gone { number, path } in self.gone.clone() {
            self.keep(topics::door_state(site.name(), &path), Vec::new()).await?;
            self.keep(topics::discovery(site.name(), number), Vec::new()).await?;
        }
        if self.says_to_home_assistant {
            for door in site.doors() {
                let topic = topics::discovery(site.name(), door.id.get());
                self.keep(topic, home_assistant::discovery(site.name(), door)).await?;
            }
        }
        Ok(())
    }

    async fn happened(&mut self, event: &StreamEvent) -> Result<(), Untaken> {
        if !words::is_told(event.event_name) {
            return Ok(());
        }
        let site = self.backend.site();
        let Some(whole) = words::of_frame(&event.frame) else { return Ok(()) };
        let Some(door) = words::door_of(&whole.subject, &site) else { return Ok(()) };
        let Some(payload) = words::event(event.event_name, whole, door) else { return Ok(()) };
        let topic = topics::door_event(site.name(), door);
        self.say(Publication { topic, payload, is_retained: false }).await
    }

    /// Asks how doors stand and says what is new. An engine that is too busy to answer is asked again.
    async fn look(&mut self) -> Result<(), Untaken> {
        self.look_at = None;
        let (Some(doors), Some(tampered)) = (self.doors().await, self.tampered().await) else {
            self.look_soon();
            return Ok(());
        };
        let site = self.backend.site();
        for status in doors {
            let id = status.door;
            let standing = Standing { status, tamper: tampered.contains(&id) };
            if self.said.get(&id) == Some(&standing) {
                continue;
            }
            let door = site.door(id);
            let payload = words::state(&standing, &site, self.backend.now().wall);
            if let (Some(door), Some(payload)) = (door, payload) {
                self.keep(topics::door_state(site.name(), &door.path), payload).await?;
            }
            self.said.insert(id, standing);
        }
        Ok(())
    }

    async fn doors(&self) -> Option<Vec<DoorStatus>> {
        match self.backend.ask(Scope::Site, Query::Doors).await {
            Ok(Answer::Doors(doors)) => Some(doors),
            Ok(_) | Err(_) => None,
        }
    }

    async fn tampered(&self) -> Option<BTreeSet<DoorId>> {
        let site = self.backend.site();
        match self.backend.ask(Scope::Site, Query::OpenAlarms).await {
            Ok(Answer::Alarms(alarms)) => {
                Some(alarms.iter().filter_map(|row| words::tampered_door(&row.alarm, &site)).collect())
            }
            Ok(_) | Err(_) => None,
        }
    }

    async fn keep(&self, topic: String, payload: Vec<u8>) -> Result<(), Untaken> {
        self.say(Publication { topic, payload, is_retained: true }).await
    }

    async fn say(&self, publication: Publication) -> Result<(), Untaken> {
        self.outlet.publish.send(publication).await.map_err(|_| Untaken)
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => pending().await,
    }
}
