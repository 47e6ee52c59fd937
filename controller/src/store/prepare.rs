//! What happens before the first commit: the database file is made, brought to this version's tables, checked and loaded;
//! then the write-ahead log gets its size. How a connection is set up is here too, because every one must agree.

use std::fs::{OpenOptions, hard_link, remove_file};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Row, SqlSafeStr, SqliteConnection};

use super::{Loaded, StoreError, carry_over, load, log_path};

/// How long a statement waits for another process that holds the database (a backup, a shell). It trades patience with
/// such guests against how long a badge may hang before the journal counts as unwritable.
const BUSY_TIMEOUT_MS: u64 = 1_000;

/// The size the log is given before the first commit. A file that grows costs the file system a journal commit of its own,
/// which is many times the cost of writing into space that is there. Too small and busy hours grow it; too large and every
/// start writes that many zeros.
pub(super) const LOG_BYTES: u64 = 4 << 20;

/// The version of the tables that this program reads and writes.
pub(super) const VERSION: i64 = 13;

/// How every connection to the database is set up.
pub(super) fn options(database: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(database)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_millis(BUSY_TIMEOUT_MS))
        // Copying the log into the database is `checkpoint.rs`'s work, off the path of a commit.
        .pragma("wal_autocheckpoint", "0")
        .disable_statement_logging()
}

/// Makes the database where there is none, brings its tables to this version, checks the chain and loads everything.
pub(super) async fn check_and_load(database: &Path) -> Result<Loaded, StoreError> {
    make_file(database.to_owned()).await?;
    // A whole page may wait, so that reading and making sense of it overlap.
    let options = options(database).row_buffer_size(load::PAGE_ROWS);
    let mut connection = options.connect().await.map_err(StoreError::database("open the journal"))?;
    migrate(database, &mut connection).await?;
    let loaded = load::everything(&mut connection).await?;
    connection.close().await.map_err(StoreError::database("close the journal after checking it"))?;
    Ok(loaded)
}

/// SQLite would make the file readable for everybody; it holds names.
async fn make_file(database: PathBuf) -> Result<(), StoreError> {
    blocking(database, "create", |path| match OpenOptions::new().create_new(true).write(true).mode(0o600).open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    })
    .await
}

/// Brings the tables to this version, in one transaction with all that they hold.
async fn migrate(database: &Path, connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let doing = "bring its tables to this version";
    let before = version(connection).await?;
    let mut whole = connection.begin().await.map_err(StoreError::database(doing))?;
    migrator_to(VERSION).run(&mut *whole).await.map_err(|cause| match cause {
        MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) => StoreError::database(doing)(cause),
        cause => StoreError::Foreign { path: database.to_owned(), cause: Box::new(cause) },
    })?;
    match before {
        Some(1) => carry_over::from_version_1(&mut whole).await?,
        Some(2) => carry_over::from_version_2(&mut whole).await?,
        Some(_) | None => {}
    }
    if before.is_some_and(|before| (2..6).contains(&before)) {
        carry_over::alarms(&mut whole).await?;
    }
    if before == Some(5) {
        carry_over::tokens(&mut whole).await?;
    }
    if before.is_some_and(|before| (2..7).contains(&before)) {
        carry_over::closed_alarms(&mut whole).await?;
    }
    whole.commit().await.map_err(StoreError::database(doing))
}

/// The migrations up to a version.
pub(super) fn migrator_to(version: i64) -> Migrator {
    let migration = |version, name: &'static str, sql: &'static str| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    let all = [
        migration(1, "journal and records", include_str!("schema/0001-journal-and-records.sql")),
        migration(2, "sealed records", include_str!("schema/0002-sealed-records.sql")),
        migration(3, "devices", include_str!("schema/0003-devices.sql")),
        migration(4, "rights on devices", include_str!("schema/0004-rights-on-devices.sql")),
        migration(5, "operators", include_str!("schema/0005-operators.sql")),
        migration(6, "makers of tokens", include_str!("schema/0006-makers-of-tokens.sql")),
        migration(7, "closed alarms", include_str!("schema/0007-closed-alarms.sql")),
        migration(8, "desk", include_str!("schema/0008-desk.sql")),
        migration(9, "plans", include_str!("schema/0009-plans.sql")),
        migration(10, "site files", include_str!("schema/0010-site-files.sql")),
        migration(11, "registers", include_str!("schema/0011-registers.sql")),
        migration(12, "reviews", include_str!("schema/0012-reviews.sql")),
        migration(13, "alerts", include_str!("schema/0013-alerts.sql")),
    ];
    Migrator::with_migrations(all.into_iter().filter(|migration| migration.version <= version).collect())
}

/// The version of the tables; `None` while there are none.
pub(super) async fn version(connection: &mut SqliteConnection) -> Result<Option<i64>, StoreError> {
    let doing = "find out the version of its tables";
    let known = sqlx::query("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '_sqlx_migrations'")
        .fetch_optional(&mut *connection)
        .await
        .map_err(StoreError::database(doing))?;
    if known.is_none() {
        return Ok(None);
    }
    let row = sqlx::query("SELECT max(version) FROM _sqlx_migrations").fetch_one(connection).await;
    row.and_then(|row| row.try_get(0)).map_err(StoreError::database(doing))
}

/// Gives the write-ahead log its size, filled with zeros, which SQLite reads as an empty log and writes over. A log that is
/// there is left alone: another process has the database open, or the last checkpoint failed, and it holds commits.
pub(super) async fn stretch_log(database: PathBuf) -> Result<(), StoreError> {
    blocking(log_path(&database), "make room for", |log| {
        let mut new = log.as_os_str().to_owned();
        new.push(".new");
        let new = PathBuf::from(new);
        remove_if_there(&new)?;
        let made = fill_with_zeros(&new).and_then(|()| match hard_link(&new, log) {
            // The link appears whole or not at all, and never in place of a log that somebody uses.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        });
        let removed = remove_if_there(&new);
        match made {
            // A full disk must not keep the daemon from starting: it can still say so and let people out.
            Err(error) if error.kind() == ErrorKind::StorageFull => removed,
            made => made.and(removed),
        }
    })
    .await
}

/// After a crash between link and removal this name and the log's are the same file, so it is unlinked, never truncated.
fn remove_if_there(path: &Path) -> io::Result<()> {
    match remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn fill_with_zeros(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?;
    let zeros = [0; 64 * 1024];
    for _ in 0..LOG_BYTES / zeros.len() as u64 {
        file.write_all(&zeros)?;
    }
    file.sync_all()
}

/// Runs file work off the async runtime.
async fn blocking(
    path: PathBuf,
    doing: &'static str,
    work: impl FnOnce(&Path) -> io::Result<()> + Send + 'static,
) -> Result<(), StoreError> {
    let subject = path.clone();
    let result = match tokio::task::spawn_blocking(move || work(&path)).await {
        Ok(result) => result,
        Err(cause) => Err(cause.into()),
    };
    result.map_err(StoreError::file(doing, subject))
}
