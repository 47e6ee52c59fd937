//! Answers kept for repetitions of their requests (`idempotency.rs` of the API), in a small database of its own: what
//! happened is in the journal, and losing these costs no more than a look. A key is on disk before its request has any
//! effect, so that after a crash it is known that the outcome is not.
//!
//! What is the same request, and what is kept of an answer, the API decides. Here it is kept for a day, and no longer: an
//! answer may name a person. Of a request there is only a keyed hash, because a body may be a PIN.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rackward_core::Wall;
use rackward_dashboard::idempotency::{Begun, Fingerprint, KeptAnswer, RequestKey, Settled};
use ring::hmac;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous};
use sqlx::{Row as _, SqlitePool};
use zeroize::Zeroizing;

use crate::secrets::{PrivateFileError, create_private, read_private};

/// The database's file name inside the storage directory.
pub const ANSWERS_FILE: &str = "api.sqlite";

/// The name of the file with the key under which requests are hashed.
pub const ANSWERS_KEY_FILE: &str = "api.key";

/// For how long an answer is kept: a client that comes back after a night's outage still learns what became of its request.
const KEPT_FOR: Duration = Duration::from_secs(24 * 3_600);

/// How many answers are kept. More would be a program that runs wild; it is refused until the oldest are a day old.
const MAX_ANSWERS: i64 = 100_000;

/// How long a look may wait for the database before the API says that it is overloaded.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS answer (
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    request BLOB NOT NULL,
    began_at INTEGER NOT NULL,
    status INTEGER,
    fields TEXT,
    body BLOB,
    PRIMARY KEY (caller, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS answer_by_age ON answer (began_at);";

/// The kept answers of one daemon; cheap to clone.
#[derive(Clone)]
pub struct Answers {
    pool: SqlitePool,
    key: hmac::Key,
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
    /// The key's file holds something else.
    #[error("{path} holds no key of 32 bytes; move it away together with {ANSWERS_FILE}, a new one is made")]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The system has no random bytes.
    #[error("the system gave no random bytes for a new key: {0}")]
    NoEntropy(getrandom::Error),
    /// The database fails.
    #[error(
        "{ANSWERS_FILE} cannot be used: {0}; check the disk, or move the file away, which forgets what was answered"
    )]
    Database(#[from] sqlx::Error),
    /// Too many are kept.
    #[error(
        "{MAX_ANSWERS} answers are kept for repetitions and none is a day old; find out which program asks so much"
    )]
    Full,
}

impl Answers {
    /// Opens the answers in `dir`, or begins without any, and forgets those that are over at `now`.
    ///
    /// # Errors
    /// The files cannot be used.
    pub async fn open(dir: &Path, now: Wall) -> Result<Self, AnswersError> {
        let key = open_key(&dir.join(ANSWERS_KEY_FILE))?;
        let options = SqliteConnectOptions::new()
            .filename(dir.join(ANSWERS_FILE))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("secure_delete", "ON");
        // One connection: what looks whether a key is known is what makes it known.
        let pool =
            SqlitePoolOptions::new().max_connections(1).acquire_timeout(ACQUIRE_TIMEOUT).connect_with(options).await?;
        sqlx::raw_sql(SCHEMA).execute(&pool).await?;
        let answers = Self { pool, key };
        answers.forget_old(now).await?;
        Ok(answers)
    }

    /// Makes it known that a request has begun, or says what is known of its key.
    ///
    /// # Errors
    /// The database fails or is full; the request must not be carried out.
    pub async fn begin(&self, key: &RequestKey, request: Fingerprint, now: Wall) -> Result<Begun, AnswersError> {
        self.forget_old(now).await?;
        let request = hmac::sign(&self.key, &request.0);
        let inserted = sqlx::query(
            "INSERT INTO answer (caller, key, request, began_at)
             SELECT ?1, ?2, ?3, ?4 WHERE (SELECT count(*) FROM answer) < ?5
             ON CONFLICT DO NOTHING",
        )
        .bind(&key.caller)
        .bind(&key.key)
        .bind(request.as_ref())
        .bind(now.as_micros())
        .bind(MAX_ANSWERS)
        .execute(&self.pool)
        .await?;
        if inserted.rows_affected() == 1 {
            return Ok(Begun::New);
        }
        let row =
            sqlx::query("SELECT request, began_at, status, fields, body FROM answer WHERE caller = ? AND key = ?")
                .bind(&key.caller)
                .bind(&key.key)
                .fetch_optional(&self.pool)
                .await?;
        match row {
            Some(row) => Ok(known(&row, request.as_ref())?),
            None => Err(AnswersError::Full),
        }
    }

    /// Keeps what became of a request.
    ///
    /// # Errors
    /// The database fails; a repetition will be told that the outcome is not known.
    pub async fn keep(&self, key: &RequestKey, settled: Settled) -> Result<(), AnswersError> {
        match settled {
            Settled::NotDone => {
                let query = sqlx::query("DELETE FROM answer WHERE caller = ? AND key = ?");
                query.bind(&key.caller).bind(&key.key).execute(&self.pool).await?;
            }
            Settled::Answered(answer) => {
                let fields = serde_json::to_string(&answer.fields).unwrap_or_else(|_| "[]".to_owned());
                sqlx::query("UPDATE answer SET status = ?, fields = ?, body = ? WHERE caller = ? AND key = ?")
                    .bind(i64::from(answer.status))
                    .bind(fields)
                    .bind(answer.body)
                    .bind(&key.caller)
                    .bind(&key.key)
                    .execute(&self.pool)
                    .await?;
            }
        }
        Ok(())
    }

    async fn forget_old(&self, now: Wall) -> Result<(), AnswersError> {
        let kept_micros = i64::try_from(KEPT_FOR.as_micros()).unwrap_or(i64::MAX);
        let oldest = now.as_micros().saturating_sub(kept_micros);
        sqlx::query("DELETE FROM answer WHERE began_at < ?").bind(oldest).execute(&self.pool).await?;
        Ok(())
    }
}

/// What is known of a key that a request comes under.
fn known(row: &SqliteRow, request: &[u8]) -> Result<Begun, sqlx::Error> {
    if row.try_get::<Vec<u8>, _>("request")? != request {
        return Ok(Begun::OtherRequest);
    }
    let Some(status) = row.try_get::<Option<i64>, _>("status")? else {
        return Ok(Begun::Unanswered(Wall::from_micros(row.try_get("began_at")?)));
    };
    let fields: Option<String> = row.try_get("fields")?;
    Ok(Begun::Answered(KeptAnswer {
        status: u16::try_from(status).unwrap_or(500),
        fields: fields.and_then(|fields| serde_json::from_str(&fields).ok()).unwrap_or_default(),
        body: row.try_get("body")?,
    }))
}

fn open_key(path: &Path) -> Result<hmac::Key, AnswersError> {
    let bytes = match read_private(path) {
        Ok(bytes) if bytes.len() == 32 => bytes,
        Ok(_) => return Err(AnswersError::NoKey { path: path.to_owned() }),
        Err(error) if !error.is_missing() => return Err(error.into()),
        Err(_) => {
            let mut bytes = Zeroizing::new(vec![0; 32]);
            getrandom::fill(&mut bytes).map_err(AnswersError::NoEntropy)?;
            create_private(path, &bytes)?;
            bytes
        }
    };
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Wall = Wall::from_seconds(1_784_898_202);

    fn key(key: &str) -> RequestKey {
        RequestKey { caller: "uid 0".into(), key: key.into() }
    }

    fn answer() -> KeptAnswer {
        let fields = vec![("content-type".to_owned(), "application/json".to_owned())];
        KeptAnswer { status: 201, fields, body: Some(b"{}".to_vec()) }
    }

    #[tokio::test]
    async fn what_is_known_of_a_key() {
        let dir = tempfile::tempdir().unwrap();
        let answers = Answers::open(dir.path(), NOW).await.unwrap();
        let (one, other) = (Fingerprint([1; 32]), Fingerprint([2; 32]));
        assert_eq!(answers.begin(&key("a"), one, NOW).await.unwrap(), Begun::New);
        assert_eq!(answers.begin(&key("a"), one, NOW).await.unwrap(), Begun::Unanswered(NOW));
        assert_eq!(answers.begin(&key("a"), other, NOW).await.unwrap(), Begun::OtherRequest);
        assert_eq!(answers.begin(&key("b"), other, NOW).await.unwrap(), Begun::New);
        answers.keep(&key("a"), Settled::Answered(answer())).await.unwrap();
        assert_eq!(answers.begin(&key("a"), one, NOW).await.unwrap(), Begun::Answered(answer()));
        assert_eq!(answers.begin(&key("a"), other, NOW).await.unwrap(), Begun::OtherRequest);
        answers.keep(&key("b"), Settled::NotDone).await.unwrap();
        assert_eq!(answers.begin(&key("b"), one, NOW).await.unwrap(), Begun::New);
    }

    #[tokio::test]
    async fn answers_outlive_the_daemon_and_not_the_day() {
        let dir = tempfile::tempdir().unwrap();
        let request = Fingerprint([1; 32]);
        let answers = Answers::open(dir.path(), NOW).await.unwrap();
        answers.begin(&key("crashed"), request, NOW).await.unwrap();
        answers.begin(&key("done"), request, NOW).await.unwrap();
        let secret = KeptAnswer { body: None, ..answer() };
        answers.keep(&key("done"), Settled::Answered(secret.clone())).await.unwrap();
        drop(answers);
        let answers = Answers::open(dir.path(), NOW).await.unwrap();
        assert_eq!(answers.begin(&key("crashed"), request, NOW).await.unwrap(), Begun::Unanswered(NOW));
        assert_eq!(answers.begin(&key("done"), request, NOW).await.unwrap(), Begun::Answered(secret));
        let later = NOW.after(KEPT_FOR).after(Duration::from_secs(1));
        assert_eq!(answers.begin(&key("crashed"), request, later).await.unwrap(), Begun::New);
    }

    #[tokio::test]
    async fn a_request_cannot_be_guessed_from_the_files() {
        let (dir, another) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let request = Fingerprint([7; 32]);
        let mut kept = Vec::new();
        for dir in [&dir, &another] {
            let answers = Answers::open(dir.path(), NOW).await.unwrap();
            answers.begin(&key("a"), request, NOW).await.unwrap();
            let stored = sqlx::query_scalar::<_, Vec<u8>>("SELECT request FROM answer");
            kept.push(stored.fetch_one(&answers.pool).await.unwrap());
        }
        assert_ne!(kept[0], kept[1], "each daemon hashes under a key of its own");
        assert_ne!(kept[0], request.0);
    }
}
