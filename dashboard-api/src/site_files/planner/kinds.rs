//! Calendars, schedules, access profiles and agreements: each has one record, which is set as a whole. What no object says any
//! more goes in the other order.

use rackward_core::engine::command::Command;
use rackward_core::id::{AgreementId, CalendarId, ProfileId, ScheduleId};
use rackward_core::people::{Agreement, ManagedBy, Policy, Profile, Validity};
use rackward_core::site::OPERATOR;
use rackward_core::site::draft::{CalendarDraft, ScheduleDraft};
use rackward_core::site::schedule::{Date, Schedule};
use rackward_core::site_files::FileRecord;

use super::{About, Planner, mode, shown, stand_in};
use crate::api::schedules;
use crate::site_files::export;
use crate::wire::problem::FieldProblem;
use crate::wire::site_file::{AgreementSpec, CalendarSpec, Object, PolicySpec, ProfileSpec, ScheduleSpec};

impl Planner<'_> {
    pub(super) fn calendar(&mut self, about: About<'_>, object: &Object) {
        let Some(spec) = self.spec::<CalendarSpec>(about, object, &["days"]) else { return };
        let mut days: Vec<Date> = Vec::new();
        for (place, text) in spec.days.iter().enumerate() {
            match text.trim().parse() {
                Ok(day) => days.push(day),
                Err(_) => {
                    let detail = format!("\"{}\" is not a date; write \"2026-12-25\"", shown(text));
                    self.note(format!("/objects/{}/spec/days/{place}", about.index), detail);
                }
            }
        }
        days.sort_unstable();
        days.dedup();
        let before = self.current.calendars.get(about.name).copied();
        let same = before.is_some_and(|(row, _)| row.days[..] == days[..]);
        let record = |id| FileRecord::Calendar(id);
        if let Some((row, by)) = before {
            let from_site_file = *by == ManagedBy::File;
            if !self.may_have(about, record(row.id), from_site_file, same) {
                return;
            }
            if same {
                return self.unchanged(about, record(row.id), from_site_file);
            }
            self.planned.former.objects.push(export::calendar(row));
        } else {
            self.was_absent(about);
        }
        let from = self.planned.changes.len();
        let draft = CalendarDraft { name: about.name.to_owned(), days };
        let change = self.give(Command::SetCalendar { draft, mode: mode(before.is_some()) });
        match before {
            Some((row, _)) => self.claim_known(about, record(row.id)),
            None => self.claim(record(CalendarId::new(stand_in(change))), about.name),
        }
        self.line(mark(before.is_some()), about, format!("{} days", spec.days.len()), from);
    }

    pub(super) fn schedule(&mut self, about: About<'_>, object: &Object) {
        let known = ["time_zone", "windows", "special"];
        let Some(spec) = self.spec::<ScheduleSpec>(about, object, &known) else { return };
        let (weekly, special) = match schedules::read(&spec.windows, &spec.special) {
            Ok(read) => read,
            Err(errors) => {
                let placed = |one: FieldProblem| FieldProblem {
                    pointer: format!("/objects/{}/spec{}", about.index, one.pointer),
                    ..one
                };
                return self.wrong.extend(errors.into_iter().map(placed));
            }
        };
        // What its days come to cannot be said without the calendars that it names.
        if special.iter().any(|(calendar, _)| self.manner.lacks("Calendar", calendar)) {
            return;
        }
        let zone = spec.time_zone.clone().unwrap_or_else(|| self.current.site.local_time().name().to_owned());
        let before = self.current.schedules.get(about.name).copied();
        let same_days = |row: &Schedule| {
            let named = row.special.iter().map(|one| (self.current.calendar_name(one.calendar), one.windows.clone()));
            named.collect::<Vec<_>>() == special
        };
        let same = before.is_some_and(|(row, _)| row.zone == zone && row.weekly == weekly && same_days(row));
        if let Some((row, by)) = before {
            let from_site_file = *by == ManagedBy::File;
            if !self.may_have(about, FileRecord::Schedule(row.id), from_site_file, same) {
                return;
            }
            if same {
                return self.unchanged(about, FileRecord::Schedule(row.id), from_site_file);
            }
            self.planned.former.objects.push(export::schedule(self.current, row));
        } else {
            self.was_absent(about);
        }
        let from = self.planned.changes.len();
        let draft = ScheduleDraft { name: about.name.to_owned(), time_zone: Some(zone), weekly, special };
        let change = self.give(Command::SetSchedule { draft, mode: mode(before.is_some()) });
        if let Some((row, _)) = before {
            self.claim_known(about, FileRecord::Schedule(row.id));
        } else {
            self.made.insert(("Schedule", about.name.to_owned()), change);
            self.claim(FileRecord::Schedule(ScheduleId::new(stand_in(change))), about.name);
        }
        self.line(mark(before.is_some()), about, spec.windows.join(", "), from);
    }

    /// The schedule of this name, that of an object before among them.
    pub(super) fn schedule_named(&mut self, at: String, name: &str) -> Option<ScheduleId> {
        let name = name.trim();
        if self.manner.lacks("Schedule", name) {
            return None;
        }
        let made = self.made.get(&("Schedule", name.to_owned())).map(|change| ScheduleId::new(stand_in(*change)));
        let found = made.or_else(|| self.current.schedules.get(name).map(|(row, _)| row.id));
        if found.is_none() && !self.is_told_elsewhere("Schedule", name) {
            let known = self.current.schedules.keys().copied();
            let near = rackward_core::site::draft::suggest::nearest(name, known);
            let near = near.map_or_else(
                || "write an object of kind Schedule".to_owned(),
                |near| format!("did you mean \"{near}\"?"),
            );
            self.note(at, format!("there is no schedule \"{}\"; {near}", shown(name)));
        }
        found
    }

    pub(super) fn profile(&mut self, about: About<'_>, object: &Object) {
        let known = ["organisation", "points", "schedule", "policies"];
        let Some(spec) = self.spec::<ProfileSpec>(about, object, &known) else { return };
        let at = format!("/objects/{}/spec", about.index);
        let owner = match &spec.organisation {
            Some(name) => self.organisation(format!("{at}/organisation"), name),
            None => Some(OPERATOR),
        };
        let (Some(owner), Some(policies)) = (owner, self.policies(&at, &spec)) else { return };
        let before = self.current.profiles.get(about.name).copied();
        let same = before.is_some_and(|row| row.owner == owner && row.policies[..] == policies[..]);
        if let Some(row) = before {
            if !self.may_have(about, FileRecord::Profile(row.id), false, same) {
                return;
            }
            if same {
                return self.unchanged(about, FileRecord::Profile(row.id), false);
            }
            self.planned.former.objects.push(export::profile(self.current, row));
        } else {
            self.was_absent(about);
        }
        let what = moved(before, &policies);
        let from = self.planned.changes.len();
        let (name, reason) = (about.name.to_owned(), self.reason.clone());
        let change = self.give(Command::SetProfile { name, owner, policies, reason, mode: mode(before.is_some()) });
        if let Some(row) = before {
            self.claim_known(about, FileRecord::Profile(row.id));
        } else {
            self.made.insert(("AccessProfile", about.name.to_owned()), change);
            self.claim(FileRecord::Profile(ProfileId::new(stand_in(change))), about.name);
        }
        self.line(mark(before.is_some()), about, what, from);
    }

    fn policies(&mut self, at: &str, spec: &ProfileSpec) -> Option<Vec<Policy>> {
        let short = PolicySpec { points: spec.points.clone(), schedule: spec.schedule.clone() };
        let parts: Vec<(String, PolicySpec)> = match (spec.points.is_empty(), spec.policies.is_empty()) {
            (_, true) => vec![(at.to_owned(), short)],
            (true, false) if spec.schedule.is_none() => (0..)
                .zip(&spec.policies)
                .map(|(place, one): (u32, _)| (format!("{at}/policies/{place}"), one.clone()))
                .collect(),
            (_, false) => {
                self.note(format!("{at}/policies"), "say points and schedule, or policies, and not both");
                return None;
            }
        };
        let mut policies: Vec<Policy> = Vec::new();
        let before = self.wrong.len();
        let mut is_known = true;
        for (at, part) in parts {
            let schedule = part.schedule.as_deref().map(|name| self.schedule_named(format!("{at}/schedule"), name));
            // Without the schedule that it names it would hold always.
            is_known &= schedule != Some(None);
            let doors = self.doors(&format!("{at}/points"), &part.points);
            policies.extend(doors.into_iter().map(|door| Policy { door, schedule: schedule.flatten() }));
        }
        policies.sort_by_key(|policy| policy.door);
        (is_known && self.wrong.len() == before).then_some(policies)
    }

    pub(super) fn agreement(&mut self, about: About<'_>, object: &Object) {
        let known = ["owner", "guest", "areas", "from_at", "to_at", "reason"];
        let Some(spec) = self.spec::<AgreementSpec>(about, object, &known) else { return };
        let at = format!("/objects/{}/spec", about.index);
        let owner = self.organisation(format!("{at}/owner"), &spec.owner);
        let guest = self.organisation(format!("{at}/guest"), &spec.guest);
        let mut areas = Vec::new();
        for (place, text) in spec.areas.iter().enumerate() {
            match self.current.site.find_area(text) {
                Ok(area) => areas.push(area.id),
                Err(_) => self.note(format!("{at}/areas/{place}"), format!("there is no area \"{}\"", shown(text))),
            }
        }
        areas.sort_unstable();
        areas.dedup();
        let reason = self.why(&format!("{at}/reason"), &spec.reason);
        let (Some(owner), Some(guest), Some(reason)) = (owner, guest, reason) else { return };
        let same = |row: &Agreement| {
            let began = spec.from_at.as_ref().is_none_or(|from| from.0 == row.validity.from);
            (row.owner, row.guest) == (owner, guest)
                && row.areas[..] == areas[..]
                && began
                && row.validity.to == spec.to_at.0
                && row.reason == reason
        };
        let claimed = self.current.agreements.get(about.name).copied();
        let taken = &self.taken;
        let free = |row: &&Agreement| same(row) && !taken.contains(&FileRecord::Agreement(row.id));
        let before = claimed.or_else(|| self.current.unclaimed_agreements().find(free));
        if let Some(row) = before.filter(|row| same(row)) {
            return self.unchanged(about, FileRecord::Agreement(row.id), false);
        }
        let from = self.planned.changes.len();
        match before {
            Some(row) => {
                self.planned.former.objects.push(export::agreement(self.current, about.name, row));
                self.planned.released.push(FileRecord::Agreement(row.id));
            }
            None => self.was_absent(about),
        }
        let from_at = spec.from_at.as_ref().map_or(self.now, |at| at.0);
        let validity = Validity { from: from_at, to: spec.to_at.0 };
        let change = self.give(Command::MakeAgreement { owner, guest, areas, validity, reason });
        if let Some(row) = before {
            let reason = self.reason.clone();
            self.give(Command::EndAgreement { agreement: row.id, reason });
        }
        self.claim(FileRecord::Agreement(AgreementId::new(stand_in(change))), about.name);
        self.line(mark(before.is_some()), about, format!("{} shares with {}", spec.owner, spec.guest), from);
    }

    /// What files look after and no object says any more.
    pub(super) fn remove_the_rest(&mut self) {
        let claimed = self.current.claimed_names();
        let mut rest: Vec<(&'static str, String)> =
            claimed.into_iter().filter(|one| !self.said.contains(one)).collect();
        rest.sort_by_key(|(kind, name)| (core::cmp::Reverse(crate::wire::site_file::rank(kind)), name.clone()));
        for (kind, name) in rest {
            let is_meant = match &self.manner.only {
                Some(only) => only.contains(&(kind.to_owned(), name.clone())),
                None => self.manner.prune,
            };
            if is_meant {
                self.remove(About { index: 0, kind, name: &name });
            } else if self.manner.only.is_none() {
                self.planned.left.push((kind, name));
            }
        }
    }

    fn remove(&mut self, about: About<'_>) {
        let from = self.planned.changes.len();
        self.planned.deletes += 1;
        let reason = self.reason.clone();
        let current = self.current;
        match about.kind {
            "Calendar" => {
                let Some((row, _)) = current.calendars.get(about.name) else { return };
                self.planned.former.objects.push(export::calendar(row));
                self.planned.released.push(FileRecord::Calendar(row.id));
                self.give(Command::RemoveCalendar { calendar: row.id });
            }
            "Schedule" => {
                let Some((row, _)) = current.schedules.get(about.name) else { return };
                self.planned.former.objects.push(export::schedule(current, row));
                self.planned.released.push(FileRecord::Schedule(row.id));
                self.give(Command::RemoveSchedule { schedule: row.id });
            }
            "AccessProfile" => {
                let Some(row) = current.profiles.get(about.name) else { return };
                self.planned.former.objects.push(export::profile(current, row));
                self.planned.released.push(FileRecord::Profile(row.id));
                self.give(Command::RemoveProfile { profile: row.id, reason });
            }
            "Agreement" => {
                let Some(row) = current.agreements.get(about.name) else { return };
                self.planned.former.objects.push(export::agreement(current, about.name, row));
                self.planned.released.push(FileRecord::Agreement(row.id));
                self.give(Command::EndAgreement { agreement: row.id, reason });
            }
            _ => self.revoke_all(about),
        }
        self.line("-", about, "no file says it any more".to_owned(), from);
    }
}

/// The mark of an object that was there before, or was not.
pub(super) const fn mark(was_there: bool) -> &'static str {
    if was_there { "~" } else { "+" }
}

/// How many doors come and go.
fn moved(before: Option<&Profile>, policies: &[Policy]) -> String {
    let old = before.map_or(&[][..], |row| &row.policies);
    let more = policies.iter().filter(|policy| !old.contains(policy)).count();
    let fewer = old.iter().filter(|policy| !policies.contains(policy)).count();
    match (more, fewer) {
        (more, 0) => format!("{more} doors more"),
        (0, fewer) => format!("{fewer} doors fewer"),
        (more, fewer) => format!("{more} doors more, {fewer} fewer"),
    }
}
