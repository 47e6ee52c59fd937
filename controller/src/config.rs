//! Reads `rackward.toml`, the file that says what exists at a site and how it is reached. Finds everything that is wrong
//! with it in one go and says where, because whoever wires a building corrects a list, not one line a minute.
//!
//! What makes a site whole (doors with locks, areas that exist) is decided by the core's `SiteDraft::build`; here its
//! findings get their place in the file. Nothing is started by reading.
//!
//! Vocabulary: a *table* is one `[name]` or `[[name]]` of the file, a *member* one `key = value` of it; a *span* is where
//! something stands, in bytes from the file's beginning.

mod cameras;
mod card_formats;
mod console;
mod daemon;
mod device_profiles;
mod devices;
mod feedback;
mod firmware;
mod links;
mod mqtt;
mod operators;
mod places;
mod releases;
mod remote;
pub(crate) mod report;
mod schedules;
mod settings;
pub(crate) mod table;
mod webhooks;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rackward_core::site::SitePolicy;
use rackward_core::site::draft::{DraftProblem, RoleDraft, SiteDraft};
use rackward_protocol::osdp::{Address, Baud};
use toml::de::DeTable;
use zeroize::Zeroizing;

pub use console::{ClientAuthority, ConsoleConfig, ConsoleTls};
pub(crate) use device_profiles::built_in_wiring;
pub use mqtt::{MqttBroker, MqttConfig};
pub use report::Report;
pub use settings::NotInSite;

use cameras::Cameras;
use card_formats::CardFormats;
use devices::Devices;
use places::Places;
use remote::Remote;
use report::{Lines, Problems};
use table::{Root, Span};

use crate::cameras::CameraSettings;
use crate::drivers::{Rs485, Wiring};
use crate::firmware::PublicKey;
use crate::operators::ProviderSettings;
use crate::secrets::DeviceKey;
use crate::webhooks::WebhookSettings;

/// The largest site file that is read. A site of ten thousand doors has about a megabyte.
const FILE_MAX_BYTES: u64 = 16 << 20;

/// A site file that was found whole, with all files it names read.
#[derive(Debug)]
pub struct Config {
    /// The site, to be built with the numbers that the journal remembers.
    pub draft: SiteDraft,
    /// Where journal, keys and the local socket live.
    pub dir: PathBuf,
    /// Where the console listens, and how.
    pub console: ConsoleConfig,
    /// The outside provider that vouches for operators.
    pub provider: Option<ProviderSettings>,
    /// How MQTT devices are reached, if any.
    pub mqtt: Option<MqttConfig>,
    /// The RS-485 buses with the devices on them.
    pub buses: Vec<BusConfig>,
    /// The devices that come by MQTT.
    pub mqtt_devices: Vec<MqttDevice>,
    /// Whose firmware is taken.
    pub trusted_keys: Vec<PublicKey>,
    /// Who is told over HTTP what happens.
    pub webhooks: WebhookSettings,
    /// How cameras are reached.
    pub cameras: CameraSettings,
    /// In which lines the policies stand that refuse orders.
    policies: Vec<(SitePolicy, usize)>,
}

/// One RS-485 bus.
#[derive(Debug)]
pub struct BusConfig {
    /// Its name in the file.
    pub name: String,
    /// The serial port's path, or `tcp://host:port` of a gateway.
    pub port: PathBuf,
    /// Its speed.
    pub baud: Baud,
    /// Whether the port is told to drive an RS-485 transceiver.
    pub rs485: Rs485,
    /// The devices on it, in the file's order.
    pub devices: Vec<BusDevice>,
}

/// One device on a bus.
#[derive(Debug)]
pub struct BusDevice {
    /// Its name, as in the draft.
    pub name: String,
    /// Its address, alone on this bus.
    pub address: Address,
    /// The Secure Channel base key in its key file, its own and not one that anybody could guess. Without one it waits to be
    /// commissioned.
    pub key: Option<DeviceKey>,
    /// What it does, as in the draft.
    pub role: RoleDraft,
    /// What its inputs and outputs are wired to.
    pub wiring: Arc<Wiring>,
}

/// One device that comes by MQTT; its name is its client id and its place in topics.
#[derive(Debug)]
pub struct MqttDevice {
    /// Its name, as in the draft.
    pub name: String,
    /// What it does, as in the draft.
    pub role: RoleDraft,
}

/// A password; wiped when dropped, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The password, for signing in and for comparing.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    #[cfg(test)]
    pub(crate) fn of_test(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {path}: {cause}; name the site file with --config")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// The file is wrong; everything that is, in order of the file.
    #[error("{0}")]
    Problems(Report),
}

impl Config {
    /// Reads the site file at `path` and the key and password files it names. Blocks on the disk: call it before the
    /// runtime is busy.
    ///
    /// # Errors
    /// The file cannot be read, or everything that is wrong with it.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = read_text(path).map_err(|cause| ConfigError::Unreadable { path: path.to_owned(), cause })?;
        let base = path.parent().unwrap_or(Path::new(""));
        let read = Self::from_text(&text, base);
        let mut config = read.map_err(|problems| ConfigError::Problems(problems.report(path, &text)))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let written = config.policies.iter().map(|(policy, line)| (policy.clone(), format!("{name}:{line}")));
        config.draft.written = written.collect();
        Ok(config)
    }

    /// Reads a site file's text; `base` is where relative paths in it start.
    fn from_text(text: &str, base: &Path) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let (document, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let span = error.span().unwrap_or(0..0);
            problems.add(span, error.message(), "this is not TOML; https://toml.io shows how it is written");
        }
        if !errors.is_empty() {
            // What could not be read would be reported a second time as missing.
            return Err(problems);
        }
        let root = Root::new(document.get_ref(), &mut problems);
        let mut config = Self::from_root(&root, base, &mut problems);
        let lines = Lines::of(text);
        // Until here it is counted in bytes.
        config.policies.iter_mut().for_each(|(_, place)| *place = lines.at(*place).0);
        if problems.is_empty() { Ok(config) } else { Err(problems) }
    }

    /// Reads every table; what is wrong stands in `problems`, and the result counts only when there are none.
    fn from_root(root: &Root<'_>, base: &Path, problems: &mut Problems) -> Self {
        let mut places = Places::read(root, base, problems);
        let mqtt = root.section("mqtt").and_then(|table| mqtt::read(table, base, problems));
        let mut devices = Devices::read(root, base, root.section("mqtt").is_some(), problems);
        places.draft.devices = std::mem::take(&mut devices.drafts);
        places.draft.feedback.policy = feedback::read_policy(root, problems);
        places.draft.feedback.devices = std::mem::take(&mut devices.feedback);
        places.draft.two_operators = operators::read(root, problems);
        places.draft.widen_limit = operators::read_widen_limit(root, problems);
        let remote = remote::read(root, &mut places.draft.remote, problems);
        places.draft.remote.lowest_grades = std::mem::take(&mut places.lowest_grades);
        places.draft.lines = std::mem::take(&mut devices.lines);
        places.draft.remote.offline_times = std::mem::take(&mut devices.offline_times);
        let mut cameras = Cameras::read(root, base, problems);
        places.draft.cameras = std::mem::take(&mut cameras.drafts);
        let mut formats = CardFormats::read(root, problems);
        places.draft.card_formats = std::mem::take(&mut formats.drafts);
        let two = operators::place(root).map(|span| (SitePolicy::TwoOperators, span));
        let policies = std::mem::take(&mut places.written).into_iter().chain(two);
        let policies = policies.map(|(policy, span)| (policy, span.start)).collect();
        let (formats, cameras_read) = (&formats, &cameras);
        let items = Items { places: &places, devices: &devices, formats, remote: &remote, cameras: cameras_read };
        check_draft(items, problems);
        releases::check(&places, &devices, problems);
        Self {
            draft: places.draft,
            dir: daemon::read_dir(root, base, problems),
            console: console::read(root, base, problems),
            provider: console::read_provider(root, base, problems),
            mqtt,
            buses: devices.buses,
            mqtt_devices: devices.by_mqtt,
            trusted_keys: firmware::read_trusted_keys(root, problems),
            webhooks: webhooks::read(root, base, problems),
            cameras: cameras.settings,
            policies,
        }
    }
}

fn read_text(path: &Path) -> io::Result<String> {
    use io::Read as _;
    let mut text = String::new();
    let read = std::fs::File::open(path)?.take(FILE_MAX_BYTES + 1).read_to_string(&mut text)?;
    if read as u64 > FILE_MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than any site file (16 MiB)"));
    }
    Ok(text)
}

/// Lets the core look for what is wrong with the site as a whole, and gives its findings their place in the file. What only
/// follows from something that is reported already is left out.
fn check_draft(items: Items<'_>, problems: &mut Problems) {
    let Items { places, devices, formats, remote: _, cameras: _ } = items;
    let already = problems.spans();
    let mut areas_told = HashSet::new();
    let mut doors_named = BTreeSet::new();
    let locked = places.doors_with_a_lock();
    for problem in draft_problems(places) {
        let Some(origin) = origin_of(&problem, items) else { continue };
        let span = origin.span_of(problem.field);
        let follows = match (problem.table, problem.field) {
            ("area", "inside") => places.area_lost || places.kind_lost,
            ("door", "area" | "from") | ("device", "inputs") => places.area_lost,
            ("area", "owner") => places.organisation_lost,
            ("schedule", "special") => places.calendar_lost,
            ("door", "opening") | ("device", "level_by_time") => places.schedule_lost,
            // A rack is an area with doors: what is wrong with its path is said once.
            ("door", _) if areas_told.contains(&span) => true,
            ("door", "path") => {
                let lacks_lock =
                    || places.draft.doors.get(problem.index).is_some_and(|d| !locked.contains(d.path.as_str()));
                // A path that is no path has no devices either.
                !doors_named.insert(problem.index) || devices.role_lost && lacks_lock()
            }
            // What the file does not say follows from the usual times.
            ("door", "extended_release_time" | "extended_open_time") => !origin.has(problem.field),
            ("device", "door") => places.door_lost,
            ("card_format", "bits" | "sample") => formats.is_incomplete(problem.index),
            _ => false,
        };
        if follows || already.contains(&span) {
            continue;
        }
        if problem.table == "area" {
            areas_told.insert(span.clone());
        }
        problems.add(span, problem.message, problem.help);
    }
}

/// Everything of the file that the core's findings can be about.
#[derive(Clone, Copy)]
struct Items<'p> {
    places: &'p Places,
    devices: &'p Devices,
    formats: &'p CardFormats,
    remote: &'p Remote,
    cameras: &'p Cameras,
}

/// Where the item stands that a finding is about.
fn origin_of<'p>(problem: &DraftProblem, items: Items<'p>) -> Option<&'p Origin> {
    let Items { places, devices, formats, remote, cameras } = items;
    let origins = match problem.table {
        "site" => std::slice::from_ref(&places.site),
        "organisation" => &places.organisations,
        "calendar" => &places.calendars,
        "schedule" => &places.schedules,
        "area" => &places.areas,
        "door" => &places.doors,
        "camera" => &cameras.origins,
        "card_format" => &formats.origins,
        "offline" => std::slice::from_ref(&remote.offline),
        "firmware_floor" => &remote.floors,
        _ => &devices.origins,
    };
    origins.get(problem.index)
}

/// What the core finds wrong. Under a name that is none every path would be wrong too, so the rest is looked at under
/// another one.
fn draft_problems(places: &Places) -> Vec<DraftProblem> {
    let build = |draft: &SiteDraft| draft.build(&BTreeMap::new()).err().unwrap_or_default();
    let found = build(&places.draft);
    let is_name = |problem: &DraftProblem| (problem.table, problem.field) == ("site", "name");
    let Some(name) = found.iter().find(|problem| is_name(problem)).cloned() else { return found };
    let renamed = SiteDraft { name: places.name_stand_in.clone(), ..places.draft.clone() };
    std::iter::once(name).chain(build(&renamed).into_iter().filter(|problem| !is_name(problem))).collect()
}

/// Where one item of the draft stands in the file.
#[derive(Debug, Clone, Default)]
struct Origin {
    header: Span,
    members: Vec<(&'static str, Span)>,
}

/// Members that may be written in another way: what the core calls them, and what stands in the file instead.
const OTHER_MEMBERS: [(&str, &str); 5] =
    [("inputs", "zones"), ("inside", "area"), ("passback", "passback_time"), ("windows", "ical"), ("days", "ical")];

impl Origin {
    fn written(&self, field: &str) -> Option<&Span> {
        self.members.iter().find(|(member, _)| *member == field).map(|(_, span)| span)
    }

    fn has(&self, field: &str) -> bool {
        self.written(field).is_some()
    }

    /// Where a field stands; the table's header for one that is not written.
    fn span_of(&self, field: &str) -> Span {
        let other = OTHER_MEMBERS.iter().find(|(name, _)| *name == field).and_then(|(_, other)| self.written(other));
        self.written(field).or(other).unwrap_or(&self.header).clone()
    }
}

#[cfg(test)]
mod tests;
