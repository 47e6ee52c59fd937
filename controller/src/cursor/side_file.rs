//! Databases beside the journal whose content can be made anew: positions of cursors, the search index. One that is damaged,
//! or was made by another version, is set aside under another name and begun anew, so that it keeps nothing from starting.
//! What is in them, and how it is made anew, is their owners'.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _, SqliteConnection};

/// How long a statement waits for another process that holds the file, such as a backup.
const BUSY_TIMEOUT: Duration = Duration::from_secs(1);

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
    /// A new database could not be made.
    #[error("cannot make {path}: {cause}; check the disk and its free space")]
    Database {
        /// Which file.
        path: PathBuf,
        /// What the database said.
        #[source]
        cause: Box<sqlx::Error>,
    },
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
    /// A new one cannot be made either.
    pub(crate) async fn prepare(&self, dir: &Path) -> Result<Found, SideFileError> {
        let path = dir.join(self.name);
        if !path.exists() {
            self.make(dir).await?;
            return Ok(Found::New);
        }
        match self.check(dir).await {
            Ok(()) => Ok(Found::Whole),
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
        let tables: i64 = sqlx::query("SELECT count(*) FROM sqlite_schema").fetch_one(connection).await?.try_get(0)?;
        if tables == 0 { Err(Unusable::Empty) } else { Ok(()) }
    }

    async fn make(&self, dir: &Path) -> Result<(), SideFileError> {
        let path = dir.join(self.name);
        // SQLite would make the file readable for everybody.
        let made = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&path);
        made.map_err(|cause| SideFileError::File { doing: "make", path: path.clone(), cause })?;
        self.make_tables(dir).await.map_err(|cause| SideFileError::Database { path, cause: Box::new(cause) })
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
