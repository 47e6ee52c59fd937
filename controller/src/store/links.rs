//! Reads entries as they are bound into the journal: their bytes between the two hashes of the chain. Whether they hold is for
//! whoever looks at them to compute; the whole chain is checked in `verify.rs`.

use rackward_core::id::Seq;
use rackward_core::journal::{Chain, Link};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::read::ENTRIES_MAX_ROWS;
use super::{Reader, StoreError};

impl Reader {
    /// These entries with the hashes before and after them, oldest first, at most [`ENTRIES_MAX_ROWS`]. One of which a part
    /// cannot be read is left out.
    ///
    /// # Errors
    /// The database fails.
    pub async fn links(&self, places: &[Seq]) -> Result<Vec<Link>, StoreError> {
        let places: Vec<String> = places.iter().take(ENTRIES_MAX_ROWS as usize).map(Seq::to_string).collect();
        let mut connection = self.acquire().await?;
        let rows = sqlx::query(
            "SELECT this.seq, this.bytes, this.chain, before.chain FROM entry AS this \
             LEFT JOIN entry AS before ON before.seq = this.seq - 1 \
             WHERE this.seq IN (SELECT value FROM json_each(?)) ORDER BY this.seq",
        )
        .bind(format!("[{}]", places.join(",")))
        .fetch_all(&mut *connection)
        .await
        .map_err(StoreError::database("read links of the journal"))?;
        Ok(rows.iter().filter_map(link).collect())
    }
}

fn link(row: &SqliteRow) -> Option<Link> {
    let hash = |column: usize| row.try_get::<Option<&[u8]>, _>(column).ok()??.try_into().ok();
    let seq = Seq::new(u64::try_from(row.try_get::<i64, _>(0).ok()?).ok()?);
    let before = if seq == Seq::new(1) { Chain::GENESIS } else { hash(3)? };
    let bytes = row.try_get::<Option<&[u8]>, _>(1).ok()??.to_vec();
    Some(Link { seq, bytes, before, after: hash(2)? })
}
