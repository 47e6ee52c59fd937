//! One desk, step by step: in every story a key is on the disk before it is sent, and settled before the end is told.

use super::super::need::Held;
use super::*;

const COMMAND: CommandId = CommandId::new(7);
const NOW: Micros = Micros(1_000_000);

fn key(byte: u8) -> Scbk {
    Scbk::parse(std::array::from_fn(|i| byte.wrapping_add(i as u8))).unwrap()
}

fn keys(active: Option<u8>, pending: Option<u8>) -> DeviceKeys {
    DeviceKeys { active: active.map(key), pending: pending.map(key) }
}

fn held(active: Option<u8>, pending: Option<u8>) -> Held {
    Held { keys: keys(active, pending), since: None }
}

fn desk(active: Option<u8>, pending: Option<u8>) -> Desk {
    Desk::new(keys(active, pending), None, Some(key(99)))
}

fn roll(desk: &mut Desk) -> Option<Step> {
    desk.start(NOW, COMMAND, DeviceTask::RollKey)
}

fn commission(desk: &mut Desk) -> Option<Step> {
    let limit = std::time::Duration::from_secs(60);
    desk.start(NOW, COMMAND, DeviceTask::Commission { first: job::FirstKey::Published, limit })
}

/// The shell did its errand, and the keys on the disk are these now.
fn kept(desk: &mut Desk, errand: KeyErrand, active: Option<u8>, pending: Option<u8>) -> Option<Step> {
    assert_eq!(desk.take_errand(), Some(Errand::Keys(errand)));
    assert_eq!(desk.take_errand(), None, "one at a time");
    desk.met(Brought::Keys(Ok(held(active, pending))), None)
}

fn failed(desk: &mut Desk, errand: KeyErrand) -> Option<Step> {
    assert_eq!(desk.take_errand(), Some(Errand::Keys(errand)));
    desk.met(Brought::Keys(Err(Unmet)), None)
}

fn end(outcome: JobOutcome) -> Option<Step> {
    Some(Step::End(COMMAND, outcome))
}

fn done() -> JobEvent {
    JobEvent::Done { address: Address::parse(3).unwrap(), baud: Baud::B9600 }
}

const DRAW: KeyErrand = KeyErrand::Draw(Unproven::Stays);
const DRAW_ANEW: KeyErrand = KeyErrand::Draw(Unproven::IsDisplaced);
const PROMOTE: KeyErrand = KeyErrand::Settle(ProvenKey::Pending);
const DISCARD: KeyErrand = KeyErrand::Settle(ProvenKey::Active);

/// A desk whose roll-over from key 1 to key 2 is on the bus.
fn rolling() -> Desk {
    let mut desk = desk(Some(1), None);
    assert_eq!(roll(&mut desk), None, "nothing is sent before the key is kept");
    let begin = kept(&mut desk, DRAW, Some(1), Some(2));
    assert_eq!(begin, Some(Step::Begin(Job::RollKey { fresh: key(2) })));
    assert_eq!(desk.begun(Ok(())), None);
    desk
}

#[test]
fn a_key_is_kept_before_it_is_sent_and_settled_before_the_end_is_told() {
    let mut desk = rolling();
    assert_eq!(desk.told(done()), None, "not told before it is on the disk");
    assert_eq!(kept(&mut desk, PROMOTE, Some(2), None), end(JobOutcome::Done));
    assert_eq!(desk.keys(), &keys(Some(2), None));
    assert_eq!(desk.take_errand(), None);
}

#[test]
fn a_key_that_is_proven_before_the_job_is_done_is_settled_once() {
    let mut early = rolling();
    early.proven(ProvenKey::Pending);
    early.proven(ProvenKey::Pending);
    assert_eq!(kept(&mut early, PROMOTE, Some(2), None), None);
    assert_eq!(early.told(done()), end(JobOutcome::Done));
    assert_eq!(early.take_errand(), None);

    let mut at_once = rolling();
    at_once.proven(ProvenKey::Pending);
    assert_eq!(at_once.take_errand(), Some(Errand::Keys(PROMOTE)));
    assert_eq!(at_once.told(done()), None);
    assert_eq!(at_once.met(Brought::Keys(Ok(held(Some(2), None))), None), end(JobOutcome::Done));
    assert_eq!(at_once.take_errand(), None);
}

#[test]
fn a_key_that_may_still_be_sent_is_not_dropped_because_the_old_one_was_proven() {
    let mut desk = rolling();
    desk.proven(ProvenKey::Active);
    assert_eq!(desk.take_errand(), None);
    // The job fails, and which key the device has is open until it proves one.
    assert_eq!(desk.told(JobEvent::Failed(JobFailure::Lost)), end(JobOutcome::Lost));
    assert_eq!(desk.take_errand(), None);
    assert_eq!(desk.keys(), &keys(Some(1), Some(2)));
    desk.proven(ProvenKey::Active);
    assert_eq!(kept(&mut desk, DISCARD, Some(1), None), None);
}

#[test]
fn after_a_restart_whichever_key_is_proven_is_kept() {
    let mut desk = desk(Some(1), Some(2));
    desk.proven(ProvenKey::Pending);
    assert_eq!(kept(&mut desk, PROMOTE, Some(2), None), None);
    desk.proven(ProvenKey::Active);
    assert_eq!(desk.take_errand(), None, "nothing is left to settle");
}

#[test]
fn a_disk_that_refuses_ends_the_job_and_loses_no_key() {
    let mut no_key = desk(Some(1), None);
    roll(&mut no_key);
    assert_eq!(failed(&mut no_key, DRAW), end(JobOutcome::Interrupted));
    assert_eq!(no_key.keys(), &keys(Some(1), None));

    let mut not_settled = rolling();
    not_settled.told(done());
    assert_eq!(failed(&mut not_settled, PROMOTE), end(JobOutcome::Interrupted));
    assert_eq!(not_settled.keys(), &keys(Some(1), Some(2)), "both, as on the disk");
    not_settled.proven(ProvenKey::Pending);
    assert_eq!(kept(&mut not_settled, PROMOTE, Some(2), None), None, "the next proof tries again");
}

#[test]
fn a_key_that_was_never_sent_is_withdrawn_and_then_the_end_is_told() {
    let check = |begun: Result<(), JobRefused>, failure: Option<JobFailure>, outcome| {
        let mut desk = desk(None, Some(5));
        commission(&mut desk);
        let begin = kept(&mut desk, DRAW_ANEW, None, Some(6));
        let until = Micros(61_000_000);
        let job = Job::Commission { first: FirstKey::Published, fresh: key(6), until };
        assert_eq!(begin, Some(Step::Begin(job)));
        assert_eq!(desk.begun(begun), None);
        if let Some(failure) = failure {
            assert!(desk.is_commissioning());
            assert_eq!(desk.told(JobEvent::KeyNotSent), None);
            assert_eq!(desk.told(JobEvent::Failed(failure)), None);
        }
        assert!(!desk.is_commissioning());
        desk.proven(ProvenKey::Pending);
        assert_eq!(kept(&mut desk, KeyErrand::Withdraw, None, Some(5)), end(outcome));
        assert_eq!(desk.take_errand(), None, "what was proven meanwhile was another key than this one");
    };
    check(Ok(()), Some(JobFailure::NotInInstallMode), JobOutcome::NotInInstallMode);
    check(Ok(()), Some(JobFailure::TimedOut), JobOutcome::TimedOut);
    check(Ok(()), Some(JobFailure::Stopped), JobOutcome::Stopped);
    check(Err(JobRefused::Offline), None, JobOutcome::Lost);
    check(Err(JobRefused::Busy), None, JobOutcome::Refused);
    check(Err(JobRefused::DuplicateKey), None, JobOutcome::Interrupted);
}

#[test]
fn a_job_can_be_stopped_at_every_step() {
    let mut drawing = desk(Some(1), None);
    roll(&mut drawing);
    assert_eq!(drawing.stop(CommandId::new(8)), None, "another command's");
    assert_eq!(drawing.stop(COMMAND), None);
    assert_eq!(kept(&mut drawing, DRAW, Some(1), Some(2)), None, "nothing is begun any more");
    assert_eq!(kept(&mut drawing, KeyErrand::Withdraw, Some(1), None), end(JobOutcome::Stopped));

    let mut running = rolling();
    assert_eq!(running.stop(COMMAND), Some(Step::Stop));
    assert_eq!(running.told(JobEvent::Failed(JobFailure::Stopped)), end(JobOutcome::Stopped));
    assert_eq!(running.keys(), &keys(Some(1), Some(2)), "it may have been sent");

    let mut loading = desk(Some(1), None);
    loading.start(NOW, COMMAND, DeviceTask::SendFirmware { image: [1; 32], version: [1, 0, 0] });
    assert_eq!(loading.take_errand(), Some(Errand::LoadImage([1; 32])));
    assert_eq!(loading.stop(COMMAND), end(JobOutcome::Stopped));
    assert_eq!(loading.met(Brought::Image(Ok(image())), Some(&IDENTITY)), None);

    let mut settling = rolling();
    settling.told(done());
    assert_eq!(settling.stop(COMMAND), None, "it is done");
    assert_eq!(kept(&mut settling, PROMOTE, Some(2), None), end(JobOutcome::Done));
}

#[test]
fn a_lost_line_ends_the_job_wherever_it_is() {
    let mut running = rolling();
    assert_eq!(running.line_lost(), end(JobOutcome::Lost));
    assert_eq!(running.keys(), &keys(Some(1), Some(2)));
    let mut drawing = desk(Some(1), None);
    roll(&mut drawing);
    assert_eq!(drawing.line_lost(), None);
    kept(&mut drawing, DRAW, Some(1), Some(2));
    assert_eq!(kept(&mut drawing, KeyErrand::Withdraw, Some(1), None), end(JobOutcome::Lost));
    let mut unsent = rolling();
    assert_eq!(unsent.told(JobEvent::KeyNotSent), None);
    assert_eq!(unsent.line_lost(), None);
    assert_eq!(kept(&mut unsent, KeyErrand::Withdraw, Some(1), None), end(JobOutcome::Lost));
    assert_eq!(desk(Some(1), None).line_lost(), None);
}

#[test]
fn a_device_has_one_job_at_a_time() {
    let mut desk = rolling();
    let second = CommandId::new(8);
    let refused = desk.start(NOW, second, DeviceTask::RollKey);
    assert_eq!(refused, Some(Step::End(second, JobOutcome::Refused)));
    assert_eq!(desk.told(JobEvent::Progress { sent: 1, total: 2 }), None);
    desk.told(done());
    assert_eq!(kept(&mut desk, PROMOTE, Some(2), None), end(JobOutcome::Done));
}

#[test]
fn a_commissioning_begins_with_the_key_that_was_named() {
    let limit = std::time::Duration::from_secs(60);
    let from_file = DeviceTask::Commission { first: job::FirstKey::FromFile, limit };
    let mut with_file = desk(None, None);
    with_file.start(NOW, COMMAND, from_file);
    let begin = kept(&mut with_file, DRAW_ANEW, None, Some(6));
    let Some(Step::Begin(Job::Commission { first, .. })) = begin else { panic!("{begin:?}") };
    assert_eq!(first, FirstKey::Given(key(99)));
    let mut without_file = Desk::new(DeviceKeys::default(), None, None);
    assert_eq!(without_file.start(NOW, COMMAND, from_file), end(JobOutcome::Refused));
    assert_eq!(without_file.take_errand(), None);
}

const IDENTITY: DeviceIdentity =
    DeviceIdentity { oui: [1, 2, 3], model: 4, version: 5, serial: 6, firmware: [1, 0, 0] };

fn image() -> Verified {
    let manifest = Manifest { oui: [1, 2, 3], model: 4, version: [1, 1, 0], least_hardware: 5 };
    Verified { manifest, payload: Arc::from(&b"firmware"[..]), digest: [1; 32] }
}

#[test]
fn firmware_goes_only_to_the_model_it_was_signed_for() {
    let check = |image: Result<Verified, Unmet>, identity: Option<DeviceIdentity>, expect| {
        let mut desk = desk(Some(1), None);
        desk.start(NOW, COMMAND, DeviceTask::SendFirmware { image: [1; 32], version: [1, 1, 0] });
        assert_eq!(desk.take_errand(), Some(Errand::LoadImage([1; 32])));
        let begins = match desk.met(Brought::Image(image), identity.as_ref()) {
            Some(Step::Begin(Job::SendFile { kind: 1, contents })) => Ok(contents.len()),
            Some(Step::End(COMMAND, outcome)) => Err(outcome),
            other => panic!("{other:?}"),
        };
        assert_eq!(begins, expect);
    };
    check(Ok(image()), Some(IDENTITY), Ok(8));
    check(Ok(image()), Some(DeviceIdentity { version: 9, serial: 77, ..IDENTITY }), Ok(8));
    check(Ok(image()), Some(DeviceIdentity { version: 4, ..IDENTITY }), Err(JobOutcome::Refused));
    check(Ok(image()), Some(DeviceIdentity { model: 5, ..IDENTITY }), Err(JobOutcome::Refused));
    check(Ok(image()), Some(DeviceIdentity { oui: [1, 2, 4], ..IDENTITY }), Err(JobOutcome::Refused));
    check(Ok(image()), None, Err(JobOutcome::Lost));
    check(Err(Unmet), Some(IDENTITY), Err(JobOutcome::Interrupted));
}

#[test]
fn a_new_place_on_the_line_must_be_one() {
    let check = |address, baud, expect: bool| {
        let step = desk(Some(1), None).start(NOW, COMMAND, DeviceTask::SetLine { address, baud });
        assert_eq!(matches!(step, Some(Step::Begin(Job::SetLine { .. }))), expect, "{address} {baud}");
        assert!(expect || step == end(JobOutcome::Refused));
    };
    check(5, 115_200, true);
    check(127, 115_200, false);
    check(5, 12_345, false);
}

#[test]
fn since_when_the_device_has_its_key_follows_the_disk() {
    let at = rackward_core::Wall::from_seconds(1_000);
    let mut desk = desk(Some(1), None);
    assert_eq!(desk.key_since(), None, "of a key of before nobody knows");
    roll(&mut desk);
    kept(&mut desk, DRAW, Some(1), Some(2));
    desk.proven(ProvenKey::Pending);
    assert_eq!(desk.take_errand(), Some(Errand::Keys(PROMOTE)));
    desk.met(Brought::Keys(Ok(Held { keys: keys(Some(2), None), since: Some(at) })), None);
    assert_eq!(desk.key_since(), Some(at));
}
