//! The clock of the site: set by hand or by a time server, or wrong beside most devices. One cause, one alarm.

use std::time::Duration;

use super::explained::{HANDLES, hall};
use super::{acknowledged, check_replay, letter, minutes, of_kind, on_list};
use crate::site::Desk;
use rackward_core::alarm::AlarmKind::{ClockDrift, SiteClockOff};
use rackward_core::alarm::life::{DesignRule, Suppression};
use rackward_core::entry::AlarmEntry;
use rackward_core::permission::Actor;
use rackward_core::{DeviceReport, Entry, Wall};

/// Sets the wall clock and nothing else.
fn set_by(desk: &mut Desk, micros: i64) {
    desk.now.wall = Wall::from_micros(desk.now.wall.as_micros() + micros);
    desk.wait(Duration::ZERO);
}

fn seconds(count: i64) -> i64 {
    count * 1_000_000
}

/// A handle tells its clock.
fn tell(desk: &mut Desk, handle: usize, offset_ms: i64) {
    let device = desk.device(&format!("handle-{handle}"));
    desk.report(device, DeviceReport::Clock { offset_ms });
}

#[test]
fn a_clock_that_is_set_is_an_alarm_and_one_that_is_slewed_is_none() {
    let check = |micros: i64, expect: usize| {
        let mut desk = Desk::of(&hall());
        set_by(&mut desk, micros);
        assert_eq!(desk.raised(SiteClockOff), expect, "{micros} us");
        check_replay(&desk);
    };
    check(seconds(5), 0);
    check(seconds(-5), 0);
    check(seconds(5) + 1, 1);
    check(seconds(-5) - 1, 1);
    check(seconds(40 * 365 * 86_400), 1);
    check(seconds(-40 * 365 * 86_400), 1);
    let mut desk = Desk::of(&hall());
    for _ in 0..3_600 {
        set_by(&mut desk, 2_000);
        desk.wait_secs(1);
    }
    assert_eq!(desk.raised(SiteClockOff), 0, "seven seconds in an hour, none at once");
}

#[test]
fn it_says_by_how_much_once_and_is_over_when_all_is_calm() {
    let mut desk = Desk::of(&hall());
    set_by(&mut desk, seconds(3_600));
    let alarm = of_kind(&desk, SiteClockOff);
    desk.wait(minutes(9));
    set_by(&mut desk, seconds(-3_600));
    desk.wait(minutes(9));
    assert_eq!(letter(&desk, alarm), 'B', "it was set again");
    desk.wait(minutes(1));
    assert_eq!(letter(&desk, alarm), 'D');
    let notes: Vec<_> = desk
        .journal
        .iter()
        .filter_map(|stamped| match &stamped.entry {
            Entry::Alarm(AlarmEntry::Noted { alarm: of, note, by: Actor::System }) if *of == alarm => {
                Some(note.as_str())
            }
            _ => None,
        })
        .collect();
    assert_eq!(notes, ["the clock of this machine was set forward by 3600 s"]);
    check_replay(&desk);
}

#[test]
fn forty_clocks_that_seem_wrong_because_ours_was_set_are_one_alarm() {
    let mut desk = Desk::of(&hall());
    set_by(&mut desk, seconds(-3_600));
    let mark = desk.journal.len();
    (0..HANDLES).for_each(|handle| tell(&mut desk, handle, 3_600_000));
    let [site] = on_list(&desk).try_into().unwrap();
    assert_eq!((site.alarm.kind, site.behind), (SiteClockOff, 40));
    let behind = desk.since(mark).into_iter().filter(|name| *name == "alarm.suppressed").count();
    assert_eq!(behind, 40, "each is behind it from its birth");
    check_replay(&desk);
    // It stays for as long as they differ, over a restart as well.
    desk.wait(minutes(60));
    assert_eq!(on_list(&desk).len(), 1);
    let mut desk = Desk::restart_of(&hall(), desk.engine.records().clone(), desk.now.after(minutes(1)));
    desk.all_online();
    (0..HANDLES).for_each(|handle| tell(&mut desk, handle, 3_600_000));
    desk.wait(minutes(60));
    assert_eq!(on_list(&desk).iter().map(|row| (row.alarm.kind, row.behind)).collect::<Vec<_>>(), [(SiteClockOff, 40)]);
    set_by(&mut desk, seconds(3_600));
    (0..HANDLES).for_each(|handle| tell(&mut desk, handle, 0));
    desk.wait(minutes(10));
    assert!(desk.engine.records().alarms.values().all(|row| row.kind == SiteClockOff && !row.is_active()));
}

#[test]
fn a_clock_that_was_wrong_from_the_start_shows_in_what_most_devices_say() {
    let check = |told: &[(i64, usize)], expect: bool| {
        let mut desk = Desk::of(&hall());
        let mut handles = 0..HANDLES;
        for (offset_ms, count) in told {
            handles.by_ref().take(*count).for_each(|handle| tell(&mut desk, handle, *offset_ms));
        }
        assert_eq!(desk.active(SiteClockOff), expect, "{told:?}");
        let off: usize = told.iter().filter(|(offset_ms, _)| *offset_ms != 0).map(|(_, count)| count).sum();
        let behind = desk.engine.records().alarms.values().filter(|row| {
            row.kind == ClockDrift
                && matches!(row.life.suppression, Suppression::ByDesign { rule: DesignRule::SiteClock, .. })
        });
        assert_eq!(behind.count(), if expect { off } else { 0 }, "{told:?}");
        check_replay(&desk);
    };
    check(&[(60_000, 2)], false);
    check(&[(60_000, 3)], true);
    check(&[(-60_000, 3), (0, 2)], true);
    check(&[(60_000, 3), (0, 3)], false);
    check(&[(0, 20), (60_000, 20)], false);
    check(&[(0, 10), (60_000, 21), (-60_000, 3)], true);
    check(&[(0, 1), (60_000, 2), (-60_000, 2)], false);
}

#[test]
fn a_device_that_is_still_wrong_when_the_others_are_right_stands_for_itself() {
    let mut desk = Desk::of(&hall());
    (0..4).for_each(|handle| tell(&mut desk, handle, -60_000));
    assert_eq!(on_list(&desk).len(), 1);
    let site = of_kind(&desk, SiteClockOff);
    tell(&mut desk, 0, 0);
    assert_eq!(letter(&desk, site), 'B', "three of four");
    tell(&mut desk, 1, 0);
    let kinds: Vec<_> = on_list(&desk).iter().map(|row| (row.alarm.kind, row.alarm.is_active())).collect();
    assert_eq!(kinds, [(ClockDrift, true), (ClockDrift, true), (SiteClockOff, false)]);
    acknowledged(&mut desk, site).unwrap();
    (2..4).for_each(|handle| tell(&mut desk, handle, 0));
    assert!(!desk.active(ClockDrift));
    check_replay(&desk);
}
