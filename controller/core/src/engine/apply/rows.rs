//! Putting single rows of the newer tables in place: grants, lock-outs, schedules, calendars, profiles, agreements,
//! whereabouts, lockdowns. Which entry asks for what is in `apply.rs`.

use crate::id::{AgreementId, AreaId, CalendarId, CredentialId, GrantId, PersonId, ProfileId, ScheduleId};
use crate::mode::AreaHold;
use crate::people::{Agreement, Grant, ManagedBy, Place, Profile, Uses, Whereabouts};
use crate::records::{RecordChange, Records, Removable, SiteStanding};
use crate::site::schedule::Schedule;
use crate::site::schedule::calendar::Calendar;
use crate::time::Wall;
use std::collections::BTreeMap;

impl Records {
    /// Counts an admission by a grant whose uses are limited.
    pub(super) fn use_grant(&mut self, id: GrantId, changes: &mut Vec<RecordChange>) {
        if let Some(Uses::Left(left)) = self.grants.get(&id).map(|grant| grant.uses) {
            self.change_grant(id, changes, |grant| grant.uses = Uses::Left(left.saturating_sub(1)));
        }
    }

    pub(super) fn change_grant(
        &mut self,
        id: GrantId,
        changes: &mut Vec<RecordChange>,
        change: impl FnOnce(&mut Grant),
    ) {
        if let Some(grant) = self.grants.get_mut(&id) {
            change(grant);
            changes.push(RecordChange::Grant(grant.clone()));
        }
    }

    pub(super) fn set_lockout(
        &mut self,
        credential: CredentialId,
        until: Option<Wall>,
        changes: &mut Vec<RecordChange>,
    ) {
        put(&mut self.lockouts, credential, until);
        changes.push(RecordChange::Lockout(credential, until));
    }

    pub(super) fn set_schedule(
        &mut self,
        id: ScheduleId,
        row: Option<(Schedule, ManagedBy)>,
        changes: &mut Vec<RecordChange>,
    ) {
        put(&mut self.schedules, id, row.clone());
        changes.push(RecordChange::Schedule(id, row));
        self.number_given(Removable::Schedule, id.get(), changes);
    }

    pub(super) fn set_calendar(
        &mut self,
        id: CalendarId,
        row: Option<(Calendar, ManagedBy)>,
        changes: &mut Vec<RecordChange>,
    ) {
        put(&mut self.calendars, id, row.clone());
        changes.push(RecordChange::Calendar(id, row));
        self.number_given(Removable::Calendar, id.get(), changes);
    }

    pub(super) fn set_profile(&mut self, id: ProfileId, row: Option<Profile>, changes: &mut Vec<RecordChange>) {
        put(&mut self.profiles, id, row.clone());
        changes.push(RecordChange::Profile(id, row));
        self.number_given(Removable::Profile, id.get(), changes);
    }

    pub(super) fn set_agreement(&mut self, id: AgreementId, row: Option<Agreement>, changes: &mut Vec<RecordChange>) {
        put(&mut self.agreements, id, row.clone());
        changes.push(RecordChange::Agreement(id, row));
        self.number_given(Removable::Agreement, id.get(), changes);
    }

    /// Remembers the highest number given, so that a removed record's number is never given again.
    fn number_given(&mut self, kind: Removable, number: u32, changes: &mut Vec<RecordChange>) {
        if self.standing.last_number(kind) < number {
            self.change_standing(changes, |standing| standing.give_number(kind, number));
        }
    }

    pub(super) fn change_standing(&mut self, changes: &mut Vec<RecordChange>, change: impl FnOnce(&mut SiteStanding)) {
        change(&mut self.standing);
        changes.push(RecordChange::Standing(self.standing));
    }

    pub(super) fn set_presence(
        &mut self,
        person: PersonId,
        whereabouts: Option<Whereabouts>,
        changes: &mut Vec<RecordChange>,
    ) {
        put(&mut self.presence, person, whereabouts);
        changes.push(RecordChange::Presence(person, whereabouts));
    }

    pub(super) fn forgive(&mut self, person: Option<PersonId>, area: Option<AreaId>, changes: &mut Vec<RecordChange>) {
        let meant = |(id, whereabouts): (&PersonId, &Whereabouts)| {
            let by_person = person.is_none_or(|person| person == *id);
            let by_area = area.is_none_or(|area| whereabouts.place == Place::Inside(area));
            (by_person && by_area).then_some(*id)
        };
        let forgiven: Vec<PersonId> = self.presence.iter().filter_map(meant).collect();
        forgiven.into_iter().for_each(|person| self.set_presence(person, None, changes));
    }

    pub(super) fn set_lockdown(&mut self, area: AreaId, hold: AreaHold, changes: &mut Vec<RecordChange>) {
        match hold {
            AreaHold::LockedDown => self.lockdowns.insert(area),
            AreaHold::Free => self.lockdowns.remove(&area),
        };
        changes.push(RecordChange::Lockdown(area, hold));
    }
}

fn put<K: Ord, V>(table: &mut BTreeMap<K, V>, key: K, row: Option<V>) {
    match row {
        Some(row) => drop(table.insert(key, row)),
        None => drop(table.remove(&key)),
    }
}
