//! Answers to questions, from the memory that decides. Nothing here changes anything.

use core::time::Duration;

use super::Engine;
use crate::alarm::{Acknowledged, Alarm, AlarmKind, AlarmSource};
use crate::decide::explain::{Explanation, Outcome, Step};
use crate::decide::{PinEvidence, Presented, Request, Situation, Verdict, settle};
use crate::door::Passage;
use crate::engine::devices::Presence;
use crate::engine::query::{Answer, DeviceStatus, DoorStatus, Query, Status};
use crate::entry::Denial;
use crate::facts::Secured;
use crate::id::{DoorId, PersonId, PointId};
use crate::site::Door;
use crate::time::{Now, Wall};

/// How far ahead `explain` looks for the next permitted moment after a grant's window is reached: one week has every
/// window of a weekly schedule.
const LOOK_AHEAD_MINUTES: u32 = 7 * 24 * 60 + 120;

impl Engine {
    /// Answers a question as of `now`.
    pub fn answer(&self, now: Now, query: &Query) -> Answer {
        match query {
            Query::Status => Answer::Status(self.status()),
            Query::OpenAlarms => Answer::Alarms(self.open_alarms()),
            Query::Doors => Answer::Doors(self.site.doors().map(|door| self.door_status(door)).collect()),
            Query::Devices => Answer::Devices(self.device_statuses()),
            Query::People => Answer::People(self.records.persons.values().cloned().collect()),
            Query::Credentials(person) => {
                let held = self.records.credentials.values().filter(|credential| credential.person == *person);
                Answer::Credentials(held.cloned().collect())
            }
            Query::Grants(person) => {
                let wanted = self.records.grants.values().filter(|grant| person.is_none_or(|p| grant.person == p));
                Answer::Grants(wanted.cloned().collect())
            }
            Query::Explain { person, point, at } => Answer::Explain(self.explain(now, *person, *point, *at)),
        }
    }

    fn status(&self) -> Status {
        let mut alarms = [(0, 0); 4];
        for alarm in self.records.alarms.values() {
            let (unacknowledged, all) = &mut alarms[usize::from(alarm.kind.priority().number() - 1)];
            *all += 1;
            *unacknowledged += u32::from(alarm.acknowledged == Acknowledged::No);
        }
        let mut doors = [0; 3];
        for door in self.site.doors() {
            doors[match self.door_record(door.id).facts.secured() {
                Secured::Secured => 0,
                Secured::Unsecured => 1,
                Secured::Unknown => 2,
            }] += 1;
        }
        let online = self.devices.values().filter(|device| device.presence == Presence::Online).count() as u32;
        Status {
            head: self.records.head,
            generation: self.records.generation,
            journal: self.journal_health(),
            alarms,
            doors,
            devices: [online, self.devices.len() as u32 - online],
        }
    }

    /// Unacknowledged before acknowledged, urgent before less urgent, newest first.
    fn open_alarms(&self) -> Vec<Alarm> {
        let mut alarms: Vec<Alarm> = self.records.alarms.values().cloned().collect();
        alarms.sort_by_key(|alarm| {
            (alarm.acknowledged != Acknowledged::No, alarm.kind.priority(), core::cmp::Reverse(alarm.id))
        });
        alarms
    }

    fn door_status(&self, door: &Door) -> DoorStatus {
        let record = self.door_record(door.id);
        let active = |kind| self.is_active(kind, AlarmSource::Door(door.id));
        let mode = match record.passage {
            Passage::Released { .. } | Passage::Open { .. } => "accessed",
            Passage::Idle | Passage::Suspect { .. } | Passage::Forced { .. } => "locked",
        };
        let alarm = if active(AlarmKind::DoorForced) || active(AlarmKind::HandleForced) {
            "forced_open"
        } else if active(AlarmKind::HeldOpen) {
            "open_too_long"
        } else if active(AlarmKind::HeldPreAlarm) {
            "pre_alarm"
        } else {
            "normal"
        };
        DoorStatus { door: door.id, mode, facts: record.facts, alarm }
    }

    fn device_statuses(&self) -> Vec<DeviceStatus> {
        let status = |(id, runtime): (&crate::id::DeviceId, &super::DeviceRuntime)| DeviceStatus {
            device: *id,
            online: match runtime.presence {
                Presence::Unknown => None,
                Presence::Online => Some(true),
                Presence::Offline => Some(false),
            },
            identity: runtime.identity.clone(),
            tamper: self.is_active(AlarmKind::Tamper, AlarmSource::Device(*id)),
        };
        self.devices.iter().map(status).collect()
    }

    fn explain(&self, now: Now, person: PersonId, point: PointId, at: Option<Wall>) -> Option<Explanation> {
        self.records.persons.get(&person)?;
        let door = self.site.point(point)?.door;
        let mut steps: Vec<Step> = Vec::new();
        let situation = Situation { doors: &self.records.doors, online: &self.online, journal: self.journal_health() };
        let present = at.is_none().then_some(&situation);
        let at = at.unwrap_or(now.wall);
        let request = Request { point, presented: Presented::Nothing(person), pin: PinEvidence::Missing };
        let outcome = match settle(&self.site, &self.people, present, &request, at, &mut steps) {
            Ok(Verdict::Admit { grant, .. }) => Outcome::Granted(grant),
            // Nothing was presented, so `factors` assumes the PIN and never awaits it.
            Ok(Verdict::AwaitPin { .. }) => Outcome::Denied(Denial::NoDecision),
            Err(refusal) => Outcome::Denied(refusal.reason),
        };
        let next_permitted = match outcome {
            Outcome::Denied(Denial::NotPermittedAtThisTime) => self.next_permitted(person, door, at),
            Outcome::Denied(_) | Outcome::Granted(_) => None,
        };
        Some(Explanation { person, point, at, steps, outcome, next_permitted })
    }

    /// The first moment after `at`, to the minute, at which one of the person's rights to `door` holds.
    fn next_permitted(&self, person: PersonId, door: DoorId, at: Wall) -> Option<Wall> {
        let rights = self.people.person(person)?.rights_to(door);
        let first_of = |right: crate::people::index::Right| {
            let start = at.max(right.validity.from);
            let minute =
                |n: u32| if n == 0 { start } else { start_of_minute(start.after(Duration::from_secs(60) * n)) };
            let inside = |moment: &Wall| self.people.week_holds(&right, self.site.local_time().week_minute(*moment));
            (0..LOOK_AHEAD_MINUTES).map(minute).find(inside).filter(|moment| right.validity.contains(*moment))
        };
        rights.iter().filter_map(first_of).min()
    }
}

fn start_of_minute(at: Wall) -> Wall {
    Wall::from_seconds(at.as_seconds().div_euclid(60) * 60)
}
