//! Where stills are kept: a database beside the journal, with what is known of each still and its sealed picture. What must be
//! remembered of a still for ever is in the journal; this file can be removed, and then the pictures are gone and their digests
//! are not.
//!
//! A still is *pending* until it is *kept* or *missing*, and *erased* once its time is over. It is *told* once the journal has it;
//! one that is not is told again after a start, so that no picture is without an entry.

use std::path::{Path, PathBuf};

use rackward_core::Wall;
use rackward_core::id::{AlarmId, CameraId, Seq};
use rackward_core::still::{StillDigest, StillFacts, StillFor, StillForm, StillMissing, StillOrder, StillOutcome};
use rackward_dashboard::still::{STILLS_MAX_COUNT, Still, StillState, StillsOf};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, Sqlite, SqlitePool, Transaction};

use super::settings::Keeping;
use crate::cursor::{Form, Look, SideFile, SideFileError, make_durable};

/// The file in the storage directory.
const FORM: Form = Form {
    name: "stills.sqlite",
    schema: "
        CREATE TABLE still (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            entry INTEGER NOT NULL,
            alarm INTEGER,
            camera INTEGER NOT NULL,
            wanted INTEGER NOT NULL,
            state INTEGER NOT NULL,
            told INTEGER NOT NULL,
            cause INTEGER,
            shows INTEGER,
            taken INTEGER,
            digest BLOB,
            bytes INTEGER,
            form INTEGER,
            UNIQUE (entry, camera, wanted)
        ) STRICT;
        CREATE INDEX still_by_alarm ON still (alarm) WHERE alarm IS NOT NULL;
        CREATE INDEX still_by_state ON still (state, taken);
        CREATE INDEX still_untold ON still (id) WHERE told = 0;
        CREATE TABLE picture (id INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
    ",
    version: 1,
    look: Look::Surface,
};

/// Those who take stills, and those who look at them.
const CONNECTIONS: u32 = 4;

/// How many stills are remembered, pictures or not: ten years of three a minute would be more, and the journal has them all.
const ROWS_MAX_COUNT: i64 = 1_000_000;

/// How many are told or fetched again at a start at most: what waits longest comes first.
const TAKEN_UP_MAX_COUNT: i64 = 4_096;

/// How many pictures are erased in one go: a door's entry waits for no long transaction of another file, but the disk is one.
const ERASED_AT_ONCE: i64 = 64;

const PENDING: i64 = 0;
const KEPT: i64 = 1;
const MISSING: i64 = 2;
const ERASED: i64 = 3;

const OF_ALARMS: &str = "SELECT id, entry, alarm, camera, wanted, state, cause, shows, taken, digest, bytes, form
    FROM still WHERE alarm IN (";

const OF_ENTRIES: &str = "SELECT id, entry, alarm, camera, wanted, state, cause, shows, taken, digest, bytes, form
    FROM still WHERE entry IN (";

/// Stills as they are kept.
#[derive(Debug, Clone)]
pub(super) struct StillStore {
    file: SideFile,
}

impl StillStore {
    /// Those in a storage directory. Nothing is opened yet.
    pub(super) fn in_dir(dir: &Path) -> Self {
        Self { file: SideFile::in_dir(FORM, dir, CONNECTIONS) }
    }

    /// Where they are.
    pub(super) fn path(&self) -> PathBuf {
        self.file.path()
    }

    /// Notes an order. Whether it is new: one that is known is not fetched twice.
    pub(super) async fn want(&self, order: StillOrder) -> Result<bool, SideFileError> {
        let sql = "INSERT INTO still (entry, alarm, camera, wanted, state, told) VALUES (?, ?, ?, ?, 0, 0)
            ON CONFLICT DO NOTHING";
        let wanted = self.file.work("written", async |pool| {
            let done = sqlx::query(sql)
                .bind(signed(order.belongs.entry.get()))
                .bind(order.belongs.alarm.map(|alarm| i64::from(alarm.get())))
                .bind(i64::from(order.camera.get()))
                .bind(order.shows.as_micros())
                .execute(&pool)
                .await?;
            Ok(done.rows_affected() == 1)
        });
        wanted.await
    }

    /// Makes what could not be had of an entry pending again, and says which that is.
    pub(super) async fn want_again(&self, belongs: StillFor) -> Result<Vec<StillOrder>, SideFileError> {
        let sql = "UPDATE still SET state = 0, told = 0, cause = NULL WHERE entry = ? AND state = 2
            RETURNING entry, alarm, camera, wanted";
        let entry = signed(belongs.entry.get());
        self.orders(sql, entry).await
    }

    /// What was pending when the daemon stopped.
    pub(super) async fn pending(&self) -> Result<Vec<StillOrder>, SideFileError> {
        let sql = "SELECT entry, alarm, camera, wanted FROM still WHERE state = 0 ORDER BY id LIMIT ?";
        self.orders(sql, TAKEN_UP_MAX_COUNT).await
    }

    async fn orders(&self, sql: &'static str, bound: i64) -> Result<Vec<StillOrder>, SideFileError> {
        let read = self.file.work("read", async |pool| {
            sqlx::query(sql).bind(bound).fetch_all(&pool).await?.iter().map(order_of).collect()
        });
        read.await
    }

    /// What became of orders that the journal does not have yet.
    pub(super) async fn untold(&self) -> Result<Vec<(StillOrder, StillOutcome)>, SideFileError> {
        let sql = "SELECT id, entry, alarm, camera, wanted, state, cause, shows, taken, digest, bytes, form
            FROM still WHERE told = 0 AND state IN (1, 2) ORDER BY id LIMIT ?";
        let read = self.file.work("read", async |pool| {
            let rows = sqlx::query(sql).bind(TAKEN_UP_MAX_COUNT).fetch_all(&pool).await?;
            let outcome = |row: &SqliteRow| -> Result<Option<(StillOrder, StillOutcome)>, sqlx::Error> {
                let outcome = match still_of(row)?.state {
                    StillState::Kept(facts) => StillOutcome::Kept(facts),
                    StillState::Missing(cause) => StillOutcome::Missing(cause),
                    StillState::Pending | StillState::Erased(_) => return Ok(None),
                };
                Ok(Some((order_of(row)?, outcome)))
            };
            rows.iter().filter_map(|row| outcome(row).transpose()).collect()
        });
        read.await
    }

    /// Keeps a still. It is on the disk when this is done, as far as the disk says.
    pub(super) async fn keep(
        &self,
        order: StillOrder,
        facts: StillFacts,
        sealed: Vec<u8>,
    ) -> Result<(), SideFileError> {
        let sql =
            "UPDATE still SET state = 1, told = 0, cause = NULL, shows = ?, taken = ?, digest = ?, bytes = ?, form = ?
            WHERE entry = ? AND camera = ? AND wanted = ? RETURNING id";
        let kept = self.file.work("written", async |pool| {
            let mut transaction = pool.begin().await?;
            let row = sqlx::query(sql)
                .bind(facts.shows.as_micros())
                .bind(facts.taken.as_micros())
                .bind(facts.digest.0.to_vec())
                .bind(i64::from(facts.bytes))
                .bind(number_of_form(facts.form))
                .bind(signed(order.belongs.entry.get()))
                .bind(i64::from(order.camera.get()))
                .bind(order.shows.as_micros())
                .fetch_one(&mut *transaction)
                .await?;
            let put = "INSERT OR REPLACE INTO picture (id, sealed) VALUES (?, ?)";
            sqlx::query(put).bind(row.try_get::<i64, _>(0)?).bind(sealed).execute(&mut *transaction).await?;
            transaction.commit().await?;
            // Somebody who reads at length keeps it from being made durable now; the next still makes both so.
            drop(make_durable(&pool).await);
            Ok(())
        });
        kept.await
    }

    /// Notes that a still cannot be had.
    pub(super) async fn miss(&self, order: StillOrder, cause: StillMissing) -> Result<(), SideFileError> {
        let sql = "UPDATE still SET state = 2, told = 0, cause = ? WHERE entry = ? AND camera = ? AND wanted = ?";
        self.of_order(sql, Some(number_of_cause(cause)), order).await
    }

    /// Notes that the journal has what became of an order.
    pub(super) async fn told(&self, order: StillOrder) -> Result<(), SideFileError> {
        let sql = "UPDATE still SET told = 1 WHERE entry = ? AND camera = ? AND wanted = ?";
        self.of_order(sql, None, order).await
    }

    async fn of_order(&self, sql: &'static str, first: Option<i64>, order: StillOrder) -> Result<(), SideFileError> {
        let done = self.file.work("written", async |pool| {
            let query = sqlx::query(sql);
            let query = if let Some(first) = first { query.bind(first) } else { query };
            let entry = signed(order.belongs.entry.get());
            let query = query.bind(entry).bind(i64::from(order.camera.get())).bind(order.shows.as_micros());
            query.execute(&pool).await.map(drop)
        });
        done.await
    }

    /// Stills of alarms or entries, in order of the moment they were to show.
    pub(super) async fn of(&self, which: StillsOf) -> Result<Vec<Still>, SideFileError> {
        let (sql, numbers) = match which {
            StillsOf::Alarms(ids) => (OF_ALARMS, ids.iter().map(|id| i64::from(id.get())).collect::<Vec<_>>()),
            StillsOf::Entries(ids) => (OF_ENTRIES, ids.iter().map(|id| signed(id.get())).collect()),
        };
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let read = self.file.work("read", async |pool| {
            let mut query = sqlx::QueryBuilder::<Sqlite>::new(sql);
            let mut list = query.separated(", ");
            for number in &numbers {
                list.push_bind(*number);
            }
            query.push(") ORDER BY wanted DESC, camera LIMIT ").push_bind(STILLS_MAX_COUNT as i64);
            let mut found: Vec<Still> =
                query.build().fetch_all(&pool).await?.iter().map(still_of).collect::<Result<_, _>>()?;
            // The newest of too many, told in order.
            found.reverse();
            Ok(found)
        });
        read.await
    }

    /// The still with this number.
    pub(super) async fn still(&self, id: u64) -> Result<Option<Still>, SideFileError> {
        let sql = "SELECT id, entry, alarm, camera, wanted, state, cause, shows, taken, digest, bytes, form
            FROM still WHERE id = ?";
        let read = self.file.work("read", async |pool| {
            let row = sqlx::query(sql).bind(signed(id)).fetch_optional(&pool).await?;
            row.as_ref().map(still_of).transpose()
        });
        read.await
    }

    /// Its sealed picture.
    pub(super) async fn sealed(&self, id: u64) -> Result<Option<Vec<u8>>, SideFileError> {
        let read = self.file.work("read", async |pool| {
            let row =
                sqlx::query("SELECT sealed FROM picture WHERE id = ?").bind(signed(id)).fetch_optional(&pool).await?;
            row.map(|row| row.try_get(0)).transpose()
        });
        read.await
    }

    /// Erases pictures whose time is over, and the oldest of too many; how many.
    pub(super) async fn erase(&self, now: Wall, keeping: Keeping) -> Result<u64, SideFileError> {
        let erased = self.file.work("tidied", async |pool| {
            let mut erased = 0;
            loop {
                let mut transaction = pool.begin().await?;
                // What was erased is written over, as far as the file goes.
                sqlx::query("PRAGMA secure_delete = ON").execute(&mut *transaction).await?;
                let over = surplus(&mut transaction, now, keeping).await?;
                for id in &over {
                    sqlx::query("UPDATE still SET state = 3 WHERE id = ?").bind(id).execute(&mut *transaction).await?;
                    sqlx::query("DELETE FROM picture WHERE id = ?").bind(id).execute(&mut *transaction).await?;
                }
                transaction.commit().await?;
                erased += over.len() as u64;
                if over.is_empty() {
                    forget_rows(&pool).await?;
                    return Ok(erased);
                }
            }
        });
        erased.await
    }
}

/// Some kept stills whose time is over, or that are the oldest of too many.
async fn surplus(
    transaction: &mut Transaction<'_, Sqlite>,
    now: Wall,
    keeping: Keeping,
) -> Result<Vec<i64>, sqlx::Error> {
    let ids = |rows: Vec<SqliteRow>| rows.iter().map(|row| row.try_get::<i64, _>(0)).collect::<Result<Vec<_>, _>>();
    let old = "SELECT id FROM still WHERE state = 1 AND taken < ? ORDER BY taken LIMIT ?";
    let before = now.before(keeping.time).as_micros();
    let rows = sqlx::query(old).bind(before).bind(ERASED_AT_ONCE).fetch_all(&mut **transaction).await?;
    if !rows.is_empty() {
        return ids(rows);
    }
    let sum = "SELECT coalesce(sum(bytes), 0) FROM still WHERE state = 1";
    let kept: i64 = sqlx::query(sum).fetch_one(&mut **transaction).await?.try_get(0)?;
    let mut surplus = kept.saturating_sub(i64::try_from(keeping.max_bytes).unwrap_or(i64::MAX));
    let oldest = "SELECT id, bytes FROM still WHERE state = 1 ORDER BY taken, id LIMIT ?";
    let rows = sqlx::query(oldest).bind(ERASED_AT_ONCE).fetch_all(&mut **transaction).await?;
    let mut over = Vec::new();
    for row in rows {
        if surplus <= 0 {
            break;
        }
        over.push(row.try_get(0)?);
        surplus -= row.try_get::<i64, _>(1)?;
    }
    Ok(over)
}

/// Forgets the oldest rows of too many that have no picture.
async fn forget_rows(pool: &SqlitePool) -> Result<(), sqlx::Error> {
    let sql = "DELETE FROM still WHERE state IN (2, 3)
        AND id <= (SELECT id FROM still ORDER BY id DESC LIMIT 1 OFFSET ?)";
    sqlx::query(sql).bind(ROWS_MAX_COUNT).execute(pool).await.map(drop)
}

fn order_of(row: &SqliteRow) -> Result<StillOrder, sqlx::Error> {
    let alarm: Option<i64> = row.try_get("alarm")?;
    let entry = Seq::new(row.try_get::<i64, _>("entry")?.unsigned_abs());
    let belongs = StillFor { entry, alarm: alarm.map(number).map(AlarmId::new) };
    let camera = CameraId::new(number(row.try_get("camera")?));
    Ok(StillOrder { camera, belongs, shows: Wall::from_micros(row.try_get("wanted")?) })
}

/// A row whose parts make no sense together is one without a still.
fn still_of(row: &SqliteRow) -> Result<Still, sqlx::Error> {
    let StillOrder { camera, belongs, shows: wanted } = order_of(row)?;
    let id: i64 = row.try_get("id")?;
    let (state, cause): (i64, Option<i64>) = (row.try_get("state")?, row.try_get("cause")?);
    let not_kept = StillState::Missing(StillMissing::NotKept);
    let state = match state {
        PENDING => StillState::Pending,
        KEPT => facts_of(row)?.map_or(not_kept, StillState::Kept),
        ERASED => facts_of(row)?.map_or(not_kept, StillState::Erased),
        MISSING => cause.and_then(cause_numbered).map_or(not_kept, StillState::Missing),
        _ => not_kept,
    };
    Ok(Still { id: id.unsigned_abs(), camera, belongs, wanted, state })
}

fn facts_of(row: &SqliteRow) -> Result<Option<StillFacts>, sqlx::Error> {
    let (shows, taken): (Option<i64>, Option<i64>) = (row.try_get("shows")?, row.try_get("taken")?);
    let (digest, bytes): (Option<Vec<u8>>, Option<i64>) = (row.try_get("digest")?, row.try_get("bytes")?);
    let form: Option<i64> = row.try_get("form")?;
    let facts = || {
        let digest = StillDigest(digest?.try_into().ok()?);
        let (shows, taken) = (Wall::from_micros(shows?), Wall::from_micros(taken?));
        Some(StillFacts { shows, taken, digest, bytes: number(bytes?), form: form_numbered(form?)? })
    };
    Ok(facts())
}

/// Numbers of entries are far below the limit of SQLite's.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn number(column: i64) -> u32 {
    u32::try_from(column).unwrap_or(u32::MAX)
}

const FORMS: [StillForm; 3] = [StillForm::Jpeg, StillForm::Png, StillForm::Webp];

const CAUSES: [StillMissing; 8] = [
    StillMissing::NoPast,
    StillMissing::TimedOut,
    StillMissing::Unreachable,
    StillMissing::Refused,
    StillMissing::NotAPicture,
    StillMissing::TooLarge,
    StillMissing::Overloaded,
    StillMissing::NotKept,
];

fn form_numbered(number: i64) -> Option<StillForm> {
    FORMS.get(usize::try_from(number).ok()?).copied()
}

fn number_of_form(form: StillForm) -> i64 {
    FORMS.iter().zip(0..).find(|(one, _)| **one == form).map_or(0, |(_, number)| number)
}

fn cause_numbered(number: i64) -> Option<StillMissing> {
    CAUSES.get(usize::try_from(number).ok()?).copied()
}

fn number_of_cause(cause: StillMissing) -> i64 {
    CAUSES.iter().zip(0..).find(|(one, _)| **one == cause).map_or(0, |(_, number)| number)
}
