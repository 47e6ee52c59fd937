//! What devices say of themselves: tests at power-up, starts, clocks, supply and air; and how far they are trusted.

use std::time::Duration;

use super::{check_replay, described, desk, desk_of, device_entries, draft, grade, shut};
use crate::site::{Desk, card};
use rackward_core::alarm::AlarmKind;
use rackward_core::engine::input::{Identity, SecurityTrouble};
use rackward_core::entry::{Denial, DeviceEntry};
use rackward_core::facts::Contact;
use rackward_core::inventory::{BootCause, Channel, Description, Measurements, TrustGrade};
use rackward_core::site::draft::SiteDraft;
use rackward_core::site::remote::FirmwareFloor;
use rackward_core::{DeviceReport, Entry, Records};

const HANDLE: &str = "c1-front";
const FRONT: &str = "lon1/hall/r1/c1/front";

fn says(desk: &mut Desk, report: DeviceReport) {
    let device = desk.device(HANDLE);
    desk.report(device, report);
}

fn plaintext(desk: &mut Desk, device: &str) {
    let device = desk.device(device);
    let description = Description { channel: Channel::Plaintext, ..Description::default() };
    desk.report(device, DeviceReport::Described(description));
}

fn last_denial(desk: &Desk) -> Option<Denial> {
    desk.journal.iter().rev().find_map(|stamped| match &stamped.entry {
        Entry::AccessDenied { reason, .. } => Some(*reason),
        _ => None,
    })
}

#[test]
fn a_start_is_journalled_and_what_was_known_of_the_door_is_not() {
    let mut desk = desk();
    desk.facts(HANDLE, shut());
    let mark = desk.journal.len();
    described(&mut desk, HANDLE, Some(BootCause::PowerOn), 0);
    assert_eq!(desk.since(mark), ["device.booted", "door.changed"]);
    assert_eq!(desk.record(FRONT).facts.contact, Contact::Unknown);
    desk.facts(HANDLE, shut());
    described(&mut desk, HANDLE, None, 0);
    assert_eq!(desk.record(FRONT).facts, shut(), "a connection alone moves nothing");
}

#[test]
fn a_failed_test_is_an_alarm_until_the_next_one_passes() {
    let mut desk = desk();
    described(&mut desk, HANDLE, Some(BootCause::PowerOn), 0b101);
    assert!(desk.active(AlarmKind::SelfTestFailed));
    assert_eq!(grade(&desk, HANDLE), (TrustGrade::B, 1));
    described(&mut desk, HANDLE, Some(BootCause::Commanded), 0);
    assert!(!desk.active(AlarmKind::SelfTestFailed));
    assert_eq!(grade(&desk, HANDLE), (TrustGrade::A, 0));
}

#[test]
fn three_unexplained_starts_in_a_day_are_an_alarm_for_a_day() {
    let mut desk = desk();
    for _ in 0..2 {
        described(&mut desk, HANDLE, Some(BootCause::Watchdog), 0);
        described(&mut desk, HANDLE, Some(BootCause::PowerOn), 0);
        desk.wait(Duration::from_secs(13 * 3_600));
    }
    described(&mut desk, HANDLE, Some(BootCause::Brownout), 0);
    assert!(!desk.active(AlarmKind::UnexplainedReboots), "the first is more than a day ago");
    described(&mut desk, HANDLE, Some(BootCause::Unknown), 0);
    assert!(desk.active(AlarmKind::UnexplainedReboots));
    let mut again = Desk::restart_of(&draft(), desk.engine.records().clone(), desk.now);
    again.wait(Duration::from_secs(23 * 3_600));
    assert!(again.active(AlarmKind::UnexplainedReboots), "a restart of ours forgets it not");
    again.wait(Duration::from_secs(2 * 3_600));
    assert!(!again.active(AlarmKind::UnexplainedReboots));
    desk.wait(Duration::from_secs(12 * 3_600));
    assert!(!desk.active(AlarmKind::UnexplainedReboots));
}

#[test]
fn a_clock_rings_beyond_the_limit_and_is_right_again_at_half_of_it() {
    let mut desk = desk();
    let mark = desk.journal.len();
    let mut check = |offset_ms, rings| {
        says(&mut desk, DeviceReport::Clock { offset_ms });
        assert_eq!(desk.active(AlarmKind::ClockDrift), rings, "{offset_ms}");
    };
    check(4_999, false);
    check(-5_001, true);
    check(-2_501, true);
    check(2_500, false);
    check(5_000, false);
    let off: Vec<i64> = device_entries(&desk, mark)
        .into_iter()
        .filter_map(|entry| match entry {
            DeviceEntry::ClockOff { offset_ms, .. } => Some(*offset_ms),
            _ => None,
        })
        .collect();
    assert_eq!(off, [-5_001, 2_500]);
}

#[test]
fn supply_and_air_ring_outside_their_ranges_and_come_back_with_a_margin() {
    let mut desk = desk();
    let mut check = |measured: Measurements, power, climate| {
        says(&mut desk, DeviceReport::Measured(measured));
        let active = (desk.active(AlarmKind::PowerFault), desk.active(AlarmKind::ClimateFault));
        assert_eq!(active, (power, climate), "{measured:?}");
    };
    let supply = |mv| Measurements { supply_mv: Some(mv), ..Measurements::default() };
    let warm = |c10| Measurements { temperature_c10: Some(c10), ..Measurements::default() };
    let damp = |percent| Measurements { humidity_percent: Some(percent), ..Measurements::default() };
    check(supply(24_000), false, false);
    check(supply(9_900), true, false);
    check(supply(10_100), true, false);
    check(supply(10_600), false, false);
    check(supply(57_100), true, false);
    check(supply(48_000), false, false);
    check(warm(600), false, false);
    check(warm(601), false, true);
    check(warm(590), false, true);
    check(warm(570), false, false);
    check(warm(-51), false, true);
    check(warm(200), false, false);
    check(damp(96), false, true);
    check(Measurements::default(), false, true);
    check(damp(50), false, false);
}

#[test]
fn a_supply_that_the_device_itself_calls_wrong_is_wrong_whatever_it_measures() {
    let mut desk = desk();
    says(&mut desk, DeviceReport::PowerFault(true));
    says(&mut desk, DeviceReport::Measured(Measurements { supply_mv: Some(24_000), ..Measurements::default() }));
    assert!(desk.active(AlarmKind::PowerFault));
    says(&mut desk, DeviceReport::PowerFault(false));
    assert!(!desk.active(AlarmKind::PowerFault));
}

/// A desk whose person 1 may pass everywhere.
fn staffed(draft: &SiteDraft) -> Desk {
    let mut desk = desk_of(draft);
    let person = desk.person(1);
    desk.grant(person, &["lon1/hall-door", FRONT]);
    desk
}

#[test]
fn a_reader_or_lock_below_the_grade_of_the_area_admits_nobody() {
    let mut strict = draft();
    strict.remote.lowest_grades.insert("lon1/hall".into(), TrustGrade::B);
    for device in ["hall-in", "hall-lock"] {
        let mut desk = staffed(&strict);
        plaintext(&mut desk, device);
        assert_eq!(grade(&desk, device), (TrustGrade::C, 1));
        assert!(desk.active(AlarmKind::GradeTooLow));
        desk.badge("hall-in", card(1));
        assert_eq!((desk.releases("hall-lock"), last_denial(&desk)), (0, Some(Denial::DeviceUntrusted)), "{device}");
        described(&mut desk, device, None, 0);
        desk.badge("hall-in", card(1));
        assert_eq!(desk.releases("hall-lock"), 1, "mended");
        assert!(!desk.active(AlarmKind::GradeTooLow));
        check_replay(&desk);
    }
}

#[test]
fn leaving_exits_and_operators_ask_for_no_grade() {
    let mut strict = draft();
    strict.remote.lowest_grades.insert("lon1/hall".into(), TrustGrade::A);
    let mut desk = staffed(&strict);
    plaintext(&mut desk, "hall-lock");
    desk.badge("hall-out", card(1));
    assert_eq!(desk.releases("hall-lock"), 1, "nobody is kept in");
    let lock = desk.device("hall-lock");
    desk.report(lock, DeviceReport::ExitRequested);
    assert_eq!(desk.life_safety_releases(), 1);
    let (door, not_after) = (desk.door("lon1/hall-door"), desk.now.wall);
    let open =
        rackward_core::Command::OpenDoor { lasting: None, door, reason: crate::site::reason("courier"), not_after };
    desk.command(open).unwrap();
    assert_eq!(desk.releases("hall-lock"), 3);
}

#[test]
fn the_usual_site_asks_for_little_and_the_default_key_is_too_little() {
    let mut desk = staffed(&draft());
    plaintext(&mut desk, HANDLE);
    desk.badge(HANDLE, card(1));
    assert_eq!(desk.releases(HANDLE), 1, "C is enough in class 3");
    says(&mut desk, DeviceReport::Security(SecurityTrouble::DefaultKey));
    assert_eq!(grade(&desk, HANDLE).0, TrustGrade::D);
    desk.badge(HANDLE, card(1));
    assert_eq!((desk.releases(HANDLE), last_denial(&desk)), (1, Some(Denial::DeviceUntrusted)));
    assert!(desk.active(AlarmKind::GradeTooLow));
}

#[test]
fn firmware_below_the_floor_of_its_model_lowers_the_grade() {
    let mut floors = draft();
    floors.remote.firmware = vec![FirmwareFloor { model: "kx".into(), version: [1, 4, 0] }];
    let now = desk_of(&floors).now;
    let check = |model: &str, firmware: &str, expect| {
        let identity = Identity { model: model.into(), serial: "s".into(), firmware: firmware.into() };
        let mut fresh = Desk::restart_of(&floors, Records::default(), now);
        let device = fresh.device(HANDLE);
        fresh.report(device, DeviceReport::Online(identity));
        assert_eq!(grade(&fresh, HANDLE).0, expect, "{model} {firmware}");
    };
    check("kx-2", "1.4.0", TrustGrade::A);
    check("kx-2", "1.3.9", TrustGrade::B);
    check("kx-2", "new", TrustGrade::B);
    check("ly-2", "0.1.0", TrustGrade::A);
}
