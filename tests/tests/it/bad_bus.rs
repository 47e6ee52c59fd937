//! Buses that fail and buses that somebody attacks, with the whole daemon behind them: the named alarm comes, nothing is
//! released that no grant caused (all checkers look at every moment), no other device is lost, and nobody stays away longer
//! than the fault and eight seconds.
//!
//! Each story is told with several seeds.

use std::collections::BTreeSet;
use std::time::Duration;

use rackward_core::Monotonic;
use rackward_core::alarm::{AlarmKind, AlarmSource, Condition};
use rackward_core::entry::Entry;
use rackward_core::id::DeviceId;
use rackward_protocol::osdp::faults::{Fault, Faulty};
use rackward_protocol::osdp::{Baud, DeviceIdentity, NoEntropy, Peripheral, PeripheralConfig, Scbk};
use rackward_tests::world::line::{Guest, Meddling, Noise, address};
use rackward_tests::world::{BrokerPlace, Parameters, World, premises};

use crate::stories::Story;

/// The line that suffers, in the order of the site's buses.
const HALL: usize = 1;
/// Who is on it.
const HALL_DEVICES: [&str; 7] =
    ["outer-reader", "outer-lock", "inner-reader", "inner-lock", "plant-reader", "plant-lock", "r02-c01-front"];
const READER: &str = "outer-reader";
const NEIGHBOUR: &str = "outer-lock";

/// What anybody may stay away after a fault is over.
const RETURN_SECS: u64 = 8;

/// Seeds of each story.
const SEEDS: [u64; 3] = [1, 2, 3];

const ADA: &str = "p-1";

/// A site whose lines run at 38400.
fn site(seed: u64) -> Story {
    let mut story = Story::over(World::with(Parameters { seed, baud: Baud::B38400, broker: BrokerPlace::Embedded }));
    story.pause(2_000);
    story
}

fn devices(story: &Story, names: &[&str]) -> BTreeSet<DeviceId> {
    names.iter().map(|name| story.world.device(name)).collect()
}

/// Whom the daemon has called offline since the first `count` entries.
fn lost_since(story: &Story, count: usize) -> BTreeSet<DeviceId> {
    let lost = |entry: &Entry| match entry {
        Entry::DeviceOffline { device, .. } => Some(*device),
        _ => None,
    };
    story.world.entries_since(count).iter().filter_map(|stamped| lost(&stamped.entry)).collect()
}

fn is_active(story: &Story, kind: AlarmKind, device: &str) -> bool {
    let source = AlarmSource::Device(story.world.device(device));
    let mut alarms = story.world.disk().tables().alarms.values();
    alarms.any(|alarm| alarm.kind == kind && alarm.source == source && alarm.condition == Condition::Active)
}

/// Waits for an alarm at one of `names`.
fn hear_alarm_at(story: &mut Story, kind: AlarmKind, names: &[&str], within: u64) {
    let wanted = devices(story, names);
    let what = format!("{} at one of {names:?}", kind.word());
    story.world.until(&what, within, move |world| {
        world.disk().tables().alarms.values().any(|alarm| {
            let is_there = matches!(alarm.source, AlarmSource::Device(device) if wanted.contains(&device));
            alarm.kind == kind && is_there
        })
    });
}

fn are_back(world: &World) -> bool {
    world.device_sights().iter().all(|device| device.is_believed_online || !device.is_connected)
}

/// The fault is over: everybody who is there is online in time, and a card opens a door.
fn all_return(story: &mut Story) {
    let over: Monotonic = story.world.now().monotonic;
    story.world.until("everybody to be back", RETURN_SECS, are_back);
    let took = story.world.now().monotonic.since(over);
    println!("everybody was back after {} ms", took.as_millis());
    story.pause(12_000);
    story.badge_in(ADA, "main-entrance");
}

/// Nobody beside `names` was lost since the first `count` entries.
fn no_other_was_lost(story: &Story, names: &[&str], count: usize) {
    let (lost, allowed) = (lost_since(story, count), devices(story, names));
    assert!(lost.is_subset(&allowed), "lost {lost:?}, of whom only {allowed:?} had a fault\n{}", story.world.tail());
}

/// A noise on the line for so long, with what must be said of it and who may be lost by it.
fn noise(noise: Noise, seconds: u64, may_be_lost: &[&str], kind: AlarmKind) {
    for seed in SEEDS {
        let mut story = site(seed);
        let before = story.world.disk().journal().len();
        story.world.line_mut(HALL).set_noise(noise);
        story.pause(seconds * 500);
        drop(story.world.hand("badge", &[ADA, "mantrap-outer"]));
        story.pause(seconds * 500);
        hear_alarm_at(&mut story, kind, &HALL_DEVICES, 1);
        no_other_was_lost(&story, may_be_lost, before);
        story.world.line_mut(HALL).set_noise(Noise::Quiet);
        all_return(&mut story);
        no_other_was_lost(&story, may_be_lost, before);
    }
}

#[test]
fn a_bus_that_babbles_is_an_alarm_and_goes_on() {
    noise(Noise::Babble(Duration::from_millis(2)), 20, &HALL_DEVICES, AlarmKind::LineTrouble);
}

#[test]
fn a_bus_that_echoes_is_an_alarm_and_loses_nobody() {
    noise(Noise::Echo, 20, &[], AlarmKind::LineTrouble);
}

/// Devices that hear nonsense say nothing, so silence is all there is to tell.
#[test]
fn devices_at_half_the_speed_are_an_alarm_and_come_back() {
    noise(Noise::Speed(Baud::parse(19_200).unwrap()), 20, &HALL_DEVICES, AlarmKind::DeviceOffline);
}

#[test]
fn one_flipped_bit_in_a_thousand_loses_nobody() {
    noise(Noise::BitsOneIn(1_000), 30, &[], AlarmKind::LineTrouble);
}

/// Somebody meddles with one device for so long; `kind` is the alarm there, and `may_be_lost` who may be away meanwhile.
fn meddle(meddling: Meddling, seconds: u64, kind: AlarmKind, may_be_lost: &[&str]) {
    for seed in SEEDS {
        let mut story = site(seed);
        let before = story.world.disk().journal().len();
        story.world.line_mut(HALL).set_meddling(meddling);
        hear_alarm_at(&mut story, kind, &[READER, NEIGHBOUR], seconds);
        story.pause(seconds * 1_000);
        drop(story.world.hand("badge", &[ADA, "mantrap-outer"]));
        story.pause(3_000);
        no_other_was_lost(&story, may_be_lost, before);
        story.world.line_mut(HALL).set_meddling(Meddling::None);
        all_return(&mut story);
        no_other_was_lost(&story, may_be_lost, before);
    }
}

#[test]
fn two_devices_with_each_others_address_are_an_alarm_and_prove_nothing() {
    let (one, other) = (premises::address_of(READER), premises::address_of(NEIGHBOUR));
    meddle(Meddling::Swapped(one, other), 15, AlarmKind::DeviceSecurity, &[READER, NEIGHBOUR]);
}

#[test]
fn an_answer_into_the_neighbours_turn_is_an_alarm_and_nobodys_answer() {
    let late = Meddling::Late(premises::address_of(READER), Duration::from_millis(260));
    meddle(late, 15, AlarmKind::LineTrouble, &[READER]);
}

#[test]
fn a_flood_of_wrong_authentication_codes_is_an_alarm_and_costs_one_device_alone() {
    meddle(Meddling::BadMacs(premises::address_of(READER)), 20, AlarmKind::DeviceSecurity, &[READER]);
}

#[test]
fn a_card_in_the_clear_is_an_alarm_and_opens_nothing() {
    for seed in SEEDS {
        let mut story = site(seed);
        let before = story.world.disk().journal().len();
        // The very card that may pass there.
        let card = [0x06, 0x01, 0xF4, 0xC0];
        story.world.line_mut(HALL).set_meddling(Meddling::ForgedCards(premises::address_of(READER), card));
        hear_alarm_at(&mut story, AlarmKind::DeviceSecurity, &[READER], 5);
        story.pause(20_000);
        no_other_was_lost(&story, &[], before);
        let is_card = |entry: &Entry| matches!(entry, Entry::AccessGranted { .. } | Entry::AccessDenied { .. });
        assert!(
            !story.world.entries_since(before).iter().any(|stamped| is_card(&stamped.entry)),
            "a card was believed"
        );
        story.world.line_mut(HALL).set_meddling(Meddling::None);
        all_return(&mut story);
    }
}

/// A device of somebody else's at the reader's address, which knows no key of the site's.
fn guest(fault: Fault) -> Guest {
    let place = address(premises::address_of(READER));
    let identity = DeviceIdentity { oui: [2, 0x52, 0x57], model: 1, version: 1, serial: 4, firmware: [1, 0, 0] };
    let own = Scbk::parse(std::array::from_fn(|i| 0xA0 ^ i as u8)).unwrap();
    let mut count = 0_u64;
    let nonces = move |out: &mut [u8]| -> Result<(), NoEntropy> {
        count += 1;
        out.iter_mut().zip(count.to_le_bytes()).for_each(|(to, from)| *to = from);
        Ok(())
    };
    let mut config = PeripheralConfig::new(place, own, identity, 0, 0, 1);
    config.baud = Baud::B38400;
    let mut device = Faulty::new(place, Peripheral::new(config, nonces));
    device.set(fault);
    Guest::new(device)
}

/// Somebody cuts a reader off and hangs a device of their own in its place. It gets no session and no key, and the true one
/// is welcome when it is back.
fn take_the_place(fault: &Fault) {
    for seed in SEEDS {
        let mut story = site(seed);
        let before = story.world.disk().journal().len();
        story.hand("cut", &[READER]);
        story.world.line_mut(HALL).invite(guest(fault.clone()));
        hear_alarm_at(&mut story, AlarmKind::DeviceSecurity, &[READER], 20);
        hear_alarm_at(&mut story, AlarmKind::DeviceOffline, &[READER], 20);
        story.pause(30_000);
        no_other_was_lost(&story, &[READER], before);
        assert!(!story.world.entries_since(before).iter().any(|s| matches!(s.entry, Entry::DeviceOnline { .. })));
        let guest = story.world.line_mut(HALL).dismiss().unwrap();
        assert_eq!(guest.captured_keys(), 0, "a key was told to somebody else's device");
        story.hand("restore", &[READER]);
        all_return(&mut story);
        story.pause(65_000);
        assert!(!is_active(&story, AlarmKind::DeviceSecurity, READER), "the true one has proven its key");
    }
}

#[test]
fn a_device_that_refuses_its_key_and_takes_the_published_one_gets_nothing() {
    take_the_place(&Fault::RogueRefusing);
}

#[test]
fn a_device_that_offers_the_published_key_gets_nothing() {
    take_the_place(&Fault::RogueOffering);
}

#[test]
fn a_device_that_claims_to_know_no_security_gets_nothing() {
    take_the_place(&Fault::Downgraded);
}

#[test]
fn a_device_with_a_key_of_its_own_gets_nothing() {
    take_the_place(&Fault::Healthy);
}

#[test]
fn a_recorded_session_opens_nothing_for_whoever_plays_it() {
    for seed in SEEDS {
        let mut story = site(seed);
        story.world.line_mut(HALL).record(premises::address_of(READER));
        story.world.kill();
        story.world.start();
        story.world.until("everybody to be back", 20, are_back);
        story.badge_in(ADA, "mantrap-outer");
        let tape = story.world.line_mut(HALL).take_tape();
        assert!(tape.len() > 20, "the whole session is on the tape");
        story.pause(30_000);
        let before = story.world.disk().journal().len();
        story.hand("cut", &[READER]);
        story.world.kill();
        story.world.start();
        story.world.line_mut(HALL).invite(guest(Fault::Replay(tape)));
        hear_alarm_at(&mut story, AlarmKind::DeviceSecurity, &[READER], 30);
        story.pause(20_000);
        let reader = story.world.device(READER);
        let is_believed = |entry: &Entry| match entry {
            Entry::DeviceOnline { device, .. } => *device == reader,
            entry => matches!(entry, Entry::AccessGranted { .. } | Entry::AccessDenied { .. }),
        };
        assert!(!story.world.entries_since(before).iter().any(|stamped| is_believed(&stamped.entry)));
        story.world.line_mut(HALL).dismiss();
        story.hand("restore", &[READER]);
        all_return(&mut story);
    }
}

#[test]
fn a_device_that_was_reset_is_an_alarm_and_nobody_gives_it_a_key_by_itself() {
    for seed in SEEDS {
        let mut story = site(seed);
        let before = story.world.disk().journal().len();
        story.hand("reset", &[READER]);
        hear_alarm_at(&mut story, AlarmKind::DeviceSecurity, &[READER], 20);
        story.pause(30_000);
        assert!(is_active(&story, AlarmKind::DeviceSecurity, READER), "only a person can make that right");
        assert!(is_active(&story, AlarmKind::DeviceOffline, READER));
        no_other_was_lost(&story, &[READER], before);
    }
}

#[test]
fn another_device_with_the_right_key_is_an_alarm_and_is_not_believed() {
    for seed in SEEDS {
        let mut story = site(seed);
        let before = story.world.disk().journal().len();
        story.hand("replace", &[READER]);
        hear_alarm_at(&mut story, AlarmKind::DeviceReplaced, &[READER], 20);
        drop(story.world.hand("badge", &[ADA, "mantrap-outer"]));
        story.pause(5_000);
        let is_card = |entry: &Entry| matches!(entry, Entry::AccessGranted { .. });
        assert!(!story.world.entries_since(before).iter().any(|stamped| is_card(&stamped.entry)), "it was believed");
        no_other_was_lost(&story, &[READER], before);
    }
}
