//! Stories of a store: crashes, full disks, lost answers, hands that alter files. Each ends with the same question: is
//! what was committed there, once, and does replay give the tables?

mod author;
mod carry_over;
mod damage;
mod size;

use std::future::Future;
use std::os::unix::fs::PermissionsExt;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use proptest::prelude::*;
use rackward_core::facts::{Contact, Lock};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tempfile::TempDir;

use super::*;
use author::{Author, denied, door_is, granted, noted, raised};

async fn fresh() -> (TempDir, Store, Author) {
    let dir = tempfile::tempdir().unwrap();
    let (store, loaded) = Store::open(dir.path()).await.unwrap();
    assert_eq!(loaded.records, Records::default());
    (dir, store, Author::default())
}

/// Opens again and asks the question of this file.
async fn reopened(dir: &TempDir, author: &Author) -> Store {
    let (store, loaded) = Store::open(dir.path()).await.unwrap();
    assert_eq!(loaded.records, author.records);
    assert_eq!(loaded.names, author.names);
    assert_eq!(loaded.visitor_names, author.visitor_names);
    assert_eq!(loaded.person_keys, author.person_keys);
    assert_eq!(loaded.pins, author.pins);
    assert_eq!(loaded.operator_names, author.operator_names);
    assert_eq!(loaded.secrets, author.secrets);
    assert_eq!(loaded.damaged, []);
    assert_eq!(store.head(), loaded.head);
    assert_eq!(verify::replay(&store.reader()).await.unwrap(), store.head());
    store
}

/// Alters the files of a closed store, as other hands could.
async fn tamper(dir: &TempDir, sql: &str) {
    let mut other = prepare::options(&dir.path().join(DATABASE_FILE)).connect().await.unwrap();
    sqlx::query(AssertSqlSafe(sql)).execute(&mut other).await.unwrap();
    other.close().await.unwrap();
}

#[tokio::test]
async fn what_was_committed_survives_a_crash_and_a_good_end() {
    let (dir, mut store, mut author) = fresh().await;
    store.commit(&author.a_first_day()).await.unwrap();
    store.commit(&author.a_second_day()).await.unwrap();
    drop(store);
    let mut store = reopened(&dir, &author).await;
    store.commit(&author.write([door_is(Contact::Closed, Lock::Locked)])).await.unwrap();
    store.close().await.unwrap();
    let mut store = reopened(&dir, &author).await;
    store.commit(&author.denials(300)).await.unwrap();
    drop(reopened_after(store, &dir, &author).await);
}

async fn reopened_after(store: Store, dir: &TempDir, author: &Author) -> Store {
    drop(store);
    reopened(dir, author).await
}

#[tokio::test]
async fn the_reader_gives_entries_as_they_were_in_pages() {
    let (_dir, mut store, mut author) = fresh().await;
    let first = author.a_first_day();
    let second = author.denials(9_000);
    store.commit(&first).await.unwrap();
    let reader = store.reader();
    assert_eq!(reader.entries_after(Seq::new(0), u32::MAX).await.unwrap(), first.entries);
    assert_eq!(reader.entries_after(Seq::new(2), 3).await.unwrap(), first.entries[2..5]);
    store.commit(&second).await.unwrap();
    let page = reader.entries_after(store_seq(&first), u32::MAX).await.unwrap();
    assert_eq!(page, second.entries[..ENTRIES_MAX_ROWS as usize]);
    assert_eq!(reader.entries_after(author.records.head, 10).await.unwrap(), []);
    assert_eq!(reader.head().await.unwrap(), store.head());
}

fn store_seq(batch: &Batch) -> Seq {
    batch.entries.last().unwrap().seq
}

#[tokio::test]
async fn a_full_disk_leaves_nothing_half_done_and_the_same_batch_commits_later() {
    let (dir, mut store, mut author) = fresh().await;
    store.commit(&author.a_first_day()).await.unwrap();
    store.limit_pages(Some(1));
    let (mut before, mut refused) = (author.clone(), Batch::default());
    for alarm in 2..1_000 {
        before = author.clone();
        refused = author.write([raised(alarm), noted(alarm, 900), door_is(Contact::Closed, Lock::Locked)]);
        match store.commit(&refused).await {
            Ok(()) => {}
            Err(StoreError::Full { .. }) => break,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(store.head().seq, before.records.head);
    assert_eq!(verify::replay(&store.reader()).await.unwrap().seq, before.records.head);
    assert!(matches!(store.commit(&refused).await, Err(StoreError::Full { .. })), "still full");
    store.limit_pages(None);
    store.commit(&refused).await.unwrap();
    drop(store);
    reopened(&dir, &author).await;
}

#[tokio::test]
async fn a_crash_while_the_disk_is_full_loses_nothing_that_was_acknowledged() {
    let (dir, mut store, mut author) = fresh().await;
    store.commit(&author.a_first_day()).await.unwrap();
    store.limit_pages(Some(1));
    let before = author.clone();
    let too_much = author.write((2..500).map(raised));
    assert!(matches!(store.commit(&too_much).await, Err(StoreError::Full { .. })));
    drop(store);
    reopened(&dir, &before).await;
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_not_written_twice() {
    let (dir, mut store, mut author) = fresh().await;
    store.commit(&author.a_first_day()).await.unwrap();
    let before = store.head();
    let mut batch = author.denials(2);
    store.commit(&batch).await.unwrap();
    // The writer forgets that it succeeded, as if the answer had not come.
    store.writer.forget_since(before);
    let more = author.write([door_is(Contact::Closed, Lock::Locked), denied()]);
    batch.entries.extend(more.entries);
    batch.changes.extend(more.changes);
    store.commit(&batch).await.unwrap();
    store.writer.forget_since(before);
    store.commit(&batch).await.unwrap();
    drop(store);
    reopened(&dir, &author).await;
}

/// Begins to commit, gives up at the first wait and commits again, unless the first attempt was done at once.
async fn commit_cancelled(store: &mut Store, batch: &Batch) {
    let first_step = pin!(store.commit(batch)).poll(&mut Context::from_waker(Waker::noop()));
    match first_step {
        Poll::Ready(result) => result.unwrap(),
        Poll::Pending => store.commit(batch).await.unwrap(),
    }
}

#[tokio::test]
async fn a_cancelled_commit_can_be_repeated() {
    let (dir, mut store, mut author) = fresh().await;
    store.commit(&author.a_first_day()).await.unwrap();
    for count in 1..20 {
        let batch = if count % 2 == 0 { author.denials(count) } else { author.write([raised(count as u32 + 1)]) };
        commit_cancelled(&mut store, &batch).await;
    }
    drop(store);
    reopened(&dir, &author).await;
}

#[tokio::test]
async fn a_batch_that_does_not_continue_the_journal_is_refused() {
    let (_dir, mut store, mut author) = fresh().await;
    store.commit(&author.a_first_day()).await.unwrap();
    let mut skipping = author.clone();
    skipping.denials(1);
    let gap = store.commit(&skipping.denials(1)).await;
    assert!(matches!(gap, Err(StoreError::OutOfOrder { expected, found }) if expected.next() == found), "{gap:?}");
    assert!(store.commit(&Batch::default()).await.is_ok());
    store.commit(&author.denials(1)).await.unwrap();
}

#[tokio::test]
async fn a_second_writer_is_noticed() {
    let (dir, mut store, mut author) = fresh().await;
    store.commit(&author.a_first_day()).await.unwrap();
    let mut other = author.clone();
    tamper(&dir, "INSERT INTO entry SELECT seq + 1, at, kind, bytes, chain FROM entry ORDER BY seq DESC LIMIT 1").await;
    let first = store.commit(&other.denials(1)).await;
    assert!(first.is_err());
    let again = store.commit(&author.denials(1)).await;
    assert!(matches!(again, Err(StoreError::Diverged { .. })), "{again:?}");
}

#[tokio::test]
async fn only_one_daemon_may_own_a_directory() {
    let (dir, store, _) = fresh().await;
    let second = Store::open(dir.path()).await;
    assert!(matches!(second, Err(StoreError::InUse { .. })), "{second:?}");
    drop(store);
    assert!(Store::open(dir.path()).await.is_ok());
}

#[tokio::test]
async fn files_are_for_their_owner_alone() {
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("state");
    let (mut store, _) = Store::open(&dir).await.unwrap();
    store.commit(&Author::default().a_first_day()).await.unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    for file in std::fs::read_dir(&dir).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{path:?}");
    }
}

#[tokio::test]
async fn the_log_keeps_its_size_under_an_unbroken_stream_of_commits() {
    let (dir, mut store, mut author) = fresh().await;
    let log = log_path(&dir.path().join(DATABASE_FILE));
    for _ in 0..3_000 {
        store.commit(&author.denials(1)).await.unwrap();
    }
    assert_eq!(std::fs::metadata(&log).unwrap().len(), prepare::LOG_BYTES);
    store.close().await.unwrap();
    reopened(&dir, &author).await;
}

#[tokio::test]
async fn a_log_left_by_a_crash_is_read_not_replaced() {
    let (dir, mut store, mut author) = fresh().await;
    let copy = tempfile::tempdir().unwrap();
    store.commit(&author.a_first_day()).await.unwrap();
    store.commit(&author.denials(5)).await.unwrap();
    // What a power loss leaves: the files as they are, the log not yet copied.
    for name in [DATABASE_FILE, "journal.db-wal"] {
        std::fs::copy(dir.path().join(name), copy.path().join(name)).unwrap();
    }
    std::fs::write(copy.path().join("journal.db-wal.new"), "half").unwrap();
    let mut second = reopened(&copy, &author).await;
    second.commit(&author.denials(1)).await.unwrap();
    second.close().await.unwrap();
    reopened(&copy, &author).await;
    assert!(!copy.path().join("journal.db-wal.new").exists());
}

#[tokio::test]
async fn a_journal_is_verified_beside_its_daemon() {
    let (dir, mut store, mut author) = fresh().await;
    store.commit(&author.a_first_day()).await.unwrap();
    let verified = verify::journal(dir.path()).await.unwrap();
    assert_eq!(verified.head, store.head());
    assert!(verified.to_string().starts_with("11 entries, none missing, none altered"), "{verified}");
    store.commit(&author.denials(1)).await.unwrap();
    let nothing = tempfile::tempdir().unwrap();
    assert!(verify::journal(nothing.path()).await.is_err());
    assert_eq!(std::fs::read_dir(nothing.path()).unwrap().count(), 0, "looking makes nothing");
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_left_alone() {
    let (dir, store, _) = fresh().await;
    store.close().await.unwrap();
    let newer = prepare::VERSION + 1;
    let known = "description, installed_on, success, checksum, execution_time FROM _sqlx_migrations LIMIT 1";
    tamper(&dir, &format!("INSERT INTO _sqlx_migrations SELECT {newer}, {known}")).await;
    let refused = Store::open(dir.path()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Foreign { .. }), "{refused}");
}

/// What may happen to a store between two batches.
#[derive(Debug, Clone)]
enum Step {
    Commit(u8),
    CommitCancelled(u8),
    CommitWhenFull(u8),
    Crash,
    Close,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..90u8).prop_map(Step::Commit),
        2 => (1..90u8).prop_map(Step::CommitCancelled),
        2 => (1..90u8).prop_map(Step::CommitWhenFull),
        1 => Just(Step::Crash),
        1 => Just(Step::Close),
    ];
    proptest::collection::vec(step, 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_happens_every_acknowledged_entry_is_there_once(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(live_through(steps));
    }
}

async fn live_through(steps: Vec<Step>) {
    let (dir, mut store, mut author) = fresh().await;
    let mut alarm = 0;
    let mut some = |author: &mut Author, size: u8| {
        alarm += 1;
        let kinds = [raised(alarm), denied(), door_is(Contact::Open, Lock::Unlocked), granted(), noted(alarm, 200)];
        // Even sizes are entries alone, odd ones change rows too.
        let pick = |i: u8| if size.is_multiple_of(2) { denied() } else { kinds[usize::from(i) % kinds.len()].clone() };
        author.write((0..size).map(pick))
    };
    for step in steps {
        match step {
            Step::Commit(size) => store.commit(&some(&mut author, size)).await.unwrap(),
            Step::CommitCancelled(size) => {
                let batch = some(&mut author, size);
                commit_cancelled(&mut store, &batch).await;
            }
            Step::CommitWhenFull(size) => {
                let batch = some(&mut author, size);
                store.limit_pages(Some(1));
                let _ = store.commit(&batch).await;
                store.limit_pages(None);
                if store.head().seq < store_seq(&batch) {
                    store.commit(&batch).await.unwrap();
                }
            }
            Step::Crash => store = reopened_after(store, &dir, &author).await,
            Step::Close => {
                store.close().await.unwrap();
                store = reopened(&dir, &author).await;
            }
        }
        assert_eq!(store.head().seq, author.records.head);
    }
    reopened_after(store, &dir, &author).await;
}
