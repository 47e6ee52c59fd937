//! What the desk is shown of musters, visitors and the hand-over. Whoever asks for an organisation sees its own people on a
//! list, and no list on which none of them is and whose area they do not see.

use std::collections::BTreeMap;

use super::inside::GroundsOf;
use crate::alarm::life::Suppression;
use crate::engine::Engine;
use crate::engine::devices::Presence;
use crate::engine::query::{AlarmStatus, Insider, MusterArea, MusterView, ShiftStatus};
use crate::engine::reach::Reach;
use crate::headcount::ways_out;
use crate::id::{AreaId, DeviceId, DoorId, MusterId, VisitorId};
use crate::mode::{DoorMode, Hold, ModeRecord, SetBy};
use crate::muster::{Muster, MusterCounts, Somebody};
use crate::shift::Shift;
use crate::site::Door;
use crate::time::Wall;
use crate::visitor::Visitor;

impl Engine {
    pub(super) fn visitors(&self, reach: &Reach<'_>) -> Vec<Visitor> {
        self.records.visitors.values().rev().filter(|row| reach.sees_visitor(row)).cloned().collect()
    }

    pub(super) fn visitor(&self, reach: &Reach<'_>, id: VisitorId) -> Option<Visitor> {
        self.records.visitors.get(&id).filter(|row| reach.sees_visitor(row)).cloned()
    }

    /// Musters on record, the latest first.
    pub(super) fn musters(&self, reach: &Reach<'_>) -> Vec<Muster> {
        self.records.musters.values().rev().filter_map(|row| self.muster_seen(reach, row)).collect()
    }

    /// A muster with those on its list whom the scope sees.
    fn muster_seen(&self, reach: &Reach<'_>, row: &Muster) -> Option<Muster> {
        let sees = |who: &Somebody| match who {
            Somebody::Person(person) => reach.sees_person(*person),
            Somebody::Visitor(visitor) => {
                let row = self.records.visitors.get(visitor);
                row.map_or_else(|| reach.sees_departed(), |row| reach.sees_visitor(row))
            }
        };
        let mut seen = row.clone();
        seen.roll.retain(|who, _| sees(who));
        if let Some(end) = &mut seen.end {
            end.missing = end.missing.iter().copied().filter(sees).collect();
        }
        (reach.sees_area(row.area) || !seen.roll.is_empty()).then_some(seen)
    }

    pub(super) fn muster_view(&self, reach: &Reach<'_>, id: MusterId) -> Option<MusterView> {
        let muster = self.muster_seen(reach, self.records.musters.get(&id)?)?;
        let people = self.people_on(&muster);
        let mut counts: BTreeMap<AreaId, MusterCounts> = BTreeMap::from([(muster.area, MusterCounts::default())]);
        for row in muster.roll.values() {
            counts.entry(row.area).or_default().add(row.status());
        }
        // Once it is over, what is wrong now says nothing about it.
        let doubt = |area| if muster.is_running() { self.doubt(area) } else { None };
        let areas = counts.into_iter().map(|(area, counts)| MusterArea { area, counts, doubt: doubt(area) }).collect();
        let readers = self.muster_readers(muster.area);
        Some(MusterView { counts: muster.counts(), muster, people, areas, readers })
    }

    /// How sure the list was when it was made is what counts, not how old it has become since.
    fn people_on(&self, muster: &Muster) -> Vec<Insider> {
        let mut known = GroundsOf::new();
        let row = |(who, row): (&Somebody, &crate::muster::OnRoll)| {
            let at: Wall = row.joined.unwrap_or(muster.started);
            self.insider(at, *who, row.area, row.since, &mut known)
        };
        muster.roll.iter().map(row).collect()
    }

    fn muster_readers(&self, area: AreaId) -> Vec<(DeviceId, DoorId, Option<bool>)> {
        let state = |device: DeviceId| match self.devices.get(&device).map(|runtime| runtime.presence) {
            Some(Presence::Online) => Some(true),
            Some(Presence::Offline | Presence::Distrusted) => Some(false),
            Some(Presence::Unknown) | None => None,
        };
        let doors = ways_out(&self.site, area);
        doors.flat_map(|door| self.readers_of(door.id).map(move |id| (id, door.id, state(id)))).collect()
    }

    pub(super) fn shift_status(&self, reach: &Reach<'_>) -> ShiftStatus {
        let stands = |status: &AlarmStatus| match status.alarm.life.suppression {
            Suppression::None | Suppression::ByDesign { .. } => true,
            Suppression::Shelved(_) | Suppression::OutOfService { .. } => false,
        };
        let (alarms, aside) = self.open_alarms(reach).into_iter().partition(stands);
        let doors = reach.doors_seen().filter(|door| self.is_left_otherwise(door));
        let inside = self.visitors(reach).into_iter().filter(|row: &Visitor| row.is_inside());
        // The desk is the site's: what it tells itself is no tenant's business.
        let shift = if reach.sees_departed() { self.records.shift.clone() } else { Shift::default() };
        ShiftStatus {
            shift,
            alarms,
            aside,
            doors: doors.map(|door| self.door_status(door)).collect(),
            visitors: inside.collect(),
        }
    }

    /// Whether a door is in a mode that it is not in by itself: ordered, held, or not known. What a schedule unlocks is normal.
    fn is_left_otherwise(&self, door: &Door) -> bool {
        let record = self.records.modes.get(&door.id).copied().unwrap_or_default();
        let ModeRecord { hold, set_by, .. } = record;
        match self.standing_of(door.id) {
            DoorMode::Locked | DoorMode::Accessed => false,
            DoorMode::Unlocked => hold != Hold::None || !matches!(set_by, SetBy::Schedule(_)),
            DoorMode::Unknown
            | DoorMode::Blocked
            | DoorMode::LockedDown
            | DoorMode::LockedOpen
            | DoorMode::DoubleLocked => true,
        }
    }
}
