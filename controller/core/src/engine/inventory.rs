//! What devices say about themselves besides who they are: what follows from a failed test, from starting again and again and
//! from a wrong clock, and how far a device is trusted.
//!
//! | misgiving | grade alone |
//! |---|---|
//! | another device answers, default key | D |
//! | link not protected | C |
//! | old firmware, failed test, unexplained starts, old key | B; two of them C |
//!
//! What a door asks of its reader and lock is a rule of `decide/device_trust.rs`; here it is kept which points do not meet it.

use core::time::Duration;

use super::Engine;
use crate::alarm::{AlarmKind, AlarmSource};
use crate::device::Trust;
use crate::engine::input::Identity;
use crate::entry::DeviceEntry;
use crate::id::{DeviceId, DoorId, PointId};
use crate::inventory::{Channel, Description, Misgiving, TrustGrade};
use crate::job::firmware_version;
use crate::site::Role;
use crate::site::draft::Side;
use crate::time::{Monotonic, Now};

/// So many unexplained starts within [`REBOOT_SPAN`] are a misgiving: one may be a loose plug, three are none.
const REBOOTS: usize = 3;

/// See [`REBOOTS`].
const REBOOT_SPAN: Duration = Duration::from_secs(24 * 3_600);

/// How a device fares while the daemon runs.
#[derive(Debug, Clone)]
pub(super) struct Health {
    /// When it last started without a cause, the last [`REBOOTS`].
    starts: Vec<Monotonic>,
    /// The grade that the journal knows.
    grade: TrustGrade,
    /// What its key is.
    pub(super) key: KeyHeld,
    /// Whether it says that its supply is out of range.
    pub(super) said_supply: bool,
    /// Whether what it measures of its supply is.
    pub(super) measured_supply: bool,
}

/// Which key a device was last seen to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum KeyHeld {
    /// Its own, as far as is known.
    #[default]
    Own,
    /// The published default key.
    Published,
}

impl Default for Health {
    fn default() -> Self {
        Self { starts: Vec::new(), grade: TrustGrade::A, key: KeyHeld::Own, said_supply: false, measured_supply: false }
    }
}

impl Engine {
    /// At the start: a device that was known to start again and again is so for another day, and every device gets the grade
    /// that its records give it.
    pub(super) fn begin_inventory(&mut self, now: Now) {
        let highest = self.site.points().map(|point| point.id.get() as usize).max().unwrap_or(0);
        self.untrusted = vec![false; highest + 1];
        let devices: Vec<DeviceId> = self.devices.keys().copied().collect();
        for device in devices {
            let restless = self.is_active(AlarmKind::UnexplainedReboots, AlarmSource::Device(device));
            if let Some(runtime) = self.devices.get_mut(&device).filter(|_| restless) {
                runtime.health.starts = vec![now.monotonic; REBOOTS];
            }
            self.regrade(now, device);
        }
    }

    /// In each minute: starts that are long ago.
    pub(super) fn review_health(&mut self, now: Now) {
        let restless = |(source, kind): &(AlarmSource, AlarmKind)| match (source, kind) {
            (AlarmSource::Device(device), AlarmKind::UnexplainedReboots) => Some(*device),
            _ => None,
        };
        let devices: Vec<DeviceId> = self.active_alarms.keys().filter_map(restless).collect();
        devices.into_iter().for_each(|device| self.review_starts(now, device));
    }

    pub(super) fn described(&mut self, now: Now, device: DeviceId, description: Description) {
        let Some(runtime) = self.devices.get_mut(&device) else { return };
        runtime.description = description;
        if let Some(cause) = description.boot {
            if cause.is_unexplained() {
                runtime.health.starts.push(now.monotonic);
            }
            self.record(now, DeviceEntry::Booted { device, cause, self_test: description.self_test });
            self.facts_lost(now, device);
        }
        let source = AlarmSource::Device(device);
        if description.self_test == 0 {
            self.end_alarm(now, AlarmKind::SelfTestFailed, source);
        } else {
            self.begin_alarm(now, AlarmKind::SelfTestFailed, source);
        }
        self.review_starts(now, device);
    }

    /// A device that was without power may have stopped its lock anywhere: what it said before is void until it says it again.
    fn facts_lost(&mut self, now: Now, device: DeviceId) {
        if let Some(door) = self.door_of(device) {
            let forgotten = self.door_record(door).facts.forgotten();
            self.door_facts(now, door, forgotten);
        }
    }

    fn review_starts(&mut self, now: Now, device: DeviceId) {
        let Some(runtime) = self.devices.get_mut(&device) else { return };
        let starts = &mut runtime.health.starts;
        starts.retain(|at| now.monotonic.since(*at) < REBOOT_SPAN);
        let older = starts.len().saturating_sub(REBOOTS);
        starts.drain(..older);
        let is_restless = starts.len() == REBOOTS;
        let (kind, source) = (AlarmKind::UnexplainedReboots, AlarmSource::Device(device));
        if is_restless {
            self.begin_alarm(now, kind, source)
        } else {
            self.end_alarm(now, kind, source)
        }
        self.regrade(now, device);
    }

    /// The clock of a device is off by so much. Once it is too far, it must come to half of that to be right again.
    pub(super) fn clock_heard(&mut self, now: Now, device: DeviceId, offset_ms: i64) {
        let (kind, source) = (AlarmKind::ClockDrift, AlarmSource::Device(device));
        let Some(runtime) = self.devices.get_mut(&device) else { return };
        runtime.clock_offset_ms = Some(offset_ms);
        let (limit, off) = (self.site.remote.clock_limit, Duration::from_millis(offset_ms.unsigned_abs()));
        let was_off = self.is_active(kind, source);
        let is_off = off > if was_off { limit / 2 } else { limit };
        if is_off != was_off {
            self.record(now, DeviceEntry::ClockOff { device, offset_ms });
        }
        // What is right again is no alarm any more when the site's comes to its end with it, and what is wrong is behind that
        // from its birth.
        if !is_off {
            self.end_alarm(now, kind, source);
        }
        self.clock_told(now, device, offset_ms, is_off);
        if is_off {
            self.begin_alarm(now, kind, source);
        }
    }

    /// What lowers the grade of a device, in order.
    pub(super) fn misgivings_of(&self, device: DeviceId) -> Vec<Misgiving> {
        let Some(runtime) = self.devices.get(&device) else { return Vec::new() };
        let record = self.device_record(device);
        let replaced = matches!(record.trust, Trust::Replaced { .. }) || self.damaged_devices.contains(&device);
        let known = record.accepted().map(|known| &known.identity);
        let old = runtime.identity.as_ref().or(known).is_some_and(|identity| self.is_firmware_old(identity));
        let restless = runtime.health.starts.len() >= REBOOTS;
        [
            (old, Misgiving::OldFirmware),
            (runtime.description.channel == Channel::Plaintext, Misgiving::Plaintext),
            (runtime.health.key == KeyHeld::Published, Misgiving::DefaultKey),
            (restless, Misgiving::UnexplainedReboots),
            (runtime.description.self_test != 0, Misgiving::SelfTest),
            (self.is_active(AlarmKind::CertificateExpiring, AlarmSource::Device(device)), Misgiving::OldKey),
            (replaced, Misgiving::Unproven),
        ]
        .into_iter()
        .filter_map(|(holds, misgiving)| holds.then_some(misgiving))
        .collect()
    }

    /// A version that cannot be read is not known to be new enough.
    fn is_firmware_old(&self, identity: &Identity) -> bool {
        let mut floors = self.site.remote.firmware.iter().filter(|floor| identity.model.starts_with(&floor.model));
        floors.any(|floor| firmware_version(&identity.firmware).is_none_or(|version| version < floor.version))
    }

    pub(super) fn grade_of(&self, device: DeviceId) -> TrustGrade {
        TrustGrade::of(&self.misgivings_of(device))
    }

    /// Something about a device changed that its grade may depend on. One that is not believed at all has no use for a grade:
    /// its own alarm says so.
    pub(super) fn regrade(&mut self, now: Now, device: DeviceId) {
        let misgivings = self.misgivings_of(device);
        if misgivings.contains(&Misgiving::Unproven) {
            return;
        }
        let grade = TrustGrade::of(&misgivings);
        let Some(runtime) = self.devices.get_mut(&device) else { return };
        if core::mem::replace(&mut runtime.health.grade, grade) != grade {
            self.record(now, DeviceEntry::GradeChanged { device, grade });
            self.follow_grade(device);
        }
        let (kind, source) = (AlarmKind::GradeTooLow, AlarmSource::Device(device));
        let is_too_low = self.asked_of(device).is_some_and(|lowest| grade > lowest);
        if is_too_low { self.begin_alarm(now, kind, source) } else { self.end_alarm(now, kind, source) }
    }

    /// The lowest grade that lets a device release its door alone; `None` for one that lets nobody in.
    fn asked_of(&self, device: DeviceId) -> Option<TrustGrade> {
        let door = match &self.site.device(device)?.role {
            Role::Reader { point } => self.site.point(*point).filter(|point| point.side == Side::In)?.door,
            Role::Lock { door } | Role::Handle { door, .. } => *door,
            Role::Inputs { .. } => return None,
        };
        self.asked_at(door)
    }

    fn asked_at(&self, door: DoorId) -> Option<TrustGrade> {
        let area = self.site.area(self.site.door(door)?.area)?;
        Some(self.site.remote.lowest_grade(area.id, area.class))
    }

    /// Whether a device is trusted enough to open its door by itself: it is who it should be, and its grade is what its area
    /// asks.
    pub(super) fn may_open_alone(&self, device: DeviceId) -> bool {
        let is_graded = self.asked_of(device).is_some_and(|lowest| self.grade_of(device) <= lowest);
        let is_itself = !matches!(self.device_record(device).trust, Trust::Replaced { .. });
        is_graded && is_itself && !self.damaged_devices.contains(&device) && !self.lacks_certificate(device)
    }

    /// Keeps in step which points have a reader or lock that is trusted too little. Whoever leaves is not asked for a grade.
    fn follow_grade(&mut self, device: DeviceId) {
        let Some(door) = self.door_at(device).and_then(|door| self.site.door(door)) else { return };
        let Some(lowest) = self.asked_at(door.id) else { return };
        let grade = |device: &DeviceId| self.devices.get(device).map_or(TrustGrade::A, |row| row.health.grade);
        let readers = self.readers.get(&door.id).into_iter().flatten();
        let reads = |device: &DeviceId| match self.site.device(*device).map(|device| &device.role) {
            Some(Role::Reader { point } | Role::Handle { point, .. }) => Some(*point),
            Some(Role::Lock { .. } | Role::Inputs { .. }) | None => None,
        };
        let is_inward = |point: &PointId| self.site.point(*point).is_some_and(|point| point.side == Side::In);
        let is_low = |point: &PointId| {
            let mut at_point = readers.clone().filter(|device| reads(device) == Some(*point));
            grade(&door.lock) > lowest || at_point.any(|device| grade(device) > lowest)
        };
        let inward = door.points.iter().filter(|point| is_inward(point));
        let flags: Vec<(PointId, bool)> = inward.map(|point| (*point, is_low(point))).collect();
        for (point, is_low) in flags {
            if let Some(flag) = self.untrusted.get_mut(point.get() as usize) {
                *flag = is_low;
            }
        }
    }
}
