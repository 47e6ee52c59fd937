//! A door that opens without a release, an exit request or the key is a forced alarm within its debounce, and a turned key
//! is an alarm of its own; none is lost across crashes.
//!
//! The truth is the hardware's: an opening counts when the bolt held and the key was home at that moment. The clock runs
//! only while the daemon can see the door: it lives, it can write, the device is there and no fault touches its link. A
//! release that is recorded while the door is open explains it, because an exit request may be heard late; and where the
//! daemon knew of an earlier passage that it has not seen end, it cannot tell this opening from that one.

use std::collections::BTreeMap;
use std::time::Duration;

use rackward_core::Monotonic;
use rackward_core::alarm::{AlarmKind, AlarmSource, Condition};
use rackward_core::door::Passage;
use rackward_core::id::DoorId;

use super::{Checker, DoorSight, Sight, released};

/// How long after its debounce an alarm may come: three polls of a busy line that each fail once.
const SLACK: Duration = Duration::from_secs(3);

/// See the file's head.
#[derive(Debug, Default)]
pub struct UnexplainedOpening {
    doors: BTreeMap<DoorId, Watch>,
}

#[derive(Debug)]
struct Watch {
    opening: Opening,
    key: Key,
}

#[derive(Clone, Copy, Debug)]
enum Opening {
    Closed,
    /// Open, and somebody may be there by right.
    Explained,
    /// Forced, and not alarmed yet; seen without a break since then.
    Forced {
        seen_since: Monotonic,
    },
}

#[derive(Clone, Copy, Debug)]
enum Key {
    Home,
    Turned { seen_since: Monotonic },
}

/// Since when nothing has kept the daemon from seeing the door; `None` while something does.
fn seen_since(sight: &Sight<'_>, door: &DoorSight) -> Option<Monotonic> {
    let device = sight.device(door.lock)?;
    let is_seen = sight.daemon?.is_writable && device.is_connected && device.is_believed_online;
    is_seen.then_some(device.disturbed_at)
}

fn is_active(sight: &Sight<'_>, door: DoorId, kinds: &[AlarmKind]) -> bool {
    sight.records().alarms.values().any(|alarm| {
        alarm.source == AlarmSource::Door(door) && kinds.contains(&alarm.kind) && alarm.condition == Condition::Active
    })
}

impl Watch {
    fn new() -> Self {
        Self { opening: Opening::Closed, key: Key::Home }
    }

    fn look(&mut self, sight: &Sight<'_>, door: &DoorSight) -> Result<(), String> {
        let seen = seen_since(sight, door);
        let now = sight.now.monotonic;
        let clock = |since: Monotonic| seen.map_or(now, |calm| since.max(calm));
        self.opening = match self.opening {
            _ if !door.is_opened() => Opening::Closed,
            Opening::Closed => first_opened(sight, door),
            _ if is_explained(sight, door.door) => Opening::Explained,
            Opening::Explained => Opening::Explained,
            Opening::Forced { seen_since } => Opening::Forced { seen_since: clock(seen_since) },
        };
        self.key = match self.key {
            _ if door.is_key_turned != Some(true) => Key::Home,
            Key::Home => Key::Turned { seen_since: now },
            Key::Turned { seen_since } => Key::Turned { seen_since: clock(seen_since) },
        };
        self.check(sight, door)
    }

    fn check(&self, sight: &Sight<'_>, door: &DoorSight) -> Result<(), String> {
        let now = sight.now.monotonic;
        let debounce = sight.site.door(door.door).map_or(Duration::ZERO, |door| door.timings.forced_debounce);
        if let Opening::Forced { seen_since } = self.opening
            && now.since(seen_since) > debounce + SLACK
            && !is_active(sight, door.door, &[AlarmKind::DoorForced, AlarmKind::HandleForced])
        {
            return Err(format!("{} was forced and no alarm says so", sight.path(door.door)));
        }
        if let Key::Turned { seen_since } = self.key
            && now.since(seen_since) > SLACK
            && !is_active(sight, door.door, &[AlarmKind::KeyOverride])
        {
            return Err(format!("the key of {} is turned and no alarm says so", sight.path(door.door)));
        }
        Ok(())
    }
}

fn first_opened(sight: &Sight<'_>, door: &DoorSight) -> Opening {
    let passage = sight.records().doors.get(&door.door).map_or(Passage::Idle, |record| record.passage);
    // A passage that the daemon has already taken for suspect or forced is this very opening.
    let is_known = matches!(passage, Passage::Released { .. } | Passage::Open { .. });
    let is_forced = door.is_held && door.is_key_turned != Some(true);
    if is_forced && !is_known && !is_explained(sight, door.door) {
        Opening::Forced { seen_since: sight.now.monotonic }
    } else {
        Opening::Explained
    }
}

fn is_explained(sight: &Sight<'_>, door: DoorId) -> bool {
    let passage = sight.records().doors.get(&door).map(|record| record.passage);
    let is_by_right = matches!(passage, Some(Passage::Released { .. } | Passage::Open { .. }));
    is_by_right || sight.fresh.iter().any(|stamped| released(stamped).is_some_and(|(of, _)| of == door))
}

impl Checker for UnexplainedOpening {
    fn name(&self) -> &'static str {
        "unexplained opening"
    }

    fn look(&mut self, sight: &Sight<'_>) -> Result<(), String> {
        for door in sight.doors {
            self.doors.entry(door.door).or_insert_with(Watch::new).look(sight, door)?;
        }
        Ok(())
    }
}
