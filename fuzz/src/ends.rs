//! Our own ends as the runs set them up, and the promises that hold for each of them in every run.

use std::collections::BTreeSet;
use std::time::Duration;

use rackward_protocol::osdp::{
    Address, Baud, Bus, BusConfig, BusEvent, DeviceConfig, DeviceIdentity, DeviceRole, FileIntake, JobEvent,
    ManufacturerMessages, Micros, NoEntropy, Peripheral, PeripheralConfig, PeripheralKey, ScanEvent, Scbk,
};

use crate::peers::key;

/// Steps in a row without progress in time, events being taken, after which an end is stuck.
const STUCK_AFTER_STEPS: u32 = 64;
/// Longest file that devices take.
const FILE_LIMIT_BYTES: u32 = 4_096;

/// An address that exists.
///
/// # Panics
/// There is none with this number.
pub fn address(number: u8) -> Address {
    Address::parse(number).expect("runs use addresses that exist")
}

/// A key as the ends take it.
///
/// # Panics
/// It is one that anybody could guess.
pub fn scbk(bytes: [u8; 16]) -> Scbk {
    Scbk::parse(bytes).expect("runs use keys that are good enough")
}

/// Who the device with this number is.
pub fn identity(number: u8) -> DeviceIdentity {
    DeviceIdentity {
        oui: [0xCA, 0xFE, 1],
        model: 7,
        version: 1,
        serial: 1_000 + u32::from(number),
        firmware: [1, 2, 3],
    }
}

/// Bytes that never repeat and are the same in every run.
pub fn entropy(seed: u64) -> impl FnMut(&mut [u8]) -> Result<(), NoEntropy> + Send + 'static {
    let mut state = seed;
    move |out: &mut [u8]| {
        out.fill_with(|| {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            ((mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB) >> 32) as u8
        });
        Ok(())
    }
}

/// A line without devices.
pub fn bus(baud: Baud) -> Bus {
    Bus::new(BusConfig::new(baud), entropy(11))
}

/// What the panel knows of the device with this number.
pub fn known(number: u8, role: DeviceRole) -> DeviceConfig {
    DeviceConfig::new(scbk(key(number)), role)
}

/// The device with this number: two inputs, two outputs, one reader; it takes files and its maker's messages.
pub fn peripheral(number: u8, baud: Baud) -> Peripheral {
    peripheral_with(number, baud, PeripheralKey::Own(scbk(key(number))))
}

/// The same with other keys.
pub fn peripheral_with(number: u8, baud: Baud, key: PeripheralKey) -> Peripheral {
    let mut config = PeripheralConfig::new(address(number), key, identity(number), 2, 2, 1);
    config.baud = baud;
    config.files = Some(FileIntake { limit_bytes: FILE_LIMIT_BYTES, delay: Duration::ZERO });
    config.manufacturer_messages = ManufacturerMessages::Taken;
    Peripheral::new(config, entropy(22))
}

/// A bus whose every frame is checked, and whose time is.
pub struct Watched {
    /// The bus.
    pub bus: Bus,
    /// What it told and nobody has looked at yet.
    pub events: Vec<(Address, BusEvent)>,
    /// Keys that must not be seen on the line.
    pub secrets: Vec<[u8; 16]>,
    /// Addresses at which the published key may be offered now, since somebody commissions a device there.
    pub commissioned: BTreeSet<u8>,
    /// When the frame that was sent last was; none once anybody spoke since.
    sent: Option<Micros>,
}

impl Watched {
    /// Watches a bus.
    pub fn new(baud: Baud) -> Self {
        let secrets = (0..8).map(key).collect();
        Self { bus: bus(baud), events: Vec::new(), secrets, commissioned: BTreeSet::new(), sent: None }
    }

    /// Bytes arrive.
    pub fn feed(&mut self, now: Micros, bytes: &[u8]) {
        self.bus.handle_bytes(now, bytes);
        if !bytes.is_empty() {
            self.sent = None;
        }
        self.take_events();
    }

    /// Does what is due at `now` and gives the frame that goes on the line, if one does.
    pub fn turn(&mut self, now: Micros) -> Option<Vec<u8>> {
        self.bus.handle_timeout(now);
        self.take_events();
        let frame = self.bus.poll_transmit(now);
        self.take_events();
        if let Some(frame) = &frame {
            assert!(self.bus.poll_transmit(now).is_none(), "two frames on the line at once");
            self.check_frame(now, frame);
            self.sent = Some(now);
        }
        frame
    }

    /// Lets time pass until `end`, doing what is due when it is due, or until a frame is sent; gives that frame and the
    /// moment.
    pub fn run_until(&mut self, mut now: Micros, end: Micros) -> (Micros, Option<Vec<u8>>) {
        let mut stuck = 0;
        loop {
            if let Some(frame) = self.turn(now) {
                return (now, Some(frame));
            }
            match self.bus.next_deadline() {
                Some(due) if due <= now => {
                    stuck += 1;
                    assert!(stuck < STUCK_AFTER_STEPS, "due in the past again and again");
                }
                Some(due) if due < end => {
                    (now, stuck) = (due, 0);
                }
                Some(_) | None => return (end, None),
            }
        }
    }

    /// Takes what the bus has told.
    pub fn take_events(&mut self) {
        while let Some((address, event)) = self.bus.poll_event() {
            if matches!(event, BusEvent::Job(JobEvent::Done { .. } | JobEvent::Failed(_))) {
                self.commissioned.remove(&address.number());
            }
            self.events.push((address, event));
        }
        while let Some(event) = self.bus.poll_scan() {
            if let ScanEvent::Progress { tried, total } = event {
                assert!(tried <= total, "more was tried than there is");
            }
        }
    }

    fn check_frame(&self, now: Micros, frame: &[u8]) {
        let parts = crate::frames::Parts::read(frame).expect("our frames are well formed");
        assert_eq!(parts.way, crate::frames::Way::ToDevice);
        for secret in &self.secrets {
            assert!(!frame.windows(16).any(|window| window == secret), "a key in the clear");
        }
        assert!(parts.code != crate::peers::code::KEYSET || parts.block_kind() == Some(0x17), "KEYSET in the clear");
        let offers_published = parts.block.as_ref().is_some_and(|(kind, content)| *kind == 0x11 && content != &[1]);
        assert!(!offers_published || self.commissioned.contains(&parts.address), "the published key was offered");
        // An answer has its time.
        if let Some(sent) = self.sent {
            let least = self.bus.line_speed().wire_time(frame.len().min(14)).min(Duration::from_millis(20));
            assert!(now.since(sent) >= least, "the line was not given to anybody for an answer");
        }
    }
}
