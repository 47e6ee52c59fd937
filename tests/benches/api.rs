//! Calls per second of `GET` of one door, beside a bare handler of the same web framework that gives the same bytes: the
//! real daemon over its socket, the bare one over a socket of its own, each in its own process, from the same number of
//! connections, taking turns.

#![allow(clippy::expect_used, reason = "a benchmark whose rig does not stand has nothing to measure")]

use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use rackward_tests::bench::{Rounds, at_most, binary, build_dir};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};

/// Connections, each asking again as soon as it is answered.
const CONNECTIONS: usize = 16;
/// Rounds of daemon and bare handler, taking turns.
const ROUNDS: usize = 7;
/// How long each asks in a round.
const ROUND: Duration = Duration::from_secs(2);
/// The most a bare handler may be faster.
const AIM: f64 = 3.0;
/// Longest answer that is expected, in bytes.
const ANSWER_BYTES: usize = 16 * 1024;
const DOOR: &str = "/api/v1/doors/door-1";

/// A program that ends with the benchmark.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already, or it ends now; there is nobody to tell.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("--bare") {
        let (socket, answer) = (arguments.next().expect("a socket"), arguments.next().expect("an answer"));
        return tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?
            .block_on(bare(Path::new(&socket), answer));
    }
    let dir = tempfile::Builder::new().prefix("bench-api-").tempdir_in(build_dir())?;
    let (_daemon, socket) = daemon(dir.path())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(compare(dir.path(), &socket))
}

/// The daemon of the demo, with nobody walking about.
fn daemon(dir: &Path) -> Result<(Running, PathBuf), Box<dyn Error>> {
    let program = binary("rackward");
    let site = dir.join("site");
    let mut command = Command::new(program);
    command.args(["demo", "--quiet", "--still", "--http", "127.0.0.1:0", "--dir"]).arg(&site);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let stdout = child.stdout.take().expect("its output");
    let mut ready = String::new();
    BufReader::new(stdout).read_line(&mut ready)?;
    assert!(ready.starts_with('{'), "the demo did not start: {ready}");
    Ok((Running(child), site.join("state/rackward.sock")))
}

/// Answers every `GET` of the door with the same text.
async fn bare(socket: &Path, answer: String) -> Result<(), Box<dyn Error>> {
    let handler = move || {
        let answer = answer.clone();
        async move { ([(CONTENT_TYPE, "application/json")], answer) }
    };
    let listener = UnixListener::bind(socket)?;
    Ok(axum::serve(listener, Router::new().route("/api/v1/doors/{id}", get(handler))).await?)
}

async fn compare(dir: &Path, daemon: &Path) -> Result<(), Box<dyn Error>> {
    let answer = once(daemon).await?;
    let socket = dir.join("bare.sock");
    let mut command = Command::new(std::env::current_exe()?);
    let _bare = Running(command.arg("--bare").arg(&socket).arg(&answer).spawn()?);
    let waited = Instant::now();
    while !socket.exists() {
        assert!(waited.elapsed() < Duration::from_secs(10), "the bare handler did not start");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(once(&socket).await?, answer, "both give the same");
    let (mut daemons, mut bares, mut ratios) = (Rounds::default(), Rounds::default(), Rounds::default());
    for _ in 0..ROUNDS {
        let (subject, floor) = (calls_per_second(daemon).await?, calls_per_second(&socket).await?);
        daemons.add(subject);
        bares.add(floor);
        ratios.add(floor / subject);
    }
    println!("{:<28}{:>12}{:>12}{:>12}", "calls per second", "median", "least", "most");
    for (name, rounds) in [("daemon, one door", &daemons), ("bare handler", &bares)] {
        let (least, most) = rounds.spread();
        println!("{name:<28}{:>12.0}{least:>12.0}{most:>12.0}", rounds.median());
    }
    at_most("api-bare-calls/daemon-calls", ratios.median(), AIM);
    Ok(())
}

async fn calls_per_second(socket: &Path) -> Result<f64, Box<dyn Error>> {
    let began = Instant::now();
    let mut askers = tokio::task::JoinSet::new();
    for _ in 0..CONNECTIONS {
        let mut connection = UnixStream::connect(socket).await?;
        askers.spawn(async move {
            let mut calls = 0_u64;
            while began.elapsed() < ROUND {
                ask(&mut connection).await.expect("an answer");
                calls += 1;
            }
            calls
        });
    }
    let calls: u64 = askers.join_all().await.into_iter().sum();
    Ok(calls as f64 / began.elapsed().as_secs_f64())
}

async fn once(socket: &Path) -> Result<String, Box<dyn Error>> {
    ask(&mut UnixStream::connect(socket).await?).await
}

/// Asks once over a connection that stays open, and gives the body.
async fn ask(connection: &mut UnixStream) -> Result<String, Box<dyn Error>> {
    connection.write_all(format!("GET {DOOR} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes()).await?;
    let (mut answer, mut read) = (vec![0_u8; ANSWER_BYTES], 0);
    loop {
        let more = connection.read(answer.get_mut(read..).unwrap_or_default()).await?;
        read += more;
        let text = std::str::from_utf8(answer.get(..read).unwrap_or_default())?;
        if let Some(body) = whole(text) {
            assert!(text.starts_with("HTTP/1.1 200"), "{text}");
            return Ok(body.to_owned());
        }
        assert!(more > 0, "the answer ended too early: {text}");
    }
}

/// The body of an answer, once all of it is there.
fn whole(answer: &str) -> Option<&str> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    })?;
    (body.len() >= length).then_some(body)
}
