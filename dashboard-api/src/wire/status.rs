//! The state of everything in one screen.

use data_encoding::HEXLOWER;
use rackward_core::engine::query::{AreaStatus, JournalHealth, Status as CoreStatus};
use rackward_core::mode::AreaHold;
use rackward_core::{Site, Wall};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::archive::ChainHead;
use crate::backend::PartVitals;

use super::at::At;
use super::health::PartHealth;
use super::receipt::ReceiptSummary;

/// The state of everything in one screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Status {
    /// The site's short name.
    pub site: String,
    /// Its IANA time zone.
    pub time_zone: String,
    /// The server's time.
    pub at: At,
    /// The newest entry of the journal.
    pub head: u64,
    /// The hash that stands for everything up to the newest durable entry, in hexadecimal; null where it cannot be read now.
    #[serde(default)]
    pub head_hash: Option<String>,
    /// The entry up to which that hash stands for everything.
    #[serde(default)]
    pub head_hash_of: Option<u64>,
    /// The generation of rights.
    pub generation: u64,
    /// `writable` or `unwritable`.
    pub journal: String,
    /// `normal`, `guarded`, `high` or `severe`.
    pub threat_level: String,
    /// Paths of the areas that are locked down, the outermost of each nest.
    pub locked_down: Vec<String>,
    /// How many requests for a right wait for approval, up to a thousand.
    pub requests_waiting: u32,
    /// Open alarms by priority.
    pub alarms: AlarmCounts,
    /// Doors by what their facts add up to.
    pub doors: DoorCounts,
    /// Devices by whether they answer.
    pub devices: DeviceCounts,
    /// Which devices have not yet applied the rights they should hold, in one line.
    #[serde(default)]
    pub receipts: ReceiptSummary,
    /// What the daemon needs or feeds beside its doors and its journal, as the probes tell it.
    #[serde(default)]
    pub parts: Vec<PartHealth>,
    /// The console's address.
    pub http: String,
}

/// Open alarms by priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlarmCounts {
    /// Critical.
    pub p1: AlarmCount,
    /// High.
    pub p2: AlarmCount,
    /// Medium.
    pub p3: AlarmCount,
    /// Low.
    pub p4: AlarmCount,
}

/// Open alarms of one priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlarmCount {
    /// Those nobody has acknowledged.
    pub unacknowledged: u32,
    /// All of them.
    pub total: u32,
}

/// Doors by what their facts add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DoorCounts {
    /// Closed, locked and seated.
    pub secured: u32,
    /// Not so.
    pub unsecured: u32,
    /// Not all facts are known.
    pub unknown: u32,
}

/// Devices by whether they answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeviceCounts {
    /// Those that answer.
    pub online: u32,
    /// Those that do not.
    pub offline: u32,
}

impl Status {
    /// The core's status, with what else the engine said, the site it is of, the time it was asked at and the console's
    /// address.
    pub fn of(status: &CoreStatus, waiting: &Waiting, site: &Site, at: Wall, http: &str) -> Self {
        let [p1, p2, p3, p4] = status.alarms.map(|(unacknowledged, total)| AlarmCount { unacknowledged, total });
        let [secured, unsecured, unknown] = status.doors;
        let [online, offline] = status.devices;
        Self {
            site: site.name().to_owned(),
            time_zone: site.local_time().name().to_owned(),
            at: At(at),
            head: status.head.get(),
            head_hash: waiting.chain_head.map(|head| HEXLOWER.encode(&head.hash)),
            head_hash_of: waiting.chain_head.map(|head| head.seq.get()),
            generation: status.generation.get(),
            journal: journal_word(status.journal).to_owned(),
            threat_level: status.threat.word().to_owned(),
            locked_down: waiting.locked_down.clone(),
            requests_waiting: waiting.requests,
            alarms: AlarmCounts { p1, p2, p3, p4 },
            doors: DoorCounts { secured, unsecured, unknown },
            devices: DeviceCounts { online, offline },
            receipts: ReceiptSummary::of(&status.receipts, at),
            parts: waiting.parts.clone(),
            http: http.to_owned(),
        }
    }
}

/// What waits for somebody to end or settle it, besides alarms, and what the daemon says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Paths of the areas that are locked down, the outermost of each nest.
    pub locked_down: Vec<String>,
    /// How many requests for a right wait for approval.
    pub requests: u32,
    /// How the parts of the daemon are.
    pub parts: Vec<PartHealth>,
    /// The hash over the journal, where it can be read now.
    pub chain_head: Option<ChainHead>,
}

impl Waiting {
    /// Of every area as it stands, the requests that wait, and the parts of the daemon.
    pub fn of(areas: &[AreaStatus], requests: usize, parts: &[PartVitals]) -> Self {
        let held = |id| areas.iter().any(|row| row.area.id == id && row.hold == AreaHold::LockedDown);
        let outermost =
            areas.iter().filter(|row| row.hold == AreaHold::LockedDown && !row.area.inside.is_some_and(held));
        let locked_down = outermost.map(|row| row.area.path.clone()).collect();
        let parts = parts.iter().map(PartHealth::of).collect();
        Self { locked_down, requests: u32::try_from(requests).unwrap_or(u32::MAX), parts, chain_head: None }
    }
}

/// The word for whether the journal can be written.
pub const fn journal_word(health: JournalHealth) -> &'static str {
    match health {
        JournalHealth::Writable => "writable",
        JournalHealth::Unwritable => "unwritable",
    }
}
