//! Where each cursor is, kept in `cursors.sqlite` in the storage directory: not in the site's main database, whose writer a
//! slow sink must not meet. A damaged file is set aside and begun anew (`side_file.rs`); the cursors then begin where their
//! consumers say. Power loss may take back the last positions, so that entries are given again.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rackward_core::Wall;
use rackward_core::id::Seq;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{Row as _, SqlitePool};
use tokio::sync::OnceCell;

use super::side_file::{Form, SideFileError};
use super::{CursorName, Position};

/// The file's form.
const FORM: Form = Form {
    name: "cursors.sqlite",
    schema: "CREATE TABLE cursor (name TEXT PRIMARY KEY, seq INTEGER NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    version: 1,
};

/// One connection: positions are written seldom, and one after another.
const CONNECTIONS: u32 = 1;

/// Why a position could not be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum PositionsError {
    /// There is no file to keep it in.
    #[error(transparent)]
    File(#[from] SideFileError),
    /// The database failed.
    #[error("the positions of cursors in {path} cannot be {doing}: {cause}; check the disk and its free space")]
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

/// The positions of all cursors. The file is opened at the first use, and again at the next where that failed.
#[derive(Debug, Clone)]
pub struct Positions {
    dir: PathBuf,
    pool: Arc<OnceCell<SqlitePool>>,
}

impl Positions {
    /// The positions in a storage directory.
    pub fn in_dir(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), pool: Arc::default() }
    }

    /// Where a cursor is; `None` where nothing is known of it.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn of(&self, name: &CursorName) -> Result<Option<Position>, PositionsError> {
        let row = sqlx::query("SELECT seq, at FROM cursor WHERE name = ?")
            .bind(name.as_str())
            .fetch_optional(self.pool().await?)
            .await
            .map_err(self.failed("read"))?;
        let Some(row) = row else { return Ok(None) };
        let seq: i64 = row.try_get("seq").map_err(self.failed("read"))?;
        let at = row.try_get("at").map_err(self.failed("read"))?;
        Ok(Some(Position { seq: Seq::new(seq.unsigned_abs()), at: Wall::from_micros(at) }))
    }

    /// Keeps where a cursor is.
    ///
    /// # Errors
    /// The file cannot be written.
    pub async fn set(&self, name: &CursorName, position: Position) -> Result<(), PositionsError> {
        sqlx::query(
            "INSERT INTO cursor VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq, at = excluded.at",
        )
        .bind(name.as_str())
        .bind(i64::try_from(position.seq.get()).unwrap_or(i64::MAX))
        .bind(position.at.as_micros())
        .execute(self.pool().await?)
        .await
        .map_err(self.failed("written"))?;
        Ok(())
    }

    /// Forgets a cursor that is no more.
    ///
    /// # Errors
    /// The file cannot be written.
    pub async fn forget(&self, name: &CursorName) -> Result<(), PositionsError> {
        let gone = sqlx::query("DELETE FROM cursor WHERE name = ?").bind(name.as_str());
        gone.execute(self.pool().await?).await.map_err(self.failed("written"))?;
        Ok(())
    }

    async fn pool(&self) -> Result<&SqlitePool, PositionsError> {
        self.pool
            .get_or_try_init(|| async {
                FORM.prepare(&self.dir).await?;
                let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS);
                pool.connect_with(FORM.options(&self.dir)).await.map_err(self.failed("opened"))
            })
            .await
    }

    fn failed(&self, doing: &'static str) -> impl Fn(sqlx::Error) -> PositionsError + use<> {
        let path = self.dir.join(FORM.name);
        move |cause| PositionsError::Database { doing, path: path.clone(), cause: Box::new(cause) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> CursorName {
        CursorName::parse(text).unwrap()
    }

    fn at(seq: u64) -> Position {
        Position { seq: Seq::new(seq), at: Wall::from_micros(1_000 + i64::try_from(seq).unwrap()) }
    }

    #[tokio::test]
    async fn positions_are_kept_by_name_and_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let positions = Positions::in_dir(dir.path());
        assert_eq!(positions.of(&name("webhook:wh-1")).await.unwrap(), None);
        positions.set(&name("webhook:wh-1"), at(3)).await.unwrap();
        positions.set(&name("webhook:wh-2"), at(9)).await.unwrap();
        positions.set(&name("webhook:wh-1"), at(4)).await.unwrap();
        let again = Positions::in_dir(dir.path());
        assert_eq!(again.of(&name("webhook:wh-1")).await.unwrap(), Some(at(4)));
        again.forget(&name("webhook:wh-1")).await.unwrap();
        assert_eq!(again.of(&name("webhook:wh-1")).await.unwrap(), None);
        assert_eq!(again.of(&name("webhook:wh-2")).await.unwrap(), Some(at(9)));
    }

    #[tokio::test]
    async fn a_damaged_file_is_kept_under_another_name_and_begun_anew() {
        let dir = tempfile::tempdir().unwrap();
        let nonsense = b"this is no database, however long one looks at it".repeat(100);
        for round in 1..3 {
            std::fs::write(dir.path().join(FORM.name), &nonsense).unwrap();
            let positions = Positions::in_dir(dir.path());
            positions.set(&name("search"), at(round)).await.unwrap();
            assert_eq!(positions.of(&name("search")).await.unwrap(), Some(at(round)));
            let kept = dir.path().join(format!("cursors.sqlite.damaged-{round}"));
            assert_eq!(std::fs::read(kept).unwrap(), nonsense);
            positions.pool().await.unwrap().close().await;
        }
    }

    #[tokio::test]
    async fn a_file_of_another_version_is_set_aside_too() {
        let dir = tempfile::tempdir().unwrap();
        Form { version: 99, ..FORM }.prepare(dir.path()).await.unwrap();
        Positions::in_dir(dir.path()).set(&name("search"), at(1)).await.unwrap();
        assert!(dir.path().join("cursors.sqlite.damaged-1").exists());
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_made_now_is_made_later() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("not-there-yet");
        let positions = Positions::in_dir(&missing);
        assert!(positions.of(&name("search")).await.is_err());
        std::fs::create_dir(&missing).unwrap();
        assert_eq!(positions.of(&name("search")).await.unwrap(), None);
    }
}
