//! Beginning and ending alarms. A condition is at most one active alarm at its source; beginning it again changes nothing.

use super::Engine;
use crate::alarm::{AlarmKind, AlarmSource};
use crate::entry::Entry;
use crate::id::AlarmId;
use crate::time::Now;

impl Engine {
    pub(super) fn is_active(&self, kind: AlarmKind, source: AlarmSource) -> bool {
        self.active_alarms.contains_key(&(source, kind))
    }

    pub(super) fn begin_alarm(&mut self, now: Now, kind: AlarmKind, source: AlarmSource) {
        if !self.is_active(kind, source) {
            let alarm = self.waiting_alarm(kind, source).unwrap_or(AlarmId::new(self.records.last_alarm.get() + 1));
            self.record(now, Entry::AlarmRaised { alarm, kind, source });
        }
    }

    /// An alarm of the same condition that is over and not yet seen: it begins again under its number, so that open alarms
    /// are at most one for each condition and place, however often it comes and goes.
    fn waiting_alarm(&self, kind: AlarmKind, source: AlarmSource) -> Option<AlarmId> {
        let mut open = self.records.alarms.values();
        open.find(|alarm| alarm.kind == kind && alarm.source == source).map(|alarm| alarm.id)
    }

    pub(super) fn end_alarm(&mut self, now: Now, kind: AlarmKind, source: AlarmSource) {
        if let Some(alarm) = self.active_alarms.get(&(source, kind)).copied() {
            self.record(now, Entry::AlarmReturned { alarm, kind, source });
        }
    }

    /// Ends what was active at places that the site no longer has: nobody could ever report the end.
    pub(super) fn end_orphaned_alarms(&mut self, now: Now) {
        let exists = |source: AlarmSource| match source {
            AlarmSource::Site => true,
            AlarmSource::Door(door) => self.site.door(door).is_some(),
            AlarmSource::Device(device) => self.site.device(device).is_some(),
            AlarmSource::Zone(zone) => self.site.zone(zone).is_some(),
            AlarmSource::Area(area) => self.site.area(area).is_some(),
            AlarmSource::Grant(_) | AlarmSource::Credential(_) => true,
        };
        let orphaned: Vec<_> = self.active_alarms.keys().copied().filter(|(source, _)| !exists(*source)).collect();
        for (source, kind) in orphaned {
            self.end_alarm(now, kind, source);
        }
    }

    /// An alarm for something that happened in one moment: over at once, open until somebody has seen it.
    pub(super) fn flash_alarm(&mut self, now: Now, kind: AlarmKind, source: AlarmSource) {
        self.begin_alarm(now, kind, source);
        self.end_alarm(now, kind, source);
    }
}
