//! What operators do that a colleague must hear of: many doors unlocked, rights raised.

use super::{check_replay, guarded, letter, of_kind};
use crate::site::{Desk, FRONT, reason};
use rackward_core::Command;
use rackward_core::alarm::AlarmKind::{MassUnlock, RightsRaised};
use rackward_core::alarm::AlarmSource;
use rackward_core::engine::command::{OperatorCommand, OperatorName, Scope};
use rackward_core::id::{OperatorId, OrganisationId};
use rackward_core::mode::ModeOrder;
use rackward_core::operator::OperatorRole;

const DOORS: [&str; 5] = ["lon1/street", "lon1/outer", "lon1/plant", FRONT, "lon1/inner"];

fn order(desk: &mut Desk, path: &str, order: ModeOrder) {
    let door = desk.door(path);
    desk.command(Command::SetDoorMode { door, order, reason: reason("drill") }).unwrap();
}

/// Unlocks a door, or opens one of the mantrap, which stays closed while the other is unlocked.
fn unlock(desk: &mut Desk, path: &str) {
    if path == "lon1/inner" {
        order(desk, "lon1/outer", ModeOrder::Lock);
        let lock = "outer-lock";
        desk.facts(lock, crate::site::closed(false));
        let door = desk.door(path);
        let not_after = desk.now.wall.after(std::time::Duration::from_secs(5));
        desk.command(Command::OpenDoor { lasting: None, door, reason: reason("parcel"), not_after }).unwrap();
    } else {
        order(desk, path, ModeOrder::Unlock);
    }
}

#[test]
fn the_fifth_door_within_five_minutes_is_one_alarm() {
    let mut desk = guarded();
    for path in &DOORS[..4] {
        unlock(&mut desk, path);
        desk.wait_secs(60);
    }
    assert_eq!(desk.raised(MassUnlock), 0);
    unlock(&mut desk, DOORS[4]);
    assert_eq!((desk.raised(MassUnlock), letter(&desk, of_kind(&desk, MassUnlock))), (1, 'D'));
    for path in &DOORS[..3] {
        order(&mut desk, path, ModeOrder::Lock);
    }
    unlock(&mut desk, DOORS[0]);
    assert_eq!(desk.raised(MassUnlock), 1, "it takes as many again");
    check_replay(&desk);
}

#[test]
fn one_door_again_and_again_or_many_over_an_hour_are_none() {
    let mut desk = guarded();
    for _ in 0..8 {
        order(&mut desk, DOORS[0], ModeOrder::Unlock);
        order(&mut desk, DOORS[0], ModeOrder::Lock);
    }
    for path in DOORS {
        unlock(&mut desk, path);
        desk.wait_secs(76);
    }
    assert_eq!(desk.raised(MassUnlock), 0);
}

#[test]
fn locking_many_doors_is_none() {
    let mut desk = guarded();
    for path in DOORS {
        order(&mut desk, path, ModeOrder::Block);
    }
    assert_eq!(desk.raised(MassUnlock), 0);
}

#[test]
fn whoever_is_given_more_rights_is_an_alarm_and_whoever_is_given_less_is_none() {
    use OperatorRole::{Admin, Auditor, Security, SecuritySupervisor};
    let own = Scope::Organisation(OrganisationId::new(0));
    let check = |before: (OperatorRole, Scope), after: (OperatorRole, Scope), expect: usize| {
        let mut desk = guarded();
        // 3 is somebody to be changed; whatever it takes to make them so is not looked at.
        let mut records = desk.engine.records().clone();
        let row = records.operators.get_mut(&OperatorId::new(3)).unwrap();
        (row.role, row.scope) = before;
        desk = super::guarded_from(records, desk.now);
        let (role, scope) = after;
        let change = OperatorCommand::Change { operator: OperatorId::new(3), role, scope, reason: reason("moved") };
        desk.command(Command::Operator(change)).unwrap();
        assert_eq!(desk.raised(RightsRaised), expect, "{before:?} to {after:?}");
        let raised = desk.engine.records().alarms.values().find(|row| row.kind == RightsRaised);
        let source = AlarmSource::Operator(OperatorId::new(3));
        assert!(raised.is_none_or(|row| row.source == source && !row.is_active()));
    };
    let site = Scope::Site;
    check((Auditor, site), (Security, site), 1);
    check((Auditor, site), (Admin, site), 1);
    check((Admin, site), (Auditor, site), 0);
    check((SecuritySupervisor, site), (Security, site), 0);
    check((Security, own), (Security, site), 1);
    check((Security, site), (Security, own), 0);
}

#[test]
fn a_new_admin_is_an_alarm_where_there_are_others() {
    let made = |desk: &mut Desk, role: OperatorRole| {
        let name = OperatorName::parse(role.word()).unwrap();
        desk.command(Command::Operator(OperatorCommand::Create { name, role, scope: Scope::Site })).unwrap();
        desk.raised(RightsRaised)
    };
    let mut first = Desk::open();
    assert_eq!(made(&mut first, OperatorRole::Admin), 0, "somebody must be the first");
    let mut desk = guarded();
    assert_eq!(made(&mut desk, OperatorRole::Security), 0);
    assert_eq!(made(&mut desk, OperatorRole::Admin), 1);
}
