//! Cameras and stills as the API writes them down.

use rackward_core::Site;
use rackward_core::site::camera::{Camera as CoreCamera, Evidence};
use rackward_core::still::{CameraHealth, StillMissing};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::at::At;
use super::names::Places;
use crate::still::{CameraPast, CameraState, Still as KeptStill, StillState};

/// One camera.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Camera {
    /// Its id, such as `cam-2`.
    pub id: String,
    /// Its name in the site file.
    pub name: String,
    /// Paths of the doors, areas and zones that it shows. An area stands for what lies in it and the doors into it.
    pub covers: Vec<String>,
    /// Paths of every door that it shows.
    pub doors: Vec<String>,
    /// Whether a case would rest on its pictures.
    pub evidence: bool,
    /// `answering`, `silent`, or `unknown` while it has not been asked.
    pub health: String,
    /// Why it gave no picture last, as a word; null where it did.
    pub trouble: Option<String>,
    /// The same as the end of a sentence.
    pub trouble_words: Option<String>,
    /// When it gave a picture last since the daemon's start.
    pub last_picture_at: Option<At>,
    /// Stills of it that are being fetched or wait for their moment.
    pub waiting: u32,
    /// What it knows of moments that are over: `recorder`, `seconds` or `none`.
    pub past: String,
}

impl Camera {
    /// A camera of the site, as the daemon finds it.
    pub fn of(camera: &CoreCamera, state: Option<&CameraState>, site: &Site) -> Self {
        let places = Places(site);
        let doors = camera.doors.iter().map(|door| places.door(*door));
        let areas = camera.areas.iter().map(|area| places.area(*area));
        let zones = camera.zones.iter().map(|zone| places.zone(*zone));
        let trouble = state.and_then(|state| state.trouble);
        Self {
            id: camera.id.to_string(),
            name: camera.name.clone(),
            covers: doors.chain(areas).chain(zones).collect(),
            doors: site.doors_of_camera(camera).map(|door| door.path.clone()).collect(),
            evidence: camera.evidence == Evidence::Yes,
            health: health_word(state.and_then(|state| state.health)).to_owned(),
            trouble: trouble.map(|cause| cause.word().to_owned()),
            trouble_words: trouble.map(|cause| cause.words().to_owned()),
            last_picture_at: state.and_then(|state| state.last_picture).map(At),
            waiting: state.map_or(0, |state| state.waiting),
            past: past_word(state.map_or(CameraPast::None, |state| state.past)).to_owned(),
        }
    }
}

const fn health_word(health: Option<CameraHealth>) -> &'static str {
    match health {
        Some(CameraHealth::Answering) => "answering",
        Some(CameraHealth::Silent) => "silent",
        None => "unknown",
    }
}

const fn past_word(past: CameraPast) -> &'static str {
    match past {
        CameraPast::Recorder => "recorder",
        CameraPast::Seconds(_) => "seconds",
        CameraPast::None => "none",
    }
}

/// The doors that no camera shows. Every door can be forced, which is critical.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Uncovered {
    /// How many there are.
    pub doors: u32,
    /// How many doors the site has.
    pub of_doors: u32,
    /// The paths of the first of them.
    pub first: Vec<String>,
}

/// One still, or the lack of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Still {
    /// Its number, under which its picture is to be had.
    pub id: u64,
    /// The camera's id.
    pub camera: String,
    /// The camera's name.
    pub camera_name: String,
    /// The entry that it belongs to.
    pub event: u64,
    /// The alarm that this entry raised.
    pub alarm: Option<String>,
    /// The moment it was to show.
    pub wanted_at: At,
    /// `pending`, `kept`, `missing`, or `erased` once its time is over.
    pub state: String,
    /// The moment it shows.
    pub shows_at: Option<At>,
    /// When it was taken over from the camera.
    pub taken_at: Option<At>,
    /// SHA-256 of the picture, as the journal has it.
    pub sha256: Option<String>,
    /// How large the picture is.
    pub bytes: Option<u32>,
    /// What kind of picture, such as `image/jpeg`.
    pub media_type: Option<String>,
    /// Why there is none, as a word.
    pub cause: Option<String>,
    /// The same as the end of a sentence.
    pub cause_words: Option<String>,
}

impl Still {
    /// A still as the daemon keeps it.
    pub fn of(still: &KeptStill, site: &Site) -> Self {
        let (state, facts, missing): (_, _, Option<StillMissing>) = match still.state {
            StillState::Pending => ("pending", None, None),
            StillState::Kept(facts) => ("kept", Some(facts), None),
            StillState::Missing(cause) => ("missing", None, Some(cause)),
            StillState::Erased(facts) => ("erased", Some(facts), None),
        };
        Self {
            id: still.id,
            camera: still.camera.to_string(),
            camera_name: Places(site).camera(still.camera),
            event: still.belongs.entry.get(),
            alarm: still.belongs.alarm.map(|alarm| alarm.to_string()),
            wanted_at: At(still.wanted),
            state: state.to_owned(),
            shows_at: facts.map(|facts| At(facts.shows)),
            taken_at: facts.map(|facts| At(facts.taken)),
            sha256: facts.map(|facts| facts.digest.to_string()),
            bytes: facts.map(|facts| facts.bytes),
            media_type: facts.map(|facts| facts.form.media_type().to_owned()),
            cause: missing.map(|cause| cause.word().to_owned()),
            cause_words: missing.map(|cause| cause.words().to_owned()),
        }
    }
}

/// Stills of alarms or events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StillList {
    /// In order of the moment they were to show.
    pub stills: Vec<Still>,
    /// Whether these are all. Otherwise they are the newest.
    pub complete: bool,
}

/// The stills of one alarm, with the cameras that show its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlarmStills {
    /// The alarm.
    pub alarm: String,
    /// The cameras; none where no camera covers this point.
    pub cameras: Vec<CameraName>,
    /// Its stills, in order of the moment they were to show.
    pub stills: Vec<Still>,
}

/// A camera by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CameraName {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}
