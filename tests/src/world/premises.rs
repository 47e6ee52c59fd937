//! The simulated site as data: what stands where, on which wire, and who may pass. From the one list here come the
//! hardware (a world of `firmware-sim`), the site the engine knows and the settings of the drivers, so that they agree.
//! Small, yet with one of each: a plain door, an interlock, a door that wants a PIN, racks on both links, a fence.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use rackward::drivers::{
    Alone, BrokerSettings, BusDevice, BusSettings, CardKey, MqttDevice, MqttIdentity, MqttSettings, Profile,
    Publications, TlsListener,
};
use rackward::pki::Authority;
use rackward_core::Wall;
use rackward_core::people::{CredentialKey, ExtendedTime, PersonDetails, ThreatLevel};
use rackward_core::site::draft::{AreaDraft, DeviceDraft, DoorDraft, InputDraft, RoleDraft, Side, SiteDraft};
use rackward_core::site::{AreaKind, DoorKind, Level, OPERATOR, Site, Timings};
use rackward_firmware_sim::WorldConfig;
use rackward_firmware_sim::config::{
    BusConfig, CardConfig, DeviceConfig, DeviceKind, DoorConfig, Mischief, MqttConfig, MqttDeviceConfig, PersonConfig,
    Secret, ZoneConfig, ZoneKind,
};
use rackward_firmware_sim::wiring::mqtt::{SiteKeys, card_hash};
use rackward_protocol::mqtt::{CardRead, SiteId};
use rackward_protocol::osdp::{Address, Baud, Scbk};

/// The site's name, the first part of every path.
pub const SITE: &str = "lon1";
/// The fence's only zone.
pub const FENCE: &str = "lon1/fence-north";
/// The serial lines, in the order in which the world keeps them.
pub const BUSES: [&str; 2] = ["perimeter", "hall"];

/// People: name, card number, PIN, and the doors they may pass; everything else is refused.
pub const PEOPLE: [(&str, u16, &str, &[&str]); 3] = [
    ("Ada Moreau", 1001, "4711", &DOORS),
    ("Ben Okafor", 1002, "1234", &["lon1/main-entrance"]),
    ("Cyd Haas", 1003, "9999", &[]),
];

/// What is settled about each of them.
pub const USUAL: PersonDetails =
    PersonDetails { organisation: OPERATOR, clearance: ThreatLevel::Normal, extended_time: ExtendedTime::No };

/// Every door, plain ones first.
pub const DOORS: [&str; 9] = [
    "lon1/main-entrance",
    "lon1/mantrap-outer",
    "lon1/mantrap-inner",
    "lon1/plant-room",
    "lon1/hall-a/r01/c01/front",
    "lon1/hall-a/r02/c01/front",
    "lon1/hall-a/r03/c01/front",
    "lon1/hall-a/r04/c01/front",
    "lon1/hall-a/r05/c01/front",
];

/// One device: name, what it does, and the bus it is on; no bus means the broker.
const DEVICES: [(&str, Part, Option<&str>); 14] = [
    ("main-reader", Part::Reader("lon1/main-entrance", Level::Card), Some("perimeter")),
    ("main-lock", Part::Lock("lon1/main-entrance"), Some("perimeter")),
    ("fence-inputs", Part::Inputs, Some("perimeter")),
    ("outer-reader", Part::Reader("lon1/mantrap-outer", Level::Card), Some("hall")),
    ("outer-lock", Part::Lock("lon1/mantrap-outer"), Some("hall")),
    ("inner-reader", Part::Reader("lon1/mantrap-inner", Level::Card), Some("hall")),
    ("inner-lock", Part::Lock("lon1/mantrap-inner"), Some("hall")),
    ("plant-reader", Part::Reader("lon1/plant-room", Level::CardAndPin), Some("hall")),
    ("plant-lock", Part::Lock("lon1/plant-room"), Some("hall")),
    ("r01-c01-front", Part::Handle("lon1/hall-a/r01/c01/front"), None),
    ("r02-c01-front", Part::Handle("lon1/hall-a/r02/c01/front"), Some("hall")),
    ("r03-c01-front", Part::Handle("lon1/hall-a/r03/c01/front"), None),
    ("r04-c01-front", Part::Handle("lon1/hall-a/r04/c01/front"), None),
    ("r05-c01-front", Part::Handle("lon1/hall-a/r05/c01/front"), None),
];

/// The facility code of every card.
const FACILITY: u8 = 12;

#[derive(Clone, Copy)]
enum Part {
    Reader(&'static str, Level),
    Lock(&'static str),
    Handle(&'static str),
    Inputs,
}

impl Part {
    fn profile(self) -> Profile {
        match self {
            Self::Reader(..) => Profile::Reader,
            Self::Lock(_) => Profile::Lock,
            Self::Handle(_) => Profile::Handle,
            Self::Inputs => Profile::Inputs { zones: 1 },
        }
    }
}

/// Names of all devices, in order.
pub fn device_names() -> impl Iterator<Item = &'static str> {
    DEVICES.iter().map(|(name, ..)| *name)
}

/// The devices that are on no bus, by their names at the broker.
pub fn network_devices() -> impl Iterator<Item = &'static str> {
    DEVICES.iter().filter(|(_, _, bus)| bus.is_none()).map(|(name, ..)| *name)
}

/// Whether the device with this name is on `bus`.
pub fn is_on_bus(name: &str, bus: &str) -> bool {
    DEVICES.iter().any(|(device, _, on)| *device == name && *on == Some(bus))
}

/// The address of the device with this name on its bus.
///
/// # Panics
/// There is none.
pub fn address_of(name: &str) -> u8 {
    number(DEVICES.iter().position(|(device, ..)| *device == name).unwrap())
}

/// The key under which cards are hashed, at the daemon and on handles.
pub const CARD_KEY: [u8; 32] = [0x2C; 32];

/// The keyed hash of a card, as handles make it too.
///
/// # Panics
/// There are no bytes, or more than a card has.
pub fn card_key() -> CardKey {
    Arc::new(|bits: u16, data: &[u8]| {
        let hash = match CardRead::new(bits, data) {
            Ok(card) => card_hash(&CARD_KEY, &card),
            // What is no card is hashed too, to something that no card is hashed to.
            Err(_) => card_hash(&[0; 32], &CardRead::new(data.len() as u16 * 8, data).unwrap()),
        };
        CredentialKey::from_keyed_hash(hash.0)
    })
}

/// The site's authority, one for all worlds of a process: it outlives every daemon, as its files do.
pub fn authority() -> Arc<Authority> {
    static AUTHORITY: LazyLock<Arc<Authority>> =
        LazyLock::new(|| Arc::new(Authority::ephemeral(SITE, Wall::from_seconds(1_784_721_600)).unwrap()));
    AUTHORITY.clone()
}

/// What the site gives a handle to decide with.
pub fn site_keys() -> SiteKeys {
    let site = SiteId::parse(SITE).unwrap();
    SiteKeys { site, list_key: authority().list_key(), card_key: Some(CARD_KEY) }
}

/// The key of the card of the person at this place in [`PEOPLE`].
pub fn credential_key(person: usize) -> CredentialKey {
    let card = CardConfig::wiegand_26(FACILITY, PEOPLE[person].1).read().unwrap();
    card_key()(card.bit_count(), card.data())
}

/// The hardware, with network devices that misbehave.
pub fn hardware(baud: Baud, mischief: &[(&str, Mischief)]) -> WorldConfig {
    let person = |(index, (name, number, pin, _)): (usize, &(&str, u16, &str, _))| PersonConfig {
        id: format!("p-{}", index + 1),
        name: (*name).to_owned(),
        role: String::new(),
        may: String::new(),
        card: Some(CardConfig::wiegand_26(FACILITY, *number)),
        pin: Some(Secret::new(*pin)),
        habits: Vec::new(),
    };
    let door = |path: &&str| DoorConfig {
        path: (*path).to_owned(),
        kind: if is_rack(path) {
            rackward_firmware_sim::config::DoorKind::Rack
        } else {
            rackward_firmware_sim::config::DoorKind::Door
        },
        closer: None,
        travel_ms: None,
    };
    let bus = |name: &&str| BusConfig {
        name: (*name).to_owned(),
        path: Some((*name).into()),
        baud: baud.bits_per_second(),
        ..BusConfig::default()
    };
    WorldConfig {
        mqtt: Some(MqttConfig { host: "127.0.0.1".into(), site: SITE.into(), ..MqttConfig::default() }),
        people: PEOPLE.iter().enumerate().map(person).collect(),
        doors: DOORS.iter().map(door).collect(),
        buses: BUSES.iter().map(bus).collect(),
        devices: DEVICES.iter().enumerate().map(|device| hardware_device(device, mischief)).collect(),
        zones: vec![ZoneConfig { kind: ZoneKind::Fence, name: FENCE.into(), device: "fence-inputs".into(), input: 0 }],
        ..WorldConfig::default()
    }
}

fn hardware_device(
    (index, (name, part, bus)): (usize, &(&str, Part, Option<&str>)),
    mischief: &[(&str, Mischief)],
) -> DeviceConfig {
    let (kind, serves) = match part {
        Part::Reader(door, _) => (DeviceKind::Reader, Some(format!("{door}/in"))),
        Part::Lock(door) => (DeviceKind::Lock, Some((*door).to_owned())),
        Part::Handle(door) => (DeviceKind::Handle, Some((*door).to_owned())),
        Part::Inputs => (DeviceKind::Input, None),
    };
    let hex = |key: [u8; 16]| key.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    DeviceConfig {
        name: (*name).to_owned(),
        kind,
        serves,
        bus: bus.map(str::to_owned),
        address: bus.map(|_| number(index)),
        key: bus.map(|_| Secret::new(hex(key(index)))),
        mqtt: bus.is_none().then(|| MqttDeviceConfig {
            password: Some(Secret::new("of no use here")),
            mischief: mischief.iter().find(|(device, _)| device == name).map(|(_, mischief)| mischief.clone()),
            ..MqttDeviceConfig::default()
        }),
        ..DeviceConfig::default()
    }
}

fn is_rack(path: &str) -> bool {
    path.ends_with("/front")
}

/// The address of a device on its bus; unique over the whole site.
fn number(index: usize) -> u8 {
    index as u8 + 1
}

/// A key of its own for each device.
fn key(index: usize) -> [u8; 16] {
    std::array::from_fn(|i| number(index).wrapping_mul(31) ^ (i as u8).wrapping_mul(17) ^ 0x5A)
}

/// The site as the engine knows it.
pub fn draft() -> SiteDraft {
    let door = |path: &&str| {
        let kind = if is_rack(path) { DoorKind::RackDoor } else { DoorKind::Door };
        let (open, warning) = if is_rack(path) { (40, 15) } else { (20, 8) };
        let timings = Timings {
            open_time: Duration::from_secs(open),
            pre_alarm_time: Duration::from_secs(warning),
            ..Timings::default_for(kind)
        };
        let interlock = path.contains("mantrap").then(|| "mantrap".to_owned());
        DoorDraft { interlock, timings, ..DoorDraft::new(*path, kind, "lon1/inside") }
    };
    let device = |(name, part, _): &(&str, Part, Option<&str>)| {
        let role = match *part {
            Part::Reader(door, level) => RoleDraft::Reader { door: door.into(), side: Side::In, level: level.into() },
            Part::Lock(door) => RoleDraft::Lock { door: door.into() },
            Part::Handle(door) => RoleDraft::Handle { door: door.into(), level: Level::Card.into() },
            Part::Inputs => RoleDraft::Inputs { uses: vec![InputDraft::Zone(FENCE.into())] },
        };
        DeviceDraft { name: (*name).to_owned(), role }
    };
    SiteDraft {
        name: SITE.into(),
        time_zone: "Europe/London".into(),
        areas: vec![AreaDraft::new("lon1/inside", AreaKind::Hall)],
        doors: DOORS.iter().map(door).collect(),
        devices: DEVICES.iter().map(device).collect(),
        ..SiteDraft::default()
    }
}

/// What the driver of each serial line is told, in the order of [`BUSES`].
pub fn buses(site: &Site, baud: Baud) -> Vec<BusSettings> {
    let devices = |bus: &str| {
        let on_bus = DEVICES.iter().enumerate().filter(|(_, (_, _, on))| *on == Some(bus));
        let device = |(index, (name, part, _)): (usize, &(&str, Part, Option<&str>))| {
            let (device, address) = (site.device_named(name).unwrap().id, Address::parse(number(index)).unwrap());
            BusDevice::new(device, *name, address, Scbk::parse(key(index)).unwrap(), part.profile())
        };
        on_bus.map(device).collect()
    };
    BUSES
        .iter()
        .map(|bus| BusSettings {
            name: (*bus).to_owned(),
            port: (*bus).into(),
            baud,
            rs485: rackward::drivers::Rs485::default(),
            sharing: rackward_protocol::osdp::Sharing::ByUse,
            devices: devices(bus),
        })
        .collect()
}

/// What the MQTT driver is told.
pub fn mqtt(site: &Site) -> MqttSettings {
    let device = |(name, part, _): &(&str, Part, Option<&str>)| MqttDevice {
        device: site.device_named(name).unwrap().id,
        name: (*name).to_owned(),
        profile: part.profile(),
        alone: Alone::Decides,
    };
    let names = || network_devices().map(str::to_owned);
    let identity = MqttIdentity::ephemeral(SITE, names(), Wall::from_seconds(1_784_721_600)).unwrap();
    let listener = TlsListener { listen: ([127, 0, 0, 1], 0).into(), names: Vec::new() };
    MqttSettings {
        site: SITE.into(),
        broker: BrokerSettings::Embedded(listener),
        devices: DEVICES.iter().filter(|(_, _, bus)| bus.is_none()).map(device).collect(),
        identity: MqttIdentity { authority: authority(), ..identity },
        publications: Publications::None,
        observer: None,
    }
}
