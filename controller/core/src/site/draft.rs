//! A site as somebody wrote it down, with names where the built [`Site`] has ids. [`SiteDraft::build`] finds everything
//! that is wrong in one pass; who wrote which line is known to the reader of the file (`config.rs` of the daemon), which
//! turns a [`DraftProblem`]'s table, index and field into a place in the file.

mod assemble;
pub(crate) mod check;
pub mod remote;
pub mod suggest;

use core::time::Duration;
use std::collections::BTreeMap;

use crate::card::FormatDraft;
use crate::entry::PlaceKind;
use crate::feedback::policy::{Disclosure, FeedbackPolicy, LightOwner};
use crate::people::{Approval, ThreatLevel};
use crate::permission::PermissionSet;
use crate::site::camera::{AlsoWanted, Evidence};
use crate::site::draft::remote::RemoteDraft;
use crate::site::local_time::LocalTime;
use crate::site::schedule::calendar::Date;
use crate::site::schedule::{DayWindows, Weekly};
use crate::site::{
    AreaKind, Company, DoorKind, Egress, Level, Opening, Passback, PathProof, ProtectionClass, Site, SitePolicy,
    TicketPolicy, Timings, TwoPerson,
};

/// What stands in [`DoorDraft::from`] for a door that leads in from outside the site. No path is a single word.
pub const OUTSIDE: &str = "outside";

/// A site as written down.
#[derive(Debug, Clone, Default)]
pub struct SiteDraft {
    /// Short name, the first part of every path.
    pub name: String,
    /// IANA zone.
    pub time_zone: String,
    /// Names of organisations besides the operator of the site.
    pub organisations: Vec<String>,
    /// Calendars of special days and schedules.
    pub schedules: ScheduleDrafts,
    /// Areas, racks among them.
    pub areas: Vec<AreaDraft>,
    /// Doors, rack doors among them.
    pub doors: Vec<DoorDraft>,
    /// Devices.
    pub devices: Vec<DeviceDraft>,
    /// What the line of each device is called, by the device's name, such as `bus/north` or `mqtt`. A device that is not here is on none
    /// that others share.
    pub lines: BTreeMap<String, String>,
    /// Cameras.
    pub cameras: Vec<CameraDraft>,
    /// Card formats besides the built-in ones.
    pub card_formats: Vec<FormatDraft>,
    /// What readers and handles show.
    pub feedback: FeedbackDraft,
    /// Devices that decide on their own, and how far devices are trusted.
    pub remote: RemoteDraft,
    /// What no operator does alone.
    pub two_operators: PermissionSet,
    /// By how many person-doors one operator widens who may pass at once and alone; without it, by any number.
    pub widen_limit: Option<u64>,
    /// Where policies were written down, such as `site.toml:12`, for telling which one refused.
    pub written: BTreeMap<SitePolicy, String>,
}

/// What readers and handles show, as written down.
#[derive(Debug, Clone, Default)]
pub struct FeedbackDraft {
    /// What holds at every device.
    pub policy: FeedbackPolicy,
    /// What is written at single devices, by their names.
    pub devices: BTreeMap<String, DeviceFeedbackDraft>,
}

/// What one device shows, as written down.
#[derive(Debug, Clone, Copy, Default)]
pub struct DeviceFeedbackDraft {
    /// How much a refusal says there; as at the site if `None`.
    pub disclosure: Option<Disclosure>,
    /// Who drives its lights; the controller if `None`.
    pub lights: Option<LightOwner>,
}

/// Schedules and their calendars as written down; the engine turns them into records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScheduleDrafts {
    /// Calendars of special days.
    pub calendars: Vec<CalendarDraft>,
    /// Schedules.
    pub schedules: Vec<ScheduleDraft>,
}

/// A calendar of special days as written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarDraft {
    /// Name.
    pub name: String,
    /// Its days.
    pub days: Vec<Date>,
}

/// A schedule as written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleDraft {
    /// Name.
    pub name: String,
    /// IANA zone; the site's if `None`.
    pub time_zone: Option<String>,
    /// Weekly windows.
    pub weekly: Option<Weekly>,
    /// Names of calendars, and the windows of their days.
    pub special: Vec<(String, DayWindows)>,
}

/// An area as written down.
#[derive(Debug, Clone)]
pub struct AreaDraft {
    /// Path.
    pub path: String,
    /// What kind of space.
    pub kind: AreaKind,
    /// How well it is protected; as the area around it if `None`.
    pub class: Option<ProtectionClass>,
    /// Path of the area around it.
    pub inside: Option<String>,
    /// Name of the organisation that owns it, the site's own name for its operator; as the area around it if `None`.
    pub owner: Option<String>,
    /// Ticket policy; as the area around it if `None`.
    pub ticket: Option<TicketPolicy>,
    /// Approval policy; as the area around it if `None`.
    pub approval: Option<Approval>,
    /// Anti-passback.
    pub passback: Passback,
    /// Path proof, for this area and all inside it.
    pub path_proof: PathProof,
    /// How many people may be inside.
    pub max_occupancy: Option<u16>,
    /// Whether somebody may be inside alone.
    pub company: Company,
    /// The highest threat level at which everybody with a right is admitted; as the area around it if `None`.
    pub threat_limit: Option<ThreatLevel>,
}

impl AreaDraft {
    /// An area with a path and a kind and nothing else settled.
    pub fn new(path: impl Into<String>, kind: AreaKind) -> Self {
        Self {
            path: path.into(),
            kind,
            class: None,
            inside: None,
            owner: None,
            ticket: None,
            approval: None,
            passback: Passback::Off,
            path_proof: PathProof::Off,
            max_occupancy: None,
            company: Company::Optional,
            threat_limit: None,
        }
    }
}

/// A door as written down.
#[derive(Debug, Clone)]
pub struct DoorDraft {
    /// Path.
    pub path: String,
    /// What it is.
    pub kind: DoorKind,
    /// Path of the area behind it.
    pub area: String,
    /// Path of the area in front of it, or [`OUTSIDE`]; the area around `area` if `None`.
    pub from: Option<String>,
    /// Doors with the same word here are interlocked.
    pub interlock: Option<String>,
    /// Whether two people must present their cards together.
    pub two_person: TwoPerson,
    /// Whether the fire input releases it.
    pub egress: Egress,
    /// When it stands unlocked by itself.
    pub opening: Option<Opening>,
    /// Its timings; [`Timings::default_for`] where the file is silent.
    pub timings: Timings,
}

impl DoorDraft {
    /// A door of a kind into an area and nothing else settled.
    pub fn new(path: impl Into<String>, kind: DoorKind, area: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            kind,
            area: area.into(),
            from: None,
            interlock: None,
            two_person: TwoPerson::No,
            egress: Egress::No,
            opening: None,
            timings: Timings::default_for(kind),
        }
    }
}

/// A device as written down.
#[derive(Debug, Clone)]
pub struct DeviceDraft {
    /// Name.
    pub name: String,
    /// What it does.
    pub role: RoleDraft,
}

/// What a device does, as written down.
#[derive(Debug, Clone)]
pub enum RoleDraft {
    /// Reads cards on one side of a door.
    Reader {
        /// Path of the door.
        door: String,
        /// Which way its point leads.
        side: Side,
        /// What must be presented.
        level: LevelDraft,
    },
    /// Drives a door's lock.
    Lock {
        /// Path of the door.
        door: String,
    },
    /// A swinghandle with its own reader.
    Handle {
        /// Path of the rack door.
        door: String,
        /// What must be presented.
        level: LevelDraft,
    },
    /// Watches zones.
    Inputs {
        /// What each input means.
        uses: Vec<InputDraft>,
    },
}

/// What must be presented at a point, as written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelDraft {
    /// At most times.
    pub level: Level,
    /// While the schedule of this name holds; never more than `level`.
    pub by_time: Option<(String, Level)>,
}

impl From<Level> for LevelDraft {
    fn from(level: Level) -> Self {
        Self { level, by_time: None }
    }
}

/// What an input means, as written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputDraft {
    /// The zone with this path.
    Zone(String),
    /// The fire panel.
    Fire,
    /// A lockdown button for the area with this path.
    Lockdown(String),
}

/// A camera as written down.
#[derive(Debug, Clone, Default)]
pub struct CameraDraft {
    /// Name.
    pub name: String,
    /// Paths of the doors, areas and zones that it shows.
    pub covers: Vec<String>,
    /// Whether a case would rest on its pictures.
    pub evidence: Evidence,
    /// Of what stills are wanted besides of urgent alarms.
    pub also: AlsoWanted,
    /// What it is reached by together with others, such as `cameras/10.0.8.2:5000`.
    pub line: Option<String>,
}

/// Which way a point leads through its door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Into the area the door guards.
    In,
    /// Out of it.
    Out,
}

/// One thing wrong with a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftProblem {
    /// `site`, `organisation`, `calendar`, `schedule`, `area`, `door`, `device`, `camera`,
    /// `card_format`, `offline` or `firmware_floor`.
    pub table: &'static str,
    /// Which of them, from 0, in order of the draft.
    pub index: usize,
    /// The member that is wrong.
    pub field: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// A place that got its number in this build; the engine journals it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewName {
    /// What kind.
    pub kind: PlaceKind,
    /// Its number.
    pub number: u32,
    /// Its path.
    pub path: String,
}

impl Timings {
    /// The defaults of `feedback.md` ("Timings") and `alarms.md` for this kind of door.
    pub const fn default_for(kind: DoorKind) -> Self {
        let (release, open, pre_alarm) = match kind {
            DoorKind::Gate | DoorKind::Barrier => (10, 60, 15),
            DoorKind::Turnstile => (5, 15, 5),
            DoorKind::Door => (5, 30, 10),
            DoorKind::RackDoor => (10, 300, 180),
        };
        Self {
            release_time: Duration::from_secs(release),
            open_time: Duration::from_secs(open),
            pre_alarm_time: Duration::from_secs(pre_alarm),
            forced_debounce: Duration::from_secs(1),
            latch_time: Duration::from_secs(10),
            travel_time: Duration::from_secs(2),
            extended_release_time: Duration::from_secs(release + 10),
            extended_open_time: Duration::from_secs(open + 30),
        }
    }
}

impl SiteDraft {
    /// Builds the site; `places` are the numbers given before, as the journal has them.
    ///
    /// # Errors
    /// Every problem of the draft, in order of table and index; never an empty list.
    pub fn build(&self, places: &BTreeMap<(PlaceKind, u32), String>) -> Result<Site, Vec<DraftProblem>> {
        let mut problems = check::problems(self);
        let Some(local_time) = LocalTime::named(&self.time_zone) else {
            let message = format!("time zone \"{}\" is not in the IANA database", self.time_zone.escape_debug());
            let help = "use a name such as \"Europe/London\"".to_owned();
            problems.insert(0, DraftProblem { table: "site", index: 0, field: "time_zone", message, help });
            return Err(problems);
        };
        if problems.is_empty() { Ok(assemble::site(self, local_time, places)) } else { Err(problems) }
    }
}

impl Side {
    /// The last part of a point's path.
    pub const fn word(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }
}
