//! Where each cursor is, kept in `cursors.sqlite` in the storage directory: not in the site's main database, whose writer a
//! slow sink must not meet. A damaged file is set aside and begun anew (`side_file.rs`); the cursors then begin where their
//! consumers say. Power loss may take back the last positions, so that entries are given again.

use std::path::Path;

use rackward_core::Wall;
use rackward_core::id::Seq;
use sqlx::{Row as _, SqlitePool};

use super::side_file::{Form, Look, SideFile, SideFileError, make_durable};
use super::{CursorName, Position};

/// The file's form.
const FORM: Form = Form {
    name: "cursors.sqlite",
    schema: "CREATE TABLE cursor (name TEXT PRIMARY KEY, seq INTEGER NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    version: 1,
    look: Look::Whole,
};

/// One connection: positions are written seldom, and one after another.
const CONNECTIONS: u32 = 1;

/// The positions of all cursors.
#[derive(Debug, Clone)]
pub struct Positions(SideFile);

impl Positions {
    /// The positions in a storage directory.
    pub fn in_dir(dir: &Path) -> Self {
        Self(SideFile::in_dir(FORM, dir, CONNECTIONS))
    }

    /// Where a cursor is; `None` where nothing is known of it.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn of(&self, name: &CursorName) -> Result<Option<Position>, SideFileError> {
        let read = self.0.work("read", |pool| async move {
            let row = sqlx::query("SELECT seq, at FROM cursor WHERE name = ?").bind(name.as_str());
            let Some(row) = row.fetch_optional(&pool).await? else { return Ok(None) };
            let (seq, at): (i64, i64) = (row.try_get("seq")?, row.try_get("at")?);
            Ok(Some(Position { seq: Seq::new(seq.unsigned_abs()), at: Wall::from_micros(at) }))
        });
        read.await
    }

    /// Keeps where a cursor is.
    ///
    /// # Errors
    /// The file cannot be written.
    pub async fn set(&self, name: &CursorName, position: Position) -> Result<(), SideFileError> {
        self.0.work("written", |pool| async move { write(&pool, name, position).await }).await
    }

    /// Keeps where a cursor begins. Power loss does not take that back: without it, what has happened meanwhile would be
    /// taken for what was before.
    ///
    /// # Errors
    /// The file cannot be written.
    pub async fn begin(&self, name: &CursorName, position: Position) -> Result<(), SideFileError> {
        let written = self.0.work("written", |pool| async move {
            write(&pool, name, position).await?;
            make_durable(&pool).await
        });
        written.await
    }

    /// Forgets every cursor whose name begins so: their consumers keep positions of their own.
    ///
    /// # Errors
    /// The file cannot be written.
    pub async fn forget_all(&self, beginning: &str) -> Result<(), SideFileError> {
        if !self.0.path().exists() {
            return Ok(());
        }
        let written = self.0.work("written", |pool| async move {
            let gone = sqlx::query("DELETE FROM cursor WHERE substr(name, 1, length(?1)) = ?1").bind(beginning);
            gone.execute(&pool).await.map(drop)
        });
        written.await
    }
}

async fn write(pool: &SqlitePool, name: &CursorName, position: Position) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO cursor VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq, at = excluded.at")
        .bind(name.as_str())
        .bind(i64::try_from(position.seq.get()).unwrap_or(i64::MAX))
        .bind(position.at.as_micros())
        .execute(pool)
        .await
        .map(drop)
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
        again.begin(&name("export"), at(2)).await.unwrap();
        again.forget_all("webhook:").await.unwrap();
        assert_eq!(again.of(&name("webhook:wh-1")).await.unwrap(), None);
        assert_eq!(again.of(&name("webhook:wh-2")).await.unwrap(), None);
        assert_eq!(again.of(&name("export")).await.unwrap(), Some(at(2)));
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
            positions.0.pool().await.unwrap().close().await;
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
