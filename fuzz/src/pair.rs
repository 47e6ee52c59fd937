//! A panel and one device of ours on one line in virtual time, with what each told. What happens to bytes between them is
//! the run's.

use std::time::Duration;

use rackward_protocol::osdp::{Action, Baud, DeviceRole, Micros, Peripheral};

use crate::ends::{Watched, address, known, peripheral};

/// The only device.
pub(crate) const NUMBER: u8 = 1;

/// Both ends.
pub(crate) struct Pair {
    pub(crate) now: Micros,
    pub(crate) line: Watched,
    pub(crate) device: Peripheral,
    pub(crate) actions: Vec<Action>,
    baud: Baud,
}

/// Who put a frame on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    Panel,
    Device,
}

impl Pair {
    pub(crate) fn new(baud: Baud) -> Self {
        let now = Micros::from_secs(1);
        let mut line = Watched::new(baud);
        line.bus.add(now, address(NUMBER), known(NUMBER, DeviceRole::Reader));
        Self { now, line, device: peripheral(NUMBER, baud), actions: Vec::new(), baud }
    }

    /// The next frame that an end puts on the line before `end`; time goes on to when it has been sent.
    pub(crate) fn next_frame(&mut self, end: Micros) -> Option<(From, Vec<u8>)> {
        let mut stuck = 0;
        while self.now < end {
            if let Some(bytes) = self.turn_device() {
                self.now = self.now + self.baud.wire_time(bytes.len());
                return Some((From::Device, bytes));
            }
            if let Some(bytes) = self.line.turn(self.now) {
                self.now = self.now + self.baud.wire_time(bytes.len());
                return Some((From::Panel, bytes));
            }
            let due = [self.line.bus.next_deadline(), self.device.next_deadline()].into_iter().flatten().min();
            match due {
                Some(due) if due <= self.now => {
                    stuck += 1;
                    assert!(stuck < 64, "due in the past again and again");
                }
                Some(due) => (self.now, stuck) = (due.min(end), 0),
                None => self.now = end,
            }
        }
        None
    }

    fn turn_device(&mut self) -> Option<Vec<u8>> {
        self.device.handle_timeout(self.now);
        let bytes = self.device.poll_transmit(self.now);
        self.take_actions();
        bytes
    }

    /// Bytes reach the other end, if it listens at their speed.
    pub(crate) fn deliver(&mut self, from: From, bytes: &[u8]) {
        if self.line.bus.line_speed() != self.device.baud() {
            return;
        }
        match from {
            From::Panel => self.device.handle_bytes(self.now, bytes),
            From::Device => self.line.feed(self.now, bytes),
        }
        self.take_actions();
    }

    fn take_actions(&mut self) {
        while let Some(action) = self.device.poll_action() {
            self.actions.push(action);
        }
    }

    /// A sound line for so long.
    pub(crate) fn run(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some((from, bytes)) = self.next_frame(end) {
            self.deliver(from, &bytes);
        }
    }

    /// A sound line until `is_so`.
    ///
    /// # Panics
    /// It is not so in time.
    pub(crate) fn until(&mut self, what: &str, span: Duration, is_so: impl Fn(&Self) -> bool) {
        let end = self.now + span;
        while !is_so(self) {
            let (from, bytes) =
                self.next_frame(end).unwrap_or_else(|| panic!("waited in vain for {what}: {:?}", self.line.events));
            self.deliver(from, &bytes);
        }
    }
}
