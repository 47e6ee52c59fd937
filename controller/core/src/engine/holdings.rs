//! What is kept beside the records so that no command and no question looks through all persons, credentials or grants: who
//! belongs to whom, what waits, until when profiles have members, how many PINs are issued. It follows every change;
//! nothing is decided here.

use std::collections::{BTreeMap, BTreeSet};

use crate::entry::Entry;
use crate::id::{CredentialId, GrantId, OrganisationId, PersonId, ProfileId};
use crate::people::{BreakGlassReview, Grant, GrantKind, GrantRight, GrantState, Person, PersonStatus, PinStatus};
use crate::records::{RecordChange, Records};
use crate::time::Wall;

/// What a set of changes may touch of it beside who belongs where, as it was before.
#[derive(Debug)]
pub(super) struct HoldingsAside {
    requested: BTreeSet<GrantId>,
    unreviewed: BTreeSet<GrantId>,
    member_ends: BTreeMap<ProfileId, BTreeMap<OrganisationId, Wall>>,
    issued_pins: u32,
}

/// See the file's head.
#[derive(Debug, Default)]
pub(super) struct Holdings {
    /// Who belongs to an organisation.
    persons_of: BTreeSet<(OrganisationId, PersonId)>,
    /// Every credential a person was ever given.
    credentials_of: BTreeSet<(PersonId, CredentialId)>,
    /// Grants that wait for approval.
    pub(super) requested: BTreeSet<GrantId>,
    /// Emergency rights that nobody has reviewed.
    pub(super) unreviewed: BTreeSet<GrantId>,
    /// For each profile, the organisations whose people hold it and until when the longest membership lasts at most.
    member_ends: BTreeMap<ProfileId, BTreeMap<OrganisationId, Wall>>,
    /// PINs of people who have not left, usual and duress.
    pub(super) issued_pins: u32,
}

impl Holdings {
    pub(super) fn compile(records: &Records) -> Self {
        let mut holdings = Self::default();
        for person in records.persons.values() {
            holdings.persons_of.insert((person.details.organisation, person.id));
            if person.status != PersonStatus::Left {
                holdings.issued_pins += pins(person);
            }
        }
        let held = records.credentials.values().map(|credential| (credential.person, credential.id));
        holdings.credentials_of = held.collect();
        records.grants.values().for_each(|grant| holdings.follow_grant(records, grant));
        holdings
    }

    /// Follows an entry that is about to be applied, where the records before it are needed.
    pub(super) fn before(&mut self, records: &Records, entry: &Entry) {
        let person = |id: &PersonId| records.persons.get(id);
        if let Entry::PinChanged { person: id, .. } = entry {
            self.pin_set(person(id).map(|person| (person.status, person.pin)));
        } else if let Entry::DuressPinChanged { person: id, .. } = entry {
            self.pin_set(person(id).map(|person| (person.status, person.duress_pin)));
        } else if let Entry::PersonStatusChanged { person: id, status, .. } = entry {
            let Some(person) = person(id) else { return };
            match (person.status == PersonStatus::Left, *status == PersonStatus::Left) {
                (false, true) => self.issued_pins = self.issued_pins.saturating_sub(pins(person)),
                (true, false) => self.issued_pins = self.issued_pins.saturating_add(pins(person)),
                (false, false) | (true, true) => {}
            }
        } else if let Entry::PersonDetailsChanged { person: id, .. } = entry {
            let Some(person) = person(id) else { return };
            self.persons_of.remove(&(person.details.organisation, *id));
        }
    }

    fn pin_set(&mut self, before: Option<(PersonStatus, PinStatus)>) {
        if let Some((PersonStatus::Enabled | PersonStatus::Suspended | PersonStatus::Expected, PinStatus::Unset)) =
            before
        {
            self.issued_pins = self.issued_pins.saturating_add(1);
        }
    }

    /// Follows a row that was changed.
    pub(super) fn follow(&mut self, records: &Records, change: &RecordChange) {
        match change {
            RecordChange::Person(person) => {
                self.persons_of.insert((person.details.organisation, person.id));
            }
            RecordChange::Credential(credential) => {
                self.credentials_of.insert((credential.person, credential.id));
            }
            RecordChange::Grant(grant) => self.follow_grant(records, grant),
            RecordChange::Profile(profile, None) => drop(self.member_ends.remove(profile)),
            RecordChange::Profile(_, Some(_))
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
            | RecordChange::Mode(..)
            | RecordChange::Schedule(..)
            | RecordChange::Calendar(..)
            | RecordChange::Agreement(..)
            | RecordChange::Plan(..)
            | RecordChange::Presence(..)
            | RecordChange::Lockout(..)
            | RecordChange::Lockdown(..)
            | RecordChange::Rights(..)
            | RecordChange::Certificates(..)
            | RecordChange::Device(..)
            | RecordChange::Standing(_)
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
            | RecordChange::FilesApplied(_) => {}
        }
    }

    pub(super) fn put_aside(&self) -> HoldingsAside {
        HoldingsAside {
            requested: self.requested.clone(),
            unreviewed: self.unreviewed.clone(),
            member_ends: self.member_ends.clone(),
            issued_pins: self.issued_pins,
        }
    }

    pub(super) fn back(&mut self, aside: HoldingsAside) {
        let HoldingsAside { requested, unreviewed, member_ends, issued_pins } = aside;
        (self.requested, self.unreviewed) = (requested, unreviewed);
        (self.member_ends, self.issued_pins) = (member_ends, issued_pins);
    }

    pub(super) fn joins(&mut self, organisation: OrganisationId, person: PersonId) {
        self.persons_of.insert((organisation, person));
    }

    pub(super) fn leaves(&mut self, organisation: OrganisationId, person: PersonId) {
        self.persons_of.remove(&(organisation, person));
    }

    fn follow_grant(&mut self, records: &Records, grant: &Grant) {
        put(&mut self.requested, grant.id, grant.state == GrantState::Requested);
        let unreviewed = matches!(grant.kind, GrantKind::BreakGlass(BreakGlassReview::DueAt(_)));
        put(&mut self.unreviewed, grant.id, unreviewed);
        let counts = matches!(grant.state, GrantState::Active | GrantState::Requested);
        if let (GrantRight::Member(profile), true, Some(person)) =
            (&grant.right, counts, records.persons.get(&grant.person))
        {
            let ends = self.member_ends.entry(*profile).or_default();
            let end = ends.entry(person.details.organisation).or_insert(grant.validity.to);
            *end = grant.validity.to.max(*end);
        }
    }

    /// The organisations whose people hold a profile at or after `at`, each with the end of its longest membership. A
    /// membership that ended before its time counts on until that time or the next start: the answer may be too careful,
    /// never too bold, and costs nothing that grows with the members.
    pub(super) fn member_ends(
        &self,
        profile: ProfileId,
        at: Wall,
    ) -> impl Iterator<Item = (OrganisationId, Wall)> + '_ {
        let ends = self.member_ends.get(&profile).into_iter().flatten();
        ends.map(|(organisation, end)| (*organisation, *end)).filter(move |(_, end)| at < *end)
    }

    /// Who belongs to an organisation, with numbers from `from`, in order.
    pub(super) fn persons_of(
        &self,
        organisation: OrganisationId,
        from: PersonId,
    ) -> impl Iterator<Item = PersonId> + '_ {
        let last = (organisation, PersonId::new(u32::MAX));
        self.persons_of.range((organisation, from)..=last).map(|(_, person)| *person)
    }

    /// Every credential a person was ever given, in order.
    pub(super) fn credentials_of(&self, person: PersonId) -> impl Iterator<Item = CredentialId> + '_ {
        let (first, last) = (CredentialId::new(0), CredentialId::new(u32::MAX));
        self.credentials_of.range((person, first)..=(person, last)).map(|(_, credential)| *credential)
    }
}

fn pins(person: &Person) -> u32 {
    let count = |pin| u32::from(pin == PinStatus::Set);
    count(person.pin) + count(person.duress_pin)
}

fn put(set: &mut BTreeSet<GrantId>, grant: GrantId, belongs: bool) {
    if belongs {
        set.insert(grant);
    } else {
        set.remove(&grant);
    }
}
