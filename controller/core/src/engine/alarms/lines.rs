//! One cause, one alarm: when every device of a line is away, the line is lost, and what its devices are alarms for is counted
//! behind that. A line is an OSDP bus or MQTT as a whole; a line with one device has nothing to gather.
//!
//! Vocabulary: a device is *lost* when it does not answer at all. One that answers and is not believed shows that the line works.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use crate::alarm::life::{DesignRule, Suppression};
use crate::alarm::{AlarmKind, AlarmSource};
use crate::engine::Engine;
use crate::entry::AlarmEntry;
use crate::id::{AlarmId, DeviceId, LineId};
use crate::site::Site;
use crate::time::Now;

/// The fewest devices that a line must have to be lost as one.
const FEWEST_DEVICES: u32 = 2;

/// How long the other devices of a line have to answer once the first one does: as long as after a start. Less would fill the
/// desk with devices that are about to come back.
pub(super) const LINE_SETTLES: Duration = Duration::from_secs(20);

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
        if let Some(cause) = self.active_alarms.get(&(source, AlarmKind::LineLost)).copied() {
            for alarm in self.offline_alarms_of(line) {
                self.count_behind(now, alarm, DesignRule::LineLost, cause);
            }
        }
    }

    /// A device answers, whoever it is: its line works.
    pub(in crate::engine) fn find_device(&mut self, now: Now, device: DeviceId) {
        let Some(line) = self.site.device(device).and_then(|device| device.line) else { return };
        if let Some(lost) = self.lines.lost.get_mut(&line) {
            lost.remove(&device);
        }
        self.end_alarm(now, AlarmKind::LineLost, AlarmSource::Line(line));
    }

    /// A line that came back has had time enough: what is still away stands for itself.
    pub(in crate::engine) fn line_settled(&mut self, now: Now, line: LineId) {
        if self.is_active(AlarmKind::LineLost, AlarmSource::Line(line)) {
            return;
        }
        for alarm in self.offline_alarms_of(line) {
            let row = self.records.alarms.get(&alarm);
            if row.is_some_and(|row| matches!(row.life.suppression, Suppression::ByDesign { .. })) {
                self.record(now, AlarmEntry::Unsuppressed { alarm });
            }
        }
    }

    /// What devices of a line are away for now, as alarms that are on the list or behind another.
    fn offline_alarms_of(&self, line: LineId) -> Vec<AlarmId> {
        let on_line = self.site.devices().filter(|device| device.line == Some(line));
        let active = |device| self.active_alarms.get(&(AlarmSource::Device(device), AlarmKind::DeviceOffline)).copied();
        on_line.filter_map(|device| active(device.id)).collect()
    }
}
