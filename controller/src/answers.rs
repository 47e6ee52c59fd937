//! Answers kept for repetitions of their requests (`idempotency.rs` of the API), in a small database of its own: what
//! happened is in the journal, and losing these costs no more than a look. A key is on disk before its request has any
//! effect, so that after a crash it is known that the outcome is not.
//!
//! What is the same request, and what is kept of an answer, the API decides. Here it is kept for a day, and no longer: an
//! answer may name a person. Of a request there is only a keyed hash, because a body may be a PIN. How much one caller and
//! all of them may have kept is `answers/room.rs`.
//!
//! The files are opened when they are first wanted, and again at the next want where that failed: a full disk or a damaged
//! file keeps no door waiting. Meanwhile requests with a key are refused, because nothing would be known of them.

mod key;
mod room;

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rackward_core::Wall;
use rackward_dashboard::idempotency::{Begun, Fingerprint, KeptAnswer, RequestKey, Settled};
use ring::hmac;
use sqlx::sqlite::{SqlitePoolOptions, SqliteRow, SqliteSynchronous};
use sqlx::{Row as _, SqliteConnection, SqlitePool};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::cursor::SideFileError;
use crate::cursor::side_file::{Form, Found, Look};
use crate::secrets::PrivateFileError;
use crate::store::is_damage;

pub use key::ANSWERS_KEY_FILE;
use room::Room;

/// The database's file name inside the storage directory.
pub const ANSWERS_FILE: &str = "api.sqlite";

/// For how long an answer is kept: a client that comes back after a night's outage still learns what became of its request.
const KEPT_FOR: Duration = Duration::from_secs(24 * 3_600);

/// How often what is over is forgotten while nobody asks for anything.
const FORGET_EVERY: Duration = Duration::from_secs(3_600);

/// How long a look may wait for the database before the API says that it is overloaded.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// The database's form. `holding` is what each caller has kept, counted by the triggers, so that no way of writing miscounts.
const FORM: Form = Form {
    name: ANSWERS_FILE,
    schema: "CREATE TABLE answer (
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    request BLOB,
    began_at INTEGER NOT NULL,
    status INTEGER,
    fields TEXT,
    body BLOB,
    UNIQUE (caller, key)
) STRICT;
CREATE INDEX answer_by_age ON answer (began_at);
CREATE INDEX answer_of_caller_by_age ON answer (caller, began_at);
CREATE TABLE holding (
    caller TEXT PRIMARY KEY,
    answers INTEGER NOT NULL,
    bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER answer_begun AFTER INSERT ON answer BEGIN
    INSERT OR IGNORE INTO holding VALUES (NEW.caller, 0, 0);
    UPDATE holding SET answers = answers + 1 WHERE caller = NEW.caller;
END;
CREATE TRIGGER answer_kept AFTER UPDATE OF body ON answer BEGIN
    UPDATE holding SET bytes = bytes + ifnull(length(NEW.body), 0) - ifnull(length(OLD.body), 0)
    WHERE caller = NEW.caller;
END;
CREATE TRIGGER answer_gone AFTER DELETE ON answer BEGIN
    UPDATE holding SET answers = answers - 1, bytes = bytes - ifnull(length(OLD.body), 0) WHERE caller = OLD.caller;
    DELETE FROM holding WHERE caller = OLD.caller AND answers <= 0;
END;",
    version: 1,
    // What is damaged further in shows when it is met; a look at every page would hold up the first request.
    look: Look::Surface,
};

/// The kept answers of one daemon; cheap to clone.
#[derive(Clone)]
pub struct Answers {
    dir: PathBuf,
    /// None until the files were opened; again after they were found damaged.
    open: Arc<Mutex<Option<Open>>>,
    room: Room,
}

#[derive(Clone)]
struct Open {
    pool: SqlitePool,
    key: hmac::Key,
    /// Tells this opening from the next one.
    identity: Arc<()>,
}

impl core::fmt::Debug for Answers {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Answers(..)")
    }
}

/// Why kept answers cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AnswersError {
    /// The key's file cannot be used.
    #[error(transparent)]
    Key(#[from] PrivateFileError),
    /// The system has no random bytes.
    #[error("the system gave no random bytes for a new key: {0}")]
    NoEntropy(getrandom::Error),
    /// There is no file to keep answers in.
    #[error(transparent)]
    File(#[from] SideFileError),
    /// The database fails.
    #[error("{ANSWERS_FILE} cannot be used: {0}; check the disk and its free space")]
    Database(#[from] sqlx::Error),
    /// Too many requests of the caller are kept whose outcome is not known.
    #[error(
        "no further request is kept: too many of this caller, or of all callers, began within a day and were never answered; \
         find out which program asks so much"
    )]
    Full,
}

impl Answers {
    /// The answers in a storage directory; nothing is opened yet.
    pub fn in_dir(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), open: Arc::default(), room: Room::USUAL }
    }

    /// Forgets what is over every hour, from now until `closing`.
    pub async fn attend(self, closing: CancellationToken) {
        loop {
            if let Err(error) = self.forget_old(clock::now().wall, SystemTime::now()).await {
                tracing::error!(%error, "requests with a key cannot be answered");
            }
            tokio::select! {
                () = closing.cancelled() => return,
                () = tokio::time::sleep(FORGET_EVERY) => {}
            }
        }
    }

    /// Makes it known that a request has begun, or says what is known of its key.
    ///
    /// # Errors
    /// The database fails or has no room; the request must not be carried out.
    pub async fn begin(&self, key: &RequestKey, request: Fingerprint, now: Wall) -> Result<Begun, AnswersError> {
        let open = self.open().await?;
        let begun = self.begin_in(&open, key, request, now).await;
        self.watched(begun, open).await
    }

    async fn begin_in(
        &self,
        open: &Open,
        key: &RequestKey,
        request: Fingerprint,
        now: Wall,
    ) -> Result<Begun, AnswersError> {
        let request = hmac::sign(&open.key, &request.0);
        let mut turn = open.pool.begin().await?;
        forget(&mut turn, now).await?;
        let known =
            sqlx::query("SELECT request, began_at, status, fields, body FROM answer WHERE caller = ? AND key = ?");
        if let Some(row) = known.bind(&key.caller).bind(&key.key).fetch_optional(&mut *turn).await? {
            return Ok(known_as(&row, request.as_ref())?);
        }
        if !self.room.for_another(&mut turn, &key.caller).await? {
            return Err(AnswersError::Full);
        }
        sqlx::query("INSERT INTO answer (caller, key, request, began_at) VALUES (?, ?, ?, ?)")
            .bind(&key.caller)
            .bind(&key.key)
            .bind(request.as_ref())
            .bind(now.as_micros())
            .execute(&mut *turn)
            .await?;
        turn.commit().await?;
        Ok(Begun::New)
    }

    /// Keeps what became of a request.
    ///
    /// # Errors
    /// The database fails; a repetition will be told that the outcome is not known.
    pub async fn keep(&self, key: &RequestKey, settled: Settled) -> Result<(), AnswersError> {
        let open = self.open().await?;
        let kept = self.keep_in(&open, key, settled).await;
        self.watched(kept, open).await
    }

    async fn keep_in(&self, open: &Open, key: &RequestKey, settled: Settled) -> Result<(), AnswersError> {
        let mut turn = open.pool.begin().await?;
        match settled {
            Settled::NotDone => {
                let query = sqlx::query("DELETE FROM answer WHERE caller = ? AND key = ?");
                query.bind(&key.caller).bind(&key.key).execute(&mut *turn).await?;
            }
            Settled::Answered(answer) => {
                let fields = serde_json::to_string(&answer.fields).unwrap_or_else(|_| "[]".to_owned());
                sqlx::query("UPDATE answer SET status = ?, fields = ?, body = ? WHERE caller = ? AND key = ?")
                    .bind(i64::from(answer.status))
                    .bind(fields)
                    .bind(answer.body)
                    .bind(&key.caller)
                    .bind(&key.key)
                    .execute(&mut *turn)
                    .await?;
                self.room.shorten(&mut turn, &key.caller).await?;
            }
        }
        turn.commit().await?;
        Ok(())
    }

    /// Forgets what is over, files that were set aside included.
    async fn forget_old(&self, now: Wall, clock: SystemTime) -> Result<(), AnswersError> {
        let dir = self.dir.clone();
        // What a sweep that panicked has left, the next one finds.
        let _ = tokio::task::spawn_blocking(move || remove_set_aside(&dir, clock)).await;
        let open = self.open().await?;
        let forgotten = async {
            let mut turn = open.pool.begin().await?;
            forget(&mut turn, now).await?;
            turn.commit().await
        };
        let forgotten = forgotten.await.map_err(AnswersError::from);
        self.watched(forgotten, open).await
    }

    async fn open(&self) -> Result<Open, AnswersError> {
        let mut slot = self.open.lock().await;
        if let Some(open) = &*slot {
            return Ok(open.clone());
        }
        let open = open(&self.dir).await?;
        *slot = Some(open.clone());
        Ok(open)
    }

    /// What was done with the open database; one that turned out to be damaged gives way to a new one at the next want.
    async fn watched<T>(&self, done: Result<T, AnswersError>, open: Open) -> Result<T, AnswersError> {
        let Err(AnswersError::Database(error)) = &done else { return done };
        let mut slot = self.open.lock().await;
        // Whoever met the damage later may hold what was begun anew already.
        let is_current = slot.as_ref().is_some_and(|current| Arc::ptr_eq(&current.identity, &open.identity));
        if is_damage(error) && is_current {
            slot.take();
            open.pool.close().await;
            tracing::error!(file = ANSWERS_FILE, %error, "what was kept of answers is damaged; it is forgotten");
            remove(&self.dir);
        }
        done
    }
}

async fn open(dir: &Path) -> Result<Open, AnswersError> {
    if let Found::SetAside { kept } = FORM.prepare(dir).await? {
        // It may have been made when everybody could read it.
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&kept, private).unwrap_or_else(|error| {
            tracing::warn!(file = %kept.display(), %error, "a file with answers may be open to others");
        });
    }
    let options = FORM.options(dir).synchronous(SqliteSynchronous::Full).pragma("secure_delete", "ON");
    // One connection: what looks whether a key is known is what makes it known.
    let pool =
        SqlitePoolOptions::new().max_connections(1).acquire_timeout(ACQUIRE_TIMEOUT).connect_with(options).await?;
    let read = key::read(dir)?;
    let key = match read {
        Some(key) => key,
        None => {
            let drawn = key::draw()?;
            // Before the key is kept: a power cut in between costs another key, and no request is taken for another one.
            sqlx::query("UPDATE answer SET request = NULL").execute(&pool).await?;
            key::keep(dir, &drawn)?;
            drawn
        }
    };
    Ok(Open { pool, key: hmac::Key::new(hmac::HMAC_SHA256, &key), identity: Arc::default() })
}

async fn forget(turn: &mut SqliteConnection, now: Wall) -> Result<(), sqlx::Error> {
    let kept_micros = i64::try_from(KEPT_FOR.as_micros()).unwrap_or(i64::MAX);
    let oldest = now.as_micros().saturating_sub(kept_micros);
    sqlx::query("DELETE FROM answer WHERE began_at < ?").bind(oldest).execute(turn).await?;
    Ok(())
}

/// What is known of a key that a request comes under. Where the key is gone under which its request was hashed, nobody can
/// say whether it is the same one.
fn known_as(row: &SqliteRow, request: &[u8]) -> Result<Begun, sqlx::Error> {
    let began_at = Wall::from_micros(row.try_get("began_at")?);
    match row.try_get::<Option<Vec<u8>>, _>("request")? {
        None => return Ok(Begun::Unanswered(began_at)),
        Some(known) if known != request => return Ok(Begun::OtherRequest),
        Some(_) => {}
    }
    let Some(status) = row.try_get::<Option<i64>, _>("status")? else { return Ok(Begun::Unanswered(began_at)) };
    let fields: Option<String> = row.try_get("fields")?;
    Ok(Begun::Answered(KeptAnswer {
        status: u16::try_from(status).unwrap_or(500),
        fields: fields.and_then(|fields| serde_json::from_str(&fields).ok()).unwrap_or_default(),
        body: row.try_get("body")?,
    }))
}

/// Removes a damaged database: what is in it was to be kept for a day, and nobody could read it again.
fn remove(dir: &Path) {
    for part in ["", "-wal", "-shm"] {
        let path = dir.join(format!("{ANSWERS_FILE}{part}"));
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                tracing::error!(file = %path.display(), %error, "damaged answers could not be removed");
            }
            Ok(()) | Err(_) => {}
        }
    }
}

/// Removes what was set aside a day after it was last written: nobody reads it again, and what is in it was to be kept for a
/// day.
fn remove_set_aside(dir: &Path, now: SystemTime) {
    let set_aside = |name: &OsStr| {
        name.to_str().and_then(|name| name.strip_prefix(ANSWERS_FILE)).is_some_and(|rest| rest.starts_with(".damaged"))
    };
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten().filter(|entry| set_aside(&entry.file_name())) {
        let written = entry.metadata().and_then(|about| about.modified());
        let is_over = written.is_ok_and(|at| now.duration_since(at).is_ok_and(|age| age > KEPT_FOR));
        if is_over && let Err(error) = std::fs::remove_file(entry.path()) {
            tracing::warn!(file = %entry.path().display(), %error, "old answers could not be removed");
        }
    }
}

#[cfg(test)]
mod tests;
