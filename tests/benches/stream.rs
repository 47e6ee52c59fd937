//! The live stream to a thousand subscribers, beside a loop that does nothing but write the same bytes to as many sockets:
//! processor time for each delivery, and how long the last of a hundred waits. All of it over TCP, as consoles and programs
//! come, each with a token. The daemon is the real one, journal included; subscribers are another process, so that their work
//! is not counted. Then the same with one more subscriber that reads nothing, and to which nothing more can be written.

#![allow(clippy::expect_used, reason = "a benchmark whose rig does not stand has nothing to measure")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command as Program, Stdio};
use std::time::Duration;

use rackward::config::Config;
use rackward::daemon::Daemon;
use rackward_core::engine::command::{OperatorCommand, OperatorName, Scope};
use rackward_core::entry::ReasonText;
use rackward_core::id::OperatorId;
use rackward_core::people::ThreatLevel;
use rackward_core::people::Validity;
use rackward_core::permission::{Actor, OperatorRole, Permission, PermissionSet};
use rackward_core::{Caller, Command, Reply};
use rackward_dashboard::Backend as _;
use rackward_tests::bench::{Rounds, at_most, build_dir};
use rustix::time::{ClockId, clock_gettime};
use sha2::{Digest as _, Sha256};

/// Subscribers, and sockets of the raw loop.
const SUBSCRIBERS: usize = 1_000;
/// Events of one round.
const EVENTS: usize = 40;
/// Rounds of each kind, taking turns. The first warms up and is not counted.
const ROUNDS: usize = 6;
/// Events before all of them, of some 500 bytes each: more than the buffers of a socket take.
const BACKLOG: usize = 10_000;
/// The last that a new subscriber is told.
const RECEIPTS: &[u8] = b"event: receipts";
/// Tokens that the subscribers share: one may ask a few hundred times a minute.
const TOKENS: usize = 10;
/// What somebody may who follows everything.
const FOLLOWS: [Permission; 4] =
    [Permission::ViewJournal, Permission::ViewHealth, Permission::ViewAlarms, Permission::ViewSite];
/// The word to the process that subscribes.
const READER_WORD: &str = "--reader";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [word, raw, stream, tokens @ ..] = args.as_slice()
        && word == READER_WORD
    {
        return read_all(raw.parse()?, stream.parse()?, tokens);
    }
    let dir = tempfile::Builder::new().prefix("bench-stream-").tempdir_in(build_dir())?;
    let file = dir.path().join("rackward.toml");
    std::fs::write(
        &file,
        "[site]\nname = \"lon1\"\ntime_zone = \"Europe/London\"\n[console]\nlisten = \"127.0.0.1:0\"\n\
         [[area]]\npath = \"lon1/hall\"\n",
    )?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let daemon = runtime.block_on(Daemon::start(Config::read(&file)?))?;
    let tokens = runtime.block_on(tokens(&daemon))?;
    for _ in 0..BACKLOG / 2 {
        runtime.block_on(say(&daemon));
    }
    let mut rig = Rig::start(daemon.http, &tokens)?;
    let (mut raw, mut product, mut stalled) = (Figures::default(), Figures::default(), Figures::default());
    for round in 0..ROUNDS {
        let one_raw = rig.round(|rig| rig.write_raw())?;
        let one = rig.round(|_| runtime.block_on(say(&daemon)))?;
        rig.stall(daemon.http, &tokens)?;
        let beside = rig.round(|_| runtime.block_on(say(&daemon)))?;
        rig.stalled = None;
        if round > 0 {
            raw.add(one_raw);
            product.add(one);
            stalled.add(beside);
        }
    }
    rig.reader.kill()?;
    rig.reader.wait()?;
    runtime.block_on(daemon.stop())?;
    println!("{SUBSCRIBERS} subscribers, {EVENTS} events a round, {} rounds of each kind", ROUNDS - 1);
    raw.show("raw write loop");
    product.show("stream");
    stalled.show("stream, one stalled");
    at_most("stream/raw-cpu-per-delivery", product.cpu.median() / raw.cpu.median(), 1.6);
    at_most("stream-beside-a-stalled-one/p99", stalled.p99.median() / product.p99.median(), 1.1);
    Ok(())
}

/// Processor time for each delivery, and the wait of the last of a hundred, both in microseconds.
#[derive(Debug, Default)]
struct Figures {
    cpu: Rounds,
    p99: Rounds,
}

impl Figures {
    fn add(&mut self, (cpu, p99): (f64, f64)) {
        self.cpu.add(cpu);
        self.p99.add(p99);
    }

    fn show(&self, name: &str) {
        let (low, high) = self.cpu.spread();
        let (cpu, p99) = (self.cpu.median(), self.p99.median());
        println!("{name:<22} {cpu:>6.2} us of processor a delivery, from {low:.2} to {high:.2}   p99 {p99:>8.0} us");
    }
}

/// An operator who may follow the journal, and tokens in that name.
async fn tokens(daemon: &Daemon) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let reason = ReasonText::parse("measured").expect("a reason");
    let name = OperatorName::parse("bench").expect("a name");
    daemon.tell(OperatorCommand::Create { name, role: OperatorRole::Auditor, scope: Scope::Site }).await?;
    let now = rackward::clock::now().wall;
    let validity = Validity { from: now, to: now.after(Duration::from_secs(3_600)) };
    let mut tokens = Vec::new();
    for number in 0..TOKENS {
        let secret = format!("bench-{number}");
        let command = OperatorCommand::IssueToken {
            owner: OperatorId::new(1),
            limits: FOLLOWS.iter().fold(PermissionSet::NONE, |may, permission| may.with(*permission)),
            validity,
            digest: Sha256::digest(secret.as_bytes()).into(),
            reason: reason.clone(),
        };
        let Reply::Token(_) = daemon.tell(command).await? else { return Err("no token".into()) };
        tokens.push(format!("rwt_{secret}"));
    }
    Ok(tokens)
}

/// One entry by an operator's word, durable when this returns.
async fn say(daemon: &Daemon) -> Vec<u8> {
    let caller = Caller::new(Actor::LocalUser(0), OperatorRole::Admin, Scope::Site);
    let reason = ReasonText::parse("measured").expect("a reason");
    for level in [ThreatLevel::Guarded, ThreatLevel::Normal] {
        let command = Command::SetThreatLevel { level, reason: reason.clone() };
        daemon.backend.submit(caller, command).await.expect("the engine answers");
    }
    Vec::new()
}

/// The sockets of the raw loop, and the process that reads from them and follows the stream.
struct Rig {
    raw: Vec<TcpStream>,
    reader: Child,
    said: BufReader<ChildStdout>,
    orders: ChildStdin,
    stalled: Option<TcpStream>,
    /// As many bytes as one event of the stream has.
    frame: Vec<u8>,
}

impl Rig {
    fn start(stream: SocketAddr, tokens: &[String]) -> Result<Self, Box<dyn std::error::Error>> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let mut reader = Program::new(std::env::current_exe()?)
            .args([READER_WORD, &listener.local_addr()?.to_string(), &stream.to_string()])
            .args(tokens)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let raw = (0..SUBSCRIBERS).map(|_| {
            let socket = listener.accept()?.0;
            socket.set_nodelay(true)?;
            Ok(socket)
        });
        let raw = raw.collect::<std::io::Result<Vec<_>>>()?;
        let said = BufReader::new(reader.stdout.take().ok_or("the reader says nothing")?);
        let orders = reader.stdin.take().ok_or("the reader hears nothing")?;
        let data = "x".repeat(420);
        let frame = format!("id: 1784898202000000-7\nevent: site.threat-level-changed\ndata: {data}\n\n").into_bytes();
        let mut rig = Self { raw, reader, said, orders, stalled: None, frame };
        rig.line()?;
        Ok(rig)
    }

    fn line(&mut self) -> Result<String, Box<dyn std::error::Error>> {
        let mut line = String::new();
        self.said.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    fn write_raw(&mut self) -> Vec<u8> {
        for _ in 0..2 {
            for socket in &mut self.raw {
                socket.write_all(&self.frame).expect("the reader reads");
            }
        }
        Vec::new()
    }

    /// One more subscriber, which asks for everything since the beginning and reads nothing of it. Gives back once nothing
    /// more goes into its socket, so that the daemon stands with a piece in its hands while the others are served.
    fn stall(&mut self, stream: SocketAddr, tokens: &[String]) -> Result<(), Box<dyn std::error::Error>> {
        let mut stalled = TcpStream::connect(stream)?;
        rustix::net::sockopt::set_socket_recv_buffer_size(&stalled, 4_096)?;
        subscribe(&mut stalled, "?after=1", &tokens[0])?;
        let (mut held, mut before) = (0, 1);
        while held == 0 || held != before {
            std::thread::sleep(Duration::from_millis(50));
            before = held;
            held = rustix::io::ioctl_fionread(&stalled)?;
        }
        if held > (BACKLOG * 100) as u64 {
            return Err(format!("{held} bytes went to a subscriber that reads nothing: it is not stalled").into());
        }
        self.stalled = Some(stalled);
        Ok(())
    }

    /// Sends every event, each when the one before has arrived everywhere, and says what a delivery cost and how long the
    /// last of a hundred waited.
    fn round(&mut self, mut send: impl FnMut(&mut Self) -> Vec<u8>) -> Result<(f64, f64), Box<dyn std::error::Error>> {
        let (mut waits, before) = (Rounds::default(), processor_nanos()?);
        for _ in 0..EVENTS / 2 {
            // The reader says when it has had two more events everywhere, and when each of them came.
            self.orders.write_all(b"2\n")?;
            let sent = nanos();
            send(self);
            for arrival in self.line()?.split(' ').filter_map(|text| text.parse::<u64>().ok()) {
                waits.add(arrival.saturating_sub(sent) as f64 / 1000.0);
            }
        }
        let cpu = (processor_nanos()? - before) as f64 / 1000.0 / (EVENTS * SUBSCRIBERS) as f64;
        Ok((cpu, waits.quantile(0.99)))
    }
}

/// The processor time of every thread of this process, in nanoseconds.
fn processor_nanos() -> std::io::Result<u64> {
    let mut sum = 0;
    for task in std::fs::read_dir("/proc/self/task")? {
        // A thread may end meanwhile.
        let Ok(spent) = std::fs::read_to_string(task?.path().join("schedstat")) else { continue };
        sum += spent.split(' ').next().and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
    }
    Ok(sum)
}

/// The clock that all processes of a machine share, in nanoseconds.
fn nanos() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec.unsigned_abs() * 1_000_000_000 + now.tv_nsec.unsigned_abs()
}

/// The other process: a thousand sockets of each kind, all read at once. It answers each order with the moments at which the
/// next events arrived, once they have arrived on every socket of one kind.
fn read_all(raw: SocketAddr, stream: SocketAddr, tokens: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let (told, arrivals) = std::sync::mpsc::sync_channel::<u64>(SUBSCRIBERS * 8);
    let follow_it = |socket: TcpStream| -> std::io::Result<()> {
        socket.set_nonblocking(true)?;
        runtime.spawn(follow(socket, told.clone()));
        Ok(())
    };
    for _ in 0..SUBSCRIBERS {
        follow_it(TcpStream::connect(raw)?)?;
    }
    for (_, token) in (0..SUBSCRIBERS).zip(tokens.iter().cycle()) {
        let mut socket = TcpStream::connect(stream)?;
        subscribe(&mut socket, "", token)?;
        greeted(&mut socket)?;
        follow_it(socket)?;
    }
    println!("following");
    for order in std::io::stdin().lock().lines() {
        let events: usize = order?.parse()?;
        let moments = (0..events * SUBSCRIBERS).map(|_| arrivals.recv().map(|moment| moment.to_string()));
        println!("{}", moments.collect::<Result<Vec<_>, _>>()?.join(" "));
    }
    Ok(())
}

fn subscribe(socket: &mut TcpStream, query: &str, token: &str) -> std::io::Result<()> {
    let head =
        format!("GET /api/v1/stream{query} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n");
    socket.write_all(head.as_bytes())
}

/// Reads up to the receipts, which are told once at the beginning.
fn greeted(socket: &mut TcpStream) -> std::io::Result<()> {
    let (mut seen, mut byte) = (Vec::new(), [0; 1]);
    let is_greeted =
        |seen: &[u8]| seen.ends_with(b"\n\n") && seen.windows(RECEIPTS.len()).any(|window| window == RECEIPTS);
    while !is_greeted(&seen) {
        socket.read_exact(&mut byte).map_err(|error| {
            std::io::Error::new(error.kind(), format!("{error} after: {}", String::from_utf8_lossy(&seen)))
        })?;
        seen.push(byte[0]);
    }
    Ok(())
}

/// Tells the moment of every event that comes; an event begins with its id.
async fn follow(socket: TcpStream, told: std::sync::mpsc::SyncSender<u64>) {
    use tokio::io::AsyncReadExt as _;
    let Ok(mut socket) = tokio::net::TcpStream::from_std(socket) else { return };
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = socket.read(&mut bytes).await {
        let moment = nanos();
        let events = bytes[..count].windows(7).filter(|window| *window == b"\nevent:").count();
        for _ in 0..events {
            if told.send(moment).is_err() {
                return;
            }
        }
    }
}
