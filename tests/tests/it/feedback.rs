//! What people see at the simulated hardware: the light itself, driven by the shipped firmware, while things fail around it.

use std::time::Duration;

use rackward_core::entry::Entry;
use rackward_firmware_sim::hands::Picture;
use rackward_tests::world::World;
use rackward_tests::world::line::Adapter;

const ADA: &str = "p-1";
const CYD: &str = "p-3";
const MAIN: &str = "main-entrance";
const READER: &str = "main-reader";

/// The line of the main entrance, in the order of the premises.
const PERIMETER: usize = 0;

/// The colour that a reader's light has now.
fn light(world: &World, device: &str) -> &'static str {
    let picture = Picture::of(world.installation());
    picture.devices.into_iter().find(|d| d.name == device).unwrap().light.unwrap().now
}

/// For how many of the next milliseconds, in steps of ten, a light has a colour.
fn millis_of(world: &mut World, device: &str, colour: &str, millis: u64) -> u64 {
    let mut lit = 0;
    for _ in 0..millis / 10 {
        world.run(Duration::from_millis(10));
        lit += if light(world, device) == colour { 10 } else { 0 };
    }
    lit
}

/// What a reader shows until it is told otherwise.
fn light_of(world: &World) -> String {
    let picture = Picture::of(world.installation());
    let shown = picture.devices.into_iter().find(|d| d.name == READER).unwrap().light.unwrap();
    format!("{:?}", shown.permanent)
}

#[test]
fn a_reader_cut_off_after_a_grant_returns_to_what_lasts_by_itself() {
    for seed in 0..3 {
        let mut world = World::begin(seed);
        world.hand("badge", &[ADA, MAIN]).unwrap();
        world.until("the light", 3, |world| light(world, READER) == "green");
        world.set_adapter(PERIMETER, Adapter::Unplugged);
        let green = millis_of(&mut world, READER, "green", 3_000);
        assert!((1_500..=2_000).contains(&green), "{:?}: {green} ms", world.parameters());
        assert_eq!(millis_of(&mut world, READER, "green", 20_000), 0, "{:?}", world.parameters());
        let picture = Picture::of(world.installation());
        let shown = picture.devices.into_iter().find(|d| d.name == READER).unwrap().light.unwrap();
        assert_eq!(shown.permanent.unwrap().on_colour, "blue");
    }
}

/// From the entry to the first red, on the wire and through the firmware, for somebody without a grant and somebody suspended.
#[test]
fn refusals_of_different_causes_are_seen_after_the_same_time() {
    let mut world = World::begin(5);
    let mut times = Vec::new();
    for (round, person) in [ADA, CYD, CYD, ADA].into_iter().enumerate() {
        if person == ADA {
            // Once is enough; a second time is refused and changes nothing.
            let ada = person.parse().unwrap();
            let reason = rackward_tests::world::reason("test");
            let status = rackward_core::people::PersonStatus::Suspended;
            let suspend = rackward_core::Command::SetPersonStatus { person: ada, status, reason };
            drop(world.command(suspend));
        }
        let read = world.disk().journal().len();
        world.hand("badge", &[person, MAIN]).unwrap();
        let is_denied = |world: &World| {
            world.entries_since(read).iter().any(|stamped| matches!(stamped.entry, Entry::AccessDenied { .. }))
        };
        world.until("the refusal", 3, is_denied);
        let at = world.now().monotonic;
        world.until("the light", 3, |world| light(world, READER) == "red");
        times.push(world.now().monotonic.since(at).as_millis());
        world.run_secs(4 + round as u64);
    }
    // The engine waits 250 ms; the line adds a few frames at its speed, the firmware a tick.
    assert!(times.iter().all(|time| (230..=420).contains(time)), "{:?}: {times:?}", world.parameters());
}

/// A pattern on an operator's word, through the bus and the shipped firmware: the light shows it, and what lasts comes back by the
/// device's own timer although nothing can be told to it any more.
#[test]
fn a_pattern_that_is_tried_is_seen_and_goes_by_itself() {
    for (id, colour) in [("S2", "green"), ("T8", "red"), ("T12", "green"), ("S9", "magenta")] {
        let mut world = World::begin(7);
        world.run_secs(20);
        let device = world.device(READER);
        let pattern = rackward_core::feedback::PatternId::named(id).unwrap();
        let before = light_of(&world);
        world.command(rackward_core::Command::TryPattern { device, pattern }).unwrap();
        world.until("the light", 3, |world| light(world, READER) == colour);
        world.set_adapter(PERIMETER, Adapter::Unplugged);
        assert!(millis_of(&mut world, READER, colour, 10_000) <= 5_000, "{id}: {:?}", world.parameters());
        assert_eq!(millis_of(&mut world, READER, colour, 20_000), 0, "{id}: {:?}", world.parameters());
        assert_eq!(light_of(&world), before, "{id}: what lasts is as it was");
    }
}

/// Somebody who comes while a pattern is tried sees the answer to them, and the door does what it does.
#[test]
fn whoever_badges_during_a_trial_sees_their_own_answer() {
    let mut world = World::begin(9);
    world.run_secs(20);
    let device = world.device(READER);
    let pattern = rackward_core::feedback::PatternId::named("T8").unwrap();
    world.command(rackward_core::Command::TryPattern { device, pattern }).unwrap();
    world.until("the light", 3, |world| light(world, READER) == "red");
    world.hand("badge", &[ADA, MAIN]).unwrap();
    world.until("the answer", 3, |world| light(world, READER) == "green");
    assert_eq!(millis_of(&mut world, READER, "red", 3_000), 0, "{:?}", world.parameters());
}

/// The same at handles, one on a bus and one at the broker.
#[test]
fn handles_show_what_is_tried_on_either_link() {
    for handle in ["r01-c01-front", "r02-c01-front"] {
        let mut world = World::begin(11);
        world.run_secs(20);
        let device = world.device(handle);
        let pattern = rackward_core::feedback::PatternId::named("T8").unwrap();
        world.command(rackward_core::Command::TryPattern { device, pattern }).unwrap();
        world.until("the light", 3, |world| light(world, handle) == "red");
        let red = millis_of(&mut world, handle, "red", 5_000);
        assert!((1_000..=2_000).contains(&red), "{handle}: {red} ms, {:?}", world.parameters());
        assert_eq!(millis_of(&mut world, handle, "red", 20_000), 0, "{handle}: {:?}", world.parameters());
    }
}
