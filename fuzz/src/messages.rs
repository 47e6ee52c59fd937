//! Messages inside a true session: any code with any data, from a peer that holds the key. Each end reads it as what it is
//! or refuses it, answers once, and goes on.

use std::time::Duration;

use rackward_protocol::osdp::{
    Action, Baud, BusEvent, CommandTag, DeviceRole, Micros, PanelCommand, Peripheral, Urgency,
};

use crate::draw::Draw;
use crate::ends::{Watched, address, known, peripheral};
use crate::frames::Parts;
use crate::peers::{Asked, DevicePeer, PanelPeer, key};

/// The only device of a run.
const NUMBER: u8 = 1;

/// Reply codes that a device of ours may use inside a session.
const REPLIES: [u8; 19] =
    [0x40, 0x41, 0x45, 0x46, 0x48, 0x49, 0x4A, 0x4B, 0x50, 0x51, 0x53, 0x54, 0x57, 0x58, 0x59, 0x79, 0x7A, 0x80, 0x90];

/// Commands whose layout is known, drawn more often than others.
const COMMANDS: [u8; 20] = [
    0x60, 0x61, 0x62, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x75, 0x7B, 0x7C, 0x80, 0xA2,
    0xA7,
];

/// One run.
pub fn run(data: &[u8]) {
    let mut draw = Draw::new(data);
    if draw.coin() { at_the_device(&mut draw) } else { at_the_panel(&mut draw) }
}

fn code(draw: &mut Draw<'_>, usual: &[u8]) -> u8 {
    let byte = draw.byte();
    if byte < 0xC0 { usual[usize::from(byte) % usual.len()] } else { draw.byte() }
}

/// Our device in front of a panel that says anything.
fn at_the_device(draw: &mut Draw<'_>) {
    let mut device = peripheral(NUMBER, Baud::B38400);
    let mut panel = PanelPeer::new(NUMBER, key(NUMBER));
    let mut now = Micros::from_secs(1);
    shake_hands(&mut device, &mut panel, now);
    let mut may_drive = false;
    while !draw.is_empty() && panel.is_open() {
        now = now + Duration::from_millis(u64::from(draw.byte()) * 4);
        if draw.below(4) == 0 {
            let value = draw.byte();
            device.set_input(value & 3, value >> 2);
            let _ = device.card(0, u16::from(draw.byte()), draw.bytes(16));
        }
        let (code, data) = (code(draw, &COMMANDS), draw.bytes(64).to_vec());
        may_drive |= code == 0x68;
        let command = panel.seal(code, &data);
        device.handle_bytes(now, &command);
        device.handle_timeout(now);
        while let Some(action) = device.poll_action() {
            assert!(!matches!(action, Action::Output { .. }) || may_drive, "an output that nobody commanded");
        }
        let reply = device.poll_transmit(now);
        assert!(device.poll_transmit(now).is_none(), "two answers to one command");
        let Some(reply) = reply else { continue };
        let Some(said) = panel.open(&reply) else { continue };
        assert!(REPLIES.contains(&said.code), "an answer nobody knows: {:#04x}", said.code);
    }
}

/// Makes a session between a device of ours and a panel that holds its key.
///
/// # Panics
/// The device does not let whoever holds its key in.
pub(crate) fn shake_hands(device: &mut Peripheral, panel: &mut PanelPeer, now: Micros) {
    let mut frame = Some(panel.challenge([9; 8]));
    while let Some(bytes) = frame {
        device.handle_bytes(now, &bytes);
        let answer = device.poll_transmit(now).expect("a device answers the handshake");
        frame = panel.shake(&answer);
    }
    assert!(panel.is_open(), "whoever holds the key is let in");
    while device.poll_action().is_some() {}
}

/// Our panel in front of a device that says anything.
fn at_the_panel(draw: &mut Draw<'_>) {
    let mut line = Watched::new(Baud::B38400);
    let mut now = Micros::from_secs(1);
    line.bus.add(now, address(NUMBER), known(NUMBER, DeviceRole::Reader));
    let mut device = DevicePeer::new(NUMBER, key(NUMBER), Baud::B38400);
    let (mut cards, mut tags) = (Vec::new(), 0);
    while !draw.is_empty() {
        let (at, frame) = line.run_until(now, now + Duration::from_secs(2));
        now = at + Duration::from_millis(10);
        let Some(frame) = frame else { continue };
        match device.hear(&frame) {
            Asked::Nothing => {}
            Asked::Answered(reply) => line.feed(now, &reply),
            Asked::Command(said) => {
                let (code, data) = reply_to(draw, said.code);
                if code == 0x50 {
                    cards.push(data.clone());
                }
                let reply = device.reply(&said, code, &data);
                line.feed(now, &reply);
            }
        }
        if draw.below(8) == 7 {
            tags += 1;
            let command = PanelCommand::ReadInputs;
            let _ = line.bus.send(now, address(NUMBER), command, CommandTag(tags), Urgency::Normal, None);
        }
    }
    check_told(&line.events, &cards, tags);
}

/// Mostly what the survey expects, so that the device comes online; otherwise anything.
fn reply_to(draw: &mut Draw<'_>, command: u8) -> (u8, Vec<u8>) {
    let usual: (u8, &[u8]) = match command {
        0x61 => (0x45, &[1, 2, 3, 4, 5, 6, 0, 0, 0, 7, 8, 9]),
        0x62 => (0x46, &[1, 1, 2, 13, 0, 1]),
        0x64 => (0x48, &[0, 0]),
        0x65 => (0x49, &[0, 1]),
        0x66 => (0x4A, &[0, 0]),
        0x67 => (0x4B, &[0]),
        _ => (0x40, &[]),
    };
    if draw.below(3) == 0 { (usual.0, usual.1.to_vec()) } else { (code(draw, &REPLIES), draw.bytes(64).to_vec()) }
}

/// What is told was said: a card's bits are those of one reply, and nothing ends twice.
fn check_told(events: &[(rackward_protocol::osdp::Address, BusEvent)], cards: &[Vec<u8>], tags: u64) {
    let mut ended = vec![0; tags as usize + 1];
    let mut unused = cards.to_vec();
    for (_, event) in events {
        match event {
            BusEvent::Card { reader, bit_count, data, .. } => {
                let bits = usize::from(*bit_count);
                let is_it = |raw: &Vec<u8>| {
                    let [own, _, low, high, rest @ ..] = raw.as_slice() else { return false };
                    own == reader
                        && u16::from_le_bytes([*low, *high]) == *bit_count
                        && same_bits(rest, data.expose(), bits)
                };
                let at = unused.iter().position(is_it).expect("a card that nobody presented");
                unused.remove(at);
            }
            BusEvent::Done { tag } | BusEvent::Failed { tag, .. } => ended[tag.0 as usize] += 1,
            _ => {}
        }
    }
    assert!(ended.iter().all(|times| *times <= 1), "a command ended twice");
}

/// Whether the first `count` bits are the same and the rest of `cut` is zero.
fn same_bits(whole: &[u8], cut: &[u8], count: usize) -> bool {
    let bit = |bytes: &[u8], at: usize| bytes.get(at / 8).map(|byte| byte >> (7 - at % 8) & 1);
    (0..count).all(|at| bit(cut, at).is_some() && bit(cut, at) == bit(whole, at))
        && (count..cut.len() * 8).all(|at| bit(cut, at) == Some(0))
        && cut.len() == count.div_ceil(8)
}

/// The parts of a frame of ours.
///
/// # Panics
/// It is not well formed.
pub(crate) fn parts(raw: &[u8]) -> Parts {
    Parts::read(raw).expect("our frames are well formed")
}
