//! Golden entries about alerts, and about the alarms that they raise.

use rackward_core::Wall;
use rackward_core::alarm::{AlarmKind, AlarmSource};
use rackward_core::alert::{AlertPlace, AlertPriority, AlertTerms};
use rackward_core::entry::{AlertEntry, Entry, LongText};
use rackward_core::id::{AlarmId, AlertId, AreaId, DeviceId, DoorId, OperatorId, OrganisationId, Seq, ZoneId};
use rackward_core::permission::Actor;

use crate::site::reason;

pub(super) fn entries() -> Vec<Entry> {
    let (alert, by) = (AlertId::new(2), Actor::Operator(OperatorId::new(4)));
    let created = |priority, organisation| AlertEntry::Created {
        alert,
        terms: Box::new(AlertTerms {
            name: "Hall A at night".to_owned(),
            query: "type:access.denied door:hall-a/* during:night".to_owned(),
            priority,
            response: LongText::parse("Look at the door.\nCall whoever is on duty.").unwrap(),
            reason: reason("Badges were tried there"),
            owner: by,
            organisation,
            until: Wall::from_seconds(1_786_953_600),
        }),
        by,
    };
    let place = AlertPlace::Door(DoorId::new(3));
    let matched = |place| AlertEntry::Matched { alert, matched: Seq::new(777), place };
    let alerts = [
        created(AlertPriority::High, None),
        created(AlertPriority::Medium, Some(OrganisationId::new(2))),
        created(AlertPriority::Low, None),
        matched(AlertPlace::Site),
        matched(AlertPlace::Area(AreaId::new(6))),
        matched(place),
        matched(AlertPlace::Device(DeviceId::new(5))),
        matched(AlertPlace::Zone(ZoneId::new(1))),
        AlertEntry::Counted { alert, matches: 40, upto: Seq::new(900) },
        AlertEntry::Ended { alert, reason: Some(reason("caught")), by },
        AlertEntry::Ended { alert, reason: None, by: Actor::System },
    ];
    let kinds = [
        AlarmKind::AlertHigh,
        AlarmKind::AlertMedium,
        AlarmKind::AlertLow,
        AlarmKind::AlertOverRate,
        AlarmKind::AlertEnding,
        AlarmKind::AlertVoid,
    ];
    let source = AlarmSource::Alert { alert, place };
    let alarms = kinds.map(|kind| Entry::AlarmRaised { alarm: AlarmId::new(9), kind, source });
    alerts.map(Entry::Alert).into_iter().chain(alarms).collect()
}
