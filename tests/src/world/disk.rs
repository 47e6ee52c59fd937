//! The disk of the simulated daemon: the journal's canonical bytes with their chain, and the tables that are written with
//! them. What was committed survives every crash, and nothing else does. The tables are kept row by row, as the store
//! keeps them, so that a row the engine forgot to list is missing after a restart.

use std::collections::BTreeMap;

use rackward::gate::Written;
use rackward_core::engine::command::PinHash;
use rackward_core::id::PersonId;
use rackward_core::journal::{Chain, canonical};
use rackward_core::mode::AreaHold;
use rackward_core::{Batch, RecordChange, Records, Stamped};

/// Whether the disk takes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// It does.
    Free,
    /// It does not; what is there can be read.
    Full,
}

/// Everything that survives a crash.
#[derive(Debug)]
pub struct Disk {
    space: Space,
    entries: Vec<Vec<u8>>,
    heads: Vec<[u8; 32]>,
    /// The same entries, read back from their bytes.
    journal: Vec<Stamped>,
    tables: Records,
    pins: BTreeMap<PersonId, PinHash>,
}

impl Default for Disk {
    fn default() -> Self {
        Self {
            space: Space::Free,
            entries: Vec::new(),
            heads: Vec::new(),
            journal: Vec::new(),
            tables: Records::default(),
            pins: BTreeMap::new(),
        }
    }
}

impl Disk {
    /// Whether it takes anything.
    pub fn space(&self) -> Space {
        self.space
    }

    /// Fills the disk or frees it.
    pub fn set_space(&mut self, space: Space) {
        self.space = space;
    }

    /// Writes all of a batch, or nothing of it.
    pub fn commit(&mut self, batch: &Batch) -> Written {
        if self.space == Space::Full {
            return Written::Failed;
        }
        for stamped in &batch.entries {
            let bytes = canonical::encode(stamped);
            let mut chain = Chain::new(self.head());
            self.heads.push(chain.extend(&bytes));
            self.journal.push(canonical::decode(&bytes).unwrap());
            self.entries.push(bytes);
            self.tables.head = stamped.seq;
        }
        batch.changes.iter().for_each(|change| self.write_row(change));
        Written::Durable
    }

    fn write_row(&mut self, change: &RecordChange) {
        let tables = &mut self.tables;
        match change {
            RecordChange::Counters { generation, last_alarm } => {
                (tables.generation, tables.last_alarm) = (*generation, *last_alarm);
            }
            RecordChange::Place(kind, number, path) => _ = tables.places.insert((*kind, *number), path.clone()),
            RecordChange::Person(person) => _ = tables.persons.insert(person.id, person.clone()),
            // Names are nobody's business here.
            RecordChange::PersonName(..) | RecordChange::PersonKeyText(..) => {}
            RecordChange::PersonKey(person, key) => put(&mut tables.person_keys, *person, *key),
            RecordChange::RackAsset(row) => _ = tables.racks.insert(row.facts.id, row.clone()),
            // Nobody is under duress here.
            RecordChange::Pin(person, _, hash) => _ = self.pins.insert(*person, hash.clone()),
            RecordChange::Credential(row) => _ = tables.credentials.insert(row.id, row.clone()),
            RecordChange::Grant(grant) => _ = tables.grants.insert(grant.id, grant.clone()),
            RecordChange::Alarm(alarm) => _ = tables.alarms.insert(alarm.id, alarm.clone()),
            RecordChange::AlarmClosed(alarm) => _ = tables.alarms.remove(alarm),
            RecordChange::ClosedAlarm(at, alarm) => _ = tables.closed.insert((*at, alarm.id), alarm.clone()),
            RecordChange::ClosedAlarmGone(at, alarm) => _ = tables.closed.remove(&(*at, *alarm)),
            RecordChange::Door(door, record) => _ = tables.doors.insert(*door, *record),
            RecordChange::Rights(device, record) => _ = tables.rights.insert(*device, record.clone()),
            RecordChange::Certificates(device, record) => _ = tables.certificates.insert(*device, *record),
            RecordChange::Device(device, record) => _ = tables.devices.insert(*device, record.clone()),
            RecordChange::Mode(door, mode) => _ = tables.modes.insert(*door, *mode),
            RecordChange::Profile(id, row) => put(&mut tables.profiles, *id, row.clone()),
            RecordChange::Schedule(id, row) => put(&mut tables.schedules, *id, row.clone()),
            RecordChange::Calendar(id, row) => put(&mut tables.calendars, *id, row.clone()),
            RecordChange::Agreement(id, row) => put(&mut tables.agreements, *id, row.clone()),
            RecordChange::Plan(id, row) => put(&mut tables.plans, *id, row.clone()),
            RecordChange::Presence(person, row) => put(&mut tables.presence, *person, *row),
            RecordChange::Lockout(credential, row) => put(&mut tables.lockouts, *credential, *row),
            RecordChange::Lockdown(area, AreaHold::LockedDown) => _ = tables.lockdowns.insert(*area),
            RecordChange::Lockdown(area, AreaHold::Free) => _ = tables.lockdowns.remove(area),
            RecordChange::Standing(standing) => tables.standing = *standing,
            RecordChange::Operator(row) => _ = tables.operators.insert(row.id, row.clone()),
            RecordChange::Token(row) => _ = tables.tokens.insert(row.id, row.clone()),
            RecordChange::LastSession(session) => tables.last_session = *session,
            RecordChange::LastProposal(proposal) => tables.last_proposal = *proposal,
            RecordChange::Muster(id, row) => put(&mut tables.musters, *id, row.clone()),
            RecordChange::Visitor(id, row) => put(&mut tables.visitors, *id, row.clone()),
            RecordChange::VisitorName(..) => {}
            RecordChange::Review(id, row) => put(&mut tables.reviews, *id, row.clone()),
            RecordChange::ReviewLine(id, line, row) => put(&mut tables.review_lines, (*id, *line), row.clone()),
            RecordChange::Alert(id, row) => put(&mut tables.alerts, *id, row.clone()),
            RecordChange::Shift(shift) => tables.shift = shift.clone(),
            RecordChange::FileClaim(record, claim) => {
                let row = claim.as_ref().map(|claim| (claim.name.clone(), claim.revision));
                put(&mut tables.files.claims, *record, row);
            }
            RecordChange::FilesApplied(applied) => tables.files.last = Some(applied.clone()),
            // How operators prove themselves is the shell's business, which is not here.
            RecordChange::OperatorName(..)
            | RecordChange::OperatorSecret(..)
            | RecordChange::OperatorSecretUsed(..) => {}
        }
    }

    /// The chain's head over all entries.
    pub fn head(&self) -> [u8; 32] {
        self.heads.last().copied().unwrap_or(Chain::GENESIS)
    }

    /// The chain's head after so many entries; `None` when there are not so many.
    pub fn head_after(&self, count: usize) -> Option<[u8; 32]> {
        match count {
            0 => Some(Chain::GENESIS),
            count => self.heads.get(count - 1).copied(),
        }
    }

    /// The canonical bytes of every entry, in order.
    pub fn entries(&self) -> &[Vec<u8>] {
        &self.entries
    }

    /// Every durable entry, in order.
    pub fn journal(&self) -> &[Stamped] {
        &self.journal
    }

    /// The tables, as a restart would load them.
    pub fn tables(&self) -> &Records {
        &self.tables
    }

    /// The PIN hashes; in this world the PINs themselves.
    pub fn pins(&self) -> &BTreeMap<PersonId, PinHash> {
        &self.pins
    }

    /// Loses the last `count` entries, as no disk may: for showing that a checker sees it.
    pub fn lose(&mut self, count: usize) {
        let left = self.entries.len().saturating_sub(count);
        self.entries.truncate(left);
        self.heads.truncate(left);
        self.journal.truncate(left);
    }

    /// Writes one row without its entry, as no daemon may: for showing that a checker sees it.
    pub fn scribble(&mut self, change: &RecordChange) {
        self.write_row(change);
    }
}

fn put<K: Ord, V>(table: &mut BTreeMap<K, V>, key: K, row: Option<V>) {
    match row {
        Some(row) => _ = table.insert(key, row),
        None => _ = table.remove(&key),
    }
}
