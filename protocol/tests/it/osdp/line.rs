//! A virtual RS-485 line in virtual time: one bus, several devices, bytes that take as long as the speed says.
//!
//! It drives the shipped code only. Whatever one end transmits reaches all others after its time on the wire, garbled as by
//! a UART for those at another speed; faults are those of `faults` plus bit flips and babble on the line itself. A run that
//! makes no progress in time panics.

use std::collections::BTreeSet;
use std::time::Duration;

use rackward_protocol::osdp::faults::{Fault, Faulty, misread};
use rackward_protocol::osdp::{
    Action, Address, Baud, Bus, BusConfig, BusEvent, CommandTag, DeviceConfig, DeviceIdentity, DeviceRole, Failure,
    JobEvent, Micros, NoEntropy, OutputAction, PanelCommand, Peripheral, PeripheralConfig, PeripheralKey, ScanEvent,
    Scbk, Ticks, Urgency,
};

/// A small generator (SplitMix64) whose seed a failing test prints.
#[derive(Clone, Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// True once in `n` times.
    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.roll().is_multiple_of(n)
    }

    /// A source of random bytes for one end.
    pub(crate) fn entropy(&mut self) -> impl FnMut(&mut [u8]) -> Result<(), NoEntropy> + Send + 'static {
        let mut own = Self(self.roll());
        move |out: &mut [u8]| {
            out.fill_with(|| own.roll() as u8);
            Ok(())
        }
    }
}

pub(crate) fn address(number: u8) -> Address {
    Address::parse(number).unwrap()
}

/// A key of its own for each number.
pub(crate) fn key(number: u8) -> Scbk {
    Scbk::parse(std::array::from_fn(|i| number.wrapping_mul(31) ^ (i as u8).wrapping_mul(17) ^ 0x5A)).unwrap()
}

pub(crate) fn identity(number: u8) -> DeviceIdentity {
    DeviceIdentity {
        oui: [0xCA, 0xFE, 0x01],
        model: 7,
        version: 1,
        serial: 1_000 + u32::from(number),
        firmware: [1, 2, 3],
    }
}

/// Bytes on their way.
struct Transit {
    arrives: Micros,
    from: Sender,
    speed: Baud,
    bytes: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sender {
    Bus,
    Device(Address),
    Nobody,
}

/// The line and everything on it.
pub(crate) struct Line {
    pub(crate) now: Micros,
    pub(crate) bus: Bus,
    pub(crate) devices: Vec<(Address, Faulty)>,
    /// When each of them has something to do; as many as there are devices.
    wakes: Vec<Micros>,
    pub(crate) events: Vec<(Micros, Address, BusEvent)>,
    pub(crate) actions: Vec<(Micros, Address, Action)>,
    /// Failed commands; `forget` does not forget them.
    pub(crate) failures: Vec<(Micros, CommandTag, Failure)>,
    /// Everything that was ever on the wire, with its sender's side.
    pub(crate) wire: Vec<(Micros, bool, Vec<u8>)>,
    pub(crate) dice: Dice,
    /// The bus hears itself, as many adapters do.
    pub(crate) echo: bool,
    /// One byte in so many has a flipped bit.
    pub(crate) flips_one_in: Option<u64>,
    /// Somebody babbles so often.
    pub(crate) babble_every: Option<Duration>,
    /// The driver takes no events.
    pub(crate) deaf: bool,
    babble_at: Micros,
    baud: Baud,
    transit: Vec<Transit>,
    busy_until: Micros,
    /// How often the bus spoke while somebody else did.
    pub(crate) collisions: u32,
    tags: u64,
    /// Time that devices added from now on take to answer.
    pub(crate) turnaround: Duration,
    /// Commands reach only the device they are for and replies only the bus, which saves time where nobody is disturbed by
    /// what others say.
    pub(crate) direct: bool,
    /// Devices whose last word was that they are online.
    pub(crate) online: BTreeSet<u8>,
    /// What the search found.
    pub(crate) found: Vec<ScanEvent>,
}

impl Line {
    pub(crate) fn new(baud: Baud, seed: u64) -> Self {
        println!("seed {seed}");
        let mut dice = Dice(seed);
        let bus = Bus::new(BusConfig::new(baud), dice.entropy());
        Self {
            now: Micros::from_secs(100),
            bus,
            devices: Vec::new(),
            wakes: Vec::new(),
            events: Vec::new(),
            actions: Vec::new(),
            failures: Vec::new(),
            wire: Vec::new(),
            dice,
            echo: false,
            flips_one_in: None,
            babble_every: None,
            deaf: false,
            babble_at: Micros::default(),
            baud,
            transit: Vec::new(),
            busy_until: Micros::default(),
            collisions: 0,
            tags: 0,
            turnaround: Duration::from_millis(3),
            direct: false,
            online: BTreeSet::new(),
            found: Vec::new(),
        }
    }

    /// A line with readers at 1..=n, all online.
    pub(crate) fn with_readers(baud: Baud, seed: u64, n: u8) -> Self {
        let mut line = Self::new(baud, seed);
        for number in 1..=n {
            line.add(number, DeviceRole::Reader);
        }
        line.settle();
        line
    }

    /// Adds a device with two inputs, one output and one reader, known to both sides.
    pub(crate) fn add(&mut self, number: u8, role: DeviceRole) {
        self.add_device(number, key(number), identity(number));
        let config = DeviceConfig::new(key(number), role);
        self.bus.add(self.now, address(number), config);
    }

    /// Adds a device to the line only.
    pub(crate) fn add_device(&mut self, number: u8, key: impl Into<PeripheralKey>, identity: DeviceIdentity) {
        let config = PeripheralConfig::new(address(number), key, identity, 2, 1, 1);
        self.add_peripheral(PeripheralConfig { baud: self.baud, turnaround: self.turnaround, ..config });
    }

    pub(crate) fn add_peripheral(&mut self, config: PeripheralConfig) {
        let address = config.address;
        let device = Peripheral::new(config, self.dice.entropy());
        self.devices.push((address, Faulty::new(address, device)));
    }

    /// Replaces the panel by one that has just been started.
    pub(crate) fn restart_bus(&mut self) {
        self.bus = Bus::new(BusConfig::new(self.baud), self.dice.entropy());
    }

    pub(crate) fn device(&mut self, number: u8) -> &mut Faulty {
        let (wanted, now) = (address(number), self.now);
        // Whatever is done to it, it looks at its clock before and afterwards.
        self.wakes.clear();
        let device = self.devices.iter_mut().find(|(address, _)| *address == wanted).map(|(_, device)| device).unwrap();
        device.handle_timeout(now);
        device
    }

    pub(crate) fn fault(&mut self, number: u8, fault: Fault) {
        self.device(number).set(fault);
    }

    pub(crate) fn card(&mut self, number: u8, data: &[u8]) {
        self.device(number).peripheral().card(0, 26, data).unwrap();
    }

    pub(crate) fn send(&mut self, number: u8, command: PanelCommand, urgency: Urgency) -> CommandTag {
        self.send_until(number, command, urgency, None)
    }

    pub(crate) fn send_until(
        &mut self,
        number: u8,
        command: PanelCommand,
        urgency: Urgency,
        not_after: Option<Micros>,
    ) -> CommandTag {
        self.tags += 1;
        let tag = CommandTag(self.tags);
        self.bus.send(self.now, address(number), command, tag, urgency, not_after).unwrap();
        tag
    }

    pub(crate) fn release(&mut self, number: u8, ticks: u16) -> CommandTag {
        self.send(number, release(ticks), Urgency::Release)
    }

    /// Runs until everybody has been online and the line is in its rhythm.
    pub(crate) fn settle(&mut self) {
        let end = self.now + Duration::from_secs(30);
        let all_online = |line: &Self| line.devices.iter().all(|(address, _)| line.is_online(address.number()));
        assert!(self.run_until(end, all_online), "not all devices came online");
        self.run(Duration::from_secs(1));
    }

    /// Whether the last word on a device was that it is online.
    pub(crate) fn is_online(&self, number: u8) -> bool {
        let word = self.events.iter().rev().find_map(|(_, address, event)| match event {
            BusEvent::Online { .. } if address.number() == number => Some(true),
            BusEvent::Offline { .. } if address.number() == number => Some(false),
            _ => None,
        });
        word.unwrap_or(false)
    }

    pub(crate) fn forget(&mut self) {
        self.events.clear();
        self.actions.clear();
        self.wire.clear();
    }

    /// Events of one device since the last `forget`.
    pub(crate) fn events_of(&self, number: u8) -> Vec<BusEvent> {
        let own = self.events.iter().filter(|(_, address, _)| address.number() == number);
        own.map(|(_, _, event)| event.clone()).collect()
    }

    /// How the last job of one device ended; progress does not count.
    pub(crate) fn job_end_of(&self, number: u8) -> Option<JobEvent> {
        self.events.iter().rev().find_map(|(_, address, event)| match event {
            BusEvent::Job(end @ (JobEvent::Done { .. } | JobEvent::Failed(_))) if address.number() == number => {
                Some(*end)
            }
            _ => None,
        })
    }

    /// Levels that output 0 of one device went through.
    pub(crate) fn outputs_of(&self, number: u8) -> Vec<bool> {
        let own = self.actions.iter().filter(|(_, address, _)| address.number() == number);
        own.filter_map(|(_, _, action)| match action {
            Action::Output { index: 0, on } => Some(*on),
            _ => None,
        })
        .collect()
    }

    /// How often a device was polled or otherwise asked.
    pub(crate) fn asked(&self, number: u8) -> usize {
        self.wire.iter().filter(|(_, from_bus, bytes)| *from_bus && bytes.get(1) == Some(&number)).count()
    }

    pub(crate) fn run(&mut self, span: Duration) {
        let end = self.now + span;
        self.run_until(end, |_| false);
    }

    /// Runs until `done`, at most until `end`; tells whether it was done.
    pub(crate) fn run_until(&mut self, end: Micros, done: impl Fn(&Self) -> bool) -> bool {
        let mut still = 0;
        self.wakes.clear();
        self.pump();
        while !done(self) {
            let next = self.next_instant();
            still = if next <= self.now { still + 1 } else { 0 };
            assert!(still < 1_000, "no progress in time at {:?}", self.now);
            if next > end {
                self.now = end;
                return false;
            }
            self.now = self.now.max(next);
            self.deliver();
            self.pump();
        }
        true
    }

    /// Lets time pass while the panel's program is stopped; devices go on.
    pub(crate) fn pause_bus(&mut self, span: Duration) {
        self.now = self.now + span;
        self.transit.clear();
        self.wakes.clear();
        for (_, device) in &mut self.devices {
            device.handle_timeout(self.now);
        }
    }

    fn next_instant(&self) -> Micros {
        let transit = self.transit.iter().map(|t| t.arrives);
        let devices = self.wakes.iter().copied();
        let babble = self.babble_every.map(|_| self.babble_at);
        transit.chain(devices).chain(babble).chain(self.bus.next_deadline()).min().unwrap_or(Micros(u64::MAX))
    }

    fn deliver(&mut self) {
        self.babble();
        let now = self.now;
        let (arrived, rest) = std::mem::take(&mut self.transit).into_iter().partition(|t| t.arrives <= now);
        self.transit = rest;
        let arrived: Vec<Transit> = arrived;
        for Transit { from, speed, bytes, .. } in arrived {
            if from != Sender::Bus || self.echo {
                let heard = misread(&bytes, speed, self.bus.line_speed());
                self.bus.handle_bytes(now, &heard);
            }
            for ((address, device), wake) in self.devices.iter_mut().zip(&mut self.wakes) {
                match from {
                    Sender::Device(sender) if sender == *address || self.direct => continue,
                    Sender::Bus if self.direct && bytes[1] != address.number() => continue,
                    Sender::Bus | Sender::Device(_) | Sender::Nobody => {}
                }
                let own = device.peripheral().baud();
                if own == speed {
                    device.handle_bytes(now, &bytes);
                } else {
                    device.handle_bytes(now, &misread(&bytes, speed, own));
                }
                *wake = now;
            }
        }
        self.bus.handle_timeout(now);
        for ((_, device), wake) in self.devices.iter_mut().zip(&self.wakes) {
            if *wake <= now {
                device.handle_timeout(now);
            }
        }
    }

    /// Moves what the ends have to say onto the wire and what they have to tell into the logs.
    fn pump(&mut self) {
        let now = self.now;
        while let Some(bytes) = self.bus.poll_transmit(now) {
            if now < self.busy_until {
                self.collisions += 1;
            }
            let speed = self.bus.line_speed();
            self.transmit(Sender::Bus, speed, bytes);
        }
        let mut replies = Vec::new();
        self.wakes.resize(self.devices.len(), now);
        for ((address, device), wake) in self.devices.iter_mut().zip(&mut self.wakes) {
            if *wake > now {
                continue;
            }
            let speed = device.peripheral().baud();
            while let Some(bytes) = device.poll_transmit(now) {
                replies.push((*address, speed, bytes));
            }
            while let Some(action) = device.peripheral().poll_action() {
                self.actions.push((now, *address, action));
            }
            *wake = device.next_deadline().unwrap_or(Micros(u64::MAX));
        }
        for (address, speed, bytes) in replies {
            self.transmit(Sender::Device(address), speed, bytes);
        }
        while let Some(event) = self.bus.poll_scan() {
            self.found.push(event);
        }
        while !self.deaf
            && let Some((address, event)) = self.bus.poll_event()
        {
            if let BusEvent::Failed { tag, why } = event {
                self.failures.push((now, tag, why));
            }
            match event {
                BusEvent::Online { .. } => drop(self.online.insert(address.number())),
                BusEvent::Offline { .. } => drop(self.online.remove(&address.number())),
                _ => {}
            }
            self.events.push((now, address, event));
        }
    }

    fn transmit(&mut self, from: Sender, speed: Baud, mut bytes: Vec<u8>) {
        self.wire.push((self.now, from == Sender::Bus, bytes.clone()));
        if let Some(n) = self.flips_one_in {
            for byte in &mut bytes {
                if self.dice.one_in(n) {
                    *byte ^= 1 << (self.dice.roll() % 8);
                }
            }
        }
        let arrives = self.now + speed.wire_time(bytes.len());
        self.busy_until = self.busy_until.max(arrives);
        self.transit.push(Transit { arrives, from, speed, bytes });
    }

    /// Puts bytes on the line from outside.
    pub(crate) fn inject(&mut self, bytes: Vec<u8>) {
        self.transmit(Sender::Nobody, self.baud, bytes);
    }

    fn babble(&mut self) {
        if let Some(every) = self.babble_every
            && self.now >= self.babble_at
        {
            self.babble_at = self.now + every;
            let length = 1 + self.dice.roll() % 40;
            let noise = (0..length).map(|_| if self.dice.one_in(8) { 0x53 } else { self.dice.roll() as u8 }).collect();
            self.inject(noise);
        }
    }
}

/// Output 0 on for so many tenths of a second.
pub(crate) fn release(ticks: u16) -> PanelCommand {
    PanelCommand::Output { index: 0, action: OutputAction::OnFor(Ticks::parse(ticks).unwrap()) }
}

pub(crate) const CARD: [u8; 4] = [0x12, 0x34, 0x56, 0x40];

/// Cards among events, as their bytes.
pub(crate) fn cards(events: &[BusEvent]) -> Vec<Vec<u8>> {
    let card = |event: &BusEvent| match event {
        BusEvent::Card { data, .. } => Some(data.expose().to_vec()),
        _ => None,
    };
    events.iter().filter_map(card).collect()
}
