//! What a set of changes replaces, and putting it back. Rows of which there are as many as people are noted down one by one as
//! they change, in the entry's way to the records; tables that are small are kept whole. What is compiled from the records
//! follows the rows back.

use std::collections::{BTreeMap, BTreeSet};

use crate::alarm::{Alarm, AlarmKind, AlarmSource};
use crate::engine::Engine;
use crate::engine::holdings::HoldingsAside;
use crate::engine::offline::Marks;
use crate::engine::preconditions::{LastChanges, Revision};
use crate::engine::rehearsal::Aside;
use crate::engine::seen::Seen;
use crate::entry::{Entry, FilesEntry, RegisterEntry, Stamped};
use crate::id::{AgreementId, AlarmId, CredentialId, Generation, GrantId, PersonId, ProfileId, ScheduleId, Seq};
use crate::people::{Agreement, Credential, Grant, GrantState, Person, PersonKeyHash, Whereabouts};
use crate::records::{RecordChange, Records, SiteStanding};
use crate::site::schedule::Timetable;
use crate::site_files::{Applied, FileRecord};
use crate::time::{Now, Wall};
use crate::widening::FormerRows;

/// What was there before a set.
#[derive(Debug)]
pub(in crate::engine) struct Former {
    aside: Aside,
    rows: FormerRows,
    credentials: BTreeMap<CredentialId, Option<Credential>>,
    presence: BTreeMap<PersonId, Option<Whereabouts>>,
    person_keys: BTreeMap<PersonId, Option<PersonKeyHash>>,
    agreements: BTreeMap<AgreementId, Agreement>,
    alarms: BTreeMap<AlarmId, Alarm>,
    closed: BTreeMap<(Wall, AlarmId), Alarm>,
    active_alarms: BTreeMap<(AlarmSource, AlarmKind), AlarmId>,
    files: FormerFiles,
    head: Seq,
    last_alarm: AlarmId,
    standing: SiteStanding,
    holdings: HoldingsAside,
    marks: Marks,
    /// Where people were seen last, from the first on who is forgotten.
    seen: Option<Seen>,
    last_changes: LastChanges,
    entries: usize,
    changes: usize,
}

#[derive(Debug, Default)]
struct FormerFiles {
    claims: BTreeMap<FileRecord, Option<(String, Option<Revision>)>>,
    last: Option<Option<Applied>>,
}

/// What was recorded and was put back.
#[derive(Debug)]
pub(in crate::engine) struct Undone {
    pub(in crate::engine) entries: Vec<Stamped>,
    pub(in crate::engine) rows: Vec<RecordChange>,
    pub(in crate::engine) generation: Generation,
}

impl Former {
    /// What is there now.
    pub(in crate::engine) fn of(engine: &Engine) -> Self {
        let records = &engine.records;
        let rows = FormerRows {
            profiles: records.profiles.clone(),
            schedules: records.schedules.clone(),
            calendars: records.calendars.clone(),
            ..FormerRows::default()
        };
        Self {
            aside: Aside::put(engine, false),
            rows,
            credentials: BTreeMap::new(),
            presence: BTreeMap::new(),
            person_keys: BTreeMap::new(),
            agreements: records.agreements.clone(),
            alarms: records.alarms.clone(),
            closed: records.closed.clone(),
            active_alarms: engine.active_alarms.clone(),
            files: FormerFiles::default(),
            head: records.head,
            last_alarm: records.last_alarm,
            standing: records.standing,
            holdings: engine.holdings.put_aside(),
            marks: engine.offline.marks(),
            seen: None,
            last_changes: engine.last_changes.clone(),
            entries: engine.batch.entries.len(),
            changes: engine.batch.changes.len(),
        }
    }

    /// The rows as they were.
    pub(in crate::engine) const fn rows(&self) -> &FormerRows {
        &self.rows
    }

    /// Notes down what an entry that is about to be applied replaces.
    pub(in crate::engine) fn note(&mut self, records: &Records, seen: &Seen, entry: &Entry) {
        match entry {
            Entry::PersonCreated { person, .. }
            | Entry::PersonStatusChanged { person, .. }
            | Entry::PersonDetailsChanged { person, .. } => keep(&mut self.rows.persons, &records.persons, *person),
            Entry::CredentialStateChanged { credential, .. } => {
                keep(&mut self.credentials, &records.credentials, *credential);
            }
            Entry::GrantCreated { grant, .. } | Entry::GrantRequested { grant, .. } => {
                keep(&mut self.rows.grants, &records.grants, grant.id);
            }
            Entry::GrantRevoked { grant, .. }
            | Entry::GrantEndChanged { grant, .. }
            | Entry::GrantEnded { grant, .. } => keep(&mut self.rows.grants, &records.grants, *grant),
            Entry::PresenceForgiven { person: Some(person), .. } => {
                keep(&mut self.presence, &records.presence, *person);
                self.seen.get_or_insert_with(|| seen.clone());
            }
            Entry::Register(RegisterEntry::PersonKeySet { person, .. }) => {
                keep(&mut self.person_keys, &records.person_keys, *person);
            }
            Entry::Files(FilesEntry::Applied { claims, released, .. }) => {
                for record in claims.iter().map(|claim| &claim.record).chain(released) {
                    keep(&mut self.files.claims, &records.files.claims, *record);
                }
                self.files.last.get_or_insert_with(|| records.files.last.clone());
            }
            _ => {}
        }
    }

    /// Puts everything back and tells what was recorded.
    pub(in crate::engine) fn put_back(self, engine: &mut Engine, now: Now) -> Undone {
        let entries = engine.batch.entries.split_off(self.entries.min(engine.batch.entries.len()));
        let rows = engine.batch.changes.split_off(self.changes.min(engine.batch.changes.len()));
        let generation = engine.records.generation;
        let schedules = changed_schedules(&rows);
        let profiles: BTreeSet<_> = rows
            .iter()
            .filter_map(|row| if let RecordChange::Profile(id, _) = row { Some(*id) } else { None })
            .collect();
        self.aside.back(engine);
        engine.active_alarms = self.active_alarms;
        engine.last_changes = self.last_changes;
        let records = &mut engine.records;
        (records.head, records.last_alarm, records.standing) = (self.head, self.last_alarm, self.standing);
        (records.alarms, records.closed, records.agreements) = (self.alarms, self.closed, self.agreements);
        (records.profiles, records.schedules) = (self.rows.profiles, self.rows.schedules);
        records.calendars = self.rows.calendars;
        put(&mut records.files.claims, self.files.claims);
        put(&mut records.person_keys, self.person_keys);
        if let Some(last) = self.files.last {
            records.files.last = last;
        }
        if let Some(seen) = self.seen {
            engine.seen = seen;
        }
        engine.schedules_back(now, &schedules);
        profiles.into_iter().for_each(|profile| engine.profile_back(profile));
        let made: Vec<PersonId> =
            self.rows.persons.iter().filter(|(_, before)| before.is_none()).map(|(id, _)| *id).collect();
        engine.persons_back(self.rows.persons);
        engine.credentials_back(self.credentials);
        engine.grants_back(self.rows.grants);
        made.into_iter().for_each(|person| engine.people.forget_person(person));
        engine.presence_back(self.presence);
        engine.holdings.back(self.holdings);
        engine.offline.marks_back(self.marks);
        Undone { entries, rows, generation }
    }
}

/// Schedules whose timetable may be another: their own rows changed, or a calendar's.
fn changed_schedules(rows: &[RecordChange]) -> Changed {
    let mut changed = Changed::default();
    for row in rows {
        match row {
            RecordChange::Schedule(id, _) => drop(changed.schedules.insert(*id)),
            RecordChange::Calendar(..) => changed.all = true,
            _ => {}
        }
    }
    changed
}

#[derive(Debug, Default)]
struct Changed {
    schedules: BTreeSet<ScheduleId>,
    all: bool,
}

impl Engine {
    fn schedules_back(&mut self, now: Now, changed: &Changed) {
        if changed.schedules.is_empty() && !changed.all {
            return;
        }
        let calendars = self.records.known_calendars();
        let all = self.records.schedules.keys().filter(|_| changed.all);
        let ids: BTreeSet<ScheduleId> = all.chain(&changed.schedules).copied().collect();
        for id in ids {
            let row = self.records.schedules.get(&id);
            let timetable = row.and_then(|(schedule, _)| Timetable::compile(schedule, &calendars));
            self.people.put_schedule(id, timetable);
        }
        self.open = self.people.open_at(now.wall);
        self.resolve_levels();
    }

    fn profile_back(&mut self, id: ProfileId) {
        let profile = self.records.profiles.get(&id).cloned();
        self.people.put_profile(id, profile.as_ref().map_or(&[][..], |profile| &profile.policies));
        self.offline.follow(&self.records, &self.grants_of, &RecordChange::Profile(id, profile));
    }

    fn persons_back(&mut self, persons: BTreeMap<PersonId, Option<Person>>) {
        for (id, before) in persons {
            if let Some(now) = self.records.persons.get(&id) {
                self.holdings.leaves(now.details.organisation, id);
            }
            match before {
                Some(person) => {
                    self.holdings.joins(person.details.organisation, id);
                    self.people.put_person(&person);
                    self.records.persons.insert(id, person.clone());
                    self.offline.follow(&self.records, &self.grants_of, &RecordChange::Person(person));
                }
                None => drop(self.records.persons.remove(&id)),
            }
        }
    }

    fn credentials_back(&mut self, credentials: BTreeMap<CredentialId, Option<Credential>>) {
        for credential in credentials.into_values().flatten() {
            self.people.put_credential(&credential);
            self.records.credentials.insert(credential.id, credential.clone());
            self.offline.follow(&self.records, &self.grants_of, &RecordChange::Credential(credential));
        }
    }

    fn grants_back(&mut self, grants: BTreeMap<GrantId, Option<Grant>>) {
        let mut holders = BTreeSet::new();
        for (id, before) in grants {
            let Some(now) = self.records.grants.remove(&id) else { continue };
            holders.insert(now.person);
            let row = match before {
                Some(grant) => {
                    self.records.grants.insert(id, grant.clone());
                    grant
                }
                None => {
                    if let Some(ids) = self.grants_of.get_mut(&now.person) {
                        ids.retain(|of| *of != id);
                    }
                    // Whoever keeps lists is told once more that it counts no longer, and forgets it.
                    Grant { state: GrantState::Revoked, ..now }
                }
            };
            self.offline.follow(&self.records, &self.grants_of, &RecordChange::Grant(row));
        }
        for person in holders {
            let ids = self.grants_of.get(&person).map_or(&[][..], Vec::as_slice);
            self.people.put_grants(person, ids.iter().filter_map(|id| self.records.grants.get(id)));
            if !self.records.persons.contains_key(&person) {
                self.grants_of.remove(&person);
            }
        }
    }

    fn presence_back(&mut self, presence: BTreeMap<PersonId, Option<Whereabouts>>) {
        for (person, before) in &presence {
            self.presence.put(&self.site, *person, *before);
        }
        put(&mut self.records.presence, presence);
    }
}

/// Keeps the row of a key as it is, unless an earlier one is kept.
fn keep<K: Ord + Copy, V: Clone>(kept: &mut BTreeMap<K, Option<V>>, table: &BTreeMap<K, V>, key: K) {
    kept.entry(key).or_insert_with(|| table.get(&key).cloned());
}

fn put<K: Ord, V>(table: &mut BTreeMap<K, V>, rows: BTreeMap<K, Option<V>>) {
    for (key, row) in rows {
        match row {
            Some(row) => drop(table.insert(key, row)),
            None => drop(table.remove(&key)),
        }
    }
}
