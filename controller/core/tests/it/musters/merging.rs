//! Marks come together in any order to the same: what tablets that were away send late is neither lost nor does it undo what is
//! newer.

use super::*;
use crate::reference::chance::Chance;
use rackward_core::entry::{DeskEntry, Entry, Stamped};
use rackward_core::id::Seq;
use rackward_core::muster::{LATE_MARKS_FOR, Listed, Muster};

fn minute(number: u64) -> Wall {
    MONDAY_NINE.after(Duration::from_secs(60 * number))
}

/// A muster of three that starts, and what is said of them in this order.
fn merged(said: &[(u32, Vec<Mark>)]) -> Muster {
    let (muster, by) = (MusterId::new(1), Actor::Operator(OperatorId::new(1)));
    let listed = |number| Listed { who: person(number), area: AreaId::new(1), since: MONDAY_NINE };
    let roll = [listed(1), listed(2), listed(3)].into();
    let area = AreaId::new(1);
    let begin = DeskEntry::MusterStarted { muster, kind: MusterKind::Real, area, roll, reason: reason("smoke"), by };
    let marked = said.iter().map(|(by, marks)| DeskEntry::MusterMarked {
        muster,
        marks: marks.clone().into(),
        by: Actor::Operator(OperatorId::new(*by)),
    });
    let mut records = Records::default();
    for (seq, entry) in (1..).zip(core::iter::once(begin).chain(marked)) {
        let stamped = Stamped { seq: Seq::new(seq), at: MONDAY_NINE, entry: Entry::Desk(entry) };
        records.apply(&stamped, &mut Vec::new());
    }
    records.musters.remove(&muster).unwrap()
}

fn drawn(chance: &mut Chance) -> Mark {
    let text = |chance: &mut Chance| {
        let word = chance.pick(&["gate", "car park", "by phone"]);
        chance.percent(50).then(|| reason(word))
    };
    Mark {
        who: person(1 + u32::from(chance.byte(4))),
        status: chance.pick(&MusterStatus::ALL),
        place: text(chance),
        note: text(chance),
        // So few moments that many marks are of the same one.
        at: minute(u64::from(chance.byte(3))),
    }
}

#[test]
fn any_order_of_marks_makes_the_same_muster() {
    for seed in 0..300 {
        let mut chance = Chance::of(seed);
        let mut said: Vec<(u32, Vec<Mark>)> = Vec::new();
        for _ in 0..=chance.below(6) {
            let marks = (0..=chance.below(4)).map(|_| drawn(&mut chance)).collect();
            said.push((1 + u32::from(chance.byte(3)), marks));
        }
        let first = merged(&said);
        for _ in 0..4 {
            for at in (1..said.len()).rev() {
                said.swap(at, chance.below(at + 1));
            }
            assert_eq!(merged(&said), first, "seed {seed}: {said:?}");
        }
        let twice: Vec<_> = said.iter().chain(&said).cloned().collect();
        assert_eq!(merged(&twice).roll, first.roll, "seed {seed}: saying it again changes nothing");
    }
}

#[test]
fn the_newer_mark_counts_and_of_two_at_once_the_one_that_worries_more() {
    let check = |marks: &[(MusterStatus, u64)], expect| {
        let marks = marks.iter().map(|(status, at)| (1, vec![mark(person(1), *status, minute(*at))]));
        let marks: Vec<_> = marks.collect();
        assert_eq!(merged(&marks).roll[&person(1)].status(), expect, "{marks:?}");
    };
    use MusterStatus::{Missing, NotOnSite, Safe, Unsure};
    check(&[], Missing);
    check(&[(Safe, 1)], Safe);
    check(&[(Safe, 2), (Missing, 1)], Safe);
    check(&[(Missing, 2), (Safe, 1)], Missing);
    check(&[(Safe, 1), (Unsure, 1)], Unsure);
    check(&[(NotOnSite, 1), (Safe, 1)], NotOnSite);
    check(&[(Missing, 1), (Unsure, 1)], Missing);
}

#[test]
fn a_tablet_that_was_away_brings_its_marks_late() {
    let mut desk = house();
    (1..=3).for_each(|number| pass(&mut desk, "front-in", number));
    let muster = start(&mut desk, MusterKind::Real, "lon1/house");
    desk.wait(Duration::from_secs(60));
    let early = desk.now.wall;
    desk.wait(Duration::from_secs(20 * 60));
    let late = desk.now.wall;
    let at_desk = vec![mark(person(1), MusterStatus::Safe, late)];
    given(&mut desk, DeskCommand::Mark { muster, marks: at_desk }).unwrap();
    desk.wait(Duration::from_secs(10 * 60));
    let marks: Vec<Mark> =
        [(1, MusterStatus::Unsure), (2, MusterStatus::Safe)].map(|(n, status)| mark(person(n), status, early)).into();
    given(&mut desk, DeskCommand::Mark { muster, marks: marks.clone() }).unwrap();
    let roll = view(&desk, muster).muster.roll;
    assert_eq!(roll[&person(1)].status(), MusterStatus::Safe, "the desk has seen them since");
    assert_eq!(roll[&person(2)].status(), MusterStatus::Safe);
    let entries = desk.journal.len();
    given(&mut desk, DeskCommand::Mark { muster, marks: vec![marks[1].clone()] }).unwrap();
    assert_eq!(desk.journal.len(), entries, "what is said again is not recorded again");
    given(&mut desk, end(muster)).unwrap();
    desk.wait(Duration::from_secs(3_600));
    given(&mut desk, DeskCommand::Mark { muster, marks: vec![mark(person(3), MusterStatus::Safe, late)] }).unwrap();
    let over = view(&desk, muster);
    assert_eq!(over.counts.safe, 3, "made before the end, brought after it");
    assert_eq!(over.muster.end.unwrap().missing, [person(3)].into(), "what the report was made on stands");
    desk.wait(LATE_MARKS_FOR);
    let marks = vec![mark(person(3), MusterStatus::Unsure, late)];
    assert!(matches!(given(&mut desk, DeskCommand::Mark { muster, marks }), Err(CommandError::Conflict(_))));
    check_replay(&desk);
}

#[test]
fn a_clock_that_is_off_pins_nothing() {
    let mut desk = house();
    pass(&mut desk, "front-in", 1);
    let muster = start(&mut desk, MusterKind::Drill, "lon1/house");
    let started = desk.now.wall;
    let far = started.after(Duration::from_secs(86_400));
    given(&mut desk, DeskCommand::Mark { muster, marks: vec![mark(person(1), MusterStatus::Safe, far)] }).unwrap();
    assert_eq!(view(&desk, muster).muster.roll[&person(1)].said.as_ref().unwrap().mark.at, started);
    desk.wait_secs(5);
    let at = desk.now.wall;
    given(&mut desk, DeskCommand::Mark { muster, marks: vec![mark(person(1), MusterStatus::Unsure, at)] }).unwrap();
    assert_eq!(view(&desk, muster).counts.unsure, 1);
    let before = Wall::from_seconds(0);
    given(&mut desk, DeskCommand::Mark { muster, marks: vec![mark(person(1), MusterStatus::Safe, before)] }).unwrap();
    assert_eq!(view(&desk, muster).counts.unsure, 1, "it counts as said at the start");
}
