//! Raw input bytes against what they mean, for the built-in wirings and for others.

use rackward_core::facts::{Contact, HandlePosition, Key, Lock};

use super::*;
use crate::config::built_in_wiring;

fn lock_of(inputs: &[(&str, Meaning)]) -> Wiring {
    let sensor = |(polarity, meaning): &(&str, Meaning)| {
        let polarity = if *polarity == "not" { Polarity::WhenNormal } else { Polarity::WhenActive };
        Some(Sensor { meaning: *meaning, polarity })
    };
    Wiring { inputs: inputs.iter().map(sensor).collect(), ..Wiring::none(Part::Lock) }
}

#[test]
fn inputs_of_a_lock_become_facts() {
    let check = |inputs: &[u8], contact, lock| {
        let expect = Facts { contact, lock, handle: None, key: None, latch: None };
        assert_eq!(built_in_wiring(Part::Lock).facts(inputs), Some(expect), "{inputs:?}");
    };
    check(&[1, 1, 0], Contact::Closed, Lock::Locked);
    check(&[0, 0, 1], Contact::Open, Lock::Unlocked);
    check(&[2, 0x80, 0], Contact::Fault, Lock::Fault);
    check(&[1], Contact::Closed, Lock::Unknown);
    check(&[], Contact::Unknown, Lock::Unknown);
    check(&[1, 1, 0, 7, 7, 7], Contact::Closed, Lock::Locked);
}

#[test]
fn inputs_of_a_handle_become_facts() {
    let check = |inputs: &[u8], handle, key| {
        let facts = built_in_wiring(Part::Handle).facts(inputs).unwrap();
        assert_eq!((facts.handle, facts.key), (Some(handle), Some(key)), "{inputs:?}");
    };
    check(&[1, 1, 1, 0], HandlePosition::Closed, Key::Home);
    check(&[1, 0, 0, 1], HandlePosition::Open, Key::Turned);
    check(&[1, 1, 3, 3], HandlePosition::Fault, Key::Unknown);
    check(&[1, 1], HandlePosition::Unknown, Key::Unknown);
}

#[test]
fn other_devices_have_no_facts() {
    assert_eq!(built_in_wiring(Part::Reader).facts(&[1, 1, 1, 1]), None);
    assert_eq!(built_in_wiring(Part::Inputs).facts(&[1, 1]), None);
}

#[test]
fn a_faulty_zone_counts_as_crossed() {
    let check = |inputs: &[u8], expect: &[bool]| {
        assert_eq!(built_in_wiring(Part::Inputs).zones(inputs, 3), expect, "{inputs:?}");
    };
    check(&[0, 1, 0], &[false, true, false]);
    check(&[0, 9, 0xFF], &[false, true, true]);
    check(&[0, 0, 0, 1], &[false, false, false]);
    check(&[1], &[true]);
}

#[test]
fn zones_can_stand_at_any_input() {
    let zone = |number| Some(Sensor { meaning: Meaning::Zone(number), polarity: Polarity::WhenNormal });
    let wiring = Wiring { inputs: vec![zone(1), None, zone(0)], ..Wiring::none(Part::Inputs) };
    let check = |inputs: &[u8], expect: &[bool]| assert_eq!(wiring.zones(inputs, 2), expect, "{inputs:?}");
    check(&[1, 0, 1], &[false, false]);
    check(&[1, 0, 0], &[true, false]);
    check(&[0, 1, 1], &[false, true]);
    check(&[3, 1, 1], &[false, true]);
    // Without its first use, nothing can be said of the others by their order.
    check(&[0, 1], &[]);
}

#[test]
fn polarity_turns_a_sensor_around_but_never_a_fault() {
    let wiring = lock_of(&[("not", Meaning::DoorClosed), ("", Meaning::BoltLocked), ("not", Meaning::ExitButton)]);
    let check = |inputs: &[u8], contact, lock, button| {
        let facts = wiring.facts(inputs).unwrap();
        assert_eq!(
            (facts.contact, facts.lock, wiring.exit_button(inputs)),
            (contact, lock, Some(button)),
            "{inputs:?}"
        );
    };
    check(&[0, 1, 1], Contact::Closed, Lock::Locked, Condition::Fails);
    check(&[1, 0, 0], Contact::Open, Lock::Unlocked, Condition::Holds);
    check(&[2, 2, 2], Contact::Fault, Lock::Fault, Condition::Fault);
    check(&[0, 1], Contact::Closed, Lock::Locked, Condition::Unknown);
    assert_eq!(lock_of(&[]).exit_button(&[1, 1, 1]), None, "a lock without a button");
}

#[test]
fn tamper_and_supply_can_come_by_inputs() {
    let wiring = lock_of(&[("not", Meaning::Tamper), ("", Meaning::BatteryLow), ("", Meaning::MainsFail)]);
    let check = |inputs: &[u8], tamper, power| {
        assert_eq!((wiring.tamper(inputs), wiring.power_fault(inputs)), (tamper, power), "{inputs:?}");
    };
    check(&[1, 0, 0], Some(false), Some(false));
    check(&[0, 0, 1], Some(true), Some(true));
    check(&[1, 1, 0], Some(false), Some(true));
    check(&[3, 9, 0], Some(true), Some(true));
    check(&[], Some(false), Some(false));
    assert_eq!((lock_of(&[]).tamper(&[1]), lock_of(&[]).power_fault(&[1])), (None, None));
}

/// Short, cut and off-band by the usual bytes; what else a maker may send is a fault all the same.
#[test]
fn faults_of_lines_are_named_where_something_is_wired() {
    let wiring = Wiring {
        inputs: vec![
            Some(Sensor { meaning: Meaning::DoorClosed, polarity: Polarity::WhenActive }),
            None,
            Some(Sensor { meaning: Meaning::BoltLocked, polarity: Polarity::WhenActive }),
        ],
        ..Wiring::none(Part::Lock)
    };
    let check = |inputs: &[u8], expect: &[(u8, LineFault)]| {
        let expect: Vec<_> = expect.iter().map(|(input, fault)| InputFault { input: *input, fault: *fault }).collect();
        assert_eq!(wiring.faults(inputs), expect, "{inputs:?}");
    };
    check(&[0, 0, 1], &[]);
    check(&[2, 0, 3], &[(0, LineFault::Short), (2, LineFault::Cut)]);
    check(&[4, 4, 200], &[(0, LineFault::OffBand), (2, LineFault::Unspecified)]);
    check(&[1, 9, 1, 9], &[]);
    assert_eq!(wiring.facts(&[3, 0, 1]).unwrap().contact, Contact::Fault);
}
