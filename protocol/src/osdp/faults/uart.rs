//! What a receiver makes of bytes that were sent at another speed.
//!
//! Decides it as a UART does: it waits for a start bit, then samples the middle of each bit by its own clock (8N1). At half
//! or double the speed the result is other bytes, fewer or more of them, and none where the stop bit is missing.

use alloc::vec::Vec;

use crate::osdp::line::Baud;

/// Bits of one character on the wire: start, eight data bits, stop.
const BITS_PER_CHARACTER: u64 = 10;

/// The bytes that a receiver at `heard` reads from a line on which `bytes` were sent at `sent`, back to back, with silence
/// before and after.
pub fn misread(bytes: &[u8], sent: Baud, heard: Baud) -> Vec<u8> {
    if sent == heard {
        return bytes.to_vec();
    }
    let line = Wire { bytes, sent: u64::from(sent.bits_per_second()), heard: u64::from(heard.bits_per_second()) };
    // Time runs in units of 1 / (2 * sent * heard) seconds, so that bit times and their halves are whole on both sides.
    let bit = 2 * line.sent;
    let end = bytes.len() as u64 * BITS_PER_CHARACTER * 2 * line.heard;
    let mut out = Vec::new();
    let mut at = 0;
    while at < end {
        if line.is_high(at) {
            at = line.next_edge(at);
            continue;
        }
        let sample = |index: u64| line.is_high(at + bit * index + bit / 2);
        let byte = (0..8).fold(0, |byte, index| byte | (u8::from(sample(index + 1)) << index));
        let is_whole = !sample(0) && sample(9);
        if is_whole {
            out.push(byte);
        }
        // A receiver that missed the stop bit waits for the line to rise before it looks for the next start.
        at += bit * 9 + bit / 2;
        while at < end && !line.is_high(at) {
            at = line.next_edge(at);
        }
    }
    out
}

/// The line's level over time.
struct Wire<'a> {
    bytes: &'a [u8],
    sent: u64,
    heard: u64,
}

impl Wire<'_> {
    fn is_high(&self, at: u64) -> bool {
        let bit = at / (2 * self.heard);
        let character = usize::try_from(bit / BITS_PER_CHARACTER).unwrap_or(usize::MAX);
        match (self.bytes.get(character), bit % BITS_PER_CHARACTER) {
            (None, _) | (_, 9) => true,
            (Some(_), 0) => false,
            (Some(byte), place) => byte >> (place - 1) & 1 == 1,
        }
    }

    /// The beginning of the sender's next bit.
    fn next_edge(&self, at: u64) -> u64 {
        let bit = 2 * self.heard;
        (at / bit + 1) * bit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn baud(bits_per_second: u32) -> Baud {
        Baud::parse(bits_per_second).unwrap()
    }

    #[test]
    fn bytes_at_another_speed_are_other_bytes() {
        let check =
            |bytes: &[u8], sent, heard, expect: &[u8]| assert_eq!(misread(bytes, baud(sent), baud(heard)), expect);
        check(&[0x53, 0x00, 0xFF], 9_600, 9_600, &[0x53, 0x00, 0xFF]);
        // Sent at 9600, heard at 19200: every bit is seen twice, so 0x00 is a break, whose stop bit never comes.
        check(&[0x00], 9_600, 19_200, &[]);
        // 0xFF has one low bit, seen as start and first data bit.
        check(&[0xFF], 9_600, 19_200, &[0xFE]);
        // Sent at 19200, heard at 9600: the one low bit ends before the middle of the start bit is sampled.
        check(&[0xFF], 19_200, 9_600, &[]);
    }

    proptest! {
        #[test]
        fn any_bytes_at_any_speeds_come_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..200), sent in 0..6_usize, heard in 0..6_usize) {
            let speeds = [9_600, 19_200, 38_400, 57_600, 115_200, 230_400];
            let read = misread(&bytes, baud(speeds[sent]), baud(speeds[heard]));
            prop_assert!(read.len() <= bytes.len() * 24 + 1);
            if sent == heard {
                prop_assert_eq!(read, bytes);
            }
        }
    }
}
