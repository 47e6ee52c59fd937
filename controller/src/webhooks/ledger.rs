//! What must outlive the daemon about webhooks, in `webhooks.sqlite` beside the journal: how far each target was given
//! entries, which of them it has not taken yet, which were given up. Places in the journal only, no bodies. A position and the
//! messages that come with it are written in one transaction, so that a power cut neither loses a message nor makes one
//! up. It decides nothing; that is `queue.rs`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rackward_core::Wall;
use rackward_core::id::Seq;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, Sqlite, SqlitePool, Transaction};
use tokio::sync::OnceCell;

use super::queue::{Failed, Settled, Standing, Waiting};
use crate::cursor::Position;
use crate::cursor::side_file::{Form, Look, SideFile, SideFileError, make_durable};

/// The file's form.
const FORM: Form = Form {
    name: "webhooks.sqlite",
    schema: "CREATE TABLE target (name TEXT PRIMARY KEY, seq INTEGER, at INTEGER, disabled_at INTEGER) STRICT, WITHOUT ROWID;
        CREATE TABLE waiting (target TEXT NOT NULL, seq INTEGER NOT NULL, attempts INTEGER NOT NULL, due_at INTEGER NOT NULL,
            cause TEXT, is_outage INTEGER NOT NULL, PRIMARY KEY (target, seq)) STRICT, WITHOUT ROWID;
        CREATE TABLE failure (target TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, attempts INTEGER NOT NULL,
            cause TEXT NOT NULL, PRIMARY KEY (target, seq)) STRICT, WITHOUT ROWID;",
    version: 1,
    look: Look::Whole,
};

/// One connection: targets write seldom, and one after another.
const CONNECTIONS: u32 = 1;

/// How many messages that were given up are listed for one target. Older ones are forgotten: nobody replays more by hand.
const FAILURES_LIMIT_MESSAGES: u32 = 10_000;

/// The file, for the targets that there are. It is opened at the first use, and again at the next where that failed.
#[derive(Debug, Clone)]
pub(super) struct Ledger {
    file: SideFile,
    targets: Arc<[String]>,
    tidied: Arc<OnceCell<()>>,
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

/// What came of a wish to send messages again that were given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Replayed {
    /// Those that are.
    pub(super) seqs: Vec<Seq>,
    /// How many are not.
    pub(super) left: u64,
}

impl Ledger {
    /// The file in a storage directory, for these targets alone.
    pub(super) fn in_dir(dir: &Path, targets: Arc<[String]>) -> Self {
        Self { file: SideFile::in_dir(FORM, dir, CONNECTIONS), targets, tidied: Arc::default() }
    }

    /// What a target has not taken yet. Before anything is said of one, those that there are no more are forgotten: one that
    /// comes back is new.
    pub(super) async fn kept(&self, target: &str) -> Result<Kept, SideFileError> {
        self.tidy().await?;
        self.file.work("read", |pool| async move { read_kept(&pool, target).await }).await
    }

    /// Forgets, once, the targets that there are no more.
    pub(super) async fn tidy(&self) -> Result<(), SideFileError> {
        // Where none is left nobody else would make the file.
        if self.targets.is_empty() && !self.file.path().exists() {
            return Ok(());
        }
        self.tidied.get_or_try_init(|| self.forget_others()).await.map(drop)
    }

    async fn forget_others(&self) -> Result<(), SideFileError> {
        let targets = &self.targets;
        let written = self.file.work("written", |pool| async move {
            let known = sqlx::query("SELECT name FROM target").fetch_all(&pool).await?;
            for row in known {
                let name: String = row.try_get("name")?;
                if !targets.contains(&name) {
                    let mut transaction = pool.begin().await?;
                    forget_messages(&mut transaction, &name).await?;
                    let gone = sqlx::query("DELETE FROM target WHERE name = ?").bind(name);
                    gone.execute(&mut *transaction).await?;
                    transaction.commit().await?;
                }
            }
            Ok(())
        });
        written.await
    }

    /// How far a target was given entries; `None` when it never was.
    pub(super) async fn position(&self, target: &str) -> Result<Option<Position>, SideFileError> {
        let read = self.file.work("read", |pool| async move {
            let row = sqlx::query("SELECT seq, at FROM target WHERE name = ?").bind(target);
            let Some(row) = row.fetch_optional(&pool).await? else { return Ok(None) };
            let (seq, at): (Option<i64>, Option<i64>) = (row.try_get("seq")?, row.try_get("at")?);
            let position =
                |(seq, at): (i64, i64)| Position { seq: Seq::new(seq.unsigned_abs()), at: Wall::from_micros(at) };
            Ok(seq.zip(at).map(position))
        });
        read.await
    }

    /// A target begins at `position`, with what is known of it in memory. Power loss does not take that back.
    pub(super) async fn begin_at(&self, target: &str, position: Position, now: &Kept) -> Result<(), SideFileError> {
        let written = self.file.work("written", |pool| async move {
            let mut transaction = pool.begin().await?;
            write_position(&mut transaction, target, position).await?;
            if let Standing::Disabled { since } = now.standing {
                write_disabled(&mut transaction, target, since).await?;
            }
            for (seq, waiting) in &now.waiting {
                write_waiting(&mut transaction, target, *seq, waiting).await?;
            }
            transaction.commit().await?;
            make_durable(&pool).await
        });
        written.await
    }

    /// Entries up to `position` were looked at, and these are to be sent.
    pub(super) async fn take(&self, target: &str, at: Position, new: &[(Seq, Wall)]) -> Result<(), SideFileError> {
        let written = self.file.work("written", |pool| async move {
            let mut transaction = pool.begin().await?;
            for (seq, due) in new {
                write_new(&mut transaction, target, *seq, *due).await?;
            }
            write_position(&mut transaction, target, at).await?;
            transaction.commit().await
        });
        written.await
    }

    /// Forgets everything about a target's messages: they were of another journal.
    pub(super) async fn start_over(&self, target: &str) -> Result<(), SideFileError> {
        let written = self.file.work("written", |pool| async move {
            let mut transaction = pool.begin().await?;
            forget_messages(&mut transaction, target).await?;
            transaction.commit().await
        });
        written.await
    }

    /// What became of a message.
    pub(super) async fn settle(
        &self,
        target: &str,
        seq: Seq,
        settled: &Settled,
        now: Wall,
    ) -> Result<(), SideFileError> {
        let written = self.file.work("written", |pool| async move {
            let mut transaction = pool.begin().await?;
            write_settled(&mut transaction, target, seq, settled, now).await?;
            transaction.commit().await
        });
        written.await
    }

    /// A target is sent messages again.
    pub(super) async fn enable(&self, target: &str) -> Result<(), SideFileError> {
        let written = self.file.work("written", |pool| async move {
            let query = sqlx::query("UPDATE target SET disabled_at = NULL WHERE name = ?").bind(target);
            query.execute(&pool).await.map(drop)
        });
        written.await
    }

    /// How many messages to a target were given up.
    pub(super) async fn failures_count(&self, target: &str) -> Result<u64, SideFileError> {
        let all = (Seq::new(0), Seq::new(u64::MAX));
        self.file.work("read", |pool| async move { count_failures(&pool, target, all).await }).await
    }

    /// Messages that were given up with places after `after`, in order.
    pub(super) async fn failures(&self, target: &str, after: Seq, limit: u32) -> Result<Vec<GivenUp>, SideFileError> {
        let read = self.file.work("read", |pool| async move {
            let rows = sqlx::query(
                "SELECT seq, at, attempts, cause FROM failure WHERE target = ? AND seq > ? ORDER BY seq LIMIT ?",
            );
            let rows = rows.bind(target).bind(number(after)).bind(limit).fetch_all(&pool).await?;
            rows.iter().map(given_up_of).collect()
        });
        read.await
    }

    /// Messages that were given up wait again from `now` on: at most `limit` of them within a stretch of places.
    pub(super) async fn replay(
        &self,
        target: &str,
        stretch: (Seq, Seq),
        limit: usize,
        now: Wall,
    ) -> Result<Replayed, SideFileError> {
        let written = self.file.work("written", |pool| async move {
            let mut transaction = pool.begin().await?;
            let seqs = write_replayed(&mut transaction, target, stretch, limit, now).await?;
            transaction.commit().await?;
            Ok(Replayed { seqs, left: count_failures(&pool, target, stretch).await? })
        });
        written.await
    }
}

async fn read_kept(pool: &SqlitePool, target: &str) -> Result<Kept, sqlx::Error> {
    let known = sqlx::query("SELECT disabled_at FROM target WHERE name = ?").bind(target);
    let disabled: Option<i64> = match known.fetch_optional(pool).await? {
        Some(row) => row.try_get("disabled_at")?,
        None => None,
    };
    let rows = sqlx::query("SELECT seq, attempts, due_at, cause, is_outage FROM waiting WHERE target = ?");
    let rows = rows.bind(target).fetch_all(pool).await?;
    let waiting = rows.iter().map(waiting_of).collect::<Result<_, _>>()?;
    let standing = disabled.map_or(Standing::Open, |at| Standing::Disabled { since: Wall::from_micros(at) });
    Ok(Kept { standing, waiting })
}

async fn forget_messages(transaction: &mut Transaction<'_, Sqlite>, target: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM waiting WHERE target = ?").bind(target).execute(&mut **transaction).await?;
    sqlx::query("DELETE FROM failure WHERE target = ?").bind(target).execute(&mut **transaction).await.map(drop)
}

async fn write_position(
    transaction: &mut Transaction<'_, Sqlite>,
    target: &str,
    position: Position,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO target (name, seq, at) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET seq = excluded.seq, at = excluded.at",
    )
    .bind(target)
    .bind(number(position.seq))
    .bind(position.at.as_micros())
    .execute(&mut **transaction)
    .await
    .map(drop)
}

async fn write_new(
    transaction: &mut Transaction<'_, Sqlite>,
    target: &str,
    seq: Seq,
    due: Wall,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT OR IGNORE INTO waiting VALUES (?, ?, 0, ?, NULL, 0)")
        .bind(target)
        .bind(number(seq))
        .bind(due.as_micros())
        .execute(&mut **transaction)
        .await
        .map(drop)
}

async fn write_waiting(
    transaction: &mut Transaction<'_, Sqlite>,
    target: &str,
    seq: Seq,
    waiting: &Waiting,
) -> Result<(), sqlx::Error> {
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
        .execute(&mut **transaction)
        .await
        .map(drop)
}

async fn write_disabled(
    transaction: &mut Transaction<'_, Sqlite>,
    target: &str,
    since: Wall,
) -> Result<(), sqlx::Error> {
    let disabled = sqlx::query("UPDATE target SET disabled_at = ? WHERE name = ?");
    disabled.bind(since.as_micros()).bind(target).execute(&mut **transaction).await.map(drop)
}

async fn write_settled(
    transaction: &mut Transaction<'_, Sqlite>,
    target: &str,
    seq: Seq,
    settled: &Settled,
    now: Wall,
) -> Result<(), sqlx::Error> {
    let gone = sqlx::query("DELETE FROM waiting WHERE target = ? AND seq = ?").bind(target).bind(number(seq));
    match settled {
        Settled::Delivered { brought_forward: _ } | Settled::Dropped => {
            gone.execute(&mut **transaction).await.map(drop)
        }
        Settled::Again(waiting) => write_waiting(transaction, target, seq, waiting).await,
        Settled::GivenUp { attempts, cause } => {
            gone.execute(&mut **transaction).await?;
            sqlx::query("INSERT OR REPLACE INTO failure VALUES (?, ?, ?, ?, ?)")
                .bind(target)
                .bind(number(seq))
                .bind(now.as_micros())
                .bind(*attempts)
                .bind(cause)
                .execute(&mut **transaction)
                .await?;
            forget_oldest(transaction, target).await
        }
        Settled::Disabled => write_disabled(transaction, target, now).await,
    }
}

async fn forget_oldest(transaction: &mut Transaction<'_, Sqlite>, target: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM failure WHERE target = ?1 AND seq <
         (SELECT seq FROM failure WHERE target = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)",
    )
    .bind(target)
    .bind(FAILURES_LIMIT_MESSAGES - 1)
    .execute(&mut **transaction)
    .await
    .map(drop)
}

async fn write_replayed(
    transaction: &mut Transaction<'_, Sqlite>,
    target: &str,
    (from, to): (Seq, Seq),
    limit: usize,
    now: Wall,
) -> Result<Vec<Seq>, sqlx::Error> {
    let rows = sqlx::query("SELECT seq FROM failure WHERE target = ? AND seq BETWEEN ? AND ? ORDER BY seq LIMIT ?")
        .bind(target)
        .bind(number(from))
        .bind(number(to))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&mut **transaction)
        .await?;
    let mut replayed = Vec::with_capacity(rows.len());
    for row in rows {
        let seq = Seq::new(row.try_get::<i64, _>("seq")?.unsigned_abs());
        write_new(transaction, target, seq, now).await?;
        let gone = sqlx::query("DELETE FROM failure WHERE target = ? AND seq = ?").bind(target).bind(number(seq));
        gone.execute(&mut **transaction).await?;
        replayed.push(seq);
    }
    Ok(replayed)
}

async fn count_failures(pool: &SqlitePool, target: &str, (from, to): (Seq, Seq)) -> Result<u64, sqlx::Error> {
    let query = sqlx::query("SELECT count(*) FROM failure WHERE target = ? AND seq BETWEEN ? AND ?");
    let row = query.bind(target).bind(number(from)).bind(number(to)).fetch_one(pool).await?;
    Ok(row.try_get::<i64, _>(0)?.unsigned_abs())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhooks::retries::Failure;

    fn open(dir: &Path, targets: &[&str]) -> Ledger {
        Ledger::in_dir(dir, targets.iter().map(|name| (*name).to_owned()).collect())
    }

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
        let ledger = open(dir.path(), &["desk"]);
        assert_eq!(ledger.position("desk").await.unwrap(), None);
        ledger.take("desk", position(9), &[(Seq::new(3), at(1)), (Seq::new(7), at(1))]).await.unwrap();
        let failure = Some(Failed::from(&Failure::TimedOut));
        let again = Waiting { attempts: 2, due: at(300), failure };
        ledger.settle("desk", Seq::new(3), &Settled::Again(again.clone()), at(1)).await.unwrap();
        ledger.settle("desk", Seq::new(7), &Settled::Disabled, at(2)).await.unwrap();
        drop(ledger);
        let ledger = open(dir.path(), &["desk"]);
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
        let ledger = open(dir.path(), &["desk", "other"]);
        for seq in 1..=4 {
            ledger.take("desk", position(seq), &[(Seq::new(seq), at(0))]).await.unwrap();
            ledger.settle("desk", Seq::new(seq), &given_up(), at(5)).await.unwrap();
        }
        let listed = ledger.failures("desk", Seq::new(1), 2).await.unwrap();
        let told: Vec<_> = listed.iter().map(|one| (one.seq.get(), one.attempts, one.cause.as_str())).collect();
        assert_eq!(told, [(2, 10, "answered 500"), (3, 10, "answered 500")]);
        let replayed = ledger.replay("desk", (Seq::new(2), Seq::new(9)), 2, at(9)).await.unwrap();
        assert_eq!(replayed, Replayed { seqs: vec![Seq::new(2), Seq::new(3)], left: 1 });
        assert_eq!(ledger.failures_count("desk").await.unwrap(), 2);
        assert_eq!(ledger.failures_count("other").await.unwrap(), 0);
        let kept = ledger.kept("desk").await.unwrap();
        assert_eq!(kept.waiting.keys().map(|seq| seq.get()).collect::<Vec<_>>(), [2, 3]);
    }

    #[tokio::test]
    async fn a_target_that_left_the_site_file_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = open(dir.path(), &["desk"]);
        ledger.take("desk", position(1), &[(Seq::new(1), at(0))]).await.unwrap();
        drop(ledger);
        // None is left, and nobody asks about any.
        open(dir.path(), &[]).tidy().await.unwrap();
        let ledger = open(dir.path(), &["desk"]);
        assert_eq!(ledger.position("desk").await.unwrap(), None);
        assert!(ledger.kept("desk").await.unwrap().waiting.is_empty());
    }

    #[tokio::test]
    async fn what_is_known_in_memory_is_kept_where_a_target_begins() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = open(dir.path(), &["desk"]);
        let waiting = Waiting { attempts: 2, due: at(300), failure: Some(Failed::from(&Failure::TimedOut)) };
        let standing = Standing::Disabled { since: at(2) };
        let known = Kept { standing, waiting: BTreeMap::from([(Seq::new(3), waiting)]) };
        ledger.begin_at("desk", position(9), &known).await.unwrap();
        // As after power loss that takes the log beside the file.
        let other = tempfile::tempdir().unwrap();
        std::fs::copy(dir.path().join(FORM.name), other.path().join(FORM.name)).unwrap();
        let ledger = open(other.path(), &["desk"]);
        assert_eq!(ledger.position("desk").await.unwrap(), Some(position(9)));
        let kept = ledger.kept("desk").await.unwrap();
        assert_eq!((kept.standing, kept.waiting), (known.standing, known.waiting));
    }
}
