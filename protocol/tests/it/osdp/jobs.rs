//! Keys and files on their way to devices, with power cuts and lost frames at every step.

use std::sync::Arc;
use std::time::Duration;

use rackward_protocol::osdp::faults::Fault;
use rackward_protocol::osdp::{
    Action, Baud, BusEvent, DeviceConfig, DeviceKeys, DeviceRole, FileIntake, FileVerdict, FirstKey, Job, JobEvent,
    JobFailure, JobRefused, OfflineCause, PeripheralConfig, PeripheralKey, ProvenKey, Scbk, SecurityTrouble,
};

use super::line::{CARD, Line, address, cards, identity, key};

const CHLNG: u8 = 0x76;
const KEYSET: u8 = 0x75;

fn config(active: Option<Scbk>, pending: Option<Scbk>) -> DeviceConfig {
    DeviceConfig { keys: DeviceKeys { active, pending }, ..DeviceConfig::new(key(0), DeviceRole::Reader) }
}

/// A line with one device and one reader of another address beside it, which must notice nothing.
fn line_with(known: PeripheralKey, active: Option<Scbk>) -> Line {
    let mut line = Line::new(Baud::B9600, 80);
    line.add(2, DeviceRole::Reader);
    line.add_device(1, known, identity(1));
    line.bus.add(line.now, address(1), config(active, None));
    line.run(Duration::from_secs(3));
    line
}

fn commission(line: &mut Line, first: FirstKey, fresh: Scbk) {
    let until = line.now + Duration::from_secs(60);
    line.bus.begin_job(line.now, address(1), Job::Commission { first, fresh, until }).unwrap();
}

fn roll(line: &mut Line, fresh: Scbk) {
    line.bus.begin_job(line.now, address(1), Job::RollKey { fresh }).unwrap();
}

/// Codes of the frames the panel sent to a device, with the byte behind the block's kind where there is one.
fn sent(line: &Line, number: u8) -> Vec<(u8, Option<u8>)> {
    let own = line.wire.iter().filter(|(_, from_bus, bytes)| *from_bus && bytes[1] == number);
    own.map(|(_, _, bytes)| match (bytes[4] & 0x08 != 0, bytes[5]) {
        (true, 3) => (bytes[8], Some(bytes[7])),
        (true, length) => (bytes[5 + usize::from(length)], None),
        (false, _) => (bytes[5], None),
    })
    .collect()
}

/// The key the device has now.
fn known(line: &mut Line, number: u8) -> PeripheralKey {
    line.device(number).peripheral().config().key.clone()
}

fn done_at(number: u8, baud: Baud) -> Option<JobEvent> {
    Some(JobEvent::Done { address: address(number), baud })
}

#[test]
fn a_device_without_a_key_is_left_alone() {
    let mut line = line_with(PeripheralKey::Install, None);
    assert_eq!(line.asked(1), 0);
    assert_eq!(line.events_of(1), [BusEvent::Offline { cause: OfflineCause::NoSession }]);
    assert!(!line.bus.device_view(address(1)).unwrap().has_key);
    let tag = line.release(1, 10);
    line.run(Duration::from_secs(1));
    assert!(line.failures.iter().any(|(_, failed, _)| *failed == tag));
}

#[test]
fn a_device_in_install_mode_gets_its_key_and_is_online() {
    let mut line = line_with(PeripheralKey::Install, None);
    line.forget();
    commission(&mut line, FirstKey::Published, key(1));
    line.run(Duration::from_secs(2));
    let events = line.events_of(1);
    assert_eq!(events[0], BusEvent::KeyProven(ProvenKey::Pending), "{events:?}");
    assert_eq!(events[1], BusEvent::Job(JobEvent::Done { address: address(1), baud: Baud::B9600 }));
    assert!(matches!(events[2], BusEvent::Online { .. }));
    assert_eq!(known(&mut line, 1), PeripheralKey::Own(key(1)));
    let frames = sent(&line, 1);
    let published = frames.iter().filter(|(code, kind)| *code == CHLNG && *kind == Some(0)).count();
    assert_eq!(published, 1, "the published key is used once");
    let last = frames.iter().rev().find(|(code, _)| *code == CHLNG).unwrap();
    assert_eq!(last.1, Some(1));
    assert_eq!(line.events_of(2), []);
    line.card(1, &CARD);
    line.run(Duration::from_millis(200));
    assert_eq!(cards(&line.events_of(1)).len(), 1);
}

#[test]
fn a_key_from_the_bench_is_replaced_by_one_of_the_site() {
    let mut line = line_with(PeripheralKey::Own(key(77)), None);
    commission(&mut line, FirstKey::Given(key(77)), key(1));
    line.run(Duration::from_secs(2));
    assert_eq!(line.job_end_of(1), done_at(1, Baud::B9600));
    assert!(line.is_online(1));
    assert_eq!(known(&mut line, 1), PeripheralKey::Own(key(1)));
    assert!(sent(&line, 1).iter().all(|(code, kind)| *code != CHLNG || *kind == Some(1)));
}

#[test]
fn a_commissioning_fails_in_bounded_time_and_leaves_everything_as_it_was() {
    // What the device knows, what the panel knew of it, and how the job ends.
    let check = |known: PeripheralKey, active: Option<Scbk>, fault: Fault, expect: JobFailure| {
        let mut line = line_with(known.clone(), active.clone());
        line.fault(1, fault.clone());
        commission(&mut line, FirstKey::Published, key(1));
        let end = line.now + Duration::from_secs(61);
        line.run_until(end, |line| line.job_end_of(1).is_some());
        assert_eq!(line.job_end_of(1), Some(JobEvent::Failed(expect)), "{known:?} {fault:?}");
        assert!(sent(&line, 1).iter().all(|(code, _)| *code != KEYSET));
        line.fault(1, Fault::Healthy);
        line.run(Duration::from_secs(9));
        line.forget();
        line.run(Duration::from_secs(9));
        assert_eq!(line.is_online(1) || line.asked(1) > 50, active.is_some(), "as before");
        assert!(sent(&line, 1).iter().all(|(code, kind)| *code != CHLNG || *kind == Some(1)));
        assert_eq!(line.device(1).peripheral().config().key, known);
    };
    check(PeripheralKey::Own(key(9)), Some(key(9)), Fault::Healthy, JobFailure::NotInInstallMode);
    check(PeripheralKey::Own(key(9)), None, Fault::Healthy, JobFailure::NotInInstallMode);
    check(PeripheralKey::Install, None, Fault::Cut, JobFailure::TimedOut);
    check(PeripheralKey::Own(key(9)), Some(key(9)), Fault::Cut, JobFailure::TimedOut);
    check(PeripheralKey::Install, None, Fault::Busy(u32::MAX), JobFailure::TimedOut);
}

#[test]
fn a_device_may_be_put_into_install_mode_late() {
    let mut line = line_with(PeripheralKey::Own(key(9)), None);
    commission(&mut line, FirstKey::Published, key(1));
    line.run(Duration::from_secs(30));
    assert_eq!(line.job_end_of(1), None, "the person may still be on the way");
    let (place, baud) = (address(1), Baud::B9600);
    line.device(1).peripheral().reset(PeripheralKey::Install, place, baud);
    line.run(Duration::from_secs(5));
    assert_eq!(line.job_end_of(1), done_at(1, Baud::B9600));
    assert!(line.is_online(1));
}

#[test]
fn a_job_that_was_stopped_leaves_everything_as_it_was() {
    let mut line = line_with(PeripheralKey::Install, None);
    commission(&mut line, FirstKey::Published, key(1));
    line.run(Duration::from_millis(10));
    line.bus.stop_job(line.now, address(1));
    line.run(Duration::from_secs(1));
    let ends = [JobEvent::KeyNotSent, JobEvent::Failed(JobFailure::Stopped)].map(BusEvent::Job);
    assert!(line.events_of(1).ends_with(&ends), "{:?}", line.events_of(1));
    line.forget();
    line.run(Duration::from_secs(10));
    assert_eq!(line.asked(1), 0);
    assert_eq!(known(&mut line, 1), PeripheralKey::Install);
}

#[test]
fn a_roll_over_is_proven_before_it_is_done() {
    let mut line = line_with(key(1).into(), Some(key(1)));
    line.forget();
    roll(&mut line, key(101));
    line.run(Duration::from_secs(1));
    let events = line.events_of(1);
    assert_eq!(events[0], BusEvent::KeyProven(ProvenKey::Pending), "{events:?}");
    assert!(matches!(events[1], BusEvent::Job(JobEvent::Done { .. })));
    assert!(matches!(events[2], BusEvent::Online { .. }));
    assert_eq!(known(&mut line, 1), PeripheralKey::Own(key(101)));
    assert!(!events.iter().any(|event| matches!(event, BusEvent::Offline { .. } | BusEvent::Security(_))));
}

/// Plaintext ACK with a sequence number; checksum form.
fn plaintext_ack(number: u8, sequence: u8) -> Vec<u8> {
    let mut bytes = vec![0x53, number | 0x80, 7, 0, sequence, 0x40];
    bytes.push(bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)).wrapping_neg());
    bytes
}

/// Runs until the panel has put KEYSET on the line; gives its sequence number.
fn run_until_keyset(line: &mut Line) -> u8 {
    let end = line.now + Duration::from_secs(2);
    assert!(line.run_until(end, |line| sent(line, 1).last().is_some_and(|(code, _)| *code == KEYSET)));
    line.wire.iter().rev().find(|(_, from_bus, _)| *from_bus).map(|(_, _, bytes)| bytes[4] & 3).unwrap()
}

#[test]
fn a_confirmation_in_the_clear_is_a_hint_and_no_proof() {
    // The device took the key, and somebody confirms it in the clear.
    let mut line = line_with(key(1).into(), Some(key(1)));
    line.forget();
    roll(&mut line, key(101));
    let sequence = run_until_keyset(&mut line);
    line.fault(1, Fault::LostReplies(1));
    line.run(Duration::from_millis(70));
    line.bus.handle_bytes(line.now, &plaintext_ack(1, sequence));
    line.run(Duration::from_secs(1));
    assert_eq!(line.job_end_of(1), done_at(1, Baud::B9600));
    // The device never got the key, and somebody confirms it in its place.
    let mut line = line_with(key(1).into(), Some(key(1)));
    line.forget();
    roll(&mut line, key(101));
    let sequence = run_until_keyset(&mut line);
    line.fault(1, Fault::Cut);
    line.run(Duration::from_millis(70));
    line.bus.handle_bytes(line.now, &plaintext_ack(1, sequence));
    line.fault(1, Fault::Healthy);
    line.run(Duration::from_secs(12));
    assert_eq!(line.job_end_of(1), Some(JobEvent::Failed(JobFailure::NotProven)));
    assert!(!line.events_of(1).contains(&BusEvent::Job(JobEvent::KeyNotSent)), "it may have arrived");
    assert!(line.events_of(1).contains(&BusEvent::KeyProven(ProvenKey::Active)));
    assert!(line.is_online(1));
}

#[test]
fn a_reply_lost_at_any_step_does_not_stop_a_job() {
    for step in 0..16 {
        for fault in [Fault::LostReplies(1), Fault::LostReplies(2), Fault::DamagedReplies(1), Fault::BadMacs(1)] {
            let mut line = line_with(PeripheralKey::Install, None);
            line.forget();
            commission(&mut line, FirstKey::Published, key(1));
            run_steps(&mut line, step);
            line.fault(1, fault.clone());
            run_until_end(&mut line, 12);
            assert_eq!(line.job_end_of(1), done_at(1, Baud::B9600), "{fault:?} at step {step}");
            line.fault(1, Fault::Healthy);
            line.forget();
            roll(&mut line, key(101));
            run_steps(&mut line, step);
            line.fault(1, fault.clone());
            run_until_end(&mut line, 12);
            assert_eq!(line.job_end_of(1), done_at(1, Baud::B9600), "{fault:?} at step {step} of a roll-over");
        }
    }
}

/// Runs until the job with device 1 has ended and it is online, for so many seconds at most.
fn run_until_end(line: &mut Line, seconds: u64) {
    let end = line.now + Duration::from_secs(seconds);
    line.run_until(end, |line| line.is_online(1) && line.job_end_of(1).is_some());
}

/// Runs until so many frames have gone to or come from device 1.
fn run_steps(line: &mut Line, steps: usize) {
    let own = |line: &Line| line.wire.iter().filter(|(_, _, bytes)| bytes[1] & 0x7F == 1).count();
    let end = line.now + Duration::from_secs(3);
    line.run_until(end, |line| own(line) >= steps);
}

#[test]
fn a_power_cut_of_the_panel_at_any_step_of_a_roll_over_loses_no_device() {
    for step in 0..24 {
        let mut line = line_with(key(1).into(), Some(key(1)));
        line.forget();
        roll(&mut line, key(101));
        run_steps(&mut line, step);
        // The panel's program dies, and starts again with what it had written down before it began.
        let was_done = line.job_end_of(1).is_some();
        line.restart_bus();
        line.forget();
        line.bus.add(line.now, address(2), DeviceConfig::new(key(2), DeviceRole::Reader));
        let keys = if was_done { (Some(key(101)), None) } else { (Some(key(1)), Some(key(101))) };
        line.bus.add(line.now, address(1), config(keys.0, keys.1));
        line.run(Duration::from_secs(3));
        assert!(line.is_online(1), "after step {step}");
        let proven = line.events_of(1).iter().find_map(|event| match event {
            BusEvent::KeyProven(which) => Some(*which),
            _ => None,
        });
        let truth = match known(&mut line, 1) {
            PeripheralKey::Own(held) if held == key(101) => ProvenKey::Pending,
            _ => ProvenKey::Active,
        };
        assert_eq!(proven, (!was_done).then_some(truth), "after step {step}");
        let troubles = line.events_of(1).iter().filter(|event| matches!(event, BusEvent::Security(_))).count();
        assert_eq!(troubles, 0, "a key that was never taken is no attack");
    }
}

#[test]
fn a_power_cut_of_the_device_at_any_step_of_a_job_loses_nothing() {
    for step in 0..16 {
        let mut line = line_with(PeripheralKey::Install, None);
        line.forget();
        commission(&mut line, FirstKey::Published, key(1));
        run_steps(&mut line, step);
        line.device(1).peripheral().restart();
        // Until then nobody may have noticed.
        line.run(Duration::from_secs(1));
        run_until_end(&mut line, 20);
        assert_eq!(line.job_end_of(1), done_at(1, Baud::B9600), "after step {step}");
        line.forget();
        roll(&mut line, key(101));
        run_steps(&mut line, step);
        line.device(1).peripheral().restart();
        // Until then nobody may have noticed.
        line.run(Duration::from_secs(1));
        run_until_end(&mut line, 20);
        let end = line.job_end_of(1);
        assert!(end.is_some() && line.is_online(1), "after step {step} of a roll-over: {end:?}");
        let is_done = end == done_at(1, Baud::B9600);
        let has_fresh = known(&mut line, 1) == PeripheralKey::Own(key(101));
        assert_eq!(is_done, has_fresh, "after step {step} of a roll-over");
    }
}

#[test]
fn a_job_that_cannot_be_is_refused() {
    let mut line = Line::with_readers(Baud::B9600, 81, 3);
    let check = |line: &mut Line, number, job: Job, expect| {
        assert_eq!(line.bus.begin_job(line.now, address(number), job), Err(expect));
    };
    let until = line.now + Duration::from_secs(60);
    let given = |first, fresh| Job::Commission { first, fresh, until };
    let moved = |number| Job::SetLine { address: address(number), baud: Baud::B9600 };
    check(&mut line, 9, Job::RollKey { fresh: key(50) }, JobRefused::UnknownAddress);
    check(&mut line, 1, Job::RollKey { fresh: key(2) }, JobRefused::DuplicateKey);
    check(&mut line, 1, Job::RollKey { fresh: key(1) }, JobRefused::DuplicateKey);
    check(&mut line, 1, given(FirstKey::Published, key(3)), JobRefused::DuplicateKey);
    check(&mut line, 1, given(FirstKey::Given(key(60)), key(60)), JobRefused::DuplicateKey);
    check(&mut line, 1, moved(3), JobRefused::AddressTaken);
    line.fault(2, Fault::Cut);
    line.run(Duration::from_secs(10));
    check(&mut line, 2, Job::RollKey { fresh: key(50) }, JobRefused::Offline);
    line.bus.begin_job(line.now, address(1), moved(20)).unwrap();
    check(&mut line, 1, Job::RollKey { fresh: key(50) }, JobRefused::Busy);
    check(&mut line, 3, moved(20), JobRefused::AddressTaken);
}

#[test]
fn a_device_that_was_reset_is_an_alarm_and_is_never_given_a_key_by_itself() {
    for fault in [Fault::RogueRefusing, Fault::RogueOffering, Fault::Downgraded] {
        let mut line = line_with(key(1).into(), Some(key(1)));
        line.forget();
        line.fault(1, fault.clone());
        line.run(Duration::from_secs(60));
        let events = line.events_of(1);
        assert!(events.contains(&BusEvent::Security(SecurityTrouble::DefaultKey)), "{fault:?}: {events:?}");
        assert!(events.iter().any(|event| matches!(event, BusEvent::Offline { .. })), "{fault:?}: {events:?}");
        let troubles = events.iter().filter(|event| matches!(event, BusEvent::Security(_))).count();
        assert!(troubles <= 2, "{fault:?}: {events:?}");
        assert!(line.device(1).captured_keys().is_empty());
        let frames = sent(&line, 1);
        assert!(frames.iter().all(|(code, kind)| *code != KEYSET && (*code != CHLNG || *kind == Some(1))));
        line.fault(1, Fault::Healthy);
        line.run(Duration::from_secs(9));
        assert!(line.is_online(1), "{fault:?}");
    }
}

/// A line with one device that takes files, online.
fn line_with_files(baud: Baud, delay: Duration) -> Line {
    let mut line = Line::new(baud, 82);
    line.add(2, DeviceRole::Reader);
    let config = PeripheralConfig::new(address(1), key(1), identity(1), 2, 1, 1);
    let files = Some(FileIntake { limit_bytes: 100_000, delay });
    let turnaround = line.turnaround;
    line.add_peripheral(PeripheralConfig { baud, turnaround, files, ..config });
    line.bus.add(line.now, address(1), DeviceConfig::new(key(1), DeviceRole::Reader));
    line.settle();
    line.forget();
    line
}

fn firmware() -> Arc<[u8]> {
    (0..20_000_u32).map(|at| ((at * 7) >> 3) as u8).collect()
}

fn send_file(line: &mut Line) {
    line.bus.begin_job(line.now, address(1), Job::SendFile { kind: 1, contents: firmware() }).unwrap();
}

/// Runs until the file has arrived whole; gives it, judged.
fn run_until_file(line: &mut Line, verdict: FileVerdict) -> Vec<u8> {
    let is_file = |action: &Action| matches!(action, Action::File { .. });
    let end = line.now + Duration::from_secs(120);
    assert!(line.run_until(end, |line| line.actions.iter().any(|(_, _, action)| is_file(action))));
    line.device(1).peripheral().judge_file(verdict);
    let file = line.actions.iter().find_map(|(_, _, action)| match action {
        Action::File { kind: 1, contents } => Some(contents.expose().to_vec()),
        _ => None,
    });
    file.unwrap()
}

#[test]
fn a_file_arrives_whole_while_everybody_is_served() {
    let mut line = line_with_files(Baud::B115200, Duration::ZERO);
    send_file(&mut line);
    for _ in 0..5 {
        line.run(Duration::from_millis(300));
        assert!(line.bus.device_view(address(1)).unwrap().transfer.is_some_and(|(sent, total)| sent < total));
        line.card(1, &CARD);
        line.card(2, &CARD);
    }
    assert_eq!(run_until_file(&mut line, FileVerdict::Processed), firmware().to_vec());
    line.run(Duration::from_secs(1));
    assert_eq!(line.job_end_of(1), done_at(1, Baud::B115200));
    assert_eq!((cards(&line.events_of(1)).len(), cards(&line.events_of(2)).len()), (5, 5));
    let words: Vec<u32> = line
        .events_of(1)
        .iter()
        .filter_map(|event| match event {
            BusEvent::Job(JobEvent::Progress { sent, total: 20_000 }) => Some(*sent),
            _ => None,
        })
        .collect();
    assert!((10..=21).contains(&words.len()) && words.is_sorted() && words.last() == Some(&20_000), "{words:?}");
}

#[test]
fn a_release_waits_for_one_fragment_of_a_file_at_most() {
    let mut line = line_with_files(Baud::B115200, Duration::ZERO);
    send_file(&mut line);
    for round in 0..20 {
        line.run(Duration::from_millis(90 + round));
        let start = line.now;
        let tag = line.release(2, 1);
        let end = start + Duration::from_secs(1);
        assert!(line.run_until(end, |line| line.events_of(2).contains(&BusEvent::Done { tag })));
        assert!(line.now.since(start) < Duration::from_millis(80), "{:?}", line.now.since(start));
    }
}

#[test]
fn a_file_goes_on_where_it_was_after_a_lost_session_and_after_a_cut() {
    let mut line = line_with_files(Baud::B115200, Duration::ZERO);
    send_file(&mut line);
    line.run(Duration::from_millis(700));
    line.fault(1, Fault::BadMacs(1));
    line.run(Duration::from_secs(1));
    let before = line.bus.device_view(address(1)).unwrap().transfer.unwrap().0;
    line.fault(1, Fault::Cut);
    line.run(Duration::from_secs(20));
    assert!(!line.is_online(1));
    line.fault(1, Fault::Healthy);
    let end = line.now + Duration::from_secs(9);
    assert!(line.run_until(end, |line| line.is_online(1)));
    line.run(Duration::from_millis(100));
    let after = line.bus.device_view(address(1)).unwrap().transfer.unwrap().0;
    assert!(before > 3_000 && after >= before, "{before} bytes before, {after} after");
    assert_eq!(run_until_file(&mut line, FileVerdict::Processed), firmware().to_vec());
    line.run(Duration::from_secs(1));
    assert_eq!(line.job_end_of(1), done_at(1, Baud::B115200));
}

#[test]
fn a_device_that_stays_away_does_not_get_the_rest_of_its_file() {
    let mut line = line_with_files(Baud::B9600, Duration::ZERO);
    send_file(&mut line);
    line.run(Duration::from_millis(500));
    line.fault(1, Fault::Cut);
    line.bus.remove(address(2));
    line.run(Duration::from_secs(620));
    assert_eq!(line.job_end_of(1), Some(JobEvent::Failed(JobFailure::Lost)));
}

#[test]
fn a_device_sets_the_pace_of_a_file_and_may_refuse_it() {
    let mut line = line_with_files(Baud::B115200, Duration::from_millis(200));
    send_file(&mut line);
    let start = line.now;
    assert_eq!(run_until_file(&mut line, FileVerdict::Refused), firmware().to_vec());
    let fragments = sent(&line, 1).iter().filter(|(code, _)| *code == 0x7C).count() as u32;
    assert!(line.now.since(start) >= Duration::from_millis(190) * (fragments - 2));
    line.run(Duration::from_secs(1));
    assert_eq!(line.job_end_of(1), Some(JobEvent::Failed(JobFailure::Aborted(-2))));
}

#[test]
fn nothing_of_a_key_is_printed() {
    let mut line = line_with(PeripheralKey::Install, None);
    commission(&mut line, FirstKey::Given(key(77)), key(101));
    line.run(Duration::from_millis(15));
    let printed = format!("{:?}", line.bus);
    for number in [77_u8, 101] {
        let bytes: [u8; 16] = std::array::from_fn(|i| number.wrapping_mul(31) ^ (i as u8).wrapping_mul(17) ^ 0x5A);
        let listed = format!("{bytes:?}");
        assert!(!printed.contains(listed.trim_matches(['[', ']'])));
    }
    assert!(!printed.contains("48, 49, 50, 51"), "the published key is printed");
}
