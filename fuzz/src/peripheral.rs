//! The device's engine: arbitrary bytes and timings from the line among cards, keys, inputs and power cuts. Without a
//! session it does nothing; it answers a command for it at most once, nobody else's ever, and its time goes on.

use std::time::Duration;

use rackward_protocol::osdp::{Action, Baud, Micros};

use crate::draw::Draw;
use crate::ends::peripheral;
use crate::frames::{Parts, Way};
use crate::peers::key;

const NUMBER: u8 = 1;

/// One run.
pub fn run(data: &[u8]) {
    let mut draw = Draw::new(data);
    let mut device = peripheral(NUMBER, Baud::B38400);
    let mut now = Micros::from_secs(1);
    while !draw.is_empty() {
        let mut may_answer = false;
        match draw.below(8) {
            0 => {
                let bytes = draw.bytes(120);
                may_answer = !bytes.is_empty();
                device.handle_bytes(now, bytes);
            }
            1..=3 => {
                let number = if draw.below(4) == 0 { draw.byte() & 0x7F } else { NUMBER };
                let mut parts = Parts::drawn(&mut draw, Way::ToDevice, number);
                if draw.coin() {
                    parts.code = [0x60, 0x61, 0x62, 0x68, 0x69, 0x75, 0x76, 0x77][usize::from(draw.below(8))];
                }
                let mut bytes = parts.bytes();
                let kept = bytes.len() - usize::from(draw.byte().saturating_sub(250)).min(bytes.len());
                bytes.truncate(kept);
                may_answer = true;
                device.handle_bytes(now, &bytes);
            }
            4 => {
                // A neighbour's answer, or the device's own echo.
                let neighbour = draw.below(3);
                device.handle_bytes(now, &Parts::drawn(&mut draw, Way::ToPanel, neighbour).bytes());
                may_answer = true;
            }
            5 => {
                assert!(device.card(0, u16::from(draw.byte()), draw.bytes(32)).is_err(), "a card told to nobody");
                assert!(device.keypad(0, draw.bytes(40)).is_err(), "keys told to nobody");
                let value = draw.byte();
                device.set_input(value & 7, value >> 3);
                device.set_local(value & 8 != 0, value & 16 != 0);
            }
            6 if draw.below(8) == 0 => device.restart(),
            _ => {
                now = now + Duration::from_micros(u64::from(draw.short()) * 50);
                may_answer = true;
            }
        }
        device.handle_timeout(now);
        check_answer(&mut device, now, may_answer);
        while let Some(action) = device.poll_action() {
            assert!(
                !matches!(action, Action::Output { .. } | Action::SecureUp),
                "an act without a session: {action:?}"
            );
            assert_eq!(action, Action::SecureDown);
        }
        if let Some(due) = device.next_deadline() {
            assert!(due > now, "due in the past after all that was due was done");
        }
    }
}

/// An answer is well formed, from this address, in the clear and without anything secret.
fn check_answer(device: &mut rackward_protocol::osdp::Peripheral, now: Micros, may_answer: bool) {
    let Some(reply) = device.poll_transmit(now) else { return };
    assert!(may_answer, "an answer to nothing");
    assert!(device.poll_transmit(now).is_none(), "two answers at once");
    let parts = Parts::read(&reply).expect("our answers are well formed");
    assert_eq!((parts.way, parts.address), (Way::ToPanel, NUMBER));
    assert!(matches!(parts.code, 0x40 | 0x41 | 0x45 | 0x46 | 0x76), "{:#04x} outside a session", parts.code);
    assert!(!reply.windows(16).any(|window| window == key(NUMBER)), "a key in the clear");
}
