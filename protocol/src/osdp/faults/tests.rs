//! What a fault lets through and what it spoils.

use std::format;

use super::*;
use crate::osdp::message::{DeviceIdentity, NakCode, code};
use crate::osdp::peripheral::PeripheralConfig;
use crate::osdp::wire::block;

const HERE: Address = match Address::parse(5) {
    Ok(address) => address,
    Err(_) => panic!("five is an address"),
};

fn faulty(fault: Fault) -> Faulty {
    let key = Scbk::parse(core::array::from_fn(|at| 11 * at as u8 + 1)).unwrap();
    let identity = DeviceIdentity { oui: [1, 2, 3], model: 4, version: 5, serial: 6, firmware: [7, 8, 9] };
    let device = Peripheral::new(PeripheralConfig::new(HERE, key, identity, 2, 1, 1), |out: &mut [u8]| {
        out.fill(0x5A);
        Ok(())
    });
    let mut faulty = Faulty::new(HERE, device);
    faulty.set(fault);
    faulty
}

fn command(code: u8, data: &[u8]) -> Vec<u8> {
    let envelope = Envelope { address: 5, direction: Direction::ToDevice, sequence: 0 };
    if code == code::CHLNG {
        wire::handshake(envelope, block::CHALLENGE, block::OWN_KEY, code, data)
    } else {
        wire::plain(envelope, code, data)
    }
}

/// The reply to one command, as a frame.
fn ask(faulty: &mut Faulty, code: u8, data: &[u8]) -> Option<Frame> {
    faulty.handle_bytes(Micros(1), &command(code, data));
    faulty.poll_transmit(Micros(1)).and_then(|reply| wire::parse(&reply).ok())
}

#[test]
fn a_spoilt_reply_is_spoilt_in_one_way_only() {
    let check = |fault: Fault, expect: &str| {
        let reply = ask(&mut faulty(fault.clone()), code::POLL, &[]);
        let told = reply.map(|reply| format!("{:#04x} from {}", reply.code, reply.envelope.address));
        assert_eq!(told.as_deref().unwrap_or("nothing"), expect, "{fault:?}");
    };
    check(Fault::Healthy, "0x40 from 5");
    check(Fault::Busy(1), "0x79 from 5");
    check(Fault::LostReplies(1), "nothing");
    check(Fault::DamagedReplies(1), "nothing");
    check(Fault::Cut, "nothing");
    check(Fault::Impostor(Address::parse(9).unwrap()), "0x40 from 9");
    check(Fault::PlaintextCard([0, 1, 26, 0, 1, 2, 3, 0x40].to_vec()), "0x50 from 5");
    check(Fault::Late(Duration::from_millis(250)), "nothing");
    check(Fault::Speed(Baud::B115200), "nothing");
    check(Fault::Downgraded, "0x40 from 5");
}

#[test]
fn a_late_reply_comes_late() {
    let mut late = faulty(Fault::Late(Duration::from_millis(250)));
    assert!(ask(&mut late, code::POLL, &[]).is_none());
    assert_eq!(late.next_deadline(), Some(Micros(250_001)));
    assert!(late.poll_transmit(Micros(250_000)).is_none());
    assert!(late.poll_transmit(Micros(250_001)).is_some());
}

#[test]
fn a_rogue_refuses_the_own_key_or_offers_the_published_one() {
    let answer =
        |fault| ask(&mut faulty(fault), code::CHLNG, &[7; 8]).map(|reply| (reply.code, reply.block, reply.data));
    let refusal = answer(Fault::RogueRefusing).unwrap();
    assert_eq!((refusal.0, refusal.2.first()), (reply_code::NAK, Some(&NakCode::SECURITY_BLOCK.0)));
    let offer = answer(Fault::RogueOffering).unwrap();
    assert_eq!((offer.0, offer.1), (reply_code::CCRYPT, Some((block::CHALLENGE_REPLY, [0].to_vec()))));
    let healthy = answer(Fault::Healthy).unwrap();
    assert_eq!((healthy.0, healthy.1), (reply_code::CCRYPT, Some((block::CHALLENGE_REPLY, [1].to_vec()))));
}

#[test]
fn a_downgraded_device_lists_no_security() {
    let list = |fault| ask(&mut faulty(fault), code::CAP, &[0]).unwrap().data;
    let has_security = |list: &[u8]| list.chunks(3).any(|line| line[0] == 9);
    assert!(has_security(&list(Fault::Healthy)));
    assert!(!has_security(&list(Fault::Downgraded)));
}

#[test]
fn echo_and_babble_are_heard_beside_the_answer() {
    let mut echo = faulty(Fault::Echo);
    echo.handle_bytes(Micros(1), &command(code::POLL, &[]));
    let first = echo.poll_transmit(Micros(1)).unwrap();
    let second = echo.poll_transmit(Micros(1)).unwrap();
    assert!([first, second].contains(&command(code::POLL, &[])));
    let mut babble = faulty(Fault::Babble(Duration::from_millis(3)));
    babble.handle_timeout(Micros(1));
    assert_eq!(babble.next_deadline(), Some(Micros(3_001)));
    babble.handle_timeout(Micros(3_001));
    assert_eq!(babble.poll_transmit(Micros(3_001)).map(|noise| noise.len()), Some(BABBLE_BYTES));
}

#[test]
fn one_bit_in_so_many_is_flipped() {
    let mut flips = faulty(Fault::Flips(100));
    let mut bytes = [0_u8; 10_000];
    flips.flip(100, &mut bytes);
    let flipped: u32 = bytes.iter().map(|byte| byte.count_ones()).sum();
    assert!((700..900).contains(&flipped), "{flipped} of 80000 bits");
}
