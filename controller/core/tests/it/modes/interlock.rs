//! Interlocked doors and modes.

use super::*;

#[test]
fn interlocked_doors_are_not_unlocked_together() {
    let mut desk = site();
    order(&mut desk, "lon1/outer", ModeOrder::Unlock).unwrap();
    desk.facts("outer-lock", unlocked());
    let said = conflict(order(&mut desk, "lon1/inner", ModeOrder::Unlock));
    assert!(said.contains("lon1/inner is interlocked with lon1/outer"), "{said}");
    conflict(order(&mut desk, "lon1/inner", ModeOrder::LockOpen));
    desk.badge("inner-reader", card(1));
    assert_eq!(told(&mut desk, "inner-lock"), None);
    order(&mut desk, "lon1/outer", ModeOrder::Lock).unwrap();
    conflict(order(&mut desk, "lon1/inner", ModeOrder::Unlock));
    desk.facts("outer-lock", closed(false));
    order(&mut desk, "lon1/inner", ModeOrder::Unlock).unwrap();
    assert_eq!(told(&mut desk, "inner-lock"), Some(60));
}

#[test]
fn a_door_that_was_just_unlocked_keeps_its_partner_closed_before_its_lock_has_followed() {
    let mut desk = site();
    order(&mut desk, "lon1/outer", ModeOrder::Unlock).unwrap();
    desk.badge("inner-reader", card(1));
    let inner = desk.device("inner-lock");
    desk.report(inner, DeviceReport::ExitRequested);
    assert_eq!(told(&mut desk, "inner-lock"), None);
}

#[test]
fn what_would_unlock_both_doors_of_an_interlock_waits_for_the_first() {
    let mut desk = site();
    order(&mut desk, "lon1/outer", ModeOrder::Unlock).unwrap();
    desk.facts("outer-lock", unlocked());
    lock_down(&mut desk, "lon1/building").unwrap();
    desk.facts("outer-lock", closed(false));
    desk.facts("inner-lock", open(false));
    told(&mut desk, "outer-lock");
    release(&mut desk, "lon1/building").unwrap();
    assert_eq!(told(&mut desk, "outer-lock"), None, "the inner door stands open");
    desk.facts("inner-lock", closed(false));
    desk.wait_secs(60);
    assert_eq!(told(&mut desk, "outer-lock"), Some(60));
}

#[test]
fn two_open_doors_of_an_interlock_are_an_alarm_of_the_second() {
    let mut desk = site();
    order(&mut desk, "lon1/outer", ModeOrder::Unlock).unwrap();
    desk.facts("outer-lock", unlocked());
    desk.facts("inner-lock", Facts { lock: Lock::Unlocked, ..closed(false) });
    assert!(!desk.active(AlarmKind::InterlockViolation), "the outer one is unlocked by its mode");
    desk.facts("outer-lock", open(false));
    assert!(desk.active(AlarmKind::InterlockViolation));
    assert_eq!(desk.raised(AlarmKind::InterlockViolation), 1);
    desk.facts("inner-lock", open(false));
    assert_eq!(desk.raised(AlarmKind::InterlockViolation), 1);
    desk.facts("inner-lock", closed(false));
    assert!(!desk.active(AlarmKind::InterlockViolation));
}
