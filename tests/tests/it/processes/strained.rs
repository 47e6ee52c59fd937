//! Clients that hold what they were given: silent ones, ones that send a byte now and then, ones that never read, one that asks
//! as fast as it can. Each is refused or cut off in the end; while they last, every badge opens its door, every order for a
//! lock is carried out, and the daemon holds little more memory than before.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::PATIENCE;
use super::program::binary;
use super::site::{Daemon, Hardware, Plan, Site, free_port};
use super::stream::Stream;

/// Connections that say nothing at all, or never end their handshake.
const SILENT: usize = 600;

/// Connections of each other kind.
const OF_A_KIND: usize = 60;

/// Badges while they last; a door is open for three seconds, so that they last longer than any client may hold anything.
const BADGES: usize = 14;

/// Refusals that the flood has to be given before it ends.
const FLOOD_REFUSALS: usize = 2_000;

/// How long a connection is looked at for something to read before the next byte is sent on it.
const TRICKLE_PACE: Duration = Duration::from_millis(20);

/// The longest that anything may be held: thirty seconds, with as much again for a busy machine.
const HELD_AT_MOST: Duration = Duration::from_secs(60);

/// What the whole crowd may take of memory.
const CROWD_KB: u64 = 150_000;

/// Open files of a process that may not have more, a few of them its own.
const FEW_FILES: usize = 240;

type Tls = StreamOwned<ClientConnection, TcpStream>;

/// The console as bad clients see it.
#[derive(Clone)]
struct Console {
    port: u16,
    settings: Arc<ClientConfig>,
}

impl Console {
    fn of(site: &Site, port: u16) -> Self {
        let authority = std::fs::read(site.path("state/authority.pem")).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(&authority).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let settings = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        Self { port, settings: Arc::new(settings.with_root_certificates(roots).with_no_client_auth()) }
    }

    /// A bare connection from an address of this machine.
    fn connect(&self, from: u8) -> TcpStream {
        let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        bind(&socket, &SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, from), 0)).unwrap();
        connect(&socket, &SocketAddr::from(([127, 0, 0, 1], self.port))).unwrap();
        TcpStream::from(socket)
    }

    /// One on which the handshake is done and this was sent.
    fn say(&self, from: u8, said: &str) -> Tls {
        let name = ServerName::try_from("localhost").unwrap();
        let session = ClientConnection::new(Arc::clone(&self.settings), name).unwrap();
        let mut stream = StreamOwned::new(session, self.connect(from));
        stream.sock.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(said.as_bytes()).unwrap();
        stream
    }
}

/// What is said so far on a connection, and whether it is over.
struct Held {
    stream: Tls,
    heard: Vec<u8>,
    is_over: bool,
}

impl Held {
    fn new(stream: Tls) -> Self {
        Self { stream, heard: Vec::new(), is_over: false }
    }

    /// Looks for an answer as long as `limit`.
    fn look(&mut self, limit: Duration) {
        self.stream.sock.set_read_timeout(Some(limit)).unwrap();
        let mut chunk = [0; 4_096];
        match self.stream.read(&mut chunk) {
            Ok(0) => self.is_over = true,
            Ok(count) => self.heard.extend_from_slice(&chunk[..count]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => self.is_over = true,
        }
    }

    /// Sends one more byte, if there is still somebody.
    fn trickle(&mut self) {
        self.look(TRICKLE_PACE);
        if !self.is_over && self.stream.write_all(b"x").is_err() {
            // What was said before it was closed is still there.
            self.look(TRICKLE_PACE);
            self.is_over = true;
        }
    }

    /// Waits for its end.
    fn wait(&mut self) {
        let until = Instant::now() + HELD_AT_MOST;
        while !self.is_over && Instant::now() < until {
            self.look(until.saturating_duration_since(Instant::now()).max(TRICKLE_PACE));
        }
    }

    fn said(&self) -> String {
        String::from_utf8_lossy(&self.heard).into_owned()
    }
}

/// Everybody who holds something.
struct Crowd {
    silent: Vec<TcpStream>,
    half_shaken: Vec<TcpStream>,
    slow_heads: Vec<Held>,
    slow_bodies: Vec<Held>,
    deaf: Vec<Held>,
}

impl Crowd {
    fn gather(console: &Console) -> Self {
        let many = |begin: &dyn Fn(usize) -> Held| (0..OF_A_KIND).map(begin).collect();
        let half_shaken = |_| {
            let mut stream = console.connect(3);
            // The head of a record that holds a ClientHello of 512 bytes, and the first byte of it.
            stream.write_all(&[0x16, 0x03, 0x01, 0x02, 0x00, 0x01]).unwrap();
            stream
        };
        let asks = "GET /api/v1/openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(40);
        Self {
            silent: (0..SILENT).map(|_| console.connect(2)).collect(),
            half_shaken: (0..OF_A_KIND).map(half_shaken).collect(),
            slow_heads: many(&|_| Held::new(console.say(4, "GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-slow: "))),
            slow_bodies: many(&|number| {
                let head = "POST /login HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5000\r\n";
                let kind = "content-type: application/x-www-form-urlencoded\r\n\r\ntoken=";
                // From one address few may try to sign in.
                Held::new(console.say(20 + (number / 15) as u8, &format!("{head}{kind}")))
            }),
            deaf: many(&|_| Held::new(console.say(6, &asks))),
        }
    }

    /// A byte here and there until `done`.
    fn trickle(&mut self, done: &AtomicBool) {
        while !done.load(Ordering::Relaxed) {
            for held in self.slow_heads.iter_mut().chain(&mut self.slow_bodies).filter(|held| !held.is_over) {
                held.trickle();
            }
        }
    }

    /// Everybody was cut off, and those to whom something could be said were told why.
    #[track_caller]
    fn check_gone(mut self) {
        for stream in self.silent.iter_mut().chain(&mut self.half_shaken) {
            stream.set_read_timeout(Some(HELD_AT_MOST)).unwrap();
            let mut rest = Vec::new();
            let ended = stream.read_to_end(&mut rest);
            let is_over = ended.is_ok() || ended.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset);
            assert!(is_over, "a connection that says nothing lasts for ever");
        }
        for held in self.slow_heads.iter_mut().chain(&mut self.slow_bodies) {
            held.wait();
            assert!(held.is_over, "a connection that says little lasts for ever: {}", held.said());
        }
        for held in &self.slow_bodies {
            let said = held.said();
            assert!(said.starts_with("HTTP/1.1 400 ") && said.contains("application/problem+json"), "{said}");
        }
        // These have more coming than they can still be told: what is sent into their buffers ends in the middle.
        for held in &mut self.deaf {
            held.wait();
            assert!(held.is_over, "a connection that takes nothing lasts for ever");
            assert!(held.said().matches("HTTP/1.1 200 OK").count() < 40, "it was given everything");
        }
    }
}

/// Asks as fast as it is answered until it was refused often enough; how often it was let through.
fn flood(console: &Console) -> usize {
    let (mut through, mut refused) = (0, 0);
    while refused < FLOOD_REFUSALS {
        let asks = "GET /api/v1/status HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(50);
        let mut held = Held::new(console.say(7, &asks));
        let answers = |held: &Held| held.said().matches("HTTP/1.1 ").count();
        while !held.is_over && answers(&held) < 50 {
            held.look(PATIENCE);
        }
        let said = held.said();
        let (let_in, out) = (said.matches("HTTP/1.1 401").count(), said.matches("HTTP/1.1 429").count());
        assert_eq!(let_in + out, answers(&held), "{said}");
        assert_eq!(out, said.to_lowercase().matches("retry-after: ").count(), "{said}");
        (through, refused) = (through + let_in, refused + out);
    }
    through
}

/// Somebody badges, the door opens, is shut and holds again; an order opens the other one. Each time.
#[track_caller]
fn check_doors(site: &Site, daemon: &Daemon, hardware: &Hardware, stream: &mut Stream, times: usize) {
    let first = daemon.api.head();
    for _ in 0..times {
        let since = daemon.api.head();
        hardware.hands.badge("p-1", "main/in");
        stream.find(since, "the badge", |event| event.is("access.granted", "main/in"));
        hardware.hands.eventually("the door to be let go", |state| {
            super::hands::unlocked(state).iter().any(|door| door.ends_with("main"))
        });
        let opened = site.cli(&["door", "open", "lon1/side", "--reason", "a delivery", "-o", "json"]);
        assert_eq!(opened.code, Some(0), "{opened:?}");
        stream.find(since, "the order", |event| event.is("door.operator-released", "lon1/side"));
        hardware.hands.all_locked();
    }
    let count = |name: &str| {
        let later = stream.seen.iter().filter(|event| event.id.is_some_and(|id| id > first));
        later.filter(|event| event.name == name).count()
    };
    assert_eq!((count("access.granted"), count("door.operator-released")), (times, times));
}

/// A site whose console speaks TLS.
fn site_over_tls() -> (Site, u16) {
    let port = free_port();
    let console = format!("listen = \"127.0.0.1:{port}\"\nnames = [\"localhost\"]\n");
    (Site::lay_out(&Plan { console: console.leak(), ..Plan::default() }), port)
}

#[test]
fn a_crowd_that_holds_what_it_gets_disturbs_no_door_and_is_gone_in_the_end() {
    let (site, port) = site_over_tls();
    let (daemon, hardware) = (site.daemon(), site.hardware());
    let mut stream = daemon.stream();
    daemon.whole(&mut stream);
    site.enrol();
    let console = Console::of(&site, port);
    check_doors(&site, &daemon, &hardware, &mut stream, 1);
    let calm_kb = daemon.program.own_kb();
    let mut crowd = Crowd::gather(&console);
    let done = AtomicBool::new(false);
    let most_kb = thread::scope(|scope| {
        let crowd = &mut crowd;
        scope.spawn(|| crowd.trickle(&done));
        let flood = scope.spawn(|| flood(&console));
        check_doors(&site, &daemon, &hardware, &mut stream, BADGES / 2);
        let most_kb = daemon.program.own_kb();
        check_doors(&site, &daemon, &hardware, &mut stream, BADGES - BADGES / 2);
        let through = flood.join().unwrap();
        println!("of the flood {through} requests got through before the first {FLOOD_REFUSALS} did not");
        done.store(true, Ordering::Relaxed);
        most_kb.max(daemon.program.own_kb())
    });
    println!("own memory: {calm_kb} kB before, {most_kb} kB with the crowd");
    assert!(most_kb < calm_kb + CROWD_KB, "{most_kb} kB, {calm_kb} before");
    crowd.check_gone();
    // There is room again for whoever behaves.
    let mut polite = Held::new(console.say(8, "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"));
    polite.wait();
    assert!(polite.said().starts_with("HTTP/1.1 200 OK"), "{}", polite.said());
    check_doors(&site, &daemon, &hardware, &mut stream, 1);
    daemon.program.interrupt();
    assert_eq!(site.cli(&["audit", "verify"]).code, Some(0));
}

#[test]
fn a_daemon_that_may_open_few_files_keeps_enough_of_them_for_its_doors() {
    let (site, port) = site_over_tls();
    let mut command = Command::new("sh");
    let run = format!("ulimit -n {FEW_FILES} && exec \"$0\" run --config \"$1\"");
    command.arg("-c").arg(run).arg(binary("rackward")).arg(site.file());
    let (daemon, hardware) = (site.daemon_by(command), site.hardware());
    daemon.program.wait_for_error_line("few connections are served");
    let mut stream = daemon.stream();
    daemon.whole(&mut stream);
    site.enrol();
    let console = Console::of(&site, port);
    // More than all of its files, each held for as long as a handshake may take and then given back.
    let silent: Vec<TcpStream> = (0..FEW_FILES + 40).map(|_| console.connect(9)).collect();
    check_doors(&site, &daemon, &hardware, &mut stream, 3);
    assert_eq!(daemon.api.get("/readyz").json()["journal"], "writable");
    drop(silent);
    let mut polite = Held::new(console.say(8, "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"));
    polite.wait();
    assert!(polite.said().starts_with("HTTP/1.1 200 OK"), "{}", polite.said());
    daemon.program.interrupt();
}
