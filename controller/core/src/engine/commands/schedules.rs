//! Commands about schedules and calendars of special days, and the site file's: those are taken over at start and changed
//! nowhere else. What a schedule means is `site/schedule/`; what is wrong with one is said there, too.

use super::{Order, Outcome, conflict, invalid, not_found, numbered, problem};
use crate::engine::Engine;
use crate::engine::command::{CommandError, Problem, Reply, SetMode};
use crate::entry::Entry;
use crate::id::{CalendarId, ScheduleId};
use crate::people::{GrantRight, ManagedBy, When};
use crate::permission::Actor;
use crate::records::Removable;
use crate::site::draft::{CalendarDraft, ScheduleDraft};
use crate::site::schedule::calendar::Calendar;
use crate::site::schedule::{Schedule, ScheduleProblem, SpecialDays, Timetable};
use crate::time::Now;

/// How many users of a schedule or calendar a refusal names; more would not help whoever reads it.
const NAMED_USERS: usize = 5;

impl Engine {
    pub(super) fn set_schedule(&mut self, order: Order, draft: &ScheduleDraft, mode: SetMode) -> Outcome {
        let existing = self.schedule_named(&draft.name);
        let number =
            self.number_to_set("schedule", existing.map(|(id, by)| (id.get(), by)), mode, Removable::Schedule)?;
        let (schedule, mut problems) = self.resolve(ScheduleId::new(number), draft);
        let calendars = self.records.known_calendars();
        problems.extend(schedule.problems(&calendars).into_iter().map(as_problem));
        let timetable = Timetable::compile(&schedule, &calendars);
        if problems.is_empty() && timetable.is_none_or(|timetable| timetable.next_open(order.now.wall).is_none()) {
            let message =
                "the schedule never opens again: all of its days are past; add days to come, or weekly windows";
            problems.push(problem("special", message));
        }
        invalid(problems)?;
        let (by, managed, generation) = (order.by, ManagedBy::Operator, self.next_generation());
        self.record(order.now, Entry::ScheduleSet { schedule, managed, by, generation });
        self.review_openings_after(order.now);
        Ok(Reply::Schedule(ScheduleId::new(number), generation))
    }

    pub(super) fn set_calendar(&mut self, order: Order, draft: CalendarDraft, mode: SetMode) -> Outcome {
        let existing = self.calendar_named(&draft.name);
        let number =
            self.number_to_set("calendar", existing.map(|(id, by)| (id.get(), by)), mode, Removable::Calendar)?;
        let id = CalendarId::new(number);
        let calendar = Calendar::new(id, draft.name.trim(), draft.days)
            .map_err(|problems| CommandError::Invalid(problems.into_iter().map(as_problem).collect()))?;
        invalid(self.closed_for_good(&calendar))?;
        let (by, managed, generation) = (order.by, ManagedBy::Operator, self.next_generation());
        self.record(order.now, Entry::CalendarSet { calendar, managed, by, generation });
        self.review_openings_after(order.now);
        Ok(Reply::Calendar(id, generation))
    }

    /// Doors follow at once; within a set, when all of it is done.
    fn review_openings_after(&mut self, now: Now) {
        if self.former.is_none() {
            self.review_openings(now);
        }
    }

    /// Schedules that would never open again with this calendar.
    fn closed_for_good(&self, calendar: &Calendar) -> Vec<Problem> {
        let mut calendars = self.records.known_calendars();
        let before = calendars.insert(calendar.id, calendar.clone());
        let uses_it = |schedule: &Schedule| schedule.special.iter().any(|special| special.calendar == calendar.id);
        let users = self.records.schedules.values().map(|(schedule, _)| schedule).filter(|row| uses_it(row));
        let closed = users.filter(|schedule| before.is_some() && !schedule.problems(&calendars).is_empty());
        let message = |schedule: &Schedule| {
            format!("schedule {} would never open with these dates; change the schedule first", schedule.name)
        };
        closed.map(|schedule| problem("days", message(schedule))).collect()
    }

    /// The number of what is set by name: the existing one's, or a new one.
    fn number_to_set(
        &self,
        what: &'static str,
        existing: Option<(u32, ManagedBy)>,
        mode: SetMode,
        kind: Removable,
    ) -> Result<u32, CommandError> {
        match (mode, existing) {
            (SetMode::Edit, Some((number, ManagedBy::Operator))) => Ok(number),
            (SetMode::Edit, Some((_, ManagedBy::File))) => Err(from_file(what)),
            (SetMode::Edit, None) => Err(not_found(format!("a {what} of this name"))),
            (SetMode::Create, Some(_)) => {
                Err(conflict(format!("there is a {what} of this name; edit that one, or choose another name")))
            }
            (SetMode::Create, None) => numbered(self.next_removable(kind)),
        }
    }

    /// A draft with numbers where it has names, and what it names that is not there.
    fn resolve(&self, id: ScheduleId, draft: &ScheduleDraft) -> (Schedule, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut special = Vec::new();
        for (name, windows) in &draft.special {
            match self.calendar_named(name) {
                Some((calendar, _)) => special.push(SpecialDays { calendar, windows: windows.clone() }),
                None => {
                    let message = format!("there is no calendar \"{}\"; make it first", name.escape_debug());
                    problems.push(problem("special", message));
                }
            }
        }
        let zone = draft.time_zone.clone().unwrap_or_else(|| self.site.local_time().name().to_owned());
        let (name, weekly) = (draft.name.trim().to_owned(), draft.weekly.clone());
        (Schedule { id, name, zone, weekly, special: special.into_boxed_slice() }, problems)
    }

    fn schedule_named(&self, name: &str) -> Option<(ScheduleId, ManagedBy)> {
        let mut rows = self.records.schedules.values();
        rows.find(|(schedule, _)| schedule.name == name.trim()).map(|(schedule, managed)| (schedule.id, *managed))
    }

    fn calendar_named(&self, name: &str) -> Option<(CalendarId, ManagedBy)> {
        let mut rows = self.records.calendars.values();
        rows.find(|(calendar, _)| calendar.name == name.trim()).map(|(calendar, managed)| (calendar.id, *managed))
    }

    pub(super) fn remove_schedule(&mut self, order: Order, schedule: ScheduleId) -> Outcome {
        let (row, managed) = self.records.schedules.get(&schedule).ok_or_else(|| not_found(schedule))?;
        if *managed == ManagedBy::File {
            return Err(from_file("schedule"));
        }
        refuse_while_used("schedule", &row.name, &self.users_of_schedule(order.now, row))?;
        let Order { now, by, .. } = order;
        let generation = self.next_generation();
        self.record(now, Entry::ScheduleRemoved { schedule, by, generation });
        Ok(Reply::Rights(generation))
    }

    pub(super) fn remove_calendar(&mut self, order: Order, calendar: CalendarId) -> Outcome {
        let (row, managed) = self.records.calendars.get(&calendar).ok_or_else(|| not_found(calendar))?;
        if *managed == ManagedBy::File {
            return Err(from_file("calendar"));
        }
        refuse_while_used("calendar", &row.name, &self.users_of_calendar(calendar))?;
        let Order { now, by, .. } = order;
        let generation = self.next_generation();
        self.record(now, Entry::CalendarRemoved { calendar, by, generation });
        Ok(Reply::Rights(generation))
    }

    /// The first few users of a schedule: places, profiles, live grants. Looks at all grants when few use it.
    fn users_of_schedule(&self, now: Now, schedule: &Schedule) -> Vec<String> {
        let opens = |name: &str| name == schedule.name;
        let doors = self.site.doors().filter(|door| door.opening.as_ref().is_some_and(|row| opens(&row.schedule)));
        let points = self.site.points().filter(|point| point.level_by_time.as_ref().is_some_and(|row| opens(&row.0)));
        let in_profile =
            |policies: &[crate::people::Policy]| policies.iter().any(|row| row.schedule == Some(schedule.id));
        let profiles = self.records.profiles.values().filter(|profile| in_profile(&profile.policies));
        let by_it = |right: &GrantRight| match right {
            GrantRight::Doors { when: When::Schedule(id), .. } => *id == schedule.id,
            GrantRight::Doors { when: When::Weekly(_), .. } | GrantRight::Member(_) => false,
        };
        let grants = self.records.grants.values().filter(|grant| by_it(&grant.right) && grant.is_live(now.wall));
        let places = doors.map(|door| door.path.clone()).chain(points.map(|point| point.path.clone()));
        let rights = profiles.map(|profile| profile.id.to_string()).chain(grants.map(|grant| grant.id.to_string()));
        places.chain(rights).take(NAMED_USERS).collect()
    }

    fn users_of_calendar(&self, calendar: CalendarId) -> Vec<String> {
        let uses_it = |schedule: &&Schedule| schedule.special.iter().any(|special| special.calendar == calendar);
        let users = self.records.schedules.values().map(|(schedule, _)| schedule).filter(uses_it);
        users.map(|schedule| schedule.name.clone()).take(NAMED_USERS).collect()
    }

    /// Takes the site file's calendars and schedules over into the records, by name, where they are new or other than
    /// before. What the file no longer has goes, unless it is used: then it is the operators' from now on.
    pub(in crate::engine) fn adopt_file_schedules(&mut self, now: Now) {
        let drafts = core::mem::take(&mut self.site.schedules);
        drafts.calendars.iter().for_each(|draft| self.adopt_calendar(now, draft));
        drafts.schedules.iter().for_each(|draft| self.adopt_schedule(now, draft));
        let has_schedule = |name: &str| drafts.schedules.iter().any(|draft| draft.name.trim() == name);
        let has_calendar = |name: &str| drafts.calendars.iter().any(|draft| draft.name.trim() == name);
        self.release_schedules(now, has_schedule);
        self.release_calendars(now, has_calendar);
        self.site.schedules = drafts;
    }

    fn adopt_calendar(&mut self, now: Now, draft: &CalendarDraft) {
        let existing = self.calendar_named(&draft.name).map(|(id, _)| id.get());
        let last = self.records.standing.last_number(Removable::Calendar);
        let Some(number) = existing.or_else(|| last.checked_add(1)) else { return };
        let id = CalendarId::new(number);
        let Ok(calendar) = Calendar::new(id, draft.name.trim(), draft.days.iter().copied()) else { return };
        let row = (calendar, ManagedBy::File);
        if self.records.calendars.get(&id) != Some(&row) {
            let ((calendar, managed), generation) = (row, self.next_generation());
            self.record(now, Entry::CalendarSet { calendar, managed, by: Actor::System, generation });
        }
    }

    fn adopt_schedule(&mut self, now: Now, draft: &ScheduleDraft) {
        let existing = self.schedule_named(&draft.name).map(|(id, _)| id.get());
        let last = self.records.standing.last_number(Removable::Schedule);
        let Some(number) = existing.or_else(|| last.checked_add(1)) else { return };
        let id = ScheduleId::new(number);
        // A built site names no calendar that it does not have.
        let (schedule, _) = self.resolve(id, draft);
        let row = (schedule, ManagedBy::File);
        if self.records.schedules.get(&id) != Some(&row) {
            let ((schedule, managed), generation) = (row, self.next_generation());
            self.record(now, Entry::ScheduleSet { schedule, managed, by: Actor::System, generation });
        }
    }

    fn release_schedules(&mut self, now: Now, in_file: impl Fn(&str) -> bool) {
        let rows = self.records.schedules.values();
        let gone = rows.filter(|(row, managed)| *managed == ManagedBy::File && !in_file(&row.name));
        let gone: Vec<Schedule> = gone.map(|(row, _)| row.clone()).collect();
        for schedule in gone {
            let (by, generation) = (Actor::System, self.next_generation());
            if self.users_of_schedule(now, &schedule).is_empty() {
                self.record(now, Entry::ScheduleRemoved { schedule: schedule.id, by, generation });
            } else {
                let managed = ManagedBy::Operator;
                self.record(now, Entry::ScheduleSet { schedule, managed, by, generation });
            }
        }
    }

    fn release_calendars(&mut self, now: Now, in_file: impl Fn(&str) -> bool) {
        let rows = self.records.calendars.values();
        let gone = rows.filter(|(row, managed)| *managed == ManagedBy::File && !in_file(&row.name));
        let gone: Vec<Calendar> = gone.map(|(row, _)| row.clone()).collect();
        for calendar in gone {
            let (by, generation) = (Actor::System, self.next_generation());
            if self.users_of_calendar(calendar.id).is_empty() {
                self.record(now, Entry::CalendarRemoved { calendar: calendar.id, by, generation });
            } else {
                let managed = ManagedBy::Operator;
                self.record(now, Entry::CalendarSet { calendar, managed, by, generation });
            }
        }
    }
}

fn as_problem(wrong: ScheduleProblem) -> Problem {
    // The command says `time_zone` where the record says `zone`.
    let field = if wrong.field == "zone" { "time_zone" } else { wrong.field };
    problem(field, format!("{}; {}", wrong.message, wrong.help))
}

fn from_file(what: &str) -> CommandError {
    conflict(format!("this {what} comes from the site file; change it there and restart"))
}

fn refuse_while_used(what: &str, name: &str, users: &[String]) -> Result<(), CommandError> {
    if users.is_empty() {
        return Ok(());
    }
    let more = if users.len() == NAMED_USERS { " and perhaps more" } else { "" };
    let message = format!("{what} {name} is used by {}{more}; change those first", users.join(", "));
    Err(conflict(message))
}
