//! Any payload on any leaf: read or refused, never a panic; what is read is written again and read the same, on its own leaf
//! only, and within its length.

use rackward_protocol::mqtt::{Down, DownLeaf, Leaf, MAX_MESSAGE_BYTES, MessageError, Up, UpLeaf};

use crate::draw::Draw;

const UP_LEAVES: [UpLeaf; 8] =
    [UpLeaf::Birth, UpLeaf::State, UpLeaf::Event, UpLeaf::Ack, UpLeaf::Rights, UpLeaf::Log, UpLeaf::Csr, UpLeaf::Gone];
const DOWN_LEAVES: [DownLeaf; 4] = [DownLeaf::Cmd, DownLeaf::Feedback, DownLeaf::Rights, DownLeaf::Certificate];

/// The version spoken, and a head of CBOR for an array of so many fields.
const VERSION: u8 = 2;

/// One run.
pub fn run(data: &[u8]) {
    let mut draw = Draw::new(data);
    let payload = payload(&mut draw);
    for leaf in UP_LEAVES {
        up(leaf, &payload);
    }
    for leaf in DOWN_LEAVES {
        down(leaf, &payload);
    }
}

/// Mostly what begins like a message, so that the run gets at its fields; and now and then a very long one.
fn payload(draw: &mut Draw<'_>) -> Vec<u8> {
    let mut payload = Vec::new();
    let shape = draw.below(8);
    if shape < 6 {
        let (fields, kind) = (draw.below(24), draw.below(25));
        payload.push(0x80 | fields);
        payload.push(VERSION);
        match kind {
            0..24 => payload.push(kind),
            _ => payload.extend_from_slice(&[0x18, draw.byte()]),
        }
    }
    if shape == 5 {
        // Stamp and time as a device writes them.
        payload.extend_from_slice(&[0x1B, 0, 1, 2, 3, 4, 5, 6, 7, 1, 0x19, 3, 232]);
    }
    let long = if shape == 7 { usize::from(draw.short()) } else { 0 };
    payload.extend_from_slice(draw.bytes(u8::MAX));
    payload.resize(payload.len().max(long), 0);
    payload
}

fn up(leaf: UpLeaf, payload: &[u8]) {
    match Up::decode(leaf, payload) {
        Ok(message) => {
            assert!(payload.len() <= MAX_MESSAGE_BYTES, "a message longer than may be is read");
            assert_eq!(message.body.leaf(), leaf, "a message of another leaf is read");
            let again = message.encode().expect("what is read is written");
            assert!(again.len() <= payload.len(), "what is written is longer than what was read");
            assert_eq!(Up::decode(leaf, &again), Ok(message), "it is read the same again");
        }
        Err(MessageError::Oversize { bytes, max }) => assert!(bytes == payload.len() && bytes > max),
        Err(_) => assert!(payload.len() <= MAX_MESSAGE_BYTES),
    }
}

fn down(leaf: DownLeaf, payload: &[u8]) {
    let max = Leaf::Down(leaf).max_bytes();
    match Down::decode(leaf, payload) {
        Ok(message) => {
            assert!(payload.len() <= max, "a message longer than may be is read");
            assert_eq!(message.leaf(), leaf, "a message of another leaf is read");
            let again = message.encode().expect("what is read is written");
            assert!(again.len() <= payload.len(), "what is written is longer than what was read");
            assert_eq!(Down::decode(leaf, &again), Ok(message), "it is read the same again");
        }
        Err(MessageError::Oversize { bytes, max: of }) => assert!(bytes == payload.len() && of == max && bytes > max),
        Err(_) => assert!(payload.len() <= max),
    }
}
