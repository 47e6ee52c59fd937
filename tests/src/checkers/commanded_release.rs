//! Loss or return of any link, broker or daemon releases nothing: a motor starts only by a release that was sent to it a
//! moment ago, or by a card on the list of a device that is on its own; each release starts it at most once, and it stops by
//! itself when its time is over.

use std::collections::BTreeMap;
use std::time::Duration;

use rackward_core::Monotonic;
use rackward_core::id::{DeviceId, DoorId};

use super::{Checker, Sight};

/// How long a release may be on its way: it is good for three seconds, and firmware takes its time.
const UNDER_WAY: Duration = Duration::from_millis(3_500);

/// See the file's head.
#[derive(Debug, Default)]
pub struct CommandedRelease {
    /// Releases that have started no motor yet.
    unspent: BTreeMap<DeviceId, Vec<Monotonic>>,
    last_sent: BTreeMap<DeviceId, Monotonic>,
    motors: BTreeMap<DoorId, bool>,
}

impl Checker for CommandedRelease {
    fn name(&self) -> &'static str {
        "commanded release"
    }

    fn look(&mut self, sight: &Sight<'_>) -> Result<(), String> {
        let now = sight.now.monotonic;
        for sent in sight.sent {
            self.unspent.entry(sent.device).or_default().push(sent.at);
            self.last_sent.insert(sent.device, sent.at);
        }
        for door in sight.doors {
            let before = self.motors.insert(door.door, door.is_motor_on);
            if !door.is_motor_on {
                continue;
            }
            let started = before != Some(true);
            if started && door.is_by_list {
                self.last_sent.insert(door.lock, now);
            } else if started {
                let unspent = self.unspent.entry(door.lock).or_default();
                unspent.retain(|at| now.since(*at) <= UNDER_WAY);
                if unspent.is_empty() {
                    return Err(format!("the motor of {} started although nothing told it to", sight.path(door.door)));
                }
                unspent.remove(0);
            }
            let longest = sight.site.door(door.door).map_or(Duration::ZERO, |door| door.timings.release_time);
            let lasted = self.last_sent.get(&door.lock).map_or(Duration::MAX, |at| now.since(*at));
            if lasted > longest + UNDER_WAY {
                return Err(format!("the motor of {} did not stop by itself", sight.path(door.door)));
            }
        }
        Ok(())
    }
}
