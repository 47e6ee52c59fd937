//! One of every fact about musters, visitors and hand-overs, and of the alarms that came with them.

use rackward_core::alarm::{AlarmKind, AlarmSource};
use rackward_core::entry::{DeskEntry, LongText};
use rackward_core::id::{AlarmId, AreaId, MusterId, OperatorId, PersonId, VisitorId};
use rackward_core::muster::{Listed, Mark, MusterKind, MusterStatus, Somebody};
use rackward_core::permission::Actor;
use rackward_core::shift::ShiftAnswer;
use rackward_core::{Entry, Wall};

use crate::site::reason;

const SINCE: Wall = Wall::from_seconds(1_784_901_600);

pub(super) fn entries() -> Vec<Entry> {
    let source = AlarmSource::Area(AreaId::new(6));
    let raised = |kind| Entry::AlarmRaised { alarm: AlarmId::new(9), kind, source };
    let alarms = [raised(AlarmKind::Muster), raised(AlarmKind::VisitorOverdue)];
    musters().into_iter().chain(visits()).map(Entry::Desk).chain(alarms).collect()
}

fn musters() -> Vec<DeskEntry> {
    let (muster, area, by) = (MusterId::new(4), AreaId::new(6), Actor::Operator(OperatorId::new(4)));
    let (person, visitor) = (Somebody::Person(PersonId::new(1042)), Somebody::Visitor(VisitorId::new(3)));
    let listed = |who| Listed { who, area, since: SINCE };
    let mark = |who, status, place: Option<&str>, note: Option<&str>| Mark {
        who,
        status,
        place: place.map(reason),
        note: note.map(reason),
        at: SINCE,
    };
    let marks = [
        mark(person, MusterStatus::Safe, Some("car park"), Some("a bit cold")),
        mark(visitor, MusterStatus::NotOnSite, None, None),
        mark(person, MusterStatus::Unsure, None, Some("heard only")),
        mark(person, MusterStatus::Missing, None, None),
    ];
    let report = LongText::parse("All out.\nOne by ambulance.").unwrap();
    vec![
        DeskEntry::MusterStarted {
            muster,
            kind: MusterKind::Real,
            area,
            roll: [listed(person), listed(visitor)].into(),
            reason: reason("smoke"),
            by,
        },
        DeskEntry::MusterStarted {
            muster,
            kind: MusterKind::Drill,
            area,
            roll: [].into(),
            reason: reason("yearly"),
            by,
        },
        DeskEntry::MusterJoined { muster, roll: [listed(person)].into() },
        DeskEntry::MusterMarked { muster, marks: marks.into(), by },
        DeskEntry::MusterEnded { muster, missing: [person].into(), report, by },
    ]
}

fn visits() -> Vec<DeskEntry> {
    let (visitor, area, by) = (VisitorId::new(3), AreaId::new(6), Actor::Operator(OperatorId::new(4)));
    let came =
        |host, until, why, muster| DeskEntry::VisitorCame { visitor, host, area, until, reason: why, muster, by };
    let note = LongText::parse("Gate 3 sticks.\nCall the smith.").unwrap();
    vec![
        came(Some(PersonId::new(7)), Some(SINCE), Some(reason("new fans")), None),
        came(None, None, None, Some(MusterId::new(4))),
        DeskEntry::VisitorLeft { visitor, by },
        DeskEntry::ShiftNoted { note, by },
        DeskEntry::ShiftAnswered { answer: ShiftAnswer::Accepted, by },
        DeskEntry::ShiftAnswered { answer: ShiftAnswer::Rejected(reason("two shelves nobody knows")), by },
    ]
}
