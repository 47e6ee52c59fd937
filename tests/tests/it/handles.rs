//! Handles that decide by themselves while nobody can be asked, in virtual time: the shipped firmware with its rights list and
//! its log, the shipped fleet and engine, and a broker that may fail. All checkers look at every moment: above all that a
//! device which has acknowledged a revocation never opens for that card again, and that what it did alone joins the journal in
//! order, once.
//!
//! Decided here: what is done and what must come of it. What devices and brokers may do wrong is in `lies`.

mod lies;

use rackward_core::alarm::{AlarmKind, AlarmSource, Condition};
use rackward_core::engine::command::Scope;
use rackward_core::engine::query::Receipts;
use rackward_core::entry::{Entry, OfflineEntry};
use rackward_core::id::{GrantId, PersonId};
use rackward_core::people::GrantState;
use rackward_core::rights_list::Logged;
use rackward_core::{Answer, Command, Query};
use rackward_tests::world::broker::{Keeping, Weather};
use rackward_tests::world::{BrokerPlace, Parameters, World, premises, reason};

use super::stories::Story;

const ADA: &str = "p-1";
const BEN: &str = "p-2";
/// Handles at the broker, each with the door of its rack.
const RACKS: [(&str, &str); 4] = [
    ("r01-c01-front", "r01/c01/front"),
    ("r03-c01-front", "r03/c01/front"),
    ("r04-c01-front", "r04/c01/front"),
    ("r05-c01-front", "r05/c01/front"),
];
const HANDLE: &str = RACKS[0].0;
const RACK: &str = RACKS[0].1;

impl Story {
    /// A site whose handles all hold the list they should.
    fn with_lists(seed: u64, broker: BrokerPlace) -> Self {
        Self::listed(World::with(Parameters { broker, ..Parameters::draw(seed) }))
    }

    fn listed(mut world: World) -> Self {
        world.until("every handle to hold its list", 60, |world| {
            let receipts = receipts(world);
            receipts.total as usize == RACKS.len() && receipts.behind.is_empty()
        });
        Self::over(world)
    }

    fn is_device_alarm(&self, kind: AlarmKind, device: &str) -> bool {
        let source = AlarmSource::Device(self.world.device(device));
        let mut alarms = self.world.disk().tables().alarms.values();
        alarms.any(|alarm| alarm.kind == kind && alarm.source == source && alarm.condition == Condition::Active)
    }

    /// Every active grant of a person is taken back.
    fn revoke(&mut self, person: &str) {
        let person: PersonId = person.parse().unwrap();
        let grants = self.world.disk().tables().grants.values();
        let active = grants.filter(|grant| grant.person == person && grant.state == GrantState::Active);
        let ids: Vec<GrantId> = active.map(|grant| grant.id).collect();
        assert!(!ids.is_empty(), "nothing to revoke");
        for grant in ids {
            self.world.command(Command::RevokeGrant { grant, reason: reason("left the company") }).unwrap();
        }
    }

    /// Somebody opens a rack whose handle is on its own, and shuts it again.
    fn open_alone(&mut self, person: &str, rack: &str) {
        self.hand("badge", &[person, rack]);
        self.wait_unlocked(rack);
        for verb in ["lift", "open"] {
            self.hand(verb, &[rack]);
            self.pause(500);
        }
        for verb in ["close", "seat"] {
            self.hand(verb, &[rack]);
            self.pause(500);
        }
        self.wait_locked(rack);
    }

    fn wait_unlocked(&mut self, rack: &str) {
        let door = self.world.door(rack);
        let is_free = |world: &World| world.door_sights().iter().any(|sight| sight.door == door && !sight.is_held);
        self.world.until("the slide to come free", 10, is_free);
    }

    fn wait_locked(&mut self, rack: &str) {
        let door = self.world.door(rack);
        let is_held = |world: &World| world.door_sights().iter().any(|sight| sight.door == door && sight.is_held);
        self.world.until("the slide to hold again", 30, is_held);
    }

    /// What a handle wrote into its log and the journal has, in order.
    fn joined(&self, device: &str) -> Vec<(u64, Logged, Option<PersonId>)> {
        let device = self.world.device(device);
        let record = |entry: &Entry| match entry {
            Entry::Offline(OfflineEntry::Logged { device: of, number, what, person, .. }) if *of == device => {
                Some((*number, *what, *person))
            }
            _ => None,
        };
        self.world.disk().journal().iter().filter_map(|stamped| record(&stamped.entry)).collect()
    }

    fn hear_revoked_use(&mut self) {
        self.hear_alarm(AlarmKind::RevokedUse, 30);
    }

    /// Waits until every receipt has come and every belief is true.
    fn settle(&mut self) {
        self.world.until("every receipt", 90, |world| receipts(world).behind.is_empty());
        self.world.run_secs(5);
        let differences = self.world.differences();
        assert!(differences.is_empty(), "{differences:#?}\n{}", self.world.tail());
    }
}

/// What the daemon says of the receipts; none while it is dead.
fn receipts(world: &World) -> Receipts {
    let query = Query::Receipts { through: None };
    match world.daemon().map(|daemon| daemon.engine().answer(world.now(), Scope::Site, &query)) {
        Some(Answer::Receipts(receipts)) => receipts,
        _ => Receipts::default(),
    }
}

#[test]
fn a_handle_without_its_link_opens_for_an_hour_as_its_list_says_and_tells_all_of_it_afterwards() {
    let mut story = Story::with_lists(101, BrokerPlace::External);
    story.hand("cut", &[HANDLE]);
    story.hear_alarm(AlarmKind::DeviceOffline, 30);
    story.world.run_secs(10 * 60);
    story.open_alone(ADA, RACK);

    story.hand("badge", &[BEN, RACK]);
    story.pause(3_000);
    assert!(story.holds(RACK), "Ben is on no list of this rack");

    story.world.run_secs(15 * 60);
    story.revoke(ADA);
    let behind = receipts(&story.world).behind;
    let device = story.world.device(HANDLE);
    assert!(behind.iter().any(|behind| behind.device == device && behind.honours_until.is_some()), "{behind:?}");
    story.hear_alarm(AlarmKind::RevocationPending, 75);
    assert!(story.is_device_alarm(AlarmKind::RevocationPending, HANDLE));
    assert_eq!(receipts(&story.world).behind.len(), 1, "all others have acknowledged");

    story.world.run_secs(20 * 60);
    story.open_alone(ADA, RACK);
    story.world.run_secs(14 * 60);

    story.hand("restore", &[HANDLE]);
    story.hear_revoked_use();
    story.hear_return(AlarmKind::RevocationPending, 30);
    story.settle();
    let admitted: Vec<_> =
        story.joined(HANDLE).into_iter().filter(|(_, what, _)| matches!(what, Logged::Admitted { .. })).collect();
    assert_eq!(admitted.len(), 2, "{admitted:?}");
    assert!(admitted.iter().all(|(_, _, person)| *person == ADA.parse().ok()), "{admitted:?}");
    let revoked_uses = story
        .world
        .disk()
        .journal()
        .iter()
        .filter(|stamped| matches!(stamped.entry, Entry::AlarmRaised { kind: AlarmKind::RevokedUse, .. }));
    assert_eq!(revoked_uses.count(), 1, "only the second opening was without right");

    story.hand("badge", &[ADA, RACK]);
    story.pause(3_000);
    assert!(story.holds(RACK));
    story.hand("cut", &[HANDLE]);
    story.world.run_secs(30);
    story.hand("badge", &[ADA, RACK]);
    story.pause(3_000);
    assert!(story.holds(RACK), "its new list does not have her");
}

#[test]
fn while_half_of_the_handles_are_away_the_receipts_of_the_others_come_and_theirs_follow() {
    let mut story = Story::with_lists(102, BrokerPlace::External);
    let away = [RACKS[0], RACKS[2]];
    for (handle, _) in away {
        story.hand("cut", &[handle]);
    }
    story.world.run_secs(20);
    story.revoke(ADA);
    story.world.until("the receipts of those that are there", 15, |world| receipts(world).behind.len() == away.len());
    let behind = receipts(&story.world).behind;
    for (handle, _) in away {
        let device = story.world.device(handle);
        let entry = behind.iter().find(|behind| behind.device == device);
        assert!(entry.is_some_and(|behind| behind.honours_until.is_some()), "{handle}: {behind:?}");
    }
    story.hear_alarm(AlarmKind::RevocationPending, 75);
    for (handle, _) in away {
        story.hand("restore", &[handle]);
    }
    story.settle();
    assert_eq!(receipts(&story.world).total as usize, RACKS.len());
}

#[test]
fn a_daemon_that_starts_again_still_knows_whose_receipts_are_missing() {
    let mut story = Story::with_lists(103, BrokerPlace::External);
    story.hand("cut", &[HANDLE]);
    story.world.run_secs(20);
    story.revoke(ADA);
    let device = story.world.device(HANDLE);
    story.world.until("the other receipts", 15, |world| receipts(world).behind.len() == 1);
    let before = receipts(&story.world);
    story.world.kill();
    story.world.run_secs(30);
    story.world.start();
    story.world.until("the handles to be back", 40, |world| receipts(world).behind.len() == 1);
    let after = receipts(&story.world);
    assert_eq!((after.behind[0].device, after.behind[0].since), (device, before.behind[0].since));
    assert_eq!(after.behind[0].honours_until, before.behind[0].honours_until);
    story.hear_alarm(AlarmKind::RevocationPending, 75);
    story.hand("restore", &[HANDLE]);
    story.settle();
}

#[test]
fn what_handles_did_while_the_daemon_was_dead_joins_the_journal() {
    let mut story = Story::with_lists(104, BrokerPlace::Embedded);
    story.world.kill();
    story.world.run_secs(10);
    for (_, rack) in RACKS {
        story.open_alone(ADA, rack);
    }
    story.world.start();
    story.settle();
    for (handle, _) in RACKS {
        let admitted = story.joined(handle).into_iter().filter(|(_, what, _)| matches!(what, Logged::Admitted { .. }));
        assert_eq!(admitted.count(), 1, "{handle}");
    }
}

/// A broker that does whatever a broker must not, while rights come and go and links break; afterwards every handle holds what
/// it should. The seed is printed and everything drawn from it.
fn through_bad_weather(seed: u64, broker: BrokerPlace) {
    let mut story = Story::with_lists(seed, broker);
    story.world.broker_mut().set_keeping(Keeping::Everything);
    let weather = Weather { twice_one_in: 4, late_one_in: 4, lost_one_in: 12, behind_one_in: 6 };
    story.world.broker_mut().set_weather(weather);
    for round in 0..6 {
        let (handle, rack) = RACKS[round % RACKS.len()];
        drop(story.world.hand("cut", &[handle]));
        story.world.run_secs(4);
        // It may hold no list of hers now; then it stays shut, and that is well too.
        drop(story.world.hand("badge", &[ADA, rack]));
        if round % 2 == 0 {
            story.revoke(ADA);
        } else {
            story.world.grant(ADA.parse().unwrap(), &premises::DOORS).unwrap();
        }
        story.world.run_secs(6);
        if round == 3 {
            story.world.restart_broker();
        }
        drop(story.world.hand("restore", &[handle]));
        story.world.run_secs(5);
    }
    story.world.heal();
    story.settle();
}

#[test]
fn a_broker_of_its_own_that_shuffles_doubles_delays_drops_and_keeps_costs_no_right_and_no_record() {
    (110..113).for_each(|seed| through_bad_weather(seed, BrokerPlace::Embedded));
}

#[test]
fn another_broker_that_shuffles_doubles_delays_drops_and_keeps_costs_no_right_and_no_record() {
    (120..123).for_each(|seed| through_bad_weather(seed, BrokerPlace::External));
}
