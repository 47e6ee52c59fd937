//! A small site on disk: two doors with readers on one RS-485 bus, a rack with an OSDP handle and one with an MQTT handle,
//! and three people. Everything is written by hand, as an administrator would.

use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use serde_json::json;
use tempfile::TempDir;

use super::hands::Hands;
use super::http::Api;
use super::program::{Program, Said, command};
use super::stream::Stream;

/// Devices on the bus, by address from 1: name, kind in the world, role in the site, what it serves.
const ON_BUS: [(&str, &str, &str, &str); 5] = [
    ("main-reader", "reader", "role = \"reader\"\ndoor = \"lon1/main\"\nside = \"in\"", "lon1/main/in"),
    ("main-lock", "lock", "role = \"lock\"\ndoor = \"lon1/main\"", "lon1/main"),
    ("side-reader", "reader", "role = \"reader\"\ndoor = \"lon1/side\"\nside = \"in\"", "lon1/side/in"),
    ("side-lock", "lock", "role = \"lock\"\ndoor = \"lon1/side\"", "lon1/side"),
    ("r01-handle", "handle", "role = \"handle\"\ndoor = \"lon1/hall/r01/c01/front\"", "lon1/hall/r01/c01/front"),
];

/// The handle at the broker.
const AT_BROKER: (&str, &str) = ("r02-handle", "lon1/hall/r02/c01/front");

/// The exit code of a command line that finds no daemon.
const UNREACHABLE: i32 = 11;

/// Every point of the site.
pub(super) const POINTS: [&str; 4] =
    ["lon1/main/in", "lon1/side/in", "lon1/hall/r01/c01/front", "lon1/hall/r02/c01/front"];

/// Every door of the site, in the order of [`POINTS`].
pub(super) const DOORS: [&str; 4] = ["lon1/main", "lon1/side", "lon1/hall/r01/c01/front", "lon1/hall/r02/c01/front"];

/// Which broker the site has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Broker {
    /// The one inside the daemon.
    #[default]
    Inside,
    /// One that runs by itself; devices enrol at the daemon.
    Outside,
}

/// What differs from the usual site.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The port that each side opens instead of the simulation's own pseudo-terminal: the daemon's, the hardware's.
    pub(super) ports: Option<(PathBuf, PathBuf)>,
    /// A device whose hardware has another key than the daemon.
    pub(super) wrong_key: Option<&'static str>,
    /// The policy of the hall, as lines of its table.
    pub(super) hall: &'static str,
    /// Which broker it has.
    pub(super) broker: Broker,
    /// More lines of `[mqtt]`.
    pub(super) mqtt: &'static str,
    /// Lines of `[console]`; a port that is free and no name if there are none.
    pub(super) console: &'static str,
    /// More tables at the end of the site file.
    pub(super) more: &'static str,
}

/// The site's directory.
#[derive(Debug)]
pub(super) struct Site {
    dir: TempDir,
    /// Where the broker is.
    pub(super) broker_port: u16,
    /// Where devices enrol; the broker's own port where it is inside the daemon.
    pub(super) enrol_port: u16,
}

/// The running daemon of a site.
#[derive(Debug)]
pub(super) struct Daemon {
    pub(super) program: Program,
    pub(super) api: Api,
}

/// The running hardware of a site.
#[derive(Debug)]
pub(super) struct Hardware {
    pub(super) program: Program,
    pub(super) hands: Hands,
}

impl Site {
    pub(super) fn lay_out(plan: &Plan) -> Self {
        let broker_port = free_port();
        let enrol_port = match plan.broker {
            Broker::Inside => broker_port,
            Broker::Outside => free_port(),
        };
        let site = Self { dir: tempfile::tempdir().unwrap(), broker_port, enrol_port };
        fs::create_dir(site.path("keys")).unwrap();
        fs::create_dir(site.path("bus")).unwrap();
        let own = (site.path("bus/line"), format!("path = {:?}", site.path("bus/line")));
        let (daemon_port, hardware_port) = match &plan.ports {
            Some((daemon, hardware)) => (daemon.clone(), format!("port = {hardware:?}")),
            None => own,
        };
        site.write_site_file(&daemon_port, plan);
        site.write_world_file(&hardware_port, plan);
        site
    }

    fn write_site_file(&self, port: &Path, plan: &Plan) {
        let hall = plan.hall;
        let mqtt = match plan.broker {
            Broker::Inside => format!("listen = \"127.0.0.1:{}\"", self.broker_port),
            Broker::Outside => {
                let (broker, enrol) = (self.broker_port, self.enrol_port);
                format!("url = \"mqtts://127.0.0.1:{broker}\"\nenrol_listen = \"127.0.0.1:{enrol}\"")
            }
        };
        let console = if plan.console.is_empty() { "listen = \"127.0.0.1:0\"" } else { plan.console };
        let mut text = format!(
            "[site]\nname = \"lon1\"\ntime_zone = \"Europe/London\"\n\
             [storage]\ndir = \"state\"\n[console]\n{console}\n[mqtt]\n{mqtt}\n{}\
             [[area]]\npath = \"lon1/lobby\"\n[[area]]\npath = \"lon1/hall\"\n{hall}\
             [[door]]\npath = \"lon1/main\"\nkind = \"door\"\narea = \"lon1/lobby\"\nrelease_time = \"3s\"\n\
             [[door]]\npath = \"lon1/side\"\nkind = \"door\"\narea = \"lon1/lobby\"\nrelease_time = \"3s\"\n",
            plan.mqtt
        );
        for rack in ["r01", "r02"] {
            let path = format!("lon1/hall/{rack}/c01");
            let _ = write!(text, "[[rack]]\npath = \"{path}\"\narea = \"lon1/hall\"\nfaces = [\"front\"]\n");
            let _ = writeln!(text, "release_time = \"3s\"");
        }
        let _ = write!(text, "[[bus]]\nname = \"line\"\nport = {port:?}\nbaud = 115200\n");
        for (index, (name, _, role, _)) in ON_BUS.iter().enumerate() {
            self.write_key(name);
            let _ = write!(text, "[[device]]\nname = \"{name}\"\n{role}\nbus = \"line\"\naddress = {}\n", index + 1);
            let _ = writeln!(text, "key_file = \"keys/{name}\"");
        }
        let (name, door) = AT_BROKER;
        let _ = write!(text, "[[device]]\nname = \"{name}\"\nrole = \"handle\"\ndoor = \"{door}\"\nmqtt = true\n");
        text += plan.more;
        fs::write(self.file(), text).unwrap();
    }

    fn write_key(&self, name: &str) {
        write_private(&self.path("keys").join(name), &key_of(name));
    }

    fn write_world_file(&self, port: &str, plan: &Plan) {
        let (broker, enrol) = (self.broker_port, self.enrol_port);
        let identities = self.path("identities");
        let mut text =
            format!("[mqtt]\nhost = \"127.0.0.1\"\nport = {broker}\nsite = \"lon1\"\nenrol_port = {enrol}\n");
        let _ = writeln!(text, "identity_dir = {identities:?}");
        for (id, number) in [("p-1", 1), ("p-2", 2), ("p-3", 3), ("stranger", 999)] {
            let _ = write!(text, "[[person]]\nid = \"{id}\"\nname = \"{id}\"\nrole = \"engineer\"\nmay = \"pass\"\n");
            let _ = write!(text, "[person.card]\nbits = 26\nfacility = 7\nnumber = {number}\n");
        }
        for (path, kind) in DOORS.iter().zip(["door", "door", "rack", "rack"]) {
            let _ = write!(text, "[[door]]\npath = \"{path}\"\nkind = \"{kind}\"\n");
        }
        let _ = write!(text, "[[bus]]\nname = \"line\"\n{port}\nbaud = 115200\n");
        for (index, (name, kind, _, serves)) in ON_BUS.iter().enumerate() {
            let key = key_of(if plan.wrong_key == Some(*name) { "another" } else { name });
            let _ = write!(text, "[[device]]\nname = \"{name}\"\nkind = \"{kind}\"\nserves = \"{serves}\"\n");
            let _ = write!(text, "bus = \"line\"\naddress = {}\nkey = \"{key}\"\n", index + 1);
        }
        let (name, door) = AT_BROKER;
        let _ = write!(text, "[[device]]\nname = \"{name}\"\nkind = \"handle\"\nserves = \"{door}\"\n");
        // Its code follows when there is a daemon to give it one.
        text += "[device.mqtt]\n";
        fs::write(self.path("world.toml"), text).unwrap();
    }

    /// Has a code made for the handle at the broker and tells its firmware, unless it was told before. Where no daemon runs, one
    /// runs for as long as that takes.
    #[track_caller]
    pub(super) fn tell_code(&self) {
        let world = fs::read_to_string(self.path("world.toml")).unwrap();
        if !world.contains("enrolment_code") {
            let ask = || self.cli(&["device", "enrol", AT_BROKER.0, "--reason", "mounted today", "-o", "json"]);
            let mut offered = ask();
            if offered.code == Some(UNREACHABLE) {
                let daemon = self.daemon();
                offered = ask();
                daemon.program.interrupt();
            }
            let offered = offered.json();
            let code = offered["code"].as_str().unwrap();
            fs::write(self.path("world.toml"), format!("{world}enrolment_code = \"{code}\"\n")).unwrap();
        }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The site file.
    pub(super) fn file(&self) -> PathBuf {
        self.path("rackward.toml")
    }

    /// The command that runs the daemon.
    pub(super) fn daemon_command(&self) -> Command {
        let mut daemon = command("rackward");
        daemon.arg("run").arg("--config").arg(self.file());
        daemon
    }

    /// Starts the daemon and waits until it serves.
    #[track_caller]
    pub(super) fn daemon(&self) -> Daemon {
        self.daemon_by(self.daemon_command())
    }

    /// The same by a command of the test's own.
    #[track_caller]
    pub(super) fn daemon_by(&self, command: Command) -> Daemon {
        let program = Program::start(command);
        program.wait_for_error_line("daemon: ready");
        Daemon { program, api: Api::local(&self.path("state")) }
    }

    /// Starts the hardware and waits until its control socket is there. Its handle at the broker is enrolled the first time.
    #[track_caller]
    pub(super) fn hardware(&self) -> Hardware {
        self.tell_code();
        let mut hardware = command("firmware-sim");
        let socket = self.path("sim.sock");
        hardware.arg("--still").arg("--world").arg(self.path("world.toml")).arg("--control").arg(&socket);
        let program = Program::start(hardware);
        program.wait_for_error_line("is ready");
        Hardware { program, hands: Hands::at(&socket) }
    }

    /// The command line, as in a second terminal.
    pub(super) fn cli(&self, args: &[&str]) -> Said {
        cli(self.dir.path(), args)
    }

    /// Enrols three people: p-1 may pass everywhere, p-2 the main door, p-3 nothing.
    #[track_caller]
    pub(super) fn enrol(&self) {
        for (person, card) in [("Ann", "26:7:1"), ("Bob", "26:7:2"), ("Cem", "26:7:3")] {
            let created = self.cli(&["person", "create", person, "-o", "json"]).json();
            let id = created["id"].as_str().unwrap().to_owned();
            self.cli(&["credential", "assign", "--person", &id, "--card", card, "-o", "json"]).json();
        }
        for (person, doors) in [("p-1", DOORS.as_slice()), ("p-2", &DOORS[..1])] {
            let mut args = vec!["grant", "create", "--person", person, "--for", "4h", "--reason", "Test", "--json"];
            args.extend(doors.iter().flat_map(|door| ["--door", door]));
            self.cli(&args).json();
        }
    }
}

impl Daemon {
    /// A stream from now on.
    #[track_caller]
    pub(super) fn stream(&self) -> Stream {
        Stream::open(&self.api, None)
    }

    /// Waits until every device answers and every door's state is known.
    #[track_caller]
    pub(super) fn whole(&self, stream: &mut Stream) {
        self.known(stream, 0);
    }

    /// The same with `missing` devices that cannot answer, whose door is then unknown.
    #[track_caller]
    pub(super) fn known(&self, stream: &mut Stream, missing: u64) {
        loop {
            let status = self.api.document("/api/v1/status");
            stream.read_to(status["head"].as_u64().unwrap());
            if status["devices"]["offline"] == json!(missing) && status["doors"]["unknown"].as_u64() <= Some(missing) {
                return;
            }
            stream.wait_for("devices to answer", |event| event.id.is_some());
        }
    }
}

/// The command line for a daemon whose state is under `dir`.
pub(super) fn cli(dir: &Path, args: &[&str]) -> Said {
    Said::of(command("rackward").arg("--dir").arg(dir).args(args).output().unwrap())
}

/// Keys need only differ.
fn key_of(name: &str) -> String {
    let mut digits: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
    digits.push_str(&"5a".repeat(16));
    digits.truncate(32);
    digits
}

pub(super) fn write_private(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// Ports that are this process's own: it listens at the first of them for as long as it lives, so that no other process of
/// these tests gives out the rest.
struct Ports {
    _claim: TcpListener,
    left: Range<u16>,
}

impl Ports {
    /// The first that nobody has claimed; processes beside each other begin to look in different places. They lie below
    /// those of the demo and those that the system gives to outgoing connections, so that neither takes one while a daemon
    /// is down.
    fn claim() -> Self {
        const FIRST_PORT: u16 = 10_000;
        const PORTS_PER_CLAIM: u16 = 20;
        const CLAIMS: u16 = 500;
        let begin = (std::process::id() % u32::from(CLAIMS)) as u16;
        let mut first_ports = (begin..CLAIMS).chain(0..begin).map(|claim| FIRST_PORT + claim * PORTS_PER_CLAIM);
        let claimed = |first: u16| {
            let claim = TcpListener::bind(("127.0.0.1", first)).ok()?;
            Some(Self { _claim: claim, left: first + 1..first + PORTS_PER_CLAIM })
        };
        first_ports.find_map(claimed).unwrap()
    }
}

/// A port that nobody listens at and that is given to nobody else, in this process or another.
pub(super) fn free_port() -> u16 {
    static CLAIMED: Mutex<Vec<Ports>> = Mutex::new(Vec::new());
    let mut claimed = CLAIMED.lock().unwrap();
    loop {
        let left = claimed.last_mut().and_then(|ports| ports.left.next());
        match left {
            Some(port) if TcpListener::bind(("127.0.0.1", port)).is_ok() => return port,
            Some(_) => {}
            None => claimed.push(Ports::claim()),
        }
    }
}
