//! One simulated device: its firmware, its cover, its cable, and what it has to tell.
//!
//! Decided here: which order suits which kind of device, and what a device does without its supply. How orders and reports
//! travel, and what a handle does while nobody listens, is in `wiring`.
//!
//! Vocabulary: an *order* comes from the daemon, a *report* goes to it.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use rackward_protocol::mqtt::{
    BootCause, Buzzer, Capabilities, CardRead, Keypad, Led, Reading, SelfTest, State, UnixMillis,
};
use rackward_protocol::osdp::Micros;

use crate::board::{NoDelay, SimInput, SimOutput, Wire};
use crate::config::{DeviceKind, Mischief};
use crate::firmware::lamp::Light;
use crate::firmware::{HandleFirmware, HandleModel, InputFirmware, LockFirmware, ReaderFirmware, Travel};
use crate::world::RackWires;

mod surroundings;

pub use surroundings::Surroundings;

/// Reports that wait for the link. It takes them every 10 ms, so more means that the link is stuck; the oldest is lost then.
const REPORT_LIMIT_REPORTS: usize = 32;
/// Supply voltages that the test at power-up takes for good, in millivolts.
const GOOD_SUPPLY_MV: std::ops::RangeInclusive<u32> = 10_000..=57_000;
/// A clock that shows an earlier moment than 2020 was never set, in milliseconds since 1970.
const UNSET_CLOCK_MS: u64 = 1_577_836_800_000;

/// Which device of the installation; its place in the world file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceIndex(pub(crate) usize);

/// The firmware a device runs.
#[derive(Debug)]
pub(crate) enum Unit {
    Reader(Box<ReaderFirmware<SimInput, SimOutput>>),
    Lock(Box<LockFirmware<SimInput, SimOutput>>),
    Handle(Box<HandleFirmware<SimInput, SimOutput>>),
    Input(InputFirmware<SimInput>),
}

/// The cable or network of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cable {
    /// Whole.
    Connected,
    /// Cut.
    Cut,
}

/// Whether a daemon is in charge of the device now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charge {
    /// Nobody is.
    Alone,
    /// A daemon is, over a secure session or a connected broker.
    InCharge,
}

/// What the daemon wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Unlock for so long.
    Release(Duration),
    /// Unlock for so long, by the rights list; only a handle does.
    Admit(Duration),
    /// Unlock until told otherwise.
    Hold,
    /// Lock.
    Lock,
    /// Show a light.
    Show(Led),
    /// Sound something.
    Sound(Buzzer),
}

/// What the device has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// Someone presented a card.
    Card(CardRead),
    /// Someone pressed keys.
    Keys(Keypad),
    /// How a release ended, mechanically.
    Travel(Travel),
}

/// Where a device hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attachment {
    /// On an OSDP bus.
    Bus,
    /// At the broker.
    Broker,
}

/// The supply of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// It is there.
    On,
    /// It is gone: the device does nothing, and its motor stays where it is.
    Off,
}

/// How often a device has started, and why it did last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Starts {
    /// How often; 1 at first.
    pub count: u64,
    /// Why it did last.
    pub cause: BootCause,
}

/// What belongs to a swinghandle alone.
#[derive(Debug)]
pub(crate) struct HandleParts {
    pub(crate) model: HandleModel,
    pub(crate) wires: RackWires,
    pub(crate) heartbeat: Duration,
    pub(crate) mischief: Option<Mischief>,
}

/// What somebody with a ladder and a screwdriver does to a device on a bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Its supply is taken away and comes back.
    PowerCycle,
    /// Its reset button is held: it forgets its key and is in install mode.
    Reset,
    /// Another device of the same kind is put in its place, with the same settings and key but its own serial number.
    Replace,
}

/// The wire of one supervised input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputWire {
    /// The contact is tripped, whatever the world around it does.
    Alarm,
    /// Short circuit.
    Short,
    /// Cut.
    Cut,
    /// A resistance in no band: something was put in the contact's place.
    OffBand,
}

/// One device.
#[derive(Debug)]
pub struct Device {
    name: String,
    serves: Option<String>,
    unit: Unit,
    self_test: SelfTest,
    cover: Wire,
    cable: Cable,
    charge: Charge,
    reports: VecDeque<Report>,
    attachment: Attachment,
    service: Option<Service>,
    wires: BTreeMap<u8, InputWire>,
    parts: Option<Box<HandleParts>>,
    surroundings: Surroundings,
    power: Power,
    starts: Starts,
}

impl Device {
    /// A device that was just powered and has tested itself. `cover` is the wire of its tamper contact.
    pub(crate) fn new(
        name: String,
        serves: Option<String>,
        attachment: Attachment,
        mut unit: Unit,
        cover: Wire,
    ) -> Self {
        let self_test = test(&mut unit);
        Self {
            name,
            serves,
            unit,
            self_test,
            cover,
            cable: Cable::Connected,
            charge: Charge::Alone,
            reports: VecDeque::new(),
            attachment,
            service: None,
            wires: BTreeMap::new(),
            parts: None,
            surroundings: Surroundings::default(),
            power: Power::On,
            starts: Starts { count: 1, cause: BootCause::PowerOn },
        }
    }

    /// Makes it the swinghandle that it is.
    pub(crate) fn fit(&mut self, parts: HandleParts) {
        if let Some(Mischief::WrongClock(seconds)) = parts.mischief {
            self.surroundings.clock_offset_ms = seconds.saturating_mul(1_000);
        }
        self.parts = Some(Box::new(parts));
    }

    /// Which model of swinghandle it is; the default one for other devices.
    pub fn model(&self) -> HandleModel {
        self.parts.as_ref().map(|parts| parts.model).unwrap_or_default()
    }

    /// It says something at least so often.
    pub(crate) fn heartbeat(&self) -> Duration {
        self.parts.as_ref().map_or(Duration::MAX, |parts| parts.heartbeat)
    }

    /// How it misbehaves, if it does.
    pub fn mischief(&self) -> Option<&Mischief> {
        self.parts.as_ref()?.mischief.as_ref()
    }

    /// What is around it and in it that no pin tells.
    pub fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }

    pub(crate) fn surroundings_mut(&mut self) -> &mut Surroundings {
        &mut self.surroundings
    }

    /// What its own clock shows at `wall`.
    pub fn clock(&self, wall: UnixMillis) -> UnixMillis {
        UnixMillis(wall.0.saturating_add_signed(self.surroundings.clock_offset_ms))
    }

    /// Its supply.
    pub fn power(&self) -> Power {
        self.power
    }

    /// How often it has started.
    pub fn starts(&self) -> Starts {
        self.starts
    }

    /// Takes its supply away or gives it back; with the supply it starts anew.
    pub(crate) fn set_power(&mut self, power: Power, wall: UnixMillis) {
        if let Some(parts) = &self.parts {
            parts.wires.dark.set(power == Power::Off);
        }
        let before = std::mem::replace(&mut self.power, power);
        if (before, power) == (Power::Off, Power::On) {
            self.restart(BootCause::PowerOn, wall);
        }
    }

    /// Starts it anew: it tests itself, drives its slide to locked and knows nothing of its sensors until it has read them.
    pub(crate) fn restart(&mut self, cause: BootCause, wall: UnixMillis) {
        if let Unit::Handle(handle) = &mut self.unit {
            handle.restart();
        }
        self.reports.clear();
        self.self_test = test(&mut self.unit);
        let supply = self.surroundings.supply_mv.is_some_and(|mv| GOOD_SUPPLY_MV.contains(&mv));
        let clock = self.clock(wall).0 >= UNSET_CLOCK_MS;
        for (good, part) in [(supply, SelfTest::SUPPLY), (clock, SelfTest::CLOCK)] {
            self.self_test.0 |= if good { 0 } else { part };
        }
        self.starts = Starts { count: self.starts.count + 1, cause };
    }

    /// Where it hangs.
    pub fn attachment(&self) -> Attachment {
        self.attachment
    }

    /// Somebody is at the device itself.
    pub(crate) fn be_serviced(&mut self, service: Service) {
        self.service = Some(service);
    }

    /// What was done to the device itself since this was asked last.
    pub(crate) fn take_service(&mut self) -> Option<Service> {
        self.service.take()
    }

    /// Changes the wire of an input; without `wire` it is as it should be. `false` when there is no such input.
    pub(crate) fn set_input_wire(&mut self, index: u8, wire: Option<InputWire>) -> bool {
        if usize::from(index) >= self.readings().len() {
            return false;
        }
        match wire {
            Some(wire) => _ = self.wires.insert(index, wire),
            None => _ = self.wires.remove(&index),
        }
        true
    }

    /// What somebody has done to the wire of an input.
    pub fn input_wire(&self, index: u8) -> Option<InputWire> {
        self.wires.get(&index).copied()
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The point or door it serves; none for an input module.
    pub fn serves(&self) -> Option<&str> {
        self.serves.as_deref()
    }

    /// What it is.
    pub fn kind(&self) -> DeviceKind {
        match self.unit {
            Unit::Reader(_) => DeviceKind::Reader,
            Unit::Lock(_) => DeviceKind::Lock,
            Unit::Handle(_) => DeviceKind::Handle,
            Unit::Input(_) => DeviceKind::Input,
        }
    }

    /// What its test at power-up found.
    pub fn self_test(&self) -> SelfTest {
        self.self_test
    }

    /// Whether it can read cards.
    pub fn reads_cards(&self) -> bool {
        match self.unit {
            Unit::Reader(_) => true,
            Unit::Handle(_) => self.model().capabilities().has(Capabilities::READER),
            Unit::Lock(_) | Unit::Input(_) => false,
        }
    }

    /// Its cable.
    pub fn cable(&self) -> Cable {
        self.cable
    }

    pub(crate) fn set_cable(&mut self, cable: Cable) {
        self.cable = cable;
    }

    /// Opens or closes its cover.
    pub(crate) fn set_cover_open(&mut self, open: bool) {
        self.cover.set(open);
    }

    /// Whether its cover is open.
    pub fn is_cover_open(&self) -> bool {
        self.cover.is_high()
    }

    /// Whether a daemon is in charge of it.
    pub fn charge(&self) -> Charge {
        self.charge
    }

    pub(crate) fn set_charge(&mut self, charge: Charge) {
        self.charge = charge;
    }

    /// Lets the firmware run at `now`.
    pub(crate) fn tick(&mut self, now: Micros) {
        if self.power == Power::Off {
            return;
        }
        let motor = self.parts.as_ref().and_then(|parts| parts.wires.motor_ma.read());
        let measured = self.surroundings.measured(motor);
        match &mut self.unit {
            Unit::Reader(reader) => reader.poll(now),
            Unit::Lock(lock) => lock.poll(now),
            Unit::Input(inputs) => inputs.poll(now),
            Unit::Handle(handle) => {
                handle.measure(measured);
                let travel = handle.poll(now);
                if let Some(travel) = travel {
                    self.report(Report::Travel(travel));
                }
            }
        }
    }

    /// Carries an order out; `false` when this kind of device does not do that.
    pub fn obey(&mut self, now: Micros, order: Order) -> bool {
        match (&mut self.unit, order) {
            (Unit::Lock(lock), Order::Release(span)) => lock.release(now, span),
            (Unit::Lock(lock), Order::Hold) => lock.hold(),
            (Unit::Lock(lock), Order::Lock) => lock.lock(),
            (Unit::Handle(handle), Order::Release(span)) => handle.release(now, span),
            (Unit::Handle(handle), Order::Admit(span)) => handle.admit(now, span),
            (Unit::Handle(handle), Order::Hold) => handle.hold(),
            (Unit::Handle(handle), Order::Lock) => handle.lock(),
            (Unit::Handle(handle), Order::Show(led)) => handle.show(now, led),
            (Unit::Handle(handle), Order::Sound(buzzer)) => handle.sound(now, buzzer),
            (Unit::Reader(reader), Order::Show(led)) => reader.show(now, led),
            (Unit::Reader(reader), Order::Sound(buzzer)) => reader.sound(now, buzzer),
            (Unit::Reader(_) | Unit::Input(_) | Unit::Lock(_), _) => return false,
        }
        true
    }

    /// Leaves something for the link to take.
    pub(crate) fn report(&mut self, report: Report) {
        if self.reports.len() == REPORT_LIMIT_REPORTS {
            self.reports.pop_front();
        }
        self.reports.push_back(report);
    }

    /// What there is to tell, oldest first.
    pub fn poll_report(&mut self) -> Option<Report> {
        self.reports.pop_front()
    }

    /// What its inputs read, in the order of the default OSDP profile.
    pub fn readings(&self) -> Vec<Reading> {
        match &self.unit {
            Unit::Reader(_) => Vec::new(),
            Unit::Lock(lock) => lock.readings().to_vec(),
            Unit::Handle(handle) => handle.readings().to_vec(),
            Unit::Input(inputs) => inputs.readings(),
        }
    }

    /// Is its cover open, as far as the firmware believes?
    pub fn tamper(&self) -> Reading {
        match &self.unit {
            Unit::Reader(reader) => reader.tamper(),
            Unit::Lock(lock) => lock.tamper(),
            Unit::Handle(handle) => handle.tamper(),
            Unit::Input(inputs) => inputs.tamper(),
        }
    }

    /// Everything a handle knows; `None` for other devices.
    pub fn handle_state(&self) -> Option<State> {
        match &self.unit {
            Unit::Handle(handle) => Some(self.model().seen(handle.state())),
            Unit::Reader(_) | Unit::Lock(_) | Unit::Input(_) => None,
        }
    }

    /// What its light and sounder do; `None` for devices without.
    pub fn feedback(&self) -> Option<(&Light, Option<crate::firmware::lamp::Sound>)> {
        match &self.unit {
            Unit::Reader(reader) => Some((reader.lamp().light(), reader.sounder().pattern())),
            Unit::Handle(handle) => Some((handle.lamp().light(), handle.sounder().pattern())),
            Unit::Lock(_) | Unit::Input(_) => None,
        }
    }
}

/// The test at power-up of the parts that the firmware reaches.
fn test(unit: &mut Unit) -> SelfTest {
    match unit {
        Unit::Reader(reader) => reader.power_up(&mut NoDelay),
        Unit::Handle(handle) => handle.power_up(&mut NoDelay),
        Unit::Lock(_) | Unit::Input(_) => SelfTest::PASSED,
    }
}
