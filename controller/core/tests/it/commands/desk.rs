//! What the desk does at once: opening doors in their modes, taking alarms; and who may do which of all commands.

use std::time::Duration;

use super::{MARY, STREET, admin, area, asked, check, check_as, create, desk, hours, member, organisation};
use crate::site::{Desk, card, open, reason, usual_details};
use rackward_core::engine::command::{
    BusName, GrantWish, PinHash, PinPurpose, SetMode, WebhookCommand, WebhookName, WebhookOrder,
};
use rackward_core::entry::{Inspected, WebhookEntry};
use rackward_core::id::{
    AgreementId, AlarmId, CalendarId, CredentialId, DeviceId, DoorId, GrantId, PersonId, ProfileId, ScheduleId, Seq,
};
use rackward_core::job::JobWish;
use rackward_core::mode::ModeOrder;
use rackward_core::people::{CredentialState, GrantRight, PersonStatus, ThreatLevel};
use rackward_core::permission::{Actor, OperatorRole};
use rackward_core::site::draft::CalendarDraft;
use rackward_core::{Caller, Command, CommandError, Entry};

fn order(desk: &Desk, order: ModeOrder) -> Command {
    Command::SetDoorMode { door: desk.door(STREET), order, reason: reason("as asked") }
}

fn open_street(desk: &Desk) -> Command {
    Command::OpenDoor { lasting: None, door: desk.door(STREET), reason: reason("courier"), not_after: desk.now.wall }
}

#[test]
fn a_door_opens_from_the_desk_where_its_mode_lets_it() {
    for (mode, expect) in [
        (ModeOrder::Lock, "ok"),
        (ModeOrder::Unlock, "conflict: lon1/street stands unlocked already"),
        (ModeOrder::LockOpen, "conflict: lon1/street stands unlocked already"),
        (ModeOrder::Block, "conflict: lon1/street is blocked; lock or unlock it first"),
        (ModeOrder::DoubleLock, "conflict: lon1/street is double locked; lock or unlock it first"),
        (ModeOrder::LockDown, "locked down: lon1/street is locked down; give its lockdown release first"),
    ] {
        let mut desk = desk();
        let command = order(&desk, mode);
        desk.command(command).unwrap();
        let command = open_street(&desk);
        drop(check(&mut desk, command, expect));
    }
    let mut desk = desk();
    let lobby = area(&desk, "lon1/lobby");
    desk.command(Command::LockDownArea { area: lobby, reason: reason("drill") }).unwrap();
    let command = open_street(&desk);
    check(&mut desk, command, "locked down: lon1/street is locked down with lon1/lobby; release that area first")
        .unwrap_err();
    desk.command(Command::ReleaseArea { area: lobby, reason: reason("over") }).unwrap();
    let late = Command::OpenDoor {
        lasting: None,
        door: desk.door(STREET),
        reason: reason("x"),
        not_after: crate::site::MONDAY_NINE,
    };
    let nowhere =
        Command::OpenDoor { lasting: None, door: DoorId::new(99), reason: reason("x"), not_after: desk.now.wall };
    check(&mut desk, nowhere, "not found: door-99").unwrap_err();
    let for_secs = |secs: u64| Command::OpenDoor {
        door: desk.door(STREET),
        lasting: Some(Duration::from_secs(secs)),
        reason: reason("a trolley"),
        not_after: desk.now.wall,
    };
    let (short, long, fits) = (for_secs(2), for_secs(16), for_secs(15));
    let bounds =
        "for_s: lon1/street is released for 3 to 15 s at once; name a time within that, or unlock it with: door unlock";
    check(&mut desk, short, bounds).unwrap_err();
    check(&mut desk, long, bounds).unwrap_err();
    check(&mut desk, fits, "ok").unwrap();
    let released = desk.journal.iter().rev().find_map(|stamped| match stamped.entry {
        Entry::OperatorReleased { release_time, .. } => Some(release_time),
        _ => None,
    });
    assert_eq!(released, Some(Duration::from_secs(15)), "and recorded as it was");
    desk.wait_secs(1);
    assert_eq!(desk.command(late), Err(CommandError::TooLate));
    desk.cut("lock-0");
    let command = open_street(&desk);
    check(&mut desk, command, "conflict: the lock of lon1/street does not answer").unwrap_err();
}

#[test]
fn an_alarm_is_taken_with_a_note_once() {
    let mut desk = desk();
    desk.facts("lock-0", open(false));
    desk.wait(Duration::from_secs(2));
    let alarm = *desk.engine.records().alarms.keys().next().unwrap();
    let take = |note: &str| crate::site::acknowledge(alarm, note);
    check(&mut desk, take("short"), "invalid 1 note: an urgent alarm needs").unwrap_err();
    check(&mut desk, take("\u{202e}"), "invalid 2 note: an urgent & note: a note has").unwrap_err();
    check(&mut desk, take(&"n".repeat(257)), "invalid 1 note: a note has at most").unwrap_err();
    check(&mut desk, take("guard went and looked"), "ok").unwrap();
    check(&mut desk, take("guard went and looked"), "conflict: & already acknowledged").unwrap_err();
    let unknown = crate::site::acknowledge(AlarmId::new(99), "guard went and looked");
    check(&mut desk, unknown, "not found: alm-99").unwrap_err();
}

/// Every command once, with the roles besides admin that may give it.
fn every_command(desk: &mut Desk) -> Vec<(Command, bool)> {
    let person = desk.person(1);
    let grant = asked(desk, person, &[STREET]);
    let wish = GrantWish { right: GrantRight::Member(ProfileId::new(9)), ..super::ask(desk, person, &[STREET]) };
    let (credential, door, lobby) = (CredentialId::new(1), desk.door(STREET), area(desk, "lon1/lobby"));
    let (validity, mary) = (hours(desk, 1), organisation(desk, "st-marys"));
    let text = || reason("as asked");
    let status = |status| Command::SetPersonStatus { person, status, reason: text() };
    let state = |state| Command::SetCredentialState { credential, state, reason: text() };
    vec![
        (create(PersonStatus::Enabled, usual_details()), false),
        (status(PersonStatus::Suspended), true),
        (status(PersonStatus::Enabled), false),
        (status(PersonStatus::Expected), false),
        (status(PersonStatus::Left), false),
        (Command::ChangePersonDetails { person, details: usual_details(), reason: text() }, false),
        (
            Command::SetPin { person, purpose: PinPurpose::Usual, hash: PinHash::from_phc(String::new()), digits: 6 },
            false,
        ),
        (Command::AssignCredential { person, key: card(7), validity }, false),
        (state(CredentialState::Enabled), false),
        (state(CredentialState::Disabled), true),
        (state(CredentialState::Lost), true),
        (state(CredentialState::Stolen), true),
        (state(CredentialState::Damaged), true),
        (state(CredentialState::Returned), true),
        (state(CredentialState::Destroyed), true),
        (Command::EndLockout { credential }, true),
        (Command::CreateGrant(wish), false),
        (Command::ApproveGrant { grant, reason: text() }, false),
        (Command::DenyGrant { grant, reason: text() }, false),
        (Command::RevokeGrant { grant, reason: text() }, false),
        (Command::ChangeGrantEnd { grant, to: validity.to, reason: text() }, false),
        (Command::CloseTicket { ticket: text(), reason: text() }, false),
        (Command::BreakGlass { person, doors: vec![door], to: validity.to, reason: text() }, false),
        (Command::ReviewBreakGlass { grant: GrantId::new(9), note: text() }, true),
        (Command::SetSchedule { draft: super::office("x", "Mon"), mode: SetMode::Edit }, false),
        (Command::RemoveSchedule { schedule: ScheduleId::new(9) }, false),
        (Command::SetCalendar { draft: CalendarDraft { name: "x".into(), days: vec![] }, mode: SetMode::Edit }, false),
        (Command::RemoveCalendar { calendar: CalendarId::new(9) }, false),
        (super::set_profile(desk, "x", "lon1", &[STREET], true), false),
        (Command::RemoveProfile { profile: ProfileId::new(9), reason: text() }, false),
        (super::agreement(desk, "st-marys", "the-royal", &["lon1/hall/mary"], validity), false),
        (Command::EndAgreement { agreement: AgreementId::new(9), reason: text() }, false),
        (Command::ForgivePassback { person: None, area: None, reason: text() }, true),
        (Command::ForgivePassback { person: Some(person), area: None, reason: text() }, true),
        (Command::ForgivePassback { person: None, area: Some(lobby), reason: text() }, true),
        (Command::OpenDoor { lasting: None, door, reason: text(), not_after: desk.now.wall }, true),
        (Command::SetDoorMode { door, order: ModeOrder::Lock, reason: text() }, true),
        (Command::LockDownArea { area: lobby, reason: text() }, true),
        (Command::ReleaseArea { area: lobby, reason: text() }, true),
        (Command::SetThreatLevel { level: ThreatLevel::High, reason: text() }, true),
        (crate::site::acknowledge(AlarmId::new(9), "seen and looked at"), true),
        (Command::EndAgreement { agreement: AgreementId::new(mary.get()), reason: text() }, false),
        (Command::AcceptDevice { device: DeviceId::new(1), reason: text() }, false),
        (Command::StartJob { device: DeviceId::new(1), job: JobWish::RollKey, reason: text() }, false),
        (Command::StopJob { device: DeviceId::new(1), reason: text() }, false),
        (inspect(Inspected::Trace), false),
        (inspect(Inspected::Scan), false),
        (webhook(WebhookOrder::Test), false),
    ]
}

fn webhook(order: WebhookOrder) -> Command {
    Command::Webhook(WebhookCommand { webhook: WebhookName::parse("desk").unwrap(), order })
}

#[test]
fn an_order_about_a_webhook_is_recorded_with_who_gave_it() {
    let mut desk = desk();
    let check = |desk: &mut Desk, order: WebhookOrder, expect: WebhookEntry| {
        desk.command(webhook(order)).unwrap();
        assert_eq!(desk.journal.last().map(|stamped| &stamped.entry), Some(&Entry::Webhook(expect)));
    };
    let (name, by) = ("desk".to_owned(), Actor::LocalUser(0));
    let (from, to) = (Seq::new(3), Some(Seq::new(9)));
    let replayed = WebhookEntry::Replayed { webhook: name.clone(), from, to, by };
    check(&mut desk, WebhookOrder::Replay { from, to }, replayed);
    check(&mut desk, WebhookOrder::Test, WebhookEntry::Tested { webhook: name.clone(), by });
    check(&mut desk, WebhookOrder::Enable, WebhookEntry::Enabled { webhook: name.clone(), by });
    check(&mut desk, WebhookOrder::Disable, WebhookEntry::Disabled { webhook: name, by });
    let fits = |name: &str| WebhookName::parse(name).is_some();
    assert!(fits("desk-2:a.b") && fits(&"a".repeat(56)));
    assert!(!fits("") && !fits(&"a".repeat(57)) && !fits("Desk") && !fits("a b") && !fits("a\n"));
}

fn inspect(what: Inspected) -> Command {
    Command::InspectBus { bus: BusName::parse("hall-a").unwrap(), what, reason: reason("as asked") }
}

#[test]
fn a_look_at_a_bus_is_recorded_with_its_reason() {
    let mut desk = desk();
    let mark = desk.journal.len();
    check(&mut desk, inspect(Inspected::Trace), "ok").unwrap();
    assert_eq!(desk.since(mark), ["bus.inspected"]);
    let check = |name: &str, fits: bool| assert_eq!(BusName::parse(name).is_some(), fits, "{name:?}");
    check("hall-a", true);
    check(&"b".repeat(64), true);
    check(&"b".repeat(65), false);
    check("", false);
    check("hall\na", false);
    check("hall\u{202e}a", false);
}

#[test]
fn every_command_by_every_role() {
    let count = every_command(&mut desk()).len();
    for index in 0..count {
        for role in OperatorRole::ALL {
            let mut desk = desk();
            let (command, guards) = every_command(&mut desk).swap_remove(index);
            let answers = matches!(command, Command::Alarm(_));
            let reviews = matches!(command, Command::ReviewBreakGlass { .. });
            let allowed = match role {
                OperatorRole::Admin => true,
                OperatorRole::SecuritySupervisor => guards,
                OperatorRole::Security => guards && !reviews,
                OperatorRole::Facilities => answers,
                OperatorRole::Auditor | OperatorRole::WallScreen => false,
            };
            let shown = format!("{role:?} {command:?}");
            let result = desk.command_of(Caller { role, ..admin(1) }, command);
            assert_eq!(result != Err(CommandError::Forbidden), allowed, "{shown}: {result:?}");
        }
    }
}

#[test]
fn nothing_is_done_for_somebody_who_may_not() {
    let mut desk = desk();
    let person = member(&mut desk, "lon1");
    let grant = asked(&mut desk, person, &[MARY]);
    let auditor = Caller { role: OperatorRole::Auditor, ..admin(1) };
    let revoke = Command::RevokeGrant { grant, reason: reason("no") };
    check_as(&mut desk, auditor, revoke, "forbidden").unwrap_err();
    check(
        &mut desk,
        Command::SetPersonStatus { person: PersonId::new(8), status: PersonStatus::Left, reason: reason("x") },
        "not found",
    )
    .unwrap_err();
}
