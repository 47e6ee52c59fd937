//! What a door's schedule says of its mode at an instant. Derived from the timetable and the durable record alone, so that
//! a restart in the middle of a window changes nothing. When it is asked and what is recorded is `engine/openings.rs`.
//!
//! - Within a window the door stands unlocked; where the first person is waited for, from that person's passage on.
//! - Outside it stands locked.
//! - An operator's order stays until the schedule's next start or end.
//! - Blocked and double locked stay until another order: no clock opens what somebody closed against everybody.
//! - Without a schedule (removed or damaged) nothing opens, and what a schedule had opened is locked.

use crate::mode::{BaseMode, ModeRecord, SetBy};
use crate::site::FirstPerson;
use crate::site::schedule::timetable::Timetable;
use crate::time::Wall;

/// The base that the schedule wants at `now` and that is not in force; `None` when all is as it should be.
pub fn due(
    record: &ModeRecord,
    first_person: FirstPerson,
    timetable: Option<&Timetable>,
    now: Wall,
) -> Option<BaseMode> {
    if !follows_schedule(record, timetable, now) {
        return None;
    }
    let wanted = match (timetable.is_some_and(|timetable| timetable.holds(now)), first_person) {
        (false, _) => BaseMode::Locked,
        (true, FirstPerson::NotNeeded) => BaseMode::Unlocked,
        (true, FirstPerson::Required) if has_arrived(record, timetable, now) => BaseMode::Unlocked,
        (true, FirstPerson::Required) => BaseMode::Locked,
    };
    (wanted != record.base).then_some(wanted)
}

/// Whether the door is to be unlocked because somebody with a right has just passed it at `now`.
pub fn due_on_arrival(record: &ModeRecord, timetable: Option<&Timetable>, now: Wall) -> bool {
    record.base == BaseMode::Locked
        && timetable.is_some_and(|timetable| timetable.holds(now))
        && follows_schedule(record, timetable, now)
}

/// Whether the schedule moves the door now: not against a closing order, nor against an order of the same stretch.
fn follows_schedule(record: &ModeRecord, timetable: Option<&Timetable>, now: Wall) -> bool {
    match (record.base, record.set_by) {
        (BaseMode::Blocked | BaseMode::DoubleLocked, _) => false,
        (BaseMode::Locked | BaseMode::Unlocked, SetBy::Order(at)) => changed_since(timetable, at, now),
        (BaseMode::Locked | BaseMode::Unlocked, SetBy::Nobody | SetBy::Schedule(_)) => true,
    }
}

/// Whether the first person has passed since the window began: that unlocked the door within the same stretch.
fn has_arrived(record: &ModeRecord, timetable: Option<&Timetable>, now: Wall) -> bool {
    match (record.base, record.set_by) {
        (BaseMode::Unlocked, SetBy::Schedule(at)) => !changed_since(timetable, at, now),
        (BaseMode::Unlocked, SetBy::Nobody | SetBy::Order(_))
        | (BaseMode::Locked | BaseMode::Blocked | BaseMode::DoubleLocked, _) => false,
    }
}

/// Whether the schedule started or ended after `at` and not after `now`.
fn changed_since(timetable: Option<&Timetable>, at: Wall, now: Wall) -> bool {
    timetable.and_then(|timetable| timetable.next_change(at)).is_some_and(|change| change <= now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mode::Hold;
    use crate::site::local_time::LocalTime;
    use crate::site::schedule::{Day, Weekly};

    /// Monday 2026-08-03 00:00 in London.
    const MONDAY: i64 = 1_785_711_600;

    fn office() -> Timetable {
        let weekly = Weekly::on_days(&Day::ALL, 8 * 60, 18 * 60).unwrap();
        Timetable::of_weekly(&weekly, &LocalTime::named("Europe/London").unwrap())
    }

    fn hour(hour: i64) -> Wall {
        Wall::from_seconds(MONDAY + hour * 3600)
    }

    fn record(base: BaseMode, set_by: SetBy) -> ModeRecord {
        ModeRecord { base, hold: Hold::None, set_by }
    }

    #[test]
    fn a_schedule_opens_and_closes_and_leaves_orders_alone_within_a_stretch() {
        use BaseMode::{Blocked, DoubleLocked, Locked, Unlocked};
        use SetBy::{Nobody, Order, Schedule};
        let table = office();
        let check = |base, set_by, at, expect: Option<BaseMode>| {
            let got = due(&record(base, set_by), FirstPerson::NotNeeded, Some(&table), hour(at));
            assert_eq!(got, expect, "{base:?} {set_by:?} at {at}");
        };
        check(Locked, Nobody, 7, None);
        check(Locked, Nobody, 8, Some(Unlocked));
        check(Unlocked, Schedule(hour(8)), 17, None);
        check(Unlocked, Schedule(hour(8)), 18, Some(Locked));
        check(Unlocked, Schedule(hour(8)), 18 + 24, Some(Locked));
        check(Locked, Schedule(hour(18)), 24 + 8, Some(Unlocked));
        check(Locked, Order(hour(10)), 17, None);
        check(Locked, Order(hour(10)), 19, None);
        check(Locked, Order(hour(10)), 24 + 8, Some(Unlocked));
        check(Unlocked, Order(hour(20)), 24 + 7, None);
        check(Unlocked, Order(hour(20)), 24 + 12, None);
        check(Unlocked, Order(hour(20)), 24 + 18, Some(Locked));
        check(Unlocked, Order(hour(10)), 18, Some(Locked));
        for closed in [Blocked, DoubleLocked] {
            check(closed, Order(hour(7)), 12, None);
            check(closed, Order(hour(7)), 48 + 12, None);
        }
    }

    #[test]
    fn the_first_person_opens_a_window_once_and_each_window_waits_anew() {
        let table = office();
        let check = |given: ModeRecord, at, expect: (Option<BaseMode>, bool)| {
            let due = due(&given, FirstPerson::Required, Some(&table), hour(at));
            assert_eq!((due, due_on_arrival(&given, Some(&table), hour(at))), expect, "{given:?} at {at}");
        };
        let nobody = ModeRecord::default();
        check(nobody, 7, (None, false));
        check(nobody, 9, (None, true));
        let arrived = nobody.by_schedule(BaseMode::Unlocked, hour(9));
        check(arrived, 17, (None, false));
        check(arrived, 18, (Some(BaseMode::Locked), false));
        check(arrived, 24 + 9, (Some(BaseMode::Locked), false));
        check(arrived.by_schedule(BaseMode::Locked, hour(18)), 24 + 9, (None, true));
        let locked_by_order = record(BaseMode::Locked, SetBy::Order(hour(10)));
        check(locked_by_order, 11, (None, false));
        check(locked_by_order, 24 + 9, (None, true));
        check(record(BaseMode::Unlocked, SetBy::Order(hour(7))), 9, (Some(BaseMode::Locked), false));
        check(record(BaseMode::Blocked, SetBy::Order(hour(7))), 9, (None, false));
    }

    #[test]
    fn without_its_schedule_nothing_opens_and_what_it_opened_is_locked() {
        let check = |given: ModeRecord, expect: Option<BaseMode>| {
            assert_eq!(due(&given, FirstPerson::NotNeeded, None, hour(12)), expect, "{given:?}");
            assert!(!due_on_arrival(&given, None, hour(12)));
        };
        check(ModeRecord::default(), None);
        check(record(BaseMode::Unlocked, SetBy::Schedule(hour(8))), Some(BaseMode::Locked));
        check(record(BaseMode::Unlocked, SetBy::Order(hour(8))), None);
    }
}
