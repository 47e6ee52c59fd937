//! Stories of the whole site in virtual time: hands on the hardware at one end, the journal at the other, and between them
//! the shipped firmware, links, engine and gate. All checkers look at every moment of every story.

use std::time::Duration;

use rackward_core::alarm::{AlarmKind, AlarmSource, Condition};
use rackward_core::engine::query::JournalHealth;
use rackward_core::entry::{Denial, Entry, WithheldCause};
use rackward_core::id::GrantId;
use rackward_core::{Command, CommandError, Reply};
use rackward_protocol::mqtt::{DownLeaf, Leaf, UpLeaf};
use rackward_tests::world::daemon::{CrashPoint, Doom};
use rackward_tests::world::disk::Space;
use rackward_tests::world::line::{Adapter, Noise};
use rackward_tests::world::{BrokerPlace, Parameters, World, reason};

const ADA: &str = "p-1";
const BEN: &str = "p-2";
const CYD: &str = "p-3";
const MAIN: &str = "main-entrance";
const OUTER: &str = "mantrap-outer";
const INNER: &str = "mantrap-inner";
const PLANT: &str = "plant-room";
const NETWORK_RACK: &str = "r01/c01/front";
const BUS_RACK: &str = "r02/c01/front";

/// A site, and how much of its journal the story has read.
pub(crate) struct Story {
    pub(crate) world: World,
    read: usize,
}

impl Story {
    pub(crate) fn begin(seed: u64) -> Self {
        Self::over(World::begin(seed))
    }

    pub(crate) fn over(world: World) -> Self {
        let read = world.disk().journal().len();
        Self { world, read }
    }

    pub(crate) fn hand(&mut self, verb: &str, args: &[&str]) {
        self.world.hand(verb, args).unwrap();
    }

    pub(crate) fn pause(&mut self, millis: u64) {
        self.world.run(Duration::from_millis(millis));
    }

    /// Waits for an entry that was not read yet, and reads up to it.
    pub(crate) fn hear(&mut self, what: &str, within: u64, wanted: impl Fn(&Entry) -> bool) -> Entry {
        let read = self.read;
        self.world.until(what, within, |world| world.entries_since(read).iter().any(|s| wanted(&s.entry)));
        let at = self.world.entries_since(read).iter().position(|s| wanted(&s.entry)).unwrap();
        self.read += at + 1;
        self.world.disk().journal()[self.read - 1].entry.clone()
    }

    pub(crate) fn hear_named(&mut self, name: &str, within: u64) -> Entry {
        self.hear(name, within, |entry| entry.event_name() == name)
    }

    pub(crate) fn hear_alarm(&mut self, kind: AlarmKind, within: u64) {
        self.hear(
            kind.word(),
            within,
            |entry| matches!(entry, Entry::AlarmRaised { kind: raised, .. } if *raised == kind),
        );
    }

    pub(crate) fn hear_return(&mut self, kind: AlarmKind, within: u64) {
        let what = format!("the end of {}", kind.word());
        self.hear(&what, within, |entry| matches!(entry, Entry::AlarmReturned { kind: over, .. } if *over == kind));
    }

    pub(crate) fn hear_denial(&mut self, reason: Denial) {
        self.hear(reason.word(), 3, |e| matches!(e, Entry::AccessDenied { reason: said, .. } if *said == reason));
    }

    /// Names of the entries that were not read yet.
    pub(crate) fn unread(&self) -> Vec<&'static str> {
        self.world.entries_since(self.read).iter().map(|stamped| stamped.entry.event_name()).collect()
    }

    pub(crate) fn is_active(&self, kind: AlarmKind, door: &str) -> bool {
        let source = AlarmSource::Door(self.world.door(door));
        let mut alarms = self.world.disk().tables().alarms.values();
        alarms.any(|alarm| alarm.kind == kind && alarm.source == source && alarm.condition == Condition::Active)
    }

    /// What the light at a reader shows now.
    pub(crate) fn light(&self, device: &str) -> &'static str {
        let picture = rackward_firmware_sim::hands::Picture::of(self.world.installation());
        picture.devices.iter().find(|d| d.name == device).unwrap().light.as_ref().unwrap().now
    }

    /// Whether the bolt or slide of a door holds.
    pub(crate) fn holds(&self, door: &str) -> bool {
        let door = self.world.door(door);
        self.world.door_sights().iter().find(|sight| sight.door == door).unwrap().is_held
    }

    pub(crate) fn badge_in(&mut self, person: &str, door: &str) {
        self.hand("badge", &[person, door]);
        self.hear_named("access.granted", 3);
        self.hear_named("device.command-done", 3);
        self.pause(200);
    }
}

#[test]
fn somebody_with_a_right_badges_opens_and_closes() {
    let mut story = Story::begin(1);
    story.hand("badge", &[ADA, MAIN]);
    story.hear_named("access.granted", 3);
    story.hear_named("device.command-done", 3);
    story.pause(300);
    assert_eq!(story.light("main-reader"), "green");
    story.hand("open", &[MAIN]);
    story.hear_named("access.taken", 3);
    story.pause(2_000);
    story.hand("close", &[MAIN]);
    story.pause(3_000);
    assert!(story.holds(MAIN), "locked again at once, not only when the release has run out");
    story.pause(30_000);
    assert!(!story.unread().iter().any(|name| name.starts_with("alarm")), "{:?}", story.unread());
    assert_eq!(story.world.differences(), Vec::<String>::new());
}

#[test]
fn whoever_has_no_right_is_refused_and_the_bolt_holds() {
    let mut story = Story::begin(2);
    story.hand("badge", &[CYD, MAIN]);
    story.hear_denial(Denial::NotAuthorisedPoint);
    story.pause(500);
    assert!(story.holds(MAIN));
    assert!(story.world.hand("open", &[MAIN]).is_err());
}

#[test]
fn a_forced_door_is_an_alarm_within_its_debounce() {
    let mut story = Story::begin(3);
    story.hand("force", &[MAIN]);
    story.hear_alarm(AlarmKind::DoorForced, 2);
    story.hand("badge", &[ADA, MAIN]);
    story.hear_named("access.granted", 3);
    assert!(story.is_active(AlarmKind::DoorForced, MAIN), "a valid card does not explain how it was opened");
    story.hand("close", &[MAIN]);
    story.hear_return(AlarmKind::DoorForced, 3);
}

#[test]
fn a_held_door_warns_first_then_alarms_until_it_is_closed() {
    let mut story = Story::begin(4);
    story.badge_in(ADA, MAIN);
    story.hand("open", &[MAIN]);
    story.hear_named("access.taken", 3);
    story.hear_alarm(AlarmKind::HeldPreAlarm, 13);
    story.pause(500);
    story.hear_alarm(AlarmKind::HeldOpen, 9);
    story.pause(500);
    assert!(!story.is_active(AlarmKind::HeldPreAlarm, MAIN), "the warning ends where the alarm begins");
    story.hand("close", &[MAIN]);
    story.hear_return(AlarmKind::HeldOpen, 3);
}

#[test]
fn a_revoked_grant_refuses_the_next_badge() {
    let mut story = Story::begin(5);
    story.badge_in(BEN, MAIN);
    let ben = BEN.parse().unwrap();
    let mut grants = story.world.disk().tables().grants.values();
    let grant = grants.find(|grant| grant.person == ben).unwrap().id;
    story.world.command(Command::RevokeGrant { grant, reason: reason("left the company") }).unwrap();
    story.pause(10_000);
    story.hand("badge", &[BEN, MAIN]);
    story.hear_denial(Denial::NotAuthorisedPoint);
    let again = story.world.grant(ben, &[MAIN]).unwrap();
    assert!(matches!(again, Reply::Grant(id, _) if id != grant));
    story.badge_in(BEN, MAIN);
}

#[test]
fn the_plant_room_asks_for_the_pin() {
    let mut story = Story::begin(6);
    story.hand("badge", &[ADA, PLANT]);
    story.hear_named("access.factor-awaited", 3);
    story.hand("pin", &[ADA, PLANT]);
    story.hear_named("access.granted", 3);
    story.pause(12_000);
    story.hand("badge", &[ADA, PLANT]);
    story.hear_named("access.factor-awaited", 3);
    story.hand("pin", &[ADA, PLANT, "0000"]);
    story.hear_denial(Denial::PinWrong);
    story.hand("badge", &[ADA, PLANT]);
    story.hear_named("access.factor-awaited", 3);
    story.hear("the time-out", 12, |entry| matches!(entry, Entry::AccessDenied { reason: Denial::FactorTimeout, .. }));
    assert!(story.holds(PLANT));
}

#[test]
fn the_doors_of_a_mantrap_are_never_released_together() {
    let mut story = Story::begin(7);
    story.badge_in(ADA, OUTER);
    story.hand("badge", &[ADA, INNER]);
    story.hear_denial(Denial::Interlock);
    story.hand("open", &[OUTER]);
    story.pause(7_000);
    story.hand("badge", &[ADA, INNER]);
    story.hear_denial(Denial::Interlock);
    story.hand("rex", &[INNER]);
    story.hear("a withheld exit", 3, |e| matches!(e, Entry::ReleaseWithheld { cause: WithheldCause::Interlock, .. }));
    story.hand("close", &[OUTER]);
    story.pause(1_000);
    story.badge_in(ADA, INNER);
    story.hand("badge", &[ADA, OUTER]);
    story.hear_denial(Denial::Interlock);
}

#[test]
fn two_cards_at_once_open_one_door_of_a_mantrap() {
    let mut story = Story::begin(8);
    story.hand("badge", &[ADA, OUTER]);
    story.hand("badge", &[ADA, INNER]);
    story.pause(3_000);
    let names = story.unread();
    let count = |wanted| names.iter().filter(|name| **name == wanted).count();
    assert_eq!((count("access.granted"), count("access.denied")), (1, 1), "{names:?}");
}

/// The release reaches the lock at the end of its life, and then the lock is cut off: what it does is not known.
#[test]
fn a_release_that_came_late_keeps_the_other_door_shut() {
    let mut story = Story::begin(9);
    let hall = 1;
    story.hand("badge", &[ADA, OUTER]);
    story.hear_named("access.granted", 3);
    story.world.line_mut(hall).set_noise(Noise::OneIn(1));
    story.pause(2_400);
    story.world.line_mut(hall).set_noise(Noise::Quiet);
    let outer = story.world.door(OUTER);
    let is_on = move |w: &World| w.door_sights().iter().any(|door| door.door == outer && door.is_motor_on);
    story.world.until("the motor to start", 3, is_on);
    story.hand("cut", &["outer-lock"]);
    for _ in 0..12 {
        story.hand("badge", &[ADA, INNER]);
        story.pause(500);
    }
    assert!(!is_on(&story.world));
}

fn a_rack_is_opened_and_secured_again(rack: &str, seed: u64) {
    let mut story = Story::begin(seed);
    story.badge_in(ADA, rack);
    story.pause(1_000);
    story.hand("lift", &[rack]);
    story.hear_named("access.taken", 3);
    story.hand("open", &[rack]);
    story.pause(5_000);
    story.hand("close", &[rack]);
    story.pause(1_000);
    story.hand("seat", &[rack]);
    story.pause(3_000);
    assert!(story.holds(rack));
    let door = story.world.door(rack);
    let facts = story.world.disk().tables().doors[&door].facts;
    assert_eq!(facts.secured(), rackward_core::facts::Secured::Secured);
    assert!(!story.unread().iter().any(|name| name.starts_with("alarm")), "{:?}", story.unread());
    story.pause(10_000);
    assert_eq!(story.world.differences(), Vec::<String>::new());
}

#[test]
fn a_rack_on_a_bus_is_opened_and_secured_again() {
    a_rack_is_opened_and_secured_again(BUS_RACK, 10);
}

#[test]
fn a_rack_on_the_network_is_opened_and_secured_again() {
    a_rack_is_opened_and_secured_again(NETWORK_RACK, 11);
}

#[test]
fn a_handle_that_is_forgotten_is_an_alarm() {
    let mut story = Story::begin(12);
    story.badge_in(ADA, BUS_RACK);
    story.pause(1_000);
    story.hand("lift", &[BUS_RACK]);
    story.hear_alarm(AlarmKind::NotLatched, 13);
    story.hand("seat", &[BUS_RACK]);
    story.hear_return(AlarmKind::NotLatched, 3);
}

#[test]
fn the_mechanical_key_is_an_alarm_of_its_own() {
    for (rack, seed) in [(BUS_RACK, 13), (NETWORK_RACK, 14)] {
        let mut story = Story::begin(seed);
        story.hand("key", &[rack]);
        story.hear_alarm(AlarmKind::KeyOverride, 2);
        story.hand("lift", &[rack]);
        story.hand("open", &[rack]);
        story.pause(3_000);
        assert!(!story.is_active(AlarmKind::HandleForced, rack), "the key's alarm says it all");
        story.hand("close", &[rack]);
        story.hand("seat", &[rack]);
        story.hand("key", &[rack]);
        story.hear_return(AlarmKind::KeyOverride, 3);
    }
}

#[test]
fn a_forced_rack_is_an_alarm_on_either_link() {
    for (rack, seed) in [(BUS_RACK, 15), (NETWORK_RACK, 16)] {
        let mut story = Story::begin(seed);
        story.hand("force", &[rack]);
        story.hear_alarm(AlarmKind::HandleForced, 3);
    }
}

#[test]
fn an_opened_cover_is_an_alarm_until_it_is_shut() {
    for (device, seed) in [("main-reader", 17), ("main-lock", 18), ("r01-c01-front", 19)] {
        let mut story = Story::begin(seed);
        story.hand("tamper", &[device]);
        story.hear_alarm(AlarmKind::Tamper, 3);
        story.hand("restore", &[device]);
        story.hear_return(AlarmKind::Tamper, 3);
    }
}

#[test]
fn a_crossed_fence_is_an_alarm() {
    let mut story = Story::begin(20);
    story.hand("fence", &["fence-north"]);
    story.hear_alarm(AlarmKind::Intrusion, 2);
    story.hear_return(AlarmKind::Intrusion, 5);
}

#[test]
fn a_lock_that_is_cut_off_refuses_and_tells_afterwards_what_happened() {
    for (device, door, forced, seed) in
        [("main-lock", MAIN, AlarmKind::DoorForced, 21), ("r01-c01-front", NETWORK_RACK, AlarmKind::HandleForced, 22)]
    {
        let mut story = Story::begin(seed);
        story.hand("cut", &[device]);
        story.hear_alarm(AlarmKind::DeviceOffline, 12);
        if door == MAIN {
            story.hand("badge", &[ADA, door]);
            story.hear_denial(Denial::NoDecision);
        }
        story.hand("force", &[door]);
        story.pause(3_000);
        assert!(!story.is_active(forced, door), "nobody can know yet");
        story.hand("restore", &[device]);
        story.hear_return(AlarmKind::DeviceOffline, 15);
        story.hear_alarm(forced, 4);
    }
}

#[test]
fn the_exit_button_opens_without_a_card() {
    let mut story = Story::begin(23);
    story.hand("rex", &[MAIN]);
    story.hear_named("door.exit-released", 2);
    story.pause(300);
    story.hand("open", &[MAIN]);
    story.hear_named("access.taken", 2);
}

#[test]
fn messages_that_are_sent_again_do_nothing() {
    let mut story = Story::begin(24);
    story.badge_in(ADA, NETWORK_RACK);
    story.pause(20_000);
    let now = story.world.now().monotonic;
    assert!(story.holds(NETWORK_RACK));
    assert!(story.world.broker_mut().replay_last(now, Leaf::Up(UpLeaf::Event)));
    assert!(story.world.broker_mut().replay_last(now, Leaf::Down(DownLeaf::Cmd)));
    story.pause(3_000);
    assert!(story.holds(NETWORK_RACK));
    let names = story.unread();
    assert!(!names.contains(&"access.granted"), "{names:?}");
    let is_noticed = |entry: &Entry| matches!(entry, Entry::LinkTroubleSeen { .. } | Entry::SecurityTroubleSeen { .. });
    assert!(story.world.entries_since(story.read).iter().any(|s| is_noticed(&s.entry)), "{names:?}");
}

#[test]
fn a_crash_before_the_entry_is_durable_releases_nothing() {
    let mut story = Story::begin(25);
    story.world.doom(Doom::NextRelease(CrashPoint::BeforeCommit));
    story.hand("badge", &[ADA, MAIN]);
    story.world.until("the crash", 3, |world| world.daemon().is_none());
    story.pause(2_000);
    assert!(story.holds(MAIN));
    story.world.start();
    assert!(!story.unread().contains(&"access.granted"));
    story.world.until("the lock", 20, |world| world.device_sights().iter().all(|d| d.is_believed_online));
    story.badge_in(ADA, MAIN);
}

#[test]
fn a_crash_after_the_entry_is_durable_loses_the_release_and_not_the_entry() {
    let mut story = Story::begin(26);
    story.world.doom(Doom::NextRelease(CrashPoint::AfterCommit));
    story.hand("badge", &[ADA, MAIN]);
    story.world.until("the crash", 3, |world| world.daemon().is_none());
    story.hear_named("access.granted", 1);
    story.pause(2_000);
    assert!(story.holds(MAIN));
    story.world.start();
    story.hear_named("access.not-taken", 25);
    assert!(story.holds(MAIN));
}

#[test]
fn an_opening_by_right_across_a_crash_is_not_forced() {
    let mut story = Story::begin(27);
    story.world.doom(Doom::NextRelease(CrashPoint::AfterOutputs(9)));
    story.hand("badge", &[ADA, MAIN]);
    story.world.until("the crash", 3, |world| world.daemon().is_none());
    // What was handed to the driver died with it; the next badge gets through before the end comes.
    story.world.start();
    story.world.until("the lock", 20, |world| world.device_sights().iter().all(|d| d.is_believed_online));
    story.badge_in(ADA, MAIN);
    story.world.kill();
    story.hand("open", &[MAIN]);
    story.pause(1_000);
    story.world.start();
    story.hear_named("access.taken", 20);
    story.hand("close", &[MAIN]);
    story.pause(3_000);
    assert!(!story.is_active(AlarmKind::DoorForced, MAIN));
}

#[test]
fn a_door_forced_while_the_daemon_is_dead_is_an_alarm_when_it_is_back() {
    for (door, kind, seed) in [(MAIN, AlarmKind::DoorForced, 28), (NETWORK_RACK, AlarmKind::HandleForced, 29)] {
        let mut story = Story::begin(seed);
        story.world.kill();
        story.hand("force", &[door]);
        story.pause(3_000);
        story.world.start();
        story.hear_alarm(kind, 20);
    }
}

/// Every daemon asks anew, and is answered anew.
#[test]
fn a_daemon_that_starts_again_learns_how_things_stand() {
    for broker in [BrokerPlace::Embedded, BrokerPlace::External] {
        let mut story = Story::over(World::with(Parameters { broker, ..Parameters::draw(34) }));
        for round in 0..4 {
            story.world.kill();
            story.world.start();
            story.pause(12_000);
            assert_eq!(story.world.differences(), Vec::<String>::new(), "{broker:?}, round {round}");
            story.world.reconnect_daemon();
            story.pause(500);
            assert_eq!(story.world.differences(), Vec::<String>::new(), "{broker:?}, round {round}, connected anew");
        }
    }
}

#[test]
fn while_the_journal_cannot_be_written_nobody_is_admitted_and_exits_work() {
    let mut story = Story::begin(30);
    story.world.disk_mut().set_space(Space::Full);
    story.hand("badge", &[ADA, MAIN]);
    story.pause(1_000);
    assert!(story.holds(MAIN));
    assert_eq!(story.world.health(), Some(JournalHealth::Unwritable));
    let late = story.world.command(Command::RevokeGrant { grant: GrantId::new(1), reason: reason("no reason") });
    assert_eq!(late, Err(CommandError::JournalUnwritable));
    story.hand("rex", &[MAIN]);
    story.pause(500);
    story.hand("open", &[MAIN]);
    story.pause(500);
    story.hand("close", &[MAIN]);
    story.pause(2_000);
    assert_eq!(story.unread(), Vec::<&str>::new(), "nothing can be durable");
    story.world.disk_mut().set_space(Space::Free);
    story.hear("the refused release", 2, |entry| {
        matches!(entry, Entry::ReleaseWithheld { cause: WithheldCause::NotDurable, .. })
    });
    story.hear_alarm(AlarmKind::JournalUnwritable, 1);
    story.hear_named("door.exit-released", 1);
    story.hear_named("journal.recovered", 1);
    story.hear_return(AlarmKind::JournalUnwritable, 1);
    story.badge_in(ADA, MAIN);
    story.pause(10_000);
    assert_eq!(story.world.differences(), Vec::<String>::new());
}

#[test]
fn a_change_of_rights_that_is_not_durable_is_not_confirmed() {
    let mut story = Story::begin(31);
    story.world.disk_mut().set_space(Space::Full);
    let revoked = story.world.command(Command::RevokeGrant { grant: GrantId::new(1), reason: reason("left") });
    assert_eq!(revoked, Err(CommandError::NotYetDurable));
    story.world.disk_mut().set_space(Space::Free);
    story.hear_named("grant.revoked", 2);
}

#[test]
fn a_line_that_is_unplugged_is_missed_and_found_again() {
    let mut story = Story::begin(32);
    story.world.set_adapter(0, Adapter::Unplugged);
    story.hear_alarm(AlarmKind::DeviceOffline, 1);
    story.pause(5_000);
    story.world.set_adapter(0, Adapter::Plugged);
    story.pause(10_000);
    assert_eq!(story.world.differences(), Vec::<String>::new());
    story.badge_in(ADA, MAIN);
}

/// A second card at an open door releases its lock again; if the door falls shut at that very moment, it is not at rest.
#[test]
fn a_door_that_shuts_while_it_is_released_again_keeps_the_other_one_shut() {
    for offset in [0, 20, 40, 80] {
        let mut story = Story::begin(33);
        story.badge_in(ADA, OUTER);
        story.hand("open", &[OUTER]);
        story.pause(8_000);
        story.hand("badge", &[ADA, OUTER]);
        story.pause(offset);
        story.hand("close", &[OUTER]);
        for _ in 0..40 {
            story.hand("badge", &[ADA, INNER]);
            story.pause(7);
        }
    }
}
