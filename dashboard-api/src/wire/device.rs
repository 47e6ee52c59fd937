//! Devices as the API shows them: whether each answers and is believed, who it is known to be, where it hangs, what is
//! being done with it.

use rackward_core::device::{Accepted, DeviceRecord, JobRecord, Trust};
use rackward_core::engine::query::{Answers, DeviceStatus};
use rackward_core::site::{Device as SiteDevice, InputUse, Role};
use rackward_core::{Site, Wall};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::at::At;
use super::bus::Transfer;
use super::inventory::{Inventory, Line};
use super::job::task_word;
use super::names::{Places, SOMEBODY, actor_words, names_a_person, role_word};
use crate::bus::{BusDeviceStatus, BusStatus};

/// A device with what it says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Device {
    /// Its id, such as `dev-3`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `reader`, `lock`, `handle` or `inputs`.
    pub role: String,
    /// Where it works: path of its point, door or, for inputs, of its zones and the areas its lockdown buttons are for;
    /// the fire input is `fire`.
    pub places: Vec<String>,
    /// `online`, `offline`, `distrusted` while another one answers in its place, or `unknown` until it first answered or
    /// failed to.
    pub state: String,
    /// Whether its cover is open; null while nobody knows, because it does not answer.
    pub tamper: Option<bool>,
    /// Vendor and model, once it said so.
    pub model: Option<String>,
    /// Serial number, once it said so.
    pub serial: Option<String>,
    /// Firmware version, once it said so.
    pub firmware: Option<String>,
    /// `awaited` until it first proves its key, `accepted`, or `replaced` by another one.
    #[serde(default)]
    pub trust: String,
    /// Who it is known to be; null until it first proved its key.
    #[serde(default)]
    pub accepted: Option<KnownDevice>,
    /// Where it hangs; null for devices that are no serial bus's.
    #[serde(default)]
    pub line: Option<DeviceLine>,
    /// The job under way.
    #[serde(default)]
    pub job: Option<DeviceJob>,
    /// How far it is trusted, its certificate, the rights it holds, its clock, what it measures.
    #[serde(flatten)]
    pub inventory: Inventory,
}

/// Who a device is known to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KnownDevice {
    /// Vendor and model.
    pub model: String,
    /// Serial number.
    pub serial: String,
    /// Firmware version.
    pub firmware: String,
    /// By whom it was accepted: `system` at its first contact.
    pub by: String,
    /// When.
    pub accepted_at: At,
}

/// Where a device hangs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeviceLine {
    /// The bus, by name.
    pub bus: String,
    /// Its address, 0 to 126.
    pub address: u8,
    /// The speed it is spoken to at, in bits per second.
    pub baud: u32,
    /// Whether it has a key of this site.
    pub has_key: bool,
    /// When it proved its present key as a fresh one; null where it has none, and where that is not known: of a key that came
    /// from a key file nobody knows how old it is.
    #[serde(default)]
    pub key_since_at: Option<At>,
}

/// A job under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeviceJob {
    /// Its id, such as `cmd-9`: its end is told as an event with this `command_id`.
    pub id: String,
    /// `commission`, `roll_key`, `set_line` or `send_firmware`.
    pub task: String,
    /// By whom it was ordered.
    pub by: String,
    /// When.
    pub since_at: At,
    /// How far a file on its way is; null where there is none.
    pub transfer: Option<Transfer>,
}

impl Device {
    /// A device as it stands at `now`, `buses` telling where it hangs; `None` when the site no longer has it.
    pub fn of(status: &DeviceStatus, site: &Site, buses: &[BusStatus], now: Wall) -> Option<Self> {
        let device = site.device(status.device)?;
        let state = match (status.online, status.answers) {
            (Some(true), _) => "online",
            (Some(false), Answers::Another) => "distrusted",
            (Some(false), Answers::Itself) => "offline",
            (None, _) => "unknown",
        };
        let identity = status.identity.as_ref();
        let seat = buses.iter().find_map(|bus| {
            bus.devices.iter().find(|seat| seat.device == status.device).map(|seat| (bus.name.as_str(), seat))
        });
        Some(Self {
            id: device.id.to_string(),
            name: device.name.clone(),
            role: role_word(&device.role).to_owned(),
            places: places(device, site),
            state: state.to_owned(),
            tamper: (status.tamper || status.online == Some(true)).then_some(status.tamper),
            model: identity.map(|identity| identity.model.clone()),
            serial: identity.map(|identity| identity.serial.clone()),
            firmware: identity.map(|identity| identity.firmware.clone()),
            trust: trust_word(&status.record).to_owned(),
            accepted: status.record.accepted().map(KnownDevice::of),
            line: seat.map(|(bus, seat)| DeviceLine::of(bus, seat)),
            job: status.record.job.map(|job| DeviceJob::of(job, seat.map(|(_, seat)| seat))),
            inventory: Inventory::of(status, if seat.is_some() { Line::Bus } else { Line::Network }, now),
        })
    }
}

impl Device {
    /// The same for whoever may not see persons.
    pub(crate) fn without_persons(mut self) -> Self {
        let who = [self.accepted.as_mut().map(|known| &mut known.by), self.job.as_mut().map(|job| &mut job.by)];
        for by in who.into_iter().flatten().filter(|by| names_a_person(by)) {
            SOMEBODY.clone_into(by);
        }
        self
    }
}

const fn trust_word(record: &DeviceRecord) -> &'static str {
    match record.trust {
        Trust::Awaited => "awaited",
        Trust::Accepted(_) => "accepted",
        Trust::Replaced { .. } => "replaced",
    }
}

impl KnownDevice {
    fn of(accepted: &Accepted) -> Self {
        let Accepted { identity, by, at } = accepted;
        Self {
            model: identity.model.clone(),
            serial: identity.serial.clone(),
            firmware: identity.firmware.clone(),
            by: actor_words(*by),
            accepted_at: At(*at),
        }
    }
}

impl DeviceLine {
    fn of(bus: &str, seat: &BusDeviceStatus) -> Self {
        let key_since_at = seat.key_since.map(At);
        Self { bus: bus.to_owned(), address: seat.address, baud: seat.baud, has_key: seat.has_key, key_since_at }
    }
}

impl DeviceJob {
    fn of(job: JobRecord, seat: Option<&BusDeviceStatus>) -> Self {
        let transfer = seat.and_then(|seat| seat.transfer);
        Self {
            id: job.command.to_string(),
            task: task_word(job.task).to_owned(),
            by: actor_words(job.by),
            since_at: At(job.since),
            transfer: transfer.map(|(sent_bytes, total_bytes)| Transfer { sent_bytes, total_bytes }),
        }
    }
}

fn places(device: &SiteDevice, site: &Site) -> Vec<String> {
    match &device.role {
        Role::Reader { .. } | Role::Lock { .. } | Role::Handle { .. } => {
            vec![Places(site).device_place(device.id)]
        }
        Role::Inputs { uses } => uses.iter().map(|input| input_place(*input, site)).collect(),
    }
}

fn input_place(input: InputUse, site: &Site) -> String {
    match input {
        InputUse::Fire => "fire".to_owned(),
        InputUse::Lockdown(area) => Places(site).area(area),
        InputUse::Zone(zone) => Places(site).zone(zone),
    }
}
