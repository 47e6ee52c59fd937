//! Cursors beside a journal in memory, in virtual time: what is given, in which order, how often, and after which waits.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rackward_core::Entry;
use rackward_core::time::Monotonic;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::*;

/// A journal in memory.
#[derive(Clone)]
struct Journal {
    entries: Arc<Mutex<Vec<Stamped>>>,
    head: watch::Sender<Seq>,
}

impl Journal {
    fn new(count: u64, first_at: i64) -> Self {
        let journal = Self { entries: Arc::default(), head: watch::Sender::new(Seq::new(0)) };
        journal.grow(count, first_at);
        journal
    }

    fn grow(&self, count: u64, first_at: i64) {
        let mut entries = self.entries.lock().unwrap();
        for _ in 0..count {
            let seq = entries.len() as u64 + 1;
            let at = Wall::from_micros(first_at + i64::try_from(seq).unwrap());
            entries.push(Stamped { seq: Seq::new(seq), at, entry: Entry::Stopped });
        }
        self.head.send_replace(Seq::new(entries.len() as u64));
    }
}

impl Source for Journal {
    async fn entries_after(&self, after: Seq, limit: u32) -> Result<Vec<Stamped>, Failure> {
        let entries = self.entries.lock().unwrap();
        Ok(entries.iter().skip(usize::try_from(after.get()).unwrap()).take(limit as usize).cloned().collect())
    }
}

/// What a sink saw: which entries, and how long after its beginning.
type Seen = Arc<Mutex<Vec<(u64, Duration)>>>;

/// A consumer that keeps its position in memory, and fails as often as it is told.
struct Sink {
    position: Option<Position>,
    first: Seq,
    failing: Arc<AtomicU64>,
    wants_wait: Option<Duration>,
    takes_one_before_failing: bool,
    /// Told when what it took is gone.
    lost: Arc<Notify>,
    begun: Instant,
    seen: Seen,
    tries: Seen,
}

impl Sink {
    fn at(position: Option<Position>) -> Self {
        Self {
            position,
            first: Seq::new(0),
            failing: Arc::default(),
            wants_wait: None,
            takes_one_before_failing: false,
            lost: Arc::default(),
            begun: Instant::now(),
            seen: Arc::default(),
            tries: Arc::default(),
        }
    }
}

impl Consumer for Sink {
    const KEEPS_POSITION: bool = true;

    fn batch_entries(&self) -> u32 {
        3
    }

    fn first(&self, _head: Seq) -> Seq {
        self.first
    }

    async fn own_position(&mut self) -> Result<Option<Position>, Failure> {
        Ok(self.position)
    }

    async fn begin_at(&mut self, position: Position) -> Result<(), Failure> {
        self.position = Some(position);
        Ok(())
    }

    async fn start_over(&mut self) -> Result<(), Failure> {
        self.seen.lock().unwrap().clear();
        Ok(())
    }

    async fn unsettled(&mut self) {
        self.lost.notified().await;
        self.position = Some(Position::START);
    }

    async fn take(&mut self, entries: &[Stamped]) -> Result<Seq, Failure> {
        let now = self.begun.elapsed();
        let first = entries.first().unwrap();
        self.tries.lock().unwrap().push((first.seq.get(), now));
        if self.failing.load(Ordering::SeqCst) > 0 {
            self.failing.fetch_sub(1, Ordering::SeqCst);
            let reached = self.takes_one_before_failing.then_some(first.seq);
            self.position = reached.map(|_| Position::of(first)).or(self.position);
            self.seen.lock().unwrap().extend(reached.map(|seq| (seq.get(), now)));
            let said = "the sink is full".to_owned();
            return Err(Failure { reached, said, retry_after: self.wants_wait });
        }
        self.seen.lock().unwrap().extend(entries.iter().map(|entry| (entry.seq.get(), now)));
        let last = entries.last().unwrap();
        self.position = Some(Position::of(last));
        Ok(last.seq)
    }
}

fn standing_clock() -> Now {
    Now { monotonic: Monotonic::from_micros(0), wall: Wall::from_micros(77) }
}

/// A cursor over `journal` whose consumer keeps its own position: no file is touched.
struct Running {
    cursors: Cursors,
    ending: CancellationToken,
    task: JoinHandle<()>,
    seen: Seen,
    tries: Seen,
}

fn name() -> CursorName {
    CursorName::parse("sink").unwrap()
}

fn run(journal: &Journal, sink: Sink) -> Running {
    let positions = Positions::in_dir(std::path::Path::new("/nowhere"));
    let cursors = Cursors::new(positions, journal.head.subscribe(), standing_clock);
    let (seen, tries, ending) = (sink.seen.clone(), sink.tries.clone(), CancellationToken::new());
    let task = tokio::spawn(cursors.follow(name(), journal.clone(), sink, ending.clone()));
    Running { cursors, ending, task, seen, tries }
}

impl Running {
    /// Lets a cursor work until it has taken everything or waits.
    async fn until_position(&self, seq: u64) {
        let mut status = self.cursors.watch(&name()).unwrap();
        status.wait_for(|status| status.position == Seq::new(seq)).await.unwrap();
    }

    fn seqs(&self) -> Vec<u64> {
        self.seen.lock().unwrap().iter().map(|(seq, _)| *seq).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn entries_come_in_order_and_new_ones_at_once() {
    let journal = Journal::new(7, 100);
    let running = run(&journal, Sink::at(None));
    running.until_position(7).await;
    journal.grow(4, 100);
    running.until_position(11).await;
    assert_eq!(running.seqs(), (1..=11).collect::<Vec<_>>());
    let [status] = running.cursors.statuses().try_into().unwrap();
    assert_eq!((status.lag_entries(), status.started_over), (0, None));
    running.ending.cancel();
    running.task.await.unwrap();
    assert_eq!(running.cursors.statuses(), []);
}

#[tokio::test(start_paused = true)]
async fn what_failed_is_given_again_after_growing_waits() {
    let journal = Journal::new(5, 100);
    let sink = Sink::at(None);
    sink.failing.store(3, Ordering::SeqCst);
    let running = run(&journal, sink);
    running.until_position(5).await;
    assert_eq!(running.seqs(), [1, 2, 3, 4, 5]);
    let tries = running.tries.lock().unwrap().clone();
    let waits: Vec<Duration> = tries.windows(2).map(|pair| pair[1].1 - pair[0].1).collect();
    for (wait, whole) in waits.iter().zip([1_u64, 2, 4]) {
        let whole = Duration::from_secs(whole);
        // The virtual clock steps in milliseconds.
        assert!(*wait <= whole + Duration::from_millis(1) && *wait >= whole * 3 / 4, "{waits:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_taken_before_a_failure_is_not_given_again() {
    let journal = Journal::new(5, 100);
    let sink = Sink { takes_one_before_failing: true, ..Sink::at(None) };
    sink.failing.store(2, Ordering::SeqCst);
    let running = run(&journal, sink);
    running.until_position(5).await;
    assert_eq!(running.seqs(), [1, 2, 3, 4, 5]);
    let tries: Vec<u64> = running.tries.lock().unwrap().iter().map(|(seq, _)| *seq).collect();
    assert_eq!(tries, [1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_says_when_is_asked_then() {
    let journal = Journal::new(1, 100);
    let sink = Sink { wants_wait: Some(Duration::from_hours(2)), ..Sink::at(None) };
    sink.failing.store(1, Ordering::SeqCst);
    let running = run(&journal, sink);
    running.until_position(1).await;
    journal.grow(1, 100);
    running.until_position(2).await;
    let tries = running.tries.lock().unwrap().clone();
    assert!(tries[1].1 >= Duration::from_mins(90), "{tries:?}");
}

#[tokio::test(start_paused = true)]
async fn a_failing_cursor_says_so_and_ends_while_it_waits() {
    let journal = Journal::new(5, 100);
    let sink = Sink::at(None);
    sink.failing.store(u64::MAX, Ordering::SeqCst);
    let running = run(&journal, sink);
    let mut status = running.cursors.watch(&name()).unwrap();
    let failing = |status: &CursorStatus| matches!(status.state, CursorState::Failing { failures: 2, .. });
    let said = status.wait_for(failing).await.unwrap().clone();
    let expected = CursorState::Failing { since: Wall::from_micros(77), failures: 2, said: "the sink is full".into() };
    assert_eq!(said.state, expected);
    assert_eq!(said.lag_entries(), 5);
    running.ending.cancel();
    running.task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_position_that_this_journal_does_not_have_starts_over() {
    let at = |seq, at| Position { seq: Seq::new(seq), at: Wall::from_micros(at) };
    // Behind its end, and within it but of another journal.
    for before in [at(9, 109), at(4, 999)] {
        let journal = Journal::new(5, 100);
        let running = run(&journal, Sink::at(Some(before)));
        running.until_position(5).await;
        assert_eq!(running.seqs(), [1, 2, 3, 4, 5], "{before:?}");
        let [status] = running.cursors.statuses().try_into().unwrap();
        assert_eq!(status.started_over, Some(Wall::from_micros(77)), "{before:?}");
    }
    let journal = Journal::new(5, 100);
    let running = run(&journal, Sink::at(Some(at(4, 104))));
    running.until_position(5).await;
    assert_eq!(running.seqs(), [5]);
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_wants_no_past_begins_behind_the_head_when_it_starts_over() {
    let journal = Journal::new(5, 100);
    let lost = Position { seq: Seq::new(50), at: Wall::from_micros(5) };
    let running = run(&journal, Sink { first: Seq::new(u64::MAX), ..Sink::at(Some(lost)) });
    running.until_position(5).await;
    journal.grow(1, 100);
    running.until_position(6).await;
    assert_eq!(running.seqs(), [6]);
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_lost_what_it_took_is_given_it_again() {
    let journal = Journal::new(4, 100);
    let sink = Sink::at(None);
    let lost = sink.lost.clone();
    let running = run(&journal, sink);
    running.until_position(4).await;
    lost.notify_one();
    while running.seqs().len() < 8 {
        tokio::task::yield_now().await;
    }
    assert_eq!(running.seqs(), [1, 2, 3, 4, 1, 2, 3, 4]);
}

#[tokio::test]
async fn what_a_cursor_kept_of_a_consumer_that_keeps_its_own_position_counts_for_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let positions = Positions::in_dir(dir.path());
    let old = Position { seq: Seq::new(2), at: Wall::from_micros(102) };
    positions.set(&name(), old).await.unwrap();
    let journal = Journal::new(5, 100);
    let cursors = Cursors::new(positions.clone(), journal.head.subscribe(), standing_clock);
    let sink = Sink { first: Seq::new(u64::MAX), ..Sink::at(None) };
    let (seen, ending) = (sink.seen.clone(), CancellationToken::new());
    let task = tokio::spawn(cursors.follow(name(), journal.clone(), sink, ending.clone()));
    let mut status = cursors.watch(&name()).unwrap();
    status.wait_for(|status| status.state == CursorState::Following).await.unwrap();
    journal.grow(1, 100);
    status.wait_for(|status| status.position == Seq::new(6)).await.unwrap();
    assert_eq!(seen.lock().unwrap().iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [6]);
    assert_eq!(positions.of(&name()).await.unwrap(), Some(old), "nor is it written");
    ending.cancel();
    task.await.unwrap();
}

#[tokio::test]
async fn where_a_cursor_begins_is_kept_before_anything_happens() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::new(5, 100);
    let seen: Arc<Mutex<Vec<u64>>> = Arc::default();
    for expected in [&[][..], &[6]] {
        let cursors = Cursors::new(Positions::in_dir(dir.path()), journal.head.subscribe(), standing_clock);
        let ending = CancellationToken::new();
        let plain = Plain { first: Seq::new(u64::MAX), seen: seen.clone() };
        let task = tokio::spawn(cursors.follow(name(), journal.clone(), plain, ending.clone()));
        let mut status = cursors.watch(&name()).unwrap();
        let head = *journal.head.borrow();
        let done = |status: &CursorStatus| status.position == head && status.state == CursorState::Following;
        status.wait_for(done).await.unwrap();
        assert_eq!(*seen.lock().unwrap(), expected);
        ending.cancel();
        task.await.unwrap();
        // It stopped before it was given anything, and this happened meanwhile.
        journal.grow(1, 100);
    }
}

/// A consumer whose position the cursor keeps.
struct Plain {
    first: Seq,
    seen: Arc<Mutex<Vec<u64>>>,
}

impl Consumer for Plain {
    fn first(&self, _head: Seq) -> Seq {
        self.first
    }

    async fn take(&mut self, entries: &[Stamped]) -> Result<Seq, Failure> {
        self.seen.lock().unwrap().extend(entries.iter().map(|entry| entry.seq.get()));
        Ok(entries.last().unwrap().seq)
    }
}

#[tokio::test]
async fn a_kept_position_is_where_the_next_run_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::new(5, 100);
    let seen: Arc<Mutex<Vec<u64>>> = Arc::default();
    for (growth, expected) in [(0, 5), (3, 8)] {
        journal.grow(growth, 100);
        let cursors = Cursors::new(Positions::in_dir(dir.path()), journal.head.subscribe(), standing_clock);
        let ending = CancellationToken::new();
        let plain = Plain { first: Seq::new(0), seen: seen.clone() };
        let task = tokio::spawn(cursors.follow(name(), journal.clone(), plain, ending.clone()));
        let mut status = cursors.watch(&name()).unwrap();
        let done =
            |status: &CursorStatus| status.position == Seq::new(expected) && status.state == CursorState::Following;
        status.wait_for(done).await.unwrap();
        ending.cancel();
        task.await.unwrap();
    }
    let mut twice = seen.lock().unwrap().clone();
    twice.dedup();
    assert_eq!(twice, (1..=8).collect::<Vec<_>>());
}

#[test]
fn names_are_plain() {
    for (text, fits) in [("search", true), ("webhook:wh-1", true), ("", false), ("Search", false), ("a b", false)] {
        assert_eq!(CursorName::parse(text).is_some(), fits, "{text}");
    }
    assert_eq!(CursorName::parse(&"a".repeat(65)), None);
}
