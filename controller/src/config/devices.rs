//! The tables that say what hangs where: buses and devices. What a device does goes into the draft, how it is reached into
//! the settings of its driver.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rackward_core::site::Level;
use rackward_core::site::draft::{DeviceDraft, DeviceFeedbackDraft, InputDraft, LevelDraft, RoleDraft, Side};
use rackward_protocol::osdp::Baud;

use super::device_profiles::{DeviceProfiles, built_in_wiring};
use super::feedback;
use super::links::{Links, Route};
use super::places::required_text;
use super::remote;
use super::report::Problems;
use super::table::{Member, Root, Table, shown};
use super::{BusConfig, BusDevice, MqttDevice, Origin};
use crate::drivers::{Part, PortName, Rs485};

/// The speed of a bus that has not said its own: what devices leave the factory with (OSDP 2.2, 5.1).
const BAUD_DEFAULT: Baud = Baud::B9600;

/// What the lines are called that devices share: each bus by its name, and MQTT as a whole. No name of a bus has a slash.
const BUS_LINES: &str = "bus/";
const MQTT_LINE: &str = "mqtt";

/// What hangs where, as far as it could be read.
pub(super) struct Devices {
    pub(super) drafts: Vec<DeviceDraft>,
    /// What single devices show, by their names.
    pub(super) feedback: BTreeMap<String, DeviceFeedbackDraft>,
    /// For how long single devices may decide on their own, by their names.
    pub(super) offline_times: BTreeMap<String, Duration>,
    /// The line that each device is on, by the device's name.
    pub(super) lines: BTreeMap<String, String>,
    pub(super) origins: Vec<Origin>,
    pub(super) buses: Vec<BusConfig>,
    pub(super) by_mqtt: Vec<MqttDevice>,
    /// Whether some device's role or door could not be read, so that a lock may seem to be missing.
    pub(super) role_lost: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RoleName {
    Reader,
    Lock,
    Handle,
    Inputs,
}

impl Devices {
    /// Reads buses and devices; `mqtt_known` is whether the file says which broker there is.
    pub(super) fn read(root: &Root<'_>, base: &Path, mqtt_known: bool, problems: &mut Problems) -> Self {
        let mut devices = Self {
            drafts: Vec::new(),
            feedback: BTreeMap::new(),
            offline_times: BTreeMap::new(),
            lines: BTreeMap::new(),
            origins: Vec::new(),
            buses: Vec::new(),
            by_mqtt: Vec::new(),
            role_lost: false,
        };
        let profiles = DeviceProfiles::read(root, problems);
        let mut links = Links::new(base, mqtt_known);
        for table in root.list("bus") {
            devices.buses.push(read_bus(table, &mut links, problems));
        }
        for table in root.list("device") {
            devices.device(table, &mut links, &profiles, problems);
        }
        devices
    }

    fn device(
        &mut self,
        mut table: Table<'_>,
        links: &mut Links<'_>,
        profiles: &DeviceProfiles,
        problems: &mut Problems,
    ) {
        let name = required_text(&mut table, "name", problems);
        let role = read_role(&mut table, problems);
        self.role_lost |= role.is_none();
        let part = role.as_ref().map(part_of);
        let role = role.unwrap_or(RoleDraft::Inputs { uses: Vec::new() });
        if let Some(shown) = feedback::read_device(&mut table, &role, problems) {
            self.feedback.insert(name.clone(), shown);
        }
        if let Some(time) = remote::read_offline_hours(&mut table, problems) {
            self.offline_times.insert(name.clone(), time);
        }
        let profile = table.text("profile", problems);
        let profile_span = table.span_of("profile");
        match links.route(&name, &mut table, problems) {
            Some(Route::Bus { bus, address, key }) => {
                if let Some(bus) = self.buses.get(bus).filter(|bus| !bus.name.is_empty()) {
                    self.lines.insert(name.clone(), format!("{BUS_LINES}{}", bus.name));
                }
                let wiring = match part {
                    Some(part) => profiles.of_device(part, profile, problems),
                    None => built_in_wiring(Part::Inputs),
                };
                let device = BusDevice { name: name.clone(), address, key, role: role.clone(), wiring };
                if let Some(bus) = self.buses.get_mut(bus) {
                    bus.devices.push(device);
                }
            }
            Some(Route::Mqtt) => {
                if profile.is_some() {
                    let help = "remove profile: MQTT messages name what they say";
                    problems.add(profile_span, "a device that comes by MQTT has no numbered inputs", help);
                }
                if let RoleDraft::Inputs { uses } = &role
                    && !uses.is_empty()
                {
                    let help = "wire it to a bus: add bus and address instead";
                    problems.add(table.span_of("mqtt"), "inputs have no MQTT message", help);
                }
                self.lines.insert(name.clone(), MQTT_LINE.to_owned());
                self.by_mqtt.push(MqttDevice { name: name.clone(), role: role.clone() });
            }
            None => {}
        }
        self.drafts.push(DeviceDraft { name, role });
        self.origins.push(table.origin());
        table.finish(problems);
    }
}

/// What a device is used as.
fn part_of(role: &RoleDraft) -> Part {
    match role {
        RoleDraft::Reader { .. } => Part::Reader,
        RoleDraft::Lock { .. } => Part::Lock,
        RoleDraft::Handle { .. } => Part::Handle,
        RoleDraft::Inputs { .. } => Part::Inputs,
    }
}

fn read_bus(mut table: Table<'_>, links: &mut Links<'_>, problems: &mut Problems) -> BusConfig {
    let name = required_text(&mut table, "name", problems);
    let port = required_text(&mut table, "port", problems);
    let baud = table.integer("baud", problems).map_or(BAUD_DEFAULT, |written| {
        let parsed = u32::try_from(written.value).ok().and_then(|number| Baud::parse(number).ok());
        parsed.unwrap_or_else(|| {
            let message = format!("{} is no speed of an OSDP bus", written.value);
            problems.add(
                written.span,
                message,
                "use 9600, 19200, 38400, 57600, 115200 or 230400, the same as its devices",
            );
            BAUD_DEFAULT
        })
    });
    if !port.is_empty()
        && let Err(refused) = PortName::parse(&port)
    {
        problems.add(table.span_of("port"), format!("\"{}\" is no port", shown(&port)), refused.to_string());
    }
    let rs485 = read_rs485(&mut table, problems);
    links.add_bus(&name, &port, &table, problems);
    table.finish(problems);
    BusConfig { name, port: port.into(), baud, rs485, devices: Vec::new() }
}

/// `true`, `false`, or `"auto"`, which it is when it is not written.
fn read_rs485(table: &mut Table<'_>, problems: &mut Problems) -> Rs485 {
    if !table.has("rs485") {
        return Rs485::Auto;
    }
    if table.is_text("rs485") {
        if let Some(text) = table.text("rs485", problems).filter(|text| text.value != "auto") {
            problems.add(text.span, format!("\"{}\" is no rs485", shown(text.value)), "write true, false or \"auto\"");
        }
        return Rs485::Auto;
    }
    match table.flag("rs485", problems) {
        Some(true) => Rs485::On,
        Some(false) => Rs485::Off,
        None => Rs485::Auto,
    }
}

/// What the device does; `None` when that, or the door it does it at, could not be read.
fn read_role(table: &mut Table<'_>, problems: &mut Problems) -> Option<RoleDraft> {
    let roles = [
        ("reader", RoleName::Reader),
        ("lock", RoleName::Lock),
        ("handle", RoleName::Handle),
        ("inputs", RoleName::Inputs),
    ];
    let Some(role) = table.required_choice("role", &roles, problems) else {
        table.pass_over(&[
            "door",
            "side",
            "level",
            "level_by_time",
            "zones",
            "inputs",
            "disclosure",
            "led",
            "legend",
            "offline_hours",
        ]);
        return None;
    };
    let word = roles.iter().find(|(_, known)| *known == role.value).map_or("", |(word, _)| *word);
    table.retitle(format!("[[device]] with role \"{word}\""));
    match role.value {
        RoleName::Reader => {
            let door = table.required("door", problems);
            let sides = [("in", Side::In), ("out", Side::Out)];
            let side = table.choice("side", &sides, problems).map_or(Side::In, |side| side.value);
            let level = read_level(table, problems);
            Some(RoleDraft::Reader { door: door?.value.to_owned(), side, level })
        }
        RoleName::Lock => Some(RoleDraft::Lock { door: table.required("door", problems)?.value.to_owned() }),
        RoleName::Handle => {
            let door = table.required("door", problems);
            let level = read_level(table, problems);
            Some(RoleDraft::Handle { door: door?.value.to_owned(), level })
        }
        RoleName::Inputs => Some(RoleDraft::Inputs { uses: read_inputs(table, problems)? }),
    }
}

const LEVELS: [(&str, Level); 2] = [("card", Level::Card), ("card+pin", Level::CardAndPin)];

/// What is asked at most times, and what while a schedule holds.
fn read_level(table: &mut Table<'_>, problems: &mut Problems) -> LevelDraft {
    let level = table.choice("level", &LEVELS, problems).map_or(Level::Card, |level| level.value);
    let form = "{ schedule = \"...\", level = \"card\" }";
    let by_time = table.table("level_by_time", form, problems).and_then(|mut inner| {
        let schedule = inner.required("schedule", problems);
        let level = inner.required_choice("level", &LEVELS, problems);
        inner.finish(problems);
        Some((schedule?.value.to_owned(), level?.value))
    });
    LevelDraft { level, by_time }
}

/// What each input means, in order of the module's inputs: `zones` for a module that watches nothing else, or `inputs`.
fn read_inputs(table: &mut Table<'_>, problems: &mut Problems) -> Option<Vec<InputDraft>> {
    match (table.has("zones"), table.has("inputs")) {
        (true, false) => {
            table.pass_over(&["inputs"]);
            let zones = table.texts("zones", problems)?;
            Some(zones.into_iter().map(|zone| InputDraft::Zone(zone.value.to_owned())).collect())
        }
        (false, true) => {
            table.pass_over(&["zones"]);
            let uses = table.texts("inputs", problems)?;
            uses.iter().map(|text| read_input(text, problems)).collect()
        }
        (true, true) => {
            table.pass_over(&["zones", "inputs"]);
            let help = "keep inputs, with each zone written as \"zone:...\"";
            problems.add(table.span_of("zones"), "zones and inputs both say what the inputs mean", help);
            None
        }
        (false, false) => {
            table.pass_over(&["zones", "inputs"]);
            let help = "add inputs = [\"zone:...\"], one text for each input";
            problems.add(table.header(), "[[device]] with role \"inputs\" has no \"inputs\"", help);
            None
        }
    }
}

fn read_input(text: &Member<&str>, problems: &mut Problems) -> Option<InputDraft> {
    let input = match text.value.split_once(':') {
        Some(("zone", path)) => Some(InputDraft::Zone(path.to_owned())),
        Some(("lockdown", path)) => Some(InputDraft::Lockdown(path.to_owned())),
        None if text.value == "fire" => Some(InputDraft::Fire),
        Some(_) | None => None,
    };
    if input.is_none() {
        let message = format!("\"{}\" is no meaning of an input", shown(text.value));
        let help = "write \"zone:PATH\", \"fire\" or \"lockdown:AREA\"";
        problems.add(text.span.clone(), message, help);
    }
    input
}
