//! Carries a database of an older version over. Of version 1, the tables of records are filled anew by replaying the journal
//! with the engine's own rules, names and PIN hashes are sealed as they are; to version 2, the table of devices is added in
//! the same way; to versions 5 and 6, the rows of alarms are written anew, and to version 6 those of tokens; to version 7, the
//! table of alarms that were put away of late is added. All of it happens inside the transaction that changes the tables, so
//! that a crash leaves the old database.
//!
//! A journal that is damaged is not carried over from version 1: what it no longer says could be that a right was taken
//! back. Of devices it says who was met, which the next contact says again, so version 2 is carried over as far as it reads.

use rackward_core::alarm::Alarm;
use rackward_core::engine::command::{PersonName, PinHash, PinPurpose};
use rackward_core::id::PersonId;
use rackward_core::mode::AreaHold;
use rackward_core::{RecordChange, Records};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::damage::Findings;
use super::load::Replay;
use super::script::Script;
use super::table::Table;
use super::{StoreError, load};
use crate::pin;

/// Rows written in one script; it trades memory against round trips.
const SCRIPT_ROWS: usize = 1_024;

/// After how many rows the writing says how far it is.
const PROGRESS_ROWS: usize = 100 * SCRIPT_ROWS;

/// Fills the new tables of a database whose tables were those of version 1.
pub(super) async fn from_version_1(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    tracing::info!("carrying the database over to this version: replaying the journal");
    let Replay { records, walk } = load::replay(connection).await?;
    if !walk.damage.is_empty() {
        return Err(StoreError::Damaged { findings: Findings(walk.damage) });
    }
    let mut writing = Writing { connection, waiting: Vec::with_capacity(SCRIPT_ROWS), written: 0 };
    for change in rows_of(records) {
        writing.add(change).await?;
    }
    writing.seal_private().await?;
    writing.flush().await?;
    tracing::info!(rows = writing.written, "carried the database over");
    Ok(())
}

/// Fills the table of devices of a database that had none.
pub(super) async fn from_version_2(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    tracing::info!("carrying the database over to this version: replaying the journal");
    let Replay { records, .. } = load::replay(connection).await?;
    let mut writing = Writing { connection, waiting: Vec::new(), written: 0 };
    for (device, record) in records.devices {
        writing.add(RecordChange::Device(device, record)).await?;
    }
    writing.flush().await?;
    tracing::info!(rows = writing.written, "carried the database over");
    Ok(())
}

/// Gives the alarms that are on the list a life: before version 5 they had none beside their condition, and replaying the
/// journal gives them one. What a row says of an alarm stays what it says: where a damaged journal says otherwise, or
/// nothing, the alarm begins its life when it is read; what only such a journal still has on its list was put away since.
pub(super) async fn alarms(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let Replay { mut records, .. } = load::replay(connection).await?;
    let rows = load::alarms(connection).await?;
    let mut writing = Writing { connection, waiting: Vec::new(), written: 0 };
    for row in rows.into_values() {
        let Some(replayed) = records.alarms.remove(&row.id) else { continue };
        if (Alarm { life: row.life.clone(), ..replayed.clone() }) == row {
            writing.add(RecordChange::Alarm(replayed)).await?;
        }
    }
    writing.flush().await
}

/// Fills the table of alarms that were put away of late. What a damaged journal says was put away and a row still has on the list
/// was not.
pub(super) async fn closed_alarms(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let Replay { records, .. } = load::replay(connection).await?;
    let open = load::alarms(connection).await?;
    let mut writing = Writing { connection, waiting: Vec::new(), written: 0 };
    for ((at, id), alarm) in records.closed {
        if open.contains_key(&id) {
            continue;
        }
        writing.add(RecordChange::ClosedAlarm(at, alarm)).await?;
    }
    writing.flush().await
}

/// Writes tokens anew: before version 6 their rows did not say who made them. One of which a damaged journal says nothing stays,
/// and counts as made by its owner.
pub(super) async fn tokens(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let Replay { records, .. } = load::replay(connection).await?;
    let mut writing = Writing { connection, waiting: Vec::new(), written: 0 };
    for token in records.tokens.into_values() {
        writing.add(RecordChange::Token(token)).await?;
    }
    writing.flush().await
}

/// Rows on their way into the new tables.
struct Writing<'a> {
    connection: &'a mut SqliteConnection,
    waiting: Vec<RecordChange>,
    written: usize,
}

impl Writing<'_> {
    async fn add(&mut self, change: RecordChange) -> Result<(), StoreError> {
        self.waiting.push(change);
        if self.waiting.len() == SCRIPT_ROWS { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> Result<(), StoreError> {
        Script::inside(&self.waiting)?.run(self.connection).await?;
        self.written += self.waiting.len();
        self.waiting.clear();
        if self.written.is_multiple_of(PROGRESS_ROWS) && self.written > 0 {
            tracing::info!(rows = self.written, "carrying the database over");
        }
        Ok(())
    }

    /// Seals names and hashes. One that cannot be read stays as it stands, and is named when it is loaded.
    async fn seal_private(&mut self) -> Result<(), StoreError> {
        self.seal(Table::PersonName, |person, text| {
            PersonName::kept(&text).map(|name| RecordChange::PersonName(person, name))
        })
        .await?;
        self.seal(Table::Pin, |person, text| {
            let hash = PinHash::from_phc(text);
            pin::is_comparable(&hash).then_some(RecordChange::Pin(person, PinPurpose::Usual, hash))
        })
        .await
    }

    async fn seal(
        &mut self,
        table: Table,
        change: impl Fn(PersonId, String) -> Option<RecordChange>,
    ) -> Result<(), StoreError> {
        let mut from = Some(0);
        while let Some(first) = from {
            let page: Vec<SqliteRow> = sqlx::query(table.select_page())
                .bind(first)
                .bind(SCRIPT_ROWS as i64)
                .fetch_all(&mut *self.connection)
                .await
                .map_err(StoreError::database("carry its names and PINs over"))?;
            for row in &page {
                let Some((person, text)) = text_of(row) else { continue };
                if let Some(change) = change(person, text) {
                    self.add(change).await?;
                }
            }
            let last: Option<i64> = page.last().and_then(|row| row.try_get(0).ok());
            from = last.filter(|_| page.len() == SCRIPT_ROWS).and_then(|key| key.checked_add(1));
        }
        Ok(())
    }
}

/// A person's text as version 1 kept it.
fn text_of(row: &SqliteRow) -> Option<(PersonId, String)> {
    let person = u32::try_from(row.try_get::<i64, _>(0).ok()?).ok()?;
    let text = core::str::from_utf8(row.try_get(1).ok()?).ok()?;
    Some((PersonId::new(person), text.to_owned()))
}

/// Every row of records of version 1, in which nobody was an operator.
fn rows_of(records: Records) -> impl Iterator<Item = RecordChange> {
    let counters = RecordChange::Counters { generation: records.generation, last_alarm: records.last_alarm };
    let lockdown = |area| RecordChange::Lockdown(area, AreaHold::LockedDown);
    [counters, RecordChange::Standing(records.standing)]
        .into_iter()
        .chain(records.places.into_iter().map(|((kind, number), path)| RecordChange::Place(kind, number, path)))
        .chain(records.persons.into_values().map(RecordChange::Person))
        .chain(records.credentials.into_values().map(RecordChange::Credential))
        .chain(records.grants.into_values().map(RecordChange::Grant))
        .chain(records.alarms.into_values().map(RecordChange::Alarm))
        .chain(records.closed.into_iter().map(|((at, _), alarm)| RecordChange::ClosedAlarm(at, alarm)))
        .chain(records.doors.into_iter().map(|(id, row)| RecordChange::Door(id, row)))
        .chain(records.devices.into_iter().map(|(id, row)| RecordChange::Device(id, row)))
        .chain(records.rights.into_iter().map(|(id, row)| RecordChange::Rights(id, row)))
        .chain(records.certificates.into_iter().map(|(id, row)| RecordChange::Certificates(id, row)))
        .chain(records.modes.into_iter().map(|(id, row)| RecordChange::Mode(id, row)))
        .chain(records.profiles.into_iter().map(|(id, row)| RecordChange::Profile(id, Some(row))))
        .chain(records.schedules.into_iter().map(|(id, row)| RecordChange::Schedule(id, Some(row))))
        .chain(records.calendars.into_iter().map(|(id, row)| RecordChange::Calendar(id, Some(row))))
        .chain(records.agreements.into_iter().map(|(id, row)| RecordChange::Agreement(id, Some(row))))
        .chain(records.presence.into_iter().map(|(id, row)| RecordChange::Presence(id, Some(row))))
        .chain(records.lockouts.into_iter().map(|(id, until)| RecordChange::Lockout(id, Some(until))))
        .chain(records.lockdowns.into_iter().map(lockdown))
}
