//! The whole simulated site: people, barriers, zones and devices, put together from a world file.
//!
//! Decided here: which wire goes where, and that one tick moves the world first and lets the firmware see it after. It does
//! no I/O and needs no thread: in virtual time a test calls [`Installation::tick`] itself.

use std::time::Duration;

use rackward_protocol::mqtt::CardRead;

use crate::board::{SimInput, SimOutput, Wire};
use crate::config::{
    ConfigError, DeviceConfig, DeviceKind, DoorConfig, DoorKind, PersonConfig, Secret, WorldConfig, ZoneConfig,
    ZoneKind,
};
use crate::device::{Attachment, Device, DeviceIndex, HandleParts, Unit};
use crate::firmware::{HandleFirmware, HandlePins, InputFirmware, LockFirmware, LockPins, ReaderFirmware, ReaderPins};
use crate::time::Moment;
use crate::world::{Barrier, Door, DoorWires, Rack, RackWires, Zone};

/// How often [`Installation::tick`] should be called. Longer delays a card by as much, shorter only warms the machine.
pub const TICK: Duration = Duration::from_millis(10);

/// How long the bolt of a door travels when the world file says nothing, in milliseconds.
const DOOR_TRAVEL_MS: u16 = 60;
/// How long the slide of a rack travels when the world file says nothing, in milliseconds.
const RACK_TRAVEL_MS: u16 = 700;

/// How often a handle says something at least when the world file says nothing, in seconds.
const HEARTBEAT_SECS: u16 = 30;

/// One person, with what they carry and know.
#[derive(Debug)]
pub struct Person {
    /// Short and unique.
    pub id: String,
    /// As people say it.
    pub name: String,
    /// What they do here.
    pub role: String,
    /// What they may do here, in words.
    pub may: String,
    /// Points they walk through on the way to work.
    pub habits: Vec<String>,
    pub(crate) card: Option<CardRead>,
    pub(crate) card_print: String,
    pub(crate) pin: Option<Secret>,
}

/// A barrier and its path.
#[derive(Debug)]
pub struct Passage {
    /// Its path.
    pub path: String,
    /// Its mechanics.
    pub barrier: Barrier,
    motor: Wire,
}

impl Passage {
    /// Whether the motor runs to unlocked.
    pub fn is_motor_on(&self) -> bool {
        self.motor.is_high()
    }
}

/// A zone and its name.
#[derive(Debug)]
pub struct Fence {
    /// Its name or path.
    pub name: String,
    /// Its mechanics.
    pub zone: Zone,
}

/// The whole simulated site.
#[derive(Debug)]
pub struct Installation {
    now: Moment,
    people: Vec<Person>,
    passages: Vec<Passage>,
    fences: Vec<Fence>,
    fire_panels: Vec<Wire>,
    devices: Vec<Device>,
}

/// The wires of one passage, for the device that serves it.
enum Harness {
    Door(DoorWires),
    Rack(RackWires),
}

impl Installation {
    /// Builds the site of `config` as it stands at `now`: everything closed, locked and powered.
    pub fn new(config: &WorldConfig, now: Moment) -> Result<Self, ConfigError> {
        config.check()?;
        let (passages, harnesses): (Vec<_>, Vec<_>) = config.doors.iter().map(build_passage).unzip();
        let (mut fences, mut fire_panels) = (Vec::new(), Vec::new());
        let mut wire = |zone: &ZoneConfig, wire: &Wire| match zone.kind {
            ZoneKind::Fence => fences.push(Fence { name: zone.name.clone(), zone: Zone::new(wire.clone()) }),
            ZoneKind::FirePanel => fire_panels.push(wire.clone()),
        };
        let devices = config.devices.iter().map(|device| build_device(config, device, &harnesses, &mut wire));
        let devices = devices.collect();
        let people = config.people.iter().map(person).collect();
        let mut installation = Self { now, people, passages, fences, fire_panels, devices };
        installation.order_fences(config);
        installation.tick(now);
        Ok(installation)
    }

    /// Fences are wired module by module, but listed as the world file lists them.
    fn order_fences(&mut self, config: &WorldConfig) {
        let place = |name: &str| config.zones.iter().position(|zone| zone.name == name);
        self.fences.sort_by_key(|fence| place(&fence.name));
    }

    /// Lets mechanics and firmware move on to `now`.
    pub fn tick(&mut self, now: Moment) {
        self.now = now;
        for passage in &mut self.passages {
            passage.barrier.tick(now.uptime);
        }
        for fence in &mut self.fences {
            fence.zone.tick(now.uptime);
        }
        for device in &mut self.devices {
            device.tick(now.uptime);
        }
    }

    /// The moment of the last tick.
    pub fn now(&self) -> Moment {
        self.now
    }

    /// Everybody, in the order of the world file.
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// Every door, gate and rack door.
    pub fn passages(&self) -> &[Passage] {
        &self.passages
    }

    pub(crate) fn passage_mut(&mut self, at: usize) -> Option<&mut Passage> {
        self.passages.get_mut(at)
    }

    /// The door, gate or rack door with exactly this path.
    pub fn passage(&self, path: &str) -> Option<&Passage> {
        self.passages.iter().find(|passage| passage.path == path)
    }

    /// Every fence zone.
    pub fn fences(&self) -> &[Fence] {
        &self.fences
    }

    /// Trips or resets every fire panel, and says how many there are.
    pub(crate) fn set_fire(&mut self, burning: bool) -> usize {
        self.fire_panels.iter().for_each(|panel| panel.set(burning));
        self.fire_panels.len()
    }

    pub(crate) fn fence_mut(&mut self, at: usize) -> Option<&mut Fence> {
        self.fences.get_mut(at)
    }

    /// Every device, in the order of the world file.
    pub fn devices(&self) -> &[Device] {
        &self.devices
    }

    /// The device with exactly this name.
    pub fn device_named(&self, name: &str) -> Option<DeviceIndex> {
        self.devices.iter().position(|device| device.name() == name).map(DeviceIndex)
    }

    /// One device.
    pub fn device(&self, index: DeviceIndex) -> Option<&Device> {
        self.devices.get(index.0)
    }

    /// One device, to give orders to or take reports from.
    pub fn device_mut(&mut self, index: DeviceIndex) -> Option<&mut Device> {
        self.devices.get_mut(index.0)
    }
}

fn person(config: &PersonConfig) -> Person {
    let card = config.card.as_ref();
    let card_print = card.map_or_else(String::new, |card| match (card.facility, card.number) {
        (Some(facility), Some(number)) => format!("{} bit, {facility}-{number}", card.bits),
        _ => format!("{} bit, raw", card.bits),
    });
    Person {
        id: config.id.clone(),
        name: config.name.clone(),
        role: config.role.clone(),
        may: config.may.clone(),
        habits: config.habits.clone(),
        card: card.and_then(|card| card.read().ok()),
        card_print,
        pin: config.pin.clone(),
    }
}

fn build_passage(config: &DoorConfig) -> (Passage, (String, Harness)) {
    let closer = config.closer.map(|seconds| Duration::from_secs(u64::from(seconds)));
    let travel = |default| Duration::from_millis(u64::from(config.travel_ms.unwrap_or(default)));
    let (barrier, motor, harness) = match config.kind {
        DoorKind::Door | DoorKind::Gate => {
            let wires = DoorWires::default();
            let door = Door::new(closer, travel(DOOR_TRAVEL_MS), wires.clone());
            (Barrier::Door(door), wires.motor.clone(), Harness::Door(wires))
        }
        DoorKind::Rack => {
            let wires = RackWires::default();
            let rack = Rack::new(closer, travel(RACK_TRAVEL_MS), wires.clone());
            (Barrier::Rack(rack), wires.motor.clone(), Harness::Rack(wires))
        }
    };
    let path = config.path.clone();
    (Passage { path: path.clone(), barrier, motor }, (path, harness))
}

fn build_device(
    config: &WorldConfig,
    device: &DeviceConfig,
    harnesses: &[(String, Harness)],
    wire: &mut impl FnMut(&ZoneConfig, &Wire),
) -> Device {
    let cover = Wire::default();
    let served = harnesses.iter().find(|(path, _)| Some(path) == device.serves.as_ref()).map(|(_, harness)| harness);
    let unit = match (device.kind, served) {
        (DeviceKind::Handle, Some(Harness::Rack(wires))) => Unit::Handle(Box::new(handle(wires, &cover))),
        (DeviceKind::Lock, Some(Harness::Door(wires))) => Unit::Lock(Box::new(lock(wires, &cover))),
        (DeviceKind::Input, _) => Unit::Input(module(config, device, &cover, wire)),
        // The check of the configuration leaves nothing but readers here; a lock without a door would read nothing.
        (DeviceKind::Reader | DeviceKind::Lock | DeviceKind::Handle, _) => Unit::Reader(Box::new(reader(&cover))),
    };
    let attachment = if device.bus.is_some() { Attachment::Bus } else { Attachment::Broker };
    let mut built = Device::new(device.name.clone(), device.serves.clone(), attachment, unit, cover);
    if let (DeviceKind::Handle, Some(Harness::Rack(wires))) = (device.kind, served) {
        built.fit(parts(device, wires));
    }
    built
}

fn parts(device: &DeviceConfig, wires: &RackWires) -> HandleParts {
    let mqtt = device.mqtt.as_ref();
    let heartbeat = mqtt.and_then(|mqtt| mqtt.heartbeat_secs).unwrap_or(HEARTBEAT_SECS);
    HandleParts {
        model: device.model.unwrap_or_default(),
        wires: wires.clone(),
        heartbeat: Duration::from_secs(u64::from(heartbeat)),
        mischief: mqtt.and_then(|mqtt| mqtt.mischief.clone()),
    }
}

fn reader(cover: &Wire) -> ReaderFirmware<SimInput, SimOutput> {
    let [red, green, blue, buzzer] = [(); 4].map(|()| Wire::default().output());
    ReaderFirmware::new(ReaderPins { tamper: cover.input(), red, green, blue, buzzer })
}

fn lock(wires: &DoorWires, cover: &Wire) -> LockFirmware<SimInput, SimOutput> {
    LockFirmware::new(LockPins {
        closed: wires.closed.input(),
        locked: wires.locked.input(),
        exit: wires.exit.input(),
        tamper: cover.input(),
        motor: wires.motor.output(),
    })
}

fn handle(wires: &RackWires, cover: &Wire) -> HandleFirmware<SimInput, SimOutput> {
    let [red, green, blue, buzzer] = [(); 4].map(|()| Wire::default().output());
    HandleFirmware::new(HandlePins {
        closed: wires.closed.input(),
        locked: wires.locked.input(),
        handle_home: wires.handle_home.input(),
        latched: wires.latched.input(),
        key_turned: wires.key_turned.input(),
        tamper: cover.input(),
        motor: wires.motor.output(),
        red,
        green,
        blue,
        buzzer,
    })
}

fn module(
    config: &WorldConfig,
    device: &DeviceConfig,
    cover: &Wire,
    connect: &mut impl FnMut(&ZoneConfig, &Wire),
) -> InputFirmware<SimInput> {
    let wired = || config.zones.iter().filter(|zone| zone.device == device.name);
    let count = wired().map(|zone| zone.input + 1).max().unwrap_or(0);
    let wires: Vec<Wire> = (0..count).map(|_| Wire::default()).collect();
    for zone in wired() {
        if let Some(wire) = wires.get(usize::from(zone.input)) {
            connect(zone, wire);
        }
    }
    InputFirmware::new(wires.iter().map(Wire::input).collect(), cover.input())
}
