//! Reads everything back: the journal entry by entry along its hash chain, and the tables row by row. A damaged entry or
//! row is an error that names it; nothing is skipped, because a right that quietly vanished is as bad as one that appeared.

use std::collections::BTreeMap;

use rackward_core::Records;
use rackward_core::engine::command::{PersonName, PinHash};
use rackward_core::entry::Stamped;
use rackward_core::id::{AlarmId, CredentialId, DoorId, Generation, GrantId, PersonId, Seq};
use rackward_core::journal::{Chain, canonical};
use rackward_core::people::{Credential, CredentialKey, Grant, Person, Validity};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::columns::{Columns, seq_number};
use super::error::RowDamage;
use super::{Head, Loaded, StoreError};

/// How many entries are fetched at once. It trades memory (some 300 bytes each) against the cost of a statement.
const PAGE_ROWS: usize = 2_048;

/// After how many entries the checking says how far it is: about a second's work.
const PROGRESS_ENTRIES: u64 = 300_000;

/// Everything a start needs, with the chain checked from the first entry.
pub(super) async fn everything(connection: &mut SqliteConnection) -> Result<Loaded, StoreError> {
    let head = chain(connection, |_| ()).await?;
    let mut loaded = tables(connection).await?;
    loaded.head = head;
    loaded.records.head = head.seq;
    Ok(loaded)
}

/// The newest entry, as it stands, unchecked.
pub(super) async fn head(connection: &mut SqliteConnection) -> Result<Head, StoreError> {
    let row = sqlx::query("SELECT seq, chain FROM entry ORDER BY seq DESC LIMIT 1")
        .fetch_optional(connection)
        .await
        .map_err(StoreError::database("find the newest journal entry"))?;
    let Some(row) = row else { return Ok(Head::default()) };
    let columns = Columns::new(&row, "entry", "seq");
    Ok(Head { seq: Seq::new(columns.within("seq")?), chain: columns.array("chain")? })
}

/// Walks the whole journal, checks that no entry is missing, altered or out of place, and shows each to `visit`.
pub(super) async fn chain(
    connection: &mut SqliteConnection,
    mut visit: impl FnMut(&Stamped),
) -> Result<Head, StoreError> {
    let newest = head(connection).await?.seq;
    let mut at = Head::default();
    let mut after = i64::MIN;
    loop {
        let rows = sqlx::query("SELECT seq, at, kind, bytes, chain FROM entry WHERE seq > ? ORDER BY seq LIMIT ?")
            .bind(after)
            .bind(PAGE_ROWS as i64)
            .fetch_all(&mut *connection)
            .await
            .map_err(StoreError::database("read the journal"))?;
        for row in &rows {
            let stamped = link(&mut at, row)?;
            visit(&stamped);
            if at.seq.get() % PROGRESS_ENTRIES == 0 {
                tracing::info!(checked = at.seq.get(), of = newest.get(), "checking the journal");
            }
        }
        after = seq_number(at.seq);
        if rows.len() < PAGE_ROWS {
            return Ok(at);
        }
    }
}

/// Checks one row against the head before it and moves the head on.
fn link(at: &mut Head, row: &SqliteRow) -> Result<Stamped, StoreError> {
    let columns = Columns::new(row, "entry", "seq");
    let expected = at.seq.next();
    if columns.integer("seq")? != seq_number(expected) {
        let found = Seq::new(columns.within("seq")?);
        return Err(StoreError::Gap { expected, found });
    }
    let bytes = columns.bytes("bytes")?;
    let mut chain = Chain::new(at.chain);
    if chain.extend(bytes) != columns.array::<32>("chain")? {
        return Err(StoreError::BrokenChain { seq: expected });
    }
    let stamped = entry(row)?;
    *at = Head { seq: expected, chain: chain.head() };
    Ok(stamped)
}

/// Reads one entry and checks that its row says nothing else about it.
pub(super) fn entry(row: &SqliteRow) -> Result<Stamped, StoreError> {
    let columns = Columns::new(row, "entry", "seq");
    let seq = Seq::new(columns.within("seq")?);
    let bytes = columns.bytes("bytes")?;
    let stamped = canonical::decode(bytes).map_err(|cause| StoreError::DamagedEntry { seq, cause })?;
    if stamped.seq != seq {
        return Err(columns.damaged(RowDamage::Contradiction("bytes")));
    }
    if columns.wall("at")? != stamped.at {
        return Err(columns.damaged(RowDamage::Contradiction("at")));
    }
    if columns.text("kind")? != stamped.entry.event_name() {
        return Err(columns.damaged(RowDamage::Contradiction("kind")));
    }
    Ok(stamped)
}

/// All tables but the journal; the head is left at the beginning.
pub(super) async fn tables(connection: &mut SqliteConnection) -> Result<Loaded, StoreError> {
    let mut records = Records::default();
    if let Some(row) = all(connection, "SELECT id, generation, last_alarm FROM counters").await?.first() {
        let columns = Columns::new(row, "counters", "id");
        records.generation = Generation::new(columns.within("generation")?);
        records.last_alarm = AlarmId::new(columns.within("last_alarm")?);
    }
    for row in all(connection, "SELECT kind, number, path FROM place").await? {
        let columns = Columns::new(&row, "place", "number");
        records.places.insert((columns.numbered("kind")?, columns.within("number")?), columns.text("path")?);
    }
    for row in all(connection, "SELECT id, status, pin FROM person").await? {
        let person = person(&Columns::new(&row, "person", "id"))?;
        records.persons.insert(person.id, person);
    }
    for row in all(connection, "SELECT id, person, key, state, valid_from, valid_to FROM credential").await? {
        let credential = credential(&Columns::new(&row, "credential", "id"))?;
        records.credentials.insert(credential.id, credential);
    }
    for row in all(connection, "SELECT id, person, record FROM grants").await? {
        let grant = grant(&Columns::new(&row, "grants", "id"))?;
        records.grants.insert(grant.id, grant);
    }
    for row in all(connection, "SELECT id, record FROM alarm").await? {
        let columns = Columns::new(&row, "alarm", "id");
        let id = AlarmId::new(columns.within("id")?);
        let alarm: rackward_core::alarm::Alarm = columns.record("record")?;
        if alarm.id != id {
            return Err(columns.damaged(RowDamage::Contradiction("record")));
        }
        records.alarms.insert(id, alarm);
    }
    for row in all(connection, "SELECT id, record FROM door").await? {
        let columns = Columns::new(&row, "door", "id");
        records.doors.insert(DoorId::new(columns.within("id")?), columns.record("record")?);
    }
    let (names, pins) = private_tables(connection).await?;
    Ok(Loaded { records, names, pins, head: Head::default() })
}

/// What stands beside the journal: names and PIN hashes.
async fn private_tables(
    connection: &mut SqliteConnection,
) -> Result<(BTreeMap<PersonId, PersonName>, BTreeMap<PersonId, PinHash>), StoreError> {
    let (mut names, mut pins) = (BTreeMap::new(), BTreeMap::new());
    for row in all(connection, "SELECT person, name FROM person_name").await? {
        let columns = Columns::new(&row, "person_name", "person");
        let name = PersonName::parse(&columns.text("name")?);
        let name = name.ok_or_else(|| columns.damaged(RowDamage::OutOfRange("name")))?;
        names.insert(PersonId::new(columns.within("person")?), name);
    }
    for row in all(connection, "SELECT person, hash FROM pin").await? {
        let columns = Columns::new(&row, "pin", "person");
        pins.insert(PersonId::new(columns.within("person")?), PinHash::from_phc(columns.text("hash")?));
    }
    Ok((names, pins))
}

fn person(columns: &Columns<'_>) -> Result<Person, StoreError> {
    Ok(Person {
        id: PersonId::new(columns.within("id")?),
        status: columns.numbered("status")?,
        pin: columns.pin("pin")?,
    })
}

fn credential(columns: &Columns<'_>) -> Result<Credential, StoreError> {
    Ok(Credential {
        id: CredentialId::new(columns.within("id")?),
        person: PersonId::new(columns.within("person")?),
        key: CredentialKey::from_keyed_hash(columns.array("key")?),
        state: columns.numbered("state")?,
        validity: Validity { from: columns.wall("valid_from")?, to: columns.wall("valid_to")? },
    })
}

fn grant(columns: &Columns<'_>) -> Result<Grant, StoreError> {
    let grant: Grant = columns.record("record")?;
    if grant.id != GrantId::new(columns.within("id")?) {
        return Err(columns.damaged(RowDamage::Contradiction("record")));
    }
    if grant.person != PersonId::new(columns.within("person")?) {
        return Err(columns.damaged(RowDamage::Contradiction("person")));
    }
    Ok(grant)
}

/// All rows of a table; tables are bounded by the size of the site, only the journal is read in pages.
async fn all(connection: &mut SqliteConnection, select: &'static str) -> Result<Vec<SqliteRow>, StoreError> {
    sqlx::query(select).fetch_all(connection).await.map_err(StoreError::database("load its tables"))
}
