//! A trace of one bus: every frame as one line of OSDPCAP, the format that OSDP tools read.
//!
//! Decides how bytes are grouped into lines and what a slow reader misses. What must not be traced is the caller's to say:
//! frames that carry a key under the published one are left out, in both directions.
//!
//! Vocabulary: *output* is what the panel sends, *input* what it hears.

use rackward_core::{Monotonic, Now, Wall};
use rackward_dashboard::bus::BusFinding;
use tokio::sync::mpsc;

/// Bytes heard that wait for the end of their frame. The longest frame fits; of a babble, pieces of this size are told.
const HEARD_LIMIT_BYTES: usize = 1_440;

/// Which way a frame went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Output,
    Input,
}

/// A trace under way.
#[derive(Debug)]
pub(super) struct Trace {
    until: Monotonic,
    findings: mpsc::Sender<BusFinding>,
    /// What was heard since the last frame was sent, and when it began.
    heard: Vec<u8>,
    heard_at: Wall,
    /// Lines not told yet because the reader was too slow.
    missed: u64,
}

impl Trace {
    /// A trace that ends at `until`, or when its reader leaves.
    pub(super) fn new(until: Monotonic, findings: mpsc::Sender<BusFinding>) -> Self {
        Self { until, findings, heard: Vec::new(), heard_at: Wall::default(), missed: 0 }
    }

    /// A frame left.
    pub(super) fn sent(&mut self, now: Now, frame: &[u8]) {
        self.end_frame();
        self.tell(Way::Output, now.wall, frame);
    }

    /// Bytes arrived.
    pub(super) fn heard(&mut self, now: Now, bytes: &[u8]) {
        if self.heard.len() + bytes.len() > HEARD_LIMIT_BYTES {
            self.end_frame();
        }
        if self.heard.is_empty() {
            self.heard_at = now.wall;
        }
        self.heard.extend_from_slice(bytes);
    }

    /// Whether it has come to its end.
    pub(super) fn is_over(&self, now: Monotonic) -> bool {
        now >= self.until || self.findings.is_closed()
    }

    /// When it ends.
    pub(super) fn until(&self) -> Monotonic {
        self.until
    }

    /// One exchange is on the line at a time, so what was heard between two frames of the panel belongs together.
    fn end_frame(&mut self) {
        if !self.heard.is_empty() {
            let heard = std::mem::take(&mut self.heard);
            self.tell(Way::Input, self.heard_at, &heard);
        }
    }

    /// The bus never waits for a reader.
    fn tell(&mut self, way: Way, at: Wall, bytes: &[u8]) {
        if self.missed > 0 && self.findings.try_send(BusFinding::Missed(self.missed)).is_ok() {
            self.missed = 0;
        }
        let told = self.missed == 0 && self.findings.try_send(BusFinding::TraceLine(line(way, at, bytes))).is_ok();
        if !told {
            self.missed = self.missed.saturating_add(1);
        }
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        self.end_frame();
        if self.missed > 0 {
            // The reader sees the end either way; how much is lacking is said when there is room for it.
            let _full = self.findings.try_send(BusFinding::Missed(self.missed));
        }
    }
}

/// One line of OSDPCAP, version 1: all values are strings, bytes in hexadecimal with dashes.
fn line(way: Way, at: Wall, bytes: &[u8]) -> String {
    let io = match way {
        Way::Output => "output",
        Way::Input => "input",
    };
    let (seconds, nanos) = (at.as_seconds(), at.as_micros().rem_euclid(1_000_000) * 1_000);
    let data: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    let data = data.join("-");
    format!(
        r#"{{"timeSec":"{seconds}","timeNano":"{nanos:09}","io":"{io}","data":"{data}","osdpTraceVersion":"1","osdpSource":"rackward"}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Now {
        Now { monotonic: Monotonic::from_micros(micros.unsigned_abs()), wall: Wall::from_micros(micros) }
    }

    fn told(findings: &mut mpsc::Receiver<BusFinding>) -> Vec<BusFinding> {
        std::iter::from_fn(|| findings.try_recv().ok()).collect()
    }

    #[test]
    fn a_frame_is_one_line_that_other_tools_read() {
        let (findings, mut reader) = mpsc::channel(8);
        let mut trace = Trace::new(Monotonic::from_micros(9_000_000), findings);
        trace.sent(at(1_580_342_115_000_042), &[0x53, 0x00, 0x0D]);
        trace.heard(at(1_580_342_115_001_000), &[0x53, 0x80]);
        trace.heard(at(1_580_342_115_002_000), &[0x08]);
        trace.sent(at(1_580_342_115_003_000), &[0xFF]);
        let line = |nanos: &str, io: &str, data: &str| {
            BusFinding::TraceLine(format!(
                r#"{{"timeSec":"1580342115","timeNano":"{nanos}","io":"{io}","data":"{data}","osdpTraceVersion":"1","osdpSource":"rackward"}}"#
            ))
        };
        let expect = [
            line("000042000", "output", "53-00-0D"),
            line("001000000", "input", "53-80-08"),
            line("003000000", "output", "FF"),
        ];
        assert_eq!(told(&mut reader), expect);
    }

    #[test]
    fn a_slow_reader_learns_how_much_it_missed() {
        let (findings, mut reader) = mpsc::channel(2);
        let mut trace = Trace::new(Monotonic::from_micros(9_000_000), findings);
        for _ in 0..5 {
            trace.sent(at(1), &[1]);
        }
        assert_eq!(told(&mut reader).len(), 2);
        trace.sent(at(1), &[2]);
        let late = told(&mut reader);
        assert_eq!(late.first(), Some(&BusFinding::Missed(3)));
        assert!(matches!(late.get(1), Some(BusFinding::TraceLine(line)) if line.contains(r#""data":"02""#)));
    }

    #[test]
    fn a_babble_does_not_pile_up() {
        let (findings, mut reader) = mpsc::channel(8);
        let mut trace = Trace::new(Monotonic::from_micros(9_000_000), findings);
        for _ in 0..4 {
            trace.heard(at(1), &[0; 1_000]);
        }
        assert_eq!(told(&mut reader).len(), 3);
        drop(trace);
        assert_eq!(told(&mut reader).len(), 1);
    }

    #[test]
    fn it_ends_with_its_time_or_its_reader() {
        let (findings, reader) = mpsc::channel(8);
        let trace = Trace::new(Monotonic::from_micros(10), findings);
        assert!(!trace.is_over(Monotonic::from_micros(9)));
        assert!(trace.is_over(Monotonic::from_micros(10)));
        drop(reader);
        assert!(trace.is_over(Monotonic::from_micros(0)));
    }
}
