//! What is shown at readers and handles, in virtual time: when refusals are seen, what stops what, what a site may choose.

use std::time::Duration;

use crate::site::{Desk, FRONT, MONDAY_NINE, card, closed, draft, open, reader, reason};
use rackward_core::engine::command::PinPurpose;
use rackward_core::engine::input::{Digits, PinOutcome};
use rackward_core::engine::output::PointState;
use rackward_core::entry::Denial;
use rackward_core::facts::{Contact, Facts, HandlePosition, Lock};
use rackward_core::feedback::native::native_legend;
use rackward_core::feedback::policy::{Disclosure, FeedbackPolicy, ForcedLook, LightOwner, ReadyLook, TooLongSound};
use rackward_core::feedback::{DenialNotice, DenialWords, Label, Reference, row_of};
use rackward_core::id::{CredentialId, PersonId};
use rackward_core::people::{CredentialState, PersonStatus, Validity};
use rackward_core::site::draft::{
    AreaDraft, DeviceDraft, DeviceFeedbackDraft, DoorDraft, LevelDraft, RoleDraft, Side, SiteDraft,
};
use rackward_core::site::schedule::{Day, Weekly};
use rackward_core::site::{AreaKind, DoorKind, Level, Passback, PathProof, ProtectionClass, TwoPerson};
use rackward_core::{Command, DeviceReport, Entry, Feedback, Input, Output};

/// Longer than any refusal takes to be shown.
const WAITED_MILLIS: u64 = 1_000;

/// The results shown at a reader from now on, with the milliseconds after which they are, as time passes.
fn results(desk: &mut Desk, reader: &str, millis: u64) -> Vec<(u64, Feedback)> {
    let mark = desk.outputs.len();
    results_since(desk, reader, mark, millis)
}

fn results_since(desk: &mut Desk, reader: &str, mut mark: usize, millis: u64) -> Vec<(u64, Feedback)> {
    let reader = desk.device(reader);
    let mut seen = Vec::new();
    for passed in 0..=millis {
        for output in &desk.outputs[mark..] {
            match output {
                Output::Feedback { feedback: Feedback::State(_), .. } => {}
                Output::Feedback { device, feedback } if *device == reader => seen.push((passed, *feedback)),
                _ => {}
            }
        }
        mark = desk.outputs.len();
        desk.wait(Duration::from_millis(1));
    }
    seen
}

/// What a badge shows, and after how many milliseconds.
fn badge(desk: &mut Desk, reader: &str, number: u8) -> Vec<(u64, Feedback)> {
    let mark = desk.outputs.len();
    desk.badge(reader, card(number));
    results_since(desk, reader, mark, WAITED_MILLIS)
}

fn ids(shown: &[(u64, Feedback)]) -> Vec<(u64, &'static str)> {
    shown.iter().map(|(at, feedback)| (*at, row_of(*feedback).map_or("end", |row| row.id))).collect()
}

fn last_denial(desk: &Desk) -> Denial {
    let denied = |entry: &Entry| if let Entry::AccessDenied { reason, .. } = entry { Some(*reason) } else { None };
    desk.journal.iter().rev().find_map(|stamped| denied(&stamped.entry)).unwrap()
}

/// A hall in a house, a door into it with readers on both sides, a door for two, a door with PIN.
fn house(change: impl FnOnce(&mut SiteDraft)) -> Desk {
    let area = |path: &str, inside: Option<&str>, class| AreaDraft {
        inside: inside.map(Into::into),
        class: Some(class),
        ..AreaDraft::new(path, AreaKind::Hall)
    };
    let device = |name: &str, role| DeviceDraft { name: name.into(), role };
    let lock = |door: &str| RoleDraft::Lock { door: door.into() };
    let mut draft = SiteDraft {
        name: "lon1".into(),
        time_zone: "Europe/London".into(),
        areas: vec![
            AreaDraft { kind: AreaKind::Building, ..area("lon1/house", None, ProtectionClass::One) },
            area("lon1/house/hall", Some("lon1/house"), ProtectionClass::Three),
            area("lon1/house/vault", Some("lon1/house"), ProtectionClass::Four),
        ],
        doors: vec![
            DoorDraft::new("lon1/hall", DoorKind::Door, "lon1/house/hall"),
            DoorDraft { two_person: TwoPerson::Required, ..DoorDraft::new("lon1/pair", DoorKind::Door, "lon1/house") },
            DoorDraft::new("lon1/pin", DoorKind::Door, "lon1/house"),
            DoorDraft::new("lon1/vault", DoorKind::Door, "lon1/house/vault"),
        ],
        devices: vec![
            device("hall-in", reader("lon1/hall", Side::In, Level::Card)),
            device("hall-out", reader("lon1/hall", Side::Out, Level::Card)),
            device("hall-lock", lock("lon1/hall")),
            device("pair-in", reader("lon1/pair", Side::In, Level::Card)),
            device("pair-lock", lock("lon1/pair")),
            device("pin-in", reader("lon1/pin", Side::In, LevelDraft::from(Level::CardAndPin))),
            device("pin-lock", lock("lon1/pin")),
            device("vault-in", reader("lon1/vault", Side::In, Level::Card)),
            device("vault-lock", lock("lon1/vault")),
        ],
        ..SiteDraft::default()
    };
    draft.areas[1].passback = Passback::Hard;
    draft.areas[2].path_proof = PathProof::Required;
    change(&mut draft);
    let mut desk = Desk::of(&draft);
    for number in 1..=2 {
        let person = desk.person(number);
        desk.grant(person, &["lon1/hall", "lon1/pair", "lon1/pin", "lon1/vault"]);
        desk.set_pin(person, PinPurpose::Usual);
        desk.set_pin(person, PinPurpose::Duress);
    }
    desk
}

fn with_policy(policy: FeedbackPolicy) -> Desk {
    house(|draft| draft.feedback.policy = policy)
}

fn p(number: u32) -> PersonId {
    PersonId::new(number)
}

/// Types digits that take `hash_millis` to compare, and gives what is shown after them.
fn type_pin(desk: &mut Desk, person: u32, outcome: PinOutcome, hash_millis: u64) -> Vec<(u64, Feedback)> {
    let device = desk.device("pin-in");
    let mark = desk.outputs.len();
    desk.report(device, DeviceReport::Pin(Digits::parse("471100").unwrap()));
    let mut seen = results_since(desk, "pin-in", mark, hash_millis.saturating_sub(1));
    let mark = desk.outputs.len();
    desk.input(Input::PinChecked { person: p(person), device, outcome });
    let later = results_since(desk, "pin-in", mark, WAITED_MILLIS);
    seen.extend(later.into_iter().map(|(at, shown)| (at + hash_millis, shown)));
    seen
}

/// Every cause for which a refusal says no, each made to happen, and the milliseconds after which it is seen.
fn refusal_times(disclosure: Disclosure) -> Vec<(Denial, u64)> {
    let mut seen = Vec::new();
    let begin = || with_policy(FeedbackPolicy { disclosure, ..FeedbackPolicy::default() });
    let mut note = |desk: &Desk, shown: Vec<(u64, Feedback)>| {
        let [(at, feedback)] = shown[..] else { panic!("{shown:?}") };
        assert!(matches!(row_of(feedback).unwrap().id, "T6" | "T11"), "{feedback:?}");
        seen.push((last_denial(desk), at));
    };
    let mut desk = begin();
    let shown = badge(&mut desk, "hall-in", 99);
    note(&desk, shown);
    for state in [
        CredentialState::Disabled,
        CredentialState::Lost,
        CredentialState::Stolen,
        CredentialState::Damaged,
        CredentialState::Returned,
        CredentialState::Destroyed,
    ] {
        let mut desk = begin();
        let credential = CredentialId::new(1);
        desk.command(Command::SetCredentialState { credential, state, reason: reason("test") }).unwrap();
        let shown = badge(&mut desk, "hall-in", 1);
        note(&desk, shown);
    }
    let mut desk = begin();
    desk.command(Command::SetPersonStatus { person: p(1), status: PersonStatus::Suspended, reason: reason("test") })
        .unwrap();
    let shown = badge(&mut desk, "hall-in", 1);
    note(&desk, shown);
    let mut desk = begin();
    desk.person(3);
    let shown = badge(&mut desk, "hall-in", 3);
    note(&desk, shown);
    let mut desk = begin();
    let shown = badge(&mut desk, "vault-in", 1);
    note(&desk, shown);
    let mut desk = begin();
    badge(&mut desk, "hall-in", 1);
    desk.facts("hall-lock", open(false));
    desk.facts("hall-lock", closed(false));
    let shown = badge(&mut desk, "hall-in", 1);
    note(&desk, shown);
    let mut desk = begin();
    badge(&mut desk, "pair-in", 1);
    let shown = badge(&mut desk, "pair-in", 1);
    note(&desk, shown);
    for hash_millis in [1, 60, 120, 240] {
        let mut desk = begin();
        badge(&mut desk, "pin-in", 1);
        let shown = type_pin(&mut desk, 1, PinOutcome::Wrong, hash_millis);
        note(&desk, shown);
    }
    let mut desk = begin();
    for _ in 0..5 {
        badge(&mut desk, "pin-in", 1);
        type_pin(&mut desk, 1, PinOutcome::Wrong, 60);
    }
    let shown = badge(&mut desk, "pin-in", 1);
    note(&desk, shown);
    seen
}

#[test]
fn every_no_is_seen_after_the_same_time() {
    for disclosure in Disclosure::ALL {
        let times = refusal_times(disclosure);
        let causes: Vec<&str> = times.iter().map(|(denial, _)| denial.code()).collect();
        let wanted = ["N01", "N02", "N03", "N04", "N05", "N06", "N07", "N09", "N11", "N12", "N21", "N22", "N23", "N25"];
        assert!(wanted.iter().all(|code| causes.contains(code)), "{causes:?}");
        let (least, most) = (times.iter().map(|(_, at)| at).min(), times.iter().map(|(_, at)| at).max());
        assert!(times.iter().all(|(_, at)| (230..=270).contains(at)), "{times:?}");
        assert!(most.unwrap() - least.unwrap() < 20, "{times:?}");
    }
}

/// Where every refusal looks alike, the time must not tell them apart either.
#[test]
fn where_nothing_is_disclosed_time_and_place_take_as_long_as_no() {
    let check = |disclosure, expect: (u64, &str)| {
        let mut desk = with_policy(FeedbackPolicy { disclosure, ..FeedbackPolicy::default() });
        let person = desk.person(3);
        let validity = Validity { from: MONDAY_NINE, to: MONDAY_NINE.after(Duration::from_secs(86_400)) };
        desk.grant_when(person, &["lon1/hall"], Weekly::on_days(&[Day::Tue], 8 * 60, 10 * 60).unwrap(), validity);
        let shown = badge(&mut desk, "hall-in", 3);
        assert_eq!(ids(&shown), [expect], "{disclosure:?}");
    };
    check(Disclosure::Minimal, (250, "T6"));
    check(Disclosure::Class, (0, "T7"));
}

#[test]
fn a_slow_comparison_delays_every_answer_alike() {
    let check = |outcome, expect: (u64, &str)| {
        let mut desk = house(|_| {});
        badge(&mut desk, "pin-in", 1);
        assert_eq!(ids(&type_pin(&mut desk, 1, outcome, 600)), [expect], "{outcome:?}");
    };
    check(PinOutcome::Right, (600, "T2"));
    check(PinOutcome::Duress, (600, "T2"));
    check(PinOutcome::Wrong, (601, "T6"));
}

#[test]
fn the_duress_pin_shows_what_the_right_one_shows() {
    let told = |outcome| {
        let mut desk = house(|_| {});
        badge(&mut desk, "pin-in", 1);
        let shown = type_pin(&mut desk, 1, outcome, 80);
        desk.facts("pin-lock", open(false));
        desk.facts("pin-lock", closed(false));
        desk.wait_secs(60);
        let told = |output: &Output| match output {
            Output::Feedback { .. } | Output::Release { .. } | Output::Relock { .. } => Some(format!("{output:?}")),
            _ => None,
        };
        (shown, desk.outputs.iter().filter_map(told).collect::<Vec<_>>())
    };
    assert_eq!(told(PinOutcome::Right), told(PinOutcome::Duress));
}

#[test]
fn a_refusal_is_journalled_at_once_and_a_new_card_takes_its_place() {
    let mut desk = house(|_| {});
    let mark = desk.outputs.len();
    desk.badge("hall-in", card(99));
    assert_eq!(last_denial(&desk), Denial::CredentialUnknown, "recorded before anything is shown");
    desk.wait(Duration::from_millis(100));
    desk.badge("hall-in", card(98));
    desk.wait(Duration::from_millis(100));
    desk.badge("hall-in", card(1));
    let shown = results_since(&mut desk, "hall-in", mark, WAITED_MILLIS);
    assert_eq!(ids(&shown), [(0, "T2")], "whoever was refused has stepped aside");
    let mark = desk.outputs.len();
    desk.badge("vault-in", card(99));
    desk.cut("vault-in");
    assert_eq!(results_since(&mut desk, "vault-in", mark, WAITED_MILLIS), [], "nobody is left to be told");
}

#[test]
fn too_many_wrong_tries_say_wait_and_how_long() {
    let mut desk = house(|_| {});
    for tried in 1..=5 {
        badge(&mut desk, "pin-in", 1);
        let shown = type_pin(&mut desk, 1, PinOutcome::Wrong, 60);
        assert_eq!(ids(&shown), [(250, if tried == 5 { "T11" } else { "T6" })], "try {tried}");
    }
    desk.wait_secs(20);
    let shown = badge(&mut desk, "pin-in", 1);
    let [(250, Feedback::LockedOut { left })] = shown[..] else { panic!("{shown:?}") };
    assert!((35..=40).contains(&left.as_secs()), "{left:?}");
}

#[test]
fn a_bad_read_asks_for_the_card_again_and_refuses_nobody() {
    let mut desk = house(|_| {});
    let reader = desk.device("hall-in");
    let mut check = |report, expect: &str, denials: usize| {
        let mark = (desk.outputs.len(), desk.journal.len());
        desk.report(reader, report);
        let shown = results_since(&mut desk, "hall-in", mark.0, WAITED_MILLIS);
        assert_eq!(ids(&shown).first().map(|(_, id)| *id), Some(expect));
        let denied = desk.journal[mark.1..].iter().filter(|s| matches!(s.entry, Entry::AccessDenied { .. }));
        assert_eq!(denied.count(), denials);
    };
    check(DeviceReport::BadRead, "T9", 0);
    check(DeviceReport::DoubtfulCard(card(99)), "T9", 0);
    check(DeviceReport::DoubtfulCard(card(1)), "T2", 0);
    check(DeviceReport::Card(card(99)), "T6", 1);
}

/// T3 comes three seconds before the lock closes, and ends with the opening (`feedback.md`, rule 2).
#[test]
fn the_warning_comes_before_the_lock_closes_and_stops_on_opening() {
    let mut desk = house(|_| {});
    let shown = badge(&mut desk, "hall-in", 1);
    assert_eq!(ids(&shown), [(0, "T2")]);
    let shown = results(&mut desk, "hall-in", 3_000);
    assert_eq!(ids(&shown).iter().map(|(at, id)| (at + WAITED_MILLIS + 1, *id)).collect::<Vec<_>>(), [(2_000, "T3")]);
    let mark = desk.outputs.len();
    desk.facts("hall-lock", open(false));
    assert_eq!(ids(&results_since(&mut desk, "hall-in", mark, 3_000)), [(0, "end")]);
    desk.facts("hall-lock", closed(false));
    badge(&mut desk, "hall-out", 1);
    let mark = desk.outputs.len();
    desk.facts("hall-lock", open(false));
    assert_eq!(ids(&results_since(&mut desk, "hall-out", mark, 5_000)), [(0, "end")], "and no warning follows");
}

#[test]
fn a_lifted_handle_ends_the_warning_too() {
    let mut desk = Desk::open();
    let person = desk.person(1);
    desk.grant(person, &[FRONT]);
    let shown = badge(&mut desk, "c1-front", 1);
    let [(0, Feedback::Granted { place, .. })] = shown[..] else { panic!("{shown:?}") };
    assert_eq!(place, Label::parse("R1-1"));
    assert_eq!(ids(&results(&mut desk, "c1-front", 7_000)), [(5_999, "T3")]);
    let mark = desk.outputs.len();
    desk.facts("c1-front", Facts { contact: Contact::Closed, ..open(true) });
    assert_eq!(ids(&results_since(&mut desk, "c1-front", mark, 100)), [(0, "end")]);
}

#[test]
fn a_half_closed_handle_is_told_again_until_it_is_home() {
    let mut desk = Desk::open();
    let person = desk.person(1);
    desk.grant(person, &[FRONT]);
    badge(&mut desk, "c1-front", 1);
    desk.facts("c1-front", open(true));
    let mark = desk.outputs.len();
    desk.facts("c1-front", Facts { handle: Some(HandlePosition::Open), ..closed(true) });
    let shown = results_since(&mut desk, "c1-front", mark, 35_000);
    assert_eq!(ids(&shown), [(10_000, "T14"), (20_000, "T14"), (30_000, "T14")]);
    let mark = desk.outputs.len();
    desk.facts("c1-front", closed(true));
    assert_eq!(ids(&results_since(&mut desk, "c1-front", mark, 30_000)), [(0, "end"), (0, "T13")]);
}

#[test]
fn lights_that_are_not_ours_are_left_alone() {
    let check = |lights, expect: usize| {
        let mut draft = draft();
        draft
            .feedback
            .devices
            .insert("c1-front".into(), DeviceFeedbackDraft { lights: Some(lights), disclosure: None });
        let mut desk = Desk::of(&draft);
        let person = desk.person(1);
        desk.grant(person, &[FRONT]);
        let handle = desk.device("c1-front");
        badge(&mut desk, "c1-front", 1);
        badge(&mut desk, "c1-front", 99);
        let told = desk.outputs.iter().filter(|o| matches!(o, Output::Feedback { device, .. } if *device == handle));
        assert_eq!((told.count() > 0, desk.releases("c1-front")), (expect > 0, 1), "{lights:?}");
    };
    check(LightOwner::Controller, 1);
    check(LightOwner::Native(native_legend("panduit-ace02")), 0);
    check(LightOwner::Dark, 0);
}

/// The states that a street reader is told, in order, while its door is forced and shut again, and then held open too long.
fn states_of(policy: FeedbackPolicy) -> Vec<PointState> {
    let mut draft = draft();
    draft.feedback.policy = policy;
    let mut desk = Desk::of(&draft);
    let person = desk.person(1);
    desk.grant(person, &["lon1/street"]);
    desk.facts("street-lock", open(false));
    desk.wait_secs(2);
    desk.facts("street-lock", closed(false));
    desk.badge("street-reader", card(1));
    desk.facts("street-lock", open(false));
    desk.wait_secs(31);
    desk.facts("street-lock", closed(false));
    let reader = desk.device("street-reader");
    let lock = desk.device("street-lock");
    desk.report(lock, DeviceReport::Tamper(true));
    desk.report(lock, DeviceReport::Tamper(false));
    let state = |output: &Output| match output {
        Output::Feedback { device, feedback: Feedback::State(state) } if *device == reader => Some(*state),
        _ => None,
    };
    let mut states: Vec<PointState> = desk.outputs.iter().filter_map(state).collect();
    states.dedup();
    states
}

#[test]
fn a_site_chooses_how_ready_forced_and_too_long_look() {
    use PointState::{Forced, OpenTooLong, OpenTooLongSilent, PreAlarm, Ready, ReadyBlue, ReadyRed};
    let usual = FeedbackPolicy::default();
    assert_eq!(states_of(usual), [Ready, PreAlarm, OpenTooLong, Ready], "force is not shown");
    assert_eq!(
        states_of(FeedbackPolicy { forced: ForcedLook::Red, ..usual }),
        [Ready, Forced, Ready, PreAlarm, OpenTooLong, Ready, Forced, Ready]
    );
    assert_eq!(
        states_of(FeedbackPolicy { ready: ReadyLook::SteadyRed, too_long: TooLongSound::Silent, ..usual }),
        [ReadyRed, PreAlarm, OpenTooLongSilent, ReadyRed]
    );
    let blue = FeedbackPolicy { ready: ReadyLook::SteadyBlue, ..usual };
    assert_eq!(states_of(blue)[0], ReadyBlue);
}

#[test]
fn everything_is_said_inside_and_less_outside() {
    let full = FeedbackPolicy { disclosure: Disclosure::Full, ..FeedbackPolicy::default() };
    let mut desk = with_policy(full);
    let person = desk.person(3);
    let validity = Validity { from: MONDAY_NINE, to: MONDAY_NINE.after(Duration::from_secs(86_400)) };
    desk.grant_when(person, &["lon1/hall"], Weekly::on_days(&[Day::Tue], 8 * 60, 10 * 60).unwrap(), validity);
    let mut words = |reader: &str| {
        let shown = badge(&mut desk, reader, 3);
        let [(0, Feedback::Denied(notice))] = shown[..] else { panic!("{shown:?}") };
        (notice, desk.journal.last().unwrap().seq)
    };
    let (outside, seq) = words("hall-in");
    let DenialNotice::NotNow(DenialWords::Code(Denial::NotPermittedAtThisTime, said)) = outside else { panic!() };
    assert!(Reference::parse(&said.to_string()).unwrap().entries(seq).any(|entry| entry == seq));
    let (inside, _) = words("hall-out");
    let DenialNotice::NotNow(DenialWords::From(from, ..)) = inside else { panic!("{inside:?}") };
    assert_eq!(from.to_string(), "FROM TUE 08:00", "in the site's own time");
}

#[test]
fn a_reader_in_the_open_may_not_say_everything() {
    let check = |device: &str, disclosure, expect: Option<&str>| {
        let mut draft = draft();
        draft.areas[0].class = Some(ProtectionClass::Two);
        let own = DeviceFeedbackDraft { disclosure: Some(disclosure), lights: None };
        draft
            .devices
            .push(DeviceDraft { name: "street-out".into(), role: reader("lon1/street", Side::Out, Level::Card) });
        draft.feedback.devices.insert(device.into(), own);
        let problems = draft.build(&Default::default()).err().unwrap_or_default();
        let told = problems.first().map(|problem| (problem.field, problem.message.as_str()));
        match expect {
            None => assert_eq!(told, None, "{device}"),
            Some(expect) => {
                let (field, message) = told.unwrap();
                assert!(field == "disclosure" && message.contains(expect), "{device}: {message}");
            }
        }
    };
    check("street-reader", Disclosure::Full, Some("stands outside the site"));
    check("street-reader", Disclosure::Code, None);
    check("street-out", Disclosure::Full, None);
    check("street-lock", Disclosure::Class, Some("shows nothing"));
}

#[test]
fn only_handles_have_lights_of_their_own() {
    let mut draft = draft();
    let own = DeviceFeedbackDraft { disclosure: None, lights: Some(LightOwner::Dark) };
    draft.feedback.devices.insert("street-reader".into(), own);
    let problems = draft.build(&Default::default()).unwrap_err();
    assert_eq!((problems[0].table, problems[0].field), ("device", "led"));
}

#[test]
fn what_was_granted_and_did_not_happen_is_a_fault_of_ours() {
    let mut desk = house(|_| {});
    badge(&mut desk, "hall-in", 1);
    let mark = desk.outputs.len();
    let sent = desk.outputs.iter().rev().find_map(|output| match output {
        Output::Release { device, command, .. } => Some((*device, *command)),
        _ => None,
    });
    let (lock, command) = sent.unwrap();
    let refused = rackward_core::engine::input::FailureCause::Refused;
    desk.report(lock, DeviceReport::Failed(command, refused));
    assert_eq!(ids(&results_since(&mut desk, "hall-in", mark, 10)), [(0, "T10")]);
    desk.facts("hall-lock", Facts { lock: Lock::Locked, ..closed(false) });
}
