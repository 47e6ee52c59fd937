//! What is shown of alarms: who sees which, in which order, and which count.

use std::collections::BTreeSet;

use crate::alarm::life::Suppression;
use crate::alarm::{Acknowledged, Alarm, AlarmSource};
use crate::engine::Engine;
use crate::engine::apply::alarms::CLOSED_KEPT_FOR;
use crate::engine::query::AlarmStatus;
use crate::engine::reach::Reach;
use crate::id::{AlarmId, PersonId};
use crate::time::Now;

impl Engine {
    /// Persons whose card or right an alarm is about that wants an answer, as far as the scope sees them.
    pub(super) fn named_persons(&self, reach: &Reach<'_>) -> BTreeSet<PersonId> {
        let of_source = |source| match source {
            AlarmSource::Credential(id) => self.records.credentials.get(&id).map(|row| row.person),
            AlarmSource::Grant(id) => self.records.grants.get(&id).map(|row| row.person),
            AlarmSource::Site
            | AlarmSource::Door(_)
            | AlarmSource::Device(_)
            | AlarmSource::Zone(_)
            | AlarmSource::Area(_)
            | AlarmSource::Line(_)
            | AlarmSource::Point(_)
            | AlarmSource::Operator(_)
            | AlarmSource::Alert { .. }
            | AlarmSource::Camera(_) => None,
        };
        let persons = self.records.alarms.values().filter_map(|alarm| of_source(alarm.source));
        persons.filter(|person| reach.sees_person(*person)).collect()
    }

    /// By priority, P1 first: unacknowledged, all. What is put aside or explained by another alarm does not count.
    pub(super) fn alarm_counts(&self, reach: &Reach<'_>) -> [(u32, u32); 4] {
        let mut alarms = [(0, 0); 4];
        for alarm in self.records.alarms.values().filter(|alarm| self.stands_for_itself(reach, alarm)) {
            let (unacknowledged, all) = &mut alarms[usize::from(alarm.kind.priority().number() - 1)];
            *all += 1;
            *unacknowledged += u32::from(alarm.acknowledged == Acknowledged::No);
        }
        alarms
    }

    fn stands_for_itself(&self, reach: &Reach<'_>, alarm: &Alarm) -> bool {
        reach.sees_source(alarm.source)
            && match alarm.life.suppression {
                Suppression::None => true,
                Suppression::ByDesign { .. } => !self.is_explained_to(reach, alarm),
                Suppression::Shelved(_) | Suppression::OutOfService { .. } => false,
            }
    }

    /// Whether whoever asks sees the alarm that explains this one: to those who do not, it stands for itself.
    fn is_explained_to(&self, reach: &Reach<'_>, alarm: &Alarm) -> bool {
        match alarm.life.suppression {
            Suppression::ByDesign { behind, .. } => {
                self.records.alarms.get(&behind).is_some_and(|cause| reach.sees_source(cause.source))
            }
            Suppression::None | Suppression::Shelved(_) | Suppression::OutOfService { .. } => false,
        }
    }

    /// Unacknowledged before acknowledged, urgent before less urgent, newest first.
    pub(super) fn open_alarms(&self, reach: &Reach<'_>) -> Vec<AlarmStatus> {
        let seen = self.records.alarms.values().filter(|alarm| reach.sees_source(alarm.source));
        let mut alarms: Vec<&Alarm> = seen.filter(|alarm| !self.is_explained_to(reach, alarm)).collect();
        alarms.sort_by_key(|alarm| {
            (alarm.acknowledged != Acknowledged::No, alarm.kind.priority(), core::cmp::Reverse(alarm.id))
        });
        alarms.into_iter().map(|alarm| self.status_of(reach, alarm)).collect()
    }

    pub(super) fn alarms_behind(&self, reach: &Reach<'_>, cause: Option<AlarmId>) -> Vec<AlarmStatus> {
        let is_behind = |alarm: &&Alarm| match (&alarm.life.suppression, cause) {
            (Suppression::ByDesign { behind, .. }, Some(cause)) => *behind == cause,
            (Suppression::ByDesign { .. }, None) => true,
            (Suppression::None | Suppression::Shelved(_) | Suppression::OutOfService { .. }, _) => false,
        };
        let seen = self.records.alarms.values().filter(|alarm| reach.sees_source(alarm.source));
        seen.filter(is_behind).map(|alarm| self.status_of(reach, alarm)).collect()
    }

    pub(super) fn closed_alarms(&self, now: Now, reach: &Reach<'_>) -> Vec<AlarmStatus> {
        let closed = self.records.closed.iter().rev();
        let lately = closed.filter(|((at, _), _)| now.wall.since(*at) < CLOSED_KEPT_FOR);
        let seen = lately.filter(|(_, alarm)| reach.sees_source(alarm.source));
        seen.map(|((at, _), alarm)| AlarmStatus {
            alarm: alarm.clone(),
            behind: 0,
            closed_at: Some(*at),
            alert: self.terms_of(alarm),
        })
        .collect()
    }

    pub(super) fn alarm_status(&self, now: Now, reach: &Reach<'_>, id: AlarmId) -> Option<AlarmStatus> {
        let open = self.records.alarms.get(&id).filter(|alarm| reach.sees_source(alarm.source));
        open.map(|alarm| self.status_of(reach, alarm)).or_else(|| {
            let mut closed = self.closed_alarms(now, reach).into_iter();
            closed.find(|closed| closed.alarm.id == id)
        })
    }

    fn status_of(&self, reach: &Reach<'_>, alarm: &Alarm) -> AlarmStatus {
        let others = self.roll.behind(alarm.id).into_iter().filter_map(|id| self.records.alarms.get(&id));
        let behind = others.filter(|other| reach.sees_source(other.source)).count();
        let behind = u32::try_from(behind).unwrap_or(u32::MAX);
        AlarmStatus { alarm: alarm.clone(), behind, closed_at: None, alert: self.terms_of(alarm) }
    }
}
