//! What the slide of a lock says of itself: that its motor stalled, that it travels longer than it used to, what unlocked it.
//! Whether the lock follows a command in time is a condition of its door (`door.rs`).
//!
//! Vocabulary: the *usual travel* of a slide is the mean of the first travels we saw of it; it is journalled once, so that a
//! slide that slows down over years is compared with what it was and not with last week.

use core::time::Duration;

use super::Engine;
use crate::alarm::{AlarmKind, AlarmSource};
use crate::door::Passage;
use crate::entry::DeviceEntry;
use crate::id::{DeviceId, DoorId};
use crate::inventory::{SlideReport, Stall, UnlockCause};
use crate::time::Now;

/// How many travels make a mean: one slow travel in the cold says nothing.
const TRAVELS: usize = 5;

/// A difference below this is the clock of the device.
const LEAST_DRIFT: Duration = Duration::from_millis(50);

/// What is remembered of a slide while the daemon runs.
#[derive(Debug, Clone, Default)]
pub(super) struct SlideWatch {
    /// The last travels, [`TRAVELS`] at most, the oldest first.
    travels: Vec<Duration>,
    /// Whether the lock was seen to unlock and has not said why.
    unlock: Unlock,
}

/// Whether a lock was seen to unlock and has not said why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Unlock {
    #[default]
    Told,
    Untold,
}

impl Engine {
    /// The lock of a door was seen to unlock.
    pub(super) fn slide_unlocked(&mut self, door: DoorId) {
        let Some(lock) = self.site.door(door).map(|door| door.lock) else { return };
        if let Some(runtime) = self.devices.get_mut(&lock) {
            runtime.slide_watch.unlock = Unlock::Untold;
        }
    }

    pub(super) fn slide_moved(&mut self, now: Now, device: DeviceId, slide: SlideReport) {
        let Some(runtime) = self.devices.get_mut(&device) else { return };
        let before = runtime.slide.replace(slide);
        let unlock = runtime.slide_watch.unlock;
        let (kind, source) = (AlarmKind::SlideStalled, AlarmSource::Device(device));
        match slide.stalled {
            Stall::Yes => self.begin_alarm(now, kind, source),
            Stall::No => self.end_alarm(now, kind, source),
            Stall::Unknown => {}
        }
        // The same travel again without a movement is the same one told twice.
        let has_moved = unlock == Unlock::Untold || before.is_none_or(|before| before.travel != slide.travel);
        if let Some(travel) = slide.travel.filter(|_| has_moved && slide.stalled != Stall::Yes) {
            self.travelled(now, device, travel);
        }
        if let (Unlock::Untold, Some(cause)) = (unlock, slide.unlocked_by) {
            self.unlock_told(now, device, cause);
        }
    }

    /// Only what the journal does not say already: a release of ours is in it.
    fn unlock_told(&mut self, now: Now, device: DeviceId, cause: UnlockCause) {
        if let Some(runtime) = self.devices.get_mut(&device) {
            runtime.slide_watch.unlock = Unlock::Told;
        }
        let is_ours = match cause {
            UnlockCause::Command => self.door_of(device).is_some_and(|door| self.is_released(door)),
            UnlockCause::RightsList | UnlockCause::Key | UnlockCause::Unexplained => false,
        };
        if !is_ours {
            self.record(now, DeviceEntry::Unlocked { device, cause });
        }
    }

    fn is_released(&self, door: DoorId) -> bool {
        let passes = match self.door_record(door).passage {
            Passage::Released { .. } | Passage::Open { .. } => true,
            Passage::Idle | Passage::Suspect { .. } | Passage::Forced { .. } => false,
        };
        passes || self.mode_at_lock(door).is_unlocked()
    }

    fn travelled(&mut self, now: Now, device: DeviceId, travel: Duration) {
        let usual = self.device_record(device).usual_travel;
        let Some(runtime) = self.devices.get_mut(&device) else { return };
        let travels = &mut runtime.slide_watch.travels;
        if travels.len() == TRAVELS {
            travels.remove(0);
        }
        travels.push(travel);
        if travels.len() < TRAVELS {
            return;
        }
        let mean = travels.iter().sum::<Duration>() / TRAVELS as u32;
        match usual {
            None => {
                travels.clear();
                self.record(now, DeviceEntry::TravelLearned { device, travel: mean });
            }
            Some(usual) => self.judge_travel(now, device, usual, mean),
        }
    }

    /// Half as long again is slow; a quarter longer is not, or no longer.
    fn judge_travel(&mut self, now: Now, device: DeviceId, usual: Duration, mean: Duration) {
        let source = AlarmSource::Device(device);
        if mean > usual * 3 / 2 && mean.saturating_sub(usual) >= LEAST_DRIFT {
            self.begin_alarm(now, AlarmKind::SlideSlow, source);
        } else if mean <= usual * 5 / 4 || mean.saturating_sub(usual) < LEAST_DRIFT {
            self.end_alarm(now, AlarmKind::SlideSlow, source);
        }
    }
}
