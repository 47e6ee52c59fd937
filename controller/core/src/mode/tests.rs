//! Every arrow of the diagram in `mode.rs`, and what is laid over it.

use super::*;

const T0: Wall = Wall::from_seconds(1_000);
const T1: Wall = Wall::from_seconds(2_000);
const BASES: [BaseMode; 4] = [BaseMode::Locked, BaseMode::Unlocked, BaseMode::Blocked, BaseMode::DoubleLocked];

fn record(base: BaseMode, hold: Hold) -> ModeRecord {
    ModeRecord { base, hold, set_by: SetBy::Schedule(T0) }
}

#[test]
fn free_orders_move_between_all_base_modes() {
    for from in BASES {
        let check = |order, expect| {
            let after = ModeRecord { base: expect, hold: Hold::None, set_by: SetBy::Order(T1) };
            assert_eq!(record(from, Hold::None).after(order, T1), Ok(after), "{from:?} {order:?}");
        };
        check(ModeOrder::Lock, BaseMode::Locked);
        check(ModeOrder::Unlock, BaseMode::Unlocked);
        check(ModeOrder::Block, BaseMode::Blocked);
        check(ModeOrder::DoubleLock, BaseMode::DoubleLocked);
    }
}

#[test]
fn holds_begin_and_end_and_the_base_waits_under_them() {
    for base in BASES {
        let check = |from, order, expect| {
            assert_eq!(record(base, from).after(order, T1), Ok(record(base, expect)), "{base:?} {from:?} {order:?}");
        };
        check(Hold::None, ModeOrder::LockDown, Hold::LockedDown);
        check(Hold::LockedDown, ModeOrder::LockDownRelease, Hold::None);
        check(Hold::None, ModeOrder::LockOpen, Hold::LockedOpen);
        check(Hold::LockedOpen, ModeOrder::LockOpenRelease, Hold::None);
    }
}

#[test]
fn what_is_held_takes_its_own_release_only_and_nothing_else_is_released() {
    for base in BASES {
        for order in ModeOrder::ALL {
            let refused = |hold| record(base, hold).after(order, T1).err();
            let down = (order != ModeOrder::LockDownRelease).then_some(ModeRefusal::LockedDown);
            let open = (order != ModeOrder::LockOpenRelease).then_some(ModeRefusal::LockedOpen);
            assert_eq!((refused(Hold::LockedDown), refused(Hold::LockedOpen)), (down, open), "{base:?} {order:?}");
        }
        let free = record(base, Hold::None);
        assert_eq!(free.after(ModeOrder::LockDownRelease, T1), Err(ModeRefusal::NotLockedDown));
        assert_eq!(free.after(ModeOrder::LockOpenRelease, T1), Err(ModeRefusal::NotLockedOpen));
    }
    assert_eq!(ModeRefusal::LockedDown.way_out(), Some(ModeOrder::LockDownRelease));
    assert_eq!(ModeRefusal::LockedOpen.way_out(), Some(ModeOrder::LockOpenRelease));
    assert_eq!(ModeRefusal::NotLockedDown.way_out(), None);
}

#[test]
fn a_schedule_moves_the_base_under_a_hold() {
    for hold in [Hold::None, Hold::LockedDown, Hold::LockedOpen] {
        let moved = record(BaseMode::Unlocked, hold).by_schedule(BaseMode::Locked, T1);
        assert_eq!(moved, ModeRecord { base: BaseMode::Locked, hold, set_by: SetBy::Schedule(T1) });
    }
}

#[test]
fn fire_is_over_area_lockdown_over_hold_over_base() {
    let bases = [DoorMode::Locked, DoorMode::Unlocked, DoorMode::Blocked, DoorMode::DoubleLocked];
    for (base, alone) in BASES.into_iter().zip(bases) {
        let check = |hold, fire, egress, area, expect| {
            assert_eq!(
                record(base, hold).standing(egress, fire, area),
                expect,
                "{base:?} {hold:?} {fire:?} {egress:?}"
            );
        };
        let (quiet, fire) = (FireState::Quiet, FireState::Released);
        let (free, down) = (AreaHold::Free, AreaHold::LockedDown);
        for egress in [Egress::Yes, Egress::No] {
            check(Hold::None, quiet, egress, free, alone);
            check(Hold::LockedDown, quiet, egress, free, DoorMode::LockedDown);
            check(Hold::LockedOpen, quiet, egress, free, DoorMode::LockedOpen);
        }
        for hold in [Hold::None, Hold::LockedDown, Hold::LockedOpen] {
            check(hold, quiet, Egress::Yes, down, DoorMode::LockedDown);
            check(hold, fire, Egress::No, down, DoorMode::LockedDown);
            check(hold, fire, Egress::Yes, down, DoorMode::LockedOpen);
            check(hold, fire, Egress::Yes, free, DoorMode::LockedOpen);
        }
        check(Hold::None, fire, Egress::No, free, alone);
        check(Hold::LockedDown, fire, Egress::No, free, DoorMode::LockedDown);
    }
}

#[test]
fn a_locked_door_shows_accessed_while_somebody_passes() {
    let released = Passage::Released { cause: Cause::Exit, until: T1 };
    let open = Passage::Open { cause: Cause::Exit, since: T0 };
    let check = |mode: DoorMode, passing: DoorMode| {
        for passage in [released, open] {
            assert_eq!(mode.with(passage), passing, "{mode:?} {passage:?}");
        }
        for passage in [Passage::Idle, Passage::Suspect { since: T0 }, Passage::Forced { since: T0 }] {
            assert_eq!(mode.with(passage), mode, "{mode:?} {passage:?}");
        }
    };
    check(DoorMode::Locked, DoorMode::Accessed);
    check(DoorMode::Blocked, DoorMode::Accessed);
    check(DoorMode::DoubleLocked, DoorMode::Accessed);
    check(DoorMode::LockedDown, DoorMode::Accessed);
    check(DoorMode::Unlocked, DoorMode::Unlocked);
    check(DoorMode::LockedOpen, DoorMode::LockedOpen);
    check(DoorMode::Unknown, DoorMode::Unknown);
}

#[test]
fn every_mode_and_order_has_a_word_of_its_own() {
    let modes = [
        DoorMode::Unknown,
        DoorMode::Locked,
        DoorMode::Unlocked,
        DoorMode::Accessed,
        DoorMode::Blocked,
        DoorMode::LockedDown,
        DoorMode::LockedOpen,
        DoorMode::DoubleLocked,
    ];
    let modes: std::collections::BTreeSet<_> = modes.into_iter().map(DoorMode::word).collect();
    let orders: std::collections::BTreeSet<_> = ModeOrder::ALL.into_iter().map(ModeOrder::word).collect();
    assert_eq!((modes.len(), orders.len()), (8, 8));
}
