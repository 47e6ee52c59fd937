//! Databases beside the journal whose content can be made anew: positions of cursors, the search index, what webhooks have
//! not taken. One that is damaged, or was made by another version, is set aside under another name and begun anew, so that it
//! keeps nothing from starting; whether that shows when it is opened or only later makes no difference. One that merely
//! cannot be used now (a full disk, a backup that holds it) is left alone and tried again. What is in them, and how it is
//! made anew, is their owners'.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _, SqliteConnection, SqlitePool};
use tokio::sync::{Mutex, watch};
use tokio::time::timeout;

use crate::store::is_damage;

/// How long a statement waits for another process that holds the file, such as a backup.
const BUSY_TIMEOUT: Duration = Duration::from_secs(1);

/// How long those who work on a damaged file may go on with it before it is set aside under their hands.
const LEAVING_TIME: Duration = Duration::from_secs(1);

/// How many rows of an answer may wait for whoever reads them: while there is room, the file's thread does not wait for it.
const ROWS_READ_AHEAD: usize = 512;

/// Files that belong to a database and go with it.
const COMPANIONS: [&str; 3] = ["", "-wal", "-shm"];

/// Why a side file could not be opened, made anew or set aside.
#[derive(Debug, thiserror::Error)]
pub enum SideFileError {
    /// The disk refuses.
    #[error("cannot {doing} {path}: {cause}; check the disk and its free space")]
    File {
        /// What was tried.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// The database failed.
    #[error("{path} cannot be {doing}: {cause}; check the disk and its free space")]
    Database {
        /// What was tried.
        doing: &'static str,
        /// Which file.
        path: PathBuf,
        /// What the database said.
        #[source]
        cause: Box<sqlx::Error>,
    },
}

/// How a file is looked at when it is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Every page of it: for small files.
    Whole,
    /// Its version and tables. Damage further in shows when it is met.
    Surface,
}

/// What a side file must be like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    /// The file's name in the storage directory.
    pub(crate) name: &'static str,
    /// The statements that make its tables.
    pub(crate) schema: &'static str,
    /// The version of those tables; a file of another version is set aside.
    pub(crate) version: u32,
    /// How it is looked at when it is opened.
    pub(crate) look: Look,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// It is as it was left.
    Whole,
    /// There was none.
    New,
    /// It could not be used and is kept under another name.
    SetAside {
        /// Where.
        kept: PathBuf,
    },
}

impl Form {
    /// How connections to the file in `dir` are set up. A crash may take back the last commits, each of them whole: whoever
    /// writes here can do so again.
    pub(crate) fn options(&self, dir: &Path) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(dir.join(self.name))
            .create_if_missing(false)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY_TIMEOUT)
            .disable_statement_logging()
    }

    /// Sees to it that there is a usable file in `dir`.
    ///
    /// # Errors
    /// It cannot be looked at now, or a new one cannot be made; nothing was lost.
    pub(crate) async fn prepare(&self, dir: &Path) -> Result<Found, SideFileError> {
        let path = dir.join(self.name);
        let exists = path.try_exists();
        let doing = "look for";
        if !exists.map_err(|cause| SideFileError::File { doing, path: path.clone(), cause })? {
            self.make(dir).await?;
            return Ok(Found::New);
        }
        match self.check(dir).await {
            Ok(()) => Ok(Found::Whole),
            Err(Unusable::Database(cause)) if !is_damage(&cause) => {
                Err(SideFileError::Database { doing: "opened", path, cause: Box::new(cause) })
            }
            Err(cause) => {
                let kept = set_aside(&path)?;
                tracing::error!(file = %path.display(), kept = %kept.display(), %cause,
                    "a file beside the journal cannot be used; it is kept under another name and begun anew");
                self.make(dir).await?;
                Ok(Found::SetAside { kept })
            }
        }
    }

    async fn check(&self, dir: &Path) -> Result<(), Unusable> {
        let mut connection = self.options(dir).connect().await?;
        let verdict = self.check_open(&mut connection).await;
        connection.close().await?;
        verdict
    }

    async fn check_open(&self, connection: &mut SqliteConnection) -> Result<(), Unusable> {
        let found: u32 = sqlx::query("PRAGMA user_version").fetch_one(&mut *connection).await?.try_get(0)?;
        if found != self.version {
            return Err(Unusable::Version { found, wanted: self.version });
        }
        let tables = sqlx::query("SELECT count(*) FROM sqlite_schema").fetch_one(&mut *connection).await?;
        if tables.try_get::<i64, _>(0)? == 0 {
            return Err(Unusable::Empty);
        }
        match self.look {
            Look::Surface => Ok(()),
            Look::Whole => {
                let found: String = sqlx::query("PRAGMA quick_check(1)").fetch_one(connection).await?.try_get(0)?;
                if found == "ok" { Ok(()) } else { Err(Unusable::Damaged(found)) }
            }
        }
    }

    async fn make(&self, dir: &Path) -> Result<(), SideFileError> {
        let path = dir.join(self.name);
        // SQLite would make the file readable for everybody.
        let made = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path);
        made.map_err(|cause| SideFileError::File { doing: "make", path: path.clone(), cause })?;
        let made = self.make_tables(dir).await;
        made.map_err(|cause| SideFileError::Database { doing: "made", path, cause: Box::new(cause) })
    }

    async fn make_tables(&self, dir: &Path) -> Result<(), sqlx::Error> {
        let mut connection = self.options(dir).connect().await?;
        sqlx::raw_sql(self.schema).execute(&mut connection).await?;
        // A pragma takes no parameters; the version is a number of this program.
        let version = AssertSqlSafe(format!("PRAGMA user_version = {}", self.version));
        sqlx::raw_sql(version).execute(&mut connection).await?;
        connection.close().await
    }
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error("{0}")]
    Database(#[from] sqlx::Error),
    #[error("its tables have version {found}, this program's {wanted}")]
    Version { found: u32, wanted: u32 },
    #[error("it has no tables")]
    Empty,
    #[error("{0}")]
    Damaged(String),
}

/// A side file in use: opened at the first use, again at the next where that failed, and begun anew where what is in it turns
/// out to be damaged.
#[derive(Debug, Clone)]
pub(crate) struct SideFile {
    form: Form,
    dir: PathBuf,
    connections: u32,
    open: Arc<Mutex<Option<SqlitePool>>>,
    beginnings: Arc<watch::Sender<u64>>,
}

impl SideFile {
    /// The file of this form in a storage directory, for so many connections.
    pub(crate) fn in_dir(form: Form, dir: &Path, connections: u32) -> Self {
        Self { form, dir: dir.to_owned(), connections, open: Arc::default(), beginnings: Arc::default() }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.join(self.form.name)
    }

    /// How often it was begun anew since it was first used.
    pub(crate) fn beginnings(&self) -> watch::Receiver<u64> {
        self.beginnings.subscribe()
    }

    /// Connections to it.
    ///
    /// # Errors
    /// It cannot be opened now.
    pub(crate) async fn pool(&self) -> Result<SqlitePool, SideFileError> {
        let mut open = self.open.lock().await;
        if let Some(pool) = &*open {
            return Ok(pool.clone());
        }
        self.form.prepare(&self.dir).await?;
        // A connection to a file on this machine does not go away between two uses; asking it first would double what a
        // small read costs.
        let pool = SqlitePoolOptions::new().max_connections(self.connections).test_before_acquire(false);
        let options = self.form.options(&self.dir).row_buffer_size(ROWS_READ_AHEAD);
        let pool = pool.connect_with(options).await.map_err(self.failed("opened"))?;
        *open = Some(pool.clone());
        Ok(pool)
    }

    /// Works on it. Damage that is met begins it anew, for whoever comes next.
    ///
    /// # Errors
    /// It cannot be used now.
    pub(crate) async fn work<T, W>(
        &self,
        doing: &'static str,
        work: impl FnOnce(SqlitePool) -> W,
    ) -> Result<T, SideFileError>
    where
        W: Future<Output = Result<T, sqlx::Error>>,
    {
        let pool = self.pool().await?;
        let done = work(pool.clone()).await;
        if let Err(error) = &done {
            self.met(&pool, error).await;
        }
        done.map_err(self.failed(doing))
    }

    /// Somebody who works with `pool` met an error, and holds no connection any more.
    pub(crate) async fn met(&self, pool: &SqlitePool, error: &sqlx::Error) {
        if is_damage(error) {
            self.begin_anew(pool, &error.to_string()).await;
        }
    }

    /// What is in the file that `pool` leads to makes no sense.
    pub(crate) async fn begin_anew(&self, pool: &SqlitePool, cause: &str) {
        let mut open = self.open.lock().await;
        // Of several who meet the same damage the first one does it.
        if pool.is_closed() {
            return;
        }
        *open = None;
        // Whoever does not leave in time goes on with the file that was set aside, and harms no other.
        let _ = timeout(LEAVING_TIME, pool.close()).await;
        let path = self.path();
        match set_aside(&path) {
            Ok(kept) => tracing::error!(file = %path.display(), kept = %kept.display(), %cause,
                "a file beside the journal is damaged; it is kept under another name and begun anew"),
            Err(error) => tracing::error!(%error, "a damaged file beside the journal stays where it is"),
        }
        self.beginnings.send_modify(|count| *count += 1);
    }

    fn failed(&self, doing: &'static str) -> impl FnOnce(sqlx::Error) -> SideFileError + use<> {
        let path = self.path();
        move |cause| SideFileError::Database { doing, path, cause: Box::new(cause) }
    }
}

/// What was written before is on the disk when this is done: power loss takes it back no more (sqlite.org/wal.html,
/// "Checkpointing": a checkpoint syncs).
///
/// # Errors
/// The disk refuses, or somebody reads at length.
pub(crate) async fn make_durable(pool: &SqlitePool) -> Result<(), sqlx::Error> {
    let row = sqlx::query("PRAGMA wal_checkpoint(FULL)").fetch_one(pool).await?;
    let is_busy: bool = row.try_get(0)?;
    if is_busy { Err(io::Error::from(io::ErrorKind::ResourceBusy).into()) } else { Ok(()) }
}

/// Gives the file and its companions names that nobody has.
fn set_aside(path: &Path) -> Result<PathBuf, SideFileError> {
    let named = |suffix: &str| {
        let mut name = OsString::from(path);
        name.push(suffix);
        PathBuf::from(name)
    };
    let free = (1_u32..).map(|number| format!(".damaged-{number}")).find(|suffix| !named(suffix).exists());
    let suffix = free.unwrap_or_else(|| ".damaged".to_owned());
    for companion in COMPANIONS {
        let (from, to) = (named(companion), named(&format!("{suffix}{companion}")));
        match std::fs::rename(&from, to) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                return Err(SideFileError::File { doing: "set aside", path: from, cause });
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(named(&suffix))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt as _;

    use super::*;

    const FORM: Form = Form {
        name: "words.sqlite",
        schema: "CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT",
        version: 1,
        look: Look::Whole,
    };

    fn in_dir(dir: &Path, look: Look) -> SideFile {
        SideFile::in_dir(Form { look, ..FORM }, dir, 1)
    }

    async fn add(file: &SideFile, count: i64) -> Result<(), SideFileError> {
        let some = "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT ?)
            INSERT INTO word (text) SELECT hex(zeroblob(100)) FROM n";
        file.work("written", async |pool| sqlx::query(some).bind(count).execute(&pool).await.map(drop)).await
    }

    async fn count(file: &SideFile) -> Result<i64, SideFileError> {
        let all = "SELECT sum(length(text) > 0) FROM word";
        let read = file.work("read", async |pool| {
            let row = sqlx::query(all).fetch_one(&pool).await?;
            Ok(row.try_get::<Option<i64>, _>(0)?.unwrap_or_default())
        });
        read.await
    }

    async fn close(file: &SideFile) {
        file.pool().await.unwrap().close().await;
    }

    /// Everything behind the first page, where the schema is, is overwritten.
    fn damage(dir: &Path) {
        let file = OpenOptions::new().write(true).open(dir.join(FORM.name)).unwrap();
        let size = file.metadata().unwrap().len();
        file.write_all_at(&vec![0xa5; usize::try_from(size - 4096).unwrap()], 4096).unwrap();
    }

    fn kept(dir: &Path) -> bool {
        dir.join("words.sqlite.damaged-1").exists()
    }

    #[tokio::test]
    async fn damage_within_is_found_at_opening_or_when_it_is_met() {
        for look in [Look::Whole, Look::Surface] {
            let dir = tempfile::tempdir().unwrap();
            let file = in_dir(dir.path(), look);
            add(&file, 500).await.unwrap();
            close(&file).await;
            damage(dir.path());
            let file = in_dir(dir.path(), look);
            let mut beginnings = file.beginnings();
            if look == Look::Surface {
                assert!(count(&file).await.is_err());
                assert_eq!(*beginnings.borrow_and_update(), 1);
            }
            assert_eq!(count(&file).await.unwrap(), 0, "{look:?}: begun anew");
            assert!(kept(dir.path()), "{look:?}");
            add(&file, 3).await.unwrap();
            assert_eq!(count(&file).await.unwrap(), 3, "{look:?}");
        }
    }

    #[tokio::test]
    async fn two_who_meet_the_same_damage_begin_anew_once() {
        let dir = tempfile::tempdir().unwrap();
        let file = in_dir(dir.path(), Look::Surface);
        add(&file, 1).await.unwrap();
        let old = file.pool().await.unwrap();
        file.begin_anew(&old, "nonsense").await;
        add(&file, 2).await.unwrap();
        file.begin_anew(&old, "nonsense").await;
        assert_eq!((count(&file).await.unwrap(), *file.beginnings().borrow()), (2, 1));
    }

    #[tokio::test]
    async fn a_file_that_somebody_holds_is_left_alone_and_tried_again() {
        let dir = tempfile::tempdir().unwrap();
        let file = in_dir(dir.path(), Look::Whole);
        add(&file, 2).await.unwrap();
        close(&file).await;
        let options = FORM.options(dir.path()).locking_mode(sqlx::sqlite::SqliteLockingMode::Exclusive);
        let mut holder = options.connect().await.unwrap();
        sqlx::query("INSERT INTO word (text) VALUES ('held')").execute(&mut holder).await.unwrap();
        let file = in_dir(dir.path(), Look::Whole);
        let refused = file.pool().await.unwrap_err().to_string();
        assert!(refused.contains("words.sqlite cannot be opened"), "{refused}");
        assert!(!kept(dir.path()));
        holder.close().await.unwrap();
        assert_eq!(count(&file).await.unwrap(), 3);
    }

    #[tokio::test]
    async fn what_is_made_durable_is_in_the_file_itself() {
        let dir = tempfile::tempdir().unwrap();
        let file = in_dir(dir.path(), Look::Whole);
        add(&file, 2).await.unwrap();
        make_durable(&file.pool().await.unwrap()).await.unwrap();
        // As after power loss that takes the log beside the file.
        let other = tempfile::tempdir().unwrap();
        std::fs::copy(dir.path().join(FORM.name), other.path().join(FORM.name)).unwrap();
        assert_eq!(count(&in_dir(other.path(), Look::Whole)).await.unwrap(), 2);
    }
}
