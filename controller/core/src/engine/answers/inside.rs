//! Who is inside and how sure that is, from what is on record and which devices answer. What makes a count sure by itself is
//! `headcount.rs`; who may know of whom is `reach.rs`.

use std::collections::BTreeMap;

use crate::alarm::{AlarmKind, AlarmSource};
use crate::engine::Engine;
use crate::engine::devices::Presence;
use crate::engine::query::{Doubt, Entered, Headcount, Insider, SeenAt, Stopped};
use crate::engine::reach::Reach;
use crate::headcount::{Grounds, SURE_FOR, grounds, holds_people, ways_out};
use crate::id::{AreaId, DeviceId, DoorId, PersonId};
use crate::mode::SetBy;
use crate::muster::Somebody;
use crate::people::{CredentialState, EscortNeed, Grant, PersonStatus, Place};
use crate::site::draft::Side;
use crate::site::{Area, Door, Role};
use crate::time::Wall;

/// What is known of areas, each looked at once for one answer.
pub(super) type GroundsOf = BTreeMap<AreaId, Grounds>;

/// People in an area who are only believed to be there.
#[derive(Debug, Clone, Copy, Default)]
struct Unsure {
    /// Entered by hand.
    visitors: u32,
    /// Not seen for long.
    old: u32,
}

impl Engine {
    /// Who is known to be in an area or in one inside it; anywhere without one. By area, then by number.
    pub(super) fn insiders(&self, at: Wall, reach: &Reach<'_>, area: Option<AreaId>) -> Vec<Insider> {
        if area.is_some_and(|area| !reach.sees_area(area)) {
            return Vec::new();
        }
        let is_meant = |inner: AreaId| area.is_none_or(|area| self.site.lies_in(inner, area));
        let mut known = GroundsOf::new();
        let mut rows = Vec::new();
        for (person, whereabouts) in &self.records.presence {
            if let Place::Inside(inner) = whereabouts.place
                && is_meant(inner)
                && reach.sees_person(*person)
            {
                let who = Somebody::Person(*person);
                rows.push(self.insider(at, who, inner, whereabouts.since, &mut known));
            }
        }
        let visitors = self.records.visitors.values().filter(|row| row.is_inside() && is_meant(row.area));
        for row in visitors.filter(|row| reach.sees_visitor(row)) {
            rows.push(self.insider(at, Somebody::Visitor(row.id), row.area, row.since, &mut known));
        }
        rows.sort_by_key(|row| (row.area, row.who));
        rows
    }

    /// Somebody as they are known to be inside, as of `at`.
    pub(super) fn insider(&self, at: Wall, who: Somebody, area: AreaId, since: Wall, known: &mut GroundsOf) -> Insider {
        let by_area = *known.entry(area).or_insert_with(|| self.grounds_of(area));
        match who {
            Somebody::Person(person) => Insider {
                who,
                organisation: self.records.persons.get(&person).map(|row| row.details.organisation),
                area,
                since,
                entered: if self.comes_with_escort(person, at) { Entered::Escort } else { Entered::Card },
                last_seen: self.last_seen(person),
                grounds: if at.since(since) > SURE_FOR { Grounds::Old } else { by_area },
                escort: self.seen.company_of(person).filter(|_| self.comes_with_escort(person, at)),
                stopped: self.what_stops(person),
            },
            Somebody::Visitor(visitor) => {
                let host = self.records.visitors.get(&visitor).and_then(|row| row.host);
                Insider {
                    who,
                    organisation: host.and_then(|host| Some(self.records.persons.get(&host)?.details.organisation)),
                    area,
                    since,
                    entered: if host.is_some() { Entered::Escort } else { Entered::Hand },
                    last_seen: Some((SeenAt::Area(area), since)),
                    grounds: Grounds::ByHand,
                    escort: host,
                    stopped: None,
                }
            }
        }
    }

    /// Whether every right somebody has now asks for an escort.
    fn comes_with_escort(&self, person: PersonId, at: Wall) -> bool {
        let grants = self.grants_of.get(&person).into_iter().flatten().filter_map(|id| self.records.grants.get(id));
        let mut live = grants.filter(|grant| grant.is_live(at) && grant.validity.contains(at)).peekable();
        live.peek().is_some() && live.all(|grant: &Grant| grant.escort == EscortNeed::Required)
    }

    /// Where somebody was seen last: leaving the site, at a point, or entering the area they are in.
    fn last_seen(&self, person: PersonId) -> Option<(SeenAt, Wall)> {
        let known = self.records.presence.get(&person);
        let seen = self.seen.last(person).map(|(point, at)| (SeenAt::Point(point), at));
        let entered = known.map(|known| match known.place {
            Place::Inside(area) => (SeenAt::Area(area), known.since),
            Place::Outside => (SeenAt::Outside, known.since),
        });
        match (seen, entered) {
            (Some(seen), Some(entered)) if entered.0 == SeenAt::Outside && seen.1 <= entered.1 => Some(entered),
            (Some(seen), _) => Some(seen),
            (None, entered) => entered,
        }
    }

    fn what_stops(&self, person: PersonId) -> Option<Stopped> {
        let status = self.records.persons.get(&person).map(|row| row.status)?;
        if status != PersonStatus::Enabled {
            return Some(Stopped::Person(status));
        }
        let mut cards = self.holdings.credentials_of(person).filter_map(|id| self.records.credentials.get(&id));
        (!cards.any(|card| card.state == CredentialState::Enabled)).then_some(Stopped::NoCard)
    }

    /// How many are in each area in which somebody can be. It names nobody.
    pub(super) fn headcounts(&self, at: Wall, reach: &Reach<'_>) -> Vec<Headcount> {
        let areas = self.site.areas().filter(|area| holds_people(area.kind) && reach.sees_area(area.id));
        let among = self.unsure_people(at);
        areas.map(|area| self.headcount(area, among.get(&area.id).copied().unwrap_or_default())).collect()
    }

    /// How many in each area are only believed to be there: visitors, and people of whom nothing was seen for long.
    fn unsure_people(&self, at: Wall) -> BTreeMap<AreaId, Unsure> {
        let mut among: BTreeMap<AreaId, Unsure> = BTreeMap::new();
        for row in self.records.visitors.values().filter(|row| row.is_inside()) {
            self.site.around(row.area).for_each(|area| among.entry(area.id).or_default().visitors += 1);
        }
        for known in self.records.presence.values().filter(|known| at.since(known.since) > SURE_FOR) {
            if let Place::Inside(inner) = known.place {
                self.site.around(inner).for_each(|area| among.entry(area.id).or_default().old += 1);
            }
        }
        among
    }

    fn headcount(&self, area: &Area, unsure: Unsure) -> Headcount {
        let grounds = match unsure.visitors.saturating_add(unsure.old) {
            0 => self.grounds_of(area.id),
            people => Grounds::Among { people },
        };
        let count = self.presence.count_in(area.id).saturating_add(unsure.visitors);
        let (confidence, doubt) = (grounds.confidence(), self.doubt(area.id));
        Headcount { area: area.id, parent: area.inside, count, confidence, grounds, doubt }
    }

    fn grounds_of(&self, area: AreaId) -> Grounds {
        grounds(&self.site, area, |door| self.readers_of(door.id).any(|reader| self.reads_those_who_leave(reader)))
    }

    fn reads_those_who_leave(&self, reader: DeviceId) -> bool {
        let point = self.site.device(reader).and_then(|row| match row.role {
            Role::Reader { point } => self.site.point(point),
            Role::Lock { .. } | Role::Handle { .. } | Role::Inputs { .. } => None,
        });
        point.is_some_and(|point| point.side == Side::Out)
    }

    /// Since when, and by what, the count of an area may be wrong: the longest-standing cause of those at its ways out.
    pub(super) fn doubt(&self, area: AreaId) -> Option<(Wall, Doubt)> {
        let doors: Vec<&Door> = ways_out(&self.site, area).collect();
        let away = doors.iter().flat_map(|door| self.devices_at(door)).filter_map(|device| {
            let since = self.away_since(device)?;
            Some((since, Doubt::DeviceAway(device)))
        });
        let unlocked = doors.iter().filter_map(|door| {
            let since = self.unlocked_since(door.id)?;
            Some((since, Doubt::DoorUnlocked(door.id)))
        });
        away.chain(unlocked).min_by_key(|(since, _)| *since)
    }

    /// The readers of a door, and its lock, which says that somebody passed.
    fn devices_at<'a>(&'a self, door: &'a Door) -> impl Iterator<Item = DeviceId> + 'a {
        self.readers_of(door.id).chain(core::iter::once(door.lock))
    }

    pub(super) fn readers_of(&self, door: DoorId) -> impl Iterator<Item = DeviceId> + '_ {
        let devices = self.readers.get(&door).into_iter().flatten().copied();
        devices.filter(|id| self.site.device(*id).is_some_and(|row| matches!(row.role, Role::Reader { .. })))
    }

    /// Since when a device does not answer. Its alarm is older than this run of the daemon where it was away before.
    fn away_since(&self, device: DeviceId) -> Option<Wall> {
        let runtime = self.devices.get(&device)?;
        let is_away = matches!(runtime.presence, Presence::Offline | Presence::Distrusted);
        let alarm = self.active_alarms.get(&(AlarmSource::Device(device), AlarmKind::DeviceOffline));
        let raised = alarm.and_then(|id| self.records.alarms.get(id)).map(|row| row.raised_at);
        let since = [runtime.away_since, raised].into_iter().flatten().min();
        since.filter(|_| is_away)
    }

    fn unlocked_since(&self, door: DoorId) -> Option<Wall> {
        if !self.standing_of(door).is_unlocked() {
            return None;
        }
        let fire = self.active_alarms.get(&(AlarmSource::Site, AlarmKind::FireRelease));
        let fire = fire.and_then(|id| self.records.alarms.get(id)).map(|row| row.raised_at);
        let ordered = self.records.modes.get(&door).and_then(|mode| match mode.set_by {
            SetBy::Order(at) | SetBy::Schedule(at) => Some(at),
            SetBy::Nobody => None,
        });
        fire.or(ordered)
    }
}
