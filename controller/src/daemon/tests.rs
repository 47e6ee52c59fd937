//! What keeps the daemon from starting, and what must not: doors come first.

use std::path::Path;

use rackward_dashboard::Backend as _;
use rackward_dashboard::idempotency::{Begun, Fingerprint, RequestKey};

use super::Daemon;
use crate::answers::{ANSWERS_FILE, ANSWERS_KEY_FILE};
use crate::config::Config;

/// Starts the daemon of a small site in `dir`, whose console is at a free port.
pub(super) async fn start(dir: &Path, console: &str) -> Daemon {
    let text = format!(
        "[site]\nname = \"lon1\"\ntime_zone = \"Europe/London\"\n[storage]\ndir = \"state\"\n\
         [console]\nlisten = \"127.0.0.1:0\"\n{console}\n[[area]]\npath = \"lon1/lobby\"\n"
    );
    std::fs::write(dir.join("rackward.toml"), text).unwrap();
    Daemon::start(Config::read(&dir.join("rackward.toml")).unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn kept_answers_that_cannot_be_opened_cost_requests_with_a_key_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let blocked = dir.path().join("state").join(ANSWERS_KEY_FILE);
    std::fs::create_dir_all(&blocked).unwrap();
    let daemon = start(dir.path(), "").await;
    let begin = async |key: &str| {
        let key = RequestKey { caller: "uid 0".into(), key: key.into() };
        daemon.backend.begin_answer(key, Fingerprint([1; 32])).await
    };
    assert!(daemon.is_fresh().await, "the engine answers");
    assert!(begin("a").await.is_err());
    std::fs::remove_dir(&blocked).unwrap();
    assert_eq!(begin("a").await.unwrap(), Begun::New, "mended without a restart");
    daemon.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_answers_keep_no_door_waiting() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    std::fs::create_dir(&state).unwrap();
    std::fs::write(state.join(ANSWERS_FILE), vec![0x5a; 9_000]).unwrap();
    std::fs::write(state.join(ANSWERS_KEY_FILE), b"half").unwrap();
    let daemon = start(dir.path(), "").await;
    let key = RequestKey { caller: "uid 0".into(), key: "a".into() };
    assert_eq!(daemon.backend.begin_answer(key, Fingerprint([1; 32])).await.unwrap(), Begun::New);
    daemon.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_console_without_its_certificate_keeps_no_door_waiting() {
    let dir = tempfile::tempdir().unwrap();
    let daemon = start(dir.path(), "certificate = \"missing.pem\"\nkey = \"missing.key\"").await;
    assert!(daemon.is_fresh().await, "the engine answers");
    daemon.stop().await.unwrap();
}
