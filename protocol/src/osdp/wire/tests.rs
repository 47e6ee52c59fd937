//! Known bytes and round trips of the wire layer. The session below was computed with an independent AES and CRC; the
//! plaintext frames were recorded from a real reader. If a vector in here fails, do not change the vector.

use super::*;
use crate::osdp::message::code;

const PANEL_NONCE: [u8; 8] = [0xB0, 0xB1, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7];
const DEVICE_NONCE: [u8; 8] = [0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7];
const DEVICE_NUMBER: [u8; 8] = [0xCA, 0xFE, 0x01, 0x07, 0x01, 0xE9, 0x03, 0x00];

const CHLNG: &str = "530513000c03110176b0b1b2b3b4b5b6b7e175";
const CCRYPT: &str = "53852b000c03120176cafe010701e90300a0a1a2a3a4a5a6a7fc096760d7555419ccadd36a56e5863cbadd";
const SCRYPT: &str = "53051b000d03130177cd681c3353ef689f6ad8e85ecb94948c6e77";
const RMAC_I: &str = "53851b000d03140178630de9a32c8d15f19d14383c6ad5edf4922c";
const POLL: &str = "53050e000e0215601fdf94095e8b";
const RAW: &str = "53851e000e021850294109ebf03984f67bf13d26b1f0fc91c15189fb38d5";
const OUT: &str = "53051e000f021768dbf911969dc4f99261fad2e59f52f48d60a6266252ed";
const ACK: &str = "53850e000f021640da2d36b16f5c";

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn envelope(direction: Direction, sequence: u8) -> Envelope {
    Envelope { address: 5, direction, sequence }
}

fn key() -> Scbk {
    Scbk::parse(bytes("0b8f1d53c2a94e7760e518d3f4a2719c").try_into().unwrap()).unwrap()
}

/// Both ends after the handshake of the vectors.
fn session() -> (OpenSession, OpenSession) {
    let challenge = PanelChallenge::new(&key(), PANEL_NONCE);
    let (answer, ccrypt) = DeviceChallenge::answer(&key(), PANEL_NONCE, DEVICE_NUMBER, DEVICE_NONCE).unwrap();
    let proof = challenge.verify(&ccrypt).unwrap();
    let (device, seed) = answer.verify(&proof.proof()).unwrap();
    (proof.verify(&seed).unwrap(), device)
}

#[test]
fn the_handshake_has_the_known_bytes() {
    let to_device = |sequence| envelope(Direction::ToDevice, sequence);
    let to_panel = |sequence| envelope(Direction::ToPanel, sequence);
    assert_eq!(handshake(to_device(0), block::CHALLENGE, 1, code::CHLNG, &PANEL_NONCE), bytes(CHLNG));
    let (answer, ccrypt) = DeviceChallenge::answer(&key(), PANEL_NONCE, DEVICE_NUMBER, DEVICE_NONCE).unwrap();
    assert_eq!(handshake(to_panel(0), block::CHALLENGE_REPLY, 1, 0x76, &ccrypt), bytes(CCRYPT));
    let proof = PanelChallenge::new(&key(), PANEL_NONCE).verify(&ccrypt).unwrap();
    assert_eq!(handshake(to_device(1), block::PROOF, 1, code::SCRYPT, &proof.proof()), bytes(SCRYPT));
    let (_, seed) = answer.verify(&proof.proof()).unwrap();
    assert_eq!(handshake(to_panel(1), block::PROOF_REPLY, 1, 0x78, &seed), bytes(RMAC_I));
}

#[test]
fn the_session_has_the_known_bytes_and_opens_them() {
    let (mut panel, mut device) = session();
    let card = [0, 1, 26, 0, 0x12, 0x34, 0x56, 0x40];
    let frames: [(Direction, u8, u8, &[u8], &str); 4] = [
        (Direction::ToDevice, 2, 0x60, &[], POLL),
        (Direction::ToPanel, 2, 0x50, &card, RAW),
        (Direction::ToDevice, 3, 0x68, &[0, 5, 50, 0], OUT),
        (Direction::ToPanel, 3, 0x40, &[], ACK),
    ];
    for (direction, sequence, code, data, expect) in frames {
        let (from, to) = match direction {
            Direction::ToDevice => (&mut panel, &mut device),
            Direction::ToPanel => (&mut device, &mut panel),
        };
        let sealed = from.seal(envelope(direction, sequence), code, data);
        assert_eq!(sealed, bytes(expect));
        assert_eq!(to.open(&parse(&sealed).unwrap()).unwrap(), data);
    }
}

#[test]
fn a_frame_opens_once_and_only_unchanged() {
    let (_, mut device) = session();
    let poll = parse(&bytes(POLL)).unwrap();
    for at in 0..POLL.len() / 2 - 2 {
        let mut changed = poll.clone();
        changed.raw[at] ^= 0x40;
        assert_eq!(device.open(&changed), Err(NotProven), "byte {at}");
    }
    assert_eq!(device.open(&poll), Ok(Vec::new()));
    assert_eq!(device.open(&poll), Err(NotProven), "a replay");
}

#[test]
fn a_proof_under_another_key_is_none() {
    let other = Scbk::parse(bytes("0b8f1d53c2a94e7760e518d3f4a2719d").try_into().unwrap()).unwrap();
    let (answer, ccrypt) = DeviceChallenge::answer(&other, PANEL_NONCE, DEVICE_NUMBER, DEVICE_NONCE).unwrap();
    assert!(PanelChallenge::new(&key(), PANEL_NONCE).verify(&ccrypt).is_err());
    let (_, ccrypt) = DeviceChallenge::answer(&key(), PANEL_NONCE, DEVICE_NUMBER, DEVICE_NONCE).unwrap();
    let proof = PanelChallenge::new(&key(), PANEL_NONCE).verify(&ccrypt).unwrap();
    assert!(answer.verify(&proof.proof()).is_err());
    assert!(proof.verify(&[0; 16]).is_err(), "the seed of the chain is checked");
    assert!(PanelChallenge::new(&key(), PANEL_NONCE).verify(&ccrypt[..31]).is_err());
}

#[test]
fn frames_of_real_readers_are_read() {
    let ack = parse(&bytes("538008000540689f")).unwrap();
    assert_eq!((ack.envelope.address, ack.envelope.sequence, ack.code), (0, 1, 0x40));
    let pdid = parse(&bytes("538014000645000ee31010000074972306061b88")).unwrap();
    assert_eq!((pdid.code, pdid.data.len()), (0x45, 12));
    let buzzer = parse(&bytes("53000d00066a00020202015992")).unwrap();
    let own = Envelope { address: 0, direction: Direction::ToDevice, sequence: 2 };
    assert_eq!(plain(own, 0x6A, &buzzer.data), buzzer.raw);
}

#[test]
fn checksums_are_read_though_never_written() {
    let mut frame = bytes("538507000140");
    let sum = frame.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    frame.push(sum.wrapping_neg());
    let read = parse(&frame).unwrap();
    assert_eq!((read.envelope.sequence, read.code), (1, 0x40));
    frame[5] ^= 1;
    assert_eq!(parse(&frame), Err(NoFrame));
}

#[test]
fn no_key_of_a_session_is_printed() {
    let (panel, _) = session();
    assert_eq!(std::format!("{panel:?}"), "OpenSession(redacted)");
}
