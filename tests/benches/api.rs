//! Calls per second of `GET` of one door, beside a bare handler of the same web framework that gives the same bytes: the
//! real daemon and the bare one each in a process of its own, from the same number of connections, taking turns. Once over the
//! local socket, where the kernel says who asks; once over TCP, as programs from elsewhere come, each call with a token.

#![allow(clippy::expect_used, reason = "a benchmark whose rig does not stand has nothing to measure")]

use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use rackward_tests::bench::{Rounds, at_most, binary, build_dir};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

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
/// How many times the usual allowance of requests whoever measures has: a minute of them goes by in a few milliseconds here.
const ALLOWANCES: &str = "100000";

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
        let (dir, answer) = (arguments.next().expect("a directory"), arguments.next().expect("an answer"));
        return tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?
            .block_on(bare(Path::new(&dir), answer));
    }
    let dir = tempfile::Builder::new().prefix("bench-api-").tempdir_in(build_dir())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(compare(dir.path()))
}

/// Where somebody answers, and what is shown there.
#[derive(Debug, Clone)]
enum Way {
    /// The local socket.
    Socket(PathBuf),
    /// An address, with a token.
    Tcp(SocketAddr, String),
}

/// A connection of either kind.
trait Connection: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Connection for T {}

impl Way {
    async fn connect(&self) -> std::io::Result<Box<dyn Connection>> {
        match self {
            Self::Socket(path) => Ok(Box::new(UnixStream::connect(path).await?)),
            Self::Tcp(address, _) => {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
        }
    }

    /// One request for the door.
    fn request(&self) -> String {
        let shown = match self {
            Self::Socket(_) => String::new(),
            Self::Tcp(_, token) => format!("Authorization: Bearer {token}\r\n"),
        };
        format!("GET {DOOR} HTTP/1.1\r\nHost: localhost\r\n{shown}\r\n")
    }
}

/// The daemon of the demo, with nobody walking about: over its socket, and over TCP with a token for reading the site.
async fn daemon(dir: &Path) -> Result<(Running, [Way; 2]), Box<dyn Error>> {
    let program = binary("rackward");
    let site = dir.join("site");
    let mut command = Command::new(program);
    command
        .args(["demo", "--quiet", "--still", "--http", "127.0.0.1:0", "--allowances", ALLOWANCES, "--dir"])
        .arg(&site);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let stdout = child.stdout.take().expect("its output");
    let running = Running(child);
    let mut ready = String::new();
    BufReader::new(stdout).read_line(&mut ready)?;
    assert!(ready.starts_with('{'), "the demo did not start: {ready}");
    let ready: Value = serde_json::from_str(&ready)?;
    let address = ready["http"].as_str().and_then(|http| http.strip_prefix("http://")).expect("its address").parse()?;
    let socket = Way::Socket(site.join("state/rackward.sock"));
    let token = token(&socket).await?;
    Ok((running, [socket, Way::Tcp(address, token)]))
}

/// A token in the name of the demo's operator.
async fn token(socket: &Way) -> Result<String, Box<dyn Error>> {
    let wanted = json!({
        "owner": "demo", "permissions": ["view_site"], "to_at": "PT1H", "reason": "measured",
    });
    let body = wanted.to_string();
    let head = format!(
        "POST /api/v1/tokens HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nIdempotency-Key: \"b\"\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    let mut connection = socket.connect().await?;
    let made: Value = serde_json::from_str(&ask(&mut connection, &(head + &body)).await?)?;
    Ok(made["token"].as_str().expect("a token").to_owned())
}

/// Answers every `GET` of the door with the same text, over a socket and over TCP; tells its port by a file.
async fn bare(dir: &Path, answer: String) -> Result<(), Box<dyn Error>> {
    let handler = move || {
        let answer = answer.clone();
        async move { ([(CONTENT_TYPE, "application/json")], answer) }
    };
    let router = Router::new().route("/api/v1/doors/{id}", get(handler));
    let (unix, tcp) = (UnixListener::bind(dir.join("bare.sock"))?, TcpListener::bind("127.0.0.1:0").await?);
    let address = tcp.local_addr()?.to_string();
    std::fs::write(dir.join("bare.new"), address)?;
    std::fs::rename(dir.join("bare.new"), dir.join("bare.address"))?;
    let over_tcp = axum::serve(tcp, router.clone());
    let over_unix = axum::serve(unix, router);
    tokio::try_join!(over_tcp.into_future(), over_unix.into_future())?;
    Ok(())
}

async fn compare(dir: &Path) -> Result<(), Box<dyn Error>> {
    let (_daemon, [over_socket, over_tcp]) = daemon(dir).await?;
    let answer = once(&over_socket).await?;
    assert_eq!(once(&over_tcp).await?, answer, "both ways give the same");
    let mut command = Command::new(std::env::current_exe()?);
    let _bare = Running(command.arg("--bare").arg(dir).arg(&answer).spawn()?);
    let (told, waited) = (dir.join("bare.address"), Instant::now());
    while !told.exists() {
        assert!(waited.elapsed() < Duration::from_secs(10), "the bare handler did not start");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let address = std::fs::read_to_string(told)?.parse()?;
    println!("{:<32}{:>12}{:>12}{:>12}", "calls per second", "median", "least", "most");
    let bare = Way::Socket(dir.join("bare.sock"));
    turns("over the socket", "api-bare-calls/daemon-calls", [&over_socket, &bare], &answer).await?;
    // The bare handler reads the token and throws it away.
    let Way::Tcp(_, token) = &over_tcp else { unreachable!("it is the one over TCP") };
    let bare = Way::Tcp(address, token.clone());
    turns("over TCP with a token", "api-bare-calls/daemon-calls-over-tcp", [&over_tcp, &bare], &answer).await
}

/// The daemon and the bare handler, taking turns the same way.
async fn turns(words: &str, goal: &str, [subject, floor]: [&Way; 2], answer: &str) -> Result<(), Box<dyn Error>> {
    assert_eq!(once(floor).await?, answer, "both give the same");
    let (mut daemons, mut bares, mut ratios) = (Rounds::default(), Rounds::default(), Rounds::default());
    for _ in 0..ROUNDS {
        let (subject, floor) = (calls_per_second(subject).await?, calls_per_second(floor).await?);
        daemons.add(subject);
        bares.add(floor);
        ratios.add(floor / subject);
    }
    for (name, rounds) in [("daemon", &daemons), ("bare handler", &bares)] {
        let (least, most) = rounds.spread();
        println!("{:<32}{:>12.0}{least:>12.0}{most:>12.0}", format!("{name} {words}"), rounds.median());
    }
    at_most(goal, ratios.median(), AIM);
    Ok(())
}

async fn calls_per_second(way: &Way) -> Result<f64, Box<dyn Error>> {
    let began = Instant::now();
    let mut askers = tokio::task::JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (mut connection, request) = (way.connect().await?, way.request());
        askers.spawn(async move {
            let mut calls = 0_u64;
            while began.elapsed() < ROUND {
                ask(&mut connection, &request).await.expect("an answer");
                calls += 1;
            }
            calls
        });
    }
    let calls: u64 = askers.join_all().await.into_iter().sum();
    Ok(calls as f64 / began.elapsed().as_secs_f64())
}

async fn once(way: &Way) -> Result<String, Box<dyn Error>> {
    ask(&mut way.connect().await?, &way.request()).await
}

/// Asks once over a connection that stays open, and gives the body.
async fn ask(connection: &mut Box<dyn Connection>, request: &str) -> Result<String, Box<dyn Error>> {
    connection.write_all(request.as_bytes()).await?;
    let (mut answer, mut read) = (vec![0_u8; ANSWER_BYTES], 0);
    loop {
        let more = connection.read(answer.get_mut(read..).unwrap_or_default()).await?;
        read += more;
        let text = std::str::from_utf8(answer.get(..read).unwrap_or_default())?;
        if let Some(body) = whole(text) {
            assert!(text.starts_with("HTTP/1.1 20"), "{text}");
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
