//! The Secure Channel against somebody who has everything but the key: right frames, right numbers, the tape of an earlier
//! session, other keys. They open no session, are told nothing and make nobody act; an open session does nothing for them.

use std::time::Duration;

use rackward_protocol::osdp::{Action, Baud, BusEvent, DeviceRole, Micros, PeripheralKey};

use crate::draw::Draw;
use crate::ends::{Watched, address, known, peripheral, peripheral_with};
use crate::frames::{Parts, Way, mend};
use crate::messages::{parts, shake_hands};
use crate::peers::{Asked, DevicePeer, PUBLISHED, PanelPeer, key};

const NUMBER: u8 = 1;

/// One run.
pub fn run(data: &[u8]) {
    let mut draw = Draw::new(data);
    match draw.below(4) {
        0 => before_the_panel(&mut draw),
        1 => before_the_device(&mut draw),
        2 => beside_a_session(&mut draw),
        _ => in_install_mode(&mut draw),
    }
}

/// A key that is not the device's.
fn other_key(draw: &mut Draw<'_>) -> [u8; 16] {
    match draw.below(3) {
        0 => PUBLISHED,
        1 => key(NUMBER + 1),
        _ => {
            let mut near = key(NUMBER);
            near[usize::from(draw.below(16))] ^= 1 << draw.below(8);
            near
        }
    }
}

/// Somebody answers in the device's place.
fn before_the_panel(draw: &mut Draw<'_>) {
    let mut line = Watched::new(Baud::B38400);
    let mut now = Micros::from_secs(1);
    line.bus.add(now, address(NUMBER), known(NUMBER, DeviceRole::Reader));
    let mut liar = DevicePeer::new(NUMBER, other_key(draw), Baud::B38400);
    liar.is_in_install_mode = draw.coin();
    while !draw.is_empty() {
        let (at, frame) = line.run_until(now, now + Duration::from_secs(9));
        now = at + Duration::from_millis(10);
        let Some(frame) = frame else { continue };
        let asked = parts(&frame);
        assert!(matches!(asked.block_kind(), None | Some(0x11)), "a step that only a proven key brings about");
        assert!(asked.block.as_ref().is_none_or(|(_, content)| content == &[1]), "the published key was asked for");
        let answer = match draw.below(4) {
            0 => match liar.hear(&frame) {
                Asked::Answered(mut answer) => {
                    spoil(draw, &mut answer);
                    answer
                }
                Asked::Nothing | Asked::Command(_) => Vec::new(),
            },
            1 => Parts::drawn(draw, Way::ToPanel, NUMBER).bytes(),
            _ => {
                let (kind, code) = *pick(draw, &[(0x12, 0x76), (0x14, 0x78), (0x16, 0x40), (0x18, 0x50), (0x12, 0x41)]);
                let data: Vec<u8> = match draw.below(3) {
                    0 => asked.data.iter().copied().cycle().take(usize::from(draw.byte() & 63)).collect(),
                    1 => vec![draw.byte(); 32],
                    _ => draw.bytes(48).to_vec(),
                };
                let content = [draw.below(3)];
                Parts::plain(Way::ToPanel, NUMBER, asked.sequence, code, &data).with_block(kind, &content).bytes()
            }
        };
        line.feed(now, &answer);
    }
    for (_, event) in &line.events {
        assert!(is_talk_of_trouble(event), "{event:?} without a key");
    }
}

fn is_talk_of_trouble(event: &BusEvent) -> bool {
    matches!(event, BusEvent::Offline { .. } | BusEvent::Security(_) | BusEvent::Line(_))
}

fn pick<'a, T>(draw: &mut Draw<'_>, items: &'a [T]) -> &'a T {
    &items[usize::from(draw.byte()) % items.len()]
}

/// Sometimes one byte is another; the check is right all the same.
fn spoil(draw: &mut Draw<'_>, bytes: &mut [u8]) {
    if draw.coin() {
        let at = 4 + usize::from(draw.byte()) % (bytes.len() - 4);
        bytes[at] ^= draw.byte();
        mend(bytes);
    }
}

/// Somebody asks in the panel's place, before any session or after one that they recorded.
fn before_the_device(draw: &mut Draw<'_>) {
    let mut device = peripheral(NUMBER, Baud::B38400);
    let mut now = Micros::from_secs(1);
    let mut tape = Vec::new();
    if draw.coin() {
        let mut panel = PanelPeer::new(NUMBER, key(NUMBER));
        shake_hands(&mut device, &mut panel, now);
        tape = vec![panel.seal(0x68, &[0, 2, 0, 0]), panel.seal(0x60, &[])];
        // The true panel leaves; its last words were never delivered.
        now = now + Duration::from_secs(9);
        device.handle_timeout(now);
        while device.poll_action().is_some() {}
    }
    let mut liar = PanelPeer::new(NUMBER, other_key(draw));
    let mut frame = Vec::new();
    while !draw.is_empty() {
        now = now + Duration::from_millis(u64::from(draw.byte()) * 2);
        let mut ask = match draw.below(5) {
            0 => liar.challenge([draw.byte(); 8]),
            1 => liar.shake(&frame).unwrap_or_default(),
            2 => Parts::drawn(draw, Way::ToDevice, NUMBER).bytes(),
            3 if !tape.is_empty() => pick(draw, &tape).clone(),
            _ => {
                let kind = 0x11 + draw.below(8);
                let code = *pick(draw, &[0x76, 0x77, 0x68, 0x69, 0x75, 0x60, 0x6E]);
                let (sequence, content) = (draw.byte(), [draw.below(3)]);
                let data = draw.bytes(48);
                Parts::plain(Way::ToDevice, NUMBER, sequence, code, data).with_block(kind, &content).bytes()
            }
        };
        if ask.len() > 4 {
            spoil(draw, &mut ask);
        }
        device.handle_bytes(now, &ask);
        frame = device.poll_transmit(now).unwrap_or_default();
        assert_eq!(device.poll_action(), None, "a device acted for somebody without its key");
    }
}

/// The command that a panel with the key would send first. Every run has the same nonces, so that the fuzzer, which sees what
/// is compared, comes to know these bytes without the key; sent by whomever, they are the panel's.
fn first_command() -> Vec<u8> {
    let (mut device, mut panel) = (peripheral(NUMBER, Baud::B38400), PanelPeer::new(NUMBER, key(NUMBER)));
    shake_hands(&mut device, &mut panel, Micros::from_secs(1));
    panel.seal(0x68, &[0, 2, 0, 0])
}

/// Somebody puts frames between those of an open session; nothing of theirs is carried out.
fn beside_a_session(draw: &mut Draw<'_>) {
    let mut device = peripheral(NUMBER, Baud::B38400);
    let mut panel = PanelPeer::new(NUMBER, key(NUMBER));
    let now = Micros::from_secs(1);
    shake_hands(&mut device, &mut panel, now);
    let truth = first_command();
    let mut heard = Vec::new();
    while !draw.is_empty() {
        let mut forged = match draw.below(3) {
            0 => Parts::drawn(draw, Way::ToDevice, NUMBER).bytes(),
            1 => {
                let kind = 0x15 + 2 * draw.below(2);
                let data = draw.bytes(40);
                Parts::plain(Way::ToDevice, NUMBER, draw.byte(), 0x68, data).with_block(kind, &[]).bytes()
            }
            _ => {
                // A true command, one byte of which is another.
                let mut bytes = PanelPeer::seal(&mut panel, 0x68, &[0, 2, 0, 0]);
                let at = 5 + usize::from(draw.byte()) % (bytes.len() - 7);
                bytes[at] ^= draw.byte().max(1);
                mend(&mut bytes);
                bytes
            }
        };
        if draw.below(4) == 0 {
            forged.truncate(usize::from(draw.byte()) % forged.len());
        }
        heard.extend_from_slice(&forged);
        if heard.windows(truth.len()).any(|bytes| bytes == truth) {
            return;
        }
        device.handle_bytes(now, &forged);
        let _ = device.poll_transmit(now);
        while let Some(action) = device.poll_action() {
            assert_eq!(action, Action::SecureDown, "a forged frame was carried out");
        }
    }
}

/// Somebody finds a device that waits for its first key. They may look around and give it a key and a place, but it moves
/// no lock and tells no card for them.
fn in_install_mode(draw: &mut Draw<'_>) {
    let mut device = peripheral_with(NUMBER, Baud::B38400, PeripheralKey::Install);
    let mut panel = PanelPeer::with_published_key(NUMBER);
    let now = Micros::from_secs(1);
    shake_hands(&mut device, &mut panel, now);
    device.set_input(0, 1);
    while !draw.is_empty() && panel.is_open() {
        assert!(device.card(0, 26, &[1, 2, 3, 0x40]).is_err(), "a card for somebody without a key");
        let (code, data) = (0x60 + draw.below(0x50), draw.bytes(40));
        let command = panel.seal(code, data);
        device.handle_bytes(now, &command);
        while let Some(action) = device.poll_action() {
            let is_harmless = matches!(
                action,
                Action::KeyChanged(_) | Action::LineChanged { .. } | Action::SecureUp | Action::SecureDown
            );
            assert!(is_harmless, "{action:?} for somebody without a key");
        }
        let Some(reply) = device.poll_transmit(now) else { continue };
        let Some(said) = panel.open(&reply) else { continue };
        assert!(!matches!(said.code, 0x50 | 0x53), "a card or keys for somebody without a key");
    }
}
