//! Stories of a handle whose supply, motor, climate or clock is not as it should be, in virtual time.

use rackward_firmware_sim::firmware::HandleModel;
use rackward_protocol::mqtt::{
    Birth, Boot, BootCause, Capabilities, Legend, LinkEvent, Outcome, Reading, SelfTest, State, UnlockCause,
};

use crate::rack_at_broker::Story;

const RACK: &str = "r2/c1/front";
const DEVICE: &str = "r2-c1-front";

fn state(story: &Story) -> State {
    let state = |event: &LinkEvent| match event {
        LinkEvent::State(state) => Some(state.clone()),
        _ => None,
    };
    story.events.iter().rev().find_map(state).unwrap()
}

fn births(story: &Story) -> Vec<(Boot, Birth)> {
    let birth = |event: &LinkEvent| match event {
        LinkEvent::Born(boot, birth) => Some((*boot, birth.clone())),
        _ => None,
    };
    story.events.iter().filter_map(birth).collect()
}

#[test]
fn a_power_cut_in_mid_travel_finishes_when_power_returns_and_the_state_is_read_anew() {
    let mut story = Story::begin();
    story.run(100);
    story.release(1, 2_000);
    story.run(300);
    story.hand("power", &[DEVICE, "off"]);
    story.run(60_000);
    assert_eq!(story.events.last(), Some(&LinkEvent::Gone), "without supply it says nothing");
    story.hand("power", &[DEVICE, "on"]);
    story.run(3_000);
    let (boot, birth) = births(&story).pop().unwrap();
    assert_ne!(boot, Boot(99), "another boot");
    assert_eq!((birth.cause, birth.self_test), (BootCause::PowerOn, SelfTest::PASSED));
    assert_eq!(story.last_state(), (Reading::Yes, Reading::Yes, Reading::Yes), "driven back to locked");
    assert_eq!(story.acks(), [], "nobody claims that the release was done");
    assert_eq!(story.troubles, []);
}

#[test]
fn a_slide_that_lost_power_half_way_out_is_locked_by_the_start() {
    let mut story = Story::begin();
    story.run(100);
    story.release(1, 2_000);
    story.run(900);
    assert_eq!(story.last_state().1, Reading::No);
    story.hand("power", &[DEVICE, "off"]);
    story.run(1_000);
    story.hand("lift", &[RACK]);
    story.hand("seat", &[RACK]);
    story.hand("power", &[DEVICE, "on"]);
    story.run(3_000);
    assert_eq!(story.last_state().1, Reading::Yes);
}

#[test]
fn a_jammed_slide_is_told_within_two_seconds_and_a_slow_one_shows_in_travel_and_current() {
    let mut story = Story::begin();
    story.run(100);
    assert_eq!(state(&story).stalled, Reading::Unknown, "it has not moved yet");
    story.release(1, 2_000);
    story.run(8_000);
    let healthy = state(&story);
    assert_eq!((healthy.stalled, healthy.motor_ma), (Reading::No, Some(120)));
    let travel = healthy.travel_ms.unwrap();
    assert!((700..=740).contains(&travel), "{travel}");

    story.hand("slow", &[RACK, "1500"]);
    story.release(2, 2_000);
    story.run(9_000);
    let slow = state(&story);
    assert!(slow.travel_ms.unwrap() >= 1_500 && slow.motor_ma.unwrap() > 150, "{slow:?}");

    story.hand("stall", &[RACK, "on"]);
    story.release(3, 2_000);
    story.run(2_100);
    assert_eq!((state(&story).stalled, state(&story).motor_ma), (Reading::Yes, Some(850)));
    assert_eq!(story.acks().last(), Some(&(3, Outcome::Failed)));
    story.hand("stall", &[RACK, "off"]);
    story.run(6_000);
    story.release(4, 2_000);
    story.run(3_000);
    assert_eq!(state(&story).stalled, Reading::No);
}

#[test]
fn what_unlocked_it_is_told() {
    let mut story = Story::begin();
    story.run(100);
    assert_eq!(state(&story).unlocked_by, None);
    story.release(1, 2_000);
    story.run(1_000);
    assert_eq!(state(&story).unlocked_by, Some(UnlockCause::Command));
    story.run(6_000);
    story.hand("key", &[RACK]);
    story.run(100);
    assert_eq!(state(&story).unlocked_by, Some(UnlockCause::Key));
    assert_eq!(state(&story).slide_locked, Some(Reading::No), "the key moves the mechanical slide");
}

#[test]
fn climate_and_supply_are_told_when_they_change() {
    let mut story = Story::begin();
    story.run(100);
    let measured = |story: &Story| {
        let State { supply_mv, temperature_c10, humidity_percent, .. } = state(story);
        (supply_mv, temperature_c10, humidity_percent)
    };
    assert_eq!(measured(&story), (Some(24_000), Some(240), Some(45)));
    story.hand("temperature", &[DEVICE, "-7.5"]);
    story.hand("supply", &[DEVICE, "9.8"]);
    story.hand("humidity", &[DEVICE, "97"]);
    story.run(100);
    assert_eq!(measured(&story), (Some(9_800), Some(-75), Some(97)));
    story.hand("supply", &[DEVICE, "unmeasured"]);
    story.run(100);
    assert_eq!(measured(&story).0, None);
}

#[test]
fn a_restart_says_why_and_a_bad_supply_or_clock_fails_its_test() {
    let causes = [
        ("commanded", BootCause::Commanded),
        ("watchdog", BootCause::Watchdog),
        ("brownout", BootCause::Brownout),
        ("update", BootCause::Update),
    ];
    for (word, cause) in causes {
        let mut story = Story::begin();
        story.run(100);
        story.hand("reboot", &[DEVICE, word]);
        story.run(2_000);
        let born = births(&story);
        assert_eq!((born.len(), born[1].1.cause), (2, cause));
        assert_eq!(born[1].1.self_test, SelfTest::PASSED);
        assert!(story.events.contains(&LinkEvent::Gone) && story.troubles.is_empty(), "{word}");
    }
    let mut story = Story::begin();
    story.run(100);
    story.hand("supply", &[DEVICE, "8"]);
    story.hand("clock-offset", &[DEVICE, "-315360000"]);
    story.hand("reboot", &[DEVICE, "brownout"]);
    story.run(2_000);
    assert_eq!(births(&story).pop().unwrap().1.self_test, SelfTest(SelfTest::SUPPLY | SelfTest::CLOCK));
}

#[test]
fn every_model_says_what_it_can_and_tells_nothing_that_it_cannot_know() {
    let rows = [
        (HandleModel::Full, Legend::Full, 4_000, true, true),
        (HandleModel::RedGreen, Legend::RedGreen, 500, true, false),
        (HandleModel::OneColour, Legend::OneColour, 100, false, false),
        (HandleModel::Blind, Legend::None, 0, true, true),
    ];
    for (model, legend, cards, latch, motor) in rows {
        let mut story = Story::with(|device| device.model = Some(model));
        story.run(100);
        story.release(1, 2_000);
        story.run(8_000);
        let birth = births(&story).pop().unwrap().1;
        assert_eq!((birth.legend, birth.capabilities.rights_cards), (legend, cards));
        assert_eq!(birth.model, model.name());
        let seen = state(&story);
        assert_eq!((seen.latched.is_some(), seen.motor_ma.is_some()), (latch, motor), "{model:?}");
        assert_eq!(birth.capabilities.has(Capabilities::HUMIDITY), seen.humidity_percent.is_some());
        let reports = story.events.iter().any(|event| matches!(event, LinkEvent::Rights(_)));
        assert_eq!(reports, cards > 0, "{model:?}");
    }
}
