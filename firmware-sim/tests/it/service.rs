//! People at the devices of a bus: install mode, reset, replacement, wires, firmware; and what is left of it afterwards.

use std::time::Duration;

use rackward_firmware_sim::hands::{Answer, Refused, Request, perform};
use rackward_firmware_sim::memory::Memory;
use rackward_firmware_sim::wiring::osdp::Line;
use rackward_firmware_sim::{Installation, Moment, WorldConfig};
use rackward_protocol::mqtt::UnixMillis;
use rackward_protocol::osdp::{
    Address, Baud, Bus, BusConfig, BusEvent, DeviceConfig, DeviceRole, OfflineCause, Scbk, SecurityTrouble,
};

use crate::site_on_bus::{WORLD, entropy};

const MODULE: u8 = 3;
const HANDLE: u8 = 4;

fn key(number: u8) -> Scbk {
    let first = [0x00, 0x10, 0x20, 0x40][usize::from(number) - 1];
    Scbk::parse(std::array::from_fn(|at| first + at as u8)).unwrap()
}

/// One bus of the site with a panel that knows one device.
pub(crate) struct Site {
    pub(crate) installation: Installation,
    pub(crate) line: Line,
    pub(crate) bus: Bus,
    pub(crate) now: Moment,
    pub(crate) events: Vec<BusEvent>,
    /// The line knows at which speed the panel speaks.
    pub(crate) keeps_speed: bool,
}

impl Site {
    pub(crate) fn new(world: &str, number: u8) -> Self {
        Self::with(world, number, DeviceConfig::new(key(number), DeviceRole::Lock))
    }

    /// The same with a panel that knows the device so.
    pub(crate) fn with(world: &str, number: u8, device: DeviceConfig) -> Self {
        let config = WorldConfig::parse(world).unwrap();
        let now = Moment::start(UnixMillis(1_784_901_802_417)).after(Duration::from_millis(1));
        let mut bus = Bus::new(BusConfig::new(Baud::B115200), entropy(1));
        bus.add(now.uptime, Address::parse(number).unwrap(), device);
        let mut seed = 10;
        let line = Line::new(&config, "perimeter", || {
            seed += 1;
            entropy(seed)
        });
        let installation = Installation::new(&config, now).unwrap();
        Self { installation, line, bus, now, events: Vec::new(), keeps_speed: false }
    }

    pub(crate) fn run(&mut self, seconds: u64) {
        for millis in 0..seconds * 1_000 {
            self.now = self.now.after(Duration::from_millis(1));
            let at = self.now.uptime;
            if millis % 10 == 0 {
                self.installation.tick(self.now);
            }
            self.bus.handle_timeout(at);
            if let Some(bytes) = self.bus.poll_transmit(at) {
                if self.keeps_speed {
                    self.line.set_panel_speed(Some(self.bus.line_speed()));
                }
                self.line.receive(at, &bytes, &self.installation);
            }
            self.line.turn(at, &mut self.installation);
            let bytes = self.line.transmit(at, &self.installation);
            self.bus.handle_bytes(at, &bytes);
            while let Some((_, event)) = self.bus.poll_event() {
                self.events.push(event);
            }
        }
    }

    pub(crate) fn hand(&mut self, verb: &str, args: &[&str]) -> Result<Answer, Refused> {
        perform(&mut self.installation, &Request::new(verb, args.iter().copied()))
    }

    /// The last picture of all inputs.
    fn inputs(&self) -> Vec<u8> {
        let told = self.events.iter().rev().find_map(|event| match event {
            BusEvent::Inputs(bytes) => Some(bytes.clone()),
            _ => None,
        });
        told.unwrap_or_default()
    }

    pub(crate) fn is_online(&self) -> bool {
        let word = self.events.iter().rev().find_map(|event| match event {
            BusEvent::Online { .. } => Some(true),
            BusEvent::Offline { .. } => Some(false),
            _ => None,
        });
        word.unwrap_or(false)
    }

    pub(crate) fn memory(&mut self) -> Option<Memory> {
        self.line.poll_memory().map(|(_, memory)| memory)
    }
}

#[test]
fn a_wire_that_somebody_was_at_reads_as_what_it_is() {
    let mut site = Site::new(WORLD, MODULE);
    site.run(1);
    for (word, byte) in [("alarm", 1), ("short", 2), ("cut", 3), ("off-band", 4), ("normal", 0)] {
        site.hand("input", &["fence-module", "0", word]).unwrap();
        site.run(1);
        assert_eq!(site.inputs(), [byte, 0], "{word}");
    }
    assert!(matches!(site.hand("input", &["fence-module", "7", "cut"]), Err(Refused::Unfit { .. })));
    assert!(matches!(site.hand("input", &["fence-module", "0", "loose"]), Err(Refused::Arguments { .. })));
    assert!(matches!(site.hand("reset", &["r2-c1-front"]), Err(Refused::Unfit { .. })), "it is at the broker");
}

#[test]
fn a_device_reset_by_hand_is_in_install_mode_and_remembers_that() {
    let mut site = Site::new(WORLD, HANDLE);
    site.run(1);
    assert!(site.is_online());
    site.hand("reset", &["r1-c1-front"]).unwrap();
    site.run(12);
    assert!(!site.is_online(), "it does not prove its key any more");
    let memory = site.memory().unwrap();
    assert_eq!((memory.key, memory.address, memory.baud), (None, HANDLE, 115_200));
    assert_eq!(site.memory(), None, "told once");
}

#[test]
fn a_device_that_was_replaced_says_so_by_its_number() {
    let mut site = Site::new(WORLD, HANDLE);
    site.run(1);
    site.hand("replace", &["r1-c1-front"]).unwrap();
    site.run(12);
    let replaced = |event: &BusEvent| matches!(event, BusEvent::Security(SecurityTrouble::Replaced { .. }));
    assert!(site.events.iter().any(replaced), "{:?}", site.events);
}

#[test]
fn a_restart_loses_the_session_and_nothing_else() {
    let mut site = Site::new(WORLD, HANDLE);
    site.run(1);
    site.events.clear();
    site.hand("restart", &["r1-c1-front"]).unwrap();
    site.run(5);
    let back = site.events.iter().filter(|event| matches!(event, BusEvent::Online { .. })).count();
    assert_eq!(back, 1, "{:?}", site.events);
    assert!(site.memory().unwrap().key.is_some());
}

#[test]
fn what_is_remembered_goes_before_the_world_file() {
    let world = WORLD.replacen("key = \"404142434445464748494a4b4c4d4e4f\"", "install = true", 1);
    let check = |memory: Option<Memory>, expect: bool| {
        let mut site = Site::new(&world, HANDLE);
        if let (Some(memory), Some(device)) = (memory, site.installation.device_named("r1-c1-front")) {
            site.line.recall(device, &memory);
        }
        site.run(12);
        assert_eq!(site.is_online(), expect, "{:?}", site.events);
    };
    let hex: String = key(HANDLE).for_storage().iter().map(|byte| format!("{byte:02x}")).collect();
    let memory = Memory {
        key: Some(rackward_firmware_sim::config::Secret::new(hex)),
        address: HANDLE,
        baud: 115_200,
        serial: 9,
        firmware: [2, 0, 0],
    };
    check(None, false);
    check(Some(Memory { address: 9, ..memory.clone() }), false);
    check(Some(memory), true);
}

#[test]
fn a_device_at_another_speed_is_out_of_reach_where_speed_matters() {
    let mut site = Site::new(WORLD, HANDLE);
    site.line.set_panel_speed(Some(Baud::B9600));
    site.run(10);
    assert!(!site.is_online());
    let lost = |event: &BusEvent| matches!(event, BusEvent::Offline { cause: OfflineCause::WrongKey });
    assert!(!site.events.iter().any(lost), "noise proves nothing");
    site.line.set_panel_speed(Some(Baud::B115200));
    site.run(30);
    assert!(site.is_online());
}
