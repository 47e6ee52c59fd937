//! Every arrow of the diagram in `door.rs`, and every condition's table.

use super::*;
use crate::id::{AreaId, DeviceId, DoorId};
use crate::site::{Egress, Timings, TwoPerson};

const T0: Wall = Wall::from_seconds(1_000);
const T1: Wall = Wall::from_seconds(1_001);
const T9: Wall = Wall::from_seconds(1_009);
const KHAN: Cause = Cause::Person(PersonId::new(7));

fn facts(contact: Contact) -> Facts {
    Facts { contact, lock: Lock::Locked, handle: None, key: None, latch: None }
}

fn rack(contact: Contact, handle: HandlePosition, key: Key) -> Facts {
    Facts { contact, lock: Lock::Locked, handle: Some(handle), key: Some(key), latch: None }
}

fn door(kind: DoorKind) -> Door {
    Door {
        id: DoorId::new(1),
        path: "lon1/d".into(),
        kind,
        area: AreaId::new(1),
        from: None,
        two_person: TwoPerson::No,
        egress: Egress::No,
        opening: None,
        lock: DeviceId::new(1),
        points: Vec::new(),
        interlocked_with: Vec::new(),
        timings: Timings::default_for(kind),
    }
}

fn ask(kind: AlarmKind, of: DoorKind, record: &DoorRecord, mode: DoorMode, held: bool) -> Holds {
    let door = door(of);
    holds(kind, &door, &door.timings, record, mode, held, T1)
}

#[test]
fn every_arrow_of_a_release() {
    let released = Passage::Released { cause: KHAN, until: T9 };
    let check = |from: Passage, expect: Passage| assert_eq!(from.after_release(KHAN, T9, T1), expect, "{from:?}");
    check(Passage::Idle, released);
    check(Passage::Released { cause: Cause::Exit, until: T1 }, released);
    check(Passage::Open { cause: Cause::Exit, since: T0 }, Passage::Open { cause: KHAN, since: T1 });
    check(Passage::Suspect { since: T0 }, Passage::Open { cause: KHAN, since: T0 });
    check(Passage::Forced { since: T0 }, Passage::Forced { since: T0 });
}

#[test]
fn every_arrow_of_a_release_that_ends() {
    let check = |from: Passage, expect: Passage| assert_eq!(from.after_release_over(), expect, "{from:?}");
    check(Passage::Released { cause: KHAN, until: T9 }, Passage::Idle);
    for stays in [
        Passage::Idle,
        Passage::Open { cause: KHAN, since: T0 },
        Passage::Suspect { since: T0 },
        Passage::Forced { since: T0 },
    ] {
        check(stays, stays);
    }
}

#[test]
fn every_arrow_of_opening_and_closing() {
    let released = Passage::Released { cause: KHAN, until: T9 };
    let open = Passage::Open { cause: KHAN, since: T1 };
    let check = |from: Passage, contact: Contact, expect: Passage| {
        assert_eq!(from.after_facts(&facts(contact), T1), expect, "{from:?} {contact:?}");
    };
    check(Passage::Idle, Contact::Open, Passage::Suspect { since: T1 });
    check(released, Contact::Open, open);
    check(open, Contact::Open, open);
    check(Passage::Suspect { since: T0 }, Contact::Open, Passage::Suspect { since: T0 });
    check(Passage::Forced { since: T0 }, Contact::Open, Passage::Forced { since: T0 });
    check(Passage::Idle, Contact::Closed, Passage::Idle);
    check(released, Contact::Closed, released);
    check(open, Contact::Closed, Passage::Idle);
    check(Passage::Suspect { since: T0 }, Contact::Closed, Passage::Idle);
    check(Passage::Forced { since: T0 }, Contact::Closed, Passage::Idle);
    for unknown in [Contact::Unknown, Contact::Fault] {
        for stays in [Passage::Idle, released, open, Passage::Suspect { since: T0 }, Passage::Forced { since: T0 }] {
            check(stays, unknown, stays);
        }
    }
}

#[test]
fn the_forced_alarm_moves_only_a_suspect() {
    assert_eq!(Passage::Suspect { since: T0 }.after_forced(), Passage::Forced { since: T0 });
    for stays in [Passage::Idle, Passage::Open { cause: KHAN, since: T0 }, Passage::Released { cause: KHAN, until: T9 }]
    {
        assert_eq!(stays.after_forced(), stays);
    }
}

#[test]
fn a_lifted_handle_opens_a_rack_and_a_key_explains_it() {
    let check = |facts: Facts, expect: Passage| assert_eq!(Passage::Idle.after_facts(&facts, T1), expect, "{facts:?}");
    check(rack(Contact::Closed, HandlePosition::Open, Key::Home), Passage::Suspect { since: T1 });
    check(rack(Contact::Open, HandlePosition::Closed, Key::Home), Passage::Suspect { since: T1 });
    check(rack(Contact::Closed, HandlePosition::Open, Key::Turned), Passage::Open { cause: Cause::Key, since: T1 });
    check(rack(Contact::Closed, HandlePosition::Closed, Key::Turned), Passage::Idle);
    check(rack(Contact::Closed, HandlePosition::Unknown, Key::Home), Passage::Idle);
}

#[test]
fn conditions_hold_as_the_table_says() {
    let check = |kind: AlarmKind, of: DoorKind, passage: Passage, facts: Facts, expect: Option<u64>| {
        let record = DoorRecord { facts, passage };
        let got = ask(kind, of, &record, DoorMode::Locked, false);
        assert_eq!(got, expect.map_or(Holds::No, |s| Holds::For(Duration::from_secs(s))), "{kind:?} {record:?}");
    };
    let open = Passage::Open { cause: KHAN, since: T0 };
    let suspect = Passage::Suspect { since: T0 };
    let forced = Passage::Forced { since: T0 };
    let released = Passage::Released { cause: KHAN, until: T9 };
    let shut = facts(Contact::Closed);
    let unlocked = Facts { lock: Lock::Unlocked, ..shut };
    check(AlarmKind::DoorForced, DoorKind::Door, suspect, facts(Contact::Open), Some(1));
    check(AlarmKind::DoorForced, DoorKind::Door, forced, facts(Contact::Open), Some(1));
    check(AlarmKind::DoorForced, DoorKind::Door, open, facts(Contact::Open), None);
    check(AlarmKind::DoorForced, DoorKind::RackDoor, suspect, facts(Contact::Open), None);
    check(AlarmKind::HandleForced, DoorKind::RackDoor, suspect, facts(Contact::Open), Some(1));
    check(AlarmKind::HandleForced, DoorKind::Door, suspect, facts(Contact::Open), None);
    check(AlarmKind::HeldPreAlarm, DoorKind::Door, open, facts(Contact::Open), Some(20));
    check(AlarmKind::HeldOpen, DoorKind::Door, open, facts(Contact::Open), Some(30));
    check(AlarmKind::HeldPreAlarm, DoorKind::RackDoor, open, facts(Contact::Open), Some(120));
    check(AlarmKind::HeldOpen, DoorKind::RackDoor, open, facts(Contact::Open), Some(300));
    check(AlarmKind::HeldOpen, DoorKind::Door, forced, facts(Contact::Open), None);
    check(AlarmKind::FailedToLock, DoorKind::Door, Passage::Idle, unlocked, Some(2));
    check(AlarmKind::FailedToLock, DoorKind::Door, Passage::Idle, shut, None);
    check(AlarmKind::FailedToLock, DoorKind::Door, released, unlocked, None);
    check(AlarmKind::FailedToUnlock, DoorKind::Door, released, shut, Some(2));
    check(AlarmKind::FailedToUnlock, DoorKind::Door, released, unlocked, None);
    check(AlarmKind::FailedToUnlock, DoorKind::Door, Passage::Idle, shut, None);
    let over = Passage::Released { cause: KHAN, until: T1 };
    check(AlarmKind::FailedToUnlock, DoorKind::Door, over, shut, None);
    let turned = rack(Contact::Closed, HandlePosition::Closed, Key::Turned);
    check(AlarmKind::FailedToLock, DoorKind::RackDoor, Passage::Idle, Facts { lock: Lock::Unlocked, ..turned }, None);
}

#[test]
fn the_held_alarm_ends_its_warning_and_unknown_is_never_closed() {
    let record = DoorRecord { facts: facts(Contact::Open), passage: Passage::Open { cause: KHAN, since: T0 } };
    assert_eq!(ask(AlarmKind::HeldPreAlarm, DoorKind::Door, &record, DoorMode::Locked, true), Holds::No);
    let lost = DoorRecord { facts: Facts { lock: Lock::Unknown, ..facts(Contact::Unknown) }, passage: Passage::Idle };
    assert_eq!(ask(AlarmKind::FailedToLock, DoorKind::Door, &lost, DoorMode::Locked, false), Holds::CannotTell);
}

#[test]
fn every_arrow_of_an_opening_that_the_mode_explains() {
    let explained = Passage::Open { cause: Cause::Mode, since: T1 };
    let check = |from: Passage, expect: Passage| assert_eq!(from.after_unlocked(T1), expect, "{from:?}");
    check(Passage::Idle, Passage::Idle);
    check(Passage::Released { cause: KHAN, until: T9 }, Passage::Released { cause: KHAN, until: T9 });
    check(Passage::Open { cause: KHAN, since: T0 }, explained);
    check(Passage::Suspect { since: T0 }, explained);
    check(Passage::Forced { since: T0 }, explained);
}

#[test]
fn an_unlocked_mode_masks_what_an_opening_would_raise_and_asks_the_lock_to_follow() {
    let unlocked = Facts { lock: Lock::Unlocked, ..facts(Contact::Closed) };
    let travel = Holds::For(Duration::from_secs(2));
    let check = |kind, passage, facts, locked: Holds, expect: Holds| {
        let record = DoorRecord { facts, passage };
        let of = if kind == AlarmKind::HandleForced { DoorKind::RackDoor } else { DoorKind::Door };
        for (mode, expect) in [(DoorMode::Locked, locked), (DoorMode::Unlocked, expect), (DoorMode::LockedOpen, expect)]
        {
            assert_eq!(ask(kind, of, &record, mode, false), expect, "{kind:?} {mode:?}");
        }
    };
    let (open, forced) = (Passage::Open { cause: KHAN, since: T0 }, Passage::Forced { since: T0 });
    let second = Holds::For(Duration::from_secs(1));
    check(AlarmKind::DoorForced, forced, facts(Contact::Open), second, Holds::No);
    check(AlarmKind::HandleForced, forced, facts(Contact::Open), second, Holds::No);
    check(AlarmKind::HeldOpen, open, facts(Contact::Open), Holds::For(Duration::from_secs(30)), Holds::No);
    check(AlarmKind::HeldPreAlarm, open, facts(Contact::Open), Holds::For(Duration::from_secs(20)), Holds::No);
    check(AlarmKind::FailedToLock, Passage::Idle, unlocked, travel, Holds::No);
    check(AlarmKind::FailedToUnlock, Passage::Idle, facts(Contact::Closed), Holds::No, travel);
    check(AlarmKind::FailedToUnlock, Passage::Idle, unlocked, Holds::No, Holds::No);
    check(AlarmKind::FailedToUnlock, open, facts(Contact::Open), Holds::No, Holds::No);
}

#[test]
fn a_release_that_a_closing_mode_took_back_is_no_failure_and_a_way_out_is_none_either() {
    let check = |cause, mode, expect: Holds| {
        let record = DoorRecord { facts: facts(Contact::Closed), passage: Passage::Released { cause, until: T9 } };
        let got = ask(AlarmKind::FailedToUnlock, DoorKind::Door, &record, mode, false);
        assert_eq!(got, expect, "{cause:?} {mode:?}");
    };
    let travel = Holds::For(Duration::from_secs(2));
    check(KHAN, DoorMode::Locked, travel);
    check(Cause::Exit, DoorMode::LockedDown, travel);
    for closed in [DoorMode::LockedDown, DoorMode::Blocked, DoorMode::DoubleLocked, DoorMode::Unknown] {
        check(KHAN, closed, Holds::No);
        check(Cause::Operator, closed, Holds::No);
    }
}
