//! Codes, certificates and their ends: each step of `engine/certificates.rs`, and every wrong one.

use std::time::Duration;

use super::{check_replay, desk};
use crate::site::{Desk, card, closed, reason};
use rackward_core::alarm::AlarmKind;
use rackward_core::certificate::{Certificate, CertificateSerial, Enrolment};
use rackward_core::engine::command::Scope;
use rackward_core::engine::input::{Identity, SecurityTrouble};
use rackward_core::permission::{Actor, OperatorRole};
use rackward_core::{Caller, Command, CommandError, DeviceReport, Output, Reply};

const HANDLE: &str = "c1-front";
const DAY: Duration = Duration::from_secs(86_400);
const CODE: [u8; 32] = [7; 32];

fn certificate(desk: &Desk, serial: u8, days: u32) -> Certificate {
    let (from, until) = (desk.now.wall, desk.now.wall.after(DAY * days));
    Certificate { serial: CertificateSerial([serial; 16]), key: [serial; 32], from, until }
}

fn offer(desk: &mut Desk) -> Result<Reply, CommandError> {
    let device = desk.device(HANDLE);
    desk.command(Command::OfferEnrolment { device, code: CODE, reason: reason("new handle") })
}

fn redeem(desk: &mut Desk, code: [u8; 32], certificate: Certificate) -> Result<Reply, CommandError> {
    let caller = Caller::new(Actor::System, OperatorRole::Admin, Scope::Site);
    let device = desk.device(HANDLE);
    desk.command_of(caller, Command::RedeemEnrolment { device, code, certificate })
}

fn says(desk: &mut Desk, report: DeviceReport) {
    let device = desk.device(HANDLE);
    desk.report(device, report);
}

fn comes(desk: &mut Desk, serial: u8, number: &str) {
    says(desk, DeviceReport::CertificateShown(CertificateSerial([serial; 16])));
    let identity = Identity { model: "kx".into(), serial: number.into(), firmware: "1.0.0".into() };
    says(desk, DeviceReport::Online(identity));
    says(desk, DeviceReport::Facts(closed(true)));
}

/// A handle that was enrolled with certificate 1 of a year and has come with it.
fn enrolled() -> Desk {
    let mut desk = desk();
    offer(&mut desk).unwrap();
    let first = certificate(&desk, 1, 365);
    redeem(&mut desk, CODE, first).unwrap();
    comes(&mut desk, 1, "7");
    desk.outputs.clear();
    desk
}

/// What the shell was last told to count.
fn counting(desk: &Desk) -> Option<Vec<u8>> {
    desk.outputs.iter().rev().find_map(|output| match output {
        Output::Certificates { counting, .. } => Some(counting.iter().map(|serial| serial.0[0]).collect()),
        _ => None,
    })
}

fn enrolment(desk: &Desk) -> Enrolment {
    let row = desk.engine.records().certificates.get(&desk.device(HANDLE)).copied().unwrap_or_default();
    row.enrolment(desk.now.wall)
}

fn wants(desk: &mut Desk, serial: u8, days: u32) -> usize {
    let wanted = certificate(desk, serial, days);
    let before = issued(desk);
    says(desk, DeviceReport::CertificateWanted(wanted));
    issued(desk) - before
}

fn issued(desk: &Desk) -> usize {
    desk.outputs.iter().filter(|output| matches!(output, Output::IssueCertificate { .. })).count()
}

#[test]
fn a_code_is_redeemed_once_and_whoever_comes_with_it_is_the_device() {
    let mut desk = desk();
    assert_eq!(enrolment(&desk), Enrolment::NotEnrolled);
    offer(&mut desk).unwrap();
    assert_eq!(enrolment(&desk), Enrolment::CodeWaits);
    let first = certificate(&desk, 1, 365);
    redeem(&mut desk, CODE, first).unwrap();
    assert_eq!((counting(&desk), enrolment(&desk)), (Some(vec![1]), Enrolment::Enrolled));
    let second = certificate(&desk, 2, 365);
    redeem(&mut desk, CODE, second).unwrap_err();
    comes(&mut desk, 1, "7");
    assert!(!desk.active(AlarmKind::DeviceReplaced), "its identity is pinned anew");
    comes(&mut desk, 1, "8");
    assert!(desk.active(AlarmKind::DeviceReplaced), "once");
    check_replay(&desk);
}

#[test]
fn a_code_counts_for_an_hour_and_a_newer_one_takes_its_place() {
    let mut desk = desk();
    offer(&mut desk).unwrap();
    desk.wait(Duration::from_secs(3_600));
    assert_eq!(desk.last().event_name(), "device.enrolment-ended");
    let first = certificate(&desk, 1, 365);
    redeem(&mut desk, CODE, first).unwrap_err();
    offer(&mut desk).unwrap();
    let mark = desk.journal.len();
    offer(&mut desk).unwrap();
    assert_eq!(desk.since(mark), ["device.enrolment-ended", "device.enrolment-offered"]);
    redeem(&mut desk, CODE, first).unwrap();
    check_replay(&desk);
}

#[test]
fn five_wrong_codes_void_the_offer_and_every_refusal_reads_the_same() {
    let mut desk = desk();
    let first = certificate(&desk, 1, 365);
    let none = redeem(&mut desk, CODE, first).unwrap_err().to_string();
    offer(&mut desk).unwrap();
    for _ in 0..4 {
        assert_eq!(redeem(&mut desk, [8; 32], first).unwrap_err().to_string(), none);
    }
    assert_eq!(desk.raised(AlarmKind::EnrolmentGuessed), 0);
    redeem(&mut desk, [8; 32], first).unwrap_err();
    assert_eq!(desk.raised(AlarmKind::EnrolmentGuessed), 1);
    assert_eq!(redeem(&mut desk, CODE, first).unwrap_err().to_string(), none);
    offer(&mut desk).unwrap();
    redeem(&mut desk, [8; 32], first).unwrap_err();
    redeem(&mut desk, CODE, first).unwrap();
}

#[test]
fn only_the_system_redeems_and_only_for_certificates_that_can_count() {
    let mut desk = enrolled();
    offer(&mut desk).unwrap();
    let (device, good) = (desk.device(HANDLE), certificate(&desk, 2, 365));
    let by_hand = Command::RedeemEnrolment { device, code: CODE, certificate: good };
    assert_eq!(desk.command(by_hand), Err(CommandError::Forbidden));
    let again = certificate(&desk, 1, 365);
    redeem(&mut desk, CODE, again).unwrap_err();
    let over = Certificate { from: good.until, until: desk.now.wall, ..good };
    redeem(&mut desk, CODE, over).unwrap_err();
    let endless = Certificate { until: desk.now.wall.after(DAY * 4_000), ..good };
    redeem(&mut desk, CODE, endless).unwrap_err();
    redeem(&mut desk, CODE, good).unwrap();
}

#[test]
fn a_new_enrolment_puts_the_old_device_out_at_once() {
    let mut desk = enrolled();
    offer(&mut desk).unwrap();
    let second = certificate(&desk, 2, 365);
    redeem(&mut desk, CODE, second).unwrap();
    assert_eq!(counting(&desk), Some(vec![2]));
    assert!(desk.active(AlarmKind::DeviceOffline));
    says(&mut desk, DeviceReport::CertificateShown(CertificateSerial([1; 16])));
    assert!(desk.active(AlarmKind::DeviceSecurity), "the old one tried");
    comes(&mut desk, 2, "9");
    assert!(!desk.active(AlarmKind::DeviceOffline) && !desk.active(AlarmKind::DeviceReplaced));
    check_replay(&desk);
}

#[test]
fn a_certificate_is_renewed_once_an_hour_and_both_count_until_the_new_one_is_seen() {
    let mut desk = enrolled();
    assert_eq!(wants(&mut desk, 2, 365), 0, "it has just got one");
    desk.wait(Duration::from_secs(3_600));
    assert_eq!(wants(&mut desk, 1, 365), 0, "a number is given once");
    assert_eq!(wants(&mut desk, 2, 365), 1);
    assert_eq!(counting(&desk), Some(vec![2, 1]));
    assert_eq!(wants(&mut desk, 3, 365), 0, "never two at once");
    comes(&mut desk, 1, "7");
    assert_eq!(counting(&desk), Some(vec![2, 1]), "it never got it");
    desk.wait(Duration::from_secs(3_600));
    assert_eq!(wants(&mut desk, 3, 365), 1);
    assert_eq!(counting(&desk), Some(vec![3, 1]), "two at most");
    comes(&mut desk, 3, "7");
    assert_eq!(counting(&desk), Some(vec![3]));
    desk.cut(HANDLE);
    desk.wait(Duration::from_secs(3_600));
    assert_eq!(wants(&mut desk, 4, 365), 0, "it is away");
    check_replay(&desk);
}

#[test]
fn a_certificate_that_is_not_renewed_is_warned_of_and_ends() {
    let mut desk = enrolled();
    desk.wait(DAY * 334);
    assert!(!desk.active(AlarmKind::CertificateExpiring));
    desk.wait(DAY * 2);
    assert!(desk.active(AlarmKind::CertificateExpiring), "30 days before its end");
    assert_eq!(wants(&mut desk, 2, 365), 1);
    assert!(desk.active(AlarmKind::CertificateExpiring), "whether it arrived is not known");
    comes(&mut desk, 2, "7");
    assert!(!desk.active(AlarmKind::CertificateExpiring));
    desk.wait(DAY * 366);
    assert_eq!((counting(&desk), enrolment(&desk)), (Some(vec![]), Enrolment::Expired));
    let mut short = super::desk();
    offer(&mut short).unwrap();
    let first = certificate(&short, 1, 4);
    redeem(&mut short, CODE, first).unwrap();
    short.wait(DAY * 3 + Duration::from_secs(60));
    assert!(short.active(AlarmKind::CertificateExpiring), "a quarter of a short life");
}

#[test]
fn revocation_is_immediate_and_nothing_that_was_under_way_counts() {
    let mut desk = enrolled();
    let person = desk.person(1);
    desk.grant(person, &["lon1/hall/r1/c1/front"]);
    let device = desk.device(HANDLE);
    offer(&mut desk).unwrap();
    desk.command(Command::RevokeCertificates { device, reason: reason("stolen") }).unwrap();
    assert_eq!((counting(&desk), enrolment(&desk)), (Some(vec![]), Enrolment::NotEnrolled));
    let mark = desk.journal.len();
    comes(&mut desk, 1, "7");
    desk.badge(HANDLE, card(1));
    assert_eq!(desk.releases(HANDLE), 0);
    assert!(desk.since(mark).iter().all(|name| !name.starts_with("access") && *name != "device.online"));
    let first = certificate(&desk, 2, 365);
    redeem(&mut desk, CODE, first).unwrap_err();
    assert!(desk.command(Command::RevokeCertificates { device, reason: reason("again") }).is_err());
    check_replay(&desk);
}

#[test]
fn after_a_restart_the_shell_is_told_what_counts() {
    let mut desk = enrolled();
    offer(&mut desk).unwrap();
    let records = desk.engine.records().clone();
    let again = Desk::restart_of(&super::draft(), records, desk.now.after(Duration::from_secs(10)));
    assert_eq!(counting(&again), Some(vec![1]));
    assert_eq!(again.engine.records().certificates, desk.engine.records().certificates);
}

#[test]
fn a_certificate_of_another_device_or_none_is_trouble() {
    let mut desk = enrolled();
    says(&mut desk, DeviceReport::CertificateShown(CertificateSerial([99; 16])));
    let trouble = SecurityTrouble::CertificateRevoked;
    let seen = desk.journal.iter().any(|stamped| {
        matches!(&stamped.entry, rackward_core::Entry::SecurityTroubleSeen { trouble: t, .. } if *t == trouble)
    });
    assert!(seen && desk.active(AlarmKind::DeviceSecurity));
}
