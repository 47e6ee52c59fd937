//! How much may be kept for repetitions. Nobody's requests push out what is kept of others, and nobody's keep others from
//! being kept: whoever has the most gives room. Of one caller the oldest answers go first; where only bytes are short, it is
//! still kept that the request was done, so that it is not done again.
//!
//! A request whose outcome is not known keeps its place, whoever's it is: that is what it is kept for.

use sqlx::{Row as _, SqliteConnection};

/// How many requests of one caller are kept. Whoever repeats a request does so within minutes: at the fastest that anybody
/// may ask over the network this is the last eight of them, for people it is the whole day.
const ANSWERS_PER_CALLER_MAX: u32 = 5_000;

/// How many requests of all callers are kept: some 30 MB of keys.
const ANSWERS_MAX: u32 = 100_000;

/// How many bytes of answers one caller has kept: those of 5,000 usual ones twice over.
const BYTES_PER_CALLER_MAX: u32 = 8 << 20;

/// How many bytes of answers are kept of all callers. The disk is the journal's first.
const BYTES_MAX: u32 = 64 << 20;

/// The limits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub(super) answers_per_caller: u32,
    pub(super) answers: u32,
    pub(super) bytes_per_caller: u32,
    pub(super) bytes: u32,
}

/// What one caller, or all of them, have kept.
#[derive(Debug, Clone, Copy)]
struct Holding {
    answers: i64,
    bytes: i64,
}

impl Room {
    pub(super) const USUAL: Self = Self {
        answers_per_caller: ANSWERS_PER_CALLER_MAX,
        answers: ANSWERS_MAX,
        bytes_per_caller: BYTES_PER_CALLER_MAX,
        bytes: BYTES_MAX,
    };

    /// Makes room for one more request of a caller; whether there is any.
    pub(super) async fn for_another(self, turn: &mut SqliteConnection, caller: &str) -> Result<bool, sqlx::Error> {
        let most = i64::from(self.answers_per_caller);
        if of_caller(turn, caller).await?.answers >= most && !forget_oldest(turn, caller).await? {
            return Ok(false);
        }
        if of_all(turn).await?.answers < i64::from(self.answers) {
            return Ok(true);
        }
        match richest(turn, "answers").await? {
            Some(richest) => forget_oldest(turn, &richest).await,
            None => Ok(false),
        }
    }

    /// Takes bodies back, of the oldest answers first, until there are no more bytes than there may be.
    pub(super) async fn shorten(self, turn: &mut SqliteConnection, caller: &str) -> Result<(), sqlx::Error> {
        if of_caller(turn, caller).await?.bytes > i64::from(self.bytes_per_caller) {
            drop_bodies(turn, caller, i64::from(self.bytes_per_caller)).await?;
        }
        if of_all(turn).await?.bytes > i64::from(self.bytes)
            && let Some(richest) = richest(turn, "bytes").await?
        {
            // Half at once: the sum is above the limit again only after many more answers.
            let left = of_caller(turn, &richest).await?.bytes / 2;
            drop_bodies(turn, &richest, left).await?;
        }
        Ok(())
    }
}

async fn of_caller(turn: &mut SqliteConnection, caller: &str) -> Result<Holding, sqlx::Error> {
    let row =
        sqlx::query("SELECT answers, bytes FROM holding WHERE caller = ?").bind(caller).fetch_optional(turn).await?;
    let Some(row) = row else { return Ok(Holding { answers: 0, bytes: 0 }) };
    Ok(Holding { answers: row.try_get(0)?, bytes: row.try_get(1)? })
}

async fn of_all(turn: &mut SqliteConnection) -> Result<Holding, sqlx::Error> {
    let row = sqlx::query("SELECT ifnull(sum(answers), 0), ifnull(sum(bytes), 0) FROM holding").fetch_one(turn).await?;
    Ok(Holding { answers: row.try_get(0)?, bytes: row.try_get(1)? })
}

/// Who has the most kept, by `answers` or `bytes`.
async fn richest(turn: &mut SqliteConnection, by: &'static str) -> Result<Option<String>, sqlx::Error> {
    let query = match by {
        "bytes" => "SELECT caller FROM holding ORDER BY bytes DESC, caller LIMIT 1",
        _ => "SELECT caller FROM holding ORDER BY answers DESC, caller LIMIT 1",
    };
    sqlx::query_scalar(query).fetch_optional(turn).await
}

/// Forgets the oldest answered request of a caller; whether there was one.
async fn forget_oldest(turn: &mut SqliteConnection, caller: &str) -> Result<bool, sqlx::Error> {
    let gone = sqlx::query(
        "DELETE FROM answer WHERE rowid =
             (SELECT rowid FROM answer WHERE caller = ? AND status IS NOT NULL ORDER BY began_at LIMIT 1)",
    );
    Ok(gone.bind(caller).execute(turn).await?.rows_affected() > 0)
}

/// Keeps the newest bodies of a caller, `most_bytes` of them. Those of refusals stay: they are short, and without one its
/// request would be taken for done.
async fn drop_bodies(turn: &mut SqliteConnection, caller: &str, most_bytes: i64) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE answer SET body = NULL WHERE rowid IN (
             SELECT place FROM (
                 SELECT rowid AS place, sum(length(body)) OVER (ORDER BY began_at DESC, rowid DESC) AS so_far
                 FROM answer WHERE caller = ?1 AND body IS NOT NULL AND status < 400)
             WHERE so_far > ?2)",
    )
    .bind(caller)
    .bind(most_bytes)
    .execute(turn)
    .await?;
    Ok(())
}
