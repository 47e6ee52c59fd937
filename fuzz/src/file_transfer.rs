//! File transfer: a device that answers each fragment with anything, and a true device behind a line that loses and spoils.
//! No byte is skipped, none is sent that the file does not have, a file arrives whole or not at all, and the job ends once.

use std::sync::Arc;
use std::time::Duration;

use rackward_protocol::osdp::{Action, Baud, BusEvent, DeviceRole, FileVerdict, Job, JobEvent, Micros};

use crate::draw::Draw;
use crate::ends::{Watched, address, known};
use crate::frames::mend;
use crate::pair::{From, NUMBER, Pair};
use crate::peers::{Asked, DevicePeer, Said, key};
use crate::round_trip::is_online;

/// Frames one run may bring about, so that it ends.
const FRAME_LIMIT_FRAMES: u32 = 60;
/// Bytes of a fragment's data before the file's own: type, total, offset, length.
const FRAGMENT_HEAD_BYTES: usize = 11;

/// One run.
pub fn run(data: &[u8]) {
    let mut draw = Draw::new(data);
    if draw.coin() { before_any_device(&mut draw) } else { over_a_bad_line(&mut draw) }
}

/// A file whose every byte tells where it stands.
fn file(bytes: u16) -> Arc<[u8]> {
    (0..bytes).map(|at| (at ^ (at >> 8) ^ 0x5A) as u8).collect()
}

/// What the device has been sent so far.
struct Received {
    contents: Arc<[u8]>,
    /// Nothing beyond this has been sent yet.
    sent_to: usize,
}

impl Received {
    fn check(&mut self, said: &Said) {
        let (head, piece) = said.data.split_first_chunk::<FRAGMENT_HEAD_BYTES>().expect("a fragment has a head");
        let number = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]) as usize;
        let (total, offset) = (number(1), number(5));
        let length = usize::from(u16::from_le_bytes([head[9], head[10]]));
        assert_eq!((head[0], total, length), (1, self.contents.len(), piece.len()));
        assert!(offset <= self.sent_to, "a stretch was skipped");
        assert_eq!(self.contents.get(offset..offset + length), Some(piece), "bytes that the file does not have there");
        self.sent_to = self.sent_to.max(offset + length);
    }
}

/// A device that holds the key and answers fragments with anything.
fn before_any_device(draw: &mut Draw<'_>) {
    let mut line = Watched::new(Baud::B115200);
    let mut now = Micros::from_secs(1);
    line.bus.add(now, address(NUMBER), known(NUMBER, DeviceRole::Reader));
    let mut device = DevicePeer::new(NUMBER, key(NUMBER), Baud::B115200);
    let contents = file(draw.short() % 1_500 + 1);
    let mut received = Received { contents: Arc::clone(&contents), sent_to: 0 };
    let mut has_begun = false;
    let mut frames = 0;
    while frames < FRAME_LIMIT_FRAMES && !(draw.is_empty() && has_begun) {
        frames += 1;
        if !has_begun && is_online(&line.events) {
            let job = Job::SendFile { kind: 1, contents: Arc::clone(&contents) };
            line.bus.begin_job(now, address(NUMBER), job).expect("a device that is online takes a job");
            has_begun = true;
        }
        let (at, frame) = line.run_until(now, now + Duration::from_secs(2));
        now = at + Duration::from_millis(2);
        let Some(frame) = frame else { continue };
        let answer = match device.hear(&frame) {
            Asked::Nothing => continue,
            Asked::Answered(answer) => answer,
            Asked::Command(said) => {
                let (code, data) = reply_to(draw, &said, &mut received);
                device.reply(&said, code, &data)
            }
        };
        if has_begun && draw.below(12) == 11 {
            device.restart();
            continue;
        }
        line.feed(now, &answer);
    }
    check_end(&line.events, has_begun);
}

fn reply_to(draw: &mut Draw<'_>, said: &Said, received: &mut Received) -> (u8, Vec<u8>) {
    match said.code {
        0x61 => (0x45, vec![1, 2, 3, 4, 5, 6, 0, 0, 0, 7, 8, 9]),
        0x62 => (0x46, vec![10, draw.byte(), draw.byte() & 3]),
        0x64 => (0x48, vec![0, 0]),
        0x65 => (0x49, vec![0]),
        0x66 => (0x4A, vec![0]),
        0x67 => (0x4B, vec![0]),
        0x7C => {
            received.check(said);
            let [low, high] = i16::from(draw.byte() as i8).to_le_bytes();
            match draw.below(8) {
                0 => (0x7A, vec![draw.byte(), draw.byte(), draw.byte() & 7, low, high, draw.byte(), draw.byte()]),
                1 => (0x7A, vec![1, 0, 0, draw.below(5), 0, draw.byte(), draw.byte() & 1]),
                2 => ([0x40, 0x41, 0x7A, 0x79][usize::from(draw.below(4))], draw.bytes(12).to_vec()),
                _ => (0x7A, vec![draw.byte() & 7, 0, 0, 0, 0, 0, 0]),
            }
        }
        _ => (0x40, Vec::new()),
    }
}

/// A true device behind a line that loses, doubles and spoils.
fn over_a_bad_line(draw: &mut Draw<'_>) {
    let mut pair = Pair::new(Baud::B115200);
    pair.until("the session", Duration::from_secs(5), |pair| is_online(&pair.line.events));
    let contents = file(draw.short() % 1_500 + 1);
    let job = Job::SendFile { kind: 1, contents: Arc::clone(&contents) };
    pair.line.bus.begin_job(pair.now, address(NUMBER), job).expect("a device that is online takes a job");
    let mut frames = 0;
    let mut arrived = 0;
    while !draw.is_empty() && frames < FRAME_LIMIT_FRAMES {
        frames += 1;
        let patience = pair.now + Duration::from_secs(1);
        let Some((from, mut bytes)) = pair.next_frame(patience) else { continue };
        match draw.below(12) {
            0 => {}
            1 => {
                pair.deliver(from, &bytes);
                pair.deliver(from, &bytes);
            }
            2 => {
                let at = usize::from(draw.byte()) % bytes.len();
                bytes[at] ^= draw.byte();
                mend(&mut bytes);
                pair.deliver(from, &bytes);
            }
            3 if from == From::Panel => pair.device.restart(),
            _ => pair.deliver(from, &bytes),
        }
        arrived += judge(draw, &mut pair, &contents);
    }
    let is_done = pair.line.events.iter().any(|(_, event)| matches!(event, BusEvent::Job(JobEvent::Done { .. })));
    assert!(!is_done || arrived > 0, "done, but the device has no file");
    check_end(&pair.line.events, true);
}

/// A file that arrived is the file; the device says what becomes of it.
fn judge(draw: &mut Draw<'_>, pair: &mut Pair, contents: &[u8]) -> u32 {
    let mut arrived = 0;
    for action in std::mem::take(&mut pair.actions) {
        if let Action::File { kind, contents: got } = action {
            assert_eq!((kind, got.expose()), (1, contents), "a file that nobody sent");
            arrived += 1;
            let verdicts = [FileVerdict::Processed, FileVerdict::Restarting, FileVerdict::Refused];
            let verdict = verdicts[usize::from(draw.below(3))];
            pair.device.judge_file(verdict);
        }
    }
    arrived
}

/// A job ends at most once, and says nothing more afterwards.
fn check_end(events: &[(rackward_protocol::osdp::Address, BusEvent)], has_begun: bool) {
    let mut has_ended = false;
    for (_, event) in events {
        let BusEvent::Job(event) = event else { continue };
        assert!(has_begun && !has_ended, "{event:?} of a job that is over");
        match event {
            JobEvent::Progress { sent, total } => assert!(sent <= total),
            JobEvent::KeyNotSent => panic!("a file has no key"),
            JobEvent::Done { .. } | JobEvent::Failed(_) => has_ended = true,
        }
    }
}
