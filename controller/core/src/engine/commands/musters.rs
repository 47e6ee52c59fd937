//! Orders about musters: starting one freezes the list of who is inside, marking says how people are, ending asks for a report.
//! A real one is a critical alarm for as long as it runs. Nothing here touches a right or a door.

use super::{Order, Outcome, conflict, invalid, not_found, numbered, problem};
use crate::alarm::{AlarmKind, AlarmSource};
use crate::engine::Engine;
use crate::engine::command::{CommandError, Problem, Reply};
use crate::entry::{DeskEntry, LongText, ReasonText};
use crate::headcount::holds_people;
use crate::id::{AreaId, MusterId};
use crate::muster::{Listed, Mark, Muster, MusterKind, ROLL_MAX_PEOPLE, Somebody};
use crate::people::Place;
use crate::time::Now;

/// So many musters run at once at most; more would only split people over lists that nobody reads.
const RUNNING_MAX_MUSTERS: usize = 32;

/// So many people are told of in one entry; a longer list has several.
const LISTED_MAX_PEOPLE: usize = 10_000;

/// So many marks are taken at once: those of a tablet that was away all day.
const MARKS_MAX: usize = 2_000;

/// So many problems of marks are told; whoever sends nonsense need not read all of it.
const TOLD_MAX_PROBLEMS: usize = 20;

impl Engine {
    pub(super) fn start_muster(&mut self, order: Order, kind: MusterKind, area: AreaId, reason: ReasonText) -> Outcome {
        let Order { now, by, .. } = order;
        self.check_startable(kind, area)?;
        let last = self.records.musters.last_key_value().map(|(id, _)| id.get());
        let muster = MusterId::new(numbered(self.next_number("muster", last))?);
        let roll = self.roll_call(area);
        let (first, rest) = roll.split_at(roll.len().min(LISTED_MAX_PEOPLE));
        self.record(now, DeskEntry::MusterStarted { muster, kind, area, roll: first.into(), reason, by });
        for more in rest.chunks(LISTED_MAX_PEOPLE) {
            self.record(now, DeskEntry::MusterJoined { muster, roll: more.into() });
        }
        if kind == MusterKind::Real {
            self.begin_alarm(now, AlarmKind::Muster, AlarmSource::Area(area));
        }
        Ok(Reply::Muster(muster))
    }

    fn check_startable(&self, kind: MusterKind, area: AreaId) -> Result<(), CommandError> {
        let Some(row) = self.site.area(area) else { return Err(not_found(area)) };
        if !holds_people(row.kind) {
            let message = format!("{} is a rack, and nobody is in a rack; name the hall around it", row.path);
            return Err(CommandError::Invalid(vec![problem("area", message)]));
        }
        let mut running = self.records.musters.values().filter(|muster| muster.is_running());
        // A drill never stands in the way of a real one.
        let is_same = |other: &&Muster| other.area == area && (other.kind == kind || other.kind == MusterKind::Real);
        if let Some(other) = running.clone().find(is_same) {
            return Err(conflict(format!("{} runs in {} already; go on with that one", other.id, row.path)));
        }
        if running.by_ref().count() >= RUNNING_MAX_MUSTERS && kind == MusterKind::Drill {
            return Err(conflict(format!("{RUNNING_MAX_MUSTERS} musters run already; end one first")));
        }
        Ok(())
    }

    /// Everybody known to be in an area, those whose cards count no more among them: they are inside all the same.
    fn roll_call(&self, area: AreaId) -> Vec<Listed> {
        let persons = self.records.presence.iter().filter_map(|(person, known)| match known.place {
            Place::Inside(at) => Some(Listed { who: Somebody::Person(*person), area: at, since: known.since }),
            Place::Outside => None,
        });
        let inside = self.records.visitors.values().filter(|visitor| visitor.is_inside());
        let visitors = inside.map(|row| Listed { who: Somebody::Visitor(row.id), area: row.area, since: row.since });
        let listed = persons.chain(visitors).filter(|listed| self.site.lies_in(listed.area, area));
        listed.take(ROLL_MAX_PEOPLE).collect()
    }

    /// Somebody is inside an area now: they come on the list of every muster that runs around it, but the one whose
    /// list they are on for it.
    pub(in crate::engine) fn join_musters(&mut self, now: Now, who: Somebody, area: AreaId, but: Option<MusterId>) {
        let lacks = |row: &&Muster| {
            Some(row.id) != but && row.is_running() && self.site.lies_in(area, row.area) && !row.roll.contains_key(&who)
        };
        let joined: Vec<MusterId> = self.records.musters.values().filter(lacks).map(|row| row.id).collect();
        for muster in joined {
            let roll = [Listed { who, area, since: now.wall }].into();
            self.record(now, DeskEntry::MusterJoined { muster, roll });
        }
    }

    pub(super) fn mark_muster(&mut self, order: Order, id: MusterId, marks: &[Mark]) -> Outcome {
        let Order { now, by, .. } = order;
        let muster = self.known_muster(id)?;
        if !muster.takes_marks(now.wall) {
            return Err(conflict(format!("{id} ended more than a day ago and takes no more marks")));
        }
        self.check_marks(marks)?;
        let fitted = |mark: &Mark| Mark { at: muster.fitted(mark.at, now.wall), ..mark.clone() };
        let marks: Vec<Mark> = marks.iter().map(fitted).filter(|mark| !muster.knows(mark, by)).collect();
        let mut strangers: Vec<Listed> = Vec::new();
        for mark in &marks {
            let is_listed = muster.roll.contains_key(&mark.who) || strangers.iter().any(|row| row.who == mark.who);
            if !is_listed {
                strangers.push(self.listed_late(mark.who, muster));
            }
        }
        if !strangers.is_empty() {
            self.record(now, DeskEntry::MusterJoined { muster: id, roll: strangers.into() });
        }
        // Marks that a tablet sends again say nothing new.
        if !marks.is_empty() {
            self.record(now, DeskEntry::MusterMarked { muster: id, marks: marks.into(), by });
        }
        Ok(Reply::Muster(id))
    }

    /// Somebody whom no reader saw come in, where they are known to be or else where the muster is.
    fn listed_late(&self, who: Somebody, muster: &Muster) -> Listed {
        let known = match who {
            Somebody::Person(person) => self.presence.of(person).and_then(|known| match known.place {
                Place::Inside(area) => Some((area, known.since)),
                Place::Outside => None,
            }),
            Somebody::Visitor(visitor) => self.records.visitors.get(&visitor).map(|row| (row.area, row.since)),
        };
        let (area, since) = known.unwrap_or((muster.area, muster.started));
        Listed { who, area, since }
    }

    fn check_marks(&self, marks: &[Mark]) -> Result<(), CommandError> {
        if marks.is_empty() || marks.len() > MARKS_MAX {
            let message = format!("send 1 to {MARKS_MAX} marks at once");
            return Err(CommandError::Invalid(vec![problem("marks", message)]));
        }
        let exists = |who: Somebody| match who {
            Somebody::Person(person) => self.records.persons.contains_key(&person),
            Somebody::Visitor(visitor) => self.records.visitors.contains_key(&visitor),
        };
        let unknown = marks.iter().enumerate().filter(|(_, mark)| !exists(mark.who));
        let told =
            |(index, mark): (usize, &Mark)| problem("marks", format!("mark {index}: {} does not exist", mark.who));
        let problems: Vec<Problem> = unknown.take(TOLD_MAX_PROBLEMS).map(told).collect();
        invalid(problems)
    }

    pub(super) fn end_muster(&mut self, order: Order, id: MusterId, report: LongText) -> Outcome {
        let Order { now, by, .. } = order;
        let muster = self.known_muster(id)?;
        if !muster.is_running() {
            return Err(conflict(format!("{id} has ended already; its report stands")));
        }
        let (kind, area, missing) = (muster.kind, muster.area, muster.unaccounted());
        self.record(now, DeskEntry::MusterEnded { muster: id, missing, report, by });
        if kind == MusterKind::Real {
            self.end_alarm(now, AlarmKind::Muster, AlarmSource::Area(area));
        }
        Ok(Reply::Muster(id))
    }

    pub(super) fn known_muster(&self, muster: MusterId) -> Result<&Muster, CommandError> {
        self.records.musters.get(&muster).ok_or_else(|| not_found(muster))
    }

    /// A real muster that runs is an alarm, whatever became of the alarm's record; one that is not on record any more is none.
    pub(in crate::engine) fn begin_musters(&mut self, now: Now) {
        let runs = |row: &&Muster| row.kind == MusterKind::Real && row.is_running();
        let areas: Vec<AreaId> = self.records.musters.values().filter(runs).map(|row| row.area).collect();
        let is_over = |(source, kind): &&(AlarmSource, AlarmKind)| {
            *kind == AlarmKind::Muster && !areas.iter().any(|area| *source == AlarmSource::Area(*area))
        };
        let over: Vec<AlarmSource> = self.active_alarms.keys().filter(is_over).map(|(source, _)| *source).collect();
        over.into_iter().for_each(|source| self.end_alarm(now, AlarmKind::Muster, source));
        for area in areas {
            if self.site.area(area).is_some() {
                self.begin_alarm(now, AlarmKind::Muster, AlarmSource::Area(area));
            }
        }
    }
}
