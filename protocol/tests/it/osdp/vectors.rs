//! The published Secure Channel vectors (OSDP 2.2, Annex E): the handshake under the published key, byte for byte, at either
//! end. If a vector in here fails, do not change the vector.

use std::time::Duration;

use rackward_protocol::osdp::{
    Action, Address, Baud, Bus, BusConfig, BusEvent, DeviceConfig, DeviceIdentity, DeviceKeys, DeviceRole, FirstKey,
    Job, Micros, NoEntropy, Peripheral, PeripheralConfig, PeripheralKey, Scbk,
};

const PANEL_NONCE: [u8; 8] = [0xB0, 0xB1, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7];
const DEVICE_NONCE: [u8; 8] = [0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7];
const DEVICE_CRYPTOGRAM: &str = "FDE5D2F428EC16312471EA3C02BD7796";
const PANEL_CRYPTOGRAM: &str = "26D3356E07762D262801FC8E6665A891";
const FIRST_REPLY_MAC: &str = "B2A30057EB98BA2229EC1F875662B524";

const ADDRESS: u8 = 0;
const IDENTITY: DeviceIdentity =
    DeviceIdentity { oui: [1, 2, 3], model: 4, version: 5, serial: 0x0908_0706, firmware: [1, 0, 0] };

/// Security blocks of the handshake under the published key: length, type, key byte 0.
const CHALLENGE: [u8; 3] = [3, 0x11, 0];
const CHALLENGE_REPLY: [u8; 3] = [3, 0x12, 0];
const PROOF: [u8; 3] = [3, 0x13, 0];
/// The last one tells that the proof was accepted.
const PROOF_REPLY: [u8; 3] = [3, 0x14, 1];

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// A frame put together by hand, with the CRC of OSDP 2.2, 5.9.
fn frame(address: u8, sequence: u8, block: [u8; 3], code: u8, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(5 + block.len() + 1 + data.len() + 2).unwrap();
    let mut frame = vec![0x53, address];
    frame.extend(length.to_le_bytes());
    frame.push(0x0C | sequence);
    frame.extend(block);
    frame.push(code);
    frame.extend(data);
    let crc = frame.iter().fold(0x1D0F_u16, |crc, byte| {
        (0..8).fold(
            crc ^ (u16::from(*byte) << 8),
            |crc, _| if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 },
        )
    });
    frame.extend(crc.to_le_bytes());
    frame
}

/// Block, code and data of a frame.
fn parts(frame: &[u8]) -> ([u8; 3], u8, &[u8]) {
    ([frame[5], frame[6], frame[7]], frame[8], &frame[9..frame.len() - 2])
}

fn always(nonce: [u8; 8]) -> impl FnMut(&mut [u8]) -> Result<(), NoEntropy> + Send + 'static {
    let mut drawn = 0_u8;
    move |out: &mut [u8]| {
        // The first one is the vector's; a repeated one would be refused, and no later one matters here.
        out.iter_mut().zip(nonce).for_each(|(byte, random)| *byte = random ^ drawn);
        drawn = drawn.wrapping_add(1);
        Ok(())
    }
}

fn fresh() -> Scbk {
    Scbk::parse(std::array::from_fn(|place| place as u8 * 9 + 4)).unwrap()
}

#[test]
fn our_device_answers_as_published() {
    let address = Address::parse(ADDRESS).unwrap();
    let config = PeripheralConfig::new(address, PeripheralKey::Install, IDENTITY, 0, 0, 1);
    let mut device = Peripheral::new(config, always(DEVICE_NONCE));
    let now = Micros::from_secs(1);

    device.handle_bytes(now, &frame(ADDRESS, 0, CHALLENGE, 0x76, &PANEL_NONCE));
    let answer = device.poll_transmit(now).unwrap();
    let (block, code, data) = parts(&answer);
    assert_eq!((block, code), (CHALLENGE_REPLY, 0x76));
    assert_eq!(data[8..16], DEVICE_NONCE);
    assert_eq!(data[16..], bytes(DEVICE_CRYPTOGRAM));

    device.handle_bytes(now, &frame(ADDRESS, 1, PROOF, 0x77, &bytes(PANEL_CRYPTOGRAM)));
    let answer = device.poll_transmit(now).unwrap();
    assert_eq!(parts(&answer), (PROOF_REPLY, 0x78, &bytes(FIRST_REPLY_MAC)[..]));
}

#[test]
fn our_device_does_not_believe_another_proof() {
    let address = Address::parse(ADDRESS).unwrap();
    let config = PeripheralConfig::new(address, PeripheralKey::Install, IDENTITY, 0, 0, 1);
    let mut device = Peripheral::new(config, always(DEVICE_NONCE));
    let now = Micros::from_secs(1);
    device.handle_bytes(now, &frame(ADDRESS, 0, CHALLENGE, 0x76, &PANEL_NONCE));
    device.poll_transmit(now).unwrap();
    let mut proof = bytes(PANEL_CRYPTOGRAM);
    proof[15] ^= 1;
    device.handle_bytes(now, &frame(ADDRESS, 1, PROOF, 0x77, &proof));
    let answer = device.poll_transmit(now).unwrap();
    let first_mac = bytes(FIRST_REPLY_MAC);
    assert!(!answer.windows(first_mac.len()).any(|part| part == first_mac), "{answer:02x?}");
    assert!(!std::iter::from_fn(|| device.poll_action()).any(|action| action == Action::SecureUp));
}

/// A panel that commissions a device at [`ADDRESS`], and its first frame.
fn commissioning() -> (Bus, Micros, Vec<u8>) {
    let address = Address::parse(ADDRESS).unwrap();
    let mut bus = Bus::new(BusConfig::new(Baud::B9600), always(PANEL_NONCE));
    let mut now = Micros::from_secs(1);
    bus.add(
        now,
        address,
        DeviceConfig { keys: DeviceKeys::default(), role: DeviceRole::Reader, expected: None, baud: None },
    );
    let until = now + Duration::from_secs(60);
    bus.begin_job(now, address, Job::Commission { first: FirstKey::Published, fresh: fresh(), until }).unwrap();
    let first = transmit(&mut bus, &mut now);
    (bus, now, first)
}

fn transmit(bus: &mut Bus, now: &mut Micros) -> Vec<u8> {
    for _ in 0..10_000 {
        bus.handle_timeout(*now);
        if let Some(frame) = bus.poll_transmit(*now) {
            return frame;
        }
        *now = *now + Duration::from_millis(1);
    }
    panic!("the panel sends nothing");
}

fn ccrypt() -> Vec<u8> {
    let data = [&[1, 2, 3, 4, 5, 6, 7, 8][..], &DEVICE_NONCE, &bytes(DEVICE_CRYPTOGRAM)].concat();
    frame(0x80 | ADDRESS, 0, CHALLENGE_REPLY, 0x76, &data)
}

#[test]
fn our_panel_proves_itself_as_published() {
    let (mut bus, mut now, challenge) = commissioning();
    assert_eq!(parts(&challenge), (CHALLENGE, 0x76, &PANEL_NONCE[..]));
    bus.handle_bytes(now, &ccrypt());
    let proof = transmit(&mut bus, &mut now);
    assert_eq!(parts(&proof), (PROOF, 0x77, &bytes(PANEL_CRYPTOGRAM)[..]));
    bus.handle_bytes(now, &frame(0x80 | ADDRESS, 1, PROOF_REPLY, 0x78, &bytes(FIRST_REPLY_MAC)));
    // Whatever comes next is said inside the session: its block says that it carries a MAC.
    let next = transmit(&mut bus, &mut now);
    assert!(matches!(next[6], 0x15 | 0x17), "{next:02x?}");
}

#[test]
fn our_panel_does_not_believe_another_first_mac() {
    let (mut bus, mut now, _) = commissioning();
    bus.handle_bytes(now, &ccrypt());
    transmit(&mut bus, &mut now);
    let mut wrong = bytes(FIRST_REPLY_MAC);
    wrong[0] ^= 0x80;
    bus.handle_bytes(now, &frame(0x80 | ADDRESS, 1, PROOF_REPLY, 0x78, &wrong));
    let next = transmit(&mut bus, &mut now);
    assert_eq!(next[6], CHALLENGE[1], "it begins anew and says nothing in a session nobody proved: {next:02x?}");
    assert!(!std::iter::from_fn(|| bus.poll_event()).any(|(_, event)| matches!(event, BusEvent::Online { .. })));
}
