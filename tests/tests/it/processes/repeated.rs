//! A change that is sent again under its key, over a daemon that is killed: before its effect, between the effect and the
//! answer, after the answer, and anywhere in the middle of many. Whatever its sender has heard, it happens once.
//!
//! Where a kill falls is not left to luck: what the daemon is about to write is held by the test, as another program could
//! that reads its files.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::thread;
use std::time::Instant;

use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Row as _};
use tokio::runtime::Runtime;

use super::PATIENCE;
use super::http::{Answer, Api};
use super::killed::{Draw, seed};
use super::site::{Daemon, Plan, Site};
use super::stream::Stream;

/// Kills in one run.
const ROUNDS: u32 = 4;

/// Who sends at once.
const CLERKS: usize = 4;

/// Most changes of one clerk in a round.
const MOST_CHANGES: u64 = 40;

/// A database of the daemon's, opened beside it.
pub(super) struct Beside {
    runtime: Runtime,
    connection: SqliteConnection,
}

impl Beside {
    pub(super) fn open(file: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let options = SqliteConnectOptions::new().filename(file).busy_timeout(PATIENCE);
        let connection = runtime.block_on(options.connect()).unwrap();
        Self { runtime, connection }
    }

    /// Nobody else writes from now on.
    pub(super) fn hold(&mut self) {
        self.runtime.block_on(sqlx::query("BEGIN IMMEDIATE").execute(&mut self.connection)).unwrap();
    }

    pub(super) fn let_go(&mut self) {
        self.runtime.block_on(sqlx::query("ROLLBACK").execute(&mut self.connection)).unwrap();
    }

    /// Every row of every table as text, table by table.
    pub(super) fn contents(&mut self) -> Vec<(String, Vec<String>)> {
        let Self { runtime, connection } = self;
        let names = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
        let tables: Vec<String> = runtime.block_on(sqlx::query_scalar(names).fetch_all(&mut *connection)).unwrap();
        let mut contents = Vec::new();
        for table in tables {
            let columns = sqlx::query_scalar("SELECT name FROM pragma_table_info(?)").bind(&table);
            let columns: Vec<String> = runtime.block_on(columns.fetch_all(&mut *connection)).unwrap();
            let quoted: Vec<String> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
            let rows = format!("SELECT {} FROM \"{table}\" ORDER BY 1", quoted.join(" || ' ' || "));
            let rows = sqlx::query_scalar(AssertSqlSafe(rows)).fetch_all(&mut *connection);
            contents.push((table, runtime.block_on(rows).unwrap()));
        }
        contents
    }

    /// Waits until it is on disk that the request with this key has begun. Each look is a question to the disk.
    #[track_caller]
    pub(super) fn wait_until_begun(&mut self, key: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            let asked = sqlx::query("SELECT count(*) FROM answer WHERE key = ?").bind(key);
            let row = self.runtime.block_on(asked.fetch_one(&mut self.connection)).unwrap();
            if row.get::<i64, _>(0) == 1 {
                return;
            }
            assert!(Instant::now() < until, "the request with the key {key} did not begin");
        }
    }
}

/// One change with its key.
#[derive(Debug, Clone)]
struct Change {
    key: String,
    body: String,
}

/// What came of it, as its sender sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    status: u16,
    etag: String,
    replayed: bool,
    text: String,
}

impl Change {
    /// A right for somebody, with a reason that no other change has.
    fn grant(to_at: &Value, reason: &str) -> Self {
        let body = json!({ "person": "p-3", "doors": ["lon1/side"], "to_at": to_at, "reason": reason });
        Self { key: format!("key of {reason}"), body: body.to_string() }
    }

    /// Sends it; nothing where the daemon went away before its answer was whole.
    fn try_send(&self, api: &Api) -> Option<Said> {
        let headers = format!("content-type: application/json\r\nidempotency-key: \"{}\"\r\n", self.key);
        Said::of(api.try_send("POST", "/api/v1/grants", &headers, &self.body).ok()?)
    }

    #[track_caller]
    fn send(&self, api: &Api) -> Said {
        self.try_send(api).unwrap_or_else(|| panic!("no answer to {self:?}"))
    }

    /// How often the journal says that it was done.
    fn effects(&self, journal: &Stream) -> usize {
        let reason: Value = serde_json::from_str::<Value>(&self.body).unwrap()["reason"].clone();
        let created = journal.seen.iter().filter(|event| event.name == "grant.created");
        created.filter(|event| event.says("grant")["reason"] == reason).count()
    }
}

impl Said {
    fn of(mut answer: Answer) -> Option<Self> {
        let field = |name: &str| answer.header(name).unwrap_or_default().to_owned();
        let (status, etag) = (answer.status, field("etag"));
        let (replayed, length) = (field("idempotency-replayed") == "true", field("content-length"));
        let mut text = String::new();
        answer.body.read_to_string(&mut text).ok()?;
        // What the kill cut short was no answer.
        (text.len() == length.parse::<usize>().ok()?).then_some(Self { status, etag, replayed, text })
    }

    fn code(&self) -> String {
        let problem: Value = serde_json::from_str(&self.text).unwrap();
        problem["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The same answer, as it is told to whoever asks again.
    fn again(&self) -> Self {
        Self { replayed: true, ..self.clone() }
    }
}

/// A site with people, and when rights end there.
fn site_with_people() -> (Site, Daemon, Value) {
    let site = Site::lay_out(&Plan::default());
    let daemon = site.daemon();
    site.enrol();
    let to_at = daemon.api.document("/api/v1/grants")["items"][0]["to_at"].clone();
    (site, daemon, to_at)
}

/// The whole journal until now.
#[track_caller]
fn journal(api: &Api) -> Stream {
    let mut stream = Stream::open(api, Some(0));
    stream.read_to(api.head());
    stream
}

#[test]
fn what_was_answered_is_answered_again_after_a_kill() {
    let (site, mut daemon, to_at) = site_with_people();
    let (done, refused) = (Change::grant(&to_at, "answered"), Change { key: "wrong".into(), body: "{}".into() });
    let first = done.send(&daemon.api);
    assert_eq!((first.status, first.replayed), (201, false), "{first:?}");
    let wrong = refused.send(&daemon.api);
    assert_eq!((wrong.status, wrong.replayed), (422, false), "{wrong:?}");
    for _ in 0..2 {
        daemon.program.kill();
        daemon = site.daemon();
        assert_eq!(done.send(&daemon.api), first.again());
        let again = refused.send(&daemon.api);
        assert_eq!((again.status, again.replayed, again.code()), (422, true, wrong.code()));
    }
    let other = Change { key: done.key.clone(), ..Change::grant(&to_at, "another") };
    let clash = other.send(&daemon.api);
    assert_eq!((clash.status, clash.code().as_str(), clash.replayed), (422, "RW-I002", false));
    let told = journal(&daemon.api);
    assert_eq!((done.effects(&told), other.effects(&told)), (1, 0));
    daemon.program.interrupt();
}

#[test]
fn what_was_killed_between_its_effect_and_its_answer_is_not_done_again() {
    let (site, daemon, to_at) = site_with_people();
    let change = Change::grant(&to_at, "in between");
    let (mut effects, mut answers) = (Beside::open(&site.path("state/journal.db")), answers_of(&site));
    let mut stream = daemon.stream();
    let api = daemon.api.clone();
    effects.hold();
    thread::scope(|scope| {
        let sender = scope.spawn(|| change.try_send(&api));
        answers.wait_until_begun(&change.key);
        answers.hold();
        effects.let_go();
        stream.wait_for("the effect", |event| {
            event.name == "grant.created" && event.says("grant")["reason"] == "in between"
        });
        daemon.program.kill();
        // Its answer could not be kept, whether it came or not.
        drop(sender.join().unwrap());
    });
    answers.let_go();
    let daemon = site.daemon();
    for _ in 0..2 {
        let said = change.send(&daemon.api);
        assert_eq!((said.status, said.code().as_str(), said.replayed), (409, "RW-I004", false), "{said:?}");
    }
    assert_eq!(change.effects(&journal(&daemon.api)), 1);
    daemon.program.interrupt();
    assert_eq!(site.cli(&["audit", "verify"]).code, Some(0));
}

#[test]
fn what_was_killed_before_its_effect_is_done_once_under_a_new_key() {
    let (site, daemon, to_at) = site_with_people();
    let change = Change::grant(&to_at, "in flight");
    let (mut effects, mut answers) = (Beside::open(&site.path("state/journal.db")), answers_of(&site));
    let api = daemon.api.clone();
    effects.hold();
    thread::scope(|scope| {
        let sender = scope.spawn(|| change.try_send(&api));
        answers.wait_until_begun(&change.key);
        let beside = change.send(&daemon.api);
        assert_eq!((beside.status, beside.code().as_str()), (409, "RW-I003"), "one at a time: {beside:?}");
        daemon.program.kill();
        assert_eq!(sender.join().unwrap(), None, "nothing was done, so nothing was said");
    });
    effects.let_go();
    let daemon = site.daemon();
    let said = change.send(&daemon.api);
    assert_eq!((said.status, said.code().as_str(), said.replayed), (409, "RW-I004", false), "{said:?}");
    assert_eq!(change.effects(&journal(&daemon.api)), 0);
    let renewed = Change { key: "a new one".into(), ..change.clone() };
    assert_eq!(renewed.send(&daemon.api).status, 201);
    assert_eq!(change.effects(&journal(&daemon.api)), 1);
    daemon.program.interrupt();
}

#[test]
fn nothing_of_many_changes_happens_twice_however_often_the_daemon_is_killed() {
    let (site, daemon, to_at) = site_with_people();
    daemon.program.kill();
    let mut draw = Draw(seed());
    let mut sent: BTreeMap<String, (Change, Option<Said>)> = BTreeMap::new();
    for round in 1..=ROUNDS {
        let daemon = site.daemon();
        let (api, wanted) = (daemon.api.clone(), draw.below(MOST_CHANGES) + 10);
        let mut stream = daemon.stream();
        let (api, to_at) = (&api, &to_at);
        let heard = thread::scope(|scope| {
            let work = move |clerk| clerk_until_killed(api, to_at, &format!("round {round} clerk {clerk}"));
            let clerks: Vec<_> = (0..CLERKS).map(|clerk| scope.spawn(move || work(clerk))).collect();
            for _ in 0..wanted {
                stream.wait_for("a change", |event| event.name == "grant.created");
            }
            daemon.program.kill();
            clerks.into_iter().flat_map(|clerk| clerk.join().unwrap()).collect::<Vec<_>>()
        });
        sent.extend(heard.into_iter().map(|(change, said)| (change.key.clone(), (change, said))));
        let daemon = site.daemon();
        let again = check_again(&daemon.api, &mut sent);
        println!("round {round}: {} changes sent, asked again: {again:?}", sent.len());
        daemon.program.kill();
    }
    assert_eq!(site.cli(&["audit", "verify"]).code, Some(0));
}

/// Sends one change after another until the daemon is gone; what was said of each.
fn clerk_until_killed(api: &Api, to_at: &Value, name: &str) -> Vec<(Change, Option<Said>)> {
    let mut sent = Vec::new();
    loop {
        let change = Change::grant(to_at, &format!("{name} change {}", sent.len()));
        let said = change.try_send(api);
        let is_gone = said.is_none();
        sent.push((change, said));
        if is_gone {
            return sent;
        }
    }
}

/// Sends everything again that was ever sent. What was answered is answered so again; what was not is answered now, or its
/// sender is told to look. How many were what.
#[track_caller]
fn check_again(api: &Api, sent: &mut BTreeMap<String, (Change, Option<Said>)>) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for (change, known) in sent.values_mut() {
        let said = change.send(api);
        let what = match known {
            Some(known) => {
                assert_eq!(said, known.again(), "{change:?}");
                "answered before"
            }
            None if said.status == 201 => {
                let what = if said.replayed { "answered and not heard" } else { "never begun" };
                *known = Some(Said { replayed: false, ..said });
                what
            }
            None => {
                assert_eq!((said.status, said.code().as_str()), (409, "RW-I004"), "{change:?}: {said:?}");
                "not known"
            }
        };
        *counts.entry(what).or_default() += 1;
    }
    let told = journal(api);
    for (change, known) in sent.values() {
        let effects = change.effects(&told);
        assert!(
            effects == 1 || (effects == 0 && known.is_none()),
            "{effects} effects of {change:?}, answered {known:?}"
        );
    }
    counts
}

fn answers_of(site: &Site) -> Beside {
    Beside::open(&site.path("state/api.sqlite"))
}
