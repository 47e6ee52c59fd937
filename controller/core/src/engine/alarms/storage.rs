//! The disk with the journal fills (`alarms.md` 23: at 80 %). That it is full shows where it cannot be written
//! (`journal_unwritable`); this is the alarm before that, while there is time. How full it is the shell measures.

use crate::alarm::{AlarmKind, AlarmSource};
use crate::engine::Engine;
use crate::engine::input::StorageRoom;
use crate::time::Now;

/// From this share on it is filling.
const FILLING_PERCENT: u128 = 80;

/// Below this share it is not any more, so that a value on the line does not ring.
const EASED_PERCENT: u128 = 75;

/// With so much left nothing is filling, whatever share that is: a journal takes longer than a year for it.
const PLENTY_BYTES: u64 = 64 << 30;

impl StorageRoom {
    /// Whether a disk is filling, or was and has not been given enough room since.
    fn is_filling(self, was: bool) -> bool {
        let limit = if was { EASED_PERCENT } else { FILLING_PERCENT };
        let used = u128::from(self.size_bytes.saturating_sub(self.free_bytes));
        self.free_bytes < PLENTY_BYTES && used * 100 >= u128::from(self.size_bytes) * limit && self.size_bytes > 0
    }
}

impl Engine {
    /// So much room is on the disk with the journal.
    pub(in crate::engine) fn storage_measured(&mut self, now: Now, room: StorageRoom) {
        let (kind, source) = (AlarmKind::StorageFilling, AlarmSource::Site);
        if room.is_filling(self.is_active(kind, source)) {
            self.begin_alarm(now, kind, source);
        } else {
            self.end_alarm(now, kind, source);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_fills_from_four_fifths_on_and_is_eased_at_three_quarters() {
        const GIB: u64 = 1 << 30;
        let check = |free_bytes, size_bytes, was, expect| {
            let room = StorageRoom { free_bytes, size_bytes };
            assert_eq!(room.is_filling(was), expect, "{free_bytes} of {size_bytes}, {was}");
        };
        check(20 * GIB + 1, 100 * GIB, false, false);
        check(20 * GIB, 100 * GIB, false, true);
        check(21 * GIB, 100 * GIB, true, true);
        check(25 * GIB, 100 * GIB, true, true);
        check(25 * GIB + 1, 100 * GIB, true, false);
        check(64 * GIB - 1, 1_000 * GIB, false, true);
        check(64 * GIB, 1_000 * GIB, false, false);
        check(64 * GIB, 1_000 * GIB, true, false);
        check(0, 100 * GIB, false, true);
        // A share that cannot be, as a file system may tell it.
        check(101 * GIB, 100 * GIB, false, false);
        check(0, 0, false, false);
    }
}
