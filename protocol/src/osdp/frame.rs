//! Finds frames in a stream of bytes.
//!
//! Decides where a frame begins and ends, and gives up on what cannot become one: bytes before a start byte (among them
//! the 0xFF mark), lengths outside 7 to 1440, reserved control bits, wrong check bytes, silence inside a frame. After
//! each of these it looks for the next start byte in what it already has, so that a false start never costs the true
//! frame behind it. Frames of the sender's own direction (echoes, and other devices' replies on a shared line) are
//! dropped. It does not decide whether a frame is an answer (`transaction`) or authentic (`secure`).
//!
//! Vocabulary: a *false start* is a start byte that begins no frame.

use alloc::vec::Vec;
use core::time::Duration;

use super::line::Micros;
use super::wire::{
    self, Direction, Frame, LONGEST_FRAME_BYTES, RESERVED_CONTROL_BITS, SHORTEST_FRAME_BYTES, START_OF_MESSAGE,
};

/// Silence inside a frame that ends it (OSDP 2.2, 5.7). Longer would let half a frame block the line; shorter would cut
/// frames that a USB adapter delivers in two pieces 16 ms apart.
const GAP_LIMIT_MILLIS: u64 = 20;

/// What was seen on a line, for diagnosis. Counts stop at their largest value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineCounts {
    /// Frames with right check bytes, of any direction.
    pub frames: u32,
    /// Start bytes that began no frame: wrong check, impossible header.
    pub false_starts: u32,
    /// Frames cut off by silence.
    pub cut_off: u32,
    /// Frames of our own direction, such as echoes.
    pub echoes: u32,
}

/// Cuts one end's incoming bytes into frames.
#[derive(Debug)]
pub struct Framer {
    /// The direction whose frames are wanted.
    wanted: Direction,
    /// Bytes not yet decided on; shorter than the longest frame between calls.
    pending: Vec<u8>,
    last_byte_at: Micros,
    counts: LineCounts,
}

/// What the head of the pending bytes is.
enum Head {
    FalseStart,
    /// So many bytes are missing.
    Incomplete(usize),
    Complete(usize),
}

impl Framer {
    /// For the panel's end: keeps replies.
    pub fn for_panel() -> Self {
        Self::new(Direction::ToPanel)
    }

    /// For a device's end: keeps commands.
    pub fn for_device() -> Self {
        Self::new(Direction::ToDevice)
    }

    fn new(wanted: Direction) -> Self {
        Self { wanted, pending: Vec::new(), last_byte_at: Micros::default(), counts: LineCounts::default() }
    }

    /// Takes bytes that arrived at `now` and gives the frames they complete.
    pub fn feed(&mut self, now: Micros, bytes: &[u8]) -> Vec<Frame> {
        let mut frames = self.expire(now);
        // In pieces, so that the pending bytes stay bounded however much a caller hands over at once.
        for piece in bytes.chunks(LONGEST_FRAME_BYTES) {
            self.pending.extend_from_slice(piece);
            self.cut(false, &mut frames);
        }
        self.last_byte_at = now;
        frames
    }

    /// Gives up on a frame that fell silent. What lies behind its false start may hold whole frames.
    pub fn expire(&mut self, now: Micros) -> Vec<Frame> {
        let mut frames = Vec::new();
        if self.deadline().is_some_and(|deadline| now >= deadline) {
            self.counts.cut_off = self.counts.cut_off.saturating_add(1);
            self.cut(true, &mut frames);
        }
        frames
    }

    /// When [`Framer::expire`] has something to do.
    pub fn deadline(&self) -> Option<Micros> {
        let begun = !self.pending.is_empty();
        begun.then(|| self.last_byte_at + Duration::from_millis(GAP_LIMIT_MILLIS))
    }

    /// Bytes that the frame under way still lacks; zero when none is under way.
    pub fn missing(&self) -> usize {
        match measure(&self.pending) {
            Head::Incomplete(missing) if !self.pending.is_empty() => missing,
            Head::Incomplete(_) | Head::FalseStart | Head::Complete(_) => 0,
        }
    }

    /// What was seen so far.
    pub fn counts(&self) -> LineCounts {
        self.counts
    }

    /// Cuts all frames out of the pending bytes. With `silent`, nothing more is coming: an incomplete frame is a false
    /// start too.
    fn cut(&mut self, silent: bool, frames: &mut Vec<Frame>) {
        let mut at = 0;
        while let Some(rest) = self.pending.get(at..) {
            let Some(skip) = rest.iter().position(|byte| *byte == START_OF_MESSAGE) else {
                at = self.pending.len();
                break;
            };
            at += skip;
            let rest = rest.get(skip..).unwrap_or_default();
            match measure(rest) {
                Head::Incomplete(_) if !silent => break,
                Head::Incomplete(_) => at += 1,
                Head::FalseStart => {
                    self.counts.false_starts = self.counts.false_starts.saturating_add(1);
                    at += 1;
                }
                Head::Complete(length) => match wire::parse(rest.get(..length).unwrap_or_default()) {
                    Ok(frame) => {
                        at += length;
                        self.counts.frames = self.counts.frames.saturating_add(1);
                        if frame.envelope.direction == self.wanted {
                            frames.push(frame);
                        } else {
                            self.counts.echoes = self.counts.echoes.saturating_add(1);
                        }
                    }
                    Err(wire::NoFrame) => {
                        self.counts.false_starts = self.counts.false_starts.saturating_add(1);
                        at += 1;
                    }
                },
            }
        }
        self.pending.drain(..at.min(self.pending.len()));
    }
}

/// Looks at bytes that begin with a start byte.
fn measure(bytes: &[u8]) -> Head {
    let (low, high, control) = match *bytes {
        [_, _, low, high, control, ..] => (low, high, control),
        _ => return Head::Incomplete(SHORTEST_FRAME_BYTES - bytes.len()),
    };
    let length = usize::from(u16::from_le_bytes([low, high]));
    let possible = (SHORTEST_FRAME_BYTES..=LONGEST_FRAME_BYTES).contains(&length);
    if !possible || control & RESERVED_CONTROL_BITS != 0 {
        return Head::FalseStart;
    }
    match length.checked_sub(bytes.len()) {
        None | Some(0) => Head::Complete(length),
        Some(missing) => Head::Incomplete(missing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::osdp::wire::Envelope;
    use alloc::vec;
    use proptest::prelude::*;

    fn reply(address: u8, data: &[u8]) -> Vec<u8> {
        wire::plain(Envelope { address, direction: Direction::ToPanel, sequence: 1 }, 0x49, data)
    }

    fn command(address: u8) -> Vec<u8> {
        wire::plain(Envelope { address, direction: Direction::ToDevice, sequence: 1 }, 0x60, &[])
    }

    /// Feeds `stream` at once and, by another framer, byte by byte; both must find exactly `expect`.
    fn check(stream: &[&[u8]], expect: &[&[u8]]) {
        let stream = stream.concat();
        let late = Micros::from_secs(1);
        let mut at_once = Framer::for_panel();
        let mut found = at_once.feed(Micros(0), &stream);
        found.extend(at_once.expire(late));
        assert_eq!(found.iter().map(Frame::bytes).collect::<Vec<_>>(), expect);
        let mut bytewise = Framer::for_panel();
        let mut found: Vec<Frame> = stream.iter().flat_map(|byte| bytewise.feed(Micros(0), &[*byte])).collect();
        found.extend(bytewise.expire(late));
        assert_eq!(found.iter().map(Frame::bytes).collect::<Vec<_>>(), expect);
    }

    #[test]
    fn frames_are_found_among_everything_else() {
        let good = reply(5, &[0, 1]);
        let mut broken = good.clone();
        broken[6] ^= 1;
        check(&[&good], &[&good]);
        check(&[&[0xFF], &good, &[0xFF], &good], &[&good, &good]);
        check(&[&[0x00, 0x11, 0xAA], &good], &[&good]);
        check(&[&command(5), &good], &[&good]);
        check(&[&broken, &good], &[&good]);
        check(&[&[0x53, 0x85, 0xFF, 0xFF, 0x04], &good], &[&good]);
        check(&[&[0x53, 0x85, 0x06, 0x00, 0x04], &good], &[&good]);
        check(&[&[0x53, 0x85, 0x08, 0x00, 0xF4], &good], &[&good]);
        check(&[&[0x53, 0x85, 0xA0, 0x05, 0x04], &good], &[&good]);
        check(&[&[0x53, 0x53, 0x53], &good, &[0x53]], &[&good]);
    }

    #[test]
    fn a_frame_with_an_unknown_code_or_block_is_kept() {
        let envelope = Envelope { address: 1, direction: Direction::ToPanel, sequence: 1 };
        let unknown_code = wire::plain(envelope, 0xEE, &[1, 2]);
        let unknown_block = wire::handshake(envelope, 0x42, 0, 0x40, &[]);
        check(&[&unknown_code, &unknown_block], &[&unknown_code, &unknown_block]);
    }

    #[test]
    fn silence_inside_a_frame_ends_it() {
        let good = reply(5, &[0, 1, 0, 1]);
        let mut framer = Framer::for_panel();
        assert_eq!(framer.feed(Micros(0), &good[..7]).len(), 0);
        assert_eq!(framer.missing(), good.len() - 7);
        assert_eq!(framer.deadline(), Some(Micros::from_millis(20)));
        assert_eq!(framer.feed(Micros::from_millis(25), &good).len(), 1);
        assert_eq!(framer.counts().cut_off, 1);
        assert_eq!((framer.deadline(), framer.missing()), (None, 0));
    }

    #[test]
    fn a_security_block_longer_than_the_frame_costs_nothing() {
        let good = reply(5, &[]);
        let mut lie =
            wire::handshake(Envelope { address: 5, direction: Direction::ToPanel, sequence: 0 }, 0x16, 0, 0x40, &[]);
        lie[5] = 0xFF;
        check(&[&lie, &good], &[&good]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived_and_memory_stays_bounded(chunks in prop::collection::vec((any::<u16>(), prop::collection::vec(any::<u8>(), 0..200)), 0..40)) {
            let mut framer = Framer::for_device();
            let mut now = Micros(0);
            for (gap, bytes) in chunks {
                now = now + Duration::from_micros(u64::from(gap));
                framer.feed(now, &bytes);
                prop_assert!(framer.pending.len() < LONGEST_FRAME_BYTES);
            }
        }

        #[test]
        fn a_frame_behind_noise_is_found_once_the_line_is_silent(noise in prop::collection::vec(any::<u8>(), 0..60), data in prop::collection::vec(any::<u8>(), 0..40)) {
            let good = reply(9, &data);
            let mut framer = Framer::for_panel();
            let mut found = framer.feed(Micros(0), &[noise, good.clone()].concat());
            found.extend(framer.expire(Micros::from_secs(1)));
            prop_assert!(found.iter().any(|frame| frame.bytes() == good));
        }
    }

    #[test]
    fn a_flood_in_one_call_is_taken_in_pieces() {
        let mut framer = Framer::for_panel();
        framer.feed(Micros(0), &vec![0x53; 100_000]);
        assert!(framer.pending.len() < LONGEST_FRAME_BYTES);
    }
}
