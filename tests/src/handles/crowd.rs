//! All handles of one process, and what they have counted together.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rackward_protocol::mqtt::{CardRead, HeldRights, SiteId};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;

use super::handle::{Act, Handle};
use super::identity::{Identity, NotEnrolled, Trust};
use super::{SITE, name_of};

/// What one handle may be asked before it has done the last.
const ACT_LIMIT_ACTS: usize = 2;
/// Enrolments at once; more would only wait for the same processor.
const ENROLMENT_LIMIT_HANDLES: usize = 32;
/// Tries of one enrolment before the run is given up; the daemon may ask to come again.
const ENROLMENT_TRIES: u32 = 40;
const ENROLMENT_PAUSE: Duration = Duration::from_millis(500);
/// Refusals that are kept for whoever reads why a run failed.
const REFUSAL_LIMIT_TEXTS: usize = 4;

/// What all handles have counted together.
#[derive(Debug)]
pub struct Count {
    broker: Mutex<SocketAddr>,
    up: AtomicUsize,
    connections: AtomicU64,
    presented: AtomicU64,
    logged: AtomicU64,
    last_connected: Mutex<Instant>,
    spans: Mutex<Spans>,
    held: Mutex<Vec<Option<u64>>>,
    refusals: Mutex<(u64, Vec<String>)>,
    news: Notify,
}

/// How long things took.
#[derive(Debug, Default)]
pub struct Spans {
    /// From the first byte to the confirmed subscription.
    pub connects: Vec<Duration>,
    /// From a message to the broker's confirmation.
    pub confirmations: Vec<Duration>,
    /// From a card to the release.
    pub releases: Vec<Duration>,
}

fn open<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Count {
    fn new(broker: SocketAddr, handles: usize) -> Self {
        Self {
            broker: Mutex::new(broker),
            up: AtomicUsize::new(0),
            connections: AtomicU64::new(0),
            presented: AtomicU64::new(0),
            logged: AtomicU64::new(0),
            last_connected: Mutex::new(Instant::now()),
            spans: Mutex::default(),
            held: Mutex::new(vec![None; handles]),
            refusals: Mutex::default(),
            news: Notify::new(),
        }
    }

    pub(super) fn broker(&self) -> SocketAddr {
        *open(&self.broker)
    }

    pub(super) fn connected(&self, began: Instant) {
        self.up.fetch_add(1, Ordering::Relaxed);
        self.connections.fetch_add(1, Ordering::Relaxed);
        *open(&self.last_connected) = Instant::now();
        open(&self.spans).connects.push(began.elapsed());
        self.news.notify_one();
    }

    pub(super) fn lost(&self) {
        self.up.fetch_sub(1, Ordering::Relaxed);
        self.news.notify_one();
    }

    pub(super) fn refused(&self, error: &std::io::Error) {
        let mut refusals = open(&self.refusals);
        refusals.0 += 1;
        let text = error.to_string();
        if refusals.1.len() < REFUSAL_LIMIT_TEXTS && !refusals.1.contains(&text) {
            refusals.1.push(text);
        }
    }

    pub(super) fn applied(&self, number: usize, held: Option<HeldRights>) {
        if let Some(place) = open(&self.held).get_mut(number) {
            *place = held.map(|held| held.generation);
        }
        self.news.notify_one();
    }

    pub(super) fn presented(&self) {
        self.presented.fetch_add(1, Ordering::Relaxed);
        self.news.notify_one();
    }

    pub(super) fn logged(&self) {
        self.logged.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn measured(&self, span: Duration) {
        open(&self.spans).confirmations.push(span);
        self.news.notify_one();
    }

    pub(super) fn released(&self, span: Duration) {
        open(&self.spans).releases.push(span);
        self.news.notify_one();
    }
}

/// All handles of this process.
#[derive(Debug)]
pub struct Crowd {
    site: SiteId,
    trust: Trust,
    identities: Vec<Option<Identity>>,
    acts: Vec<mpsc::Sender<Act>>,
    tasks: JoinSet<()>,
    count: Arc<Count>,
}

impl Crowd {
    /// So many handles without identities, for the broker at this address.
    pub fn new(broker: SocketAddr, authority: &[u8], handles: usize) -> Self {
        Self {
            site: SiteId::parse(SITE).expect("a site"),
            trust: Trust::new(authority),
            identities: std::iter::repeat_with(|| None).take(handles).collect(),
            acts: Vec::new(),
            tasks: JoinSet::new(),
            count: Arc::new(Count::new(broker, handles)),
        }
    }

    /// Redeems one code for each handle that has one, some at once.
    ///
    /// # Errors
    /// The first that was refused for good.
    pub async fn enrol(&mut self, endpoint: SocketAddr, codes: Vec<(usize, String)>) -> Result<(), NotEnrolled> {
        let mut waiting = codes.into_iter();
        let mut running = JoinSet::new();
        loop {
            while running.len() < ENROLMENT_LIMIT_HANDLES {
                let Some((number, code)) = waiting.next() else { break };
                let (trust, site) = (self.trust.clone(), self.site.clone());
                running.spawn(async move { (number, enrol_patiently(endpoint, &trust, &site, number, &code).await) });
            }
            let Some(done) = running.join_next().await else { return Ok(()) };
            let (number, identity) = done.expect("an enrolment does not panic");
            self.identities[number] = Some(identity?);
        }
    }

    /// Powers every handle that has an identity, so many in a second.
    ///
    /// # Panics
    /// A key that does not fit its certificate.
    pub async fn power(&mut self, each_second: u32) {
        let pause = Duration::from_secs(1) / each_second.max(1) * 50;
        for (number, identity) in self.identities.iter_mut().enumerate() {
            let (acts, asked) = mpsc::channel(ACT_LIMIT_ACTS);
            self.acts.push(acts);
            if let Some(identity) = identity.take() {
                let connector = self.trust.connector(&identity).expect("a key that fits its certificate");
                let handle = Handle::new(number, self.site.clone(), identity, connector, self.count.clone());
                self.tasks.spawn(handle.live(asked));
            }
            if number % 50 == 49 {
                tokio::time::sleep(pause).await;
            }
        }
    }

    /// Waits until `is_so`; false when that takes longer than `limit`.
    pub async fn wait(&self, limit: Duration, is_so: impl Fn(&Self) -> bool) -> bool {
        let over = Instant::now() + limit;
        while !is_so(self) {
            if tokio::time::timeout_at(over.into(), self.count.news.notified()).await.is_err() {
                return is_so(self);
            }
        }
        true
    }

    /// How many are connected.
    pub fn up(&self) -> usize {
        self.count.up.load(Ordering::Relaxed)
    }

    /// How many connections were made.
    pub fn connections(&self) -> u64 {
        self.count.connections.load(Ordering::Relaxed)
    }

    /// When the last one connected.
    pub fn last_connected(&self) -> Instant {
        *open(&self.count.last_connected)
    }

    /// How many hold a list of this generation or a later one.
    pub fn holding(&self, generation: u64) -> usize {
        open(&self.count.held).iter().filter(|held| held.is_some_and(|held| held >= generation)).count()
    }

    /// Cards that were told, and records that were kept by handles on their own.
    pub fn told(&self) -> (u64, u64) {
        (self.count.presented.load(Ordering::Relaxed), self.count.logged.load(Ordering::Relaxed))
    }

    /// Takes what was measured until now.
    pub fn take_spans(&self) -> Spans {
        std::mem::take(&mut open(&self.count.spans))
    }

    /// How many spans of each kind are there.
    pub fn measured(&self) -> (usize, usize, usize) {
        let spans = open(&self.count.spans);
        (spans.connects.len(), spans.confirmations.len(), spans.releases.len())
    }

    /// How often a handle was refused, and the first reasons.
    pub fn refusals(&self) -> (u64, Vec<String>) {
        open(&self.count.refusals).clone()
    }

    /// Lets somebody hold a card before a handle.
    pub async fn present(&self, number: usize, card: CardRead) {
        self.ask(number, Act::Present(card)).await;
    }

    /// Asks a handle for one thing.
    pub async fn ask(&self, number: usize, act: Act) {
        // A handle that has ended is missed in the count.
        _ = self.acts[number].send(act).await;
    }
}

async fn enrol_patiently(
    endpoint: SocketAddr,
    trust: &Trust,
    site: &SiteId,
    number: usize,
    code: &str,
) -> Result<Identity, NotEnrolled> {
    use rackward_protocol::mqtt::enrolment::EnrolmentRefusal;
    let device = rackward_protocol::mqtt::DeviceId::parse(&name_of(number)).expect("a name for a topic");
    let mut tries = 0;
    loop {
        match Identity::enrol(endpoint, trust, site, &device, code).await {
            Err(NotEnrolled::Refused(EnrolmentRefusal::Busy) | NotEnrolled::Connection(_))
                if tries < ENROLMENT_TRIES =>
            {
                tries += 1;
                tokio::time::sleep(ENROLMENT_PAUSE).await;
            }
            done => return done,
        }
    }
}
