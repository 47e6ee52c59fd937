//! What operators ask for, as tables: a command, and what it comes to. Every refusal leaves everything as it was, which
//! `check` looks at each time. Here are the site and the vocabulary of the tables; the tables are by subject.

mod change_sets;
mod credentials;
mod desk;
mod grants;
mod people;
mod plans;
mod privacy;
mod profiles;
mod registers;
mod schedules;

use std::time::Duration;

use crate::site::{Desk, reader, reason, usual_details, wish};
use rackward_core::engine::command::{GrantWish, PersonName, Scope};
use rackward_core::id::{AreaId, GrantId, OrganisationId, PersonId, ProfileId, ScheduleId};
use rackward_core::people::{Approval, GrantRight, PersonDetails, PersonStatus, Policy, Validity, When};
use rackward_core::permission::{Actor, OperatorRole};
use rackward_core::site::draft::{
    AreaDraft, CalendarDraft, DeviceDraft, DoorDraft, RoleDraft, ScheduleDraft, ScheduleDrafts, Side, SiteDraft,
};
use rackward_core::site::schedule::calendar::Date;
use rackward_core::site::schedule::{Day, DayWindows, Weekly};
use rackward_core::site::{AreaKind, DoorKind, Level, TicketPolicy};
use rackward_core::{Caller, Command, CommandError, Records, Reply, Wall};

pub(crate) const STREET: &str = "lon1/street";
/// Asks for one approval.
pub(crate) const PLANT: &str = "lon1/plant";
/// The cage of st-marys.
pub(crate) const MARY: &str = "lon1/mary";
pub(crate) const MARY_RACK: &str = "lon1/hall/mary/r1/front";
/// A rack of st-marys that asks for a ticket and two approvals.
pub(crate) const VAULT: &str = "lon1/hall/mary/vault/front";
/// The cage of the-royal.
pub(crate) const ROYAL: &str = "lon1/royal";

/// A lobby, a plant room and a hall of the operator; in the hall the cages of two hospitals.
pub(crate) fn tenants() -> SiteDraft {
    let area = |path: &str, kind| AreaDraft::new(path, kind);
    let inside = |outer: &str| Some(outer.to_owned());
    let mut draft = SiteDraft {
        name: "lon1".into(),
        time_zone: "Europe/London".into(),
        organisations: vec!["st-marys".into(), "the-royal".into()],
        schedules: file_schedules(),
        areas: vec![
            area("lon1/lobby", AreaKind::Building),
            AreaDraft { approval: Some(Approval::One), ..area("lon1/plant-room", AreaKind::Hall) },
            area("lon1/hall", AreaKind::Hall),
            AreaDraft {
                inside: inside("lon1/hall"),
                owner: Some("st-marys".into()),
                ..area("lon1/hall/mary", AreaKind::Cage)
            },
            AreaDraft { inside: inside("lon1/hall/mary"), ..area("lon1/hall/mary/r1", AreaKind::Rack) },
            AreaDraft {
                inside: inside("lon1/hall/mary"),
                ticket: Some(TicketPolicy::Required),
                approval: Some(Approval::Two),
                ..area("lon1/hall/mary/vault", AreaKind::Rack)
            },
            AreaDraft {
                inside: inside("lon1/hall"),
                owner: Some("the-royal".into()),
                ..area("lon1/hall/royal", AreaKind::Cage)
            },
        ],
        doors: vec![
            DoorDraft::new(STREET, DoorKind::Door, "lon1/lobby"),
            DoorDraft::new(PLANT, DoorKind::Door, "lon1/plant-room"),
            DoorDraft::new(MARY, DoorKind::Door, "lon1/hall/mary"),
            DoorDraft::new(MARY_RACK, DoorKind::RackDoor, "lon1/hall/mary/r1"),
            DoorDraft::new(VAULT, DoorKind::RackDoor, "lon1/hall/mary/vault"),
            DoorDraft::new(ROYAL, DoorKind::Door, "lon1/hall/royal"),
        ],
        ..SiteDraft::default()
    };
    let device = |name: String, role| DeviceDraft { name, role };
    for (index, door) in draft.doors.iter().enumerate() {
        let path = door.path.clone();
        if door.kind == DoorKind::RackDoor {
            let role = RoleDraft::Handle { door: path, level: Level::Card.into() };
            draft.devices.push(device(format!("handle-{index}"), role));
        } else {
            draft.devices.push(device(format!("reader-{index}"), reader(&path, Side::In, Level::Card)));
            draft.devices.push(device(format!("lock-{index}"), RoleDraft::Lock { door: path }));
        }
    }
    draft
}

fn file_schedules() -> ScheduleDrafts {
    let christmas = Date::new(2026, 12, 25).unwrap();
    ScheduleDrafts {
        calendars: vec![CalendarDraft { name: "holidays".into(), days: vec![christmas] }],
        schedules: vec![ScheduleDraft {
            special: vec![("holidays".into(), DayWindows::closed())],
            ..office("office", "Mon-Fri")
        }],
    }
}

/// From eight to six on some days.
pub(crate) fn office(name: &str, days: &str) -> ScheduleDraft {
    let weekly = Weekly::on_days(&Day::parse_list(days).unwrap(), 8 * 60, 18 * 60).unwrap();
    ScheduleDraft { name: name.into(), time_zone: None, weekly: Some(weekly), special: Vec::new() }
}

pub(crate) fn desk() -> Desk {
    Desk::of(&tenants())
}

/// An admin of the whole site; different numbers are different people.
pub(crate) const fn admin(number: u32) -> Caller {
    Caller::new(Actor::LocalUser(number), OperatorRole::Admin, Scope::Site)
}

/// What a command came to, in one line.
pub(crate) fn said(result: &Result<Reply, CommandError>) -> String {
    match result {
        Ok(Reply::Requested(_, approvals)) => format!("ok, waits for {}", approvals.count()),
        Ok(_) => "ok".into(),
        Err(CommandError::Invalid(problems)) => {
            let lines: Vec<String> = problems.iter().map(|p| format!("{}: {}", p.field, p.message)).collect();
            format!("invalid {} {}", problems.len(), lines.join(" | "))
        }
        Err(CommandError::NotFound { what }) => format!("not found: {what}"),
        Err(CommandError::Conflict(why)) => format!("conflict: {why}"),
        Err(CommandError::LockedDown(why)) => format!("locked down: {why}"),
        Err(CommandError::Forbidden) => "forbidden".into(),
        Err(other) => format!("{other:?}"),
    }
}

/// Gives a command and looks for every part, separated by `&`, in what it comes to. A refusal changes nothing.
pub(crate) fn check_as(desk: &mut Desk, caller: Caller, command: Command, expect: &str) -> Result<Reply, CommandError> {
    let (before, entries, shown) = (desk.engine.records().clone(), desk.journal.len(), format!("{command:?}"));
    let result = desk.command_of(caller, command);
    let got = said(&result);
    for part in expect.split('&').map(str::trim) {
        assert!(got.contains(part), "{shown}\n  expected: {expect}\n  got:      {got}");
    }
    assert_eq!(result.is_ok(), expect.starts_with("ok"), "{shown}: {got}");
    if result.is_err() {
        assert!(
            *desk.engine.records() == before && desk.journal.len() == entries,
            "{shown} was refused and changed something"
        );
    }
    result
}

/// Applying the whole journal anew gives the records as they are; for desks that were not started again.
pub(crate) fn check_replay(desk: &Desk) {
    let mut records = Records::default();
    desk.journal.iter().for_each(|stamped| records.apply(stamped, &mut Vec::new()));
    assert!(records == *desk.engine.records(), "replay differs");
}

pub(crate) fn check(desk: &mut Desk, command: Command, expect: &str) -> Result<Reply, CommandError> {
    check_as(desk, admin(0), command, expect)
}

/// The organisation of this name; the operator is called like the site.
pub(crate) fn organisation(desk: &Desk, name: &str) -> OrganisationId {
    desk.engine.site().organisations().iter().find(|row| row.name == name).unwrap().id
}

pub(crate) fn area(desk: &Desk, path: &str) -> AreaId {
    desk.engine.site().find_area(path).unwrap().id
}

pub(crate) fn create(status: PersonStatus, details: PersonDetails) -> Command {
    Command::CreatePerson { name: PersonName::parse("Somebody").unwrap(), status, details, key: None }
}

/// Somebody of an organisation, without a card.
pub(crate) fn member(desk: &mut Desk, name: &str) -> PersonId {
    let details = PersonDetails { organisation: organisation(desk, name), ..usual_details() };
    match desk.command(create(PersonStatus::Enabled, details)) {
        Ok(Reply::Person(person)) => person,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn doors(desk: &Desk, paths: &[&str]) -> GrantRight {
    let doors = paths.iter().map(|path| desk.door(path)).collect();
    GrantRight::Doors { doors, when: When::Weekly(Weekly::always()) }
}

/// A wish for an hour at some doors, with a ticket.
pub(crate) fn ask(desk: &Desk, person: PersonId, paths: &[&str]) -> GrantWish {
    GrantWish { validity: hours(desk, 1), ..wish(person, doors(desk, paths)) }
}

/// A grant that is made or asked for by the admin 0.
pub(crate) fn asked(desk: &mut Desk, person: PersonId, paths: &[&str]) -> GrantId {
    let wish = ask(desk, person, paths);
    match desk.command(Command::CreateGrant(wish)) {
        Ok(Reply::Grant(grant, _) | Reply::Requested(grant, _)) => grant,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn policies(desk: &Desk, paths: &[&str]) -> Vec<Policy> {
    paths.iter().map(|path| Policy { door: desk.door(path), schedule: None }).collect()
}

pub(crate) fn set_profile(desk: &Desk, name: &str, owner: &str, paths: &[&str], edit: bool) -> Command {
    use rackward_core::engine::command::SetMode;
    Command::SetProfile {
        name: name.into(),
        owner: organisation(desk, owner),
        policies: policies(desk, paths),
        reason: reason("team"),
        mode: if edit { SetMode::Edit } else { SetMode::Create },
    }
}

pub(crate) fn profile(desk: &mut Desk, name: &str, owner: &str, paths: &[&str]) -> ProfileId {
    let command = set_profile(desk, name, owner, paths, false);
    match desk.command(command) {
        Ok(Reply::Profile(profile, _)) => profile,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn schedule_named(desk: &Desk, name: &str) -> ScheduleId {
    desk.engine.records().schedules.values().find(|(row, _)| row.name == name).unwrap().0.id
}

pub(crate) fn agreement(desk: &Desk, owner: &str, guest: &str, areas: &[&str], validity: Validity) -> Command {
    Command::MakeAgreement {
        owner: organisation(desk, owner),
        guest: organisation(desk, guest),
        areas: areas.iter().map(|path| area(desk, path)).collect(),
        validity,
        reason: reason("joint venture"),
    }
}

/// From the desk's now for some hours.
pub(crate) fn hours(desk: &Desk, hours: u64) -> Validity {
    Validity { from: desk.now.wall, to: later(desk, hours) }
}

pub(crate) fn later(desk: &Desk, hours: u64) -> Wall {
    desk.now.wall.after(Duration::from_secs(hours * 3600))
}
