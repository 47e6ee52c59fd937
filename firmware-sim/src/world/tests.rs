//! Physics as a table: what hands do, what motors do, and where everything is then.

use core::time::Duration;

use proptest::prelude::*;
use rackward_protocol::osdp::Micros;

use super::*;

#[derive(Clone, Copy, Debug)]
enum Deed {
    Open,
    LetGo,
    Close,
    Force,
    Lift,
    Seat,
    Key,
    Press,
    /// The motor, on or off.
    Motor(bool),
    /// So many milliseconds pass.
    Wait(u64),
}

use Deed::{Close, Force, Key, LetGo, Lift, Motor, Open, Press, Seat, Wait};

struct Bench {
    barrier: Barrier,
    motor: crate::board::Wire,
    sensors: Vec<(&'static str, crate::board::Wire)>,
    now: Micros,
}

fn door() -> Bench {
    let wires = DoorWires::default();
    let sensors =
        vec![("closed", wires.closed.clone()), ("locked", wires.locked.clone()), ("exit", wires.exit.clone())];
    let motor = wires.motor.clone();
    let door = Door::new(Some(Duration::from_secs(4)), Duration::from_millis(60), wires);
    Bench { barrier: Barrier::Door(door), motor, sensors, now: Micros(1) }
}

fn rack() -> Bench {
    let wires = RackWires::default();
    let sensors = vec![
        ("closed", wires.closed.clone()),
        ("locked", wires.locked.clone()),
        ("home", wires.handle_home.clone()),
        ("latched", wires.latched.clone()),
        ("key", wires.key_turned.clone()),
    ];
    let motor = wires.motor.clone();
    let rack = Rack::new(None, Duration::from_millis(700), wires);
    Bench { barrier: Barrier::Rack(rack), motor, sensors, now: Micros(1) }
}

impl Bench {
    fn act(&mut self, deed: Deed) -> Result<(), Impossible> {
        let outcome = match deed {
            Deed::Open => self.barrier.open(self.now, Grip::Hold),
            Deed::LetGo => self.barrier.open(self.now, Grip::LetGo),
            Deed::Close => self.barrier.close(),
            Deed::Force => self.barrier.force(self.now),
            Deed::Lift => self.barrier.lift(),
            Deed::Seat => self.barrier.seat(),
            Deed::Key => self.barrier.turn_key().map(|_| ()),
            Deed::Press => self.barrier.press_exit(self.now),
            Deed::Motor(on) => {
                self.motor.set(on);
                Ok(())
            }
            Deed::Wait(millis) => {
                for _ in 0..millis / 10 {
                    self.now = self.now + Duration::from_millis(10);
                    self.barrier.tick(self.now);
                }
                Ok(())
            }
        };
        self.barrier.tick(self.now);
        outcome
    }

    /// The names of the sensors that read high.
    fn high(&self) -> Vec<&'static str> {
        self.sensors.iter().filter(|(_, wire)| wire.is_high()).map(|(name, _)| *name).collect()
    }
}

/// Every deed but the last must work; the last ends as `expect` says, and these sensors read high then.
fn check(mut bench: Bench, deeds: &[Deed], expect: Result<(), Impossible>, high: &[&str]) {
    let (last, before) = deeds.split_last().unwrap();
    for deed in before {
        assert_eq!(bench.act(*deed), Ok(()), "{deed:?} of {deeds:?}");
    }
    assert_eq!(bench.act(*last), expect, "{deeds:?}");
    assert_eq!(bench.high(), high, "{deeds:?}");
}

#[test]
fn doors() {
    let shut: &[&str] = &["closed", "locked"];
    check(door(), &[Wait(1000)], Ok(()), shut);
    check(door(), &[Open], Err(Impossible::BoltHolds), shut);
    check(door(), &[Force], Ok(()), &["locked"]);
    check(door(), &[Force, Force], Err(Impossible::AlreadyOpen), &["locked"]);
    check(door(), &[Force, Close], Ok(()), shut);
    check(door(), &[Close], Err(Impossible::AlreadyClosed), shut);
    check(door(), &[Motor(true), Wait(50), Open], Err(Impossible::BoltHolds), shut);
    check(door(), &[Motor(true), Wait(80)], Ok(()), &["closed"]);
    check(door(), &[Motor(true), Wait(80), Open], Ok(()), &[]);
    check(door(), &[Motor(true), Wait(80), Open, Motor(false), Wait(80)], Ok(()), &["locked"]);
    check(door(), &[Motor(true), Wait(80), Motor(false), Wait(80), Open], Err(Impossible::BoltHolds), shut);
}

#[test]
fn closers() {
    let unlocked = [Motor(true), Wait(80)];
    let with = |more: &[Deed]| unlocked.iter().chain(more).copied().collect::<Vec<_>>();
    check(door(), &with(&[LetGo, Wait(3_900)]), Ok(()), &[]);
    check(door(), &with(&[LetGo, Wait(4_000)]), Ok(()), &["closed"]);
    check(door(), &with(&[LetGo, Close]), Ok(()), &["closed"]);
    check(door(), &with(&[Open, Wait(60_000)]), Ok(()), &[]);
    check(door(), &[Force, Wait(60_000)], Ok(()), &["locked"]);
}

#[test]
fn exit_buttons() {
    check(door(), &[Press], Ok(()), &["closed", "locked", "exit"]);
    check(door(), &[Press, Wait(390)], Ok(()), &["closed", "locked", "exit"]);
    check(door(), &[Press, Wait(400)], Ok(()), &["closed", "locked"]);
    check(door(), &[Press, Wait(300), Press, Wait(300)], Ok(()), &["closed", "locked", "exit"]);
    check(rack(), &[Press], Err(Impossible::NoExitButton), &["closed", "locked", "home", "latched"]);
}

#[test]
fn doors_have_no_handles() {
    for deed in [Lift, Seat, Key] {
        check(door(), &[deed], Err(Impossible::NoHandle), &["closed", "locked"]);
    }
}

#[test]
fn racks() {
    let shut: &[&str] = &["closed", "locked", "home", "latched"];
    let free = [Motor(true), Wait(720)];
    let with = |more: &[Deed]| free.iter().chain(more).copied().collect::<Vec<_>>();
    check(rack(), &[Wait(1000)], Ok(()), shut);
    check(rack(), &[Lift], Err(Impossible::SlideHolds), shut);
    check(rack(), &[Open], Err(Impossible::HandleHolds), shut);
    check(rack(), &[Seat], Err(Impossible::AlreadySeated), shut);
    check(rack(), &[Motor(true), Wait(690), Lift], Err(Impossible::SlideHolds), shut);
    check(rack(), &with(&[Lift]), Ok(()), &["closed"]);
    check(rack(), &with(&[Open]), Err(Impossible::HandleHolds), &["closed", "home", "latched"]);
    check(rack(), &with(&[Lift, Lift]), Err(Impossible::AlreadyLifted), &["closed"]);
    check(rack(), &with(&[Lift, Open]), Ok(()), &[]);
    check(rack(), &with(&[Lift, Open, Seat]), Err(Impossible::LeafOpen), &[]);
    check(rack(), &with(&[Lift, Open, Motor(false), Wait(2_000)]), Ok(()), &[]);
    check(rack(), &with(&[Lift, Open, Motor(false), Close, Wait(2_000)]), Ok(()), &["closed"]);
    check(rack(), &with(&[Lift, Open, Motor(false), Close, Seat]), Ok(()), &["closed", "home", "latched"]);
    check(rack(), &with(&[Lift, Open, Motor(false), Close, Seat, Wait(720)]), Ok(()), shut);
    check(rack(), &with(&[Motor(false), Wait(300)]), Ok(()), &["closed", "home", "latched"]);
    check(rack(), &with(&[Motor(false), Wait(300), Motor(true), Wait(690)]), Ok(()), shut);
    check(rack(), &with(&[Motor(false), Wait(720), Lift]), Err(Impossible::SlideHolds), shut);
    check(rack(), &[Force], Ok(()), &["locked", "home"]);
    check(rack(), &[Force, Close], Ok(()), shut);
}

#[test]
fn keys_free_the_handle_whatever_the_slide_does() {
    check(rack(), &[Key], Ok(()), &["closed", "locked", "home", "latched", "key"]);
    check(rack(), &[Key, Lift, Open], Ok(()), &["locked", "key"]);
    check(rack(), &[Key, Key, Lift], Err(Impossible::SlideHolds), &["closed", "locked", "home", "latched"]);
    check(rack(), &[Key, Lift, Open, Close, Seat, Key], Ok(()), &["closed", "locked", "home", "latched"]);
}

fn any_gentle_deed() -> impl Strategy<Value = Deed> {
    prop_oneof![Just(Open), Just(LetGo), Just(Close), Just(Lift), Just(Seat), Just(Press), (0u64..3_000).prop_map(Wait),]
}

proptest! {
    /// Whatever hands try, without motor, key and force nothing opens.
    #[test]
    fn nothing_opens_by_itself(deeds in proptest::collection::vec(any_gentle_deed(), 0..60)) {
        for mut bench in [door(), rack()] {
            for deed in &deeds {
                let _physics_may_refuse = bench.act(*deed);
                prop_assert!(bench.barrier.leaf().is_closed() && bench.barrier.bolt().holds());
            }
        }
    }

    /// Whatever hands and motor do, an open leaf means that somebody could and did move it.
    #[test]
    fn a_handle_is_never_seated_in_an_open_rack(
        deeds in proptest::collection::vec(prop_oneof![any_gentle_deed(), any::<bool>().prop_map(Motor), Just(Key)], 0..80),
    ) {
        let mut bench = rack();
        for deed in deeds {
            let _physics_may_refuse = bench.act(deed);
            let high = bench.high();
            prop_assert!(high.contains(&"closed") || !high.contains(&"home"), "{deed:?} left {high:?}");
        }
    }
}

#[test]
fn a_fence_comes_to_rest() {
    let wire = crate::board::Wire::default();
    let mut zone = Zone::new(wire.clone());
    zone.cross(Micros::from_secs(1));
    let rows = [(1_000, true), (3_990, true), (4_000, false), (9_000, false)];
    for (at, expect) in rows {
        zone.tick(Micros::from_millis(at));
        assert_eq!((wire.is_high(), zone.is_crossed()), (expect, expect), "at {at} ms");
    }
}
