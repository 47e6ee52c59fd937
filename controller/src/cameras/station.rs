//! One camera at work: a few requests at once, each within its time, some tries for each still, and between them a look whether it
//! still answers. Another camera never waits for this one. How a picture is asked for is `lens.rs`'s; which stills are wanted is
//! the core's.
//!
//! A picture of now stands for a moment that was over for at most [`PRESENT`]: a camera without a recorder has no other, and a
//! recorder has the last seconds only some seconds later.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rackward_core::id::{CameraId, Seq};
use rackward_core::still::{CameraHealth, StillDigest, StillFacts, StillMissing, StillOrder, StillOutcome};
use rackward_core::{Monotonic, Now, Wall};
use rackward_dashboard::still::{CameraPast, CameraState, Picture};
use sha2::{Digest as _, Sha256};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::key::StillsKey;
use super::lens::Lens;
use super::store::StillStore;
use crate::run::Wanted;

/// How many requests for stills one camera is sent at once: recorders make each picture anew from video.
const AT_ONCE: usize = 2;

/// How many orders may wait for one camera: eighty alarms within the minute in which a recorder has not yet got its pictures.
pub(super) const WAITING_MAX_COUNT: usize = 256;

/// For so long what a camera shows stands for a moment that is over: a first request may have taken its whole time.
const PRESENT: Duration = Duration::from_millis(2_500);

/// How long is waited before a recorder is asked again for the same moment: it writes video to disk in pieces of ten seconds.
const RECORDER_WAITS: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(8),
    Duration::from_secs(15),
    Duration::from_secs(30),
];

/// The same for a camera that shows only what is now.
const CAMERA_WAITS: [Duration; 1] = [Duration::from_millis(200)];

/// A camera that was not asked for anything for so long is asked whether it answers.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// How often a camera whose latest pictures are kept gives one.
const RING_EVERY: Duration = Duration::from_secs(1);

/// How far a picture of the ring may be from the moment it stands for.
const RING_NEAR: Duration = Duration::from_millis(1_500);

/// For so long what a camera shows now is given out again: several consoles are one to it.
const LIVE_FOR: Duration = Duration::from_secs(1);

/// How many entries are remembered whose video the recorder was told to keep.
const VIDEOS_REMEMBERED: usize = 64;

/// How many such requests run at once.
const VIDEOS_AT_ONCE: usize = 4;

/// What every camera works with.
#[derive(Debug, Clone)]
pub(super) struct Tools {
    pub(super) store: StillStore,
    /// Without it nothing is kept.
    pub(super) key: Option<Arc<StillsKey>>,
    pub(super) engine: mpsc::Sender<Wanted>,
    pub(super) clock: fn() -> Now,
}

impl Tools {
    /// Tells the engine what became of an order.
    pub(super) async fn tell(&self, order: StillOrder, outcome: StillOutcome) {
        // It ends with the daemon.
        drop(self.engine.send(Wanted::Still { order, outcome }).await);
    }

    /// A still cannot be had: noted here, and told.
    pub(super) async fn miss(&self, order: StillOrder, cause: StillMissing) {
        if let Err(error) = self.store.miss(order, cause).await {
            tracing::warn!(%error, "that a still is missing could not be noted beside the journal");
        }
        self.tell(order, StillOutcome::Missing(cause)).await;
    }
}

/// One camera.
#[derive(Debug)]
pub(super) struct Station {
    pub(super) camera: CameraId,
    name: String,
    lens: Lens,
    tools: Tools,
    known: Mutex<Known>,
    health: watch::Sender<Option<CameraHealth>>,
    ring: Mutex<VecDeque<(Wall, Arc<Picture>)>>,
    live: tokio::sync::Mutex<Option<(Monotonic, Result<Picture, StillMissing>)>>,
}

/// What is known of a camera.
#[derive(Debug, Default)]
struct Known {
    last_picture: Option<Wall>,
    last_asked: Option<Monotonic>,
    trouble: Option<StillMissing>,
    waiting: u32,
}

/// A still that is to be taken.
#[derive(Debug)]
struct Job {
    order: StillOrder,
    due: Instant,
    tries: usize,
    /// Why the first try failed: what later ones say follows from it.
    first_cause: Option<StillMissing>,
}

impl Station {
    pub(super) fn new(camera: CameraId, name: String, lens: Lens, tools: Tools) -> Self {
        let health = watch::Sender::new(None);
        Self {
            camera,
            name,
            lens,
            tools,
            known: Mutex::default(),
            health,
            ring: Mutex::default(),
            live: tokio::sync::Mutex::default(),
        }
    }

    /// How the camera is.
    pub(super) fn state(&self) -> CameraState {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let past = match (self.lens.has_recorder(), self.lens.keeps_seconds()) {
            (true, _) => CameraPast::Recorder,
            (false, Some(seconds)) => CameraPast::Seconds(seconds),
            (false, None) => CameraPast::None,
        };
        CameraState {
            camera: self.camera,
            health: *self.health.borrow(),
            last_picture: known.last_picture,
            trouble: known.trouble,
            waiting: known.waiting,
            past,
        }
    }

    /// Takes stills as they are ordered, until `closing`.
    pub(super) async fn work(self: Arc<Self>, mut orders: mpsc::Receiver<StillOrder>, closing: CancellationToken) {
        let (mut waiting, mut running, mut videos) = (Vec::new(), JoinSet::new(), Videos::default());
        loop {
            self.note_waiting(waiting.len() + running.len() + orders.len());
            while running.len() < AT_ONCE
                && let Some(job) = take_due(&mut waiting)
            {
                running.spawn(Arc::clone(&self).attempt(job));
            }
            let next = waiting.iter().map(|job: &Job| job.due).min().filter(|_| running.len() < AT_ONCE);
            tokio::select! {
                biased;
                () = closing.cancelled() => return,
                Some(done) = running.join_next(), if !running.is_empty() => waiting.extend(done.ok().flatten()),
                order = orders.recv(), if waiting.len() < WAITING_MAX_COUNT => {
                    let Some(order) = order else { return };
                    videos.keep(&self, order);
                    waiting.push(self.job(order));
                }
                () = until(next), if next.is_some() => {}
            }
        }
    }

    fn job(&self, order: StillOrder) -> Job {
        let ahead = order.shows.since((self.tools.clock)().wall);
        Job { order, due: Instant::now() + ahead.min(LOOK_EVERY), tries: 0, first_cause: None }
    }

    /// Tries once; the job again where it is worth another try.
    async fn attempt(self: Arc<Self>, mut job: Job) -> Option<Job> {
        let cause = match self.take(job.order).await {
            Ok((shows, picture)) => {
                self.keep(job.order, shows, picture).await;
                return None;
            }
            Err(cause) => *job.first_cause.get_or_insert(cause),
        };
        let waits: &[Duration] = if self.lens.has_recorder() { &RECORDER_WAITS } else { &CAMERA_WAITS };
        match waits.get(job.tries).filter(|_| cause != StillMissing::NoPast) {
            Some(wait) => Some(Job { due: Instant::now() + *wait, tries: job.tries + 1, ..job }),
            None => {
                self.tools.miss(job.order, cause).await;
                None
            }
        }
    }

    /// The picture that an order wants, with the moment it shows.
    async fn take(&self, order: StillOrder) -> Result<(Wall, Arc<Picture>), StillMissing> {
        if let Some(near) = self.in_ring(order.shows) {
            return Ok(near);
        }
        let now = (self.tools.clock)().wall;
        if now.since(order.shows) <= PRESENT {
            return self.look().await.map(|picture| (now, Arc::new(picture)));
        }
        let asked = self.lens.at(order.shows).await;
        // A recorder that has nothing of that moment answers all the same.
        if let Err(StillMissing::TimedOut | StillMissing::Unreachable) = asked {
            self.note(asked.as_ref().map(drop).map_err(|cause| *cause));
        }
        asked.map(|picture| (order.shows, Arc::new(picture)))
    }

    /// Asks for what the camera shows now.
    async fn look(&self) -> Result<Picture, StillMissing> {
        let seen = self.lens.now().await;
        self.note(seen.as_ref().map(drop).map_err(|cause| *cause));
        seen
    }

    async fn keep(&self, order: StillOrder, shows: Wall, picture: Arc<Picture>) {
        let digest = StillDigest(Sha256::digest(&picture.bytes).into());
        let bytes = u32::try_from(picture.bytes.len()).unwrap_or(u32::MAX);
        let facts = StillFacts { shows, taken: (self.tools.clock)().wall, digest, bytes, form: picture.form };
        let key = self.tools.key.clone();
        // Sealing a large picture takes a millisecond: away from the tasks that wait for other cameras.
        let sealed = tokio::task::spawn_blocking(move || key?.seal(digest, &picture.bytes)).await;
        let kept = match sealed.ok().flatten() {
            Some(sealed) => self.tools.store.keep(order, facts, sealed).await.map_err(|error| {
                tracing::error!(camera = %self.name, %error, "a still could not be kept");
            }),
            None => Err(()),
        };
        match kept {
            Ok(()) => self.tools.tell(order, StillOutcome::Kept(facts)).await,
            Err(()) => self.tools.miss(order, StillMissing::NotKept).await,
        }
    }

    /// What the camera shows, or showed within [`LIVE_FOR`]; whoever comes meanwhile waits for the same request.
    pub(super) async fn live(&self) -> Result<Picture, StillMissing> {
        let mut last = self.live.lock().await;
        let now = (self.tools.clock)().monotonic;
        if let Some((at, seen)) = last.as_ref().filter(|(at, _)| now.since(*at) < LIVE_FOR) {
            let _ = at;
            return seen.clone();
        }
        let seen = self.look().await;
        *last = Some(((self.tools.clock)().monotonic, seen.clone()));
        seen
    }

    /// Looks from time to time whether the camera answers, and keeps its latest pictures where that is wanted.
    pub(super) async fn watch(self: Arc<Self>, closing: CancellationToken) {
        let ring = self.lens.keeps_seconds();
        let look = async {
            loop {
                if let Some(seconds) = ring {
                    let at = (self.tools.clock)().wall;
                    if let Ok(picture) = self.look().await {
                        self.put_in_ring(at, picture, Duration::from_secs(seconds.into()));
                    }
                    sleep(RING_EVERY).await;
                } else {
                    if self.was_not_asked_for_long() {
                        // What came of it is noted.
                        drop(self.look().await);
                    }
                    sleep(LOOK_EVERY / 3).await;
                }
            }
        };
        closing.run_until_cancelled(look).await;
    }

    /// Tells the engine whether the camera answers.
    pub(super) async fn report(self: Arc<Self>, closing: CancellationToken) {
        let mut health = self.health.subscribe();
        let tell = async {
            loop {
                let found = *health.borrow_and_update();
                if let Some(health) = found {
                    // It ends with the daemon.
                    drop(self.tools.engine.send(Wanted::Camera { camera: self.camera, health }).await);
                }
                if health.changed().await.is_err() {
                    return;
                }
            }
        };
        closing.run_until_cancelled(tell).await;
    }

    fn was_not_asked_for_long(&self) -> bool {
        let now = (self.tools.clock)().monotonic;
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.last_asked.is_none_or(|at| now.since(at) >= LOOK_EVERY)
    }

    fn note_waiting(&self, waiting: usize) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.waiting = u32::try_from(waiting).unwrap_or(u32::MAX);
    }

    /// Notes whether a request got a picture.
    fn note(&self, got: Result<(), StillMissing>) {
        let now = (self.tools.clock)();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.last_asked = Some(now.monotonic);
        known.trouble = got.err();
        let health = match got {
            Ok(()) => {
                known.last_picture = Some(now.wall);
                CameraHealth::Answering
            }
            Err(_) => CameraHealth::Silent,
        };
        drop(known);
        let changed = self.health.send_if_modified(|known| known.replace(health) != Some(health));
        if changed && health == CameraHealth::Silent {
            tracing::warn!(camera = %self.name, why = got.err().map_or("", StillMissing::word), "a camera gives no picture");
        }
    }

    fn put_in_ring(&self, at: Wall, picture: Picture, keep: Duration) {
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        while ring.front().is_some_and(|(oldest, _)| at.since(*oldest) > keep) {
            ring.pop_front();
        }
        ring.push_back((at, Arc::new(picture)));
    }

    /// The picture of the ring that is nearest to a moment, if one is near.
    fn in_ring(&self, moment: Wall) -> Option<(Wall, Arc<Picture>)> {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let apart = |at: &Wall| at.as_micros().abs_diff(moment.as_micros());
        let nearest = ring.iter().min_by_key(|(at, _)| apart(at))?;
        (u128::from(apart(&nearest.0)) <= RING_NEAR.as_micros()).then(|| nearest.clone())
    }
}

/// Recorders are told once for each entry to keep their video.
#[derive(Debug, Default)]
struct Videos {
    of: VecDeque<Seq>,
    running: JoinSet<()>,
}

impl Videos {
    fn keep(&mut self, station: &Arc<Station>, order: StillOrder) {
        let Some(alarm) = order.belongs.alarm.filter(|_| station.lens.keeps_video()) else { return };
        if self.of.contains(&order.belongs.entry) {
            return;
        }
        if self.of.len() == VIDEOS_REMEMBERED {
            self.of.pop_front();
        }
        self.of.push_back(order.belongs.entry);
        while self.running.try_join_next().is_some() {}
        if self.running.len() == VIDEOS_AT_ONCE {
            tracing::warn!(camera = %station.name, %alarm, "the recorder was not told to keep its video: too much at once");
            return;
        }
        let station = Arc::clone(station);
        self.running.spawn(async move {
            if let Err(cause) = station.lens.keep_video(&alarm.to_string()).await {
                let why = cause.word();
                tracing::warn!(camera = %station.name, %alarm, why, "the recorder did not take it to keep its video");
            }
        });
    }
}

/// The job that has been due for longest.
fn take_due(waiting: &mut Vec<Job>) -> Option<Job> {
    let now = Instant::now();
    let due = waiting.iter().enumerate().filter(|(_, job)| job.due <= now);
    let place = due.min_by_key(|(_, job)| job.due).map(|(place, _)| place)?;
    Some(waiting.remove(place))
}

async fn until(next: Option<Instant>) {
    match next {
        Some(next) => sleep_until(next).await,
        None => std::future::pending().await,
    }
}
