//! Frames among anything else on the line: whatever arrives, in whatever pieces, the same frames are found, nothing is
//! found that was not sent, and a frame after a silence is always found.

use std::time::Duration;

use rackward_protocol::osdp::{Frame, Framer, Micros};

use crate::draw::Draw;
use crate::frames::{Parts, Way};

/// Longer than any silence inside a frame.
const SILENCE: Duration = Duration::from_millis(50);
const LONGEST_FRAME_BYTES: usize = 1440;

/// Two framers of one end: one gets what arrives at once, the other byte by byte.
struct Listener {
    way: Way,
    at_once: Framer,
    bytewise: Framer,
}

impl Listener {
    fn new(way: Way) -> Self {
        let framer = || if way == Way::ToPanel { Framer::for_panel() } else { Framer::for_device() };
        Self { way, at_once: framer(), bytewise: framer() }
    }

    fn feed(&mut self, now: Micros, bytes: &[u8]) -> Vec<Frame> {
        let found = self.at_once.feed(now, bytes);
        let mut single = Vec::new();
        for byte in bytes {
            single.extend(self.bytewise.feed(now, std::slice::from_ref(byte)));
        }
        if bytes.is_empty() {
            single = self.bytewise.feed(now, bytes);
        }
        assert_eq!(found, single, "pieces of another size give other frames");
        self.check();
        found
    }

    fn expire(&mut self, now: Micros) -> Vec<Frame> {
        let found = self.at_once.expire(now);
        assert_eq!(found, self.bytewise.expire(now));
        self.check();
        found
    }

    fn check(&self) {
        assert_eq!(self.at_once.counts(), self.bytewise.counts());
        assert_eq!(self.at_once.missing(), self.bytewise.missing());
        assert_eq!(self.at_once.deadline(), self.bytewise.deadline());
        assert!(self.at_once.missing() < LONGEST_FRAME_BYTES);
    }

    /// Every frame is a run of the bytes that were sent, in order, and reads the same when it arrives alone.
    fn verify(&self, found: &[Frame], stream: &[u8]) {
        let mut rest = stream;
        for frame in found {
            let bytes = frame.bytes();
            let at = rest.windows(bytes.len()).position(|window| window == bytes);
            let at = at.expect("a frame that nobody sent");
            rest = &rest[at + bytes.len()..];
            assert!(bytes.len() <= LONGEST_FRAME_BYTES);
            let alone = Listener::new(self.way).feed(Micros(0), bytes);
            assert_eq!(alone.iter().map(Frame::bytes).collect::<Vec<_>>(), [bytes]);
        }
    }
}

/// One run.
pub fn run(data: &[u8]) {
    let mut draw = Draw::new(data);
    let way = if draw.coin() { Way::ToPanel } else { Way::ToDevice };
    let mut listener = Listener::new(way);
    let mut now = Micros::from_secs(1);
    let (mut stream, mut found) = (Vec::new(), Vec::new());
    while !draw.is_empty() {
        let piece = match draw.below(6) {
            0 => draw.bytes(200).to_vec(),
            1 => parts(&mut draw, way).bytes(),
            2 => spoilt(&mut draw, way),
            3 => parts(&mut draw, if way == Way::ToPanel { Way::ToDevice } else { Way::ToPanel }).bytes(),
            4 => vec![draw.byte(); usize::from(draw.byte()) * 8],
            _ => {
                now = now + Duration::from_micros(u64::from(draw.byte()) * 200);
                if draw.coin() {
                    found.extend(listener.expire(now));
                }
                Vec::new()
            }
        };
        found.extend(listener.feed(now, &piece));
        stream.extend(piece);
    }
    // After a silence nothing that was said before it can cost the frame that follows.
    found.extend(listener.expire(now + SILENCE));
    let good = Parts::plain(way, 5, 1, 0x40, data.get(..data.len().min(20)).unwrap_or_default()).bytes();
    let last = listener.feed(now + SILENCE + SILENCE, &good);
    assert_eq!(last.iter().map(Frame::bytes).collect::<Vec<_>>(), [good.as_slice()]);
    assert_eq!((listener.at_once.missing(), listener.at_once.deadline()), (0, None));
    listener.verify(&found, &stream);
}

fn parts(draw: &mut Draw<'_>, way: Way) -> Parts {
    let address = draw.byte() & 0x7F;
    Parts::drawn(draw, way, address)
}

fn spoilt(draw: &mut Draw<'_>, way: Way) -> Vec<u8> {
    let mut bytes = parts(draw, way).bytes();
    let at = usize::from(draw.byte()) % bytes.len();
    if draw.coin() {
        bytes.truncate(at);
    } else {
        bytes[at] ^= draw.byte();
    }
    bytes
}
