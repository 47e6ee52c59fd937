//! Stories in virtual time: what happens at the doors, and what is recorded, released and alarmed.

use std::time::Duration;

use crate::site::{Desk, FRONT, card, closed, open, reason, wish};
use rackward_core::alarm::AlarmKind;
use rackward_core::alarm::life::Verdict;
use rackward_core::door::Passage;
use rackward_core::engine::command::{GrantWish, PinPurpose, Scope};
use rackward_core::engine::input::{Digits, FailureCause, OfflineCause, PinOutcome, SecurityTrouble};
use rackward_core::engine::output::{Feedback, PointState};
use rackward_core::engine::preconditions::Preconditions;
use rackward_core::entry::{Denial, WithheldCause};
use rackward_core::facts::{Contact, Facts, HandlePosition, Key, Lock};
use rackward_core::people::{CredentialState, GrantRight, Validity, When};
use rackward_core::permission::{Actor, OperatorRole};
use rackward_core::site::schedule::Weekly;
use rackward_core::{Caller, Command, CommandError, DeviceReport, Entry, Input, Output, Records};

/// A desk with person p-1, card 1, who may pass every door for an hour.
fn staffed() -> Desk {
    let mut desk = Desk::open();
    let person = desk.person(1);
    desk.grant(person, &["lon1/street", "lon1/outer", "lon1/inner", "lon1/plant", FRONT]);
    desk
}

#[test]
fn badge_open_close() {
    let mut desk = staffed();
    let mark = desk.journal.len();
    desk.badge("street-reader", card(1));
    assert_eq!(desk.releases("street-lock"), 1);
    desk.wait_secs(1);
    desk.facts("street-lock", open(false));
    desk.wait_secs(4);
    desk.facts("street-lock", closed(false));
    desk.wait_secs(60);
    assert_eq!(
        desk.since(mark),
        ["access.granted", "door.changed", "access.taken", "presence.changed", "door.changed"]
    );
    assert_eq!(desk.record("lon1/street").passage, Passage::Idle);
}

#[test]
fn two_people_pass_by_one_opening() {
    let mut desk = staffed();
    let second = desk.person(2);
    desk.grant(second, &["lon1/street"]);
    let mark = desk.journal.len();
    desk.badge("street-reader", card(1));
    desk.facts("street-lock", open(false));
    desk.wait_secs(25);
    desk.badge("street-reader", card(2));
    desk.wait_secs(25);
    let first = ["access.granted", "door.changed", "access.taken", "presence.changed"];
    let second = ["alarm.raised", "access.granted", "access.taken", "presence.changed"];
    assert_eq!(
        desk.since(mark),
        [first, second].concat(),
        "the second badge starts the open time anew, the warning stands"
    );
    desk.facts("street-lock", closed(false));
    assert!(!desk.active(AlarmKind::HeldPreAlarm));
}

#[test]
fn a_release_nobody_uses_ends() {
    let mut desk = staffed();
    let mark = desk.journal.len();
    desk.badge("street-reader", card(1));
    desk.facts("street-lock", Facts { lock: Lock::Unlocked, ..closed(false) });
    desk.wait_secs(5);
    desk.facts("street-lock", closed(false));
    desk.wait_secs(5);
    assert_eq!(desk.since(mark), ["access.granted", "door.changed", "door.changed", "access.not-taken"]);
    desk.facts("street-lock", open(false));
    desk.wait_secs(2);
    assert!(desk.active(AlarmKind::DoorForced), "the release is over, so this opening is forced");
}

#[test]
fn a_forced_door_is_an_alarm_until_it_is_closed() {
    let mut desk = staffed();
    desk.facts("street-lock", open(false));
    desk.wait(Duration::from_millis(999));
    assert_eq!(desk.raised(AlarmKind::DoorForced), 0);
    desk.wait(Duration::from_millis(1));
    assert_eq!(desk.raised(AlarmKind::DoorForced), 1);
    desk.badge("street-reader", card(1));
    desk.wait_secs(5);
    assert!(desk.active(AlarmKind::DoorForced), "a valid card does not explain a forced door");
    desk.facts("street-lock", closed(false));
    assert!(!desk.active(AlarmKind::DoorForced));
    assert_eq!(desk.engine.records().alarms.len(), 1, "it stays until somebody has seen it");
    let alarm = *desk.engine.records().alarms.keys().next().unwrap();
    desk.command(crate::site::acknowledge(alarm, "guard went, nobody there")).unwrap();
    assert_eq!(desk.engine.records().alarms.len(), 1, "and then until somebody has said what it was");
    desk.command(crate::site::close(alarm, Verdict::FalsePositive)).unwrap();
    assert_eq!(desk.engine.records().alarms.len(), 0);
}

#[test]
fn a_bounce_or_a_late_exit_request_is_not_forced() {
    let mut desk = staffed();
    desk.facts("street-lock", open(false));
    desk.wait(Duration::from_millis(300));
    desk.facts("street-lock", closed(false));
    desk.wait_secs(5);
    desk.facts("street-lock", open(false));
    let lock = desk.device("street-lock");
    desk.wait(Duration::from_millis(500));
    desk.report(lock, DeviceReport::ExitRequested);
    desk.wait_secs(5);
    assert_eq!(desk.raised(AlarmKind::DoorForced), 0);
}

#[test]
fn a_held_door_warns_and_then_alarms() {
    let mut desk = staffed();
    desk.badge("street-reader", card(1));
    desk.facts("street-lock", open(false));
    desk.wait_secs(19);
    assert_eq!(desk.raised(AlarmKind::HeldPreAlarm), 0);
    desk.wait_secs(1);
    assert!(desk.active(AlarmKind::HeldPreAlarm));
    desk.wait_secs(10);
    assert!(desk.active(AlarmKind::HeldOpen));
    assert!(!desk.active(AlarmKind::HeldPreAlarm), "the alarm ends its warning");
    desk.facts("street-lock", closed(false));
    assert!(!desk.active(AlarmKind::HeldOpen));
    let states: Vec<_> = desk
        .outputs
        .iter()
        .filter_map(|output| match output {
            Output::Feedback { device, feedback: Feedback::State(state) }
                if *device == desk.device("street-reader") =>
            {
                Some(*state)
            }
            _ => None,
        })
        .collect();
    assert_eq!(states[states.len() - 3..], [PointState::PreAlarm, PointState::OpenTooLong, PointState::Ready]);
}

#[test]
fn a_rack_handle_by_right_by_force_and_by_key() {
    let mut desk = staffed();
    let lifted = Facts { contact: Contact::Closed, ..open(true) };
    desk.badge("c1-front", card(1));
    desk.facts("c1-front", lifted);
    desk.facts("c1-front", open(true));
    desk.facts("c1-front", closed(true));
    assert!(desk.outputs.iter().any(|o| matches!(o, Output::Feedback { feedback: Feedback::SecuredAgain, .. })));
    assert_eq!(desk.raised(AlarmKind::HandleForced), 0);
    desk.facts("c1-front", lifted);
    desk.wait_secs(1);
    assert!(desk.active(AlarmKind::HandleForced), "lifted without a release");
    desk.facts("c1-front", closed(true));
    let turned = Facts { key: Some(Key::Turned), lock: Lock::Unlocked, ..closed(true) };
    desk.facts("c1-front", turned);
    assert!(desk.active(AlarmKind::KeyOverride), "at once");
    desk.facts("c1-front", Facts { handle: Some(HandlePosition::Open), ..turned });
    desk.wait_secs(60);
    assert_eq!(desk.raised(AlarmKind::HandleForced), 1, "the key explains the second lifting");
    assert_eq!(desk.raised(AlarmKind::FailedToLock), 0, "and the unlocked slide");
}

#[test]
fn shut_but_not_latched_is_an_alarm_after_its_time() {
    let mut desk = staffed();
    desk.badge("c1-front", card(1));
    desk.facts("c1-front", open(true));
    desk.facts("c1-front", Facts { handle: Some(HandlePosition::Open), ..closed(true) });
    desk.wait(Duration::from_millis(9_999));
    assert!(!desk.active(AlarmKind::NotLatched));
    desk.wait(Duration::from_millis(1));
    assert!(desk.active(AlarmKind::NotLatched));
    desk.facts("c1-front", closed(true));
    assert!(!desk.active(AlarmKind::NotLatched));
}

#[test]
fn locks_that_do_not_follow_are_alarms() {
    let mut desk = staffed();
    desk.badge("street-reader", card(1));
    desk.wait_secs(2);
    assert!(desk.active(AlarmKind::FailedToUnlock), "released, and the monitor still says locked");
    desk.wait_secs(10);
    assert!(!desk.active(AlarmKind::FailedToUnlock));
    desk.facts("street-lock", Facts { lock: Lock::Unlocked, ..closed(false) });
    desk.wait_secs(2);
    assert!(desk.active(AlarmKind::FailedToLock));
}

#[test]
fn card_and_pin() {
    let digits = || Digits::parse("4711").unwrap();
    let with_pin = || {
        let mut desk = staffed();
        desk.set_pin("p-1".parse().unwrap(), PinPurpose::Usual);
        desk
    };
    let type_pin = |desk: &mut Desk, outcome: PinOutcome| {
        desk.badge("plant-reader", card(1));
        let device = desk.device("plant-reader");
        desk.report(device, DeviceReport::Pin(digits()));
        assert!(desk.outputs.iter().any(|output| matches!(output, Output::CheckPin { .. })));
        desk.input(Input::PinChecked { person: "p-1".parse().unwrap(), device, outcome });
    };
    let check = |outcome: PinOutcome, expect: Option<Denial>| {
        let mut desk = with_pin();
        type_pin(&mut desk, outcome);
        match expect {
            None => assert_eq!(desk.releases("plant-lock"), 1),
            Some(denial) => {
                assert!(
                    matches!(desk.last(), Entry::AccessDenied { reason, .. } if *reason == denial),
                    "{:?}",
                    desk.last()
                );
                assert_eq!(desk.releases("plant-lock"), 0);
            }
        }
    };
    check(PinOutcome::Right, None);
    check(PinOutcome::Wrong, Some(Denial::PinWrong));
    check(PinOutcome::Unavailable, Some(Denial::NoDecision));
    let mut desk = with_pin();
    desk.badge("plant-reader", card(1));
    desk.wait_secs(10);
    assert!(matches!(desk.last(), Entry::AccessDenied { reason: Denial::FactorTimeout, .. }));
    let device = desk.device("plant-reader");
    desk.input(Input::PinChecked { person: "p-1".parse().unwrap(), device, outcome: PinOutcome::Right });
    assert_eq!(desk.releases("plant-lock"), 0, "an answer nobody waits for opens nothing");
    let mut desk = staffed();
    desk.badge("plant-reader", card(1));
    assert!(matches!(desk.last(), Entry::AccessDenied { reason: Denial::PinWrong, .. }), "no PIN was ever set");
}

#[test]
fn rights_revoked_while_the_pin_is_typed_count() {
    let mut desk = staffed();
    desk.set_pin("p-1".parse().unwrap(), PinPurpose::Usual);
    desk.badge("plant-reader", card(1));
    let device = desk.device("plant-reader");
    desk.report(device, DeviceReport::Pin(Digits::parse("4711").unwrap()));
    desk.command(Command::RevokeGrant { grant: "g-1".parse().unwrap(), reason: reason("left") }).unwrap();
    desk.input(Input::PinChecked { person: "p-1".parse().unwrap(), device, outcome: PinOutcome::Right });
    assert!(matches!(desk.last(), Entry::AccessDenied { reason: Denial::NotAuthorisedPoint, .. }));
}

#[test]
fn the_exit_button_acts_first_and_obeys_an_interlock() {
    let mut desk = staffed();
    let lock = desk.device("street-lock");
    desk.report(lock, DeviceReport::ExitRequested);
    assert_eq!(desk.life_safety_releases(), 1);
    assert!(matches!(desk.last(), Entry::ExitReleased { .. }));
    desk.facts("inner-lock", open(false));
    let outer = desk.device("outer-lock");
    desk.report(outer, DeviceReport::ExitRequested);
    assert_eq!(desk.life_safety_releases(), 1);
    assert!(matches!(desk.last(), Entry::ReleaseWithheld { cause: WithheldCause::Interlock, .. }));
}

#[test]
fn an_unwritable_journal_withholds_admits_nobody_and_recovers() {
    let mut desk = staffed();
    desk.badge("street-reader", card(1));
    let lock = desk.device("street-lock");
    desk.input(Input::StoreFailed { withheld: vec![lock], jobs: Vec::new() });
    assert_eq!(desk.record("lon1/street").passage, Passage::Idle, "the release was never sent");
    assert!(desk.active(AlarmKind::JournalUnwritable));
    let grant = "g-1".parse().unwrap();
    let refused = desk.command(Command::RevokeGrant { grant, reason: reason("x") });
    assert_eq!(refused, Err(CommandError::JournalUnwritable));
    desk.report(lock, DeviceReport::ExitRequested);
    assert_eq!(desk.life_safety_releases(), 1, "exits still work");
    desk.input(Input::StoreRecovered);
    assert!(!desk.active(AlarmKind::JournalUnwritable));
    desk.wait_secs(10);
    desk.badge("street-reader", card(1));
    assert_eq!(desk.releases("street-lock"), 3);
}

#[test]
fn an_outage_too_long_to_keep_is_counted_and_believes_nothing() {
    let mut desk = staffed();
    desk.input(Input::StoreFailed { withheld: Vec::new(), jobs: Vec::new() });
    for _ in 0..100_100 {
        desk.badge("street-reader", card(9));
    }
    desk.facts("street-lock", open(false));
    let lock = desk.device("street-lock");
    desk.report(lock, DeviceReport::ExitRequested);
    assert_eq!(desk.life_safety_releases(), 1, "exits still work");
    desk.input(Input::StoreRecovered);
    let recovered = |entry: &Entry| matches!(entry, Entry::JournalRecovered { dropped, .. } if *dropped > 100);
    assert!(desk.journal.iter().any(|stamped| recovered(&stamped.entry)));
    assert_eq!(desk.record("lon1/street").facts.contact, Contact::Unknown);
    assert!(desk.journal.windows(2).all(|pair| pair[0].seq.next() == pair[1].seq), "no gap");
}

#[test]
fn a_release_that_fails_for_certain_leaves_the_door_as_it_was_and_a_doubtful_one_does_not() {
    let after = |cause: FailureCause| {
        let mut desk = staffed();
        desk.badge("street-reader", card(1));
        let command = desk.outputs.iter().find_map(|o| match o {
            Output::Release { command, .. } => Some(*command),
            _ => None,
        });
        let lock = desk.device("street-lock");
        desk.report(lock, DeviceReport::Failed(command.unwrap(), cause));
        desk.facts("street-lock", open(false));
        desk.wait_secs(2);
        desk.raised(AlarmKind::DoorForced)
    };
    assert_eq!(after(FailureCause::Refused), 1);
    assert_eq!(after(FailureCause::Overload), 1);
    assert_eq!(after(FailureCause::Offline), 0, "it may have opened before the line broke");
    assert_eq!(after(FailureCause::Expired), 0);
}

/// The command of the newest release in the journal.
fn last_command(desk: &Desk) -> rackward_core::id::CommandId {
    let command = |stamped: &rackward_core::Stamped| match stamped.entry {
        Entry::AccessGranted { command, .. } | Entry::ExitReleased { command, .. } => Some(command),
        _ => None,
    };
    desk.journal.iter().rev().find_map(command).unwrap()
}

#[test]
fn a_second_release_that_fails_does_not_hide_the_first_from_the_interlock() {
    let mut desk = staffed();
    desk.badge("outer-reader", card(1));
    desk.badge("outer-reader", card(1));
    let (lock, second) = (desk.device("outer-lock"), last_command(&desk));
    desk.report(lock, DeviceReport::Failed(second, FailureCause::Overload));
    desk.badge("inner-reader", card(1));
    assert_eq!(desk.releases("inner-lock"), 0);
    let mut desk = staffed();
    desk.report(lock, DeviceReport::ExitRequested);
    desk.badge("outer-reader", card(1));
    desk.input(Input::StoreFailed { withheld: vec![lock], jobs: Vec::new() });
    let inner = desk.device("inner-lock");
    desk.report(inner, DeviceReport::ExitRequested);
    assert_eq!(desk.releases("inner-lock"), 0, "the exit at the outer door still runs");
}

#[test]
fn an_exit_is_not_held_back_by_a_door_that_is_merely_unknown() {
    let mut desk = staffed();
    desk.cut("inner-lock");
    let outer = desk.device("outer-lock");
    desk.report(outer, DeviceReport::ExitRequested);
    assert_eq!(desk.life_safety_releases(), 1);
}

#[test]
fn the_same_alarm_again_is_the_same_alarm() {
    let mut desk = staffed();
    let credential = *desk.engine.records().credentials.keys().next().unwrap();
    let state = CredentialState::Stolen;
    desk.command(Command::SetCredentialState { credential, state, reason: reason("police report") }).unwrap();
    for _ in 0..500 {
        desk.badge("street-reader", card(1));
        desk.facts("street-lock", open(false));
        desk.wait_secs(2);
        desk.facts("street-lock", closed(false));
    }
    assert_eq!(desk.engine.records().alarms.len(), 3, "one for the card, one for the door, one for so many refusals");
    assert_eq!(desk.raised(AlarmKind::DoorForced), 500, "the journal has each time");
}

#[test]
fn a_lost_device_leaves_nothing_known_and_comes_back() {
    let mut desk = staffed();
    desk.cut("street-lock");
    assert!(desk.active(AlarmKind::DeviceOffline));
    assert_eq!(desk.record("lon1/street").facts, closed(false).forgotten());
    desk.all_online();
    assert!(!desk.active(AlarmKind::DeviceOffline));
    assert_eq!(desk.record("lon1/street").facts, closed(false));
    assert_eq!(desk.raised(AlarmKind::DoorForced), 0);
}

#[test]
fn devices_have_some_seconds_after_a_start() {
    let desk = staffed();
    let mut desk = Desk::restart(desk.engine.records().clone(), desk.now);
    desk.cut("street-lock");
    assert!(!desk.active(AlarmKind::DeviceOffline));
    let lock = desk.device("outer-lock");
    desk.report(lock, DeviceReport::Offline(OfflineCause::NotTrusted));
    assert_eq!(desk.raised(AlarmKind::DeviceOffline), 1, "a wrong key needs no patience");
    desk.wait_secs(20);
    assert_eq!(desk.raised(AlarmKind::DeviceOffline), 10);
}

#[test]
fn a_door_opened_while_its_device_was_away_is_forced() {
    let mut desk = staffed();
    desk.cut("street-lock");
    desk.wait_secs(60);
    desk.facts("street-lock", open(false));
    desk.wait_secs(1);
    assert!(desk.active(AlarmKind::DoorForced));
}

#[test]
fn tamper_zones_and_stolen_cards_are_alarms() {
    let mut desk = staffed();
    let reader = desk.device("street-reader");
    desk.report(reader, DeviceReport::Tamper(true));
    assert!(desk.active(AlarmKind::Tamper));
    desk.report(reader, DeviceReport::Tamper(false));
    assert!(!desk.active(AlarmKind::Tamper));
    let fence = desk.device("fence");
    desk.report(fence, DeviceReport::Inputs(vec![true]));
    assert!(desk.active(AlarmKind::Intrusion));
    let credential = *desk.engine.records().credentials.keys().next().unwrap();
    desk.command(Command::SetCredentialState {
        credential,
        state: CredentialState::Stolen,
        reason: reason("police report"),
    })
    .unwrap();
    desk.badge("street-reader", card(1));
    assert_eq!(desk.raised(AlarmKind::StolenCredential), 1);
}

#[test]
fn a_flood_of_bad_frames_cannot_flood_the_journal() {
    let mut desk = staffed();
    let reader = desk.device("street-reader");
    let mark = desk.journal.len();
    for _ in 0..1000 {
        desk.report(reader, DeviceReport::Security(SecurityTrouble::BadAuthentication));
    }
    assert_eq!(desk.since(mark), ["device.security-trouble", "alarm.raised"]);
    desk.wait_secs(60);
    let happened: Vec<_> = desk.since(mark).into_iter().filter(|name| *name != "alarm.escalated").collect();
    assert_eq!(happened, ["device.security-trouble", "alarm.raised", "alarm.returned"]);
}

/// Every crash point of a story: the records as they were then, restarted.
#[test]
fn a_forced_door_is_not_lost_by_a_crash_inside_its_debounce() {
    let mut desk = staffed();
    desk.facts("street-lock", open(false));
    let (records, crashed) = (desk.engine.records().clone(), desk.now);
    let mut desk = Desk::restart(records, crashed.after(Duration::from_secs(30)));
    assert_eq!(desk.raised(AlarmKind::DoorForced), 1, "raised by the time it has lasted already");
    desk.all_online();
    assert!(!desk.active(AlarmKind::DoorForced), "closed meanwhile, still open to be seen");
    assert_eq!(desk.engine.records().alarms.values().filter(|a| a.kind == AlarmKind::DoorForced).count(), 1);
}

#[test]
fn a_release_goes_on_after_a_crash_and_the_alarm_numbers_too() {
    let mut desk = staffed();
    desk.badge("street-reader", card(1));
    let (records, crashed) = (desk.engine.records().clone(), desk.now);
    let mut desk = Desk::restart(records, crashed.after(Duration::from_secs(2)));
    desk.facts("street-lock", open(false));
    desk.wait_secs(5);
    assert_eq!(desk.raised(AlarmKind::DoorForced), 0, "opened by the release of before");
    desk.facts("street-lock", closed(false));
    desk.facts("street-lock", open(false));
    desk.wait_secs(1);
    assert_eq!(desk.raised(AlarmKind::DoorForced), 1);
}

#[test]
fn an_alarm_at_a_place_that_is_gone_ends() {
    let mut desk = staffed();
    desk.facts("street-lock", open(false));
    desk.wait_secs(2);
    let records = desk.engine.records().clone();
    let mut smaller = crate::site::draft();
    smaller.doors.remove(0);
    smaller.devices.drain(0..2);
    let site = smaller.build(&records.places).unwrap();
    let engine = rackward_core::Engine::new(site, records, &[], "test", desk.now);
    let forced = engine.records().alarms.values().find(|alarm| alarm.kind == AlarmKind::DoorForced).unwrap();
    assert!(matches!(forced.condition, rackward_core::alarm::Condition::Returned(_)));
}

#[test]
fn replaying_the_journal_gives_the_records() {
    let mut desk = staffed();
    desk.badge("street-reader", card(1));
    desk.facts("street-lock", open(false));
    desk.wait_secs(40);
    desk.facts("c1-front", open(true));
    desk.wait_secs(40);
    desk.command(Command::RevokeGrant { grant: "g-1".parse().unwrap(), reason: reason("done") }).unwrap();
    let mut replayed = Records::default();
    desk.journal.iter().for_each(|stamped| replayed.apply(stamped, &mut Vec::new()));
    assert_eq!(&replayed, desk.engine.records());
}

#[test]
fn commands_that_are_wrong_change_nothing_and_say_all_that_is_wrong() {
    let mut desk = staffed();
    let mark = desk.journal.len();
    let now = desk.now.wall;
    let always = |doors| GrantRight::Doors { doors, when: When::Weekly(Weekly::always()) };
    let right = always(Box::new([desk.door(FRONT)]));
    let command = Command::CreateGrant(GrantWish {
        validity: Validity { from: now, to: now },
        ticket: None,
        ..wish("p-77".parse().unwrap(), right)
    });
    let Err(CommandError::Invalid(problems)) = desk.command(command) else { panic!() };
    assert_eq!(problems.iter().map(|p| p.field).collect::<Vec<_>>(), ["person", "ticket", "to_at"]);
    let year = Duration::from_secs(367 * 86_400);
    let validity = Validity { from: now, to: now.after(year) };
    let person = "p-1".parse().unwrap();
    let right = always(Box::new([desk.door("lon1/street")]));
    let command = Command::CreateGrant(GrantWish { validity, ..wish(person, right) });
    assert!(matches!(desk.command(command), Err(CommandError::Invalid(p)) if p[0].field == "to_at"));
    let twice =
        Command::AssignCredential { person, key: card(1), validity: Validity { from: now, to: now.after(year) } };
    assert!(matches!(desk.command(twice), Err(CommandError::Conflict(_))), "one card, one person");
    let late = Command::OpenDoor { lasting: None, door: desk.door("lon1/street"), reason: reason("x"), not_after: now };
    desk.wait_secs(1);
    assert_eq!(desk.command(late), Err(CommandError::TooLate));
    assert!(matches!(
        desk.command(Command::RevokeGrant { grant: "g-9".parse().unwrap(), reason: reason("x") }),
        Err(CommandError::NotFound { .. })
    ));
    assert_eq!(desk.since(mark), ["command.too-late"], "what came too late is told, and nothing else");
}

#[test]
fn security_takes_cards_out_of_use_and_does_not_put_them_back() {
    let mut desk = staffed();
    let mut give = |state: CredentialState| {
        let credential = *desk.engine.records().credentials.keys().next().unwrap();
        let caller = Caller::new(Actor::Session(1), OperatorRole::Security, Scope::Site);
        let command = Command::SetCredentialState { credential, state, reason: reason("x") };
        desk.input(Input::Command {
            ticket: rackward_core::CommandTicket(99),
            caller,
            command,
            preconditions: Preconditions::default(),
        });
        let Some(Output::Reply { result, .. }) = desk.outputs.pop() else { panic!() };
        result.is_ok()
    };
    assert!(give(CredentialState::Stolen));
    assert!(give(CredentialState::Lost));
    assert!(!give(CredentialState::Enabled));
}

#[test]
fn roles_are_obeyed() {
    let mut desk = staffed();
    let mark = desk.journal.len();
    let caller = Caller::new(Actor::Session(1), OperatorRole::Auditor, Scope::Site);
    let command = Command::RevokeGrant { grant: "g-1".parse().unwrap(), reason: reason("x") };
    desk.input(Input::Command {
        ticket: rackward_core::CommandTicket(99),
        caller,
        command,
        preconditions: Preconditions::default(),
    });
    assert!(matches!(desk.outputs.last(), Some(Output::Reply { result: Err(CommandError::Forbidden), .. })));
    assert_eq!(desk.since(mark), Vec::<&str>::new());
}
