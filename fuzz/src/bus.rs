//! The panel's engine: arbitrary bytes and timings from the line among commands, jobs, searches and changes of what is on
//! it. One frame is on the line at a time, every command that was taken ends once, time goes on, nothing is told that no
//! key vouches for, and no key is ever in the clear.

use std::collections::BTreeMap;
use std::time::Duration;

use rackward_protocol::osdp::{
    Address, Baud, BusEvent, CommandTag, DeviceRole, FirstKey, Job, JobEvent, Micros, Urgency,
};

use crate::commands;
use crate::draw::Draw;
use crate::ends::{Watched, address, known, scbk};
use crate::frames::{Parts, Way, mend};
use crate::peers::{Asked, DevicePeer, Said, code, key};

/// Devices that exist on the line; the bus may know more.
const DEVICES: u8 = 3;
/// The line's speed.
const SPEED: Baud = Baud::B115200;
/// Frames one run may bring about, so that it ends.
const FRAME_LIMIT_FRAMES: u32 = 80;

/// A line with devices that hold their keys and say whatever is drawn.
struct Run {
    line: Watched,
    now: Micros,
    devices: Vec<DevicePeer>,
    /// The frame that waits for an answer.
    asked: Option<Vec<u8>>,
    tags: BTreeMap<u64, u32>,
    /// Replies with a card, an input or a key that a device sealed.
    vouched: usize,
    frames: u32,
    jobs: usize,
}

/// One run.
pub fn run(data: &[u8]) {
    let mut draw = Draw::new(data);
    let mut run = Run::new();
    while !draw.is_empty() && run.frames < FRAME_LIMIT_FRAMES {
        match draw.below(12) {
            0..=4 => run.go_on(&mut draw),
            5 | 6 => run.say_anything(&mut draw),
            7 | 8 => run.send(&mut draw),
            9 => run.begin(&mut draw),
            10 => run.change(&mut draw),
            _ => {
                run.now = run.now + Duration::from_micros(u64::from(draw.short()) * 100);
                run.turn();
            }
        }
    }
    run.end();
}

impl Run {
    fn new() -> Self {
        let mut line = Watched::new(SPEED);
        let now = Micros::from_secs(1);
        for number in 1..=DEVICES {
            line.bus.add(now, address(number), known(number, DeviceRole::Lock));
        }
        let devices = (1..=DEVICES).map(|number| DevicePeer::new(number, key(number), SPEED)).collect();
        Self { line, now, devices, asked: None, tags: BTreeMap::new(), vouched: 0, frames: 0, jobs: 0 }
    }

    fn turn(&mut self) {
        if let Some(frame) = self.line.turn(self.now) {
            self.frames += 1;
            self.asked = Some(frame);
        }
    }

    /// Time goes on until something is asked, and whoever is asked answers: as one should, or not.
    fn go_on(&mut self, draw: &mut Draw<'_>) {
        if self.asked.is_none() {
            let (at, frame) = self.line.run_until(self.now, self.now + Duration::from_secs(1));
            self.now = at;
            self.frames += 1;
            self.asked = frame;
        }
        let Some(frame) = self.asked.take() else { return };
        self.now = self.now + Duration::from_millis(2 + u64::from(draw.byte() & 7));
        let speed = self.line.bus.line_speed();
        let is_asked = |device: &&mut DevicePeer| frame.get(1) == Some(&device.address) && device.baud == speed;
        let Some(device) = self.devices.iter_mut().find(is_asked) else { return };
        let mut answer = match device.hear(&frame) {
            Asked::Nothing => return,
            Asked::Answered(answer) => answer,
            Asked::Command(said) => {
                let (code, data) = content(draw, &said);
                self.vouched += usize::from(matches!(code, 0x49 | 0x50 | 0x53));
                let answer = device.reply(&said, code, &data);
                obey(device, &said, code, &data);
                answer
            }
        };
        match draw.below(16) {
            0 => return,
            1 => {
                let at = usize::from(draw.byte()) % answer.len();
                answer[at] ^= draw.byte();
            }
            2 => {
                let at = usize::from(draw.byte()) % answer.len();
                answer[at] ^= draw.byte();
                mend(&mut answer);
            }
            3 => self.now = self.now + Duration::from_millis(u64::from(draw.byte()) * 2),
            _ => {}
        }
        self.line.feed(self.now, &answer);
    }

    /// Somebody speaks, as the one who is asked or as anybody.
    fn say_anything(&mut self, draw: &mut Draw<'_>) {
        let number = draw.below(DEVICES + 2);
        let bytes = match draw.below(4) {
            0 => draw.bytes(60).to_vec(),
            1 => Parts::drawn(draw, Way::ToPanel, number).bytes(),
            2 => {
                let asked = self.asked.as_deref().and_then(Parts::read);
                let (number, sequence) = asked.map_or((number, 0), |asked| (asked.address, asked.sequence));
                let code = [0x40, 0x41, 0x79, 0x50, 0x54, 0x76, 0x78, 0x7A][usize::from(draw.below(8))];
                let sequence = if code == 0x79 { 0 } else { sequence };
                Parts::plain(Way::ToPanel, number, sequence, code, draw.bytes(16)).bytes()
            }
            // Its own words come back.
            _ => self.asked.clone().unwrap_or_default(),
        };
        self.line.feed(self.now, &bytes);
    }

    fn send(&mut self, draw: &mut Draw<'_>) {
        let tag = self.tags.len() as u64;
        let urgency = if draw.coin() { Urgency::Release } else { Urgency::Normal };
        let not_after = draw.coin().then(|| self.now + Duration::from_millis(u64::from(draw.byte()) * 10));
        let command = commands::drawn(draw);
        let number = draw.below(DEVICES + 1) + 1;
        if self.line.bus.send(self.now, address(number), command, CommandTag(tag), urgency, not_after).is_ok() {
            self.tags.insert(tag, 0);
        }
        self.turn();
    }

    fn begin(&mut self, draw: &mut Draw<'_>) {
        let number = draw.below(DEVICES) + 1;
        let fresh = scbk(key(DEVICES + 1 + draw.below(3)));
        let job = match draw.below(6) {
            0 => {
                let (first, until) = (draw.coin(), self.now + Duration::from_secs(10));
                let first = if first { FirstKey::Published } else { FirstKey::Given(scbk(key(DEVICES + 1))) };
                Job::Commission { first, fresh, until }
            }
            1 => Job::RollKey { fresh },
            2 => {
                let baud = if draw.coin() { Baud::B9600 } else { Baud::B115200 };
                Job::SetLine { address: address(draw.below(8)), baud }
            }
            3 => Job::SendFile { kind: draw.byte(), contents: draw.bytes(200).into() },
            4 => {
                let _ = self.line.bus.begin_scan(self.now, &[Baud::B9600, SPEED]);
                return;
            }
            _ => {
                self.line.bus.stop_job(self.now, address(number));
                self.line.take_events();
                return;
            }
        };
        self.line.take_events();
        let offers_published = matches!(job, Job::Commission { first: FirstKey::Published, .. });
        if self.line.bus.begin_job(self.now, address(number), job).is_ok() {
            self.jobs += 1;
            if offers_published {
                self.line.commissioned.insert(number);
            }
        }
    }

    fn change(&mut self, draw: &mut Draw<'_>) {
        let number = draw.below(DEVICES) + 1;
        let device = &mut self.devices[usize::from(number) - 1];
        match draw.below(6) {
            0 => self.line.bus.remove(address(number)),
            1 => self.line.bus.add(self.now, address(number), known(number, DeviceRole::Handle)),
            2 => device.restart(),
            3 => device.is_in_install_mode = !device.is_in_install_mode,
            4 => device.baud = if device.baud == SPEED { Baud::B9600 } else { SPEED },
            // A device with another key.
            _ => *device = DevicePeer::new(number, key(number + DEVICES), SPEED),
        }
        let _ = self.line.bus.device_view(address(number));
        self.line.take_events();
    }

    /// Nobody answers any more: everything that was taken must end.
    fn end(mut self) {
        let end = self.now + Duration::from_secs(12);
        let mut turns = 0;
        while self.now < end {
            let (at, _) = self.line.run_until(self.now, end);
            // A frame takes at least a moment on the wire.
            self.now = at + Duration::from_micros(500);
            turns += 1;
            assert!(turns < 1_000, "a dead line is busy");
        }
        for number in 0..=Address::HIGHEST {
            self.line.bus.remove(address(number));
        }
        self.line.take_events();
        let (mut told, mut jobs) = (0, 0);
        for (_, event) in &self.line.events {
            match event {
                BusEvent::Done { tag } | BusEvent::Failed { tag, .. } => {
                    *self.tags.get_mut(&tag.0).expect("the end of a command that was not taken") += 1;
                }
                BusEvent::Card { .. } | BusEvent::Keypad { .. } | BusEvent::Inputs(_) => told += 1,
                BusEvent::Job(JobEvent::Done { .. } | JobEvent::Failed(_)) => jobs += 1,
                BusEvent::Job(JobEvent::Progress { sent, total }) => assert!(sent <= total, "more than there is"),
                _ => {}
            }
        }
        assert_eq!(jobs, self.jobs, "every job ends once");
        assert!(told <= self.vouched, "something was told that no key vouched for");
        for (tag, times) in &self.tags {
            assert_eq!(*times, 1, "command {tag} ends once");
        }
    }
}

/// Mostly what the panel expects; otherwise anything.
fn content(draw: &mut Draw<'_>, said: &Said) -> (u8, Vec<u8>) {
    if draw.below(4) == 0 {
        let codes = [0x40, 0x41, 0x49, 0x50, 0x53, 0x54, 0x79, 0x7A];
        return (codes[usize::from(draw.below(8))], draw.bytes(24).to_vec());
    }
    let (code, data): (u8, &[u8]) = match said.code {
        0x61 => (0x45, &[1, 2, 3, 4, 5, 6, 0, 0, 0, 7, 8, 9]),
        0x62 => (0x46, &[1, 1, 2, 2, 4, 1, 10, 0x80, 0]),
        0x64 => (0x48, &[0, 0]),
        0x65 => (0x49, &[0, 1]),
        0x66 => (0x4A, &[0, 0]),
        0x67 => (0x4B, &[0]),
        0x6E => (0x54, &said.data),
        0x7C => (0x7A, &[0, 0, 0, 0, 0, 0, 0]),
        _ => (0x40, &[]),
    };
    (code, data.to_vec())
}

/// What a device does with a key or place it was given, once it has said so.
fn obey(device: &mut DevicePeer, said: &Said, reply: u8, data: &[u8]) {
    match (said.code, reply, data) {
        (code::KEYSET, 0x40, _) => {
            if let Some((_, key)) = said.data.split_last_chunk::<16>() {
                device.key = *key;
                device.is_in_install_mode = false;
            }
        }
        (0x6E, 0x54, &[number, a, b, c, d]) => {
            let baud = Baud::parse(u32::from_le_bytes([a, b, c, d]));
            if let (Ok(_), Ok(baud)) = (Address::parse(number), baud) {
                device.address = number;
                device.baud = baud;
            }
        }
        _ => {}
    }
}
