//! A lock is released only after an entry that names the grant or operator is durable. The exit button alone acts first,
//! and only while somebody pressed it. Looked at twice: as the release leaves the daemon, and as the motor starts. A device
//! that decides by its rights list has its reason in that list (`acknowledged_revocation`, `joined_log`).

use std::collections::BTreeMap;
use std::time::Duration;

use rackward_core::Monotonic;
use rackward_core::engine::output::ReleaseCause;
use rackward_core::id::DoorId;

use super::{Checker, Sight, released};

/// How old the reason of a release may be when the motor starts: a command is good for three seconds, and the last frame
/// and the firmware take their time.
const REASON_GOOD_FOR: Duration = Duration::from_millis(3_500);

/// How old a press of the exit button may be when its release leaves the daemon: a lock keeps what it has to tell until its
/// session ends after eight seconds of silence, and a line in trouble may take as long.
const PRESS_GOOD_FOR: Duration = Duration::from_secs(12);

/// See the file's head.
#[derive(Debug, Default)]
pub struct RecordedRelease {
    pressed_at: BTreeMap<DoorId, Monotonic>,
    motors: BTreeMap<DoorId, bool>,
}

impl RecordedRelease {
    fn is_pressed(&self, sight: &Sight<'_>, door: DoorId) -> bool {
        self.pressed_at.get(&door).is_some_and(|at| sight.now.monotonic.since(*at) <= PRESS_GOOD_FOR)
    }

    fn check_sent(&self, sight: &Sight<'_>) -> Result<(), String> {
        for sent in sight.sent {
            let is_durable =
                || sight.disk.journal().iter().rev().any(|s| released(s).is_some_and(|(_, c)| c == sent.command));
            let door = sight.doors.iter().find(|door| door.lock == sent.device).map(|door| door.door);
            let may_go = match sent.cause {
                ReleaseCause::Admitted => is_durable(),
                ReleaseCause::LifeSafety => door.is_some_and(|door| self.is_pressed(sight, door)),
            };
            if !may_go {
                return Err(format!("{} was sent to {} without a durable reason", sent.command, sent.device));
            }
        }
        Ok(())
    }
}

/// Whether a release of the door became durable a moment ago.
fn is_recorded(sight: &Sight<'_>, door: DoorId) -> bool {
    let newest_first = sight.disk.journal().iter().rev();
    let mut recent = newest_first.take_while(|stamped| sight.now.wall.since(stamped.at) <= REASON_GOOD_FOR);
    recent.any(|stamped| released(stamped).is_some_and(|(of, _)| of == door))
}

impl Checker for RecordedRelease {
    fn name(&self) -> &'static str {
        "recorded release"
    }

    fn look(&mut self, sight: &Sight<'_>) -> Result<(), String> {
        self.pressed_at.extend(sight.pressed.iter().map(|door| (*door, sight.now.monotonic)));
        self.check_sent(sight)?;
        for door in sight.doors {
            let before = self.motors.insert(door.door, door.is_motor_on);
            let started = door.is_motor_on && before != Some(true) && !door.is_by_list;
            if started && !is_recorded(sight, door.door) && !self.is_pressed(sight, door.door) {
                return Err(format!("the motor of {} started without a reason", sight.path(door.door)));
            }
        }
        Ok(())
    }
}
