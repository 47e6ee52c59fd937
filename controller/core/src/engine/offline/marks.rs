//! Which devices a change of the records may concern, so that those alone are looked at. Whether it does concern them is found
//! out in `offline/changes.rs`.

use std::collections::{BTreeMap, BTreeSet};

use super::Offline;
use crate::engine::Engine;
use crate::entry::{DeviceEntry, Entry};
use crate::id::{DeviceId, GrantId, PersonId};
use crate::people::{GrantRight, GrantState};
use crate::records::{RecordChange, Records};

/// What is to be looked at again after an input.
#[derive(Debug, Clone)]
pub(super) enum Marked {
    These(BTreeSet<DeviceId>),
    All,
}

/// Which devices were to be looked at at some moment.
#[derive(Debug)]
pub(in crate::engine) struct Marks(Marked);

impl Default for Marked {
    fn default() -> Self {
        Self::These(BTreeSet::new())
    }
}

impl Offline {
    /// What is marked now.
    pub(in crate::engine) fn marks(&self) -> Marks {
        Marks(self.marked.clone())
    }

    /// Marks what was marked then, and no more: what came in between was put back.
    pub(in crate::engine) fn marks_back(&mut self, marks: Marks) {
        self.marked = marks.0;
    }

    /// Notes which devices a change of the records may concern.
    pub(in crate::engine) fn follow(
        &mut self,
        records: &Records,
        grants_of: &BTreeMap<PersonId, Vec<GrantId>>,
        change: &RecordChange,
    ) {
        if self.holders.is_empty() {
            return;
        }
        match change {
            RecordChange::Person(person) => self.mark_person(records, grants_of, person.id),
            RecordChange::Credential(credential) => self.mark_person(records, grants_of, credential.person),
            RecordChange::Lockout(credential, _) => {
                let person = records.credentials.get(credential).map(|row| row.person);
                person.into_iter().for_each(|person| self.mark_person(records, grants_of, person));
            }
            RecordChange::Grant(grant) => {
                self.index.put_grant(grant);
                self.mark_right(&grant.right);
            }
            RecordChange::Profile(id, profile) => {
                self.mark_right(&GrantRight::Member(*id));
                self.index.put_profile(*id, profile.as_ref());
                self.mark_right(&GrantRight::Member(*id));
            }
            RecordChange::Schedule(..) | RecordChange::Calendar(..) | RecordChange::Lockdown(..) => {
                self.marked = Marked::All;
            }
            RecordChange::Standing(standing) if self.threat != Some(standing.threat) => {
                self.threat = Some(standing.threat);
                self.marked = Marked::All;
            }
            RecordChange::Mode(door, _) => {
                let device = self.index.device_at(*door);
                device.into_iter().for_each(|device| self.mark(device));
            }
            RecordChange::Device(device, _) | RecordChange::Certificates(device, _) => self.mark(*device),
            RecordChange::Standing(_)
            | RecordChange::Operator(_)
            | RecordChange::OperatorName(..)
            | RecordChange::OperatorSecret(..)
            | RecordChange::OperatorSecretUsed(..)
            | RecordChange::Token(_)
            | RecordChange::LastSession(_)
            | RecordChange::LastProposal(_)
            | RecordChange::Muster(..)
            | RecordChange::Visitor(..)
            | RecordChange::VisitorName(..)
            | RecordChange::Shift(_)
            | RecordChange::Review(..)
            | RecordChange::ReviewLine(..)
            | RecordChange::Alert(..)
            | RecordChange::FileClaim(..)
            | RecordChange::FilesApplied(_)
            | RecordChange::Plan(..)
            | RecordChange::Counters { .. }
            | RecordChange::Place(..)
            | RecordChange::PersonName(..)
            | RecordChange::PersonKey(..)
            | RecordChange::PersonKeyText(..)
            | RecordChange::RackAsset(_)
            | RecordChange::Pin(..)
            | RecordChange::Alarm(_)
            | RecordChange::AlarmClosed(_)
            | RecordChange::ClosedAlarm(..)
            | RecordChange::ClosedAlarmGone(..)
            | RecordChange::Door(..)
            | RecordChange::Rights(..)
            | RecordChange::Agreement(..)
            | RecordChange::Presence(..) => {}
        }
    }

    /// The devices that these rows may concern if they are written; everything is as before.
    pub(super) fn concerned(
        &mut self,
        records: &Records,
        grants_of: &BTreeMap<PersonId, Vec<GrantId>>,
        rows: &[RecordChange],
    ) -> Vec<DeviceId> {
        let (marked, threat) = (core::mem::take(&mut self.marked), self.threat);
        for row in rows {
            match row {
                // What the index knows of these is left as it is: nothing is written yet.
                RecordChange::Grant(grant) => self.mark_right(&grant.right),
                RecordChange::Profile(id, profile) => {
                    self.mark_right(&GrantRight::Member(*id));
                    let doors = profile.iter().flat_map(|profile| &profile.policies).map(|policy| policy.door);
                    let devices: Vec<DeviceId> = doors.filter_map(|door| self.index.device_at(door)).collect();
                    devices.into_iter().for_each(|device| self.mark(device));
                }
                _ => self.follow(records, grants_of, row),
            }
        }
        let concerned = self.take_marked();
        (self.marked, self.threat) = (marked, threat);
        concerned
    }

    pub(super) fn mark(&mut self, device: DeviceId) {
        match &mut self.marked {
            Marked::These(devices) if self.holders.contains_key(&device) => drop(devices.insert(device)),
            Marked::These(_) | Marked::All => {}
        }
    }

    fn mark_right(&mut self, right: &GrantRight) {
        let Marked::These(marked) = &mut self.marked else { return };
        marked.extend(self.index.devices_of(right).filter(|device| self.holders.contains_key(device)));
    }

    fn mark_person(&mut self, records: &Records, grants_of: &BTreeMap<PersonId, Vec<GrantId>>, person: PersonId) {
        let grants = grants_of.get(&person).into_iter().flatten().filter_map(|id| records.grants.get(id));
        for grant in grants.filter(|grant| grant.state == GrantState::Active) {
            self.mark_right(&grant.right);
        }
    }

    pub(super) fn take_marked(&mut self) -> Vec<DeviceId> {
        match core::mem::take(&mut self.marked) {
            Marked::These(devices) => devices.into_iter().collect(),
            Marked::All => self.holders.keys().copied().collect(),
        }
    }
}

impl Engine {
    /// Notes which devices the change of the records at `index` of the batch may concern.
    pub(in crate::engine) fn follow_rights(&mut self, index: usize) {
        if let Some(change) = self.batch.changes.get(index) {
            self.offline.follow(&self.records, &self.grants_of, change);
        }
    }

    /// Notes what an entry that changes no record means for devices.
    pub(in crate::engine) fn follow_trust(&mut self, entry: &Entry) {
        if let Entry::Device(DeviceEntry::GradeChanged { device, .. }) = entry {
            self.offline.mark(*device);
        }
    }
}
