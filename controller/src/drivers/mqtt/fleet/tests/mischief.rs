//! What a broker or a device may do wrong: each is told by its name, and nothing opens by it.

use rackward_core::engine::input::{LinkTrouble, SecurityTrouble};

use super::*;

#[test]
fn replayed_doubled_lost_and_malformed_messages_are_reported() {
    let mut world = world();
    world.born();
    let first = world.says(card());
    world.hears();
    world.repeats(&first, false);
    assert_eq!(world.hears(), [DeviceReport::Link(LinkTrouble::Duplicate)]);
    world.repeats(&first, true);
    assert_eq!(world.hears(), [DeviceReport::Security(SecurityTrouble::Replay)]);
    let late = world.stamp(secured());
    world.says(card());
    assert_eq!(world.hears()[0], DeviceReport::Link(LinkTrouble::Lost(1)));
    world.repeats(&late, false);
    assert_eq!(world.hears()[0], DeviceReport::Link(LinkTrouble::Late));
    world.fleet.heard(world.now, "rackward/v1/lon1/dev/r01-front/up/event", false, &[0xFF; 2000]);
    assert_eq!(world.hears(), [DeviceReport::Link(LinkTrouble::Malformed)]);
    world.device = DeviceSession::new(Boot(8));
    world.says(birth());
    world.hears();
    world.repeats(&first, false);
    assert_eq!(world.hears(), [DeviceReport::Security(SecurityTrouble::Replay)]);
}

#[test]
fn two_devices_under_one_name_are_told() {
    let mut world = world();
    world.born();
    let mut twin = std::mem::replace(&mut world.device, DeviceSession::new(Boot(8)));
    world.says(birth());
    world.hears();
    let at = world.device_time();
    twin.stamp(at, secured());
    let up = twin.stamp(at, card()).unwrap();
    world.repeats(&up, false);
    assert_eq!(world.hears(), [DeviceReport::Security(SecurityTrouble::Twin)]);
}

#[test]
fn a_message_a_byte_too_long_is_refused_unread() {
    let mut world = world();
    world.born();
    let mut payload = world.stamp(birth()).encode().unwrap();
    payload.resize(mqtt::MAX_MESSAGE_BYTES + 1, 0);
    world.fleet.heard(world.now, "rackward/v1/lon1/dev/r01-front/up/birth", false, &payload);
    assert_eq!(world.hears(), [DeviceReport::Link(LinkTrouble::Malformed)]);
}

#[test]
fn strangers_are_counted_and_not_listened_to() {
    let mut world = world();
    let payload = world.stamp(birth()).encode().unwrap();
    let foreign = [
        "rackward/v1/lon1/dev/r99-front/up/birth",
        "rackward/v1/ams2/dev/r01-front/up/birth",
        "rackward/v1/lon1/dev/r01-front/down/cmd",
        "",
        "\u{1b}[2J",
    ];
    for topic in foreign {
        world.fleet.heard(world.now, topic, false, &payload);
    }
    assert_eq!((world.fleet.strangers, world.reports()), (5, vec![]));
}

#[test]
fn a_neighbour_answers_for_nobody_else() {
    let mut world = world();
    world.born();
    world.release(9);
    let mut neighbour = DeviceSession::new(Boot(70));
    let at = world.device_time();
    let ack = Ack { command: mqtt::CommandId(9), outcome: Outcome::Done, at };
    for body in [birth(), UpBody::Ack(ack)] {
        let up = neighbour.stamp(at, body).unwrap();
        let topic = format!("rackward/v1/lon1/dev/r01-rear/{}", Leaf::Up(up.body.leaf()));
        world.fleet.heard(world.now, &topic, false, &up.encode().unwrap());
    }
    assert!(world.reports().iter().all(|(_, report)| !matches!(report, DeviceReport::Done(_))));
    world.says(UpBody::Ack(ack));
    assert_eq!(world.hears(), [DeviceReport::Done(CommandId::new(9))]);
}

#[test]
fn a_device_that_floods_is_cut_short_and_the_loss_is_counted() {
    let mut world = world();
    world.born();
    for _ in 0..100 {
        world.says(card());
    }
    let taken = world.hears().len();
    assert!((60..=64).contains(&taken), "{taken}");
    world.passes(10_000);
    world.reports();
    world.says(card());
    assert_eq!(world.hears()[0], DeviceReport::Link(LinkTrouble::Lost(100 - taken as u32)));
}

#[test]
fn a_clock_of_another_age_is_told_and_moves_nothing() {
    let mut world = world();
    world.born();
    world.ahead_ms = 251_000_000_000_000;
    for _ in 0..5 {
        world.says(secured());
    }
    let clocks: Vec<_> = world.reports().into_iter().map(|(_, report)| report).filter(is_clock).collect();
    let expect = [0, 251_000_000_000_000].map(|offset_ms| DeviceReport::Clock { offset_ms });
    assert_eq!(clocks, expect);
    world.release(9);
    assert_eq!(world.fleet.next_message().unwrap().expiry_seconds, 5);
}
