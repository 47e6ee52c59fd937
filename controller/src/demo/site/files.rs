//! The demo's directory: `rackward.toml`, the devices' secrets, and where ports and sockets are. Layout under the directory:
//! `keys/` (one secret per device on a bus), `handles/` (what each handle at the broker keeps, its certificate among it),
//! `bus/` (the serial lines' pseudo-terminals), `state/` (the daemon's), `sim.sock`.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::{
    AREAS, AreaPlan, BANK_HOLIDAYS, BUSES, COUNTED, DOORS, DevicePlan, HOSPITALS, Level, OFFICE, Part, PlainDoor,
    RACK_CLASS, SITE, Wire, ZONES, around_rack, devices, owner_of_rack, racks,
};
use crate::demo::camera::{CAMERAS, CameraPlan};
use crate::demo::enrolment::Codes;
use crate::demo::secrets_on_disk::kept_secret;

/// Where the site is, for its schedules.
const TIME_ZONE: &str = "Europe/London";
/// Speed of the serial lines. Twelve handles on one line want more than the usual 9600.
pub(in crate::demo) const BAUD: u32 = 115_200;

/// A demo's directory, with the files that its daemon and its world are started from.
#[derive(Debug, Clone)]
pub struct Premises {
    dir: PathBuf,
    broker: SocketAddr,
    cameras: SocketAddr,
}

impl Premises {
    /// Writes the site file and whatever secret is missing under `dir`; secrets that are there are kept, so that a demo
    /// goes on with the journal and the devices it had.
    ///
    /// # Errors
    /// A demo is still running there, or the directory cannot be made or written, or holds a secret that is none.
    pub fn lay_out(dir: &Path, http: SocketAddr) -> anyhow::Result<Self> {
        nobody_there(dir)?;
        for part in ["keys", "bus", "handles"] {
            let place = dir.join(part);
            std::fs::create_dir_all(&place)
                .with_context(|| format!("cannot make the directory {}", place.display()))?;
        }
        let dir = dir.canonicalize().with_context(|| format!("cannot find {}", dir.display()))?;
        let broker = free_port(FIRST_PORT + (std::process::id() % SPREAD_PORTS) as u16)?;
        let cameras = free_port(broker + 1)?;
        let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let premises = Self { dir, broker: at(broker), cameras: at(cameras) };
        for device in devices() {
            premises.secret_of(&device)?;
        }
        let file = premises.site_file();
        std::fs::write(&file, premises.site_toml(http)).with_context(|| format!("cannot write {}", file.display()))?;
        Ok(premises)
    }

    /// Removes what an earlier demo left in `dir`, and nothing else that may be there.
    ///
    /// # Errors
    /// A demo is still running there, or something cannot be removed.
    pub fn clear(dir: &Path) -> anyhow::Result<()> {
        nobody_there(dir)?;
        for made in ["state", "keys", "handles", "bus", "rackward.toml", "world.toml", "sim.sock"] {
            let path = dir.join(made);
            let removed = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
            if let Err(error) = removed
                && error.kind() != ErrorKind::NotFound
            {
                return Err(error).with_context(|| format!("cannot remove {}", path.display()));
            }
        }
        Ok(())
    }

    /// The directory, absolute.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where the daemon's broker will listen. It is settled here, so that the simulated hardware can be there before the
    /// daemon, as real hardware is, and the journal does not begin with every device missing.
    pub fn broker(&self) -> SocketAddr {
        self.broker
    }

    /// Where the recorder of the cameras will listen.
    pub(in crate::demo) fn cameras(&self) -> SocketAddr {
        self.cameras
    }

    /// What the daemon is started with.
    pub fn site_file(&self) -> PathBuf {
        self.dir.join("rackward.toml")
    }

    /// Where the daemon keeps its state.
    pub(in crate::demo) fn state(&self) -> PathBuf {
        self.dir.join("state")
    }

    /// Where handles at the broker keep what is theirs, each in a directory of its own.
    pub(in crate::demo) fn handles(&self) -> PathBuf {
        self.dir.join("handles")
    }

    /// Writes the world's file, for a broker that listens at `broker`, and says where it is. It holds the devices' secrets
    /// and codes, so only its owner may read it.
    ///
    /// # Errors
    /// A secret cannot be read, or the file cannot be written.
    pub(in crate::demo) fn write_world(&self, broker: SocketAddr, codes: &Codes) -> anyhow::Result<PathBuf> {
        let (file, text) = (self.dir.join("world.toml"), self.world_toml(broker, codes)?);
        let mut open = OpenOptions::new();
        let written = open.write(true).create(true).truncate(true).mode(0o600).open(&file);
        written
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .with_context(|| format!("cannot write {}", file.display()))?;
        Ok(file)
    }

    /// Where the simulated world listens.
    pub fn sim_socket(&self) -> PathBuf {
        self.dir.join("sim.sock")
    }

    /// Where the pseudo-terminal of a serial line is found.
    pub(in crate::demo) fn port(&self, bus: &str) -> PathBuf {
        self.dir.join("bus").join(bus)
    }

    /// A device's Secure Channel base key, 32 hexadecimal digits; none for one in install mode and for one at the broker.
    pub(in crate::demo) fn secret_of(&self, device: &DevicePlan) -> anyhow::Result<Option<String>> {
        secret_file(device).map(|file| kept_secret(&self.dir.join(file))).transpose()
    }

    /// The site file, as the daemon's `config.rs` reads it.
    fn site_toml(&self, http: SocketAddr) -> String {
        let mut text = format!(
            "# The demo's site, written anew at each start.\n\
             [site]\nname = \"{SITE}\"\ntime_zone = \"{TIME_ZONE}\"\n\n\
             [storage]\ndir = \"state\"\n\n[console]\nlisten = \"{http}\"\n\n\
             [mqtt]\nlisten = \"{}\"\n",
            self.broker
        );
        for name in HOSPITALS {
            let _ = write!(text, "\n[[organisation]]\nname = \"{name}\"\n");
        }
        write_hours(&mut text);
        for area in &AREAS {
            write_area(&mut text, area);
        }
        for door in &DOORS {
            write_door(&mut text, door);
        }
        for (place, rack) in racks().iter().enumerate() {
            let (area, owner) = (around_rack(rack), owner_of_rack(place));
            let _ = write!(text, "\n[[rack]]\npath = \"{rack}\"\narea = \"{area}\"\nowner = \"{owner}\"\n");
            let _ = writeln!(text, "class = {RACK_CLASS}");
        }
        for bus in BUSES {
            let port = toml_text(&self.port(bus).to_string_lossy());
            let _ = write!(text, "\n[[bus]]\nname = \"{bus}\"\nport = {port}\nbaud = {BAUD}\n");
        }
        for device in devices() {
            write_device(&mut text, &device);
        }
        self.write_cameras(&mut text);
        text
    }

    /// The cameras, behind one recorder.
    fn write_cameras(&self, text: &mut String) {
        let _ = write!(text, "\n[cameras]\nnetworks = [\"127.0.0.1/32\"]\nkeep_days = 30\nkeep_mib = 256\n");
        for CameraPlan { name, covers, more } in CAMERAS {
            let _ = write!(
                text,
                "\n[[camera]]\nname = \"{name}\"\nkind = \"frigate\"\nurl = \"http://{}\"\n",
                self.cameras
            );
            let _ = write!(text, "covers = [\"{covers}\"]\n{more}");
        }
    }
}

/// Sees that no daemon and no simulated world use `dir`: files and lines made anew would be taken from under them.
fn nobody_there(dir: &Path) -> anyhow::Result<()> {
    let in_use = |socket: &str| UnixStream::connect(dir.join(socket)).is_ok();
    if in_use("state/rackward.sock") || in_use("sim.sock") {
        bail!("a daemon is already running in {}; stop it, or choose another directory with --dir", dir.display());
    }
    Ok(())
}

/// Where the search for a port begins, which differs from process to process.
const FIRST_PORT: u16 = 20_000;
const SPREAD_PORTS: u32 = 10_000;

/// A port on loopback from `first` on that nobody listens at. It lies below those that the system gives to outgoing connections,
/// so that none of these takes it before the broker does.
fn free_port(first: u16) -> anyhow::Result<u16> {
    const TRIES_PORTS: u16 = 200;
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    (first..first + TRIES_PORTS).find(is_free).context("no free port for the demo's broker on 127.0.0.1")
}

/// Where a device's secret is, under the demo's directory.
fn secret_file(device: &DevicePlan) -> Option<String> {
    match device.wire {
        Wire::Serial { .. } => Some(format!("keys/{}.key", device.name)),
        Wire::Network | Wire::Install { .. } => None,
    }
}

/// Office hours, and the days that have none.
fn write_hours(text: &mut String) {
    let ((calendar, days), (schedule, windows)) = (BANK_HOLIDAYS, OFFICE);
    let _ = write!(text, "\n[[calendar]]\nname = \"{calendar}\"\ndays = {days:?}\n");
    let _ = write!(text, "\n[[schedule]]\nname = \"{schedule}\"\nwindows = [\"{windows}\"]\n");
    let _ = writeln!(text, "special = [{{ calendar = \"{calendar}\", windows = [] }}]");
}

fn write_area(text: &mut String, area: &AreaPlan) {
    let AreaPlan { path, kind, class, inside, ticket } = area;
    let _ = write!(text, "\n[[area]]\npath = \"{path}\"\nkind = \"{kind}\"\nclass = {class}\nticket = \"{ticket}\"\n");
    if let Some(inside) = inside {
        let _ = writeln!(text, "inside = \"{inside}\"");
    }
    if *path == COUNTED.0 {
        let _ = writeln!(text, "max_occupancy = {}", COUNTED.1);
    }
}

fn write_door(text: &mut String, door: &PlainDoor) {
    let PlainDoor { path, kind, area, from, egress, .. } = door;
    let _ = write!(text, "\n[[door]]\npath = \"{path}\"\nkind = \"{kind}\"\narea = \"{area}\"\nfrom = \"{from}\"\n");
    if *egress {
        let _ = writeln!(text, "egress = true");
    }
    if let Some(group) = door.interlock {
        let _ = writeln!(text, "interlock = \"{group}\"");
    }
}

fn write_device(text: &mut String, device: &DevicePlan) {
    let _ = write!(text, "\n[[device]]\nname = \"{}\"\n", device.name);
    let _ = match &device.part {
        Part::Reader { door, side, level } => {
            let _ = write!(text, "role = \"reader\"\ndoor = \"{door}\"\nside = \"{side}\"\n");
            write_level(text, *level)
        }
        Part::Lock { door } => writeln!(text, "role = \"lock\"\ndoor = \"{door}\""),
        Part::Handle { door } => writeln!(text, "role = \"handle\"\ndoor = \"{door}\""),
        Part::Inputs => writeln!(text, "role = \"inputs\"\ninputs = {:?}", inputs()),
    };
    if let Some((bus, address)) = device.wire.place() {
        let _ = write!(text, "bus = \"{bus}\"\naddress = {address}\n");
    }
    let _ = match (&device.wire, secret_file(device)) {
        (Wire::Serial { .. }, Some(file)) => writeln!(text, "key_file = \"{file}\""),
        (Wire::Network, _) => writeln!(text, "mqtt = true"),
        (Wire::Install { .. } | Wire::Serial { .. }, _) => {
            writeln!(text, "# Without a key_file: it waits for `rackward device commission {}`.", device.name)
        }
    };
}

fn write_level(text: &mut String, level: Level) -> std::fmt::Result {
    match level {
        Level::Card => writeln!(text, "level = \"card\""),
        Level::CardAndPin => writeln!(text, "level = \"card+pin\""),
        Level::CardByDay => {
            let by_time = format!("{{ schedule = \"{}\", level = \"card\" }}", OFFICE.0);
            writeln!(text, "level = \"card+pin\"\nlevel_by_time = {by_time}")
        }
    }
}

/// What the inputs of the fence's module mean: its zones, and behind them the fire panel.
fn inputs() -> Vec<String> {
    ZONES.iter().map(|zone| format!("zone:{zone}")).chain(["fire".to_owned()]).collect()
}

/// A text as TOML writes it, with quotes; for what is not ours, such as a directory's name.
fn toml_text(text: &str) -> String {
    toml::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rackward_core::site::{Egress, ProtectionClass};
    use std::collections::BTreeSet;

    fn laid_out() -> (tempfile::TempDir, Premises) {
        let dir = tempfile::tempdir().unwrap();
        let premises = Premises::lay_out(&dir.path().join("a \"b\""), "127.0.0.1:0".parse().unwrap()).unwrap();
        (dir, premises)
    }

    fn site_table(premises: &Premises) -> toml::Table {
        std::fs::read_to_string(premises.site_file()).unwrap().parse().unwrap()
    }

    #[test]
    fn the_site_file_holds_all_of_the_site() {
        let (_dir, premises) = laid_out();
        let table = site_table(&premises);
        let count = |name: &str| table[name].as_array().unwrap().len();
        let counts = (count("area"), count("door"), count("rack"), count("bus"), count("device"));
        assert_eq!(counts, (8, 6, 12, 3, devices().len()));
        assert_eq!((count("organisation"), count("calendar"), count("schedule")), (3, 1, 1));
        assert_eq!(count("camera"), CAMERAS.len());
    }

    #[test]
    fn the_daemon_takes_the_site_file() {
        let (_dir, premises) = laid_out();
        let config = crate::config::Config::read(&premises.site_file()).map_err(|error| error.to_string()).unwrap();
        let on_buses: usize = config.buses.iter().map(|bus| bus.devices.len()).sum();
        assert_eq!((config.draft.doors.len(), on_buses, config.mqtt_devices.len()), (6 + 24, 29, 12));
        assert_eq!(config.dir, premises.dir().join("state"));
        let site = config.draft.build(&std::collections::BTreeMap::new()).unwrap();
        assert_eq!(site.name(), SITE);
        let mantrap = site.find_door("mantrap-outer").unwrap();
        assert_eq!(mantrap.interlocked_with, [site.find_door("mantrap-inner").unwrap().id]);
    }

    #[test]
    fn protection_grows_from_the_yard_to_the_hospitals_racks() {
        let (_dir, premises) = laid_out();
        let config = crate::config::Config::read(&premises.site_file()).map_err(|error| error.to_string()).unwrap();
        let site = config.draft.build(&std::collections::BTreeMap::new()).unwrap();
        let rack = site.find_area("r02/c03").unwrap();
        let around: Vec<(&str, ProtectionClass)> =
            site.around(rack.id).map(|area| (area.path.as_str(), area.class)).collect();
        let (one, two) = (ProtectionClass::One, ProtectionClass::Two);
        let (three, four) = (ProtectionClass::Three, ProtectionClass::Four);
        let expect = [
            ("lon1/hall-a/r02/c03", four),
            ("lon1/hall-a/r02", three),
            ("lon1/hall-a", three),
            ("lon1/building", two),
            ("lon1/yard", one),
        ];
        assert_eq!(around, expect);
        let owner = |rack: &str| site.organisation(site.find_area(rack).unwrap().owner).unwrap().name.as_str();
        let owners = ["r01/c01", "r01/c06", "r02/c03", "r02/c04"].map(owner);
        assert_eq!(owners, ["northside", "st-brigid", "riverside", SITE]);
        let ways_out = site.doors().filter(|door| door.egress == Egress::Yes).count();
        assert_eq!(ways_out, DOORS.len(), "every door is a way out, no rack is");
        let outside: Vec<&str> =
            site.doors().filter(|door| door.from.is_none()).map(|door| door.path.as_str()).collect();
        assert_eq!(outside, ["lon1/vehicle-gate"]);
    }

    #[test]
    fn ports_lie_under_the_directory_whatever_it_is_called() {
        let (_dir, premises) = laid_out();
        let buses = site_table(&premises)["bus"].as_array().unwrap().clone();
        let port = Path::new(buses[0]["port"].as_str().unwrap()).to_owned();
        assert_eq!(port, premises.dir().join("bus/perimeter"));
    }

    #[test]
    fn secrets_are_kept_and_differ() {
        let (_dir, premises) = laid_out();
        let secrets = |premises: &Premises| -> Vec<String> {
            devices().iter().filter_map(|device| premises.secret_of(device).unwrap()).collect()
        };
        let before = secrets(&premises);
        assert_eq!(before.iter().collect::<BTreeSet<_>>().len(), before.len());
        let again = Premises::lay_out(premises.dir(), "127.0.0.1:8080".parse().unwrap()).unwrap();
        assert_eq!(secrets(&again), before);
    }

    #[test]
    fn clearing_takes_only_what_a_demo_made() {
        let (_dir, premises) = laid_out();
        std::fs::write(premises.dir().join("mine.txt"), "keep").unwrap();
        Premises::clear(premises.dir()).unwrap();
        let left: Vec<_> = std::fs::read_dir(premises.dir()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["mine.txt"]);
        Premises::clear(premises.dir()).unwrap();
    }

    #[test]
    fn a_running_demo_is_not_cleared_away() {
        let (_dir, premises) = laid_out();
        std::fs::create_dir(premises.dir().join("state")).unwrap();
        let _listener = std::os::unix::net::UnixListener::bind(premises.dir().join("state/rackward.sock")).unwrap();
        assert!(Premises::clear(premises.dir()).is_err());
        assert!(premises.site_file().exists());
    }
}
