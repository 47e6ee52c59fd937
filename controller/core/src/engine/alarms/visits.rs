//! Visitors who should have left, or whose host has (`alarms.md` 20). An area with such visitors is one alarm, however many they
//! are; the list of visitors says who.

use core::time::Duration;
use std::collections::BTreeSet;

use crate::alarm::{AlarmKind, AlarmSource};
use crate::engine::Engine;
use crate::id::AreaId;
use crate::people::{PersonStatus, Place};
use crate::time::{Now, Wall};
use crate::visitor::Visitor;

/// A visit may last so much longer than it was said to, and a visitor follow so long after their host (`alarms.md` 20).
const LATE_AFTER: Duration = Duration::from_secs(15 * 60);

impl Engine {
    /// Looks at every visit; once a minute, and when one ends.
    pub(in crate::engine) fn review_visits(&mut self, now: Now) {
        let late = self.records.visitors.values().filter(|visit| self.is_late(visit, now.wall));
        let late: BTreeSet<AreaId> = late.map(|visit| visit.area).collect();
        let kind = AlarmKind::VisitorOverdue;
        let active = self.active_alarms.keys().filter(|(_, active)| *active == kind);
        let over = active.filter_map(|(source, _)| match source {
            AlarmSource::Area(area) if !late.contains(area) => Some(*source),
            _ => None,
        });
        for source in over.collect::<Vec<_>>() {
            self.end_alarm(now, kind, source);
        }
        for area in late.into_iter().filter(|area| self.site.area(*area).is_some()).collect::<Vec<_>>() {
            self.begin_alarm(now, kind, AlarmSource::Area(area));
        }
    }

    fn is_late(&self, visit: &Visitor, at: Wall) -> bool {
        let is_over = |end: Wall| at >= end.after(LATE_AFTER);
        visit.is_inside() && (visit.until.is_some_and(is_over) || self.host_left(visit).is_some_and(is_over))
    }

    /// Since when nobody is there who answers for a visitor. A host of whom nothing is known may be there.
    fn host_left(&self, visit: &Visitor) -> Option<Wall> {
        let host = visit.host?;
        let row = self.records.persons.get(&host)?;
        if row.status == PersonStatus::Left {
            return Some(visit.since);
        }
        self.presence.of(host).filter(|known| known.place == Place::Outside).map(|known| known.since.max(visit.since))
    }
}
