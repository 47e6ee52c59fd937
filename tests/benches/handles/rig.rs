//! The rig: a site of so many racks with a handle each, its daemon, a broker, and the process that runs the handles.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rackward::pki::{AUTHORITY_CERTIFICATE_FILE, AUTHORITY_KEY_FILE};
use rackward_tests::bench::binary;
use rackward_tests::handles::name_of;
use rackward_tests::handles::remote::Remote;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, Issuer, KeyPair};
use serde_json::{Value, json};

use super::process::Process;

/// Operators who ask for codes at once.
const OPERATORS: usize = 16;
/// How long an answer of the daemon may take.
const ANSWER_LIMIT: Duration = Duration::from_secs(120);
/// How often it is asked how far the receipts are.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Whose broker it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The daemon's own.
    Embedded,
    /// Mosquitto, in a process of its own.
    Mosquitto,
}

/// Everything that runs.
pub(crate) struct Rig {
    pub(crate) kind: Kind,
    dir: PathBuf,
    daemon: Process,
    mosquitto: Option<Process>,
    pub(crate) crowd: Remote,
    pub(crate) broker: SocketAddr,
    handles: usize,
}

type Done<T> = Result<T, Box<dyn Error>>;

impl Kind {
    /// Whether Mosquitto is installed.
    pub(crate) fn is_there() -> bool {
        Path::new(MOSQUITTO).exists()
    }
}

/// Where Debian and others install it; it is in no ordinary user's path.
const MOSQUITTO: &str = "/usr/sbin/mosquitto";

impl Rig {
    /// Lays the site out, starts everything, and enrols every handle; nobody is connected yet.
    pub(crate) fn start(kind: Kind, dir: &Path, handles: usize) -> Done<Self> {
        let (mut rig, enrol) = Self::lay_out(kind, dir, handles)?;
        let endpoint = if kind == Kind::Embedded { rig.broker } else { enrol };
        let began = Instant::now();
        rig.enrol(endpoint)?;
        println!("{kind:?}: {handles} handles enrolled one by one in {:.1} s", began.elapsed().as_secs_f64());
        if kind == Kind::Mosquitto {
            rig.write_mosquitto_files()?;
            rig.start_mosquitto()?;
        }
        Ok(rig)
    }

    /// A site whose handles are neither powered nor enrolled, and where handles may enrol beside the broker.
    pub(crate) fn lay_out(kind: Kind, dir: &Path, handles: usize) -> Done<(Self, SocketAddr)> {
        std::fs::create_dir_all(dir.join("state"))?;
        let (broker, enrol) = (free_address()?, free_address()?);
        std::fs::write(dir.join("rackward.toml"), site_file(kind, broker, enrol, handles))?;
        let daemon = start_daemon(dir)?;
        let authority = dir.join("state").join(AUTHORITY_CERTIFICATE_FILE);
        let crowd = Remote::start(broker, &authority, handles)?;
        Ok((Self { kind, dir: dir.to_owned(), daemon, mosquitto: None, crowd, broker, handles }, enrol))
    }

    fn enrol(&mut self, endpoint: SocketAddr) -> Done<()> {
        let codes = self.codes()?;
        self.crowd.begin(&format!("enrol {endpoint} {}", codes.len()))?;
        for (number, code) in codes {
            self.crowd.begin(&format!("{number} {code}"))?;
        }
        self.crowd.answer()?;
        Ok(())
    }

    /// A code for every handle, asked for as operators do.
    fn codes(&self) -> Done<Vec<(usize, String)>> {
        let (next, codes) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        let one = || -> Result<(), String> {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= self.handles {
                    return Ok(());
                }
                let path = format!("/devices/{}/enrol", name_of(number));
                let offered = self.post(&path, &json!({ "reason": "bench" })).map_err(|error| error.to_string())?;
                let code = offered["code"].as_str().ok_or("an offer without a code")?.to_owned();
                codes.lock().map_err(|_| "another operator failed")?.push((number, code));
            }
        };
        std::thread::scope(|scope| {
            let operators: Vec<_> = (0..OPERATORS).map(|_| scope.spawn(one)).collect();
            operators.into_iter().try_for_each(|operator| operator.join().expect("an operator does not panic"))
        })?;
        Ok(codes.into_inner()?)
    }

    fn write_mosquitto_files(&self) -> Done<()> {
        let state = self.dir.join("state");
        let acl = self.cli(&["mqtt", "acl"])?;
        std::fs::write(self.dir.join("acl"), acl)?;
        let authority = std::fs::read_to_string(state.join(AUTHORITY_CERTIFICATE_FILE))?;
        let key = KeyPair::from_pem(&std::fs::read_to_string(state.join(AUTHORITY_KEY_FILE))?)?;
        let issuer = Issuer::from_ca_cert_pem(&authority, key)?;
        let mut params = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()])?;
        params.distinguished_name.push(DnType::CommonName, "mosquitto");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let own = KeyPair::generate()?;
        std::fs::write(self.dir.join("server.pem"), params.signed_by(&own, &issuer)?.pem())?;
        std::fs::write(self.dir.join("server.key"), own.serialize_pem())?;
        let mut config = String::new();
        let path = |name: &str| self.dir.join(name).display().to_string();
        writeln!(config, "listener {} 127.0.0.1", self.broker.port())?;
        writeln!(config, "cafile {}", state.join(AUTHORITY_CERTIFICATE_FILE).display())?;
        writeln!(config, "certfile {}\nkeyfile {}", path("server.pem"), path("server.key"))?;
        writeln!(config, "require_certificate true\nuse_identity_as_username true\nallow_anonymous false")?;
        writeln!(config, "acl_file {}\nset_tcp_nodelay true\npersistence false", path("acl"))?;
        // That it runs, which is waited for, is an information to it.
        writeln!(config, "log_type error\nlog_type information\nconnection_messages false\nlog_dest stderr")?;
        writeln!(config, "max_queued_messages 0\nuser root")?;
        std::fs::write(self.dir.join("mosquitto.conf"), config)?;
        Ok(())
    }

    fn start_mosquitto(&mut self) -> io::Result<()> {
        let mut command = Command::new(MOSQUITTO);
        command.arg("-c").arg(self.dir.join("mosquitto.conf"));
        self.mosquitto = Some(Process::start(command, "running")?);
        Ok(())
    }

    /// Kills the broker; with it the daemon, if it is the daemon's own.
    pub(crate) fn kill_broker(&mut self) -> io::Result<()> {
        match &mut self.mosquitto {
            Some(mosquitto) => mosquitto.kill(),
            None => self.daemon.kill(),
        }
    }

    /// Starts again what was killed.
    pub(crate) fn start_broker(&mut self) -> io::Result<()> {
        match self.kind {
            Kind::Embedded => self.daemon = start_daemon(&self.dir)?,
            Kind::Mosquitto => self.start_mosquitto()?,
        }
        Ok(())
    }

    /// The command line, as in a second terminal; its output.
    pub(crate) fn cli(&self, args: &[&str]) -> io::Result<String> {
        let output = Command::new(binary("rackward")).arg("--dir").arg(&self.dir).args(args).output()?;
        if output.status.success() {
            return String::from_utf8(output.stdout).map_err(io::Error::other);
        }
        Err(io::Error::other(format!("rackward {args:?}: {}", String::from_utf8_lossy(&output.stderr))))
    }

    /// One request on the local socket.
    fn send(&self, method: &str, path: &str, body: &str) -> io::Result<Value> {
        let mut socket = UnixStream::connect(self.dir.join("state/rackward.sock"))?;
        socket.set_read_timeout(Some(ANSWER_LIMIT))?;
        // Each change has a key of its own; reads do not look at it.
        static CHANGES: AtomicUsize = AtomicUsize::new(0);
        let (length, change) = (body.len(), CHANGES.fetch_add(1, Ordering::Relaxed));
        let key = format!("{}-{change}", std::process::id());
        write!(
            socket,
            "{method} /api/v1{path} HTTP/1.0\r\nhost: local\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nidempotency-key: \"{key}\"\r\n\r\n{body}"
        )?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
        let status = head.split(' ').nth(1).unwrap_or_default();
        if !status.starts_with('2') {
            return Err(io::Error::other(format!("{method} {path}: {status} {body}")));
        }
        serde_json::from_str(body).map_err(io::Error::other)
    }

    pub(crate) fn get(&self, path: &str) -> io::Result<Value> {
        self.send("GET", path, "")
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> io::Result<Value> {
        self.send("POST", path, &body.to_string())
    }

    /// Waits until no receipt is pending; how long that took, and how many devices hold a list. The status says how many are
    /// pending; who they are takes longer to write than to find out, and is asked only where a run has failed.
    pub(crate) fn receipts(&self, limit: Duration) -> io::Result<(Duration, u64)> {
        let began = Instant::now();
        loop {
            let receipts = &self.get("/status")?["receipts"];
            if receipts["pending"] == 0 {
                return Ok((began.elapsed(), receipts["total"].as_u64().unwrap_or_default()));
            }
            if began.elapsed() > limit {
                let all = self.get("/receipts")?;
                let first = all["behind"].as_array().and_then(|behind| behind.first());
                return Err(io::Error::other(format!("{} receipts are pending, first {first:?}", receipts["pending"])));
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Waits until the daemon takes every device for online.
    pub(crate) fn online(&self, limit: Duration) -> io::Result<Duration> {
        let began = Instant::now();
        loop {
            let status = self.get("/status")?;
            if status["devices"]["offline"] == 0 {
                return Ok(began.elapsed());
            }
            if began.elapsed() > limit {
                return Err(io::Error::other(format!("{} devices are offline", status["devices"]["offline"])));
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Gives a person a right to every door; its number.
    pub(crate) fn grant_everything(&self, person: &str, to_at: &str) -> io::Result<String> {
        let doors: Vec<String> = (0..self.handles).map(door_of).collect();
        let wish = json!({ "person": person, "doors": doors, "to_at": to_at, "reason": "bench" });
        let granted = self.post("/grants", &wish)?;
        granted["id"].as_str().map(str::to_owned).ok_or_else(|| io::Error::other(format!("no grant: {granted}")))
    }

    pub(crate) fn controller_kb(&self) -> io::Result<u64> {
        self.daemon.resident_kb()
    }

    pub(crate) fn broker_kb(&self) -> io::Result<Option<u64>> {
        self.mosquitto.as_ref().map(Process::resident_kb).transpose()
    }

    /// Processor time of daemon, broker if it is another process, and handles, in seconds.
    pub(crate) fn cpu(&self) -> io::Result<(f64, Option<f64>, f64)> {
        let broker = self.mosquitto.as_ref().map(Process::cpu_seconds).transpose()?;
        Ok((self.daemon.cpu_seconds()?, broker, super::process::cpu_seconds(self.crowd.id())?))
    }

    /// Stops the daemon in good order; where its journal is.
    pub(crate) fn end(mut self) -> io::Result<PathBuf> {
        self.daemon.stop()?;
        Ok(self.dir.join("state"))
    }
}

fn start_daemon(dir: &Path) -> io::Result<Process> {
    let mut command = Command::new(binary("rackward"));
    command.arg("run").arg("--config").arg(dir.join("rackward.toml"));
    Process::start(command, "daemon: ready")
}

fn door_of(number: usize) -> String {
    format!("lon1/hall/{}/front", name_of(number))
}

fn site_file(kind: Kind, broker: SocketAddr, enrol: SocketAddr, handles: usize) -> String {
    let mqtt = match kind {
        Kind::Embedded => format!("listen = \"{broker}\""),
        Kind::Mosquitto => format!("url = \"mqtts://{broker}\"\nenrol_listen = \"{enrol}\""),
    };
    let mut text = format!(
        "[site]\nname = \"lon1\"\ntime_zone = \"Europe/London\"\n[storage]\ndir = \"state\"\n\
         [console]\nlisten = \"127.0.0.1:0\"\n[mqtt]\n{mqtt}\n[[area]]\npath = \"lon1/hall\"\n"
    );
    for number in 0..handles {
        let (name, door) = (name_of(number), door_of(number));
        // Writing to a text does not fail.
        _ = write!(text, "[[rack]]\npath = \"lon1/hall/{name}\"\narea = \"lon1/hall\"\nfaces = [\"front\"]\n");
        _ = write!(text, "[[device]]\nname = \"{name}\"\nrole = \"handle\"\ndoor = \"{door}\"\nmqtt = true\n");
    }
    text
}

/// An address that nobody listens at now, below the ports that the system gives to outgoing connections.
fn free_address() -> io::Result<SocketAddr> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let first = 11_000 + (std::process::id() % 400) as u16 * 20;
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed) as u16;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        match TcpListener::bind(address) {
            Ok(_) => return Ok(address),
            Err(error) if port > first + 200 => return Err(error),
            Err(_) => {}
        }
    }
}
