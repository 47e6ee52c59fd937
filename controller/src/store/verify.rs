//! Checks that the journal is whole and that the tables are what it says: every entry is replayed with the engine's own
//! rules and the outcome compared with what the tables hold, in one snapshot, beside a running daemon if there is one. A
//! difference means that a row was changed by other hands or has decayed.
//!
//! Names, PIN hashes and what operators' factors are checked by are not in the journal; of hashes and factors only their
//! presence can be checked, of names not even that.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use rackward_core::Records;
use rackward_core::engine::command::PinPurpose;
use rackward_core::people::Person;
use rackward_core::people::PinStatus;
use sqlx::{Connection, SqliteConnection};

use super::damage::Findings;
use super::load::Replay;
use super::{DATABASE_FILE, Head, Loaded, Reader, StoreError, load, prepare, rows};

/// A journal that was checked and found whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// The newest entry that was checked.
    pub head: Head,
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chain = data_encoding::HEXLOWER.encode(&self.head.chain);
        write!(f, "{} entries, none missing, none altered; replay gives the tables\nchain head {chain}", self.head.seq)
    }
}

/// Checks the journal in `dir`, whether a daemon owns it or not.
///
/// # Errors
/// There is no journal, or what [`replay`] finds wrong with it.
pub async fn journal(dir: &Path) -> Result<Verified, StoreError> {
    let reader = Reader::open(dir).await?;
    let result = match is_older(&reader).await {
        Ok(true) => Err(StoreError::Older { path: dir.join(DATABASE_FILE) }),
        Ok(false) => replay(&reader).await,
        Err(error) => Err(error),
    };
    reader.close().await;
    result.map(|head| Verified { head })
}

async fn is_older(reader: &Reader) -> Result<bool, StoreError> {
    let version = prepare::version(&mut *reader.acquire().await?).await?;
    Ok(version.is_some_and(|version| version < prepare::VERSION))
}

/// Checks the hash chain from the first entry and that replay equals tables; returns the newest entry of the snapshot.
///
/// # Errors
/// Every entry or row that is missing, damaged or altered, or the tables that replay does not give.
pub async fn replay(reader: &Reader) -> Result<Head, StoreError> {
    let mut connection = reader.acquire().await?;
    // All reads below see the database as it is at the first of them.
    let mut snapshot = connection.begin().await.map_err(StoreError::database("take a snapshot"))?;
    let result = compare(&mut snapshot).await;
    snapshot.rollback().await.map_err(StoreError::database("let go of a snapshot"))?;
    result
}

async fn compare(snapshot: &mut SqliteConnection) -> Result<Head, StoreError> {
    let Replay { records: replayed, walk } = load::replay(snapshot).await?;
    let mut tables = load::tables(snapshot).await?;
    tables.salvage(snapshot, &replayed).await?;
    let (mut damage, loaded) = (walk.damage, tables.loaded);
    damage.append(&mut tables.damage);
    // What was left out differs for certain; and a journal that is not whole is no measure of anything.
    if !damage.is_empty() {
        return Err(StoreError::Damaged { findings: Findings(damage) });
    }
    let tables = differing(&replayed, &loaded);
    if tables.is_empty() { Ok(walk.head) } else { Err(StoreError::ReplayDiffers { tables }) }
}

/// The names of the tables that are not what replay gives.
fn differing(replayed: &Records, loaded: &Loaded) -> Vec<&'static str> {
    let tables = &loaded.records;
    let counters = (replayed.generation, replayed.last_alarm) == (tables.generation, tables.last_alarm);
    let has_pins = |wanted: fn(&Person) -> PinStatus, purpose: PinPurpose| {
        let mut persons = replayed.persons.values().filter(|person| wanted(person) == PinStatus::Set);
        persons.all(|person| loaded.pins.get(&person.id).is_some_and(|pins| pins.of(purpose).is_some()))
    };
    [
        ("counters", counters),
        ("place", replayed.places == tables.places),
        ("person", replayed.persons == tables.persons),
        ("credential", replayed.credentials == tables.credentials),
        ("grants", replayed.grants == tables.grants),
        ("alarm", replayed.alarms == tables.alarms),
        ("closed_alarm", replayed.closed == tables.closed),
        ("door", replayed.doors == tables.doors),
        ("mode", replayed.modes == tables.modes),
        ("profile", replayed.profiles == tables.profiles),
        ("schedule", replayed.schedules == tables.schedules),
        ("calendar", replayed.calendars == tables.calendars),
        ("agreement", replayed.agreements == tables.agreements),
        ("person_key", replayed.person_keys == tables.person_keys),
        ("rack_asset", replayed.racks == tables.racks),
        ("presence", replayed.presence == tables.presence),
        ("lockout", replayed.lockouts == tables.lockouts),
        ("lockdown", replayed.lockdowns == tables.lockdowns),
        ("standing", replayed.standing == tables.standing),
        ("operator", replayed.operators == tables.operators),
        ("token", replayed.tokens == tables.tokens),
        ("last_session", replayed.last_session == tables.last_session),
        ("last_proposal", replayed.last_proposal == tables.last_proposal),
        ("muster", replayed.musters == tables.musters),
        ("visitor", replayed.visitors == tables.visitors),
        ("shift", replayed.shift == tables.shift),
        ("operator_secret", has_secrets(replayed, loaded)),
        ("pin", has_pins(|person| person.pin, PinPurpose::Usual)),
        ("duress_pin", has_pins(|person| person.duress_pin, PinPurpose::Duress)),
    ]
    .into_iter()
    .filter_map(|(table, same)| (!same).then_some(table))
    .collect()
}

/// Whether there is something to check each factor by that an operator has.
fn has_secrets(replayed: &Records, loaded: &Loaded) -> bool {
    let kept: BTreeSet<i64> = loaded.secrets.keys().map(|(id, factor)| rows::secret_key(*id, *factor)).collect();
    replayed.operators.values().flat_map(load::secret_keys).all(|key| kept.contains(&key))
}
