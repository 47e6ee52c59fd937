//! Cameras: takes the stills that the core wants, keeps them sealed for as long as the site file says, and says which cameras
//! answer. Nothing here is on the way of a door: orders come over a bounded queue that nobody waits for, each camera has tasks of
//! its own, and a still that cannot be had is a fact like any other.
//!
//! Which still is wanted when is `engine/cameras.rs`'s in the core; who may look at one is asked before this file is reached.

mod ask;
mod key;
mod lens;
mod picture;
mod settings;
mod station;
mod store;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rackward_core::id::CameraId;
use rackward_core::still::{StillFor, StillMissing, StillOrder, StillOutcome};
use rackward_core::{Now, Site};
use rackward_dashboard::backend::{Pending, Unavailable};
use rackward_dashboard::still::{CameraState, LiveRefused, Picture, Still, StillState, Stills, StillsOf};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use settings::{CameraAccess, CameraKind, CameraLogin, CameraSettings, Keeping, Video};

use ask::Asker;
use key::StillsKey;
use lens::Lens;
use station::{Station, Tools, WAITING_MAX_COUNT};
use store::StillStore;

use crate::cursor::SideFileError;
use crate::run::Wanted;

/// How many tasks may wait to be noted: three stills of each of two hundred cameras, several times over.
const TASKS_MAX_COUNT: usize = 4_096;

/// How often is looked for stills whose time is over.
const TIDY_EVERY: Duration = Duration::from_secs(60);

/// What the engine wants of stills.
#[derive(Debug, Clone, Copy)]
pub enum StillTask {
    /// To take one.
    Take(StillOrder),
    /// To try again for those of an entry that could not be had.
    TakeAgain(StillFor),
    /// To know that the journal has what became of one.
    Note(StillOrder),
}

/// The way by which the engine's loop passes tasks on.
#[derive(Debug, Clone)]
pub struct StillOrders(mpsc::Sender<StillTask>);

impl StillOrders {
    /// Passes a task on; whether there was room.
    pub fn give(&self, task: StillTask) -> bool {
        self.0.try_send(task).is_ok()
    }
}

/// The cameras of a running daemon, and the stills it keeps.
#[derive(Debug, Clone)]
pub struct Cameras {
    stations: Arc<[Arc<Station>]>,
    tools: Tools,
    keeping: Keeping,
}

impl Cameras {
    /// The cameras of a site file, with what is kept in a storage directory; `None` where the site has no camera and never had
    /// one. Blocks on the disk: call it before the runtime is busy.
    pub fn new(
        dir: &Path,
        settings: &CameraSettings,
        site: &Site,
        engine: mpsc::Sender<Wanted>,
        clock: fn() -> Now,
    ) -> Option<Self> {
        let store = StillStore::in_dir(dir);
        if settings.cameras.is_empty() && !store.path().exists() {
            return None;
        }
        let key = StillsKey::open(dir, store.path());
        let key = key.inspect_err(|error| tracing::error!(%error, "stills can neither be kept nor shown")).ok();
        let tools = Tools { store, key: key.map(Arc::new), engine, clock };
        let station = |access: &CameraAccess| {
            let (endpoint, guard) = (access.endpoint.clone(), Arc::clone(&settings.guard));
            let asker = Asker { endpoint, guard, tls: access.trust.client() };
            let camera = site.camera_named(&access.name)?.id;
            Some(Arc::new(Station::new(camera, access.name.clone(), Lens::new(access, asker), tools.clone())))
        };
        let stations = settings.cameras.iter().filter_map(station).collect();
        Some(Self { stations, tools, keeping: settings.keeping })
    }

    /// Begins to work, until `closing`; the way in which tasks come.
    pub fn start(&self, tasks: &TaskTracker, closing: &CancellationToken) -> StillOrders {
        let (sender, receiver) = mpsc::channel(TASKS_MAX_COUNT);
        let mut desks = Vec::with_capacity(self.stations.len());
        for station in self.stations.iter() {
            let (orders, taken) = mpsc::channel(WAITING_MAX_COUNT);
            tasks.spawn(Arc::clone(station).work(taken, closing.clone()));
            tasks.spawn(Arc::clone(station).watch(closing.clone()));
            tasks.spawn(Arc::clone(station).report(closing.clone()));
            desks.push((station.camera, orders));
        }
        let desk = Desk { tools: self.tools.clone(), desks };
        tasks.spawn(closing.clone().run_until_cancelled_owned(desk.attend(receiver)));
        tasks.spawn(closing.clone().run_until_cancelled_owned(tidy(self.tools.clone(), self.keeping)));
        StillOrders(sender)
    }
}

/// Notes what is wanted, and gives it to the camera.
struct Desk {
    tools: Tools,
    desks: Vec<(CameraId, mpsc::Sender<StillOrder>)>,
}

impl Desk {
    async fn attend(self, mut tasks: mpsc::Receiver<StillTask>) {
        self.take_up().await;
        while let Some(task) = tasks.recv().await {
            match task {
                StillTask::Take(order) => match self.tools.store.want(order).await {
                    Ok(true) => self.pass_on(order).await,
                    Ok(false) => {}
                    Err(error) => self.not_noted(&error, order).await,
                },
                StillTask::TakeAgain(belongs) => {
                    let again = self.tools.store.want_again(belongs).await;
                    for order in again.unwrap_or_else(|error| none_of(&error)) {
                        self.pass_on(order).await;
                    }
                }
                StillTask::Note(order) => {
                    if let Err(error) = self.tools.store.told(order).await {
                        tracing::warn!(%error, "that the journal has a still could not be noted; it is told again after a start");
                    }
                }
            }
        }
    }

    /// What was under way when the daemon stopped.
    async fn take_up(&self) {
        let untold = self.tools.store.untold().await;
        for (order, outcome) in untold.unwrap_or_else(|error| none_of(&error)) {
            self.tools.tell(order, outcome).await;
        }
        let pending = self.tools.store.pending().await;
        for order in pending.unwrap_or_else(|error| none_of(&error)) {
            self.pass_on(order).await;
        }
    }

    async fn pass_on(&self, order: StillOrder) {
        let desk = self.desks.iter().find(|(camera, _)| *camera == order.camera);
        let Some((_, orders)) = desk else {
            // The site file has it no more.
            return self.tools.miss(order, StillMissing::Unreachable).await;
        };
        if orders.try_send(order).is_err() {
            self.tools.miss(order, StillMissing::Overloaded).await;
        }
    }

    async fn not_noted(&self, error: &SideFileError, order: StillOrder) {
        tracing::error!(%error, "a still cannot be kept");
        self.tools.tell(order, StillOutcome::Missing(StillMissing::NotKept)).await;
    }
}

fn none_of<T>(error: &SideFileError) -> Vec<T> {
    tracing::error!(%error, "stills that were under way cannot be read");
    Vec::new()
}

/// Erases stills whose time is over.
async fn tidy(tools: Tools, keeping: Keeping) {
    loop {
        match tools.store.erase((tools.clock)().wall, keeping).await {
            Ok(0) => {}
            Ok(erased) => tracing::info!(erased, "stills were erased: their time is over, or there are too many"),
            Err(error) => tracing::warn!(%error, "stills whose time is over could not be erased yet"),
        }
        tokio::time::sleep(TIDY_EVERY).await;
    }
}

impl Stills for Cameras {
    fn of(&self, which: StillsOf) -> Pending<Result<Vec<Still>, Unavailable>> {
        let store = self.tools.store.clone();
        Box::pin(async move { store.of(which).await.map_err(unread) })
    }

    fn still(&self, id: u64) -> Pending<Result<Option<Still>, Unavailable>> {
        let store = self.tools.store.clone();
        Box::pin(async move { store.still(id).await.map_err(unread) })
    }

    fn picture(&self, id: u64) -> Pending<Result<Option<Picture>, Unavailable>> {
        let (store, key) = (self.tools.store.clone(), self.tools.key.clone());
        Box::pin(async move {
            let Some(Still { state: StillState::Kept(facts), .. }) = store.still(id).await.map_err(unread)? else {
                return Ok(None);
            };
            let (Some(key), Some(sealed)) = (key, store.sealed(id).await.map_err(unread)?) else { return Ok(None) };
            let opened = tokio::task::spawn_blocking(move || {
                let bytes = key.open_sealed(facts.digest, &sealed)?;
                (Sha256::digest(&bytes).as_slice() == facts.digest.0).then_some(bytes)
            });
            Ok(opened.await.map_err(|_| Unavailable)?.map(|bytes| Picture { form: facts.form, bytes }))
        })
    }

    fn live(&self, camera: CameraId) -> Pending<Result<Picture, LiveRefused>> {
        let station = self.stations.iter().find(|station| station.camera == camera).cloned();
        Box::pin(async move { station.ok_or(LiveRefused::Unknown)?.live().await.map_err(LiveRefused::Missing) })
    }

    fn cameras(&self) -> Vec<CameraState> {
        self.stations.iter().map(|station| station.state()).collect()
    }
}

fn unread(error: SideFileError) -> Unavailable {
    tracing::error!(%error, "stills cannot be read");
    Unavailable
}

#[cfg(test)]
mod tests;
