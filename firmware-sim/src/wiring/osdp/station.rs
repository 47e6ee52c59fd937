//! One device on a bus: its peripheral, what it remembers, and what people do to it with a screwdriver.
//!
//! Decided here: what each kind of device has and says of itself, what it keeps when its supply fails, and which files it
//! takes. A key is offered for keeping before the reply that confirms it is due.

use std::time::Duration;

use rackward_protocol::mqtt::Reading;
use rackward_protocol::osdp::{
    Action, Address, Baud, DeviceIdentity, Entropy, FileIntake, FileVerdict, Micros, NamePlate, Peripheral,
    PeripheralConfig, PeripheralKey, PlateLine, Scbk,
};

use super::{INPUT_CUT, INPUT_FAULT, INPUT_OFF_BAND, INPUT_SHORT, lights};
use crate::card::bytes_from_hex;
use crate::config::{DeviceConfig, DeviceKind, Secret, WorldConfig};
use crate::device::{Cable, Charge, Device, DeviceIndex, InputWire, Order, Report, Service};
use crate::image;
use crate::installation::Installation;
use crate::memory::Memory;

/// The locally administered identifier under which simulated devices name their maker.
const OUI: [u8; 3] = [0x02, 0x52, 0x57];
/// The firmware they come with.
const FIRMWARE: [u8; 3] = [1, 0, 0];
/// Longest file they take. Images of real readers are a few hundred kilobytes.
const FILE_LIMIT_BYTES: u32 = 1 << 20;
/// How long a device takes to start after its supply came back or with new firmware.
const START_MILLIS: u64 = 500;
/// How far the serial number of a device's replacement is from its own.
const NEXT_SERIAL: u32 = 1_000;

/// One device on the line.
#[derive(Debug)]
pub(super) struct Station {
    device: DeviceIndex,
    peripheral: Peripheral,
    /// Where it is out of the box.
    factory: (Address, Baud),
    /// The firmware that runs after the next start.
    next_firmware: Option<[u8; 3]>,
    /// It hears nothing before.
    started_at: Micros,
    unsaved: Option<Memory>,
    /// Its key as it must be written down; the peripheral does not give keys out.
    key: Option<Secret>,
}

impl Station {
    pub(super) fn new<E: Entropy + Send + 'static>(
        config: &WorldConfig,
        index: usize,
        device: &DeviceConfig,
        entropy: E,
    ) -> Option<Self> {
        let profile = profile(config, index, device)?;
        let factory = (profile.address, profile.baud);
        Some(Self {
            device: DeviceIndex(index),
            peripheral: Peripheral::new(profile, entropy),
            factory,
            next_firmware: None,
            started_at: Micros::default(),
            unsaved: None,
            key: device.key.clone(),
        })
    }

    pub(super) fn device(&self) -> DeviceIndex {
        self.device
    }

    pub(super) fn speed(&self) -> Baud {
        self.peripheral.baud()
    }

    pub(super) fn is_listening(&self, now: Micros, installation: &Installation) -> bool {
        let connected = installation.device(self.device).is_some_and(|device| device.cable() == Cable::Connected);
        connected && now >= self.started_at
    }

    pub(super) fn handle_bytes(&mut self, now: Micros, bytes: &[u8]) {
        self.peripheral.handle_bytes(now, bytes);
    }

    pub(super) fn poll_transmit(&mut self, now: Micros) -> Option<Vec<u8>> {
        self.peripheral.poll_transmit(now)
    }

    pub(super) fn next_deadline(&self) -> Option<Micros> {
        self.peripheral.next_deadline()
    }

    pub(super) fn take_unsaved(&mut self) -> Option<Memory> {
        self.unsaved.take()
    }

    /// Takes up where a former process left off.
    pub(super) fn recall(&mut self, memory: &Memory) {
        let key = match &memory.key {
            None => Some(PeripheralKey::Install),
            Some(key) => scbk(key).map(PeripheralKey::Own),
        };
        let (Some(key), Ok(address), Ok(baud)) = (key, Address::parse(memory.address), Baud::parse(memory.baud)) else {
            return;
        };
        self.key.clone_from(&memory.key);
        self.peripheral.reset(key, address, baud);
        let identity = self.peripheral.identity();
        self.peripheral.set_identity(DeviceIdentity { serial: memory.serial, firmware: memory.firmware, ..identity });
    }

    pub(super) fn turn(&mut self, now: Micros, device: &mut Device) {
        if let Some(service) = device.take_service() {
            self.be_serviced(now, service);
        }
        self.peripheral.handle_timeout(now);
        while let Some(action) = self.peripheral.poll_action() {
            self.obey(now, device, action);
        }
        self.tell(device);
    }

    fn be_serviced(&mut self, now: Micros, service: Service) {
        match service {
            Service::PowerCycle => {}
            Service::Reset => {
                let (address, baud) = self.factory;
                self.key = None;
                self.peripheral.reset(PeripheralKey::Install, address, baud);
            }
            Service::Replace => {
                let identity = self.peripheral.identity();
                let serial = identity.serial.wrapping_add(NEXT_SERIAL);
                self.peripheral.set_identity(DeviceIdentity { serial, ..identity });
            }
        }
        self.start(now);
        self.keep();
    }

    /// The device starts: with new firmware, if it was given some.
    fn start(&mut self, now: Micros) {
        self.peripheral.restart();
        self.started_at = now + Duration::from_millis(START_MILLIS);
        if let Some(firmware) = self.next_firmware.take() {
            let identity = self.peripheral.identity();
            self.peripheral.set_identity(DeviceIdentity { firmware, ..identity });
            self.keep();
        }
    }

    fn keep(&mut self) {
        let identity = self.peripheral.identity();
        self.unsaved = Some(Memory {
            key: self.key.clone(),
            address: self.peripheral.address().number(),
            baud: self.peripheral.baud().bits_per_second(),
            serial: identity.serial,
            firmware: identity.firmware,
        });
    }

    fn obey(&mut self, now: Micros, device: &mut Device, action: Action) {
        match action {
            // The timer of a release runs in the peripheral; it tells the end of it as an output that goes off.
            Action::Output { index: 0, on: true } => _ = device.obey(now, Order::Hold),
            Action::Output { index: 0, on: false } => _ = device.obey(now, Order::Lock),
            Action::Led(record) => lights::show(now, device, &record),
            Action::Buzzer(record) => _ = device.obey(now, Order::Sound(lights::sound(&record))),
            Action::SecureUp => device.set_charge(Charge::InCharge),
            Action::SecureDown => device.set_charge(Charge::Alone),
            Action::KeyChanged(key) => {
                self.key = Some(hex(&key));
                self.keep();
            }
            Action::LineChanged { .. } => self.keep(),
            Action::File { kind, contents } => {
                let version = image::version(contents.expose()).filter(|_| kind == image::FIRMWARE_KIND);
                self.next_firmware = version;
                let verdict = if version.is_some() { FileVerdict::Restarting } else { FileVerdict::Refused };
                self.peripheral.judge_file(verdict);
            }
            Action::Restart => self.start(now),
            // No simulated device has a display, a second output, a card in a field or messages of its maker's own.
            Action::Text(_) | Action::Output { .. } | Action::KeepActive(_) | Action::Manufacturer(_) => {}
        }
    }

    fn tell(&mut self, device: &mut Device) {
        for (index, reading) in (0..).zip(device.readings()) {
            self.peripheral.set_input(index, input_byte(reading, device.input_wire(index)));
        }
        self.peripheral.set_local(device.tamper() == Reading::Yes, false);
        while let Some(report) = device.poll_report() {
            // Without a panel nobody hears a card, and it must not be told to a later one: a refusal is the right end here.
            match report {
                Report::Card(card) => _ = self.peripheral.card(0, card.bit_count(), card.data()),
                Report::Keys(keys) => _ = self.peripheral.keypad(0, &keypad_bytes(keys.digits())),
                Report::Travel(_) => {}
            }
        }
    }
}

fn profile(config: &WorldConfig, index: usize, device: &DeviceConfig) -> Option<PeripheralConfig> {
    let address = Address::parse(device.address?).ok()?;
    let bus = config.buses.iter().find(|bus| Some(&bus.name) == device.bus.as_ref())?;
    let baud = Baud::parse(device.factory_baud.unwrap_or(bus.baud)).ok()?;
    let key = match &device.key {
        None => PeripheralKey::Install,
        Some(key) => PeripheralKey::Own(scbk(key)?),
    };
    let zones = config.zones.iter().filter(|zone| zone.device == device.name).map(|zone| zone.input + 1).max();
    let (model, product, (inputs, outputs, readers)) = match device.kind {
        DeviceKind::Reader => (1, "simulated reader", (0, 0, 1)),
        DeviceKind::Lock => (2, "simulated lock", (3, 1, 0)),
        DeviceKind::Handle => (3, "simulated swinghandle", (4, 1, 1)),
        DeviceKind::Input => (4, "simulated input module", (zones.unwrap_or(0), 0, 0)),
    };
    let serial = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
    let identity = DeviceIdentity { oui: OUI, model, version: 1, serial, firmware: FIRMWARE };
    let name_plate = [(PlateLine::Manufacturer, "Rackward"), (PlateLine::Product, product)];
    Some(PeripheralConfig {
        baud,
        name_plate: NamePlate(name_plate.map(|(line, text)| (line, text.to_owned())).to_vec()),
        files: Some(FileIntake { limit_bytes: FILE_LIMIT_BYTES, delay: Duration::ZERO }),
        ..PeripheralConfig::new(address, key, identity, inputs, outputs, readers)
    })
}

fn scbk(key: &Secret) -> Option<Scbk> {
    Scbk::parse(bytes_from_hex(key.expose())?.try_into().ok()?).ok()
}

fn hex(key: &Scbk) -> Secret {
    Secret::new(key.for_storage().iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

fn input_byte(reading: Reading, wire: Option<InputWire>) -> u8 {
    match (wire, reading) {
        (Some(InputWire::Alarm), _) => 1,
        (Some(InputWire::Short), _) => INPUT_SHORT,
        (Some(InputWire::Cut), _) => INPUT_CUT,
        (Some(InputWire::OffBand), _) => INPUT_OFF_BAND,
        (None, Reading::No) => 0,
        (None, Reading::Yes) => 1,
        (None, Reading::Unknown | Reading::Fault) => INPUT_FAULT,
    }
}

/// `*` is 0x7F and `#` is 0x0D on this link (OSDP 2.2, 7.12).
fn keypad_bytes(digits: &str) -> Vec<u8> {
    let key = |byte| match byte {
        b'*' => 0x7F,
        b'#' => 0x0D,
        digit => digit,
    };
    digits.bytes().map(key).collect()
}
