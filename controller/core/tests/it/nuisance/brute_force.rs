//! The engine is run with timings A and, on the same inputs, with timings B: rehearsing the journal of A with B must give
//! exactly the alarms of B. What happens is drawn, so that a failing history is printed and shrunk.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;

use super::{STREET, desk_with, facts, rack_facts, raises};
use crate::site::{Desk, FRONT, card, draft, reason};
use rackward_core::alarm::AlarmKind;
use rackward_core::engine::input::Identity;
use rackward_core::facts::{Contact, HandlePosition, Lock};
use rackward_core::mode::ModeOrder;
use rackward_core::nuisance::alarms_with;
use rackward_core::site::Timings;
use rackward_core::{Command, DeviceReport};

const REPLAYED: [AlarmKind; 4] =
    [AlarmKind::DoorForced, AlarmKind::HandleForced, AlarmKind::HeldPreAlarm, AlarmKind::HeldOpen];

/// What may happen between two moments.
#[derive(Debug, Clone, Copy)]
enum Step {
    WaitMillis(u64),
    Contact(Contact),
    Lock(Lock),
    Handle(HandlePosition),
    Badge(u8),
    Exit,
    Order(ModeOrder),
    Restart,
}

/// A door or a rack with what its sensors say, and the engine around it.
struct Run {
    desk: Desk,
    rack: bool,
    contact: Contact,
    lock: Lock,
    handle: HandlePosition,
    change: Times,
}

/// The timings that differ between two runs.
#[derive(Debug, Clone, Copy)]
struct Times {
    open: u64,
    warning: u64,
    debounce_millis: u64,
}

impl Times {
    fn applied(self, times: Timings) -> Timings {
        Timings {
            open_time: Duration::from_secs(self.open),
            pre_alarm_time: Duration::from_secs(self.warning.min(self.open - 1)),
            extended_open_time: Duration::from_secs(self.open + 30),
            forced_debounce: Duration::from_millis(self.debounce_millis),
            ..times
        }
    }
}

impl Run {
    fn of(steps: &[Step], rack: bool, change: Times) -> Desk {
        let desk = desk_with(|times| change.applied(times));
        let mut run =
            Self { desk, rack, contact: Contact::Closed, lock: Lock::Locked, handle: HandlePosition::Closed, change };
        steps.iter().for_each(|step| run.step(*step));
        // Whatever was due by the end of the history has come by the end of this.
        run.desk.wait_secs(1000);
        run.desk
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::WaitMillis(millis) => self.desk.wait(Duration::from_millis(millis)),
            Step::Contact(contact) => self.contact = contact,
            Step::Lock(lock) => self.lock = lock,
            Step::Handle(handle) => self.handle = handle,
            Step::Badge(number) => self.desk.badge(if self.rack { "c1-front" } else { "street-reader" }, card(number)),
            Step::Exit => {
                let lock = self.desk.device(self.lock_name());
                self.desk.report(lock, DeviceReport::ExitRequested);
            }
            Step::Order(order) => {
                let door = self.desk.door(self.path());
                // An order that the mode does not take is part of the history as well.
                let _ = self.desk.command(Command::SetDoorMode { door, order, reason: reason("drawn") });
            }
            Step::Restart => self.restart(),
        }
        if matches!(step, Step::Contact(_) | Step::Lock(_) | Step::Handle(_)) {
            self.report();
        }
    }

    fn report(&mut self) {
        let facts =
            if self.rack { rack_facts(self.contact, self.lock, self.handle) } else { facts(self.contact, self.lock) };
        self.desk.facts(self.lock_name(), facts);
    }

    fn restart(&mut self) {
        let mut site = draft();
        site.doors.iter_mut().for_each(|door| door.timings = self.change.applied(door.timings));
        let mut journal = std::mem::take(&mut self.desk.journal);
        self.desk = Desk::restart_of(&site, self.desk.engine.records().clone(), self.desk.now);
        for name in [self.lock_name(), "street-reader"] {
            let device = self.desk.device(name);
            let identity = Identity { model: "m".into(), serial: "s".into(), firmware: "1".into() };
            self.desk.report(device, DeviceReport::Online(identity));
        }
        journal.append(&mut self.desk.journal);
        self.desk.journal = journal;
        self.report();
    }

    const fn lock_name(&self) -> &'static str {
        if self.rack { "c1-front" } else { "street-lock" }
    }

    const fn path(&self) -> &'static str {
        if self.rack { FRONT } else { STREET }
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => prop_oneof![0_u64..3_000, 0_u64..45_000].prop_map(Step::WaitMillis),
        // Whole seconds meet deadlines to the instant.
        2 => (0_u64..40).prop_map(|seconds| Step::WaitMillis(seconds * 1000)),
        4 => prop_oneof![
            4 => Just(Contact::Open), 4 => Just(Contact::Closed), 1 => Just(Contact::Unknown), 1 => Just(Contact::Fault)
        ].prop_map(Step::Contact),
        2 => prop_oneof![4 => Just(Lock::Locked), 4 => Just(Lock::Unlocked), 1 => Just(Lock::Unknown)].prop_map(Step::Lock),
        1 => prop_oneof![Just(HandlePosition::Open), Just(HandlePosition::Closed)].prop_map(Step::Handle),
        2 => (1_u8..3).prop_map(Step::Badge),
        2 => Just(Step::Exit),
        1 => prop_oneof![
            Just(ModeOrder::Unlock), Just(ModeOrder::Lock), Just(ModeOrder::LockOpen), Just(ModeOrder::LockOpenRelease),
            Just(ModeOrder::Block)
        ].prop_map(Step::Order),
        1 => Just(Step::Restart),
    ]
}

fn times() -> impl Strategy<Value = Times> {
    (5_u64..60, 0_u64..20, 0_u64..4_000).prop_map(|(open, warning, debounce_millis)| Times {
        open,
        warning,
        debounce_millis,
    })
}

/// The alarms that were raised by the engine with B, and those that rehearsing the journal of A with B gives.
fn compared(steps: &[Step], rack: bool, a: Times, b: Times) -> [Vec<(AlarmKind, i64)>; 2] {
    let (of_a, of_b) = (Run::of(steps, rack, a), Run::of(steps, rack, b));
    let path = if rack { FRONT } else { STREET };
    let (door, site) = (of_b.door(path), of_b.engine.site());
    let timings = site.door(door).unwrap().timings;
    let mut rehearsed = alarms_with(site, door, &timings, &BTreeSet::new(), &of_a.journal);
    // The journal of A may end before what B waits for is due.
    let end = of_a.journal.last().unwrap().at;
    let mut engine = raises(&of_b.journal, path, &of_b, &REPLAYED);
    engine.retain(|(_, at)| *at <= end);
    rehearsed.retain(|(_, at)| *at <= end);
    [engine, rehearsed].map(|alarms| {
        let mut alarms: Vec<_> = alarms.into_iter().map(|(kind, at)| (kind, at.as_micros())).collect();
        alarms.sort_by_key(|(kind, at)| (*at, *kind));
        alarms
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rehearsing_one_timing_gives_what_the_engine_does_with_another(
        steps in proptest::collection::vec(step(), 1..40),
        rack in any::<bool>(),
        a in times(),
        b in times(),
    ) {
        let [engine, rehearsed] = compared(&steps, rack, a, b);
        prop_assert_eq!(rehearsed, engine);
    }
}

#[test]
fn a_history_with_every_alarm_in_it_is_compared() {
    let steps = [
        Step::Contact(Contact::Open),
        Step::WaitMillis(2_500),
        Step::Exit,
        Step::WaitMillis(30_000),
        Step::Contact(Contact::Closed),
        Step::WaitMillis(20_000),
        Step::Badge(1),
        Step::Contact(Contact::Open),
        Step::WaitMillis(25_000),
        Step::Badge(2),
        Step::WaitMillis(70_000),
        Step::Contact(Contact::Closed),
    ];
    let quick = Times { open: 20, warning: 5, debounce_millis: 1000 };
    let slow = Times { open: 28, warning: 2, debounce_millis: 3000 };
    let [engine, rehearsed] = compared(&steps, false, quick, slow);
    assert_eq!(engine, rehearsed);
    let kinds = |alarms: &[(AlarmKind, i64)]| alarms.iter().map(|(kind, _)| *kind).collect::<Vec<_>>();
    // With three seconds the exit explains the first opening, which is then held open.
    assert_eq!(
        kinds(&engine),
        [AlarmKind::HeldPreAlarm, AlarmKind::HeldOpen, AlarmKind::HeldPreAlarm, AlarmKind::HeldOpen]
    );
    let [engine, rehearsed] = compared(&steps, false, slow, quick);
    assert_eq!(engine, rehearsed);
    assert_eq!(kinds(&engine)[0], AlarmKind::DoorForced);
}
