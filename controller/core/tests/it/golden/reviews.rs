//! Golden entries about access reviews, and about which person an operator is.

use rackward_core::Wall;
use rackward_core::alarm::{AlarmKind, AlarmSource};
use rackward_core::entry::{Entry, OperatorEntry, ReviewEntry};
use rackward_core::id::{AlarmId, AreaId, GrantId, OperatorId, PersonId, ReviewId, Seq};
use rackward_core::permission::Actor;
use rackward_core::review::{
    Decision, FrozenRight, GivenBy, Lapse, LineDecision, ReviewEndCause, SinceLast, Undecided,
};

use crate::site::reason;

pub(super) fn entries() -> Vec<Entry> {
    let (review, operator) = (ReviewId::new(3), OperatorId::new(4));
    let (by, due) = (Actor::Operator(operator), Wall::from_seconds(1_786_953_600));
    let frozen = |number, used, given_by, since_last| FrozenRight {
        grant: GrantId::new(number),
        person: PersonId::new(1042),
        to: Wall::from_seconds(1_800_000_000),
        doors: 12,
        extent: [1, 2, 3, 4, 5, 6, 7, 8],
        used,
        given_by,
        since_last,
    };
    let lines = [
        frozen(88, Some(Wall::from_seconds(1_784_901_600)), GivenBy::Hand, SinceLast::New),
        frozen(89, None, GivenBy::Files, SinceLast::Same(ReviewId::new(1))),
        frozen(90, None, GivenBy::Hand, SinceLast::End(ReviewId::new(2))),
        frozen(91, None, GivenBy::Hand, SinceLast::Doors(ReviewId::new(2))),
        frozen(92, None, GivenBy::Hand, SinceLast::EndAndDoors(ReviewId::new(2))),
    ];
    let decided = |line, decision, effect: Option<u64>| LineDecision { line, decision, effect: effect.map(Seq::new) };
    let decisions = [
        decided(1, Decision::Keep, None),
        decided(2, Decision::Revoke, Some(500)),
        decided(3, Decision::Shorten(due), Some(501)),
        decided(4, Decision::Reassign(OperatorId::new(7)), None),
    ];
    let closed = |cause, lapsed: &[Lapse], over: &[u32], reason, by| ReviewEntry::Closed {
        review,
        cause,
        lapsed: lapsed.into(),
        over: over.into(),
        reason,
        by,
    };
    let reviews = [
        ReviewEntry::Opened {
            review,
            scope: Box::new([AreaId::new(6), AreaId::new(9)]),
            unused_days: Some(90),
            due,
            undecided: Undecided::Revoke,
            lines: lines.into(),
            reason: reason("Quarterly"),
            by,
        },
        ReviewEntry::Opened {
            review,
            scope: Box::new([AreaId::new(6)]),
            unused_days: None,
            due,
            undecided: Undecided::Keep,
            lines: Box::default(),
            reason: reason("Quarterly"),
            by: Actor::LocalUser(0),
        },
        ReviewEntry::Assigned { review, lines: Box::new([1, 5]), reviewer: operator, by },
        ReviewEntry::Decided { review, decisions: decisions.into(), note: reason("seen"), by },
        ReviewEntry::Warned { review, undecided: 7 },
        closed(ReviewEndCause::Due, &[Lapse { line: 5, effect: Seq::new(777) }], &[4], None, Actor::System),
        closed(ReviewEndCause::Finished, &[], &[], Some(reason("done")), by),
        closed(ReviewEndCause::Abandoned, &[], &[], Some(reason("wrong scope")), by),
    ];
    let linked = |person| OperatorEntry::PersonLinked { operator, person, reason: reason("HR says so"), by };
    let operators = [linked(Some(PersonId::new(1042))), linked(None)];
    let alarm = Entry::AlarmRaised { alarm: AlarmId::new(9), kind: AlarmKind::ReviewEnding, source: AlarmSource::Site };
    reviews.map(Entry::Review).into_iter().chain(operators.map(Entry::Operator)).chain([alarm]).collect()
}
