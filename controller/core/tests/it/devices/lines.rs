//! What lines and inputs say: broken rules, noise, inputs at fault. One condition is one alarm.

use super::{LOCK, READER, desk, named, online, restarted};
use crate::site::Desk;
use rackward_core::alarm::AlarmKind;
use rackward_core::engine::input::{InputFault, LineFault, LinkTrouble, OfflineCause, SecurityTrouble};
use rackward_core::entry::DeviceEntry;
use rackward_core::{DeviceReport, Entry};
use std::time::Duration;

fn security(desk: &mut Desk, trouble: SecurityTrouble) {
    let device = desk.device(READER);
    desk.report(device, DeviceReport::Security(trouble));
}

fn link(desk: &mut Desk, trouble: LinkTrouble) {
    let device = desk.device(READER);
    desk.report(device, DeviceReport::Link(trouble));
}

fn faults(desk: &mut Desk, faults: &[(u8, LineFault)]) {
    let device = desk.device(LOCK);
    let faults = faults.iter().map(|(input, fault)| InputFault { input: *input, fault: *fault }).collect();
    desk.report(device, DeviceReport::Supervision(faults));
}

/// What was journalled of inputs, in order: how many were at fault.
fn told(desk: &Desk) -> Vec<usize> {
    let told = desk.journal.iter().filter_map(|stamped| match &stamped.entry {
        Entry::Device(DeviceEntry::InputFaults { faults, .. }) => Some(faults.len()),
        _ => None,
    });
    told.collect()
}

#[test]
fn a_broken_rule_on_a_line_that_still_proves_its_key_ends_when_it_is_quiet() {
    let mut desk = desk();
    security(&mut desk, SecurityTrouble::BadAuthentication);
    desk.wait_secs(50);
    security(&mut desk, SecurityTrouble::BadAuthentication);
    online(&mut desk, READER, named("7", "1.2.0"));
    desk.wait_secs(59);
    assert!(desk.active(AlarmKind::DeviceSecurity), "a new session ends nothing");
    desk.wait_secs(1);
    assert!(!desk.active(AlarmKind::DeviceSecurity));
    assert_eq!(desk.raised(AlarmKind::DeviceSecurity), 1);
}

#[test]
fn a_device_that_lost_its_key_is_alarmed_until_it_proves_it() {
    for trouble in [SecurityTrouble::DefaultKey, SecurityTrouble::WrongKey] {
        let mut desk = desk();
        security(&mut desk, SecurityTrouble::BadAuthentication);
        security(&mut desk, trouble);
        desk.wait_secs(3_600);
        assert!(desk.active(AlarmKind::DeviceSecurity), "{trouble:?} does not pass by itself");
        online(&mut desk, READER, named("7", "1.2.0"));
        assert!(!desk.active(AlarmKind::DeviceSecurity));
        desk.wait_secs(1);
        security(&mut desk, trouble);
        assert!(desk.active(AlarmKind::DeviceSecurity), "and again at once");
    }
}

#[test]
fn troubles_by_turns_cannot_fill_the_journal() {
    let mut desk = desk();
    let mark = desk.journal.len();
    for _ in 0..1_000 {
        security(&mut desk, SecurityTrouble::BadAuthentication);
        security(&mut desk, SecurityTrouble::Plaintext);
        link(&mut desk, LinkTrouble::Noise);
        link(&mut desk, LinkTrouble::Babble);
        desk.wait(Duration::from_millis(5));
    }
    let said = desk.since(mark);
    assert_eq!(said.len(), 4 + 2, "each trouble once, each alarm once: {said:?}");
}

#[test]
fn trouble_that_never_ends_is_journalled_ever_less_often_and_afresh_after_a_pause() {
    let mut desk = desk();
    let mark = desk.journal.len();
    for _ in 0..24 * 360 {
        security(&mut desk, SecurityTrouble::CertificateRevoked);
        desk.wait_secs(10);
    }
    let said = desk.since(mark).iter().filter(|name| **name == "device.security-trouble").count();
    assert!((24..=40).contains(&said), "a day of it is {said} entries");
    let mark = desk.journal.len();
    security(&mut desk, SecurityTrouble::Plaintext);
    assert!(desk.since(mark).contains(&"device.security-trouble"), "another trouble is told at once");
    desk.wait_secs(600);
    let mark = desk.journal.len();
    security(&mut desk, SecurityTrouble::CertificateRevoked);
    desk.wait_secs(10);
    security(&mut desk, SecurityTrouble::CertificateRevoked);
    let said = desk.since(mark).iter().filter(|name| **name == "device.security-trouble").count();
    assert_eq!(said, 2, "after ten minutes without it is a new trouble");
}

#[test]
fn two_devices_under_one_name_are_one_alarm_until_only_one_has_come_for_a_minute() {
    let mut desk = desk();
    for _ in 0..30 {
        let device = desk.device(READER);
        desk.report(device, DeviceReport::Offline(OfflineCause::ConnectionLost));
        security(&mut desk, SecurityTrouble::Twin);
        online(&mut desk, READER, named("7", "1.2.0"));
        assert!(desk.active(AlarmKind::DeviceSecurity), "the other one proves the same key");
        desk.wait_secs(2);
    }
    assert_eq!(desk.raised(AlarmKind::DeviceSecurity), 1);
    desk.wait_secs(60);
    assert!(!desk.active(AlarmKind::DeviceSecurity));
}

#[test]
fn trouble_on_a_line_lasts_until_a_minute_without() {
    for trouble in [LinkTrouble::Noise, LinkTrouble::Babble, LinkTrouble::Echo, LinkTrouble::Late, LinkTrouble::Busy] {
        let mut desk = desk();
        link(&mut desk, trouble);
        desk.wait_secs(59);
        link(&mut desk, trouble);
        desk.wait_secs(59);
        assert!(desk.active(AlarmKind::LineTrouble), "{trouble:?}");
        desk.wait_secs(1);
        assert!(!desk.active(AlarmKind::LineTrouble), "{trouble:?}");
        assert_eq!(desk.raised(AlarmKind::LineTrouble), 1, "{trouble:?}");
    }
    for trouble in [LinkTrouble::Lost(3), LinkTrouble::Duplicate, LinkTrouble::Malformed] {
        let mut desk = desk();
        link(&mut desk, trouble);
        assert_eq!(desk.raised(AlarmKind::LineTrouble), 0, "{trouble:?} is an event");
    }
    let mut desk = desk();
    link(&mut desk, LinkTrouble::Noise);
    let mut again = restarted(&desk, 5);
    again.wait_secs(60);
    assert!(!again.active(AlarmKind::LineTrouble), "a restart does not leave it standing");
}

#[test]
fn an_input_at_fault_is_alarmed_after_it_has_lasted_and_until_it_is_over() {
    let mut desk = desk();
    faults(&mut desk, &[(0, LineFault::Cut)]);
    desk.wait(Duration::from_millis(399));
    assert!(!desk.active(AlarmKind::InputFault));
    desk.wait(Duration::from_millis(1));
    assert!(desk.active(AlarmKind::InputFault));
    faults(&mut desk, &[(3, LineFault::Short), (0, LineFault::Cut)]);
    desk.wait(Duration::from_millis(400));
    faults(&mut desk, &[(3, LineFault::Short)]);
    desk.wait(Duration::from_millis(400));
    faults(&mut desk, &[]);
    desk.wait(Duration::from_millis(400));
    assert!(!desk.active(AlarmKind::InputFault));
    assert_eq!((told(&desk), desk.raised(AlarmKind::InputFault)), (vec![1, 2, 1, 0], 1));
}

#[test]
fn an_input_that_flickers_hides_no_other() {
    let mut desk = desk();
    for _ in 0..10 {
        faults(&mut desk, &[(0, LineFault::Cut), (1, LineFault::Short)]);
        desk.wait(Duration::from_millis(100));
        faults(&mut desk, &[(0, LineFault::Cut)]);
        desk.wait(Duration::from_millis(100));
    }
    assert!(desk.active(AlarmKind::InputFault));
    let mut desk = super::desk();
    faults(&mut desk, &[(1, LineFault::Short)]);
    desk.wait(Duration::from_millis(100));
    faults(&mut desk, &[]);
    desk.wait_secs(10);
    assert_eq!((told(&desk), desk.raised(AlarmKind::InputFault)), (vec![], 0), "a bounce is nothing");
}

#[test]
fn a_device_that_comes_back_without_faults_has_none() {
    let mut desk = desk();
    faults(&mut desk, &[(0, LineFault::OffBand)]);
    desk.wait_secs(1);
    desk.cut(LOCK);
    assert!(desk.active(AlarmKind::InputFault), "nothing is known, so nothing is over");
    online(&mut desk, LOCK, named("7", "1.2.0"));
    faults(&mut desk, &[(0, LineFault::OffBand)]);
    desk.wait_secs(1);
    assert!(desk.active(AlarmKind::InputFault));
    let mut again = restarted(&desk, 5);
    online(&mut again, LOCK, named("7", "1.2.0"));
    again.wait_secs(1);
    assert!(!again.active(AlarmKind::InputFault));
    assert_eq!(told(&again), [0]);
}
