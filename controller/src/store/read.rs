//! Reads the durable journal beside the writer: for the live stream's resume, for searches, for audits. It sees only what
//! was committed, and it cannot write.

use std::path::Path;
use std::time::Duration;

use data_encoding::HEXUPPER;
use rackward_core::certificate::Certificate;
use rackward_core::entry::{DeviceEntry, Entry, Stamped};
use rackward_core::id::{DeviceId, Seq};
use rackward_core::journal::canonical;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{Sqlite, SqlitePoolOptions};
use sqlx::{Row as _, SqlitePool};

use super::journal::{self, seq_number};
use super::{DATABASE_FILE, Head, StoreError, prepare};

/// Connections for reading: live resumes, searches and cursors, such as that of the search index, share them. Each costs a
/// thread and some memory; with too few a search delays a console that comes back.
const READER_CONNECTIONS: u32 = 4;

/// How long a read waits for a free connection before it says that the store is busy.
const ACQUIRE_TIMEOUT_SECONDS: u64 = 5;

/// How the journal names the issue of a certificate.
const CERTIFICATE_ISSUED: &str = "device.certificate-issued";

/// The most entries one read returns: some 2 MB. Whoever wants more asks again after the last.
pub const ENTRIES_MAX_ROWS: u32 = 8_192;

/// How many rows may wait for whoever makes sense of them, so that reading and that overlap.
const ROWS_READ_AHEAD: usize = 1_024;

/// A reader of the durable journal.
#[derive(Debug, Clone)]
pub struct Reader {
    pool: SqlitePool,
}

impl Reader {
    /// Opens the journal in `dir` for reading alone, whether a daemon owns it or not; for audits.
    ///
    /// # Errors
    /// There is no journal, or it cannot be opened.
    pub async fn open(dir: &Path) -> Result<Self, StoreError> {
        Self::connect(&dir.join(DATABASE_FILE)).await
    }

    pub(super) async fn connect(database: &Path) -> Result<Self, StoreError> {
        let options = prepare::options(database).pragma("query_only", "ON").row_buffer_size(ROWS_READ_AHEAD);
        let pool = SqlitePoolOptions::new()
            .max_connections(READER_CONNECTIONS)
            // A connection to a file on this machine does not go away between two uses; asking it first would double what
            // a small read costs.
            .test_before_acquire(false)
            .acquire_timeout(Duration::from_secs(ACQUIRE_TIMEOUT_SECONDS))
            .connect_with(options)
            .await
            .map_err(StoreError::database("open the journal for reading"))?;
        Ok(Self { pool })
    }

    /// The entries after `after`, oldest first, without a gap, at most `limit` and never more than [`ENTRIES_MAX_ROWS`]. In
    /// the place of an entry that is missing or cannot be read stands one that says so.
    ///
    /// # Errors
    /// The database fails.
    pub async fn entries_after(&self, after: Seq, limit: u32) -> Result<Vec<Stamped>, StoreError> {
        let limit = limit.min(ENTRIES_MAX_ROWS);
        let rows = sqlx::query("SELECT seq, at, kind, bytes FROM entry WHERE seq > ? ORDER BY seq LIMIT ?")
            .bind(seq_number(after))
            .bind(limit)
            .fetch_all(&self.pool)
            .await
            .map_err(StoreError::database("read the journal"))?;
        Ok(journal::entries(after, &rows, limit as usize))
    }

    /// The entries at these places, oldest first, at most [`ENTRIES_MAX_ROWS`]. One that is missing is left out; in the place
    /// of one that cannot be read stands one that says so.
    ///
    /// # Errors
    /// The database fails.
    pub async fn entries_at(&self, places: &[Seq]) -> Result<Vec<Stamped>, StoreError> {
        let places: Vec<String> = places.iter().take(ENTRIES_MAX_ROWS as usize).map(Seq::to_string).collect();
        let wanted = format!("[{}]", places.join(","));
        match self.entries_in_one(&wanted).await? {
            Some(entries) => Ok(entries),
            None => self.entries_by_row(&wanted).await,
        }
    }

    /// All in one row, because a row for each costs more than what is in it; `None` where one of them cannot be read.
    async fn entries_in_one(&self, wanted: &str) -> Result<Option<Vec<Stamped>>, StoreError> {
        let row = sqlx::query(
            "SELECT group_concat(seq), group_concat(hex(bytes)) FROM json_each(?) AS wanted CROSS JOIN entry \
             ON seq = wanted.value",
        )
        .bind(wanted)
        .fetch_one(&self.pool)
        .await
        .map_err(StoreError::database("read the journal"))?;
        let column = |number: usize| row.try_get::<Option<&str>, _>(number).ok().flatten().unwrap_or_default();
        let (seqs, bytes) = (column(0), column(1));
        if seqs.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let decoded = seqs.split(',').zip(bytes.split(',')).map(|(seq, bytes)| {
            let entry = canonical::decode(&HEXUPPER.decode(bytes.as_bytes()).ok()?).ok()?;
            (seq.parse().ok() == Some(entry.seq)).then_some(entry)
        });
        let mut entries: Option<Vec<Stamped>> = decoded.collect();
        if let Some(entries) = &mut entries {
            entries.sort_unstable_by_key(|entry| entry.seq);
        }
        Ok(entries)
    }

    async fn entries_by_row(&self, wanted: &str) -> Result<Vec<Stamped>, StoreError> {
        let rows = sqlx::query(
            "SELECT seq, at, kind, bytes FROM entry WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq",
        )
        .bind(wanted)
        .fetch_all(&self.pool)
        .await
        .map_err(StoreError::database("read the journal"))?;
        Ok(rows.iter().filter_map(journal::entry_or_damage).collect())
    }

    /// Every certificate that was ever issued, as far as its entry can be read: which of them count no more, a broker that
    /// is not ours must be told.
    ///
    /// # Errors
    /// The database fails.
    pub async fn certificates_issued(&self) -> Result<Vec<(DeviceId, Certificate)>, StoreError> {
        let (mut issued, mut after) = (Vec::new(), 0_i64);
        loop {
            let rows =
                sqlx::query("SELECT seq, at, kind, bytes FROM entry WHERE kind = ? AND seq > ? ORDER BY seq LIMIT ?")
                    .bind(CERTIFICATE_ISSUED)
                    .bind(after)
                    .bind(ENTRIES_MAX_ROWS)
                    .fetch_all(&self.pool)
                    .await
                    .map_err(StoreError::database("read the certificates of the journal"))?;
            let Some(last) = rows.last() else { return Ok(issued) };
            after = last.try_get("seq").map_err(StoreError::database("read the certificates of the journal"))?;
            issued.extend(rows.iter().filter_map(|row| match journal::entry_of(row) {
                Some(Entry::Device(DeviceEntry::CertificateIssued { device, certificate, .. })) => {
                    Some((device, certificate))
                }
                Some(_) | None => None,
            }));
        }
    }

    /// The newest durable entry.
    ///
    /// # Errors
    /// The database fails.
    pub async fn head(&self) -> Result<Head, StoreError> {
        let mut connection = self.acquire().await?;
        journal::head(&mut connection).await
    }

    /// Closes all connections, waiting for reads under way. Other clones see errors from now on.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    pub(super) async fn acquire(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        self.pool.acquire().await.map_err(StoreError::database("get a connection for reading"))
    }
}
