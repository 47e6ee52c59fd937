//! One cause, one alarm: what a lost line, a lockdown or a fire explains is counted behind it.

use std::time::Duration;

use super::{acknowledged, check_replay, counts, guarded, letter, minutes, of_kind, on_list, raised, set};
use crate::site::{Desk, card, close, order_of, reason};
use rackward_core::alarm::life::{DesignRule, ShelfKind, Suppression, Verdict};
use rackward_core::alarm::{AlarmKind, AlarmSource};
use rackward_core::engine::command::{AlarmOrder, Scope};
use rackward_core::engine::input::{Identity, OfflineCause};
use rackward_core::id::AlarmId;
use rackward_core::site::draft::{AreaDraft, DeviceDraft, DoorDraft, RoleDraft, SiteDraft};
use rackward_core::site::{AreaKind, DoorKind, Level};
use rackward_core::{Answer, Command, DeviceReport, Entry, Query};

pub(super) const HANDLES: usize = 40;

/// A hall with forty racks, the handle of each on one bus.
pub(super) fn hall() -> SiteDraft {
    let mut draft = SiteDraft {
        name: "lon1".into(),
        time_zone: "Europe/London".into(),
        areas: vec![AreaDraft::new("lon1/hall", AreaKind::Hall)],
        ..SiteDraft::default()
    };
    for number in 0..HANDLES {
        let (path, name) = (format!("lon1/hall/r1/c{number}/front"), format!("handle-{number}"));
        draft.doors.push(DoorDraft::new(path.clone(), DoorKind::RackDoor, "lon1/hall"));
        let role = RoleDraft::Handle { door: path, level: Level::Card.into() };
        draft.devices.push(DeviceDraft { name: name.clone(), role });
        draft.lines.insert(name, "bus/north".into());
    }
    draft
}

fn cut_all(desk: &mut Desk) {
    for number in 0..HANDLES {
        let device = desk.device(&format!("handle-{number}"));
        desk.report(device, DeviceReport::Offline(OfflineCause::LinkDown));
        desk.wait(Duration::from_millis(100));
    }
}

fn online(desk: &mut Desk, number: usize) {
    let device = desk.device(&format!("handle-{number}"));
    let identity = Identity { model: "m".into(), serial: "s".into(), firmware: "1".into() };
    desk.report(device, DeviceReport::Online(identity));
}

#[test]
fn forty_points_lost_with_their_bus_are_one_alarm() {
    let mut desk = Desk::of(&hall());
    cut_all(&mut desk);
    let [line] = on_list(&desk).try_into().unwrap();
    assert_eq!((line.alarm.kind, line.behind), (AlarmKind::LineLost, 40));
    assert_eq!(counts(&desk), [(0, 0), (1, 1), (0, 0), (0, 0)]);
    let behind = Query::AlarmsBehind(Some(line.alarm.id));
    let Answer::Alarms(children) = desk.engine.answer(desk.now, Scope::Site, &behind) else { panic!() };
    assert_eq!(children.len(), 40);
    assert!(children.iter().all(|child| child.alarm.is_active()));
    desk.wait(minutes(200));
    assert!(desk.engine.records().alarms.values().all(|alarm| {
        alarm.kind == AlarmKind::LineLost || alarm.life.level == rackward_core::alarm::life::EscalationLevel::Desk
    }));
    check_replay(&desk);
}

/// The desk, its horn, webhooks and escalation see what is raised, whatever becomes of it later.
#[test]
fn a_line_that_is_cut_raises_itself_and_then_only_what_is_behind_it() {
    let mut desk = Desk::of(&hall());
    (0..HANDLES).for_each(|number| online(&mut desk, number));
    let mark = desk.journal.len();
    cut_all(&mut desk);
    let raised = |desk: &Desk| desk.since(mark).into_iter().filter(|name| *name == "alarm.raised").count();
    assert_eq!(raised(&desk), 41);
    let first = desk.journal[mark..].iter().find_map(|stamped| match &stamped.entry {
        Entry::AlarmRaised { kind, .. } => Some(*kind),
        _ => None,
    });
    assert_eq!(first, Some(AlarmKind::LineLost));
    let stood: Vec<_> =
        desk.engine.records().alarms.values().filter(|row| row.life.suppression == Suppression::None).collect();
    assert_eq!(stood.len(), 1);
}

#[test]
fn one_of_many_that_is_away_for_seconds_is_no_alarm_and_longer_is_one() {
    let mut desk = Desk::of(&hall());
    (0..HANDLES).for_each(|number| online(&mut desk, number));
    let device = desk.device("handle-3");
    let offline = DeviceReport::Offline(OfflineCause::Silent);
    desk.report(device, offline.clone());
    desk.wait_secs(9);
    online(&mut desk, 3);
    desk.wait_secs(9);
    assert!(!desk.active(AlarmKind::DeviceOffline) && on_list(&desk).is_empty());
    desk.report(device, offline);
    desk.wait_secs(10);
    assert!(desk.active(AlarmKind::DeviceOffline) && !desk.active(AlarmKind::LineLost));
    check_replay(&desk);
}

#[test]
fn a_device_that_was_not_believed_keeps_its_line_from_nothing() {
    for first in [OfflineCause::NotTrusted, OfflineCause::Silent] {
        let mut desk = Desk::of(&hall());
        (0..HANDLES).for_each(|number| online(&mut desk, number));
        let device = desk.device("handle-7");
        desk.report(device, DeviceReport::Offline(first));
        desk.wait(minutes(5));
        cut_all(&mut desk);
        let [line] = on_list(&desk).try_into().unwrap();
        assert_eq!((line.alarm.kind, line.behind), (AlarmKind::LineLost, 40), "{first:?}");
        check_replay(&desk);
    }
}

#[test]
fn when_one_answers_the_line_is_back_and_the_others_have_some_seconds() {
    let mut desk = Desk::of(&hall());
    cut_all(&mut desk);
    let line = of_kind(&desk, AlarmKind::LineLost);
    online(&mut desk, 7);
    assert!(!desk.active(AlarmKind::LineLost));
    assert_eq!(on_list(&desk).len(), 1, "nobody is told of devices that are about to answer");
    for number in (0..HANDLES).filter(|number| ![3, 4].contains(number)) {
        online(&mut desk, number);
    }
    desk.wait_secs(19);
    assert_eq!(on_list(&desk).len(), 1);
    desk.wait_secs(1);
    let kinds: Vec<_> = on_list(&desk).iter().map(|row| row.alarm.kind).collect();
    assert_eq!(kinds, [AlarmKind::DeviceOffline, AlarmKind::DeviceOffline, AlarmKind::LineLost]);
    assert_eq!(letter(&desk, line), 'D');
    // Lost again under the same number, with those that are still away behind it again.
    for number in (0..HANDLES).filter(|number| ![3, 4].contains(number)) {
        let device = desk.device(&format!("handle-{number}"));
        desk.report(device, DeviceReport::Offline(OfflineCause::LinkDown));
    }
    let [again] = on_list(&desk).try_into().unwrap();
    assert_eq!((again.alarm.id, again.behind), (line, 40));
    check_replay(&desk);
}

#[test]
fn a_lost_line_stays_one_alarm_over_a_restart() {
    let mut desk = Desk::of(&hall());
    cut_all(&mut desk);
    let mut desk = Desk::restart_of(&hall(), desk.engine.records().clone(), desk.now.after(minutes(1)));
    desk.wait(minutes(2));
    assert_eq!((on_list(&desk).len(), on_list(&desk)[0].behind), (1, 40));
    // A restart in the seconds after the line came back loses none of those that stay away.
    online(&mut desk, 0);
    let mut desk = Desk::restart_of(&hall(), desk.engine.records().clone(), desk.now.after(minutes(1)));
    for number in 0..39 {
        online(&mut desk, number);
    }
    desk.wait_secs(20);
    let waiting = on_list(&desk);
    let offline: Vec<_> = waiting.iter().filter(|row| row.alarm.kind == AlarmKind::DeviceOffline).collect();
    assert_eq!(offline.len(), 1);
    assert_eq!(offline[0].alarm.source, AlarmSource::Device(desk.device("handle-39")));
}

#[test]
fn a_device_that_nobody_believes_shows_that_its_line_works() {
    let mut desk = guarded();
    desk.cut("street-lock");
    let reader = desk.device(super::READER);
    desk.report(reader, DeviceReport::Offline(OfflineCause::NotTrusted));
    desk.wait_secs(10);
    assert!(!desk.active(AlarmKind::LineLost));
    assert_eq!(on_list(&desk).len(), 2);
}

#[test]
fn refusals_at_a_door_that_is_locked_down_are_behind_the_lockdown() {
    let mut desk = guarded();
    let lobby = desk.engine.site().find_area("lon1/lobby").unwrap().id;
    desk.command(Command::LockDownArea { area: lobby, reason: reason("drill") }).unwrap();
    let lockdown = of_kind(&desk, AlarmKind::Lockdown);
    for _ in 0..5 {
        desk.badge(super::READER, card(77));
    }
    let refusals = of_kind(&desk, AlarmKind::RepeatedDenials);
    let row = &desk.engine.records().alarms[&refusals];
    assert_eq!(row.life.suppression, Suppression::ByDesign { rule: DesignRule::Lockdown, behind: lockdown });
    desk.command(Command::ReleaseArea { area: lobby, reason: reason("over") }).unwrap();
    assert_eq!(letter(&desk, refusals), 'B', "it still holds, so it stands for itself");
    check_replay(&desk);
}

#[test]
fn whoever_does_not_see_the_cause_sees_what_it_explains() {
    let mut desk = Desk::of(&crate::commands::tenants());
    let before = desk.engine.records().clone();
    let mut draft = crate::commands::tenants();
    for name in ["reader-2", "lock-2", "handle-3"] {
        draft.lines.insert(name.into(), "bus/hall".into());
    }
    desk = Desk::restart_of(&draft, before, desk.now.after(minutes(1)));
    desk.all_online();
    ["reader-2", "lock-2", "handle-3"].into_iter().for_each(|name| desk.cut(name));
    let mary = desk.engine.site().organisations().iter().find(|row| row.name == "st-marys").unwrap().id;
    let seen = |scope| match desk.engine.answer(desk.now, scope, &Query::OpenAlarms) {
        Answer::Alarms(list) => list.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!((seen(Scope::Site), seen(Scope::Organisation(mary))), (1, 3));
}

#[test]
fn a_line_with_one_device_explains_nothing() {
    let mut draft = crate::site::draft();
    draft.lines.insert("street-lock".into(), "bus/north".into());
    let mut desk = Desk::of(&draft);
    desk.cut("street-lock");
    assert!(desk.active(AlarmKind::DeviceOffline) && !desk.active(AlarmKind::LineLost));
}

#[test]
fn a_verdict_that_was_owed_before_is_owed_after() {
    let mut desk = guarded();
    let alarm = raised(&mut desk, AlarmKind::DeviceOffline);
    acknowledged(&mut desk, alarm).unwrap();
    desk.cut("street-lock");
    assert_eq!(letter(&desk, alarm), 'H');
    set(&mut desk, AlarmKind::DeviceOffline, false);
    assert_eq!(letter(&desk, alarm), 'F', "it stays until somebody says what it was");
    desk.command(close(alarm, Verdict::TruePositive)).unwrap();
    assert_eq!(letter(&desk, alarm), '-');
    check_replay(&desk);
}

#[test]
fn what_comes_back_from_the_shelf_while_its_line_is_lost_is_counted_behind_it() {
    type Back = fn(&mut Desk, AlarmId);
    let unshelved: Back = |desk, alarm| {
        drop(desk.command(order_of(alarm, AlarmOrder::Unshelve { reason: reason("mended") })).unwrap());
    };
    let returned: Back = |desk, alarm| drop(desk.command(order_of(alarm, AlarmOrder::ReturnToService)).unwrap());
    let over: Back = |desk, _| desk.wait(minutes(30));
    for (is_shelved, back) in [(true, unshelved), (true, over), (false, returned), (false, over)] {
        let mut desk = guarded();
        let alarm = raised(&mut desk, AlarmKind::DeviceOffline);
        let until = desk.now.wall.after(minutes(20));
        let aside = if is_shelved {
            AlarmOrder::Shelve { until, kind: ShelfKind::Timed, reason: reason("being seen to") }
        } else {
            AlarmOrder::TakeOutOfService { until, work_order: reason("WO-17") }
        };
        desk.command(order_of(alarm, aside)).unwrap();
        desk.cut("street-lock");
        assert_ne!(letter(&desk, alarm), 'H', "what an operator put aside stays as they said");
        back(&mut desk, alarm);
        assert_eq!(letter(&desk, alarm), 'H', "one cause is one alarm");
        check_replay(&desk);
    }
}
