//! One cause, one alarm: when every device of a line is away, the line is lost, and what its devices are alarms for is counted
//! behind that. A line is an OSDP bus or MQTT as a whole; a line with one device has nothing to gather.
//!
//! Vocabulary: a device is *lost* when it does not answer at all. One that answers and is not believed shows that the line works.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use crate::alarm::life::{DesignRule, Suppression};
use crate::alarm::{AlarmKind, AlarmSource};
use crate::engine::Engine;
use crate::engine::timers::TimerKey;
use crate::entry::AlarmEntry;
use crate::id::{AlarmId, DeviceId, LineId};
use crate::site::Site;
use crate::time::Now;

/// The fewest devices that a line must have to be lost as one.
const FEWEST_DEVICES: u32 = 2;

/// How long the other devices of a line have to answer once the first one does: as long as after a start. Less would fill the
/// desk with devices that are about to come back.
pub(super) const LINE_SETTLES: Duration = Duration::from_secs(20);

/// For how long a device of a shared line is away before that is an alarm of its own. Devices of a line that is cut fall
/// silent one after the other, each when it is asked next: by then all of them have, and the line is the alarm.
const MISSED_AFTER: Duration = Duration::from_secs(10);

/// How the lines are.
#[derive(Debug, Clone, Default)]
pub(in crate::engine) struct Lines {
    devices: BTreeMap<LineId, u32>,
    lost: BTreeMap<LineId, BTreeSet<DeviceId>>,
}

impl Lines {
    pub(in crate::engine) fn of(site: &Site) -> Self {
        let mut devices: BTreeMap<LineId, u32> = BTreeMap::new();
        for line in site.devices().filter_map(|device| device.line) {
            *devices.entry(line).or_default() += 1;
        }
        Self { devices, lost: BTreeMap::new() }
    }

    /// Whether there is such a line with enough devices.
    pub(super) fn can_be_lost(&self, line: LineId) -> bool {
        self.devices.get(&line).is_some_and(|devices| *devices >= FEWEST_DEVICES)
    }

    fn is_lost(&self, line: LineId) -> bool {
        let lost = self.lost.get(&line).map_or(0, BTreeSet::len);
        self.can_be_lost(line) && self.devices.get(&line).is_some_and(|devices| *devices as usize == lost)
    }
}

impl Engine {
    /// A device does not answer any more; asked before that becomes an alarm of its own, so that nobody sees the last one.
    pub(in crate::engine) fn lose_device(&mut self, now: Now, device: DeviceId) {
        let Some(line) = self.site.device(device).and_then(|device| device.line) else { return };
        self.lines.lost.entry(line).or_default().insert(device);
        let source = AlarmSource::Line(line);
        if !self.lines.is_lost(line) || self.is_active(AlarmKind::LineLost, source) {
            return;
        }
        self.begin_alarm(now, AlarmKind::LineLost, source);
        for missed in self.devices_of(line) {
            if self.timers.is_set(TimerKey::Missed(missed)) {
                self.raise_offline(now, missed);
            }
        }
        if let Some(cause) = self.active_alarms.get(&(source, AlarmKind::LineLost)).copied() {
            for alarm in self.alarms_of(line, AlarmKind::DeviceOffline) {
                self.count_behind(now, alarm, DesignRule::LineLost, cause);
            }
        }
    }

    /// A device is away. Where others share its line, whether it is the line shows within seconds.
    pub(in crate::engine) fn miss(&mut self, now: Now, device: DeviceId) {
        let line = self.site.device(device).and_then(|device| device.line);
        let shared = line.filter(|line| self.lines.can_be_lost(*line) && !self.lines.is_lost(*line));
        match shared {
            Some(_) => self.timers.set(TimerKey::Missed(device), now.monotonic.after(MISSED_AFTER)),
            None => self.raise_offline(now, device),
        }
    }

    /// That a device is away is an alarm.
    pub(in crate::engine) fn raise_offline(&mut self, now: Now, device: DeviceId) {
        self.timers.cancel(TimerKey::Missed(device));
        self.begin_alarm(now, AlarmKind::DeviceOffline, AlarmSource::Device(device));
    }

    /// A device answers, and is believed.
    pub(in crate::engine) fn no_longer_missed(&mut self, now: Now, device: DeviceId) {
        self.timers.cancel(TimerKey::Missed(device));
        self.end_alarm(now, AlarmKind::DeviceOffline, AlarmSource::Device(device));
    }

    /// A device answers, whoever it is: its line works.
    pub(in crate::engine) fn find_device(&mut self, now: Now, device: DeviceId) {
        let Some(line) = self.site.device(device).and_then(|device| device.line) else { return };
        if let Some(lost) = self.lines.lost.get_mut(&line) {
            lost.remove(&device);
        }
        self.end_alarm(now, AlarmKind::LineLost, AlarmSource::Line(line));
        self.end_alarm(now, AlarmKind::RevocationPending, AlarmSource::Line(line));
    }

    /// A device has not acknowledged a revocation in time. Where its whole line is lost, none can: that is one alarm, and each
    /// device is counted behind it.
    pub(in crate::engine) fn raise_revocation_pending(&mut self, now: Now, device: DeviceId) {
        let line = self.site.device(device).and_then(|device| device.line);
        if let Some(line) = line.filter(|line| self.is_active(AlarmKind::LineLost, AlarmSource::Line(*line))) {
            self.begin_alarm(now, AlarmKind::RevocationPending, AlarmSource::Line(line));
        }
        self.begin_alarm(now, AlarmKind::RevocationPending, AlarmSource::Device(device));
    }

    /// A device has acknowledged all revocations, or holds nothing any more that it had to.
    pub(in crate::engine) fn end_revocation_pending(&mut self, now: Now, device: DeviceId) {
        self.end_alarm(now, AlarmKind::RevocationPending, AlarmSource::Device(device));
        let Some(line) = self.site.device(device).and_then(|device| device.line) else { return };
        if self.alarms_of(line, AlarmKind::RevocationPending).is_empty() {
            self.end_alarm(now, AlarmKind::RevocationPending, AlarmSource::Line(line));
        }
    }

    /// A line that came back has had time enough: what is still away stands for itself.
    pub(in crate::engine) fn line_settled(&mut self, now: Now, line: LineId) {
        if self.is_active(AlarmKind::LineLost, AlarmSource::Line(line)) {
            return;
        }
        let kinds = [AlarmKind::DeviceOffline, AlarmKind::RevocationPending];
        for alarm in kinds.into_iter().flat_map(|kind| self.alarms_of(line, kind)).collect::<Vec<_>>() {
            let row = self.records.alarms.get(&alarm);
            if row.is_some_and(|row| matches!(row.life.suppression, Suppression::ByDesign { .. })) {
                self.record(now, AlarmEntry::Unsuppressed { alarm });
            }
        }
        self.cameras_settled(now, line);
    }

    /// The alarms of one kind that devices of a line have, on the list or behind another.
    fn alarms_of(&self, line: LineId, kind: AlarmKind) -> Vec<AlarmId> {
        let active = |device| self.active_alarms.get(&(AlarmSource::Device(device), kind)).copied();
        self.devices_of(line).into_iter().filter_map(active).collect()
    }

    fn devices_of(&self, line: LineId) -> Vec<DeviceId> {
        let on_line = self.site.devices().filter(|device| device.line == Some(line));
        on_line.map(|device| device.id).collect()
    }
}
