//! Devices that lie, and those who lie in their name: each lie is an alarm or a refusal with a name, nothing is released by it,
//! and nothing that an honest device says is lost.

use std::time::Duration;

use rackward_core::alarm::AlarmKind;
use rackward_core::engine::input::{LinkTrouble, SecurityTrouble};
use rackward_core::entry::{Entry, OfflineEntry};
use rackward_firmware_sim::config::Mischief;
use rackward_protocol::mqtt::{
    Birth, BootCause, Capabilities, CardRead, Event, Legend, SelfTest, UnixMillis, UpBody, UpLeaf,
};
use rackward_tests::world::broker::Keeping;
use rackward_tests::world::broker::lies::Lie;
use rackward_tests::world::{BrokerPlace, Parameters, World};

use super::super::stories::Story;
use super::{ADA, HANDLE, RACK, RACKS, receipts};

/// The handle that lies.
const LIAR: &str = RACKS[1].0;

fn wall(story: &Story) -> UnixMillis {
    UnixMillis(story.world.now().wall.as_micros().unsigned_abs() / 1_000)
}

/// A site whose [`LIAR`] misbehaves; the others hold their lists in the end.
fn site_with(seed: u64, mischief: Mischief) -> Story {
    let parameters = Parameters { broker: BrokerPlace::External, ..Parameters::draw(seed) };
    Story::over(World::with_mischief(parameters, &[(LIAR, mischief)]))
}

type Wanted = fn(&Entry) -> bool;

fn is_alarm(entry: &Entry, wanted: AlarmKind) -> bool {
    matches!(entry, Entry::AlarmRaised { kind, .. } if *kind == wanted)
}

fn is_trouble(entry: &Entry, is_wanted: fn(LinkTrouble) -> bool) -> bool {
    matches!(entry, Entry::LinkTroubleSeen { trouble, .. } if is_wanted(*trouble))
}

#[test]
fn a_device_that_lies_is_named_and_releases_nothing() {
    let check = |seed: u64, mischief: Mischief, wanted: Wanted| {
        let what = format!("{mischief:?} to be named");
        let mut story = site_with(seed, mischief);
        story.world.until(&what, 120, |world| world.entries_since(0).iter().any(|stamped| wanted(&stamped.entry)));
        for (_, rack) in RACKS {
            assert!(story.holds(rack), "{rack}");
        }
        // The others are served as always.
        story.badge_in(ADA, RACK);
    };
    check(130, Mischief::WrongClock(3_600), |entry| is_alarm(entry, AlarmKind::ClockDrift));
    check(131, Mischief::WrongClock(-3_600), |entry| is_alarm(entry, AlarmKind::ClockDrift));
    check(132, Mischief::WrongDigest, |entry| is_alarm(entry, AlarmKind::RightsDrift));
    check(133, Mischief::RepeatsSequence, |entry| is_trouble(entry, |it| it == LinkTrouble::Duplicate));
    check(134, Mischief::SkipsSequence, |entry| is_trouble(entry, |it| matches!(it, LinkTrouble::Lost(_))));
    check(135, Mischief::Oversize, |entry| is_trouble(entry, |it| it == LinkTrouble::Malformed));
    check(136, Mischief::Silent, |entry| is_alarm(entry, AlarmKind::DeviceOffline));
}

#[test]
fn a_device_that_takes_no_list_is_pending_and_told_to_decide_online() {
    let mut story = site_with(140, Mischief::IgnoresLists);
    story.world.run_secs(30);
    story.revoke(ADA);
    let device = story.world.device(LIAR);
    let behind = receipts(&story.world).behind;
    let its = behind.iter().find(|behind| behind.device == device);
    assert!(its.is_some_and(|behind| behind.honours_until.is_some()), "{behind:?}");
    story.hear_alarm(AlarmKind::RevocationPending, 75);
    story.hear(
        "the order to decide online",
        5,
        |entry| matches!(entry, Entry::Offline(OfflineEntry::OnlineOnlyOrdered { device: of }) if *of == device),
    );
}

#[test]
fn a_serial_of_another_device_is_not_believed() {
    let mut story = Story::with_lists(141, BrokerPlace::External);
    let birth = birth_of("SIM-99999");
    let at = wall(&story);
    let now = story.world.now().monotonic;
    story.world.broker_mut().lie(now, HANDLE, &Lie { ahead: 1, at, body: UpBody::Birth(birth) });
    story.hear_alarm(AlarmKind::DeviceReplaced, 10);
    story.hand("badge", &[ADA, RACK]);
    story.pause(3_000);
    assert!(story.holds(RACK), "who is not believed opens nothing");
}

fn birth_of(serial: &str) -> Birth {
    Birth {
        model: "Rackward SIM swinghandle".into(),
        serial: serial.into(),
        firmware: "1.0.0".into(),
        self_test: SelfTest::PASSED,
        cause: BootCause::PowerOn,
        capabilities: Capabilities { bits: Capabilities::READER, rights_cards: 64 },
        legend: Legend::Full,
        heartbeat_secs: 30,
        held: None,
    }
}

#[test]
fn two_devices_with_one_identity_are_told_apart_and_alarmed() {
    let mut story = Story::with_lists(142, BrokerPlace::External);
    let card = CardRead::new(26, &[0x9F, 0x8D, 0x01, 0x40]).unwrap();
    for _ in 0..3 {
        let says = vec![UpBody::Birth(birth_of("SIM-00010")), UpBody::Event(Event::Card(card.clone()))];
        story.world.twin(HANDLE, says);
        story.world.run(Duration::from_secs(4));
    }
    story.world.until("the twin to be named", 10, |world| {
        let is_twin =
            |entry: &Entry| matches!(entry, Entry::SecurityTroubleSeen { trouble: SecurityTrouble::Twin, .. });
        world.entries_since(0).iter().any(|stamped| is_twin(&stamped.entry))
    });
    assert!(story.holds(RACK));
}

#[test]
fn messages_that_no_device_may_send_are_refused_by_name() {
    let check = |leaf: UpLeaf, payload: &[u8]| {
        // What goes on is told once, so each has a site of its own.
        let mut story = Story::with_lists(143, BrokerPlace::External);
        let now = story.world.now().monotonic;
        story.world.broker_mut().babble(now, HANDLE, leaf, payload);
        story.hear("a message that cannot be read", 5, |entry| is_trouble(entry, |it| it == LinkTrouble::Malformed));
        assert!(story.holds(RACK));
        story.badge_in(ADA, RACK);
    };
    check(UpLeaf::State, &[0; 1_025]);
    check(UpLeaf::Event, b"");
    check(UpLeaf::Birth, &[0xFF; 40]);
}

#[test]
fn what_a_broker_kept_is_neither_a_badge_nor_a_command() {
    let mut story = Story::with_lists(144, BrokerPlace::External);
    story.world.broker_mut().set_keeping(Keeping::Everything);
    story.badge_in(ADA, RACK);
    for verb in ["lift", "open", "close", "seat"] {
        story.hand(verb, &[RACK]);
        story.pause(500);
    }
    story.wait_locked(RACK);
    let before = story.world.disk().journal().len();
    story.world.reconnect_daemon();
    story.hand("cut", &[HANDLE]);
    story.pause(500);
    story.hand("restore", &[HANDLE]);
    story.world.run_secs(15);
    let admitted = |entry: &Entry| matches!(entry, Entry::AccessGranted { .. });
    assert!(!story.world.entries_since(before).iter().any(|stamped| admitted(&stamped.entry)));
    assert!(story.holds(RACK), "a command that was kept opens nothing");
}
