//! Answers to questions, from the memory that decides. Nothing here changes anything, and whoever asks sees what their scope
//! reaches (`reach.rs`): the rest is left out as if it did not exist.

mod alarms;
mod alerts;
mod desk;
mod entitled;
mod explain;
mod governed;
mod inside;
mod lists;
mod reviews;

use super::reach::Reach;
use super::{DeviceRuntime, Engine};
use crate::alarm::{AlarmKind, AlarmSource};
use crate::asset::RackAsset;
use crate::engine::command::Scope;
use crate::engine::devices::Presence;
use crate::engine::query::{Answer, Answers, DeviceStatus, DoorStatus, Query, Status};
use crate::facts::Secured;
use crate::id::DeviceId;
use crate::operator::{ApiToken, Operator};
use crate::site::Door;
use crate::time::Now;

impl Engine {
    /// Answers a question as of `now`, for somebody whose rights reach `scope`.
    pub fn answer(&self, now: Now, scope: Scope, query: &Query) -> Answer {
        let reach = self.reach(now.wall, scope);
        match query {
            Query::Status => Answer::Status(self.status(now, &reach)),
            Query::Revision(subject) => Answer::Revision(self.revision_seen(&reach, *subject)),
            Query::OpenAlarms => Answer::Alarms(self.open_alarms(&reach)),
            Query::Doors => Answer::Doors(reach.doors_seen().map(|door| self.door_status(door)).collect()),
            Query::Door(id) => {
                let door = self.site.door(*id).filter(|door| reach.sees_door(door.id));
                Answer::Doors(door.map(|door| self.door_status(door)).into_iter().collect())
            }
            Query::Devices => Answer::Devices(self.device_statuses(&reach, self.devices.iter())),
            Query::Device(id) => {
                Answer::Devices(self.device_statuses(&reach, self.devices.get_key_value(id).into_iter()))
            }
            Query::People(page) => Answer::People(self.people_page(scope, page)),
            Query::PeopleCount => Answer::Count(self.people_count(scope)),
            Query::PeopleOf(ids) => Answer::People(self.people_of(&reach, ids)),
            Query::Whereabouts(ids) => Answer::Occupancy(self.whereabouts(&reach, ids)),
            Query::LeastPinDigits => Answer::LeastPinDigits(self.least_pin_digits()),
            Query::Receipts { through } => Answer::Receipts(self.receipts(now, &reach, *through)),
            Query::Exposure(device) => {
                Answer::Exposure(self.exposure(now, *device).filter(|_| reach.sees_device(*device)))
            }
            Query::Organisations => self.organisations_seen(&reach),
            Query::Areas => Answer::Areas(self.area_statuses(&reach)),
            Query::Names => Answer::Names(self.names(&reach)),
            Query::Schedules => Answer::Schedules(self.records.schedules.values().cloned().collect()),
            Query::Calendars => Answer::Calendars(self.records.calendars.values().cloned().collect()),
            Query::Profiles => self.profiles_seen(&reach),
            Query::Agreements => Answer::Agreements(self.agreements(now, scope)),
            Query::Governed => Answer::Governed(Box::new(self.governed(now, scope))),
            Query::NamedPersons => Answer::NamedPersons(self.named_persons(&reach)),
            Query::Plans => self.plans_seen(&reach),
            Query::Racks => {
                // What stands for no rack of this site is nobody's but the site's.
                let seen = |row: &&RackAsset| row.rack.map_or(scope == Scope::Site, |rack| reach.sees_area(rack));
                Answer::Racks(self.records.racks.values().filter(seen).cloned().collect())
            }
            Query::Occupancy(area) => Answer::Occupancy(self.occupancy(&reach, *area)),
            Query::Credentials(person) => Answer::Credentials(self.credentials(&reach, *person)),
            Query::Credential(id) => Answer::Credentials(self.credential(&reach, *id)),
            Query::Lockouts(person) => Answer::Lockouts(self.lockouts(now.wall, &reach, *person)),
            Query::Grant(grant) => {
                Answer::Grant(self.records.grants.get(grant).filter(|_| reach.sees_grant(*grant)).cloned())
            }
            Query::Grants { person, only, page } => {
                Answer::Grants(self.grants_page(&reach, scope, *person, *only, page))
            }
            Query::Entitled { through, at, after } => self.who(at.unwrap_or(now.wall), &reach, *through, *after),
            Query::Passable { person, at, after } => self.places(at.unwrap_or(now.wall), &reach, *person, *after),
            Query::GrantCount { person, only } => Answer::Count(self.grants_count(&reach, scope, *person, *only)),
            Query::Operators => Answer::Operators(self.operators_seen(scope).cloned().collect()),
            Query::Tokens => Answer::Tokens(self.tokens_seen(scope)),
            Query::Proposals => Answer::Proposals(self.proposals_seen(&reach)),
            Query::SignInBar(operator) => Answer::SignInBar(self.sign_in_bar(*operator, now.wall)),
            Query::Alarm(alarm) => Answer::Alarm(self.alarm_status(now, &reach, *alarm)),
            Query::AlarmsBehind(cause) => Answer::Alarms(self.alarms_behind(&reach, *cause)),
            Query::ClosedAlarms => Answer::Alarms(self.closed_alarms(now, &reach)),
            Query::Insiders(area) => Answer::Insiders(self.insiders(now.wall, &reach, *area)),
            Query::Headcounts => Answer::Headcounts(self.headcounts(now.wall, &reach)),
            Query::Visitors => Answer::Visitors(self.visitors(&reach)),
            Query::Visitor(id) => Answer::Visitors(self.visitor(&reach, *id).into_iter().collect()),
            Query::Musters => Answer::Musters(self.musters(&reach)),
            Query::Muster(id) => Answer::Muster(self.muster_view(&reach, *id).map(Box::new)),
            Query::Reviews => Answer::Reviews(self.reviews(now.wall, scope)),
            Query::Review(id) => Answer::Reviews(self.review_status(now.wall, scope, *id).into_iter().collect()),
            Query::ReviewLines { review, only, page } => {
                Answer::ReviewLines(self.review_lines(now.wall, scope, *review, *only, page))
            }
            Query::Alerts => Answer::Alerts(self.alerts(&reach)),
            Query::Shift => Answer::Shift(Box::new(self.shift_status(&reach))),
            Query::Explain { person, point, at } => {
                let place = self.site.point(*point).is_some_and(|point| reach.sees_door(point.door));
                let seen = place && reach.sees_person(*person);
                Answer::Explain(if seen { self.explain(now, *person, *point, *at) } else { None })
            }
        }
    }

    fn organisations_seen(&self, reach: &Reach<'_>) -> Answer {
        let seen = self.site.organisations().iter().filter(|row| reach.sees_organisation(row.id));
        Answer::Organisations(seen.cloned().collect())
    }

    fn profiles_seen(&self, reach: &Reach<'_>) -> Answer {
        let seen = self.records.profiles.values().filter(|profile| reach.sees_profile(profile));
        Answer::Profiles(seen.cloned().collect())
    }

    fn plans_seen(&self, reach: &Reach<'_>) -> Answer {
        let seen = self.records.plans.values().filter(|plan| reach.sees_area(plan.area));
        Answer::Plans(seen.cloned().collect())
    }

    fn tokens_seen(&self, scope: Scope) -> Vec<ApiToken> {
        let of_seen = |token: &&ApiToken| self.operators_seen(scope).any(|row| row.id == token.owner);
        self.records.tokens.values().filter(of_seen).cloned().collect()
    }

    /// Operators of the same reach: who runs the site is nothing that a tenant sees.
    fn operators_seen(&self, scope: Scope) -> impl Iterator<Item = &Operator> {
        self.records.operators.values().filter(move |row| scope == Scope::Site || row.scope == scope)
    }

    fn status(&self, now: Now, reach: &Reach<'_>) -> Status {
        let mut doors = [0; 3];
        for door in reach.doors_seen() {
            doors[match self.door_record(door.id).facts.secured() {
                Secured::Secured => 0,
                Secured::Unsecured => 1,
                Secured::Unknown => 2,
            }] += 1;
        }
        let mut devices = [0; 2];
        for (_, device) in self.devices.iter().filter(|(id, _)| reach.sees_device(**id)) {
            devices[usize::from(device.presence != Presence::Online)] += 1;
        }
        Status {
            head: self.records.head,
            generation: self.records.generation,
            journal: self.journal_health(),
            threat: self.records.standing.threat,
            alarms: self.alarm_counts(reach),
            doors,
            devices,
            receipts: self.receipt_summary(now, reach),
        }
    }

    fn door_status(&self, door: &Door) -> DoorStatus {
        let record = self.door_record(door.id);
        let active = |kind| self.is_active(kind, AlarmSource::Door(door.id));
        let alarm = if active(AlarmKind::DoorForced) || active(AlarmKind::HandleForced) {
            "forced_open"
        } else if active(AlarmKind::HeldOpen) {
            "open_too_long"
        } else if active(AlarmKind::HeldPreAlarm) {
            "pre_alarm"
        } else {
            "normal"
        };
        let mode = self.standing_of(door.id).with(record.passage);
        DoorStatus { door: door.id, mode, facts: record.facts, alarm }
    }

    /// Those of these devices that the scope sees.
    fn device_statuses<'a>(
        &self,
        reach: &Reach<'_>,
        devices: impl Iterator<Item = (&'a DeviceId, &'a DeviceRuntime)>,
    ) -> Vec<DeviceStatus> {
        let status = |(id, runtime): (&DeviceId, &DeviceRuntime)| DeviceStatus {
            device: *id,
            online: match runtime.presence {
                Presence::Unknown => None,
                Presence::Online => Some(true),
                Presence::Offline | Presence::Distrusted => Some(false),
            },
            identity: runtime.identity.clone(),
            answers: if runtime.presence == Presence::Distrusted { Answers::Another } else { Answers::Itself },
            record: self.device_record(*id),
            tamper: self.is_active(AlarmKind::Tamper, AlarmSource::Device(*id)),
            description: runtime.description,
            certificates: self.records.certificates.get(id).copied().unwrap_or_default(),
            rights: self.records.rights.get(id).cloned().unwrap_or_default(),
            grade: self.grade_of(*id),
            misgivings: self.misgivings_of(*id),
            slide: runtime.slide,
            measurements: runtime.measurements,
            clock_offset_ms: runtime.clock_offset_ms,
        };
        devices.filter(|(id, _)| reach.sees_device(**id)).map(status).collect()
    }
}
