//! Many handles in one process, each with a certificate and a connection of its own, for whoever measures what a site of them
//! costs.
//!
//! A handle of the fleet says and keeps everything that a handle at the broker does, by the same session, keeper and log; it has
//! no door, so its state never changes, a release is done at once, and it decides nothing by itself. Decided here: what is
//! counted, and how many connect at once. What one handle does is in `handle`.
//!
//! Vocabulary: a *recruit* is a handle before it is started; a *slot* is what is counted of one handle.

mod handle;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rackward_protocol::mqtt::{CardRead, DeviceId, SiteId};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::identity::Identity;
use crate::link::LinkError;
use crate::link::tls::SiteTls;
use handle::Handle;

/// Cards that wait for one handle to send them; nobody presents more at once.
const CARD_LIMIT_CARDS: usize = 2;
/// How often a handle of the fleet says something at least when nothing else is asked for.
pub const HEARTBEAT: Duration = Duration::from_secs(30);
/// Handles that connect at once when nothing else is asked for: enough to keep two cores busy with handshakes, few enough that
/// none of them takes longer than a broker waits.
pub const CONNECTS_AT_ONCE: usize = 64;

/// Where a fleet connects, and how.
#[derive(Clone, Debug)]
pub struct FleetOptions {
    /// The broker's host name or address; its certificate must name it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The site.
    pub site: SiteId,
    /// How often a handle says something at least, 5 seconds to an hour.
    pub heartbeat: Duration,
    /// How many connect at once.
    pub connects_at_once: usize,
}

impl FleetOptions {
    /// The usual ones for this broker and site.
    pub fn new(host: impl Into<String>, port: u16, site: SiteId) -> Self {
        let (heartbeat, connects_at_once) = (HEARTBEAT, CONNECTS_AT_ONCE);
        Self { host: host.into(), port, site, heartbeat, connects_at_once }
    }
}

/// A handle before it is started.
#[derive(Clone, Debug)]
pub struct Recruit {
    /// Its name.
    pub device: DeviceId,
    /// What it connects with. The authority must be the same for the whole fleet.
    pub identity: Identity,
}

/// The rights list a handle took last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Its number.
    pub number: u64,
    /// The generation of rights it was made from.
    pub generation: u64,
    /// When it was taken.
    pub at: Instant,
}

/// What the whole fleet has seen and said so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Handles that are connected now.
    pub connected: u64,
    /// Connections made so far.
    pub connects: u64,
    /// Messages handed to the connection.
    pub said: u64,
    /// Rights lists taken.
    pub lists: u64,
    /// Rights lists refused.
    pub refused_lists: u64,
    /// Releases ordered.
    pub releases: u64,
    /// Every other order and every piece of feedback.
    pub orders: u64,
    /// Cards sent.
    pub cards: u64,
}

/// What is counted of one handle. A moment is microseconds since the fleet began, 0 for never.
#[derive(Debug, Default)]
struct Slot {
    connected: AtomicBool,
    connects: AtomicU64,
    said: AtomicU64,
    lists: AtomicU64,
    refused_lists: AtomicU64,
    releases: AtomicU64,
    orders: AtomicU64,
    cards: AtomicU64,
    list_number: AtomicU64,
    list_generation: AtomicU64,
    list_at: AtomicU64,
    released_at: AtomicU64,
    shown_at: AtomicU64,
}

/// Handles that run until this is dropped.
#[derive(Debug)]
pub struct Fleet {
    origin: Instant,
    slots: Arc<[Slot]>,
    readers: Vec<mpsc::Sender<CardRead>>,
    _tasks: JoinSet<()>,
}

/// What all handles of a fleet have in common.
#[derive(Debug)]
struct Common {
    options: FleetOptions,
    tls: SiteTls,
    gate: Semaphore,
    origin: Instant,
    slots: Arc<[Slot]>,
}

impl Fleet {
    /// Starts every recruit; needs a runtime. [`LinkError`] when a certificate or key is not usable.
    pub fn start(options: FleetOptions, recruits: Vec<Recruit>) -> Result<Self, LinkError> {
        let authority = recruits.first().map(|recruit| recruit.identity.authority.clone()).unwrap_or_default();
        let (origin, slots) = (Instant::now(), recruits.iter().map(|_| Slot::default()).collect::<Arc<[Slot]>>());
        let (mut tasks, mut readers) = (JoinSet::new(), Vec::with_capacity(recruits.len()));
        if recruits.is_empty() {
            return Ok(Self { origin, slots, readers, _tasks: tasks });
        }
        let gate = Semaphore::new(options.connects_at_once.max(1));
        let tls = SiteTls::new(&authority)?;
        let common = Arc::new(Common { options, tls, gate, origin, slots: slots.clone() });
        for (at, recruit) in recruits.into_iter().enumerate() {
            let (reader, cards) = mpsc::channel(CARD_LIMIT_CARDS);
            tasks.spawn(Handle::new(common.clone(), at, recruit)?.live(cards));
            readers.push(reader);
        }
        Ok(Self { origin, slots, readers, _tasks: tasks })
    }

    /// How many handles there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// How many are connected now.
    pub fn connected(&self) -> usize {
        self.slots.iter().filter(|slot| slot.connected.load(Ordering::Relaxed)).count()
    }

    /// How many hold a list of this generation or a later one.
    pub fn holding(&self, generation: u64) -> usize {
        let holds = |slot: &&Slot| {
            slot.list_at.load(Ordering::Acquire) != 0 && slot.list_generation.load(Ordering::Relaxed) >= generation
        };
        self.slots.iter().filter(holds).count()
    }

    /// The list that one handle took last, by its place among the recruits.
    pub fn applied(&self, at: usize) -> Option<Applied> {
        let slot = self.slots.get(at)?;
        let when = self.moment(&slot.list_at)?;
        let number = slot.list_number.load(Ordering::Relaxed);
        Some(Applied { number, generation: slot.list_generation.load(Ordering::Relaxed), at: when })
    }

    /// When one handle was released last.
    pub fn released(&self, at: usize) -> Option<Instant> {
        self.slots.get(at).and_then(|slot| self.moment(&slot.released_at))
    }

    /// When one handle was last told to show something.
    pub fn shown(&self, at: usize) -> Option<Instant> {
        self.slots.get(at).and_then(|slot| self.moment(&slot.shown_at))
    }

    fn moment(&self, at: &AtomicU64) -> Option<Instant> {
        let micros = at.load(Ordering::Acquire);
        (micros != 0).then(|| self.origin + Duration::from_micros(micros))
    }

    /// Presents a card to one handle; false when there is no such handle, or it has not sent the cards before yet.
    pub fn present(&self, at: usize, card: CardRead) -> bool {
        self.readers.get(at).is_some_and(|reader| reader.try_send(card).is_ok())
    }

    /// What all of them have seen and said.
    pub fn tally(&self) -> Tally {
        let sum = |pick: fn(&Slot) -> &AtomicU64| {
            self.slots.iter().map(|slot| pick(slot).load(Ordering::Relaxed)).sum::<u64>()
        };
        Tally {
            connected: u64::try_from(self.connected()).unwrap_or(u64::MAX),
            connects: sum(|slot| &slot.connects),
            said: sum(|slot| &slot.said),
            lists: sum(|slot| &slot.lists),
            refused_lists: sum(|slot| &slot.refused_lists),
            releases: sum(|slot| &slot.releases),
            orders: sum(|slot| &slot.orders),
            cards: sum(|slot| &slot.cards),
        }
    }
}
