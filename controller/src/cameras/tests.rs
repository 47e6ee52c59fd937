//! Cameras beside servers that do as they please: what becomes of a request that is never answered, of an answer without end, of
//! a redirect; that one camera waits for no other; that what was kept stays as it was while the recorder forgets.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rackward_core::Wall;
use rackward_core::id::{AlarmId, Seq};
use rackward_core::site::draft::{AreaDraft, CameraDraft, DeviceDraft, DoorDraft, RoleDraft, SiteDraft};
use rackward_core::site::{AreaKind, DoorKind};
use rackward_core::still::{CameraHealth, StillDigest};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::net::TcpListener;

use super::ask::{Ask, ask_over};
use super::picture::{PICTURE_MAX_BYTES, form_of};
use super::*;
use crate::clock;
use crate::pki::Trust;
use crate::webhooks::{Endpoint, Guard};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nthe door, shut";

fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// What comes of one request to a server that behaves so, in virtual time.
async fn asked<F: Future<Output = ()> + Send + 'static>(
    server: impl FnOnce(DuplexStream) -> F,
) -> Result<Vec<u8>, StillMissing> {
    let (ours, theirs) = duplex(1 << 16);
    let serving = tokio::spawn(server(theirs));
    let ask = Ask { path: "/now.jpg", ..Ask::default() };
    let got = ask_over(ours, &ask).await.map(|answer| answer.body.to_vec());
    serving.abort();
    got
}

/// Reads a request's head and writes these bytes.
async fn say(mut stream: DuplexStream, bytes: Vec<u8>) {
    drop(stream.read(&mut [0; 4_096]).await);
    drop(stream.write_all(&bytes).await);
}

#[tokio::test(start_paused = true)]
async fn whatever_a_server_does_is_over_within_two_seconds() {
    let began = tokio::time::Instant::now();
    assert_eq!(asked(|stream| say(stream, answer("200 OK", PNG))).await, Ok(PNG.to_vec()));
    let silent = asked(|stream| async move {
        let _kept_open = stream;
        std::future::pending::<()>().await;
    });
    assert_eq!(silent.await, Err(StillMissing::TimedOut));
    let dripping = asked(|mut stream| async move {
        drop(stream.read(&mut [0; 4_096]).await);
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n").await);
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    assert_eq!(dripping.await, Err(StillMissing::TimedOut));
    let endless = asked(|mut stream| async move {
        drop(stream.read(&mut [0; 4_096]).await);
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await);
        let chunk = [b"10000\r\n".as_slice(), &[0xff; 0x10000], b"\r\n"].concat();
        while stream.write_all(&chunk).await.is_ok() {}
    });
    assert_eq!(endless.await, Err(StillMissing::TooLarge));
    let larger = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", PICTURE_MAX_BYTES + 1);
    assert_eq!(asked(|stream| say(stream, larger.into_bytes())).await, Err(StillMissing::TooLarge));
    let short = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf a pic".to_vec();
    assert_eq!(asked(|stream| say(stream, short)).await, Err(StillMissing::Refused));
    let redirect = b"HTTP/1.1 302 Found\r\nlocation: http://10.0.0.1/\r\ncontent-length: 0\r\n\r\n".to_vec();
    assert_eq!(asked(|stream| say(stream, redirect)).await, Err(StillMissing::NotAPicture));
    assert_eq!(asked(|stream| say(stream, b"I am no web server\r\n\r\n".to_vec())).await, Err(StillMissing::Refused));
    let lines = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(1_000));
    assert_eq!(asked(|stream| say(stream, lines.into_bytes())).await, Err(StillMissing::Refused));
    assert!(began.elapsed() <= Duration::from_secs(5), "two of them waited");
}

/// A recorder on loopback, whose pictures a test chooses by path. What it is asked, it counts.
struct Recorder {
    url: String,
    /// Pictures by the beginning of the path.
    pictures: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    asked: Arc<Mutex<Vec<String>>>,
    wants_login: Arc<AtomicBool>,
    logins: Arc<AtomicU32>,
}

impl Recorder {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let recorder = Self {
            url,
            pictures: Arc::default(),
            asked: Arc::default(),
            wants_login: Arc::default(),
            logins: Arc::default(),
        };
        let (pictures, asked) = (Arc::clone(&recorder.pictures), Arc::clone(&recorder.asked));
        let (wants_login, logins) = (Arc::clone(&recorder.wants_login), Arc::clone(&recorder.logins));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = [0; 4_096];
                let length = stream.read(&mut head).await.unwrap_or(0);
                let head = String::from_utf8_lossy(&head[..length]).into_owned();
                let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                asked.lock().unwrap().push(format!("{} {path}", head.split(' ').next().unwrap_or_default()));
                let reply = if path.ends_with("/api/login") {
                    logins.fetch_add(1, Ordering::Relaxed);
                    b"HTTP/1.1 200 OK\r\nset-cookie: frigate_token=abc; Path=/; HttpOnly\r\ncontent-length: 2\r\n\r\n{}"
                        .to_vec()
                } else if wants_login.load(Ordering::Relaxed) && !head.contains("cookie: frigate_token=abc") {
                    answer("401 Unauthorized", b"")
                } else if path.ends_with("/create") {
                    answer("200 OK", br#"{"success":true,"event_id":"17.5-abc"}"#)
                } else if path.ends_with("/retain") {
                    answer("200 OK", b"{}")
                } else {
                    let pictures = pictures.lock().unwrap();
                    let found = pictures.iter().find(|(begin, _)| path.starts_with(begin.as_str()));
                    found.map_or_else(|| answer("404 Not Found", b"{}"), |(_, picture)| answer("200 OK", picture))
                };
                drop(stream.write_all(&reply).await);
            }
        });
        recorder
    }

    fn shows(&self, path: &str, picture: &[u8]) {
        self.pictures.lock().unwrap().insert(path.to_owned(), picture.to_vec());
    }

    fn forgets(&self) {
        self.pictures.lock().unwrap().clear();
    }

    fn was_asked(&self, what: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| asked.contains(what)).count()
    }
}

fn guard() -> Arc<Guard> {
    Arc::new(Guard::only(vec!["127.0.0.0/8".parse().unwrap()]))
}

fn access(name: &str, url: &str, kind: CameraKind) -> CameraAccess {
    let endpoint = Endpoint::parse(url, &guard()).unwrap();
    CameraAccess { name: name.into(), endpoint, kind, login: None, trust: Trust::in_authorities(None).unwrap() }
}

fn frigate(name: &str, url: &str, video: Video) -> CameraAccess {
    access(name, url, CameraKind::Frigate { camera: name.into(), video })
}

/// A site with cameras of these names at its one door.
fn site(cameras: &[&str]) -> Site {
    let camera = |name: &&str| CameraDraft {
        name: (*name).to_owned(),
        covers: vec!["lon1/door".to_owned()],
        ..CameraDraft::default()
    };
    let draft = SiteDraft {
        name: "lon1".into(),
        time_zone: "Europe/London".into(),
        areas: vec![AreaDraft::new("lon1/hall", AreaKind::Hall)],
        doors: vec![DoorDraft::new("lon1/door", DoorKind::Door, "lon1/hall")],
        devices: vec![DeviceDraft { name: "lock".into(), role: RoleDraft::Lock { door: "lon1/door".into() } }],
        cameras: cameras.iter().map(camera).collect(),
        ..SiteDraft::default()
    };
    draft.build(&BTreeMap::new()).unwrap()
}

/// The cameras of a daemon, with what the engine is told.
struct Running {
    cameras: Cameras,
    orders: StillOrders,
    told: mpsc::Receiver<Wanted>,
    closing: CancellationToken,
    tasks: TaskTracker,
}

impl Running {
    fn start(dir: &Path, cameras: Vec<CameraAccess>, keeping: Keeping) -> Self {
        let names: Vec<&str> = cameras.iter().map(|camera| camera.name.as_str()).collect();
        let site = site(&names);
        let settings = CameraSettings { guard: guard(), keeping, cameras };
        let (engine, told) = mpsc::channel(256);
        let cameras = Cameras::new(dir, &settings, &site, engine, clock::now).unwrap();
        let (tasks, closing) = (TaskTracker::new(), CancellationToken::new());
        let orders = cameras.start(&tasks, &closing);
        Self { cameras, orders, told, closing, tasks }
    }

    async fn stop(self) {
        self.closing.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn order(&self, camera: u32, entry: u64, ago: Duration) -> StillOrder {
        let belongs = StillFor { entry: Seq::new(entry), alarm: Some(AlarmId::new(7)) };
        let order = StillOrder { camera: CameraId::new(camera), belongs, shows: clock::now().wall.before(ago) };
        assert!(self.orders.give(StillTask::Take(order)));
        order
    }

    /// What the engine is told next of a still.
    async fn still(&mut self) -> (StillOrder, StillOutcome) {
        loop {
            match self.told.recv().await {
                Some(Wanted::Still { order, outcome }) => return (order, outcome),
                Some(_) => {}
                None => panic!("nothing more is told"),
            }
        }
    }

    async fn health(&mut self) -> (CameraId, CameraHealth) {
        loop {
            match self.told.recv().await {
                Some(Wanted::Camera { camera, health }) => return (camera, health),
                Some(_) => {}
                None => panic!("nothing more is told"),
            }
        }
    }

    async fn stills(&self) -> Vec<Still> {
        self.cameras.of(StillsOf::Alarms(vec![AlarmId::new(7)])).await.unwrap()
    }
}

fn kept(outcome: StillOutcome) -> rackward_core::still::StillFacts {
    match outcome {
        StillOutcome::Kept(facts) => facts,
        StillOutcome::Missing(cause) => panic!("{cause:?}"),
    }
}

/// Check 19: what was taken over stays, with its digest, when the recorder's own picture is gone.
#[tokio::test]
async fn a_still_outlives_the_recording_that_it_came_from() {
    let (recorder, dir) = (Recorder::open().await, tempfile::tempdir().unwrap());
    recorder.shows("/api/front/recordings/", PNG);
    recorder.shows("/api/front/latest.jpg", b"\xff\xd8\xff\xe0now");
    let mut running =
        Running::start(dir.path(), vec![frigate("front", &recorder.url, Video::Keep)], Keeping::default());
    let past = running.order(1, 40, Duration::from_secs(5));
    let (order, outcome) = running.still().await;
    let facts = kept(outcome);
    assert_eq!((order, facts.shows, facts.digest), (past, past.shows, StillDigest(Sha256::digest(PNG).into())));
    let now = running.order(1, 40, Duration::ZERO);
    let (order, outcome) = running.still().await;
    let latest = kept(outcome);
    assert_eq!((order, latest.form), (now, form_of(b"\xff\xd8\xff\xe0now").unwrap()));
    assert!(latest.shows >= now.shows, "it says when it was asked for");
    assert_eq!(recorder.was_asked("POST /api/events/front/rackward/create"), 1, "once for both");
    recorder.forgets();
    let stills = running.stills().await;
    let id = stills.iter().find(|still| still.wanted == past.shows).unwrap().id;
    let picture = running.cameras.picture(id).await.unwrap().unwrap();
    assert_eq!(StillDigest(Sha256::digest(&picture.bytes).into()), facts.digest);
    running.stop().await;
    // The file alone shows nobody anything.
    for file in std::fs::read_dir(dir.path()).unwrap() {
        // SQLite's own files beside it may go at any moment.
        let Ok(bytes) = std::fs::read(file.unwrap().path()) else { continue };
        assert!(!bytes.windows(PNG.len()).any(|window| window == PNG));
    }
}

#[tokio::test]
async fn what_the_journal_was_not_told_is_told_after_a_start_and_what_was_is_not() {
    let (recorder, dir) = (Recorder::open().await, tempfile::tempdir().unwrap());
    recorder.shows("/api/front/recordings/", PNG);
    let cameras = || vec![frigate("front", &recorder.url, Video::AsItDoes)];
    let mut running = Running::start(dir.path(), cameras(), Keeping::default());
    let order = running.order(1, 40, Duration::from_secs(60));
    let (_, first) = running.still().await;
    running.stop().await;
    let mut running = Running::start(dir.path(), cameras(), Keeping::default());
    assert_eq!(running.still().await, (order, first));
    assert!(running.orders.give(StillTask::Note(order)));
    // Tasks are done in order: by the time of this one the other is noted.
    let second = running.order(1, 41, Duration::from_secs(60));
    assert_eq!(running.still().await.0, second);
    running.stop().await;
    let mut running = Running::start(dir.path(), cameras(), Keeping::default());
    assert_eq!(running.still().await.0, second, "the first is in the journal");
    running.stop().await;
}

#[tokio::test]
async fn a_camera_that_never_answers_keeps_no_other_waiting() {
    let (recorder, dir) = (Recorder::open().await, tempfile::tempdir().unwrap());
    recorder.shows("/api/front/recordings/", PNG);
    // It accepts, and says nothing ever.
    let dead = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/now.jpg", dead.local_addr().unwrap());
    let silent = access("dead", &url, CameraKind::Snapshot { keep: None });
    let cameras = vec![silent, frigate("front", &recorder.url, Video::AsItDoes)];
    let mut running = Running::start(dir.path(), cameras, Keeping::default());
    for entry in 40..60 {
        running.order(1, entry, Duration::ZERO);
    }
    let mut good = Vec::new();
    for entry in 40..60 {
        good.push(running.order(2, entry, Duration::from_secs(60)));
    }
    while !good.is_empty() {
        let (order, outcome) = running.still().await;
        if order.camera == CameraId::new(2) {
            kept(outcome);
            good.retain(|one| *one != order);
        } else {
            assert!(matches!(outcome, StillOutcome::Missing(_)), "{outcome:?}");
        }
    }
    let waiting = running.cameras.cameras()[0].waiting;
    assert!(waiting > 0, "the dead one has not even begun with most of its own");
    running.stop().await;
}

#[tokio::test]
async fn a_camera_without_a_past_says_so_and_one_that_comes_back_is_found() {
    let (recorder, dir) = (Recorder::open().await, tempfile::tempdir().unwrap());
    let url = format!("{}/now.png", recorder.url);
    let mut running = Running::start(
        dir.path(),
        vec![access("plain", &url, CameraKind::Snapshot { keep: None })],
        Keeping::default(),
    );
    assert_eq!(running.health().await, (CameraId::new(1), CameraHealth::Silent), "it has no picture yet");
    running.order(1, 40, Duration::from_secs(5));
    assert_eq!(running.still().await.1, StillOutcome::Missing(StillMissing::NoPast));
    recorder.shows("/now.png", PNG);
    running.order(1, 41, Duration::ZERO);
    assert_eq!(running.health().await, (CameraId::new(1), CameraHealth::Answering));
    recorder.shows("/now.png", b"<html>please sign in</html>");
    running.order(1, 42, Duration::ZERO);
    let outcomes = [running.still().await.1, running.still().await.1];
    assert!(
        matches!(outcomes[0], StillOutcome::Kept(_)) || matches!(outcomes[1], StillOutcome::Kept(_)),
        "{outcomes:?}"
    );
    assert!(outcomes.contains(&StillOutcome::Missing(StillMissing::NotAPicture)), "{outcomes:?}");
    recorder.shows("/now.png", PNG);
    let belongs = StillFor { entry: Seq::new(42), alarm: Some(AlarmId::new(7)) };
    assert!(running.orders.give(StillTask::TakeAgain(belongs)));
    assert_eq!(running.cameras.live(CameraId::new(1)).await.map(|picture| picture.bytes), Ok(PNG.to_vec()));
    assert_eq!(running.cameras.live(CameraId::new(9)).await, Err(LiveRefused::Unknown));
    running.stop().await;
}

#[tokio::test]
async fn a_recorder_that_wants_a_login_gets_it_once() {
    let (recorder, dir) = (Recorder::open().await, tempfile::tempdir().unwrap());
    recorder.shows("/api/front/", PNG);
    recorder.wants_login.store(true, Ordering::Relaxed);
    let password = crate::config::Secret::of_test("hunter2 hunter2");
    let login = Some(CameraLogin { username: "rackward".into(), password });
    let access = CameraAccess { login, ..frigate("front", &recorder.url, Video::AsItDoes) };
    let mut running = Running::start(dir.path(), vec![access], Keeping::default());
    assert_eq!(running.health().await.1, CameraHealth::Answering);
    for entry in 40..43 {
        running.order(1, entry, Duration::from_secs(60));
        kept(running.still().await.1);
    }
    assert_eq!(recorder.logins.load(Ordering::Relaxed), 1);
    running.stop().await;
}

#[tokio::test]
async fn an_address_in_no_network_that_was_named_is_not_asked() {
    let (recorder, dir) = (Recorder::open().await, tempfile::tempdir().unwrap());
    recorder.shows("/", PNG);
    let settings = CameraSettings {
        guard: Arc::new(Guard::only(vec!["10.0.8.0/24".parse().unwrap()])),
        keeping: Keeping::default(),
        cameras: vec![access("plain", &recorder.url, CameraKind::Snapshot { keep: None })],
    };
    let (engine, _told) = mpsc::channel(16);
    let cameras = Cameras::new(dir.path(), &settings, &site(&["plain"]), engine, clock::now).unwrap();
    assert_eq!(cameras.live(CameraId::new(1)).await, Err(LiveRefused::Missing(StillMissing::Unreachable)));
    assert_eq!(recorder.was_asked("GET"), 0);
}

#[tokio::test]
async fn stills_are_erased_after_their_time_and_beyond_their_room_the_oldest_first() {
    let dir = tempfile::tempdir().unwrap();
    let store = StillStore::in_dir(dir.path());
    let key = StillsKey::open(dir.path(), store.path()).unwrap();
    let at = |second: i64| Wall::from_seconds(1_785_000_000 + second);
    let put = async |number: i64, bytes: &[u8]| {
        let belongs = StillFor { entry: Seq::new(number.unsigned_abs()), alarm: Some(AlarmId::new(7)) };
        let order = StillOrder { camera: CameraId::new(1), belongs, shows: at(number) };
        assert!(store.want(order).await.unwrap());
        assert!(!store.want(order).await.unwrap(), "it is known");
        let digest = StillDigest(Sha256::digest(bytes).into());
        let length = u32::try_from(bytes.len()).unwrap();
        let facts = rackward_core::still::StillFacts {
            shows: at(number),
            taken: at(number),
            digest,
            bytes: length,
            form: rackward_core::still::StillForm::Png,
        };
        store.keep(order, facts, key.seal(digest, bytes).unwrap()).await.unwrap();
        digest
    };
    let mut digests = Vec::new();
    for number in 1..=150 {
        digests.push(put(number, &[u8::try_from(number).unwrap(); 1_000]).await);
    }
    let states = async || -> (usize, usize) {
        let stills = store.of(StillsOf::Alarms(vec![AlarmId::new(7)])).await.unwrap();
        let of = |is: fn(&StillState) -> bool| stills.iter().filter(|still| is(&still.state)).count();
        (of(|state| matches!(state, StillState::Kept(_))), of(|state| matches!(state, StillState::Erased(_))))
    };
    let roomy = Keeping { time: Duration::from_secs(100), max_bytes: 1 << 30 };
    assert_eq!(store.erase(at(150), roomy).await.unwrap(), 49);
    assert_eq!(states().await, (101, 49));
    let small = Keeping { time: Duration::from_secs(1_000), max_bytes: 10_000 };
    assert_eq!(store.erase(at(150), small).await.unwrap(), 91);
    assert_eq!(states().await, (10, 140));
    assert_eq!(store.erase(at(150), small).await.unwrap(), 0);
    let first = store.still(1).await.unwrap().unwrap();
    let StillState::Erased(facts) = first.state else { panic!("{first:?}") };
    assert_eq!((facts.digest, store.sealed(1).await.unwrap()), (digests[0], None), "the digest stays");
    let stills = store.of(StillsOf::Entries(vec![Seq::new(150)])).await.unwrap();
    let last = store.sealed(stills[0].id).await.unwrap().unwrap();
    assert_eq!(key.open_sealed(digests[149], &last).unwrap(), [150; 1_000]);
    assert_eq!(key.open_sealed(digests[148], &last), None, "it is no other picture");
}

#[test]
fn a_key_that_is_lost_is_not_made_anew_under_the_stills_that_rest_on_it() {
    let dir = tempfile::tempdir().unwrap();
    let stills = dir.path().join("stills.sqlite");
    StillsKey::open(dir.path(), stills.clone()).unwrap();
    std::fs::write(&stills, "").unwrap();
    StillsKey::open(dir.path(), stills.clone()).unwrap();
    std::fs::remove_file(dir.path().join(key::STILLS_KEY_FILE)).unwrap();
    let refused = StillsKey::open(dir.path(), stills).unwrap_err().to_string();
    assert!(refused.contains("stills.key is missing"), "{refused}");
}
