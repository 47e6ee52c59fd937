//! One simulated device: its firmware, its cover, its cable, and what it has to tell.
//!
//! Decided here: which order suits which kind of device, and that what happens while nobody listens is not told later. How
//! orders and reports travel is in `wiring`.
//!
//! Vocabulary: an *order* comes from the daemon, a *report* goes to it.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use rackward_protocol::mqtt::{Buzzer, CardRead, Keypad, Led, Reading, SelfTest, State};
use rackward_protocol::osdp::Micros;

use crate::board::{NoDelay, SimInput, SimOutput, Wire};
use crate::config::DeviceKind;
use crate::firmware::lamp::Light;
use crate::firmware::{HandleFirmware, InputFirmware, LockFirmware, ReaderFirmware, Travel};

/// Reports that wait for the link. It takes them every 10 ms, so more means that the link is stuck; the oldest is lost then.
const REPORT_LIMIT_REPORTS: usize = 32;
/// What a healthy supply measures, in millivolts.
const SUPPLY_MV: u32 = 24_000;
/// What a rack measures, in tenths of a degree Celsius.
const TEMPERATURE_C10: i16 = 240;

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
        let self_test = match &mut unit {
            Unit::Reader(reader) => reader.power_up(&mut NoDelay),
            Unit::Handle(handle) => handle.power_up(&mut NoDelay),
            Unit::Lock(_) | Unit::Input(_) => SelfTest::PASSED,
        };
        let (cable, charge, reports) = (Cable::Connected, Charge::Alone, VecDeque::new());
        let (service, wires) = (None, BTreeMap::new());
        Self { name, serves, unit, self_test, cover, cable, charge, reports, attachment, service, wires }
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
        matches!(self.unit, Unit::Reader(_) | Unit::Handle(_))
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
        match &mut self.unit {
            Unit::Reader(reader) => reader.poll(now),
            Unit::Lock(lock) => lock.poll(now),
            Unit::Input(inputs) => inputs.poll(now),
            Unit::Handle(handle) => {
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
            Unit::Handle(handle) => {
                let measured = (Some(SUPPLY_MV), Some(TEMPERATURE_C10));
                Some(State { supply_mv: measured.0, temperature_c10: measured.1, ..handle.state() })
            }
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
