//! One door with a reader and a lock on one bus, and the daemon's engine and panel for it, on one clock. Bytes take no time.

use std::sync::Arc;
use std::time::Duration;

use rackward_core::engine::command::{GrantWish, PersonName, PinHash, PinPurpose, Scope};
use rackward_core::engine::input::PinOutcome;
use rackward_core::engine::preconditions::Preconditions;
use rackward_core::entry::ReasonText;
use rackward_core::id::{DeviceId, PersonId};
use rackward_core::mode::ModeOrder;
use rackward_core::people::{
    CredentialKey, EscortNeed, ExtendedTime, GrantRight, PersonDetails, PersonStatus, ThreatLevel, Uses, Validity, When,
};
use rackward_core::permission::{Actor, OperatorRole};
use rackward_core::site::draft::{AreaDraft, DeviceDraft, DoorDraft, RoleDraft, Side, SiteDraft};
use rackward_core::site::schedule::Weekly;
use rackward_core::site::{AreaKind, DoorKind, Level, OPERATOR};
use rackward_core::{Caller, Command, CommandTicket, Engine, Input, Monotonic, Now, Output, Records, Reply, Wall};
use rackward_protocol::osdp::{
    Action, Address, Baud, Capability, DeviceIdentity, Micros, NoEntropy, Peripheral, PeripheralConfig, Scbk, Sharing,
};

use crate::drivers::{BusDevice, BusSettings, CardKey, Order, Panel, Profile, Rs485};

/// 2026-08-03 09:00 in London.
const BEGIN: Wall = Wall::from_seconds(1_785_744_000);

/// Bits of the cards here: a length of which no usual format is known.
const CARD_BITS: u16 = 27;

/// Which end of the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    Panel,
    Reader,
    Lock,
}

/// One frame on the wire: when, in milliseconds, from where, and its bytes.
pub(super) type Frame = (u64, At, Vec<u8>);

pub(super) struct Post {
    engine: Engine,
    panel: Panel,
    reader: Peripheral,
    lock: Peripheral,
    lights_level: u8,
    reader_is_mute: bool,
    now: Now,
    tickets: u64,
    compared: Option<(Monotonic, PersonId, DeviceId)>,
    has_reported: bool,
    lives: u64,
    /// What the next PIN is found to be.
    pub(super) outcome: PinOutcome,
    /// How long comparing it takes.
    pub(super) comparison_millis: u64,
    pub(super) frames: Vec<Frame>,
    pub(super) actions: Vec<(u64, At, Action)>,
    /// When [`Self::forget`] was last called, in milliseconds.
    pub(super) forgotten_at: u64,
}

/// Different on every draw, and the same in every run.
fn entropy(seed: u64) -> impl FnMut(&mut [u8]) -> Result<(), NoEntropy> + Send + 'static {
    let mut state = seed;
    move |out| {
        for byte in out {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (state >> 33) as u8;
        }
        Ok(())
    }
}

fn scbk(address: u8) -> Scbk {
    Scbk::parse(std::array::from_fn(|i| address * 50 + i as u8)).unwrap()
}

fn peripheral(address: u8, lights_level: u8, seed: u64) -> Peripheral {
    let (inputs, outputs, readers) = if address == 1 { (0, 0, 1) } else { (3, 1, 0) };
    let serial = u32::from(address);
    let identity = DeviceIdentity { oui: [1, 2, 3], model: 4, version: 5, serial, firmware: [1, 2, 3] };
    let place = Address::parse(address).unwrap();
    let mut config = PeripheralConfig::new(place, scbk(address), identity, inputs, outputs, readers);
    config.capabilities.retain(|able| ![Capability::LIGHTS, Capability::TEXT].contains(&able.function));
    if readers > 0 {
        config.capabilities.push(Capability { function: Capability::LIGHTS, level: lights_level, count: 1 });
        config.capabilities.push(Capability { function: Capability::TEXT, level: 1, count: 1 });
    }
    let mut peripheral = Peripheral::new(config, entropy(seed));
    if outputs > 0 {
        peripheral.set_input(0, 1);
        peripheral.set_input(1, 1);
    }
    peripheral
}

fn draft(level: Level) -> SiteDraft {
    let door = || "lon1/plant".to_owned();
    let device = |name: &str, role| DeviceDraft { name: name.into(), role };
    SiteDraft {
        name: "lon1".into(),
        time_zone: "Europe/London".into(),
        areas: vec![AreaDraft::new("lon1/hall", AreaKind::Hall)],
        doors: vec![DoorDraft::new(door(), DoorKind::Door, "lon1/hall")],
        devices: vec![
            device("reader", RoleDraft::Reader { door: door(), side: Side::In, level: level.into() }),
            device("lock", RoleDraft::Lock { door: door() }),
        ],
        ..SiteDraft::default()
    }
}

fn panel(engine: &Engine, now: Monotonic, seed: u64) -> Panel {
    let device = |name: &str, address: u8, profile| {
        let id = engine.site().device_named(name).unwrap().id;
        BusDevice::new(id, name, Address::parse(address).unwrap(), scbk(address), profile)
    };
    let devices = vec![device("reader", 1, Profile::Reader), device("lock", 2, Profile::Lock)];
    let baud = Baud::parse(115_200).unwrap();
    let settings = BusSettings {
        name: "hall".into(),
        port: "/dev/null".into(),
        baud,
        rs485: Rs485::default(),
        sharing: Sharing::ByUse,
        devices,
    };
    let card_key: CardKey = Arc::new(|_, data: &[u8]| CredentialKey::from_keyed_hash([data[0]; 16]));
    Panel::new(settings, now, entropy(seed), card_key).unwrap()
}

impl Post {
    /// Everything online, one person who may pass and card 1 of hers; the reader's lights have this capability level.
    pub(super) fn online(level: Level, lights_level: u8) -> Self {
        let now = Now { monotonic: Monotonic::from_micros(1_000_000), wall: BEGIN };
        let site = draft(level).build(&Default::default()).unwrap();
        let engine = Engine::new(site, Records::default(), &[], "test", now);
        let panel = panel(&engine, now.monotonic, 99);
        let mut post = Self {
            engine,
            panel,
            reader: peripheral(1, lights_level, 1),
            lock: peripheral(2, lights_level, 2),
            lights_level,
            reader_is_mute: false,
            now,
            tickets: 0,
            compared: None,
            has_reported: false,
            lives: 1,
            outcome: PinOutcome::Right,
            comparison_millis: 60,
            frames: Vec::new(),
            actions: Vec::new(),
            forgotten_at: 0,
        };
        post.run(1_000);
        post.enrol();
        post
    }

    fn enrol(&mut self) {
        let details =
            PersonDetails { organisation: OPERATOR, clearance: ThreatLevel::Normal, extended_time: ExtendedTime::No };
        let name = PersonName::parse("Somebody").unwrap();
        self.command(Command::CreatePerson { name, status: PersonStatus::Enabled, details, key: None });
        let person = PersonId::new(1);
        let validity = Validity { from: BEGIN, to: BEGIN.after(Duration::from_secs(86_400)) };
        let key = CredentialKey::from_keyed_hash([1; 16]);
        self.command(Command::AssignCredential { person, key, validity });
        let doors = self.engine.site().doors().map(|door| door.id).collect();
        let right = GrantRight::Doors { doors, when: When::Weekly(Weekly::always()) };
        let (uses, escort) = (Uses::Unlimited, EscortNeed::No);
        let wish = GrantWish { person, right, validity, reason: reason(), ticket: None, uses, escort };
        self.command(Command::CreateGrant(wish));
    }

    pub(super) fn set_pin(&mut self, purpose: PinPurpose) {
        let hash = PinHash::from_phc("$argon2id$".into());
        self.command(Command::SetPin { person: PersonId::new(1), purpose, hash, digits: 6 });
    }

    pub(super) fn order_mode(&mut self, order: ModeOrder) {
        let door = self.engine.site().doors().next().unwrap().id;
        self.command(Command::SetDoorMode { door, order, reason: reason() });
    }

    fn command(&mut self, command: Command) -> Option<Reply> {
        self.tickets += 1;
        let caller = Caller::new(Actor::LocalUser(0), OperatorRole::Admin, Scope::Site);
        let (ticket, preconditions) = (CommandTicket(self.tickets), Preconditions::default());
        self.engine.handle(self.now, Input::Command { ticket, caller, command, preconditions });
        self.carry_out()
    }

    /// Forgets what was seen so far.
    pub(super) fn forget(&mut self) {
        self.frames.clear();
        self.actions.clear();
        self.has_reported = false;
        self.forgotten_at = self.millis();
    }

    pub(super) fn millis(&self) -> u64 {
        self.now.monotonic.as_micros() / 1_000
    }

    /// Whether the engine was told of anything since [`Self::forget`].
    pub(super) fn has_reported(&self) -> bool {
        self.has_reported
    }

    pub(super) fn present_card(&mut self) {
        self.reader.card(0, CARD_BITS, &[1, 0, 0, 0]).unwrap();
    }

    pub(super) fn type_pin(&mut self) {
        self.reader.keypad(0, b"471100\x0d").unwrap();
    }

    pub(super) fn open(&mut self) {
        self.lock.set_input(0, 0);
        self.lock.set_input(1, 0);
    }

    pub(super) fn close(&mut self) {
        self.lock.set_input(0, 1);
        self.lock.set_input(1, 1);
    }

    /// The reader's cable is cut.
    pub(super) fn mute_reader(&mut self) {
        self.reader_is_mute = true;
    }

    /// The reader's cable is whole again.
    pub(super) fn unmute_reader(&mut self) {
        self.reader_is_mute = false;
    }

    /// The reader loses its power and comes back.
    pub(super) fn restart_reader(&mut self) {
        self.lives += 1;
        self.reader = peripheral(1, self.lights_level, 10 + self.lives);
        self.reader_is_mute = false;
    }

    /// The daemon is killed and started anew on what it had written down.
    pub(super) fn restart_daemon(&mut self) {
        self.lives += 1;
        let records = self.engine.records().clone();
        let site = draft(Level::Card).build(&records.places).unwrap();
        self.engine = Engine::new(site, records, &[], "test", self.now);
        self.panel = panel(&self.engine, self.now.monotonic, 100 + self.lives);
        self.compared = None;
        self.carry_out();
    }

    pub(super) fn run_until(&mut self, is_so: impl Fn(&Self) -> bool) {
        for _ in 0..5_000 {
            if is_so(self) {
                return;
            }
            self.run(1);
        }
        panic!("waited in vain");
    }

    pub(super) fn run(&mut self, millis: u64) {
        for _ in 0..millis {
            self.engine.handle(self.now, Input::Tick);
            if let Some((_, person, device)) = self.compared.take_if(|(due, ..)| *due <= self.now.monotonic) {
                let outcome = self.outcome;
                self.engine.handle(self.now, Input::PinChecked { person, device, outcome });
            }
            self.carry_out();
            self.exchange();
            while self.panel.has_report(self.now.monotonic) {
                let Some((device, report)) = self.panel.take_report() else { break };
                self.has_reported = true;
                self.engine.handle(self.now, Input::Device { device, report });
            }
            self.carry_out();
            self.now = self.now.after(Duration::from_millis(1));
        }
    }

    fn carry_out(&mut self) -> Option<Reply> {
        let mut replied = None;
        drop(self.engine.take_batch());
        while let Some(output) = self.engine.poll() {
            match output {
                Output::CheckPin { person, device, .. } => {
                    let due = self.now.monotonic.after(Duration::from_millis(self.comparison_millis));
                    self.compared = Some((due, person, device));
                }
                Output::Reply { result, .. } => replied = Some(result.unwrap()),
                output => {
                    if let Some(order) = Order::from_output(output) {
                        self.panel.order(self.now.monotonic, order);
                    }
                }
            }
        }
        replied
    }

    fn exchange(&mut self) {
        let (now, at) = (Micros(self.now.monotonic.as_micros()), self.millis());
        self.panel.handle_timeout(self.now.monotonic);
        loop {
            let frame = self.panel.poll_transmit(self.now.monotonic);
            self.frames.extend(frame.iter().map(|frame| (at, At::Panel, frame.clone())));
            for (place, peripheral) in [(At::Reader, &mut self.reader), (At::Lock, &mut self.lock)] {
                if place == At::Reader && self.reader_is_mute {
                    continue;
                }
                if let Some(frame) = &frame {
                    peripheral.handle_bytes(now, frame);
                }
                peripheral.handle_timeout(now);
                while let Some(answer) = peripheral.poll_transmit(now) {
                    self.panel.handle_bytes(self.now.monotonic, &answer);
                    self.frames.push((at, place, answer));
                }
                let actions = std::iter::from_fn(|| peripheral.poll_action());
                self.actions.extend(actions.map(|action| (at, place, action)));
            }
            if frame.is_none() {
                return;
            }
        }
    }
}

fn reason() -> ReasonText {
    ReasonText::parse("test").unwrap()
}
