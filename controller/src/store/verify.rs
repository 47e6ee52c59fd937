//! Checks that the tables are what the journal says: every entry is replayed with the engine's own rules and the outcome
//! compared with what the tables hold, in one snapshot, beside a running daemon if there is one. A difference means that a
//! row was changed by other hands.
//!
//! Names and PIN hashes are not in the journal; of them only their presence can be checked.

use std::fmt;
use std::path::Path;

use rackward_core::Records;
use rackward_core::id::PersonId;
use rackward_core::people::PinStatus;
use sqlx::Connection;

use super::{Head, Loaded, Reader, StoreError, load};

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
    let result = replay(&reader).await;
    reader.close().await;
    result.map(|head| Verified { head })
}

/// Checks the hash chain from the first entry and that replay equals tables; returns the newest entry of the snapshot.
///
/// # Errors
/// The first entry or row that is missing, damaged or altered, or the tables that replay does not give.
pub async fn replay(reader: &Reader) -> Result<Head, StoreError> {
    let mut connection = reader.acquire().await?;
    // All reads below see the database as it is at the first of them.
    let mut snapshot = connection.begin().await.map_err(StoreError::database("take a snapshot"))?;
    let loaded = load::tables(&mut snapshot).await?;
    let mut replayed = Records::default();
    let mut changes = Vec::new();
    let head = load::chain(&mut snapshot, |stamped| {
        replayed.apply(stamped, &mut changes);
        changes.clear();
    })
    .await?;
    snapshot.rollback().await.map_err(StoreError::database("let go of a snapshot"))?;
    let tables = differing(&replayed, &loaded);
    if tables.is_empty() { Ok(head) } else { Err(StoreError::ReplayDiffers { tables }) }
}

/// The names of the tables that are not what replay gives.
fn differing(replayed: &Records, loaded: &Loaded) -> Vec<&'static str> {
    let tables = &loaded.records;
    let counters = (replayed.generation, replayed.last_alarm) == (tables.generation, tables.last_alarm);
    let pin_missing = |id: &PersonId| !loaded.pins.contains_key(id);
    let pins = !replayed.persons.values().any(|person| person.pin == PinStatus::Set && pin_missing(&person.id));
    [
        ("counters", counters),
        ("place", replayed.places == tables.places),
        ("person", replayed.persons == tables.persons),
        ("credential", replayed.credentials == tables.credentials),
        ("grants", replayed.grants == tables.grants),
        ("alarm", replayed.alarms == tables.alarms),
        ("door", replayed.doors == tables.doors),
        ("pin", pins),
    ]
    .into_iter()
    .filter_map(|(table, same)| (!same).then_some(table))
    .collect()
}
