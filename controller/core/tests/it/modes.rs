//! Modes of doors as stories in virtual time: orders, holding a lock unlocked, fire, lockdowns, schedules, and what masks
//! what. Every story ends by replaying its journal, which must give the records it left.

mod fire_and_lockdown;
mod interlock;
mod openings;

use std::time::Duration;

use crate::site::{Desk, FRONT, MONDAY_NINE, card, closed, open, reader, reason};
use rackward_core::alarm::AlarmKind;
use rackward_core::door::{Cause, Passage};
use rackward_core::engine::input::{FailureCause, Identity};
use rackward_core::engine::output::{Feedback, PointState, ReleaseCause};
use rackward_core::entry::ModeCause;
use rackward_core::facts::{Facts, Lock};
use rackward_core::id::{CommandId, DoorId, PersonId};
use rackward_core::mode::{BaseMode, ModeOrder};
use rackward_core::people::{ThreatLevel, Validity};
use rackward_core::records::{DamagedRow, FireState};
use rackward_core::site::draft::{
    AreaDraft, DeviceDraft, DoorDraft, InputDraft, OUTSIDE, RoleDraft, ScheduleDraft, ScheduleDrafts, Side, SiteDraft,
};
use rackward_core::site::schedule::{Day, Weekly};
use rackward_core::site::{AreaKind, DoorKind, Egress, FirstPerson, Level, Opening};
use rackward_core::{
    Command, CommandError, DeviceReport, Engine, Entry, Input, Monotonic, Now, Output, Records, Reply, Wall,
};

const STREET: &str = "lon1/street";
const HALL_DOOR: &str = "lon1/hall-door";
const CAGE_DOOR: &str = "lon1/cage-door";
const SHOP: &str = "lon1/shop";
const STUDIO: &str = "lon1/studio";

fn door(name: &str, area: &str, from: Option<&str>, egress: Egress) -> DoorDraft {
    let path = format!("lon1/{name}");
    DoorDraft { from: from.map(Into::into), egress, ..DoorDraft::new(path, DoorKind::Door, area) }
}

fn opens(door: DoorDraft, first_person: FirstPerson) -> DoorDraft {
    DoorDraft { opening: Some(Opening { schedule: "open-hours".into(), first_person }), ..door }
}

/// A building with a hall, a cage in it and a rack; a mantrap; a shop that opens by schedule and a studio that waits for the
/// first person; two input modules with a fire input each and lockdown buttons for hall and building.
fn with_hours(weekly: Weekly) -> SiteDraft {
    let area = |path: &str, kind, inside: Option<&str>| AreaDraft {
        inside: inside.map(Into::into),
        ..AreaDraft::new(path, kind)
    };
    let trap =
        |name| DoorDraft { interlock: Some("trap".into()), ..door(name, "lon1/building", Some(OUTSIDE), Egress::No) };
    let lock = |name: &str| DeviceDraft {
        name: format!("{name}-lock"),
        role: RoleDraft::Lock { door: format!("lon1/{name}") },
    };
    let reader = |name: &str| DeviceDraft {
        name: format!("{name}-reader"),
        role: reader(&format!("lon1/{name}"), Side::In, Level::Card),
    };
    let names = ["street", "hall-door", "cage-door", "outer", "inner", "shop", "studio"];
    let panel = [
        InputDraft::Fire,
        InputDraft::Lockdown("lon1/building/hall".into()),
        InputDraft::Lockdown("lon1/building".into()),
    ];
    let front =
        DeviceDraft { name: "front".into(), role: RoleDraft::Handle { door: FRONT.into(), level: Level::Card.into() } };
    let inputs = |name: &str, uses: &[InputDraft]| DeviceDraft {
        name: name.into(),
        role: RoleDraft::Inputs { uses: uses.to_vec() },
    };
    let schedule =
        ScheduleDraft { name: "open-hours".into(), time_zone: None, weekly: Some(weekly), special: Vec::new() };
    SiteDraft {
        name: "lon1".into(),
        time_zone: "Europe/London".into(),
        schedules: ScheduleDrafts { calendars: Vec::new(), schedules: vec![schedule] },
        areas: vec![
            area("lon1/building", AreaKind::Building, None),
            area("lon1/building/hall", AreaKind::Hall, Some("lon1/building")),
            area("lon1/building/hall/cage", AreaKind::Cage, Some("lon1/building/hall")),
            area("lon1/annexe", AreaKind::Building, None),
        ],
        doors: vec![
            door("street", "lon1/building", Some(OUTSIDE), Egress::Yes),
            door("hall-door", "lon1/building/hall", None, Egress::Yes),
            door("cage-door", "lon1/building/hall/cage", None, Egress::No),
            trap("outer"),
            trap("inner"),
            opens(door("shop", "lon1/annexe", Some(OUTSIDE), Egress::No), FirstPerson::NotNeeded),
            opens(door("studio", "lon1/annexe", Some(OUTSIDE), Egress::No), FirstPerson::Required),
            DoorDraft::new(FRONT, DoorKind::RackDoor, "lon1/building/hall"),
        ],
        devices: names
            .into_iter()
            .flat_map(|name| [lock(name), reader(name)])
            .chain([front, inputs("panel", &panel), inputs("panel-2", &[InputDraft::Fire])])
            .collect(),
        ..SiteDraft::default()
    }
}

/// The shop and the studio open at ten.
fn draft() -> SiteDraft {
    with_hours(Weekly::on_days(&Day::ALL, 10 * 60, 18 * 60).unwrap())
}

/// Nine in the morning, everything closed; person p-1 with card 1 may pass every door but the rack's.
fn site() -> Desk {
    staffed(Desk::of(&draft()))
}

fn staffed(mut desk: Desk) -> Desk {
    let person = desk.person(1);
    let validity = Validity { from: desk.now.wall, to: desk.now.wall.after(hours(24 * 30)) };
    let doors = [STREET, HALL_DOOR, CAGE_DOOR, "lon1/outer", "lon1/inner", SHOP, STUDIO];
    desk.grant_when(person, &doors, Weekly::always(), validity);
    desk.outputs.clear();
    desk
}

const fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * 3600)
}

fn order(desk: &mut Desk, path: &str, order: ModeOrder) -> Result<Reply, CommandError> {
    let door = desk.door(path);
    desk.command(Command::SetDoorMode { door, order, reason: reason("as told") })
}

fn conflict(result: Result<Reply, CommandError>) -> String {
    match result {
        Err(CommandError::Conflict(message) | CommandError::LockedDown(message)) => message,
        other => panic!("{other:?}"),
    }
}

fn area(desk: &Desk, path: &str) -> rackward_core::id::AreaId {
    desk.engine.site().find_area(path).unwrap().id
}

fn lock_down(desk: &mut Desk, path: &str) -> Result<Reply, CommandError> {
    let area = area(desk, path);
    desk.command(Command::LockDownArea { area, reason: reason("drill") })
}

fn release(desk: &mut Desk, path: &str) -> Result<Reply, CommandError> {
    let area = area(desk, path);
    desk.command(Command::ReleaseArea { area, reason: reason("drill over") })
}

fn panel(desk: &mut Desk, inputs: [bool; 3]) {
    let device = desk.device("panel");
    desk.report(device, DeviceReport::Inputs(inputs.to_vec()));
}

/// What the lock was last told: the seconds of a release, or 0 for locking; `None` when nothing since the last question.
fn told(desk: &mut Desk, lock: &str) -> Option<u64> {
    let wanted = desk.device(lock);
    let last = desk.outputs.iter().rev().find_map(|output| match output {
        Output::Release { device, duration, .. } if *device == wanted => Some(duration.as_secs()),
        Output::Relock { device, .. } if *device == wanted => Some(0),
        _ => None,
    });
    desk.outputs.retain(
        |output| !matches!(output, Output::Release { device, .. } | Output::Relock { device, .. } if *device == wanted),
    );
    last
}

/// The lasting state that a reader shows.
fn shown(desk: &Desk, reader: &str) -> Option<PointState> {
    let wanted = desk.device(reader);
    desk.outputs.iter().rev().find_map(|output| match output {
        Output::Feedback { device, feedback: Feedback::State(state) } if *device == wanted => Some(*state),
        _ => None,
    })
}

fn unlocked() -> Facts {
    Facts { lock: Lock::Unlocked, ..closed(false) }
}

/// Holds a street door open by order, and its lock has followed.
fn held_street() -> Desk {
    let mut desk = site();
    order(&mut desk, STREET, ModeOrder::Unlock).unwrap();
    desk.facts("street-lock", unlocked());
    desk
}

fn walk_through(desk: &mut Desk, name: &str) {
    desk.badge(&format!("{name}-reader"), card(1));
    desk.facts(&format!("{name}-lock"), open(false));
    desk.facts(&format!("{name}-lock"), closed(false));
}

fn base(desk: &Desk, path: &str) -> BaseMode {
    desk.engine.records().modes.get(&desk.door(path)).copied().unwrap_or_default().base
}

fn last_mode_cause(desk: &Desk) -> ModeCause {
    let cause = |stamped: &rackward_core::Stamped| match &stamped.entry {
        Entry::DoorModeChanged { cause, .. } => Some(cause.clone()),
        _ => None,
    };
    desk.journal.iter().rev().find_map(cause).unwrap()
}

/// The records are what the journal says they are.
fn replayed(desk: &Desk) {
    let mut records = Records::default();
    desk.journal.iter().for_each(|stamped| records.apply(stamped, &mut Vec::new()));
    assert_eq!(&records, desk.engine.records());
}

#[test]
fn an_unlocked_door_is_held_by_releases_that_run_out_unless_renewed() {
    let mut desk = site();
    order(&mut desk, STREET, ModeOrder::Unlock).unwrap();
    assert_eq!(told(&mut desk, "street-lock"), Some(60));
    assert_eq!(shown(&desk, "street-reader"), Some(PointState::Unlocked));
    desk.facts("street-lock", unlocked());
    desk.wait_secs(19);
    assert_eq!(told(&mut desk, "street-lock"), None);
    for _ in 0..5 {
        desk.wait_secs(20);
        assert_eq!(told(&mut desk, "street-lock"), Some(60));
    }
    assert_eq!(desk.raised(AlarmKind::FailedToLock), 0);
    order(&mut desk, STREET, ModeOrder::Lock).unwrap();
    assert_eq!(told(&mut desk, "street-lock"), Some(0));
    desk.facts("street-lock", closed(false));
    desk.wait_secs(120);
    assert_eq!(told(&mut desk, "street-lock"), None);
    assert_eq!(shown(&desk, "street-reader"), Some(PointState::Ready));
    assert!(desk.journal.iter().all(|s| !matches!(s.entry, Entry::CommandDone { .. } | Entry::CommandFailed { .. })));
    replayed(&desk);
}

#[test]
fn what_a_card_and_a_reader_say_in_each_mode() {
    let check = |order_given: ModeOrder, admitted: bool, state: PointState| {
        let mut desk = site();
        order(&mut desk, STREET, order_given).unwrap();
        assert_eq!(shown(&desk, "street-reader"), Some(state), "{order_given:?}");
        let before = desk.names().len();
        desk.badge("street-reader", card(1));
        let expect = if admitted { "access.granted" } else { "access.denied" };
        assert_eq!(desk.since(before), [expect], "{order_given:?}");
        let lock = desk.device("street-lock");
        desk.report(lock, DeviceReport::ExitRequested);
        assert_eq!(desk.life_safety_releases(), 1, "an exit works in {order_given:?}");
    };
    check(ModeOrder::Unlock, true, PointState::Unlocked);
    check(ModeOrder::LockOpen, true, PointState::Unlocked);
    check(ModeOrder::Block, false, PointState::Blocked);
    check(ModeOrder::LockDown, false, PointState::LockedDown);
    check(ModeOrder::DoubleLock, false, PointState::DoubleLocked);
}

#[test]
fn orders_are_refused_by_name_and_change_nothing() {
    let mut desk = site();
    order(&mut desk, STREET, ModeOrder::LockDown).unwrap();
    let before = desk.journal.len();
    let said = conflict(order(&mut desk, STREET, ModeOrder::Unlock));
    assert!(said.contains(STREET) && said.contains("locked down") && said.contains("lockdown-release"), "{said}");
    order(&mut desk, STREET, ModeOrder::LockDownRelease).unwrap();
    let said = conflict(order(&mut desk, STREET, ModeOrder::LockDownRelease));
    assert!(said.contains("not locked down"), "{said}");
    order(&mut desk, STREET, ModeOrder::LockOpen).unwrap();
    let said = conflict(order(&mut desk, STREET, ModeOrder::LockDown));
    assert!(said.contains("lock-open-release"), "{said}");
    let nowhere = Command::SetDoorMode { door: DoorId::new(999), order: ModeOrder::Lock, reason: reason("x") };
    assert_eq!(desk.command(nowhere), Err(CommandError::NotFound { what: "door-999".into() }));
    assert_eq!(desk.since(before), ["door.mode-changed", "door.mode-changed"]);
}

#[test]
fn nothing_about_an_unlocked_door_is_forced_or_too_long() {
    let mut desk = held_street();
    let mark = desk.journal.len();
    desk.facts("street-lock", open(false));
    desk.wait_secs(1800);
    desk.facts("street-lock", unlocked());
    desk.wait_secs(10);
    assert_eq!(desk.since(mark), ["door.changed", "door.open-unlocked", "door.changed"]);
    assert!(told(&mut desk, "street-lock").is_some_and(|seconds| seconds == 60), "closing does not lock it");
    desk.facts("street-lock", open(false));
    desk.wait_secs(100);
    order(&mut desk, STREET, ModeOrder::Lock).unwrap();
    let cause = Cause::Mode;
    assert_eq!(desk.record(STREET).passage, Passage::Open { cause, since: desk.now.wall });
    desk.wait_secs(29);
    assert_eq!((desk.raised(AlarmKind::HeldOpen), desk.raised(AlarmKind::DoorForced)), (0, 0));
    desk.wait_secs(1);
    assert!(desk.active(AlarmKind::HeldOpen), "the time to close it began when the mode ended");
    desk.facts("street-lock", closed(false));
    assert!(!desk.active(AlarmKind::HeldOpen));
    replayed(&desk);
}

#[test]
fn unlocking_ends_the_alarms_it_masks() {
    let mut desk = site();
    desk.facts("street-lock", open(false));
    desk.wait_secs(2);
    assert!(desk.active(AlarmKind::DoorForced));
    order(&mut desk, STREET, ModeOrder::Unlock).unwrap();
    assert!(!desk.active(AlarmKind::DoorForced));
    order(&mut desk, STREET, ModeOrder::Lock).unwrap();
    desk.wait_secs(25);
    assert_eq!(desk.raised(AlarmKind::DoorForced), 1, "whoever unlocked an open door has seen it");
    assert!(desk.active(AlarmKind::HeldPreAlarm));
    replayed(&desk);
}

#[test]
fn an_opening_on_its_way_when_the_door_locks_is_by_right_and_a_later_one_is_not() {
    let check = |wait: Duration, confirmed: bool, expect: usize| {
        let mut desk = held_street();
        order(&mut desk, STREET, ModeOrder::Lock).unwrap();
        if confirmed {
            desk.facts("street-lock", closed(false));
        }
        desk.wait(wait);
        desk.facts("street-lock", open(false));
        desk.wait_secs(2);
        assert_eq!(desk.raised(AlarmKind::DoorForced), expect, "{wait:?} {confirmed}");
    };
    check(Duration::from_millis(500), false, 0);
    check(Duration::from_millis(500), true, 1);
    check(Duration::from_secs(4), false, 1);
}

#[test]
fn a_lock_that_does_not_follow_its_mode_is_an_alarm() {
    let mut desk = site();
    order(&mut desk, STREET, ModeOrder::Unlock).unwrap();
    desk.wait_secs(2);
    assert!(desk.active(AlarmKind::FailedToUnlock));
    desk.facts("street-lock", unlocked());
    assert!(!desk.active(AlarmKind::FailedToUnlock));
    told(&mut desk, "street-lock");
    desk.facts("street-lock", closed(false));
    assert_eq!(told(&mut desk, "street-lock"), Some(60), "a lock that falls back is held again at once");
    desk.facts("street-lock", unlocked());
    order(&mut desk, STREET, ModeOrder::Lock).unwrap();
    desk.wait_secs(6);
    assert!(desk.active(AlarmKind::FailedToLock));
}

#[test]
fn a_lock_that_comes_back_is_held_again() {
    let mut desk = held_street();
    desk.cut("street-lock");
    told(&mut desk, "street-lock");
    desk.wait_secs(300);
    assert_eq!(told(&mut desk, "street-lock"), None, "nobody talks to a lock that is away");
    let lock = desk.device("street-lock");
    let identity = Identity { model: "m".into(), serial: "s".into(), firmware: "1".into() };
    desk.report(lock, DeviceReport::Online(identity));
    assert_eq!(told(&mut desk, "street-lock"), Some(60));
    desk.facts("street-lock", unlocked());
    desk.wait_secs(20);
    assert_eq!(told(&mut desk, "street-lock"), Some(60));
    assert_eq!((desk.raised(AlarmKind::DoorForced), desk.raised(AlarmKind::FailedToUnlock)), (0, 0));
}

#[test]
fn a_full_line_is_tried_again_at_once_and_an_absent_lock_is_not() {
    let check = |cause: FailureCause, expect: Option<u64>| {
        let mut desk = site();
        order(&mut desk, STREET, ModeOrder::Unlock).unwrap();
        let command = desk.outputs.iter().rev().find_map(|output| match output {
            Output::Release { command, .. } => Some(*command),
            _ => None,
        });
        told(&mut desk, "street-lock");
        let lock = desk.device("street-lock");
        desk.report(lock, DeviceReport::Failed(command.unwrap_or(CommandId::new(0)), cause));
        desk.wait_secs(1);
        assert_eq!(told(&mut desk, "street-lock"), expect, "{cause:?}");
    };
    check(FailureCause::Overload, Some(60));
    check(FailureCause::Offline, None);
}

#[test]
fn a_card_at_a_held_door_shortens_nothing_and_locks_nothing() {
    let mut desk = held_street();
    told(&mut desk, "street-lock");
    desk.badge("street-reader", card(1));
    assert_eq!(told(&mut desk, "street-lock"), Some(60));
    desk.facts("street-lock", open(false));
    assert!(matches!(desk.record(STREET).passage, Passage::Open { cause: Cause::Person(_), .. }));
    desk.facts("street-lock", unlocked());
    desk.wait_secs(19);
    assert_ne!(told(&mut desk, "street-lock"), Some(0));
    desk.wait_secs(100);
    assert!(!desk.outputs.iter().any(|o| matches!(o, Output::Feedback { feedback: Feedback::Closing, .. })));
    assert_eq!(desk.raised(AlarmKind::HeldPreAlarm), 0);
}

#[test]
fn a_release_outlives_the_end_of_an_unlocked_mode_and_not_a_lockdown() {
    let check = |order_given: ModeOrder, exit: bool, at_once: Option<u64>, later: Option<u64>| {
        let mut desk = held_street();
        if exit {
            let lock = desk.device("street-lock");
            desk.report(lock, DeviceReport::ExitRequested);
        } else {
            desk.badge("street-reader", card(1));
        }
        told(&mut desk, "street-lock");
        order(&mut desk, STREET, order_given).unwrap();
        assert_eq!(told(&mut desk, "street-lock"), at_once, "{order_given:?} {exit}");
        if at_once == Some(0) {
            desk.facts("street-lock", closed(false));
        }
        desk.wait_secs(12);
        assert_eq!(told(&mut desk, "street-lock"), later, "{order_given:?} {exit}");
        assert_eq!(desk.raised(AlarmKind::FailedToUnlock), 0, "{order_given:?} {exit}");
        assert_eq!(desk.record(STREET).passage, Passage::Idle);
    };
    check(ModeOrder::Lock, false, None, Some(0));
    check(ModeOrder::Lock, true, None, Some(0));
    check(ModeOrder::LockDown, true, None, Some(0));
    check(ModeOrder::LockDown, false, Some(0), None);
}

#[test]
fn a_lockdown_takes_a_release_back() {
    let mut desk = site();
    desk.badge("street-reader", card(1));
    assert_eq!(told(&mut desk, "street-lock"), Some(5));
    order(&mut desk, STREET, ModeOrder::LockDown).unwrap();
    assert_eq!(told(&mut desk, "street-lock"), Some(0));
    desk.wait_secs(20);
    assert_eq!(desk.raised(AlarmKind::FailedToUnlock), 0);
    let mut desk = site();
    let lock = desk.device("street-lock");
    desk.report(lock, DeviceReport::ExitRequested);
    told(&mut desk, "street-lock");
    order(&mut desk, STREET, ModeOrder::LockDown).unwrap();
    assert_eq!(told(&mut desk, "street-lock"), None, "a way out stays one");
}

#[test]
fn a_mode_that_is_not_durable_opens_nothing_until_it_is() {
    let mut desk = site();
    order(&mut desk, STREET, ModeOrder::Unlock).unwrap();
    let lock = desk.device("street-lock");
    desk.input(Input::StoreFailed { withheld: vec![lock], jobs: Vec::new() });
    assert_eq!(told(&mut desk, "street-lock"), Some(0));
    desk.wait_secs(120);
    assert_eq!(told(&mut desk, "street-lock"), None);
    desk.facts("street-lock", open(false));
    desk.wait_secs(1);
    assert!(desk.active(AlarmKind::DoorForced), "nobody was let in");
    desk.facts("street-lock", closed(false));
    desk.input(Input::StoreRecovered);
    assert_eq!(told(&mut desk, "street-lock"), Some(60));
    desk.facts("street-lock", unlocked());
    desk.wait_secs(20);
    told(&mut desk, "street-lock");
    desk.input(Input::StoreFailed { withheld: vec![lock], jobs: Vec::new() });
    assert!(!desk.since(0).contains(&"door.release-withheld"));
    desk.wait_secs(40);
    assert_eq!(told(&mut desk, "street-lock"), Some(60), "what is durable goes on");
    replayed(&desk);
}

#[test]
fn a_rack_is_unlocked_by_order_alone() {
    let mut desk = site();
    order(&mut desk, FRONT, ModeOrder::Unlock).unwrap();
    assert_eq!(told(&mut desk, "front"), Some(60));
    desk.facts("front", Facts { lock: Lock::Unlocked, ..closed(true) });
    desk.facts("front", open(true));
    desk.wait(hours(1));
    assert_eq!(desk.raised(AlarmKind::HandleForced) + desk.raised(AlarmKind::HeldOpen), 0);
    replayed(&desk);
}

#[test]
fn nothing_that_holds_a_door_is_sent_for_longer_than_a_minute_or_without_a_cause() {
    let mut desk = site();
    desk.wait(hours(2));
    panel(&mut desk, [true, false, false]);
    desk.wait(hours(1));
    let mut seen = 0;
    for output in &desk.outputs {
        if let Output::Release { duration, cause, device, .. } = output {
            seen += 1;
            assert!(*duration <= Duration::from_secs(60));
            let egress = [desk.device("street-lock"), desk.device("hall-door-lock")].contains(device);
            assert_eq!(*cause == ReleaseCause::LifeSafety, egress);
        }
    }
    assert!(seen > 500, "{seen}");
    let is_renewal =
        |s: &&rackward_core::Stamped| s.at > MONDAY_NINE.after(hours(2)) && s.entry.event_name() != "alarm.escalated";
    assert!(desk.journal.iter().filter(is_renewal).count() < 5, "renewals are not journalled");
}
