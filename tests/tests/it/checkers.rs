//! Each checker of the simulated site is shown what must never happen, and must say so; and the same without the one thing
//! that is wrong, and must say nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use rackward_core::alarm::{AlarmKind, AlarmSource};
use rackward_core::engine::output::ReleaseCause;
use rackward_core::entry::{Entry, OfflineEntry};
use rackward_core::facts::{Contact, Facts, HandlePosition, Key, Lock};
use rackward_core::id::{AlarmId, CommandId, CredentialId, DoorId, Generation, GrantId, PersonId, PointId, Seq};
use rackward_core::people::{
    Approval, CredentialKey, EscortNeed, Grant, GrantKind, GrantRight, GrantState, Uses, Validity, When,
};
use rackward_core::permission::Actor;
use rackward_core::rights_list::{HeldList, ListDigest, ListNumber, Logged};
use rackward_core::site::schedule::Weekly;
use rackward_core::{Batch, Monotonic, Now, RecordChange, Records, Site, Stamped, Wall};
use rackward_tests::checkers::acknowledged_revocation::AcknowledgedRevocation;
use rackward_tests::checkers::commanded_release::CommandedRelease;
use rackward_tests::checkers::growing_journal::GrowingJournal;
use rackward_tests::checkers::interlock::Interlock;
use rackward_tests::checkers::joined_log::JoinedLog;
use rackward_tests::checkers::recorded_release::RecordedRelease;
use rackward_tests::checkers::revoked_grant::RevokedGrant;
use rackward_tests::checkers::unexplained_opening::UnexplainedOpening;
use rackward_tests::checkers::{Belief, Checker, DeviceSight, DoorSight, Sight, convergence};
use rackward_tests::world::daemon::Sent;
use rackward_tests::world::disk::Disk;
use rackward_tests::world::{premises, reason};

const COMMAND: CommandId = CommandId::new(77);

/// A site at rest, to be made wrong.
struct Scene {
    now: Now,
    site: Site,
    doors: Vec<DoorSight>,
    devices: Vec<DeviceSight>,
    disk: Disk,
    shown: usize,
    sent: Vec<Sent>,
    pressed: Vec<DoorId>,
    presented: Vec<(DoorId, PersonId)>,
    /// The engine's own records, kept in step with the disk.
    memory: Records,
}

impl Scene {
    fn at_rest() -> Self {
        let site = premises::draft().build(&BTreeMap::new()).unwrap();
        let door = |door: &rackward_core::site::Door| {
            let is_rack = door.path.ends_with("/front");
            DoorSight {
                door: door.id,
                lock: door.lock,
                is_motor_on: false,
                is_by_list: false,
                unlocked_by_list: 0,
                is_held: true,
                is_closed: true,
                is_seated: is_rack.then_some(true),
                is_latched: None,
                is_key_turned: is_rack.then_some(false),
            }
        };
        let device = |device: &rackward_core::site::Device| DeviceSight {
            device: device.id,
            is_connected: true,
            is_cover_open: false,
            disturbed_at: Monotonic::default(),
            is_believed_online: true,
            held: None,
        };
        let mut scene = Self {
            now: Now { monotonic: Monotonic::from_micros(1_000_000), wall: Wall::from_seconds(1_784_721_600) },
            doors: site.doors().map(door).collect(),
            devices: site.devices().map(device).collect(),
            site,
            disk: Disk::default(),
            shown: 0,
            sent: Vec::new(),
            pressed: Vec::new(),
            presented: Vec::new(),
            memory: Records::default(),
        };
        for door in scene.doors.clone() {
            scene.write(Entry::DoorChanged { door: door.door, facts: at_rest(&door) });
        }
        scene
    }

    /// The first door and its place.
    fn main(&mut self) -> &mut DoorSight {
        &mut self.doors[0]
    }

    /// Makes an entry durable, with the rows it changes.
    fn write(&mut self, entry: Entry) {
        let stamped = Stamped { seq: self.memory.head.next(), at: self.now.wall, entry };
        let mut changes = Vec::new();
        self.memory.apply(&stamped, &mut changes);
        self.disk.commit(&Batch { entries: vec![stamped], changes });
    }

    fn grant_access(&mut self, grant: u32) {
        let door = self.doors[0].door;
        self.write(Entry::AccessGranted {
            point: PointId::new(1),
            door,
            person: PersonId::new(1),
            credential: CredentialId::new(1),
            grant: GrantId::new(grant),
            release_time: Duration::from_secs(5),
            command: COMMAND,
        });
    }

    fn send(&mut self, cause: ReleaseCause) {
        let device = self.doors[0].lock;
        self.sent.push(Sent { at: self.now.monotonic, device, command: COMMAND, cause });
    }

    fn wait(&mut self, millis: u64) {
        self.now = self.now.after(Duration::from_millis(millis));
    }

    fn sight(&self) -> Sight<'_> {
        Sight {
            now: self.now,
            site: &self.site,
            doors: &self.doors,
            devices: &self.devices,
            disk: &self.disk,
            fresh: &self.disk.journal()[self.shown.min(self.disk.journal().len())..],
            sent: &self.sent,
            pressed: &self.pressed,
            presented: &self.presented,
            daemon: Some(Belief { records: &self.memory, is_writable: true }),
        }
    }

    fn show(&mut self, checker: &mut dyn Checker) -> Result<(), String> {
        let said = checker.look(&self.sight());
        self.shown = self.disk.journal().len();
        self.sent.clear();
        self.pressed.clear();
        self.presented.clear();
        said
    }
}

fn at_rest(door: &DoorSight) -> Facts {
    Facts {
        contact: Contact::Closed,
        lock: Lock::Locked,
        handle: door.is_seated.map(|_| HandlePosition::Closed),
        key: door.is_key_turned.map(|_| Key::Home),
        latch: None,
    }
}

fn fires(said: Result<(), String>, word: &str) {
    let said = said.expect_err(word);
    assert!(said.contains(word), "{said}");
}

#[test]
fn a_release_without_its_entry_is_seen() {
    let check = |recorded: bool, cause, pressed: bool| {
        let mut scene = Scene::at_rest();
        if recorded {
            scene.grant_access(1);
        }
        if pressed {
            scene.pressed.push(scene.doors[0].door);
        }
        scene.send(cause);
        scene.show(&mut RecordedRelease::default()).is_ok()
    };
    assert!(check(true, ReleaseCause::Admitted, false));
    assert!(!check(false, ReleaseCause::Admitted, false));
    assert!(!check(false, ReleaseCause::Admitted, true), "a press is no reason to admit");
    assert!(check(false, ReleaseCause::LifeSafety, true));
    assert!(!check(false, ReleaseCause::LifeSafety, false));
}

#[test]
fn a_motor_that_starts_without_its_entry_is_seen() {
    let mut scene = Scene::at_rest();
    scene.grant_access(1);
    scene.main().is_motor_on = true;
    assert_eq!(scene.show(&mut RecordedRelease::default()), Ok(()));
    scene.wait(10_000);
    fires(scene.show(&mut RecordedRelease::default()), "without a reason");
}

#[test]
fn a_motor_that_nothing_commanded_is_seen() {
    let mut scene = Scene::at_rest();
    let mut checker = CommandedRelease::default();
    scene.send(ReleaseCause::Admitted);
    scene.main().is_motor_on = true;
    assert_eq!(scene.show(&mut checker), Ok(()));
    scene.main().is_motor_on = false;
    assert_eq!(scene.show(&mut checker), Ok(()));
    scene.wait(1_000);
    scene.main().is_motor_on = true;
    fires(scene.show(&mut checker), "nothing told it to");
}

#[test]
fn a_motor_that_does_not_stop_is_seen() {
    let mut scene = Scene::at_rest();
    let mut checker = CommandedRelease::default();
    scene.send(ReleaseCause::Admitted);
    scene.main().is_motor_on = true;
    assert_eq!(scene.show(&mut checker), Ok(()));
    scene.wait(8_000);
    assert_eq!(scene.show(&mut checker), Ok(()));
    scene.wait(1_000);
    fires(scene.show(&mut checker), "did not stop");
}

#[test]
fn admission_by_a_revoked_grant_is_seen() {
    let mut scene = Scene::at_rest();
    let mut checker = RevokedGrant::default();
    scene.grant_access(1);
    let (by, generation) = (Actor::System, Generation::new(1));
    scene.write(Entry::GrantRevoked { grant: GrantId::new(1), reason: reason("left"), by, generation });
    scene.grant_access(2);
    assert_eq!(scene.show(&mut checker), Ok(()));
    scene.grant_access(1);
    fires(scene.show(&mut checker), "revoked");
}

#[test]
fn two_doors_of_an_interlock_unlocked_together_are_seen() {
    let mut scene = Scene::at_rest();
    scene.doors[1].is_held = false;
    scene.doors[0].is_held = false;
    assert_eq!(scene.show(&mut Interlock::default()), Ok(()), "the main entrance is in no interlock");
    scene.doors[2].is_motor_on = true;
    fires(scene.show(&mut Interlock::default()), "unlocked together");
}

#[test]
fn an_exit_is_excused_only_where_nothing_is_known_to_stand_against_it() {
    let check = |lock: Lock, cause: ReleaseCause| {
        let mut scene = Scene::at_rest();
        let (outer, inner) = (scene.doors[1], scene.doors[2]);
        let facts = Facts { lock, ..at_rest(&outer) };
        scene.write(Entry::DoorChanged { door: outer.door, facts });
        scene.sent.push(Sent { at: scene.now.monotonic, device: inner.lock, command: COMMAND, cause });
        (scene.doors[1].is_held, scene.doors[2].is_motor_on) = (false, true);
        scene.show(&mut Interlock::default()).is_ok()
    };
    assert!(check(Lock::Unknown, ReleaseCause::LifeSafety));
    assert!(!check(Lock::Unlocked, ReleaseCause::LifeSafety));
    assert!(!check(Lock::Unknown, ReleaseCause::Admitted));
}

#[test]
fn a_journal_that_shrinks_is_seen() {
    let mut scene = Scene::at_rest();
    let mut checker = GrowingJournal::default();
    assert_eq!(scene.show(&mut checker), Ok(()));
    scene.disk.lose(1);
    fires(scene.show(&mut checker), "not what they were");
}

#[test]
fn a_journal_with_a_gap_is_seen() {
    let mut scene = Scene::at_rest();
    let mut checker = GrowingJournal::default();
    scene.memory.head = Seq::new(scene.memory.head.get() + 1);
    scene.write(Entry::Stopped);
    fires(scene.show(&mut checker), "follows entry");
}

#[test]
fn tables_that_say_something_else_than_the_journal_are_seen() {
    let mut scene = Scene::at_rest();
    let mut checker = GrowingJournal::default();
    let door = scene.doors[0].door;
    scene.disk.scribble(&RecordChange::Door(door, Default::default()));
    fires(scene.show(&mut checker), "tables");
}

#[test]
fn a_memory_that_says_something_else_than_the_journal_is_seen() {
    let mut scene = Scene::at_rest();
    let mut checker = GrowingJournal::default();
    scene.memory.doors.clear();
    fires(scene.show(&mut checker), "memory");
}

#[test]
fn an_opening_without_right_and_without_alarm_is_seen() {
    let story = |change: fn(&mut Scene)| {
        let mut scene = Scene::at_rest();
        let mut checker = UnexplainedOpening::default();
        scene.show(&mut checker).unwrap();
        change(&mut scene);
        scene.show(&mut checker)?;
        scene.wait(10_000);
        scene.show(&mut checker)
    };
    let raise = |scene: &mut Scene| {
        let (alarm, source) = (AlarmId::new(1), AlarmSource::Door(scene.doors[0].door));
        scene.write(Entry::AlarmRaised { alarm, kind: AlarmKind::DoorForced, source });
    };
    fires(story(|scene| scene.main().is_closed = false), "forced");
    fires(story(|scene| scene.doors[4].is_key_turned = Some(true)), "key");
    let mut scene = Scene::at_rest();
    scene.main().is_closed = false;
    let mut checker = UnexplainedOpening::default();
    scene.show(&mut checker).unwrap();
    raise(&mut scene);
    scene.wait(10_000);
    assert_eq!(scene.show(&mut checker), Ok(()), "an alarm says so");
    let quiet: [fn(&mut Scene); 3] = [
        |scene| (scene.main().is_closed, scene.main().is_held) = (false, false),
        |scene| {
            scene.grant_access(1);
            scene.main().is_closed = false;
        },
        |scene| {
            scene.main().is_closed = false;
            scene.devices.iter_mut().for_each(|device| device.is_connected = false);
        },
    ];
    for change in quiet {
        assert_eq!(story(change), Ok(()));
    }
}

#[test]
fn belief_that_is_not_the_truth_is_seen() {
    let check = |change: fn(&mut Scene), word: &str| {
        let mut scene = Scene::at_rest();
        change(&mut scene);
        let found = convergence::differences(&scene.sight());
        assert!(found.iter().any(|what| what.contains(word)), "{word}: {found:?}");
    };
    assert_eq!(convergence::differences(&Scene::at_rest().sight()), Vec::<String>::new());
    check(|scene| scene.main().is_closed = false, "believed");
    check(|scene| scene.main().is_closed = false, "door_forced_open is no alarm");
    check(|scene| scene.doors[4].is_seated = Some(false), "closed_not_latched is no alarm");
    check(|scene| scene.doors[4].is_key_turned = Some(true), "key_override is no alarm");
    check(|scene| scene.main().is_motor_on = true, "motor");
    check(|scene| scene.devices[0].is_connected = false, "connected");
    check(|scene| scene.devices[0].is_believed_online = false, "believed false");
    check(|scene| scene.devices[0].is_cover_open = true, "cover");
    check(
        |scene| {
            let (alarm, source) = (AlarmId::new(1), AlarmSource::Door(scene.doors[0].door));
            scene.write(Entry::AlarmRaised { alarm, kind: AlarmKind::HeldOpen, source });
        },
        "door_held_open is an alarm without cause",
    );
    check(|scene| scene.grant_access(1), "nobody passes");
}

/// A list of this number, made from this generation.
fn list(number: u64, generation: u64) -> HeldList {
    let expires = Wall::from_seconds(1_784_750_000);
    HeldList {
        number: ListNumber(number),
        generation: Generation::new(generation),
        digest: ListDigest([number as u8; 32]),
        expires,
    }
}

/// A rack whose handle holds a list, somebody with a right to it, and what was written of both.
fn scene_with_list() -> Scene {
    let mut scene = Scene::at_rest();
    let (device, grant) = (scene.doors[4].lock, grant_of(scene.doors[4].door));
    scene.write(Entry::PersonCreated { person: PersonId::new(1), by: Actor::System });
    scene.write(Entry::GrantCreated { grant, by: Actor::System, generation: Generation::new(1) });
    let HeldList { generation, digest, expires, .. } = list(1, 1);
    scene.write(OfflineEntry::ListIssued { device, generation, digest, expires, cards: 1 }.into());
    scene
}

fn grant_of(door: DoorId) -> Grant {
    let validity = Validity { from: Wall::from_seconds(1_784_700_000), to: Wall::from_seconds(1_784_800_000) };
    Grant {
        id: GrantId::new(1),
        person: PersonId::new(1),
        right: GrantRight::Doors { doors: Box::new([door]), when: When::Weekly(Weekly::always()) },
        validity,
        reason: "works here".into(),
        ticket: None,
        uses: Uses::Unlimited,
        escort: EscortNeed::No,
        kind: GrantKind::Ordinary,
        state: GrantState::Active,
        requested_by: Actor::System,
        approval: Approval::None,
        approved_by: Vec::new(),
    }
}

impl Scene {
    fn revoke(&mut self, generation: u64) {
        let (grant, reason) = (GrantId::new(1), reason("left"));
        let generation = Generation::new(generation);
        self.write(Entry::GrantRevoked { grant, reason, by: Actor::System, generation });
    }

    fn acknowledge(&mut self, list: HeldList) {
        let device = self.doors[4].lock;
        self.write(OfflineEntry::ListApplied { device, list }.into());
    }

    /// Somebody presents a card at the rack, and its handle unlocks by its list.
    fn unlock_by_list(&mut self) {
        self.presented.push((self.doors[4].door, PersonId::new(1)));
        self.doors[4].unlocked_by_list += 1;
    }

    fn join(&mut self, number: u64) {
        let rack = self.doors[4];
        let what = Logged::Admitted { card: CredentialKey::from_keyed_hash([1; 16]), list: ListNumber(1) };
        let (device, door, happened) = (rack.lock, rack.door, self.now.wall);
        let (credential, person) = (None, Some(PersonId::new(1)));
        self.write(OfflineEntry::Logged { device, door, number, happened, what, credential, person }.into());
    }
}

#[test]
fn an_unlocking_after_an_acknowledged_revocation_is_seen() {
    let check = |story: &[fn(&mut Scene)]| {
        let mut scene = scene_with_list();
        let mut checker = AcknowledgedRevocation::default();
        story.iter().try_for_each(|step| {
            step(&mut scene);
            scene.show(&mut checker)
        })
    };
    assert_eq!(check(&[|scene| scene.unlock_by_list()]), Ok(()), "the right is there");
    assert_eq!(check(&[|scene| scene.revoke(2), |scene| scene.unlock_by_list()]), Ok(()), "nobody acknowledged it");
    assert_eq!(
        check(&[|s| s.revoke(2), |s| s.acknowledge(list(1, 1)), |s| s.unlock_by_list()]),
        Ok(()),
        "an older list was acknowledged"
    );
    assert_eq!(
        check(&[|s| s.revoke(2), |s| (s.unlock_by_list(), s.acknowledge(list(2, 2))).1]),
        Ok(()),
        "it was acknowledged after the door was open"
    );
    fires(check(&[|s| s.revoke(2), |s| s.acknowledge(list(2, 2)), |s| s.unlock_by_list()]), "acknowledged");
    let cleared = |s: &mut Scene| {
        let device = s.doors[4].lock;
        s.write(OfflineEntry::ListCleared { device }.into());
    };
    fires(check(&[cleared, |s| s.unlock_by_list()]), "gone");
    fires(check(&[|s| s.doors[4].unlocked_by_list += 1]), "nobody presented");
}

#[test]
fn a_log_that_joins_the_journal_twice_or_out_of_order_is_seen() {
    let check = |numbers: &[u64]| {
        let mut scene = scene_with_list();
        scene.doors[4].unlocked_by_list = 3;
        numbers.iter().for_each(|number| scene.join(*number));
        scene.show(&mut JoinedLog::default())
    };
    assert_eq!(check(&[1, 2, 3]), Ok(()));
    fires(check(&[1, 1]), "follows record 1");
    fires(check(&[2, 1]), "follows record 2");
    fires(check(&[1, 3]), "follows record 1");
    fires(check(&[1, 2, 3, 4]), "only 3 happened");
}

#[test]
fn rights_that_did_not_arrive_are_seen() {
    let check = |change: fn(&mut Scene), word: &str| {
        let mut scene = scene_with_list();
        let device = scene.doors[4].lock;
        let issued = scene.memory.rights[&device].issued.unwrap();
        scene.acknowledge(issued);
        scene.devices.iter_mut().filter(|sight| sight.device == device).for_each(|sight| sight.held = Some(issued));
        change(&mut scene);
        let found = convergence::differences(&scene.sight());
        match word {
            "" => assert_eq!(found, Vec::<String>::new()),
            word => assert!(found.iter().any(|what| what.contains(word)), "{word}: {found:?}"),
        }
    };
    check(|_| {}, "");
    check(|scene| scene.devices.iter_mut().for_each(|device| device.held = None), "holds None");
    check(|scene| scene.acknowledge(list(9, 9)), "was issued");
    check(
        |scene| {
            let (device, generation) = (scene.doors[4].lock, Generation::new(2));
            let (narrowed, widened) = (Box::new([device]), Box::default());
            scene.write(OfflineEntry::RightsChanged { generation, narrowed, widened }.into());
        },
        "rights changed",
    );
    check(
        |scene| {
            let (alarm, source) = (AlarmId::new(1), AlarmSource::Device(scene.doors[4].lock));
            scene.write(Entry::AlarmRaised { alarm, kind: AlarmKind::RevocationPending, source });
        },
        "revocation_pending is an alarm without cause",
    );
    check(|scene| scene.doors[4].unlocked_by_list = 1, "the journal has 0");
}
