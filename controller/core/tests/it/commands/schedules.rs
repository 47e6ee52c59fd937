//! Schedules and calendars: what operators make, and what the site file brings at each start.

use super::{STREET, asked, check, desk, doors, later, member, office, schedule_named, tenants};
use crate::site::{Desk, reason, wish};
use rackward_core::engine::command::{GrantWish, SetMode};
use rackward_core::id::{CalendarId, ScheduleId};
use rackward_core::people::{GrantRight, ManagedBy, Policy, When};
use rackward_core::site::draft::{CalendarDraft, ScheduleDraft, SiteDraft};
use rackward_core::site::schedule::DayWindows;
use rackward_core::site::schedule::calendar::Date;
use rackward_core::site::{FirstPerson, Opening};
use rackward_core::{Command, Reply};

fn set(draft: ScheduleDraft, mode: SetMode) -> Command {
    Command::SetSchedule { draft, mode }
}

fn calendar(name: &str, dates: &[(i8, i8)], mode: SetMode) -> Command {
    let days = dates.iter().map(|(month, day)| Date::new(2026, *month, *day).unwrap()).collect();
    Command::SetCalendar { draft: CalendarDraft { name: name.into(), days }, mode }
}

fn open_days(name: &str, calendar: &str) -> ScheduleDraft {
    let windows = DayWindows::new([(600, 660)]).unwrap();
    ScheduleDraft { weekly: None, special: vec![(calendar.into(), windows)], ..office(name, "Mon") }
}

fn names(desk: &Desk) -> Vec<(String, ManagedBy)> {
    let records = desk.engine.records();
    let schedules = records.schedules.values().map(|(row, managed)| (row.name.clone(), *managed));
    schedules.chain(records.calendars.values().map(|(row, managed)| (row.name.clone(), *managed))).collect()
}

#[test]
fn a_schedule_is_refused_for_every_reason_there_is() {
    let mut desk = desk();
    let (create, edit) = (SetMode::Create, SetMode::Edit);
    let never = ScheduleDraft { weekly: None, ..office("never", "Mon") };
    let nowhere = ScheduleDraft { time_zone: Some("Mars/Olympus".into()), ..office("", "Mon") };
    let unknown = ScheduleDraft { special: vec![("mayday".into(), DayWindows::closed())], ..office("late", "Mon") };
    check(&mut desk, set(never, create), "invalid 1 weekly: the schedule never opens").unwrap_err();
    check(&mut desk, set(nowhere, create), "invalid 2 name: & time_zone: time zone \"Mars/Olympus\"").unwrap_err();
    check(&mut desk, set(unknown, create), "invalid 1 special: there is no calendar \"mayday\"; make it first")
        .unwrap_err();
    check(&mut desk, set(office("late", "Mon"), edit), "not found: a schedule of this name").unwrap_err();
    check(&mut desk, set(office("office", "Mon"), create), "conflict: there is a schedule of this name").unwrap_err();
    check(&mut desk, set(office("office", "Mon"), edit), "conflict: this schedule comes from the site file")
        .unwrap_err();
    check(&mut desk, set(office(" late ", "Mon"), create), "ok").unwrap();
    check(&mut desk, set(office("late", "Mon-Sat"), edit), "ok").unwrap();
    check(&mut desk, set(open_days("fair", "holidays"), create), "ok").unwrap();
}

#[test]
fn a_calendar_is_refused_for_every_reason_there_is() {
    let mut desk = desk();
    let (create, edit) = (SetMode::Create, SetMode::Edit);
    check(&mut desk, calendar("", &[(5, 1)], create), "invalid 1 name:").unwrap_err();
    check(&mut desk, calendar("mayday", &[(5, 1)], edit), "not found: a calendar of this name").unwrap_err();
    check(&mut desk, calendar("holidays", &[(5, 1)], create), "conflict: there is a calendar of this name")
        .unwrap_err();
    check(&mut desk, calendar("holidays", &[(5, 1)], edit), "conflict: this calendar comes from the site file")
        .unwrap_err();
    check(&mut desk, calendar("mayday", &[(10, 1)], create), "ok").unwrap();
    desk.command(set(open_days("fair", "mayday"), create)).unwrap();
    check(&mut desk, calendar("mayday", &[], edit), "invalid 1 days: schedule fair would never open").unwrap_err();
    check(&mut desk, calendar("mayday", &[(10, 2)], edit), "ok").unwrap();
    check(&mut desk, calendar("past", &[(5, 1)], create), "ok").unwrap();
    check(&mut desk, set(open_days("over", "past"), create), "invalid 1 special: the schedule never opens again")
        .unwrap_err();
}

#[test]
fn what_is_used_is_not_removed() {
    let mut desk = desk();
    let create = SetMode::Create;
    desk.command(calendar("mayday", &[(10, 1)], create)).unwrap();
    desk.command(set(open_days("fair", "mayday"), create)).unwrap();
    let (fair, mayday) = (schedule_named(&desk, "fair"), CalendarId::new(2));
    let remove = |schedule| Command::RemoveSchedule { schedule };
    check(&mut desk, remove(ScheduleId::new(9)), "not found: sch-9").unwrap_err();
    let office = schedule_named(&desk, "office");
    check(&mut desk, remove(office), "conflict: this schedule comes from the site file").unwrap_err();
    check(&mut desk, Command::RemoveCalendar { calendar: CalendarId::new(9) }, "not found: cal-9").unwrap_err();
    check(&mut desk, Command::RemoveCalendar { calendar: CalendarId::new(1) }, "conflict: this calendar comes")
        .unwrap_err();
    check(&mut desk, Command::RemoveCalendar { calendar: mayday }, "conflict: calendar mayday is used by fair")
        .unwrap_err();
    let policies = vec![Policy { door: desk.door(STREET), schedule: Some(fair) }];
    let owner = rackward_core::site::OPERATOR;
    desk.command(Command::SetProfile { name: "fair".into(), owner, policies, reason: reason("x"), mode: create })
        .unwrap();
    let person = member(&mut desk, "lon1");
    let right = GrantRight::Doors { doors: [desk.door(STREET)].into(), when: When::Schedule(fair) };
    let Ok(Reply::Grant(grant, _)) = desk.command(Command::CreateGrant(wish(person, right))) else { panic!() };
    check(&mut desk, remove(fair), "conflict: schedule fair is used by prof-1, g-1; change those first").unwrap_err();
    desk.command(Command::RevokeGrant { grant, reason: reason("done") }).unwrap();
    check(&mut desk, remove(fair), "conflict: schedule fair is used by prof-1; change").unwrap_err();
    desk.command(Command::RemoveProfile { profile: rackward_core::id::ProfileId::new(1), reason: reason("x") })
        .unwrap();
    check(&mut desk, remove(fair), "ok").unwrap();
    check(&mut desk, Command::RemoveCalendar { calendar: mayday }, "ok").unwrap();
}

#[test]
fn a_refusal_names_five_users_at_most() {
    let mut desk = desk();
    desk.command(set(office("late", "Mon"), SetMode::Create)).unwrap();
    let late = schedule_named(&desk, "late");
    let person = member(&mut desk, "lon1");
    for _ in 0..7 {
        let GrantRight::Doors { doors, .. } = doors(&desk, &[STREET]) else { panic!() };
        let right = GrantRight::Doors { doors, when: When::Schedule(late) };
        desk.command(Command::CreateGrant(wish(person, right))).unwrap();
    }
    let expect = "conflict: schedule late is used by g-1, g-2, g-3, g-4, g-5 and perhaps more; change";
    check(&mut desk, Command::RemoveSchedule { schedule: late }, expect).unwrap_err();
}

/// Starts again with a changed site file.
fn restart(desk: &Desk, change: impl FnOnce(&mut SiteDraft)) -> Desk {
    let mut draft = tenants();
    change(&mut draft);
    Desk::restart_of(&draft, desk.engine.records().clone(), desk.now)
}

#[test]
fn the_site_files_schedules_are_records_of_its_own() {
    let first = desk();
    let file = |name: &str| (name.to_owned(), ManagedBy::File);
    assert_eq!(names(&first), [file("office"), file("holidays")]);
    let sets = |desk: &Desk| desk.names().iter().filter(|name| name.ends_with(".set")).count();
    assert_eq!(sets(&first), 2);
    let same = restart(&first, |_| {});
    assert_eq!((names(&same), sets(&same)), (names(&first), 0), "what is as before is not recorded again");
    let id = schedule_named(&same, "office");
    let longer = restart(&same, |draft| {
        draft.schedules.schedules[0].weekly = office("office", "Mon-Sat").weekly;
    });
    assert_eq!((schedule_named(&longer, "office"), sets(&longer)), (id, 1), "a change keeps its number");
    let gone = restart(&longer, |draft| draft.schedules.schedules.clear());
    assert_eq!(names(&gone), [file("holidays")]);
    let back = restart(&gone, |_| {});
    assert_ne!(schedule_named(&back, "office"), id, "a number is never given twice");
}

#[test]
fn what_the_file_drops_and_rights_still_use_becomes_the_operators() {
    let mut desk = desk();
    let person = member(&mut desk, "lon1");
    let when = When::Schedule(schedule_named(&desk, "office"));
    let right = GrantRight::Doors { doors: [desk.door(STREET)].into(), when };
    let validity = rackward_core::people::Validity { from: desk.now.wall, to: later(&desk, 24) };
    let longer = GrantWish { validity, ..wish(person, right) };
    desk.command(Command::CreateGrant(longer)).unwrap();
    asked(&mut desk, person, &[STREET]);
    let mut dropped = restart(&desk, |draft| {
        draft.schedules.schedules.clear();
        draft.schedules.calendars.clear();
    });
    let ours = |name: &str| (name.to_owned(), ManagedBy::Operator);
    assert_eq!(names(&dropped), [ours("office"), ours("holidays")]);
    check(&mut dropped, set(office("office", "Mon"), SetMode::Edit), "ok").unwrap();
    let back = restart(&dropped, |_| {});
    assert_eq!(names(&back), [("office".to_owned(), ManagedBy::File), ("holidays".to_owned(), ManagedBy::File)]);
}

#[test]
fn a_door_that_opens_by_a_schedule_uses_it() {
    let mut draft = tenants();
    draft.doors[0].opening = Some(Opening { schedule: "late".into(), first_person: FirstPerson::NotNeeded });
    draft.schedules.schedules.push(office("late", "Mon"));
    let mut desk = Desk::of(&draft);
    let late = schedule_named(&desk, "late");
    check(&mut desk, Command::RemoveSchedule { schedule: late }, "conflict: this schedule comes from the site")
        .unwrap_err();
    draft.schedules.schedules.pop();
    let problems = draft.build(&desk.engine.records().places).unwrap_err();
    assert!(problems.iter().any(|problem| problem.message.contains("late")), "nor does the file drop it");
}
