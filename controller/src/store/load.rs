//! Reads everything back: the journal along its hash chain, and the tables row by row. What cannot be read is left out and
//! named: the engine alarms it and closes what it governs. Nothing that stands in a row keeps the daemon from starting;
//! only tables that are not there do.
//!
//! Numbers that must never be given twice, and what holds for the whole site, are taken from the journal where their row
//! is damaged: a number given again would hand one person's rights to another. So are alarms: one that nobody has seen yet
//! must not leave the list because its row did; and so are musters and visitors, for who is on them may be in danger.

use std::collections::BTreeMap;

use rackward_core::Records;
use rackward_core::alarm::Alarm;
use rackward_core::id::{AlarmId, PersonId};
use rackward_core::operator::Operator;
use rackward_core::people::{Person, PinStatus};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::damage::{Damage, Findings, RowDamage};
use super::error::is_broken_page;
use super::journal::Walk;
use super::table::Table;
use super::{Loaded, StoreError, journal, rows, sealed};

/// How many rows are fetched at once. It trades memory (some 300 bytes each) against the cost of a statement.
pub(super) const PAGE_ROWS: usize = 4_096;

/// The tables as read, with what could not be.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// What could be read.
    pub(super) loaded: Loaded,
    /// What could not.
    pub(super) damage: Vec<Damage>,
    /// Tables of which a page of the file is broken, so that not even the keys of all rows are known.
    broken: Vec<Table>,
}

/// Everything a start needs.
pub(super) async fn everything(connection: &mut SqliteConnection) -> Result<Loaded, StoreError> {
    let walk = journal::walk(connection, |_| ()).await?;
    let mut tables = tables(connection).await?;
    if tables.wants_replay() {
        tracing::info!("filling in from the journal what the tables do not say");
        let replayed = replay(connection).await?.records;
        tables.salvage(connection, &replayed).await?;
        tables.mend(&replayed);
    }
    let Tables { mut loaded, mut damage, .. } = tables;
    damage.splice(0..0, walk.damage);
    loaded.head = walk.head;
    loaded.records.head = walk.head.seq;
    loaded.damaged = damage.iter().map(Damage::named).collect();
    Findings(damage).log();
    Ok(loaded)
}

/// All tables but the journal; the head is left at the beginning.
pub(super) async fn tables(connection: &mut SqliteConnection) -> Result<Tables, StoreError> {
    let mut tables = Tables::default();
    for table in Table::ALL {
        tables.read(connection, *table).await?;
    }
    Ok(tables)
}

/// The rows of alarms that can be read.
pub(super) async fn alarms(connection: &mut SqliteConnection) -> Result<BTreeMap<AlarmId, Alarm>, StoreError> {
    let mut tables = Tables::default();
    tables.read(connection, Table::Alarm).await?;
    Ok(tables.loaded.records.alarms)
}

/// What came of replaying the whole journal.
pub(super) struct Replay {
    /// The records as the journal gives them, as far as it can be read.
    pub(super) records: Records,
    /// The newest entry, and what does not fit.
    pub(super) walk: Walk,
}

/// Replays the journal with the engine's own rules.
pub(super) async fn replay(connection: &mut SqliteConnection) -> Result<Replay, StoreError> {
    let mut records = Records::default();
    let mut changes = Vec::new();
    let walk = journal::walk(connection, |stamped| {
        records.apply(stamped, &mut changes);
        changes.clear();
    })
    .await?;
    Ok(Replay { records, walk })
}

impl Tables {
    /// Reads a table to its end, or to a broken page of the file.
    async fn read(&mut self, connection: &mut SqliteConnection, table: Table) -> Result<(), StoreError> {
        let mut from = Some(i64::MIN);
        while let Some(first) = from {
            let page =
                sqlx::query(table.select_page()).bind(first).bind(PAGE_ROWS as i64).fetch_all(&mut *connection).await;
            let page = match page {
                Ok(page) => page,
                Err(error) if is_broken_page(&error) => {
                    self.broken.push(table);
                    return Ok(());
                }
                Err(error) => return Err(StoreError::database("load its tables")(error)),
            };
            let mut last = None;
            for row in &page {
                last = self.take(table, row).or(last);
            }
            from = if page.len() < PAGE_ROWS { None } else { last.and_then(|key| key.checked_add(1)) };
        }
        Ok(())
    }

    /// Takes a row, or names it; returns its key.
    fn take(&mut self, table: Table, row: &SqliteRow) -> Option<i64> {
        let key = row.try_get(0).ok()?;
        let record = row.try_get::<&[u8], _>(1).map_err(|_| RowDamage::Unreadable);
        let bytes = record.and_then(|record| sealed::open(table, key, record));
        if let Err(cause) = bytes.and_then(|bytes| rows::take(&mut self.loaded, table, key, bytes)) {
            self.damage.push(Damage::row(table.name(), key, cause));
        }
        Some(key)
    }

    /// Whether something is missing that the journal knows. A site without counters has a journal in which hardly anything
    /// happened, or has lost them.
    fn wants_replay(&self) -> bool {
        let mended = [
            Table::Counters,
            Table::Standing,
            Table::Place,
            Table::LastSession,
            Table::LastProposal,
            Table::Alarm,
            Table::Muster,
            Table::Visitor,
            Table::Review,
            Table::ReviewLine,
            Table::Alert,
        ];
        let is_mended = |damage: &Damage| mended.iter().any(|table| damaged_key(damage, *table).is_some());
        self.loaded.records.generation.get() == 0 || !self.broken.is_empty() || self.damage.iter().any(is_mended)
    }

    /// Reads row by row what stands in a table with a broken page. Which rows there should be is known from the journal.
    pub(super) async fn salvage(
        &mut self,
        connection: &mut SqliteConnection,
        replayed: &Records,
    ) -> Result<(), StoreError> {
        for table in core::mem::take(&mut self.broken) {
            // Those that are named already are met again.
            self.damage.retain(|damage| damaged_key(damage, table).is_none());
            for key in keys(table, replayed) {
                match sqlx::query(table.select_one()).bind(key).fetch_optional(&mut *connection).await {
                    Ok(row) => drop(row.and_then(|row| self.take(table, &row))),
                    Err(error) if is_broken_page(&error) => {
                        self.damage.push(Damage::row(table.name(), key, RowDamage::Page));
                    }
                    Err(error) => return Err(StoreError::database("load its tables")(error)),
                }
            }
        }
        Ok(())
    }

    /// Takes from the journal what must not be forgotten.
    fn mend(&mut self, replayed: &Records) {
        let records = &mut self.loaded.records;
        let counters = (records.generation.max(replayed.generation), records.last_alarm.max(replayed.last_alarm));
        let lost_counters = counters != (records.generation, records.last_alarm);
        (records.generation, records.last_alarm) = counters;
        records.last_session = records.last_session.max(replayed.last_session);
        records.last_proposal = records.last_proposal.max(replayed.last_proposal);
        let lost_standing = records.standing != replayed.standing;
        records.standing = replayed.standing;
        for (place, path) in &replayed.places {
            records.places.entry(*place).or_insert_with(|| path.clone());
        }
        if self.damage.iter().any(|damage| damaged_key(damage, Table::Alarm).is_some()) {
            for (id, alarm) in &replayed.alarms {
                records.alarms.entry(*id).or_insert_with(|| alarm.clone());
            }
        }
        let lost = |table| self.damage.iter().any(|damage| damaged_key(damage, table).is_some());
        if lost(Table::Muster) {
            for (id, muster) in &replayed.musters {
                records.musters.entry(*id).or_insert_with(|| muster.clone());
            }
        }
        if lost(Table::Visitor) {
            for (id, visitor) in &replayed.visitors {
                records.visitors.entry(*id).or_insert_with(|| visitor.clone());
            }
        }
        // A line that were missing would be one of which nobody ever decides.
        if lost(Table::Review) {
            for (id, review) in &replayed.reviews {
                records.reviews.entry(*id).or_insert_with(|| review.clone());
            }
        }
        if lost(Table::ReviewLine) {
            for (id, line) in &replayed.review_lines {
                records.review_lines.entry(*id).or_insert_with(|| line.clone());
            }
        }
        // One that were missing would never again say what it was left to say.
        if lost(Table::Alert) {
            for (id, alert) in &replayed.alerts {
                records.alerts.entry(*id).or_insert_with(|| alert.clone());
            }
        }
        for place in self.damage.iter().filter_map(|damage| damaged_key(damage, Table::Place)) {
            // A place that nobody can name keeps its number all the same: no path begins with a question mark.
            let Ok(place) = rows::place_of(place) else { continue };
            records.places.entry(place).or_insert_with(|| format!("?{}", place.1));
        }
        for (table, lost) in [(Table::Counters, lost_counters), (Table::Standing, lost_standing)] {
            if lost && !self.damage.iter().any(|damage| damaged_key(damage, table).is_some()) {
                self.damage.push(Damage::row(table.name(), rows::ONLY, RowDamage::Unreadable));
            }
        }
    }
}

/// The key of a damaged row, if it is one of this table.
fn damaged_key(damage: &Damage, of: Table) -> Option<i64> {
    match damage {
        Damage::Row { table, key, .. } if *table == of.name() => Some(key.cast_signed()),
        Damage::Row { .. }
        | Damage::Missing { .. }
        | Damage::Chain { .. }
        | Damage::Entry { .. }
        | Damage::Stray { .. } => None,
    }
}

/// The keys of what an operator's factors are checked by.
pub(super) fn secret_keys(operator: &Operator) -> Vec<i64> {
    operator.factors.all().map(|factor| rows::secret_key(operator.id, factor)).collect()
}

/// The keys that a table should have.
fn keys(table: Table, replayed: &Records) -> Vec<i64> {
    let persons = |wanted: fn(&Person) -> bool| -> Vec<i64> {
        replayed.persons.values().filter(|person| wanted(person)).map(|person| person.id.get().into()).collect()
    };
    match table {
        Table::Counters | Table::Standing => vec![rows::ONLY],
        Table::Place => replayed.places.keys().map(|(kind, number)| rows::place_key(*kind, *number)).collect(),
        Table::Person | Table::PersonName => persons(|_| true),
        Table::PersonKey | Table::PersonKeyText => replayed.person_keys.keys().map(|id| id.get().into()).collect(),
        Table::RackAsset => replayed.racks.keys().map(|id| id.get().into()).collect(),
        Table::Pin => persons(|person| person.pin == PinStatus::Set),
        Table::DuressPin => persons(|person| person.duress_pin == PinStatus::Set),
        Table::Credential => replayed.credentials.keys().map(|id| id.get().into()).collect(),
        Table::Grant => replayed.grants.keys().map(|id| id.get().into()).collect(),
        Table::Alarm => replayed.alarms.keys().map(|id| id.get().into()).collect(),
        Table::ClosedAlarm => replayed.closed.keys().map(|(_, id)| id.get().into()).collect(),
        Table::Door => replayed.doors.keys().map(|id| id.get().into()).collect(),
        Table::Device => replayed.devices.keys().map(|id| id.get().into()).collect(),
        Table::DeviceRights => replayed.rights.keys().map(|id| id.get().into()).collect(),
        Table::Certificates => replayed.certificates.keys().map(|id| id.get().into()).collect(),
        Table::Mode => replayed.modes.keys().map(|id| id.get().into()).collect(),
        Table::Profile => replayed.profiles.keys().map(|id| id.get().into()).collect(),
        Table::Schedule => replayed.schedules.keys().map(|id| id.get().into()).collect(),
        Table::Calendar => replayed.calendars.keys().map(|id| id.get().into()).collect(),
        Table::Agreement => replayed.agreements.keys().map(|id| id.get().into()).collect(),
        Table::Plan => replayed.plans.keys().map(|id| id.get().into()).collect(),
        Table::Presence => replayed.presence.keys().map(|id: &PersonId| id.get().into()).collect(),
        Table::Lockout => replayed.lockouts.keys().map(|id| id.get().into()).collect(),
        Table::Lockdown => replayed.lockdowns.iter().map(|id| id.get().into()).collect(),
        Table::Operator | Table::OperatorName => replayed.operators.keys().map(|id| id.get().into()).collect(),
        Table::OperatorSecret => replayed.operators.values().flat_map(secret_keys).collect(),
        Table::Token => replayed.tokens.keys().map(|id| id.get().into()).collect(),
        Table::LastSession if replayed.last_session.get() == 0 => Vec::new(),
        Table::LastSession => vec![rows::ONLY],
        Table::LastProposal if replayed.last_proposal.get() == 0 => Vec::new(),
        Table::LastProposal => vec![rows::ONLY],
        Table::Muster => replayed.musters.keys().map(|id| id.get().into()).collect(),
        Table::Visitor | Table::VisitorName => replayed.visitors.keys().map(|id| id.get().into()).collect(),
        Table::Review => replayed.reviews.keys().map(|id| id.get().into()).collect(),
        Table::ReviewLine => replayed.review_lines.keys().map(|(id, line)| rows::line_key(*id, *line)).collect(),
        Table::Alert => replayed.alerts.keys().map(|id| id.get().into()).collect(),
        Table::Shift if replayed.shift.revision == 0 => Vec::new(),
        Table::Shift => vec![rows::ONLY],
        Table::FileClaim => replayed.files.claims.keys().map(|record| rows::claim_key(*record)).collect(),
        Table::FilesApplied => replayed.files.last.iter().map(|_| rows::ONLY).collect(),
    }
}
