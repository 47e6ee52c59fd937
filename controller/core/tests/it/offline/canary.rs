//! The canary on its rounds.

use super::Hall;
use crate::site::reason;
use rackward_core::alarm::AlarmKind;
use rackward_core::engine::input::FailureCause;
use rackward_core::entry::OfflineEntry;
use rackward_core::inventory::CanaryAnswer;
use rackward_core::{Command, CommandError, DeviceReport, Entry, Output, Reply};

fn rounds(hall: &Hall) -> Vec<(u32, u32)> {
    let rounds = hall.desk.journal.iter().filter_map(|stamped| match stamped.entry {
        Entry::Offline(OfflineEntry::CanaryRound { asked, refused }) => Some((asked, refused)),
        _ => None,
    });
    rounds.collect()
}

fn answering(count: usize, answer: CanaryAnswer) -> Hall {
    let mut hall = Hall::of(count);
    hall.handles.values_mut().for_each(|handle| handle.canary = Some(answer));
    hall
}

#[test]
fn every_handle_is_asked_every_hour() {
    let mut hall = answering(200, CanaryAnswer::WouldRefuse);
    hall.wait(119);
    assert_eq!(rounds(&hall), []);
    hall.wait(1);
    assert_eq!(rounds(&hall), [(200, 200)]);
    hall.wait(2 * 3_600);
    assert_eq!(rounds(&hall), [(200, 200); 3]);
    assert_eq!(hall.desk.raised(AlarmKind::CanaryFailed), 0);
}

#[test]
fn only_so_many_are_asked_at_once() {
    let mut hall = Hall::of(200);
    let command = Command::TryCanaries { reason: reason("after the update") };
    assert_eq!(hall.desk.command(command.clone()), Ok(Reply::Canaries(200)));
    let asked = hall.desk.outputs.iter().filter(|output| matches!(output, Output::TryCanary { .. })).count();
    assert_eq!(asked, 64);
    assert!(matches!(hall.desk.command(command), Err(CommandError::Conflict(_))), "one round at a time");
}

#[test]
fn whatever_is_no_refusal_is_an_alarm_until_it_is_refused_again() {
    for answer in [CanaryAnswer::WouldAdmit, CanaryAnswer::NoAnswer] {
        let mut hall = answering(3, CanaryAnswer::WouldRefuse);
        hall.handle(1).canary = Some(answer);
        hall.wait(120);
        assert_eq!(rounds(&hall), [(3, 2)]);
        assert!(hall.desk.active(AlarmKind::CanaryFailed));
        hall.handle(1).canary = Some(CanaryAnswer::WouldRefuse);
        hall.wait(3_600);
        assert_eq!(rounds(&hall), [(3, 2), (3, 3)]);
        assert!(!hall.desk.active(AlarmKind::CanaryFailed));
    }
}

#[test]
fn a_handle_that_does_not_answer_fails_unless_it_is_away() {
    let mut hall = answering(3, CanaryAnswer::WouldRefuse);
    (hall.handle(0).canary, hall.handle(1).canary) = (None, None);
    hall.wait(120);
    let gone = hall.device(0);
    hall.go(gone);
    hall.wait(29);
    assert_eq!(rounds(&hall), []);
    hall.wait(1);
    assert_eq!(rounds(&hall), [(2, 1)]);
    let failed: Vec<_> = hall
        .desk
        .journal
        .iter()
        .filter_map(|stamped| match stamped.entry {
            Entry::Offline(OfflineEntry::CanaryFailed { device, answer }) => Some((device, answer)),
            _ => None,
        })
        .collect();
    assert_eq!(failed, [(hall.device(1), CanaryAnswer::NoAnswer)]);
}

#[test]
fn a_question_that_could_not_be_put_is_not_answered() {
    let mut hall = Hall::of(1);
    hall.desk.command(Command::TryCanaries { reason: reason("look") }).unwrap();
    let (device, command) = hall
        .desk
        .outputs
        .iter()
        .find_map(|output| match output {
            Output::TryCanary { device, command } => Some((*device, *command)),
            _ => None,
        })
        .unwrap();
    hall.desk.report(device, DeviceReport::Failed(command, FailureCause::Refused));
    assert!(hall.desk.active(AlarmKind::CanaryFailed));
    assert_eq!(rounds(&hall), [(1, 0)]);
}

#[test]
fn a_site_without_handles_has_no_rounds() {
    let mut desk = crate::site::Desk::open();
    desk.wait_secs(7_200);
    assert!(!desk.names().contains(&"canary.round"));
    assert_eq!(desk.command(Command::TryCanaries { reason: reason("look") }), Ok(Reply::Canaries(0)));
}
