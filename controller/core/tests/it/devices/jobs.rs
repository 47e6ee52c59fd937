//! Jobs with devices: when they may begin, how they end, what becomes of them when the daemon does.

use super::{
    LOCK, READER, check_replay, commission, desk, end, named, online, ordered, outcomes, restarted, start, stop,
};
use crate::site::{Desk, reason};
use rackward_core::alarm::AlarmKind;
use rackward_core::id::{CommandId, DeviceId};
use rackward_core::job::{DeviceTask, Downgrade, FirmwareImage, JobOutcome, JobWish};
use rackward_core::{Command, CommandError, DeviceReport, Input};
use std::time::Duration;

const IMAGE: FirmwareImage = FirmwareImage { digest: [1; 32], oui: [0xca, 0xfe, 0x01], model: 4, version: [1, 3, 0] };

const fn firmware(version: [u8; 3], downgrade: Downgrade) -> JobWish {
    JobWish::SendFirmware { image: FirmwareImage { version, ..IMAGE }, downgrade }
}

/// What a wish comes to, in one line.
fn said(desk: &mut Desk, name: &str, job: JobWish) -> String {
    match start(desk, name, job) {
        Ok(_) => "ok".into(),
        Err(CommandError::Invalid(problems)) => {
            problems.iter().map(|p| format!("{}: {}", p.field, p.message)).collect::<Vec<_>>().join(" | ")
        }
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_job_begins_where_its_terms_are_met() {
    let check = |name: &str, job: JobWish, expect: &str| {
        let mut desk = desk();
        let (before, mark) = (desk.engine.records().clone(), desk.journal.len());
        let got = said(&mut desk, name, job);
        assert!(got.contains(expect), "{job:?}\n  expected: {expect}\n  got:      {got}");
        if expect != "ok" {
            assert!(*desk.engine.records() == before && desk.journal.len() == mark, "refused and changed something");
            assert_eq!(ordered(&desk), (Vec::new(), 0));
        }
    };
    check(READER, commission(10), "ok");
    check(READER, commission(600), "ok");
    check(READER, commission(9), "for: choose 10 seconds to 10 minutes");
    check(READER, commission(601), "for: choose 10 seconds to 10 minutes");
    check(READER, JobWish::RollKey, "ok");
    check(READER, JobWish::SetLine { address: 126, baud: 230_400 }, "ok");
    check(READER, JobWish::SetLine { address: 127, baud: 9_600 }, "address: an address is 0 to 126");
    check(READER, JobWish::SetLine { address: 127, baud: 9_601 }, "0 to 126 | baud: a speed is one of 9600");
    check(READER, firmware([1, 2, 1], Downgrade::Refused), "ok");
    check(READER, firmware([1, 2, 0], Downgrade::Refused), "allow_downgrade: street-reader has version 1.2.0 already");
    check(READER, firmware([1, 1, 9], Downgrade::Refused), "allow_downgrade: 1.1.9 is older than the 1.2.0");
    check(READER, firmware([1, 1, 9], Downgrade::Allowed), "ok");
    let other = FirmwareImage { model: 5, version: [1, 0, 0], ..IMAGE };
    let both = JobWish::SendFirmware { image: other, downgrade: Downgrade::Refused };
    check(READER, both, "image: it is for ca-fe-01 model 5");
    check(READER, both, "| allow_downgrade: 1.0.0 is older");
    check("plant-lock", firmware([9, 9, 9], Downgrade::Refused), "allow_downgrade: whether 9.9.9 is newer");
}

#[test]
fn what_has_never_answered_or_was_replaced_is_commissioned_first() {
    let now = crate::site::MONDAY_NINE;
    let now = rackward_core::Now { monotonic: rackward_core::Monotonic::from_micros(0), wall: now };
    let mut desk = Desk::restart(rackward_core::Records::default(), now);
    assert!(said(&mut desk, READER, JobWish::RollKey).contains("commission it first"));
    assert_eq!(said(&mut desk, READER, commission(60)), "ok");
    let mut desk = super::desk();
    online(&mut desk, READER, named("8", "1.2.0"));
    let refused = said(&mut desk, READER, firmware([9, 0, 0], Downgrade::Refused));
    assert!(refused.contains("another device answers for street-reader"), "{refused}");
    let device = DeviceId::new(99);
    let nobody = desk.command(Command::StartJob { device, job: JobWish::RollKey, reason: reason("x") });
    assert_eq!(nobody, Err(CommandError::NotFound { what: "dev-99".into() }));
}

#[test]
fn one_job_a_device_and_one_commissioning_a_site() {
    let mut desk = desk();
    assert_eq!(said(&mut desk, READER, commission(60)), "ok");
    assert!(said(&mut desk, READER, JobWish::RollKey).contains("a job with street-reader is under way"));
    assert!(said(&mut desk, LOCK, commission(60)).contains("street-reader is being commissioned"));
    assert_eq!(said(&mut desk, LOCK, JobWish::RollKey), "ok");
    end(&mut desk, READER, JobOutcome::Done);
    end(&mut desk, LOCK, JobOutcome::Refused);
    assert_eq!(said(&mut desk, LOCK, commission(60)), "ok");
}

#[test]
fn install_mode_is_alarmed_as_long_as_it_is_open() {
    let mut desk = desk();
    for outcome in [JobOutcome::Done, JobOutcome::TimedOut, JobOutcome::Refused, JobOutcome::Stopped] {
        start(&mut desk, READER, commission(60)).unwrap();
        assert!(desk.active(AlarmKind::Commissioning));
        end(&mut desk, READER, outcome);
        assert!(!desk.active(AlarmKind::Commissioning));
    }
    start(&mut desk, READER, JobWish::RollKey).unwrap();
    assert!(!desk.active(AlarmKind::Commissioning));
}

#[test]
fn a_job_whose_end_is_never_reported_ends_by_itself() {
    let check = |job: JobWish, after: u64| {
        let mut desk = desk();
        let before = outcomes(&desk).len();
        start(&mut desk, READER, job).unwrap();
        desk.wait_secs(after - 1);
        assert_eq!(outcomes(&desk).len(), before, "{job:?}");
        desk.wait_secs(1);
        assert_eq!(outcomes(&desk)[before..], [JobOutcome::TimedOut], "{job:?}");
        assert_eq!(ordered(&desk).1, 1, "the driver is told");
        check_replay(&desk);
    };
    check(commission(60), 75);
    check(JobWish::RollKey, 315);
    check(JobWish::SetLine { address: 3, baud: 9_600 }, 315);
    check(firmware([2, 0, 0], Downgrade::Refused), 12 * 3_600 + 15);
}

#[test]
fn an_operator_stops_a_job_and_its_end_follows() {
    let mut desk = desk();
    assert!(stop(&mut desk, READER).unwrap_err().to_string().contains("no job with street-reader"));
    start(&mut desk, READER, JobWish::RollKey).unwrap();
    let mark = desk.journal.len();
    stop(&mut desk, READER).unwrap();
    assert_eq!((desk.since(mark), ordered(&desk).1), (vec!["device.job-stop-ordered"], 1));
    end(&mut desk, READER, JobOutcome::Stopped);
    assert_eq!(outcomes(&desk).last(), Some(&JobOutcome::Stopped));
    start(&mut desk, READER, JobWish::RollKey).unwrap();
    stop(&mut desk, READER).unwrap();
    desk.wait_secs(15);
    assert_eq!(outcomes(&desk).last(), Some(&JobOutcome::TimedOut), "a driver that says nothing is not waited for");
}

#[test]
fn an_end_of_another_job_is_not_this_ones() {
    let mut desk = desk();
    start(&mut desk, READER, JobWish::RollKey).unwrap();
    let (device, before) = (desk.device(READER), outcomes(&desk).len());
    desk.report(device, DeviceReport::JobEnded(CommandId::new(1), JobOutcome::Done));
    let lock = desk.device(LOCK);
    desk.report(lock, DeviceReport::JobEnded(CommandId::new(1), JobOutcome::Done));
    assert_eq!(outcomes(&desk).len(), before);
}

#[test]
fn a_new_key_and_firmware_go_on_after_a_restart_when_the_device_is_back() {
    for job in [JobWish::RollKey, firmware([1, 3, 0], Downgrade::Refused)] {
        let mut before = desk();
        start(&mut before, READER, job).unwrap();
        let command = before.engine.records().devices[&before.device(READER)].job.unwrap().command;
        let mut desk = restarted(&before, 30);
        assert_eq!(ordered(&desk).0, []);
        online(&mut desk, READER, named("7", "1.2.0"));
        assert_eq!(ordered(&desk).0, [job.task()]);
        online(&mut desk, READER, named("7", "1.2.0"));
        assert_eq!(ordered(&desk).0.len(), 1, "once");
        let device = desk.device(READER);
        desk.report(device, DeviceReport::JobEnded(command, JobOutcome::Done));
        assert_eq!(outcomes(&desk), [JobOutcome::Done]);
    }
}

#[test]
fn firmware_that_arrived_while_the_daemon_was_away_is_done() {
    let mut before = desk();
    start(&mut before, READER, firmware([1, 3, 0], Downgrade::Refused)).unwrap();
    let mut desk = restarted(&before, 30);
    online(&mut desk, READER, named("7", "1.3.0"));
    assert_eq!((ordered(&desk).0, outcomes(&desk)), (vec![], vec![JobOutcome::Done]));
    assert_eq!(desk.raised(AlarmKind::FirmwareChanged), 0);
}

#[test]
fn a_job_waits_an_hour_for_its_device_and_can_be_stopped_before() {
    let mut before = desk();
    start(&mut before, READER, JobWish::RollKey).unwrap();
    let mut desk = restarted(&before, 30);
    desk.wait(Duration::from_secs(3_600));
    assert_eq!(outcomes(&desk), [JobOutcome::Lost]);
    let mut desk = restarted(&before, 30);
    stop(&mut desk, READER).unwrap();
    assert_eq!((outcomes(&desk), ordered(&desk).1), (vec![JobOutcome::Stopped], 0));
}

#[test]
fn what_needs_somebody_there_ends_with_the_daemon() {
    for job in [commission(60), JobWish::SetLine { address: 3, baud: 9_600 }] {
        let mut before = desk();
        start(&mut before, READER, job).unwrap();
        let mut desk = restarted(&before, 5);
        assert_eq!(outcomes(&desk), [JobOutcome::Interrupted]);
        assert!(!desk.active(AlarmKind::Commissioning));
        online(&mut desk, READER, named("7", "1.2.0"));
        assert_eq!(ordered(&desk).0, [] as [DeviceTask; 0]);
    }
}

#[test]
fn a_job_that_was_not_recorded_in_time_is_not_begun() {
    let mut desk = desk();
    start(&mut desk, READER, commission(60)).unwrap();
    let jobs = vec![desk.device(READER)];
    desk.input(Input::StoreFailed { withheld: Vec::new(), jobs });
    assert_eq!(outcomes(&desk).last(), Some(&JobOutcome::Interrupted));
    assert!(!desk.active(AlarmKind::Commissioning));
    assert_eq!(said(&mut desk, READER, commission(60)), CommandError::JournalUnwritable.to_string());
}
