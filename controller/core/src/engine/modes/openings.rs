//! Doors that stand unlocked by schedule, at once or after the first person with a right. What the schedule wants is
//! `mode/opening.rs`; here it is asked each minute and recorded.

use std::collections::BTreeMap;

use crate::engine::Engine;
use crate::engine::query::JournalHealth;
use crate::entry::{Entry, ModeCause};
use crate::id::{DoorId, PersonId};
use crate::mode::opening::{due, due_on_arrival};
use crate::mode::{BaseMode, ModeRecord};
use crate::site::schedule::timetable::Timetable;
use crate::site::{Door, FirstPerson};
use crate::time::Now;

/// The timetables of the schedules that open doors, by name.
#[derive(Debug, Clone, Default)]
pub(super) enum Openings {
    /// To be compiled: at the start, and after a schedule or calendar changed.
    #[default]
    Stale,
    /// As the records have them; a name without a usable schedule is missing.
    Compiled(BTreeMap<String, Timetable>),
}

impl Openings {
    pub(super) fn forget(&mut self) {
        *self = Self::Stale;
    }

    pub(super) const fn is_stale(&self) -> bool {
        matches!(self, Self::Stale)
    }

    fn timetable(&self, name: &str) -> Option<&Timetable> {
        match self {
            Self::Stale => None,
            Self::Compiled(timetables) => timetables.get(name),
        }
    }
}

impl Engine {
    /// Moves every door that opens by schedule to where its schedule wants it now. Nothing opens while the journal cannot
    /// be written; doors close all the same.
    pub(in crate::engine) fn review_openings(&mut self, now: Now) {
        if self.modes.openings.is_stale() {
            self.modes.openings = Openings::Compiled(self.compile_openings());
        }
        let writable = self.journal_health() == JournalHealth::Writable;
        let may = |base: &BaseMode| writable || *base != BaseMode::Unlocked;
        let wanted = |door: &Door| self.opening_due(door, now).filter(may).map(|base| (door.id, base));
        let moves: Vec<(DoorId, BaseMode)> = self.site.doors().filter_map(wanted).collect();
        for (door, base) in moves {
            let mode = self.mode_record(door).by_schedule(base, now.wall);
            self.record(now, Entry::DoorModeChanged { door, mode, cause: ModeCause::Schedule });
        }
        self.retry_waiting(now);
    }

    /// Somebody with a right has just passed a door: it may have waited for the first one.
    pub(in crate::engine) fn first_person_passed(&mut self, now: Now, door: DoorId, person: PersonId) {
        let record = self.mode_record(door);
        let opening = self.site.door(door).and_then(|door| door.opening.as_ref());
        let waits = opening.is_some_and(|opening| {
            let timetable = self.modes.openings.timetable(&opening.schedule);
            opening.first_person == FirstPerson::Required && due_on_arrival(&record, timetable, now.wall)
        });
        if waits && !self.damaged_doors.contains(&door) {
            let mode = record.by_schedule(BaseMode::Unlocked, now.wall);
            self.record(now, Entry::DoorModeChanged { door, mode, cause: ModeCause::FirstPerson(person) });
        }
    }

    /// What the schedule wants of a door, if that is not in force; a door whose opening is gone closes what it had opened.
    fn opening_due(&self, door: &Door, now: Now) -> Option<BaseMode> {
        if self.damaged_doors.contains(&door.id) {
            return None;
        }
        let record = self.mode_record(door.id);
        match &door.opening {
            Some(opening) => {
                let timetable = self.modes.openings.timetable(&opening.schedule);
                due(&record, opening.first_person, timetable, now.wall)
            }
            None => due(&record, FirstPerson::NotNeeded, None, now.wall),
        }
    }

    pub(super) fn mode_record(&self, door: DoorId) -> ModeRecord {
        self.records.modes.get(&door).copied().unwrap_or_default()
    }

    fn compile_openings(&self) -> BTreeMap<String, Timetable> {
        let calendars = self.records.known_calendars();
        let names: std::collections::BTreeSet<&str> = self
            .site
            .doors()
            .filter_map(|door| door.opening.as_ref())
            .map(|opening| opening.schedule.as_str())
            .collect();
        let schedules = self.records.schedules.values().map(|(schedule, _)| schedule);
        schedules
            .filter(|schedule| names.contains(schedule.name.as_str()))
            .filter_map(|schedule| Some((schedule.name.clone(), Timetable::compile(schedule, &calendars)?)))
            .collect()
    }
}
