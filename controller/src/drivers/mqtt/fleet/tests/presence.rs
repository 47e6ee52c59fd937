//! Who is there: births, heartbeats, wills, a broker that is away, and what a device says of itself.

use rackward_core::Feedback;
use rackward_core::facts::Latch;
use rackward_core::inventory::{self, SlideReport, Stall};
use rackward_protocol::mqtt::{RightsOutcome, RightsReport, UnlockCause};

use super::*;

const SILENCE_MILLIS: u64 = HEARTBEAT_SECS * 2_500;

fn nothing_held() -> DeviceReport {
    translation::rights_at_birth(None)
}

#[test]
fn a_device_is_born_and_reports_what_it_reads() {
    let mut world = world();
    world.says(birth());
    let [online, described] = there();
    assert_eq!(world.hears(), [online, described, nothing_held()]);
    world.says(secured());
    assert_eq!(world.hears(), secured_reports());
}

#[test]
fn a_heartbeat_tells_the_sensors_again_and_nothing_that_has_not_changed() {
    let mut world = world();
    world.born();
    world.says(secured());
    assert_eq!(world.hears(), secured_reports()[..3]);
    let moved = State {
        stalled: Reading::No,
        travel_ms: Some(420),
        unlocked_by: Some(UnlockCause::Command),
        humidity_percent: Some(40),
        ..secured_state()
    };
    world.says(UpBody::State(moved));
    let slide = SlideReport {
        travel: Some(Duration::from_millis(420)),
        stalled: Stall::No,
        unlocked_by: Some(inventory::UnlockCause::Command),
    };
    let measured = Measurements { supply_mv: Some(24_000), humidity_percent: Some(40), ..Measurements::default() };
    assert_eq!(world.hears()[3..], [DeviceReport::Slide(slide), DeviceReport::Measured(measured)]);
}

#[test]
fn a_broken_sensor_never_passes_for_a_quiet_one() {
    let mut world = world();
    world.born();
    let state = State { closed: Reading::Fault, tampered: Reading::Fault, ..State::default() };
    let state = State { latched: Some(Reading::Fault), supply_mv: Some(9_999), ..state };
    world.says(UpBody::State(state));
    let facts = Facts {
        contact: Contact::Fault,
        lock: Lock::Unknown,
        handle: Some(HandlePosition::Unknown),
        key: Some(Key::Unknown),
        latch: Some(Latch::Fault),
    };
    let expect = [DeviceReport::Facts(facts), DeviceReport::Tamper(true), DeviceReport::PowerFault(true)];
    assert_eq!(world.hears()[..3], expect);
}

#[test]
fn a_start_is_told_when_the_device_was_known_before_it() {
    let mut world = world();
    world.born();
    // The same boot connects anew.
    world.says(birth());
    assert!(world.hears().contains(&DeviceReport::Described(description())));
    world.device = DeviceSession::new(Boot(8));
    world.says(UpBody::Birth(Birth { cause: BootCause::Watchdog, self_test: SelfTest(3), ..described() }));
    let started = Description { boot: Some(inventory::BootCause::Watchdog), self_test: 3, ..description() };
    assert!(world.hears().contains(&DeviceReport::Described(started)));
}

#[test]
fn kept_messages_show_who_was_there_and_ask_for_more() {
    let mut world = world();
    let (birth, state) = (world.stamp(birth()), world.stamp(secured()));
    world.repeats(&state, true);
    assert_eq!(world.hears(), []);
    world.repeats(&birth, true);
    // Which rights it held when that was kept says nothing about now.
    let expect: Vec<_> = there().into_iter().chain(secured_reports()).collect();
    assert_eq!(world.hears(), expect);
    assert!(matches!(&world.told()[..], [question] if is_question(question)));
}

#[test]
fn whoever_was_kept_and_does_not_answer_is_gone() {
    let mut world = world();
    let birth = world.stamp(birth());
    world.repeats(&birth, true);
    world.hears();
    world.passes(SILENCE_MILLIS);
    assert_eq!(world.hears(), [DeviceReport::Offline(OfflineCause::Silent)]);
}

#[test]
fn a_device_that_misses_its_heartbeats_is_gone_and_one_word_brings_it_back() {
    let mut world = world();
    world.born();
    world.release(1);
    world.passes(SILENCE_MILLIS - 1);
    world.reports();
    world.says(secured());
    world.hears();
    world.passes(SILENCE_MILLIS - 1);
    assert_eq!(world.hears(), []);
    world.passes(1);
    assert_eq!(world.hears(), [DeviceReport::Offline(OfflineCause::Silent)]);
    world.passes(SILENCE_MILLIS);
    assert_eq!(world.hears(), [], "it is told once");
    world.told();
    world.says(card());
    let reports = world.hears();
    assert_eq!(reports[..2], there());
    assert!(matches!(reports[2], DeviceReport::Card(_) | DeviceReport::DoubtfulCard(_)), "{reports:?}");
    assert!(world.told().iter().any(is_question), "what it did meanwhile is asked");
}

#[test]
fn an_idle_fleet_has_one_deadline_for_each_device_and_looks_at_none_before() {
    let mut world = world();
    assert_eq!(world.fleet.next_deadline(), None);
    world.born();
    let born = world.now.monotonic;
    for _ in 0..100 {
        world.passes(1_000);
        world.says(secured());
        world.reports();
    }
    assert!(world.fleet.next_deadline().is_some_and(|due| due > world.now.monotonic));
    assert_eq!(world.fleet.deadlines.first(), world.fleet.next_deadline());
    assert!(world.now.monotonic > born);
}

#[test]
fn births_are_answered_by_one_question_a_second() {
    let mut world = world();
    for _ in 0..20 {
        world.says(birth());
    }
    assert_eq!(world.told().len(), 1);
    world.passes(999);
    assert_eq!(world.told().len(), 0);
    world.passes(1);
    assert_eq!(world.told().len(), 1);
    world.passes(5_000);
    assert_eq!(world.told().len(), 0);
}

#[test]
fn after_the_broker_was_away_a_device_that_stayed_is_there_again_by_its_answer() {
    let mut world = world();
    world.born();
    world.release(1);
    world.told();
    world.fleet.lost();
    world.fleet.lost();
    let down = DeviceReport::Offline(OfflineCause::LinkDown);
    let failed = DeviceReport::Failed(CommandId::new(1), FailureCause::Offline);
    assert_eq!(world.reports(), [(HANDLE, failed), (HANDLE, down.clone()), (OTHER, down)]);
    world.fleet.connected(world.now.monotonic);
    assert!(matches!(&world.told()[..], [question] if is_question(question)));
    world.says(secured());
    let expect: Vec<_> = there().into_iter().chain(secured_reports()).collect();
    assert_eq!(world.hears(), expect);
    world.says(UpBody::Rights(RightsReport { held: None, outcome: RightsOutcome::Holding }));
    assert_eq!(world.hears(), [nothing_held()]);
}

#[test]
fn a_device_that_left_while_the_broker_was_away_is_not_taken_for_present() {
    let mut world = world();
    let will = world.device.will(world.device_time()).unwrap();
    world.born();
    world.fleet.lost();
    world.reports();
    world.fleet.connected(world.now.monotonic);
    world.repeats(&will, true);
    assert_eq!(world.hears(), [DeviceReport::Offline(OfflineCause::ConnectionLost)]);
}

#[test]
fn a_device_that_says_farewell_is_gone_at_once() {
    let mut world = world();
    world.born();
    let farewell = world.device.farewell(world.device_time()).unwrap();
    world.repeats(&farewell, false);
    assert_eq!(world.hears(), [DeviceReport::Offline(OfflineCause::ConnectionLost)]);
}

#[test]
fn the_colours_are_those_that_the_device_has() {
    let show = |legend| {
        let mut world = world();
        world.says(UpBody::Birth(Birth { legend, ..described() }));
        world.told();
        world.orders(Task::Show(Feedback::Locate));
        let told = world.told();
        let [Received::Show(shown)] = &told[..] else { panic!("{told:?}") };
        shown.led
    };
    let rhythm = |legend| match show(legend) {
        Some(mqtt::Led::Temporary { rhythm, ticks }) => (rhythm.on_colour, rhythm.off_colour, ticks > 0),
        other => panic!("{legend:?}: {other:?}"),
    };
    assert_eq!(show(Legend::None), None);
    assert_eq!(rhythm(Legend::Full), (mqtt::Colour::Green, mqtt::Colour::Off, true));
    assert_eq!(rhythm(Legend::RedGreen), (mqtt::Colour::Green, mqtt::Colour::Off, true));
    let (on, off, ends) = rhythm(Legend::OneColour);
    assert!(on != mqtt::Colour::Off && off == mqtt::Colour::Off && ends, "{on:?} {off:?}");
}

#[test]
fn a_clock_is_told_when_it_is_known_and_when_it_moves() {
    let clocks = |world: &mut World| -> Vec<_> {
        world.reports().into_iter().map(|(_, report)| report).filter(is_clock).collect()
    };
    let mut world = world();
    world.ahead_ms = 90_000;
    world.says(birth());
    world.says(secured());
    assert_eq!(clocks(&mut world), []);
    let told = world.told();
    let [Received::Execute(question)] = &told[..] else { panic!("{told:?}") };
    let ack = world.device.completed(world.device_time(), question.id, mqtt::Outcome::Done);
    world.says(UpBody::Ack(ack));
    assert_eq!(clocks(&mut world), [DeviceReport::Clock { offset_ms: 90_000 }]);
    world.says(secured());
    assert_eq!(clocks(&mut world), []);
    world.ahead_ms = -4_000;
    for _ in 0..3 {
        world.passes(1_000);
        world.says(secured());
    }
    assert_eq!(clocks(&mut world), [DeviceReport::Clock { offset_ms: -4_000 }]);
}
