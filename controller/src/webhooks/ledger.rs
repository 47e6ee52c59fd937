//! What must outlive the daemon about webhooks, in `webhooks.sqlite` beside the journal: how far each target was given
//! entries, which of them it has not taken yet, which were given up. Places in the journal only, no bodies. A position and the
//! messages that come with it are written in one transaction, so that a power cut neither loses a message nor makes one
//! up. It decides nothing; that is `queue.rs`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rackward_core::Wall;
use rackward_core::id::Seq;
use sqlx::sqlite::{SqlitePoolOptions, SqliteRow};
use sqlx::{Row as _, SqlitePool};

use super::queue::{Failed, Settled, Standing, Waiting};
use crate::cursor::Position;
use crate::cursor::side_file::{Form, SideFileError};

/// The file's form.
const FORM: Form = Form {
    name: "webhooks.sqlite",
    schema: "CREATE TABLE target (name TEXT PRIMARY KEY, seq INTEGER, at INTEGER, disabled_at INTEGER) STRICT, WITHOUT ROWID;
        CREATE TABLE waiting (target TEXT NOT NULL, seq INTEGER NOT NULL, attempts INTEGER NOT NULL, due_at INTEGER NOT NULL,
            cause TEXT, is_outage INTEGER NOT NULL, PRIMARY KEY (target, seq)) STRICT, WITHOUT ROWID;
        CREATE TABLE failure (target TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, attempts INTEGER NOT NULL,
            cause TEXT NOT NULL, PRIMARY KEY (target, seq)) STRICT, WITHOUT ROWID;",
    version: 1,
};

/// One connection: targets write seldom, and one after another.
const CONNECTIONS: u32 = 1;

/// How many messages that were given up are listed for one target. Older ones are forgotten: nobody replays more by hand.
const FAILURES_LIMIT_MESSAGES: u32 = 10_000;

/// Why the file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// There is none, and none can be made.
    #[error(transparent)]
    File(#[from] SideFileError),
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

/// The file.
#[derive(Debug, Clone)]
pub(super) struct Ledger {
    pool: SqlitePool,
    path: PathBuf,
}

/// What is known of a target at start.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) standing: Standing,
    pub(super) waiting: BTreeMap<Seq, Waiting>,
}

/// A message that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GivenUp {
    pub(super) seq: Seq,
    pub(super) at: Wall,
    pub(super) attempts: u32,
    pub(super) cause: String,
}

impl Ledger {
    /// Opens the file in a storage directory, and forgets targets that are not among `names`.
    pub(super) async fn open(dir: &Path, names: &[&str]) -> Result<Self, LedgerError> {
        FORM.prepare(dir).await?;
        let path = dir.join(FORM.name);
        let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS).connect_with(FORM.options(dir)).await;
        let pool = pool.map_err(failed("opened", &path))?;
        let ledger = Self { pool, path };
        ledger.forget_all_but(names).await.map_err(failed("cleaned up", &ledger.path))?;
        Ok(ledger)
    }

    async fn forget_all_but(&self, names: &[&str]) -> Result<(), sqlx::Error> {
        let known = sqlx::query("SELECT name FROM target").fetch_all(&self.pool).await?;
        for row in known {
            let name: String = row.try_get("name")?;
            if !names.contains(&name.as_str()) {
                self.forget(&name).await?;
                sqlx::query("DELETE FROM target WHERE name = ?").bind(name).execute(&self.pool).await?;
            }
        }
        Ok(())
    }

    async fn forget(&self, target: &str) -> Result<(), sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query("DELETE FROM waiting WHERE target = ?").bind(target).execute(&mut *transaction).await?;
        sqlx::query("DELETE FROM failure WHERE target = ?").bind(target).execute(&mut *transaction).await?;
        transaction.commit().await
    }

    /// What a target has not taken yet.
    pub(super) async fn kept(&self, target: &str) -> Result<Kept, LedgerError> {
        self.read_kept(target).await.map_err(failed("read", &self.path))
    }

    async fn read_kept(&self, target: &str) -> Result<Kept, sqlx::Error> {
        let known = sqlx::query("SELECT disabled_at FROM target WHERE name = ?").bind(target);
        let disabled: Option<i64> = match known.fetch_optional(&self.pool).await? {
            Some(row) => row.try_get("disabled_at")?,
            None => None,
        };
        let rows =
            sqlx::query("SELECT seq, attempts, due_at, cause, is_outage FROM waiting WHERE target = ?").bind(target);
        let rows = rows.fetch_all(&self.pool).await?;
        let waiting = rows.iter().map(waiting_of).collect::<Result<_, _>>()?;
        let standing = disabled.map_or(Standing::Open, |at| Standing::Disabled { since: Wall::from_micros(at) });
        Ok(Kept { standing, waiting })
    }

    /// How far a target was given entries; `None` when it never was.
    pub(super) async fn position(&self, target: &str) -> Result<Option<Position>, LedgerError> {
        let query = sqlx::query("SELECT seq, at FROM target WHERE name = ?").bind(target);
        let row = query.fetch_optional(&self.pool).await.map_err(failed("read", &self.path))?;
        let Some(row) = row else { return Ok(None) };
        let read = || -> Result<_, sqlx::Error> { Ok((row.try_get("seq")?, row.try_get("at")?)) };
        let (seq, at): (Option<i64>, Option<i64>) = read().map_err(failed("read", &self.path))?;
        let position = |seq: i64, at: i64| Position { seq: Seq::new(seq.unsigned_abs()), at: Wall::from_micros(at) };
        Ok(seq.zip(at).map(|(seq, at)| position(seq, at)))
    }

    /// Entries up to `position` were looked at, and these are to be sent.
    pub(super) async fn take(&self, target: &str, position: Position, new: &[(Seq, Wall)]) -> Result<(), LedgerError> {
        self.write_taken(target, position, new).await.map_err(failed("written", &self.path))
    }

    async fn write_taken(&self, target: &str, position: Position, new: &[(Seq, Wall)]) -> Result<(), sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        for (seq, due) in new {
            sqlx::query("INSERT OR IGNORE INTO waiting VALUES (?, ?, 0, ?, NULL, 0)")
                .bind(target)
                .bind(number(*seq))
                .bind(due.as_micros())
                .execute(&mut *transaction)
                .await?;
        }
        sqlx::query(
            "INSERT INTO target (name, seq, at) VALUES (?, ?, ?)
             ON CONFLICT DO UPDATE SET seq = excluded.seq, at = excluded.at",
        )
        .bind(target)
        .bind(number(position.seq))
        .bind(position.at.as_micros())
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await
    }

    /// Forgets everything about a target's messages: they were of another journal.
    pub(super) async fn start_over(&self, target: &str) -> Result<(), LedgerError> {
        self.forget(target).await.map_err(failed("written", &self.path))
    }

    /// What became of a message.
    pub(super) async fn settle(&self, target: &str, seq: Seq, settled: &Settled, now: Wall) -> Result<(), LedgerError> {
        self.write_settled(target, seq, settled, now).await.map_err(failed("written", &self.path))
    }

    async fn write_settled(&self, target: &str, seq: Seq, settled: &Settled, now: Wall) -> Result<(), sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        let gone = || sqlx::query("DELETE FROM waiting WHERE target = ? AND seq = ?").bind(target).bind(number(seq));
        match settled {
            Settled::Delivered { brought_forward: _ } => {
                gone().execute(&mut *transaction).await?;
            }
            Settled::Again(waiting) => {
                let (cause, is_outage) = match &waiting.failure {
                    Some(failure) => (Some(failure.cause.as_str()), failure.is_outage),
                    None => (None, false),
                };
                sqlx::query("INSERT OR REPLACE INTO waiting VALUES (?, ?, ?, ?, ?, ?)")
                    .bind(target)
                    .bind(number(seq))
                    .bind(waiting.attempts)
                    .bind(waiting.due.as_micros())
                    .bind(cause)
                    .bind(is_outage)
                    .execute(&mut *transaction)
                    .await?;
            }
            Settled::GivenUp { attempts, cause } => {
                gone().execute(&mut *transaction).await?;
                sqlx::query("INSERT OR REPLACE INTO failure VALUES (?, ?, ?, ?, ?)")
                    .bind(target)
                    .bind(number(seq))
                    .bind(now.as_micros())
                    .bind(*attempts)
                    .bind(cause)
                    .execute(&mut *transaction)
                    .await?;
                sqlx::query(
                    "DELETE FROM failure WHERE target = ?1 AND seq <
                     (SELECT seq FROM failure WHERE target = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)",
                )
                .bind(target)
                .bind(FAILURES_LIMIT_MESSAGES - 1)
                .execute(&mut *transaction)
                .await?;
            }
            Settled::Disabled => {
                sqlx::query("UPDATE target SET disabled_at = ? WHERE name = ?")
                    .bind(now.as_micros())
                    .bind(target)
                    .execute(&mut *transaction)
                    .await?;
            }
        }
        transaction.commit().await
    }

    /// A target is sent messages again.
    pub(super) async fn enable(&self, target: &str) -> Result<(), LedgerError> {
        let query = sqlx::query("UPDATE target SET disabled_at = NULL WHERE name = ?").bind(target);
        query.execute(&self.pool).await.map_err(failed("written", &self.path)).map(drop)
    }

    /// How many messages to a target were given up.
    pub(super) async fn failures_count(&self, target: &str) -> Result<u64, LedgerError> {
        let query = sqlx::query("SELECT count(*) FROM failure WHERE target = ?").bind(target);
        let row = query.fetch_one(&self.pool).await.map_err(failed("read", &self.path))?;
        let count: i64 = row.try_get(0).map_err(failed("read", &self.path))?;
        Ok(count.unsigned_abs())
    }

    /// Messages that were given up with places after `after`, in order.
    pub(super) async fn failures(&self, target: &str, after: Seq, limit: u32) -> Result<Vec<GivenUp>, LedgerError> {
        let query = sqlx::query(
            "SELECT seq, at, attempts, cause FROM failure WHERE target = ? AND seq > ? ORDER BY seq LIMIT ?",
        );
        let rows = query.bind(target).bind(number(after)).bind(limit).fetch_all(&self.pool).await;
        let rows = rows.map_err(failed("read", &self.path))?;
        rows.iter().map(given_up_of).collect::<Result<_, _>>().map_err(failed("read", &self.path))
    }

    /// Messages that were given up wait again from `now` on: at most `limit` of them from the place `from` to `to`. Those it
    /// was.
    pub(super) async fn replay(
        &self,
        target: &str,
        from: Seq,
        to: Seq,
        limit: usize,
        now: Wall,
    ) -> Result<Vec<Seq>, LedgerError> {
        self.write_replayed(target, from, to, limit, now).await.map_err(failed("written", &self.path))
    }

    async fn write_replayed(
        &self,
        target: &str,
        from: Seq,
        to: Seq,
        limit: usize,
        now: Wall,
    ) -> Result<Vec<Seq>, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        let rows = sqlx::query("SELECT seq FROM failure WHERE target = ? AND seq BETWEEN ? AND ? ORDER BY seq LIMIT ?")
            .bind(target)
            .bind(number(from))
            .bind(number(to))
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&mut *transaction)
            .await?;
        let mut replayed = Vec::with_capacity(rows.len());
        for row in rows {
            let seq: i64 = row.try_get("seq")?;
            sqlx::query("INSERT OR IGNORE INTO waiting VALUES (?, ?, 0, ?, NULL, 0)")
                .bind(target)
                .bind(seq)
                .bind(now.as_micros())
                .execute(&mut *transaction)
                .await?;
            let gone = sqlx::query("DELETE FROM failure WHERE target = ? AND seq = ?").bind(target).bind(seq);
            gone.execute(&mut *transaction).await?;
            replayed.push(Seq::new(seq.unsigned_abs()));
        }
        transaction.commit().await?;
        Ok(replayed)
    }
}

fn waiting_of(row: &SqliteRow) -> Result<(Seq, Waiting), sqlx::Error> {
    let seq: i64 = row.try_get("seq")?;
    let due: i64 = row.try_get("due_at")?;
    let (cause, is_outage): (Option<String>, bool) = (row.try_get("cause")?, row.try_get("is_outage")?);
    let failure = cause.map(|cause| Failed { cause, is_outage });
    let waiting = Waiting { attempts: row.try_get("attempts")?, due: Wall::from_micros(due), failure };
    Ok((Seq::new(seq.unsigned_abs()), waiting))
}

fn given_up_of(row: &SqliteRow) -> Result<GivenUp, sqlx::Error> {
    let (seq, at): (i64, i64) = (row.try_get("seq")?, row.try_get("at")?);
    Ok(GivenUp {
        seq: Seq::new(seq.unsigned_abs()),
        at: Wall::from_micros(at),
        attempts: row.try_get("attempts")?,
        cause: row.try_get("cause")?,
    })
}

/// SQLite counts to 2^63; the journal never gets there.
fn number(seq: Seq) -> i64 {
    i64::try_from(seq.get()).unwrap_or(i64::MAX)
}

fn failed(doing: &'static str, path: &Path) -> impl Fn(sqlx::Error) -> LedgerError + use<> {
    let path = path.to_owned();
    move |cause| LedgerError::Database { doing, path: path.clone(), cause: Box::new(cause) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhooks::retries::Failure;

    fn at(seconds: i64) -> Wall {
        Wall::from_seconds(1_784_898_202 + seconds)
    }

    fn position(seq: u64) -> Position {
        Position { seq: Seq::new(seq), at: at(0) }
    }

    fn given_up() -> Settled {
        Settled::GivenUp { attempts: 10, cause: Failure::Answered(500).to_string() }
    }

    #[tokio::test]
    async fn what_waits_outlives_the_daemon() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(dir.path(), &["desk"]).await.unwrap();
        assert_eq!(ledger.position("desk").await.unwrap(), None);
        ledger.take("desk", position(9), &[(Seq::new(3), at(1)), (Seq::new(7), at(1))]).await.unwrap();
        let failure = Some(Failed::from(&Failure::TimedOut));
        let again = Waiting { attempts: 2, due: at(300), failure };
        ledger.settle("desk", Seq::new(3), &Settled::Again(again.clone()), at(1)).await.unwrap();
        ledger.settle("desk", Seq::new(7), &Settled::Disabled, at(2)).await.unwrap();
        drop(ledger);
        let ledger = Ledger::open(dir.path(), &["desk"]).await.unwrap();
        let kept = ledger.kept("desk").await.unwrap();
        assert_eq!(ledger.position("desk").await.unwrap(), Some(position(9)));
        assert_eq!(kept.standing, Standing::Disabled { since: at(2) });
        assert_eq!(kept.waiting.get(&Seq::new(3)), Some(&again));
        assert_eq!(kept.waiting.len(), 2);
        ledger.enable("desk").await.unwrap();
        assert_eq!(ledger.kept("desk").await.unwrap().standing, Standing::Open);
    }

    #[tokio::test]
    async fn what_was_given_up_is_listed_and_can_be_sent_again() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(dir.path(), &["desk", "other"]).await.unwrap();
        for seq in 1..=4 {
            ledger.take("desk", position(seq), &[(Seq::new(seq), at(0))]).await.unwrap();
            ledger.settle("desk", Seq::new(seq), &given_up(), at(5)).await.unwrap();
        }
        let listed = ledger.failures("desk", Seq::new(1), 2).await.unwrap();
        let told: Vec<_> = listed.iter().map(|one| (one.seq.get(), one.attempts, one.cause.as_str())).collect();
        assert_eq!(told, [(2, 10, "answered 500"), (3, 10, "answered 500")]);
        let replayed = ledger.replay("desk", Seq::new(2), Seq::new(9), 2, at(9)).await.unwrap();
        assert_eq!(replayed, [Seq::new(2), Seq::new(3)]);
        assert_eq!(ledger.failures_count("desk").await.unwrap(), 2);
        assert_eq!(ledger.failures_count("other").await.unwrap(), 0);
        let kept = ledger.kept("desk").await.unwrap();
        assert_eq!(kept.waiting.keys().map(|seq| seq.get()).collect::<Vec<_>>(), [2, 3]);
    }

    #[tokio::test]
    async fn a_target_that_left_the_site_file_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(dir.path(), &["desk"]).await.unwrap();
        ledger.take("desk", position(1), &[(Seq::new(1), at(0))]).await.unwrap();
        drop(ledger);
        drop(Ledger::open(dir.path(), &["other"]).await.unwrap());
        let ledger = Ledger::open(dir.path(), &["desk"]).await.unwrap();
        assert_eq!(ledger.position("desk").await.unwrap(), None);
        assert!(ledger.kept("desk").await.unwrap().waiting.is_empty());
    }
}
