//! How much room there is where the journal is kept: measured once in a minute, off the engine's thread, because a file system
//! can hang. What is too little the engine decides.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rackward_core::engine::input::StorageRoom;
use rustix::fs::statvfs;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::run::Wanted;

/// How often: a disk that fills within a minute is full before anybody could be told.
const EVERY: Duration = Duration::from_secs(60);

/// Measures until `shutdown`.
pub(super) async fn watch(dir: PathBuf, engine: mpsc::Sender<Wanted>, shutdown: CancellationToken) {
    tokio::select! {
        biased;
        () = shutdown.cancelled() => {}
        () = measure(dir, engine) => {}
    }
}

/// Measures until nobody listens.
async fn measure(dir: PathBuf, engine: mpsc::Sender<Wanted>) {
    loop {
        let place = dir.clone();
        let measured = tokio::task::spawn_blocking(move || room_of(&place)).await;
        match measured.map_err(io::Error::from).flatten() {
            Ok(room) => {
                if engine.send(Wanted::Storage(room)).await.is_err() {
                    return;
                }
            }
            Err(error) => {
                tracing::warn!(%error, dir = %dir.display(), "how much room is on the disk of the journal is not known");
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}

fn room_of(dir: &Path) -> io::Result<StorageRoom> {
    let told = statvfs(dir)?;
    // What is kept back for the superuser is not there for a daemon that is none.
    let bytes = |blocks: u64| blocks.saturating_mul(told.f_frsize);
    Ok(StorageRoom { free_bytes: bytes(told.f_bavail), size_bytes: bytes(told.f_blocks) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_engine_is_told_at_once_what_the_disk_has() {
        let dir = tempfile::tempdir().unwrap();
        let (engine, mut wanted) = mpsc::channel(1);
        let shutdown = CancellationToken::new();
        let watching = tokio::spawn(watch(dir.path().to_owned(), engine, shutdown.clone()));
        let Some(Wanted::Storage(room)) = wanted.recv().await else { panic!() };
        assert!(room.size_bytes > 0 && room.free_bytes <= room.size_bytes, "{room:?}");
        shutdown.cancel();
        watching.await.unwrap();
    }

    #[test]
    fn a_place_that_is_not_there_has_no_room_that_anybody_knows() {
        let dir = tempfile::tempdir().unwrap();
        assert!(room_of(&dir.path().join("gone")).is_err());
    }
}
