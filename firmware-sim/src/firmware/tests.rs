//! The firmware pin by pin: every level it reads and every level it drives, in order.

use core::time::Duration;

use embedded_hal_mock::eh1::delay::{CheckedDelay, Transaction as DelayTransaction};
use embedded_hal_mock::eh1::digital::{Mock, State as Level, Transaction};
use embedded_hal_mock::eh1::{MockError, delay::NoopDelay};
use rackward_protocol::mqtt::{Buzzer, Colour, Led, Reading, Rhythm, SelfTest};
use rackward_protocol::osdp::Micros;

use super::*;

const MS: fn(u64) -> Micros = Micros::from_millis;

fn reads(levels: &[bool]) -> Mock {
    let get = |high: &bool| Transaction::get(if *high { Level::High } else { Level::Low });
    Mock::new(&levels.iter().map(get).collect::<Vec<_>>())
}

fn is_driven(levels: &[bool]) -> Mock {
    let set = |high: &bool| Transaction::set(if *high { Level::High } else { Level::Low });
    Mock::new(&levels.iter().map(set).collect::<Vec<_>>())
}

fn broken_input(samples: usize) -> Mock {
    let error = MockError::Io(std::io::ErrorKind::NotConnected);
    Mock::new(&vec![Transaction::get(Level::Low).with_error(error); samples])
}

/// A set of mocked pins, each checked to the last transaction at the end of a story.
struct Pins(Vec<Mock>);

impl Pins {
    fn keep(&mut self, pin: Mock) -> Mock {
        self.0.push(pin.clone());
        pin
    }

    fn done(mut self) {
        for pin in &mut self.0 {
            pin.done();
        }
    }
}

#[test]
fn a_contact_is_believed_after_it_has_settled() {
    let rows = [
        (0, true, Reading::Unknown),
        (19, true, Reading::Unknown),
        (20, true, Reading::Yes),
        (30, false, Reading::Yes),
        (40, true, Reading::Yes),
        (50, false, Reading::Yes),
        (69, false, Reading::Yes),
        (70, false, Reading::No),
    ];
    let mut pin = reads(&rows.map(|(_, level, _)| level));
    let mut contact = Debounced::new(pin.clone());
    for (at, _, expect) in rows {
        assert_eq!(contact.poll(MS(at)), expect, "at {at} ms");
    }
    pin.done();
}

#[test]
fn a_pin_that_cannot_be_read_is_a_fault_at_once() {
    let mut pin = broken_input(1);
    let mut contact = Debounced::new(pin.clone());
    assert_eq!(contact.poll(MS(0)), Reading::Fault);
    pin.update_expectations(&[Transaction::get(Level::High), Transaction::get(Level::High)]);
    assert_eq!(contact.poll(MS(10)), Reading::Fault, "one good sample is not yet believed");
    assert_eq!(contact.poll(MS(30)), Reading::Yes);
    pin.done();
}

fn lock(pins: &mut Pins, inputs: [&[bool]; 4], motor: &[bool]) -> LockFirmware<Mock, Mock> {
    let [closed, locked, exit, tamper] = inputs.map(|levels| pins.keep(reads(levels)));
    LockFirmware::new(LockPins { closed, locked, exit, tamper, motor: pins.keep(is_driven(motor)) })
}

#[test]
fn a_lock_drives_its_motor_and_locks_by_itself() {
    let mut pins = Pins(Vec::new());
    let quiet: &[bool] = &[false; 5];
    let mut lock = lock(&mut pins, [quiet; 4], &[false, true, true, false, false]);
    lock.poll(MS(0));
    lock.release(MS(0), Duration::from_secs(5));
    for at in [10, 4_999, 5_000, 5_010] {
        lock.poll(MS(at));
    }
    drop(lock);
    pins.done();
}

#[test]
fn a_lock_tells_its_contacts_in_the_order_of_the_profile() {
    let mut pins = Pins(Vec::new());
    let (yes, no): (&[bool], &[bool]) = (&[true; 2], &[false; 2]);
    let mut lock = lock(&mut pins, [yes, no, yes, no], &[false, false]);
    assert_eq!(lock.readings(), [Reading::Unknown; 3]);
    lock.poll(MS(0));
    lock.poll(MS(20));
    assert_eq!(lock.readings(), [Reading::Yes, Reading::No, Reading::Yes]);
    assert_eq!(lock.tamper(), Reading::No);
    drop(lock);
    pins.done();
}

/// What the pins of a swinghandle see in a story.
struct HandleStory<'a> {
    inputs: [&'a [bool]; 6],
    motor: &'a [bool],
    lights: [&'a [bool]; 3],
    buzzer: &'a [bool],
}

fn handle(pins: &mut Pins, story: &HandleStory<'_>) -> HandleFirmware<Mock, Mock> {
    let [closed, locked, handle_home, latched, key_turned, tamper] =
        story.inputs.map(|levels| pins.keep(reads(levels)));
    let [red, green, blue] = story.lights.map(|levels| pins.keep(is_driven(levels)));
    let (motor, buzzer) = (pins.keep(is_driven(story.motor)), pins.keep(is_driven(story.buzzer)));
    HandleFirmware::new(HandlePins {
        closed,
        locked,
        handle_home,
        latched,
        key_turned,
        tamper,
        motor,
        red,
        green,
        blue,
        buzzer,
    })
}

#[test]
fn a_released_handle_tells_when_its_slide_has_arrived() {
    let mut pins = Pins(Vec::new());
    let (yes, no): (&[bool], &[bool]) = (&[true; 5], &[false; 5]);
    let slide: &[bool] = &[true, true, true, false, false];
    let story = HandleStory {
        inputs: [yes, slide, yes, yes, no, no],
        motor: &[false, false, true, true, true],
        lights: [no; 3],
        buzzer: no,
    };
    let mut handle = handle(&mut pins, &story);
    assert_eq!((handle.poll(MS(0)), handle.poll(MS(20))), (None, None));
    assert_eq!(handle.state().locked, Reading::Yes);
    handle.release(MS(20), Duration::from_secs(10));
    assert_eq!((handle.poll(MS(30)), handle.poll(MS(700))), (None, None));
    assert_eq!(handle.poll(MS(720)), Some(Travel::Arrived));
    drop(handle);
    pins.done();
}

#[test]
fn a_slide_that_does_not_follow_is_told() {
    let mut pins = Pins(Vec::new());
    let (yes, no): (&[bool], &[bool]) = (&[true; 4], &[false; 4]);
    let story = HandleStory {
        inputs: [yes, yes, yes, yes, no, no],
        motor: &[true, true, true, true],
        lights: [no; 3],
        buzzer: no,
    };
    let mut handle = handle(&mut pins, &story);
    handle.release(MS(0), Duration::from_secs(10));
    assert_eq!([0, 20, 1_999].map(|at| handle.poll(MS(at))), [None; 3]);
    assert_eq!(handle.poll(MS(2_000)), Some(Travel::Stalled));
    drop(handle);
    pins.done();
}

#[test]
fn the_test_at_power_up_lights_all_colours_and_reads_every_pin() {
    let mut pins = Pins(Vec::new());
    let (one, flash): (&[bool], &[bool]) = (&[false], &[true, false]);
    let story = HandleStory { inputs: [one; 6], motor: &[false], lights: [flash; 3], buzzer: &[] };
    let mut handle = handle(&mut pins, &story);
    let mut delay = CheckedDelay::new(&[DelayTransaction::delay_ms(reader::LAMP_TEST_MS)]);
    assert_eq!(handle.power_up(&mut delay), SelfTest::PASSED);
    delay.done();
    drop(handle);
    pins.done();
}

#[test]
fn a_reader_with_a_broken_tamper_pin_says_so() {
    let mut pins = Pins(Vec::new());
    let [red, green, blue] = [(); 3].map(|()| pins.keep(is_driven(&[true, false])));
    let (tamper, buzzer) = (pins.keep(broken_input(1)), pins.keep(is_driven(&[])));
    let mut reader = ReaderFirmware::new(ReaderPins { tamper, red, green, blue, buzzer });
    assert_eq!(reader.power_up(&mut NoopDelay::new()), SelfTest(SelfTest::READER));
    drop(reader);
    pins.done();
}

#[test]
fn a_temporary_light_gives_way_to_the_permanent_one() {
    let steady = |on_colour| Rhythm { on_ticks: 1, off_ticks: 0, on_colour, off_colour: Colour::Off };
    let blink = Rhythm { on_ticks: 2, off_ticks: 2, on_colour: Colour::Red, off_colour: Colour::Off };
    let rows = [
        (0, Colour::Red),
        (199, Colour::Red),
        (200, Colour::Off),
        (399, Colour::Off),
        (400, Colour::Red),
        (599, Colour::Red),
        (600, Colour::Blue),
    ];
    let level = |pick: fn(Colour) -> bool| rows.map(|(_, colour)| pick(colour));
    let mut pins = Pins(Vec::new());
    let red = pins.keep(is_driven(&level(|c| c == Colour::Red)));
    let green = pins.keep(is_driven(&level(|_| false)));
    let blue = pins.keep(is_driven(&level(|c| c == Colour::Blue)));
    let mut lamp = Lamp::new(red, green, blue);
    lamp.show(MS(0), Led::Permanent(steady(Colour::Blue)));
    lamp.show(MS(0), Led::Temporary { rhythm: blink, ticks: 6 });
    for (at, _) in rows {
        lamp.poll(MS(at)).unwrap();
    }
    drop(lamp);
    pins.done();
}

#[test]
fn a_cancelled_light_and_a_counted_sound_end() {
    let mut pins = Pins(Vec::new());
    let [red, green, blue] = [(); 3].map(|()| pins.keep(is_driven(&[])));
    let mut light = Lamp::new(red, green, blue);
    let amber = Rhythm { on_ticks: 3, off_ticks: 3, on_colour: Colour::Amber, off_colour: Colour::Off };
    light.show(MS(0), Led::Temporary { rhythm: amber, ticks: 100 });
    assert_eq!(light.light().colour(MS(100)), Colour::Amber);
    light.show(MS(100), Led::Cancel);
    assert_eq!(light.light().colour(MS(100)), Colour::Off);
    drop(light);
    pins.done();
    let sounds = [(0, true), (199, true), (200, false), (400, true), (1_000, false), (1_200, false)];
    let mut pin = is_driven(&sounds.map(|(_, high)| high));
    let mut sounder = Sounder::new(pin.clone());
    sounder.sound(MS(0), Buzzer::Sound { on_ticks: 2, off_ticks: 2, count: 3 });
    for (at, _) in sounds {
        sounder.poll(MS(at)).unwrap();
    }
    drop(sounder);
    pin.done();
}
