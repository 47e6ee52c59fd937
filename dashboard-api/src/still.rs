//! Stills of cameras, as the API sees them: which are kept, the pictures themselves, and what a camera shows now. When one is
//! wanted is the core's to say, how it is fetched and for how long it is kept the daemon's. Nothing is decided here.

use rackward_core::Wall;
use rackward_core::id::{AlarmId, CameraId, Seq};
use rackward_core::still::{CameraHealth, StillFacts, StillFor, StillForm, StillMissing};

use crate::backend::{Pending, Unavailable};

/// The most stills of one answer: three of each of a hundred cameras.
pub const STILLS_MAX_COUNT: usize = 300;

/// One still, or the lack of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Still {
    /// Its number in the daemon's store.
    pub id: u64,
    /// Of which camera.
    pub camera: CameraId,
    /// What it belongs to.
    pub belongs: StillFor,
    /// The moment it was to show.
    pub wanted: Wall,
    /// How it is.
    pub state: StillState,
}

/// How a still is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StillState {
    /// It is being fetched, or its moment has still to come.
    Pending,
    /// It is kept.
    Kept(StillFacts),
    /// It could not be had.
    Missing(StillMissing),
    /// It was kept, and its time is over. The digest stays in the journal.
    Erased(StillFacts),
}

/// Whose stills are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StillsOf {
    /// Of these alarms.
    Alarms(Vec<AlarmId>),
    /// Of these entries.
    Entries(Vec<Seq>),
}

/// A picture, whole and as it was taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// What kind.
    pub form: StillForm,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Why a camera shows nothing now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiveRefused {
    /// The site has no such camera.
    Unknown,
    /// The camera gives none.
    Missing(StillMissing),
}

/// How one camera is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CameraState {
    /// Which.
    pub camera: CameraId,
    /// Whether it answers; `None` where it has not been asked yet.
    pub health: Option<CameraHealth>,
    /// When it gave a picture last since the daemon's start.
    pub last_picture: Option<Wall>,
    /// Why it gave none, where its last answer was no picture.
    pub trouble: Option<StillMissing>,
    /// Stills of it that are being fetched.
    pub waiting: u32,
    /// Whether it can show a moment that is over.
    pub past: CameraPast,
}

/// Whether a camera can show a moment that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CameraPast {
    /// It has a recorder.
    Recorder,
    /// Its latest pictures are kept in memory for so many seconds.
    Seconds(u8),
    /// It cannot.
    None,
}

/// The stills of a site.
pub trait Stills: Send + Sync + 'static {
    /// Stills in order of the moment they were to show, at most [`STILLS_MAX_COUNT`].
    fn of(&self, which: StillsOf) -> Pending<Result<Vec<Still>, Unavailable>>;

    /// The still with this number.
    fn still(&self, id: u64) -> Pending<Result<Option<Still>, Unavailable>>;

    /// Its picture; `None` where it is not kept, or is not what was kept.
    fn picture(&self, id: u64) -> Pending<Result<Option<Picture>, Unavailable>>;

    /// What a camera shows now, or showed within the last second.
    fn live(&self, camera: CameraId) -> Pending<Result<Picture, LiveRefused>>;

    /// Every camera, in the site file's order.
    fn cameras(&self) -> Vec<CameraState>;
}
