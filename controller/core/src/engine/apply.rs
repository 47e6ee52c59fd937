//! How an entry changes the records: the only mutation of anything durable, used alike when the entry is made and when the
//! journal is replayed. It is total: an entry about something unknown changes nothing but the head.

use crate::door::{Cause, Passage};
use crate::entry::{Entry, Stamped, WithheldCause};
use crate::id::{CredentialId, DoorId, Generation, PersonId};
use crate::mode::AreaHold;
use crate::people::{
    BreakGlassReview, Credential, CredentialState, ExtendedTime, GrantKind, GrantState, Person, PersonDetails,
    PersonStatus, PinStatus, ThreatLevel, Whereabouts,
};
use crate::records::{RecordChange, Records};
use crate::site::OPERATOR;

pub(super) mod alarms;
mod alerts;
mod certificates;
mod desk;
mod devices;
mod files;
mod offline;
mod operators;
mod plans;
mod register;
mod reviews;
mod rows;

impl Records {
    /// Applies one entry, the one after [`Records::head`], and appends the rows it changed to `changes`.
    pub fn apply(&mut self, stamped: &Stamped, changes: &mut Vec<RecordChange>) {
        self.head = stamped.seq;
        let at = stamped.at;
        match &stamped.entry {
            Entry::PlaceNamed { kind, number, path } => {
                self.places.insert((*kind, *number), path.clone());
                changes.push(RecordChange::Place(*kind, *number, path.clone()));
            }
            Entry::PersonCreated { person, .. } => {
                let person = new_person(*person);
                self.persons.insert(person.id, person.clone());
                changes.push(RecordChange::Person(person));
            }
            Entry::PersonStatusChanged { person, status, generation, .. } => {
                self.change_person(*person, changes, |person| person.status = *status);
                self.rights_changed(*generation, changes);
            }
            Entry::PinChanged { person, .. } => {
                self.change_person(*person, changes, |person| person.pin = PinStatus::Set);
            }
            Entry::CredentialAssigned { credential, person, key, validity, generation, .. } => {
                let state = CredentialState::Enabled;
                let row = Credential { id: *credential, person: *person, key: *key, state, validity: *validity };
                self.credentials.insert(row.id, row.clone());
                changes.push(RecordChange::Credential(row));
                self.rights_changed(*generation, changes);
            }
            Entry::CredentialStateChanged { credential, state, generation, .. } => {
                self.change_credential(*credential, *state, changes);
                self.rights_changed(*generation, changes);
            }
            Entry::GrantCreated { grant, generation, .. } | Entry::GrantRequested { grant, generation, .. } => {
                self.grants.insert(grant.id, grant.clone());
                changes.push(RecordChange::Grant(grant.clone()));
                self.rights_changed(*generation, changes);
            }
            Entry::GrantRevoked { grant, generation, .. } => {
                self.change_grant(*grant, changes, |grant| grant.state = GrantState::Revoked);
                self.rights_changed(*generation, changes);
            }
            Entry::AccessGranted { door, person, grant, release_time, .. } => {
                self.use_grant(*grant, changes);
                let until = at.after(*release_time);
                self.move_passage(*door, changes, |p| p.after_release(Cause::Person(*person), until, at));
            }
            Entry::ExitReleased { door, release_time, .. } => {
                let until = at.after(*release_time);
                self.move_passage(*door, changes, |p| p.after_release(Cause::Exit, until, at));
            }
            Entry::OperatorReleased { door, release_time, .. } => {
                let until = at.after(*release_time);
                self.move_passage(*door, changes, |p| p.after_release(Cause::Operator, until, at));
            }
            // An exit that an interlock held back was never a release: one that runs already goes on.
            Entry::ReleaseWithheld { cause: WithheldCause::Interlock, .. } => {}
            Entry::AccessNotTaken { door, .. }
            | Entry::ReleaseWithheld { door, cause: WithheldCause::NotDurable | WithheldCause::DeviceFailed } => {
                self.move_passage(*door, changes, Passage::after_release_over);
            }
            Entry::DoorChanged { door, facts } => {
                self.doors.entry(*door).or_default().facts = *facts;
                self.move_passage(*door, changes, |p| p.after_facts(facts, at));
            }
            Entry::AlarmRaised { alarm, kind, source } => {
                self.raise(*alarm, *kind, *source, stamped, changes);
            }
            Entry::AlarmReturned { alarm, .. } => self.return_alarm(*alarm, at, changes),
            Entry::AlarmAcknowledged { alarm, by, note, .. } => self.acknowledge(*alarm, *by, note, at, changes),
            Entry::GrantApproved { grant, by, generation, .. } => {
                self.change_grant(*grant, changes, |grant| grant.approve(*by));
                self.rights_changed(*generation, changes);
            }
            Entry::GrantDenied { grant, generation, .. } => {
                self.change_grant(*grant, changes, |grant| grant.state = GrantState::Denied);
                self.rights_changed(*generation, changes);
            }
            Entry::GrantEndChanged { grant, to, generation, .. } => {
                self.change_grant(*grant, changes, |grant| grant.validity.to = *to);
                self.rights_changed(*generation, changes);
            }
            Entry::GrantEnded { grant, cause, generation } => {
                self.change_grant(*grant, changes, |grant| grant.state = GrantState::Ended(*cause));
                self.rights_changed(*generation, changes);
            }
            Entry::BreakGlassReviewed { grant, by, .. } => {
                let reviewed = GrantKind::BreakGlass(BreakGlassReview::By(*by));
                self.change_grant(*grant, changes, |grant| grant.kind = reviewed);
            }
            Entry::CompanionAdmitted { grant, .. } => self.use_grant(*grant, changes),
            Entry::PersonDetailsChanged { person, details, generation, .. } => {
                self.change_person(*person, changes, |person| person.details = *details);
                self.rights_changed(*generation, changes);
            }
            Entry::DuressPinChanged { person, .. } => {
                self.change_person(*person, changes, |person| person.duress_pin = PinStatus::Set);
            }
            Entry::CredentialLockedOut { credential, until } => self.set_lockout(*credential, Some(*until), changes),
            Entry::LockoutEnded { credential, .. } => self.set_lockout(*credential, None, changes),
            Entry::ScheduleSet { schedule, managed, generation, .. } => {
                self.set_schedule(schedule.id, Some((schedule.clone(), *managed)), changes);
                self.rights_changed(*generation, changes);
            }
            Entry::ScheduleRemoved { schedule, generation, .. } => {
                self.set_schedule(*schedule, None, changes);
                self.rights_changed(*generation, changes);
            }
            Entry::CalendarSet { calendar, managed, generation, .. } => {
                self.set_calendar(calendar.id, Some((calendar.clone(), *managed)), changes);
                self.rights_changed(*generation, changes);
            }
            Entry::CalendarRemoved { calendar, generation, .. } => {
                self.set_calendar(*calendar, None, changes);
                self.rights_changed(*generation, changes);
            }
            Entry::ProfileSet { profile, generation, .. } => {
                self.set_profile(profile.id, Some(profile.clone()), changes);
                self.rights_changed(*generation, changes);
            }
            Entry::ProfileRemoved { profile, generation, .. } => {
                self.set_profile(*profile, None, changes);
                self.rights_changed(*generation, changes);
            }
            Entry::AgreementMade { agreement, generation, .. } => {
                self.set_agreement(agreement.id, Some(agreement.clone()), changes);
                self.rights_changed(*generation, changes);
            }
            Entry::AgreementEnded { agreement, generation, .. } => {
                self.set_agreement(*agreement, None, changes);
                self.rights_changed(*generation, changes);
            }
            Entry::PresenceChanged { person, place } => {
                self.set_presence(*person, Some(Whereabouts { place: *place, since: at }), changes);
            }
            Entry::PresenceForgiven { person, area, .. } => self.forgive(*person, *area, changes),
            Entry::DoorModeChanged { door, mode, .. } => {
                self.modes.insert(*door, *mode);
                changes.push(RecordChange::Mode(*door, *mode));
            }
            Entry::OpenUnlocked { door } => self.move_passage(*door, changes, |p| p.after_unlocked(at)),
            Entry::AreaLockedDown { area, .. } => self.set_lockdown(*area, AreaHold::LockedDown, changes),
            Entry::AreaReleased { area, .. } => self.set_lockdown(*area, AreaHold::Free, changes),
            Entry::FireChanged { state, .. } => self.change_standing(changes, |standing| standing.fire = *state),
            Entry::ThreatLevelChanged { level, .. } => {
                self.change_standing(changes, |standing| standing.threat = *level);
            }
            Entry::DeviceOnline { device, identity } => self.meet_device(*device, identity, at, changes),
            Entry::Device(entry) => self.apply_to_device(entry, at, changes),
            Entry::Offline(entry) => self.apply_to_rights(entry, stamped, changes),
            Entry::Alarm(entry) => self.apply_to_alarm(entry, at, changes),
            Entry::Operator(entry) => self.apply_to_operators(entry, changes),
            Entry::Desk(entry) => self.apply_to_desk(entry, at, changes),
            Entry::Plan(entry) => self.apply_to_plans(entry, at, changes),
            Entry::Register(entry) => self.apply_to_registers(entry, at, changes),
            Entry::Files(entry) => self.apply_to_files(entry, at, changes),
            Entry::Review(entry) => self.apply_to_reviews(entry, (at, stamped.seq), changes),
            Entry::Alert(entry) => self.apply_to_alerts(entry, (at, stamped.seq), changes),
            Entry::Webhook(_)
            | Entry::Camera(_)
            | Entry::TicketClosed { .. }
            | Entry::PassbackViolated { .. }
            | Entry::DuressSignalled { .. }
            | Entry::CompanionAwaited { .. }
            | Entry::RowDamaged { .. }
            | Entry::Started { .. }
            | Entry::Stopped
            | Entry::AccessDenied { .. }
            | Entry::FactorAwaited { .. }
            | Entry::AccessTaken { .. }
            | Entry::CommandDone { .. }
            | Entry::CommandFailed { .. }
            | Entry::DeviceOffline { .. }
            | Entry::SecurityTroubleSeen { .. }
            | Entry::LinkTroubleSeen { .. }
            | Entry::ZoneChanged { .. }
            | Entry::JournalRecovered { .. } => {}
        }
    }

    fn change_person(&mut self, id: PersonId, changes: &mut Vec<RecordChange>, change: impl FnOnce(&mut Person)) {
        if let Some(person) = self.persons.get_mut(&id) {
            change(person);
            changes.push(RecordChange::Person(person.clone()));
        }
    }

    fn change_credential(&mut self, id: CredentialId, state: CredentialState, changes: &mut Vec<RecordChange>) {
        if let Some(credential) = self.credentials.get_mut(&id) {
            credential.state = state;
            changes.push(RecordChange::Credential(credential.clone()));
        }
    }

    fn rights_changed(&mut self, generation: Generation, changes: &mut Vec<RecordChange>) {
        self.generation = generation;
        changes.push(self.counters());
    }

    fn counters(&self) -> RecordChange {
        RecordChange::Counters { generation: self.generation, last_alarm: self.last_alarm }
    }

    fn move_passage(&mut self, door: DoorId, changes: &mut Vec<RecordChange>, step: impl FnOnce(Passage) -> Passage) {
        let record = self.doors.entry(door).or_default();
        record.passage = step(record.passage);
        changes.push(RecordChange::Door(door, *record));
    }
}

/// What is settled about a person as created: of the operator's organisation, with the usual times.
pub(super) const DETAILS_AS_CREATED: PersonDetails =
    PersonDetails { organisation: OPERATOR, clearance: ThreatLevel::Normal, extended_time: ExtendedTime::No };

fn new_person(id: PersonId) -> Person {
    let details = DETAILS_AS_CREATED;
    Person { id, status: PersonStatus::Enabled, pin: PinStatus::Unset, duress_pin: PinStatus::Unset, details }
}
