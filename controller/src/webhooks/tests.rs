//! Webhooks against receivers on loopback, well behaved and hostile ones, over a journal in memory.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

use data_encoding::BASE64;
use rackward_core::id::Seq;
use rackward_core::site::draft::SiteDraft;
use rackward_core::{Command, Entry, Monotonic, Stamped, Wall};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

use super::*;
use crate::cursor::{CursorState, Failure, Positions};
use crate::pki::Trust;

const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

/// 2026-07-24T13:03:22Z. Attempts and entries happen then.
fn clock() -> Now {
    Now { monotonic: Monotonic::from_micros(1), wall: Wall::from_seconds(1_784_898_202) }
}

fn site() -> Arc<Site> {
    let draft = SiteDraft { name: "lon1".to_owned(), time_zone: "Europe/London".to_owned(), ..SiteDraft::default() };
    Arc::new(draft.build(&BTreeMap::new()).unwrap())
}

/// A journal whose entries all say that the daemon started.
#[derive(Debug, Clone)]
struct Journal {
    entries: Arc<Mutex<Vec<Stamped>>>,
    head: watch::Sender<Seq>,
}

impl Journal {
    fn new() -> Self {
        Self { entries: Arc::default(), head: watch::Sender::new(Seq::new(0)) }
    }

    fn append(&self, count: u64) {
        let mut entries = self.entries.lock().unwrap();
        for _ in 0..count {
            let seq = Seq::new(entries.len() as u64 + 1);
            entries.push(Stamped { seq, at: clock().wall, entry: Entry::Started { version: "1".to_owned() } });
        }
        self.head.send_replace(Seq::new(entries.len() as u64));
    }
}

impl Source for Journal {
    async fn entries_after(&self, after: Seq, limit: u32) -> Result<Vec<Stamped>, Failure> {
        let entries = self.entries.lock().unwrap();
        Ok(entries.iter().filter(|entry| entry.seq > after).take(limit as usize).cloned().collect())
    }
}

/// What a receiver was sent.
#[derive(Debug, Clone)]
struct Received {
    head: String,
    body: Vec<u8>,
}

impl Received {
    fn header(&self, name: &str) -> &str {
        let line = self.head.lines().find(|line| line.to_lowercase().starts_with(&format!("{name}:")));
        line.and_then(|line| line.split_once(": ")).map(|(_, value)| value).unwrap_or_default()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn seq(&self) -> u64 {
        self.json()["data"]["id"].as_str().unwrap().parse().unwrap()
    }
}

/// What a receiver answers with; it may be any bytes.
type Answers = Arc<dyn Fn(u64) -> Vec<u8> + Send + Sync>;

/// A receiver that tells what it was sent.
struct Receiver {
    address: SocketAddr,
    received: mpsc::UnboundedReceiver<Received>,
}

impl Receiver {
    async fn start(answer: impl Fn(u64) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (told, received) = mpsc::unbounded_channel();
        let answer: Answers = Arc::new(answer);
        tokio::spawn(async move {
            for number in 1.. {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(converse(stream, number, Arc::clone(&answer), told.clone()));
            }
        });
        Self { address, received }
    }

    async fn next(&mut self) -> Received {
        self.received.recv().await.unwrap()
    }
}

async fn converse(mut stream: TcpStream, number: u64, answer: Answers, told: mpsc::UnboundedSender<Received>) {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let received = Received { head, body: Vec::new() };
    let length: usize = received.header("content-length").parse().unwrap();
    while bytes.len() < end + 4 + length {
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let _ = told.send(Received { body: bytes[end + 4..].to_vec(), ..received });
    let _ = stream.write_all(&answer(number)).await;
    // An answer without an end leaves the connection open, as a hostile receiver does.
    if answer(number).is_empty() {
        std::future::pending::<()>().await;
    }
}

fn status(code: u16) -> Vec<u8> {
    format!("HTTP/1.1 {code} X\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n").into_bytes()
}

fn target(name: &str, address: SocketAddr, guard: &Guard) -> TargetSettings {
    TargetSettings {
        name: name.to_owned(),
        endpoint: Endpoint::parse(&format!("http://{address}/hook?token=t"), guard).unwrap(),
        signer: Arc::new(Signer::from_text(SECRET.as_bytes()).unwrap()),
        events: vec![EventPattern::parse("site.*").unwrap()],
        area: None,
        content: Content::Full,
        trust: Trust::in_authorities(None).unwrap(),
    }
}

fn guard() -> Guard {
    Guard::new(vec!["127.0.0.1/32".parse().unwrap()])
}

/// A daemon's webhooks, over a journal in memory.
struct Rig {
    dir: tempfile::TempDir,
    journal: Journal,
    closing: CancellationToken,
    tasks: TaskTracker,
    engine: mpsc::Sender<Wanted>,
    told: mpsc::Receiver<Wanted>,
}

impl Rig {
    fn new() -> Self {
        let (dir, journal) = (tempfile::tempdir().unwrap(), Journal::new());
        let (engine, told) = mpsc::channel(16);
        Self { dir, journal, closing: CancellationToken::new(), tasks: TaskTracker::new(), engine, told }
    }

    async fn start(&self, receivers: &[(&str, SocketAddr)]) -> Webhooks {
        self.start_with(receivers.iter().map(|(name, address)| target(name, *address, &guard())).collect()).await
    }

    async fn start_with(&self, targets: Vec<TargetSettings>) -> Webhooks {
        let names: Vec<_> = targets.iter().map(|target| target.cursor().unwrap()).collect();
        let webhooks = self.start_now(targets);
        // A target that is new begins at the head that it finds, so it must have looked before there is more.
        for name in names {
            let mut cursor = webhooks.cursors.watch(&name).unwrap();
            cursor.wait_for(|status| status.state == CursorState::Following).await.unwrap();
        }
        webhooks
    }

    fn start_now(&self, targets: Vec<TargetSettings>) -> Webhooks {
        let cursors = Cursors::new(Positions::in_dir(self.dir.path()), self.journal.head.subscribe(), clock);
        let settings = WebhookSettings { guard: Arc::new(guard()), targets };
        let webhooks = Webhooks::new(self.dir.path(), settings, site(), cursors, self.engine.clone(), clock);
        webhooks.start(&self.journal, &self.tasks, &self.closing);
        webhooks
    }

    /// The next thing that the engine is told.
    async fn told(&mut self) -> String {
        match self.told.recv().await.unwrap() {
            Wanted::Sink { name, health } => format!("{name} {health:?}"),
            Wanted::Command { command: Command::Webhook(command), caller, .. } => {
                format!("{:?} {} {:?}", caller.actor, command.webhook.as_str(), command.order)
            }
            other => panic!("{other:?}"),
        }
    }

    async fn stop(&mut self) {
        self.closing.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        (self.closing, self.tasks) = (CancellationToken::new(), TaskTracker::new());
    }
}

async fn state_of(webhooks: &Webhooks, name: &str) -> WebhookStatus {
    let WebhookAnswer::Targets(targets) = webhooks.answer(WebhookWish::List).await.unwrap() else { panic!() };
    targets.into_iter().find(|target| target.name == name).unwrap()
}

/// Looks until a target is as wanted; what it waits for comes by itself or the test's own time limit ends it.
async fn until(webhooks: &Webhooks, name: &str, wanted: impl Fn(&WebhookStatus) -> bool) -> WebhookStatus {
    loop {
        let state = state_of(webhooks, name).await;
        if wanted(&state) {
            return state;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn entries_arrive_signed_in_order_and_once() {
    let mut receiver = Receiver::start(|_| status(204)).await;
    let rig = Rig::new();
    rig.journal.append(3);
    let webhooks = rig.start(&[("desk", receiver.address)]).await;
    rig.journal.append(10);
    let mut received = Vec::new();
    for _ in 0..10 {
        received.push(receiver.next().await);
    }
    let mut seqs: Vec<u64> = received.iter().map(Received::seq).collect();
    seqs.sort_unstable();
    assert_eq!(seqs, (4..=13).collect::<Vec<_>>(), "a new target is told what happens from now on");
    let one = &received[0];
    assert!(one.head.starts_with("POST /hook?token=t HTTP/1.1\r\n"), "{}", one.head);
    assert_eq!((one.json()["type"].as_str(), one.header("content-type")), (Some("site.started"), "application/json"));
    let (id, at) = (one.header("webhook-id"), one.header("webhook-timestamp"));
    assert_eq!((id, at), (format!("msg_lon1-{}-1784898202000000", one.seq()).as_str(), "1784898202"));
    let key = BASE64.decode(SECRET.trim_start_matches("whsec_").as_bytes()).unwrap();
    let signed = [format!("{id}.{at}.").as_bytes(), &one.body].concat();
    let tag = ring::hmac::sign(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &key), &signed);
    assert_eq!(one.header("webhook-signature"), format!("v1,{}", BASE64.encode(tag.as_ref())));
    let state = until(&webhooks, "desk", |state| state.delivered == 10).await;
    assert_eq!((state.waiting, state.failures, state.state), (0, 0, WebhookState::Open));
}

#[tokio::test]
async fn what_was_not_taken_waits_over_a_restart_and_a_dead_target_holds_nobody_up() {
    let dead = Receiver::start(|_| status(500)).await;
    let mut well = Receiver::start(|_| status(200)).await;
    let mut rig = Rig::new();
    let receivers = [("dead", dead.address), ("well", well.address)];
    let webhooks = rig.start(&receivers).await;
    rig.journal.append(5);
    for _ in 0..5 {
        well.next().await;
    }
    let state = until(&webhooks, "dead", |state| state.failed_attempts == 5).await;
    assert_eq!(state.waiting, 5);
    assert!(matches!(state.state, WebhookState::Away { .. }), "{state:?}");
    assert_eq!(state.last_failure.map(|(_, cause)| cause).as_deref(), Some("answered 500"));
    // What arrived is not yet known to have been taken: the answer is still on its way.
    until(&webhooks, "well", |state| state.delivered == 5).await;
    rig.stop().await;
    let webhooks = rig.start(&receivers).await;
    assert_eq!(state_of(&webhooks, "dead").await.waiting, 5);
    rig.journal.append(1);
    assert_eq!(well.next().await.seq(), 6, "nothing that was taken comes again");
}

#[tokio::test]
async fn a_target_that_is_gone_is_left_alone_until_it_is_enabled() {
    let mut receiver = Receiver::start(|number| status(if number == 1 { 410 } else { 200 })).await;
    let mut rig = Rig::new();
    let webhooks = rig.start(&[("desk", receiver.address)]).await;
    rig.journal.append(1);
    receiver.next().await;
    until(&webhooks, "desk", |state| matches!(state.state, WebhookState::Disabled { .. })).await;
    rig.journal.append(3);
    rig.stop().await;
    let webhooks = rig.start(&[("desk", receiver.address)]).await;
    assert!(matches!(state_of(&webhooks, "desk").await.state, WebhookState::Disabled { .. }), "over a restart as well");
    assert!(receiver.received.try_recv().is_err());
    webhooks.answer(WebhookWish::Enable { name: "desk".to_owned() }).await.unwrap();
    let mut seqs = Vec::new();
    for _ in 0..4 {
        seqs.push(receiver.next().await.seq());
    }
    seqs.sort_unstable();
    assert_eq!(seqs, [1, 2, 3, 4]);
}

#[tokio::test]
async fn hostile_answers_are_failures_that_are_told() {
    let endless = |head: &str| [head.as_bytes(), &vec![b'x'; 1 << 20]].concat();
    let table: Vec<(&str, Vec<u8>, &str)> = vec![
        ("a redirect inside", status(302), "answered 302: redirects are not followed, correct the url"),
        ("a refusal", status(403), "answered 403"),
        ("no HTTP", b"SSH-2.0-OpenSSH\r\n".to_vec(), "broke off before it answered"),
        ("an endless header", endless("HTTP/1.1 200 OK\r\nX: "), "broke off before it answered"),
        (
            "headers without number",
            format!("HTTP/1.1 200 OK\r\n{}", "A: b\r\n".repeat(1000)).into_bytes(),
            "broke off before it answered",
        ),
    ];
    for (what, answer, cause) in table {
        let receiver = Receiver::start(move |_| answer.clone()).await;
        let webhooks = Rig::new().start(&[("desk", receiver.address)]).await;
        let tested = webhooks.answer(WebhookWish::Test { name: "desk".to_owned() }).await.unwrap();
        assert_eq!(tested, WebhookAnswer::Tested(Err(cause.to_owned())), "{what}");
    }
    // The head says all that counts; what follows is never read.
    let receiver =
        Receiver::start(move |_| endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n")).await;
    let webhooks = Rig::new().start(&[("desk", receiver.address)]).await;
    let tested = webhooks.answer(WebhookWish::Test { name: "desk".to_owned() }).await.unwrap();
    assert_eq!(tested, WebhookAnswer::Tested(Ok(())), "an endless body");
}

/// What a target that never answers comes to, in virtual time.
#[tokio::test(start_paused = true)]
async fn a_target_that_never_answers_is_given_up_after_fifteen_seconds() {
    let (mut silent, ours) = tokio::io::duplex(1 << 16);
    let began = tokio::time::Instant::now();
    let endless = tokio::spawn(async move {
        // A byte of a header every second, for ever.
        let mut request = [0; 4096];
        let _ = silent.read(&mut request).await;
        let _ = silent.write_all(b"HTTP/1.1 200 OK\r\n").await;
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if silent.write_all(b"a").await.is_err() {
                return;
            }
        }
    });
    let guard = Arc::new(guard());
    let settings = target("desk", "127.0.0.1:9".parse().unwrap(), &guard);
    let tls = settings.trust.client();
    let post = Post { endpoint: settings.endpoint, guard, tls, signer: settings.signer };
    let message = Message::test(&site(), clock().wall);
    let outcome = post.send_over(ours, &message, clock().wall).await;
    assert_eq!((outcome, began.elapsed()), (Outcome::Failed(retries::Failure::TimedOut), post::ATTEMPT_LIMIT));
    endless.await.unwrap();
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_before_anything_is_sent() {
    let mut receiver = Receiver::start(|_| status(200)).await;
    let port = receiver.address.port();
    let guard = Arc::new(Guard::default());
    let signer = Arc::new(Signer::from_text(SECRET.as_bytes()).unwrap());
    for host in ["localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"] {
        let endpoint = Endpoint::parse(&format!("https://{host}:{port}/"), &guard).unwrap();
        let tls = Trust::in_authorities(None).unwrap().client();
        let post = Post { endpoint, guard: Arc::clone(&guard), tls, signer: Arc::clone(&signer) };
        let outcome = post.send(&Message::test(&site(), clock().wall), clock().wall).await;
        assert!(matches!(outcome, Outcome::Failed(retries::Failure::Internal(_))), "{host}: {outcome:?}");
    }
    assert!(receiver.received.try_recv().is_err());
}

#[tokio::test]
async fn a_flood_beside_a_dead_target_is_kept_as_places_and_no_more_than_some_of_them() {
    let dead = Receiver::start(|_| status(500)).await;
    let rig = Rig::new();
    let webhooks = rig.start(&[("dead", dead.address)]).await;
    let limit = queue::WAITING_LIMIT_MESSAGES as u64;
    rig.journal.append(limit * 3);
    until(&webhooks, "dead", |state| (state.waiting, state.behind_entries) == (limit, limit * 2)).await;
    let state = until(&webhooks, "dead", |state| state.failed_attempts >= 20).await;
    assert_eq!((state.waiting, state.behind_entries), (limit, limit * 2));
}

#[tokio::test]
async fn a_journal_that_was_replaced_is_begun_anew() {
    let mut receiver = Receiver::start(|_| status(500)).await;
    let mut rig = Rig::new();
    let webhooks = rig.start(&[("desk", receiver.address)]).await;
    rig.journal.append(5);
    until(&webhooks, "desk", |state| state.failed_attempts == 5).await;
    rig.stop().await;
    while receiver.received.try_recv().is_ok() {}
    rig.journal = Journal::new();
    rig.journal.append(2);
    let webhooks = rig.start(&[("desk", receiver.address)]).await;
    let state = state_of(&webhooks, "desk").await;
    assert_eq!((state.waiting, state.failures), (0, 0), "what waited was of another journal");
    rig.journal.append(1);
    assert_eq!(receiver.next().await.seq(), 3);
}

#[tokio::test]
async fn a_target_that_went_and_came_back_is_told_nothing_of_the_past() {
    let mut receiver = Receiver::start(|_| status(200)).await;
    let mut rig = Rig::new();
    let receivers = [("desk", receiver.address)];
    rig.start(&receivers).await;
    rig.journal.append(1);
    receiver.next().await;
    rig.stop().await;
    rig.start(&receivers).await;
    rig.journal.append(1);
    receiver.next().await;
    rig.stop().await;
    rig.start(&[]).await;
    // That it is gone is known when its rows are.
    let ledger = Ledger::in_dir(rig.dir.path(), Arc::new([]));
    while ledger.position("desk").await.unwrap().is_some() {
        tokio::task::yield_now().await;
    }
    rig.journal.append(5);
    rig.stop().await;
    rig.start(&receivers).await;
    rig.journal.append(1);
    assert_eq!(receiver.next().await.seq(), 8);
}

#[tokio::test]
async fn a_new_target_loses_nothing_of_what_happens_while_the_daemon_is_down() {
    let mut receiver = Receiver::start(|_| status(200)).await;
    let mut rig = Rig::new();
    rig.journal.append(3);
    rig.start(&[("desk", receiver.address)]).await;
    rig.stop().await;
    rig.journal.append(1);
    rig.start(&[("desk", receiver.address)]).await;
    assert_eq!(receiver.next().await.seq(), 4);
}

#[tokio::test]
async fn what_waits_is_not_sent_to_a_target_that_wants_less_now() {
    let mut receiver = Receiver::start(|number| status(if number <= 3 { 500 } else { 200 })).await;
    let mut rig = Rig::new();
    let webhooks = rig.start(&[("desk", receiver.address)]).await;
    rig.journal.append(3);
    until(&webhooks, "desk", |state| state.failed_attempts == 3).await;
    rig.stop().await;
    while receiver.received.try_recv().is_ok() {}
    let less = TargetSettings {
        events: vec![EventPattern::parse("alarm.*").unwrap()],
        ..target("desk", receiver.address, &guard())
    };
    let ledger = Ledger::in_dir(rig.dir.path(), Arc::new(["desk".to_owned()]));
    // It is due again, as it is some seconds later.
    let due = queue::Waiting { attempts: 1, due: clock().wall, failure: None };
    for seq in 1..=3 {
        let again = queue::Settled::Again(due.clone());
        ledger.settle("desk", Seq::new(seq), &again, clock().wall).await.unwrap();
    }
    let webhooks = rig.start_with(vec![less]).await;
    let state = until(&webhooks, "desk", |state| state.waiting == 0).await;
    assert_eq!((state.delivered, state.failed_attempts, state.failures), (0, 0, 0));
    assert!(receiver.received.try_recv().is_err());
}

#[tokio::test]
async fn the_engine_is_told_that_a_target_wants_no_more_and_that_it_is_well_again() {
    let receiver = Receiver::start(|number| status(if number <= 2 { 410 } else { 200 })).await;
    let mut rig = Rig::new();
    let webhooks = rig.start(&[("desk", receiver.address)]).await;
    rig.journal.append(2);
    let mut told = [rig.told().await, rig.told().await];
    told.sort_unstable();
    assert_eq!(told, ["System desk Disable", "desk Failing"]);
    rig.stop().await;
    let again = rig.start(&[("desk", receiver.address)]).await;
    assert_eq!(rig.told().await, "desk Failing", "an engine that starts knows nothing");
    again.answer(WebhookWish::Enable { name: "desk".to_owned() }).await.unwrap();
    assert_eq!(rig.told().await, "desk Delivering");
    drop(webhooks);
}

#[tokio::test]
async fn a_ledger_that_cannot_be_opened_now_is_opened_later() {
    let mut receiver = Receiver::start(|_| status(200)).await;
    let rig = Rig::new();
    let path = rig.dir.path().join("webhooks.sqlite");
    std::fs::create_dir(&path).unwrap();
    let webhooks = rig.start_now(vec![target("desk", receiver.address, &guard())]);
    let mut cursor = webhooks.cursors.watch(&cursor_of("desk").unwrap()).unwrap();
    cursor.wait_for(|status| matches!(status.state, CursorState::Failing { .. })).await.unwrap();
    assert_eq!(webhooks.answer(WebhookWish::List).await, Err(WebhookRefused::Unavailable));
    std::fs::remove_dir(&path).unwrap();
    cursor.wait_for(|status| status.state == CursorState::Following).await.unwrap();
    rig.journal.append(1);
    assert_eq!(receiver.next().await.seq(), 1);
}

#[tokio::test]
async fn a_replay_says_how_many_it_is_and_how_many_it_is_not() {
    let receiver = Receiver::start(|number| status(if number == 1 { 410 } else { 200 })).await;
    let rig = Rig::new();
    let ledger = Ledger::in_dir(rig.dir.path(), Arc::new(["desk".to_owned()]));
    let limit = queue::WAITING_LIMIT_MESSAGES as u64;
    rig.journal.append(limit + 2);
    let given_up = queue::Settled::GivenUp { attempts: 10, cause: "answered 500".to_owned() };
    for seq in 1..=limit + 2 {
        ledger.settle("desk", Seq::new(seq), &given_up, clock().wall).await.unwrap();
    }
    let webhooks = rig.start(&[("desk", receiver.address)]).await;
    let replay = async |from, to| {
        let (from, to) = (Seq::new(from), Seq::new(to));
        webhooks.answer(WebhookWish::Replay { name: "desk".to_owned(), from, to }).await
    };
    assert_eq!(replay(1, 0).await, Ok(WebhookAnswer::Replayed { replayed: 0, left: 0 }));
    assert_eq!(replay(1, u64::MAX).await, Ok(WebhookAnswer::Replayed { replayed: limit, left: 2 }));
    // The first of them is answered that nothing is wanted.
    until(&webhooks, "desk", |state| matches!(state.state, WebhookState::Disabled { .. })).await;
    assert_eq!(replay(1, u64::MAX).await, Err(WebhookRefused::Disabled));
}
