//! What the daemon publishes for others by MQTT: how each door stands, what happened at it, and whether the daemon is there.
//! For dashboards and house automation; nobody can do anything by it.
//!
//! Decides when something is said (`teller`), where (`topics`) and in which words (`words`, `home_assistant`). Never
//! published: who it was, which card, what an operator wrote, and duress, of which nobody at the door may learn.
//!
//! A publication never holds up a door: the teller asks the engine like any other reader, twice a second at most, and goes
//! through a channel of its own that is emptied when the client has nothing else to say. Whoever falls behind skips to the
//! newest state.
//!
//! Vocabulary: the *outlet* is the teller's end of that channel, the *spout* the client's.

mod home_assistant;
mod teller;
pub(crate) mod topics;
mod words;

use std::collections::BTreeMap;

use rackward_core::Site;
use rackward_core::entry::PlaceKind;
use rackward_core::id::DoorId;
use tokio::sync::{mpsc, watch};

pub(crate) use teller::{Gone, Teller};
pub use topics::{
    HOME_ASSISTANT_STATUS, daemon_may_publish, daemon_may_subscribe, observer_may_publish, observer_may_subscribe,
};

/// Publications that wait for the client. The teller waits for room, and nothing else does.
const WAITING_LIMIT_PUBLICATIONS: usize = 64;

/// The doors of `places`, which are all that ever were named, that `site` has no more.
pub(crate) fn gone(places: &BTreeMap<(PlaceKind, u32), String>, site: &Site) -> Vec<Gone> {
    let doors = places
        .iter()
        .filter(|((kind, number), _)| *kind == PlaceKind::Door && site.door(DoorId::new(*number)).is_none());
    doors.map(|((_, number), path)| Gone { number: *number, path: path.clone() }).collect()
}

/// One message for others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Publication {
    /// Where.
    pub(crate) topic: String,
    /// What; nothing removes what was kept there.
    pub(crate) payload: Vec<u8>,
    /// Whether the broker keeps it for later readers.
    pub(crate) is_retained: bool,
}

/// Whether the daemon is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Availability {
    /// It is.
    Online,
    /// It was stopped.
    Stopped,
    /// It is gone without a word; said by the broker.
    Offline,
}

/// The topic and the word for whether the daemon of `site` is there.
pub(super) fn availability(site: &str, availability: Availability) -> (String, Vec<u8>) {
    let word = match availability {
        Availability::Online => "online",
        Availability::Stopped => "stopped",
        Availability::Offline => "offline",
    };
    (topics::availability(site), word.into())
}

/// Whether a message says that Home Assistant has started and knows nothing of us.
pub(super) fn is_home_assistant_birth(topic: &str, payload: &[u8]) -> bool {
    topic == HOME_ASSISTANT_STATUS && payload == b"online"
}

/// Where publications come from.
#[derive(Debug)]
pub struct Outlet {
    publish: mpsc::Sender<Publication>,
    occasions: watch::Receiver<u64>,
}

/// Where publications come out.
#[derive(Debug)]
pub(super) struct Spout {
    publications: mpsc::Receiver<Publication>,
    occasions: watch::Sender<u64>,
}

/// Both ends of one channel.
pub(super) fn outlet() -> (Outlet, Spout) {
    let (publish, publications) = mpsc::channel(WAITING_LIMIT_PUBLICATIONS);
    let (tell, occasions) = watch::channel(0);
    (Outlet { publish, occasions }, Spout { publications, occasions: tell })
}

impl Spout {
    /// The next publication; `None` when no more will come.
    pub(super) async fn next(&mut self) -> Option<Publication> {
        self.publications.recv().await
    }

    /// Has everything said again: a broker, or a reader, knows nothing of it any more.
    pub(super) fn say_all_again(&self) {
        self.occasions.send_modify(|count| *count = count.wrapping_add(1));
    }
}
