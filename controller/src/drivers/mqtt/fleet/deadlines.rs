//! Which device wants to be looked at when: for an answer that is overdue, or for its silence.
//!
//! Decides nothing. It finds the next of ten thousand devices without a look at the others, and a message of a device costs
//! it nothing: a device that is woken too early says when to come again.

use std::collections::{BTreeMap, BTreeSet};

use rackward_core::Monotonic;
use rackward_core::id::DeviceId;

/// One deadline for each device at most.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    by_time: BTreeSet<(Monotonic, DeviceId)>,
    of: BTreeMap<DeviceId, Monotonic>,
}

impl Deadlines {
    /// Sees to it that the device is looked at by `due`.
    pub(super) fn no_later(&mut self, device: DeviceId, due: Option<Monotonic>) {
        let Some(due) = due else { return };
        match self.of.get(&device) {
            Some(before) if *before <= due => return,
            Some(before) => {
                self.by_time.remove(&(*before, device));
            }
            None => {}
        }
        self.of.insert(device, due);
        self.by_time.insert((due, device));
    }

    /// Takes one device whose deadline has come.
    pub(super) fn take_due(&mut self, now: Monotonic) -> Option<DeviceId> {
        let (due, device) = *self.by_time.first().filter(|(due, _)| *due <= now)?;
        self.by_time.remove(&(due, device));
        self.of.remove(&device);
        Some(device)
    }

    /// The next deadline.
    pub(super) fn first(&self) -> Option<Monotonic> {
        self.by_time.first().map(|(due, _)| *due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_deadline_of_each_device_counts() {
        let mut deadlines = Deadlines::default();
        let at = Monotonic::from_micros;
        let device = DeviceId::new;
        for (number, due) in [(1, Some(9)), (2, Some(7)), (1, Some(5)), (1, Some(8)), (2, None)] {
            deadlines.no_later(device(number), due.map(at));
        }
        assert_eq!((deadlines.first(), deadlines.take_due(at(4))), (Some(at(5)), None));
        assert_eq!(deadlines.take_due(at(9)), Some(device(1)));
        assert_eq!(deadlines.take_due(at(9)), Some(device(2)));
        assert_eq!((deadlines.take_due(at(9)), deadlines.first()), (None, None));
    }
}
