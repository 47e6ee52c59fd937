//! Fire, lockdowns of areas, the threat level, damaged records: what is laid over the modes of doors.

use super::*;

#[test]
fn fire_releases_every_way_out_and_no_rack_whatever_their_mode() {
    let mut desk = site();
    order(&mut desk, STREET, ModeOrder::DoubleLock).unwrap();
    lock_down(&mut desk, "lon1/building").unwrap();
    assert_eq!(shown(&desk, "hall-door-reader"), Some(PointState::LockedDown));
    desk.outputs.clear();
    let mark = desk.journal.len();
    panel(&mut desk, [true, false, false]);
    assert_eq!(desk.since(mark), ["site.fire-changed", "alarm.raised"]);
    assert_eq!(desk.life_safety_releases(), 2);
    assert_eq!((told(&mut desk, "street-lock"), told(&mut desk, "hall-door-lock")), (Some(60), Some(60)));
    for closed_lock in ["cage-door-lock", "outer-lock", "shop-lock", "front"] {
        assert_eq!(told(&mut desk, closed_lock), None, "{closed_lock}");
    }
    desk.facts("street-lock", open(false));
    desk.facts("hall-door-lock", unlocked());
    desk.wait_secs(60);
    assert_eq!(told(&mut desk, "hall-door-lock"), Some(60));
    assert_eq!(desk.raised(AlarmKind::DoorForced) + desk.raised(AlarmKind::HeldOpen), 0);
    panel(&mut desk, [false, false, false]);
    assert!(!desk.active(AlarmKind::FireRelease));
    assert_eq!((told(&mut desk, "street-lock"), told(&mut desk, "hall-door-lock")), (Some(0), Some(0)));
    assert_eq!(shown(&desk, "hall-door-reader"), Some(PointState::LockedDown));
    release(&mut desk, "lon1/building").unwrap();
    assert_eq!(shown(&desk, "street-reader"), Some(PointState::DoubleLocked), "back to the mode before");
    replayed(&desk);
}

#[test]
fn a_fire_ends_when_every_panel_says_so_and_a_lost_panel_says_nothing() {
    let mut desk = site();
    let second = desk.device("panel-2");
    panel(&mut desk, [true, false, false]);
    desk.report(second, DeviceReport::Inputs(vec![true]));
    panel(&mut desk, [false, false, false]);
    assert!(desk.active(AlarmKind::FireRelease));
    desk.cut("panel-2");
    desk.wait_secs(3600);
    assert!(desk.active(AlarmKind::FireRelease));
    assert_eq!(told(&mut desk, "street-lock"), Some(60));
    desk.report(second, DeviceReport::Inputs(vec![false]));
    assert!(!desk.active(AlarmKind::FireRelease));
    desk.cut("panel");
    desk.wait_secs(60);
    assert_eq!(desk.engine.records().standing.fire, FireState::Quiet, "a lost panel releases nothing");
    assert_eq!(told(&mut desk, "street-lock"), Some(0));
}

#[test]
fn a_fire_goes_on_over_a_restart_and_ends_with_its_input() {
    let mut desk = site();
    panel(&mut desk, [true, false, false]);
    let mut desk = Desk::restart_of(&draft(), desk.engine.records().clone(), desk.now);
    assert!(desk.life_safety_releases() >= 2, "before any device has answered");
    desk.all_online();
    told(&mut desk, "street-lock");
    panel(&mut desk, [false, false, false]);
    assert!(desk.active(AlarmKind::FireRelease), "the other panel has not said so");
    let second = desk.device("panel-2");
    desk.report(second, DeviceReport::Inputs(vec![false]));
    assert!(!desk.active(AlarmKind::FireRelease));
    assert_eq!(told(&mut desk, "street-lock"), Some(0));
    panel(&mut desk, [true, false, false]);
    let mut without = draft();
    without.devices.retain(|device| !device.name.starts_with("panel"));
    let desk = Desk::restart_of(&without, desk.engine.records().clone(), desk.now);
    assert_eq!(desk.engine.records().standing.fire, FireState::Quiet, "no input is left that could end it");
    assert!(!desk.active(AlarmKind::FireRelease));
    assert_eq!(desk.life_safety_releases(), 0);
}

#[test]
fn fire_releases_while_the_journal_cannot_be_written_and_even_when_nothing_more_is_kept() {
    let mut desk = site();
    desk.input(Input::StoreFailed { withheld: Vec::new(), jobs: Vec::new() });
    for _ in 0..100_010 {
        desk.badge("street-reader", card(9));
    }
    desk.outputs.clear();
    panel(&mut desk, [true, false, false]);
    assert_eq!(desk.life_safety_releases(), 2);
    assert_eq!(desk.engine.records().standing.fire, FireState::Quiet, "nothing more is kept");
    desk.wait_secs(20);
    assert_eq!(desk.life_safety_releases(), 4);
    desk.input(Input::StoreRecovered);
    assert_eq!(desk.engine.records().standing.fire, FireState::Released);
    assert!(desk.active(AlarmKind::FireRelease));
    replayed(&desk);
}

#[test]
fn a_lockdown_of_an_area_closes_all_within_and_on_its_border() {
    let mut desk = site();
    order(&mut desk, CAGE_DOOR, ModeOrder::Unlock).unwrap();
    told(&mut desk, "cage-door-lock");
    lock_down(&mut desk, "lon1/building/hall").unwrap();
    assert_eq!(told(&mut desk, "cage-door-lock"), Some(0));
    let state = |desk: &Desk| ["street", "hall-door", "cage-door"].map(|name| shown(desk, &format!("{name}-reader")));
    let (open, down) = (Some(PointState::Ready), Some(PointState::LockedDown));
    assert_eq!(state(&desk)[1..], [down, down]);
    assert_ne!(state(&desk)[0], down, "outside the hall");
    assert_eq!(desk.raised(AlarmKind::Lockdown), 1);
    lock_down(&mut desk, "lon1/building").unwrap();
    assert_eq!(state(&desk), [down, down, down]);
    for order_given in [ModeOrder::Unlock, ModeOrder::LockOpen, ModeOrder::Lock, ModeOrder::Block] {
        let said = conflict(order(&mut desk, HALL_DOOR, order_given));
        assert!(said.contains("lon1/building;"), "{said}");
    }
    assert!(conflict(lock_down(&mut desk, "lon1/building")).contains("already"));
    let said = conflict(release(&mut desk, "lon1/building/hall/cage"));
    assert!(said.contains("with lon1/building"), "{said}");
    release(&mut desk, "lon1/building").unwrap();
    assert_eq!(state(&desk), [open, down, down], "the hall has its own lockdown");
    assert!(conflict(release(&mut desk, "lon1/building")).contains("nothing to release"));
    order(&mut desk, HALL_DOOR, ModeOrder::LockDown).unwrap();
    release(&mut desk, "lon1/building/hall").unwrap();
    assert_eq!(state(&desk)[1], down, "the door was locked down for itself");
    assert_eq!(told(&mut desk, "cage-door-lock"), Some(60), "back to the mode before");
    assert!(!desk.active(AlarmKind::Lockdown));
    replayed(&desk);
}

#[test]
fn a_lockdown_button_locks_down_and_only_an_operator_releases() {
    let mut desk = site();
    panel(&mut desk, [false, true, false]);
    assert!(desk.active(AlarmKind::Lockdown));
    assert_eq!(shown(&desk, "hall-door-reader"), Some(PointState::LockedDown));
    panel(&mut desk, [false, false, false]);
    assert_eq!(shown(&desk, "hall-door-reader"), Some(PointState::LockedDown));
    panel(&mut desk, [false, true, false]);
    let mark = desk.journal.len();
    release(&mut desk, "lon1/building/hall").unwrap();
    panel(&mut desk, [false, true, false]);
    assert_eq!(desk.since(mark), ["area.released", "alarm.returned"], "a button that latches is pressed once");
    panel(&mut desk, [false, false, false]);
    panel(&mut desk, [false, true, false]);
    assert!(desk.active(AlarmKind::Lockdown), "pressed again");
    let mut desk = Desk::restart_of(&draft(), desk.engine.records().clone(), desk.now);
    desk.all_online();
    assert_eq!(shown(&desk, "hall-door-reader"), Some(PointState::LockedDown));
    panel(&mut desk, [false, true, true]);
    assert_eq!(shown(&desk, "street-reader"), Some(PointState::LockedDown), "found pressed is pressed");
}

#[test]
fn a_damaged_record_closes_its_door_until_it_is_ordered_anew_and_fire_opens_it_all_the_same() {
    let mut desk = held_street();
    let records = desk.engine.records().clone();
    let site = draft().build(&records.places).unwrap();
    let damaged = [DamagedRow { table: "mode".into(), key: u64::from(desk.door(STREET).get()) }];
    desk.engine = Engine::new(site, records, &damaged, "test", desk.now);
    desk.outputs.clear();
    desk.all_online();
    assert_eq!(told(&mut desk, "street-lock"), None);
    desk.badge("street-reader", card(1));
    assert_eq!(told(&mut desk, "street-lock"), None);
    assert_eq!(shown(&desk, "street-reader"), Some(PointState::OutOfService));
    panel(&mut desk, [true, false, false]);
    assert_eq!(told(&mut desk, "street-lock"), Some(60));
    panel(&mut desk, [false, false, false]);
    order(&mut desk, STREET, ModeOrder::Lock).unwrap();
    assert_eq!(shown(&desk, "street-reader"), Some(PointState::Ready));
    desk.badge("street-reader", card(1));
    assert!(told(&mut desk, "street-lock").is_some());
}

#[test]
fn the_threat_level_is_set_once() {
    let mut desk = site();
    let set = |level| Command::SetThreatLevel { level, reason: reason("warning received") };
    assert_eq!(desk.command(set(ThreatLevel::High)), Ok(Reply::Done));
    assert_eq!(desk.engine.records().standing.threat, ThreatLevel::High);
    assert!(conflict(desk.command(set(ThreatLevel::High))).contains("high already"));
}
