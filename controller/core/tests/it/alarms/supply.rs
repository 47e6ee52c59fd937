//! Supply trouble that lasts: medium at first, urgent after half an hour, one alarm at any time.

use super::{
    acknowledged, check_replay, guarded, letter, minutes, of_kind, on_list, raised, restarted, set, shelve_for,
};
use crate::site::Desk;
use rackward_core::alarm::AlarmKind::{self, PowerFault, SupplyFailing};
use rackward_core::alarm::life::{DesignRule, ShelfKind, Suppression};

/// The kinds on the list, the first of each row.
fn listed(desk: &Desk) -> Vec<(AlarmKind, u32)> {
    on_list(desk).iter().map(|row| (row.alarm.kind, row.behind)).collect()
}

#[test]
fn trouble_that_lasts_is_urgent_and_still_one_alarm() {
    let mut desk = guarded();
    let medium = raised(&mut desk, PowerFault);
    desk.wait(minutes(30) - std::time::Duration::from_secs(1));
    assert_eq!(listed(&desk), [(PowerFault, 0)]);
    desk.wait_secs(1);
    assert_eq!(listed(&desk), [(SupplyFailing, 1)]);
    let behind = of_kind(&desk, SupplyFailing);
    let suppression = desk.engine.records().alarms[&medium].life.suppression.clone();
    assert_eq!(suppression, Suppression::ByDesign { rule: DesignRule::Worsened, behind });
    check_replay(&desk);
    set(&mut desk, PowerFault, false);
    assert_eq!((letter(&desk, medium), letter(&desk, behind)), ('-', 'D'), "the urgent one is to be seen");
    desk.wait(minutes(120));
    assert_eq!(desk.raised(SupplyFailing), 1);
    check_replay(&desk);
}

#[test]
fn a_short_cut_of_the_mains_is_not_urgent_however_often() {
    let mut desk = guarded();
    for _ in 0..4 {
        set(&mut desk, PowerFault, true);
        desk.wait(minutes(29));
        set(&mut desk, PowerFault, false);
        desk.wait(minutes(5));
    }
    assert_eq!((desk.raised(PowerFault), desk.raised(SupplyFailing)), (4, 0));
}

#[test]
fn an_acknowledgement_does_not_keep_it_from_becoming_urgent() {
    let mut desk = guarded();
    let medium = raised(&mut desk, PowerFault);
    acknowledged(&mut desk, medium).unwrap();
    desk.wait(minutes(30));
    assert_eq!(listed(&desk), [(SupplyFailing, 1)]);
    set(&mut desk, PowerFault, false);
    assert_eq!(letter(&desk, medium), '-');
    check_replay(&desk);
}

#[test]
fn what_was_put_aside_is_urgent_once_it_comes_back() {
    let mut desk = guarded();
    let medium = raised(&mut desk, PowerFault);
    desk.command(shelve_for(&desk, medium, minutes(300), ShelfKind::Timed)).unwrap();
    desk.wait(minutes(299));
    assert_eq!((letter(&desk, medium), desk.raised(SupplyFailing)), ('G', 0));
    desk.wait(minutes(2));
    assert_eq!(listed(&desk), [(SupplyFailing, 1)]);
    check_replay(&desk);
}

#[test]
fn its_time_goes_on_over_a_restart() {
    let mut desk = guarded();
    set(&mut desk, PowerFault, true);
    desk.wait(minutes(20));
    let mut desk = restarted(&desk, minutes(4));
    desk.wait(minutes(5));
    assert_eq!(desk.raised(SupplyFailing), 0);
    desk.wait(minutes(1));
    assert_eq!(desk.raised(SupplyFailing), 1);
    let (medium, behind) = (of_kind(&desk, PowerFault), of_kind(&desk, SupplyFailing));
    let suppression = desk.engine.records().alarms[&medium].life.suppression.clone();
    assert_eq!(suppression, Suppression::ByDesign { rule: DesignRule::Worsened, behind });
    let mut desk = restarted(&desk, minutes(1));
    desk.wait(minutes(60));
    assert_eq!(desk.raised(SupplyFailing), 0, "it is urgent already");
    set(&mut desk, PowerFault, false);
    assert_eq!(letter(&desk, of_kind(&desk, SupplyFailing)), 'D');
}
